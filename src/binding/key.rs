//! Public keys, as DNSKEY records and as certificates have them.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use cms::cert::x509::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use der::asn1::{AnyRef, BitString, ObjectIdentifier, UintRef};
use der::{Any, Decode, Encode, Reader, Tag};

use super::Refusal;
use crate::codes::Algorithm;
use crate::crypto::RsaKey;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// What a key is for, and how long it is in the form of DNSSEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Ed448,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Rsa, Self::P256, Self::P384, Self::Ed25519, Self::Ed448];

    /// The algorithms that a DNSKEY with this key may have (RFC 3110, 5702, 6605, 8080).
    const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Rsa => {
                &[Algorithm::RSASHA256, Algorithm::RSASHA512, Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1]
            }
            Self::P256 => &[Algorithm::ECDSAP256SHA256],
            Self::P384 => &[Algorithm::ECDSAP384SHA384],
            Self::Ed25519 => &[Algorithm::ED25519],
            Self::Ed448 => &[Algorithm::ED448],
        }
    }

    /// Octets in the Public Key field; `None` for RSA, where it depends.
    const fn octets(self) -> Option<usize> {
        match self {
            Self::Rsa => None,
            Self::P256 => Some(64),
            Self::P384 => Some(96),
            Self::Ed25519 => Some(32),
            Self::Ed448 => Some(57),
        }
    }

    /// The algorithm in a certificate, and its parameters: the curve, or what else has to be there.
    fn identifier(self) -> (ObjectIdentifier, Option<Any>) {
        match self {
            Self::Rsa => (RSA, Some(Any::null())),
            Self::P256 => (EC, Some(Any::from(&P256))),
            Self::P384 => (EC, Some(Any::from(&P384))),
            Self::Ed25519 => (ED25519, None),
            Self::Ed448 => (ED448, None),
        }
    }
}

/// A public key that a DNSKEY record and a certificate can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    /// The Public Key field of a DNSKEY record.
    octets: Vec<u8>,
}

impl PublicKey {
    /// Reads the Public Key field of a DNSKEY record.
    ///
    /// # Errors
    /// If the algorithm is not one that certificates have too, or the key is malformed.
    pub fn from_dnskey(algorithm: Algorithm, public_key: &[u8]) -> Result<Self, Refusal> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.algorithms().contains(&algorithm));
        let kind = kind.ok_or_else(|| Refusal::KeyUnsupported(algorithm.to_string()))?;
        Self::new(kind, public_key.to_vec())
    }

    fn new(kind: Kind, octets: Vec<u8>) -> Result<Self, Refusal> {
        let sound = match kind.octets() {
            Some(expected) => octets.len() == expected,
            None => RsaKey::parse(&octets).is_some(),
        };
        let why = match kind {
            Kind::Rsa => "an RSA key has 1024 to 4096 bits and an odd exponent from 3 to 2^33 - 1",
            _ => "it has not as many octets as its algorithm says",
        };
        if sound { Ok(Self { kind, octets }) } else { Err(Refusal::KeyMalformed(why)) }
    }

    /// Reads a `SubjectPublicKeyInfo` in DER (RFC 5280 section 4.1.2.7, RFC 5480, RFC 8410).
    ///
    /// # Errors
    /// If it is malformed, or DNSSEC has no algorithm for such keys.
    pub fn from_spki(spki: &[u8]) -> Result<Self, Refusal> {
        let malformed = |_: der::Error| Refusal::KeyMalformed("it is no SubjectPublicKeyInfo in DER");
        let info = SubjectPublicKeyInfoOwned::from_der(spki).map_err(malformed)?;
        let found = (info.algorithm.oid, info.algorithm.parameters.clone());
        let kind = Kind::ALL.into_iter().find(|kind| kind.identifier() == found);
        let kind = kind.ok_or_else(|| Refusal::KeyUnsupported(described(&info.algorithm)))?;
        let bits = info.subject_public_key.as_bytes();
        let octets = bits.ok_or(Refusal::KeyMalformed("it does not end with an octet"))?;
        match kind {
            Kind::Rsa => Self::new(kind, rsa_from_der(octets)?),
            Kind::P256 | Kind::P384 => match octets {
                // RFC 5480 section 2.2: 4 says that both coordinates follow.
                [4, point @ ..] => Self::new(kind, point.to_vec()),
                _ => Err(Refusal::KeyMalformed("the point is compressed")),
            },
            Kind::Ed25519 | Kind::Ed448 => Self::new(kind, octets.to_vec()),
        }
    }

    /// Writes a `SubjectPublicKeyInfo` in DER.
    ///
    /// # Errors
    /// If DER cannot say it, which for a key that was read cannot happen.
    pub fn to_spki(&self) -> Result<Vec<u8>, Refusal> {
        let malformed = |_: der::Error| Refusal::KeyMalformed("DER cannot say it");
        let octets = match self.kind {
            Kind::Rsa => rsa_to_der(&self.octets)?,
            Kind::P256 | Kind::P384 => [&[4], self.octets.as_slice()].concat(),
            Kind::Ed25519 | Kind::Ed448 => self.octets.clone(),
        };
        let (oid, parameters) = self.kind.identifier();
        let info = SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid, parameters },
            subject_public_key: BitString::from_bytes(&octets).map_err(malformed)?,
        };
        info.to_der().map_err(malformed)
    }

    /// The Public Key field of a DNSKEY record.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The algorithms that a DNSKEY record with this key may have, the usual ones first.
    #[must_use]
    pub const fn algorithms(&self) -> &'static [Algorithm] {
        self.kind.algorithms()
    }

    /// Bits of the modulus; `None` if this is no RSA key.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<usize> {
        let rsa = (self.kind == Kind::Rsa).then(|| RsaKey::parse(&self.octets)).flatten();
        rsa.map(|key| key.modulus_bits())
    }

    /// Whether a Public Key field has the same numbers. RFC 3110 writes the length of an exponent in
    /// two ways.
    pub(super) fn is(&self, public_key: &[u8]) -> bool {
        match self.kind {
            Kind::Rsa => RsaKey::parse(public_key).is_some_and(|key| Some(key) == RsaKey::parse(&self.octets)),
            _ => self.octets == public_key,
        }
    }
}

/// `1.2.840.10045.2.1 1.3.132.0.35`: what kind of key it is.
fn described(algorithm: &AlgorithmIdentifierOwned) -> alloc::string::String {
    let curve = algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    curve.map_or_else(|| algorithm.oid.to_string(), |curve| format!("{} {curve}", algorithm.oid))
}

/// From `RSAPublicKey` of RFC 8017 appendix A.1.1 to RFC 3110 section 2.
fn rsa_from_der(octets: &[u8]) -> Result<Vec<u8>, Refusal> {
    let malformed = |_: der::Error| Refusal::KeyMalformed("it is no RSAPublicKey in DER");
    let whole = AnyRef::from_der(octets).map_err(malformed)?;
    let read = whole.sequence(|reader| {
        let modulus: UintRef<'_> = reader.decode()?;
        let exponent: UintRef<'_> = reader.decode()?;
        Ok((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
    });
    let (modulus, exponent) = read.map_err(malformed)?;
    let head = match u8::try_from(exponent.len()) {
        Ok(octets @ 1..) => [octets],
        _ => return Err(Refusal::KeyMalformed("the exponent is too long")),
    };
    Ok([head.as_slice(), &exponent, &modulus].concat())
}

fn rsa_to_der(octets: &[u8]) -> Result<Vec<u8>, Refusal> {
    let key = RsaKey::parse(octets).ok_or(Refusal::KeyMalformed("it is no RSA key"))?;
    let write = || {
        let numbers = [UintRef::new(key.modulus)?.to_der()?, UintRef::new(key.exponent)?.to_der()?].concat();
        AnyRef::new(Tag::Sequence, &numbers)?.to_der()
    };
    write().map_err(|_| Refusal::KeyMalformed("DER cannot say it"))
}
