//! `dnsproof zone`: whole signed zones.

use std::boxed::Box;
use std::format;
use std::fs::File;
use std::io::{BufReader, Error, Read, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::{Args, Subcommand, ValueEnum};
use flate2::read::MultiGzDecoder;
use rayon::ThreadPoolBuilder;

use super::arguments::{Format, clock, name};
use super::input::{self, anchors_of};
use super::progress::Bar;
use super::rules::Rules;
use crate::anchor::Anchors;
use crate::crypto::{Backend, Fast, Graviola, Ring};
use crate::name::NameBuf;
use crate::report::{self, Style};
use crate::time::Clock;
use crate::zone::{Reading, Terms, Zone};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Verify every signature, the denial of existence and the digest of a zone
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// The master file, perhaps in gzip; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What relative names are completed with until the file says $ORIGIN
    #[arg(long, value_name = "NAME", value_parser = name)]
    origin: Option<NameBuf>,
    /// Trust anchors, DS or DNSKEY records of the zone among them: one of the keys that they name has to sign its keys.
    /// A file in any form that `dnsproof anchor convert` knows, iana (the root keys), or none; repeatable
    /// [default: iana, which counts for the root alone]
    #[arg(long, value_name = "FILE|iana|none")]
    anchors: Vec<String>,
    /// The time to judge by, as RFC 3339 or Unix seconds; TIME..TIME where it is known to lie between
    /// [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = clock, allow_negative_numbers = true)]
    now: Option<Clock>,
    /// Warn of signatures that end within so many days
    #[arg(long, value_name = "DAYS", default_value = "0")]
    warn_days: u32,
    /// Faults that are told in full; all are counted
    #[arg(long, value_name = "NUMBER", default_value = "20")]
    max_faults: usize,
    /// Threads [default: one for each core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Who does the cryptography [default: graviola where the processor has what it takes, else fast]
    #[arg(long, value_enum)]
    backend: Option<BackendName>,
    /// Do not open the files that $INCLUDE names: for a file of a stranger. Otherwise any regular file is opened
    #[arg(long)]
    no_include: bool,
    /// Lines for people, or a JSON object for each fault and one for the zone, each on a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    rules: Rules,
}

/// The backends that this program was built with.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum BackendName {
    Ring,
    Fast,
    #[cfg(feature = "aws-lc")]
    AwsLc,
    Graviola,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Verify(arguments) => match (arguments.backend, Graviola::new()) {
            (Some(BackendName::Ring), _) => verify(arguments, &Ring),
            #[cfg(feature = "aws-lc")]
            (Some(BackendName::AwsLc), _) => verify(arguments, &crate::crypto::AwsLc),
            (Some(BackendName::Graviola) | None, Some(graviola)) => verify(arguments, &graviola),
            (Some(BackendName::Graviola), None) => {
                Err("--backend graviola: this processor has not what it takes".to_string())
            }
            (Some(BackendName::Fast) | None, _) => verify(arguments, &Fast),
        },
    }
}

fn verify<B: Backend<Key: Send + Sync> + Sync>(arguments: &Verify, backend: &B) -> Result<ExitCode, String> {
    let clock = arguments.now.map_or_else(|| input::clock().map(Clock::exact), Ok)?;
    let policy = arguments.rules.policy()?;
    let given: Option<Anchors> = match arguments.anchors.as_slice() {
        [] => None,
        sources => {
            input::read_once(sources.iter().map(Path::new).chain([arguments.file.as_path()]))?;
            Some(input::anchors_of_all(sources, false)?)
        }
    };
    let anchors = match &given {
        Some(anchors) => anchors.clone(),
        None => anchors_of("iana", false)?,
    };
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| format!("threads cannot be started: {error}"))?;
    let bar = Bar::new();
    let report = pool.install(|| {
        let (input, length) = open(&arguments.file)?;
        bar.begin("reading", "{spinner} reading {bytes} of {total_bytes}, {bytes_per_sec}", length);
        let include = |file: &str, from: &str| {
            let folder = Path::new(from).parent().unwrap_or(Path::new(""));
            let path = folder.join(file);
            // Devices and pipes may never end.
            if !path.metadata()?.is_file() {
                return Err(Error::other("it is no regular file"));
            }
            Ok((path.display().to_string(), open_file(&path)?.0))
        };
        let progress = |octets: usize| bar.advance(u64::try_from(octets).unwrap_or(0));
        let reading = Reading {
            origin: arguments.origin,
            include: if arguments.no_include { None } else { Some(&include) },
            progress: Some(&progress),
        };
        let shown = shown(&arguments.file);
        let zone = Zone::read(input, &shown, &reading).map_err(|error| format!("{shown}: {error}"))?;
        if zone.records() == 0 && zone.apex().is_none() && zone.octets() == 0 {
            return Err(format!("{shown}: the file is empty"));
        }
        let signatures = u64::try_from(zone.signatures()).unwrap_or(0);
        bar.begin("verifying", "{bar:40} {pos} of {len} signatures, {per_sec}, {eta} left", signatures);
        let progress = |signatures: u64| bar.advance(signatures);
        let terms = Terms {
            max_faults: arguments.max_faults,
            warn_within: arguments.warn_days.saturating_mul(86_400),
            progress: Some(&progress),
            ..Terms::new(&anchors, clock, &policy, backend)
        };
        let report = zone.verify(&terms);
        bar.end();
        // Its memory is given back by the end of the process, all at once.
        core::mem::forget(zone);
        Ok(report)
    })?;
    if let (Some(given), Some(apex)) = (&given, report.apex)
        && !given.is_empty()
        && !given.iter().any(|anchor| anchor.zone() == apex.as_name() && !anchor.is_negative())
    {
        return Err(format!("--anchors: there is no anchor for {apex} among them"));
    }
    let text = match arguments.format {
        Format::Json => {
            let faults = report.faults.iter().map(report::fault_json);
            faults.chain([report::zone_json(&report, clock)]).map(|line| format!("{line}\n")).collect()
        }
        Format::Text => report::zone_text(&report, clock, Style::Colour),
    };
    let mut out = anstream::AutoStream::auto(stdout().lock());
    out.write_all(text.as_bytes()).map_err(|error| format!("standard output: {error}"))?;
    Ok(ExitCode::from(u8::from(!report.is_sound())))
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_string() } else { file.display().to_string() }
}

/// The text, and how many octets it has, or 0 if nobody knows.
fn open(file: &Path) -> Result<(Box<dyn Read + Send>, u64), String> {
    let opened = if file == Path::new("-") { unpacked(Box::new(stdin()), 0) } else { open_file(file) };
    opened.map_err(|error| format!("{}: {error}", shown(file)))
}

fn open_file(file: &Path) -> Result<(Box<dyn Read + Send>, u64), Error> {
    let opened = File::open(file)?;
    let about = opened.metadata()?;
    if about.is_dir() {
        return Err(Error::other("it is a directory"));
    }
    unpacked(Box::new(opened), about.len())
}

/// What is in gzip (RFC 1952 section 2.3.1: it begins with 1F 8B) comes unpacked.
fn unpacked(mut input: Box<dyn Read + Send>, length: u64) -> Result<(Box<dyn Read + Send>, u64), Error> {
    let mut magic = [0; 2];
    let mut read = 0_usize;
    while read < magic.len() {
        match input.read(magic.get_mut(read..).unwrap_or_default())? {
            0 => break,
            more => read = read.saturating_add(more),
        }
    }
    let packed = magic == [0x1F, 0x8B];
    let whole = std::io::Cursor::new(magic).take(u64::try_from(read).unwrap_or(0)).chain(input);
    if packed { Ok((Box::new(MultiGzDecoder::new(BufReader::new(whole))), 0)) } else { Ok((Box::new(whole), length)) }
}
