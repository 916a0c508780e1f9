//! Keys, certificates and fingerprints: TLSA, SMIMEA, OPENPGPKEY, SSHFP, CAA, ZONEMD; and TXT.

use super::{View, text, whole};
use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
use crate::read::Reader;
use crate::wire::record::Rdata;

/// A TLSA or SMIMEA record: which certificate a service or a mailbox has (RFC 6698
/// section 2.1, RFC 8162 section 2). Numbers are those of RFC 7218.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlsa<'a> {
    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    pub usage: u8,
    /// 0 the whole certificate, 1 its public key.
    pub selector: u8,
    /// 0 the octets themselves, 1 their SHA-256, 2 their SHA-512.
    pub matching_type: u8,
    /// What to compare with.
    pub data: &'a [u8],
}

impl<'a> View<'a> for Tlsa<'a> {
    const TYPES: &'static [Type] = &[Type::TLSA, Type::SMIMEA];
    const ITEM: &'static str = "TLSA";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                usage: reader.u8(Self::ITEM)?,
                selector: reader.u8(Self::ITEM)?,
                matching_type: reader.u8(Self::ITEM)?,
                data: reader.take_rest(),
            })
        })
    }
}

/// An `OpenPGP` public key (RFC 7929 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Openpgpkey<'a> {
    /// The transferable public key.
    pub key: &'a [u8],
}

impl<'a> View<'a> for Openpgpkey<'a> {
    const TYPES: &'static [Type] = &[Type::OPENPGPKEY];
    const ITEM: &'static str = "OPENPGPKEY";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| Ok(Self { key: reader.take_rest() }))
    }
}

/// The fingerprint of an SSH host key (RFC 4255 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sshfp<'a> {
    /// The algorithm of the key: 1 RSA, 3 ECDSA, 4 Ed25519.
    pub algorithm: u8,
    /// The hash: 1 SHA-1, 2 SHA-256.
    pub fingerprint_type: u8,
    /// The fingerprint.
    pub fingerprint: &'a [u8],
}

impl<'a> View<'a> for Sshfp<'a> {
    const TYPES: &'static [Type] = &[Type::SSHFP];
    const ITEM: &'static str = "SSHFP";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                algorithm: reader.u8(Self::ITEM)?,
                fingerprint_type: reader.u8(Self::ITEM)?,
                fingerprint: reader.take_rest(),
            })
        })
    }
}

/// Which certification authorities may issue for a domain (RFC 8659 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caa<'a> {
    /// Bit 0 says critical: whoever does not know the tag must not issue.
    pub flags: u8,
    /// What it is about: letters and digits, such as `issue`.
    pub tag: &'a str,
    /// What it says.
    pub value: &'a [u8],
}

impl Caa<'_> {
    /// Whether an authority that does not know the tag must not issue.
    #[must_use]
    pub const fn is_critical(&self) -> bool {
        self.flags & 0x80 != 0
    }
}

impl<'a> View<'a> for Caa<'a> {
    const TYPES: &'static [Type] = &[Type::CAA];
    const ITEM: &'static str = "CAA";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let flags = reader.u8(Self::ITEM)?;
            let bad = reader.error(ParseErrorKind::BadValue, Self::ITEM);
            let tag = text(reader, Self::ITEM)?;
            let plain = !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric);
            let tag = core::str::from_utf8(tag).ok().filter(|_| plain).ok_or(bad)?;
            Ok(Self { flags, tag, value: reader.take_rest() })
        })
    }
}

/// A digest over a whole zone (RFC 8976 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zonemd<'a> {
    /// The serial of the SOA record that it belongs to.
    pub serial: u32,
    /// How the zone is laid out: 1 is SIMPLE.
    pub scheme: u8,
    /// The hash: 1 SHA-384, 2 SHA-512.
    pub hash: u8,
    /// The digest, of at least 12 octets (section 2.2.4).
    pub digest: &'a [u8],
}

impl<'a> View<'a> for Zonemd<'a> {
    const TYPES: &'static [Type] = &[Type::ZONEMD];
    const ITEM: &'static str = "ZONEMD";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let (serial, scheme, hash) = (reader.u32(Self::ITEM)?, reader.u8(Self::ITEM)?, reader.u8(Self::ITEM)?);
            let short = reader.error(ParseErrorKind::BadValue, Self::ITEM);
            let digest = Some(reader.take_rest()).filter(|digest| digest.len() >= 12).ok_or(short)?;
            Ok(Self { serial, scheme, hash, digest })
        })
    }
}

/// Strings of text (RFC 1035 section 3.3.14): at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Txt<'a> {
    octets: &'a [u8],
}

impl<'a> Txt<'a> {
    /// The strings, each of at most 255 octets. Most uses join them without anything between.
    pub fn strings(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        let mut reader = Reader::new(self.octets);
        core::iter::from_fn(move || if reader.is_empty() { None } else { text(&mut reader, "TXT").ok() })
    }
}

impl<'a> View<'a> for Txt<'a> {
    const TYPES: &'static [Type] = &[Type::TXT, Type::SPF];
    const ITEM: &'static str = "TXT";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let octets = reader.rest();
            text(reader, Self::ITEM)?;
            while !reader.is_empty() {
                text(reader, Self::ITEM)?;
            }
            Ok(Self { octets })
        })
    }
}
