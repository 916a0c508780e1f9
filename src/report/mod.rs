//! Verdicts and outcomes for people and for programs.

mod check;
mod json;
mod proof;
mod scan;
mod steps;
mod text;
mod xmpp;
mod zone;

pub use check::{Checked, Ending, check_json, check_steps, check_text, refusal_text, signature_text};
pub use json::validate_json;
pub use proof::{built_json, checked_json, proof_json, proof_text};
pub use scan::{Scanned, scan_json};
pub use steps::Steps;
pub use text::{Style, time, validate_text};
pub use xmpp::{Reached, Tried, Visited, xmpp_json, xmpp_text};
pub use zone::{fault_json, zone_json, zone_text};

use crate::budget::Work;
use crate::codes::Rcode;
use crate::net::Gathered;
use crate::time::Clock;
use crate::wire::Question;

/// What `validate` was asked and what it took, beside the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Validated<'a> {
    /// The question.
    pub question: Question<'a>,
    /// What was known of the time.
    pub clock: Clock,
    /// The response code of its answer, if there was one.
    pub rcode: Option<Rcode>,
    /// What it cost.
    pub work: Work,
    /// The steps on the way, if they are to be told.
    pub steps: Option<&'a Steps>,
    /// What was asked of the network; `None` if all evidence was at hand.
    pub network: Option<&'a Gathered>,
}
