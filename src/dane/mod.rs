//! DANE: may a TLS server be connected to, and what authenticates it? (RFC 6698, 7671; for mail RFC 7672, for SRV
//! records RFC 7673.)
//!
//! No I/O here: a [`Discovery`] says which questions to ask and is fed with what lookups came to. It ends in a [`Plan`]
//! with a [`Decision`] for each endpoint; where that is [`Decision::Authenticate`], its [`Requirement`] judges the
//! certificates that the server presents. An answer that does not come, or does not hold, never reads as "there are no
//! TLSA records": such an endpoint must not be connected to.
//!
//! ```
//! use dnsproof::codes::Type;
//! use dnsproof::dane::{Discovery, Progress};
//! let discovery = Discovery::srv("xmpp-server".parse().unwrap(), "example.com".parse()?);
//! let Progress::Ask(questions) = discovery.progress() else { unreachable!() };
//! assert_eq!(questions, [("_xmpp-server._tcp.example.com".parse()?, Type::SRV)]);
//! # Ok::<(), dnsproof::error::ParseError>(())
//! ```

mod association;
mod discovery;
mod requirement;

pub use association::{Association, Unusable, usable};
pub use discovery::{Decision, Discovery, Endpoint, Hop, NoDane, Plan, Progress};
pub use requirement::{Authenticated, Mismatch, MismatchCause, Requirement};
