//! Types of proof.

use alloc::string::{String, ToString};
use core::fmt;

/// The type of a proof: a URI. Types compare as URIs do: the scheme without case, and in a URN the
/// identifier of the namespace too (RFC 3986 section 6.2.2.1, RFC 8141 section 3.1).
///
/// ```
/// use dnsproof::dna::ProofType;
/// let kind = ProofType::new("URN:IETF:params:dna:proof:dnssec-ta").unwrap();
/// assert_eq!(kind, ProofType::dnssec_ta());
/// assert_ne!(kind, ProofType::new("urn:ietf:params:dna:proof:DNSSEC-TA").unwrap());
/// assert_eq!(ProofType::new("dnssec-ta"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProofType(String);

impl ProofType {
    /// A certificate whose key is the zone's DNSSEC key.
    #[must_use]
    pub fn dnssec_ta() -> Self {
        Self("urn:ietf:params:dna:proof:dnssec-ta".to_string())
    }

    /// Any type; `None` if the text is no URI, or is longer than 255 octets.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let sound = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
            && !rest.is_empty()
            && rest.bytes().all(|octet| octet.is_ascii_graphic())
            && text.len() <= 255;
        let scheme = sound.then(|| scheme.to_ascii_lowercase())?;
        Some(Self(match rest.split_once(':') {
            Some((nid, rest)) if scheme == "urn" => alloc::format!("urn:{}:{rest}", nid.to_ascii_lowercase()),
            _ => alloc::format!("{scheme}:{rest}"),
        }))
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProofType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
