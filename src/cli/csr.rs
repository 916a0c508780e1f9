//! `dnsproof csr`: a certificate request, signed by a zone's own key.

use std::format;
use std::path::PathBuf;
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;
use cms::cert::x509::ext::pkix::SubjectAltName;
use cms::cert::x509::ext::pkix::name::{GeneralName, OtherName};
use der::asn1::{Ia5String, ObjectIdentifier, Utf8StringRef};
use der::{Any, Encode, Tag};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, PublicKeyData};

use super::arguments::name;
use super::{keyfile, print};
use crate::binding::PublicKey;
use crate::delegation::Service;
use crate::name::NameBuf;

const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
const XMPP_ADDR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.5");
const SRV_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.7");

#[derive(Args, Debug)]
pub(super) struct Csr {
    /// The zone's private key: BIND's K*.private (its K*.key beside it), or PKCS#8 in PEM
    #[arg(value_name = "KEYFILE")]
    file: PathBuf,
    /// The domain that the certificate is for [default: the zone, from K*.key]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<NameBuf>,
    /// Ask for an SRVName of this service too: xmpp-server; repeatable
    #[arg(long, value_name = "SERVICE")]
    srv: Vec<Service>,
    /// Ask for an XmppAddr too
    #[arg(long)]
    xmpp: bool,
}

pub(super) fn run(arguments: &Csr) -> Result<ExitCode, String> {
    let file = arguments.file.display();
    let at = |why: &str| format!("{file}: {why}");
    let key = keyfile::read(&arguments.file)?;
    let pair = KeyPair::try_from(&key.pkcs8());
    let pair = pair.map_err(|error| at(&format!("the key cannot sign a request: {error}")))?;
    // What will be certified has to be what the zone has.
    let certified =
        PublicKey::from_spki(&pair.subject_public_key_info()).map_err(|refusal| at(&refusal.to_string()))?;
    if key.dnskey.as_ref().is_some_and(|(_, public)| *public != certified) {
        return Err(at("the private key does not belong to the DNSKEY record beside it"));
    }
    let zone = key.dnskey.as_ref().map(|(zone, _)| *zone);
    let name = arguments.name.or(zone).ok_or_else(|| at("--name has to say which domain the certificate is for"))?;
    if let Some(zone) = zone.filter(|zone| !name.as_name().is_at_or_below(&zone.as_name())) {
        return Err(format!("{name} is not in the zone {zone} that the key is for"));
    }
    let domain = name.to_string();
    let domain = domain.strip_suffix('.').unwrap_or_default();
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    if domain.is_empty() || !domain.bytes().all(plain) {
        return Err(format!("{name} is no name that a certificate can be for"));
    }
    let names = alternative_names(domain, arguments).map_err(|error| format!("{name}: {error}"))?;
    let mut asked = CertificateParams::default();
    asked.distinguished_name = DistinguishedName::new();
    // RFC 5280 appendix A.1: a common name has up to 64 characters. No one has to look at it.
    if domain.len() <= 64 {
        asked.distinguished_name.push(DnType::CommonName, domain);
    }
    asked.custom_extensions = std::vec![CustomExtension::from_oid_content(SUBJECT_ALT_NAME, names)];
    let request = asked.serialize_request(&pair).and_then(|request| request.pem());
    let request = request.map_err(|error| at(&format!("the request cannot be made: {error}")))?;
    print(request.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// The names in DER.
fn alternative_names(domain: &str, arguments: &Csr) -> Result<Vec<u8>, String> {
    let written = || -> der::Result<Vec<u8>> {
        let mut names = std::vec![GeneralName::DnsName(Ia5String::new(domain)?)];
        for service in &arguments.srv {
            let label = String::from_utf8_lossy(service.label()).to_string();
            let value = Any::new(Tag::Ia5String, format!("{label}.{domain}").into_bytes())?;
            names.push(GeneralName::OtherName(OtherName { type_id: SRV_NAME, value }));
        }
        if arguments.xmpp {
            let value = Any::encode_from(&Utf8StringRef::new(domain)?)?;
            names.push(GeneralName::OtherName(OtherName { type_id: XMPP_ADDR, value }));
        }
        SubjectAltName(names).to_der()
    };
    written().map_err(|error| error.to_string())
}
