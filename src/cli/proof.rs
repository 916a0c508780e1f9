//! `dnsproof proof`: chains of RFC 9102.

use std::format;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::{Args, Subcommand};

use super::arguments::{Format, Validate, clock, name, rtype};
use super::input::{self, Given, clock as wall, document, hex};
use super::rules::{Bounds, Rules};
use super::{print, store, tell};
use crate::budget::Budget;
use crate::canon::Scratch;
use crate::chain::{Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Fast;
use crate::name::NameBuf;
use crate::proof::{self, BuildError, Proof};
use crate::report::{self, Steps, Style, Validated};
use crate::time::Clock;
use crate::wire::{Question, Record};

/// Octets that a file may have: a chain in hexadecimal with remarks.
const MAX_FILE: usize = 1 << 20;

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub(super) enum Command {
    /// Writes the proof of an answer: the records from there up to a trust anchor, and no other
    Build(Build),
    /// Judges a question by a proof alone
    Check(Check),
    /// What is in a proof, zone by zone; nothing is verified
    Show(Show),
}

#[derive(Args, Debug)]
pub(super) struct Build {
    /// The file to write: an AuthenticationChain of RFC 9102; - for the standard output, and then the report goes to the
    /// standard error
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    asked: Validate,
}

#[derive(Args, Debug)]
pub(super) struct File {
    /// The proof, its octets or hexadecimal digits; - for the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file is the data of a dnssec_chain extension: a support lifetime stands before the chain
    #[arg(long)]
    extension: bool,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    file: File,
    /// The name: _443._tcp.www.example.com
    #[arg(value_parser = name)]
    name: NameBuf,
    /// The type: TLSA, SRV, TYPE65280, ...
    #[arg(value_name = "TYPE", value_parser = rtype)]
    rtype: Type,
    /// Trust anchors: a file in any form that `dnsproof anchor convert` knows, iana (the root keys), or none; repeatable
    #[arg(long, value_name = "FILE|iana|none", default_value = "iana")]
    anchors: Vec<String>,
    /// Refuse a file of trust anchors if any of its entries is broken
    #[arg(long)]
    strict_anchors: bool,
    /// The time to judge by, as RFC 3339 or Unix seconds; TIME.. where it is not known but no earlier, TIME..TIME
    /// where it is in between [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = clock, allow_negative_numbers = true)]
    now: Option<Clock>,
    /// Tell every step on the way to the verdict
    #[arg(long)]
    explain: bool,
    /// Lines for people, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    bounds: Bounds,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    #[command(flatten)]
    file: File,
    /// Lines for people, or one JSON object
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, String> {
    match command {
        Command::Build(arguments) => build(arguments),
        Command::Check(arguments) => check(arguments),
        Command::Show(arguments) => show(arguments),
    }
}

fn build(arguments: &Build) -> Result<ExitCode, String> {
    let Build { out, asked: Validate { name, rtype, common } } = arguments;
    if common.registry.is_some() {
        return Err("a proof leads to an anchor that is given, and not to one of a registry".to_string());
    }
    let mut given = Given::read(common, None)?;
    let mut budget = Budget::new(common.bounds.limits());
    let gathered = match common.is_offline() {
        true => None,
        false => Some(common.network.online(&given, *budget.limits())?.gather(*name, *rtype, &mut given, budget)?),
    };
    let messages = given.messages()?;
    let question = Question::new(name.as_name(), *rtype);
    let mut terms = Terms {
        clock: given.clock,
        policy: &given.policy,
        backend: &Fast,
        budget: &mut budget,
        scratch: &mut Scratch::new(),
    };
    let built = proof::build(question, &given.anchors, messages.as_slice(), &mut terms);
    let (said, chain) = match built {
        Ok(built) => (built.verdict, Some(built.chain)),
        Err(BuildError::Bogus(reason)) => (Verdict::Bogus(reason), None),
        Err(BuildError::Indeterminate(reason)) => (Verdict::Indeterminate(reason), None),
        Err(error) => return Err(error.to_string()),
    };
    let network = gathered.as_ref();
    let asked = Validated { question, clock: given.clock, rcode: None, work: budget.spent(), steps: None, network };
    let mut lines = match common.format {
        Format::Text => report::validate_text(&asked, &said, Style::Colour),
        Format::Json => report::built_json(&asked, &said, None),
    };
    if let Some(chain) = chain {
        store::write(out, &chain)?;
        let proof = Proof::parse(&chain).map_err(|error| error.to_string())?;
        let file = out.display().to_string();
        match common.format {
            Format::Text => {
                let (records, octets) = (proof.records().len(), chain.len());
                lines.push_str(&format!("\nwrote   {file}: {records} records, {octets} octets"));
            }
            Format::Json => lines = report::built_json(&asked, &said, Some((&proof, &file))),
        }
    }
    tell(&lines, Some(out))?;
    Ok(code(&said))
}

fn check(arguments: &Check) -> Result<ExitCode, String> {
    input::read_once(arguments.anchors.iter().map(Path::new).chain([arguments.file.file.as_path()]))?;
    let octets = arguments.file.read()?;
    let proof = arguments.file.proof(&octets)?;
    let anchors = input::anchors_of_all(&arguments.anchors, arguments.strict_anchors)?;
    let clock = arguments.now.map_or_else(|| wall().map(Clock::exact), Ok)?;
    let (policy, mut budget) = (arguments.rules.policy()?, Budget::new(arguments.bounds.limits()));
    let mut terms = Terms { clock, policy: &policy, backend: &Fast, budget: &mut budget, scratch: &mut Scratch::new() };
    let question = Question::new(arguments.name.as_name(), arguments.rtype);
    let mut steps = Steps::new(clock.earliest());
    let checked = proof::explain(&proof, question, &anchors, &mut terms, &mut steps);
    let unused: Vec<Record<'_>> = checked.unused().collect();
    let steps = arguments.explain.then_some(&steps);
    let asked = Validated { question, clock, rcode: None, work: budget.spent(), steps, network: None };
    print(&match arguments.format {
        Format::Json => report::checked_json(&asked, &checked.verdict, &unused, &proof),
        Format::Text => {
            // Where nothing is proved, what is needed is not known.
            let proved = matches!(checked.verdict, Verdict::Secure(_) | Verdict::Insecure(_));
            let unused =
                unused.iter().filter(|_| proved).map(|record| format!("unused  {} {}\n", record.owner, record.rtype));
            unused.chain([report::validate_text(&asked, &checked.verdict, Style::Colour)]).collect::<String>()
        }
    })?;
    Ok(code(&checked.verdict))
}

fn show(arguments: &Show) -> Result<ExitCode, String> {
    let octets = arguments.file.read()?;
    let proof = arguments.file.proof(&octets)?;
    // Times in signatures have 32 bits: which of those that they stand for is near.
    let now = wall()?;
    print(&match arguments.format {
        Format::Text => report::proof_text(&proof, now),
        Format::Json => report::proof_json(&proof, now),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn code(verdict: &Verdict<'_>) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Secure(_) => 0,
        Verdict::Insecure(_) | Verdict::Bogus(_) => 1,
        Verdict::Indeterminate(_) => 3,
    })
}

impl File {
    /// The octets, whether they are written as such or in hexadecimal: every chain has a zero in it, which no text has.
    fn read(&self) -> Result<Vec<u8>, String> {
        let place = |error: &str| format!("{}: {error}", self.file.display());
        let octets = document(Path::new(&self.file), MAX_FILE)?;
        if octets.len() > MAX_FILE {
            return Err(place("this is too long for a proof"));
        }
        if octets.contains(&0) {
            return Ok(octets);
        }
        let text = String::from_utf8(octets).map_err(|_| place("this is no proof"))?;
        // Some editors put a byte order mark before the text.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        let digits: String = text.lines().filter_map(|line| line.split('#').next()).collect();
        hex(&digits).map_err(|error| place(&format!("expected a proof, or one in hexadecimal, but {error}")))
    }

    fn proof<'p>(&self, octets: &'p [u8]) -> Result<Proof<'p>, String> {
        let proof = if self.extension { Proof::from_extension(octets) } else { Proof::parse(octets) };
        proof.map_err(|error| format!("{}: {error}", self.file.display()))
    }
}
