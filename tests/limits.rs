//! Each limit by itself: with exactly enough of it a verdict stays what it is, with one less
//! nothing is said. Running out is a reason of its own, neither Secure nor Bogus. Questions are the
//! matter of `lookup.rs`.

mod common;

use common::cost::{Case, Told};
use common::scenarios;
use dnsproof::budget::{Budget, Limits, Resource, Work};
use dnsproof::chain::ReasonCode;

type Set = fn(&mut Limits, u32);

/// What [`Work`] counts: the field, its limit, the resource, and how much is enough.
#[allow(clippy::type_complexity)]
const COUNTED: [(fn(&Work) -> u32, Set, Resource); 6] = [
    (|work| work.signatures, |limits, value| limits.signatures = value, Resource::Signatures),
    (|work| work.digests, |limits, value| limits.digests = value, Resource::Digests),
    (|work| work.nsec3_hashes, |limits, value| limits.nsec3_hashes = value, Resource::Nsec3Hashes),
    (|work| work.aliases, |limits, value| limits.aliases = value, Resource::Aliases),
    (|work| work.reads, |limits, value| limits.reads = value, Resource::Reads),
    (|work| work.candidates, |limits, value| limits.candidates = value, Resource::Candidates),
];

fn limits(set: Set, value: u32) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits, value);
    limits
}

/// With `enough` the verdict is what the default limits give, and with less it is none.
fn takes(case: &Case, enough: u32, set: Set, resource: Resource) {
    assert_eq!(case.under(limits(set, enough)), case.told(), "{} {resource}", case.scenario.name);
    for value in [0, enough / 2, enough - 1] {
        let less = case.under(limits(set, value));
        assert!(less.ran_out_of(resource), "{} with {value} of {resource}: {less:?}", case.scenario.name);
    }
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-5.4
//= type=test
//# As with all DNS operations, however, the resolver MUST bound the work it puts into answering any particular query.
#[test]
fn exactly_enough_of_what_is_counted() {
    let mut seen = [0; COUNTED.len()];
    for folder in ["denial", "insecure", "alias", "hostile"] {
        for scenario in scenarios(folder) {
            if !matches!(scenario.verdict.as_str(), "secure" | "insecure") {
                continue;
            }
            let case = Case::load(scenario);
            let told = case.under(Limits::default());
            if !matches!(told.verdict, "secure" | "insecure") {
                continue;
            }
            for ((read, set, resource), seen) in COUNTED.iter().zip(&mut seen) {
                let needed = read(&told.spent);
                assert_eq!(case.under(limits(*set, needed)), told, "{} {resource}", case.scenario.name);
                if let Some(less) = needed.checked_sub(1) {
                    let refused = case.under(limits(*set, less));
                    assert!(refused.ran_out_of(*resource), "{} {resource}: {refused:?}", case.scenario.name);
                    assert!(read(&refused.spent) <= less);
                    *seen += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|seen| *seen > 20), "{seen:?}");
}

#[test]
fn failed_signatures() {
    let set: Set = |limits, value| limits.failed_signatures = value;
    // Once as many have failed as may, no more are tried.
    let case = Case::named("hostile/keytrap-nsec-2-keys");
    let failed = case.told().spent.failed_signatures;
    assert!(failed > 0 && case.told().verdict == "secure");
    takes(&case, failed + 1, set, Resource::FailedSignatures);
    // The last one may fail: nothing follows it.
    let case = Case::named("hostile/nsec-flipped");
    let told = case.told();
    assert!(told.is("bogus", Some(ReasonCode::SignatureInvalid)) && told.spent.failed_signatures == 1);
    takes(&case, 1, set, Resource::FailedSignatures);
}

#[test]
fn keys_per_tag() {
    let set: Set = |limits, value| limits.keys_per_tag = value;
    // Two keys with the tag of a third.
    takes(&Case::named("hostile/keytrap-nsec-2-keys"), 3, set, Resource::KeysPerTag);
    takes(&Case::named("hostile/nsec-good"), 1, set, Resource::KeysPerTag);
}

#[test]
fn records_per_set() {
    let set: Set = |limits, value| limits.records_per_set = value;
    takes(&Case::named("hostile/large-a"), 1800, set, Resource::RecordsPerSet);
    // The keys of the root.
    takes(&Case::named("hostile/nsec-good"), 2, set, Resource::RecordsPerSet);
}

#[test]
fn zones() {
    // The root, `test.` and `nsec.test.`
    takes(&Case::named("hostile/nsec-good"), 3, |limits, value| limits.zones = value, Resource::Zones);
}

#[test]
fn denials() {
    let set: Set = |limits, value| limits.denials = value;
    takes(&Case::named("denial/nsec-nxdomain"), 1, set, Resource::Denials);
    takes(&Case::named("denial/nsec3-nxdomain"), 1, set, Resource::Denials);
}

/// One budget for two calls: the second begins where the first ended.
#[test]
fn a_budget_is_not_refilled() {
    let case = Case::named("denial/nsec3-nxdomain");
    let once = case.told();
    for (read, set, resource) in COUNTED {
        let needed = read(&once.spent);
        if needed == 0 {
            continue;
        }
        let twice = |value: u32| -> (Told, Told) {
            let mut budget = Budget::new(limits(set, value));
            (case.judge(&mut budget), case.judge(&mut budget))
        };
        let (first, second) = twice(2 * needed);
        assert_eq!((first.verdict, second.verdict), ("secure", "secure"), "{resource}");
        assert_eq!(read(&second.spent), 2 * needed);
        let (first, second) = twice(2 * needed - 1);
        assert!(first.verdict == "secure" && second.ran_out_of(resource), "{resource}: {second:?}");
    }
}
