//! `chain::verify` and `proof::check` from C: no `std`, no `alloc`, no allocator, memory on the stack.
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::{Scratch, Span};
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest};
use dnsproof::name::Name;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

/// A stand-in for a chip that does the cryptography. It holds for nothing: what matters here
/// is that all the code around it is linked.
struct Chip;

impl Backend for Chip {
    type Key = [u8; 64];

    fn supports(&self, algorithm: Algorithm) -> bool {
        algorithm == Algorithm::ECDSAP256SHA256
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        digest == DigestType::SHA256
    }

    fn key(&self, _: Algorithm, public_key: &[u8]) -> Option<[u8; 64]> {
        public_key.try_into().ok()
    }

    fn verify(&self, key: &[u8; 64], signed: &[u8], signature: &[u8]) -> bool {
        let sum = |octets: &[u8]| octets.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
        sum(key) == sum(signed) && sum(signature) == 0
    }

    fn digest(&self, _: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        let mut digest = [0; 32];
        for (place, octet) in parts.iter().flat_map(|part| part.iter()).enumerate() {
            digest[place % 32] ^= octet;
        }
        Digest::new(&digest)
    }

    fn nsec3_hash(&self, _: &[u8], _: &[u8], _: u16) -> Option<[u8; 20]> {
        None
    }
}

/// Two messages of up to 512 octets, the RDATA of a DS record of the root, and the time.
#[repr(C)]
pub struct Evidence {
    messages: [[u8; 512]; 2],
    lengths: [usize; 2],
    ds: [u8; 36],
    now: u64,
}

/// The verdict as a number, or -1 where the input cannot be read. Names of functions that C
/// can call count as unsafe because two could be the same.
#[unsafe(no_mangle)]
pub extern "C" fn dnsproof_verify(evidence: &Evidence) -> i32 {
    verify(evidence).unwrap_or(-1)
}

fn verify(evidence: &Evidence) -> Option<i32> {
    let [first, second] = &evidence.messages;
    let messages = [
        Message::parse(first.get(..evidence.lengths[0])?).ok()?,
        Message::parse(second.get(..evidence.lengths[1])?).ok()?,
    ];
    let anchors = [Anchor::from_ds(Name::root(), &evidence.ds).ok()?];
    let question = Question::new(messages[0].question()?.name, Type::SRV);
    let (mut octets, mut spans) = ([0; 4096], [Span::default(); 32]);
    let verdict = chain::verify(
        question,
        &anchors,
        &messages,
        &mut Terms {
            clock: Time(evidence.now).into(),
            policy: &Policy::standard(),
            backend: &Chip,
            budget: &mut Budget::new(Limits::default()),
            scratch: &mut Scratch::lent(&mut octets, &mut spans),
        },
    );
    Some(number(&verdict))
}

const fn number(verdict: &Verdict<'_>) -> i32 {
    match verdict {
        Verdict::Secure(_) => 0,
        Verdict::Insecure(_) => 1,
        Verdict::Bogus(_) => 2,
        Verdict::Indeterminate(_) => 3,
    }
}

/// A chain of RFC 9102 of up to 4096 octets, a name of up to 255, the RDATA of a DS record of the root, and the time.
#[repr(C)]
pub struct Chain {
    chain: [u8; 4096],
    length: usize,
    name: [u8; 255],
    name_length: usize,
    ds: [u8; 36],
    now: u64,
}

/// As [`dnsproof_verify`], of a proof for TLSA records.
#[unsafe(no_mangle)]
pub extern "C" fn dnsproof_check(chain: &Chain) -> i32 {
    check(chain).unwrap_or(-1)
}

fn check(chain: &Chain) -> Option<i32> {
    let proof = Proof::parse(chain.chain.get(..chain.length)?).ok()?;
    let name = Name::from_wire(chain.name.get(..chain.name_length)?).ok()?;
    let anchors = [Anchor::from_ds(Name::root(), &chain.ds).ok()?];
    let (mut octets, mut spans) = ([0; 4096], [Span::default(); 32]);
    let checked = proof::check(
        &proof,
        Question::new(name, Type::TLSA),
        &anchors,
        &mut Terms {
            clock: Time(chain.now).into(),
            policy: &Policy::standard(),
            backend: &Chip,
            budget: &mut Budget::new(Limits::default()),
            scratch: &mut Scratch::lent(&mut octets, &mut spans),
        },
    );
    (checked.unused().next().is_none()).then(|| number(&checked.verdict))
}

#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
