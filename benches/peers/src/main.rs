//! The same evidence, proved by several crates in turn: `./prepare && cargo run --release`.
//!
//! From the root's DS to `www.example.com. A`: six signatures, three digests of keys, over six messages that are read
//! from their octets each time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Fast, Graviola, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question, Section};

const SAMPLES: usize = 21;
const ZONES: [&str; 3] = [".", "com.", "example.com."];
const TARGET: &str = "www.example.com.";

fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../vectors/delegation/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Keys and DS records of the zones from the root down, and the address at the end.
fn evidence(set: &str) -> Vec<Vec<u8>> {
    let all: Vec<Vec<u8>> = file(&format!("{set}/good.hex"))
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| (0..line.len() / 2).map(|at| u8::from_str_radix(&line[at * 2..at * 2 + 2], 16).unwrap()).collect())
        .collect();
    let asked = [". DNSKEY", "com. DS", "com. DNSKEY", "example.com. DS", "example.com. DNSKEY", "www.example.com. A"];
    let find = |asked: &&str| {
        all.iter()
            .find(|octets| Message::parse(octets).unwrap().question().unwrap().to_string() == **asked)
            .unwrap()
            .clone()
    };
    asked.iter().map(find).collect()
}

fn dnsproof<B: Backend>(backend: &B, anchors: &Anchors, octets: &[Vec<u8>]) -> bool {
    let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let mut budget = Budget::new(Limits::default());
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let clock = Time(1_795_435_200).into();
    let mut terms = Terms { clock, policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let name: NameBuf = TARGET.parse().unwrap();
    let verdict = chain::verify(Question::new(name.as_name(), Type::A), anchors, evidence.as_slice(), &mut terms);
    matches!(verdict, Verdict::Secure(_))
}

mod hickory {
    use super::{TARGET, ZONES};
    use hickory_proto::dnssec::Verifier;
    use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, RRSIG};
    use hickory_proto::op::Message;
    use hickory_proto::rr::{DNSClass, Name, RData, Record};

    fn dnssec(record: &Record) -> Option<&DNSSECRData> {
        match &record.data {
            RData::DNSSEC(data) => Some(data),
            _ => None,
        }
    }

    fn keys(message: &Message) -> impl Iterator<Item = &DNSKEY> + Clone {
        message.answers.iter().filter_map(dnssec).filter_map(|data| match data {
            DNSSECRData::DNSKEY(key) => Some(key),
            _ => None,
        })
    }

    fn ds(message: &Message) -> impl Iterator<Item = &DS> {
        message.answers.iter().filter_map(dnssec).filter_map(|data| match data {
            DNSSECRData::DS(ds) => Some(ds),
            _ => None,
        })
    }

    /// Whether one of the keys signs the answer.
    fn signed<'k>(message: &Message, name: &Name, keys: impl Iterator<Item = &'k DNSKEY> + Clone) -> bool {
        let is_signature = |record: &&Record| matches!(dnssec(record), Some(DNSSECRData::RRSIG(_)));
        let signatures = message.answers.iter().filter_map(dnssec).filter_map(|data| match data {
            DNSSECRData::RRSIG(signature) => Some(signature),
            _ => None,
        });
        let records = || message.answers.iter().filter(|record| !is_signature(record));
        let by = |signature: &RRSIG, key: &DNSKEY| {
            key.calculate_key_tag().is_ok_and(|tag| tag == signature.input().key_tag)
                && key.verify_rrsig(name, DNSClass::IN, signature, records()).is_ok()
        };
        signatures.into_iter().any(|signature| keys.clone().any(|key| by(signature, key)))
    }

    pub fn verify(octets: &[Vec<u8>], root: &DS) -> bool {
        let Ok(messages) = octets.iter().map(|octets| Message::from_vec(octets)).collect::<Result<Vec<_>, _>>() else {
            return false;
        };
        let name = |text: &str| Name::from_ascii(text).unwrap();
        let mut vouchers = vec![root];
        for (number, zone) in ZONES.iter().enumerate() {
            let zone = name(zone);
            let own = &messages[number * 2];
            let vouched = keys(own).filter(|key| {
                vouchers.iter().any(|ds| {
                    key.calculate_key_tag().is_ok_and(|tag| tag == ds.key_tag())
                        && ds.covers(&zone, key).unwrap_or(false)
                })
            });
            let vouched: Vec<&DNSKEY> = vouched.collect();
            if !signed(own, &zone, vouched.into_iter()) {
                return false;
            }
            let next = &messages[number * 2 + 1];
            let below = name(ZONES.get(number + 1).unwrap_or(&TARGET));
            if !signed(next, &below, keys(own)) {
                return false;
            }
            vouchers = ds(next).collect();
        }
        true
    }

    pub fn root(octets: &[u8], digest: &[u8], tag: u16, algorithm: u8) -> DS {
        let _ = octets;
        DS::new(
            tag,
            hickory_proto::dnssec::Algorithm::from_u8(algorithm),
            hickory_proto::dnssec::DigestType::SHA256,
            digest.to_vec(),
        )
    }
}

mod nlnet {
    use super::ZONES;
    use domain::base::iana::{Class, DigestAlgorithm, Rtype};
    use domain::base::name::ParsedName;
    use domain::base::{Message, Name, Record};
    use domain::dnssec::validator::base::{DnskeyExt, RrsigExt};
    use domain::rdata::{AllRecordData, Dnskey, Ds, Rrsig};

    type Data<'a> = AllRecordData<&'a [u8], ParsedName<&'a [u8]>>;

    fn answers<'a>(message: &Message<&'a [u8]>) -> Option<Vec<Record<ParsedName<&'a [u8]>, Data<'a>>>> {
        message.answer().ok()?.limit_to::<Data<'a>>().collect::<Result<_, _>>().ok()
    }

    fn of<'r, 'a, T>(
        records: &'r [Record<ParsedName<&'a [u8]>, Data<'a>>],
        pick: impl Fn(&'r Data<'a>) -> Option<&'r T>,
    ) -> Vec<&'r T> {
        records.iter().filter_map(|record| pick(record.data())).collect()
    }

    fn signed<'a>(records: &[Record<ParsedName<&'a [u8]>, Data<'a>>], keys: &[&Dnskey<&'a [u8]>]) -> bool {
        let signatures: Vec<&Rrsig<_, _>> = of(records, |data| match data {
            AllRecordData::Rrsig(signature) => Some(signature),
            _ => None,
        });
        let mut set: Vec<_> = records.iter().filter(|record| record.rtype() != Rtype::RRSIG).collect();
        signatures.iter().any(|signature| {
            keys.iter().filter(|key| key.key_tag() == signature.key_tag()).any(|key| {
                let mut octets = Vec::new();
                signature.signed_data(&mut octets, &mut set).is_ok()
                    && signature.verify_signed_data(key, &octets).is_ok()
            })
        })
    }

    pub fn verify(octets: &[Vec<u8>], root: &Ds<Vec<u8>>) -> bool {
        let mut sections = Vec::new();
        for octets in octets {
            let Some(records) = Message::from_octets(octets.as_slice()).ok().and_then(|message| answers(&message))
            else {
                return false;
            };
            sections.push(records);
        }
        let mut vouchers: Vec<(u16, Vec<u8>)> = vec![(root.key_tag(), root.digest().clone())];
        for (number, zone) in ZONES.iter().enumerate() {
            let zone: Name<Vec<u8>> = zone.parse().unwrap();
            let own = &sections[number * 2];
            let keys: Vec<&Dnskey<&[u8]>> = of(own, |data| match data {
                AllRecordData::Dnskey(key) => Some(key),
                _ => None,
            });
            let vouched: Vec<&Dnskey<&[u8]>> = keys
                .iter()
                .filter(|key| {
                    vouchers.iter().any(|(tag, digest)| {
                        *tag == key.key_tag()
                            && key.digest(&zone, DigestAlgorithm::SHA256).is_ok_and(|own| own.as_ref() == digest)
                    })
                })
                .copied()
                .collect();
            if !signed(own, &vouched) || !signed(&sections[number * 2 + 1], &keys) {
                return false;
            }
            vouchers = of(&sections[number * 2 + 1], |data| match data {
                AllRecordData::Ds(ds) => Some(ds),
                _ => None,
            })
            .into_iter()
            .map(|ds: &Ds<&[u8]>| (ds.key_tag(), ds.digest().to_vec()))
            .collect();
        }
        let _ = Class::IN;
        true
    }
}

/// All records one after the other, uncompressed, as RFC 9102 has them.
fn stream(octets: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for octets in octets {
        for record in Message::parse(octets).unwrap().records(Section::Answer) {
            out.extend(record.owner.to_buf().as_wire());
            out.extend(record.rtype.0.to_be_bytes());
            out.extend(record.class.0.to_be_bytes());
            out.extend(record.ttl.to_be_bytes());
            out.extend(u16::try_from(record.rdata.octets().len()).unwrap().to_be_bytes());
            out.extend(record.rdata.octets());
        }
    }
    out
}

fn prover(stream: &[u8]) -> bool {
    let Ok(records) = dnssec_prover::ser::parse_rr_stream(stream) else { return false };
    let Ok(verified) = dnssec_prover::validation::verify_rr_stream(&records) else { return false };
    let name = TARGET.try_into().unwrap();
    !verified.resolve_name(&name).is_empty()
}

fn times(rows: &mut [(&str, Box<dyn FnMut() -> bool + '_>)]) {
    let runs: Vec<u32> = rows
        .iter_mut()
        .map(|(_, row)| {
            let start = Instant::now();
            let mut runs = 0;
            while start.elapsed() < Duration::from_millis(20) {
                assert!(black_box(row()));
                runs += 1;
            }
            runs
        })
        .collect();
    let mut samples = vec![Vec::new(); rows.len()];
    for _ in 0..SAMPLES {
        for (((_, row), runs), samples) in rows.iter_mut().zip(&runs).zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..*runs {
                assert!(black_box(row()));
            }
            samples.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(*runs));
        }
    }
    let mut first = None;
    for ((what, _), samples) in rows.iter().zip(&mut samples) {
        samples.sort_by(f64::total_cmp);
        let median = samples[SAMPLES / 2];
        let times = median / *first.get_or_insert(median);
        println!("{what:32} {median:>10.1} us, least {:>10.1}, {times:>6.2} times", samples[0]);
    }
}

fn main() {
    for set in ["p256", "rsa2048"] {
        let good = evidence(set);
        let text = file(&format!("{set}/root.ds"));
        let anchors = Anchors::parse(&text).unwrap();
        let record = dnsproof::zonefile::parse(&text, None).unwrap().remove(0);
        let (tag, algorithm) = (u16::from_be_bytes([record.rdata[0], record.rdata[1]]), record.rdata[2]);
        let digest = &record.rdata[4..];
        let hickory_root = hickory::root(&record.rdata, digest, tag, algorithm);
        let nlnet_root = domain::rdata::Ds::new(
            tag,
            domain::base::iana::SecurityAlgorithm::from_int(algorithm),
            domain::base::iana::DigestAlgorithm::SHA256,
            digest.to_vec(),
        )
        .unwrap();
        let proof = stream(&good);
        // One octet of each signature or address in turn: nobody may take it.
        for number in 0..good.len() {
            let mut bad = good.clone();
            let end = Message::parse(&bad[number]).unwrap().records(Section::Answer).last().unwrap();
            let octets = end.rdata.octets();
            let at = octets.as_ptr() as usize - bad[number].as_ptr() as usize + octets.len() - 1;
            bad[number][at] ^= 1;
            assert!(!dnsproof(&Ring, &anchors, &bad) && !dnsproof(&Fast, &anchors, &bad), "{number}");
            assert!(!hickory::verify(&bad, &hickory_root), "{number}");
            assert!(!nlnet::verify(&bad, &nlnet_root), "{number}");
            assert!(!prover(&stream(&bad)), "{number}");
        }
        println!("\ncold chain, six messages to {TARGET} A, {set}");
        let graviola = Graviola::new();
        let mut rows: Vec<(&str, Box<dyn FnMut() -> bool + '_>)> = vec![
            ("dnsproof, ring", Box::new(|| dnsproof(&Ring, &anchors, &good))),
            ("dnsproof, fast", Box::new(|| dnsproof(&Fast, &anchors, &good))),
            ("hickory-proto 0.26.3, by hand", Box::new(|| hickory::verify(&good, &hickory_root))),
            ("domain 0.12.3, by hand", Box::new(|| nlnet::verify(&good, &nlnet_root))),
            ("dnssec-prover 0.6.10", Box::new(|| prover(&proof))),
        ];
        if let Some(graviola) = &graviola {
            rows.push(("dnsproof, graviola", Box::new(|| dnsproof(graviola, &anchors, &good))));
        }
        times(&mut rows);
    }
}
