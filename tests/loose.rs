//! Chains of RFC 9102 in which something is missing or wrong: what might have been left out makes no Bogus, and what is there and
//! does not hold does.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits, Resource};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Reason, ReasonCode, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::Question;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, name, records};

type Said = (&'static str, Option<ReasonCode>);

const SECURE: Said = ("secure", None);
const MISSING: Said = ("indeterminate", Some(ReasonCode::EvidenceMissing));
const NOT_DENIED: Said = ("bogus", Some(ReasonCode::DenialMissing));
const INVALID: Said = ("bogus", Some(ReasonCode::SignatureInvalid));

fn chain(records: &[OwnedRecord]) -> Vec<u8> {
    let wire = |record: &OwnedRecord| {
        let length = u16::try_from(record.rdata.len()).unwrap().to_be_bytes();
        let fixed = [record.rtype.0.to_be_bytes(), record.class.0.to_be_bytes()].concat();
        [record.owner.as_wire(), &fixed, &record.ttl.to_be_bytes(), &length, &record.rdata].concat()
    };
    records.iter().flat_map(wire).collect()
}

fn signed(zone: &Zone, rrset: Vec<OwnedRecord>) -> Vec<OwnedRecord> {
    let seal = zone.sign(&rrset);
    [rrset, vec![seal]].concat()
}

fn flipped(mut records: Vec<OwnedRecord>) -> Vec<OwnedRecord> {
    *records.last_mut().unwrap().rdata.last_mut().unwrap() ^= 1;
    records
}

fn judged(asked: &str, zone: &Zone, limits: Limits, parts: &[&[OwnedRecord]]) -> (Said, Option<Resource>, u32) {
    let octets = chain(&parts.concat());
    let proof = Proof::parse(&octets).unwrap();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(limits), Scratch::new());
    let (clock, backend) = (Time(NOW.into()).into(), &Ring);
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let asked = name(asked);
    let anchors = [Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()];
    let checked = proof::check(&proof, Question::new(asked.as_name(), Type::A), &anchors, &mut terms);
    let reason = checked.verdict.reason();
    let said = (checked.verdict.as_str(), reason.map(Reason::code));
    let resource = reason.and_then(Reason::resource);
    (said, resource, budget.spent().questions)
}

const WWW: &str = "www.child.test";

/// The parts of a chain for `www.child.test. A`.
struct Parts {
    test: Zone,
    answer: Vec<OwnedRecord>,
    keys: Vec<OwnedRecord>,
    ds: Vec<OwnedRecord>,
    anchored: Vec<OwnedRecord>,
    /// Something that `test.` denies, and nothing of this.
    nsec: Vec<OwnedRecord>,
    dname: Vec<OwnedRecord>,
}

impl Parts {
    fn new() -> Self {
        let (test, child) = (Zone::new("test"), Zone::new("child.test"));
        Self {
            answer: signed(&child, records("www.child.test. 3600 IN A 192.0.2.1")),
            keys: signed(&child, vec![child.key.clone()]),
            ds: signed(&test, vec![child.ds()]),
            anchored: signed(&test, vec![test.key.clone()]),
            nsec: signed(&test, records("x.test. 3600 IN NSEC z.test. A RRSIG NSEC")),
            dname: signed(&test, records("x.test. 3600 IN DNAME y.test.")),
            test,
        }
    }

    fn judge(&self, parts: &[&[OwnedRecord]]) -> Said {
        judged(WWW, &self.test, Limits::default(), parts).0
    }
}

#[test]
fn whole_chains_are_secure_in_any_order() {
    let all = Parts::new();
    let Parts { answer, keys, ds, anchored, nsec, dname, .. } = &all;
    assert_eq!(all.judge(&[answer, keys, ds, anchored]), SECURE);
    assert_eq!(all.judge(&[anchored, ds, keys, answer]), SECURE);
    assert_eq!(all.judge(&[nsec, dname, answer, keys, ds, anchored]), SECURE, "with what nobody needs");
}

#[test]
fn what_was_left_out_is_missing() {
    let all = Parts::new();
    let Parts { answer, keys, ds, anchored, nsec, dname, .. } = &all;
    for more in [&[][..], nsec, dname] {
        assert_eq!(all.judge(&[answer, keys, anchored, more]), MISSING, "the DS records; {more:?}");
        assert_eq!(all.judge(&[answer, keys, ds, more]), MISSING, "the keys of the anchor; {more:?}");
        assert_eq!(all.judge(&[answer, ds, anchored, more]), MISSING, "the keys of the zone; {more:?}");
        // Where there are denials, they should be those of the answer.
        let no_answer = if more.is_empty() || more[0].rtype != Type::NSEC { MISSING } else { NOT_DENIED };
        assert_eq!(all.judge(&[keys, ds, anchored, more]), no_answer, "the answer; {more:?}");
        assert_eq!(all.judge(&[anchored, more]), no_answer, "everything; {more:?}");
    }
}

/// An alias of other names is no answer.
#[test]
fn a_dname_elsewhere_says_nothing_of_the_apex() {
    let all = Parts::new();
    for more in [&[][..], &all.dname] {
        let (said, ..) = judged("test", &all.test, Limits::default(), &[&all.anchored, more]);
        assert_eq!(said, MISSING, "{more:?}");
    }
}

#[test]
fn what_is_there_and_does_not_hold_is_bogus() {
    let all = Parts::new();
    let Parts { answer, keys, ds, anchored, nsec, .. } = &all;
    for more in [&[][..], nsec] {
        assert_eq!(all.judge(&[answer, keys, &flipped(ds.clone()), anchored, more]), INVALID, "{more:?}");
        assert_eq!(all.judge(&[answer, &flipped(keys.clone()), ds, anchored, more]), INVALID, "{more:?}");
        assert_eq!(all.judge(&[&flipped(answer.clone()), keys, ds, anchored, more]), INVALID, "{more:?}");
        assert_eq!(all.judge(&[answer, keys, ds, &flipped(anchored.clone()), more]), INVALID, "{more:?}");
    }
}

#[test]
fn asking_the_chain_is_paid() {
    let all = Parts::new();
    let parts: [&[OwnedRecord]; 4] = [&all.answer, &all.keys, &all.ds, &all.anchored];
    let (_, _, questions) = judged(WWW, &all.test, Limits::default(), &parts);
    assert!(questions > 1);
    for allowed in 0..=questions {
        let mut limits = Limits::default();
        limits.questions = allowed;
        let (said, resource, _) = judged(WWW, &all.test, limits, &parts);
        if allowed == questions {
            assert_eq!((said, resource), (SECURE, None));
        } else {
            assert_eq!(resource, Some(Resource::Questions), "{allowed} of {questions}: {said:?}");
        }
    }
}
