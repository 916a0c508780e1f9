//! What is wrong with some octets, and where.

use core::fmt;

/// Why octets or text could not be read, where, and as what.
///
/// `Copy` and free of allocation, so that every floor can return it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// What was being read: an RR type's mnemonic, or a part such as `header`.
    pub item: &'static str,
    /// Octets from the start of the outermost input (a message, a name, a line of text).
    pub offset: usize,
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind, item: &'static str, offset: usize) -> Self {
        Self { kind, item, offset }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at octet {}", self.item, self.kind, self.offset)
    }
}

impl core::error::Error for ParseError {}

/// The ways in which input can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A character that has no place here.
    BadCharacter,
    /// A backslash that is not followed by a character or by three digits up to 255
    /// (RFC 1035 section 5.1).
    BadEscape,
    /// A label whose first two bits are neither 00 nor 11 (RFC 1035 section 4.1.4).
    BadLabelType,
    /// A compression pointer that does not point to an earlier octet (RFC 1035 section 4.1.4).
    BadPointer,
    /// A type bitmap with an empty, overlong, repeated or unordered window, or with a
    /// trailing zero octet (RFC 4034 section 4.1.2).
    BadTypeBitmap,
    /// A value that its field may not have.
    BadValue,
    /// A compression pointer where the specification forbids compression (RFC 3597 section 4).
    Compressed,
    /// Two statements in the input that cannot both hold.
    Contradiction,
    /// A label of no octets where only the root may have one.
    EmptyLabel,
    /// A label of more than 63 octets (RFC 1035 section 2.3.4).
    LabelTooLong,
    /// A name of more than 255 octets (RFC 1035 section 2.3.4).
    NameTooLong,
    /// A character outside of ASCII in a name: write its A-label (`xn--…`, RFC 5890).
    NotAscii,
    /// Octets that are left over after the item was complete.
    TrailingOctets,
    /// The input ends before the item does.
    Truncated,
    /// A record of one type was read as another.
    WrongType,
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadCharacter => "unexpected character",
            Self::BadEscape => "bad escape",
            Self::BadLabelType => "unknown label type",
            Self::BadPointer => "compression pointer does not point backwards",
            Self::BadTypeBitmap => "malformed type bitmap",
            Self::BadValue => "value not allowed",
            Self::Compressed => "compressed name where compression is forbidden",
            Self::Contradiction => "contradicts an earlier part of the input",
            Self::EmptyLabel => "empty label",
            Self::LabelTooLong => "label longer than 63 octets",
            Self::NameTooLong => "name longer than 255 octets",
            Self::NotAscii => "character outside of ASCII (write the A-label, xn--…)",
            Self::TrailingOctets => "octets left over",
            Self::Truncated => "input ends too early",
            Self::WrongType => "record is of another type",
        })
    }
}
