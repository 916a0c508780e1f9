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
    /// The answer is an alias (CNAME or DNAME), and aliases are not judged yet.
    AliasNotJudged,
    /// No key in the zone is the one that the trust anchor names.
    AnchorMismatch,
    /// A limit of the budget ran out.
    BudgetExhausted,
    /// The answer says that there is nothing, and denial is not judged yet.
    DenialNotJudged,
    /// No DS record has a digest type that counts.
    DigestUnsupported,
    /// No key in the zone is the one that its DS records name.
    DsMismatch,
    /// A question has no answer in the evidence.
    EvidenceMissing,
    /// Whether the zone is signed at all is not judged yet.
    InsecurityNotJudged,
    /// The zone has no key with the signature's key tag and algorithm.
    KeyMissing,
    /// A key is malformed or outside of the limits of its algorithm.
    KeyUnusable,
    /// The signature states more labels than the owner has, or fewer than its zone.
    LabelsMismatch,
    /// No trust anchor is at or above the name.
    NoAnchor,
    /// No record of this type can be validated on its own.
    QuestionNotJudged,
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
    /// The response was cut short.
    Truncated,
    /// A wildcard stands behind the answer, and that the name itself does not exist is not
    /// judged yet.
    WildcardNotJudged,
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
            Self::AliasNotJudged => ("alias-not-judged", Ede::DNSSEC_INDETERMINATE, "4035#5.3"),
            Self::AnchorMismatch => ("anchor-mismatch", Ede::DNSKEY_MISSING, "4035#5"),
            Self::BudgetExhausted => ("budget-exhausted", Ede::OTHER, "4035#4.7"),
            Self::DenialNotJudged => ("denial-not-judged", Ede::DNSSEC_INDETERMINATE, "4035#5.4"),
            Self::DigestUnsupported => ("digest-unsupported", Ede::UNSUPPORTED_DS_DIGEST_TYPE, "6840#5.2"),
            Self::DsMismatch => ("ds-mismatch", Ede::DNSKEY_MISSING, "4035#5.2"),
            Self::EvidenceMissing => ("evidence-missing", Ede::DNSSEC_INDETERMINATE, "4033#5"),
            Self::InsecurityNotJudged => ("insecurity-not-judged", Ede::DNSSEC_INDETERMINATE, "4035#5.2"),
            Self::KeyMissing => ("key-missing", Ede::DNSKEY_MISSING, "4035#5.3.1"),
            Self::KeyUnusable => ("key-unusable", Ede::INVALID_DATA, "4034#2.1"),
            Self::LabelsMismatch => ("labels-mismatch", Ede::DNSSEC_BOGUS, "4035#5.3.1"),
            Self::NoAnchor => ("no-anchor", Ede::DNSSEC_INDETERMINATE, "4033#5"),
            Self::QuestionNotJudged => ("question-not-judged", Ede::INVALID_QUERY_TYPE, "4035#2.2"),
            Self::ResponseFailed => ("response-failed", Ede::NO_REACHABLE_AUTHORITY, "4035#4.7"),
            Self::RrsetMalformed => ("rrset-malformed", Ede::INVALID_DATA, "4034#6.2"),
            Self::SignatureExpired => ("signature-expired", Ede::SIGNATURE_EXPIRED, "4035#5.3.1"),
            Self::SignatureInvalid => ("signature-invalid", Ede::DNSSEC_BOGUS, "4035#5.3.3"),
            Self::SignatureMissing => ("signature-missing", Ede::RRSIGS_MISSING, "4035#5.3.1"),
            Self::SignatureNotYetValid => ("signature-not-yet-valid", Ede::SIGNATURE_NOT_YET_VALID, "4035#5.3.1"),
            Self::SignatureWindow => ("signature-window", Ede::SIGNATURE_EXPIRED_BEFORE_VALID, "4034#3.1.5"),
            Self::SignerMismatch => ("signer-mismatch", Ede::RRSIGS_MISSING, "4035#5.3.1"),
            Self::Truncated => ("truncated", Ede::NO_REACHABLE_AUTHORITY, "2181#9"),
            Self::WildcardNotJudged => ("wildcard-not-judged", Ede::DNSSEC_INDETERMINATE, "4035#5.3.4"),
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
    Key(u16, Algorithm),
    Labels(u8),
    Malformed(ParseError),
    Rcode(Rcode),
    Resource(Resource),
    Timestamp(Timestamp),
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
            ReasonCode::AliasNotJudged => {
                write!(f, "the answer to {name} {rtype} is an alias, and aliases are not judged yet")
            }
            ReasonCode::AnchorMismatch => write!(f, "no key of {name} is the one that the trust anchor names"),
            ReasonCode::BudgetExhausted => write!(f, "at {name} {rtype} the budget is used up"),
            ReasonCode::DenialNotJudged => {
                write!(f, "there is no {name} {rtype} in the answer, and denial is not judged yet")
            }
            ReasonCode::DigestUnsupported => write!(f, "no DS record of {name} has a digest type that counts"),
            ReasonCode::DsMismatch => write!(f, "no usable key of {name} is the one that its DS records name"),
            ReasonCode::EvidenceMissing => write!(f, "no answer to {name} {rtype} is at hand"),
            ReasonCode::InsecurityNotJudged => {
                write!(f, "no signed {name} {rtype} leads on, and whether the zone is unsigned is not judged yet")
            }
            ReasonCode::KeyMissing => {
                write!(f, "no usable key of the zone has the key tag of the signature over {name} {rtype}")
            }
            ReasonCode::KeyUnusable => {
                write!(f, "the key for {name} {rtype} is malformed or outside of its algorithm's limits")
            }
            ReasonCode::LabelsMismatch => {
                write!(f, "the signature over {name} {rtype} states a number of labels that cannot be")
            }
            ReasonCode::NoAnchor => write!(f, "no trust anchor is above {name} {rtype}"),
            ReasonCode::QuestionNotJudged => write!(f, "{rtype} is not a type whose records are signed"),
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
            ReasonCode::Truncated => write!(f, "the response to {name} {rtype} was cut short"),
            ReasonCode::WildcardNotJudged => {
                write!(f, "a wildcard stands behind {name} {rtype}, and that is not judged yet")
            }
        }?;
        match self.detail {
            Detail::None => Ok(()),
            Detail::Algorithm(algorithm) => write!(f, " ({algorithm})"),
            Detail::Digest(digest) => write!(f, " ({digest})"),
            Detail::Key(key_tag, algorithm) => write!(f, " (key {key_tag}, {algorithm})"),
            Detail::Labels(labels) => write!(f, " ({labels})"),
            Detail::Malformed(error) => write!(f, " ({error})"),
            Detail::Rcode(rcode) => write!(f, " ({rcode})"),
            Detail::Resource(resource) => write!(f, " ({resource})"),
            Detail::Timestamp(timestamp) => write!(f, " ({timestamp})"),
        }
    }
}
