//! The words of one entry, and the values that they stand for.

use alloc::vec::Vec;
use core::str::FromStr;

use data_encoding::Encoding;

use super::error::ErrorKind;
use super::scan::{Entry, Failed, Token};
use crate::codes::Type;
use crate::name::escaped;

/// Memory that is used again for every entry.
#[derive(Default)]
pub(super) struct Room {
    joined: Vec<u8>,
    pub(super) types: Vec<Type>,
    known: KnownTypes,
}

/// The words of an entry that have not been read yet.
pub(super) struct Words<'w, 't> {
    tokens: &'w [Token<'t>],
    pub(super) end: usize,
    pub(super) room: &'w mut Room,
}

impl<'w, 't> Words<'w, 't> {
    pub(super) const fn new(entry: &Entry<'w, 't>, room: &'w mut Room) -> Self {
        Self { tokens: entry.tokens, end: entry.end, room }
    }

    pub(super) fn peek(&self) -> Option<Token<'t>> {
        self.tokens.first().copied()
    }

    /// Where the next word stands, or where there is none.
    pub(super) fn offset(&self) -> usize {
        self.tokens.first().map_or(self.end, |word| word.offset)
    }

    pub(super) fn next(&mut self, expected: &'static str) -> Result<Token<'t>, Failed> {
        let (first, rest) = self.tokens.split_first().ok_or((self.end, ErrorKind::Expected(expected)))?;
        self.tokens = rest;
        Ok(*first)
    }

    pub(super) fn read<T>(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&'t [u8]) -> Option<T>,
    ) -> Result<T, Failed> {
        let word = self.next(expected)?;
        read(word.text).ok_or((word.offset, ErrorKind::Expected(expected)))
    }

    pub(super) fn rtype(&mut self) -> Result<Type, Failed> {
        let word = self.next("a type")?;
        self.known_type(word).ok_or((word.offset, ErrorKind::Expected("a type")))
    }

    pub(super) fn known_type(&mut self, word: Token<'t>) -> Option<Type> {
        self.room.known.find(word.text)
    }

    /// What `read` writes, behind a length octet.
    pub(super) fn counted(
        &mut self,
        expected: &'static str,
        out: &mut Vec<u8>,
        read: impl FnOnce(&'t [u8], &mut Vec<u8>) -> Option<()>,
    ) -> Result<(), Failed> {
        let at = out.len();
        out.push(0);
        self.read(expected, |text| {
            read(text, out)?;
            let length = out.len().checked_sub(at)?.checked_sub(1)?;
            *out.get_mut(at)? = u8::try_from(length).ok()?;
            Some(())
        })
    }

    /// All words that are left, decoded without the blanks between them.
    pub(super) fn joined(
        &mut self,
        expected: &'static str,
        encoding: &Encoding,
        out: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        let failed = (self.offset(), ErrorKind::Expected(expected));
        let text = match self.tokens {
            [one] => one.text,
            tokens => {
                self.room.joined.clear();
                tokens.iter().for_each(|word| self.room.joined.extend_from_slice(word.text));
                &self.room.joined
            }
        };
        self.tokens = &[];
        decode(encoding, text, out).ok_or(failed)
    }
}

/// Appends what `text` encodes.
pub(super) fn decode(encoding: &Encoding, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let most = encoding.decode_len(text.len()).ok()?;
    out.resize(start.checked_add(most)?, 0);
    let written = encoding.decode_mut(text, out.get_mut(start..)?).ok()?;
    out.truncate(start.checked_add(written)?);
    Some(())
}

/// Types by their mnemonics, each looked up once: a zone has few, and names them often.
struct KnownTypes {
    slots: [(u64, Type); Self::SLOTS],
}

impl Default for KnownTypes {
    fn default() -> Self {
        Self { slots: [(0, Type(0)); Self::SLOTS] }
    }
}

impl KnownTypes {
    const SLOTS: usize = 64;

    fn find(&mut self, text: &[u8]) -> Option<Type> {
        let plain = || Type::from_mnemonic(core::str::from_utf8(text).ok()?);
        // The octets themselves are the key, so that no two texts share one; an empty slot has 0.
        let mut octets = [0; 8];
        let Some(place) = octets.get_mut(..text.len()).filter(|_| !text.contains(&0)) else { return plain() };
        place.copy_from_slice(text);
        let key = u64::from_be_bytes(octets);
        let [first, ..] = key.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        let slot = self.slots.get_mut(usize::from(first >> 2))?;
        if slot.0 != key || key == 0 {
            *slot = (key, plain()?);
        }
        Some(slot.1)
    }
}

/// What a word is as text; `None` if it is not even UTF-8.
pub(super) fn parsed<T: FromStr>(text: &[u8]) -> Option<T> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// Digits only: `+1` is no number here.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// Seconds, or a span such as `1w2d3h4m5s`.
pub(super) fn interval(text: &[u8]) -> Option<u32> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let mut total = 0_u32;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let (count, after) = rest.split_at_checked(digits)?;
        let (unit, after) = after.split_first()?;
        let seconds: u32 = match unit.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        rest = after;
        total = total.checked_add(number(count)?.checked_mul(seconds)?)?;
    }
    Some(total)
}

/// The octets that a word stands for, escapes resolved (RFC 1035 section 5.1).
pub(super) fn octets(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    if !text.contains(&b'\\') {
        out.extend_from_slice(text);
        return Some(());
    }
    let mut octets = text.iter().copied().enumerate();
    while let Some((_, octet)) = octets.next() {
        out.push(if octet == b'\\' { escaped(&mut octets)? } else { octet });
    }
    Some(())
}
