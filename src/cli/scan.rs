//! `dnsproof scan`: many domains at once.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeSet;
use std::format;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::sync::Arc;
use std::time::Instant;
use std::vec::Vec;

use clap::Args;
use tokio::task::JoinSet;

use super::arguments::{Common, Format, domain};
use super::input::{self, Given};
use super::progress::Bar;
use super::{store, warn};
use crate::codes::Type;
use crate::dane::Discovery;
use crate::delegation::Service;
use crate::lookup::{Answered, Memory, Security};
use crate::name::NameBuf;
use crate::net::{Blame, Gathered, Validator};
use crate::report::{self, Scanned};
use crate::time::Clock;

/// Lines of blame that are told.
const BLAMES: usize = 20;

#[derive(Args, Debug)]
// What takes no part in a scan is refused; results are JSON.
#[command(mut_arg("answers", |arg| arg.hide(true)))]
#[command(mut_arg("registry", |arg| arg.hide(true)))]
#[command(mut_arg("explain", |arg| arg.hide(true)))]
#[command(mut_arg("format", |arg| arg.hide(true).default_value("json")))]
pub(super) struct Scan {
    /// The domains, one a line; # starts a comment; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// xmpp-server, xmpp-client, xmpps-server, xmpps-client, or any _service._proto
    #[arg(long, value_name = "SERVICE", default_value = "xmpp-server")]
    service: Service,
    /// Look at each target too: on which terms DANE lets one connect
    #[arg(long)]
    dane: bool,
    /// Append the results to this file, and not to the standard output; domains that it has already are passed over, but
    /// those that were indeterminate are asked again
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Domains that are looked at at the same time
    #[arg(long, value_name = "NUMBER", default_value = "32", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Domains that are begun in a second at most; 0 for no limit
    #[arg(long, value_name = "NUMBER", default_value = "50")]
    rate: u32,
    #[command(flatten)]
    common: Common,
}

/// Where results go.
enum Sink {
    Out,
    File(File),
}

impl Sink {
    /// One whole line at once: whoever is stopped in between leaves whole lines.
    fn line(&mut self, line: &str) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("the results cannot be written: {error}");
        let octets = format!("{line}\n");
        match self {
            Self::Out => std::io::stdout().lock().write_all(octets.as_bytes()).map_err(failed),
            Self::File(file) => file.write_all(octets.as_bytes()).map_err(failed),
        }
    }
}

/// What a result begins with, and its domain.
const BEGINNING: &[u8] = br#"{"command":"scan","domain":"#;

/// Whether a line without an end is what is left of a result whose writer was stopped.
fn is_cut_short(line: &[u8]) -> bool {
    let begins = line.iter().zip(BEGINNING).all(|(one, other)| one == other);
    begins && serde_json::from_slice::<serde_json::Value>(line).is_err_and(|error| error.is_eof())
}

/// Opens a file of results, and reads which domains it has. A last line that was cut short is cut off; any other line that is
/// no result makes it a file of someone else.
fn resume(path: &Path, service: Service) -> Result<(File, BTreeSet<NameBuf>), String> {
    let at = |error: std::io::Error| format!("{}: {error}", path.display());
    // What is no regular file takes results and gives none back.
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Ok((OpenOptions::new().append(true).open(path).map_err(at)?, BTreeSet::new()));
    }
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(at)?;
    let (mut seen, mut whole) = (BTreeSet::new(), 0_u64);
    let mut reader = BufReader::new(&file);
    let (mut line, mut has_no_end) = (Vec::new(), false);
    loop {
        line.clear();
        // However long: a line is as long as an answer makes it.
        let read = reader.read_until(b'\n', &mut line).map_err(at)?;
        if read == 0 || !line.ends_with(b"\n") && is_cut_short(&line) {
            break;
        }
        has_no_end = !line.ends_with(b"\n");
        whole = whole.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let value: Option<serde_json::Value> = serde_json::from_slice(&line).ok();
        let member = |name: &str| value.as_ref()?.get(name)?.as_str().map(ToString::to_string);
        let (Some(of), Some(name)) = (member("service"), member("domain")) else {
            return Err(format!("{}: it has a line that is no result of a scan", path.display()));
        };
        // What was not answered then may be now.
        if of == service.to_string() && member("verdict").as_deref() != Some("indeterminate") {
            seen.extend(name.parse::<NameBuf>().ok());
        }
    }
    drop(reader);
    file.set_len(whole).map_err(at)?;
    file.seek(SeekFrom::End(0)).map_err(at)?;
    if has_no_end {
        file.write_all(b"\n").map_err(at)?;
    }
    Ok((file, seen))
}

/// The domains of a file, each once, in their order.
fn domains(path: &Path) -> Result<Vec<NameBuf>, String> {
    let text = input::text(path, input::MOST_OF_MANY)?;
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    for (index, line) in text.lines().enumerate() {
        let word = line.split('#').next().unwrap_or_default().trim();
        if word.is_empty() {
            continue;
        }
        let name =
            domain(word).map_err(|why| format!("{}:{}: {word:?}: {why}", path.display(), index.saturating_add(1)))?;
        if seen.insert(name) {
            all.push(name);
        }
    }
    Ok(all)
}

/// What is known of a domain.
async fn one(validator: Validator, service: Service, name: NameBuf, dane: bool, clock: Clock) -> (Scanned, Gathered) {
    let Ok(srv_name) = service.srv_name(&name.as_name()) else {
        let answered = Answered::nothing(&name, "the name of the SRV records is too long".to_string());
        return (Scanned { domain: name, service, answered, plan: None }, Gathered::default());
    };
    let (answered, mut gathered) = validator.lookup(srv_name, Type::SRV, clock).await;
    let plan = match dane {
        true => {
            let (plan, more) = validator.discover(Discovery::srv(service, name), clock).await;
            gathered.extend(more);
            Some(plan)
        }
        false => None,
    };
    (Scanned { domain: name, service, answered, plan }, gathered)
}

/// How many domains came to which verdict.
#[derive(Default)]
struct Tally([usize; 4]);

impl Tally {
    const WORDS: [Security; 4] = [Security::Secure, Security::Insecure, Security::Bogus, Security::Indeterminate];

    fn count(&mut self, security: Security) {
        for (word, count) in Self::WORDS.iter().zip(&mut self.0) {
            *count = count.saturating_add(usize::from(*word == security));
        }
    }

    fn total(&self) -> usize {
        self.0.iter().fold(0, |total, count| total.saturating_add(*count))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = Self::WORDS.iter().zip(&self.0).map(|(word, count)| format!("{count} {}", word.as_str()));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))
    }
}

pub(super) fn run(arguments: &Scan) -> Result<ExitCode, String> {
    let common = &arguments.common;
    for (is_said, why) in [
        (common.is_offline(), "scan asks the network: it takes no --answers"),
        (common.registry.is_some(), "scan takes no --registry"),
        (common.explain, "scan tells no steps: validate --explain does"),
        (matches!(common.format, Format::Text), "the results of scan are JSON: it takes no other --format"),
    ] {
        if is_said {
            return Err(why.to_string());
        }
    }
    let given = Given::read(common, Some(&arguments.file))?;
    let mut names = domains(&arguments.file)?;
    if names.is_empty() {
        return Err(format!("{}: there is no domain in it", arguments.file.display()));
    }
    let online = common.network.online(&given, common.bounds.limits())?;
    // After everything that may be wrong: what was not begun leaves no file.
    let (mut sink, seen) = match &arguments.out {
        Some(path) if !store::is_standard_output(path) => {
            let (file, seen) = resume(path, arguments.service)?;
            (Sink::File(file), seen)
        }
        _ => (Sink::Out, BTreeSet::new()),
    };
    let all = names.len();
    names.retain(|name| !seen.contains(name));
    if names.len() < all {
        warn(&format!("{} of {all} domains are in the results already", all.saturating_sub(names.len())));
    }
    // The keys that all share are what is worth keeping.
    let validator = online.validator.clone().with_cache(Arc::new(Memory::new(4 << 20)));
    let (mut tally, began, bar) = (Tally::default(), Instant::now(), Bar::new());
    let total = u64::try_from(names.len()).unwrap_or(u64::MAX);
    bar.begin("", "{bar:30} {pos} of {len} domains, {per_sec}, {eta} left; {msg}", total);
    let mut blames: Vec<Blame> = Vec::new();
    let mut kept = 0_usize;
    let clock = |at: Duration| match common.now {
        Some(clock) => clock,
        // As time goes by.
        None => Clock::exact(crate::time::Time(given.clock.earliest().0.saturating_add(at.as_secs()))),
    };
    let work = async {
        let mut tasks = JoinSet::new();
        let mut waiting = names.into_iter();
        let pause = Duration::from_secs(1).checked_div(arguments.rate).unwrap_or(Duration::ZERO);
        let mut next = tokio::time::Instant::now();
        loop {
            while tasks.len() < usize::from(arguments.jobs) {
                let Some(name) = waiting.next() else { break };
                if !pause.is_zero() {
                    tokio::time::sleep_until(next).await;
                    next = tokio::time::Instant::now().max(next).checked_add(pause).unwrap_or(next);
                }
                let (validator, now) = (validator.clone(), clock(began.elapsed()));
                tasks.spawn(one(validator, arguments.service, name, arguments.dane, now));
            }
            let Some(done) = tasks.join_next().await else { return Ok::<(), String>(()) };
            let (scanned, gathered) = done.map_err(|error| format!("a lookup ended: {error}"))?;
            sink.line(&report::scan_json(&scanned))?;
            tally.count(scanned.answered.security);
            bar.advance(1);
            bar.say(tally.to_string());
            kept = kept.saturating_add(gathered.kept);
            for blame in gathered.blames {
                let is_new = !blames.iter().any(|known| known.server == blame.server && known.fault == blame.fault);
                if is_new && blames.len() < BLAMES {
                    blames.push(blame);
                }
            }
        }
    };
    let worked = online.runtime.block_on(work);
    bar.end();
    worked?;
    for blame in &blames {
        warn(blame);
    }
    let seconds = began.elapsed().as_secs_f64();
    warn(&format!(
        "{} domains in {seconds:.1} s: {tally}; {} questions asked, {} answered by what was kept",
        tally.total(),
        validator.client().asked(),
        kept
    ));
    let [.., missing] = tally.0;
    Ok(ExitCode::from(if missing == 0 { 0 } else { 3 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line is as long as a hostile answer makes it: nothing behind it is lost, and only a last line that is not whole.
    #[test]
    fn long_lines_are_no_end() {
        let path = std::env::temp_dir().join(format!("dnsproof-scan-{}.jsonl", std::process::id()));
        let line = |domain: &str, more: usize| {
            let more = "x".repeat(more);
            format!(
                r#"{{"command":"scan","domain":"{domain}","service":"xmpp-server","verdict":"secure","targets":["{more}"]}}"#
            ) + "\n"
        };
        let whole = line("a.example.", 0) + &line("b.example.", 3 << 20) + &line("c.example.", 0);
        std::fs::write(&path, format!("{whole}{{\"command\":\"scan\",\"domain\":\"d.exa")).unwrap();
        let (file, seen) = resume(&path, "xmpp-server".parse().unwrap()).unwrap();
        assert_eq!(file.metadata().unwrap().len(), u64::try_from(whole.len()).unwrap());
        let names: Vec<String> = seen.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["a.example.", "b.example.", "c.example."]);
        std::fs::remove_file(&path).unwrap();
    }
}
