//! Small zones at random, with NSEC or NSEC3, delegations, aliases and wildcards, signed in earnest, and lies in
//! some of them that are as well signed. The kernel and the reference judge what a server would answer.
//!
//! `DNSPROOF_WORLDS` says how many (200 if it is not set), `DNSPROOF_WORLD_SEED` where the random numbers begin.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE32HEX_NOPAD;
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Reason, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};
use dnsproof::zonefile::OwnedRecord;

use super::compare::{Comparison, anchors, compare};
use super::memo::Memo;
use super::sign::{self, NOW, records};
use super::validator::name::Name;
use super::validator::{Case, Rules, judge};

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

const LABELS: [&str; 6] = ["a", "b", "c", "m", "z", "*"];
const TYPES: [&str; 6] = ["A", "TXT", "CNAME", "DNAME", "NS", "DS"];

/// A zone with its records and its denials, each with its signature.
struct Zone {
    keys: sign::Zone,
    sets: BTreeMap<(Name, String), Vec<OwnedRecord>>,
    denials: Vec<Vec<OwnedRecord>>,
}

struct World {
    random: Random,
    /// Of a hundred things, how many are lies.
    lies: usize,
    zones: BTreeMap<Name, Zone>,
}

fn text(name: &Name) -> String {
    format!("{name:?}")
}

fn name(text: &str) -> Name {
    Name::from_wire(sign::name(text).as_wire()).unwrap()
}

/// The names above, the nearest first, and the root last.
fn above(name: &Name) -> impl Iterator<Item = Name> {
    std::iter::successors(name.parent(), Name::parent)
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.below(2);
        random.below(2);
        let lies = random.of(&[0, 0, 2, 6]);
        let mut world = Self { random, lies, zones: BTreeMap::new() };
        world.grow(&Name::ROOT, 0);
        world
    }

    fn lie(&mut self) -> bool {
        let chance = self.lies;
        self.random.percent(chance)
    }

    fn below(&mut self, apex: &Name) -> Name {
        let mut name = apex.clone();
        for _ in 0..self.random.of(&[1, 1, 1, 2, 2, 3]) {
            let label = self.random.of(&LABELS);
            name.0.insert(0, label.as_bytes().to_vec());
        }
        name
    }

    fn anywhere(&mut self) -> Name {
        let zones: Vec<Name> = self.zones.keys().cloned().collect();
        let apex = self.random.of(&zones);
        self.below(&apex)
    }

    /// Makes the zone, and those below it.
    fn grow(&mut self, apex: &Name, depth: usize) {
        let (mut sets, apex_text) = (BTreeMap::new(), text(apex));
        let keys = sign::Zone::new(&apex_text);
        let mut put = |owner: &Name, rtype: &str, rdata: &str| {
            let owner_text = text(owner);
            sets.insert((owner.clone(), rtype.to_owned()), records(&format!("{owner_text} 3600 IN {rtype} {rdata}\n")));
        };
        put(apex, "SOA", "ns.host. admin.host. 1 2 3 4 5");
        put(apex, "NS", "ns.host.");
        let mut children = Vec::new();
        for _ in 0..=self.random.below(6) {
            let owner = self.below(apex);
            match self.random.below(10) {
                0..=4 => {
                    put(&owner, "A", "192.0.2.1");
                    if self.random.percent(40) {
                        put(&owner, "TXT", "one");
                    }
                }
                5 => {
                    let target = match self.random.percent(60) || self.zones.is_empty() {
                        true => self.below(apex),
                        false => self.anywhere(),
                    };
                    put(&owner, "CNAME", &text(&target));
                }
                6 => {
                    let target = self.below(apex);
                    put(&owner, "DNAME", &text(&target));
                }
                7 => put(&owner, "NS", "ns.host."),
                _ if depth < 2 && !owner.is_wildcard() && !self.zones.contains_key(&owner) => {
                    put(&owner, "NS", "ns.host.");
                    children.push(owner);
                }
                _ => put(&owner, "TXT", "two"),
            }
        }
        for child in &children {
            let mut ds = vec![sign::Zone::new(&text(child)).ds()];
            if self.random.percent(10) {
                // RFC 4035 section 5.2: no algorithm that anybody knows.
                ds[0].rdata[2] = 253;
            }
            sets.insert((child.clone(), "DS".to_owned()), ds);
        }
        sets.insert((apex.clone(), "DNSKEY".to_owned()), vec![keys.key.clone()]);
        let zone = Zone { keys, sets, denials: Vec::new() };
        self.zones.insert(apex.clone(), zone);
        self.sign(apex);
        for child in children {
            if !self.zones.contains_key(&child) {
                self.grow(&child, depth + 1);
            }
        }
    }

    /// The signature over records: by the zone, or by another one.
    fn signature(&mut self, apex: &Name, set: &[OwnedRecord]) -> OwnedRecord {
        let liar = self.lie().then(|| above(apex).find(|above| self.zones.contains_key(above))).flatten();
        self.zones[liar.as_ref().unwrap_or(apex)].keys.sign(set)
    }

    /// Signs all of a zone and makes its denials.
    fn sign(&mut self, apex: &Name) {
        let keys: Vec<(Name, String)> = self.zones[apex].sets.keys().cloned().collect();
        for key in &keys {
            let set = self.zones[apex].sets[key].clone();
            // RFC 4035 section 2.2: NS at a delegation is not signed.
            if key.1 != "NS" || key.0 == *apex || self.lie() {
                let signature = self.signature(apex, &set);
                self.zones.get_mut(apex).unwrap().sets.get_mut(key).unwrap().push(signature);
            }
        }
        let owners: BTreeSet<Name> = keys.iter().map(|(owner, _)| owner.clone()).collect();
        let mut denials = match self.random.percent(50) {
            true => self.nsec(apex, &keys, &owners.into_iter().collect::<Vec<_>>()),
            false => self.nsec3(apex, &keys, &owners),
        };
        for denial in &mut denials {
            let signature = self.signature(apex, denial);
            denial.push(signature);
        }
        self.zones.get_mut(apex).unwrap().denials = denials;
    }

    fn types(&mut self, keys: &[(Name, String)], owner: &Name) -> String {
        let mut types: BTreeSet<String> =
            keys.iter().filter(|(name, _)| name == owner).map(|key| key.1.clone()).collect();
        if self.lie() {
            let lie = self.random.of(&["A", "TXT", "CNAME", "DNAME", "NS", "DS", "SOA", "TYPE128"]).to_owned();
            if !types.remove(&lie) {
                types.insert(lie);
            }
        }
        types.into_iter().collect::<Vec<_>>().join(" ")
    }

    fn nsec(&mut self, apex: &Name, keys: &[(Name, String)], owners: &[Name]) -> Vec<Vec<OwnedRecord>> {
        let mut out = Vec::new();
        for (at, owner) in owners.iter().enumerate() {
            let mut next = owners.get(at + 1).unwrap_or(apex).clone();
            if self.lie() {
                next = self.anywhere();
            }
            let types = self.types(keys, owner);
            out.push(records(&format!("{} 3600 IN NSEC {} {types} RRSIG NSEC\n", text(owner), text(&next))));
        }
        out
    }

    fn nsec3(&mut self, apex: &Name, keys: &[(Name, String)], owners: &BTreeSet<Name>) -> Vec<Vec<OwnedRecord>> {
        let mut names = owners.clone();
        for owner in owners {
            // RFC 5155 section 7.1: empty non-terminals have records too.
            names.extend(above(owner).take_while(|above| above.is_below(apex)));
        }
        let opt_out = self.random.percent(30);
        if opt_out {
            let signed = |name: &Name, rtype: &str| keys.contains(&(name.clone(), rtype.to_owned()));
            names.retain(|name| !(signed(name, "NS") && !signed(name, "DS") && name != apex));
        }
        let (iterations, salt) = (self.random.of(&[0, 0, 0, 0, 1, 50, 51, 501]), self.random.of(&["-", "AB"]));
        let octets = if salt == "-" { &[][..] } else { &[0xAB] };
        let hash = |name: &Name| BASE32HEX_NOPAD.encode(&Ring.nsec3_hash(&name.wire(), octets, iterations).unwrap());
        let hashes: BTreeMap<String, Name> = names.iter().map(|name| (hash(name), name.clone())).collect();
        let mut out = Vec::new();
        for (at, owner) in &hashes {
            let after = hashes.range((std::ops::Bound::Excluded(at.clone()), std::ops::Bound::Unbounded)).next();
            let mut next = after.or(hashes.first_key_value()).unwrap().0.clone();
            if self.lie() {
                next = hash(&self.anywhere());
            }
            let flag = u8::from(opt_out != self.lie());
            let iterations = if self.lie() { 51 } else { iterations };
            let types = self.types(keys, owner);
            let apex = if *apex == Name::ROOT { String::new() } else { text(apex) };
            let types = if types.is_empty() { types } else { types + " RRSIG" };
            // What is signed is in lower case.
            let at = at.to_lowercase();
            out.push(records(&format!("{at}.{apex} 3600 IN NSEC3 1 {flag} {iterations} {salt} {next} {types}\n")));
        }
        out
    }

    /// What a server answers, and where aliases lead.
    fn answer(&mut self, question: &Name, rtype: &str) -> (Vec<u8>, Vec<Name>) {
        let (mut answer, mut authority, mut targets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut at, mut rcode) = (question.clone(), 0);
        while let Some(target) = self.step(&at, rtype, &mut answer, &mut authority, &mut rcode) {
            let again = targets.contains(&target) || target == *question;
            targets.push(target.clone());
            if again || targets.len() > 4 || self.random.percent(40) {
                break;
            }
            at = target;
        }
        if self.lie() {
            rcode = 3 - rcode;
        }
        let rtype = Type::from_mnemonic(rtype).unwrap();
        (sign::message(sign::name(&text(question)), rtype, rcode, &answer, &authority), targets)
    }

    /// RFC 1034 section 4.3.2, RFC 6672 section 3.2.
    fn step(
        &mut self,
        at: &Name,
        rtype: &str,
        answer: &mut Vec<OwnedRecord>,
        authority: &mut Vec<OwnedRecord>,
        rcode: &mut u8,
    ) -> Option<Name> {
        *rcode = 0;
        let path = || std::iter::once(at.clone()).chain(above(at));
        let mut apexes = path().skip(usize::from(rtype == "DS" && *at != Name::ROOT));
        let apex = apexes.find(|apex| self.zones.contains_key(apex)).unwrap();
        let zone = &self.zones[&apex];
        let set = |owner: &Name, rtype: &str| zone.sets.get(&(owner.clone(), rtype.to_owned())).cloned();
        let inside = || path().take_while(|name| name.is_below(&apex));
        if inside().any(|name| set(&name, "NS").is_some() && !(name == *at && rtype == "DS")) {
            // Whatever a zone says that is not signed.
            answer.extend(records(&format!("{} 3600 IN {rtype} {}\n", text(at), unsigned(rtype))));
            return None;
        }
        let exists = |name: &Name| zone.sets.keys().any(|(owner, _)| owner.is_at_or_below(name));
        let renamed = |set: Vec<OwnedRecord>| sign::renamed(&set, &text(at));
        if let Some(dname) = inside().skip(1).find_map(|owner| set(&owner, "DNAME")) {
            let (owner, target) = (name(&dname[0].owner.to_string()), Name::from_wire(&dname[0].rdata).unwrap());
            let target = at.redirected(&owner, &target)?;
            answer.extend(dname);
            answer.extend(records(&format!("{} 3600 IN CNAME {}\n", text(at), text(&target))));
            return (rtype != "CNAME").then_some(target);
        }
        let encloser = path().find(&exists).unwrap();
        let wildcard = encloser.wildcard_below();
        let source = if encloser == *at { at } else { &wildcard };
        let (found, alias) = (set(source, rtype), set(source, "CNAME"));
        let (is_there, expanded) = (exists(source), source != at);
        let target = alias.as_ref().filter(|_| found.is_none()).map(|set| Name::from_wire(&set[0].rdata).unwrap());
        let records = found.or(alias);
        answer.extend(records.clone().into_iter().flat_map(renamed));
        if expanded || records.is_none() {
            let denials = zone.denials.clone();
            for denial in denials {
                if !self.lie() {
                    authority.extend(denial);
                }
            }
        }
        *rcode = if is_there { 0 } else { 3 };
        target
    }

    /// A question and all that answers it.
    fn case(&mut self) -> (Name, String, Vec<Vec<u8>>) {
        let owners: Vec<Name> =
            self.zones.values().flat_map(|zone| zone.sets.keys().map(|key| key.0.clone())).collect();
        let question = match self.random.percent(50) {
            true => self.random.of(&owners),
            false => self.anywhere(),
        };
        let rtype = self.random.of(&TYPES).to_owned();
        let rtype = if question == Name::ROOT { "A".to_owned() } else { rtype };
        let (mut out, mut todo, mut asked) = (Vec::new(), vec![question.clone()], BTreeSet::new());
        while let Some(name) = todo.pop() {
            if !asked.insert((name.clone(), rtype.clone())) {
                continue;
            }
            let (message, targets) = self.answer(&name, &rtype);
            out.push(message);
            todo.extend(targets);
        }
        let names: BTreeSet<Name> =
            asked.iter().flat_map(|(name, _)| std::iter::once(name.clone()).chain(above(name))).collect();
        for name in names {
            if name != Name::ROOT && !asked.contains(&(name.clone(), "DS".to_owned())) && !self.lie() {
                out.push(self.answer(&name, "DS").0);
            }
            if self.zones.contains_key(&name) && !self.lie() {
                out.push(self.answer(&name, "DNSKEY").0);
            }
        }
        (question, rtype, out)
    }
}

fn unsigned(rtype: &str) -> &'static str {
    match rtype {
        "A" => "192.0.2.9",
        "TXT" => "nine",
        "DS" => "1 8 2 0000000000000000000000000000000000000000000000000000000000000000",
        "DNSKEY" => "256 3 8 AAAA",
        _ => "host.",
    }
}

#[test]
fn random_worlds() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (count, first) = (number("DNSPROOF_WORLDS", 200), number("DNSPROOF_WORLD_SEED", 1));
    let root = sign::Zone::new(".").ds().as_record().to_string();
    let (kernels, own) = (Anchors::parse(&root).unwrap(), anchors(&root));
    let (policy, backend) = (Policy::standard(), Memo::new(Ring));
    let rules = Rules { first_answer_only: true, ..Rules::standard() };
    let (mut verdicts, mut missed) = (BTreeMap::new(), BTreeMap::<String, u32>::new());
    for seed in first..first + count {
        let mut world = World::new(seed);
        for round in 0..4 {
            let (question, rtype, messages) = world.case();
            let asked = sign::name(&text(&question));
            let kind = Type::from_mnemonic(&rtype).unwrap();
            let case =
                Case { name: asked.as_wire(), rtype: kind.0, anchors: &own, now: NOW.into(), messages: &messages };
            let judgement = judge(&case, &backend, &rules);
            let evidence: Vec<Message<'_>> = messages.iter().map(|octets| Message::parse(octets).unwrap()).collect();
            let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
            let clock = Time(NOW.into()).into();
            let mut terms =
                Terms { clock, policy: &policy, backend: &backend, budget: &mut budget, scratch: &mut scratch };
            let verdict = chain::verify(Question::new(asked.as_name(), kind), &kernels, &evidence[..], &mut terms);
            *verdicts.entry(verdict.as_str()).or_insert(0_u64) += 1;
            let lines =
                || messages.iter().map(|octets| data_encoding::HEXLOWER.encode(octets) + "\n").collect::<String>();
            match compare(&verdict, &judgement) {
                Comparison::Same { .. } => (),
                Comparison::Unsupported(text) => {
                    panic!("world {seed}.{round}, {question:?} {rtype}: {text}; evidence:\n{}", lines());
                }
                Comparison::Missed(text) => {
                    let code = verdict.reason().map_or("", |reason: &Reason<'_>| reason.code().as_str());
                    let lies = if world.lies == 0 { "without lies" } else { "with lies" };
                    *missed.entry(format!("{code} {lies}")).or_default() += 1;
                    if std::env::var_os("DNSPROOF_MUTANTS_EXPLAIN").is_some() {
                        println!("world {seed}.{round}, {question:?} {rtype} {lies}: {text}; evidence:\n{}", lines());
                    }
                }
            }
        }
    }
    println!("{count} worlds: {verdicts:?}; only by the reference: {missed:?}");
    let of = |verdict: &str| verdicts.get(verdict).copied().unwrap_or(0);
    assert!(of("secure") > count && of("insecure") > count / 8, "{verdicts:?}");
}

/// Below an unsigned delegation that hides by Opt-Out stands a zone that signs. The unsigned zone has a DS record for it, or
/// has none, and nobody signs that. RFC 5155 section 8.9 and RFC 4035 section 5.2 make it Insecure; of the kernel it is said
/// in `README.md`.
#[test]
fn an_island_below_opt_out() {
    let [root, above, between, island] = [".", "t.", "hidden.t.", "sub.hidden.t."].map(sign::Zone::new);
    let hash = |name: &str| {
        let hash = Ring.nsec3_hash(sign::name(name).as_wire(), &[], 0).unwrap();
        BASE32HEX_NOPAD.encode(&hash).to_lowercase()
    };
    let (apex, hidden) = (hash("t."), hash("hidden.t."));
    let signed = |text: &str| {
        let nsec3 = records(text);
        [nsec3.clone(), vec![above.sign(&nsec3)]].concat()
    };
    let opt_out = signed(&format!("{apex}.t. 3600 IN NSEC3 1 1 0 - {apex} NS SOA RRSIG DNSKEY NSEC3PARAM\n"));
    let delegation = signed(&format!("{hidden}.t. 3600 IN NSEC3 1 1 0 - {apex} NS\n"));
    let address = records("www.sub.hidden.t. 3600 IN A 192.0.2.1\n");
    let message = |name: &str, answer: &[OwnedRecord], authority: &[OwnedRecord]| {
        sign::message(sign::name(name), Type::DS, 0, answer, authority)
    };
    let anchor = root.ds().as_record().to_string();
    let (asked, kernels) = (sign::name("www.sub.hidden.t."), Anchors::parse(&anchor).unwrap());
    for denial in [&opt_out, &delegation] {
        for ds in [vec![island.ds()], Vec::new(), vec![island.ds(), between.sign(&[island.ds()])]] {
            let messages = [
                root.keys(),
                root.answer(&[above.ds()]),
                above.keys(),
                message("hidden.t.", &[], denial),
                between.keys(),
                message("sub.hidden.t.", &ds, &[]),
                island.keys(),
                island.answer(&address),
            ];
            let own = anchors(&anchor);
            let case = Case { name: asked.as_wire(), rtype: 1, anchors: &own, now: NOW.into(), messages: &messages };
            let judgement = judge(&case, &Ring, &Rules::standard());
            assert!(judgement.insecure && judgement.secure.is_empty(), "{judgement:?}");
            let (verdict, code) = sign::judge(("www.sub.hidden.t.", Type::A), &kernels, &messages);
            assert_eq!(verdict, "insecure", "{} records to the DS question: {code:?}", ds.len());
        }
    }
}
