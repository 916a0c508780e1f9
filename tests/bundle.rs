//! Bundles: the evidence of one delegation in one file.

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::messages;
use dnsproof::name::NameBuf;
use dnsproof::proof::{Bundle, BundleError};
use dnsproof::time::Time;

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

fn whole() -> Bundle {
    let mut bundle = Bundle::new(name("example.com"), "xmpp-server", name("example.net"), Time(1_795_435_200));
    bundle.endpoint = Some((name("example.net"), Some(5269)));
    bundle.messages = messages("delegation/p256/good.hex");
    bundle.messages.truncate(3);
    bundle.document = Some(b"a document".to_vec());
    bundle
}

#[test]
fn what_is_written_reads_back() {
    let bundle = whole();
    assert_eq!(Bundle::read(&bundle.write().unwrap()).unwrap(), bundle);
    let bare = Bundle { endpoint: None, document: None, ..bundle.clone() };
    assert_eq!(Bundle::read(&bare.write().unwrap()).unwrap(), bare);
    let without_port = Bundle { endpoint: Some((name("example.net"), None)), ..bundle };
    assert_eq!(Bundle::read(&without_port.write().unwrap()).unwrap(), without_port);
}

#[test]
fn what_is_no_bundle() {
    let bundle = whole();
    let octets = bundle.write().unwrap();
    assert_eq!(Bundle::read(b"{}"), Err(BundleError::NoBundle));
    let mut other = octets.clone();
    other[8] = 2;
    assert_eq!(Bundle::read(&other), Err(BundleError::Version(2)));
    // Cut anywhere but behind the last message it is no bundle; whatever octet changes, reading ends and does not panic.
    let behind_messages = octets.len() - (5 + 10);
    let before_last = behind_messages - (5 + bundle.messages[2].len());
    let before_second = before_last - (5 + bundle.messages[1].len());
    for end in 0..octets.len() {
        let is_whole = [before_second, before_last, behind_messages].contains(&end);
        assert_eq!(Bundle::read(&octets[..end]).is_ok(), is_whole, "{end}");
    }
    for at in 0..octets.len() {
        let mut other = octets.clone();
        other[at] ^= 0xFF;
        if let Ok(read) = Bundle::read(&other) {
            assert_ne!(read, bundle, "octet {at}");
        }
    }
    let entry = |tag: u8, value: &[u8]| [&[tag, 0, 0, 0, u8::try_from(value.len()).unwrap()], value].concat();
    for (more, error) in [
        (entry(8, b""), BundleError::Entry(8)),
        (entry(7, b"again"), BundleError::Entry(7)),
        (entry(6, &bundle.messages[0][..20]), BundleError::Entry(6)),
        (vec![7, 0], BundleError::Truncated),
    ] {
        assert_eq!(Bundle::read(&[octets.as_slice(), &more].concat()), Err(error));
    }
    let message = bundle.messages[0].clone();
    for (other, error) in [
        (Bundle { messages: Vec::new(), ..bundle.clone() }, BundleError::Missing(6)),
        (Bundle { messages: vec![message; 65], ..bundle.clone() }, BundleError::TooMany),
        (Bundle { messages: vec![b"no message".to_vec()], ..bundle.clone() }, BundleError::Entry(6)),
        (Bundle { service: "\u{e4}".to_string(), ..bundle.clone() }, BundleError::Entry(2)),
        (Bundle { document: Some(vec![0; 65_537]), ..bundle.clone() }, BundleError::Entry(7)),
    ] {
        assert_eq!(other.write(), Err(error));
    }
}

/// The exit code of the program, and what it printed.
fn check(words: &str) -> (Option<i32>, String) {
    let words = format!("check example.com --now 2026-11-23T12:00:00Z {words}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dnsproof"));
    let output = command.args(words.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

fn scratch(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{file}", std::process::id()))
}

/// What was proved once is proved again, by the anchors, CAs and time of whoever asks, and by nothing in the file.
#[test]
fn a_check_is_made_again() {
    const DNS: &str = "--anchors vectors/delegation/p256/root.ds";
    const PROOF: &str = "--anchors vectors/dna/p256/root.ds --ca vectors/dna/ca/root.pem";
    let file = scratch("checked.bundle");
    let path = file.display().to_string();
    for (given, by, prooftype) in [
        (format!("{DNS} --answers vectors/delegation/p256/good.hex"), DNS, "SUCCESS"),
        (
            format!("{PROOF} --answers vectors/dna/p256/insecure.hex --proof vectors/dna/p256/certs/good.pem"),
            PROOF,
            "by dnssec-ta",
        ),
    ] {
        let (code, first) = check(&format!("--provider example.net {given} --write-bundle {path}"));
        assert_eq!(code, Some(0), "{first}");
        let octets = std::fs::read(&file).unwrap();
        let bundle = Bundle::read(&octets).unwrap();
        assert!((4..=10).contains(&bundle.messages.len()), "{}", bundle.messages.len());
        assert_eq!(bundle.document.is_some(), prooftype == "by dnssec-ta");
        let (code, again) = check(&format!("--provider example.net {by} --bundle {path}"));
        assert_eq!((code, &again), (Some(0), &first));
        assert!(again.contains(prooftype));
        // Later than the signatures, under other anchors, for another provider.
        let (code, text) = check(&format!("--provider example.net {by} --bundle {path} --now 2036-01-01T00:00:00Z"));
        assert_eq!(code, Some(2), "--now twice: {text}");
        let (code, text) = check(&format!("--provider example.net --bundle {path} --ca vectors/dna/ca/root.pem"));
        assert!(code != Some(0) && text.contains("FAIL"), "{text}");
        let (code, text) = check(&format!("--provider evil.example {by} --bundle {path}"));
        assert!(code == Some(2) && text.contains("it is about example.com."), "{text}");
        // What was proved of one endpoint is proved of that one, and the caller's word goes first.
        for (endpoint, code) in
            [(("example.net", Some(5269)), 0), (("example.net", Some(1)), 1), (("a.example", None), 1)]
        {
            let of = Bundle { endpoint: Some((name(endpoint.0), endpoint.1)), ..bundle.clone() };
            std::fs::write(&file, of.write().unwrap()).unwrap();
            let (said, text) = check(&format!("--provider example.net {by} --bundle {path}"));
            assert_eq!(said, Some(code), "{text}");
            let (said, text) =
                check(&format!("--provider example.net {by} --bundle {path} --endpoint example.net:5269"));
            assert_eq!(said, Some(0), "{text}");
        }
        // Someone puts another target into it.
        let mut forged = bundle.clone();
        for message in &mut forged.messages {
            let target = b"\x07example\x03net\0";
            if let Some(at) = message.windows(target.len()).rposition(|part| part == target) {
                message[at + 1] = b'E' + 1;
            }
        }
        assert_ne!(forged, bundle);
        std::fs::write(&file, forged.write().unwrap()).unwrap();
        let (code, text) = check(&format!("--provider example.net {by} --bundle {path}"));
        assert!(code == Some(1) && text.contains("FAIL"), "{text}");
    }
    // Nothing is written where nothing is confirmed.
    std::fs::remove_file(&file).unwrap();
    let (code, text) = check(&format!(
        "--provider evil.example {DNS} --answers vectors/delegation/p256/good.hex --write-bundle {path}"
    ));
    assert!(code == Some(1) && !file.exists(), "{text}");
    let (code, text) = check(&format!("--provider example.net {DNS} --bundle vectors/delegation/p256/good.hex"));
    assert!(code == Some(2) && text.contains("does not begin with DNSPROOF"), "{text}");
}
