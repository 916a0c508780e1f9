//! Records as text, and back.

use dnsproof::zonefile::{self, OwnedRecord};

/// Reads one record, without an origin.
pub fn read(text: &str) -> OwnedRecord {
    let mut records = zonefile::parse(text, None).unwrap_or_else(|error| panic!("{text}\n{error}"));
    assert_eq!(records.len(), 1, "{text}");
    records.remove(0)
}

/// Names are equal whatever their case, but text must keep the case too.
pub fn same(one: &OwnedRecord, other: &OwnedRecord) -> bool {
    one == other && one.owner.as_wire() == other.owner.as_wire()
}

pub fn round_trip(record: &OwnedRecord) {
    let text = record.as_record().to_string();
    let again = read(&text);
    assert!(same(&again, record), "{text}\n{again:?}\n{record:?}");
}

/// Text and the octets it stands for, per type.
pub const FORMS: &[(&str, &str)] = &[
    ("A 192.0.2.1", "c0000201"),
    ("AAAA 2001:db8::1", "20010db8000000000000000000000001"),
    ("NS ns.Example.", "026e73074578616d706c6500"),
    ("SOA a. b. 1 1h 30m 1w2d 5", "01610001620000000001 00000e10 00000708 000bdd80 00000005"),
    ("MX 10 a.", "000a016100"),
    ("TXT \"a b\" c \"\" \"\\\"\\\\\\000\\255\"", "03612062 0163 00 04 22 5c 00 ff"),
    ("HINFO \"x y\" z", "03782079017a"),
    ("SRV 1 2 5269 a.", "000100021495016100"),
    ("MINFO a. b.", "016100 016200"),
    ("RP a. b.", "016100 016200"),
    ("PX 10 a. b.", "000a 016100 016200"),
    (
        "NAPTR 1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
        "00010002017507453255 2b736970 0e215e2e2a24217369703a6140622100",
    ),
    ("DS 1 RSASHA256 2 AB cd", "0001 08 02 abcd"),
    ("DNSKEY 257 3 13 AQID BA==", "0101 03 0d 01020304"),
    ("NSEC a. TYPE1234 MX A", "016100 0002 4001 041b 000000000000000000000000000000000000000000000000000020"),
    ("NSEC a.", "016100"),
    ("NSEC3 1 0 10 AaBb 00OG A", "01 00 000a 02 aabb 02 0031 0001 40"),
    ("NSEC3PARAM 1 0 0 -", "01 00 0000 00"),
    ("RRSIG A 13 2 300 20261123120000 0 7 a. AQ==", "0001 0d 02 0000012c 6b042ac0 00000000 0007 016100 01"),
    ("TLSA 3 1 1 00 11", "03 01 01 0011"),
    ("CAA 0 issue \"a;b\"", "00 05 6973737565 613b62"),
    ("URI 1 2 \"https://a/\"", "0001 0002 68747470733a2f2f612f"),
    (
        "SVCB 1 . port=53 alpn=h2,h3 mandatory=port,alpn",
        "0001 00 0000 0004 00010003 0001 0006 02 6832 02 6833 0003 0002 0035",
    ),
    ("HTTPS 0 a. key667=\"\\001\" no-default-alpn", "0000 016100 0002 0000 029b 0001 01"),
    (
        "HTTPS 1 a. ipv4hint=192.0.2.1 ech=AQ== ipv6hint=::1 dohpath=\"/q{?dns}\"",
        "0001 016100 0004 0004 c0000201 0005 0001 01 0006 0010 00000000000000000000000000000001 0007 0008 2f717b3f646e737d",
    ),
    ("CSYNC 66 3 A NS", "00000042 0003 0001 60"),
    ("SSHFP 4 2 ff", "04 02 ff"),
    ("CERT 1 2 3 AQ==", "0001 0002 03 01"),
    ("TYPE65280 \\# 3 01 0203", "010203"),
    ("TYPE65280 \\# 0", ""),
    // RFC 3597 section 5: a known type may be written so too.
    ("A \\# 4 C0000201", "c0000201"),
    ("TYPE1 192.0.2.1", "c0000201"),
    ("A \\# 3 010203", "010203"),
];
