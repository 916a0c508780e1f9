//! Domain names as lists of labels, always in lower case: no rule of DNSSEC looks at the case of a
//! name (RFC 4343 section 3), and the canonical form is in lower case (RFC 4034 section 6.2).

/// Labels from the left, without the root's empty one. The order of `Ord` is the canonical one.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(pub Vec<Vec<u8>>);

impl Name {
    pub const ROOT: Self = Self(Vec::new());

    /// An uncompressed name and nothing behind it.
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        let (name, end) = Self::read(octets, 0, Pointers::Refused)?;
        (end == octets.len()).then_some(name)
    }

    /// The name at `at`, and where it ends (RFC 1035 sections 3.1 and 4.1.4).
    pub fn read(message: &[u8], at: usize, pointers: Pointers) -> Option<(Self, usize)> {
        let (mut at, mut end, mut labels, mut octets) = (at, None, Vec::new(), 1);
        // A pointer leads to a prior occurrence of a name: to before where this part of it began.
        let mut part = at;
        loop {
            let first = usize::from(*message.get(at)?);
            match first {
                0 => return Some((Self(labels), end.unwrap_or(at + 1))),
                1..=63 => {
                    let label = message.get(at + 1..at + 1 + first)?;
                    octets += 1 + first;
                    // RFC 1035 section 2.3.4: 255 octets in a name.
                    if octets > 255 {
                        return None;
                    }
                    labels.push(label.to_ascii_lowercase());
                    at += 1 + first;
                }
                192.. if pointers == Pointers::Followed => {
                    let low = usize::from(*message.get(at + 1)?);
                    let to = (first - 192) * 256 + low;
                    if to >= part {
                        return None;
                    }
                    end.get_or_insert(at + 2);
                    (at, part) = (to, to);
                }
                // RFC 1035 section 4.1.4: 01 and 10 are reserved.
                _ => return None,
            }
        }
    }

    pub fn wire(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for label in &self.0 {
            out.push(u8::try_from(label.len()).expect("labels have at most 63 octets"));
            out.extend(label);
        }
        out.push(0);
        out
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The last `labels` labels.
    pub fn last(&self, labels: usize) -> Self {
        Self(self.0[self.len() - labels..].to_vec())
    }

    pub fn parent(&self) -> Option<Self> {
        (!self.0.is_empty()).then(|| self.last(self.len() - 1))
    }

    pub fn is_at_or_below(&self, above: &Self) -> bool {
        self.0.ends_with(&above.0)
    }

    pub fn is_below(&self, above: &Self) -> bool {
        self != above && self.is_at_or_below(above)
    }

    /// RFC 4592 section 2.1.1.
    pub fn is_wildcard(&self) -> bool {
        self.0.first().is_some_and(|label| label == b"*")
    }

    pub fn wildcard_below(&self) -> Self {
        let mut labels = vec![b"*".to_vec()];
        labels.extend(self.0.clone());
        Self(labels)
    }

    /// The longest name that both are at or below.
    pub fn common(&self, other: &Self) -> Self {
        let same = self.0.iter().rev().zip(other.0.iter().rev()).take_while(|(a, b)| a == b).count();
        self.last(same)
    }

    /// This name with `to` in place of `from` (RFC 6672 section 2.2); `None` if it grows too long.
    pub fn redirected(&self, from: &Self, to: &Self) -> Option<Self> {
        let mut labels = self.0[..self.len() - from.len()].to_vec();
        labels.extend(to.0.clone());
        let name = Self(labels);
        (name.wire().len() <= 255).then_some(name)
    }

    /// What the Labels field of a signature says of it: neither the root nor a leading `*` counts
    /// (RFC 4034 section 3.1.3).
    pub fn signed_labels(&self) -> usize {
        self.len() - usize::from(self.is_wildcard())
    }
}

/// RFC 4034 section 6.1: label by label from the right, each as octets in lower case.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let labels: Vec<String> = self.0.iter().map(|label| format!("{}.", label.escape_ascii())).collect();
        f.write_str(if labels.is_empty() { "." } else { "" })?;
        f.write_str(&labels.concat())
    }
}

/// Whether a name may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointers {
    Followed,
    Refused,
}
