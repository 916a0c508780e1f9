//! Why a verdict is not Secure.

use core::fmt;

use crate::budget::Resource;
use crate::codes::{Algorithm, DigestType, Ede, Rcode, Type};
use crate::error::ParseError;
use crate::name::Name;
use crate::rrsig::Failure;
use crate::time::Timestamp;

/// What is wrong or missing, for a program to match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasonCode {
    /// No algorithm of the zone counts, so nothing in it can be judged.
    AlgorithmUnsupported,
    /// An alias that points to two names, or that its DNAME record does not make.
    AliasContradictory,
    /// A DNAME record without the CNAME record that the server has to make of it.
    AliasIncomplete,
    /// An alias leads back to where it came from.
    AliasLoop,
    /// No key in the zone is the one that the trust anchor names.
    AnchorMismatch,
    /// The anchors for the name may not be relied on at this time.
    AnchorOutdated,
    /// A limit of the budget ran out.
    BudgetExhausted,
    /// The answer says that there is nothing, and no record proves it.
    DenialMissing,
    /// No DS record has a digest type that counts.
    DigestUnsupported,
    /// No key in the zone is the one that its DS records name.
    DsMismatch,
    /// A question has no answer in the evidence.
    EvidenceMissing,
    /// The zone has no key with the signature's key tag and algorithm.
    KeyMissing,
    /// A zone that should have keys has none.
    KeysMissing,
    /// A key is malformed or outside of the limits of its algorithm.
    KeyUnusable,
    /// The signature states more labels than the owner has, or fewer than its zone.
    LabelsMismatch,
    /// A negative trust anchor is above the name.
    NegativeAnchor,
    /// No trust anchor is at or above the name.
    NoAnchor,
    /// A zone without DS records begins here, by the word of the zone above.
    NoDs,
    /// The NSEC3 hashes have more iterations than the policy allows.
    Nsec3Iterations,
    /// The NSEC3 records of one proof have different parameters.
    Nsec3Mixed,
    /// Delegations without DS records may hide here, and so may the name.
    OptOut,
    /// No record of this type can be validated on its own.
    QuestionNotJudged,
    /// The registry of trust anchors does not prove what it says of the name.
    RegistryUnproved,
    /// The response only says which servers to ask.
    Referral,
    /// A server answered with an error.
    ResponseFailed,
    /// A record cannot be read.
    RrsetMalformed,
    /// The signature has expired.
    SignatureExpired,
    /// The signature does not fit the records and the key.
    SignatureInvalid,
    /// No signature covers the records.
    SignatureMissing,
    /// The signature is not valid yet.
    SignatureNotYetValid,
    /// The signature's window ends before it begins.
    SignatureWindow,
    /// No signature is by the zone that the records belong to.
    SignerMismatch,
    /// There is no second at which all signatures on the way hold.
    TimeContradictory,
    /// A signature holds for a part of the time that it may be now.
    TimeUncertain,
    /// The response was cut short.
    Truncated,
    /// A wildcard stands behind the answer, and no record proves that nothing nearer exists.
    WildcardNotDenied,
}

impl ReasonCode {
    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The extended DNS error of RFC 8914 that says the same.
    #[must_use]
    pub const fn ede(self) -> Ede {
        self.facts().1
    }

    /// The clause that asks for this: the RFC's number, `#`, and the section.
    #[must_use]
    pub const fn rfc(self) -> &'static str {
        self.facts().2
    }

    /// One row per code: word, RFC 8914 code, clause.
    const fn facts(self) -> (&'static str, Ede, &'static str) {
        match self {
            Self::AlgorithmUnsupported => ("algorithm-unsupported", Ede::UNSUPPORTED_DNSKEY_ALGORITHM, "4035#5.2"),
            Self::AliasContradictory => ("alias-contradictory", Ede::DNSSEC_BOGUS, "6672#5.3.1"),
            Self::AliasIncomplete => ("alias-incomplete", Ede::DNSSEC_INDETERMINATE, "6672#3.1"),
            Self::AliasLoop => ("alias-loop", Ede::OTHER, "1034#3.6.2"),
            Self::AnchorMismatch => ("anchor-mismatch", Ede::DNSKEY_MISSING, "4035#5"),
            Self::AnchorOutdated => ("anchor-outdated", Ede::DNSSEC_INDETERMINATE, "9718#2"),
            Self::BudgetExhausted => ("budget-exhausted", Ede::OTHER, "4035#5.4"),
            Self::DenialMissing => ("denial-missing", Ede::NSEC_MISSING, "4035#5.4"),
            Self::DigestUnsupported => ("digest-unsupported", Ede::UNSUPPORTED_DS_DIGEST_TYPE, "6840#5.2"),
            Self::DsMismatch => ("ds-mismatch", Ede::DNSKEY_MISSING, "4035#5.2"),
            Self::EvidenceMissing => ("evidence-missing", Ede::DNSSEC_INDETERMINATE, "4035#4.3"),
            Self::KeyMissing => ("key-missing", Ede::DNSKEY_MISSING, "4035#5.3.1"),
            Self::KeysMissing => ("keys-missing", Ede::DNSKEY_MISSING, "4035#5.2"),
            Self::KeyUnusable => ("key-unusable", Ede::DNSKEY_MISSING, "4034#2.1.4"),
            Self::LabelsMismatch => ("labels-mismatch", Ede::DNSSEC_BOGUS, "4035#5.3.1"),
            Self::NegativeAnchor => ("negative-anchor", Ede::OTHER, "7646#2"),
            Self::NoAnchor => ("no-anchor", Ede::DNSSEC_INDETERMINATE, "4033#5"),
            Self::NoDs => ("no-ds", Ede::OTHER, "4035#5.2"),
            //= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
            //# SHOULD return an Extended DNS Error (EDE) [RFC8914] EDNS0 option of value 27.
            Self::Nsec3Iterations => ("nsec3-iterations", Ede::UNSUPPORTED_NSEC3_ITERATIONS, "9276#3.2"),
            Self::Nsec3Mixed => ("nsec3-mixed", Ede::NSEC_MISSING, "5155#8.2"),
            Self::OptOut => ("opt-out", Ede::OTHER, "5155#8.6"),
            Self::QuestionNotJudged => ("question-not-judged", Ede::INVALID_QUERY_TYPE, "4035#2.2"),
            Self::Referral => ("referral", Ede::NO_REACHABLE_AUTHORITY, "1034#4.3.1"),
            Self::RegistryUnproved => ("registry-unproved", Ede::DNSSEC_INDETERMINATE, "5074#4"),
            Self::ResponseFailed => ("response-failed", Ede::NO_REACHABLE_AUTHORITY, "1035#4.1.1"),
            Self::RrsetMalformed => ("rrset-malformed", Ede::DNSSEC_BOGUS, "4034#6.2"),
            Self::SignatureExpired => ("signature-expired", Ede::SIGNATURE_EXPIRED, "4035#5.3.1"),
            Self::SignatureInvalid => ("signature-invalid", Ede::DNSSEC_BOGUS, "4035#5.3.3"),
            Self::SignatureMissing => ("signature-missing", Ede::RRSIGS_MISSING, "4035#5.3.1"),
            Self::SignatureNotYetValid => ("signature-not-yet-valid", Ede::SIGNATURE_NOT_YET_VALID, "4035#5.3.1"),
            Self::SignatureWindow => ("signature-window", Ede::SIGNATURE_EXPIRED_BEFORE_VALID, "4034#3.1.5"),
            Self::SignerMismatch => ("signer-mismatch", Ede::RRSIGS_MISSING, "4035#5.3.1"),
            Self::TimeContradictory => ("time-contradictory", Ede::SIGNATURE_EXPIRED, "4035#5.3.1"),
            Self::TimeUncertain => ("time-uncertain", Ede::DNSSEC_INDETERMINATE, "4035#5.3.1"),
            Self::Truncated => ("truncated", Ede::NO_REACHABLE_AUTHORITY, "2181#9"),
            Self::WildcardNotDenied => ("wildcard-not-denied", Ede::NSEC_MISSING, "4035#5.3.4"),
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a verdict is what it is: what happened, and to which records.
///
/// Its text (`Display`) is for people: one sentence, with the name, the type and the number
/// that it is about.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'m> {
    code: ReasonCode,
    name: Name<'m>,
    rtype: Type,
    detail: Detail,
}

/// The number that a reason is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    None,
    Algorithm(Algorithm),
    Digest(DigestType),
    Iterations(u16),
    Key(u16, Algorithm),
    Labels(u8),
    Malformed(ParseError),
    Rcode(Rcode),
    Resource(Resource),
    Timestamp(Timestamp),
    Window(Timestamp, Timestamp),
}

impl<'m> Reason<'m> {
    pub(super) const fn new(code: ReasonCode, name: Name<'m>, rtype: Type, detail: Detail) -> Self {
        Self { code, name, rtype, detail }
    }

    pub(super) const fn from_failure(failure: Failure, name: Name<'m>, rtype: Type) -> Self {
        let (code, detail) = match failure {
            Failure::Missing => (ReasonCode::SignatureMissing, Detail::None),
            Failure::SignerMismatch => (ReasonCode::SignerMismatch, Detail::None),
            Failure::Malformed(error) => (ReasonCode::RrsetMalformed, Detail::Malformed(error)),
            Failure::Labels { labels } => (ReasonCode::LabelsMismatch, Detail::Labels(labels)),
            Failure::Unsupported { algorithm } => (ReasonCode::AlgorithmUnsupported, Detail::Algorithm(algorithm)),
            Failure::Window { expiration, .. } => (ReasonCode::SignatureWindow, Detail::Timestamp(expiration)),
            Failure::NotYetValid { inception } => (ReasonCode::SignatureNotYetValid, Detail::Timestamp(inception)),
            Failure::Expired { expiration } => (ReasonCode::SignatureExpired, Detail::Timestamp(expiration)),
            Failure::KeyMissing { key_tag, algorithm } => (ReasonCode::KeyMissing, Detail::Key(key_tag, algorithm)),
            Failure::KeyUnusable { key_tag, algorithm } => (ReasonCode::KeyUnusable, Detail::Key(key_tag, algorithm)),
            Failure::Uncertain { inception, expiration } => {
                (ReasonCode::TimeUncertain, Detail::Window(inception, expiration))
            }
            Failure::Invalid { key_tag, algorithm } => (ReasonCode::SignatureInvalid, Detail::Key(key_tag, algorithm)),
            Failure::Exhausted(resource) => (ReasonCode::BudgetExhausted, Detail::Resource(resource)),
        };
        Self::new(code, name, rtype, detail)
    }

    /// What is wrong or missing.
    #[must_use]
    pub const fn code(&self) -> ReasonCode {
        self.code
    }

    /// The owner of the records that it is about.
    #[must_use]
    pub const fn name(&self) -> Name<'m> {
        self.name
    }

    /// The type of the records that it is about.
    #[must_use]
    pub const fn rtype(&self) -> Type {
        self.rtype
    }

    /// The limit that ran out, if that is the reason.
    #[must_use]
    pub const fn resource(&self) -> Option<Resource> {
        match self.detail {
            Detail::Resource(resource) => Some(resource),
            _ => None,
        }
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, rtype) = (self.name, self.rtype);
        match self.code {
            ReasonCode::AlgorithmUnsupported => write!(f, "{name} {rtype} rests only on algorithms that do not count"),
            ReasonCode::AliasContradictory => write!(f, "the alias {name} contradicts itself"),
            ReasonCode::AliasIncomplete => {
                write!(f, "the answer to {name} {rtype} replaces a name above and does not say by what")
            }
            ReasonCode::AliasLoop => write!(f, "the alias {name} leads back to where it came from"),
            ReasonCode::AnchorMismatch => write!(f, "no key of {name} is the one that the trust anchor names"),
            ReasonCode::AnchorOutdated => write!(f, "no trust anchor for {name} may be relied on at this time"),
            ReasonCode::BudgetExhausted => write!(f, "at {name} {rtype} the budget is used up"),
            ReasonCode::DenialMissing => write!(f, "nothing proves that there is no {name} {rtype}"),
            ReasonCode::DigestUnsupported => write!(f, "no DS record of {name} has a digest type that counts"),
            ReasonCode::DsMismatch => write!(f, "no usable key of {name} is the one that its DS records name"),
            ReasonCode::EvidenceMissing => write!(f, "no answer to {name} {rtype} is at hand"),
            ReasonCode::KeyMissing => {
                write!(f, "no usable key of the zone has the key tag of the signature over {name} {rtype}")
            }
            ReasonCode::KeysMissing => write!(f, "{name} should have keys and has none"),
            ReasonCode::KeyUnusable => {
                write!(f, "the key for {name} {rtype} is malformed or outside of its algorithm's limits")
            }
            ReasonCode::LabelsMismatch => {
                write!(f, "the signature over {name} {rtype} states a number of labels that cannot be")
            }
            ReasonCode::NegativeAnchor => {
                write!(f, "a negative trust anchor at {name} takes everything below it out of validation")
            }
            ReasonCode::NoAnchor => write!(f, "no trust anchor is above {name} {rtype}"),
            ReasonCode::NoDs => {
                write!(f, "the zone above proves that {name} has no DS records: what is below is unsigned")
            }
            ReasonCode::Nsec3Iterations => write!(f, "the NSEC3 proof for {name} {rtype} has too many iterations"),
            ReasonCode::Nsec3Mixed => write!(f, "the NSEC3 records about {name} {rtype} have different parameters"),
            ReasonCode::OptOut => write!(f, "unsigned delegations may hide at {name}: opt-out proves no more"),
            ReasonCode::QuestionNotJudged => write!(f, "{rtype} is not a type whose records are signed"),
            ReasonCode::Referral => write!(f, "the response to {name} {rtype} only says which servers to ask"),
            ReasonCode::RegistryUnproved => {
                write!(f, "the registry of trust anchors does not prove what it has at {name}")
            }
            ReasonCode::ResponseFailed => write!(f, "the response to {name} {rtype} is an error"),
            ReasonCode::RrsetMalformed => write!(f, "{name} {rtype} cannot be read"),
            ReasonCode::SignatureExpired => write!(f, "the signature over {name} {rtype} has expired"),
            ReasonCode::SignatureInvalid => write!(f, "the signature over {name} {rtype} does not fit"),
            ReasonCode::SignatureMissing => write!(f, "no signature covers {name} {rtype}"),
            ReasonCode::SignatureNotYetValid => write!(f, "the signature over {name} {rtype} is not valid yet"),
            ReasonCode::SignatureWindow => write!(f, "the signature over {name} {rtype} expires before it begins"),
            ReasonCode::SignerMismatch => {
                write!(f, "no signature over {name} {rtype} is by the zone that it belongs to")
            }
            ReasonCode::TimeContradictory => {
                write!(f, "at no time do all the signatures hold that {name} {rtype} rests on")
            }
            ReasonCode::TimeUncertain => {
                write!(f, "the signature over {name} {rtype} does not hold all the time that it may be now")
            }
            ReasonCode::Truncated => write!(f, "the response to {name} {rtype} was cut short"),
            ReasonCode::WildcardNotDenied => {
                write!(f, "a wildcard stands behind {name} {rtype}, and nothing proves that it may")
            }
        }?;
        match self.detail {
            Detail::None => Ok(()),
            Detail::Algorithm(algorithm) => write!(f, " ({algorithm})"),
            Detail::Digest(digest) => write!(f, " ({digest})"),
            Detail::Iterations(iterations) => write!(f, " ({iterations})"),
            Detail::Key(key_tag, algorithm) => write!(f, " (key {key_tag}, {algorithm})"),
            Detail::Labels(labels) => write!(f, " ({labels})"),
            Detail::Malformed(error) => write!(f, " ({error})"),
            Detail::Rcode(rcode) => write!(f, " ({rcode})"),
            Detail::Resource(resource) => write!(f, " ({resource})"),
            Detail::Timestamp(timestamp) => write!(f, " ({timestamp})"),
            Detail::Window(from, until) => write!(f, " (from {from} until {until})"),
        }
    }
}
