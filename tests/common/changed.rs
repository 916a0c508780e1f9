//! Signed zones of `vectors/zones`, and what becomes of them.

use std::path::PathBuf;

use dnsproof::anchor::Anchors;
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::zone::{FaultKind, Reading, Report, Severity, Terms, Zone};
use dnsproof::zonefile::{self, OwnedRecord};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

pub const NOW: Time = Time(1_795_478_400);

pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/zones"))
}

pub fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

pub fn zone(text: &str) -> Zone {
    Zone::read(text.as_bytes(), "zone", &Reading::default()).unwrap()
}

pub fn verified<B: Backend<Key: Send + Sync> + Sync>(zone: &Zone, anchors: &Anchors, backend: &B) -> Report {
    zone.verify(&Terms::new(anchors, NOW.into(), &Policy::legacy(), backend))
}

pub fn report(text: &str) -> Report {
    verified(&zone(text), &Anchors::default(), &Ring)
}

/// The kinds of the errors, and the names at which they are.
pub fn errors(report: &Report) -> Vec<(FaultKind, String)> {
    let errors = report.faults.iter().filter(|fault| fault.kind.severity() == Severity::Error);
    errors.map(|fault| (fault.kind, fault.name.map_or(String::new(), |name| name.to_string()))).collect()
}

/// A zone as records that can be changed, written out again one to a line.
#[derive(Clone)]
pub struct Changed(pub Vec<OwnedRecord>);

impl Changed {
    pub fn of(file: &str) -> Self {
        Self(zonefile::parse(&text(file), None).unwrap())
    }

    pub fn text(&self) -> String {
        self.0.iter().map(|record| record.as_record().to_string() + "\n").collect()
    }

    pub fn report(&self) -> Report {
        report(&self.text())
    }

    pub fn find(&mut self, owner: &str, rtype: Type) -> &mut OwnedRecord {
        let owner: NameBuf = owner.parse().unwrap();
        self.0.iter_mut().find(|record| record.owner == owner && record.rtype == rtype).unwrap()
    }

    pub fn signature(&mut self, owner: &str, rtype: Type) -> &mut OwnedRecord {
        let owner: NameBuf = owner.parse().unwrap();
        let covers =
            |record: &&mut OwnedRecord| record.rtype == Type::RRSIG && record.rdata[..2] == rtype.0.to_be_bytes();
        self.0.iter_mut().filter(|record| record.owner == owner).find(covers).unwrap()
    }

    pub fn remove(&mut self, owner: &str, rtype: Type) -> &mut Self {
        let owner: NameBuf = owner.parse().unwrap();
        let before = self.0.len();
        self.0.retain(|record| record.owner != owner || record.rtype != rtype);
        assert!(self.0.len() < before);
        self
    }

    pub fn unsign(&mut self, owner: &str, rtype: Type) -> &mut Self {
        let gone = self.signature(owner, rtype).clone();
        self.0.retain(|record| *record != gone);
        self
    }

    pub fn add(&mut self, line: &str) -> &mut Self {
        self.0.extend(zonefile::parse(line, None).unwrap());
        self
    }

    /// Signs an RRset anew by the zone's own key: what it says is then signed, though it be wrong. `change` may change
    /// the RDATA of the signature first.
    pub fn sign(&mut self, key: &str, owner: &str, rtype: Type, change: impl Fn(&mut Vec<u8>)) -> &mut Self {
        let owner_name: NameBuf = owner.parse().unwrap();
        let mut set: Vec<Vec<u8>> = self
            .0
            .iter()
            .filter(|record| record.owner == owner_name && record.rtype == rtype)
            .map(|record| record.rdata.clone())
            .collect();
        set.sort();
        let signature = self.signature(owner, rtype);
        // The fixed fields, and `example.` behind them.
        signature.rdata.truncate(18 + 9);
        change(&mut signature.rdata);
        let mut signed = signature.rdata.clone();
        let lower = owner_name.to_string().to_lowercase().parse::<NameBuf>().unwrap();
        for rdata in set {
            signed.extend(lower.as_wire());
            signed.extend([rtype.0.to_be_bytes(), [0, 1]].concat());
            signed.extend(&signature.rdata[4..8]);
            signed.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
            signed.extend(rdata);
        }
        let private = text(&format!("keys/{key}.private"));
        let private = private.lines().find_map(|line| line.strip_prefix("PrivateKey: ")).unwrap();
        let private = data_encoding::BASE64.decode(private.as_bytes()).unwrap();
        let public = zonefile::parse(&text(&format!("keys/{key}.key")), None).unwrap().remove(0).rdata;
        let public = [&[4], &public[4..]].concat();
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &public, &random);
        signature.rdata.extend(pair.unwrap().sign(&random, &signed).unwrap().as_ref());
        self
    }
}

pub const NSEC: &str = "bind-nsec-13";
pub const NSEC3: &str = "bind-nsec3-13";
pub const OPT_OUT: &str = "bind-optout-13";

/// Ends a chain of changes.
pub fn done(_: &mut Changed) {}

/// The owner of the NSEC3 record of a name.
pub fn owner_of(_: Changed, name: &str) -> String {
    let name: NameBuf = name.parse().unwrap();
    let hash = Ring.nsec3_hash(name.as_wire(), &[], 0).unwrap();
    format!("{}.example", data_encoding::BASE32HEX_NOPAD.encode(&hash).to_lowercase())
}
