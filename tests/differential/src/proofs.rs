//! Proofs made by one crate and checked by the other.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{Content, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Fast, Graviola, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use dnssec_prover::query::{ProofBuilder, QueryBuf};
use dnssec_prover::rr::{Name, RR, Record};
use dnssec_prover::ser::parse_rr_stream;
use dnssec_prover::validation::{VerifiedRRStream, verify_rr_stream};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn vector(path: &str) -> String {
    fs::read_to_string(format!("{HERE}/../../vectors/{path}")).unwrap()
}

fn messages(path: &str) -> Vec<Vec<u8>> {
    let text = vector(path);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| (0..line.len() / 2).map(|at| u8::from_str_radix(&line[at * 2..at * 2 + 2], 16).unwrap()).collect())
        .collect()
}

/// What this crate proves, sorted: the RDATA, or what there is not.
fn ours<B: Backend>(
    chain: &[u8],
    name: &str,
    rtype: u16,
    anchors: &Anchors,
    now: u64,
    backend: &B,
) -> Result<Vec<Vec<u8>>, String> {
    let proof = Proof::parse(chain).map_err(|error| error.to_string())?;
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(now).into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let name: NameBuf = name.parse().unwrap();
    let checked = proof::check(&proof, Question::new(name.as_name(), Type(rtype)), anchors, &mut terms);
    let secure = checked
        .verdict
        .secure()
        .ok_or_else(|| format!("{} {:?}", checked.verdict.as_str(), checked.verdict.reason()))?;
    let Content::Records(records) = secure.content() else { return Err("nothing there".to_owned()) };
    let mut rdata: Vec<Vec<u8>> = records.records().map(|record| record.rdata.octets().to_vec()).collect();
    rdata.sort();
    Ok(rdata)
}

fn rdata(record: &RR) -> Vec<u8> {
    // Behind the owner, the type, the class and the TTL is the length of the RDATA.
    let mut octets = Vec::new();
    dnssec_prover::ser::write_rr(record, 0, &mut octets);
    octets
        .split_off(record.name().as_str().trim_end_matches('.').len() + usize::from(record.name().as_str() != ".") + 11)
}

/// What the other crate proves of a name and type.
pub fn theirs(stream: &VerifiedRRStream<'_>, name: &Name, rtype: u16) -> Vec<Vec<u8>> {
    let found = stream.resolve_name(name).into_iter().filter(|record| record.ty() == rtype);
    let mut rdata: Vec<Vec<u8>> = found.map(rdata).collect();
    rdata.sort();
    rdata
}

/// Their own proofs: whatever they verify in one, this crate proves too, at the time that they say.
fn their_tests() -> [usize; 2] {
    let (anchors, mut counts) = (Anchors::parse(dnsproof::anchor::IANA).unwrap(), [0, 0]);
    for file in proofs() {
        let octets = fs::read(&file).unwrap();
        let Ok(records) = parse_rr_stream(&octets) else { continue };
        let Ok(verified) = verify_rr_stream(&records) else { continue };
        counts[0] += 1;
        for record in &verified.verified_rrs {
            let found = theirs(&verified, record.name(), record.ty());
            if found.is_empty() {
                continue;
            }
            let now = verified.valid_from.midpoint(verified.expires);
            let proved = ours(&octets, record.name().as_str(), record.ty(), &anchors, now, &Ring);
            assert_eq!(proved.as_ref(), Ok(&found), "{}: {} {}", file.display(), record.name().as_str(), record.ty());
            counts[1] += 1;
        }
    }
    counts
}

fn proofs() -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(format!("{HERE}/prover/proofs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The proof that the other crate builds of these messages.
fn their_proof(name: &str, rtype: u16, messages: &[Vec<u8>]) -> Option<Vec<u8>> {
    let name: Name = name.try_into().ok()?;
    let (mut builder, first) = ProofBuilder::new(&name, rtype);
    let mut queries = vec![first];
    while let Some(query) = queries.pop() {
        let query = query.into_vec();
        let asked = Message::parse(&query).ok()?.question()?;
        let is_answer =
            |octets: &&Vec<u8>| Message::parse(octets).is_ok_and(|message| message.question() == Some(asked));
        let mut answer = messages.iter().find(is_answer)?.clone();
        // It looks for what a resolver that validates has set.
        answer[3] |= 0xA0;
        let mut buffer = QueryBuf::new_zeroed(0);
        buffer.extend_from_slice(&answer);
        queries.extend(builder.process_response(&buffer).ok()?);
    }
    builder.finish_proof().ok().map(|(proof, _)| proof)
}

#[derive(Default, Debug)]
struct Tally {
    built_by_both: usize,
    /// Theirs, checked here.
    theirs_here: usize,
    /// Ours, checked there.
    ours_there: usize,
    octets: [usize; 2],
    larger: Vec<String>,
    differ: Vec<String>,
}

fn same_evidence(
    tally: &mut Tally,
    label: &str,
    name: &str,
    rtype: u16,
    anchors: &Anchors,
    now: u64,
    messages: &[Vec<u8>],
) {
    let parsed: Vec<Message<'_>> = messages.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(now).into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
    let owned: NameBuf = name.parse().unwrap();
    let Ok(built) = proof::build(Question::new(owned.as_name(), Type(rtype)), anchors, parsed.as_slice(), &mut terms)
    else {
        return;
    };
    let Ok(answer) = ours(&built.chain, name, rtype, anchors, now, &Ring) else { return };
    let Some(their) = their_proof(name, rtype, messages) else { return };
    let text: Name = name.try_into().unwrap();
    let proved = |chain: &[u8]| -> Option<Vec<Vec<u8>>> {
        let records = parse_rr_stream(chain).ok()?;
        let verified = verify_rr_stream(&records).ok()?;
        (verified.valid_from <= now && now <= verified.expires).then(|| theirs(&verified, &text, rtype))
    };
    // What they cannot check themselves says nothing.
    if proved(&their).as_ref() != Some(&answer) {
        return;
    }
    tally.built_by_both += 1;
    tally.octets[0] += built.chain.len();
    tally.octets[1] += their.len();
    if built.chain.len() > their.len() {
        tally.larger.push(format!("{label} {name} {rtype}: {} and {}", built.chain.len(), their.len()));
    }
    match ours(&their, name, rtype, anchors, now, &Ring) {
        Ok(same) if same == answer => tally.theirs_here += 1,
        other => tally.differ.push(format!("{label} {name} {rtype}: theirs here {other:?}")),
    }
    match proved(&built.chain) {
        Some(same) if same == answer => tally.ours_there += 1,
        other => tally.differ.push(format!("{label} {name} {rtype}: ours there {other:?}")),
    }
}

/// Every Secure scenario with records.
fn scenarios() -> Tally {
    let mut tally = Tally::default();
    let now = 1_795_435_200;
    for folder in ["denial", "insecure", "alias", "hostile"] {
        for line in vector(&format!("{folder}/cases.tsv")).lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            // The other crate goes up to the root, whatever the anchor.
            if !columns[2].ends_with("/root.ds")
                || columns[6] != "secure"
                || columns[8] != "positive"
                || columns[4].contains('\\')
            {
                continue;
            }
            let octets: Vec<Vec<u8>> =
                columns[1].split(' ').flat_map(|file| messages(&format!("{folder}/{file}"))).collect();
            let mut anchors = Anchors::default();
            columns[2]
                .split(' ')
                .for_each(|file| anchors.extend(&Anchors::parse(&vector(&format!("{folder}/{file}"))).unwrap()));
            let rtype = Type::from_mnemonic(columns[5]).unwrap().0;
            same_evidence(&mut tally, columns[0], columns[4], rtype, &anchors, now, &octets);
        }
    }
    for set in ["p256", "rsa2048"] {
        let octets = messages(&format!("delegation/{set}/good.hex"));
        let anchors = Anchors::parse(&vector(&format!("delegation/{set}/root.ds"))).unwrap();
        for octets_of in &octets {
            let message = Message::parse(octets_of).unwrap();
            let question = message.question().unwrap();
            same_evidence(&mut tally, set, &question.name.to_string(), question.rtype.0, &anchors, now, &octets);
        }
    }
    tally
}

fn median(mut run: impl FnMut() -> bool) -> Duration {
    let mut samples: Vec<Duration> = (0..15)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..5 {
                assert!(black_box(run()));
            }
            start.elapsed() / 5
        })
        .collect();
    samples.sort();
    samples[samples.len() / 2]
}

/// One proof of their tests, by turns: three zones and a TXT record.
fn times(file: &Path) {
    let octets = fs::read(file).unwrap();
    let records = parse_rr_stream(&octets).unwrap();
    let Ok(verified) = verify_rr_stream(&records) else { return };
    let anchors = Anchors::parse(dnsproof::anchor::IANA).unwrap();
    let now = verified.valid_from.midpoint(verified.expires);
    let Some(record) = verified
        .verified_rrs
        .iter()
        .find(|record| record.ty() == 16 && !theirs(&verified, record.name(), 16).is_empty())
    else {
        return;
    };
    let (name, rtype) = (record.name().as_str().to_owned(), record.ty());
    let their = median(|| {
        let records = parse_rr_stream(black_box(&octets)).unwrap();
        verify_rr_stream(&records)
            .is_ok_and(|verified| !verified.resolve_name(&name.as_str().try_into().unwrap()).is_empty())
    });
    let label = file.file_stem().unwrap().to_string_lossy().into_owned();
    let graviola = Graviola::new().expect("a processor that it supports");
    let mut line = format!("{label} ({} octets): dnssec-prover {their:?}", octets.len());
    for (backend, time) in [
        ("ring", median(|| ours(black_box(&octets), &name, rtype, &anchors, now, &Ring).is_ok())),
        ("fast", median(|| ours(black_box(&octets), &name, rtype, &anchors, now, &Fast).is_ok())),
        ("graviola", median(|| ours(black_box(&octets), &name, rtype, &anchors, now, &graviola).is_ok())),
    ] {
        line +=
            &format!(", dnsproof {backend} {time:?} ({:.1} times as fast)", their.as_secs_f64() / time.as_secs_f64());
    }
    println!("{line}");
}

pub fn run() {
    let [proofs_of_tests, answers] = their_tests();
    println!("{proofs_of_tests} proofs of its own tests, {answers} answers in them: all proved here");
    assert!(proofs_of_tests >= 5 && answers >= 5);
    let tally = scenarios();
    println!("{tally:#?}");
    assert!(tally.built_by_both > 30 && tally.larger.is_empty() && tally.differ.is_empty());
    let ordinary = |file: &&PathBuf| file.to_string_lossy().contains("check_single_txt_proof");
    proofs().iter().filter(ordinary).for_each(|file| times(file));
}
