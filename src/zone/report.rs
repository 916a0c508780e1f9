//! All checks of a zone, and what they found.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::dnskey::Keys;
use super::fault::{About, Fault, FaultKind, Found, Severity};
use super::index::{Index, Node, Standing};
use super::signatures::{self, Tally};
use super::store::Place;
use super::{Digested, Nsec3Chain, Terms, key, nsec, nsec3, zonemd};
use crate::anchor::{self, Voucher};
use crate::canon::ds_digest;
use crate::codes::{Algorithm, Type};
use crate::crypto::{Backend, RsaKey};
use crate::name::{Name, NameBuf};
use crate::time::{Time, Timestamp};

/// A key of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ZoneKey {
    /// Its key tag.
    pub key_tag: u16,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Bits of the modulus, where it is an RSA key.
    pub bits: Option<usize>,
    /// The flags of its DNSKEY record: bit 0 says secure entry point, bit 7 revoked, bit 8 zone key.
    pub flags: u16,
    /// Whether an anchor that counts names it.
    pub is_anchored: bool,
}

/// What stands above the zone's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchored {
    /// No anchor was given for the zone: its keys vouch for themselves.
    NoAnchor,
    /// The key with this tag is one that an anchor names, and it signs the DNSKEY records.
    By(u16),
    /// There are anchors for the zone, and no such key.
    Mismatch,
}

/// What a zone was found to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The apex; `None` if there is no SOA record.
    pub apex: Option<NameBuf>,
    /// Records that were read.
    pub records: usize,
    /// Names with records.
    pub names: usize,
    /// RRsets that need a signature.
    pub rrsets: u64,
    /// Signatures that were checked.
    pub signatures: u64,
    /// Signatures that were not, because their algorithm does not count or cannot be done. Then there is a fault too.
    pub unchecked: u64,
    /// Delegations, and those with DS records.
    pub delegations: (u64, u64),
    /// The zone's keys.
    pub keys: Vec<ZoneKey>,
    /// What stands above them.
    pub anchored: Anchored,
    /// NSEC records.
    pub nsec: u64,
    /// Chains of NSEC3 records.
    pub nsec3: Vec<Nsec3Chain>,
    /// ZONEMD records.
    pub zonemd: Vec<Digested>,
    /// The end of the signature that ends first of those that are open, and which RRset it covers.
    pub first_end: Option<(Time, NameBuf, Type)>,
    /// The first faults, by their lines; errors before warnings.
    pub faults: Vec<Fault>,
    /// How often each kind of fault was found.
    pub counts: BTreeMap<FaultKind, u64>,
}

impl Report {
    /// Faults of this severity, those that are not told in full included.
    #[must_use]
    pub fn count(&self, severity: Severity) -> u64 {
        self.counts.iter().filter(|(kind, _)| kind.severity() == severity).map(|(_, count)| count).sum()
    }

    /// Whether there is no error: the zone is signed, and everything in it is as it should be. That its keys are the
    /// right ones is known only if it is [anchored](Self::anchored) too.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.count(Severity::Error) == 0
    }
}

pub(super) fn verify<B>(index: &Index, files: &[String], terms: &Terms<'_, B>) -> Report
where
    B: Backend<Key: Send + Sync> + Sync,
{
    let mut found = Vec::new();
    let mut report = Report {
        apex: index.apex.as_deref().map(key::to_name),
        records: index.pieces.iter().map(super::store::Piece::len).sum(),
        names: index.nodes.len(),
        rrsets: 0,
        signatures: 0,
        unchecked: 0,
        delegations: (0, 0),
        keys: Vec::new(),
        anchored: Anchored::NoAnchor,
        nsec: 0,
        nsec3: Vec::new(),
        zonemd: Vec::new(),
        first_end: None,
        faults: Vec::new(),
        counts: BTreeMap::new(),
    };
    match index.apex_node() {
        None => add(&mut report.counts, FaultKind::SoaMissing, 1),
        Some(apex) => look(index, apex, terms, &mut report, &mut found),
    }
    for fault in &found {
        add(&mut report.counts, fault.kind, 1);
    }
    report.faults = told(index, files, found, &mut report.counts, terms.max_faults);
    report
}

fn add(counts: &mut BTreeMap<FaultKind, u64>, kind: FaultKind, more: u64) {
    let count = counts.entry(kind).or_default();
    *count = count.saturating_add(more);
}

fn look<B>(index: &Index, apex: Node, terms: &Terms<'_, B>, report: &mut Report, found: &mut Vec<Found>)
where
    B: Backend<Key: Send + Sync> + Sync,
{
    let Some(first) = index.places(apex).first().copied() else { return };
    let soas = index.set(apex, Type::SOA);
    if let [one, others @ ..] = soas {
        let others = others.iter().filter(|other| index.at(**other).rdata != index.at(*one).rdata);
        found.extend(others.map(|other| Found::new(FaultKind::SoaRepeated, *other, Type::SOA)));
    }
    for node in index.nodes.iter().filter(|node| node.standing != Standing::Outside) {
        if index.key_of(*node) != index.key_of(apex) && index.has(*node, Type::SOA) {
            found.extend(
                index.set(*node, Type::SOA).iter().map(|at| Found::new(FaultKind::SoaRepeated, *at, Type::SOA)),
            );
        }
    }
    if !index.has(apex, Type::NS) {
        found.push(Found::new(FaultKind::NsMissing, first, Type::NS));
    }
    let keys = Keys::read(index, apex, terms, found);
    // Keys that may vouch for nothing sign nothing.
    if !keys.list.iter().any(|key| key.dnskey.is_usable()) {
        found.push(Found::new(FaultKind::NotSigned, first, Type::DNSKEY));
    }
    anchor_of(index, apex, &keys, terms, report, found);
    let is_signed = !keys.list.is_empty();
    let denial = || {
        // A zone that is not signed says so once.
        let has = |rtype| is_signed && index.count(rtype) > 0;
        let nsec = has(Type::NSEC).then(|| nsec::check(index));
        let nsec3 = has(Type::NSEC3) || has(Type::NSEC3PARAM);
        (nsec, nsec3.then(|| nsec3::check(index, apex, terms)))
    };
    let (tally, ((nsec, nsec3), zonemd)) = rayon::join(
        || if is_signed { signatures::check(index, &keys, terms) } else { Tally::default() },
        || rayon::join(denial, || zonemd::check(index, apex, terms)),
    );
    // NSEC3 records that nobody sees, below a delegation, are no chain, nor is an NSEC3PARAM record alone.
    let is_hashed = nsec3.as_ref().is_some_and(|(chains, _)| !chains.is_empty());
    if nsec.is_none() && !is_hashed && is_signed {
        found.push(Found::new(FaultKind::DenialMissing, first, Type::NSEC));
    }
    let (records, faults) = nsec.unwrap_or_default();
    report.nsec = records;
    found.extend(faults);
    let (chains, faults) = nsec3.unwrap_or_default();
    report.nsec3 = chains;
    found.extend(faults);
    report.zonemd = zonemd.0;
    found.extend(zonemd.1);
    (report.rrsets, report.signatures, report.unchecked) = (tally.rrsets, tally.signatures, tally.unchecked);
    report.delegations = (tally.delegations, tally.secure_delegations);
    report.first_end = tally.first_end.map(|(end, place)| {
        let record = index.at(place);
        let covered = record.rdata.first_chunk().map_or(Type::RRSIG, |octets| Type(u16::from_be_bytes(*octets)));
        (end, key::to_name(record.key), covered)
    });
    found.extend(tally.faults);
}

/// Looks for a key that an anchor names and that signs the DNSKEY records (RFC 4035 section 5.2). Anchors count as they
/// do for the kernel: SHA-1 does not beside a stronger digest (RFC 4509 section 3).
fn anchor_of<B: Backend>(
    index: &Index,
    apex: Node,
    keys: &Keys<'_, B::Key>,
    terms: &Terms<'_, B>,
    report: &mut Report,
    found: &mut Vec<Found>,
) {
    let owner = key::to_name(index.key_of(apex));
    let owner: Name<'_> = owner.as_name();
    let counts = |anchor: &anchor::Anchor<'_>| anchor.zone() == owner && !anchor.is_negative() && anchor.covers(&owner);
    let for_zone = || anchor::iter(terms.anchors).filter(counts);
    let holding = || for_zone().filter(|anchor| anchor.holds(terms.clock));
    let stronger = anchor::has_stronger(holding(), terms.policy, terms.backend);
    for (number, key) in keys.list.iter().enumerate() {
        let names = |voucher: Voucher<'_>| match voucher {
            Voucher::Dnskey(named) => named == key.dnskey,
            Voucher::Ds(ds) => {
                (ds.key_tag, ds.algorithm) == (key.tag, key.dnskey.algorithm)
                    && ds_digest(terms.backend, ds.digest_type, &owner, &key.dnskey)
                        .is_some_and(|digest| digest.as_slice() == ds.digest)
            }
        };
        let is_counted =
            |voucher: &Voucher<'_>| voucher.counts(terms.policy, terms.backend) && !(stronger && voucher.is_sha1());
        let is_anchored =
            key.dnskey.is_usable() && holding().filter_map(|anchor| anchor.voucher()).filter(is_counted).any(names);
        if is_anchored
            && !matches!(report.anchored, Anchored::By(_))
            && signatures::signs_keys(index, apex, keys, number, terms)
        {
            report.anchored = Anchored::By(key.tag);
        }
        report.keys.push(ZoneKey {
            key_tag: key.tag,
            algorithm: key.dnskey.algorithm,
            bits: key
                .dnskey
                .algorithm
                .is_rsa()
                .then(|| RsaKey::parse(key.dnskey.public_key))
                .flatten()
                .map(|key| key.modulus_bits()),
            flags: key.dnskey.flags,
            is_anchored,
        });
    }
    if report.anchored == Anchored::NoAnchor && for_zone().next().is_some() {
        report.anchored = Anchored::Mismatch;
        let at = keys.list.first().map(|key| key.place).or_else(|| index.places(apex).first().copied());
        found.extend(at.map(|at| Found::new(FaultKind::AnchorMismatch, at, Type::DNSKEY)));
    }
}

/// The first faults, in full.
fn told(
    index: &Index,
    files: &[String],
    mut found: Vec<Found>,
    counts: &mut BTreeMap<FaultKind, u64>,
    limit: usize,
) -> Vec<Fault> {
    let file = |number: usize| files.get(number).cloned().unwrap_or_default();
    let mut told = Vec::new();
    if index.apex.is_none() {
        let kind = FaultKind::SoaMissing;
        told.push(Fault { kind, name: None, rtype: None, file: file(0), line: 0, column: 0, detail: String::new() });
    }
    for piece in &index.pieces {
        add(counts, FaultKind::Unreadable, u64::try_from(piece.unread).unwrap_or(u64::MAX));
        for error in piece.errors.iter().take(limit.saturating_sub(told.len())) {
            told.push(Fault {
                kind: FaultKind::Unreadable,
                name: None,
                rtype: None,
                file: file(piece.file),
                line: error.line.saturating_add(piece.first_line),
                column: error.column,
                detail: format!("{}", error.kind),
            });
        }
    }
    counts.retain(|_, count| *count > 0);
    let place = |found: &Found| (found.kind.severity(), index.at(found.at).file, index.at(found.at).line, found.kind);
    found.sort_by_cached_key(place);
    told.extend(found.iter().take(limit.saturating_sub(told.len())).map(|found| in_full(index, files, found)));
    told
}

fn in_full(index: &Index, files: &[String], found: &Found) -> Fault {
    let record = index.at(found.at);
    let algorithm = Algorithm;
    let name_of = |place: Place| key::to_name(index.at(place).key);
    let (mut name, mut detail) = (key::to_name(record.key), String::new());
    match found.about {
        About::Nothing => {}
        About::Key(0, number) => detail = format!("algorithm {}", algorithm(number)),
        About::Key(tag, number) => detail = format!("key tag {tag}, algorithm {}", algorithm(number)),
        About::Time(tag, number, time) => {
            detail = format!("{}, key tag {tag}, algorithm {}", Timestamp(time), algorithm(number));
        }
        About::Name(place) if found.kind == FaultKind::Nsec3BitmapWrong => detail = format!("of {}", name_of(place)),
        About::Name(place) => detail = format!("expected {}", name_of(place)),
        About::Expected(is, due) => detail = format!("{is}, expected {due}"),
        About::Empty(labels) => {
            // The name itself has no record: it is so many labels of one below it.
            name = name.as_name().ancestor(labels).map_or(name, |name| name.to_buf());
        }
    }
    Fault {
        kind: found.kind,
        name: Some(name),
        rtype: Some(found.rtype),
        file: files.get(record.file).cloned().unwrap_or_default(),
        line: record.line,
        column: 0,
        detail,
    }
}
