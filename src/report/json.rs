//! One object on one line. Its names are a contract: they stay, more may be added.

use serde_json::{Map, Value, json};
use std::string::{String, ToString};
use std::vec::Vec;

use super::text::time;
use super::{Steps, Validated};
use crate::budget::Work;
use crate::chain::{Content, Reason, Secure, Verdict};
use crate::codes::Ede;
use crate::name::Name;
use crate::net::{Blame, Gathered};

/// The verdict on a question.
#[must_use]
pub fn validate_json(asked: &Validated<'_>, verdict: &Verdict<'_>) -> String {
    Value::Object(self::verdict("validate", asked, verdict)).to_string()
}

/// The members of the answer to a command that asks for a verdict.
pub(super) fn verdict(command: &str, asked: &Validated<'_>, verdict: &Verdict<'_>) -> Map<String, Value> {
    let secure = verdict.secure();
    let answer = secure.and_then(Secure::answer);
    let answer: Vec<String> =
        answer.map_or_else(Vec::new, |answer| answer.records().map(|record| record.to_string()).collect());
    let aliases: Vec<String> =
        secure.map_or_else(Vec::new, |secure| secure.aliases().map(|alias| alias.to_string()).collect());
    let content = secure.map(|secure| match secure.content() {
        Content::Records(_) => "records",
        Content::NoData => "nodata",
        Content::NameError => "nxdomain",
    });
    map([
        ("command", json!(command)),
        ("name", json!(asked.question.name.to_string())),
        ("type", json!(asked.question.rtype.to_string())),
        ("verdict", json!(verdict.as_str())),
        ("reason", verdict.reason().map_or(Value::Null, reason)),
        ("content", json!(content)),
        ("aliases", json!(aliases)),
        ("answer", json!(answer)),
        ("rcode", asked.rcode.map_or(Value::Null, |rcode| json!(rcode.to_string()))),
        ("valid_from", secure.map_or(Value::Null, |secure| json!(time(secure.valid_from())))),
        ("valid_until", secure.map_or(Value::Null, |secure| json!(time(secure.valid_until())))),
        ("ttl", secure.map_or(Value::Null, |secure| json!(secure.ttl()))),
        ("anchor", anchor(secure)),
        ("wildcard", json!(secure.is_some_and(Secure::is_from_wildcard))),
        ("weakest", secure.map_or(Value::Null, |secure| json!(secure.weakest_algorithm().0))),
        ("weak", json!(secure.is_some_and(Secure::is_weak))),
        ("chain", chain(secure)),
        ("work", work(asked.work)),
        ("trace", trace(asked.steps)),
        ("network", network(asked.network)),
    ])
}

/// The trust anchor that a verdict rests on.
pub(super) fn anchor(secure: Option<&Secure<'_>>) -> Value {
    secure.map_or(Value::Null, |secure| {
        json!({"zone": secure.anchor_zone().to_string(), "key_tag": secure.anchor_tag(), "note": secure.anchor_note(),
            "scope": secure.anchor_scope().map(|scope| scope.to_string())})
    })
}

pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> String {
    Value::Object(map(members)).to_string()
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

pub(super) fn reason(reason: &Reason<'_>) -> Value {
    let code = reason.code();
    reason_of(code.as_str(), code.ede(), reason.name(), code.rfc(), &reason.to_string())
}

pub(super) fn reason_of(code: &str, ede: Ede, at: Name<'_>, rfc: &str, text: &str) -> Value {
    json!({"code": code, "ede": ede.0, "at": at.to_string(), "rfc": rfc, "text": text})
}

pub(super) fn chain(secure: Option<&Secure<'_>>) -> Value {
    let Some(secure) = secure else { return json!([]) };
    let links = secure.links().enumerate().map(|(index, link)| {
        let mut members = Map::new();
        members.insert("zone".to_string(), json!(link.zone.to_string()));
        if index == 0 {
            members.insert("anchor".to_string(), json!(secure.anchor_tag().to_string()));
        }
        members.insert("algorithm".to_string(), json!(link.algorithm.0));
        members.insert("key_tag".to_string(), json!(link.key_tag));
        Value::Object(members)
    });
    Value::Array(links.collect())
}

/// What was asked of the network, and what servers did wrong; null if nothing was asked.
pub(super) fn network(gathered: Option<&Gathered>) -> Value {
    gathered.map_or(Value::Null, |gathered| {
        let faults = gathered.blames.iter().map(|blame| {
            let Blame { server, name, rtype, fault } = blame;
            json!({"server": server.to_string(), "name": name.to_string(), "type": rtype.to_string(), "text": fault.to_string()})
        });
        json!({"asked": gathered.asked, "kept": gathered.kept, "faults": faults.collect::<Vec<_>>()})
    })
}

/// Null unless it was asked for.
pub(super) fn trace<'s>(steps: impl IntoIterator<Item = &'s Steps>) -> Value {
    let mut all = steps.into_iter().peekable();
    if all.peek().is_none() {
        return Value::Null;
    }
    let told = all.flat_map(|steps| &steps.taken).map(|step| {
        let until = step.until.map_or(Value::Null, |until| json!(time(until)));
        json!({"what": step.what, "text": step.text, "until": until})
    });
    Value::Array(told.collect())
}

pub(super) fn work(work: Work) -> Value {
    json!({
        "signatures": work.signatures,
        "failed_signatures": work.failed_signatures,
        "digests": work.digests,
        "nsec3_hashes": work.nsec3_hashes,
        "aliases": work.aliases,
    })
}
