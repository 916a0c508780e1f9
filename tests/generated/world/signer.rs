//! Keys and signatures: real ones, and such as cost nothing.

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, Digest};

/// Signs with the key of a number.
pub trait Signer {
    /// The middle of the time in which its signatures hold, which is two days.
    fn now(&self) -> u32 {
        super::NOW
    }
    fn algorithm(&self) -> u8;
    fn public_key(&self, key: u8) -> Vec<u8>;
    fn sign(&self, key: u8, octets: &[u8]) -> Vec<u8>;
    /// The digest of a DS record, of type 2 or 4.
    fn digest(&self, digest: u8, octets: &[u8]) -> Vec<u8>;
    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> [u8; 20];
}

/// A signature is a hash of the key and what is signed, so that fuzzing gets past cryptography. As a backend it takes
/// what it signed, and leaves digests to another one.
#[derive(Clone, Copy, Debug)]
pub struct Fake<B>(pub B);

/// FNV-1a, spread over as many octets as are wanted.
fn spread<const N: usize>(parts: [&[u8]; 2]) -> [u8; N] {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for octet in parts.into_iter().flatten() {
        hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3);
    }
    std::array::from_fn(|_| {
        hash = hash.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        hash.to_be_bytes()[0]
    })
}

impl<B: Backend> Signer for Fake<B> {
    fn algorithm(&self) -> u8 {
        15
    }

    fn public_key(&self, key: u8) -> Vec<u8> {
        spread::<32>([b"key", &[key]]).to_vec()
    }

    fn sign(&self, key: u8, octets: &[u8]) -> Vec<u8> {
        spread::<64>([&self.public_key(key), octets]).to_vec()
    }

    fn digest(&self, digest: u8, octets: &[u8]) -> Vec<u8> {
        self.0.digest(DigestType(digest), &[octets]).expect("a digest that it supports").as_slice().to_vec()
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> [u8; 20] {
        self.0.nsec3_hash(name, salt, iterations).expect("SHA-1")
    }
}

impl<B: Backend> Backend for Fake<B> {
    type Key = Vec<u8>;

    fn supports(&self, algorithm: Algorithm) -> bool {
        algorithm == Algorithm::ED25519
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.0.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Vec<u8>> {
        (self.supports(algorithm) && public_key.len() == 32).then(|| public_key.to_vec())
    }

    fn verify(&self, key: &Vec<u8>, signed: &[u8], signature: &[u8]) -> bool {
        signature == spread::<64>([key, signed])
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.0.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.0.nsec3_hash(name, salt, iterations)
    }
}
