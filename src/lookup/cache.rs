//! Records that were verified are kept for as long as they hold.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

use super::Fingerprint;
use crate::anchor::Anchors;
use crate::chain::{Event, Observer};
use crate::codes::{Class, DigestType, Type};
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::policy::Policy;
use crate::time::Time;
use crate::wire::rdata::Rrsig;
use crate::wire::{Message, Question, Record, Section, header, record_in_full, write_question};

/// Room for what was verified. Whoever has one for several lookups asks for the keys of `com.` once, and verifies
/// them once.
///
/// Only what a proof rested on goes in: records whose signatures hold, and those signatures. It does not matter to
/// a verdict what comes out. Everything is judged again as if a server had said it, but for signatures that are known
/// to hold: for the backend that verified them, so backends that do not accept the same keys must not share one.
pub trait Cache {
    /// What is kept for a question under the same anchors and the same policy.
    fn get(&self, context: &Context, question: &Question<'_>) -> Option<Kept>;

    /// Keeps it, in the place of what is there.
    fn put(&self, context: &Context, kept: Kept);

    /// Whether this signature is known to hold.
    fn holds(&self, signature: &Fingerprint) -> bool;

    /// This signature holds.
    fn remember(&self, signature: Fingerprint);
}

/// Anchors and policy, as a part of the key: what was proved under some says nothing under others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context(pub(super) Fingerprint);

impl Context {
    /// The digest of both; `None` if the backend has no SHA-256.
    #[must_use]
    pub fn new(anchors: &Anchors, policy: &Policy, backend: &impl Backend) -> Option<Self> {
        let text = format!("{:?}\n{policy:?}", anchors.entries());
        backend.digest(DigestType::SHA256, &[text.as_bytes()])?.as_slice().try_into().ok().map(Self)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "Context({a:02x}{b:02x}{c:02x}{d:02x})")
    }
}

/// A response of which only verified records are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    octets: Vec<u8>,
    name: NameBuf,
    rtype: Type,
    from: Time,
    until: Time,
}

impl Kept {
    /// What it answers.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question::new(self.name.as_name(), self.rtype)
    }

    /// When it was proved.
    #[must_use]
    pub const fn from(&self) -> Time {
        self.from
    }

    /// Until when it may be used: the earliest end of the TTLs and signatures of its records.
    #[must_use]
    pub const fn until(&self) -> Time {
        self.until
    }

    /// The message as a server would say it now; what was kept before the record ends has less TTL left. `None` before
    /// it was proved, and once it has ended.
    #[must_use]
    pub fn at(&self, now: Time) -> Option<Vec<u8>> {
        let age = now.0.checked_sub(self.from.0).filter(|_| now < self.until)?;
        let message = Message::parse(&self.octets).ok()?;
        written(&message, |_, record| {
            Some(Record { ttl: record.ttl.saturating_sub(u32::try_from(age).ok()?), ..record })
        })
    }

    /// Octets that it takes, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.octets.len().saturating_add(size_of::<Self>())
    }
}

/// An RRset that was verified.
struct Set {
    name: NameBuf,
    rtype: Type,
    /// The first octet of the message that it is in.
    at: *const u8,
    zone: NameBuf,
    key_tag: u16,
    until: Time,
}

/// Takes note of what is verified.
#[derive(Default)]
pub(crate) struct Proved {
    sets: Vec<Set>,
    /// Names that are aliases.
    aliases: Vec<NameBuf>,
}

impl Observer for Proved {
    fn observe(&mut self, event: Event<'_>) {
        let (name, rtype, zone, key_tag, until) = match event {
            Event::Signed { name, rtype, zone, key_tag, until, .. } => (name, rtype, zone, key_tag, until),
            Event::Zone { zone, key_tag, until, .. } => (zone, Type::DNSKEY, zone, key_tag, until),
            Event::Alias { name, .. } => return self.aliases.push(name.to_buf()),
            _ => return,
        };
        self.sets.push(Set { name: name.to_buf(), rtype, at: name.origin(), zone: zone.to_buf(), key_tag, until });
    }
}

impl Proved {
    /// What is left of a message if only verified records are; `None` if that is nothing, or not to be told apart.
    pub(crate) fn part_of(&self, message: &Message<'_>, now: Time) -> Option<Kept> {
        let question = message.question()?;
        let at = message.octets().as_ptr();
        let is_keys =
            |set: &Set| set.rtype == Type::DNSKEY && question.rtype == Type::DNSKEY && set.name == question.name;
        let mut of_message = self.sets.iter().filter(|set| set.at == at || is_keys(set)).peekable();
        let first = of_message.peek()?.until;
        let until = of_message.fold(first, |until, set| until.min(set.until));
        let proved = |owner: &Name<'_>, rtype| {
            self.sets.iter().find(|set| (set.at == at || is_keys(set)) && set.rtype == rtype && set.name == *owner)
        };
        // One RRset in two sections: only one of them was looked at.
        let in_both = |record: &Record<'_>| {
            record.rtype != Type::RRSIG
                && message
                    .records(Section::Authority)
                    .any(|other| other.rtype == record.rtype && other.owner == record.owner)
        };
        if message.records(Section::Answer).any(|record| in_both(&record)) {
            return None;
        }
        // It follows from the DNAME record, which is signed in its place (RFC 6672 section 5.3.1).
        let is_made = |name: &Name<'_>| {
            let above = |record: &Record<'_>| record.rtype == Type::DNAME && name.is_below(&record.owner);
            let mut dnames = message.records(Section::Answer).filter(above);
            self.aliases.iter().any(|alias| *alias == *name)
                && dnames.any(|record| proved(&record.owner, Type::DNAME).is_some())
        };
        let octets = written(message, |section, record| {
            let is_kept = match record.rtype {
                _ if record.class != Class::IN => false,
                Type::RRSIG => record.view::<Rrsig<'_>>().is_ok_and(|rrsig| {
                    let set = proved(&record.owner, rrsig.type_covered);
                    set.is_some_and(|set| set.zone == rrsig.signer && set.key_tag == rrsig.key_tag)
                }),
                Type::CNAME if section == Section::Answer && is_made(&record.owner) => true,
                rtype => proved(&record.owner, rtype).is_some(),
            };
            is_kept.then_some(record)
        })?;
        Some(Kept { octets, name: question.name.to_buf(), rtype: question.rtype, from: now, until })
    }
}

/// A message with a part of the records of another one, and those perhaps changed.
fn written<'m>(
    message: &Message<'m>,
    mut change: impl FnMut(Section, Record<'m>) -> Option<Record<'m>>,
) -> Option<Vec<u8>> {
    /// QR and RD; the response code is added.
    const FLAGS: u16 = 0x8100;
    let question = message.question()?;
    let mut counts = [1, 0, 0, 0];
    let mut records = Vec::new();
    for (section, count) in [Section::Answer, Section::Authority].into_iter().zip(counts.iter_mut().skip(1)) {
        for kept in message.records(section).filter_map(|record| change(section, record)) {
            records.extend(record_in_full(&kept)?);
            *count = u16::checked_add(*count, 1)?;
        }
    }
    let mut out = header(0, FLAGS | message.header().rcode().0, counts);
    write_question(&mut out, &question);
    out.extend(records);
    Some(out)
}
