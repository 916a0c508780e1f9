//! Chains of RFC 9102: the RFC's own, and what is built of the scenarios.

mod common;

use common::build::{comment, records, window};
use common::world::{anchors, file};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Content, ReasonCode, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Question, Record};

/// What a check said, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    verdict: &'static str,
    code: Option<ReasonCode>,
    /// `records`, `no data`, `no name`, or nothing.
    proved: &'static str,
    /// The answer's RDATA, sorted.
    answer: Vec<Vec<u8>>,
    unused: Vec<String>,
}

impl Said {
    /// Without what was not needed.
    fn verdict(&self) -> (&'static str, &'static str, &[Vec<u8>]) {
        (self.verdict, self.proved, &self.answer)
    }
}

/// How a proof is called.
struct Asked<'a> {
    name: NameBuf,
    rtype: Type,
    anchors: &'a Anchors,
    now: u64,
}

impl Asked<'_> {
    fn check<B: Backend>(&self, backend: &B, proof: &Proof<'_>) -> Said {
        let (policy, mut budget) = (Policy::standard(), Budget::new(Limits::default()));
        let mut scratch = Scratch::new();
        let mut terms = Terms {
            clock: Time(self.now).into(),
            policy: &policy,
            backend,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let question = Question::new(self.name.as_name(), self.rtype);
        let checked = proof::check(proof, question, self.anchors, &mut terms);
        said(&checked.verdict, checked.unused())
    }
}

fn said<'m>(verdict: &Verdict<'m>, unused: impl Iterator<Item = Record<'m>>) -> Said {
    let content = verdict.secure().map(|secure| secure.content());
    let mut answer: Vec<Vec<u8>> = match content {
        Some(Content::Records(rrset)) => rrset.records().map(|record| record.rdata.octets().to_vec()).collect(),
        _ => Vec::new(),
    };
    answer.sort();
    Said {
        verdict: verdict.as_str(),
        code: verdict.reason().map(|reason| reason.code()),
        proved: match content {
            Some(Content::Records(_)) => "records",
            Some(Content::NoData) => "no data",
            Some(Content::NameError) => "no name",
            None => "",
        },
        answer,
        unused: unused.map(|record| format!("{} {}", record.owner, record.rtype)).collect(),
    }
}

/// The `extension_data` of RFC 9102 appendix A, and what it answers.
fn appendix(section: u8, anchors: &Anchors) -> (Vec<u8>, Asked<'_>) {
    let octets = common::messages(&format!("rfc/rfc9102-a-{section}.hex")).concat();
    let name = file(&format!("rfc9102-a-{section}.zone"));
    let port = comment(&name, "port").replace("/tcp", "");
    let question = format!("_{port}._tcp.{}", comment(&name, "name")).parse().unwrap();
    let (from, _) = window("rfc/rfc9102-a-1.zone");
    (octets, Asked { name: question, rtype: Type::TLSA, anchors, now: from })
}

fn root() -> Anchors {
    anchors(&records("rfc/rfc9102-a-anchor.zone"))
}

/// What each chain of appendix A proves.
const APPENDIX: [(u8, &str, &str); 8] = [
    (1, "secure", "records"),
    (2, "secure", "records"), // NSEC wildcard
    (3, "secure", "records"), // NSEC3 wildcard
    (4, "secure", "records"), // CNAME
    (5, "secure", "records"), // DNAME
    (6, "secure", "no name"), // NSEC denial of existence
    (7, "secure", "no name"), // NSEC3 denial of existence
    (8, "insecure", ""),      // NSEC3 opt-out, insecure delegation
];

fn accepted_at_their_dates<B: Backend>(backend: &B) {
    let (anchors, (from, to)) = (root(), window("rfc/rfc9102-a-1.zone"));
    for (section, verdict, proved) in APPENDIX {
        let (octets, mut asked) = appendix(section, &anchors);
        let proof = Proof::from_extension(&octets).unwrap();
        assert_eq!(proof.support_lifetime(), Some(0));
        assert_eq!(proof.octets().len() + 2, octets.len());
        for now in [from, u64::midpoint(from, to), to] {
            asked.now = now;
            let said = asked.check(backend, &proof);
            assert_eq!((said.verdict, said.proved), (verdict, proved), "A.{section}: {said:?}");
            eprintln!("{section} {:?}", said.unused);
        }
        for now in [from - 1, to + 1] {
            asked.now = now;
            let said = asked.check(backend, &proof);
            assert_eq!(said.verdict, "bogus", "A.{section}: {said:?}");
        }
    }
}

#[test]
fn appendix_a_at_its_dates() {
    accepted_at_their_dates(&Ring);
    accepted_at_their_dates(&RustCrypto);
}
