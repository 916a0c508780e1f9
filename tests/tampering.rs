//! Every single bit of the evidence, changed one at a time: what is signed cannot change and
//! stay Secure.

mod common;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Section};

/// What an octet of a message is to a validator.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Octet {
    /// Nobody signs it: header, TTL, other sections.
    Unsigned,
    /// Part of a name: the name must stay the same, without regard to case.
    Name,
    /// Signed, or part of the only signature.
    Signed,
    /// Part of one of several signatures, of which one good one suffices.
    OneOfSeveral,
}

/// The place of every octet, by walking the message with the parser and the lengths alone.
fn places(octets: &[u8]) -> Vec<Octet> {
    let message = Message::parse(octets).unwrap();
    let question = message.question().unwrap();
    let mut places = vec![Octet::Unsigned; octets.len()];
    let mut start = 12 + question.name.wire_len() + 4;
    places[12..start].fill(Octet::Name);
    let answer = || message.records(Section::Answer);
    let signatures = answer().filter(|record| record.rtype == Type::RRSIG).count();
    for record in answer() {
        let rdata = record.rdata.octets().as_ptr().addr() - octets.as_ptr().addr();
        let end = rdata + record.rdata.octets().len();
        places[start..rdata - 10].fill(Octet::Name);
        places[rdata - 10..rdata - 6].fill(Octet::Signed);
        places[rdata - 2..rdata].fill(Octet::Signed);
        places[rdata..end].fill(Octet::Signed);
        if record.rtype == Type::RRSIG && signatures > 1 {
            places[start..end].fill(Octet::OneOfSeveral);
        }
        let names = match record.rtype {
            Type::SRV => rdata + 6..end,
            Type::RRSIG => rdata + 18..rdata + 18 + signer_len(record.rdata.octets()),
            _ => end..end,
        };
        if places[rdata] != Octet::OneOfSeveral {
            places[names].fill(Octet::Name);
        }
        start = end;
    }
    places
}

fn signer_len(rdata: &[u8]) -> usize {
    let mut at = 18;
    while rdata[at] != 0 {
        at += 1 + usize::from(rdata[at]);
    }
    at + 1 - 18
}

fn every_bit_of(set: &str) {
    let needed = |octets: &Vec<u8>| {
        let question = parse(std::slice::from_ref(octets))[0].question().unwrap().to_string();
        let needed = [
            "_xmpp-server._tcp.example.com. SRV",
            ". DNSKEY",
            "com. DNSKEY",
            "com. DS",
            "example.com. DNSKEY",
            "example.com. DS",
        ];
        needed.contains(&question.as_str())
    };
    let good: Vec<Vec<u8>> =
        messages(&format!("delegation/{set}/good.hex")).into_iter().filter(|octets| needed(octets)).collect();
    assert_eq!(good.len(), 6, "SRV, three times DNSKEY, twice DS");
    let anchors = Anchors::parse(&read(&format!("delegation/{set}/root.ds"))).unwrap();
    let name: NameBuf = "_xmpp-server._tcp.example.com".parse().unwrap();
    let question = Question::new(name.as_name(), Type::SRV);
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let mut judge = |evidence: &[Message<'_>]| {
        let mut budget = Budget::new(Limits::default());
        let now = Time(seconds("2026-11-23T12:00:00Z"));
        let mut terms =
            Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        match chain::verify(question, &anchors, evidence, &mut terms) {
            Verdict::Secure(secure) => {
                let mut records: Vec<String> = secure.answer().unwrap().records().map(text).collect();
                records.sort();
                Some(records)
            }
            _ => None,
        }
    };
    let whole = parse(&good);
    let expected = judge(&whole).expect("the evidence is good");
    let (mut secure, mut refused) = (0_u32, 0_u32);
    for (index, octets) in good.iter().enumerate() {
        let places = places(octets);
        for bit in 0..octets.len() * 8 {
            let (at, mask) = (bit / 8, 0x80_u8 >> (bit % 8));
            let mut changed = octets.clone();
            changed[at] ^= mask;
            let mut evidence = whole.clone();
            match Message::parse(&changed) {
                Ok(message) => evidence[index] = message,
                Err(_) => drop(evidence.remove(index)),
            }
            let Some(records) = judge(&evidence) else {
                refused += 1;
                continue;
            };
            secure += 1;
            assert_eq!(records, expected, "{set}: message {index}, octet {at}, mask {mask:#x}");
            let may = match places[at] {
                Octet::Unsigned | Octet::OneOfSeveral => true,
                // A letter in another case, or a pointer to the same name elsewhere.
                Octet::Name => answer(&evidence[index]) == answer(&whole[index]),
                Octet::Signed => false,
            };
            assert!(may, "{set}: message {index}, octet {at}, mask {mask:#x}: {:?} and Secure", places[at]);
        }
    }
    // Both kinds are there, so neither side of the test is idle.
    assert!(secure > 500 && refused > 5000, "{set}: {secure} stayed secure, {refused} did not");
}

fn answer(message: &Message<'_>) -> Vec<String> {
    message.records(Section::Answer).map(text).collect()
}

/// What a record says, without its TTL and the case of its names.
fn text(record: dnsproof::wire::Record<'_>) -> String {
    let text = record.to_string().to_ascii_lowercase();
    let mut words = text.split(' ');
    let owner = words.next().unwrap();
    [owner].into_iter().chain(words.skip(1)).collect::<Vec<_>>().join(" ")
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.6
//= type=test
//# A resolver MUST disregard the meaning of the CD and AD bits in a response unless the response was obtained by using
//# a secure channel or the resolver was specifically configured to regard the message header bits without using a
//# secure channel.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.3
//= type=test
//# In any case, a security-aware stub resolver MUST NOT place any reliance on signature validation allegedly performed
//# on its behalf, except when the security-aware stub resolver obtained the data in question from a trusted
//# security-aware recursive name server via a secure channel.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.3
//= type=test
//# A validating security-aware stub resolver SHOULD NOT examine the setting of the AD bit in response messages
#[test]
fn every_bit_with_p256() {
    every_bit_of("p256");
}

#[test]
fn every_bit_with_ed25519() {
    every_bit_of("ed25519");
}

#[test]
fn every_bit_with_rsa2048() {
    every_bit_of("rsa2048");
}
