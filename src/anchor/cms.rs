//! The detached signature beside IANA's trust anchors (RFC 9718 section 2.3, RFC 5652).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use cms::cert::CertificateChoices;
use cms::cert::x509::Certificate;
use cms::cert::x509::ext::pkix::{KeyUsage, KeyUsages, SubjectKeyIdentifier};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use ring::digest::{self, Context};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use webpki::{EndEntityCert, ring as algorithms};

use crate::time::Time;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
/// The extended key usage emailProtection, 1.3.6.1.5.5.7.3.4: S/MIME is what this signature is.
const EMAIL_PROTECTION: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 4];

/// Signatures that certificates may have: no SHA-1, no RSA key of less than 2048 bits.
pub(crate) static CERTIFICATE_SIGNATURES: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ED25519,
];

/// Why a signature over a file of trust anchors does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// No certificate of a CA was given, or none can be read.
    NoCa(String),
    /// The signature cannot be read as CMS in DER.
    Malformed(String),
    /// It is CMS, but no detached signature.
    NotDetached,
    /// Nobody has signed.
    NoSigner,
    /// The signer's certificate is not in it.
    NoCertificate,
    /// The signer's certificate does not lead to the CA, or is for other uses.
    Certificate(String),
    /// The signer's certificate, or one above it, has ended.
    Expired {
        /// Its end.
        ended: Time,
    },
    /// The signer's certificate, or one above it, has not begun.
    NotYetValid {
        /// Its beginning.
        begins: Time,
    },
    /// The signer's certificate, or one above it, may not sign such things.
    KeyUsage,
    /// An algorithm that does not count, SHA-1 among them.
    Algorithm(String),
    /// What is signed has another digest: the file is not the one that was signed.
    Digest,
    /// The attributes that are signed do not say what the content is.
    Attributes,
    /// The signature does not fit.
    Invalid,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCa(why) => write!(f, "no certificate of a CA: {why}"),
            Self::Malformed(why) => write!(f, "the signature is no CMS in DER: {why}"),
            Self::NotDetached => f.write_str("the signature is not a detached one"),
            Self::NoSigner => f.write_str("nobody has signed"),
            Self::NoCertificate => f.write_str("the signer's certificate is not in the signature"),
            Self::Certificate(why) => write!(f, "the signer's certificate does not hold under the CA: {why}"),
            Self::Expired { ended } => {
                write!(f, "the signer's certificate, or one above it, ended at second {}", ended.0)
            }
            Self::NotYetValid { begins } => {
                write!(f, "the signer's certificate, or one above it, begins at second {}", begins.0)
            }
            Self::KeyUsage => f.write_str("the signer's certificate, or one above it, is not for signing"),
            Self::Algorithm(oid) => write!(f, "the algorithm {oid} does not count"),
            Self::Digest => f.write_str("the file is not the one that was signed"),
            Self::Attributes => f.write_str("the signed attributes do not say what was signed"),
            Self::Invalid => f.write_str("the signature does not fit"),
        }
    }
}

impl core::error::Error for SignatureError {}

/// Checks the detached CMS signature over a file of trust anchors: IANA's `root-anchors.p7s` over
/// `root-anchors.xml`.
///
/// `ca` has the certificates that the caller trusts for this, as PEM: for IANA, ICANN's CA. There
/// is no default. `signature` is DER. Every signer has to hold: its certificate leads to the CA at
/// the time `now`, may sign, and is for S/MIME if it says what it is for; the digest is SHA-2.
///
/// # Errors
/// If anything of that is not so.
pub fn check_signature(content: &[u8], signature: &[u8], ca: &[u8], now: Time) -> Result<(), SignatureError> {
    let no_ca = |why: &dyn fmt::Display| SignatureError::NoCa(why.to_string());
    let cas: Vec<CertificateDer<'_>> =
        CertificateDer::pem_slice_iter(ca).collect::<Result<_, _>>().map_err(|error| no_ca(&error))?;
    let anchors = cas.iter().map(webpki::anchor_from_trusted_cert).collect::<Result<Vec<_>, _>>();
    let anchors = anchors.map_err(|error| no_ca(&error))?;
    if anchors.is_empty() {
        return Err(no_ca(&"the file has none in PEM"));
    }
    let malformed = |error: der::Error| SignatureError::Malformed(error.to_string());
    let info = ContentInfo::from_der(signature).map_err(malformed)?;
    if info.content_type != SIGNED_DATA {
        return Err(SignatureError::NotDetached);
    }
    let signed: SignedData = info.content.decode_as().map_err(malformed)?;
    if signed.encap_content_info.econtent_type != DATA || signed.encap_content_info.econtent.is_some() {
        return Err(SignatureError::NotDetached);
    }
    let mut certificates = Vec::new();
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        if let CertificateChoices::Certificate(certificate) = choice {
            let der = CertificateDer::from(certificate.to_der().map_err(malformed)?);
            certificates.push((certificate, der));
        }
    }
    if signed.signer_infos.0.is_empty() {
        return Err(SignatureError::NoSigner);
    }
    for signer in signed.signer_infos.0.iter() {
        check_signer(content, signer, &certificates, &anchors, now)?;
    }
    Ok(())
}

fn check_signer(
    content: &[u8],
    signer: &SignerInfo,
    certificates: &[(&Certificate, CertificateDer<'_>)],
    anchors: &[rustls_pki_types::TrustAnchor<'_>],
    now: Time,
) -> Result<(), SignatureError> {
    let own = certificates.iter().find(|(certificate, _)| is_of(&signer.sid, certificate));
    let (own, own_der) = own.ok_or(SignatureError::NoCertificate)?;
    let does_not_hold = |error: webpki::Error| match error {
        webpki::Error::UnknownIssuer => SignatureError::Certificate("it does not lead there".to_string()),
        webpki::Error::CertExpired { not_after, .. } => SignatureError::Expired { ended: Time(not_after.as_secs()) },
        webpki::Error::CertNotValidYet { not_before, .. } => {
            SignatureError::NotYetValid { begins: Time(not_before.as_secs()) }
        }
        other => SignatureError::Certificate(other.to_string()),
    };
    let end = EndEntityCert::try_from(own_der).map_err(does_not_hold)?;
    let others: Vec<CertificateDer<'_>> = certificates.iter().map(|(_, der)| der.clone()).collect();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(now.0));
    let usage = webpki::KeyUsage::required_if_present(EMAIL_PROTECTION);
    let path = end
        .verify_for_usage(CERTIFICATE_SIGNATURES, anchors, &others, time, usage, None, None)
        .map_err(does_not_hold)?;
    let may_sign = |certificate: &Certificate, bits: &[KeyUsages]| match certificate.tbs_certificate.get::<KeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, usage))) => bits.iter().any(|bit| usage.0.contains(*bit)),
        Err(_) => false,
    };
    if !may_sign(own, &[KeyUsages::DigitalSignature, KeyUsages::NonRepudiation]) {
        return Err(SignatureError::KeyUsage);
    }
    for above in path.intermediate_certificates() {
        let above =
            Certificate::from_der(&above.der()).map_err(|error| SignatureError::Malformed(error.to_string()))?;
        if !may_sign(&above, &[KeyUsages::KeyCertSign]) {
            return Err(SignatureError::KeyUsage);
        }
    }
    let unknown = |oid: ObjectIdentifier| SignatureError::Algorithm(oid.to_string());
    let digest_of = match signer.digest_alg.oid {
        SHA256 => &digest::SHA256,
        SHA384 => &digest::SHA384,
        SHA512 => &digest::SHA512,
        other => return Err(unknown(other)),
    };
    let mut context = Context::new(digest_of);
    context.update(content);
    let digest = context.finish();
    // RFC 5652 section 5.4: with attributes they are what is signed, and the digest is one of them.
    let message = match &signer.signed_attrs {
        None => content.to_vec(),
        Some(attributes) => {
            let one = |oid: ObjectIdentifier| {
                let mut values = attributes.iter().filter(|attribute| attribute.oid == oid);
                match (values.next().map(|attribute| attribute.values.as_slice()), values.next()) {
                    (Some([value]), None) => Ok(value),
                    _ => Err(SignatureError::Attributes),
                }
            };
            let stated: OctetString = one(MESSAGE_DIGEST)?.decode_as().map_err(|_| SignatureError::Attributes)?;
            let kind: ObjectIdentifier = one(CONTENT_TYPE)?.decode_as().map_err(|_| SignatureError::Attributes)?;
            if kind != DATA {
                return Err(SignatureError::Attributes);
            }
            if stated.as_bytes() != digest.as_ref() {
                return Err(SignatureError::Digest);
            }
            attributes.to_der().map_err(|error| SignatureError::Malformed(error.to_string()))?
        }
    };
    let oid = signer.signature_algorithm.oid;
    let candidates: &[&dyn SignatureVerificationAlgorithm] = match (oid, signer.digest_alg.oid) {
        (RSA | RSA_SHA256, SHA256) => &[algorithms::RSA_PKCS1_2048_8192_SHA256],
        (RSA | RSA_SHA384, SHA384) => &[algorithms::RSA_PKCS1_2048_8192_SHA384],
        (RSA | RSA_SHA512, SHA512) => &[algorithms::RSA_PKCS1_2048_8192_SHA512],
        (ECDSA_SHA256, SHA256) => &[algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
        (ECDSA_SHA384, SHA384) => &[algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
        _ => return Err(unknown(oid)),
    };
    let holds = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        end.verify_signature(*algorithm, &message, signer.signature.as_bytes()).is_ok()
    };
    match candidates.iter().any(holds) {
        true => Ok(()),
        // Without attributes the digest is not written down anywhere: then it is one or the other.
        false => Err(SignatureError::Invalid),
    }
}

/// Whether the signer is the subject of the certificate (RFC 5652 section 5.3).
fn is_of(signer: &SignerIdentifier, certificate: &Certificate) -> bool {
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(sid) => {
            let stated = &certificate.tbs_certificate;
            sid.issuer == stated.issuer && sid.serial_number == stated.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(sid) => {
            let stated = certificate.tbs_certificate.get::<SubjectKeyIdentifier>();
            stated.ok().flatten().is_some_and(|(_, stated)| stated == *sid)
        }
    }
}
