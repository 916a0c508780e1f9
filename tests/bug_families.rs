//! What has gone wrong in validators since 2023, each family named after what it attacks: the
//! verdict, the reason and the price, with the good twin beside it.
//!
//! Scenarios are those of `vectors/`, by real signers and servers. Where no signer makes such
//! records, the tests sign them.

mod common;
#[path = "common/sign.rs"]
mod sign;

use common::cost::{Case, Told};
use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits, Resource, Work};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms};
use dnsproof::codes::{Class, Type};
use dnsproof::crypto::Ring;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::rdata::Dnskey;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, message, name, records, renamed};

/// Signature checks, those that fail, and compressions of SHA-1 for NSEC3.
fn price(spent: &Work) -> [u32; 3] {
    [spent.signatures, spent.failed_signatures, spent.nsec3_hashes]
}

fn sound(path: &str, cost: [u32; 3]) {
    let told = Case::named(path).told();
    assert!(told.is("secure", None) && price(&told.spent) == cost, "{path}: {told:?}");
}

fn refused(path: &str, code: ReasonCode, cost: [u32; 3]) {
    let told = Case::named(path).told();
    assert!(told.is("bogus", Some(code)) && price(&told.spent) == cost, "{path}: {told:?}");
}

fn ran_out(path: &str, resource: Resource, cost: [u32; 3]) {
    let told = Case::named(path).told();
    assert!(told.ran_out_of(resource) && price(&told.spent) == cost, "{path}: {told:?}");
}

/// The verdict on records that the tests signed, under the key of `zone` as anchor.
fn told(question: (&str, Type), zone: &Zone, octets: &[Vec<u8>]) -> Told {
    let anchors = [Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()];
    let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
    let name = name(question.0);
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let (now, backend) = (Time(NOW.into()), &Ring);
    let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(Question::new(name.as_name(), question.1), &anchors, &evidence[..], &mut terms);
    let (code, resource) =
        (verdict.reason().map(chain::Reason::code), verdict.reason().and_then(|reason| reason.resource()));
    let verdict = verdict.as_str();
    Told { verdict, code, resource, spent: budget.spent() }
}

const SOA: &str = "test. 3600 IN SOA ns.test. host.test. 1 7200 3600 1209600 300";
const WWW: &str = "www.test. 3600 IN A 192.0.2.1";

fn signed(zone: &Zone, text: &str) -> Vec<OwnedRecord> {
    let rrset = records(text);
    [rrset.clone(), vec![zone.sign(&rrset)]].concat()
}

fn flipped(record: &OwnedRecord) -> OwnedRecord {
    let mut changed = record.clone();
    *changed.rdata.last_mut().unwrap() ^= 1;
    changed
}

//= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
//= type=test
//# Implementations MUST NOT assume that the key tag uniquely identifies a DNSKEY RR.
/// CVE-2023-50387.
#[test]
fn keytrap_colliding_keys_and_signatures() {
    sound("hostile/keytrap-nsec-2-keys-2-signatures", [17, 10, 0]);
    ran_out("hostile/keytrap-nsec-80-keys-80-signatures", Resource::KeysPerTag, [9, 4, 0]);
    ran_out("hostile/keytrap-nsec-80-keys-none-good", Resource::KeysPerTag, [9, 4, 0]);
    sound("hostile/keytrap-rsa-2-keys-2-signatures", [17, 10, 0]);
    ran_out("hostile/keytrap-rsa-40-keys-40-signatures", Resource::KeysPerTag, [9, 4, 0]);
    sound("hostile/signatures-2", [9, 2, 0]);
    ran_out("hostile/signatures-200", Resource::FailedSignatures, [22, 16, 0]);
    ran_out("hostile/dnskey-signatures-200", Resource::FailedSignatures, [20, 16, 0]);
    sound("hostile/signatures-of-strangers", [7, 0, 0]);
}

/// CVE-2023-50387, its other side: DS records times keys.
#[test]
fn keytrap_colliding_ds_records() {
    let told = Case::named("hostile/ds-3-same-tag").told();
    assert!(told.is("secure", None) && told.spent.digests == 6, "{told:?}");
    for path in ["hostile/ds-400-same-tag", "hostile/ds-400-keys-100"] {
        let told = Case::named(path).told();
        assert!(told.ran_out_of(Resource::Digests) && told.spent.digests == 48, "{path}: {told:?}");
    }
}

/// CVE-2026-11605: the limits hold for negative answers, padded with proofs or with signatures.
#[test]
fn keytrap_in_negative_answers() {
    let zone = Zone::new("test");
    let judged = |denial: Vec<OwnedRecord>| {
        let authority = [signed(&zone, SOA), denial].concat();
        told(("www.test", Type::A), &zone, &[zone.keys(), message(name("www.test"), Type::A, 0, &[], &authority)])
    };
    let nsec = signed(&zone, "www.test. 3600 IN NSEC x.test. TXT RRSIG NSEC");
    let good = judged(nsec.clone());
    assert!(good.is("secure", None) && price(&good.spent) == [2, 0, 0], "{good:?}");
    let forged = flipped(&nsec[1]);
    let mut padding = vec![forged.clone(); 200];
    padding.splice(0..0, [nsec[0].clone()]);
    padding.push(nsec[1].clone());
    let padded = judged(padding);
    assert!(padded.ran_out_of(Resource::FailedSignatures) && padded.spent.signatures <= 17, "{padded:?}");
    let mut many: Vec<OwnedRecord> = vec![nsec[0].clone()];
    for number in 0..200_u8 {
        let mut signature = forged.clone();
        signature.rdata[40] = signature.rdata[40].wrapping_add(number + 1);
        many.push(signature);
    }
    let padded = judged(many);
    assert!(padded.ran_out_of(Resource::FailedSignatures) && padded.spent.signatures <= 17, "{padded:?}");
    // Other proofs, each with a bad signature, beside no good one.
    let proofs = (0..200).flat_map(|number| {
        let nsec = records(&format!("www.test. 3600 IN NSEC x{number}.test. TXT RRSIG NSEC"));
        let signature = flipped(&zone.sign(&nsec));
        [nsec, vec![signature]].concat()
    });
    let padded = judged(proofs.collect());
    assert_ne!(padded.verdict, "secure");
    assert!(padded.spent.signatures <= 17, "{padded:?}");
}

/// CVE-2025-8677: a malformed key with the tag of the signature costs what a good one costs.
#[test]
fn malformed_keys_with_a_matching_tag() {
    let zone = Zone::new("test");
    let answer = zone.answer(&records(WWW));
    // Octets that add up to the same key tag (RFC 4034 appendix B), of no length that Ed25519 has.
    let tag = |record: &OwnedRecord| record.as_record().view::<Dnskey<'_>>().unwrap().key_tag();
    let malformed = |number: u16| {
        let with = |filler: u16| {
            let rdata = [&zone.key.rdata[..], &number.to_be_bytes(), &filler.to_be_bytes()].concat();
            OwnedRecord { rdata, ..zone.key.clone() }
        };
        let near = zone.tag().wrapping_sub(tag(&with(0)));
        // The sum carries, or not.
        let fillers = [near.wrapping_sub(1), near, near.wrapping_add(1)];
        fillers.into_iter().map(with).find(|record| tag(record) == zone.tag()).unwrap()
    };
    let judged = |keys: Vec<OwnedRecord>| told(("www.test", Type::A), &zone, &[zone.answer(&keys), answer.clone()]);
    let behind = |count: u16| (0..count).map(malformed).chain([zone.key.clone()]).collect();
    let good = judged(behind(0));
    assert!(good.is("secure", None) && price(&good.spent) == [2, 0, 0], "{good:?}");
    let good = judged(behind(2));
    assert!(good.is("secure", None) && price(&good.spent) == [4, 2, 0], "{good:?}");
    let many = judged(behind(60));
    assert!(many.ran_out_of(Resource::KeysPerTag) && price(&many.spent) == [5, 4, 0], "{many:?}");
    let before = [zone.key.clone()].into_iter().chain((0..60).map(malformed)).collect();
    let good = judged(before);
    assert!(good.is("secure", None) && price(&good.spent) == [2, 0, 0], "{good:?}");
}

/// CVE-2023-50868, CVE-2026-1519: iterations, also on the way to an insecure delegation.
#[test]
fn nsec3_iterations() {
    refused("hostile/iterations-65535", ReasonCode::Nsec3Iterations, [8, 0, 2]);
    refused("hostile/iterations-65535-salt", ReasonCode::Nsec3Iterations, [8, 0, 2]);
    refused("hostile/iterations-65535-ds", ReasonCode::Nsec3Iterations, [6, 0, 0]);
    refused("hostile/iterations-65535-salt-ds", ReasonCode::Nsec3Iterations, [6, 0, 0]);
    let told = Case::named("insecure/unsub-nsec3-a").told();
    assert!(told.is("insecure", Some(ReasonCode::NoDs)) && told.spent.nsec3_hashes == 1, "{told:?}");
}

/// CVE-2023-50868, CVE-2026-42923: names of many labels, long salts, many sets.
#[test]
fn nsec3_closest_encloser_with_many_labels() {
    sound("denial/nsec3-nxdomain", [10, 0, 5]);
    sound("hostile/deep-name", [8, 0, 243]);
    refused("hostile/deep-name-60-sets", ReasonCode::Nsec3Mixed, [5, 0, 0]);
}

/// CVE-2026-44690, CVE-2026-11721: fewer labels than the signer has would be a wildcard above
/// the zone (RFC 4035 section 5.3.2).
#[test]
fn rrsig_labels_fewer_than_the_signers() {
    let zone = Zone::new("child.test");
    let judged = |owner: &str, labels: u8| {
        let wild = renamed(&records("www.child.test. 3600 IN A 192.0.2.1"), owner);
        let signature = zone.sign_as(&wild, |draft| draft.labels = labels);
        let answer = renamed(&[wild, vec![signature]].concat(), "www.child.test");
        let octets = [zone.keys(), message(name("www.child.test"), Type::A, 0, &answer, &[])];
        told(("www.child.test", Type::A), &zone, &octets)
    };
    assert!(judged("www.child.test", 3).is("secure", None));
    assert!(judged("*.child.test", 2).is("bogus", Some(ReasonCode::WildcardNotDenied)));
    for (owner, labels) in [("*.test", 1), ("*", 0)] {
        let above = judged(owner, labels);
        assert!(above.is("bogus", Some(ReasonCode::LabelsMismatch)), "{owner}: {above:?}");
        assert_eq!(above.spent.signatures, 1, "that of the keys");
    }
}

/// CVE-2026-13321.
#[test]
fn nsec_next_name_out_of_the_zone() {
    sound("denial/nsec-nxdomain-last", [8, 0, 0]);
    refused("denial/nsec-next-outside", ReasonCode::DenialMissing, [6, 0, 0]);
    refused("denial/nsec-backwards", ReasonCode::DenialMissing, [6, 0, 0]);
}

/// CVE-2026-10723: the owner of an NSEC3 is one label below the zone that proves.
#[test]
fn nsec3_of_the_child_as_the_parents_proof() {
    refused("denial/nsec3-child-side", ReasonCode::DenialMissing, [5, 0, 0]);
    refused("denial/nsec3-child-denies-parent", ReasonCode::DenialMissing, [7, 0, 2]);
    refused("denial/nsec3-nodata-by-child", ReasonCode::SignerMismatch, [6, 0, 3]);
    refused("denial/nsec3-nxdomain-two-labels", ReasonCode::DenialMissing, [8, 0, 4]);
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.2
//= type=test
//# A validator MAY treat a response as bogus if the response contains NSEC3 RRs that contain different values for hash
//# algorithm, iterations, or salt from each other for that zone.
/// CVE-2026-33278 (RFC 5155 section 8.2).
#[test]
fn mixed_nsec3_parameters_in_one_proof() {
    refused("denial/nsec3-nxdomain-mixed-salt", ReasonCode::Nsec3Mixed, [7, 0, 2]);
    refused("denial/nsec3-nxdomain-mixed-iterations", ReasonCode::Nsec3Mixed, [7, 0, 2]);
}

/// CVE-2017-15105.
#[test]
fn nsec_expanded_from_a_wildcard() {
    refused("denial/nsec-expanded", ReasonCode::DenialMissing, [8, 0, 0]);
}

/// CVE-2026-46582: no wildcard before its denial, and the denial is of the next closer name, not
/// of the name asked for.
#[test]
fn wildcard_before_its_denial() {
    sound("denial/nsec-wildcard", [9, 0, 0]);
    sound("denial/nsec-wildcard-deep", [10, 0, 0]);
    sound("denial/nsec3-wildcard", [10, 0, 4]);
    refused("denial/nsec-wildcard-closer-removed", ReasonCode::WildcardNotDenied, [8, 0, 0]);
    refused("denial/nsec3-wildcard-closer-removed", ReasonCode::WildcardNotDenied, [9, 0, 3]);
    refused("denial/nsec-wildcard-replayed", ReasonCode::WildcardNotDenied, [8, 0, 0]);
    refused("denial/nsec3-wildcard-replayed", ReasonCode::WildcardNotDenied, [8, 0, 3]);
    refused("denial/nsec-wildcard-shielded", ReasonCode::WildcardNotDenied, [9, 0, 0]);
    refused("denial/nsec3-wildcard-shielded", ReasonCode::WildcardNotDenied, [10, 0, 5]);
}

/// RUSTSEC-2026-0118: the walk to the closest encloser ends, whatever SOA stands beside.
#[test]
fn closest_encloser_walk_with_a_soa_elsewhere() {
    let zone = Zone::new("test");
    let foreign = Zone::new("other");
    let hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
    let soa = signed(&foreign, &SOA.replace("test.", "a.b.c.other."));
    for (apex, signer) in [("other", &foreign), ("test", &zone), ("a.b.c.other", &foreign)] {
        let nsec3 = format!("{hash}.{apex}. 3600 IN NSEC3 1 0 0 - 1P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A RRSIG");
        let authority = [soa.clone(), signed(signer, &nsec3)].concat();
        for rcode in [0, 3] {
            let octets = [zone.keys(), message(name("a.b.www.test"), Type::A, rcode, &[], &authority)];
            let told = told(("a.b.www.test", Type::A), &zone, &octets);
            // Where nobody above the name has signed, there might be an unsigned zone.
            let expected = if apex == "test" { "bogus" } else { "indeterminate" };
            assert!(told.verdict == expected && told.spent.nsec3_hashes <= 8, "{apex}: {told:?}");
        }
    }
}

/// RUSTSEC-2025-0006: a key that an anchor or a DS names must sign the whole set.
#[test]
fn one_key_matches_and_the_set_is_not_signed_by_it() {
    sound("hostile/nsec-good", [7, 0, 0]);
    refused("hostile/dnskey-unsigned", ReasonCode::SignatureMissing, [4, 0, 0]);
    refused("hostile/dnskey-by-zsk", ReasonCode::KeyMissing, [4, 0, 0]);
    refused("hostile/dnskey-foreign", ReasonCode::DsMismatch, [4, 0, 0]);
    // A foreign key beside the one that the anchor names, and the foreign one signs.
    let (zone, foreign) = (Zone::new("test"), Zone::new("foreign"));
    let foreign_key = OwnedRecord { owner: zone.apex, ..foreign.key.clone() };
    let mut keys = vec![zone.key.clone(), foreign_key];
    keys.sort_by(|one, other| one.rdata.cmp(&other.rdata));
    let www = records(WWW);
    let by_foreign = |rrset: &[OwnedRecord]| {
        let signature = foreign.sign_as(rrset, |draft| draft.signer = zone.apex);
        message(rrset[0].owner, rrset[0].rtype, 0, &[rrset, &[signature]].concat(), &[])
    };
    let judged = |keys: Vec<u8>| told(("www.test", Type::A), &zone, &[keys, by_foreign(&www)]);
    assert!(judged(zone.answer(&keys)).is("secure", None), "the zone says that it is its own");
    assert!(judged(by_foreign(&keys)).is("bogus", Some(ReasonCode::KeyMissing)));
}

/// CVE-2026-56416: RDATA of SOA, RP and their like that ends before its second name does.
#[test]
fn short_rdata_with_two_names() {
    let zone = Zone::new("test");
    for (rtype, text) in [
        (Type::SOA, "www.test. 3600 IN SOA ns.test. host.test. 1 2 3 4 5"),
        (Type(17), WWW),
        (Type::MX, "www.test. 3600 IN MX 10 mail.test."),
        (Type::SRV, "www.test. 3600 IN SRV 0 0 5269 mail.test."),
    ] {
        let whole = match rtype {
            Type(17) => vec![OwnedRecord {
                rtype,
                rdata: b"\x02mb\x04test\0\x03txt\x04test\0".to_vec(),
                ..records(WWW)[0].clone()
            }],
            _ => records(text),
        };
        let judged = |rdata: &[u8]| {
            let rrset = [OwnedRecord { rdata: rdata.to_vec(), ..whole[0].clone() }];
            told(("www.test", rtype), &zone, &[zone.keys(), zone.answer(&rrset)])
        };
        assert!(judged(&whole[0].rdata).is("secure", None), "{rtype}");
        for length in 0..whole[0].rdata.len() {
            let short = judged(&whole[0].rdata[..length]);
            assert_ne!(short.verdict, "indeterminate", "{rtype} {length}: {short:?}");
            assert!(short.spent.signatures <= 2);
        }
    }
}

/// CVE-2026-10822, CVE-2026-13204.
#[test]
fn names_past_the_rdata_and_a_badly_signed_wildcard_denial() {
    let told = Case::named("hostile/unreadable-rdlength").told();
    assert!(told.is("indeterminate", Some(ReasonCode::EvidenceMissing)) && price(&told.spent) == [0; 3], "{told:?}");
    refused("denial/nsec-wildcard-closer-flipped", ReasonCode::SignatureInvalid, [9, 1, 0]);
    refused("denial/nsec3-wildcard-closer-flipped", ReasonCode::SignatureInvalid, [10, 1, 4]);
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//# The RRset MUST be sorted in canonical order.
/// RFC 4034 section 6.3: RDATA is compared as octets, and its length decides nothing first.
#[test]
fn keys_of_several_lengths_in_canonical_order() {
    let zone = Zone::new("test");
    // Before the other key by its first octets, and longer.
    let long = OwnedRecord { rdata: [&[1, 0, 3, 8][..], &[3, 1, 0, 1], &[0xAB; 256]].concat(), ..zone.key.clone() };
    assert!(long.rdata < zone.key.rdata && long.rdata.len() > zone.key.rdata.len());
    let www = zone.answer(&records(WWW));
    for keys in [[long.clone(), zone.key.clone()], [zone.key.clone(), long.clone()]] {
        assert!(told(("www.test", Type::A), &zone, &[zone.answer(&keys), www.clone()]).is("secure", None));
    }
    let mut answer = zone.answer(&[long.clone(), zone.key.clone()]);
    let at = answer.windows(4).position(|octets| octets == [0xAB; 4]).unwrap();
    answer[at] ^= 1;
    let changed = told(("www.test", Type::A), &zone, &[answer, www]);
    assert!(changed.is("bogus", Some(ReasonCode::SignatureInvalid)), "{changed:?}");
    sound("insecure/algorithm-roll", [7, 0, 0]);
    sound("hostile/large-dnskey", [7, 0, 0]);
}

/// CVE-2026-50045: what is spent before an alias stays spent behind it.
#[test]
fn quota_across_aliases() {
    let told = Case::named("hostile/chain-30").told();
    assert!(told.ran_out_of(Resource::Aliases) && told.spent.aliases == 11, "{told:?}");
    let ten = Case::named("alias/ten");
    let whole = ten.told();
    assert!(whole.is("secure", None) && whole.spent.aliases > 1, "{whole:?}");
    let mut limits = Limits::default();
    limits.signatures = whole.spent.signatures - 1;
    assert!(ten.under(limits).ran_out_of(Resource::Signatures));
}

/// CVE-2026-3104: signatures over an NSEC that nobody's key made cost next to nothing.
#[test]
fn many_signatures_over_one_nsec() {
    let zone = Zone::new("test");
    let nsec = signed(&zone, "www.test. 3600 IN NSEC x.test. TXT RRSIG NSEC");
    let strangers = (0..300_u16).map(|number| {
        let mut signature = flipped(&nsec[1]);
        signature.rdata[16..18].copy_from_slice(&zone.tag().wrapping_add(number + 1).to_be_bytes());
        OwnedRecord { class: Class::IN, ..signature }
    });
    let authority: Vec<OwnedRecord> =
        [signed(&zone, SOA), vec![nsec[0].clone()], strangers.collect(), vec![nsec[1].clone()]].concat();
    let octets = [zone.keys(), message(name("www.test"), Type::A, 0, &[], &authority)];
    let told = told(("www.test", Type::A), &zone, &octets);
    assert!(told.is("secure", None) && price(&told.spent) == [2, 0, 0], "{told:?}");
}
