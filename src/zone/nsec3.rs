//! The chains of NSEC3 records of a zone (RFC 5155 section 7.1).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use data_encoding::BASE32HEX_NOPAD;
use rayon::prelude::*;

use super::Terms;
use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node, Standing};
use super::key;
use super::nsec::{denial_ttl, types_of};
use super::store::Place;
use crate::codes::{Nsec3Hash, Type};
use crate::crypto::Backend;
use crate::wire::rdata::{Nsec3, Nsec3Parameters, Nsec3param, View};
use crate::zonefile::write_bitmap;

type Hash = [u8; 20];

/// Chains that are followed. While parameters change there are two.
const MAX_CHAINS: usize = 4;

/// A name that a chain may have: one with records, or one that only has names below it.
#[derive(Clone, Copy)]
struct Name<'i> {
    hash: Hash,
    key: &'i [u8],
    /// `None` for an empty non-terminal.
    node: Option<Node>,
    /// Whether opt-out may leave it out: a delegation without DS records, or an empty non-terminal above nothing but
    /// such (RFC 5155 section 7.1, erratum 3441).
    may_be_out: bool,
    /// A record that is at or below it.
    place: Place,
}

/// One chain of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nsec3Chain {
    /// How often a hash is hashed again.
    pub iterations: u16,
    /// What is hashed along.
    pub salt: Vec<u8>,
    /// Records in the chain.
    pub records: u64,
    /// Whether some of them say that unsigned delegations may hide behind them.
    pub opt_out: bool,
}

/// A record of a chain. There is one for nearly every name, so it is read again where it is needed.
struct Link {
    hash: Hash,
    place: Place,
}

impl Link {
    fn nsec3<'i>(&self, index: &'i Index) -> Option<Nsec3<'i>> {
        Nsec3::from_rdata(index.at(self.place).as_rdata()).ok()
    }

    fn is_opt_out(&self, index: &Index) -> bool {
        self.nsec3(index).is_some_and(|nsec3| nsec3.is_opt_out())
    }
}

/// Follows every chain.
pub(super) fn check<B: Backend + Sync>(
    index: &Index,
    apex: Node,
    terms: &Terms<'_, B>,
) -> (Vec<Nsec3Chain>, Vec<Found>) {
    let mut faults = Vec::new();
    let ttl = denial_ttl(index);
    let mut chains: BTreeMap<(u8, u16, &[u8]), Vec<Link>> = BTreeMap::new();
    for node in index.nodes.iter().filter(|node| matches!(node.standing, Standing::Hashed | Standing::Authoritative)) {
        let owner = index.key_of(*node);
        let mut last = None;
        for place in index.set(*node, Type::NSEC3) {
            // Twice the same is told elsewhere, and is one record.
            if last.replace(index.at(*place).rdata) == Some(index.at(*place).rdata) {
                continue;
            }
            let record = index.at(*place);
            if let Some(due) = ttl.filter(|due| *due != record.ttl) {
                let about = About::Expected(record.ttl, due);
                faults.push(Found::new(FaultKind::DenialTtl, *place, Type::NSEC3).about(about));
            }
            let mut fault = |kind| faults.push(Found::new(kind, *place, Type::NSEC3));
            let Ok(nsec3) = Nsec3::from_rdata(record.as_rdata()) else {
                fault(FaultKind::Malformed);
                continue;
            };
            let Nsec3Parameters { hash, iterations, salt } = nsec3.parameters;
            match hash_of(owner, index.key_of(apex)) {
                _ if hash != Nsec3Hash::SHA1 => fault(FaultKind::Nsec3Unsupported),
                _ if nsec3.flags & !1 != 0 => fault(FaultKind::Nsec3FlagsUnknown),
                None => fault(FaultKind::Nsec3OwnerWrong),
                Some(own) => {
                    let links = chains.entry((hash.0, iterations, salt)).or_default();
                    links.push(Link { hash: own, place: *place });
                }
            }
        }
    }
    let mut params = BTreeSet::new();
    for place in index.set(apex, Type::NSEC3PARAM) {
        let Ok(param) = Nsec3param::from_rdata(index.at(*place).as_rdata()) else {
            faults.push(Found::new(FaultKind::Malformed, *place, Type::NSEC3PARAM));
            continue;
        };
        let Nsec3Parameters { hash, iterations, salt } = param.parameters;
        if param.flags != 0 {
            // Not in use (RFC 5155 section 4.1.2).
            faults.push(Found::new(FaultKind::Nsec3FlagsUnknown, *place, Type::NSEC3PARAM));
        } else if !chains.contains_key(&(hash.0, iterations, salt)) {
            faults.push(Found::new(FaultKind::Nsec3ParamWithoutChain, *place, Type::NSEC3PARAM));
        }
        params.insert((hash.0, iterations, salt));
    }
    let mut names = names_of(index);
    let mut told = Vec::new();
    for (parameters @ (_, iterations, salt), mut links) in chains {
        let Some(first) = links.first().map(|link| link.place) else { continue };
        if !params.contains(&parameters) {
            faults.push(Found::new(FaultKind::Nsec3ParamMissing, first, Type::NSEC3));
        }
        let excess = About::Expected(iterations.into(), 0);
        if iterations > terms.policy.nsec3_iterations() {
            faults.push(Found::new(FaultKind::Nsec3IterationsRefused, first, Type::NSEC3).about(excess));
        } else if iterations > 0 {
            faults.push(Found::new(FaultKind::Nsec3Iterations, first, Type::NSEC3).about(excess));
        }
        let rdata = |link: &Link| index.at(link.place).rdata;
        links.par_sort_unstable_by(|one, other| one.hash.cmp(&other.hash).then_with(|| rdata(one).cmp(rdata(other))));
        // Whichever of the two a server picks, validators believe it.
        for (one, other) in links.iter().zip(links.iter().skip(1)).filter(|(one, other)| one.hash == other.hash) {
            faults.push(Found::new(FaultKind::Nsec3Repeated, other.place, Type::NSEC3).about(About::Name(one.place)));
        }
        told.push(Nsec3Chain {
            iterations,
            salt: salt.to_vec(),
            records: u64::try_from(links.len()).unwrap_or(0),
            opt_out: links.par_iter().any(|link| link.is_opt_out(index)),
        });
        // What would cost so much proves nothing.
        if iterations > terms.policy.nsec3_iterations() {
            continue;
        }
        if told.len() > MAX_CHAINS {
            faults.push(Found::new(FaultKind::Nsec3ChainsTooMany, first, Type::NSEC3));
            continue;
        }
        match hash_all(&mut names, terms, salt, iterations) {
            Some(()) => chain(index, &links, &names, &mut faults),
            None => faults.push(Found::new(FaultKind::Nsec3Unsupported, first, Type::NSEC3)),
        }
    }
    (told, faults)
}

/// The hash that an owner is; `None` if it is none, directly below the apex.
fn hash_of(owner: &[u8], apex: &[u8]) -> Option<Hash> {
    if key::parent(owner)? != apex {
        return None;
    }
    let label = key::labels(owner).next_back()?;
    let mut upper = [0; 32];
    if label.len() != upper.len() {
        return None;
    }
    upper.copy_from_slice(label);
    upper.make_ascii_uppercase();
    let mut hash = [0; 20];
    BASE32HEX_NOPAD.decode_mut(&upper, &mut hash).ok()?;
    Some(hash)
}

/// The names that need a record, without their hashes: those with records of the zone, and the empty ones above them.
fn names_of(index: &Index) -> Vec<Name<'_>> {
    let is_due = |node: &Node| matches!(node.standing, Standing::Authoritative | Standing::Delegation);
    let mut names: Vec<Name<'_>> = Vec::with_capacity(index.nodes.iter().filter(|node| is_due(node)).count());
    let apex_labels = index.apex.as_deref().map_or(0, key::label_count);
    // Where the empty names above the one before are, by the number of their labels.
    let mut above: Vec<(&[u8], Option<usize>)> = Vec::new();
    for node in &index.nodes {
        if !is_due(node) {
            continue;
        }
        let (key, Some(place)) = (index.key_of(*node), index.places(*node).first().copied()) else { continue };
        let may_be_out = node.standing == Standing::Delegation && !index.has(*node, Type::DS);
        // What is above is there already, or is empty: names come in canonical order.
        while above.last().is_some_and(|(above, _)| !key::is_at_or_below(key, above)) {
            above.pop();
        }
        let mut missing = Vec::new();
        let nearest = above.last().map_or(apex_labels, |(above, _)| key::label_count(above));
        let mut parent = key::parent(key);
        while let Some(empty) = parent.filter(|parent| key::label_count(parent) > nearest) {
            missing.push(empty);
            parent = key::parent(empty);
        }
        for empty in missing.into_iter().rev() {
            above.push((empty, Some(names.len())));
            names.push(Name { hash: [0; 20], key: empty, node: None, may_be_out: true, place });
        }
        if !may_be_out {
            for at in above.iter().filter_map(|(_, at)| *at) {
                if let Some(empty) = names.get_mut(at) {
                    empty.may_be_out = false;
                }
            }
        }
        above.push((key, None));
        names.push(Name { hash: [0; 20], key, node: Some(*node), may_be_out, place });
    }
    names
}

/// Hashes the names, and puts them in the order of their hashes; `None` if the backend cannot.
fn hash_all<B: Backend + Sync>(
    names: &mut [Name<'_>],
    terms: &Terms<'_, B>,
    salt: &[u8],
    iterations: u16,
) -> Option<()> {
    let hash = |wire: &mut Vec<u8>, name: &mut Name<'_>| {
        wire.clear();
        key::write_wire(name.key, wire);
        name.hash = terms.backend.nsec3_hash(wire, salt, iterations)?;
        Some(())
    };
    names.par_iter_mut().map_init(Vec::new, hash).collect::<Option<()>>()?;
    names.par_sort_unstable_by_key(|name| name.hash);
    Some(())
}

/// Whether a chain is closed, and has the names and nothing else.
fn chain(index: &Index, links: &[Link], names: &[Name<'_>], faults: &mut Vec<Found>) {
    let fault = |kind, at, about| Found::new(kind, at, Type::NSEC3).about(about);
    for (number, link) in links.iter().enumerate() {
        let next = links.get(number.saturating_add(1)).or_else(|| links.first());
        let stated = link.nsec3(index).map(|nsec3| nsec3.next);
        if let Some(next) = next.filter(|next| stated != Some(&next.hash)) {
            faults.push(fault(FaultKind::Nsec3NextWrong, link.place, About::Name(next.place)));
        }
    }
    // Both in the order of their hashes, side by side.
    let mut rest = links.iter().peekable();
    let mut before = links.last();
    let mut matched: Option<Hash> = None;
    let (mut types, mut bitmap) = (Vec::new(), Vec::new());
    for name in names {
        while let Some(link) = rest.next_if(|link| link.hash < name.hash) {
            if matched != Some(link.hash) {
                faults.push(fault(FaultKind::Nsec3NotDue, link.place, About::Nothing));
            }
            before = Some(link);
        }
        let Some(link) = rest.peek().filter(|link| link.hash == name.hash) else {
            let covered_by_opt_out = before.is_some_and(|link| link.is_opt_out(index));
            if !(name.may_be_out && covered_by_opt_out) {
                let kind = if name.may_be_out { FaultKind::OptOutMissing } else { FaultKind::Nsec3Missing };
                let labels = u8::try_from(key::label_count(name.key)).unwrap_or(u8::MAX);
                faults.push(fault(
                    kind,
                    name.place,
                    if name.node.is_some() { About::Nothing } else { About::Empty(labels) },
                ));
            }
            continue;
        };
        matched = Some(name.hash);
        types.clear();
        bitmap.clear();
        if let Some(node) = name.node {
            types_of(index, node, &mut types);
        }
        write_bitmap(&mut types, &mut bitmap);
        // Behind the fixed fields, the salt and the next hash, each with its length (RFC 5155 section 3.2).
        let fields = link
            .nsec3(index)
            .map_or(0, |nsec3| nsec3.parameters.salt.len().saturating_add(nsec3.next.len()).saturating_add(6));
        if index.at(link.place).rdata.get(fields..) != Some(&bitmap) {
            faults.push(fault(FaultKind::Nsec3BitmapWrong, link.place, About::Name(name.place)));
        }
    }
    let surplus = rest.filter(|link| matched != Some(link.hash));
    faults.extend(surplus.map(|link| fault(FaultKind::Nsec3NotDue, link.place, About::Nothing)));
}
