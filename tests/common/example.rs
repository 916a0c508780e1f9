//! Examples of the RFCs, a zone in an appendix A and responses from it in an appendix B, and what
//! next to an example must not pass.

use super::build::{Response, dig, records, responses, rrsig, window};
use super::world::{ENDORSEMENT, Said, World, anchors, dnskey, endorse, endorse_over, file, of_type};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::Backend;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::zonefile::OwnedRecord;

/// The zone of an appendix A, under its keys with flags 257.
pub fn appendix_a(zone: &str) -> World {
    let records = records(&file(zone));
    let keys = of_type(&records, Type::DNSKEY);
    let anchors = anchors(keys.iter().filter(|key| dnskey(key).is_secure_entry_point()));
    assert!(anchors.iter().count() == 1 && keys.len() == 2, "{zone}: one key of two is the anchor");
    World {
        name: keys[0].owner,
        rtype: Type::DNSKEY,
        responses: responses(&records),
        anchors,
        policy: Policy::legacy(),
    }
}

/// A response of an appendix B, with the keys from appendix A.
pub fn appendix_b(zone: &str, response: &str) -> World {
    let response = dig(&file(response));
    let mut world = appendix_a(zone);
    let keys = world.responses.into_iter().find(|response| response.rtype == Type::DNSKEY).unwrap();
    (world.name, world.rtype, world.responses) = (response.name, response.rtype, vec![response, keys]);
    world
}

/// A verdict, the code of its reason, and what is proved.
pub type Shown = (&'static str, Option<ReasonCode>, &'static str);

pub fn shown(said: &Said) -> Shown {
    (said.verdict, said.code, said.proved)
}

/// An example, and what it shows as long as all its signatures hold.
#[derive(Clone)]
pub struct Example {
    pub world: World,
    pub window: (u64, u64),
    pub shown: Shown,
    /// Owners of denials that the verdict does not rest on.
    pub spare: Vec<NameBuf>,
}

impl Example {
    pub fn new(zone: &str, response: &str, shown: Shown) -> Self {
        Self { world: appendix_b(zone, response), window: window(&file(response)), shown, spare: Vec::new() }
    }

    /// It shows what it should, and nothing next to it does.
    pub fn holds<B: Backend>(&self, backend: &B) {
        let (from, to) = self.window;
        for now in [from, self.now(), to] {
            assert_eq!(shown(&self.world.judge(backend, now)), self.shown, "{} at {now}", self.world.question());
        }
        self.fails_outside_of_its_window(backend);
        self.fails_without_any_denial(backend);
        self.fails_with_anything_changed(backend);
    }

    pub fn now(&self) -> u64 {
        u64::midpoint(self.window.0, self.window.1)
    }

    fn fails_outside_of_its_window<B: Backend>(&self, backend: &B) {
        // The signatures over the keys have the same window, and the keys come first.
        let mut longer = self.clone();
        let keys = longer.keys();
        let [key] = &of_type(&keys.sections[0], Type::DNSKEY).into_iter().filter(is_anchor).collect::<Vec<_>>()[..]
        else {
            panic!("one key is the anchor")
        };
        let about = format!("{} DNSKEY", key.owner);
        keys.sections[0].retain(|record| record.rtype == Type::DNSKEY);
        keys.sections[0].push(endorse(key, self.window));
        let (from, to) = self.window;
        for (now, code) in [(from - 1, ReasonCode::SignatureNotYetValid), (to + 1, ReasonCode::SignatureExpired)] {
            let said = self.world.judge(backend, now);
            assert!(said.is_bogus(code, &about), "{}: {said:?}", self.world.question());
            let said = longer.world.judge(backend, now);
            assert_eq!((said.verdict, said.code), ("bogus", Some(code)), "{}: {said:?}", self.world.question());
            assert_ne!(said.about, about);
        }
    }

    fn fails_without_any_denial<B: Backend>(&self, backend: &B) {
        for denial in self.denials() {
            let about = format!("{} without {} {}", self.world.question(), denial.owner, denial.rtype);
            let mut less = self.clone();
            less.authority().retain(|record| !is_of(record, &denial));
            assert_eq!(less.world.judge(backend, self.now()).verdict, "bogus", "{about}");
            let mut less = self.clone();
            less.authority().retain(|record| *record == denial || !is_of(record, &denial));
            assert_eq!(less.world.judge(backend, self.now()).verdict, "bogus", "{about}, its signature");
        }
    }

    /// One bit in each octet of what the verdict rests on, and one in all other records.
    fn fails_with_anything_changed<B: Backend>(&self, backend: &B) {
        for (index, section, place) in self.places() {
            let response = &self.world.responses[index];
            let record = &response.sections[section][place];
            let changed = |at: usize| {
                let mut world = self.world.clone();
                world.responses[index].sections[section][place].rdata[at] ^= 1;
                world.judge(backend, self.now())
            };
            let about = |at| format!("{}, octet {at} of {}", self.world.question(), record.as_record());
            let length = record.rdata.len();
            if !self.rests_on(response, section, record) {
                assert_eq!(shown(&changed(length - 1)), self.shown, "{}", about(length - 1));
                continue;
            }
            let signature = length - if record.rtype == Type::RRSIG { rrsig(record).signature.len() } else { 0 };
            // An endorsement holds over anything.
            let endorses = |other: &OwnedRecord| is_of(other, record) && other.rdata.ends_with(ENDORSEMENT);
            let endorsed = response.sections[section].iter().any(endorses);
            for at in if endorsed { signature } else { 0 }..length {
                let said = changed(at);
                assert!(is_refused(&said), "{}: {said:?}", about(at));
                if at >= signature {
                    let covered = format!("{} {}", record.owner, rrsig(record).type_covered);
                    assert!(said.is_bogus(ReasonCode::SignatureInvalid, &covered), "{}: {said:?}", about(at));
                }
            }
        }
    }

    /// Whether the verdict rests on the record: on signed answers and on denials. The signature over
    /// the keys that counts is that of the anchor.
    fn rests_on(&self, response: &Response, section: usize, record: &OwnedRecord) -> bool {
        let signature = (record.rtype == Type::RRSIG).then(|| rrsig(record));
        let rtype = signature.as_ref().map_or(record.rtype, |signature| signature.type_covered);
        let signed = |other: &OwnedRecord| other.rtype == Type::RRSIG && rrsig(other).type_covered == rtype;
        match section {
            0 if rtype == Type::DNSKEY => {
                let keys = of_type(&response.sections[0], Type::DNSKEY);
                let anchor = keys.iter().find(|key| is_anchor(key)).unwrap();
                signature.is_none_or(|signature| signature.key_tag == dnskey(anchor).key_tag())
            }
            0 => rtype == response.rtype && response.sections[0].iter().any(signed),
            1 => is_denial(rtype) && !self.spare.contains(&record.owner),
            _ => false,
        }
    }

    fn places(&self) -> Vec<(usize, usize, usize)> {
        let responses = self.world.responses.iter().enumerate();
        let sections = responses.flat_map(|(index, response)| (0..3).map(move |section| (index, section, response)));
        let places = sections.flat_map(|(index, section, response)| {
            (0..response.sections[section].len()).map(move |place| (index, section, place))
        });
        places.collect()
    }

    /// The records that deny, as far as the verdict rests on them.
    pub fn denials(&self) -> Vec<OwnedRecord> {
        let records = self.world.responses.iter().flat_map(|response| &response.sections[1]);
        let denials = records.filter(|record| is_denial(record.rtype) && !self.spare.contains(&record.owner));
        denials.cloned().collect()
    }

    /// The authority section that has the denial.
    pub fn authority(&mut self) -> &mut Vec<OwnedRecord> {
        let mut sections = self.world.responses.iter_mut().map(|response| &mut response.sections[1]);
        sections.find(|section| section.iter().any(|record| is_denial(record.rtype))).unwrap()
    }

    fn keys(&mut self) -> &mut Response {
        self.world.responses.iter_mut().find(|response| response.rtype == Type::DNSKEY).unwrap()
    }

    /// The same with an anchor for the root, which has a key of the zone and an endorsement.
    pub fn under_a_root(&self) -> World {
        let key = of_type(&self.clone().keys().sections[0], Type::DNSKEY).remove(0);
        let root = &OwnedRecord { owner: NameBuf::root(), ..key };
        let mut world = self.world.clone();
        world.anchors = anchors([root]);
        world.responses.extend(responses(&[root.clone(), endorse(root, self.window)]));
        world
    }

    /// The same with other denials, which the zone endorses.
    pub fn with_denials(&self, change: impl Fn(&mut OwnedRecord)) -> Self {
        let mut changed = self.clone();
        let keys = of_type(&changed.keys().sections[0], Type::DNSKEY);
        let key = keys.iter().find(|key| !is_anchor(key)).unwrap();
        for record in changed.authority().iter_mut().filter(|record| is_denial(record.rtype)) {
            change(record);
        }
        let denials = changed.denials();
        for record in changed.authority().iter_mut().filter(|record| record.rtype == Type::RRSIG) {
            if let Some(denial) = denials.iter().find(|denial| is_of(record, denial)) {
                *record = endorse_over(key, denial, self.window);
            }
        }
        changed
    }
}

pub fn is_denial(rtype: Type) -> bool {
    matches!(rtype, Type::NSEC | Type::NSEC3)
}

fn is_anchor(key: &OwnedRecord) -> bool {
    dnskey(key).is_secure_entry_point()
}

/// Whether two records are of one RRset, or signatures over it.
pub fn is_of(record: &OwnedRecord, other: &OwnedRecord) -> bool {
    let covered =
        |record: &OwnedRecord| if record.rtype == Type::RRSIG { rrsig(record).type_covered } else { record.rtype };
    record.owner == other.owner && covered(record) == covered(other)
}

/// Bogus; or Indeterminate where nothing is signed any more, or a delegation is gone: it could be
/// unsigned by right, so that DS records are asked for.
pub fn is_refused(said: &Said) -> bool {
    let asks = (said.verdict, said.code) == ("indeterminate", Some(ReasonCode::EvidenceMissing));
    said.verdict == "bogus" || asks && said.about.ends_with(" DS")
}

/// The lines of a list of hashes, computed.
pub fn hashes<B: Backend>(backend: &B, path: &str, salt: &[u8], iterations: u16) -> usize {
    let text = super::read(path);
    let lines = text.lines().filter(|line| !line.starts_with(';'));
    let checked = lines.map(|line| {
        let (hash, name) = line.split_once(' ').unwrap();
        let name: NameBuf = name.parse().unwrap();
        let computed = backend.nsec3_hash(name.as_wire(), salt, iterations).unwrap();
        assert_eq!(data_encoding::BASE32HEX_NOPAD.encode(&computed).to_lowercase(), hash, "{name}");
    });
    checked.count()
}
