//! Fetching a proof from where the peer says that it is.

use core::fmt;
use std::format;
use std::string::String;
use std::vec::Vec;

use tokio::time::timeout;

use super::{Response, Web};
use crate::dna::{ProofUrl, UrlError, UrlRules};

/// Redirects that are followed, on one host.
const REDIRECTS: usize = 3;

/// Fetches proofs, within bounds. What it fetches is not trusted for where it comes from: a certificate carries its
/// own authority, so http will do.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Where a redirect may lead.
    pub urls: UrlRules,
    /// How documents are got. Its time is that for all redirects together.
    pub web: Web,
}

impl Fetcher {
    /// Ports 80 and 443, and [`Web::standard`].
    #[must_use]
    pub fn standard() -> Self {
        Self { urls: UrlRules::standard(), web: Web::standard() }
    }

    /// The document at this URL.
    ///
    /// # Errors
    /// As of [`Web::get`]; or if a redirect leads to another host.
    pub async fn fetch(&self, url: &ProofUrl) -> Result<Vec<u8>, FetchError> {
        let late = |_| FetchError::Failed(format!("it takes longer than {} s", self.web.timeout.as_secs()));
        timeout(self.web.timeout, self.follow(url)).await.map_err(late)?
    }

    async fn follow(&self, url: &ProofUrl) -> Result<Vec<u8>, FetchError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            match self.web.get(url.as_str()).await? {
                Response::Document(octets) => return Ok(octets),
                Response::Redirect(location) => {
                    url = url.redirected(&location, &self.urls).map_err(FetchError::Redirect)?;
                }
            }
        }
        Err(FetchError::Failed(format!("more than {REDIRECTS} redirects")))
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
