//! Verdicts and outcomes for people and for programs.

mod json;
mod steps;
mod text;

pub use json::{check_json, validate_json};
pub use steps::Steps;
pub use text::{Style, check_steps, check_text, time, validate_text};

use crate::budget::Work;
use crate::codes::Rcode;
use crate::delegation::{Endpoint, Request, Service};
use crate::name::Name;
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
}

/// What `check` was asked, beside the verdict and the outcome.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The service.
    pub service: Service,
    /// Where its SRV records are.
    pub srv_name: Name<'a>,
    /// The peer.
    pub request: Request<'a>,
    /// What it cost.
    pub work: Work,
    /// The steps on the way, if they are to be told.
    pub steps: Option<&'a Steps>,
}

impl Checked<'_> {
    const fn endpoint(&self) -> Option<&Endpoint<'_>> {
        self.request.endpoint.as_ref()
    }
}
