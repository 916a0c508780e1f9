//! How much work one call may do, and how much it has done.

use core::fmt;

/// The most that one validation may spend. Set what you like; the defaults are documented.
///
/// Sources of the defaults are what other validators allow since the `KeyTrap` (CVE-2023-50387)
/// and NSEC3 (CVE-2023-50868) attacks; each default lets every zone through that we know of.
///
/// ```
/// use dnsproof::budget::{Budget, Limits};
/// let mut limits = Limits::default();
/// limits.signatures = 12;
/// let budget = Budget::new(limits);
/// assert_eq!(budget.spent().signatures, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Signature checks in all: 64. Six zones with two checks each leave room for aliases and
    /// denial; BIND stops at 16 validations a fetch, Unbound at 8 signatures an RRset.
    pub signatures: u32,
    /// Signature checks that may fail: 16. Once so many have, no more are tried. A sound zone fails none but for key tag collisions;
    /// BIND allows 1 a fetch, `domain` 1 to 8.
    pub failed_signatures: u32,
    /// Keys tried for one key tag and algorithm of one RRSIG: 4. Two is the most that chance
    /// brings about; Hickory allows 2.
    pub keys_per_tag: u32,
    /// Digests of keys compared with DS records and anchors: 48. Unbound gives up after 4
    /// mismatches a zone.
    pub digests: u32,
    /// Records in one RRset: 4096, so all that a message of 64 KiB can hold. Sorting them costs
    /// less than one signature check.
    pub records_per_set: u32,
    /// Zones from the anchor to the answer: 24. Deep reverse zones have about 10.
    pub zones: u32,
    /// Questions asked, of servers or of the records of a proof: 64. A name five cuts below the root needs 10.
    pub questions: u32,
    /// SHA-1 compressions for NSEC3 hashes: 4096. A proof takes one hash per label and one for
    /// the wildcard, and each hash one compression per iteration and one more (RFC 5155
    /// section 5); ten labels at the 50 iterations of the standard policy take 612. Unbound
    /// stops at 8 hashes a message.
    pub nsec3_hashes: u32,
    /// CNAME and DNAME records followed: 11, as BIND and Unbound do.
    pub aliases: u32,
    /// DNSKEY records looked at in search of those that a signature, a DS record or an anchor
    /// points at: 16384. Each costs some 20 ns; a zone with 5 keys and an RRset with 300
    /// signatures take 1500.
    pub candidates: u32,
    /// NSEC or NSEC3 records tried for one part of a proof: 16. A sound answer has one that fits.
    pub denials: u32,
    /// Records read, of every message that is searched and each time anew: 262144. One whose owner is spelled out by pointers
    /// counts for up to 8. An ordinary answer takes some hundreds, one that fills 64 KiB below ten zones 100000; messages
    /// that are made for it take 63 ms.
    pub reads: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            signatures: 64,
            failed_signatures: 16,
            keys_per_tag: 4,
            digests: 48,
            records_per_set: 4096,
            zones: 24,
            questions: 64,
            nsec3_hashes: 4096,
            aliases: 11,
            candidates: 16_384,
            denials: 16,
            reads: 262_144,
        }
    }
}

/// What has been spent of each limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// Signature checks, good and bad.
    pub signatures: u32,
    /// Signature checks that failed.
    pub failed_signatures: u32,
    /// Digests of keys.
    pub digests: u32,
    /// Questions asked.
    pub questions: u32,
    /// SHA-1 compressions for NSEC3 hashes.
    pub nsec3_hashes: u32,
    /// Aliases followed.
    pub aliases: u32,
    /// Keys looked at.
    pub candidates: u32,
    /// Records read.
    pub reads: u32,
}

/// A limit that can run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// [`Limits::signatures`]
    Signatures,
    /// [`Limits::failed_signatures`]
    FailedSignatures,
    /// [`Limits::keys_per_tag`]
    KeysPerTag,
    /// [`Limits::digests`]
    Digests,
    /// [`Limits::records_per_set`]
    RecordsPerSet,
    /// [`Limits::zones`]
    Zones,
    /// [`Limits::questions`]
    Questions,
    /// [`Limits::nsec3_hashes`]
    Nsec3Hashes,
    /// [`Limits::aliases`]
    Aliases,
    /// [`Limits::candidates`]
    Candidates,
    /// [`Limits::denials`]
    Denials,
    /// [`Limits::reads`]
    Reads,
    /// The scratch memory that the caller lent.
    Scratch,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signatures => "signature checks",
            Self::FailedSignatures => "failed signature checks",
            Self::KeysPerTag => "keys of one key tag",
            Self::Digests => "digests of keys",
            Self::RecordsPerSet => "records in one RRset",
            Self::Zones => "zones on the way",
            Self::Questions => "questions",
            Self::Nsec3Hashes => "NSEC3 hash compressions",
            Self::Aliases => "aliases",
            Self::Candidates => "keys looked at",
            Self::Denials => "NSEC or NSEC3 records tried for one proof",
            Self::Reads => "records read",
            Self::Scratch => "scratch memory",
        })
    }
}

/// A limit has run out. It ends the call: nothing more is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted(pub Resource);

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the budget for {} is used up", self.0)
    }
}

impl core::error::Error for Exhausted {}

/// Limits and what is left of them. Every piece of work is paid before it is done.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    limits: Limits,
    spent: Work,
}

impl Budget {
    /// A budget of which nothing has been spent.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, spent: Work::default() }
    }

    /// The limits that it was made with.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has been spent so far. It never shrinks.
    #[must_use]
    pub const fn spent(&self) -> Work {
        self.spent
    }

    /// Pays for one signature check.
    pub(crate) const fn signature(&mut self) -> Result<(), Exhausted> {
        if self.spent.failed_signatures >= self.limits.failed_signatures {
            return Err(Exhausted(Resource::FailedSignatures));
        }
        pay(&mut self.spent.signatures, self.limits.signatures, 1, Resource::Signatures)
    }

    /// Notes that the check just paid for failed.
    pub(crate) const fn signature_failed(&mut self) {
        self.spent.failed_signatures = self.spent.failed_signatures.saturating_add(1);
    }

    pub(crate) const fn digest(&mut self) -> Result<(), Exhausted> {
        pay(&mut self.spent.digests, self.limits.digests, 1, Resource::Digests)
    }

    /// Pays for one NSEC3 hash: SHA-1 takes 64 octets at a time, of which padding needs 9.
    pub(crate) fn nsec3_hash(&mut self, name: usize, salt: usize, iterations: u16) -> Result<(), Exhausted> {
        let compressions = |octets: usize| {
            u32::try_from(octets.saturating_add(salt).saturating_add(9).div_ceil(64)).unwrap_or(u32::MAX)
        };
        let again = compressions(20).saturating_mul(u32::from(iterations));
        let amount = compressions(name).saturating_add(again);
        pay(&mut self.spent.nsec3_hashes, self.limits.nsec3_hashes, amount, Resource::Nsec3Hashes)
    }

    /// Pays for looking at one key.
    pub(crate) const fn candidate(&mut self) -> Result<(), Exhausted> {
        pay(&mut self.spent.candidates, self.limits.candidates, 1, Resource::Candidates)
    }

    /// Pays for searching a message of such a weight.
    pub(crate) fn read(&mut self, weight: u16) -> Result<(), Exhausted> {
        pay(&mut self.spent.reads, self.limits.reads, weight.into(), Resource::Reads)
    }

    /// Pays for following one alias.
    pub(crate) const fn alias(&mut self) -> Result<(), Exhausted> {
        pay(&mut self.spent.aliases, self.limits.aliases, 1, Resource::Aliases)
    }

    /// Pays for asking a question, of a server or of records in hand.
    pub(crate) const fn question(&mut self) -> Result<(), Exhausted> {
        pay(&mut self.spent.questions, self.limits.questions, 1, Resource::Questions)
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
//# As with all DNS operations, however, the resolver MUST bound the work it puts into answering any particular query.
const fn pay(spent: &mut u32, limit: u32, amount: u32, resource: Resource) -> Result<(), Exhausted> {
    match spent.checked_add(amount) {
        Some(total) if total <= limit => {
            *spent = total;
            Ok(())
        }
        _ => Err(Exhausted(resource)),
    }
}
