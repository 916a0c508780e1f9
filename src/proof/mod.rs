//! Proofs that travel: the records from an answer up to a trust anchor, one after another, as RFC 9102 sends them in
//! TLS.
//!
//! [`Proof`] is such a chain, borrowed, and [`check()`] judges a question by it. That takes no allocator. Nothing is
//! believed of a proof: its records may lie in any order, may be about something else, or be missing. The caller
//! says what the question is, and what comes out is a [`Verdict`](crate::chain::Verdict) like any other.
//!
//! `build` (feature `alloc`) makes a proof of the messages that proved something, and `bundle` keeps the evidence of a
//! delegation, certificates included, for an audit.

#[cfg(feature = "alloc")]
mod build;
#[cfg(feature = "alloc")]
pub mod bundle;
mod check;

#[cfg(feature = "alloc")]
pub use build::{BuildError, Built, build};
#[cfg(feature = "alloc")]
pub use bundle::{Bundle, BundleError};
pub use check::{Checked, check, explain};

use core::fmt;

use crate::chain::Evidence;
use crate::error::{ParseError, ParseErrorKind};
use crate::wire::{Message, Records, Section};

/// A chain of RFC 9102 section 2.3: records with no message around them and no compressed names, in no order.
#[derive(Clone, Copy)]
pub struct Proof<'p> {
    records: Message<'p>,
    lifetime: Option<u16>,
}

impl<'p> Proof<'p> {
    /// Walks an `AuthenticationChain`: the records and nothing else.
    ///
    /// # Errors
    /// If there is no record, if one is malformed or cut short, if a name is compressed, or if there are more than
    /// 65535 octets.
    pub fn parse(chain: &'p [u8]) -> Result<Self, ParseError> {
        Ok(Self { records: Message::of_records(chain)?, lifetime: None })
    }

    //= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
    //# The "extension_data" field of the server's "dnssec_chain" extension MUST contain a DNSSEC authentication chain
    //# encoded in the following form:
    /// Walks the `extension_data` of a `dnssec_chain` extension: the hours for which the server will go on to serve
    /// it, and the chain.
    ///
    /// RFC 9102 section 2.2 declares the chain as a vector, before which its length stands, and appendix A.1 prints one
    /// without. Both are read: two octets that are the length of all that follows, if records follow, are the length.
    ///
    /// # Errors
    /// If it is shorter than two octets, or as [`parse`](Self::parse) has it.
    pub fn from_extension(data: &'p [u8]) -> Result<Self, ParseError> {
        const ITEM: &str = "dnssec_chain";
        let truncated = ParseError::new(ParseErrorKind::Truncated, ITEM, data.len());
        let (hours, chain) = data.split_first_chunk().ok_or(truncated)?;
        let lifetime = Some(u16::from_be_bytes(*hours));
        let counted = chain.split_first_chunk().and_then(|(length, counted)| {
            (usize::from(u16::from_be_bytes(*length)) == counted.len()).then(|| Message::of_records(counted).ok())?
        });
        let records = match counted {
            Some(records) => records,
            None => Message::of_records(chain)
                .map_err(|error| ParseError { offset: error.offset.saturating_add(hours.len()), ..error })?,
        };
        Ok(Self { records, lifetime })
    }

    /// `ExtSupportLifetime`: hours for which the server will go on to serve the extension; nothing signs it. `None` if
    /// the chain did not come in an extension.
    #[must_use]
    pub const fn support_lifetime(&self) -> Option<u16> {
        self.lifetime
    }

    /// The octets of the chain.
    #[must_use]
    pub const fn octets(&self) -> &'p [u8] {
        self.records.octets()
    }

    /// The records in the order in which they lie.
    #[must_use]
    pub fn records(&self) -> Records<'p> {
        self.records.records(Section::Answer)
    }
}

/// A proof is evidence for whatever its records answer.
impl Evidence for Proof<'_> {
    fn message(&self, index: usize) -> Option<Message<'_>> {
        (index == 0).then_some(self.records)
    }
}

impl fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (records, octets) = (self.records().len(), self.octets().len());
        write!(f, "Proof({records} records, {octets} octets, {:?})", self.lifetime)
    }
}
