//! Every signature of a zone, and every RRset that needs one.

use alloc::vec::Vec;

use rayon::prelude::*;

use super::Terms;
use super::dnskey::Keys;
use super::fault::{About, FaultKind, Found};
use super::index::{Index, Node, Standing};
use super::key;
use super::store::Place;
use crate::codes::{Algorithm, DigestType, Type};
use crate::crypto::{Backend, SignatureCheck};
use crate::rrsig::{Failure, in_window};
use crate::time::Time;
use crate::wire::rdata::{Ds, Rrsig, View};

/// Names that one task looks at.
const NAMES_PER_TASK: usize = 256;
/// Signatures over one RRset that are checked: as many as may fail before the kernel stops by default. Each takes all of
/// the records, so whoever writes many of both into a file would have them multiplied.
const MAX_SIGNATURES: usize = 16;
/// Octets of signed data that wait for one check of many signatures.
const WAITING_OCTETS: usize = 256 << 10;

/// What was counted and found.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) rrsets: u64,
    pub(super) signatures: u64,
    /// Signatures that were not checked, because nobody here can, or because there are too many.
    pub(super) unchecked: u64,
    pub(super) delegations: u64,
    pub(super) secure_delegations: u64,
    /// The signature that ends first, of those that hold.
    pub(super) first_end: Option<(Time, Place)>,
    pub(super) faults: Vec<Found>,
}

impl Tally {
    fn and(mut self, mut other: Self) -> Self {
        self.rrsets = self.rrsets.saturating_add(other.rrsets);
        self.signatures = self.signatures.saturating_add(other.signatures);
        self.unchecked = self.unchecked.saturating_add(other.unchecked);
        self.delegations = self.delegations.saturating_add(other.delegations);
        self.secure_delegations = self.secure_delegations.saturating_add(other.secure_delegations);
        self.first_end = match (self.first_end, other.first_end) {
            (Some(one), Some(other)) => Some(if other.0 < one.0 { other } else { one }),
            (one, other) => one.or(other),
        };
        self.faults.append(&mut other.faults);
        self
    }
}

/// Looks at all names.
pub(super) fn check<B>(index: &Index, keys: &Keys<'_, B::Key>, terms: &Terms<'_, B>) -> Tally
where
    B: Backend<Key: Sync> + Sync,
{
    let of_names = |nodes: &[Node]| {
        let mut worker = Worker::new(index, keys, terms);
        nodes.iter().for_each(|node| worker.name(*node));
        worker.finish()
    };
    index.nodes.par_chunks(NAMES_PER_TASK).map(of_names).reduce(Tally::default, Tally::and)
}

/// A signature that waits to be checked with others.
struct Waiting {
    key: usize,
    end: usize,
    place: Place,
    covered: Type,
}

struct Worker<'w, 'z, B: Backend> {
    index: &'z Index,
    keys: &'w Keys<'z, B::Key>,
    terms: &'w Terms<'w, B>,
    apex: Vec<u8>,
    apex_labels: usize,
    owner: Vec<u8>,
    /// Signed data, one after the other.
    signed: Vec<u8>,
    waiting: Vec<Waiting>,
    /// Signatures over the RRset at hand that were checked or wait for it.
    over_set: usize,
    tally: Tally,
}

impl<'w, 'z, B: Backend> Worker<'w, 'z, B> {
    fn new(index: &'z Index, keys: &'w Keys<'z, B::Key>, terms: &'w Terms<'w, B>) -> Self {
        let key = index.apex.as_deref().unwrap_or_default();
        let mut apex = Vec::new();
        key::write_wire(key, &mut apex);
        Self {
            index,
            keys,
            terms,
            apex,
            apex_labels: key::label_count(key),
            owner: Vec::new(),
            signed: Vec::new(),
            waiting: Vec::new(),
            over_set: 0,
            tally: Tally::default(),
        }
    }

    fn fault(&mut self, kind: FaultKind, at: Place, rtype: Type, about: About) {
        self.tally.faults.push(Found::new(kind, at, rtype).about(about));
    }

    fn name(&mut self, node: Node) {
        let (index, places) = (self.index, self.index.places(node));
        let Some(first) = places.first().copied() else { return };
        if node.standing == Standing::Outside {
            for (rtype, set) in index.sets(node) {
                self.fault(FaultKind::NotInZone, set.first().copied().unwrap_or(first), rtype, About::Nothing);
            }
            return;
        }
        self.owner.clear();
        key::write_wire(index.key_of(node), &mut self.owner);
        let is_ours = |rtype| match node.standing {
            Standing::Authoritative | Standing::Hashed => true,
            Standing::Delegation => matches!(rtype, Type::DS | Type::NSEC),
            Standing::Occluded | Standing::Replaced | Standing::Outside => false,
        };
        let signatures = index.set(node, Type::RRSIG);
        // In ascending order, as the records are.
        let types: Vec<Type> = index.sets(node).map(|(rtype, _)| rtype).collect();
        for place in signatures {
            let record = index.at(*place);
            let covered = record.rdata.first_chunk().map(|octets| Type(u16::from_be_bytes(*octets)));
            match covered {
                Some(covered) if types.binary_search(&covered).is_err() || covered == Type::RRSIG => {
                    self.fault(FaultKind::SignatureOverNothing, *place, covered, About::Nothing);
                }
                Some(covered) if !is_ours(covered) => {
                    self.fault(FaultKind::SignatureNotDue, *place, covered, About::Nothing);
                }
                Some(_) => {}
                None => self.fault(FaultKind::Malformed, *place, Type::RRSIG, About::Nothing),
            }
        }
        for (rtype, set) in index.sets(node) {
            self.alike(rtype, set);
            if rtype != Type::RRSIG && is_ours(rtype) {
                self.tally.rrsets = self.tally.rrsets.saturating_add(1);
                self.set(node, rtype, set, signatures);
            }
        }
        self.company(node, first);
    }

    /// Records of one set: each once, and with one TTL.
    fn alike(&mut self, rtype: Type, set: &[Place]) {
        let index = self.index;
        for (one, other) in set.iter().zip(set.iter().skip(1)) {
            let (before, record) = (index.at(*one), index.at(*other));
            if before.rdata == record.rdata {
                self.fault(FaultKind::DuplicateRecord, *other, rtype, About::Nothing);
            }
            if before.ttl != record.ttl && rtype != Type::RRSIG {
                self.fault(FaultKind::TtlDiffers, *other, rtype, About::Expected(record.ttl, before.ttl));
            }
        }
    }

    /// Which types may be at a name together.
    fn company(&mut self, node: Node, first: Place) {
        let index = self.index;
        let with_cname = |rtype| matches!(rtype, Type::CNAME | Type::RRSIG | Type::NSEC | Type::NSEC3 | Type::KEY);
        let others = index.sets(node).find(|(rtype, _)| !with_cname(*rtype));
        if let Some((other, set)) = others.filter(|_| index.has(node, Type::CNAME)) {
            self.fault(FaultKind::CnameAndOther, set.first().copied().unwrap_or(first), other, About::Nothing);
        }
        // DNAME records of the zone below belong to its apex (RFC 6672 section 2.3).
        if let Some(dname) = index.set(node, Type::DNAME).first().filter(|_| node.standing == Standing::Delegation) {
            self.fault(FaultKind::NsAndDname, *dname, Type::DNAME, About::Nothing);
        }
        for (rtype, set) in index.sets(node) {
            let Some(first) = set.first().copied() else { continue };
            let is_cut = rtype == Type::NS || rtype == Type::DNAME;
            if is_cut && key::is_wildcard(index.key_of(node)) {
                self.fault(FaultKind::WildcardWithoutMeaning, first, rtype, About::Nothing);
            }
            let is_single = rtype == Type::CNAME || rtype == Type::DNAME;
            let differs = |other: &&Place| index.at(**other).rdata != index.at(first).rdata;
            if let Some(other) = set.iter().find(differs).filter(|_| is_single) {
                self.fault(FaultKind::SingletonRepeated, *other, rtype, About::Nothing);
            }
            let is_for_apex = rtype == Type::DNSKEY || rtype == Type::NSEC3PARAM;
            if is_for_apex
                && node.standing == Standing::Authoritative
                && Some(index.key_of(node)) != index.apex.as_deref()
            {
                self.fault(FaultKind::NotAtApex, first, rtype, About::Nothing);
            }
            if node.standing == Standing::Replaced {
                self.fault(FaultKind::BelowDname, first, rtype, About::Nothing);
            }
        }
        let ds = index.set(node, Type::DS);
        let Some(one) = ds.first().copied() else {
            let delegations = u64::from(node.standing == Standing::Delegation);
            self.tally.delegations = self.tally.delegations.saturating_add(delegations);
            return;
        };
        match node.standing {
            Standing::Delegation => {
                self.tally.delegations = self.tally.delegations.saturating_add(1);
                self.tally.secure_delegations = self.tally.secure_delegations.saturating_add(1);
                let mut digests = Vec::new();
                for place in ds {
                    match Ds::from_rdata(index.at(*place).as_rdata()) {
                        Ok(ds) if digest_len(ds.digest_type).is_none_or(|len| ds.digest.len() == len) => {
                            digests.push(ds.digest_type);
                        }
                        _ => self.fault(FaultKind::Malformed, *place, Type::DS, About::Nothing),
                    }
                }
                if !digests.is_empty() && digests.iter().all(|digest| *digest == DigestType::SHA1) {
                    self.fault(FaultKind::WeakDigest, one, Type::DS, About::Nothing);
                }
            }
            Standing::Authoritative => self.fault(FaultKind::DsWithoutNs, one, Type::DS, About::Nothing),
            Standing::Hashed | Standing::Occluded | Standing::Replaced | Standing::Outside => {}
        }
    }

    /// One RRset of the zone: each of its signatures holds, and there is one of each algorithm.
    fn set(&mut self, node: Node, rtype: Type, set: &[Place], signatures: &[Place]) {
        let Some(first) = set.first().copied() else { return };
        let (index, keys) = (self.index, self.keys);
        // Signatures are in the order of the types that they cover, which their RDATA begin with.
        let covered = rtype.0.to_be_bytes();
        let is_before = |place: &Place| index.at(*place).rdata < covered.as_slice();
        let begin = signatures.partition_point(is_before);
        let is_covered = |place: &&Place| index.at(**place).rdata.starts_with(&covered);
        // Algorithms of which there is a signature, good or bad: a bad one is a fault of its own.
        let mut seen = [false; 256];
        let mut any = false;
        self.over_set = 0;
        let mut unknown: Option<(Place, u16, Algorithm)> = None;
        for place in signatures.iter().skip(begin).take_while(is_covered) {
            let record = index.at(*place);
            let Ok(rrsig) = Rrsig::from_rdata(record.as_rdata()) else {
                self.fault(FaultKind::Malformed, *place, Type::RRSIG, About::Nothing);
                continue;
            };
            any = true;
            let by_key = self.signature(node, set, rtype, *place, &rrsig);
            if let Some(seen) = seen.get_mut(usize::from(rrsig.algorithm.0)).filter(|_| by_key == Some(true)) {
                *seen = true;
            }
            if by_key.is_none() {
                unknown = Some((*place, rrsig.key_tag, rrsig.algorithm));
                self.fault(FaultKind::KeyUnknown, *place, rtype, About::Key(rrsig.key_tag, rrsig.algorithm.0));
            }
        }
        if !any {
            self.fault(FaultKind::SignatureMissing, first, rtype, About::Nothing);
            return;
        }
        for algorithm in &keys.algorithms {
            if !seen.get(usize::from(algorithm.0)).is_some_and(|seen| *seen) {
                match unknown.filter(|(_, _, other)| other == algorithm) {
                    Some((place, tag, _)) => {
                        self.fault(FaultKind::KeyMissing, place, rtype, About::Key(tag, algorithm.0));
                    }
                    None => self.fault(FaultKind::AlgorithmIncomplete, first, rtype, About::Key(0, algorithm.0)),
                }
            }
        }
    }

    /// Whether the signature is by a key of the zone that may vouch for records: `None` if there is no such key at all,
    /// false if the key is revoked. What else is wrong with it becomes a fault.
    fn signature(&mut self, node: Node, set: &[Place], rtype: Type, place: Place, rrsig: &Rrsig<'z>) -> Option<bool> {
        let (index, keys, terms) = (self.index, self.keys, self.terms);
        let about = About::Key(rrsig.key_tag, rrsig.algorithm.0);
        let [number, others @ ..] = keys.signers(rrsig, rtype) else { return None };
        let number = *number;
        let key = keys.list.get(number)?;
        let is_usable = |number: &usize| keys.list.get(*number).is_some_and(|key| key.dnskey.is_usable());
        let usable = key.dnskey.is_usable() && others.iter().all(is_usable);
        if !by_zone(rrsig, index.at(place).rdata, &self.apex) {
            self.fault(FaultKind::SignerWrong, place, rtype, about);
            return Some(usable);
        }
        let owner = index.key_of(node);
        let labels = key::label_count(owner).saturating_sub(usize::from(key::is_wildcard(owner)));
        if usize::from(rrsig.labels) != labels {
            let expected = u32::try_from(labels).unwrap_or(0);
            self.fault(FaultKind::LabelsWrong, place, rtype, About::Expected(rrsig.labels.into(), expected));
            return Some(usable);
        }
        let ttl = set.first().map_or(0, |first| index.at(*first).ttl);
        if rrsig.original_ttl != ttl {
            self.fault(FaultKind::TtlWrong, place, rtype, About::Expected(ttl, rrsig.original_ttl));
        }
        if index.at(place).ttl != ttl {
            self.fault(FaultKind::SignatureTtl, place, rtype, About::Expected(index.at(place).ttl, ttl));
        }
        let outside = match in_window(rrsig.inception, rrsig.expiration, terms.clock) {
            Ok(()) => None,
            Err(Failure::Expired { expiration }) => Some((FaultKind::SignatureExpired, expiration)),
            Err(Failure::NotYetValid { inception }) => Some((FaultKind::SignatureNotYetValid, inception)),
            // At one end of the time that it can be.
            Err(Failure::Uncertain { inception, .. }) if !inception.at_or_before(terms.clock.earliest().into()) => {
                Some((FaultKind::SignatureNotYetValid, inception))
            }
            Err(Failure::Uncertain { expiration, .. }) => Some((FaultKind::SignatureExpired, expiration)),
            Err(_) => Some((FaultKind::SignatureWindow, rrsig.expiration)),
        };
        if let Some((kind, time)) = outside {
            self.fault(kind, place, rtype, About::Time(rrsig.key_tag, rrsig.algorithm.0, time.0));
            return Some(usable);
        }
        let Some(parsed) = &key.parsed else {
            self.tally.unchecked = self.tally.unchecked.saturating_add(1);
            return Some(usable);
        };
        if self.over_set >= MAX_SIGNATURES {
            self.tally.unchecked = self.tally.unchecked.saturating_add(1);
            self.fault(FaultKind::SignaturesTooMany, place, rtype, about);
            return Some(usable);
        }
        self.over_set = self.over_set.saturating_add(1);
        let start = self.signed.len();
        if !self.lay_out(set, rtype, rrsig) {
            self.signed.truncate(start);
            self.fault(FaultKind::Malformed, place, rtype, about);
            return Some(usable);
        }
        self.tally.signatures = self.tally.signatures.saturating_add(1);
        let end = rrsig.expiration.near(terms.clock.earliest());
        if self.tally.first_end.is_none_or(|(first, _)| end < first) {
            self.tally.first_end = Some((end, place));
        }
        if end < terms.clock.earliest().plus(terms.warn_within) {
            let about = About::Time(rrsig.key_tag, rrsig.algorithm.0, rrsig.expiration.0);
            self.fault(FaultKind::ExpiresSoon, place, rtype, about);
        }
        let batch = terms.backend.batch(parsed);
        if batch > 1 && others.is_empty() {
            self.waiting.push(Waiting { key: number, end: self.signed.len(), place, covered: rtype });
            if self.waiting.len() >= batch || self.signed.len() > WAITING_OCTETS {
                self.check_waiting();
            }
            return Some(usable);
        }
        let signed = self.signed.get(start..).unwrap_or_default();
        let mut all = core::iter::once(parsed)
            .chain(others.iter().filter_map(|number| keys.list.get(*number)).filter_map(|key| key.parsed.as_ref()));
        let holds = all.any(|parsed| terms.backend.verify(parsed, signed, rrsig.signature));
        self.signed.truncate(start);
        if !holds {
            self.fault(FaultKind::SignatureInvalid, place, rtype, about);
        }
        Some(usable)
    }

    /// What is signed (RFC 4034 section 3.1.8.1); whether each record fits.
    fn lay_out(&mut self, set: &[Place], rtype: Type, rrsig: &Rrsig<'_>) -> bool {
        let index = self.index;
        let out = &mut self.signed;
        out.extend_from_slice(rrsig.head());
        out.extend_from_slice(&self.apex);
        let mut last = None;
        for place in set {
            let rdata = index.at(*place).rdata;
            // A record that is there twice is one record (RFC 4034 section 6.3).
            if last.replace(rdata) == Some(rdata) {
                continue;
            }
            let Ok(length) = u16::try_from(rdata.len()) else { return false };
            out.extend_from_slice(&self.owner);
            out.extend_from_slice(&rtype.0.to_be_bytes());
            out.extend_from_slice(&[0, 1]);
            out.extend_from_slice(&rrsig.original_ttl.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(rdata);
        }
        true
    }

    /// Checks those that wait at once, and if one of them does not hold, each.
    fn check_waiting(&mut self) {
        let (index, keys, terms) = (self.index, self.keys, self.terms);
        let mut start = 0_usize;
        let mut checks = Vec::with_capacity(self.waiting.len());
        for waiting in &self.waiting {
            let signed = self.signed.get(start..waiting.end).unwrap_or_default();
            start = waiting.end;
            let signature =
                Rrsig::from_rdata(index.at(waiting.place).as_rdata()).map_or(&[][..], |rrsig| rrsig.signature);
            if let Some(key) = keys.list.get(waiting.key).and_then(|key| key.parsed.as_ref()) {
                checks.push(SignatureCheck { key, signed, signature });
            }
        }
        // Every one that waits has a key; if not, none of them counts as checked.
        let complete = checks.len() == self.waiting.len();
        let mut bad = Vec::new();
        if !complete || !terms.backend.verify_all(&checks) {
            for (number, waiting) in self.waiting.iter().enumerate() {
                let check = checks.get(number).filter(|_| complete);
                if !check.is_some_and(|check| terms.backend.verify(check.key, check.signed, check.signature)) {
                    bad.push((waiting.place, waiting.covered, waiting.key));
                }
            }
        }
        for (place, covered, number) in bad {
            let about = keys.list.get(number).map_or(About::Nothing, |key| About::Key(key.tag, key.dnskey.algorithm.0));
            self.fault(FaultKind::SignatureInvalid, place, covered, about);
        }
        self.waiting.clear();
        self.signed.clear();
    }

    fn finish(mut self) -> Tally {
        self.check_waiting();
        if let Some(progress) = self.terms.progress {
            progress(self.tally.signatures);
        }
        self.tally
    }
}

/// Octets of a digest (RFC 3658 section 2.4, RFC 4509 section 2.1, RFC 6605 section 2); `None` if nobody here knows.
const fn digest_len(digest: DigestType) -> Option<usize> {
    match digest {
        DigestType::SHA1 => Some(20),
        DigestType::SHA256 => Some(32),
        DigestType::SHA384 => Some(48),
        _ => None,
    }
}

/// Whether the signer is the zone: its name stands, uncompressed, behind the fixed fields.
fn by_zone(rrsig: &Rrsig<'_>, rdata: &[u8], apex: &[u8]) -> bool {
    rdata.strip_prefix(rrsig.head()).and_then(|rest| rest.get(..rrsig.signer.wire_len())).is_some_and(|signer| {
        // The lengths of labels are no letters: they are below 64.
        signer.eq_ignore_ascii_case(apex)
    })
}

/// Whether the key of this number signs the DNSKEY records, now. Of its signatures as many are tried as are checked.
pub(super) fn signs_keys<B: Backend>(
    index: &Index,
    apex: Node,
    keys: &Keys<'_, B::Key>,
    number: usize,
    terms: &Terms<'_, B>,
) -> bool {
    let mut worker = Worker::new(index, keys, terms);
    key::write_wire(index.key_of(apex), &mut worker.owner);
    let Some(key) = keys.list.get(number).filter(|key| key.dnskey.is_usable() && key.counts) else { return false };
    let Some(parsed) = &key.parsed else { return false };
    let set = index.set(apex, Type::DNSKEY);
    index.set(apex, Type::RRSIG).iter().any(|place| {
        let record = index.at(*place);
        let Ok(rrsig) = Rrsig::from_rdata(record.as_rdata()) else { return false };
        let fits = rrsig.type_covered == Type::DNSKEY
            && (rrsig.key_tag, rrsig.algorithm) == (key.tag, key.dnskey.algorithm)
            && usize::from(rrsig.labels) == worker.apex_labels
            && by_zone(&rrsig, record.rdata, &worker.apex)
            && in_window(rrsig.inception, rrsig.expiration, terms.clock).is_ok();
        if !fits || worker.over_set >= MAX_SIGNATURES {
            return false;
        }
        worker.over_set = worker.over_set.saturating_add(1);
        worker.signed.clear();
        worker.lay_out(set, Type::DNSKEY, &rrsig) && terms.backend.verify(parsed, &worker.signed, rrsig.signature)
    })
}
