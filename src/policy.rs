//! Which algorithms and digests count.

use crate::codes::{Algorithm, DigestType};

/// The caller's choice of algorithms and digest types. What it does not count is as if this
/// validator did not know it (RFC 4035 section 5.2).
///
/// ```
/// use dnsproof::codes::Algorithm;
/// use dnsproof::policy::Policy;
/// assert!(!Policy::standard().counts(Algorithm::RSASHA1));
/// assert!(Policy::legacy().counts(Algorithm::RSASHA1));
/// let only_ed25519 = Policy::none().with(Algorithm::ED25519);
/// assert!(!only_ed25519.counts(Algorithm::RSASHA256));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    algorithms: [bool; 256],
    digests: [bool; 256],
}

impl Policy {
    /// Counts nothing: a start for a policy of your own.
    #[must_use]
    pub const fn none() -> Self {
        Self { algorithms: [false; 256], digests: [false; 256] }
    }

    /// What the IANA registries recommend for validation in 2026 (RFC 9904): RSA with SHA-256
    /// and SHA-512, ECDSA, Ed25519 and Ed448; digests SHA-1, SHA-256 and SHA-384. The signature
    /// algorithms with SHA-1 (5 and 7) count as unsupported (RFC 9905 section 2).
    #[must_use]
    pub fn standard() -> Self {
        Self::none()
            .with(Algorithm::RSASHA256)
            .with(Algorithm::RSASHA512)
            .with(Algorithm::ECDSAP256SHA256)
            .with(Algorithm::ECDSAP384SHA384)
            .with(Algorithm::ED25519)
            .with(Algorithm::ED448)
            .with_digest(DigestType::SHA1)
            .with_digest(DigestType::SHA256)
            .with_digest(DigestType::SHA384)
    }

    /// The standard policy and the signature algorithms 5 and 7. A verdict that rests on them
    /// says that it is weak.
    #[must_use]
    pub fn legacy() -> Self {
        Self::standard().with(Algorithm::RSASHA1).with(Algorithm::RSASHA1_NSEC3_SHA1)
    }

    /// Counts this algorithm too.
    #[must_use]
    pub fn with(mut self, algorithm: Algorithm) -> Self {
        if let Some(counts) = self.algorithms.get_mut(usize::from(algorithm.0)) {
            *counts = true;
        }
        self
    }

    /// No longer counts this algorithm.
    #[must_use]
    pub fn without(mut self, algorithm: Algorithm) -> Self {
        if let Some(counts) = self.algorithms.get_mut(usize::from(algorithm.0)) {
            *counts = false;
        }
        self
    }

    /// Counts this digest type too.
    #[must_use]
    pub fn with_digest(mut self, digest: DigestType) -> Self {
        if let Some(counts) = self.digests.get_mut(usize::from(digest.0)) {
            *counts = true;
        }
        self
    }

    /// No longer counts this digest type.
    #[must_use]
    pub fn without_digest(mut self, digest: DigestType) -> Self {
        if let Some(counts) = self.digests.get_mut(usize::from(digest.0)) {
            *counts = false;
        }
        self
    }

    /// Whether signatures of this algorithm count.
    #[must_use]
    pub fn counts(&self, algorithm: Algorithm) -> bool {
        self.algorithms.get(usize::from(algorithm.0)).is_some_and(|counts| *counts)
    }

    /// Whether digests of this type count.
    #[must_use]
    pub fn counts_digest(&self, digest: DigestType) -> bool {
        self.digests.get(usize::from(digest.0)).is_some_and(|counts| *counts)
    }
}
