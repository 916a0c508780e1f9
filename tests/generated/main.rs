//! Small worlds by the thousand. Of each the truth is known: an honest server's answers are judged as it is, and what
//! was changed on the way proves nothing else.
//!
//! `DNSPROOF_WORLDS` says how many (1,000 if it is not set), `DNSPROOF_WORLD_SEED` where the random numbers begin, and
//! with `DNSPROOF_WORLD_SHOW` what differs is printed whole. A failure names the world, and the seed makes it again.

#[path = "../reference/compare.rs"]
mod compare;
mod judge;
#[path = "../reference/validator/mod.rs"]
mod validator;
mod world;

use arbitrary::Unstructured;
use dnsproof::crypto::Ring;
use judge::{Judged, Said};
use world::octets;
use world::signer::Fake;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// Counts what `of` says of so many worlds: secure ones, such as became other ones, and such of which the reference
/// proves more.
fn each(of: impl Fn(&mut Unstructured<'_>) -> arbitrary::Result<Result<Said, String>>) -> [u64; 4] {
    let (mut wrong, mut missed) = (Vec::new(), Vec::new());
    let (first, count) = (number("DNSPROOF_WORLD_SEED", 1), number("DNSPROOF_WORLDS", 1_000));
    let (mut secure, mut undone) = (0, 0);
    for seed in first..first + count {
        let octets = octets(seed);
        match of(&mut Unstructured::new(&octets)).unwrap() {
            Ok(said) => {
                secure += u64::from(matches!(said.changed, Judged::Secure(..)));
                undone += u64::from(said.honest != said.changed);
                missed.extend(said.missed.map(|said| format!("world {seed}: {said}")));
            }
            Err(difference) => wrong.push(format!("world {seed}, {difference}")),
        }
    }
    println!(
        "{count} worlds, {undone} not judged as before, {secure} still secure, {} by the reference only",
        missed.len()
    );
    missed.iter().take(10).for_each(|missed| println!("{missed}"));
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
    [count, secure, undone, missed.len().try_into().unwrap()]
}

#[test]
fn worlds_are_judged_as_they_are() {
    let [count, secure, undone, missed] = each(|u| judge::world(u, &Fake(Ring)));
    assert!(count < 500 || secure > count / 10 && undone > count / 10 && missed < count / 10);
}

#[test]
fn what_a_zone_makes_up_is_judged_by_the_text() {
    let [count, secure, undone, missed] = each(|u| judge::invented(u, &Fake(Ring)));
    assert!(count < 500 || secure > count / 50 && undone > count / 10 && missed < count / 10);
}

#[test]
fn the_closest_of_several_anchors_counts() {
    let [count, secure, undone, missed] = each(|u| judge::nested(u, &Fake(Ring)));
    assert!(count < 500 || secure > count / 20 && undone > count / 10 && missed < count / 5);
}

#[test]
fn what_the_caller_says_counts() {
    let [count, secure, undone, missed] = each(|u| judge::settings(u, &Fake(Ring)));
    assert!(count < 500 || secure > count / 10 && undone > count / 20 && missed < count / 5);
}
