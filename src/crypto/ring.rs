//! The backend that uses the `ring` crate.

#[cfg(feature = "alloc")]
use super::RsaKey;
use super::{Backend, Digest};
use crate::codes::{Algorithm, DigestType};
use ::ring::{digest, signature};

/// Signatures and digests by the [ring](https://docs.rs/ring) crate: fast, partly C and assembly.
///
/// Algorithms 13, 14 and 15, and with the feature `alloc` also 5, 7, 8 and 10; digests 1, 2
/// and 4; NSEC3.
///
/// ring has no parsed keys. [`key`](Backend::key) checks only what [`RsaKey`]
/// checks and the length of the others, so a point that is not on its curve makes a key here,
/// by which no signature holds.
///
/// ```
/// use dnsproof::codes::{Algorithm, DigestType};
/// use dnsproof::crypto::{Backend, Ring};
///
/// assert!(Ring.supports(Algorithm::ED25519));
/// assert!(!Ring.supports(Algorithm::ED448));
/// assert!(Ring.key(Algorithm::ED25519, b"too short").is_none());
/// let digest = Ring.digest(DigestType::SHA256, &[b"a", b"bc"]).unwrap();
/// assert_eq!(digest.as_slice()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ring;

/// A public key for [`Ring`]: a copy of its octets, without allocation.
#[derive(Clone, Copy, Debug)]
pub struct RingKey {
    scheme: Scheme,
    octets: [u8; Self::MAX],
    len: usize,
    /// RSA: so many octets are the exponent, the others the modulus.
    #[cfg(feature = "alloc")]
    exponent_len: usize,
}

impl RingKey {
    /// Octets in the longest key: an RSA key.
    #[cfg(feature = "alloc")]
    const MAX: usize = RsaKey::MAX_EXPONENT + RsaKey::MAX_MODULUS;
    /// Octets in the longest key: a P-384 point with its prefix.
    #[cfg(not(feature = "alloc"))]
    const MAX: usize = 97;

    /// Copies a key that comes in two parts.
    fn new(scheme: Scheme, first: &[u8], second: &[u8]) -> Option<Self> {
        let mut octets = [0; Self::MAX];
        let len = first.len().checked_add(second.len())?;
        let (start, end) = octets.get_mut(..len)?.split_at_mut_checked(first.len())?;
        start.copy_from_slice(first);
        end.copy_from_slice(second);
        Some(Self {
            scheme,
            octets,
            len,
            #[cfg(feature = "alloc")]
            exponent_len: first.len(),
        })
    }

    fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

/// How ring verifies an algorithm.
#[derive(Clone, Copy)]
enum Scheme {
    #[cfg(feature = "alloc")]
    Rsa(&'static signature::RsaParameters),
    Ecdsa(&'static signature::EcdsaVerificationAlgorithm, usize),
    Ed25519,
}

impl Scheme {
    //= https://www.rfc-editor.org/rfc/rfc5155#section-2
    //# Security aware resolvers that are aware of this specification MUST recognize the new algorithm identifiers and
    //# treat them as equivalent to the algorithms that they alias.
    fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            #[cfg(feature = "alloc")]
            Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => {
                Self::Rsa(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
            }
            #[cfg(feature = "alloc")]
            Algorithm::RSASHA256 => Self::Rsa(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
            #[cfg(feature = "alloc")]
            Algorithm::RSASHA512 => Self::Rsa(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
            Algorithm::ECDSAP256SHA256 => Self::Ecdsa(&signature::ECDSA_P256_SHA256_FIXED, 64),
            Algorithm::ECDSAP384SHA384 => Self::Ecdsa(&signature::ECDSA_P384_SHA384_FIXED, 96),
            Algorithm::ED25519 => Self::Ed25519,
            _ => return None,
        })
    }
}

impl core::fmt::Debug for Scheme {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "alloc")]
            Self::Rsa(_) => "Rsa",
            Self::Ecdsa(..) => "Ecdsa",
            Self::Ed25519 => "Ed25519",
        })
    }
}

fn digest_algorithm(digest: DigestType) -> Option<&'static digest::Algorithm> {
    match digest {
        DigestType::SHA1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestType::SHA256 => Some(&digest::SHA256),
        DigestType::SHA384 => Some(&digest::SHA384),
        _ => None,
    }
}

fn digest_of(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

impl Backend for Ring {
    type Key = RingKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Scheme::of(algorithm).is_some()
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        digest_algorithm(digest).is_some()
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<RingKey> {
        let scheme = Scheme::of(algorithm)?;
        match scheme {
            #[cfg(feature = "alloc")]
            Scheme::Rsa(_) => {
                let RsaKey { exponent, modulus } = RsaKey::parse(public_key)?;
                RingKey::new(scheme, exponent, modulus)
            }
            // SEC 1 writes an uncompressed point as 4, X, Y; DNSKEY leaves the 4 out.
            Scheme::Ecdsa(_, len) if public_key.len() == len => RingKey::new(scheme, &[4], public_key),
            Scheme::Ed25519 if public_key.len() == 32 => RingKey::new(scheme, &[], public_key),
            Scheme::Ecdsa(..) | Scheme::Ed25519 => None,
        }
    }

    fn verify(&self, key: &RingKey, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match key.scheme {
            #[cfg(feature = "alloc")]
            Scheme::Rsa(parameters) => {
                let Some((e, n)) = key.octets().split_at_checked(key.exponent_len) else { return false };
                // RFC 8017 section 8.2.2 step 1.
                if signature.len() != n.len() {
                    return false;
                }
                signature::RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature)
            }
            Scheme::Ecdsa(parameters, _) => {
                signature::UnparsedPublicKey::new(parameters, key.octets()).verify(signed, signature)
            }
            Scheme::Ed25519 => {
                signature::UnparsedPublicKey::new(&signature::ED25519, key.octets()).verify(signed, signature)
            }
        };
        verified.is_ok()
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Digest::new(digest_of(digest_algorithm(digest)?, parts).as_ref())
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        let mut hash = digest_of(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[name, salt]);
        for _ in 0..iterations {
            hash = digest_of(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[hash.as_ref(), salt]);
        }
        hash.as_ref().try_into().ok()
    }

    fn zone_digest(&self, hash: u8, feed: &mut super::Feed<'_>) -> Option<Digest> {
        let mut context = digest::Context::new(match hash {
            1 => &digest::SHA384,
            2 => &digest::SHA512,
            _ => return None,
        });
        feed(&mut |octets| context.update(octets));
        Digest::new(context.finish().as_ref())
    }
}
