//! RDATA of a type: no view of it fails late, what it prints reads back as the same octets, and its canonical form is
//! the one that the slow validator of `tests/reference` makes.
//!
//! The first two octets are the type.
#![no_main]

#[path = "../../tests/reference/validator/mod.rs"]
mod validator;

use std::cell::RefCell;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms};
use dnsproof::codes::{Algorithm, Class, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring};
use dnsproof::name::Name;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, rdata};
use dnsproof::zonefile::{self, OwnedRecord};
use libfuzzer_sys::fuzz_target;

/// Takes every signature, and keeps what was signed.
#[derive(Default)]
struct Gullible(RefCell<Vec<Vec<u8>>>);

impl Backend for Gullible {
    type Key = ();

    fn supports(&self, _: Algorithm) -> bool {
        true
    }

    fn supports_digest(&self, _: DigestType) -> bool {
        true
    }

    fn key(&self, _: Algorithm, _: &[u8]) -> Option<()> {
        Some(())
    }

    fn verify(&self, (): &(), signed: &[u8], _: &[u8]) -> bool {
        self.0.borrow_mut().push(signed.to_vec());
        true
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Ring.nsec3_hash(name, salt, iterations)
    }
}

/// Reads the record as each view.
macro_rules! views {
    ($record:expr, $($view:ident)+) => {
        $(let _text = $record.view::<rdata::$view>().map(|view| format!("{view:?}"));)+
    };
}

const KEY: [u8; 5] = [1, 1, 3, 15, 1];

/// Where the RDATA of the first record of an [`answer`] begins: behind header, question, and the record's own head.
const RDATA: usize = 12 + 5 + 11;

fn answer(rtype: u16, records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    let mut octets = [&[0, 0, 0x84, 0, 0, 1][..], &count, &[0; 4], b"\0", &rtype.to_be_bytes(), &[0, 1]].concat();
    for (rtype, rdata) in records {
        octets.push(0);
        octets.extend([rtype.to_be_bytes(), [0, 1], [0, 0], [14, 16]].concat());
        octets.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        octets.extend(rdata);
    }
    octets
}

/// One record at the root, and a signature over it.
fn with_signature(rtype: u16, data: &[u8]) -> Vec<u8> {
    let times = [3600_u32, 2_000_000_000, 1_000_000_000].map(u32::to_be_bytes).concat();
    let tag = (0x0101_u16 + 0x030F + 0x0100).to_be_bytes();
    let rrsig = [&rtype.to_be_bytes()[..], &[15, 0], &times, &tag, &[0, 9]].concat();
    answer(rtype, &[(rtype, data.to_vec()), (46, rrsig)])
}

/// What a signature over the one record at the root has to be over, by the crate.
fn signed(rtype: u16, data: &[u8]) -> Option<Vec<u8>> {
    let messages = [with_signature(48, &KEY), with_signature(rtype, data)];
    let evidence: Vec<Message<'_>> =
        messages.iter().map(|octets| Message::parse(octets).ok()).collect::<Option<_>>()?;
    let backend = Gullible::default();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let clock = Time(1_500_000_000).into();
    let mut terms = Terms { clock, policy: &policy, backend: &backend, budget: &mut budget, scratch: &mut scratch };
    let anchors = Anchors::parse(". IN DNSKEY \\# 5 0101030F01").unwrap();
    let question = Question::new(Name::root(), Type(rtype));
    let secure = chain::verify(question, &anchors, evidence.as_slice(), &mut terms).secure().is_some();
    let signed = backend.0.borrow().get(1).cloned();
    secure.then_some(signed?)
}

fuzz_target!(|octets: &[u8]| {
    let Some((rtype, data)) = octets.split_first_chunk().filter(|(_, data)| data.len() < 2000) else { return };
    let rtype = u16::from_be_bytes(*rtype);
    let record = OwnedRecord {
        owner: Name::root().to_buf(),
        rtype: Type(rtype),
        class: Class::IN,
        ttl: 1,
        rdata: data.to_vec(),
    };
    let record = record.as_record();
    views!(record, A Aaaa Caa Cname Dname Dnskey Ds Mx Naptr Ns Nsec Nsec3 Nsec3param Openpgpkey Ptr Rrsig Soa Srv Sshfp);
    views!(record, Svcb Tlsa Txt Uri Zonemd);
    let text = record.to_string();
    let read = zonefile::parse(&text, None).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read[0].as_record().to_string(), text);
    // In the message, since names that are compressed lead out of the RDATA, and perhaps on behind it.
    let message = with_signature(rtype, data);
    let canonical = validator::canonical::rdata(rtype, &message, RDATA, data.len());
    let is_meta = (128..=255).contains(&rtype) || matches!(rtype, 0 | 5 | 6 | 24 | 39 | 41 | 43 | 46 | 48);
    if is_meta {
        return;
    }
    match (signed(rtype, data), canonical) {
        (Some(signed), canonical) => {
            let canonical = canonical.unwrap_or_else(|| panic!("{text}: the reference cannot read it"));
            assert!(signed.ends_with(&canonical), "{text}: {signed:02X?}, not {canonical:02X?}");
            let before = signed.len() - canonical.len();
            assert_eq!(signed[before - 2..before], u16::try_from(canonical.len()).unwrap().to_be_bytes());
        }
        (None, Some(_)) => assert!(rtype == 38, "{text}: only the reference reads it"),
        (None, None) => {}
    }
});
