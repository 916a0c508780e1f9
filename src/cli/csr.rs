//! `dnsproof csr`: a certificate request, signed by a zone's own key.

use std::format;
use std::path::PathBuf;
use std::process::ExitCode;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::Args;
use cms::cert::x509::attr::AttributeTypeAndValue;
use cms::cert::x509::ext::AsExtension;
use cms::cert::x509::ext::pkix::SubjectAltName;
use cms::cert::x509::ext::pkix::name::{GeneralName, OtherName};
use cms::cert::x509::name::{RdnSequence, RelativeDistinguishedName};
use cms::cert::x509::request::{CertReq, CertReqInfo, ExtensionReq, Version};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use data_encoding::BASE64;
use der::asn1::{BitString, Ia5String, ObjectIdentifier, SetOfVec, Utf8StringRef};
use der::{Any, Decode, Encode, Tag};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::SigningKey;
use rustls_pki_types::PrivatePkcs8KeyDer;

use super::arguments::name;
use super::{keyfile, print};
use crate::binding::PublicKey;
use crate::delegation::Service;
use crate::name::NameBuf;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const XMPP_ADDR: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.5");
const SRV_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.7");

/// How a key signs a request, and how that is written: RFC 4055 section 5, RFC 5758 section 3.2, RFC 8410 section 3.
const ALGORITHMS: [(SignatureScheme, ObjectIdentifier); 4] = [
    (SignatureScheme::RSA_PKCS1_SHA256, ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11")),
    (SignatureScheme::ECDSA_NISTP256_SHA256, ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2")),
    (SignatureScheme::ECDSA_NISTP384_SHA384, ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3")),
    (SignatureScheme::ED25519, ObjectIdentifier::new_unwrap("1.3.101.112")),
];

#[derive(Args, Debug)]
pub(super) struct Csr {
    /// The zone's private key: BIND's K*.private (its K*.key beside it, or --name), or PKCS#8 in PEM
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
    let key = keyfile::read(&arguments.file, arguments.name.is_some())?;
    let pair = any_supported_type(&PrivatePkcs8KeyDer::from(key.pkcs8.as_slice()).into());
    let pair = pair.map_err(|error| at(&format!("the key cannot sign a request: {error}")))?;
    let spki = pair.public_key().ok_or_else(|| at("the key does not say what its public part is"))?;
    // What will be certified has to be what the zone has.
    let certified = PublicKey::from_spki(&spki).map_err(|refusal| at(&refusal.to_string()))?;
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
    let request = request(domain, &names, &spki, &*pair);
    let request = request.map_err(|error| at(&format!("the request cannot be made: {error}")))?;
    print(&armoured("CERTIFICATE REQUEST", &request))?;
    Ok(ExitCode::SUCCESS)
}

/// The request in DER (RFC 2986 section 4).
fn request(domain: &str, names: &SubjectAltName, spki: &[u8], pair: &dyn SigningKey) -> Result<Vec<u8>, String> {
    let failed = |error: der::Error| error.to_string();
    let info = || -> der::Result<CertReqInfo> {
        let mut subject = RdnSequence::default();
        // RFC 5280 appendix A.1: a common name has up to 64 characters. No one has to look at it.
        if domain.len() <= 64 {
            let value = Any::encode_from(&Utf8StringRef::new(domain)?)?;
            let name = AttributeTypeAndValue { oid: COMMON_NAME, value };
            subject.0.push(RelativeDistinguishedName(SetOfVec::try_from([name])?));
        }
        let extension = names.to_extension(&subject, &[])?;
        Ok(CertReqInfo {
            version: Version::V1,
            subject,
            public_key: Decode::from_der(spki)?,
            attributes: SetOfVec::try_from([ExtensionReq(std::vec![extension]).try_into()?])?,
        })
    };
    let info = info().map_err(failed)?;
    let signer = ALGORITHMS.iter().find_map(|(scheme, oid)| Some((pair.choose_scheme(&[*scheme])?, scheme, *oid)));
    let (signer, scheme, oid) = signer.ok_or("keys of this kind sign no requests here")?;
    let signature = signer.sign(&info.to_der().map_err(failed)?).map_err(|error| error.to_string())?;
    let parameters = (*scheme == SignatureScheme::RSA_PKCS1_SHA256).then(Any::null);
    let algorithm = AlgorithmIdentifierOwned { oid, parameters };
    let signature = BitString::from_bytes(&signature).map_err(failed)?;
    CertReq { info, algorithm, signature }.to_der().map_err(failed)
}

/// DER as text (RFC 7468 section 2).
fn armoured(label: &str, der: &[u8]) -> String {
    let digits = BASE64.encode(der);
    let lines = digits.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

/// The names that the certificate is to have.
fn alternative_names(domain: &str, arguments: &Csr) -> Result<SubjectAltName, String> {
    let written = || -> der::Result<SubjectAltName> {
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
        Ok(SubjectAltName(names))
    };
    written().map_err(|error| error.to_string())
}
