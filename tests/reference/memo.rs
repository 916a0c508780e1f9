//! A backend that remembers: the reference asks the same again and again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, Digest};

pub struct Memo<B> {
    backend: B,
    signatures: RefCell<HashMap<u64, bool>>,
    digests: RefCell<HashMap<u64, Option<Digest>>>,
    hashes: RefCell<HashMap<u64, Option<[u8; 20]>>>,
}

impl<B> Memo<B> {
    pub fn new(backend: B) -> Self {
        Self { backend, signatures: RefCell::default(), digests: RefCell::default(), hashes: RefCell::default() }
    }
}

/// A key, and what it is known by.
pub struct Key<K> {
    hash: u64,
    key: K,
}

fn hash(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

fn remember<T: Clone>(map: &RefCell<HashMap<u64, T>>, asked: u64, answer: impl FnOnce() -> T) -> T {
    if let Some(known) = map.borrow().get(&asked) {
        return known.clone();
    }
    let answer = answer();
    map.borrow_mut().insert(asked, answer.clone());
    answer
}

impl<B: Backend> Backend for Memo<B> {
    type Key = Key<B::Key>;

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.backend.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.backend.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        Some(Key { hash: hash((algorithm.0, public_key)), key: self.backend.key(algorithm, public_key)? })
    }

    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        let asked = hash((key.hash, signed, signature));
        remember(&self.signatures, asked, || self.backend.verify(&key.key, signed, signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        remember(&self.digests, hash((digest.0, parts)), || self.backend.digest(digest, parts))
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        let asked = hash((name, salt, iterations));
        remember(&self.hashes, asked, || self.backend.nsec3_hash(name, salt, iterations))
    }
}
