//! Names from octets and from text, printed and read again; their order against a naive one.
#![no_main]

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use dnsproof::name::{Name, NameBuf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Ok(name) = Name::from_wire(octets) {
        assert_eq!(name.wire_len(), octets.len());
        assert_eq!(name.to_buf().as_wire(), octets);
        hold(&name);
    }
    if let Ok(text) = str::from_utf8(octets)
        && let Ok(name) = text.parse::<NameBuf>()
    {
        hold(&name.as_name());
    }
    // Two names, one after the other.
    let end = (1..octets.len()).find(|end| Name::from_wire(&octets[..*end]).is_ok());
    if let Some(end) = end
        && let Ok(second) = Name::from_wire(&octets[end..])
    {
        let first = Name::from_wire(&octets[..end]).unwrap();
        let order = naive(&first).cmp(&naive(&second));
        assert_eq!(first.cmp(&second), order, "{first} {second}");
        assert_eq!(second.cmp(&first), order.reverse(), "{first} {second}");
        assert_eq!(first == second, order == Ordering::Equal, "{first} {second}");
        assert_eq!(first.is_at_or_below(&second), naive(&first).starts_with(&naive(&second)), "{first} {second}");
        if first == second {
            assert_eq!(hash(&first), hash(&second), "{first} {second}");
        }
        if let Ok(joined) = first.to_buf().before(&second) {
            assert!(joined.as_name().is_at_or_below(&second), "{joined}");
            assert_eq!(joined.as_wire().len() + 1, first.wire_len() + second.wire_len(), "{joined}");
        } else {
            assert!(first.wire_len() + second.wire_len() > 256, "{first} {second}");
        }
    }
});

fn hold(name: &Name<'_>) {
    let text = name.to_string();
    let read: NameBuf = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read.as_wire(), name.to_buf().as_wire(), "{text}");
    assert!(text.ends_with('.') && text.is_ascii());
    assert!(name.wire_len() <= 255 && name.labels().all(|label| (1..=63).contains(&label.len())));
    assert_eq!(name.labels().count(), usize::from(name.label_count()));
    assert_eq!(name.is_root(), name.parent().is_none());
    for labels in 0..=name.label_count() {
        let ancestor = name.ancestor(labels).unwrap();
        assert_eq!(ancestor.label_count(), labels);
        assert!(name.is_at_or_below(&ancestor) && ancestor <= *name);
        assert_eq!(name.is_below(&ancestor), labels < name.label_count());
    }
    assert!(name.ancestor(name.label_count() + 1).is_none());
}

/// RFC 4034 section 6.1: labels from the right, each in lower case.
fn naive(name: &Name<'_>) -> Vec<Vec<u8>> {
    let mut labels: Vec<Vec<u8>> = name.labels().map(<[u8]>::to_ascii_lowercase).collect();
    labels.reverse();
    labels
}

fn hash(name: &Name<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
