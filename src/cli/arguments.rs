//! What can be said on the command line.

use std::format;
use std::net::IpAddr;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::network::Network;
pub(super) use super::rules::digest;
use super::rules::{Bounds, Rules};
use super::{anchor, check, csr, proof, scan, xmpp, zone};
use crate::codes::Type;
use crate::name::NameBuf;
use crate::time::{Clock, Time, Timestamp};

/// Proves from signed DNS messages who is who.
#[derive(Debug, Parser)]
#[command(name = "dnsproof", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 confirmed or secure, 1 refused, 2 bad usage or unreadable input, 3 evidence missing."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(super) enum Command {
    /// Did SOURCE delegate its service to the provider?
    Check(check::Check),
    /// Secure, insecure, bogus or indeterminate, and why?
    Validate(Validate),
    /// Trust anchors: list, convert, follow and fetch them
    #[command(subcommand)]
    Anchor(anchor::Command),
    /// A certificate request for a zone's own DNSSEC key
    Csr(csr::Csr),
    /// Chains of RFC 9102: proofs that travel
    #[command(subcommand)]
    Proof(proof::Command),
    /// Connect to an XMPP server: which prooftype authenticates it?
    Xmpp(xmpp::Xmpp),
    /// The SRV records of many domains: one line of JSON for each
    Scan(scan::Scan),
    /// Whole signed zones
    #[command(subcommand)]
    Zone(zone::Command),
}

#[derive(Args, Debug)]
pub(super) struct Validate {
    /// The name: www.example.com
    #[arg(value_parser = name)]
    pub(super) name: NameBuf,
    /// The type: A, SRV, TYPE65280, ...
    #[arg(value_name = "TYPE", value_parser = rtype)]
    pub(super) rtype: Type,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Args, Debug)]
pub(super) struct Common {
    /// Trust anchors: a file in any form that `dnsproof anchor convert` knows, iana (the root keys), or none; repeatable
    #[arg(long, value_name = "FILE|iana|none", default_value = "iana")]
    pub(super) anchors: Vec<String>,
    /// A zone of the DNS that holds trust anchors as DLV records, and a file of the anchors for that zone: asked where
    /// --anchors does not reach the name
    #[arg(long, value_name = "ZONE=FILE", value_parser = registry)]
    pub(super) registry: Option<(NameBuf, String)>,
    /// Refuse a file of trust anchors if any of its entries is broken
    #[arg(long)]
    pub(super) strict_anchors: bool,
    /// Response messages, one a line in hexadecimal, or what dig +dnssec prints; - for the standard input; repeatable.
    /// With it nobody is asked
    #[arg(long, value_name = "FILE")]
    pub(super) answers: Vec<PathBuf>,
    /// The time to judge by, as RFC 3339, as signatures show it, or Unix seconds; TIME.. where it is not known but no earlier, TIME..TIME
    /// where it is in between [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = clock, allow_negative_numbers = true)]
    pub(super) now: Option<Clock>,
    /// Names at or below NAME are insecure, whatever their zones say; repeatable
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(super) negative: Vec<NameBuf>,
    /// Tell every step on the way to the verdict
    #[arg(long)]
    pub(super) explain: bool,
    /// Lines for people, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) rules: Rules,
    #[command(flatten)]
    pub(super) bounds: Bounds,
    #[command(flatten)]
    pub(super) network: Network,
}

impl Common {
    /// Whether all evidence is in files.
    pub(super) const fn is_offline(&self) -> bool {
        !self.answers.is_empty()
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Any name. What is pasted in the place of one would be a name too: with an escape (`\\@`) it is meant.
pub(super) fn name(text: &str) -> Result<NameBuf, String> {
    let instead = match text {
        _ if is_address(text) => "an address",
        _ if text.contains("://") => "a URL",
        _ if text.replace("\\\\", "").replace("\\@", "").contains('@') => "the address of someone there",
        _ => "",
    };
    if !instead.is_empty() {
        return Err(format!("expected a name such as www.example.com, and not {instead}"));
    }
    if !text.is_ascii() {
        return crate::dna::domain(text).ok_or_else(|| "this is no internationalised domain name".to_string());
    }
    text.parse::<NameBuf>().map_err(|error| error.to_string())
}

fn is_address(text: &str) -> bool {
    text.trim_end_matches('.').trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// The name of a host or a domain. Most of what else is pasted in its place would be a name too, though of nothing that is
/// in the DNS.
pub(super) fn host(text: &str) -> Result<NameBuf, String> {
    let instead = match text {
        _ if is_address(text) => "an address",
        _ if text.contains('/') => "a URL",
        _ if text.contains('@') => "the address of someone there",
        _ if text.contains(':') => "a name with a port",
        _ => return name(text),
    };
    Err(format!("expected a domain such as example.com, and not {instead}"))
}

/// A name without the labels of a service: the check puts them before it.
pub(super) fn domain(text: &str) -> Result<NameBuf, String> {
    let name = host(text)?;
    match text.starts_with('_') {
        true => Err("expected the domain alone, such as example.com; --service says which service".to_string()),
        false => Ok(name),
    }
}

pub(super) fn rtype(text: &str) -> Result<Type, String> {
    Type::from_mnemonic(text).ok_or_else(|| "expected a type such as SRV, or TYPE followed by its number".to_string())
}

pub(super) fn endpoint(text: &str) -> Result<(NameBuf, Option<u16>), String> {
    // Every address with dots and digits is a name too, though never a target of SRV records.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !is_address(text) => (host, Some(port)),
        _ => (text, None),
    };
    if is_address(host) {
        return Err("expected the name of a host, as the SRV records have it, and not its address".to_string());
    }
    let number =
        |port: &str| port.parse().map_err(|_| format!("expected a port up to 65535 after the colon: {port:?}"));
    Ok((name(host)?, port.map(number).transpose()?))
}

fn registry(text: &str) -> Result<(NameBuf, String), String> {
    let (zone, file) = text.split_once('=').ok_or("expected ZONE=FILE, such as dlv.example=dlv.ds")?;
    Ok((name(zone)?, file.to_string()))
}

pub(super) fn clock(text: &str) -> Result<Clock, String> {
    match text.split_once("..") {
        None => time(text).map(Clock::exact),
        Some((from, "")) => time(from).map(Clock::not_before),
        Some((from, until)) => match (time(from)?, time(until)?) {
            (from, until) if from > until => Err("the end is before the beginning".to_string()),
            (from, until) => Ok(Clock::between(from, until)),
        },
    }
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    // As signatures are shown.
    if let (14, Some(time)) = (text.len(), Timestamp::from_text(text)) {
        return Ok(Time(time.0.into()));
    }
    let seconds = text.parse::<i64>().or_else(|_| {
        let time = text.parse::<jiff::Timestamp>();
        time.map(jiff::Timestamp::as_second)
            .map_err(|error| format!("expected RFC 3339 (2026-11-23T12:00:00Z) or Unix seconds: {error}"))
    })?;
    let seconds = u64::try_from(seconds).map_err(|_| "there is no DNSSEC before 1970".to_string())?;
    // RFC 4034 section 3.1.5: signatures have 32 bits, and would mean another time.
    match u32::try_from(seconds) {
        Ok(_) => Ok(Time(seconds)),
        Err(_) => Err("there is nothing to judge after the year 2105; the time is in seconds".to_string()),
    }
}
