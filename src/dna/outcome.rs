//! What came of the eight steps.

use alloc::string::String;
use core::fmt;

use super::UrlError;
use crate::anchor::Anchors;
use crate::binding::{Certified, Refusal};
use crate::canon::Rrset;
use crate::chain::{Reason, ReasonCode, Verdict};
use crate::codes::Ede;
use crate::delegation::{self, FailCode};
use crate::time::Time;

/// Everything that was found on the way, and the outcome.
#[derive(Clone, Debug)]
pub struct Conclusion<'c> {
    /// Whether the delegation is confirmed.
    pub outcome: Outcome<'c>,
    /// The last verdict on the SRV records; `None` where it is that under the caller's own anchors, which
    /// left the peer to be challenged.
    pub verdict: Option<Verdict<'c>>,
    /// What the SRV records are under the caller's own anchors, if that led to a challenge.
    pub own: Option<&'c Unproved>,
    /// Where the peer said that its proof is.
    pub url: Option<&'c str>,
    /// The certificate, if it holds.
    pub certified: Option<&'c Certified>,
    /// The trust anchor that was made of it.
    pub anchors: Option<&'c Anchors>,
}

impl<'c> Conclusion<'c> {
    /// The conclusion where no anchor reaches the records and nobody can be challenged.
    #[must_use]
    pub const fn without_proof(own: &'c Unproved) -> Self {
        let outcome = Outcome::Fail(Failure { step: 6, cause: Cause::NoProof(&NoProof::Silent) });
        Self { outcome, verdict: None, own: Some(own), url: None, certified: None, anchors: None }
    }

    /// `secure`, `insecure`, `bogus` or `indeterminate`: what the SRV records are in the end.
    #[must_use]
    pub fn verdict_word(&self) -> &'static str {
        let own = self.own.map_or("indeterminate", |own| own.verdict);
        self.verdict.as_ref().map_or(own, Verdict::as_str)
    }

    /// The steps in their order.
    #[must_use]
    pub fn events(&self) -> alloc::vec::Vec<Event> {
        let last = self.outcome.step();
        let challenged = self.own.is_some();
        let passed = |step: &u8| match step {
            4 => challenged || last == 4,
            5 => challenged && (self.url.is_some() || self.certified.is_some() || self.is_refused()),
            6 => challenged,
            _ => true,
        };
        let is_success = self.outcome.is_success();
        let event = |step: u8| Event { step, failed: step == last && !is_success };
        (1..=last).filter(passed).map(event).collect()
    }

    fn is_refused(&self) -> bool {
        matches!(self.outcome.failure().map(Failure::cause), Some(Cause::Refused(_)))
    }
}

/// What the SRV records are under the caller's own anchors, where no anchor reaches them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproved {
    /// `insecure` or `indeterminate`.
    pub verdict: &'static str,
    /// Why.
    pub code: ReasonCode,
    /// Why, for a person.
    pub text: String,
}

/// One of the eight steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, 1 to 8.
    pub step: u8,
    /// Whether the check ended here without success.
    pub failed: bool,
}

impl Event {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self.step {
            1 => "wanted",
            2 => "looked-up",
            3 => "judged",
            4 => "challenged",
            5 => "certified",
            6 => "judged-again",
            7 => "matched",
            _ => "confirmed",
        }
    }
}

/// The delegation is confirmed or refused. There is nothing between.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'c> {
    /// The source delegated the service to the provider, or the provider is the source.
    Success(Success<'c>),
    /// It did not, or nobody can tell: do not connect.
    Fail(Failure<'c>),
}

impl<'c> Outcome<'c> {
    /// The step at which it was decided: 4, 6, 7 or 8.
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

    /// The confirmation; `None` if there is none.
    #[must_use]
    pub const fn success(&self) -> Option<&Success<'c>> {
        match self {
            Self::Success(success) => Some(success),
            Self::Fail(_) => None,
        }
    }

    /// Why not; `None` on success.
    #[must_use]
    pub const fn failure(&self) -> Option<&Failure<'c>> {
        match self {
            Self::Success(_) => None,
            Self::Fail(failure) => Some(failure),
        }
    }
}

/// What a confirmed delegation rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedBy {
    /// SRV records that are secure under the caller's own anchors.
    Dns,
    /// SRV records that are secure under an anchor from a certificate.
    DnssecTa,
}

impl ProvedBy {
    /// `dns` or `dnssec-ta`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::DnssecTa => "dnssec-ta",
        }
    }
}

/// A confirmed delegation. Only [`Check`](super::Check) makes one.
#[derive(Clone, Copy, Debug)]
pub struct Success<'c> {
    pub(super) delegated: delegation::Success<'c>,
    pub(super) proved_by: ProvedBy,
}

impl<'c> Success<'c> {
    /// The SRV records that it rests on; `None` where it is proved that there are none, and the provider is
    /// the source itself.
    #[must_use]
    pub const fn answer(&self) -> Option<Rrset<'c>> {
        self.delegated.answer()
    }

    /// Until when it holds: the earliest end of all signatures, TTLs and certificates.
    #[must_use]
    pub const fn valid_until(&self) -> Time {
        self.delegated.valid_until()
    }

    /// What it rests on.
    #[must_use]
    pub const fn proved_by(&self) -> ProvedBy {
        self.proved_by
    }
}

/// A refused delegation.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'c> {
    pub(super) step: u8,
    pub(super) cause: Cause<'c>,
}

impl<'c> Failure<'c> {
    /// The step that failed.
    #[must_use]
    pub const fn step(&self) -> u8 {
        self.step
    }

    /// Why.
    #[must_use]
    pub const fn cause(&self) -> &Cause<'c> {
        &self.cause
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

/// Why a delegation is refused.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Cause<'c> {
    /// The SRV records are bogus. No proof could rescue them.
    Bogus(Reason<'c>),
    /// An alias leads to where nothing is signed. A proof for the source would not change that.
    Insecure(Reason<'c>),
    /// Evidence is missing, or a limit ran out: nobody can tell. No proof stands in for evidence.
    Undecided(Reason<'c>),
    /// The peer gave no proof.
    NoProof(&'c NoProof),
    /// The proof is where it may not be fetched from.
    Url(&'c UrlError),
    /// The proof stands for no trust anchor.
    Refused(&'c Refusal),
    /// The SRV records are not secure under the anchor of the proof either.
    Unproved(Reason<'c>),
    /// The secure SRV records do not name the provider.
    Delegation(FailCode),
}

impl<'c> Cause<'c> {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Bogus(_) => "bogus",
            Self::Insecure(_) => "insecure",
            Self::Undecided(_) => "undecided",
            Self::NoProof(why) => why.as_str(),
            Self::Url(why) => why.as_str(),
            Self::Refused(why) => why.code().as_str(),
            Self::Unproved(_) => "unproved",
            Self::Delegation(code) => code.as_str(),
        }
    }

    /// The clause that asks for this: the RFC's number, `#`, and the section.
    #[must_use]
    pub const fn rfc(&self) -> &'static str {
        match self {
            Self::Bogus(reason) | Self::Insecure(reason) | Self::Undecided(reason) => reason.code().rfc(),
            Self::NoProof(_) | Self::Unproved(_) => "7673#4.1",
            Self::Url(_) => "3986#3.2",
            Self::Refused(why) => why.code().rfc(),
            Self::Delegation(code) => code.rfc(),
        }
    }

    /// The extended DNS error of RFC 8914 that comes nearest.
    #[must_use]
    pub const fn ede(&self) -> Ede {
        match self {
            Self::Bogus(reason) | Self::Insecure(reason) | Self::Undecided(reason) => reason.code().ede(),
            Self::Unproved(_) | Self::NoProof(_) => Ede::DNSSEC_INDETERMINATE,
            Self::Url(_) | Self::Refused(_) => Ede::OTHER,
            Self::Delegation(code) => code.ede(),
        }
    }

    /// What validation had to say, where that decided it.
    #[must_use]
    pub const fn reason(&self) -> Option<&Reason<'c>> {
        match self {
            Self::Bogus(reason) | Self::Insecure(reason) | Self::Undecided(reason) | Self::Unproved(reason) => {
                Some(reason)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bogus(reason) => write!(f, "the SRV records are bogus: {reason}"),
            Self::Insecure(reason) => write!(f, "the SRV records are an alias of what is not signed: {reason}"),
            Self::Undecided(reason) => write!(f, "nobody can tell what the SRV records are: {reason}"),
            Self::NoProof(why) => why.fmt(f),
            Self::Url(why) => why.fmt(f),
            Self::Refused(why) => why.fmt(f),
            Self::Unproved(reason) => write!(f, "the proof does not make the SRV records secure: {reason}"),
            Self::Delegation(code) => f.write_str(code.text()),
        }
    }
}

/// How a challenge came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoProof {
    /// No proof came, or not in time.
    Silent,
    /// The peer says that it has none, or took it back.
    Impossible,
    /// The proof is of a type that was not asked for.
    OtherType(String),
    /// The proof could not be fetched.
    NotFetched(String),
}

impl NoProof {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Silent => "no-proof",
            Self::Impossible => "proof-impossible",
            Self::OtherType(_) => "proof-type",
            Self::NotFetched(_) => "proof-not-fetched",
        }
    }
}

impl fmt::Display for NoProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("no anchor proves the SRV records, and no proof came"),
            Self::Impossible => f.write_str("the peer says that it cannot prove it"),
            Self::OtherType(kind) => write!(f, "the proof is of another type than was asked for: {kind}"),
            Self::NotFetched(why) => write!(f, "the proof could not be fetched: {why}"),
        }
    }
}
