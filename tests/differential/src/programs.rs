//! Programs that are asked one question at a time, by `programs`: the questions they get, and what they said.

use std::process::ExitCode;

use crate::peers::ours::Asked;
use crate::scene::Scene;
use crate::tags::tags;
use crate::tally::Tally;
use crate::verdict::{Verdict, mnemonic};
use crate::world::truth::Said;
use crate::worlds::{Options, reference};

/// Prints seed, top, key, name, type and verdict of each.
pub fn questions(arguments: &[String]) -> ExitCode {
    let options = Options::new(arguments);
    let (seed, count) = (options.number("seed", 1), options.number("count", 200));
    let keys = options.keys();
    for seed in seed..seed + count {
        let (said, scene) = reference(Scene::labelled(seed, &keys), false, Asked::Resolver, None);
        let anchor = scene.anchor_text();
        let key = anchor.rsplit(' ').next().unwrap();
        let Scene { question, world, .. } = &*scene;
        println!("{seed}\t{}\t{key}\t{}\t{}\t{said}", world.top(), question.name, mnemonic(question.rtype));
    }
    ExitCode::SUCCESS
}

/// Compares lines of peer, seed and word on standard input. They say whether it is secure, not what.
pub fn compare(arguments: &[String]) -> ExitCode {
    let keys = Options::new(arguments).keys();
    let mut total = Tally::new();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let columns: Vec<&str> = line.split('\t').collect();
        let [peer, seed, word] = columns[..] else { panic!("{line}") };
        let seed = seed.parse().expect("a seed");
        let (said, scene) = reference(Scene::labelled(seed, &keys), false, Asked::Resolver, None);
        let theirs = match (word, &said) {
            ("secure", Verdict::Secure(_)) => said.clone(),
            ("secure", _) => Verdict::Secure(Said::Records(Vec::new())),
            // It does not tell whether it is proved that there is nothing, or that nothing is proved.
            ("denied", Verdict::Secure(_) | Verdict::Insecure) => said.clone(),
            ("insecure" | "denied", _) => Verdict::Insecure,
            _ => Verdict::Failed,
        };
        total.add(peer, seed, &said, &theirs, &tags(&scene));
    }
    total.print()
}
