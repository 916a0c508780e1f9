//! A world of zones made of the input, asked whatever a lookup wants to know, and the same once it was changed on the
//! way: what is said is what is true there, and the slow validator of `tests/reference` says so too.
#![no_main]

#[path = "../../tests/reference/compare.rs"]
mod compare;
#[path = "../../tests/generated/judge.rs"]
#[allow(dead_code)]
mod judge;
#[path = "../../tests/reference/validator/mod.rs"]
mod validator;
#[path = "../../tests/generated/world/mod.rs"]
mod world;

use dnsproof::crypto::Ring;
use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use world::signer::Fake;

fuzz_target!(|octets: &[u8]| {
    if let Ok(Err(difference)) = judge::world(&mut Unstructured::new(octets), &Fake(Ring)) {
        panic!("{difference}");
    }
});
