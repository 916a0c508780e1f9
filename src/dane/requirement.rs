//! Whether what a server presents is what its TLSA records say.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cms::cert::x509::Certificate;
use der::{Decode, Encode};
use rustls_pki_types::{CertificateDer, Der, TrustAnchor};

use super::Association;
use super::association::public_key;
use crate::binding::{Authorities, Refusal, Vouched, Wanted, vouched};
use crate::name::NameBuf;
use crate::time::{Clock, Time};

/// TLSA records that are looked at: far more than a service has while its certificates are changed (RFC 7671 section 8).
const ASSOCIATIONS: usize = 64;
/// Certificates of a chain that are looked at, the server's own among them: `webpki` allows six CAs above it.
const CERTIFICATES: usize = 16;
/// Trust anchors of DANE-TA records whose paths are tried: each may cost 100 signatures and 200 000 steps, which is what
/// `webpki` allows.
const PATHS: u8 = 8;

/// What authenticates a server: one of its secure TLSA records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The records that count; at least one.
    pub associations: Vec<Association>,
    /// Names that the certificate may have, the TLSA base domain first. They do not matter to DANE-EE.
    pub names: Vec<NameBuf>,
    /// The service, `_xmpp-server`, for names that are for one service only.
    pub service: Option<Vec<u8>>,
    /// What to ask the server for: the name in the SNI extension.
    pub sni: NameBuf,
    /// Until when the records hold.
    pub valid_until: Time,
}

/// What authenticates the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The TLSA record that fits.
    pub association: Association,
    /// The name that the certificate was found to have; `None` for DANE-EE, where names do not matter.
    pub name: Option<NameBuf>,
    /// Until when that holds: the records, and, but for DANE-EE, the certificates.
    pub valid_until: Time,
}

/// Nothing authenticates the server: it must not be talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// For each record that was looked at why it does not.
    pub why: Vec<(Association, MismatchCause)>,
    /// How many records were not looked at, since there are more than 64. They authenticate nobody.
    pub records_left: usize,
    /// How many certificates were not looked at, since the server presents more than 16. They lead nowhere.
    pub certificates_left: usize,
}

/// Why a TLSA record does not authenticate a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchCause {
    /// None of the certificates is the one.
    NotPresented,
    /// The certificate is there, but the path from the server's own to it does not hold.
    Path(Refusal),
    /// The path to a CA of the caller's does not go through it.
    OtherCa(String),
    /// The records hold no more.
    Ended,
    /// The certificate is there, but whether a path from the server's own to it holds was not tried: those to eight others
    /// do not.
    NotTried,
}

impl fmt::Display for MismatchCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPresented => f.write_str("no certificate of the server fits"),
            Self::Path(refusal) => refusal.fmt(f),
            Self::OtherCa(ca) => write!(f, "the path leads to {ca}"),
            Self::Ended => f.write_str("the record holds no more"),
            Self::NotTried => f.write_str("its path was not tried after those of so many others"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no TLSA record fits")?;
        for (index, (association, cause)) in self.why.iter().enumerate() {
            write!(f, "{} TLSA {association}: {cause}", if index == 0 { ":" } else { ";" })?;
        }
        match self.records_left {
            0 => {}
            left => write!(f, "; not looked at: {left} more records")?,
        }
        match self.certificates_left {
            0 => Ok(()),
            left => write!(f, "; not looked at: {left} more certificates"),
        }
    }
}

impl core::error::Error for Mismatch {}

impl Requirement {
    //= https://www.rfc-editor.org/rfc/rfc7671#section-4.1
    //# However, if usable secure TLSA records are published, then authentication MUST succeed.
    /// Whether one of the records fits the certificates that the server presents, its own first. `authorities` are the
    /// public CAs that usages 0 and 1 need; an empty set makes none of those fit.
    ///
    /// Of the records the first 64 are looked at, of the certificates the first 16, and no more than eight paths are tried
    /// for DANE-TA and one for both usages of public CAs: so much work there is, whatever a zone and a server have.
    ///
    /// # Errors
    /// If none does: for each record why, and how much was not looked at.
    pub fn check(
        &self,
        chain: &[CertificateDer<'_>],
        authorities: &Authorities,
        clock: Clock,
    ) -> Result<Authenticated, Mismatch> {
        let looked_at = chain.get(..CERTIFICATES).unwrap_or(chain);
        let mut judge = Judge { requirement: self, chain: looked_at, authorities, clock, public: None, paths: 0 };
        //= https://www.rfc-editor.org/rfc/rfc9102#section-7
        //# This RRset MUST NOT be used beyond its received TTL.
        let ended = !clock.is_within(Time(0), self.valid_until);
        let mut why = Vec::new();
        for association in self.associations.iter().take(ASSOCIATIONS) {
            let done = if ended { Err(MismatchCause::Ended) } else { judge.one(association) };
            match done {
                Ok((name, until)) => {
                    let valid_until = until.min(self.valid_until);
                    return Ok(Authenticated { association: association.clone(), name, valid_until });
                }
                Err(cause) => why.push((association.clone(), cause)),
            }
        }
        let records_left = self.associations.len().saturating_sub(ASSOCIATIONS);
        let certificates_left = chain.len().saturating_sub(CERTIFICATES);
        Err(Mismatch { why, records_left, certificates_left })
    }

    //= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
    //# With the exception of TLSA certificate usage DANE-EE(3), where name checks are not applicable (see Section 5.1),
    //# DANE clients MUST verify that the client has reached the correct server by checking that the server name is
    //# listed in the server certificate's SAN or CN (when still supported).
    fn path(&self, chain: &[CertificateDer<'_>], authorities: &Authorities, clock: Clock) -> Result<Vouched, Refusal> {
        let service = self.service.as_deref();
        let names: Vec<Wanted<'_>> = self.names.iter().map(|name| Wanted { source: name.as_name(), service }).collect();
        vouched(chain, &names, authorities, clock)
    }
}

/// Judges what one server presents, record by record.
struct Judge<'a> {
    requirement: &'a Requirement,
    chain: &'a [CertificateDer<'a>],
    authorities: &'a Authorities,
    clock: Clock,
    /// The path to the caller's CAs, once it was looked for: it is the same for all records.
    public: Option<Result<Vouched, Refusal>>,
    /// How many paths to trust anchors of records were tried.
    paths: u8,
}

impl Judge<'_> {
    //= https://www.rfc-editor.org/rfc/rfc6698#section-6
    //# TLS clients conforming to this specification MUST be able to correctly interpret TLSA records with certificate
    //# usages 0, 1, 2, and 3.
    //= https://www.rfc-editor.org/rfc/rfc7671#section-14
    //# when PKIX-TA(0) and PKIX-EE(1) are supported by the application protocol, clients MUST implement these
    //# certificate usages as described in [RFC6698] and this document.
    //= https://www.rfc-editor.org/rfc/rfc7673#section-4.2
    //# If the client received one or more usable TLSA certificate associations, it SHALL process them as described in
    //# Section 2.1 of [RFC6698].
    //= https://www.rfc-editor.org/rfc/rfc9102#section-7
    //# Clients that implement DANE-EE(3) and DANE-TA(2) MUST implement the relevant updates in [RFC7671].
    fn one(&mut self, association: &Association) -> Result<(Option<NameBuf>, Time), MismatchCause> {
        let (leaf, above) = self.chain.split_first().ok_or(MismatchCause::NotPresented)?;
        let named = |found: &Vouched| (Some(found.name), found.window.1);
        match association.usage {
            // RFC 7671 section 5.1: neither names nor dates matter.
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# MUST match the end entity certificate given by the server in TLS.
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# The target certificate MUST match the TLSA record.
            //= https://www.rfc-editor.org/rfc/rfc7671#section-5.1
            //# The server MUST be considered authenticated even if none of the names in the certificate match the
            //# client's reference identity for the server.
            //= https://www.rfc-editor.org/rfc/rfc7671#section-5.1
            //# Also, with DANE-EE(3), the expiration date of the server certificate MUST be ignored.
            //= https://www.rfc-editor.org/rfc/rfc7673#section-4.2
            //# If the TLS server's certificate -- or the public key of the server's certificate -- matches a usable
            //# TLSA record with certificate usage DANE-EE, the client MUST ignore validation checks from [RFC5280] and
            //# reference identifier checks from [RFC6125].
            3 if association.is(leaf) => Ok((None, Time(u64::MAX))),
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# MUST be matched with the end entity certificate given by the server in TLS.
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# The target certificate MUST pass PKIX certification path validation and MUST match the TLSA record.
            1 if association.is(leaf) => self.public().map(named),
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# MUST be found in any of the PKIX certification paths for the end entity certificate given by the server
            //# in TLS.
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# The presented certificate MUST pass PKIX certification path validation, and a CA certificate that
            //# matches the TLSA record MUST be included as part of a valid certification path.
            // A key may be that of a trusted CA whose certificate is not presented.
            0 if association.selector == 1 || above.iter().any(|der| association.is(der)) => {
                let chain = self.chain;
                let found = self.public()?;
                match is_above(association, found, chain) {
                    true => Ok(named(found)),
                    false => Err(MismatchCause::OtherCa(found.ca.clone())),
                }
            }
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# MUST be used as the trust anchor when validating the end entity certificate given by the server in TLS.
            //= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
            //# The target certificate MUST pass PKIX certification path validation, with any certificate matching the
            //# TLSA record considered to be a trust anchor for this certification path validation.
            2 => {
                let anchors = anchors(association, self.chain)?;
                if self.paths >= PATHS {
                    return Err(MismatchCause::NotTried);
                }
                self.paths = self.paths.saturating_add(1);
                let found = self.requirement.path(self.chain, &anchors, self.clock);
                found.map(|found| named(&found)).map_err(MismatchCause::Path)
            }
            _ => Err(MismatchCause::NotPresented),
        }
    }

    /// The path to the caller's CAs.
    fn public(&mut self) -> Result<&Vouched, MismatchCause> {
        let seek = || self.requirement.path(self.chain, self.authorities, self.clock);
        self.public.get_or_insert_with(seek).as_ref().map_err(|refusal| MismatchCause::Path(refusal.clone()))
    }
}

/// Whether one of the CAs on the path is the one (RFC 7671 section 5.4).
fn is_above(association: &Association, found: &Vouched, chain: &[CertificateDer<'_>]) -> bool {
    let is_anchor = |der: &&CertificateDer<'_>| {
        webpki::anchor_from_trusted_cert(der).is_ok_and(|anchor| {
            anchor.subject == found.anchor.subject
                && anchor.subject_public_key_info == found.anchor.subject_public_key_info
        })
    };
    let key_of_anchor = || {
        let key = der::asn1::AnyRef::new(der::Tag::Sequence, &found.anchor.subject_public_key_info);
        key.and_then(|key| key.to_der()).is_ok_and(|key| association.selector == 1 && association.fits(&key))
    };
    found.above.iter().any(|der| association.is(der))
        || chain.iter().skip(1).filter(is_anchor).any(|der| association.is(der))
        || key_of_anchor()
}

/// The trust anchors that a DANE-TA record stands for (RFC 7671 section 5.2).
fn anchors(association: &Association, chain: &[CertificateDer<'_>]) -> Result<Authorities, MismatchCause> {
    // A server's own certificate is no CA above itself.
    let own = chain.first().and_then(|leaf| public_key(leaf));
    let is_other = |der: &&CertificateDer<'_>| own.is_none() || public_key(der) != own;
    let mut presented = chain.iter().skip(1).filter(|der| association.is(der)).filter(is_other);
    let mut found = Authorities::none();
    match (association.selector, association.matching_type) {
        //= https://www.rfc-editor.org/rfc/rfc7671#section-5.2.1
        //# In particular, when authenticating the peer certificate chain via such a TLSA record, the client SHOULD apply
        //# any relevant constraints from the TA certificate, such as, for example, path length constraints.
        (0, matching_type) => {
            // Section 5.2.2: the certificate itself is in the DNS.
            //= https://www.rfc-editor.org/rfc/rfc7671#section-5.2.2
            //# This is also the only type of DANE-TA(2) record for which the client MUST be able to verify the server's
            //# certificate chain even if the TA certificate appears only in DNS and is absent from the TLS handshake
            //# server certificate message.
            let published = CertificateDer::from(association.data.as_slice());
            let whole = if matching_type == 0 { Some(&published).filter(is_other) } else { presented.next() };
            let whole = whole.ok_or(MismatchCause::NotPresented)?;
            found.add(whole).map_err(|why| MismatchCause::Path(Refusal::Constraint(why)))?;
        }
        // "elements of the TA certificate other than the public key become mutable": neither dates nor path
        // lengths count.
        (_, matching_type) => {
            let of = |der: &CertificateDer<'_>| webpki::anchor_from_trusted_cert(der).map(|anchor| anchor.to_owned());
            let mut keys: Vec<TrustAnchor<'static>> = presented.filter_map(|der| of(der).ok()).collect();
            if keys.is_empty() && matching_type == 0 && own.as_ref() != Some(&association.data) {
                keys.extend(above_all(chain, &association.data));
            }
            found.extend(Authorities::from_anchors(&keys));
        }
    }
    if found.is_empty() { Err(MismatchCause::NotPresented) } else { Ok(found) }
}

/// Whoever is to have signed the topmost certificate, by this key (RFC 7671 section 5.2.3).
fn above_all(chain: &[CertificateDer<'_>], key: &[u8]) -> Option<TrustAnchor<'static>> {
    let top = Certificate::from_der(chain.last()?).ok()?;
    let issuer = top.tbs_certificate.issuer.to_der().ok()?;
    Some(TrustAnchor {
        subject: Der::from(contents(&issuer)?),
        subject_public_key_info: Der::from(contents(key)?),
        name_constraints: None,
    })
}

/// What a sequence in DER has in it.
fn contents(der: &[u8]) -> Option<Vec<u8>> {
    der::asn1::AnyRef::from_der(der).ok().map(|any| any.value().to_vec())
}

impl fmt::Display for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLSA {}", self.association)?;
        match &self.name {
            Some(name) => write!(f, ", for {name}"),
            None => Ok(()),
        }
    }
}
