//! Proofs that travel.

use serde_json::{Value, json};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::json::{object, verdict};
use super::{Validated, time};
use crate::chain::Verdict;
use crate::codes::Type;
use crate::name::Name;
use crate::proof::Proof;
use crate::time::Time;
use crate::wire::Record;
use crate::wire::rdata::Rrsig;

/// What `proof build` made, and the file that it is in, as one JSON object.
#[must_use]
pub fn built_json(asked: &Validated<'_>, said: &Verdict<'_>, built: Option<(&Proof<'_>, &str)>) -> String {
    let mut members = verdict("proof-build", asked, said);
    members.insert("file".to_string(), json!(built.map(|(_, file)| file)));
    members.insert("octets".to_string(), json!(built.map(|(proof, _)| proof.octets().len())));
    members.insert("records".to_string(), json!(built.map(|(proof, _)| proof.records().len())));
    Value::Object(members).to_string()
}

/// What `proof check` found, as one JSON object.
#[must_use]
pub fn checked_json(asked: &Validated<'_>, said: &Verdict<'_>, unused: &[Record<'_>], proof: &Proof<'_>) -> String {
    let mut members = verdict("proof-check", asked, said);
    members.insert("support_lifetime".to_string(), json!(proof.support_lifetime()));
    members.insert("unused".to_string(), json!(unused.iter().map(Record::to_string).collect::<Vec<_>>()));
    Value::Object(members).to_string()
}

/// One RRset of a proof, and the signatures beside it.
struct Set<'p> {
    owner: Name<'p>,
    rtype: Type,
    records: usize,
    signatures: Vec<Rrsig<'p>>,
}

impl Set<'_> {
    /// The zone that signs it.
    fn zone(&self) -> Option<&Name<'_>> {
        self.signatures.first().map(|rrsig| &rrsig.signer)
    }
}

fn sets<'p>(proof: &Proof<'p>) -> Vec<Set<'p>> {
    let mut sets: Vec<Set<'p>> = Vec::new();
    for record in proof.records() {
        let rrsig = record.view::<Rrsig<'p>>().ok();
        let rtype = rrsig.as_ref().map_or(record.rtype, |rrsig| rrsig.type_covered);
        let same = |set: &&mut Set<'p>| set.rtype == rtype && set.owner == record.owner;
        let set = match sets.iter_mut().find(same) {
            Some(set) => set,
            None => {
                sets.push(Set { owner: record.owner, rtype, records: 0, signatures: Vec::new() });
                let Some(set) = sets.last_mut() else { continue };
                set
            }
        };
        match rrsig {
            Some(rrsig) => set.signatures.push(rrsig),
            None => set.records = set.records.saturating_add(1),
        }
    }
    sets
}

/// What is in a proof, zone by zone: nothing of it is verified.
#[must_use]
pub fn proof_text(proof: &Proof<'_>, now: Time) -> String {
    let sets = sets(proof);
    let lifetime = proof.support_lifetime().map_or_else(String::new, |hours| format!(", served for {hours} h"));
    let mut lines = Vec::new();
    let mut zones: Vec<Option<&Name<'_>>> = Vec::new();
    for zone in sets.iter().map(Set::zone) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    for zone in zones {
        lines.push(zone.map_or_else(|| "unsigned".to_string(), |zone| format!("zone    {zone}")));
        for set in sets.iter().filter(|set| set.zone() == zone) {
            let keys: Vec<String> = set.signatures.iter().map(|rrsig| signed(rrsig, now)).collect();
            let keys = if keys.is_empty() { String::new() } else { format!(": {}", keys.join("; ")) };
            lines.push(format!("        {} {} ({}){keys}", set.owner, set.rtype, set.records));
        }
    }
    let (records, octets) = (proof.records().len(), proof.octets().len());
    lines.push(format!("{records} records, {octets} octets{lifetime}; nothing is verified"));
    lines.join("\n")
}

fn signed(rrsig: &Rrsig<'_>, now: Time) -> String {
    let Rrsig { key_tag, algorithm, .. } = rrsig;
    format!("key {key_tag}, {algorithm}, until {}", time(rrsig.expiration.near(now)))
}

/// The same as one JSON object.
#[must_use]
pub fn proof_json(proof: &Proof<'_>, now: Time) -> String {
    let of_set = |set: Set<'_>| {
        let signatures = set.signatures.iter().map(|rrsig| {
            json!({"zone": rrsig.signer.to_string(), "key_tag": rrsig.key_tag, "algorithm": rrsig.algorithm.0,
                "from": time(rrsig.inception.near(now)), "until": time(rrsig.expiration.near(now))})
        });
        json!({"name": set.owner.to_string(), "type": set.rtype.to_string(), "records": set.records,
            "signatures": signatures.collect::<Vec<_>>()})
    };
    object([
        ("command", json!("proof-show")),
        ("octets", json!(proof.octets().len())),
        ("support_lifetime", json!(proof.support_lifetime())),
        ("sets", sets(proof).into_iter().map(of_set).collect()),
        ("records", json!(proof.records().map(|record| record.to_string()).collect::<Vec<_>>())),
    ])
}
