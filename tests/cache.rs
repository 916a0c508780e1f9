//! What is verified is kept, for as long as it holds, and for nobody else.

mod common;
#[path = "common/sign.rs"]
mod sign;

use std::cell::Cell;

use common::{messages, read, scenarios, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Step, Terms, Verdict};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring, RingKey};
use dnsproof::lookup::{Answered, Cache, Context, Lookup, Memory, Remembering, Security};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Section};
use sign::{NOW, Zone, message, name, records};

/// `Ring`, which counts the signatures that it is given.
#[derive(Default)]
struct Counting {
    verified: Cell<u32>,
}

impl Backend for Counting {
    type Key = RingKey;

    fn supports(&self, algorithm: Algorithm) -> bool {
        Ring.supports(algorithm)
    }

    fn supports_digest(&self, digest: DigestType) -> bool {
        Ring.supports_digest(digest)
    }

    fn key(&self, algorithm: Algorithm, public_key: &[u8]) -> Option<RingKey> {
        Ring.key(algorithm, public_key)
    }

    fn verify(&self, key: &RingKey, signed: &[u8], signature: &[u8]) -> bool {
        self.verified.set(self.verified.get() + 1);
        Ring.verify(key, signed, signature)
    }

    fn digest(&self, digest: DigestType, parts: &[&[u8]]) -> Option<Digest> {
        Ring.digest(digest, parts)
    }

    fn nsec3_hash(&self, name: &[u8], salt: &[u8], iterations: u16) -> Option<[u8; 20]> {
        Ring.nsec3_hash(name, salt, iterations)
    }
}

struct Case {
    name: NameBuf,
    rtype: Type,
    anchors: Anchors,
    policy: Policy,
    now: Time,
    counting: Counting,
    cache: Memory,
}

/// What one lookup came to, and what it took.
struct Done {
    answered: Answered,
    asked: Vec<String>,
    verified: u32,
}

impl Case {
    fn new(anchors: Anchors, name: &str, rtype: &str, now: Time) -> Self {
        let (name, rtype) = (name.parse().unwrap(), Type::from_mnemonic(rtype).unwrap());
        let (policy, counting, cache) = (Policy::standard(), Counting::default(), Memory::new(4 << 20));
        Self { name, rtype, anchors, policy, now, counting, cache }
    }

    fn context(&self) -> Context {
        Context::new(&self.anchors, &self.policy, &Ring).unwrap()
    }

    /// Looks up with what is kept first, and with the evidence where there is none.
    fn run(&self, evidence: &[Vec<u8>]) -> Done {
        let context = self.context();
        let backend = Remembering::new(&self.counting, &self.cache);
        let mut lookup = Lookup::new(self.name, self.rtype, &self.anchors);
        let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
        let mut terms = Terms {
            clock: self.now.into(),
            policy: &self.policy,
            backend: &backend,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let before = self.counting.verified.get();
        let mut asked = Vec::new();
        while let Step::Ask(question) = lookup.step(&mut terms) {
            let (name, rtype) = (question.name.to_buf(), question.rtype);
            let question = Question::new(name.as_name(), rtype);
            let kept = self.cache.get(&context, &question).and_then(|kept| kept.at(self.now));
            match kept {
                Some(octets) => lookup.answer(&octets).unwrap(),
                None => {
                    asked.push(question.to_string());
                    for octets in evidence {
                        if Message::parse(octets).is_ok_and(|message| message.question() == Some(question)) {
                            let _not_taken = lookup.answer(octets);
                        }
                    }
                }
            }
        }
        let answered = lookup.answered(&mut terms);
        let verified = self.counting.verified.get() - before;
        let mut terms = Terms { budget: &mut Budget::new(Limits::default()), ..terms };
        lookup.keep(&mut terms, &context, &self.cache);
        Done { answered, asked, verified }
    }
}

fn example() -> (Anchors, Vec<Vec<u8>>, Time) {
    let anchors = Anchors::parse(&read("delegation/p256/root.ds")).unwrap();
    (anchors, messages("delegation/p256/good.hex"), Time(seconds("2026-11-23T12:00:00Z")))
}

#[test]
fn keys_are_verified_once() {
    let (anchors, evidence, now) = example();
    let case = Case::new(anchors, "_xmpp-server._tcp.example.com", "SRV", now);
    let first = case.run(&evidence);
    assert_eq!((first.answered.security, first.asked.len(), first.verified), (Security::Secure, 6, 6));
    // Again: nothing is asked, nothing is verified.
    let again = case.run(&[]);
    assert_eq!((again.asked, again.verified), (vec![], 0));
    assert_eq!((again.answered.security, &again.answered.records), (Security::Secure, &first.answered.records));
    // Another name: its own answer is all that is new.
    let other = Case { name: "www.example.com".parse().unwrap(), rtype: Type::A, ..case };
    let done = other.run(&evidence);
    assert_eq!(done.answered.security, Security::Secure);
    assert_eq!((done.asked, done.verified), (vec!["www.example.com. A".to_owned()], 1));
}

#[test]
fn no_longer_than_it_holds() {
    let (anchors, evidence, now) = example();
    let mut case = Case::new(anchors, "_xmpp-server._tcp.example.com", "SRV", now);
    let first = case.run(&evidence);
    let until = first.answered.valid_until.unwrap();
    let context = case.context();
    let question = Question::new(case.name.as_name(), case.rtype);
    let kept = case.cache.get(&context, &question).unwrap();
    assert_eq!((kept.from(), kept.until()), (now, until));
    assert!(kept.at(Time(now.0 - 1)).is_none() && kept.at(until).is_none() && kept.at(Time(u64::MAX)).is_none());
    // The TTL is what is left of it.
    let later = kept.at(Time(now.0 + 1000)).unwrap();
    let later = Message::parse(&later).unwrap();
    let ttl = |message: &Message<'_>| message.records(Section::Answer).map(|record| record.ttl).min().unwrap();
    let original = kept.at(now).unwrap();
    assert_eq!(ttl(&later), ttl(&Message::parse(&original).unwrap()) - 1000);
    // So the end of the whole does not move.
    case.now = Time(now.0 + 1000);
    let done = case.run(&[]);
    assert_eq!((done.answered.security, done.answered.valid_until), (Security::Secure, Some(until)));
    case.now = Time(until.0 - 1);
    assert_eq!(case.run(&[]).answered.security, Security::Secure);
    case.now = until;
    let done = case.run(&[]);
    assert_eq!(done.answered.security, Security::Indeterminate, "{:?}", done.asked);
}

#[test]
fn for_nobody_else() {
    let (anchors, evidence, now) = example();
    let case = Case::new(anchors.clone(), "_xmpp-server._tcp.example.com", "SRV", now);
    case.run(&evidence);
    // Under other anchors or another policy there is nothing.
    let scoped = anchors.within(&"example.com".parse().unwrap());
    let other = Case { anchors: scoped, ..case };
    assert_eq!(other.run(&[]).asked.len(), 1);
    let other = Case { anchors, policy: Policy::strict(), ..other };
    assert_eq!(other.run(&[]).asked.len(), 1);
    let back = Case { policy: Policy::standard(), ..other };
    assert_eq!(back.run(&[]).asked.len(), 0);
}

#[test]
fn what_is_not_verified_is_not_kept() {
    let (anchors, mut evidence, now) = example();
    // A record that nobody signed, in the authority section of the answer; and one more in the additional section.
    let extra = b"\x05extra\x07example\x03com\0\0\x01\0\x01\0\0\x0E\x10\0\x04\xC0\0\x02\x42";
    for octets in &mut evidence {
        let message = Message::parse(octets).unwrap();
        let srv = message.question().unwrap().rtype == Type::SRV;
        let (authority, additional) =
            (message.records(Section::Authority).len(), message.records(Section::Additional).len());
        if srv && authority == 0 && additional > 0 {
            panic!("the test has to know where the authority section is");
        }
        if srv {
            octets.splice(8..10, u16::try_from(authority + 1).unwrap().to_be_bytes());
            let end = octets.len();
            // The OPT record is the last one of these responses.
            let opt = if additional > 0 { 11 } else { 0 };
            octets.splice(end - opt..end - opt, extra.iter().copied());
        }
    }
    let case = Case::new(anchors, "_xmpp-server._tcp.example.com", "SRV", now);
    let srv = evidence.iter().find(|octets| {
        Message::parse(octets).unwrap().records(Section::Authority).any(|record| record.rtype == Type::A)
    });
    assert!(srv.is_some(), "the record is there");
    assert_eq!(case.run(&evidence).answered.security, Security::Secure);
    let context = case.context();
    let question = Question::new(case.name.as_name(), case.rtype);
    let kept = case.cache.get(&context, &question).unwrap().at(now).unwrap();
    let kept = Message::parse(&kept).unwrap();
    let types = |section| kept.records(section).map(|record| record.rtype).collect::<Vec<_>>();
    assert_eq!(types(Section::Answer), [Type::SRV, Type::RRSIG]);
    assert!(!types(Section::Authority).contains(&Type::A), "{:?}", types(Section::Authority));
    assert!(types(Section::Additional).is_empty());
}

/// Beside a DNAME record nothing is kept without a signature but the CNAME record that follows from it.
#[test]
fn aliases_that_nobody_signed_are_not_kept() {
    let zone = Zone::new("example");
    let signed = |text: &str| {
        let set = records(text);
        let signature = zone.sign(&set);
        set.into_iter().chain([signature]).collect::<Vec<_>>()
    };
    let anchors = Anchors::parse(&zone.ds().as_record().to_string()).unwrap();
    let cut = signed("unsigned.example. 3600 IN NSEC v.example. NS RRSIG NSEC");
    let of = |owner: &str| records(&format!("{owner}. 0 IN A 192.0.2.66"));
    let made = "mail.d.example. 0 IN CNAME mail.unsigned.example.";
    let kept = |more: &str, last: &str| -> Option<Vec<String>> {
        let mut answer = signed("d.example. 3600 IN DNAME unsigned.example.");
        answer.extend(records(made));
        answer.extend(records(more));
        let cache = Memory::new(1 << 20);
        let policy = Policy::standard();
        let context = Context::new(&anchors, &policy, &Ring).unwrap();
        let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
        let clock = Time(NOW.into()).into();
        let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let mut lookup = Lookup::new(name("mail.d.example"), Type::A, &anchors);
        for octets in [
            zone.keys(),
            message(name("mail.d.example"), Type::A, 0, &answer, &[]),
            message(name(last), Type::A, 0, &of(last), &[]),
            message(name("unsigned.example"), Type::DS, 0, &[], &cut),
        ] {
            lookup.answer(&octets).unwrap();
        }
        assert!(matches!(lookup.step(&mut terms), Step::Done(Verdict::Insecure(_))));
        lookup.keep(&mut terms, &context, &cache);
        let asked = name("mail.d.example");
        let octets = cache.get(&context, &Question::new(asked.as_name(), Type::A))?.at(Time(NOW.into()))?;
        let message = Message::parse(&octets).unwrap();
        let unsigned = message.records(Section::Answer).filter(|record| record.rtype == Type::CNAME);
        Some(unsigned.map(|record| record.to_string()).collect())
    };
    let evil = "mail.unsigned.example. 0 IN CNAME evil.unsigned.example.";
    assert_eq!(kept(evil, "evil.unsigned.example"), None);
    for beside in ["", "other.d.example. 0 IN CNAME other.unsigned.example."] {
        let only = records(made)[0].as_record().to_string();
        assert_eq!(kept(beside, "mail.unsigned.example"), Some(vec![only]), "{beside}");
    }
}

#[test]
fn a_refused_answer_leaves_nothing() {
    let (anchors, _, now) = example();
    for file in ["forged-target", "expired", "absent-ds", "flip-com-ds-digest"] {
        let case = Case::new(anchors.clone(), "_xmpp-server._tcp.example.com", "SRV", now);
        let done = case.run(&messages(&format!("delegation/p256/{file}.hex")));
        assert_ne!(done.answered.security, Security::Secure, "{file}");
        let context = case.context();
        for (name, rtype) in [(".", Type::DNSKEY), ("com", Type::DS), ("_xmpp-server._tcp.example.com", Type::SRV)] {
            let name: NameBuf = name.parse().unwrap();
            assert!(
                case.cache.get(&context, &Question::new(name.as_name(), rtype)).is_none(),
                "{file}: {name} {rtype}"
            );
        }
    }
}

#[test]
fn it_stays_within_its_bounds() {
    let (anchors, evidence, now) = example();
    let case = Case::new(anchors, "_xmpp-server._tcp.example.com", "SRV", now);
    case.run(&evidence);
    let whole = case.cache.octets();
    assert!(whole > 2000, "{whole}");
    for limit in [0, 1, 700, whole / 2, whole] {
        let case = Case {
            cache: Memory::new(limit),
            ..Case::new(case.anchors.clone(), "_xmpp-server._tcp.example.com", "SRV", now)
        };
        for _ in 0..3 {
            assert_eq!(case.run(&evidence).answered.security, Security::Secure, "{limit}");
            assert!(case.cache.octets() <= limit, "{limit}: {}", case.cache.octets());
        }
    }
    let cache = Memory::new(96 * 1000);
    for number in 0..100_000_u32 {
        let mut signature = [0; 32];
        signature[..4].copy_from_slice(&number.to_be_bytes());
        cache.remember(signature);
    }
    assert!(cache.octets() <= 96_000);
    let mut last = [0; 32];
    last[..4].copy_from_slice(&99_999_u32.to_be_bytes());
    assert!(cache.holds(&last) && !cache.holds(&[0; 32]));
}

/// Every scenario, and again with what was kept of it: the same verdict, and nothing more is asked. With only what was
/// kept, it is never Secure where it was not.
#[test]
fn every_scenario_again() {
    let (mut secure, mut insecure, mut saved) = (0, 0, 0);
    for folder in ["denial", "insecure", "alias", "hostile"] {
        for scenario in scenarios(folder) {
            let anchors: String = scenario.anchors.iter().map(|path| read(path)).collect();
            let Ok(anchors) = Anchors::parse(&anchors) else { continue };
            let evidence: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| messages(file)).collect();
            let case = Case::new(anchors, &scenario.qname, &scenario.rtype, Time(scenario.now));
            let first = case.run(&evidence);
            let again = case.run(&evidence);
            let say = |done: &Done| (done.answered.security, done.answered.code, done.answered.records.len());
            assert_eq!(say(&again), say(&first), "{}", scenario.name);
            assert!(again.asked.len() <= first.asked.len(), "{}: {:?}", scenario.name, again.asked);
            let alone = case.run(&[]);
            match first.answered.security {
                Security::Secure => {
                    secure += 1;
                    saved += usize::from(alone.answered.security == Security::Secure);
                }
                Security::Insecure => {
                    insecure += 1;
                    assert_ne!(alone.answered.security, Security::Secure, "{}", scenario.name);
                }
                Security::Bogus | Security::Indeterminate => {
                    assert_eq!(again.asked, first.asked, "{}: nothing is kept", scenario.name);
                    assert_ne!(alone.answered.security, Security::Secure, "{}", scenario.name);
                }
            }
        }
    }
    assert!(secure > 100 && insecure > 30, "{secure} secure, {insecure} insecure");
    // What is left is aliases whose proofs one server repeats in several answers.
    assert!(saved * 10 > secure * 9, "{saved} of {secure} need nothing more");
}
