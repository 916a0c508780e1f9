//! Trust anchors from a registry in the DNS (RFC 4431, RFC 5074).

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::{Anchors, Entry};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{ReasonCode, Step, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring};
use dnsproof::lookup::{Registry, RegistryLookup};
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::zonefile::OwnedRecord;
use sign::{DAY, NOW, Zone, message, name, records, renamed};

/// The verdict, the code of its reason, the note of its anchor, and the zone of the entry.
type Said = (&'static str, Option<ReasonCode>, String, Option<String>);

fn anchors(zones: &[&Zone]) -> Anchors {
    zones.iter().map(|zone| Entry::new(zone.apex, Type::DNSKEY, zone.key.rdata.clone()).unwrap()).collect()
}

/// Feeds everything that is asked for, and counts the questions to the registry.
fn judge(question: (&str, Type), anchors: &Anchors, registry: &Registry, octets: &[Vec<u8>]) -> (Said, usize) {
    let mut lookup = RegistryLookup::new(name(question.0), question.1, anchors, registry);
    octets.iter().for_each(|octets| lookup.answer(octets).unwrap());
    let mut asked = 0;
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms = Terms {
        clock: Time(NOW.into()).into(),
        policy: &Policy::standard(),
        backend: &Ring,
        budget: &mut budget,
        scratch: &mut scratch,
    };
    let (verdict, code, note) = loop {
        match lookup.step(&mut terms) {
            Step::Ask(question) => asked += usize::from(question.rtype == Type::DLV),
            Step::Done(verdict) => {
                if let Some(secure) = verdict.secure() {
                    assert!(secure.valid_until() <= Time((NOW + 3600).into()));
                }
                let note = verdict.secure().map_or_else(String::new, |secure| secure.anchor_note().to_owned());
                break (verdict.as_str(), verdict.reason().map(dnsproof::chain::Reason::code), note);
            }
        }
    };
    ((verdict, code, note, lookup.used().map(|zone| zone.to_string())), asked)
}

fn dlv(zone: &Zone, at: &str) -> OwnedRecord {
    OwnedRecord { owner: name(at), rtype: Type::DLV, ..zone.ds() }
}

/// That there are no DLV records at a name, by the NSEC record of that text.
fn none(registry: &Zone, at: &str, rcode: u8, nsec: &[&str]) -> Vec<u8> {
    let mut authority = Vec::new();
    for text in nsec {
        let record = records(text);
        authority.push(registry.sign(&record));
        authority.extend(record);
    }
    message(name(at), Type::DLV, rcode, &[], &authority)
}

struct World {
    registry: Zone,
    zone: Zone,
    octets: Vec<Vec<u8>>,
}

const WWW: (&str, Type) = ("www.corp", Type::A);

/// `corp.` with an entry in `dlv.`, and no delegation from anywhere.
fn world() -> World {
    let (registry, zone) = (Zone::new("dlv"), Zone::new("corp"));
    let octets = vec![
        registry.keys(),
        none(&registry, "www.corp.dlv", 3, &["corp.dlv. 3600 IN NSEC x.dlv. DLV RRSIG NSEC"]),
        registry.answer(&[dlv(&zone, "corp.dlv")]),
        zone.keys(),
        zone.answer(&records("www.corp. 3600 IN A 192.0.2.1")),
    ];
    World { registry, zone, octets }
}

impl World {
    fn registry(&self) -> Registry {
        Registry::new(name("dlv"), anchors(&[&self.registry]))
    }

    fn ask(&self, own: &Anchors) -> (Said, usize) {
        judge(WWW, own, &self.registry(), &self.octets)
    }
}

fn by_entry(zone: &str) -> Said {
    ("secure", None, "registry dlv.".to_owned(), Some(zone.to_owned()))
}

fn refused(verdict: &'static str, code: ReasonCode) -> Said {
    (verdict, Some(code), String::new(), None)
}

#[test]
fn the_closest_entry_becomes_an_anchor() {
    let mut world = world();
    assert_eq!(world.ask(&Anchors::default()), (by_entry("corp."), 0));
    // What is not at hand is asked for.
    world.octets.truncate(2);
    assert_eq!(world.ask(&Anchors::default()), (refused("indeterminate", ReasonCode::EvidenceMissing), 1));
}

#[test]
fn an_entry_nearer_to_the_name_comes_first() {
    let mut world = world();
    let wrong = Zone::new("wrong");
    world.octets[1] = world.registry.answer(&[dlv(&wrong, "www.corp.dlv")]);
    // It vouches for a zone www.corp., which has no keys.
    let (said, _) = world.ask(&Anchors::default());
    assert_eq!((said.0, said.1), ("indeterminate", Some(ReasonCode::EvidenceMissing)));
    world.octets[1] = world.octets[2].clone();
    let (said, asked) = world.ask(&Anchors::default());
    assert_eq!((said, asked), (refused("indeterminate", ReasonCode::EvidenceMissing), 1), "the longest name is asked");
}

#[test]
fn what_the_registry_does_not_prove_helps_nobody() {
    let base = world();
    let with = |number: usize, response: Vec<u8>| {
        let mut octets = base.octets.clone();
        octets[number] = response;
        judge(WWW, &Anchors::default(), &base.registry(), &octets).0
    };
    let entry = [dlv(&base.zone, "corp.dlv")];
    // Unsigned (there could be an unsigned zone below the registry's, so that is asked), signed by
    // another, forged.
    let unsigned = message(name("corp.dlv"), Type::DLV, 0, &entry, &[]);
    assert_eq!(with(2, unsigned), refused("indeterminate", ReasonCode::EvidenceMissing));
    let mut thief = Zone::new("thief");
    (thief.apex, thief.key.owner) = (base.registry.apex, base.registry.apex);
    assert_eq!(with(2, thief.answer(&entry)), refused("bogus", ReasonCode::KeyMissing));
    let mut forged = base.octets[2].clone();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(with(2, forged), refused("bogus", ReasonCode::SignatureInvalid));
    // That there is no nearer entry has to be proved as well.
    let unproved = message(name("www.corp.dlv"), Type::DLV, 3, &[], &[]);
    assert_eq!(with(1, unproved), refused("indeterminate", ReasonCode::EvidenceMissing));
    // Neither a wildcard nor an alias is an entry.
    let wild = renamed(&entry, "*.dlv");
    let rrsig = renamed(&[base.registry.sign(&wild)], "corp.dlv");
    let nsec = records("a.dlv. 3600 IN NSEC x.dlv. A RRSIG NSEC");
    let denial = [nsec.clone(), vec![base.registry.sign(&nsec)]].concat();
    let made = message(name("corp.dlv"), Type::DLV, 0, &[entry.to_vec(), rrsig].concat(), &denial);
    assert_eq!(with(2, made), refused("indeterminate", ReasonCode::RegistryUnproved));
    let cname = records("corp.dlv. 3600 IN CNAME other.dlv.");
    let other = [dlv(&base.zone, "other.dlv")];
    let answer = [&cname[..], &[base.registry.sign(&cname)], &other, &[base.registry.sign(&other)]].concat();
    let aliased = message(name("corp.dlv"), Type::DLV, 0, &answer, &[]);
    assert_eq!(with(2, aliased), refused("indeterminate", ReasonCode::RegistryUnproved));
    // A registry without an anchor, or with another one.
    let ask = |anchors: Anchors| judge(WWW, &Anchors::default(), &Registry::new(name("dlv"), anchors), &base.octets).0;
    assert_eq!(ask(Anchors::default()), refused("indeterminate", ReasonCode::NoAnchor));
    assert_eq!(ask(anchors(&[&thief])), refused("bogus", ReasonCode::AnchorMismatch));
    let mut insecure = Anchors::default();
    insecure.add_negative(name("dlv"));
    assert_eq!(ask(insecure), refused("indeterminate", ReasonCode::RegistryUnproved));
}

#[test]
fn without_an_entry_everything_is_as_before() {
    let mut world = world();
    let nsec = ["a.dlv. 3600 IN NSEC x.dlv. A RRSIG NSEC", "dlv. 3600 IN NSEC a.dlv. NS SOA RRSIG NSEC DNSKEY"];
    world.octets[1] = none(&world.registry, "www.corp.dlv", 3, &nsec);
    world.octets[2] = none(&world.registry, "corp.dlv", 3, &nsec);
    assert_eq!(world.ask(&Anchors::default()), (refused("indeterminate", ReasonCode::NoAnchor), 0));
}

/// The registry is asked where the chain does not reach the name, and nowhere else.
#[test]
fn the_callers_own_anchors_come_first() {
    let world = world();
    let without_registry = &world.octets[3..];
    let ask = |own: &Anchors, octets: &[Vec<u8>]| judge(WWW, own, &world.registry(), octets);
    let own = anchors(&[&world.zone]);
    assert_eq!(ask(&own, without_registry), (("secure", None, String::new(), None), 0));
    let mut forged = without_registry.to_vec();
    *forged[1].last_mut().unwrap() ^= 1;
    assert_eq!(ask(&own, &forged), (refused("bogus", ReasonCode::SignatureInvalid), 0));
    let mut negative = Anchors::default();
    negative.add_negative(name("corp"));
    assert_eq!(ask(&negative, &world.octets), (refused("insecure", ReasonCode::NegativeAnchor), 0));
    // An unsigned delegation on the way: the entry reaches over it.
    let root = Zone::new(".");
    let nsec = records("corp. 3600 IN NSEC x. NS RRSIG NSEC");
    let no_ds = message(name("corp"), Type::DS, 0, &[], &[nsec.clone(), vec![root.sign(&nsec)]].concat());
    let island = [&world.octets[..], &[root.keys(), no_ds]].concat();
    let (said, asked) = ask(&anchors(&[&root]), &island);
    assert_eq!((said, asked), (by_entry("corp."), 0));
}

/// An entry is for names at or below it: where an alias leads to another place, it is nothing.
#[test]
fn an_entry_counts_within_its_zone() {
    let mut world = world();
    let cname = records("www.corp. 3600 IN CNAME www.elsewhere.");
    let target = records("www.elsewhere. 3600 IN A 192.0.2.1");
    let answer = [&cname[..], &[world.zone.sign(&cname)], &target, &[world.zone.sign(&target)]].concat();
    world.octets[4] = message(name("www.corp"), Type::A, 0, &answer, &[]);
    let (said, _) = world.ask(&Anchors::default());
    assert_eq!((said.0, said.1), ("indeterminate", Some(ReasonCode::NoAnchor)));
}

/// And it lasts no longer than what proves it.
#[test]
fn an_entry_ends_with_its_signature() {
    let mut world = world();
    let entry = [dlv(&world.zone, "corp.dlv")];
    let rrsig = world.registry.sign_as(&entry, |draft| draft.expiration = NOW + 60);
    world.octets[2] = message(name("corp.dlv"), Type::DLV, 0, &[entry.to_vec(), vec![rrsig]].concat(), &[]);
    let (own, registry) = (Anchors::default(), world.registry());
    let mut lookup = RegistryLookup::new(name(WWW.0), WWW.1, &own, &registry);
    world.octets.iter().for_each(|octets| lookup.answer(octets).unwrap());
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms = Terms {
        clock: Time(NOW.into()).into(),
        policy: &Policy::standard(),
        backend: &Ring,
        budget: &mut budget,
        scratch: &mut scratch,
    };
    let Step::Done(verdict) = lookup.step(&mut terms) else { panic!() };
    let secure = verdict.secure().unwrap();
    assert_eq!(secure.valid_until(), Time((NOW + 60).into()));
    assert_eq!(secure.valid_from(), Time((NOW - DAY).into()));
    assert_eq!(secure.anchor_scope().unwrap().to_string(), "corp.");
}

/// A registry has no entries for itself.
#[test]
fn names_in_the_registry_are_judged_by_the_callers_anchors() {
    let world = world();
    let (said, asked) = judge(("corp.dlv", Type::DLV), &Anchors::default(), &world.registry(), &world.octets);
    assert_eq!((said, asked), (refused("indeterminate", ReasonCode::NoAnchor), 0));
}

/// What the caller's own anchors prove is not for a registry to say, wherever an alias leads.
#[test]
fn what_is_reached_is_not_looked_for() {
    let mut world = world();
    let own = anchors(&[&world.zone]);
    let alias = records("www.corp. 3600 IN CNAME www.elsewhere.");
    world.octets[4] = message(name("www.corp"), Type::A, 0, &[alias[0].clone(), world.zone.sign(&alias)], &[]);
    let www = message(name("www.elsewhere"), Type::A, 0, &records("www.elsewhere. 3600 IN A 192.0.2.1"), &[]);
    world.octets.push(www);
    assert_eq!(world.ask(&own), (refused("indeterminate", ReasonCode::NoAnchor), 0));
    // An alias out of nothing is looked for: the entry proves it.
    let (said, _) = world.ask(&Anchors::default());
    assert_eq!(said, ("indeterminate", Some(ReasonCode::NoAnchor), String::new(), Some("corp.".to_owned())));
}

#[test]
fn no_entry_counts_above_where_the_chain_ends() {
    let (registry, corp, wrong) = (Zone::new("dlv"), Zone::new("corp"), Zone::new("wrong"));
    let nsec = records("sub.corp. 3600 IN NSEC x.corp. NS RRSIG NSEC");
    let cut = message(name("sub.corp"), Type::DS, 0, &[], &[nsec[0].clone(), corp.sign(&nsec)]);
    let none_at = |at: &str| none(&registry, at, 3, &["corp.dlv. 3600 IN NSEC x.dlv. DLV RRSIG NSEC"]);
    let octets = vec![
        registry.keys(),
        corp.keys(),
        cut,
        message(name("www.sub.corp"), Type::A, 0, &records("www.sub.corp. 3600 IN A 192.0.2.1"), &[]),
        none_at("www.sub.corp.dlv"),
        none_at("sub.corp.dlv"),
        registry.answer(&[dlv(&wrong, "corp.dlv")]),
    ];
    let (said, asked) = judge(
        ("www.sub.corp", Type::A),
        &anchors(&[&corp]),
        &Registry::new(name("dlv"), anchors(&[&registry])),
        &octets,
    );
    assert_eq!((said, asked), (refused("insecure", ReasonCode::NoDs), 0));
}

/// What Opt-Out hides may begin at any name on the way: whoever chooses the name that is denied does not choose where an entry
/// is looked for.
#[test]
fn opt_out_does_not_say_where_the_chain_ends() {
    let (root, b, other, registry) = (Zone::new("."), Zone::new("b"), Zone::new("b"), Zone::new("dlv"));
    let digits = |five: &[u8]| {
        let bits = five.iter().fold(0_u64, |bits, octet| bits << 8 | u64::from(*octet));
        (0..8)
            .rev()
            .map(move |place| char::from(b"0123456789abcdefghijklmnopqrstuv"[(bits >> (5 * place) & 31) as usize]))
    };
    // One record at the hash of the apex leads round to itself.
    let opt_out = |zone: &Zone| {
        let own = Ring.nsec3_hash(zone.apex.as_wire(), &[], 0).unwrap();
        let label: String = own.chunks(5).flat_map(digits).collect();
        let rdata = [&[1, 1, 0, 0, 0, 20][..], &own, &[0, 1, 0x22]].concat();
        let owner = name(&label).before(&zone.apex.as_name()).unwrap();
        let nsec3 = OwnedRecord { owner, rtype: Type::NSEC3, rdata, ..root.key.clone() };
        [nsec3.clone(), zone.sign(std::slice::from_ref(&nsec3))]
    };
    let address = records("a.b. 3600 IN A 192.0.2.66");
    let said = |own: &Zone, entry: &Zone| {
        let octets = [
            own.keys(),
            registry.keys(),
            b.keys(),
            none(&registry, "a.b.dlv", 3, &["b.dlv. 3600 IN NSEC dlv. DLV RRSIG NSEC"]),
            registry.answer(&[dlv(entry, "b.dlv")]),
            message(name("a.b"), Type::DS, 0, &[], &opt_out(own)),
            // Its RRSIG record says that a zone begins at a.b.
            message(name("a.b"), Type::A, 0, &[address[0].clone(), Zone::new("a.b").sign(&address)], &[]),
        ];
        let registry = Registry::new(name("dlv"), anchors(&[&registry]));
        let (said, _) = judge(("a.b", Type::A), &anchors(&[own]), &registry, &octets);
        (said.0, said.3)
    };
    assert_eq!(said(&root, &b), ("bogus", Some("b.".to_string())));
    // But below the zone that denies it.
    assert_eq!(said(&b, &other), ("insecure", None));
}

/// Nobody signed that the name is an alias: where it leads does not keep the registry from being asked about the name.
#[test]
fn an_alias_that_nobody_signed_leads_past_no_entry() {
    let (own, sub, registry) = (Zone::new("example"), Zone::new("sub.example"), Zone::new("dlv"));
    let cut = records("sub.example. 3600 IN NSEC v.example. NS RRSIG NSEC");
    let www = records("www.sub.example. 3600 IN NSEC sub.example. A RRSIG NSEC");
    let registered = Registry::new(name("dlv"), anchors(&[&registry]));
    let evil = records("evil.other. 3600 IN A 192.0.2.66");
    // It leads to where there is no anchor, and to where nothing answers.
    for (alias, rcode) in [("evil.other", 0), ("evil.other", 2), ("evil.example", 2)] {
        let octets = [
            own.keys(),
            sub.keys(),
            registry.keys(),
            none(&registry, "www.sub.example.dlv", 3, &["sub.example.dlv. 3600 IN NSEC dlv. DLV RRSIG NSEC"]),
            registry.answer(&[dlv(&sub, "sub.example.dlv")]),
            message(name("sub.example"), Type::DS, 0, &[], &[cut[0].clone(), own.sign(&cut)]),
            message(name("www.sub.example"), Type::DS, 0, &[], &[www[0].clone(), sub.sign(&www)]),
            message(
                name("www.sub.example"),
                Type::A,
                0,
                &records(&format!("www.sub.example. 3600 IN CNAME {alias}.")),
                &[],
            ),
            message(name(alias), Type::A, rcode, &renamed(&evil, alias), &[]),
        ];
        let (said, asked) = judge(("www.sub.example", Type::A), &anchors(&[&own]), &registered, &octets);
        assert_eq!((said.0, said.3.as_deref()), ("bogus", Some("sub.example.")), "{alias} {rcode}");
        assert_eq!(asked, 0);
    }
}

/// Where it is signed that the name is an alias, the name was reached.
#[test]
fn an_alias_that_is_signed_asks_no_registry() {
    let (own, registry) = (Zone::new("example"), Zone::new("dlv"));
    let alias = records("www.example. 3600 IN CNAME example.");
    // The target lies above the name, and no anchor counts for it.
    let scoped: Anchors = anchors(&[&own]).within(&name("www.example"));
    let octets = [own.keys(), message(name("www.example"), Type::A, 0, &[alias[0].clone(), own.sign(&alias)], &[])];
    let registered = Registry::new(name("dlv"), anchors(&[&registry]));
    let (said, asked) = judge(("www.example", Type::A), &scoped, &registered, &octets);
    assert_eq!((said, asked), (refused("indeterminate", ReasonCode::NoAnchor), 0));
}
