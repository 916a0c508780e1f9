//! `dnssec-prover`: a proof that it builds of the resolver's answers, and checks. It proves records or nothing.

use std::sync::Arc;

use dnssec_prover::query::{ProofBuilder, QueryBuf};
use dnssec_prover::rr::Name;
use dnssec_prover::ser::parse_rr_stream;
use dnssec_prover::validation::verify_rr_stream;

use super::hickory::lower;
use crate::proofs::theirs;
use crate::scene::Scene;
use crate::verdict::Verdict;
use crate::world::truth::Said;
use crate::world::{Question, Signer};

pub fn judge(scene: &Arc<Scene>) -> Verdict {
    explain(scene).0
}

pub fn explain(scene: &Arc<Scene>) -> (Verdict, String) {
    match proved(scene) {
        Ok(set) => (Verdict::Secure(Said::Records(set)), String::new()),
        Err(why) => (Verdict::Failed, why),
    }
}

fn proved(scene: &Arc<Scene>) -> Result<Vec<Vec<u8>>, String> {
    let text = scene.question.name.to_string();
    let name = Name::try_from(text.as_str()).map_err(|()| "no such name".to_owned())?;
    let (mut builder, first) = ProofBuilder::new(&name, scene.question.rtype);
    let mut queries = vec![first];
    while let Some(query) = queries.pop() {
        let query = query.into_vec();
        let end = query.len().checked_sub(4 + 11).ok_or("a short query")?;
        let asked = &query[12..];
        let len = asked.iter().position(|octet| *octet == 0).ok_or("no name")? + 1;
        let rtype = u16::from_be_bytes([asked[len], asked[len + 1]]);
        debug_assert!(len <= end);
        let mut answer = scene.resolved(&Question { name: lower(&asked[..len]), rtype }).encode();
        answer[..2].copy_from_slice(&query[..2]);
        // It looks for what a resolver that validates has set.
        answer[2] |= 0x01;
        answer[3] |= 0xA0;
        let mut buffer = QueryBuf::new_zeroed(0);
        buffer.extend_from_slice(&answer);
        queries.extend(builder.process_response(&buffer).map_err(|error| format!("{error:?}"))?);
    }
    let (proof, _) = builder.finish_proof().map_err(|()| "no proof".to_owned())?;
    let records = parse_rr_stream(&proof).map_err(|()| "unreadable".to_owned())?;
    let verified = verify_rr_stream(&records).map_err(|error| format!("{error:?}"))?;
    let now = u64::from(scene.keys.now());
    if verified.valid_from > now || now > verified.expires {
        return Err("not now".to_owned());
    }
    let found = theirs(&verified, &name, scene.question.rtype);
    if found.is_empty() { Err("nothing".to_owned()) } else { Ok(found) }
}

/// The types of records that it reads.
pub fn supports(scene: &Scene) -> bool {
    use crate::world::rtype::{A, AAAA, CNAME, NS, TXT};
    [A, AAAA, CNAME, NS, TXT].contains(&scene.question.rtype)
}
