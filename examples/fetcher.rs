//! A fetcher of your own: the check says what it needs, and where the document comes from is up to you.
//!
//! `cargo run --features dna,zonefile --example fetcher`

use std::collections::HashMap;
use std::error::Error;

use dnsproof::anchor::Anchors;
use dnsproof::binding::Authorities;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::Terms;
use dnsproof::crypto::Ring;
use dnsproof::dna::{Check, Delegation, Need, NoProof, ProofRules, ProofType};
use dnsproof::policy::Policy;
use dnsproof::time::Time;

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/dna");

/// Documents that were fetched before: a proxy, a cache, a test.
struct Shelf(HashMap<String, Vec<u8>>);

fn main() -> Result<(), Box<dyn Error>> {
    let url = "http://example.net/example.com.cert";
    let shelf = Shelf(HashMap::from([(url.to_string(), std::fs::read(format!("{WORLD}/p384/certs/good.p7b"))?)]));
    let anchors = Anchors::parse(&std::fs::read_to_string(format!("{WORLD}/p384/root.ds"))?)?;
    let rules = ProofRules::new(Authorities::parse(&std::fs::read(format!("{WORLD}/ca/root.pem"))?)?);
    let wanted = Delegation::new("example.com".parse()?, "xmpp-server".parse()?, "example.net".parse()?);
    let mut check = Check::new(wanted, &anchors, &rules)?;
    for line in std::fs::read_to_string(format!("{WORLD}/p384/insecure.hex"))?.lines() {
        if !line.starts_with('#') {
            check.answer(&data_encoding::HEXLOWER.decode(line.as_bytes())?)?;
        }
    }
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let clock = Time(1_795_435_200).into();
    let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    loop {
        match check.step(&mut terms) {
            Need::Ask(question) => println!("not at hand: {question}"),
            // On a stream the peer would be asked, and say where it is.
            Need::Challenge(_) => check.proof(&ProofType::dnssec_ta(), url),
            Need::Fetch(url) => match shelf.0.get(url.as_str()) {
                Some(document) => check.document(document),
                None => check.no_proof(NoProof::NotFetched("not on the shelf".to_string())),
            },
            Need::Done(conclusion) => {
                let certified = conclusion.certified.ok_or("nobody vouched")?;
                let success = conclusion.outcome.success().ok_or("not confirmed")?;
                println!(
                    "{} vouches for {}; it holds until second {}",
                    certified.ca(),
                    certified.source(),
                    success.valid_until().0
                );
                return Ok(());
            }
        }
    }
}
