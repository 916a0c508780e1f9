//! Gathers the evidence for a verdict.

use core::fmt;
use std::string::ToString;
use std::vec::Vec;

use super::{Blame, Client, Fault, Server};
use crate::anchor::{self, Anchors};
use crate::budget::Budget;
use crate::chain::{ReasonCode, Step, Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::lookup::{AnswerError, Cache, Context, Lookup, Remembering};
use crate::name::NameBuf;
use crate::time::Clock;
use crate::wire::rdata::Rrsig;
use crate::wire::{Message, Question, Section};

/// What it took to gather evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Questions that servers were asked.
    pub asked: usize,
    /// Questions that the cache had the answer to.
    pub kept: usize,
    /// What servers did wrong.
    pub blames: Vec<Blame>,
}

impl Gathered {
    /// Both together.
    pub fn extend(&mut self, other: Self) {
        self.asked = self.asked.saturating_add(other.asked);
        self.kept = self.kept.saturating_add(other.kept);
        self.blames.extend(other.blames);
    }
}

/// A cache, and under what it is used.
#[derive(Clone, Copy)]
pub struct Keep<'c> {
    /// Anchors and policy of the lookups.
    pub context: Context,
    /// Where to keep things.
    pub cache: &'c (dyn Cache + Send + Sync),
}

impl fmt::Debug for Keep<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keep").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Whether another server may know better.
pub(super) fn is_open(verdict: &Verdict<'_>) -> bool {
    match verdict {
        Verdict::Secure(_) | Verdict::Insecure(_) => false,
        Verdict::Bogus(_) => true,
        Verdict::Indeterminate(reason) => matches!(
            reason.code(),
            ReasonCode::EvidenceMissing
                | ReasonCode::ResponseFailed
                | ReasonCode::Truncated
                | ReasonCode::Referral
                | ReasonCode::AliasIncomplete
                | ReasonCode::BudgetExhausted
        ),
    }
}

impl Client {
    /// Asks for everything that the lookup needs, so that its next [`step`](Lookup::step) is the verdict. If what one
    /// server says is not proved, all of it is forgotten and the next one is asked; so the verdict is Bogus only if no
    /// server has better evidence. The budget pays for the questions; the verdict is paid by whoever asks for it.
    pub async fn gather<B: Backend>(
        &self,
        lookup: &mut Lookup<'_, Anchors>,
        terms: &mut Terms<'_, '_, B>,
        keep: Keep<'_>,
    ) -> Gathered {
        let backend = Remembering::new(terms.backend, keep.cache);
        let mut gathered = Gathered::default();
        let mut best: Option<(u8, Lookup<'_, Anchors>, u32)> = None;
        let (mut first, mut from_cache) = (0, true);
        loop {
            // Each server has as much as the caller allows for one.
            let mut budget = Budget::new(*terms.budget.limits());
            let mut terms = Terms {
                clock: terms.clock,
                policy: terms.policy,
                backend: &backend,
                budget: &mut budget,
                scratch: terms.scratch,
            };
            lookup.forget();
            let kept_before = gathered.kept;
            let mut used = Vec::new();
            let rank = loop {
                let mut batch = match lookup.step(&mut terms) {
                    Step::Ask(question) => std::vec![(question.name.to_buf(), question.rtype)],
                    Step::Done(verdict) => {
                        if !is_open(&verdict) {
                            break 2;
                        }
                        gathered.blames.extend(self.blamed(&verdict, &used));
                        break u8::from(matches!(verdict, Verdict::Bogus(_)));
                    }
                };
                batch.extend(lookup.ahead(&mut terms));
                let anchors = lookup.anchors();
                let from = From { first, cache: from_cache.then_some(keep), clock: terms.clock };
                self.fill(batch, from, anchors, &mut gathered, &mut used, |octets| lookup.answer(octets)).await;
            };
            let questions = budget.spent().questions;
            let was_cached = gathered.kept > kept_before;
            if best.as_ref().is_none_or(|(of_best, ..)| rank > *of_best) {
                best = Some((rank, lookup.take(), questions));
            }
            match rank {
                2 => break,
                // What was kept may not fit what is signed now.
                _ if was_cached => from_cache = false,
                _ => {
                    from_cache = false;
                    first = first.saturating_add(1);
                    if first >= self.servers().len() {
                        break;
                    }
                }
            }
        }
        if let Some((_, found, questions)) = best {
            *lookup = found;
            for _ in 0..questions {
                // They were asked under the same limit.
                let _within = terms.budget.question();
            }
        }
        let mut terms = Terms {
            clock: terms.clock,
            policy: terms.policy,
            backend: &backend,
            budget: &mut Budget::new(*terms.budget.limits()),
            scratch: terms.scratch,
        };
        lookup.keep(&mut terms, &keep.context, keep.cache);
        gathered
    }
}

/// Whose answer to which question was taken.
pub(super) struct Taken {
    server: usize,
    name: NameBuf,
    rtype: Type,
}

/// From where answers come.
#[derive(Clone, Copy)]
pub(super) struct From<'c> {
    /// The number of the server that is asked first.
    pub(super) first: usize,
    pub(super) cache: Option<Keep<'c>>,
    pub(super) clock: Clock,
}

impl Client {
    /// Asks a batch of questions and hands out the answers.
    pub(super) async fn fill(
        &self,
        mut batch: Vec<(NameBuf, Type)>,
        from: From<'_>,
        anchors: &Anchors,
        gathered: &mut Gathered,
        used: &mut Vec<Taken>,
        mut take: impl FnMut(&[u8]) -> Result<(), AnswerError>,
    ) {
        // As nothing is kept where the time is not known, nothing that was kept can be said to hold.
        if let Some(keep) = from.cache.filter(|_| from.clock.is_exact()) {
            let now = from.clock.earliest();
            batch.retain(|(name, rtype)| {
                let question = Question::new(name.as_name(), *rtype);
                let kept = keep.cache.get(&keep.context, &question).and_then(|kept| kept.at(now));
                let taken = kept.is_some_and(|octets| take(&octets).is_ok());
                gathered.kept = gathered.kept.saturating_add(usize::from(taken));
                !taken
            });
        }
        gathered.asked = gathered.asked.saturating_add(batch.len());
        self.ask_all(batch, from.first, |(name, rtype), answer| {
            let reply = match answer {
                Ok(reply) => reply,
                Err(blames) => return gathered.blames.extend(blames),
            };
            used.push(Taken { server: reply.server, name, rtype });
            gathered.blames.extend(reply.blames);
            let fault = match strips(&name, rtype, anchors, &reply.octets) {
                true => Some(Fault::NoDnssec),
                false => take(&reply.octets).err().map(|error| Fault::Garbage(error.to_string())),
            };
            let server = self.servers().nth(reply.server).cloned();
            gathered.blames.extend(fault.zip(server).map(|(fault, server)| Blame { server, name, rtype, fault }));
        })
        .await;
    }

    /// Whose fault a verdict is: of whoever answered the question that it is about, or if there was no such question, of
    /// all who answered any.
    pub(super) fn blamed(&self, verdict: &Verdict<'_>, used: &[Taken]) -> Vec<Blame> {
        let Some(reason) = verdict.reason().filter(|_| matches!(verdict, Verdict::Bogus(_))) else { return Vec::new() };
        let fault = Fault::Unproved(std::format!("bogus: {reason}"));
        let (name, rtype) = (reason.name().to_buf(), reason.rtype());
        let is_about = |taken: &Taken| taken.name == name && taken.rtype == rtype;
        let is_known = used.iter().any(is_about);
        let took_part = |index| used.iter().any(|taken| taken.server == index && (!is_known || is_about(taken)));
        let servers = self.servers().enumerate().filter(|(index, _)| took_part(*index));
        let blame = |(_, server): (usize, &Server)| Blame { server: server.clone(), name, rtype, fault: fault.clone() };
        servers.map(blame).collect()
    }
}

/// Whether the keys of an anchor's zone come without a signature. They have one, or the anchor would be in vain.
fn strips(name: &NameBuf, rtype: Type, anchors: &Anchors, octets: &[u8]) -> bool {
    let anchored = || anchor::iter(anchors).any(|anchor| !anchor.is_negative() && *name == anchor.zone());
    let signed = |message: &Message<'_>| {
        let mut answers = message.records(Section::Answer);
        answers.any(|record| record.view::<Rrsig<'_>>().is_ok_and(|rrsig| rrsig.type_covered == Type::DNSKEY))
    };
    rtype == Type::DNSKEY && anchored() && Message::parse(octets).is_ok_and(|message| !signed(&message))
}
