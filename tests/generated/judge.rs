//! What the crate says of a question in a world.

use dnsproof::anchor::{Anchors, Entry};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Step, Terms, Verdict};
use dnsproof::codes::{DigestType, Type};
use dnsproof::crypto::Backend;
use dnsproof::lookup::Lookup;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::Message;

use arbitrary::Unstructured;

use crate::compare::{Comparison, compare};
use crate::validator;
use crate::world::server::{Response, answer, read};
use crate::world::truth::{self, Truth};
use crate::world::zone::dnskey;
use crate::world::{Denial, NOW, Name, Question, Signer, World, Zone, changes, rtype};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    Secure(truth::Said, Vec<Name>),
    Insecure(String),
    Bogus(String),
    Indeterminate(String),
}

/// The name as the crate has it.
pub fn name_of(name: &Name) -> NameBuf {
    dnsproof::name::Name::from_wire(&name.wire()).unwrap().to_buf()
}

/// The root's key.
pub fn anchors(world: &World, signer: &impl Signer) -> Anchors {
    anchors_at(&world.zones[..1], signer)
}

/// The first keys of these zones.
fn anchors_at<'z>(zones: impl IntoIterator<Item = &'z Zone>, signer: &impl Signer) -> Anchors {
    let entry = |zone: &Zone| Entry::new(name_of(&zone.apex), Type::DNSKEY, dnskey(signer, zone.key, 257)).unwrap();
    zones.into_iter().map(entry).collect()
}

pub fn judged(verdict: &Verdict<'_>) -> Judged {
    let why = || verdict.reason().map(|reason| format!("{}: {reason}", reason.code())).unwrap_or_default();
    match verdict {
        Verdict::Secure(secure) => {
            assert!(secure.valid_from() <= Time(NOW.into()) && Time(NOW.into()) <= secure.valid_until());
            let said = match secure.content() {
                Content::Records(answer) => {
                    let mut rdata: Vec<Vec<u8>> =
                        answer.records().map(|record| record.rdata.octets().to_vec()).collect();
                    rdata.sort();
                    rdata.dedup();
                    truth::Said::Records(rdata)
                }
                Content::NoData => truth::Said::NoData,
                Content::NameError => truth::Said::NameError,
            };
            let lower = |name: dnsproof::name::Name<'_>| {
                let mut octets = name.to_buf().as_wire().to_vec();
                octets.make_ascii_lowercase();
                read(&octets)
            };
            Judged::Secure(said, secure.aliases().map(lower).collect())
        }
        Verdict::Insecure(_) => Judged::Insecure(why()),
        Verdict::Bogus(_) => Judged::Bogus(why()),
        Verdict::Indeterminate(_) => Judged::Indeterminate(why()),
    }
}

/// Judges responses that are all in hand, and compares with what the reference makes of them.
pub fn judge<X: Signer + Backend>(
    world: &World,
    question: &Question,
    backend: &X,
    responses: &[Response],
) -> (Judged, Comparison) {
    let trusted = &world.zones[..1];
    judge_under(&Settings::standard(trusted, backend), trusted, question, backend, responses)
}

/// What the caller says of a call, and the same for the reference.
struct Settings {
    anchors: Anchors,
    clock: Clock,
    policy: Policy,
    rules: validator::Rules,
}

impl Settings {
    fn standard<'z>(trusted: impl IntoIterator<Item = &'z Zone>, signer: &impl Signer) -> Self {
        Self {
            anchors: anchors_at(trusted, signer),
            clock: Time(NOW.into()).into(),
            policy: Policy::standard(),
            // Otherwise aliases in a circle, each answered several times, would take it for ever.
            rules: validator::Rules { first_answer_only: true, ..validator::Rules::standard() },
        }
    }
}

/// The same under the keys of these zones, which are those of the settings.
fn judge_under<'z, X: Signer + Backend>(
    settings: &Settings,
    trusted: impl IntoIterator<Item = &'z Zone>,
    question: &Question,
    backend: &X,
    responses: &[Response],
) -> (Judged, Comparison) {
    let octets: Vec<Vec<u8>> = responses.iter().map(Response::encode).collect();
    let Settings { anchors, clock, policy, rules } = settings;
    let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let name = name_of(&question.name);
    let (limits, mut budget, mut scratch) = (Limits::default(), Budget::new(Limits::default()), Scratch::new());
    let mut terms = Terms { clock: *clock, policy, backend, budget: &mut budget, scratch: &mut scratch };
    let asked = dnsproof::wire::Question::new(name.as_name(), Type(question.rtype));
    let verdict = chain::verify(asked, anchors, evidence.as_slice(), &mut terms);
    let anchor = |zone: &Zone| (zone.apex.wire(), rtype::DNSKEY, dnskey(backend, zone.key, 257));
    let listed: Vec<_> = trusted.into_iter().map(anchor).collect();
    let case = validator::Case {
        name: &question.name.wire(),
        rtype: question.rtype,
        anchors: &listed,
        now: NOW.into(),
        messages: &octets,
    };
    let judgement = validator::judge(&case, backend, rules);
    let said = (judged(&verdict), compare(&verdict, &judgement));
    let spent = budget.spent();
    assert!(spent.signatures <= limits.signatures && spent.failed_signatures <= limits.failed_signatures, "{spent:?}");
    assert!(spent.digests <= limits.digests && spent.nsec3_hashes <= limits.nsec3_hashes, "{spent:?}");
    assert!(spent.aliases <= limits.aliases && spent.candidates <= limits.candidates, "{spent:?}");
    said
}

/// Asks the server of the world whatever a lookup wants to know; the verdict, and the responses that were given.
pub fn look_up<X: Signer + Backend>(
    world: &World,
    crypto: &X,
    question: &Question,
    anchors: &Anchors,
) -> (Judged, Vec<Response>) {
    let mut lookup = Lookup::new(name_of(&question.name), Type(question.rtype), anchors);
    let (policy, mut scratch, mut budget) = (Policy::standard(), Scratch::new(), Budget::new(Limits::default()));
    let mut responses = Vec::new();
    loop {
        let mut terms = Terms {
            clock: Time(NOW.into()).into(),
            policy: &policy,
            backend: crypto,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let asked = match lookup.step(&mut terms) {
            Step::Done(verdict) => return (judged(&verdict), responses),
            Step::Ask(asked) => Question { name: read(&lower(asked.name.to_buf().as_wire())), rtype: asked.rtype.0 },
        };
        let response = answer(world, crypto, &asked);
        lookup.answer(&response.encode()).expect("an answer");
        responses.push(response);
    }
}

fn lower(octets: &[u8]) -> Vec<u8> {
    octets.to_ascii_lowercase()
}

fn fits(truth: &Truth, judged: &Judged) -> bool {
    match (truth, judged) {
        (Truth::Secure(said, aliases), Judged::Secure(judged, led)) => said == judged && aliases == led,
        (Truth::Insecure, Judged::Insecure(_)) => true,
        (Truth::Bogus, Judged::Bogus(_)) => true,
        (Truth::Doubtful, judged) => !matches!(judged, Judged::Secure(..)),
        (Truth::Endless, Judged::Bogus(_) | Judged::Indeterminate(_)) => true,
        _ => false,
    }
}

/// What was said of an honest world, and of the same once it was changed; and whether the reference proves more.
pub struct Said {
    pub honest: Judged,
    pub changed: Judged,
    pub missed: Option<String>,
}

/// Prints what somebody who looks into a difference wants to see.
fn show(world: &World, responses: &[Response]) {
    if std::env::var_os("DNSPROOF_WORLD_SHOW").is_some() {
        world.zones.iter().for_each(|zone| println!("{zone}"));
        responses.iter().for_each(|response| println!("{response}"));
    }
}

/// Makes a world, and judges what its server answers, and that once more with some changes. What was said each time; or
/// what differs from the truth, or from what the reference says.
pub fn world<X: Signer + Backend>(u: &mut Unstructured<'_>, crypto: &X) -> arbitrary::Result<Result<Said, String>> {
    let world = World::new(u)?;
    let question = world.question(u)?;
    let truth = world.truth(crypto, &question);
    let (honest, mut responses) = look_up(&world, crypto, &question, &anchors(&world, crypto));
    let differs = |said: &Judged, responses: &[Response]| {
        show(&world, responses);
        Ok(Err(format!("{} {}: {said:?}, not {truth:?}", question.name, question.rtype)))
    };
    if !fits(&truth, &honest) {
        return differs(&honest, &responses);
    }
    match judge(&world, &question, crypto, &responses) {
        (again, Comparison::Same { .. }) if again == honest => {}
        (again, Comparison::Missed(_)) if again == honest && truth == Truth::Doubtful => {}
        (again, comparison) => {
            show(&world, &responses);
            return Ok(Err(format!("{} {}: {again:?}, {comparison:?}", question.name, question.rtype)));
        }
    }
    for _ in 0..=u.int_in_range(0..=3)? {
        changes::change(u, &mut responses)?;
    }
    let (changed, comparison) = judge(&world, &question, crypto, &responses);
    if matches!(changed, Judged::Secure(..)) && !fits(&truth, &changed) {
        return differs(&changed, &responses);
    }
    match comparison {
        Comparison::Same { .. } => Ok(Ok(Said { honest, changed, missed: None })),
        Comparison::Missed(missed) => {
            show(&world, &responses);
            Ok(Ok(Said { honest, changed, missed: Some(missed) }))
        }
        Comparison::Unsupported(difference) => {
            show(&world, &responses);
            Ok(Err(format!("changed, {} {}: {difference}", question.name, question.rtype)))
        }
    }
}

/// The same with an answer in which the zone signed what came to its mind.
pub fn invented<X: Signer + Backend>(u: &mut Unstructured<'_>, crypto: &X) -> arbitrary::Result<Result<Said, String>> {
    let world = World::new(u)?;
    let question = world.question(u)?;
    let (honest, mut responses) = look_up(&world, crypto, &question, &anchors(&world, crypto));
    // The keys and DS records on the way stay; the answer, and now and then one of these, is made up.
    let lie = changes::invented(u, &world, crypto, &question)?;
    let replaced = if u.ratio(3, 4)? { 0 } else { u.choose_index(responses.len())? };
    responses[replaced].sections = lie.sections;
    responses[replaced].rcode = lie.rcode;
    let (changed, comparison) = judge(&world, &question, crypto, &responses);
    let missed = match comparison {
        Comparison::Same { .. } => None,
        Comparison::Missed(missed) => Some(missed),
        Comparison::Unsupported(difference) => {
            show(&world, &responses);
            return Ok(Err(format!("invented, {} {}: {difference}", question.name, question.rtype)));
        }
    };
    if missed.is_some() {
        show(&world, &responses);
    }
    Ok(Ok(Said { honest, changed, missed }))
}

/// Under the keys of several zones on the way, of which the closest counts, whatever an answer says; among the changes are
/// aliases above it that nobody signed.
pub fn nested<X: Signer + Backend>(u: &mut Unstructured<'_>, crypto: &X) -> arbitrary::Result<Result<Said, String>> {
    let world = World::new(u)?;
    let question = world.question(u)?;
    let mut trusted = Vec::new();
    for zone in world.zones.iter().filter(|zone| question.name.is_at_or_below(&zone.apex)) {
        // One of an unsigned zone would be in vain.
        if !matches!(zone.denial, Denial::Unsigned) && u.ratio(2, 3)? {
            trusted.push(zone);
        }
    }
    if trusted.is_empty() {
        trusted.push(&world.zones[0]);
    }
    let (honest, mut responses) = look_up(&world, crypto, &question, &anchors_at(trusted.iter().copied(), crypto));
    // Whoever lies has all that is signed, from the root down too.
    let (_, from_root) = look_up(&world, crypto, &question, &anchors(&world, crypto));
    responses.extend(from_root);
    if u.arbitrary()? {
        responses.insert(0, changes::made_up_alias(u, &question)?);
    }
    for _ in 0..u.int_in_range(0..=3)? {
        changes::change(u, &mut responses)?;
    }
    let settings = Settings::standard(trusted.iter().copied(), crypto);
    let (changed, comparison) = judge_under(&settings, trusted, &question, crypto, &responses);
    let missed = match comparison {
        Comparison::Same { .. } => None,
        Comparison::Missed(missed) => Some(missed),
        Comparison::Unsupported(difference) => {
            show(&world, &responses);
            return Ok(Err(format!("nested, {} {}: {difference}", question.name, question.rtype)));
        }
    };
    Ok(Ok(Said { honest, changed, missed }))
}

/// Under a policy, a clock and a scope that the caller chose. The reference knows the policy; of the others it is clear what
/// follows: all signatures hold for a day before and after [`NOW`], and what leaves the scope has no anchor.
pub fn settings<X: Signer + Backend>(u: &mut Unstructured<'_>, crypto: &X) -> arbitrary::Result<Result<Said, String>> {
    const DAY: u64 = 86_400;
    let world = World::new(u)?;
    let question = world.question(u)?;
    let (honest, mut responses) = look_up(&world, crypto, &question, &anchors(&world, crypto));
    if u.arbitrary()? {
        changes::change(u, &mut responses)?;
    }
    let trusted = &world.zones[..1];
    let mut chosen = Settings::standard(trusted, crypto);
    (chosen.rules.iterations, chosen.rules.iterations_refused) =
        *u.choose(&[(0, 0), (0, 50), (50, 50), (50, 500), (500, 500), (u16::MAX, u16::MAX)])?;
    chosen.policy = chosen.policy.with_nsec3_iterations(chosen.rules.iterations, chosen.rules.iterations_refused);
    if u.ratio(1, 8)? {
        chosen.rules.digests.retain(|digest| *digest != 2);
        chosen.policy = chosen.policy.without_digest(DigestType::SHA256);
    }
    let (said, comparison) = judge_under(&chosen, trusted, &question, crypto, &responses);
    let complain = |what: &str, other: &Judged| {
        show(&world, &responses);
        Ok(Err(format!("{what}, {} {}: {other:?}, and {said:?} without", question.name, question.rtype)))
    };
    if let Comparison::Unsupported(difference) = &comparison {
        return complain(&format!("under a policy ({difference})"), &said);
    }

    let now = u64::from(NOW);
    let before = now - u.int_in_range(0..=2 * DAY)?;
    let after = now + u.int_in_range(0..=2 * DAY)?;
    let (clock, holds) = match u.arbitrary()? {
        true => (Clock::between(Time(after), Time(before)), now - before <= DAY && after - now <= DAY),
        false => (Clock::not_before(Time(before)), true),
    };
    let loose = Settings {
        clock,
        ..Settings { policy: chosen.policy, rules: chosen.rules.clone(), ..Settings::standard(trusted, crypto) }
    };
    let (at_some_time, _) = judge_under(&loose, trusted, &question, crypto, &responses);
    let secure = |judged: &Judged| matches!(judged, Judged::Secure(..));
    if secure(&said) && holds && at_some_time != said || secure(&at_some_time) && !(holds && at_some_time == said) {
        return complain(&format!("under {clock:?}"), &at_some_time);
    }

    let near = world.zones[u.choose_index(world.zones.len())?].apex.clone();
    let scope =
        if u.arbitrary()? { near } else { question.name.ancestor(u.int_in_range(0..=question.name.labels().len())?) };
    chosen.anchors = chosen.anchors.within(&name_of(&scope));
    let (in_scope, _) = judge_under(&chosen, trusted, &question, crypto, &responses);
    let (inside, led) = match &said {
        Judged::Secure(_, aliases) => (aliases.iter().all(|name| name.is_at_or_below(&scope)), !aliases.is_empty()),
        _ => (true, true),
    };
    let inside = inside && question.name.is_at_or_below(&scope);
    let as_expected = match (&said, &in_scope) {
        (Judged::Secure(..), Judged::Secure(..)) => inside && in_scope == said,
        // Where aliases end is not said, and may be outside.
        (Judged::Secure(..), _) => !inside || led,
        (_, Judged::Secure(..)) => false,
        // Without an anchor nothing is known to be unsigned.
        (_, Judged::Insecure(_)) => inside,
        _ => true,
    };
    if !as_expected {
        return complain(&format!("within {scope}"), &in_scope);
    }
    let missed = if let Comparison::Missed(missed) = comparison { Some(missed) } else { None };
    Ok(Ok(Said { honest, changed: said, missed }))
}
