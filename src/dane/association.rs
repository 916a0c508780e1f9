//! TLSA records that can be used, and which of them count.

use alloc::vec::Vec;
use core::fmt;

use cms::cert::x509::Certificate;
use der::{Decode, Encode};
use ring::digest::{SHA256, SHA512, digest};

use crate::wire::rdata::Tlsa;

/// One TLSA record that can be used (RFC 6698 section 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Association {
    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    pub usage: u8,
    /// 0 the whole certificate, 1 its public key.
    pub selector: u8,
    /// 0 the octets themselves, 1 their SHA-256, 2 their SHA-512.
    pub matching_type: u8,
    /// What to compare with.
    pub data: Vec<u8>,
}

/// `3 1 1`
impl fmt::Display for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.usage, self.selector, self.matching_type)
    }
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLSA {self} ({} octets)", self.data.len())
    }
}

/// Why a TLSA record cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Nobody has said what its certificate usage means.
    Usage(u8),
    /// It asks for a public CA, which this protocol does not use (RFC 7672 section 3.1.3).
    Pkix(u8),
    /// Nobody has said what its selector means.
    Selector(u8),
    /// Nobody has said what its matching type means.
    MatchingType(u8),
    /// A digest of the wrong length, or no certificate or key where there should be one.
    Data,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(usage) => write!(f, "certificate usage {usage} is unknown"),
            Self::Pkix(usage) => {
                write!(f, "certificate usage {usage} asks for a public CA, which this protocol does not use")
            }
            Self::Selector(selector) => write!(f, "selector {selector} is unknown"),
            Self::MatchingType(matching) => write!(f, "matching type {matching} is unknown"),
            Self::Data => f.write_str("its data is no certificate, no key, or no digest of the right length"),
        }
    }
}

/// The records that can be used, without those whose digest is weaker than another one for the same usage and selector
/// (RFC 7671 section 9); and why the others cannot. `pkix` says whether usages 0 and 1 are for this protocol.
#[must_use]
pub fn usable(records: &[Tlsa<'_>], pkix: bool) -> (Vec<Association>, Vec<Unusable>) {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for record in records {
        match check(record, pkix) {
            Ok(association) => found.push(association),
            Err(why) => others.push(why),
        }
    }
    //= https://www.rfc-editor.org/rfc/rfc7671#section-9
    //# For each usage and selector, the client SHOULD process only any usable records with a matching type of Full(0)
    //# and the usable records whose digest algorithm is considered by the client to be the strongest
    let strongest = |like: &Association| {
        let same = found.iter().filter(|other| (other.usage, other.selector) == (like.usage, like.selector));
        same.map(|other| other.matching_type).max().unwrap_or(0)
    };
    let counts: Vec<bool> = found
        .iter()
        .map(|association| association.matching_type == 0 || association.matching_type == strongest(association))
        .collect();
    let mut counts = counts.into_iter();
    found.retain(|_| counts.next().unwrap_or(false));
    (found, others)
}

fn check(record: &Tlsa<'_>, pkix: bool) -> Result<Association, Unusable> {
    let Tlsa { usage, selector, matching_type, data } = *record;
    //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
    //# If a certificate association contains a certificate usage, selector, or matching type that is not understood by
    //# the TLS client, that certificate association MUST be considered unusable.
    match usage {
        0 | 1 if !pkix => return Err(Unusable::Pkix(usage)),
        0..=3 => {}
        other => return Err(Unusable::Usage(other)),
    }
    if selector > 1 {
        return Err(Unusable::Selector(selector));
    }
    //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
    //# If the comparison data for a certificate is malformed, the certificate association MUST be considered unusable.
    let sound = match (matching_type, selector) {
        (0, 0) => Certificate::from_der(data).is_ok(),
        (0, _) => cms::cert::x509::spki::SubjectPublicKeyInfoOwned::from_der(data).is_ok(),
        (1, _) => data.len() == 32,
        (2, _) => data.len() == 64,
        (other, _) => return Err(Unusable::MatchingType(other)),
    };
    match sound {
        true => Ok(Association { usage, selector, matching_type, data: data.to_vec() }),
        false => Err(Unusable::Data),
    }
}

/// The public key of a certificate, as the octets of its `SubjectPublicKeyInfo`.
pub(super) fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let read = Certificate::from_der(certificate).ok()?;
    read.tbs_certificate.subject_public_key_info.to_der().ok()
}

impl Association {
    //= https://www.rfc-editor.org/rfc/rfc6698#section-6
    //# TLS clients conforming to this specification MUST be able to compare a certificate association with a
    //# certificate from the TLS handshake using selector types 0 and 1, and matching type 0 (no hash used) and matching
    //# type 1 (SHA-256), and SHOULD be able to make such comparisons with matching type 2 (SHA-512).
    /// Whether this certificate is the one (RFC 6698 section 2.1).
    #[must_use]
    pub fn is(&self, certificate: &[u8]) -> bool {
        match self.selector {
            0 => self.fits(certificate),
            _ => public_key(certificate).is_some_and(|key| self.fits(&key)),
        }
    }

    //= https://www.rfc-editor.org/rfc/rfc6698#section-6
    //# TLS clients conforming to this specification MUST be able to compare a certificate association with a
    //# certificate from the TLS handshake using selector types 0 and 1, and matching type 0 (no hash used) and matching
    //# type 1 (SHA-256), and SHOULD be able to make such comparisons with matching type 2 (SHA-512).
    /// Whether these are the octets, or their digest is.
    pub(super) fn fits(&self, octets: &[u8]) -> bool {
        match self.matching_type {
            0 => self.data == octets,
            1 => self.data == digest(&SHA256, octets).as_ref(),
            2 => self.data == digest(&SHA512, octets).as_ref(),
            _ => false,
        }
    }
}
