//! Whole signed zones, from master files, verified on all cores.
//!
//! [`Zone::read`] takes a zone in, [`Zone::verify`] looks at every signature of it, at what should be signed and is
//! not, at the whole chain of NSEC or NSEC3 records, and at the digests of ZONEMD records. What it finds is in a
//! [`Report`]. That is no verdict on an answer: only [`chain`](crate::chain) says Secure.
//!
//! ```
//! use dnsproof::anchor::Anchors;
//! use dnsproof::crypto::Ring;
//! use dnsproof::policy::Policy;
//! use dnsproof::time::Time;
//! use dnsproof::zone::{FaultKind, Reading, Terms, Zone};
//!
//! let text = "example. 300 IN SOA ns.example. mail.example. 1 7200 3600 604800 300\n\
//!             example. 300 IN NS ns.example.\n";
//! let zone = Zone::read(text.as_bytes(), "example.zone", &Reading::default())?;
//! let (anchors, policy) = (Anchors::default(), Policy::standard());
//! let terms = Terms::new(&anchors, Time(1_795_435_200).into(), &policy, &Ring);
//! let report = zone.verify(&terms);
//! assert_eq!(report.records, 2);
//! assert_eq!(report.faults[0].kind, FaultKind::NotSigned);
//! # Ok::<(), std::io::Error>(())
//! ```

mod dnskey;
mod fault;
mod index;
mod key;
mod nsec;
mod nsec3;
mod read;
mod report;
mod signatures;
mod store;
mod zonemd;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use std::io::Read;

pub use fault::{Fault, FaultKind, Severity};
pub use nsec3::Nsec3Chain;
pub use read::{Open, Reading};
pub use report::{Anchored, Report, ZoneKey};
pub use zonemd::Digested;

use crate::anchor::Anchors;
use crate::codes::Type;
use crate::crypto::Backend;
use crate::name::NameBuf;
use crate::policy::Policy;
use crate::time::Clock;
use crate::wire::rdata::{Soa, View};
use index::Index;
use read::Files;

/// A zone as a master file has it. It takes less memory than the text.
pub struct Zone {
    index: Index,
    files: Vec<String>,
    octets: usize,
}

/// What a zone is verified by.
pub struct Terms<'t, B> {
    /// Those for the zone itself count: one of the keys that they name has to sign its DNSKEY records.
    pub anchors: &'t Anchors,
    /// The time to judge by.
    pub clock: Clock,
    /// Which algorithms count.
    pub policy: &'t Policy,
    /// Who does the cryptography.
    pub backend: &'t B,
    /// Faults that are told in full; all are counted.
    pub max_faults: usize,
    /// Signatures that end within so many seconds are faults of the kind [`FaultKind::ExpiresSoon`].
    pub warn_within: u32,
    /// Is told that so many more signatures were checked.
    pub progress: Option<&'t (dyn Fn(u64) + Sync)>,
}

impl<'t, B> Terms<'t, B> {
    /// With 100 faults told in full, no warning, and nobody who is told of progress.
    #[must_use]
    pub const fn new(anchors: &'t Anchors, clock: Clock, policy: &'t Policy, backend: &'t B) -> Self {
        Self { anchors, clock, policy, backend, max_faults: 100, warn_within: 0, progress: None }
    }
}

impl Zone {
    /// Reads a master file on the threads of the current `rayon` pool. What cannot be read is left out, and becomes a
    /// fault of the zone.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn read(mut input: impl Read + Send, name: &str, reading: &Reading<'_>) -> std::io::Result<Self> {
        let mut files = Files::default();
        files.read(&mut input, name.to_string(), reading)?;
        let Files { pieces, names, octets, .. } = files;
        Ok(Self { index: Index::new(pieces), files: names, octets })
    }

    /// The apex: the owner of the SOA record; `None` if there is none.
    #[must_use]
    pub fn apex(&self) -> Option<NameBuf> {
        self.index.apex.as_deref().map(key::to_name)
    }

    /// The serial of the SOA record.
    #[must_use]
    pub fn serial(&self) -> Option<u32> {
        let place = *self.index.set(self.index.apex_node()?, Type::SOA).first()?;
        Soa::from_rdata(self.index.at(place).as_rdata()).ok().map(|soa| soa.serial)
    }

    /// Records in it.
    #[must_use]
    pub fn records(&self) -> usize {
        self.index.pieces.iter().map(store::Piece::len).sum()
    }

    /// Signatures in it: so many are at most checked.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.index.count(Type::RRSIG)
    }

    /// Octets of text that it was read from.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.octets
    }

    /// Verifies all of it, on the threads of the current `rayon` pool.
    pub fn verify<B>(&self, terms: &Terms<'_, B>) -> Report
    where
        B: Backend<Key: Send + Sync> + Sync,
    {
        report::verify(&self.index, &self.files, terms)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zone").field("apex", &self.apex()).field("records", &self.records()).finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for Terms<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("clock", &self.clock)
            .field("max_faults", &self.max_faults)
            .finish_non_exhaustive()
    }
}
