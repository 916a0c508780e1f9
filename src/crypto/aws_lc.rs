//! The backend that uses the `aws-lc-rs` crate.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};

use super::ed25519::{self, Ed25519Key};
use super::{Backend, Digest, RsaKey, SignatureCheck, pkcs1, sha1};
use crate::codes::{Algorithm, DigestType};

/// Signatures and digests by [aws-lc-rs](https://docs.rs/aws-lc-rs): with parsed keys RSA takes three quarters of what
/// it takes with `Ring`, and P-384 a third. It is C and assembly, and takes a while to build.
///
/// Algorithms 5, 7, 8, 10, 13, 14 and 15; digests 1, 2 and 4; NSEC3. Many Ed25519 signatures at once as with `Fast`.
///
/// ```
/// use dnsproof::codes::Algorithm;
/// use dnsproof::crypto::{AwsLc, Backend};
///
/// assert!(AwsLc.supports(Algorithm::ECDSAP384SHA384));
/// assert!(AwsLc.key(Algorithm::ED25519, b"too short").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AwsLc;

/// A parsed public key for [`AwsLc`].
#[derive(Clone, Debug)]
pub struct AwsLcKey(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Ed25519(Ed25519Key),
    /// The key, and how many octets a signature has.
    Other(ParsedPublicKey, usize),
}

impl AwsLcKey {
    const fn ed25519(&self) -> Option<&Ed25519Key> {
        match &self.0 {
            Inner::Ed25519(key) => Some(key),
            Inner::Other(..) => None,
        }
    }
}

fn scheme(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::RSASHA256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        Algorithm::RSASHA512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        Algorithm::ECDSAP256SHA256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::ECDSAP384SHA384 => &signature::ECDSA_P384_SHA384_FIXED,
        _ => return None,
    })
}

fn digest_algorithm(digest: DigestType) -> Option<&'static digest::Algorithm> {
    match digest {
        DigestType::SHA1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        DigestType::SHA256 => Some(&digest::SHA256),
        DigestType::SHA384 => Some(&digest::SHA384),
        _ => None,
    }
}

impl Backend for AwsLc {
    type Key = AwsLcKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        algorithm == Algorithm::ED25519 || scheme(algorithm).is_some()
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        digest_algorithm(digest).is_some()
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<AwsLcKey> {
        if algorithm == Algorithm::ED25519 {
            return Ed25519Key::new(public_key).map(|key| AwsLcKey(Inner::Ed25519(key)));
        }
        let (octets, signature_len) = match algorithm {
            // SEC 1 writes an uncompressed point as 4, X, Y; DNSKEY leaves the 4 out.
            Algorithm::ECDSAP256SHA256 if public_key.len() == 64 => ([&[4], public_key].concat(), 64),
            Algorithm::ECDSAP384SHA384 if public_key.len() == 96 => ([&[4], public_key].concat(), 96),
            algorithm if algorithm.is_rsa() => {
                let key = RsaKey::parse(public_key)?;
                (pkcs1::to_der(&key)?, key.modulus.len())
            }
            _ => return None,
        };
        let key = ParsedPublicKey::new(scheme(algorithm)?, octets).ok()?;
        Some(AwsLcKey(Inner::Other(key, signature_len)))
    }

    fn verify(&self, key: &AwsLcKey, signed: &[u8], signature: &[u8]) -> bool {
        match &key.0 {
            Inner::Ed25519(key) => key.verify(signed, signature),
            // RFC 8017 section 8.2.2 step 1; RFC 6605 section 4.
            Inner::Other(key, len) => signature.len() == *len && key.verify_sig(signed, signature).is_ok(),
        }
    }

    fn batch(&self, key: &AwsLcKey) -> usize {
        if key.ed25519().is_some() { ed25519::BATCH } else { 1 }
    }

    fn verify_all(&self, checks: &[SignatureCheck<'_, AwsLcKey>]) -> bool {
        if checks.iter().all(|check| check.key.ed25519().is_some()) && checks.len() > 1 {
            return ed25519::verify_all(checks.iter(), AwsLcKey::ed25519);
        }
        checks.iter().all(|check| self.verify(check.key, check.signed, check.signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        let mut context = digest::Context::new(digest_algorithm(digest)?);
        parts.iter().for_each(|part| context.update(part));
        Digest::new(context.finish().as_ref())
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Some(sha1::nsec3_hash(name, salt, iterations))
    }

    fn zone_digest(&self, hash: u8, feed: &mut super::Feed<'_>) -> Option<Digest> {
        let mut context = digest::Context::new(match hash {
            1 => &digest::SHA384,
            2 => &digest::SHA512,
            _ => return None,
        });
        feed(&mut |octets| context.update(octets));
        Digest::new(context.finish().as_ref())
    }
}
