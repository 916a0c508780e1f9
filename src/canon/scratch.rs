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
/// An RRset needs its RDATA uncompressed twice, and per record its owner and 10 octets; plus
/// one [`Span`] per record. 8 KiB and 64 spans hold what today's zones sign.
///
/// ```
/// use dnsproof::canon::{Scratch, Span};
/// let (mut octets, mut spans) = ([0; 8192], [Span::default(); 64]);
/// let scratch = Scratch::lent(&mut octets, &mut spans);
/// # drop(scratch);
/// ```
#[derive(Debug)]
pub struct Scratch<'s> {
    pub(super) octets: Memory<'s, u8>,
    pub(super) spans: Memory<'s, Span>,
}

impl<'s> Scratch<'s> {
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
