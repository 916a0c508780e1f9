//! Messages in hand.

use crate::codes::{Opcode, Rcode, Type};
use crate::wire::{Message, Question, Section};

/// Response messages that a verdict can rest on. Slices and arrays of [`Message`] are evidence.
pub trait Evidence {
    /// The message at `index`; `None` behind the last.
    fn message(&self, index: usize) -> Option<Message<'_>>;
}

impl Evidence for [Message<'_>] {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        self.get(index).copied()
    }
}

impl<const N: usize> Evidence for [Message<'_>; N] {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        self.get(index).copied()
    }
}

impl<E: Evidence + ?Sized> Evidence for &E {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        (**self).message(index)
    }
}

/// The response to `question`: of several the first that is whole and no error, else the first.
#[inline(never)]
pub(super) fn find<'m>(evidence: &'m (impl Evidence + ?Sized), question: &Question<'_>) -> Option<Message<'m>> {
    let mut first = None;
    for message in (0_usize..).map_while(|index| evidence.message(index)) {
        if !answers(&message, question) {
            continue;
        }
        if is_usable(&message) {
            return Some(message);
        }
        first = first.or(Some(message));
    }
    first
}

/// Whether this is a response to exactly this question, or holds records that could answer it.
pub(crate) fn answers(message: &Message<'_>, question: &Question<'_>) -> bool {
    //= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
    //# The order of returned RRs is unspecified, and a TLS client MUST NOT assume any ordering of RRs.
    if message.is_loose() {
        return holds(message, question);
    }
    let header = message.header();
    // What is quickly compared comes first.
    let asks =
        |own: Question<'_>| (own.rtype, own.class) == (question.rtype, question.class) && own.name == question.name;
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.6
    //# A resolver MUST disregard the meaning of the CD and AD bits in a response unless the response was obtained by
    //# using a secure channel or the resolver was specifically configured to regard the message header bits without
    //# using a secure channel.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.3
    //# A validating security-aware stub resolver SHOULD NOT examine the setting of the AD bit in response messages
    header.is_response() && header.opcode() == Opcode::QUERY && message.question().is_some_and(asks)
}

/// Whether the evidence is loose records.
pub(super) fn is_loose(evidence: &(impl Evidence + ?Sized)) -> bool {
    evidence.message(0).is_some_and(|message| message.is_loose())
}

/// Whether one of the loose records is of the name and type, makes an alias of the name, or denies something.
fn holds(records: &Message<'_>, question: &Question<'_>) -> bool {
    records.records(Section::Answer).any(|record| match record.rtype {
        Type::NSEC | Type::NSEC3 => true,
        Type::DNAME if question.name.is_below(&record.owner) => true,
        rtype => (rtype == question.rtype || rtype == Type::CNAME) && record.owner == question.name,
    })
}

/// Whether it is whole, and says that there is something or that there is nothing.
pub(crate) fn is_usable(message: &Message<'_>) -> bool {
    !message.header().is_truncated() && matches!(message.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN)
}
