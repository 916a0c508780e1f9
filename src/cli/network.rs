//! The network, as flags: who is asked, and who vouches for whom.

use core::time::Duration;
use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::runtime::{Builder, Runtime};

use super::input::{Given, MOST, is, octets};
use super::warn;
use crate::budget::{Budget, Limits};
use crate::canon::Scratch;
use crate::chain::{Step, Terms};
use crate::codes::Type;
use crate::crypto::Fast;
use crate::lookup::{Lookup, RegistryLookup};
use crate::name::NameBuf;
use crate::net::{Client, Gathered, Keep, Patience, Server, Setup, Validator, mozilla, resolv_conf};

/// What of the network is used.
#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub(super) struct Network {
    /// Ask this resolver: udp://ADDRESS, tcp://ADDRESS, tls://HOST or https://HOST/PATH, each with an optional :PORT, and
    /// #ADDRESS where the host is not to be looked up; the next one where one fails; repeatable
    /// [default: those of /etc/resolv.conf]
    #[arg(long, value_name = "SERVER", conflicts_with = "answers")]
    resolver: Vec<Server>,
    /// Who vouches for resolvers and web servers with TLS: a file of CA certificates, platform or mozilla
    #[arg(long, value_name = "FILE|platform|mozilla", default_value = "mozilla")]
    tls_ca: String,
    /// Write names in questions over UDP in upper and lower case by chance, and take no answer that does not repeat them
    #[arg(long)]
    mixed_case: bool,
    /// How long to wait for one answer, before the question is asked again
    #[arg(long, value_name = "MILLISECONDS", default_value = "2500", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    timeout: u64,
}

impl Network {
    /// Who vouches for servers.
    pub(super) fn roots(&self) -> Result<RootCertStore, String> {
        roots(&self.tls_ca)
    }

    /// What asks; nothing is sent yet.
    pub(super) fn online(&self, given: &Given, limits: Limits) -> Result<Online, String> {
        let mut servers = self.resolver.clone();
        if servers.is_empty() {
            let file = "/etc/resolv.conf";
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("{file}: {error}; --resolver says whom to ask"))?;
            servers = resolv_conf(&text);
        }
        if servers.is_empty() {
            return Err("/etc/resolv.conf names no resolver; --resolver says whom to ask".to_string());
        }
        let patience = Patience { attempt: Duration::from_millis(self.timeout), ..Patience::standard() };
        let setup = Setup { roots: self.roots()?, patience, mixed_case: self.mixed_case, ..Setup::new(servers) };
        let client = Client::new(setup).map_err(|error| format!("TLS: {error}"))?;
        let validator = Validator::new(client, given.anchors.clone(), given.policy).with_limits(limits);
        Ok(Online { runtime: runtime()?, validator })
    }
}

/// A runtime for one thread: what waits is the network.
pub(super) fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread().enable_all().build().map_err(|error| format!("no runtime: {error}"))
}

/// The CAs of a file, those of the platform, or Mozilla's.
pub(super) fn roots(source: &str) -> Result<RootCertStore, String> {
    let certificates: Vec<CertificateDer<'static>> = match source {
        word if is(word, "mozilla") => return Ok(mozilla()),
        word if is(word, "platform") => rustls_native_certs::load_native_certs().certs,
        file => {
            let octets = octets(Path::new(file), MOST)?;
            let read = CertificateDer::pem_slice_iter(&octets).collect::<Result<Vec<_>, _>>();
            read.map_err(|error| format!("{file}: {error}"))?
        }
    };
    let mut roots = RootCertStore::empty();
    let (taken, _) = roots.add_parsable_certificates(certificates);
    if taken == 0 { Err(format!("{source}: there is no certificate of a CA in it")) } else { Ok(roots) }
}

/// What asks.
pub(super) struct Online {
    pub(super) runtime: Runtime,
    pub(super) validator: Validator,
}

impl Online {
    /// Who remembers what.
    pub(super) fn keep(&self) -> Result<Keep<'_>, String> {
        self.validator.keep().ok_or_else(|| "there is no SHA-256".to_string())
    }

    /// Gets what the verdict on a question needs. It is put beside the answers that are given.
    pub(super) fn gather(
        &self,
        name: NameBuf,
        rtype: Type,
        given: &mut Given,
        budget: Budget,
    ) -> Result<Gathered, String> {
        let keep = self.keep()?;
        let (mut budget, mut scratch) = (budget, Scratch::new());
        let mut terms = Terms {
            clock: given.clock,
            policy: &given.policy,
            backend: &Fast,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let (messages, gathered): (Vec<Vec<u8>>, _) = match &given.registry {
            None => {
                let mut lookup = Lookup::new(name, rtype, &given.anchors);
                let gathered = self.runtime.block_on(self.validator.client().gather(&mut lookup, &mut terms, keep));
                (lookup.messages().map(|message| message.octets().to_vec()).collect(), gathered)
            }
            Some(registry) => {
                let mut lookup = RegistryLookup::new(name, rtype, &given.anchors, registry);
                let (mut messages, mut gathered) = (Vec::new(), Gathered::default());
                while let Step::Ask(question) = lookup.step(&mut terms) {
                    let (name, rtype) = (question.name.to_buf(), question.rtype);
                    gathered.asked = gathered.asked.saturating_add(1);
                    match self.runtime.block_on(self.validator.client().ask(&name, rtype, 0)) {
                        Ok(reply) => {
                            gathered.blames.extend(reply.blames);
                            // What is no answer leaves the question open.
                            let _not_taken = lookup.answer(&reply.octets);
                            messages.push(reply.octets);
                        }
                        Err(blames) => gathered.blames.extend(blames),
                    }
                }
                (messages, gathered)
            }
        };
        given.take(messages);
        Ok(told(gathered))
    }
}

/// Says what servers did wrong.
pub(super) fn told(gathered: Gathered) -> Gathered {
    let mut earlier = None;
    for blame in &gathered.blames {
        // A server that is down is down for every question.
        if earlier.replace((&blame.server, &blame.fault)) != Some((&blame.server, &blame.fault)) {
            warn(blame);
        }
    }
    gathered
}
