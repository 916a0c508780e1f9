//! From a trust anchor to an answer, zone by zone (RFC 4035 section 5). The only module that
//! can say [`Secure`].
//!
//! [`verify`] works on evidence in hand and needs no allocator. Where messages still have to be
//! fetched, [`Lookup`](crate::lookup::Lookup) says which.
//!
//! Judged are positive answers, wildcards, aliases, and answers that there is nothing, under
//! every zone between the name and the closest anchor above it, down to where a chain of signed
//! zones provably ends.

// The steps of a walk are `inline(never)`: merged into one function, what they hand on is taken apart into hundreds of
// words, and code and stack grow by a third (`examples/bare/measure`).
mod depths;
mod descend;
mod evidence;
mod judge;
mod reason;
mod shape;
mod trace;
mod verdict;
mod vouchers;
mod walk;

pub use evidence::Evidence;
#[cfg(feature = "alloc")]
pub(crate) use evidence::is_usable;
pub use reason::{Reason, ReasonCode};
pub use trace::{Event, Observer};
pub(crate) use verdict::Refusal;
pub use verdict::{Content, Link, Secure, Verdict};

use crate::anchor::AnchorSet;
use crate::budget::Budget;
use crate::canon::Scratch;
use crate::crypto::Backend;
use crate::policy::Policy;
use crate::rrsig::{Call, ParsedKeys, Signed};
use crate::time::Clock;
use crate::wire::Question;
use judge::{Dry, Real};
use verdict::Path;
use walk::{Stop, Walk};

/// What the caller decides, beside the anchors and the evidence: everything that a verdict
/// depends on.
#[derive(Debug)]
pub struct Terms<'c, 's, B> {
    /// The time for which the verdict is to hold, as far as it is known.
    pub clock: Clock,
    /// Which algorithms and digests count.
    pub policy: &'c Policy,
    /// Who computes signatures and digests.
    pub backend: &'c B,
    /// How much work may be done; afterwards it says how much was.
    pub budget: &'c mut Budget,
    /// Memory to lay records out in.
    pub scratch: &'c mut Scratch<'s>,
}

impl<'s, B: Backend> Terms<'_, 's, B> {
    pub(crate) fn call<'m>(&mut self) -> Call<'_, 'm, 's, B> {
        Call {
            clock: self.clock,
            policy: self.policy,
            backend: self.backend,
            budget: self.budget,
            scratch: self.scratch,
            keys: ParsedKeys::new(),
        }
    }
}

/// What comes next.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no allocator to box it with, and a call makes few")]
pub enum Step<'m> {
    /// The answer to this question is needed.
    Ask(Question<'m>),
    /// Nothing more is needed.
    Done(Verdict<'m>),
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.2
//# A security-aware resolver MUST support the signature verification mechanisms described in Section 5 and SHOULD apply
//# them to every received response, except when:
/// Judges the answer to `question` by the evidence in hand. Whatever is missing makes the
/// verdict Indeterminate, with a reason that names the missing question.
///
/// The order of the messages does not matter, but for two answers to one question: then the
/// first that is no error and not cut short counts.
///
/// ```
/// use dnsproof::anchor::Anchor;
/// use dnsproof::budget::{Budget, Limits};
/// use dnsproof::canon::{Scratch, Span};
/// use dnsproof::chain::{self, ReasonCode, Terms};
/// # use dnsproof::crypto::{Backend, Digest};
/// # use dnsproof::codes::{Algorithm, DigestType};
/// use dnsproof::codes::Type;
/// use dnsproof::name::NameBuf;
/// use dnsproof::policy::Policy;
/// use dnsproof::time::Time;
/// use dnsproof::wire::{Message, Question};
/// # struct MyBackend;
/// # impl Backend for MyBackend {
/// #     type Key = ();
/// #     fn supports(&self, _: Algorithm) -> bool { false }
/// #     fn supports_digest(&self, _: DigestType) -> bool { false }
/// #     fn key(&self, _: Algorithm, _: &[u8]) -> Option<()> { None }
/// #     fn verify(&self, _: &(), _: &[u8], _: &[u8]) -> bool { false }
/// #     fn digest(&self, _: DigestType, _: &[&[u8]]) -> Option<Digest> { None }
/// #     fn nsec3_hash(&self, _: &[u8], _: &[u8], _: u16) -> Option<[u8; 20]> { None }
/// # }
///
/// let name: NameBuf = "_xmpp-server._tcp.example.com.".parse()?;
/// let question = Question::new(name.as_name(), Type::SRV);
/// let anchors: [Anchor; 0] = [];
/// let evidence: [Message; 0] = [];
/// let (mut octets, mut spans) = ([0; 8192], [Span::default(); 64]);
/// let verdict = chain::verify(question, &anchors, &evidence, &mut Terms {
///     clock: Time(1_795_435_200).into(),
///     policy: &Policy::standard(),
///     backend: &MyBackend,
///     budget: &mut Budget::new(Limits::default()),
///     scratch: &mut Scratch::lent(&mut octets, &mut spans),
/// });
/// assert_eq!(verdict.reason().unwrap().code(), ReasonCode::NoAnchor);
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
pub fn verify<'m, B: Backend>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    terms: &mut Terms<'_, '_, B>,
) -> Verdict<'m> {
    explain(question, anchors, evidence, terms, &mut ())
}

/// As [`verify`], and tells an observer every step on the way.
///
/// What was proved before the way ended stays proved; only the verdict says what comes of it.
pub fn explain<'m, B: Backend>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    terms: &mut Terms<'_, '_, B>,
    observer: &mut dyn Observer,
) -> Verdict<'m> {
    match step(question, anchors, evidence, terms, observer) {
        Next::Done(verdict) => verdict,
        Next::Ask(_, otherwise) => otherwise.into(),
    }
}

/// What comes next, for [`Lookup`](crate::lookup::Lookup).
#[expect(clippy::large_enum_variant, reason = "there is no allocator to box it with, and a call makes few")]
pub(crate) enum Next<'m> {
    /// The answer to this question is needed; if it cannot be had, this is the verdict.
    #[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "only `Lookup` asks"))]
    Ask(Question<'m>, Refusal<'m>),
    Done(Verdict<'m>),
}

/// As [`verify`], but says which question to ask where evidence is missing.
///
/// The evidence is walked twice: first without verifying anything, to see whether it is all
/// there, so that as a rule nothing is spent before it is.
pub(crate) fn step<'m, B: Backend>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    terms: &mut Terms<'_, '_, B>,
    observer: &mut dyn Observer,
) -> Next<'m> {
    let (clock, mut call) = (terms.clock, terms.call());
    let mut walk = Walk::new(Dry::new(&mut call), anchors, evidence, clock);
    if let Err(Stop::Ask(question, otherwise)) = walk.resolve(question) {
        return Next::Ask(question, otherwise);
    }
    prove(question, anchors, evidence, terms, observer, &mut |_| {})
}

/// As [`step`], of which it is the second walk, and tells every signature that the verdict rests on.
pub(crate) fn prove<'m, B: Backend>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    terms: &mut Terms<'_, '_, B>,
    observer: &mut dyn Observer,
    ledger: &mut dyn FnMut(&Signed<'m>),
) -> Next<'m> {
    let call = terms.call();
    let clock = call.clock;
    let mut walk = Walk::new(Real { call, path: Path::new(clock), observer, ledger }, anchors, evidence, clock);
    Next::Done(match walk.resolve(question) {
        Ok(arrival) => match arrival.insecure {
            Some(reason) => {
                walk.judge.path.is_at_a_time(question).map_or_else(Verdict::Bogus, |()| Verdict::Insecure(reason))
            }
            None => walk.judge.path.arrives_at(arrival).map_or_else(Verdict::Bogus, Verdict::Secure),
        },
        Err(Stop::Ask(question, otherwise)) => return Next::Ask(question, otherwise),
        Err(Stop::Refused(refusal)) => refusal.into(),
    })
}
