//! RFC 5011 in virtual time: every transition of its section 4, the life of the root's keys, and
//! attacks.

#[path = "common/roll.rs"]
mod roll;

use dnsproof::anchor::{Anchors, KeyState, TrustPoint};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::name::Name;
use dnsproof::rollover::Outcome;
use dnsproof::time::Time;
use dnsproof::zonefile::OwnedRecord;
use roll::sign::{self, Zone, message, records};
use roll::{DAY, START, begin, key, set, states, update};

/// Day, keys, signers, and what comes of it. After each step the state is saved and read again.
type Step = (u32, &'static str, &'static str, &'static str);

fn live(mut point: TrustPoint, steps: &[Step]) -> TrustPoint {
    for (day, keys, signers, expected) in steps {
        let now = START + day * DAY;
        let trusted = point.anchors().iter().count();
        update(&mut point, &set(keys, signers, now), now);
        assert_eq!(states(&point), *expected, "day {day}: {keys} by {signers}");
        let saved = point.to_string();
        assert_eq!(TrustPoint::read(&saved).unwrap(), point, "{saved}");
        point = TrustPoint::read(&saved).unwrap();
        let left = point.anchors().iter().count();
        assert!(left > 0 || point.is_deleted() || trusted == 0, "day {day}: no anchor is left");
    }
    point
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
//= type=test
//# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose except to
//# validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the revocation.
//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# The resolver MUST NOT treat the new key as a trust anchor until the hold-down time expires AND it has retrieved and
//# validated a DNSKEY RRSet after the hold-down time that contains the new key.
//= https://www.rfc-editor.org/rfc/rfc5011#section-3
//= type=test
//# then the resolver MUST consider this key permanently invalid for all purposes except for validating the revocation.
//= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
//= type=test
//# If the RRSet is seen and is validated (i.e., verifies against an existing trust anchor), this key MUST be in the
//# RRSet, otherwise a 'KeyRem' event is triggered.
//= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
//= type=test
//# Once in this state, this key MUST permanently be considered invalid as a trust anchor.
//= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
//= type=test
//# A key in the removed state MUST NOT be considered a valid trust anchor.
#[test]
fn every_transition_of_section_4() {
    // Start > AddPend > Valid.
    let added: &[Step] = &[
        (0, "AZ", "A", "A=valid"),
        (1, "ABZ", "A", "A=valid B=add-pend"),
        (15, "ABZ", "A", "A=valid B=add-pend"),
        (30, "ABZ", "A", "A=valid B=add-pend"),
        (31, "ABZ", "A", "A=valid B=valid"),
    ];
    let point = live(begin("A"), added);
    // Valid > Missing > Valid.
    let point = live(
        point,
        &[
            (40, "BZ", "B", "A=missing B=valid"),
            (90, "BZ", "B", "A=missing B=valid"),
            (91, "ABZ", "A", "A=valid B=valid"),
            (92, "BZ", "B", "A=missing B=valid"),
        ],
    );
    // Missing > Revoked > Removed, thirty days after it was last seen.
    let point = live(
        point,
        &[
            (100, "aBZ", "aB", "a=revoked B=valid"),
            (120, "aBZ", "aB", "a=revoked B=valid"),
            (130, "BZ", "B", "a=revoked B=valid"),
            (149, "BZ", "B", "a=revoked B=valid"),
            (150, "BZ", "B", "a=removed B=valid"),
        ],
    );
    // Valid > Revoked, while another one is new; a removed key stays away.
    live(
        point,
        &[
            (151, "ABCZ", "B", "a=removed B=valid C=add-pend"),
            (180, "ABCZ", "B", "a=removed B=valid C=add-pend"),
            (181, "ABCZ", "B", "a=removed B=valid C=valid"),
            (182, "bCZ", "bC", "a=removed b=revoked C=valid"),
            (183, "BCZ", "C", "a=removed b=revoked C=valid"),
            (213, "CZ", "C", "a=removed b=removed C=valid"),
        ],
    );
    // AddPend > Start, and from there anew.
    live(
        begin("A"),
        &[
            (0, "AB", "A", "A=valid B=add-pend"),
            (29, "A", "A", "A=valid"),
            (30, "AB", "A", "A=valid B=add-pend"),
            (59, "AB", "A", "A=valid B=add-pend"),
            (60, "AB", "A", "A=valid B=valid"),
        ],
    );
    // AddPend > Revoked, of which the table of section 4.1 has nothing.
    let steps: &[Step] = &[(0, "AB", "A", "A=valid B=add-pend"), (1, "Ab", "Ab", "A=valid b=revoked")];
    live(begin("A"), steps);
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.4.3
//= type=test
//# A compliant resolver MUST be able to manage at least five SEP keys per trust point.
/// The operator's sequence of section 6.3, with several keys new at once (section 2.4.3 asks for
/// five).
#[test]
fn five_keys_at_once() {
    live(
        begin("A"),
        &[
            (0, "ABCDEFZ", "A", "A=valid B=add-pend C=add-pend D=add-pend E=add-pend F=add-pend"),
            (30, "ABCDEFZ", "A", "A=valid B=valid C=valid D=valid E=valid F=valid"),
            (31, "abCDEFZ", "abC", "a=revoked b=revoked C=valid D=valid E=valid F=valid"),
            (32, "abCDEFZ", "F", "a=revoked b=revoked C=valid D=valid E=valid F=valid"),
        ],
    );
}

#[test]
fn an_anchor_that_is_a_digest_becomes_the_key() {
    let text = format!("{}\n{}", key('A').ds().as_record(), key('B').ds().as_record());
    let point = TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap());
    assert!(point.keys().iter().all(|key| key.rtype() == Type::DS));
    let point = live(point, &[(0, "AZ", "A", "A=valid B=missing"), (1, "ABZ", "B", "A=valid B=valid")]);
    assert!(point.keys().iter().all(|key| key.rtype() == Type::DNSKEY));
    // And it can be revoked before it has been seen.
    let point = TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap());
    live(point, &[(0, "aBZ", "aB", "a=revoked B=valid")]);
}

/// An anchor for a part of the zone or for a time is not one to follow.
#[test]
fn an_anchor_with_a_scope_or_an_end_begins_nothing() {
    let anchors = begin("A").anchors();
    let scope = sign::name("example");
    for less in [anchors.within(&scope), anchors.valid(Time(0), Time(5))] {
        assert!(TrustPoint::new(&Name::root(), &less).keys().is_empty());
    }
    let whole = anchors.within(&Name::root().to_buf());
    assert_eq!(TrustPoint::new(&Name::root(), &whole).keys().len(), 1);
    let now = anchors.valid(Time(0), Time(5)).at(Time(5));
    assert_eq!(TrustPoint::new(&Name::root(), &now).keys().len(), 1);
}

/// Days since 1970 of a date.
fn day(year: u64, month: u64, day: u64) -> u32 {
    let text = format!("{year:04}{month:02}{day:02}000000");
    dnsproof::time::Timestamp::from_text(&text).unwrap().0 / DAY
}

/// What the root published when: keys and signers, each from that day on. A: KSK-2010, B: KSK-2017,
/// C: KSK-2024 (dates of the first roll as they were; of the second as ICANN announced them), and
/// on to D and E by the same plan.
fn root_on(today: u32) -> (&'static str, &'static str) {
    let plan = [
        (day(2010, 7, 15), "AZ", "A"),
        (day(2017, 7, 11), "ABZ", "A"),
        (day(2018, 10, 11), "ABZ", "B"),
        (day(2019, 1, 11), "aBZ", "aB"),
        (day(2019, 3, 22), "BZ", "B"),
        (day(2025, 1, 11), "BCZ", "B"),
        (day(2026, 10, 11), "BCZ", "C"),
        (day(2027, 1, 11), "bCZ", "bC"),
        (day(2027, 3, 22), "CZ", "C"),
        (day(2028, 1, 11), "CDZ", "C"),
        (day(2029, 10, 11), "CDZ", "D"),
        (day(2030, 1, 11), "cDZ", "cD"),
        (day(2030, 3, 22), "DZ", "D"),
    ];
    let (_, keys, signers) = plan.into_iter().rfind(|(from, ..)| *from <= today).unwrap();
    (keys, signers)
}

/// Asks whenever the trust point wants it, but not while the client sleeps.
fn follow_root(mut point: TrustPoint, from: u32, until: u32, asleep: impl Fn(u32) -> bool) -> TrustPoint {
    let mut now = from * DAY;
    while now < until * DAY {
        let today = now / DAY;
        if asleep(today) {
            now += DAY;
            continue;
        }
        let (keys, signers) = root_on(today);
        update(&mut point, &set(keys, signers, now - 5 * DAY), now);
        point = TrustPoint::read(&point.to_string()).unwrap();
        assert!(point.anchors().iter().count() > 0, "day {today}");
        assert!(point.next_probe() > Time(now.into()));
        now = u32::try_from(point.next_probe().0).unwrap();
    }
    point
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-11
//= type=test
//# TLS clients MUST support a mechanism to track and roll over the trust anchor key or be able to avail themselves of a
//# service that does this, as described in Section 8.
//= https://www.rfc-editor.org/rfc/rfc9102#section-8
//= type=test
//# TLS clients using this specification MUST implement a mechanism to keep their trust anchors up to date.
#[test]
fn the_life_of_the_root_from_2010_to_2031() {
    let awake = |_| false;
    let mut point = begin("A");
    let mut from = day(2010, 7, 15);
    for (until, expected) in [
        (day(2017, 7, 1), "A=valid"),
        (day(2017, 8, 1), "A=valid B=add-pend"),
        (day(2018, 10, 20), "A=valid B=valid"),
        (day(2019, 2, 1), "a=revoked B=valid"),
        (day(2019, 6, 1), "a=removed B=valid"),
        (day(2025, 2, 1), "a=removed B=valid C=add-pend"),
        (day(2026, 11, 24), "a=removed B=valid C=valid"),
        (day(2027, 2, 1), "a=removed b=revoked C=valid"),
        (day(2028, 1, 1), "a=removed b=removed C=valid"),
        (day(2031, 1, 1), "a=removed b=removed c=removed D=valid"),
    ] {
        point = follow_root(point, from, until, awake);
        assert_eq!(states(&point), expected, "{until}");
        from = until;
    }
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# N.B.: Once the resolver has accepted a key as a trust anchor, the key MUST be considered a valid trust anchor by
//# that resolver until explicitly revoked as described above.
#[test]
fn a_client_that_sleeps_for_months() {
    let (begin_day, end) = (day(2017, 1, 1), day(2019, 12, 31));
    // Asleep over the winter that held the revocation: the key is Missing and harmless.
    let winter = |today| (day(2018, 12, 1)..day(2019, 4, 1)).contains(&today);
    let point = follow_root(begin("A"), begin_day, end, winter);
    assert_eq!(states(&point), "A=missing B=valid");
    // Asleep for all but the hold-down: two looks, a year apart, are enough.
    let naps = |today| today != day(2017, 9, 1) && today != day(2018, 9, 1) && today < day(2019, 12, 1);
    let point = follow_root(begin("A"), begin_day, end, naps);
    assert_eq!(states(&point), "A=missing B=valid");
    // Asleep over all of it: what it trusts has gone, and it goes on trusting that and nothing else.
    let long = |today| (day(2017, 6, 1)..day(2019, 11, 1)).contains(&today);
    let mut point = follow_root(begin("A"), begin_day, end, long);
    assert_eq!(states(&point), "A=valid");
    let now = end * DAY;
    let told = update(&mut point, &set("BZ", "B", now), now);
    let Outcome::NotValidated { code, text } = told.outcome else { panic!("{told:?}") };
    assert_eq!(
        (code, text.as_str()),
        (ReasonCode::AnchorMismatch, "no key of . is the one that the trust anchor names")
    );
}

#[test]
fn only_a_validated_set_changes_anything() {
    let now = START;
    let refused = |response: &[u8], code: ReasonCode| {
        let mut point = begin("A");
        let told = update(&mut point, response, now);
        assert!(matches!(told.outcome, Outcome::NotValidated { code: said, .. } if said == code), "{told:?}");
        assert!(told.changes.is_empty());
        assert_eq!(states(&point), "A=valid");
        assert_eq!(point.next_probe(), Time(u64::from(now) + 8_640), "the retry time");
    };
    refused(&set("AB", "", now), ReasonCode::SignatureMissing);
    refused(&set("AB", "B", now), ReasonCode::KeyMissing);
    refused(&set("ABZ", "ZB", now), ReasonCode::KeyMissing);
    refused(&set("AB", "A", now - 21 * DAY), ReasonCode::SignatureExpired);
    refused(&set("AB", "A", now + DAY), ReasonCode::SignatureNotYetValid);
    // The signature of another set, and a set with a key less than was signed.
    let mut forged = set("AB", "A", now);
    *forged.last_mut().unwrap() ^= 1;
    refused(&forged, ReasonCode::SignatureInvalid);
    refused(&set("B", "A", now), ReasonCode::AnchorMismatch);
    refused(&message(Name::root().to_buf(), Type::DNSKEY, 2, &[], &[]), ReasonCode::ResponseFailed);
    refused(&message(Name::root().to_buf(), Type::A, 0, &[], &[]), ReasonCode::EvidenceMissing);
    let elsewhere = records("x. 3600 IN A 192.0.2.1");
    refused(&message(Name::root().to_buf(), Type::DNSKEY, 0, &elsewhere, &[]), ReasonCode::KeysMissing);
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
//= type=test
//# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose except to
//# validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the revocation.
//= https://www.rfc-editor.org/rfc/rfc5011#section-3
//= type=test
//# then the resolver MUST consider this key permanently invalid for all purposes except for validating the revocation.
#[test]
fn a_revoked_key_needs_its_own_signature() {
    live(
        begin("AB"),
        &[
            // B says that A is revoked: A does not. It is no longer there as it was, so it is missed.
            (0, "aB", "B", "A=missing B=valid"),
            (1, "aB", "aB", "a=revoked B=valid"),
        ],
    );
    // By its own signature alone it is revoked, whatever else is in the set.
    let mut point = begin("AB");
    let told = update(&mut point, &set("aC", "a", START), START);
    assert_eq!(states(&point), "a=revoked B=valid");
    assert!(matches!(told.outcome, Outcome::NotValidated { .. }), "C is not added by it");
    assert_eq!(told.changes.len(), 1);
    // A signature that does not fit revokes nothing.
    let mut forged = set("a", "a", START);
    *forged.last_mut().unwrap() ^= 1;
    let mut point = begin("AB");
    assert!(update(&mut point, &forged, START).changes.is_empty());
    // Nor does one whose time is over.
    assert!(update(&mut point, &set("a", "a", START - 30 * DAY), START).changes.is_empty());
    assert_eq!(states(&point), "A=valid B=valid");
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.1
//= type=test
//# If bit 7 has value 0, then the DNSKEY record holds some other type of DNS public key and MUST NOT be used to verify
//# RRSIGs that cover RRsets.
//= https://www.rfc-editor.org/rfc/rfc4034#section-2.1.2
//= type=test
//# The Protocol Field MUST have value 3, and the DNSKEY RR MUST be treated as invalid during signature verification if
//# it is found to be some value other than 3.
/// A digest does not tell for what the key is that it is of.
#[test]
fn what_is_no_zone_key_revokes_nothing() {
    for (flags, protocol, state) in
        [(0x0101, 3, KeyState::Revoked), (0x0001, 3, KeyState::Valid), (0x0101, 2, KeyState::Valid)]
    {
        let mut zone = Zone::with_flags(".", flags);
        zone.key.rdata[2] = protocol;
        let anchors = Anchors::parse(&zone.ds().as_record().to_string()).unwrap();
        let mut point = TrustPoint::new(&Name::root(), &anchors);
        zone.key.rdata[1] |= 0x80;
        update(&mut point, &zone.keys(), sign::NOW);
        assert_eq!(point.keys()[0].state(), state, "flags {flags:#06x}, protocol {protocol}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# The resolver MUST NOT treat the new key as a trust anchor until the hold-down time expires AND it has retrieved and
//# validated a DNSKEY RRSet after the hold-down time that contains the new key.
//= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
//= type=test
//# Once in this state, this key MUST permanently be considered invalid as a trust anchor.
/// Who steals A can revoke it, and can add keys of its own only as slowly as the owner can see.
#[test]
fn a_stolen_key() {
    let point = live(
        begin("AB"),
        &[
            (0, "ABX", "A", "A=valid B=valid X=add-pend"),
            // The owner's next set, seen once in thirty days, undoes it.
            (20, "AB", "B", "A=valid B=valid"),
            (21, "ABX", "A", "A=valid B=valid X=add-pend"),
            (40, "aB", "aB", "a=revoked B=valid"),
        ],
    );
    live(point, &[(41, "ABX", "A", "a=revoked B=valid"), (90, "AX", "A", "a=revoked B=valid")]);
}

#[test]
fn flapping_never_adds_up() {
    let mut point = begin("A");
    for round in 0..40 {
        let keys = if round % 4 == 3 { "A" } else { "AB" };
        let now = START + round * 9 * DAY;
        update(&mut point, &set(keys, "A", now), now);
        assert_ne!(states(&point), "A=valid B=valid", "round {round}");
    }
    assert_eq!(states(&point), "A=valid");
}

#[test]
fn an_old_set_is_not_heard_again() {
    let mut point = begin("AB");
    // A has been revoked since; someone plays the set of five days ago again.
    update(&mut point, &set("aBC", "aB", START), START);
    assert_eq!(states(&point), "a=revoked B=valid C=add-pend");
    let told = update(&mut point, &set("AB", "B", START - 5 * DAY), START + DAY);
    assert_eq!((told.outcome, told.changes.len()), (Outcome::Replayed, 1));
    assert_eq!(states(&point), "a=revoked B=valid", "A is not trusted again; C does not stand in it, and starts anew");
    let told = update(&mut point, &set("aBC", "aB", START), START + 2 * DAY);
    assert_eq!(told.outcome, Outcome::Validated, "the newest one may come again");
    assert_eq!(states(&point), "a=revoked B=valid C=add-pend");
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# If the resolver ever sees the DNSKEY RRSet without the new key but validly signed, it stops the acceptance process
//# for that key and resets the acceptance timer.
/// Whoever has stolen a key signs a set later than the owner did, and then again when the time has come: in between the
/// owner's set was seen, although it is the older one.
#[test]
fn a_stolen_key_that_signs_later_than_the_owner() {
    let mut point = begin("AB");
    update(&mut point, &set("AB", "B", START), START + 60);
    update(&mut point, &set("ABX", "A", START + 3600), START + 3600);
    assert_eq!(states(&point), "A=valid B=valid X=add-pend");
    for day in 1..20 {
        let told = update(&mut point, &set("AB", "B", START), START + day * DAY);
        assert_eq!((told.outcome, states(&point).as_str()), (Outcome::Replayed, "A=valid B=valid"));
    }
    update(&mut point, &set("ABX", "A", START + 31 * DAY), START + 31 * DAY);
    assert_eq!(states(&point), "A=valid B=valid X=add-pend", "and its time begins anew");
}

#[test]
fn a_zone_that_revokes_all_its_keys_has_no_anchor() {
    let mut point = begin("AB");
    update(&mut point, &set("ABC", "A", START), START);
    let told = update(&mut point, &set("abCD", "abC", START + DAY), START + DAY);
    assert_eq!((told.outcome, states(&point).as_str()), (Outcome::Deleted, "a=revoked b=revoked"));
    let mut point = TrustPoint::read(&point.to_string()).unwrap();
    assert!(point.is_deleted() && point.anchors().is_empty());
    // And it stays so.
    let told = update(&mut point, &set("ABC", "A", START + 2 * DAY), START + 2 * DAY);
    assert_eq!((told.outcome, told.changes.len()), (Outcome::Deleted, 0));
    assert!(TrustPoint::read(&point.to_string()).unwrap().is_deleted());
}

#[test]
fn clocks_that_jump() {
    let mut point = begin("A");
    let day = |day: u32| START + day * DAY;
    update(&mut point, &set("AB", "A", day(100)), day(100));
    assert_eq!(states(&point), "A=valid B=add-pend");
    // Back by a hundred days: the hold-down starts anew, and does not end in a hundred and thirty.
    update(&mut point, &set("AB", "A", day(0)), day(0));
    assert_eq!(point.keys()[1].since(), Time(day(0).into()));
    let told = update(&mut point, &set("AB", "A", day(101)), day(29));
    assert!(matches!(told.outcome, Outcome::NotValidated { .. }), "not valid yet");
    update(&mut point, &set("AB", "A", day(29)), day(29));
    // The set of day 100 was seen; one that is signed earlier is a replay, by then as well.
    assert_eq!(states(&point), "A=valid B=add-pend");
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# The resolver MUST NOT treat the new key as a trust anchor until the hold-down time expires AND it has retrieved and
//# validated a DNSKEY RRSet after the hold-down time that contains the new key.
//= https://www.rfc-editor.org/rfc/rfc5011#section-2.4.1
//= type=test
//# This ensures that at least two validated DNSKEY RRSets that contain the new key MUST be seen by the resolver prior
//# to the key's acceptance.
#[test]
fn one_look_is_not_enough() {
    // The hold-down could be over when the state is read again: a second set has to be seen.
    let mut point = begin("A");
    update(&mut point, &set("AB", "A", START), START);
    let bad = update(&mut point, &set("AB", "", START + 60 * DAY), START + 60 * DAY);
    assert!(matches!(bad.outcome, Outcome::NotValidated { .. }));
    assert_eq!(states(&point), "A=valid B=add-pend");
    // Nor is one where the state says that no set has had it.
    let unseen = point.to_string().replace(";;count=1 ", ";;count=0 ");
    let mut point = TrustPoint::read(&unseen).unwrap();
    update(&mut point, &set("AB", "A", START + 61 * DAY), START + 61 * DAY);
    assert_eq!(states(&point), "A=valid B=add-pend");
    update(&mut point, &set("AB", "A", START + 62 * DAY), START + 62 * DAY);
    assert_eq!(states(&point), "A=valid B=valid");
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.3
//= type=test
//# A resolver that has been configured for an automatic update of keys from a particular trust point MUST query that
//# trust point (e.g., do a lookup for the DNSKEY RRSet and related RRSIG records) no less often than the lesser of 15
//# days, half the original TTL for the DNSKEY RRSet, or half the RRSIG expiration interval and no more often than once
//# per hour.
//= https://www.rfc-editor.org/rfc/rfc5011#section-2.3
//= type=test
//# If the query fails, the resolver MUST repeat the query until satisfied no more often than once an hour and no less
//# often than the lesser of 1 day, 10% of the original TTL, or 10% of the original expiration interval.
/// Section 2.3: half the TTL, half of what is left of the signature, and never more often than
/// hourly nor more seldom than every fifteen days.
#[test]
fn when_to_ask_next() {
    let next = |ttl: u32, days: u32| {
        let rrset = [OwnedRecord { ttl, ..key('A').key }];
        let rrsig = key('A').sign_as(&rrset, |draft| {
            (draft.inception, draft.expiration, draft.original_ttl) = (START, START + days * DAY, ttl);
        });
        let rrsig = OwnedRecord { ttl, ..rrsig };
        let response = message(Name::root().to_buf(), Type::DNSKEY, 0, &[rrset[0].clone(), rrsig], &[]);
        let mut point = begin("A");
        assert_eq!(update(&mut point, &response, START).outcome, Outcome::Validated);
        let next = point.next_probe().0 - u64::from(START);
        update(&mut point, &[0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0], START);
        (next, point.next_probe().0 - u64::from(START))
    };
    assert_eq!(next(172_800, 20), (86_400, 17_280));
    assert_eq!(next(172_800, 1), (43_200, 8_640));
    assert_eq!(next(60, 20), (3_600, 3_600));
    assert_eq!(next(100 * DAY, 100), (u64::from(15 * DAY), u64::from(DAY)));
}

#[test]
fn a_damaged_state_is_refused_and_names_its_line() {
    let mut point = begin("A");
    update(&mut point, &set("AB", "A", START), START);
    let good = point.to_string();
    let broken = |from: &str, to: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        TrustPoint::read(&text).unwrap_err().to_string()
    };
    let line = good.lines().position(|line| line.starts_with(". ")).unwrap() + 1;
    assert_eq!(broken("DNSKEY 257", "DNSKEY 70000"), format!("line {line}: expected a number up to 65535"));
    assert_eq!(broken(";;state=2", ";;state=9"), format!("line {line}: expected a state from 0 to 5"));
    assert_eq!(broken("DNSKEY 257", "DNSKEY 385"), format!("line {line}: key {} is revoked", key('a').tag()));
    assert_eq!(broken("last_success: 1", "last_success: x"), "line 4: expected a number");
    assert_eq!(broken(". 172800", "x. 172800"), format!("line {}: expected keys of one zone", line + 1));
    assert_eq!(TrustPoint::read("").unwrap_err().to_string(), "there is no trust anchor");
    // Cut short anywhere, it is an error; but for the line's end behind the last word.
    for end in 0..good.len() - 1 {
        assert!(TrustPoint::read(&good[..end]).is_err(), "{}", &good[..end]);
    }
    // The same for a file of Unbound, which does not say where it ends: what is left is whole.
    let theirs: String = good
        .lines()
        .filter(|line| !line.starts_with(";;signed") && *line != ";;end")
        .fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(TrustPoint::read(&theirs).unwrap().keys(), point.keys());
    for end in 0..theirs.len() {
        if let Ok(cut) = TrustPoint::read(&theirs[..end]) {
            assert_eq!(cut.anchors().iter().count(), 1, "{end}");
            assert!(
                cut.keys()
                    .iter()
                    .all(|key| key.state() != KeyState::Valid || key.rdata() == begin("A").keys()[0].rdata())
            );
        }
    }
}
