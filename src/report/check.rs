//! The eight steps of a check.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::{Value, json};

use super::Steps;
use super::json::{anchor, chain, network, object, reason, reason_of, trace, work};
use super::text::{Style, time, way};
use crate::anchor::{Anchor, SignatureError};
use crate::binding::Refusal;
use crate::budget::Work;
use crate::chain::{Secure, Verdict};
use crate::delegation;
use crate::dna::{Cause, Conclusion, Delegation, Outcome, ProofType, ProvedBy};
use crate::name::Name;
use crate::net::Gathered;
use crate::time::Time;
use crate::wire::rdata::Srv;

/// What `check` was asked, beside the conclusion.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// Who wants to reach whom.
    pub wanted: &'a Delegation,
    /// Where the SRV records are.
    pub srv_name: Name<'a>,
    /// What it cost.
    pub work: Work,
    /// The steps of the validation under the caller's own anchors, and of that under the proof, if they are to be
    /// told.
    pub steps: Option<[&'a Steps; 2]>,
    /// What runs out soon.
    pub endings: Vec<Ending>,
    /// What was asked of the network; `None` if all evidence was at hand.
    pub network: Option<&'a Gathered>,
}

/// Something that runs out soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// `certificate`, `signature` or `anchor`.
    pub what: &'static str,
    /// Which one.
    pub text: String,
    /// When.
    pub until: Time,
    /// The whole days until then.
    pub days: u64,
}

/// `example.net.:5269`
fn target(srv: &Srv<'_>) -> String {
    format!("{}:{}", srv.target, srv.port)
}

fn secure<'c, 'm>(conclusion: &'c Conclusion<'m>) -> Option<&'c Secure<'m>> {
    conclusion.verdict.as_ref().and_then(Verdict::secure)
}

/// The targets of the proved SRV records.
fn targets(conclusion: &Conclusion<'_>) -> Vec<String> {
    let answer = secure(conclusion).and_then(Secure::answer);
    answer.map_or_else(Vec::new, |answer| delegation::targets(&answer).map(|srv| target(&srv)).collect())
}

/// One line for each step of a check, and one for all that runs out soon.
#[must_use]
pub fn check_steps(asked: &Checked<'_>, conclusion: &Conclusion<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for event in conclusion.events() {
        lines.push(format!("step {}  {}", event.step, text(event.step, asked, conclusion)));
        let [own, again] = asked.steps.map_or([None, None], |[own, again]| [Some(own), Some(again)]);
        let steps = match event.step {
            3 => own,
            6 => again,
            _ => None,
        };
        lines.extend(steps.into_iter().flat_map(Steps::lines));
    }
    lines.extend(asked.endings.iter().map(|ending| {
        let Ending { what, text, until, days } = ending;
        format!("WARNING  the {what} runs out in {days} days, at {}: {text}", time(*until))
    }));
    lines
}

/// The last line of a check.
#[must_use]
pub fn check_text(asked: &Checked<'_>, conclusion: &Conclusion<'_>, style: Style) -> String {
    let Delegation { source, service, provider, .. } = asked.wanted;
    match &conclusion.outcome {
        Outcome::Success(success) => {
            let (word, until) = (style.word("SUCCESS", true), time(success.valid_until()));
            let by = match success.proved_by() {
                ProvedBy::Dns => String::new(),
                other => format!(", by {}", other.as_str()),
            };
            match source == provider {
                true if success.answer().is_none() => {
                    format!("{word}  {source} serves {service} itself, as it has no SRV records, until {until}{by}")
                }
                true => format!("{word}  {source} serves {service} itself, until {until}{by}"),
                false => format!("{word}  {source} delegates {service} to {provider}, until {until}{by}"),
            }
        }
        Outcome::Fail(failure) => {
            format!("{} at step {}: {}", style.word("FAIL", false), failure.step(), told(failure.cause()))
        }
    }
}

/// The cause, with times as people write them.
fn told(cause: &Cause<'_>) -> String {
    match cause {
        Cause::Refused(refusal) => refusal_text(refusal),
        other => other.to_string(),
    }
}

/// A refusal, with times as people write them.
#[must_use]
pub fn refusal_text(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Expired { ended } => format!("a certificate ended at {}", time(*ended)),
        Refusal::NotYetValid { begins } => format!("a certificate begins at {}", time(*begins)),
        other => other.to_string(),
    }
}

/// Why a signature over trust anchors does not count, with times as people write them.
#[must_use]
pub fn signature_text(error: &SignatureError) -> String {
    match error {
        SignatureError::Expired { ended } => {
            format!("the signer's certificate, or one above it, ended at {}", time(*ended))
        }
        SignatureError::NotYetValid { begins } => {
            format!("the signer's certificate, or one above it, begins at {}", time(*begins))
        }
        other => other.to_string(),
    }
}

/// What a step came to.
fn text(step: u8, asked: &Checked<'_>, conclusion: &Conclusion<'_>) -> String {
    let Delegation { source, service, provider, endpoint, .. } = asked.wanted;
    match step {
        1 => format!("{source} wants {service}; the peer proved {provider}"),
        2 => format!("look up {} SRV", asked.srv_name),
        3 => match (conclusion.own, secure(conclusion)) {
            (Some(own), _) => format!("{}: {}", own.verdict, own.text),
            (None, Some(secure)) => format!("secure: {}", way(secure)),
            (None, None) => conclusion.verdict_word().to_string(),
        },
        4 => match conclusion.outcome.failure().map(|failure| *failure.cause()) {
            Some(Cause::Bogus(_)) => "no challenge: a proof never rescues bogus data".to_string(),
            Some(Cause::Insecure(_)) => {
                "no challenge: a proof for the source says nothing of where an alias leads".to_string()
            }
            Some(Cause::Undecided(_)) if conclusion.own.is_none() => {
                "no challenge: a proof never stands in for missing evidence".to_string()
            }
            _ => format!("challenge {provider} for {}", ProofType::dnssec_ta()),
        },
        5 => proof_text(conclusion),
        6 => match (conclusion.outcome.failure().filter(|failure| failure.step() == 6), secure(conclusion)) {
            (None, Some(secure)) => format!("secure: {}", way(secure)),
            (Some(_), _) if conclusion.verdict.is_some() => conclusion.verdict_word().to_string(),
            _ => "no trust anchor for the SRV records".to_string(),
        },
        7 => {
            let endpoint = endpoint.as_ref().map_or_else(String::new, |(host, port)| match port {
                Some(port) => format!(", connected to {host}:{port}"),
                None => format!(", connected to {host}"),
            });
            let targets = targets(conclusion);
            let targets = if targets.is_empty() { "none".to_string() } else { targets.join(" ") };
            format!("targets: {targets}{endpoint}")
        }
        _ => "confirmed".to_string(),
    }
}

/// Which CA vouched for which key, for what, and until when.
fn proof_text(conclusion: &Conclusion<'_>) -> String {
    let mut parts: Vec<String> = conclusion.url.iter().map(|url| format!("proof at {url}")).collect();
    parts.push(match conclusion.certified {
        Some(certified) => format!(
            "{} vouches for {} by {}, until {}",
            certified.ca(),
            certified.source(),
            certified.identity(),
            time(certified.window().1)
        ),
        None => "the proof is refused".to_string(),
    });
    parts.extend(conclusion.anchors.iter().flat_map(|anchors| anchors.iter()).map(|anchor| {
        let scope = anchor.scope().map_or_else(String::new, |scope| format!(", for names at or below {scope}"));
        format!("trust anchor: key {} of {}{scope}", anchor.key_tag().unwrap_or_default(), anchor.zone())
    }));
    parts.join("; ")
}

/// The outcome as one JSON object.
#[must_use]
pub fn check_json(asked: &Checked<'_>, conclusion: &Conclusion<'_>) -> String {
    let events = conclusion.events().into_iter().map(|event| {
        let text = text(event.step, asked, conclusion);
        json!({"step": event.step, "event": event.as_str(), "failed": event.failed, "text": text})
    });
    let outcome = &conclusion.outcome;
    let until = outcome.success().map_or(Value::Null, |success| json!(time(success.valid_until())));
    let secure = secure(conclusion);
    let Delegation { source, service, provider, .. } = asked.wanted;
    // What proved the records, whether they name the provider or not.
    let prooftype = secure.map(|_| if conclusion.own.is_some() { ProvedBy::DnssecTa } else { ProvedBy::Dns });
    object([
        ("command", json!("check")),
        ("source", json!(source.to_string())),
        ("service", json!(service.to_string())),
        ("provider", json!(provider.to_string())),
        ("outcome", json!(if outcome.is_success() { "success" } else { "fail" })),
        ("prooftype", json!(prooftype.map(ProvedBy::as_str))),
        ("step", json!(outcome.step())),
        ("reason", fail_reason(asked, outcome)),
        ("targets", json!(targets(conclusion))),
        ("valid_until", until),
        ("verdict", json!(conclusion.verdict_word())),
        ("anchor", anchor(secure)),
        ("chain", chain(secure)),
        ("events", Value::Array(events.collect())),
        ("own", own(conclusion)),
        ("proof", proof(conclusion)),
        ("warnings", json!(asked.endings.iter().map(ending).collect::<Vec<_>>())),
        ("work", work(asked.work)),
        ("trace", trace(asked.steps.into_iter().flatten())),
        ("network", network(asked.network)),
    ])
}

/// What the records are under the caller's own anchors, where that led to a challenge.
fn own(conclusion: &Conclusion<'_>) -> Value {
    conclusion
        .own
        .map_or(Value::Null, |own| json!({"verdict": own.verdict, "code": own.code.as_str(), "text": own.text}))
}

fn proof(conclusion: &Conclusion<'_>) -> Value {
    let Some(certified) = conclusion.certified else { return Value::Null };
    let anchor = conclusion.anchors.and_then(|anchors| anchors.iter().next());
    let (from, until) = certified.window();
    json!({
        "url": conclusion.url,
        "ca": certified.ca(),
        "name": certified.source().to_string(),
        "identity": certified.identity().to_string(),
        "valid_from": time(from),
        "valid_until": time(until),
        "zone": anchor.map(|anchor| anchor.zone().to_string()),
        "key_tag": anchor.and_then(|anchor| Anchor::key_tag(&anchor)),
        "scope": anchor.and_then(|anchor| anchor.scope()).map(|scope| scope.to_string()),
    })
}

fn ending(ending: &Ending) -> Value {
    json!({"what": ending.what, "text": ending.text, "until": time(ending.until), "days": ending.days})
}

/// What validation had to say stands beside a reason of another kind as its cause. Bogus data, and evidence that is
/// missing, speak for themselves.
fn fail_reason(asked: &Checked<'_>, outcome: &Outcome<'_>) -> Value {
    let Some(failure) = outcome.failure() else { return Value::Null };
    let cause = failure.cause();
    match (cause, cause.reason()) {
        (Cause::Bogus(_) | Cause::Insecure(_) | Cause::Undecided(_), Some(own)) => reason(own),
        (_, own) => {
            let at = own.map_or(asked.srv_name, |own| own.name());
            let mut value = reason_of(cause.as_str(), cause.ede(), at, cause.rfc(), &told(cause));
            if let (Some(members), Some(own)) = (value.as_object_mut(), own) {
                members.insert("cause".to_string(), json!(own.code().as_str()));
            }
            value
        }
    }
}
