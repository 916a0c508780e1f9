//! Every scenario of `vectors/{denial,insecure,alias,hostile}`: what real signers and servers
//! made, the good beside the bad.

mod common;

use std::collections::HashMap;

use common::{Scenario, messages, read, scenarios};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Step, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::lookup::Lookup;
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
        anchors.extend(&Anchors::parse(&read(file)).unwrap());
    }
    let name: NameBuf = scenario.qname.parse().unwrap();
    let question = Question::new(name.as_name(), Type::from_mnemonic(&scenario.rtype).unwrap());
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let (limits, mut budget) = (Limits::default(), Budget::new(Limits::default()));
    let now = Time(scenario.now);
    let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
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

/// The same scenarios, the messages handed over one by one as they are asked for: no question
/// comes twice, it ends, and the verdict is the same.
#[test]
fn through_a_lookup() {
    let (mut wrong, mut questions, mut count) = (Vec::new(), 0, 0);
    for folder in ["denial", "insecure", "alias", "hostile"] {
        for scenario in scenarios(folder) {
            let octets: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| messages(file)).collect();
            let (said, asked) = look_up(&scenario, &octets);
            (questions, count) = (questions + asked, count + 1);
            let refused = scenario.why.starts_with("refused");
            if BY_A_ZONE_ABOVE.contains(&scenario.name.as_str()) {
                assert_eq!((said, scenario.verdict.as_str()), ("secure", "bogus"), "{}", scenario.name);
            } else if said != scenario.verdict && !refused {
                wrong.push(format!(
                    "{folder}/{}: {said} instead of {}; {}",
                    scenario.name, scenario.verdict, scenario.why
                ));
            }
        }
    }
    assert!(count > 900 && questions > 4000, "{count} scenarios, {questions} questions");
    assert!(wrong.is_empty(), "{} scenarios differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Data of a child, signed by a zone above. Where nothing at hand shows that there is a cut
/// between, the signature of the zone above counts: it speaks for everything below it, and to
/// look for cuts would take one more question for each label. (`chain::verify` with the proof of
/// the cut at hand refuses these.)
const BY_A_ZONE_ABOVE: [&str; 11] = [
    "nsec-by-root",
    "nsec-by-parent",
    "nsec3-by-root",
    "nsec3-by-parent",
    "optout-by-root",
    "optout-by-parent",
    "knot-by-root",
    "knot-by-parent",
    "delegation-ns-by-parent",
    "glue-by-parent",
    "parent-invents-below-cut",
];

fn look_up(scenario: &Scenario, octets: &[Vec<u8>]) -> (&'static str, usize) {
    let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let mut anchors = Anchors::default();
    for file in &scenario.anchors {
        anchors.extend(&Anchors::parse(&read(file)).unwrap());
    }
    let rtype = Type::from_mnemonic(&scenario.rtype).unwrap();
    let mut lookup = Lookup::new(scenario.qname.parse().unwrap(), rtype, &anchors);
    let (policy, mut scratch, mut budget) = (Policy::standard(), Scratch::new(), Budget::new(Limits::default()));
    let mut asked: Vec<String> = Vec::new();
    loop {
        let now = Time(scenario.now);
        let mut terms =
            Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let question = match lookup.step(&mut terms) {
            Step::Done(verdict) => return (verdict.as_str(), asked.len()),
            Step::Ask(question) => question,
        };
        let text = question.to_string();
        assert!(!asked.contains(&text), "{text} is asked twice");
        let answers: Vec<Vec<u8>> = evidence
            .iter()
            .filter(|message| message.question() == Some(question))
            .map(|message| message.octets().to_vec())
            .collect();
        asked.push(text);
        // What is no response is refused, and that is that.
        for octets in answers {
            let _refused = lookup.answer(&octets);
        }
    }
}
