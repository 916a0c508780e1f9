//! The NSEC3 hash by the block function of the `sha1` crate: each block is laid out once.

use sha1::Digest;

/// FIPS 180-4 section 5.3.1.
const INITIAL: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
/// Octets in a block of SHA-1.
const BLOCK: usize = 64;
/// Blocks that a name and a salt, each of 255 octets, take with their padding.
const MAX_BLOCKS: usize = 9;

/// The iterated hash of RFC 5155 section 5.
pub(super) fn nsec3_hash(name: &[u8], salt: &[u8], iterations: u16) -> [u8; 20] {
    let mut hash = digest(name, salt);
    if iterations > 0 && iterate_in_one_block(&mut hash, salt, iterations).is_none() {
        for _ in 0..iterations {
            hash = digest(&hash, salt);
        }
    }
    hash
}

/// SHA-1 of the two, one after the other.
fn digest(first: &[u8], second: &[u8]) -> [u8; 20] {
    // Nearly every name fits into one block, and none of a zone needs more than nine.
    let one = padded(&mut [[0; BLOCK]], first, second);
    let some = one.or_else(|| padded(&mut [[0; BLOCK]; MAX_BLOCKS], first, second));
    some.unwrap_or_else(|| sha1::Sha1::new().chain_update(first).chain_update(second).finalize().into())
}

/// `None` if the blocks have no room for it.
fn padded(blocks: &mut [[u8; BLOCK]], first: &[u8], second: &[u8]) -> Option<[u8; 20]> {
    let len = first.len().checked_add(second.len())?;
    let used = blocks.get_mut(..len.checked_add(9)?.div_ceil(BLOCK))?;
    let message = used.as_flattened_mut();
    message.get_mut(..first.len())?.copy_from_slice(first);
    message.get_mut(first.len()..len)?.copy_from_slice(second);
    // FIPS 180-4 section 5.1.1: the message, a one bit, zeros, the length in bits.
    *message.get_mut(len)? = 0x80;
    *message.last_chunk_mut()? = u64::try_from(len.checked_mul(8)?).ok()?.to_be_bytes();
    let mut state = INITIAL;
    sha1::block_api::compress(&mut state, used);
    Some(octets(state))
}

/// All iterations but the first, for a salt short enough that hash and salt fit into one block. `None`, with `hash`
/// unchanged, for a longer salt.
fn iterate_in_one_block(hash: &mut [u8; 20], salt: &[u8], iterations: u16) -> Option<()> {
    let mut block = [0; BLOCK];
    let (message, length) = block.split_last_chunk_mut::<8>()?;
    let (_, salt_and_end) = message.split_first_chunk_mut::<20>()?;
    let (place, end) = salt_and_end.split_at_mut_checked(salt.len())?;
    place.copy_from_slice(salt);
    *end.first_mut()? = 0x80;
    let bits = salt.len().checked_add(hash.len())?.checked_mul(8)?;
    *length = u64::try_from(bits).ok()?.to_be_bytes();
    for _ in 0..iterations {
        *block.first_chunk_mut()? = *hash;
        let mut state = INITIAL;
        sha1::block_api::compress(&mut state, &[block]);
        *hash = octets(state);
    }
    Some(())
}

fn octets(state: [u32; 5]) -> [u8; 20] {
    let mut out = [0; 20];
    for (octets, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *octets = word.to_be_bytes();
    }
    out
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use sha1::Sha1;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn every_length_of_name_and_salt() {
        for name_len in 0..=255 {
            let name = vec![0xA5; name_len];
            for salt_len in [0, 1, 8, 35, 36, 54, 55, 56, 64, 255, 400] {
                let salt = vec![0x5A; salt_len];
                for iterations in [0, 1, 3] {
                    let mut expected: Vec<u8> = Sha1::digest([&name[..], &salt].concat()).to_vec();
                    for _ in 0..iterations {
                        expected = Sha1::digest([&expected[..], &salt].concat()).to_vec();
                    }
                    assert_eq!(nsec3_hash(&name, &salt, iterations), expected[..], "{name_len} {salt_len}");
                }
            }
        }
    }
}
