//! This crate beside other validators; README.md says what each command does.

mod explained;
mod keys;
mod message;
mod peers;
mod programs;
mod proofs;
mod scene;
mod serve;
mod tags;
mod tally;
mod unbound;
mod verdict;
#[allow(clippy::manual_is_multiple_of, unused_imports)]
#[path = "../../generated/world/mod.rs"]
mod world;
mod worlds;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else { return usage() };
    match command.as_str() {
        "proofs" => {
            proofs::run();
            ExitCode::SUCCESS
        }
        "questions" => programs::questions(rest),
        "compare" => programs::compare(rest),
        "serve" => serve::run(rest),
        "unbound" => unbound::run(rest),
        "worlds" => worlds::run(rest),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: differential proofs\n       differential worlds|unbound [--count N] [--seed S] [--changed] [--ed25519]\n       \
         differential worlds --show --seed S [--changed]\n       differential serve [--listen ADDRESS] [--resolver] [--changed]\n       \
         differential questions [--count N] [--seed S]; differential compare < ANSWERS"
    );
    ExitCode::from(2)
}
