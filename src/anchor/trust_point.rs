//! The keys of one zone as RFC 5011 follows them, and the file that keeps their states.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::format::{Broken, Cause};
use super::{Anchor, Anchors, Entry, Source};
use crate::codes::{Algorithm, Class, DigestType, Type};
use crate::name::{Name, NameBuf};
use crate::time::{Time, Timestamp};
use crate::wire::Rdata;
use crate::wire::rdata::{Dnskey, View};
use crate::zonefile::{self, OwnedRecord, Shown};

/// What has become of a key (RFC 5011 section 4.2). A key in the state Start is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyState {
    /// New, and not to be relied on before the hold-down time is over.
    AddPend,
    /// A trust anchor.
    Valid,
    /// A trust anchor that the zone no longer publishes, though it has not revoked it.
    Missing,
    /// Revoked by itself: never to be relied on again.
    Revoked,
    /// Revoked, and gone for the time of the remove hold-down.
    Removed,
}

impl KeyState {
    const ALL: [(Self, u8, &str, &str); 5] = [
        (Self::AddPend, 1, "ADDPEND", "add-pend"),
        (Self::Valid, 2, "VALID", "valid"),
        (Self::Missing, 3, "MISSING", "missing"),
        (Self::Revoked, 4, "REVOKED", "revoked"),
        (Self::Removed, 5, "REMOVED", "removed"),
    ];

    fn row(self) -> (u8, &'static str, &'static str) {
        let row = Self::ALL.into_iter().find(|(state, ..)| *state == self);
        row.map_or((0, "", ""), |(_, number, file, word)| (number, file, word))
    }

    /// A word for programs: `add-pend`, `valid`, `missing`, `revoked` or `removed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().2
    }

    /// Whether a key in this state is a trust anchor.
    #[must_use]
    pub const fn is_trusted(self) -> bool {
        matches!(self, Self::Valid | Self::Missing)
    }
}

/// One key of a trust point: the key itself or, until it has been seen, a digest of it.
#[derive(Clone, Debug)]
pub struct TrackedKey {
    pub(crate) rtype: Type,
    pub(crate) rdata: Vec<u8>,
    /// The TTL with which it was first seen.
    pub(crate) ttl: u32,
    pub(crate) state: KeyState,
    /// When it came into the state; for a revoked key, when it was last seen.
    pub(crate) since: Time,
    /// How many validated sets had it while it was pending.
    pub(crate) seen: u32,
    /// Whether it is a digest that may be of a key which has revoked itself. Until that is settled it is no anchor.
    pub(crate) doubted: bool,
    line: usize,
}

impl PartialEq for TrackedKey {
    /// Whether they say the same; in which line of a file they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        let of = |key: &Self| (key.rtype, key.ttl, key.state, key.since, key.seen);
        of(self) == of(other) && self.rdata == other.rdata
    }
}

impl Eq for TrackedKey {}

impl TrackedKey {
    pub(crate) fn new(rtype: Type, rdata: Vec<u8>, ttl: u32, state: KeyState, since: Time) -> Self {
        Self { rtype, rdata, ttl, state, since, seen: 0, doubted: false, line: 0 }
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        self.state
    }

    /// When it came into its state; for a revoked key, when it was last seen.
    #[must_use]
    pub const fn since(&self) -> Time {
        self.since
    }

    /// DNSKEY, or DS as long as the key has not been seen.
    #[must_use]
    pub const fn rtype(&self) -> Type {
        self.rtype
    }

    /// The RDATA of that record.
    #[must_use]
    pub fn rdata(&self) -> &[u8] {
        &self.rdata
    }

    /// The key; `None` where there is only a digest of it.
    #[must_use]
    pub fn key(&self) -> Option<Dnskey<'_>> {
        if self.rtype != Type::DNSKEY {
            return None;
        }
        Dnskey::from_rdata(Rdata::from_octets(&self.rdata)).ok()
    }

    /// Its digest and the type of that, if it is one that may be of the key by tag and algorithm.
    pub(crate) fn digest_like(&self, key: &Dnskey<'_>) -> Option<(DigestType, &[u8])> {
        let [high, low, algorithm, digest_type, digest @ ..] = self.rdata.as_slice() else { return None };
        let named = (u16::from_be_bytes([*high, *low]), Algorithm(*algorithm));
        let fits = self.rtype == Type::DS && named == (key.key_tag(), key.algorithm);
        fits.then_some((DigestType(*digest_type), digest))
    }

    /// Whether it is a digest that may be of the key with this RDATA.
    fn is_digest_like(&self, rdata: &[u8]) -> bool {
        Dnskey::from_rdata(Rdata::from_octets(rdata)).is_ok_and(|key| self.digest_like(&key).is_some())
    }

    /// Its tag. That of a revoked key is the tag that it has with the bit set.
    #[must_use]
    pub fn key_tag(&self) -> u16 {
        match (self.key(), self.rdata.as_slice()) {
            (Some(key), _) => key.key_tag(),
            (None, [high, low, ..]) => u16::from_be_bytes([*high, *low]),
            (None, _) => 0,
        }
    }
}

/// The keys of one zone that RFC 5011 follows: what is trusted, what may come to be, and what
/// never again.
///
/// [`rollover::update`](crate::rollover::update) moves it on. As text (`Display`, [`read`](Self::read))
/// it is the file of Unbound's `auto-trust-anchor-file`, and either program goes on with what
/// the other has left.
///
/// ```
/// use dnsproof::anchor::{Anchors, IANA, TrustPoint};
/// use dnsproof::name::Name;
///
/// let point = TrustPoint::new(&Name::root(), &Anchors::parse(IANA)?);
/// let saved = point.to_string();
/// assert_eq!(TrustPoint::read(&saved)?, point);
/// assert_eq!(point.anchors().iter().count(), 2);
/// # Ok::<(), dnsproof::anchor::Broken>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPoint {
    zone: NameBuf,
    pub(crate) keys: Vec<TrackedKey>,
    pub(crate) last_queried: Time,
    pub(crate) last_success: Time,
    pub(crate) next_probe: Time,
    pub(crate) failed: u32,
    pub(crate) query_interval: u32,
    pub(crate) retry_time: u32,
    /// When the newest set was signed that was accepted.
    pub(crate) signed: Time,
    pub(crate) deleted: bool,
}

/// Half a day, before anything is known of the zone.
const QUERY_INTERVAL: u32 = 43_200;
const RETRY_TIME: u32 = 8_640;
/// The REVOKE bit, in the low octet of the flags (RFC 5011 section 3).
const REVOKE: u8 = 0x80;
/// The last line of a file that is whole. Unbound's have none.
const END: &str = ";;end";

impl TrustPoint {
    /// Starts from the anchors that the set has for `zone`: all are valid. Those that count for a
    /// part of the zone or for a time only are left out; [`Anchors::at`] takes what holds now.
    #[must_use]
    pub fn new(zone: &Name<'_>, anchors: &Anchors) -> Self {
        let mut point = Self::empty(zone.to_buf());
        for entry in anchors.of_zone(zone).entries() {
            let always = entry.anchor().window() == (Time(0), Time(u64::MAX));
            if let Some(rtype) = entry.rtype()
                && always
                && entry.anchor().covers(zone)
            {
                point.keys.push(TrackedKey::new(rtype, entry.rdata().to_vec(), 0, KeyState::Valid, Time(0)));
            }
        }
        point
    }

    const fn empty(zone: NameBuf) -> Self {
        Self {
            zone,
            keys: Vec::new(),
            last_queried: Time(0),
            last_success: Time(0),
            next_probe: Time(0),
            failed: 0,
            query_interval: QUERY_INTERVAL,
            retry_time: RETRY_TIME,
            signed: Time(0),
            deleted: false,
        }
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> Name<'_> {
        self.zone.as_name()
    }

    /// All keys that are known, whatever their state.
    #[must_use]
    pub fn keys(&self) -> &[TrackedKey] {
        &self.keys
    }

    /// The keys that are trusted now.
    #[must_use]
    pub fn anchors(&self) -> Anchors {
        self.lines().map(|(_, entry)| entry).collect()
    }

    /// The same, each with the line of the file that it was read from.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, Entry)> {
        let trusted = self.keys.iter().filter(|key| key.state.is_trusted() && !key.doubted);
        trusted.filter_map(|key| {
            let entry = Entry::new(self.zone, key.rtype, key.rdata.clone()).ok()?;
            Some((key.line, entry.managed(true)))
        })
    }

    /// Whether every key has been revoked. Then the zone has no trust anchor any more, by its own
    /// will (RFC 5011 section 5).
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// When the keys of the zone are to be asked for next (RFC 5011 section 2.3).
    #[must_use]
    pub const fn next_probe(&self) -> Time {
        self.next_probe
    }

    /// Whether to ask for them at that time: it is due, or the clock was ahead when it was set.
    #[must_use]
    pub fn is_due(&self, now: Time) -> bool {
        self.next_probe <= now || now < self.last_queried
    }

    /// When a set of keys was last validated.
    #[must_use]
    pub const fn last_success(&self) -> Time {
        self.last_success
    }

    /// Whether a text is such a file.
    pub(super) fn is_state(text: &str) -> bool {
        text.lines().any(|line| {
            line.starts_with(";;id:") || line.starts_with("; autotrust trust anchor file") || line.contains(" ;;state=")
        })
    }

    /// Reads a file that [`Display`](fmt::Display) or Unbound wrote.
    ///
    /// # Errors
    /// If any line of it is broken, or there is no key in it. A state that is damaged is no
    /// state: what it says of the other keys may be wrong as well.
    pub fn read(text: &str) -> Result<Self, Broken> {
        let broken = |(line, cause)| Broken { source: Source { file: "".into(), line }, cause };
        let (point, damage) = Self::read_each(text);
        match (point, damage.into_iter().next()) {
            (_, Some(first)) => Err(broken(first)),
            (Some(point), None) if !point.keys.is_empty() => Ok(point),
            _ => Err(broken((0, Cause::Empty))),
        }
    }

    //= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
    //# Once in this state, this key MUST permanently be considered invalid as a trust anchor.
    /// What a file says of a key that it also says has revoked itself does not count. Nothing is computed here: a digest
    /// with the tag and algorithm of such a key is in doubt until [`rollover::update`](crate::rollover::update) has
    /// compared it.
    fn leave_out_revoked(&mut self) {
        let gone: Vec<Vec<u8>> = self.revoked().collect();
        let is_gone = |key: &TrackedKey| matches!(key.state, KeyState::Revoked | KeyState::Removed);
        self.keys.retain(|key| is_gone(key) || !gone.contains(&without_revoke(&key.rdata)) || key.rtype == Type::DS);
        for key in &mut self.keys {
            key.doubted = gone.iter().any(|rdata| key.is_digest_like(rdata));
        }
    }

    /// The keys that have revoked themselves: the RDATA that they had before.
    pub(crate) fn revoked(&self) -> impl Iterator<Item = Vec<u8>> {
        let is_gone = |key: &&TrackedKey| matches!(key.state, KeyState::Revoked | KeyState::Removed);
        self.keys.iter().filter(is_gone).map(|key| without_revoke(&key.rdata))
    }

    /// What can be read, and what cannot.
    pub(super) fn read_each(text: &str) -> (Option<Self>, Vec<(usize, Cause)>) {
        let (mut point, mut broken) = (None, Vec::new());
        let mut facts = BTreeMap::new();
        let (mut deleted, mut stated, mut last) = (false, false, (0, ""));
        for (number, line) in (1_usize..).zip(text.lines()) {
            last = (number, line);
            stated |= line.starts_with(";;id:") || line.contains(";;state=");
            if line.trim_end() == ";;REVOKED" {
                deleted = true;
            } else if let Some((name, value)) = line.strip_prefix(";;").and_then(|rest| rest.split_once(": ")) {
                let value = value.split_whitespace().next().unwrap_or_default();
                match (name, value.parse::<u64>()) {
                    ("id", _) => match value.parse::<NameBuf>() {
                        Ok(zone) => point = point.or(Some(Self::empty(zone))),
                        Err(_) => broken.push((number, Cause::Expected("a name"))),
                    },
                    (name, Ok(value)) => drop(facts.insert(name, value)),
                    (_, Err(_)) => broken.push((number, Cause::Expected("a number"))),
                }
            } else if !line.trim().is_empty() && !line.starts_with(';') {
                match read_key(line, number, stated) {
                    Ok((zone, key)) => {
                        let point = point.get_or_insert(Self::empty(zone));
                        match point.zone == zone {
                            true => point.keys.extend(key),
                            false => broken.push((number, Cause::Expected("keys of one zone"))),
                        }
                    }
                    Err(cause) => broken.push((number, cause)),
                }
            }
        }
        // A file that was cut short could tell less of a key than was known.
        let whole = if facts.contains_key("signed") { last.1 == END } else { text.ends_with('\n') || text.is_empty() };
        if !whole && text.lines().any(|line| line.starts_with(";;")) {
            broken.push((last.0, Cause::Expected("the end of the file, which is cut short")));
        }
        if let Some(point) = &mut point {
            let time = |name| Time(facts.get(name).copied().unwrap_or(0));
            let seconds =
                |name, otherwise| facts.get(name).map_or(otherwise, |value| u32::try_from(*value).unwrap_or(otherwise));
            point.last_queried = time("last_queried");
            point.last_success = time("last_success");
            point.next_probe = time("next_probe_time");
            point.signed = time("signed");
            point.failed = seconds("query_failed", 0);
            point.query_interval = seconds("query_interval", QUERY_INTERVAL);
            point.retry_time = seconds("retry_time", RETRY_TIME);
            point.deleted = deleted;
            point.leave_out_revoked();
            if deleted {
                // Whatever the states say: the file is that of a zone without anchors.
                for key in point.keys.iter_mut().filter(|key| key.state.is_trusted()) {
                    key.state = KeyState::Removed;
                }
            }
        }
        (point, broken)
    }
}

/// The RDATA of a DNSKEY record without the REVOKE bit.
pub(crate) fn without_revoke(rdata: &[u8]) -> Vec<u8> {
    let mut rdata = rdata.to_vec();
    if let Some(low) = rdata.get_mut(1) {
        *low &= !REVOKE;
    }
    rdata
}

/// One key with its state; no key for the state Start. Only the file that a trust point begins with
/// has keys without a state, and nothing but keys.
fn read_key(line: &str, number: usize, is_stated: bool) -> Result<(NameBuf, Option<TrackedKey>), Cause> {
    let mut records = zonefile::parse_each(line, Some(&Name::root()));
    let record = match (records.next(), records.next()) {
        (Some(Ok((_, record))), None) => record,
        (Some(Err(error)), _) => return Err(Cause::Record(error.kind)),
        _ => return Err(Cause::Expected("one DS or DNSKEY record")),
    };
    let field = |name: &str| {
        let (_, rest) = line.split_once(name)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()
    };
    let read = |name, otherwise| field(name).map_or(Ok(otherwise), str::parse::<u64>);
    let state = match field(";;state=").map(str::parse::<u8>) {
        None if is_stated || line.contains(";;") => return Err(Cause::Expected(";;state= behind the key")),
        None => KeyState::Valid,
        Some(Ok(0)) => return Ok((record.owner, None)),
        Some(number) => {
            let known = KeyState::ALL.into_iter().find(|(_, known, ..)| number.as_ref() == Ok(known));
            known.ok_or(Cause::Expected("a state from 0 to 5"))?.0
        }
    };
    let since = read(";;lastchange=", 0).map_err(|_| Cause::Expected("a time as seconds behind lastchange="))?;
    let seen = read(";;count=", 0).map_err(|_| Cause::Expected("a number behind count="))?;
    let OwnedRecord { owner, rtype, class, ttl, rdata } = record;
    if class != Class::IN {
        return Err(Cause::Expected("class IN"));
    }
    if state.is_trusted() {
        Entry::new(owner, rtype, rdata.clone()).map_err(Cause::Flaw)?;
    } else if rtype != Type::DNSKEY || Anchor::from_dnskey(owner.as_name(), &rdata).is_err() {
        return Err(Cause::Expected("a DNSKEY record"));
    }
    // RFC 5011 section 2.2: without it there is no hold-down.
    if state == KeyState::AddPend && field(";;lastchange=").is_none() {
        return Err(Cause::Expected(";;lastchange= behind a pending key"));
    }
    let seen = u32::try_from(seen).unwrap_or(u32::MAX);
    Ok((owner, Some(TrackedKey { rtype, rdata, ttl, state, since: Time(since), seen, doubted: false, line: number })))
}

impl fmt::Display for TrustPoint {
    /// The file that keeps it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "; autotrust trust anchor file")?;
        if self.deleted {
            writeln!(f, "; Every key of the zone is revoked: there is no trust anchor any more.")?;
            writeln!(f, ";;REVOKED")?;
        }
        writeln!(f, ";;id: {} 1", self.zone)?;
        for (name, time) in [
            ("last_queried", self.last_queried),
            ("last_success", self.last_success),
            ("next_probe_time", self.next_probe),
            ("signed", self.signed),
        ] {
            writeln!(f, ";;{name}: {} ;;{}", time.0, Timestamp::from(time))?;
        }
        for (name, number) in
            [("query_failed", self.failed), ("query_interval", self.query_interval), ("retry_time", self.retry_time)]
        {
            writeln!(f, ";;{name}: {number}")?;
        }
        for key in &self.keys {
            let (number, name, _) = key.state.row();
            let (zone, rdata) = (&self.zone, Shown::new(key.rtype, &key.rdata));
            write!(f, "{zone} {} IN {} {rdata} ;;id={} ", key.ttl, key.rtype, key.key_tag())?;
            write!(f, ";;state={number} [ {name} ] ;;count={} ;;lastchange={} ", key.seen, key.since.0)?;
            writeln!(f, ";;{}", Timestamp::from(key.since))?;
        }
        writeln!(f, "{END}")
    }
}
