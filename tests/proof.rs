//! Chains of RFC 9102: the RFC's own, and what is built of the scenarios.

mod common;

use std::collections::{HashMap, HashSet};

use common::build::{comment, encode, records, window};
use common::world::{anchors, file};
use common::{cases, messages, read, scenarios};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, ReasonCode, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::error::ParseErrorKind;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Record, Section};
use dnsproof::zonefile;

/// What a check said, without what it borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    verdict: &'static str,
    code: Option<ReasonCode>,
    /// `records`, `no data`, `no name`, or nothing.
    proved: &'static str,
    /// The answer's records, sorted.
    answer: Vec<String>,
    unused: Vec<String>,
}

impl Said {
    /// Without what was not needed.
    fn verdict(&self) -> (&'static str, &'static str, &[String]) {
        (self.verdict, self.proved, &self.answer)
    }
}

/// How a proof is called.
struct Asked<'a> {
    name: NameBuf,
    rtype: Type,
    anchors: &'a Anchors,
    now: u64,
}

impl Asked<'_> {
    fn check<B: Backend>(&self, backend: &B, proof: &Proof<'_>) -> Said {
        let (policy, mut budget) = (Policy::standard(), Budget::new(Limits::default()));
        let mut scratch = Scratch::new();
        let mut terms = Terms {
            clock: Time(self.now).into(),
            policy: &policy,
            backend,
            budget: &mut budget,
            scratch: &mut scratch,
        };
        let question = Question::new(self.name.as_name(), self.rtype);
        let checked = proof::check(proof, question, self.anchors, &mut terms);
        said(&checked.verdict, checked.unused())
    }
}

fn said<'m>(verdict: &Verdict<'m>, unused: impl Iterator<Item = Record<'m>>) -> Said {
    let content = verdict.secure().map(|secure| secure.content());
    let mut answer: Vec<String> = match content {
        Some(Content::Records(rrset)) => {
            rrset.records().map(|record| Record { ttl: 0, ..record }.to_string().to_lowercase()).collect()
        }
        _ => Vec::new(),
    };
    answer.sort();
    answer.dedup();
    Said {
        verdict: verdict.as_str(),
        code: verdict.reason().map(|reason| reason.code()),
        proved: match content {
            Some(Content::Records(_)) => "records",
            Some(Content::NoData) => "no data",
            Some(Content::NameError) => "no name",
            None => "",
        },
        answer,
        unused: unused.map(|record| format!("{} {}", record.owner, record.rtype)).collect(),
    }
}

/// The `extension_data` of RFC 9102 appendix A, and what it answers.
fn appendix(section: u8, anchors: &Anchors) -> (Vec<u8>, Asked<'_>) {
    let octets = common::messages(&format!("rfc/rfc9102-a-{section}.hex")).concat();
    let name = file(&format!("rfc9102-a-{section}.zone"));
    let port = comment(&name, "port").replace("/tcp", "");
    let question = format!("_{port}._tcp.{}", comment(&name, "name")).parse().unwrap();
    let (from, _) = window("rfc/rfc9102-a-1.zone");
    (octets, Asked { name: question, rtype: Type::TLSA, anchors, now: from })
}

fn root() -> Anchors {
    anchors(&records("rfc/rfc9102-a-anchor.zone"))
}

/// What each chain of appendix A proves.
const APPENDIX: [(u8, &str, &str); 8] = [
    (1, "secure", "records"),
    (2, "secure", "records"), // NSEC wildcard
    (3, "secure", "records"), // NSEC3 wildcard
    (4, "secure", "records"), // CNAME
    (5, "secure", "records"), // DNAME
    (6, "secure", "no name"), // NSEC denial of existence
    (7, "secure", "no name"), // NSEC3 denial of existence
    (8, "insecure", ""),      // NSEC3 opt-out, insecure delegation
];

fn accepted_at_their_dates<B: Backend>(backend: &B) {
    let (anchors, (from, to)) = (root(), window("rfc/rfc9102-a-1.zone"));
    for (section, verdict, proved) in APPENDIX {
        let (octets, mut asked) = appendix(section, &anchors);
        let proof = Proof::from_extension(&octets).unwrap();
        assert_eq!(proof.support_lifetime(), Some(0));
        assert_eq!(proof.octets().len() + 2, octets.len());
        for now in [from, u64::midpoint(from, to), to] {
            asked.now = now;
            let said = asked.check(backend, &proof);
            assert_eq!((said.verdict, said.proved), (verdict, proved), "A.{section}: {said:?}");
        }
        for now in [from - 1, to + 1] {
            asked.now = now;
            let said = asked.check(backend, &proof);
            assert_eq!(said.verdict, "bogus", "A.{section}: {said:?}");
        }
    }
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# The "extension_data" field of the server's "dnssec_chain" extension MUST contain a DNSSEC authentication chain
//# encoded in the following form:
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# In the case of a denial-of-existence response, the authentication chain MUST include all DNSSEC-signed records,
//# starting with those from the trust anchor zone, that chain together to reach a proof of either:
#[test]
fn appendix_a_at_its_dates() {
    accepted_at_their_dates(&Ring);
    accepted_at_their_dates(&RustCrypto);
}

/// The octets of each record.
fn split(chain: &[u8]) -> Vec<Vec<u8>> {
    let proof = Proof::parse(chain).unwrap();
    let mut rest = chain;
    let parts: Vec<Vec<u8>> = proof
        .records()
        .map(|record| {
            let (part, after) = rest.split_at(record.owner.wire_len() + 10 + record.rdata.octets().len());
            rest = after;
            part.to_vec()
        })
        .collect();
    assert!(rest.is_empty() && parts.concat() == chain);
    parts
}

/// Whatever one octet is changed into: never another answer, and never anything better.
fn every_octet(octets: &[u8], start: usize, asked: &Asked<'_>, read: fn(&[u8]) -> Option<Proof<'_>>) -> [u32; 2] {
    let good = asked.check(&Ring, &read(octets).unwrap());
    let mut counts = [0, 0];
    for at in start..octets.len() {
        let mut changed = octets.to_vec();
        changed[at] ^= 1 << (at % 8);
        let same = read(&changed).is_some_and(|proof| {
            let said = asked.check(&Ring, &proof);
            let fits = said.verdict == good.verdict;
            assert!(!fits || said.verdict() == good.verdict(), "octet {at}: {said:?} and not {good:?}");
            assert!(fits || said.verdict != "secure", "octet {at}: {said:?}");
            fits
        });
        counts[usize::from(same)] += 1;
    }
    counts
}

#[test]
fn appendix_a_with_every_octet_changed() {
    let anchors = root();
    for (section, ..) in APPENDIX {
        let (octets, asked) = appendix(section, &anchors);
        let [refused, same] = every_octet(&octets, 2, &asked, |octets| Proof::from_extension(octets).ok());
        // TTLs, letters of owners in the other case, a signature that was not needed.
        assert!(refused > same, "A.{section}: {refused} refused, {same} the same");
    }
}

/// A proof says nothing of what it was not asked to prove.
#[test]
fn other_questions() {
    let anchors = root();
    let others = [
        ("_443._tcp.www.example.com.", Type::A),
        ("_25._tcp.example.com.", Type::TLSA),
        ("www.example.com.", Type::TLSA),
        ("com.", Type::NS),
        ("org.", Type::DS),
        ("_443._tcp.www.example.com.", Type::ANY),
        ("_443._tcp.www.example.com.", Type::RRSIG),
    ];
    let (octets, asked) = appendix(1, &anchors);
    let proof = Proof::from_extension(&octets).unwrap();
    for (name, rtype) in others {
        let said = Asked { name: name.parse().unwrap(), rtype, ..asked }.check(&Ring, &proof);
        assert_eq!(said.verdict, "indeterminate", "{name} {rtype}: {said:?}");
    }
    // What is on the way can be asked for by its own name.
    for (name, rtype) in [("com.", Type::DS), ("example.com.", Type::DNSKEY), (".", Type::DNSKEY)] {
        let said = Asked { name: name.parse().unwrap(), rtype, ..asked }.check(&Ring, &proof);
        assert_eq!((said.verdict, said.proved), ("secure", "records"), "{name} {rtype}");
        assert!(!said.unused.is_empty());
    }
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# The "extension_data" field of the server's "dnssec_chain" extension MUST contain a DNSSEC authentication chain
//# encoded in the following form:
//= https://www.rfc-editor.org/rfc/rfc9102#section-3
//= type=test
//# If DNS response messages contain any domain names utilizing name compression [RFC1035], then they MUST be
//# uncompressed prior to inclusion in the chain.
#[test]
fn what_is_no_chain() {
    let (octets, _) = appendix(1, &root());
    let chain = &octets[2..];
    let parts = split(chain);
    assert!(Proof::parse(&[]).is_err() && Proof::from_extension(&octets[..2]).is_err());
    let ends: Vec<usize> = parts
        .iter()
        .scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        })
        .collect();
    for cut in 0..chain.len() {
        assert_eq!(Proof::parse(&chain[..cut]).is_ok(), ends.contains(&cut), "{cut} octets");
    }
    // With the length that RFC 9102 section 2.2 declares.
    let counted = [&octets[..2], &u16::try_from(chain.len()).unwrap().to_be_bytes(), chain].concat();
    assert_eq!(Proof::from_extension(&counted).unwrap().octets(), chain);
    // A pointer as the owner, and inside of a CNAME record.
    let pointer = [&parts[0][..], &[0xC0, 0], &parts[0][parts[0].len() - 45..]].concat();
    assert_eq!(Proof::parse(&pointer).unwrap_err().kind, ParseErrorKind::Compressed);
    let cname = [&b"\x01a\0\0\x05\0\x01\0\0\0\0\0\x02\xC0\0"[..]].concat();
    assert_eq!(Proof::parse(&cname).unwrap_err().kind, ParseErrorKind::Compressed);
    let many = b"\0\0\x01\0\x01\0\0\0\0\0\0".repeat(65_535 / 11);
    assert_eq!(Proof::parse(&many).unwrap().records().len(), 65_535 / 11);
    assert!(Proof::parse(&[many.as_slice(), many.as_slice()].concat()).is_err());
}

/// A row of some manifest: what it is called, its messages, and what is asked of them.
struct Row {
    label: String,
    messages: Vec<Vec<u8>>,
    anchors: Anchors,
    now: u64,
    name: NameBuf,
    rtype: Type,
    policy: Policy,
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for folder in ["denial", "insecure", "alias", "hostile"] {
        rows.extend(scenarios(folder).into_iter().map(|scenario| {
            let mut anchors = Anchors::default();
            scenario.anchors.iter().for_each(|file| anchors.extend(&Anchors::parse(&read(file)).unwrap()));
            Row {
                label: format!("{folder}/{}", scenario.name),
                messages: scenario.files.iter().flat_map(|file| messages(file)).collect(),
                anchors,
                now: scenario.now,
                name: scenario.qname.parse().unwrap(),
                rtype: Type::from_mnemonic(&scenario.rtype).unwrap(),
                policy: Policy::standard(),
            }
        }));
    }
    rows.extend(cases().into_iter().map(|case| Row {
        label: format!("{}/{}", case.set, case.file),
        messages: messages(&format!("delegation/{}/{}", case.set, case.file)),
        anchors: Anchors::parse(&read(&format!("delegation/{}/{}", case.set, case.anchors))).unwrap(),
        now: case.now,
        name: case.name.parse().unwrap(),
        rtype: Type::from_mnemonic(&case.rtype).unwrap(),
        policy: if case.set == "legacy" { Policy::legacy() } else { Policy::standard() },
    }));
    rows
}

impl Row {
    fn with<T>(&self, act: impl FnOnce(Question<'_>, &mut Terms<'_, '_, Ring>) -> T) -> T {
        let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
        let (clock, policy) = (Time(self.now).into(), &self.policy);
        let mut terms = Terms { clock, policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        act(Question::new(self.name.as_name(), self.rtype), &mut terms)
    }

    fn check(&self, chain: &[u8]) -> Said {
        let proof = Proof::parse(chain).unwrap();
        self.with(|question, terms| {
            let checked = proof::check(&proof, question, &self.anchors, terms);
            said(&checked.verdict, checked.unused())
        })
    }
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-11
//= type=test
//# If such an unrelated RR is not DNSSEC signed, it MUST be discarded.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# The order of returned RRs is unspecified, and a TLS client MUST NOT assume any ordering of RRs.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# The returned RRsets MUST contain either the TLSA RRset or the associated denial-of-existence proof of the configured
//# (and requested) SNI name and port.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# In either case, the chain of RRsets MUST be accompanied by the full set of DNS records needed to authenticate the
//# TLSA record set or its denial of existence up the DNS hierarchy to either the root zone or another trust anchor
//# mutually configured by the TLS server and client.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# Any applicable ordinary CNAME records that are not synthesized from DNAME records MUST be included along with their
//# RRSIGs.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# In the case of a denial-of-existence response, the authentication chain MUST include all DNSSEC-signed records,
//# starting with those from the trust anchor zone, that chain together to reach a proof of either:
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# Barring prior knowledge of particular trust anchors that the server shares with its clients, the chain constructed
//# by the server MUST be extended as closely as possible to the root zone.
//= https://www.rfc-editor.org/rfc/rfc9102#section-2.3
//= type=test
//# The returned chain SHOULD also include the DNSKEY RRsets of all relevant trust anchors (typically just the root DNS
//# zone).
//= https://www.rfc-editor.org/rfc/rfc9102#section-3
//= type=test
//# If DNS response messages contain any domain names utilizing name compression [RFC1035], then they MUST be
//# uncompressed prior to inclusion in the chain.
/// Every scenario: what is Secure or Insecure has a proof that says the same, of which every record is needed, in
/// whatever order, beside whatever else. What is not has none.
#[test]
fn every_scenario() {
    let (mut wrong, mut built, mut refused, mut seen) = (Vec::new(), 0, 0, HashSet::new());
    for row in rows() {
        let evidence: Vec<Message<'_>> = row.messages.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
        let (expected, result) = row.with(|question, terms| {
            let verdict = chain::verify(question, &row.anchors, evidence.as_slice(), terms);
            let expected = said(&verdict, std::iter::empty());
            *terms.budget = Budget::new(Limits::default());
            let built = proof::build(question, &row.anchors, evidence.as_slice(), terms);
            (expected, built.map(|built| built.chain).map_err(|error| error.to_string()))
        });
        let differs = match result {
            Ok(chain) => {
                built += 1;
                if !seen.insert((chain.clone(), row.name, row.rtype)) {
                    continue;
                }
                tried(&row, &chain, &expected).err()
            }
            Err(_) if !matches!(expected.verdict, "secure" | "insecure") => {
                refused += 1;
                None
            }
            Err(_) if row.rtype == Type::ANY => None,
            Err(error) => Some(error),
        };
        wrong.extend(differs.map(|differs| format!("{} {} {}: {differs}", row.label, row.name, row.rtype)));
    }
    assert!(built > 700 && refused > 600, "{built} proofs, {refused} refusals");
    assert!(wrong.is_empty(), "{} of {built} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn tried(row: &Row, chain: &[u8], expected: &Said) -> Result<(), String> {
    let said = row.check(chain);
    if said.verdict() != expected.verdict() || !said.unused.is_empty() {
        return Err(format!("{said:?} and not {expected:?}"));
    }
    let again = row.with(|question, terms| {
        let proof = Proof::parse(chain).unwrap();
        proof::build(question, &row.anchors, &proof, terms).map(|built| built.chain).map_err(|error| error.to_string())
    });
    let said = row.check(&again.map_err(|error| format!("from itself: {error}"))?);
    if said.verdict() != expected.verdict() {
        return Err(format!("built from itself {said:?}"));
    }
    let parts = split(chain);
    // Of many records of one RRset one is like the other.
    for (number, part) in parts.iter().enumerate().take(24) {
        let mut fewer = parts.clone();
        fewer.remove(number);
        if !fewer.is_empty() && row.check(&fewer.concat()).verdict() == expected.verdict() {
            let record = Proof::parse(part).unwrap().records().next().unwrap().to_string();
            return Err(format!("the same without {record}"));
        }
    }
    let mut shuffled: Vec<Vec<u8>> = parts.iter().rev().cloned().collect();
    shuffled.rotate_left(parts.len() / 3);
    let said = row.check(&shuffled.concat());
    if said.verdict() != expected.verdict() || !said.unused.is_empty() {
        return Err(format!("in another order {said:?}"));
    }
    let junk = *b"\x04junk\x04test\0\0\x10\0\x01\0\0\0\0\0\x02\x01j";
    shuffled.insert(parts.len() / 2, junk.to_vec());
    let said = row.check(&shuffled.concat());
    if said.verdict() != expected.verdict() || said.unused != ["junk.test. TXT"] {
        return Err(format!("with junk {said:?}"));
    }
    Ok(())
}

/// Questions that every scenario asks with an answer that proves nothing, and that records of the other answers in it
/// decide: another zone's or another name's denial, or the name that a DNAME record leads to.
const DECIDED_BY_OTHERS: [&str; 12] = [
    "compact-nxname-below",
    "compact-nxname-other",
    "nsec-ancestor-delegation",
    "nsec-ancestor-dname",
    "nsec-expanded",
    "nsec-parent-side",
    "nsec3-ancestor-delegation",
    "nsec3-ancestor-dname",
    "nsec3-parent-side",
    "optout-delegation-ds-cleared",
    "small-nodata-below",
    "small-nxdomain-other",
];

/// All records of all messages of a scenario, poured together: whatever its messages are made to say, what comes out
/// as proved is what the zones have, by the word of a scenario of the same question that nobody tampered with.
#[test]
fn poured_together() {
    let (mut truths, mut said_of) = (HashMap::new(), Vec::new());
    for row in rows() {
        let evidence: Vec<Message<'_>> = row.messages.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
        let mut chain: Vec<Vec<u8>> = Vec::new();
        for message in &evidence {
            let sections = [Section::Answer, Section::Authority].into_iter();
            for record in sections.flat_map(|section| message.records(section)) {
                let Ok(owned) = zonefile::parse(&record.to_string(), None) else { continue };
                let octets = owned.iter().flat_map(encode).collect();
                if !chain.contains(&octets) {
                    chain.push(octets);
                }
            }
        }
        let chain = chain.concat();
        let said = row.with(|question, terms| {
            said(&chain::verify(question, &row.anchors, evidence.as_slice(), terms), std::iter::empty())
        });
        let question = (row.label.contains('.'), row.name, row.rtype);
        let truth: &mut Vec<Said> = truths.entry(question).or_default();
        truth.push(said);
        if !chain.is_empty() && chain.len() <= 65_535 {
            said_of.push((row.label.clone(), question, row.check(&chain)));
        }
    }
    let (mut wrong, mut counts, mut decided) = (Vec::new(), [0, 0], 0);
    for (label, question, said) in said_of {
        counts[usize::from(said.verdict == "secure")] += 1;
        let proved = matches!(said.verdict, "secure" | "insecure");
        if label.strip_prefix("denial/").is_some_and(|name| DECIDED_BY_OTHERS.contains(&name)) {
            assert!(said.verdict == "secure" && said.answer.is_empty(), "{label}: {said:?}");
            decided += 1;
        } else if proved && !truths[&question].iter().any(|truth| truth.verdict() == said.verdict()) {
            wrong.push(format!("{label} {} {}: {:?}", question.1, question.2, said.verdict()));
        }
    }
    assert!(counts.iter().all(|count| *count > 400), "{counts:?}");
    assert_eq!(decided, DECIDED_BY_OTHERS.len());
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
