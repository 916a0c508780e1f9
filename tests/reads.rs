//! Messages that are made to be searched at great cost, again and again: what it takes is paid for like everything else.

#[path = "common/sign.rs"]
mod sign;

use std::fmt::Write;

use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits, Resource, Work};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Step, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::lookup::Lookup;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, message, name, records};

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

/// What hostile messages may take here: two of them fit.
const FEW: u32 = 100_000;

/// Does it within so many reads: what it says, and what was spent.
fn within<T>(reads: u32, does: impl FnOnce(&mut Terms<'_, '_, Ring>) -> T) -> (T, Work) {
    let mut limits = Limits::default();
    assert!(reads <= limits.reads);
    limits.reads = reads;
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(limits), Scratch::new());
    let clock = Time(NOW.into()).into();
    let mut terms = Terms { clock, policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let said = does(&mut terms);
    (said, budget.spent())
}

fn ran_out(verdict: &Verdict<'_>) -> Option<Resource> {
    let reason = verdict.reason().filter(|reason| reason.code() == ReasonCode::BudgetExhausted)?;
    reason.resource()
}

/// What these messages say about a name, within few reads.
fn judged(anchored: &Zone, asked: &NameBuf, rtype: Type, octets: &[Vec<u8>]) -> (Option<Resource>, Work) {
    let evidence: Vec<Message<'_>> = octets.iter().map(|octets| Message::parse(octets).unwrap()).collect();
    let (question, anchors) = (Question::new(asked.as_name(), rtype), [anchor(anchored)]);
    within(FEW, |terms| ran_out(&chain::verify(question, &anchors, &evidence[..], terms)))
}

/// The keys of a zone, and thousands of other records beside them.
fn keys_among_others(zone: &Zone) -> Vec<u8> {
    let mut keys = vec![zone.key.clone(), zone.sign(std::slice::from_ref(&zone.key))];
    keys.extend((0..2000).flat_map(|_| records("other. 1 IN TXT \"\"")));
    message(zone.apex, Type::DNSKEY, 0, &keys, &[])
}

/// `a.a.a.`, with so many labels.
fn deep(labels: usize) -> NameBuf {
    name(&"a.".repeat(labels))
}

/// A denial that nobody signed, and as many records as there is room for, each of whose owners is a pointer to one of the
/// longest names that there are.
fn padded(asked: &NameBuf, rtype: Type) -> Vec<u8> {
    const EMPTY: [u8; 10] = [0, 16, 0, 1, 0, 0, 0, 60, 0, 0];
    let mut out = vec![0, 0, 0x84, 0, 0, 1, 0, 0, 0, 1, 0, 0];
    out.extend([asked.as_wire(), &rtype.0.to_be_bytes(), &[0, 1]].concat());
    let long = u16::try_from(out.len()).unwrap() | 0xC000;
    out.extend([&[1, b'x'].repeat(127)[..], &[0], &EMPTY].concat());
    let nsec = [asked.as_wire(), &[0, 47, 0, 1, 0, 0, 0, 60, 0, 4, 0, 0, 1, 2]].concat();
    let mut count = 1_u16;
    while out.len() + 12 + nsec.len() <= 65_535 {
        out.extend((long + 2 * (count % 2)).to_be_bytes());
        out.extend(EMPTY);
        count += 1;
    }
    out.splice(6..8, count.to_be_bytes());
    [out, nsec].concat()
}

/// Asks until it is done, and gives what these messages have, or what is padded: the resource that ran out, and the questions.
fn ask(reads: u32, root: &Zone, asked: &NameBuf, messages: &[Vec<u8>]) -> ((Option<Resource>, usize), Work) {
    let anchors = [anchor(root)];
    within(reads, |terms| {
        let mut lookup = Lookup::new(*asked, Type::A, &anchors[..]);
        for questions in 0.. {
            let (name, rtype) = match lookup.step(terms) {
                Step::Ask(question) => (question.name.to_buf(), question.rtype),
                Step::Done(verdict) => return (ran_out(&verdict), questions),
            };
            let question = Question::new(name.as_name(), rtype);
            let known = messages.iter().find(|octets| Message::parse(octets).unwrap().question() == Some(question));
            lookup.answer(&known.cloned().unwrap_or_else(|| padded(&name, rtype))).unwrap();
        }
        unreachable!()
    })
}

#[test]
fn what_a_lookup_has_in_hand_is_not_read_without_end() {
    let root = Zone::new(".");
    let (said, spent) = ask(FEW, &root, &deep(120), &[root.keys()]);
    assert!(said == (Some(Resource::Reads), 3), "{said:?} {spent:?}");
    // An alias that nobody signed leads there as well.
    let cname = records(&format!("www.example. 3600 IN CNAME {}", deep(120)));
    let mut forged = root.sign(&cname);
    *forged.rdata.last_mut().unwrap() ^= 1;
    let alias = message(name("www.example"), Type::A, 0, &[cname, vec![forged]].concat(), &[]);
    let (said, spent) = ask(FEW, &root, &name("www.example"), &[root.keys(), alias]);
    assert!(said == (None, 4) && spent.failed_signatures == 1 && FEW - spent.reads < 50_000, "{said:?} {spent:?}");
}

#[test]
fn what_a_caller_has_in_hand_is_not_read_without_end() {
    let root = Zone::new(".");
    let mut octets = vec![root.keys(), padded(&deep(24), Type::A)];
    octets.extend((1..=24).map(|labels| padded(&deep(labels), Type::DS)));
    let (said, spent) = judged(&root, &deep(24), Type::A, &octets);
    assert_eq!(said, Some(Resource::Reads), "{spent:?}");
}

/// DS records of half of the depths of a name, and nothing else that would help.
#[test]
fn what_a_proof_has_is_not_read_without_end() {
    let root = Zone::new(".");
    let wire = |record: &OwnedRecord| {
        let fixed = [&record.rtype.0.to_be_bytes()[..], &[0, 1], &record.ttl.to_be_bytes()].concat();
        let length = u16::try_from(record.rdata.len()).unwrap().to_be_bytes();
        [record.owner.as_wire(), &fixed, &length, &record.rdata].concat()
    };
    let ds: Vec<u8> =
        (62..122).flat_map(|labels| [deep(labels).as_wire(), &[0, 43, 0, 1, 0, 0, 0, 60, 0, 0]].concat()).collect();
    let mut chain = [wire(&root.key), wire(&root.sign(std::slice::from_ref(&root.key)))].concat();
    chain.extend([0, 0, 47, 0, 1, 0, 0, 0, 60, 0, 0]);
    while chain.len() + ds.len() + 11 <= 65_535 {
        chain.extend([0, 0, 16, 0, 1, 0, 0, 0, 60, 0, 0]);
    }
    chain.extend(ds);
    let (proof, asked, anchors) = (Proof::parse(&chain).unwrap(), deep(122), [anchor(&root)]);
    let check = |terms: &mut Terms<'_, '_, Ring>| {
        ran_out(&proof::check(&proof, Question::new(asked.as_name(), Type::TLSA), &anchors, terms).verdict)
    };
    let (said, spent) = within(FEW, check);
    assert_eq!(said, Some(Resource::Reads), "{spent:?}");
}

/// Records that could be the proof, each of which is looked for among thousands of strangers' signatures.
#[test]
fn what_could_be_a_denial_is_not_read_without_end() {
    let zone = Zone::new("test");
    let asked = name(&format!("{}test.", "a.".repeat(123)));
    let mut out = vec![0, 0, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    out.extend([asked.as_wire(), &[0, 1, 0, 1]].concat());
    let nsec = [0, 47, 0, 1, 0, 0, 0, 60, 0, 9, 4, b't', b'e', b's', b't', 0, 0, 1, 2];
    // The same name at another place: two ways to point at it, so that no two neighbours are alike.
    let pointers = [0xC00C_u16, 0xC000 | u16::try_from(out.len()).unwrap()].map(u16::to_be_bytes);
    out.extend([asked.as_wire(), &nsec].concat());
    out.extend([&pointers[1][..], &nsec].concat().repeat(14));
    let rrsig = |algorithm: u8, signer: &[u8]| {
        let length = u8::try_from(18 + signer.len()).unwrap();
        [&[0, 46, 0, 1, 0, 0, 0, 60, 0, length, 0, 47, algorithm, 124][..], &[0; 14], signer].concat()
    };
    // One by an algorithm that nobody knows, which says whose word it is.
    out.extend([&pointers[0][..], &rrsig(200, b"\x04test\0")].concat());
    let mut count = 16_u16;
    while out.len() + 2 + rrsig(15, &[0]).len() <= 65_535 {
        out.extend([&pointers[usize::from(count % 2)][..], &rrsig(15, &[0])].concat());
        count += 1;
    }
    out.splice(8..10, count.to_be_bytes());
    let (said, spent) = judged(&zone, &asked, Type::A, &[zone.keys(), out]);
    assert_eq!(said, Some(Resource::Reads), "{spent:?}");
}

/// Signatures by keys that are not there, and a zone's keys among thousands of other records.
#[test]
fn keys_are_not_sought_without_end() {
    let zone = Zone::new("test");
    let set = records("www.test. 3600 IN A 192.0.2.1");
    let good = zone.sign(&set);
    let strange = |tag: u16| {
        let mut strange = good.clone();
        strange.rdata[16..18].copy_from_slice(&tag.to_be_bytes());
        strange
    };
    let tags = (1..200_u16).map(|number| zone.tag().wrapping_add(number));
    let answer: Vec<OwnedRecord> = set.iter().cloned().chain(tags.map(strange)).chain([good.clone()]).collect();
    let octets = [keys_among_others(&zone), message(name("www.test"), Type::A, 0, &answer, &[])];
    let (said, spent) = judged(&zone, &name("www.test"), Type::A, &octets);
    assert!(said == Some(Resource::Reads) && spent.candidates < 60, "{said:?} {spent:?}");
}

/// DS records of keys that are not there, and a zone's keys among thousands of other records.
#[test]
fn keys_that_ds_records_name_are_not_sought_without_end() {
    let (root, zone) = (Zone::new("."), Zone::new("test"));
    let other = |number: u16| {
        let mut ds = zone.ds();
        ds.rdata[..2].copy_from_slice(&zone.tag().wrapping_add(number).to_be_bytes());
        ds
    };
    let ds: Vec<OwnedRecord> = (1..200).map(other).chain([zone.ds()]).collect();
    let octets = [
        root.keys(),
        root.answer(&ds),
        keys_among_others(&zone),
        zone.answer(&records("www.test. 3600 IN A 192.0.2.1")),
    ];
    let (said, spent) = judged(&root, &name("www.test"), Type::A, &octets);
    assert!(said == Some(Resource::Reads) && spent.candidates < 60, "{said:?} {spent:?}");
}

/// RRsets of an answer to ANY, each of which is looked for in all of it.
#[test]
fn an_answer_to_any_is_not_read_without_end() {
    let zone = Zone::new("test");
    let mut octets = message(name("test"), Type::ANY, 0, &[], &[]);
    for rtype in 1000..2000_u16 {
        let head = [[0xC0, 12], rtype.to_be_bytes(), [0, 1], [0, 0], [14, 16], [0, 1]].concat();
        octets.extend([&head[..], &[7]].concat());
        let mut rrsig =
            zone.sign(&[OwnedRecord { owner: zone.apex, rtype: Type(rtype), rdata: vec![7], ..zone.key.clone() }]);
        rrsig.rdata.truncate(18 + zone.apex.as_wire().len());
        octets.extend([[0xC0, 12], [0, 46], [0, 1], [0, 0], [14, 16], [0, rrsig.rdata.len() as u8]].concat());
        octets.extend(rrsig.rdata);
    }
    octets[6..8].copy_from_slice(&2000_u16.to_be_bytes());
    let (_, spent) = judged(&zone, &name("test"), Type::ANY, &[zone.keys(), octets]);
    assert!(spent.reads > FEW - 2_100, "{spent:?}");
}

/// However a long name comes about, it has its price.
#[test]
fn names_that_begin_with_a_label_and_go_on_elsewhere() {
    let dear = |owner: &[u8]| {
        let mut octets = padded(&deep(2), Type::A);
        let at = 12 + deep(2).as_wire().len() + 4 + 255 + 10;
        let count = u16::from_be_bytes([octets[6], octets[7]]);
        let empty = [0, 16, 0, 1, 0, 0, 0, 60, 0, 0];
        octets.truncate(at);
        for _ in 0..1000 {
            octets.extend([owner, &empty].concat());
        }
        assert!(count > 1000);
        octets[6..12].copy_from_slice(&[3, 233, 0, 0, 0, 0]);
        let root = Zone::new(".");
        judged(&root, &deep(2), Type::A, &[root.keys(), octets]).1.reads
    };
    let long = u8::try_from(12 + deep(2).as_wire().len() + 4).unwrap();
    let (short, pointer, mixed) = (dear(&[0]), dear(&[0xC0, long]), dear(&[1, b'y', 0xC0, long + 2]));
    assert!(pointer > 7 * short && mixed > 7 * short, "{short} {pointer} {mixed}");
}

/// What is honest has room, however large: 3000 records ten zones down.
#[test]
fn a_full_message_below_many_zones() {
    let apexes: Vec<String> =
        (0..10).map(|depth| "zone.".repeat(depth).to_owned() + if depth == 0 { "." } else { "" }).collect();
    let zones: Vec<Zone> = apexes.iter().map(|apex| Zone::new(apex)).collect();
    let last = zones.last().unwrap();
    let mut text = String::new();
    for number in 0..3000 {
        writeln!(text, "{} 3600 IN A 10.0.{}.{}", last.apex, number / 256, number % 256).unwrap();
    }
    let mut all: Vec<Vec<u8>> = zones.iter().map(Zone::keys).collect();
    all.extend(zones.windows(2).map(|pair| pair[0].answer(&[pair[1].ds()])));
    // Names that point to the question, or they would not fit.
    let set = records(&text);
    let mut answer = message(last.apex, Type::A, 0, &[], &[]);
    for record in set.iter().chain([&last.sign(&set)]) {
        answer.extend([0xC0, 12]);
        answer.extend([record.rtype.0.to_be_bytes(), [0, 1], [0, 0], [14, 16]].concat());
        answer.extend(u16::try_from(record.rdata.len()).unwrap().to_be_bytes());
        answer.extend(&record.rdata);
    }
    answer[6..8].copy_from_slice(&3001_u16.to_be_bytes());
    all.push(answer);
    let ((ran_out, questions), spent) = ask(Limits::default().reads, &zones[0], &last.apex, &all);
    assert_eq!((ran_out, questions), (None, 20), "{spent:?}");
    assert!(spent.reads < Limits::default().reads / 2 && spent.signatures == 20, "{spent:?}");
}

/// DS answers in hand are read once on the way down, and not once for each zone.
#[test]
fn twice_as_many_zones_take_twice_the_reads() {
    let reads = |depth: usize| {
        let apexes = (0..depth).map(|depth| if depth == 0 { ".".to_string() } else { "zone.".repeat(depth) });
        let zones: Vec<Zone> = apexes.map(|apex| Zone::new(&apex)).collect();
        let last = zones.last().unwrap();
        let mut all: Vec<Vec<u8>> = zones.iter().map(Zone::keys).collect();
        all.extend(zones.windows(2).map(|pair| pair[0].answer(&[pair[1].ds()])));
        all.push(last.answer(&records(&format!("{} 3600 IN A 192.0.2.1", last.apex))));
        let (ran_out, spent) = judged(&zones[0], &last.apex, Type::A, &all);
        assert_eq!((ran_out, spent.signatures), (None, 2 * u32::try_from(depth).unwrap()));
        spent.reads
    };
    let (few, many) = (reads(8), reads(16));
    assert!(many < 3 * few, "{few} {many}");
}

/// Each of them says which zone signs it: what is missing between is asked for.
#[test]
fn each_ds_answer_leads_to_the_next_zone() {
    let apexes = [".", "c.", "b.c.", "a.b.c.", "z.a.b.c."];
    let zones: Vec<Zone> = apexes.iter().map(|apex| Zone::new(apex)).collect();
    let answer = zones[4].answer(&records("z.a.b.c. 3600 IN A 192.0.2.1"));
    let all: Vec<Vec<u8>> = zones.windows(2).map(|pair| pair[0].answer(&[pair[1].ds()])).collect();
    for missing in 0..4 {
        let anchors = [anchor(&zones[0])];
        let asked = name("z.a.b.c");
        let (said, _) = within(FEW, |terms| {
            let mut lookup = Lookup::new(asked, Type::A, &anchors[..]);
            lookup.answer(&answer).unwrap();
            let at_hand = (0..4).filter(|number| *number != missing).map(|number| &all[number]);
            at_hand
                .chain(zones.iter().map(Zone::keys).collect::<Vec<_>>().iter())
                .for_each(|octets| lookup.answer(octets).unwrap());
            match lookup.step(terms) {
                Step::Ask(question) => question.to_string(),
                Step::Done(verdict) => format!("{verdict:?}"),
            }
        });
        assert_eq!(said, format!("{} DS", apexes[missing + 1]));
    }
}
