//! Whose word counts: the closest anchor's, whatever an answer says. A DNAME record above that anchor's zone is the word of
//! a zone that the caller does not ask about what is below the anchor (RFC 6840 appendix C.1).

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::{Anchor, Anchors, Entry};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{ReasonCode, Terms};
use dnsproof::codes::Type;
use dnsproof::crypto::Ring;
use dnsproof::lookup::{Lookup, Registry, RegistryLookup, Security};
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::Time;
use dnsproof::wire::Question;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, judge, message, name, records};

const WWW: (&str, Type) = ("www.corp.test", Type::A);

fn anchor(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

fn anchors(zone: &Zone) -> Anchors {
    [Entry::new(zone.apex, Type::DNSKEY, zone.key.rdata.clone()).unwrap()].into_iter().collect()
}

/// Calls with the standard terms.
fn under<T>(call: impl FnOnce(&mut Terms<'_, '_, Ring>) -> T) -> T {
    let (policy, mut budget, mut scratch) = (Policy::standard(), Budget::new(Limits::default()), Scratch::new());
    call(&mut Terms {
        clock: Time(NOW.into()).into(),
        policy: &policy,
        backend: &Ring,
        budget: &mut budget,
        scratch: &mut scratch,
    })
}

/// The record as it stands in a chain of RFC 9102.
fn wire(record: &OwnedRecord) -> Vec<u8> {
    let length = u16::try_from(record.rdata.len()).unwrap().to_be_bytes();
    let (rtype, class) = (record.rtype.0.to_be_bytes(), record.class.0.to_be_bytes());
    [record.owner.as_wire(), &rtype, &class, &record.ttl.to_be_bytes(), &length, &record.rdata].concat()
}

fn honest(corp: &Zone) -> Vec<u8> {
    corp.answer(&records("www.corp.test. 3600 IN A 192.0.2.1"))
}

/// An answer whose DNAME record lies above the zone of the closest anchor, and that nobody signed.
fn redirected() -> Vec<OwnedRecord> {
    records(
        "test. 3600 IN DNAME evil.test.\n\
         www.corp.test. 3600 IN CNAME www.corp.evil.test.\n\
         www.corp.evil.test. 3600 IN A 203.0.113.66",
    )
}

fn forged() -> Vec<u8> {
    message(name(WWW.0), Type::A, 0, &redirected(), &[])
}

/// The word of the root that `test.` signs nothing.
fn unsigned_test(root: &Zone) -> Vec<OwnedRecord> {
    let nsec = records("test. 3600 IN NSEC zzz. NS RRSIG NSEC");
    vec![nsec[0].clone(), root.sign(&nsec)]
}

/// RFC 4035 section 4.3: it is Insecure only where a signed proof says so, and no unsigned record chooses which proof.
#[test]
fn an_island_below_an_unsigned_zone() {
    let (root, corp) = (Zone::new("."), Zone::new("corp.test"));
    let both = [anchor(&root), anchor(&corp)];
    let no_ds = message(name("test"), Type::DS, 0, &[], &unsigned_test(&root));
    let mut octets = [root.keys(), corp.keys(), no_ds, honest(&corp)];
    assert_eq!(judge(WWW, &both, &octets).0, "secure");
    octets[3] = forged();
    assert_eq!(judge(WWW, &both, &octets).0, "bogus");
    // Where the caller has no anchor for it, it is as the root says.
    assert_eq!(judge(WWW, &[anchor(&root)], &octets).0, "insecure");
}

#[test]
fn below_a_negative_anchor() {
    let (root, corp) = (name("."), Zone::new("corp.test"));
    let both = [Anchor::negative(root.as_name()), anchor(&corp)];
    assert_eq!(judge(WWW, &both, &[corp.keys(), honest(&corp)]).0, "secure");
    assert_eq!(judge(WWW, &both, &[corp.keys(), forged()]).0, "bogus");
    // The other way round the negative one counts.
    let corp = name("corp.test");
    let root = Zone::new(".");
    let both = [anchor(&root), Anchor::negative(corp.as_name())];
    let no_ds = message(name("test"), Type::DS, 0, &[], &unsigned_test(&root));
    assert_eq!(judge(WWW, &both, &[root.keys(), no_ds, forged()]), ("insecure", Some(ReasonCode::NegativeAnchor)));
}

#[test]
fn the_only_anchor() {
    let corp = Zone::new("corp.test");
    let only = anchors(&corp);
    let answered = |octets: &[Vec<u8>]| {
        let mut lookup = Lookup::new(name(WWW.0), Type::A, &only);
        octets.iter().for_each(|octets| lookup.answer(octets).unwrap());
        under(|terms| lookup.answered(terms))
    };
    assert_eq!(answered(&[corp.keys(), honest(&corp)]).security, Security::Secure);
    let answered = answered(&[corp.keys(), forged()]);
    assert_eq!((answered.security, answered.standing()), (Security::Bogus, Security::Bogus), "{answered:?}");
    assert!(answered.records.is_empty());
}

#[test]
fn an_anchor_out_of_its_time_above() {
    let (test, corp) = (Zone::new("test"), Zone::new("corp.test"));
    let both = [anchor(&test).valid(Time(0), Time(u64::from(NOW) - 1)), anchor(&corp)];
    assert_eq!(judge(WWW, &both, &[corp.keys(), honest(&corp)]).0, "secure");
    assert_eq!(judge(WWW, &both, &[corp.keys(), forged()]).0, "bogus");
}

/// The zone above may sign what it likes: with an anchor below it has no word there.
#[test]
fn the_zone_above_signs_it() {
    let (test, corp) = (Zone::new("test"), Zone::new("corp.test"));
    let signed = |owner: &str, text: &str| {
        let rrset = records(&format!("{owner} 3600 IN {text}"));
        [rrset[0].clone(), test.sign(&rrset)]
    };
    let dname = [
        signed("test.", "DNAME e.e.test."),
        signed("www.corp.test.", "CNAME www.corp.e.e.test."),
        signed("www.corp.e.e.test.", "A 203.0.113.66"),
    ];
    let octets =
        [test.keys(), corp.keys(), test.answer(&[corp.ds()]), message(name(WWW.0), Type::A, 0, &dname.concat(), &[])];
    assert_eq!(judge(WWW, &[anchor(&test), anchor(&corp)], &octets).0, "bogus");
    // With the one anchor it is the word of a zone about names below it (RFC 6672 section 2.3).
    assert_eq!(judge(WWW, &[anchor(&test)], &octets).0, "secure");
}

#[test]
fn in_a_chain_of_rfc_9102() {
    let (root, corp) = (Zone::new("."), Zone::new("corp.test"));
    let both = [anchor(&root), anchor(&corp)];
    let keys = |zone: &Zone| vec![zone.key.clone(), zone.sign(std::slice::from_ref(&zone.key))];
    let judged = |records: &[OwnedRecord]| {
        let octets: Vec<u8> = records.iter().flat_map(wire).collect();
        let (proof, name) = (Proof::parse(&octets).unwrap(), name(WWW.0));
        let question = Question::new(name.as_name(), Type::A);
        under(|terms| proof::check(&proof, question, &both, terms).verdict.as_str())
    };
    let rrset = records("www.corp.test. 3600 IN A 192.0.2.1");
    let signed = [rrset[0].clone(), corp.sign(&rrset)];
    assert_eq!(judged(&[keys(&corp), signed.to_vec()].concat()), "secure");
    let forged = judged(&[keys(&root), unsigned_test(&root), redirected()].concat());
    assert!(matches!(forged, "bogus" | "indeterminate"), "{forged}");
}

#[test]
fn of_a_registry() {
    let (root, corp, dlv) = (Zone::new("."), Zone::new("corp.test"), Zone::new("dlv"));
    let (own, registry) = (anchors(&root), Registry::new(name("dlv"), anchors(&dlv)));
    let none = records("corp.test.dlv. 3600 IN NSEC x.dlv. DLV RRSIG NSEC");
    let entry = OwnedRecord { owner: name("corp.test.dlv"), rtype: Type::DLV, ..corp.ds() };
    let judged = |answer: Vec<u8>| {
        let mut lookup = RegistryLookup::new(name(WWW.0), Type::A, &own, &registry);
        let octets = [
            root.keys(),
            corp.keys(),
            dlv.keys(),
            message(name("test"), Type::DS, 0, &[], &unsigned_test(&root)),
            message(name("www.corp.test.dlv"), Type::DLV, 3, &[], &[none[0].clone(), dlv.sign(&none)]),
            dlv.answer(std::slice::from_ref(&entry)),
            answer,
        ];
        octets.iter().for_each(|octets| lookup.answer(octets).unwrap());
        under(|terms| {
            // What is still asked for has no answer.
            let said = (0..3).map(|_| lookup.conclude(terms, &mut ()).as_str());
            said.last().unwrap()
        })
    };
    assert_eq!(judged(honest(&corp)), "secure");
    assert_eq!(judged(forged()), "bogus");
}

/// Nobody is challenged for a name that an anchor reaches.
#[cfg(feature = "dna")]
#[test]
fn of_the_dnssec_ta_proof() {
    use dnsproof::binding::Authorities;
    use dnsproof::dna::{Check, Delegation, Need, ProofRules};

    let corp = Zone::new("corp.test");
    let (only, rules) = (anchors(&corp), ProofRules::new(Authorities::none()));
    let answer = records(
        "test. 60 IN DNAME evil.\n\
         _xmpp-server._tcp.corp.test. 60 IN CNAME _xmpp-server._tcp.corp.evil.\n\
         _xmpp-server._tcp.corp.evil. 60 IN SRV 0 0 5269 host.evil.",
    );
    let delegation = Delegation::new(name("corp.test"), "xmpp-server".parse().unwrap(), name("host.evil"));
    let mut check = Check::new(delegation, &only, &rules).unwrap();
    check.answer(&corp.keys()).unwrap();
    check.answer(&message(name("_xmpp-server._tcp.corp.test"), Type::SRV, 0, &answer, &[])).unwrap();
    under(|terms| {
        let need = check.step(terms);
        assert!(!matches!(need, Need::Challenge(_)), "{need:?}");
    });
}
