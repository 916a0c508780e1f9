//! RRsets and their canonical form (RFC 4034 section 6, RFC 6840 section 5.1, RFC 3597
//! section 7): the octets that a signature is made over.
//!
//! ```
//! use dnsproof::canon::Rrset;
//! use dnsproof::codes::{Class, Type};
//! use dnsproof::wire::{Message, Section};
//!
//! let octets = b"\0\0\x81\x80\0\0\0\x02\0\0\0\0\
//!     \x01a\0\0\x01\0\x01\0\0\0\x3C\0\x04\xC0\0\x02\x02\
//!     \x01A\0\0\x01\0\x01\0\0\0\x1E\0\x04\xC0\0\x02\x01";
//! let message = Message::parse(octets)?;
//! let owner = "a.".parse::<dnsproof::name::NameBuf>()?;
//! let rrset = Rrset::find(&message, Section::Answer, &owner.as_name(), Type::A, Class::IN).unwrap();
//! assert_eq!((rrset.records().count(), rrset.ttl()), (2, 30));
//! # Ok::<(), dnsproof::error::ParseError>(())
//! ```

mod digest;
mod form;
mod scratch;
#[cfg(test)]
mod tests;

pub(crate) use digest::ds_digest;
#[cfg(feature = "zone")]
pub(crate) use form::lower_names;
pub(crate) use form::{Form, signed_labels};
pub use scratch::{Scratch, Span};

use core::fmt;
use core::num::NonZero;

use crate::budget::Exhausted;
use crate::codes::{Class, Type};
use crate::error::ParseError;
use crate::name::Name;
use crate::wire::rdata::{Rrsig, View};
use crate::wire::{Message, Record, Records, Section};

/// The records of one owner, type and class in one section of one message (RFC 2181
/// section 5). It always has at least one. The type ANY stands for the RRsets of all types.
///
/// It copies nothing: it is a place to look, and looks each time.
#[derive(Clone, Copy)]
pub struct Rrset<'m> {
    message: Message<'m>,
    section: Section,
    owner: Name<'m>,
    rtype: Type,
    class: Class,
    /// Where the RDATA of its one record begin, if it is one record of several of the owner and type. Before them there
    /// are its owner and its type at least.
    only: Option<NonZero<usize>>,
}

impl<'m> Rrset<'m> {
    pub(crate) const fn message(&self) -> &Message<'m> {
        &self.message
    }

    /// The RRset, if the section has a record of it.
    #[must_use]
    pub fn find(message: &Message<'m>, section: Section, owner: &Name<'_>, rtype: Type, class: Class) -> Option<Self> {
        let mut records = message.records(section);
        let first =
            records.find(|record| is_of(rtype, record.rtype) && record.class == class && record.owner == *owner)?;
        Some(Self { message: *message, section, owner: first.owner, rtype, class, only: None })
    }

    /// One record, which is an RRset of its own although another of its owner and type may lie beside it: the NSEC
    /// records of two zones at the cut between them.
    pub(crate) const fn of_record(message: &Message<'m>, section: Section, record: &Record<'m>) -> Self {
        let Record { owner, rtype, class, .. } = *record;
        Self { message: *message, section, owner, rtype, class, only: NonZero::new(record.rdata.reader().position()) }
    }

    /// Whether the record is one of it, given that it is of the same message.
    pub(crate) fn has(&self, record: &Record<'m>) -> bool {
        is_of(self.rtype, record.rtype)
            && record.class == self.class
            && self.only.is_none_or(|at| record.rdata.reader().position() == at.get())
            && record.owner == self.owner
    }

    /// The RRset of one type, out of those that ANY stands for.
    pub(crate) const fn of_type(&self, rtype: Type) -> Self {
        Self { rtype, ..*self }
    }

    /// The owner, as the first record writes it.
    #[must_use]
    pub const fn owner(&self) -> Name<'m> {
        self.owner
    }

    /// The type.
    #[must_use]
    pub const fn rtype(&self) -> Type {
        self.rtype
    }

    /// The class.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The records in the order in which they lie, duplicates and all.
    pub fn records(&self) -> impl Iterator<Item = Record<'m>> + Clone + use<'m> {
        let all = *self;
        self.message.records(self.section).filter(move |record| all.has(record))
    }

    /// All records of its section, of which [`has`](Self::has) knows those of the set.
    pub(crate) fn beside(&self) -> Records<'m> {
        self.message.records(self.section)
    }

    /// Each record read as `V`; those that are malformed are left out, because a key or a DS
    /// that cannot be read vouches for nothing.
    pub(crate) fn views<V: View<'m>>(&self) -> impl Iterator<Item = V> + Clone + use<'m, V> {
        self.records().filter_map(|record| record.view().ok())
    }

    /// The RRSIG records of its owner, whatever they cover.
    #[cfg(feature = "alloc")]
    pub(crate) fn signature_records(&self) -> impl Iterator<Item = Record<'m>> + Clone + use<'m> {
        Self { rtype: Type::RRSIG, only: None, ..*self }.records()
    }

    /// The RRSIG records beside it that cover its type, each with its TTL. A malformed one
    /// counts as an error of its own.
    pub fn signatures(&self) -> impl Iterator<Item = Result<(Rrsig<'m>, u32), ParseError>> + Clone + use<'m> {
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3
        //# An RRSIG RR MUST have the same class as the RRset it covers.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
        //# Each RR MUST have the same owner name as the RRSIG RR;
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
        //# Each RR MUST have the same class as the RRSIG RR;
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
        //# Each RR in the RRset MUST have the RR type listed in the RRSIG RR's Type Covered field;
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
        //# The RRSIG RR and the RRset MUST have the same owner name and the same class.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
        //# The RRSIG RR's Type Covered field MUST equal the RRset's type.
        let signatures = Self { rtype: Type::RRSIG, only: None, ..*self };
        let covered = self.rtype;
        signatures.records().filter_map(move |record| {
            // What a malformed one covers may still be legible. If it is something else, it is
            // none of this set's business.
            let rtype = record.rdata.octets().first_chunk().map(|octets| Type(u16::from_be_bytes(*octets)));
            rtype
                .is_none_or(|rtype| is_of(covered, rtype))
                .then(|| record.view::<Rrsig<'m>>().map(|rrsig| (rrsig, record.ttl)))
        })
    }

    /// The lowest TTL among the records (RFC 2181 section 5.2).
    #[must_use]
    pub fn ttl(&self) -> u32 {
        self.records().map(|record| record.ttl).min().unwrap_or(0)
    }
}

/// ANY stands for all types of an owner, without the signatures over them.
fn is_of(rtype: Type, actual: Type) -> bool {
    actual == rtype || rtype == Type::ANY && actual != Type::RRSIG
}

impl fmt::Debug for Rrset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ({})", self.owner, self.class, self.rtype, self.records().count())
    }
}

/// Why an RRset has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormError {
    /// A record's RDATA does not fit its type.
    Malformed(ParseError),
    /// It is too large for the limits or for the scratch memory.
    Exhausted(Exhausted),
}

impl From<ParseError> for FormError {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

impl From<Exhausted> for FormError {
    fn from(error: Exhausted) -> Self {
        Self::Exhausted(error)
    }
}
