//! Service parameters as text (RFC 9460 section 2.1 and appendix A).

use alloc::vec::Vec;
use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::BASE64;

use super::print::write_quoted;
use crate::read::Reader;

/// The keys that have a name (RFC 9460 section 14.3.2, RFC 9461 section 5).
const NAMES: [(u16, &str); 8] = [
    (0, "mandatory"),
    (1, "alpn"),
    (2, "no-default-alpn"),
    (3, "port"),
    (4, "ipv4hint"),
    (5, "ech"),
    (6, "ipv6hint"),
    (7, "dohpath"),
];

fn name_of(key: u16) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == key).map(|(_, name)| *name)
}

fn key_of(text: &str) -> Option<u16> {
    let named = NAMES.iter().find(|(_, name)| *name == text).map(|(number, _)| *number);
    named.or_else(|| number(text.strip_prefix("key")?).filter(|_| !text.starts_with("key0") || text == "key0"))
}

/// Digits only: `+1` is no number here.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok())?
}

fn write_key(out: &mut impl Write, key: u16) -> Option<()> {
    match name_of(key) {
        Some(name) => out.write_str(name).ok(),
        None => write!(out, "key{key}").ok(),
    }
}

/// Writes all parameters. A value that does not fit its key is written as octets; keys that are
/// not in increasing order are malformed (RFC 9460 section 2.2), and reading would sort them.
pub(super) fn write(out: &mut impl Write, reader: &mut Reader<'_>) -> Option<()> {
    let mut last = None;
    while !reader.is_empty() {
        let key = reader.u16("SVCB").ok()?;
        let length = reader.u16("SVCB").ok()?;
        let value = reader.take(usize::from(length), "SVCB").ok()?;
        if last >= Some(key) {
            return None;
        }
        if last.replace(key).is_some() {
            out.write_char(' ').ok()?;
        }
        if write_known(&mut Discard, key, value).is_some() {
            write_known(out, key, value)?;
        } else {
            write!(out, "key{key}").ok()?;
            if !value.is_empty() {
                out.write_char('=').ok()?;
                write_quoted(out, value).ok()?;
            }
        }
    }
    Some(())
}

struct Discard;

impl Write for Discard {
    fn write_str(&mut self, _: &str) -> core::fmt::Result {
        Ok(())
    }
}

/// `None` if the key has no form of its own, or the value does not fit it.
fn write_known(out: &mut impl Write, key: u16, value: &[u8]) -> Option<()> {
    write_key(out, key)?;
    if key == 2 {
        return value.is_empty().then_some(());
    }
    (!value.is_empty()).then_some(())?;
    out.write_char('=').ok()?;
    let mut reader = Reader::new(value);
    match key {
        5 => return write!(out, "\"{}\"", BASE64.encode_display(value)).ok(),
        7 => return write_quoted(out, value).ok(),
        _ => {}
    }
    let mut first = true;
    let mut last = None;
    while !reader.is_empty() {
        if !core::mem::take(&mut first) {
            out.write_char(',').ok()?;
        }
        match key {
            0 => {
                // RFC 9460 section 8: in increasing order, each once.
                let mandatory = reader.u16("SVCB").ok()?;
                if last.replace(mandatory) >= Some(mandatory) {
                    return None;
                }
                write_key(out, mandatory)?;
            }
            1 => {
                let length = reader.u8("SVCB").ok()?;
                let id = reader.take(usize::from(length), "SVCB").ok()?;
                // Identifiers with other characters need two layers of escapes; as octets they
                // need one.
                let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-./_:+".contains(octet);
                (!id.is_empty() && id.iter().all(plain)).then_some(())?;
                id.iter().try_for_each(|octet| out.write_char(char::from(*octet))).ok()?;
            }
            3 => {
                write!(out, "{}", reader.u16("SVCB").ok()?).ok()?;
                reader.is_empty().then_some(())?;
            }
            4 => write!(out, "{}", Ipv4Addr::from(reader.array::<4>("SVCB").ok()?)).ok()?,
            6 => write!(out, "{}", Ipv6Addr::from(reader.array::<16>("SVCB").ok()?)).ok()?,
            _ => return None,
        }
    }
    Some(())
}

/// Reads one parameter: its key, and the value in wire form. `value` is `None` where there is
/// no `=`.
pub(super) fn read(name: &str, value: Option<&[u8]>) -> Option<(u16, Vec<u8>)> {
    let key = key_of(name)?;
    let value = value.unwrap_or_default();
    if name.starts_with("key") {
        return Some((key, value.to_vec()));
    }
    let mut out = Vec::new();
    match key {
        2 => return value.is_empty().then_some((key, out)),
        5 => return Some((key, BASE64.decode(value).ok()?)),
        7 => return Some((key, value.to_vec())),
        _ => {}
    }
    let text = core::str::from_utf8(value).ok()?;
    let mut keys = Vec::new();
    for item in text.split(',') {
        match key {
            0 => keys.push(key_of(item)?),
            1 => {
                (!item.is_empty() && !item.contains('\\')).then_some(())?;
                out.push(u8::try_from(item.len()).ok()?);
                out.extend_from_slice(item.as_bytes());
            }
            3 => out.extend_from_slice(&number(text)?.to_be_bytes()),
            4 => out.extend_from_slice(&item.parse::<Ipv4Addr>().ok()?.octets()),
            6 => out.extend_from_slice(&item.parse::<Ipv6Addr>().ok()?.octets()),
            _ => return None,
        }
    }
    // RFC 9460 section 8: the list of mandatory keys is in increasing order on the wire, and has
    // each once.
    keys.sort_unstable();
    if !keys.is_sorted_by(|one, next| one < next) {
        return None;
    }
    keys.iter().for_each(|key| out.extend_from_slice(&key.to_be_bytes()));
    Some((key, out))
}
