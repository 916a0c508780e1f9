//! RSA public keys as DNSKEY records hold them.

/// An RSA public key in the form of RFC 3110 section 2, borrowed and checked.
///
/// Both backends use it, so both accept the same keys: a modulus of 1024 to 4096 bits, an odd
/// exponent from 3 to 2^33 - 1 (real zones use 3, 65537 and 2^32 + 1), and no leading zeros,
/// which RFC 3110 prohibits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsaKey<'a> {
    /// The public exponent, big-endian.
    pub exponent: &'a [u8],
    /// The modulus, big-endian.
    pub modulus: &'a [u8],
}

impl<'a> RsaKey<'a> {
    /// Octets in the longest modulus.
    pub const MAX_MODULUS: usize = 512;
    /// Octets in the longest exponent.
    pub const MAX_EXPONENT: usize = 5;

    /// Reads the Public Key field; `None` if it is malformed or outside of the limits.
    #[must_use]
    pub fn parse(public_key: &'a [u8]) -> Option<Self> {
        let (exponent_len, rest) = match public_key {
            [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
            [len, rest @ ..] => (usize::from(*len), rest),
            [] => return None,
        };
        let (exponent, modulus) = rest.split_at_checked(exponent_len)?;
        let key = Self { exponent, modulus };
        let sound = (1024..=4096).contains(&bits(modulus)?)
            && modulus.last()? & 1 == 1
            && (2..=33).contains(&bits(exponent)?)
            && exponent.last()? & 1 == 1;
        sound.then_some(key)
    }

    /// Bits in the modulus.
    #[must_use]
    pub fn modulus_bits(&self) -> usize {
        bits(self.modulus).unwrap_or(0)
    }
}

/// Significant bits of a big-endian number without leading zeros.
fn bits(number: &[u8]) -> Option<usize> {
    let first = number.first().filter(|first| **first != 0)?;
    let unused = usize::try_from(first.leading_zeros()).ok()?;
    number.len().checked_mul(8)?.checked_sub(unused)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn key(exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(u8::try_from(exponent.len()).unwrap());
        out.extend_from_slice(exponent);
        out.extend_from_slice(modulus);
        out
    }

    #[test]
    fn limits_of_modulus_and_exponent() {
        let modulus = |len: usize, first: u8| {
            let mut m = std::vec![0xFF; len];
            m[0] = first;
            m
        };
        let good = modulus(128, 0x80);
        for (exponent, accepted) in [
            (&[3][..], true),
            (&[1, 0, 1], true),
            (&[1, 0, 0, 0, 1], true),
            (&[1, 255, 255, 255, 255], true),
            (&[1], false),
            (&[2], false),
            (&[0, 3], false),
            (&[2, 0, 0, 0, 1], false),
        ] {
            assert_eq!(RsaKey::parse(&key(exponent, &good)).is_some(), accepted, "exponent {exponent:?}");
        }
        for (len, first, accepted) in [
            (128, 0x80, true),
            (128, 0x7F, false),
            (127, 0xFF, false),
            (129, 0, false),
            (512, 0xFF, true),
            (513, 1, false),
        ] {
            assert_eq!(
                RsaKey::parse(&key(&[3], &modulus(len, first))).is_some(),
                accepted,
                "{len} octets from {first:#x}"
            );
        }
        let mut even = good.clone();
        *even.last_mut().unwrap() = 0xFE;
        assert_eq!(RsaKey::parse(&key(&[3], &even)), None);
    }

    #[test]
    fn long_form_of_the_exponent_length() {
        let mut octets = std::vec![0, 0, 3, 1, 0, 1];
        octets.extend([0xFF; 256]);
        let parsed = RsaKey::parse(&octets).unwrap();
        assert_eq!((parsed.exponent, parsed.modulus_bits()), (&[1, 0, 1][..], 2048));
    }

    #[test]
    fn cut_anywhere_is_refused() {
        let whole = key(&[1, 0, 1], &[0xFF; 128]);
        for len in 0..whole.len() {
            assert_eq!(RsaKey::parse(&whole[..len]), None, "{len} octets");
        }
    }
}
