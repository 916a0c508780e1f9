//! Addresses, services and other records that lead somewhere: A, AAAA, SRV, NAPTR, URI.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::{View, text, whole};
use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
use crate::name::{Compression, Name};
use crate::wire::record::Rdata;

/// An A record (RFC 1035 section 3.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct A {
    /// The IPv4 address.
    pub address: Ipv4Addr,
}

impl<'a> View<'a> for A {
    const TYPES: &'static [Type] = &[Type::A];
    const ITEM: &'static str = "A";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { address: Ipv4Addr::from(reader.array::<4>(Self::ITEM)?) }))
    }
}

/// An AAAA record (RFC 3596 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aaaa {
    /// The IPv6 address.
    pub address: Ipv6Addr,
}

impl<'a> View<'a> for Aaaa {
    const TYPES: &'static [Type] = &[Type::AAAA];
    const ITEM: &'static str = "AAAA";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { address: Ipv6Addr::from(reader.array::<16>(Self::ITEM)?) }))
    }
}

/// An SRV record (RFC 2782).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Srv<'a> {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host; the root if the service is decidedly not offered.
    pub target: Name<'a>,
}

impl<'a> View<'a> for Srv<'a> {
    const TYPES: &'static [Type] = &[Type::SRV];
    const ITEM: &'static str = "SRV";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                priority: reader.u16(Self::ITEM)?,
                weight: reader.u16(Self::ITEM)?,
                port: reader.u16(Self::ITEM)?,
                target: Name::read(reader, Compression::Allowed)?,
            })
        })
    }
}

/// A naming authority pointer (RFC 3403 section 4.1), as SIP uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naptr<'a> {
    /// Lower comes first.
    pub order: u16,
    /// Lower is tried first among those of one order.
    pub preference: u16,
    /// What comes next: `S` an SRV record, `A` an address, `U` a URI, `P` what the protocol says.
    pub flags: &'a [u8],
    /// The service, such as `SIP+D2T`.
    pub services: &'a [u8],
    /// A substitution, instead of `replacement`.
    pub regexp: &'a [u8],
    /// The name to look up next; the root where `regexp` says it.
    pub replacement: Name<'a>,
}

impl<'a> View<'a> for Naptr<'a> {
    const TYPES: &'static [Type] = &[Type::NAPTR];
    const ITEM: &'static str = "NAPTR";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                order: reader.u16(Self::ITEM)?,
                preference: reader.u16(Self::ITEM)?,
                flags: text(reader, Self::ITEM)?,
                services: text(reader, Self::ITEM)?,
                regexp: text(reader, Self::ITEM)?,
                replacement: Name::read(reader, Compression::Allowed)?,
            })
        })
    }
}

/// A URI record (RFC 7553 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    /// The URI. Never empty (section 4.4).
    pub target: &'a [u8],
}

impl<'a> View<'a> for Uri<'a> {
    const TYPES: &'static [Type] = &[Type::URI];
    const ITEM: &'static str = "URI";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let (priority, weight) = (reader.u16(Self::ITEM)?, reader.u16(Self::ITEM)?);
            let empty = reader.error(ParseErrorKind::BadValue, Self::ITEM);
            let target = Some(reader.take_rest()).filter(|target| !target.is_empty()).ok_or(empty)?;
            Ok(Self { priority, weight, target })
        })
    }
}
