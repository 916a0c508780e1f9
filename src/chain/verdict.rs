//! The four verdicts of RFC 4033 section 5.

use super::reason::{Detail, Reason, ReasonCode};
use super::walk::Arrival;
use crate::anchor::Anchor;
use crate::budget::Resource;
use crate::canon::Rrset;
use crate::codes::{Algorithm, Type};
use crate::name::Name;
use crate::rrsig::Signed;
use crate::time::{Clock, Time};
use crate::wire::Question;

/// Zones that one chain may pass; [`Limits::zones`](crate::budget::Limits::zones) can only
/// lower it.
pub(super) const MAX_LINKS: usize = 24;

/// What validation says about an answer.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no allocator to box it with, and a call makes one")]
pub enum Verdict<'m> {
    //= https://www.rfc-editor.org/rfc/rfc4033#section-5
    //# Secure: The validating resolver has a trust anchor, has a chain of trust, and is able to verify all the
    //# signatures in the response.
    /// Proved, from a trust anchor to the records.
    Secure(Secure<'m>),
    //= https://www.rfc-editor.org/rfc/rfc4033#section-5
    //# Insecure: The validating resolver has a trust anchor, a chain of trust, and, at some delegation point, signed
    //# proof of the non-existence of a DS record.
    /// Proved to lie outside of what is signed, or signed only with algorithms that do not
    /// count.
    Insecure(Reason<'m>),
    //= https://www.rfc-editor.org/rfc/rfc4033#section-5
    //# Bogus: The validating resolver has a trust anchor and a secure delegation indicating that subsidiary data is
    //# signed, but the response fails to validate for some reason
    /// Should be proved, and is not.
    Bogus(Reason<'m>),
    //= https://www.rfc-editor.org/rfc/rfc4033#section-5
    //# Indeterminate: There is no trust anchor that would indicate that a specific portion of the tree is secure.
    /// Nothing can be said: there is no anchor, or evidence is missing.
    Indeterminate(Reason<'m>),
}

impl<'m> Verdict<'m> {
    /// `secure`, `insecure`, `bogus` or `indeterminate`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Secure(_) => "secure",
            Self::Insecure(_) => "insecure",
            Self::Bogus(_) => "bogus",
            Self::Indeterminate(_) => "indeterminate",
        }
    }

    /// Why; `None` for Secure.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason<'m>> {
        match self {
            Self::Secure(_) => None,
            Self::Insecure(reason) | Self::Bogus(reason) | Self::Indeterminate(reason) => Some(reason),
        }
    }

    /// What was proved; `None` unless Secure.
    #[must_use]
    pub const fn secure(&self) -> Option<&Secure<'m>> {
        match self {
            Self::Secure(secure) => Some(secure),
            _ => None,
        }
    }
}

/// The verdicts that end a walk early. None of them is Secure, so that no way out of the middle
/// can be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal<'m> {
    Bogus(Reason<'m>),
    Indeterminate(Reason<'m>),
}

impl<'m> Refusal<'m> {
    /// A limit that runs out is no statement about the records.
    pub(crate) const fn exhausted(resource: Resource, name: Name<'m>, rtype: Type) -> Self {
        Self::Indeterminate(Reason::new(ReasonCode::BudgetExhausted, name, rtype, Detail::Resource(resource)))
    }

    /// This question has no answer.
    pub(crate) const fn missing(question: Question<'m>) -> Self {
        Self::Indeterminate(Reason::new(ReasonCode::EvidenceMissing, question.name, question.rtype, Detail::None))
    }

    /// A registry of trust anchors says something about this name, and does not prove it.
    #[cfg(feature = "alloc")]
    pub(crate) const fn registry(name: Name<'m>) -> Self {
        Self::Indeterminate(Reason::new(ReasonCode::RegistryUnproved, name, Type::DLV, Detail::None))
    }

    pub(super) const fn is_exhausted(&self) -> bool {
        matches!(self, Self::Indeterminate(reason) if matches!(reason.code(), ReasonCode::BudgetExhausted))
    }
}

impl<'m> From<Refusal<'m>> for Verdict<'m> {
    fn from(refusal: Refusal<'m>) -> Self {
        match refusal {
            Refusal::Bogus(reason) => Self::Bogus(reason),
            Refusal::Indeterminate(reason) => Self::Indeterminate(reason),
        }
    }
}

/// What an answer says.
#[derive(Clone, Copy, Debug)]
pub enum Content<'m> {
    /// There are these records. An answer to ANY has those of all types.
    Records(Rrset<'m>),
    /// The name has no records of the type.
    NoData,
    /// The name does not exist.
    NameError,
}

/// An answer that is proved, and what the proof rests on.
///
/// Its fields are private and only validation makes one:
///
/// ```compile_fail
/// let forged = dnsproof::chain::Secure { from_wildcard: false };
/// ```
#[derive(Clone, Debug)]
pub struct Secure<'m> {
    question: Question<'m>,
    content: Content<'m>,
    aliases: Aliases<'m>,
    links: Links<'m>,
    weakest: Algorithm,
    weak: bool,
    valid_from: Time,
    valid_until: Time,
    signed_until: Time,
    ttl: u32,
    anchor: Option<Anchor<'m>>,
    from_wildcard: bool,
}

impl<'m> Secure<'m> {
    /// The question that was asked.
    #[must_use]
    pub const fn question(&self) -> Question<'m> {
        self.question
    }

    /// What the answer says.
    #[must_use]
    pub const fn content(&self) -> Content<'m> {
        self.content
    }

    /// The records; `None` if it is proved that there are none.
    #[must_use]
    pub const fn answer(&self) -> Option<Rrset<'m>> {
        match self.content {
            Content::Records(rrset) => Some(rrset),
            Content::NoData | Content::NameError => None,
        }
    }

    /// The names that are aliases, from the one that was asked for on; every link is proved.
    pub fn aliases(&self) -> impl Iterator<Item = Name<'m>> + use<'_, 'm> {
        self.aliases.iter()
    }

    /// The zone of the trust anchor. This, the anchor's tag, note and scope, and the [`links`](Self::links) are those of the
    /// zone where the [aliases](Self::aliases) end: an alias may stand in a zone below another anchor, which is not told.
    #[must_use]
    pub fn anchor_zone(&self) -> Name<'m> {
        self.links().next().map_or(Name::root(), |link| link.zone)
    }

    /// The tag of the key that the trust anchor names.
    #[must_use]
    pub fn anchor_tag(&self) -> u16 {
        self.links().next().map_or(0, |link| link.key_tag)
    }

    /// The zones passed, from the anchor's to the answer's.
    pub fn links(&self) -> impl Iterator<Item = Link<'m>> + use<'_, 'm> {
        self.links.iter()
    }

    /// The weakest algorithm of all the signatures on the way.
    #[must_use]
    pub const fn weakest_algorithm(&self) -> Algorithm {
        self.weakest
    }

    /// Whether a signature on the way rests on SHA-1, which only a policy that counts
    /// algorithms 5 or 7 lets happen (RFC 9905).
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// What the caller noted beside the trust anchor where the aliases end; empty if nothing.
    #[must_use]
    pub fn anchor_note(&self) -> &'m str {
        self.anchor.map_or("", |anchor| anchor.note())
    }

    /// The names at or below which the trust anchor counts; `None` if for all in its zone.
    #[must_use]
    pub fn anchor_scope(&self) -> Option<Name<'m>> {
        self.anchor.and_then(|anchor| anchor.scope())
    }

    /// From when on the verdict holds: the latest inception of all the signatures on the way,
    /// and the begin of the trust anchor. Where the time is only known within bounds, no less
    /// than the lower one.
    #[must_use]
    pub const fn valid_from(&self) -> Time {
        self.valid_from
    }

    /// Until when it holds: the earliest end of all the signatures on the way, of the trust
    /// anchor, and of the TTLs of all the records that the proof rests on, counted from the time
    /// of the call (RFC 4035 section 5.3.3). Where that is not known to the second, TTLs are not
    /// counted: see [`ttl`](Self::ttl).
    #[must_use]
    pub const fn valid_until(&self) -> Time {
        self.valid_until
    }

    /// The earliest end of all the signatures on the way.
    #[must_use]
    pub const fn signed_until(&self) -> Time {
        self.signed_until
    }

    /// For how many seconds the answer may be kept after it came from a server: the least TTL
    /// of all the records that the proof rests on (RFC 4035 section 5.3.3).
    #[must_use]
    pub const fn ttl(&self) -> u32 {
        self.ttl
    }

    /// Whether the answer, or an alias on the way, was made from a wildcard, and it is proved
    /// that it may be (RFC 4035 section 5.3.4).
    #[must_use]
    pub const fn is_from_wildcard(&self) -> bool {
        self.from_wildcard
    }
}

/// One zone on the way from the anchor to the answer.
#[derive(Clone, Copy, Debug)]
pub struct Link<'m> {
    /// The zone.
    pub zone: Name<'m>,
    /// The tag of the key that the anchor or the DS names, and that signed the zone's keys.
    pub key_tag: u16,
    /// The algorithm of that key.
    pub algorithm: Algorithm,
}

/// Names that aliases had on the way, as many as [`Limits::aliases`](crate::budget::Limits)
/// can allow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aliases<'m> {
    names: [Option<Name<'m>>; MAX_ALIASES],
}

/// Aliases that one chain may have; the limit of the budget can only lower it.
const MAX_ALIASES: usize = 16;

impl<'m> Aliases<'m> {
    pub(super) const fn new() -> Self {
        Self { names: [None; MAX_ALIASES] }
    }

    /// Whether there was room.
    pub(super) fn push(&mut self, name: Name<'m>) -> bool {
        let place = self.names.iter_mut().find(|place| place.is_none());
        place.map(|place| *place = Some(name)).is_some()
    }

    pub(super) fn contains(&self, name: &Name<'_>) -> bool {
        self.iter().any(|earlier| earlier == *name)
    }

    fn iter(&self) -> impl Iterator<Item = Name<'m>> + use<'_, 'm> {
        self.names.iter().map_while(|name| *name)
    }
}

#[derive(Clone, Debug)]
struct Links<'m> {
    slots: [Option<Link<'m>>; MAX_LINKS],
}

impl<'m> Links<'m> {
    fn iter(&self) -> impl Iterator<Item = Link<'m>> + use<'_, 'm> {
        self.slots.iter().map_while(|link| *link)
    }
}

/// What has been proved on the way so far.
#[derive(Clone, Debug)]
pub(super) struct Path<'m> {
    links: Links<'m>,
    weakest: Algorithm,
    weakest_bits: u16,
    weak: bool,
    valid_from: Time,
    valid_until: Time,
    signed_until: Time,
    ttl: u32,
    anchor: Option<Anchor<'m>>,
    clock: Clock,
}

impl<'m> Path<'m> {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            links: Links { slots: [None; MAX_LINKS] },
            weakest: Algorithm(u8::MAX),
            weakest_bits: u16::MAX,
            weak: false,
            valid_from: if clock.is_exact() { Time(0) } else { clock.earliest() },
            valid_until: Time(u64::MAX),
            signed_until: Time(u64::MAX),
            ttl: u32::MAX,
            anchor: None,
            clock,
        }
    }

    /// Whether there is room for one more zone under `limit`.
    pub(super) fn has_room(&self, limit: u32) -> bool {
        let passed = self.links.iter().count();
        passed < MAX_LINKS && u32::try_from(passed).is_ok_and(|passed| passed < limit)
    }

    /// The proof rests on this signature too.
    pub(super) fn rests_on(&mut self, signed: &Signed<'m>) {
        let key = signed.key();
        let bits = strength(key.algorithm, key.public_key);
        if bits < self.weakest_bits {
            (self.weakest, self.weakest_bits) = (key.algorithm, bits);
        }
        self.weak |= key.algorithm.uses_sha1();
        self.valid_from = self.valid_from.max(signed.inception());
        self.valid_until = self.valid_until.min(signed.until(self.clock));
        self.signed_until = self.signed_until.min(signed.expiration());
        self.ttl = self.ttl.min(signed.ttl());
    }

    /// The keys of `zone` are proved by `signed`.
    pub(super) fn enters(&mut self, zone: Name<'m>, signed: &Signed<'m>) {
        let key = signed.key();
        let link = Link { zone, key_tag: key.key_tag(), algorithm: key.algorithm };
        if let Some(place) = self.links.slots.iter_mut().find(|slot| slot.is_none()) {
            *place = Some(link);
        }
        self.rests_on(signed);
    }

    /// The way begins at this anchor.
    pub(super) fn starts_from(&mut self, anchor: Anchor<'m>) {
        let (from, until) = anchor.window();
        self.valid_from = self.valid_from.max(from);
        self.valid_until = self.valid_until.min(until);
        self.anchor = Some(anchor);
    }

    /// Forgets all but the first zones: the way goes on from there. What was proved on the way
    /// stays a part of the proof.
    pub(super) fn leave_to(&mut self, zones: usize) {
        self.links.slots.iter_mut().skip(zones).for_each(|slot| *slot = None);
    }

    /// Whether there is a time at which everything on the way is proved. Every signature alone
    /// holds at some time; where the caller does not say when it is, these need not be the same.
    pub(super) fn is_at_a_time(&self, question: Question<'m>) -> Result<(), Reason<'m>> {
        let Question { name, rtype, .. } = question;
        match self.valid_from > self.valid_until {
            true => Err(Reason::new(ReasonCode::TimeContradictory, name, rtype, Detail::None)),
            false => Ok(()),
        }
    }

    /// The end of the way: this is proved, and everything before it.
    pub(super) fn arrives_at(self, arrival: Arrival<'m>) -> Result<Secure<'m>, Reason<'m>> {
        self.is_at_a_time(arrival.question)?;
        Ok(Secure {
            question: arrival.question,
            content: arrival.content,
            aliases: arrival.aliases,
            links: self.links,
            weakest: self.weakest,
            weak: self.weak,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            signed_until: self.signed_until,
            ttl: self.ttl,
            anchor: self.anchor,
            from_wildcard: arrival.from_wildcard,
        })
    }
}

/// Bits of security, after NIST SP 800-57 part 1 revision 5 tables 2 and 3: enough to say which
/// of two keys is the weaker. Algorithms that nobody has rated here come last.
fn strength(algorithm: Algorithm, public_key: &[u8]) -> u16 {
    match algorithm {
        // Collisions of SHA-1 take 2^63 operations (Stevens et al., 2017).
        algorithm if algorithm.uses_sha1() => 63,
        Algorithm::RSASHA256 | Algorithm::RSASHA512 => {
            match crate::crypto::RsaKey::parse(public_key).map_or(0, |key| key.modulus_bits()) {
                0..2048 => 80,
                2048..3072 => 112,
                _ => 128,
            }
        }
        Algorithm::ECDSAP256SHA256 | Algorithm::ED25519 | Algorithm::ML_DSA_44 => 128,
        Algorithm::ECDSAP384SHA384 => 192,
        Algorithm::ED448 => 224,
        _ => 0,
    }
}
