//! What can be wrong with a zone.

use alloc::string::String;
use core::fmt;

use super::store::Place;
use crate::codes::Type;
use crate::name::NameBuf;

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A validator could refuse an answer of the zone, or a proof that it needs is missing.
    Error,
    /// Validators get along with it.
    Warning,
}

/// Makes the kinds of faults with their codes, severities and clauses.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal, $severity:ident, $rfc:literal, $text:literal;)*) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FaultKind {
            $(#[doc = $text] $kind,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// A word for programs. It stays once it is released.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            /// How much it matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$kind => Severity::$severity,)* }
            }

            /// The clause, as `4035#2.2`.
            #[must_use]
            pub const fn rfc(self) -> &'static str {
                match self { $(Self::$kind => $rfc,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$kind => $text,)* }
            }
        }
    };
}

kinds! {
    Unreadable = "unreadable", Error, "1035#5.1", "the text cannot be read";
    SoaMissing = "soa-missing", Error, "1035#5.2", "the zone has no SOA record";
    SoaRepeated = "soa-repeated", Error, "1035#5.2", "the zone has more than one SOA record";
    NotInZone = "not-in-zone", Error, "1035#5.2", "the name is not in the zone";
    NotSigned = "not-signed", Error, "4035#2.1", "the zone has no DNSKEY record that may vouch for others";
    AnchorMismatch = "anchor-mismatch", Error, "4035#5.2", "no key that signs the DNSKEY records is one that the anchors name";
    KeyUnusable = "key-unusable", Error, "4035#5.3.1", "the key is malformed";
    AlgorithmUnsupported = "algorithm-unsupported", Error, "4035#5.2", "signatures of this algorithm were not checked: it does not count, or cannot be done";
    Malformed = "malformed", Error, "4034#2.1", "the RDATA is malformed";
    SignatureMissing = "signature-missing", Error, "4035#2.2", "no signature covers the records";
    AlgorithmIncomplete = "algorithm-incomplete", Error, "4035#2.2", "no signature of this algorithm covers the records, and the zone has keys of it";
    SignatureInvalid = "signature-invalid", Error, "4035#5.3.3", "the signature does not fit";
    SignaturesTooMany = "signatures-too-many", Error, "4035#5.3.3", "the signature was not checked: too many cover the records";
    SignatureExpired = "signature-expired", Error, "4035#5.3.1", "the signature has expired";
    SignatureNotYetValid = "signature-not-yet-valid", Error, "4035#5.3.1", "the signature is not valid yet";
    SignatureWindow = "signature-window", Error, "4034#3.1.5", "the signature ends before it begins";
    SignerWrong = "signer-wrong", Error, "4035#5.3.1", "the signature is by another zone";
    LabelsWrong = "labels-wrong", Error, "4034#3.1.3", "the signature counts other labels than the owner has";
    TtlWrong = "ttl-wrong", Error, "4035#2.2", "the TTL is not the original TTL of the signature";
    KeyMissing = "key-missing", Error, "4035#5.3.1", "the zone has no key of the tag and algorithm of the signature, and no other signature holds";
    KeyUnknown = "key-unknown", Warning, "4035#2.2", "the zone has no key of the tag and algorithm of the signature";
    SignatureOverNothing = "signature-over-nothing", Error, "4035#2.2", "the signature covers records that are not there";
    SignatureNotDue = "signature-not-due", Error, "4035#2.2", "the signature covers records that are not the zone's own: the NS records of a delegation, or what is below one";
    TtlDiffers = "ttl-differs", Warning, "2181#5.2", "records of one set have different TTLs";
    DuplicateRecord = "duplicate-record", Warning, "2181#5", "the record is there twice";
    CnameAndOther = "cname-and-other", Error, "2181#10.1", "beside a CNAME record there are others";
    NsAndDname = "ns-and-dname", Error, "6672#2.3", "a delegation has a DNAME record";
    SingletonRepeated = "singleton-repeated", Error, "2181#10.1", "a name has one CNAME record and one DNAME record at most";
    NsMissing = "ns-missing", Error, "1034#4.2.1", "the apex has no NS records";
    BelowDname = "below-dname", Warning, "6672#2.4", "nobody sees records below a DNAME record";
    NotAtApex = "not-at-apex", Warning, "4035#2.1", "records of this type have a meaning at the apex alone";
    WildcardWithoutMeaning = "wildcard-without-meaning", Warning, "4592#4.2", "records of this type have no meaning at a wildcard";
    SignatureTtl = "signature-ttl", Warning, "4034#3", "the TTL of the signature is not that of the records";
    DsWithoutNs = "ds-without-ns", Error, "4035#2.4", "DS records where no zone begins";
    DenialMissing = "denial-missing", Error, "4035#2.3", "the zone is signed, and has no chain of NSEC or NSEC3 records";
    DenialTtl = "denial-ttl", Warning, "9077#3", "the TTL is not the lesser of the SOA record's TTL and its MINIMUM field";
    NsecMissing = "nsec-missing", Error, "4035#2.3", "the name has no NSEC record";
    NsecRepeated = "nsec-repeated", Error, "4035#2.3", "the name has more than one NSEC record";
    NsecNotDue = "nsec-not-due", Error, "4035#2.3", "an NSEC record at a name that has no records of the zone";
    NsecNextWrong = "nsec-next-wrong", Error, "4034#4.1.1", "the next name is not that of the zone";
    NsecBitmapWrong = "nsec-bitmap-wrong", Error, "4034#4.1.2", "the types are not those of the name";
    Nsec3ParamMissing = "nsec3param-missing", Error, "5155#7.3", "no NSEC3PARAM record has the parameters of these NSEC3 records";
    Nsec3ParamWithoutChain = "nsec3param-without-chain", Error, "5155#7.3", "no NSEC3 records have the parameters of this NSEC3PARAM record";
    Nsec3Unsupported = "nsec3-unsupported", Error, "5155#8.1", "the hash of these records is unknown, or nobody here can compute it";
    Nsec3FlagsUnknown = "nsec3-flags-unknown", Error, "5155#8.2", "unknown flags: validators pass the record over";
    Nsec3OwnerWrong = "nsec3-owner-wrong", Error, "5155#3", "the owner is not a hash below the apex";
    Nsec3Missing = "nsec3-missing", Error, "5155#7.1", "no NSEC3 record has the hash of the name";
    Nsec3Repeated = "nsec3-repeated", Error, "5155#7.1", "the chain has another NSEC3 record of the same hash";
    Nsec3ChainsTooMany = "nsec3-chains-too-many", Error, "5155#7.3", "the chain was not followed: there are too many";
    Nsec3NextWrong = "nsec3-next-wrong", Error, "5155#7.1", "the next hash is not that of the chain";
    Nsec3BitmapWrong = "nsec3-bitmap-wrong", Error, "5155#7.1", "the types are not those of the name";
    Nsec3NotDue = "nsec3-surplus", Error, "5155#7.1", "no name of the zone has this hash";
    OptOutMissing = "opt-out-missing", Error, "5155#7.1", "the name has no NSEC3 record, and the one that covers it does not say opt-out";
    Nsec3Iterations = "nsec3-iterations", Warning, "9276#3.1", "the names are hashed more than once";
    Nsec3IterationsRefused = "nsec3-iterations-refused", Error, "9276#3.2", "the names are hashed so often that the proofs do not count";
    ZonemdDigestWrong = "zonemd-digest-wrong", Error, "8976#4", "the digest is not that of the zone";
    ZonemdSerialWrong = "zonemd-serial-wrong", Error, "8976#4", "the serial is not that of the SOA record";
    ZonemdRepeated = "zonemd-repeated", Error, "8976#4", "two records of one scheme and hash";
    ZonemdUnsupported = "zonemd-unsupported", Warning, "8976#4", "the scheme or hash is unknown, so nothing was compared";
    ZonemdNotAtApex = "zonemd-not-at-apex", Warning, "8976#2", "a ZONEMD record that is not at the apex has no meaning";
    WeakAlgorithm = "weak-algorithm", Warning, "9904#2", "the algorithm should no longer be used";
    WeakKey = "weak-key", Warning, "6781#3.4.2", "an RSA key of fewer than 2048 bits";
    WeakDigest = "weak-digest", Warning, "9905#2", "the DS records of the delegation have no other digest than SHA-1";
    KeyNotZoneKey = "key-not-zone-key", Warning, "4034#2.1.1", "the key may sign nothing: its flags or protocol say so";
    ExpiresSoon = "expires-soon", Warning, "6781#4.4.2", "the signature expires within the time that was asked for";
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// The owner of the record, in lower case; `None` if the text could not be read.
    pub name: Option<NameBuf>,
    /// The type of the records that it is about.
    pub rtype: Option<Type>,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where a record is missing altogether.
    pub line: usize,
    /// The column, from 1; 0 for the whole line.
    pub column: usize,
    /// More about it: key tags, times, what was expected.
    pub detail: String,
}

/// `db.example:12: www.example. A: signature-expired: ...`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        if let Some(name) = &self.name {
            write!(f, ": {name}")?;
        }
        if let Some(rtype) = self.rtype {
            write!(f, " {rtype}")?;
        }
        write!(f, ": {}: {}", self.kind, self.kind.text())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// A fault as it is found: small, for there may be one for every record.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: FaultKind,
    pub(super) at: Place,
    pub(super) rtype: Type,
    pub(super) about: About,
}

/// What more there is to say.
#[derive(Clone, Copy)]
pub(super) enum About {
    Nothing,
    /// Key tag and algorithm of a key or a signature.
    Key(u16, u8),
    /// Beside it, a time in seconds since 1970, with 32 bits.
    Time(u16, u8, u32),
    /// A name that is not there, by its node or place.
    Name(Place),
    /// The name is so many labels of that of the record, from the right.
    Empty(u8),
    /// Something else was expected: TTL, labels, serial, iterations.
    Expected(u32, u32),
}

impl Found {
    pub(super) const fn new(kind: FaultKind, at: Place, rtype: Type) -> Self {
        Self { kind, at, rtype, about: About::Nothing }
    }

    pub(super) const fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }
}
