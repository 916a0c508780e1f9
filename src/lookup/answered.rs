//! What a lookup came to, as a value of its own.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Lookup;
use crate::anchor::AnchorSet;
use crate::chain::{Content, Event, ReasonCode, Step, Terms, Verdict, is_usable};
use crate::codes::{Class, Rcode, Type};
use crate::crypto::Backend;
use crate::name::{Name, NameBuf};
use crate::time::Time;
use crate::wire::rdata::{Cname, View};
use crate::wire::{Message, Question, Rdata, Record, Section, rdata_in_full};

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
        let name = self.name;
        let mut aliases = Vec::new();
        let mut observer = |event: Event<'_>| {
            if let Event::Alias { name, target } = event {
                aliases.push((name.to_buf(), target.to_buf()));
            }
        };
        let verdict = match self.explain(terms, &mut observer) {
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
            (Security::Insecure, _) | (_, Some(ReasonCode::NoAnchor)) => self.unproved(&aliases, unproved),
            _ => unproved,
        }
    }

    /// What the messages say, and nobody proves: where the verdict was led to, by the answer to a question or by that
    /// which led to it. Whatever else is in hand says nothing.
    fn unproved(&self, aliases: &[(NameBuf, NameBuf)], answered: Answered) -> Answered {
        let answering = |name: &NameBuf| self.messages.answering(&Question::new(name.as_name(), self.rtype));
        let (mut end, mut led) = (self.name, None);
        for (name, target) in aliases {
            (end, led) = (*target, answering(name).filter(is_usable).or(led));
        }
        // RFC 1034 section 3.6.2: more aliases are a mistake.
        for _ in 0..16 {
            let mut found = None;
            for message in [answering(&end), led].into_iter().flatten() {
                // As the verdict has it: records first, if the RCODE lets them count, and then the alias.
                let records = of(&message, &end.as_name(), self.rtype);
                if !records.is_empty() && (message.rcode() == Rcode::NOERROR || self.rtype == Type::CNAME) {
                    return Answered { end, aliased: end != self.name, records, ..answered };
                }
                found = found.or_else(|| Some((alias(&message, &end.as_name())?, message)));
            }
            match found {
                // Where there is no anchor, the verdict went no further. An insecure one is about the end.
                Some((target, message)) if answered.security != Security::Insecure => {
                    (end, led) = (target, Some(message));
                }
                _ => break,
            }
        }
        Answered { end, aliased: end != self.name, ..answered }
    }
}

/// Where a name leads to, if it is an alias.
fn alias(message: &Message<'_>, name: &Name<'_>) -> Option<NameBuf> {
    let mut records = at(message, name);
    records.find_map(|record| record.view::<Cname<'_>>().ok()).map(|cname| cname.target.to_buf())
}

/// The records of a name and type.
fn of(message: &Message<'_>, name: &Name<'_>, rtype: Type) -> Vec<Vec<u8>> {
    let records = at(message, name).filter(|record| record.rtype == rtype);
    records.filter_map(|record| rdata_in_full(&record)).collect()
}

/// The records of a name; those of another class are not of it.
fn at<'m>(message: &Message<'m>, name: &Name<'_>) -> impl Iterator<Item = Record<'m>> {
    message.records(Section::Answer).filter(move |record| record.class == Class::IN && record.owner == *name)
}
