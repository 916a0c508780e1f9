//! Who said what, how often.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::explained::{Kind, kinds};
use crate::tags::{Tags, line};
use crate::verdict::Verdict;

#[derive(Default)]
struct Group {
    count: u64,
    seeds: Vec<u64>,
}

impl Group {
    fn add(&mut self, seed: u64) {
        self.count += 1;
        if self.seeds.len() < 4 {
            self.seeds.push(seed);
        }
    }
}

#[derive(Default)]
struct Peer {
    asked: u64,
    same: BTreeMap<&'static str, u64>,
    explained: BTreeMap<String, Group>,
    unexplained: BTreeMap<(&'static str, &'static str, String), Group>,
}

pub struct Tally {
    kinds: Vec<Kind>,
    peers: BTreeMap<String, Peer>,
}

impl Tally {
    pub fn new() -> Self {
        Self { kinds: kinds(), peers: BTreeMap::new() }
    }

    /// Whether it is the same, or a difference that is explained.
    pub fn add(&mut self, name: &str, seed: u64, ours: &Verdict, theirs: &Verdict, tags: &Tags) -> bool {
        let peer = self.peers.entry(name.to_owned()).or_default();
        peer.asked += 1;
        // Of an answer that is missing, each says what it likes.
        let refused = |said: &Verdict| matches!(said, Verdict::Bogus | Verdict::Indeterminate | Verdict::Failed);
        let both_refuse = tags.contains("changed") && refused(ours) && refused(theirs);
        if ours.agrees(theirs) || both_refuse {
            *peer.same.entry(ours.word()).or_default() += 1;
            return true;
        }
        // The same words mean other records.
        let (ours, theirs) = (ours.word(), if ours.word() == theirs.word() { "other" } else { theirs.word() });
        if let Some(kind) = self.kinds.iter().find(|kind| kind.fits(name, ours, theirs, tags)) {
            peer.explained.entry(kind.label.clone()).or_default().add(seed);
            return true;
        }
        peer.unexplained.entry((ours, theirs, line(tags))).or_default().add(seed);
        false
    }

    pub fn print(&self) -> ExitCode {
        let mut code = ExitCode::SUCCESS;
        for (name, peer) in &self.peers {
            let same: u64 = peer.same.values().sum();
            println!("{name}: {} asked, {same} the same {:?}", peer.asked, peer.same);
            for (label, group) in &peer.explained {
                println!("  {:>7} {label}, as in {:?}", group.count, group.seeds);
            }
            let unexplained: u64 = peer.unexplained.values().map(|group| group.count).sum();
            if unexplained > 0 {
                code = ExitCode::FAILURE;
                println!("  {unexplained:>7} NOT EXPLAINED");
            }
            let mut groups: Vec<_> = peer.unexplained.iter().collect();
            groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
            for ((ours, theirs, tags), group) in groups.into_iter().take(30) {
                println!("    {:>5} ours {ours}, theirs {theirs}: {tags}; {:?}", group.count, group.seeds);
            }
        }
        code
    }
}
