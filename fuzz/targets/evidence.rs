//! Any text as what `dig` or `kdig` prints: what is read is messages, which print and read back the same.
#![no_main]

use dnsproof::wire::{Message, Section};
use dnsproof::zonefile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _is = zonefile::is_dig(text);
    match zonefile::parse_dig(text) {
        Ok(messages) => {
            for octets in messages {
                let message = Message::parse(&octets).unwrap_or_else(|error| panic!("{error}: {octets:02X?}"));
                for section in [Section::Answer, Section::Authority, Section::Additional] {
                    for record in message.records(section) {
                        let printed = record.to_string();
                        let again =
                            zonefile::parse(&printed, None).unwrap_or_else(|error| panic!("{printed}: {error}"));
                        assert_eq!(again[0].as_record().to_string(), printed);
                    }
                }
            }
        }
        Err(error) => assert!(error.line >= 1 && error.line <= text.split('\n').count(), "{error}"),
    }
});
