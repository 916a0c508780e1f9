//! Domain names as raw labels (RFC 1034 section 3.1, RFC 1035 sections 3.1 and 4.1.4).
//!
//! A [`Name`] is borrowed: it may lie in the middle of a message, and be compressed. A
//! [`NameBuf`] owns up to 255 octets in place and needs no allocator. Both keep the case of
//! the letters, and both compare without it (RFC 4343).

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::error::{ParseError, ParseErrorKind};
use crate::read::Reader;

mod buf;
mod text;

pub use buf::NameBuf;
#[cfg(feature = "zonefile")]
pub(crate) use text::escaped;

/// Octets in the longest name, its root label included (RFC 1035 section 2.3.4).
pub const MAX_NAME: usize = 255;
/// Octets in the longest label (RFC 1035 section 2.3.4).
pub const MAX_LABEL: usize = 63;
/// Labels in the longest name, without the root.
const MAX_LABELS: usize = 127;

/// Whether a name may hold a compression pointer where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Allowed,
    Forbidden,
}

/// How long a name is: what is known of one that was read, without its octets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    wire_len: u8,
    /// Without the root.
    pub(crate) labels: u8,
}

/// A name that is well-formed: checked once, when it is made.
///
/// ```
/// use dnsproof::name::Name;
/// let name = Name::from_wire(b"\x03WWW\x07example\x03com\0")?;
/// assert_eq!(name.to_string(), "WWW.example.com.");
/// assert_eq!(name.label_count(), 3);
/// assert!(name.is_at_or_below(&Name::from_wire(b"\x07EXAMPLE\x03COM\0")?));
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Name<'a> {
    /// What compression pointers count from: a message, or the name itself.
    base: &'a [u8],
    /// Where the first label stands in `base`.
    start: u32,
    /// Octets of the name when it is not compressed: 1 to 255.
    wire_len: u8,
    /// Labels without the root: 0 to 127.
    labels: u8,
}

impl<'a> Name<'a> {
    /// The root.
    #[must_use]
    pub const fn root() -> Self {
        Self { base: &[0], start: 0, wire_len: 1, labels: 0 }
    }

    pub(crate) const fn shape(&self) -> Shape {
        Shape { wire_len: self.wire_len, labels: self.labels }
    }

    /// The name that was read at `start` of these octets, and had this shape.
    pub(crate) const fn of_shape(base: &'a [u8], start: u32, Shape { wire_len, labels }: Shape) -> Self {
        Self { base, start, wire_len, labels }
    }

    /// Where the octets begin that it was read from: those of a whole message, if it was read there.
    #[cfg(feature = "alloc")]
    pub(crate) const fn origin(&self) -> *const u8 {
        self.base.as_ptr()
    }

    /// The name that these octets are, uncompressed and complete.
    ///
    /// # Errors
    /// If a label or the name is too long, if the octets end too early or go on after the root
    /// label, or if there is a compression pointer.
    pub fn from_wire(octets: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(octets);
        let name = Self::read(&mut reader, Compression::Forbidden)?;
        reader.finish("name")?;
        Ok(name)
    }

    /// Reads a name where `reader` stands and leaves the reader behind it.
    ///
    /// The walk ends by construction: each label makes the name longer, which stops at 255
    /// octets, and each pointer must lead to before the place where the walk last began.
    pub(crate) fn read(reader: &mut Reader<'a>, compression: Compression) -> Result<Self, ParseError> {
        const ITEM: &str = "name";
        let base = reader.input();
        let start = reader.position();
        let mut walk = *reader;
        let mut segment_start = start;
        let mut after_first_pointer = None;
        let (mut wire_len, mut labels, mut pointers) = (1_u8, 0_u8, 0_u8);
        loop {
            let at = walk.position();
            let first = walk.u8(ITEM)?;
            match first >> 6 {
                0b00 if first == 0 => break,
                0b00 => {
                    walk.take(usize::from(first), ITEM)?;
                    let total = wire_len.checked_add(first).and_then(|total| total.checked_add(1));
                    wire_len = total.ok_or(ParseError::new(ParseErrorKind::NameTooLong, ITEM, start))?;
                    labels = labels.saturating_add(1);
                }
                0b11 => {
                    let second = walk.u8(ITEM)?;
                    if compression == Compression::Forbidden {
                        return Err(ParseError::new(ParseErrorKind::Compressed, ITEM, at));
                    }
                    after_first_pointer = after_first_pointer.or(Some(walk.position()));
                    let target = usize::from(u16::from_be_bytes([first & 0b0011_1111, second]));
                    // A name has at most 127 labels, so more pointers than that lead nowhere:
                    // without this limit a message of pointers to pointers costs the square of
                    // its size.
                    pointers = pointers.saturating_add(1);
                    if target >= segment_start || usize::from(pointers) > MAX_LABELS {
                        return Err(ParseError::new(ParseErrorKind::BadPointer, ITEM, at));
                    }
                    segment_start = target;
                    walk = Reader::window(base, target, base.len());
                }
                _ => return Err(ParseError::new(ParseErrorKind::BadLabelType, ITEM, at)),
            }
        }
        reader.skip_to(after_first_pointer.unwrap_or(walk.position()), ITEM)?;
        // Messages, and whatever else has names in it, are far shorter.
        let start = u32::try_from(start).map_err(|_| ParseError::new(ParseErrorKind::TrailingOctets, ITEM, start))?;
        Ok(Self { base, start, wire_len, labels })
    }

    /// The labels from the left, without the root.
    #[must_use]
    pub fn labels(&self) -> Labels<'a> {
        Labels { base: self.base, at: usize::try_from(self.start).unwrap_or(usize::MAX), left: self.labels }
    }

    /// Labels without the root: 0 for the root itself.
    #[must_use]
    pub const fn label_count(&self) -> u8 {
        self.labels
    }

    /// Octets of the uncompressed wire form, the root label included: 1 to 255.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        usize::from(self.wire_len)
    }

    /// Whether this is the root.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.labels == 0
    }

    /// Whether the first label is a lone asterisk (RFC 4592 section 2.1.1).
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.labels().next() == Some(b"*")
    }

    /// The name without its first label; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let mut labels = self.labels();
        let first = labels.next()?;
        let removed = u8::try_from(first.len()).ok()?.checked_add(1)?;
        Some(Self {
            base: self.base,
            start: u32::try_from(labels.at).ok()?,
            wire_len: self.wire_len.checked_sub(removed)?,
            labels: labels.left,
        })
    }

    /// The name that the last `labels` labels are; `None` if it has fewer.
    #[must_use]
    pub fn ancestor(&self, labels: u8) -> Option<Self> {
        let mut name = *self;
        while name.labels > labels {
            name = name.parent()?;
        }
        (name.labels == labels).then_some(name)
    }

    /// Labels that this and `other` have in common, from the right.
    pub(crate) fn common_labels(&self, other: &Name<'_>) -> u8 {
        // From the left, each label beside the one that is as far from the right: whatever differs starts anew.
        self.abreast(other).fold(0_u8, |common, (ours, theirs)| match ours.eq_ignore_ascii_case(theirs) {
            true => common.saturating_add(1),
            false => 0,
        })
    }

    /// The labels of both that are equally far from the right, from the left.
    fn abreast<'b>(&self, other: &Name<'b>) -> impl Iterator<Item = (&'a [u8], &'b [u8])> + use<'a, 'b> {
        let both = self.labels.min(other.labels);
        let last = |labels: u8| usize::from(labels.saturating_sub(both));
        self.labels().skip(last(self.labels)).zip(other.labels().skip(last(other.labels)))
    }

    /// Whether this is `other` or a name below it. Whole labels count, not text.
    #[must_use]
    pub fn is_at_or_below(&self, other: &Name<'_>) -> bool {
        self.ancestor(other.labels).is_some_and(|ancestor| ancestor == *other)
    }

    /// Whether this is a name below `other`.
    #[must_use]
    pub fn is_below(&self, other: &Name<'_>) -> bool {
        self.labels > other.labels && self.is_at_or_below(other)
    }

    /// Writes the canonical form of RFC 4034 section 6.2, uncompressed and in lower case, to
    /// the front of `out`. `None` if there is not room for [`wire_len`](Self::wire_len) octets.
    pub(crate) fn write_canonical(&self, out: &mut [u8]) -> Option<usize> {
        let written = self.write_wire(out)?;
        out.get_mut(..written)?.make_ascii_lowercase();
        Some(written)
    }

    /// Writes the uncompressed form with its case kept.
    pub(crate) fn write_wire(&self, out: &mut [u8]) -> Option<usize> {
        let out = out.get_mut(..self.wire_len())?;
        let mut rest = &mut *out;
        for label in self.labels() {
            let (length, after) = rest.split_first_mut()?;
            *length = u8::try_from(label.len()).ok()?;
            let (place, after) = after.split_at_mut_checked(label.len())?;
            place.copy_from_slice(label);
            rest = after;
        }
        *rest.first_mut()? = 0;
        Some(out.len())
    }

    /// An owned copy, uncompressed.
    #[must_use]
    pub fn to_buf(&self) -> NameBuf {
        NameBuf::from(*self)
    }
}

/// Names are equal without regard to the case of ASCII letters (RFC 4343 section 3).
impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same_place = || core::ptr::eq(self.base, other.base) && self.start == other.start;
        self.wire_len == other.wire_len
            && self.labels == other.labels
            && (same_place()
                || self.labels().zip(other.labels()).all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs)))
    }
}

impl Eq for Name<'_> {}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for label in self.labels() {
            state.write_usize(label.len());
            for octet in label {
                state.write_u8(octet.to_ascii_lowercase());
            }
        }
    }
}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The canonical order of RFC 4034 section 6.1: label by label from the right, each label as
/// octets in lower case, a name before the names below it.
impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |label: &[u8], other: &[u8]| {
            let ours = label.iter().map(u8::to_ascii_lowercase);
            ours.cmp(other.iter().map(u8::to_ascii_lowercase))
        };
        // Labels are read from the left, so the last pair that differs is the one that counts.
        let by_labels =
            self.abreast(other).fold(Ordering::Equal, |order, (ours, theirs)| lower(ours, theirs).then(order));
        by_labels.then(self.labels.cmp(&other.labels))
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The labels of a name from the left, without the root.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    base: &'a [u8],
    at: usize,
    left: u8,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        loop {
            let (first, rest) = self.base.get(self.at..)?.split_first()?;
            match (*first, rest.first()) {
                (1..=63, _) => {
                    let length = usize::from(*first);
                    self.at = self.at.checked_add(length)?.checked_add(1)?;
                    return rest.get(..length);
                }
                // `Name::read` has seen to it that pointers lead backwards; looking again costs
                // nothing and keeps this loop finite on its own.
                (0b1100_0000.., Some(second)) => {
                    let target = usize::from(u16::from_be_bytes([*first & 0b0011_1111, *second]));
                    self.at = Some(target).filter(|target| *target < self.at)?;
                }
                _ => return None,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for Labels<'_> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    fn read(message: &[u8], at: usize) -> Result<(Name<'_>, usize), ParseError> {
        let mut reader = Reader::window(message, at, message.len());
        Name::read(&mut reader, Compression::Allowed).map(|name| (name, reader.position()))
    }

    #[test]
    fn compressed_names_are_followed_backwards() {
        let message = b"\x03com\0\x07example\xC0\x00\x03www\xC0\x05";
        let (name, end) = read(message, 15).unwrap();
        assert_eq!((name.to_string().as_str(), end, name.wire_len()), ("www.example.com.", message.len(), 17));
        assert_eq!(name.parent().unwrap().to_string(), "example.com.");
        assert_eq!(name.ancestor(1).unwrap().to_string(), "com.");
        assert_eq!(name.ancestor(4), None);
        assert_eq!(name.to_buf().as_name(), name);
    }

    #[test]
    fn labels_know_how_many_they_are() {
        let message = b"\x03com\0\x07example\xC0\x00\x03www\xC0\x05";
        let mut labels = read(message, 15).unwrap().0.labels();
        for left in [3, 2, 1, 0] {
            assert_eq!((labels.len(), labels.size_hint()), (left, (left, Some(left))));
            assert_eq!(labels.next().is_some(), left > 0);
        }
    }

    /// `Name::read` lets no such pointer pass; the labels end all the same.
    #[test]
    fn labels_end_at_a_pointer_that_leads_nowhere() {
        for (base, at) in [(&b"\xC0\x00"[..], 0), (b"\0\xC0\x03\xC0\x01", 1), (b"\xC0", 0), (b"\0\0\x40", 2)] {
            assert_eq!(Labels { base, at, left: 9 }.next(), None);
        }
    }

    #[test]
    fn hashes_are_those_of_the_labels_in_lower_case() {
        let hash = |text: &str| {
            let mut hasher = std::hash::DefaultHasher::new();
            text.parse::<NameBuf>().unwrap().as_name().hash(&mut hasher);
            hasher.finish()
        };
        assert_eq!(hash("www.Example.COM"), hash("WWW.example.com"));
        for other in ["www.example.con", "wwwe.xample.com", "example.com", "."] {
            assert_ne!(hash("www.example.com"), hash(other));
        }
    }

    #[test]
    fn pointers_forward_or_to_themselves_are_refused() {
        for (message, at) in [
            (&b"\xC0\x00"[..], 0),
            (b"\xC0\x02\0", 0),
            (b"\x01a\xC0\x00", 0),
            (b"\x01a\xC0\x02", 0),
            (b"\x01a\xC0\x04\x01b\xC0\x00", 0),
        ] {
            assert_eq!(read(message, at).unwrap_err().kind, ParseErrorKind::BadPointer, "{message:?}");
        }
    }

    #[test]
    fn chains_of_pointers_have_an_end() {
        let mut message = vec![0];
        for hop in 0_u16..200 {
            let target = if hop == 0 { 0 } else { hop * 2 - 1 };
            message.extend((target | 0xC000).to_be_bytes());
        }
        let at = |hop: usize| hop * 2 + 1;
        assert!(read(&message, at(126)).is_ok());
        assert_eq!(read(&message, at(127)).unwrap_err().kind, ParseErrorKind::BadPointer);
    }

    #[test]
    fn limits_of_labels_and_names() {
        let mut longest = Vec::new();
        for length in [63_u8, 63, 63, 61] {
            longest.push(length);
            longest.extend(vec![b'a'; usize::from(length)]);
        }
        longest.push(0);
        assert_eq!(Name::from_wire(&longest).unwrap().wire_len(), 255);
        let mut longer = longest.clone();
        longer[192] = 62;
        longer.insert(200, b'a');
        assert_eq!(Name::from_wire(&longer).unwrap_err().kind, ParseErrorKind::NameTooLong);
        let many: Vec<u8> = [1, b'x'].repeat(127).into_iter().chain([0]).collect();
        assert_eq!(Name::from_wire(&many).unwrap().label_count(), 127);
        assert_eq!(Name::from_wire(&many).unwrap().labels().count(), 127);
        assert_eq!(Name::from_wire(b"\x40").unwrap_err().kind, ParseErrorKind::BadLabelType);
        assert_eq!(Name::from_wire(b"\x80").unwrap_err().kind, ParseErrorKind::BadLabelType);
        assert_eq!(Name::from_wire(b"\x03ab").unwrap_err().kind, ParseErrorKind::Truncated);
        assert_eq!(Name::from_wire(b"\x01a\0\0").unwrap_err().kind, ParseErrorKind::TrailingOctets);
        assert_eq!(Name::from_wire(b"\x01a\xC0\0").unwrap_err().kind, ParseErrorKind::Compressed);
    }

    #[test]
    fn canonical_order_of_rfc_4034_section_6_1() {
        let text = include_str!("../../vectors/rfc/rfc4034-6-1.names");
        let names: Vec<NameBuf> = text
            .lines()
            .filter(|line| !line.starts_with([';', '#']) && !line.is_empty())
            .map(|line| line.parse().unwrap())
            .collect();
        assert!(names.len() >= 9);
        for (left, a) in names.iter().enumerate() {
            for (right, b) in names.iter().enumerate() {
                assert_eq!(a.cmp(b), left.cmp(&right), "{a} and {b}");
            }
        }
    }

    #[test]
    fn below_means_whole_labels() {
        let name = |text: &str| text.parse::<NameBuf>().unwrap();
        assert!(name("a.example").as_name().is_below(&name("EXAMPLE").as_name()));
        assert!(!name("badexample").as_name().is_at_or_below(&name("example").as_name()));
        assert!(!name("example").as_name().is_below(&name("example").as_name()));
        assert!(name("example").as_name().is_at_or_below(&Name::root()));
        assert!(name("*.example").as_name().is_wildcard());
        assert!(!name("*a.example").as_name().is_wildcard());
    }
}
