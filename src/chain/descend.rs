//! From the closest anchor down to the zone that a name belongs to.

use super::depths::Depths;
use super::evidence::{Evidence, find, is_loose};
use super::judge::Judge;
use super::reason::{Detail, Reason, ReasonCode};
use super::shape::Shape;
use super::trace::Event;
use super::verdict::Refusal;
use super::vouchers::Vouchers;
use super::walk::{Stop, Walk, bogus, closest_anchor, counts, refuse, unproved};
use crate::anchor::{self, Anchor, AnchorSet, Voucher};
use crate::budget::{Budget, Exhausted, Resource};
use crate::canon::Rrset;
use crate::codes::Type;
use crate::denial::{Finding, Insecurity};
use crate::name::Name;
use crate::wire::{Message, Question, Record, Section};

/// How far down a name the chain of zones leads.
pub(super) enum Descent<'m, Z> {
    Zone(Z),
    Insecure(Reason<'m>),
}

/// What a DS question came to.
enum Cut<'m, S> {
    /// A zone begins here, and these DS records vouch for its keys.
    Secure(Rrset<'m>, S),
    Insecure(Reason<'m>),
    /// No zone begins here.
    None,
    /// One without DS records might begin here, but nothing that is signed says so.
    Open,
}

impl<'m, J: Judge<'m>, A: AnchorSet + ?Sized, E: Evidence + ?Sized> Walk<'m, J, A, E> {
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.3
    //# A security-aware resolver MUST be able to determine whether it should expect a particular RRset to be signed.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-5
    //# The absence of DNSSEC data in a response MUST NOT by itself be taken as an indication that no authentication
    //# information exists.
    /// Goes down from the closest anchor to the zone that the name belongs to: as far as
    /// signatures say that there are zones, or, where there is none that says so, past every
    /// name at which a zone could begin.
    #[inline(never)]
    pub(super) fn descend(
        &mut self,
        asked: &Question<'m>,
        deepest: u8,
        hints: Depths,
    ) -> Result<Descent<'m, J::Zone>, Stop<'m>> {
        let mut zone = match self.start(asked, deepest)? {
            Descent::Zone(zone) => zone,
            insecure @ Descent::Insecure(_) => return Ok(insecure),
        };
        let top = J::apex(&zone).label_count();
        let end = deepest.saturating_add(1);
        let mut needed = match hints.within(top..end) {
            signed if !signed.is_empty() => signed,
            _ => Depths::all(top..end),
        };
        let in_hand = self.ds_in_hand(asked);
        let (mut handled, mut left_open, mut unread) = (Depths::default(), Depths::default(), in_hand);
        let loose = is_loose(self.evidence);
        loop {
            let begin = J::apex(&zone).label_count().saturating_add(1);
            let ds_of = |labels| {
                let name = asked.name.ancestor(labels)?;
                Some(Question { name, rtype: Type::DS, class: asked.class })
            };
            // Upwards from the deepest: who signs what says that there is a zone.
            for labels in (begin..end).rev() {
                if needed.contains(labels)
                    && unread.contains(labels)
                    && !handled.contains(labels)
                    && let Some(question) = ds_of(labels)
                    && let Some(response) = find(self.evidence, &question)
                {
                    unread.remove(labels);
                    let signers = signers_of(&response, &question, self.judge.budget());
                    needed = needed.with(signers.within(begin..labels));
                }
            }
            let open = needed.with(in_hand).without(handled);
            let first = (begin..end).find(|labels| open.contains(*labels));
            let Some((labels, question)) = first.and_then(|labels| Some((labels, ds_of(labels)?))) else {
                return Ok(Descent::Zone(zone));
            };
            if loose {
                self.ask(&question)?;
            }
            let Some(response) = find(self.evidence, &question) else {
                if loose {
                    self.leave_open(question);
                    handled.insert(labels);
                    continue;
                }
                return Err(Stop::missing(question));
            };
            match self.cut(&zone, &question, &response, needed.contains(labels)) {
                Ok(Cut::None) => {
                    self.judge.tell(Event::NoCut { name: question.name });
                    handled.insert(labels);
                }
                Ok(Cut::Open) => {
                    handled.insert(labels);
                    left_open.insert(labels);
                }
                Ok(Cut::Insecure(reason)) => return Ok(Descent::Insecure(reason)),
                Ok(Cut::Secure(ds, seal)) => {
                    let keys = Question { rtype: Type::DNSKEY, ..question };
                    // What is at or below the cut belongs to the child (RFC 4035 section 5.3.1:
                    // the signer is the zone that contains the RRset). If no signature is by the
                    // child or a zone below, its keys cannot help.
                    //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
                    //# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
                    let leads_on = !needed.within(labels..end).is_empty();
                    if !leads_on && find(self.evidence, &keys).is_none() {
                        return Err(bogus(ReasonCode::SignerMismatch, asked.name, asked.rtype).into());
                    }
                    self.judge.rests_on(&seal);
                    zone = self.enter(keys, Vouchers::ds(ds), ReasonCode::DsMismatch)?;
                    handled = Depths::default();
                }
                Err(refusal) if refusal.is_exhausted() => return Err(refusal.into()),
                Err(_) if !needed.contains(labels) => handled.insert(labels),
                Err(_) if loose && !in_hand.contains(labels) => {
                    self.leave_open(question);
                    handled.insert(labels);
                }
                Err(refusal) => {
                    // An unsigned zone may lie between. Where one was left open, it counts now.
                    handled = handled.without(left_open);
                    left_open = Depths::default();
                    let between = Depths::all(begin..labels).without(handled);
                    if between.is_empty() {
                        return Err(refusal.into());
                    }
                    needed = needed.with(between);
                }
            }
        }
    }

    /// Loose records do not say whether a zone begins where this DS question asks. If none does, that is all that
    /// can be expected of them: whoever signs what matters is the zone that it belongs to.
    fn leave_open(&mut self, question: Question<'m>) {
        self.open = self.open.or(Some(question));
    }

    /// Pays for asking loose records.
    pub(super) fn ask(&mut self, question: &Question<'m>) -> Result<(), Refusal<'m>> {
        let exhausted = |Exhausted(resource)| Refusal::exhausted(resource, question.name, question.rtype);
        self.judge.ask().map_err(exhausted)
    }

    /// Whether, below the zone, one begins that has no DS records, by the word of loose records.
    #[inline(never)]
    pub(super) fn unsigned_below(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        deepest: u8,
        records: &Message<'m>,
    ) -> Result<Option<Reason<'m>>, Refusal<'m>> {
        for labels in J::apex(zone).label_count().saturating_add(1)..=deepest {
            let Some(name) = asked.name.ancestor(labels) else { continue };
            let question = Question { name, rtype: Type::DS, class: asked.class };
            self.ask(&question)?;
            match self.judge.delegation(zone, *records, &name) {
                Ok(Finding::Insecure(insecurity, witnesses)) => {
                    self.judge.shown_by(zone, &witnesses);
                    return Ok(Some(Reason::from_insecurity(insecurity, name, Type::DS)));
                }
                Ok(Finding::Secure((), _)) => {}
                Err(gap) => {
                    let refusal = unproved(gap, ReasonCode::DenialMissing, &question);
                    if refusal.is_exhausted() {
                        return Err(refusal);
                    }
                }
            }
        }
        Ok(None)
    }

    /// At which names above DS records were asked for already, or are among loose records.
    #[inline(never)]
    fn ds_in_hand(&self, asked: &Question<'m>) -> Depths {
        let mut depths = Depths::default();
        for message in (0_usize..).map_while(|index| self.evidence.message(index)) {
            if message.is_loose() {
                let of_class = |record: &Record<'m>| (record.rtype, record.class) == (Type::DS, asked.class);
                let above = |record: &Record<'m>| asked.name.is_at_or_below(&record.owner);
                let found = message.records(Section::Answer).filter(|record| of_class(record) && above(record));
                found.for_each(|record| depths.insert(record.owner.label_count()));
            }
            if let Some(question) = message.question()
                && (question.rtype, question.class) == (Type::DS, asked.class)
                && asked.name.is_at_or_below(&question.name)
            {
                depths.insert(question.name.label_count());
            }
        }
        depths
    }

    /// The zone to start from: the deepest one that has been entered already on the way to an
    /// alias, or that of the closest anchor.
    #[inline(never)]
    fn start(&mut self, asked: &Question<'m>, deepest: u8) -> Result<Descent<'m, J::Zone>, Stop<'m>> {
        let (anchors, clock) = (self.anchors, self.clock);
        let apex = closest_anchor(asked, deepest, anchors, clock).ok_or_else(|| refuse(ReasonCode::NoAnchor, asked))?;
        let mut of_apex = anchor::iter(anchors).filter(|anchor| anchor.zone() == apex && counts(anchor, asked, clock));
        if of_apex.any(|anchor| anchor.is_negative()) {
            let reason = Reason::new(ReasonCode::NegativeAnchor, apex, asked.rtype, Detail::None);
            return Ok(Descent::Insecure(reason));
        }
        // Zones that other anchors led into are no way to this name.
        let alike = |anchor: Anchor<'_>| {
            anchor.zone() != apex
                || self.entered_for.is_some_and(|name| anchor.covers(&name)) == anchor.covers(&asked.name)
        };
        let anchored = self.zones.first().copied().flatten().is_some_and(|zone| J::apex(&zone) == apex)
            && anchor::iter(anchors).all(alike);
        let above = |zone: &J::Zone| {
            let entered = J::apex(zone);
            entered.label_count() <= deepest && asked.name.is_at_or_below(&entered)
        };
        let kept = self.zones.iter().map_while(|zone| *zone).take_while(|zone| anchored && above(zone)).count();
        self.judge.leave_to(kept);
        self.zones.iter_mut().skip(kept).for_each(|zone| *zone = None);
        if let Some(zone) = kept.checked_sub(1).and_then(|last| self.zones.get(last).copied().flatten()) {
            return Ok(Descent::Zone(zone));
        }
        let vouchers = Vouchers::anchors(anchors, apex, *asked, clock);
        let keys = Question { name: apex, rtype: Type::DNSKEY, class: asked.class };
        if vouchers.clone().next().is_none() {
            return Err(refuse(ReasonCode::AnchorOutdated, &keys));
        }
        if let Some(reason) = self.uncounted(apex, vouchers.clone()) {
            return Err(Refusal::Indeterminate(reason).into());
        }
        self.entered_for = Some(asked.name);
        self.enter(keys, vouchers, ReasonCode::AnchorMismatch).map(Descent::Zone)
    }

    /// Proves the keys of a zone.
    #[inline(never)]
    fn enter(
        &mut self,
        question: Question<'m>,
        vouchers: Vouchers<'m, A>,
        mismatch: ReasonCode,
    ) -> Result<J::Zone, Stop<'m>> {
        let response = find(self.evidence, &question).ok_or(Stop::missing(question))?;
        let keys = match Shape::of(&response, &question, self.judge.budget())? {
            Shape::Records(keys) => keys,
            // What proves that there are none does not prove it of what vouches for them.
            _ if response.is_loose() => return Err(Stop::missing(question)),
            // Whatever vouches for the keys says that there are some.
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5
            //# A resolver SHOULD expect authentication information from signed zones.
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5
            //# A resolver SHOULD believe that a zone is signed if the resolver has been configured with public key
            //# information for the zone, or if the zone's parent is signed and the delegation from the parent contains
            //# a DS RRset.
            _ => return Err(bogus(ReasonCode::KeysMissing, question.name, question.rtype).into()),
        };
        let zone = self.judge.enter(question.name, vouchers, mismatch, keys)?;
        match self.zones.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(zone),
            None => return Err(Refusal::exhausted(Resource::Zones, question.name, question.rtype).into()),
        }
        Ok(zone)
    }

    //= https://www.rfc-editor.org/rfc/rfc6840#section-5.2
    //# In brief, DS records using unknown or unsupported message digest algorithms MUST be treated the same way as DS
    //# records referring to DNSKEY RRs of unknown or unsupported public key algorithms.
    /// Why none of the vouchers counts; `None` if one does.
    #[inline(never)]
    fn uncounted(&self, apex: Name<'m>, vouchers: Vouchers<'m, A>) -> Option<Reason<'m>> {
        let vouchers = vouchers.filter_map(|anchor| anchor.voucher());
        if vouchers.clone().any(|voucher| self.judge.counts(&voucher)) {
            return None;
        }
        let by_algorithm = |voucher: &Voucher<'m>| self.judge.counts_algorithm(voucher.algorithm());
        let digest = vouchers.clone().filter(by_algorithm).find_map(|voucher| voucher.digest_type());
        let (code, detail) = match (digest, vouchers.clone().next()) {
            (Some(digest), _) => (ReasonCode::DigestUnsupported, Detail::Digest(digest)),
            (None, Some(voucher)) => (ReasonCode::AlgorithmUnsupported, Detail::Algorithm(voucher.algorithm())),
            (None, None) => (ReasonCode::AlgorithmUnsupported, Detail::None),
        };
        Some(Reason::new(code, apex, Type::DS, detail))
    }

    /// Whether a zone begins where the DS question asks, by the word of the zone above. `needed`: something that is
    /// signed says that there is one here.
    #[inline(never)]
    fn cut(
        &mut self,
        zone: &J::Zone,
        question: &Question<'m>,
        response: &Message<'m>,
        needed: bool,
    ) -> Result<Cut<'m, J::Seal>, Refusal<'m>> {
        let name = question.name;
        match Shape::of(response, question, self.judge.budget())? {
            Shape::Records(ds) => {
                let seal = self.signs(zone, ds)?;
                // RFC 4035 section 5.2, RFC 6840 section 5.2: an authentic DS RRset of which
                // nothing counts is as good as none.
                Ok(match self.uncounted(name, Vouchers::ds(ds)) {
                    //= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
                    //# In this case, the resolver SHOULD treat the child zone as if it were unsigned.
                    Some(reason) => {
                        self.judge.rests_on(&seal);
                        Cut::Insecure(reason)
                    }
                    None => Cut::Secure(ds, seal),
                })
            }
            // Where there is an alias, no zone begins, and nothing at all below a DNAME record.
            Shape::Alias { cname: alias, .. } | Shape::Replaced { dname: alias, .. } => {
                let seal = self.signs(zone, alias)?;
                // One that a wildcard made says nothing of a name that exists.
                let proof = J::expanded(&seal).map(|labels| self.judge.wildcard(zone, *response, &name, labels));
                match proof {
                    None | Some(Ok(_)) => Ok(Cut::None),
                    Some(Err(gap)) => Err(unproved(gap, ReasonCode::WildcardNotDenied, question)),
                }
            }
            Shape::Negative => match self.judge.delegation(zone, *response, &name) {
                Ok(Finding::Secure((), _)) => Ok(Cut::None),
                // That there might be an unsigned zone is nothing against an answer that is signed; that there is
                // one is.
                Ok(Finding::Insecure(Insecurity::OptOut | Insecurity::Iterations(_), _)) if !needed => Ok(Cut::Open),
                Ok(Finding::Insecure(insecurity, witnesses)) => {
                    self.judge.shown_by(zone, &witnesses);
                    Ok(Cut::Insecure(Reason::from_insecurity(insecurity, name, Type::DS)))
                }
                Err(gap) => Err(unproved(gap, ReasonCode::DenialMissing, question)),
            },
        }
    }
}

/// The zones that the signatures of a response to a DS question name.
#[inline(never)]
fn signers_of<'m>(response: &Message<'m>, question: &Question<'m>, budget: &mut Budget) -> Depths {
    let mut signers = Depths::default();
    match Shape::of(response, question, budget) {
        Ok(Shape::Records(rrset) | Shape::Alias { cname: rrset, .. } | Shape::Replaced { dname: rrset, .. }) => {
            signers.add_signers_of(&rrset, &question.name);
        }
        Ok(Shape::Negative) => signers.add_signers_of_denial(response, &question.name),
        Err(_) => {}
    }
    signers
}
