//! DNSKEY, DS, RRSIG and their relatives (RFC 4034, RFC 7344).

use super::{View, whole};
use crate::codes::{Algorithm, DigestType, Type};
use crate::error::ParseError;
use crate::name::{Compression, Name};
use crate::time::Timestamp;
use crate::wire::record::Rdata;

/// A DNSKEY or CDNSKEY record (RFC 4034 section 2, RFC 7344 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnskey<'a> {
    /// Bit 7 says zone key, bit 8 revoked, bit 15 secure entry point.
    pub flags: u16,
    /// Always 3 in a usable key.
    pub protocol: u8,
    /// The algorithm of the key.
    pub algorithm: Algorithm,
    /// The key in the form that its algorithm defines.
    pub public_key: &'a [u8],
    rdata: &'a [u8],
}

impl<'a> Dnskey<'a> {
    /// The zone flag: the key may sign records of the zone (RFC 4034 section 2.1.1).
    #[must_use]
    pub const fn is_zone_key(&self) -> bool {
        self.flags & 0x0100 != 0
    }

    /// The revoked flag (RFC 5011 section 2.1).
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.flags & 0x0080 != 0
    }

    /// The secure entry point flag: a hint for operators, without a meaning for validation
    /// (RFC 4034 section 2.1.1).
    #[must_use]
    pub const fn is_secure_entry_point(&self) -> bool {
        self.flags & 0x0001 != 0
    }

    //= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
    //# If bit 7 has value 0, then the DNSKEY record holds some other type of DNS public key and MUST NOT be used to
    //# verify RRSIGs that cover RRsets.
    //= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
    //# validators MUST NOT alter their behavior during the signature validation process in any way based on the setting
    //# of this bit.
    //= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
    //# A DNSKEY RR with the SEP set and the Zone Key flag not set MUST NOT be used to verify RRSIGs that cover RRsets.
    //= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
    //# MUST be ignored upon receipt.
    //= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.2
    //# The Protocol Field MUST have value 3, and the DNSKEY RR MUST be treated as invalid during signature verification
    //# if it is found to be some value other than 3.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-2.1
    //# MUST NOT be used to verify RRSIGs.
    //= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
    //# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose
    //# except to validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the
    //# revocation.
    /// Whether the key may vouch for records: zone flag set, protocol 3, not revoked.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.is_zone_key() && self.protocol == 3 && !self.is_revoked()
    }

    /// Whether the key would be usable but for the revoked flag.
    pub(crate) const fn is_revoked_zone_key(&self) -> bool {
        self.is_zone_key() && self.protocol == 3 && self.is_revoked()
    }

    //= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
    //# It is not necessary to use the following reference code verbatim, but the numerical value of the Key Tag MUST be
    //# identical to what the reference implementation would generate for the same input.
    //= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
    //# Key Tags MUST be calculated using the algorithm described here rather than the ones complement checksum.
    /// The number by which RRSIG and DS records point at the key (RFC 4034 appendix B). Keys
    /// may share it.
    #[must_use]
    pub fn key_tag(&self) -> u16 {
        if self.algorithm == Algorithm::RSAMD5 {
            // Appendix B.1: the upper 16 of the lower 24 bits of the modulus, whose last
            // octets end the key.
            return match self.public_key {
                [.., high, low, _] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            };
        }
        let (pairs, rest) = self.rdata.as_chunks::<2>();
        let last = rest.first().map_or(0, |octet| u32::from(*octet) << 8);
        // RDATA has at most 65535 octets, so the sum stays far below 2^32.
        let sum = pairs.iter().fold(last, |sum, pair| sum.wrapping_add(u32::from(u16::from_be_bytes(*pair))));
        let [_, _, high, low] = sum.wrapping_add(sum >> 16).to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// The whole RDATA, which a DS digest is made over.
    #[must_use]
    pub const fn rdata(&self) -> &'a [u8] {
        self.rdata
    }
}

impl<'a> View<'a> for Dnskey<'a> {
    const TYPES: &'static [Type] = &[Type::DNSKEY, Type::CDNSKEY];
    const ITEM: &'static str = "DNSKEY";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                flags: reader.u16(Self::ITEM)?,
                protocol: reader.u8(Self::ITEM)?,
                algorithm: Algorithm(reader.u8(Self::ITEM)?),
                public_key: reader.take_rest(),
                rdata: rdata.octets(),
            })
        })
    }
}

/// A DS, CDS or DLV record (RFC 4034 section 5, RFC 7344 section 3.1, RFC 4431).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ds<'a> {
    /// The key tag of the DNSKEY.
    pub key_tag: u16,
    /// The algorithm of the DNSKEY.
    pub algorithm: Algorithm,
    /// How the digest was made.
    pub digest_type: DigestType,
    /// The digest of the key's owner and RDATA.
    pub digest: &'a [u8],
}

impl<'a> View<'a> for Ds<'a> {
    const TYPES: &'static [Type] = &[Type::DS, Type::CDS, Type::DLV];
    const ITEM: &'static str = "DS";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            Ok(Self {
                key_tag: reader.u16(Self::ITEM)?,
                algorithm: Algorithm(reader.u8(Self::ITEM)?),
                digest_type: DigestType(reader.u8(Self::ITEM)?),
                digest: reader.take_rest(),
            })
        })
    }
}

/// Octets of an RRSIG before the signer's name.
const RRSIG_HEAD: usize = 18;

/// An RRSIG record (RFC 4034 section 3).
#[derive(Clone, Copy, Debug)]
pub struct Rrsig<'a> {
    /// The type of the RRset that is signed.
    pub type_covered: Type,
    /// The algorithm of the key that signed it.
    pub algorithm: Algorithm,
    /// Labels of the owner as it stands in the zone: without the root, without a leading `*`.
    pub labels: u8,
    /// The TTL of the RRset in the zone.
    pub original_ttl: u32,
    /// Not valid after this.
    pub expiration: Timestamp,
    /// Not valid before this.
    pub inception: Timestamp,
    /// The key tag of the DNSKEY.
    pub key_tag: u16,
    /// The owner of the DNSKEY: the zone.
    pub signer: Name<'a>,
    /// The signature in the form that the algorithm defines.
    pub signature: &'a [u8],
    head: [u8; RRSIG_HEAD],
}

impl Rrsig<'_> {
    /// The RDATA before the signer's name, as it lies in the message.
    pub(crate) const fn head(&self) -> &[u8; RRSIG_HEAD] {
        &self.head
    }
}

impl<'a> View<'a> for Rrsig<'a> {
    const TYPES: &'static [Type] = &[Type::RRSIG];
    const ITEM: &'static str = "RRSIG";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let mut head = *reader;
            Ok(Self {
                type_covered: Type(reader.u16(Self::ITEM)?),
                algorithm: Algorithm(reader.u8(Self::ITEM)?),
                labels: reader.u8(Self::ITEM)?,
                original_ttl: reader.u32(Self::ITEM)?,
                expiration: Timestamp(reader.u32(Self::ITEM)?),
                inception: Timestamp(reader.u32(Self::ITEM)?),
                key_tag: reader.u16(Self::ITEM)?,
                // RFC 4034 section 3.1.7: a sender must not compress it.
                //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.7
                //# A sender MUST NOT use DNS name compression on the Signer's Name field when transmitting a RRSIG RR.
                signer: Name::read(reader, Compression::Forbidden)?,
                signature: reader.take_rest(),
                head: head.array(Self::ITEM)?,
            })
        })
    }
}
