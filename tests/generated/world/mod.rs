//! Small worlds made of arbitrary octets: a tree of zones that are signed each in its own way, a server that answers for
//! all of them, and what is true there.
//!
//! Nothing here uses the crate under test, but for the backend's trait in [`signer`]: names and their order, the chains
//! of NSEC and NSEC3, and the answers are made by plain means of its own. It is used by `tests/generated`, by the fuzz
//! targets and by `tests/differential`.
#![allow(dead_code)]

pub mod changes;
pub mod name;
pub mod server;
pub mod signer;
pub mod truth;
pub mod zone;

use arbitrary::{Result, Unstructured};

pub use name::Name;
pub use signer::Signer;
pub use zone::{Denial, Zone};

/// 2026-11-23T12:00:00Z.
pub const NOW: u32 = 1_795_435_200;
pub const DAY: u32 = 86_400;

pub mod rtype {
    pub const A: u16 = 1;
    pub const NS: u16 = 2;
    pub const CNAME: u16 = 5;
    pub const SOA: u16 = 6;
    pub const MX: u16 = 15;
    pub const TXT: u16 = 16;
    pub const AAAA: u16 = 28;
    pub const SRV: u16 = 33;
    pub const DNAME: u16 = 39;
    pub const DS: u16 = 43;
    pub const RRSIG: u16 = 46;
    pub const NSEC: u16 = 47;
    pub const DNSKEY: u16 = 48;
    pub const NSEC3: u16 = 50;
    pub const NSEC3PARAM: u16 = 51;
}

/// Types that are asked for, and of which zones have records.
pub const TYPES: [u16; 6] = [rtype::A, rtype::TXT, rtype::AAAA, rtype::MX, rtype::SRV, rtype::CNAME];

/// All zones, the top first; a parent stands before its children.
#[derive(Debug)]
pub struct World {
    pub zones: Vec<Zone>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    pub name: Name,
    pub rtype: u16,
}

impl World {
    /// Up to six zones.
    pub fn new(u: &mut Unstructured<'_>) -> Result<Self> {
        Self::under(u, &Name::root())
    }

    /// Up to six zones, all of them at or below `top`.
    pub fn under(u: &mut Unstructured<'_>, top: &Name) -> Result<Self> {
        let mut apexes = vec![top.clone()];
        for _ in 0..u.int_in_range(1..=5)? {
            let mut apex = u.choose(&apexes)?.clone();
            for _ in 0..u.int_in_range(1..=2)? {
                apex = apex.child(name::label(u)?);
            }
            if !apexes.contains(&apex) && !apex.has_wildcard() {
                apexes.push(apex);
            }
        }
        apexes.sort_by_key(|apex| apex.labels().len());
        let mut zones = Vec::new();
        for apex in &apexes {
            zones.push(Zone::new(u, apex, &apexes)?);
        }
        Ok(Self { zones })
    }

    /// The zone of which the key is known, and above which there is nothing.
    pub fn top(&self) -> &Name {
        &self.zones[0].apex
    }

    /// A name of this world or near it, and a type.
    pub fn question(&self, u: &mut Unstructured<'_>) -> Result<Question> {
        let zone = u.choose(&self.zones)?;
        let mut name = if u.ratio(1, 2)? {
            let owners: Vec<&Name> = zone.records.keys().collect();
            (*u.choose(&owners)?).clone()
        } else {
            zone.apex.clone()
        };
        for _ in 0..u.int_in_range(0..=2)? {
            name = name.child(name::label(u)?);
        }
        let mut rtype = *u.choose(&[&TYPES[..], &[rtype::DS, rtype::NS, rtype::SOA, rtype::DNSKEY]].concat())?;
        if name == *self.top() && rtype == rtype::DS {
            rtype = rtype::NS;
        }
        Ok(Question { name, rtype })
    }

    /// The zone with authority for a question: DS records are the parent's.
    pub fn zone_for(&self, question: &Question) -> &Zone {
        let encloses = |zone: &&Zone| {
            question.name.is_at_or_below(&zone.apex)
                && (question.rtype != rtype::DS || question.name != zone.apex || zone.apex == *self.top())
        };
        self.zones.iter().filter(encloses).max_by_key(|zone| zone.apex.labels().len()).expect("the top has all")
    }

    /// The zone above.
    pub fn parent(&self, zone: &Zone) -> Option<&Zone> {
        let above = self.zones.iter().filter(|other| zone.apex != other.apex && zone.apex.is_at_or_below(&other.apex));
        above.max_by_key(|other| other.apex.labels().len())
    }

    /// The child of which the apex is here.
    pub fn child(&self, apex: &Name) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.apex == *apex && apex != self.top())
    }
}

/// Random octets from a number (xorshift64).
pub fn octets(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    (0..512).flat_map(|_| next()).skip(64).collect()
}
