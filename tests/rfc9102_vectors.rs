//! The chains of RFC 9102 appendix A, built into messages and judged on both backends.

mod common;

use common::build::{Response, comment, encode, records, responses, rrsig, window};
use common::world::{World, anchors, file};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::wire::{Message, Section};
use dnsproof::zonefile::{self, OwnedRecord};

/// A chain of RFC 9102 appendix A as the messages that a validator would have asked for.
fn rfc9102(section: u8) -> World {
    let name = file(&format!("rfc9102-a-{section}.zone"));
    chain_of(&name, &records(&name))
}

fn chain_of(name: &str, records: &[OwnedRecord]) -> World {
    let port = comment(name, "port").replace("/tcp", "");
    let host = comment(name, "name");
    let question = format!("_{port}._tcp.{host}").parse().unwrap();
    // What is about the answer comes first, then the keys and DS records from there up.
    let above = records.iter().position(|record| record.rtype == Type::DNSKEY).unwrap();
    let (answer, chain) = records.split_at(above);
    let mut response = Response::new(question, Type::TLSA);
    for record in answer {
        let rtype = if record.rtype == Type::RRSIG { rrsig(record).type_covered } else { record.rtype };
        let denial = matches!(rtype, Type::NSEC | Type::NSEC3);
        response.sections[usize::from(denial)].push(record.clone());
    }
    let anchors = anchors(&self::records("rfc/rfc9102-a-anchor.zone"));
    let mut responses = responses(chain);
    responses.push(response);
    World { name: question, rtype: Type::TLSA, responses, anchors, policy: Policy::standard() }
}

fn rfc9102_a_1<B: Backend>(backend: &B, world: &World) {
    let (from, to) = window("rfc/rfc9102-a-1.zone");
    for now in [from, u64::midpoint(from, to), to] {
        let said = world.judge(backend, now);
        assert!(said.is_secure() && !said.weak, "{said:?}");
        assert_eq!(said.asked, 6, "three DNSKEY RRsets, two DS RRsets and the answer");
    }
    assert!(world.judge(backend, from - 1).is_bogus(ReasonCode::SignatureNotYetValid, ". DNSKEY"));
    assert!(world.judge(backend, to + 1).is_bogus(ReasonCode::SignatureExpired, ". DNSKEY"));
    let sets: Vec<(NameBuf, Type)> = world.responses.iter().map(|response| (response.name, response.rtype)).collect();
    assert_eq!(sets.len(), 6);
    for (name, rtype) in sets {
        // One signature of two that hold is enough (RFC 6840 section 5.4).
        let count = world.clone().signatures(name, rtype).count();
        assert_eq!(count, if (name.to_string().as_str(), rtype) == ("com.", Type::DNSKEY) { 2 } else { 1 });
        for index in 0..count {
            let mut changed = world.clone();
            *changed.signatures(name, rtype).nth(index).unwrap().rdata.last_mut().unwrap() ^= 1;
            assert_eq!(changed.judge(backend, from).is_secure(), count == 2, "{name} {rtype}");
        }
        let mut changed = world.clone();
        changed.signatures(name, rtype).for_each(|record| *record.rdata.last_mut().unwrap() ^= 1);
        let said = changed.judge(backend, from);
        assert!(said.is_bogus(ReasonCode::SignatureInvalid, &format!("{name} {rtype}")), "{name} {rtype}: {said:?}");
    }
}

/// The chain that the RFC prints, and the one in its dump, which has other signatures.
#[test]
fn rfc9102_appendix_a_1() {
    let dumped = chain_of("rfc/rfc9102-a-1.zone", &dump(1));
    for world in [rfc9102(1), dumped] {
        rfc9102_a_1(&Ring, &world);
        rfc9102_a_1(&RustCrypto, &world);
    }
}

#[test]
fn rfc9102_appendix_a_2_to_a_8() {
    let (from, to) = window("rfc/rfc9102-a-1.zone");
    for (section, rcode, verdict, proved) in [
        (2, 0, "secure", "records"), // NSEC wildcard
        (3, 0, "secure", "records"), // NSEC3 wildcard
        (4, 0, "secure", "records"), // CNAME
        (5, 0, "secure", "records"), // DNAME
        (6, 3, "secure", "no name"), // NSEC denial of existence
        (7, 3, "secure", "no name"), // NSEC3 denial of existence
        (8, 0, "insecure", ""),      // NSEC3 opt-out, insecure delegation
    ] {
        let mut world = rfc9102(section);
        let last = world.responses.last_mut().unwrap();
        last.rcode = rcode;
        if section == 8 {
            // The chain proves that insecure.example has no DS record. Below it the RFC prints
            // nothing; an unsigned answer of ours takes that place.
            let text = format!("{} 3600 IN TLSA 3 1 1 00", last.name);
            let mut answer = Response::new(last.name, last.rtype);
            answer.sections[0] = zonefile::parse(&text, None).unwrap();
            (last.name, last.rtype) = ("insecure.example.".parse().unwrap(), Type::DS);
            world.responses.push(answer);
        }
        for now in [from, to] {
            for said in [world.judge(&Ring, now), world.judge(&RustCrypto, now)] {
                assert_eq!((said.verdict, said.proved), (verdict, proved), "A.{section}: {said:?}");
            }
        }
    }
}

/// Every link of every chain, asked for by its own name, is Secure but for what a wildcard made,
/// which needs the denial beside it.
/// NSEC3 RRs are left out: nobody can ask for them (RFC 5155 section 7.2.8).
#[test]
fn rfc9102_appendix_a_link_by_link() {
    let (from, _) = window("rfc/rfc9102-a-1.zone");
    let mut counts = [0, 0];
    for section in 1..=8 {
        let mut world = rfc9102(section);
        let name = file(&format!("rfc9102-a-{section}.zone"));
        world.responses = responses(&records(&name));
        for response in world.responses.clone().iter().filter(|response| response.rtype != Type::NSEC3) {
            let asked = world.asked(response.name, response.rtype);
            let wildcard = response.sections[0].iter().filter(|record| record.rtype == Type::RRSIG).any(|record| {
                let owner = record.owner.as_name();
                rrsig(record).labels + u8::from(owner.is_wildcard()) < owner.label_count()
            });
            let expected = wildcard.then_some(ReasonCode::WildcardNotDenied);
            for said in [asked.judge(&Ring, from), asked.judge(&RustCrypto, from)] {
                assert_eq!((said.code, said.is_secure()), (expected, !wildcard), "{name}: {}", asked.question());
            }
            counts[usize::from(wildcard)] += 1;
        }
    }
    assert_eq!(counts, [49, 2]);
}

/// The records of a dump: two octets of support lifetime, then records without anything between.
fn dump(section: u8) -> Vec<OwnedRecord> {
    let lines = common::messages(&format!("rfc/rfc9102-a-{section}.hex"));
    let octets = lines.concat();
    let count = u16::try_from(records(&file(&format!("rfc9102-a-{section}.zone"))).len()).unwrap();
    let mut message = [0_u16, 0x8000, 0, count, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    message.extend(&octets[2..]);
    let message = Message::parse(&message).unwrap();
    let owned = |record: dnsproof::wire::Record<'_>| OwnedRecord {
        owner: record.owner.to_buf(),
        rtype: record.rtype,
        class: record.class,
        ttl: record.ttl,
        rdata: record.rdata.octets().to_vec(),
    };
    message.records(Section::Answer).map(owned).collect()
}

/// Text and octets of the chains are the same records; in A.1 but for the signatures.
#[test]
fn rfc9102_appendix_a_dumps() {
    for section in 1..=8 {
        let (dumped, printed) = (dump(section), records(&file(&format!("rfc9102-a-{section}.zone"))));
        for (dumped, printed) in dumped.iter().zip(&printed) {
            let signature =
                if section == 1 && printed.rtype == Type::RRSIG { rrsig(printed).signature.len() } else { 0 };
            let (dumped, printed) = (encode(dumped), encode(printed));
            let same = printed.len() - signature;
            assert_eq!(dumped.len(), printed.len(), "A.{section}");
            assert_eq!(dumped[..same], printed[..same], "A.{section}");
            assert!(signature == 0 || dumped != printed, "A.{section} has two sets of signatures");
        }
    }
}
