//! Signatures and digests, behind one small trait.
//!
//! The kernel does no cryptography itself. It hands octets to the [`Backend`] that the caller
//! names; there is no default, and two may be compiled in side by side:
//!
//! | backend | feature | algorithms | digests |
//! |---|---|---|---|
//! | `Ring` | `ring` | 5 7 8 10 (RSA: with `alloc`) 13 14 15 | 1 2 4 |
//! | `Fast` | `fast` | 5 7 8 10 13 14 15: `Ring`, with another Ed25519 | 1 2 4 |
//! | `AwsLc` | `aws-lc` | 5 7 8 10 13 14 15 | 1 2 4 |
//! | `Graviola` | `graviola` | 5 7 8 10 13 14 15, on some processors | 1 2 4 |
//! | `RustCrypto` | `rustcrypto` | 5 7 8 10 (RSA: with `rustcrypto-rsa`) 13 14 15 16 | 1 2 4 |
//! | the same | `rustcrypto-p256` `-p384` `-ed25519` `-ed448`, `-sha1` | 13 14 15 16, those that are on | 2 4, and 1 with `-sha1` |
//! | your own | | what it says | what it says |

use crate::codes::{Algorithm, DigestType};

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(feature = "fast")]
mod ed25519;
#[cfg(feature = "fast")]
mod fast;
#[cfg(feature = "graviola")]
mod graviola;
#[cfg(any(feature = "aws-lc", feature = "graviola"))]
mod pkcs1;
#[cfg(feature = "ring")]
mod ring;
mod rsa;
#[cfg(feature = "rustcrypto-sha2")]
mod rustcrypto;
#[cfg(any(feature = "fast", feature = "rustcrypto-sha1"))]
mod sha1;

#[cfg(feature = "aws-lc")]
pub use self::aws_lc::{AwsLc, AwsLcKey};
#[cfg(feature = "fast")]
pub use self::fast::{Fast, FastKey};
#[cfg(feature = "graviola")]
pub use self::graviola::{Graviola, GraviolaKey};
#[cfg(feature = "ring")]
pub use self::ring::{Ring, RingKey};
pub use self::rsa::RsaKey;
#[cfg(feature = "rustcrypto-sha2")]
pub use self::rustcrypto::{RustCrypto, RustCryptoKey};

/// Verifies signatures and computes digests.
///
/// An implementation answers only what it is asked: whether one signature by one key over one
/// string of octets holds. Which key may sign what is the kernel's business.
///
/// A malformed key or signature is a failed check (`None`, `false`), never a panic: both come
/// from strangers.
pub trait Backend {
    /// A public key in whatever form makes [`verify`](Self::verify) fast. It is made once and
    /// may be used for many signatures.
    type Key;

    /// Whether signatures of this algorithm can be verified.
    fn supports(&self, algorithm: Algorithm) -> bool;

    /// Whether digests of this type can be computed.
    fn supports_digest(&self, digest: DigestType) -> bool;

    /// Reads the Public Key field of a DNSKEY record: RFC 3110 for RSA, RFC 6605 section 4 for
    /// ECDSA, RFC 8080 section 3 for the Edwards curves. `None` if it is malformed, or if the
    /// algorithm is not supported.
    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key>;

    /// Whether `signature`, as the Signature field of an RRSIG record holds it, is one by `key`
    /// over `signed`.
    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool;

    /// How many checks by this key [`verify_all`](Self::verify_all) should be given at once; 1 where it is no faster
    /// than one by one.
    fn batch(&self, _key: &Self::Key) -> usize {
        1
    }

    /// Whether all of these hold. If not, nothing is said of any of them. Whoever implements it may do it faster than
    /// one by one, but must accept nothing that no signature of the algorithm's specification is.
    fn verify_all(&self, checks: &[SignatureCheck<'_, Self::Key>]) -> bool {
        checks.iter().all(|check| self.verify(check.key, check.signed, check.signature))
    }

    /// The digest of the concatenation of `parts`; `None` if the type is not supported.
    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest>;

    /// The iterated hash of RFC 5155 section 5 with SHA-1: of `name` (canonical wire form) and
    /// `salt`, then `iterations` times of the result and `salt`. `None` without SHA-1.
    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]>;

    /// The digest of a whole zone, by the hash of a ZONEMD record (RFC 8976 section 5.3: 1 is SHA-384, 2 is SHA-512).
    /// `feed` is called once, and hands all octets on, piece by piece. `None`, as it is unless implemented, if the
    /// hash is not supported.
    fn zone_digest(&self, _hash: u8, _feed: &mut Feed<'_>) -> Option<Digest> {
        None
    }
}

/// Hands octets on, piece by piece, to whoever is to take them.
pub type Feed<'f> = dyn FnMut(&mut dyn FnMut(&[u8])) + 'f;

/// One signature to check with others.
#[derive(Debug)]
pub struct SignatureCheck<'a, K> {
    /// The key.
    pub key: &'a K,
    /// What is signed.
    pub signed: &'a [u8],
    /// The signature, as the Signature field of an RRSIG record holds it.
    pub signature: &'a [u8],
}

/// A backend behind a reference serves as well.
impl<B: Backend + ?Sized> Backend for &B {
    type Key = B::Key;

    fn supports(&self, algorithm: Algorithm) -> bool {
        (**self).supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        (**self).supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        (**self).key(algorithm, public_key)
    }

    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        (**self).verify(key, signed, signature)
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        (**self).digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        (**self).nsec3_hash(name, salt, iterations)
    }

    fn batch(&self, key: &Self::Key) -> usize {
        (**self).batch(key)
    }

    fn verify_all(&self, checks: &[SignatureCheck<'_, Self::Key>]) -> bool {
        (**self).verify_all(checks)
    }

    fn zone_digest(&self, hash: u8, feed: &mut Feed<'_>) -> Option<Digest> {
        (**self).zone_digest(hash, feed)
    }
}

/// The output of a digest: up to 64 octets.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    octets: [u8; Self::MAX],
    len: usize,
}

impl Digest {
    /// Octets in the longest digest, SHA-512.
    pub const MAX: usize = 64;

    /// Wraps a digest of at most 64 octets; `None` for a longer one.
    #[must_use]
    pub fn new(digest: &[u8]) -> Option<Self> {
        let mut octets = [0; Self::MAX];
        octets.get_mut(..digest.len())?.copy_from_slice(digest);
        Some(Self { octets, len: digest.len() })
    }

    /// The digest's octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}
