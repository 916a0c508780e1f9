//! Certificates and keys, beside the table of `vectors/dna`: clocks, lists of CAs, forms of keys.

mod common;

use cms::cert::x509::Certificate;
use common::{messages, seconds};
use der::asn1::BitString;
use der::{Decode, Encode};
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
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

const NOON: &str = "2026-11-23T12:00:00Z";

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

/// The first certificate of a file, in DER.
fn first(path: &str) -> Vec<u8> {
    pem::parse(file(path)).unwrap().into_contents()
}

/// The same with other octets in the place of some, wherever they stand.
fn with(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut changed, mut places) = (octets.to_vec(), 0);
    for at in (0..=octets.len() - from.len()).filter(|at| octets[*at..].starts_with(from)) {
        changed[at..at + to.len()].copy_from_slice(to);
        places += 1;
    }
    assert!(places > 0 && from.len() == to.len());
    changed
}

/// Signed by the root, whatever it says by now.
fn signed(der: &[u8]) -> Vec<u8> {
    let mut certificate = Certificate::from_der(der).unwrap();
    let (key, random) = (first("keys/ca-root.pem"), SystemRandom::new());
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key, &random).unwrap();
    let signature = pair.sign(&random, &certificate.tbs_certificate.to_der().unwrap()).unwrap();
    certificate.signature = BitString::from_bytes(signature.as_ref()).unwrap();
    certificate.to_der().unwrap()
}

/// What a document comes to at noon, for a server of XMPP.
fn said(document: &[u8], source: &str, authorities: &Authorities) -> Result<Certified, Refusal> {
    let source: NameBuf = source.parse().unwrap();
    let wanted = Wanted { source: source.as_name(), service: Some(b"_xmpp-server") };
    certify(document, &wanted, authorities, Clock::exact(at(NOON)), &Rules::standard())
}

fn refusal(document: &[u8]) -> Refusal {
    said(document, "example.com", &root()).unwrap_err()
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
        (Clock::between(Time(begin.0 + 1), after), Err(RefusalCode::Expired)),
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

/// The path is valid to the second, and the root is a part of it; where only a lower bound of the time is known, the path is
/// looked at when the certificate begins.
#[test]
fn the_window_of_a_root_counts_to_the_second() {
    let (root, noon) = (first("ca/root.pem"), at(NOON));
    let begins = Authorities::parse(&with(&root, b"250101000000Z", b"261123120000Z")).unwrap();
    let ends = Authorities::parse(&with(&root, b"350101000000Z", b"261123120000Z")).unwrap();
    let judged = |authorities: &Authorities, clock: Clock| {
        certified("p256/certs/good.der", authorities, clock).map(|certified| certified.window())
    };
    let (from, until) = (at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
    let (before, after) = (Clock::exact(Time(noon.0 - 1)), Clock::exact(Time(noon.0 + 1)));
    assert_eq!(judged(&begins, before), Err(Refusal::NotYetValid { begins: noon }));
    assert_eq!(judged(&begins, Clock::exact(noon)), Ok((noon, until)));
    assert_eq!(judged(&begins, after), Ok((noon, until)));
    assert_eq!(judged(&begins, Clock::not_before(Time(0))), Err(Refusal::NotYetValid { begins: noon }));
    assert_eq!(judged(&ends, before), Ok((from, noon)));
    assert_eq!(judged(&ends, Clock::exact(noon)), Ok((from, noon)));
    assert_eq!(judged(&ends, after), Err(Refusal::Expired { ended: noon }));
    // This one had ended before the certificate began.
    let old = Authorities::parse(&file("ca/old-root.pem")).unwrap();
    let unknown = certified("p256/certs/unknown-ca.pem", &old, Clock::not_before(Time(0)));
    assert_eq!(unknown.unwrap_err(), Refusal::Expired { ended: at("2026-01-01T00:00:00Z") });
}

/// One CA does not lend its time to another: neither to one of another name, nor to one with another key.
#[test]
fn a_ca_is_told_by_its_name_and_its_key() {
    let (root, old, new) = (first("ca/root.pem"), first("ca/old-root.pem"), first("ca/other-root.pem"));
    let key = |der: &[u8]| {
        let certificate = Certificate::from_der(der).unwrap();
        certificate.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes().to_vec()
    };
    let namesake = with(&new, &key(&new), &key(&root));
    let judged = |ders: &[&[u8]]| {
        let set = Authorities::from_list(ders.iter().copied());
        assert_eq!(set.len(), ders.len());
        said(&file("p256/certs/unknown-ca.pem"), "example.com", &set).map(|_| ())
    };
    let ended = Err(Refusal::Expired { ended: at("2026-01-01T00:00:00Z") });
    for others in [&[&root[..]][..], &[&namesake], &[&root, &namesake]] {
        let (first, last) = ([&[&old[..]], others].concat(), [others, &[&old[..]]].concat());
        assert_eq!((judged(&first), judged(&last)), (ended.clone(), ended.clone()));
        assert_eq!(judged(&[others, &[&new[..]]].concat()), Ok(()));
    }
    assert!(Authorities::none().is_empty() && !Authorities::from_list([&root[..]]).is_empty());
}

/// RFC 5280 section 4.2.1.9: a path length of 0 lets a CA sign certificates of servers, and of no CA.
#[test]
fn a_root_says_how_long_a_path_may_be() {
    let chain = pem::parse_many(file("p256/certs/good.pem")).unwrap();
    let intermediate = Authorities::parse(chain[1].contents()).unwrap();
    let found = said(&file("p256/certs/good.pem"), "example.com", &intermediate).unwrap();
    assert_eq!(found.ca(), "CN=Proof Test Intermediate");
    let short = Authorities::parse(&file("ca/short-root.pem")).unwrap();
    let below = said(&file("p256/certs/below-short.pem"), "example.com", &short).unwrap_err();
    assert_eq!(below, Refusal::Constraint("CN=Short Test Root allows fewer CAs below it".to_string()));
}

/// Of several certificates, that of a CA is the last whose refusal is of use, wherever it stands.
#[test]
fn the_refusal_is_that_of_the_servers_own_certificate() {
    let other = |found: &str| Refusal::OtherName { wanted: "example.com.".to_string(), found: found.to_string() };
    let (ca, server) = (file("ca/root.pem"), file("p256/certs/other-name.pem"));
    assert_eq!(refusal(&[&ca[..], &server].concat()), other("example.org"));
    assert_eq!(refusal(&[&server[..], &ca].concat()), other("example.org"));
    assert_eq!(refusal(&ca), other(""));
}

/// Each path may cost many signatures, so that there are only so many.
#[test]
fn three_paths_are_tried() {
    let (bad, good) = (file("p256/certs/expired.pem"), file("p256/certs/good.pem"));
    assert!(said(&[&bad[..], &bad, &good].concat(), "example.com", &root()).is_ok());
    let expired = Refusal::Expired { ended: at("2026-09-01T00:00:00Z") };
    assert_eq!(refusal(&[&bad[..], &bad, &bad, &good].concat()), expired);
}

#[test]
fn what_else_a_file_has_does_not_matter_unless_it_is_a_private_key() {
    let good = file("p256/certs/good.pem");
    let beside = |label: &str| {
        let block = format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        said(&[block.as_bytes(), &good].concat(), "example.com", &root()).map(|_| ())
    };
    for label in ["EC PARAMETERS", "X509 CRL", "PUBLIC KEY"] {
        assert_eq!(beside(label), Ok(()), "{label}");
    }
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        assert_eq!(beside(label), Err(Refusal::PrivateKeyPublished), "{label}");
    }
}

/// A name is one as certificates write it, with nothing of the text of zone files: `\101` is the letter e only there.
#[test]
fn names_of_certificates_have_no_escapes() {
    let inner = first("p256/certs/inner.pem");
    let named = |text: &[u8]| said(&signed(&with(&inner, b"inner.example.com", text)), "example.com", &root());
    let other = |found: &str| Refusal::OtherName { wanted: "example.com.".to_string(), found: found.to_string() };
    assert_eq!(named(b"\\101\\120ample.com").unwrap_err(), other(r"\\101\\120ample.com"));
    assert_eq!(refusal(&file("p256/certs/trailing-dot.pem")), other("example.com."));
    let renamed = signed(&with(&inner, b"inner.example.com", b"OTHER.example.com"));
    assert!(said(&renamed, "other.example.com", &root()).is_ok());
}

/// RFC 6120 section 13.7.1.4 has one kind of otherName, RFC 9598 another one that is a UTF8String too.
#[test]
fn another_other_name_is_no_xmpp_addr() {
    let xmpp = first("p256/certs/xmpp-addr.pem");
    assert!(said(&xmpp, "example.com", &root()).is_ok());
    let (addr, mailbox) = ([0x2B, 6, 1, 5, 5, 7, 8, 5], [0x2B, 6, 1, 5, 5, 7, 8, 9]);
    let other = Refusal::OtherName { wanted: "example.com.".to_string(), found: String::new() };
    assert_eq!(refusal(&signed(&with(&xmpp, &addr, &mailbox))), other);
}

#[test]
fn refusals_have_the_values_that_disagree() {
    let refusal = |name: &str| refusal(&file(&format!("p256/certs/{name}.pem")));
    let no_sign = "CN=CA That Does Not Sign may not sign certificates";
    assert_eq!(refusal("issuer-no-sign"), Refusal::Constraint(no_sign.to_string()));
    assert_eq!(refusal("wildcard"), Refusal::WildcardOnly { found: "*.example.com".to_string() });
    assert_eq!(refusal("common-name"), Refusal::CommonNameOnly { found: "example.com".to_string() });
    assert_eq!(refusal("p521"), Refusal::KeyUnsupported("1.2.840.10045.2.1 1.3.132.0.35".to_string()));
    assert_eq!(refusal("rsa-pss"), Refusal::KeyUnsupported("1.2.840.113549.1.1.10".to_string()));
}

/// Of two certificates of one CA, that by a root which has ended does not hide the other.
#[test]
fn a_root_that_has_ended_is_no_dead_end() {
    let read = |der: &[u8]| Certificate::from_der(der).unwrap();
    let parts: Vec<Vec<u8>> =
        pem::parse_many(file("p256/certs/good.pem")).unwrap().into_iter().map(pem::Pem::into_contents).collect();
    let (leaf, intermediate) = (parts[0].clone(), parts[1].clone());
    let other = read(&leaf).tbs_certificate.subject;
    let mut ended = read(&first("ca/root.pem"));
    (ended.tbs_certificate.subject, ended.tbs_certificate.issuer) = (other.clone(), other.clone());
    ended.tbs_certificate.validity.not_after = read(&leaf).tbs_certificate.validity.not_before;
    let mut crossed = read(&intermediate);
    crossed.tbs_certificate.issuer = other;
    let (ended, crossed) = (signed(&ended.to_der().unwrap()), signed(&crossed.to_der().unwrap()));
    let armour = |certificates: &[&[u8]]| {
        let armoured = |der: &&[u8]| pem::encode(&pem::Pem::new("CERTIFICATE", *der));
        certificates.iter().map(armoured).collect::<String>().into_bytes()
    };
    let authorities = Authorities::parse(&armour(&[&ended, &first("ca/root.pem")])).unwrap();
    let ended_alone = armour(&[&leaf, &crossed]);
    assert!(matches!(said(&ended_alone, "example.com", &authorities), Err(Refusal::Expired { .. })));
    for document in [[&leaf, &crossed, &intermediate], [&leaf, &intermediate, &crossed]] {
        let document = armour(&document.map(Vec::as_slice));
        let found = said(&document, "example.com", &authorities).unwrap();
        assert_eq!(found.ca(), said(&file("p256/certs/good.pem"), "example.com", &root()).unwrap().ca());
    }
}

/// The certificate of a web server may lie beside that of the zone's key, in whatever order.
#[test]
fn a_key_that_is_none_for_a_zone_is_not_the_last_word() {
    let (other, good) = (file("p256/certs/p521.pem"), file("p256/certs/good.pem"));
    let expected = said(&good, "example.com", &root()).unwrap();
    for document in [[&other[..], &good].concat(), [&good[..], &other].concat()] {
        let found = said(&document, "example.com", &root()).unwrap();
        assert_eq!(found.key(), expected.key());
    }
    let twice = [&other[..], &file("p256/certs/rsa-pss.pem")].concat();
    assert_eq!(refusal(&twice), refusal(&other));
}

/// Words for programs and the clauses behind them, which stay.
#[test]
fn words_and_clauses() {
    use RefusalCode as C;
    for (code, word, rfc) in [
        (C::DocumentTooLarge, "document-too-large", "5280#6.1"),
        (C::TooManyCertificates, "too-many-certificates", "5280#6.1"),
        (C::NoCertificate, "no-certificate", "5280#4.1"),
        (C::PrivateKeyPublished, "private-key-published", "6781#3.4.3"),
        (C::Malformed, "certificate-malformed", "5280#4.1"),
        (C::OtherName, "certificate-other-name", "6125#6.4"),
        (C::WildcardOnly, "certificate-wildcard-only", "6125#7.2"),
        (C::CommonNameOnly, "certificate-common-name-only", "6125#6.4.4"),
        (C::Expired, "certificate-expired", "5280#6.1.3"),
        (C::NotYetValid, "certificate-not-yet-valid", "5280#6.1.3"),
        (C::UnknownCa, "certificate-unknown-ca", "5280#6.1.3"),
        (C::Constraint, "certificate-constraint", "5280#6.1.4"),
        (C::Purpose, "certificate-purpose", "5280#4.2.1.12"),
        (C::Signature, "certificate-signature", "5280#6.1.3"),
        (C::KeyUnsupported, "key-unsupported", "4034#2.1.3"),
        (C::KeyMalformed, "key-malformed", "4034#2.1.4"),
        (C::KeyTooWeak, "key-too-weak", "6781#3.4.2"),
        (C::ZoneNotAbove, "zone-not-above", "4035#5.3.1"),
        (C::ZoneUnsigned, "zone-unsigned", "4035#2.2"),
        (C::KeyNotInZone, "key-not-in-zone", "4035#5"),
        (C::KeyRevoked, "key-revoked", "5011#2.1"),
        (C::KeyNotZoneKey, "key-not-zone-key", "4034#2.1.1"),
        (C::KeyWrongAlgorithm, "key-wrong-algorithm", "4034#2.1.3"),
        (C::KeyDoesNotSign, "key-does-not-sign", "4035#5"),
    ] {
        assert_eq!((code.as_str(), code.to_string().as_str(), code.rfc()), (word, word, rfc));
    }
}
