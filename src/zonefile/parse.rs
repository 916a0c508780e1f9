//! Text to records.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::{BASE32HEX_NOPAD, BASE64, HEXLOWER_PERMISSIVE};

use super::error::{Error, ErrorKind};
use super::fields::{Field, fields_of};
use super::tokens::{Entries, Entry, Failed, Token};
use super::{OwnedRecord, params};
use crate::codes::{Algorithm, Class, Type};
use crate::error::ParseError;
use crate::name::{Name, NameBuf, escaped};
use crate::time::Timestamp;

/// Reads a master file: records, `$ORIGIN` and `$TTL` (RFC 1035 section 5, RFC 2308 section 4,
/// RFC 3597 section 5). Class and TTL may be missing; the class is then IN, and the TTL that of
/// `$TTL` or of the record before, or 0.
///
/// # Errors
/// If the text is no master file. The error says where and what was expected.
pub fn parse(text: &str, origin: Option<&Name<'_>>) -> Result<Vec<OwnedRecord>, Error> {
    parse_each(text, origin).map(|entry| entry.map(|(_, record)| record)).collect()
}

/// Each record of a master file with its line, or what is wrong with it. What comes after
/// a broken entry is read as if that were not there.
pub(crate) fn parse_each<'t>(
    text: &'t str,
    origin: Option<&Name<'_>>,
) -> impl Iterator<Item = Result<(usize, OwnedRecord), Error>> + use<'t> {
    let mut file = File { origin: origin.map(Name::to_buf), ttl: 0, default_ttl: None, owner: None };
    let mut counted = (0, 1);
    // Counts on from the entry before.
    let mut line_of = move |offset: usize| {
        let (from, line) = counted;
        let lines = text.get(from..offset).unwrap_or_default().matches('\n').count();
        counted = (offset.max(from), lines.saturating_add(line));
        counted.1
    };
    Entries::new(text).filter_map(move |entry| {
        let read = entry.and_then(|entry| {
            let start = entry.tokens.first().map_or(entry.end, |token| token.offset);
            Ok((start, file.entry(&entry)?))
        });
        match read {
            Ok((_, None)) => None,
            Ok((start, Some(record))) => Some(Ok((line_of(start), record))),
            Err((offset, kind)) => Some(Err(error_at(text, offset, kind))),
        }
    })
}

fn error_at(text: &str, offset: usize, kind: ErrorKind) -> Error {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let column = before.get(line_start..).map_or(0, |line| line.chars().count()).saturating_add(1);
    Error { line: before.matches('\n').count().saturating_add(1), column, kind }
}

/// What has been read so far.
struct File {
    origin: Option<NameBuf>,
    ttl: u32,
    default_ttl: Option<u32>,
    owner: Option<NameBuf>,
}

impl File {
    /// A record, or `None` for a directive.
    fn entry(&mut self, entry: &Entry<'_>) -> Result<Option<OwnedRecord>, Failed> {
        let mut words = Words { tokens: &entry.tokens, end: entry.end };
        let first = words.peek();
        let record = match first.filter(|first| !entry.leading_blank && !first.quoted && first.text.starts_with('$')) {
            Some(directive) => {
                self.directive(directive, &mut words)?;
                None
            }
            None => Some(self.record(entry.leading_blank, &mut words)?),
        };
        words.peek().map_or(Ok(record), |surplus| Err((surplus.offset, ErrorKind::Surplus)))
    }

    fn directive(&mut self, directive: Token<'_>, words: &mut Words<'_, '_>) -> Result<(), Failed> {
        words.next("a directive")?;
        match directive.text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.origin = Some(self.name(words.next("a name")?)?),
            "$TTL" => self.default_ttl = Some(words.read("a TTL", interval)?),
            "$INCLUDE" => return Err((directive.offset, ErrorKind::Include)),
            _ => return Err((directive.offset, ErrorKind::UnknownDirective)),
        }
        Ok(())
    }

    fn record(&mut self, leading_blank: bool, words: &mut Words<'_, '_>) -> Result<OwnedRecord, Failed> {
        let start = words.peek().map_or(words.end, |word| word.offset);
        let owner = if leading_blank {
            self.owner.ok_or((start, ErrorKind::NoOwner))?
        } else {
            self.name(words.next("an owner")?)?
        };
        let (mut ttl, mut class) = (None, None);
        let rtype = loop {
            let word = words.next("a type")?;
            // A TTL begins with a digit, which neither classes nor types do.
            if ttl.is_none() && word.text.starts_with(|c: char| c.is_ascii_digit()) {
                ttl = Some(interval(word.text).ok_or((word.offset, ErrorKind::Expected("a TTL")))?);
            } else if let (None, Some(named)) = (class, Class::from_mnemonic(word.text)) {
                class = Some(named);
            } else {
                break Type::from_mnemonic(word.text).ok_or((word.offset, ErrorKind::Expected("a type")))?;
            }
        };
        self.ttl = ttl.or(self.default_ttl).unwrap_or(self.ttl);
        self.owner = Some(owner);
        let rdata = self.rdata(rtype, words)?;
        if rdata.len() > usize::from(u16::MAX) {
            return Err((start, ErrorKind::TooLong));
        }
        Ok(OwnedRecord { owner, rtype, class: class.unwrap_or(Class::IN), ttl: self.ttl, rdata })
    }

    fn rdata(&self, rtype: Type, words: &mut Words<'_, '_>) -> Result<Vec<u8>, Failed> {
        if words.peek().is_some_and(|word| !word.quoted && word.text == "\\#") {
            return generic(words);
        }
        let start = words.peek().map_or(words.end, |word| word.offset);
        let fields = fields_of(rtype)
            .ok_or((start, ErrorKind::Expected("the generic form, \\# and a length, for a type without its own")))?;
        let mut out = Vec::new();
        for field in fields {
            self.field(*field, words, &mut out)?;
        }
        Ok(out)
    }

    fn field(&self, field: Field, words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        match field {
            Field::U8 => out.push(words.read("a number up to 255", |text| number(text)?.try_into().ok())?),
            Field::Algorithm => out.push(words.read("an algorithm", |text| match number(text) {
                Some(number) => u8::try_from(number).ok(),
                None => Algorithm::from_mnemonic(text).map(|algorithm| algorithm.0),
            })?),
            Field::U16 => {
                let value: u16 = words.read("a number up to 65535", |text| number(text)?.try_into().ok())?;
                out.extend_from_slice(&value.to_be_bytes());
            }
            Field::U32 => out.extend_from_slice(&words.read("a number up to 4294967295", number)?.to_be_bytes()),
            Field::Interval => out.extend_from_slice(&words.read("a time span", interval)?.to_be_bytes()),
            Field::Type => out.extend_from_slice(&words.read("a type", Type::from_mnemonic)?.0.to_be_bytes()),
            Field::Time => {
                let time = words.read("a time as YYYYMMDDHHmmSS", Timestamp::from_text)?;
                out.extend_from_slice(&time.0.to_be_bytes());
            }
            Field::Name => out.extend_from_slice(self.name(words.next("a name")?)?.as_wire()),
            Field::Ipv4 => {
                out.extend_from_slice(&words.read("an IPv4 address", |text| text.parse::<Ipv4Addr>().ok())?.octets())
            }
            Field::Ipv6 => {
                out.extend_from_slice(&words.read("an IPv6 address", |text| text.parse::<Ipv6Addr>().ok())?.octets())
            }
            Field::Text => words.counted("a string of up to 255 octets", octets, out)?,
            Field::Texts => {
                words.counted("a string of up to 255 octets", octets, out)?;
                while words.peek().is_some() {
                    words.counted("a string of up to 255 octets", octets, out)?;
                }
            }
            Field::Quoted => out.extend_from_slice(&words.read("a quoted string", octets)?),
            Field::Tag => {
                let plain = |tag: &Vec<u8>| !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric);
                let tag = |text: &str| Some(text.as_bytes().to_vec()).filter(plain);
                words.counted("a tag of letters and digits", tag, out)?;
            }
            Field::Hex => out
                .extend_from_slice(&words.joined("hexadecimal digits", |text| HEXLOWER_PERMISSIVE.decode(text).ok())?),
            Field::Base64 => out.extend_from_slice(&words.joined("base64", |text| BASE64.decode(text).ok())?),
            Field::Salt => {
                let salt = |text: &str| {
                    if text == "-" { Some(Vec::new()) } else { HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok() }
                };
                words.counted("a salt in hexadecimal, or -", salt, out)?;
            }
            Field::Hash => {
                let hash = |text: &str| {
                    BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok().filter(|hash| !hash.is_empty())
                };
                words.counted("a hash in base32hex", hash, out)?;
            }
            Field::Bitmap => bitmap(words, out)?,
            Field::Params => service_params(words, out)?,
        }
        Ok(())
    }

    fn name(&self, word: Token<'_>) -> Result<NameBuf, Failed> {
        let root = Name::root();
        let origin = self.origin.as_ref().map(NameBuf::as_name);
        let name = NameBuf::parse_relative(word.text, origin.as_ref().unwrap_or(&root));
        let name = name
            .map_err(|ParseError { kind, offset, .. }| (word.offset.saturating_add(offset), ErrorKind::Name(kind)))?;
        // Without an origin, only names with a dot at the end are complete.
        let complete = origin.is_some() || is_absolute(word.text);
        if complete { Ok(name) } else { Err((word.offset, ErrorKind::NoOrigin)) }
    }
}

/// Whether the text ends with a dot that no backslash takes away.
fn is_absolute(text: &str) -> bool {
    let backslashes = |text: &str| text.bytes().rev().take_while(|octet| *octet == b'\\').count();
    text.strip_suffix('.').is_some_and(|before| backslashes(before) % 2 == 0)
}

/// The words of an entry that have not been read yet.
struct Words<'w, 't> {
    tokens: &'w [Token<'t>],
    end: usize,
}

impl<'t> Words<'_, 't> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.first().copied()
    }

    fn next(&mut self, expected: &'static str) -> Result<Token<'t>, Failed> {
        let (first, rest) = self.tokens.split_first().ok_or((self.end, ErrorKind::Expected(expected)))?;
        self.tokens = rest;
        Ok(*first)
    }

    fn read<T>(&mut self, expected: &'static str, read: impl FnOnce(&'t str) -> Option<T>) -> Result<T, Failed> {
        let word = self.next(expected)?;
        read(word.text).ok_or((word.offset, ErrorKind::Expected(expected)))
    }

    /// Octets behind a length octet.
    fn counted(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&'t str) -> Option<Vec<u8>>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        let (length, octets) = self.read(expected, |text| {
            let octets = read(text)?;
            Some((u8::try_from(octets.len()).ok()?, octets))
        })?;
        out.push(length);
        out.extend_from_slice(&octets);
        Ok(())
    }

    /// All words that are left, without the blanks between them.
    fn joined(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Failed> {
        let start = self.peek().map_or(self.end, |word| word.offset);
        let text: String = self.tokens.iter().map(|word| word.text).collect();
        self.tokens = &[];
        read(text.as_bytes()).ok_or((start, ErrorKind::Expected(expected)))
    }
}

/// `\# 4 C0000201` (RFC 3597 section 5).
fn generic(words: &mut Words<'_, '_>) -> Result<Vec<u8>, Failed> {
    words.next("\\#")?;
    let length = words.read("a length", number)?;
    let start = words.peek().map_or(words.end, |word| word.offset);
    let octets = words.joined("hexadecimal digits", |text| HEXLOWER_PERMISSIVE.decode(text).ok())?;
    if u32::try_from(octets.len()) == Ok(length) {
        Ok(octets)
    } else {
        Err((start, ErrorKind::Expected("as many octets as the length says")))
    }
}

fn bitmap(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    let mut types = Vec::new();
    while words.peek().is_some() {
        types.push(words.read("a type", Type::from_mnemonic)?.0.to_be_bytes());
    }
    types.sort_unstable();
    for window in types.chunk_by(|[one, _], [other, _]| one == other) {
        let mut bits = [0_u8; 32];
        for [_, low] in window {
            if let Some(octet) = bits.get_mut(usize::from(low >> 3)) {
                *octet |= 0x80 >> (low & 7);
            }
        }
        if let Some([number, highest]) = window.last() {
            let length = (highest >> 3).saturating_add(1);
            out.extend_from_slice(&[*number, length]);
            out.extend_from_slice(bits.get(..usize::from(length)).unwrap_or_default());
        }
    }
    Ok(())
}

/// `key=value`, `key="value"` or `key`, in any order, each once (RFC 9460 section 2.1).
fn service_params(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    const EXPECTED: &str = "a service parameter, key=value";
    let failed = |word: Token<'_>| (word.offset, ErrorKind::Expected(EXPECTED));
    let mut read = Vec::new();
    while words.peek().is_some() {
        let word = words.next(EXPECTED)?;
        let (name, value) = match word.text.split_once('=') {
            // The quoted value is a word of its own.
            Some((name, ""))
                if words
                    .peek()
                    .is_some_and(|next| next.quoted && next.offset == word.offset.saturating_add(word.text.len())) =>
            {
                (name, Some(words.next(EXPECTED)?.text))
            }
            Some((name, value)) => (name, Some(value)),
            None => (word.text, None),
        };
        let value = value.map(|value| octets(value).ok_or(failed(word))).transpose()?;
        let param = params::read(name, value.as_deref()).ok_or(failed(word))?;
        if read.iter().any(|(key, _)| *key == param.0) {
            return Err((word.offset, ErrorKind::Expected("each service parameter once")));
        }
        read.push(param);
    }
    read.sort_unstable();
    for (key, value) in read {
        out.extend_from_slice(&key.to_be_bytes());
        let length = u16::try_from(value.len()).map_err(|_| (words.end, ErrorKind::TooLong))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&value);
    }
    Ok(())
}

/// Digits only: `+1` is no number here.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Seconds, or a span such as `1w2d3h4m5s`.
fn interval(text: &str) -> Option<u32> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let mut total = 0_u32;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, after) = rest.split_at_checked(digits)?;
        let mut units = after.chars();
        let seconds: u32 = match units.next()?.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        rest = units.as_str();
        total = total.checked_add(count.parse::<u32>().ok()?.checked_mul(seconds)?)?;
    }
    Some(total)
}

/// The octets that a word stands for, escapes resolved (RFC 1035 section 5.1).
fn octets(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut octets = text.bytes().enumerate();
    while let Some((_, octet)) = octets.next() {
        out.push(if octet == b'\\' { escaped(&mut octets)? } else { octet });
    }
    Some(out)
}
