//! The dnssec-ta proof: the eight steps from a source domain to a provider, and the elements that the two
//! sides of an XMPP stream exchange for it.
//!
//! 1. The caller wants to reach a domain for a service.
//! 2. Its SRV records are looked up,
//! 3. and validated under the caller's own anchors. Secure: what they say is final.
//! 4. Bogus: it ends here. Where no anchor reaches, the peer is challenged for a certificate.
//! 5. Its key, a key of the zone, becomes a trust anchor for the domain and for this call,
//! 6. under which the same records have to be secure,
//! 7. and to name the peer.
//! 8. Then the delegation is confirmed, until the first of all that it rests on ends.
//!
//! [`Check`] is one such check: it says what it needs, and is fed. [`Stream`] is both sides of a stream with
//! many domains. Neither does any I/O.

mod check;
mod domain;
mod element;
mod outcome;
mod prooftype;
mod stream;
mod url;

pub use check::{Check, Delegation, Need, ProofRules, settle};
pub use domain::domain;
pub use element::{Element, ElementError, NAMESPACE, Reading};
pub use outcome::{Cause, Conclusion, Event, Failure, NoProof, Outcome, ProvedBy, Success, Unproved};
pub use prooftype::ProofType;
pub use stream::{Action, Offer, Setup, Stream};
pub use url::{ProofUrl, UrlError, UrlRules};
