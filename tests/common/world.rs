//! A question with its evidence, anchors and policy, built from records, and what the kernel says
//! to it.
//!
//! Several RFCs print a key and a signature by it over an ordinary RRset, but none over the keys
//! themselves, without which nothing is Secure (RFC 4035 section 5.2). For these the tests put an
//! endorsement over the DNSKEY RRset that their backend, [`Endorsing`], takes for a signature.
//! Everything else it leaves to the backend under test, and it counts how often.

use std::cell::Cell;

use super::build::{Response, rrsig};
use super::parse;
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, ReasonCode, Terms};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Question;
use dnsproof::wire::rdata::Dnskey;
use dnsproof::zonefile::OwnedRecord;

pub const ENDORSEMENT: &[u8] = b"an endorsement by the tests";

pub struct Endorsing<'b, B> {
    pub inner: &'b B,
    pub asked: Cell<u32>,
}

impl<B: Backend> Backend for Endorsing<'_, B> {
    type Key = B::Key;

    fn supports(&self, algorithm: Algorithm) -> bool {
        self.inner.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        self.inner.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<B::Key> {
        self.inner.key(algorithm, public_key)
    }

    fn verify(&self, key: &B::Key, signed: &[u8], signature: &[u8]) -> bool {
        if signature == ENDORSEMENT {
            return true;
        }
        self.asked.set(self.asked.get() + 1);
        self.inner.verify(key, signed, signature)
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        self.inner.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        self.inner.nsec3_hash(name, salt, iterations)
    }
}

/// What a call said, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub verdict: &'static str,
    pub code: Option<ReasonCode>,
    /// What is proved: `records`, `no data`, `no name`; or nothing.
    pub proved: &'static str,
    /// The records that the reason is about.
    pub about: String,
    pub weak: bool,
    /// How many signatures the backend under test was given.
    pub asked: u32,
}

impl Said {
    pub fn is_secure(&self) -> bool {
        self.verdict == "secure"
    }

    pub fn is_bogus(&self, code: ReasonCode, about: &str) -> bool {
        (self.verdict, self.code, self.about.as_str()) == ("bogus", Some(code), about)
    }
}

/// Everything of a call but the backend and the time.
#[derive(Clone)]
pub struct World {
    pub name: NameBuf,
    pub rtype: Type,
    pub responses: Vec<Response>,
    pub anchors: Anchors,
    pub policy: Policy,
}

impl World {
    pub fn judge<B: Backend>(&self, backend: &B, now: u64) -> Said {
        let octets: Vec<Vec<u8>> = self.responses.iter().map(Response::encode).collect();
        let evidence = parse(&octets);
        let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
        let backend = Endorsing { inner: backend, asked: Cell::new(0) };
        let mut terms = Terms {
            clock: Time(now).into(),
            policy: &self.policy,
            backend: &backend,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let question = Question::new(self.name.as_name(), self.rtype);
        let verdict = chain::verify(question, &self.anchors, evidence.as_slice(), &mut terms);
        if let Some(secure) = verdict.secure() {
            assert!(secure.answer().is_none_or(|answer| answer.rtype() == question.rtype));
            assert!(secure.valid_from() <= Time(now) && Time(now) <= secure.valid_until());
        }
        Said {
            verdict: verdict.as_str(),
            code: verdict.reason().map(chain::Reason::code),
            proved: match verdict.secure().map(chain::Secure::content) {
                Some(Content::Records(_)) => "records",
                Some(Content::NoData) => "no data",
                Some(Content::NameError) => "no name",
                None => "",
            },
            about: verdict.reason().map_or(String::new(), |reason| format!("{} {}", reason.name(), reason.rtype())),
            weak: verdict.secure().is_some_and(chain::Secure::is_weak),
            asked: backend.asked.get(),
        }
    }

    /// The same with another question.
    pub fn asked(&self, name: NameBuf, rtype: Type) -> Self {
        Self { name, rtype, ..self.clone() }
    }

    pub fn question(&self) -> String {
        format!("{} {}", self.name, self.rtype)
    }

    /// The signatures over `name` `rtype`.
    pub fn signatures(&mut self, name: NameBuf, rtype: Type) -> impl Iterator<Item = &mut OwnedRecord> {
        let records = self.responses.iter_mut().flat_map(|response| response.sections.iter_mut().flatten());
        records.filter(move |record| {
            record.rtype == Type::RRSIG && record.owner == name && rrsig(record).type_covered == rtype
        })
    }
}

pub fn file(name: &str) -> String {
    format!("rfc/{name}")
}

pub fn anchors<'r>(records: impl IntoIterator<Item = &'r OwnedRecord>) -> Anchors {
    let lines: Vec<String> = records.into_iter().map(|record| record.as_record().to_string()).collect();
    Anchors::parse(&lines.join("\n")).unwrap()
}

pub fn of_type(records: &[OwnedRecord], rtype: Type) -> Vec<OwnedRecord> {
    records.iter().filter(|record| record.rtype == rtype).cloned().collect()
}

pub fn dnskey(record: &OwnedRecord) -> Dnskey<'_> {
    record.as_record().view().unwrap()
}

/// An endorsement over the keys of a zone, which holds one second longer than a window at both
/// ends: so that what fails just outside is the RFC's signature.
pub fn endorse(key: &OwnedRecord, (from, to): (u64, u64)) -> OwnedRecord {
    endorse_over(key, key, (from - 1, to + 1))
}

/// An endorsement by a key over the RRset of a record.
pub fn endorse_over(key: &OwnedRecord, over: &OwnedRecord, (from, to): (u64, u64)) -> OwnedRecord {
    let seconds = |time: u64| u32::try_from(time).unwrap().to_be_bytes();
    let mut rdata = over.rtype.0.to_be_bytes().to_vec();
    rdata.extend([dnskey(key).algorithm.0, over.owner.as_name().label_count()]);
    rdata.extend(over.ttl.to_be_bytes());
    rdata.extend([seconds(to), seconds(from)].concat());
    rdata.extend(dnskey(key).key_tag().to_be_bytes());
    rdata.extend(key.owner.as_wire());
    rdata.extend(ENDORSEMENT);
    OwnedRecord { rtype: Type::RRSIG, rdata, ..over.clone() }
}
