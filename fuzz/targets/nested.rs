//! A world with trust anchors for several zones on the way, and answers that want to get past the closest one: what is said
//! is what the slow validator of `tests/reference` says.
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
    if let Ok(Err(difference)) = judge::nested(&mut Unstructured::new(octets), &Fake(Ring)) {
        panic!("{difference}");
    }
});
