//! Records as text: what is printed reads back to the same octets, and what cannot be read is
//! refused with the place where. `presentation_random.rs` does the same with random input.

mod common;

use common::build::records;
use common::text::{FORMS, read, round_trip, same};
use common::{messages, parse, vector};
use dnsproof::codes::{Class, Type};
use dnsproof::name::{Name, NameBuf};
use dnsproof::wire::{Record, Section};
use dnsproof::zonefile::{self, OwnedRecord};

#[test]
fn what_the_rfcs_print() {
    let mut files = 0;
    let mut types = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(vector("rfc")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".zone") {
            continue;
        }
        files += 1;
        let records = records(&format!("rfc/{name}"));
        for record in &records {
            round_trip(record);
            let text = record.as_record().to_string();
            assert!(!text.contains("\\#"), "{name}: a type with a form of its own: {text}");
            types.insert(record.rtype.0);
        }
        let whole: Vec<String> = records.iter().map(|record| record.as_record().to_string()).collect();
        let again = zonefile::parse(&whole.join("\n"), None).unwrap();
        assert!(again.len() == records.len() && again.iter().zip(&records).all(|(one, other)| same(one, other)));
    }
    assert!(files > 30 && types.len() > 12, "{files} files, {} types", types.len());
}

/// A record from a message, with the names in its RDATA written out: the view of text.
fn printed_and_read(record: &Record<'_>) -> OwnedRecord {
    let read = read(&record.to_string());
    assert_eq!((read.rtype, read.class, read.ttl), (record.rtype, record.class, record.ttl), "{record:?}");
    assert_eq!(read.owner.as_wire(), record.owner.to_buf().as_wire());
    read
}

#[test]
fn what_servers_send() {
    let octets = messages("delegation/p256/good.hex");
    let mut count = 0;
    for message in parse(&octets) {
        for section in [Section::Answer, Section::Authority, Section::Additional] {
            for record in message.records(section).filter(|record| record.rtype != Type::OPT) {
                let read = printed_and_read(&record);
                // Only names may be compressed, and of the types here only those of SRV, NS, SOA,
                // MX and CNAME.
                let names = [Type::SRV, Type::NS, Type::SOA, Type::MX, Type::CNAME].contains(&record.rtype);
                assert!(names || read.rdata == record.rdata.octets(), "{record}");
                round_trip(&read);
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count} records");
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
//= type=test
//# The Flag field MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
//= type=test
//# The Protocol Field MUST be represented as an unsigned decimal integer with a value of 3.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
//= type=test
//# The Algorithm field MUST be represented either as an unsigned decimal integer or as an algorithm mnemonic as
//# specified in Appendix A.1.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
//= type=test
//# The Public Key field MUST be represented as a Base64 encoding of the Public Key.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Algorithm field value MUST be represented either as an unsigned decimal integer or as an algorithm mnemonic, as
//# specified in Appendix A.1.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Labels field value MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Original TTL field value MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Signature Expiration Time and Inception Time field values MUST be represented either as an unsigned decimal
//# integer indicating seconds since 1 January 1970 00:00:00 UTC, or in the form YYYYMMDDHHmmSS in UTC, where:
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Key Tag field MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
//= type=test
//# The Signer's Name field value MUST be represented as a domain name.
//= https://www.rfc-editor.org/rfc/rfc4034#section-4.2
//= type=test
//# When the mnemonic is not known, the TYPE representation described in [RFC3597], Section 5, MUST be used.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
//= type=test
//# The Key Tag field MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
//= type=test
//# The Algorithm field MUST be represented either as an unsigned decimal integer or as an algorithm mnemonic specified
//# in Appendix A.1.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
//= type=test
//# The Digest Type field MUST be represented as an unsigned decimal integer.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
//= type=test
//# The Digest MUST be represented as a sequence of case-insensitive hexadecimal digits.
//= https://www.rfc-editor.org/rfc/rfc5155#section-3.3
//= type=test
//# When the mnemonic is not known, the TYPE representation as described in Section 5 of [RFC3597] MUST be used.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
//= type=test
//# The certificate usage field MUST be represented as an 8-bit unsigned integer.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
//= type=test
//# The selector field MUST be represented as an 8-bit unsigned integer.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
//= type=test
//# The matching type field MUST be represented as an 8-bit unsigned integer.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
//= type=test
//# The certificate association data field MUST be represented as a string of hexadecimal characters.
#[test]
fn each_type_has_its_form() {
    for (text, octets) in FORMS {
        let record = read(&format!("a. 300 IN {text}\n"));
        assert_eq!(record.rdata, common::hex(octets), "{text}");
        round_trip(&record);
    }
}

/// Nothing is printed as octets, or with other blanks, that has a form of its own. The parameters are those of RFC 9460
/// section 14.3.2, their lists those of its appendix A.1.
#[test]
fn what_is_printed_is_what_people_write() {
    for text in [
        "NSEC b. A MX TYPE1234",
        "SVCB 1 . mandatory=alpn,port alpn=h2,http/1.1 no-default-alpn port=53",
        "SVCB 1 . ipv4hint=192.0.2.1,192.0.2.2 ech=\"AQ==\" ipv6hint=2001:db8::1,::1 dohpath=\"/q{?dns}\" key667=\"x\"",
    ] {
        assert_eq!(read(&format!("a. 300 IN {text}")).as_record().to_string(), format!("a. 300 IN {text}"));
    }
}

/// RDATA that looks like its type's and is not, or has more than one way to be written: it must
/// still come back octet for octet.
#[test]
fn what_has_no_form_is_written_as_octets() {
    for (rtype, octets, shown) in [
        // RFC 9460 section 2.2: parameters are in increasing order, each once.
        (Type::SVCB, "0001 00 0003 0002 0035 0001 0003 026832", "\\# 16 "),
        (Type::SVCB, "0001 00 0003 0002 0035 0003 0002 0035", "\\# 15 "),
        // RFC 9460 section 8: so are the mandatory keys.
        (Type::SVCB, "0001 00 0000 0004 00030001", "1 . key0=\"\\000\\003\\000\\001\""),
        (Type::SVCB, "0001 00 0000 0004 00010001", "1 . key0=\"\\000\\001\\000\\001\""),
        (Type::SVCB, "0001 00 0007 0001 ff", "1 . dohpath=\"\\255\""),
        (Type::SVCB, "0001 00 0003 0000", "1 . key3"),
        (Type::SVCB, "0001 00 0001 0003 02682c", "1 . key1=\"\\002h,\""),
        // RDATA without a message around it has nothing that a compressed name could point to.
        (Type::MINFO, "016100 c000", "\\# 5 "),
        (Type::CAA, "00 00 78", "\\# 3 "),
        (Type::NSEC, "00 0000", "\\# 3 "),
        (Type::A, "01", "\\# 1 "),
        (Type::TXT, "", "\\# 0"),
        (Type::NSEC3, "01 00 0000 00 00", "\\# 6 "),
    ] {
        let record =
            OwnedRecord { owner: NameBuf::root(), rtype, class: Class::IN, ttl: 0, rdata: common::hex(octets) };
        let text = record.as_record().to_string();
        assert!(text.starts_with(&format!(". 0 IN {rtype} {shown}")), "{text}");
        round_trip(&record);
    }
}

/// The records of a text as one line each.
fn lines(text: &str) -> Vec<String> {
    let records = zonefile::parse(text, None).unwrap_or_else(|error| panic!("{text}\n{error}"));
    records.iter().map(|record| record.as_record().to_string()).collect()
}

#[test]
fn entries_of_a_master_file() {
    for (text, expected) in [
        ("", &[][..]),
        ("\n \n\t; only a comment\n\r\n", &[]),
        ("a. 1 IN A 192.0.2.1", &["a. 1 IN A 192.0.2.1"]),
        ("a. 1 A 192.0.2.1 ; no newline", &["a. 1 IN A 192.0.2.1"]),
        ("a. IN 1 A 192.0.2.1\r\n  A 192.0.2.2\r\n", &["a. 1 IN A 192.0.2.1", "a. 1 IN A 192.0.2.2"]),
        ("a. A 192.0.2.1\n", &["a. 0 IN A 192.0.2.1"]),
        ("a. CH TXT x\n", &["a. 0 CH TXT \"x\""]),
        ("a. CLASS32 TXT x\n", &["a. 0 CLASS32 TXT \"x\""]),
        (
            "$TTL 1h\na. A 192.0.2.1\nb. 5 A 192.0.2.1\nc. A 192.0.2.1\n",
            &["a. 3600 IN A 192.0.2.1", "b. 5 IN A 192.0.2.1", "c. 3600 IN A 192.0.2.1"],
        ),
        ("a. 1w2d3h4m5s A 192.0.2.1\n", &["a. 788645 IN A 192.0.2.1"]),
        ("a. 7 A 192.0.2.1\nb. A 192.0.2.1\n", &["a. 7 IN A 192.0.2.1", "b. 7 IN A 192.0.2.1"]),
        (
            "$ORIGIN example.\n@ 1 NS ns\nwww CNAME @\n$ORIGIN sub\nx CNAME y.\n",
            &["example. 1 IN NS ns.example.", "www.example. 1 IN CNAME example.", "x.sub.example. 1 IN CNAME y."],
        ),
        ("$origin example.\n@ 1 NS ns\n", &["example. 1 IN NS ns.example."]),
        ("a. 1 SOA b. c. ( 1 ; serial\n  2\n 3\r\n4 5 ) ; end\n", &["a. 1 IN SOA b. c. 1 2 3 4 5"]),
        ("( a. 1\nA 192.0.2.1\n)\n", &["a. 1 IN A 192.0.2.1"]),
        ("a. 1 TXT ( \"(;\" \n \"x\" )(y)\n", &["a. 1 IN TXT \"(;\" \"x\" \"y\""]),
        ("a. 1 TXT \"a\"\"b\"c\n", &["a. 1 IN TXT \"a\" \"b\" \"c\""]),
        ("a. 1 TXT a\\ b \\; \\\" \\(\n", &["a. 1 IN TXT \"a b\" \";\" \"\\\"\" \"(\""]),
        (r"a\.b\@.\097\065. 1 A 192.0.2.1", &[r"a\.b\@.aA. 1 IN A 192.0.2.1"]),
        (r"\$TTL. 1 A 192.0.2.1", &[r"\$TTL. 1 IN A 192.0.2.1"]),
        ("1. 1 A 192.0.2.1\nIN. 1 A 192.0.2.1\n", &["1. 1 IN A 192.0.2.1", "IN. 1 IN A 192.0.2.1"]),
        ("a. 1 in a 192.0.2.1\n", &["a. 1 IN A 192.0.2.1"]),
        ("a. 1 SVCB 1 . key667= port=53\n", &["a. 1 IN SVCB 1 . port=53 key667"]),
    ] {
        assert_eq!(lines(text), expected, "{text}");
    }
}

#[test]
fn an_origin_from_outside() {
    let origin: NameBuf = "example.".parse().unwrap();
    let records = zonefile::parse("www 1 A 192.0.2.1\n", Some(&origin.as_name())).unwrap();
    assert_eq!(records[0].owner.to_string(), "www.example.");
}

#[test]
fn wrong_texts() {
    let long = format!("{}. A 192.0.2.1", "a".repeat(64));
    let longest = format!("{0}.{0}.{0}.{0}. A 192.0.2.1", "a".repeat(63));
    let escaped = format!("{0}.{0}.{0}.\\097{1}. A 192.0.2.1", "a".repeat(63), "a".repeat(62));
    let string = format!("a. TXT \"{}\"", "a".repeat(256));
    let rdata = format!("a. TXT {}", format!("{} ", "a".repeat(255)).repeat(256));
    for (text, message) in [
        ("a. 1 IN A 192.0.2\n", "line 1, column 11: expected an IPv4 address"),
        ("\n\n a.\n", "line 3, column 2: no owner: the line begins with a blank, and no record is before it"),
        ("a. 1 IN A\n", "line 1, column 10: expected an IPv4 address"),
        ("a. 1 IN A", "line 1, column 10: expected an IPv4 address"),
        ("a. A \\# 4\nb.", "line 1, column 10: expected as many octets as the length says"),
        ("a. A ( \\# ; 4\n )\nb.", "line 2, column 3: expected a length"),
        (
            "a. TYPE65280\nb.",
            "line 1, column 13: expected the generic form, \\# and a length, for a type without its own",
        ),
        ("a. 1 IN\nb.", "line 1, column 8: expected a type"),
        ("a. 1 IN A 192.0.2.1 x\n", "line 1, column 21: more fields than the type has"),
        ("a. 1 IN NOSUCH x\n", "line 1, column 9: expected a type"),
        ("a. 1 IN \"\" \\# 0\n", "line 1, column 9: expected a type"),
        ("a. A 192.0.2.1\nb. A\0 192.0.2.1\n", "line 2, column 4: expected a type"),
        ("a. A 192.0.2.1\n $TTL 5\n", "line 2, column 2: expected a type"),
        ("a. 1x A 192.0.2.1\n", "line 1, column 4: expected a TTL"),
        ("a. 4294967296 A 192.0.2.1\n", "line 1, column 4: expected a TTL"),
        (
            "a. 1 TYPE65280 x\n",
            "line 1, column 16: expected the generic form, \\# and a length, for a type without its own",
        ),
        ("a. A \\# 4 C00002\n", "line 1, column 11: expected as many octets as the length says"),
        ("a. A \\# 4 C00002x1\n", "line 1, column 11: expected hexadecimal digits"),
        ("a. A \\# x\n", "line 1, column 9: expected a length"),
        ("a A 192.0.2.1\n", "line 1, column 1: relative name, and no $ORIGIN before it"),
        ("@ A 192.0.2.1\n", "line 1, column 1: relative name, and no $ORIGIN before it"),
        ("a..b. A 192.0.2.1\n", "line 1, column 3: name: empty label"),
        ("ä. A 192.0.2.1\n", "line 1, column 1: name: character outside of ASCII (write the A-label, xn--…)"),
        ("a. TXT ä\\256\n", "line 1, column 8: expected a string of up to 255 octets"),
        ("a.\\25. A 192.0.2.1\n", "line 1, column 3: name: bad escape"),
        (&long, "line 1, column 64: name: label longer than 63 octets"),
        (&longest, "line 1, column 256: name: name longer than 255 octets"),
        (&escaped, "line 1, column 259: name: name longer than 255 octets"),
        (&string, "line 1, column 8: expected a string of up to 255 octets"),
        (&rdata, "line 1, column 1: RDATA longer than 65535 octets"),
        ("a. A ( 192.0.2.1\n\n", "line 1, column 6: ( has no partner"),
        ("a. A 192.0.2.1 )\n", "line 1, column 16: ) has no partner"),
        ("a. TXT ((x))\n", "line 1, column 9: ( has no partner"),
        ("a. TXT \"x\n", "line 1, column 8: \" has no partner"),
        ("a. TXT x\\\n", "line 1, column 9: expected a word"),
        ("$INCLUDE x\n", "line 1, column 1: $INCLUDE is not followed"),
        ("a. A 192.0.2.1\n$GENERATE x\n", "line 2, column 1: unknown directive (known: $ORIGIN, $TTL, $INCLUDE)"),
        ("$TTL x\n", "line 1, column 6: expected a TTL"),
        ("$TTL 1 2\n", "line 1, column 8: more fields than the type has"),
        ("$ORIGIN\n", "line 1, column 8: expected a name"),
        ("a. MX 65536 b.\n", "line 1, column 7: expected a number up to 65535"),
        ("a. MX +1 b.\n", "line 1, column 7: expected a number up to 65535"),
        ("a. MX : b.\n", "line 1, column 7: expected a number up to 65535"),
        ("a. DS 1 256 1 00\n", "line 1, column 9: expected an algorithm"),
        ("a. DS 1 8 1 0\n", "line 1, column 13: expected hexadecimal digits"),
        ("a. SOA b. c. 1 2 3 4 5w6x\n", "line 1, column 22: expected a time span"),
        ("a. SOA b. c. 4294967296 2 3 4 5\n", "line 1, column 14: expected a number up to 4294967295"),
        ("a. RRSIG A 8 1 1 20260230000000 0 1 a. AQ==\n", "line 1, column 18: expected a time as YYYYMMDDHHmmSS"),
        ("a. DNSKEY 256 3 8 AQ=\n", "line 1, column 19: expected base64"),
        ("a. NSEC b. A NOSUCH\n", "line 1, column 14: expected a type"),
        ("a. NSEC3 1 0 1 x 00 A\n", "line 1, column 16: expected a salt in hexadecimal, or -"),
        ("a. NSEC3 1 0 1 - 0W A\n", "line 1, column 18: expected a hash in base32hex"),
        ("a. CAA 0 a-b \"x\"\n", "line 1, column 10: expected a tag of letters and digits"),
        ("a. CAA 0 \"\" \"x\"\n", "line 1, column 10: expected a tag of letters and digits"),
        ("a. SVCB 1 . nokey=1\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . port=+1\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . mandatory=port,port\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . alpn=h2,,h3\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . alpn=h\\\\2\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . key667= \"x\"\n", "line 1, column 21: expected a service parameter, key=value"),
        ("a. SVCB 1 . key+7=x\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . key07=x\n", "line 1, column 13: expected a service parameter, key=value"),
        ("a. SVCB 1 . port=1 port=2\n", "line 1, column 20: expected each service parameter once"),
        ("a. SVCB 1 . port=1 key3=\"\\000\\001\"\n", "line 1, column 20: expected each service parameter once"),
    ] {
        match zonefile::parse(text, None) {
            Ok(records) => panic!("{text} was read as {records:?}"),
            Err(error) => assert_eq!(error.to_string(), message, "{text}"),
        }
    }
}

/// RFC 1035 section 2.3.4: labels of up to 63 octets, names of up to 255 on the wire.
#[test]
fn the_longest_names() {
    let name = |last: usize| {
        let mut name = NameBuf::root();
        for length in [63, 63, 63] {
            name.push_label(&vec![b'a'; length]).unwrap();
        }
        name.push_label(&vec![b'a'; last]).map(|()| name)
    };
    let longest = name(61).unwrap();
    assert_eq!(longest.as_wire().len(), 255);
    assert_eq!(longest.to_string().parse::<NameBuf>().unwrap().as_wire(), longest.as_wire());
    assert_eq!(Name::from_wire(longest.as_wire()).unwrap(), longest.as_name());
    assert!(name(62).is_err() && NameBuf::root().push_label(&[b'a'; 64]).is_err());
    assert!(format!("{}.{longest}", "b").parse::<NameBuf>().is_err());
    let relative = NameBuf::parse_relative("b", &longest.as_name());
    assert_eq!(relative.unwrap_err().offset, 1, "behind the text: what is too long is the origin");
}

#[test]
fn the_longest_rdata_and_the_longest_entries() {
    let rdata = "00".repeat(65_535);
    assert_eq!(read(&format!("a. TYPE65280 \\# 65535 {rdata}")).rdata.len(), 65_535);
    // Parentheses hold up to a mebioctet, comments included, so that one that nobody closes costs no more.
    let entry = |octets: usize| format!("a. TXT ( y ;{}\n)\n", "x".repeat(octets - "a. TXT ( y ;\n".len()));
    assert_eq!(lines(&entry(1 << 20)), ["a. 0 IN TXT \"y\""]);
    let error = zonefile::parse(&entry((1 << 20) + 2), None).unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 8: ( has no partner");
}
