//! A proof made of the messages that proved something.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use super::{Proof, check};
use crate::anchor::AnchorSet;
use crate::budget::Budget;
use crate::canon::Rrset;
use crate::chain::{self, Content, Event, Evidence, Next, Reason, Secure, Terms, Verdict};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::name::NameBuf;
use crate::rrsig::Signed;
use crate::wire::rdata::Rrsig;
use crate::wire::{Question, Record, Section, rdata_in_full, record_in_full};

/// A proof, and what it proves.
#[derive(Clone, Debug)]
pub struct Built<'m> {
    /// The records, as [`Proof::parse`] reads them.
    pub chain: Vec<u8>,
    /// The verdict on the messages, which is that on the proof.
    pub verdict: Verdict<'m>,
}

/// Why there is no proof.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BuildError<'m> {
    /// The messages prove nothing: they are bogus.
    Bogus(Reason<'m>),
    /// The messages prove nothing: evidence is missing, or a limit ran out.
    Indeterminate(Reason<'m>),
    /// The records take more than 65535 octets, or one of them cannot be written.
    Unwritable,
    /// The records alone do not say what the messages said: an answer to ANY, or zones that changed in between.
    Different,
}

impl fmt::Display for BuildError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bogus(reason) => write!(f, "the answer is bogus: {reason}"),
            Self::Indeterminate(reason) => write!(f, "nothing is proved: {reason}"),
            Self::Unwritable => f.write_str("the records do not fit into 65535 octets"),
            Self::Different => f.write_str("the records alone do not prove what the answer says"),
        }
    }
}

impl core::error::Error for BuildError<'_> {}

//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# The returned RRsets MUST contain either the TLSA RRset or the associated denial-of-existence proof of the configured
//# (and requested) SNI name and port.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# In the case of a denial-of-existence response, the authentication chain MUST include all DNSSEC-signed records,
//# starting with those from the trust anchor zone, that chain together to reach a proof of either:
/// Writes the proof of a verdict: the records that it rests on and the signatures that were used, each once and no
/// other. First what is about the answer, then keys and DS records from there up to the trust anchor (RFC 9102
/// section 3).
///
/// The verdict may be Secure: records of any type, also by way of aliases or from a wildcard, or a proof that there are
/// none. Or it may be Insecure: then the proof shows where the signed zones end, and has nothing from below. What was
/// written is checked, under the same terms but with a budget of its own of the same limits, and says the same.
///
/// A [`Lookup`](crate::lookup::Lookup) that is done is evidence.
///
/// # Errors
/// If the messages prove nothing, or if the records alone would not.
///
/// ```
/// # #[cfg(all(feature = "ring", feature = "zonefile"))] {
/// use dnsproof::{anchor::Anchors, budget::{Budget, Limits}, canon::Scratch, chain::Terms, codes::Type, crypto::Ring};
/// use dnsproof::{name::NameBuf, policy::Policy, proof::{self, Proof}, time::Time, wire::{Message, Question}};
///
/// # let hex = include_str!("../../vectors/delegation/p256/good.hex");
/// # let lines = hex.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
/// # let octets: Vec<Vec<u8>> = lines.map(|line| data_encoding::HEXLOWER_PERMISSIVE.decode(line.as_bytes()).unwrap()).collect();
/// # let messages: Vec<Message> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
/// let anchors = Anchors::parse(include_str!("../../vectors/delegation/p256/root.ds")).unwrap();
/// let name: NameBuf = "_xmpp-server._tcp.example.com".parse()?;
/// let question = Question::new(name.as_name(), Type::SRV);
/// let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
/// let mut terms = Terms {
///     clock: Time(1_795_435_200).into(),
///     policy: &Policy::standard(),
///     backend: &Ring,
///     budget: &mut budget,
///     scratch: &mut scratch,
/// };
/// let built = proof::build(question, &anchors, messages.as_slice(), &mut terms).unwrap();
/// let proof = Proof::parse(&built.chain)?;
/// let checked = proof::check(&proof, question, &anchors, &mut terms);
/// assert!(checked.verdict.secure().is_some() && checked.unused().next().is_none());
/// # }
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
pub fn build<'m, B: Backend>(
    question: Question<'m>,
    anchors: &'m (impl AnchorSet + ?Sized),
    evidence: &'m (impl Evidence + ?Sized),
    terms: &mut Terms<'_, '_, B>,
) -> Result<Built<'m>, BuildError<'m>> {
    let (mut rested, mut aliases): (Vec<Signed<'m>>, Vec<NameBuf>) = (Vec::new(), Vec::new());
    let mut observer = |event: Event<'_>| {
        if let Event::Alias { name, .. } = event {
            aliases.push(name.to_buf());
        }
    };
    let next = chain::prove(question, anchors, evidence, terms, &mut observer, &mut |signed| rested.push(*signed));
    let verdict = match next {
        Next::Done(verdict) => verdict,
        Next::Ask(_, otherwise) => otherwise.into(),
    };
    match &verdict {
        Verdict::Secure(_) | Verdict::Insecure(_) => {}
        Verdict::Bogus(reason) => return Err(BuildError::Bogus(*reason)),
        Verdict::Indeterminate(reason) => return Err(BuildError::Indeterminate(*reason)),
    }
    let parts = parts(&rested, &question)?;
    let limits = *terms.budget.limits();
    let mut attempt = |made: &[Vec<u8>], of: fn(&Part) -> bool| {
        let parts = parts.iter().filter(|part| of(part)).map(|part| part.octets.as_slice());
        let chain = made.iter().map(Vec::as_slice).chain(parts).collect::<Vec<_>>().concat();
        let mut budget = Budget::new(limits);
        let Terms { clock, policy, backend, .. } = *terms;
        let mut terms = Terms { clock, policy, backend, budget: &mut budget, scratch: terms.scratch };
        needed(&chain, question, anchors, &verdict, &mut terms)
    };
    // Where the signed zones end, what is said of the name proves nothing.
    if matches!(verdict, Verdict::Insecure(_))
        && let Ok(chain) = attempt(&[], Part::is_of_the_way)
    {
        return Ok(Built { chain, verdict });
    }
    // RFC 9102 section 2.3: what follows from a DNAME record need not be there. A name that has no records is only
    // told by it.
    let chain = attempt(&[], |_| true).or_else(|error| {
        if question.rtype == Type::CNAME {
            aliases.push(question.name.to_buf());
        }
        let mut made = made(&aliases, &parts, evidence);
        let mut chain = attempt(&made, |_| true).map_err(|_| error)?;
        for number in (0..made.len()).rev() {
            let one = made.remove(number);
            match attempt(&made, |_| true) {
                Ok(shorter) => chain = shorter,
                Err(_) => made.insert(number, one),
            }
        }
        Ok(chain)
    })?;
    Ok(Built { chain, verdict })
}

/// An RRset and a signature, written.
struct Part {
    owner: NameBuf,
    rtype: Type,
    signer: NameBuf,
    octets: Vec<u8>,
}

impl Part {
    /// Whether it says where zones and names are, and not what is there.
    fn is_of_the_way(&self) -> bool {
        matches!(self.rtype, Type::DNSKEY | Type::DS | Type::NSEC | Type::NSEC3 | Type::CNAME | Type::DNAME)
    }
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# In either case, the chain of RRsets MUST be accompanied by the full set of DNS records needed to authenticate the
//# TLSA record set or its denial of existence up the DNS hierarchy to either the root zone or another trust anchor
//# mutually configured by the TLS server and client.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# Any applicable ordinary CNAME records that are not synthesized from DNAME records MUST be included along with their
//# RRSIGs.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# Barring prior knowledge of particular trust anchors that the server shares with its clients, the chain constructed
//# by the server MUST be extended as closely as possible to the root zone.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//# The returned chain SHOULD also include the DNSKEY RRsets of all relevant trust anchors (typically just the root DNS
//# zone).
/// What the verdict rests on, each once and in order.
fn parts<'m>(rested: &[Signed<'m>], question: &Question<'_>) -> Result<Vec<Part>, BuildError<'m>> {
    let mut parts: Vec<Part> = Vec::new();
    for signed in rested {
        let rrset = signed.rrset();
        let (record, signer) = signature(&rrset, signed).ok_or(BuildError::Unwritable)?;
        let same = |part: &Part| part.owner == rrset.owner() && part.rtype == rrset.rtype() && part.signer == signer;
        if parts.iter().any(same) {
            continue;
        }
        let mut written: Vec<Vec<u8>> = Vec::new();
        for record in rrset.records().chain([record]) {
            let octets = record_in_full(&record).ok_or(BuildError::Unwritable)?;
            if !written.contains(&octets) {
                written.push(octets);
            }
        }
        let (owner, rtype, octets) = (rrset.owner().to_buf(), rrset.rtype(), written.concat());
        parts.push(Part { owner, rtype, signer, octets });
    }
    parts.sort_by_key(|part| {
        let of_answer = part.rtype == question.rtype && part.owner == question.name;
        let above = !of_answer && matches!(part.rtype, Type::DNSKEY | Type::DS);
        let labels = if above { part.owner.as_name().label_count() } else { 0 };
        (above, Reverse(labels), above && part.rtype == Type::DS)
    });
    Ok(parts)
}

/// The RRSIG record with the signature that held, and who signed.
fn signature<'m>(rrset: &Rrset<'m>, signed: &Signed<'m>) -> Option<(Record<'m>, NameBuf)> {
    rrset.signature_records().find_map(|record| {
        let rrsig: Rrsig<'m> = record.view().ok()?;
        core::ptr::eq(rrsig.signature, signed.signature()).then(|| (record, rrsig.signer.to_buf()))
    })
}

/// The CNAME records of these aliases that nobody signed.
fn made(aliases: &[NameBuf], parts: &[Part], evidence: &(impl Evidence + ?Sized)) -> Vec<Vec<u8>> {
    let signed = |alias: &NameBuf| parts.iter().any(|part| part.rtype == Type::CNAME && part.owner == *alias);
    let record = |alias: &NameBuf| {
        let mut messages = (0_usize..).map_while(|index| evidence.message(index));
        messages.find_map(|message| {
            let mut records = message.records(Section::Answer);
            let record = records.find(|record| record.rtype == Type::CNAME && *alias == record.owner)?;
            record_in_full(&record)
        })
    };
    aliases.iter().filter(|alias| !signed(alias)).filter_map(record).collect()
}

/// The chain without what a check of it does not use.
fn needed<'v, B: Backend>(
    chain: &[u8],
    question: Question<'_>,
    anchors: &(impl AnchorSet + ?Sized),
    verdict: &Verdict<'_>,
    terms: &mut Terms<'_, '_, B>,
) -> Result<Vec<u8>, BuildError<'v>> {
    let proof = Proof::parse(chain).map_err(|_| BuildError::Unwritable)?;
    let checked = check(&proof, question, anchors, terms);
    if !is_same(&checked.verdict, verdict) {
        return Err(BuildError::Different);
    }
    if checked.unused().next().is_none() {
        return Ok(chain.to_vec());
    }
    let used: Vec<u8> = checked.used().filter_map(|record| record_in_full(&record)).flatten().collect();
    let again = Proof::parse(&used).map_err(|_| BuildError::Unwritable)?;
    *terms.budget = Budget::new(*terms.budget.limits());
    match is_same(&check(&again, question, anchors, terms).verdict, verdict) {
        true => Ok(used),
        false => Err(BuildError::Different),
    }
}

/// Whether two verdicts are the same, and about the same records.
fn is_same(one: &Verdict<'_>, other: &Verdict<'_>) -> bool {
    match (one, other) {
        (Verdict::Secure(one), Verdict::Secure(other)) => is_same_answer(one, other),
        (Verdict::Insecure(_), Verdict::Insecure(_)) => true,
        _ => false,
    }
}

fn is_same_answer(one: &Secure<'_>, other: &Secure<'_>) -> bool {
    match (one.content(), other.content()) {
        (Content::Records(one), Content::Records(other)) => {
            one.owner() == other.owner() && one.rtype() == other.rtype() && rdata_of(&one) == rdata_of(&other)
        }
        (Content::NoData, Content::NoData) | (Content::NameError, Content::NameError) => {
            one.aliases().eq(other.aliases())
        }
        _ => false,
    }
}

/// What the records of an RRset say, in order and each once.
fn rdata_of(rrset: &Rrset<'_>) -> Vec<Option<Vec<u8>>> {
    let mut rdata: Vec<Option<Vec<u8>>> = rrset.records().map(|record| rdata_in_full(&record)).collect();
    rdata.sort();
    rdata.dedup();
    rdata
}
