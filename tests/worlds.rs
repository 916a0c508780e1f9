//! Every scenario of `vectors/{denial,insecure,alias,hostile}`: what real signers and servers
//! made, the good beside the bad.

mod common;

use std::collections::HashMap;

use common::{Scenario, messages, read, scenarios};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

fn every_scenario<B: Backend>(folder: &str, backend: &B, at_least: usize) {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let scenarios = scenarios(folder);
    for file in scenarios.iter().flat_map(|scenario| &scenario.files) {
        files.entry(file.clone()).or_insert_with_key(|file| messages(file));
    }
    let wrong: Vec<String> = scenarios
        .iter()
        .filter_map(|scenario| {
            let octets: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| files[file].clone()).collect();
            // What cannot be read is no evidence.
            let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
            let difference = judge(backend, scenario, &evidence).err()?;
            let Scenario { name, qname, rtype, why, .. } = scenario;
            Some(format!("{folder}/{name} {qname} {rtype}: {difference}; {why}"))
        })
        .collect();
    assert!(scenarios.len() >= at_least, "{} scenarios in {folder}", scenarios.len());
    assert!(wrong.is_empty(), "{} scenarios differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from the row, in words.
fn judge<B: Backend>(backend: &B, scenario: &Scenario, evidence: &[Message<'_>]) -> Result<(), String> {
    let mut anchors = Anchors::default();
    for file in &scenario.anchors {
        anchors.extend(Anchors::parse(&read(file)).unwrap());
    }
    let name: NameBuf = scenario.qname.parse().unwrap();
    let question = Question::new(name.as_name(), Type::from_mnemonic(&scenario.rtype).unwrap());
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let (limits, mut budget) = (Limits::default(), Budget::new(Limits::default()));
    let now = Time(scenario.now);
    let mut terms = Terms { now, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(question, &anchors, evidence, &mut terms);
    let got = verdict.as_str();
    // Where a limit decides and not a clause, all that counts is that nothing comes of it.
    let refused = scenario.why.starts_with("refused");
    let may_be_secure = scenario.why.contains("secure for a validator that does all the work");
    let fits = match got {
        "bogus" | "indeterminate" if refused => true,
        "secure" if refused => may_be_secure,
        _ => got == scenario.verdict,
    };
    if !fits {
        return Err(format!(
            "expected {}, got {got}: {:?}",
            scenario.verdict,
            verdict.reason().map(ToString::to_string)
        ));
    }
    if let Verdict::Secure(secure) = &verdict {
        let kind = match secure.content() {
            Content::Records(answer) => {
                // What is proved is what was asked for, at the end of its aliases.
                if answer.rtype() != question.rtype {
                    return Err(format!("the answer is {answer:?}"));
                }
                "positive"
            }
            Content::NoData => "nodata",
            Content::NameError => "nxdomain",
        };
        if kind != scenario.kind {
            return Err(format!("expected {}, got {kind}", scenario.kind));
        }
        if secure.valid_until() < now || secure.valid_from() > now {
            return Err("the verdict does not hold at the time of the call".to_owned());
        }
    }
    let spent = budget.spent();
    if spent.signatures > limits.signatures
        || spent.nsec3_hashes > limits.nsec3_hashes
        || spent.digests > limits.digests
    {
        return Err(format!("the budget is exceeded: {spent:?}"));
    }
    Ok(())
}

#[test]
fn denial() {
    every_scenario("denial", &Ring, 500);
    every_scenario("denial", &RustCrypto, 500);
}

#[test]
fn insecure() {
    every_scenario("insecure", &Ring, 100);
    every_scenario("insecure", &RustCrypto, 100);
}

#[test]
fn alias() {
    every_scenario("alias", &Ring, 100);
    every_scenario("alias", &RustCrypto, 100);
}

#[test]
fn hostile() {
    every_scenario("hostile", &Ring, 100);
    every_scenario("hostile", &RustCrypto, 100);
}
