//! Any octets as an element on a stream, and any text as the URL of a proof: what is read can be written, and says the
//! same when it is read again; a URL that is taken leads to the provider.
#![no_main]

use dnsproof::dna::{Element, Reading, UrlRules};
use dnsproof::name::NameBuf;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let provider: NameBuf = "example.net".parse().unwrap();
    let standard = Reading::standard();
    let bare = Reading { bare: Some("example.com".parse().unwrap()), ..Reading::standard() };
    for reading in [&standard, &bare] {
        let Ok(element) = Element::parse(octets, reading) else { continue };
        let written = element.to_xml(reading);
        assert_eq!(Element::parse(written.as_bytes(), &standard).as_ref(), Ok(&element), "{written}");
        if let Element::Proof { url, .. } = &element {
            check(url, &provider);
        }
    }
    if let Ok(text) = core::str::from_utf8(octets) {
        check(text, &provider);
    }
});

fn check(text: &str, provider: &NameBuf) {
    if let Ok(url) = UrlRules::standard().check(text, &[provider.as_name()]) {
        assert!(url.host().is_at_or_below(&provider.as_name()) && [80, 443].contains(&url.port()), "{text}");
        let again = UrlRules::standard().check(url.as_str(), &[provider.as_name()]).unwrap();
        assert_eq!(again, url);
    }
}
