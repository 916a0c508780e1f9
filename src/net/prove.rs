//! The eight steps over the network.

use std::string::String;
use std::vec::Vec;

use super::gather::{From, is_open};
use super::{Client, Gathered, Keep};
use crate::anchor::Anchors;
use crate::binding::RefusalCode;
use crate::budget::Budget;
use crate::chain::Terms;
use crate::crypto::Backend;
use crate::dna::{Cause, Check, Conclusion, Need, NoProof, ProofType, ProofUrl};
use crate::lookup::Remembering;

/// What the peer has to show for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A proof of this type is there.
    Url(ProofType, String),
    /// The proof itself.
    Document(Vec<u8>),
    /// Nothing.
    Nothing(NoProof),
}

/// Whether another server may know better.
fn is_unsettled(conclusion: &Conclusion<'_>) -> bool {
    let refused = match conclusion.outcome.failure().map(|failure| *failure.cause()) {
        Some(Cause::Refused(refusal)) => matches!(
            refusal.code(),
            // What the certificate was compared with came from the DNS.
            RefusalCode::ZoneNotAbove
                | RefusalCode::ZoneUnsigned
                | RefusalCode::KeyNotInZone
                | RefusalCode::KeyRevoked
                | RefusalCode::KeyNotZoneKey
                | RefusalCode::KeyWrongAlgorithm
                | RefusalCode::KeyDoesNotSign
        ),
        _ => false,
    };
    !conclusion.outcome.is_success() && (refused || conclusion.verdict.as_ref().is_some_and(is_open))
}

impl Client {
    /// Gets everything that the check needs, so that its next [`step`](Check::step) is the conclusion: answers from the
    /// servers, the peer's word by `challenge`, its document by `fetch`. Both are called once at most. See
    /// [`gather`](Self::gather) for what is done about servers that fail or lie.
    pub async fn prove<B: Backend>(
        &self,
        check: &mut Check<'_>,
        terms: &mut Terms<'_, '_, B>,
        keep: Keep<'_>,
        mut challenge: impl AsyncFnMut(&[ProofType]) -> Shown,
        mut fetch: impl AsyncFnMut(&ProofUrl) -> Result<Vec<u8>, NoProof>,
    ) -> Gathered {
        let backend = Remembering::new(terms.backend, keep.cache);
        let mut gathered = Gathered::default();
        let (mut first, mut from_cache) = (0_usize, true);
        let none = Anchors::default();
        loop {
            let mut budget = Budget::new(*terms.budget.limits());
            let mut terms = Terms {
                clock: terms.clock,
                policy: terms.policy,
                backend: &backend,
                budget: &mut budget,
                scratch: terms.scratch,
            };
            let kept_before = gathered.kept;
            let mut used = Vec::new();
            let settled = loop {
                let mut batch = match check.step(&mut terms) {
                    Need::Ask(question) => std::vec![(question.name.to_buf(), question.rtype)],
                    Need::Challenge(types) => {
                        match challenge(types).await {
                            Shown::Url(prooftype, url) => check.proof(&prooftype, &url),
                            Shown::Document(octets) => check.document(&octets),
                            Shown::Nothing(why) => check.no_proof(why),
                        }
                        continue;
                    }
                    Need::Fetch(url) => {
                        match fetch(url).await {
                            Ok(octets) => check.document(&octets),
                            Err(why) => check.no_proof(why),
                        }
                        continue;
                    }
                    Need::Done(conclusion) => {
                        let verdict = conclusion.verdict.as_ref();
                        gathered.blames.extend(verdict.into_iter().flat_map(|verdict| self.blamed(verdict, &used)));
                        break !is_unsettled(&conclusion);
                    }
                };
                batch.extend(check.ahead(&mut terms));
                let from = From { first, cache: from_cache.then_some(keep), clock: terms.clock };
                // Which anchors there are is not known before the proof is: whoever strips signatures fails it.
                self.fill(batch, from, &none, &mut gathered, &mut used, |octets| check.answer(octets)).await;
            };
            let was_cached = gathered.kept > kept_before;
            match settled {
                true => return gathered,
                false if was_cached => from_cache = false,
                false => {
                    from_cache = false;
                    first = first.saturating_add(1);
                    if first >= self.servers().len() {
                        return gathered;
                    }
                }
            }
            check.forget();
        }
    }
}
