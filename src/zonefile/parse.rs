//! Text to records.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::error::{Error, ErrorKind};
use super::fields::{Field, fields_of};
use super::scan::{Entry, Failed, Scanner, Token};
use super::words::{Room, Words, interval, number};
use super::{OwnedRecord, values};
use crate::codes::{Class, Type};
use crate::error::ParseError;
use crate::name::{Name, NameBuf};

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
    let mut reader = Reader::new(text.as_bytes(), 1, State::new(origin));
    core::iter::from_fn(move || {
        let mut rdata = Vec::new();
        let found = match reader.next(&mut rdata)? {
            Ok(Found::Record(Parsed { rtype, class, ttl, line, .. })) => {
                let owner = reader.state.owner().to_buf();
                Ok((line, OwnedRecord { owner, rtype, class, ttl, rdata }))
            }
            Ok(Found::Include { offset, .. }) => Err(reader.error((offset, ErrorKind::Include))),
            Err(failed) => Err(failed),
        };
        Some(found)
    })
}

/// A value that lines may leave out, because an earlier one has it.
#[derive(Clone, Copy, Debug, Default)]
struct Carried<T> {
    value: T,
    /// It was set since the reader began.
    is_own: bool,
    /// It was needed before that.
    was_needed: bool,
}

impl<T: Copy + PartialEq> Carried<T> {
    const fn new(value: T) -> Self {
        Self { value, is_own: false, was_needed: false }
    }

    const fn look(&mut self) -> &T {
        self.was_needed |= !self.is_own;
        &self.value
    }

    const fn set(&mut self, value: T) {
        self.value = value;
        self.is_own = true;
    }

    #[cfg(feature = "zone")]
    fn holds(&self, given: &Self, actual: &Self) -> bool {
        !self.was_needed || given.value == actual.value
    }

    #[cfg(feature = "zone")]
    const fn after(&self, actual: &Self) -> Self {
        Self::new(if self.is_own { self.value } else { actual.value })
    }
}

/// What has been read so far, as far as it matters to what follows.
#[derive(Clone, Debug)]
pub(crate) struct State {
    origin: Carried<Option<NameBuf>>,
    default_ttl: Carried<Option<u32>>,
    /// Of the last record.
    ttl: Carried<u32>,
    /// Of the last record.
    owner: Carried<Option<NameBuf>>,
}

impl State {
    pub(crate) fn new(origin: Option<&Name<'_>>) -> Self {
        Self {
            origin: Carried::new(origin.map(Name::to_buf)),
            default_ttl: Carried::new(None),
            ttl: Carried::new(0),
            owner: Carried::new(None),
        }
    }

    /// The owner of the last record.
    pub(crate) fn owner(&self) -> Name<'_> {
        self.owner.value.as_ref().map_or(Name::root(), NameBuf::as_name)
    }

    /// At the beginning of a file that is included, which may have an origin of its own.
    #[cfg(feature = "zone")]
    pub(crate) fn included(&self, origin: Option<NameBuf>) -> Self {
        let mut state = self.after(self);
        state.origin = Carried::new(origin.or(self.origin.value));
        state
    }

    /// Whether what was read from `given` on, and led here, would be the same had it been read from `actual` on.
    #[cfg(feature = "zone")]
    pub(crate) fn holds(&self, given: &Self, actual: &Self) -> bool {
        self.origin.holds(&given.origin, &actual.origin)
            && self.default_ttl.holds(&given.default_ttl, &actual.default_ttl)
            && self.ttl.holds(&given.ttl, &actual.ttl)
            && self.owner.holds(&given.owner, &actual.owner)
    }

    /// The state after what led here, read from `actual` on.
    #[cfg(feature = "zone")]
    pub(crate) const fn after(&self, actual: &Self) -> Self {
        Self {
            origin: self.origin.after(&actual.origin),
            default_ttl: self.default_ttl.after(&actual.default_ttl),
            ttl: self.ttl.after(&actual.ttl),
            owner: self.owner.after(&actual.owner),
        }
    }
}

/// A record that was read; its owner is in the state of the reader, and its RDATA where the caller wanted it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed {
    pub(crate) rtype: Type,
    pub(crate) class: Class,
    pub(crate) ttl: u32,
    pub(crate) line: usize,
    /// Whether its line names an owner. Else it is that of the record before.
    #[cfg_attr(not(feature = "zone"), expect(dead_code, reason = "only whole zones need it"))]
    pub(crate) names_owner: bool,
    /// Whether the RDATA are in the generic form: they need not be what the type wants.
    #[cfg_attr(not(feature = "zone"), expect(dead_code, reason = "only whole zones need it"))]
    pub(crate) is_generic: bool,
}

pub(crate) enum Found<'t> {
    Record(Parsed),
    /// Another file is to be read here, with an origin of its own (RFC 1035 section 5.1).
    #[cfg_attr(not(feature = "zone"), expect(dead_code, reason = "only whole zones follow it"))]
    Include {
        file: &'t [u8],
        origin: Option<Box<NameBuf>>,
        line: usize,
        offset: usize,
    },
}

/// Reads a text record by record.
pub(crate) struct Reader<'t> {
    scanner: Scanner<'t>,
    pub(crate) state: State,
    room: Room,
    /// Up to where lines were counted last, and the number of the line that begins there.
    counted: (usize, usize),
    first_line: usize,
}

impl<'t> Reader<'t> {
    /// A reader of a text that begins in the line of this number.
    pub(crate) fn new(text: &'t [u8], line: usize, state: State) -> Self {
        Self { scanner: Scanner::new(text, line), state, room: Room::default(), counted: (0, line), first_line: line }
    }

    /// Where the next entry is looked for, and the line that it is in.
    #[cfg(feature = "zone")]
    pub(crate) const fn position(&self) -> (usize, usize) {
        (self.scanner.position(), self.scanner.line())
    }

    /// Where the entry begins that the text ended in, inside of parentheses: what follows could belong to it.
    #[cfg(feature = "zone")]
    pub(crate) const fn unclosed(&self) -> Option<usize> {
        self.scanner.unclosed()
    }

    /// The next record; its RDATA are appended to `out`. After an error nothing was.
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) -> Option<Result<Found<'t>, Error>> {
        let start = out.len();
        loop {
            let read = match self.scanner.next_entry()? {
                Ok(entry) => self.state.entry(&entry, &mut self.room, out),
                Err(failed) => Err(failed),
            };
            return Some(match read {
                Ok(None) => continue,
                Ok(Some(found)) => Ok(found),
                Err(failed) => {
                    out.truncate(start);
                    Err(self.error(failed))
                }
            });
        }
    }

    /// Lines and columns are counted only where something is wrong, and on from the last such place.
    fn error(&mut self, (offset, kind): Failed) -> Error {
        let text = self.scanner.text();
        let before = text.get(..offset).unwrap_or(text);
        let (from, first) = Some(self.counted).filter(|(from, _)| *from <= offset).unwrap_or((0, self.first_line));
        let lines = before.get(from..).unwrap_or_default().iter().filter(|octet| **octet == b'\n').count();
        let line = first.saturating_add(lines);
        let line_start = before.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at.saturating_add(1));
        self.counted = (line_start, line);
        let is_first_of_character = |octet: &&u8| **octet & 0xC0 != 0x80;
        let in_line = before.get(line_start..).unwrap_or_default();
        let column = in_line.iter().filter(is_first_of_character).count().saturating_add(1);
        Error { line, column, kind }
    }
}

impl State {
    /// What an entry says; `None` for a directive that only changes the state.
    fn entry<'t>(
        &mut self,
        entry: &Entry<'_, 't>,
        room: &mut Room,
        out: &mut Vec<u8>,
    ) -> Result<Option<Found<'t>>, Failed> {
        let mut words = Words::new(entry, room);
        let first = words.peek();
        let found = match first.filter(|first| !entry.leading_blank && !first.quoted && first.text.starts_with(b"$")) {
            Some(directive) => self.directive(directive, &mut words, entry.line)?,
            None => Some(Found::Record(self.record(entry, &mut words, out)?)),
        };
        words.peek().map_or(Ok(found), |surplus| Err((surplus.offset, ErrorKind::Surplus)))
    }

    fn directive<'t>(
        &mut self,
        directive: Token<'t>,
        words: &mut Words<'_, 't>,
        line: usize,
    ) -> Result<Option<Found<'t>>, Failed> {
        words.next("a directive")?;
        match directive.text.to_ascii_uppercase().as_slice() {
            b"$ORIGIN" => {
                let origin = self.name(words.next("a name")?)?;
                self.origin.set(Some(origin));
            }
            b"$TTL" => self.default_ttl.set(Some(words.read("a TTL", interval)?)),
            b"$INCLUDE" => {
                let file = words.next("a file")?.text;
                let origin = words.peek().map(|_| words.next("a name").and_then(|word| self.name(word))).transpose()?;
                let origin = origin.map(Box::new);
                return Ok(Some(Found::Include { file, origin, line, offset: directive.offset }));
            }
            _ => return Err((directive.offset, ErrorKind::UnknownDirective)),
        }
        Ok(None)
    }

    fn record(
        &mut self,
        entry: &Entry<'_, '_>,
        words: &mut Words<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<Parsed, Failed> {
        let start = words.offset();
        let names_owner = !entry.leading_blank;
        let mut owner = NameBuf::root();
        if names_owner {
            self.read_name(words.next("an owner")?, &mut owner)?;
        } else if self.owner.look().is_none() {
            return Err((start, ErrorKind::NoOwner));
        }
        let (mut ttl, mut class) = (None, None);
        let rtype = loop {
            let word = words.next("a type")?;
            // A TTL begins with a digit, which neither classes nor types do.
            if ttl.is_none() && word.text.first().is_some_and(u8::is_ascii_digit) {
                ttl = Some(interval(word.text).ok_or((word.offset, ErrorKind::Expected("a TTL")))?);
                continue;
            }
            if class.is_none() {
                class = class_of(word.text);
                if class.is_some() {
                    continue;
                }
            }
            break words.known_type(word).ok_or((word.offset, ErrorKind::Expected("a type")))?;
        };
        let ttl = match ttl.or_else(|| *self.default_ttl.look()) {
            Some(ttl) => {
                self.ttl.set(ttl);
                ttl
            }
            None => *self.ttl.look(),
        };
        if names_owner {
            self.owner.set(Some(owner));
        }
        let at = out.len();
        let is_generic = self.rdata(rtype, words, out)?;
        if out.len().saturating_sub(at) > usize::from(u16::MAX) {
            return Err((start, ErrorKind::TooLong));
        }
        let class = class.unwrap_or(Class::IN);
        Ok(Parsed { rtype, class, ttl, line: entry.line, names_owner, is_generic })
    }

    /// Reads RDATA; whether they are in the generic form.
    fn rdata(&mut self, rtype: Type, words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<bool, Failed> {
        if words.peek().is_some_and(|word| !word.quoted && word.text == b"\\#") {
            return generic(words, out).map(|()| true);
        }
        let fields = fields_of(rtype).ok_or((
            words.offset(),
            ErrorKind::Expected("the generic form, \\# and a length, for a type without its own"),
        ))?;
        for field in fields {
            match field {
                Field::Name => {
                    let mut name = NameBuf::root();
                    self.read_name(words.next("a name")?, &mut name)?;
                    out.extend_from_slice(name.as_wire());
                }
                other => values::read(*other, words, out)?,
            }
        }
        Ok(false)
    }

    fn name(&mut self, word: Token<'_>) -> Result<NameBuf, Failed> {
        let mut name = NameBuf::root();
        self.read_name(word, &mut name).map(|()| name)
    }

    fn read_name(&mut self, word: Token<'_>, name: &mut NameBuf) -> Result<(), Failed> {
        let named = |ParseError { kind, offset, .. }| (word.offset.saturating_add(offset), ErrorKind::Name(kind));
        if is_absolute(word.text) {
            return name.read_text(word.text, &Name::root()).map_err(named);
        }
        match self.origin.look() {
            Some(origin) => name.read_text(word.text, &origin.as_name()).map_err(named),
            // Without an origin, only names with a dot at the end are complete.
            None => {
                name.read_text(word.text, &Name::root()).map_err(named)?;
                Err((word.offset, ErrorKind::NoOrigin))
            }
        }
    }
}

/// Whether the text ends with a dot that no backslash takes away.
fn is_absolute(text: &[u8]) -> bool {
    let backslashes = |text: &[u8]| text.iter().rev().take_while(|octet| **octet == b'\\').count();
    text.strip_suffix(b".").is_some_and(|before| backslashes(before) % 2 == 0)
}

fn class_of(text: &[u8]) -> Option<Class> {
    if text.eq_ignore_ascii_case(b"IN") {
        return Some(Class::IN);
    }
    Class::from_mnemonic(core::str::from_utf8(text).ok()?)
}

/// `\# 4 C0000201` (RFC 3597 section 5).
fn generic(words: &mut Words<'_, '_>, out: &mut Vec<u8>) -> Result<(), Failed> {
    words.next("\\#")?;
    let length = words.read("a length", number)?;
    let (start, at) = (words.offset(), out.len());
    words.joined("hexadecimal digits", &data_encoding::HEXLOWER_PERMISSIVE, out)?;
    if u32::try_from(out.len().saturating_sub(at)) == Ok(length) {
        Ok(())
    } else {
        Err((start, ErrorKind::Expected("as many octets as the length says")))
    }
}

#[cfg(feature = "zone")]
#[cfg(test)]
mod tests {
    use super::*;

    fn read<'t>(text: &'t str, given: &State) -> Reader<'t> {
        let mut reader = Reader::new(text.as_bytes(), 1, given.after(given));
        while reader.next(&mut Vec::new()).is_some() {}
        reader
    }

    /// Pieces of a zone are read side by side, each as if before it was what is before the first: where that mattered and
    /// was wrong, and nowhere else, a piece has to be read again.
    #[test]
    fn what_was_before_matters_where_it_is_used() {
        let given = State::new(None);
        let actual = read("$ORIGIN a.\n$TTL 1\nb 2 A 192.0.2.1\n", &given).state;
        for (text, needs) in [
            ("c. 3 A 192.0.2.1\n", false),
            ("$ORIGIN c.\n$TTL 3\n@ A 192.0.2.1\n A 192.0.2.2\n", false),
            ("c 3 A 192.0.2.1\n", true),
            ("c. A 192.0.2.1\n", true),
            (" 3 A 192.0.2.1\n", true),
        ] {
            let end = read(text, &given).state;
            assert_eq!(end.holds(&given, &actual), !needs, "{text}");
            assert!(end.holds(&given, &given), "{text}");
        }
    }

    /// Only where the text ends in parentheses may what follows belong to it.
    #[test]
    fn the_entry_that_a_text_ends_in() {
        for (text, unclosed) in [
            ("", None),
            ("a. 1 A 192.0.2.1\n", None),
            ("a. 1 A ( 192.0.2.1 )\n", None),
            ("a. 1 A 192.0.2.1 )\n", None),
            ("a. 1 A ( 192.0.2.1\n", Some(0)),
            ("a. 1 A 192.0.2.1\nb. 1 A ( 192.0.2.1\n", Some(17)),
        ] {
            assert_eq!(read(text, &State::new(None)).unclosed(), unclosed, "{text}");
        }
    }
}
