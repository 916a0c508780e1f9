//! Where a proof may be fetched from. The peer says where it is, and the peer is not trusted.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use http::Uri;
use http::uri::Scheme;

use crate::name::{Name, NameBuf};

/// Octets that a URL may have.
const MOST: usize = 2048;

/// A URL that may be fetched. Only the [rules](UrlRules::check) make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofUrl {
    text: String,
    host: NameBuf,
    port: u16,
}

/// Which ports a proof may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlRules {
    /// The ports.
    pub ports: Vec<u16>,
}

impl UrlRules {
    /// Ports 80 and 443.
    #[must_use]
    pub fn standard() -> Self {
        Self { ports: alloc::vec![80, 443] }
    }

    /// A URL whose host is one of `hosts`, the provider's and the targets', or below the first of them.
    ///
    /// # Errors
    /// If it is no URL of http or https, has another host, another port, or a part for a user.
    pub fn check(&self, text: &str, hosts: &[Name<'_>]) -> Result<ProofUrl, UrlError> {
        if text.len() > MOST {
            return Err(UrlError::TooLong(MOST));
        }
        let uri: Uri = text.parse().map_err(|error: http::uri::InvalidUri| UrlError::Malformed(error.to_string()))?;
        let default = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => 80,
            Some(scheme) if *scheme == Scheme::HTTPS => 443,
            Some(scheme) => return Err(UrlError::Scheme(scheme.to_string())),
            None => return Err(UrlError::Malformed("it does not begin with http:// or https://".to_string())),
        };
        let authority = uri.authority().ok_or_else(|| UrlError::Malformed("it has no host".to_string()))?;
        if authority.as_str().contains('@') {
            return Err(UrlError::User);
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => default,
            Some(_) => authority.port_u16().ok_or_else(|| UrlError::Malformed("its port is no port".to_string()))?,
            None => return Err(UrlError::Malformed("its host cannot be told".to_string())),
        };
        // An address is no name of the provider.
        let host = super::domain(authority.host()).filter(|_| authority.host().is_ascii());
        let other = || UrlError::Host { found: authority.host().to_string(), wanted: listed(hosts) };
        let host = host.ok_or_else(other)?;
        let provider = hosts.first().is_some_and(|provider| !provider.is_root() && host.as_name().is_below(provider));
        if !provider && !hosts.iter().any(|name| host == *name) {
            return Err(other());
        }
        if !self.ports.contains(&port) {
            return Err(UrlError::Port { found: port, wanted: self.ports.clone() });
        }
        Ok(ProofUrl { text: uri.to_string(), host, port })
    }
}

fn listed(names: &[Name<'_>]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

impl ProofUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host.
    #[must_use]
    pub fn host(&self) -> Name<'_> {
        self.host.as_name()
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where a redirect leads: no other host will do.
    ///
    /// # Errors
    /// As of [`UrlRules::check`], with the host of this URL alone.
    pub fn redirected(&self, location: &str, rules: &UrlRules) -> Result<Self, UrlError> {
        let (scheme, rest) = self.text.split_once("://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        let absolute = match location.starts_with('/') && !location.starts_with("//") {
            true => format!("{scheme}://{authority}{location}"),
            false => location.to_string(),
        };
        let next = rules.check(&absolute, &[self.host()])?;
        match next.host == self.host {
            true => Ok(next),
            false => Err(UrlError::Host { found: next.host.to_string(), wanted: self.host.to_string() }),
        }
    }
}

impl fmt::Display for ProofUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a URL is not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It is longer than this.
    TooLong(usize),
    /// It is no URL.
    Malformed(String),
    /// It is neither http nor https.
    Scheme(String),
    /// It has a part for a user.
    User,
    /// Its host is not the provider's.
    Host {
        /// The host.
        found: String,
        /// Those that would do.
        wanted: String,
    },
    /// Its port is another one.
    Port {
        /// The port.
        found: u16,
        /// Those that would do.
        wanted: Vec<u16>,
    },
}

impl UrlError {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "url-too-long",
            Self::Malformed(_) => "url-malformed",
            Self::Scheme(_) => "url-scheme",
            Self::User => "url-user",
            Self::Host { .. } => "url-host",
            Self::Port { .. } => "url-port",
        }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(most) => write!(f, "the URL of the proof has more than {most} octets"),
            Self::Malformed(why) => write!(f, "the proof is at no URL: {why}"),
            Self::Scheme(scheme) => write!(f, "the proof is to be fetched by http or https, and not by {scheme:?}"),
            Self::User => f.write_str("the URL of the proof has a part for a user"),
            Self::Host { found, wanted } => {
                write!(f, "the proof is at {found:?}, which is not the provider's: {wanted}")
            }
            Self::Port { found, wanted } => write!(f, "the proof is at port {found}, and not at one of {wanted:?}"),
        }
    }
}

impl core::error::Error for UrlError {}
