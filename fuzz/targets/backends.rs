//! Keys, octets and signatures, good ones and such as were changed: all backends agree.
//!
//! The first octet chooses an algorithm and one of its signatures in `vectors/crypto`, the rest are changes of it, four
//! octets each.
#![no_main]

use std::sync::LazyLock;

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, Fast, Ring, RustCrypto};
use libfuzzer_sys::fuzz_target;

struct Case {
    algorithm: Algorithm,
    parts: [Vec<u8>; 3],
    holds: bool,
}

const FILES: [&str; 4] = [
    include_str!("../../vectors/crypto/ed25519.txt"),
    include_str!("../../vectors/crypto/p256.txt"),
    include_str!("../../vectors/crypto/p384.txt"),
    include_str!("../../vectors/crypto/rsa.txt"),
];

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let lines = FILES.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
    let cases = lines.map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        let [holds, algorithm, _name, key, signature, message] = fields[..] else { panic!("{line}") };
        let parts = [hex(key), hex(message), hex(signature)];
        Case { algorithm: Algorithm(algorithm.parse().unwrap()), parts, holds: holds == "good" }
    });
    cases.collect()
});

fn hex(text: &str) -> Vec<u8> {
    let text = if text == "-" { "" } else { text };
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn holds<B: Backend>(backend: &B, algorithm: Algorithm, [key, message, signature]: &[Vec<u8>; 3]) -> bool {
    let Some(key) = backend.key(algorithm, key) else { return false };
    let holds = backend.verify(&key, message, signature);
    assert_eq!(backend.verify(&key, message, signature), holds, "a key may be used again");
    holds
}

fuzz_target!(|octets: &[u8]| {
    let Some(([high, low], changes)) = octets.split_first_chunk() else { return };
    let case = &CASES[usize::from(u16::from_be_bytes([*high, *low])) % CASES.len()];
    let mut parts = case.parts.clone();
    for [what, place, page, with] in changes.as_chunks().0.iter().take(8) {
        let part = &mut parts[usize::from(what % 3)];
        let place = usize::from(*place) + 256 * usize::from(page % 3);
        match what / 3 % 4 {
            0 if place < part.len() => part[place] ^= with,
            1 if place <= part.len() => part.insert(place, *with),
            2 if place < part.len() => drop(part.remove(place)),
            3 => part.truncate(place),
            _ => {}
        }
    }
    let ring = holds(&Ring, case.algorithm, &parts);
    assert_eq!(holds(&Fast, case.algorithm, &parts), ring, "Fast, {}", case.algorithm);
    assert_eq!(holds(&RustCrypto, case.algorithm, &parts), ring, "RustCrypto, {}", case.algorithm);
    if parts == case.parts {
        assert_eq!(ring, case.holds);
    }
    // The digests of what is at hand.
    for digest in [DigestType::SHA1, DigestType::SHA256, DigestType::SHA384] {
        let [a, b] = [
            Ring.digest(digest, &[&parts[0], &parts[1]]),
            RustCrypto.digest(digest, &[&parts.concat()[..parts[0].len() + parts[1].len()]]),
        ];
        assert_eq!(a.unwrap().as_slice(), b.unwrap().as_slice());
    }
    let (salt, iterations) = (&parts[2][..parts[2].len().min(255)], u16::from(*low));
    let hash = Ring.nsec3_hash(&parts[0], salt, iterations);
    assert_eq!(hash, RustCrypto.nsec3_hash(&parts[0], salt, iterations));
    assert_eq!(hash, Fast.nsec3_hash(&parts[0], salt, iterations));
});
