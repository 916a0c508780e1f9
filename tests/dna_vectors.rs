//! Every row of `vectors/dna/cases.tsv` through the eight steps, on two backends.

mod common;

use common::{messages, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::binding::Authorities;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::Terms;
use dnsproof::codes::Algorithm;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::dna::{Check, Delegation, Need, NoProof, ProofRules, ProvedBy};
use dnsproof::policy::Policy;
use dnsproof::time::Time;

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/vectors/dna/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `success 8 -` or `fail 6 certificate-expired`; and whether the peer was challenged.
fn run<B: Backend>(row: &[&str], backend: &B) -> (String, bool) {
    let [set, answers, anchors, proof, ca, source, service, provider, now, ..] = row[..] else { panic!("{row:?}") };
    let anchors = match anchors {
        "none" => Anchors::default(),
        name => Anchors::parse(&read(&format!("dna/{set}/{name}"))).unwrap(),
    };
    let rules = ProofRules::new(Authorities::parse(&file(ca)).unwrap());
    let wanted = Delegation::new(source.parse().unwrap(), service.parse().unwrap(), provider.parse().unwrap());
    let mut check = Check::new(wanted, &anchors, &rules).unwrap();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let now = Time(seconds(now));
    let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    for message in messages(&format!("dna/{set}/{answers}.hex")) {
        check.answer(&message).unwrap();
    }
    let mut challenged = false;
    loop {
        match check.step(&mut terms) {
            Need::Ask(_) => {}
            Need::Challenge(types) => {
                assert_eq!(types.len(), 1);
                challenged = true;
                match proof {
                    "-" => check.no_proof(NoProof::Silent),
                    name => check.document(&file(name)),
                }
            }
            Need::Fetch(url) => panic!("{url}"),
            Need::Done(conclusion) => {
                let steps: Vec<u8> = conclusion.events().iter().map(|event| event.step).collect();
                assert_eq!(steps.last(), Some(&conclusion.outcome.step()), "{row:?}");
                assert!(steps.is_sorted() && steps.starts_with(&[1, 2, 3]));
                assert_eq!(steps.contains(&6), challenged, "{row:?}");
                if let Some(success) = conclusion.outcome.success() {
                    let expected = if challenged { ProvedBy::DnssecTa } else { ProvedBy::Dns };
                    assert_eq!(success.proved_by(), expected, "{row:?}");
                    assert!(now < success.valid_until());
                    if let Some(certified) = conclusion.certified {
                        assert!(success.valid_until() <= certified.window().1, "{row:?}");
                        let scopes: Vec<String> = conclusion
                            .anchors
                            .unwrap()
                            .iter()
                            .map(|anchor| anchor.scope().unwrap().to_string())
                            .collect();
                        assert_eq!(scopes, [format!("{source}.")], "{row:?}");
                    }
                }
                let failure = conclusion.outcome.failure();
                let word = if failure.is_none() { "success" } else { "fail" };
                let code = failure.map_or("-", |failure| failure.cause().as_str());
                return (format!("{word} {} {code}", conclusion.outcome.step()), challenged);
            }
        }
    }
}

fn table<B: Backend>(backend: &B) {
    let table = read("dna/cases.tsv");
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        let (said, challenged) = run(&row, backend);
        // The caller's own anchors reach, or the chain is bogus, or evidence is missing: then nobody is asked.
        let reaches =
            row[2] == "root.ds" && ["secure", "bogus", "no-parent"].contains(&row[1]) || row[2] == "example.com.ds";
        let mut expected_challenge = !reaches;
        let mut expected = row[9..12].join(" ");
        // What the backend cannot verify is as if it were not signed.
        if row[0] == "ed448" && !backend.supports(Algorithm::ED448) {
            expected = if row[2] == "root.ds" { "fail 4 undecided" } else { "fail 6 unproved" }.to_string();
            expected_challenge = row[2] == "none";
        }
        if said != expected {
            wrong.push(format!("{said} and not {expected}: {line}"));
        }
        assert_eq!(challenged, expected_challenge, "{line}");
        if row[9] == "success" { good += 1 } else { bad += 1 }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(good > 35 && bad > 70, "{good} good, {bad} bad");
}

#[test]
fn with_ring() {
    table(&Ring);
}

#[test]
fn with_rustcrypto() {
    table(&RustCrypto);
}
