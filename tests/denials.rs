//! Denials at the ends of what they cover, which no signer makes and an attacker looks for.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchor;
use dnsproof::chain::ReasonCode;
use dnsproof::codes::{Class, Type};
use dnsproof::crypto::{Backend, Ring};
use dnsproof::zonefile::OwnedRecord;
use sign::{Zone, judge, message, name, records, renamed};

type Hash = [u8; 20];
type Said = (&'static str, Option<ReasonCode>);

const SECURE: Said = ("secure", None);
const MISSING: Said = ("bogus", Some(ReasonCode::DenialMissing));

/// The hash a little further on in the order of hashes.
fn moved(hash: Hash, by: i8) -> Hash {
    let mut moved = hash;
    moved[19] = hash[19].checked_add_signed(by).expect("the tests have hashes that do not end in 0 or 255");
    moved
}

fn base32hex(octets: &Hash) -> String {
    let bit = |index: usize| u32::from(octets[index / 8] >> (7 - index % 8) & 1);
    let digit = |index: usize| (0..5).fold(0, |value, offset| value << 1 | bit(index * 5 + offset));
    (0..32).map(|index| char::from_digit(digit(index), 32).unwrap()).collect()
}

/// NSEC3 of `test.`, from one hash to another, signed.
fn nsec3(zone: &Zone, own: Hash, next: Hash, types: &[u8]) -> Vec<OwnedRecord> {
    let rdata = [&[1, 0, 0, 0, 0, 20][..], &next, types].concat();
    let owner = name(&format!("{}.test", base32hex(&own)));
    let record = OwnedRecord { owner, rtype: Type::NSEC3, class: Class::IN, ttl: 3600, rdata };
    vec![record.clone(), zone.sign(&[record])]
}

fn nxdomain(zone: &Zone, asked: &str, authority: &[OwnedRecord]) -> Said {
    let octets = [zone.keys(), message(name(asked), Type::A, 3, &[], authority)];
    judge((asked, Type::A), &[Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()], &octets)
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.4
//= type=test
//# A validator MUST verify that there is a closest encloser proof for QNAME present in the response and that there is an
//# NSEC3 RR that covers the wildcard at the closest encloser (i.e., the name formed by prepending the asterisk label to
//# the closest encloser).
/// RFC 5155 section 1.3: "cover" leaves both ends out. What has the hash itself exists.
#[test]
fn hashes_at_the_ends_of_a_range_are_not_covered() {
    let zone = Zone::new("test");
    let hash = |text: &str| Ring.nsec3_hash(name(text).as_wire(), &[], 0).unwrap();
    let (apex, nx, wildcard) = (hash("test"), hash("nx.test"), hash("*.test"));
    // NS SOA RRSIG DNSKEY.
    let encloser = nsec3(&zone, apex, moved(apex, 1), &[0, 7, 0x22, 0, 0, 0, 0, 2, 0x80]);
    let around = |hash: Hash, own: i8, next: i8| nsec3(&zone, moved(hash, own), moved(hash, next), &[0, 1, 0x40]);
    for (own, next, covers) in [
        (-1, 1, true),
        (0, 1, false),
        (-1, 0, false),
        // The last one of the zone leads back to the first.
        (-1, -2, true),
        (2, 1, true),
        (0, -1, false),
        (1, 0, false),
        (1, -1, false),
        // The only one of the zone.
        (0, 0, false),
        (1, 1, true),
    ] {
        let expected = if covers { SECURE } else { MISSING };
        let denied = |nx: Vec<OwnedRecord>, wildcard: Vec<OwnedRecord>| {
            nxdomain(&zone, "nx.test", &[encloser.clone(), nx, wildcard].concat())
        };
        let said = denied(around(nx, -1, 1), around(wildcard, own, next));
        assert_eq!(said, expected, "the wildcard, {own} to {next}");
        assert_eq!(denied(around(nx, own, next), around(wildcard, -1, 1)), expected, "the name, {own} to {next}");
    }
}

/// RFC 4034 section 4.1.1: between the owner and the next name there is nothing; both exist.
#[test]
fn names_at_the_ends_of_a_range_are_not_covered() {
    let zone = Zone::new("test");
    let signed = |text: &str| {
        let nsec = records(text);
        [nsec.clone(), vec![zone.sign(&nsec)]].concat()
    };
    let star = signed("test. 3600 IN NSEC a.test. SOA NS RRSIG NSEC DNSKEY");
    for (range, covers) in [
        ("m.test. 3600 IN NSEC o.test. A", true),
        ("n.test. 3600 IN NSEC o.test. A", false),
        ("m.test. 3600 IN NSEC n.test. A", false),
        ("o.test. 3600 IN NSEC test. A", false),
        ("m.test. 3600 IN NSEC test. A", true),
        ("n.test. 3600 IN NSEC test. A", false),
    ] {
        let said = nxdomain(&zone, "n.test", &[star.clone(), signed(range)].concat());
        assert_eq!(said, if covers { SECURE } else { MISSING }, "{range}");
    }
    for (range, covers) in [
        ("test. 3600 IN NSEC a.test. SOA NS", true),
        ("test. 3600 IN NSEC *.test. SOA NS", false),
        ("*.test. 3600 IN NSEC a.test. A", false),
    ] {
        let name = signed("m.test. 3600 IN NSEC o.test. A");
        let said = nxdomain(&zone, "n.test", &[name, signed(range)].concat());
        assert_eq!(said, if covers { SECURE } else { MISSING }, "{range}");
    }
}

/// RFC 4035 section 5.3.4: that there is no closer match is proved of the name, and of every wildcard nearer to it.
#[test]
fn what_a_wildcard_stands_behind_is_denied_nearer_by() {
    let zone = Zone::new("test");
    let signed = |text: &str| {
        let rrset = records(text);
        [rrset.clone(), vec![zone.sign(&rrset)]].concat()
    };
    let cut = signed("a.test. 3600 IN NSEC z.test. A RRSIG NSEC");
    let ask = |nsec: &str| {
        let made = renamed(&signed("*.test. 3600 IN A 192.0.2.1"), "n.m.test");
        let octets = [
            zone.keys(),
            message(name("m.test"), Type::DS, 0, &[], &cut),
            message(name("n.m.test"), Type::DS, 0, &[], &cut),
            message(name("n.m.test"), Type::A, 0, &made, &signed(nsec)),
        ];
        judge(("n.m.test", Type::A), &[Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()], &octets)
    };
    let not_denied = ("bogus", Some(ReasonCode::WildcardNotDenied));
    assert_eq!(ask("a.test. 3600 IN NSEC z.test. A RRSIG NSEC"), SECURE);
    assert_eq!(ask("n.test. 3600 IN NSEC z.test. A RRSIG NSEC"), not_denied, "it covers something else");
    assert_eq!(ask("m.test. 3600 IN NSEC z.test. A RRSIG NSEC"), not_denied, "*.m.test would be nearer");
    assert_eq!(ask("a.m.test. 3600 IN NSEC z.test. A RRSIG NSEC"), not_denied, "so it would here");
    assert_eq!(ask("a.test. 3600 IN NSEC x.n.m.test. A RRSIG NSEC"), not_denied, "an empty non-terminal is there");
    assert_eq!(ask("n.m.test. 3600 IN NSEC z.test. TXT RRSIG NSEC"), not_denied, "the name is there");
}

/// RFC 2308 section 2.2: name servers, no answer, no SOA record, no authority.
#[test]
fn a_referral_only_says_who_to_ask() {
    let zone = Zone::new("test");
    let (ns, soa) = ("test. 3600 IN NS ns.test.", "test. 3600 IN SOA ns.test. host.test. 1 7200 3600 1209600 300");
    let nsec = records("n.test. 3600 IN NSEC z.test. A RRSIG NSEC");
    let no_cut = [nsec.clone(), vec![zone.sign(&nsec)]].concat();
    let ask = |authority: &[&str], answer: &str, header: [u8; 2]| {
        let authority: Vec<OwnedRecord> = authority.iter().flat_map(|text| records(text)).collect();
        let mut octets = message(name("n.test"), Type::A, 0, &records(answer), &authority);
        octets[2..4].copy_from_slice(&header);
        judge(
            ("n.test", Type::A),
            &[Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()],
            &[zone.keys(), message(name("n.test"), Type::DS, 0, &[], &no_cut), octets],
        )
    };
    let referral = ("indeterminate", Some(ReasonCode::Referral));
    assert_eq!(ask(&[ns], "", [0x80, 0]), referral);
    for (authority, answer, header) in [
        (&[][..], "", [0x80, 0]),
        (&[ns, soa], "", [0x80, 0]),
        (&["other. 3600 IN NS ns.test."], "", [0x80, 0]),
        (&[ns], "other.test. 3600 IN TXT hello", [0x80, 0]),
        (&[ns], "", [0x84, 0]),
        (&[ns], "", [0x80, 3]),
    ] {
        assert_eq!(ask(authority, answer, header), MISSING, "{authority:?} {answer} {header:?}");
    }
}

/// RFC 1035 section 4.1.1: what is no response to a query is no evidence.
#[test]
fn only_responses_to_queries_are_evidence() {
    let zone = Zone::new("test");
    let ask = |header: u8| {
        let mut octets = zone.answer(&records("test. 3600 IN TXT hello"));
        octets[2] = header;
        judge(
            ("test", Type::TXT),
            &[Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()],
            &[zone.keys(), octets],
        )
    };
    assert_eq!(ask(0x84), SECURE);
    for header in [0x04, 0x8C, 0x94, 0xA4, 0xAC, 0x24] {
        assert_eq!(ask(header), ("indeterminate", Some(ReasonCode::EvidenceMissing)), "{header:#x}");
    }
}

/// RFC 4034 section 4.1.1: the next name is one of the zone. A record that says otherwise is of no zone, and says nothing.
#[test]
fn next_names_of_another_zone() {
    let zone = Zone::new("test");
    let ask = |next: &str| {
        let nsec = records(&format!("www.test. 3600 IN NSEC {next} TXT RRSIG NSEC"));
        let denial = [nsec.clone(), vec![zone.sign(&nsec)]].concat();
        let octets = [zone.keys(), message(name("www.test"), Type::A, 0, &[], &denial)];
        judge(("www.test", Type::A), &[Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()], &octets)
    };
    for next in ["x.test.", "test."] {
        assert_eq!(ask(next), SECURE, "{next}");
    }
    for next in ["x.other.", ".", "xtest."] {
        assert_eq!(ask(next), MISSING, "{next}");
    }
}

/// A zone may sign what it likes in another class; it says nothing of this one.
#[test]
fn nsec_records_of_another_class() {
    let zone = Zone::new("test");
    let ask = |class: Class| {
        let mut nsec = records("test. 3600 IN NSEC x.test. SOA NS RRSIG NSEC DNSKEY");
        nsec[0].class = class;
        nxdomain(&zone, "n.test", &[nsec.clone(), vec![zone.sign(&nsec)]].concat())
    };
    assert_eq!(ask(Class::IN), SECURE);
    assert_eq!(ask(Class::CH), MISSING);
}
