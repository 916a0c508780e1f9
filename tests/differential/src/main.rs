//! This crate beside other validators; README.md says what each command does.

mod explained;
mod keys;
mod message;
mod peers;
mod proofs;
mod scene;
mod serve;
mod tags;
mod tally;
mod unbound;
mod verdict;
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
        "serve" => serve::run(rest),
        "unbound" => unbound::run(rest),
        "worlds" => worlds::run(rest),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: differential proofs | worlds [--count N] [--seed S] [--changed] [--ed25519] [--only PEER] [--show]");
    ExitCode::from(2)
}
