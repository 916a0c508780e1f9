//! What `SPEC-NOTES.md` names is there.

use std::path::Path;

/// `file.rs`, and what is named in it; a file is in the crate, in `src`, or in `tests`.
fn is_there(root: &Path, file: &str, item: Option<&str>) -> bool {
    ["", "src", "tests"].iter().any(|folder| {
        let text = std::fs::read_to_string(root.join(folder).join(file));
        // The last part of a path: methods and variants stand by themselves.
        text.is_ok_and(|text| item.is_none_or(|item| text.contains(item.rsplit("::").next().unwrap_or(item))))
    })
}

#[test]
fn code_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let notes = std::fs::read_to_string(root.join("SPEC-NOTES.md")).unwrap();
    let mut count = 0;
    for quoted in notes.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
        let (file, item) = match quoted.split_once("::") {
            Some((file, item)) => (file, Some(item)),
            None => (quoted, None),
        };
        if file.ends_with(".rs") {
            count += 1;
            assert!(is_there(root, file, item), "{quoted}");
        }
    }
    assert!(count > 900, "{count}");
}
