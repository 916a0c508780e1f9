//! What is wrong with a text, and where.

use core::fmt;

use crate::error::ParseErrorKind;

/// Why a text is no master file, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: ErrorKind,
}

/// The ways in which a master file can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something else was expected.
    Expected(&'static str),
    /// `$INCLUDE` is not followed: whoever reads files does that.
    Include,
    /// Files include one another too deeply.
    TooDeep,
    /// More files are included than anybody has.
    TooMany,
    /// A file that is to be included cannot be opened.
    Unreadable,
    /// A directive that nobody knows.
    UnknownDirective,
    /// A name is malformed.
    Name(ParseErrorKind),
    /// A relative name, and no origin to complete it.
    NoOrigin,
    /// A line that begins with a blank, and no record before it.
    NoOwner,
    /// A field after the last.
    Surplus,
    /// RDATA of more than 65535 octets.
    TooLong,
    /// A parenthesis or a quotation mark has no partner.
    Unclosed(char),
    /// RDATA that fits its fields but not its type.
    Rdata(ParseErrorKind),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::Include => f.write_str("$INCLUDE is not followed"),
            Self::TooDeep => f.write_str("$INCLUDE: files include one another too deeply"),
            Self::TooMany => f.write_str("$INCLUDE: there are too many files"),
            Self::Unreadable => f.write_str("$INCLUDE: the file cannot be opened"),
            Self::UnknownDirective => f.write_str("unknown directive (known: $ORIGIN, $TTL, $INCLUDE)"),
            Self::Name(kind) => write!(f, "name: {kind}"),
            Self::NoOrigin => f.write_str("relative name, and no $ORIGIN before it"),
            Self::NoOwner => f.write_str("no owner: the line begins with a blank, and no record is before it"),
            Self::Surplus => f.write_str("more fields than the type has"),
            Self::TooLong => f.write_str("RDATA longer than 65535 octets"),
            Self::Unclosed(mark) => write!(f, "{mark} has no partner"),
            Self::Rdata(kind) => write!(f, "RDATA: {kind}"),
        }
    }
}

impl core::error::Error for Error {}
