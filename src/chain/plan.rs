//! Which messages a verdict needs.
//!
//! Signatures say who signed: the signer of the answer is a zone, whose DS records another
//! zone above has signed, and so on up to the anchor. Before anything is verified these are
//! only hints, and they only steer which questions are asked.

use super::evidence::{Evidence, find, is_usable};
use super::reason::{Detail, Reason, ReasonCode};
use super::verdict::Refusal;
use crate::anchor::{self, AnchorSet};
use crate::canon::Rrset;
use crate::codes::{Class, Rcode, Type};
use crate::name::Name;
use crate::wire::{Message, Question, Section};

/// Names have at most 127 labels; the zones that a chain can pass are the name and those above
/// it, one for each number of labels.
const DEPTHS: usize = 128;

/// Why there is nothing to verify.
pub(super) enum Stop<'m> {
    Ask(Question<'m>),
    Refused(Refusal<'m>),
}

/// All that is needed is in hand.
pub(super) struct Plan<'m> {
    pub(super) question: Question<'m>,
    /// The records that were asked for.
    pub(super) answer: Rrset<'m>,
    /// The zone of the closest anchor.
    pub(super) anchor_zone: Name<'m>,
    needed: [bool; DEPTHS],
}

impl Plan<'_> {
    /// Whether a signature says that there is a zone at this depth.
    pub(super) fn needs(&self, labels: u8) -> bool {
        self.needed.get(usize::from(labels)).is_some_and(|needed| *needed)
    }

    /// The deepest name that can be the apex of the zone that the answer belongs to: its owner,
    /// and for DS records the name above (RFC 4035 section 2.4).
    pub(super) fn deepest_zone(&self) -> u8 {
        deepest_zone(&self.question)
    }
}

fn deepest_zone(question: &Question<'_>) -> u8 {
    question.name.label_count().saturating_sub(u8::from(question.rtype == Type::DS))
}

/// Looks whether all evidence is in hand; if not, says what to ask, or that it is no use.
pub(super) fn plan<'m>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
) -> Result<Plan<'m>, Stop<'m>> {
    let indeterminate = |code| {
        let reason = Reason::new(code, question.name, question.rtype, Detail::None);
        Stop::Refused(Refusal::Indeterminate(reason))
    };
    // Signatures are not signed, and pseudo types are not in zones (RFC 4035 section 2.2).
    if question.rtype.is_meta() || question.rtype == Type::RRSIG || question.rtype == Type::SIG {
        return Err(indeterminate(ReasonCode::QuestionNotJudged));
    }
    let anchor_zone = closest_anchor(&question, anchors).ok_or_else(|| indeterminate(ReasonCode::NoAnchor))?;
    let response = find(evidence, &question).ok_or(Stop::Ask(question))?;
    let answer = positive(&response, &question).map_err(|reason| Stop::Refused(Refusal::Indeterminate(reason)))?;

    let mut plan = Plan { question, answer, anchor_zone, needed: [false; DEPTHS] };
    mark_signers(&mut plan, answer, deepest_zone(&question));
    let ask = |name: Name<'m>, rtype: Type| {
        let question = Question { name, rtype, class: question.class };
        find(evidence, &question).ok_or(Stop::Ask(question))
    };
    for labels in (anchor_zone.label_count().saturating_add(1)..=deepest_zone(&question)).rev() {
        if !plan.needs(labels) {
            continue;
        }
        let Some(zone) = question.name.ancestor(labels) else { continue };
        ask(zone, Type::DNSKEY)?;
        let response = ask(zone, Type::DS)?;
        let above = labels.saturating_sub(1);
        // Unsigned DS records do not say which zone they belong to; the name above is the best
        // guess.
        if let Ok(ds) = positive(&response, &Question { name: zone, rtype: Type::DS, class: question.class })
            && !mark_signers(&mut plan, ds, above)
            && let Some(guess) = plan.needed.get_mut(usize::from(above))
        {
            *guess = true;
        }
    }
    ask(anchor_zone, Type::DNSKEY)?;
    Ok(plan)
}

/// The zone of the anchor with the most labels that is at or above the name, and for DS
/// records above it (RFC 4035 section 2.4: they belong to the parent).
fn closest_anchor<'m>(question: &Question<'_>, anchors: &'m (impl AnchorSet + ?Sized)) -> Option<Name<'m>> {
    let zones = anchor::iter(anchors).map(|anchor| anchor.zone());
    let above = zones.filter(|zone| zone.label_count() <= deepest_zone(question) && question.name.is_at_or_below(zone));
    // The class of an anchor is IN.
    above
        .max_by_key(Name::label_count)
        .filter(|_| question.class == Class::IN && !(question.rtype == Type::DS && question.name.is_root()))
}

/// Marks the zones that signatures of `rrset` name, from the anchor's down to `deepest`
/// labels; whether there is one.
fn mark_signers(plan: &mut Plan<'_>, rrset: Rrset<'_>, deepest: u8) -> bool {
    let mut any = false;
    for (rrsig, _) in rrset.signatures().flatten() {
        let labels = rrsig.signer.label_count();
        let between = (plan.anchor_zone.label_count()..=deepest).contains(&labels);
        if between
            && rrset.owner().is_at_or_below(&rrsig.signer)
            && let Some(needed) = plan.needed.get_mut(usize::from(labels))
        {
            *needed = true;
            any = true;
        }
    }
    any
}

/// The records of a positive answer, or why there are none to judge.
pub(super) fn positive<'m>(response: &Message<'m>, question: &Question<'m>) -> Result<Rrset<'m>, Reason<'m>> {
    let reason = |code, detail| Reason::new(code, question.name, question.rtype, detail);
    if response.header().is_truncated() {
        return Err(reason(ReasonCode::Truncated, Detail::None));
    }
    if !is_usable(response) {
        return Err(reason(ReasonCode::ResponseFailed, Detail::Rcode(response.rcode())));
    }
    let rrset = |rtype| Rrset::find(response, Section::Answer, &question.name, rtype, question.class);
    if response.rcode() == Rcode::NOERROR
        && let Some(answer) = rrset(question.rtype)
    {
        return Ok(answer);
    }
    let mut records = response.records(Section::Answer);
    let alias = records.any(|record| match record.rtype {
        Type::CNAME => question.name == record.owner,
        Type::DNAME => question.name.is_below(&record.owner),
        _ => false,
    });
    Err(reason(if alias { ReasonCode::AliasNotJudged } else { ReasonCode::DenialNotJudged }, Detail::None))
}
