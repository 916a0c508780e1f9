//! Certificates that a server presents above its own, which look like the root of `vectors/dane` and are not it, or say more.

use cms::cert::x509::Certificate;
use cms::cert::x509::ext::Extension;
use cms::cert::x509::ext::pkix::NameConstraints;
use cms::cert::x509::ext::pkix::constraints::name::GeneralSubtree;
use cms::cert::x509::ext::pkix::name::GeneralName;
use der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use dnsproof::binding::{Authorities, RefusalCode, Rules, certificates};
use dnsproof::dane::{Authenticated, MismatchCause, Requirement, usable};
use dnsproof::time::{Clock, Time};
use dnsproof::wire::rdata::Tlsa;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls_pki_types::CertificateDer;

const NOW: Time = Time(1_795_435_200);
/// RFC 5280 section 4.2.1.10.
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");

fn der(file: &str) -> CertificateDer<'static> {
    let path = format!("{}/vectors/dane/{file}.pem", env!("CARGO_MANIFEST_DIR"));
    certificates(&std::fs::read(path).unwrap(), &Rules::standard()).unwrap().remove(0)
}

fn read(file: &str) -> Certificate {
    Certificate::from_der(&der(file)).unwrap()
}

/// Signed by the root, whatever it says by now.
fn signed(mut certificate: Certificate) -> CertificateDer<'static> {
    let path = format!("{}/vectors/dane/root.key", env!("CARGO_MANIFEST_DIR"));
    let (key, random) = (pem::parse(std::fs::read(path).unwrap()).unwrap(), SystemRandom::new());
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.contents(), &random).unwrap();
    let signature = pair.sign(&random, &certificate.tbs_certificate.to_der().unwrap()).unwrap();
    certificate.signature = BitString::from_bytes(signature.as_ref()).unwrap();
    certificate.to_der().unwrap().into()
}

/// Whether one TLSA record authenticates the server with a certificate of the test's CA, which presents another one on top.
fn check(
    (usage, selector, matching_type, data): (u8, u8, u8, &[u8]),
    top: &CertificateDer<'static>,
    authorities: &Authorities,
) -> Result<Authenticated, MismatchCause> {
    let (associations, _) = usable(&[Tlsa { usage, selector, matching_type, data }], true);
    let names = vec!["mail.example.net".parse().unwrap()];
    let requirement = Requirement { associations, sni: names[0], names, service: None, valid_until: NOW };
    let chain = [der("leaf"), der("intermediate"), top.clone()];
    requirement.check(&chain, authorities, NOW.into()).map_err(|mut mismatch| mismatch.why.remove(0).1)
}

/// RFC 6698 section 2.1.1: a certificate that PKIX-TA names is a part of the path. The root is told by name and key; a
/// certificate with one of both is none.
#[test]
fn what_looks_like_the_root_is_not_the_root() {
    let authorities = Authorities::from_list([&der("root")[..]]);
    let (mut other_key, mut other_name, stranger) = (read("root"), read("root"), read("stranger"));
    other_key.tbs_certificate.subject_public_key_info = stranger.tbs_certificate.subject_public_key_info;
    other_name.tbs_certificate.subject = stranger.tbs_certificate.subject;
    let judged = |top: &CertificateDer<'static>| check((0, 0, 1, digest(&SHA256, top).as_ref()), top, &authorities);
    assert!(judged(&der("root")).is_ok());
    for other in [other_key, other_name] {
        let other_ca = MismatchCause::OtherCa("CN=DANE test root".to_string());
        assert_eq!(judged(&signed(other)), Err(other_ca));
    }
}

/// RFC 7671 section 5.2.3: a DANE-TA record with a whole key does without the certificate. Where that is presented, what it
/// says counts.
#[test]
fn the_constraints_of_a_presented_anchor_count() {
    let root = read("root");
    let key = root.tbs_certificate.subject_public_key_info.to_der().unwrap();
    let constrained = |domain: &str| {
        let base = GeneralName::DnsName(Ia5String::new(domain).unwrap());
        let permitted = vec![GeneralSubtree { base, minimum: 0, maximum: None }];
        let stated = NameConstraints { permitted_subtrees: Some(permitted), excluded_subtrees: None };
        let extn_value = OctetString::new(stated.to_der().unwrap()).unwrap();
        let mut changed = root.clone();
        let extension = Extension { extn_id: NAME_CONSTRAINTS, critical: true, extn_value };
        changed.tbs_certificate.extensions.as_mut().unwrap().push(extension);
        signed(changed)
    };
    let judged = |top: &CertificateDer<'static>| check((2, 1, 0, &key), top, &Authorities::none());
    assert!(judged(&der("root")).is_ok());
    assert!(judged(&constrained("example.net")).is_ok());
    match judged(&constrained("example.org")) {
        Err(MismatchCause::Path(refusal)) => assert_eq!(refusal.code(), RefusalCode::Constraint),
        other => panic!("{other:?}"),
    }
}

/// RFC 9102 section 7: not beyond the TTL, and to its last second.
#[test]
fn records_hold_to_their_last_second() {
    let (own, names) = (der("self"), vec!["mail.example.net".parse().unwrap()]);
    let hash = digest(&SHA256, &own);
    let (associations, _) = usable(&[Tlsa { usage: 3, selector: 0, matching_type: 1, data: hash.as_ref() }], true);
    let requirement = Requirement { associations, sni: names[0], names, service: None, valid_until: NOW };
    let at = |time: u64| requirement.check(std::slice::from_ref(&own), &Authorities::none(), Clock::exact(Time(time)));
    assert_eq!(at(NOW.0).map(|found| found.valid_until), Ok(NOW));
    assert_eq!(at(NOW.0 + 1).unwrap_err().why[0].1, MismatchCause::Ended);
}
