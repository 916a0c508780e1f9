//! With evidence in hand and scratch memory that is warm or lent, `chain::verify` and `proof::check` allocate
//! nothing. The counter stands in for the global allocator, so this holds for the backends too.

mod common;

use allocation_counter::{AllocationInfo, measure, opt_out};
use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::{Scratch, Span};
use dnsproof::chain::{self, Terms};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

/// Sets without RSA, about which see below.
const SETS: [&str; 3] = ["p256", "p384", "ed25519"];

/// What a call needs, read beforehand.
struct World {
    set: &'static str,
    octets: Vec<Vec<u8>>,
    anchors: Anchors,
    name: NameBuf,
}

impl World {
    fn new(set: &'static str) -> Self {
        Self {
            set,
            octets: messages(&format!("delegation/{set}/good.hex")),
            anchors: Anchors::parse(&read(&format!("delegation/{set}/root.ds"))).unwrap(),
            name: "_xmpp-server._tcp.example.com".parse().unwrap(),
        }
    }

    /// What one call allocates. It has to end in Secure, or it would show nothing.
    fn allocates<B: Backend>(
        &self,
        evidence: &[Message<'_>],
        backend: &B,
        scratch: &mut Scratch<'_>,
    ) -> AllocationInfo {
        let (policy, mut budget) = (Policy::standard(), Budget::new(Limits::default()));
        let now = Time(seconds("2026-11-23T12:00:00Z"));
        let mut is_secure = false;
        let info = measure(|| {
            let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget: &mut budget, scratch };
            let question = Question::new(self.name.as_name(), Type::SRV);
            is_secure = chain::verify(question, &self.anchors, evidence, &mut terms).secure().is_some();
        });
        assert!(is_secure, "{}", self.set);
        assert_eq!(budget.spent().signatures, 6, "{}: signatures were checked", self.set);
        info
    }
}

fn growing_scratch<B: Backend>(backend: &B) {
    for set in SETS {
        let world = World::new(set);
        let evidence = parse(&world.octets);
        let mut scratch = Scratch::new();
        // The control: the first call has to grow the memory, and the counter has to see it.
        let first = world.allocates(&evidence, backend, &mut scratch);
        assert!(first.count_total > 0 && first.bytes_current > 0, "{set}: {first:?}");
        for _ in 0..3 {
            assert_eq!(world.allocates(&evidence, backend, &mut scratch), AllocationInfo::default(), "{set}");
        }
    }
}

fn lent_scratch<B: Backend>(backend: &B) {
    for set in SETS {
        let world = World::new(set);
        let evidence = parse(&world.octets);
        let (mut octets, mut spans) = ([0; 8192], [Span::default(); 64]);
        let mut scratch = Scratch::lent(&mut octets, &mut spans);
        assert_eq!(world.allocates(&evidence, backend, &mut scratch), AllocationInfo::default(), "{set}");
    }
}

#[test]
fn growing_scratch_is_filled_once_with_ring() {
    growing_scratch(&Ring);
}

#[test]
fn growing_scratch_is_filled_once_with_rustcrypto() {
    growing_scratch(&RustCrypto);
}

#[test]
fn lent_scratch_never_allocates_with_ring() {
    lent_scratch(&Ring);
}

#[test]
fn lent_scratch_never_allocates_with_rustcrypto() {
    lent_scratch(&RustCrypto);
}

/// What `run` returns; what it allocates does not count.
fn uncounted<T>(run: impl FnOnce() -> T) -> T {
    let mut result = None;
    opt_out(|| result = Some(run()));
    result.unwrap()
}

/// A backend whose allocations for keys and signatures do not count.
struct Uncounted<B>(B);

impl<B: Backend> Backend for Uncounted<B> {
    type Key = B::Key;

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.0.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.0.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<B::Key> {
        uncounted(|| self.0.key(algorithm, public_key))
    }

    fn verify(&self, key: &B::Key, signed: &[u8], signature: &[u8]) -> bool {
        uncounted(|| self.0.verify(key, signed, signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.0.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.0.nsec3_hash(name, salt, iterations)
    }
}

/// Both crates compute with big numbers on the heap when it comes to RSA: that is theirs to
/// decide, and they give all of it back. Nothing beside them allocates.
fn rsa_allocates_in_the_backend_only<B: Backend>(backend: B) {
    let world = World::new("rsa2048");
    let evidence = parse(&world.octets);
    let (mut octets, mut spans) = ([0; 8192], [Span::default(); 64]);
    let mut scratch = Scratch::lent(&mut octets, &mut spans);
    let with = world.allocates(&evidence, &backend, &mut scratch);
    assert!(with.count_total > 0, "if RSA needs no heap any more, it belongs into SETS: {with:?}");
    assert_eq!((with.count_current, with.bytes_current), (0, 0), "{with:?}");
    // What a key gives back when it is dropped may count, so only what is taken is looked at.
    let without = world.allocates(&evidence, &Uncounted(backend), &mut scratch);
    assert_eq!((without.count_total, without.bytes_total), (0, 0), "{without:?}");
}

#[test]
fn rsa_allocates_in_ring_only() {
    rsa_allocates_in_the_backend_only(Ring);
}

#[test]
fn rsa_allocates_in_rustcrypto_only() {
    rsa_allocates_in_the_backend_only(RustCrypto);
}

/// A chain of RFC 9102, from the octets to the records that were not needed.
fn proof_never_allocates<B: Backend>(backend: &B) {
    let octets = messages("rfc/rfc9102-a-1.hex").concat();
    let anchors = Anchors::parse(&read("rfc/rfc9102-a-anchor.zone")).unwrap();
    let name: NameBuf = "_443._tcp.www.example.com".parse().unwrap();
    let (policy, mut budget) = (Policy::standard(), Budget::new(Limits::default()));
    let (mut memory, mut spans) = ([0; 8192], [Span::default(); 64]);
    let mut scratch = Scratch::lent(&mut memory, &mut spans);
    let mut unused = None;
    let info = measure(|| {
        let proof = Proof::from_extension(&octets).unwrap();
        let clock = Time(1_575_000_000).into();
        let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
        let question = Question::new(name.as_name(), Type::TLSA);
        let checked = proof::check(&proof, question, &anchors, &mut terms);
        unused = checked.verdict.secure().map(|_| checked.unused().count());
    });
    assert_eq!((info, unused), (AllocationInfo::default(), Some(1)));
    assert!(budget.spent().signatures >= 6, "signatures were checked");
}

#[test]
fn proof_never_allocates_with_ring() {
    proof_never_allocates(&Ring);
}

#[test]
fn proof_never_allocates_with_rustcrypto() {
    proof_never_allocates(&RustCrypto);
}
