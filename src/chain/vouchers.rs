//! What can vouch for the keys of a zone.

use super::walk::counts;
use crate::anchor::{Anchor, AnchorSet, Voucher};
use crate::canon::Rrset;
use crate::name::Name;
use crate::time::Clock;
use crate::wire::rdata::Ds;
use crate::wire::{Question, Records};

/// Anchors of a zone, or its DS records in their form. One type for both, so that what is done with them is compiled
/// once.
pub(super) enum Vouchers<'m, A: ?Sized> {
    Anchors { set: &'m A, next: usize, apex: Name<'m>, asked: Question<'m>, clock: Clock },
    Ds { rrset: Rrset<'m>, records: Records<'m> },
}

impl<'m, A: AnchorSet + ?Sized> Vouchers<'m, A> {
    /// The anchors of the zone with this apex that count for the question and may be relied on now.
    pub(super) const fn anchors(set: &'m A, apex: Name<'m>, asked: Question<'m>, clock: Clock) -> Self {
        Self::Anchors { set, next: 0, apex, asked, clock }
    }

    /// The DS records of a zone. Those that cannot be read vouch for nothing.
    pub(super) fn ds(rrset: Rrset<'m>) -> Self {
        Self::Ds { rrset, records: rrset.beside() }
    }
}

impl<A: ?Sized> Clone for Vouchers<'_, A> {
    fn clone(&self) -> Self {
        match self {
            Self::Anchors { set, next, apex, asked, clock } => {
                Self::Anchors { set: *set, next: *next, apex: *apex, asked: *asked, clock: *clock }
            }
            Self::Ds { rrset, records } => Self::Ds { rrset: *rrset, records: records.clone() },
        }
    }
}

impl<'m, A: AnchorSet + ?Sized> Iterator for Vouchers<'m, A> {
    type Item = Anchor<'m>;

    #[inline(never)]
    fn next(&mut self) -> Option<Anchor<'m>> {
        match self {
            Self::Anchors { set, next, apex, asked, clock } => loop {
                let anchor = set.anchor(*next)?;
                *next = next.saturating_add(1);
                if anchor.zone() == *apex && counts(&anchor, asked, *clock) && anchor.holds(*clock) {
                    return Some(anchor);
                }
            },
            Self::Ds { rrset, records } => records.find_map(|record| {
                let ds = rrset.has(&record).then(|| record.view::<Ds<'m>>().ok())??;
                Some(Anchor::vouching(rrset.owner(), Some(Voucher::Ds(ds))))
            }),
        }
    }
}
