//! What came out, and the steps that led there.

use core::fmt;

use crate::canon::Rrset;
use crate::chain::Reason;
use crate::codes::Ede;
use crate::time::Time;

/// The delegation is confirmed or refused. There is nothing between.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'m> {
    /// The source delegated the service to the provider, or the provider is the source.
    Success(Success<'m>),
    /// It did not, or nobody can tell: do not connect.
    Fail(Failure<'m>),
}

impl<'m> Outcome<'m> {
    /// The step at which it was decided: 4, 7 or 8.
    #[must_use]
    pub const fn step(&self) -> u8 {
        match self {
            Self::Success(_) => 8,
            Self::Fail(failure) => failure.step,
        }
    }

    /// Whether the delegation is confirmed.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Success(_))
    }

    /// Why not; `None` on success.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure<'m>> {
        match self {
            Self::Success(_) => None,
            Self::Fail(failure) => Some(failure),
        }
    }

    /// The steps in their order, each with what it came to.
    pub fn events(&self) -> impl Iterator<Item = Event> + use<> {
        let (step, reached) = match self {
            Self::Success(_) => (8, 8),
            Self::Fail(failure) => (failure.step, failure.step),
        };
        // Steps 4 to 6 are passed only when a challenge is needed.
        let passed: &[u8] = if reached == 4 {
            &[1, 2, 3, 4]
        } else if reached == 7 {
            &[1, 2, 3, 7]
        } else {
            &[1, 2, 3, 7, 8]
        };
        passed.iter().map(move |number| Event { step: *number, failed: *number == step && step != 8 })
    }
}

/// A confirmed delegation. Only [`check`](super::check) makes one.
#[derive(Clone, Copy, Debug)]
pub struct Success<'m> {
    answer: Option<Rrset<'m>>,
    valid_until: Time,
}

impl<'m> Success<'m> {
    pub(super) const fn new(answer: Option<Rrset<'m>>, valid_until: Time) -> Self {
        Self { answer, valid_until }
    }

    /// The SRV records that it rests on; `None` where it is proved that there are none, and
    /// the provider is the source itself.
    #[must_use]
    pub const fn answer(&self) -> Option<Rrset<'m>> {
        self.answer
    }

    /// Until when it holds: the earliest end of all signatures and TTLs.
    #[must_use]
    pub const fn valid_until(&self) -> Time {
        self.valid_until
    }
}

impl<'m> From<Success<'m>> for Outcome<'m> {
    fn from(success: Success<'m>) -> Self {
        Self::Success(success)
    }
}

/// A refused delegation.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'m> {
    step: u8,
    code: FailCode,
    reason: Option<Reason<'m>>,
}

impl<'m> Failure<'m> {
    pub(super) const fn new(step: u8, code: FailCode, reason: Option<Reason<'m>>) -> Self {
        Self { step, code, reason }
    }

    /// The step that failed.
    #[must_use]
    pub const fn step(&self) -> u8 {
        self.step
    }

    /// What failed.
    #[must_use]
    pub const fn code(&self) -> FailCode {
        self.code
    }

    /// What validation had to say, where that decided it.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason<'m>> {
        self.reason.as_ref()
    }
}

impl<'m> From<Failure<'m>> for Outcome<'m> {
    fn from(failure: Failure<'m>) -> Self {
        Self::Fail(failure)
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.text())?;
        match self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// Why a delegation is refused, for a program to match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailCode {
    /// The SRV records are bogus.
    Bogus,
    /// The SRV records are not secure under the anchors of the caller. A proof by the peer may help where no
    /// anchor reaches them.
    Unproved,
    /// The endpoint is not a target of the SRV records.
    EndpointNotATarget,
    /// It is proved that there are no SRV records, so nothing is delegated to anyone.
    NoRecords,
    /// The SRV records say that the service is not offered.
    NotOffered,
    /// What was proved is not an SRV record of the source.
    OtherAnswer,
    /// The provider is none of the targets.
    ProviderNotATarget,
    /// The endpoint is a target, but another one than the provider.
    ProviderNotTheEndpoint,
}

impl FailCode {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The clause that asks for this: the RFC's number, `#`, and the section.
    #[must_use]
    pub const fn rfc(self) -> &'static str {
        self.facts().1
    }

    /// The extended DNS error of RFC 8914 that says the same.
    #[must_use]
    pub const fn ede(self) -> Ede {
        match self {
            Self::Bogus => Ede::DNSSEC_BOGUS,
            Self::Unproved => Ede::DNSSEC_INDETERMINATE,
            _ => Ede::OTHER,
        }
    }

    pub(crate) const fn text(self) -> &'static str {
        self.facts().2
    }

    const fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Bogus => ("bogus", "7673#3.1", "the SRV records are bogus"),
            Self::Unproved => ("unproved", "7673#4.1", "no anchor proves the SRV records"),
            Self::EndpointNotATarget => {
                ("endpoint-not-a-target", "7673#4.1", "the endpoint is not a target of the SRV records")
            }
            Self::NoRecords => ("no-records", "6120#3.2.2", "the source has no SRV records: it delegates to nobody"),
            Self::NotOffered => ("not-offered", "2782", "the SRV records say that the service is not offered"),
            Self::OtherAnswer => ("other-answer", "2782", "what was proved is no SRV record of the source"),
            Self::ProviderNotATarget => {
                ("provider-not-a-target", "7673#4.1", "the provider is no target of the SRV records")
            }
            Self::ProviderNotTheEndpoint => {
                ("provider-not-the-endpoint", "7673#4.1", "the provider is not the target that the endpoint belongs to")
            }
        }
    }
}

impl fmt::Display for FailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One step on the way to the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, 1 to 8.
    pub step: u8,
    /// Whether the check ended here without success.
    pub failed: bool,
}

impl Event {
    /// What the step is about, in a few words.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self.step {
            1 => "the service that is wanted",
            2 => "look up its SRV records",
            3 => "validate them under the caller's own anchors",
            4 => "challenge the peer where no anchor reaches",
            7 => "match the targets against the provider",
            8 => "delegation confirmed",
            _ => "no step of this check",
        }
    }
}
