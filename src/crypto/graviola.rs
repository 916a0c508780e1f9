//! The backend that uses the `graviola` crate where it is fastest, and `Fast` for the rest.

use graviola::signing::ecdsa::{P384, VerifyingKey};
use graviola::signing::eddsa::Ed25519VerifyingKey;
use graviola::signing::rsa;

use super::ed25519::{self, Ed25519Key};
use super::{Backend, Digest, Fast, FastKey, RsaKey, SignatureCheck, pkcs1};
use crate::codes::{Algorithm, DigestType};

/// RSA keys from here on are faster elsewhere.
const MAX_RSA_BITS: usize = 3072;

/// Signatures by [graviola](https://docs.rs/graviola): parsed keys and assembly without a C compiler, on x86-64 with
/// AVX2, BMI2 and ADX and on 64-bit ARM. It takes P-384, Ed25519, and RSA with SHA-2 of 2048 to 3071 bits; all else
/// (P-256 among it, which is no faster with it), and keys that it refuses, is done as by [`Fast`].
///
/// ```
/// use dnsproof::codes::Algorithm;
/// use dnsproof::crypto::{Backend, Graviola};
///
/// // On another processor there is none.
/// if let Some(graviola) = Graviola::new() {
///     assert!(graviola.supports(Algorithm::ECDSAP384SHA384));
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Graviola(());

impl Graviola {
    /// The backend, if the processor has what it takes: the library ends the process on any other.
    #[must_use]
    pub fn new() -> Option<Self> {
        graviola::util::is_cpu_supported().then_some(Self(()))
    }
}

/// A parsed public key for [`Graviola`].
pub struct GraviolaKey(Inner);

enum Inner {
    P384(VerifyingKey<P384>),
    RsaSha256(rsa::VerifyingKey),
    RsaSha512(rsa::VerifyingKey),
    /// Beside it, the same key for many signatures at once.
    Ed25519(Ed25519VerifyingKey, Ed25519Key),
    Other(FastKey),
}

impl core::fmt::Debug for GraviolaKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match &self.0 {
            Inner::P384(_) => "P384",
            Inner::RsaSha256(_) | Inner::RsaSha512(_) => "Rsa",
            Inner::Ed25519(..) => "Ed25519",
            Inner::Other(_) => "Other",
        })
    }
}

impl GraviolaKey {
    const fn ed25519(&self) -> Option<&Ed25519Key> {
        match &self.0 {
            Inner::Ed25519(_, key) => Some(key),
            _ => None,
        }
    }
}

/// SEC 1 writes an uncompressed point as 4, X, Y; DNSKEY leaves the 4 out.
fn sec1(public_key: &[u8], len: usize) -> Option<alloc::vec::Vec<u8>> {
    (public_key.len() == len).then(|| [&[4], public_key].concat())
}

fn parsed(algorithm: Algorithm, public_key: &[u8]) -> Option<Inner> {
    let rsa = || {
        let key = RsaKey::parse(public_key).filter(|key| (2048..MAX_RSA_BITS).contains(&key.modulus_bits()))?;
        rsa::VerifyingKey::from_pkcs1_der(&pkcs1::to_der(&key)?).ok()
    };
    match algorithm {
        Algorithm::ECDSAP384SHA384 => {
            VerifyingKey::from_x962_uncompressed(&sec1(public_key, 96)?).ok().map(Inner::P384)
        }
        Algorithm::RSASHA256 => rsa().map(Inner::RsaSha256),
        Algorithm::RSASHA512 => rsa().map(Inner::RsaSha512),
        Algorithm::ED25519 => {
            Some(Inner::Ed25519(Ed25519VerifyingKey::from_bytes(public_key).ok()?, Ed25519Key::new(public_key)?))
        }
        _ => None,
    }
}

impl Backend for Graviola {
    type Key = GraviolaKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Fast.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Fast.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<GraviolaKey> {
        let parsed = parsed(algorithm, public_key);
        parsed.or_else(|| Fast.key(algorithm, public_key).map(Inner::Other)).map(GraviolaKey)
    }

    fn verify(&self, key: &GraviolaKey, signed: &[u8], signature: &[u8]) -> bool {
        use graviola::hashing::Sha384;
        let verified = match &key.0 {
            Inner::P384(key) => key.verify::<Sha384>(&[signed], signature),
            Inner::RsaSha256(key) => key.verify_pkcs1_sha256(signature, signed),
            Inner::RsaSha512(key) => key.verify_pkcs1_sha512(signature, signed),
            Inner::Ed25519(key, _) => key.verify(signature, signed),
            Inner::Other(key) => return Fast.verify(key, signed, signature),
        };
        verified.is_ok()
    }

    fn batch(&self, key: &GraviolaKey) -> usize {
        if key.ed25519().is_some() { ed25519::BATCH } else { 1 }
    }

    fn verify_all(&self, checks: &[SignatureCheck<'_, GraviolaKey>]) -> bool {
        if checks.iter().all(|check| check.key.ed25519().is_some()) && checks.len() > 1 {
            return ed25519::verify_all(checks.iter(), GraviolaKey::ed25519);
        }
        checks.iter().all(|check| self.verify(check.key, check.signed, check.signature))
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Fast.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Fast.nsec3_hash(name, salt, iterations)
    }

    fn zone_digest(&self, hash: u8, feed: &mut super::Feed<'_>) -> Option<Digest> {
        Fast.zone_digest(hash, feed)
    }
}
