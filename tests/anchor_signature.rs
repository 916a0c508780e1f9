//! The CMS signature over IANA's trust anchors: what ICANN and openssl made, row by row.

use dnsproof::anchor::check_signature;
use dnsproof::time::{Time, Timestamp};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/anchors/cms/");

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn midnight(date: &str) -> Time {
    Time(Timestamp::from_text(&format!("{}000000", date.replace('-', ""))).unwrap().0.into())
}

#[test]
fn every_row_says_what_it_should() {
    let table = String::from_utf8(file("cases.tsv")).unwrap();
    let (mut good, mut bad) = (0, 0);
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, content, ca, date, result, _openssl, why] = columns[..] else { panic!("{line}") };
        let said = check_signature(&file(content), &file(name), &file(ca), midnight(date));
        match result {
            "good" => {
                assert_eq!(said, Ok(()), "{name} {date}: {why}");
                good += 1;
            }
            "bad" => {
                assert!(said.is_err(), "{name} {date}: {why}");
                bad += 1;
            }
            // Nothing says how to take these; but never with another content.
            "either" => assert!(check_signature(b"other", &file(name), &file(ca), midnight(date)).is_err()),
            other => panic!("{other}"),
        }
    }
    assert!(good > 15 && bad > 35, "{good} good, {bad} bad");
}

#[test]
fn each_refusal_says_why() {
    let (xml, ca) = (file("../formats/root-anchors.xml"), file("certs/ca.pem"));
    for (name, expected) in [
        ("bad-content.p7s", "the file is not the one that was signed"),
        ("bad-content-noattr.p7s", "the signature does not fit"),
        ("bad-signed-attribute.p7s", "the signature does not fit"),
        ("bad-signature.p7s", "the signature does not fit"),
        ("bad-usage.p7s", "the signer's certificate, or one above it, is not for signing"),
        ("bad-attached.p7s", "the signature is not a detached one"),
        ("bad-content-type.p7s", "the signature is not a detached one"),
        ("bad-no-signer.p7s", "nobody has signed"),
        ("bad-no-certificate.p7s", "the signer's certificate is not in the signature"),
        ("bad-sha1.p7s", "the algorithm 1.3.14.3.2.26 does not count"),
    ] {
        let said = check_signature(&xml, &file(name), &ca, midnight("2026-01-15")).unwrap_err();
        assert_eq!(said.to_string(), expected, "{name}");
    }
    let said = |ca: &[u8]| check_signature(&xml, &file("good-smime.p7s"), ca, midnight("2026-01-15")).unwrap_err();
    assert_eq!(said(b"").to_string(), "no certificate of a CA: the file has none in PEM");
    let expired = check_signature(&xml, &file("bad-expired.p7s"), &ca, midnight("2026-01-15")).unwrap_err().to_string();
    assert!(expired.starts_with("the signer's certificate, or one above it, ended at second "), "{expired}");
}

/// Whatever octet of ICANN's own signature is changed, it holds no more, or nothing that counts was
/// changed: what the signature does not cover is in the certificate of the CA, which is sent along.
#[test]
fn a_changed_octet_breaks_the_real_signature() {
    let (xml, ca) = (file("../formats/root-anchors.xml"), file("../formats/icannbundle.pem"));
    let signature = file("../formats/root-anchors-2025.p7s");
    let now = midnight("2026-01-15");
    assert_eq!(check_signature(&xml, &signature, &ca, now), Ok(()));
    for at in 0..xml.len() {
        let mut changed = xml.clone();
        changed[at] ^= 1;
        assert!(check_signature(&changed, &signature, &ca, now).is_err(), "octet {at} of the file");
    }
}
