//! The zone of RFC 4035 appendix A and the responses of its appendix B, judged on both backends.

mod common;

use common::build::{records, rrsig, window};
use common::example::{appendix_a, appendix_b};
use common::world::{Said, World, file, of_type};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;

/// Every signed RRset of the zone, asked for by its own name.
fn rfc4035_a<B: Backend>(backend: &B) {
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
fn rfc4035_appendix_a() {
    rfc4035_a(&Ring);
    rfc4035_a(&RustCrypto);
}

fn rfc4035_b_1<B: Backend>(backend: &B) {
    let world = appendix_b("rfc4035-a.zone", "rfc4035-b-1.dig");
    let about = world.question();
    let (from, to) = window("rfc/rfc4035-b-1.dig");
    for now in [from, u64::midpoint(from, to), to] {
        let good =
            Said { verdict: "secure", code: None, proved: "records", about: String::new(), weak: true, asked: 2 };
        assert_eq!(world.judge(backend, now), good);
    }
    // The signatures over the keys have the same window, and the keys come first.
    assert!(world.judge(backend, from - 1).is_bogus(ReasonCode::SignatureNotYetValid, "example. DNSKEY"));
    assert!(world.judge(backend, to + 1).is_bogus(ReasonCode::SignatureExpired, "example. DNSKEY"));
    for place in [0, 64, 127] {
        let mut changed = world.clone();
        let signature = changed.signatures(world.name, world.rtype).next().unwrap();
        let at = signature.rdata.len() - 128 + place;
        signature.rdata[at] ^= 1;
        assert!(changed.judge(backend, from).is_bogus(ReasonCode::SignatureInvalid, &about), "octet {place}");
    }
    // The other signature over the keys is by a key that no anchor names.
    let mut changed = world.clone();
    let zone = "example.".parse().unwrap();
    let by_anchor = changed.signatures(zone, Type::DNSKEY).find(|record| rrsig(record).key_tag == 9465).unwrap();
    *by_anchor.rdata.last_mut().unwrap() ^= 1;
    assert!(changed.judge(backend, from).is_bogus(ReasonCode::SignatureInvalid, "example. DNSKEY"));
}

#[test]
fn rfc4035_appendix_b_1() {
    rfc4035_b_1(&Ring);
    rfc4035_b_1(&RustCrypto);
}

#[test]
fn rfc4035_appendix_b_2_to_b_8() {
    use ReasonCode::{NoAnchor, Referral};
    for (section, proved, code) in [
        ("2", "no name", None),    // name error
        ("3", "no data", None),    // no data
        ("4", "", Some(Referral)), // referral to a signed zone: nothing for the question
        ("5", "", Some(Referral)), // referral to an unsigned zone
        ("6", "records", None),    // wildcard expansion
        ("7", "no data", None),    // wildcard no data
        ("8", "", Some(NoAnchor)), // DS asked of the child: it is the parent's to deny, and no anchor is there
    ] {
        let name = format!("rfc4035-b-{section}.dig");
        let world = appendix_b("rfc4035-a.zone", &name);
        let (from, to) = window(&file(&name));
        let verdict = if code.is_none() { "secure" } else { "indeterminate" };
        for said in [world.judge(&Ring, from), world.judge(&RustCrypto, to)] {
            assert_eq!((said.verdict, said.code, said.proved), (verdict, code, proved), "{name}");
        }
        if code.is_some() {
            continue;
        }
        assert!(!world.judge(&Ring, from - 1).is_secure() && !world.judge(&Ring, to + 1).is_secure(), "{name}");
        // Without any one of the records that deny, nothing is proved.
        let denials =
            |world: &World| world.responses[0].sections[1].iter().filter(|record| record.rtype == Type::NSEC).count();
        assert!(denials(&world) > 0, "{name}");
        for index in 0..denials(&world) {
            let mut less = world.clone();
            let section = &mut less.responses[0].sections[1];
            let at = section.iter().enumerate().filter(|(_, record)| record.rtype == Type::NSEC).nth(index).unwrap().0;
            section.remove(at);
            let said = less.judge(&Ring, from);
            assert_eq!(said.verdict, "bogus", "{name} without denial {index}: {said:?}");
        }
    }
}
