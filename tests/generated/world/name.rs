//! Names as lists of labels from the root down: their order is the canonical one (RFC 4034 section 6.1), because lists
//! and octets are compared as this section says.

use std::fmt;

use arbitrary::{Result, Unstructured};

/// In lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Vec<Vec<u8>>);

impl Name {
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// From the root down.
    pub fn labels(&self) -> &[Vec<u8>] {
        &self.0
    }

    pub fn child(&self, label: &[u8]) -> Self {
        Self([self.0.as_slice(), &[label.to_vec()]].concat())
    }

    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// The last labels, so many.
    pub fn ancestor(&self, labels: usize) -> Self {
        Self(self.0[..labels].to_vec())
    }

    pub fn is_at_or_below(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    pub fn is_below(&self, other: &Self) -> bool {
        self != other && self.is_at_or_below(other)
    }

    pub fn is_wildcard(&self) -> bool {
        self.0.last().is_some_and(|label| label == b"*")
    }

    pub fn has_wildcard(&self) -> bool {
        self.0.iter().any(|label| label == b"*")
    }

    /// With the labels below `from` put below `to` instead (RFC 6672 section 2.2); `None` if it gets too long.
    pub fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let moved = Self([to.0.as_slice(), &self.0[from.0.len()..]].concat());
        (moved.wire().len() <= 255).then_some(moved)
    }

    pub fn wire(&self) -> Vec<u8> {
        let labels = self.0.iter().rev().flat_map(|label| [&[u8::try_from(label.len()).unwrap()], &label[..]].concat());
        labels.chain([0]).collect()
    }
}

impl fmt::Display for Name {
    /// With escapes for all but letters, digits, `-`, `_` and `*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, ".");
        }
        for label in self.0.iter().rev() {
            for octet in label {
                match octet {
                    b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'*' => write!(f, "{}", char::from(*octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
            write!(f, ".")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Few, so that names meet: neighbours in the canonical order, a wildcard, one that sorts before it, one with the length
/// of a pointer's octet, and octets that text has to escape.
pub fn label(u: &mut Unstructured<'_>) -> Result<&'static [u8]> {
    const LABELS: [&[u8]; 12] = [b"a", b"b", b"c", b"*", b"ab", b"a-", b"z", b"_sip", b"\x00", b"\xC0", b"!", b"a.b"];
    u.choose(&LABELS).copied()
}
