//! Which provider, at which endpoint, the proved SRV records confirm.

mod common;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms, Verdict};
use dnsproof::codes::{Ede, Type};
use dnsproof::crypto::Ring;
use dnsproof::delegation::{self, Endpoint, FailCode, Outcome, Request, Service};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

/// Asks for the SRV records of `service`, and lets `read` look at the verdict.
fn with_verdict<T>(file: &str, anchors: &Anchors, service: &str, read: impl FnOnce(&Verdict<'_>) -> T) -> T {
    let octets = messages(&format!("delegation/p256/{file}.hex"));
    let evidence: Vec<Message<'_>> = parse(&octets);
    let service: Service = service.parse().unwrap();
    let srv_name = service.srv_name(&name("example.com").as_name()).unwrap();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let now = Time(seconds("2026-11-23T12:00:00Z"));
    let mut terms =
        Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let question = Question::new(srv_name.as_name(), Type::SRV);
    read(&chain::verify(question, anchors, &evidence[..], &mut terms))
}

fn anchors() -> Anchors {
    Anchors::parse(&read("delegation/p256/root.ds")).unwrap()
}

/// The code of the failure, or `None` on success; and the step.
fn check(
    service: &str,
    provider: &str,
    endpoint: Option<(&str, Option<u16>)>,
    accept_parent: bool,
) -> (Option<FailCode>, u8) {
    let (source, provider) = (name("example.com"), name(provider));
    let host = endpoint.map(|(host, port)| (name(host), port));
    let endpoint = host.as_ref().map(|(host, port)| Endpoint { host: host.as_name(), port: *port });
    let request = Request { source: source.as_name(), provider: provider.as_name(), endpoint, accept_parent };
    with_verdict("good", &anchors(), service, |verdict| {
        assert!(verdict.secure().is_some());
        let outcome = delegation::check(verdict, &request);
        assert_eq!(outcome.is_success(), outcome.failure().is_none());
        (outcome.failure().map(delegation::Failure::code), outcome.step())
    })
}

#[test]
fn the_provider_is_one_of_the_targets() {
    let not = (Some(FailCode::ProviderNotATarget), 7);
    for (service, provider, expected) in [
        ("xmpp-server", "example.net", (None, 8)),
        ("xmpp-server", "EXAMPLE.net.", (None, 8)),
        ("_matrix._tcp", "matrix.example.net", (None, 8)),
        ("_sip._tcp", "sip1.example.net", (None, 8)),
        ("_sip._tcp", "sip2.example.net", (None, 8)),
        ("_sip._tcp", "sip3.example.net", not),
        ("_sip._tcp", "example.net", not),
        ("xmpp-server", "net", not),
        ("xmpp-server", "xmpp.example.net", not),
        ("xmpp-server", "badexample.net", not),
        ("xmpp-server", "example.org", not),
        // Whoever is the source itself needs no delegation to another.
        ("xmpp-server", "example.com", (None, 8)),
    ] {
        assert_eq!(check(service, provider, None, false), expected, "{service} {provider}");
    }
}

#[test]
fn the_endpoint_decides_among_several_targets() {
    let other = (Some(FailCode::ProviderNotTheEndpoint), 7);
    let none = (Some(FailCode::EndpointNotATarget), 7);
    for (provider, host, port, expected) in [
        ("sip1.example.net", "sip1.example.net", None, (None, 8)),
        ("sip1.example.net", "SIP1.example.net", Some(5060), (None, 8)),
        ("sip1.example.net", "sip1.example.net", Some(5070), none),
        ("sip1.example.net", "sip2.example.net", None, other),
        ("sip2.example.net", "sip2.example.net", Some(5070), (None, 8)),
        ("sip1.example.net", "sip3.example.net", None, none),
    ] {
        assert_eq!(check("_sip._tcp", provider, Some((host, port)), false), expected, "{provider} at {host} {port:?}");
    }
}

#[test]
fn a_parent_counts_only_if_the_caller_says_so() {
    let not = (Some(FailCode::ProviderNotATarget), 7);
    assert_eq!(check("_sip._tcp", "example.net", None, false), not);
    assert_eq!(check("_sip._tcp", "example.net", None, true), (None, 8));
    assert_eq!(check("_sip._tcp", "net", None, true), not, "not two levels up");
    assert_eq!(check("xmpp-server", "net", None, true), not, "never a top-level domain");
    assert_eq!(check("xmpp-server", "xmpp.example.net", None, true), not, "never a child");
    let other = (Some(FailCode::ProviderNotTheEndpoint), 7);
    assert_eq!(check("_sip._tcp", "example.org", Some(("sip1.example.net", None)), true), other);
    assert_eq!(check("_sip._tcp", "example.net", Some(("sip1.example.net", None)), true), (None, 8));
}

#[test]
fn a_service_that_is_not_offered_has_no_provider() {
    for provider in ["example.net", "example.com", "."] {
        for accept_parent in [false, true] {
            assert_eq!(
                check("_imap._tcp", provider, None, accept_parent),
                (Some(FailCode::NotOffered), 7),
                "{provider}"
            );
        }
    }
}

#[test]
fn records_of_another_source_prove_nothing() {
    for source in ["example.org", "com", "_tcp.example.com", "_xmpp-server._tcp.example.com", "."] {
        let (source, provider) = (name(source), name("example.net"));
        let request = Request::new(source.as_name(), provider.as_name());
        with_verdict("good", &anchors(), "xmpp-server", |verdict| {
            let outcome = delegation::check(verdict, &request);
            assert_eq!(outcome.failure().map(delegation::Failure::code), Some(FailCode::OtherAnswer), "{source}");
        });
    }
}

//= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
//= type=test
//# SRV is insecure: The reference identifiers SHALL include the service domain name and MUST NOT include the SRV target
//# server hostname (e.g., include "im.example.com" but not "xmpp23.hosting.example.net").
#[test]
fn without_a_proof_the_reason_is_told() {
    let (source, provider) = (name("example.com"), name("example.net"));
    let request = Request::new(source.as_name(), provider.as_name());
    let run = |file: &str, anchors: &Anchors| {
        with_verdict(file, anchors, "xmpp-server", |verdict| match delegation::check(verdict, &request) {
            Outcome::Success(_) => panic!("{file} is confirmed"),
            Outcome::Fail(failure) => {
                let events: Vec<u8> = delegation::check(verdict, &request).events().map(|event| event.step).collect();
                assert_eq!(events, [1, 2, 3, 4]);
                (failure.step(), failure.code(), failure.reason().map(|reason| reason.code()))
            }
        })
    };
    assert_eq!(run("forged-target", &anchors()), (4, FailCode::Bogus, Some(ReasonCode::SignatureInvalid)));
    assert_eq!(run("expired", &anchors()), (4, FailCode::Bogus, Some(ReasonCode::SignatureExpired)));
    let challenge = FailCode::Unproved;
    assert_eq!(run("absent-srv", &anchors()), (4, challenge, Some(ReasonCode::EvidenceMissing)));
    let elsewhere =
        Anchors::parse("example.org. DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF")
            .unwrap();
    assert_eq!(run("good", &elsewhere), (4, challenge, Some(ReasonCode::NoAnchor)));
}

/// What a caller is told of each outcome: the steps in words, the records, and the sentence.
#[test]
fn what_is_told_of_an_outcome() {
    let told = |file: &str, provider: &str| {
        let (source, provider) = (name("example.com"), name(provider));
        let request = Request::new(source.as_name(), provider.as_name());
        with_verdict(file, &anchors(), "xmpp-server", |verdict| {
            let outcome = delegation::check(verdict, &request);
            let words: Vec<&str> = outcome.events().map(|event| event.what()).collect();
            let failed: Vec<u8> = outcome.events().filter(|event| event.failed).map(|event| event.step).collect();
            let text = match outcome {
                Outcome::Success(success) => success.answer().unwrap().owner().to_string(),
                Outcome::Fail(failure) => failure.to_string(),
            };
            (words.join(", "), failed, text)
        })
    };
    let begin = "the service that is wanted, look up its SRV records, validate them under the caller's own anchors";
    let matching = format!("{begin}, match the targets against the provider");
    let confirmed = (format!("{matching}, delegation confirmed"), vec![], "_xmpp-server._tcp.example.com.".to_string());
    assert_eq!(told("good", "example.net"), confirmed);
    let refused = (matching, vec![7], "the provider is no target of the SRV records".to_string());
    assert_eq!(told("good", "example.org"), refused);
    let (words, failed, text) = told("forged-target", "example.net");
    assert_eq!((words, failed), (format!("{begin}, challenge the peer where no anchor reaches"), vec![4]));
    assert!(text.starts_with("the SRV records are bogus: "), "{text}");
}

/// Words for programs, the clauses behind them, and the extended error that says the same (RFC 8914).
#[test]
fn words_clauses_and_extended_errors() {
    for (code, word, rfc, ede) in [
        (FailCode::Bogus, "bogus", "7673#3.1", Ede::DNSSEC_BOGUS),
        (FailCode::Unproved, "unproved", "7673#4.1", Ede::DNSSEC_INDETERMINATE),
        (FailCode::EndpointNotATarget, "endpoint-not-a-target", "7673#4.1", Ede::OTHER),
        (FailCode::NoRecords, "no-records", "6120#3.2.2", Ede::OTHER),
        (FailCode::NotOffered, "not-offered", "2782", Ede::OTHER),
        (FailCode::OtherAnswer, "other-answer", "2782", Ede::OTHER),
        (FailCode::ProviderNotATarget, "provider-not-a-target", "7673#4.1", Ede::OTHER),
        (FailCode::ProviderNotTheEndpoint, "provider-not-the-endpoint", "7673#4.1", Ede::OTHER),
    ] {
        assert_eq!((code.as_str(), code.to_string().as_str(), code.rfc(), code.ede()), (word, word, rfc, ede));
    }
}

/// Proof that there are no SRV records: nothing is delegated, and only the source itself is left.
#[test]
fn without_records_only_the_source_itself() {
    let check = |file: &str, service: &str, provider: &str| {
        let (source, provider) = (name("example.com"), name(provider));
        let request = Request::new(source.as_name(), provider.as_name());
        with_verdict(file, &anchors(), service, |verdict| {
            assert!(verdict.secure().is_some_and(|secure| secure.answer().is_none()), "{verdict:?}");
            let outcome = delegation::check(verdict, &request);
            if let Outcome::Success(success) = &outcome {
                assert!(success.answer().is_none());
            }
            (outcome.failure().map(delegation::Failure::code), outcome.step())
        })
    };
    assert_eq!(check("more", "_nothing._tcp", "example.net"), (Some(FailCode::NoRecords), 7));
    assert_eq!(check("more", "_nothing._tcp", "example.com"), (None, 8));
}

/// Aliases lead to the records; the name that was asked for stays the source's (RFC 7673
/// section 3.1).
#[test]
fn an_alias_on_the_way_is_followed() {
    let (source, provider, other) = (name("example.com"), name("example.net"), name("example.org"));
    with_verdict("more", &anchors(), "_jabber._tcp", |verdict| {
        assert_eq!(verdict.secure().unwrap().aliases().count(), 1);
        let request = |provider: &NameBuf| {
            delegation::check(verdict, &Request::new(source.as_name(), provider.as_name())).is_success()
        };
        assert!(request(&provider) && !request(&other));
    });
}
