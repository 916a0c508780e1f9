//! A device with a trust anchor in its firmware is shown a proof, and says by its exit code what it is worth.
#![no_std]
#![no_main]
#![deny(missing_docs)]

#[forbid(unsafe_code)]
mod device;
mod platform;
