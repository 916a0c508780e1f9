//! What users type in the place of what is expected, and what they are told.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{fs, thread};

const GOOD: &str = "--answers vectors/delegation/p256/good.hex --anchors vectors/delegation/p256/root.ds";

/// What a command says: its exit code, and both outputs.
fn dnsproof(words: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dnsproof"));
    command.args(words.split_whitespace()).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn what_is_no_name_is_not_judged_as_one() {
    for (word, instead) in [
        ("https://example.com/", "a URL"),
        ("xmpp://example.com", "a URL"),
        ("user@example.com", "the address of someone there"),
        (r"a\\@example.com", "the address of someone there"),
        ("127.0.0.1", "an address"),
        ("192.0.2.1.", "an address"),
        ("2001:db8::1", "an address"),
        ("[2001:db8::1]", "an address"),
    ] {
        for command in [
            format!("validate {word} A {GOOD}"),
            format!("validate example.com A {GOOD} --negative {word}"),
            format!("proof build {word} A {GOOD} --out /dev/null"),
            format!("anchor update state --zone {word} {GOOD}"),
        ] {
            let (code, out, err) = dnsproof(&command);
            assert_eq!((code, out.as_str()), (2, ""), "{command}");
            let expected = format!("expected a name such as www.example.com, and not {instead}");
            assert!(err.contains(&expected), "{command}: {err}");
        }
    }
    // With an escape it is meant; and a slash and a colon may be in names (RFC 2317).
    for word in [r"user\@example.com", "0/25.2.0.192.in-addr.arpa", "a:b.example.com", "1.0.0.127.in-addr.arpa"] {
        let (code, out, _) = dnsproof(&format!("validate {word} A {GOOD} --now 2026-11-23T12:00:00Z"));
        assert!(code != 2 && !out.is_empty(), "{word}: {code}");
    }
}

/// RFC 4034 section 3.1.5: signatures have 32 bits. A later time would be another one to them.
#[test]
fn times_are_seconds() {
    let ask = |now: &str| dnsproof(&format!("validate _xmpp-server._tcp.example.com SRV {GOOD} --now {now}"));
    for now in ["1795435200", "2026-11-23T12:00:00Z", "20261123120000"] {
        let (code, out, err) = ask(now);
        assert_eq!((code, err.as_str()), (0, ""), "{now}: {out}");
    }
    // In milliseconds; the same 32 bits 136 years later; a year behind them.
    for now in ["1795435200000", "6090402496", "2163-01-01T00:00:00Z", "20261123120000..6090402496"] {
        let (code, out, err) = ask(now);
        assert_eq!((code, out.as_str()), (2, ""), "{now}");
        assert!(err.contains("there is nothing to judge after the year 2105; the time is in seconds"), "{now}: {err}");
    }
    for now in ["20261332120000", "2026112312000", "yesterday"] {
        assert_eq!(ask(now).0, 2, "{now}");
    }
}

/// A signature that begins or ends between two times is outside at that end.
#[test]
fn a_zone_between_two_times() {
    let verify = |now: &str| {
        let (code, out, _) = dnsproof(&format!(
            "zone verify vectors/zones/bind-nsec3-13.zone --anchors vectors/zones/bind-nsec3-13.ds --now {now}"
        ));
        (code, out.contains("the signature is not valid yet"), out.contains("the signature has expired"))
    };
    assert_eq!(verify("2026-11-23T12:00:00Z..2026-12-01T00:00:00Z"), (0, false, false));
    assert_eq!(verify("2020-01-01T00:00:00Z..2026-12-01T00:00:00Z"), (1, true, false));
    assert_eq!(verify("2026-11-23T12:00:00Z..2040-12-01T00:00:00Z"), (1, false, true));
}

#[test]
fn keys_that_sign_no_keys_are_told() {
    let folder = folder("from-key");
    let file = folder.join("keys");
    for (flags, is_told) in [(256, true), (257, false)] {
        fs::write(&file, format!("example. DNSKEY {flags} 3 13 {}==\n", "A".repeat(86))).unwrap();
        let (code, out, err) = dnsproof(&format!("anchor from-key {}", file.display()));
        assert!(code == 0 && out.starts_with("example.") && out.contains(" DS "), "{out}");
        let why =
            "keys:1: this key has the flags 256: DS records should be of one that signs the zone's keys, flags 257";
        assert_eq!(err.contains(why), is_told, "{err}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_proof_that_is_not_built_is_told_in_its_own_name() {
    let bad = GOOD.replace("good", "expired");
    let command = format!("proof build _xmpp-server._tcp.example.com SRV {bad} --out /dev/null --format json");
    let (code, out, _) = dnsproof(&format!("{command} --now 2026-11-23T12:00:00Z"));
    let object: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &object["command"], &object["verdict"]), (1, &"proof-build".into(), &"bogus".into()));
    assert!(object["file"].is_null() && object["octets"].is_null());
}

/// Without `--answers` the resolvers are asked.
#[test]
fn a_state_is_moved_on_over_the_network() {
    let folder = folder("update");
    let state = folder.join("root.state");
    let hex = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/delegation/p256/good.hex")).unwrap();
    let keys = hex.lines().map(|line| line.split('#').next().unwrap().trim()).find_map(|line| {
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(line.as_bytes()).ok()?;
        let asked = dnsproof::wire::Message::parse(&octets).ok()?.question()?.to_string();
        (asked == ". DNSKEY").then_some(octets)
    });
    let keys = keys.unwrap();
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        let mut room = [0; 1500];
        while let Ok((_, from)) = server.recv_from(&mut room) {
            let mut answer = keys.clone();
            answer[..2].copy_from_slice(&room[..2]);
            server.send_to(&answer, from).unwrap();
        }
    });
    let update = |server: &str| {
        let anchors = "--anchors vectors/delegation/p256/root.ds --now 2026-11-23T12:00:00Z --timeout 300";
        dnsproof(&format!("anchor update {} {anchors} --resolver udp://{server}", state.display()))
    };
    let (code, out, err) = update(&address.to_string());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("VALIDATED  . DNSKEY"), "{out}");
    assert!(fs::read_to_string(&state).unwrap().contains("DNSKEY 257 3 13 "));
    // Nobody is there: nothing is changed, and it is told.
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let before = fs::read(&state).unwrap();
    let (code, _, err) = update(&silent.local_addr().unwrap().to_string());
    assert_eq!(code, 3);
    assert!(err.contains("no answer to . DNSKEY is at hand") && err.contains("no answer within"), "{err}");
    assert_eq!(fs::read(&state).unwrap(), before);
    let (code, _, err) = dnsproof(&format!("anchor update {} {GOOD} --explain", state.display()));
    assert_eq!((code, err.as_str()), (2, "dnsproof: anchor update takes no --explain and no --registry\n"));
    fs::remove_dir_all(&folder).unwrap();
}
