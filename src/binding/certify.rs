//! A certificate that names a domain, its path, and the key of a zone that it stands for.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;

use cms::cert::x509::Certificate;
use cms::cert::x509::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, NameConstraints};
use der::{Decode, Encode};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, VerifiedPath};

use super::authorities::window;
use super::identity::identify;
use super::{Authorities, Identity, PublicKey, Refusal, Rules, Wanted, certificates};
use crate::anchor::{Anchors, CERTIFICATE_SIGNATURES, Entry};
use crate::canon::Rrset;
use crate::codes::{Class, Type};
use crate::name::{Name, NameBuf};
use crate::policy::Policy;
use crate::time::{Clock, Time};
use crate::wire::rdata::Dnskey;
use crate::wire::{Message, Section};

/// Certificates that name the domain whose paths are tried: each may cost 100 signatures, which is what `webpki` allows.
const PATHS: u8 = 3;

/// A certificate for a domain from a CA that the caller trusts. Only [`certify`] makes one.
#[derive(Clone, Debug)]
pub struct Certified {
    source: NameBuf,
    key: PublicKey,
    window: (Time, Time),
    ca: String,
    identity: Identity,
}

/// Reads a document and looks for a certificate that names the domain and leads to an authority, at the
/// time that the clock says.
///
/// # Errors
/// If there is none. Of several certificates that name the domain, the refusal is that of the first; the first one that
/// leads to an authority and has a key that a zone can have is taken, whether or not it is the zone's.
pub fn certify(
    document: &[u8],
    wanted: &Wanted<'_>,
    authorities: &Authorities,
    clock: Clock,
    rules: &Rules,
) -> Result<Certified, Refusal> {
    let all = certificates(document, rules)?;
    let (mut of_named, mut of_end, mut of_any) = (None, None, None);
    let mut paths = 0_u8;
    for der in &all {
        let certificate = match Certificate::from_der(der) {
            Ok(certificate) => certificate,
            Err(error) => {
                of_any.get_or_insert(Refusal::Malformed(error.to_string()));
                continue;
            }
        };
        match identify(&certificate, wanted) {
            Ok(_) if paths >= PATHS => {}
            Ok(identity) => {
                paths = paths.saturating_add(1);
                let held = path(der, &all, &certificate, identity, authorities, clock);
                // The key of another one may do.
                match held.and_then(|held| Ok((held, key(&certificate, rules)?))) {
                    Ok((Held { window, ca, .. }, key)) => {
                        return Ok(Certified { source: wanted.source.to_buf(), key, window, ca, identity });
                    }
                    Err(refusal) => drop(of_named.get_or_insert(refusal)),
                }
            }
            // The certificate of a CA is not expected to name the domain.
            Err(refusal) if is_ca(&certificate) => {
                of_any.get_or_insert(refusal);
            }
            Err(refusal) => {
                of_end.get_or_insert(refusal);
            }
        }
    }
    Err(of_named.or(of_end).or(of_any).unwrap_or(Refusal::NoCertificate))
}

/// A certificate that a server presented, and that leads to an authority.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// The name that it was found to have, of those that would do.
    pub name: NameBuf,
    /// By which name of its own.
    pub identity: Identity,
    /// Who vouches for it.
    pub ca: String,
    /// From when until when all of it holds.
    pub window: (Time, Time),
    /// The certificates between it and the authority.
    pub above: Vec<CertificateDer<'static>>,
    /// The name and key of the authority.
    pub anchor: TrustAnchor<'static>,
}

/// Whether the certificates that a server presents, its own first, lead from one of these names to an authority, at the
/// time that the clock says. In the place of the first label of a name there may be a wildcard.
///
/// # Errors
/// If they do not: the refusal for the first name.
pub fn vouched(
    chain: &[CertificateDer<'_>],
    names: &[Wanted<'_>],
    authorities: &Authorities,
    clock: Clock,
) -> Result<Vouched, Refusal> {
    let (der, all) = chain.split_first().ok_or(Refusal::NoCertificate)?;
    let all: Vec<CertificateDer<'static>> = all.iter().map(|der| der.clone().into_owned()).collect();
    let certificate = Certificate::from_der(der).map_err(|error| Refusal::Malformed(error.to_string()))?;
    let mut first = None;
    for wanted in names {
        let identity = match identify(&certificate, wanted) {
            Err(_) if is_wildcard_for(der, wanted) => Ok(Identity::Wildcard),
            other => other,
        };
        match identity {
            Ok(identity) => {
                let Held { window, ca, above, anchor } = path(der, &all, &certificate, identity, authorities, clock)?;
                return Ok(Vouched { name: wanted.source.to_buf(), identity, ca, window, above, anchor });
            }
            Err(refusal) => {
                first.get_or_insert(refusal);
            }
        }
    }
    Err(first.unwrap_or(Refusal::NoCertificate))
}

fn is_wildcard_for(der: &CertificateDer<'_>, wanted: &Wanted<'_>) -> bool {
    let text = wanted.source.to_string();
    let name = ServerName::try_from(text.strip_suffix('.').unwrap_or_default());
    let end = EndEntityCert::try_from(der);
    name.is_ok_and(|name| end.is_ok_and(|end| end.verify_is_valid_for_subject_name(&name).is_ok()))
}

/// A path that holds.
struct Held {
    window: (Time, Time),
    ca: String,
    above: Vec<CertificateDer<'static>>,
    anchor: TrustAnchor<'static>,
}

fn is_ca(certificate: &Certificate) -> bool {
    let constraints = certificate.tbs_certificate.get::<BasicConstraints>();
    constraints.ok().flatten().is_some_and(|(_, constraints)| constraints.ca)
}

fn key(certificate: &Certificate, rules: &Rules) -> Result<PublicKey, Refusal> {
    let spki = &certificate.tbs_certificate.subject_public_key_info;
    let spki = spki.to_der().map_err(|error| Refusal::Malformed(error.to_string()))?;
    let key = PublicKey::from_spki(&spki)?;
    match key.rsa_bits() {
        Some(bits) if bits < rules.rsa_bits => {
            Err(Refusal::KeyTooWeak(format!("RSA with {bits} bits, of at least {}", rules.rsa_bits)))
        }
        _ => Ok(key),
    }
}

/// Whether the certificate may sign what is no certificate (RFC 5280 section 4.2.1.3).
fn may(certificate: &Certificate, usage: KeyUsages) -> bool {
    match certificate.tbs_certificate.get::<KeyUsage>() {
        Ok(None) => true,
        Ok(Some((_, stated))) => stated.0.contains(usage),
        Err(_) => false,
    }
}

/// Validates the path (RFC 5280 section 6). From when until when all of it holds, and who is at its end.
fn path(
    der: &CertificateDer<'_>,
    all: &[CertificateDer<'static>],
    certificate: &Certificate,
    identity: Identity,
    authorities: &Authorities,
    clock: Clock,
) -> Result<Held, Refusal> {
    let own = window(certificate);
    // Where nobody knows how late it is, the path only has to hold some time.
    let at = if clock.latest().is_none() { clock.earliest().max(own.0) } else { clock.earliest() };
    let end = EndEntityCert::try_from(der).map_err(|error| refusal(&error, certificate))?;
    let anchors: Vec<TrustAnchor<'_>> = authorities.entries.iter().map(|entry| entry.anchor.clone()).collect();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(at.0));
    let held = RefCell::new(None);
    let look = |path: &VerifiedPath<'_>| {
        look_at(path, own, at, identity, authorities).map(|found| *held.borrow_mut() = Some(Ok(found))).map_err(
            |refusal| {
                held.borrow_mut().get_or_insert(Err(refusal));
                webpki::Error::UnknownIssuer
            },
        )
    };
    let usage = webpki::KeyUsage::server_auth();
    let verified = end.verify_for_usage(CERTIFICATE_SIGNATURES, &anchors, all, time, usage, None, Some(&look));
    let held = match (verified, held.into_inner()) {
        (Ok(_), Some(Ok(found))) => found,
        (_, Some(Err(refusal))) => return Err(refusal),
        (Err(error), _) => return Err(refusal(&error, certificate)),
        (Ok(_), None) => return Err(Refusal::Malformed("nobody looked at the path".to_string())),
    };
    if !may(certificate, KeyUsages::DigitalSignature) {
        return Err(Refusal::Purpose("its key is not for signatures".to_string()));
    }
    // Each certificate held at `at`, so none begins later.
    if clock.is_within(held.window.0, held.window.1) {
        Ok(held)
    } else {
        Err(Refusal::Expired { ended: held.window.1 })
    }
}

/// What `webpki` leaves to others: key usage, what the root itself says, and names that are not DNS names.
fn look_at(
    path: &VerifiedPath<'_>,
    own: (Time, Time),
    at: Time,
    identity: Identity,
    authorities: &Authorities,
) -> Result<Held, Refusal> {
    let root = authorities.of(path.anchor(), at).ok_or_else(|| Refusal::UnknownCa { issuer: "unknown".to_string() })?;
    let mut windows = alloc::vec![own, root.window];
    let mut constrained = root.anchor.name_constraints.is_some();
    let mut below = 0_u8;
    for above in path.intermediate_certificates() {
        let above = Certificate::from_der(&above.der()).map_err(|error| Refusal::Malformed(error.to_string()))?;
        if !may(&above, KeyUsages::KeyCertSign) {
            return Err(Refusal::Constraint(format!("{} may not sign certificates", subject(&above))));
        }
        constrained |= !matches!(above.tbs_certificate.get::<NameConstraints>(), Ok(None));
        windows.push(window(&above));
        below = below.saturating_add(1);
    }
    if root.path_len.is_some_and(|most| below > most) {
        return Err(Refusal::Constraint(format!("{} allows fewer CAs below it", root.name())));
    }
    // RFC 5280 section 4.2.1.10: constraints for one form of names say nothing of the others. A CA that is
    // held to some DNS names shall not get around it by another form.
    if constrained && !matches!(identity, Identity::DnsName | Identity::Wildcard) {
        return Err(Refusal::Constraint(format!("a CA with name constraints vouches by {identity}")));
    }
    let from = windows.iter().map(|(from, _)| *from).max().unwrap_or(Time(u64::MAX));
    let until = windows.iter().map(|(_, until)| *until).min().unwrap_or(Time(0));
    match () {
        () if at < root.window.0 => Err(Refusal::NotYetValid { begins: root.window.0 }),
        () if at > root.window.1 => Err(Refusal::Expired { ended: root.window.1 }),
        () => Ok(Held {
            window: (from, until),
            ca: root.name(),
            above: path.intermediate_certificates().map(|above| above.der().into_owned()).collect(),
            anchor: root.anchor.clone(),
        }),
    }
}

fn subject(certificate: &Certificate) -> String {
    certificate.tbs_certificate.subject.to_string().escape_default().to_string()
}

fn refusal(error: &webpki::Error, certificate: &Certificate) -> Refusal {
    use webpki::Error as E;
    match error {
        E::CertExpired { not_after, .. } => Refusal::Expired { ended: Time(not_after.as_secs()) },
        E::CertNotValidYet { not_before, .. } => Refusal::NotYetValid { begins: Time(not_before.as_secs()) },
        E::UnknownIssuer => {
            let issuer = certificate.tbs_certificate.issuer.to_string().escape_default().to_string();
            Refusal::UnknownCa { issuer }
        }
        E::NameConstraintViolation => Refusal::Constraint("its names are outside of the CA's".to_string()),
        E::PathLenConstraintViolated => Refusal::Constraint("there are more CAs than one of them allows".to_string()),
        E::EndEntityUsedAsCa => Refusal::Constraint("it is issued by who is no CA".to_string()),
        E::CaUsedAsEndEntity => Refusal::Constraint("it is that of a CA".to_string()),
        E::UnsupportedCriticalExtension => {
            Refusal::Constraint("it has a critical extension that nobody here knows".to_string())
        }
        E::RequiredEkuNotFoundContext(_) => Refusal::Purpose("server authentication is none of them".to_string()),
        E::InvalidSignatureForPublicKey => Refusal::Signature("it does not fit".to_string()),
        E::UnsupportedSignatureAlgorithmContext(_) | E::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            Refusal::Signature("its algorithm does not count".to_string())
        }
        E::SignatureAlgorithmMismatch => Refusal::Signature("it states two algorithms".to_string()),
        E::BadDer | E::BadDerTime | E::TrailingData(_) => Refusal::Malformed(error.to_string()),
        other => Refusal::Constraint(other.to_string()),
    }
}

impl Certified {
    /// The domain that the certificate names.
    #[must_use]
    pub fn source(&self) -> Name<'_> {
        self.source.as_name()
    }

    /// The key that it certifies.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// From when until when every certificate on the path is valid.
    #[must_use]
    pub const fn window(&self) -> (Time, Time) {
        self.window
    }

    /// The name of the CA at the end of the path.
    #[must_use]
    pub fn ca(&self) -> &str {
        &self.ca
    }

    /// By which of its names it is for the domain.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The trust anchor that the certificate stands for: the one key of `zone` that it certifies, for names
    /// at or below its domain, for as long as the path is valid.
    ///
    /// `keys` is the answer to the question for the zone's DNSKEY records. Nobody has proved it yet: that the
    /// key signs the set is for validation under the anchor to see.
    ///
    /// # Errors
    /// If the zone is not at or above the domain; if exactly this key is not among the zone's keys, or not with
    /// the zone flag, protocol 3 and its own algorithm, or revoked; if the policy does not count the algorithm;
    /// or if no signature over the keys is by it.
    pub fn anchor(&self, zone: &Name<'_>, keys: &Message<'_>, policy: &Policy) -> Result<Anchors, Refusal> {
        if !self.source().is_at_or_below(zone) {
            return Err(Refusal::ZoneNotAbove { zone: zone.to_string(), name: self.source.to_string() });
        }
        let set = Rrset::find(keys, Section::Answer, zone, Type::DNSKEY, Class::IN);
        let views = set.iter().flat_map(Rrset::views::<Dnskey<'_>>);
        let mut count = 0_usize;
        let mut refused = None;
        for found in views {
            count = count.saturating_add(1);
            if self.key.is(found.public_key) {
                match self.fits(zone, &found, set.as_ref(), policy) {
                    Ok(()) => return self.anchored(zone, &found),
                    Err(refusal) => refused = Some(refusal),
                }
            }
        }
        Err(refused.unwrap_or(Refusal::KeyNotInZone { zone: zone.to_string(), keys: count }))
    }

    fn anchored(&self, zone: &Name<'_>, found: &Dnskey<'_>) -> Result<Anchors, Refusal> {
        let entry = Entry::new(zone.to_buf(), Type::DNSKEY, found.rdata().to_vec());
        let entry = entry.map_err(|flaw| Refusal::Malformed(flaw.to_string()))?;
        let anchors: Anchors = [entry].into_iter().collect();
        let (from, until) = self.window;
        Ok(anchors.within(&self.source).valid(from, until).noted(&format!("by a certificate of {}", self.ca)))
    }

    /// Whether the zone may use this key, which has the right numbers, for what is asked.
    fn fits(
        &self,
        zone: &Name<'_>,
        found: &Dnskey<'_>,
        set: Option<&Rrset<'_>>,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        let (signer, zone, key_tag) = (zone, zone.to_string(), found.key_tag());
        let expected = self.key.algorithms();
        if let (false, Some(first)) = (expected.contains(&found.algorithm), expected.first()) {
            return Err(Refusal::KeyWrongAlgorithm { found: found.algorithm, expected: *first });
        }
        if found.is_revoked() {
            return Err(Refusal::KeyRevoked { zone, key_tag });
        }
        if !found.is_usable() {
            return Err(Refusal::KeyNotZoneKey { flags: found.flags, protocol: found.protocol });
        }
        if !policy.counts(found.algorithm) {
            return Err(Refusal::KeyTooWeak(format!("{} does not count", found.algorithm)));
        }
        let signs = set.into_iter().flat_map(Rrset::signatures).filter_map(Result::ok).any(|(signature, _)| {
            signature.key_tag == key_tag && signature.algorithm == found.algorithm && *signer == signature.signer
        });
        if signs { Ok(()) } else { Err(Refusal::KeyDoesNotSign { zone, key_tag }) }
    }
}
