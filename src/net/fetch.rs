//! Fetching a proof from where the peer says that it is.

use core::fmt;
use std::format;
use std::io::Read;
use std::net::SocketAddr;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::{Uri, header::LOCATION};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::is_public;
use crate::dna::{ProofUrl, UrlError, UrlRules};

/// Redirects that are followed, on one host.
const REDIRECTS: usize = 3;

/// Fetches proofs, within bounds. What it fetches is not trusted for where it comes from: a certificate carries its
/// own authority, so http will do.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Where a redirect may lead.
    pub urls: UrlRules,
    /// Octets that a document may have.
    pub octets: usize,
    /// How long it may take, all in all.
    pub timeout: Duration,
    /// Whether addresses that are not [public](is_public) will do, as in a laboratory.
    pub allow_private: bool,
}

impl Fetcher {
    /// 64 KiB, ten seconds, public addresses, ports 80 and 443.
    #[must_use]
    pub fn standard() -> Self {
        Self { urls: UrlRules::standard(), octets: 65_536, timeout: Duration::from_secs(10), allow_private: false }
    }

    /// The document at this URL.
    ///
    /// # Errors
    /// If the host has no address that will do, does not answer in time, or answers with anything but one document of
    /// bounded size; or if a redirect leads to another host.
    pub fn fetch(&self, url: &ProofUrl) -> Result<Vec<u8>, FetchError> {
        let roots = TlsConfig::builder().root_certs(RootCerts::WebPki).build();
        let config = Agent::config_builder()
            .tls_config(roots)
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(self.timeout))
            .build();
        let resolver = Guarded { inner: DefaultResolver::default(), allow_private: self.allow_private };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        let began = std::time::Instant::now();
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let left =
                self.timeout.checked_sub(began.elapsed()).ok_or_else(|| FetchError::failed("it takes too long"))?;
            let request = agent.get(url.as_str()).config().timeout_global(Some(left)).build();
            let mut response = request.call().map_err(|error| FetchError::failed(&error.to_string()))?;
            match response.status().as_u16() {
                200 => return self.body(response.body_mut().as_reader()),
                301 | 302 | 303 | 307 | 308 => {
                    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                    let location = location.ok_or_else(|| FetchError::failed("a redirect to nowhere"))?;
                    url = url.redirected(location, &self.urls).map_err(FetchError::Redirect)?;
                }
                status => return Err(FetchError::failed(&format!("the server answered with status {status}"))),
            }
        }
        Err(FetchError::failed(&format!("more than {REDIRECTS} redirects")))
    }

    fn body(&self, body: impl Read) -> Result<Vec<u8>, FetchError> {
        let most = u64::try_from(self.octets).unwrap_or(u64::MAX).saturating_add(1);
        let mut octets = Vec::new();
        let read = body.take(most).read_to_end(&mut octets);
        read.map_err(|error| FetchError::failed(&error.to_string()))?;
        if octets.len() > self.octets { Err(FetchError::TooLarge(self.octets)) } else { Ok(octets) }
    }
}

/// The system's resolver, with only such addresses as a stranger may send us to. It is asked once for each connection,
/// so what it says is what is connected to.
#[derive(Debug)]
struct Guarded {
    inner: DefaultResolver,
    allow_private: bool,
}

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let all = self.inner.resolve(uri, config, timeout)?;
        let mut public = self.empty();
        for address in all.iter().filter(|address: &&SocketAddr| self.allow_private || is_public(address.ip())) {
            public.push(*address);
        }
        match public.is_empty() {
            true => Err(ureq::Error::Other("the host has no public address".into())),
            false => Ok(public),
        }
    }
}

/// Why a document could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// It has more octets than this.
    TooLarge(usize),
    /// A redirect leads to where it may not.
    Redirect(UrlError),
    /// The host cannot be reached, or does not answer as it should.
    Failed(String),
}

impl FetchError {
    fn failed(why: &str) -> Self {
        Self::Failed(why.to_string())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(most) => write!(f, "the document has more than {most} octets"),
            Self::Redirect(why) => write!(f, "a redirect: {why}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl core::error::Error for FetchError {}
