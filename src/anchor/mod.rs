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

#[cfg(feature = "zonefile")]
mod file;

#[cfg(feature = "zonefile")]
pub use file::{Anchors, AnchorsError, IANA};

use crate::codes::{Algorithm, DigestType};
use crate::error::ParseError;
use crate::name::Name;
use crate::wire::Rdata;
use crate::wire::rdata::{Dnskey, Ds, View};

/// One trust anchor, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'a> {
    zone: Name<'a>,
    /// `None`: a negative anchor.
    voucher: Option<Voucher<'a>>,
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
}

impl<'a> Anchor<'a> {
    /// An anchor from the RDATA of a DS record.
    ///
    /// # Errors
    /// If the RDATA is too short.
    pub fn from_ds(zone: Name<'a>, rdata: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self { zone, voucher: Some(Voucher::Ds(Ds::from_rdata(Rdata::from_octets(rdata))?)) })
    }

    /// An anchor from the RDATA of a DNSKEY record.
    ///
    /// # Errors
    /// If the RDATA is too short.
    pub fn from_dnskey(zone: Name<'a>, rdata: &'a [u8]) -> Result<Self, ParseError> {
        Ok(Self { zone, voucher: Some(Voucher::Dnskey(Dnskey::from_rdata(Rdata::from_octets(rdata))?)) })
    }

    /// A negative trust anchor: names at or below `zone` are Insecure, whatever their zones say
    /// (RFC 7646), unless an anchor further down counts for them.
    #[must_use]
    pub const fn negative(zone: Name<'a>) -> Self {
        Self { zone, voucher: None }
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
