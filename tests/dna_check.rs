//! One check by itself: the steps that it passes, what it tells about them, and what it holds on to.

mod common;

use common::build::Response;
use common::{messages, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::binding::Authorities;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{ReasonCode, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::delegation::{FailCode, targets};
use dnsproof::dna::{
    Cause, Check, Conclusion, Delegation, Event, Failure, Need, NoProof, Outcome, ProofRules, ProofType,
};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::Message;
use dnsproof::zonefile::{self, OwnedRecord};

const URL: &str = "http://example.net/example.com.cert";

fn file(path: &str) -> Vec<u8> {
    std::fs::read(common::vector(&format!("dna/{path}"))).unwrap()
}

fn rules() -> ProofRules {
    ProofRules::new(Authorities::parse(&file("ca/root.pem")).unwrap())
}

fn anchors(name: &str) -> Anchors {
    Anchors::parse(&read(&format!("dna/p256/{name}"))).unwrap()
}

fn delegation(source: &str, service: &str, provider: &str) -> Delegation {
    Delegation::new(source.parse().unwrap(), service.parse().unwrap(), provider.parse().unwrap())
}

fn step<'c>(check: &'c mut Check<'_>) -> Need<'c> {
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let clock = Time(seconds("2026-11-23T12:00:00Z")).into();
    let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    check.step(&mut terms)
}

/// Goes to the end. `URL>file`: the peer says that its proof is at the URL, and the file is there; `file`: it is handed over
/// without a URL; nothing: the peer is silent.
fn concluded<T>(
    wanted: Delegation,
    anchors: &Anchors,
    answers: &str,
    proof: &str,
    read: impl FnOnce(&Conclusion<'_>) -> T,
) -> T {
    let rules = rules();
    let mut check = Check::new(wanted, anchors, &rules).unwrap();
    for message in messages(&format!("dna/p256/{answers}.hex")) {
        check.answer(&message).unwrap();
    }
    let (url, document) = proof.split_once('>').unwrap_or(("", proof));
    loop {
        match step(&mut check) {
            Need::Ask(_) => {}
            Need::Challenge(_) if !url.is_empty() => check.proof(&ProofType::dnssec_ta(), url),
            Need::Challenge(_) | Need::Fetch(_) if document.is_empty() => check.no_proof(NoProof::Silent),
            Need::Challenge(_) | Need::Fetch(_) => check.document(&file(&format!("p256/certs/{document}.pem"))),
            Need::Done(conclusion) => return read(&conclusion),
        }
    }
}

/// The words of the steps, and `!` behind the one that failed.
fn words(events: &[Event]) -> String {
    let word = |event: &Event| format!("{}{}", event.as_str(), if event.failed { "!" } else { "" });
    events.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Each way through the eight steps. Only where no anchor of the caller's reaches are there steps 4 to 6, and step 5 only
/// where the peer came with something.
#[test]
fn every_way_through_the_steps() {
    let (none, root) = (Anchors::default(), anchors("root.ds"));
    for (anchors, answers, provider, proof, expected, cause) in [
        (&root, "secure", "example.net", "", "wanted looked-up judged matched confirmed", None),
        (&root, "secure", "evil.example", "", "wanted looked-up judged matched!", Some((7, "provider-not-a-target"))),
        (&root, "bogus", "example.net", "", "wanted looked-up judged challenged!", Some((4, "bogus"))),
        (&none, "island", "example.net", "", "wanted looked-up judged challenged judged-again!", Some((6, "no-proof"))),
        (
            &none,
            "island",
            "example.net",
            "http://evil.example/>good",
            "wanted looked-up judged challenged certified judged-again!",
            Some((6, "url-host")),
        ),
        (
            &none,
            "island",
            "example.net",
            "expired",
            "wanted looked-up judged challenged certified judged-again!",
            Some((6, "certificate-expired")),
        ),
        (
            &none,
            "island",
            "evil.example",
            "good",
            "wanted looked-up judged challenged certified judged-again matched!",
            Some((7, "provider-not-a-target")),
        ),
        (
            &none,
            "island",
            "example.net",
            "good",
            "wanted looked-up judged challenged certified judged-again matched confirmed",
            None,
        ),
        (
            &none,
            "island",
            "example.net",
            "http://example.net/example.com.cert>good",
            "wanted looked-up judged challenged certified judged-again matched confirmed",
            None,
        ),
    ] {
        concluded(delegation("example.com", "xmpp-server", provider), anchors, answers, proof, |conclusion| {
            assert_eq!(words(&conclusion.events()), expected, "{answers} {provider} {proof:?}");
            let failure = conclusion.outcome.failure();
            assert_eq!(failure.map(|failure| (failure.step(), failure.cause().as_str())), cause);
            assert_eq!(failure.map_or(8, Failure::step), conclusion.outcome.step());
        });
    }
}

/// Where the peer said that its proof is, whatever came of it.
#[test]
fn the_place_of_the_proof_is_told() {
    let none = Anchors::default();
    let place = |proof: &str| {
        let wanted = delegation("example.com", "xmpp-server", "example.net");
        concluded(wanted, &none, "island", proof, |conclusion| {
            (conclusion.url.map(ToString::to_string), conclusion.outcome.is_success())
        })
    };
    let url = Some(URL.to_string());
    assert_eq!(place(&format!("{URL}>good")), (url.clone(), true));
    assert_eq!(place(&format!("{URL}>expired")), (url, false));
    let evil = "http://evil.example/x";
    assert_eq!(place(&format!("{evil}>good")), (Some(evil.to_string()), false));
    assert_eq!(place("good"), (None, true));
}

/// The clause behind each cause, and what validation had to say where it decided.
#[test]
fn causes_and_their_reasons() {
    let (none, root) = (Anchors::default(), anchors("root.ds"));
    let told = |source: &str, anchors: &Anchors, answers: &str, provider: &str, proof: &str| {
        concluded(delegation(source, "xmpp-server", provider), anchors, answers, proof, |conclusion| {
            let cause = conclusion.outcome.failure().unwrap().cause();
            let reason = cause.reason().map(|reason| reason.code());
            // What validation said has its own clause; that nothing proves the records is RFC 7673's.
            let rfc = match (cause, reason) {
                (Cause::Unproved(_), _) | (_, None) => cause.rfc(),
                (_, Some(code)) => {
                    assert_eq!(cause.rfc(), code.rfc());
                    "of the reason"
                }
            };
            (cause.as_str(), rfc, reason)
        })
    };
    let (com, net) = ("example.com", "example.net");
    let of_reason = |word, code| (word, "of the reason", Some(code));
    assert_eq!(told(com, &root, "bogus", net, "good"), of_reason("bogus", ReasonCode::SignatureInvalid));
    assert_eq!(told(com, &root, "no-parent", net, "good"), of_reason("undecided", ReasonCode::EvidenceMissing));
    assert_eq!(told("out.example.com", &root, "secure", net, "out"), of_reason("insecure", ReasonCode::NoDs));
    let unproved = ("unproved", "7673#4.1", Some(ReasonCode::SignatureInvalid));
    assert_eq!(told(com, &root, "srv-forged", net, "good"), unproved);
    assert_eq!(told(com, &none, "island", net, ""), ("no-proof", "7673#4.1", None));
    assert_eq!(told(com, &none, "island", net, "http://evil.example/>"), ("url-host", "3986#3.2", None));
    assert_eq!(told(com, &none, "island", net, "expired"), ("certificate-expired", "5280#6.1.3", None));
    assert_eq!(told(com, &root, "secure", "evil.example", ""), ("provider-not-a-target", "7673#4.1", None));
}

/// A code of a delegation as a cause: the same word, clause and extended error, and a sentence.
#[test]
fn the_codes_of_a_delegation_as_causes() {
    for (code, text) in [
        (FailCode::Bogus, "the SRV records are bogus"),
        (FailCode::Unproved, "no anchor proves the SRV records"),
        (FailCode::EndpointNotATarget, "the endpoint is not a target of the SRV records"),
        (FailCode::NoRecords, "the source has no SRV records: it delegates to nobody"),
        (FailCode::NotOffered, "the SRV records say that the service is not offered"),
        (FailCode::OtherAnswer, "what was proved is no SRV record of the source"),
        (FailCode::ProviderNotATarget, "the provider is no target of the SRV records"),
        (FailCode::ProviderNotTheEndpoint, "the provider is not the target that the endpoint belongs to"),
    ] {
        let cause = Cause::Delegation(code);
        assert_eq!((cause.as_str(), cause.rfc(), cause.ede()), (code.as_str(), code.rfc(), code.ede()));
        assert_eq!(cause.to_string(), text);
    }
}

/// The SRV records that a confirmation rests on; and none where it is proved that there are none, and the source serves
/// itself (RFC 6120 section 3.2.2).
#[test]
fn what_a_confirmation_rests_on() {
    let none = Anchors::default();
    let told = |service: &str, provider: &str| {
        concluded(delegation("example.com", service, provider), &none, "island", "good", |conclusion| {
            let names = |answer| targets(&answer).map(|srv| srv.target.to_string()).collect::<Vec<_>>();
            match conclusion.outcome {
                Outcome::Success(success) => Ok(success.answer().map(names)),
                Outcome::Fail(failure) => Err(failure.cause().as_str()),
            }
        })
    };
    assert_eq!(told("xmpp-server", "example.net"), Ok(Some(vec!["example.net.".to_string()])));
    // The zone signs the denial, whose records are not at or above the name that is asked for.
    assert_eq!(told("_smtp._tcp", "example.com"), Ok(None));
    assert_eq!(told("_smtp._tcp", "example.net"), Err("no-records"));
}

/// Where the caller knows no endpoint, a proof may be at the provider and at the targets; the root is no target.
#[test]
fn a_proof_may_be_at_a_target() {
    let (none, rules) = (Anchors::default(), rules());
    let said = |service: &str, url: &str| {
        let mut check = Check::new(delegation("example.com", service, "provider.example"), &none, &rules).unwrap();
        for message in messages("dna/p256/island.hex") {
            check.answer(&message).unwrap();
        }
        assert!(matches!(step(&mut check), Need::Challenge(_)));
        check.proof(&ProofType::dnssec_ta(), url);
        match step(&mut check) {
            Need::Fetch(url) => url.to_string(),
            Need::Done(conclusion) => conclusion.outcome.failure().unwrap().to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(said("xmpp-server", URL), URL);
    let elsewhere = "the proof is at \"evil.example\", which is not the provider's: provider.example. example.net.";
    assert_eq!(said("xmpp-server", "http://evil.example/"), elsewhere);
    let not_offered = "the proof is at \"example.net\", which is not the provider's: provider.example.";
    assert_eq!(said("_imap._tcp", URL), not_offered);
}

/// The zone whose keys are asked for is the one that signs the records, or that there are none. RFC 5155 section 3: an NSEC3
/// record lies below the zone, and not above the name. What is signed in an answer for other names says nothing.
#[test]
fn the_zone_is_told_by_the_signatures() {
    let (none, rules) = (Anchors::default(), rules());
    let rrsig = |owner: &str, covers: &str, signer: &str| {
        let text = format!("{owner} RRSIG {covers} 13 3 900 20261231000000 20261101000000 1 {signer} AQ==");
        zonefile::parse(&text, None).unwrap()
    };
    let zone_after = |answer: Vec<OwnedRecord>, authority: Vec<OwnedRecord>| {
        let mut check = Check::new(delegation("example.com", "_smtp._tcp", "example.net"), &none, &rules).unwrap();
        let response = Response::new(check.srv_name().to_buf(), Type::SRV);
        check.answer(&Response { rcode: 3, sections: [answer, authority, Vec::new()], ..response }.encode()).unwrap();
        assert!(matches!(step(&mut check), Need::Challenge(_)));
        check.document(&file("p256/certs/good.pem"));
        match step(&mut check) {
            Need::Ask(question) => question.to_string(),
            Need::Done(conclusion) => conclusion.outcome.failure().unwrap().cause().as_str().to_string(),
            other => panic!("{other:?}"),
        }
    };
    let denial = || rrsig("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.com.", "NSEC3", "example.com.");
    let stray = rrsig("_smtp._tcp.example.net.", "SRV", "example.net.");
    assert_eq!(zone_after(Vec::new(), denial()), "example.com. DNSKEY");
    assert_eq!(zone_after(stray.clone(), denial()), "example.com. DNSKEY");
    assert_eq!(zone_after(stray, Vec::new()), "zone-unsigned");
}

/// Another server is tried: everything is asked for once more, and the peer is not.
#[test]
fn what_is_forgotten_is_asked_for_again() {
    let (none, rules) = (Anchors::default(), rules());
    let octets = messages("dna/p256/island.hex");
    let answer = |asked: (NameBuf, Type)| {
        let question = |octets: &&Vec<u8>| {
            Message::parse(octets)
                .unwrap()
                .question()
                .is_some_and(|question| (question.name.to_buf(), question.rtype) == asked)
        };
        octets.iter().find(question).unwrap()
    };
    let mut check = Check::new(delegation("example.com", "xmpp-server", "example.net"), &none, &rules).unwrap();
    let run = |check: &mut Check<'_>| {
        let mut order = Vec::new();
        loop {
            let asked = match step(check) {
                Need::Ask(question) => (question.name.to_buf(), question.rtype),
                Need::Challenge(_) => {
                    order.push("challenge".to_string());
                    check.document(&file("p256/certs/good.pem"));
                    continue;
                }
                Need::Fetch(url) => panic!("{url}"),
                Need::Done(conclusion) => {
                    assert!(conclusion.outcome.is_success());
                    return order;
                }
            };
            order.push(asked.1.to_string());
            check.answer(answer(asked)).unwrap();
        }
    };
    assert_eq!(run(&mut check), ["SRV", "challenge", "DNSKEY"]);
    assert_eq!(run(&mut check), [""; 0]);
    let taken = check.messages().map(|message| message.question().unwrap().rtype);
    assert_eq!(taken.collect::<Vec<_>>(), [Type::SRV, Type::DNSKEY]);
    check.forget();
    assert_eq!(check.messages().count(), 0);
    assert_eq!(run(&mut check), ["SRV", "DNSKEY"]);
}

/// A certificate never overrules a chain that the caller's anchors may reach: what the clock leaves open, nobody else decides.
#[test]
fn an_anchor_in_doubt_is_not_out_of_reach() {
    let (now, rules) = (seconds("2026-11-23T12:00:00Z"), rules());
    let by = |own: &Anchors| {
        let mut check = Check::new(delegation("example.com", "xmpp-server", "example.net"), own, &rules).unwrap();
        for message in messages("dna/p256/island.hex") {
            check.answer(&message).unwrap();
        }
        let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
        let clock = Clock::between(Time(now), Time(now + 2));
        let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        loop {
            match check.step(&mut terms) {
                Need::Ask(_) => {}
                Need::Challenge(_) | Need::Fetch(_) => check.document(&file("p256/certs/good.pem")),
                Need::Done(conclusion) => match conclusion.outcome.failure() {
                    None => return "success",
                    Some(failure) => return failure.cause().as_str(),
                },
            }
        }
    };
    let said = |from, until| by(&anchors("root.ds").valid(Time(from), Time(until)));
    // It holds, or may have ended, or may not have begun.
    for (from, until) in
        [(now, now + 2), (0, now + 1), (0, now), (now + 1, now + 9), (now + 2, now + 9), (now + 1, now + 1)]
    {
        assert_eq!(said(from, until), "undecided", "{} {}", from.wrapping_sub(now), until - now);
    }
    // It has ended or not begun, or does neither ever: there is none.
    for (from, until) in [(0, now - 1), (now + 3, now + 9), (now + 2, now)] {
        assert_eq!(said(from, until), "success");
    }
    // One that has ended stands in the way of one above; whoever has a certificate does not come by both.
    let ended = |zone: &str| {
        let ds = format!("{zone} DS 1 13 2 {}", "00".repeat(32));
        Anchors::parse(&ds).unwrap().valid(Time(0), Time(now - 1))
    };
    assert_eq!(by(&ended("example.com.").union(&anchors("root.ds"))), "undecided");
    assert_eq!(by(&ended("com.").union(&anchors("root.ds"))), "undecided");
    assert_eq!(by(&ended("example.com.").union(&ended("com."))), "success");
}
