//! A DNSSEC verification kernel without I/O, clock or globals, and on top of it the proof that
//! one domain delegated a service to another.
//!
//! Everything that a verdict depends on is an argument of the call: the trust anchors, the
//! time, the policy, the limits, and who does the cryptography. Everything that is received is
//! borrowed. What comes out is one of four [verdicts](chain::Verdict), with a reason; only
//! validation itself can make a [`Secure`](chain::Secure).
//!
//! # The map
//!
//! A module uses only modules on floors below its own.
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 0 | [`error`] [`codes`] [`time`] | parse errors; numbers that IANA assigns; seconds and serial order |
//! | 1 | `read` [`budget`] [`policy`] [`crypto`] | where octets advance; limits; what counts; the backend trait and two backends |
//! | 2 | [`name`] | names as raw labels |
//! | 3 | [`wire`] | messages, records, typed views of RDATA |
//! | 4 | [`canon`] `zonefile` | RRsets and what is signed; records as text |
//! | 5 | `rrsig` | one RRset, some keys, and whether a signature holds |
//! | 6 | `denial` [`anchor`] | what NSEC and NSEC3 prove; trust anchors |
//! | 7 | [`chain`] | from an anchor to an answer; the only module that says Secure |
//! | 8 | `lookup` [`proof`] `rollover` `zone` | which question next; chains of RFC 9102; trust anchors that follow the keys of their zone; whole signed zones |
//! | 9 | [`delegation`] `binding` | did `example.com` delegate its service to `example.net`? certificate and DNSKEY |
//! | 10 | `dane` `dna` `posh` | which TLS server DANE authenticates; the eight steps of the dnssec-ta proof, and its elements on a stream; POSH |
//! | 11 | `net` | asking resolvers over UDP, TCP, TLS and HTTPS; fetching documents |
//! | 12 | `report` | verdicts as text and JSON |
//! | 13 | `cli` | the program |
//!
//! # Where to start
//!
//! - All evidence in hand: [`chain::verify`]. It needs no allocator.
//! - A chain of RFC 9102, as a TLS server sends it: [`proof::check`]. No allocator either.
//! - Evidence to be fetched: `lookup::Lookup` (feature `alloc`) says what to ask.
//! - SRV records and a peer: [`delegation::check`].
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `std` (default) | `alloc`, and what needs an operating system |
//! | `alloc` | `lookup`, growing scratch memory, RSA in `Ring` |
//! | `ring` | the backend [`crypto`]`::Ring` |
//! | `rustcrypto` | the backend [`crypto`]`::RustCrypto`, without RSA: no allocator, no C |
//! | `rustcrypto-rsa` | RSA in it, and `alloc` |
//! | `rustcrypto-p256` `-p384` `-ed25519` `-ed448` `-sha1` `-sha2` | in place of `rustcrypto`: parts of it, for small devices |
//! | `zonefile` | records as text, trust anchors from files, `rollover` |
//! | `zone` | whole signed zones, verified on all cores |
//! | `xml` | IANA's trust anchors as XML |
//! | `cms` | the signature over them |
//! | `binding` | certificates whose key is one of a zone's keys, as trust anchors |
//! | `dane` | which TLS servers DANE authenticates |
//! | `dna` | the dnssec-ta proof |
//! | `posh` | by which certificates a domain says over HTTPS that it is served |
//! | `net` | what moves bytes: asking resolvers, fetching documents |
//! | `cli` | the program `dnsproof`, `report` |
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

// Floor 0.
pub mod codes;
pub mod error;
pub mod time;

// Floor 1.
pub mod budget;
pub mod crypto;
pub mod policy;
mod read;

// Floors 2 to 5.
pub mod canon;
pub mod name;
mod rrsig;
pub mod wire;
#[cfg(feature = "zonefile")]
pub mod zonefile;

// Floors 6 to 11.
pub mod anchor;
#[cfg(feature = "binding")]
pub mod binding;
pub mod chain;
#[cfg(feature = "dane")]
pub mod dane;
pub mod delegation;
mod denial;
#[cfg(feature = "dna")]
pub mod dna;
#[cfg(feature = "alloc")]
pub mod lookup;
#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "posh")]
pub mod posh;
pub mod proof;
#[cfg(feature = "zonefile")]
pub mod rollover;
#[cfg(feature = "zone")]
pub mod zone;

// Floors 12 and 13.
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod report;

/// The README's example has to compile.
#[cfg(all(doctest, feature = "ring", feature = "zonefile"))]
#[doc = include_str!("../README.md")]
struct Readme;
