//! `examples/bare`, a program without `std`, allocator and C library, says by its exit code what a proof is worth.

/// The program's own entry is for this platform alone.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
#[test]
#[ignore = "examples/bare/src/platform.rs is for Linux on x86-64"]
fn a_program_without_an_operating_systems_help() {}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod linux {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use dnsproof::codes::Type;
    use dnsproof::proof::Proof;
    use dnsproof::wire::rdata::Rrsig;

    const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bare");
    /// When the program says that it was built.
    const BUILT: u64 = 1_795_435_200;

    /// Builds it with these features, in a folder of its own.
    fn build(features: &str) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bare-{features}"));
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--locked", "--release", "--no-default-features", "--features", features])
            .arg("--manifest-path")
            .arg(Path::new(EXAMPLE).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            // The program lies elsewhere with a target of its own, and other flags could link more.
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target.join("release/bare")
    }

    /// Its exit code. It prints nothing.
    fn run(program: &Path, arguments: &[&str]) -> i32 {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}: it printed something");
        output.status.code().unwrap_or_else(|| panic!("{arguments:?}: {}", output.status))
    }

    /// When the first signature of a proof ends, and when the last one begins.
    fn window(octets: &[u8]) -> (u64, u64) {
        let proof = Proof::parse(octets).unwrap();
        let rrsigs = || proof.records().filter(|record| record.rtype == Type::RRSIG);
        let views = || rrsigs().map(|record| record.view::<Rrsig<'_>>().unwrap());
        let until = views().map(|rrsig| rrsig.expiration.0).min().unwrap();
        (views().map(|rrsig| rrsig.inception.0).max().unwrap().into(), until.into())
    }

    fn says_what_proofs_are_worth(set: &str) {
        let program = build(set);
        assert_eq!(run(&program, &[]), 0, "the good one, which is the one without arguments");
        assert_eq!(run(&program, &["good"]), 0);
        assert_eq!(run(&program, &["forged"]), 1, "another target under the old signature");
        assert_eq!(run(&program, &["dead"]), 1, "it ended before the program was built");
        assert_eq!(run(&program, &["missing"]), 3, "nobody says what is known of example.com.");
        assert_eq!(run(&program, &["unheard-of"]), 2);

        // Without a clock the good one is secure for as long as its verdict says, and no longer.
        let file = |name: &str| std::fs::read(format!("{EXAMPLE}/proofs/{set}-{name}")).unwrap();
        let (_, until) = window(&file("good"));
        let at = |seconds: u64| run(&program, &["good", &seconds.to_string()]);
        assert!(until > BUILT);
        assert_eq!([at(BUILT - 1), at(BUILT), at(until), at(until + 1)], [1, 0, 0, 1]);

        // The controls: what was to be shown is in the files.
        assert!(window(&file("dead")).1 < BUILT);
        assert_eq!(file("good").len() + 1, file("forged").len(), "evil.example.net. or the like");
        let octets = std::fs::read(&program).unwrap();
        for word in ["__rust_alloc", "malloc", "libc.so"] {
            assert!(!octets.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn p256() {
        says_what_proofs_are_worth("p256");
    }

    #[test]
    fn ed25519() {
        says_what_proofs_are_worth("ed25519");
    }
}
