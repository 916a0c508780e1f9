//! The kernel beside a second, naive validator, on every row of the vectors: what the kernel proves
//! the reference proves too, and where only the reference proves something there is a reason.

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod memo;
mod validator;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use common::third::Third;
use common::{cases, messages, read, scenarios};
use compare::{Comparison, anchors, compare};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use memo::Memo;
use validator::{Case, Rules, judge};

/// One row of any manifest.
struct Row {
    label: String,
    anchors: Vec<String>,
    now: u64,
    name: String,
    rtype: String,
    legacy: bool,
    /// A limit decides and not a clause.
    refused: bool,
}

fn both<B: Backend>(backend: &B, row: &Row, octets: &[Vec<u8>]) -> Comparison {
    let texts: Vec<String> = row.anchors.iter().map(|file| read(file)).collect();
    let mut kernels = Anchors::default();
    texts.iter().for_each(|text| kernels.extend(&Anchors::parse(text).unwrap()));
    let own: Vec<_> = texts.iter().flat_map(|text| anchors(text)).collect();
    let name: NameBuf = row.name.parse().unwrap();
    let rtype = Type::from_mnemonic(&row.rtype).unwrap();
    let (policy, rules) = match row.legacy {
        true => (Policy::legacy(), Rules::legacy()),
        false => (Policy::standard(), Rules::standard()),
    };
    let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let clock = Time(row.now).into();
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(Question::new(name.as_name(), rtype), &kernels, evidence.as_slice(), &mut terms);
    let case = Case { name: name.as_wire(), rtype: rtype.0, anchors: &own, now: row.now, messages: octets };
    compare(&verdict, &judge(&case, backend, &rules))
}

/// Rows where only the reference proves something, and why that is right or free.
const MISSED: [(&str, &str); 0] = [];

/// Compares all rows, and fails on what the table does not explain, and on what the table explains in vain.
fn every_row<B: Backend>(backend: &B, rows: &[(Row, Vec<Vec<u8>>)], prefix: &str) {
    let excused: BTreeMap<&str, &str> = MISSED.into_iter().filter(|(label, _)| label.starts_with(prefix)).collect();
    let (mut wrong, mut missed, mut refused) = (Vec::new(), BTreeSet::new(), 0);
    for (row, octets) in rows {
        match both(backend, row, octets) {
            Comparison::Same => (),
            Comparison::Unsupported(text) => wrong.push(format!("{}: {text}", row.label)),
            Comparison::Missed(_) if row.refused => refused += 1,
            Comparison::Missed(text) => {
                if !excused.contains_key(row.label.as_str()) {
                    wrong.push(format!("{}: {text}", row.label));
                }
                missed.insert(row.label.as_str());
            }
        }
    }
    let in_vain: Vec<_> = excused.keys().filter(|label| !missed.contains(*label)).collect();
    println!("{prefix}: {} rows, {} only by the reference, {refused} of limits", rows.len(), missed.len());
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(in_vain.is_empty(), "no longer different: {in_vain:?}");
}

fn worlds(folder: &str, at_least: usize) {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let mut rows = Vec::new();
    for scenario in scenarios(folder) {
        let octets = scenario
            .files
            .iter()
            .flat_map(|file| files.entry(file.clone()).or_insert_with_key(|file| messages(file)).clone());
        let octets = octets.collect();
        let row = Row {
            label: format!("{folder}/{}", scenario.name),
            anchors: scenario.anchors,
            now: scenario.now,
            name: scenario.qname,
            rtype: scenario.rtype,
            legacy: false,
            refused: scenario.why.starts_with("refused"),
        };
        rows.push((row, octets));
    }
    assert!(rows.len() >= at_least, "{} rows in {folder}", rows.len());
    every_row(&Memo::new(Ring), &rows, folder);
}

#[test]
fn denial() {
    worlds("denial", 500);
}

#[test]
fn insecure() {
    worlds("insecure", 100);
}

#[test]
fn alias() {
    worlds("alias", 100);
}

#[test]
fn hostile() {
    worlds("hostile", 100);
}

#[test]
fn delegation() {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let mut rows = Vec::new();
    for case in cases() {
        let path = format!("delegation/{}/{}", case.set, case.file);
        let octets = files.entry(path.clone()).or_insert_with_key(|path| messages(path)).clone();
        let row = Row {
            label: format!("{path} {} {} {} {}", case.name, case.rtype, case.anchors, case.now),
            anchors: vec![format!("delegation/{}/{}", case.set, case.anchors)],
            now: case.now,
            name: case.name,
            rtype: case.rtype,
            legacy: case.set == "legacy",
            refused: case.why.starts_with("refused"),
        };
        rows.push((row, octets));
    }
    every_row(&Memo::new(Third::default()), &rows, "delegation");
}
