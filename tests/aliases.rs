//! Aliases: what a DNAME record makes of a name, where they lead, and whose word is missing at their end.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::{Anchor, Anchors, Entry};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Reason, ReasonCode, Step, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::lookup::Lookup;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Message;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, judge, message, name, records, renamed, with_verdict};

type Said = (&'static str, Option<ReasonCode>);

const SECURE: Said = ("secure", None);

fn bogus(code: ReasonCode) -> Said {
    ("bogus", Some(code))
}

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

fn signed(zone: &Zone, text: &str) -> Vec<OwnedRecord> {
    let rrset = records(text);
    [rrset.clone(), vec![zone.sign(&rrset)]].concat()
}

fn flipped(mut records: Vec<OwnedRecord>) -> Vec<OwnedRecord> {
    *records.last_mut().unwrap().rdata.last_mut().unwrap() ^= 1;
    records
}

/// RFC 6672 section 2.2: the labels before the DNAME's owner stay, and the rest becomes the target. Nobody signs the CNAME
/// record, so whoever is on the way can change it to any name of the zone.
#[test]
fn a_dname_leads_to_one_name_only() {
    let zone = Zone::new("test");
    let ask = |made: &str| {
        let cname = records(&format!("a.d.test. 0 IN CNAME {made}."));
        let answer = [signed(&zone, "d.test. 3600 IN DNAME b.test."), cname].concat();
        let octets = [
            zone.keys(),
            message(name("a.d.test"), Type::A, 0, &answer, &[]),
            zone.answer(&records(&format!("{}. 3600 IN A 192.0.2.1", made.to_ascii_lowercase()))),
        ];
        judge(("a.d.test", Type::A), &[anchor(&zone)], &octets)
    };
    assert_eq!(ask("a.b.test"), SECURE);
    assert_eq!(ask("A.B.Test"), SECURE, "RFC 4343 section 3");
    for wrong in ["b.test", "a.a.b.test", "x.b.test", "a.c.test", "a.b.x", "x.c.test", "a", "a.d.test"] {
        assert_eq!(ask(wrong), bogus(ReasonCode::AliasContradictory), "{wrong}");
    }
}

/// A DNAME record renames what is below its owner, and nothing else (RFC 6672 section 2.3).
#[test]
fn a_dname_elsewhere_is_no_matter() {
    let zone = Zone::new("test");
    for (dname, own) in [("x.test", "an alias"), ("a.test", "the owner itself"), ("b.a.test", "below it")] {
        let answer =
            [signed(&zone, "a.test. 3600 IN CNAME b.test."), signed(&zone, &format!("{dname}. 3600 IN DNAME y.test."))];
        let octets = [
            zone.keys(),
            message(name("a.test"), Type::A, 0, &answer.concat(), &[]),
            zone.answer(&records("b.test. 3600 IN A 192.0.2.1")),
        ];
        assert_eq!(judge(("a.test", Type::A), &[anchor(&zone)], &octets), SECURE, "{dname}: {own}");
    }
}

#[test]
fn a_circle_has_a_name() {
    let zone = Zone::new("test");
    let alias = |text: &str| {
        let cname = records(text);
        message(cname[0].owner, Type::A, 0, &signed(&zone, text), &[])
    };
    let octets = [
        zone.keys(),
        alias("a.test. 3600 IN CNAME b.test."),
        alias("b.test. 3600 IN CNAME c.test."),
        alias("c.test. 3600 IN CNAME b.test."),
        alias("d.test. 3600 IN CNAME d.test."),
    ];
    for asked in ["a.test", "b.test", "d.test"] {
        let said = judge((asked, Type::A), &[anchor(&zone)], &octets);
        assert_eq!(said, ("indeterminate", Some(ReasonCode::AliasLoop)), "{asked}");
    }
}

/// The response to an alias goes on to its target in another zone, and leaves that zone's proof out: the target is asked for
/// (RFC 1034 section 4.3.2 step 3a). Where its own answer is at hand, that one counts.
#[test]
fn where_the_proof_of_the_target_is_left_out_it_is_asked_for() {
    let (test, other) = (Zone::new("test"), Zone::new("other.test"));
    let alias = signed(&test, "www.test. 3600 IN CNAME nx.other.test.");
    let soa = signed(&other, "other.test. 3600 IN SOA ns.other.test. host.other.test. 1 7200 3600 1209600 300");
    let nsec = signed(&other, "other.test. 3600 IN NSEC x.other.test. SOA NS RRSIG NSEC DNSKEY");
    let ask = |own: Option<&[OwnedRecord]>| {
        let mut octets = vec![
            test.keys(),
            test.answer(&[other.ds()]),
            other.keys(),
            message(name("www.test"), Type::A, 3, &alias, &soa),
        ];
        octets.extend(own.map(|denial| message(name("nx.other.test"), Type::A, 3, &[], denial)));
        let key = Entry::new(test.apex, Type::DNSKEY, test.key.rdata.clone()).unwrap();
        let anchors: Anchors = [key].into_iter().collect();
        let mut lookup = Lookup::new(name("www.test"), Type::A, &anchors);
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        loop {
            let (clock, policy, backend) = (Time(NOW.into()).into(), &policy, &Ring);
            let mut terms = Terms { clock, policy, backend, budget: &mut budget, scratch: &mut scratch };
            let asked = match lookup.step(&mut terms) {
                Step::Done(verdict) => return Ok((verdict.as_str(), verdict.reason().map(Reason::code))),
                Step::Ask(asked) => (asked.name.to_buf(), asked.rtype),
            };
            let answers = |octets: &&Vec<u8>| {
                let question = Message::parse(octets).unwrap().question().unwrap();
                (question.name.to_buf(), question.rtype) == asked
            };
            match octets.iter().find(answers) {
                Some(octets) => lookup.answer(octets).unwrap(),
                None => return Err(format!("{} {}", asked.0, asked.1)),
            };
        }
    };
    assert_eq!(ask(None), Err("nx.other.test. A".to_owned()));
    assert_eq!(ask(Some(&nsec)), Ok(SECURE));
    assert_eq!(ask(Some(&soa)), Ok(bogus(ReasonCode::DenialMissing)));
    assert_eq!(ask(Some(&flipped(nsec))), Ok(bogus(ReasonCode::SignatureInvalid)));
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
/// Keys are where a zone begins (RFC 4035 section 2.1), and those of the zone above do not sign them.
#[test]
fn keys_of_no_zone() {
    let zone = Zone::new("test");
    let nsec = signed(&zone, "www.test. 3600 IN NSEC x.test. A DNSKEY RRSIG NSEC");
    let denial = message(name("www.test"), Type::DS, 0, &[], &nsec);
    let ask = |rtype: Type, answer: &[OwnedRecord]| {
        let answer = [answer, &[zone.sign(answer)]].concat();
        let octets = [zone.keys(), denial.clone(), message(name("www.test"), rtype, 0, &answer, &[])];
        judge(("www.test", rtype), &[anchor(&zone)], &octets)
    };
    let keys = renamed(std::slice::from_ref(&zone.key), "www.test");
    assert_eq!(ask(Type::DNSKEY, &keys), bogus(ReasonCode::SignerMismatch));
    let keys_of_before = vec![OwnedRecord { rtype: Type(25), ..keys[0].clone() }];
    assert_eq!(ask(Type(25), &keys_of_before), SECURE, "a KEY record is like any other (RFC 3755 section 3)");
}

/// In an answer to ANY a reason names the type that it is about.
#[test]
fn a_reason_names_the_type_within_any() {
    let zone = Zone::new("test");
    let made = renamed(&signed(&zone, "*.test. 3600 IN TXT hello"), "www.test");
    let octets = [zone.keys(), message(name("www.test"), Type::ANY, 0, &made, &[])];
    let read = |reason: &Reason<'_>| (reason.code(), reason.rtype());
    let said =
        with_verdict(("www.test", Type::ANY), &[anchor(&zone)], &Policy::standard(), NOW.into(), &octets, |verdict| {
            verdict.reason().map(read)
        });
    assert_eq!(said, Some((ReasonCode::WildcardNotDenied, Type::TXT)));
}
