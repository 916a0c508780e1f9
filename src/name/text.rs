//! Names as text (RFC 1035 section 5.1, RFC 4343 section 2.1).

use core::fmt;
use core::str::FromStr;

use super::{MAX_LABEL, Name, NameBuf};
use crate::error::{ParseError, ParseErrorKind};

impl fmt::Display for Name<'_> {
    /// Absolute, with a dot at the end. What would be read as something else is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        if self.is_root() {
            return f.write_char('.');
        }
        for label in self.labels() {
            for octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => write!(f, "\\{}", char::from(*octet))?,
                    0x21..=0x7E => f.write_char(char::from(*octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
            f.write_char('.')?;
        }
        Ok(())
    }
}

impl FromStr for NameBuf {
    type Err = ParseError;

    /// Reads an absolute name. The dot at the end may be missing.
    ///
    /// # Errors
    /// If the text is empty, has an empty or overlong label, a bad escape, a space or another
    /// character below `!`, or one outside of ASCII. The offset counts octets of the text.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse_relative(text, &Name::root())
    }
}

impl NameBuf {
    /// Reads a name as a master file has it: without a dot at the end it is relative to
    /// `origin`, and `@` alone is the origin (RFC 1035 section 5.1).
    ///
    /// ```
    /// use dnsproof::name::NameBuf;
    /// let origin: NameBuf = "example.com.".parse()?;
    /// let origin = origin.as_name();
    /// assert_eq!(NameBuf::parse_relative("www", &origin)?.to_string(), "www.example.com.");
    /// assert_eq!(NameBuf::parse_relative("www.", &origin)?.to_string(), "www.");
    /// assert_eq!(NameBuf::parse_relative("@", &origin)?, origin);
    /// # Ok::<(), dnsproof::error::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_str`](NameBuf::from_str), and if the whole name exceeds 255 octets.
    pub fn parse_relative(text: &str, origin: &Name<'_>) -> Result<Self, ParseError> {
        Self::from_text(text.as_bytes(), origin)
    }

    /// [`parse_relative`](Self::parse_relative), where the text may be no UTF-8 either.
    pub(crate) fn from_text(text: &[u8], origin: &Name<'_>) -> Result<Self, ParseError> {
        let mut name = Self::root();
        name.read_text(text, origin).map(|()| name)
    }

    /// [`from_text`](Self::from_text), in place of what was here. After an error this is a part of the name.
    pub(crate) fn read_text(&mut self, text: &[u8], origin: &Name<'_>) -> Result<(), ParseError> {
        self.clear();
        match text {
            b"" => return Err(ParseError::new(ParseErrorKind::Truncated, "name", 0)),
            b"." => return Ok(()),
            b"@" => return self.append(origin),
            _ => {}
        }
        let mut rest = text;
        loop {
            let start = text.len().saturating_sub(rest.len());
            let plain = rest.iter().position(|octet| !is_plain(*octet)).unwrap_or(rest.len());
            let (label, after) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
            let after = match after.first() {
                None | Some(b'.') if plain <= MAX_LABEL => {
                    self.push_label(label).map_err(|e| ParseError { offset: start.saturating_add(plain), ..e })?;
                    after
                }
                _ => self.push_text_label(rest, start)?,
            };
            match after.split_first() {
                None => return self.append(origin).map_err(|e| ParseError { offset: text.len(), ..e }),
                Some((_, [])) => return Ok(()),
                Some((_, next)) => rest = next,
            }
        }
    }

    /// Appends the label at the front of `text`, which has escapes or is malformed. What is left begins with a dot.
    fn push_text_label<'t>(&mut self, text: &'t [u8], start: usize) -> Result<&'t [u8], ParseError> {
        let mut label = [0; MAX_LABEL];
        let mut len = 0_usize;
        let mut octets = text.iter().copied().enumerate();
        let mut end = text.len();
        while let Some((at, octet)) = octets.next() {
            let error = |kind| ParseError::new(kind, "name", start.saturating_add(at));
            let value = match octet {
                b'.' => {
                    end = at;
                    break;
                }
                b'\\' => escaped(&mut octets).ok_or(error(ParseErrorKind::BadEscape))?,
                0x21..=0x7E => octet,
                0x80.. => return Err(error(ParseErrorKind::NotAscii)),
                _ => return Err(error(ParseErrorKind::BadCharacter)),
            };
            *label.get_mut(len).ok_or(error(ParseErrorKind::LabelTooLong))? = value;
            len = len.saturating_add(1);
        }
        let pushed = self.push_label(label.get(..len).unwrap_or_default());
        pushed.map_err(|e| ParseError { offset: start.saturating_add(end), ..e })?;
        Ok(text.get(end..).unwrap_or_default())
    }
}

/// An octet that stands for itself in a label, as nearly all do.
const fn is_plain(octet: u8) -> bool {
    matches!(octet, 0x21..=0x7E) && !matches!(octet, b'.' | b'\\')
}

/// The octet that stands behind a backslash: one character, or three digits up to 255.
pub(crate) fn escaped(octets: &mut impl Iterator<Item = (usize, u8)>) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(10);
    let (_, first) = octets.next()?;
    let Some(hundreds) = digit(first) else {
        return (0x20..=0x7E).contains(&first).then_some(first);
    };
    let tens = digit(octets.next()?.1)?;
    let ones = digit(octets.next()?.1)?;
    let value = hundreds.checked_mul(100)?.checked_add(tens.checked_mul(10)?)?.checked_add(ones)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::format;
    use std::string::ToString;

    fn parse(text: &str) -> Result<NameBuf, ParseError> {
        text.parse()
    }

    #[test]
    fn text_and_escapes() {
        for (text, shown, wire) in [
            (".", ".", &b"\0"[..]),
            ("a", "a.", b"\x01a\0"),
            ("a.", "a.", b"\x01a\0"),
            (r"a\.b.c", r"a\.b.c.", b"\x03a.b\x01c\0"),
            (r"\000\255.x", r"\000\255.x.", b"\x02\0\xff\x01x\0"),
            (r"\097\ b", r"a\032b.", b"\x03a b\0"),
            (r"\@", r"\@.", b"\x01@\0"),
            ("_xmpp-server._tcp", "_xmpp-server._tcp.", b"\x0c_xmpp-server\x04_tcp\0"),
        ] {
            let name = parse(text).unwrap();
            assert_eq!((name.to_string().as_str(), name.as_wire()), (shown, wire));
        }
    }

    #[test]
    fn a_name_is_read_in_place_of_another() {
        let mut name = parse("www.example").unwrap();
        for (text, wire) in [("b", &b"\x01b\0"[..]), (".", b"\0")] {
            name.read_text(text.as_bytes(), &Name::root()).unwrap();
            assert_eq!((name.as_wire(), name), (wire, parse(text).unwrap()));
        }
    }

    #[test]
    fn wrong_text_says_where() {
        use ParseErrorKind::*;
        let long = "a".repeat(64);
        let too_long = format!("{0}.{0}.{0}.{0}.", "a".repeat(63));
        for (text, kind, offset) in [
            ("", Truncated, 0),
            ("..", EmptyLabel, 0),
            (".a", EmptyLabel, 0),
            ("a..b", EmptyLabel, 2),
            (r"a\", BadEscape, 1),
            (r"a\25", BadEscape, 1),
            (r"a\256", BadEscape, 1),
            ("a b", BadCharacter, 1),
            ("exämple.com", NotAscii, 2),
            (&long, LabelTooLong, 63),
            (&too_long, NameTooLong, 255),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.kind, error.offset), (kind, offset), "{text}");
        }
    }
}
