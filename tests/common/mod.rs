//! What several tests share. Each uses a part of it.
#![allow(dead_code)]

#[cfg(feature = "zonefile")]
pub mod build;
#[cfg(all(feature = "ring", feature = "zone"))]
pub mod changed;
#[cfg(all(feature = "ring", feature = "zonefile"))]
pub mod cost;
#[cfg(feature = "zonefile")]
pub mod example;
#[cfg(feature = "zonefile")]
pub mod text;
#[cfg(feature = "rustcrypto-rsa")]
pub mod weak;
#[cfg(feature = "zonefile")]
pub mod world;

use std::path::{Path, PathBuf};

use dnsproof::wire::Message;

/// A file below `vectors/`.
pub fn vector(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(path)
}

pub fn read(path: &str) -> String {
    let path = vector(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The messages of an evidence file: one a line in hexadecimal.
pub fn messages(path: &str) -> Vec<Vec<u8>> {
    read(path)
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim())
        .filter(|line| !line.is_empty())
        .map(hex)
        .collect()
}

pub fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2), "odd number of digits");
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

pub fn parse(messages: &[Vec<u8>]) -> Vec<Message<'_>> {
    messages.iter().map(|octets| Message::parse(octets).unwrap()).collect()
}

/// One row of `vectors/delegation/cases.tsv`.
#[derive(Clone, Debug)]
pub struct Case {
    pub set: String,
    pub file: String,
    pub anchors: String,
    pub now: u64,
    pub name: String,
    pub rtype: String,
    pub provider: Option<String>,
    pub verdict: String,
    pub check: Option<bool>,
    pub why: String,
}

pub fn cases() -> Vec<Case> {
    let text = read("delegation/cases.tsv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("set\tfile\tanchors\tnow\tname\ttype\tprovider\tverdict\tcheck\twhy"));
    let cases: Vec<Case> = lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [set, file, anchors, now, name, rtype, provider, verdict, check, why] = columns[..] else {
                panic!("11 columns: {line}");
            };
            let some = |text: &str| (text != "-").then(|| text.to_owned());
            Case {
                set: set.to_owned(),
                file: file.to_owned(),
                anchors: anchors.to_owned(),
                now: seconds(now),
                name: name.to_owned(),
                rtype: rtype.to_owned(),
                provider: some(provider),
                verdict: verdict.to_owned(),
                check: some(check).map(|word| word == "success"),
                why: why.to_owned(),
            }
        })
        .collect();
    assert!(cases.len() > 1000, "the manifest is whole");
    cases
}

/// `2026-11-23T12:00:00Z` as seconds since 1970 (Howard Hinnant's days_from_civil).
pub fn seconds(text: &str) -> u64 {
    let numbers: Vec<u64> = text.trim_end_matches('Z').split(['-', 'T', ':']).map(|n| n.parse().unwrap()).collect();
    let [year, month, day, hour, minute, second] = numbers[..] else { panic!("{text}") };
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year / 400 * 146_097 + year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + day_of_year - 719_468;
    days * 86_400 + hour * 3600 + minute * 60 + second
}

/// One row of the `cases.tsv` of a folder with scenarios.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    /// Evidence files, the particular one first: the first good answer to a question counts.
    pub files: Vec<String>,
    pub anchors: Vec<String>,
    pub now: u64,
    pub qname: String,
    pub rtype: String,
    pub verdict: String,
    pub kind: String,
    pub why: String,
}

pub fn scenarios(folder: &str) -> Vec<Scenario> {
    let text = read(&format!("{folder}/cases.tsv"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("scenario\tfiles\tanchors\tnow\tname\ttype\tverdict\trcode\tkind\tclause\twhy"));
    let paths = |text: &str| text.split(' ').map(|file| format!("{folder}/{file}")).collect();
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [name, files, anchors, now, qname, rtype, verdict, _rcode, kind, clause, why] = columns[..] else {
                panic!("{line}");
            };
            Scenario {
                name: name.to_owned(),
                files: paths(files),
                anchors: paths(anchors),
                now: seconds(now),
                qname: qname.to_owned(),
                rtype: rtype.to_owned(),
                verdict: verdict.to_owned(),
                kind: kind.to_owned(),
                why: format!("{why} ({clause})"),
            }
        })
        .collect()
}

/// A third backend, which is the tests' own: it takes each algorithm from where it pleases, has
/// its own kind of key, and counts what it is asked.
#[cfg(all(feature = "ring", feature = "rustcrypto-rsa"))]
pub mod third {
    use std::cell::Cell;

    use dnsproof::codes::{Algorithm, DigestType};
    use dnsproof::crypto::{Backend, Digest, Ring, RingKey, RustCrypto, RustCryptoKey};

    #[derive(Default)]
    pub struct Third {
        pub verified: Cell<u32>,
    }

    pub enum Key {
        Curve(Box<RustCryptoKey>),
        Rsa(Box<RingKey>),
    }

    impl Backend for Third {
        type Key = Key;

        fn supports(&self, algorithm: Algorithm) -> bool {
            RustCrypto.supports(algorithm)
        }

        fn supports_digest(&self, digest: DigestType) -> bool {
            Ring.supports_digest(digest)
        }

        fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Key> {
            match algorithm.0 {
                13..=16 => RustCrypto.key(algorithm, public_key).map(|key| Key::Curve(Box::new(key))),
                _ => Ring.key(algorithm, public_key).map(|key| Key::Rsa(Box::new(key))),
            }
        }

        fn verify(&self, key: &Key, signed: &[u8], signature: &[u8]) -> bool {
            self.verified.set(self.verified.get() + 1);
            match key {
                Key::Curve(key) => RustCrypto.verify(key, signed, signature),
                Key::Rsa(key) => Ring.verify(key, signed, signature),
            }
        }

        fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
            RustCrypto.digest(digest, parts)
        }

        fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
            Ring.nsec3_hash(name, salt, iterations)
        }
    }
}
