//! What NSEC and NSEC3 records prove: that a name or a type is not there, that no zone begins
//! at a name, or that a wildcard was rightly used (RFC 4035 section 5.4, RFC 5155 section 8,
//! RFC 6840 section 4).
//!
//! Nothing here trusts a record before its signature by the zone is checked: records are
//! chosen by what they say, and then only those that are chosen are verified.

mod nsec;
mod nsec3;

use crate::budget::Resource;
use crate::canon::Rrset;
use crate::codes::{Class, Type};
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::rrsig::{Call, Failure, Signed, Zone};
use crate::wire::rdata::TypeBitmap;
use crate::wire::{Message, Record, Section};

pub(crate) use nsec::Nsecs;
pub(crate) use nsec3::Nsec3s;

/// What is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The name exists, or might, but has no records of the type.
    NoData,
    /// The name does not exist.
    NameError,
    /// The name does not exist, and its own record says so (RFC 9824 section 3.1).
    NxName,
}

/// Why a proof shows that something lies outside of what is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insecurity {
    /// There is a delegation, and it has no DS records.
    NoDs,
    /// Delegations without DS records may hide there (RFC 5155 section 6).
    OptOut,
    /// The hashes cost more than the policy allows (RFC 9276 section 3.2).
    Iterations(u16),
}

/// What a proof shows, and the signatures that it rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finding<'m, T> {
    Secure(T, Witnesses<'m>),
    Insecure(Insecurity, Witnesses<'m>),
}

/// The signatures that a proof rests on: up to three.
pub(crate) type Witnesses<'m> = [Option<Signed<'m>>; 3];

/// Why there is no proof.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gap<'m> {
    /// No record says it.
    Missing,
    /// Records say it, but they are not signed as they should be: the nearest failure.
    Failed(Failure, Name<'m>, Type),
    /// NSEC3 records with different parameters side by side (RFC 5155 section 8.2).
    Mixed,
    /// More iterations than the policy even looks at (RFC 9276 section 3.2).
    Iterations(u16),
}

impl<'m> Gap<'m> {
    /// The one of the two that tells more.
    pub(crate) fn or_nearer(self, other: Self) -> Self {
        match (self, other) {
            (Self::Missing, other) => other,
            (_, Self::Failed(Failure::Exhausted(_), ..)) => other,
            (gap, _) => gap,
        }
    }
}

/// The first of the claims, each with its record, whose signature by the zone
/// holds. Only so many are tried as the budget allows.
fn first_signed<'m, B: Backend, C>(
    message: Message<'m>,
    zone: &Zone<'m>,
    rtype: Type,
    claims: impl Iterator<Item = (Record<'m>, C)>,
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<(C, Signed<'m>), Gap<'m>> {
    let mut gap = Gap::Missing;
    let mut tried = 0;
    for (record, claim) in claims {
        let owner = record.owner;
        if tried == call.budget.limits().denials {
            return Err(Gap::Failed(Failure::Exhausted(Resource::Denials), owner, rtype));
        }
        tried = tried.saturating_add(1);
        // A name has one record of each chain that it is in (RFC 4034 section 4, RFC 5155 section 7.1). A response is
        // of one zone; among loose records there may be those of two.
        let rrset = match message.is_loose() {
            true => Rrset::of_record(&message, Section::Authority, &record),
            false => match Rrset::find(&message, Section::Authority, &owner, rtype, Class::IN) {
                Some(rrset) => rrset,
                None => continue,
            },
        };
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
        //# When reconstructing the original NSEC RRset for the delegation from the parent zone, the NSEC RRs MUST NOT
        //# be combined with NSEC RRs from the child zone.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
        //# When reconstructing the original NSEC RRset for the apex of the child zone, the NSEC RRs MUST NOT be
        //# combined with NSEC RRs from the parent zone.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
        //# In addition, security-aware resolvers MUST authenticate the NSEC RRsets that comprise the non-existence
        //# proof as described in Section 5.3.
        match zone.signs(rrset, call) {
            // A record that a wildcard made speaks for the wildcard, not for its owner.
            Ok(signed) if signed.is_from_wildcard() => {}
            Ok(signed) => return Ok((claim, signed)),
            Err(failure) => gap = gap.or_nearer(Gap::Failed(failure, owner, rtype)),
        }
        if matches!(gap, Gap::Failed(Failure::Exhausted(_), ..)) {
            break;
        }
    }
    Err(gap)
}

/// Whether a record at a name with these types shows that the name has no records of `rtype`.
///
/// RFC 6840 section 4.1 and RFC 4035 section 5.4: the parent's record at a delegation speaks
/// for DS alone, the child's at its apex for everything but DS. Section 4.3: where there is an
/// alias, the answer should have been that.
fn lacks(types: &TypeBitmap<'_>, rtype: Type) -> bool {
    let apex = types.contains(Type::SOA);
    let delegation = types.contains(Type::NS) && !apex;
    //= https://www.rfc-editor.org/rfc/rfc6840#section-4.1
    //# Ancestor delegation NSEC or NSEC3 RRs MUST NOT be used to assume nonexistence of any RRs below that zone cut,
    //# which include all RRs at that (original) owner name other than DS RRs, and all RRs below that owner name
    //# regardless of type.
    let right_side = if rtype == Type::DS { !apex } else { !delegation };
    //= https://www.rfc-editor.org/rfc/rfc6840#section-4.2
    //# If there are no RRsets matching QNAME and QCLASS, that fact MUST be validated according to the rules in Section
    //# 5.4 of [RFC4035] (as clarified in this document).
    let absent = if rtype == Type::ANY {
        // RFC 4034 section 4.1.2: pseudo types in a bitmap do not count.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
        //# If encountered, they MUST be ignored upon being read.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
        //# Since a validated NSEC RR proves the existence of both itself and its corresponding RRSIG RR, a validator
        //# MUST ignore the settings of the NSEC and RRSIG bits in an NSEC RR.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
        //# After verification, the validator MUST ignore the value of bit 0 in window block 0.
        types.iter().all(|rtype| matches!(rtype, Type(0) | Type::RRSIG | Type::NSEC | Type::NSEC3) || rtype.is_meta())
    } else {
        //= https://www.rfc-editor.org/rfc/rfc6840#section-4.3
        //# When validating a NOERROR/NODATA response, validators MUST check the CNAME bit in the matching NSEC or NSEC3
        //# RR's type bitmap in addition to the bit for the query type.
        !types.contains(rtype) && !types.contains(Type::CNAME)
    };
    right_side && absent
}

//= https://www.rfc-editor.org/rfc/rfc6840#section-4.1
//# Ancestor delegation NSEC or NSEC3 RRs MUST NOT be used to assume nonexistence of any RRs below that zone cut, which
//# include all RRs at that (original) owner name other than DS RRs, and all RRs below that owner name regardless of
//# type.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.1
//# An NSEC or NSEC3 RR with the DNAME bit set MUST NOT be used to assume the nonexistence of any subdomain of that
//# NSEC/NSEC3 RR's (original) owner name.
/// Whether what lies below a name with these types belongs to another zone, or to another name
/// (RFC 6840 section 4.1, RFC 5155 section 8.3).
fn ends_the_zone(types: &TypeBitmap<'_>) -> bool {
    types.contains(Type::DNAME) || types.contains(Type::NS) && !types.contains(Type::SOA)
}

/// `*.encloser`. It is no longer than a name below the encloser, so there is room.
fn wildcard_at(encloser: &Name<'_>) -> Option<NameBuf> {
    let mut wildcard = NameBuf::root();
    wildcard.push_label(b"*").ok()?;
    wildcard.before(encloser).ok()
}
