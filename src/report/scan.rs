//! One line of a scan.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::{Value, json};

use super::json::object;
use super::text::time;
use crate::chain::ReasonCode;
use crate::dane::{Decision, Plan};
use crate::delegation::Service;
use crate::lookup::Answered;
use crate::name::NameBuf;
use crate::wire::rdata::Srv;

/// What is known of a domain.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// The domain.
    pub domain: NameBuf,
    /// The service.
    pub service: Service,
    /// Its SRV records.
    pub answered: Answered,
    /// Where they lead, if that was looked at.
    pub plan: Option<Plan>,
}

/// A word for a decision: it stays once it is released.
const fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Authenticate(_) => "authenticate",
        Decision::Encrypt(_) => "encrypt",
        Decision::NoDane(_) => "no-dane",
        Decision::MustNotConnect(_) => "must-not-connect",
        Decision::Defer(_) => "defer",
    }
}

/// One JSON object on one line.
#[must_use]
pub fn scan_json(scanned: &Scanned) -> String {
    let Scanned { domain, service, answered, plan } = scanned;
    let mut targets: Vec<Srv<'_>> = answered.views::<Srv<'_>>().collect();
    targets.sort_by_key(|srv| (srv.priority, core::cmp::Reverse(srv.weight), srv.port));
    let targets: Vec<String> = targets.iter().map(|srv| format!("{}:{}", srv.target, srv.port)).collect();
    let reason = answered.code.map_or(Value::Null, |code: ReasonCode| {
        json!({"code": code.as_str(), "ede": code.ede().0, "rfc": code.rfc(), "text": answered.reason})
    });
    let endpoints = plan.as_ref().map_or(Value::Null, |plan| {
        let endpoints = plan.endpoints.iter().map(|endpoint| {
            json!({"target": format!("{}:{}", endpoint.host, endpoint.port), "dane": word(&endpoint.decision),
                "text": endpoint.decision.to_string()})
        });
        Value::Array(endpoints.collect())
    });
    object([
        ("command", json!("scan")),
        ("domain", json!(domain.to_string())),
        ("service", json!(service.to_string())),
        ("verdict", json!(answered.security.as_str())),
        ("reason", reason),
        ("targets", json!(targets)),
        ("valid_until", json!(answered.valid_until.map(time))),
        ("endpoints", endpoints),
    ])
}
