//! The way from an anchor to an answer, and on along aliases.

use super::depths::Depths;
use super::evidence::{Evidence, find};
use super::judge::Judge;
use super::reason::{Detail, Reason, ReasonCode};
use super::shape::{Shape, Told, tells_of};
use super::verdict::{Aliases, Content, MAX_LINKS, Refusal};
use crate::anchor::{self, AnchorSet, Voucher};
use crate::budget::{Exhausted, Resource};
use crate::canon::Rrset;
use crate::codes::{Class, Rcode, Type};
use crate::denial::{Absence, Finding, Gap, Insecurity};
use crate::name::Name;
use crate::rrsig::Failure;
use crate::wire::rdata::Ds;
use crate::wire::{Message, Question};

/// Why a walk ended early.
pub(super) enum Stop<'m> {
    /// The answer to this question is needed.
    Ask(Question<'m>),
    Refused(Refusal<'m>),
}

impl<'m> From<Refusal<'m>> for Stop<'m> {
    fn from(refusal: Refusal<'m>) -> Self {
        Self::Refused(refusal)
    }
}

/// Where a walk arrived.
pub(super) struct Arrival<'m> {
    /// The question that it started from.
    pub(super) question: Question<'m>,
    pub(super) content: Content<'m>,
    pub(super) aliases: Aliases<'m>,
    pub(super) from_wildcard: bool,
    /// The first link of the chain that lies outside of what is signed. The whole is as secure
    /// as its weakest link.
    pub(super) insecure: Option<Reason<'m>>,
}

/// One question on the way: where it stands, and what is known of it.
struct Settled<'m> {
    shape: Shape<'m>,
    content: Content<'m>,
    from_wildcard: bool,
    insecure: Option<Reason<'m>>,
}

/// How far down a name the chain of zones leads.
enum Descent<'m, Z> {
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
}

pub(super) struct Walk<'m, J: Judge<'m>, A: ?Sized, E: ?Sized> {
    pub(super) judge: J,
    anchors: &'m A,
    evidence: &'m E,
    zones: [Option<J::Zone>; MAX_LINKS],
}

impl<'m, J: Judge<'m>, A: AnchorSet + ?Sized, E: Evidence + ?Sized> Walk<'m, J, A, E> {
    pub(super) const fn new(judge: J, anchors: &'m A, evidence: &'m E) -> Self {
        Self { judge, anchors, evidence, zones: [None; MAX_LINKS] }
    }

    /// Judges the answer to `question`, and to where its aliases lead.
    pub(super) fn resolve(&mut self, question: Question<'m>) -> Result<Arrival<'m>, Stop<'m>> {
        // Signatures are not signed, and pseudo types are not in zones (RFC 4035 section 2.2).
        // The root has no parent that could have DS records of it.
        let rootless = question.rtype == Type::DS && question.name.is_root();
        let meta = question.rtype.is_meta() && question.rtype != Type::ANY;
        if meta || rootless || matches!(question.rtype, Type::RRSIG | Type::SIG) {
            return Err(refuse(ReasonCode::QuestionNotJudged, &question));
        }
        let (mut asked, mut carried) = (question, None);
        let mut aliases = Aliases::new();
        let (mut insecure, mut from_wildcard) = (None, false);
        loop {
            if closest_anchor(&asked, deepest_zone(&asked), self.anchors).is_none() {
                return Err(refuse(ReasonCode::NoAnchor, &asked));
            }
            let response = self.response(asked, carried)?;
            let settled = self.settle(asked, response)?;
            insecure = insecure.or(settled.insecure);
            from_wildcard |= settled.from_wildcard;
            let target = match settled.shape {
                Shape::Alias { target, .. } | Shape::Replaced { target, .. } => target,
                Shape::Records(_) | Shape::Negative => {
                    return Ok(Arrival { question, content: settled.content, aliases, from_wildcard, insecure });
                }
            };
            let exhausted = |Exhausted(resource)| Refusal::exhausted(resource, asked.name, asked.rtype);
            self.judge.follow().map_err(exhausted)?;
            if !aliases.push(asked.name) {
                return Err(exhausted(Exhausted(Resource::Aliases)).into());
            }
            if aliases.contains(&target) {
                return Err(refuse(ReasonCode::AliasLoop, &asked));
            }
            asked.name = target;
            carried = Some(response);
        }
    }

    /// The response to look into: that to the alias if it goes on to `asked`, or one of its own.
    fn response(&self, asked: Question<'m>, carried: Option<Message<'m>>) -> Result<Message<'m>, Stop<'m>> {
        let own = || find(self.evidence, &asked);
        let told = carried.map_or(Told::Nothing, |carried| tells_of(&carried, &asked));
        let response = match told {
            Told::Records => carried,
            Told::Absence => own().or(carried),
            Told::Nothing => own(),
        };
        response.ok_or(Stop::Ask(asked))
    }

    /// Judges the answer to one question, aliases not followed.
    fn settle(&mut self, asked: Question<'m>, response: Message<'m>) -> Result<Settled<'m>, Stop<'m>> {
        let shape = Shape::of(&response, &asked).map_err(Refusal::Indeterminate)?;
        let name = asked.name;
        let mut hints = Depths::default();
        let deepest = match &shape {
            Shape::Records(rrset) | Shape::Alias { cname: rrset, .. } => {
                hints.add_signers_of(rrset, &name);
                deepest_zone(&asked)
            }
            Shape::Replaced { dname, .. } => {
                hints.add_signers_of(dname, &name);
                dname.owner().label_count()
            }
            Shape::Negative => {
                hints.add_signers_of_denial(&response, &name);
                deepest_zone(&asked)
            }
        };
        let content = match &shape {
            Shape::Records(rrset) => Content::Records(*rrset),
            // A guess of the server, until it is proved.
            _ if response.rcode() == Rcode::NXDOMAIN => Content::NameError,
            _ => Content::NoData,
        };
        let mut settled = Settled { shape, content, from_wildcard: false, insecure: None };
        let zone = match self.descend(&asked, deepest, hints)? {
            Descent::Zone(zone) => zone,
            Descent::Insecure(reason) => {
                settled.insecure = Some(reason);
                return Ok(settled);
            }
        };
        match shape {
            Shape::Records(all) if all.rtype() == Type::ANY => {
                self.every(&asked, &zone, all, &response, &mut settled)?
            }
            // The keys of a zone are proved by what vouches for them, never by one another.
            Shape::Records(keys) if keys.rtype() == Type::DNSKEY => {
                if keys.owner() != J::apex(&zone) {
                    return Err(bogus(ReasonCode::SignerMismatch, name, asked.rtype).into());
                }
                settled.content = Content::Records(J::keys(&zone));
            }
            Shape::Records(rrset) | Shape::Alias { cname: rrset, .. } => {
                self.records(&asked, &zone, rrset, &response, &mut settled)?;
            }
            Shape::Replaced { dname, .. } => {
                let seal = self.signs(&zone, dname)?;
                // RFC 6672 section 2.3 leaves DNAME records of wildcards without a meaning.
                if J::expanded(&seal).is_some() {
                    return Err(bogus(ReasonCode::LabelsMismatch, dname.owner(), Type::DNAME).into());
                }
                self.judge.rests_on(&seal);
            }
            Shape::Negative => self.absent(&asked, &zone, &response, &mut settled)?,
        }
        Ok(settled)
    }

    /// Records that should be signed by the zone.
    fn records(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        rrset: Rrset<'m>,
        response: &Message<'m>,
        settled: &mut Settled<'m>,
    ) -> Result<(), Stop<'m>> {
        let seal = self.signs(zone, rrset)?;
        self.judge.rests_on(&seal);
        let Some(labels) = J::expanded(&seal) else { return Ok(()) };
        // RFC 4035 section 5.3.4: the name itself, or a wildcard nearer to it, could exist.
        settled.from_wildcard = true;
        match self.judge.wildcard(zone, *response, &asked.name, labels) {
            Ok(Finding::Secure((), witnesses)) => {
                self.judge.rests_on_all(&witnesses);
                Ok(())
            }
            Ok(Finding::Insecure(insecurity)) => {
                settled.insecure = Some(Reason::from_insecurity(insecurity, asked.name, asked.rtype));
                Ok(())
            }
            Err(gap) => Err(unproved(gap, ReasonCode::WildcardNotDenied, asked).into()),
        }
    }

    /// The answer to a question for any type: each RRset on its own.
    fn every(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        all: Rrset<'m>,
        response: &Message<'m>,
        settled: &mut Settled<'m>,
    ) -> Result<(), Stop<'m>> {
        for (index, record) in all.records().enumerate() {
            if all.records().take(index).any(|earlier| earlier.rtype == record.rtype) {
                continue;
            }
            let rrset = all.of_type(record.rtype);
            let asked = Question { rtype: record.rtype, ..*asked };
            self.records(&asked, zone, rrset, response, settled)?;
        }
        settled.content = Content::Records(all);
        Ok(())
    }

    /// A proof that there is nothing.
    fn absent(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        response: &Message<'m>,
        settled: &mut Settled<'m>,
    ) -> Result<(), Stop<'m>> {
        match self.judge.negative(zone, *response, &asked.name, asked.rtype) {
            Ok(Finding::Secure(absence, witnesses)) => {
                self.judge.rests_on_all(&witnesses);
                settled.content = match absence {
                    Absence::NoData => Content::NoData,
                    Absence::NxName => Content::NameError,
                    // The RCODE is not signed; what is proved counts. But a server that knows of
                    // no such name and does not say so contradicts itself.
                    Absence::NameError if response.rcode() == Rcode::NXDOMAIN => Content::NameError,
                    Absence::NameError => return Err(bogus(ReasonCode::DenialMissing, asked.name, asked.rtype).into()),
                };
                Ok(())
            }
            Ok(Finding::Insecure(insecurity)) => {
                settled.insecure = Some(Reason::from_insecurity(insecurity, asked.name, asked.rtype));
                Ok(())
            }
            Err(gap) => Err(unproved(gap, ReasonCode::DenialMissing, asked).into()),
        }
    }

    fn signs(&mut self, zone: &J::Zone, rrset: Rrset<'m>) -> Result<J::Seal, Refusal<'m>> {
        let refused = |failure| Refusal::from_failure(failure, rrset.owner(), rrset.rtype());
        self.judge.signs(zone, rrset).map_err(refused)
    }

    /// Goes down from the closest anchor to the zone that the name belongs to: as far as
    /// signatures say that there are zones, or, where there is none that says so, past every
    /// name at which a zone could begin.
    fn descend(&mut self, asked: &Question<'m>, deepest: u8, hints: Depths) -> Result<Descent<'m, J::Zone>, Stop<'m>> {
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
        let mut handled = Depths::default();
        loop {
            let begin = J::apex(&zone).label_count().saturating_add(1);
            let ds_of = |labels| {
                let name = asked.name.ancestor(labels)?;
                Some(Question { name, rtype: Type::DS, class: asked.class })
            };
            let in_hand = |labels| ds_of(labels).is_some_and(|question| find(self.evidence, &question).is_some());
            let open = |labels: &u8| !handled.contains(*labels) && (needed.contains(*labels) || in_hand(*labels));
            let Some((labels, question)) = (begin..end).find(open).and_then(|labels| Some((labels, ds_of(labels)?)))
            else {
                return Ok(Descent::Zone(zone));
            };
            let response = find(self.evidence, &question).ok_or(Stop::Ask(question))?;
            // Zones between that the signatures here name come first.
            let between = signers_of(&response, &question).within(begin..labels).without(handled);
            if !between.is_empty() {
                needed = needed.with(between);
                continue;
            }
            match self.cut(&zone, &question, &response) {
                Ok(Cut::None) => handled.insert(labels),
                Ok(Cut::Insecure(reason)) => return Ok(Descent::Insecure(reason)),
                Ok(Cut::Secure(ds, seal)) => {
                    let keys = Question { rtype: Type::DNSKEY, ..question };
                    // What is at or below the cut belongs to the child (RFC 4035 section 5.3.1:
                    // the signer is the zone that contains the RRset), and no signature is by it.
                    if !needed.contains(labels) && find(self.evidence, &keys).is_none() {
                        return Err(bogus(ReasonCode::SignerMismatch, asked.name, asked.rtype).into());
                    }
                    let vouchers = ds.views::<Ds<'m>>().map(Voucher::Ds);
                    self.judge.rests_on(&seal);
                    zone = self.enter(keys, vouchers, ReasonCode::DsMismatch)?;
                    handled = Depths::default();
                }
                Err(refusal) if refusal.is_exhausted() => return Err(refusal.into()),
                Err(_) if !needed.contains(labels) => handled.insert(labels),
                Err(refusal) => {
                    // An unsigned zone may lie between.
                    let between = Depths::all(begin..labels).without(handled);
                    if between.is_empty() {
                        return Err(refusal.into());
                    }
                    needed = needed.with(between);
                }
            }
        }
    }

    /// The zone to start from: the deepest one that has been entered already on the way to an
    /// alias, or that of the closest anchor.
    fn start(&mut self, asked: &Question<'m>, deepest: u8) -> Result<Descent<'m, J::Zone>, Stop<'m>> {
        let apex = closest_anchor(asked, deepest, self.anchors).ok_or_else(|| refuse(ReasonCode::NoAnchor, asked))?;
        let of_apex = || anchor::iter(self.anchors).filter(move |anchor| anchor.zone() == apex);
        if of_apex().any(|anchor| anchor.is_negative()) {
            let reason = Reason::new(ReasonCode::NegativeAnchor, apex, asked.rtype, Detail::None);
            return Ok(Descent::Insecure(reason));
        }
        let anchored = self.zones.first().copied().flatten().is_some_and(|zone| J::apex(&zone) == apex);
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
        let vouchers = of_apex().filter_map(|anchor| anchor.voucher());
        let keys = Question { name: apex, rtype: Type::DNSKEY, class: asked.class };
        if let Some(reason) = self.uncounted(apex, vouchers.clone()) {
            return Err(Refusal::Indeterminate(reason).into());
        }
        self.enter(keys, vouchers, ReasonCode::AnchorMismatch).map(Descent::Zone)
    }

    /// Proves the keys of a zone.
    fn enter(
        &mut self,
        question: Question<'m>,
        vouchers: impl Iterator<Item = Voucher<'m>> + Clone,
        mismatch: ReasonCode,
    ) -> Result<J::Zone, Stop<'m>> {
        let response = find(self.evidence, &question).ok_or(Stop::Ask(question))?;
        let keys = match Shape::of(&response, &question).map_err(Refusal::Indeterminate)? {
            Shape::Records(keys) => keys,
            // Whatever vouches for the keys says that there are some.
            _ => return Err(bogus(ReasonCode::KeysMissing, question.name, question.rtype).into()),
        };
        let zone = self.judge.enter(question.name, vouchers, mismatch, keys)?;
        match self.zones.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(zone),
            None => return Err(Refusal::exhausted(Resource::Zones, question.name, question.rtype).into()),
        }
        Ok(zone)
    }

    /// Why none of the vouchers counts; `None` if one does.
    fn uncounted(&self, apex: Name<'m>, vouchers: impl Iterator<Item = Voucher<'m>> + Clone) -> Option<Reason<'m>> {
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

    /// Whether a zone begins where the DS question asks, by the word of the zone above.
    fn cut(
        &mut self,
        zone: &J::Zone,
        question: &Question<'m>,
        response: &Message<'m>,
    ) -> Result<Cut<'m, J::Seal>, Refusal<'m>> {
        let name = question.name;
        match Shape::of(response, question).map_err(Refusal::Indeterminate)? {
            Shape::Records(ds) => {
                let seal = self.signs(zone, ds)?;
                // RFC 4592 section 4.6: DS records of a wildcard mean nothing.
                if J::expanded(&seal).is_some() {
                    return Err(bogus(ReasonCode::LabelsMismatch, name, Type::DS));
                }
                // RFC 4035 section 5.2, RFC 6840 section 5.2: an authentic DS RRset of which
                // nothing counts is as good as none.
                let vouchers = ds.views::<Ds<'m>>().map(Voucher::Ds);
                Ok(match self.uncounted(name, vouchers) {
                    Some(reason) => Cut::Insecure(reason),
                    None => Cut::Secure(ds, seal),
                })
            }
            // Where there is an alias, no zone begins, and nothing at all below a DNAME record.
            Shape::Alias { cname: alias, .. } | Shape::Replaced { dname: alias, .. } => {
                self.signs(zone, alias)?;
                Ok(Cut::None)
            }
            Shape::Negative => match self.judge.delegation(zone, *response, &name) {
                Ok(Finding::Secure((), _)) => Ok(Cut::None),
                Ok(Finding::Insecure(insecurity)) => {
                    Ok(Cut::Insecure(Reason::from_insecurity(insecurity, name, Type::DS)))
                }
                Err(gap) => Err(unproved(gap, ReasonCode::DenialMissing, question)),
            },
        }
    }
}

/// The zones that the signatures of a response to a DS question name.
fn signers_of<'m>(response: &Message<'m>, question: &Question<'m>) -> Depths {
    let mut signers = Depths::default();
    match Shape::of(response, question) {
        Ok(Shape::Records(rrset) | Shape::Alias { cname: rrset, .. } | Shape::Replaced { dname: rrset, .. }) => {
            signers.add_signers_of(&rrset, &question.name);
        }
        Ok(Shape::Negative) => signers.add_signers_of_denial(response, &question.name),
        Err(_) => {}
    }
    signers
}

/// The deepest name that can be the apex of the zone that the answer belongs to: its owner, and
/// for DS records the name above (RFC 4035 section 2.4).
fn deepest_zone(question: &Question<'_>) -> u8 {
    question.name.label_count().saturating_sub(u8::from(question.rtype == Type::DS))
}

/// The zone of the anchor with the most labels that is at or above the name, with no more than
/// `deepest` labels. The class of an anchor is IN.
fn closest_anchor<'m>(
    question: &Question<'_>,
    deepest: u8,
    anchors: &'m (impl AnchorSet + ?Sized),
) -> Option<Name<'m>> {
    let zones = anchor::iter(anchors).map(|anchor| anchor.zone());
    let above = zones.filter(|zone| zone.label_count() <= deepest && question.name.is_at_or_below(zone));
    above.max_by_key(Name::label_count).filter(|_| question.class == Class::IN)
}

/// The refusal where a proof is missing.
fn unproved<'m>(gap: Gap<'m>, missing: ReasonCode, question: &Question<'m>) -> Refusal<'m> {
    match gap {
        Gap::Missing => bogus(missing, question.name, question.rtype),
        Gap::Mixed => bogus(ReasonCode::Nsec3Mixed, question.name, question.rtype),
        Gap::Iterations(iterations) => Refusal::Bogus(Reason::new(
            ReasonCode::Nsec3Iterations,
            question.name,
            question.rtype,
            Detail::Iterations(iterations),
        )),
        Gap::Failed(failure, name, rtype) => Refusal::from_failure(failure, name, rtype),
    }
}

const fn refuse<'m>(code: ReasonCode, question: &Question<'m>) -> Stop<'m> {
    Stop::Refused(Refusal::Indeterminate(Reason::new(code, question.name, question.rtype, Detail::None)))
}

const fn bogus<'m>(code: ReasonCode, name: Name<'m>, rtype: Type) -> Refusal<'m> {
    Refusal::Bogus(Reason::new(code, name, rtype, Detail::None))
}

impl<'m> Reason<'m> {
    fn from_insecurity(insecurity: Insecurity, name: Name<'m>, rtype: Type) -> Self {
        match insecurity {
            Insecurity::NoDs => Self::new(ReasonCode::NoDs, name, rtype, Detail::None),
            Insecurity::OptOut => Self::new(ReasonCode::OptOut, name, rtype, Detail::None),
            Insecurity::Iterations(iterations) => {
                Self::new(ReasonCode::Nsec3Iterations, name, rtype, Detail::Iterations(iterations))
            }
        }
    }
}

impl<'m> Refusal<'m> {
    fn from_failure(failure: Failure, name: Name<'m>, rtype: Type) -> Self {
        match failure {
            // A limit that runs out is no statement about the records.
            Failure::Exhausted(resource) => Self::exhausted(resource, name, rtype),
            failure => Self::Bogus(Reason::from_failure(failure, name, rtype)),
        }
    }
}
