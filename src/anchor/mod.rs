//! Trust anchors: what the caller trusts without proof, for one call (RFC 4033 section 2,
//! RFC 4035 section 4.4).
//!
//! An anchor names a zone and says, by DS or by DNSKEY, which key of the zone is genuine. There
//! is no default set: a call that is given none can prove nothing.
//!
//! ```
//! use dnsproof::anchor::Anchor;
//! use dnsproof::name::Name;
//!
//! // The root zone's key 20326, as RFC 9718 publishes it.
//! let digest = [
//!     0xE0, 0x6D, 0x44, 0xB8, 0x0B, 0x8F, 0x1D, 0x39, 0xA9, 0x5C, 0x0B, 0x0D, 0x7C, 0x65, 0xD0, 0x84,
//!     0x58, 0xE8, 0x80, 0x40, 0x9B, 0xBC, 0x68, 0x34, 0x57, 0x10, 0x42, 0x37, 0xC7, 0xF8, 0xEC, 0x8D,
//! ];
//! let rdata = [&[0x4F, 0x66, 8, 2], &digest[..]].concat();
//! let anchor = Anchor::from_ds(Name::root(), &rdata)?;
//! assert_eq!(anchor.key_tag(), Some(20326));
//! # Ok::<(), dnsproof::error::ParseError>(())
//! ```

#[cfg(feature = "cms")]
mod cms;
mod flaw;
#[cfg(feature = "zonefile")]
mod format;
#[cfg(feature = "alloc")]
mod set;
#[cfg(feature = "zonefile")]
mod trust_point;

#[cfg(feature = "binding")]
pub(crate) use cms::CERTIFICATE_SIGNATURES;
#[cfg(feature = "cms")]
pub use cms::{SignatureError, check_signature};
pub use flaw::Flaw;
#[cfg(feature = "zonefile")]
pub use format::{Broken, Cause, Format, IANA, IANA_DATE, LeftOut, Reading, Written, read};
#[cfg(feature = "alloc")]
pub use set::{Anchors, Entry, Source};
#[cfg(feature = "zonefile")]
pub(crate) use trust_point::without_revoke;
#[cfg(feature = "zonefile")]
pub use trust_point::{KeyState, TrackedKey, TrustPoint};

use crate::codes::{Algorithm, DigestType};
use crate::crypto::Backend;
use crate::error::ParseError;
use crate::name::Name;
use crate::policy::Policy;
use crate::time::{Clock, Time};
use crate::wire::Rdata;
use crate::wire::rdata::{Dnskey, Ds, View};

/// One trust anchor, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'a> {
    zone: Name<'a>,
    /// `None`: a negative anchor.
    voucher: Option<Voucher<'a>>,
    scope: Option<Name<'a>>,
    window: (Time, Time),
    note: &'a str,
}

/// What says that a key is genuine: a digest of it, or the key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voucher<'a> {
    Ds(Ds<'a>),
    Dnskey(Dnskey<'a>),
}

impl Voucher<'_> {
    pub(crate) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ds(ds) => ds.algorithm,
            Self::Dnskey(key) => key.algorithm,
        }
    }

    /// How the digest was made; `None` where the key itself stands.
    pub(crate) const fn digest_type(&self) -> Option<DigestType> {
        match self {
            Self::Ds(ds) => Some(ds.digest_type),
            Self::Dnskey(_) => None,
        }
    }

    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.2
    //# In brief, DS records using unknown or unsupported message digest algorithms MUST be treated the same way as DS
    //# records referring to DNSKEY RRs of unknown or unsupported public key algorithms.
    /// Whether the caller and the backend count the algorithm, and the digest if there is one.
    pub(crate) fn counts<B: Backend>(&self, policy: &Policy, backend: &B) -> bool {
        let algorithm = self.algorithm();
        let digest_counts = |digest| policy.counts_digest(digest) && backend.supports_digest(digest);
        policy.counts(algorithm) && backend.supports(algorithm) && self.digest_type().is_none_or(digest_counts)
    }

    /// A SHA-1 digest does not count beside a stronger one (RFC 4509 section 3).
    pub(crate) fn is_sha1(&self) -> bool {
        self.digest_type() == Some(DigestType::SHA1)
    }
}

/// Whether there is a digest that counts and is stronger than SHA-1.
#[inline(never)]
pub(crate) fn has_stronger<'a, B: Backend>(
    mut anchors: impl Iterator<Item = Anchor<'a>>,
    policy: &Policy,
    backend: &B,
) -> bool {
    let is_stronger = |voucher: &Voucher<'_>| voucher.digest_type().is_some() && !voucher.is_sha1();
    anchors
        .any(|anchor| anchor.voucher().is_some_and(|voucher| voucher.counts(policy, backend) && is_stronger(&voucher)))
}

impl<'a> Anchor<'a> {
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.4
    //# A security-aware resolver MUST be capable of being configured with at least one trusted public key or DS RR and
    //# SHOULD be capable of being configured with multiple trusted public keys or DS RRs.
    /// An anchor from the RDATA of a DS record.
    ///
    /// # Errors
    /// If the RDATA is too short.
    pub fn from_ds(zone: Name<'a>, rdata: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self::vouching(zone, Some(Voucher::Ds(Ds::from_rdata(Rdata::from_octets(rdata))?))))
    }

    /// An anchor from the RDATA of a DNSKEY record.
    ///
    /// # Errors
    /// If the RDATA is too short.
    pub fn from_dnskey(zone: Name<'a>, rdata: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self::vouching(zone, Some(Voucher::Dnskey(Dnskey::from_rdata(Rdata::from_octets(rdata))?))))
    }

    /// A negative trust anchor: names at or below `zone` are Insecure, whatever their zones say
    /// (RFC 7646), unless an anchor further down counts for them.
    #[must_use]
    pub const fn negative(zone: Name<'a>) -> Self {
        Self::vouching(zone, None)
    }

    pub(crate) const fn vouching(zone: Name<'a>, voucher: Option<Voucher<'a>>) -> Self {
        Self { zone, voucher, scope: None, window: (Time(0), Time(u64::MAX)), note: "" }
    }

    /// The same anchor, for names at or below `scope` only. To all others it is as if it were
    /// not there.
    #[must_use]
    pub const fn within(mut self, scope: Name<'a>) -> Self {
        self.scope = Some(scope);
        self
    }

    /// The same anchor, to be relied on from `from` until `until` and at no other time.
    ///
    /// Where none of the anchors of the closest zone may be relied on, the verdict is
    /// Indeterminate. A negative anchor that is out of its time, or may be, is none.
    #[must_use]
    pub const fn valid(mut self, from: Time, until: Time) -> Self {
        self.window = (from, until);
        self
    }

    /// The same anchor with a note that a verdict which rests on it repeats.
    #[must_use]
    pub const fn noted(mut self, note: &'a str) -> Self {
        self.note = note;
        self
    }

    /// The names at or below which it counts; `None` if for all in its zone.
    #[must_use]
    pub const fn scope(&self) -> Option<Name<'a>> {
        self.scope
    }

    /// From when until when it may be relied on.
    #[must_use]
    pub const fn window(&self) -> (Time, Time) {
        self.window
    }

    /// What it is for, in the caller's words.
    #[must_use]
    pub const fn note(&self) -> &'a str {
        self.note
    }

    /// Whether `name` lies in its scope.
    pub(crate) fn covers(&self, name: &Name<'_>) -> bool {
        self.scope.is_none_or(|scope| name.is_at_or_below(&scope))
    }

    /// Whether it may be relied on now.
    pub(crate) fn holds(&self, clock: Clock) -> bool {
        let (from, until) = self.window;
        clock.is_within(from, until)
    }

    /// Whether there is a time that it may be now at which it may be relied on.
    #[cfg(feature = "dna")]
    pub(crate) fn may_hold(&self, clock: Clock) -> bool {
        let (from, until) = self.window;
        let (from, until) = (from.max(clock.earliest()), clock.latest().map_or(until, |latest| until.min(latest)));
        from <= until
    }

    /// The zone that it is for.
    #[must_use]
    pub const fn zone(&self) -> Name<'a> {
        self.zone
    }

    /// Whether it is a negative one.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.voucher.is_none()
    }

    /// The tag of the key that it names; `None` if it is negative.
    #[must_use]
    pub fn key_tag(&self) -> Option<u16> {
        self.voucher.map(|voucher| match voucher {
            Voucher::Ds(ds) => ds.key_tag,
            Voucher::Dnskey(key) => key.key_tag(),
        })
    }

    /// The algorithm of the key that it names; `None` if it is negative.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.voucher.map(|voucher| voucher.algorithm())
    }

    /// The key itself, if that is what the anchor holds.
    #[must_use]
    pub const fn key(&self) -> Option<Dnskey<'a>> {
        match self.voucher {
            Some(Voucher::Dnskey(key)) => Some(key),
            _ => None,
        }
    }

    /// The DS record, if that is what the anchor holds.
    #[must_use]
    pub const fn ds(&self) -> Option<Ds<'a>> {
        match self.voucher {
            Some(Voucher::Ds(ds)) => Some(ds),
            _ => None,
        }
    }

    pub(crate) const fn voucher(&self) -> Option<Voucher<'a>> {
        self.voucher
    }
}

/// A set of trust anchors. Slices and arrays of [`Anchor`] are sets, borrowed or owned.
pub trait AnchorSet {
    /// The anchor at `index`; `None` behind the last.
    fn anchor(&self, index: usize) -> Option<Anchor<'_>>;
}

impl AnchorSet for [Anchor<'_>] {
    fn anchor(&self, index: usize) -> Option<Anchor<'_>> {
        self.get(index).copied()
    }
}

impl<const N: usize> AnchorSet for [Anchor<'_>; N] {
    fn anchor(&self, index: usize) -> Option<Anchor<'_>> {
        self.get(index).copied()
    }
}

impl<A: AnchorSet + ?Sized> AnchorSet for &A {
    fn anchor(&self, index: usize) -> Option<Anchor<'_>> {
        (**self).anchor(index)
    }
}

/// The anchors of a set, one after the other.
pub(crate) fn iter<A: AnchorSet + ?Sized>(anchors: &A) -> impl Iterator<Item = Anchor<'_>> + Clone {
    (0_usize..).map_while(|index| anchors.anchor(index))
}
