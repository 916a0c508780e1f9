//! Any text as a master file: what can be read prints, and reads back as the same records.
#![no_main]

use dnsproof::anchor::Anchors;
use dnsproof::name::Name;
use dnsproof::zonefile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _tag = Anchors::parse(text).map(|anchors| anchors.iter().map(|anchor| anchor.key_tag()).max());
    match zonefile::parse(text, Some(&Name::root())) {
        Ok(records) => {
            let lines: Vec<String> = records.iter().map(|record| record.as_record().to_string()).collect();
            assert!(lines.iter().all(|line| line.is_ascii() && !line.contains('\n')), "{lines:?}");
            let again = zonefile::parse(&lines.join("\n"), None);
            let again = again.unwrap_or_else(|error| panic!("{error}: {lines:#?}"));
            assert_eq!(again, records, "{lines:#?}");
            // Names count as equal whatever their case; their octets have to be the same too.
            for (record, again) in records.iter().zip(&again) {
                assert_eq!(record.owner.as_wire(), again.owner.as_wire());
            }
        }
        Err(error) => {
            // It points into the text, or right behind it.
            let line = text.split('\n').nth(error.line - 1).unwrap_or_else(|| panic!("{error}"));
            assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
        }
    }
});
