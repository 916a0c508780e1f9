//! From a domain to its fingerprints.

use alloc::format;
use alloc::string::{String, ToString};

use http::Uri;

use super::document::{Document, Fingerprints, PoshError, read};
use crate::name::NameBuf;
use crate::time::Time;

/// Redirects that are followed, all in all. RFC 7711 section 10 recommends no more than ten.
const REDIRECTS: u8 = 3;

/// What a retrieval needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need<'r> {
    /// The document at this URL, from a server whose certificate names its host.
    Get(&'r str),
    /// Nothing.
    Done(Result<&'r Fingerprints, &'r PoshError>),
}

/// Gets the POSH document of a domain, and the one that it refers to.
#[derive(Clone, Debug)]
pub struct Retrieval {
    url: String,
    /// The time that a reference allows.
    allowed: Option<u32>,
    redirects: u8,
    done: Option<Result<Fingerprints, PoshError>>,
}

impl Retrieval {
    /// Starts at the well-known place of the domain. The service is named as in SRV records, without its underscore.
    ///
    /// # Errors
    /// If that makes no URL.
    pub fn new(source: NameBuf, service: &str) -> Result<Self, PoshError> {
        let host = source.to_string();
        let plain =
            |text: &str| text.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_'));
        let host = host.strip_suffix('.').filter(|host| !host.is_empty() && plain(host));
        match host {
            Some(host) if plain(service) && !service.is_empty() => {
                let url = format!("https://{host}/.well-known/posh/{service}.json");
                Ok(Self { url, allowed: None, redirects: 0, done: None })
            }
            _ => Err(PoshError::Malformed(format!("{source} is no name of a host"))),
        }
    }

    /// At another port than 443, as in a laboratory.
    #[must_use]
    pub fn at_port(mut self, port: u16) -> Self {
        if port != 443
            && let Some((host, path)) = self.url.strip_prefix("https://").and_then(|rest| rest.split_once('/'))
        {
            self.url = format!("https://{host}:{port}/{path}");
        }
        self
    }

    /// What comes next.
    #[must_use]
    pub fn step(&self) -> Need<'_> {
        match &self.done {
            Some(done) => Need::Done(done.as_ref()),
            None => Need::Get(&self.url),
        }
    }

    /// The document that was asked for, and when it came.
    pub fn document(&mut self, octets: &[u8], now: Time) {
        if self.done.is_some() {
            return;
        }
        match (read(octets), self.allowed) {
            (Err(error), _) => self.done = Some(Err(error)),
            // Section 3.2: no reference to a reference.
            //= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
            //# The document retrieved from the location specified by the "url" member MUST NOT itself be a reference
            //# document (i.e., containing a "url" member instead of a "fingerprints" member), in order to prevent
            //# circular delegations.
            (Ok(Document::Reference(..)), Some(_)) => self.done = Some(Err(PoshError::TooManySteps)),
            (Ok(Document::Reference(url, expires)), None) => {
                self.allowed = Some(expires);
                self.go_to(&url);
            }
            (Ok(Document::Fingerprints(descriptors, expires)), allowed) => {
                // Section 6: the lower of the two.
                //= https://www.rfc-editor.org/rfc/rfc7711#section-6
                //# If the source domain returns a reference, the POSH client MUST use the lower of the two "expires"
                //# values when determining how long to cache results
                let until = now.plus(expires.min(allowed.unwrap_or(u32::MAX)));
                self.done = Some(Ok(Fingerprints { descriptors, until, url: self.url.clone() }));
            }
        }
    }

    /// It is elsewhere, the server says (section 10).
    pub fn redirect(&mut self, location: &str) {
        if self.done.is_some() {
            return;
        }
        self.redirects = self.redirects.saturating_add(1);
        //= https://www.rfc-editor.org/rfc/rfc7711#section-10
        //# it is RECOMMENDED that POSH clients follow no more than 10 redirects
        if self.redirects > REDIRECTS {
            self.done = Some(Err(PoshError::TooManySteps));
            return;
        }
        match (location.starts_with('/') && !location.starts_with("//"), self.url.parse::<Uri>()) {
            (true, Ok(uri)) => {
                let authority = uri.authority().map_or("", |authority| authority.as_str());
                self.go_to(&format!("https://{authority}{location}"));
            }
            _ => self.go_to(location),
        }
    }

    /// It cannot be had.
    pub fn failed(&mut self, why: &str) {
        self.done.get_or_insert_with(|| Err(PoshError::NotFetched(why.to_string())));
    }

    fn go_to(&mut self, url: &str) {
        let uri = url.parse::<Uri>().ok().filter(|uri| {
            let authority = uri.authority().map(|authority| authority.as_str());
            //= https://www.rfc-editor.org/rfc/rfc7711#section-10
            //# The location provided in the redirect response MUST specify an HTTPS URI.
            uri.scheme_str() == Some("https") && authority.is_some_and(|authority| !authority.contains('@'))
        });
        match uri {
            Some(uri) if url.len() <= 2048 => self.url = uri.to_string(),
            _ => self.done = Some(Err(PoshError::NotHttps(url.chars().take(255).collect()))),
        }
    }
}
