//! A backend of one's own: an accelerator with a queue of commands, and what the kernel asks of it.
//!
//! `cargo run --features rustcrypto,zonefile --example hardware_backend`
//!
//! The kernel asks a backend for nothing but what [`Backend`] says, and this example writes every call down. What it
//! relies on, and checks below:
//!
//! - A key is prepared before it is used, and used again while it is one of the last two: `key` parses it (or loads it
//!   into a slot of the chip), `verify` gets back what came of that, and it is dropped when it is needed no more.
//! - A signature is checked only after everything that costs nothing: a record that expired, that another zone signed,
//!   or whose algorithm does not count never gets here.
//! - After the first check that fails where no other key or signature could help, nothing more is asked.
//! - `key` and `verify` get what strangers wrote. They say no, and never panic.

use std::cell::RefCell;
use std::error::Error;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::{Scratch, Span};
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, RustCrypto, RustCryptoKey};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/delegation/p256");
/// 2026-11-23T12:00:00Z
const NOW: Time = Time(1_795_435_200);

/// What the chip can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    /// SHA-256 of so many octets.
    Digest(usize),
    /// Takes a point of P-256 into a slot.
    Load(usize),
    /// Checks a signature over so many octets by the key in a slot.
    Verify { slot: usize, octets: usize },
}

/// The chip. On real hardware these are registers; here `RustCrypto` computes.
#[derive(Debug, Default)]
struct Chip {
    queue: Vec<Command>,
    slots: Vec<RustCryptoKey>,
}

/// The driver of the chip, as a backend. The kernel has it by a shared reference, so what changes lies in a cell; a
/// driver for several threads has a lock there.
#[derive(Debug, Default)]
struct Accelerator(RefCell<Chip>);

/// A slot of the chip that holds a key.
struct Slot(usize);

impl Backend for Accelerator {
    type Key = Slot;

    /// What the chip cannot do is for the kernel as if it did not exist: such a zone is unsigned, or the verdict
    /// Indeterminate (RFC 4035 section 5.2).
    fn supports(&self, algorithm: Algorithm) -> bool {
        algorithm == Algorithm::ECDSAP256SHA256
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        digest == DigestType::SHA256
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Slot> {
        if !self.supports(algorithm) {
            return None;
        }
        let mut chip = self.0.borrow_mut();
        let slot = chip.slots.len();
        chip.queue.push(Command::Load(slot));
        chip.slots.push(RustCrypto.key(algorithm, public_key)?);
        Some(Slot(slot))
    }

    fn verify(&self, key: &Slot, signed: &[u8], signature: &[u8]) -> bool {
        let mut chip = self.0.borrow_mut();
        chip.queue.push(Command::Verify { slot: key.0, octets: signed.len() });
        chip.slots.get(key.0).is_some_and(|key| RustCrypto.verify(key, signed, signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        if !self.supports_digest(digest) {
            return None;
        }
        self.0.borrow_mut().queue.push(Command::Digest(parts.iter().map(|part| part.len()).sum()));
        RustCrypto.digest(digest, parts)
    }

    /// The chip has no SHA-1. NSEC3 records then prove nothing.
    fn nsec3_hash(&self, _name: &[u8], _salt: &[u8], _iterations: u16) -> Option<[u8; 20]> {
        None
    }
}

/// The verdict on a file of evidence in a word, what the chip was told, and how many checks were paid for.
fn judge(file: &str) -> Result<(&'static str, Vec<Command>, u32), Box<dyn Error>> {
    let text = std::fs::read_to_string(format!("{WORLD}/{file}"))?;
    let hex = |line: &str| data_encoding::HEXLOWER.decode(line.as_bytes());
    let octets: Vec<Vec<u8>> = text.lines().filter(|line| !line.starts_with('#')).map(hex).collect::<Result<_, _>>()?;
    let answers: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets)).collect::<Result<_, _>>()?;
    let anchors = Anchors::parse(&std::fs::read_to_string(format!("{WORLD}/root.ds"))?)?;
    let name: NameBuf = "_xmpp-server._tcp.example.com".parse()?;
    let (chip, mut budget) = (Accelerator::default(), Budget::new(Limits::default()));
    let (mut room, mut spans) = ([0; Scratch::octets_for(4, 4 * 68, 64)], [Span::default(); 4]);
    let mut terms = Terms {
        clock: NOW.into(),
        policy: &Policy::standard(),
        backend: &chip,
        budget: &mut budget,
        scratch: &mut Scratch::lent(&mut room, &mut spans),
    };
    let question = Question::new(name.as_name(), Type::SRV);
    let verdict = match chain::verify(question, &anchors, &answers[..], &mut terms) {
        Verdict::Secure(_) => "secure",
        other => other.as_str(),
    };
    Ok((verdict, chip.0.into_inner().queue, budget.spent().signatures))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (verdict, queue, paid) = judge("good.hex")?;
    println!("{verdict}, and the chip was told:");
    for command in &queue {
        println!("  {command:?}");
    }
    let count = |queue: &[Command], is: fn(&Command) -> bool| queue.iter().filter(|command| is(command)).count();
    let (loads, checks) = (
        count(&queue, |command| matches!(command, Command::Load(_))),
        count(&queue, |command| matches!(command, Command::Verify { .. })),
    );
    let digests = count(&queue, |command| matches!(command, Command::Digest(_)));
    assert_eq!(verdict, "secure");
    assert_eq!((checks, u32::try_from(checks)?), (6, paid), "each check is paid for");
    assert_eq!(digests, 3, "a digest for each of the anchor and the two delegations");
    assert_eq!(loads, 6, "three zones with two keys each, and each key is loaded once");
    let unused =
        |slot: usize| !queue.iter().any(|command| matches!(command, Command::Verify { slot: s, .. } if *s == slot));
    assert!(!(0..loads).any(unused), "no key is loaded that nothing is checked with");

    // Signatures that ended in September: the chip never sees one of them. What is above is still good.
    let (verdict, queue, _) = judge("expired.hex")?;
    let checks = count(&queue, |command| matches!(command, Command::Verify { .. }));
    println!("{verdict}: expired, {checks} checks");
    assert_eq!((verdict, checks), ("bogus", 4));

    // Another target under the old signature: one check fails, and it is the last thing asked.
    let (verdict, queue, _) = judge("forged-target.hex")?;
    println!("{verdict}: forged, {} commands", queue.len());
    assert_eq!(verdict, "bogus");
    assert!(matches!(queue.last(), Some(Command::Verify { .. })));
    println!("the chip was asked for nothing else");
    Ok(())
}
