//! The canonical form beside a naive one: vectors of octets, sorted and joined.
#![cfg(feature = "alloc")]
extern crate std;

use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::budget::{Budget, Limits};
#[cfg(feature = "zone")]
use crate::error::ParseErrorKind;
use crate::name::NameBuf;
use crate::wire::Rdata;

/// RDATA as it is written, and whether the name at its end counts as a name.
#[derive(Clone, Debug)]
struct Written {
    head: Vec<u8>,
    name: Option<Vec<Vec<u8>>>,
}

impl Written {
    fn octets(&self, lower: bool) -> Vec<u8> {
        let mut octets = self.head.clone();
        for label in self.name.iter().flatten() {
            octets.push(u8::try_from(label.len()).unwrap());
            octets.extend(label.iter().map(|octet| if lower { octet.to_ascii_lowercase() } else { *octet }));
        }
        octets.extend(self.name.is_some().then_some(0));
        octets
    }
}

fn name() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let octet = prop_oneof![select(&b"aAbBzZ"[..]), any::<u8>()];
    vec(vec(octet, 1..4), 0..4)
}

/// Types with names that are written in lower case, one with a name that is not (NSEC), and
/// types without.
fn rrset() -> impl Strategy<Value = (Type, Vec<Written>)> {
    let kinds = [
        (Type::NS, 0, true),
        (Type::MX, 2, true),
        (Type::SRV, 6, true),
        (Type::DNAME, 0, true),
        (Type::NSEC, 0, true),
        (Type::DNSKEY, 0, false),
        (Type::TXT, 0, false),
        (Type(65280), 0, false),
    ];
    select(kinds.to_vec()).prop_flat_map(|(rtype, head, has_name)| {
        // Few different octets, so that some RDATA are equal or begin alike.
        let octets = if has_name { head..=head } else { 0..=6 };
        let written = (vec(0_u8..3, octets), name())
            .prop_map(move |(head, name)| Written { head, name: has_name.then_some(name) });
        (Just(rtype), vec(written, 1..9))
    })
}

fn message(owner: &[u8], rtype: Type, rdata: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = std::vec![0, 0, 0x80, 0, 0, 0, 0, u8::try_from(rdata.len()).unwrap(), 0, 0, 0, 0];
    for rdata in rdata {
        octets.extend(owner);
        octets.extend(rtype.0.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 60]);
        octets.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        octets.extend(rdata);
    }
    octets
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_a_naive_one((rtype, written) in rrset(), labels in 0_u8..4) {
        let owner: NameBuf = "A.b.Example".parse().unwrap();
        let octets = message(owner.as_wire(), rtype, &written.iter().map(|rdata| rdata.octets(false)).collect::<Vec<_>>());
        let message = Message::parse(&octets).unwrap();
        let rrset = Rrset::find(&message, Section::Answer, &owner.as_name(), rtype, Class::IN).unwrap();

        let head = [[&rtype.0.to_be_bytes()[..], &[13, labels, 0, 0, 0, 60]].concat(), std::vec![0; 8], std::vec![0, 7]].concat();
        let rdata = [&head[..], b"\x07EXAMPLE\0", b"signature"].concat();
        let rrsig = Rrsig::from_rdata(Rdata::from_octets(&rdata)).unwrap();
        let signed_owner: &[u8] = match labels {
            0 => b"\x01*\0",
            1 => b"\x01*\x07example\0",
            2 => b"\x01*\x01b\x07example\0",
            _ => b"\x01a\x01b\x07example\0",
        };
        let mut sorted: Vec<Vec<u8>> = written.iter().map(|rdata| rdata.octets(rtype != Type::NSEC)).collect();
        sorted.sort();
        sorted.dedup();
        let mut naive = [&head[..], b"\x07example\0"].concat();
        for rdata in sorted {
            naive.extend(signed_owner);
            naive.extend(rtype.0.to_be_bytes());
            naive.extend([0, 1, 0, 0, 0, 60]);
            naive.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
            naive.extend(rdata);
        }

        let mut scratch = Scratch::new();
        let form = Form::prepare(&rrset, &mut scratch, &Budget::new(Limits::default())).unwrap();
        prop_assert_eq!(form.signed_data(&rrset, &rrsig, &mut scratch).unwrap(), &naive[..]);
        // Lent memory of just the size that is needed does the same; one octet less does not.
        let total = form_len(&written, rtype) + naive.len();
        let (mut octets, mut spans) = (std::vec![0; total], [Span::default(); 9]);
        let mut lent = Scratch::lent(&mut octets, &mut spans);
        let form = Form::prepare(&rrset, &mut lent, &Budget::new(Limits::default())).unwrap();
        prop_assert_eq!(form.signed_data(&rrset, &rrsig, &mut lent).unwrap(), &naive[..]);
        let (mut octets, mut spans) = (std::vec![0; total - 1], [Span::default(); 9]);
        let mut short = Scratch::lent(&mut octets, &mut spans);
        let form = Form::prepare(&rrset, &mut short, &Budget::new(Limits::default())).unwrap();
        prop_assert!(form.signed_data(&rrset, &rrsig, &mut short).is_err());
    }
}

/// Octets of all RDATA laid out, duplicates and all.
fn form_len(written: &[Written], rtype: Type) -> usize {
    written.iter().map(|rdata| rdata.octets(rtype != Type::NSEC).len()).sum()
}

#[test]
fn mixed_sizes_are_ordered_as_octets() {
    // RFC 4034 section 6.3: a longer key is not later for being longer.
    let octets = message(b"\0", Type::DNSKEY, &[std::vec![2], std::vec![1, 1, 1, 1]]);
    let message = Message::parse(&octets).unwrap();
    let rrset = Rrset::find(&message, Section::Answer, &Name::root(), Type::DNSKEY, Class::IN).unwrap();
    let mut scratch = Scratch::new();
    let form = Form::prepare(&rrset, &mut scratch, &Budget::new(Limits::default())).unwrap();
    let rdata = [&[0, 48, 13, 0, 0, 0, 0, 60][..], &[0; 8], &[0, 7], b"\0"].concat();
    let rrsig = Rrsig::from_rdata(Rdata::from_octets(&rdata)).unwrap();
    let signed = form.signed_data(&rrset, &rrsig, &mut scratch).unwrap();
    assert!(signed.ends_with(&[0, 1, 2]), "the longer one comes first: {signed:?}");
}

/// RFC 2874 section 3.1: without a prefix there is no prefix name.
#[cfg(feature = "zone")]
#[test]
fn prefix_names() {
    let lowered =
        |mut rdata: Vec<u8>| super::lower_names(Type::A6, &mut rdata).map(|()| rdata).map_err(|error| error.kind);
    assert_eq!(lowered([&[0][..], b"AAAAAAAAAAAAAAAA"].concat()), Ok([&[0][..], b"AAAAAAAAAAAAAAAA"].concat()));
    let trailing = lowered([&[0][..], b"AAAAAAAAAAAAAAAA\x01A\0"].concat());
    assert_eq!(trailing, Err(ParseErrorKind::TrailingOctets));
    assert_eq!(lowered(b"\x78A\x01A\0".to_vec()), Ok(b"\x78A\x01a\0".to_vec()));
    assert_eq!(lowered(b"\x80\x01A\0".to_vec()), Ok(b"\x80\x01a\0".to_vec()));
    assert_eq!(lowered(b"\x78A".to_vec()).err(), Some(ParseErrorKind::Truncated));
    assert_eq!(lowered(b"\x81A\0".to_vec()), Err(ParseErrorKind::BadValue));
}
