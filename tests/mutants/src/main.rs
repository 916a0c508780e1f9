//! Puts the mutants that `cargo mutants --list --json` writes into a copy of the source, each behind a switch, so that one build
//! has them all.
//!
//! ```text
//! mutants LIST TREE [NUMBER...]     numbers are those to leave out
//! ```
//!
//! A mutant's number is its place in the list, from 0. On standard output, one per line: `none` and the number of one that nobody
//! compiles, `alone` and that of one which could not be put in.

mod switch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use switch::{Mutant, Switch};

/// `on` is read in constants too, where nothing is switched on; nothing stable can do that.
const SWITCHES: &str = r#"
//! Which mutant is on: `DNSPROOF_MUTANT`. Those that were asked for go to the file `DNSPROOF_MUTANTS_REACHED`.
extern crate std;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static CHOSEN: OnceLock<(usize, Option<std::fs::File>)> = OnceLock::new();
static REACHED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

fn look(number: usize) -> bool {
    let (chosen, reached) = CHOSEN.get_or_init(|| {
        let chosen = std::env::var("DNSPROOF_MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
        let reached = std::env::var_os("DNSPROOF_MUTANTS_REACHED").map(|path| std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap());
        (chosen, reached)
    });
    if let Some(mut file) = reached.as_ref() && !REACHED[number].swap(true, Relaxed) {
        std::io::Write::write_all(&mut file, std::format!("{number}\n").as_bytes()).unwrap();
    }
    *chosen == number
}

const fn never(_: usize) -> bool {
    false
}

#[inline]
pub(crate) const fn on(number: usize) -> bool {
    core::intrinsics::const_eval_select((number,), never, look)
}
"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (list, tree) = (arguments.next().expect("LIST"), arguments.next().expect("TREE"));
    let left_out: BTreeSet<usize> = arguments.map(|number| number.parse().expect("a number")).collect();
    let list: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(list).expect("LIST")).expect("JSON");
    let mut files: BTreeMap<&str, Switch> = BTreeMap::new();
    for (number, mutant) in list.iter().enumerate().filter(|(number, _)| !left_out.contains(number)) {
        let text = |key: &str| mutant[key].as_str().expect("as cargo-mutants 27 writes it");
        let start =
            |key: &str| usize::try_from(mutant["span"]["start"][key].as_u64().expect("a number")).expect("small");
        let switch = files.entry(text("file")).or_insert_with(|| Switch { waiting: BTreeMap::new(), none: Vec::new() });
        switch.waiting.entry((start("line"), start("column"))).or_default().push(Mutant {
            number,
            genre: text("genre").to_owned(),
            replacement: text("replacement").to_owned(),
        });
    }
    for (name, switch) in &mut files {
        let path = Path::new(&tree).join(name);
        let text = std::fs::read_to_string(&path).expect("a source file");
        std::fs::write(&path, switch::file(&text, switch)).expect("written");
        switch.none.iter().for_each(|number| println!("none {number}"));
        switch.waiting.values().flatten().for_each(|mutant| println!("alone {}", mutant.number));
    }
    let source = Path::new(&tree).join("src");
    std::fs::write(source.join("mutant.rs"), SWITCHES.replace("COUNT", &list.len().to_string())).expect("written");
    let lib = std::fs::read_to_string(source.join("lib.rs")).expect("lib.rs");
    let lib = lib.replacen(
        "#![no_std]",
        "#![no_std]\n#![feature(core_intrinsics, const_eval_select)]\n#![allow(internal_features)]",
        1,
    );
    std::fs::write(source.join("lib.rs"), lib + "\nmod mutant;\n").expect("written");
}
