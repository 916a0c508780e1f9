//! The sans-IO driver against a virtual resolver.

mod common;

use std::collections::BTreeMap;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits, Resource};
use dnsproof::canon::Scratch;
use dnsproof::chain::{ReasonCode, Step, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::lookup::{AnswerError, Lookup};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;

const NOW: &str = "2026-11-23T12:00:00Z";

/// Answers from an evidence file, and keeps a record of what it was asked.
struct Resolver {
    answers: BTreeMap<String, Vec<u8>>,
    asked: Vec<String>,
}

impl Resolver {
    fn new(path: &str) -> Self {
        let octets = messages(path);
        let answers = parse(&octets)
            .iter()
            .map(|message| (message.question().unwrap().to_string(), message.octets().to_vec()))
            .collect();
        Self { answers, asked: Vec::new() }
    }
}

struct Ended {
    verdict: String,
    code: Option<ReasonCode>,
    resource: Option<Resource>,
    at: Option<String>,
    asked: Vec<String>,
    questions: u32,
    signatures: u32,
}

fn run(file: &str, name: &str, rtype: Type, limits: Limits, mut feed: impl FnMut(&mut Lookup<'_, Anchors>)) -> Ended {
    let set = file.rsplit_once('/').unwrap().0;
    let mut resolver = Resolver::new(file);
    let anchors = Anchors::parse(&read(&format!("{set}/root.ds"))).unwrap();
    let name: NameBuf = name.parse().unwrap();
    let mut lookup = Lookup::new(name, rtype, &anchors);
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(limits), Scratch::new());
    for _ in 0..100 {
        let mut terms = Terms {
            clock: Time(seconds(NOW)).into(),
            policy: &policy,
            backend: &Ring,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let asked = match lookup.step(&mut terms) {
            Step::Ask(question) => question.to_string(),
            Step::Done(verdict) => {
                let reason = verdict.reason();
                let (verdict, code) = (verdict.as_str().to_owned(), reason.map(|reason| reason.code()));
                let (resource, at) = (
                    reason.and_then(|reason| reason.resource()),
                    reason.map(|reason| format!("{} {}", reason.name(), reason.rtype())),
                );
                let spent = budget.spent();
                return Ended {
                    verdict,
                    code,
                    resource,
                    at,
                    asked: resolver.asked,
                    questions: spent.questions,
                    signatures: spent.signatures,
                };
            }
        };
        assert!(!resolver.asked.contains(&asked), "{asked} is asked twice");
        resolver.asked.push(asked.clone());
        if let Some(message) = resolver.answers.get(&asked) {
            lookup.answer(message).unwrap();
        }
        feed(&mut lookup);
    }
    panic!("it does not end");
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
//= type=test
//# security-aware resolver MUST query the name servers for the parent zone for the DS RRset if the referral includes
//# neither a DS RRset nor a NSEC RRset proving that the DS RRset does not exist
#[test]
fn asks_for_exactly_what_it_needs() {
    for set in ["p256", "rsa2048", "ed25519", "mixed"] {
        let ended = run(
            &format!("delegation/{set}/good.hex"),
            "_xmpp-server._tcp.example.com",
            Type::SRV,
            Limits::default(),
            |_| {},
        );
        assert_eq!(ended.verdict, "secure", "{set}");
        let mut asked = ended.asked;
        assert_eq!(asked[0], "_xmpp-server._tcp.example.com. SRV");
        asked.sort();
        assert_eq!(
            asked,
            [
                ". DNSKEY",
                "_xmpp-server._tcp.example.com. SRV",
                "com. DNSKEY",
                "com. DS",
                "example.com. DNSKEY",
                "example.com. DS"
            ]
        );
        assert_eq!((ended.questions, ended.signatures), (6, 6), "{set}: one check for each RRset");
    }
}

#[test]
fn takes_answers_before_it_asks() {
    let octets = messages("delegation/p256/good.hex");
    let mut fed = false;
    let ended =
        run("delegation/p256/good.hex", "_xmpp-server._tcp.example.com", Type::SRV, Limits::default(), |lookup| {
            if !std::mem::replace(&mut fed, true) {
                octets.iter().rev().for_each(|message| lookup.answer(message).unwrap());
            }
        });
    assert_eq!((ended.verdict.as_str(), ended.asked.len()), ("secure", 1), "the rest was there");
}

#[test]
fn names_the_question_that_has_no_answer() {
    for (file, missing) in [
        ("absent-srv", "_xmpp-server._tcp.example.com. SRV"),
        ("absent-ds", "example.com. DS"),
        ("absent-root", ". DNSKEY"),
    ] {
        let ended = run(
            &format!("delegation/p256/{file}.hex"),
            "_xmpp-server._tcp.example.com",
            Type::SRV,
            Limits::default(),
            |_| {},
        );
        assert_eq!(
            (ended.verdict.as_str(), ended.code),
            ("indeterminate", Some(ReasonCode::EvidenceMissing)),
            "{file}"
        );
        assert_eq!(ended.at.as_deref(), Some(missing));
        assert_eq!(ended.signatures, 0, "{file}: nothing is verified before all is in hand");
    }
}

#[test]
fn questions_are_paid() {
    let mut limits = Limits::default();
    limits.questions = 3;
    let ended = run("delegation/p256/good.hex", "_xmpp-server._tcp.example.com", Type::SRV, limits, |_| {});
    assert_eq!((ended.code, ended.resource), (Some(ReasonCode::BudgetExhausted), Some(Resource::Questions)));
    assert_eq!(ended.asked.len(), 3);
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
//= type=test
//# As with all DNS operations, however, the resolver MUST bound the work it puts into answering any particular query.
#[test]
fn every_limit_ends_in_a_clear_reason() {
    type Set = fn(&mut Limits);
    let limits: [(Set, Resource); 6] = [
        (|limits| limits.signatures = 3, Resource::Signatures),
        (|limits| limits.failed_signatures = 0, Resource::FailedSignatures),
        (|limits| limits.keys_per_tag = 0, Resource::KeysPerTag),
        (|limits| limits.digests = 1, Resource::Digests),
        (|limits| limits.records_per_set = 0, Resource::RecordsPerSet),
        (|limits| limits.zones = 2, Resource::Zones),
    ];
    for (set, resource) in limits {
        let mut limits = Limits::default();
        set(&mut limits);
        let ended = run("delegation/p256/good.hex", "_xmpp-server._tcp.example.com", Type::SRV, limits, |_| {});
        assert_eq!(
            (ended.verdict.as_str(), ended.code, ended.resource),
            ("indeterminate", Some(ReasonCode::BudgetExhausted), Some(resource))
        );
    }
}

#[test]
fn a_good_answer_replaces_a_failed_one() {
    let octets = messages("delegation/p256/good.hex");
    let srv = octets
        .iter()
        .find(|octets| parse(std::slice::from_ref(octets))[0].question().unwrap().rtype == Type::SRV)
        .unwrap()
        .clone();
    let mut failed = srv.clone();
    failed[3] = failed[3] & 0xF0 | 2;
    let mut cut = srv.clone();
    cut[2] |= 2;
    let name: NameBuf = parse(std::slice::from_ref(&srv))[0].question().unwrap().name.to_buf();
    let anchors = Anchors::parse(&read("delegation/p256/root.ds")).unwrap();
    for (first, code) in [(&failed, ReasonCode::ResponseFailed), (&cut, ReasonCode::Truncated)] {
        let mut lookup = Lookup::new(name, Type::SRV, &anchors);
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        let mut terms = Terms {
            clock: Time(seconds(NOW)).into(),
            policy: &policy,
            backend: &Ring,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        lookup.answer(first).unwrap();
        let Step::Done(verdict) = lookup.step(&mut terms) else { panic!("it has an answer") };
        assert_eq!(verdict.reason().unwrap().code(), code);
        octets.iter().for_each(|message| lookup.answer(message).unwrap());
        assert!(matches!(lookup.step(&mut terms), Step::Done(verdict) if verdict.secure().is_some()));
        // And not the other way round.
        lookup.answer(first).unwrap();
        assert!(matches!(lookup.step(&mut terms), Step::Done(verdict) if verdict.secure().is_some()));
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let anchors = Anchors::default();
    let mut lookup = Lookup::new(NameBuf::root(), Type::DNSKEY, &anchors);
    let good = messages("delegation/p256/good.hex").swap_remove(0);
    assert!(matches!(lookup.answer(&good[..20]), Err(AnswerError::Malformed(_))));
    let mut query = good.clone();
    query[2] &= 0x7F;
    assert_eq!(lookup.answer(&query), Err(AnswerError::NotAResponse));
    let mut notify = good.clone();
    notify[2] |= 4 << 3;
    assert_eq!(lookup.answer(&notify), Err(AnswerError::NotAResponse));
    assert_eq!(lookup.answer(&[0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Err(AnswerError::NotOneQuestion));
}
