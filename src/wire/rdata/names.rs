//! Records that are names: NS, CNAME, DNAME, PTR, MX, SOA.

use super::{View, whole};
use crate::codes::Type;
use crate::error::ParseError;
use crate::name::{Compression, Name};
use crate::wire::record::Rdata;

/// A name server of a zone (RFC 1035 section 3.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ns<'a> {
    /// The name server's host name.
    pub host: Name<'a>,
}

impl<'a> View<'a> for Ns<'a> {
    const TYPES: &'static [Type] = &[Type::NS];
    const ITEM: &'static str = "NS";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { host: Name::read(reader, Compression::Allowed)? }))
    }
}

/// An alias of one name (RFC 1035 section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cname<'a> {
    /// The name that is meant.
    pub target: Name<'a>,
}

impl<'a> View<'a> for Cname<'a> {
    const TYPES: &'static [Type] = &[Type::CNAME];
    const ITEM: &'static str = "CNAME";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { target: Name::read(reader, Compression::Allowed)? }))
    }
}

/// An alias of all names below one (RFC 6672 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dname<'a> {
    /// What the owner is replaced with. Section 2.5: it is never compressed.
    pub target: Name<'a>,
}

impl<'a> View<'a> for Dname<'a> {
    const TYPES: &'static [Type] = &[Type::DNAME];
    const ITEM: &'static str = "DNAME";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { target: Name::read(reader, Compression::Forbidden)? }))
    }
}

/// A pointer to another name, as reverse zones have them (RFC 1035 section 3.3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ptr<'a> {
    /// The name that it points to.
    pub target: Name<'a>,
}

impl<'a> View<'a> for Ptr<'a> {
    const TYPES: &'static [Type] = &[Type::PTR];
    const ITEM: &'static str = "PTR";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { target: Name::read(reader, Compression::Allowed)? }))
    }
}

/// A mail server of a domain (RFC 1035 section 3.3.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mx<'a> {
    /// Lower is tried first.
    pub preference: u16,
    /// The host; the root if the domain takes no mail (RFC 7505).
    pub exchange: Name<'a>,
}

impl<'a> View<'a> for Mx<'a> {
    const TYPES: &'static [Type] = &[Type::MX];
    const ITEM: &'static str = "MX";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self { preference: reader.u16(Self::ITEM)?, exchange: Name::read(reader, Compression::Allowed)? })
        })
    }
}

/// The start of a zone (RFC 1035 section 3.3.13). All times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soa<'a> {
    /// The primary server.
    pub primary: Name<'a>,
    /// The mailbox of whoever is responsible, its `@` written as a dot.
    pub mailbox: Name<'a>,
    /// The version of the zone, in the order of RFC 1982.
    pub serial: u32,
    /// How often secondary servers look for a new version.
    pub refresh: u32,
    /// How long they wait before they look again.
    pub retry: u32,
    /// How long they go on without news.
    pub expire: u32,
    /// How long it may be kept that something is not there (RFC 2308 section 4).
    pub minimum: u32,
}

impl<'a> View<'a> for Soa<'a> {
    const TYPES: &'static [Type] = &[Type::SOA];
    const ITEM: &'static str = "SOA";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                primary: Name::read(reader, Compression::Allowed)?,
                mailbox: Name::read(reader, Compression::Allowed)?,
                serial: reader.u32(Self::ITEM)?,
                refresh: reader.u32(Self::ITEM)?,
                retry: reader.u32(Self::ITEM)?,
                expire: reader.u32(Self::ITEM)?,
                minimum: reader.u32(Self::ITEM)?,
            })
        })
    }
}
