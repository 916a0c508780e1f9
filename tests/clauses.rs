//! Clauses that no scenario of `vectors/` shows, because no signer makes such records.
//!
//! The good twin stands beside each case, so that nothing fails for another reason.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchor;
use dnsproof::chain::{Content, ReasonCode, Verdict};
use dnsproof::codes::{Algorithm, Class, Type};
use dnsproof::policy::Policy;
use dnsproof::zonefile::OwnedRecord;
use sign::{DAY, NOW, Zone, judge, message, name, records, renamed, with_verdict};

const SECURE: (&str, Option<ReasonCode>) = ("secure", None);

fn bogus(code: ReasonCode) -> (&'static str, Option<ReasonCode>) {
    ("bogus", Some(code))
}

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

fn address() -> Vec<OwnedRecord> {
    records("www.test. 3600 IN A 192.0.2.1\nwww.test. 3600 IN A 192.0.2.2")
}

/// The proof that no zone begins at `www.test`: without it an unsigned answer could be right.
fn no_cut(zone: &Zone) -> Vec<u8> {
    let nsec = records("www.test. 3600 IN NSEC x.test. A RRSIG NSEC");
    message(name("www.test"), Type::DS, 0, &[], &[nsec.clone(), vec![zone.sign(&nsec)]].concat())
}

/// The verdict on `www.test. A` with these records in the answer.
fn www(zone: &Zone, answer: &[OwnedRecord]) -> (&'static str, Option<ReasonCode>) {
    let octets = [zone.keys(), no_cut(zone), message(name("www.test"), Type::A, 0, answer, &[])];
    judge(("www.test", Type::A), &[anchor(zone)], &octets)
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.3
//= type=test
//# If the resolver accepts the RRset as authentic, the validator MUST set the TTL of the RRSIG RR and each RR in the
//# authenticated RRset to a value no greater than the minimum of:
#[test]
fn the_lowest_bound_ends_the_verdict() {
    let zone = Zone::new("test");
    let until = |ttls: [u32; 2], rrsig_ttl: u32, original_ttl: u32, left: u32, keys_ttl: u32| {
        let mut answer = address();
        let mut rrsig = zone.sign_as(&answer, |draft| {
            (draft.original_ttl, draft.expiration) = (original_ttl, NOW + left);
        });
        (answer[0].ttl, answer[1].ttl, rrsig.ttl) = (ttls[0], ttls[1], rrsig_ttl);
        answer.push(rrsig);
        let mut keys = vec![zone.key.clone(), zone.sign(std::slice::from_ref(&zone.key))];
        keys[0].ttl = keys_ttl;
        let octets =
            [message(zone.apex, Type::DNSKEY, 0, &keys, &[]), message(name("www.test"), Type::A, 0, &answer, &[])];
        with_verdict(("www.test", Type::A), &[anchor(&zone)], &Policy::standard(), NOW.into(), &octets, |verdict| {
            verdict.secure().unwrap().valid_until().0 - u64::from(NOW)
        })
    };
    // RFC 4035 section 5.3.3, RFC 2181 sections 5.2 and 8.
    assert_eq!(until([900, 900], 900, 900, DAY, 900), 900);
    assert_eq!(until([900, 40], 900, 900, DAY, 900), 40, "the lower of two TTLs");
    assert_eq!(until([900, 900], 30, 900, DAY, 900), 30, "the TTL of the RRSIG");
    assert_eq!(until([900, 900], 900, 20, DAY, 900), 20, "the original TTL");
    assert_eq!(until([900, 900], 900, 900, 10, 900), 10, "the end of the signature");
    assert_eq!(until([900, 900], 900, 900, DAY, 5), 5, "the TTL of the keys");
    assert_eq!(until([0x7FFF_FFFF; 2], 900, 900, DAY, 900), 900);
    assert_eq!(until([900, 0x8000_0000], 900, 900, DAY, 900), 0, "a TTL above 2^31 - 1");
    assert_eq!(until([900, 900], u32::MAX, 900, DAY, 900), 0, "and one of an RRSIG");
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.5
//= type=test
//# The RRSIG record MUST NOT be used for authentication prior to the inception date and MUST NOT be used for
//# authentication after the expiration date.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.5
//= type=test
//# Because of this, all comparisons involving these fields MUST use "Serial number arithmetic", as defined in
//# [RFC1982].
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The validator's notion of the current time MUST be less than or equal to the time listed in the RRSIG RR's
//# Expiration field.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The validator's notion of the current time MUST be greater than or equal to the time listed in the RRSIG RR's
//# Inception field.
#[test]
fn windows_of_signatures() {
    let zone = Zone::new("test");
    let window = |inception: u32, expiration: u32, now: u64| {
        let draft = |draft: &mut sign::Draft| (draft.inception, draft.expiration) = (inception, expiration);
        let sign = |rrset: &[OwnedRecord]| [rrset, &[zone.sign_as(rrset, draft)]].concat();
        let octets = [
            message(zone.apex, Type::DNSKEY, 0, &sign(std::slice::from_ref(&zone.key)), &[]),
            message(name("www.test"), Type::A, 0, &sign(&address()), &[]),
        ];
        with_verdict(("www.test", Type::A), &[anchor(&zone)], &Policy::standard(), now, &octets, |verdict| {
            (verdict.as_str(), verdict.reason().map(|reason| reason.code()))
        })
    };
    let now = u64::from(NOW);
    assert_eq!(window(NOW - 5, NOW + 5, now), SECURE);
    assert_eq!(window(NOW, NOW, now), SECURE, "one second is enough");
    assert_eq!(window(NOW + 5, NOW - 5, now), bogus(ReasonCode::SignatureWindow), "it ends before it begins");
    // RFC 4034 section 3.1.5: serial number arithmetic, across the end of 32 bits in 2106.
    let turn = 1_u64 << 32;
    assert_eq!(window(u32::MAX - 5, 5, turn - 5), SECURE);
    assert_eq!(window(u32::MAX - 5, 5, turn + 5), SECURE);
    assert_eq!(window(u32::MAX - 5, 5, turn + 6), bogus(ReasonCode::SignatureExpired));
    assert_eq!(window(u32::MAX - 5, 5, turn - 7), bogus(ReasonCode::SignatureNotYetValid));
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3
//= type=test
//# An RRSIG RR MUST have the same class as the RRset it covers.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//# Each RR MUST have the same owner name as the RRSIG RR;
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//# Each RR MUST have the same class as the RRSIG RR;
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//# Each RR in the RRset MUST have the RR type listed in the RRSIG RR's Type Covered field;
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The RRSIG RR and the RRset MUST have the same owner name and the same class.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The RRSIG RR's Type Covered field MUST equal the RRset's type.
#[test]
fn a_signature_belongs_to_one_owner_type_and_class() {
    let zone = Zone::new("test");
    let signed = [address(), vec![zone.sign(&address())]].concat();
    assert_eq!(www(&zone, &signed), SECURE);
    let with = |change: fn(&mut OwnedRecord)| {
        let mut changed = signed.clone();
        change(changed.last_mut().unwrap());
        www(&zone, &changed)
    };
    let missing = bogus(ReasonCode::SignatureMissing);
    assert_eq!(with(|rrsig| rrsig.class = Class::CH), missing, "another class");
    assert_eq!(with(|rrsig| rrsig.owner = name("ww.test")), missing, "another owner");
    assert_eq!(with(|rrsig| rrsig.rdata[1] = 28), missing, "another type");
}

#[test]
fn a_malformed_signature_beside_a_good_one() {
    let zone = Zone::new("test");
    let good = zone.sign(&address());
    let cut = |octets: usize| OwnedRecord { rdata: good.rdata[..octets].to_vec(), ..good.clone() };
    for octets in [0, 1, 2, 17, 18, 20] {
        assert_eq!(www(&zone, &[address(), vec![cut(octets), good.clone()]].concat()), SECURE, "{octets} octets");
        assert_eq!(www(&zone, &[address(), vec![good.clone(), cut(octets)]].concat()), SECURE, "{octets} octets");
        let alone = www(&zone, &[address(), vec![cut(octets)]].concat());
        assert_eq!(alone, bogus(ReasonCode::RrsetMalformed), "{octets} octets and nothing else");
    }
    // Over another type it is none of this RRset's business.
    let mut other = cut(17);
    other.rdata[1] = 16;
    assert_eq!(www(&zone, &[address(), vec![other.clone(), good]].concat()), SECURE);
    assert_eq!(www(&zone, &[address(), vec![other]].concat()), bogus(ReasonCode::SignatureMissing));
}

//= https://www.rfc-editor.org/rfc/rfc6840#section-5.12
//= type=test
//# Validating resolvers MUST disregard RRSIGs in a zone that do not (currently) have a corresponding DNSKEY in the
//# zone.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.12
//= type=test
//# Similarly, a validating resolver MUST disregard RRSIGs with algorithm types that don't exist in the DNSKEY RRset.
#[test]
fn signatures_without_a_key_are_disregarded() {
    let zone = Zone::new("test");
    let good = zone.sign(&address());
    for algorithm in [5, 7, 8, 13, 200, 253] {
        let stray = zone.sign_as(&address(), |draft| draft.algorithm = algorithm);
        // RFC 6840 section 5.12; and alone they prove nothing, not even that the zone is unsigned.
        assert_eq!(www(&zone, &[address(), vec![stray.clone(), good.clone()]].concat()), SECURE, "{algorithm}");
        assert_eq!(www(&zone, &[address(), vec![stray]].concat()).0, "bogus", "{algorithm}");
    }
    let stray = zone.sign_as(&address(), |draft| draft.key_tag = draft.key_tag.wrapping_add(1));
    assert_eq!(www(&zone, &[address(), vec![stray, good]].concat()), SECURE);
}

#[test]
fn records_of_two_places_are_no_rrset() {
    let zone = Zone::new("test");
    let (rrset, rrsig) = (address(), zone.sign(&address()));
    let ask = |answer: &[OwnedRecord], authority: &[OwnedRecord], more: &[OwnedRecord]| {
        let of = |answer: &[OwnedRecord], authority| message(name("www.test"), Type::A, 0, answer, authority);
        let octets = [zone.keys(), no_cut(&zone), of(answer, authority), of(more, &[])];
        judge(("www.test", Type::A), &[anchor(&zone)], &octets)
    };
    let (first, second) = (vec![rrset[0].clone(), rrsig.clone()], vec![rrset[1].clone(), rrsig.clone()]);
    assert_eq!(ask(&[rrset.clone(), vec![rrsig.clone()]].concat(), &[], &second), SECURE);
    // RFC 2181 section 5.4.
    assert_eq!(ask(&first, &[], &second), bogus(ReasonCode::SignatureInvalid), "two messages");
    assert_eq!(ask(&first, &second, &[]), bogus(ReasonCode::SignatureInvalid), "two sections");
    assert_eq!(ask(&rrset, &[rrsig], &[]), bogus(ReasonCode::SignatureMissing), "the signature elsewhere");
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//# Any DNS names in the RDATA field of each RR MUST be in canonical form; and
/// Names in the RDATA, in mixed case, of every type that has some.
#[test]
fn the_canonical_form_of_every_type() {
    let zone = Zone::new("test");
    let holds = |rtype: Type, served: &[u8], signed: &[u8]| {
        let record = |rdata: &[u8]| OwnedRecord { rtype, rdata: rdata.to_vec(), ..address().swap_remove(0) };
        let answer = [record(served), zone.sign(&[record(signed)])];
        let octets = [zone.keys(), message(name("www.test"), rtype, 0, &answer, &[])];
        judge(("www.test", rtype), &[anchor(&zone)], &octets)
    };
    let (mixed, lower) = (&b"\x03FoO\x02Ex\0"[..], &b"\x03foo\x02ex\0"[..]);
    let text = &b"\x01A"[..];
    // RFC 4034 section 6.2, RFC 6840 section 5.1, RFC 3597 section 7: octets before, names,
    // octets behind. RRSIG and SIG are not here, because nothing signs them.
    let listed: [(Type, &[u8], usize, &[u8]); 19] = [
        (Type::NS, b"", 1, b""),
        (Type::MD, b"", 1, b""),
        (Type::MF, b"", 1, b""),
        (Type::CNAME, b"", 1, b""),
        (Type::SOA, b"", 2, &[b'A'; 20]),
        (Type::MB, b"", 1, b""),
        (Type::MG, b"", 1, b""),
        (Type::MR, b"", 1, b""),
        (Type::PTR, b"", 1, b""),
        (Type::MINFO, b"", 2, b""),
        (Type::MX, b"AA", 1, b""),
        (Type::RP, b"", 2, b""),
        (Type::AFSDB, b"AA", 1, b""),
        (Type::RT, b"AA", 1, b""),
        (Type::NXT, b"", 1, b"A"),
        (Type::PX, b"AA", 2, b""),
        (Type::SRV, b"AAAAAA", 1, b""),
        (Type::NAPTR, b"AAAA\x01A\x01A\x01A", 1, b""),
        (Type::KX, b"AA", 1, b""),
    ];
    let more: [(Type, &[u8], usize, &[u8]); 2] =
        [(Type::DNAME, b"", 1, b""), (Type::A6, b"\x08AAAAAAAAAAAAAAA", 1, b"")];
    for (rtype, head, names, tail) in listed.into_iter().chain(more) {
        let rdata = |name: &[u8]| [head, &name.repeat(names), tail].concat();
        assert_eq!(holds(rtype, &rdata(mixed), &rdata(lower)), SECURE, "{rtype}: lower case is signed");
        let code = bogus(ReasonCode::SignatureInvalid);
        assert_eq!(holds(rtype, &rdata(lower), &rdata(mixed)), code, "{rtype}: mixed case is not");
    }
    // Names in all others keep their case, and what is no name too.
    let kept: [(Type, Vec<u8>, Vec<u8>); 6] = [
        (Type::NSEC, [mixed, b"\0\x01\x40"].concat(), [lower, b"\0\x01\x40"].concat()),
        (Type::SVCB, [b"\0\x01", mixed].concat(), [b"\0\x01", lower].concat()),
        (Type::HTTPS, [b"\0\x01", mixed].concat(), [b"\0\x01", lower].concat()),
        (Type::HINFO, text.repeat(2), b"\x01a\x01a".to_vec()),
        (Type::TXT, text.to_vec(), b"\x01a".to_vec()),
        (Type(65280), mixed.to_vec(), lower.to_vec()),
    ];
    for (rtype, mixed, lower) in kept {
        assert_eq!(holds(rtype, &mixed, &mixed), SECURE, "{rtype}: as it is");
        assert_eq!(holds(rtype, &mixed, &lower), bogus(ReasonCode::SignatureInvalid), "{rtype}: not in lower case");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
//= type=test
//# If bit 7 has value 0, then the DNSKEY record holds some other type of DNS public key and MUST NOT be used to verify
//# RRSIGs that cover RRsets.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
//= type=test
//# validators MUST NOT alter their behavior during the signature validation process in any way based on the setting of
//# this bit.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
//= type=test
//# A DNSKEY RR with the SEP set and the Zone Key flag not set MUST NOT be used to verify RRSIGs that cover RRsets.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
//= type=test
//# MUST be ignored upon receipt.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
//= type=test
//# The DNSKEY RR referred to in the DS RR MUST be a DNSSEC zone key.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
//= type=test
//# The DNSKEY RR Flags MUST have Flags bit 7 set.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
//= type=test
//# If the DNSKEY flags do not indicate a DNSSEC zone key, the DS RR (and the DNSKEY RR it references) MUST NOT be used
//# in the validation process.
//= https://www.rfc-editor.org/rfc/rfc4035#section-2.1
//= type=test
//# MUST NOT be used to verify RRSIGs.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//# To authenticate an apex DNSKEY RRset by using an initial key, the resolver MUST:
//= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
//= type=test
//# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose except to
//# validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the revocation.
#[test]
fn flags_of_keys() {
    let ask = |flags: u16| {
        let zone = Zone::with_flags("test", flags);
        www(&zone, &[address(), vec![zone.sign(&address())]].concat())
    };
    for flags in [0x0100, 0x0101, 0x0300, 0xFF7F] {
        assert_eq!(ask(flags), SECURE, "{flags:#06x}: reserved bits and SEP change nothing");
    }
    for flags in [0x0000, 0x0001, 0x0180, 0x0181, 0xFEFF] {
        assert_eq!(ask(flags), bogus(ReasonCode::AnchorMismatch), "{flags:#06x}: no zone key, or revoked");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-2.2
//= type=test
//# An RRSIG RR itself MUST NOT be signed, as signing an RRSIG RR would add no value and would create an infinite loop
//# in the signing process.
#[test]
fn what_nobody_signs_is_not_judged() {
    let zone = Zone::new("test");
    for rtype in [Type::RRSIG, Type::SIG, Type::OPT, Type::NXNAME, Type(249), Type(250), Type(252)] {
        let code = Some(ReasonCode::QuestionNotJudged);
        assert_eq!(judge(("www.test", rtype), &[anchor(&zone)], &[zone.keys()]), ("indeterminate", code), "{rtype}");
    }
    let root = Zone::new(".");
    assert_eq!(judge((".", Type::DS), &[anchor(&root)], &[]).1, Some(ReasonCode::QuestionNotJudged));
    assert_eq!(judge((".", Type::DNSKEY), &[anchor(&root)], &[root.keys()]), SECURE);
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
//= type=test
//# If encountered, they MUST be ignored upon being read.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
//= type=test
//# Since a validated NSEC RR proves the existence of both itself and its corresponding RRSIG RR, a validator MUST
//# ignore the settings of the NSEC and RRSIG bits in an NSEC RR.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.2
//= type=test
//# When validating a response to QTYPE=*, all received RRsets that match QNAME and QCLASS MUST be validated.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.2
//= type=test
//# If there are no RRsets matching QNAME and QCLASS, that fact MUST be validated according to the rules in Section 5.4
//# of [RFC4035] (as clarified in this document).
#[test]
fn every_rrset_of_an_answer_to_any() {
    let zone = Zone::new("test");
    let txt = records("www.test. 3600 IN TXT hello");
    let ask = |answer: &[OwnedRecord], authority: &[OwnedRecord]| {
        let octets = [zone.keys(), message(name("www.test"), Type::ANY, 0, answer, authority)];
        judge(("www.test", Type::ANY), &[anchor(&zone)], &octets)
    };
    let both = [address(), txt.clone(), vec![zone.sign(&address()), zone.sign(&txt)]].concat();
    assert_eq!(ask(&both, &[]), SECURE);
    // RFC 6840 section 4.2.
    for missing in [3, 4] {
        let mut one = both.clone();
        one.remove(missing);
        assert_eq!(ask(&one, &[]), bogus(ReasonCode::SignatureMissing), "record {missing}");
    }
    // RFC 4035 section 5.4: the bits of NSEC and RRSIG say nothing.
    for (types, expected) in [
        ("RRSIG NSEC", SECURE),
        ("NSEC", SECURE),
        ("RRSIG", SECURE),
        // RFC 4034 section 4.1.2: pseudo types.
        ("RRSIG NSEC TYPE249 TYPE255", SECURE),
        ("TYPE0 RRSIG NSEC", SECURE),
        ("A RRSIG NSEC", bogus(ReasonCode::DenialMissing)),
        ("CNAME RRSIG NSEC", bogus(ReasonCode::DenialMissing)),
    ] {
        let nsec = records(&format!("www.test. 3600 IN NSEC x.test. {types}"));
        assert_eq!(ask(&[], &[nsec.clone(), vec![zone.sign(&nsec)]].concat()), expected, "{types}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
/// RFC 4035 section 2.4: a zone has no word about its own DS records, in an answer to ANY neither.
#[test]
fn ds_records_in_an_answer_to_any() {
    let (test, child) = (Zone::new("test"), Zone::new("child.test"));
    let text = records("child.test. 3600 IN TXT hello");
    let text = [text[0].clone(), child.sign(&text)];
    let ask = |answer: &[OwnedRecord]| {
        let any = message(name("child.test"), Type::ANY, 0, answer, &[]);
        let octets = [test.keys(), child.keys(), test.answer(&[child.ds()]), any];
        judge(("child.test", Type::ANY), &[anchor(&test)], &octets)
    };
    assert_eq!(ask(&text), SECURE);
    for signer in [&child, &test] {
        let ds = [child.ds(), signer.sign(&[child.ds()])];
        assert_eq!(ask(&[&ds[..], &text].concat()), bogus(ReasonCode::SignerMismatch), "by {}", signer.apex);
    }
}

/// RFC 4592 section 4.6: DS records of a wildcard mean nothing, whoever asks for them.
#[test]
fn ds_records_of_a_wildcard() {
    let test = Zone::new("test");
    let made = |text: &str, owner: &str| {
        let set = records(text);
        renamed(&[&set[..], &[test.sign(&set)]].concat(), owner)
    };
    let nsec = records("*.test. 3600 IN NSEC test. TXT DS RRSIG NSEC");
    let nsec = [nsec[0].clone(), test.sign(&nsec)];
    let (ds, txt) = (format!("*.test. 3600 IN DS 1 13 2 {}", "AB".repeat(32)), "*.test. 3600 IN TXT hello");
    let ask = |rtype: Type, answer: &[OwnedRecord]| {
        let octets = [test.keys(), message(name("a.test"), rtype, 0, answer, &nsec)];
        judge(("a.test", rtype), &[anchor(&test)], &octets)
    };
    assert_eq!(ask(Type::TXT, &made(txt, "a.test")), SECURE);
    assert_eq!(ask(Type::DS, &made(&ds, "a.test")), bogus(ReasonCode::LabelsMismatch));
    assert_eq!(ask(Type::ANY, &made(txt, "a.test")), SECURE);
    let both = [made(txt, "a.test"), made(&ds, "a.test")].concat();
    assert_eq!(ask(Type::ANY, &both), bogus(ReasonCode::LabelsMismatch));
    // The wildcard's own are what they are.
    let octets = [test.keys(), message(name("*.test"), Type::DS, 0, &made(&ds, "*.test"), &[])];
    assert_eq!(judge(("*.test", Type::DS), &[anchor(&test)], &octets), SECURE);
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-3
//= type=test
//# The class MUST be the same as the class of the original owner name.
//= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
//= type=test
//# After verification, the validator MUST ignore the value of bit 0 in window block 0.
/// RFC 5155 sections 3 and 3.2.1: one of another class says nothing, and what is no type is not looked at.
#[test]
fn nsec3_records_of_another_class_and_bits_of_no_type() {
    let zone = Zone::new("test");
    let ask = |class: Class, types: &str| {
        // The hash of www.test, and the next one below.
        let (own, next) = ("hlhileuk7fp8runl6vmgonlg8t5k7cap", "hlhileuk7fp8runl6vmgonlg8t5k7cao");
        let mut nsec3 = records(&format!("{own}.test. 3600 IN NSEC3 1 0 0 - {next} {types}"));
        nsec3[0].class = class;
        let authority = [nsec3.clone(), vec![zone.sign(&nsec3)]].concat();
        let octets = [zone.keys(), no_cut(&zone), message(name("www.test"), Type::A, 0, &[], &authority)];
        judge(("www.test", Type::A), &[anchor(&zone)], &octets)
    };
    assert_eq!(ask(Class::IN, "TXT RRSIG"), SECURE);
    assert_eq!(ask(Class::CH, "TXT RRSIG"), bogus(ReasonCode::DenialMissing));
    assert_eq!(ask(Class::IN, "TYPE0 TXT RRSIG TYPE249 TYPE255"), SECURE);
    assert_eq!(ask(Class::IN, "TYPE0 A RRSIG"), bogus(ReasonCode::DenialMissing));
}

/// RFC 9824 section 3.1: the bit says that there is no such name; beside others it says nothing.
#[test]
fn nxname_alone() {
    let zone = Zone::new("test");
    let soa = records("test. 3600 IN SOA ns.test. host.test. 1 7200 3600 1209600 300");
    let ask = |types: &str| {
        let nsec = records(&format!("www.test. 3600 IN NSEC \\000.www.test. {types}"));
        let authority = [soa.clone(), vec![zone.sign(&soa)], nsec.clone(), vec![zone.sign(&nsec)]].concat();
        let octets = [zone.keys(), message(name("www.test"), Type::A, 0, &[], &authority)];
        with_verdict(("www.test", Type::A), &[anchor(&zone)], &Policy::standard(), NOW.into(), &octets, |verdict| {
            (verdict.as_str(), verdict.secure().map(|secure| matches!(secure.content(), Content::NameError)))
        })
    };
    assert_eq!(ask("RRSIG NSEC TYPE128"), ("secure", Some(true)));
    assert_eq!(ask("TXT RRSIG NSEC TYPE128"), ("secure", Some(false)), "no data");
    for types in ["NS RRSIG NSEC TYPE128", "A RRSIG NSEC TYPE128", "DNAME A RRSIG NSEC TYPE128"] {
        assert_eq!(ask(types), ("bogus", None), "{types}");
    }
}

#[test]
fn dnames_without_a_meaning() {
    let zone = Zone::new("test");
    let ask = |dname: &[OwnedRecord], served: &str, cname: &[OwnedRecord], rcode: u8| {
        let answer = [renamed(&[dname, &[zone.sign(dname)]].concat(), served), cname.to_vec()].concat();
        let target = records("a.b.test. 3600 IN A 192.0.2.1");
        let octets = [zone.keys(), message(name("a.d.test"), Type::A, rcode, &answer, &[]), zone.answer(&target)];
        judge(("a.d.test", Type::A), &[anchor(&zone)], &octets)
    };
    let good = records("d.test. 3600 IN DNAME b.test.");
    let made = records("a.d.test. 0 IN CNAME a.b.test.");
    assert_eq!(ask(&good, "d.test", &made, 0), SECURE);
    let incomplete = ("indeterminate", Some(ReasonCode::AliasIncomplete));
    assert_eq!(ask(&good, "d.test", &[], 0), incomplete, "without the CNAME");
    let wild = records("*.test. 3600 IN DNAME b.test.");
    assert_eq!(ask(&wild, "d.test", &made, 0), bogus(ReasonCode::LabelsMismatch), "RFC 6672 section 2.3");
    let two = records("d.test. 3600 IN DNAME b.test.\nd.test. 3600 IN DNAME c.test.");
    assert_eq!(ask(&two, "d.test", &made, 0), bogus(ReasonCode::AliasContradictory), "RFC 6672 section 2.4");
    for rdata in [&b""[..], b"\x01b\x04test\0\0"] {
        let malformed = vec![OwnedRecord { rdata: rdata.to_vec(), ..good[0].clone() }];
        assert_eq!(ask(&malformed, "d.test", &made, 0).0, "bogus", "RFC 6672 section 2.1: {rdata:?}");
    }
    let failed = ("indeterminate", Some(ReasonCode::ResponseFailed));
    assert_eq!(ask(&good, "d.test", &[], 6), failed, "YXDOMAIN: the name would be too long");
}

#[test]
fn an_anchor_that_does_not_count_says_nothing() {
    let zone = Zone::new("test");
    let octets = [zone.keys(), zone.answer(&address())];
    let ask = |policy: &Policy, anchor: Anchor<'_>| {
        with_verdict(("www.test", Type::A), &[anchor], policy, NOW.into(), &octets, |verdict| match verdict {
            Verdict::Secure(secure) => {
                assert!(matches!(secure.content(), Content::Records(_)));
                SECURE
            }
            verdict => (verdict.as_str(), verdict.reason().map(|reason| reason.code())),
        })
    };
    assert_eq!(ask(&Policy::standard(), anchor(&zone)), SECURE);
    let without = Policy::standard().without(Algorithm::ED25519);
    assert_eq!(ask(&without, anchor(&zone)), ("indeterminate", Some(ReasonCode::AlgorithmUnsupported)));
    let mut ds = zone.ds().rdata;
    assert_eq!(ask(&Policy::standard(), Anchor::from_ds(zone.apex.as_name(), &ds).unwrap()), SECURE);
    ds[3] = 250;
    let digest = Anchor::from_ds(zone.apex.as_name(), &ds).unwrap();
    assert_eq!(ask(&Policy::standard(), digest), ("indeterminate", Some(ReasonCode::DigestUnsupported)));
}

/// RFC 4592 sections 4.2 and 4.9.
#[test]
fn wildcards_in_denials() {
    let zone = Zone::new("test");
    let ask = |rcode: u8, rtype: Type, nsecs: [&str; 2]| {
        let signed = |text: &str| {
            let nsec = records(text);
            [nsec.clone(), vec![zone.sign(&nsec)]].concat()
        };
        let octets = [zone.keys(), message(name("q.test"), rtype, rcode, &[], &nsecs.map(signed).concat())];
        with_verdict(("q.test", rtype), &[anchor(&zone)], &Policy::standard(), NOW.into(), &octets, |verdict| {
            verdict.secure().map_or(verdict.as_str(), |secure| match secure.content() {
                Content::Records(_) => "records",
                Content::NoData => "no data",
                Content::NameError => "name error",
            })
        })
    };
    let apex = "test. 3600 IN NSEC *.test. NS SOA RRSIG NSEC DNSKEY";
    let wild = |types: &str| format!("*.test. 3600 IN NSEC test. {types} RRSIG NSEC");
    assert_eq!(ask(0, Type::A, [apex, &wild("TXT")]), "no data");
    assert_eq!(ask(0, Type::A, [apex, &wild("A")]), "bogus", "it should have been the answer");
    assert_eq!(ask(0, Type::A, [apex, &wild("TYPE128")]), "bogus", "RFC 9824: it says that it is not there");
    assert_eq!(ask(0, Type::A, [apex, &wild("NS")]), "bogus", "what a delegation has below is not known");
    // `*.test` is there, because a name below it is.
    let below = ["test. 3600 IN NSEC a.*.test. NS SOA RRSIG NSEC DNSKEY", "a.*.test. 3600 IN NSEC test. A RRSIG NSEC"];
    assert_eq!(ask(0, Type::A, below), "no data");
    let beside = ["test. 3600 IN NSEC !.test. NS SOA RRSIG NSEC DNSKEY", "!.test. 3600 IN NSEC test. A RRSIG NSEC"];
    assert_eq!(ask(3, Type::A, beside), "name error");
    assert_eq!(ask(0, Type::A, beside), "bogus", "NOERROR over the proof of a name error");
}

/// RFC 4035 section 5.3.3, on the way to the answer: only if the name does not exist does the wildcard's alias say that
/// no zone begins there.
#[test]
fn a_wildcard_alias_that_answers_a_ds_question() {
    let zone = Zone::new("test");
    let wild = records("*.test. 3600 IN CNAME x.test.");
    let nsec = records("test. 3600 IN NSEC x.test. NS SOA RRSIG NSEC DNSKEY");
    let ask = |denied: bool| {
        let ds = |owner: &str| {
            let answer = renamed(&[wild.clone(), vec![zone.sign(&wild)]].concat(), owner);
            let denial = [nsec.clone(), vec![zone.sign(&nsec)]].concat();
            message(name(owner), Type::DS, 0, &answer, if denied { &denial } else { &[] })
        };
        let unsigned = message(name("www.a.test"), Type::A, 0, &renamed(&address(), "www.a.test"), &[]);
        judge(("www.a.test", Type::A), &[anchor(&zone)], &[zone.keys(), ds("a.test"), ds("www.a.test"), unsigned])
    };
    assert_eq!(ask(true), bogus(ReasonCode::SignatureMissing), "the answer is the zone's, and should be signed");
    assert_eq!(ask(false), bogus(ReasonCode::WildcardNotDenied));
}
