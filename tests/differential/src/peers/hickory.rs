//! `hickory-net`: its handle that validates, on top of one that asks the scene.

use std::future::{Ready, ready};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

use futures_util::StreamExt;
use futures_util::stream::{Once, once};
use hickory_net::dnssec::DnssecDnsHandle;
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::DnsHandle;
use hickory_net::{DnsError, NetError};
use hickory_proto::dnssec::{Algorithm, Proof, PublicKeyBuf, TrustAnchors};
use hickory_proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Query};
use hickory_proto::rr::{Name, Record, RecordType};

use crate::scene::Scene;
use crate::verdict::{Verdict, content};
use crate::world::server::read;
use crate::world::truth::Said;
use crate::world::{Question, Signer};

/// Questions that are answered for one verdict.
const QUESTIONS: u32 = 1_000;

/// With the number of questions so far.
#[derive(Clone)]
struct Upstream(Arc<Scene>, Arc<AtomicU32>);

impl DnsHandle for Upstream {
    type Response = Once<Ready<Result<DnsResponse, NetError>>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> Self::Response {
        if self.1.fetch_add(1, Relaxed) >= QUESTIONS {
            return once(ready(Err(NetError::from("too many questions"))));
        }
        let query = &request.queries[0];
        let labels: Vec<Vec<u8>> = query.name.iter().map(<[u8]>::to_ascii_lowercase).collect();
        let name = labels.iter().rev().fold(crate::world::Name::root(), |name, label| name.child(label));
        let question = Question { name, rtype: query.query_type.into() };
        let mut octets = self.0.resolved(&question).encode();
        octets[..2].copy_from_slice(&request.metadata.id.to_be_bytes());
        once(ready(DnsResponse::from_buffer(octets).map_err(NetError::from)))
    }
}

fn rank(proof: &Proof) -> u8 {
    match proof {
        Proof::Bogus => 0,
        Proof::Indeterminate => 1,
        Proof::Insecure => 2,
        Proof::Secure => 3,
    }
}

fn weakest<'r>(records: impl Iterator<Item = &'r Record>) -> Option<Proof> {
    let proofs = records.filter(|record| record.record_type() != RecordType::RRSIG).map(|record| record.proof);
    proofs.min_by_key(rank)
}

fn verdict(proof: Proof, said: Said) -> Verdict {
    match proof {
        Proof::Secure => Verdict::Secure(said),
        Proof::Insecure => Verdict::Insecure,
        Proof::Bogus => Verdict::Bogus,
        Proof::Indeterminate => Verdict::Indeterminate,
    }
}

pub fn judge(scene: &Arc<Scene>) -> Verdict {
    explain(scene).0
}

pub fn explain(scene: &Arc<Scene>) -> (Verdict, String) {
    let mut anchors = TrustAnchors::empty();
    let algorithm = Algorithm::from_u8(scene.keys.algorithm());
    let key = PublicKeyBuf::new(scene.anchor()[4..].to_vec(), algorithm);
    let labels: Vec<&[u8]> = scene.world.top().labels().iter().rev().map(Vec::as_slice).collect();
    let top = Name::from_labels(labels).unwrap();
    anchors.insert_with_name(&key, top.into());
    let questions = Arc::new(AtomicU32::new(0));
    let upstream = Upstream(Arc::clone(scene), Arc::clone(&questions));
    let handle = DnssecDnsHandle::with_trust_anchor(upstream, Arc::new(anchors))
        .nsec3_iteration_limits(Some(50), Some(500))
        .validation_cache_size(256);
    let labels: Vec<&[u8]> = scene.question.name.labels().iter().rev().map(Vec::as_slice).collect();
    let mut name = Name::from_labels(labels).unwrap();
    name.set_fqdn(true);
    let query = Query::query(name, scene.question.rtype.into());
    let mut options = DnsRequestOptions::default();
    options.edns_set_dnssec_ok = true;
    let said = content(&scene.resolved(&scene.question), &scene.question);
    let Some(response) = runtime().block_on(handle.lookup(query, options).next()) else {
        return (Verdict::Failed, "no response".to_owned());
    };
    if questions.load(Relaxed) > QUESTIONS {
        return (Verdict::Failed, "it asked without end".to_owned());
    }
    match response {
        Ok(response) => {
            // A negative answer rests on its authority section too.
            let more = if matches!(said, Said::Records(_)) { &[][..] } else { &response.authorities };
            let proof = weakest(response.answers.iter().chain(more)).unwrap_or(Proof::Indeterminate);
            // Nothing was said to be absent where nothing denies it.
            let denies = matches!(said, Said::Records(_)) || !response.authorities.is_empty();
            (verdict(if proof.is_secure() && !denies { Proof::Insecure } else { proof }, said), String::new())
        }
        // Aliases before a denial have proofs of their own.
        Err(NetError::Dns(DnsError::Nsec { proof, response, .. })) => {
            let alias = weakest(response.answers.iter()).unwrap_or(proof);
            (verdict(if rank(&alias) < rank(&proof) { alias } else { proof }, said), "denial".to_owned())
        }
        Err(error) => (Verdict::Failed, error.to_string()),
    }
}

/// One for all, on one thread.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

/// For those that want a name as the generator has it.
pub fn lower(octets: &[u8]) -> crate::world::Name {
    read(&octets.to_ascii_lowercase())
}
