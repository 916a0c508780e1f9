//! An owned name that needs no allocator.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::{MAX_LABEL, MAX_NAME, Name};
use crate::error::{ParseError, ParseErrorKind};

/// A name that owns its octets, uncompressed and with its case kept, in 255 octets in place.
///
/// ```
/// use dnsproof::name::NameBuf;
/// let name: NameBuf = "Example.COM".parse()?;
/// assert_eq!(name.to_string(), "Example.COM.");
/// assert_eq!(name, "example.com.".parse::<NameBuf>()?);
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct NameBuf {
    octets: [u8; MAX_NAME],
    /// Octets written, without the root label, whose zero always follows.
    len: u8,
    labels: u8,
}

impl NameBuf {
    /// The root.
    #[must_use]
    pub const fn root() -> Self {
        Self { octets: [0; MAX_NAME], len: 0, labels: 0 }
    }

    /// The name, borrowed.
    #[must_use]
    pub fn as_name(&self) -> Name<'_> {
        Name { base: self.octets.as_slice(), start: 0, wire_len: self.len.saturating_add(1), labels: self.labels }
    }

    /// The uncompressed wire form.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len).saturating_add(1)).unwrap_or(&[0])
    }

    /// Appends a label on the right, before the root.
    ///
    /// # Errors
    /// If the label is empty or longer than 63 octets, or the name would exceed 255 octets.
    pub fn push_label(&mut self, label: &[u8]) -> Result<(), ParseError> {
        let error = |kind| ParseError::new(kind, "name", usize::from(self.len));
        if label.is_empty() {
            return Err(error(ParseErrorKind::EmptyLabel));
        }
        if label.len() > MAX_LABEL {
            return Err(error(ParseErrorKind::LabelTooLong));
        }
        let too_long = error(ParseErrorKind::NameTooLong);
        let place = self.octets.get_mut(usize::from(self.len)..).unwrap_or_default();
        let (length, after) = place.split_first_mut().ok_or(too_long)?;
        let (octets, after) = after.split_at_mut_checked(label.len()).ok_or(too_long)?;
        *after.first_mut().ok_or(too_long)? = 0;
        octets.copy_from_slice(label);
        *length = u8::try_from(label.len()).map_err(|_| too_long)?;
        self.len = self.len.saturating_add(*length).saturating_add(1);
        self.labels = self.labels.saturating_add(1);
        Ok(())
    }

    /// This name as the left part of `origin`: `_xmpp-server._tcp` before `example.com`.
    ///
    /// # Errors
    /// If the result would exceed 255 octets.
    pub fn before(mut self, origin: &Name<'_>) -> Result<Self, ParseError> {
        self.append(origin).map(|()| self)
    }

    pub(super) fn append(&mut self, origin: &Name<'_>) -> Result<(), ParseError> {
        origin.labels().try_for_each(|label| self.push_label(label))
    }

    /// Makes this the root. Octets behind it do not matter.
    pub(super) fn clear(&mut self) {
        (self.len, self.labels) = (0, 0);
        if let Some(first) = self.octets.first_mut() {
            *first = 0;
        }
    }
}

impl From<Name<'_>> for NameBuf {
    fn from(name: Name<'_>) -> Self {
        let mut out = Self::root();
        for label in name.labels() {
            // A `Name` has been checked for every limit that `push_label` knows.
            let _within_limits = out.push_label(label);
        }
        out
    }
}

impl PartialEq for NameBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_name() == other.as_name()
    }
}

impl Eq for NameBuf {}

impl PartialEq<Name<'_>> for NameBuf {
    fn eq(&self, other: &Name<'_>) -> bool {
        self.as_name() == *other
    }
}

impl Hash for NameBuf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_name().hash(state);
    }
}

impl PartialOrd for NameBuf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NameBuf {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_name().cmp(&other.as_name())
    }
}

impl fmt::Display for NameBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_name(), f)
    }
}

impl fmt::Debug for NameBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
