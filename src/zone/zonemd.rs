//! The digest of a whole zone (RFC 8976).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Terms;
use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node, Standing};
use super::key;
use super::store::Place;
use crate::codes::Type;
use crate::crypto::Backend;
use crate::wire::rdata::{Soa, View, Zonemd};

/// The only scheme (RFC 8976 section 5.2).
const SIMPLE: u8 = 1;
/// Octets that are digested at once.
const PART: usize = 64 << 10;

/// A ZONEMD record that was compared with the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    /// The scheme: 1 is SIMPLE.
    pub scheme: u8,
    /// The hash: 1 is SHA-384, 2 is SHA-512.
    pub hash: u8,
    /// Whether the digest is that of the zone; `None` if nobody here can compute it.
    pub fits: Option<bool>,
}

/// Compares every ZONEMD record of the apex with the zone.
pub(super) fn check<B: Backend>(index: &Index, apex: Node, terms: &Terms<'_, B>) -> (Vec<Digested>, Vec<Found>) {
    let (mut told, mut faults) = (Vec::new(), Vec::new());
    let soa = index.set(apex, Type::SOA).first().and_then(|place| Soa::from_rdata(index.at(*place).as_rdata()).ok());
    // Each digest is made once, whoever asks for it again.
    let mut seen: BTreeMap<(u8, u8), Option<crate::crypto::Digest>> = BTreeMap::new();
    let mut last: Option<&[u8]> = None;
    for place in index.set(apex, Type::ZONEMD) {
        let record = index.at(*place);
        if last.replace(record.rdata) == Some(record.rdata) {
            continue;
        }
        let mut fault = |kind, about| faults.push(Found::new(kind, *place, Type::ZONEMD).about(about));
        let Ok(zonemd) = Zonemd::from_rdata(record.as_rdata()) else {
            fault(FaultKind::Malformed, About::Nothing);
            continue;
        };
        let Zonemd { serial, scheme, hash, digest } = zonemd;
        // Section 4 step 4.
        let own = match seen.get(&(scheme, hash)) {
            Some(own) => {
                fault(FaultKind::ZonemdRepeated, About::Nothing);
                *own
            }
            None => {
                let digest = || terms.backend.zone_digest(hash, &mut |take| feed(index, take));
                let own = (scheme == SIMPLE).then(digest).flatten();
                seen.insert((scheme, hash), own);
                own
            }
        };
        let expected = soa.as_ref().map_or(0, |soa| soa.serial);
        if serial != expected {
            fault(FaultKind::ZonemdSerialWrong, About::Expected(serial, expected));
        }
        let fits = own.map(|own| own.as_slice() == digest);
        match fits {
            Some(true) => {}
            Some(false) => fault(FaultKind::ZonemdDigestWrong, About::Nothing),
            None => fault(FaultKind::ZonemdUnsupported, About::Expected(scheme.into(), hash.into())),
        }
        told.push(Digested { scheme, hash, fits });
    }
    for node in index.nodes.iter().filter(|node| node.standing != Standing::Outside) {
        if index.key_of(*node) != index.key_of(apex) {
            let strays = index.set(*node, Type::ZONEMD).first();
            faults.extend(strays.map(|place| Found::new(FaultKind::ZonemdNotAtApex, *place, Type::ZONEMD)));
        }
    }
    (told, faults)
}

/// Hands on what is digested: all records of the zone, glue and what is occluded among them, each once, in canonical
/// form and order, but for the ZONEMD records of the apex and their signatures (sections 3.3.1 and 3.4).
fn feed(index: &Index, take: &mut dyn FnMut(&[u8])) {
    let apex = index.apex.as_deref().unwrap_or_default();
    let mut out = Vec::with_capacity(PART.saturating_mul(2));
    let mut owner = Vec::new();
    for node in index.nodes.iter().filter(|node| node.standing != Standing::Outside) {
        owner.clear();
        key::write_wire(index.key_of(*node), &mut owner);
        let is_apex = index.key_of(*node) == apex;
        let mut last: Option<Place> = None;
        for place in index.places(*node) {
            let record = index.at(*place);
            let again = last.replace(*place).map(|last| index.at(last));
            if again.is_some_and(|last| (last.rtype, last.rdata) == (record.rtype, record.rdata)) {
                continue;
            }
            let covers_zonemd = record.rdata.starts_with(&Type::ZONEMD.0.to_be_bytes());
            if is_apex && (record.rtype == Type::ZONEMD || record.rtype == Type::RRSIG && covers_zonemd) {
                continue;
            }
            out.extend_from_slice(&owner);
            out.extend_from_slice(&record.rtype.0.to_be_bytes());
            out.extend_from_slice(&[0, 1]);
            out.extend_from_slice(&record.ttl.to_be_bytes());
            out.extend_from_slice(&u16::try_from(record.rdata.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend_from_slice(record.rdata);
            if out.len() >= PART {
                take(&out);
                out.clear();
            }
        }
    }
    take(&out);
}
