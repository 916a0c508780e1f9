//! Anchors and zone cuts: who speaks for a name.

mod common;
#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::{Anchor, Anchors};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{ReasonCode, Step, Terms, Verdict};
use dnsproof::codes::{Class, Type};
use dnsproof::crypto::{Backend, Ring};
use dnsproof::lookup::Lookup;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, judge, message, name, records, renamed, with_verdict};

type Judged = (&'static str, Option<ReasonCode>);

const SECURE: Judged = ("secure", None);
const NEGATIVE: Judged = ("insecure", Some(ReasonCode::NegativeAnchor));

fn bogus(code: ReasonCode) -> Judged {
    ("bogus", Some(code))
}

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

/// `test.` and, with a DS record, `child.test.`
struct World {
    parent: Zone,
    child: Zone,
    octets: Vec<Vec<u8>>,
}

const IN_PARENT: (&str, Type) = ("www.test", Type::A);
const IN_CHILD: (&str, Type) = ("www.child.test", Type::A);

impl World {
    fn new() -> Self {
        let (parent, child) = (Zone::new("test"), Zone::new("child.test"));
        let octets = vec![
            parent.keys(),
            child.keys(),
            parent.answer(&[child.ds()]),
            parent.answer(&records("www.test. 3600 IN A 192.0.2.1")),
            child.answer(&records("www.child.test. 3600 IN A 192.0.2.2")),
        ];
        Self { parent, child, octets }
    }

    fn judge(&self, question: (&str, Type), anchors: &[Anchor<'_>]) -> Judged {
        judge(question, anchors, &self.octets)
    }

    /// The verdict on the child with another DS RRset in the parent, asked for as `answer`.
    fn with_ds(&self, answer: Vec<u8>) -> Judged {
        let mut octets = self.octets.clone();
        octets[2] = answer;
        judge(IN_CHILD, &[anchor(&self.parent)], &octets)
    }
}

/// A zone of the same name with another key.
fn wrong(zone: &Zone) -> Zone {
    let mut wrong = Zone::new("wrong");
    (wrong.apex, wrong.key.owner) = (zone.apex, zone.apex);
    wrong
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.4
//= type=test
//# A security-aware resolver MUST be capable of being configured with at least one trusted public key or DS RR and
//# SHOULD be capable of being configured with multiple trusted public keys or DS RRs.
#[test]
fn the_closest_anchor_decides() {
    let world = World::new();
    let (parent, child) = (anchor(&world.parent), anchor(&world.child));
    let (no_parent, no_child) = (wrong(&world.parent), wrong(&world.child));
    let (not_parent, not_child) = (anchor(&no_parent), anchor(&no_child));
    let mismatch = bogus(ReasonCode::AnchorMismatch);
    for anchors in [[parent, child], [child, parent]] {
        assert_eq!((world.judge(IN_PARENT, &anchors), world.judge(IN_CHILD, &anchors)), (SECURE, SECURE));
    }
    for anchors in [[parent, not_child], [not_child, parent]] {
        assert_eq!((world.judge(IN_PARENT, &anchors), world.judge(IN_CHILD, &anchors)), (SECURE, mismatch));
        assert_eq!(world.judge(("child.test", Type::DS), &anchors), SECURE, "the parent has it");
    }
    for anchors in [[not_parent, child], [child, not_parent]] {
        assert_eq!((world.judge(IN_PARENT, &anchors), world.judge(IN_CHILD, &anchors)), (mismatch, SECURE));
    }
    // RFC 4035 section 4.4: several for one zone, of which one fits.
    for anchors in [[not_child, child], [child, not_child]] {
        assert_eq!(world.judge(IN_CHILD, &anchors), SECURE);
    }
    assert_eq!(world.judge(IN_PARENT, &[child]), ("indeterminate", Some(ReasonCode::NoAnchor)));
}

#[test]
fn negative_anchors() {
    let world = World::new();
    let (parent, child) = (anchor(&world.parent), anchor(&world.child));
    let (test, part, host) = (name("test"), name("hild.test"), name("www.child.test"));
    let not_child = Anchor::negative(world.child.apex.as_name());
    // RFC 7646 section 2.1: names at and below it, none above it or beside it.
    let anchors = [parent, not_child];
    assert_eq!((world.judge(IN_PARENT, &anchors), world.judge(IN_CHILD, &anchors)), (SECURE, NEGATIVE));
    assert_eq!(world.judge(("child.test", Type::DNSKEY), &anchors), NEGATIVE);
    assert_eq!(world.judge(("child.test", Type::DS), &anchors), SECURE, "the parent has it");
    assert_eq!(world.judge(IN_CHILD, &[parent, Anchor::negative(part.as_name())]), SECURE, "no part of a label");
    assert_eq!(world.judge(IN_CHILD, &[parent, Anchor::negative(host.as_name())]), NEGATIVE, "where no zone begins");
    // A positive one further down counts again.
    let anchors = [Anchor::negative(test.as_name()), child];
    assert_eq!((world.judge(IN_PARENT, &anchors), world.judge(IN_CHILD, &anchors)), (NEGATIVE, SECURE));
    // Section 3: at one node the negative one comes first.
    for anchors in [[child, not_child], [not_child, child]] {
        assert_eq!(world.judge(IN_CHILD, &anchors), NEGATIVE);
    }
    let mut broken = World::new();
    let last = broken.octets[4].len() - 1;
    broken.octets[4][last] ^= 1;
    assert_eq!(broken.judge(IN_CHILD, &[parent]), bogus(ReasonCode::SignatureInvalid));
    assert_eq!(broken.judge(IN_CHILD, &[parent, not_child]), NEGATIVE, "that is what it is for");
}

#[test]
fn a_cut_digest_names_no_key() {
    let world = World::new();
    let good = world.child.ds();
    assert_eq!(world.with_ds(world.parent.answer(std::slice::from_ref(&good))), SECURE);
    for digest in [0, 1, 20, 31, 33] {
        let rdata: Vec<u8> = good.rdata.iter().copied().chain([0]).take(4 + digest).collect();
        let ds = OwnedRecord { rdata, ..good.clone() };
        let judged = world.with_ds(world.parent.answer(&[ds]));
        assert_eq!(judged, bogus(ReasonCode::DsMismatch), "{digest} octets");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
//= type=test
//# In this case, the resolver SHOULD treat the child zone as if it were unsigned.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.2
//= type=test
//# In brief, DS records using unknown or unsupported message digest algorithms MUST be treated the same way as DS
//# records referring to DNSKEY RRs of unknown or unsupported public key algorithms.
#[test]
fn what_does_not_count_in_a_ds() {
    let world = World::new();
    let with = |algorithm: u8, digest_type: u8| {
        let mut ds = world.child.ds();
        (ds.rdata[2], ds.rdata[3]) = (algorithm, digest_type);
        ds
    };
    let insecure = |code| ("insecure", Some(code));
    let judged = |ds: &[OwnedRecord]| world.with_ds(world.parent.answer(ds));
    // RFC 4035 section 5.2, RFC 6840 section 5.2, RFC 9905.
    for algorithm in [1, 3, 5, 6, 7, 12, 200, 253, 254] {
        let code = insecure(ReasonCode::AlgorithmUnsupported);
        assert_eq!(judged(&[with(algorithm, 2)]), code, "{algorithm}");
        assert_eq!(judged(&[with(algorithm, 2), with(15, 2)]), SECURE, "{algorithm}");
    }
    for digest_type in [0, 3, 250] {
        assert_eq!(judged(&[with(15, digest_type)]), insecure(ReasonCode::DigestUnsupported), "{digest_type}");
        assert_eq!(judged(&[with(15, digest_type), with(15, 2)]), SECURE, "{digest_type}");
    }
    assert_eq!(judged(&[with(15, 250), with(5, 2)]).0, "insecure", "each fails in its own way");
    // A zone whose DS counts but that signs with 5 or 7 only.
    for algorithm in [5, 7] {
        let answer = records("www.child.test. 3600 IN A 192.0.2.2");
        let rrsig = world.child.sign_as(&answer, |draft| draft.algorithm = algorithm);
        let mut octets = world.octets.clone();
        octets[4] = message(name("www.child.test"), Type::A, 0, &[answer, vec![rrsig]].concat(), &[]);
        let judged = judge(IN_CHILD, &[anchor(&world.parent)], &octets);
        assert_eq!(judged, bogus(ReasonCode::AlgorithmUnsupported), "{algorithm}");
    }
}

/// The signature is of the zone above, and the DS records in hand show a cut that it passed over.
#[test]
fn a_signature_across_a_cut() {
    let world = World::new();
    let address = records("www.child.test. 3600 IN A 192.0.2.2");
    let answer = [address.clone(), vec![world.parent.sign(&address)]].concat();
    let answer = message(name("www.child.test"), Type::A, 0, &answer, &[]);
    let judged = |ds: Option<OwnedRecord>| {
        let ds = ds.map(|ds| world.parent.answer(&[ds]));
        let octets: Vec<Vec<u8>> = [world.parent.keys()].into_iter().chain(ds).chain([answer.clone()]).collect();
        judge(IN_CHILD, &[anchor(&world.parent)], &octets)
    };
    assert_eq!(judged(None), SECURE, "nothing shows a cut");
    assert_ne!(judged(Some(world.child.ds())).0, "secure");
    for (at, value, code) in [(2, 200, ReasonCode::AlgorithmUnsupported), (3, 250, ReasonCode::DigestUnsupported)] {
        let mut ds = world.child.ds();
        ds.rdata[at] = value;
        assert_eq!(judged(Some(ds)), ("insecure", Some(code)));
    }
}

/// RFC 4592 section 4.6.
#[test]
fn ds_records_of_a_wildcard_mean_nothing() {
    let world = World::new();
    let answer = |ds: OwnedRecord| {
        let wild = renamed(&[ds], "*.test");
        let answer = renamed(&[wild.clone(), vec![world.parent.sign(&wild)]].concat(), "child.test");
        message(name("child.test"), Type::DS, 0, &answer, &[])
    };
    assert_eq!(world.with_ds(answer(world.child.ds())), bogus(ReasonCode::LabelsMismatch));
    let mut unsupported = world.child.ds();
    unsupported.rdata[2] = 200;
    assert_eq!(world.with_ds(answer(unsupported)), bogus(ReasonCode::LabelsMismatch), "and do not unsign a zone");
}

/// `Lookup` asks for no more DS records than signatures name zones, so it does not see a cut
/// that nothing tells of.
#[test]
fn a_zone_above_speaks_for_its_names_until_a_cut_is_seen() {
    let octets = common::messages("delegation/p256/signer-parent.hex");
    let evidence = common::parse(&octets);
    let anchors = Anchors::parse(&common::read("delegation/p256/root.ds")).unwrap();
    let run = |in_hand: bool| {
        let mut lookup = Lookup::new(name("_xmpp-server._tcp.example.com"), Type::SRV, &anchors);
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        if in_hand {
            octets.iter().for_each(|message| lookup.answer(message).unwrap());
        }
        loop {
            let (policy, backend, now) = (&policy, &Ring, Time(NOW.into()));
            let mut terms = Terms { clock: now.into(), policy, backend, budget: &mut budget, scratch: &mut scratch };
            let asked = match lookup.step(&mut terms) {
                Step::Done(verdict) => return verdict.as_str(),
                Step::Ask(question) => question.to_string(),
            };
            let found = evidence.iter().find(|message| message.question().unwrap().to_string() == asked);
            lookup.answer(found.unwrap_or_else(|| panic!("{asked} is not there")).octets()).unwrap();
        }
    };
    assert_eq!((run(false), run(true)), ("secure", "bogus"));
}

/// The NSEC3 proof that `www.test` may be an unsigned delegation: it lies where opt-out is.
fn opt_out(zone: &Zone, iterations: u16) -> Vec<u8> {
    let nsec3 = |hash: [u8; 20], next: [u8; 20], flags: u8, types: &[u8]| {
        let rdata = [&[1, flags][..], &iterations.to_be_bytes(), &[0, 20], &next, types].concat();
        let owner = name(&format!("{}.test", base32hex(&hash)));
        OwnedRecord { owner, rtype: Type::NSEC3, class: Class::IN, ttl: 3600, rdata }
    };
    let hash = |text: &str| Ring.nsec3_hash(name(text).as_wire(), &[], iterations).unwrap();
    let beside = |mut hash: [u8; 20], up: bool| {
        hash[19] = if up { hash[19].wrapping_add(1) } else { hash[19].wrapping_sub(1) };
        hash
    };
    let (apex, www) = (hash("test"), hash("www.test"));
    // The types are NS SOA RRSIG DNSKEY.
    let encloser = nsec3(apex, beside(apex, true), 0, &[0, 7, 0x22, 0, 0, 0, 0, 2, 0x80]);
    let cover = nsec3(beside(www, false), beside(www, true), 1, &[]);
    let authority: Vec<OwnedRecord> =
        [encloser, cover].into_iter().flat_map(|nsec3| [nsec3.clone(), zone.sign(&[nsec3])]).collect();
    message(name("www.test"), Type::DS, 0, &[], &authority)
}

fn base32hex(octets: &[u8; 20]) -> String {
    let bit = |index: usize| u32::from(octets[index / 8] >> (7 - index % 8) & 1);
    let digit = |index: usize| (0..5).fold(0, |value, offset| value << 1 | bit(index * 5 + offset));
    (0..32).map(|index| char::from_digit(digit(index), 32).unwrap()).collect()
}

#[test]
fn opt_out_that_nobody_needed() {
    let zone = Zone::new("test");
    let address = records("www.test. 3600 IN A 192.0.2.1");
    let judged = |denial: Vec<u8>, signed: bool| {
        let answer = [address.clone(), if signed { vec![zone.sign(&address)] } else { vec![] }].concat();
        let answer = message(name("www.test"), Type::A, 0, &answer, &[]);
        judge(IN_PARENT, &[anchor(&zone)], &[zone.keys(), denial, answer])
    };
    assert_eq!(judged(opt_out(&zone, 0), true), SECURE, "the signature says whose it is");
    assert_eq!(judged(opt_out(&zone, 0), false), ("insecure", Some(ReasonCode::OptOut)));
    assert_eq!(judged(opt_out(&zone, 51), true), SECURE);
    assert_eq!(judged(opt_out(&zone, 51), false), ("insecure", Some(ReasonCode::Nsec3Iterations)));
    assert_eq!(judged(opt_out(&zone, 501), true), SECURE);
    assert_eq!(judged(opt_out(&zone, 501), false), bogus(ReasonCode::Nsec3Iterations));
    let policy = Policy::standard().with_nsec3_iterations(51, 51);
    let octets = [zone.keys(), opt_out(&zone, 51), message(name("www.test"), Type::A, 0, &address, &[])];
    with_verdict(IN_PARENT, &[anchor(&zone)], &policy, NOW.into(), &octets, |verdict| {
        let Verdict::Insecure(reason) = verdict else { panic!("{verdict:?}") };
        assert_eq!(reason.code(), ReasonCode::OptOut, "the policy decides how many iterations count");
    });
}

//= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
//= type=test
//# Validating resolvers that choose to ignore a response with an unsupported iteration count (and that do not validate
//# the signature) MUST NOT return this EDE option.
//= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
//= type=test
//# SHOULD return an Extended DNS Error (EDE) [RFC8914] EDNS0 option of value 27.
/// RFC 9276 section 3.2, RFC 8914: the extended error says it only where the signature holds.
#[test]
fn iterations_in_extended_errors() {
    let zone = Zone::new("test");
    let answer = message(name("www.test"), Type::A, 0, &records("www.test. 3600 IN A 192.0.2.1"), &[]);
    for (iterations, expected) in [(51, "insecure"), (501, "bogus")] {
        let evidence = |denial: Vec<u8>| [zone.keys(), denial, answer.clone()];
        let ede = |denial: Vec<u8>| {
            let policy = Policy::standard();
            with_verdict(IN_PARENT, &[anchor(&zone)], &policy, NOW.into(), &evidence(denial), |verdict| {
                (verdict.as_str(), verdict.reason().unwrap().code().ede().0)
            })
        };
        assert_eq!(ede(opt_out(&zone, iterations)), (expected, 27));
        let (verdict, code) = ede(opt_out(&wrong(&zone), iterations));
        assert!(verdict == "bogus" && code != 27, "{verdict} {code}");
    }
}
