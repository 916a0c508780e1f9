//! Trust anchors from a registry in the DNS (RFC 4431, RFC 5074): retired for the public Internet
//! by RFC 8749, alive in closed networks.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell, RefCell};

use super::{AnswerError, Messages};
use crate::anchor::{Anchors, Entry};
use crate::chain::{self, Content, Event, Next, Observer, Reason, ReasonCode, Refusal, Secure, Step, Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::wire::{Question, Rdata};

/// A zone with trust anchors for other zones, as DLV records at the names of these zones before
/// its own.
#[derive(Clone, Debug)]
pub struct Registry {
    zone: NameBuf,
    anchors: Anchors,
    note: String,
}

impl Registry {
    /// The registry in `zone`, by `anchors`: nothing else proves what it says.
    #[must_use]
    pub fn new(zone: NameBuf, anchors: Anchors) -> Self {
        let note = alloc::format!("registry {zone}");
        Self { zone, anchors, note }
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> Name<'_> {
        self.zone.as_name()
    }
}

/// As [`Lookup`](super::Lookup), for callers with a [`Registry`].
///
/// It is asked where the caller's own anchors do not reach the name: where there is none above it,
/// or the chain provably ends on the way. The closest entry at or above the name, and not above where the chain
/// ends, becomes an anchor for the names there and nowhere else, for as long as the entry holds; and then
/// [`used`](Self::used) and the note of the verdict's anchor say so. What is bogus stays bogus,
/// what a negative anchor takes out stays out, and where an alias leads is judged by the same
/// anchors.
pub struct RegistryLookup<'a> {
    name: NameBuf,
    rtype: Type,
    anchors: &'a Anchors,
    registry: &'a Registry,
    /// Where entries can be, from the longest name up.
    places: Vec<(NameBuf, NameBuf)>,
    messages: Messages,
    asked: RefCell<Vec<(NameBuf, Type)>>,
    phase: Cell<Phase>,
    /// Labels of the name down to which the caller's own anchors lead.
    reached: Cell<u8>,
    /// The caller's anchors and the entry's.
    found: OnceCell<Anchors>,
}

#[derive(Clone, Copy)]
enum Phase {
    /// By the caller's own anchors.
    Own,
    /// Looking for an entry, at this of the places.
    Search(usize),
    /// By those of the entry too.
    Found,
    /// By the caller's own anchors again: there is no entry.
    Nothing,
}

impl<'a> RegistryLookup<'a> {
    /// Starts with nothing in hand. The class is IN.
    #[must_use]
    pub fn new(name: NameBuf, rtype: Type, anchors: &'a Anchors, registry: &'a Registry) -> Self {
        let whole = name.as_name();
        let deepest = whole.label_count().saturating_sub(u8::from(rtype == Type::DS));
        // A registry knows nothing of itself.
        let own = whole.is_at_or_below(&registry.zone());
        let place = |labels| {
            let zone = whole.ancestor(labels)?.to_buf();
            Some((zone, zone.before(&registry.zone()).ok()?))
        };
        let places = (1..=deepest).rev().filter(|_| !own).filter_map(place).collect();
        Self {
            name,
            rtype,
            anchors,
            registry,
            places,
            messages: Messages::default(),
            asked: RefCell::new(Vec::new()),
            phase: Cell::new(Phase::Own),
            reached: Cell::new(0),
            found: OnceCell::new(),
        }
    }

    /// Whether the verdict rests on an entry of the registry, or was tried to be: the zone of the
    /// entry.
    #[must_use]
    pub fn used(&self) -> Option<Name<'_>> {
        let by_registry = |entry: &&Entry| entry.anchor().note() == self.registry.note;
        self.found.get()?.entries().iter().find(by_registry).map(|entry| entry.anchor().zone())
    }

    /// The verdict by what is in hand. What is not makes it Indeterminate, with a reason that names
    /// the missing question.
    pub fn conclude<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>, observer: &mut dyn Observer) -> Verdict<'_> {
        match self.next(terms, observer) {
            Next::Ask(_, otherwise) => otherwise.into(),
            Next::Done(verdict) => verdict,
        }
    }

    /// What comes next: a question to ask, or the verdict. See [`Lookup::step`](super::Lookup::step).
    pub fn step<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Step<'_> {
        match self.next(terms, &mut ()) {
            Next::Ask(next, otherwise) => super::ask(next, otherwise, &mut self.asked.borrow_mut(), terms),
            Next::Done(verdict) => Step::Done(verdict),
        }
    }

    fn next<B: Backend>(&self, terms: &mut Terms<'_, '_, B>, observer: &mut dyn Observer) -> Next<'_> {
        let question = Question::new(self.name.as_name(), self.rtype);
        loop {
            match self.phase.get() {
                Phase::Own => {
                    let (mut aliased, mut of_name, mut entered) = (false, None, 0_u8);
                    let mut told = |event: Event<'_>| {
                        match &event {
                            Event::Alias { .. } => aliased = true,
                            Event::Zone { zone, .. } if !aliased => entered = zone.label_count(),
                            Event::Insecure(reason) if !aliased => {
                                of_name = unreached(reason, &self.name.as_name(), entered)
                            }
                            _ => {}
                        }
                        observer.observe(event);
                    };
                    let verdict = match chain::step(question, self.anchors, &self.messages, terms, &mut told) {
                        Next::Done(verdict) => verdict,
                        next @ Next::Ask(..) => return next,
                    };
                    // Where an alias leads to what nothing reaches, the name itself was reached, unless it is insecure
                    // that it is an alias. What is bogus stays so.
                    let labels = match &verdict {
                        Verdict::Indeterminate(reason) if !aliased => unreached(reason, &self.name.as_name(), 0),
                        Verdict::Insecure(_) | Verdict::Indeterminate(_) => of_name,
                        Verdict::Secure(_) | Verdict::Bogus(_) => None,
                    };
                    match labels {
                        Some(labels) => {
                            self.reached.set(labels);
                            self.phase.set(Phase::Search(0));
                        }
                        None => return Next::Done(verdict),
                    }
                }
                Phase::Search(number) => {
                    let below = |(zone, _): &&(NameBuf, NameBuf)| zone.as_name().label_count() >= self.reached.get();
                    let Some((zone, place)) = self.places.get(number).filter(below) else {
                        self.phase.set(Phase::Nothing);
                        continue;
                    };
                    let entry = Question::new(place.as_name(), Type::DLV);
                    let unproved = || Next::Done(Refusal::registry(entry.name).into());
                    match chain::step(entry, &self.registry.anchors, &self.messages, terms, observer) {
                        Next::Done(Verdict::Secure(secure)) => match secure.content() {
                            // An entry is at its name, and neither an alias nor a wildcard makes one.
                            _ if secure.aliases().next().is_some() || secure.is_from_wildcard() => return unproved(),
                            Content::NoData | Content::NameError => {
                                self.phase.set(Phase::Search(number.saturating_add(1)));
                            }
                            Content::Records(_) => {
                                let _only_once = self.found.set(self.anchors.union(&self.entry(zone, &secure)));
                                self.phase.set(Phase::Found);
                            }
                        },
                        Next::Done(Verdict::Insecure(_)) => return unproved(),
                        next => return next,
                    }
                }
                phase @ (Phase::Found | Phase::Nothing) => {
                    let anchors = match (phase, self.found.get()) {
                        (Phase::Found, Some(found)) => found,
                        _ => self.anchors,
                    };
                    return chain::step(question, anchors, &self.messages, terms, observer);
                }
            }
        }
    }

    /// The anchors that an entry makes: for names at or below it, and for as long as it holds.
    fn entry(&self, zone: &NameBuf, secure: &Secure<'_>) -> Anchors {
        let records = secure.answer().into_iter().flat_map(|answer| answer.records());
        let anchors: Anchors = records
            .filter_map(|record| Entry::new(*zone, Type::DS, Rdata::octets(&record.rdata).to_vec()).ok())
            .collect();
        anchors.within(zone).valid(secure.valid_from(), secure.valid_until()).noted(&self.registry.note)
    }

    /// Takes a response message. See [`Lookup::answer`](super::Lookup::answer).
    ///
    /// # Errors
    /// If the message is malformed, or no response to one question. Nothing is kept of it.
    pub fn answer(&mut self, message: &[u8]) -> Result<(), AnswerError> {
        self.messages.take(message)
    }
}

/// Where the chain ends, by no fault of anybody's, if it does not reach the name: so many labels of the name.
/// The last zone on the way has `entered` labels.
fn unreached(reason: &Reason<'_>, name: &Name<'_>, entered: u8) -> Option<u8> {
    match reason.code() {
        _ if !name.is_at_or_below(&reason.name()) => None,
        ReasonCode::NoDs => Some(reason.name().label_count()),
        // Where Opt-Out hides the cut, it is at some name between; which one, nobody says.
        ReasonCode::OptOut => Some(entered.saturating_add(1)),
        ReasonCode::NoAnchor => Some(0),
        _ => None,
    }
}

impl core::fmt::Debug for RegistryLookup<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RegistryLookup")
            .field("name", &self.name.to_string())
            .field("type", &self.rtype)
            .field("registry", &self.registry.zone.to_string())
            .field("messages", &self.messages.stored.len())
            .finish_non_exhaustive()
    }
}
