//! The way from an anchor to an answer, and on along aliases.

use super::depths::Depths;
use super::descend::Descent;
use super::evidence::{Evidence, find, is_loose, is_usable};
use super::judge::Judge;
use super::reason::{Detail, Reason, ReasonCode};
use super::shape::{Shape, tells_of};
use super::trace::Event;
use super::verdict::{Aliases, Content, MAX_LINKS, Refusal};
use crate::anchor::{self, Anchor, AnchorSet};
use crate::budget::{Exhausted, Resource};
use crate::canon::Rrset;
use crate::codes::{Class, Rcode, Type};
use crate::denial::{Absence, Finding, Gap, Insecurity};
use crate::name::Name;
use crate::rrsig::Failure;
use crate::time::{Clock, Time};
use crate::wire::{Message, Question};

/// Why a walk ended early.
pub(super) enum Stop<'m> {
    /// The answer to this question is needed; if it cannot be had, this is the verdict.
    Ask(Question<'m>, Refusal<'m>),
    Refused(Refusal<'m>),
}

impl<'m> Stop<'m> {
    pub(super) const fn missing(question: Question<'m>) -> Self {
        Self::Ask(question, Refusal::missing(question))
    }
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

pub(super) struct Walk<'m, J: Judge<'m>, A: ?Sized, E: ?Sized> {
    pub(super) judge: J,
    pub(super) anchors: &'m A,
    pub(super) evidence: &'m E,
    /// The zones that were entered, from that of the anchor on.
    pub(super) zones: [Option<J::Zone>; MAX_LINKS],
    /// The name that the first of them was entered for.
    pub(super) entered_for: Option<Name<'m>>,
    /// The first DS question about the name in hand that loose records do not answer.
    pub(super) open: Option<Question<'m>>,
    pub(super) clock: Clock,
}

impl<'m, J: Judge<'m>, A: AnchorSet + ?Sized, E: Evidence + ?Sized> Walk<'m, J, A, E> {
    pub(super) const fn new(judge: J, anchors: &'m A, evidence: &'m E, clock: Clock) -> Self {
        Self { judge, anchors, evidence, zones: [None; MAX_LINKS], entered_for: None, open: None, clock }
    }

    /// Judges the answer to `question`, and to where its aliases lead.
    #[inline(never)]
    pub(super) fn resolve(&mut self, question: Question<'m>) -> Result<Arrival<'m>, Stop<'m>> {
        // Signatures are not signed, and pseudo types are not in zones (RFC 4035 section 2.2).
        // The root has no parent that could have DS records of it.
        let rootless = question.rtype == Type::DS && question.name.is_root();
        // Loose records are of everything on the way: what of a name is the answer to ANY, nobody knows.
        let loose = is_loose(self.evidence);
        //= https://www.rfc-editor.org/rfc/rfc4035#section-2.2
        //# An RRSIG RR itself MUST NOT be signed, as signing an RRSIG RR would add no value and would create an
        //# infinite loop in the signing process.
        let meta = question.rtype.is_meta() && (question.rtype != Type::ANY || loose);
        if meta || rootless || matches!(question.rtype, Type::RRSIG | Type::SIG) {
            return Err(refuse(ReasonCode::QuestionNotJudged, &question));
        }
        let (mut asked, mut carried) = (question, None);
        let mut aliases = Aliases::new();
        let (mut insecure, mut from_wildcard) = (None, false);
        loop {
            if closest_anchor(&asked, deepest_zone(&asked), self.anchors, self.clock).is_none() {
                return Err(refuse(ReasonCode::NoAnchor, &asked));
            }
            if loose {
                self.ask(&asked)?;
            }
            self.open = None;
            // Loose records may also tell of a name by what they say of those above.
            let found = find(self.evidence, &asked);
            let own = found.or_else(|| self.evidence.message(0).filter(Message::is_loose));
            let going_on = carried.filter(|carried| tells_of(carried, &asked));
            let response = own.filter(is_usable).or(going_on).or(own).ok_or(Stop::missing(asked))?;
            let settled = self.settle(asked, response).map_err(|stop| match stop {
                // Servers leave proofs out where an alias leads on. The target's own answer has
                // them.
                Stop::Refused(refusal @ Refusal::Bogus(_)) if own.is_none() && carried.is_some() => {
                    Stop::Ask(asked, refusal)
                }
                Stop::Refused(Refusal::Bogus(_)) if loose && found.is_none() => Stop::missing(asked),
                // It may be that a zone lies between, and that the records are as sound as that one is.
                Stop::Refused(refusal @ Refusal::Bogus(_)) => self.open.map_or(Stop::Refused(refusal), Stop::missing),
                stop => stop,
            })?;
            if let Some(reason) = settled.insecure {
                self.judge.tell(Event::Insecure(reason));
            }
            //= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
            //# In the case where the answer is obtained via a chain of CNAME and/or DNAME aliases, the whole chain of
            //# CNAME and DNAME RRsets MUST also be secure.
            insecure = insecure.or(settled.insecure);
            from_wildcard |= settled.from_wildcard;
            let target = match settled.shape {
                // The CNAME record itself is what was asked for.
                Shape::Replaced { cname: Some(cname), .. } if asked.rtype == Type::CNAME => {
                    let content = Content::Records(cname);
                    return Ok(Arrival { question, content, aliases, from_wildcard, insecure });
                }
                Shape::Alias { target, .. } | Shape::Replaced { target, .. } => target,
                Shape::Records(_) | Shape::Negative => {
                    return Ok(Arrival { question, content: settled.content, aliases, from_wildcard, insecure });
                }
            };
            if self.judge.follow().is_err() || !aliases.push(asked.name) {
                return Err(Refusal::exhausted(Resource::Aliases, asked.name, asked.rtype).into());
            }
            if aliases.contains(&target) {
                return Err(refuse(ReasonCode::AliasLoop, &asked));
            }
            self.judge.tell(Event::Alias { name: asked.name, target });
            asked.name = target;
            carried = Some(response);
        }
    }

    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.3
    //# In any case, a security-aware stub resolver MUST NOT place any reliance on signature validation allegedly
    //# performed on its behalf, except when the security-aware stub resolver obtained the data in question from a
    //# trusted security-aware recursive name server via a secure channel.
    /// Judges the answer to one question, aliases not followed.
    #[inline(never)]
    fn settle(&mut self, asked: Question<'m>, response: Message<'m>) -> Result<Settled<'m>, Stop<'m>> {
        let shape = Shape::of(&response, &asked, self.judge.budget())?;
        let name = asked.name;
        let mut hints = Depths::default();
        let deepest = match &shape {
            Shape::Records(rrset) | Shape::Alias { cname: rrset, .. } => {
                hints.add_signers_of(rrset, &name);
                deepest_zone(&asked)
            }
            Shape::Replaced { dname, .. } => {
                hints.add_signers_of(dname, &name);
                // Nobody has vouched for the record yet: it does not choose whose word counts. An anchor between it and the
                // name is the caller's for all that is below (RFC 6840 appendix C.1).
                let nearest = closest_anchor(&asked, deepest_zone(&asked), self.anchors, self.clock);
                dname.owner().label_count().max(nearest.map_or(0, |zone| zone.label_count()))
            }
            Shape::Negative => {
                hints.add_signers_of_denial(&response, &name);
                deepest_zone(&asked)
            }
        };
        let content = match &shape {
            Shape::Records(rrset) => Content::Records(*rrset),
            // Until it is proved what there is not.
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
            Shape::Negative => match self.absent(&asked, &zone, &response, &mut settled) {
                // Of several proofs of loose records, this may be the one.
                Err(Stop::Refused(Refusal::Bogus(reason))) if response.is_loose() => {
                    let insecure = self.unsigned_below(&asked, &zone, deepest, &response)?;
                    settled.insecure = Some(insecure.ok_or(Refusal::Bogus(reason))?);
                }
                result => result?,
            },
        }
        Ok(settled)
    }

    /// Records that should be signed by the zone.
    #[inline(never)]
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
        //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.3
        //# The resolver MUST verify that wildcard expansion was applied properly before considering the RRset to be
        //# authentic.
        settled.from_wildcard = true;
        match self.judge.wildcard(zone, *response, &asked.name, labels) {
            Ok(Finding::Secure((), witnesses)) => {
                self.judge.rests_on_all(zone, &witnesses);
                self.judge.tell(Event::Wildcard { name: asked.name });
                Ok(())
            }
            Ok(Finding::Insecure(insecurity, witnesses)) => {
                self.judge.shown_by(zone, &witnesses);
                settled.insecure = Some(Reason::from_insecurity(insecurity, asked.name, asked.rtype));
                Ok(())
            }
            Err(gap) => Err(unproved(gap, ReasonCode::WildcardNotDenied, asked).into()),
        }
    }

    /// The answer to a question for any type: each RRset on its own.
    #[inline(never)]
    fn every(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        all: Rrset<'m>,
        response: &Message<'m>,
        settled: &mut Settled<'m>,
    ) -> Result<(), Stop<'m>> {
        // From the lowest type up, so that each comes once.
        let mut last = None;
        let above =
            |last: Option<Type>| all.records().map(|record| record.rtype).filter(move |rtype| Some(*rtype) > last);
        //= https://www.rfc-editor.org/rfc/rfc6840#section-4.2
        //# When validating a response to QTYPE=*, all received RRsets that match QNAME and QCLASS MUST be validated.
        while let Some(rtype) = above(last).min() {
            //= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
            //# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
            // For DS records that is the zone above, and this one has no word about its own (section 2.4).
            if rtype == Type::DS && asked.name == J::apex(zone) {
                return Err(bogus(ReasonCode::SignerMismatch, asked.name, rtype).into());
            }
            let asked = Question { rtype, ..*asked };
            if let Err(Exhausted(resource)) = self.judge.budget().read(response.weight()) {
                return Err(Refusal::exhausted(resource, asked.name, rtype).into());
            }
            self.records(&asked, zone, all.of_type(rtype), response, settled)?;
            last = Some(rtype);
        }
        settled.content = Content::Records(all);
        Ok(())
    }

    /// A proof that there is nothing.
    #[inline(never)]
    fn absent(
        &mut self,
        asked: &Question<'m>,
        zone: &J::Zone,
        response: &Message<'m>,
        settled: &mut Settled<'m>,
    ) -> Result<(), Stop<'m>> {
        match self.judge.negative(zone, *response, asked) {
            Ok(Finding::Secure(absence, witnesses)) => {
                self.judge.rests_on_all(zone, &witnesses);
                settled.content = match absence {
                    Absence::NoData => Content::NoData,
                    Absence::NxName => Content::NameError,
                    // RFC 4035 section 5.4 asks for a proof and not for an RCODE, which nobody signs.
                    // But a server that knows of no such name and does not say so contradicts
                    // itself.
                    // Loose records have no RCODE that could.
                    Absence::NameError if response.is_loose() || response.rcode() == Rcode::NXDOMAIN => {
                        Content::NameError
                    }
                    Absence::NameError => return Err(bogus(ReasonCode::DenialMissing, asked.name, asked.rtype).into()),
                };
                let content = settled.content;
                self.judge.tell(Event::Absent { name: asked.name, rtype: asked.rtype, content });
                Ok(())
            }
            Ok(Finding::Insecure(insecurity, witnesses)) => {
                self.judge.shown_by(zone, &witnesses);
                settled.insecure = Some(Reason::from_insecurity(insecurity, asked.name, asked.rtype));
                Ok(())
            }
            Err(gap) => Err(unproved(gap, ReasonCode::DenialMissing, asked).into()),
        }
    }

    #[inline(never)]
    pub(super) fn signs(&mut self, zone: &J::Zone, rrset: Rrset<'m>) -> Result<J::Seal, Refusal<'m>> {
        let refused = |failure| Refusal::from_failure(failure, rrset.owner(), rrset.rtype());
        self.judge.signs(zone, rrset).map_err(refused)
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-2.4
//# DS RRsets MUST NOT appear at a zone's apex.
/// The deepest name that can be the apex of the zone that the answer belongs to: its owner, and
/// for DS records the name above (RFC 4035 section 2.4).
fn deepest_zone(question: &Question<'_>) -> u8 {
    question.name.label_count().saturating_sub(u8::from(question.rtype == Type::DS))
}

/// The zone of the anchor with the most labels that is at or above the name, with no more than
/// `deepest` labels. The class of an anchor is IN.
pub(super) fn closest_anchor<'m>(
    question: &Question<'_>,
    deepest: u8,
    anchors: &'m (impl AnchorSet + ?Sized),
    clock: Clock,
) -> Option<Name<'m>> {
    let zones = anchor::iter(anchors).filter(|anchor| counts(anchor, question, clock)).map(|anchor| anchor.zone());
    let above = zones.filter(|zone| zone.label_count() <= deepest && question.name.is_at_or_below(zone));
    above.max_by_key(Name::label_count).filter(|_| question.class == Class::IN)
}

/// Whether there is such an anchor for the name. A negative one is there only while it holds for sure: what is Insecure by it
/// says neither from when on nor until when. One that should lead to the zone and is out of its time stands in the way of
/// those above.
pub(super) fn counts(anchor: &Anchor<'_>, question: &Question<'_>, clock: Clock) -> bool {
    let (from, until) = anchor.window();
    let holds = || from <= clock.earliest() && clock.latest().unwrap_or(Time(u64::MAX)) <= until;
    anchor.covers(&question.name) && (!anchor.is_negative() || holds())
}

/// The refusal where a proof is missing.
pub(super) fn unproved<'m>(gap: Gap<'m>, missing: ReasonCode, question: &Question<'m>) -> Refusal<'m> {
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

pub(super) const fn refuse<'m>(code: ReasonCode, question: &Question<'m>) -> Stop<'m> {
    Stop::Refused(Refusal::Indeterminate(Reason::new(code, question.name, question.rtype, Detail::None)))
}

pub(super) const fn bogus<'m>(code: ReasonCode, name: Name<'m>, rtype: Type) -> Refusal<'m> {
    Refusal::Bogus(Reason::new(code, name, rtype, Detail::None))
}

impl<'m> Reason<'m> {
    pub(super) fn from_insecurity(insecurity: Insecurity, name: Name<'m>, rtype: Type) -> Self {
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
    pub(super) fn from_failure(failure: Failure, name: Name<'m>, rtype: Type) -> Self {
        match failure {
            // A limit that runs out is no statement about the records.
            Failure::Exhausted(resource) => Self::exhausted(resource, name, rtype),
            // Neither is a clock that does not know.
            failure @ Failure::Uncertain { .. } => Self::Indeterminate(Reason::from_failure(failure, name, rtype)),
            failure => Self::Bogus(Reason::from_failure(failure, name, rtype)),
        }
    }
}
