//! The denials of RFC 7129, which prints no signatures: a zone of ours signs them, and so the
//! bad twins can be signed as well.

mod common;
#[path = "common/sign.rs"]
mod sign;

use std::slice;

use common::build::{Response, records};
use common::example::{Shown, hashes, shown};
use common::world::{World, anchors};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Ring, RustCrypto};
use dnsproof::policy::Policy;
use dnsproof::zonefile::OwnedRecord;
use sign::{NOW, Zone, name};

const NO_NAME: Shown = ("secure", None, "no name");
const NO_DATA: Shown = ("secure", None, "no data");
const RECORDS: Shown = ("secure", None, "records");
const OPT_OUT: Shown = ("insecure", Some(ReasonCode::OptOut), "");
const MISSING: Shown = ("bogus", Some(ReasonCode::DenialMissing), "");
const MIXED: Shown = ("bogus", Some(ReasonCode::Nsec3Mixed), "");
const INVALID: Shown = ("bogus", Some(ReasonCode::SignatureInvalid), "");
const NAME_ERROR: u16 = 3;

/// A response with these denials and the SOA record, signed, under the keys of example.org.
fn world(qname: &str, rtype: Type, rcode: u16, answer: &[OwnedRecord], denials: &[OwnedRecord]) -> World {
    let zone = Zone::new("example.org.");
    let mut response = Response { rcode, ..Response::new(name(qname), rtype) };
    response.sections[0] = answer.to_vec();
    let soa = sign::records("example.org. 3600 IN SOA a.example.org. a.example.org. 1 2 3 4 5");
    let signed = |record: &OwnedRecord| [record.clone(), zone.sign(slice::from_ref(record))];
    response.sections[1] = denials.iter().chain(&soa).flat_map(signed).collect();
    let mut keys = Response::new(zone.apex, Type::DNSKEY);
    keys.sections[0] = vec![zone.key.clone(), zone.sign(slice::from_ref(&zone.key))];
    World {
        name: response.name,
        rtype,
        responses: vec![response, keys],
        anchors: anchors([&zone.ds()]),
        policy: Policy::standard(),
    }
}

/// What both backends say.
fn judge(world: &World) -> Shown {
    let said = [world.judge(&Ring, NOW.into()), world.judge(&RustCrypto, NOW.into())];
    assert_eq!(said[0], said[1], "{}", world.question());
    shown(&said[0])
}

/// That there is no such name.
fn denies(qname: &str, denials: &[OwnedRecord]) -> Shown {
    judge(&world(qname, Type::TXT, NAME_ERROR, &[], denials))
}

/// That there are no such records.
fn lacks(qname: &str, denials: &[OwnedRecord]) -> Shown {
    judge(&world(qname, Type::TXT, 0, &[], denials))
}

/// All choices among the records.
fn subsets(denials: &[OwnedRecord]) -> impl Iterator<Item = Vec<OwnedRecord>> {
    (0..1_usize << denials.len()).map(|set| {
        let chosen = denials.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
        chosen.map(|(_, denial)| denial.clone()).collect()
    })
}

/// Each octet of the records and their signatures is needed.
fn holds_as_signed(qname: &str, denials: &[OwnedRecord]) {
    let good = world(qname, Type::TXT, NAME_ERROR, &[], denials);
    for (index, record) in good.responses[0].sections[1].iter().enumerate().take(2 * denials.len()) {
        for octet in 0..record.rdata.len() {
            let mut changed = good.clone();
            changed.responses[0].sections[1][index].rdata[octet] ^= 1;
            let said = judge(&changed);
            assert_eq!((said.0, said.2), ("bogus", ""), "{}, octet {octet}: {said:?}", record.as_record());
            // A signature of Ed25519 has 64 octets.
            if record.rtype == Type::RRSIG && octet + 64 >= record.rdata.len() {
                assert_eq!(said, INVALID, "{}, octet {octet}", record.as_record());
            }
        }
    }
}

/// The record with other flags and iterations.
fn with(record: &OwnedRecord, flags: u8, iterations: u8) -> OwnedRecord {
    let mut record = record.clone();
    (record.rdata[1], record.rdata[3]) = (flags, iterations);
    record
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.3
//= type=test
//# In order to verify a closest encloser proof, the validator MUST find the longest name, X, such that
#[test]
fn section_5_5_the_closest_encloser() {
    let denials = records("rfc/rfc7129-5-5.zone");
    assert_eq!(denials.len(), 3);
    assert_eq!(denies("x.2.example.org.", &denials), NO_NAME);
    assert_eq!(denies("2.example.org.", &denials), NO_NAME);
    holds_as_signed("x.2.example.org.", &denials);
    for some in subsets(&denials).filter(|some| some.len() < 3) {
        assert_eq!(denies("x.2.example.org.", &some), MISSING, "{} of 3", some.len());
    }
    // The RCODE would have to say it too; and of names that exist the records say the opposite.
    assert_eq!(lacks("x.2.example.org.", &denials), MISSING);
    for exists in ["example.org.", "h.example.org.", "3.example.org."] {
        assert_eq!(denies(exists, &denials), MISSING, "{exists}");
    }
    assert_eq!(lacks("h.example.org.", &denials), NO_DATA, "an empty non-terminal");
}

/// RFC 5155 section 9.2: Opt-Out counts where it covers the next closer name, and only there.
/// Section 8.2: all parameters are the same.
#[test]
fn section_5_5_with_other_parameters() {
    let denials = records("rfc/rfc7129-5-5.zone");
    for (index, expected) in [NO_NAME, NO_NAME, OPT_OUT].into_iter().enumerate() {
        let mut changed = denials.clone();
        changed[index] = with(&denials[index], 1, 2);
        assert_eq!(denies("x.2.example.org.", &changed), expected, "Opt-Out in record {index}");
        changed[index] = with(&denials[index], 0, 3);
        assert_eq!(denies("x.2.example.org.", &changed), MIXED, "iterations of record {index}");
        changed[index] = with(&denials[index], 2, 2);
        assert_eq!(denies("x.2.example.org.", &changed), MISSING, "flags of record {index}");
    }
    let more: Vec<OwnedRecord> = denials.iter().map(|denial| with(denial, 0, 3)).collect();
    assert_eq!(denies("x.2.example.org.", &more), MISSING, "other hashes");
}

/// The zone has a wildcard, and the attacker a record that covers x.2.example.org and
/// *.2.example.org.
#[test]
fn section_5_6_three_to_tango() {
    let attack = records("rfc/rfc7129-5-6.zone");
    let [apex, _, after_2] = &records("rfc/rfc7129-5-5.zone")[..] else { panic!("three records") };
    assert_eq!(denies("x.2.example.org.", &attack), MISSING);
    assert_eq!(lacks("x.2.example.org.", &attack), MISSING);
    let ds = world("x.2.example.org.", Type::DS, 0, &[], &attack);
    assert_eq!(judge(&ds), MISSING);

    // With everything else that the zone has and that could help; the records around the wildcard
    // are ours.
    let wildcard = sign::records(
        "1avvqn74sg75ukfvf25dgcethgq638ek.example.org. 3600 IN NSEC3 1 0 2 DEAD 22670TRPLHSR72PQQMEDLTG1KDQEOLB7\n\
         22670trplhsr72pqqmedltg1kdqeolb7.example.org. 3600 IN NSEC3 1 0 2 DEAD 75B9ID679QQOV6LDFHD8OCSHSSSB6JVQ TXT RRSIG",
    );
    let zone = [&attack[..], &[apex.clone(), after_2.clone()], &wildcard].concat();
    for some in subsets(&zone) {
        assert_eq!(denies("x.2.example.org.", &some), MISSING, "{} of 5", some.len());
        assert_eq!(lacks("x.2.example.org.", &some), MISSING, "{} of 5", some.len());
    }

    // The true answer, and the attacker's record in the place of its denial.
    let origin = sign::records("*.example.org. 3600 IN TXT \"wildcard record\"");
    let mut answer = sign::renamed(&origin, "x.2.example.org.");
    answer.extend(sign::renamed(&[Zone::new("example.org.").sign(&origin)], "x.2.example.org."));
    let expanded = |denials: &[OwnedRecord]| judge(&world("x.2.example.org.", Type::TXT, 0, &answer, denials));
    let undenied = ("bogus", Some(ReasonCode::WildcardNotDenied), "");
    assert_eq!(expanded(slice::from_ref(after_2)), RECORDS);
    assert_eq!(expanded(&attack), undenied);
    assert_eq!(expanded(&[]), undenied);
    // If 2.example.org existed, the wildcard would not be for names below it.
    let exists =
        "7t70drg4ekc28v93q7gnbleopa7vlp6q.example.org. 3600 IN NSEC3 1 0 2 DEAD 8555T7QEGAU7PJTKSNBCHG4TD2M0JNPJ";
    assert_eq!(expanded(&sign::records(exists)), undenied);
}

/// The next name of the printed record is below the name that it denies. By RFC 4592 section
/// 2.2.2 that makes an empty non-terminal of it, so what is proved is that there are no data, and
/// the wildcard does not matter.
#[test]
fn appendix_a_minimally_covering_nsec() {
    let denials = records("rfc/rfc7129-a.zone");
    assert_eq!(denials.len(), 1);
    assert_eq!(lacks("b.example.org.", &denials), NO_DATA);
    assert_eq!(denies("b.example.org.", &denials), NO_DATA);
    holds_as_signed("b.example.org.", &denials);
    let next = "\\000.b.example.org.";
    for other in ["a.example.org.", "c.example.org.", "*.example.org.", "x.b.example.org.", "example.org.", next] {
        assert_eq!(denies(other, &denials), MISSING, "{other}");
        assert_eq!(lacks(other, &denials), MISSING, "{other}");
    }
    assert_eq!(denies("b.example.org.", &[]), MISSING);
    assert_eq!(lacks("b.example.org.", &[]), MISSING);

    // Nor can a wildcard be used where the name exists.
    let origin = sign::records("*.example.org. 3600 IN TXT \"wildcard record\"");
    let mut answer = sign::renamed(&origin, "b.example.org.");
    answer.extend(sign::renamed(&[Zone::new("example.org.").sign(&origin)], "b.example.org."));
    let said = judge(&world("b.example.org.", Type::TXT, 0, &answer, &denials));
    assert_eq!(said, ("bogus", Some(ReasonCode::WildcardNotDenied), ""));
}

/// The record before that in the text, which is not minimal, and one of ours that denies the
/// wildcard.
#[test]
fn appendix_a_covering_nsec() {
    let span = sign::records("a.example.org. 3600 IN NSEC c.example.org. RRSIG NSEC");
    let wildcard = sign::records("\\).example.org. 3600 IN NSEC +.example.org. RRSIG NSEC");
    let both = [&span[..], &wildcard].concat();
    assert_eq!(denies("b.example.org.", &both), NO_NAME);
    holds_as_signed("b.example.org.", &both);
    for some in subsets(&both).filter(|some| some.len() < 2) {
        assert_eq!(denies("b.example.org.", &some), MISSING, "{} of 2", some.len());
    }
    assert_eq!(lacks("b.example.org.", &both), MISSING);
    assert_eq!(denies("c.example.org.", &both), MISSING);
    assert_eq!(denies("a.example.org.", &both), NO_DATA, "a.example.org has no TXT record");
}

/// As printed the first record has a 1 for an l, so that its next hash comes before its own. It
/// then spans nearly all hashes: every name, and the wildcard too.
#[test]
fn appendix_b_white_lies_as_printed() {
    let denials = records("rfc/rfc7129-b.zone");
    let [lie, apex, wildcard] = &denials[..] else { panic!("three records") };
    assert_eq!(denies("b.example.org.", &denials), NO_NAME);
    holds_as_signed("b.example.org.", &denials[..2]);
    assert_eq!(denies("b.example.org.", &[lie.clone(), apex.clone()]), NO_NAME, "the wildcard is in its span");
    assert_eq!(denies("b.example.org.", &[lie.clone(), wildcard.clone()]), MISSING);
    assert_eq!(denies("b.example.org.", &[apex.clone(), wildcard.clone()]), MISSING);
    for other in ["a.example.org.", "d.example.org.", "h.example.org."] {
        assert_eq!(denies(other, &denials), NO_NAME, "{other}");
    }
}

#[test]
fn appendix_b_white_lies_as_meant() {
    // The next hash: b.example.org's and one more.
    let mut denials = records("rfc/rfc7129-b.zone");
    denials[0] = sign::records(
        "iuu8l5lmt76jeltp0bir3tmg4u3uu8e6.example.org. 3600 IN NSEC3 1 0 2 DEAD IUU8L5LMT76JELTP0BIR3TMG4U3UU8E8",
    )
    .remove(0);
    assert_eq!(denies("b.example.org.", &denials), NO_NAME);
    assert_eq!(denies("x.b.example.org.", &denials), NO_NAME);
    holds_as_signed("b.example.org.", &denials);
    for some in subsets(&denials).filter(|some| some.len() < 3) {
        assert_eq!(denies("b.example.org.", &some), MISSING, "{} of 3", some.len());
    }
    assert_eq!(lacks("b.example.org.", &denials), MISSING);
    assert_eq!(denies("*.example.org.", &denials), NO_NAME);
    for other in ["a.example.org.", "d.example.org.", "h.example.org."] {
        assert_eq!(denies(other, &denials), MISSING, "{other}");
    }
    // Neither end of a span is in it.
    for (own, next) in [("6", "7"), ("7", "8")] {
        let hash = |end| format!("iuu8l5lmt76jeltp0bir3tmg4u3uu8e{end}");
        let (own, next) = (hash(own), hash(next));
        denials[0] = sign::records(&format!("{own}.example.org. 3600 IN NSEC3 1 0 2 DEAD {next}")).remove(0);
        assert_eq!(denies("b.example.org.", &denials), MISSING, "{own} to {next}");
    }
}

#[test]
fn appendix_c_hashes() {
    assert_eq!(hashes(&Ring, "rfc/rfc7129-c.hashes", &[0xDE, 0xAD], 2), 12);
    assert_eq!(hashes(&RustCrypto, "rfc/rfc7129-c.hashes", &[0xDE, 0xAD], 2), 12);
}
