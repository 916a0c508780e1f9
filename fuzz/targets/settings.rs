//! A world under a policy, a clock and a scope that the caller chose: what is said is what has to be, and what the slow validator
//! of `tests/reference` says.
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
    if let Ok(Err(difference)) = judge::settings(&mut Unstructured::new(octets), &Fake(Ring)) {
        panic!("{difference}");
    }
});
