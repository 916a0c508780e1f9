//! Where RFC 5011 would let a key come back or in too early: keys that are named twice, clocks that are not known, files
//! that do not say all.

#[path = "common/roll.rs"]
mod roll;

use dnsproof::anchor::{Anchors, KeyState, TrackedKey, TrustPoint};
use dnsproof::codes::{DigestType, Type};
use dnsproof::name::Name;
use dnsproof::rollover::Outcome;
use dnsproof::time::{Clock, Time};
use dnsproof::zonefile::OwnedRecord;
use roll::sign::{Zone, message};
use roll::{DAY, START, begin, key, set, set_with_ttl, states, update, update_at};

/// Anchors that name A by two digests and by itself, and B by a digest, as a file of IANA's names each of its keys twice.
fn named_often(keys: &str) -> TrustPoint {
    let mut text = String::new();
    for letter in keys.chars() {
        for record in [key(letter).ds(), key(letter).ds_of(DigestType::SHA384), key(letter).key] {
            text += &format!("{}\n", record.as_record());
        }
    }
    TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap())
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.1
//= type=test
//# Once the resolver sees the REVOKE bit, it MUST NOT use this key as a trust anchor or for any other purpose except to
//# validate the RRSIG it signed over the DNSKEY RRSet specifically for the purpose of validating the revocation.
//= https://www.rfc-editor.org/rfc/rfc5011#section-3
//= type=test
//# then the resolver MUST consider this key permanently invalid for all purposes except for validating the revocation.
#[test]
fn a_key_that_is_named_several_times_is_revoked_once_and_for_all() {
    let mut point = named_often("AB");
    assert_eq!(point.keys().len(), 6);
    let told = update(&mut point, &set("aB", "aB", START), START);
    assert_eq!((told.outcome, states(&point).as_str()), (Outcome::Validated, "a=revoked B=valid"));
    // Who has stolen A gets nowhere with it, also after the state was saved.
    let mut point = TrustPoint::read(&point.to_string()).unwrap();
    let told = update(&mut point, &set("AX", "A", START + DAY), START + DAY);
    assert!(matches!(told.outcome, Outcome::NotValidated { .. }), "{told:?}");
    assert_eq!(states(&point), "a=revoked B=valid");
    // The last key ends the trust point, however often it was named.
    let mut point = named_often("A");
    assert_eq!(update(&mut point, &set("aX", "a", START), START).outcome, Outcome::Deleted);
    assert!(point.is_deleted() && point.anchors().is_empty());
}

/// Whoever cannot compute a digest cannot tell whose it is, and another program that goes on with the state may be able to.
#[test]
fn a_digest_of_an_unknown_type_ends_with_the_key_that_it_may_be_of() {
    let unknown = |letter: char| {
        let mut record = key(letter).ds();
        record.rdata[3] = 99;
        record.as_record().to_string()
    };
    let text =
        [key('A').ds().as_record().to_string(), unknown('A'), key('B').ds().as_record().to_string(), unknown('C')];
    let mut point = TrustPoint::new(&Name::root(), &Anchors::parse(&text.join("\n")).unwrap());
    assert_eq!(point.keys().len(), 4);
    update(&mut point, &set("aB", "aB", START), START);
    let left: Vec<(u16, KeyState)> = point.keys().iter().map(|key| (key.key_tag(), key.state())).collect();
    let expected =
        [(key('a').tag(), KeyState::Revoked), (key('B').tag(), KeyState::Valid), (key('C').tag(), KeyState::Missing)];
    assert_eq!(left, expected);
}

#[test]
fn a_key_that_is_named_several_times_is_followed_once() {
    let mut point = named_often("AB");
    let told = update(&mut point, &set("AC", "A", START), START);
    assert_eq!(states(&point).replace(" B=missing", ""), "A=valid C=add-pend", "{told:?}");
    update(&mut point, &set("ABC", "B", START + DAY), START + DAY);
    assert_eq!(states(&point), "A=valid B=valid C=add-pend");
    assert!(point.keys().iter().all(|key| key.rtype() == Type::DNSKEY));
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-4.2
//= type=test
//# Once in this state, this key MUST permanently be considered invalid as a trust anchor.
/// A file that says both of a key.
#[test]
fn a_key_that_was_revoked_is_no_anchor_whatever_else_a_file_says_of_it() {
    let mut point = begin("AB");
    update(&mut point, &set("aB", "aB", START), START);
    let saved = point.to_string();
    assert_eq!(TrustPoint::read(&saved).unwrap().anchors().iter().count(), 1);
    for record in [key('A').key, key('A').ds(), key('A').ds_of(DigestType::SHA384)] {
        for state in ["2 [ VALID ]", "3 [ MISSING ]", "1 [ ADDPEND ]"] {
            if state.starts_with('1') && record.rtype != Type::DNSKEY {
                continue;
            }
            let line = format!("{} ;;state={state} ;;count=3 ;;lastchange=1\n;;end\n", record.as_record());
            let mut read = TrustPoint::read(&saved.replace(";;end\n", &line)).unwrap();
            assert_eq!(read.anchors().iter().count(), 1, "{line}");
            // What is only known by a digest is compared as soon as it can be.
            assert_eq!(states(&read) == "a=revoked B=valid", record.rtype == Type::DNSKEY, "{line}");
            let told = update(&mut read, &set("B", "B", START + DAY), START + DAY);
            assert_eq!((told.outcome, states(&read).as_str()), (Outcome::Validated, "a=revoked B=valid"), "{line}");
        }
    }
    // Of another key it says what it says.
    let line = format!("{} ;;state=2 [ VALID ] ;;count=0 ;;lastchange=1\n;;end\n", key('C').ds().as_record());
    let read = TrustPoint::read(&saved.replace(";;end\n", &line)).unwrap();
    assert_eq!(states(&read), "a=revoked B=valid C=valid");
}

/// Another key of the root with the same tag and algorithm: anybody can make one.
fn namesake(letter: char) -> Zone {
    let made = (0_u32..).map(|number| {
        let mut zone = Zone::with_flags(&format!("namesake-{number}"), 0x0101);
        zone.apex = Name::root().to_buf();
        zone.key.owner = zone.apex;
        zone
    });
    made.into_iter().find(|zone| zone.tag() == key(letter).tag()).unwrap()
}

fn revoked(mut zone: Zone) -> Zone {
    zone.key.rdata[1] |= 0x80;
    zone
}

/// The set of these keys, signed by these.
fn set_of(keys: &[&Zone], signers: &[&Zone], signed: u32) -> Vec<u8> {
    let keys: Vec<OwnedRecord> = keys.iter().map(|zone| OwnedRecord { ttl: 172_800, ..zone.key.clone() }).collect();
    let signatures = signers.iter().map(|zone| {
        zone.sign_as(&keys, |draft| {
            (draft.inception, draft.expiration, draft.original_ttl) = (signed, signed + 20 * DAY, 172_800);
        })
    });
    let answer: Vec<OwnedRecord> = keys.iter().cloned().chain(signatures).collect();
    message(Name::root().to_buf(), Type::DNSKEY, 0, &answer, &[])
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# N.B.: Once the resolver has accepted a key as a trust anchor, the key MUST be considered a valid trust anchor by that
//# resolver until explicitly revoked as described above.
#[test]
fn a_strangers_key_revokes_nothing_by_its_tag() {
    let mut unknown = key('C').ds();
    unknown.rdata[3] = 99;
    let stranger = revoked(namesake('C'));
    for text in [format!("{}\n{}", key('C').ds().as_record(), unknown.as_record()), unknown.as_record().to_string()] {
        let mut point = TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap());
        let before = point.keys().to_vec();
        let told = update(&mut point, &set_of(&[&stranger], &[&stranger], START), START);
        assert!(matches!(told.outcome, Outcome::NotValidated { .. }) && told.changes.is_empty(), "{told:?}");
        assert_eq!(point.keys(), before);
    }
}

/// Whoever has stolen A makes a key with the tag of C, which stands by and is known by its digest, and revokes that.
#[test]
fn a_key_that_revokes_itself_does_not_take_its_namesake_along() {
    let text = format!("{}\n{}\n", key('A').key.as_record(), key('C').ds().as_record());
    let mut point = TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap());
    let (a, like_c, gone) = (key('A'), namesake('C'), revoked(namesake('C')));
    update(&mut point, &set_of(&[&a, &like_c], &[&a], START), START);
    update(&mut point, &set_of(&[&a, &gone], &[&a, &gone], START + DAY), START + DAY);
    let is_revoked = |key: &TrackedKey| key.state() == KeyState::Revoked;
    assert!(point.anchors().iter().count() == 2 && point.keys().iter().any(is_revoked));
    let mut point = TrustPoint::read(&point.to_string()).unwrap();
    // The owner revokes A, and goes on with C.
    let told = update(&mut point, &set("aC", "aC", START + 2 * DAY), START + 2 * DAY);
    assert_eq!((told.outcome, point.is_deleted()), (Outcome::Validated, false));
    let left: Vec<u16> = point.anchors().iter().filter_map(|anchor| anchor.key_tag()).collect();
    assert_eq!(left, [key('C').tag()]);
    // Nothing is in doubt any more.
    assert_eq!(TrustPoint::read(&point.to_string()).unwrap().anchors().iter().count(), 1);
}

/// A digest that stays in doubt, since nobody here can compute it, is no anchor, and does not keep alive what has ended.
#[test]
fn a_trust_point_of_which_only_doubt_is_left_has_ended() {
    let mut point = begin("AB");
    update(&mut point, &set("aB", "aB", START), START);
    let mut unknown = key('A').ds();
    unknown.rdata[3] = 99;
    let line = format!("{} ;;state=2 [ VALID ] ;;count=0 ;;lastchange=1\n;;end\n", unknown.as_record());
    let mut point = TrustPoint::read(&point.to_string().replace(";;end\n", &line)).unwrap();
    assert_eq!(point.anchors().iter().count(), 1);
    let told = update(&mut point, &set("ab", "ab", START + DAY), START + DAY);
    assert!(told.outcome == Outcome::Deleted && point.is_deleted() && point.anchors().is_empty(), "{told:?}");
}

/// The table of section 4.1 would have it start anew; section 2.1 does not let it become an anchor.
#[test]
fn a_pending_key_that_revokes_itself_does_not_come_back() {
    let mut point = begin("A");
    for (day, keys, signers) in
        [(0, "AB", "A"), (1, "Ab", "Ab"), (10, "AB", "A"), (25, "AB", "A"), (45, "AB", "A"), (90, "AB", "A")]
    {
        update(&mut point, &set(keys, signers, START + day * DAY), START + day * DAY);
        assert!(point.anchors().iter().count() == 1, "day {day}: {}", states(&point));
    }
    assert_eq!(states(&point), "A=valid b=removed");
}

//= https://www.rfc-editor.org/rfc/rfc5011#section-2.2
//= type=test
//# The resolver MUST NOT treat the new key as a trust anchor until the hold-down time expires AND it has retrieved and
//# validated a DNSKEY RRSet after the hold-down time that contains the new key.
#[test]
fn a_hold_down_begins_at_the_latest_time_and_ends_at_the_earliest() {
    let at = |day: u32| Time((START + day * DAY).into());
    // Nobody knows how late it is: no hold-down begins.
    let mut point = begin("A");
    for day in [0, 20, 40] {
        update_at(&mut point, &set("AB", "A", START + day * DAY), Clock::not_before(at(day)));
        assert_eq!(states(&point), "A=valid");
    }
    update(&mut point, &set("AB", "A", START + 40 * DAY), START + 41 * DAY);
    assert_eq!(states(&point), "A=valid B=add-pend");
    assert_eq!(point.keys()[1].since(), at(41));
    // Once it has begun, an earliest time is enough to end it.
    update_at(&mut point, &set("AB", "A", START + 70 * DAY), Clock::not_before(at(70)));
    assert_eq!(states(&point), "A=valid B=add-pend");
    update_at(&mut point, &set("AB", "A", START + 71 * DAY), Clock::not_before(at(71)));
    assert_eq!(states(&point), "A=valid B=valid");
    // Within bounds: five days of doubt make it longer by as much, at both ends.
    let mut point = begin("A");
    let doubt = |day: u32| Clock::between(at(day - 5), at(day));
    for day in [10, 30, 44] {
        update_at(&mut point, &set("AB", "A", START + (day - 5) * DAY), doubt(day));
        assert_eq!((states(&point).as_str(), point.keys()[1].since()), ("A=valid B=add-pend", at(10)), "day {day}");
    }
    update_at(&mut point, &set("AB", "A", START + 40 * DAY), doubt(45));
    assert_eq!(states(&point), "A=valid B=valid");
    // A clock that was ahead and says less now: it begins anew, at the latest that it can be.
    let mut point = begin("A");
    update(&mut point, &set("AB", "A", START + 100 * DAY), START + 100 * DAY);
    update_at(&mut point, &set("AB", "A", START + 5 * DAY), doubt(10));
    assert_eq!((states(&point).as_str(), point.keys()[1].since()), ("A=valid B=add-pend", at(10)));
}

/// RFC 5011 section 2.4.1.
#[test]
fn a_hold_down_is_no_shorter_than_the_original_ttl() {
    let days = |day: u32| START + day * DAY;
    for left in [0, 60 * DAY] {
        let mut point = begin("A");
        for (day, state) in [(0, "add-pend"), (31, "add-pend"), (59, "add-pend"), (60, "valid")] {
            update(&mut point, &set_with_ttl("AB", "A", days(day), 60 * DAY, left), days(day));
            assert_eq!(states(&point), format!("A=valid B={state}"), "day {day}");
        }
    }
}

#[test]
fn a_pending_key_without_a_beginning_is_no_state() {
    let mut point = begin("A");
    update(&mut point, &set("AB", "A", START), START);
    let saved = point.to_string();
    let line = saved.lines().find(|line| line.contains("ADDPEND")).unwrap();
    let bare = saved.replace(line, line.split(";;lastchange=").next().unwrap());
    let number = saved.lines().position(|other| other == line).unwrap() + 1;
    let error = TrustPoint::read(&bare).unwrap_err().to_string();
    assert_eq!(error, format!("line {number}: expected ;;lastchange= behind a pending key"));
}

#[test]
fn a_clock_that_was_ahead_does_not_silence_a_trust_point() {
    let mut point = begin("A");
    update(&mut point, &set("AB", "A", START), START);
    let due = point.next_probe();
    assert!(!point.is_due(Time(START.into())) && !point.is_due(Time(due.0 - 1)) && point.is_due(due));
    // Ten years ahead once: nothing is valid there, and the next probe lies behind it.
    let ahead = START + 3650 * DAY;
    let told = update(&mut point, &set("AB", "A", START), ahead);
    assert!(matches!(told.outcome, Outcome::NotValidated { .. }) && point.next_probe() > Time(ahead.into()));
    assert!(point.is_due(Time((START + DAY).into())));
    assert_eq!(point.keys()[0].state(), KeyState::Valid);
}
