//! What there is to say of a question in a world, so that a difference can be told from another one.

use std::collections::BTreeSet;

use crate::scene::Scene;
use crate::verdict::{Verdict, mnemonic};
use crate::world::server::{Outcome, read};
use crate::world::truth::Truth;
use crate::world::zone::Vouched;
use crate::world::{Denial, Name, Question, Zone, rtype};

pub type Tags = BTreeSet<&'static str>;

/// How far down from the top it is vouched for.
fn path(scene: &Scene, zone: &Zone, tags: &mut Tags) {
    let Some(parent) = scene.world.parent(zone) else { return };
    path(scene, parent, tags);
    let trusted = !tags.contains("no-ds") && !tags.contains("unknown-ds") && !tags.contains("wrong-ds");
    if !trusted {
        tags.insert("deeper");
        return;
    }
    gaps(scene, parent, &zone.apex, tags);
    tags.insert("child");
    match zone.vouched {
        Vouched::Good => false,
        Vouched::Among => tags.insert("among-ds"),
        Vouched::Unknown => tags.insert("unknown-ds"),
        Vouched::Wrong => tags.insert("wrong-ds"),
        Vouched::No => {
            match parent.denial {
                Denial::Nsec3 { iterations, .. } if iterations > 500 => tags.insert("cut-refused"),
                Denial::Nsec3 { iterations, .. } if iterations > 50 => tags.insert("cut-iterations"),
                Denial::Nsec3 { opt_out: true, .. } => tags.insert("cut-opt-out"),
                _ => false,
            };
            if zone.is_signed() {
                tags.insert("island");
            }
            tags.insert("no-ds")
        }
    };
}

/// What the zone says of DS records at names between its apex and a cut, where there are none: those who look for a cut
/// at each label ask for it.
fn gaps(scene: &Scene, zone: &Zone, cut: &Name, tags: &mut Tags) {
    for labels in zone.apex.labels().len() + 1..cut.labels().len() {
        let question = Question { name: cut.ancestor(labels), rtype: rtype::DS };
        match zone.denial {
            Denial::Nsec3 { iterations, .. } if iterations > 500 => tags.insert("gap-refused"),
            Denial::Nsec3 { iterations, .. } if iterations > 50 => tags.insert("gap-iterations"),
            Denial::Nsec3 { opt_out: true, .. } => tags.insert("gap-opt-out"),
            _ => false,
        };
        let said = scene.honest(&question);
        if !said.sections[0].is_empty() {
            tags.insert("gap-alias");
        }
        if said.sections[1].iter().any(|record| record.rtype == rtype::NSEC && record.owner.starts_with(b"\x01*")) {
            tags.insert("gap-wildcard-nsec");
        }
    }
}

fn odd(name: &Name) -> bool {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_*".contains(octet);
    !name.labels().iter().flatten().all(plain)
}

pub fn tags(scene: &Scene) -> Tags {
    let world = &scene.world;
    let mut question = scene.question.clone();
    let mut tags = Tags::from([mnemonic(question.rtype)]);
    let mut seen = vec![question.name.clone()];
    if scene.is_changed() {
        tags.insert("changed");
    }
    let resolved = scene.resolved(&question);
    let names = resolved.sections.iter().flatten().flat_map(|record| {
        let holds_name = matches!(record.rtype, rtype::CNAME | rtype::NSEC | rtype::NS) && !scene.is_changed();
        [Some(read(&record.owner)), holds_name.then(|| read(&record.rdata))].into_iter().flatten()
    });
    if names.into_iter().any(|name| odd(&name)) {
        tags.insert("odd-records");
    }
    if question.name == *world.top() {
        tags.insert("top");
    }
    if question.name.is_wildcard() {
        tags.insert("asked-wildcard");
    }
    loop {
        if odd(&question.name) {
            tags.insert("odd-name");
        }
        if question.name.has_wildcard() {
            tags.insert("star");
        }
        let zone = world.zone_for(&question);
        let mut here = Tags::new();
        path(scene, zone, &mut here);
        let insecure = here.contains("no-ds") || here.contains("unknown-ds");
        tags.insert(if here.contains("wrong-ds") {
            "wrong-zone"
        } else if insecure {
            "insecure-zone"
        } else {
            "secure-zone"
        });
        tags.extend(here);
        let outcome = zone.outcome(world, &*scene.keys, &question);
        let (wild, denies) = match &outcome {
            Outcome::Records(_, wild) | Outcome::Cname(_, wild) => (wild.is_some(), wild.is_some()),
            Outcome::NoData(wild) => (wild.is_some(), true),
            Outcome::NameError => (false, true),
            Outcome::Dname(..) => (false, false),
        };
        if wild {
            tags.insert("wildcard");
        }
        if denies {
            denial(zone, &question, insecure, &mut tags);
        }
        let target = match outcome {
            Outcome::Cname(target, _) => {
                tags.insert("alias");
                if question.rtype == rtype::DS && target == *world.top() {
                    tags.insert("ds-of-top");
                }
                Some(target)
            }
            Outcome::Dname(owner, target) => {
                tags.insert("dname");
                if target.is_none() {
                    tags.insert("too-long");
                }
                if question.rtype == rtype::CNAME {
                    tags.insert("made-cname");
                    return tags;
                }
                debug_assert!(zone.records[&owner].contains_key(&rtype::DNAME));
                target
            }
            Outcome::Records(..) => return more(tags, "records"),
            Outcome::NoData(_) => return more(tags, "nodata"),
            Outcome::NameError => return more(tags, "nxdomain"),
        };
        match target {
            Some(next) if !seen.contains(&next) && seen.len() <= 11 => {
                seen.push(next.clone());
                question.name = next;
            }
            _ => return more(tags, "endless"),
        }
    }
}

fn more(mut tags: Tags, tag: &'static str) -> Tags {
    tags.insert(tag);
    tags
}

fn denial(zone: &Zone, question: &Question, insecure: bool, tags: &mut Tags) {
    let names = zone.existing();
    if names.contains(&question.name) && !zone.records.contains_key(&question.name) {
        tags.insert("ent");
    }
    if zone.cuts.contains(&question.name) {
        tags.insert("cut");
    }
    if question.name == zone.apex {
        tags.insert("apex");
    }
    if zone.records.get(&question.name).is_some_and(|sets| sets.contains_key(&rtype::DNAME)) {
        tags.insert("dname-owner");
    }
    let encloser = zone.encloser(&question.name);
    let wild = encloser.child(b"*");
    if encloser != question.name && names.contains(&wild) && !zone.records.contains_key(&wild) {
        tags.insert("wild-ent");
    }
    if zone.records.len() == 1 {
        tags.insert("one-name");
    }
    // A proof that nobody has to look at says nothing.
    if insecure {
        return;
    }
    match zone.denial {
        Denial::Unsigned => {}
        Denial::Nsec => drop(tags.insert("nsec")),
        Denial::Nsec3 { iterations, opt_out, .. } => {
            tags.insert("nsec3");
            if opt_out {
                tags.insert("opt-out");
                let above = (zone.apex.labels().len()..encloser.labels().len()).map(|labels| encloser.ancestor(labels));
                if above.into_iter().any(|name| names.contains(&name.child(b"*"))) {
                    tags.insert("wildcard-above");
                }
            }
            if iterations > 500 {
                tags.insert("refused");
            } else if iterations > 50 {
                tags.insert("iterations");
            }
        }
    }
}

/// What is true, in the words of [`crate::verdict::Verdict`].
pub fn truth(scene: &Scene) -> Truth {
    scene.world.truth(&*scene.keys, &scene.question)
}

/// Marks what is said of a changed world to be Secure, but is not true of it.
pub fn claims(scene: &Scene, ours: &Verdict, theirs: &Verdict, tags: &mut Tags) {
    if !scene.is_changed() {
        return;
    }
    let is_true = |said: &Verdict| match (said, truth(scene)) {
        (Verdict::Secure(said), Truth::Secure(really, _)) => *said == really,
        (Verdict::Secure(_), _) => false,
        _ => true,
    };
    for (said, tag) in [(ours, "ours-untrue"), (theirs, "untrue")] {
        if !is_true(said) {
            tags.insert(tag);
        }
    }
}

/// For a table: all of them, in one line.
pub fn line(tags: &Tags) -> String {
    tags.iter().copied().collect::<Vec<_>>().join(" ")
}
