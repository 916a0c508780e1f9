//! POSH (RFC 7711): the source domain says over HTTPS by which certificates it is served.
//!
//! No I/O here: a [`Retrieval`] says which document to get, and is fed; it ends in [`Fingerprints`], which judge the
//! certificate that a server presents. Who gets the documents has to check the certificates of their servers.
//!
//! ```
//! use dnsproof::posh::{Need, Retrieval};
//! use dnsproof::time::Time;
//!
//! let mut retrieval = Retrieval::new("example.com".parse()?, "xmpp-server")?;
//! assert_eq!(retrieval.step(), Need::Get("https://example.com/.well-known/posh/xmpp-server.json"));
//! let text = br#"{"fingerprints":[{"sha-256":"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ="}],"expires":604800}"#;
//! retrieval.document(text, Time(1_000));
//! let Need::Done(Ok(fingerprints)) = retrieval.step() else { unreachable!() };
//! assert_eq!(fingerprints.until(), Time(605_800));
//! assert!(fingerprints.check(b"another certificate", Time(2_000).into()).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod retrieval;

pub use document::{Fingerprints, PoshError};
pub use retrieval::{Need, Retrieval};
