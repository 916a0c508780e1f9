//! Whole zones, as three signers make them, and each way in which they can be wrong.

mod common;

use std::collections::BTreeSet;

use common::changed::{Changed, NOW, NSEC, NSEC3, OPT_OUT, done, errors, owner_of, report, text, verified, zone};
use dnsproof::anchor::Anchors;
use dnsproof::codes::{Algorithm, Type};
use dnsproof::crypto::{Fast, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::zone::{Anchored, FaultKind, Report, Severity, Terms};
use dnsproof::zonefile::{self, OwnedRecord};

fn names() -> Vec<String> {
    let cases = text("cases.tsv");
    cases.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_string()).collect()
}

#[test]
fn what_signers_make_is_sound() {
    let names = names();
    assert_eq!(names.len(), 25);
    for name in names {
        let zone = zone(&text(&format!("{name}.zone")));
        let anchors = Anchors::parse(&text(&format!("{name}.ds"))).unwrap();
        let by_rust = verified(&zone, &anchors, &RustCrypto);
        assert!(by_rust.is_sound(), "{name}: {:?}", by_rust.faults);
        assert!(matches!(by_rust.anchored, Anchored::By(_)), "{name}");
        assert!(by_rust.signatures > 40 && by_rust.unchecked == 0, "{name}: {by_rust:?}");
        assert_eq!(by_rust.zonemd.iter().filter(|digest| digest.fits == Some(true)).count(), by_rust.zonemd.len());
        assert_eq!(!by_rust.zonemd.is_empty(), name.contains("zonemd"), "{name}");
        assert_eq!(by_rust.delegations, (3, 1), "{name}");
        if name.ends_with("-16") {
            // Ring has no Ed448: that is said, and nothing passes for checked.
            let by_ring = verified(&zone, &anchors, &Ring);
            assert_eq!((by_ring.signatures, by_ring.unchecked), (0, by_rust.signatures));
            assert!(by_ring.counts.contains_key(&FaultKind::AlgorithmUnsupported) && !by_ring.is_sound());
            continue;
        }
        for again in [verified(&zone, &anchors, &Ring), verified(&zone, &anchors, &Fast)] {
            assert!(again.is_sound(), "{name}");
            assert_eq!(again.signatures, by_rust.signatures);
        }
    }
}

type Change = fn(&mut Changed);
/// A zone, what becomes of it, and the errors with the names at which they are; `?` for any name.
type Case = (&'static str, Change, &'static [(FaultKind, &'static str)]);

fn zsk(changed: &mut Changed, owner: &str, rtype: Type) {
    changed.sign("bind-nsec-13-zsk", owner, rtype, |_| ());
}

fn ignore(_: &mut Changed) {}

/// Each fault: the zone that it is brought into, how, and all errors that come of it.
#[test]
fn each_way_to_be_wrong() {
    use FaultKind as K;
    let cases: &[Case] = &[
        (NSEC, ignore, &[]),
        (NSEC3, ignore, &[]),
        (OPT_OUT, ignore, &[]),
        (
            NSEC,
            |z| *z.signature("mail.example", Type::A).rdata.last_mut().unwrap() ^= 1,
            &[(K::SignatureInvalid, "mail.example.")],
        ),
        (NSEC, |z| done(z.unsign("mail.example", Type::A)), &[(K::SignatureMissing, "mail.example.")]),
        (NSEC, |z| done(z.unsign("mail.example", Type::NSEC)), &[(K::SignatureMissing, "mail.example.")]),
        (NSEC, |z| done(z.unsign("secure.example", Type::DS)), &[(K::SignatureMissing, "secure.example.")]),
        (NSEC, |z| done(z.unsign("example", Type::SOA)), &[(K::SignatureMissing, "example.")]),
        (
            NSEC,
            |z| done(z.remove("mail.example", Type::A)),
            &[
                (K::SignatureOverNothing, "mail.example."),
                (K::NsecNotDue, "mail.example."),
                (K::NsecNextWrong, "sub.ent2.example."),
            ],
        ),
        (
            NSEC,
            |z| done(z.remove("mail.example", Type::NSEC)),
            &[(K::SignatureOverNothing, "mail.example."), (K::NsecMissing, "mail.example.")],
        ),
        (NSEC, |z| done(z.add("mail.example. 3600 A 192.0.2.99")), &[(K::SignatureInvalid, "mail.example.")]),
        (
            NSEC,
            |z| done(z.add("mail.example. 3600 AAAA 2001:db8::1")),
            &[(K::SignatureMissing, "mail.example."), (K::NsecBitmapWrong, "mail.example.")],
        ),
        (
            NSEC,
            |z| done(z.add("new.example. 3600 A 192.0.2.99")),
            &[
                (K::NsecMissing, "new.example."),
                (K::SignatureMissing, "new.example."),
                (K::NsecNextWrong, "naptr.example."),
            ],
        ),
        // What is not the zone's own needs no signature, and must have none.
        (NSEC, |z| done(z.add("ns.plain.example. 3600 AAAA 2001:db8::1")), &[]),
        (NSEC, |z| done(z.add("new.secure.example. 3600 A 192.0.2.1")), &[]),
        (
            NSEC,
            |z| {
                let mut other = z.signature("mail.example", Type::A).clone();
                other.owner = "ns.plain.example".parse().unwrap();
                z.0.push(other);
            },
            &[(K::SignatureNotDue, "ns.plain.example.")],
        ),
        (
            NSEC,
            |z| {
                let mut other = z.signature("mail.example", Type::A).clone();
                other.owner = "plain.example".parse().unwrap();
                other.rdata[1] = 2;
                z.0.push(other);
            },
            &[(K::SignatureNotDue, "plain.example.")],
        ),
        // Signed by the right key, and wrong.
        (NSEC, |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |_| ())), &[]),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| rdata[3] = 1)),
            &[(K::LabelsWrong, "mail.example.")],
        ),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "*.wild.example", Type::TXT, |rdata| rdata[3] = 3)),
            &[(K::LabelsWrong, "*.wild.example.")],
        ),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| rdata[6] = 1)),
            &[(K::TtlWrong, "mail.example.")],
        ),
        (
            NSEC,
            |z| {
                done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| {
                    rdata[8..12].copy_from_slice(&1_795_478_399_u32.to_be_bytes())
                }))
            },
            &[(K::SignatureExpired, "mail.example.")],
        ),
        (
            NSEC,
            |z| {
                done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| {
                    rdata[8..12].copy_from_slice(&1_795_478_400_u32.to_be_bytes())
                }))
            },
            &[],
        ),
        (
            NSEC,
            |z| {
                done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| {
                    rdata[12..16].copy_from_slice(&1_795_478_401_u32.to_be_bytes())
                }))
            },
            &[(K::SignatureNotYetValid, "mail.example.")],
        ),
        (
            NSEC,
            |z| {
                done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| {
                    rdata[12..16].copy_from_slice(&1_825_027_201_u32.to_be_bytes())
                }))
            },
            &[(K::SignatureWindow, "mail.example.")],
        ),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| rdata[20] ^= 1)),
            &[(K::SignerWrong, "mail.example.")],
        ),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| rdata[17] ^= 1)),
            &[(K::KeyMissing, "mail.example.")],
        ),
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-zsk", "mail.example", Type::A, |rdata| rdata[2] = 8)),
            &[(K::AlgorithmIncomplete, "mail.example.")],
        ),
        // The key signing key may sign data as well; by another key's hand it is invalid.
        (
            NSEC,
            |z| done(z.sign("bind-nsec-13-ksk", "mail.example", Type::A, |_| ())),
            &[(K::SignatureInvalid, "mail.example.")],
        ),
        (
            NSEC,
            |z| {
                let next: NameBuf = "ns2.example".parse().unwrap();
                let nsec = z.find("naptr.example", Type::NSEC);
                let types = nsec.rdata.split_off("\x03ns1\x07example\0".len());
                nsec.rdata = [next.as_wire(), &types].concat();
                zsk(z, "naptr.example", Type::NSEC);
            },
            &[(K::NsecNextWrong, "naptr.example.")],
        ),
        (
            NSEC,
            |z| {
                *z.find("mail.example", Type::NSEC).rdata.last_mut().unwrap() |= 4;
                zsk(z, "mail.example", Type::NSEC);
            },
            &[(K::NsecBitmapWrong, "mail.example.")],
        ),
        (
            NSEC,
            |z| {
                let rdata = &mut z.find("secure.example", Type::NSEC).rdata;
                let at = rdata.len() - 1;
                // The DS bit is the fourth of the sixth octet.
                rdata[at] &= !0x10;
                zsk(z, "secure.example", Type::NSEC);
            },
            &[(K::NsecBitmapWrong, "secure.example.")],
        ),
        (
            NSEC,
            |z| done(z.add("ns.plain.example. 300 NSEC example. A RRSIG NSEC")),
            &[(K::NsecNotDue, "ns.plain.example.")],
        ),
        (
            NSEC,
            |z| done(z.add("empty.example. 300 NSEC example. RRSIG NSEC")),
            &[(K::NsecNotDue, "empty.example."), (K::SignatureMissing, "empty.example.")],
        ),
        (
            NSEC,
            |z| done(z.add("mail.example. 300 NSEC example. A RRSIG NSEC")),
            &[(K::NsecRepeated, "mail.example."), (K::SignatureInvalid, "mail.example.")],
        ),
        (
            NSEC,
            |z| z.0.retain(|record| record.rtype != Type::DNSKEY && record.rtype != Type::RRSIG),
            &[(K::NotSigned, "example.")],
        ),
        (NSEC, |z| done(z.add("elsewhere.test. 3600 A 192.0.2.1")), &[(K::NotInZone, "elsewhere.test.")]),
        (
            NSEC,
            |z| done(z.add("deep.example. 3600 SOA a. b. 1 1 1 1 1")),
            &[
                (K::SoaRepeated, "deep.example."),
                (K::SignatureMissing, "deep.example."),
                (K::NsecMissing, "deep.example."),
                (K::NsecNextWrong, r"a\.b.example."),
            ],
        ),
        (
            NSEC,
            |z| done(z.add("www.example. 3600 A 192.0.2.1")),
            &[
                (K::CnameAndOther, "www.example."),
                (K::SignatureMissing, "www.example."),
                (K::NsecBitmapWrong, "www.example."),
            ],
        ),
        (
            NSEC,
            |z| {
                done(z.add(
                    "mail.example. 3600 DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
                ))
            },
            &[
                (K::DsWithoutNs, "mail.example."),
                (K::SignatureMissing, "mail.example."),
                (K::NsecBitmapWrong, "mail.example."),
            ],
        ),
        (NSEC, |z| z.find("mail.example", Type::A).ttl = 60, &[(K::TtlWrong, "mail.example.")]),
        (
            NSEC,
            |z| z.0.retain(|record| record.rtype != Type::NSEC && record.rdata[..2] != Type::NSEC.0.to_be_bytes()),
            &[(K::DenialMissing, "example.")],
        ),
        (
            NSEC3,
            |z| z.find(&owner_of(z.clone(), "mail.example"), Type::NSEC3).rdata[6] ^= 1,
            &[(K::Nsec3NextWrong, "?"), (K::SignatureInvalid, "?")],
        ),
        (
            NSEC3,
            |z| *z.find(&owner_of(z.clone(), "mail.example"), Type::NSEC3).rdata.last_mut().unwrap() |= 4,
            &[(K::Nsec3BitmapWrong, "?"), (K::SignatureInvalid, "?")],
        ),
        (
            NSEC3,
            |z| {
                let owner = owner_of(z.clone(), "mail.example");
                z.unsign(&owner, Type::NSEC3).remove(&owner, Type::NSEC3);
            },
            &[(K::Nsec3Missing, "mail.example."), (K::Nsec3NextWrong, "?")],
        ),
        (
            NSEC3,
            |z| {
                let owner = owner_of(z.clone(), "c.ent.example");
                z.unsign(&owner, Type::NSEC3).remove(&owner, Type::NSEC3);
            },
            &[(K::Nsec3Missing, "c.ent.example."), (K::Nsec3NextWrong, "?")],
        ),
        (
            NSEC3,
            |z| {
                let owner = owner_of(z.clone(), "plain.example");
                z.unsign(&owner, Type::NSEC3).remove(&owner, Type::NSEC3);
            },
            &[(K::OptOutMissing, "plain.example."), (K::Nsec3NextWrong, "?")],
        ),
        (
            NSEC3,
            |z| done(z.remove("example", Type::NSEC3PARAM)),
            &[(K::SignatureOverNothing, "example."), (K::Nsec3ParamMissing, "?"), (K::Nsec3BitmapWrong, "?")],
        ),
        (
            NSEC3,
            |z| z.find("example", Type::NSEC3PARAM).rdata[3] = 1,
            &[(K::SignatureInvalid, "example."), (K::Nsec3ParamWithoutChain, "example."), (K::Nsec3ParamMissing, "?")],
        ),
        (
            NSEC3,
            |z| {
                done(z.add(
                    "00000000000000000000000000000000.example. 300 NSEC3 1 0 0 - 00000000000000000000000000000001 A",
                ))
            },
            &[
                (K::SignatureMissing, "00000000000000000000000000000000.example."),
                (K::Nsec3NotDue, "00000000000000000000000000000000.example."),
                (K::Nsec3NextWrong, "00000000000000000000000000000000.example."),
                (K::Nsec3NextWrong, "?"),
            ],
        ),
        (
            NSEC3,
            |z| done(z.add("short.example. 300 NSEC3 1 0 0 - 00000000000000000000000000000001 A")),
            &[(K::SignatureMissing, "short.example."), (K::Nsec3OwnerWrong, "short.example.")],
        ),
        (
            NSEC3,
            |z| done(z.add("new.example. 3600 A 192.0.2.1")),
            &[(K::SignatureMissing, "new.example."), (K::Nsec3Missing, "new.example.")],
        ),
        // Two records of one hash, both signed: a server may show the one that denies everything.
        (
            NSEC3,
            |z| {
                let owner = owner_of(z.clone(), "mail.example");
                let hash = owner.split('.').next().unwrap().to_string();
                z.add(&format!("{owner}. 300 NSEC3 1 0 0 - {hash} A RRSIG"));
                z.sign("bind-nsec3-13-zsk", &owner, Type::NSEC3, |_| ());
            },
            &[(K::Nsec3Repeated, "?")],
        ),
        (
            NSEC,
            |z| {
                z.add("www.example. 3600 CNAME other.example.");
                zsk(z, "www.example", Type::CNAME);
            },
            &[(K::SingletonRepeated, "www.example.")],
        ),
        (
            NSEC,
            |z| {
                z.find("secure.example", Type::DS).rdata.pop();
                zsk(z, "secure.example", Type::DS);
            },
            &[(K::Malformed, "secure.example.")],
        ),
        (
            NSEC,
            |z| {
                z.find("mail.example", Type::A).rdata.pop();
                zsk(z, "mail.example", Type::A);
            },
            &[
                (K::Unreadable, ""),
                (K::SignatureOverNothing, "mail.example."),
                (K::NsecNotDue, "mail.example."),
                (K::NsecNextWrong, "?"),
            ],
        ),
        (NSEC, |z| done(z.add("mail.example. 2147483648 A 192.0.2.1")), &[(K::Unreadable, "")]),
        (NSEC, |z| done(z.add("mail.example. 300 TYPE0 \\# 0")), &[(K::Unreadable, "")]),
        (
            NSEC,
            |z| done(z.remove("example", Type::NS)),
            &[(K::NsMissing, "example."), (K::SignatureOverNothing, "example."), (K::NsecBitmapWrong, "example.")],
        ),
        (OPT_OUT, |z| done(z.add("new.example. 3600 NS ns1.example.")), &[]),
        (
            OPT_OUT,
            |z| done(z.add("new.example. 3600 A 192.0.2.1")),
            &[(K::SignatureMissing, "new.example."), (K::Nsec3Missing, "new.example.")],
        ),
        (NSEC3, |z| done(z.add("new.example. 3600 NS ns1.example.")), &[(K::OptOutMissing, "new.example.")]),
        (
            "ldns-nsec-13-zonemd-1",
            |z| z.find("example", Type::ZONEMD).rdata[3] ^= 1,
            &[(K::SignatureInvalid, "example."), (K::ZonemdSerialWrong, "example.")],
        ),
        (
            "ldns-nsec-13-zonemd-1",
            |z| *z.find("example", Type::ZONEMD).rdata.last_mut().unwrap() ^= 1,
            &[(K::SignatureInvalid, "example."), (K::ZonemdDigestWrong, "example.")],
        ),
        (
            "ldns-nsec-13-zonemd-2",
            |z| done(z.remove("ns.plain.example", Type::A)),
            &[(K::ZonemdDigestWrong, "example.")],
        ),
        (
            "ldns-nsec-13-zonemd-2",
            |z| done(z.add("occluded.plain.example. 1 A 192.0.2.1")),
            &[(K::ZonemdDigestWrong, "example.")],
        ),
        (
            "ldns-nsec-13-zonemd-2",
            |z| z.find("ns.plain.example", Type::A).ttl = 1,
            &[(K::ZonemdDigestWrong, "example.")],
        ),
    ];
    for (number, (file, change, expected)) in cases.iter().enumerate() {
        let mut changed = Changed::of(&format!("{file}.zone"));
        change(&mut changed);
        let report = changed.report();
        let found = errors(&report);
        let fits =
            |(kind, name): &(K, &str)| found.iter().any(|(other, at)| kind == other && (*name == "?" || name == at));
        assert!(
            expected.iter().all(fits) && found.len() == expected.len(),
            "case {number}, {file}: {:#?}",
            report.faults
        );
        assert_eq!(report.is_sound(), expected.is_empty(), "case {number}, {file}");
        assert_eq!(report.count(Severity::Error), u64::try_from(found.len()).unwrap(), "case {number}, {file}");
    }
}

/// Every salt makes a chain of its own, and each name would be hashed once more for it.
#[test]
fn chains_are_bounded() {
    let with = |iterations: u16| {
        let mut zone = Changed::of(&format!("{NSEC3}.zone"));
        for salt in 1..=9 {
            let owner = format!("0000000000000000000000000000000{salt}");
            zone.add(&format!("{owner}.example. 300 NSEC3 1 0 {iterations} 0{salt} {owner} A"));
        }
        zone.report()
    };
    let report = with(0);
    assert_eq!((report.counts[&FaultKind::Nsec3ChainsTooMany], report.nsec3.len()), (6, 10));
    // Nothing is hashed that would not count.
    let report = with(65_535);
    assert_eq!(report.counts[&FaultKind::Nsec3IterationsRefused], 9);
    assert!(!report.counts.contains_key(&FaultKind::Nsec3Missing), "{:?}", report.counts);
}

/// What validators get along with, told all the same.
#[test]
fn warnings() {
    use FaultKind as K;
    let cases: &[(Change, K)] = &[
        (|z| z.signature("mail.example", Type::A).ttl = 60, K::SignatureTtl),
        (|z| done(z.add("*.plain2.example. 3600 NS ns1.example.")), K::WildcardWithoutMeaning),
        (|z| done(z.add("*.plain2.example. 3600 DNAME example.net.")), K::WildcardWithoutMeaning),
        (|z| done(z.add("mail.example. 3600 DNSKEY 256 3 13 AAAA")), K::NotAtApex),
        (|z| done(z.add("mail.example. 3600 NSEC3PARAM 1 0 0 -")), K::NotAtApex),
        (|z| done(z.add("d.example. 3600 DNAME example.net.\nx.d.example. 60 A 192.0.2.1")), K::BelowDname),
    ];
    for (number, (change, expected)) in cases.iter().enumerate() {
        let mut changed = Changed::of("bind-nsec-13.zone");
        assert!(!changed.report().counts.contains_key(expected));
        change(&mut changed);
        assert_eq!(changed.report().counts.get(expected), Some(&1), "case {number}");
        assert_eq!(expected.severity(), Severity::Warning);
    }
}

/// Without any one of its records the zone is no longer sound, nor with one of them changed; but for glue, and for
/// one of two name servers of a delegation, which nobody signs.
#[test]
fn every_record_counts() {
    let delegations: Vec<NameBuf> =
        ["secure.example", "plain.example", "sub.ent2.example"].iter().map(|name| name.parse().unwrap()).collect();
    for file in [NSEC, NSEC3] {
        let whole = Changed::of(&format!("{file}.zone"));
        let mut unsigned = 0;
        for at in 0..whole.0.len() {
            let record = whole.0[at].clone();
            let below = delegations.iter().any(|cut| record.owner.as_name().is_below(&cut.as_name()));
            let servers = whole.0.iter().filter(|other| other.owner == record.owner && other.rtype == Type::NS).count();
            let of_child = below || record.rtype == Type::NS && delegations.contains(&record.owner);
            let mut without = whole.clone();
            without.0.remove(at);
            // Each key signs the keys, and one suffices.
            let one_of_two = record.rtype == Type::RRSIG && record.rdata[..2] == Type::DNSKEY.0.to_be_bytes();
            let free = below || of_child && servers > 1 || one_of_two;
            assert_eq!(without.report().is_sound(), free, "{file}: without {}", record.as_record());
            unsigned += usize::from(of_child);
            if record.rdata.is_empty() {
                continue;
            }
            // The last octet of RDATA is a part of a value, of a name, or of a signature.
            for octet in [record.rdata.len() - 1, record.rdata.len() / 2] {
                let mut other = whole.clone();
                other.0[at].rdata[octet] ^= 0x11;
                let lines: String = other
                    .0
                    .iter()
                    .enumerate()
                    .map(|(number, record)| {
                        if number != at {
                            return record.as_record().to_string() + "\n";
                        }
                        let digits = data_encoding::HEXUPPER.encode(&record.rdata);
                        format!(
                            "{} {} IN {} \\# {} {digits}\n",
                            record.owner,
                            record.ttl,
                            record.rtype,
                            record.rdata.len()
                        )
                    })
                    .collect();
                let report = report(&lines);
                // A name server of a delegation may have any name; one that is malformed is an error.
                assert!(of_child || !report.is_sound(), "{file}: octet {octet} of {}", record.as_record());
            }
        }
        assert_eq!(unsigned, 6, "{file}");
    }
}

#[test]
fn order_and_repetition_do_not_matter() {
    for file in [NSEC, NSEC3, "ldns-nsec3-15-zonemd-both"] {
        let mut shuffled = Changed::of(&format!("{file}.zone"));
        let sound = shuffled.report();
        shuffled.0.reverse();
        let half = shuffled.0.len() / 2;
        shuffled.0.rotate_left(half);
        let again = shuffled.report();
        assert!(again.is_sound() && again.faults.is_empty(), "{:?}", again.faults);
        assert_eq!(
            (again.signatures, again.rrsets, again.nsec, again.nsec3),
            (sound.signatures, sound.rrsets, sound.nsec, sound.nsec3)
        );
        let twice = shuffled.0.clone();
        shuffled.0.extend(twice);
        let twice = shuffled.report();
        assert!(twice.is_sound(), "{:?}", twice.faults);
        assert_eq!(twice.counts.keys().copied().collect::<Vec<_>>(), [FaultKind::DuplicateRecord]);
    }
}

#[test]
fn anchors_time_and_policy_are_arguments() {
    let signed = zone(&text("bind-nsec-13.zone"));
    let anchors = |text: &str| Anchors::parse(text).unwrap();
    let own = anchors(&text("bind-nsec-13.ds"));
    let others = anchors(&text("bind-nsec3-13.ds"));
    let by = |anchors: &Anchors, now: u64| {
        let report = signed.verify(&Terms::new(anchors, Time(now).into(), &Policy::standard(), &Ring));
        (report.is_sound(), report.anchored, report.counts.keys().copied().collect::<BTreeSet<_>>())
    };
    assert!(matches!(by(&own, NOW.0), (true, Anchored::By(_), _)));
    assert!(matches!(by(&own.union(&others), NOW.0), (true, Anchored::By(_), _)));
    assert!(matches!(by(&Anchors::default(), NOW.0), (true, Anchored::NoAnchor, _)));
    let (sound, anchored, kinds) = by(&others, NOW.0);
    assert!(!sound && anchored == Anchored::Mismatch && kinds == BTreeSet::from([FaultKind::AnchorMismatch]));
    // A key of the zone that signs its data, but not its keys, is no way in.
    let key = zonefile::parse(&text("keys/bind-nsec-13-zsk.key"), None).unwrap().remove(0);
    let by_key = anchors(&key.as_record().to_string());
    assert!(matches!(by(&by_key, NOW.0).1, Anchored::By(_)));
    let mut without = Changed::of("bind-nsec-13.zone");
    let zsk = key.as_record().view::<dnsproof::wire::rdata::Dnskey<'_>>().unwrap().key_tag();
    without.0.retain(|record| {
        record.rtype != Type::RRSIG || record.rdata[..2] != [0, 48] || record.rdata[16..18] != zsk.to_be_bytes()
    });
    let without = verified(&zone(&without.text()), &by_key, &Ring);
    assert_eq!(
        (without.anchored, without.counts.keys().copied().collect::<Vec<_>>()),
        (Anchored::Mismatch, vec![FaultKind::AnchorMismatch])
    );
    let key = zonefile::parse(&text("keys/bind-nsec-13-ksk.key"), None).unwrap().remove(0);
    assert!(matches!(by(&anchors(&key.as_record().to_string()), NOW.0).1, Anchored::By(_)));
    // 2027-11-01 and one second, and a second too early.
    assert!(by(&own, 1_825_027_200).0 && by(&own, 1_793_491_200).0);
    let (sound, anchored, kinds) = by(&own, 1_825_027_201);
    assert!(!sound && anchored == Anchored::Mismatch && kinds.contains(&FaultKind::SignatureExpired));
    assert!(by(&own, 1_793_491_199).2.contains(&FaultKind::SignatureNotYetValid));
    // Not known to be in the window: not in it.
    let clock = Clock::between(NOW, Time(1_825_027_201));
    let policy = Policy::standard();
    assert!(!signed.verify(&Terms::new(&own, clock, &policy, &Ring)).is_sound());
    let without = Policy::standard().without(Algorithm::ECDSAP256SHA256);
    let report = signed.verify(&Terms::new(&own, NOW.into(), &without, &Ring));
    assert_eq!((report.is_sound(), report.signatures, report.anchored), (false, 0, Anchored::Mismatch));
    let mut soon = Terms::new(&own, NOW.into(), &policy, &Ring);
    soon.warn_within = 343 * 86_400;
    let report = signed.verify(&soon);
    assert_eq!(
        (report.is_sound(), report.counts.get(&FaultKind::ExpiresSoon).copied()),
        (true, Some(report.signatures))
    );
}

/// With two algorithms each RRset needs a signature of each (RFC 4035 section 2.2).
#[test]
fn every_algorithm_signs_everything() {
    let mut double = Changed::of("bind-nsec-8-13.zone");
    assert!(double.report().is_sound());
    double.unsign("mail.example", Type::A);
    let report = double.report();
    assert_eq!(errors(&report), [(FaultKind::AlgorithmIncomplete, "mail.example.".to_string())]);
    double.unsign("mail.example", Type::A);
    assert_eq!(errors(&double.report()), [(FaultKind::SignatureMissing, "mail.example.".to_string())]);
}

/// A signature that does not fit is found among the many that are checked at once, and only that one.
#[test]
fn one_bad_signature_among_many() {
    let mut zone_of = Changed::of("bind-nsec-15.zone");
    for at in [30, 60] {
        *zone_of.signature("mail.example", Type::A).rdata.get_mut(27 + at).unwrap() ^= 1;
        let report = verified(&zone(&zone_of.text()), &Anchors::default(), &Fast);
        assert_eq!(errors(&report), [(FaultKind::SignatureInvalid, "mail.example.".to_string())]);
        assert!(report.signatures > 40);
        *zone_of.signature("mail.example", Type::A).rdata.get_mut(27 + at).unwrap() ^= 1;
    }
}

/// Keys that are no zone keys, or of another protocol, or revoked, vouch for nothing, whatever is signed by them.
#[test]
fn keys_that_vouch_for_nothing() {
    let changes: [fn(&mut Vec<u8>); 3] = [|rdata| rdata[0] = 0, |rdata| rdata[2] = 2, |rdata| rdata[1] |= 0x80];
    for change in changes {
        let mut zone = Changed::of("bind-nsec-13.zone");
        let tag =
            |record: &OwnedRecord| record.as_record().view::<dnsproof::wire::rdata::Dnskey<'_>>().unwrap().key_tag();
        let mut tags = Vec::new();
        for record in zone.0.iter_mut().filter(|record| record.rtype == Type::DNSKEY) {
            let before = tag(record);
            change(&mut record.rdata);
            tags.push((before.to_be_bytes(), tag(record).to_be_bytes()));
        }
        // All signatures name the keys as they are now, and those over data are good ones.
        for record in zone.0.iter_mut().filter(|record| record.rtype == Type::RRSIG) {
            let now = tags.iter().find(|(before, _)| record.rdata[16..18] == *before).unwrap().1;
            record.rdata[16..18].copy_from_slice(&now);
        }
        zone.sign("bind-nsec-13-zsk", "mail.example", Type::A, |_| ());
        let report = zone.report();
        assert!(!report.is_sound() && report.counts.contains_key(&FaultKind::NotSigned), "{:?}", report.counts);
    }
}

#[test]
fn broken_lines_are_told_and_the_rest_is_read() {
    let whole = text("bind-nsec-13.zone");
    let broken =
        format!("{whole}\nbroken.example. 300 IN A 192.0.2\n\t300 IN TXT \"open\nmail.example. CH TXT x\nlast. IN (\n");
    let lines = whole.lines().count();
    let report = report(&broken);
    let told: Vec<(usize, usize)> = report
        .faults
        .iter()
        .filter(|fault| fault.kind == FaultKind::Unreadable)
        .map(|fault| (fault.line - lines, fault.column))
        .collect();
    assert_eq!(told, [(2, 26), (3, 13), (4, 1), (5, 10)]);
    assert_eq!(report.count(Severity::Error), 4, "{:?}", report.faults);
    assert_eq!(errors(&report_of("")), [(FaultKind::SoaMissing, String::new())]);
}

fn report_of(text: &str) -> Report {
    report(text)
}

#[test]
fn faults_are_counted_beyond_those_that_are_told() {
    let mut bare = Changed::of("bind-nsec-13.zone");
    bare.0.retain(|record| record.rtype != Type::RRSIG);
    let zone = zone(&bare.text());
    let (anchors, policy) = (Anchors::default(), Policy::standard());
    let mut terms = Terms::new(&anchors, NOW.into(), &policy, &Ring);
    terms.max_faults = 3;
    let report = zone.verify(&terms);
    assert_eq!(report.faults.len(), 3);
    assert!(report.counts[&FaultKind::SignatureMissing] > 40);
}
