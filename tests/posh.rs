//! POSH documents and where they lead (RFC 7711).

use dnsproof::binding::{Rules, certificates};
use dnsproof::name::NameBuf;
use dnsproof::posh::{Need, PoshError, Retrieval};
use dnsproof::time::{Clock, Time};
use ring::digest::{SHA256, SHA512, digest};

const NOW: Time = Time(1_795_435_200);

fn retrieval() -> Retrieval {
    Retrieval::new("example.com".parse::<NameBuf>().unwrap(), "xmpp-server").unwrap()
}

fn url(retrieval: &Retrieval) -> String {
    match retrieval.step() {
        Need::Get(url) => url.to_owned(),
        Need::Done(done) => panic!("{done:?}"),
    }
}

fn error(text: &str) -> PoshError {
    let mut retrieval = retrieval();
    retrieval.document(text.as_bytes(), NOW);
    match retrieval.step() {
        Need::Done(Err(error)) => error.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

fn certificate(file: &str) -> Vec<u8> {
    let path = format!("{}/vectors/dane/{file}.pem", env!("CARGO_MANIFEST_DIR"));
    certificates(&std::fs::read(path).unwrap(), &Rules::standard()).unwrap()[0].to_vec()
}

fn base64(octets: &[u8]) -> String {
    data_encoding::BASE64.encode(octets)
}

//= https://www.rfc-editor.org/rfc/rfc7711#section-6
//= type=test
//# If the source domain returns a reference, the POSH client MUST use the lower of the two "expires" values when
//# determining how long to cache results
#[test]
fn the_examples_of_the_rfc() {
    // Section 3.1, with the blanks that its text has.
    let mut one = retrieval();
    one.document(
        br#"{ "fingerprints": [ { "sha-256": "4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ=",
        "sha-512": "25N+1hB2Vo42l9lSGqw+n3BKFhDHsyork8ou+D9B43TXeJ 1J81mdQEDqm39oR/EHkPBDDG1y5+AG94Kec0xVqA==" } ], "expires": 604800 }"#,
        NOW,
    );
    assert!(matches!(one.step(), Need::Done(Ok(found)) if found.until() == Time(NOW.0 + 604_800)));
    // Section 3.2: a reference, and the lower of the two times (section 6).
    let mut two = retrieval();
    two.document(br#"{ "url":"https://hosting.example.net/.well-known/posh/spice.json", "expires":86400 }"#, NOW);
    assert_eq!(url(&two), "https://hosting.example.net/.well-known/posh/spice.json");
    two.document(
        br#"{"fingerprints":[{"sha-256":"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ"}],"expires":806400}"#,
        NOW,
    );
    let Need::Done(Ok(found)) = two.step() else { panic!("{two:?}") };
    assert_eq!(found.until(), Time(NOW.0 + 86_400));
    assert_eq!(found.url(), "https://hosting.example.net/.well-known/posh/spice.json");
}

//= https://www.rfc-editor.org/rfc/rfc7711#section-10
//= type=test
//# The location provided in the redirect response MUST specify an HTTPS URI.
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
//= type=test
//# A "fingerprints" member whose value is a JSON array of fingerprint descriptors (the member MUST include at least one
//# fingerprint descriptor).
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
//= type=test
//# The JSON document returned MUST NOT contain a "url" member, as described in Section 3.2.
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
//= type=test
//# It MUST be a non-negative integer.
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
//= type=test
//# If the "expires" member has a value of 0 (zero), a POSH client MUST consider the verification material to be
//# invalid.
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
//= type=test
//# It MUST be a non-negative integer.
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
//= type=test
//# If the "expires" member has a value of 0 (zero), a POSH client MUST consider the delegation invalid.
#[test]
fn what_is_no_document() {
    let good = r#"[{"sha-256":"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ="}]"#;
    for text in [
        "",
        "[]",
        "null",
        "{}",
        r#"{"expires":1}"#,
        r#"{"fingerprints":[],"expires":1}"#,
        r#"{"fingerprints":{},"expires":1}"#,
        r#"{"fingerprints":["x"],"expires":1}"#,
        r#"{"fingerprints":[{"sha-256":7}],"expires":1}"#,
        r#"{"fingerprints":[{"sha-256":"AAAA"}],"expires":1}"#,
        r#"{"fingerprints":[{"sha-256":"!"}],"expires":1}"#,
        r#"{"url":7,"expires":1}"#,
        &format!(r#"{{"fingerprints":{good}}}"#),
        &format!(r#"{{"fingerprints":{good},"expires":-1}}"#),
        &format!(r#"{{"fingerprints":{good},"expires":1.5}}"#),
        &format!(r#"{{"fingerprints":{good},"expires":"1"}}"#),
        &format!(r#"{{"fingerprints":{good},"url":"https://example.net/","expires":1}}"#),
    ] {
        assert!(matches!(error(text), PoshError::Malformed(_)), "{text}");
    }
    assert_eq!(error(&format!(r#"{{"fingerprints":{good},"expires":0}}"#)), PoshError::Withdrawn);
    assert_eq!(error(r#"{"url":"https://example.net/","expires":0}"#), PoshError::Withdrawn);
    for text in ["http://example.net/", "ftp://example.net/", "example.net", "", "https://user@example.net/"] {
        let text = format!(r#"{{"url":"{text}","expires":1}}"#);
        assert!(matches!(error(&text), PoshError::NotHttps(_)), "{text}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc7711#section-10
//= type=test
//# The location provided in the redirect response MUST specify an HTTPS URI.
//= https://www.rfc-editor.org/rfc/rfc7711#section-10
//= type=test
//# it is RECOMMENDED that POSH clients follow no more than 10 redirects
//= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
//= type=test
//# The document retrieved from the location specified by the "url" member MUST NOT itself be a reference document
//# (i.e., containing a "url" member instead of a "fingerprints" member), in order to prevent circular delegations.
#[test]
fn steps_on_the_way() {
    let reference = br#"{"url":"https://example.net/a","expires":1}"#;
    let mut one = retrieval();
    one.document(reference, NOW);
    one.document(reference, NOW);
    assert!(matches!(one.step(), Need::Done(Err(PoshError::TooManySteps))), "no reference to a reference");
    let mut two = retrieval();
    for (location, next) in [
        ("/b", "https://example.com/b"),
        ("https://example.org/c", "https://example.org/c"),
        ("/d?e", "https://example.org/d?e"),
    ] {
        two.redirect(location);
        assert_eq!(url(&two), next);
    }
    two.redirect("/f");
    assert!(matches!(two.step(), Need::Done(Err(PoshError::TooManySteps))), "four redirects");
    for location in ["http://example.com/", "//example.com/", "/a b", "ftp://example.com/", ""] {
        let mut three = retrieval();
        three.redirect(location);
        assert!(matches!(three.step(), Need::Done(Err(PoshError::NotHttps(_)))), "{location}");
    }
    // A place has up to 2048 octets.
    let base = "https://example.com/";
    let place = |octets: usize| format!("{base}{}", "x".repeat(octets - base.len()));
    let mut long = retrieval();
    long.redirect(&place(2048));
    assert_eq!(url(&long), place(2048));
    long.redirect(&place(2049));
    assert!(matches!(long.step(), Need::Done(Err(PoshError::NotHttps(_)))));
    let mut four = retrieval();
    four.failed("status 404");
    four.document(br#"{"fingerprints":[{"sha-256":"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ="}],"expires":1}"#, NOW);
    assert!(matches!(four.step(), Need::Done(Err(PoshError::NotFetched(_)))), "what comes later counts no more");
    assert_eq!(url(&retrieval().at_port(8443)), "https://example.com:8443/.well-known/posh/xmpp-server.json");
    for (name, service) in [("example.com", "../x"), ("example.com", ""), (".", "x"), ("a\\032b.example", "x")] {
        assert!(Retrieval::new(name.parse::<NameBuf>().unwrap(), service).is_err(), "{name} {service}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc7711#section-6
//= type=test
//# The POSH client MUST NOT cache results (reference or fingerprints) indefinitely.
//= https://www.rfc-editor.org/rfc/rfc7711#section-6
//= type=test
//# a POSH client MUST NOT consider an expired PKIX certificate to be valid, in accordance with [RFC5280].
#[test]
fn fingerprints() {
    let leaf = certificate("leaf");
    let (short, long) = (base64(digest(&SHA256, &leaf).as_ref()), base64(digest(&SHA512, &leaf).as_ref()));
    let other = base64(digest(&SHA256, b"x").as_ref());
    let check = |descriptors: &str, der: &[u8], now: u64| {
        let mut retrieval = retrieval();
        retrieval.document(format!(r#"{{"fingerprints":[{descriptors}],"expires":100}}"#).as_bytes(), NOW);
        match retrieval.step() {
            Need::Done(Ok(found)) => found.check(der, Time(now).into()),
            other => panic!("{other:?}"),
        }
    };
    let end = Ok(Time(NOW.0 + 100));
    assert_eq!(check(&format!(r#"{{"sha-256":"{short}"}}"#), &leaf, NOW.0), end);
    assert_eq!(check(&format!(r#"{{"sha-512":"{long}","md5":"x"}}"#), &leaf, NOW.0), end);
    assert_eq!(check(&format!(r#"{{"sha-256":"{other}"}},{{"SHA-256":"{short}"}}"#), &leaf, NOW.0), end);
    // All hashes of one descriptor are those of one certificate.
    let mixed = format!(r#"{{"sha-256":"{other}","sha-512":"{long}"}}"#);
    assert_eq!(check(&mixed, &leaf, NOW.0), Err(PoshError::OtherCertificate));
    // None that counts is none.
    assert_eq!(check(r#"{"md5":"x"}"#, &leaf, NOW.0), Err(PoshError::OtherCertificate));
    assert_eq!(check("{}", &leaf, NOW.0), Err(PoshError::OtherCertificate));
    assert_eq!(
        check(&format!(r#"{{"sha-256":"{short}"}}"#), &certificate("self"), NOW.0),
        Err(PoshError::OtherCertificate)
    );
    assert_eq!(check(&format!(r#"{{"sha-256":"{short}"}}"#), &leaf, NOW.0 + 100), Err(PoshError::Stale));
    // Section 6: an expired certificate is not valid, whatever the document says.
    for file in ["expired", "future"] {
        let der = certificate(file);
        let print = base64(digest(&SHA256, &der).as_ref());
        let checked = check(&format!(r#"{{"sha-256":"{print}"}}"#), &der, NOW.0);
        assert_eq!(checked, Err(PoshError::CertificateDates), "{file}");
    }
}

/// Where the time is known within bounds, a document has to hold until the last of it.
#[test]
fn documents_hold_as_late_as_it_can_be() {
    let leaf = certificate("leaf");
    let print = base64(digest(&SHA256, &leaf).as_ref());
    let mut retrieval = retrieval();
    retrieval.document(format!(r#"{{"fingerprints":[{{"sha-256":"{print}"}}],"expires":100}}"#).as_bytes(), NOW);
    let Need::Done(Ok(found)) = retrieval.step() else { panic!("{retrieval:?}") };
    let between = |latest: u64| found.check(&leaf, Clock::between(NOW, Time(NOW.0 + latest)));
    assert_eq!(between(100), Err(PoshError::Stale));
    assert_eq!(between(99), Ok(Time(NOW.0 + 100)));
    assert_eq!(found.check(&leaf, Clock::not_before(Time(NOW.0 + 100))), Err(PoshError::Stale));
    assert_eq!(found.check(&leaf, Clock::not_before(Time(NOW.0 + 99))), Ok(Time(NOW.0 + 100)));
}
