//! Records that say what is not there: NSEC, NSEC3, NSEC3PARAM.

use super::{TypeBitmap, View, text, whole};
use crate::codes::{Nsec3Hash, Type};
use crate::error::{ParseError, ParseErrorKind};
use crate::name::{Compression, Name};
use crate::wire::record::Rdata;

/// Between its owner and the next name there is nothing (RFC 4034 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec<'a> {
    /// The next owner in the zone; of the last one, the apex.
    pub next: Name<'a>,
    /// The types that the owner has.
    pub types: TypeBitmap<'a>,
}

impl<'a> View<'a> for Nsec<'a> {
    const TYPES: &'static [Type] = &[Type::NSEC];
    const ITEM: &'static str = "NSEC";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                // RFC 4034 section 4.1.1: a sender must not compress it.
                //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.1
                //# A sender MUST NOT use DNS name compression on the Next Domain Name field when transmitting an NSEC
                //# RR.
                next: Name::read(reader, Compression::Forbidden)?,
                types: TypeBitmap::read(reader, Self::ITEM)?,
            })
        })
    }
}

/// How names are hashed in one chain of NSEC3 records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3Parameters<'a> {
    /// The hash: 1 is SHA-1, and there is no other.
    pub hash: Nsec3Hash,
    /// How often the hash is hashed again.
    pub iterations: u16,
    /// What is hashed along: at most 255 octets.
    pub salt: &'a [u8],
}

/// Between the hash in its owner and the next hash there is nothing (RFC 5155 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3<'a> {
    /// How the names are hashed.
    pub parameters: Nsec3Parameters<'a>,
    /// Bit 7 says opt-out; all others are unknown.
    pub flags: u8,
    /// The next hash in the zone, not encoded. Never empty.
    pub next: &'a [u8],
    /// The types that the owner has.
    pub types: TypeBitmap<'a>,
}

impl Nsec3<'_> {
    /// Whether unsigned delegations may hide between owner and next (RFC 5155 section 6).
    #[must_use]
    pub const fn is_opt_out(&self) -> bool {
        self.flags & 1 != 0
    }
}

impl<'a> View<'a> for Nsec3<'a> {
    const TYPES: &'static [Type] = &[Type::NSEC3];
    const ITEM: &'static str = "NSEC3";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let hash = Nsec3Hash(reader.u8(Self::ITEM)?);
            let flags = reader.u8(Self::ITEM)?;
            let iterations = reader.u16(Self::ITEM)?;
            let salt = text(reader, Self::ITEM)?;
            // RFC 5155 section 3.2: the length of the hash is 1 to 255.
            let empty = reader.error(ParseErrorKind::BadValue, Self::ITEM);
            let next = text(reader, Self::ITEM)?;
            if next.is_empty() {
                return Err(empty);
            }
            let types = TypeBitmap::read(reader, Self::ITEM)?;
            Ok(Self { parameters: Nsec3Parameters { hash, iterations, salt }, flags, next, types })
        })
    }
}

/// What a server needs to make NSEC3 answers (RFC 5155 section 4). Validators do not use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nsec3param<'a> {
    /// How the names are hashed.
    pub parameters: Nsec3Parameters<'a>,
    /// Must be 0 for the chain to be in use.
    pub flags: u8,
}

impl<'a> View<'a> for Nsec3param<'a> {
    const TYPES: &'static [Type] = &[Type::NSEC3PARAM];
    const ITEM: &'static str = "NSEC3PARAM";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let hash = Nsec3Hash(reader.u8(Self::ITEM)?);
            let flags = reader.u8(Self::ITEM)?;
            let iterations = reader.u16(Self::ITEM)?;
            let salt = text(reader, Self::ITEM)?;
            Ok(Self { parameters: Nsec3Parameters { hash, iterations, salt }, flags })
        })
    }
}
