//! Sets of numbers of labels.

use crate::canon::Rrset;
use crate::codes::Type;
use crate::name::Name;
use crate::wire::rdata::Rrsig;
use crate::wire::{Message, Section};

/// Numbers of labels: the names at and above a name are one for each number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Depths(u128);

impl Depths {
    pub(super) fn contains(self, labels: u8) -> bool {
        1_u128.checked_shl(labels.into()).is_some_and(|bit| self.0 & bit != 0)
    }

    pub(super) fn insert(&mut self, labels: u8) {
        self.0 |= 1_u128.checked_shl(labels.into()).unwrap_or(0);
    }

    pub(super) fn remove(&mut self, labels: u8) {
        self.0 &= !1_u128.checked_shl(labels.into()).unwrap_or(0);
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds the zones at or above `name` that signatures of `rrset` name.
    pub(super) fn add_signers_of(&mut self, rrset: &Rrset<'_>, name: &Name<'_>) {
        for (rrsig, _) in rrset.signatures().flatten() {
            self.add_signer(&rrsig, name);
        }
    }

    /// Adds the zones at or above `name` that signatures over a denial name.
    pub(super) fn add_signers_of_denial(&mut self, response: &Message<'_>, name: &Name<'_>) {
        for record in response.records(Section::Authority).filter(|record| record.rtype == Type::RRSIG) {
            if let Ok(rrsig) = record.view::<Rrsig<'_>>()
                && matches!(rrsig.type_covered, Type::SOA | Type::NSEC | Type::NSEC3)
            {
                self.add_signer(&rrsig, name);
            }
        }
    }

    fn add_signer(&mut self, rrsig: &Rrsig<'_>, name: &Name<'_>) {
        if name.is_at_or_below(&rrsig.signer) {
            self.insert(rrsig.signer.label_count());
        }
    }

    /// Those of the range.
    pub(super) fn within(self, range: core::ops::Range<u8>) -> Self {
        let mut out = Self::default();
        range.filter(|labels| self.contains(*labels)).for_each(|labels| out.insert(labels));
        out
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All of the range.
    pub(super) fn all(range: core::ops::Range<u8>) -> Self {
        Self(u128::MAX).within(range)
    }
}

#[cfg(test)]
mod tests {
    use super::Depths;

    #[test]
    fn sets() {
        let (low, high) = (Depths::all(1..4), Depths::all(3..128));
        let has = |depths: Depths| (0..=u8::MAX).filter(move |labels| depths.contains(*labels));
        assert!(has(low).eq(1..4));
        assert!(has(low.with(high)).eq(1..128));
        assert!(has(low.without(high)).eq(1..3));
        assert!(has(high.within(0..5)).eq(3..5));
    }
}
