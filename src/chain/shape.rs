//! What kind of answer a response is, before anything is verified.

use super::evidence::is_usable;
use super::reason::{Detail, Reason, ReasonCode};
use super::verdict::Refusal;
use crate::budget::{Budget, Exhausted};
use crate::canon::Rrset;
use crate::codes::{Rcode, Type};
use crate::name::Name;
use crate::wire::rdata::{Cname, Dname};
use crate::wire::{Message, Question, Section};

/// The answer to one question.
#[derive(Clone, Copy)]
pub(super) enum Shape<'m> {
    /// Records of the name and type.
    Records(Rrset<'m>),
    /// The name is an alias.
    Alias { cname: Rrset<'m>, target: Name<'m> },
    /// A name above is replaced. The CNAME record that the server made of it says with what; it
    /// need not be signed, because it follows from the DNAME record (RFC 6672 section 5.3.1).
    Replaced { dname: Rrset<'m>, cname: Option<Rrset<'m>>, target: Name<'m> },
    /// Nothing of the name and type.
    Negative,
}

impl<'m> Shape<'m> {
    /// # Errors
    /// If the response is none, or none that could be judged, or if it cannot be paid for.
    pub(super) fn of(
        response: &Message<'m>,
        question: &Question<'m>,
        budget: &mut Budget,
    ) -> Result<Self, Refusal<'m>> {
        let reason = |code, detail| Reason::new(code, question.name, question.rtype, detail);
        let incomplete = |code, detail| Refusal::Indeterminate(reason(code, detail));
        let contradictory = Refusal::Bogus(reason(ReasonCode::AliasContradictory, Detail::None));
        if response.header().is_truncated() {
            return Err(incomplete(ReasonCode::Truncated, Detail::None));
        }
        if !is_usable(response) {
            return Err(incomplete(ReasonCode::ResponseFailed, Detail::Rcode(response.rcode())));
        }
        if let Err(Exhausted(resource)) = budget.read(response.weight()) {
            return Err(incomplete(ReasonCode::BudgetExhausted, Detail::Resource(resource)));
        }
        let find = |owner: &Name<'_>, rtype| Rrset::find(response, Section::Answer, owner, rtype, question.class);
        if response.rcode() == Rcode::NOERROR
            && question.rtype != Type::CNAME
            && let Some(records) = find(&question.name, question.rtype)
        {
            return Ok(Self::Records(records));
        }
        let cname = find(&question.name, Type::CNAME);
        let dname = response
            .records(Section::Answer)
            .filter(|record| record.rtype == Type::DNAME && question.name.is_below(&record.owner))
            .max_by_key(|record| record.owner.label_count())
            .and_then(|record| find(&record.owner, Type::DNAME));
        match (dname, cname) {
            (Some(dname), cname) => {
                let Some(Dname { target: replacement }) = only(&dname) else { return Err(contradictory) };
                let fits = |made: &Name<'_>| is_replaced(&question.name, &dname.owner(), &replacement, made);
                if let Some(cname) = cname {
                    let made = only::<Cname<'m>>(&cname).map(|cname| cname.target).filter(fits);
                    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.8
                    //# A validating security-aware resolver MUST treat the signature of a valid signed DNAME RR as also
                    //# covering unsigned CNAME RRs that could have been synthesized from the DNAME RR, as described in
                    //# [RFC2672], at least to the extent of not rejecting a response message solely because it contains
                    //# such CNAME RRs.
                    return made
                        .map(|target| Self::Replaced { dname, cname: Some(cname), target })
                        .ok_or(contradictory);
                }
                // RFC 6672 section 3.1: the server makes a CNAME record. Chains of RFC 9102 leave
                // it out (section 2.3), but go on with records of the name that it would have.
                let mut owners = response.records(Section::Answer).map(|record| record.owner);
                owners
                    .find(fits)
                    .filter(|_| question.rtype != Type::CNAME)
                    .map(|target| Self::Replaced { dname, cname: None, target })
                    .ok_or(incomplete(ReasonCode::AliasIncomplete, Detail::None))
            }
            (None, Some(cname)) if question.rtype == Type::CNAME => Ok(Self::Records(cname)),
            (None, Some(cname)) => match only::<Cname<'m>>(&cname) {
                Some(Cname { target }) => Ok(Self::Alias { cname, target }),
                None => Err(contradictory),
            },
            (None, None) if is_referral(response, question) => Err(incomplete(ReasonCode::Referral, Detail::None)),
            (None, None) => Ok(Self::Negative),
        }
    }
}

/// What all records of the set say; `None` if one says something else (RFC 2181 section 10.1,
/// RFC 6672 section 2.4: there is only one), or if there are more than anybody would send twice.
fn only<'m, V: crate::wire::rdata::View<'m> + PartialEq>(rrset: &Rrset<'m>) -> Option<V> {
    let mut records = rrset.records();
    let first: V = records.next()?.view().ok()?;
    let same = |record: crate::wire::Record<'m>| record.view::<V>().is_ok_and(|other| other == first);
    (records.by_ref().take(15).all(same) && records.next().is_none()).then_some(first)
}

/// Whether `made` is `name` with `owner` replaced by `target` (RFC 6672 section 2.2).
fn is_replaced(name: &Name<'_>, owner: &Name<'_>, target: &Name<'_>, made: &Name<'_>) -> bool {
    let kept = usize::from(name.label_count().saturating_sub(owner.label_count()));
    let same = |(one, other): (&[u8], &[u8])| one.eq_ignore_ascii_case(other);
    usize::from(made.label_count()) == kept.saturating_add(usize::from(target.label_count()))
        && made.is_at_or_below(target)
        && made.labels().zip(name.labels()).take(kept).all(same)
}

/// Whether it only says who to ask next: name servers, but no answer, no SOA record, and no
/// claim to be authoritative (RFC 2308 section 2.2).
fn is_referral(response: &Message<'_>, question: &Question<'_>) -> bool {
    let has = |rtype| {
        let mut records = response.records(Section::Authority);
        records.any(|record| record.rtype == rtype && question.name.is_at_or_below(&record.owner))
    };
    let empty = response.records(Section::Answer).next().is_none();
    let authoritative = response.header().is_authoritative();
    empty && !authoritative && response.rcode() == Rcode::NOERROR && has(Type::NS) && !has(Type::SOA)
}

/// Whether the response to an alias goes on to its target: with records, with the next alias,
/// or with word from the target's zone that there is nothing.
pub(super) fn tells_of(response: &Message<'_>, question: &Question<'_>) -> bool {
    let is_answer = |rtype| rtype == question.rtype || rtype == Type::CNAME;
    let mut answers = response.records(Section::Answer);
    let mut authorities = response.records(Section::Authority);
    answers.any(|record| record.owner == question.name && is_answer(record.rtype))
        || authorities.any(|record| record.rtype == Type::SOA && question.name.is_at_or_below(&record.owner))
}
