//! The kernel beside a second, naive validator, on every row of the vectors: what the kernel proves
//! the reference proves too, and where only the reference proves something there is a reason.

#[path = "../common/mod.rs"]
mod common;
mod compare;
mod memo;
mod random;
#[path = "../common/sign.rs"]
mod sign;
mod validator;

use std::collections::HashMap;

use common::third::Third;
use common::{cases, messages, read, scenarios};
use compare::{Comparison, anchors, compare};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use memo::Memo;
use validator::{Case, Judgement, Rules, judge};

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

/// The kernel's verdict and the reference's judgement, each on its messages.
fn judged<B: Backend, T>(
    backend: &B,
    row: &Row,
    [to_kernel, to_reference]: [&[Vec<u8>]; 2],
    of: impl FnOnce(&Verdict<'_>, &Judgement) -> T,
) -> T {
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
    let case = Case { name: name.as_wire(), rtype: rtype.0, anchors: &own, now: row.now, messages: to_reference };
    let judgement = judge(&case, backend, &rules);
    let evidence: Vec<Message<'_>> = to_kernel.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let clock = Time(row.now).into();
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(Question::new(name.as_name(), rtype), &kernels, evidence.as_slice(), &mut terms);
    of(&verdict, &judgement)
}

/// Rows where only the reference proves something, how many, and why that is right or free. A `*` stands for anything.
const MISSED: [(&str, usize, &str); 4] = [
    ("denial/optout-nxdomain-*-removed", 26, HIDDEN),
    ("denial/optout-wildcard-*-removed", 10, HIDDEN),
    ("denial/iter*-nxdomain-flipped", 3, HIDDEN),
    (
        "denial/nsec3-*-as-nxdomain",
        2,
        "RFC 5155 section 8.4 has a validator look for the proof of a name error where the response is one; \
         what the records prove is that there is no data, and no clause says that this is not so",
    ),
];

/// RFC 5155 section 8.9 and RFC 9276 section 3.2.
const HIDDEN: &str = "the denial of DS at the name says that an unsigned zone may hide there, and then anything may be \
                      answered; the answer is signed by the zone above, so that the kernel takes it for that zone's";

/// Whether `text` is of the form of `pattern`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|text| text.ends_with(tail)),
    }
}

/// Compares all rows, and fails on what the table does not explain, and on what the table explains in vain.
fn every_row<B: Backend>(backend: &B, rows: &[(Row, Vec<Vec<u8>>)], prefix: &str) {
    let (mut wrong, mut refused, mut proved) = (Vec::new(), 0, 0);
    let mut missed = [0; MISSED.len()];
    for (row, octets) in rows {
        match judged(backend, row, [octets, octets], compare) {
            Comparison::Same { proved: something } => proved += usize::from(something),
            Comparison::Unsupported(text) => wrong.push(format!("{}: {text}", row.label)),
            Comparison::Missed(_) if row.refused => refused += 1,
            Comparison::Missed(text) => match MISSED.iter().position(|(pattern, ..)| fits(pattern, &row.label)) {
                Some(at) => missed[at] += 1,
                None => wrong.push(format!("{}: {text}", row.label)),
            },
        }
    }
    let excused: usize = missed.iter().sum();
    println!(
        "{prefix}: {} rows, {proved} proved by both, {excused} by the reference alone, {refused} refused for their cost",
        rows.len()
    );
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    for ((pattern, count, why), missed) in MISSED.iter().zip(missed).filter(|((row, ..), _)| row.starts_with(prefix)) {
        assert_eq!(missed, *count, "rows {pattern} that only the reference proves: {why}");
    }
    assert!(proved * 10 > rows.len(), "only {proved} of {} rows are proved", rows.len());
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

/// Neither direction of the comparison holds by itself.
#[test]
fn both_directions_can_fail() {
    let scenario = scenarios("hostile").into_iter().find(|scenario| scenario.name == "nsec-good").unwrap();
    let octets: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| messages(file)).collect();
    let row = Row {
        label: String::new(),
        anchors: scenario.anchors,
        now: scenario.now,
        name: scenario.qname,
        rtype: scenario.rtype,
        legacy: false,
        refused: false,
    };
    let nothing = Vec::new();
    let unsupported = judged(&Ring, &row, [&octets, &nothing], compare);
    assert!(matches!(unsupported, Comparison::Unsupported(_)), "{unsupported:?}");
    let missed = judged(&Ring, &row, [&nothing, &octets], compare);
    assert!(matches!(missed, Comparison::Missed(_)), "{missed:?}");
    let same = judged(&Ring, &row, [&octets, &octets], compare);
    assert_eq!(same, Comparison::Same { proved: true });
}
