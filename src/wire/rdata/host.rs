//! Addresses, services and other records that lead somewhere.

use core::net::Ipv4Addr;

use super::{View, whole};
use crate::codes::Type;
use crate::error::ParseError;
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
