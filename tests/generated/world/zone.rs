//! One zone: its records, its keys, and how it denies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use arbitrary::{Result, Unstructured};

use super::{DAY, Name, Signer, TYPES, name, rtype};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// It has no signatures at all.
    Unsigned,
    Nsec,
    Nsec3 {
        salt: Vec<u8>,
        iterations: u16,
        opt_out: bool,
    },
}

/// What the parent's DS records say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vouched {
    /// Of a key that signs the keys.
    Good,
    /// The good one beside one of an unknown digest type and one of a key that is not there.
    Among,
    /// There are none.
    No,
    /// Of an algorithm, or a digest type, that nobody knows.
    Unknown,
    /// Of a key that is not there.
    Wrong,
}

#[derive(Debug)]
pub struct Zone {
    pub apex: Name,
    pub denial: Denial,
    pub vouched: Vouched,
    /// The number of its first key; with a second one, that signs all but the keys.
    pub key: u8,
    pub has_zsk: bool,
    /// Owner, type, RDATA; the NS records of delegations among them, DS records not.
    pub records: BTreeMap<Name, BTreeMap<u16, Vec<Vec<u8>>>>,
    /// Where a child begins.
    pub cuts: BTreeSet<Name>,
}

impl Zone {
    pub fn new(u: &mut Unstructured<'_>, apex: &Name, apexes: &[Name]) -> Result<Self> {
        let denial = match u.int_in_range(0..=9)? {
            0..=3 => Denial::Nsec,
            4..=8 => Denial::Nsec3 {
                salt: u.choose(&[&[][..], &[0xAB], &[1, 2, 3, 4]])?.to_vec(),
                iterations: *u.choose(&[0, 0, 1, 5, 50, 51, 600])?,
                opt_out: u.ratio(2, 5)?,
            },
            _ if *apex == apexes[0] => Denial::Nsec,
            _ => Denial::Unsigned,
        };
        let vouched = match u.int_in_range(0..=9)? {
            _ if denial == Denial::Unsigned => Vouched::No,
            0..=5 => Vouched::Good,
            6 => Vouched::Among,
            7 => Vouched::No,
            8 => Vouched::Unknown,
            _ => Vouched::Wrong,
        };
        let position = apexes.iter().position(|other| other == apex).unwrap_or_default();
        let key = u8::try_from(position * 2).unwrap();
        let below = |other: &&Name| other.is_below(apex);
        // The uppermost ones: what is further down is another zone's.
        let cuts: BTreeSet<Name> = apexes
            .iter()
            .filter(below)
            .filter(|cut| !apexes.iter().filter(below).any(|other| cut.is_below(other)))
            .cloned()
            .collect();
        let mut zone =
            Self { apex: apex.clone(), denial, vouched, key, has_zsk: u.ratio(1, 3)?, records: BTreeMap::new(), cuts };
        let server = apex.child(b"ns").wire();
        zone.add(apex, rtype::NS, server.clone());
        zone.add(apex, rtype::SOA, [&server[..], &server, &[0; 19], &[60]].concat());
        for cut in zone.cuts.clone() {
            zone.add(&cut, rtype::NS, server.clone());
        }
        for _ in 0..u.int_in_range(1..=8)? {
            zone.add_anything(u, apexes)?;
        }
        Ok(zone)
    }

    fn add(&mut self, owner: &Name, rtype: u16, rdata: Vec<u8>) {
        let set = self.records.entry(owner.clone()).or_default().entry(rtype).or_default();
        if !set.contains(&rdata) {
            set.push(rdata);
        }
    }

    /// A record that may stand where it is put; or nothing.
    fn add_anything(&mut self, u: &mut Unstructured<'_>, apexes: &[Name]) -> Result<()> {
        let mut owner = self.apex.clone();
        for _ in 0..u.int_in_range(0..=3)? {
            owner = owner.child(name::label(u)?);
        }
        let mut target = u.choose(apexes)?.clone();
        for _ in 0..u.int_in_range(0..=2)? {
            target = target.child(name::label(u)?);
        }
        let number = u.int_in_range(0..=255)?;
        let rtype = *u.choose(&[&TYPES[..], &[rtype::DNAME]].concat())?;
        let rdata = match rtype {
            rtype::A => vec![192, 0, 2, number],
            rtype::AAAA => [&[0x20, 1, 13, 0xB8][..], &[0; 11], &[number]].concat(),
            rtype::TXT => vec![1, number],
            rtype::MX => [&[0, number][..], &target.wire()].concat(),
            rtype::SRV => [&[0, 1, 0, number, 20, 102][..], &target.wire()].concat(),
            _ => target.wire(),
        };
        let here = self.records.get(&owner);
        let is_alias = |rtype: u16| rtype == rtype::CNAME;
        let free = !self.cuts.iter().any(|cut| owner.is_at_or_below(cut))
            // RFC 6672 section 2.4: nothing is below a DNAME.
            && !self.records.iter().any(|(other, sets)| sets.contains_key(&rtype::DNAME) && owner.is_below(other))
            && match rtype {
                rtype::CNAME => here.is_none(),
                rtype::DNAME => {
                    !owner.has_wildcard()
                        && !self.records.keys().any(|other| other.is_below(&owner))
                        && here.is_none_or(|sets| !sets.contains_key(&rtype::DNAME))
                        && here.is_none_or(|sets| !sets.keys().any(|rtype| is_alias(*rtype)))
                }
                _ => here.is_none_or(|sets| !sets.keys().any(|rtype| is_alias(*rtype))),
            };
        if free {
            self.add(&owner, rtype, rdata);
        }
        Ok(())
    }

    pub fn is_signed(&self) -> bool {
        self.denial != Denial::Unsigned
    }

    /// The keys that are published: number and flags.
    pub fn keys(&self) -> Vec<(u8, u16)> {
        let first = [(self.key, 257)];
        let second = [(self.key + 1, 256)];
        if self.has_zsk { [first, second].concat() } else { first.to_vec() }
    }

    /// The RDATA of its DNSKEY records.
    pub fn dnskeys(&self, signer: &impl Signer) -> Vec<Vec<u8>> {
        self.keys().iter().map(|(key, flags)| dnskey(signer, *key, *flags)).collect()
    }

    /// The RDATA of the DS records at its parent's.
    pub fn ds(&self, signer: &impl Signer) -> Vec<Vec<u8>> {
        let of = |key: u8| {
            let rdata = dnskey(signer, key, 257);
            let digest = signer.digest(2, &[self.apex.wire(), rdata.clone()].concat());
            [&key_tag(&rdata).to_be_bytes()[..], &[signer.algorithm(), 2], &digest].concat()
        };
        let (good, other) = (of(self.key), of(200));
        let mut unknown = good.clone();
        // Without any mark of its own as to which of the two it is that is not known.
        unknown[if self.key.is_multiple_of(4) { 2 } else { 3 }] = 222;
        match self.vouched {
            Vouched::Good => vec![good],
            Vouched::Among => vec![unknown, other, good],
            Vouched::No => vec![],
            Vouched::Unknown => vec![unknown],
            Vouched::Wrong => vec![other],
        }
    }

    /// Whether the parent says that its data are signed, with what is known.
    pub fn is_vouched(&self) -> bool {
        matches!(self.vouched, Vouched::Good | Vouched::Among | Vouched::Wrong)
    }

    /// The RRSIG over a set of this zone, found at `owner`.
    pub fn sign(&self, signer: &impl Signer, owner: &Name, rtype: u16, set: &[Vec<u8>]) -> Vec<u8> {
        let key = if rtype != rtype::DNSKEY && self.has_zsk { self.key + 1 } else { self.key };
        let flags = if key == self.key { 257 } else { 256 };
        let labels = owner.labels().len() - usize::from(owner.is_wildcard());
        let tag = key_tag(&dnskey(signer, key, flags));
        let mut rdata = rtype.to_be_bytes().to_vec();
        rdata.extend([signer.algorithm(), u8::try_from(labels).unwrap()]);
        for number in [3600, signer.now() + DAY, signer.now() - DAY] {
            rdata.extend(number.to_be_bytes());
        }
        rdata.extend(tag.to_be_bytes());
        rdata.extend(self.apex.wire());
        // RFC 4034 section 3.1.8.1.
        let mut octets = rdata.clone();
        let mut sorted = set.to_vec();
        sorted.sort();
        sorted.dedup();
        for rdata in &sorted {
            octets.extend(owner.wire());
            octets.extend(rtype.to_be_bytes());
            octets.extend([0, 1, 0, 0, 0x0E, 0x10]);
            octets.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
            octets.extend(rdata);
        }
        rdata.extend(signer.sign(key, &octets));
        rdata
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}, its DS records: {:?}", self.apex, self.denial, self.vouched)?;
        for (owner, sets) in &self.records {
            write!(f, "\n    {owner} {:?}{}", sets.keys(), if self.cuts.contains(owner) { ", a cut" } else { "" })?;
        }
        Ok(())
    }
}

pub fn dnskey(signer: &impl Signer, key: u8, flags: u16) -> Vec<u8> {
    [&flags.to_be_bytes()[..], &[3, signer.algorithm()], &signer.public_key(key)].concat()
}

/// RFC 4034 appendix B.
pub fn key_tag(rdata: &[u8]) -> u16 {
    let sum: u32 = rdata.iter().enumerate().map(|(at, octet)| u32::from(*octet) << (8 * (1 - at % 2))).sum();
    u16::try_from((sum + (sum >> 16)) & 0xFFFF).unwrap()
}
