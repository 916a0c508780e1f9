//! The program as people and programs see it. What it prints stands in `tests/cli/*.md`.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Map, Value};

const GOOD: &str = "vectors/delegation/p256/good.hex";
const FORGED: &str = "vectors/delegation/p256/forged-target.hex";
const ABSENT: &str = "vectors/delegation/p256/absent-ds.hex";

fn dnsproof(words: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dnsproof"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CLICOLOR_FORCE")
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// Words of a command on the small world of the vectors.
fn words<'a>(command: &[&'a str], answers: &'a str) -> Vec<&'a str> {
    let anchors = "vectors/delegation/p256/root.ds";
    [command, &["--answers", answers, "--anchors", anchors, "--now", "2026-11-23T12:00:00Z"]].concat()
}

fn check(answers: &str) -> Vec<&str> {
    words(&["check", "example.com", "--provider", "example.net"], answers)
}

fn validate(answers: &str) -> Vec<&str> {
    words(&["validate", "_xmpp-server._tcp.example.com", "SRV"], answers)
}

#[test]
fn transcripts() {
    // A pattern that matches no file would pass.
    let count = std::fs::read_dir("tests/cli")
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "md"))
        .count();
    assert_eq!(count, 8);
    // Proofs are written there, wherever cargo builds.
    std::fs::create_dir_all("target/tmp").unwrap();
    trycmd::TestCases::new().case("tests/cli/*.md");
}

#[test]
fn results_go_to_stdout_and_mistakes_to_stderr() {
    for (words, code) in [
        (check(GOOD), 0),
        (validate(GOOD), 0),
        (check(FORGED), 1),
        (validate(FORGED), 1),
        (check(ABSENT), 3),
        (validate(ABSENT), 3),
        (vec!["--help"], 0),
        (vec!["--version"], 0),
    ] {
        let output = dnsproof(&words, &[]);
        assert_eq!(output.status.code(), Some(code), "{words:?}");
        assert!(output.stdout.ends_with(b"\n") && output.stderr.is_empty(), "{words:?}");
    }
    for words in [vec![], vec!["check"], check("nowhere.hex"), check("tests/cli/inputs/odd.hex")] {
        let output = dnsproof(&words, &[]);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty() && output.stderr.ends_with(b"\n"), "{words:?}");
    }
}

#[test]
fn standard_input_and_byte_order_marks() {
    let run = |words: &[&str], input: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dnsproof"))
            .args(words)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().status.code()
    };
    let good = std::fs::read(GOOD).unwrap();
    assert_eq!(run(&check("-"), &good), Some(0));
    assert_eq!(run(&check("-"), &[b"\xEF\xBB\xBF", &good[..]].concat()), Some(0));
    assert_eq!(run(&check("-"), &std::fs::read(FORGED).unwrap()), Some(1));
    assert_eq!(run(&check("-"), b"\xFF\xFE"), Some(2), "UTF-16");
    assert_eq!(run(&check("-"), b""), Some(3));
}

#[test]
fn version() {
    let expected = format!("dnsproof {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(dnsproof(&["--version"], &[]).stdout).unwrap(), expected);
}

#[test]
fn no_colour_where_there_is_no_terminal() {
    let escapes = |octets: &[u8]| octets.iter().filter(|octet| **octet == 0x1B).count();
    for (words, colourful) in [(check(GOOD), true), (validate(FORGED), true), (vec![], false)] {
        let output = dnsproof(&words, &[]);
        assert_eq!(escapes(&output.stdout) + escapes(&output.stderr), 0, "{words:?}");
        // The control: colours would be there.
        let forced = dnsproof(&words, &[("CLICOLOR_FORCE", "1")]);
        assert_eq!(escapes(&forced.stdout) > 0, colourful, "{words:?}");
    }
    let json = [check(GOOD), vec!["--format", "json"]].concat();
    assert_eq!(escapes(&dnsproof(&json, &[("CLICOLOR_FORCE", "1")]).stdout), 0, "JSON has none anywhere");
}

/// The object that a command prints. It has to be one line.
fn json(words: Vec<&str>) -> Map<String, Value> {
    let output = dnsproof(&[words, vec!["--format", "json"]].concat(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    assert!(text.ends_with("}\n"));
    let Ok(Value::Object(object)) = serde_json::from_str(&text) else { panic!("{text}") };
    object
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect()
}

/// `2026-11-23T12:00:00Z`, to the second and in UTC.
fn is_time(value: &Value) -> bool {
    let shape: String = value.as_str().unwrap().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00Z"
}

#[test]
fn json_of_validate() {
    for (answers, verdict) in [(GOOD, "secure"), (FORGED, "bogus"), (ABSENT, "indeterminate")] {
        let object = json(validate(answers));
        assert_eq!(
            object.keys().collect::<Vec<_>>(),
            [
                "command",
                "name",
                "type",
                "verdict",
                "reason",
                "content",
                "aliases",
                "answer",
                "rcode",
                "valid_from",
                "valid_until",
                "ttl",
                "anchor",
                "wildcard",
                "weakest",
                "weak",
                "chain",
                "work",
                "trace",
                "network"
            ]
        );
        assert_eq!((&object["command"], &object["verdict"]), (&"validate".into(), &verdict.into()));
        assert_eq!((&object["name"], &object["type"]), (&"_xmpp-server._tcp.example.com.".into(), &"SRV".into()));
        assert_eq!(object["rcode"], "NOERROR");
        assert_eq!(keys(&object["work"]), ["signatures", "failed_signatures", "digests", "nsec3_hashes", "aliases"]);
        if verdict == "secure" {
            assert_eq!(object["reason"], Value::Null);
            assert_eq!(object["answer"].as_array().unwrap().len(), 1);
            assert!(is_time(&object["valid_from"]) && is_time(&object["valid_until"]));
            assert_chain(&object["chain"]);
        } else {
            assert_reason(&object["reason"], &["code", "ede", "at", "rfc", "text"]);
            assert_eq!((object["answer"].as_array().unwrap().len(), object["chain"].as_array().unwrap().len()), (0, 0));
            for member in ["valid_from", "valid_until", "weakest"] {
                assert_eq!(object[member], Value::Null, "{member}");
            }
        }
    }
}

#[test]
fn json_of_check() {
    for (answers, outcome, reason) in [
        (GOOD, "success", None),
        (FORGED, "fail", Some(vec!["code", "ede", "at", "rfc", "text"])),
        (ABSENT, "fail", Some(vec!["code", "ede", "at", "rfc", "text"])),
    ] {
        let object = json(check(answers));
        assert_eq!(
            object.keys().collect::<Vec<_>>(),
            [
                "command",
                "source",
                "service",
                "provider",
                "outcome",
                "prooftype",
                "step",
                "reason",
                "targets",
                "valid_until",
                "verdict",
                "anchor",
                "chain",
                "events",
                "own",
                "proof",
                "warnings",
                "work",
                "trace",
                "network"
            ]
        );
        assert_eq!((&object["command"], &object["outcome"]), (&"check".into(), &outcome.into()));
        assert_eq!((&object["source"], &object["provider"]), (&"example.com.".into(), &"example.net.".into()));
        assert_eq!(object["service"], "xmpp-server");
        let steps: Vec<u64> = object["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                assert_eq!(keys(event), ["step", "event", "failed", "text"]);
                event["step"].as_u64().unwrap()
            })
            .collect();
        assert_eq!(steps.last().copied(), object["step"].as_u64());
        assert!(steps.is_sorted(), "{steps:?}");
        match reason {
            None => {
                assert_eq!((&object["reason"], &object["step"]), (&Value::Null, &8.into()));
                assert_eq!((&object["prooftype"], &object["verdict"]), (&"dns".into(), &"secure".into()));
                assert_eq!(object["targets"], Value::from(vec!["example.net.:5269"]));
                assert!(is_time(&object["valid_until"]));
                assert_chain(&object["chain"]);
            }
            Some(members) => {
                assert_reason(&object["reason"], &members);
                assert_eq!((&object["valid_until"], &object["prooftype"]), (&Value::Null, &Value::Null));
                assert_eq!(object["targets"], Value::Array(Vec::new()));
            }
        }
    }
}

/// From the root, where the anchor is, down to `example.com.`
fn assert_chain(chain: &Value) {
    let links = chain.as_array().unwrap();
    let zones: Vec<&str> = links.iter().map(|link| link["zone"].as_str().unwrap()).collect();
    assert_eq!(zones, [".", "com.", "example.com."]);
    assert_eq!(keys(&links[0]), ["zone", "anchor", "algorithm", "key_tag"]);
    assert_eq!(links[0]["anchor"].as_str().unwrap(), links[0]["key_tag"].to_string(), "a tag as text");
    for link in &links[1..] {
        assert_eq!(keys(link), ["zone", "algorithm", "key_tag"]);
        assert_eq!(link["algorithm"], 13);
    }
}

fn assert_reason(reason: &Value, members: &[&str]) {
    assert_eq!(keys(reason), members);
    let text = |member: &str| reason[member].as_str().unwrap();
    assert!(reason["ede"].is_u64());
    assert!(text("code").chars().all(|c| c.is_ascii_lowercase() || c == '-'));
    assert!(text("at").ends_with('.'));
    let (number, section) = text("rfc").split_once('#').unwrap();
    assert!(number.parse::<u16>().is_ok() && section.split('.').all(|part| part.parse::<u8>().is_ok()));
    assert!(!text("text").is_empty());
}

/// `anchor update`: a state is made, moved on, and never replaced by less.
#[test]
fn anchor_update_keeps_its_state() {
    let folder = std::env::temp_dir().join(format!("dnsproof-update-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let state = folder.join("root.state");
    let run = |answers: &str, anchors: &str, now: &str| {
        let words =
            ["anchor", "update", state.to_str().unwrap(), "--answers", answers, "--anchors", anchors, "--now", now];
        let output = dnsproof(&words, &[]);
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    const ANCHORS: &str = "vectors/delegation/p256/root.ds";
    let (code, out, err) = run(GOOD, "none", "2026-11-23T12:00:00Z");
    assert_eq!((code, out.as_str(), err.as_str()), (2, "", "dnsproof: --anchors has none for .\n"));
    // A state knows no ends: an anchor that has one counts only if it holds for sure.
    let ending = folder.join("ending.xml");
    let key = std::fs::read_to_string(ANCHORS).unwrap();
    let fields: Vec<&str> = key.split_whitespace().collect();
    let [.., tag, algorithm, digest_type, digest] = fields[..] else { panic!("{key}") };
    let xml = format!(
        "<TrustAnchor><Zone>.</Zone><KeyDigest id=\"one\" validFrom=\"2026-01-01T00:00:00+00:00\" validUntil=\"2026-12-01T00:00:00+00:00\">\
         <KeyTag>{tag}</KeyTag><Algorithm>{algorithm}</Algorithm><DigestType>{digest_type}</DigestType><Digest>{digest}</Digest>\
         </KeyDigest></TrustAnchor>"
    );
    std::fs::write(&ending, xml).unwrap();
    for now in ["2026-12-02T00:00:00Z", "2026-11-23T12:00:00Z..", "2026-11-23T12:00:00Z..2026-12-02T00:00:00Z"] {
        let (code, _, err) = run(GOOD, ending.to_str().unwrap(), now);
        assert_eq!(code, 2, "{now}");
        assert_eq!(err, "dnsproof: --anchors has none for . that holds for sure at that time\n", "{now}");
    }
    assert_eq!(run(GOOD, ending.to_str().unwrap(), "2026-11-23T12:00:00Z").0, 0);
    std::fs::remove_file(&ending).unwrap();
    std::fs::remove_file(&state).unwrap();
    let (code, out, _) = run(GOOD, ANCHORS, "2026-11-23T12:00:00Z");
    assert_eq!(code, 0);
    assert!(out.contains("key     10872: valid\n"), "{out}");
    assert!(out.ends_with("VALIDATED  . DNSKEY, next at 2026-11-24T00:00:00Z\n"), "{out}");
    let good = std::fs::read_to_string(&state).unwrap();
    assert!(good.contains("DNSKEY 257 3 13 "), "{good}");
    // Nothing else is left beside it.
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    // The state is what counts from now on, and what it says is read by everything that takes anchors.
    let (code, ..) = run(GOOD, "none", "2026-11-23T13:00:00Z");
    assert_eq!(code, 0);
    let output = dnsproof(&["anchor", "show", state.to_str().unwrap()], &[]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("10872    ECDSAP256SHA256  valid"));
    let mut asked = validate(GOOD);
    let at = asked.iter().position(|word| *word == ANCHORS).unwrap();
    asked[at] = state.to_str().unwrap();
    assert_eq!(dnsproof(&asked, &[]).status.code(), Some(0));
    // It is that of one zone.
    let zone = |zone: &str| {
        let output = dnsproof(&words(&["anchor", "update", state.to_str().unwrap(), "--zone", zone], GOOD), &[]);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = zone("com");
    assert_eq!(code, 2);
    assert!(err.ends_with("root.state: it is the state of ., and not of com. (nothing is changed)\n"), "{err}");
    assert_eq!(zone(".").0, 0);
    // A set whose signatures have ended changes nothing but the time of the next probe.
    let (code, out, _) = run(GOOD, "none", "2027-11-23T13:00:00Z");
    assert_eq!(code, 1);
    assert!(out.contains("NOT-VALIDATED  . DNSKEY: the signature over . DNSKEY has expired"), "{out}");
    // No answer: nothing is written.
    let before = std::fs::read_to_string(&state).unwrap();
    let (code, out, err) = run("tests/cli/inputs/none.hex", "none", "2026-11-23T12:00:00Z");
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.ends_with("dnsproof: no answer to . DNSKEY is at hand\n"), "{err}");
    // A state that is damaged stays as it is, and is not replaced by a new one.
    let damaged = before.replacen(";;end", "", 1);
    std::fs::write(&state, &damaged).unwrap();
    let (code, _, err) = run(GOOD, ANCHORS, "2026-11-23T12:00:00Z");
    assert_eq!(code, 2);
    assert!(err.contains("cut short (nothing is changed)"), "{err}");
    assert_eq!(std::fs::read_to_string(&state).unwrap(), damaged);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// `csr`: a request by every kind of key that BIND makes and that CAs know; openssl reads what comes out.
#[test]
fn requests_for_the_keys_of_zones() {
    let folder = std::env::temp_dir().join(format!("dnsproof-csr-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut count = 0;
    for set in ["rsa2048", "p256", "p384", "ed25519"] {
        for entry in std::fs::read_dir(format!("vectors/delegation/keys/{set}")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let Some(stem) = name.strip_suffix(".private").filter(|name| name.starts_with("Kexample.com.")) else {
                continue;
            };
            let secret = std::fs::read_to_string(&path).unwrap();
            for suffix in ["key", "private"] {
                std::fs::copy(path.with_file_name(format!("{stem}.{suffix}")), folder.join(format!("{stem}.{suffix}")))
                    .unwrap();
            }
            let copy = folder.join(name);
            let said = |mode: u32, words: &[&str]| {
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(mode)).unwrap();
                let output = dnsproof(&[&["csr"], words].concat(), &[]);
                let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
                (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
            };
            let path = copy.to_str().unwrap();
            let (code, out, err) = said(0o600, &[path, "--srv", "xmpp-server", "--xmpp"]);
            let record = std::fs::read_to_string(copy.with_extension("key")).unwrap();
            match record.contains("DNSKEY 257 ") {
                true => assert_eq!((code, err.as_str()), (0, ""), "{path}"),
                false => {
                    let why = "this key has the flags 256: the certificate should be for one that signs the zone's keys, flags 257";
                    let beside = path.replace(".private", ".key");
                    assert_eq!((code, err), (0, format!("dnsproof: {beside}: {why}\n")));
                }
            }
            assert!(out.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{out}");
            // The private key is nowhere in it.
            for line in secret.lines().filter(|line| line.starts_with("Private")) {
                let value = line.rsplit(' ').next().unwrap();
                assert!(!out.contains(value) || value.len() < 10, "{line}");
            }
            let (_, _, err) = said(0o640, &[path]);
            let (err, _) = err.split_once('\n').unwrap();
            assert_eq!(err, format!("dnsproof: {path}: others than its owner may use this private key (mode 0640)"));
            // The name of the other file, or only what both share.
            for same in [path.replace(".private", ".key"), path.replace(".private", "")] {
                assert_eq!(said(0o600, &[&same]).0, 0, "{same}");
            }
            let (code, out, err) = said(0o600, &[path, "--name", "example.org"]);
            assert_eq!((code, out.as_str()), (2, ""));
            assert!(
                err.ends_with("dnsproof: example.org. is not in the zone example.com. that the key is for\n"),
                "{err}"
            );
            // Without the other file there is no zone to go by, but still a key.
            let other = copy.with_extension("key");
            let kept = std::fs::read(&other).unwrap();
            std::fs::remove_file(&other).unwrap();
            let (code, out, err) = said(0o600, &[path, "--name", "example.com"]);
            // P-256 and P-384 take a processor that the library knows.
            if code == 0 || !err.contains("on this processor") {
                assert_eq!((code, err.as_str()), (0, ""));
                let digits: String = record.lines().last().unwrap().split_whitespace().skip(6).collect();
                let key = data_encoding::BASE64.decode(digits.as_bytes()).unwrap();
                let request = pem::parse(out).unwrap().into_contents();
                assert!(request.windows(32).any(|part| part == &key[key.len() - 32..]), "{path}");
            }
            std::fs::write(&other, kept).unwrap();
            count += 1;
        }
    }
    assert_eq!(count, 7);
    // PKCS#8 says nothing of the zone. What git keeps of permissions depends on who checks out.
    let plain = folder.join("stranger.pem");
    let pem = std::fs::read_to_string("vectors/dna/keys/stranger.pem").unwrap();
    std::fs::write(&plain, pem).unwrap();
    std::fs::set_permissions(&plain, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let plain = plain.to_str().unwrap();
    let output = dnsproof(&["csr", plain], &[]);
    let said = format!("dnsproof: {plain}: --name has to say which domain the certificate is for\n");
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(2), said));
    let asked = dnsproof(&["csr", plain, "--name", "example.com"], &[]);
    assert_eq!(asked.status.code(), Some(0));
    // Whatever it is called.
    let other = folder.join("stranger.key");
    std::fs::copy(plain, &other).unwrap();
    let named = dnsproof(&["csr", other.to_str().unwrap(), "--name", "example.com"], &[]);
    assert_eq!((named.status.code(), String::from_utf8(named.stderr).unwrap()), (Some(0), String::new()));
    // A DNSKEY record that is not that of the private key.
    let key = folder.join("Kexample.com.+013+53240.key");
    std::fs::copy(folder.join("Kexample.com.+013+37129.key"), &key).unwrap();
    let output = dnsproof(&["csr", key.to_str().unwrap()], &[]);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
    std::fs::remove_file(&key).unwrap();
    let output = dnsproof(&["csr", key.with_extension("private").to_str().unwrap()], &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("Kexample.com.+013+53240.key: No such file"));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a command refuses is not in its help.
#[test]
fn help_offers_what_is_taken() {
    let help = |command: &str| String::from_utf8(dnsproof(&[command, "--help"], &[]).stdout).unwrap();
    for (command, refused) in [
        ("scan", &["--answers", "--registry", "--explain", "--format"][..]),
        ("xmpp", &["--answers", "--registry", "--explain"]),
        ("validate", &[]),
    ] {
        let help = help(command);
        for option in ["--answers", "--registry", "--explain", "--format", "--anchors", "--resolver"] {
            let is_there = help.lines().any(|line| line.trim_start().starts_with(option));
            assert_eq!(is_there, !refused.contains(&option), "{command} {option}");
        }
    }
    assert!(help("scan").contains("asked again"));
}
