//! What the trait of backends gives those who leave parts of it out, and those who hand on a reference.

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, Digest, Feed, SignatureCheck};

/// Answers what no other backend does, so that an answer shows who was asked.
struct Odd;

impl Backend for Odd {
    type Key = u8;

    fn supports(&self, algorithm: Algorithm) -> bool {
        algorithm.0 == 200
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        digest.0 == 201
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<u8> {
        self.supports(algorithm).then(|| public_key[0])
    }

    fn verify(&self, key: &u8, signed: &[u8], signature: &[u8]) -> bool {
        [&[*key], signed].concat() == signature
    }

    fn batch(&self, key: &u8) -> usize {
        usize::from(*key) + 100
    }

    fn verify_all(&self, checks: &[SignatureCheck<'_, u8>]) -> bool {
        checks.len() == 7
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.supports_digest(digest).then(|| Digest::new(&parts.concat()).unwrap())
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        (iterations < 9).then(|| [name[0] ^ salt[0]; 20])
    }

    fn zone_digest(&self, hash: u8, feed: &mut Feed<'_>) -> Option<Digest> {
        let mut all = Vec::new();
        feed(&mut |octets| all.extend_from_slice(octets));
        (hash == 202).then(|| Digest::new(&all).unwrap())
    }
}

/// The same, and all that may be left out left out.
struct Plain;

impl Backend for Plain {
    type Key = u8;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Odd.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Odd.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<u8> {
        Odd.key(algorithm, public_key)
    }

    fn verify(&self, key: &u8, signed: &[u8], signature: &[u8]) -> bool {
        Odd.verify(key, signed, signature)
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Odd.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Odd.nsec3_hash(name, salt, iterations)
    }
}

/// How many checks it wants at once, and what it says of all those with these signatures.
fn said_of(backend: &impl Backend<Key = u8>, signatures: &[&[u8]]) -> (usize, bool) {
    let checks: Vec<_> =
        signatures.iter().map(|signature| SignatureCheck { key: &1, signed: b"", signature }).collect();
    (backend.batch(&1), backend.verify_all(&checks))
}

#[test]
fn a_backend_behind_a_reference_is_the_one_that_is_asked() {
    fn ask(backend: impl Backend<Key = u8>) {
        assert_eq!([199, 200].map(|number| backend.supports(Algorithm(number))), [false, true]);
        assert_eq!([200, 201].map(|number| backend.supports_digest(DigestType(number))), [false, true]);
        assert_eq!([199, 200].map(|number| backend.key(Algorithm(number), &[5])), [None, Some(5)]);
        assert_eq!([&b"\x05a"[..], b"a"].map(|signature| backend.verify(&5, b"a", signature)), [true, false]);
        let digest = |digest: Option<Digest>| digest.map(|digest| digest.as_slice().to_vec());
        let digested = [200, 201].map(|number| digest(backend.digest(DigestType(number), &[b"a", b"b"])));
        assert_eq!(digested, [None, Some(b"ab".to_vec())]);
        assert_eq!([8, 9].map(|number| backend.nsec3_hash(b"a", b"b", number)), [Some([3; 20]), None]);
        let zone =
            |hash| digest(backend.zone_digest(hash, &mut |take| [&b"a"[..], b"b"].iter().for_each(|part| take(part))));
        assert_eq!([201, 202].map(zone), [None, Some(b"ab".to_vec())]);
        assert_eq!(said_of(&backend, &[]), (101, false));
        assert_eq!(said_of(&backend, &[&b""[..]; 7]), (101, true));
    }
    ask(Odd);
    ask(&Odd);
}

#[test]
fn a_backend_need_not_know_batches_nor_zones() {
    assert_eq!(said_of(&Plain, &[b"\x01", b"\x01"]), (1, true));
    assert_eq!(said_of(&Plain, &[b"\x01", b"\x02"]), (1, false));
    assert_eq!(said_of(&Plain, &[b"\x02", b"\x01"]), (1, false));
    assert!((1..=2).all(|hash| Plain.zone_digest(hash, &mut |_| ()).is_none()));
}
