//! The policy and the limits, as flags.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use clap::{Args, ValueEnum};

use crate::budget::Limits;
use crate::codes::{Algorithm, DigestType};
use crate::policy::Policy;

/// What counts.
#[derive(Args, Debug)]
#[command(next_help_heading = "Policy")]
pub(super) struct Rules {
    /// What counts: legacy adds the algorithms with SHA-1 (5 and 7) and says where it is weak;
    /// strict takes SHA-1 digests and NSEC3 iterations away
    #[arg(long, value_enum, default_value = "standard")]
    policy: PolicyName,
    /// The same as --policy strict
    #[arg(long, conflicts_with = "policy")]
    strict: bool,
    /// Only these algorithms count, by number or mnemonic: 8,13,ED25519
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = algorithm)]
    algorithms: Option<Vec<Algorithm>>,
    /// Only these DS digest types count, by number or mnemonic: 2,SHA-384
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = digest)]
    digests: Option<Vec<DigestType>>,
    /// NSEC3 iterations above which a proof proves nothing and the answer is insecure [default: 50]
    #[arg(long, value_name = "NUMBER")]
    nsec3_iterations: Option<u16>,
    /// NSEC3 iterations above which an answer is refused [default: 500]
    #[arg(long, value_name = "NUMBER")]
    nsec3_iterations_refused: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyName {
    Standard,
    Legacy,
    Strict,
}

impl Rules {
    pub(super) fn policy(&self) -> Result<Policy, String> {
        if let (Some(insecure), Some(refused)) = (self.nsec3_iterations, self.nsec3_iterations_refused)
            && insecure > refused
        {
            let why = "expected the second to be no less than the first";
            return Err(format!("--nsec3-iterations {insecure}, --nsec3-iterations-refused {refused}: {why}"));
        }
        let mut policy = match self.policy {
            _ if self.strict => Policy::strict(),
            PolicyName::Strict => Policy::strict(),
            PolicyName::Standard => Policy::standard(),
            PolicyName::Legacy => Policy::legacy(),
        };
        let insecure = self.nsec3_iterations.unwrap_or(policy.nsec3_iterations());
        let refused = self.nsec3_iterations_refused.unwrap_or(policy.nsec3_iterations_refused().max(insecure));
        policy = policy.with_nsec3_iterations(insecure, refused);
        if let Some(algorithms) = &self.algorithms {
            let without = (0..=u8::MAX).map(Algorithm).fold(policy, Policy::without);
            policy = algorithms.iter().copied().fold(without, Policy::with);
        }
        if let Some(digests) = &self.digests {
            let without = (0..=u8::MAX).map(DigestType).fold(policy, Policy::without_digest);
            policy = digests.iter().copied().fold(without, Policy::with_digest);
        }
        Ok(policy)
    }
}

/// How much work may be done.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(super) struct Bounds {
    /// Signature checks in all [default: 64]
    #[arg(long, value_name = "NUMBER")]
    max_signatures: Option<u32>,
    /// Signature checks that may fail [default: 16]
    #[arg(long, value_name = "NUMBER")]
    max_failed_signatures: Option<u32>,
    /// Keys tried for one key tag [default: 4]
    #[arg(long, value_name = "NUMBER")]
    max_keys_per_tag: Option<u32>,
    /// Digests of keys compared with DS records and anchors [default: 48]
    #[arg(long, value_name = "NUMBER")]
    max_digests: Option<u32>,
    /// Records in one RRset [default: 4096]
    #[arg(long, value_name = "NUMBER")]
    max_records: Option<u32>,
    /// Zones from the anchor to the answer [default: 24]
    #[arg(long, value_name = "NUMBER")]
    max_zones: Option<u32>,
    /// SHA-1 compressions for NSEC3 hashes [default: 4096]
    #[arg(long, value_name = "NUMBER")]
    max_nsec3_hashes: Option<u32>,
    /// Aliases followed [default: 11]
    #[arg(long, value_name = "NUMBER")]
    max_aliases: Option<u32>,
    /// Keys looked at for signatures, DS records and anchors [default: 16384]
    #[arg(long, value_name = "NUMBER")]
    max_candidates: Option<u32>,
    /// NSEC or NSEC3 records tried for one part of a proof [default: 16]
    #[arg(long, value_name = "NUMBER")]
    max_denials: Option<u32>,
    /// Records read, each time anew [default: 262144]
    #[arg(long, value_name = "NUMBER")]
    max_reads: Option<u32>,
}

impl Bounds {
    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (limit, given) in [
            (&mut limits.signatures, self.max_signatures),
            (&mut limits.failed_signatures, self.max_failed_signatures),
            (&mut limits.keys_per_tag, self.max_keys_per_tag),
            (&mut limits.digests, self.max_digests),
            (&mut limits.records_per_set, self.max_records),
            (&mut limits.zones, self.max_zones),
            (&mut limits.nsec3_hashes, self.max_nsec3_hashes),
            (&mut limits.aliases, self.max_aliases),
            (&mut limits.candidates, self.max_candidates),
            (&mut limits.denials, self.max_denials),
            (&mut limits.reads, self.max_reads),
        ] {
            *limit = given.unwrap_or(*limit);
        }
        limits
    }
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let named = text.parse().ok().map(Algorithm).or_else(|| Algorithm::from_mnemonic(text));
    named.ok_or_else(|| "expected a number up to 255 or a mnemonic such as ECDSAP256SHA256".to_string())
}

pub(super) fn digest(text: &str) -> Result<DigestType, String> {
    let named = text.parse().ok().map(DigestType).or_else(|| DigestType::from_mnemonic(text));
    named.ok_or_else(|| "expected a number up to 255 or a mnemonic such as SHA-256".to_string())
}
