//! What a whole zone was found to be.

use core::fmt::Write;
use serde_json::{Value, json};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::json::object;
use super::text::{Style, time};
use crate::time::Clock;
use crate::zone::{Anchored, Fault, Report, Severity};

/// Lines for people: what the zone is, its faults, and the verdict last.
#[must_use]
pub fn zone_text(report: &Report, clock: Clock, style: Style) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        let _to_memory = writeln!(out, "{text}");
    };
    if let Some(apex) = &report.apex {
        let (all, with_ds) = report.delegations;
        let looked_at = match report.keys.is_empty() {
            true => String::new(),
            false => format!(", {} RRsets of its own, {all} delegations ({with_ds} with DS)", report.rrsets),
        };
        line(&format!("zone {apex}: {} names, {} records{looked_at}", report.names, report.records));
    }
    for key in &report.keys {
        let bits = key.bits.map_or(String::new(), |bits| format!(", {bits} bits"));
        let role = if key.flags & 1 == 1 { ", secure entry point" } else { "" };
        let revoked = if key.flags & 0x80 != 0 { ", revoked" } else { "" };
        let anchored = if key.is_anchored { ", named by an anchor" } else { "" };
        line(&format!("key {}: {}{bits}{role}{revoked}{anchored}", key.key_tag, key.algorithm));
    }
    line(&match report.anchored {
        Anchored::NoAnchor => "anchor: none was given for the zone, its keys vouch for themselves".to_string(),
        Anchored::By(tag) => format!("anchor: key {tag} signs the keys"),
        Anchored::Mismatch => "anchor: no key that signs the keys is one that it names".to_string(),
    });
    line(&format!("signatures: {} checked", report.signatures));
    if report.unchecked > 0 {
        line(&format!("signatures: {} NOT checked", report.unchecked));
    }
    if let Some((end, name, rtype)) = &report.first_end {
        let left = end.0.saturating_sub(clock.earliest().0);
        line(&format!("first to end: {name} {rtype}, {} ({})", time(*end), span(left)));
    }
    if report.nsec > 0 {
        line(&format!("denial: {} NSEC records", report.nsec));
    }
    for chain in &report.nsec3 {
        let salt = if chain.salt.is_empty() { "-".to_string() } else { data_encoding::HEXUPPER.encode(&chain.salt) };
        let opt_out = if chain.opt_out { ", opt-out" } else { "" };
        line(&format!(
            "denial: {} NSEC3 records, {} iterations, salt {salt}{opt_out}",
            chain.records, chain.iterations
        ));
    }
    for digest in &report.zonemd {
        let fits = match digest.fits {
            Some(true) => "fits",
            Some(false) => "does not fit",
            None => "not checked",
        };
        line(&format!("ZONEMD: scheme {}, hash {}: {fits}", digest.scheme, digest.hash));
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    for fault in &report.faults {
        line(&format!("{}: {fault}", severity(fault)));
    }
    let told = u64::try_from(report.faults.len()).unwrap_or(u64::MAX);
    if errors.saturating_add(warnings) > told {
        line("faults in all:");
        for (kind, count) in &report.counts {
            line(&format!("  {count} {kind}"));
        }
    }
    let word = style.word(if report.is_sound() { "SOUND" } else { "FAULTY" }, report.is_sound());
    line(&format!("{word}: {errors} errors, {warnings} warnings"));
    out
}

/// `12 days`, `3 hours`, `40 seconds`.
fn span(seconds: u64) -> String {
    match seconds {
        0..=7199 => format!("in {seconds} seconds"),
        7200..=172_799 => format!("in {} hours", seconds / 3600),
        _ => format!("in {} days", seconds / 86_400),
    }
}

fn severity(fault: &Fault) -> &'static str {
    match fault.kind.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// One fault as one object on one line.
#[must_use]
pub fn fault_json(fault: &Fault) -> String {
    object([
        ("command", json!("zone verify")),
        ("fault", json!(fault.kind.code())),
        ("severity", json!(severity(fault))),
        ("name", json!(fault.name.map(|name| name.to_string()))),
        ("type", json!(fault.rtype.map(|rtype| rtype.to_string()))),
        ("file", json!(fault.file)),
        ("line", if fault.line == 0 { Value::Null } else { json!(fault.line) }),
        ("column", if fault.column == 0 { Value::Null } else { json!(fault.column) }),
        ("rfc", json!(fault.kind.rfc())),
        ("text", json!(fault.kind.text())),
        ("detail", json!(fault.detail)),
    ])
}

/// The whole zone as one object on one line.
#[must_use]
pub fn zone_json(report: &Report, clock: Clock) -> String {
    let keys: Vec<Value> = report
        .keys
        .iter()
        .map(|key| {
            json!({"key_tag": key.key_tag, "algorithm": key.algorithm.0, "bits": key.bits, "flags": key.flags,
                "anchored": key.is_anchored})
        })
        .collect();
    let nsec3: Vec<Value> = report
        .nsec3
        .iter()
        .map(|chain| {
            json!({"records": chain.records, "iterations": chain.iterations,
                "salt": data_encoding::HEXUPPER.encode(&chain.salt), "opt_out": chain.opt_out})
        })
        .collect();
    let zonemd: Vec<Value> = report
        .zonemd
        .iter()
        .map(|digest| json!({"scheme": digest.scheme, "hash": digest.hash, "fits": digest.fits}))
        .collect();
    let first_end = report.first_end.as_ref().map_or(Value::Null, |(end, name, rtype)| {
        json!({"time": time(*end), "seconds_left": end.0.saturating_sub(clock.earliest().0),
            "name": name.to_string(), "type": rtype.to_string()})
    });
    let counts: serde_json::Map<String, Value> =
        report.counts.iter().map(|(kind, count)| (kind.code().to_string(), json!(count))).collect();
    let anchored = match report.anchored {
        Anchored::NoAnchor => Value::Null,
        Anchored::By(tag) => json!(tag),
        Anchored::Mismatch => json!(false),
    };
    object([
        ("command", json!("zone verify")),
        ("zone", json!(report.apex.map(|apex| apex.to_string()))),
        ("sound", json!(report.is_sound())),
        ("anchored", anchored),
        ("records", json!(report.records)),
        ("names", json!(report.names)),
        ("rrsets", json!(report.rrsets)),
        ("delegations", json!(report.delegations.0)),
        ("secure_delegations", json!(report.delegations.1)),
        ("signatures", json!(report.signatures)),
        ("unchecked", json!(report.unchecked)),
        ("keys", json!(keys)),
        ("first_end", first_end),
        ("nsec", json!(report.nsec)),
        ("nsec3", json!(nsec3)),
        ("zonemd", json!(zonemd)),
        ("errors", json!(report.count(Severity::Error))),
        ("warnings", json!(report.count(Severity::Warning))),
        ("faults", Value::Object(counts)),
    ])
}
