//! What authenticates an XMPP server.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::{Value, json};

use super::json::{network, object};
use super::text::{Style, time};
use crate::name::NameBuf;
use crate::net::Gathered;
use crate::time::Time;

/// What one prooftype says of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// `pkix`, `dns`, `dane`, `dnssec-ta` or `posh`.
    pub prooftype: &'static str,
    /// Whether it authenticates the server; `None` if it was not tried.
    pub proved: Option<bool>,
    /// Why.
    pub text: String,
    /// Until when, if it does.
    pub until: Option<Time>,
}

/// Where the connection went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The host, as the records name it.
    pub host: NameBuf,
    /// The address and port.
    pub address: String,
    /// `starttls` or `direct`.
    pub tls: &'static str,
    /// On which terms it was connected to.
    pub decision: String,
    /// Whether the server asserts the domain on its own accord.
    pub asserted: bool,
}

/// A visit to a server.
#[derive(Clone, Debug)]
pub struct Visited<'a> {
    /// The domain that is wanted.
    pub domain: NameBuf,
    /// Who asks, if that is a server.
    pub from: Option<NameBuf>,
    /// How the records that lead there are.
    pub hop: String,
    /// Endpoints that were not connected to, or not with success: which, and why.
    pub skipped: Vec<(String, String)>,
    /// Where the connection went; `None` if nowhere.
    pub reached: Option<Reached>,
    /// The prooftypes, in the order in which they are tried.
    pub tried: Vec<Tried>,
    /// What was asked of the network.
    pub network: &'a Gathered,
}

impl Visited<'_> {
    /// The first prooftype that authenticates the server.
    #[must_use]
    pub fn proof(&self) -> Option<&Tried> {
        self.tried.iter().find(|tried| tried.proved == Some(true))
    }

    fn role(&self) -> &'static str {
        if self.from.is_some() { "server" } else { "client" }
    }
}

/// One line for each prooftype, and what comes of them.
#[must_use]
pub fn xmpp_text(visited: &Visited<'_>, style: Style) -> Vec<String> {
    let domain = &visited.domain;
    let mut lines = Vec::new();
    lines.push(match &visited.from {
        Some(from) => format!("{domain} for the server {from}"),
        None => format!("{domain} for clients"),
    });
    lines.push(format!("SRV        {}", visited.hop));
    for (what, why) in &visited.skipped {
        lines.push(format!("skipped    {what}: {why}"));
    }
    let Some(reached) = &visited.reached else {
        lines.push(format!("{}  no server of {domain} can be reached", style.word("FAIL", false)));
        return lines;
    };
    let Reached { host, address, tls, decision, asserted } = reached;
    let asserts = if *asserted { format!(", which asserts {domain}") } else { String::new() };
    lines.push(format!("connected  {host} at {address}, {tls}{asserts}; {decision}"));
    for Tried { prooftype, proved, text, .. } in &visited.tried {
        let word = match proved {
            Some(true) => "yes",
            Some(false) => "no ",
            None => "-  ",
        };
        lines.push(format!("{prooftype:<9}  {word}  {text}"));
    }
    lines.push(match visited.proof() {
        Some(Tried { prooftype, until, .. }) => {
            let until = until.map_or_else(String::new, |until| format!(", until {}", time(until)));
            format!("{}  {prooftype} authenticates this server for {domain}{until}", style.word("SUCCESS", true))
        }
        None => format!("{}  nothing authenticates this server for {domain}", style.word("FAIL", false)),
    });
    lines
}

/// The same as one JSON object.
#[must_use]
pub fn xmpp_json(visited: &Visited<'_>) -> String {
    let tried = visited.tried.iter().map(|Tried { prooftype, proved, text, until }| {
        json!({"prooftype": prooftype, "proved": proved, "text": text, "valid_until": until.map(time)})
    });
    let skipped = visited.skipped.iter().map(|(endpoint, text)| json!({"endpoint": endpoint, "text": text}));
    let reached = visited.reached.as_ref().map_or(Value::Null, |reached| {
        json!({"host": reached.host.to_string(), "address": reached.address, "tls": reached.tls,
            "decision": reached.decision, "asserted": reached.asserted})
    });
    let proof = visited.proof();
    object([
        ("command", json!("xmpp")),
        ("domain", json!(visited.domain.to_string())),
        ("role", json!(visited.role())),
        ("from", json!(visited.from.map(|from| from.to_string()))),
        ("outcome", json!(if proof.is_some() { "success" } else { "fail" })),
        ("prooftype", json!(proof.map(|proof| proof.prooftype))),
        ("valid_until", json!(proof.and_then(|proof| proof.until).map(time))),
        ("srv", json!(visited.hop)),
        ("endpoint", reached),
        ("skipped", Value::Array(skipped.collect())),
        ("prooftypes", Value::Array(tried.collect())),
        ("network", network(Some(visited.network))),
    ])
}
