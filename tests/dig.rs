//! Responses as `dig` and `kdig` print them are the responses that they were.

mod common;

use std::collections::BTreeSet;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Section};
use dnsproof::zonefile::{is_dig, parse_dig};

/// What a response says, whatever its octets.
fn said(message: &Message<'_>) -> (String, u16, [BTreeSet<String>; 3]) {
    let records = |section| {
        let records = message.records(section).filter(|record| record.rtype != Type::OPT);
        records.map(|record| record.to_string()).collect()
    };
    let question = message.question().unwrap().to_string();
    (question, message.rcode().0, [Section::Answer, Section::Authority, Section::Additional].map(records))
}

#[test]
fn printed_and_read_they_say_the_same() {
    for (printed, original) in
        [("good.dig", "good"), ("good-multiline.dig", "good"), ("good.kdig", "good"), ("more.dig", "more")]
    {
        let text = read(&format!("dig/{printed}"));
        assert!(is_dig(&text));
        let octets = parse_dig(&text).unwrap_or_else(|error| panic!("{printed}: {error}"));
        let originals = messages(&format!("delegation/p256/{original}.hex"));
        assert_eq!(octets.len(), originals.len(), "{printed}");
        for (ours, theirs) in parse(&octets).iter().zip(parse(&originals)) {
            assert_eq!(said(ours), said(&theirs), "{printed}");
            let flags = |message: &Message<'_>| {
                let header = message.header();
                (header.is_response(), header.is_authoritative(), header.is_truncated(), header.opcode())
            };
            assert_eq!(flags(ours), flags(&theirs), "{printed}");
        }
        let anchors = Anchors::parse(&read("delegation/p256/root.ds")).unwrap();
        let name: NameBuf = "_xmpp-server._tcp.example.com".parse().unwrap();
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        let now = Time(seconds("2026-11-23T12:00:00Z"));
        let mut terms =
            Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let question = Question::new(name.as_name(), Type::SRV);
        let evidence = parse(&octets);
        let verdict = chain::verify(question, &anchors, evidence.as_slice(), &mut terms);
        assert_eq!(verdict.secure().is_some(), original == "good", "{printed}");
    }
}

/// RFC 1035 section 4.1.1, RFC 4035 section 3.
#[test]
fn each_flag_has_its_bit() {
    for (flags, bits) in [
        ("", 0),
        ("qr", 0x8000),
        ("aa", 0x0400),
        ("tc", 0x0200),
        ("rd", 0x0100),
        ("ra", 0x0080),
        ("ad", 0x0020),
        ("cd", 0x0010),
        ("do", 0),
        ("qr aa tc rd ra ad cd", 0x87B0),
        ("qr rd qr", 0x8100),
    ] {
        let header = format!(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7\n;; flags: {flags}; QUERY: 1\n");
        let octets = parse_dig(&format!("{header};; QUESTION SECTION:\n;a. IN A\n")).unwrap().swap_remove(0);
        assert_eq!(u16::from_be_bytes([octets[2], octets[3]]), bits, "{flags}");
    }
}

#[test]
fn wrong_text_says_where() {
    let good = read("dig/good.dig");
    let line = |text: &str| text.lines().position(|line| line.contains("IN\tDS\t")).unwrap() + 1;
    let error = |text: &str| parse_dig(text).unwrap_err().to_string();
    let bad = good.replacen("IN\tDS\t40746 13", "IN\tDS\t40746 thirteen", 1);
    assert_eq!(error(&bad), format!("line {}, column 26: expected an algorithm", line(&good)));
    let header = ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 0\n";
    assert_eq!(error(header), "line 1, column 1: expected a response with its question");
    assert_eq!(error(";; ->>HEADER<<- status: NOERROR\n"), "line 1, column 1: expected opcode, status and id");
    let cut = format!("{header};; QUESTION SECTION:\n;example.com. IN\n");
    assert_eq!(error(&cut), "line 3, column 1: expected a name, a class and a type");
    assert_eq!(parse_dig("").unwrap(), Vec::<Vec<u8>>::new());
    assert!(!is_dig("0000 # no header"));
}
