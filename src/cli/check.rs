//! `dnsproof check`: the eight steps.

use std::format;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;

use super::arguments::{Common, Format, domain, endpoint, host};
use super::input::{Given, document, is_missing};
use super::network::{Online, runtime, told};
use super::{authorities, store, tell, verify};
use crate::anchor::Anchors;
use crate::budget::{Budget, Limits};
use crate::canon::Scratch;
use crate::chain::{Secure, Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Fast;
use crate::delegation::Service;
use crate::dna::{self, Conclusion, Delegation, Need, NoProof, Outcome, ProofRules, ProofType, ProofUrl};
use crate::name::NameBuf;
use crate::net::{Fetcher, Gathered, Names, Shown, Web};
use crate::proof::Bundle;
use crate::report::{self, Checked, Ending, Steps, Style};
use crate::time::Time;
use crate::wire::{Message, Question};

#[derive(Args, Debug)]
pub(super) struct Check {
    /// The domain that is to be reached: example.com
    #[arg(value_parser = domain)]
    source: NameBuf,
    /// The name that the peer has proved, by its certificate: example.net
    #[arg(long, value_name = "NAME", value_parser = host)]
    provider: NameBuf,
    /// xmpp-server, xmpp-client, xmpps-server, xmpps-client, or any _service._proto
    #[arg(long, value_name = "SERVICE", default_value = "xmpp-server")]
    service: Service,
    /// Where the connection goes: then the provider must be the target of that very record
    #[arg(long, value_name = "HOST[:PORT]", value_parser = endpoint)]
    endpoint: Option<(NameBuf, Option<u16>)>,
    /// Accept the name directly above a target too: example.net for xmpp1.example.net
    #[arg(long)]
    accept_parent: bool,
    /// The peer's proof, where no anchor reaches: a certificate for the source with the zone's key, in DER, PEM or
    /// PKCS#7, with those of the CAs above it
    #[arg(long, value_name = "FILE|URL", requires = "ca", conflicts_with = "registry")]
    proof: Option<String>,
    /// Who may vouch for the proof: a file of CA certificates, platform or mozilla; nobody unless named; repeatable
    #[arg(long, value_name = "FILE|platform|mozilla")]
    ca: Vec<String>,
    /// Ports that the proof may be fetched from, beside 80 and 443; repeatable
    #[arg(long, value_name = "PORT")]
    proof_port: Vec<u16>,
    /// Fetch the proof from private and local addresses too
    #[arg(long)]
    allow_private: bool,
    /// The evidence of a check that was made earlier: judged once more, and nobody is asked
    #[arg(long, value_name = "FILE", conflicts_with_all = ["answers", "proof", "registry"])]
    bundle: Option<PathBuf>,
    /// Write the evidence to a file, if the delegation is confirmed; - for the standard output, and then the report goes to
    /// the standard error
    #[arg(long, value_name = "FILE", conflicts_with = "registry")]
    write_bundle: Option<PathBuf>,
    /// Warn of everything that runs out within so many days: certificate, signatures, trust anchor
    #[arg(long, value_name = "DAYS")]
    warn_days: Option<u64>,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &Check) -> Result<ExitCode, String> {
    let other = arguments.proof.as_deref().map(Path::new).or(arguments.bundle.as_deref());
    let mut given = Given::read(&arguments.common, other)?;
    let mut rules = ProofRules::new(authorities::read(&arguments.ca)?);
    rules.urls.ports.extend(&arguments.proof_port);
    let mut wanted = Delegation {
        source: arguments.source,
        service: arguments.service,
        provider: arguments.provider,
        endpoint: arguments.endpoint,
        accept_parent: arguments.accept_parent,
    };
    let bundle = arguments.bundle.as_deref().map(|file| bundled(file, &wanted)).transpose()?;
    let srv_name = wanted.service.srv_name(&wanted.source.as_name()).map_err(|error| error.to_string())?;
    let mut proof = arguments.proof.as_deref().map(|source| Proof::read(source, &rules)).transpose()?;
    let is_offline = arguments.common.is_offline() || bundle.is_some();
    if let Some(Bundle { messages, document, endpoint, .. }) = bundle {
        // What was proved of one endpoint is not taken for more.
        wanted.endpoint = wanted.endpoint.or(endpoint);
        given.take(messages);
        proof = document.map(Proof::Document);
    }
    let now = given.clock.earliest();
    let mut budget = Budget::new(arguments.common.bounds.limits());
    let online = if is_offline { None } else { Some(arguments.common.network.online(&given, *budget.limits())?) };
    let fetcher = Fetcher {
        urls: rules.urls.clone(),
        web: Web {
            allow_private: arguments.allow_private,
            names: online.as_ref().map_or(Names::System, |online| Names::Client(online.validator.client().clone())),
            roots: arguments.common.network.roots()?,
            ..Web::standard()
        },
    };
    let mut fetched = None;
    let gathered = match &online {
        None => None,
        Some(online) if given.registry.is_some() => Some(online.gather(srv_name, Type::SRV, &mut given, budget)?),
        Some(online) => {
            Some(prove(online, &mut given, wanted, &rules, proof.as_ref(), &fetcher, &mut fetched, budget)?)
        }
    };
    let messages = given.messages()?;
    let mut check = dna::Check::new(wanted, &given.anchors, &rules).map_err(|error| error.to_string())?;
    let (mut own_steps, mut steps) = (Steps::new(now), Steps::new(now));
    let (mut lookup, mut unproved, mut seen) = (None, None, None);
    let conclusion = if given.registry.is_some() {
        let question = Question::new(srv_name.as_name(), Type::SRV);
        let verdict = verify(question, &given, &messages, &mut lookup, &mut budget, &mut own_steps);
        match dna::settle(verdict, &wanted, &given.anchors, given.clock) {
            Ok(conclusion) => conclusion,
            Err(own) => Conclusion::without_proof(unproved.insert(own)),
        }
    } else {
        for message in &messages {
            // What is no response to one question answers none.
            let _not_kept = check.answer(message.octets());
        }
        let mut terms = Terms {
            clock: given.clock,
            policy: &given.policy,
            backend: &Fast,
            budget: &mut budget,
            scratch: &mut Scratch::new(),
        };
        let mut challenged = false;
        loop {
            let observer = if challenged { &mut steps } else { &mut own_steps };
            match check.explain(&mut terms, observer) {
                // What is not at hand cannot be had.
                Need::Ask(_) => {}
                Need::Challenge(_) => {
                    challenged = true;
                    match shown(proof.as_ref()) {
                        Shown::Document(octets) => check.document(&octets),
                        Shown::Url(prooftype, url) => check.proof(&prooftype, &url),
                        Shown::Nothing(why) => check.no_proof(why),
                    }
                }
                Need::Fetch(url) => {
                    let document = match fetched.take() {
                        Some(document) => document,
                        None => runtime()?.block_on(fetch(&fetcher, url)),
                    };
                    match document {
                        Ok(octets) => {
                            check.document(&octets);
                            seen = Some(octets);
                        }
                        Err(why) => check.no_proof(why),
                    }
                }
                Need::Done(conclusion) => break conclusion,
            }
        }
    };
    if let (Some(file), true) = (&arguments.write_bundle, conclusion.outcome.is_success()) {
        let octets = evidence(&wanted, &given, &rules, &messages, seen.or(document_of(proof.as_ref())))?;
        store::write(file, &octets)?;
    }
    let rested_on = if conclusion.own.is_some() { &steps } else { &own_steps };
    let endings = match arguments.warn_days {
        Some(days) => endings(&conclusion, rested_on, &given.anchors, now, days),
        None => Vec::new(),
    };
    let told = arguments.common.explain.then_some([&own_steps, &steps]);
    let network = gathered.as_ref();
    let asked =
        Checked { wanted: &wanted, srv_name: srv_name.as_name(), work: budget.spent(), steps: told, endings, network };
    let out = arguments.write_bundle.as_deref();
    match arguments.common.format {
        Format::Json => tell(&report::check_json(&asked, &conclusion), out)?,
        Format::Text => {
            for line in report::check_steps(&asked, &conclusion) {
                tell(&line, out)?;
            }
            tell(&report::check_text(&asked, &conclusion, Style::Colour), out)?;
        }
    }
    Ok(ExitCode::from(match &conclusion.outcome {
        Outcome::Success(_) => 0,
        Outcome::Fail(failure) => match failure.cause() {
            dna::Cause::NoProof(NoProof::NotFetched(_)) => 3,
            _ if conclusion.verdict.as_ref().is_some_and(is_missing) => 3,
            _ => 1,
        },
    }))
}

/// Reads a bundle that is about this very delegation.
fn bundled(file: &Path, wanted: &Delegation) -> Result<Bundle, String> {
    let at = |why: &dyn core::fmt::Display| format!("{}: {why}", file.display());
    // 64 messages and a document, with room for the rest.
    const MOST: usize = 8 << 20;
    let octets = document(file, MOST)?;
    let bundle = Bundle::read(&octets).map_err(|error| at(&error))?;
    let Bundle { source, service, provider, .. } = &bundle;
    if (*source, service.as_str(), *provider) != (wanted.source, wanted.service.to_string().as_str(), wanted.provider) {
        return Err(at(&format!("it is about {source} with {service} and the provider {provider}")));
    }
    Ok(bundle)
}

/// The octets of a bundle: the messages that a check asks for and no others, and what the peer showed.
fn evidence(
    wanted: &Delegation,
    given: &Given,
    rules: &ProofRules,
    messages: &[Message<'_>],
    document: Option<Vec<u8>>,
) -> Result<Vec<u8>, String> {
    let mut bundle = Bundle::new(wanted.source, &wanted.service.to_string(), wanted.provider, given.clock.earliest());
    bundle.endpoint = wanted.endpoint;
    let mut check = dna::Check::new(*wanted, &given.anchors, rules).map_err(|error| error.to_string())?;
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let (clock, policy) = (given.clock, &given.policy);
    let mut terms = Terms { clock, policy, backend: &Fast, budget: &mut budget, scratch: &mut scratch };
    loop {
        match check.step(&mut terms) {
            Need::Ask(question) => {
                let answers = messages.iter().filter(|message| message.question() == Some(question));
                let answers: Vec<Vec<u8>> = answers.map(|message| message.octets().to_vec()).collect();
                for octets in answers {
                    let _no_response = check.answer(&octets);
                    bundle.messages.push(octets);
                }
            }
            Need::Challenge(_) | Need::Fetch(_) => match &document {
                Some(octets) => {
                    check.document(octets);
                    bundle.document = Some(octets.clone());
                }
                None => check.no_proof(NoProof::Silent),
            },
            Need::Done(conclusion) if conclusion.outcome.is_success() => break,
            // It would not be proved again by what is in the bundle.
            Need::Done(_) => {
                return Err("the evidence cannot be bundled: more of it is needed than was asked for".into());
            }
        }
    }
    bundle.write().map_err(|error| format!("the evidence cannot be bundled: {error}"))
}

fn document_of(proof: Option<&Proof>) -> Option<Vec<u8>> {
    match proof {
        Some(Proof::Document(octets)) => Some(octets.clone()),
        _ => None,
    }
}

/// What the peer would say.
fn shown(proof: Option<&Proof>) -> Shown {
    match proof {
        Some(Proof::Document(octets)) => Shown::Document(octets.clone()),
        Some(Proof::Url(url)) => Shown::Url(ProofType::dnssec_ta(), url.clone()),
        None => Shown::Nothing(NoProof::Silent),
    }
}

pub(super) async fn fetch(fetcher: &Fetcher, url: &ProofUrl) -> Result<Vec<u8>, NoProof> {
    fetcher.fetch(url).await.map_err(|error| NoProof::NotFetched(error.to_string()))
}

/// Gets everything that the check needs. Answers are put beside those that are given, and what was fetched is kept.
#[expect(clippy::too_many_arguments, reason = "it is the middle part of one function")]
fn prove(
    online: &Online,
    given: &mut Given,
    wanted: Delegation,
    rules: &ProofRules,
    proof: Option<&Proof>,
    fetcher: &Fetcher,
    fetched: &mut Option<Result<Vec<u8>, NoProof>>,
    mut budget: Budget,
) -> Result<Gathered, String> {
    let keep = online.keep()?;
    let mut check = dna::Check::new(wanted, &given.anchors, rules).map_err(|error| error.to_string())?;
    let mut terms = Terms {
        clock: given.clock,
        policy: &given.policy,
        backend: &Fast,
        budget: &mut budget,
        scratch: &mut Scratch::new(),
    };
    let get = async |url: &ProofUrl| fetched.insert(fetch(fetcher, url).await).clone();
    let done = online.validator.client().prove(&mut check, &mut terms, keep, async |_| shown(proof), get);
    let gathered = online.runtime.block_on(done);
    let messages = check.messages().map(|message| message.octets().to_vec()).collect();
    given.take(messages);
    Ok(told(gathered))
}

/// The proof, or where it is.
enum Proof {
    Document(Vec<u8>),
    Url(String),
}

impl Proof {
    fn read(source: &str, rules: &ProofRules) -> Result<Self, String> {
        if source.contains("://") {
            return Ok(Self::Url(source.to_string()));
        }
        document(Path::new(source), rules.documents.octets).map(Self::Document)
    }
}

/// What a confirmed delegation rests on that runs out within so many days.
fn endings(conclusion: &Conclusion<'_>, steps: &Steps, anchors: &Anchors, now: Time, days: u64) -> Vec<Ending> {
    if !conclusion.outcome.is_success() {
        return Vec::new();
    }
    let soon = Time(now.0.saturating_add(days.saturating_mul(86_400)));
    let ending = |what: &'static str, text: String, until: Time| Ending {
        what,
        text,
        until,
        days: until.0.saturating_sub(now.0) / 86_400,
    };
    let mut found = Vec::new();
    if let Some(certified) = conclusion.certified.filter(|certified| certified.window().1 <= soon) {
        let text = format!("that of {} from {}, or of a CA above it", certified.source(), certified.ca());
        found.push(ending("certificate", text, certified.window().1));
    }
    found.extend(steps.ending(soon).into_iter().map(|(text, until)| ending("signature", text, until)));
    if let Some(secure) = conclusion.verdict.as_ref().and_then(Verdict::secure) {
        let is_used = |entry: &&crate::anchor::Entry| {
            let anchor = entry.anchor();
            anchor.zone() == Secure::anchor_zone(secure) && anchor.key_tag() == Some(secure.anchor_tag())
        };
        for entry in anchors.entries().iter().filter(is_used) {
            let (anchor, until) = (entry.anchor(), entry.anchor().window().1);
            if until <= soon {
                let tag = anchor.key_tag().unwrap_or_default();
                found.push(ending("anchor", format!("key {tag} of {}", anchor.zone()), until));
            }
        }
    }
    found
}
