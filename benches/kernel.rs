//! What the kernel costs beside the bare library calls on the same octets:
//! `cargo bench --bench kernel --features fast,aws-lc,graviola,rustcrypto-rsa,zone`.
//!
//! Rows that are compared with one another are run in turn within one process. Each sample takes at least ten
//! milliseconds; a row is the median of 21, and the least. Evidence is real and checked in.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{AwsLc, Backend, Digest, Fast, Graviola, Ring, RustCrypto};
use dnsproof::lookup::{Memory, Remembering};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Clock;
use dnsproof::wire::{Message, Question};
use dnsproof::zone::{Reading, Zone};

#[path = "common/response.rs"]
#[allow(dead_code)]
mod response;

use response::{NOW, Response, key, keys, tag};

const SAMPLES: usize = 21;

/// Median and least of each of some rows, in nanoseconds for one run.
fn times(rows: &mut [&mut dyn FnMut()]) -> Vec<(f64, f64)> {
    let runs: Vec<u32> = rows
        .iter_mut()
        .map(|row| {
            let mut runs = 1;
            loop {
                let start = Instant::now();
                (0..runs).for_each(|_| row());
                if start.elapsed() > Duration::from_millis(10) {
                    return runs;
                }
                runs *= 2;
            }
        })
        .collect();
    let mut samples = vec![Vec::new(); rows.len()];
    for _ in 0..SAMPLES {
        for ((row, runs), samples) in rows.iter_mut().zip(&runs).zip(&mut samples) {
            let start = Instant::now();
            (0..*runs).for_each(|_| row());
            samples.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(*runs));
        }
    }
    samples
        .into_iter()
        .map(|mut samples| {
            samples.sort_by(f64::total_cmp);
            (samples[SAMPLES / 2], samples[0])
        })
        .collect()
}

fn alone(what: &str, mut row: impl FnMut()) {
    let [(median, least)] = times(&mut [&mut row])[..] else { return };
    println!("{what:58} {:>10.2} us, least {:>10.2}", median / 1000.0, least / 1000.0);
}

/// A row beside what it is measured by; `count` is how many signatures, or hashes, there are.
fn beside(what: &str, count: u32, mut row: impl FnMut(), mut bare: impl FnMut()) {
    let [(median, least), (bare, bare_least)] = times(&mut [&mut row, &mut bare])[..] else { return };
    println!(
        "{what:58} {:>10.2} us, bare {:>10.2}, {:.3} times, {:>6.2} us on top of each of {count}; least {:.3} times",
        median / 1000.0,
        bare / 1000.0,
        median / bare,
        (median - bare) / 1000.0 / f64::from(count),
        least / bare_least,
    );
}

fn file(path: &str) -> String {
    let path = format!("{}/vectors/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn messages(path: &str) -> Vec<Vec<u8>> {
    file(path)
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| (0..line.len() / 2).map(|at| u8::from_str_radix(&line[at * 2..at * 2 + 2], 16).unwrap()).collect())
        .collect()
}

/// One validation, with the messages read anew.
fn validate<B: Backend>(
    backend: &B,
    anchors: &Anchors,
    question: &(NameBuf, Type),
    octets: &[Vec<u8>],
    clock: Clock,
    scratch: &mut Scratch<'_>,
) -> bool {
    let mut budget = Budget::new(Limits::default());
    let mut evidence = [const { None }; 64];
    for (place, octets) in evidence.iter_mut().zip(octets) {
        *place = Some(Message::parse(octets).unwrap());
    }
    let first = evidence[0].unwrap();
    let evidence = evidence.map(|message| message.unwrap_or(first));
    let policy = Policy::legacy();
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch };
    let question = Question::new(question.0.as_name(), question.1);
    let verdict = chain::verify(question, anchors, &evidence[..octets.len()], &mut terms);
    matches!(verdict, Verdict::Secure(_))
}

/// One signature check as it was asked for.
struct Asked {
    key: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

/// Takes note of what a backend is asked.
struct Recording<B> {
    backend: B,
    asked: RefCell<Vec<Asked>>,
}

impl<B: Backend> Backend for Recording<B> {
    type Key = (B::Key, Vec<u8>);

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.backend.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.backend.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        Some((self.backend.key(algorithm, public_key)?, [&[algorithm.0], public_key].concat()))
    }

    fn verify(&self, (key, octets): &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        let asked = Asked { key: octets.clone(), signed: signed.to_vec(), signature: signature.to_vec() };
        self.asked.borrow_mut().push(asked);
        self.backend.verify(key, signed, signature)
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.backend.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.backend.nsec3_hash(name, salt, iterations)
    }
}

/// A backend that hashes what is signed, and takes every signature for good.
struct Hashing;

impl Backend for Hashing {
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
        black_box(Ring.digest(DigestType::SHA256, &[signed])).is_some()
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Ring.nsec3_hash(name, salt, iterations)
    }
}

/// A validation, and its signature checks alone: each key read once, and each signature checked.
fn chain_row<B: Backend + Copy>(
    what: &str,
    backend: B,
    anchors: &Anchors,
    question: &(NameBuf, Type),
    octets: &[Vec<u8>],
    clock: Clock,
) {
    let recording = Recording { backend, asked: RefCell::default() };
    let mut scratch = Scratch::new();
    assert!(validate(&recording, anchors, question, octets, clock, &mut scratch), "{what}");
    let asked = recording.asked.into_inner();
    let mut distinct: Vec<&[u8]> = Vec::new();
    let numbers: Vec<usize> = asked
        .iter()
        .map(|asked| {
            distinct.iter().position(|key| *key == asked.key).unwrap_or_else(|| {
                distinct.push(&asked.key);
                distinct.len() - 1
            })
        })
        .collect();
    let bare = || {
        let mut keys = [const { None }; 16];
        for (place, key) in keys.iter_mut().zip(&distinct) {
            *place = backend.key(Algorithm(key[0]), &key[1..]);
        }
        for (asked, number) in asked.iter().zip(&numbers) {
            let key = keys[*number].as_ref().unwrap();
            assert!(black_box(backend.verify(key, &asked.signed, &asked.signature)));
        }
    };
    let row = || assert!(black_box(validate(&backend, anchors, question, octets, clock, &mut scratch)));
    beside(what, u32::try_from(asked.len()).unwrap(), row, bare);
}

/// What a lookup of the SRV record would have asked for, and no more.
fn needed(octets: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let asked = [
        ". DNSKEY",
        "com. DS",
        "com. DNSKEY",
        "example.com. DS",
        "example.com. DNSKEY",
        "_xmpp-server._tcp.example.com. SRV",
    ];
    let is_needed =
        |octets: &Vec<u8>| asked.contains(&Message::parse(octets).unwrap().question().unwrap().to_string().as_str());
    let needed: Vec<Vec<u8>> = octets.into_iter().filter(is_needed).collect();
    assert_eq!(needed.len(), asked.len());
    needed
}

fn srv() -> (NameBuf, Type) {
    ("_xmpp-server._tcp.example.com".parse().unwrap(), Type::SRV)
}

fn main() {
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with("--")).unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || part == only;
    if wanted("parse") {
        parse();
    }
    if wanted("forms") {
        forms();
    }
    if wanted("rrset") {
        rrset(Ring, "ring");
        rrset(Fast, "fast");
        rrset(AwsLc, "aws-lc");
        rrset(Graviola::new().expect("a processor that graviola supports"), "graviola");
        rrset(RustCrypto, "rustcrypto");
    }
    if wanted("chain") {
        for set in ["rsa2048", "p256", "ed25519"] {
            let good = needed(messages(&format!("delegation/{set}/good.hex")));
            let anchors = Anchors::parse(&file(&format!("delegation/{set}/root.ds"))).unwrap();
            chain_row(&format!("cold chain, root to SRV, {set}, ring"), Ring, &anchors, &srv(), &good, NOW.into());
            chain_row(&format!("cold chain, root to SRV, {set}, fast"), Fast, &anchors, &srv(), &good, NOW.into());
            chain_row(&format!("cold chain, root to SRV, {set}, aws-lc"), AwsLc, &anchors, &srv(), &good, NOW.into());
            warm(set, &anchors, &good);
        }
    }
    if wanted("denial") {
        denial();
    }
    if wanted("nsec3") {
        nsec3();
    }
    if wanted("zonefile") {
        zonefile();
    }
}

fn parse() {
    for set in ["p256", "rsa2048"] {
        let good = messages(&format!("delegation/{set}/good.hex"));
        let octets: usize = good.iter().map(Vec::len).sum();
        alone(&format!("parse {} messages, {octets} octets, {set}", good.len()), || {
            good.iter().for_each(|octets| assert!(black_box(Message::parse(octets)).is_ok()));
        });
    }
}

/// An RRset of `m.` beside the root's key, by a backend that only hashes.
fn forms() {
    let anchors = Anchors::parse(". DNSKEY 256 3 13 AAc=").unwrap();
    let root = keys(0);
    let owner = b"\x01m\0";
    let case = |what: &str, rtype: Type, rdatas: &[Vec<u8>]| {
        let mut response = Response::new("m.", rtype, 0);
        for rdata in rdatas {
            assert!(response.add(0, b"\xC0\x0C", rtype, rdata));
        }
        response.sign(0, owner, rtype, 1, tag(&key(7)), b"ok");
        let octets = [response.done(), root.clone()];
        let question = ("m.".parse().unwrap(), rtype);
        let mut scratch = Scratch::new();
        alone(&format!("lay out and hash: {what}, and one key"), || {
            assert!(validate(&Hashing, &anchors, &question, &octets, NOW.into(), &mut scratch));
        });
    };
    for count in [1_u32, 10, 100] {
        let addresses: Vec<Vec<u8>> =
            (0..count).map(|number| number.wrapping_mul(0x9E37_79B9).to_be_bytes().to_vec()).collect();
        case(&format!("{count} A records"), Type::A, &addresses);
    }
    let servers: Vec<Vec<u8>> =
        (0..13_u8).map(|number| [&[1, b'M' - number][..], b"\x0CRoot-Servers\x03net\0"].concat()).collect();
    case("13 NS records", Type::NS, &servers);
    let text: Vec<u8> = (0..240).flat_map(|_| [&[255][..], &[b'x'; 255]].concat()).collect();
    case("one TXT record of 60 KiB", Type::TXT, &[text]);
}

/// The keys of a zone and one RRset, from an anchor for the zone itself: two RRsets.
fn rrset<B: Backend + Copy>(backend: B, name: &str) {
    for set in ["rsa2048", "p256", "p384", "ed25519", "ed448"] {
        let good = messages(&format!("delegation/{set}/good.hex"));
        let of_zone = |octets: &&Vec<u8>| {
            let question = Message::parse(octets).unwrap().question().unwrap().to_string();
            matches!(question.as_str(), "example.com. DNSKEY" | "_xmpp-server._tcp.example.com. SRV")
        };
        let two: Vec<Vec<u8>> = good.iter().filter(of_zone).cloned().collect();
        assert_eq!(two.len(), 2);
        let anchors = Anchors::parse(&file(&format!("delegation/{set}/example.com.ds"))).unwrap();
        if anchors.iter().all(|anchor| anchor.algorithm().is_some_and(|algorithm| backend.supports(algorithm))) {
            chain_row(&format!("keys and one RRset, {set}, {name}"), backend, &anchors, &srv(), &two, NOW.into());
        }
    }
}

/// The same answer again, with the signatures of the keys known: the SRV record's alone is checked.
fn warm(set: &str, anchors: &Anchors, good: &[Vec<u8>]) {
    let cache = Memory::new(1 << 20);
    let known = Remembering::new(&Fast, &cache);
    let mut scratch = Scratch::new();
    assert!(validate(&known, anchors, &srv(), good, NOW.into(), &mut scratch));
    let recording = Recording { backend: Fast, asked: RefCell::default() };
    assert!(validate(&recording, anchors, &srv(), good, NOW.into(), &mut scratch));
    let asked = recording.asked.into_inner();
    // The one over the SRV record; as in the wild, it is not known when the answer comes.
    let last = asked.iter().find(|asked| asked.signed[..2] == Type::SRV.0.to_be_bytes()).unwrap();
    let key = Fast.key(Algorithm(last.key[0]), &last.key[1..]).unwrap();
    beside(
        &format!("warm answer (all signatures known, one checked again), {set}"),
        1,
        || {
            assert!(validate(&known, anchors, &srv(), good, NOW.into(), &mut scratch));
            assert!(black_box(Fast.verify(&key, &last.signed, &last.signature)));
        },
        || assert!(black_box(Fast.verify(&key, &last.signed, &last.signature))),
    );
}

fn denial() {
    for scenario in ["nsec-nxdomain", "nsec3-nxdomain"] {
        let manifest = file("denial/cases.tsv");
        let row = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>()).find(|row| row[0] == scenario);
        let row = row.unwrap_or_else(|| panic!("{scenario}"));
        let octets: Vec<Vec<u8>> = row[1].split(' ').flat_map(|file| messages(&format!("denial/{file}"))).collect();
        let anchors =
            Anchors::parse(&row[2].split(' ').map(|path| file(&format!("denial/{path}"))).collect::<String>());
        let question = (row[4].parse().unwrap(), Type::from_mnemonic(row[5]).unwrap());
        chain_row(scenario, Fast, &anchors.unwrap(), &question, &octets, NOW.into());
    }
}

/// The hash of a name, beside the bare compressions.
fn nsec3() {
    for (salt, iterations) in [(&[][..], 0_u16), (&[0xAA; 8], 0), (&[0xAA; 8], 10), (&[0xAA; 8], 150)] {
        let name = b"\x0dexample-of-it\x07example\x03com\0";
        let block = [0x5A_u8; 64];
        beside(
            &format!("NSEC3 hash, salt of {} octets, {iterations} iterations", salt.len()),
            u32::from(iterations) + 1,
            || assert!(black_box(Fast.nsec3_hash(black_box(name), black_box(salt), iterations)).is_some()),
            || {
                let mut state = [1; 5];
                for _ in 0..=iterations {
                    sha1::block_api::compress(black_box(&mut state), black_box(&[block]));
                }
            },
        );
    }
}

/// A master file, by one thread: reading alone, and with the order of its names.
fn zonefile() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for set in ["bind-nsec-13", "knot-nsec3-13", "bind-nsec-8"] {
        // The same zone many times, each below a name of its own, is as large as real ones.
        let text = file(&format!("zones/{set}.zone"));
        let mut large = String::new();
        for number in 0..1500 {
            large.push_str(&text.replace("example.", &format!("n{number:04}.example.")));
        }
        let size = large.len();
        let [(median, least)] = times(&mut [&mut || {
            let zone = pool.install(|| Zone::read(large.as_bytes(), "zone", &Reading::default()).unwrap());
            assert!(black_box(zone).records() > 100_000);
        }])[..] else {
            return;
        };
        let rate = |time: f64| size as f64 * 1000.0 / time;
        println!("read and sort {set} 1500 times, {size} octets: {:.0} MB/s, most {:.0}", rate(median), rate(least));
    }
}
