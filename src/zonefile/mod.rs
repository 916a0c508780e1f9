//! Records as text: what master files hold (RFC 1035 section 5, RFC 3597 section 5).
//!
//! [`Record`] prints itself, and [`parse()`] reads text back. One table says
//! for each type which fields its RDATA has; printing and reading both follow it.
//!
//! ```
//! use dnsproof::zonefile;
//!
//! let records = zonefile::parse("$ORIGIN example.com.\n@ 300 IN MX 10 mail\n", None)?;
//! assert_eq!(records[0].as_record().to_string(), "example.com. 300 IN MX 10 mail.example.com.");
//! # Ok::<(), zonefile::Error>(())
//! ```

mod dig;
mod error;
mod fields;
mod params;
mod parse;
mod print;
mod scan;
mod values;
mod words;

use alloc::vec::Vec;

pub use dig::{is_dig, parse_dig};
pub use error::{Error, ErrorKind};
pub use parse::parse;
pub(crate) use parse::parse_each;
#[cfg(feature = "zone")]
pub(crate) use parse::{Found, Reader, State};
pub(crate) use print::Shown;
#[cfg(feature = "zone")]
pub(crate) use print::has_fields;
#[cfg(feature = "zone")]
pub(crate) use values::write_bitmap;

use crate::codes::{Class, Type};
use crate::name::NameBuf;
use crate::wire::{Rdata, Record};

/// A record that owns what it says. Names in its RDATA are not compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRecord {
    /// The name that it belongs to.
    pub owner: NameBuf,
    /// The type.
    pub rtype: Type,
    /// The class.
    pub class: Class,
    /// The TTL; 0 where the text has none.
    pub ttl: u32,
    /// The RDATA in wire form.
    pub rdata: Vec<u8>,
}

impl OwnedRecord {
    /// The record, borrowed.
    #[must_use]
    pub fn as_record(&self) -> Record<'_> {
        Record {
            owner: self.owner.as_name(),
            rtype: self.rtype,
            class: self.class,
            ttl: self.ttl,
            rdata: Rdata::from_octets(&self.rdata),
        }
    }
}
