//! Every scenario of `vectors/{denial,insecure,alias,hostile}`: what real signers and servers
//! made, the good beside the bad.

mod common;

use std::collections::HashMap;

use common::{Scenario, messages, read, scenarios};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, Content, Step, Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::lookup::Lookup;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::{Message, Question};

fn every_scenario<B: Backend>(folder: &str, backend: &B, at_least: usize) {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let scenarios = scenarios(folder);
    for file in scenarios.iter().flat_map(|scenario| &scenario.files) {
        files.entry(file.clone()).or_insert_with_key(|file| messages(file));
    }
    let wrong: Vec<String> = scenarios
        .iter()
        .filter_map(|scenario| {
            let octets: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| files[file].clone()).collect();
            // What cannot be read is no evidence.
            let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
            let difference = judge(backend, scenario, &evidence).err()?;
            let Scenario { name, qname, rtype, why, .. } = scenario;
            Some(format!("{folder}/{name} {qname} {rtype}: {difference}; {why}"))
        })
        .collect();
    assert!(scenarios.len() >= at_least, "{} scenarios in {folder}", scenarios.len());
    assert!(wrong.is_empty(), "{} scenarios differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from the row, in words.
fn judge<B: Backend>(backend: &B, scenario: &Scenario, evidence: &[Message<'_>]) -> Result<(), String> {
    let mut anchors = Anchors::default();
    for file in &scenario.anchors {
        anchors.extend(&Anchors::parse(&read(file)).unwrap());
    }
    let name: NameBuf = scenario.qname.parse().unwrap();
    let question = Question::new(name.as_name(), Type::from_mnemonic(&scenario.rtype).unwrap());
    let (policy, mut scratch) = (Policy::standard(), Scratch::new());
    let (limits, mut budget) = (Limits::default(), Budget::new(Limits::default()));
    let now = Time(scenario.now);
    let mut terms = Terms { clock: now.into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(question, &anchors, evidence, &mut terms);
    let got = verdict.as_str();
    // Where a limit decides and not a clause, all that counts is that nothing comes of it.
    let refused = scenario.why.starts_with("refused");
    let may_be_secure = scenario.why.contains("secure for a validator that does all the work");
    let fits = match got {
        "bogus" | "indeterminate" if refused => true,
        "secure" if refused => may_be_secure,
        _ => got == scenario.verdict,
    };
    if !fits {
        return Err(format!(
            "expected {}, got {got}: {:?}",
            scenario.verdict,
            verdict.reason().map(ToString::to_string)
        ));
    }
    if let Verdict::Secure(secure) = &verdict {
        let kind = match secure.content() {
            Content::Records(answer) => {
                // What is proved is what was asked for, at the end of its aliases.
                if answer.rtype() != question.rtype {
                    return Err(format!("the answer is {answer:?}"));
                }
                "positive"
            }
            Content::NoData => "nodata",
            Content::NameError => "nxdomain",
        };
        if kind != scenario.kind {
            return Err(format!("expected {}, got {kind}", scenario.kind));
        }
        if secure.valid_until() < now || secure.valid_from() > now {
            return Err("the verdict does not hold at the time of the call".to_owned());
        }
    }
    let spent = budget.spent();
    if spent.signatures > limits.signatures
        || spent.nsec3_hashes > limits.nsec3_hashes
        || spent.digests > limits.digests
    {
        return Err(format!("the budget is exceeded: {spent:?}"));
    }
    Ok(())
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.3
//= type=test
//= reason=rows: denial/nsec-star-literal, denial/nsec-wildcard
//# The value of the Labels field MUST NOT count either the null (root) label that terminates the owner name or the
//# wildcard label (if present).
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.2
//= type=test
//= reason=rows: denial/nsec-wildcard, denial/nsec3-wildcard
//# A security-aware resolver's support for signature verification MUST include support for verification of wildcard
//# owner names.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
//= type=test
//= reason=rows: denial/nsec-child-denies-parent, denial/nsec3-child-denies-parent
//# When reconstructing the original NSEC RRset for the delegation from the parent zone, the NSEC RRs MUST NOT be
//# combined with NSEC RRs from the child zone.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
//= type=test
//= reason=rows: denial/nsec-nxdomain-wildcard-by-parent, denial/nsec-nodata-match-by-parent
//# When reconstructing the original NSEC RRset for the apex of the child zone, the NSEC RRs MUST NOT be combined with
//# NSEC RRs from the parent zone.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.3
//= type=test
//= reason=rows: denial/nsec-wildcard-closer-removed, denial/nsec-wildcard-replayed, denial/nsec3-wildcard-replayed
//# The resolver MUST verify that wildcard expansion was applied properly before considering the RRset to be authentic.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
//= type=test
//= reason=rows: denial/nsec-nodata-match-unsigned, denial/nsec-nodata-match-flipped, denial/nsec-nodata-match-expired
//# In addition, security-aware resolvers MUST authenticate the NSEC RRsets that comprise the non-existence proof as
//# described in Section 5.3.
//= https://www.rfc-editor.org/rfc/rfc5155#section-10.3
//= type=test
//= reason=rows: denial/iter51-nxdomain, denial/nsec3-nxdomain-forged-iterations
//# A resolver MAY treat a response with a higher value as insecure, after the validator has verified that the signature
//# over the NSEC3 RR is correct.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.1
//= type=test
//= reason=rows: denial/nsec3-nxdomain-unknown-hash, denial/nsec3-nxdomain-unknown-hash-one
//# A validator MUST ignore NSEC3 RRs with unknown hash types.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.2
//= type=test
//= reason=rows: denial/nsec3-nxdomain-unknown-flags, denial/nsec3-nxdomain-unknown-flags-optout
//# A validator MUST ignore NSEC3 RRs with a Flag fields value other than zero or one.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.2
//= type=test
//= reason=rows: denial/nsec3-nxdomain-mixed-salt, denial/nsec3-nxdomain-mixed-iterations
//# A validator MAY treat a response as bogus if the response contains NSEC3 RRs that contain different values for hash
//# algorithm, iterations, or salt from each other for that zone.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.3
//= type=test
//= reason=rows: denial/nsec3-nxdomain-encloser-removed, denial/nsec3-nxdomain-closer-removed,
//= reason=denial/nsec3-nxdomain-to-existing
//# In order to verify a closest encloser proof, the validator MUST find the longest name, X, such that
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.3
//= type=test
//= reason=rows: denial/nsec3-nxdomain-encloser-ns, denial/nsec3-nxdomain-encloser-dname,
//= reason=denial/nsec3-ancestor-delegation
//# Once the closest encloser has been discovered, the validator MUST check that the NSEC3 RR that has the closest
//# encloser as the original owner name is from the proper zone.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.4
//= type=test
//= reason=rows: denial/nsec3-nxdomain, denial/nsec3-nxdomain-wildcard-removed
//# A validator MUST verify that there is a closest encloser proof for QNAME present in the response and that there is
//# an NSEC3 RR that covers the wildcard at the closest encloser (i.e., the name formed by prepending the asterisk label
//# to the closest encloser).
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.5
//= type=test
//= reason=rows: denial/nsec3-nodata, denial/nsec3-nodata-has-type, denial/nsec3-nodata-has-cname,
//= reason=denial/nsec3-nodata-match-removed
//# The validator MUST verify that an NSEC3 RR that matches QNAME is present and that both the QTYPE and the CNAME type
//# are not set in its Type Bit Maps field.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
//= type=test
//= reason=rows: denial/optout-nodata-delegation-ds, denial/optout-delegation-ds-cleared
//# If there is no such NSEC3 RR, then the validator MUST verify that a closest provable encloser proof for QNAME is
//# present in the response, and that the NSEC3 RR that covers the "next closer" name has the Opt- Out bit set.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.7
//= type=test
//= reason=rows: denial/nsec3-wildcard-nodata
//# The validator MUST verify a closest encloser proof for QNAME and MUST find an NSEC3 RR present in the response that
//# matches the wildcard name generated by prepending the asterisk label to the closest encloser.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.7
//= type=test
//= reason=rows: denial/nsec3-wildcard-nodata-has-type, denial/nsec3-wildcard-nodata-has-cname
//# Furthermore, the bits corresponding to both QTYPE and CNAME MUST NOT be set in the wildcard matching NSEC3 RR.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.8
//= type=test
//= reason=rows: denial/nsec3-wildcard, denial/nsec3-wildcard-closer-removed, denial/nsec3-wildcard-shielded
//# Validators MUST verify that there is an NSEC3 RR that covers the "next closer" name to QNAME present in the
//# response.
//= https://www.rfc-editor.org/rfc/rfc5155#section-9.2
//= type=test
//= reason=rows: denial/optout-nxdomain, denial/nsec3-nxdomain-optout-set, denial/optout-wildcard
//# The AD bit, as defined by [RFC4035], MUST NOT be set when returning a response containing a closest (provable)
//# encloser proof in which the NSEC3 RR that covers the "next closer" name has the Opt-Out bit set.
//= https://www.rfc-editor.org/rfc/rfc6840#section-2.1
//= type=test
//= reason=rows: denial/nsec3-nxdomain, denial/nsec-nxdomain
//# The zone may be using either, and validators supporting these algorithms MUST support both NSEC3 and NSEC responses.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.1
//= type=test
//= reason=rows: denial/nsec-ancestor-delegation, denial/nsec3-ancestor-delegation, denial/nsec-parent-side,
//= reason=denial/nsec3-parent-side
//# Ancestor delegation NSEC or NSEC3 RRs MUST NOT be used to assume nonexistence of any RRs below that zone cut, which
//# include all RRs at that (original) owner name other than DS RRs, and all RRs below that owner name regardless of
//# type.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.1
//= type=test
//= reason=rows: denial/nsec-ancestor-dname, denial/nsec3-ancestor-dname
//# An NSEC or NSEC3 RR with the DNAME bit set MUST NOT be used to assume the nonexistence of any subdomain of that
//# NSEC/NSEC3 RR's (original) owner name.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.3
//= type=test
//= reason=rows: denial/nsec-nodata-has-cname, denial/nsec3-nodata-has-cname, denial/nsec-wildcard-nodata-has-cname
//# When validating a NOERROR/NODATA response, validators MUST check the CNAME bit in the matching NSEC or NSEC3 RR's
//# type bitmap in addition to the bit for the query type.
//= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
//= type=test
//= reason=rows: denial/nsec3-nxdomain-forged-iterations, denial/iter51-nxdomain
//# a validating resolver returning an insecure response MUST still validate the signature over the NSEC3 record to
//# ensure the iteration count was not altered since record publication
#[test]
fn denial() {
    every_scenario("denial", &Ring, 500);
    every_scenario("denial", &RustCrypto, 500);
}

//= https://www.rfc-editor.org/rfc/rfc4033#section-5
//= type=test
//= reason=rows: insecure/unsigned-a, insecure/unsub-nsec3-a
//# Insecure: The validating resolver has a trust anchor, a chain of trust, and, at some delegation point, signed proof
//# of the non-existence of a DS record.
//= https://www.rfc-editor.org/rfc/rfc4033#section-5
//= type=test
//= reason=rows: insecure/anchor-elsewhere
//# Indeterminate: There is no trust anchor that would indicate that a specific portion of the tree is secure.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.3
//= type=test
//= reason=rows: insecure/sub-nsec, insecure/unsigned-a, insecure/sub-nsec-ds-empty
//# A security-aware resolver MUST be able to determine whether it should expect a particular RRset to be signed.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
//= type=test
//= reason=rows: insecure/sub-nsec-ds-child-side, insecure/unsub-nsec-ds-by-child
//# A security-aware resolver MUST use the parent NSEC RR when attempting to prove that a DS RRset does not exist.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.2
//= type=test
//= reason=rows: insecure/ds-unsup, insecure/ds-both
//# In this case, the resolver SHOULD treat the child zone as if it were unsigned.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
//= type=test
//= reason=rows: insecure/unsub-nsec3-ds-has-ds, insecure/unsub-nsec3-ds-has-cname
//# If there is an NSEC3 RR that matches QNAME present in the response, then that NSEC3 RR MUST NOT have the bits
//# corresponding to DS and CNAME set in its Type Bit Maps field.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
//= type=test
//= reason=rows: insecure/unsub-nsec3-a, insecure/unsub-nsec3-ds-ns-missing, insecure/unsub-nsec3-ds-has-ds
//# If there is an NSEC3 RR present in the response that matches the delegation name, then the validator MUST ensure
//# that the NS bit is set and that the DS bit is not set in the Type Bit Maps field of the NSEC3 RR.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
//= type=test
//= reason=rows: insecure/unsub-nsec3-ds-has-soa, insecure/sub-nsec3-ds-child-side
//# The validator MUST also ensure that the NSEC3 RR is from the correct (i.e., parent) zone.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
//= type=test
//= reason=rows: insecure/unsub-optout-ds-encloser-removed, insecure/unsub-optout-ds-closer-removed
//# If there is no NSEC3 RR present that matches the delegation name, then the validator MUST verify a closest provable
//# encloser proof for the delegation name.
//= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
//= type=test
//= reason=rows: insecure/unsub-optout-a, insecure/unsub-optout-ds-optout-cleared
//# The validator MUST verify that the Opt-Out bit is set in the NSEC3 RR that covers the "next closer" name to the
//# delegation name.
//= https://www.rfc-editor.org/rfc/rfc6840#section-4.4
//= type=test
//= reason=rows: insecure/unsub-nsec-ds-ns-missing, insecure/unsub-nsec3-ds-ns-missing
//# The validator also MUST check for the presence of the NS bit in the matching NSEC (or NSEC3) RR (proving that there
//# is, indeed, a delegation), or alternately make sure that the delegation is covered by an NSEC3 RR with the Opt-Out
//# flag set.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.11
//= type=test
//= reason=rows: insecure/algorithm-roll-old
//# They SHOULD NOT insist that all algorithms signaled in the DS RRset work, and they MUST NOT insist that all
//# algorithms signaled in the DNSKEY RRset work.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.11
//= type=test
//= reason=rows: insecure/algorithm-roll-old, insecure/algorithm-roll-new, insecure/double-ds
//# Validators SHOULD accept any single valid path.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.2
//= type=test
//= reason=rows: insecure/ds-digest, insecure/ds-both, insecure/ds-wrong
//# In brief, DS records using unknown or unsupported message digest algorithms MUST be treated the same way as DS
//# records referring to DNSKEY RRs of unknown or unsupported public key algorithms.
#[test]
fn insecure() {
    every_scenario("insecure", &Ring, 100);
    every_scenario("insecure", &RustCrypto, 100);
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.8
//= type=test
//= reason=rows: alias/dname, alias/dname-cross, alias/dname-made-elsewhere
//# A validating security-aware resolver MUST treat the signature of a valid signed DNAME RR as also covering unsigned
//# CNAME RRs that could have been synthesized from the DNAME RR, as described in [RFC2672], at least to the extent of
//# not rejecting a response message solely because it contains such CNAME RRs.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
//= type=test
//= reason=rows: alias/through-unsigned, alias/dname-unsigned
//# In the case where the answer is obtained via a chain of CNAME and/or DNAME aliases, the whole chain of CNAME and
//# DNAME RRsets MUST also be secure.
#[test]
fn alias() {
    every_scenario("alias", &Ring, 100);
    every_scenario("alias", &RustCrypto, 100);
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-2.4
//= type=test
//= reason=rows: hostile/ds-by-child
//# DS RRsets MUST NOT appear at a zone's apex.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//= reason=rows: hostile/nsec-unsigned, hostile/nsec-empty
//# The absence of DNSSEC data in a response MUST NOT by itself be taken as an indication that no authentication
//# information exists.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//= reason=rows: hostile/dnskey-empty, hostile/dnskey-denied
//# A resolver SHOULD expect authentication information from signed zones.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//= reason=rows: hostile/dnskey-empty, hostile/dnskey-denied
//# A resolver SHOULD believe that a zone is signed if the resolver has been configured with public key information for
//# the zone, or if the zone's parent is signed and the delegation from the parent contains a DS RRset.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: hostile/nsec-by-parent, hostile/nsec-by-child, hostile/nsec-by-sibling
//# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
#[test]
fn hostile() {
    every_scenario("hostile", &Ring, 100);
    every_scenario("hostile", &RustCrypto, 100);
}

/// The same scenarios, the messages handed over one by one as they are asked for: no question
/// comes twice, it ends, and the verdict is the same.
#[test]
fn through_a_lookup() {
    let (mut wrong, mut questions, mut count) = (Vec::new(), 0, 0);
    for folder in ["denial", "insecure", "alias", "hostile"] {
        for scenario in scenarios(folder) {
            let octets: Vec<Vec<u8>> = scenario.files.iter().flat_map(|file| messages(file)).collect();
            let (said, asked) = look_up(&scenario, &octets);
            (questions, count) = (questions + asked, count + 1);
            let refused = scenario.why.starts_with("refused");
            if BY_A_ZONE_ABOVE.contains(&scenario.name.as_str()) {
                assert_eq!((said, scenario.verdict.as_str()), ("secure", "bogus"), "{}", scenario.name);
            } else if said != scenario.verdict && !refused {
                wrong.push(format!(
                    "{folder}/{}: {said} instead of {}; {}",
                    scenario.name, scenario.verdict, scenario.why
                ));
            }
        }
    }
    assert!(count > 900 && questions > 4000, "{count} scenarios, {questions} questions");
    assert!(wrong.is_empty(), "{} scenarios differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Data of a child, signed by a zone above. Where nothing at hand shows that there is a cut
/// between, the signature of the zone above counts: it speaks for everything below it, and to
/// look for cuts would take one more question for each label. (`chain::verify` with the proof of
/// the cut at hand refuses these.)
const BY_A_ZONE_ABOVE: [&str; 11] = [
    "nsec-by-root",
    "nsec-by-parent",
    "nsec3-by-root",
    "nsec3-by-parent",
    "optout-by-root",
    "optout-by-parent",
    "knot-by-root",
    "knot-by-parent",
    "delegation-ns-by-parent",
    "glue-by-parent",
    "parent-invents-below-cut",
];

fn look_up(scenario: &Scenario, octets: &[Vec<u8>]) -> (&'static str, usize) {
    let evidence: Vec<Message<'_>> = octets.iter().filter_map(|octets| Message::parse(octets).ok()).collect();
    let mut anchors = Anchors::default();
    for file in &scenario.anchors {
        anchors.extend(&Anchors::parse(&read(file)).unwrap());
    }
    let rtype = Type::from_mnemonic(&scenario.rtype).unwrap();
    let mut lookup = Lookup::new(scenario.qname.parse().unwrap(), rtype, &anchors);
    let (policy, mut scratch, mut budget) = (Policy::standard(), Scratch::new(), Budget::new(Limits::default()));
    let mut asked: Vec<String> = Vec::new();
    loop {
        let now = Time(scenario.now);
        let mut terms =
            Terms { clock: now.into(), policy: &policy, backend: &Ring, budget: &mut budget, scratch: &mut scratch };
        let question = match lookup.step(&mut terms) {
            Step::Done(verdict) => return (verdict.as_str(), asked.len()),
            Step::Ask(question) => question,
        };
        let text = question.to_string();
        assert!(!asked.contains(&text), "{text} is asked twice");
        let answers: Vec<Vec<u8>> = evidence
            .iter()
            .filter(|message| message.question() == Some(question))
            .map(|message| message.octets().to_vec())
            .collect();
        asked.push(text);
        // What is no response is refused, and that is that.
        for octets in answers {
            let _refused = lookup.answer(&octets);
        }
    }
}
