//! The fields of RDATA, from text.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER_PERMISSIVE};

use super::error::ErrorKind;
use super::fields::Field;
use super::params;
use super::scan::{Failed, Token};
use super::words::{Words, decode, interval, number, octets, parsed};
use crate::codes::{Algorithm, Type};
use crate::name::MAX_LABEL;
use crate::time::Timestamp;

/// Reads one field, but for names: those need an origin.
pub(super) fn read(field: Field, words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    const STRING: &str = "a string of up to 255 octets";
    match field {
        Field::Name => return Err((words.offset(), ErrorKind::Expected("a name"))),
        Field::U8 => out.push(words.read("a number up to 255", |text| number(text)?.try_into().ok())?),
        Field::Algorithm => out.push(words.read("an algorithm", |text| match number(text) {
            Some(number) => u8::try_from(number).ok(),
            None => Algorithm::from_mnemonic(core::str::from_utf8(text).ok()?).map(|algorithm| algorithm.0),
        })?),
        Field::U16 => {
            let value: u16 = words.read("a number up to 65535", |text| number(text)?.try_into().ok())?;
            out.extend_from_slice(&value.to_be_bytes());
        }
        Field::U32 => out.extend_from_slice(&words.read("a number up to 4294967295", number)?.to_be_bytes()),
        Field::Interval => out.extend_from_slice(&words.read("a time span", interval)?.to_be_bytes()),
        Field::Type => out.extend_from_slice(&words.rtype()?.0.to_be_bytes()),
        Field::Time => {
            let time = |text| Timestamp::from_text(core::str::from_utf8(text).ok()?);
            out.extend_from_slice(&words.read("a time as YYYYMMDDHHmmSS", time)?.0.to_be_bytes());
        }
        Field::Ipv4 => out.extend_from_slice(&words.read("an IPv4 address", parsed::<Ipv4Addr>)?.octets()),
        Field::Ipv6 => out.extend_from_slice(&words.read("an IPv6 address", parsed::<Ipv6Addr>)?.octets()),
        Field::Text => words.counted(STRING, out, octets)?,
        Field::Texts => {
            words.counted(STRING, out, octets)?;
            while words.peek().is_some() {
                words.counted(STRING, out, octets)?;
            }
        }
        Field::Quoted => words.read("a quoted string", |text| octets(text, out))?,
        Field::Tag => words.counted("a tag of letters and digits", out, |text, out| {
            out.extend_from_slice(text);
            (!text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric)).then_some(())
        })?,
        Field::Hex => words.joined("hexadecimal digits", &HEXLOWER_PERMISSIVE, out)?,
        Field::Base64 => words.joined("base64", &BASE64, out)?,
        Field::Salt => words.counted("a salt in hexadecimal, or -", out, |text, out| match text {
            b"-" => Some(()),
            text => decode(&HEXLOWER_PERMISSIVE, text, out),
        })?,
        Field::Hash => words.counted("a hash in base32hex", out, base32hex)?,
        Field::Bitmap => bitmap(words, out)?,
        Field::Params => service_params(words, out)?,
    }
    Ok(())
}

/// Appends a hash; none is empty.
fn base32hex(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    // As long as the label that it is in an owner; longer ones are nobody's.
    let mut upper = [0; MAX_LABEL];
    let Some(upper) = upper.get_mut(..text.len()) else {
        return decode(&BASE32HEX_NOPAD, &text.to_ascii_uppercase(), out);
    };
    upper.copy_from_slice(text);
    upper.make_ascii_uppercase();
    if upper.is_empty() { None } else { decode(&BASE32HEX_NOPAD, upper, out) }
}

fn bitmap(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    words.room.types.clear();
    while words.peek().is_some() {
        let rtype = words.rtype()?;
        words.room.types.push(rtype);
    }
    write_bitmap(&mut words.room.types, out);
    Ok(())
}

/// The type bitmap of NSEC and NSEC3 records (RFC 4034 section 4.1.2). Sorts the types.
pub(crate) fn write_bitmap(types: &mut [Type], out: &mut Vec<u8>) {
    types.sort_unstable();
    let window_of = |rtype: &Type| rtype.0.to_be_bytes();
    for window in types.chunk_by(|one, other| window_of(one).first() == window_of(other).first()) {
        let mut bits = [0_u8; 32];
        for [_, low] in window.iter().map(window_of) {
            if let Some(octet) = bits.get_mut(usize::from(low >> 3)) {
                *octet |= 0x80 >> (low & 7);
            }
        }
        if let Some([number, highest]) = window.last().map(window_of) {
            let length = (highest >> 3).saturating_add(1);
            out.extend_from_slice(&[number, length]);
            out.extend_from_slice(bits.get(..usize::from(length)).unwrap_or_default());
        }
    }
}

/// `key=value`, `key="value"` or `key`, in any order, each once (RFC 9460 section 2.1).
fn service_params(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    const EXPECTED: &str = "a service parameter, key=value";
    let failed = |word: Token<'_>| (word.offset, ErrorKind::Expected(EXPECTED));
    let mut read = BTreeMap::new();
    while words.peek().is_some() {
        let word = words.next(EXPECTED)?;
        let text = core::str::from_utf8(word.text).map_err(|_| failed(word))?;
        let (name, value) = match text.split_once('=') {
            // The quoted value is a word of its own.
            Some((name, ""))
                if words
                    .peek()
                    .is_some_and(|next| next.quoted && next.offset == word.offset.saturating_add(word.text.len())) =>
            {
                (name, Some(words.next(EXPECTED)?.text))
            }
            Some((name, value)) => (name, Some(value.as_bytes())),
            None => (text, None),
        };
        let resolved = |value: &[u8]| {
            let mut out = Vec::new();
            octets(value, &mut out).map(|()| out)
        };
        let value = value.map(|value| resolved(value).ok_or(failed(word))).transpose()?;
        let (key, value) = params::read(name, value.as_deref()).ok_or(failed(word))?;
        if read.insert(key, value).is_some() {
            return Err((word.offset, ErrorKind::Expected("each service parameter once")));
        }
    }
    for (key, value) in read {
        out.extend_from_slice(&key.to_be_bytes());
        let length = u16::try_from(value.len()).map_err(|_| (words.end, ErrorKind::TooLong))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&value);
    }
    Ok(())
}
