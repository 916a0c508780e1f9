//! What a validator says of a question.

use std::fmt;

use crate::scene::alias;
use crate::world::server::Response;
use crate::world::truth::Said;
use crate::world::{Question, rtype};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Secure(Said),
    Insecure,
    Bogus,
    Indeterminate,
    /// Nothing but that it failed: SERVFAIL, an error, no proof.
    Failed,
}

impl Verdict {
    /// In two words at most.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Secure(Said::Records(_)) => "secure",
            Self::Secure(Said::NoData) => "secure-nodata",
            Self::Secure(Said::NameError) => "secure-nxdomain",
            Self::Insecure => "insecure",
            Self::Bogus => "bogus",
            Self::Indeterminate => "indeterminate",
            Self::Failed => "failed",
        }
    }

    /// Whether another validator says the same, as far as it says anything: who only fails does not tell Bogus from
    /// Indeterminate.
    pub fn agrees(&self, other: &Self) -> bool {
        self == other
            || (matches!(self, Self::Bogus | Self::Indeterminate) && *other == Self::Failed)
            || (*self == Self::Failed && matches!(other, Self::Bogus | Self::Indeterminate))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a whole response says to a question, believed as it stands.
pub fn content(response: &Response, question: &Question) -> Said {
    let (mut name, mut left) = (question.name.clone(), 16);
    while let Some(next) = alias(response, &name, question.rtype).filter(|_| left > 0) {
        name = next;
        left -= 1;
    }
    let owner = name.wire();
    let here = response.sections[0].iter().filter(|record| record.owner.eq_ignore_ascii_case(&owner));
    let mut set: Vec<Vec<u8>> =
        here.filter(|record| record.rtype == question.rtype).map(|record| record.rdata.clone()).collect();
    set.sort();
    set.dedup();
    match (set.is_empty(), response.rcode) {
        (false, _) => Said::Records(set),
        (true, 3) => Said::NameError,
        _ => Said::NoData,
    }
}

/// The mnemonic, for programs and tables.
pub fn mnemonic(rtype: u16) -> &'static str {
    match rtype {
        rtype::A => "A",
        rtype::NS => "NS",
        rtype::CNAME => "CNAME",
        rtype::SOA => "SOA",
        rtype::MX => "MX",
        rtype::TXT => "TXT",
        rtype::AAAA => "AAAA",
        rtype::SRV => "SRV",
        rtype::DS => "DS",
        rtype::DNSKEY => "DNSKEY",
        _ => "ANY",
    }
}
