//! A cache in memory, of bounded size.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::fmt;
use std::sync::{Mutex, PoisonError};

use super::{Cache, Context, Fingerprint, Kept};
use crate::codes::Type;
use crate::name::NameBuf;
use crate::wire::Question;

/// Octets that an entry takes beside what it holds, about: its key, twice, and its places.
const OVERHEAD: usize = 700;
/// Octets that a signature takes, about.
const SIGNATURE: usize = 96;

/// Parts, each with a lock of its own: threads seldom wait for one another.
const PARTS: usize = 16;

/// A [`Cache`] in memory for one process and any number of threads. It has parts of equal size, and in each of them what
/// was not used for the longest time goes first.
///
/// ```
/// use dnsproof::lookup::Memory;
/// let cache = Memory::new(8 << 20);
/// assert_eq!(cache.octets(), 0);
/// ```
pub struct Memory {
    limit: usize,
    parts: [Mutex<State>; PARTS],
}

type Key = (Fingerprint, NameBuf, Type);

#[derive(Default)]
struct State {
    kept: BTreeMap<Key, (u64, Kept)>,
    signatures: BTreeMap<Fingerprint, u64>,
    /// What was used when.
    order: BTreeMap<u64, Either>,
    number: u64,
    octets: usize,
}

enum Either {
    Kept(Box<Key>),
    Signature(Fingerprint),
}

impl Memory {
    /// Room for so many octets, about.
    #[must_use]
    pub fn new(octets: usize) -> Self {
        Self { limit: octets / PARTS, parts: Default::default() }
    }

    /// Octets that it takes at present, about.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.parts.iter().map(|part| with(part, |state| state.octets)).sum()
    }

    /// The part that is for what begins with this octet.
    fn part<T>(&self, first: u8, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        let part = self.parts.get(usize::from(first) % PARTS)?;
        Some(with(part, act))
    }
}

fn with<T>(part: &Mutex<State>, act: impl FnOnce(&mut State) -> T) -> T {
    // Each change is complete before anything could panic.
    act(&mut part.lock().unwrap_or_else(PoisonError::into_inner))
}

/// In which part the answers to a question are: all letters of its name count, in either case.
fn part_of(question: &Question<'_>) -> u8 {
    let letters = question.name.labels().flatten().map(u8::to_ascii_lowercase);
    letters.fold(0, |sum: u8, octet| sum.wrapping_mul(31).wrapping_add(octet))
}

impl State {
    fn next(&mut self) -> u64 {
        self.number = self.number.saturating_add(1);
        self.number
    }

    fn shrink(&mut self, limit: usize) {
        while self.octets > limit {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            let size = match oldest {
                Either::Kept(key) => self.kept.remove(&*key).map(|(_, kept)| kept.size().saturating_add(OVERHEAD)),
                Either::Signature(signature) => self.signatures.remove(&signature).map(|_| SIGNATURE),
            };
            self.octets = self.octets.saturating_sub(size.unwrap_or(0));
        }
    }
}

fn key(context: &Context, question: &Question<'_>) -> Key {
    (context.0, question.name.to_buf(), question.rtype)
}

impl Cache for Memory {
    fn get(&self, context: &Context, question: &Question<'_>) -> Option<Kept> {
        let key = key(context, question);
        let found = self.part(part_of(question), |state| {
            let number = state.next();
            let (used, kept) = state.kept.get_mut(&key)?;
            let place = state.order.remove(used)?;
            state.order.insert(number, place);
            *used = number;
            Some(kept.clone())
        });
        found.flatten()
    }

    fn put(&self, context: &Context, kept: Kept) {
        let key = key(context, &kept.question());
        let part = part_of(&kept.question());
        self.part(part, |state| {
            let number = state.next();
            state.octets = state.octets.saturating_add(kept.size().saturating_add(OVERHEAD));
            if let Some((number, earlier)) = state.kept.insert(key, (number, kept)) {
                state.order.remove(&number);
                state.octets = state.octets.saturating_sub(earlier.size().saturating_add(OVERHEAD));
            }
            state.order.insert(number, Either::Kept(Box::new(key)));
            state.shrink(self.limit);
        });
    }

    fn holds(&self, signature: &Fingerprint) -> bool {
        let [first, ..] = signature;
        let held = self.part(*first, |state| {
            let number = state.next();
            let used = state.signatures.get_mut(signature);
            let place = used.as_ref().and_then(|used| state.order.remove(used));
            match (used, place) {
                (Some(used), Some(place)) => {
                    state.order.insert(number, place);
                    *used = number;
                    true
                }
                _ => false,
            }
        });
        held == Some(true)
    }

    fn remember(&self, signature: Fingerprint) {
        let [first, ..] = signature;
        self.part(first, |state| {
            if state.signatures.contains_key(&signature) {
                return;
            }
            let number = state.next();
            state.signatures.insert(signature, number);
            state.octets = state.octets.saturating_add(SIGNATURE);
            state.order.insert(number, Either::Signature(signature));
            state.shrink(self.limit);
        });
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.parts.iter().map(|part| with(part, |state| (state.kept.len(), state.signatures.len())));
        let (kept, signatures) =
            counts.fold((0_usize, 0_usize), |all, part| (all.0.saturating_add(part.0), all.1.saturating_add(part.1)));
        let octets = self.octets();
        f.debug_struct("Memory")
            .field("limit", &self.limit)
            .field("octets", &octets)
            .field("kept", &kept)
            .field("signatures", &signatures)
            .finish()
    }
}
