//! Any text as a file of trust anchors, and as a saved state of RFC 5011: what is read can be
//! written, and says the same when it is read again.
#![no_main]

use dnsproof::anchor::{self, Format, TrustPoint};
use dnsproof::crypto::Ring;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let reading = anchor::read(text, "f");
    for broken in &reading.broken {
        assert!(broken.source.line <= text.split('\n').count(), "{broken}");
    }
    for format in Format::ALL {
        let written = reading.anchors.write(format, &Ring);
        let again = anchor::read(&written.text, "again");
        assert!(again.broken.is_empty(), "{format}: {:?}\n{}", again.broken, written.text);
        let left = again.anchors.entries().len() + written.left_out.len();
        // XML may have a digest for a key, and one digest for two equal entries.
        assert!(left >= reading.anchors.entries().len() || format == Format::Xml || format == Format::Bind, "{format}");
    }
    if let Ok(point) = TrustPoint::read(text) {
        assert_eq!(TrustPoint::read(&point.to_string()).as_ref(), Ok(&point));
    }
});
