//! Real evidence, changed: no panic, no work beyond the budget, and nothing Secure but what
//! the zones signed.
//!
//! The first octet of the input chooses the question; then every four are one change: what to
//! do, to which message, where, and with what.
#![no_main]

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits, Work};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Record};
use libfuzzer_sys::fuzz_target;

const GOOD: &str = include_str!("../../vectors/delegation/p256/good.hex");
/// Denials, wildcards, aliases.
const MORE: &str = include_str!("../../vectors/delegation/p256/more.hex");
const ANCHORS: &str = include_str!("../../vectors/delegation/p256/root.ds");
/// 2026-11-23T12:00:00Z
const NOW: Time = Time(1_795_435_200);

/// A question, the messages that prove its answer, and what the unchanged proof says.
struct Original {
    name: NameBuf,
    rtype: Type,
    evidence: Vec<Vec<u8>>,
    proved: Proved,
}

/// What a Secure verdict says, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
struct Proved {
    content: &'static str,
    aliases: Vec<String>,
    records: BTreeSet<String>,
    chain: Vec<String>,
    from: Time,
    until: Time,
}

static ANCHOR_SET: LazyLock<Anchors> = LazyLock::new(|| Anchors::parse(ANCHORS).unwrap());

static ORIGINALS: LazyLock<Vec<Original>> = LazyLock::new(|| {
    let lines = GOOD
        .lines()
        .chain(MORE.lines())
        .map(|line| line.split('#').next().unwrap().trim())
        .filter(|line| !line.is_empty());
    let octets: Vec<Vec<u8>> = lines.map(hex).collect();
    let messages = parse(&octets);
    let originals: Vec<Original> = messages
        .iter()
        .filter_map(|message| {
            let Question { name, rtype, .. } = message.question().unwrap();
            // Its own answer first, then keys and DS records on the way: changes hit what counts.
            let leads_there = |message: &&Message<'_>| {
                let question = message.question().unwrap();
                matches!(question.rtype, Type::DNSKEY | Type::DS)
                    && name.is_at_or_below(&question.name)
                    && (question.name, question.rtype) != (name, rtype)
            };
            let on_the_way = messages.iter().filter(leads_there).map(|message| message.octets().to_vec());
            let evidence: Vec<Vec<u8>> = [message.octets().to_vec()].into_iter().chain(on_the_way).collect();
            let name = name.to_buf();
            let proved = judge(Question::new(name.as_name(), rtype), &parse(&evidence), |verdict, _| proved(verdict));
            // What is insecure, or leads elsewhere by an alias, proves nothing here.
            Some(Original { name, rtype, evidence, proved: proved? })
        })
        .collect();
    assert!(originals.len() > 40, "the evidence is whole: {}", originals.len());
    assert!(originals.iter().any(|original| original.proved.content == "no name"));
    originals
});

fuzz_target!(|input: &[u8]| {
    let Some((first, changes)) = input.split_first() else { return };
    let original = &ORIGINALS[usize::from(*first) % ORIGINALS.len()];
    let mut octets = original.evidence.clone();
    changes.as_chunks().0.iter().take(64).for_each(|change| apply(*change, &mut octets));
    let messages: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let question = Question::new(original.name.as_name(), original.rtype);
    let ended = judge(question, &messages, |verdict, spent| {
        within(spent);
        if let Some(proved) = proved(verdict) {
            let signed = &original.proved;
            assert_eq!((&proved.records, &proved.chain), (&signed.records, &signed.chain));
            assert_eq!((&proved.content, &proved.aliases), (&signed.content, &signed.aliases));
            // A denial may be proved by other records, too.
            let same = proved.content != "records";
            assert!(same || proved.from >= signed.from && proved.until <= signed.until, "{proved:?} {signed:?}");
            assert!((proved.from..=proved.until).contains(&NOW));
        }
        end_of(verdict)
    });
    // Where no question has two answers, their order does not matter.
    let questions: Vec<_> = messages.iter().filter_map(Message::question).collect();
    if questions.iter().collect::<HashSet<_>>().len() == questions.len() {
        let reversed: Vec<Message<'_>> = messages.iter().rev().copied().collect();
        assert_eq!(judge(question, &reversed, |verdict, _| end_of(verdict)), ended);
    }
});

/// Makes one change.
fn apply([what, which, place, with]: [u8; 4], messages: &mut Vec<Vec<u8>>) {
    if messages.is_empty() {
        return;
    }
    let index = usize::from(which) % messages.len();
    let (what, high) = (what % 10, usize::from(what / 10));
    // Messages are longer than 256 octets: what is left of the first octet says how far behind.
    let place = usize::from(place) + 256 * (high % 4);
    let message = &mut messages[index];
    let inside = place < message.len();
    match what {
        0 if inside => message[place] ^= 1 << (with % 8),
        1 if inside => message[place] = with,
        2 if inside => message[place] = message[place].wrapping_add(with),
        3 if inside => message.insert(place, with),
        4 if inside => drop(message.remove(place)),
        5 => message.truncate(place),
        6 => drop(messages.remove(index)),
        7 if messages.len() < 32 => messages.push(messages[index].clone()),
        8 => {
            let other = usize::from(with) % messages.len();
            messages.swap(index, other);
        }
        // Sixteen octets of another message in the place of these.
        9 => {
            let source = messages[usize::from(with) % messages.len()].clone();
            let end = (place + 16).min(source.len()).min(messages[index].len());
            if let Some(target) = messages[index].get_mut(place..end) {
                target.copy_from_slice(&source[place..end]);
            }
        }
        _ => {}
    }
}

fn judge<T>(question: Question<'_>, messages: &[Message<'_>], look: impl FnOnce(&Verdict<'_>, Work) -> T) -> T {
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: NOW.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(question, &*ANCHOR_SET, messages, &mut terms);
    look(&verdict, budget.spent())
}

fn within(spent: Work) {
    let limits = Limits::default();
    assert!(spent.signatures <= limits.signatures, "{spent:?}");
    assert!(spent.failed_signatures <= limits.failed_signatures, "{spent:?}");
    assert!(spent.digests <= limits.digests, "{spent:?}");
    assert!(spent.nsec3_hashes <= limits.nsec3_hashes, "{spent:?}");
}

fn proved(verdict: &Verdict<'_>) -> Option<Proved> {
    let secure = verdict.secure()?;
    Some(Proved {
        content: match secure.content() {
            Content::Records(_) => "records",
            Content::NoData => "no data",
            Content::NameError => "no name",
        },
        aliases: secure.aliases().map(|alias| alias.to_string().to_ascii_lowercase()).collect(),
        records: secure.answer().iter().flat_map(|answer| answer.records()).map(|record| canonical(&record)).collect(),
        chain: secure.links().map(|link| format!("{} {} {}", link.zone, link.key_tag, link.algorithm)).collect(),
        from: secure.valid_from(),
        until: secure.valid_until(),
    })
}

/// The record as text without its TTL. The case of names does not count (RFC 4034 section 6.2).
fn canonical(record: &Record<'_>) -> String {
    let text = Record { ttl: 0, ..*record }.to_string();
    let owner = record.owner.to_string();
    match record.rtype {
        Type::NS | Type::SOA | Type::MX | Type::SRV => text.to_ascii_lowercase(),
        _ => owner.to_ascii_lowercase() + text.strip_prefix(&owner).unwrap(),
    }
}

/// The verdict and its reason as text. Names in it may differ in case.
fn end_of(verdict: &Verdict<'_>) -> String {
    let reason = verdict.reason().map(|reason| format!("{} {reason}", reason.code())).unwrap_or_default();
    format!("{} {}", verdict.as_str(), reason.to_ascii_lowercase())
}

fn parse(octets: &[Vec<u8>]) -> Vec<Message<'_>> {
    octets.iter().map(|octets| Message::parse(octets).unwrap()).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let digit = |octet: u8| u8::try_from(char::from(octet).to_digit(16).unwrap()).unwrap();
    digits.as_bytes().as_chunks().0.iter().map(|[high, low]| digit(*high) * 16 + digit(*low)).collect()
}
