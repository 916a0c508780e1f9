//! The server of all zones: it answers by RFC 4035 section 3.1 and RFC 5155 section 7.2, one alias at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Denial, Name, Question, Signer, World, Zone, rtype};

/// With names uncompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub owner: Vec<u8>,
    pub rtype: u16,
    pub ttl: u32,
    pub rdata: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub name: Vec<u8>,
    pub rtype: u16,
    pub rcode: u8,
    /// Answer and authority.
    pub sections: [Vec<Record>; 2],
}

impl Response {
    pub fn encode(&self) -> Vec<u8> {
        let counts = self.sections.each_ref().map(|section| u16::try_from(section.len()).unwrap().to_be_bytes());
        let mut octets = [&[0, 0, 0x84, self.rcode & 15, 0, 1][..], &counts.concat(), &[0, 0], &self.name].concat();
        octets.extend(self.rtype.to_be_bytes());
        octets.extend([0, 1]);
        for record in self.sections.iter().flatten() {
            octets.extend(&record.owner);
            octets.extend(record.rtype.to_be_bytes());
            octets.extend([0, 1]);
            octets.extend(record.ttl.to_be_bytes());
            octets.extend(u16::try_from(record.rdata.len()).unwrap().to_be_bytes());
            octets.extend(&record.rdata);
        }
        octets
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} rcode {}:", read(&self.name), self.rtype, self.rcode)?;
        for (section, records) in ["answer", "authority"].iter().zip(&self.sections) {
            for Record { owner, rtype, rdata, .. } in records.iter().filter(|record| record.rtype != rtype::RRSIG) {
                let count = records.iter().filter(|other| other.owner == *owner && other.rtype == rtype::RRSIG).count();
                write!(f, "\n    {section} {} {rtype} {rdata:?}, {count} signatures", read(owner))?;
            }
        }
        Ok(())
    }
}

/// What a zone has to say to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The RRset asked for; where the wildcard is that it comes from.
    Records(Vec<Vec<u8>>, Option<Name>),
    Cname(Name, Option<Name>),
    /// Where the DNAME is, and where it leads; `None` if the name gets too long.
    Dname(Name, Option<Name>),
    NoData(Option<Name>),
    NameError,
}

impl Zone {
    /// All names that exist, those without records (RFC 4592 section 2.2.2) too.
    pub fn existing(&self) -> BTreeSet<Name> {
        let mut names = BTreeSet::from([self.apex.clone()]);
        for owner in self.records.keys() {
            names.extend((self.apex.labels().len()..=owner.labels().len()).map(|labels| owner.ancestor(labels)));
        }
        names
    }

    /// The longest existing ancestor (RFC 4592 section 3.3.1).
    pub fn encloser(&self, name: &Name) -> Name {
        let existing = self.existing();
        let lengths = (self.apex.labels().len()..=name.labels().len()).rev();
        lengths.map(|labels| name.ancestor(labels)).find(|name| existing.contains(name)).expect("the apex exists")
    }

    /// The records of an owner, keys and DS records among them.
    pub fn sets(&self, world: &World, signer: &impl Signer, owner: &Name) -> BTreeMap<u16, Vec<Vec<u8>>> {
        let mut sets = self.records.get(owner).cloned().unwrap_or_default();
        if *owner == self.apex && self.is_signed() {
            sets.insert(rtype::DNSKEY, self.dnskeys(signer));
            if let Denial::Nsec3 { salt, iterations, .. } = &self.denial {
                let salt = [&[u8::try_from(salt.len()).unwrap()], &salt[..]].concat();
                sets.insert(rtype::NSEC3PARAM, vec![[&[1, 0][..], &iterations.to_be_bytes(), &salt].concat()]);
            }
        }
        if self.cuts.contains(owner)
            && let Some(child) = world.child(owner)
            && child.vouched != super::zone::Vouched::No
        {
            sets.insert(rtype::DS, child.ds(signer));
        }
        sets
    }

    pub fn outcome(&self, world: &World, signer: &impl Signer, question: &Question) -> Outcome {
        let Question { name, rtype } = question;
        let dname = self.records.iter().find(|(owner, sets)| sets.contains_key(&rtype::DNAME) && name.is_below(owner));
        if let Some((owner, sets)) = dname {
            let target = read(&sets[&rtype::DNAME][0]);
            return Outcome::Dname(owner.clone(), name.moved(owner, &target));
        }
        let encloser = self.encloser(name);
        let (owner, wild) = match encloser == *name {
            true => (name.clone(), None),
            false => (encloser.child(b"*"), Some(encloser.child(b"*"))),
        };
        if wild.as_ref().is_some_and(|wild| !self.existing().contains(wild)) {
            return Outcome::NameError;
        }
        let sets = self.sets(world, signer, &owner);
        if let Some(set) = sets.get(rtype) {
            return Outcome::Records(set.clone(), wild);
        }
        match sets.get(&rtype::CNAME) {
            Some(set) => Outcome::Cname(read(&set[0]), wild),
            None => Outcome::NoData(wild),
        }
    }
}

/// A name from its wire form.
pub fn read(mut octets: &[u8]) -> Name {
    let mut labels = Vec::new();
    while let Some((len, rest)) = octets.split_first().filter(|(len, _)| **len > 0) {
        let (label, rest) = rest.split_at(usize::from(*len));
        labels.push(label.to_vec());
        octets = rest;
    }
    labels.iter().rev().fold(Name::root(), |name, label| name.child(label))
}

/// Makes one response.
struct Answering<'w, S> {
    world: &'w World,
    zone: &'w Zone,
    signer: &'w S,
    response: Response,
}

pub fn answer(world: &World, signer: &impl Signer, question: &Question) -> Response {
    let zone = world.zone_for(question);
    let response =
        Response { name: question.name.wire(), rtype: question.rtype, rcode: 0, sections: [const { Vec::new() }; 2] };
    let mut answering = Answering { world, zone, signer, response };
    answering.fill(question);
    answering.response
}

impl<S: Signer> Answering<'_, S> {
    fn fill(&mut self, question: &Question) {
        let name = &question.name;
        let (rtype, rdata, wild) = match self.zone.outcome(self.world, self.signer, question) {
            Outcome::Records(set, wild) => (question.rtype, set, wild),
            Outcome::Cname(target, wild) => (rtype::CNAME, vec![target.wire()], wild),
            Outcome::Dname(owner, target) => {
                let set = self.zone.records[&owner][&rtype::DNAME].clone();
                self.put(0, &owner, &owner, rtype::DNAME, &set);
                match target {
                    Some(target) => {
                        let made = Record { owner: name.wire(), rtype: rtype::CNAME, ttl: 0, rdata: target.wire() };
                        self.response.sections[0].push(made);
                    }
                    // RFC 6672 section 2.2: YXDOMAIN.
                    None => self.response.rcode = 6,
                }
                return;
            }
            outcome @ (Outcome::NoData(_) | Outcome::NameError) => {
                let apex = self.zone.apex.clone();
                let soa = self.zone.records[&apex][&rtype::SOA].clone();
                self.put(1, &apex, &apex, rtype::SOA, &soa);
                if let Outcome::NoData(wild) = outcome {
                    self.deny(name, &wild.unwrap_or_else(|| name.clone()), false);
                } else {
                    self.response.rcode = 3;
                    let encloser = match self.zone.denial {
                        Denial::Nsec3 { .. } => self.provable_encloser(name),
                        _ => self.zone.encloser(name),
                    };
                    self.deny(name, &encloser.child(b"*"), true);
                }
                return;
            }
        };
        let owner = wild.clone().unwrap_or_else(|| name.clone());
        self.put(0, name, &owner, rtype, &rdata);
        if wild.is_some() {
            // RFC 4035 section 3.1.3.3, RFC 5155 section 7.2.6.
            self.deny_closer(name);
        }
    }

    /// An RRset and its signature, found at `name` and signed at `owner`.
    fn put(&mut self, section: usize, name: &Name, owner: &Name, rtype: u16, set: &[Vec<u8>]) {
        let record = |rtype: u16, rdata: Vec<u8>| Record { owner: name.wire(), rtype, ttl: 3600, rdata };
        let mut records: Vec<Record> = set.iter().map(|rdata| record(rtype, rdata.clone())).collect();
        // RFC 4035 section 2.2: the NS records of a delegation are not signed.
        let delegates = rtype == rtype::NS && self.zone.cuts.contains(owner);
        if self.zone.is_signed() && !delegates {
            records.push(record(rtype::RRSIG, self.zone.sign(self.signer, owner, rtype, set)));
        }
        for record in records {
            if !self.response.sections[section].contains(&record) {
                self.response.sections[section].push(record);
            }
        }
    }

    /// That `name` has no closer match than `at`, and that this has not what is asked for, or is not there.
    fn deny(&mut self, name: &Name, at: &Name, is_name_error: bool) {
        match self.zone.denial {
            Denial::Unsigned => {}
            Denial::Nsec => {
                // RFC 4035 sections 3.1.3.1, 3.1.3.2 and 3.1.3.4.
                for name in [name, at] {
                    let (owner, rdata) = self.nsec(name);
                    self.put(1, &owner, &owner, rtype::NSEC, &[rdata]);
                }
            }
            Denial::Nsec3 { .. } => {
                let exact = name == at && self.nsec3(at).0 == self.hash(at);
                if !exact {
                    self.deny_closer(name);
                    let encloser = self.provable_encloser(name);
                    self.put_nsec3(&encloser);
                }
                // RFC 5155 sections 7.2.2 to 7.2.5; without a match for a DS question: Opt-Out.
                if exact || name != at || is_name_error {
                    self.put_nsec3(at);
                }
            }
        }
    }

    /// That there is no closer match than the wildcard.
    fn deny_closer(&mut self, name: &Name) {
        match self.zone.denial {
            Denial::Unsigned => {}
            Denial::Nsec => {
                let (owner, rdata) = self.nsec(name);
                self.put(1, &owner, &owner, rtype::NSEC, &[rdata]);
            }
            Denial::Nsec3 { .. } => {
                let closer = name.ancestor(self.provable_encloser(name).labels().len() + 1);
                self.put_nsec3(&closer);
            }
        }
    }

    /// The NSEC record at a name or before it.
    fn nsec(&self, name: &Name) -> (Name, Vec<u8>) {
        let owners: Vec<&Name> = self.zone.records.keys().collect();
        let at = owners.iter().rposition(|owner| *owner <= name).expect("the apex is the first");
        let (owner, next) = (owners[at], owners.get(at + 1).map_or(&self.zone.apex, |next| next));
        let mut types: BTreeSet<u16> = self.zone.sets(self.world, self.signer, owner).into_keys().collect();
        types.extend([rtype::RRSIG, rtype::NSEC]);
        (owner.clone(), [next.wire(), bitmap(&types)].concat())
    }

    /// Names in the chain of NSEC3: with Opt-Out no delegations without DS records, nor what is there only because of
    /// them (RFC 5155 section 7.1).
    fn hashed(&self) -> BTreeSet<Name> {
        let Denial::Nsec3 { opt_out: true, .. } = self.zone.denial else { return self.zone.existing() };
        let insecure = |name: &Name| {
            self.zone.cuts.contains(name)
                && self.world.child(name).is_some_and(|child| child.vouched == super::zone::Vouched::No)
        };
        let mut names = BTreeSet::from([self.zone.apex.clone()]);
        for owner in self.zone.records.keys().filter(|owner| !insecure(owner)) {
            names.extend((self.zone.apex.labels().len()..=owner.labels().len()).map(|labels| owner.ancestor(labels)));
        }
        names
    }

    fn provable_encloser(&self, name: &Name) -> Name {
        let hashed = self.hashed();
        let apex = self.zone.apex.labels().len();
        // A name that is not in the chain has a closer name that is not either.
        let lengths = (apex..name.labels().len()).rev();
        lengths.map(|labels| name.ancestor(labels)).find(|name| hashed.contains(name)).unwrap_or(self.zone.apex.clone())
    }

    fn hash(&self, name: &Name) -> Vec<u8> {
        let Denial::Nsec3 { salt, iterations, .. } = &self.zone.denial else { return Vec::new() };
        self.signer.nsec3_hash(&name.wire(), salt, *iterations).to_vec()
    }

    /// The NSEC3 record that matches or covers: the hash in its owner, and its RDATA.
    fn nsec3(&self, name: &Name) -> (Vec<u8>, Vec<u8>) {
        let Denial::Nsec3 { salt, iterations, opt_out } = &self.zone.denial else { return Default::default() };
        let hashes: BTreeMap<Vec<u8>, Name> = self.hashed().into_iter().map(|name| (self.hash(&name), name)).collect();
        let hash = self.hash(name);
        let at_or_before = hashes.range(..=hash).next_back();
        let (owner, original) = at_or_before.or(hashes.last_key_value()).expect("the apex");
        let next = hashes.range(owner.clone()..).nth(1).or(hashes.first_key_value()).expect("the apex").0;
        let sets = self.zone.sets(self.world, self.signer, original);
        let mut types: BTreeSet<u16> = sets.into_keys().collect();
        let only_delegates = self.zone.cuts.contains(original) && !types.contains(&rtype::DS);
        if !types.is_empty() && !only_delegates {
            types.insert(rtype::RRSIG);
        }
        let parameters = [&[1, u8::from(*opt_out)][..], &iterations.to_be_bytes()].concat();
        let salt = [&[u8::try_from(salt.len()).unwrap()], &salt[..]].concat();
        (owner.clone(), [&parameters[..], &salt, &[20], next, &bitmap(&types)].concat())
    }

    fn put_nsec3(&mut self, name: &Name) {
        let (hash, rdata) = self.nsec3(name);
        let owner = self.zone.apex.child(base32hex(&hash).as_bytes());
        self.put(1, &owner, &owner, rtype::NSEC3, &[rdata]);
    }
}

/// RFC 4648 section 7, in lower case.
pub fn base32hex(octets: &[u8]) -> String {
    let bits: Vec<u8> = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1)).collect();
    let digit = |bits: &[u8]| bits.iter().fold(0, |sum, bit| sum * 2 + usize::from(*bit));
    bits.chunks(5).map(|bits| char::from(b"0123456789abcdefghijklmnopqrstuv"[digit(bits)])).collect()
}

/// RFC 4034 section 4.1.2; all types here are below 256.
pub fn bitmap(types: &BTreeSet<u16>) -> Vec<u8> {
    let Some(last) = types.last() else { return Vec::new() };
    let mut bits = vec![0; usize::from(last / 8) + 1];
    for rtype in types {
        bits[usize::from(rtype / 8)] |= 0x80 >> (rtype % 8);
    }
    [&[0, u8::try_from(bits.len()).unwrap()], &bits[..]].concat()
}
