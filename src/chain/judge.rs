//! Two ways to look at the same evidence: to see what is missing, and to verify.

use super::reason::{Detail, Reason, ReasonCode};
use super::trace::{Event, Observer};
use super::verdict::{Path, Refusal};
use crate::anchor::{self, Anchor, Voucher};
use crate::budget::{Budget, Exhausted, Resource};
use crate::canon::{Rrset, ds_digest};
use crate::codes::{Algorithm, Class, Rcode, Type};
use crate::crypto::Backend;
use crate::denial::{Absence, Finding, Gap, Insecurity, Nsec3s, Nsecs, Witnesses};
use crate::name::Name;
use crate::rrsig::{Call, Check, Failure, Signed, Zone};
use crate::wire::rdata::{Dnskey, Nsec, Nsec3};
use crate::wire::{Message, Question, Section};

/// Says of each step of a walk whether it holds. [`Real`] verifies; [`Dry`] takes every
/// signature for good, so that a walk with it finds out which evidence is missing before
/// anything is spent. What a dry walk arrives at counts for nothing, and by its types it cannot
/// become a verdict.
pub(super) trait Judge<'m> {
    /// A zone whose keys hold.
    type Zone: Copy;
    /// A signature that holds.
    type Seal: Copy;

    fn apex(zone: &Self::Zone) -> Name<'m>;
    /// Labels of the wildcard that the owner was made from; `None` if it was not.
    fn expanded(seal: &Self::Seal) -> Option<u8>;
    /// The DNSKEY RRset of the zone, which its voucher vouches for.
    fn keys(zone: &Self::Zone) -> Rrset<'m>;

    /// Whether the caller and the backend count the algorithm.
    fn counts_algorithm(&self, algorithm: Algorithm) -> bool;
    /// Whether they count what a voucher names: the algorithm, and the digest if there is one.
    fn counts(&self, voucher: &Voucher<'_>) -> bool;
    /// One of the vouchers names a key, and that key signs the DNSKEY RRset. Vouchers are
    /// anchors, or the DS records of the zone in their form.
    fn enter(
        &mut self,
        apex: Name<'m>,
        vouchers: impl Iterator<Item = Anchor<'m>> + Clone,
        mismatch: ReasonCode,
        keys: Rrset<'m>,
    ) -> Result<Self::Zone, Refusal<'m>>;
    /// Goes back to the zone that was entered as number `zones`.
    fn leave_to(&mut self, zones: usize);
    fn signs(&mut self, zone: &Self::Zone, rrset: Rrset<'m>) -> Result<Self::Seal, Failure>;
    /// The verdict rests on this signature.
    fn rests_on(&mut self, seal: &Self::Seal);
    /// The verdict rests on these too.
    fn rests_on_all(&mut self, zone: &Self::Zone, witnesses: &Witnesses<'m>);
    /// That something is insecure rests on these.
    fn shown_by(&mut self, zone: &Self::Zone, witnesses: &Witnesses<'m>);

    fn delegation(
        &mut self,
        zone: &Self::Zone,
        message: Message<'m>,
        name: &Name<'m>,
    ) -> Result<Finding<'m, ()>, Gap<'m>>;
    fn negative(
        &mut self,
        zone: &Self::Zone,
        message: Message<'m>,
        question: &Question<'m>,
    ) -> Result<Finding<'m, Absence>, Gap<'m>>;
    fn wildcard(
        &mut self,
        zone: &Self::Zone,
        message: Message<'m>,
        name: &Name<'m>,
        labels: u8,
    ) -> Result<Finding<'m, ()>, Gap<'m>>;

    /// What pays for searching messages.
    fn budget(&mut self) -> &mut Budget;
    /// Pays for following an alias.
    fn follow(&mut self) -> Result<(), Exhausted>;
    /// Pays for asking a question of loose records.
    fn ask(&mut self) -> Result<(), Exhausted>;
    /// Tells whoever observes.
    fn tell(&mut self, event: Event<'m>);
}

/// Verifies.
pub(super) struct Real<'c, 'm, 's, B: Backend> {
    pub(super) call: Call<'c, 'm, 's, B>,
    pub(super) path: Path<'m>,
    pub(super) observer: &'c mut dyn Observer,
    /// Is told every signature that the verdict rests on.
    pub(super) ledger: &'c mut dyn FnMut(&Signed<'m>),
}

impl<'m, B: Backend> Judge<'m> for Real<'_, 'm, '_, B> {
    type Zone = Zone<'m>;
    type Seal = Signed<'m>;

    fn apex(zone: &Zone<'m>) -> Name<'m> {
        zone.apex()
    }

    fn expanded(seal: &Signed<'m>) -> Option<u8> {
        seal.is_from_wildcard().then(|| seal.labels())
    }

    fn keys(zone: &Zone<'m>) -> Rrset<'m> {
        zone.keys()
    }

    fn counts_algorithm(&self, algorithm: Algorithm) -> bool {
        self.call.counts(algorithm)
    }

    fn counts(&self, voucher: &Voucher<'_>) -> bool {
        voucher.counts(self.call.policy, self.call.backend)
    }

    //= https://www.rfc-editor.org/rfc/rfc4035#section-5
    //# To authenticate an apex DNSKEY RRset by using an initial key, the resolver MUST:
    /// RFC 4035 section 5.2. `mismatch` says what it means that the vouchers name no key.
    #[inline(never)]
    fn enter(
        &mut self,
        apex: Name<'m>,
        vouchers: impl Iterator<Item = Anchor<'m>> + Clone,
        mismatch: ReasonCode,
        keys: Rrset<'m>,
    ) -> Result<Zone<'m>, Refusal<'m>> {
        let call = &mut self.call;
        let exhausted = |resource| Refusal::exhausted(resource, apex, Type::DNSKEY);
        let stronger = anchor::has_stronger(vouchers.clone(), call.policy, call.backend);
        let anchored = mismatch == ReasonCode::AnchorMismatch;
        let mut check = Check::new(keys, apex);
        let mut nearest = None;
        for anchor in vouchers {
            let Some(voucher) = anchor.voucher() else { continue };
            if !voucher.counts(call.policy, call.backend) || stronger && voucher.is_sha1() {
                continue;
            }
            call.budget.read(keys.message().weight()).map_err(|Exhausted(resource)| exhausted(resource))?;
            let mut keys = keys.views::<Dnskey<'m>>();
            while let Some(key) = next_named(&mut keys, &voucher, apex, call).map_err(exhausted)? {
                match check.by_keys(core::iter::once(key), call) {
                    Ok(signed) => {
                        if !self.path.has_room(call.budget.limits().zones) {
                            return Err(exhausted(Resource::Zones));
                        }
                        self.entered(apex, &signed, anchored.then_some(anchor));
                        return Ok(Zone::new(&signed));
                    }
                    Err(Failure::Exhausted(resource)) => return Err(exhausted(resource)),
                    // A key that is named but has not signed, beside one that has, is an
                    // ordinary thing while keys are rolled over. The most telling failure is
                    // kept.
                    Err(failure) => {
                        nearest = Some(nearest.map_or(failure, |nearest: Failure| nearest.or_nearer(failure)));
                    }
                }
            }
        }
        Err(nearest.map_or(Refusal::Bogus(Reason::new(mismatch, apex, Type::DNSKEY, Detail::None)), |failure| {
            Refusal::from_failure(failure, apex, Type::DNSKEY)
        }))
    }

    fn leave_to(&mut self, zones: usize) {
        self.path.leave_to(zones);
    }

    #[inline(never)]
    fn signs(&mut self, zone: &Zone<'m>, rrset: Rrset<'m>) -> Result<Signed<'m>, Failure> {
        let signed = zone.signs(rrset, &mut self.call)?;
        self.observer.observe(Event::signed(&signed, zone.apex(), self.call.clock));
        Ok(signed)
    }

    fn rests_on(&mut self, seal: &Signed<'m>) {
        (self.ledger)(seal);
        self.path.rests_on(seal);
    }

    fn rests_on_all(&mut self, zone: &Zone<'m>, witnesses: &Witnesses<'m>) {
        self.shown_by(zone, witnesses);
    }

    #[inline(never)]
    fn shown_by(&mut self, zone: &Zone<'m>, witnesses: &Witnesses<'m>) {
        // One record may show several things.
        let mut told = None;
        for signed in witnesses.iter().flatten() {
            (self.ledger)(signed);
            self.path.rests_on(signed);
            if told.replace(signed.rrset().owner()) != Some(signed.rrset().owner()) {
                self.observer.observe(Event::signed(signed, zone.apex(), self.call.clock));
            }
        }
    }

    #[inline(never)]
    fn delegation(
        &mut self,
        zone: &Zone<'m>,
        message: Message<'m>,
        name: &Name<'m>,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        let gap = match Nsecs::new(message, zone).delegation(name, &mut self.call) {
            Ok(finding) => return Ok(finding),
            Err(gap) => gap,
        };
        by_nsec3(message, zone, &mut self.call, gap, |nsec3s, call| nsec3s.delegation(name, call))
    }

    #[inline(never)]
    fn negative(
        &mut self,
        zone: &Zone<'m>,
        message: Message<'m>,
        question: &Question<'m>,
    ) -> Result<Finding<'m, Absence>, Gap<'m>> {
        let gap = match Nsecs::new(message, zone).negative(&question.name, question.rtype, &mut self.call) {
            Ok(finding) => return Ok(finding),
            Err(gap) => gap,
        };
        let exists = message.rcode() == Rcode::NOERROR;
        by_nsec3(message, zone, &mut self.call, gap, |nsec3s, call| {
            nsec3s.negative(&question.name, question.rtype, exists, call)
        })
    }

    #[inline(never)]
    fn wildcard(
        &mut self,
        zone: &Zone<'m>,
        message: Message<'m>,
        name: &Name<'m>,
        labels: u8,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        let gap = match Nsecs::new(message, zone).wildcard(name, labels, &mut self.call) {
            Ok(witnesses) => return Ok(Finding::Secure((), witnesses)),
            Err(gap) => gap,
        };
        by_nsec3(message, zone, &mut self.call, gap, |nsec3s, call| nsec3s.wildcard(name, labels, call))
    }

    fn follow(&mut self) -> Result<(), Exhausted> {
        self.call.budget.alias()
    }

    fn budget(&mut self) -> &mut Budget {
        self.call.budget
    }

    fn ask(&mut self) -> Result<(), Exhausted> {
        self.call.budget.question()
    }

    fn tell(&mut self, event: Event<'m>) {
        self.observer.observe(event);
    }
}

impl<'m, B: Backend> Real<'_, 'm, '_, B> {
    /// The keys of a zone hold; the way begins at `anchor`, if there is one.
    #[inline(never)]
    fn entered(&mut self, apex: Name<'m>, signed: &Signed<'m>, anchor: Option<Anchor<'m>>) {
        (self.ledger)(signed);
        self.path.enters(apex, signed);
        if let Some(anchor) = anchor {
            self.path.starts_from(anchor);
        }
        let key = signed.key();
        self.observer.observe(Event::Zone {
            zone: apex,
            anchored: anchor.is_some(),
            key_tag: key.key_tag(),
            algorithm: key.algorithm,
            until: signed.until(self.call.clock),
            signed_until: signed.expiration(),
        });
    }
}

//= https://www.rfc-editor.org/rfc/rfc6840#section-2.1
//# The zone may be using either, and validators supporting these algorithms MUST support both NSEC3 and NSEC responses.
/// Looks for the proof among the NSEC3 records, after `gap` is what the NSEC records had.
fn by_nsec3<'m, 'z, B: Backend, T>(
    message: Message<'m>,
    zone: &'z Zone<'m>,
    call: &mut Call<'_, 'm, '_, B>,
    gap: Gap<'m>,
    prove: impl FnOnce(&Nsec3s<'z, 'm>, &mut Call<'_, 'm, '_, B>) -> Result<Finding<'m, T>, Gap<'m>>,
) -> Result<Finding<'m, T>, Gap<'m>> {
    if matches!(gap, Gap::Failed(Failure::Exhausted(_), ..)) {
        return Err(gap);
    }
    let found = Nsec3s::new(message, zone, call).map_err(|failed| gap.or_nearer(failed))?;
    match found {
        None => Err(gap),
        Some((_, Some((insecurity, signed)))) => Ok(Finding::Insecure(insecurity, [Some(signed), None, None])),
        Some((nsec3s, None)) => prove(&nsec3s, call).map_err(|failed| gap.or_nearer(failed)),
    }
}

//= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
//# Implementations MUST NOT assume that the key tag uniquely identifies a DNSKEY RR.
/// The next of the keys that the voucher names. Each that is looked at is paid.
#[inline(never)]
fn next_named<'m, B: Backend>(
    keys: &mut impl Iterator<Item = Dnskey<'m>>,
    voucher: &Voucher<'_>,
    apex: Name<'m>,
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<Option<Dnskey<'m>>, Resource> {
    for key in keys {
        call.budget.candidate().map_err(|exhausted| exhausted.0)?;
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
        //# The DNSKEY RR referred to in the DS RR MUST be a DNSSEC zone key.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
        //# The DNSKEY RR Flags MUST have Flags bit 7 set.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
        //# If the DNSKEY flags do not indicate a DNSSEC zone key, the DS RR (and the DNSKEY RR it references) MUST NOT
        //# be used in the validation process.
        if key.is_usable() && names(voucher, apex, &key, call)? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Whether the voucher names this key. Each digest is paid before it is made.
fn names<'m, B: Backend>(
    voucher: &Voucher<'_>,
    apex: Name<'m>,
    key: &Dnskey<'m>,
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<bool, Resource> {
    match voucher {
        Voucher::Dnskey(named) => Ok(named == key),
        Voucher::Ds(ds) if ds.algorithm != key.algorithm || ds.key_tag != key.key_tag() => Ok(false),
        Voucher::Ds(ds) => {
            call.budget.digest().map_err(|exhausted| exhausted.0)?;
            let digest = ds_digest(call.backend, ds.digest_type, &apex, key);
            Ok(digest.is_some_and(|digest| digest.as_slice() == ds.digest))
        }
    }
}

/// Takes every signature for good.
pub(super) struct Dry<'d, 'c, 'm, 's, B: Backend> {
    call: &'d mut Call<'c, 'm, 's, B>,
    aliases: u32,
}

impl<'d, 'c, 'm, 's, B: Backend> Dry<'d, 'c, 'm, 's, B> {
    pub(super) const fn new(call: &'d mut Call<'c, 'm, 's, B>) -> Self {
        Self { call, aliases: 0 }
    }
}

/// A zone whose keys nobody has looked at.
#[derive(Clone, Copy)]
pub(super) struct Assumed<'m> {
    apex: Name<'m>,
    keys: Rrset<'m>,
}

impl<'m, B: Backend> Judge<'m> for Dry<'_, '_, 'm, '_, B> {
    type Zone = Assumed<'m>;
    type Seal = ();

    fn apex(zone: &Assumed<'m>) -> Name<'m> {
        zone.apex
    }

    fn expanded((): &()) -> Option<u8> {
        None
    }

    fn keys(zone: &Assumed<'m>) -> Rrset<'m> {
        zone.keys
    }

    fn counts_algorithm(&self, algorithm: Algorithm) -> bool {
        self.call.counts(algorithm)
    }

    fn counts(&self, voucher: &Voucher<'_>) -> bool {
        voucher.counts(self.call.policy, self.call.backend)
    }

    fn enter(
        &mut self,
        apex: Name<'m>,
        _vouchers: impl Iterator<Item = Anchor<'m>> + Clone,
        _mismatch: ReasonCode,
        keys: Rrset<'m>,
    ) -> Result<Assumed<'m>, Refusal<'m>> {
        Ok(Assumed { apex, keys })
    }

    fn leave_to(&mut self, _zones: usize) {}

    fn signs(&mut self, zone: &Assumed<'m>, rrset: Rrset<'m>) -> Result<(), Failure> {
        let mut signatures = rrset.signatures().flatten();
        if signatures.any(|(rrsig, _)| rrsig.signer == zone.apex) { Ok(()) } else { Err(Failure::SignerMismatch) }
    }

    fn rests_on(&mut self, (): &()) {}

    fn rests_on_all(&mut self, _zone: &Assumed<'m>, _witnesses: &Witnesses<'m>) {}

    fn shown_by(&mut self, _zone: &Assumed<'m>, _witnesses: &Witnesses<'m>) {}

    /// A guess that hashes nothing: among NSEC3 records, one that could be the delegation's
    /// counts as it. If the guess is wrong, the walk that verifies asks for what is missing.
    fn delegation(
        &mut self,
        _zone: &Assumed<'m>,
        message: Message<'m>,
        name: &Name<'m>,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        let mut gap = Err(Gap::Missing);
        for record in message.records(Section::Authority).filter(|record| record.class == Class::IN) {
            let (types, opt_out) = match record.rtype {
                Type::NSEC => match record.view::<Nsec<'m>>() {
                    Ok(nsec) if record.owner == *name => (nsec.types, false),
                    _ => {
                        gap = Ok(Finding::Secure((), [None; 3]));
                        continue;
                    }
                },
                Type::NSEC3 => match record.view::<Nsec3<'m>>() {
                    Ok(nsec3) => (nsec3.types, nsec3.is_opt_out()),
                    Err(_) => continue,
                },
                _ => continue,
            };
            let delegation = types.contains(Type::NS) && !types.contains(Type::SOA) && !types.contains(Type::DS);
            if delegation || opt_out {
                return Ok(Finding::Insecure(Insecurity::NoDs, [None; 3]));
            }
            gap = Ok(Finding::Secure((), [None; 3]));
        }
        gap
    }

    fn negative(
        &mut self,
        _zone: &Assumed<'m>,
        _message: Message<'m>,
        _question: &Question<'m>,
    ) -> Result<Finding<'m, Absence>, Gap<'m>> {
        Ok(Finding::Secure(Absence::NoData, [None; 3]))
    }

    fn wildcard(
        &mut self,
        _zone: &Assumed<'m>,
        _message: Message<'m>,
        _name: &Name<'m>,
        _labels: u8,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        Ok(Finding::Secure((), [None; 3]))
    }

    fn follow(&mut self) -> Result<(), Exhausted> {
        let left = self.call.budget.limits().aliases.saturating_sub(self.call.budget.spent().aliases);
        self.aliases = self.aliases.saturating_add(1);
        if self.aliases > left { Err(Exhausted(Resource::Aliases)) } else { Ok(()) }
    }

    fn budget(&mut self) -> &mut Budget {
        self.call.budget
    }

    fn ask(&mut self) -> Result<(), Exhausted> {
        Ok(())
    }

    fn tell(&mut self, _event: Event<'m>) {}
}
