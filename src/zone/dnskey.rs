//! The keys of a zone.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Terms;
use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node};
use super::store::Place;
use crate::codes::{Algorithm, Type};
use crate::crypto::{Backend, RsaKey};
use crate::wire::rdata::{Dnskey, Rrsig, View};

/// Keys of one tag and algorithm that are tried: as many as the kernel tries by default.
const CANDIDATES: usize = 4;

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
    /// Of each tag and algorithm the keys that may sign the DNSKEY records, and those that may sign all else. For each
    /// signature to go through the list would take the product of both.
    signers: BTreeMap<(u16, Algorithm, bool), Vec<usize>>,
}

impl<'z, K> Keys<'z, K> {
    /// The DNSKEY records of the apex.
    pub(super) fn read<B: Backend<Key = K>>(
        index: &'z Index,
        apex: Node,
        terms: &Terms<'_, B>,
        faults: &mut Vec<Found>,
    ) -> Self {
        let mut keys = Self { list: Vec::new(), algorithms: Vec::new(), signers: BTreeMap::new() };
        let mut unsupported: Vec<Algorithm> = Vec::new();
        let mut last = None;
        for place in index.set(apex, Type::DNSKEY) {
            // Twice the same is told elsewhere, and is one record.
            if last.replace(index.at(*place).rdata) == Some(index.at(*place).rdata) {
                continue;
            }
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
            let signs = [(false, dnskey.is_usable()), (true, dnskey.is_usable() || dnskey.is_revoked_zone_key())];
            for (over_keys, _) in signs.into_iter().filter(|(_, may_sign)| *may_sign) {
                let signers = keys.signers.entry((tag, algorithm, over_keys)).or_default();
                if signers.len() < CANDIDATES {
                    signers.push(keys.list.len());
                }
            }
            keys.list.push(Key { place: *place, dnskey, tag, parsed, counts });
        }
        keys
    }
    /// The numbers of the keys that may have made a signature over records of this type: the first few of its tag and
    /// algorithm. Revoked keys sign the DNSKEY records alone (RFC 5011 section 2.1).
    pub(super) fn signers(&self, rrsig: &Rrsig<'_>, rtype: Type) -> &[usize] {
        let name = (rrsig.key_tag, rrsig.algorithm, rtype == Type::DNSKEY);
        self.signers.get(&name).map_or(&[], Vec::as_slice)
    }
}
