//! A question judged by a proof.

use super::Proof;
use crate::anchor::AnchorSet;
use crate::chain::{self, Next, Observer, Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::rrsig::Signed;
use crate::wire::rdata::Rrsig;
use crate::wire::{Question, Record, Records};

/// Records that 65535 octets can hold: the shortest has 11.
const MAX_RECORDS: usize = 65_535 / 11;

/// Which records of a proof the verdict rests on, by their number.
type Used = [u64; MAX_RECORDS.div_ceil(64)];

/// What a proof came to.
#[derive(Clone, Debug)]
pub struct Checked<'m> {
    /// The verdict on the question.
    pub verdict: Verdict<'m>,
    records: Records<'m>,
    used: Used,
}

impl<'m> Checked<'m> {
    //= https://www.rfc-editor.org/rfc/rfc9102#section-11
    //# If such an unrelated RR is not DNSSEC signed, it MUST be discarded.
    /// The records that the verdict does not rest on, in the order in which they lie. If it is neither Secure nor
    /// Insecure, it rests on those that led to where the way ended.
    pub fn unused(&self) -> impl Iterator<Item = Record<'m>> + use<'_, 'm> {
        let unused = |(number, _): &(usize, Record<'m>)| !has(&self.used, *number);
        self.records.clone().enumerate().filter(unused).map(|(_, record)| record)
    }
}

#[cfg(feature = "alloc")]
impl<'m> Checked<'m> {
    /// The other records.
    pub(super) fn used(&self) -> impl Iterator<Item = Record<'m>> + use<'_, 'm> {
        let used = |(number, _): &(usize, Record<'m>)| has(&self.used, *number);
        self.records.clone().enumerate().filter(used).map(|(_, record)| record)
    }
}

fn has(used: &Used, number: usize) -> bool {
    let bit = 1_u64.checked_shl(u32::try_from(number % 64).unwrap_or(u32::MAX)).unwrap_or(0);
    used.get(number / 64).is_some_and(|word| word & bit != 0)
}

fn insert(used: &mut Used, number: usize) {
    if let Some(word) = used.get_mut(number / 64) {
        *word |= 1_u64.checked_shl(u32::try_from(number % 64).unwrap_or(u32::MAX)).unwrap_or(0);
    }
}

/// Judges `question` by the records of a proof, whatever their order, and without an allocator.
///
/// What is not there has to be proved by the NSEC or NSEC3 records of the proof, which alone say whether the name or
/// only the type is missing: a proof has no response code. Under a delegation that provably has no DS records the
/// verdict is Insecure, as RFC 9102 section 2.3 wants it. A question that the proof does not answer is missing
/// evidence; so is one for ANY.
///
/// Each question that the way asks of the proof is paid from [`Limits::questions`](crate::budget::Limits::questions).
///
/// ```
/// # #[cfg(feature = "ring")] {
/// use dnsproof::anchor::Anchor;
/// use dnsproof::budget::{Budget, Limits};
/// use dnsproof::canon::{Scratch, Span};
/// use dnsproof::chain::Terms;
/// use dnsproof::codes::Type;
/// use dnsproof::crypto::Ring;
/// use dnsproof::name::{Name, NameBuf};
/// use dnsproof::policy::Policy;
/// use dnsproof::proof::{self, Proof};
/// use dnsproof::time::Time;
/// use dnsproof::wire::Question;
///
/// # let hex = include_str!("../../vectors/rfc/rfc9102-a-1.hex");
/// # let digits: String = hex.lines().filter(|line| !line.starts_with('#')).collect();
/// # let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).unwrap();
/// // RFC 9102 appendix A.1: `octets` are the extension's data. The key tag, algorithm and digest of its root:
/// let ds = [
///     0xB7, 0x9D, 13, 2, 0x2E, 0xB6, 0xE9, 0xF2, 0x48, 0x01, 0x26, 0x69, 0x15, 0x94, 0xD6, 0x49, 0xA5, 0xA6,
///     0x13, 0xDE, 0x30, 0x52, 0xE3, 0x78, 0x61, 0x63, 0x46, 0x41, 0xBB, 0x56, 0x87, 0x46, 0xF2, 0xFF, 0xC4, 0xD4,
/// ];
/// let proof = Proof::from_extension(&octets)?;
/// let name: NameBuf = "_443._tcp.www.example.com".parse()?;
/// let anchors = [Anchor::from_ds(Name::root(), &ds)?];
/// let (mut octets, mut spans) = ([0; 8192], [Span::default(); 64]);
/// let checked = proof::check(&proof, Question::new(name.as_name(), Type::TLSA), &anchors, &mut Terms {
///     clock: Time(1_575_000_000).into(),
///     policy: &Policy::standard(),
///     backend: &Ring,
///     budget: &mut Budget::new(Limits::default()),
///     scratch: &mut Scratch::lent(&mut octets, &mut spans),
/// });
/// let tlsa = checked.verdict.secure().and_then(|secure| secure.answer()).unwrap();
/// // com. has two signatures over its keys, of which one is enough.
/// assert_eq!((tlsa.records().count(), checked.unused().count()), (1, 1));
/// # }
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
pub fn check<'m, B: Backend>(
    proof: &'m Proof<'_>,
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    terms: &mut Terms<'_, '_, B>,
) -> Checked<'m> {
    explain(proof, question, anchors, terms, &mut ())
}

/// As [`check`], and tells an observer every step on the way.
pub fn explain<'m, B: Backend>(
    proof: &'m Proof<'_>,
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    terms: &mut Terms<'_, '_, B>,
    observer: &mut dyn Observer,
) -> Checked<'m> {
    let mut used = [0; _];
    let mut note = |signed: &Signed<'m>| mark(&mut used, proof, signed);
    let verdict = match chain::prove(question, anchors, proof, terms, observer, &mut note) {
        Next::Done(verdict) => verdict,
        Next::Ask(_, otherwise) => otherwise.into(),
    };
    mark_made(&mut used, proof);
    Checked { verdict, records: proof.records(), used }
}

/// Marks an RRset and the signature over it.
fn mark<'m>(used: &mut Used, proof: &'m Proof<'_>, signed: &Signed<'m>) {
    let rrset = signed.rrset();
    for (number, record) in proof.records().enumerate() {
        let is_signature = || {
            record.rtype == Type::RRSIG
                && record.view::<Rrsig<'_>>().is_ok_and(|rrsig| core::ptr::eq(rrsig.signature, signed.signature()))
        };
        if rrset.has(&record) || is_signature() {
            insert(used, number);
        }
    }
}

/// Marks CNAME records that follow from a DNAME record: nobody signs them (RFC 6672 section 5.3.1).
fn mark_made(used: &mut Used, proof: &Proof<'_>) {
    // There are few DNAME records that were used, and there may be thousands of CNAME records.
    for (number, by) in proof.records().enumerate().filter(|(_, record)| record.rtype == Type::DNAME) {
        if has(used, number) {
            let made = |record: &Record<'_>| record.rtype == Type::CNAME && record.owner.is_below(&by.owner);
            let made = proof.records().enumerate().filter(|(_, record)| made(record));
            made.for_each(|(number, _)| insert(used, number));
        }
    }
}
