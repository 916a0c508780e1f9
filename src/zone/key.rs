//! Names as octets whose plain order is the canonical order of names (RFC 4034 section 6.1).
//!
//! A key has the labels from the right to the left, in lower case, each with a zero behind it; the octets 0 and 1
//! inside of a label are written as two. So a name sorts before the names below it, its key is the beginning of
//! theirs, and to compare two keys is to compare octets.

use alloc::vec::Vec;

use crate::name::{Name, NameBuf};

/// Appends the key of a name.
pub(super) fn write(name: &Name<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    // From the left, each label backwards; the whole is turned around at the end.
    for label in name.labels() {
        out.push(0);
        for octet in label.iter().rev() {
            match octet {
                0 => out.extend_from_slice(&[1, 1]),
                1 => out.extend_from_slice(&[2, 1]),
                octet => out.push(octet.to_ascii_lowercase()),
            }
        }
    }
    if let Some(key) = out.get_mut(start..) {
        key.reverse();
    }
}

/// The labels of a key, from the right.
pub(super) fn labels(key: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
    // Behind the last zero there is nothing.
    key.strip_suffix(&[0]).into_iter().flat_map(|key| key.split(|octet| *octet == 0))
}

/// Labels of the name, without the root.
pub(super) fn label_count(key: &[u8]) -> usize {
    key.iter().filter(|octet| **octet == 0).count()
}

/// Whether the first label is a lone asterisk.
pub(super) fn is_wildcard(key: &[u8]) -> bool {
    labels(key).next_back() == Some(b"*")
}

/// The key of the name above; `None` for the root.
pub(super) fn parent(key: &[u8]) -> Option<&[u8]> {
    let (_, before) = key.split_last()?;
    let end = before.iter().rposition(|octet| *octet == 0).map_or(0, |at| at.saturating_add(1));
    key.get(..end)
}

/// Whether the name is `other`, or below it.
pub(super) fn is_at_or_below(key: &[u8], other: &[u8]) -> bool {
    key.starts_with(other)
}

/// Writes the name in wire form, which is canonical.
pub(super) fn write_wire(key: &[u8], out: &mut Vec<u8>) {
    for label in labels(key).rev() {
        let at = out.len();
        out.push(0);
        unescape(label, out);
        let length = out.len().saturating_sub(at).saturating_sub(1);
        if let (Some(place), Ok(length)) = (out.get_mut(at), u8::try_from(length)) {
            *place = length;
        }
    }
    out.push(0);
}

fn unescape(label: &[u8], out: &mut Vec<u8>) {
    let mut octets = label.iter();
    while let Some(octet) = octets.next() {
        // 1 is followed by 1 for the octet 0, and by 2 for the octet 1.
        let value = if *octet == 1 { octets.next().map_or(1, |next| next.saturating_sub(1)) } else { *octet };
        out.push(value);
    }
}

/// The name, in lower case.
pub(super) fn to_name(key: &[u8]) -> NameBuf {
    let mut wire = Vec::new();
    write_wire(key, &mut wire);
    Name::from_wire(&wire).map_or(NameBuf::root(), |name| name.to_buf())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn names() -> impl Strategy<Value = NameBuf> {
        let octet = prop_oneof![Just(0_u8), Just(1), Just(2), Just(b'a'), Just(b'A'), Just(b'*'), any::<u8>()];
        vec(vec(octet, 1..4), 0..5).prop_map(|labels| {
            let mut name = NameBuf::root();
            for label in labels {
                let _fits = name.push_label(&label);
            }
            name
        })
    }

    fn key(name: &NameBuf) -> Vec<u8> {
        let mut out = Vec::new();
        write(&name.as_name(), &mut out);
        out
    }

    proptest! {
        #[test]
        fn keys_are_names(one in names(), other in names()) {
            let (a, b) = (key(&one), key(&other));
            prop_assert_eq!(a.cmp(&b), one.cmp(&other));
            prop_assert_eq!(is_at_or_below(&a, &b), one.as_name().is_at_or_below(&other.as_name()));
            prop_assert_eq!(to_name(&a), one);
            prop_assert_eq!(label_count(&a), usize::from(one.as_name().label_count()));
            prop_assert_eq!(is_wildcard(&a), one.as_name().is_wildcard());
            let above = parent(&a).map(to_name);
            prop_assert_eq!(above, one.as_name().parent().map(|name| name.to_buf()));
        }
    }
}
