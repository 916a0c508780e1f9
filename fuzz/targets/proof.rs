//! Octets as a proof: no panic, no work beyond the budget, and nothing Secure but what the zones of RFC 9102 appendix A
//! signed. Whatever is built of them cannot be more.
//!
//! The first octet chooses one of the questions of the appendix; the rest is an `extension_data`.
#![no_main]

use std::sync::LazyLock;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Content, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::Question;
use libfuzzer_sys::fuzz_target;

const ANCHORS: &str = include_str!("../../vectors/rfc/rfc9102-a-anchor.zone");
/// Within the time in which the signatures hold.
const NOW: Time = Time(1_575_000_000);
/// The questions, and whether there are records.
const QUESTIONS: [(&str, bool); 8] = [
    ("_443._tcp.www.example.com.", true),
    ("_25._tcp.example.com.", true),
    ("_25._tcp.example.org.", true),
    ("_443._tcp.www.example.org.", true),
    ("_443._tcp.www.example.net.", true),
    ("_25._tcp.smtp.example.com.", false),
    ("_25._tcp.smtp.example.org.", false),
    ("_443._tcp.www.insecure.example.", false),
];

static ANCHOR_SET: LazyLock<Anchors> = LazyLock::new(|| Anchors::parse(ANCHORS).unwrap());

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    let (name, there) = QUESTIONS[usize::from(*choice) % QUESTIONS.len()];
    let Ok(proof) = Proof::from_extension(data) else { return };
    let name: NameBuf = name.parse().unwrap();
    let question = Question::new(name.as_name(), Type::TLSA);
    let (limits, mut scratch) = (Limits::default(), Scratch::new());
    let (policy, mut budget) = (Policy::standard(), Budget::new(limits));
    let mut terms =
        Terms { clock: NOW.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let checked = proof::check(&proof, question, &*ANCHOR_SET, &mut terms);
    if let Some(secure) = checked.verdict.secure() {
        assert_eq!(matches!(secure.content(), Content::Records(_)), there, "{secure:?}");
    }
    assert!(checked.unused().count() <= proof.records().len());
    let secure = checked.verdict.secure().is_some();
    let spent = budget.spent();
    assert!(spent.signatures <= limits.signatures && spent.questions <= limits.questions);
    assert!(spent.nsec3_hashes <= limits.nsec3_hashes);
    // A proof is evidence too.
    let mut budget = Budget::new(limits);
    let mut terms =
        Terms { clock: NOW.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    if let Ok(built) = proof::build(question, &*ANCHOR_SET, &proof, &mut terms) {
        assert!(built.verdict.secure().is_some() == secure && built.chain.len() <= data.len());
    }
});
