//! Records and RDATA as text.

use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXUPPER};

use super::fields::{Field, fields_of};
use super::params;
use crate::codes::Type;
use crate::name::{Compression, Name};
use crate::read::Reader;
use crate::time::Timestamp;
use crate::wire::rdata::TypeBitmap;
use crate::wire::{Rdata, Record};

/// Owner, TTL, class, type and RDATA on one line.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {} ", self.owner, self.ttl, self.class, self.rtype)?;
        write_rdata(f, self.rtype, self.rdata)
    }
}

/// RDATA that shows itself as its type does.
pub(crate) struct Shown<'a> {
    rtype: Type,
    rdata: &'a [u8],
}

impl<'a> Shown<'a> {
    pub(crate) const fn new(rtype: Type, rdata: &'a [u8]) -> Self {
        Self { rtype, rdata }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_rdata(f, self.rtype, Rdata::from_octets(self.rdata))
    }
}

/// RDATA as its type shows it; RDATA of unknown types and RDATA that cannot be read as its type
/// in the generic form `\# 4 C0000201` (RFC 3597 section 5).
fn write_rdata(f: &mut fmt::Formatter<'_>, rtype: Type, rdata: Rdata<'_>) -> fmt::Result {
    if let Some(fields) = fields_of(rtype)
        && write_fields(&mut Nowhere, fields, rdata.reader()).is_some()
    {
        return write_fields(f, fields, rdata.reader()).ok_or(fmt::Error);
    }
    let octets = rdata.octets();
    write!(f, "\\# {}", octets.len())?;
    if octets.is_empty() { Ok(()) } else { write!(f, " {}", HEXUPPER.encode_display(octets)) }
}

/// Whether RDATA that lie alone have the fields of their type, if it is a known one.
#[cfg(feature = "zone")]
pub(crate) fn has_fields(rtype: Type, rdata: &[u8]) -> bool {
    let reads = |fields| write_fields(&mut Nowhere, fields, Reader::new(rdata)).is_some();
    fields_of(rtype).is_none_or(reads)
}

/// To see whether something can be written.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// Writes all fields, separated by spaces; `None` if the RDATA does not have them.
fn write_fields(out: &mut impl Write, fields: &[Field], mut reader: Reader<'_>) -> Option<()> {
    // RDATA at octet 0, where a message has its header, lies alone. Nothing can be compressed there:
    // a pointer that happens to lead to a name would read back as other octets.
    let compression = if reader.position() == 0 { Compression::Forbidden } else { Compression::Allowed };
    for (index, field) in fields.iter().enumerate() {
        // Fields that reach to the end may be empty.
        let to_the_end = matches!(field, Field::Hex | Field::Base64 | Field::Bitmap | Field::Params);
        if index > 0 && !(to_the_end && reader.is_empty()) {
            out.write_char(' ').ok()?;
        }
        write_field(out, *field, compression, &mut reader)?;
    }
    reader.is_empty().then_some(())
}

fn write_field(out: &mut impl Write, field: Field, compression: Compression, reader: &mut Reader<'_>) -> Option<()> {
    const ITEM: &str = "RDATA";
    match field {
        Field::U8 | Field::Algorithm => write!(out, "{}", reader.u8(ITEM).ok()?),
        Field::U16 => write!(out, "{}", reader.u16(ITEM).ok()?),
        Field::U32 | Field::Interval => write!(out, "{}", reader.u32(ITEM).ok()?),
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# When the mnemonic is not known, the TYPE representation as described in [RFC3597], Section 5, MUST be used.
        Field::Type => write!(out, "{}", Type(reader.u16(ITEM).ok()?)),
        Field::Time => write!(out, "{}", Timestamp(reader.u32(ITEM).ok()?)),
        Field::Name => write!(out, "{}", Name::read(reader, compression).ok()?),
        Field::Ipv4 => write!(out, "{}", Ipv4Addr::from(reader.array::<4>(ITEM).ok()?)),
        Field::Ipv6 => write!(out, "{}", Ipv6Addr::from(reader.array::<16>(ITEM).ok()?)),
        Field::Text => write_quoted(out, counted(reader)?),
        Field::Texts => {
            write_quoted(out, counted(reader)?).ok()?;
            while !reader.is_empty() {
                out.write_char(' ').ok()?;
                write_quoted(out, counted(reader)?).ok()?;
            }
            Ok(())
        }
        Field::Quoted => write_quoted(out, reader.take_rest()),
        Field::Tag => {
            let tag = counted(reader)?;
            let plain = !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric);
            plain.then_some(())?;
            tag.iter().try_for_each(|octet| out.write_char(char::from(*octet)))
        }
        Field::Hex => write!(out, "{}", HEXUPPER.encode_display(reader.take_rest())),
        Field::Base64 => write!(out, "{}", BASE64.encode_display(reader.take_rest())),
        Field::Salt => match counted(reader)? {
            [] => out.write_char('-'),
            salt => write!(out, "{}", HEXUPPER.encode_display(salt)),
        },
        Field::Hash => {
            let hash = counted(reader).filter(|hash| !hash.is_empty())?;
            write!(out, "{}", BASE32HEX_NOPAD.encode_display(hash))
        }
        //= https://www.rfc-editor.org/rfc/rfc4034#section-4.2
        //# When the mnemonic is not known, the TYPE representation described in [RFC3597], Section 5, MUST be used.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-3.3
        //# When the mnemonic is not known, the TYPE representation as described in Section 5 of [RFC3597] MUST be used.
        Field::Bitmap => {
            let types = TypeBitmap::read(reader, ITEM).ok()?;
            types.iter().enumerate().try_for_each(|(index, rtype)| {
                if index > 0 {
                    out.write_char(' ')?;
                }
                write!(out, "{rtype}")
            })
        }
        Field::Params => return params::write(out, reader),
    }
    .ok()
}

/// A length octet, and so many octets.
fn counted<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u8("RDATA").ok()?;
    reader.take(usize::from(length), "RDATA").ok()
}

/// In quotation marks, with escapes for these, for backslashes and for what cannot be seen.
pub(super) fn write_quoted(out: &mut impl Write, octets: &[u8]) -> fmt::Result {
    out.write_char('"')?;
    for octet in octets {
        match octet {
            b'"' | b'\\' => write!(out, "\\{}", char::from(*octet))?,
            0x20..=0x7E => out.write_char(char::from(*octet))?,
            _ => write!(out, "\\{octet:03}")?,
        }
    }
    out.write_char('"')
}
