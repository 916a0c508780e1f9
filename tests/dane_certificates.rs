//! Certificates that a server presents above its own, which look like the root of `vectors/dane` and are not it, or say more.

use core::time::Duration;

use cms::cert::x509::Certificate;
use cms::cert::x509::ext::Extension;
use cms::cert::x509::ext::pkix::constraints::name::GeneralSubtree;
use cms::cert::x509::ext::pkix::name::GeneralName;
use cms::cert::x509::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, NameConstraints};
use der::asn1::{BitString, GeneralizedTime, Ia5String, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use dnsproof::binding::{Authorities, RefusalCode, Rules, certificates};
use dnsproof::dane::{Association, Authenticated, MismatchCause, Requirement, usable};
use dnsproof::time::{Clock, Time};
use dnsproof::wire::rdata::Tlsa;
use ring::digest::{SHA256, SHA512, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls_pki_types::CertificateDer;

const NOW: Time = Time(1_795_435_200);
/// When `leaf.pem` ends, before all above it.
const LEAF_ENDS: Time = Time(1_811_808_000);
/// RFC 5280 section 4.2.1.3.
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
/// RFC 5280 section 4.2.1.9.
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
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

/// The root, which says something else here.
fn root_with(id: ObjectIdentifier, value: &impl Encode) -> CertificateDer<'static> {
    let mut changed = read("root");
    let extensions = changed.tbs_certificate.extensions.as_mut().unwrap();
    extensions.retain(|extension| extension.extn_id != id);
    let extn_value = OctetString::new(value.to_der().unwrap()).unwrap();
    extensions.push(Extension { extn_id: id, critical: true, extn_value });
    signed(changed)
}

/// The root, which may have names of this domain certified.
fn constrained(domain: &str) -> CertificateDer<'static> {
    let base = GeneralName::DnsName(Ia5String::new(domain).unwrap());
    let permitted = vec![GeneralSubtree { base, minimum: 0, maximum: None }];
    root_with(NAME_CONSTRAINTS, &NameConstraints { permitted_subtrees: Some(permitted), excluded_subtrees: None })
}

/// Of the server of `mail.example.net`, for as long as anybody likes.
fn requirement(associations: Vec<Association>) -> Requirement {
    let names = vec!["mail.example.net".parse().unwrap()];
    Requirement { associations, sni: names[0], names, service: None, valid_until: Time(u64::MAX) }
}

fn association(usage: u8, selector: u8, matching_type: u8, of: &[u8]) -> Association {
    let octets = match selector {
        0 => of.to_vec(),
        _ => {
            let read = Certificate::from_der(of).unwrap();
            read.tbs_certificate.subject_public_key_info.to_der().unwrap()
        }
    };
    let data = match matching_type {
        0 => octets,
        1 => digest(&SHA256, &octets).as_ref().to_vec(),
        _ => digest(&SHA512, &octets).as_ref().to_vec(),
    };
    Association { usage, selector, matching_type, data }
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
    let key = read("root").tbs_certificate.subject_public_key_info.to_der().unwrap();
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

/// Where the time is known within bounds, the records have to hold until the last of it.
#[test]
fn records_hold_as_late_as_it_can_be() {
    let requirement = Requirement { valid_until: NOW, ..requirement(vec![association(3, 0, 1, &der("self"))]) };
    let at = |clock: Clock| requirement.check(&[der("self")], &Authorities::none(), clock);
    let cause = |clock: Clock| at(clock).unwrap_err().why.remove(0).1;
    assert_eq!(cause(Clock::between(Time(NOW.0 - 1), Time(NOW.0 + 1))), MismatchCause::Ended);
    assert_eq!(cause(Clock::not_before(Time(NOW.0 + 1))), MismatchCause::Ended);
    for clock in [Clock::between(Time(NOW.0 - 1), NOW), Clock::not_before(NOW)] {
        assert_eq!(at(clock).map(|found| found.valid_until), Ok(NOW), "{clock:?}");
    }
}

/// A record that names the whole certificate of a trust anchor, in each way, and whether the server presents it.
const WHOLE: [(u8, bool); 4] = [(0, false), (0, true), (1, true), (2, true)];

/// Whether the server is authenticated by this trust anchor, of which the record has the whole certificate or the key.
fn anchored(
    top: &CertificateDer<'static>,
    selector: u8,
    (matching_type, presented): (u8, bool),
) -> Result<Time, RefusalCode> {
    let mut chain = vec![der("leaf"), der("intermediate")];
    chain.extend(presented.then(|| top.clone()));
    let requirement = requirement(vec![association(2, selector, matching_type, top)]);
    let found = requirement.check(&chain, &Authorities::none(), NOW.into());
    found.map(|found| found.valid_until).map_err(|mut mismatch| match mismatch.why.remove(0).1 {
        MismatchCause::Path(refusal) => refusal.code(),
        other => panic!("{other}"),
    })
}

//= https://www.rfc-editor.org/rfc/rfc7671#section-5.2.1
//= type=test
//# In particular, when authenticating the peer certificate chain via such a TLSA record, the client SHOULD apply any
//# relevant constraints from the TA certificate, such as, for example, path length constraints.
#[test]
fn what_a_trust_anchor_says_of_itself_counts() {
    let may_have = |ca: bool, path_len_constraint: Option<u8>| {
        root_with(BASIC_CONSTRAINTS, &BasicConstraints { ca, path_len_constraint })
    };
    let may_sign = |usage: KeyUsages| root_with(KEY_USAGE, &KeyUsage(usage.into()));
    let good = [der("root"), may_have(true, Some(1)), may_sign(KeyUsages::KeyCertSign)];
    let bad = [may_have(true, Some(0)), may_have(false, None), may_sign(KeyUsages::DigitalSignature)];
    for way in WHOLE {
        for top in &good {
            assert_eq!(anchored(top, 0, way), Ok(LEAF_ENDS), "{way:?}");
        }
        for top in &bad {
            assert_eq!(anchored(top, 0, way), Err(RefusalCode::Constraint), "{way:?}");
        }
        assert_eq!(anchored(&constrained("example.net"), 0, way), Ok(LEAF_ENDS), "{way:?}");
        assert_eq!(anchored(&constrained("example.org"), 0, way), Err(RefusalCode::Constraint), "{way:?}");
    }
    // "elements of the TA certificate other than the public key become mutable": a key says nothing of itself.
    for top in good.iter().chain(&bad) {
        assert_eq!(anchored(top, 1, (1, true)), Ok(LEAF_ENDS));
    }
}

/// RFC 7671 section 5.1 has dates ignored for DANE-EE alone; those of a trust anchor are a part of its certificate, which
/// section 5.2.1 says that a Cert(0) record is about.
#[test]
fn a_trust_anchor_holds_within_its_dates() {
    let within = |from: u64, until: u64| {
        let time = |seconds| GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).unwrap().into();
        let mut changed = read("root");
        let validity = &mut changed.tbs_certificate.validity;
        (validity.not_before, validity.not_after) = (time(from), time(until));
        signed(changed)
    };
    for way in WHOLE {
        assert_eq!(anchored(&within(0, NOW.0 - 1), 0, way), Err(RefusalCode::Expired), "{way:?}");
        assert_eq!(anchored(&within(NOW.0 + 1, NOW.0 + 9), 0, way), Err(RefusalCode::NotYetValid), "{way:?}");
        assert_eq!(anchored(&within(0, NOW.0), 0, way), Ok(NOW), "{way:?}");
        assert_eq!(anchored(&within(NOW.0, NOW.0 + 9), 0, way), Ok(Time(NOW.0 + 9)), "{way:?}");
    }
    assert_eq!(anchored(&within(0, NOW.0 - 1), 1, (1, true)), Ok(LEAF_ENDS));
}

/// Of what a zone and a server have too much of, the rest authenticates nobody, and the refusal says how much that is.
#[test]
fn what_is_beyond_authenticates_nobody() {
    let judged = |records: Vec<Association>, chain: &[CertificateDer<'static>]| {
        requirement(records).check(chain, &Authorities::none(), NOW.into())
    };
    let behind = |others: usize, other: &Association, right: &Association| {
        let mut records = vec![other.clone(); others];
        records.push(right.clone());
        records
    };
    let chain = [der("leaf"), der("intermediate")];
    let (other, right) = (association(3, 0, 1, &der("self")), association(3, 0, 1, &der("leaf")));
    assert_eq!(judged(behind(63, &other, &right), &chain).map(|found| found.association), Ok(right.clone()));
    let refused = judged(behind(64, &other, &right), &chain).unwrap_err();
    assert_eq!((refused.why.len(), refused.records_left, refused.certificates_left), (64, 1, 0));
    assert!(refused.to_string().ends_with("fits; not looked at: 1 more records"), "{refused}");
    // A chain.
    let chain = |others: usize| {
        let others = core::iter::repeat_n(der("stranger"), others);
        core::iter::once(der("leaf")).chain(others).chain([der("intermediate")]).collect::<Vec<_>>()
    };
    let above = association(2, 0, 1, &der("intermediate"));
    assert_eq!(judged(vec![above.clone()], &chain(14)).map(|found| found.association), Ok(above.clone()));
    let refused = judged(vec![above.clone()], &chain(15)).unwrap_err();
    assert_eq!(refused.why, [(above.clone(), MismatchCause::NotPresented)]);
    assert_eq!((refused.records_left, refused.certificates_left), (0, 1));
    assert!(refused.to_string().ends_with("fits; not looked at: 1 more certificates"), "{refused}");
    assert_eq!(judged(vec![right.clone()], &chain(200)).map(|found| found.association), Ok(right));
    // Paths.
    let other = association(2, 0, 0, &der("stranger"));
    assert_eq!(judged(behind(7, &other, &above), &chain(0)).map(|found| found.association), Ok(above.clone()));
    let refused = judged(behind(8, &other, &above), &chain(0)).unwrap_err();
    assert_eq!(refused.why[8], (above, MismatchCause::NotTried));
    assert!(matches!(refused.why[7].1, MismatchCause::Path(_)), "{refused}");
}
