//! What a verdict and its steps tell beside Secure or not: on which zones, keys and signatures it rests, and until when.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits, Resource};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Event, Evidence, Reason, Secure, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring};
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, message, name, records};

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

/// Judges with all that a call can have; `read` sees the verdict, and each step as its word and its two ends.
fn judged<B: Backend, T>(
    question: (&str, Type),
    zone: &Zone,
    backend: &B,
    limits: Limits,
    octets: &[Vec<u8>],
    read: impl FnOnce(&Verdict<'_>, &[(&'static str, Option<Time>, Option<Time>)]) -> T,
) -> T {
    let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
    let name = name(question.0);
    let policy = (0..=u8::MAX).fold(Policy::standard(), |policy, number| policy.with(Algorithm(number)));
    let (mut budget, mut scratch, anchors) = (Budget::new(limits), Scratch::new(), [anchor(zone)]);
    let clock = Time(NOW.into()).into();
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let mut steps = Vec::new();
    let mut observer = |event: Event<'_>| steps.push((event.as_str(), event.until(), event.signed_until()));
    let asked = Question::new(name.as_name(), question.1);
    let verdict = chain::explain(asked, &anchors, &evidence[..], &mut terms, &mut observer);
    read(&verdict, &steps)
}

fn secure<T>(question: (&str, Type), zone: &Zone, octets: &[Vec<u8>], read: impl FnOnce(&Secure<'_>) -> T) -> T {
    judged(question, zone, &Ring, Limits::default(), octets, |verdict, _| {
        read(verdict.secure().unwrap_or_else(|| panic!("{verdict:?}")))
    })
}

/// The words of the steps.
fn steps(question: (&str, Type), zone: &Zone, octets: &[Vec<u8>]) -> Vec<&'static str> {
    judged(question, zone, &Ring, Limits::default(), octets, |_, steps| steps.iter().map(|step| step.0).collect())
}

fn signed(zone: &Zone, text: &str) -> Vec<OwnedRecord> {
    let rrset = records(text);
    [rrset.clone(), vec![zone.sign(&rrset)]].concat()
}

/// `test.`, which has two zones below it and an alias from one into the other.
fn two_children() -> (Zone, Vec<Vec<u8>>) {
    let (test, one, other) = (Zone::new("test"), Zone::new("one.test"), Zone::new("other.test"));
    let alias = signed(&one, "www.one.test. 3600 IN CNAME www.other.test.");
    let octets = vec![
        test.keys(),
        test.answer(&[one.ds()]),
        one.keys(),
        message(name("www.one.test"), Type::A, 0, &alias, &[]),
        test.answer(&[other.ds()]),
        other.keys(),
        other.answer(&records("www.other.test. 3600 IN A 192.0.2.1")),
    ];
    (test, octets)
}

#[test]
fn its_zones_are_those_of_the_last_name() {
    let (test, octets) = two_children();
    let (zones, aliases) = secure(("www.one.test", Type::A), &test, &octets, |secure| {
        let zones: Vec<String> = secure.links().map(|link| link.zone.to_string()).collect();
        (zones, secure.aliases().map(|name| name.to_string()).collect::<Vec<_>>())
    });
    assert_eq!(zones, ["test.", "other.test."]);
    assert_eq!(aliases, ["www.one.test."]);
    let kinds = steps(("www.one.test", Type::A), &test, &octets);
    assert_eq!(kinds, ["zone", "signed", "zone", "signed", "alias", "signed", "zone", "signed"]);
}

/// The records that show that there is nothing, or nothing nearer, bound the verdict as the answer does.
#[test]
fn it_ends_with_the_signatures_that_show_it() {
    let zone = Zone::new("test");
    let ends = |answer: &[OwnedRecord], denied: &str, rtype: Type| {
        let nsec = records(denied);
        let seal = zone.sign_as(&nsec, |draft| draft.expiration = NOW + 100);
        let authority = [nsec, vec![seal]].concat();
        let octets = [
            zone.keys(),
            message(name("www.test"), Type::DS, 0, &[], &signed(&zone, "a.test. 3600 IN NSEC x.test. A RRSIG NSEC")),
            message(name("www.test"), rtype, 0, answer, &authority),
        ];
        secure(("www.test", rtype), &zone, &octets, |secure| (secure.valid_until(), secure.signed_until()))
    };
    let end = Time(u64::from(NOW) + 100);
    assert_eq!(ends(&[], "www.test. 3600 IN NSEC x.test. A RRSIG NSEC", Type::TXT), (end, end));
    let mut made = signed(&zone, "*.test. 3600 IN A 192.0.2.1");
    made.iter_mut().for_each(|record| record.owner = name("www.test"));
    assert_eq!(ends(&made, "a.test. 3600 IN NSEC x.test. A RRSIG NSEC", Type::A), (end, end));
}

/// One NSEC record covers the name and the wildcard.
#[test]
fn each_signature_is_told_once() {
    let zone = Zone::new("test");
    let authority = signed(&zone, "test. 3600 IN NSEC x.test. SOA NS RRSIG NSEC DNSKEY");
    let octets = [zone.keys(), message(name("www.test"), Type::A, 3, &[], &authority)];
    assert_eq!(steps(("www.test", Type::A), &zone, &octets), ["zone", "signed", "absent"]);
    let authority = [
        signed(&zone, "test. 3600 IN NSEC b.test. SOA NS RRSIG NSEC DNSKEY"),
        signed(&zone, "b.test. 3600 IN NSEC x.test. A RRSIG NSEC"),
    ];
    let octets = [zone.keys(), message(name("www.test"), Type::A, 3, &[], &authority.concat())];
    assert_eq!(steps(("www.test", Type::A), &zone, &octets), ["zone", "signed", "signed", "absent"]);
}

#[test]
fn steps_have_words_and_ends() {
    let zone = Zone::new("test");
    let mut made = signed(&zone, "*.test. 3600 IN A 192.0.2.1");
    made.iter_mut().for_each(|record| record.owner = name("www.test"));
    let nsec = signed(&zone, "a.test. 3600 IN NSEC x.test. A RRSIG NSEC");
    let octets = [
        zone.keys(),
        message(name("www.test"), Type::DS, 0, &[], &nsec),
        message(name("www.test"), Type::A, 0, &made, &nsec),
    ];
    let (ttl, end) = (Some(Time(u64::from(NOW) + 3600)), Some(Time(u64::from(NOW + sign::DAY))));
    judged(("www.test", Type::A), &zone, &Ring, Limits::default(), &octets, |verdict, steps| {
        assert!(verdict.secure().is_some(), "{verdict:?}");
        let signed = ("signed", ttl, end);
        let [first, middle @ .., last] = steps else { panic!("{steps:?}") };
        assert_eq!((*first, *last), (("zone", ttl, end), ("wildcard", None, None)));
        assert!(middle.iter().all(|step| *step == signed || *step == ("no-cut", None, None)), "{steps:?}");
        assert!(middle.contains(&signed), "{steps:?}");
    });
    // An unsigned zone below.
    let nsec = signed(&zone, "sub.test. 3600 IN NSEC x.test. NS RRSIG NSEC");
    let octets = [
        zone.keys(),
        message(name("sub.test"), Type::DS, 0, &[], &nsec),
        message(name("www.sub.test"), Type::A, 0, &records("www.sub.test. 3600 IN A 192.0.2.1"), &[]),
    ];
    assert_eq!(steps(("www.sub.test", Type::A), &zone, &octets), ["zone", "signed", "insecure"]);
}

/// Takes every key and signature: the rest is about who signs, and not about how.
struct Credulous;

impl Backend for Credulous {
    type Key = ();

    fn supports(&self, _algorithm: Algorithm) -> bool {
        true
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, _algorithm: Algorithm, _public_key: &[u8]) -> Option<()> {
        Some(())
    }

    fn verify(&self, (): &(), _signed: &[u8], _signature: &[u8]) -> bool {
        true
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Ring.nsec3_hash(name, salt, iterations)
    }
}

/// A zone that says that its key is of this algorithm, and of so many bits if that is RSA.
fn zone_of(apex: &str, algorithm: u8, bits: usize) -> Zone {
    let mut zone = Zone::new(apex);
    zone.key.rdata[3] = algorithm;
    if bits > 0 {
        zone.key.rdata.truncate(4);
        zone.key.rdata.extend([3, 1, 0, 1]);
        zone.key.rdata.extend(vec![0xFF; bits / 8]);
    }
    zone
}

/// The weakest algorithm that the answer of a zone with one key, below one with another, rests on; and whether it is weak.
fn weakest(above: (u8, usize), below: (u8, usize)) -> (u8, bool) {
    let (test, child) = (zone_of("test", above.0, above.1), zone_of("child.test", below.0, below.1));
    let of = |zone: &Zone, algorithm: u8, rrset: &[OwnedRecord]| {
        let seal = zone.sign_as(rrset, |draft| draft.algorithm = algorithm);
        message(rrset[0].owner, rrset[0].rtype, 0, &[rrset, &[seal]].concat(), &[])
    };
    let mut ds = child.ds();
    ds.rdata[2] = below.0;
    let octets = [
        of(&test, above.0, std::slice::from_ref(&test.key)),
        of(&test, above.0, &[ds]),
        of(&child, below.0, std::slice::from_ref(&child.key)),
        of(&child, below.0, &records("www.child.test. 3600 IN A 192.0.2.1")),
    ];
    judged(("www.child.test", Type::A), &test, &Credulous, Limits::default(), &octets, |verdict, _| {
        let secure = verdict.secure().unwrap_or_else(|| panic!("{verdict:?}"));
        (secure.weakest_algorithm().0, secure.is_weak())
    })
}

/// NIST SP 800-57 part 1 revision 5 tables 2 and 3; SHA-1 by what its collisions cost.
#[test]
fn the_weakest_key_is_named() {
    // From the weakest up: those of one row are as strong as one another.
    let rows: [&[(u8, usize)]; 7] = [
        &[(253, 0), (17, 0)],
        &[(5, 2048), (7, 3072)],
        &[(8, 1024), (10, 2040)],
        &[(10, 2048), (8, 3064)],
        &[(13, 0), (15, 0), (18, 0), (8, 3072), (10, 4096)],
        &[(14, 0)],
        &[(16, 0)],
    ];
    let listed = || rows.iter().enumerate().flat_map(|(row, keys)| keys.iter().map(move |key| (row, *key)));
    for (row, above) in listed() {
        for (other, below) in listed() {
            // The first one on the way, where they are alike.
            let named = if other < row { below.0 } else { above.0 };
            let weak = [above.0, below.0].iter().any(|number| [5, 7].contains(number));
            assert_eq!(weakest(above, below), (named, weak), "{above:?} above {below:?}");
        }
    }
}

/// Zones from the root down, one below the other.
fn nested(count: usize) -> (Zone, String, Vec<Vec<u8>>) {
    let apex = |depth: usize| if depth == 0 { ".".to_owned() } else { "z.".repeat(depth) };
    let zones: Vec<Zone> = (0..count).map(|depth| Zone::new(&apex(depth))).collect();
    let mut octets: Vec<Vec<u8>> = zones.iter().map(Zone::keys).collect();
    octets.extend(zones.windows(2).map(|pair| pair[0].answer(&[pair[1].ds()])));
    let host = format!("www.{}", apex(count - 1));
    octets.push(zones[count - 1].answer(&records(&format!("{host} 3600 IN A 192.0.2.1"))));
    (zones.into_iter().next().unwrap(), host, octets)
}

/// Whatever the caller allows: a verdict has room for 24.
#[test]
fn no_more_zones_than_it_can_name() {
    let of = |count: usize, zones: u32| {
        let (root, host, octets) = nested(count);
        let mut limits = Limits::default();
        limits.zones = zones;
        judged((&host, Type::A), &root, &Ring, limits, &octets, |verdict, _| match verdict.secure() {
            Some(secure) => Ok(secure.links().count()),
            None => Err(verdict.reason().and_then(Reason::resource)),
        })
    };
    assert_eq!(of(24, 24), Ok(24));
    assert_eq!(of(24, 100), Ok(24));
    assert_eq!(of(24, 23), Err(Some(Resource::Zones)));
    assert_eq!(of(25, 24), Err(Some(Resource::Zones)));
    assert_eq!(of(25, 100), Err(Some(Resource::Zones)));
}

#[test]
fn evidence_behind_a_reference_is_evidence() {
    let (test, octets) = two_children();
    let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
    fn count<E: Evidence + ?Sized>(evidence: &E) -> usize {
        (0..).map_while(|index| evidence.message(index)).count()
    }
    let slice = &evidence[..];
    assert_eq!(count::<[Message<'_>]>(slice), octets.len());
    assert_eq!(count::<&[Message<'_>]>(&slice), octets.len());
    assert_eq!(secure(("www.other.test", Type::A), &test, &octets, |secure| secure.links().count()), 2);
}
