//! This crate.

use std::sync::Arc;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Step, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Fast;
use dnsproof::lookup::Lookup;
use dnsproof::policy::Policy;
use dnsproof::time::Time;

use crate::scene::Scene;
use crate::verdict::Verdict;
use crate::world::server::{Response, read};
use crate::world::truth::Said;
use crate::world::{Question, Signer};

/// Whom it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Resolver,
    Server,
}

fn verdict(verdict: &chain::Verdict<'_>) -> (Verdict, String) {
    let why = verdict.reason().map(|reason| format!("{}: {reason}", reason.code())).unwrap_or_default();
    let verdict = match verdict {
        chain::Verdict::Secure(secure) => Verdict::Secure(match secure.content() {
            Content::Records(answer) => {
                let mut rdata: Vec<Vec<u8>> = answer.records().map(|record| record.rdata.octets().to_vec()).collect();
                rdata.sort();
                rdata.dedup();
                Said::Records(rdata)
            }
            Content::NoData => Said::NoData,
            Content::NameError => Said::NameError,
        }),
        chain::Verdict::Insecure(_) => Verdict::Insecure,
        chain::Verdict::Bogus(_) => Verdict::Bogus,
        chain::Verdict::Indeterminate(_) => Verdict::Indeterminate,
    };
    (verdict, why)
}

/// The verdict, and why it is none better.
pub fn explain(scene: &Arc<Scene>, asked: Asked) -> (Verdict, String) {
    let anchors = Anchors::parse(&scene.anchor_text()).unwrap();
    let name = dnsproof::name::Name::from_wire(&scene.question.name.wire()).unwrap().to_buf();
    let mut lookup = Lookup::new(name, Type(scene.question.rtype), &anchors);
    let (policy, mut scratch, mut budget) = (Policy::standard(), Scratch::new(), Budget::new(Limits::default()));
    loop {
        let clock = Time(scene.keys.now().into()).into();
        let mut terms = Terms { clock, policy: &policy, backend: &Fast, budget: &mut budget, scratch: &mut scratch };
        let question = match lookup.step(&mut terms) {
            Step::Done(said) => return verdict(&said),
            Step::Ask(asked) => {
                Question { name: read(&asked.name.to_buf().as_wire().to_ascii_lowercase()), rtype: asked.rtype.0 }
            }
        };
        let response: Response = match asked {
            Asked::Resolver => scene.resolved(&question),
            Asked::Server => scene.answer(&question),
        };
        // What cannot be read is no answer; it is not asked again.
        let _ = lookup.answer(&response.encode());
    }
}
