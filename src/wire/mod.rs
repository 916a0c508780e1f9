//! DNS messages as they lie on the wire (RFC 1035 section 4), borrowed and checked.
//!
//! [`Message::parse`] walks the whole message once: after that every record of every section
//! has its place, nothing is left over, and reading on cannot fail. What is inside a record's
//! RDATA is checked when it is looked at, by [`Record::view`] with one of the types in
//! [`rdata`].
//!
//! ```
//! use dnsproof::codes::Type;
//! use dnsproof::wire::{Message, Section, rdata};
//!
//! let octets = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\
//!     \x07example\x03net\0\0\x01\0\x01\
//!     \xC0\x0C\0\x01\0\x01\0\0\x01\x2C\0\x04\xC0\0\x02\x01";
//! let message = Message::parse(octets)?;
//! let record = message.records(Section::Answer).next().unwrap();
//! assert_eq!((record.owner.to_string().as_str(), record.rtype, record.ttl), ("example.net.", Type::A, 300));
//! let address: rdata::A = record.view()?;
//! assert_eq!(address.address.octets(), [192, 0, 2, 1]);
//! # Ok::<(), dnsproof::error::ParseError>(())
//! ```

mod layout;
mod message;
pub mod rdata;
mod record;
#[cfg(feature = "alloc")]
mod write;

pub(crate) use layout::{Field, layout_of};
#[cfg(feature = "alloc")]
pub(crate) use message::Plan;
pub use message::{Header, Message, Question, Records, Section};
pub use record::{Rdata, Record};
#[cfg(feature = "alloc")]
pub use write::Query;
#[cfg(feature = "alloc")]
pub(crate) use write::{header, rdata_in_full, record_in_full, write_question};
