//! `dnsproof xmpp`: connect for real, and see what authenticates the server.

use core::time::Duration;
use std::format;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;
use rustls_pki_types::CertificateDer;

use super::arguments::{Common, Format, domain};
use super::check::fetch;
use super::input::Given;
use super::network::{Online, told};
use super::{authorities, print};
use crate::binding::{Authorities, Vouched, Wanted, vouched};
use crate::budget::Budget;
use crate::canon::Scratch;
use crate::chain::Terms;
use crate::crypto::Ring;
use crate::dane::{Authenticated, Decision, Discovery, Endpoint, Hop};
use crate::delegation::Service;
use crate::dna::{Check, Delegation, Need, Outcome, ProofRules, ProofUrl, ProvedBy, Reading};
use crate::name::NameBuf;
use crate::net::xmpp::{Session, Visit};
use crate::net::{Fetcher, Gathered, Names, Response, Web};
use crate::posh::{self, Retrieval};
use crate::report::{self, Reached, Style, Tried, Visited};
use crate::time::Time;

#[derive(Args, Debug)]
// What takes no part in a visit is refused.
#[command(mut_arg("answers", |arg| arg.hide(true)))]
#[command(mut_arg("registry", |arg| arg.hide(true)))]
#[command(mut_arg("explain", |arg| arg.hide(true)))]
pub(super) struct Xmpp {
    /// The address or its domain: juliet@example.com, example.com
    #[arg(value_name = "ADDRESS", value_parser = address)]
    domain: NameBuf,
    /// Connect as this server does; without it, as a client does
    #[arg(long, value_name = "NAME", value_parser = domain)]
    from: Option<NameBuf>,
    /// Only TLS from the start (xmpps), or only STARTTLS [default: as the SRV records say]
    #[arg(long, value_enum)]
    tls: Option<Tls>,
    /// Who may vouch for servers, and for a dnssec-ta proof: a file of CA certificates, platform or mozilla; nobody
    /// unless named; repeatable
    #[arg(long, value_name = "FILE|platform|mozilla")]
    ca: Vec<String>,
    /// Ports that the proof may be fetched from, beside 80 and 443; repeatable
    #[arg(long, value_name = "PORT")]
    proof_port: Vec<u16>,
    /// The port of the web server that has the POSH document of the domain
    #[arg(long, value_name = "PORT", default_value = "443")]
    posh_port: u16,
    /// Fetch documents from private and local addresses too
    #[arg(long)]
    allow_private: bool,
    /// The namespace of the elements of the proof
    #[arg(long, value_name = "URI", default_value = crate::dna::NAMESPACE)]
    namespace: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Tls {
    Direct,
    Starttls,
}

/// Addresses of one host that are tried: whoever names thousands wants others to be called.
const ADDRESSES: usize = 8;

/// For all of them together, until one takes a stream.
const PATIENCE: Duration = Duration::from_secs(120);

/// The domain of an address (RFC 7622 section 3.1).
fn address(text: &str) -> Result<NameBuf, String> {
    let bare = text.split('/').next().unwrap_or_default();
    domain(bare.split_once('@').map_or(bare, |(_, domain)| domain))
}

/// A place to connect to, and how it was found.
struct Candidate {
    endpoint: Endpoint,
    service: Service,
    direct: bool,
    hop: Hop,
}

/// Where the service is.
struct Found {
    hop: String,
    candidates: Vec<Candidate>,
    failed: Option<Failed>,
}

/// Why there is no way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Bogus,
    Missing,
}

pub(super) fn run(arguments: &Xmpp) -> Result<ExitCode, String> {
    for (is_said, why) in [
        (arguments.common.is_offline(), "xmpp connects to a server: it takes no --answers"),
        (arguments.common.registry.is_some(), "xmpp takes no --registry"),
        (arguments.common.explain, "xmpp tells no steps: validate --explain does"),
    ] {
        if is_said {
            return Err(why.to_string());
        }
    }
    let given = Given::read(&arguments.common, None)?;
    let online = arguments.common.network.online(&given, arguments.common.bounds.limits())?;
    let authorities = authorities::read(&arguments.ca)?;
    let mut gathered = Gathered::default();
    let found = online.runtime.block_on(candidates(arguments, &online, &given, &mut gathered))?;
    let Found { hop, candidates, failed } = found;
    let mut skipped = Vec::new();
    let found = online.runtime.block_on(connect(arguments, candidates, &mut skipped));
    let (mut reached, mut tried) = (None, Vec::new());
    if let Some((candidate, address, session)) = found {
        reached = Some(Reached {
            host: candidate.endpoint.host,
            address: address.to_string(),
            tls: if candidate.direct { "TLS from the start" } else { "STARTTLS" },
            decision: candidate.endpoint.decision.to_string(),
            asserted: session.asserted,
        });
        let trial = Trial { arguments, online: &online, given: &given, authorities: &authorities, candidate };
        tried = online.runtime.block_on(trial.all(session, &mut gathered))?;
    }
    let gathered = told(gathered);
    let visited =
        Visited { domain: arguments.domain, from: arguments.from, hop, skipped, reached, tried, network: &gathered };
    match arguments.common.format {
        Format::Json => print(&report::xmpp_json(&visited))?,
        Format::Text => {
            for line in report::xmpp_text(&visited, Style::Colour) {
                print(&line)?;
            }
        }
    }
    Ok(ExitCode::from(match (&visited.reached, visited.proof()) {
        (_, Some(_)) => 0,
        (None, None) if failed != Some(Failed::Bogus) => 3,
        _ => 1,
    }))
}

fn service(name: &str) -> Result<Service, String> {
    name.parse().map_err(|error: crate::delegation::ServiceError| error.to_string())
}

/// Where the SRV records lead: those for STARTTLS and those for TLS from the start side by side (XEP-0368).
async fn candidates(
    arguments: &Xmpp,
    online: &Online,
    given: &Given,
    gathered: &mut Gathered,
) -> Result<Found, String> {
    let (plain, direct, port) = match arguments.from {
        Some(_) => ("xmpp-server", "xmpps-server", 5269),
        None => ("xmpp-client", "xmpps-client", 5222),
    };
    let both = [(Tls::Starttls, plain), (Tls::Direct, direct)];
    let (mut candidates, mut hops) = (Vec::new(), Vec::new());
    let (mut nothing, mut failed, mut none_until) = (true, None, Time(u64::MAX));
    for (tls, name) in both.into_iter().filter(|(tls, _)| arguments.tls.is_none_or(|only| only == *tls)) {
        let service = service(name)?;
        let discovery = Discovery::srv(service, arguments.domain);
        let (plan, asked) = online.validator.discover(discovery, given.clock).await;
        gathered.extend(asked);
        nothing &= matches!(plan.hop, Hop::NoRecords(_) | Hop::NoRecordsInsecure(_));
        if let Hop::NoRecords(until) = plan.hop {
            none_until = none_until.min(until);
        }
        failed = failed.or(match &plan.hop {
            Hop::Bogus(_) => Some(Failed::Bogus),
            Hop::Indeterminate(_) => Some(Failed::Missing),
            _ => None,
        });
        hops.push(format!("{name} {}", told_hop(&plan.hop)));
        let direct = tls == Tls::Direct;
        let hop = &plan.hop;
        candidates.extend(plan.endpoints.into_iter().map(|endpoint| Candidate {
            endpoint,
            service,
            direct,
            hop: hop.clone(),
        }));
    }
    // RFC 6120 section 3.2.2: the domain itself, where it has no records.
    if nothing && arguments.tls != Some(Tls::Direct) {
        let (plan, asked) = online.validator.discover(Discovery::host(arguments.domain, port), given.clock).await;
        gathered.extend(asked);
        let service = service(plain)?;
        candidates.extend(plan.endpoints.into_iter().map(|mut endpoint| {
            // It is the domain itself for as long as there is nothing else.
            if let Decision::Authenticate(requirement) = &mut endpoint.decision {
                requirement.valid_until = requirement.valid_until.min(none_until);
            }
            Candidate { endpoint, service, direct: false, hop: Hop::Direct }
        }));
    }
    // RFC 7673 section 3.1: then there is no way to the service, not even by the other records.
    //= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
    //# If the SRV lookup fails because the RRset is "bogus" (or the lookup fails for reasons other than no records),
    //# the client MUST abort its attempt to connect to the desired service.
    if failed.is_some() {
        candidates.clear();
    }
    candidates.sort_by_key(|candidate| (candidate.endpoint.priority, core::cmp::Reverse(candidate.endpoint.weight)));
    Ok(Found { hop: hops.join("; "), candidates, failed })
}

fn told_hop(hop: &Hop) -> String {
    match hop {
        Hop::Direct => "not asked for".to_string(),
        Hop::Secure(_) => "secure".to_string(),
        Hop::Insecure(why) => format!("insecure: {why}"),
        Hop::NoRecords(_) => "secure: there is none".to_string(),
        Hop::NoRecordsInsecure(why) => format!("none, insecure: {why}"),
        Hop::NotOffered => "the service is not offered".to_string(),
        Hop::Bogus(why) => format!("bogus: {why}"),
        Hop::Indeterminate(why) => format!("indeterminate: {why}"),
    }
}

/// The first endpoint that takes a stream. Those that must not be connected to are not.
async fn connect(
    arguments: &Xmpp,
    candidates: Vec<Candidate>,
    skipped: &mut Vec<(String, String)>,
) -> Option<(Candidate, SocketAddr, Session)> {
    let reading = Reading { namespace: arguments.namespace.clone(), ..Reading::standard() };
    let began = tokio::time::Instant::now();
    for candidate in candidates {
        let endpoint = &candidate.endpoint;
        let name = format!("{}:{}", endpoint.host, endpoint.port);
        if let Decision::MustNotConnect(_) | Decision::Defer(_) = endpoint.decision {
            skipped.push((name, endpoint.decision.to_string()));
            continue;
        }
        for address in endpoint.addresses.iter().take(ADDRESSES) {
            let address = SocketAddr::new(*address, endpoint.port);
            let visit = Visit {
                to: arguments.domain,
                from: arguments.from,
                direct: candidate.direct,
                timeout: Duration::from_secs(10),
            };
            let place = format!("{name} at {address}");
            let left = PATIENCE.saturating_sub(began.elapsed());
            match tokio::time::timeout(left, Session::connect(address, visit, reading.clone())).await {
                Ok(Ok(session)) => return Some((candidate, address, session)),
                Ok(Err(error)) => skipped.push((place, error.to_string())),
                Err(_) => {
                    skipped.push((place, format!("no server took a stream within {} s", PATIENCE.as_secs())));
                    return None;
                }
            }
        }
    }
    None
}

/// Tries the prooftypes on a server.
struct Trial<'t> {
    arguments: &'t Xmpp,
    online: &'t Online,
    given: &'t Given,
    authorities: &'t Authorities,
    candidate: Candidate,
}

/// By whose word a server is the host of an SRV record.
enum Proved {
    ByCa(String, Time),
    ByDane(String, Time),
    Not(String),
}

fn yes(prooftype: &'static str, text: String, until: Time) -> Tried {
    Tried { prooftype, proved: Some(true), text, until: Some(until) }
}

fn no(prooftype: &'static str, text: String) -> Tried {
    Tried { prooftype, proved: Some(false), text, until: None }
}

impl Trial<'_> {
    async fn all(&self, mut session: Session, gathered: &mut Gathered) -> Result<Vec<Tried>, String> {
        let chain = session.certificates.clone();
        let (domain, host) = (&self.arguments.domain, &self.candidate.endpoint.host);
        let dane = self.dane(&chain);
        // RFC 6698 section 4.1: where none of the records fits, nothing more is said to this server, whoever else vouches
        // for it.
        if let (Decision::Authenticate(_), Err(why)) = (&self.candidate.endpoint.decision, &dane) {
            let forbidden = |prooftype| Tried {
                prooftype,
                proved: None,
                text: "not tried: secure TLSA records name other certificates than this one".to_string(),
                until: None,
            };
            let [pkix, dns, dnssec_ta, posh] = ["pkix", "dns", "dnssec-ta", "posh"].map(forbidden);
            session.finish(None).await;
            return Ok(std::vec![pkix, dns, no("dane", why.clone()), dnssec_ta, posh]);
        }
        //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
        //# If the client received zero usable TLSA certificate associations, it SHALL validate the server's TLS
        //# certificate using the normal PKIX rules [RFC5280] or protocol-specific rules (e.g., following [RFC6125])
        //# without further input from the TLSA records.
        //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
        //# SRV is insecure: The reference identifiers SHALL include the service domain name and MUST NOT include the
        //# SRV target server hostname (e.g., include "im.example.com" but not "xmpp23.hosting.example.net").
        let pkix = match self.vouched(&chain, domain) {
            Ok(found) => {
                yes("pkix", format!("{} vouches for {domain} by {}", found.ca, found.identity), found.window.1)
            }
            Err(why) => no("pkix", why),
        };
        // What the server has proved of itself: that it is the host of the SRV record.
        let proved = match (self.vouched(&chain, host), &dane) {
            (Ok(found), _) => Proved::ByCa(format!("{} vouches for {host}", found.ca), found.window.1),
            (Err(_), Ok(found)) => Proved::ByDane(format!("it is {host} by {found}"), found.valid_until),
            (Err(why), Err(_)) => Proved::Not(format!("it does not prove that it is {host}: {why}")),
        };
        let (dns, dnssec_ta) = self.delegation(&mut session, proved, gathered).await?;
        let dane = match dane {
            Ok(found) => yes("dane", found.to_string(), found.valid_until),
            Err(why) => no("dane", why),
        };
        let posh = self.posh(&chain).await;
        let tried = std::vec![pkix, dns, dane, dnssec_ta, posh];
        let answered = tried.iter().find(|tried| tried.prooftype == "dnssec-ta").and_then(|tried| tried.proved);
        session.finish(answered).await;
        Ok(tried)
    }

    fn vouched(&self, chain: &[CertificateDer<'_>], name: &NameBuf) -> Result<Vouched, String> {
        let wanted = Wanted { source: name.as_name(), service: Some(self.candidate.service.label()) };
        let found = vouched(chain, &[wanted], self.authorities, self.given.clock);
        found.map_err(|refusal| report::refusal_text(&refusal))
    }

    fn dane(&self, chain: &[CertificateDer<'_>]) -> Result<Authenticated, String> {
        match &self.candidate.endpoint.decision {
            Decision::Authenticate(requirement) => {
                let found = requirement.check(chain, self.authorities, self.given.clock);
                found.map_err(|mismatch| mismatch.to_string())
            }
            other => Err(other.to_string()),
        }
    }

    /// The dns assertion, and the eight steps where that is not enough.
    async fn delegation(
        &self,
        session: &mut Session,
        proved: Proved,
        gathered: &mut Gathered,
    ) -> Result<(Tried, Tried), String> {
        let (domain, Endpoint { host, port, .. }) = (&self.arguments.domain, &self.candidate.endpoint);
        let (how, until, by_ca) = match proved {
            _ if self.candidate.hop == Hop::Direct => {
                let why = "there are no SRV records that could delegate";
                return Ok((no("dns", why.to_string()), no("dnssec-ta", why.to_string())));
            }
            Proved::ByCa(how, until) => (how, until, true),
            Proved::ByDane(how, until) => (how, until, false),
            Proved::Not(why) => return Ok((no("dns", why.clone()), no("dnssec-ta", why))),
        };
        let mut rules = ProofRules::new(self.authorities.clone());
        rules.urls.ports.extend(&self.arguments.proof_port);
        let wanted = Delegation {
            endpoint: Some((*host, Some(*port))),
            ..Delegation::new(*domain, self.candidate.service, *host)
        };
        let mut check = Check::new(wanted, &self.given.anchors, &rules).map_err(|error| error.to_string())?;
        let mut budget = Budget::new(*self.online.validator.limits());
        let mut scratch = Scratch::new();
        let mut terms = Terms {
            clock: self.given.clock,
            policy: &self.given.policy,
            backend: &Ring,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let fetcher = Fetcher { urls: rules.urls.clone(), web: self.web()? };
        let (challenge, get) = (
            async |types: &[crate::dna::ProofType]| session.challenge(types).await,
            async |url: &ProofUrl| fetch(&fetcher, url).await,
        );
        let client = self.online.validator.client();
        gathered.extend(client.prove(&mut check, &mut terms, self.online.keep()?, challenge, get).await);
        let Need::Done(conclusion) = check.step(&mut terms) else {
            return Err("the check ends without a conclusion".to_string());
        };
        let unproved = conclusion.own.map_or_else(String::new, |own| format!("{}: {}", own.verdict, own.text));
        Ok(match &conclusion.outcome {
            Outcome::Success(success) if success.proved_by() == ProvedBy::Dns => {
                let until = until.min(success.valid_until());
                let not_needed = "not needed: the caller's own anchors prove the SRV records".to_string();
                let dns = match by_ca {
                    true => yes("dns", format!("{domain} delegates to {host}; {how}"), until),
                    // RFC 7712 section 5: with TLSA records it is a proof of another type.
                    false => no("dns", format!("{domain} delegates to {host}, but no CA vouches for that host")),
                };
                (dns, Tried { prooftype: "dnssec-ta", proved: None, text: not_needed, until: None })
            }
            Outcome::Success(success) => {
                let until = until.min(success.valid_until());
                let ca = conclusion.certified.map_or("a CA", |certified| certified.ca());
                let text = format!("{domain} delegates to {host}, by the zone's key, for which {ca} vouches; {how}");
                (no("dns", unproved), yes("dnssec-ta", text, until))
            }
            Outcome::Fail(failure) => {
                let text = format!("step {}: {}", failure.step(), failure.cause());
                match conclusion.own {
                    Some(_) => (no("dns", unproved), no("dnssec-ta", text)),
                    None => {
                        let none = "no challenge: there is nothing that a proof could help".to_string();
                        (no("dns", text), Tried { prooftype: "dnssec-ta", proved: None, text: none, until: None })
                    }
                }
            }
        })
    }

    fn web(&self) -> Result<Web, String> {
        Ok(Web {
            allow_private: self.arguments.allow_private,
            names: Names::Client(self.online.validator.client().clone()),
            roots: self.arguments.common.network.roots()?,
            ..Web::standard()
        })
    }

    async fn posh(&self, chain: &[CertificateDer<'_>]) -> Tried {
        match self.fingerprints(chain).await {
            Ok((url, until)) => yes("posh", format!("{url} has the fingerprint of its certificate"), until),
            Err(why) => no("posh", why),
        }
    }

    async fn fingerprints(&self, chain: &[CertificateDer<'_>]) -> Result<(String, Time), String> {
        let label = String::from_utf8_lossy(self.candidate.service.label()).to_string();
        // RFC 7711 section 8: services are named as in SRV records; TLS from the start makes no other service of it.
        let name = label.trim_start_matches('_').replace("xmpps-", "xmpp-");
        let retrieval = Retrieval::new(self.arguments.domain, &name).map_err(|error| error.to_string())?;
        let mut retrieval = retrieval.at_port(self.arguments.posh_port);
        let web = self.web()?;
        let now = self.given.clock.earliest();
        loop {
            let url = match retrieval.step() {
                posh::Need::Get(url) => url.to_string(),
                posh::Need::Done(Err(error)) => return Err(error.to_string()),
                posh::Need::Done(Ok(fingerprints)) => {
                    let leaf = chain.first().ok_or("it presents no certificate")?;
                    let until = fingerprints.check(leaf, self.given.clock).map_err(|error| error.to_string())?;
                    return Ok((fingerprints.url().to_string(), until));
                }
            };
            match web.get(&url).await {
                Ok(Response::Document(octets)) => retrieval.document(&octets, now),
                Ok(Response::Redirect(location)) => retrieval.redirect(&location),
                Err(error) => retrieval.failed(&error.to_string()),
            }
        }
    }
}
