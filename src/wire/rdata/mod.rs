//! Typed views of RDATA.
//!
//! A view borrows from the record and is made by [`Record::view`](super::Record::view). Every
//! octet of the RDATA is accounted for: what is left over is an error. Types that are not here
//! are opaque: [`Rdata::octets`] (RFC 3597).

use super::record::Rdata;
use crate::codes::Type;
use crate::error::ParseError;
use crate::read::Reader;

mod bitmap;
mod denial;
mod dnssec;
mod host;
mod keys;
mod names;
mod opt;
mod svcb;

pub use bitmap::TypeBitmap;
pub use denial::{Nsec, Nsec3, Nsec3Parameters, Nsec3param};
pub use dnssec::{Dnskey, Ds, Rrsig};
pub use host::{A, Aaaa, Naptr, Srv, Uri};
pub use keys::{Caa, Openpgpkey, Sshfp, Tlsa, Txt, Zonemd};
pub use names::{Cname, Dname, Mx, Ns, Ptr, Soa};
pub use opt::{Opt, OptOption};
pub use svcb::{SvcParam, Svcb};

/// A way to read the RDATA of some types.
pub trait View<'a>: Sized {
    /// The types that it reads.
    const TYPES: &'static [Type];
    /// Its name in errors.
    const ITEM: &'static str;

    /// Reads all of the RDATA.
    ///
    /// # Errors
    /// If it is malformed: too short, too long, or with a value that it may not have.
    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError>;
}

/// Reads all of `rdata` with `read`; leftover octets are an error that names the type.
fn whole<'a, T>(
    rdata: Rdata<'a>,
    item: &'static str,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let mut reader = rdata.reader();
    let value = read(&mut reader)?;
    reader.finish(item)?;
    Ok(value)
}

/// A character string: a length octet, and so many octets (RFC 1035 section 3.3).
fn text<'a>(reader: &mut Reader<'a>, item: &'static str) -> Result<&'a [u8], ParseError> {
    let length = reader.u8(item)?;
    reader.take(usize::from(length), item)
}
