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
    algorithms: Numbers,
    digests: Numbers,
    nsec3_iterations: u16,
    nsec3_iterations_refused: u16,
}

/// A set of numbers, with a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers([u128; 2]);

impl Numbers {
    fn has(&self, number: u8) -> bool {
        let [low, high] = self.0;
        let half = if number < 128 { low } else { high };
        half & Self::bit(number) != 0
    }

    fn set(&mut self, number: u8, there: bool) {
        let [low, high] = &mut self.0;
        let half = if number < 128 { low } else { high };
        *half = if there { *half | Self::bit(number) } else { *half & !Self::bit(number) };
    }

    /// In either half.
    fn bit(number: u8) -> u128 {
        1_u128.wrapping_shl(number.into())
    }
}

impl Policy {
    /// NSEC3 iterations that count unless [`with_nsec3_iterations`](Self::with_nsec3_iterations)
    /// says otherwise. RFC 9276 section 3.1 wants 0; BIND takes up to 50.
    pub const NSEC3_ITERATIONS: u16 = 50;
    /// NSEC3 iterations above which an answer is refused: what other validators take as well.
    pub const NSEC3_ITERATIONS_REFUSED: u16 = 500;

    /// Counts nothing: a start for a policy of your own.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            algorithms: Numbers([0; 2]),
            digests: Numbers([0; 2]),
            nsec3_iterations: Self::NSEC3_ITERATIONS,
            nsec3_iterations_refused: Self::NSEC3_ITERATIONS_REFUSED,
        }
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

    /// The standard policy without SHA-1 in digests, and with NSEC3 as RFC 9276 section 3.1
    /// wants it: no iterations.
    #[must_use]
    pub fn strict() -> Self {
        Self::standard().without_digest(DigestType::SHA1).with_nsec3_iterations(0, Self::NSEC3_ITERATIONS)
    }

    /// Counts this algorithm too.
    #[must_use]
    pub fn with(mut self, algorithm: Algorithm) -> Self {
        self.algorithms.set(algorithm.0, true);
        self
    }

    /// No longer counts this algorithm.
    #[must_use]
    pub fn without(mut self, algorithm: Algorithm) -> Self {
        self.algorithms.set(algorithm.0, false);
        self
    }

    /// Counts this digest type too.
    #[must_use]
    pub fn with_digest(mut self, digest: DigestType) -> Self {
        self.digests.set(digest.0, true);
        self
    }

    /// No longer counts this digest type.
    #[must_use]
    pub fn without_digest(mut self, digest: DigestType) -> Self {
        self.digests.set(digest.0, false);
        self
    }

    /// NSEC3 proofs with more iterations than `insecure` prove only that there is no proof, and
    /// the verdict is Insecure; those with more than `refused` are Bogus (RFC 9276 section 3.2
    /// leaves both to the validator).
    #[must_use]
    pub const fn with_nsec3_iterations(mut self, insecure: u16, refused: u16) -> Self {
        self.nsec3_iterations = insecure;
        self.nsec3_iterations_refused = refused;
        self
    }

    /// NSEC3 iterations above which a proof proves nothing.
    #[must_use]
    pub const fn nsec3_iterations(&self) -> u16 {
        self.nsec3_iterations
    }

    /// NSEC3 iterations above which an answer is refused.
    #[must_use]
    pub const fn nsec3_iterations_refused(&self) -> u16 {
        self.nsec3_iterations_refused
    }

    /// Whether signatures of this algorithm count.
    #[must_use]
    pub fn counts(&self, algorithm: Algorithm) -> bool {
        self.algorithms.has(algorithm.0)
    }

    /// Whether digests of this type count.
    #[must_use]
    pub fn counts_digest(&self, digest: DigestType) -> bool {
        self.digests.has(digest.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_counts_alone() {
        for number in 0..=u8::MAX {
            let (algorithm, digest) = (Algorithm(number), DigestType(number));
            let twice = Policy::none().with(algorithm).with(algorithm).with_digest(digest).with_digest(digest);
            let all = (0..=u8::MAX)
                .fold(Policy::none(), |all, number| all.with(Algorithm(number)).with_digest(DigestType(number)));
            let others = all.without(algorithm).without(algorithm).without_digest(digest).without_digest(digest);
            for other in 0..=u8::MAX {
                let counts = [twice.counts(Algorithm(other)), twice.counts_digest(DigestType(other))];
                assert_eq!(counts, [other == number; 2], "{number}, {other}");
                let counts = [others.counts(Algorithm(other)), others.counts_digest(DigestType(other))];
                assert_eq!(counts, [other != number; 2], "all but {number}, {other}");
            }
        }
    }
}
