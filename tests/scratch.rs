//! How much scratch memory is enough is what `Scratch` says, and with less nothing is Secure.

mod common;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::{Anchor, AnchorSet, Anchors};
use dnsproof::budget::{Budget, Limits, Resource};
use dnsproof::canon::{Rrset, Scratch, Span};
use dnsproof::chain::{self, Evidence, ReasonCode, Terms, Verdict};
use dnsproof::codes::{Algorithm, Class, DigestType, Type};
use dnsproof::crypto::{Backend, Digest, Ring};
use dnsproof::name::{Name, NameBuf};
use dnsproof::policy::Policy;
use dnsproof::proof::Proof;
use dnsproof::time::Time;
use dnsproof::wire::rdata::{Dnskey, View};
use dnsproof::wire::{Message, Question, Rdata, Section};

/// A call with so much scratch memory.
struct Call<'a, A, E: ?Sized, B> {
    question: Question<'a>,
    anchors: &'a A,
    evidence: &'a E,
    backend: B,
}

impl<A: AnchorSet, E: Evidence + ?Sized, B: Backend> Call<'_, A, E, B> {
    /// Whether it ends in Secure. If not, it is for want of scratch memory.
    fn suffices(&self, octets: usize, spans: usize) -> bool {
        let (mut octets, mut spans) = (vec![0; octets], vec![Span::default(); spans]);
        let mut terms = Terms {
            clock: Time(seconds("2026-11-23T12:00:00Z")).into(),
            policy: &Policy::standard(),
            backend: &self.backend,
            budget: &mut Budget::new(Limits::default()),
            scratch: &mut Scratch::lent(&mut octets, &mut spans),
        };
        match chain::verify(self.question, self.anchors, self.evidence, &mut terms) {
            Verdict::Secure(_) => true,
            Verdict::Indeterminate(reason) => {
                assert_eq!((reason.code(), reason.resource()), (ReasonCode::BudgetExhausted, Some(Resource::Scratch)));
                false
            }
            other => panic!("{other:?}"),
        }
    }

    /// The least that suffices, of octets and of spans. Everything from there on does, and nothing below.
    fn least(&self) -> (usize, usize) {
        const MANY: usize = 8192;
        let octets = (0..MANY).find(|octets| self.suffices(*octets, MANY)).unwrap();
        let spans = (0..MANY).find(|spans| self.suffices(octets, *spans)).unwrap();
        (octets..MANY).step_by(17).for_each(|octets| assert!(self.suffices(octets, spans), "{octets}"));
        (octets, spans)
    }
}

/// Records and octets of RDATA of the RRset to a question.
fn measure(message: &Message<'_>) -> (usize, usize, usize) {
    let question = message.question().unwrap();
    let rrset = Rrset::find(message, Section::Answer, &question.name, question.rtype, Class::IN).unwrap();
    let rdata = rrset.records().map(|record| record.rdata.octets().len()).sum();
    (rrset.records().count(), rdata, question.name.wire_len())
}

#[test]
fn six_signatures() {
    for (set, key) in [("p256", 68), ("p384", 100), ("ed25519", 36)] {
        let octets = messages(&format!("delegation/{set}/good.hex"));
        let evidence = parse(&octets);
        let name: NameBuf = "_xmpp-server._tcp.example.com".parse().unwrap();
        let question = Question::new(name.as_name(), Type::SRV);
        let anchors = Anchors::parse(&read(&format!("delegation/{set}/root.ds"))).unwrap();
        let call = Call { question, anchors: &anchors, evidence: &evidence[..], backend: Ring };
        let (least, spans) = call.least();
        // The keys of a zone are the largest RRset, and their owner is their signer.
        let keys: Vec<_> = evidence
            .iter()
            .filter(|message| {
                let question = message.question().unwrap();
                question.rtype == Type::DNSKEY && name.as_name().is_at_or_below(&question.name)
            })
            .map(measure)
            .collect();
        assert_eq!(keys.len(), 3, "{set}: the root, com. and example.com.");
        let exact = keys.iter().map(|(records, rdata, name)| Scratch::octets_for(*records, *rdata, *name));
        assert_eq!(Some(least), exact.max(), "{set}");
        assert_eq!(Some(spans), keys.iter().map(|(records, ..)| *records).max(), "{set}");
        // What the documentation has a device lend.
        assert!(call.suffices(Scratch::octets_for(4, 4 * key, 64), 4), "{set}");
        assert!(!call.suffices(least - 1, spans) && !call.suffices(least, spans - 1), "{set}");
    }
}

/// Takes every signature for good.
struct Credulous;

impl Backend for Credulous {
    type Key = ();

    fn supports(&self, _: Algorithm) -> bool {
        true
    }

    fn supports_digest(&self, _: DigestType) -> bool {
        true
    }

    fn key(&self, _: Algorithm, _: &[u8]) -> Option<()> {
        Some(())
    }

    fn verify(&self, (): &(), _: &[u8], _: &[u8]) -> bool {
        true
    }

    fn digest(&self, _: DigestType, _: &[&[u8]]) -> Option<Digest> {
        None
    }

    fn nsec3_hash(&self, _: &[u8], _: &[u8], _: u16) -> Option<[u8; 20]> {
        None
    }
}

/// The longest name there is.
fn longest() -> Vec<u8> {
    let labels = [63_u8, 63, 63, 61].map(|length| [vec![length], vec![b'A'; length.into()]].concat());
    [labels.concat(), vec![0]].concat()
}

#[test]
fn the_longest_names() {
    let owner = longest();
    let record = |rtype: Type, rdata: &[u8]| {
        let length = u16::try_from(rdata.len()).unwrap();
        let fixed = [rtype.0.to_be_bytes(), [0, 1], [0, 0], [0x0E, 0x10], length.to_be_bytes()].concat();
        [&owner[..], &fixed, rdata].concat()
    };
    for (count, size) in [(1, 68), (3, 68), (5, 264)] {
        let key = |number: u8| [&[1, 1, 3, 13][..], &vec![number; size - 4]].concat();
        let keys: Vec<Vec<u8>> = (0..count).map(key).collect();
        let tag = Dnskey::from_rdata(Rdata::from_octets(&keys[0])).unwrap().key_tag();
        let (begin, end) = (seconds("2026-11-01T00:00:00Z"), seconds("2026-12-01T00:00:00Z"));
        let time = |time: u64| u32::try_from(time).unwrap().to_be_bytes();
        let head = [&[0, 48, 13, 4, 0, 0, 0x0E, 0x10][..], &time(end), &time(begin), &tag.to_be_bytes()].concat();
        let rrsig = record(Type::RRSIG, &[&head, &owner[..], &[7; 64]].concat());
        let octets = [keys.iter().flat_map(|key| record(Type::DNSKEY, key)).collect(), rrsig].concat();
        let proof = Proof::parse(&octets).unwrap();
        let name = Name::from_wire(&owner).unwrap();
        let anchors = [Anchor::from_dnskey(name, &keys[0]).unwrap()];
        let question = Question::new(name, Type::DNSKEY);
        let call = Call { question, anchors: &anchors, evidence: &proof, backend: Credulous };
        let count = usize::from(count);
        assert_eq!(call.least(), (Scratch::octets_for(count, count * size, owner.len()), count));
        assert!(call.suffices(Scratch::octets_for_proof(octets.len()), count));
    }
}

#[test]
fn sizes_do_not_overflow() {
    assert_eq!(Scratch::octets_for(usize::MAX, 1, 255), usize::MAX);
    assert_eq!(Scratch::octets_for_proof(usize::MAX), usize::MAX);
}
