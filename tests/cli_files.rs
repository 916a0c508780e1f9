//! What the program reads and writes: pipes, links, owners, and files that are something else.
#![cfg(unix)]

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, thread};

const GOOD: &str =
    "--answers vectors/delegation/p256/good.hex --anchors vectors/delegation/p256/root.ds --now 2026-11-23T12:00:00Z";
const SRV: &str = "_xmpp-server._tcp.example.com SRV";

/// What a command says: its exit code, and both outputs.
type Said = (Option<i32>, Vec<u8>, String);

fn command(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dnsproof"));
    command.args(words.split_whitespace()).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn said(output: Output) -> Said {
    (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn dnsproof(words: &str) -> Said {
    said(command(words).output().unwrap())
}

/// A folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a command writes into a pipe.
fn through_pipe(pipe: &Path, words: &str) -> (Said, Vec<u8>) {
    let there = pipe.to_path_buf();
    let reader = thread::spawn(move || fs::read(there).unwrap());
    let said = dnsproof(words);
    if !fs::metadata(pipe).unwrap().file_type().is_fifo() {
        panic!("the pipe is gone: {said:?}");
    }
    (said, reader.join().unwrap())
}

#[test]
fn pipes_stay_what_they_are() {
    let folder = folder("pipes");
    let (pipe, plain, link) = (folder.join("pipe"), folder.join("plain"), folder.join("link"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("pipe", &link).unwrap();
    const XML: &str = "vectors/anchors/formats/root-anchors.xml";
    const FETCH: &str =
        "--signature vectors/anchors/formats/root-anchors.p7s --ca vectors/anchors/formats/icannbundle.pem";
    for words in [
        format!("proof build {SRV} {GOOD} --out"),
        format!("check example.com --provider example.net {GOOD} --write-bundle"),
        format!("anchor fetch --xml {XML} {FETCH} --now 2026-07-01T00:00:00Z --out"),
    ] {
        let (code, _, err) = dnsproof(&format!("{words} {}", plain.display()));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{words}");
        let expected = fs::read(&plain).unwrap();
        for pipe in [&pipe, &link] {
            let ((code, ..), octets) = through_pipe(pipe, &format!("{words} {}", pipe.display()));
            assert_eq!((code, &octets), (Some(0), &expected), "{words}");
        }
        // The report is not mixed in.
        let reported = !words.starts_with("anchor fetch");
        for output in ["-", "/dev/stdout", "/dev/fd/1"] {
            let (code, out, err) = dnsproof(&format!("{words} {output}"));
            let out = if reported { out } else { [out.trim_ascii_end(), b"\n"].concat() };
            assert_eq!((code, &out), (Some(0), &expected), "{words} {output}");
            assert_eq!(err.contains("SUCCESS") || err.contains("SECURE"), reported, "{err}");
        }
        assert!(!Path::new(env!("CARGO_MANIFEST_DIR")).join("-").exists());
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn links_lead_to_the_file() {
    let folder = folder("links");
    fs::create_dir(folder.join("below")).unwrap();
    let link = folder.join("link");
    symlink("below/other", &link).unwrap();
    symlink("../end", folder.join("below/other")).unwrap();
    let words = format!("proof build {SRV} {GOOD} --out {}", link.display());
    // At first nothing is there; then the file is.
    for _ in 0..2 {
        let (code, _, err) = dnsproof(&words);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::symlink_metadata(folder.join("end")).unwrap().is_file());
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    // A link that leads nowhere.
    fs::remove_file(folder.join("end")).unwrap();
    symlink("link", folder.join("end")).unwrap();
    let (code, _, err) = dnsproof(&words);
    assert_eq!(code, Some(2));
    assert!(err.contains("link: cannot be written: "), "{err}");
    // What a process has open, by its name in /proc: the file is not replaced.
    let open = folder.join("open");
    let stderr = fs::File::create(&open).unwrap();
    let node = stderr.metadata().unwrap().ino();
    let words = format!("proof build {SRV} {GOOD} --out /dev/stderr");
    assert_eq!(command(&words).stdout(Stdio::null()).stderr(stderr).status().unwrap().code(), Some(0));
    let written = fs::metadata(&open).unwrap();
    assert!(written.ino() == node && written.len() > 1000);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_state_keeps_its_owner() {
    let folder = folder("owner");
    let state = folder.join("root.state");
    let words = format!("anchor update {} {GOOD}", state.display());
    assert_eq!(dnsproof(&words).0, Some(0));
    fs::set_permissions(&state, fs::Permissions::from_mode(0o640)).unwrap();
    // Who may not give files away cannot see this.
    let given = chown(&state, Some(12_345), Some(23_456)).is_ok();
    let before = fs::metadata(&state).unwrap();
    assert_eq!(dnsproof(&words).0, Some(0));
    let after = fs::metadata(&state).unwrap();
    assert_ne!(before.ino(), after.ino(), "it is replaced");
    assert_eq!((before.uid(), before.gid(), before.mode()), (after.uid(), after.gid(), after.mode()));
    assert!(!given || after.uid() == 12_345);
    let (code, out, err) = dnsproof(&format!("anchor update - {GOOD}"));
    assert_eq!((code, out.as_slice()), (Some(2), b"".as_slice()));
    assert_eq!(err, "dnsproof: -: the state has to be a file, which is read and written\n");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_scan_takes_no_file_of_someone_else() {
    let folder = folder("scan");
    let (list, results) = (folder.join("list"), folder.join("results"));
    let scan = |out: &Path| {
        let words =
            format!("scan {} --anchors none --resolver udp://127.0.0.1:9 --out {}", list.display(), out.display());
        dnsproof(&words)
    };
    let line = r#"{"command":"scan","domain":"a.example.","service":"xmpp-server","verdict":"insecure"}"#;
    fs::write(&list, "a.example\n").unwrap();
    // The last line: with its end, without it, and what is left of another one.
    for more in [
        "\n",
        "",
        "\n{",
        "\n{\"comm",
        "\n{\"command\":\"scan\",\"domain\":\"b.exam",
        "\n{\"command\":\"scan\",\"domain\":\"b.\",\"x\":[1,{\"y\":tr",
    ] {
        fs::write(&results, format!("{line}{more}")).unwrap();
        let (code, _, err) = scan(&results);
        assert_eq!(code, Some(0), "{err}");
        assert!(err.starts_with("dnsproof: 1 of 1 domains are in the results already\n"), "{err}");
        assert_eq!(fs::read_to_string(&results).unwrap(), format!("{line}\n"), "{more}");
    }
    for other in [
        "important",
        "important\n",
        "{\"domain\":\"a.example.\"",
        "{\"command\":\"scan\",\"domain\":b",
        "{}",
        line.replace("domain", "name").as_str(),
        &format!("{line}\nimportant"),
    ] {
        fs::write(&results, other).unwrap();
        let (code, _, err) = scan(&results);
        assert_eq!(code, Some(2), "{other}");
        assert_eq!(err, format!("dnsproof: {}: it has a line that is no result of a scan\n", results.display()));
        assert_eq!(fs::read_to_string(&results).unwrap(), other);
    }
    // Nothing to do, or a name that is none: no file is made.
    let new = folder.join("new");
    for (names, why) in [
        ("", "there is no domain in it"),
        ("# none\n", "there is no domain in it"),
        ("a.example\nb..example\n", "empty label"),
    ] {
        fs::write(&list, names).unwrap();
        let (code, _, err) = scan(&new);
        assert!(code == Some(2) && err.contains(why), "{err}");
        assert!(!new.exists());
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Whatever is named by mistake is not read to its end: a device has none.
#[test]
fn files_have_no_more_than_they_may() {
    let folder = folder("large");
    let file = folder.join("file");
    let path = file.display().to_string();
    let check = "check example.com --provider example.net --answers vectors/delegation/p256/good.hex --anchors";
    for (mebibytes, words) in [
        (16, format!("{check} {path}")),
        (16, format!("{check} none --ca {path}")),
        (16, format!("{check} none --tls-ca {path}")),
        (16, format!("anchor show {path}")),
        (16, format!("anchor update {path}")),
        (16, format!("anchor fetch --xml {path} --signature {path} --ca README.md")),
        (16, format!("csr {path}")),
        (64, format!("validate example.com A --answers {path}")),
        (64, format!("scan {path}")),
    ] {
        // All of it is a hole.
        fs::File::create(&file).unwrap().set_len((mebibytes << 20) + 1).unwrap();
        let (code, _, err) = dnsproof(&words);
        assert_eq!((code, err), (Some(2), format!("dnsproof: {path}: it has more than {mebibytes} MiB\n")), "{words}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Formatting knows no columns that are as wide.
#[test]
fn a_table_with_a_very_long_line() {
    let folder = folder("wide");
    let path = folder.join("anchors");
    // A digest of an unknown type may have any length that RDATA has.
    let digest = "AB".repeat(40_000);
    fs::write(&path, format!("a. DS 1 8 9 {digest}\nb. DS 1 8 2 {}\n", "AB".repeat(32))).unwrap();
    let (code, out, err) = dnsproof(&format!("anchor show {}", path.display()));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(&digest) && out.lines().any(|line| line.starts_with("b.")), "{} octets", out.len());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn names_and_marks_in_any_form() {
    const CHECK: &str = "check example.com --provider example.net --now 2026-11-23T12:00:00Z";
    const ANSWERS: &str = "--answers vectors/delegation/p256/good.hex";
    // The root's real keys do not sign the small world.
    for (anchors, expected) in [("iana", 1), ("IANA", 1), ("none", 1), ("None", 1), ("iana --ca Mozilla", 1)] {
        let (code, out, err) = dnsproof(&format!("{CHECK} {ANSWERS} --anchors {anchors}"));
        assert_eq!((code, err.as_str()), (Some(expected), ""), "{anchors}: {}", String::from_utf8_lossy(&out));
    }
    let lines = |word: &str| String::from_utf8(dnsproof(&format!("anchor show {word} --now 2026-11-23T12:00:00Z")).1);
    assert!(lines("iana").unwrap().contains("iana, as of ") && lines("iana") == lines("Iana"));
    let (code, _, err) = said(command(&format!("{CHECK} {ANSWERS} --anchors")).arg("").output().unwrap());
    assert_eq!((code, err.as_str()), (Some(2), "dnsproof: the name of a file is empty\n"));
    for words in [
        format!("{CHECK} --answers - --anchors -"),
        format!("{CHECK} --answers - --answers -"),
        format!("{CHECK} --answers - --ca README.md --proof -"),
        "anchor show - -".to_string(),
        "anchor convert - - --to bind".to_string(),
        "proof check - example.com A --anchors -".to_string(),
        "scan - --anchors -".to_string(),
        "zone verify - --anchors -".to_string(),
    ] {
        let (code, _, err) = dnsproof(&words);
        assert_eq!(code, Some(2));
        assert!(err.starts_with("dnsproof: - stands for more than one file"), "{words}: {err}");
    }
    let (code, _, err) =
        dnsproof(&format!("{CHECK} --anchors vectors/delegation/p256/root.ds --answers tests/cli/inputs/none.hex"));
    assert_eq!((code, err.as_str()), (Some(3), "dnsproof: tests/cli/inputs/none.hex: there is no message in it\n"));
    // A proof in hexadecimal that an editor has put a byte order mark before.
    let folder = folder("marks");
    let proof = folder.join("proof.hex");
    let digits = fs::read("vectors/rfc/rfc9102-a-1.hex").unwrap();
    fs::write(&proof, [b"\xEF\xBB\xBF", &digits[..]].concat()).unwrap();
    let words = "_443._tcp.www.example.com TLSA --extension --anchors vectors/rfc/rfc9102-a-anchor.zone --now 2019-11-29T04:00:00Z";
    let (code, _, err) = dnsproof(&format!("proof check {} {words}", proof.display()));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    fs::remove_dir_all(&folder).unwrap();
}
