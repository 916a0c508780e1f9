//! Work that is counted in instructions, which drift slowly and without noise: `.ci/instructions` runs each under
//! callgrind and compares with `benches/instructions.tsv`. Without an argument it names the rows.
//!
//! Signatures are not checked here (their backend only hashes): what is counted is ours.

use std::hint::black_box;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile;

/// Takes every signature for good.
struct Obliging;

impl Backend for Obliging {
    type Key = ();

    fn supports(&self, _: Algorithm) -> bool {
        true
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, _: Algorithm, _: &[u8]) -> Option<()> {
        Some(())
    }

    fn verify(&self, (): &(), signed: &[u8], _: &[u8]) -> bool {
        !black_box(signed).is_empty()
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        RustCrypto.nsec3_hash(name, salt, iterations)
    }
}

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/vectors/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn messages(path: &str) -> Vec<Vec<u8>> {
    file(path)
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| (0..line.len() / 2).map(|at| u8::from_str_radix(&line[at * 2..at * 2 + 2], 16).unwrap()).collect())
        .collect()
}

fn judge(name: &str, rtype: Type, anchors: &Anchors, octets: &[Vec<u8>]) {
    let name: NameBuf = name.parse().unwrap();
    let (policy, mut scratch) = (Policy::legacy(), Scratch::new());
    for _ in 0..100 {
        let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
        let mut budget = Budget::new(Limits::default());
        let clock = Time(1_795_435_200).into();
        let mut terms =
            Terms { clock, policy: &policy, backend: &Obliging, budget: &mut budget, scratch: &mut scratch };
        let verdict = chain::verify(Question::new(name.as_name(), rtype), anchors, evidence.as_slice(), &mut terms);
        assert!(matches!(black_box(verdict), Verdict::Secure(_)));
    }
}

fn denial(scenario: &str) {
    let manifest = file("denial/cases.tsv");
    let rows = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let row = rows.into_iter().find(|row| row[0] == scenario).unwrap();
    let octets: Vec<Vec<u8>> = row[1].split(' ').flat_map(|file| messages(&format!("denial/{file}"))).collect();
    let anchors: String = row[2].split(' ').map(|path| file(&format!("denial/{path}"))).collect();
    judge(row[4], Type::from_mnemonic(row[5]).unwrap(), &Anchors::parse(&anchors).unwrap(), &octets);
}

fn main() {
    let row = std::env::args().nth(1).unwrap_or_default();
    match row.as_str() {
        "parse" => {
            let good = messages("delegation/rsa2048/good.hex");
            for _ in 0..100 {
                good.iter().for_each(|octets| assert!(black_box(Message::parse(octets)).is_ok()));
            }
        }
        "chain" => {
            let anchors = Anchors::parse(&file("delegation/p256/root.ds")).unwrap();
            judge("_xmpp-server._tcp.example.com", Type::SRV, &anchors, &messages("delegation/p256/good.hex"));
        }
        "nsec" => denial("nsec-nxdomain"),
        "nsec3" => denial("nsec3-nxdomain"),
        "zonefile" => {
            let text = file("zones/bind-nsec-8.zone");
            for _ in 0..20 {
                assert!(black_box(zonefile::parse(&text, None)).is_ok());
            }
        }
        _ => println!("parse chain nsec nsec3 zonefile"),
    }
}
