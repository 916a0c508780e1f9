//! Proofs by NSEC records.

use super::{Absence, Finding, Gap, Insecurity, Witnesses, ends_the_zone, first_signed, lacks, wildcard_at};
use crate::codes::{Class, Type};
use crate::crypto::Backend;
use crate::name::Name;
use crate::rrsig::{Call, Signed, Zone};
use crate::wire::rdata::Nsec;
use crate::wire::{Message, Record, Section};

/// The NSEC records of one zone in the authority section of one message.
#[derive(Clone, Copy)]
pub(crate) struct Nsecs<'z, 'm> {
    message: Message<'m>,
    zone: &'z Zone<'m>,
}

/// One NSEC record, not verified yet.
#[derive(Clone, Copy)]
struct Claim<'m> {
    record: Record<'m>,
    owner: Name<'m>,
    nsec: Nsec<'m>,
}

impl<'m> Claim<'m> {
    /// Whether `name` lies between its owner and the next name (RFC 4034 section 6.1 has the
    /// order). The last record of a zone leads back to the apex.
    fn spans(&self, name: &Name<'_>, apex: &Name<'_>) -> bool {
        self.owner < *name && (*name < self.nsec.next || self.nsec.next == *apex)
    }

    /// Whether it shows that `name` does not exist in the zone, or only as an empty
    /// non-terminal. A record from above a zone cut or a DNAME says nothing of what is below.
    fn covers(&self, name: &Name<'_>, apex: &Name<'_>) -> bool {
        self.spans(name, apex) && !(name.is_below(&self.owner) && ends_the_zone(&self.nsec.types))
    }

    /// Labels of the deepest name above `name` that exists, given that this covers it: what
    /// its owner and the next name exist below, `name` could exist below too.
    fn encloser(&self, name: &Name<'_>) -> u8 {
        name.common_labels(&self.owner).max(name.common_labels(&self.nsec.next))
    }
}

impl<'z, 'm> Nsecs<'z, 'm> {
    pub(crate) const fn new(message: Message<'m>, zone: &'z Zone<'m>) -> Self {
        Self { message, zone }
    }

    /// That `name` has no records of `rtype`.
    pub(crate) fn negative<B: Backend>(
        &self,
        name: &Name<'m>,
        rtype: Type,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Finding<'m, Absence>, Gap<'m>> {
        let apex = self.zone.apex();
        let mut gap = Gap::Missing;
        match self.find(call, &|claim| claim.owner == *name) {
            Ok((claim, signed)) => {
                // RFC 9824 section 3.1: the type NXNAME says that the name does not exist. Beside it
                // there is nothing but what every such name has.
                let mut types = claim.nsec.types.iter();
                let bare = types.all(|rtype| matches!(rtype, Type::RRSIG | Type::NSEC | Type::NXNAME));
                let absence = match bare && claim.nsec.types.contains(Type::NXNAME) {
                    true => Absence::NxName,
                    false if lacks(&claim.nsec.types, rtype) => Absence::NoData,
                    false => return Err(Gap::Missing),
                };
                return Ok(Finding::Secure(absence, [Some(signed), None, None]));
            }
            Err(failed) => gap = gap.or_nearer(failed),
        }
        let (cover, by) =
            self.find(call, &|claim| claim.covers(name, &apex)).map_err(|failed| gap.or_nearer(failed))?;
        if cover.nsec.next.is_below(name) {
            // An empty non-terminal: it exists because something below it does.
            return Ok(Finding::Secure(Absence::NoData, [Some(by), None, None]));
        }
        let wildcard = name.ancestor(cover.encloser(name)).and_then(|encloser| wildcard_at(&encloser));
        let wildcard = wildcard.ok_or(Gap::Missing)?;
        let wildcard = wildcard.as_name();
        match self.find(call, &|claim| claim.owner == wildcard) {
            Ok((claim, signed)) if lacks(&claim.nsec.types, rtype) && !claim.nsec.types.contains(Type::NXNAME) => {
                return Ok(Finding::Secure(Absence::NoData, [Some(by), Some(signed), None]));
            }
            // The wildcard has the type, and should have been the answer; or it says of itself that it is not there.
            Ok(_) => return Err(Gap::Missing),
            Err(failed) => gap = gap.or_nearer(failed),
        }
        let (claim, signed) =
            self.find(call, &|claim| claim.covers(&wildcard, &apex)).map_err(|failed| gap.or_nearer(failed))?;
        let absence = if claim.nsec.next.is_below(&wildcard) { Absence::NoData } else { Absence::NameError };
        Ok(Finding::Secure(absence, [Some(by), Some(signed), None]))
    }

    /// Whether a zone without DS records begins at `name`.
    pub(crate) fn delegation<B: Backend>(
        &self,
        name: &Name<'m>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        let apex = self.zone.apex();
        let gap = match self.find(call, &|claim| claim.owner == *name) {
            Ok((claim, signed)) => {
                let types = &claim.nsec.types;
                // RFC 6840 section 4.4: the NS set and the SOA clear, so it is the parent's.
                //= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
                //# A security-aware resolver MUST use the parent NSEC RR when attempting to prove that a DS RRset does
                //# not exist.
                if !lacks(types, Type::DS) {
                    return Err(Gap::Missing);
                }
                //= https://www.rfc-editor.org/rfc/rfc6840#section-4.4
                //# The validator also MUST check for the presence of the NS bit in the matching NSEC (or NSEC3) RR
                //# (proving that there is, indeed, a delegation), or alternately make sure that the delegation is
                //# covered by an NSEC3 RR with the Opt-Out flag set.
                return Ok(match types.contains(Type::NS) {
                    true => Finding::Insecure(Insecurity::NoDs, [Some(signed), None, None]),
                    false => Finding::Secure((), [Some(signed), None, None]),
                });
            }
            Err(failed) => failed,
        };
        let (_, by) = self.find(call, &|claim| claim.covers(name, &apex)).map_err(|failed| gap.or_nearer(failed))?;
        Ok(Finding::Secure((), [Some(by), None, None]))
    }

    /// That nothing nearer to `name` than a wildcard of `labels` labels exists (RFC 4035
    /// section 5.3.4).
    pub(crate) fn wildcard<B: Backend>(
        &self,
        name: &Name<'m>,
        labels: u8,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Witnesses<'m>, Gap<'m>> {
        let apex = self.zone.apex();
        let shows = |claim: &Claim<'m>| {
            claim.covers(name, &apex) && !claim.nsec.next.is_below(name) && claim.encloser(name) == labels
        };
        self.find(call, &shows).map(|(_, by)| [Some(by), None, None])
    }

    /// The first record that fits and whose signature holds.
    fn find<B: Backend>(
        &self,
        call: &mut Call<'_, 'm, '_, B>,
        fits: &dyn Fn(&Claim<'m>) -> bool,
    ) -> Result<(Claim<'m>, Signed<'m>), Gap<'m>> {
        let claims = self.claims().filter(fits).map(|claim| (claim.record, claim));
        first_signed(self.message, self.zone, Type::NSEC, claims, call)
    }

    /// The records of the zone: the owner and the next name lie in it.
    fn claims(&self) -> impl Iterator<Item = Claim<'m>> + use<'m> {
        let apex = self.zone.apex();
        let records = self.message.records(Section::Authority);
        records.filter(|record| record.rtype == Type::NSEC && record.class == Class::IN).filter_map(move |record| {
            let claim = Claim { record, owner: record.owner, nsec: record.view().ok()? };
            (claim.owner.is_at_or_below(&apex) && claim.nsec.next.is_at_or_below(&apex)).then_some(claim)
        })
    }
}
