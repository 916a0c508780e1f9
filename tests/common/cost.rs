//! What a scenario comes to, and what it costs by the verdict's account and by a backend's.

use std::cell::Cell;

use super::{Scenario, messages, read, scenarios};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits, Resource, Work};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

/// `Ring`, counted.
#[derive(Debug, Default)]
pub struct Counting {
    pub signatures: Cell<u32>,
    pub failed_signatures: Cell<u32>,
    pub digests: Cell<u32>,
    /// Compressions of SHA-1: 64 octets at a time, of which padding takes 9.
    pub nsec3_hashes: Cell<u32>,
}

fn add(cell: &Cell<u32>, amount: u32) {
    cell.set(cell.get() + amount);
}

impl Backend for Counting {
    type Key = <Ring as Backend>::Key;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Ring.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<Self::Key> {
        Ring.key(algorithm, public_key)
    }

    fn verify(&self, key: &Self::Key, signed: &[u8], signature: &[u8]) -> bool {
        let holds = Ring.verify(key, signed, signature);
        add(&self.signatures, 1);
        add(&self.failed_signatures, u32::from(!holds));
        holds
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        add(&self.digests, 1);
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        let blocks = |octets: usize| u32::try_from((octets + salt.len() + 9).div_ceil(64)).unwrap();
        add(&self.nsec3_hashes, blocks(name.len()) + blocks(20) * u32::from(iterations));
        Ring.nsec3_hash(name, salt, iterations)
    }
}

/// A verdict without what it borrowed, and its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub verdict: &'static str,
    pub code: Option<ReasonCode>,
    pub resource: Option<Resource>,
    pub spent: Work,
}

impl Told {
    pub fn is(&self, verdict: &str, code: Option<ReasonCode>) -> bool {
        (self.verdict, self.code) == (verdict, code)
    }

    /// A limit ran out, and nothing is said of the zone.
    pub fn ran_out_of(&self, resource: Resource) -> bool {
        self.is("indeterminate", Some(ReasonCode::BudgetExhausted)) && self.resource == Some(resource)
    }
}

pub struct Case {
    pub scenario: Scenario,
    anchors: Anchors,
    octets: Vec<Vec<u8>>,
}

impl Case {
    pub fn load(scenario: Scenario) -> Self {
        let mut anchors = Anchors::default();
        for file in &scenario.anchors {
            anchors.extend(&Anchors::parse(&read(file)).unwrap());
        }
        let octets = scenario.files.iter().flat_map(|file| messages(file)).collect();
        Self { scenario, anchors, octets }
    }

    /// The scenario of `folder/name`.
    pub fn named(path: &str) -> Self {
        let (folder, name) = path.split_once('/').unwrap();
        let found = scenarios(folder).into_iter().find(|scenario| scenario.name == name);
        Self::load(found.unwrap_or_else(|| panic!("{path} is a scenario")))
    }

    pub fn judge(&self, budget: &mut Budget) -> Told {
        let backend = Counting::default();
        let before = budget.spent();
        let told = self.judge_with(&backend, budget);
        let counted = [&backend.signatures, &backend.failed_signatures, &backend.digests, &backend.nsec3_hashes];
        let paid = [
            told.spent.signatures - before.signatures,
            told.spent.failed_signatures - before.failed_signatures,
            told.spent.digests - before.digests,
            told.spent.nsec3_hashes - before.nsec3_hashes,
        ];
        let [signatures, failed, digests, nsec3_hashes] = counted.map(Cell::get);
        // A key that the backend refuses is paid for as a check that fails, and the check that a
        // limit cut short is paid but not made.
        let refused = paid[1] - failed;
        let cut = u32::from(told.resource == Some(Resource::RecordsPerSet));
        let done = [signatures + refused + cut, failed + refused, digests, nsec3_hashes];
        assert_eq!(paid, done, "{}: what is paid is what is done", self.scenario.name);
        told
    }

    fn judge_with(&self, backend: &Counting, budget: &mut Budget) -> Told {
        let evidence: Vec<Message<'_>> = self.octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
        let name: NameBuf = self.scenario.qname.parse().unwrap();
        let question = Question::new(name.as_name(), Type::from_mnemonic(&self.scenario.rtype).unwrap());
        let (policy, mut scratch) = (Policy::standard(), Scratch::new());
        let now = Time(self.scenario.now);
        let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget, scratch: &mut scratch };
        let verdict = chain::verify(question, &self.anchors, evidence.as_slice(), &mut terms);
        let reason = verdict.reason();
        let (code, resource) = (reason.map(chain::Reason::code), reason.and_then(|reason| reason.resource()));
        let verdict = verdict.as_str();
        Told { verdict, code, resource, spent: budget.spent() }
    }

    pub fn under(&self, limits: Limits) -> Told {
        self.judge(&mut Budget::new(limits))
    }

    /// Under the default limits, twice: the price does not change.
    pub fn told(&self) -> Told {
        let told = self.under(Limits::default());
        assert_eq!(told, self.under(Limits::default()), "{}", self.scenario.name);
        told
    }
}
