//! A backend that verifies no signature twice.

use alloc::vec::Vec;
use core::cell::OnceCell;

use super::Cache;
use crate::codes::{Algorithm, DigestType};
use crate::crypto::{Backend, Digest};

/// A signature that holds: the SHA-256 digest of algorithm, key, what is signed, and signature.
pub type Fingerprint = [u8; 32];

/// A backend beside a [`Cache`] of the signatures that it has seen to hold. Whether one holds depends on nothing but
/// what its [`Fingerprint`] is made of; who may sign what, and when, is judged each time.
///
/// That is true of backends that accept the same keys. One that refuses keys which another takes, say short ones, needs a
/// cache of its own: beside a shared one it would say Secure by what the other has verified.
#[derive(Clone, Copy, Debug)]
pub struct Remembering<'c, B, C: ?Sized> {
    backend: &'c B,
    cache: &'c C,
}

impl<'c, B: Backend, C: Cache + ?Sized> Remembering<'c, B, C> {
    /// What `backend` says, and what it has said before.
    #[must_use]
    pub const fn new(backend: &'c B, cache: &'c C) -> Self {
        Self { backend, cache }
    }

    fn parsed<'k>(&self, key: &'k RememberingKey<B::Key>) -> Option<&'k B::Key> {
        key.parsed.get_or_init(|| self.backend.key(key.algorithm, &key.public_key)).as_ref()
    }

    fn sha256(&self, parts: &[&[u8]]) -> Option<Fingerprint> {
        self.backend.digest(DigestType::SHA256, parts)?.as_slice().try_into().ok()
    }
}

/// A key, and its digest. It is parsed when a signature comes that is not known yet.
#[derive(Debug)]
pub struct RememberingKey<K> {
    algorithm: Algorithm,
    public_key: Vec<u8>,
    fingerprint: Option<Fingerprint>,
    parsed: OnceCell<Option<K>>,
}

impl<B: Backend, C: Cache + ?Sized> Backend for Remembering<'_, B, C> {
    type Key = RememberingKey<B::Key>;

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.backend.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.backend.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        let fingerprint = self.sha256(&[&[algorithm.0], public_key]);
        let key = RememberingKey { algorithm, public_key: public_key.to_vec(), fingerprint, parsed: OnceCell::new() };
        // That a key can be used is remembered like a signature. What is digested for it is shorter than what is for
        // any signature, so that nobody can make a key that passes for one.
        let usable = fingerprint.and_then(|fingerprint| self.sha256(&[b"key", &fingerprint]));
        if usable.is_some_and(|usable| self.cache.holds(&usable)) {
            return Some(key);
        }
        self.parsed(&key)?;
        if let Some(usable) = usable {
            self.cache.remember(usable);
        }
        Some(key)
    }

    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        let verify = || self.parsed(key).is_some_and(|parsed| self.backend.verify(parsed, signed, signature));
        // The digest of the key has a fixed length, and the length of what is signed stands before it.
        let length = u64::try_from(signed.len()).unwrap_or(u64::MAX).to_be_bytes();
        let fingerprint = key.fingerprint.and_then(|of_key| self.sha256(&[&of_key, &length, signed, signature]));
        let Some(fingerprint) = fingerprint else { return verify() };
        if self.cache.holds(&fingerprint) {
            return true;
        }
        let holds = verify();
        if holds {
            self.cache.remember(fingerprint);
        }
        holds
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.backend.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.backend.nsec3_hash(name, salt, iterations)
    }
}
