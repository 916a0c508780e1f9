//! Every row of `vectors/delegation/cases.tsv`, on every backend: what real signers and servers
//! made, and what was broken in it on purpose.

mod common;

use std::collections::HashMap;

use common::third::Third;
use common::{Case, cases, messages, parse, read};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms, Verdict};
use dnsproof::codes::{Algorithm, Type};
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::delegation::{self, Request};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Question;

fn every_row<B: Backend>(backend: &B) {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let mut anchors: HashMap<String, Anchors> = HashMap::new();
    let mut wrong = Vec::new();
    let mut counts = [0_u32; 2];
    for case in cases() {
        let octets =
            files.entry(format!("delegation/{}/{}", case.set, case.file)).or_insert_with_key(|path| messages(path));
        let anchors = anchors
            .entry(format!("delegation/{}/{}", case.set, case.anchors))
            .or_insert_with_key(|path| Anchors::parse(&read(path)).unwrap());
        let judged = judge(backend, &case, octets, anchors);
        if let Err(difference) = judged {
            wrong.push(format!("{}/{} {} {}: {difference} ({})", case.set, case.file, case.name, case.rtype, case.why));
        }
        counts[usize::from(case.verdict == "secure")] += 1;
    }
    assert!(counts[0] > 400 && counts[1] > 400, "rows of both kinds: {counts:?}");
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from the row, in words.
fn judge<B: Backend>(backend: &B, case: &Case, octets: &[Vec<u8>], anchors: &Anchors) -> Result<(), String> {
    let name: NameBuf = case.name.parse().unwrap();
    let question = Question::new(name.as_name(), Type::from_mnemonic(&case.rtype).unwrap());
    let policy = if case.set == "legacy" { Policy::legacy() } else { Policy::standard() };
    let mut evidence = parse(octets);
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(case.now).into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(question, anchors, evidence.as_slice(), &mut terms);

    // A backend without Ed448 cannot judge the world that uses it, and says so.
    if case.set == "ed448" && !backend.supports(Algorithm::ED448) {
        let code = verdict.reason().map(chain::Reason::code);
        let honest = [ReasonCode::AlgorithmUnsupported, ReasonCode::NoAnchor];
        let silent = !matches!(verdict, Verdict::Indeterminate(_)) || code.is_none_or(|code| !honest.contains(&code));
        return if silent { Err(format!("without Ed448 got {} {code:?}", verdict.as_str())) } else { Ok(()) };
    }
    if verdict.as_str() != case.verdict {
        return Err(format!("expected {}, got {} {:?}", case.verdict, verdict.as_str(), verdict.reason()));
    }
    if let (Some(provider), Some(confirmed)) = (&case.provider, case.check) {
        let provider: NameBuf = provider.parse().unwrap();
        let source = name.as_name().parent().unwrap().parent().unwrap();
        let outcome = delegation::check(&verdict, &Request::new(source, provider.as_name()));
        if outcome.is_success() != confirmed {
            return Err(format!("expected success {confirmed}, got {outcome:?}"));
        }
    }
    if let Verdict::Secure(secure) = &verdict {
        if secure.is_weak() != (case.set == "legacy") {
            return Err(format!("weak: {}", secure.is_weak()));
        }
        if secure.valid_until() < Time(case.now) || secure.valid_from() > Time(case.now) {
            return Err("the verdict does not hold at the time of the call".to_owned());
        }
        let links = secure.links().count();
        if links == 0 || !question.name.is_at_or_below(&secure.links().last().unwrap().zone) {
            return Err(format!("{links} links that do not lead to the name"));
        }
    }
    // The order of the messages changes nothing.
    let before = verdict.as_str();
    let code = verdict.reason().map(chain::Reason::code);
    evidence.reverse();
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(case.now).into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let again = chain::verify(question, anchors, evidence.as_slice(), &mut terms);
    if (again.as_str(), again.reason().map(chain::Reason::code)) != (before, code) {
        return Err(format!("in reverse order {:?}, before {before} {code:?}", again.reason()));
    }
    Ok(())
}

#[test]
fn ring() {
    every_row(&Ring);
}

#[test]
fn rustcrypto() {
    every_row(&RustCrypto);
}

#[test]
fn a_third_one() {
    let third = Third::default();
    every_row(&third);
    assert!(third.verified.get() > 1000, "the kernel asked this backend");
}
