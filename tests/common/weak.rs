//! RSA with 512 bits, for RFC 5155 alone: its keys are outside of the limits of both backends.

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, Digest};
use rsa::{BoxedUint, PublicKey};
use sha1::Sha1;

/// A backend that takes keys of algorithm 7 with 512 bits, and is the one under test in all else.
pub struct Weak<'b, B>(pub &'b B);

pub enum Key<K> {
    Short(Box<PublicKey>),
    Other(K),
}

/// The form of RFC 3110 section 2.
fn short(public_key: &[u8]) -> Option<PublicKey> {
    let (length, rest) = public_key.split_first()?;
    let (exponent, modulus) = rest.split_at_checked(usize::from(*length))?;
    let modulus = BoxedUint::from_be_slice(modulus, 512).ok()?;
    let exponent = BoxedUint::from_be_slice(exponent, 64).ok()?;
    PublicKey::new_with_size_limits(modulus, exponent, 512..=512).ok()
}

impl<B: Backend> Backend for Weak<'_, B> {
    type Key = Key<B::Key>;

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.0.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.0.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        match short(public_key).filter(|_| algorithm == Algorithm::RSASHA1_NSEC3_SHA1) {
            Some(key) => Some(Key::Short(Box::new(key))),
            None => self.0.key(algorithm, public_key).map(Key::Other),
        }
    }

    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        match key {
            Key::Short(key) => key.pkcs1v15_verify::<Sha1>(signed, signature).is_ok(),
            Key::Other(key) => self.0.verify(key, signed, signature),
        }
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.0.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.0.nsec3_hash(name, salt, iterations)
    }
}
