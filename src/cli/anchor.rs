//! `dnsproof anchor`: trust anchors in every form.

use std::format;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::arguments::{Common, Format as Output, digest, time};
use super::input::{self, Given};
use super::network::told;
use super::{certificate, fetch, print, store, warn};
use crate::anchor::{Anchors, Entry, Format, IANA, IANA_DATE, KeyState, TrackedKey, TrustPoint};
use crate::budget::Budget;
use crate::canon::Scratch;
use crate::chain::{ReasonCode, Terms};
use crate::codes::{DigestType, Type};
use crate::crypto::Ring;
use crate::name::{Name, NameBuf};
use crate::net::Gathered;
use crate::report;
use crate::rollover::{self, Outcome, Timers};
use crate::time::{Clock, Time};
use crate::wire::rdata::{Dnskey, View};
use crate::wire::{Question, Rdata};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List trust anchors: tag, algorithm, digest, state, age, days left, source
    Show(Show),
    /// Write trust anchors in another form
    Convert(Convert),
    /// Make DS records of DNSKEY records, such as a signer's K*.key files
    FromKey(FromKey),
    /// The trust anchor that a certificate stands for, or why it does not
    FromCert(certificate::FromCert),
    /// Follow the keys of a zone by RFC 5011: move a saved state on by an answer
    Update(Update),
    /// Get IANA's root-anchors.xml and check its signature
    Fetch(fetch::Fetch),
}

#[derive(Args, Debug)]
pub(super) struct Show {
    /// Files in any form, iana, or - for the standard input
    #[arg(value_name = "FILE|iana", required = true)]
    sources: Vec<String>,
    /// The time to count ages from, as RFC 3339 or Unix seconds [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Time>,
    /// Refuse a file if any of its entries is broken
    #[arg(long)]
    strict_anchors: bool,
    /// Lines for people, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Output,
}

#[derive(Args, Debug)]
pub(super) struct Convert {
    /// Files in any form, iana, or - for the standard input
    #[arg(value_name = "FILE|iana", required = true)]
    sources: Vec<String>,
    /// records, bind, unbound, autotrust, negative or xml
    #[arg(long, value_name = "FORM")]
    to: Format,
    /// Digests in the place of keys, of this type: 2, SHA-384
    #[arg(long, value_name = "TYPE", value_parser = digest)]
    digest: Option<DigestType>,
    /// The time at which anchors have to hold to be written, as RFC 3339 or Unix seconds [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = time, allow_negative_numbers = true)]
    now: Option<Time>,
    /// Refuse a file if any of its entries is broken
    #[arg(long)]
    strict_anchors: bool,
}

#[derive(Args, Debug)]
pub(super) struct FromKey {
    /// Files with DNSKEY records, or - for the standard input
    #[arg(value_name = "FILE", required = true)]
    sources: Vec<String>,
    /// The digest type: 2, SHA-384
    #[arg(long, value_name = "TYPE", value_parser = digest, default_value = "2")]
    digest: DigestType,
}

#[derive(Args, Debug)]
pub(super) struct Update {
    /// The file that keeps the state; Unbound's auto-trust-anchor-file is one. If it is not there, it is made of --anchors
    #[arg(value_name = "STATE")]
    state: PathBuf,
    /// The zone, where --anchors has several [default: that of the state, or the root]
    #[arg(long, value_name = "NAME", value_parser = super::arguments::name)]
    zone: Option<NameBuf>,
    /// For how many seconds a new key has to be seen [default: 30 days]
    #[arg(long, value_name = "SECONDS")]
    add_hold_down: Option<u32>,
    /// After how many seconds a revoked key that is gone is forgotten [default: 30 days]
    #[arg(long, value_name = "SECONDS")]
    remove_hold_down: Option<u32>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Show(arguments) => show(arguments),
        Command::Convert(arguments) => convert(arguments),
        Command::FromKey(arguments) => from_key(arguments),
        Command::FromCert(arguments) => certificate::run(arguments),
        Command::Update(arguments) => update(arguments),
        Command::Fetch(arguments) => fetch::run(arguments),
    }
}

fn read(sources: &[String], strict: bool) -> Result<Anchors, String> {
    input::read_once(sources.iter().map(Path::new))?;
    let mut all = Anchors::default();
    for source in sources {
        all.extend(&input::anchors_of(source, strict)?);
    }
    Ok(all)
}

/// A line of the list.
struct Row {
    zone: String,
    key_tag: Option<u16>,
    algorithm: String,
    /// `SHA-256 E06D…`, or `key` with its length.
    what: String,
    state: &'static str,
    since: Option<Time>,
    until: Option<Time>,
    source: String,
}

impl Row {
    fn of_anchor(entry: &Entry, now: Time) -> Self {
        let anchor = entry.anchor();
        let (from, until) = anchor.window();
        let state = match () {
            () if now < from => "not-yet",
            () if now > until => "ended",
            () if anchor.is_negative() => "negative",
            () => "valid",
        };
        let source = match &*entry.source().file {
            "iana" => format!("iana, as of {}", report::time(IANA_DATE)),
            _ => entry.source().to_string(),
        };
        Self {
            zone: anchor.zone().to_string(),
            key_tag: anchor.key_tag(),
            algorithm: anchor.algorithm().map_or_else(String::new, |algorithm| algorithm.to_string()),
            what: what(entry.rtype(), entry.rdata()),
            state,
            since: Some(from).filter(|from| from.0 > 0),
            until: Some(until).filter(|until| until.0 < u64::MAX),
            source,
        }
    }

    fn of_key(zone: Name<'_>, key: &TrackedKey, file: &str) -> Self {
        let algorithm = match key.rdata() {
            [_, _, algorithm, ..] if key.rtype() == Type::DS => Some(*algorithm),
            [_, _, _, algorithm, ..] => Some(*algorithm),
            _ => None,
        };
        Self {
            zone: zone.to_string(),
            key_tag: Some(key.key_tag()),
            algorithm: algorithm.map_or_else(String::new, |number| crate::codes::Algorithm(number).to_string()),
            what: what(Some(key.rtype()), key.rdata()),
            state: key.state().as_str(),
            since: Some(key.since()).filter(|since| since.0 > 0),
            until: None,
            source: file.to_string(),
        }
    }

    fn days(&self, now: Time) -> [Option<u64>; 2] {
        let days = |from: Time, until: Time| until.0.checked_sub(from.0).map(|seconds| seconds / 86_400);
        [self.since.and_then(|since| days(since, now)), self.until.and_then(|until| days(now, until))]
    }

    fn json(&self, now: Time) -> Value {
        let [age, left] = self.days(now);
        json!({"zone": self.zone, "key_tag": self.key_tag, "algorithm": self.algorithm, "record": self.what,
            "state": self.state, "since": self.since.map(report::time), "until": self.until.map(report::time),
            "age_days": age, "days_left": left, "source": self.source})
    }
}

/// `DS SHA-256 E06D…`, `DNSKEY of 2080 bits`, or nothing.
fn what(rtype: Option<Type>, rdata: &[u8]) -> String {
    match (rtype, rdata) {
        (Some(Type::DS), [_, _, _, digest_type, digest @ ..]) => {
            format!("{} {}", DigestType(*digest_type), data_encoding::HEXUPPER.encode(digest))
        }
        (Some(_), [high, low, _, _, key @ ..]) => {
            format!("DNSKEY, flags {}, {} octets", u16::from_be_bytes([*high, *low]), key.len())
        }
        _ => "names at or below it are insecure".to_string(),
    }
}

fn show(arguments: &Show) -> Result<ExitCode, String> {
    let now = arguments.now.map_or_else(input::clock, Ok)?;
    input::read_once(arguments.sources.iter().map(Path::new))?;
    let mut rows = Vec::new();
    for source in &arguments.sources {
        let (text, source) = match input::is(source, "iana") {
            true => (IANA.to_string(), "iana"),
            false => (input::text(Path::new(source), input::MOST)?, source.as_str()),
        };
        if Format::recognise(&text) == Format::Autotrust {
            let point = TrustPoint::read(&text).map_err(|broken| format!("{source}: {broken}"))?;
            rows.extend(point.keys().iter().map(|key| Row::of_key(point.zone(), key, source)));
        } else {
            let anchors = input::anchors_in(&text, source, arguments.strict_anchors)?;
            rows.extend(anchors.entries().iter().map(|entry| Row::of_anchor(entry, now)));
        }
    }
    match arguments.format {
        Output::Json => {
            let anchors: Vec<Value> = rows.iter().map(|row| row.json(now)).collect();
            print(&json!({"command": "anchor show", "now": report::time(now), "anchors": anchors}).to_string())?;
        }
        Output::Text => {
            let number = |number: Option<u64>| number.map_or_else(|| "-".to_string(), |number| number.to_string());
            let head = ["zone", "key tag", "algorithm", "state", "age (days)", "left", "source", "record"];
            let mut table = Vec::from([head.map(String::from)]);
            for row in &rows {
                let [age, left] = row.days(now);
                let tag = row.key_tag.map(u64::from);
                let cells = [
                    row.zone.clone(),
                    number(tag),
                    row.algorithm.clone(),
                    row.state.to_string(),
                    number(age),
                    number(left),
                    row.source.clone(),
                    row.what.clone(),
                ];
                table.push(cells);
            }
            for line in aligned(&table) {
                print(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Columns side by side; the last one as long as it is.
fn aligned<const N: usize>(table: &[[String; N]]) -> Vec<String> {
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        // Formatting knows no wider ones.
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(usize::from(u16::MAX))
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<String>>().join("  ").trim_end().to_string()
    };
    table.iter().map(line).collect()
}

fn convert(arguments: &Convert) -> Result<ExitCode, String> {
    let mut anchors = read(&arguments.sources, arguments.strict_anchors)?;
    if let Some(digest) = arguments.digest {
        anchors = anchors.digested(digest, &Ring).map_err(|digest| format!("no backend makes {digest} digests"))?;
    }
    if arguments.to != Format::Xml {
        anchors = input::holding(&anchors, arguments.now.map_or_else(input::clock, Ok)?);
    }
    write(&anchors, arguments.to)
}

/// Prints the set; what the form has no place for is told.
fn write(anchors: &Anchors, form: Format) -> Result<ExitCode, String> {
    let written = anchors.write(form, &Ring);
    for left_out in &written.left_out {
        warn(left_out);
    }
    if written.text.is_empty() {
        return Err(format!("none of the anchors can be written as {form}"));
    }
    print(written.text.trim_end_matches('\n'))?;
    Ok(ExitCode::SUCCESS)
}

fn from_key(arguments: &FromKey) -> Result<ExitCode, String> {
    let anchors = read(&arguments.sources, true)?;
    if let Some(other) = anchors.entries().iter().find(|entry| entry.rtype() != Some(Type::DNSKEY)) {
        return Err(format!("{}: expected DNSKEY records", other.source()));
    }
    let digest = arguments.digest;
    for entry in anchors.entries() {
        if let Ok(key) = Dnskey::from_rdata(Rdata::from_octets(entry.rdata()))
            && !key.is_secure_entry_point()
        {
            let why = "DS records should be of one that signs the zone's keys, flags 257";
            warn(&format!("{}: this key has the flags {}: {why}", entry.source(), key.flags));
        }
    }
    let made = anchors.digested(digest, &Ring).map_err(|digest| format!("no backend makes {digest} digests"))?;
    write(&made, Format::Records)
}

/// The anchors that hold whatever time it is. A state knows no windows: what has ended would be trusted for ever.
fn that_hold(anchors: &Anchors, clock: Clock) -> Anchors {
    let latest = clock.latest().unwrap_or(Time(u64::MAX));
    let hold = |entry: &&Entry| {
        let (from, until) = entry.anchor().window();
        from <= clock.earliest() && latest <= until
    };
    anchors.entries().iter().filter(hold).cloned().collect::<Anchors>().at(clock.earliest())
}

fn update(arguments: &Update) -> Result<ExitCode, String> {
    let (file, common) = (&arguments.state, &arguments.common);
    if store::is_standard_output(file) {
        return Err(format!("{}: the state has to be a file, which is read and written", file.display()));
    }
    if common.explain || common.registry.is_some() {
        return Err("anchor update takes no --explain and no --registry".to_string());
    }
    let mut given = Given::read(common, None)?;
    let mut point = match std::fs::exists(file) {
        Ok(false) => {
            let zone = arguments.zone.as_ref().map_or(Name::root(), NameBuf::as_name);
            let anchors = given.anchors.of_zone(&zone);
            let held = that_hold(&anchors, given.clock);
            if held.is_empty() {
                let why = if anchors.is_empty() { "" } else { " that holds for sure at that time" };
                return Err(format!("--anchors has none for {zone}{why}"));
            }
            TrustPoint::new(&zone, &held)
        }
        _ => {
            let text = input::text(file, input::MOST)?;
            let read = TrustPoint::read(&text).map_err(|broken| format!("{}: {broken}", file.display()));
            read.map_err(|error| format!("{error} (nothing is changed)"))?
        }
    };
    let zone = point.zone().to_buf();
    if let Some(other) = arguments.zone.filter(|other| *other != zone) {
        return Err(format!("{}: it is the state of {zone}, and not of {other} (nothing is changed)", file.display()));
    }
    let question = Question::new(zone.as_name(), Type::DNSKEY);
    if !common.is_offline() {
        // What one server says of them is as good as what another says: it is proved, or nothing comes of it.
        let online = common.network.online(&given, common.bounds.limits())?;
        match online.runtime.block_on(online.validator.client().ask(&zone, Type::DNSKEY, 0)) {
            Ok(reply) => {
                told(Gathered { blames: reply.blames, ..Gathered::default() });
                given.take(std::vec![reply.octets]);
            }
            Err(blames) => drop(told(Gathered { blames, ..Gathered::default() })),
        }
    }
    let messages = given.messages()?;
    let Some(response) = messages.iter().find(|message| message.question() == Some(question)) else {
        warn(&format!("no answer to {question} is at hand"));
        return Ok(ExitCode::from(3));
    };
    let mut timers = Timers::default();
    timers.add_hold_down = arguments.add_hold_down.unwrap_or(timers.add_hold_down);
    timers.remove_hold_down = arguments.remove_hold_down.unwrap_or(timers.remove_hold_down);
    let mut terms = Terms {
        clock: given.clock,
        policy: &given.policy,
        backend: &Ring,
        budget: &mut Budget::new(common.bounds.limits()),
        scratch: &mut Scratch::new(),
    };
    let update = rollover::update(&mut point, response, &timers, &mut terms);
    store::write(file, point.to_string().as_bytes())?;
    let outcome = match &update.outcome {
        Outcome::Validated => "validated",
        Outcome::Replayed => "replayed",
        Outcome::NotValidated { .. } => "not-validated",
        Outcome::Deleted => "deleted",
    };
    let why = match &update.outcome {
        Outcome::NotValidated { text, .. } => text.clone(),
        Outcome::Replayed => "the set is older than one that was seen before".to_string(),
        Outcome::Deleted => "every key is revoked: there is no trust anchor any more".to_string(),
        Outcome::Validated => String::new(),
    };
    let next = report::time(point.next_probe());
    match common.format {
        Output::Json => {
            let word = |state: Option<KeyState>| state.map_or("start", KeyState::as_str);
            // Nobody knows since when a key is valid that everything began with.
            let since = |key: &TrackedKey| (key.since() != Time(0)).then(|| report::time(key.since()));
            let change = |change: &rollover::Change| json!({"key_tag": change.key_tag, "from": word(change.from), "to": word(change.to)});
            let changes: Vec<Value> = update.changes.iter().map(change).collect();
            let keys: Vec<Value> = point
                .keys()
                .iter()
                .map(|key| json!({"key_tag": key.key_tag(), "state": key.state().as_str(), "since": since(key)}))
                .collect();
            let object = json!({"command": "anchor update", "zone": zone.to_string(), "outcome": outcome, "text": why,
                "changes": changes, "keys": keys, "next_probe": next});
            print(&object.to_string())?;
        }
        Output::Text => {
            for change in &update.changes {
                print(&format!("change  {change}"))?;
            }
            for key in point.keys() {
                let since = match key.since() {
                    Time(0) => String::new(),
                    since => format!(" since {}", report::time(since)),
                };
                print(&format!("key     {}: {}{since}", key.key_tag(), key.state().as_str()))?;
            }
            let why = if why.is_empty() { why } else { format!(": {why}") };
            print(&format!("{}  {question}{why}, next at {next}", outcome.to_uppercase()))?;
        }
    }
    Ok(ExitCode::from(match update.outcome {
        Outcome::Validated => 0,
        Outcome::NotValidated { code: ReasonCode::ResponseFailed | ReasonCode::Truncated, .. } => 3,
        _ => 1,
    }))
}
