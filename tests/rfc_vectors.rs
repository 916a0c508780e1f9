//! What the RFCs print, judged by the kernel on both backends: the good must be Secure, and the
//! same with one octet or one second off must not be. The zones and responses of RFC 4035, 5155,
//! 7129 and 9102 have files of their own.

mod common;

use common::build::{records, responses, rrsig, window};
use common::read;
use common::world::{ENDORSEMENT, Said, World, anchors, dnskey, endorse, file, of_type};
use dnsproof::anchor::Anchors;
use dnsproof::chain::ReasonCode;
use dnsproof::codes::{DigestType, Type};
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::policy::Policy;
use dnsproof::zonefile;

/// A file with one key and one RRset that it signs. The anchor is the DS record if there is one,
/// and else the key.
fn example(name: &str, policy: Policy) -> (World, (u64, u64)) {
    let window = window(&file(name));
    let mut records = records(&file(name));
    let [key] = &of_type(&records, Type::DNSKEY)[..] else { panic!("{name}: one key") };
    let [signature] = &of_type(&records, Type::RRSIG)[..] else { panic!("{name}: one signature") };
    let (owner, rtype) = (signature.owner, rrsig(signature).type_covered);
    let ds = of_type(&records, Type::DS);
    let anchors = if ds.is_empty() { anchors([key]) } else { anchors(&ds) };
    records.retain(|record| record.rtype != Type::DS);
    records.push(endorse(key, window));
    (World { name: owner, rtype, responses: responses(&records), anchors, policy }, window)
}

/// The example is Secure in its window, and nothing next to it is.
fn holds<B: Backend>(backend: &B, name: &str, policy: Policy, weak: bool) {
    let (world, (from, to)) = example(name, policy);
    let about = world.question();
    for now in [from, from + 1, u64::midpoint(from, to), to] {
        let good = Said { verdict: "secure", code: None, proved: "records", about: String::new(), weak, asked: 1 };
        assert_eq!(world.judge(backend, now), good, "{name} at {now}");
    }
    let said = world.judge(backend, from - 1);
    assert!(said.is_bogus(ReasonCode::SignatureNotYetValid, &about), "{name}: {said:?}");
    let said = world.judge(backend, to + 1);
    assert!(said.is_bogus(ReasonCode::SignatureExpired, &about), "{name}: {said:?}");

    for place in 0.. {
        let mut changed = world.clone();
        let signature = changed.signatures(world.name, world.rtype).next().unwrap();
        let length = rrsig(signature).signature.len();
        if place == length {
            break;
        }
        let at = signature.rdata.len() - length + place;
        signature.rdata[at] ^= 1;
        let said = changed.judge(backend, from);
        assert!(said.is_bogus(ReasonCode::SignatureInvalid, &about), "{name}, octet {place}: {said:?}");
    }
    let mut changed = world.clone();
    let mut answers = changed.responses.iter_mut().flat_map(|response| &mut response.sections[0]);
    let answer = answers.find(|record| record.rtype == world.rtype).unwrap();
    answer.rdata[0] ^= 1;
    let said = changed.judge(backend, from);
    assert!(said.is_bogus(ReasonCode::SignatureInvalid, &about), "{name}, RDATA: {said:?}");

    // Without the endorsement the keys are not proved, however good the signature is.
    let mut bare = world.clone();
    bare.responses.iter_mut().for_each(|response| {
        response.sections[0].retain(|record| !record.rdata.ends_with(ENDORSEMENT));
    });
    let said = bare.judge(backend, from);
    assert_eq!((said.verdict, said.code), ("bogus", Some(ReasonCode::SignatureMissing)), "{name}");
    assert!(said.about.ends_with(" DNSKEY"), "{name}: {}", said.about);
}

fn holds_on_both(name: &str, policy: Policy, weak: bool) {
    holds(&Ring, name, policy, weak);
    holds(&RustCrypto, name, policy, weak);
}

/// The DS record of the file names its key, and none with another digest does.
fn ds_names_key<B: Backend>(backend: &B, name: &str, digest_type: DigestType) {
    let records = records(&file(name));
    let ([key], [ds]) = (&of_type(&records, Type::DNSKEY)[..], &of_type(&records, Type::DS)[..]) else {
        panic!("{name}: a key and its DS")
    };
    let now = 1_000_000_000;
    let keys = responses(&[key.clone(), endorse(key, (now, now))]);
    let world = World {
        name: key.owner,
        rtype: Type::DNSKEY,
        responses: keys,
        anchors: anchors([ds]),
        policy: Policy::legacy(),
    };
    assert!(world.judge(backend, now).is_secure(), "{name}");
    let without = World { policy: Policy::legacy().without_digest(digest_type), ..world.clone() };
    assert_eq!(without.judge(backend, now).code, Some(ReasonCode::DigestUnsupported), "{name}");
    for place in 4..ds.rdata.len() {
        let mut changed = ds.clone();
        changed.rdata[place] ^= 1;
        let said = World { anchors: anchors([&changed]), ..world.clone() }.judge(backend, now);
        assert!(said.is_bogus(ReasonCode::AnchorMismatch, &world.question()), "{name}, octet {place}: {said:?}");
    }
}

#[test]
fn rfc4034_appendix_b() {
    let text = read("rfc/rfc4034-b.tags");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(';')).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let (tag, record) = line.split_once(' ').unwrap();
        let records = zonefile::parse(record, None).unwrap();
        assert_eq!(dnskey(&records[0]).key_tag().to_string(), tag);
    }
}

#[test]
fn rfc4034_section_3_3() {
    holds_on_both("rfc4034-3-3-whole.zone", Policy::legacy(), true);
}

/// RFC 9905 section 2: algorithm 5 is as good as unknown unless the caller says otherwise.
#[test]
fn rfc4034_section_3_3_under_the_standard_policy() {
    let (world, (from, _)) = example("rfc4034-3-3-whole.zone", Policy::standard());
    for said in [world.judge(&Ring, from), world.judge(&RustCrypto, from)] {
        assert_eq!((said.verdict, said.code), ("indeterminate", Some(ReasonCode::AlgorithmUnsupported)));
    }
}

#[test]
fn rfc4034_section_5_4() {
    ds_names_key(&Ring, "rfc4034-5-4.zone", DigestType::SHA1);
    ds_names_key(&RustCrypto, "rfc4034-5-4.zone", DigestType::SHA1);
}

#[test]
fn rfc4509_section_2_3() {
    ds_names_key(&Ring, "rfc4509-2-3.zone", DigestType::SHA256);
    ds_names_key(&RustCrypto, "rfc4509-2-3.zone", DigestType::SHA256);
}

/// A SHA-1 digest does not count beside one of SHA-256, even if that names no key.
#[test]
fn rfc4509_section_3() {
    let sha1 = of_type(&records("rfc/rfc4034-5-4.zone"), Type::DS).remove(0);
    let both = records("rfc/rfc4509-2-3.zone");
    let (key, mut sha256) = (of_type(&both, Type::DNSKEY).remove(0), of_type(&both, Type::DS).remove(0));
    let now = 1_000_000_000;
    let keys = responses(&[key.clone(), endorse(&key, (now, now))]);
    let world = |anchors: Anchors| World {
        name: key.owner,
        rtype: Type::DNSKEY,
        responses: keys.clone(),
        anchors,
        policy: Policy::legacy(),
    };
    assert!(world(anchors([&sha1, &sha256])).judge(&Ring, now).is_secure());
    sha256.rdata[4] ^= 1;
    let said = world(anchors([&sha1, &sha256])).judge(&Ring, now);
    assert!(said.is_bogus(ReasonCode::AnchorMismatch, "dskey.example.com. DNSKEY"), "{said:?}");
}

/// The keys of 6.1 have 512 bits: outside of the limits of both backends, and so unusable,
/// although the signature is right.
#[test]
fn rfc5702_section_6_1() {
    let (world, (from, _)) = example("rfc5702-6-1.zone", Policy::standard());
    for said in [world.judge(&Ring, from), world.judge(&RustCrypto, from)] {
        assert!(said.is_bogus(ReasonCode::KeyUnusable, "example.net. DNSKEY"), "{said:?}");
        assert_eq!(said.asked, 0);
    }
}

#[test]
fn rfc5702_section_6_2() {
    holds_on_both("rfc5702-6-2.zone", Policy::standard(), false);
}

#[test]
fn rfc6605_section_6_1() {
    holds_on_both("rfc6605-6-1.zone", Policy::standard(), false);
}

#[test]
fn rfc6605_section_6_2() {
    holds_on_both("rfc6605-6-2.zone", Policy::standard(), false);
}

#[test]
fn rfc8080_section_6_1() {
    holds_on_both("rfc8080-6-1-a.zone", Policy::standard(), false);
    holds_on_both("rfc8080-6-1-b.zone", Policy::standard(), false);
}

/// ring has no Ed448: what rests on it cannot be judged, and that is what is said.
#[test]
fn rfc8080_section_6_2() {
    for name in ["rfc8080-6-2-a.zone", "rfc8080-6-2-b.zone"] {
        holds(&RustCrypto, name, Policy::standard(), false);
        let (world, (from, _)) = example(name, Policy::standard());
        let said = world.judge(&Ring, from);
        assert_eq!((said.verdict, said.code), ("indeterminate", Some(ReasonCode::AlgorithmUnsupported)));
    }
}

/// As printed, the signatures state 3 labels for an owner of 2 (RFC 4035 section 5.3.1). The
/// backend is not even asked, though they fit the octets.
#[test]
fn rfc8080_sections_6_1_and_6_2_as_printed() {
    for name in ["6-1-a", "6-1-b", "6-2-a", "6-2-b"] {
        let (world, (from, to)) = example(&format!("rfc8080-{name}-printed.zone"), Policy::standard());
        for now in [from, to] {
            let mut said = vec![world.judge(&RustCrypto, now)];
            if name.starts_with("6-1") {
                said.push(world.judge(&Ring, now));
            }
            for said in said {
                assert!(said.is_bogus(ReasonCode::LabelsMismatch, "example.com. MX"), "{name}: {said:?}");
                assert_eq!(said.asked, 0);
            }
        }
    }
}
