//! RFC 7672 section 2.2.2: a name that is signed, and an alias that leads to where nothing is. What nobody signed must not
//! decide whether there is DANE.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Step, Terms};
use dnsproof::codes::{Class, Type};
use dnsproof::crypto::Ring;
use dnsproof::dane::{Discovery, Progress};
use dnsproof::lookup::{Answered, Lookup, Security};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Message;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, message, name, records};

const ALIAS: &str = "mail.example. 3600 IN CNAME mx.unsigned.example.";
const FORGED: &str = "mail.example. 3600 IN A 192.0.2.66";

/// Of another class, CHAOS: a name there is another name.
const CHAOS: &str = "CH mail.example. 3600 IN A 192.0.2.66";

/// What is added to an answer: the RCODE, records beside the addresses and beside the keys.
const ADDED: [(u8, &str, &str); 6] =
    [(0, "", ""), (0, "", FORGED), (3, FORGED, ""), (3, FORGED, FORGED), (0, CHAOS, ""), (3, CHAOS, CHAOS)];

/// Records that nobody signed.
fn unsigned(text: &str) -> Vec<OwnedRecord> {
    match text.strip_prefix("CH ") {
        Some(text) => records(text).into_iter().map(|record| OwnedRecord { class: Class(3), ..record }).collect(),
        None => records(text),
    }
}

fn signed(zone: &Zone, text: &str) -> Vec<OwnedRecord> {
    let set = records(text);
    let signature = zone.sign(&set);
    set.into_iter().chain([signature]).collect()
}

/// What a lookup comes to that is answered by these messages.
fn lookup(zone: &Zone, asked: NameBuf, rtype: Type, all: &[Vec<u8>]) -> Answered {
    let anchors = Anchors::parse(&zone.ds().as_record().to_string()).unwrap();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let clock = Time(NOW.into()).into();
    let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let mut lookup = Lookup::new(asked, rtype, &anchors);
    while let Step::Ask(question) = lookup.step(&mut terms) {
        let answers = |octets: &&Vec<u8>| Message::parse(octets).unwrap().question() == Some(question);
        let answer = all.iter().find(answers).unwrap_or_else(|| panic!("{question} is not to be asked")).clone();
        lookup.answer(&answer).unwrap();
    }
    lookup.answered(&mut terms)
}

/// What is at hand: with the answer for the addresses, under this RCODE, and the answer for the keys, each with more in it.
fn messages(zone: &Zone, rcode: u8, to_addresses: &str, to_keys: &str) -> Vec<Vec<u8>> {
    let alias = signed(zone, ALIAS);
    let with = |more: &str| unsigned(more).into_iter().chain(alias.iter().cloned()).collect::<Vec<_>>();
    let mut keys = vec![zone.key.clone(), zone.sign(std::slice::from_ref(&zone.key))];
    keys.extend(unsigned(to_keys));
    let cut = signed(zone, "unsigned.example. 3600 IN NSEC v.example. NS RRSIG NSEC");
    let tlsa = signed(zone, &format!("_25._tcp.mail.example. 3600 IN TLSA 3 1 1 {}", "AB".repeat(32)));
    vec![
        message(name("example"), Type::DNSKEY, 0, &keys, &[]),
        message(name("example"), Type::MX, 0, &signed(zone, "example. 3600 IN MX 10 mail.example."), &[]),
        message(name("mail.example"), Type::A, rcode, &with(to_addresses), &[]),
        message(name("mail.example"), Type::AAAA, 0, &alias, &[]),
        message(name("mail.example"), Type::CNAME, 0, &alias, &[]),
        message(name("mx.unsigned.example"), Type::A, 0, &records("mx.unsigned.example. 3600 IN A 192.0.2.9"), &[]),
        message(name("mx.unsigned.example"), Type::AAAA, 0, &[], &[]),
        message(name("unsigned.example"), Type::DS, 0, &[], &cut),
        message(name("_25._tcp.mail.example"), Type::TLSA, 0, &tlsa, &[]),
    ]
}

#[test]
fn what_is_insecure_is_found_where_the_verdict_found_it() {
    let zone = Zone::new("example");
    let at_end = vec![vec![192, 0, 2, 9]];
    for (rcode, to_addresses, to_keys) in ADDED {
        let all = messages(&zone, rcode, to_addresses, to_keys);
        let said = lookup(&zone, name("mail.example"), Type::A, &all);
        let told = (said.security, said.aliased, said.end, &said.records);
        let expected = (Security::Insecure, true, name("mx.unsigned.example"), &at_end);
        assert_eq!(told, expected, "{rcode} {to_addresses:?} {to_keys:?}");
    }
    // The records may come with the alias: then nobody asks for more.
    let all = messages(&zone, 0, "mx.unsigned.example. 3600 IN A 192.0.2.10", "");
    let said = lookup(&zone, name("mail.example"), Type::A, &all);
    assert!(said.records == [[192, 0, 2, 10]] && said.end == name("mx.unsigned.example"), "{said:?}");
    // An alias that is asked for is not followed.
    let said = lookup(&zone, name("mail.example"), Type::CNAME, &all);
    assert_eq!((said.security, said.aliased, said.records.len()), (Security::Secure, false, 1));
}

#[test]
fn an_alias_that_no_record_spells_out_is_one() {
    // RFC 6672 section 3.1: a CNAME record that the server makes is not signed, and whoever wants can take it away.
    let zone = Zone::new("example");
    let end = records("mail.unsigned.example. 3600 IN A 192.0.2.9");
    let dname = signed(&zone, "d.example. 3600 IN DNAME unsigned.example.");
    for added in ["", "CH mail.d.example. 3600 IN A 192.0.2.66", "CH mail.d.example. 3600 IN CNAME mail.d.example."] {
        let answer: Vec<_> = unsigned(added).into_iter().chain(dname.clone()).chain(end.clone()).collect();
        let mut all = messages(&zone, 0, "", "");
        all.push(message(name("mail.d.example"), Type::A, 0, &answer, &[]));
        let said = lookup(&zone, name("mail.d.example"), Type::A, &all);
        let told = (said.security, said.aliased, said.end, &said.records);
        assert_eq!(
            told,
            (Security::Insecure, true, name("mail.unsigned.example"), &vec![vec![192, 0, 2, 9]]),
            "{added}"
        );
    }
}

#[test]
fn dane_does_not_go_away_by_what_nobody_signed() {
    let zone = Zone::new("example");
    for start in [Discovery::host(name("mail.example"), 25), Discovery::mx(name("example"), 25)] {
        for (rcode, to_addresses, to_keys) in ADDED {
            let all = messages(&zone, rcode, to_addresses, to_keys);
            let mut discovery = start.clone();
            let plan = loop {
                match discovery.progress() {
                    Progress::Done(plan) => break plan,
                    Progress::Ask(open) => {
                        for (asked, rtype) in open {
                            discovery.answer(asked, rtype, lookup(&zone, asked, rtype, &all));
                        }
                    }
                }
            };
            let said = plan.endpoints[0].decision.to_string();
            assert_eq!(said, "one of the TLSA records has to fit: 3 1 1", "{rcode} {to_addresses:?} {to_keys:?}");
        }
    }
}
