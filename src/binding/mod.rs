//! Certificate and DNSKEY: from a certificate, issued by a CA that the caller trusts, to the trust
//! anchor that its key stands for.
//!
//! A certificate says who holds a key. If the key is one of a zone's DNSSEC keys, it says who speaks
//! for the names of the zone; but only for those that the certificate names. So the anchor that comes
//! of it counts for names at or below that one, and for no longer than the certificate does.
//!
//! 1. [`certify()`] reads a [document](certificates), looks for a certificate that names the domain, and
//!    validates its path to one of the caller's [`Authorities`].
//! 2. [`Certified::anchor`] looks for exactly its key among the keys of the zone.
//!
//! Whatever does not fit is a [`Refusal`] of its own, with the values that disagree.
//!
//! ```
//! use dnsproof::binding::{PublicKey, RefusalCode};
//! use dnsproof::codes::Algorithm;
//!
//! // The key of RFC 8080 section 6.1, to the form that certificates have, and back.
//! let octets = [
//!     0x97, 0x4D, 0x96, 0xA2, 0x2D, 0x22, 0x4B, 0xC0, 0x1A, 0xDB, 0x91, 0x50, 0x91, 0x47, 0x7D, 0x44,
//!     0xCC, 0xD9, 0x1C, 0x9A, 0x41, 0xA1, 0x14, 0x30, 0x01, 0x01, 0x17, 0xD5, 0x2C, 0x59, 0x24, 0x0E,
//! ];
//! let key = PublicKey::from_dnskey(Algorithm::ED25519, &octets)?;
//! let spki = key.to_spki()?;
//! assert_eq!(PublicKey::from_spki(&spki)?, key);
//! assert_eq!(key.algorithms(), [Algorithm::ED25519]);
//! assert_eq!(PublicKey::from_dnskey(Algorithm::ED25519, b"short").unwrap_err().code(), RefusalCode::KeyMalformed);
//! # Ok::<(), dnsproof::binding::Refusal>(())
//! ```

mod authorities;
mod certify;
mod document;
mod identity;
mod key;
mod pem;
mod refusal;

#[cfg(feature = "posh")]
pub(crate) use authorities::window;
pub use authorities::{Authorities, AuthorityError};
pub use certify::{Certified, Vouched, certify, vouched};
pub use document::certificates;
pub use identity::{Identity, Wanted};
pub use key::PublicKey;
#[cfg(feature = "cli")]
pub(crate) use pem::pem;
pub use refusal::{Refusal, RefusalCode};

/// How much of a document is read, and which keys are strong enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Octets that a document may have.
    pub octets: usize,
    /// Certificates that it may have.
    pub certificates: usize,
    /// Bits that the modulus of an RSA key has to have.
    pub rsa_bits: usize,
}

impl Rules {
    /// 64 KiB, ten certificates, and RSA keys of 2048 bits: less is no longer to be used
    /// (NIST SP 800-131A revision 2 section 3).
    #[must_use]
    pub const fn standard() -> Self {
        Self { octets: 65_536, certificates: 10, rsa_bits: 2048 }
    }
}
