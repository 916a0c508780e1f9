//! The eight steps for one domain, as a machine that says what it needs and is fed.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell, RefCell};
use core::fmt;

use super::outcome::{Cause, Conclusion, Failure, NoProof, Outcome, ProvedBy, Success, Unproved};
use super::{ProofType, ProofUrl, UrlError, UrlRules};
use crate::anchor::{self, Anchor, Anchors};
use crate::binding::{self, Authorities, Certified, Refusal, Wanted, certify};
use crate::chain::{self, Next, Observer, Reason, ReasonCode, Step, Terms, Verdict, is_usable};
use crate::codes::Type;
use crate::crypto::Backend;
use crate::delegation::{self, Endpoint, Request, Service};
use crate::error::ParseError;
use crate::lookup::{AnswerError, Messages, ahead, ask, missing};
use crate::name::{Name, NameBuf};
use crate::time::Clock;
use crate::wire::rdata::{Rrsig, Srv};
use crate::wire::{Message, Question, Section};

/// Who wants to reach whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The source domain, which is to be reached.
    pub source: NameBuf,
    /// For what.
    pub service: Service,
    /// The name that the peer has proved by other means.
    pub provider: NameBuf,
    /// Where the connection goes, if that is known: see [`Request::endpoint`].
    pub endpoint: Option<(NameBuf, Option<u16>)>,
    /// See [`Request::accept_parent`].
    pub accept_parent: bool,
}

impl Delegation {
    /// With no endpoint known, and no parents accepted.
    #[must_use]
    pub const fn new(source: NameBuf, service: Service, provider: NameBuf) -> Self {
        Self { source, service, provider, endpoint: None, accept_parent: false }
    }

    /// The same, borrowed.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let endpoint = self.endpoint.as_ref();
        let endpoint = endpoint.map(|(host, port)| Endpoint { host: host.as_name(), port: *port });
        let (source, provider) = (self.source.as_name(), self.provider.as_name());
        Request { source, provider, endpoint, accept_parent: self.accept_parent }
    }
}

/// What a proof may be, and who may vouch for it. All of it is the caller's.
#[derive(Clone, Debug)]
pub struct ProofRules {
    /// The CAs that may vouch for a key.
    pub authorities: Authorities,
    /// How much of a document is read, and which keys are strong enough.
    pub documents: binding::Rules,
    /// From where it may be fetched.
    pub urls: UrlRules,
}

impl ProofRules {
    /// These CAs, and the standard for the rest.
    #[must_use]
    pub fn new(authorities: Authorities) -> Self {
        Self { authorities, documents: binding::Rules::standard(), urls: UrlRules::standard() }
    }
}

/// What a check needs next.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time")]
pub enum Need<'c> {
    /// The answer to this question of the DNS.
    Ask(Question<'c>),
    /// A proof: the peer is to be challenged for one of these types.
    Challenge(&'c [ProofType]),
    /// The document at this URL.
    Fetch(&'c ProofUrl),
    /// Nothing.
    Done(Conclusion<'c>),
}

/// What the peer has to say.
#[derive(Debug)]
enum Said {
    Nothing,
    No(NoProof),
    Url(String),
    Document(Vec<u8>),
}

/// The check of one delegation.
///
/// [`step`](Self::step) says what is needed. It says so once: if it is called again before it was fed, the
/// thing cannot be had, and the check goes on without it, as a rule to its end. The time is part of the
/// [`Terms`] of each call.
pub struct Check<'a> {
    wanted: Delegation,
    srv_name: NameBuf,
    anchors: &'a Anchors,
    rules: &'a ProofRules,
    types: [ProofType; 1],
    messages: Messages,
    asked: RefCell<Vec<(NameBuf, Type)>>,
    own: OnceCell<Unproved>,
    challenged: Cell<bool>,
    said: Said,
    url: OnceCell<Result<ProofUrl, UrlError>>,
    fetching: Cell<bool>,
    certified: OnceCell<Result<Certified, Refusal>>,
    found: OnceCell<Result<Found, Refusal>>,
}

/// The anchor of the proof, and all that count.
struct Found {
    proof: Anchors,
    all: Anchors,
}

impl<'a> Check<'a> {
    /// Starts with nothing in hand.
    ///
    /// # Errors
    /// If the name of the SRV records would exceed 255 octets.
    pub fn new(wanted: Delegation, anchors: &'a Anchors, rules: &'a ProofRules) -> Result<Self, ParseError> {
        Ok(Self {
            srv_name: wanted.service.srv_name(&wanted.source.as_name())?,
            wanted,
            anchors,
            rules,
            types: [ProofType::dnssec_ta()],
            messages: Messages::default(),
            asked: RefCell::default(),
            own: OnceCell::new(),
            challenged: Cell::new(false),
            said: Said::Nothing,
            url: OnceCell::new(),
            fetching: Cell::new(false),
            certified: OnceCell::new(),
            found: OnceCell::new(),
        })
    }

    /// Who wants to reach whom.
    #[must_use]
    pub const fn wanted(&self) -> &Delegation {
        &self.wanted
    }

    /// Where the SRV records are.
    #[must_use]
    pub fn srv_name(&self) -> Name<'_> {
        self.srv_name.as_name()
    }

    /// Takes a response message. See [`Lookup::answer`](crate::lookup::Lookup::answer).
    ///
    /// # Errors
    /// If the message is malformed, or no response to one question. Nothing is kept of it.
    pub fn answer(&mut self, message: &[u8]) -> Result<(), AnswerError> {
        self.messages.take(message)
    }

    /// Further questions that will be needed, by what is in hand. See [`Lookup::ahead`](crate::lookup::Lookup::ahead).
    pub fn ahead<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Vec<(NameBuf, Type)> {
        let question = Question::new(self.srv_name.as_name(), Type::SRV);
        ahead(&question, self.anchors, &self.messages, self.asked.get_mut(), terms)
    }

    /// The messages that were taken so far.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.messages.iter()
    }

    /// Forgets what was taken from the DNS and what was asked: another server is tried. What the peer said stays said.
    pub fn forget(&mut self) {
        self.messages = Messages::default();
        self.asked.get_mut().clear();
        (self.own, self.certified, self.found) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
    }

    /// The peer says where its proof is. Only the first answer to a challenge counts.
    pub fn proof(&mut self, prooftype: &ProofType, url: &str) {
        self.say(match self.types.contains(prooftype) {
            true => Said::Url(url.to_string()),
            false => Said::No(NoProof::OtherType(prooftype.to_string())),
        });
    }

    /// The peer gave no proof, or it could not be fetched.
    pub fn no_proof(&mut self, why: NoProof) {
        match self.said {
            // What could not be fetched was said before.
            Said::Url(_) => self.said = Said::No(why),
            _ => self.say(Said::No(why)),
        }
    }

    /// The document that the proof is. It counts only once the peer was challenged, and only the first.
    pub fn document(&mut self, octets: &[u8]) {
        match self.said {
            Said::Url(_) if self.fetching.get() => self.said = Said::Document(octets.to_vec()),
            _ => self.say(Said::Document(octets.to_vec())),
        }
    }

    fn say(&mut self, what: Said) {
        if self.challenged.get() && matches!(self.said, Said::Nothing) {
            self.said = what;
        }
    }

    /// What comes next.
    pub fn step<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>) -> Need<'_> {
        self.explain(terms, &mut ())
    }

    /// As [`step`](Self::step), and tells an observer every step of a validation.
    pub fn explain<B: Backend>(&mut self, terms: &mut Terms<'_, '_, B>, observer: &mut dyn Observer) -> Need<'_> {
        self.next(terms, observer)
    }

    fn next<B: Backend>(&self, terms: &mut Terms<'_, '_, B>, observer: &mut dyn Observer) -> Need<'_> {
        let question = Question::new(self.srv_name.as_name(), Type::SRV);
        if self.own.get().is_none() {
            // Step 2: without an anchor validation would not even ask for them.
            let mut absent = None;
            if self.messages.answering(&question).filter(is_usable).is_none() {
                match ask(question, missing(question), &mut self.asked.borrow_mut(), terms) {
                    Step::Ask(question) => return Need::Ask(question),
                    Step::Done(verdict) => absent = Some(verdict),
                }
            }
            let verdict = match chain::step(question, self.anchors, &self.messages, terms, observer) {
                Next::Ask(next, otherwise) => match ask(next, otherwise, &mut self.asked.borrow_mut(), terms) {
                    Step::Ask(question) => return Need::Ask(question),
                    Step::Done(verdict) => verdict,
                },
                Next::Done(verdict) => verdict,
            };
            match settle(verdict, &self.wanted, self.anchors, terms.clock) {
                Ok(conclusion) => return Need::Done(conclusion),
                Err(unproved) => match absent {
                    Some(verdict) => return self.undecided(4, verdict),
                    None => {
                        let _only_once = self.own.set(unproved);
                    }
                },
            }
        }
        if !self.challenged.replace(true) {
            return Need::Challenge(&self.types);
        }
        let document = match &self.said {
            Said::Nothing => return self.failed(6, Cause::NoProof(&NoProof::Silent), None),
            Said::No(why) => return self.failed(6, Cause::NoProof(why), None),
            Said::Url(text) => {
                return match self.url.get_or_init(|| self.checked(text)) {
                    Err(error) => self.failed(6, Cause::Url(error), None),
                    Ok(url) if !self.fetching.replace(true) => Need::Fetch(url),
                    Ok(_) => self.failed(6, Cause::NoProof(&NoProof::Silent), None),
                };
            }
            Said::Document(octets) => octets,
        };
        let ProofRules { authorities, documents, .. } = self.rules;
        let wanted = Wanted { source: self.wanted.source.as_name(), service: Some(self.wanted.service.label()) };
        let certified = self.certified.get_or_init(|| certify(document, &wanted, authorities, terms.clock, documents));
        let certified = match certified {
            Ok(certified) => certified,
            Err(refusal) => return self.failed(6, Cause::Refused(refusal), None),
        };
        let found = match self.found.get() {
            Some(found) => found,
            None => {
                let zone = match self.zone(&question) {
                    Ok(zone) => zone,
                    Err(refusal) => return self.refused(refusal),
                };
                let keys = Question::new(zone, Type::DNSKEY);
                let Some(message) = self.messages.answering(&keys).filter(is_usable) else {
                    return match ask(keys, missing(keys), &mut self.asked.borrow_mut(), terms) {
                        Step::Ask(question) => Need::Ask(question),
                        Step::Done(verdict) => self.undecided(6, verdict),
                    };
                };
                self.found.get_or_init(|| {
                    let proof = certified.anchor(&zone, &message, terms.policy)?;
                    Ok(Found { all: self.anchors.union(&proof), proof })
                })
            }
        };
        let anchors = match found {
            Ok(found) => &found.all,
            Err(refusal) => return self.failed(6, Cause::Refused(refusal), None),
        };
        let verdict = match chain::step(question, anchors, &self.messages, terms, observer) {
            Next::Ask(next, otherwise) => match ask(next, otherwise, &mut self.asked.borrow_mut(), terms) {
                Step::Ask(question) => return Need::Ask(question),
                Step::Done(verdict) => return self.undecided(6, verdict),
            },
            Next::Done(verdict) => verdict,
        };
        match &verdict {
            Verdict::Secure(_) => {
                let outcome = matched(&verdict, &self.wanted, ProvedBy::DnssecTa);
                self.done(outcome, Some(verdict))
            }
            Verdict::Bogus(reason) | Verdict::Insecure(reason) | Verdict::Indeterminate(reason) => {
                self.failed(6, Cause::Unproved(*reason), Some(verdict))
            }
        }
    }

    /// The targets of the SRV records, proved or not: where a connection would go.
    fn targets(&self) -> Vec<Name<'_>> {
        let question = Question::new(self.srv_name.as_name(), Type::SRV);
        let answer = self.messages.answering(&question);
        let records = answer.iter().flat_map(|message| message.records(Section::Answer));
        let views =
            records.filter(|record| record.rtype == Type::SRV).filter_map(|record| record.view::<Srv<'_>>().ok());
        views.map(|srv| srv.target).filter(|target| !target.is_root()).collect()
    }

    fn checked(&self, text: &str) -> Result<ProofUrl, UrlError> {
        // The provider comes first: names below it will do too.
        let mut hosts = alloc::vec![self.wanted.provider.as_name()];
        match &self.wanted.endpoint {
            Some((host, _)) => hosts.push(host.as_name()),
            None => hosts.extend(self.targets()),
        }
        hosts.dedup();
        self.rules.urls.check(text, &hosts)
    }

    /// The zone that signs the SRV records, or the proof that there are none: at or above the source.
    fn zone(&self, question: &Question<'_>) -> Result<Name<'_>, Refusal> {
        let Some(answer) = self.messages.answering(question) else {
            return Err(Refusal::ZoneUnsigned(question.name.to_string()));
        };
        let signers = |section: Section, covers: &[Type]| -> Vec<Name<'_>> {
            let records = answer.records(section).filter(|record| record.rtype == Type::RRSIG);
            let of_name =
                records.filter(|record| section != Section::Answer || question.name.is_at_or_below(&record.owner));
            let views = of_name.filter_map(|record| record.view::<Rrsig<'_>>().ok());
            views.filter(|rrsig| covers.contains(&rrsig.type_covered)).map(|rrsig| rrsig.signer).collect()
        };
        let mut all = signers(Section::Answer, &[Type::SRV, Type::CNAME, Type::DNAME]);
        if all.is_empty() {
            all = signers(Section::Authority, &[Type::NSEC, Type::NSEC3]);
        }
        let source = self.wanted.source.as_name();
        let above = all.iter().filter(|signer| source.is_at_or_below(signer)).max_by_key(|signer| signer.label_count());
        match (above, all.first()) {
            (Some(zone), _) => Ok(*zone),
            (None, Some(other)) => {
                Err(Refusal::ZoneNotAbove { zone: other.to_string(), name: self.wanted.source.to_string() })
            }
            (None, None) => Err(Refusal::ZoneUnsigned(question.name.to_string())),
        }
    }

    fn refused(&self, refusal: Refusal) -> Need<'_> {
        match self.found.get_or_init(|| Err(refusal)) {
            Err(refusal) => self.failed(6, Cause::Refused(refusal), None),
            // `refused` is only called where nothing was found.
            Ok(_) => self.failed(6, Cause::NoProof(&NoProof::Silent), None),
        }
    }

    /// The evidence for it cannot be had.
    fn undecided<'c>(&'c self, step: u8, verdict: Verdict<'c>) -> Need<'c> {
        match verdict.reason().copied() {
            Some(reason) => self.failed(step, Cause::Undecided(reason), Some(verdict)),
            None => self.failed(step, Cause::NoProof(&NoProof::Silent), None),
        }
    }

    fn failed<'c>(&'c self, step: u8, cause: Cause<'c>, verdict: Option<Verdict<'c>>) -> Need<'c> {
        self.done(Outcome::Fail(Failure { step, cause }), verdict)
    }

    fn done<'c>(&'c self, outcome: Outcome<'c>, verdict: Option<Verdict<'c>>) -> Need<'c> {
        let url = match (&self.said, self.url.get()) {
            (_, Some(Ok(url))) => Some(url.as_str()),
            (Said::Url(text), _) => Some(text.as_str()),
            _ => None,
        };
        let certified = self.certified.get().and_then(|certified| certified.as_ref().ok());
        let anchors = self.found.get().and_then(|found| found.as_ref().ok()).map(|found| &found.proof);
        Need::Done(Conclusion { outcome, verdict, own: self.own.get(), url, certified, anchors })
    }
}

/// Steps 3 and 4: what the verdict under the caller's own anchors, by this clock, comes to.
///
/// # Errors
/// If no anchor reaches the records, so that a proof of the peer could help.
pub fn settle<'c>(
    verdict: Verdict<'c>,
    wanted: &Delegation,
    anchors: &Anchors,
    clock: Clock,
) -> Result<Conclusion<'c>, Unproved> {
    let failed = |cause| Outcome::Fail(Failure { step: 4, cause });
    // Where an alias leads to what no anchor reaches, an anchor did reach the source: no proof overrules it.
    let srv_name = wanted.service.srv_name(&wanted.source.as_name());
    let of_source = |name: Name<'_>| srv_name.as_ref().is_ok_and(|srv_name| srv_name.as_name().is_at_or_below(&name));
    let outcome = match &verdict {
        Verdict::Secure(_) => matched(&verdict, wanted, ProvedBy::Dns),
        // A proof never rescues bogus data.
        Verdict::Bogus(reason) => failed(Cause::Bogus(*reason)),
        Verdict::Indeterminate(reason) if !(is_out_of_reach(reason, anchors, clock) && of_source(reason.name())) => {
            failed(Cause::Undecided(*reason))
        }
        Verdict::Insecure(reason) if !of_source(reason.name()) => failed(Cause::Insecure(*reason)),
        Verdict::Insecure(reason) | Verdict::Indeterminate(reason) => {
            return Err(Unproved { verdict: verdict.as_str(), code: reason.code(), text: reason.to_string() });
        }
    };
    Ok(Conclusion { outcome, verdict: Some(verdict), own: None, url: None, certified: None, anchors: None })
}

/// Step 7: do the secure records name the provider?
fn matched<'c>(verdict: &Verdict<'c>, wanted: &Delegation, proved_by: ProvedBy) -> Outcome<'c> {
    match delegation::check(verdict, &wanted.request()) {
        delegation::Outcome::Success(delegated) => Outcome::Success(Success { delegated, proved_by }),
        delegation::Outcome::Fail(failure) => {
            Outcome::Fail(Failure { step: 7, cause: Cause::Delegation(failure.code()) })
        }
    }
}

/// Whether it is only that no anchor of the caller's reaches the records. Missing evidence is no such thing:
/// whoever holds it back must not get a challenge for it. Nor is an anchor of that zone or above it that may hold: the one
/// that is out of its time stands in its way, and a certificate must not take its place.
fn is_out_of_reach(reason: &Reason<'_>, anchors: &Anchors, clock: Clock) -> bool {
    let leads = |anchor: Anchor<'_>| !anchor.is_negative() && reason.name().is_at_or_below(&anchor.zone());
    match reason.code() {
        ReasonCode::NoAnchor => true,
        ReasonCode::AnchorOutdated => !anchor::iter(anchors).any(|anchor| leads(anchor) && anchor.may_hold(clock)),
        _ => false,
    }
}

impl fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("wanted", &self.wanted)
            .field("own", &self.own)
            .field("challenged", &self.challenged)
            .field("said", &self.said)
            .finish_non_exhaustive()
    }
}
