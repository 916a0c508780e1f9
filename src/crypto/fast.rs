//! The backend that takes each algorithm from where it is fastest without a further C library.

use super::ed25519::{self, Ed25519Key};
use super::{Backend, Digest, Ring, RingKey, SignatureCheck, sha1};
use crate::codes::{Algorithm, DigestType};

/// [`Ring`], but for Ed25519, which comes from dalek with parsed keys (many signatures at once from zebra), and for the
/// NSEC3 hash, which comes from the block function of the `sha1` crate.
///
/// ```
/// use dnsproof::codes::Algorithm;
/// use dnsproof::crypto::{Backend, Fast};
///
/// assert!(Fast.supports(Algorithm::ED25519) && Fast.supports(Algorithm::RSASHA256));
/// assert!(!Fast.supports(Algorithm::ED448));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fast;

/// A public key for [`Fast`].
#[derive(Clone, Debug)]
pub struct FastKey(Inner);

#[allow(clippy::large_enum_variant, reason = "a key is made once, and boxing it would need an allocator")]
#[derive(Clone, Debug)]
enum Inner {
    Ring(RingKey),
    Ed25519(Ed25519Key),
}

impl FastKey {
    const fn ed25519(&self) -> Option<&Ed25519Key> {
        match &self.0 {
            Inner::Ring(_) => None,
            Inner::Ed25519(key) => Some(key),
        }
    }
}

impl Backend for Fast {
    type Key = FastKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Ring.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<FastKey> {
        Some(FastKey(match algorithm {
            Algorithm::ED25519 => Inner::Ed25519(Ed25519Key::new(public_key)?),
            _ => Inner::Ring(Ring.key(algorithm, public_key)?),
        }))
    }

    fn verify(&self, key: &FastKey, signed: &[u8], signature: &[u8]) -> bool {
        match &key.0 {
            Inner::Ring(key) => Ring.verify(key, signed, signature),
            Inner::Ed25519(key) => key.verify(signed, signature),
        }
    }

    fn batch(&self, key: &FastKey) -> usize {
        if key.ed25519().is_some() { ed25519::BATCH } else { 1 }
    }

    fn verify_all(&self, checks: &[SignatureCheck<'_, FastKey>]) -> bool {
        if checks.iter().all(|check| check.key.ed25519().is_some()) && checks.len() > 1 {
            return ed25519::verify_all(checks.iter(), FastKey::ed25519);
        }
        checks.iter().all(|check| self.verify(check.key, check.signed, check.signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Some(sha1::nsec3_hash(name, salt, iterations))
    }

    fn zone_digest(&self, hash: u8, feed: &mut super::Feed<'_>) -> Option<Digest> {
        Ring.zone_digest(hash, feed)
    }
}
