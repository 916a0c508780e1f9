//! Both sides of a stream: who may say what, in whatever order.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{messages, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::binding::Authorities;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::Terms;
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::dna::{Action, Check, Delegation, Element, Need, NoProof, Offer, ProofRules, ProofType, Setup, Stream};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Message;
use proptest::prelude::*;

const URL: &str = "http://example.net/example.com.cert";

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

fn file(path: &str) -> Vec<u8> {
    std::fs::read(common::vector(&format!("dna/{path}"))).unwrap()
}

fn rules() -> ProofRules {
    ProofRules::new(Authorities::parse(&file("ca/root.pem")).unwrap())
}

fn now() -> Time {
    Time(seconds("2026-11-23T12:00:00Z"))
}

/// The answers of example.com, by question.
fn zone() -> BTreeMap<(NameBuf, u16), Vec<u8>> {
    let octets = messages("dna/p256/island.hex");
    let question =
        |octets: &Vec<u8>| Message::parse(octets).unwrap().question().map(|asked| (asked.name.to_buf(), asked.rtype.0));
    octets.into_iter().map(|octets| (question(&octets).unwrap(), octets)).collect()
}

/// What came next, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
enum Next {
    Send(Element),
    Ask(NameBuf, (NameBuf, u16)),
    Fetch(NameBuf, String),
    Decided(NameBuf, Option<String>),
    Close,
    Idle,
}

fn next(stream: &mut Stream<'_>, now: Time) -> Next {
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    match stream.next(&mut terms) {
        Action::Send(element) => Next::Send(element),
        Action::Ask(domain, question) => Next::Ask(domain, (question.name.to_buf(), question.rtype.0)),
        Action::Fetch(domain, url) => Next::Fetch(domain, url.to_string()),
        Action::Decided(domain, conclusion) => {
            Next::Decided(domain, conclusion.outcome.failure().map(|failure| failure.cause().as_str().to_string()))
        }
        Action::Close => Next::Close,
        Action::Idle => Next::Idle,
    }
}

/// Answers all questions, until something else comes.
fn asked(stream: &mut Stream<'_>) -> Next {
    let zone = zone();
    loop {
        match next(stream, now()) {
            Next::Ask(domain, question) => match zone.get(&question) {
                Some(answer) => stream.answer(&domain, answer).unwrap(),
                None => stream.unanswered(&domain),
            },
            other => return other,
        }
    }
}

fn challenge(domain: &str) -> Element {
    Element::Challenge { to: name(domain), types: vec![ProofType::dnssec_ta()] }
}

fn proof(domain: &str, url: &str) -> Element {
    Element::Proof { from: name(domain), prooftype: ProofType::dnssec_ta(), url: url.to_string() }
}

fn setup<'a>(anchors: &'a Anchors, rules: &'a ProofRules) -> Setup<'a> {
    Setup::new(name("example.net"), "xmpp-server".parse().unwrap(), anchors, rules)
}

#[test]
fn the_whole_exchange() {
    let (anchors, rules, com) = (Anchors::default(), rules(), name("example.com"));
    let mut receiving = Stream::new(setup(&anchors, &rules));
    let offer = Offer { domain: com, proofs: vec![(ProofType::dnssec_ta(), URL.to_string())] };
    let mut asserting = Stream::new(Setup { offers: vec![offer], ..setup(&anchors, &rules) });
    assert_eq!(receiving.receive(&asserting.assert(&com).unwrap()), None);
    assert!(!receiving.may_exchange(&com, now()));
    let sent = asked(&mut receiving);
    assert_eq!(sent, Next::Send(challenge("example.com")));
    let proof = asserting.receive(&challenge("example.com")).unwrap();
    assert_eq!(receiving.receive(&proof), None);
    assert_eq!(asked(&mut receiving), Next::Fetch(com, URL.to_string()));
    assert_eq!(next(&mut receiving, now()), Next::Idle, "one thing at a time");
    receiving.document(&com, &file("p256/certs/good.pem"));
    assert!(!receiving.may_exchange(&com, now()));
    assert_eq!(asked(&mut receiving), Next::Decided(com, None));
    assert!(receiving.may_exchange(&com, now()));
    let Next::Send(valid) = next(&mut receiving, now()) else { panic!() };
    assert_eq!(valid, Element::Valid { to: com });
    assert!(!asserting.is_accepted(&com));
    assert_eq!(asserting.receive(&valid), None);
    assert!(asserting.is_accepted(&com));
    assert_eq!(next(&mut receiving, now()), Next::Idle);
    // Not beyond the TTL of an hour; and not for anybody else.
    assert!(receiving.may_exchange(&com, Time(now().0 + 3600)));
    assert!(!receiving.may_exchange(&com, Time(now().0 + 3601)));
    assert!(!receiving.may_exchange(&name("sub.example.com"), now()));
    // The peer takes it back.
    let impossible = asserting.retract(&com).unwrap();
    assert_eq!(receiving.receive(&impossible), None);
    assert!(!receiving.may_exchange(&com, now()) && !asserting.is_accepted(&com));
    assert_eq!(asserting.receive(&valid), None);
    assert!(!asserting.is_accepted(&com), "taken back is taken back");
    assert_eq!(asserting.assert(&com), None);
    // Saying it again is nothing new.
    assert_eq!(receiving.receive(&Element::Assert { from: com }), None);
    assert_eq!(next(&mut receiving, now()), Next::Idle);
    receiving.retry(&com);
    assert!(matches!(next(&mut receiving, now()), Next::Ask(..)));
}

#[test]
fn a_proof_answers_its_own_challenge_and_no_other() {
    let (anchors, rules, com, sub) = (Anchors::default(), rules(), name("example.com"), name("sub.example.com"));
    let mut stream = Stream::new(setup(&anchors, &rules));
    // Too early: nobody has asked.
    assert_eq!(stream.receive(&proof("example.com", URL)), None);
    assert!(stream.expect(&com) && stream.expect(&sub), "a challenge before any assertion");
    assert_eq!(stream.receive(&proof("example.com", URL)), None);
    assert_eq!(asked(&mut stream), Next::Send(challenge("example.com")));
    assert_eq!(asked(&mut stream), Next::Send(challenge("sub.example.com")));
    assert_eq!(asked(&mut stream), Next::Idle);
    // The proof for the second answers the second challenge only.
    assert_eq!(stream.receive(&proof("sub.example.com", URL)), None);
    assert_eq!(next(&mut stream, now()), Next::Fetch(sub, URL.to_string()));
    assert_eq!(next(&mut stream, now()), Next::Idle, "the first is still open");
    // A document for a domain that waits for none is nothing.
    stream.document(&com, &file("p256/certs/good.pem"));
    assert_eq!(next(&mut stream, now()), Next::Idle);
    // The certificate of the parent under the name of the child.
    stream.document(&sub, &file("p256/certs/good.pem"));
    assert_eq!(asked(&mut stream), Next::Decided(sub, Some("certificate-other-name".to_string())));
    assert_eq!(next(&mut stream, now()), Next::Send(Element::Invalid { to: sub }));
    // A second proof for it is nothing new.
    assert_eq!(stream.receive(&proof("sub.example.com", URL)), None);
    assert_eq!(stream.receive(&Element::Assert { from: sub }), None);
    assert_eq!(next(&mut stream, now()), Next::Idle);
    assert_eq!(stream.receive(&Element::Impossible { from: com }), None);
    assert_eq!(asked(&mut stream), Next::Decided(com, Some("proof-impossible".to_string())));
    assert!(!stream.may_exchange(&com, now()) && !stream.may_exchange(&sub, now()));
}

/// The check alone: what is said before the challenge is nothing, and of what is said after it only the first counts.
#[test]
fn only_the_first_answer_to_a_challenge_counts() {
    let (anchors, rules) = (Anchors::default(), rules());
    let wanted = Delegation::new(name("example.com"), "xmpp-server".parse().unwrap(), name("example.net"));
    let run = |early: &[&str], late: &[&str]| {
        let mut check = Check::new(wanted, &anchors, &rules).unwrap();
        for octets in zone().values() {
            check.answer(octets).unwrap();
        }
        let say = |check: &mut Check<'_>, what: &str| match what {
            "no" => check.no_proof(NoProof::Impossible),
            "url" => check.proof(&ProofType::dnssec_ta(), "http://evil.example/"),
            document => check.document(&file(&format!("p256/certs/{document}"))),
        };
        early.iter().for_each(|what| say(&mut check, what));
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        let mut terms =
            Terms { clock: now().into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        loop {
            match check.step(&mut terms) {
                Need::Challenge(_) => late.iter().for_each(|what| say(&mut check, what)),
                Need::Done(conclusion) => {
                    return conclusion.outcome.failure().map_or("-", |failure| failure.cause().as_str());
                }
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(run(&[], &["good.pem"]), "-");
    assert_eq!(run(&["good.pem"], &[]), "no-proof");
    assert_eq!(run(&["expired.pem", "url", "no"], &["good.pem"]), "-");
    assert_eq!(run(&[], &["expired.pem", "good.pem"]), "certificate-expired");
    assert_eq!(run(&[], &["good.pem", "expired.pem", "no", "url"]), "-");
    assert_eq!(run(&[], &["no", "good.pem"]), "proof-impossible");
    // Where the URL may not be fetched, there is no document of it.
    assert_eq!(run(&[], &["url", "good.pem"]), "url-host");
}

#[test]
fn what_a_proof_may_not_be() {
    let (anchors, rules, com) = (Anchors::default(), rules(), name("example.com"));
    let other = ProofType::new("urn:ietf:params:dna:proof:posh").unwrap();
    let of_type = Element::Proof { from: com, prooftype: other, url: URL.to_string() };
    for (element, code) in [
        (proof("example.com", "http://evil.example/example.com.cert"), "url-host"),
        (proof("example.com", "http://user@example.net/example.com.cert"), "url-user"),
        (proof("example.com", "http://127.0.0.1/example.com.cert"), "url-host"),
        (proof("example.com", "ftp://example.net/"), "url-scheme"),
        (proof("example.com", ""), "url-malformed"),
        (of_type, "proof-type"),
    ] {
        let mut stream = Stream::new(setup(&anchors, &rules));
        assert!(stream.expect(&com));
        assert_eq!(asked(&mut stream), Next::Send(challenge("example.com")));
        assert_eq!(stream.receive(&element), None);
        assert_eq!(asked(&mut stream), Next::Decided(com, Some(code.to_string())), "{element:?}");
    }
    for (why, code) in
        [(NoProof::Silent, "no-proof"), (NoProof::NotFetched("it takes too long".to_string()), "proof-not-fetched")]
    {
        let mut stream = Stream::new(setup(&anchors, &rules));
        assert!(stream.expect(&com));
        assert_eq!(asked(&mut stream), Next::Send(challenge("example.com")));
        if matches!(why, NoProof::NotFetched(_)) {
            assert_eq!(stream.receive(&proof("example.com", URL)), None);
            assert!(matches!(asked(&mut stream), Next::Fetch(..)));
        }
        stream.no_proof(&com, why);
        assert_eq!(asked(&mut stream), Next::Decided(com, Some(code.to_string())));
    }
}

#[test]
fn the_asserting_side_proves_only_what_it_serves() {
    let (anchors, rules, com, org) = (Anchors::default(), rules(), name("example.com"), name("example.org"));
    let (kind, other) = (ProofType::dnssec_ta(), ProofType::new("urn:example:other").unwrap());
    let proofs = vec![(other.clone(), "http://example.net/other".to_string()), (kind.clone(), URL.to_string())];
    let offers = vec![Offer { domain: com, proofs }, Offer { domain: org, proofs: Vec::new() }];
    let mut stream = Stream::new(Setup { offers, ..setup(&anchors, &rules) });
    assert_eq!(stream.assert(&com), Some(Element::Assert { from: com }));
    assert_eq!(stream.assert(&name("other.example")), None);
    // `valid` out of the blue: for what is ours it is the peer's word, for anything else it is nothing.
    assert_eq!(stream.receive(&Element::Valid { to: name("bank.example") }), None);
    assert!(!stream.is_accepted(&name("bank.example")) && stream.assert(&name("bank.example")).is_none());
    assert_eq!(stream.receive(&Element::Valid { to: org }), None);
    assert!(stream.is_accepted(&org));
    // In the order of whoever asks; what is not known is skipped.
    let unknown = ProofType::new("urn:example:unknown").unwrap();
    let asked = Element::Challenge { to: com, types: vec![unknown.clone(), kind.clone(), other] };
    assert_eq!(stream.receive(&asked), Some(proof("example.com", URL)));
    assert_eq!(stream.receive(&asked), None, "one proof outstanding");
    assert_eq!(stream.receive(&Element::Invalid { to: com }), None);
    assert_eq!(stream.receive(&asked), None, "no second attempt");
    stream.offer(Offer { domain: com, proofs: vec![(kind, URL.to_string())] });
    assert_eq!(stream.receive(&asked), Some(proof("example.com", URL)), "something new");
    // What was taken back is not proved any more.
    let impossible = Some(Element::Impossible { from: com });
    assert_eq!((stream.retract(&com), stream.receive(&asked)), (impossible.clone(), impossible));
    // No type in common, or no such domain.
    for domain in [org, name("bank.example")] {
        let asked = Element::Challenge { to: domain, types: vec![unknown.clone()] };
        assert_eq!(stream.receive(&asked), Some(Element::Impossible { from: domain }));
        assert!(!stream.is_accepted(&domain));
    }
}

#[test]
fn a_client_has_one_domain_and_no_second_chance() {
    let (anchors, rules, com) = (Anchors::default(), rules(), name("example.com"));
    let mut stream = Stream::new(Setup { only: Some(com), ..setup(&anchors, &rules) });
    let other = name("sub.example.com");
    assert!(!stream.expect(&other));
    assert_eq!(stream.receive(&Element::Assert { from: other }), None);
    assert_eq!(next(&mut stream, now()), Next::Idle);
    assert!(stream.expect(&com));
    assert_eq!(asked(&mut stream), Next::Send(challenge("example.com")));
    stream.no_proof(&com, NoProof::Silent);
    assert_eq!(asked(&mut stream), Next::Decided(com, Some("no-proof".to_string())));
    assert_eq!(next(&mut stream, now()), Next::Send(Element::Invalid { to: com }));
    assert_eq!(next(&mut stream, now()), Next::Close);
    stream.retry(&com);
    assert_eq!(next(&mut stream, now()), Next::Idle, "it has ended");
    assert!(!stream.may_exchange(&com, now()) && !stream.expect(&com));
    // The server takes back the only domain that counts.
    let mut stream = Stream::new(Setup { only: Some(com), ..setup(&anchors, &rules) });
    assert!(stream.expect(&com));
    assert!(matches!(next(&mut stream, now()), Next::Ask(..)));
    assert_eq!(stream.receive(&Element::Impossible { from: com }), None);
    assert_eq!(next(&mut stream, now()), Next::Close);
}

#[test]
fn there_are_only_so_many_domains() {
    let (anchors, rules) = (Anchors::default(), rules());
    let mut stream = Stream::new(Setup { domains: 3, ..setup(&anchors, &rules) });
    for number in 0..1000 {
        let from = name(&format!("d{number}.example"));
        let said = stream.receive(&Element::Assert { from });
        assert_eq!(said, (number >= 3).then_some(Element::Invalid { to: from }));
        assert_eq!(stream.receive(&Element::Impossible { from: name(&format!("e{number}.example")) }), None);
    }
}

/// The peer, the DNS and the fetcher, doing anything at any time.
#[derive(Clone, Debug)]
enum Deed {
    Receive(u8, u8, u8),
    Next,
    Answer(u8, bool),
    Document(u8, u8),
    NoProof(u8),
    Expect(u8),
    Retry(u8),
    Retract(u8),
}

const DOMAINS: [&str; 4] = ["example.com", "sub.example.com", "inner.example.com", "nowhere.example"];
const DOCUMENTS: [&str; 5] = ["good.pem", "sub.pem", "expired.pem", "key-not-in-zone.pem", "unknown-ca.pem"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let domain = 0..u8::try_from(DOMAINS.len()).unwrap();
    let document = 0..u8::try_from(DOCUMENTS.len()).unwrap();
    let deed = prop_oneof![
        4 => (domain.clone(), 0_u8..6, 0_u8..4).prop_map(|(domain, what, how)| Deed::Receive(domain, what, how)),
        8 => Just(Deed::Next),
        4 => (domain.clone(), proptest::bool::weighted(0.9)).prop_map(|(domain, good)| Deed::Answer(domain, good)),
        3 => (domain.clone(), document).prop_map(|(domain, document)| Deed::Document(domain, document)),
        1 => domain.clone().prop_map(Deed::NoProof),
        2 => domain.clone().prop_map(Deed::Expect),
        1 => domain.clone().prop_map(Deed::Retry),
        1 => domain.prop_map(Deed::Retract),
    ];
    proptest::collection::vec(deed, 0..120)
}

/// What has to have happened before stanzas may be exchanged, kept apart from the machine.
#[derive(Default)]
struct Model {
    /// The question that is open.
    asked: BTreeMap<NameBuf, (NameBuf, u16)>,
    challenged: BTreeSet<NameBuf>,
    /// A proof came after the challenge, from where it may come.
    located: BTreeSet<NameBuf>,
    fetching: BTreeSet<NameBuf>,
    /// The certificate that stands for the domain was fetched.
    certified: BTreeSet<NameBuf>,
    succeeded: BTreeSet<NameBuf>,
}

impl Model {
    fn forget(&mut self, domain: &NameBuf) {
        for set in
            [&mut self.challenged, &mut self.located, &mut self.fetching, &mut self.certified, &mut self.succeeded]
        {
            set.remove(domain);
        }
        self.asked.remove(domain);
    }
}

/// Does it all, and holds the machine against the model. Returns how many domains were proved.
fn play(deeds: &[Deed]) -> usize {
    let (anchors, rules, zone) = (Anchors::default(), rules(), zone());
    let of = |domain: &u8| name(DOMAINS[usize::from(*domain)]);
    let offers = DOMAINS
        .iter()
        .take(2)
        .map(|domain| Offer { domain: name(domain), proofs: vec![(ProofType::dnssec_ta(), URL.to_string())] });
    let mut stream = Stream::new(Setup { offers: offers.collect(), ..setup(&anchors, &rules) });
    let (mut model, mut proved) = (Model::default(), 0);
    for deed in deeds {
        match deed {
            Deed::Receive(domain, what, how) => {
                let domain = of(domain);
                let kind = if *how == 3 { ProofType::new("urn:x:other").unwrap() } else { ProofType::dnssec_ta() };
                let url = if *how == 2 { "http://evil.example/x" } else { URL };
                let element = match what {
                    0 => Element::Assert { from: domain },
                    1 => Element::Challenge { to: domain, types: vec![kind] },
                    2 => {
                        // Only the first one counts, and only after the challenge.
                        if model.challenged.remove(&domain) && url == URL && kind == ProofType::dnssec_ta() {
                            model.located.insert(domain);
                        }
                        Element::Proof { from: domain, prooftype: kind, url: url.to_string() }
                    }
                    3 => Element::Valid { to: domain },
                    4 => Element::Invalid { to: domain },
                    _ => {
                        model.challenged.remove(&domain);
                        model.succeeded.remove(&domain);
                        Element::Impossible { from: domain }
                    }
                };
                let said = stream.receive(&element);
                if let Some(Element::Proof { from, .. }) = &said {
                    assert!(DOMAINS[..2].contains(&from.to_string().trim_end_matches('.')));
                }
            }
            Deed::Next => match next(&mut stream, now()) {
                Next::Ask(domain, question) => {
                    assert_eq!(model.asked.insert(domain, question), None, "one question at a time")
                }
                Next::Send(Element::Challenge { to, .. }) => {
                    assert!(model.challenged.insert(to), "one challenge outstanding")
                }
                Next::Send(Element::Valid { to }) => assert!(model.succeeded.contains(&to)),
                Next::Send(_) | Next::Idle => {}
                Next::Fetch(domain, url) => {
                    assert!(model.located.remove(&domain) && url == URL);
                    model.fetching.insert(domain);
                }
                Next::Decided(domain, None) => {
                    // Without an anchor of ours there is no other way.
                    assert!(model.certified.remove(&domain), "{domain} proved without a proof");
                    model.succeeded.insert(domain);
                    proved += 1;
                }
                Next::Decided(..) => {}
                Next::Close => panic!("not between servers"),
            },
            Deed::Answer(domain, good) => {
                let domain = of(domain);
                if let Some(question) = model.asked.remove(&domain) {
                    match zone.get(&question).filter(|_| *good) {
                        Some(answer) => stream.answer(&domain, answer).unwrap(),
                        None => stream.unanswered(&domain),
                    }
                }
            }
            Deed::Document(domain, document) => {
                let (domain, document) = (of(domain), DOCUMENTS[usize::from(*document)]);
                let stands = [("example.com.", "good.pem"), ("sub.example.com.", "sub.pem")];
                if model.fetching.remove(&domain) && stands.contains(&(domain.to_string().as_str(), document)) {
                    model.certified.insert(domain);
                }
                stream.document(&domain, &file(&format!("p256/certs/{document}")));
            }
            Deed::NoProof(domain) => {
                let domain = of(domain);
                model.challenged.remove(&domain);
                model.fetching.remove(&domain);
                stream.no_proof(&domain, NoProof::Silent);
            }
            Deed::Expect(domain) => assert!(stream.expect(&of(domain))),
            Deed::Retry(domain) => {
                // Only what was decided is looked at again.
                let domain = of(domain);
                let before = format!("{stream:?}");
                stream.retry(&domain);
                if format!("{stream:?}") != before {
                    model.forget(&domain);
                }
            }
            Deed::Retract(domain) => {
                stream.retract(&of(domain));
                assert!(!stream.is_accepted(&of(domain)));
            }
        }
        for domain in DOMAINS.map(name) {
            let may = stream.may_exchange(&domain, now());
            assert_eq!(may, model.succeeded.contains(&domain), "{domain} after {deed:?}");
            assert!(!stream.is_accepted(&domain) || DOMAINS[..2].iter().any(|own| name(own) == domain));
        }
    }
    proved
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn no_order_of_things_lets_a_stanza_through(deeds in deeds()) {
        play(&deeds);
    }
}

/// The control: the deeds can prove something.
#[test]
fn the_model_can_succeed() {
    let mut deeds = vec![Deed::Expect(0), Deed::Expect(1)];
    for _ in 0..8 {
        deeds.extend([
            Deed::Next,
            Deed::Answer(0, true),
            Deed::Answer(1, true),
            Deed::Receive(0, 2, 0),
            Deed::Receive(1, 2, 0),
        ]);
        deeds.extend([Deed::Next, Deed::Document(0, 0), Deed::Document(1, 1)]);
    }
    assert_eq!(play(&deeds), 2);
}

#[test]
fn types_of_the_questions() {
    // The stream asks for the SRV records of the service, and for the keys of the zone.
    let (anchors, rules, com) = (Anchors::default(), rules(), name("example.com"));
    let mut stream = Stream::new(setup(&anchors, &rules));
    assert!(stream.expect(&com));
    let Next::Ask(domain, (asked_name, rtype)) = next(&mut stream, now()) else { panic!() };
    assert_eq!((domain, asked_name, Type(rtype)), (com, name("_xmpp-server._tcp.example.com"), Type::SRV));
    assert_eq!(next(&mut stream, now()), Next::Idle);
    stream.unanswered(&com);
    assert_eq!(next(&mut stream, now()), Next::Decided(com, Some("undecided".to_string())));
}
