//! One RRset, one or more keys of its zone, and whether a signature holds (RFC 4035
//! section 5.3, RFC 6840 section 5).

mod keys;

use core::fmt;

pub(crate) use keys::ParsedKeys;

use crate::budget::{Budget, Exhausted, Resource};
use crate::canon::{Form, FormError, Rrset, Scratch, signed_labels};
use crate::codes::{Algorithm, Type};
use crate::crypto::Backend;
use crate::error::ParseError;
use crate::name::Name;
use crate::policy::Policy;
use crate::time::{Clock, Time, Timestamp};
use crate::wire::rdata::{Dnskey, Rrsig};

/// Everything that a check depends on besides the records.
pub(crate) struct Call<'c, 'm, 's, B: Backend> {
    pub(crate) clock: Clock,
    pub(crate) policy: &'c Policy,
    pub(crate) backend: &'c B,
    pub(crate) budget: &'c mut Budget,
    pub(crate) scratch: &'c mut Scratch<'s>,
    pub(crate) keys: ParsedKeys<'m, B::Key>,
}

impl<B: Backend> Call<'_, '_, '_, B> {
    /// Whether the caller counts the algorithm and the backend can do it.
    pub(crate) fn counts(&self, algorithm: Algorithm) -> bool {
        self.policy.counts(algorithm) && self.backend.supports(algorithm)
    }
}

/// The witness that a signature by one of the given keys holds. Only this module makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'m> {
    rrset: Rrset<'m>,
    key: Dnskey<'m>,
    inception: Time,
    expiration: Time,
    ttl: u32,
    labels: u8,
    signature: &'m [u8],
}

impl<'m> Signed<'m> {
    pub(crate) const fn rrset(&self) -> Rrset<'m> {
        self.rrset
    }

    /// The signature, where it lies.
    pub(crate) const fn signature(&self) -> &'m [u8] {
        self.signature
    }

    /// The key that signed.
    pub(crate) const fn key(&self) -> Dnskey<'m> {
        self.key
    }

    /// From when on the signature holds.
    pub(crate) const fn inception(&self) -> Time {
        self.inception
    }

    /// Until when the signature holds.
    pub(crate) const fn expiration(&self) -> Time {
        self.expiration
    }

    /// How long the records may be kept: the least of the TTLs that RFC 4035 section 5.3.3 names.
    pub(crate) const fn ttl(&self) -> u32 {
        self.ttl
    }

    /// Until when it may be relied on: the signature's end or the TTL's, whichever is first
    /// (RFC 4035 section 5.3.3). A TTL runs from a known time or not at all.
    pub(crate) fn until(&self, clock: Clock) -> Time {
        if clock.is_exact() { self.expiration.min(clock.earliest().plus(self.ttl)) } else { self.expiration }
    }

    /// Whether a wildcard stands behind the owner. Then the signature alone proves nothing: the
    /// name itself might exist (RFC 4035 section 5.3.4).
    pub(crate) fn is_from_wildcard(&self) -> bool {
        self.labels < signed_labels(&self.rrset.owner())
    }

    /// Labels of the owner in the zone, a leading `*` not counted (RFC 4034 section 3.1.3).
    pub(crate) const fn labels(&self) -> u8 {
        self.labels
    }
}

/// A zone whose keys are proved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone<'m> {
    keys: Rrset<'m>,
}

impl<'m> Zone<'m> {
    /// `keys` is the zone's DNSKEY RRset, signed by a key that something above vouches for.
    pub(crate) const fn new(keys: &Signed<'m>) -> Self {
        Self { keys: keys.rrset }
    }

    /// The owner of its keys.
    pub(crate) const fn apex(&self) -> Name<'m> {
        self.keys.owner()
    }

    pub(crate) const fn keys(&self) -> Rrset<'m> {
        self.keys
    }

    /// Whether a key of the zone signs `rrset`, as a part of this zone.
    pub(crate) fn signs<B: Backend>(
        &self,
        rrset: Rrset<'m>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Signed<'m>, Failure> {
        let mut check = Check::new(rrset, self.apex());
        check.keys_weight = self.keys.message().weight();
        check.by_keys(self.keys.views::<Dnskey<'m>>(), call)
    }
}

/// Why no signature of an RRset holds, as far as the nearest attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No RRSIG covers the RRset.
    Missing,
    /// No RRSIG is by the zone.
    SignerMismatch,
    /// An RRSIG, or the RRset itself, cannot be read.
    Malformed(ParseError),
    /// The labels field is greater than the owner allows, or less than the signer's.
    Labels { labels: u8 },
    /// The algorithm does not count.
    Unsupported { algorithm: Algorithm },
    /// The window ends before it begins.
    Window { inception: Timestamp, expiration: Timestamp },
    /// Not valid yet.
    NotYetValid { inception: Timestamp },
    /// No longer valid.
    Expired { expiration: Timestamp },
    /// Valid for a part of the time that it may be.
    Uncertain { inception: Timestamp, expiration: Timestamp },
    /// No key has this tag and algorithm.
    KeyMissing { key_tag: u16, algorithm: Algorithm },
    /// The backend cannot use the key.
    KeyUnusable { key_tag: u16, algorithm: Algorithm },
    /// The signature does not fit.
    Invalid { key_tag: u16, algorithm: Algorithm },
    /// A limit ran out.
    Exhausted(Resource),
}

impl Failure {
    /// How near to success this is: of many failures, the nearest tells most.
    const fn rank(&self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::SignerMismatch => 1,
            Self::Malformed(_) => 2,
            Self::Labels { .. } => 3,
            Self::Unsupported { .. } => 4,
            Self::Window { .. } => 5,
            Self::KeyMissing { .. } => 6,
            Self::KeyUnusable { .. } => 7,
            Self::NotYetValid { .. } => 8,
            Self::Expired { .. } => 9,
            Self::Invalid { .. } => 10,
            Self::Uncertain { .. } => 11,
            Self::Exhausted(_) => 12,
        }
    }

    /// The one of the two that is nearer to success.
    pub(crate) fn or_nearer(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

impl From<Exhausted> for Failure {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted.0)
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed(error) => Self::Malformed(error),
            FormError::Exhausted(exhausted) => exhausted.into(),
        }
    }
}

/// Whether the validity period of a signature is open at every second that it can be now, in
/// serial number arithmetic (RFC 4034 section 3.1.5).
pub(crate) fn in_window(inception: Timestamp, expiration: Timestamp, clock: Clock) -> Result<(), Failure> {
    if !inception.at_or_before(expiration) {
        return Err(Failure::Window { inception, expiration });
    }
    //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.5
    //# The RRSIG record MUST NOT be used for authentication prior to the inception date and MUST NOT be used for
    //# authentication after the expiration date.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
    //# The validator's notion of the current time MUST be less than or equal to the time listed in the RRSIG RR's
    //# Expiration field.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
    //# The validator's notion of the current time MUST be greater than or equal to the time listed in the RRSIG RR's
    //# Inception field.
    let earliest = clock.earliest();
    let (begun, ended) = (inception.at_or_before(earliest.into()), !Timestamp::from(earliest).at_or_before(expiration));
    match clock.latest() {
        None if ended => Err(Failure::Expired { expiration }),
        None => Ok(()),
        Some(latest) if !begun && (clock.is_exact() || inception.near(earliest) > latest) => {
            Err(Failure::NotYetValid { inception })
        }
        Some(_) if ended => Err(Failure::Expired { expiration }),
        Some(latest) if !begun || expiration.near(earliest) < latest => {
            Err(Failure::Uncertain { inception, expiration })
        }
        Some(_) => Ok(()),
    }
}

/// One RRset on its way through the checks. The canonical form is laid out at most once, and
/// only when the first signature gets that far.
pub(crate) struct Check<'m> {
    rrset: Rrset<'m>,
    zone: Name<'m>,
    form: Option<Form>,
    /// Whether the keys are revoked ones.
    revoked: bool,
    /// What it costs to look for the keys once: there may be much else beside them.
    keys_weight: u16,
}

impl<'m> Check<'m> {
    /// To check `rrset` as a part of the zone with the apex `zone`.
    pub(crate) const fn new(rrset: Rrset<'m>, zone: Name<'m>) -> Self {
        Self { rrset, zone, form: None, revoked: false, keys_weight: 0 }
    }

    /// Whether a key has revoked itself: it has the REVOKE bit and signs the DNSKEY RRset that it
    /// is in (RFC 5011 section 2.1). That is all that a revoked key is good for.
    #[cfg(feature = "zonefile")]
    pub(crate) fn is_revoked_by<B: Backend>(
        keys: Rrset<'m>,
        zone: Name<'m>,
        key: Dnskey<'m>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<bool, Exhausted> {
        let mut check = Self { revoked: true, ..Self::new(keys, zone) };
        match check.by_keys(core::iter::once(key), call) {
            Ok(_) => Ok(true),
            Err(Failure::Exhausted(resource)) => Err(Exhausted(resource)),
            Err(_) => Ok(false),
        }
    }

    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.11
    //# They SHOULD NOT insist that all algorithms signaled in the DS RRset work, and they MUST NOT insist that all
    //# algorithms signaled in the DNSKEY RRset work.
    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.11
    //# Validators SHOULD accept any single valid path.
    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.4
    //# This document specifies that a resolver SHOULD accept any valid RRSIG as sufficient, and only determine that an
    //# RRset is Bogus if all RRSIGs fail validation.
    /// Looks for a signature by one of `keys` that holds: any one suffices (RFC 4035
    /// section 5.3.1, RFC 6840 section 5.4). The keys must be the zone's.
    ///
    /// What costs nothing is looked at first, and each try is paid before it is made. A limit
    /// that runs out ends everything; any other failure goes on with the next signature.
    #[inline(never)]
    pub(crate) fn by_keys<B: Backend>(
        &mut self,
        keys: impl Iterator<Item = Dnskey<'m>> + Clone,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Signed<'m>, Failure> {
        call.budget.read(self.rrset.message().weight())?;
        let mut nearest = Failure::Missing;
        for signature in self.rrset.signatures() {
            let failure = match signature {
                Err(error) => Failure::Malformed(error),
                Ok((rrsig, ttl)) => match self.one(&rrsig, ttl, keys.clone(), call) {
                    Ok(signed) => return Ok(signed),
                    Err(Failure::Exhausted(resource)) => return Err(Failure::Exhausted(resource)),
                    Err(failure) => failure,
                },
            };
            nearest = nearest.or_nearer(failure);
        }
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.5
        //# If for whatever reason none of the RRSIGs can be validated, the response SHOULD be considered BAD.
        Err(nearest)
    }

    fn one<B: Backend>(
        &mut self,
        rrsig: &Rrsig<'m>,
        rrsig_ttl: u32,
        keys: impl Iterator<Item = Dnskey<'m>>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Signed<'m>, Failure> {
        self.may_hold(rrsig, call)?;
        call.budget.read(self.keys_weight)?;
        let (key_tag, algorithm) = (rrsig.key_tag, rrsig.algorithm);
        //= https://www.rfc-editor.org/rfc/rfc6840#section-5.12
        //# Validating resolvers MUST disregard RRSIGs in a zone that do not (currently) have a corresponding DNSKEY in
        //# the zone.
        //= https://www.rfc-editor.org/rfc/rfc6840#section-5.12
        //# Similarly, a validating resolver MUST disregard RRSIGs with algorithm types that don't exist in the DNSKEY
        //# RRset.
        let mut nearest = Failure::KeyMissing { key_tag, algorithm };
        let mut tried = 0;
        for key in keys {
            call.budget.candidate()?;
            //= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
            //# Implementations MUST NOT assume that the key tag uniquely identifies a DNSKEY RR.
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
            //# The RRSIG RR's Signer's Name, Algorithm, and Key Tag fields MUST match the owner name, algorithm, and
            //# key tag for some DNSKEY RR in the zone's apex DNSKEY RRset.
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
            //# The matching DNSKEY RR MUST be present in the zone's apex DNSKEY RRset, and MUST have the Zone Flag bit
            //# (DNSKEY RDATA Flag bit 7) set.
            let usable = if self.revoked { key.is_revoked_zone_key() } else { key.is_usable() };
            if key.algorithm != algorithm || !usable || key.key_tag() != key_tag {
                continue;
            }
            // A key that cannot be used is paid for as well: its owner may have put many there.
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
            //# it MUST try each matching DNSKEY RR until either the signature is validated or the validator has run out
            //# of matching public keys to try.
            if tried == call.budget.limits().keys_per_tag {
                return Err(Failure::Exhausted(Resource::KeysPerTag));
            }
            tried = tried.saturating_add(1);
            call.budget.signature()?;
            let form = match self.form {
                Some(form) => form,
                None => *self.form.insert(Form::prepare(&self.rrset, call.scratch, call.budget)?),
            };
            let signed = form.signed_data(&self.rrset, rrsig, call.scratch)?;
            let holds =
                call.keys.get(call.backend, &key).map(|parsed| call.backend.verify(parsed, signed, rrsig.signature));
            if holds == Some(true) {
                return Ok(self.witness(rrsig, rrsig_ttl, key, call.clock));
            }
            call.budget.signature_failed();
            nearest = nearest.or_nearer(match holds {
                None => Failure::KeyUnusable { key_tag, algorithm },
                Some(_) => Failure::Invalid { key_tag, algorithm },
            });
        }
        Err(nearest)
    }

    /// The conditions of RFC 4035 section 5.3.1 that need no key.
    fn may_hold<B: Backend>(&self, rrsig: &Rrsig<'_>, call: &Call<'_, '_, '_, B>) -> Result<(), Failure> {
        let owner = self.rrset.owner();
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.7
        //# The Signer's Name field MUST contain the name of the zone of the covered RRset.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
        //# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
        if rrsig.signer != self.zone || !owner.is_at_or_below(&self.zone) {
            return Err(Failure::SignerMismatch);
        }
        // Never more labels than the owner has; never fewer than the signer has, which would be
        // a wildcard above the zone.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.3
        //# The value of the Labels field MUST be less than or equal to the number of labels in the RRSIG owner name.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
        //# The number of labels in the RRset owner name MUST be greater than or equal to the value in the RRSIG RR's
        //# Labels field.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
        //# the RRSIG RR did not pass the necessary validation checks and MUST NOT be used to authenticate this RRset.
        // Nor fewer for DS records: those of a wildcard mean nothing (RFC 4592 section 4.6).
        let most = signed_labels(&owner);
        let least = if self.rrset.rtype() == Type::DS { most } else { self.zone.label_count() };
        if rrsig.labels > most || rrsig.labels < least {
            return Err(Failure::Labels { labels: rrsig.labels });
        }
        if !call.counts(rrsig.algorithm) {
            return Err(Failure::Unsupported { algorithm: rrsig.algorithm });
        }
        in_window(rrsig.inception, rrsig.expiration, call.clock)
    }

    #[inline(never)]
    fn witness(&self, rrsig: &Rrsig<'m>, rrsig_ttl: u32, key: Dnskey<'m>, clock: Clock) -> Signed<'m> {
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.3
        //# If the resolver accepts the RRset as authentic, the validator MUST set the TTL of the RRSIG RR and each RR
        //# in the authenticated RRset to a value no greater than the minimum of:
        let ttl = self.rrset.ttl().min(rrsig_ttl).min(rrsig.original_ttl);
        Signed {
            rrset: self.rrset,
            key,
            inception: rrsig.inception.near(clock.earliest()),
            expiration: rrsig.expiration.near(clock.earliest()),
            ttl,
            labels: rrsig.labels,
            signature: rrsig.signature,
        }
    }
}

impl fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in {}", self.rrset, self.zone)
    }
}
