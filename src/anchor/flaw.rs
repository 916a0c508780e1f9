//! Why something is no trust anchor.

use core::fmt;

use crate::codes::{DigestType, Type};
use crate::error::ParseError;

/// What is wrong with what should be a trust anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// A record is neither DS nor DNSKEY.
    OtherType(Type),
    /// The RDATA is too short.
    Rdata(ParseError),
    /// The digest is not as long as its type makes it.
    DigestLength {
        /// Its type.
        digest: DigestType,
        /// Its length.
        octets: usize,
    },
    /// There is no digest.
    DigestEmpty,
    /// There is no key.
    KeyEmpty,
    /// The key is revoked (RFC 5011 section 2.1).
    Revoked(u16),
    /// The key may not sign for a zone (RFC 4034 section 2.1).
    NoZoneKey {
        /// Its flags: zone keys have 256 in them.
        flags: u16,
        /// Its protocol: 3 is the only one.
        protocol: u8,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherType(rtype) => write!(f, "the record is {rtype}: expected DS or DNSKEY"),
            Self::Rdata(error) => error.fmt(f),
            Self::DigestLength { digest, octets } => {
                let expected = digest.octets().unwrap_or_default();
                write!(f, "the {digest} digest has {octets} octets: expected {expected}")
            }
            Self::DigestEmpty => f.write_str("there is no digest"),
            Self::KeyEmpty => f.write_str("there is no key"),
            Self::Revoked(key_tag) => write!(f, "key {key_tag} is revoked"),
            Self::NoZoneKey { flags, protocol } => {
                write!(f, "no zone key: flags {flags}, protocol {protocol} (expected 256 or 257, and 3)")
            }
        }
    }
}

impl core::error::Error for Flaw {}
