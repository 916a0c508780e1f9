//! The zone of RFC 5155 appendix A and the responses of its appendix B. Its keys have 512 bits,
//! which both backends refuse, so a third one verifies these and leaves the rest to each of them.
//!
//! All NSEC3 RRs of the zone have Opt-Out set. By section 9.2 an answer is then not authenticated
//! where one of them covers the next closer name: B.1, B.4 and B.5 are Insecure, not Secure. What
//! they would show without Opt-Out is judged with the bit cleared and the records endorsed.

mod common;

use common::build::{Response, records, rrsig, window};
use common::example::{Example, Shown, appendix_a, appendix_b, hashes, is_of, is_refused, shown};
use common::weak::Weak;
use common::world::{World, of_type};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::zonefile;

const ZONE: &str = "rfc5155-a.zone";
const OPT_OUT: Shown = ("insecure", Some(ReasonCode::OptOut), "");
const SECTIONS: [&str; 7] = ["1", "2", "2-1", "3", "4", "5", "6"];

fn example(section: &str, shown: Shown) -> Example {
    Example::new(ZONE, &format!("rfc5155-b-{section}.dig"), shown)
}

/// The example and what is next to it, on both backends.
fn holds(example: &Example) {
    fn on<B: Backend>(example: &Example, backend: &B) {
        example.holds(backend);
        fails_with_other_parameters(example, backend);
        fails_with_another_denial(example, backend);
    }
    on(example, &Weak(&Ring));
    on(example, &Weak(&RustCrypto));
}

fn now() -> u64 {
    let (from, to) = window("rfc/rfc5155-a.zone");
    u64::midpoint(from, to)
}

/// The flags and the iterations are signed; what they say counts only then.
fn fails_with_other_parameters<B: Backend>(example: &Example, backend: &B) {
    let judge = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = example.clone();
        let denials = changed.authority().iter_mut().filter(|record| record.rtype == Type::NSEC3);
        denials.for_each(|record| change(&mut record.rdata));
        changed.world.judge(backend, now())
    };
    let said = judge(&|rdata| rdata[1] ^= 1);
    assert!(is_refused(&said), "Opt-Out: {said:?}");
    assert!(said.verdict != "bogus" || said.code == Some(ReasonCode::SignatureInvalid), "Opt-Out: {said:?}");
    // Above 50 they would be Insecure if the record were signed.
    for iterations in [0_u16, 11, 13, 50, 51, 500, 501, 65535] {
        let said = judge(&|rdata| rdata[2..4].copy_from_slice(&iterations.to_be_bytes()));
        assert!(is_refused(&said), "{iterations} iterations: {said:?}");
    }
}

/// The denial of another section proves it only if all of its own records are there.
fn fails_with_another_denial<B: Backend>(example: &Example, backend: &B) {
    let own = example.denials();
    for section in SECTIONS {
        let mut other = appendix_b(ZONE, &format!("rfc5155-b-{section}.dig")).responses.remove(0);
        let denials = of_type(&other.sections[1], Type::NSEC3);
        other.sections[1].retain(|record| denials.iter().any(|denial| is_of(record, denial)));
        let mut swapped = example.clone();
        let authority = swapped.authority();
        authority.retain(|record| !own.iter().any(|denial| is_of(record, denial)));
        authority.extend(other.sections[1].clone());
        let said = swapped.world.judge(backend, now());
        let all = own.iter().all(|record| denials.contains(record));
        let expected = if all { example.shown } else { ("bogus", said.code, "") };
        assert_eq!(shown(&said), expected, "{} with B.{section}", example.world.question());
    }
}

/// Without Opt-Out it shows more.
fn holds_without_opt_out(example: &Example, shown: Shown) {
    let cleared = Example { shown, ..example.with_denials(|record| record.rdata[1] &= !1) };
    cleared.holds(&Weak(&Ring));
    cleared.holds(&Weak(&RustCrypto));
}

#[test]
fn appendix_a_hashes() {
    for (path, count) in [("rfc/rfc5155-a.hashes", 12), ("rfc/rfc5155-b.hashes", 8)] {
        assert_eq!(hashes(&Ring, path, &[0xAA, 0xBB, 0xCC, 0xDD], 12), count);
        assert_eq!(hashes(&RustCrypto, path, &[0xAA, 0xBB, 0xCC, 0xDD], 12), count);
    }
}

/// Every signed RRset of the zone, asked for by its own name. Nobody can ask for NSEC3 RRs
/// (section 7.2.8).
#[test]
fn appendix_a_example_zone() {
    let zone = appendix_a(ZONE);
    let (from, to) = window("rfc/rfc5155-a.zone");
    let signed = of_type(&records("rfc/rfc5155-a.zone"), Type::RRSIG);
    let mut sets: Vec<(NameBuf, Type)> =
        signed.iter().map(|record| (record.owner, rrsig(record).type_covered)).collect();
    sets.retain(|(_, rtype)| *rtype != Type::NSEC3);
    assert_eq!((signed.len(), sets.len()), (30, 18));
    for (name, rtype) in sets {
        let world = zone.asked(name, rtype);
        for said in [world.judge(&Weak(&Ring), from), world.judge(&Weak(&RustCrypto), to)] {
            assert!(said.is_secure() && said.weak, "{}: {said:?}", world.question());
        }
        let mut changed = world.clone();
        changed.signatures(name, rtype).for_each(|record| *record.rdata.last_mut().unwrap() ^= 1);
        let said = changed.judge(&Weak(&Ring), from);
        assert!(said.is_bogus(ReasonCode::SignatureInvalid, &world.question()), "{}: {said:?}", world.question());
    }
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.4
//= type=test
//# A validator MUST verify that there is a closest encloser proof for QNAME present in the response and that there is
//# an NSEC3 RR that covers the wildcard at the closest encloser (i.e., the name formed by prepending the asterisk label
//# to the closest encloser).
#[test]
fn appendix_b_1_name_error() {
    let example = example("1", OPT_OUT);
    holds(&example);
    holds_without_opt_out(&example, ("secure", None, "no name"));
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.5
//= type=test
//# The validator MUST verify that an NSEC3 RR that matches QNAME is present and that both the QTYPE and the CNAME type
//# are not set in its Type Bit Maps field.
#[test]
fn appendix_b_2_no_data_error() {
    holds(&example("2", ("secure", None, "no data")));
}

#[test]
fn appendix_b_2_1_no_data_at_an_empty_non_terminal() {
    holds(&example("2-1", ("secure", None, "no data")));
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
//= type=test
//# If there is no such NSEC3 RR, then the validator MUST verify that a closest provable encloser proof for QNAME is
//# present in the response, and that the NSEC3 RR that covers the "next closer" name has the Opt- Out bit set.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
//= type=test
//# The validator MUST verify that the Opt-Out bit is set in the NSEC3 RR that covers the "next closer" name to the
//# delegation name.
/// A referral answers nothing. Its denial, as the answer to the question for DS records, shows
/// that what is below may be unsigned.
#[test]
fn appendix_b_3_referral_to_an_opt_out_unsigned_zone() {
    let referral = example("3", ("indeterminate", Some(ReasonCode::Referral), ""));
    for said in [referral.world.judge(&Weak(&Ring), now()), referral.world.judge(&Weak(&RustCrypto), now())] {
        assert_eq!(shown(&said), referral.shown);
    }
    let mut ds = Response::new("c.example.".parse().unwrap(), Type::DS);
    ds.sections[1] = referral.world.responses[0].sections[1].clone();
    ds.sections[1].retain(|record| record.rtype != Type::NS);
    let mut parent = Example { shown: OPT_OUT, ..referral.clone() };
    (parent.world.name, parent.world.rtype) = (ds.name, ds.rtype);
    parent.world.responses[0] = ds;
    holds(&parent);

    // An unsigned answer of ours to the question itself.
    let mut below = parent.clone();
    let mut answer = Response::new(referral.world.name, referral.world.rtype);
    answer.sections[0] = zonefile::parse("mc.c.example. 3600 IN MX 1 mc.c.example.", None).unwrap();
    (below.world.name, below.world.rtype) = (answer.name, answer.rtype);
    below.world.responses.push(answer);
    holds(&below);
    assert_eq!(below.world.judge(&Weak(&Ring), now()).about, "c.example. DS");

    // Without Opt-Out there is no such name, so nothing unsigned below it either.
    let cleared = |example: &Example| {
        let cleared = example.with_denials(|record| record.rdata[1] &= !1);
        shown(&cleared.world.judge(&Weak(&Ring), now()))
    };
    assert_eq!(cleared(&parent), ("bogus", Some(ReasonCode::DenialMissing), ""));
    let said = cleared(&below);
    assert!(said.0 != "secure" && said.0 != "insecure", "{said:?}");
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.8
//= type=test
//# Validators MUST verify that there is an NSEC3 RR that covers the "next closer" name to QNAME present in the
//# response.
#[test]
fn appendix_b_4_wildcard_expansion() {
    let example = example("4", OPT_OUT);
    holds(&example);
    holds_without_opt_out(&example, ("secure", None, "records"));
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.7
//= type=test
//# The validator MUST verify a closest encloser proof for QNAME and MUST find an NSEC3 RR present in the response that
//# matches the wildcard name generated by prepending the asterisk label to the closest encloser.
#[test]
fn appendix_b_5_wildcard_no_data_error() {
    // Under Opt-Out the name may be one below an unsigned delegation, whatever the wildcard has.
    let wildcard = "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example.".parse().unwrap();
    let example = example("5", OPT_OUT);
    holds(&Example { spare: vec![wildcard], ..example.clone() });
    holds_without_opt_out(&example, ("secure", None, "no data"));
}

//= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
//= type=test
//# If there is an NSEC3 RR that matches QNAME present in the response, then that NSEC3 RR MUST NOT have the bits
//# corresponding to DS and CNAME set in its Type Bit Maps field.
/// DS records are the parent's, and no anchor is there. With one, the record of the child's apex,
/// which has the SOA bit, is still no word of the parent (section 8.6).
#[test]
fn appendix_b_6_ds_child_zone_no_data_error() {
    let example = example("6", ("indeterminate", Some(ReasonCode::NoAnchor), ""));
    let parent = example.under_a_root();
    for now in [example.window.0, example.now(), example.window.1] {
        for said in [example.world.judge(&Weak(&Ring), now), example.world.judge(&Weak(&RustCrypto), now)] {
            assert_eq!(shown(&said), example.shown);
        }
        for said in [parent.judge(&Weak(&Ring), now), parent.judge(&Weak(&RustCrypto), now)] {
            assert!(said.is_bogus(ReasonCode::DenialMissing, "example. DS"), "{said:?}");
        }
    }
}

/// Both keys have 512 bits, and algorithm 7 does not count under the standard policy (RFC 9905).
#[test]
fn appendix_b_is_never_secure_on_a_real_backend() {
    let mut worlds: Vec<_> =
        SECTIONS.iter().map(|section| appendix_b(ZONE, &format!("rfc5155-b-{section}.dig"))).collect();
    worlds.extend([appendix_a(ZONE), appendix_a(ZONE).asked("example.".parse().unwrap(), Type::SOA)]);
    for world in worlds {
        // What needs no key is said before any is looked at.
        let early = matches!(world.question().as_str(), "mc.c.example. MX" | "example. DS");
        for said in [world.judge(&Ring, now()), world.judge(&RustCrypto, now())] {
            if early {
                assert_eq!(said.verdict, "indeterminate", "{}: {said:?}", world.question());
            } else {
                assert!(said.is_bogus(ReasonCode::KeyUnusable, "example. DNSKEY"), "{}: {said:?}", world.question());
            }
        }
        let world = World { policy: Policy::standard(), ..world };
        let said = [world.judge(&Ring, now()), world.judge(&RustCrypto, now()), world.judge(&Weak(&Ring), now())];
        for said in said {
            let code = said.code.filter(|_| early).unwrap_or(ReasonCode::AlgorithmUnsupported);
            assert_eq!(shown(&said), ("indeterminate", Some(code), ""), "{}", world.question());
        }
    }
}
