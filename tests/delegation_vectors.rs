//! Every row of `vectors/delegation/cases.tsv`.
mod common;

use common::{cases, hex, messages, parse, read};
use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::delegation::{self, Request};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Question;

fn run<B: Backend>(backend: &B) {
    let (mut bad, mut count, mut skipped) = (0, 0, 0);
    for case in cases() {
        if !case.anchors.ends_with(".ds") || case.set == "ed448" {
            skipped += 1;
            continue;
        }
        let octets = messages(&format!("delegation/{}/{}", case.set, case.file));
        let evidence = parse(&octets);
        let text = read(&format!("delegation/{}/{}", case.set, case.anchors));
        let stored: Vec<(NameBuf, Vec<u8>)> = text
            .lines()
            .map(|l| l.split(';').next().unwrap().trim())
            .filter(|l| !l.is_empty())
            .map(|l| {
                let w: Vec<&str> = l.split_whitespace().collect();
                let at = w.iter().position(|w| *w == "DS").unwrap();
                let mut r = w[at + 1].parse::<u16>().unwrap().to_be_bytes().to_vec();
                r.push(w[at + 2].parse().unwrap());
                r.push(w[at + 3].parse().unwrap());
                r.extend(hex(&w[at + 4..].concat()));
                (w[0].parse().unwrap(), r)
            })
            .collect();
        let anchors: Vec<Anchor> = stored.iter().map(|(n, r)| Anchor::from_ds(n.as_name(), r).unwrap()).collect();
        let name: NameBuf = case.name.parse().unwrap();
        let policy = if case.set == "legacy" { Policy::legacy() } else { Policy::standard() };
        let verdict = chain::verify(
            Question::new(name.as_name(), Type::from_mnemonic(&case.rtype).unwrap()),
            anchors.as_slice(),
            evidence.as_slice(),
            &mut Terms {
                now: Time(case.now),
                policy: &policy,
                backend,
                budget: &mut Budget::new(Limits::default()),
                scratch: &mut Scratch::new(),
            },
        );
        count += 1;
        let mut wrong = verdict.as_str() != case.verdict;
        let mut got = String::new();
        if let (Some(provider), Some(check)) = (&case.provider, case.check) {
            let provider: NameBuf = provider.parse().unwrap();
            let source = name.as_name().parent().unwrap().parent().unwrap();
            let outcome = delegation::check(&verdict, &Request::new(source, provider.as_name()));
            wrong |= outcome.is_success() != check;
            got = format!("{outcome:?}");
        }
        if wrong {
            bad += 1;
            println!(
                "{}/{} {} {} now {}: expected {} {:?}, got {} {:?} {got} ({})",
                case.set,
                case.file,
                case.name,
                case.rtype,
                case.now,
                case.verdict,
                case.check,
                verdict.as_str(),
                verdict.reason().map(|r| format!("{} {r}", r.code())),
                case.why
            );
        }
    }
    println!("{count} rows, {skipped} skipped");
    assert_eq!(bad, 0);
}

#[test]
fn ring() {
    run(&Ring);
}
