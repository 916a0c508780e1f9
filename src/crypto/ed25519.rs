//! Ed25519 with parsed keys, and many signatures at once.

use ed25519_dalek::VerifyingKey;
use ed25519_zebra::VerificationKeyBytes;
use ed25519_zebra::batch::Verifier;
use rand_core::{TryCryptoRng, TryRng};
use ring::rand::{SecureRandom, SystemRandom};

use super::SignatureCheck;

/// Signatures in one check: from about 190 on the sum over all of them takes the cheapest way there is.
pub(super) const BATCH: usize = 512;

/// A parsed key.
#[derive(Clone, Debug)]
pub(super) struct Ed25519Key(VerifyingKey);

impl Ed25519Key {
    pub(super) fn new(public_key: &[u8]) -> Option<Self> {
        VerifyingKey::from_bytes(public_key.try_into().ok()?).ok().map(Self)
    }

    /// Without the cofactor, as everybody else does it.
    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> bool {
        use ed25519_dalek::Verifier as _;
        ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| self.0.verify(signed, &signature).is_ok())
    }
}

/// Whether all of these hold, with the cofactor: the equation that RFC 8032 section 5.1.7 step 3 has first. Signatures
/// that hold without it hold with it.
pub(super) fn verify_all<'c, K: 'c>(
    checks: impl ExactSizeIterator<Item = &'c SignatureCheck<'c, K>>,
    key_of: impl Fn(&K) -> Option<&Ed25519Key>,
) -> bool {
    let Some(mut random) = Random::new(checks.len()) else { return false };
    let mut verifier = Verifier::new();
    for check in checks {
        let (Some(key), Ok(signature)) = (key_of(check.key), <[u8; 64]>::try_from(check.signature)) else {
            return false;
        };
        // The library takes encodings that RFC 8032 section 5.1.3 does not know.
        let key = key.0.as_bytes();
        if !signature.first_chunk().is_some_and(is_canonical) || !is_canonical(key) {
            return false;
        }
        let signature = ed25519_dalek::Signature::from_bytes(&signature);
        verifier.queue((VerificationKeyBytes::from(*key), signature, check.signed));
    }
    verifier.verify(&mut random).is_ok() && !random.is_used_up
}

/// Whether a point is encoded in the one way that RFC 8032 section 5.1.2 has for it: y below 2^255 - 19, and where x is
/// 0 (y is 1 or -1) without its sign.
fn is_canonical(encoded: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = encoded;
    let (y_high, sign) = (high & 0x7F, high >> 7);
    let all_ones = y_high == 0x7F && middle.iter().all(|octet| *octet == 0xFF);
    let all_zeros = y_high == 0 && middle.iter().all(|octet| *octet == 0);
    let too_large = all_ones && *low >= 0xED;
    let x_is_zero = all_zeros && *low == 1 || all_ones && *low == 0xEC;
    !(too_large || x_is_zero && sign == 1)
}

/// Numbers that nobody can guess, 128 bits for each signature, asked of the system at once.
struct Random {
    octets: [u8; 16 * BATCH],
    at: usize,
    end: usize,
    is_used_up: bool,
}

impl Random {
    fn new(signatures: usize) -> Option<Self> {
        let mut random = Self { octets: [0; 16 * BATCH], at: 0, end: signatures.checked_mul(16)?, is_used_up: false };
        SystemRandom::new().fill(random.octets.get_mut(..random.end)?).ok()?;
        Some(random)
    }
}

impl TryRng for Random {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut octets = [0; 4];
        self.try_fill_bytes(&mut octets).map(|()| u32::from_le_bytes(octets))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut octets = [0; 8];
        self.try_fill_bytes(&mut octets).map(|()| u64::from_le_bytes(octets))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        let behind = self.at.saturating_add(out.len());
        match self.octets.get(self.at..behind).filter(|_| behind <= self.end) {
            Some(octets) => out.copy_from_slice(octets),
            // Nothing that depends on these counts.
            None => self.is_used_up = true,
        }
        self.at = behind;
        Ok(())
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn encodings() {
        let mut p = [0xFF; 32];
        (p[0], p[31]) = (0xED, 0x7F);
        let mut minus_one = p;
        minus_one[0] = 0xEC;
        let mut one = [0; 32];
        one[0] = 1;
        let signed = |mut point: [u8; 32]| {
            point[31] |= 0x80;
            point
        };
        let mut two = one;
        two[0] = 2;
        let with = |mut point: [u8; 32], at: usize, octet: u8| {
            point[at] = octet;
            point
        };
        for (point, canonical) in [
            ([0; 32], true),
            (one, true),
            (signed(one), false),
            (two, true),
            (signed(two), true),
            (minus_one, true),
            (signed(minus_one), false),
            (p, false),
            (signed(p), false),
            ([0xFF; 32], false),
            // One octet away from those that have no sign, and from those that are too large.
            (signed(with(one, 1, 1)), true),
            (signed(with(one, 30, 1)), true),
            (signed(with(one, 31, 1)), true),
            (signed(with(minus_one, 0, 0xEB)), true),
            (signed(with(minus_one, 1, 0xFE)), true),
            (signed(with(minus_one, 30, 0xFE)), true),
            (signed(with(minus_one, 31, 0x7E)), true),
            (with(p, 1, 0xFE), true),
            (with(p, 30, 0), true),
            (with(p, 31, 0x7E), true),
            (with(p, 0, 0xEE), false),
        ] {
            assert_eq!(is_canonical(&point), canonical, "{point:02x?}");
        }
    }

    #[test]
    fn many_at_once() {
        use ed25519_dalek::{Signer, SigningKey};
        let signers: Vec<SigningKey> = (1..4).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
        let messages: Vec<Vec<u8>> = (0_u8..70).map(|number| std::vec![number; 40]).collect();
        let keys: Vec<Ed25519Key> =
            signers.iter().map(|signer| Ed25519Key::new(signer.verifying_key().as_bytes()).unwrap()).collect();
        let mut signatures: Vec<[u8; 64]> =
            messages.iter().enumerate().map(|(at, message)| signers[at % 3].sign(message).to_bytes()).collect();
        let all = |signatures: &[[u8; 64]]| {
            let checks: Vec<SignatureCheck<'_, Ed25519Key>> = messages
                .iter()
                .zip(signatures)
                .enumerate()
                .map(|(at, (signed, signature))| SignatureCheck { key: &keys[at % 3], signed, signature })
                .collect();
            verify_all(checks.iter(), |key| Some(key))
        };
        assert!(all(&signatures));
        for (at, octet) in [(0, 0), (33, 31), (69, 32), (12, 63)] {
            signatures[at][octet] ^= 1;
            assert!(!all(&signatures), "signature {at}, octet {octet}");
            signatures[at][octet] ^= 1;
        }
        signatures.swap(3, 6);
        assert!(!all(&signatures), "signatures of the same key over other messages");
    }

    #[test]
    fn no_random_octet_is_given_twice() {
        let mut random = Random::new(2).unwrap();
        let octets = random.octets;
        assert_ne!(octets[..16], octets[16..32]);
        let (first, second) = (random.try_next_u32().unwrap(), random.try_next_u64().unwrap());
        assert_eq!((&first.to_le_bytes()[..], &second.to_le_bytes()[..]), (&octets[..4], &octets[4..12]));
        let mut rest = [0; 20];
        random.try_fill_bytes(&mut rest).unwrap();
        assert!(rest == octets[12..32] && !random.is_used_up);
        random.try_next_u32().unwrap();
        assert!(random.is_used_up);
    }

    #[test]
    fn too_many_are_refused() {
        let key = Ed25519Key::new(ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().as_bytes()).unwrap();
        let checks: Vec<_> =
            (0..=BATCH).map(|_| SignatureCheck { key: &key, signed: b"", signature: &[0; 64] }).collect();
        assert!(!verify_all(checks.iter(), |key| Some(key)));
    }
}
