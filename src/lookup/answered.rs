//! What a lookup came to, as a value of its own.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Lookup;
use crate::anchor::AnchorSet;
use crate::chain::{Content, ReasonCode, Step, Terms, Verdict};
use crate::codes::{Rcode, Type};
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::time::Time;
use crate::wire::rdata::{Cname, View};
use crate::wire::{Message, Question, Rdata, Section, rdata_in_full};

/// How much an answer is worth: the four verdicts, without what they rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// It is proved.
    Secure,
    /// It is proved that nobody can prove it.
    Insecure,
    /// It should be proved, and is not.
    Bogus,
    /// Nothing is known: no answer came, or none that could be judged.
    Indeterminate,
}

impl Security {
    /// `secure`, `insecure`, `bogus` or `indeterminate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Insecure => "insecure",
            Self::Bogus => "bogus",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// A verdict and the records that it is about, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How much the records are worth. Where it is neither Secure nor Insecure there are none, unless there is no
    /// anchor for them.
    pub security: Security,
    /// Why; empty if it is Secure.
    pub reason: String,
    /// Why, for programs.
    pub code: Option<ReasonCode>,
    /// Where aliases lead to.
    pub end: NameBuf,
    /// Whether there were aliases.
    pub aliased: bool,
    /// The RDATA of the records that were asked for, with names in full.
    pub records: Vec<Vec<u8>>,
    /// Until when a Secure answer holds.
    pub valid_until: Option<Time>,
}

impl Answered {
    /// The records, each read as `V`; those that cannot be read are left out.
    pub fn views<'a, V: View<'a>>(&'a self) -> impl Iterator<Item = V> + use<'a, V> {
        self.records.iter().filter_map(|octets| V::from_rdata(Rdata::from_octets(octets)).ok())
    }

    /// How much it is worth to whoever can do without DNSSEC: where there is no trust anchor, as much as where the zones
    /// are not signed.
    #[must_use]
    pub fn standing(&self) -> Security {
        match self.code {
            Some(ReasonCode::NoAnchor) => Security::Insecure,
            _ => self.security,
        }
    }

    /// Nothing came.
    #[must_use]
    pub fn nothing(name: &NameBuf, reason: String) -> Self {
        let security = Security::Indeterminate;
        let (code, records) = (Some(ReasonCode::EvidenceMissing), Vec::new());
        Self { security, reason, code, end: *name, aliased: false, records, valid_until: None }
    }

    /// Whether it is known that there is something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl<A: AnchorSet + ?Sized> Lookup<'_, A> {
    /// The verdict by what is in hand, and the records.
    pub fn answered<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Answered {
        let (name, rtype) = (self.name, self.rtype);
        let verdict = match self.step(terms) {
            Step::Done(verdict) => verdict,
            Step::Ask(question) => return Answered::nothing(&name, alloc::format!("{question} was not asked")),
        };
        let (security, reason) = match &verdict {
            Verdict::Secure(secure) => {
                let records = secure.answer();
                let end = match (secure.content(), records) {
                    (Content::Records(_), Some(records)) => records.owner().to_buf(),
                    _ => name,
                };
                let records = records.into_iter().flat_map(|records| records.records());
                return Answered {
                    security: Security::Secure,
                    reason: String::new(),
                    code: None,
                    end,
                    aliased: secure.aliases().next().is_some(),
                    records: records.filter_map(|record| rdata_in_full(&record)).collect(),
                    valid_until: Some(secure.valid_until()),
                };
            }
            Verdict::Insecure(reason) => (Security::Insecure, reason),
            Verdict::Bogus(reason) => (Security::Bogus, reason),
            Verdict::Indeterminate(reason) => (Security::Indeterminate, reason),
        };
        let (code, reason) = (Some(reason.code()), reason.to_string());
        let unproved = Answered { security, code, ..Answered::nothing(&name, reason) };
        match (security, unproved.code) {
            // Where there is no anchor, nothing can be proved, and nothing has failed.
            (Security::Insecure, _) | (_, Some(ReasonCode::NoAnchor)) => self.unproved(&name, rtype, unproved),
            _ => unproved,
        }
    }

    /// What the messages say, and nobody proves: as it is found by the verdict, by the answer to a question or by that
    /// which led to it. Whatever else is in hand says nothing.
    fn unproved(&self, name: &NameBuf, rtype: Type, answered: Answered) -> Answered {
        let (mut end, mut led) = (*name, None);
        // RFC 1034 section 3.6.2: more aliases are a mistake.
        for _ in 0..16 {
            let here = [self.messages.answering(&Question::new(end.as_name(), rtype)), led];
            let mut found = None;
            for message in here.into_iter().flatten() {
                // As the verdict has it: records first, if the RCODE lets them count, and then the alias.
                let records = of(&message, &end.as_name(), rtype);
                if !records.is_empty() && (message.rcode() == Rcode::NOERROR || rtype == Type::CNAME) {
                    return Answered { end, aliased: end != *name, records, ..answered };
                }
                found = found.or_else(|| Some((alias(&message, &end.as_name())?, message)));
            }
            match found {
                Some((target, message)) => (end, led) = (target, Some(message)),
                None => break,
            }
        }
        Answered { end, aliased: end != *name, ..answered }
    }
}

/// Where a name leads to, if it is an alias.
fn alias(message: &Message<'_>, name: &Name<'_>) -> Option<NameBuf> {
    let mut records = message.records(Section::Answer).filter(|record| record.owner == *name);
    records.find_map(|record| record.view::<Cname<'_>>().ok()).map(|cname| cname.target.to_buf())
}

/// The records of a name and type.
fn of(message: &Message<'_>, name: &Name<'_>, rtype: Type) -> Vec<Vec<u8>> {
    let records = message.records(Section::Answer).filter(|record| record.owner == *name && record.rtype == rtype);
    records.filter_map(|record| rdata_in_full(&record)).collect()
}
