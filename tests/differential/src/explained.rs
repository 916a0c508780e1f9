//! The kinds of differences that are understood: `explained.tsv`.

/// A peer says something else than this crate, and it is known why.
#[derive(Debug)]
pub struct Kind {
    pub peer: String,
    pub ours: Vec<String>,
    pub theirs: Vec<String>,
    /// All of these; of those divided by `|` one is enough; with `!` it must not be there.
    pub tags: Vec<String>,
    pub label: String,
}

/// The rows, in order: the first that fits counts.
pub fn kinds() -> Vec<Kind> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/explained.tsv")).expect("explained.tsv");
    let rows = text.lines().skip(1).filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let list = |text: &str, at: char| text.split(at).map(str::to_owned).collect::<Vec<_>>();
    rows.map(|row| {
        let columns: Vec<&str> = row.split('\t').collect();
        let [peer, ours, theirs, tags, label, _clause, _why] = columns[..] else { panic!("explained.tsv: {row}") };
        let tags = tags.split_whitespace().map(str::to_owned).collect();
        Kind { peer: peer.to_owned(), ours: list(ours, '|'), theirs: list(theirs, '|'), tags, label: label.to_owned() }
    })
    .collect()
}

impl Kind {
    pub fn fits(&self, peer: &str, ours: &str, theirs: &str, tags: &crate::tags::Tags) -> bool {
        let has = |tag: &str| match tag.strip_prefix('!') {
            Some(tag) => !tags.contains(tag),
            None => tags.contains(tag),
        };
        self.peer == peer
            && self.ours.iter().any(|word| word == ours)
            && self.theirs.iter().any(|word| word == theirs)
            && self.tags.iter().all(|tag| tag.split('|').any(has))
    }
}
