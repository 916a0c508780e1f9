//! The records of a zone in canonical order, and what each name is to the zone.

use alloc::vec::Vec;
use core::cmp::Ordering;

use rayon::prelude::*;

use super::key;
use super::store::{Piece, Place, Stored, at};
use crate::codes::Type;

/// What a name is to the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The apex, or a name with records of the zone.
    Authoritative,
    /// A zone below begins: NS records and their addresses are the child's, the rest is ours (RFC 4035 section 2.2).
    Delegation,
    /// Below a delegation: glue, or never to be seen (RFC 2136 section 7.18).
    Occluded,
    /// Below a DNAME record, where nothing is seen (RFC 6672 section 2.4).
    Replaced,
    /// NSEC3 records, directly below the apex, and nothing else but their signatures.
    Hashed,
    /// Not in the zone.
    Outside,
}

/// A name with its records.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) standing: Standing,
    first: u32,
    count: u32,
}

/// Which types a name has, as far as it matters to what it is.
struct Types {
    count: u32,
    has_soa: bool,
    has_ns: bool,
    has_dname: bool,
    /// NSEC3 records, and nothing else but signatures.
    is_hashed: bool,
}

impl Types {
    /// Of the records of a name, which are put in order.
    fn sorted(pieces: &[Piece], records: &mut [Place]) -> Self {
        let in_set = |place: &Place| {
            let record = at(pieces, *place);
            (record.rtype, record.rdata)
        };
        records.sort_unstable_by(|one, other| in_set(one).cmp(&in_set(other)));
        let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let mut types = Self { count, has_soa: false, has_ns: false, has_dname: false, is_hashed: false };
        let mut others = false;
        for place in records {
            match at(pieces, *place).rtype {
                Type::SOA => types.has_soa = true,
                Type::NS => types.has_ns = true,
                Type::DNAME => types.has_dname = true,
                Type::NSEC3 => types.is_hashed = true,
                Type::RRSIG => continue,
                _ => {}
            }
            others |= at(pieces, *place).rtype != Type::NSEC3;
        }
        types.is_hashed &= !others;
        types
    }
}

/// Pieces of a zone, and the order of what is in them.
#[derive(Default)]
pub(super) struct Index {
    pub(super) pieces: Vec<Piece>,
    order: Vec<Place>,
    pub(super) nodes: Vec<Node>,
    /// Key of the apex: the owner of the SOA record.
    pub(super) apex: Option<Vec<u8>>,
}

impl Index {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        let mut order = Vec::with_capacity(pieces.iter().map(Piece::len).sum());
        for (number, piece) in (0..).zip(&pieces) {
            order.extend((0..).take(piece.len()).map(|entry| Place { piece: number, entry }));
        }
        let by_key = |one: &Place, other: &Place| at(&pieces, *one).key.cmp(at(&pieces, *other).key);
        // Most files are in order already, or consist of a few parts that are.
        let sorted = order.par_windows(2).all(|pair| match pair {
            [one, other] => by_key(one, other) != Ordering::Greater,
            _ => true,
        });
        if !sorted {
            order.par_sort_by(by_key);
        }
        let same_name = |one: &Place, other: &Place| at(&pieces, *one).key == at(&pieces, *other).key;
        let names: Vec<Types> =
            order.par_chunk_by_mut(same_name).map(|records| Types::sorted(&pieces, records)).collect();
        let mut index = Self { pieces, order, nodes: Vec::with_capacity(names.len()), apex: None };
        index.find_nodes(&names);
        index
    }

    /// Says of each name what it is to the zone: names above come first.
    fn find_nodes(&mut self, names: &[Types]) {
        let (pieces, order) = (&self.pieces, &self.order);
        let mut first = 0_u32;
        let with_places = names.iter().filter_map(|name| {
            let at = first;
            first = first.saturating_add(name.count);
            Some((at, name, order.get(usize::try_from(at).ok()?)?))
        });
        let mut apex: Option<&[u8]> = None;
        let mut cut: Option<(&[u8], Standing)> = None;
        // Names before the apex are above it, or beside.
        for (first, name, place) in with_places {
            let owner = at(pieces, *place).key;
            if name.has_soa && apex.is_none() {
                apex = Some(owner);
            }
            let standing = if !apex.is_some_and(|apex| key::is_at_or_below(owner, apex)) {
                Standing::Outside
            } else if name.is_hashed && key::parent(owner) == apex {
                Standing::Hashed
            } else if let Some((_, below)) = cut.filter(|(cut, _)| key::is_at_or_below(owner, cut)) {
                below
            } else if apex != Some(owner) && name.has_ns {
                cut = Some((owner, Standing::Occluded));
                Standing::Delegation
            } else {
                if name.has_dname {
                    cut = Some((owner, Standing::Replaced));
                }
                Standing::Authoritative
            };
            self.nodes.push(Node { standing, first, count: name.count });
        }
        self.apex = apex.map(<[u8]>::to_vec);
    }

    /// The records of a name: by type, and the records of a type in canonical order.
    pub(super) fn places(&self, node: Node) -> &[Place] {
        let first = usize::try_from(node.first).unwrap_or(usize::MAX);
        let count = usize::try_from(node.count).unwrap_or(0);
        self.order.get(first..first.saturating_add(count)).unwrap_or_default()
    }

    pub(super) fn at(&self, place: Place) -> Stored<'_> {
        at(&self.pieces, place)
    }

    pub(super) fn key_of(&self, node: Node) -> &[u8] {
        self.places(node).first().map_or(&[], |place| self.at(*place).key)
    }

    /// The RRsets of a name, signatures among them.
    pub(super) fn sets<'i>(&'i self, node: Node) -> impl Iterator<Item = (Type, &'i [Place])> + Clone + use<'i> {
        let same_type = |one: &Place, other: &Place| self.at(*one).rtype == self.at(*other).rtype;
        self.places(node).chunk_by(same_type).filter_map(|set| Some((self.at(*set.first()?).rtype, set)))
    }

    /// One RRset of a name; empty if there is none.
    pub(super) fn set(&self, node: Node, rtype: Type) -> &[Place] {
        self.sets(node).find(|(found, _)| *found == rtype).map_or(&[], |(_, set)| set)
    }

    pub(super) fn has(&self, node: Node, rtype: Type) -> bool {
        self.places(node).iter().any(|place| self.at(*place).rtype == rtype)
    }

    /// Records of a type in all of the zone.
    pub(super) fn count(&self, rtype: Type) -> usize {
        self.pieces.par_iter().map(|piece| piece.count(rtype)).sum()
    }

    /// The node of a name.
    pub(super) fn node(&self, key: &[u8]) -> Option<Node> {
        let found = self.nodes.binary_search_by(|node| self.key_of(*node).cmp(key)).ok()?;
        self.nodes.get(found).copied()
    }

    /// The node of the apex.
    pub(super) fn apex_node(&self) -> Option<Node> {
        self.node(self.apex.as_deref()?)
    }
}
