//! Both sides of one stream, with many domains.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::outcome::{Conclusion, NoProof};
use super::{Check, Delegation, Element, Need, ProofRules, ProofType, ProofUrl};
use crate::anchor::Anchors;
use crate::chain::Terms;
use crate::crypto::Backend;
use crate::delegation::Service;
use crate::lookup::AnswerError;
use crate::name::NameBuf;
use crate::time::Time;
use crate::wire::Question;

/// What is known when a stream begins, after TLS.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// The name that the peer has proved: that of its certificate.
    pub provider: NameBuf,
    /// What the stream is for: `xmpp-server` between servers.
    pub service: Service,
    /// Where the connection went, if this side made it.
    pub endpoint: Option<(NameBuf, Option<u16>)>,
    /// See [`Request::accept_parent`](crate::delegation::Request::accept_parent).
    pub accept_parent: bool,
    /// The domain in the stream's `to`, on a stream from a client to a server: no other counts, and if it is
    /// not proved, the stream ends. `None` between servers.
    pub only: Option<NameBuf>,
    /// The caller's trust anchors.
    pub anchors: &'a Anchors,
    /// What a proof may be.
    pub rules: &'a ProofRules,
    /// The domains that this side serves, and its proofs for them.
    pub offers: Vec<Offer>,
    /// Domains of the peer that are looked at; the others are refused.
    pub domains: usize,
}

impl<'a> Setup<'a> {
    /// A stream between servers, with nothing to offer, and up to 100 domains of the peer.
    #[must_use]
    pub const fn new(provider: NameBuf, service: Service, anchors: &'a Anchors, rules: &'a ProofRules) -> Self {
        Self {
            provider,
            service,
            endpoint: None,
            accept_parent: false,
            only: None,
            anchors,
            rules,
            offers: Vec::new(),
            domains: 100,
        }
    }
}

/// A domain that this side serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The domain.
    pub domain: NameBuf,
    /// Where the proofs of each type are.
    pub proofs: Vec<(ProofType, String)>,
}

/// What is to be done next.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Action<'c> {
    /// Send this element.
    Send(Element),
    /// Ask the DNS, for this domain: then [`Stream::answer`] or [`Stream::unanswered`].
    Ask(NameBuf, Question<'c>),
    /// Fetch this document, for this domain: then [`Stream::document`] or [`Stream::no_proof`].
    Fetch(NameBuf, &'c ProofUrl),
    /// This domain is proved, or it is not.
    Decided(NameBuf, Conclusion<'c>),
    /// End the stream: the only domain that counts is not proved.
    Close,
    /// Nothing, until something is received.
    Idle,
}

/// A domain of the peer.
struct Theirs<'a> {
    check: Check<'a>,
    waiting: Waiting,
    state: State,
    /// Whether the peer is still to be told.
    tell: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Answer,
    Proof,
    Document,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Checking,
    Proved(Time),
    Refused,
    /// The peer took it back, or could not prove it.
    Withdrawn,
}

/// A domain of ours.
struct Ours {
    proofs: Vec<(ProofType, String)>,
    /// A proof was sent, and the peer has said nothing yet.
    outstanding: bool,
    word: Option<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Valid,
    Invalid,
    Impossible,
}

/// Both sides of one stream: the domains of the peer, which are checked, and the own ones, which are proved to
/// it. Each domain has one challenge and one proof outstanding at most.
///
/// Elements go in by [`receive`](Self::receive); [`next`](Self::next) says what is to be done.
pub struct Stream<'a> {
    setup: Setup<'a>,
    theirs: BTreeMap<NameBuf, Theirs<'a>>,
    ours: BTreeMap<NameBuf, Ours>,
    closing: bool,
    closed: bool,
}

impl<'a> Stream<'a> {
    /// Starts with no domain proved.
    #[must_use]
    pub fn new(mut setup: Setup<'a>) -> Self {
        let offers = core::mem::take(&mut setup.offers).into_iter();
        let ours = offers.map(|offer| (offer.domain, Ours { proofs: offer.proofs, outstanding: false, word: None }));
        Self { theirs: BTreeMap::new(), ours: ours.collect(), closing: false, closed: false, setup }
    }

    /// Whether stanzas to and from this domain of the peer may be exchanged now: it was proved on this stream, the
    /// peer did not take it back, and the proof has not run out.
    #[must_use]
    pub fn may_exchange(&self, domain: &NameBuf, now: Time) -> bool {
        let proved = |theirs: &Theirs<'_>| matches!(theirs.state, State::Proved(until) if now <= until);
        !self.closed && !self.closing && self.theirs.get(domain).is_some_and(proved)
    }

    /// Whether the peer takes this domain for ours.
    #[must_use]
    pub fn is_accepted(&self, domain: &NameBuf) -> bool {
        !self.closed && self.ours.get(domain).is_some_and(|ours| ours.word == Some(Word::Valid))
    }

    /// The caller wants to reach this domain through the peer: it is checked even if the peer has not asserted it.
    /// Returns whether it is being checked, or was.
    pub fn expect(&mut self, domain: &NameBuf) -> bool {
        let is_other = self.setup.only.as_ref().is_some_and(|only| only != domain);
        if is_other || self.closed {
            return false;
        }
        if self.theirs.contains_key(domain) {
            return true;
        }
        if self.theirs.len() >= self.setup.domains {
            return false;
        }
        match self.check(domain) {
            Some(check) => {
                let theirs = Theirs { check, waiting: Waiting::Nothing, state: State::Checking, tell: false };
                self.theirs.insert(*domain, theirs);
                true
            }
            None => false,
        }
    }

    fn check(&self, domain: &NameBuf) -> Option<Check<'a>> {
        let Setup { service, provider, endpoint, accept_parent, .. } = &self.setup;
        let delegation = Delegation {
            source: *domain,
            service: *service,
            provider: *provider,
            endpoint: *endpoint,
            accept_parent: *accept_parent,
        };
        Check::new(delegation, self.setup.anchors, self.setup.rules).ok()
    }

    /// There is something new about a domain that was decided: it is checked once more, and until then it is not
    /// proved. Without such a thing a domain that was refused stays so for the whole stream.
    pub fn retry(&mut self, domain: &NameBuf) {
        let decided = self.theirs.get(domain).is_some_and(|theirs| theirs.state != State::Checking);
        if decided && let Some(check) = self.check(domain) {
            let theirs = Theirs { check, waiting: Waiting::Nothing, state: State::Checking, tell: false };
            self.theirs.insert(*domain, theirs);
        }
    }

    /// Takes an element of the peer. Returns what is to be sent at once, if anything.
    pub fn receive(&mut self, element: &Element) -> Option<Element> {
        if self.closed {
            return None;
        }
        match element {
            Element::Assert { from } => {
                // A domain that was refused is not looked at again because the peer says the same once more.
                if !self.expect(from) && self.setup.only.is_none() {
                    return Some(Element::Invalid { to: *from });
                }
                None
            }
            Element::Proof { from, prooftype, url } => {
                // One that nobody asked for is nothing: neither too early, nor twice, nor for another domain.
                if let Some(theirs) = self.awaiting(from, Waiting::Proof) {
                    theirs.check.proof(prooftype, url);
                    theirs.waiting = Waiting::Nothing;
                }
                None
            }
            Element::Impossible { from } => {
                if let Some(theirs) = self.awaiting(from, Waiting::Proof) {
                    theirs.check.no_proof(NoProof::Impossible);
                    theirs.waiting = Waiting::Nothing;
                } else if let Some(theirs) = self.theirs.get_mut(from) {
                    (theirs.state, theirs.tell) = (State::Withdrawn, false);
                    self.closing |= self.setup.only.is_some();
                }
                None
            }
            Element::Challenge { to, types } => self.challenged(to, types),
            Element::Valid { to } => {
                // It says nothing about domains that are not ours.
                self.hear(to, Word::Valid);
                None
            }
            Element::Invalid { to } => {
                self.hear(to, Word::Invalid);
                None
            }
        }
    }

    fn hear(&mut self, domain: &NameBuf, word: Word) {
        if let Some(ours) = self.ours.get_mut(domain).filter(|ours| ours.word != Some(Word::Impossible)) {
            (ours.word, ours.outstanding) = (Some(word), false);
        }
    }

    fn challenged(&mut self, domain: &NameBuf, types: &[ProofType]) -> Option<Element> {
        let Some(ours) = self.ours.get_mut(domain) else { return Some(Element::Impossible { from: *domain }) };
        match ours.word {
            // No second attempt without anything new.
            Some(Word::Invalid) => return None,
            Some(Word::Impossible) => return Some(Element::Impossible { from: *domain }),
            _ if ours.outstanding => return None,
            _ => {}
        }
        // In the order of whoever asks.
        let find = |kind: &ProofType| ours.proofs.iter().find(|(offered, _)| offered == kind);
        match types.iter().find_map(find) {
            Some((prooftype, url)) => {
                let proof = Element::Proof { from: *domain, prooftype: prooftype.clone(), url: url.clone() };
                ours.outstanding = true;
                Some(proof)
            }
            None => {
                ours.word = Some(Word::Impossible);
                Some(Element::Impossible { from: *domain })
            }
        }
    }

    /// Asserts a domain of ours: what is to be sent, in the stream's features or later. `None` if it is not ours.
    #[must_use]
    pub fn assert(&self, domain: &NameBuf) -> Option<Element> {
        let ours = self.ours.get(domain).filter(|ours| ours.word != Some(Word::Impossible));
        ours.filter(|_| !self.closed).map(|_| Element::Assert { from: *domain })
    }

    /// Adds a domain of ours, or new proofs for one: what the peer said of it counts no more.
    pub fn offer(&mut self, offer: Offer) {
        self.ours.insert(offer.domain, Ours { proofs: offer.proofs, outstanding: false, word: None });
    }

    /// Takes a domain of ours back: what is to be sent. `None` if it is not ours.
    pub fn retract(&mut self, domain: &NameBuf) -> Option<Element> {
        let ours = self.ours.get_mut(domain)?;
        (ours.word, ours.outstanding) = (Some(Word::Impossible), false);
        Some(Element::Impossible { from: *domain })
    }

    fn awaiting(&mut self, domain: &NameBuf, what: Waiting) -> Option<&mut Theirs<'a>> {
        self.theirs.get_mut(domain).filter(|theirs| theirs.waiting == what && theirs.state == State::Checking)
    }

    /// The answer to what was asked for a domain.
    ///
    /// # Errors
    /// If the message cannot be taken; then the question is still open.
    pub fn answer(&mut self, domain: &NameBuf, message: &[u8]) -> Result<(), AnswerError> {
        if let Some(theirs) = self.awaiting(domain, Waiting::Answer) {
            theirs.check.answer(message)?;
            theirs.waiting = Waiting::Nothing;
        }
        Ok(())
    }

    /// There will be no answer to what was asked for a domain.
    pub fn unanswered(&mut self, domain: &NameBuf) {
        if let Some(theirs) = self.awaiting(domain, Waiting::Answer) {
            theirs.waiting = Waiting::Nothing;
        }
    }

    /// The document that was to be fetched for a domain.
    pub fn document(&mut self, domain: &NameBuf, octets: &[u8]) {
        if let Some(theirs) = self.awaiting(domain, Waiting::Document) {
            theirs.check.document(octets);
            theirs.waiting = Waiting::Nothing;
        }
    }

    /// The proof of a domain does not come in time, or cannot be fetched.
    pub fn no_proof(&mut self, domain: &NameBuf, why: NoProof) {
        let waits = |theirs: &&mut Theirs<'_>| matches!(theirs.waiting, Waiting::Proof | Waiting::Document);
        if let Some(theirs) = self.theirs.get_mut(domain).filter(waits) {
            theirs.check.no_proof(why);
            theirs.waiting = Waiting::Nothing;
        }
    }

    /// What is to be done next. It is to be called until it says that there is nothing.
    pub fn next<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Action<'_> {
        if self.closed {
            return Action::Idle;
        }
        if let Some((domain, theirs)) = self.theirs.iter_mut().find(|(_, theirs)| theirs.tell) {
            theirs.tell = false;
            let to = *domain;
            return Action::Send(match theirs.state {
                State::Proved(_) => Element::Valid { to },
                _ => Element::Invalid { to },
            });
        }
        if self.closing {
            (self.closing, self.closed) = (false, true);
            return Action::Close;
        }
        let is_ready = |theirs: &Theirs<'_>| theirs.state == State::Checking && theirs.waiting == Waiting::Nothing;
        let Some((domain, theirs)) = self.theirs.iter_mut().find(|(_, theirs)| is_ready(theirs)) else {
            return Action::Idle;
        };
        let domain = *domain;
        match theirs.check.step(terms) {
            Need::Ask(question) => {
                theirs.waiting = Waiting::Answer;
                Action::Ask(domain, question)
            }
            Need::Challenge(types) => {
                theirs.waiting = Waiting::Proof;
                Action::Send(Element::Challenge { to: domain, types: types.to_vec() })
            }
            Need::Fetch(url) => {
                theirs.waiting = Waiting::Document;
                Action::Fetch(domain, url)
            }
            Need::Done(conclusion) => {
                theirs.tell = true;
                theirs.state = match conclusion.outcome.success() {
                    Some(success) => State::Proved(success.valid_until()),
                    None => State::Refused,
                };
                self.closing = self.setup.only.is_some() && theirs.state == State::Refused;
                Action::Decided(domain, conclusion)
            }
        }
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let theirs = self.theirs.iter().map(|(domain, theirs)| (domain, theirs.state, theirs.waiting));
        f.debug_struct("Stream")
            .field("provider", &self.setup.provider)
            .field("theirs", &theirs.collect::<Vec<_>>())
            .field("ours", &self.ours.keys().collect::<Vec<_>>())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
