//! Trust anchors that follow the keys of their zone (RFC 5011), without any I/O of its own.
//!
//! A [`TrustPoint`] is moved on by [`update`] with an answer to the question for the zone's
//! DNSKEY records; then it says when to ask [next](TrustPoint::next_probe). Only a set that the
//! trusted keys sign changes anything, save that a key can always revoke itself.
//!
//! ```
//! # use dnsproof::crypto::{Backend, Digest};
//! # use dnsproof::codes::{Algorithm, DigestType};
//! use dnsproof::anchor::{Anchors, IANA, TrustPoint};
//! use dnsproof::budget::{Budget, Limits};
//! use dnsproof::canon::Scratch;
//! use dnsproof::chain::Terms;
//! use dnsproof::name::Name;
//! use dnsproof::policy::Policy;
//! use dnsproof::rollover::{self, Outcome, Timers};
//! use dnsproof::time::Time;
//! use dnsproof::wire::Message;
//! # struct MyBackend;
//! # impl Backend for MyBackend {
//! #     type Key = ();
//! #     fn supports(&self, _: Algorithm) -> bool { true }
//! #     fn supports_digest(&self, _: DigestType) -> bool { true }
//! #     fn key(&self, _: Algorithm, _: &[u8]) -> Option<()> { None }
//! #     fn verify(&self, _: &(), _: &[u8], _: &[u8]) -> bool { false }
//! #     fn digest(&self, _: DigestType, _: &[&[u8]]) -> Option<Digest> { None }
//! #     fn nsec3_hash(&self, _: &[u8], _: &[u8], _: u16) -> Option<[u8; 20]> { None }
//! # }
//!
//! let mut point = TrustPoint::new(&Name::root(), &Anchors::parse(IANA)?);
//! // A response to the question `. DNSKEY`, as it came from the network. This one has no records.
//! let response = [0, 1, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 48, 0, 1];
//! let update = rollover::update(&mut point, &Message::parse(&response)?, &Timers::default(), &mut Terms {
//!     clock: Time(1_795_435_200).into(),
//!     policy: &Policy::standard(),
//!     backend: &MyBackend,
//!     budget: &mut Budget::new(Limits::default()),
//!     scratch: &mut Scratch::new(),
//! });
//! assert!(matches!(update.outcome, Outcome::NotValidated { .. }) && update.changes.is_empty());
//! assert_eq!(point.next_probe(), Time(1_795_435_200 + 8_640));
//! std::fs::write("/dev/null", point.to_string())?; // Keep it: atomically, in a file of its own.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::anchor::{KeyState, TrackedKey, TrustPoint, without_revoke};
use crate::canon::{Rrset, ds_digest};
use crate::chain::{self, Next, ReasonCode, Terms, Verdict};
use crate::codes::{Class, Type};
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::rrsig::{Check, Signed};
use crate::time::Time;
use crate::wire::rdata::{Dnskey, Rrsig, View};
use crate::wire::{Message, Question, Rdata, Section};

const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;
//= https://www.rfc-editor.org/rfc/rfc5011#section-2.4.3
//# A compliant resolver MUST be able to manage at least five SEP keys per trust point.
/// Keys that are kept in mind, those that are Revoked or Removed aside. RFC 5011 section 2.4.3 asks for five at least.
const MAX_KEYS: usize = 64;
/// Keys Revoked or Removed beyond which pending keys that revoke themselves are not kept in mind: whoever has stolen a key
/// could make as many as he likes.
const MAX_GONE: usize = 256;

/// The times of RFC 5011 section 2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// For how many seconds a new key has to stand in every set that is seen.
    pub add_hold_down: u32,
    /// For how many seconds a revoked key has to be gone before it is Removed.
    pub remove_hold_down: u32,
    /// The least number of seconds between two probes.
    pub least_interval: u32,
}

impl Default for Timers {
    /// Thirty days, thirty days, one hour.
    fn default() -> Self {
        Self { add_hold_down: 30 * DAY, remove_hold_down: 30 * DAY, least_interval: HOUR }
    }
}

/// What an answer has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// What it was good for.
    pub outcome: Outcome,
    /// The keys whose states are others now.
    pub changes: Vec<Change>,
}

/// What an answer was good for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A trusted key signs the set, and the states follow it.
    Validated,
    /// The set is good, but older than one that was seen before: nothing follows from it, but that keys which it does not
    /// have are pending no more.
    Replayed,
    /// The set proves nothing.
    NotValidated {
        /// Why.
        code: ReasonCode,
        /// The same as a sentence.
        text: String,
    },
    /// Every trusted key has revoked itself: the zone wants to be no trust point any more
    /// (RFC 5011 section 5).
    Deleted,
}

/// One key that is in another state than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its tag, as it is now.
    pub key_tag: u16,
    /// What it was; `None` if nothing was known of it (Start).
    pub from: Option<KeyState>,
    /// What it is; `None` if nothing is kept of it (Start).
    pub to: Option<KeyState>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |state: Option<KeyState>| state.map_or("start", KeyState::as_str);
        write!(f, "key {}: {} > {}", self.key_tag, word(self.from), word(self.to))
    }
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-11
//# TLS clients MUST support a mechanism to track and roll over the trust anchor key or be able to avail themselves of a
//# service that does this, as described in Section 8.
//= https://www.rfc-editor.org/rfc/rfc9102#section-8
//# TLS clients using this specification MUST implement a mechanism to keep their trust anchors up to date.
/// Moves a trust point on by an answer to the question for its DNSKEY records.
///
/// Where the time is only known within bounds, a hold-down begins at the latest and ends at the earliest: too late, never
/// too early. While no latest time is known no new key is taken up. If the clock has been set back, the hold-down of
/// pending keys starts anew.
pub fn update<B: Backend>(
    point: &mut TrustPoint,
    response: &Message<'_>,
    timers: &Timers,
    terms: &mut Terms<'_, '_, B>,
) -> Update {
    let now = terms.clock.earliest();
    let mut changes = Changes { made: Vec::new() };
    point.last_queried = now;
    if let Some(latest) = terms.clock.latest() {
        for key in point.keys.iter_mut().filter(|key| key.state == KeyState::AddPend) {
            key.since = key.since.min(latest);
        }
    }
    settle_doubts(point, terms);
    let outcome = match point.is_deleted() {
        true => Outcome::Deleted,
        false => judge(point, response, timers, terms, &mut changes),
    };
    if outcome == Outcome::Validated {
        (point.last_success, point.failed) = (now, 0);
        point.next_probe = now.plus(point.query_interval);
    } else {
        point.failed = point.failed.saturating_add(1);
        point.next_probe = now.plus(point.retry_time);
    }
    Update { outcome, changes: changes.made }
}

struct Changes {
    made: Vec<Change>,
}

impl Changes {
    fn to(&mut self, key: &mut TrackedKey, state: KeyState, now: Time) {
        let from = Some(key.state);
        (key.state, key.since) = (state, now);
        self.made.push(Change { key_tag: key.key_tag(), from, to: Some(state) });
    }
}

fn judge<B: Backend>(
    point: &mut TrustPoint,
    response: &Message<'_>,
    timers: &Timers,
    terms: &mut Terms<'_, '_, B>,
    changes: &mut Changes,
) -> Outcome {
    let now = terms.clock.earliest();
    let zone: NameBuf = point.zone().to_buf();
    let question = Question::new(zone.as_name(), Type::DNSKEY);
    let found = Rrset::find(response, Section::Answer, &zone.as_name(), Type::DNSKEY, Class::IN);
    if let Some(set) = found
        && response.question() == Some(question)
    {
        revoke(point, set, terms, changes);
        let trusted = point.keys.iter().any(|key| key.state.is_trusted() && !key.doubted);
        if !trusted && point.keys.iter().any(|key| key.state == KeyState::Revoked) {
            // New keys that come at the same time do not take their place (section 6.6).
            forget_pending(point, changes, |_| true);
            point.deleted = true;
            return Outcome::Deleted;
        }
    }
    let anchors = point.anchors();
    let evidence = [*response];
    // What the owner said, whatever is left of it in the answer.
    let mut original_ttl = 0;
    let mut ledger = |signed: &Signed<'_>| {
        let is_of = |(rrsig, _): &(Rrsig<'_>, u32)| core::ptr::eq(rrsig.signature, signed.signature());
        if let Some((rrsig, _)) = signed.rrset().signatures().flatten().find(is_of) {
            original_ttl = original_ttl.max(rrsig.original_ttl);
        }
    };
    let verdict = match chain::prove(question, &anchors, &evidence, terms, &mut (), &mut ledger) {
        Next::Done(verdict) => verdict,
        Next::Ask(_, otherwise) => otherwise.into(),
    };
    let (secure, set) = match (&verdict, verdict.secure().and_then(|secure| secure.answer())) {
        (Verdict::Secure(secure), Some(set)) => (secure, set),
        _ => {
            let (code, text) = verdict
                .reason()
                .map_or((ReasonCode::KeysMissing, String::new()), |reason| (reason.code(), reason.to_string()));
            return Outcome::NotValidated { code, text };
        }
    };
    if terms.clock.is_exact() {
        if secure.valid_from() < point.signed {
            forget_absent(point, set, terms.backend, changes);
            return Outcome::Replayed;
        }
        point.signed = secure.valid_from();
    }
    // Section 2.3.
    let left = u32::try_from(secure.signed_until().0.saturating_sub(now.0)).unwrap_or(u32::MAX);
    let ttl = secure.ttl();
    //= https://www.rfc-editor.org/rfc/rfc5011#section-2.3
    //= reason=it says when; whoever has the trust point asks
    //# A resolver that has been configured for an automatic update of keys from a particular trust point MUST query
    //# that trust point (e.g., do a lookup for the DNSKEY RRSet and related RRSIG records) no less often than the
    //# lesser of 15 days, half the original TTL for the DNSKEY RRSet, or half the RRSIG expiration interval and no more
    //# often than once per hour.
    point.query_interval = (15 * DAY).min(ttl / 2).min(left / 2).max(timers.least_interval);
    //= https://www.rfc-editor.org/rfc/rfc5011#section-2.3
    //= reason=it says when; whoever has the trust point asks
    //# If the query fails, the resolver MUST repeat the query until satisfied no more often than once an hour and no
    //# less often than the lesser of 1 day, 10% of the original TTL, or 10% of the original expiration interval.
    point.retry_time = DAY.min(ttl / 10).min(left / 10).max(timers.least_interval);
    follow(point, set, original_ttl, timers, terms, changes);
    Outcome::Validated
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
//# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose except to
//# validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the revocation.
//= https://www.rfc-editor.org/rfc/rfc5011#section-3
//# then the resolver MUST consider this key permanently invalid for all purposes except for validating the revocation.
/// Keys that revoke themselves (section 2.1): from the states Valid and Missing to Revoked, and from AddPend too, of which
/// the table of section 4.1 has nothing: else they could be new once more. Their own signature is all that it takes.
fn revoke<'m, B: Backend>(point: &mut TrustPoint, set: Rrset<'m>, terms: &mut Terms<'_, '_, B>, changes: &mut Changes) {
    let now = terms.clock.earliest();
    for key in set.views::<Dnskey<'m>>().filter(|key| key.is_revoked_zone_key()) {
        let whole = without_revoke(key.rdata());
        let gone = point.keys.iter().filter(|tracked| !is_live(tracked)).count();
        // Anchors may name a key several times, by itself and by digests of several kinds: all of them end with it.
        let (mut named, mut certain) = (Vec::new(), false);
        for (place, tracked) in point.keys.iter().enumerate() {
            if !is_live(tracked) || tracked.state == KeyState::AddPend && gone >= MAX_GONE {
                continue;
            }
            // Nobody has vouched for the set yet: what it makes us do is paid for.
            if tracked.rtype == Type::DS && terms.budget.digest().is_err() {
                return;
            }
            let is_it = is_known_key(tracked, &whole, set.owner(), terms.backend);
            if is_it != Some(false) {
                named.push(place);
                certain |= is_it == Some(true);
            }
        }
        // A digest that nobody here can compute is given up with what names the key for sure. Alone it is no reason: a key
        // with its tag can be anybody's.
        if !certain || Check::is_revoked_by(set, set.owner(), key, &mut terms.call()) != Ok(true) {
            continue;
        }
        // The places behind the first one, from the last on: those before stay where they are.
        for place in named.drain(1..).rev() {
            point.keys.remove(place);
        }
        if let Some(tracked) = named.first().and_then(|place| point.keys.get_mut(*place)) {
            (tracked.rtype, tracked.rdata) = (Type::DNSKEY, key.rdata().to_vec());
            changes.to(tracked, KeyState::Revoked, now);
        }
    }
}

/// Compares the digests of which a file does not say whether they are of keys that have revoked themselves. Those that
/// nobody here can compute stay in doubt.
fn settle_doubts<B: Backend>(point: &mut TrustPoint, terms: &mut Terms<'_, '_, B>) {
    let (zone, gone) = (point.zone().to_buf(), point.revoked().collect::<Vec<_>>());
    let mut is_it = |key: &TrackedKey, rdata: &Vec<u8>| match terms.budget.digest() {
        Ok(()) => is_known_key(key, rdata, zone.as_name(), terms.backend),
        Err(_) => None,
    };
    point.keys.retain_mut(|key| {
        let told: Vec<_> = gone.iter().filter(|_| key.doubted).map(|rdata| is_it(key, rdata)).collect();
        key.doubted = told.contains(&None);
        !told.contains(&Some(true))
    });
}

/// The other transitions of section 4, by a set that is validated.
fn follow<'m, B: Backend>(
    point: &mut TrustPoint,
    set: Rrset<'m>,
    original_ttl: u32,
    timers: &Timers,
    terms: &Terms<'_, '_, B>,
    changes: &mut Changes,
) {
    let now = terms.clock.earliest();
    let present: Vec<Dnskey<'m>> = set.views::<Dnskey<'m>>().collect();
    for tracked in &mut point.keys {
        // What was known by its digest is known by itself from now on.
        let is_present = |key: &&Dnskey<'m>| is_key(tracked, key.rdata(), set.owner(), terms.backend);
        let here = present.iter().find(is_present).copied();
        if let Some(key) = here {
            (tracked.rtype, tracked.rdata) = (Type::DNSKEY, key.rdata().to_vec());
        }
        match (tracked.state, here) {
            (KeyState::AddPend, Some(_)) => {
                tracked.seen = tracked.seen.saturating_add(1);
                let hold_down = timers.add_hold_down.max(tracked.ttl);
                //= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
                //# The resolver MUST NOT treat the new key as a trust anchor until the hold-down time expires AND it
                //# has retrieved and validated a DNSKEY RRSet after the hold-down time that contains the new key.
                //= https://www.rfc-editor.org/rfc/rfc5011#section-2.4.1
                //# This ensures that at least two validated DNSKEY RRSets that contain the new key MUST be seen by the
                //# resolver prior to the key's acceptance.
                if now >= tracked.since.plus(hold_down) && tracked.seen > 1 {
                    changes.to(tracked, KeyState::Valid, now);
                }
            }
            (KeyState::Missing, Some(_)) => changes.to(tracked, KeyState::Valid, now),
            //= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
            //# N.B.: Once the resolver has accepted a key as a trust anchor, the key MUST be considered a valid trust
            //# anchor by that resolver until explicitly revoked as described above.
            //= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
            //# If the RRSet is seen and is validated (i.e., verifies against an existing trust anchor), this key MUST
            //# be in the RRSet, otherwise a 'KeyRem' event is triggered.
            (KeyState::Valid, None) => changes.to(tracked, KeyState::Missing, now),
            (KeyState::Revoked, Some(_)) => tracked.since = now,
            (KeyState::Revoked, None) if now >= tracked.since.plus(timers.remove_hold_down) => {
                changes.to(tracked, KeyState::Removed, now);
            }
            _ => {}
        }
    }
    once_each(&mut point.keys);
    forget_absent(point, set, terms.backend, changes);
    // Section 2.2: a hold-down cannot begin while nobody knows how late it is.
    let Some(latest) = terms.clock.latest() else { return };
    for key in present {
        let new = key.is_usable() && key.is_secure_entry_point();
        let counts = terms.policy.counts(key.algorithm) && terms.backend.supports(key.algorithm);
        //= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
        //# Once in this state, this key MUST permanently be considered invalid as a trust anchor.
        //= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
        //# A key in the removed state MUST NOT be considered a valid trust anchor.
        // One that was revoked never comes back, with the bit or without it.
        let known = point.keys.iter().any(|tracked| {
            is_key(tracked, key.rdata(), set.owner(), terms.backend)
                || tracked.rtype == Type::DNSKEY && without_revoke(&tracked.rdata) == key.rdata()
        });
        let kept = point.keys.iter().filter(|tracked| is_live(tracked)).count();
        if new && counts && !known && kept < MAX_KEYS {
            let mut tracked =
                TrackedKey::new(Type::DNSKEY, key.rdata().to_vec(), original_ttl, KeyState::AddPend, latest);
            tracked.seen = 1;
            changes.made.push(Change { key_tag: key.key_tag(), from: None, to: Some(KeyState::AddPend) });
            point.keys.push(tracked);
        }
    }
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//# If the resolver ever sees the DNSKEY RRSet without the new key but validly signed, it stops the acceptance process
//# for that key and resets the acceptance timer.
/// Pending keys that do not stand in a set which a trusted key signs. That set may be an older one: whoever has stolen a
/// key and signs later than its owner must not silence the owner's sets.
fn forget_absent<B: Backend>(point: &mut TrustPoint, set: Rrset<'_>, backend: &B, changes: &mut Changes) {
    forget_pending(point, changes, |tracked| {
        !set.views::<Dnskey<'_>>().any(|key| is_key(tracked, key.rdata(), set.owner(), backend))
    });
}

/// Back to Start, of which nothing is kept.
fn forget_pending(point: &mut TrustPoint, changes: &mut Changes, is_gone: impl Fn(&TrackedKey) -> bool) {
    point.keys.retain(|tracked| {
        let gone = tracked.state == KeyState::AddPend && is_gone(tracked);
        if gone {
            changes.made.push(Change { key_tag: tracked.key_tag(), from: Some(tracked.state), to: None });
        }
        !gone
    });
}

/// Whether it is trusted or may come to be.
fn is_live(tracked: &TrackedKey) -> bool {
    tracked.state.is_trusted() || tracked.state == KeyState::AddPend
}

/// Leaves one of each key that was named several times: a trusted one, if there is one.
fn once_each(keys: &mut Vec<TrackedKey>) {
    let all = keys.clone();
    let mut places = 0_usize..;
    keys.retain(|tracked| {
        let is_same = |other: &&TrackedKey| other.rtype == tracked.rtype && other.rdata == tracked.rdata;
        let trusted = all.iter().position(|other| is_same(&other) && other.state.is_trusted());
        places.next() == trusted.or_else(|| all.iter().position(|other| is_same(&other)))
    });
}

/// Whether the RDATA of a DNSKEY record is the key that is tracked, by itself or by its digest; `None` for a digest of its
/// tag and algorithm that the backend cannot compute.
fn is_known_key<B: Backend>(tracked: &TrackedKey, rdata: &[u8], zone: Name<'_>, backend: &B) -> Option<bool> {
    let Ok(key) = Dnskey::from_rdata(Rdata::from_octets(rdata)) else { return Some(false) };
    match tracked.digest_like(&key) {
        Some((digest_type, _)) if !backend.supports_digest(digest_type) => None,
        Some((digest_type, digest)) => {
            Some(ds_digest(backend, digest_type, &zone, &key).is_some_and(|made| made.as_slice() == digest))
        }
        None => Some(tracked.rtype == Type::DNSKEY && tracked.rdata == rdata),
    }
}

/// Whether it is the key for sure.
fn is_key<B: Backend>(tracked: &TrackedKey, rdata: &[u8], zone: Name<'_>, backend: &B) -> bool {
    is_known_key(tracked, rdata, zone, backend) == Some(true)
}
