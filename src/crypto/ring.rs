//! The `ring` crate as a backend.

use ring::digest;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

#[cfg(feature = "alloc")]
use super::RsaKey;
use super::{Backend, Digest};
use crate::codes::{Algorithm, DigestType};

/// The `ring` crate: fast, and partly assembly and C.
///
/// ```
/// use dnsproof::codes::{Algorithm, DigestType};
/// use dnsproof::crypto::{Backend, Ring};
/// assert!(Ring.supports(Algorithm::ED25519));
/// assert!(!Ring.supports(Algorithm::ED448));
/// assert_eq!(Ring.digest(DigestType::SHA256, &[b"a", b"bc"]).unwrap().as_slice()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ring;

/// A public key for [`Ring`], which parses keys anew for each signature: it copies the octets.
#[derive(Clone)]
pub struct RingKey {
    algorithm: Algorithm,
    octets: [u8; Self::MAX],
    len: usize,
}

impl RingKey {
    /// An RSA modulus of 4096 bits with its exponent is the longest.
    const MAX: usize = 1 + 512 + 5 + 2;

    fn new(algorithm: Algorithm, parts: &[&[u8]]) -> Option<Self> {
        let mut key = Self { algorithm, octets: [0; Self::MAX], len: 0 };
        for part in parts {
            let end = key.len.checked_add(part.len())?;
            key.octets.get_mut(key.len..end)?.copy_from_slice(part);
            key.len = end;
        }
        Some(key)
    }

    fn as_slice(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

impl core::fmt::Debug for RingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "RingKey({}, {} octets)", self.algorithm, self.len)
    }
}

/// ECDSA and Ed25519: which check of `ring` is which algorithm, and the key's length on the wire.
fn curve(algorithm: Algorithm) -> Option<(&'static dyn VerificationAlgorithm, usize)> {
    match algorithm {
        Algorithm::ECDSAP256SHA256 => Some((&signature::ECDSA_P256_SHA256_FIXED, 64)),
        Algorithm::ECDSAP384SHA384 => Some((&signature::ECDSA_P384_SHA384_FIXED, 96)),
        Algorithm::ED25519 => Some((&signature::ED25519, 32)),
        _ => None,
    }
}

/// RSA: `ring` needs an allocator for it. The names warn of short keys and of SHA-1; the
/// policy decides about both, and [`RsaKey`] about the length.
#[cfg(feature = "alloc")]
fn rsa(algorithm: Algorithm) -> Option<&'static signature::RsaParameters> {
    match algorithm {
        Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => {
            Some(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        Algorithm::RSASHA256 => Some(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        Algorithm::RSASHA512 => Some(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

fn hash(digest_type: DigestType) -> Option<&'static digest::Algorithm> {
    match digest_type {
        DigestType::SHA1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestType::SHA256 => Some(&digest::SHA256),
        DigestType::SHA384 => Some(&digest::SHA384),
        _ => None,
    }
}

impl Backend for Ring {
    type Key = RingKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        #[cfg(feature = "alloc")]
        if rsa(algorithm).is_some() {
            return true;
        }
        curve(algorithm).is_some()
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        hash(digest).is_some()
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<RingKey> {
        if let Some((_, len)) = curve(algorithm) {
            // RFC 6605 section 4 leaves out the octet that says "uncompressed point".
            let prefix: &[u8] = if algorithm == Algorithm::ED25519 { &[] } else { &[0x04] };
            return RingKey::new(algorithm, &[prefix, public_key]).filter(|_| public_key.len() == len);
        }
        #[cfg(feature = "alloc")]
        if rsa(algorithm).is_some() {
            RsaKey::parse(public_key)?;
            return RingKey::new(algorithm, &[public_key]);
        }
        None
    }

    fn verify(&self, key: &RingKey, signed: &[u8], signature: &[u8]) -> bool {
        if let Some((check, _)) = curve(key.algorithm) {
            return UnparsedPublicKey::new(check, key.as_slice()).verify(signed, signature).is_ok();
        }
        #[cfg(feature = "alloc")]
        if let Some((parameters, rsa)) = rsa(key.algorithm).zip(RsaKey::parse(key.as_slice())) {
            let components = signature::RsaPublicKeyComponents { n: rsa.modulus, e: rsa.exponent };
            return signature.len() == rsa.modulus.len() && components.verify(parameters, signed, signature).is_ok();
        }
        false
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        let mut context = digest::Context::new(hash(digest)?);
        parts.iter().for_each(|part| context.update(part));
        Digest::new(context.finish().as_ref())
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        let mut hash: [u8; 20] = self.digest(DigestType::SHA1, &[name, salt])?.as_slice().try_into().ok()?;
        for _ in 0..iterations {
            hash = self.digest(DigestType::SHA1, &[&hash, salt])?.as_slice().try_into().ok()?;
        }
        Some(hash)
    }
}
