//! A naive validator, written from the RFCs and from nothing else: all that can be proved from some
//! messages about a question. It allocates and repeats itself as it likes; `dnsproof`'s traits for
//! cryptography are all that it has in common with what it judges.

#![allow(dead_code)]

mod answer;
pub mod canonical;
mod denial;
pub mod name;
mod walk;
pub mod wire;

use std::collections::BTreeSet;

use dnsproof::crypto::Backend;

use self::name::Name;

/// A question, and what is known.
pub struct Case<'a> {
    /// On the wire, not compressed.
    pub name: &'a [u8],
    pub rtype: u16,
    /// Owner, type (DS or DNSKEY) and RDATA.
    pub anchors: &'a [(Vec<u8>, u16, Vec<u8>)],
    pub now: u64,
    pub messages: &'a [Vec<u8>],
}

/// What the RFCs leave to the validator.
#[derive(Clone)]
pub struct Rules {
    pub algorithms: Vec<u8>,
    pub digests: Vec<u8>,
    /// NSEC3 iterations above which a denial says nothing (RFC 9276 section 3.2).
    pub iterations: u16,
    /// And above which it is not even believed that there is nothing.
    pub iterations_refused: u16,
    /// Aliases that are followed.
    pub aliases: usize,
    /// Of several answers to one question only the first counts, and all of them otherwise.
    pub first_answer_only: bool,
}

impl Rules {
    pub fn standard() -> Self {
        Self {
            algorithms: vec![8, 10, 13, 14, 15, 16],
            digests: vec![1, 2, 4],
            iterations: 50,
            iterations_refused: 500,
            aliases: 11,
            first_answer_only: false,
        }
    }

    /// With the signature algorithms that use SHA-1.
    pub fn legacy() -> Self {
        let mut rules = Self::standard();
        rules.algorithms.extend([5, 7]);
        rules
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Records,
    NoData,
    NameError,
}

/// What is proved: of the name at the end of the aliases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proved {
    pub kind: Kind,
    pub name: Name,
    /// RDATA in canonical form and order.
    pub records: Vec<Vec<u8>>,
    /// The names that are aliases, in order.
    pub aliases: Vec<Name>,
}

/// Everything that some of the messages prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    pub secure: BTreeSet<Proved>,
    pub insecure: bool,
}

impl Judgement {
    pub fn is_empty(&self) -> bool {
        self.secure.is_empty() && !self.insecure
    }
}

/// Messages that cannot be read are no evidence.
pub fn judge<B: Backend>(case: &Case<'_>, backend: &B, rules: &Rules) -> Judgement {
    let Some(name) = Name::from_wire(case.name) else { return Judgement::default() };
    let mut responses: Vec<wire::Response> = Vec::new();
    for response in case.messages.iter().filter_map(|message| wire::read(message)) {
        let again = responses.iter().any(|other| other.name == response.name && other.rtype == response.rtype);
        if !(rules.first_answer_only && again) {
            responses.push(response);
        }
    }
    let anchors: Vec<(Name, u16, Vec<u8>)> = case
        .anchors
        .iter()
        .filter_map(|(owner, rtype, rdata)| Some((Name::from_wire(owner)?, *rtype, rdata.clone())))
        .collect();
    let court = walk::Court {
        responses: &responses,
        anchors: &anchors,
        now: case.now,
        backend,
        rules,
        known: walk::Known::default(),
    };
    answer::answers(&court, &name, case.rtype)
}
