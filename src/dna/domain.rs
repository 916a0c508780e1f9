//! Domains as streams write them.

use alloc::string::{String, ToString};
use core::net::IpAddr;

use crate::name::NameBuf;

/// A domain from text in any script, as a name of A-labels (RFC 5890 section 2.3.2.1, RFC 7622 section
/// 3.2): `bücher.example` is `xn--bcher-kva.example.`. An address is no domain, nor is the root.
///
/// ```
/// use dnsproof::dna::domain;
/// assert_eq!(domain("Bücher.example").unwrap().to_string(), "xn--bcher-kva.example.");
/// for text in ["", ".", "192.0.2.1", "a b.example", "-.example", "example.com@x"] {
///     assert_eq!(domain(text), None, "{text}");
/// }
/// ```
#[must_use]
pub fn domain(text: &str) -> Option<NameBuf> {
    let text = text.strip_suffix('.').unwrap_or(text);
    // Nobody writes a domain of that length, and what it is mapped to takes time.
    if text.is_empty() || text.len() > 1024 {
        return None;
    }
    let ascii = idna::domain_to_ascii_strict(text).ok()?;
    if ascii.is_empty() || ascii.parse::<IpAddr>().is_ok() {
        return None;
    }
    ascii.parse().ok()
}

/// Without the dot at the end.
pub(super) fn shown_domain(name: &NameBuf) -> String {
    let text = name.to_string();
    text.strip_suffix('.').map_or_else(|| text.clone(), ToString::to_string)
}
