//! Random names, records and texts: whatever they are, they print, read back, or are refused.

mod common;

use common::text::{FORMS, read, round_trip};
use dnsproof::codes::{Class, Type};
use dnsproof::name::{Name, NameBuf};
use dnsproof::zonefile::{self, OwnedRecord};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn names() -> impl Strategy<Value = NameBuf> {
    let label = prop_oneof![
        4 => vec(any::<u8>(), 1..8),
        1 => vec(any::<u8>(), 1..=63),
        1 => vec(select(b"aZ09.\\\"();@$# \t\n".to_vec()), 1..8),
        1 => Just(b"*".to_vec()),
    ];
    vec(label, 0..130).prop_map(|labels| {
        let mut name = NameBuf::root();
        for label in labels {
            // What no longer fits is left out, so that long names are common.
            let _fits = name.push_label(&label);
        }
        name
    })
}

/// Octets as they occur inside RDATA, so that types are often well-formed by chance.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let counted = |octets: Vec<u8>| [vec![u8::try_from(octets.len()).unwrap()], octets].concat();
    let parameter = (0_u8..9, vec(any::<u8>(), 0..8))
        .prop_map(|(key, value)| [vec![0, key, 0, u8::try_from(value.len()).unwrap()], value].concat());
    let piece = prop_oneof![
        4 => vec(any::<u8>(), 0..6),
        2 => names().prop_map(|name| name.as_wire().to_vec()),
        1 => Just(b"\x01a\0".to_vec()),
        1 => Just(b"\0".to_vec()),
        // Compression pointers, of which RDATA that lies alone can have none.
        1 => (0_u8..12).prop_map(|target| vec![0xC0, target]),
        2 => vec(any::<u8>(), 0..12).prop_map(counted),
        1 => vec(select(b"aZ09,=\\\"".to_vec()), 0..12).prop_map(counted),
        2 => vec(any::<u8>(), 1..5).prop_map(move |bits| [vec![0], counted(bits)].concat()),
        2 => parameter,
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn types() -> impl Strategy<Value = Type> {
    let known: Vec<Type> = FORMS.iter().map(|(text, _)| read(&format!("a. {text}")).rtype).collect();
    prop_oneof![3 => select(known), 2 => (0_u16..=263).prop_map(Type), 1 => any::<u16>().prop_map(Type)]
}

/// Service parameters in any order, and names behind which there may be a pointer to them: what
/// only chance would put together otherwise.
fn shaped() -> impl Strategy<Value = (Type, Vec<u8>)> {
    let value = prop_oneof![
        vec(any::<u8>(), 0..5),
        vec(any::<u8>(), 0..3).prop_map(|octets| octets.into_iter().flat_map(|octet| [0, octet & 7]).collect()),
        Just(b"\x02h2".to_vec()),
    ];
    let parameter =
        (0_u8..9, value).prop_map(|(key, value)| [vec![0, key, 0, u8::try_from(value.len()).unwrap()], value].concat());
    let parameters = (select(vec![Type::SVCB, Type::HTTPS]), vec(parameter, 0..4))
        .prop_map(|(rtype, parameters)| (rtype, [vec![0, 1, 0], parameters.concat()].concat()));
    let name = prop_oneof![
        names().prop_map(|name| name.as_wire().to_vec()),
        (0_u8..6).prop_map(|target| vec![1, b'b', 0xC0, target]),
        (0_u8..6).prop_map(|target| vec![0xC0, target]),
    ];
    let two = select(vec![Type::MINFO, Type::RP, Type::PX, Type::SOA, Type::NSEC]);
    let two = (two, names(), name).prop_map(|(rtype, first, second)| {
        let (before, after) = match rtype {
            Type::PX => (2, 0),
            Type::SOA => (0, 20),
            _ => (0, 0),
        };
        (rtype, [&vec![0; before], first.as_wire(), &second, &vec![1; after]].concat())
    });
    prop_oneof![parameters, two]
}

/// A well-formed record with something done to its RDATA.
fn mended() -> impl Strategy<Value = (Type, Vec<u8>)> {
    let forms: Vec<OwnedRecord> = FORMS.iter().map(|(text, _)| read(&format!("a. {text}"))).collect();
    (select(forms), any::<prop::sample::Index>(), vec(any::<u8>(), 0..3), 0_usize..3).prop_map(
        |(record, at, put, taken)| {
            let mut rdata = record.rdata;
            let at = at.index(rdata.len() + 1);
            let end = rdata.len().min(at + taken);
            rdata.splice(at..end, put);
            (record.rtype, rdata)
        },
    )
}

fn words() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "a.",
        ".",
        "..",
        "@",
        "*",
        "\\#",
        "\\",
        "\\0",
        "\\256",
        "$ORIGIN",
        "$TTL",
        "$INCLUDE",
        "IN",
        "CH",
        "CLASS1",
        "TYPE65280",
        "1",
        "1h",
        "4294967296",
        "-",
        "192.0.2.1",
        "::1",
        "00",
        "AQ==",
        "00OG",
        "20260101000000",
        "alpn=",
        "alpn=h2,h3",
        "key7=",
        "mandatory=alpn",
        "(",
        ")",
        "\"",
        "\"x\"",
        ";",
        "\n",
        "\n",
        "\r\n",
        "\t",
        "ä",
        "\u{7f}",
        "\0",
        "\u{c}",
        "\u{feff}",
    ];
    let types = FORMS.iter().map(|(text, _)| text.split(' ').next().unwrap());
    let words: Vec<&str> = words.into_iter().chain(types).collect();
    vec((select(words), select(vec![" ", " ", ""])), 0..24)
        .prop_map(|words| words.into_iter().flat_map(|(word, blank)| [word, blank]).collect())
}

/// A good text with one character put in, taken out or replaced.
fn nearly_good() -> impl Strategy<Value = String> {
    let texts: Vec<String> = FORMS.iter().map(|(text, _)| format!("a. 300 IN {text}\n")).collect();
    (select(texts), any::<prop::sample::Index>(), any::<Option<char>>(), any::<bool>()).prop_map(
        |(text, at, put, take)| {
            let mut characters: Vec<char> = text.chars().collect();
            let at = at.index(characters.len());
            characters.splice(at..at + usize::from(take), put);
            characters.into_iter().collect()
        },
    )
}

/// Whatever the text, the answer is records that print and read back, or a place in the text.
fn reads_or_says_where(text: &str) {
    match zonefile::parse(text, None) {
        Ok(records) => records.iter().for_each(round_trip),
        Err(error) => {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!((1..=lines.len()).contains(&error.line), "{text:?}: {error}");
            let length = lines[error.line - 1].chars().count();
            assert!((1..=length + 1).contains(&error.column), "{text:?}: {error}");
            let start = format!("line {}, column {}: ", error.line, error.column);
            assert!(error.to_string().len() > start.len() && error.to_string().starts_with(&start));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_keep_every_octet(name in names()) {
        prop_assert!(name.as_wire().len() <= 255);
        let text = name.to_string();
        let read: NameBuf = text.parse().unwrap();
        prop_assert_eq!(read.as_wire(), name.as_wire());
        prop_assert!(text.is_ascii() && text.ends_with('.'));
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()));
        let wire = Name::from_wire(name.as_wire()).unwrap();
        prop_assert!(wire.to_buf().as_wire() == name.as_wire());
        prop_assert_eq!(wire.to_string(), text);
    }

    #[test]
    fn records_keep_every_octet(
        owner in names(), rtype in types(), class in any::<u16>(), ttl in any::<u32>(), rdata in pieces()
    ) {
        round_trip(&OwnedRecord { owner, rtype, class: Class(class), ttl, rdata });
    }

    #[test]
    fn shaped_records_keep_every_octet((rtype, rdata) in shaped()) {
        round_trip(&OwnedRecord { owner: NameBuf::root(), rtype, class: Class::IN, ttl: 0, rdata });
    }

    #[test]
    fn nearly_good_records_keep_every_octet((rtype, rdata) in mended()) {
        round_trip(&OwnedRecord { owner: NameBuf::root(), rtype, class: Class::IN, ttl: 0, rdata });
    }

    #[test]
    fn any_text(text in any::<String>()) {
        reads_or_says_where(&text);
    }

    #[test]
    fn any_words(text in words()) {
        reads_or_says_where(&text);
    }

    #[test]
    fn any_nearly_good_text(text in nearly_good()) {
        reads_or_says_where(&text);
    }
}
