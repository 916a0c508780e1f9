//! DNSSEC verification (draft map).
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable
)]
#![cfg_attr(
    test,
    allow(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::string_slice
    )
)]

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod codes;
pub mod error;
pub mod time;

pub mod anchor;
pub mod budget;
pub mod canon;
pub mod chain;
pub mod crypto;
pub mod delegation;
#[cfg(feature = "alloc")]
pub mod lookup;
pub mod name;
pub mod policy;
mod read;
mod rrsig;
pub mod wire;
