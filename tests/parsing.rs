//! Whatever octets come: reading ends, and never panics.

mod common;

use common::messages;
use dnsproof::name::{Name, NameBuf};
use dnsproof::wire::{Message, Section, rdata};
use proptest::prelude::*;

/// Reads all that there is to read; how many records were seen.
fn walk(octets: &[u8]) -> usize {
    let Ok(message) = Message::parse(octets) else { return 0 };
    let _ = (message.header(), message.rcode(), message.question().map(|question| question.to_string()));
    if let Some(opt) = message.opt() {
        assert!(opt.options().count() <= octets.len());
    }
    let mut records = 0;
    for section in [Section::Answer, Section::Authority, Section::Additional] {
        for record in message.records(section) {
            records += 1;
            assert!(record.owner.to_buf().as_name() == record.owner);
            assert!(!record.to_string().is_empty());
            views(&record);
        }
    }
    assert!(records <= octets.len() / 11, "a record has at least 11 octets");
    records
}

fn views(record: &dnsproof::wire::Record<'_>) {
    macro_rules! view {
        ($($view:ident)*) => {$( let _ = record.view::<rdata::$view>().map(|view| format!("{view:?}")); )*};
    }
    view! {
        A Aaaa Ns Cname Dname Soa Ptr Mx Txt Srv Naptr Ds Dnskey Rrsig Nsec Nsec3 Nsec3param Tlsa Openpgpkey Sshfp
        Caa Svcb Zonemd Uri
    }
}

/// Messages of real servers.
fn real() -> Vec<Vec<u8>> {
    messages("delegation/p256/good.hex")
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9
//= type=test
//# A security-aware stub resolver MUST support the DNSSEC RR types, at least to the extent of not mishandling responses
//# just because they contain DNSSEC RRs.
#[test]
fn real_messages_are_read_whole() {
    assert!(real().iter().map(|octets| walk(octets)).sum::<usize>() > 60);
}

#[test]
fn real_messages_cut_anywhere_are_refused() {
    for octets in real() {
        for end in 0..octets.len() {
            let error = Message::parse(&octets[..end]).unwrap_err();
            assert!(error.offset <= end, "{error}");
        }
        let longer: Vec<u8> = octets.iter().copied().chain([0]).collect();
        assert_eq!(Message::parse(&longer).unwrap_err().offset, octets.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        walk(&octets);
        let _ = Name::from_wire(&octets);
    }

    /// A header that promises records, and little octets behind it: more pointers and labels.
    #[test]
    fn any_records(counts in proptest::array::uniform4(0_u8..4), body in proptest::collection::vec(prop_oneof![0_u8..24, any::<u8>(), Just(0xC0)], 0..300)) {
        let mut octets = vec![0, 0, 0x80, 0];
        octets.extend(counts.iter().flat_map(|count| [0, *count]));
        octets.extend(body);
        walk(&octets);
    }

    #[test]
    fn real_messages_changed(index in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let messages = real();
        let mut octets = index.get(&messages).clone();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        walk(&octets);
    }

    #[test]
    fn names_from_wire_to_text_and_back(labels in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..64), 0..5)) {
        let mut wire: Vec<u8> = Vec::new();
        for label in &labels {
            wire.push(u8::try_from(label.len()).unwrap());
            wire.extend(label);
        }
        wire.push(0);
        match Name::from_wire(&wire) {
            Ok(name) => {
                prop_assert!(wire.len() <= 255);
                prop_assert_eq!(name.labels().map(<[u8]>::to_vec).collect::<Vec<_>>(), labels);
                let again: NameBuf = name.to_string().parse().unwrap();
                prop_assert_eq!(again.as_wire(), &wire[..], "the case is kept as well");
            }
            Err(_) => prop_assert!(wire.len() > 255),
        }
    }

    #[test]
    fn any_text_as_a_name(text in "\\PC{0,80}|[a-zA-Z0-9.\\\\-]{0,300}") {
        if let Ok(name) = text.parse::<NameBuf>() {
            prop_assert_eq!(name.to_string().parse::<NameBuf>().unwrap(), name);
        }
    }
}
