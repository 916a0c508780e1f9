//! The validators in this process, world after world.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use crate::keys::{Keys, Kind};
use crate::peers::ours::{self, Asked};
use crate::peers::{ALL, domain, hickory, prover};
use crate::scene::Scene;
use crate::tags::{claims, line, tags, truth};
use crate::tally::Tally;
use crate::verdict::Verdict;
use crate::world::truth::{Said, Truth};

/// What is asked of a program: `--name value`, or `--name`.
pub struct Options(BTreeMap<String, String>);

impl Options {
    pub fn new(arguments: &[String]) -> Self {
        let mut found = BTreeMap::new();
        for (at, argument) in arguments.iter().enumerate() {
            if let Some(name) = argument.strip_prefix("--") {
                let value = arguments.get(at + 1).filter(|next| !next.starts_with("--"));
                found.insert(name.to_owned(), value.cloned().unwrap_or_default());
            }
        }
        Self(found)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn number(&self, name: &str, default: u64) -> u64 {
        self.text(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("--{name} {text}")))
    }

    pub fn keys(&self) -> Arc<Keys> {
        Arc::new(Keys::of_the_clock(if self.has("ed25519") { Kind::Ed25519 } else { Kind::P256 }))
    }
}

/// What this crate says, and the scene about which it says that. The honest one is compared with what is true first.
pub fn reference(mut scene: Scene, changed: bool, asked: Asked, total: Option<&mut Tally>) -> (Verdict, Arc<Scene>) {
    let honest = Arc::new(scene);
    let (said, _) = ours::explain(&honest, asked);
    if let Some(total) = total {
        let truth = match truth(&honest) {
            Truth::Secure(said, _) => Verdict::Secure(said),
            Truth::Insecure => Verdict::Insecure,
            Truth::Bogus => Verdict::Bogus,
            // Both that there is no end and that it is wrong are right; of what is doubtful, all but Secure is.
            Truth::Endless => Verdict::Failed,
            Truth::Doubtful if matches!(said, Verdict::Secure(_)) => Verdict::Failed,
            Truth::Doubtful => said.clone(),
        };
        total.add("truth", honest.seed, &said, &truth, &tags(&honest));
    }
    if !changed {
        return (said, honest);
    }
    scene = Arc::into_inner(honest).expect("nobody else has it");
    scene.change();
    let scene = Arc::new(scene);
    (ours::explain(&scene, asked).0, scene)
}

pub fn run(arguments: &[String]) -> ExitCode {
    let options = Options::new(arguments);
    let (seed, count) = (options.number("seed", 1), options.number("count", 2_000));
    let keys = options.keys();
    // What panics is told with its world.
    std::panic::set_hook(Box::new(|_| {}));
    if options.has("show") {
        return show(&options, seed, &keys);
    }
    let mut total = Tally::new();
    for seed in seed..seed + count {
        let scene = Scene::new(seed, &keys);
        let (said, scene) = reference(scene, options.has("changed"), Asked::Resolver, Some(&mut total));
        let tags = tags(&scene);
        for (name, judge) in ALL {
            if options.text("only").is_some_and(|only| only != name) {
                continue;
            }
            if name == "dnssec-prover" && !prover::supports(&scene) {
                continue;
            }
            let mut tags = tags.clone();
            let theirs = catch_unwind(AssertUnwindSafe(|| judge(&scene))).unwrap_or_else(|_| {
                tags.insert("panic");
                Verdict::Failed
            });
            // Nobody takes SERVFAIL for an answer, whatever is in the message.
            let rcode = scene.resolved(&scene.question).rcode;
            let theirs = match theirs {
                Verdict::Secure(Said::NoData) if rcode != 0 && rcode != 3 => Verdict::Failed,
                other => other,
            };
            claims(&scene, &said, &theirs, &mut tags);
            // It proves records or nothing.
            let proves = name != "dnssec-prover" || matches!(said, Verdict::Secure(Said::Records(_)));
            total.add(name, seed, if proves { &said } else { &Verdict::Failed }, &theirs, &tags);
        }
    }
    total.print()
}

/// One world, whole, with what each says and why.
fn show(options: &Options, seed: u64, keys: &Arc<Keys>) -> ExitCode {
    let (_, scene) = reference(Scene::new(seed, keys), options.has("changed"), Asked::Resolver, None);
    println!("{scene}truth: {:?}\ntags: {}", truth(&scene), line(&tags(&scene)));
    let explained = [
        ("ours", ours::explain(&scene, Asked::Resolver)),
        ("hickory", hickory::explain(&scene)),
        ("domain", domain::explain(&scene)),
        ("dnssec-prover", prover::explain(&scene)),
    ];
    for (name, (verdict, why)) in explained {
        println!("{name}: {verdict:?} {why}");
    }
    ExitCode::SUCCESS
}
