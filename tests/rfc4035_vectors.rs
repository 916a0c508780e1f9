//! The zone of RFC 4035 appendix A and the responses of its appendix B, judged on both backends.

mod common;

use common::build::{Response, records, rrsig, window};
use common::example::{Example, Shown, appendix_a, shown};
use common::world::of_type;
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::zonefile;

/// Every signed RRset of the zone, asked for by its own name.
fn appendix_a_on<B: Backend>(backend: &B) {
    let zone = appendix_a("rfc4035-a.zone");
    let (from, to) = window("rfc/rfc4035-a.zone");
    let signed = of_type(&records("rfc/rfc4035-a.zone"), Type::RRSIG);
    let mut sets: Vec<(NameBuf, Type)> =
        signed.iter().map(|record| (record.owner, rrsig(record).type_covered)).collect();
    sets.dedup();
    assert_eq!((signed.len(), sets.len()), (27, 26), "the keys alone have two signatures");
    for (name, rtype) in sets {
        let world = zone.asked(name, rtype);
        if world.question() == "a.example. NSEC" {
            // It is the parent's, at a cut with DS records. The engine looks for the child's, whose
            // NSEC RR has the same name, and so does not take this for an answer.
            let said = world.judge(backend, from);
            assert!(said.is_bogus(ReasonCode::SignerMismatch, "a.example. NSEC"), "{said:?}");
            continue;
        }
        for now in [from, to] {
            let said = world.judge(backend, now);
            assert!(said.is_secure() && said.weak, "{}: {said:?}", world.question());
        }
        if rtype == Type::DNSKEY {
            continue;
        }
        let mut changed = world.clone();
        *changed.signatures(name, rtype).next().unwrap().rdata.last_mut().unwrap() ^= 1;
        let said = changed.judge(backend, from);
        assert!(said.is_bogus(ReasonCode::SignatureInvalid, &world.question()), "{}: {said:?}", world.question());
    }
}

#[test]
fn appendix_a_signed_zone() {
    appendix_a_on(&Ring);
    appendix_a_on(&RustCrypto);
}

fn example(section: u8, shown: Shown) -> Example {
    Example::new("rfc4035-a.zone", &format!("rfc4035-b-{section}.dig"), shown)
}

fn holds(example: &Example) {
    example.holds(&Ring);
    example.holds(&RustCrypto);
}

/// The response to a referral's question for DS records, with what it says of them.
fn ds_of(referral: &Example, name: &str, shown: Shown) -> Example {
    let mut ds = Response::new(name.parse().unwrap(), Type::DS);
    for record in &referral.world.responses[0].sections[1] {
        let rtype = if record.rtype == Type::RRSIG { rrsig(record).type_covered } else { record.rtype };
        match rtype {
            Type::DS => ds.sections[0].push(record.clone()),
            Type::NSEC => ds.sections[1].push(record.clone()),
            _ => {}
        }
    }
    let mut example = Example { shown, ..referral.clone() };
    (example.world.name, example.world.rtype) = (ds.name, ds.rtype);
    example.world.responses[0] = ds;
    example
}

fn is_a_referral(example: &Example) {
    let (from, to) = example.window;
    for said in [example.world.judge(&Ring, from), example.world.judge(&RustCrypto, to)] {
        assert_eq!(shown(&said), ("indeterminate", Some(ReasonCode::Referral), ""));
    }
}

#[test]
fn appendix_b_1_answer() {
    let example = example(1, ("secure", None, "records"));
    holds(&example);
    let said = example.world.judge(&Ring, example.now());
    assert!(said.weak && said.asked == 2, "{said:?}");
}

#[test]
fn appendix_b_2_name_error() {
    holds(&example(2, ("secure", None, "no name")));
}

#[test]
fn appendix_b_3_no_data_error() {
    holds(&example(3, ("secure", None, "no data")));
}

/// A referral answers nothing; the DS records in it, as the answer to a question of their own, do.
#[test]
fn appendix_b_4_referral_to_signed_zone() {
    let referral = example(4, ("indeterminate", Some(ReasonCode::Referral), ""));
    is_a_referral(&referral);
    holds(&ds_of(&referral, "a.example.", ("secure", None, "records")));
}

#[test]
fn appendix_b_5_referral_to_unsigned_zone() {
    let referral = example(5, ("indeterminate", Some(ReasonCode::Referral), ""));
    is_a_referral(&referral);
    let parent = ds_of(&referral, "b.example.", ("secure", None, "no data"));
    holds(&parent);
    // An unsigned answer of ours to the question itself.
    let mut below = Example { shown: ("insecure", Some(ReasonCode::NoDs), ""), ..parent };
    let mut answer = Response::new(referral.world.name, referral.world.rtype);
    answer.sections[0] = zonefile::parse("mc.b.example. 3600 IN MX 1 mc.b.example.", None).unwrap();
    (below.world.name, below.world.rtype) = (answer.name, answer.rtype);
    below.world.responses.push(answer);
    holds(&below);
    assert_eq!(below.world.judge(&Ring, below.now()).about, "b.example. DS");
}

#[test]
fn appendix_b_6_wildcard_expansion() {
    holds(&example(6, ("secure", None, "records")));
}

#[test]
fn appendix_b_7_wildcard_no_data_error() {
    holds(&example(7, ("secure", None, "no data")));
}

/// DS records are the parent's, and no anchor is there. With one, the record of the child's apex,
/// which has the SOA bit, is still no word of the parent.
#[test]
fn appendix_b_8_ds_child_zone_no_data_error() {
    let example = example(8, ("indeterminate", Some(ReasonCode::NoAnchor), ""));
    let parent = example.under_a_root();
    for now in [example.window.0, example.now(), example.window.1] {
        for said in [example.world.judge(&Ring, now), example.world.judge(&RustCrypto, now)] {
            assert_eq!(shown(&said), example.shown);
        }
        for said in [parent.judge(&Ring, now), parent.judge(&RustCrypto, now)] {
            assert!(said.is_bogus(ReasonCode::SignerMismatch, "example. NSEC"), "{said:?}");
        }
    }
}
