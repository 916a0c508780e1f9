//! The OPT pseudo record of EDNS (RFC 6891 section 6.1).

use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
use crate::read::Reader;
use crate::wire::record::Record;

/// EDNS parameters and options of a message.
#[derive(Clone, Copy, Debug)]
pub struct Opt<'a> {
    /// Octets that the sender can take over UDP.
    pub udp_payload_size: u16,
    /// The upper eight bits of the response code.
    pub extended_rcode: u8,
    /// The EDNS version: 0.
    pub version: u8,
    /// DO: signatures are welcome, or were (RFC 3225).
    pub dnssec_ok: bool,
    options: &'a [u8],
}

impl<'a> Opt<'a> {
    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.6
    //# However, in order to interoperate with implementations that ignore this rule on sending, resolvers MUST ignore
    //# the DO bit in responses.
    pub(crate) fn from_record(record: &Record<'a>) -> Result<Self, ParseError> {
        let reader = record.rdata.reader();
        if record.rtype != Type::OPT {
            return Err(reader.error(ParseErrorKind::WrongType, "OPT"));
        }
        if !record.owner.is_root() {
            return Err(reader.error(ParseErrorKind::BadValue, "OPT"));
        }
        let mut options = reader;
        while !options.is_empty() {
            read_option(&mut options)?;
        }
        let [extended_rcode, version, flags, _] = record.ttl.to_be_bytes();
        Ok(Self {
            udp_payload_size: record.class.0,
            extended_rcode,
            version,
            dnssec_ok: flags & 0x80 != 0,
            options: reader.rest(),
        })
    }

    /// The options in the order in which they lie.
    pub fn options(&self) -> impl Iterator<Item = OptOption<'a>> + use<'a> {
        let mut reader = Reader::new(self.options);
        core::iter::from_fn(move || if reader.is_empty() { None } else { read_option(&mut reader).ok() })
    }
}

/// One EDNS option (RFC 6891 section 6.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptOption<'a> {
    /// The option's code in the IANA registry: 3 is NSID, 10 a cookie, 15 an extended error.
    pub code: u16,
    /// What it says.
    pub data: &'a [u8],
}

fn read_option<'a>(reader: &mut Reader<'a>) -> Result<OptOption<'a>, ParseError> {
    let code = reader.u16("OPT")?;
    let length = reader.u16("OPT")?;
    Ok(OptOption { code, data: reader.take(usize::from(length), "OPT")? })
}
