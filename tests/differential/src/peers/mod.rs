//! Validators in this process. Each gets the scene's servers to ask, and the key of its top as the only anchor.

pub mod domain;
pub mod hickory;
pub mod ours;
pub mod prover;

use crate::scene::Scene;
use crate::verdict::Verdict;

pub type Peer = fn(&std::sync::Arc<Scene>) -> Verdict;

/// Names and versions, as in the table.
pub const ALL: [(&str, Peer); 3] =
    [("hickory", hickory::judge), ("domain", domain::judge), ("dnssec-prover", prover::judge)];
