//! A small signer, for what no real one would sign.
#![allow(dead_code)]

use dnsproof::anchor::AnchorSet;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms, Verdict};
use dnsproof::codes::{Class, DigestType, Type};
use dnsproof::crypto::{Backend, Ring};
use dnsproof::name::{Name, NameBuf};
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::rdata::Dnskey;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile::{self, OwnedRecord};
use ring::signature::{Ed25519KeyPair, KeyPair};

/// 2026-11-23T12:00:00Z.
pub const NOW: u32 = 1_795_435_200;
pub const DAY: u32 = 86_400;

/// A zone with one Ed25519 key.
pub struct Zone {
    pub apex: NameBuf,
    pub key: OwnedRecord,
    pair: Ed25519KeyPair,
}

/// The fields of an RRSIG, to be changed before it is signed.
pub struct Draft {
    pub algorithm: u8,
    pub labels: u8,
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub key_tag: u16,
    pub signer: NameBuf,
}

impl Zone {
    pub fn new(apex: &str) -> Self {
        Self::with_flags(apex, 0x0101)
    }

    pub fn with_flags(apex: &str, flags: u16) -> Self {
        let seed: Vec<u8> = apex.bytes().chain([7; 32]).take(32).collect();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        let rdata = [&flags.to_be_bytes()[..], &[3, 15], pair.public_key().as_ref()].concat();
        let apex: NameBuf = apex.parse().unwrap();
        let key = OwnedRecord { owner: apex, rtype: Type::DNSKEY, class: Class::IN, ttl: 3600, rdata };
        Self { apex, key, pair }
    }

    pub fn tag(&self) -> u16 {
        self.key.as_record().view::<Dnskey<'_>>().unwrap().key_tag()
    }

    /// The DS record of the key, with a SHA-256 digest.
    pub fn ds(&self) -> OwnedRecord {
        self.ds_of(DigestType::SHA256)
    }

    pub fn ds_of(&self, digest_type: DigestType) -> OwnedRecord {
        let digest = Ring.digest(digest_type, &[self.apex.as_wire(), &self.key.rdata]).unwrap();
        let rdata = [&self.tag().to_be_bytes()[..], &[15, digest_type.0], digest.as_slice()].concat();
        OwnedRecord { rtype: Type::DS, rdata, ..self.key.clone() }
    }

    /// The RRSIG over records that are in canonical form.
    pub fn sign(&self, rrset: &[OwnedRecord]) -> OwnedRecord {
        self.sign_as(rrset, |_| {})
    }

    pub fn sign_as(&self, rrset: &[OwnedRecord], change: impl FnOnce(&mut Draft)) -> OwnedRecord {
        let first = &rrset[0];
        let owner = first.owner.as_name();
        let mut draft = Draft {
            algorithm: 15,
            labels: owner.label_count() - u8::from(owner.is_wildcard()),
            original_ttl: 3600,
            expiration: NOW + DAY,
            inception: NOW - DAY,
            key_tag: self.tag(),
            signer: self.apex,
        };
        change(&mut draft);
        let mut rdata = first.rtype.0.to_be_bytes().to_vec();
        rdata.extend([draft.algorithm, draft.labels]);
        for number in [draft.original_ttl, draft.expiration, draft.inception] {
            rdata.extend(number.to_be_bytes());
        }
        rdata.extend(draft.key_tag.to_be_bytes());
        rdata.extend(draft.signer.as_wire());
        let mut signed = rdata.clone();
        let mut sorted: Vec<&[u8]> = rrset.iter().map(|record| &record.rdata[..]).collect();
        sorted.sort_unstable();
        sorted.dedup();
        for octets in sorted {
            signed.extend(first.owner.as_wire());
            signed.extend(first.rtype.0.to_be_bytes());
            signed.extend(first.class.0.to_be_bytes());
            signed.extend(draft.original_ttl.to_be_bytes());
            signed.extend(u16::try_from(octets.len()).unwrap().to_be_bytes());
            signed.extend(octets);
        }
        rdata.extend(self.pair.sign(&signed).as_ref());
        OwnedRecord { owner: first.owner, rtype: Type::RRSIG, class: first.class, ttl: 3600, rdata }
    }

    /// The answer that consists of these records, of one RRset, and their signature.
    pub fn answer(&self, rrset: &[OwnedRecord]) -> Vec<u8> {
        let records: Vec<OwnedRecord> = rrset.iter().cloned().chain([self.sign(rrset)]).collect();
        message(rrset[0].owner, rrset[0].rtype, 0, &records, &[])
    }

    pub fn keys(&self) -> Vec<u8> {
        self.answer(std::slice::from_ref(&self.key))
    }
}

pub fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

pub fn records(text: &str) -> Vec<OwnedRecord> {
    zonefile::parse(text, Some(&Name::root())).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The same records under another name.
pub fn renamed(records: &[OwnedRecord], owner: &str) -> Vec<OwnedRecord> {
    records.iter().map(|record| OwnedRecord { owner: name(owner), ..record.clone() }).collect()
}

/// A response of an authoritative server.
pub fn message(name: NameBuf, rtype: Type, rcode: u8, answer: &[OwnedRecord], authority: &[OwnedRecord]) -> Vec<u8> {
    let mut octets = vec![0, 0, 0x84, rcode, 0, 1];
    for section in [answer, authority] {
        octets.extend(u16::try_from(section.len()).unwrap().to_be_bytes());
    }
    octets.extend([0, 0]);
    octets.extend(name.as_wire());
    octets.extend(rtype.0.to_be_bytes());
    octets.extend([0, 1]);
    for record in answer.iter().chain(authority) {
        octets.extend(record.owner.as_wire());
        octets.extend(record.rtype.0.to_be_bytes());
        octets.extend(record.class.0.to_be_bytes());
        octets.extend(record.ttl.to_be_bytes());
        octets.extend(u16::try_from(record.rdata.len()).unwrap().to_be_bytes());
        octets.extend(&record.rdata);
    }
    octets
}

/// What `read` sees of the verdict.
pub fn with_verdict<T>(
    question: (&str, Type),
    anchors: &(impl AnchorSet + ?Sized),
    policy: &Policy,
    now: u64,
    octets: &[Vec<u8>],
    read: impl FnOnce(&Verdict<'_>) -> T,
) -> T {
    with_clock(question, anchors, policy, Time(now).into(), octets, read)
}

/// The same, where the time need not be known.
pub fn with_clock<T>(
    question: (&str, Type),
    anchors: &(impl AnchorSet + ?Sized),
    policy: &Policy,
    clock: Clock,
    octets: &[Vec<u8>],
    read: impl FnOnce(&Verdict<'_>) -> T,
) -> T {
    let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
    let name = name(question.0);
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms = Terms { clock, policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    read(&chain::verify(Question::new(name.as_name(), question.1), anchors, &evidence[..], &mut terms))
}

/// The verdict under the standard policy, and the code of its reason.
pub fn judge(
    question: (&str, Type),
    anchors: &(impl AnchorSet + ?Sized),
    octets: &[Vec<u8>],
) -> (&'static str, Option<ReasonCode>) {
    with_verdict(question, anchors, &Policy::standard(), NOW.into(), octets, |verdict| {
        (verdict.as_str(), verdict.reason().map(chain::Reason::code))
    })
}
