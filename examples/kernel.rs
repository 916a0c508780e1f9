//! The kernel alone: evidence, trust anchors and a time go in, a verdict comes out.
//!
//! `cargo run --features ring,zonefile --example kernel`

use std::error::Error;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/delegation/p256");

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(format!("{WORLD}/good.hex"))?;
    let hex = |line: &str| data_encoding::HEXLOWER.decode(line.as_bytes());
    let octets: Vec<Vec<u8>> = text.lines().filter(|line| !line.starts_with('#')).map(hex).collect::<Result<_, _>>()?;
    let answers: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets)).collect::<Result<_, _>>()?;
    let anchors = Anchors::parse(&std::fs::read_to_string(format!("{WORLD}/root.ds"))?)?;
    let name: NameBuf = "_xmpp-server._tcp.example.com".parse()?;
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let clock = Time(1_795_435_200).into();
    let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    match chain::verify(Question::new(name.as_name(), Type::SRV), &anchors, &answers[..], &mut terms) {
        Verdict::Secure(secure) => {
            for record in secure.answer().iter().flat_map(|answer| answer.records()) {
                println!("secure: {record}");
            }
            for link in secure.links() {
                println!("by {} key {}, {}", link.zone, link.key_tag, link.algorithm);
            }
        }
        other => println!("{}: {}", other.as_str(), other.reason().ok_or("no reason")?),
    }
    Ok(())
}
