//! Trust anchors from text: DS and DNSKEY records in master file form.

use alloc::vec::Vec;
use core::fmt;

use super::{Anchor, AnchorSet};
use crate::codes::Type;
use crate::error::ParseError;
use crate::name::{Name, NameBuf};
use crate::zonefile::{self, OwnedRecord};

/// The root zone's trust anchors as IANA publishes them (RFC 9718): keys 20326 and 38696, as
/// text for [`Anchors::parse`]. Nothing uses them unless you do.
pub const IANA: &str = include_str!("../../vectors/anchors/root-anchors.ds");

/// An owned set of trust anchors.
///
/// ```
/// use dnsproof::anchor::{Anchors, IANA};
/// let anchors = Anchors::parse(IANA)?;
/// let tags: Vec<u16> = anchors.iter().filter_map(|anchor| anchor.key_tag()).collect();
/// assert_eq!(tags, [20326, 38696]);
/// # Ok::<(), dnsproof::anchor::AnchorsError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    stored: Vec<Stored>,
}

#[derive(Clone, Debug)]
struct Stored {
    zone: NameBuf,
    /// DS, DNSKEY, or [`NONE`] for a negative anchor.
    rtype: Type,
    rdata: Vec<u8>,
}

/// No record has this type (RFC 6895 section 3.1).
const NONE: Type = Type(0);

impl Stored {
    fn anchor(&self) -> Result<Anchor<'_>, ParseError> {
        match self.rtype {
            NONE => Ok(Anchor::negative(self.zone.as_name())),
            Type::DS => Anchor::from_ds(self.zone.as_name(), &self.rdata),
            _ => Anchor::from_dnskey(self.zone.as_name(), &self.rdata),
        }
    }
}

impl Anchors {
    /// Reads DS and DNSKEY records as a master file has them (RFC 1035 section 5); TTL and
    /// class may be missing. Names without a dot at the end count from the root.
    ///
    /// # Errors
    /// If the text cannot be read, has a record of another type, or none at all.
    pub fn parse(text: &str) -> Result<Self, AnchorsError> {
        let records = zonefile::parse(text, Some(&Name::root())).map_err(AnchorsError::Text)?;
        let mut anchors = Self::default();
        for record in records {
            anchors.push(record)?;
        }
        if anchors.stored.is_empty() { Err(AnchorsError::Empty) } else { Ok(anchors) }
    }

    fn push(&mut self, record: OwnedRecord) -> Result<(), AnchorsError> {
        let stored = Stored { zone: record.owner, rtype: record.rtype, rdata: record.rdata };
        if !matches!(record.rtype, Type::DS | Type::DNSKEY) {
            return Err(AnchorsError::OtherType { number: self.stored.len().saturating_add(1), rtype: record.rtype });
        }
        stored.anchor().map_err(AnchorsError::Rdata)?;
        self.stored.push(stored);
        Ok(())
    }

    /// Adds a negative anchor: names at or below `zone` are Insecure (RFC 7646).
    pub fn add_negative(&mut self, zone: NameBuf) {
        self.stored.push(Stored { zone, rtype: NONE, rdata: Vec::new() });
    }

    /// Adds the anchors of another set.
    pub fn extend(&mut self, other: Self) {
        self.stored.extend(other.stored);
    }

    /// The anchors in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = Anchor<'_>> + Clone {
        super::iter(self)
    }
}

impl AnchorSet for Anchors {
    fn anchor(&self, index: usize) -> Option<Anchor<'_>> {
        // `push` has read it once already.
        self.stored.get(index)?.anchor().ok()
    }
}

/// Why a text is not a set of trust anchors.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AnchorsError {
    /// The text is no master file.
    Text(zonefile::Error),
    /// A record is neither DS nor DNSKEY.
    OtherType {
        /// Which record of the text, from 1.
        number: usize,
        /// Its type.
        rtype: Type,
    },
    /// The RDATA of a record is too short.
    Rdata(ParseError),
    /// There is no record.
    Empty,
}

impl fmt::Display for AnchorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(error) => error.fmt(f),
            Self::OtherType { number, rtype } => write!(f, "record {number} is {rtype}: expected DS or DNSKEY"),
            Self::Rdata(error) => error.fmt(f),
            Self::Empty => f.write_str("there is no DS or DNSKEY record"),
        }
    }
}

impl core::error::Error for AnchorsError {}
