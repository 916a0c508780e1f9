//! The way down from the anchor.

use super::evidence::{Evidence, find};
use super::plan::{Plan, positive};
use super::reason::{Detail, Reason, ReasonCode};
use super::verdict::{Path, Refusal, Secure};
use crate::anchor::{self, AnchorSet, Voucher};
use crate::budget::Resource;
use crate::canon::{Rrset, ds_digest};
use crate::codes::{DigestType, Type};
use crate::crypto::Backend;
use crate::name::Name;
use crate::rrsig::{Call, Check, Failure, Signed};
use crate::wire::Question;
use crate::wire::rdata::{Dnskey, Ds};

/// A zone whose keys are proved.
#[derive(Clone, Copy)]
struct Zone<'m> {
    apex: Name<'m>,
    keys: Signed<'m>,
}

impl<'m> Zone<'m> {
    /// Whether a key of the zone signs `rrset`, as a part of this zone.
    fn signs<B: Backend>(&self, rrset: Rrset<'m>, call: &mut Call<'_, 'm, '_, B>) -> Result<Signed<'m>, Failure> {
        Check::new(rrset, self.apex).by_keys(self.keys.rrset().views::<Dnskey<'m>>(), call)
    }
}

/// Walks from the anchor's zone down to the zone of the answer, and verifies every step. Whatever
/// does not hold ends the walk.
pub(super) fn judge<'m, B: Backend>(
    plan: &Plan<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<Secure<'m>, Refusal<'m>> {
    let question = plan.question;
    let vouchers =
        anchor::iter(anchors).filter(|anchor| anchor.zone() == plan.anchor_zone).map(|anchor| anchor.voucher());
    let keys = enter(plan.anchor_zone, vouchers, ReasonCode::AnchorMismatch, question, evidence, call)?;
    let mut path = Path::new(keys.key().key_tag());
    pass(&mut path, plan.anchor_zone, &keys, call)?;
    let mut zone = Zone { apex: plan.anchor_zone, keys };
    // Why the walk could not go on to a zone that a signature names. It counts only if the
    // answer turns out not to be signed by the zone that was reached.
    let mut obstacle = None;

    for labels in plan.anchor_zone.label_count().saturating_add(1)..=plan.deepest_zone() {
        let Some(apex) = question.name.ancestor(labels) else { continue };
        let needed = plan.needs(labels);
        match delegation(&zone, apex, question, evidence, call) {
            Ok(ds) => {
                // A secure delegation: what is at or below it belongs to the child (RFC 4035
                // section 5.3.1: the signer is the zone that contains the RRset). Where no
                // signature leads there, the child's keys need not be in hand.
                let keys = Question { name: apex, rtype: Type::DNSKEY, class: question.class };
                if !needed && find(evidence, &keys).is_none() {
                    let unsigned = plan.answer.signatures().next().is_none();
                    return Err(match unsigned {
                        true => indeterminate(ReasonCode::InsecurityNotJudged, question.name, question.rtype),
                        false => bogus(ReasonCode::SignerMismatch, question.name, question.rtype),
                    });
                }
                path.rests_on(&ds);
                let vouchers = ds.rrset().views::<Ds<'m>>().map(Voucher::Ds);
                let keys = enter(apex, vouchers, ReasonCode::DsMismatch, question, evidence, call)?;
                pass(&mut path, apex, &keys, call)?;
                zone = Zone { apex, keys };
                obstacle = None;
            }
            Err(Obstacle::Final(refusal)) => return Err(refusal),
            Err(Obstacle::Passing(refusal)) if needed => obstacle = obstacle.or(Some(refusal)),
            Err(Obstacle::Passing(_)) => {}
        }
    }

    // The keys of a zone are proved by what vouches for them, never by one another.
    if question.rtype == Type::DNSKEY {
        return match obstacle {
            _ if question.name == zone.apex => Ok(path.arrives_at(&zone.keys)),
            Some(refusal) => Err(refusal),
            None => Err(bogus(ReasonCode::SignerMismatch, question.name, question.rtype)),
        };
    }
    match zone.signs(plan.answer, call) {
        Ok(signed) if signed.is_from_wildcard() => {
            Err(indeterminate(ReasonCode::WildcardNotJudged, question.name, question.rtype))
        }
        Ok(signed) => Ok(path.arrives_at(&signed)),
        Err(failure) => {
            let at_apex = plan.deepest_zone() == zone.apex.label_count();
            Err(refused(failure, question.name, question.rtype, at_apex, obstacle))
        }
    }
}

/// Why a delegation was not followed.
enum Obstacle<'m> {
    /// It ends the call.
    Final(Refusal<'m>),
    /// It does not matter unless a signature leads there.
    Passing(Refusal<'m>),
}

/// The DS records of `apex`, signed by the zone above it.
fn delegation<'m, B: Backend>(
    zone: &Zone<'m>,
    apex: Name<'m>,
    question: Question<'m>,
    evidence: &'m (impl Evidence + ?Sized),
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<Signed<'m>, Obstacle<'m>> {
    let question = Question { name: apex, rtype: Type::DS, class: question.class };
    let response = find(evidence, &question).ok_or(Obstacle::Passing(missing(question)))?;
    let ds = positive(&response, &question).map_err(|reason| {
        // A proof that there is no DS would make the zone insecure; it is not judged yet.
        let insecure = matches!(reason.code(), ReasonCode::DenialNotJudged | ReasonCode::AliasNotJudged);
        let reason =
            if insecure { Reason::new(ReasonCode::InsecurityNotJudged, apex, Type::DS, Detail::None) } else { reason };
        Obstacle::Passing(Refusal::Indeterminate(reason))
    })?;
    match zone.signs(ds, call) {
        // RFC 4592 section 4.6: DS records of a wildcard mean nothing.
        Ok(signed) if signed.is_from_wildcard() => {
            Err(Obstacle::Passing(bogus(ReasonCode::LabelsMismatch, apex, Type::DS)))
        }
        Ok(signed) => Ok(signed),
        Err(Failure::Exhausted(resource)) => Err(Obstacle::Final(exhausted(resource, apex, Type::DS))),
        Err(failure) => {
            let next = apex.label_count().checked_sub(1) == Some(zone.apex.label_count());
            Err(Obstacle::Passing(refused(failure, apex, Type::DS, next, None)))
        }
    }
}

/// The verdict where `zone` does not sign records. `own` says that they lie so close to its
/// apex that no other zone can be between.
fn refused<'m>(failure: Failure, name: Name<'m>, rtype: Type, own: bool, obstacle: Option<Refusal<'m>>) -> Refusal<'m> {
    match (failure, obstacle) {
        (Failure::Exhausted(resource), _) => exhausted(resource, name, rtype),
        (Failure::Missing | Failure::SignerMismatch, Some(refusal)) => refusal,
        // An unsigned zone could lie between, and that it does not is not judged yet.
        (Failure::Missing, None) if !own => indeterminate(ReasonCode::InsecurityNotJudged, name, rtype),
        (failure, _) => Refusal::Bogus(Reason::from_failure(failure, name, rtype)),
    }
}

/// Proves the keys of `apex`: one of the vouchers names a key, and that key signs the DNSKEY
/// RRset (RFC 4035 section 5.2). `mismatch` says what it means that they name none.
fn enter<'m, B: Backend>(
    apex: Name<'m>,
    vouchers: impl Iterator<Item = Voucher<'m>> + Clone,
    mismatch: ReasonCode,
    question: Question<'m>,
    evidence: &'m (impl Evidence + ?Sized),
    call: &mut Call<'_, 'm, '_, B>,
) -> Result<Signed<'m>, Refusal<'m>> {
    let counted = counted(apex, vouchers, call)?;
    let question = Question { name: apex, rtype: Type::DNSKEY, class: question.class };
    let response = find(evidence, &question).ok_or(missing(question))?;
    let keys = positive(&response, &question).map_err(Refusal::Indeterminate)?;
    let mut check = Check::new(keys, apex);
    let mut nearest = None;
    for voucher in counted {
        for key in keys.views::<Dnskey<'m>>().filter(Dnskey::is_usable) {
            if !names(&voucher, apex, &key, call).map_err(|resource| exhausted(resource, apex, Type::DNSKEY))? {
                continue;
            }
            match check.by_keys(core::iter::once(key), call) {
                Ok(signed) => return Ok(signed),
                Err(Failure::Exhausted(resource)) => return Err(exhausted(resource, apex, Type::DNSKEY)),
                // A key that is named but has not signed, beside one that has, is an ordinary
                // thing while keys are rolled over. The most telling failure is kept.
                Err(failure) => nearest = Some(nearest.map_or(failure, |nearest: Failure| nearest.or_nearer(failure))),
            }
        }
    }
    Err(nearest.map_or(bogus(mismatch, apex, Type::DNSKEY), |failure| {
        Refusal::Bogus(Reason::from_failure(failure, apex, Type::DNSKEY))
    }))
}

/// The vouchers whose algorithm and digest type count. A SHA-1 digest does not count beside a
/// stronger one (RFC 4509 section 3).
fn counted<'c, 'm, B: Backend, V: Iterator<Item = Voucher<'m>> + Clone>(
    apex: Name<'m>,
    vouchers: V,
    call: &Call<'c, 'm, '_, B>,
) -> Result<impl Iterator<Item = Voucher<'m>> + use<'c, 'm, B, V>, Refusal<'m>> {
    let (policy, backend) = (call.policy, call.backend);
    let algorithm_counts =
        move |voucher: &Voucher<'_>| policy.counts(voucher.algorithm()) && backend.supports(voucher.algorithm());
    let counts = move |voucher: &Voucher<'_>| {
        algorithm_counts(voucher)
            && voucher
                .digest_type()
                .is_none_or(|digest| policy.counts_digest(digest) && backend.supports_digest(digest))
    };
    let is_sha1 = |voucher: &Voucher<'_>| voucher.digest_type() == Some(DigestType::SHA1);
    if !vouchers.clone().any(|voucher| counts(&voucher)) {
        let mut known = vouchers.clone().filter(algorithm_counts);
        let (code, detail) = match (known.next().and_then(|voucher| voucher.digest_type()), vouchers.clone().next()) {
            (Some(digest), _) => (ReasonCode::DigestUnsupported, Detail::Digest(digest)),
            (None, Some(voucher)) => (ReasonCode::AlgorithmUnsupported, Detail::Algorithm(voucher.algorithm())),
            (None, None) => (ReasonCode::AlgorithmUnsupported, Detail::None),
        };
        return Err(Refusal::Indeterminate(Reason::new(code, apex, Type::DNSKEY, detail)));
    }
    let stronger =
        vouchers.clone().any(|voucher| counts(&voucher) && voucher.digest_type().is_some() && !is_sha1(&voucher));
    Ok(vouchers.filter(move |voucher| counts(voucher) && !(stronger && is_sha1(voucher))))
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

/// Adds a zone whose keys are proved to the path.
fn pass<'m, B: Backend>(
    path: &mut Path<'m>,
    apex: Name<'m>,
    keys: &Signed<'m>,
    call: &Call<'_, 'm, '_, B>,
) -> Result<(), Refusal<'m>> {
    if !path.has_room(call.budget.limits().zones) {
        return Err(exhausted(Resource::Zones, apex, Type::DNSKEY));
    }
    path.enters(apex, keys);
    Ok(())
}

/// The refusal where this question has no answer.
pub(crate) const fn missing(question: Question<'_>) -> Refusal<'_> {
    Refusal::Indeterminate(Reason::new(ReasonCode::EvidenceMissing, question.name, question.rtype, Detail::None))
}

const fn bogus<'m>(code: ReasonCode, name: Name<'m>, rtype: Type) -> Refusal<'m> {
    Refusal::Bogus(Reason::new(code, name, rtype, Detail::None))
}

const fn indeterminate<'m>(code: ReasonCode, name: Name<'m>, rtype: Type) -> Refusal<'m> {
    Refusal::Indeterminate(Reason::new(code, name, rtype, Detail::None))
}

/// A limit that runs out is no statement about the records.
pub(crate) const fn exhausted<'m>(resource: Resource, name: Name<'m>, rtype: Type) -> Refusal<'m> {
    Refusal::Indeterminate(Reason::new(ReasonCode::BudgetExhausted, name, rtype, Detail::Resource(resource)))
}
