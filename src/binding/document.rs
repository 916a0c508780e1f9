//! Certificates in the forms in which they are handed out.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, Tag};
use rustls_pki_types::CertificateDer;

use super::pem::{PemError, pem};
use super::{Refusal, Rules};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// The certificates of a document: DER, PEM, several in PEM, or PKCS#7 with certificates only (RFC 5652
/// section 5, in DER or PEM). Which it is, is seen from the content.
///
/// # Errors
/// If it is longer than the rules allow, has too many, none, or one that cannot be unwrapped; or if a
/// private key is beside it.
pub fn certificates(document: &[u8], rules: &Rules) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    if document.len() > rules.octets {
        return Err(Refusal::DocumentTooLarge { allowed: rules.octets });
    }
    let mut found = Vec::new();
    match document {
        [0x30, ..] => unwrap(document, &mut found)?,
        text => {
            let malformed = |error: PemError| Refusal::Malformed(error.to_string());
            let text = str::from_utf8(text).map_err(|_| Refusal::Malformed("it is neither DER nor PEM".to_string()))?;
            for part in pem(text) {
                let (label, octets) = part.map_err(malformed)?;
                match label {
                    "CERTIFICATE" | "X509 CERTIFICATE" => found.push(octets.into()),
                    "PKCS7" | "CMS" => unwrap(&octets, &mut found)?,
                    label if label.ends_with("PRIVATE KEY") => return Err(Refusal::PrivateKeyPublished),
                    _ => {}
                }
            }
        }
    }
    match found.len() {
        0 => Err(Refusal::NoCertificate),
        count if count > rules.certificates => Err(Refusal::TooManyCertificates { allowed: rules.certificates }),
        _ => Ok(found),
    }
}

/// A certificate begins with a sequence, PKCS#7 with an identifier.
fn unwrap(der: &[u8], found: &mut Vec<CertificateDer<'static>>) -> Result<(), Refusal> {
    let malformed = |error: der::Error| Refusal::Malformed(error.to_string());
    let first = AnyRef::from_der(der).and_then(|whole| {
        whole.sequence(|reader| {
            let first = reader.peek_byte();
            reader.read_slice(reader.remaining_len())?;
            Ok(first)
        })
    });
    if first.map_err(malformed)? != Some(Tag::ObjectIdentifier.octet()) {
        found.push(der.to_vec().into());
        return Ok(());
    }
    let info = ContentInfo::from_der(der).map_err(malformed)?;
    if info.content_type != SIGNED_DATA {
        return Err(Refusal::Malformed(format!("PKCS#7 of the type {}", info.content_type)));
    }
    let signed: SignedData = info.content.decode_as().map_err(malformed)?;
    for choice in signed.certificates.iter().flat_map(|set| set.0.iter()) {
        if let CertificateChoices::Certificate(certificate) = choice {
            found.push(certificate.to_der().map_err(malformed)?.into());
        }
    }
    Ok(())
}
