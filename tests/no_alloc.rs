//! The kernel needs no allocator: `tests/no-alloc` is a library for C without one, and links.
//!
//! That it links is the proof. rustc makes no final artifact of crates of which one uses
//! `alloc`, unless another brings a global allocator, and there is none. That the code got into
//! the archive, and no call of an allocator, is looked up beside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Builds `tests/no-alloc`, and in it the crate without features, whatever this test has.
fn build(features: &str) -> (Output, PathBuf) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-alloc");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/no-alloc/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--release", "--features", features])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target)
        // The archive lies elsewhere with a target of its own, and other flags could link more.
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    (output, target.join("release/libno_alloc.a"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How often `word` occurs. The names of symbols stand in an archive as they are.
fn count(octets: &[u8], word: &str) -> usize {
    octets.windows(word.len()).filter(|window| *window == word.as_bytes()).count()
}

// One test, because both builds have one target folder.
#[test]
fn links_without_an_allocator() {
    let (output, archive) = build("");
    assert!(output.status.success(), "{}", stderr(&output));
    let octets = std::fs::read(&archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()));
    for word in ["dnsproof_verify", "dnsproof_check"] {
        assert!(count(&octets, word) > 0, "the function for C is in it: {word}");
    }
    for word in ["__rust_alloc", "__rust_realloc", "__rg_alloc", "__rdl_alloc", "malloc", "5alloc5alloc"] {
        assert_eq!(count(&octets, word), 0, "{word}");
    }

    // The control: what uses `alloc` is refused, and for this reason.
    let (output, _) = build("alloc");
    assert!(!output.status.success(), "a crate that uses `alloc` links without an allocator");
    assert!(stderr(&output).contains("no global memory allocator found"), "{}", stderr(&output));

    // The other control: where there is an allocator, as in this very test, the search finds it.
    let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    assert!(count(&this, "__rust_alloc") > 0);
}
