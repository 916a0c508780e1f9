//! Owned sets of trust anchors, as values.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use super::{Anchor, AnchorSet, Flaw};
use crate::codes::Type;
use crate::name::{Name, NameBuf};
use crate::time::Time;

/// An owned set of trust anchors. A clone costs next to nothing, and none sees what becomes of
/// another.
///
#[cfg_attr(feature = "zonefile", doc = "```")]
#[cfg_attr(not(feature = "zonefile"), doc = "```ignore")]
/// use dnsproof::anchor::{Anchors, IANA};
/// use dnsproof::name::NameBuf;
/// use dnsproof::time::Time;
///
/// let root = Anchors::parse(IANA)?;
/// let tags: Vec<u16> = root.iter().filter_map(|anchor| anchor.key_tag()).collect();
/// assert_eq!(tags, [20326, 38696]);
///
/// // The root's keys for names below `example.` alone, until the end of 2026, and one zone of ours.
/// let scope: NameBuf = "example".parse()?;
/// let root = root.within(&scope).valid(Time(0), Time(1_798_761_600)).noted("public DNS");
/// let ours = Anchors::parse("corp.example. DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF")?;
/// let both = root.union(&ours);
/// assert_eq!((both.iter().count(), ours.iter().count()), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    entries: Arc<Vec<Entry>>,
}

/// One anchor of a set, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    zone: NameBuf,
    kind: Kind,
    rdata: Vec<u8>,
    scope: Option<NameBuf>,
    window: (Time, Time),
    note: String,
    managed: bool,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ds,
    Dnskey,
    Negative,
}

/// Where an anchor was read: `file:line`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The file, as whoever read it calls it; empty if it comes from no file.
    pub file: Arc<str>,
    /// The line, from 1; 0 if it comes from no file.
    pub line: usize,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.file, self.line) {
            (file, 0) => f.write_str(file),
            ("", line) => write!(f, "line {line}"),
            (file, line) => write!(f, "{file}:{line}"),
        }
    }
}

impl Entry {
    /// An anchor from the RDATA of a DS or DNSKEY record.
    ///
    /// # Errors
    /// If the record cannot be a trust anchor.
    pub fn new(zone: NameBuf, rtype: Type, rdata: Vec<u8>) -> Result<Self, Flaw> {
        let kind = match rtype {
            Type::DS => Kind::Ds,
            Type::DNSKEY => Kind::Dnskey,
            other => return Err(Flaw::OtherType(other)),
        };
        let entry = Self { rdata, ..Self::of(zone, kind) };
        entry.check().map(|()| entry)
    }

    /// A negative anchor.
    #[must_use]
    pub fn negative(zone: NameBuf) -> Self {
        Self::of(zone, Kind::Negative)
    }

    fn of(zone: NameBuf, kind: Kind) -> Self {
        let window = (Time(0), Time(u64::MAX));
        let source = Source::default();
        Self { zone, kind, rdata: Vec::new(), scope: None, window, note: String::new(), managed: false, source }
    }

    /// Whether this can vouch for a key at all.
    fn check(&self) -> Result<(), Flaw> {
        let zone = self.zone.as_name();
        match self.kind {
            Kind::Negative => Ok(()),
            Kind::Ds => {
                let anchor = Anchor::from_ds(zone, &self.rdata).map_err(Flaw::Rdata)?;
                let digest = anchor.voucher().and_then(|voucher| voucher.digest_type());
                let stated = digest.and_then(|digest| digest.octets());
                let octets = self.rdata.len().saturating_sub(4);
                match (digest, stated) {
                    (Some(digest), Some(stated)) if stated != octets => Err(Flaw::DigestLength { digest, octets }),
                    _ if octets == 0 => Err(Flaw::DigestEmpty),
                    _ => Ok(()),
                }
            }
            Kind::Dnskey => {
                let anchor = Anchor::from_dnskey(zone, &self.rdata).map_err(Flaw::Rdata)?;
                match anchor.key() {
                    Some(key) if key.public_key.is_empty() => Err(Flaw::KeyEmpty),
                    Some(key) if key.is_revoked() => Err(Flaw::Revoked(key.key_tag())),
                    Some(key) if !key.is_usable() => Err(Flaw::NoZoneKey { flags: key.flags, protocol: key.protocol }),
                    _ => Ok(()),
                }
            }
        }
    }

    /// The anchor, borrowed.
    #[must_use]
    pub fn anchor(&self) -> Anchor<'_> {
        let zone = self.zone.as_name();
        // `check` has read it once already.
        let read = match self.kind {
            Kind::Negative => None,
            Kind::Ds => Anchor::from_ds(zone, &self.rdata).ok(),
            Kind::Dnskey => Anchor::from_dnskey(zone, &self.rdata).ok(),
        };
        let (from, until) = self.window;
        let anchor = read.unwrap_or(Anchor::negative(zone)).valid(from, until).noted(&self.note);
        match &self.scope {
            Some(scope) => anchor.within(scope.as_name()),
            None => anchor,
        }
    }

    /// The RDATA of the DS or DNSKEY record; empty for a negative anchor.
    #[must_use]
    pub fn rdata(&self) -> &[u8] {
        &self.rdata
    }

    /// DS or DNSKEY; `None` for a negative anchor.
    #[must_use]
    pub const fn rtype(&self) -> Option<Type> {
        match self.kind {
            Kind::Ds => Some(Type::DS),
            Kind::Dnskey => Some(Type::DNSKEY),
            Kind::Negative => None,
        }
    }

    /// Where it was read.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the zone's keys are to be followed from here by RFC 5011.
    #[must_use]
    pub const fn is_managed(&self) -> bool {
        self.managed
    }

    /// The same anchor, from there.
    #[must_use]
    pub fn from(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// The same anchor with another record.
    #[cfg(feature = "zonefile")]
    pub(super) fn with_rdata(mut self, rtype: Type, rdata: Vec<u8>) -> Self {
        self.kind = if rtype == Type::DS { Kind::Ds } else { Kind::Dnskey };
        self.rdata = rdata;
        self
    }

    /// The same anchor, to be followed by RFC 5011 or not.
    #[must_use]
    pub const fn managed(mut self, managed: bool) -> Self {
        self.managed = managed;
        self
    }

    /// The same anchor, with a window: see [`Anchor::valid`].
    #[must_use]
    pub fn valid(mut self, from: Time, until: Time) -> Self {
        let (begin, end) = self.window;
        self.window = (begin.max(from), end.min(until));
        self
    }

    /// The same anchor without a window.
    #[must_use]
    const fn always(mut self) -> Self {
        self.window = (Time(0), Time(u64::MAX));
        self
    }

    /// The same anchor for names at or below `scope`; `None` if none of its names is.
    fn within(mut self, scope: &Name<'_>) -> Option<Self> {
        let narrowest = self.scope.unwrap_or(self.zone);
        if scope.is_at_or_below(&narrowest.as_name()) {
            self.scope = Some(scope.to_buf());
        } else if !narrowest.as_name().is_at_or_below(scope) {
            return None;
        }
        Some(self)
    }

    /// Whether it says the same, wherever it comes from.
    fn says_the_same(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }

    /// Any order, in which those are side by side that say the same. What differs most often comes first.
    fn order(&self, other: &Self) -> Ordering {
        let rest = |entry: &Self| (entry.kind, entry.window, entry.managed);
        let by_name = || self.zone.cmp(&other.zone).then_with(|| self.scope.cmp(&other.scope));
        self.rdata
            .cmp(&other.rdata)
            .then_with(by_name)
            .then_with(|| rest(self).cmp(&rest(other)).then_with(|| self.note.cmp(&other.note)))
    }
}

impl Anchors {
    /// Adds one anchor, unless there is one that says the same.
    pub fn add(&mut self, entry: Entry) {
        if !self.entries.iter().any(|earlier| earlier.says_the_same(&entry)) {
            Arc::make_mut(&mut self.entries).push(entry);
        }
    }

    /// Adds a negative anchor: names at or below `zone` are Insecure (RFC 7646).
    pub fn add_negative(&mut self, zone: NameBuf) {
        self.add(Entry::negative(zone));
    }

    /// The anchors of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.entries.iter().chain(other.entries()).cloned().collect()
    }

    /// Adds the anchors of another set.
    pub fn extend(&mut self, other: &Self) {
        *self = self.union(other);
    }

    /// The same anchors for names at or below `scope` only. What had a narrower scope keeps it;
    /// what has no name there is left out.
    #[must_use]
    pub fn within(&self, scope: &NameBuf) -> Self {
        let scope = scope.as_name();
        self.map(|entry| entry.within(&scope))
    }

    /// The same anchors, to be relied on from `from` until `until` at most.
    #[must_use]
    pub fn valid(&self, from: Time, until: Time) -> Self {
        self.map(|entry| Some(entry.valid(from, until)))
    }

    /// The same anchors, each with this note: what they are for. A verdict repeats the note of
    /// the anchor that it rests on.
    #[must_use]
    pub fn noted(&self, note: &str) -> Self {
        self.map(|entry| Some(Entry { note: note.into(), ..entry }))
    }

    /// The anchors that hold at this time, as if they held for ever.
    #[must_use]
    pub fn at(&self, now: Time) -> Self {
        let holds = |entry: &Entry| entry.window.0 <= now && now <= entry.window.1;
        self.map(|entry| Some(entry).filter(holds).map(Entry::always))
    }

    /// The anchors for one zone.
    #[must_use]
    pub fn of_zone(&self, zone: &Name<'_>) -> Self {
        self.map(|entry| Some(entry).filter(|entry| entry.zone.as_name() == *zone))
    }

    fn map(&self, change: impl Fn(Entry) -> Option<Entry>) -> Self {
        self.entries.iter().cloned().filter_map(change).collect()
    }

    /// The anchors in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Anchor<'_>> + Clone {
        self.entries.iter().map(Entry::anchor)
    }

    /// The anchors, and what else is known of them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<Entry> for Anchors {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries: Vec<(usize, Entry)> = entries.into_iter().enumerate().collect();
        // A file may have very many. Of those that say the same the first stays, where it is: the order is a stable one.
        entries.sort_by(|(_, one), (_, other)| one.order(other));
        entries.dedup_by(|(_, later), (_, first)| later.says_the_same(first));
        entries.sort_unstable_by_key(|(number, _)| *number);
        Self { entries: Arc::new(entries.into_iter().map(|(_, entry)| entry).collect()) }
    }
}

impl AnchorSet for Anchors {
    fn anchor(&self, index: usize) -> Option<Anchor<'_>> {
        self.entries.get(index).map(Entry::anchor)
    }
}
