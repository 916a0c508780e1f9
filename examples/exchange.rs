//! The whole exchange in memory: a provider asserts `example.com`, and proves it.
//!
//! `cargo run --features dna,zonefile --example exchange`

use std::error::Error;

use dnsproof::anchor::Anchors;
use dnsproof::binding::Authorities;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::Terms;
use dnsproof::crypto::Ring;
use dnsproof::dna::{Action, Element, Offer, ProofRules, ProofType, Reading, Setup, Stream};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Message;

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/dna");

fn main() -> Result<(), Box<dyn Error>> {
    let (source, provider): (NameBuf, NameBuf) = ("example.com".parse()?, "example.net".parse()?);
    let url = "http://example.net/example.com.cert".to_string();
    // What the DNS and the provider's web server have.
    let text = std::fs::read_to_string(format!("{WORLD}/p256/island.hex"))?;
    let hex = |line: &str| data_encoding::HEXLOWER.decode(line.as_bytes());
    let zone: Vec<Vec<u8>> = text.lines().filter(|line| !line.starts_with('#')).map(hex).collect::<Result<_, _>>()?;
    let certificate = std::fs::read(format!("{WORLD}/p256/certs/good.pem"))?;
    // No anchor reaches the domain; one CA may vouch.
    let (anchors, now) = (Anchors::default(), Time(1_795_435_200));
    let rules = ProofRules::new(Authorities::parse(&std::fs::read(format!("{WORLD}/ca/root.pem"))?)?);
    let setup = Setup::new(provider, "xmpp-server".parse()?, &anchors, &rules);
    let offer = Offer { domain: source, proofs: vec![(ProofType::dnssec_ta(), url)] };
    let mut asserting = Stream::new(Setup { offers: vec![offer], ..setup.clone() });
    let mut receiving = Stream::new(setup);
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };

    // Everything that is said goes through XML, as on a real stream.
    let reading = Reading::standard();
    let say = |who: &str, element: &Element| {
        println!("{who}: {}", element.to_xml(&reading));
        Element::parse(element.to_xml(&reading).as_bytes(), &reading)
    };
    let assertion = asserting.assert(&source).ok_or("not ours")?;
    receiving.receive(&say("provider", &assertion)?);
    loop {
        match receiving.next(&mut terms) {
            Action::Ask(domain, question) => {
                println!("receiver asks the DNS: {question}");
                let of = |octets: &&Vec<u8>| Message::parse(octets).is_ok_and(|m| m.question() == Some(question));
                let answer = zone.iter().find(of).cloned();
                match answer {
                    Some(answer) => receiving.answer(&domain, &answer)?,
                    None => receiving.unanswered(&domain),
                }
            }
            Action::Fetch(domain, url) => {
                println!("receiver fetches {url}");
                receiving.document(&domain, &certificate);
            }
            Action::Decided(domain, conclusion) => match conclusion.outcome.failure() {
                None => println!("receiver: {domain} is proved"),
                Some(failure) => println!("receiver: {domain} is not proved: {failure}"),
            },
            Action::Send(element) => {
                if let Some(reply) = asserting.receive(&say("receiver", &element)?) {
                    receiving.receive(&say("provider", &reply)?);
                }
            }
            Action::Close | Action::Idle => break,
        }
    }
    assert!(receiving.may_exchange(&source, now) && asserting.is_accepted(&source));
    Ok(())
}
