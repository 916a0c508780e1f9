//! From the anchors down: which zones' keys are known, where the cuts are.

use std::cell::RefCell;
use std::collections::BTreeMap;

use dnsproof::codes::{Algorithm, DigestType};
use dnsproof::crypto::Backend;

use super::Rules;
use super::canonical::signed_data;
use super::denial::{Hash, Proof};
use super::name::Name;
use super::wire::{DNSKEY, DS, Dnskey, Ds, NOERROR, NSEC, NSEC3, Response, Rrset, Rrsig};

/// A zone with the keys that may sign for it.
#[derive(Clone, Debug)]
pub struct Zone {
    pub name: Name,
    pub keys: Vec<Dnskey>,
    /// The DNSKEY RRsets that are authenticated, as answers.
    pub sets: Vec<Vec<Vec<u8>>>,
}

/// How an RRset was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// As it stands.
    Exactly,
    /// As the wildcard below the last so many labels of the owner.
    Wildcard(usize),
}

pub struct Court<'c, B> {
    pub responses: &'c [Response],
    pub anchors: &'c [(Name, u16, Vec<u8>)],
    pub now: u64,
    pub backend: &'c B,
    pub rules: &'c Rules,
    /// What was found before: the same is asked again and again.
    pub known: Known,
}

#[derive(Default)]
pub struct Known {
    zones: RefCell<BTreeMap<Name, Vec<Zone>>>,
    /// Of a zone and a name below it. No name has two sets of keys: all names below a zone that have it on their way
    /// begin at the same anchor.
    cuts: RefCell<BTreeMap<(Name, Name), bool>>,
    /// Whether a zone shows a cut between itself and a name.
    above: RefCell<BTreeMap<(Name, Name), bool>>,
    /// Of a name and a type, since the zones on the way to a name are always the same.
    unsigned: RefCell<BTreeMap<(Name, u16), bool>>,
}

impl<B: Backend> Court<'_, B> {
    /// The RRsets of this name and type that answer the question for them. Records under NXDOMAIN are no answer (the
    /// project's rule).
    fn sets(&self, name: &Name, rtype: u16) -> Vec<Rrset> {
        let good = self.responses_to(name, rtype).filter(|response| response.rcode == NOERROR);
        good.filter_map(|response| Rrset::find(&response.answer, name, rtype)).collect()
    }

    pub fn responses_to(&self, name: &Name, rtype: u16) -> impl Iterator<Item = &Response> {
        self.responses.iter().filter(move |response| response.name == *name && response.rtype == rtype)
    }

    /// RFC 4035 section 5.3.1 and RFC 4034 section 3.1.5: serial number arithmetic of RFC 1982.
    fn in_window(&self, signature: &Rrsig) -> bool {
        let now = u32::try_from(self.now & 0xFFFF_FFFF).expect("32 bits");
        let until = |from: u32, to: u32| to.wrapping_sub(from) < 1 << 31;
        until(signature.inception, now)
            && until(now, signature.expiration)
            && until(signature.inception, signature.expiration)
    }

    /// Whether one of these keys made this signature, and how the RRset is signed.
    fn verify(&self, zone: &Name, keys: &[Dnskey], rrset: &Rrset, signature: &Rrsig) -> Option<Signed> {
        let (labels, algorithm) = (usize::from(signature.labels), Algorithm(signature.algorithm));
        let fits = signature.covered == rrset.rtype
            && signature.signer == *zone
            && rrset.owner.is_at_or_below(zone)
            // RFC 4034 section 3.1.3: not more labels than the owner has; and no wildcard above the zone.
            && (zone.signed_labels()..=rrset.owner.signed_labels()).contains(&labels)
            && self.in_window(signature)
            && self.counts(signature.algorithm);
        fits.then_some(())?;
        let signed = signed_data(rrset, signature);
        // RFC 4035 section 5.3.1: each key that fits is tried.
        let made_it = |key: &&Dnskey| {
            key.may_sign()
                && key.algorithm == signature.algorithm
                && key.tag() == signature.key_tag
                && self
                    .backend
                    .key(algorithm, &key.public_key)
                    .is_some_and(|key| self.backend.verify(&key, &signed, &signature.signature))
        };
        keys.iter().find(made_it)?;
        let expanded = labels < rrset.owner.signed_labels();
        Some(if expanded { Signed::Wildcard(labels) } else { Signed::Exactly })
    }

    fn counts(&self, algorithm: u8) -> bool {
        self.rules.algorithms.contains(&algorithm) && self.backend.supports(Algorithm(algorithm))
    }

    /// All ways in which the zone signs the RRset.
    pub fn signed(&self, zone: &Zone, rrset: &Rrset) -> Vec<Signed> {
        rrset.signatures.iter().filter_map(|signature| self.verify(&zone.name, &zone.keys, rrset, signature)).collect()
    }

    fn signed_exactly(&self, zone: &Zone, rrset: &Rrset) -> bool {
        self.signed(zone, rrset).contains(&Signed::Exactly)
    }

    /// The zone's NSEC and NSEC3 records in the authority section. RFC 4592 section 4.7: what a wildcard made says
    /// nothing of the name it was made for, so it is left out.
    pub fn proof<'h>(&self, zone: &Zone, response: &Response, hash: &'h Hash<'h>) -> Proof<'h> {
        let sets = |rtype| -> Vec<Rrset> {
            let all = Rrset::all(&response.authority, rtype).into_iter();
            all.filter(|rrset| self.signed_exactly(zone, rrset)).collect()
        };
        let iterations = (self.rules.iterations, self.rules.iterations_refused);
        Proof::new(&zone.name, &sets(NSEC), &sets(NSEC3), iterations, hash)
    }

    pub fn hasher(&self) -> impl Fn(&[u8], &[u8], u16) -> Option<[u8; 20]> {
        |name, salt, iterations| self.backend.nsec3_hash(name, salt, iterations)
    }

    /// All zones at or above the name whose keys can be had, from the closest anchor on (the project's rule for nested
    /// anchors; RFC 6840 appendix C.1).
    pub fn zones(&self, name: &Name) -> Vec<Zone> {
        let known = self.known.zones.borrow().get(name).cloned();
        known.unwrap_or_else(|| {
            let zones = self.find_zones(name);
            self.known.zones.borrow_mut().insert(name.clone(), zones.clone());
            zones
        })
    }

    fn find_zones(&self, name: &Name) -> Vec<Zone> {
        let above = self.anchors.iter().map(|(zone, ..)| zone).filter(|zone| name.is_at_or_below(zone));
        let Some(start) = above.max_by_key(|zone| zone.len()) else { return Vec::new() };
        let mut zones = vec![self.anchored(start)];
        for labels in start.len() + 1..=name.len() {
            let cut = name.last(labels);
            let signed: Vec<Vec<Ds>> = zones.iter().flat_map(|zone| self.delegations(zone, &cut)).collect();
            let mut below = Zone { name: cut, keys: Vec::new(), sets: Vec::new() };
            for set in signed {
                self.enter(&mut below, &set, &[]);
            }
            zones.push(below);
        }
        zones.retain(|zone| !zone.keys.is_empty());
        zones
    }

    fn anchored(&self, start: &Name) -> Zone {
        let of = |rtype: u16| {
            self.anchors.iter().filter(move |(zone, of, _)| zone == start && *of == rtype).map(|(.., rdata)| rdata)
        };
        let set: Vec<Ds> = of(DS).filter_map(|rdata| Ds::read(rdata)).collect();
        let keys: Vec<Dnskey> = of(DNSKEY).filter_map(|rdata| Dnskey::read(rdata)).collect();
        let mut zone = Zone { name: start.clone(), keys: Vec::new(), sets: Vec::new() };
        self.enter(&mut zone, &set, &keys);
        zone
    }

    /// The DS RRsets that the zone has for a name below it. RFC 4035 section 2.4: DS is the parent's. RFC 4592 section 4.6:
    /// those of a wildcard mean nothing.
    fn delegations(&self, zone: &Zone, cut: &Name) -> Vec<Vec<Ds>> {
        if !cut.is_below(&zone.name) || cut.is_wildcard() || self.cut_between(zone, cut, DS) {
            return Vec::new();
        }
        self.sets(cut, DS)
            .into_iter()
            .filter(|rrset| self.signed_exactly(zone, rrset))
            .map(|rrset| rrset.records.iter().filter_map(|rdata| Ds::read(rdata)).collect())
            .collect()
    }

    /// RFC 4035 section 5.2: a key that DS or anchor names is in the DNSKEY RRset and signs it; then all keys of the
    /// set may sign for the zone.
    fn enter(&self, zone: &mut Zone, set: &[Ds], keys: &[Dnskey]) {
        for rrset in self.sets(&zone.name, DNSKEY) {
            let all: Vec<Dnskey> = rrset.records.iter().filter_map(|rdata| Dnskey::read(rdata)).collect();
            let named =
                |key: &&Dnskey| keys.contains(key) || self.usable(set).iter().any(|ds| self.names(ds, &zone.name, key));
            let entry: Vec<Dnskey> = all.iter().filter(named).cloned().collect();
            let signs = |signature: &Rrsig| self.verify(&zone.name, &entry, &rrset, signature) == Some(Signed::Exactly);
            if rrset.signatures.iter().any(signs) {
                zone.keys.extend(all);
                zone.sets.push(rrset.records);
            }
        }
    }

    /// The DS records that count: of a known algorithm and digest (RFC 6840 section 5.2), and SHA-1 only where nothing
    /// better stands beside it (RFC 4509 section 3; the project's rule: SHA-384 is better too).
    fn usable<'d>(&self, set: &'d [Ds]) -> Vec<&'d Ds> {
        let counts = |ds: &&Ds| {
            let digest = DigestType(ds.digest_type);
            self.counts(ds.algorithm)
                && self.rules.digests.contains(&ds.digest_type)
                && self.backend.supports_digest(digest)
        };
        let counted: Vec<&Ds> = set.iter().filter(counts).collect();
        let better = counted.iter().any(|ds| ds.digest_type != 1);
        counted.into_iter().filter(|ds| !better || ds.digest_type != 1).collect()
    }

    /// RFC 4034 section 5.1.4.
    fn names(&self, ds: &Ds, zone: &Name, key: &Dnskey) -> bool {
        let digest = self.backend.digest(DigestType(ds.digest_type), &[&zone.wire(), &key.rdata]);
        ds.key_tag == key.tag()
            && ds.algorithm == key.algorithm
            && digest.is_some_and(|digest| digest.as_slice() == ds.digest)
    }

    /// Whether the zone itself, by what is at hand, shows a cut at a name below it.
    fn shows_cut(&self, zone: &Zone, cut: &Name) -> bool {
        let key = (zone.name.clone(), cut.clone());
        let known = self.known.cuts.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let shows = self.finds_cut(zone, cut);
            self.known.cuts.borrow_mut().insert(key, shows);
            shows
        })
    }

    fn finds_cut(&self, zone: &Zone, cut: &Name) -> bool {
        let hash = self.hasher();
        self.sets(cut, DS).iter().any(|rrset| self.signed_exactly(zone, rrset))
            || self.responses_to(cut, DS).any(|response| self.proof(zone, response, &hash).unsigned_delegation(cut))
    }

    /// Whether the zone does not speak for this name and type: there is a cut between. DS at a cut is the parent's
    /// (RFC 4035 section 2.4).
    pub fn cut_between(&self, zone: &Zone, name: &Name, rtype: u16) -> bool {
        let at_name = || name.is_below(&zone.name) && !name.is_wildcard() && self.shows_cut(zone, name);
        rtype != DS && at_name() || self.cut_above(zone, name)
    }

    /// Whether there is a cut between the zone and the name, both left out.
    fn cut_above(&self, zone: &Zone, name: &Name) -> bool {
        if name.len() <= zone.name.len() + 1 {
            return false;
        }
        let key = (zone.name.clone(), name.clone());
        let known = self.known.above.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let parent = name.last(name.len() - 1);
            let above = !parent.is_wildcard() && self.shows_cut(zone, &parent) || self.cut_above(zone, &parent);
            self.known.above.borrow_mut().insert(key, above);
            above
        })
    }

    /// Whether it can be shown that names at or below an unsigned delegation include this one: RFC 4035 section 5.2, with
    /// RFC 6840 section 5.2 for DS records that nobody here can use.
    pub fn may_be_unsigned(&self, zones: &[Zone], name: &Name, rtype: u16) -> bool {
        let key = (name.clone(), rtype);
        let known = self.known.unsigned.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let found = self.finds_unsigned(zones, name, rtype);
            self.known.unsigned.borrow_mut().insert(key, found);
            found
        })
    }

    fn finds_unsigned(&self, zones: &[Zone], name: &Name, rtype: u16) -> bool {
        let end = if rtype == DS { name.len() } else { name.len() + 1 };
        let hash = self.hasher();
        zones.iter().any(|zone| {
            let first = zone.name.len() + 1;
            let shown: Vec<bool> = (first..end).map(|labels| self.shows_cut(zone, &name.last(labels))).collect();
            (first..end).any(|labels| {
                let cut = name.last(labels);
                // RFC 4592 section 4.2 leaves open what NS records of a wildcard mean: as a cut they are supported.
                if self.cut_between(zone, &cut, DS) {
                    return false;
                }
                // A zone that shows a cut further down has none here: nothing hides.
                let none_here = shown[labels + 1 - first..].contains(&true);
                self.delegations(zone, &cut).iter().any(|set| self.usable(set).is_empty())
                    || self.responses_to(&cut, DS).any(|response| {
                        let proof = self.proof(zone, response, &hash);
                        proof.unsigned_delegation(&cut) || proof.may_hide_delegation(&cut) && !none_here
                    })
            })
        })
    }
}
