//! Clauses about octets: records, EDNS, text.

use std::hash::{DefaultHasher, Hash, Hasher};

use dnsproof::codes::{Class, Opcode, Rcode, Type};
use dnsproof::error::ParseErrorKind;
use dnsproof::name::{Name, NameBuf};
use dnsproof::proof::Proof;
use dnsproof::wire::rdata::{Cname, Dnskey, Mx, View};
use dnsproof::wire::{Message, Rdata, Section};
use dnsproof::zonefile;

/// A record with the root as its owner, class 1232 (the payload size of an OPT record).
fn record(owner: &[u8], rtype: u16, ttl: u32, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).unwrap();
    [owner, &rtype.to_be_bytes(), &[4, 0xD0], &ttl.to_be_bytes(), &length.to_be_bytes(), rdata].concat()
}

/// A response without a question, with these records in its three sections.
fn message(rcode: u8, sections: [&[Vec<u8>]; 3]) -> Vec<u8> {
    let mut octets = vec![0, 0, 0x80, rcode, 0, 0];
    sections.iter().for_each(|section| octets.extend(u16::try_from(section.len()).unwrap().to_be_bytes()));
    sections.iter().for_each(|section| octets.extend(section.concat()));
    octets
}

const OPT: u16 = 41;

/// RFC 1035 section 4.1.1, RFC 4035 section 3: each bit is one thing and no other.
#[test]
fn bits_of_the_header() {
    for bits in (0..16).map(|bit| 1_u16 << bit).chain([0, 0xFFFF]) {
        let octets = [&[0, 0][..], &bits.to_be_bytes(), &[0; 8]].concat();
        let header = Message::parse(&octets).unwrap().header();
        let said = [
            header.is_response(),
            header.is_authoritative(),
            header.is_truncated(),
            header.recursion_desired(),
            header.recursion_available(),
            header.authentic_data(),
            header.checking_disabled(),
        ];
        let flags = [0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010];
        assert_eq!(said, flags.map(|flag| bits & flag != 0), "{bits:#06x}");
        let [high, low] = bits.to_be_bytes();
        let codes = (Opcode(high >> 3 & 15), Rcode(u16::from(low & 15)));
        assert_eq!((header.opcode(), header.rcode()), codes, "{bits:#06x}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc6840#section-5.6
//= type=test
//# However, in order to interoperate with implementations that ignore this rule on sending, resolvers MUST ignore the
//# DO bit in responses.
#[test]
fn edns() {
    let opt = |ttl: u32, rdata: &[u8]| record(b"\0", OPT, ttl, rdata);
    let unknown =
        [&[0xFF, 0xF0, 0, 2, 1, 2][..], &[0, 15, 0, 2, 0, 6], &[0, 15, 0, 5, 0, 9, b'w', b'h', b'y']].concat();
    let octets = message(3, [&[], &[], &[record(b"\0", 1, 0, &[0; 4]), opt(0x0105_FFFF, &unknown)]]);
    let parsed = Message::parse(&octets).unwrap();
    let read = parsed.opt().unwrap();
    // RFC 6891 section 6.1.3: the upper eight bits, version 5, every flag set.
    assert_eq!((parsed.rcode(), read.extended_rcode, read.version), (Rcode(0x13), 1, 5));
    assert!(read.dnssec_ok && read.udp_payload_size == 1232);
    let options: Vec<(u16, &[u8])> = read.options().map(|option| (option.code, option.data)).collect();
    assert_eq!(options, [(0xFFF0, &[1, 2][..]), (15, &[0, 6]), (15, b"\0\x09why")], "unknown ones, and two of a kind");
    let octets = message(3, [&[], &[], &[opt(0x7FFF, &[])]]);
    let parsed = Message::parse(&octets).unwrap();
    assert!(!parsed.opt().unwrap().dnssec_ok, "all flags but DO");
    assert_eq!(parsed.rcode(), Rcode::NXDOMAIN);
}

#[test]
fn opt_records_that_are_refused() {
    let opt = || record(b"\0", OPT, 0, &[]);
    let kind = |octets: Vec<u8>| Message::parse(&octets).err().map(|error| error.kind);
    assert_eq!(kind(message(0, [&[], &[], &[opt()]])), None);
    let contradiction = Some(ParseErrorKind::Contradiction);
    assert_eq!(kind(message(0, [&[], &[], &[opt(), opt()]])), contradiction, "two of them");
    assert_eq!(kind(message(0, [&[opt()], &[], &[]])), contradiction, "in the answer");
    assert_eq!(kind(message(0, [&[], &[opt()], &[]])), contradiction, "in the authority section");
    let owned = record(b"\x01a\0", OPT, 0, &[]);
    assert_eq!(kind(message(0, [&[], &[], &[owned]])), Some(ParseErrorKind::BadValue), "the owner is not the root");
    let whole = [0, 15, 0, 2, 0, 6];
    for end in 1..whole.len() {
        let cut = record(b"\0", OPT, 0, &whole[..end]);
        assert_eq!(kind(message(0, [&[], &[], &[cut]])), Some(ParseErrorKind::Truncated), "an option cut at {end}");
    }
}

#[test]
fn ttls_have_31_bits() {
    for (ttl, expected) in [(0, 0), (0x7FFF_FFFF, 0x7FFF_FFFF), (0x8000_0000, 0), (u32::MAX, 0)] {
        let octets = message(0, [&[record(b"\0", 1, ttl, &[0; 4])], &[], &[]]);
        let parsed = Message::parse(&octets).unwrap();
        assert_eq!(parsed.records(Section::Answer).next().unwrap().ttl, expected, "{ttl:#x}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
//= type=test
//# A security-aware resolver MUST support a message size of at least 1220 octets, SHOULD support a message size of 4000
//# octets, and MUST use the "sender's UDP payload size" field in the EDNS OPT pseudo-RR to advertise the message size
//# that it is willing to accept.
#[test]
fn messages_of_65535_octets() {
    let padded = |octets: usize| message(0, [&[record(b"\0", 65280, 0, &vec![0xC0; octets])], &[], &[]]);
    let head = padded(0).len();
    let longest = padded(65535 - head);
    assert_eq!(longest.len(), 65535);
    assert!(Message::parse(&longest).is_ok());
    let error = Message::parse(&padded(65536 - head)).unwrap_err();
    assert_eq!((error.kind, error.offset), (ParseErrorKind::TrailingOctets, 65535));
}

/// RFC 9102 section 3: records of a chain have no compressed names, wherever their types have names. What else may be
/// wrong with RDATA is seen when they are needed.
#[test]
fn records_of_a_chain() {
    let kind =
        |Type(rtype): Type, rdata: &[u8]| Proof::parse(&record(b"\0", rtype, 0, rdata)).err().map(|error| error.kind);
    let texts = b"\x01x\x01y\0";
    // What stands before a name.
    for (rtype, before) in [
        (Type::NS, &b""[..]),
        (Type::SOA, b"\x01a\0"),
        (Type::MX, &[0; 2]),
        (Type::SIG, &[0; 18]),
        (Type::NXT, b""),
        (Type::SRV, &[0; 6]),
        (Type::NAPTR, &[&[0; 4][..], texts].concat()),
        (Type::DNAME, b""),
    ] {
        let rdata = |end: &[u8]| [before, end].concat();
        assert_eq!(kind(rtype, &rdata(&[0xC0, 0])), Some(ParseErrorKind::Compressed), "{rtype}");
        assert_eq!(kind(rtype, &rdata(&[0x40])), None, "{rtype}: a label of no known type");
        for end in 0..=before.len() {
            assert_eq!(kind(rtype, &before[..end]), None, "{rtype} cut at {end}");
        }
    }
    let unknown = Type(65280);
    assert_eq!(kind(unknown, &[0xC0, 0]), None, "no names are known in it");
    let longest = 65_535 - record(b"\0", unknown.0, 0, &[]).len();
    assert_eq!(kind(unknown, &vec![0; longest]), None);
    assert_eq!(kind(unknown, &vec![0; longest + 1]), Some(ParseErrorKind::TrailingOctets));
}

/// RFC 3597 section 4: what looks like a pointer is one in old types, and octets in new ones.
#[test]
fn pointers_in_rdata() {
    let owner = b"\x01A\0";
    let rdata = |rtype: u16, rdata: &[u8]| message(0, [&[record(owner, rtype, 0, rdata)], &[], &[]]);
    let octets = rdata(15, &[0, 5, 0xC0, 12]);
    let parsed = Message::parse(&octets).unwrap();
    let mx: Mx<'_> = parsed.records(Section::Answer).next().unwrap().view().unwrap();
    assert_eq!((mx.preference, mx.exchange.to_string().as_str()), (5, "A."), "and keeps its case");
    for rdlength in [1, 3] {
        let octets = rdata(5, &[0xC0, 12, 0][..rdlength]);
        let parsed = Message::parse(&octets);
        let view = parsed.and_then(|parsed| parsed.records(Section::Answer).next().unwrap().view::<Cname<'_>>());
        assert!(view.is_err(), "{rdlength} octets are not the two of a pointer");
    }
    let octets = rdata(65280, &[0xC0, 12, 0xC0]);
    let parsed = Message::parse(&octets).unwrap();
    assert_eq!(parsed.records(Section::Answer).next().unwrap().rdata.octets(), [0xC0, 12, 0xC0]);
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# When the mnemonic is not known, the TYPE representation as described in [RFC3597], Section 5, MUST be used.
/// RFC 3597 section 5.
#[test]
fn unknown_types_as_text() {
    let read =
        zonefile::parse("a. 7 CLASS32 TYPE65280 \\# 4 C0 0002 01\nb. CLASS1 TYPE1 \\# 4 C0000201", None).unwrap();
    assert_eq!((read[0].class, read[0].rtype, read[0].ttl), (Class(32), Type(65280), 7));
    assert_eq!(read[0].rdata, [0xC0, 0, 2, 1]);
    assert_eq!((read[1].class, read[1].rtype, read[1].rdata.as_slice()), (Class::IN, Type::A, &[0xC0, 0, 2, 1][..]));
    assert!(zonefile::parse("a. 7 IN TYPE65280 \\# 3 C0000201", None).is_err(), "the length does not fit");
}

/// RFC 4343 section 2: letters are those of ASCII.
#[test]
fn case_is_that_of_ascii() {
    let name = |wire: &'static [u8]| Name::from_wire(wire).unwrap();
    assert_eq!(name(b"\x01a\0"), name(b"\x01A\0"));
    for (one, other) in [(b"\x01\xE4\0", b"\x01\xC4\0"), (b"\x01[\0", b"\x01{\0"), (b"\x01@\0", b"\x01`\0")] {
        assert_ne!(name(one), name(other), "{one:?}");
    }
    let mixed: NameBuf = "wWw.ExAmple.".parse().unwrap();
    assert_eq!((mixed.to_string().as_str(), mixed.as_name()), ("wWw.ExAmple.", name(b"\x03www\x07example\0")));
}

/// Owned and borrowed names are the same keys of a map, and have the order of RFC 4034 section 6.1.
#[test]
fn owned_names_hash_and_compare_as_borrowed_ones() {
    fn hash(name: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        hasher.finish()
    }
    let name = |text: &str| text.parse::<NameBuf>().unwrap();
    let (lower, mixed) = (name("a.example"), name("A.Example"));
    assert_eq!((hash(lower), hash(lower)), (hash(mixed), hash(mixed.as_name())));
    assert_ne!(hash(lower), hash(name("b.example")));
    assert!(name("example") < lower && lower < name("z.A.example") && name("z.a.example") < name("b.example"));
}

//= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
//= type=test
//# It is not necessary to use the following reference code verbatim, but the numerical value of the Key Tag MUST be
//# identical to what the reference implementation would generate for the same input.
//= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
//= type=test
//# Key Tags MUST be calculated using the algorithm described here rather than the ones complement checksum.
/// RFC 4034 appendix B.1, RFC 6840 section 5.5: the third octet from the end, and the second.
#[test]
fn key_tags_of_algorithm_1() {
    let tag = |rdata: &[u8]| Dnskey::from_rdata(Rdata::from_octets(rdata)).unwrap().key_tag();
    assert_eq!(tag(&[1, 0, 3, 1, 0xAA, 0x12, 0x34, 0x56]), 0x1234);
    assert_eq!(tag(&[1, 0, 3, 1, 0xAA, 0xBB]), 0, "too short for a modulus");
    // Any other: the sum of 16-bit words, the carry added.
    assert_eq!(tag(&[1, 0, 3, 8, 0xFF, 0xFF, 0x80]), 0x8408);
}

/// RFC 1035 section 4.1.2: as many as the header says; one is usual, and only then it is the question.
#[test]
fn all_questions_are_read() {
    let of = |count: u8| {
        let question = |label: u8| [1, label, 0, 0, 1, 0, 1];
        let octets: Vec<u8> = (b'a'..b'a' + count).flat_map(question).collect();
        [&[0, 0, 0x80, 0, 0, count, 0, 0, 0, 0, 0, 0][..], &octets].concat()
    };
    for (count, names) in [(0, &[][..]), (1, &["a."]), (3, &["a.", "b.", "c."])] {
        let octets = of(count);
        let message = Message::parse(&octets).unwrap();
        let read: Vec<String> = message.questions().map(|question| question.name.to_string()).collect();
        assert_eq!(read, names);
        assert_eq!(message.question().is_some(), count == 1);
    }
}
