//! Zones that once passed for sound without being so, each beside one like it that is.

mod common;

use common::changed::{Changed, NSEC, NSEC3, done, errors, owner_of, report, text, verified, zone};
use dnsproof::anchor::Anchors;
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::zone::{Anchored, FaultKind, Report};
use dnsproof::zonefile::{self, OwnedRecord};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

fn of(file: &str) -> Changed {
    Changed::of(&format!("{file}.zone"))
}

fn count(report: &Report, kind: FaultKind) -> u64 {
    report.counts.get(&kind).copied().unwrap_or(0)
}

const HASH: &str = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM";

/// Records that nobody sees prove nothing, so a signed zone is not sound by them (RFC 4035 section 2.3).
#[test]
fn occluded_records_are_no_denial() {
    let occluded = [
        // Below a delegation, at one, and below a DNAME record.
        format!("{HASH}.plain.example. 300 NSEC3 1 0 0 - {HASH} A"),
        format!("plain.example. 300 NSEC3 1 0 0 - {HASH} A"),
        format!("{HASH}.other.test.example. 300 NSEC3 1 0 0 - {HASH} A"),
        "a.plain.example. 300 NSEC3PARAM 1 0 0 -".to_string(),
        "plain.example. 300 NSEC3PARAM 1 0 0 -".to_string(),
        "a.other.test.example. 300 NSEC3PARAM 1 0 0 -".to_string(),
        // Not occluded, and no parameters of the zone: they are at its apex.
        "mail.example. 300 NSEC3PARAM 1 0 0 -".to_string(),
    ];
    let mut bare = of(NSEC);
    bare.0.retain(|record| record.rtype != Type::NSEC && record.rdata[..2] != Type::NSEC.0.to_be_bytes());
    for line in &occluded {
        let report = bare.clone().add(line).report();
        assert_eq!(count(&report, FaultKind::DenialMissing), 1, "{line}: {:?}", report.faults);
        assert!(!report.is_sound(), "{line}");
        let is_occluded = !line.starts_with("mail");
        assert_eq!(errors(&report).len(), if is_occluded { 1 } else { 2 }, "{line}: {:?}", report.faults);
        // Beside a chain they do no harm.
        for file in [NSEC, NSEC3] {
            let report = of(file).add(line).report();
            assert_eq!(report.is_sound(), is_occluded, "{file}, {line}: {:?}", report.faults);
            assert_eq!(count(&report, FaultKind::DenialMissing), 0, "{file}, {line}");
        }
    }
    // Nor is the record at the apex a chain.
    let mut bare = of(NSEC3);
    bare.0.retain(|record| record.rtype != Type::NSEC3 && record.rdata[..2] != Type::NSEC3.0.to_be_bytes());
    let apex = "example.".to_string();
    assert_eq!(
        errors(&bare.report()),
        [(FaultKind::DenialMissing, apex.clone()), (FaultKind::Nsec3ParamWithoutChain, apex)]
    );
}

/// The key that signs the keys of [`NSEC`].
fn ksk() -> OwnedRecord {
    zonefile::parse(&text("keys/bind-nsec-13-ksk.key"), None).unwrap().remove(0)
}

/// A DS record; `digest` of the key, or of another if it is changed.
fn ds(algorithm: u8, digest_type: u8, changed: bool) -> String {
    let key = ksk();
    let tag = key.as_record().view::<dnsproof::wire::rdata::Dnskey<'_>>().unwrap().key_tag();
    let hash = if digest_type == 1 { &SHA1_FOR_LEGACY_USE_ONLY } else { &SHA256 };
    let mut octets = digest(hash, &[key.owner.as_wire(), &key.rdata].concat()).as_ref().to_vec();
    octets[0] ^= u8::from(changed);
    format!("example. DS {tag} {algorithm} {digest_type} {}\n", data_encoding::HEXUPPER.encode(&octets))
}

/// As for the kernel, SHA-1 does not count beside a stronger digest that counts (RFC 4509 section 3).
#[test]
fn sha1_anchors_beside_stronger_ones() {
    let by = |anchors: &[String]| {
        let anchors = Anchors::parse(&anchors.concat()).unwrap();
        let report = verified(&zone(&text("bind-nsec-13.zone")), &anchors, &Ring);
        let named = report.keys.iter().filter(|key| key.is_anchored).count();
        (report.is_sound(), matches!(report.anchored, Anchored::By(_)), named)
    };
    let (sound, unsound) = ((true, true, 1), (false, false, 0));
    // Which key the stronger one names, and of which algorithm it is, does not matter.
    assert_eq!(by(&[ds(13, 1, false), ds(13, 2, true)]), unsound);
    assert_eq!(by(&[ds(13, 2, true), ds(13, 1, false)]), unsound);
    assert_eq!(by(&[ds(13, 1, false), ds(8, 2, false)]), unsound);
    assert_eq!(by(&[ds(13, 1, false)]), sound);
    assert_eq!(by(&[ds(13, 1, false), ds(13, 2, false)]), sound);
    assert_eq!(by(&[ds(13, 1, true), ds(13, 2, false)]), sound);
    // One that does not count takes nothing away: an unknown algorithm, an unknown digest.
    assert_eq!(by(&[ds(13, 1, false), ds(200, 2, true)]), sound);
    assert_eq!(by(&[ds(13, 1, false), ds(13, 200, true)]), sound);
    // A key is no digest.
    let key = ksk().as_record().to_string() + "\n";
    assert_eq!(by(&[ds(13, 1, false), key.clone()]), sound);
    assert_eq!(by(&[key, ds(13, 2, true)]), sound);
}

/// So many different signatures over the records, all good; they take effect one second after the other.
fn signed_so_often(key: &str, owner: &str, rtype: Type, times: u32) -> Changed {
    let mut zone = of(NSEC);
    for number in 1..times {
        let signature = zone.signature(owner, rtype).clone();
        zone.sign(key, owner, rtype, |rdata| {
            rdata[12..16].copy_from_slice(&(1_793_491_200 + number).to_be_bytes());
        });
        zone.0.push(signature);
    }
    zone
}

/// Each signature takes all of the records, so as many as there may be records would be too many.
#[test]
fn signatures_over_one_set_are_bounded() {
    let once = of(NSEC).report();
    for (owner, rtype, key) in
        [("mail.example", Type::A, "bind-nsec-13-zsk"), ("example", Type::DNSKEY, "bind-nsec-13-ksk")]
    {
        let own = of(NSEC)
            .0
            .iter()
            .filter(|record| {
                record.rtype == Type::RRSIG
                    && record.owner == owner.parse::<NameBuf>().unwrap()
                    && record.rdata[..2] == rtype.0.to_be_bytes()
            })
            .count();
        let own = u32::try_from(own).unwrap();
        let most = signed_so_often(key, owner, rtype, 17 - own).report();
        assert!(most.is_sound() && most.unchecked == 0, "{:?}", most.faults);
        assert_eq!(most.signatures, once.signatures + u64::from(16 - own));
        let more = signed_so_often(key, owner, rtype, 27 - own).report();
        assert_eq!((more.signatures, more.unchecked), (most.signatures, 10));
        assert_eq!(more.counts.clone().into_iter().collect::<Vec<_>>(), [(FaultKind::SignaturesTooMany, 10)]);
        assert!(!more.is_sound());
    }
}

/// So it is where the key is looked for that an anchor names: the good signature is behind so many others.
#[test]
fn signatures_of_an_anchored_key_are_bounded() {
    let anchors = Anchors::parse(&text("bind-nsec-13.ds")).unwrap();
    for (others, anchored) in [(15, true), (16, false)] {
        let mut changed = of(NSEC);
        changed.sign("bind-nsec-13-ksk", "example", Type::DNSKEY, |_| ());
        let good = changed.signature("example", Type::DNSKEY).clone();
        for number in 1..=others {
            // Those that end sooner come first.
            let mut other = good.clone();
            other.rdata[8..12].copy_from_slice(&(1_825_027_200_u32 - number).to_be_bytes());
            changed.0.push(other);
        }
        let report = verified(&zone(&changed.text()), &anchors, &Ring);
        assert_eq!(matches!(report.anchored, Anchored::By(_)), anchored, "{others}: {:?}", report.faults);
        assert!(!report.is_sound());
    }
}

/// A key that is there twice is one key.
#[test]
fn repeated_keys() {
    let once = of(NSEC).report();
    let mut twice = of(NSEC);
    let keys: Vec<OwnedRecord> = twice.0.iter().filter(|record| record.rtype == Type::DNSKEY).cloned().collect();
    twice.0.extend(keys);
    let twice = twice.report();
    assert!(twice.is_sound());
    assert_eq!(twice.keys, once.keys);
}

/// A delegation has no DNAME record; the apex may have one beside its NS records (RFC 6672 section 2.3).
#[test]
fn ns_and_dname() {
    let expected = |owner: &str| [(FaultKind::NsAndDname, owner.to_string())];
    for file in [NSEC, NSEC3] {
        let report = of(file).add("plain.example. 3600 DNAME example.net.").report();
        assert_eq!(errors(&report), expected("plain.example."), "{file}");
        let report = of(file).add("secure.example. 3600 DNAME example.net.").report();
        assert_eq!(errors(&report), expected("secure.example."), "{file}");
        // What is below a delegation is not the zone's.
        let below = "a.plain.example. 3600 DNAME example.net.\na.plain.example. 3600 NS ns1.example.";
        let report = of(file).add(below).report();
        assert!(report.is_sound(), "{file}: {:?}", report.faults);
    }
    let mut apex = of(NSEC);
    let name: NameBuf = "example".parse().unwrap();
    apex.0.retain(|record| record.owner == name);
    apex.remove("example", Type::NSEC).add("example. 3600 DNAME example.net.");
    apex.add("example. 300 NSEC example. NS SOA MX DNAME RRSIG NSEC DNSKEY CAA");
    let mut signature = apex.signature("example", Type::NS).clone();
    signature.rdata[..2].copy_from_slice(&Type::DNAME.0.to_be_bytes());
    apex.0.push(signature);
    for rtype in [Type::DNAME, Type::NSEC] {
        apex.sign("bind-nsec-13-zsk", "example", rtype, |_| ());
    }
    let report = apex.report();
    assert!(report.is_sound() && report.faults.is_empty(), "{:?}", report.faults);
}

/// The zone with another TTL of its SOA record, and another MINIMUM field.
fn with_soa(file: &str, ttl: u32, minimum: u32) -> Changed {
    let mut zone = of(file);
    let soa = zone.find("example", Type::SOA);
    soa.ttl = ttl;
    let at = soa.rdata.len() - 4;
    soa.rdata[at..].copy_from_slice(&minimum.to_be_bytes());
    zone.signature("example", Type::SOA).ttl = ttl;
    zone.sign(&format!("{file}-zsk"), "example", Type::SOA, |rdata| rdata[4..8].copy_from_slice(&ttl.to_be_bytes()));
    zone
}

/// NSEC and NSEC3 records have the TTL of the SOA record or its MINIMUM field, whichever is less (RFC 9077 section 3).
/// Another one may be there for a while, so it is a warning.
#[test]
fn ttls_of_denial() {
    for file in [NSEC, NSEC3] {
        let records = |report: &Report| report.nsec + report.nsec3.iter().map(|chain| chain.records).sum::<u64>();
        for (ttl, minimum) in [(3600, 600), (3600, 60), (600, 3600), (60, 300)] {
            let report = with_soa(file, ttl, minimum).report();
            assert!(report.is_sound(), "{:?}", report.faults);
            let counts: Vec<(FaultKind, u64)> = report.counts.clone().into_iter().collect();
            assert_eq!(counts, [(FaultKind::DenialTtl, records(&report))], "{file}: {ttl} {minimum}");
        }
        for (ttl, minimum) in [(3600, 300), (300, 3600), (300, 300)] {
            let report = with_soa(file, ttl, minimum).report();
            assert!(report.is_sound() && report.faults.is_empty(), "{file}: {:?}", report.faults);
        }
    }
    // One record of many.
    let mut one = of(NSEC3);
    let owner = owner_of(of(NSEC3), "mail.example");
    one.find(&owner, Type::NSEC3).ttl = 299;
    one.signature(&owner, Type::NSEC3).ttl = 299;
    done(
        one.sign("bind-nsec3-13-zsk", &owner, Type::NSEC3, |rdata| rdata[4..8].copy_from_slice(&299_u32.to_be_bytes())),
    );
    let found = report(&one.text());
    assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
    assert_eq!((found.faults[0].kind, found.faults[0].detail.as_str()), (FaultKind::DenialTtl, "299, expected 300"));
}
