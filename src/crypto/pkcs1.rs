//! RSA public keys as PKCS #1 has them, for libraries that take nothing else.

use alloc::vec::Vec;

use super::RsaKey;

/// `RSAPublicKey` in DER (RFC 8017 appendix A.1.1).
pub(super) fn to_der(key: &RsaKey<'_>) -> Option<Vec<u8>> {
    let mut numbers = Vec::new();
    for number in [key.modulus, key.exponent] {
        // A first bit of 1 would make it negative.
        let sign = usize::from(*number.first()? >> 7);
        header(0x02, number.len().checked_add(sign)?, &mut numbers)?;
        numbers.extend(core::iter::repeat_n(0, sign));
        numbers.extend_from_slice(number);
    }
    let mut out = Vec::new();
    header(0x30, numbers.len(), &mut out)?;
    out.append(&mut numbers);
    Some(out)
}

/// A tag and a length in its shortest form (X.690 section 10.1).
fn header(tag: u8, length: usize, out: &mut Vec<u8>) -> Option<()> {
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    match (high, low) {
        (0, 0..=0x7F) => out.extend([tag, low]),
        (0, _) => out.extend([tag, 0x81, low]),
        _ => out.extend([tag, 0x82, high, low]),
    }
    Some(())
}
