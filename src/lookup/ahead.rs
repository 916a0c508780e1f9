//! What will be asked next, as far as the signatures in hand tell.

use alloc::vec::Vec;

use super::{Messages, ask, missing};
use crate::anchor::{self, AnchorSet};
use crate::chain::{Step, Terms};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::wire::rdata::Rrsig;
use crate::wire::{Question, Section};

/// Zones that the signatures of one message may point to. Sound ones name one, or two where an alias leads on.
const SIGNERS: usize = 4;

/// Questions that a sound answer needs, and that were not asked yet.
pub(crate) fn ahead<B: Backend>(
    question: &Question<'_>,
    anchors: &(impl AnchorSet + ?Sized),
    messages: &Messages,
    asked: &mut Vec<(NameBuf, Type)>,
    terms: &mut Terms<'_, '_, B>,
) -> Vec<(NameBuf, Type)> {
    let mut wanted = Vec::new();
    let Some(top) = closest(&question.name, anchors) else { return wanted };
    wanted.push((top, Type::DNSKEY));
    for message in messages.iter() {
        let Some(question) = message.question() else { continue };
        if terms.budget.read(message.weight()).is_err() {
            break;
        }
        let Some(top) = closest(&question.name, anchors) else { continue };
        let records = message.records(Section::Answer).chain(message.records(Section::Authority));
        let mut signers: Vec<NameBuf> = Vec::new();
        for record in records.filter(|record| record.rtype == Type::RRSIG) {
            let Ok(rrsig) = record.view::<Rrsig<'_>>() else { continue };
            let leads_there = rrsig.signer.is_below(&top.as_name()) && record.owner.is_at_or_below(&rrsig.signer);
            if leads_there && signers.len() < SIGNERS && !signers.iter().any(|signer| *signer == rrsig.signer) {
                signers.push(rrsig.signer.to_buf());
            }
        }
        wanted.extend(signers.into_iter().flat_map(|signer| [(signer, Type::DS), (signer, Type::DNSKEY)]));
    }
    wanted.retain(|(name, rtype)| {
        let question = Question::new(name.as_name(), *rtype);
        messages.answering(&question).is_none()
            && matches!(ask(question, missing(question), asked, terms), Step::Ask(_))
    });
    wanted
}

/// The zone of the closest anchor at or above a name.
fn closest(name: &Name<'_>, anchors: &(impl AnchorSet + ?Sized)) -> Option<NameBuf> {
    let above = anchor::iter(anchors).filter(|anchor| name.is_at_or_below(&anchor.zone()) && anchor.covers(name));
    let closest = above.max_by_key(|anchor| anchor.zone().label_count())?;
    (!closest.is_negative()).then(|| closest.zone().to_buf())
}
