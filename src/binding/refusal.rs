//! Why a certificate is not taken for an anchor.

use alloc::string::String;
use core::fmt;

use crate::codes::Algorithm;
use crate::time::Time;

/// Why a certificate does not stand for a trust anchor, with the values that disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The document is longer than the rules allow.
    DocumentTooLarge {
        /// How many octets are allowed.
        allowed: usize,
    },
    /// It has more certificates than the rules allow.
    TooManyCertificates {
        /// How many are allowed.
        allowed: usize,
    },
    /// It has no certificate: neither DER, PEM, nor PKCS#7.
    NoCertificate,
    /// There is a private key in it.
    PrivateKeyPublished,
    /// A certificate, or what it is wrapped in, cannot be read.
    Malformed(String),
    /// No certificate is for this name.
    OtherName {
        /// The name that was looked for.
        wanted: String,
        /// The names that the certificate has.
        found: String,
    },
    /// The name is only matched by a wildcard.
    WildcardOnly {
        /// The wildcard.
        found: String,
    },
    /// The name is only the common name of the subject.
    CommonNameOnly {
        /// The common name.
        found: String,
    },
    /// A certificate on the way has ended.
    Expired {
        /// When.
        ended: Time,
    },
    /// A certificate on the way has not begun.
    NotYetValid {
        /// When it will.
        begins: Time,
    },
    /// The path leads to none of the authorities that the caller named.
    UnknownCa {
        /// Who issued the certificate.
        issuer: String,
    },
    /// A certificate breaks what one above it, or it itself, allows: names, length of the path,
    /// being a CA.
    Constraint(String),
    /// The certificate is for other uses.
    Purpose(String),
    /// A signature on the way does not hold, or is of a kind that does not count.
    Signature(String),
    /// DNSSEC has no algorithm for such keys.
    KeyUnsupported(String),
    /// The key cannot be read.
    KeyMalformed(&'static str),
    /// The key is shorter than the rules allow, or the policy does not count its algorithm.
    KeyTooWeak(String),
    /// The zone that signs the records is not at or above the name.
    ZoneNotAbove {
        /// The zone.
        zone: String,
        /// The name.
        name: String,
    },
    /// The records are not signed, so that there is no zone key to look for.
    ZoneUnsigned(String),
    /// The zone has no such key.
    KeyNotInZone {
        /// The zone.
        zone: String,
        /// How many keys it has.
        keys: usize,
    },
    /// The zone has revoked the key.
    KeyRevoked {
        /// The zone.
        zone: String,
        /// The tag of the key.
        key_tag: u16,
    },
    /// The key is not to be used for records of the zone.
    KeyNotZoneKey {
        /// The flags of the key.
        flags: u16,
        /// Its protocol, which should be 3.
        protocol: u8,
    },
    /// The zone has the key under an algorithm that it is not for.
    KeyWrongAlgorithm {
        /// The algorithm that the zone states.
        found: Algorithm,
        /// The algorithm that the key is for.
        expected: Algorithm,
    },
    /// The key is in the zone, but does not sign the zone's keys.
    KeyDoesNotSign {
        /// The zone.
        zone: String,
        /// The tag of the key.
        key_tag: u16,
    },
}

impl Refusal {
    /// What is refused, for a program to match on.
    #[must_use]
    pub const fn code(&self) -> RefusalCode {
        match self {
            Self::DocumentTooLarge { .. } => RefusalCode::DocumentTooLarge,
            Self::TooManyCertificates { .. } => RefusalCode::TooManyCertificates,
            Self::NoCertificate => RefusalCode::NoCertificate,
            Self::PrivateKeyPublished => RefusalCode::PrivateKeyPublished,
            Self::Malformed(_) => RefusalCode::Malformed,
            Self::OtherName { .. } => RefusalCode::OtherName,
            Self::WildcardOnly { .. } => RefusalCode::WildcardOnly,
            Self::CommonNameOnly { .. } => RefusalCode::CommonNameOnly,
            Self::Expired { .. } => RefusalCode::Expired,
            Self::NotYetValid { .. } => RefusalCode::NotYetValid,
            Self::UnknownCa { .. } => RefusalCode::UnknownCa,
            Self::Constraint(_) => RefusalCode::Constraint,
            Self::Purpose(_) => RefusalCode::Purpose,
            Self::Signature(_) => RefusalCode::Signature,
            Self::KeyUnsupported(_) => RefusalCode::KeyUnsupported,
            Self::KeyMalformed(_) => RefusalCode::KeyMalformed,
            Self::KeyTooWeak(_) => RefusalCode::KeyTooWeak,
            Self::ZoneNotAbove { .. } => RefusalCode::ZoneNotAbove,
            Self::ZoneUnsigned(_) => RefusalCode::ZoneUnsigned,
            Self::KeyNotInZone { .. } => RefusalCode::KeyNotInZone,
            Self::KeyRevoked { .. } => RefusalCode::KeyRevoked,
            Self::KeyNotZoneKey { .. } => RefusalCode::KeyNotZoneKey,
            Self::KeyWrongAlgorithm { .. } => RefusalCode::KeyWrongAlgorithm,
            Self::KeyDoesNotSign { .. } => RefusalCode::KeyDoesNotSign,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DocumentTooLarge { allowed } => write!(f, "the document has more than {allowed} octets"),
            Self::TooManyCertificates { allowed } => write!(f, "the document has more than {allowed} certificates"),
            Self::NoCertificate => f.write_str("there is no certificate: neither DER, PEM, nor PKCS#7"),
            Self::PrivateKeyPublished => {
                f.write_str("there is a private key beside the certificate: replace that key, everybody may have it")
            }
            Self::Malformed(why) => write!(f, "the certificate cannot be read: {why}"),
            Self::OtherName { wanted, found } if found.is_empty() => {
                write!(f, "the certificate is not for {wanted}: it has no names")
            }
            Self::OtherName { wanted, found } => write!(f, "the certificate is not for {wanted}, but for {found}"),
            Self::WildcardOnly { found } => write!(f, "a wildcard does not count: {found}"),
            Self::CommonNameOnly { found } => write!(f, "a common name does not count: {found}"),
            Self::Expired { ended } => write!(f, "a certificate ended at second {}", ended.0),
            Self::NotYetValid { begins } => write!(f, "a certificate begins at second {}", begins.0),
            Self::UnknownCa { issuer } => {
                write!(f, "the certificate leads to none of the CAs that are trusted; its issuer is {issuer}")
            }
            Self::Constraint(why) => write!(f, "the certificate is outside of what its CA may issue: {why}"),
            Self::Purpose(why) => write!(f, "the certificate is for other uses: {why}"),
            Self::Signature(why) => write!(f, "a signature over the certificates does not hold: {why}"),
            Self::KeyUnsupported(kind) => write!(f, "DNSSEC has no algorithm for the certificate's key: {kind}"),
            Self::KeyMalformed(why) => write!(f, "the key cannot be read: {why}"),
            Self::KeyTooWeak(why) => write!(f, "the certificate's key is too weak: {why}"),
            Self::ZoneNotAbove { zone, name } => write!(f, "the zone {zone} is not at or above {name}"),
            Self::ZoneUnsigned(name) => write!(f, "nobody signs {name}, so there is no zone key to find"),
            Self::KeyNotInZone { zone, keys } => {
                write!(f, "the certificate's key is none of the {keys} keys of {zone}")
            }
            Self::KeyRevoked { zone, key_tag } => write!(f, "{zone} has revoked the certificate's key {key_tag}"),
            Self::KeyNotZoneKey { flags, protocol } => {
                write!(f, "the certificate's key is no zone key: flags {flags}, protocol {protocol}")
            }
            Self::KeyWrongAlgorithm { found, expected } => {
                write!(f, "the zone has the certificate's key under {found}, but it is one for {expected}")
            }
            Self::KeyDoesNotSign { zone, key_tag } => {
                write!(f, "the certificate's key {key_tag} does not sign the keys of {zone}")
            }
        }
    }
}

impl core::error::Error for Refusal {}

/// What is refused, for a program to match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is a `Refusal` without its values")]
pub enum RefusalCode {
    DocumentTooLarge,
    TooManyCertificates,
    NoCertificate,
    PrivateKeyPublished,
    Malformed,
    OtherName,
    WildcardOnly,
    CommonNameOnly,
    Expired,
    NotYetValid,
    UnknownCa,
    Constraint,
    Purpose,
    Signature,
    KeyUnsupported,
    KeyMalformed,
    KeyTooWeak,
    ZoneNotAbove,
    ZoneUnsigned,
    KeyNotInZone,
    KeyRevoked,
    KeyNotZoneKey,
    KeyWrongAlgorithm,
    KeyDoesNotSign,
}

impl RefusalCode {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The clause that asks for this: the RFC's number, `#`, and the section.
    #[must_use]
    pub const fn rfc(self) -> &'static str {
        self.facts().1
    }

    const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::DocumentTooLarge => ("document-too-large", "5280#6.1"),
            Self::TooManyCertificates => ("too-many-certificates", "5280#6.1"),
            Self::NoCertificate => ("no-certificate", "5280#4.1"),
            Self::PrivateKeyPublished => ("private-key-published", "6781#3.4.3"),
            Self::Malformed => ("certificate-malformed", "5280#4.1"),
            Self::OtherName => ("certificate-other-name", "6125#6.4"),
            Self::WildcardOnly => ("certificate-wildcard-only", "6125#7.2"),
            Self::CommonNameOnly => ("certificate-common-name-only", "6125#6.4.4"),
            Self::Expired => ("certificate-expired", "5280#6.1.3"),
            Self::NotYetValid => ("certificate-not-yet-valid", "5280#6.1.3"),
            Self::UnknownCa => ("certificate-unknown-ca", "5280#6.1.3"),
            Self::Constraint => ("certificate-constraint", "5280#6.1.4"),
            Self::Purpose => ("certificate-purpose", "5280#4.2.1.12"),
            Self::Signature => ("certificate-signature", "5280#6.1.3"),
            Self::KeyUnsupported => ("key-unsupported", "4034#2.1.3"),
            Self::KeyMalformed => ("key-malformed", "4034#2.1.4"),
            Self::KeyTooWeak => ("key-too-weak", "6781#3.4.2"),
            Self::ZoneNotAbove => ("zone-not-above", "4035#5.3.1"),
            Self::ZoneUnsigned => ("zone-unsigned", "4035#2.2"),
            Self::KeyNotInZone => ("key-not-in-zone", "4035#5"),
            Self::KeyRevoked => ("key-revoked", "5011#2.1"),
            Self::KeyNotZoneKey => ("key-not-zone-key", "4034#2.1.1"),
            Self::KeyWrongAlgorithm => ("key-wrong-algorithm", "4034#2.1.3"),
            Self::KeyDoesNotSign => ("key-does-not-sign", "4035#5"),
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
