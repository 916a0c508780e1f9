//! The CAs that the caller trusts.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use cms::cert::x509::Certificate;
use cms::cert::x509::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages};
use cms::cert::x509::name::Name as Subject;
use der::asn1::AnyRef;
use der::{Decode, Encode, Tag};
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::{Refusal, Rules, certificates};
use crate::time::Time;

/// The certification authorities that the caller trusts for one call. There is no default: in an empty
/// set every certificate is that of a stranger.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    pub(super) entries: Vec<Authority>,
}

#[derive(Clone, Debug)]
pub(super) struct Authority {
    pub(super) anchor: TrustAnchor<'static>,
    /// From when until when it may be relied on.
    pub(super) window: (Time, Time),
    /// How many CAs may be below it.
    pub(super) path_len: Option<u8>,
}

/// Why something is no authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityError {
    /// Which certificate of those that were given, from 1; 0 if none could be told apart.
    pub number: usize,
    why: String,
}

impl fmt::Display for AuthorityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => f.write_str(&self.why),
            number => write!(f, "certificate {number}: {}", self.why),
        }
    }
}

impl core::error::Error for AuthorityError {}

impl Authorities {
    /// Nobody.
    #[must_use]
    pub const fn none() -> Self {
        Self { entries: Vec::new() }
    }

    /// The CAs whose certificates a file has, in any form that [`certificates`] reads, of any length.
    ///
    /// # Errors
    /// If it has none, or one that cannot be read or is no certificate of a CA.
    pub fn parse(document: &[u8]) -> Result<Self, AuthorityError> {
        let unlimited = Rules { octets: usize::MAX, certificates: usize::MAX, rsa_bits: 0 };
        let found = certificates(document, &unlimited);
        let found = found.map_err(|refusal: Refusal| AuthorityError { number: 0, why: refusal.to_string() })?;
        let mut set = Self::none();
        for (index, der) in found.iter().enumerate() {
            let number = index.saturating_add(1);
            set.add(der).map_err(|why| AuthorityError { number, why })?;
        }
        Ok(set)
    }

    /// The CAs of a list that is trusted as it is, such as Mozilla's or that of the platform; those that
    /// cannot be read, or are not those of a CA, are left out.
    pub fn from_list<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut set = Self::none();
        for der in certificates {
            // One unreadable entry of hundreds is no reason to distrust the others.
            let _left_out = set.add(der);
        }
        set
    }

    /// The CAs of a list that has only names and keys, such as that of the crate `webpki-roots`.
    #[must_use]
    pub fn from_anchors(anchors: &[TrustAnchor<'_>]) -> Self {
        let entry = |anchor: &TrustAnchor<'_>| Authority {
            anchor: anchor.to_owned(),
            window: (Time(0), Time(u64::MAX)),
            path_len: None,
        };
        Self { entries: anchors.iter().map(entry).collect() }
    }

    /// One more CA, by its certificate.
    pub(crate) fn add(&mut self, der: &[u8]) -> Result<(), String> {
        let read = Certificate::from_der(der).map_err(|error| error.to_string())?;
        let stated = &read.tbs_certificate;
        let name = || stated.subject.to_string().escape_default().to_string();
        let constraints = stated.get::<BasicConstraints>().map_err(|error| error.to_string())?;
        let Some((_, BasicConstraints { ca: true, path_len_constraint })) = constraints else {
            return Err(format!("{} is not a CA", name()));
        };
        let usage = stated.get::<KeyUsage>().map_err(|error| error.to_string())?;
        if usage.is_some_and(|(_, usage)| !usage.0.contains(KeyUsages::KeyCertSign)) {
            return Err(format!("{} may not sign certificates", name()));
        }
        let der = CertificateDer::from(der);
        let anchor = webpki::anchor_from_trusted_cert(&der).map_err(|error| format!("{}: {error}", name()))?;
        let (anchor, window) = (anchor.to_owned(), window(&read));
        self.entries.push(Authority { anchor, window, path_len: path_len_constraint });
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The CAs of both sets.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// The authority that an anchor was made of; of several that only differ in their time, one that holds then.
    pub(super) fn of(&self, anchor: &TrustAnchor<'_>, at: Time) -> Option<&Authority> {
        let same = self.entries.iter().filter(|entry| {
            entry.anchor.subject == anchor.subject
                && entry.anchor.subject_public_key_info == anchor.subject_public_key_info
                && entry.anchor.name_constraints == anchor.name_constraints
        });
        let holds = |entry: &&Authority| entry.window.0 <= at && at <= entry.window.1;
        same.clone().find(holds).or_else(|| same.clone().next())
    }
}

impl Authority {
    /// The name of the CA, for a person.
    pub(super) fn name(&self) -> String {
        let wrapped = AnyRef::new(Tag::Sequence, &self.anchor.subject).and_then(|any| any.to_der());
        let subject = wrapped.and_then(|der| Subject::from_der(&der));
        subject.map_or_else(|_| "a CA".to_string(), |subject| subject.to_string().escape_default().to_string())
    }
}

/// From when until when a certificate says that it is valid.
pub(crate) fn window(certificate: &Certificate) -> (Time, Time) {
    let validity = &certificate.tbs_certificate.validity;
    let seconds = |time: cms::cert::x509::time::Time| Time(time.to_unix_duration().as_secs());
    (seconds(validity.not_before), seconds(validity.not_after))
}
