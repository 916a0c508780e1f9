//! Small worlds by the thousand. Of each the truth is known: an honest server's answers are judged as it is, and what
//! was changed on the way proves nothing else.
//!
//! `DNSPROOF_WORLDS` says how many (4,000 if it is not set), `DNSPROOF_WORLD_SEED` where the random numbers begin, and
//! with `DNSPROOF_WORLD_SHOW` what differs is printed whole. A failure names the world, and the seed makes it again.

mod judge;
mod world;

use arbitrary::Unstructured;
use dnsproof::crypto::Ring;
use judge::Judged;
use world::signer::Fake;

/// Random octets from a number (xorshift64).
fn octets(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    (0..512).flat_map(|_| next()).skip(64).collect()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[test]
fn worlds_are_judged_as_they_are() {
    let crypto = Fake(Ring);
    let (mut secure, mut undone, mut wrong) = (0, 0, Vec::new());
    let (first, count) = (number("DNSPROOF_WORLD_SEED", 1), number("DNSPROOF_WORLDS", 4_000));
    for seed in first..first + count {
        let octets = octets(seed);
        match judge::world(&mut Unstructured::new(&octets), &crypto).unwrap() {
            Ok([judged, changed]) => {
                secure += u64::from(matches!(judged, Judged::Secure(..)));
                undone += u64::from(judged != changed);
            }
            Err(difference) => wrong.push(format!("world {seed}, {difference}")),
        }
    }
    println!("{count} worlds, {secure} secure, {undone} not so judged when changed");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    assert!(count < 1000 || secure > count / 5 && undone > count / 10, "{secure} and {undone} of {count}");
}
