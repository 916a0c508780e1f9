//! The records of a zone, close together.

use alloc::vec::Vec;

use super::key;
use crate::canon::lower_names;
use crate::codes::{Class, Type};
use crate::error::ParseErrorKind;
use crate::name::Name;
use crate::wire::Rdata;
use crate::zonefile::{Error, ErrorKind};

/// The records of one piece of a master file.
#[derive(Default)]
pub(super) struct Piece {
    /// Keys of owners, and RDATA in canonical form.
    octets: Vec<u8>,
    entries: Vec<Entry>,
    /// What could not be read; lines count from that of the piece.
    pub(super) errors: Vec<Error>,
    /// How often something could not be read; not all errors are kept.
    pub(super) unread: usize,
    /// Number of the file.
    pub(super) file: usize,
    /// The line that it begins with.
    pub(super) first_line: usize,
}

/// One record.
#[derive(Clone, Copy)]
struct Entry {
    key_at: u32,
    rdata_at: u32,
    ttl: u32,
    /// Lines behind the first line of the piece.
    line: u32,
    key_len: u16,
    rdata_len: u16,
    rtype: Type,
}

/// Where a record lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) piece: u32,
    pub(super) entry: u32,
}

/// A record, borrowed from its piece.
#[derive(Clone, Copy)]
pub(super) struct Stored<'z> {
    pub(super) key: &'z [u8],
    pub(super) rtype: Type,
    pub(super) ttl: u32,
    pub(super) rdata: &'z [u8],
    pub(super) line: usize,
    pub(super) file: usize,
}

impl<'z> Stored<'z> {
    pub(super) const fn as_rdata(&self) -> Rdata<'z> {
        Rdata::from_octets(self.rdata)
    }
}

impl Piece {
    /// A piece that a text of so many octets goes into.
    pub(super) fn for_text(octets: usize) -> Self {
        // What base64 encodes is three quarters of it; few records take less than 64 octets of text.
        let mut piece = Self::default();
        piece.octets.reserve((octets / 4).saturating_mul(3));
        piece.entries.reserve(octets / 64);
        piece
    }

    /// Where the RDATA of the next record begin; they are appended.
    pub(super) const fn octets(&mut self) -> &mut Vec<u8> {
        &mut self.octets
    }

    /// Takes the record whose RDATA were appended from `at` on. Without an owner it has that of the record before.
    pub(super) fn take(
        &mut self,
        at: usize,
        owner: Option<&Name<'_>>,
        (rtype, class, ttl, line): (Type, Class, u32, usize),
    ) -> Result<(), ErrorKind> {
        let malformed = |kind| ErrorKind::Rdata(kind);
        if class != Class::IN {
            return Err(ErrorKind::Expected("class IN, which is all that DNSSEC is in use for"));
        }
        if ttl > i32::MAX.unsigned_abs() {
            // RFC 2181 section 8: it would count as none at all.
            return Err(ErrorKind::Expected("a TTL of at most 2147483647 seconds"));
        }
        if rtype.is_meta() || rtype == Type::ANY || rtype == Type(0) {
            return Err(ErrorKind::Expected("a type that zones can hold"));
        }
        let rdata = self.octets.get_mut(at..).unwrap_or_default();
        lower_names(rtype, rdata).map_err(|error| malformed(error.kind))?;
        let rdata_len = u16::try_from(rdata.len()).map_err(|_| ErrorKind::TooLong)?;
        let too_large = ErrorKind::Rdata(ParseErrorKind::BadValue);
        let (key_at, key_len) = match (owner, self.entries.last()) {
            (None, Some(last)) => (last.key_at, last.key_len),
            (None, None) => return Err(ErrorKind::NoOwner),
            (Some(owner), last) => {
                let start = self.octets.len();
                key::write(owner, &mut self.octets);
                let written = self.octets.get(start..).unwrap_or_default();
                match last {
                    // Most files name an owner again and again.
                    Some(last) if self.key_of(last) == written => {
                        let again = (last.key_at, last.key_len);
                        self.octets.truncate(start);
                        again
                    }
                    _ => {
                        let len = u16::try_from(written.len()).map_err(|_| too_large)?;
                        (u32::try_from(start).map_err(|_| too_large)?, len)
                    }
                }
            }
        };
        let rdata_at = u32::try_from(at).map_err(|_| too_large)?;
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.entries.push(Entry { key_at, rdata_at, ttl, line, key_len, rdata_len, rtype });
        Ok(())
    }

    /// Takes note of what could not be read.
    pub(super) fn refuse(&mut self, error: Error) {
        const KEPT: usize = 1000;
        self.unread = self.unread.saturating_add(1);
        if self.errors.len() < KEPT {
            self.errors.push(error);
        }
    }

    /// Records of a type.
    pub(super) fn count(&self, rtype: Type) -> usize {
        self.entries.iter().filter(|entry| entry.rtype == rtype).count()
    }

    pub(super) fn finish(&mut self) {
        self.octets.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// Records in it.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn part(&self, at: u32, len: u16) -> &[u8] {
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        self.octets.get(start..start.saturating_add(usize::from(len))).unwrap_or_default()
    }

    fn key_of(&self, entry: &Entry) -> &[u8] {
        self.part(entry.key_at, entry.key_len)
    }

    fn get(&self, entry: u32) -> Option<Stored<'_>> {
        let entry = self.entries.get(usize::try_from(entry).ok()?)?;
        Some(Stored {
            key: self.key_of(entry),
            rtype: entry.rtype,
            ttl: entry.ttl,
            rdata: self.part(entry.rdata_at, entry.rdata_len),
            line: usize::try_from(entry.line).unwrap_or(usize::MAX).saturating_add(self.first_line),
            file: self.file,
        })
    }
}

/// The record at a place. Places come from the pieces themselves; a record that is not there would be an empty one
/// of type 0, which no rule takes for anything.
pub(super) fn at(pieces: &[Piece], place: Place) -> Stored<'_> {
    let piece = usize::try_from(place.piece).ok().and_then(|piece| pieces.get(piece));
    let nothing = Stored { key: &[], rtype: Type(0), ttl: 0, rdata: &[], line: 0, file: 0 };
    piece.and_then(|piece| piece.get(place.entry)).unwrap_or(nothing)
}
