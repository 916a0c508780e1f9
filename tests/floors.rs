//! A module uses only modules on floors below its own (its own folder aside). The floors are
//! read from the map in `src/lib.rs`, and the uses from `crate::` and `super::` paths.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Module to floor, from the table in the crate's documentation.
fn floors(lib: &str) -> BTreeMap<String, u32> {
    let mut floors = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("//! |")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let Ok(floor) = cells[0].parse() else { continue };
        for word in cells[1].split_whitespace() {
            floors.insert(word.trim_matches(['[', ']', '`']).to_owned(), floor);
        }
    }
    floors
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The modules named by `crate::…` paths, `use crate::{…}` groups included. Documentation may
/// point upwards.
fn used(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut modules = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        let word =
            |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => modules.push(word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    if start && depth == 0 && !c.is_whitespace() {
                        modules.push(word(&group[at..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    modules
}

#[test]
fn no_module_looks_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floors = floors(&std::fs::read_to_string(src.join("lib.rs")).unwrap());
    let mut files = Vec::new();
    sources(&src, &mut files);
    let (mut edges, mut wrong) = (0, Vec::new());
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let own = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if own == "lib" || own == "main" {
            continue;
        }
        let floor = *floors.get(&own).unwrap_or_else(|| panic!("{own} is not on the map in lib.rs"));
        for module in used(&std::fs::read_to_string(&file).unwrap()).into_iter().filter(|module| *module != own) {
            let Some(below) = floors.get(&module) else {
                panic!("{}: {module} is not on the map in lib.rs", relative.display())
            };
            edges += 1;
            // Floor 0 and 1 modules may use their neighbours: the map puts them side by side.
            if below > &floor || below == &floor && floor > 1 {
                wrong.push(format!("{} (floor {floor}) uses {module} (floor {below})", relative.display()));
            }
        }
    }
    assert!(edges > 50, "the test reads the sources: {edges} uses found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_is_on_the_map_once() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let floors = floors(&lib);
    let declared: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(declared.len() > 10);
    for module in &declared {
        assert!(floors.contains_key(*module), "{module} is not on the map");
    }
    assert_eq!(floors.len(), declared.len(), "{floors:?} {declared:?}");
}

#[test]
fn the_reader_of_paths_sees_groups() {
    let text =
        "use crate::name::Name;\nuse crate::{wire::{a, b}, canon};\n// crate::cli\nfn f() { crate::time::now() }";
    assert_eq!(used(text), ["name", "wire", "canon", "time"]);
}

/// What a processor's byte order or width could change: nothing reads octets in its order, and lints forbid casts (`as`)
/// and arithmetic that overflows, so that 32 and 64 bits differ in nothing but what does not fit, which is an error.
#[test]
fn nothing_depends_on_byte_order_or_width() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let native = ["_ne_bytes", "target_endian", "target_pointer_width", "usize::BITS", "isize", "transmute"];
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let found: Vec<&str> = native.into_iter().filter(|word| text.contains(word)).collect();
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
    assert!(files.len() > 150, "{} files", files.len());
    let lib = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    for lint in ["as_conversions", "arithmetic_side_effects", "indexing_slicing"] {
        let denied = lib.split("deny(").nth(1).is_some_and(|list| list.split(')').next().unwrap().contains(lint));
        assert!(denied, "{lint} is denied in src/lib.rs");
    }
}
