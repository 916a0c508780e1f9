//! The keys of a zone.

use alloc::vec::Vec;

use super::Terms;
use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node};
use super::store::Place;
use crate::codes::{Algorithm, Type};
use crate::crypto::{Backend, RsaKey};
use crate::wire::rdata::{Dnskey, View};

/// A key of the zone.
pub(super) struct Key<'z, K> {
    pub(super) place: Place,
    pub(super) dnskey: Dnskey<'z>,
    pub(super) tag: u16,
    /// For the backend; `None` if it cannot use the key.
    pub(super) parsed: Option<K>,
    /// Whether the caller and the backend count the algorithm.
    pub(super) counts: bool,
}

/// The keys of the zone, and which algorithms must sign everything.
pub(super) struct Keys<'z, K> {
    pub(super) list: Vec<Key<'z, K>>,
    pub(super) algorithms: Vec<Algorithm>,
}

impl<'z, K> Keys<'z, K> {
    /// The DNSKEY records of the apex.
    pub(super) fn read<B: Backend<Key = K>>(
        index: &'z Index,
        apex: Node,
        terms: &Terms<'_, B>,
        faults: &mut Vec<Found>,
    ) -> Self {
        let mut keys = Self { list: Vec::new(), algorithms: Vec::new() };
        let mut unsupported: Vec<Algorithm> = Vec::new();
        for place in index.set(apex, Type::DNSKEY) {
            let mut fault = |kind, about| faults.push(Found::new(kind, *place, Type::DNSKEY).about(about));
            let Ok(dnskey) = Dnskey::from_rdata(index.at(*place).as_rdata()) else {
                fault(FaultKind::Malformed, About::Nothing);
                continue;
            };
            let (tag, algorithm) = (dnskey.key_tag(), dnskey.algorithm);
            let about = About::Key(tag, algorithm.0);
            let counts = terms.policy.counts(algorithm) && terms.backend.supports(algorithm);
            let parsed = counts.then(|| terms.backend.key(algorithm, dnskey.public_key)).flatten();
            if !counts && !unsupported.contains(&algorithm) {
                unsupported.push(algorithm);
                fault(FaultKind::AlgorithmUnsupported, about);
            }
            if counts && parsed.is_none() {
                fault(FaultKind::KeyUnusable, about);
            }
            if algorithm.uses_sha1() {
                fault(FaultKind::WeakAlgorithm, about);
            }
            if algorithm.is_rsa() && RsaKey::parse(dnskey.public_key).is_some_and(|key| key.modulus_bits() < 2048) {
                fault(FaultKind::WeakKey, about);
            }
            if !dnskey.is_zone_key() || dnskey.protocol != 3 {
                fault(FaultKind::KeyNotZoneKey, about);
            }
            if dnskey.is_usable() && !keys.algorithms.contains(&algorithm) {
                keys.algorithms.push(algorithm);
            }
            keys.list.push(Key { place: *place, dnskey, tag, parsed, counts });
        }
        keys
    }
}
