//! The backend that uses the crates of the RustCrypto project and dalek.

#[cfg(feature = "rustcrypto-rsa")]
use super::RsaKey;
use super::{Backend, Digest};
use crate::codes::{Algorithm, DigestType};
#[cfg(feature = "rustcrypto-rsa")]
use ::rsa::{BoxedUint, PublicKey};
#[cfg(feature = "rustcrypto-sha1")]
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// Signatures and digests in Rust alone, by the crates of the RustCrypto project and dalek.
///
/// Algorithms 13, 14, 15 and 16, and with the feature `rustcrypto-rsa` also 5, 7, 8 and 10;
/// digests 1, 2 and 4; NSEC3. Where `rustcrypto-p256` and its like stand in place of `rustcrypto`,
/// what they name and SHA-2; the rest is not compiled in, and not supported.
///
/// Keys are parsed once. Ed25519 is checked without the cofactor, as `Ring` does it, and a
/// point of small order is a key like any other.
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use dnsproof::codes::{Algorithm, DigestType};
/// use dnsproof::crypto::{Backend, RustCrypto};
///
/// assert!(RustCrypto.supports(Algorithm::ED448));
/// assert!(RustCrypto.key(Algorithm::ED448, b"too short").is_none());
/// let digest = RustCrypto.digest(DigestType::SHA256, &[b"a", b"bc"]).unwrap();
/// assert_eq!(digest.as_slice()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RustCrypto;

/// A parsed public key for [`RustCrypto`].
#[derive(Clone, Debug)]
pub struct RustCryptoKey(Inner);

#[allow(
    clippy::large_enum_variant,
    reason = "boxing the larger ones would need an allocator; which are large depends on the features"
)]
#[derive(Clone, Debug)]
enum Inner {
    #[cfg(feature = "rustcrypto-rsa")]
    Rsa(RsaHash, PublicKey),
    #[cfg(feature = "rustcrypto-p256")]
    P256(p256::ecdsa::VerifyingKey),
    #[cfg(feature = "rustcrypto-p384")]
    P384(p384::ecdsa::VerifyingKey),
    #[cfg(feature = "rustcrypto-ed25519")]
    Ed25519(ed25519_dalek::VerifyingKey),
    #[cfg(feature = "rustcrypto-ed448")]
    Ed448(ed448_goldilocks::VerifyingKey),
}

#[cfg(feature = "rustcrypto-rsa")]
#[derive(Clone, Copy, Debug)]
enum RsaHash {
    Sha1,
    Sha256,
    Sha512,
}

#[cfg(feature = "rustcrypto-rsa")]
fn rsa(hash: RsaHash, public_key: &[u8]) -> Option<Inner> {
    let RsaKey { exponent, modulus } = RsaKey::parse(public_key)?;
    let bits = u32::try_from(modulus.len().checked_mul(8)?).ok()?;
    let modulus = BoxedUint::from_be_slice(modulus, bits).ok()?;
    let exponent = BoxedUint::from_be_slice(exponent, 64).ok()?;
    Some(Inner::Rsa(hash, PublicKey::new(modulus, exponent).ok()?))
}

/// X and Y, and nothing before them that would say so (RFC 6605 section 4): no code to decompress points is needed.
#[cfg(any(feature = "rustcrypto-p256", feature = "rustcrypto-p384"))]
macro_rules! ecdsa_key {
    ($curve:ident, $public_key:expr) => {{
        use $curve::elliptic_curve::point::AffineCoordinates as _;
        let (x, y) = $public_key.split_at_checked($public_key.len() / 2)?;
        let point = $curve::AffinePoint::from_coordinates(x.try_into().ok()?, y.try_into().ok()?);
        $curve::ecdsa::VerifyingKey::from_affine(Option::from(point)?).ok()?
    }};
}

/// Each algorithm has a stack frame of its own: where there is little memory, none pays for the largest.
#[cfg(any(
    feature = "rustcrypto-p256",
    feature = "rustcrypto-p384",
    feature = "rustcrypto-ed25519",
    feature = "rustcrypto-ed448"
))]
#[inline(never)]
fn apart(check: impl FnOnce() -> bool) -> bool {
    check()
}

fn digest_of<D: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut state = D::new();
    for part in parts {
        state.update(part);
    }
    state.finalize()
}

#[cfg_attr(
    not(any(
        feature = "rustcrypto-p256",
        feature = "rustcrypto-p384",
        feature = "rustcrypto-ed25519",
        feature = "rustcrypto-ed448"
    )),
    allow(unused_variables, unreachable_code, reason = "with digests alone there is no key")
)]
impl Backend for RustCrypto {
    type Key = RustCryptoKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        use Algorithm as A;
        let is_rsa = matches!(algorithm, A::RSASHA1 | A::RSASHA1_NSEC3_SHA1 | A::RSASHA256 | A::RSASHA512);
        is_rsa && cfg!(feature = "rustcrypto-rsa")
            || algorithm == A::ECDSAP256SHA256 && cfg!(feature = "rustcrypto-p256")
            || algorithm == A::ECDSAP384SHA384 && cfg!(feature = "rustcrypto-p384")
            || algorithm == A::ED25519 && cfg!(feature = "rustcrypto-ed25519")
            || algorithm == A::ED448 && cfg!(feature = "rustcrypto-ed448")
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        let is_sha2 = matches!(digest, DigestType::SHA256 | DigestType::SHA384);
        is_sha2 || digest == DigestType::SHA1 && cfg!(feature = "rustcrypto-sha1")
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<RustCryptoKey> {
        let key = match algorithm {
            #[cfg(feature = "rustcrypto-rsa")]
            //= https://www.rfc-editor.org/rfc/rfc5155#section-2
            //# Security aware resolvers that are aware of this specification MUST recognize the new algorithm
            //# identifiers and treat them as equivalent to the algorithms that they alias.
            Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 => rsa(RsaHash::Sha1, public_key)?,
            #[cfg(feature = "rustcrypto-rsa")]
            Algorithm::RSASHA256 => rsa(RsaHash::Sha256, public_key)?,
            #[cfg(feature = "rustcrypto-rsa")]
            Algorithm::RSASHA512 => rsa(RsaHash::Sha512, public_key)?,
            #[cfg(feature = "rustcrypto-p256")]
            Algorithm::ECDSAP256SHA256 => Inner::P256(ecdsa_key!(p256, public_key)),
            #[cfg(feature = "rustcrypto-p384")]
            Algorithm::ECDSAP384SHA384 => Inner::P384(ecdsa_key!(p384, public_key)),
            #[cfg(feature = "rustcrypto-ed25519")]
            Algorithm::ED25519 => {
                Inner::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(public_key.try_into().ok()?).ok()?)
            }
            #[cfg(feature = "rustcrypto-ed448")]
            Algorithm::ED448 => {
                let octets: [u8; 57] = public_key.try_into().ok()?;
                Inner::Ed448(ed448_goldilocks::VerifyingKey::from_bytes(&octets).ok()?)
            }
            _ => return None,
        };
        Some(RustCryptoKey(key))
    }

    fn verify(&self, key: &RustCryptoKey, signed: &[u8], signature: &[u8]) -> bool {
        match key.0 {
            #[cfg(feature = "rustcrypto-rsa")]
            Inner::Rsa(hash, ref key) => match hash {
                RsaHash::Sha1 => key.pkcs1v15_verify::<Sha1>(signed, signature),
                RsaHash::Sha256 => key.pkcs1v15_verify::<Sha256>(signed, signature),
                RsaHash::Sha512 => key.pkcs1v15_verify::<Sha512>(signed, signature),
            }
            .is_ok(),
            #[cfg(feature = "rustcrypto-p256")]
            Inner::P256(ref key) => apart(|| {
                p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| p256::ecdsa::signature::Verifier::verify(key, signed, &signature).is_ok())
            }),
            #[cfg(feature = "rustcrypto-p384")]
            Inner::P384(ref key) => apart(|| {
                p384::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| p384::ecdsa::signature::Verifier::verify(key, signed, &signature).is_ok())
            }),
            #[cfg(feature = "rustcrypto-ed25519")]
            Inner::Ed25519(ref key) => apart(|| {
                ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| ed25519_dalek::Verifier::verify(key, signed, &signature).is_ok())
            }),
            #[cfg(feature = "rustcrypto-ed448")]
            Inner::Ed448(ref key) => apart(|| {
                ed448_goldilocks::Signature::try_from(signature)
                    .is_ok_and(|signature| key.verify_raw(&signature, signed).is_ok())
            }),
        }
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        match digest {
            #[cfg(feature = "rustcrypto-sha1")]
            DigestType::SHA1 => Digest::new(&digest_of::<Sha1>(parts)),
            DigestType::SHA256 => Digest::new(&digest_of::<Sha256>(parts)),
            DigestType::SHA384 => Digest::new(&digest_of::<Sha384>(parts)),
            _ => None,
        }
    }

    #[cfg(feature = "rustcrypto-sha1")]
    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Some(super::sha1::nsec3_hash(name, salt, iterations))
    }

    #[cfg(not(feature = "rustcrypto-sha1"))]
    fn nsec3_hash(&self, _name: &[u8], _salt: &[u8], _iterations: u16) -> Option<[u8; 20]> {
        None
    }

    fn zone_digest(&self, hash: u8, feed: &mut super::Feed<'_>) -> Option<Digest> {
        fn digest_fed<D: sha2::Digest>(feed: &mut super::Feed<'_>) -> Option<Digest> {
            let mut state = D::new();
            feed(&mut |octets| state.update(octets));
            Digest::new(&state.finalize())
        }
        match hash {
            1 => digest_fed::<Sha384>(feed),
            2 => digest_fed::<Sha512>(feed),
            _ => None,
        }
    }
}
