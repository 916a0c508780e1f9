//! A signed zone with changes to its text: whatever they are, a zone that is sound under its own anchor has no other
//! records of its own than the signer signed.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dnsproof::anchor::Anchors;
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::zone::{Anchored, Reading, Terms, Zone};
use dnsproof::zonefile;
use libfuzzer_sys::fuzz_target;

const NSEC: (&str, &str) =
    (include_str!("../../vectors/zones/bind-nsec-13.zone"), include_str!("../../vectors/zones/bind-nsec-13.ds"));
const NSEC3: (&str, &str) =
    (include_str!("../../vectors/zones/bind-nsec3-13.zone"), include_str!("../../vectors/zones/bind-nsec3-13.ds"));

type Records = BTreeSet<(NameBuf, Type, Vec<u8>)>;

/// What the signer signed. Letters in names do not matter.
fn records(text: &str) -> Option<Records> {
    let records = zonefile::parse(text, None).ok()?;
    Some(records.into_iter().map(|record| (record.owner, record.rtype, record.rdata.to_ascii_lowercase())).collect())
}

static SIGNED: LazyLock<[Records; 2]> = LazyLock::new(|| [NSEC, NSEC3].map(|(text, _)| records(text).unwrap()));

fuzz_target!(|edits: &[u8]| {
    let Some((which, edits)) = edits.split_first() else { return };
    let which = usize::from(which & 1);
    let (text, anchor) = [NSEC, NSEC3][which];
    let mut text = text.as_bytes().to_vec();
    // Three octets for a place and what becomes of it, and what is put there.
    for edit in edits.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % (text.len() + 1);
        match edit[2] % 4 {
            0 if at < text.len() => text[at] = edit[3],
            1 => text.insert(at, edit[3]),
            2 if at < text.len() => drop(text.remove(at)),
            // A whole line goes, or comes again at another place.
            _ => {
                let start = text[..at].iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
                let end = text[at..].iter().position(|octet| *octet == b'\n').map_or(text.len(), |end| at + end + 1);
                let line: Vec<u8> = text.drain(start..end).collect();
                if edit[3] & 1 == 1 {
                    let place = usize::from(edit[3]) * 97 % (text.len() + 1);
                    text.splice(place..place, line);
                }
            }
        }
    }
    let zone = Zone::read(text.as_slice(), "zone", &Reading::default()).unwrap();
    let anchors = Anchors::parse(anchor).unwrap();
    let policy = Policy::standard();
    let report = zone.verify(&Terms::new(&anchors, Time(1_795_478_400).into(), &policy, &Ring));
    if !report.is_sound() || !matches!(report.anchored, Anchored::By(_)) {
        return;
    }
    // Comments may hold anything.
    let Ok(text) = String::from_utf8(text) else { return };
    // A zone of which a line could not be read is not sound.
    let found = records(&text).unwrap();
    let cuts: Vec<&NameBuf> = found
        .iter()
        .filter(|(owner, rtype, _)| *rtype == Type::NS && owner.to_string() != "example.")
        .map(|(owner, ..)| owner)
        .collect();
    for record @ (owner, rtype, _) in &found {
        let at_cut = cuts.contains(&owner) && *rtype == Type::NS;
        let below = cuts.iter().any(|cut| owner.as_name().is_below(&cut.as_name()));
        // Nobody signs signatures: one by a key that is not there, beside another that holds, is but a warning.
        let is_signature = *rtype == Type::RRSIG;
        assert!(at_cut || below || is_signature || SIGNED[which].contains(record), "{owner} {rtype}");
    }
});
