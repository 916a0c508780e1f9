//! What the dearest messages cost, beside an ordinary answer: `cargo bench --bench worst_case --features ring,zonefile`.
//!
//! The ordinary answer is real, with real signatures. The hostile ones are as large as a message can be, and are
//! made so that the kernel has as much to do as it lets itself be made to do; whoever sends them owns a zone and
//! can sign what he likes, so the backend takes the signature `ok` for good and pays for every other with a real
//! check of a real signature that does not fit.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits, Work};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring, RingKey};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::wire::{Message, Question};

#[path = "common/response.rs"]
mod response;

use response::{NOW, Response, key, keys, tag};

/// `Ring`, but the signature `ok` holds.
struct Obliging {
    key: RingKey,
}

impl Backend for Obliging {
    type Key = ();

    fn supports(&self, algorithm: Algorithm) -> bool {
        Ring.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, _algorithm: Algorithm, _public_key: &[u8]) -> Option<()> {
        Some(())
    }

    fn verify(&self, (): &(), signed: &[u8], signature: &[u8]) -> bool {
        signature == b"ok" || Ring.verify(&self.key, signed, &[7; 64])
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Ring.nsec3_hash(name, salt, iterations)
    }
}

/// Messages that are dear in a way of their own.
fn hostile() -> Vec<(&'static str, &'static str, Type, Vec<Vec<u8>>)> {
    let owner = b"\x01m\0";
    let mut cases = Vec::new();
    // Proof that no zone begins at m.
    let mut cut = Response::new("m.", Type::DS, 0);
    cut.add(1, owner, Type::NSEC, b"\x01z\0\0\x01\x40");
    cut.sign(1, owner, Type::NSEC, 1, tag(&key(7)), b"ok");
    let cut = cut.done();

    let mut many = Response::new("m.", Type::A, 0);
    many.add(0, owner, Type::A, &[192, 0, 2, 1]);
    let mut stranger = 0_u16;
    while many.sign(0, owner, Type::A, 1, stranger.wrapping_mul(7919), &[1; 8]) {
        stranger += 1;
    }
    cases.push(("many signatures, many keys", "m.", Type::A, vec![many.done(), keys(5000)]));

    let mut trap = Response::new("m.", Type::A, 0);
    trap.add(0, owner, Type::A, &[192, 0, 2, 1]);
    while trap.sign(0, owner, Type::A, 1, tag(&key(7)), &[1; 8]) {}
    cases.push(("many signatures that do not fit", "m.", Type::A, vec![trap.done(), keys(0)]));

    let mut large = Response::new("m.", Type::A, 0);
    large.sign(0, owner, Type::A, 1, tag(&key(7)), b"ok");
    let mut address = u32::MAX;
    while large.add(0, b"\xC0\x0C", Type::A, &address.to_be_bytes()) {
        address -= 1;
    }
    cases.push(("one large RRset", "m.", Type::A, vec![large.done(), keys(0)]));

    let mut any = Response::new("m.", Type::ANY, 0);
    let mut rtype = 1000_u16;
    while any.add(0, b"\xC0\x0C", Type(rtype), &[1]) {
        rtype += 1;
    }
    cases.push(("one record of each type", "m.", Type::ANY, vec![any.done(), keys(0), cut.clone()]));

    let mut spans = Response::new("m.", Type::A, 3);
    let mut first = 0_u16;
    loop {
        let [high, low] = first.to_be_bytes();
        let owner = [&[3, b'a', high, low][..], b"\0"].concat();
        if !spans.add(1, &owner, Type::NSEC, b"\x01z\0\0\x01\x40") {
            break;
        }
        first += 1;
    }
    cases.push(("many NSEC records, none signed", "m.", Type::A, vec![spans.done(), keys(0), cut]));

    let deep = "a.".repeat(120);
    let mut hashes = Response::new(&deep, Type::A, 3);
    let mut letters = 0_u32;
    let nsec3 = [&[1, 0, 0, 50, 0, 20][..], &[0xFF; 20], &[0, 1, 0x40]].concat();
    loop {
        let text = format!("\x20{letters:032}\0");
        if !hashes.add(1, text.as_bytes(), Type::NSEC3, &nsec3)
            || !hashes.sign(1, text.as_bytes(), Type::NSEC3, 1, tag(&key(7)), b"ok")
        {
            break;
        }
        letters += 1;
    }
    let name: &'static str = Box::leak(deep.into_boxed_str());
    cases.push(("many NSEC3 records, a deep name", name, Type::A, vec![hashes.done(), keys(0)]));

    let mut unsigned = Response::new(name, Type::A, 0);
    while unsigned.add(0, b"\xC0\x0C", Type::A, &[192, 0, 2, 1]) {}
    cases.push(("a deep name without signatures", name, Type::A, vec![unsigned.done(), keys(0)]));

    let mut cuts: Vec<Vec<u8>> = (0..=24).map(padded).collect();
    cuts.push(keys(0));
    let name: &'static str = Box::leak("a.".repeat(24).into_boxed_str());
    cases.push(("25 full messages about one name", name, Type::A, cuts));
    cases
}

/// A denial that nobody signed of DS records for `a.a.`, with so many labels, or at 0 of addresses for 24 of them; and as many
/// records as there is room for, each of whose owners is a pointer to one of the longest names that there are.
fn padded(labels: u8) -> Vec<u8> {
    let (labels, rtype) = if labels == 0 { (24, Type::A) } else { (labels, Type::DS) };
    let mut response = Response::new(&"a.".repeat(labels.into()), rtype, 0);
    let long = 12 + 2 * labels + 1 + 4;
    response.add(0, &[&[1, b'x'].repeat(127)[..], &[0]].concat(), Type::TXT, &[]);
    for number in 0..5300_u32 {
        response.add(0, &[0xC0, if number % 2 == 0 { long } else { long + 2 }], Type::TXT, &[]);
    }
    response.add(1, b"\0", Type::NSEC, b"\0\0\x01\x02");
    response.done()
}

fn time<B: Backend>(
    backend: &B,
    anchors: &Anchors,
    name: &str,
    rtype: Type,
    octets: &[Vec<u8>],
) -> (Duration, Work, String) {
    let name: NameBuf = name.parse().unwrap();
    let question = Question::new(name.as_name(), rtype);
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let mut best = (Duration::MAX, Work::default(), String::new());
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        let mut budget = Budget::new(Limits::default());
        let start = Instant::now();
        // Reading the messages is a part of it.
        let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
        let mut terms =
            Terms { clock: NOW.into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
        let verdict = black_box(chain::verify(question, anchors, evidence.as_slice(), &mut terms));
        let took = start.elapsed();
        if took < best.0 {
            let reason = verdict.reason().map_or(String::new(), |reason| format!(", {reason}"));
            best = (took, budget.spent(), format!("{}{reason}", verdict.as_str()));
        }
    }
    best
}

fn main() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/delegation/p256/");
    let read = |file: &str| std::fs::read_to_string(format!("{folder}{file}")).unwrap();
    let good: Vec<Vec<u8>> = read("good.hex")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| (0..line.len() / 2).map(|at| u8::from_str_radix(&line[at * 2..at * 2 + 2], 16).unwrap()).collect())
        .collect();
    let anchors = Anchors::parse(&read("root.ds")).unwrap();
    let (ordinary, work, verdict) = time(&Ring, &anchors, "_xmpp-server._tcp.example.com", Type::SRV, &good);
    println!("{:>10.1?}  an ordinary answer ({} signatures): {verdict}", ordinary, work.signatures);

    let anchors = Anchors::parse(". DNSKEY 256 3 13 AAc=").unwrap();
    let generator = Ring.key(Algorithm::ECDSAP256SHA256, &[0x55; 64]);
    let key = generator.expect("ring takes a point as it comes");
    let backend = Obliging { key };
    for (what, name, rtype, octets) in hostile() {
        let (took, work, verdict) = time(&backend, &anchors, name, rtype, &octets);
        let times = took.as_secs_f64() / ordinary.as_secs_f64();
        let Work { signatures, failed_signatures, nsec3_hashes, .. } = work;
        let verdict: String = verdict.chars().take(110).collect();
        println!(
            "{took:>10.1?}  {what}: {times:.1} times, {signatures} signatures, {failed_signatures} failed, {nsec3_hashes} compressions: {verdict}"
        );
    }
}
