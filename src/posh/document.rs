//! The two kinds of documents.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use cms::cert::x509::Certificate;
use data_encoding::BASE64_NOPAD;
use der::Decode;
use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use serde_json::{Map, Value};

use crate::binding::window;
use crate::time::{Clock, Time};

/// Hash functions that count, by their textual names.
const HASHES: [(&str, &Algorithm); 3] = [("sha-256", &SHA256), ("sha-384", &SHA384), ("sha-512", &SHA512)];
/// Descriptors that are looked at.
const MOST: usize = 64;

/// Why POSH does not authenticate a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PoshError {
    /// The document cannot be had.
    NotFetched(String),
    /// It is neither a fingerprints document nor a reference.
    Malformed(String),
    /// It says that it is not to be used: `expires` is 0.
    Withdrawn,
    /// A reference leads to a reference, or redirects lead on and on.
    TooManySteps,
    /// A URL is not one of https.
    NotHttps(String),
    /// The document holds no more.
    Stale,
    /// No fingerprint is that of the certificate.
    OtherCertificate,
    /// The certificate is not valid at this time.
    CertificateDates,
}

impl fmt::Display for PoshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFetched(why) => write!(f, "the POSH document cannot be fetched: {why}"),
            Self::Malformed(why) => write!(f, "the POSH document is malformed: {why}"),
            Self::Withdrawn => f.write_str("the POSH document says that it is not to be used"),
            Self::TooManySteps => f.write_str("a POSH document leads to another one and that to another"),
            Self::NotHttps(url) => write!(f, "a POSH document leads to {url:?}, which is not https"),
            Self::Stale => f.write_str("the POSH document holds no more"),
            Self::OtherCertificate => f.write_str("none of the POSH fingerprints is that of the certificate"),
            Self::CertificateDates => {
                f.write_str("a POSH fingerprint fits, but the certificate is not valid at this time")
            }
        }
    }
}

impl core::error::Error for PoshError {}

/// A document, read.
pub(super) enum Document {
    Fingerprints(Vec<Descriptor>, u32),
    Reference(String, u32),
}

/// The hashes of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptor(Vec<(usize, Vec<u8>)>);

/// RFC 7711 sections 3.1 and 3.2.
pub(super) fn read(octets: &[u8]) -> Result<Document, PoshError> {
    let malformed = |why: &str| PoshError::Malformed(why.to_string());
    let value: Value = serde_json::from_slice(octets).map_err(|error| PoshError::Malformed(error.to_string()))?;
    let object = value.as_object().ok_or_else(|| malformed("it is no JSON object"))?;
    let expires = object.get("expires").ok_or_else(|| malformed("\"expires\" is missing"))?;
    //= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
    //# It MUST be a non-negative integer.
    //= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
    //# It MUST be a non-negative integer.
    let expires = expires.as_u64().ok_or_else(|| malformed("\"expires\" is no number of seconds"))?;
    //= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
    //# If the "expires" member has a value of 0 (zero), a POSH client MUST consider the verification material to be
    //# invalid.
    //= https://www.rfc-editor.org/rfc/rfc7711#section-3.2
    //# If the "expires" member has a value of 0 (zero), a POSH client MUST consider the delegation invalid.
    if expires == 0 {
        return Err(PoshError::Withdrawn);
    }
    let expires = u32::try_from(expires).unwrap_or(u32::MAX);
    match (object.get("fingerprints"), object.get("url")) {
        //= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
        //# The JSON document returned MUST NOT contain a "url" member, as described in Section 3.2.
        (Some(_), Some(_)) => Err(malformed("it has both \"fingerprints\" and \"url\"")),
        (None, None) => Err(malformed("it has neither \"fingerprints\" nor \"url\"")),
        (None, Some(url)) => {
            let url = url.as_str().ok_or_else(|| malformed("\"url\" is no string"))?;
            Ok(Document::Reference(url.to_string(), expires))
        }
        (Some(fingerprints), None) => {
            //= https://www.rfc-editor.org/rfc/rfc7711#section-3.1
            //# A "fingerprints" member whose value is a JSON array of fingerprint descriptors (the member MUST include
            //# at least one fingerprint descriptor).
            let list = fingerprints.as_array().filter(|list| !list.is_empty());
            let list = list.ok_or_else(|| malformed("\"fingerprints\" is no list with something in it"))?;
            let read = list.iter().take(MOST).map(|value| {
                value.as_object().ok_or_else(|| malformed("a fingerprint is no JSON object")).and_then(descriptor)
            });
            Ok(Document::Fingerprints(read.collect::<Result<_, _>>()?, expires))
        }
    }
}

/// The hashes that count. Others are left out; what has none never fits.
fn descriptor(object: &Map<String, Value>) -> Result<Descriptor, PoshError> {
    let mut hashes = Vec::new();
    for (index, (name, algorithm)) in HASHES.iter().enumerate() {
        let mut named = object.iter().filter(|(member, _)| member.eq_ignore_ascii_case(name));
        let Some((_, value)) = named.next() else { continue };
        let malformed = || PoshError::Malformed(alloc::format!("a fingerprint has a {name} that is none in base64"));
        // The RFC's own examples have blanks in them, and no padding here and there.
        let digits: String = value.as_str().ok_or_else(malformed)?.split_ascii_whitespace().collect();
        let hash = BASE64_NOPAD.decode(digits.trim_end_matches('=').as_bytes()).map_err(|_| malformed())?;
        if hash.len() != algorithm.output_len() {
            return Err(malformed());
        }
        hashes.push((index, hash));
    }
    Ok(Descriptor(hashes))
}

impl Descriptor {
    /// Whether every hash of it that counts is that of the certificate.
    fn is(&self, certificate: &[u8]) -> bool {
        let fits = |(index, hash): &(usize, Vec<u8>)| {
            HASHES.get(*index).is_some_and(|(_, algorithm)| digest(algorithm, certificate).as_ref() == hash.as_slice())
        };
        !self.0.is_empty() && self.0.iter().all(fits)
    }
}

/// By which certificates a domain says that it is served, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprints {
    pub(super) descriptors: Vec<Descriptor>,
    pub(super) until: Time,
    pub(super) url: String,
}

impl Fingerprints {
    /// Until when they hold.
    #[must_use]
    pub const fn until(&self) -> Time {
        self.until
    }

    /// Where they were.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether one of them is that of this certificate, and it is valid (section 6); until when.
    ///
    /// # Errors
    /// If none is, or it is not, or they hold no more.
    pub fn check(&self, certificate: &[u8], clock: Clock) -> Result<Time, PoshError> {
        //= https://www.rfc-editor.org/rfc/rfc7711#section-6
        //# The POSH client MUST NOT cache results (reference or fingerprints) indefinitely.
        let now = clock.latest().unwrap_or(clock.earliest());
        if now >= self.until {
            return Err(PoshError::Stale);
        }
        if !self.descriptors.iter().any(|descriptor| descriptor.is(certificate)) {
            return Err(PoshError::OtherCertificate);
        }
        let read = Certificate::from_der(certificate).map_err(|error| PoshError::Malformed(error.to_string()))?;
        let (from, until) = window(&read);
        //= https://www.rfc-editor.org/rfc/rfc7711#section-6
        //# a POSH client MUST NOT consider an expired PKIX certificate to be valid, in accordance with [RFC5280].
        match clock.is_within(from, until) {
            true => Ok(until.min(self.until)),
            false => Err(PoshError::CertificateDates),
        }
    }
}
