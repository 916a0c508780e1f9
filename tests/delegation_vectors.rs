//! Every row of `vectors/delegation/cases.tsv`, on every backend: what real signers and servers
//! made, and what was broken in it on purpose.

mod common;

use std::collections::HashMap;

use common::third::Third;
use common::{Case, cases, messages, parse, read};
use dnsproof::anchor::Anchors;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::{self, ReasonCode, Terms, Verdict};
use dnsproof::codes::{Algorithm, Type};
use dnsproof::crypto::{Backend, Ring, RustCrypto};
use dnsproof::delegation::{self, Request};
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::Time;
use dnsproof::wire::Question;

fn every_row<B: Backend>(backend: &B) {
    let mut files: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let mut anchors: HashMap<String, Anchors> = HashMap::new();
    let mut wrong = Vec::new();
    let mut counts = [0_u32; 2];
    for case in cases() {
        let octets =
            files.entry(format!("delegation/{}/{}", case.set, case.file)).or_insert_with_key(|path| messages(path));
        let anchors = anchors
            .entry(format!("delegation/{}/{}", case.set, case.anchors))
            .or_insert_with_key(|path| Anchors::parse(&read(path)).unwrap());
        let judged = judge(backend, &case, octets, anchors);
        if let Err(difference) = judged {
            wrong.push(format!("{}/{} {} {}: {difference} ({})", case.set, case.file, case.name, case.rtype, case.why));
        }
        counts[usize::from(case.verdict == "secure")] += 1;
    }
    assert!(counts[0] > 400 && counts[1] > 400, "rows of both kinds: {counts:?}");
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from the row, in words.
fn judge<B: Backend>(backend: &B, case: &Case, octets: &[Vec<u8>], anchors: &Anchors) -> Result<(), String> {
    let name: NameBuf = case.name.parse().unwrap();
    let question = Question::new(name.as_name(), Type::from_mnemonic(&case.rtype).unwrap());
    let policy = if case.set == "legacy" { Policy::legacy() } else { Policy::standard() };
    let mut evidence = parse(octets);
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(case.now).into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let verdict = chain::verify(question, anchors, evidence.as_slice(), &mut terms);

    // A backend without Ed448 cannot judge the world that uses it, and says so.
    if case.set == "ed448" && !backend.supports(Algorithm::ED448) {
        let code = verdict.reason().map(chain::Reason::code);
        let honest = [ReasonCode::AlgorithmUnsupported, ReasonCode::NoAnchor];
        let silent = !matches!(verdict, Verdict::Indeterminate(_)) || code.is_none_or(|code| !honest.contains(&code));
        return if silent { Err(format!("without Ed448 got {} {code:?}", verdict.as_str())) } else { Ok(()) };
    }
    if verdict.as_str() != case.verdict {
        return Err(format!("expected {}, got {} {:?}", case.verdict, verdict.as_str(), verdict.reason()));
    }
    if let (Some(provider), Some(confirmed)) = (&case.provider, case.check) {
        let provider: NameBuf = provider.parse().unwrap();
        let source = name.as_name().parent().unwrap().parent().unwrap();
        let outcome = delegation::check(&verdict, &Request::new(source, provider.as_name()));
        if outcome.is_success() != confirmed {
            return Err(format!("expected success {confirmed}, got {outcome:?}"));
        }
    }
    if let Verdict::Secure(secure) = &verdict {
        if secure.is_weak() != (case.set == "legacy") {
            return Err(format!("weak: {}", secure.is_weak()));
        }
        if secure.valid_until() < Time(case.now) || secure.valid_from() > Time(case.now) {
            return Err("the verdict does not hold at the time of the call".to_owned());
        }
        let links = secure.links().count();
        if links == 0 || !question.name.is_at_or_below(&secure.links().last().unwrap().zone) {
            return Err(format!("{links} links that do not lead to the name"));
        }
    }
    // The order of the messages changes nothing.
    let before = verdict.as_str();
    let code = verdict.reason().map(chain::Reason::code);
    evidence.reverse();
    let (mut budget, mut scratch) = (Budget::new(Limits::default()), Scratch::new());
    let mut terms =
        Terms { clock: Time(case.now).into(), policy: &policy, backend, budget: &mut budget, scratch: &mut scratch };
    let again = chain::verify(question, anchors, evidence.as_slice(), &mut terms);
    if (again.as_str(), again.reason().map(chain::Reason::code)) != (before, code) {
        return Err(format!("in reverse order {:?}, before {before} {code:?}", again.reason()));
    }
    Ok(())
}

//= https://www.rfc-editor.org/rfc/rfc4033#section-5
//= type=test
//= reason=rows: good.hex
//# Secure: The validating resolver has a trust anchor, has a chain of trust, and is able to verify all the signatures
//# in the response.
//= https://www.rfc-editor.org/rfc/rfc4033#section-5
//= type=test
//= reason=rows: expired.hex, stripped.hex
//# Bogus: The validating resolver has a trust anchor and a secure delegation indicating that subsidiary data is signed,
//# but the response fails to validate for some reason
//= https://www.rfc-editor.org/rfc/rfc4034#appendix-B
//= type=test
//= reason=rows: colliding-tag.hex, colliding-tag-first.hex, colliding-tag-last.hex
//# Implementations MUST NOT assume that the key tag uniquely identifies a DNSKEY RR.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.2
//= type=test
//= reason=rows: flip-com-dnskey-protocol.hex, flip-root-dnskey-protocol.hex
//# The Protocol Field MUST have value 3, and the DNSKEY RR MUST be treated as invalid during signature verification if
//# it is found to be some value other than 3.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.3
//= type=test
//= reason=rows: flip-srv-rrsig-labels.hex
//# The value of the Labels field MUST be less than or equal to the number of labels in the RRSIG owner name.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.7
//= type=test
//= reason=rows: wrong-signer.hex, signer-parent.hex
//# The Signer's Name field MUST contain the name of the zone of the covered RRset.
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//= reason=rows: ttl-lowered.hex, flip-srv-rrsig-original-ttl.hex
//# Each RR in the RRset MUST have the TTL listed in the RRSIG Original TTL Field;
//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//= type=test
//= reason=rows: reordered.hex
//# The RRset MUST be sorted in canonical order.
//= https://www.rfc-editor.org/rfc/rfc4034#section-5.2
//= type=test
//= reason=rows: flip-example-com-dnskey-flags.hex
//# If the DNSKEY flags do not indicate a DNSSEC zone key, the DS RR (and the DNSKEY RR it references) MUST NOT be used
//# in the validation process.
//= https://www.rfc-editor.org/rfc/rfc4034#section-6.3
//= type=test
//= reason=rows: duplicate-rr.hex
//# Therefore, if an implementation detects duplicate RRs when putting the RRset in canonical form, it MUST treat this
//# as a protocol error.
//= https://www.rfc-editor.org/rfc/rfc4034#section-6.3
//= type=test
//= reason=rows: duplicate-rr.hex
//# If the implementation chooses to handle this protocol error in the spirit of the robustness principle (being liberal
//# in what it accepts), it MUST remove all but one of the duplicate RR(s) for the purposes of calculating the canonical
//# form of the RRset.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.2
//= type=test
//= reason=rows: good.hex, flip-srv-target.hex
//# A security-aware resolver MUST support the signature verification mechanisms described in Section 5 and SHOULD apply
//# them to every received response, except when:
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.4
//= type=test
//= reason=rows: good.hex
//# A security-aware resolver MUST be capable of being configured with at least one trusted public key or DS RR and
//# SHOULD be capable of being configured with multiple trusted public keys or DS RRs.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.3
//= type=test
//= reason=rows: forged-target.hex
//# In any case, a security-aware stub resolver MUST NOT place any reliance on signature validation allegedly performed
//# on its behalf, except when the security-aware stub resolver obtained the data in question from a trusted
//# security-aware recursive name server via a secure channel.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//= reason=rows: ksk-not-signing.hex, flip-root-dnskey-rrsig.hex, good.hex with other.ds
//# To authenticate an apex DNSKEY RRset by using an initial key, the resolver MUST:
//= https://www.rfc-editor.org/rfc/rfc4035#section-5
//= type=test
//= reason=rows: stripped.hex, stripped-ds.hex, stripped-dnskey.hex
//# The absence of DNSSEC data in a response MUST NOT by itself be taken as an indication that no authentication
//# information exists.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: wrong-signer.hex, signer-parent.hex
//# The RRSIG RR's Signer's Name field MUST be the name of the zone that contains the RRset.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: flip-srv-rrsig-type.hex
//# The RRSIG RR's Type Covered field MUST equal the RRset's type.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: flip-srv-rrsig-labels.hex
//# The number of labels in the RRset owner name MUST be greater than or equal to the value in the RRSIG RR's Labels
//# field.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: flip-srv-rrsig-key-tag.hex, flip-srv-rrsig-algorithm.hex, foreign-zsk.hex
//# The RRSIG RR's Signer's Name, Algorithm, and Key Tag fields MUST match the owner name, algorithm, and key tag for
//# some DNSKEY RR in the zone's apex DNSKEY RRset.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: foreign-zsk.hex, flip-example-com-dnskey-flags.hex
//# The matching DNSKEY RR MUST be present in the zone's apex DNSKEY RRset, and MUST have the Zone Flag bit (DNSKEY
//# RDATA Flag bit 7) set.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.1
//= type=test
//= reason=rows: colliding-tag-first.hex, colliding-tag-last.hex
//# it MUST try each matching DNSKEY RR until either the signature is validated or the validator has run out of matching
//# public keys to try.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.2
//= type=test
//= reason=rows: flip-srv-rrsig-labels.hex
//# the RRSIG RR did not pass the necessary validation checks and MUST NOT be used to authenticate this RRset.
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.3.3
//= type=test
//= reason=rows: ttl-raised.hex
//# If the resolver accepts the RRset as authentic, the validator MUST set the TTL of the RRSIG RR and each RR in the
//# authenticated RRset to a value no greater than the minimum of:
//= https://www.rfc-editor.org/rfc/rfc4035#section-5.5
//= type=test
//= reason=rows: flip-srv-rrsig-signature.hex, wrong-signer.hex
//# If for whatever reason none of the RRSIGs can be validated, the response SHOULD be considered BAD.
//= https://www.rfc-editor.org/rfc/rfc5155#section-2
//= type=test
//= reason=rows: good.hex in legacy
//# Security aware resolvers that are aware of this specification MUST recognize the new algorithm identifiers and treat
//# them as equivalent to the algorithms that they alias.
//= https://www.rfc-editor.org/rfc/rfc6840#section-2.1
//= type=test
//= reason=rows: more.hex
//# The zone may be using either, and validators supporting these algorithms MUST support both NSEC3 and NSEC responses.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.11
//= type=test
//= reason=rows: double-algorithm-one-bad.hex
//# They SHOULD NOT insist that all algorithms signaled in the DS RRset work, and they MUST NOT insist that all
//# algorithms signaled in the DNSKEY RRset work.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.4
//= type=test
//= reason=rows: two-signers.hex, double-algorithm-one-bad.hex
//# This document specifies that a resolver SHOULD accept any valid RRSIG as sufficient, and only determine that an
//# RRset is Bogus if all RRSIGs fail validation.
#[test]
fn ring() {
    every_row(&Ring);
}

#[test]
fn rustcrypto() {
    every_row(&RustCrypto);
}

#[test]
fn a_third_one() {
    let third = Third::default();
    every_row(&third);
    assert!(third.verified.get() > 1000, "the kernel asked this backend");
}
