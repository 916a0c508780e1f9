//! The one place where a position in a slice of octets moves forward.

use crate::error::{ParseError, ParseErrorKind};

/// Reads octets from the front of a window of some input, and knows where it stands.
///
/// The whole input stays in sight, because compressed names point back into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, end: input.len() }
    }

    /// A reader of `input[at..end]`; empty where the range does not exist.
    pub(crate) const fn window(input: &'a [u8], at: usize, end: usize) -> Self {
        if at <= end && end <= input.len() { Self { input, at, end } } else { Self { input: &[], at: 0, end: 0 } }
    }

    pub(crate) const fn input(&self) -> &'a [u8] {
        self.input
    }

    /// Octets from the start of the input.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..self.end).unwrap_or_default()
    }

    pub(crate) const fn error(&self, kind: ParseErrorKind, item: &'static str) -> ParseError {
        ParseError::new(kind, item, self.at)
    }

    pub(crate) fn take(&mut self, count: usize, item: &'static str) -> Result<&'a [u8], ParseError> {
        let (taken, _) = self.rest().split_at_checked(count).ok_or(self.error(ParseErrorKind::Truncated, item))?;
        self.at = self.at.saturating_add(count);
        Ok(taken)
    }

    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest();
        self.at = self.end;
        rest
    }

    pub(crate) fn array<const N: usize>(&mut self, item: &'static str) -> Result<[u8; N], ParseError> {
        let (taken, _) = self.rest().split_first_chunk::<N>().ok_or(self.error(ParseErrorKind::Truncated, item))?;
        self.at = self.at.saturating_add(N);
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self, item: &'static str) -> Result<u8, ParseError> {
        self.array(item).map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self, item: &'static str) -> Result<u16, ParseError> {
        self.array(item).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, item: &'static str) -> Result<u32, ParseError> {
        self.array(item).map(u32::from_be_bytes)
    }

    /// A window of the next `count` octets, which are skipped here.
    pub(crate) fn sub(&mut self, count: usize, item: &'static str) -> Result<Self, ParseError> {
        let at = self.at;
        self.take(count, item)?;
        Ok(Self { input: self.input, at, end: self.at })
    }

    /// Moves to `position`, which must lie between here and the end.
    pub(crate) fn skip_to(&mut self, position: usize, item: &'static str) -> Result<(), ParseError> {
        if position < self.at || position > self.end {
            return Err(self.error(ParseErrorKind::Truncated, item));
        }
        self.at = position;
        Ok(())
    }

    /// Leftover octets are an error.
    pub(crate) const fn finish(self, item: &'static str) -> Result<(), ParseError> {
        if self.is_empty() { Ok(()) } else { Err(self.error(ParseErrorKind::TrailingOctets, item)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_does_not_exist_is_empty() {
        for (at, end) in [(2, 1), (1, 4), (4, 4), (5, 4)] {
            let window = Reader::window(b"abc", at, end);
            assert!(window.is_empty() && window.rest().is_empty() && window.position() == 0, "{at} {end}");
        }
        assert_eq!(Reader::window(b"abc", 3, 3).position(), 3);
    }

    #[test]
    fn skipping_leads_neither_back_nor_out() {
        let skipped = |position| {
            let mut reader = Reader::window(b"abcde", 1, 4);
            reader.take(1, "test").unwrap();
            reader.skip_to(position, "test").map(|()| reader.position())
        };
        assert_eq!([2, 3, 4].map(skipped), [Ok(2), Ok(3), Ok(4)]);
        for refused in [0, 1, 5, 6] {
            assert!(skipped(refused).is_err(), "{refused}");
        }
    }
}
