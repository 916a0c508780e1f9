//! Which names a certificate has, and whether one of them is the one that is wanted.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use cms::cert::x509::Certificate;
use cms::cert::x509::ext::pkix::SubjectAltName;
use cms::cert::x509::ext::pkix::name::GeneralName;
use der::asn1::{Ia5StringRef, ObjectIdentifier, Utf8StringRef};

use super::Refusal;
use crate::name::{Name, NameBuf};

/// RFC 6120 section 13.7.1.4.
const XMPP_ADDR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.5");
/// RFC 4985 section 2.
const SRV_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.7");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Who a certificate has to be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The domain.
    pub source: Name<'a>,
    /// The service, with its underscore: `_xmpp-server`. A name that is for one service only counts
    /// for no other, so without a service only a dNSName counts.
    pub service: Option<&'a [u8]>,
}

/// The name by which a certificate is for a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A dNSName (RFC 5280 section 4.2.1.6).
    DnsName,
    /// An SRVName for the service (RFC 4985).
    SrvName,
    /// An XmppAddr (RFC 6120 section 13.7.1.4), for XMPP's services.
    XmppAddr,
    /// A dNSName whose first label is `*`, which stands for one label (RFC 9525 section 6.3). It says who a server is,
    /// and never who speaks for a zone.
    Wildcard,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DnsName => "dNSName",
            Self::SrvName => "SRVName",
            Self::XmppAddr => "XmppAddr",
            Self::Wildcard => "a wildcard",
        })
    }
}

/// A name of a certificate.
enum Presented {
    Dns(String),
    Srv(String),
    Xmpp(String),
    Other,
}

impl Presented {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Dns(text) | Self::Srv(text) | Self::Xmpp(text) => Some(text),
            Self::Other => None,
        }
    }
}

/// The strongest name by which the certificate is for the domain. Names are compared as DNS names,
/// without case; a wildcard does not count, nor does the common name (RFC 9525 section 6.3 leaves both
/// to the application).
pub(super) fn identify(certificate: &Certificate, wanted: &Wanted<'_>) -> Result<Identity, Refusal> {
    let presented = presented(certificate)?;
    let is_source = |text: &str| host(text).is_some_and(|name| name == wanted.source);
    let names = |test: &dyn Fn(&Presented) -> bool| presented.iter().any(test);
    if names(&|name| matches!(name, Presented::Dns(text) if is_source(text))) {
        return Ok(Identity::DnsName);
    }
    if let Some(service) = wanted.service {
        let for_service = |text: &str| {
            let (label, rest) = text.split_once('.')?;
            (label.as_bytes().eq_ignore_ascii_case(service) && is_source(rest)).then_some(())
        };
        if names(&|name| matches!(name, Presented::Srv(text) if for_service(text).is_some())) {
            return Ok(Identity::SrvName);
        }
        let is_xmpp = [&b"_xmpp-"[..], b"_xmpps-"].iter().any(|prefix| starts_with(service, prefix));
        if is_xmpp && names(&|name| matches!(name, Presented::Xmpp(text) if is_source(text))) {
            return Ok(Identity::XmppAddr);
        }
    }
    let wildcard = |text: &&str| {
        let above = text.strip_prefix("*.").and_then(host);
        above.is_some_and(|above| wanted.source.is_at_or_below(&above.as_name()))
    };
    let texts = || presented.iter().filter_map(Presented::text);
    if let Some(found) = texts().find(wildcard) {
        return Err(Refusal::WildcardOnly { found: shown(found) });
    }
    let found: Vec<String> = texts().take(8).map(shown).collect();
    if found.is_empty()
        && let Some(found) = common_names(certificate).into_iter().find(|text| is_source(text))
    {
        return Err(Refusal::CommonNameOnly { found: shown(&found) });
    }
    Err(Refusal::OtherName { wanted: wanted.source.to_string(), found: found.join(", ") })
}

fn starts_with(octets: &[u8], prefix: &[u8]) -> bool {
    octets.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// A host name as certificates write it: letters, digits, hyphens and underscores, no dot at the end
/// (RFC 5280 section 4.2.1.6, RFC 1034 section 3.5). Whatever else is there does not match.
fn host(text: &str) -> Option<NameBuf> {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    let sound = !text.is_empty() && text.bytes().all(plain) && !text.ends_with('.');
    sound.then(|| text.parse().ok()).flatten()
}

/// What a stranger wrote, for a line of text.
fn shown(text: &str) -> String {
    text.chars().take(255).collect::<String>().escape_default().to_string()
}

fn presented(certificate: &Certificate) -> Result<Vec<Presented>, Refusal> {
    let malformed = |error: der::Error| Refusal::Malformed(format!("its names: {error}"));
    let Some((_, names)) = certificate.tbs_certificate.get::<SubjectAltName>().map_err(malformed)? else {
        return Ok(Vec::new());
    };
    let read = |name: &GeneralName| match name {
        GeneralName::DnsName(text) => Presented::Dns(text.to_string()),
        GeneralName::OtherName(other) if other.type_id == SRV_NAME => {
            let text = other.value.decode_as::<Ia5StringRef<'_>>();
            text.map_or(Presented::Other, |text| Presented::Srv(text.to_string()))
        }
        GeneralName::OtherName(other) if other.type_id == XMPP_ADDR => {
            let text = other.value.decode_as::<Utf8StringRef<'_>>();
            text.map_or(Presented::Other, |text| Presented::Xmpp(text.to_string()))
        }
        _ => Presented::Other,
    };
    Ok(names.0.iter().map(read).collect())
}

fn common_names(certificate: &Certificate) -> Vec<String> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|set| set.0.iter());
    let named = parts.filter(|part| part.oid == COMMON_NAME);
    named.filter_map(|part| core::str::from_utf8(part.value.value()).ok().map(ToString::to_string)).collect()
}
