//! What moves bytes: resolvers are asked over UDP, TCP, TLS and HTTPS, documents are fetched. The rest of the crate
//! does no I/O.
//!
//! No resolver is trusted; it only carries messages. [`Client::gather`] asks for everything that a
//! [`Lookup`](crate::lookup::Lookup) needs, from the next server where one fails or lies, and what is proved goes into a
//! [`Cache`](crate::lookup::Cache). It runs inside of tokio.
//!
//! ```no_run
//! use dnsproof::anchor::{Anchors, IANA};
//! use dnsproof::budget::{Budget, Limits};
//! use dnsproof::canon::Scratch;
//! use dnsproof::chain::{Step, Terms};
//! use dnsproof::codes::Type;
//! use dnsproof::crypto::Ring;
//! use dnsproof::lookup::{Context, Lookup, Memory};
//! use dnsproof::net::{Client, Keep, Setup};
//! use dnsproof::policy::Policy;
//! use dnsproof::time::Time;
//!
//! async fn is_signed(name: &str, now: u64) -> Result<bool, Box<dyn std::error::Error>> {
//!     let client = Client::new(Setup::new(vec!["udp://192.0.2.53".parse()?, "tcp://192.0.2.54".parse()?]))?;
//!     let (anchors, policy, cache) = (Anchors::parse(IANA)?, Policy::standard(), Memory::new(1 << 20));
//!     let context = Context::new(&anchors, &policy, &Ring).ok_or("no SHA-256")?;
//!     let mut terms = Terms {
//!         clock: Time(now).into(),
//!         policy: &policy,
//!         backend: &Ring,
//!         budget: &mut Budget::new(Limits::default()),
//!         scratch: &mut Scratch::new(),
//!     };
//!     let mut lookup = Lookup::new(name.parse()?, Type::A, &anchors);
//!     let gathered = client.gather(&mut lookup, &mut terms, Keep { context, cache: &cache }).await;
//!     for blame in &gathered.blames {
//!         eprintln!("{blame}"); // which server did what wrong
//!     }
//!     Ok(matches!(lookup.step(&mut terms), Step::Done(verdict) if verdict.secure().is_some()))
//! }
//! ```

mod address;
mod asked;
mod client;
mod fault;
mod fetch;
mod gather;
mod http;
mod https;
mod prove;
mod server;
mod stream;
mod udp;
mod validator;
mod verifier;
mod web;
pub mod xmpp;

pub use address::is_public;
use asked::Asked;
pub use client::{Client, Patience, Reply, Setup};
pub use fault::{Blame, Fault};
pub use fetch::{FetchError, Fetcher};
pub use gather::{Gathered, Keep};
pub use prove::Shown;
pub use server::{Server, ServerError, Transport, resolv_conf};
pub use validator::Validator;
pub use verifier::DaneVerifier;
pub use web::{Names, Response, Web, mozilla};
