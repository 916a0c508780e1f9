//! Which question next? The driver between a resolver and the [chain], without any I/O of its own.
//!
//! A [`Lookup`] asks for exactly the data, DNSKEY and DS records that the chain needs, is fed
//! with response messages in any order, and ends in a verdict.

mod ahead;
mod answered;
mod cache;
#[cfg(feature = "std")]
mod memory;
mod registry;
mod remembering;

use alloc::vec::Vec;
use core::fmt;

pub(crate) use ahead::ahead;
pub use answered::{Answered, Security};
use cache::Proved;
pub use cache::{Cache, Context, Kept};
#[cfg(feature = "std")]
pub use memory::Memory;
pub use registry::{Registry, RegistryLookup};
pub use remembering::{Fingerprint, Remembering, RememberingKey};

use crate::anchor::AnchorSet;
use crate::chain::{self, Evidence, Next, Observer, Refusal, Step, Terms, Verdict, is_usable};
use crate::codes::{Class, Opcode, Type};
use crate::crypto::Backend;
use crate::error::ParseError;
use crate::name::NameBuf;
use crate::wire::{Message, Plan, Question};

/// One question, the anchors for it, and the messages that were received so far.
pub struct Lookup<'a, A: ?Sized> {
    name: NameBuf,
    rtype: Type,
    anchors: &'a A,
    messages: Messages,
    asked: Vec<(NameBuf, Type)>,
}

impl<'a, A: AnchorSet + ?Sized> Lookup<'a, A> {
    /// Starts with nothing in hand. The class is IN.
    pub fn new(name: NameBuf, rtype: Type, anchors: &'a A) -> Self {
        Self { name, rtype, anchors, messages: Messages::default(), asked: Vec::new() }
    }

    /// The question that it is all about.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question::new(self.name.as_name(), self.rtype)
    }

    /// What comes next: a question to ask, or the verdict.
    ///
    /// Each question is asked once. If it is still without an answer when this is called
    /// again, the verdict is Indeterminate and names it; an answer that comes later still
    /// counts. Every question is paid from the budget.
    pub fn step<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Step<'_> {
        self.explain(terms, &mut ())
    }

    //= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
    //# security-aware resolver MUST query the name servers for the parent zone for the DS RRset if the referral
    //# includes neither a DS RRset nor a NSEC RRset proving that the DS RRset does not exist
    /// As [`step`](Self::step), and tells an observer every step of the validation.
    pub fn explain<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>, observer: &mut dyn Observer) -> Step<'_> {
        let question = Question::new(self.name.as_name(), self.rtype);
        let (next, otherwise) = match chain::step(question, self.anchors, &self.messages, terms, observer) {
            Next::Done(verdict) => return Step::Done(verdict),
            Next::Ask(next, otherwise) => (next, otherwise),
        };
        ask(next, otherwise, &mut self.asked, terms)
    }

    /// Further questions that will be needed, by what is in hand: they may be asked at the same time as the one of
    /// [`step`](Self::step). Each is asked once, here or there, and paid from the budget.
    ///
    /// They are the keys of the closest anchor's zone, and the keys and DS records of the zones that the signatures
    /// in hand name. A sound answer needs all of them.
    pub fn ahead<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Vec<(NameBuf, Type)> {
        let question = Question::new(self.name.as_name(), self.rtype);
        ahead(&question, self.anchors, &self.messages, &mut self.asked, terms)
    }

    /// Keeps what the verdict rests on, for later lookups under the same anchors and policy. Nothing is kept if the
    /// verdict is Bogus or Indeterminate, or if it is not known exactly when it is.
    pub fn keep<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>, context: &Context, cache: &(impl Cache + ?Sized)) {
        let now = terms.clock.earliest();
        let mut proved = Proved::default();
        let word = match self.explain(terms, &mut proved) {
            Step::Done(verdict @ (Verdict::Secure(_) | Verdict::Insecure(_))) if terms.clock.is_exact() => {
                verdict.as_str()
            }
            _ => return,
        };
        let parts: Vec<Option<Kept>> = self.messages.iter().map(|message| proved.part_of(&message, now)).collect();
        // What is left has to prove the same.
        let mut left = Messages::default();
        for (message, part) in self.messages.iter().zip(&parts) {
            let octets = part.as_ref().and_then(|part| part.at(now));
            if left.take(octets.as_deref().unwrap_or(message.octets())).is_err() {
                return;
            }
        }
        let question = Question::new(self.name.as_name(), self.rtype);
        let again = chain::step(question, self.anchors, &left, terms, &mut ());
        if matches!(again, Next::Done(verdict) if verdict.as_str() == word) {
            parts.into_iter().flatten().filter(|part| part.until() > now).for_each(|part| cache.put(context, part));
        }
    }

    /// The anchors that it goes by.
    #[cfg(feature = "net")]
    pub(crate) const fn anchors(&self) -> &'a A {
        self.anchors
    }

    /// All of it; a lookup of the same that has nothing in hand is left.
    #[cfg(feature = "net")]
    pub(crate) fn take(&mut self) -> Self {
        core::mem::replace(self, Self::new(self.name, self.rtype, self.anchors))
    }

    /// The messages that were taken so far.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.messages.iter()
    }

    /// Forgets what was taken and what was asked: another server is tried.
    pub fn forget(&mut self) {
        self.messages = Messages::default();
        self.asked.clear();
    }

    /// Takes a response message: the answer to what was asked, or any other that may help.
    /// A second answer to the same question replaces the first only if that was an error or
    /// cut short.
    ///
    /// # Errors
    /// If the message is malformed, or no response to one question. Nothing is kept of it.
    pub fn answer(&mut self, message: &[u8]) -> Result<(), AnswerError> {
        self.messages.take(message)
    }
}

/// Asks a question, unless it has been asked already or there is no budget for it.
pub(crate) fn ask<'m, B: Backend>(
    next: Question<'m>,
    otherwise: Refusal<'m>,
    earlier: &mut Vec<(NameBuf, Type)>,
    terms: &mut Terms<'_, '_, B>,
) -> Step<'m> {
    let asked = |(name, rtype): &(NameBuf, Type)| *name == next.name && *rtype == next.rtype;
    if earlier.iter().any(asked) {
        return Step::Done(otherwise.into());
    }
    if let Err(exhausted) = terms.budget.question() {
        return Step::Done(Refusal::exhausted(exhausted.0, next.name, next.rtype).into());
    }
    earlier.push((next.name.to_buf(), next.rtype));
    Step::Ask(next)
}

/// The messages that were taken so far.
impl<A: ?Sized> Evidence for Lookup<'_, A> {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        self.messages.message(index)
    }
}

impl<A: ?Sized> fmt::Debug for Lookup<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup")
            .field("name", &self.name)
            .field("type", &self.rtype)
            .field("messages", &self.messages.stored.len())
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// It cannot be read.
    Malformed(ParseError),
    /// It is a query, or a response to something else than a query.
    NotAResponse,
    /// It does not have exactly one question, of class IN: nobody knows what it answers.
    NotOneQuestion,
}

impl From<ParseError> for AnswerError {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the message cannot be read: {error}"),
            Self::NotAResponse => f.write_str("the message is no response to a query"),
            Self::NotOneQuestion => f.write_str("the message does not have exactly one question of class IN"),
        }
    }
}

impl core::error::Error for AnswerError {}

/// The refusal where a question has no answer.
pub(crate) const fn missing(question: Question<'_>) -> Refusal<'_> {
    Refusal::missing(question)
}

/// Owned messages, each walked once.
#[derive(Default)]
pub(crate) struct Messages {
    stored: Vec<Stored>,
}

struct Stored {
    octets: Vec<u8>,
    plan: Plan,
}

impl Stored {
    const fn message(&self) -> Message<'_> {
        Message::with_plan(self.octets.as_slice(), self.plan)
    }
}

impl Messages {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Message<'_>> {
        self.stored.iter().map(Stored::message)
    }

    /// The response to this question, if there is one.
    pub(crate) fn answering(&self, question: &Question<'_>) -> Option<Message<'_>> {
        self.iter().find(|message| message.question() == Some(*question))
    }

    pub(crate) fn take(&mut self, message: &[u8]) -> Result<(), AnswerError> {
        let parsed = Message::parse(message)?;
        let header = parsed.header();
        let question = parsed.question().filter(|question| question.class == Class::IN);
        let question = question.ok_or(AnswerError::NotOneQuestion)?;
        if !header.is_response() || header.opcode() != Opcode::QUERY {
            return Err(AnswerError::NotAResponse);
        }
        let stored = Stored { octets: message.to_vec(), plan: parsed.plan() };
        let same = self.stored.iter_mut().find(|stored| stored.message().question() == Some(question));
        match same {
            Some(earlier) if !is_usable(&earlier.message()) => *earlier = stored,
            Some(_) => {}
            None => self.stored.push(stored),
        }
        Ok(())
    }
}

impl Evidence for Messages {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        self.stored.get(index).map(Stored::message)
    }
}
