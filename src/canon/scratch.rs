//! Memory to lay canonical forms out in.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::budget::{Exhausted, Resource};

/// Where one canonical RDATA lies in the scratch memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    pub(super) start: usize,
    pub(super) len: usize,
}

/// Memory for canonical forms: lent by the caller, or (with `alloc`) growing on its own up to
/// what the largest RRset needed so far. Used again and again, it allocates nothing more.
///
/// One RRset lies in it at a time. How many octets that takes says [`octets_for`](Self::octets_for), and of a chain of
/// RFC 9102 [`octets_for_proof`](Self::octets_for_proof); beside them, one [`Span`] per record. 8 KiB and 64 spans hold
/// what today's zones sign. Where it is too small, the verdict is Indeterminate, and its reason names
/// [`Resource::Scratch`].
///
/// ```
/// use dnsproof::canon::{Scratch, Span};
/// // Zones that never have more than four keys of P-256, under names of up to 64 octets.
/// let mut octets = [0; Scratch::octets_for(4, 4 * 68, 64)];
/// let mut spans = [Span::default(); 4];
/// let scratch = Scratch::lent(&mut octets, &mut spans);
/// # drop(scratch);
/// ```
#[derive(Debug)]
pub struct Scratch<'s> {
    pub(super) octets: Memory<'s, u8>,
    pub(super) spans: Memory<'s, Span>,
}

impl<'s> Scratch<'s> {
    /// Octets that suffice for every RRset of up to `records` records, whose RDATA take `rdata` octets together, names
    /// in them not compressed, and whose owner and signer have names of up to `name` octets on the wire (255 is the
    /// most). The RDATA lie there twice: sorted, and as they are signed (RFC 4034 section 3.1.8.1).
    ///
    /// A key takes 68 octets with P-256, 36 with Ed25519, 100 with P-384 and 264 with RSA of 2048 bits and the usual
    /// exponent; a DS record with SHA-256 takes 36.
    #[must_use]
    pub const fn octets_for(records: usize, rdata: usize, name: usize) -> usize {
        const RECORD: usize = 10;
        const RRSIG: usize = 18;
        let records = records.saturating_mul(name.saturating_add(RECORD));
        rdata.saturating_mul(2).saturating_add(records).saturating_add(name.saturating_add(RRSIG))
    }

    /// Octets that suffice for every RRset of a chain of RFC 9102 of so many octets, whatever lies in it. A chain has
    /// no compressed names, so its records are as long as what is signed.
    #[must_use]
    pub const fn octets_for_proof(chain: usize) -> usize {
        chain.saturating_mul(2)
    }

    /// Scratch memory of a fixed size. A call that needs more ends in
    /// [`Resource::Scratch`].
    #[must_use]
    pub const fn lent(octets: &'s mut [u8], spans: &'s mut [Span]) -> Self {
        Self { octets: Memory::Lent(octets), spans: Memory::Lent(spans) }
    }
}

#[cfg(feature = "alloc")]
impl Scratch<'static> {
    /// Scratch memory that grows.
    #[must_use]
    pub const fn new() -> Self {
        Self { octets: Memory::Owned(Vec::new()), spans: Memory::Owned(Vec::new()) }
    }
}

#[cfg(feature = "alloc")]
impl Default for Scratch<'static> {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug)]
pub(super) enum Memory<'s, T> {
    Lent(&'s mut [T]),
    #[cfg(feature = "alloc")]
    Owned(Vec<T>),
}

impl<T: Copy + Default> Memory<'_, T> {
    /// The first `count` items.
    pub(super) fn room(&mut self, count: usize) -> Result<&mut [T], Exhausted> {
        #[cfg(feature = "alloc")]
        if let Self::Owned(items) = self
            && items.len() < count
        {
            items.resize(count, T::default());
        }
        let items = match self {
            Self::Lent(items) => items,
            #[cfg(feature = "alloc")]
            Self::Owned(items) => items.as_mut_slice(),
        };
        items.get_mut(..count).ok_or(Exhausted(Resource::Scratch))
    }

    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::Lent(items) => items,
            #[cfg(feature = "alloc")]
            Self::Owned(items) => items.as_slice(),
        }
    }
}
