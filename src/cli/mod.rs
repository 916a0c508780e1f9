//! The command line: arguments, files, exit codes.

mod anchor;
mod arguments;
mod authorities;
mod certificate;
mod check;
mod csr;
mod fetch;
mod input;
mod keyfile;
mod network;
mod progress;
mod proof;
mod rules;
mod scan;
mod store;
mod xmpp;
mod zone;

use core::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::string::String;

use clap::Parser;

use crate::budget::Budget;
use crate::canon::Scratch;
use crate::chain::{self, Terms, Verdict};
use crate::crypto::Fast;
use crate::lookup::RegistryLookup;
use crate::report::{self, Steps, Style, Validated};
use crate::wire::{Message, Question};
use arguments::{Arguments, Command, Format, Validate};
use input::Given;

/// Runs the program with the arguments of the process. Exit codes: 0 confirmed or secure, 1
/// refused, 2 bad usage or unreadable input, 3 evidence missing.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Validate(validate) => run_validate(validate),
        Command::Anchor(command) => anchor::run(command),
        Command::Csr(arguments) => csr::run(arguments),
        Command::Proof(command) => proof::run(command),
        Command::Xmpp(arguments) => xmpp::run(arguments),
        Command::Scan(arguments) => scan::run(arguments),
        Command::Zone(command) => zone::run(command),
    };
    done.unwrap_or_else(|error| {
        warn(&error);
        ExitCode::from(2)
    })
}

fn run_validate(arguments: &Validate) -> Result<ExitCode, String> {
    let mut given = Given::read(&arguments.common, None)?;
    let mut budget = Budget::new(arguments.common.bounds.limits());
    let gathered = match arguments.common.is_offline() {
        true => None,
        false => {
            let online = arguments.common.network.online(&given, *budget.limits())?;
            Some(online.gather(arguments.name, arguments.rtype, &mut given, budget)?)
        }
    };
    let messages = given.messages()?;
    let question = Question::new(arguments.name.as_name(), arguments.rtype);
    let mut steps = Steps::new(given.clock.earliest());
    let mut lookup = None;
    let verdict = verify(question, &given, &messages, &mut lookup, &mut budget, &mut steps);
    let steps = arguments.common.explain.then_some(&steps);
    let response = messages.iter().find(|message| message.question() == Some(question));
    let asked = Validated {
        question,
        clock: given.clock,
        rcode: response.map(Message::rcode),
        work: budget.spent(),
        steps,
        network: gathered.as_ref(),
    };
    print(&match arguments.common.format {
        Format::Json => report::validate_json(&asked, &verdict),
        Format::Text => report::validate_text(&asked, &verdict, Style::Colour),
    })?;
    Ok(ExitCode::from(match verdict {
        Verdict::Secure(_) => 0,
        Verdict::Insecure(_) | Verdict::Bogus(_) => 1,
        Verdict::Indeterminate(_) => 3,
    }))
}

fn verify<'m>(
    question: Question<'m>,
    given: &'m Given,
    messages: &'m [Message<'m>],
    lookup: &'m mut Option<RegistryLookup<'m>>,
    budget: &mut Budget,
    steps: &mut Steps,
) -> Verdict<'m> {
    let mut terms =
        Terms { clock: given.clock, policy: &given.policy, backend: &Fast, budget, scratch: &mut Scratch::new() };
    let Some(registry) = &given.registry else {
        return chain::explain(question, &given.anchors, messages, &mut terms, steps);
    };
    let name = question.name.to_buf();
    let lookup = lookup.insert(RegistryLookup::new(name, question.rtype, &given.anchors, registry));
    for message in messages {
        // What is no response to one question answers none.
        let _not_kept = lookup.answer(message.octets());
    }
    lookup.conclude(&mut terms, steps)
}

/// One line on standard error.
fn warn(what: &dyn Display) {
    let mut err = anstream::stderr().lock();
    let _cannot_tell_more = writeln!(err, "dnsproof: {what}");
}

/// One line of a report: on standard output, but on standard error where what is written to `out` goes to the standard output.
fn tell(line: &str, out: Option<&Path>) -> Result<(), String> {
    match out {
        Some(out) if store::is_standard_output(out) => {
            let mut err = anstream::stderr().lock();
            writeln!(err, "{line}").map_err(|error| std::format!("standard error: {error}"))
        }
        _ => print(line),
    }
}

/// One line on standard output; without colours where it is not a terminal.
fn print(line: &str) -> Result<(), String> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{line}").map_err(|error| std::format!("standard output: {error}"))
}
