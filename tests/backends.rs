//! Both crypto backends, one suite: every line of `vectors/crypto/*.txt`, and random octets.
#![cfg(any(feature = "ring", feature = "rustcrypto"))]

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::{Backend, SignatureCheck};
use proptest::prelude::*;
use std::io::Write as _;
use std::sync::LazyLock;

/// One signature of the vectors.
struct Case {
    name: &'static str,
    algorithm: Algorithm,
    key: Vec<u8>,
    signature: Vec<u8>,
    message: Vec<u8>,
    holds: bool,
}

static SIGNATURES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [
        include_str!("../vectors/crypto/rsa.txt"),
        include_str!("../vectors/crypto/p256.txt"),
        include_str!("../vectors/crypto/p384.txt"),
        include_str!("../vectors/crypto/ed25519.txt"),
        include_str!("../vectors/crypto/ed448.txt"),
    ]
    .into_iter()
    .flat_map(fields)
    .map(|[verdict, algorithm, name, key, signature, message]| Case {
        name,
        algorithm: Algorithm(algorithm.parse().unwrap()),
        key: hex(key),
        signature: hex(signature),
        message: hex(message),
        holds: match verdict {
            "good" => true,
            "bad" => false,
            _ => panic!("{name}: neither good nor bad"),
        },
    })
    .collect()
});

fn fields<const N: usize>(file: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    file.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<_> = line.split(' ').collect();
        fields.try_into().unwrap_or_else(|_| panic!("not {N} fields: {line}"))
    })
}

fn hex(text: &str) -> Vec<u8> {
    let text = if text == "-" { "" } else { text };
    assert!(text.len() % 2 == 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Whether the signature holds, by a key from its octets.
fn holds<B: Backend>(backend: &B, algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    backend.key(algorithm, key).is_some_and(|key| backend.verify(&key, message, signature))
}

/// Every line of an algorithm that the backend is to support; and how many there are.
fn signatures<B: Backend>(backend: &B, algorithm: u8, supported: bool, good: usize, bad: usize) {
    let algorithm = Algorithm(algorithm);
    assert_eq!(backend.supports(algorithm), supported, "{algorithm}");
    let mut seen = [0, 0];
    let mut wrong = Vec::new();
    for case in SIGNATURES.iter().filter(|case| case.algorithm == algorithm) {
        seen[usize::from(!case.holds)] += 1;
        let answer = holds(backend, algorithm, &case.key, &case.message, &case.signature);
        if answer != (supported && case.holds) {
            wrong.push(case.name);
        }
    }
    assert_eq!(wrong, [""; 0], "{algorithm}");
    assert_eq!(seen, [good, bad], "{algorithm}: lines of vectors");
}

/// One parsed key serves for all signatures by it, in any order.
fn key_again<B: Backend>(backend: &B) {
    for case in SIGNATURES.iter().filter(|case| case.holds && backend.supports(case.algorithm)) {
        let key = backend.key(case.algorithm, &case.key).unwrap();
        let mut others: Vec<_> = SIGNATURES.iter().filter(|other| other.key == case.key).take(4).collect();
        others.push(case);
        for other in others.into_iter().filter(|other| other.algorithm == case.algorithm) {
            assert_eq!(backend.verify(&key, &other.message, &other.signature), other.holds, "{}", other.name);
        }
    }
}

fn nothing_else<B: Backend>(backend: &B) {
    let known = [5, 7, 8, 10, 13, 14, 15, 16];
    for number in (0..=255).filter(|number| !known.contains(number)) {
        assert!(!backend.supports(Algorithm(number)), "algorithm {number}");
        for case in SIGNATURES.iter().filter(|case| case.holds).step_by(50) {
            assert!(backend.key(Algorithm(number), &case.key).is_none(), "algorithm {number}");
        }
    }
    for number in (0..=255).filter(|number| ![1, 2, 4].contains(number)) {
        assert!(!backend.supports_digest(DigestType(number)), "digest {number}");
        assert!(backend.digest(DigestType(number), &[b"octets"]).is_none(), "digest {number}");
    }
}

fn digests<B: Backend>(backend: &B) {
    let mut lines = 0;
    for [digest, data, result] in fields(include_str!("../vectors/crypto/digests.txt")) {
        let digest = DigestType(digest.parse().unwrap());
        let (data, result) = (hex(data), hex(result));
        assert!(backend.supports_digest(digest));
        let of = |parts: &[&[u8]]| backend.digest(digest, parts).unwrap().as_slice().to_vec();
        assert_eq!(of(&[&data]), result, "{digest} of {} octets", data.len());
        for at in [0, 1, data.len() / 2, data.len().saturating_sub(1), data.len()] {
            let (a, b) = data.split_at(at.min(data.len()));
            assert_eq!(of(&[a, b]), result, "{digest} of {} octets, split at {at}", data.len());
            assert_eq!(of(&[&[], a, &[], b, &[]]), result, "{digest} of {} octets, split at {at}", data.len());
        }
        let single: Vec<_> = data.chunks(1).collect();
        assert_eq!(of(&single), result, "{digest} of {} octets, one by one", data.len());
        if data.is_empty() {
            assert_eq!(of(&[]), result);
        }
        lines += 1;
    }
    assert_eq!(lines, 45);
}

fn nsec3<B: Backend>(backend: &B) {
    let mut lines = 0;
    for [name, salt, iterations, hash] in fields(include_str!("../vectors/crypto/nsec3.txt")) {
        let answer = backend.nsec3_hash(&hex(name), &hex(salt), iterations.parse().unwrap()).unwrap();
        assert_eq!(answer[..], hex(hash), "salt {salt}, {iterations} iterations");
        lines += 1;
    }
    assert_eq!(lines, 66);

    let mut lines = 0;
    for line in include_str!("../vectors/rfc/rfc5155-a.hashes").lines().filter(|line| !line.starts_with(';')) {
        let (hash, name) = line.split_once(' ').unwrap();
        let mut wire = Vec::new();
        for label in name.split_terminator('.') {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend_from_slice(label.as_bytes());
        }
        wire.push(0);
        let answer = backend.nsec3_hash(&wire, &[0xAA, 0xBB, 0xCC, 0xDD], 12).unwrap();
        assert_eq!(base32hex(&answer), hash, "{name}");
        lines += 1;
    }
    assert_eq!(lines, 12);
}

/// 20 octets are 32 digits of base32hex, without padding.
fn base32hex(octets: &[u8; 20]) -> String {
    let digit = |at: usize| {
        (0..5).fold(0, |value, bit| {
            let bit = at * 5 + bit;
            value << 1 | usize::from(octets[bit / 8] >> (7 - bit % 8) & 1)
        })
    };
    (0..32).map(|at| char::from(b"0123456789abcdefghijklmnopqrstuv"[digit(at)])).collect()
}

/// RFC 6605 section 4, RFC 8080 section 3: keys of one length each, whatever the rest of them is.
fn lengths<B: Backend>(backend: &B) {
    for case in SIGNATURES.iter().filter(|case| case.holds && (13..=16).contains(&case.algorithm.0)) {
        let len = case.key.len();
        let longer = [&case.key[..], &[0]].concat();
        for key in [&case.key[..0], &case.key[..len - 1], &longer, &[&case.key[..], &case.key].concat()] {
            assert!(backend.key(case.algorithm, key).is_none(), "{}: {} octets", case.name, key.len());
        }
        assert_eq!(backend.key(case.algorithm, &case.key).is_some(), backend.supports(case.algorithm), "{}", case.name);
    }
}

/// Whether all of these hold, by keys from their octets.
fn all_hold<B: Backend>(backend: &B, cases: &[&Case]) -> bool {
    let keys: Vec<B::Key> = cases.iter().map(|case| backend.key(case.algorithm, &case.key).unwrap()).collect();
    let checks: Vec<_> = cases
        .iter()
        .zip(&keys)
        .map(|(case, key)| SignatureCheck { key, signed: &case.message, signature: &case.signature })
        .collect();
    backend.verify_all(&checks)
}

/// Several signatures at once; `batch` is how many by one Ed25519 key. Such a batch is checked with the cofactor, by which
/// some more hold (RFC 8032 section 5.1.7).
fn batches<B: Backend>(backend: &B, batch: usize) {
    let of = |algorithm: u8, holds: bool| -> Vec<&Case> {
        let fits = |case: &&Case| case.algorithm.0 == algorithm && case.holds == holds;
        SIGNATURES.iter().filter(fits).filter(|case| backend.key(case.algorithm, &case.key).is_some()).collect()
    };
    let (good, bad) = (of(15, true), of(15, false));
    assert_eq!(backend.batch(&backend.key(Algorithm::ED25519, &good[0].key).unwrap()), batch);
    // RFC 8032 section 5.1.3: such keys are none, although everybody takes them one by one.
    let odd = |case: &&Case| case.name.contains("noncanonical") || case.name.contains("minus-zero");
    let sound: Vec<&Case> = good.iter().copied().filter(|case| !odd(case)).collect();
    assert!(all_hold(backend, &[]) && all_hold(backend, &sound) && sound.len() < good.len());
    assert!(good.iter().all(|case| all_hold(backend, &[case])), "one by one");
    let mut with_cofactor = 0;
    for case in bad {
        assert!(!all_hold(backend, &[case]), "{} alone", case.name);
        if all_hold(backend, &[good[0], case]) || all_hold(backend, &[case, good[0]]) {
            // A key or an R with a point of small order in it.
            assert!(!odd(&case) && (case.name.contains("T-R-") || case.name.contains("-plus-")), "{}", case.name);
            with_cofactor += 1;
        }
    }
    assert_eq!(with_cofactor, if batch > 1 { 84 } else { 0 });
    let (other, wrong) = (of(13, true)[0], of(13, false)[0]);
    assert_eq!(backend.batch(&backend.key(other.algorithm, &other.key).unwrap()), 1);
    for (cases, hold) in [
        (&[other, good[0], good[1]][..], true),
        (&[good[0], other, good[1]], true),
        (&[other, other], true),
        (&[good[0], wrong], false),
        (&[wrong, good[0]], false),
        (&[other, wrong], false),
        (&[wrong], false),
    ] {
        assert_eq!(all_hold(backend, cases), hold);
    }
}

fn zone_digests<B: Backend>(backend: &B) {
    let fed = |hash| backend.zone_digest(hash, &mut |take| [&b"a"[..], b"", b"bc"].iter().for_each(|part| take(part)));
    // FIPS 180-2 appendices D.1 and C.1.
    let sha384 = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7";
    let sha512 = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
                  454d4423643ce80e2a9ac94fa54ca49f";
    assert_eq!([1, 2].map(|hash| fed(hash).unwrap().as_slice().to_vec()), [hex(sha384), hex(sha512)]);
    assert!([0, 3, 255].iter().all(|hash| fed(*hash).is_none()));
}

/// An algorithm, key and signature: a line of the vectors with some octets changed, or random
/// octets of about the right length.
fn noise() -> impl Strategy<Value = (Algorithm, Vec<u8>, Vec<u8>, Vec<u8>)> {
    let changes = || prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let changed = (any::<prop::sample::Index>(), changes(), changes(), changes()).prop_map(|(at, k, s, m)| {
        let case = at.get(&SIGNATURES);
        let change = |octets: &[u8], changes: Vec<(prop::sample::Index, u8)>| {
            let mut octets = octets.to_vec();
            for (at, octet) in changes {
                if !octets.is_empty() {
                    let at = at.index(octets.len());
                    octets[at] = octet;
                }
            }
            octets
        };
        (case.algorithm, change(&case.key, k), change(&case.signature, s), change(&case.message, m))
    });
    let octets =
        |len: usize| prop_oneof![prop::collection::vec(any::<u8>(), len), prop::collection::vec(any::<u8>(), 0..600)];
    let random = prop_oneof![
        Just((5, 260, 256)),
        Just((7, 132, 128)),
        Just((8, 260, 256)),
        Just((10, 132, 128)),
        Just((13, 64, 64)),
        Just((14, 96, 96)),
        Just((15, 32, 64)),
        Just((16, 57, 114)),
    ]
    .prop_flat_map(move |(algorithm, key, signature)| {
        (Just(Algorithm(algorithm)), octets(key), octets(signature), prop::collection::vec(any::<u8>(), 0..100))
    });
    prop_oneof![changed, random]
}

/// The backend that is to be tested; where the processor cannot run it, that is said even where the output of tests is
/// captured.
fn backend<B>(name: &str, backend: Option<B>) -> Option<B> {
    if backend.is_none() {
        let said = writeln!(std::io::stderr(), "NOT TESTED: this processor has not what {name} needs");
        said.unwrap();
    }
    backend
}

/// The suite for a backend: whether it has RSA and Ed448, and how many Ed25519 signatures it wants at once.
macro_rules! suite {
    ($module:ident, $backend:expr, $rsa:expr, $ed448:expr, $batch:expr) => {
        mod $module {
            use super::*;

            #[test]
            fn rsa() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                signatures(&backend, 5, $rsa, 8, 31);
                signatures(&backend, 7, $rsa, 8, 31);
                signatures(&backend, 8, $rsa, 15, 84);
                signatures(&backend, 10, $rsa, 8, 31);
            }

            #[test]
            fn ecdsa() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                signatures(&backend, 13, true, 33, 73);
                signatures(&backend, 14, true, 33, 73);
            }

            #[test]
            fn ed25519() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                signatures(&backend, 15, true, 92, 292);
            }

            #[test]
            fn ed448() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                signatures(&backend, 16, $ed448, 9, 59);
            }

            #[test]
            fn key_again() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::key_again(&backend);
            }

            #[test]
            fn nothing_else() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::nothing_else(&backend);
            }

            #[test]
            fn digests() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::digests(&backend);
            }

            #[test]
            fn nsec3() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::nsec3(&backend);
            }

            #[test]
            fn lengths() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::lengths(&backend);
            }

            #[test]
            fn batches() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::batches(&backend, $batch);
            }

            #[test]
            fn zone_digests() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::zone_digests(&backend);
            }

            #[test]
            fn behind_a_reference() {
                let Some(backend) = backend(stringify!($module), $backend) else { return };
                super::nsec3(&&backend);
                signatures(&&backend, 15, true, 92, 292);
            }

            proptest! {
                #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
                #[test]
                fn noise_does_not_panic((algorithm, key, signature, message) in noise()) {
                    let Some(backend) = backend(stringify!($module), $backend) else { return Ok(()) };
                    holds(&backend, algorithm, &key, &message, &signature);
                }

                #[test]
                fn nsec3_does_not_panic(
                    name in prop::collection::vec(any::<u8>(), 0..300),
                    salt in prop::collection::vec(any::<u8>(), 0..300),
                    iterations in 0..200u16,
                ) {
                    let Some(backend) = backend(stringify!($module), $backend) else { return Ok(()) };
                    let mut hash = backend.digest(DigestType::SHA1, &[&name, &salt]).unwrap();
                    for _ in 0..iterations {
                        hash = backend.digest(DigestType::SHA1, &[hash.as_slice(), &salt]).unwrap();
                    }
                    prop_assert_eq!(&backend.nsec3_hash(&name, &salt, iterations).unwrap(), hash.as_slice());
                }
            }
        }
    };
}

#[cfg(feature = "ring")]
suite!(ring, Some(dnsproof::crypto::Ring), cfg!(feature = "alloc"), false, 1);
#[cfg(feature = "fast")]
suite!(fast, Some(dnsproof::crypto::Fast), true, false, 512);
#[cfg(feature = "aws-lc")]
suite!(aws_lc, Some(dnsproof::crypto::AwsLc), true, false, 512);
#[cfg(feature = "graviola")]
suite!(graviola, dnsproof::crypto::Graviola::new(), true, false, 512);
#[cfg(feature = "rustcrypto")]
suite!(rustcrypto, Some(dnsproof::crypto::RustCrypto), cfg!(feature = "rustcrypto-rsa"), true, 1);

#[cfg(all(feature = "ring", feature = "rustcrypto", feature = "aws-lc", feature = "graviola"))]
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn all_agree_on_noise((algorithm, key, signature, message) in noise()) {
        use dnsproof::crypto::{AwsLc, Fast, Graviola, Ring, RustCrypto};
        let one = holds(&Ring, algorithm, &key, &message, &signature);
        prop_assert_eq!(one, holds(&Fast, algorithm, &key, &message, &signature));
        prop_assert_eq!(one, holds(&AwsLc, algorithm, &key, &message, &signature));
        if let Some(graviola) = backend("graviola", Graviola::new()) {
            prop_assert_eq!(one, holds(&graviola, algorithm, &key, &message, &signature));
        }
        if Ring.supports(algorithm) && RustCrypto.supports(algorithm) {
            prop_assert_eq!(
                holds(&Ring, algorithm, &key, &message, &signature),
                holds(&RustCrypto, algorithm, &key, &message, &signature)
            );
        }
    }
}
