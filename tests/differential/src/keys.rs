//! Keys and signatures that any validator can check. The key of a number is always the same, so that anchors are.

use std::sync::OnceLock;

use p256::ecdsa::SigningKey;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

use crate::world::{NOW, Signer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    P256,
    Ed25519,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

pub struct Keys {
    kind: Kind,
    now: u32,
    random: SystemRandom,
    pairs: [OnceLock<Pair>; 256],
}

impl Keys {
    /// Signatures hold for a day before `now` and one after.
    pub fn new(kind: Kind, now: u32) -> Self {
        Self { kind, now, random: SystemRandom::new(), pairs: [const { OnceLock::new() }; 256] }
    }

    pub fn of_the_clock(kind: Kind) -> Self {
        Self::new(kind, clock())
    }

    fn pair(&self, key: u8) -> &Pair {
        self.pairs[usize::from(key)].get_or_init(|| {
            let seed = digest::digest(&digest::SHA256, &[b"a key of a world that is made up ", &[key][..]].concat());
            match self.kind {
                Kind::Ed25519 => Pair::Ed25519(Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).unwrap()),
                Kind::P256 => {
                    let secret = SigningKey::from_slice(seed.as_ref()).unwrap();
                    let public = secret.verifying_key().to_sec1_point(false);
                    let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                    let pair = EcdsaKeyPair::from_private_key_and_public_key(
                        algorithm,
                        seed.as_ref(),
                        public.as_bytes(),
                        &self.random,
                    );
                    Pair::P256(pair.unwrap())
                }
            }
        })
    }
}

/// The seconds of now.
pub fn clock() -> u32 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap_or(NOW)
}

impl Signer for Keys {
    fn now(&self) -> u32 {
        self.now
    }

    fn algorithm(&self) -> u8 {
        match self.kind {
            Kind::P256 => 13,
            Kind::Ed25519 => 15,
        }
    }

    fn public_key(&self, key: u8) -> Vec<u8> {
        match self.pair(key) {
            // Without the octet that says that it is not compressed.
            Pair::P256(pair) => pair.public_key().as_ref()[1..].to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    fn sign(&self, key: u8, octets: &[u8]) -> Vec<u8> {
        match self.pair(key) {
            Pair::P256(pair) => pair.sign(&self.random, octets).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(octets).as_ref().to_vec(),
        }
    }

    fn digest(&self, kind: u8, octets: &[u8]) -> Vec<u8> {
        let algorithm = if kind == 4 { &digest::SHA384 } else { &digest::SHA256 };
        digest::digest(algorithm, octets).as_ref().to_vec()
    }

    /// RFC 5155 section 5.
    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> [u8; 20] {
        let mut hash = name.to_vec();
        for _ in 0..=iterations {
            let salted = [&hash[..], salt].concat();
            hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &salted).as_ref().to_vec();
        }
        hash.try_into().unwrap()
    }
}
