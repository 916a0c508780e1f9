//! The chain of NSEC records of a zone (RFC 4034 section 4, RFC 4035 section 2.3).

use alloc::vec::Vec;

use rayon::prelude::*;

use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node, Standing};
use super::key;
use super::store::Place;
use crate::codes::Type;
use crate::wire::rdata::{Nsec, Soa, View};
use crate::zonefile::write_bitmap;

/// Names that one task looks at.
const NAMES_PER_TASK: usize = 1024;

/// Whether an NSEC record of the name can be due: it has records of the zone beside NSEC records and signatures.
fn is_in_chain(index: &Index, node: Node) -> bool {
    matches!(node.standing, Standing::Authoritative | Standing::Delegation)
        && index.places(node).iter().any(|place| !matches!(index.at(*place).rtype, Type::NSEC | Type::RRSIG))
}

/// The TTL of NSEC and NSEC3 records: that of the SOA record or its MINIMUM field, whichever is less (RFC 9077 section 3).
pub(super) fn denial_ttl(index: &Index) -> Option<u32> {
    let soa = index.at(*index.set(index.apex_node()?, Type::SOA).first()?);
    Some(Soa::from_rdata(soa.as_rdata()).ok()?.minimum.min(soa.ttl))
}

/// Follows the chain: each name of the zone has one NSEC record, with the next name and with its types. Gives the
/// number of records.
pub(super) fn check(index: &Index) -> (u64, Vec<Found>) {
    let chain: Vec<Node> = index.nodes.par_iter().copied().filter(|node| is_in_chain(index, *node)).collect();
    let ttl = denial_ttl(index);
    let of_task = |(number, nodes): (usize, &[Node])| {
        let behind = number.saturating_add(1).saturating_mul(NAMES_PER_TASK);
        // The last name leads back to the apex, which is the first.
        let next = chain.get(behind).or_else(|| chain.first());
        let mut task = Task { index, ttl, faults: Vec::new(), records: 0, wire: Vec::new(), types: Vec::new() };
        for (at, node) in nodes.iter().enumerate() {
            task.name(*node, nodes.get(at.saturating_add(1)).or(next).copied());
        }
        (task.records, task.faults)
    };
    let (mut records, mut faults) = chain.par_chunks(NAMES_PER_TASK).enumerate().map(of_task).reduce(
        || (0, Vec::new()),
        |(one, mut faults), (other, mut more)| {
            faults.append(&mut more);
            (u64::saturating_add(one, other), faults)
        },
    );
    // Where none is due.
    for node in index.nodes.iter().filter(|node| !is_in_chain(index, **node)) {
        for place in index.places(*node).iter().filter(|place| index.at(**place).rtype == Type::NSEC) {
            records = records.saturating_add(1);
            faults.push(Found::new(FaultKind::NsecNotDue, *place, Type::NSEC));
        }
    }
    (records, faults)
}

struct Task<'i> {
    index: &'i Index,
    /// What the TTL of the records should be.
    ttl: Option<u32>,
    faults: Vec<Found>,
    records: u64,
    wire: Vec<u8>,
    types: Vec<Type>,
}

impl Task<'_> {
    fn name(&mut self, node: Node, next: Option<Node>) {
        let index = self.index;
        let nsecs = index.set(node, Type::NSEC);
        self.records = self.records.saturating_add(u64::try_from(nsecs.len()).unwrap_or(0));
        let Some(first) = index.places(node).first().copied() else { return };
        let mut fault = |kind, at: Place, about| self.faults.push(Found::new(kind, at, Type::NSEC).about(about));
        let place = match nsecs {
            [] => return fault(FaultKind::NsecMissing, first, About::Nothing),
            [one, others @ ..] => {
                // Twice the same is told elsewhere, and is one record.
                let differs = |other: &&Place| index.at(**other).rdata != index.at(*one).rdata;
                if let Some(other) = others.iter().find(differs) {
                    return fault(FaultKind::NsecRepeated, *other, About::Nothing);
                }
                *one
            }
        };
        let record = index.at(place);
        let Ok(nsec) = Nsec::from_rdata(record.as_rdata()) else {
            return fault(FaultKind::Malformed, place, About::Nothing);
        };
        if let Some(due) = self.ttl.filter(|due| *due != record.ttl) {
            fault(FaultKind::DenialTtl, place, About::Expected(record.ttl, due));
        }
        self.wire.clear();
        if let Some(next) = next {
            key::write_wire(index.key_of(next), &mut self.wire);
            let stated = record.rdata.get(..nsec.next.wire_len()).unwrap_or_default();
            // Case does not matter to where it leads.
            if !stated.eq_ignore_ascii_case(&self.wire) {
                let expected = index.places(next).first().map_or(About::Nothing, |place| About::Name(*place));
                fault(FaultKind::NsecNextWrong, place, expected);
            }
        }
        self.types.clear();
        types_of(index, node, &mut self.types);
        self.wire.clear();
        write_bitmap(&mut self.types, &mut self.wire);
        if record.rdata.get(nsec.next.wire_len()..) != Some(&self.wire) {
            fault(FaultKind::NsecBitmapWrong, place, About::Nothing);
        }
    }
}

/// The types that the zone has at a name. Of a delegation they are those of the parent, and NS (RFC 4035 section 2.3).
pub(super) fn types_of(index: &Index, node: Node, out: &mut Vec<Type>) {
    let counts = |rtype| match node.standing {
        Standing::Delegation => matches!(rtype, Type::NS | Type::DS | Type::NSEC | Type::RRSIG),
        _ => rtype != Type::NSEC3,
    };
    out.extend(index.sets(node).map(|(rtype, _)| rtype).filter(|rtype| counts(*rtype)));
}
