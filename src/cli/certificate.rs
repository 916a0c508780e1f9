//! `dnsproof anchor from-cert`: the trust anchor that a certificate stands for.

use std::format;
use std::path::PathBuf;
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::arguments::{Format, clock, name};
use super::input::document;
use super::rules::Rules;
use super::{authorities, input, print};
use crate::anchor::Anchors;
use crate::binding::{self, Certified, Refusal, Wanted, certify};
use crate::codes::{Algorithm, Type};
use crate::delegation::Service;
use crate::name::{Name, NameBuf};
use crate::policy::Policy;
use crate::report;
use crate::time::Clock;
use crate::wire::{Message, Question};

#[derive(Args, Debug)]
pub(super) struct FromCert {
    /// The certificate, with those of the CAs above it, in DER, PEM or PKCS#7; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The zone whose key it certifies
    #[arg(long, value_name = "NAME", value_parser = name)]
    zone: NameBuf,
    /// The name that it is to vouch for, in the zone [default: the zone]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<NameBuf>,
    /// The service that it is to vouch for: then an SRVName or an XmppAddr will do
    #[arg(long, value_name = "SERVICE")]
    service: Option<Service>,
    /// Who may vouch for it: a file of CA certificates, platform or mozilla; repeatable
    #[arg(long, value_name = "FILE|platform|mozilla", required = true)]
    ca: Vec<String>,
    /// Response messages, with the answer to the question for the zone's DNSKEY records: then it is seen whether the
    /// key is one of them; repeatable
    #[arg(long, value_name = "FILE")]
    answers: Vec<PathBuf>,
    /// The time to judge by, as RFC 3339 or Unix seconds [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = clock, allow_negative_numbers = true)]
    now: Option<Clock>,
    /// Lines for people, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    rules: Rules,
}

pub(super) fn run(arguments: &FromCert) -> Result<ExitCode, String> {
    let rules = binding::Rules::standard();
    input::read_once(arguments.answers.iter().chain([&arguments.file]).map(PathBuf::as_path))?;
    let octets = document(&arguments.file, rules.octets)?;
    let authorities = authorities::read(&arguments.ca)?;
    let answers = input::answers(&arguments.answers)?;
    let messages = answers.iter().map(input::Answer::message).collect::<Result<Vec<_>, _>>()?;
    let clock = arguments.now.map_or_else(|| input::clock().map(Clock::exact), Ok)?;
    let source = arguments.name.unwrap_or(arguments.zone);
    let service = arguments.service.as_ref().map(Service::label);
    let wanted = Wanted { source: source.as_name(), service };
    let zone = arguments.zone.as_name();
    let policy = arguments.rules.policy()?;
    let keys = match arguments.answers.is_empty() {
        true => None,
        false => {
            let question = Question::new(zone, Type::DNSKEY);
            let answer = messages.iter().find(|message| message.question() == Some(question));
            let Some(answer) = answer else {
                super::warn(&format!("no answer to {zone} DNSKEY is at hand"));
                return Ok(ExitCode::from(3));
            };
            Some(answer)
        }
    };
    let certified = certify(&octets, &wanted, &authorities, clock, &rules);
    let found = certified.as_ref().map_err(Clone::clone).and_then(|certified| found(certified, &zone, keys, &policy));
    match arguments.format {
        Format::Json => print(&to_json(&arguments.zone, &source, certified.as_ref().ok(), &found))?,
        Format::Text => {
            if let Ok(certified) = &certified {
                let (from, until) = certified.window();
                print(&format!("vouches {}", certified.ca()))?;
                print(&format!("for     {} by {}", certified.source(), certified.identity()))?;
                print(&format!("valid   from {} until {}", report::time(from), report::time(until)))?;
            }
            match &found {
                Ok(records) => {
                    for record in records {
                        print(&format!("key     {record}"))?;
                    }
                    let end = if keys.is_some() { "" } else { ", if one of these is a key of the zone" };
                    print(&format!("ANCHOR  {zone} for names at or below {source}{end}"))?;
                }
                Err(refusal) => print(&format!("REFUSED  {}", report::refusal_text(refusal)))?,
            }
        }
    }
    Ok(if found.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The DNSKEY record that the certificate stands for; or, where the zone's keys are not at hand, those that it may
/// stand for.
fn found(
    certified: &Certified,
    zone: &Name<'_>,
    keys: Option<&Message<'_>>,
    policy: &Policy,
) -> Result<Vec<String>, Refusal> {
    if let Some(message) = keys {
        let anchors: Anchors = certified.anchor(zone, message, policy)?;
        let keys = anchors.iter().filter_map(|anchor| {
            let key = anchor.key()?;
            let record = record(zone, key.flags, key.algorithm, key.public_key);
            Some(format!("{record} ; key tag {}", key.key_tag()))
        });
        return Ok(keys.collect());
    }
    if !certified.source().is_at_or_below(zone) {
        return Err(Refusal::ZoneNotAbove { zone: zone.to_string(), name: certified.source().to_string() });
    }
    let key = certified.key();
    let counted: Vec<Algorithm> = key.algorithms().iter().copied().filter(|one| policy.counts(*one)).collect();
    if counted.is_empty() {
        let none: Vec<String> = key.algorithms().iter().map(ToString::to_string).collect();
        return Err(Refusal::KeyTooWeak(format!("{} does not count", none.join(", "))));
    }
    // Whether the zone calls it a secure entry point does not matter, but it is a part of the record.
    let records = counted.iter().flat_map(|one| [257, 256].map(|flags| record(zone, flags, *one, key.octets())));
    Ok(records.collect())
}

fn record(zone: &Name<'_>, flags: u16, algorithm: Algorithm, key: &[u8]) -> String {
    format!("{zone} IN DNSKEY {flags} 3 {} {}", algorithm.0, BASE64.encode(key))
}

fn to_json(
    zone: &NameBuf,
    name: &NameBuf,
    certified: Option<&Certified>,
    found: &Result<Vec<String>, Refusal>,
) -> String {
    let reason = found.as_ref().err().map(
        |refusal| json!({"code": refusal.code().as_str(), "rfc": refusal.code().rfc(), "text": report::refusal_text(refusal)}),
    );
    let certificate = certified.map(|certified| {
        let (from, until) = certified.window();
        json!({"ca": certified.ca(), "name": certified.source().to_string(), "identity": certified.identity().to_string(),
            "valid_from": report::time(from), "valid_until": report::time(until)})
    });
    let keys: Vec<Value> = found.iter().flatten().map(|record| json!(record)).collect();
    json!({"command": "anchor from-cert", "zone": zone.to_string(), "scope": name.to_string(),
        "outcome": if found.is_ok() { "anchor" } else { "refused" }, "reason": reason, "certificate": certificate,
        "keys": keys})
    .to_string()
}
