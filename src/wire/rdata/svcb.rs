//! Service bindings: SVCB and HTTPS (RFC 9460).

use super::{View, whole};
use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
use crate::name::{Compression, Name};
use crate::read::Reader;
use crate::wire::record::Rdata;

/// An SVCB or HTTPS record (RFC 9460 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Svcb<'a> {
    /// 0 for an alias; else lower is tried first.
    pub priority: u16,
    /// The host; the root means the owner, or for an alias that there is no service.
    pub target: Name<'a>,
    params: &'a [u8],
}

/// One parameter of a service binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SvcParam<'a> {
    /// The key's number in the IANA registry.
    pub key: u16,
    /// The value in wire form.
    pub value: &'a [u8],
}

const MANDATORY: u16 = 0;

impl<'a> Svcb<'a> {
    /// The parameters in the order of their keys, each key once.
    pub fn params(&self) -> impl Iterator<Item = SvcParam<'a>> + Clone + use<'a> {
        let mut reader = Reader::new(self.params);
        core::iter::from_fn(move || if reader.is_empty() { None } else { read_param(&mut reader, "SVCB").ok() })
    }

    /// The value of one parameter.
    #[must_use]
    pub fn param(&self, key: u16) -> Option<&'a [u8]> {
        self.params().find(|param| param.key == key).map(|param| param.value)
    }

    /// Whether every key that the record calls mandatory is there (RFC 9460 section 8).
    fn is_self_consistent(&self) -> bool {
        let mandatory = self.param(MANDATORY).unwrap_or_default();
        mandatory.chunks_exact(2).all(|pair| match pair {
            [high, low] => self.param(u16::from_be_bytes([*high, *low])).is_some(),
            _ => false,
        })
    }
}

impl<'a> View<'a> for Svcb<'a> {
    const TYPES: &'static [Type] = &[Type::SVCB, Type::HTTPS];
    const ITEM: &'static str = "SVCB";

    fn from_rdata(rdata: Rdata<'a>) -> Result<Self, ParseError> {
        whole(rdata, Self::ITEM, |reader| {
            let priority = reader.u16(Self::ITEM)?;
            let target = Name::read(reader, Compression::Forbidden)?;
            let start = reader.error(ParseErrorKind::Contradiction, Self::ITEM);
            let record = Self { priority, target, params: reader.rest() };
            let mut last = None;
            while !reader.is_empty() {
                let bad = reader.error(ParseErrorKind::BadValue, Self::ITEM);
                let param = read_param(reader, Self::ITEM)?;
                if last >= Some(param.key) || !fits(&param) {
                    return Err(bad);
                }
                last = Some(param.key);
            }
            if record.is_self_consistent() { Ok(record) } else { Err(start) }
        })
    }
}

fn read_param<'a>(reader: &mut Reader<'a>, item: &'static str) -> Result<SvcParam<'a>, ParseError> {
    let key = reader.u16(item)?;
    let length = reader.u16(item)?;
    Ok(SvcParam { key, value: reader.take(usize::from(length), item)? })
}

/// Whether the value has the form of its key (RFC 9460 sections 7 and 8, and 2.2: otherwise
/// the record is malformed). Keys that nobody knows here may hold anything.
fn fits(param: &SvcParam<'_>) -> bool {
    let value = param.value;
    let list_of = |size: usize| !value.is_empty() && value.len().is_multiple_of(size);
    match param.key {
        // Keys in increasing order, none of which is `mandatory` itself.
        MANDATORY => list_of(2) && !value.starts_with(&[0, 0]) && value.chunks(2).is_sorted_by(|one, next| one < next),
        // alpn: identifiers behind length octets, none of them empty.
        1 => {
            let mut rest = value;
            while let Some((length @ 1.., after)) = rest.split_first() {
                rest = match after.get(usize::from(*length)..) {
                    Some(rest) => rest,
                    None => return false,
                };
            }
            rest.is_empty() && !value.is_empty()
        }
        2 => value.is_empty(),
        3 => value.len() == 2,
        4 => list_of(4),
        6 => list_of(16),
        _ => true,
    }
}
