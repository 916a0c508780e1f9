//! Certificates and keys, beside the table of `vectors/dna`: clocks, lists of CAs, forms of keys.

mod common;

use common::{messages, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::binding::{Authorities, Certified, PublicKey, Refusal, RefusalCode, Rules, Wanted, certify};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms};
use dnsproof::codes::{Algorithm, Type};
use dnsproof::crypto::{Ring, RsaKey};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::{Message, Question, Section};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(common::vector(&format!("dna/{path}"))).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn at(text: &str) -> Time {
    Time(seconds(text))
}

fn root() -> Authorities {
    Authorities::parse(&file("ca/root.pem")).unwrap()
}

fn certified(proof: &str, authorities: &Authorities, clock: Clock) -> Result<Certified, Refusal> {
    let source: NameBuf = "example.com".parse().unwrap();
    let wanted = Wanted { source: source.as_name(), service: None };
    certify(&file(proof), &wanted, authorities, clock, &Rules::standard())
}

/// The certificate is valid from June 2026 to June 2027.
#[test]
fn a_path_has_to_hold_whatever_the_time_is() {
    let good = |clock| certified("p256/certs/good.pem", &root(), clock).map(|_| ()).map_err(|refusal| refusal.code());
    let (begin, end) = (at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
    let after = Time(end.0 + 1);
    for (clock, expected) in [
        (Clock::exact(begin), Ok(())),
        (Clock::exact(end), Ok(())),
        (Clock::exact(Time(begin.0 - 1)), Err(RefusalCode::NotYetValid)),
        (Clock::exact(after), Err(RefusalCode::Expired)),
        (Clock::between(begin, end), Ok(())),
        (Clock::between(Time(begin.0 - 1), end), Err(RefusalCode::NotYetValid)),
        (Clock::between(begin, after), Err(RefusalCode::Expired)),
        (Clock::not_before(begin), Ok(())),
        (Clock::not_before(Time(0)), Ok(())),
        (Clock::not_before(end), Ok(())),
        (Clock::not_before(after), Err(RefusalCode::Expired)),
    ] {
        assert_eq!(good(clock), expected, "{clock:?}");
    }
}

/// Where only a lower bound of the time is known, there has to be a time at which certificate and signatures hold.
#[test]
fn certificate_and_signatures_hold_at_one_time() {
    let octets = messages("dna/p256/island.hex");
    let answers: Vec<Message<'_>> = common::parse(&octets);
    let zone: NameBuf = "example.com".parse().unwrap();
    let keys = answers.iter().find(|message| message.question() == Some(Question::new(zone.as_name(), Type::DNSKEY)));
    let policy = Policy::standard();
    let judged = |proof: &str, clock: Clock| {
        let certified = certified(proof, &root(), clock).unwrap();
        let anchors = certified.anchor(&zone.as_name(), keys.unwrap(), &policy).unwrap();
        let name: NameBuf = "_xmpp-server._tcp.example.com".parse().unwrap();
        let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
        let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let question = Question::new(name.as_name(), Type::SRV);
        let verdict = chain::verify(question, &anchors, &answers[..], &mut terms);
        match verdict.secure() {
            Some(secure) => Ok((secure.valid_from(), secure.valid_until())),
            None => Err(verdict.reason().unwrap().code()),
        }
    };
    let bound = Clock::not_before(at("2026-10-01T00:00:00Z"));
    let (signed, ended) = (at("2026-11-01T00:00:00Z"), at("2026-12-31T00:00:00Z"));
    assert_eq!(judged("p256/certs/good.pem", bound), Ok((signed, ended)));
    let soon = at("2026-11-23T12:30:00Z");
    assert_eq!(judged("p256/certs/ends-soon.pem", bound), Ok((signed, soon)));
    // It begins in 2027, when the signatures have ended.
    assert_eq!(judged("p256/certs/not-yet.pem", bound), Err(ReasonCode::TimeContradictory));
}

#[test]
fn who_is_an_authority() {
    let why = |path: &str| Authorities::parse(&file(path)).unwrap_err().to_string();
    assert_eq!(why("p256/certs/good.der"), "certificate 1: CN=A Test Certificate is not a CA");
    assert_eq!(why("ca/root-no-sign.pem"), "certificate 1: CN=Test Root That Does Not Sign may not sign certificates");
    assert_eq!(why("p256/certs/text.pem"), "there is no certificate: neither DER, PEM, nor PKCS#7");
    assert_eq!(why("p256/certs/good.pem"), "certificate 1: CN=A Test Certificate is not a CA");
    let two = [file("ca/root.pem"), file("p256/certs/good.der")];
    let error = Authorities::parse(
        &[two[0].as_slice(), b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"].concat(),
    );
    assert_eq!(error.unwrap_err().number, 2);
    assert_eq!(Authorities::parse(&[file("ca/root.pem"), file("ca/other-root.pem")].concat()).unwrap().len(), 2);
    // Of a list, what is no CA is left out.
    let ders: Vec<Vec<u8>> =
        [&two[0], &file("ca/root-no-sign.pem")].iter().map(|pem| pem::parse(pem).unwrap().into_contents()).collect();
    let list = Authorities::from_list(ders.iter().map(Vec::as_slice).chain([two[1].as_slice(), b"x"]));
    assert_eq!(list.len(), 1);
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    assert!(certified("p256/certs/good.pem", &list, now).is_ok());
    let nobody = certified("p256/certs/good.pem", &Authorities::none(), now).unwrap_err();
    assert_eq!(nobody.code(), RefusalCode::UnknownCa);
}

/// Two certificates of one CA: whichever comes first, the one that holds counts.
#[test]
fn a_ca_that_was_renewed() {
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    let (old, new) = (file("ca/old-root.pem"), file("ca/other-root.pem"));
    let said =
        |files: &[&[u8]]| certified("p256/certs/unknown-ca.pem", &Authorities::parse(&files.concat()).unwrap(), now);
    for files in [&[&new[..]][..], &[&old, &new], &[&new, &old]] {
        assert!(said(files).is_ok());
    }
    assert_eq!(said(&[&old]).unwrap_err(), Refusal::Expired { ended: at("2026-01-01T00:00:00Z") });
}

#[test]
fn without_a_service_only_a_dns_name_counts() {
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    for (proof, accepted) in [("good", true), ("srv-name", false), ("xmpp-addr", false)] {
        let said = certified(&format!("p256/certs/{proof}.pem"), &root(), now);
        assert_eq!(said.is_ok(), accepted, "{proof}: {said:?}");
    }
}

/// The keys of all the zones: to the form of certificates and back, and there the same as openssl's.
#[test]
fn keys_in_both_forms() {
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    for (set, algorithms) in [
        (
            "rsa2048",
            &[Algorithm::RSASHA256, Algorithm::RSASHA512, Algorithm::RSASHA1, Algorithm::RSASHA1_NSEC3_SHA1][..],
        ),
        ("p256", &[Algorithm::ECDSAP256SHA256]),
        ("p384", &[Algorithm::ECDSAP384SHA384]),
        ("ed25519", &[Algorithm::ED25519]),
        ("ed448", &[Algorithm::ED448]),
    ] {
        let certified = certified(&format!("{set}/certs/good.pem"), &root(), now).unwrap();
        assert_eq!(certified.key().algorithms(), algorithms);
        let again = PublicKey::from_dnskey(algorithms[0], certified.key().octets()).unwrap();
        let spki = again.to_spki().unwrap();
        assert_eq!(PublicKey::from_spki(&spki).as_ref(), Ok(certified.key()));
        // As openssl wrote it, it stands in the certificate.
        let der = file(&format!("{set}/certs/good.der"));
        assert!(der.windows(spki.len()).any(|window| window == spki), "{set}");
        // Whatever is missing, it is no key.
        for len in 0..spki.len() {
            assert!(PublicKey::from_spki(&spki[..len]).is_err(), "{set} {len}");
        }
        assert!(PublicKey::from_spki(&[spki.as_slice(), &[0]].concat()).is_err());
        let octets = certified.key().octets();
        assert!(PublicKey::from_dnskey(algorithms[0], &octets[1..]).is_err(), "{set}");
    }
    for algorithm in [Algorithm::RSAMD5, Algorithm(3), Algorithm(253), Algorithm(0)] {
        assert_eq!(PublicKey::from_dnskey(algorithm, &[0; 64]).unwrap_err().code(), RefusalCode::KeyUnsupported);
    }
}

/// RFC 3110 section 2 has two ways to write the length of an exponent: the key is the same.
#[test]
fn an_rsa_key_is_its_numbers() {
    let octets = messages("dna/rsa2048/island.hex");
    let zone: NameBuf = "example.com".parse().unwrap();
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    let certified = certified("rsa2048/certs/good.pem", &root(), now).unwrap();
    let key = RsaKey::parse(certified.key().octets()).unwrap();
    let policy = Policy::standard();
    let short = [&[3], key.exponent, key.modulus].concat();
    let long = [&[0, 0, 3], key.exponent, key.modulus].concat();
    let message = octets.iter().find(|octets| {
        let parsed = Message::parse(octets).unwrap();
        parsed.question().unwrap().rtype == Type::DNSKEY
    });
    let message = message.unwrap();
    assert!(certified.anchor(&zone.as_name(), &Message::parse(message).unwrap(), &policy).is_ok());
    // The record with the other form: two octets of nothing more, so that even the tag is the same. It is the certified key;
    // that the signature was made over other octets is for validation to see.
    let place = message.windows(short.len()).position(|window| window == short).unwrap();
    let mut other = [&message[..place], &long, &message[place + short.len()..]].concat();
    let rdlength = place - 6;
    let len = u16::from_be_bytes([message[rdlength], message[rdlength + 1]]) + 2;
    other[rdlength..rdlength + 2].copy_from_slice(&len.to_be_bytes());
    let parsed = Message::parse(&other).unwrap();
    assert_eq!(parsed.records(Section::Answer).filter(|record| record.rtype == Type::DNSKEY).count(), 2);
    let anchors = certified.anchor(&zone.as_name(), &parsed, &policy).unwrap();
    let evidence = [parsed];
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms = Terms { clock: now, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(Question::new(zone.as_name(), Type::DNSKEY), &anchors, &evidence, &mut terms);
    assert_eq!(verdict.reason().unwrap().code(), ReasonCode::SignatureInvalid);
}

/// A policy that does not count the algorithm, and one anchor for one key with scope, window and note.
#[test]
fn the_anchor_and_its_bounds() {
    let octets = messages("dna/p256/island.hex");
    let answers = common::parse(&octets);
    let now = Clock::exact(at("2026-11-23T12:00:00Z"));
    let zone: NameBuf = "example.com".parse().unwrap();
    let keys = answers.iter().find(|message| message.question() == Some(Question::new(zone.as_name(), Type::DNSKEY)));
    let keys = keys.unwrap();
    let certified = certified("p256/certs/good.pem", &root(), now).unwrap();
    let anchors: Anchors = certified.anchor(&zone.as_name(), keys, &Policy::standard()).unwrap();
    let all: Vec<_> = anchors.iter().collect();
    let [anchor] = all[..] else { panic!("{all:?}") };
    assert_eq!((anchor.zone(), anchor.key_tag()), (zone.as_name(), Some(53240)));
    assert_eq!(anchor.scope(), Some(zone.as_name()));
    assert_eq!(anchor.window(), (at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z")));
    assert_eq!(anchor.note(), "by a certificate of CN=Proof Test Root");
    let refused = |zone: &str, policy: &Policy| {
        let zone: NameBuf = zone.parse().unwrap();
        certified.anchor(&zone.as_name(), keys, policy).unwrap_err().code()
    };
    assert_eq!(refused("example.com", &Policy::none()), RefusalCode::KeyTooWeak);
    assert_eq!(refused("sub.example.com", &Policy::standard()), RefusalCode::ZoneNotAbove);
    assert_eq!(refused("example.net", &Policy::standard()), RefusalCode::ZoneNotAbove);
    // The answer has no keys of that zone.
    assert_eq!(refused("com", &Policy::standard()), RefusalCode::KeyNotInZone);
}
