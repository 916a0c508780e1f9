//! A world of a seed with what is asked there, and the servers that answer: one with authority for all zones, and a
//! resolver that follows aliases and validates nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use arbitrary::Unstructured;

use crate::keys::Keys;
use crate::world::server::{Response, answer, read};
use crate::world::zone::dnskey;
use crate::world::{Name, Question, World, changes, octets, rtype};

/// Aliases that the resolver follows, one more than any validator here does.
const ALIASES: usize = 12;

pub struct Scene {
    pub seed: u64,
    pub world: World,
    pub question: Question,
    pub keys: Arc<Keys>,
    answers: Mutex<BTreeMap<Question, Response>>,
    /// What became of the answers; the honest ones to the same questions are not given.
    changed: Option<Vec<Response>>,
    octets: Vec<u8>,
    used: usize,
}

impl Scene {
    /// Below the root.
    pub fn new(seed: u64, keys: &Arc<Keys>) -> Self {
        Self::under(seed, keys, &Name::root())
    }

    /// Below a label that says the seed, so that many worlds are together in one.
    pub fn labelled(seed: u64, keys: &Arc<Keys>) -> Self {
        Self::under(seed, keys, &Name::root().child(format!("w{seed}").as_bytes()))
    }

    fn under(seed: u64, keys: &Arc<Keys>, top: &Name) -> Self {
        let octets = octets(seed);
        let mut u = Unstructured::new(&octets);
        let world = World::under(&mut u, top).expect("octets enough");
        let question = world.question(&mut u).expect("octets enough");
        let used = octets.len() - u.len();
        let keys = Arc::clone(keys);
        Self { seed, world, question, keys, answers: Mutex::default(), changed: None, octets, used }
    }

    /// Changes some of what was answered so far.
    pub fn change(&mut self) {
        let mut u = Unstructured::new(&self.octets[self.used..]);
        let mut responses: Vec<Response> = self.answers.lock().unwrap().values().cloned().collect();
        for _ in 0..=u.int_in_range(0..=2).unwrap_or(0) {
            // Octets that have run out are zeros, and that is a change too.
            let _ = changes::change(&mut u, &mut responses);
        }
        self.changed = Some(responses);
    }

    pub fn is_changed(&self) -> bool {
        self.changed.is_some()
    }

    /// What was answered so far, as it is.
    pub fn answers(&self) -> Vec<Response> {
        self.answers.lock().unwrap().values().cloned().collect()
    }

    /// The answer of the server with authority.
    pub fn answer(&self, question: &Question) -> Response {
        let mut answers = self.answers.lock().unwrap();
        if let Some(changed) = &self.changed {
            let name = question.name.wire();
            let found = changed
                .iter()
                .find(|response| response.name.eq_ignore_ascii_case(&name) && response.rtype == question.rtype);
            if let Some(found) = found {
                return found.clone();
            }
            if answers.contains_key(question) {
                return Response { name, rtype: question.rtype, rcode: 2, sections: Default::default() };
            }
        }
        if self.changed.is_some() {
            return self.honest(question);
        }
        answers.entry(question.clone()).or_insert_with(|| self.honest(question)).clone()
    }

    pub fn honest(&self, question: &Question) -> Response {
        if question.name.is_at_or_below(self.world.top()) {
            answer(&self.world, &*self.keys, question)
        } else {
            Response { name: question.name.wire(), rtype: question.rtype, rcode: 5, sections: Default::default() }
        }
    }

    /// The answer of a resolver: with all aliases followed, in one message.
    pub fn resolved(&self, question: &Question) -> Response {
        let mut all = self.answer(question);
        let mut seen = vec![question.name.clone()];
        let mut last = all.clone();
        while let Some(next) = alias(&last, seen.last().unwrap(), question.rtype) {
            let above = question.rtype == rtype::DS && next == *self.world.top();
            if seen.contains(&next) || seen.len() > ALIASES || above {
                break;
            }
            last = self.answer(&Question { name: next.clone(), rtype: question.rtype });
            seen.push(next);
            all.rcode = last.rcode;
            for (section, more) in all.sections.iter_mut().zip(&last.sections) {
                for record in more {
                    if !section.contains(record) {
                        section.push(record.clone());
                    }
                }
            }
        }
        all
    }

    /// The key of the world's top, as RDATA.
    pub fn anchor(&self) -> Vec<u8> {
        dnskey(&*self.keys, self.world.zones[0].key, 257)
    }

    /// The record of it, in presentation form.
    pub fn anchor_text(&self) -> String {
        let rdata = self.anchor();
        let key = data_encoding::BASE64.encode(&rdata[4..]);
        format!("{} 3600 IN DNSKEY 257 3 {} {key}", self.world.top(), rdata[3])
    }
}

/// Where a response leads.
pub fn alias(response: &Response, name: &Name, asked: u16) -> Option<Name> {
    if asked == rtype::CNAME {
        return None;
    }
    let here = |owner: &[u8]| owner.eq_ignore_ascii_case(&name.wire());
    let mut records = response.sections[0].iter().filter(|record| here(&record.owner));
    if records.clone().any(|record| record.rtype == asked) {
        return None;
    }
    let cname = records.find(|record| record.rtype == rtype::CNAME)?;
    is_name(&cname.rdata).then(|| read(&cname.rdata.to_ascii_lowercase()))
}

/// Whether these octets are one name, uncompressed.
pub fn is_name(octets: &[u8]) -> bool {
    let mut rest = octets;
    while let Some((len, after)) = rest.split_first() {
        match len {
            0 => return after.is_empty() && octets.len() <= 255,
            1..=63 if after.len() > usize::from(*len) => rest = &after[usize::from(*len)..],
            _ => return false,
        }
    }
    false
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world {}: {} {}", self.seed, self.question.name, self.question.rtype)?;
        self.world.zones.iter().try_for_each(|zone| writeln!(f, "  {zone}"))?;
        let asked = self.answers();
        for response in self.changed.as_ref().unwrap_or(&asked) {
            writeln!(f, "  {response}")?;
        }
        Ok(())
    }
}
