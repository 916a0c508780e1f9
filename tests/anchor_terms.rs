//! What the caller says of its anchors and of the time: scopes, windows, notes, and clocks that
//! know less than the second.

#[path = "common/sign.rs"]
mod sign;

use dnsproof::anchor::Anchor;
use dnsproof::chain::ReasonCode::{
    self, AnchorOutdated, NegativeAnchor, NoAnchor, SignatureExpired, SignatureNotYetValid, TimeContradictory,
    TimeUncertain,
};
use dnsproof::codes::Type;
use dnsproof::name::NameBuf;
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use sign::{DAY, NOW, Zone, message, name, records, with_clock};

type Said = (&'static str, Option<ReasonCode>);

const SECURE: Said = ("secure", None);

const fn indeterminate(code: ReasonCode) -> Said {
    ("indeterminate", Some(code))
}

fn time(seconds: u32) -> Time {
    Time(seconds.into())
}

fn judge(question: (&str, Type), anchors: &[Anchor<'_>], clock: Clock, octets: &[Vec<u8>]) -> Said {
    with_clock(question, anchors, &Policy::standard(), clock, octets, |verdict| {
        (verdict.as_str(), verdict.reason().map(dnsproof::chain::Reason::code))
    })
}

fn of_key(zone: &Zone) -> Anchor<'_> {
    Anchor::from_dnskey(zone.apex.as_name(), &zone.key.rdata).unwrap()
}

/// `test.`, and `child.test.` with `www` in it; `alias.test.` is an alias of `www.child.test.`
struct World {
    parent: Zone,
    child: Zone,
    octets: Vec<Vec<u8>>,
}

const WWW_IN_TEST: (&str, Type) = ("www.test", Type::A);
const WWW: (&str, Type) = ("www.child.test", Type::A);

fn world() -> World {
    let (parent, child) = (Zone::new("test"), Zone::new("child.test"));
    let alias = |text: &str| {
        let cname = records(text);
        message(cname[0].owner, Type::A, 0, &[cname.clone(), vec![parent.sign(&cname)]].concat(), &[])
    };
    let octets = vec![
        parent.keys(),
        parent.answer(&[child.ds()]),
        child.keys(),
        child.answer(&records("www.child.test. 3600 IN A 192.0.2.1")),
        alias("alias.test. 3600 IN CNAME www.child.test."),
        alias("b.test. 3600 IN CNAME a.test."),
        parent.answer(&records("a.test. 3600 IN A 192.0.2.1")),
    ];
    World { parent, child, octets }
}

fn now() -> Clock {
    time(NOW).into()
}

#[test]
fn a_scope_is_for_names_at_or_below_it() {
    let world = world();
    let anchor = of_key(&world.parent);
    for (scope, said) in [
        ("test", SECURE),
        (".", SECURE),
        ("child.test", SECURE),
        ("www.child.test", SECURE),
        ("x.www.child.test", indeterminate(NoAnchor)),
        ("wwww.child.test", indeterminate(NoAnchor)),
        ("d.test", indeterminate(NoAnchor)),
        ("hild.test", indeterminate(NoAnchor)),
    ] {
        let scope: NameBuf = name(scope);
        assert_eq!(judge(WWW, &[anchor.within(scope.as_name())], now(), &world.octets), said, "{scope}");
    }
}

#[test]
fn a_set_behind_a_reference_is_that_set() {
    let world = world();
    let (one, none): (&[Anchor<'_>], &[Anchor<'_>]) = (&[of_key(&world.parent)], &[]);
    for (set, said) in [(one, "secure"), (none, "indeterminate")] {
        with_clock(WWW, &set, &Policy::standard(), now(), &world.octets, |verdict| assert_eq!(verdict.as_str(), said));
    }
}

#[test]
fn an_alias_that_leaves_the_scope_leaves_the_anchor() {
    let world = world();
    let anchor = of_key(&world.parent);
    let (alias, child, a, b) = (name("alias.test"), name("child.test"), name("a.test"), name("b.test"));
    let ask = |question, anchors: &[Anchor<'_>]| judge(question, anchors, now(), &world.octets);
    let question = ("alias.test", Type::A);
    assert_eq!(ask(question, &[anchor]), SECURE);
    assert_eq!(ask(question, &[anchor.within(alias.as_name())]), indeterminate(NoAnchor));
    let both = [anchor.within(alias.as_name()), anchor.within(child.as_name())];
    assert_eq!(ask(question, &both), SECURE);
    // The way to the alias was by another key of the same zone: it is no way to the target.
    let stranger = Zone::new("stranger");
    let wrong = Anchor::from_dnskey(world.parent.apex.as_name(), &stranger.key.rdata).unwrap();
    let question = ("b.test", Type::A);
    assert_eq!(ask(question, &[anchor]), SECURE);
    let mixed = [anchor.within(b.as_name()), wrong.within(a.as_name())];
    assert_eq!(ask(question, &mixed), ("bogus", Some(ReasonCode::AnchorMismatch)));
    let right = [anchor.within(b.as_name()), anchor.within(a.as_name())];
    assert_eq!(ask(question, &right), SECURE);
}

#[test]
fn the_closest_anchor_of_those_whose_scope_fits_counts() {
    let world = world();
    let stranger = Zone::new("stranger");
    let wrong = Anchor::from_dnskey(world.child.apex.as_name(), &stranger.key.rdata).unwrap();
    let scope = name("mail.child.test");
    let ask = |anchors: &[Anchor<'_>]| judge(WWW, anchors, now(), &world.octets);
    let mismatch = ("bogus", Some(ReasonCode::AnchorMismatch));
    assert_eq!(ask(&[of_key(&world.parent), wrong]), mismatch);
    assert_eq!(ask(&[of_key(&world.parent), wrong.within(scope.as_name())]), SECURE);
    let negative = Anchor::negative(world.child.apex.as_name());
    assert_eq!(ask(&[of_key(&world.parent), negative]), ("insecure", Some(NegativeAnchor)));
    assert_eq!(ask(&[of_key(&world.parent), negative.within(scope.as_name())]), SECURE);
}

#[test]
fn an_anchor_counts_within_its_time() {
    let world = world();
    let anchor = of_key(&world.parent);
    let ask = |anchors: &[Anchor<'_>]| judge(WWW, anchors, now(), &world.octets);
    let at = |from: u32, until: u32| anchor.valid(time(from), time(until));
    assert_eq!(ask(&[at(NOW, NOW)]), SECURE);
    for outdated in [at(NOW + 1, NOW + 2), at(NOW - 2, NOW - 1), at(NOW + 1, NOW - 1)] {
        assert_eq!(ask(&[outdated]), indeterminate(AnchorOutdated));
        assert_eq!(ask(&[outdated, anchor]), SECURE, "another one of the zone counts");
        // One above does not count in its place: whoever pins a zone wants no other way in.
        let root = Zone::new(".");
        assert_eq!(ask(&[outdated, of_key(&root)]), indeterminate(AnchorOutdated));
    }
    // A negative anchor that has ended is none (RFC 7646 section 2).
    let negative = Anchor::negative(world.child.apex.as_name());
    assert_eq!(ask(&[anchor, negative.valid(time(NOW), time(NOW))]), ("insecure", Some(NegativeAnchor)));
    assert_eq!(ask(&[anchor, negative.valid(time(NOW - 2), time(NOW - 1))]), SECURE);
    assert_eq!(ask(&[negative.valid(time(NOW - 2), time(NOW - 1))]), indeterminate(NoAnchor));
    // A window that ends before it begins is never open, however little is known of the time.
    let ask = |anchors: &[Anchor<'_>]| judge(WWW, anchors, Clock::not_before(time(NOW - DAY)), &world.octets);
    assert_eq!(ask(&[anchor.valid(time(NOW + 1), time(NOW - 1))]), indeterminate(AnchorOutdated));
    assert_eq!(ask(&[anchor, negative.valid(time(NOW + 1), time(NOW - 1))]), SECURE);
    // Nor does one count that may be yet to come: what is Insecure does not say from when on.
    assert_eq!(ask(&[anchor, negative.valid(time(NOW - DAY + 1), time(NOW))]), SECURE);
    assert_eq!(ask(&[anchor, negative.valid(time(NOW + DAY), time(NOW + 2 * DAY))]), SECURE);
    // Nor one that may have ended: it does not say until when either.
    assert_eq!(ask(&[anchor, negative.valid(time(NOW - DAY), time(NOW))]), SECURE);
    let begun = negative.valid(time(NOW - DAY), Time(u64::MAX));
    assert_eq!(ask(&[anchor, begun]), ("insecure", Some(NegativeAnchor)));
    let within = Clock::between(time(NOW - DAY), time(NOW));
    let ask = |anchors: &[Anchor<'_>]| judge(WWW, anchors, within, &world.octets);
    assert_eq!(ask(&[anchor, negative.valid(time(NOW - DAY), time(NOW - 1))]), SECURE);
    assert_eq!(ask(&[anchor, negative.valid(time(NOW - DAY), time(NOW))]), ("insecure", Some(NegativeAnchor)));
}

#[test]
fn a_verdict_ends_with_its_anchor_and_repeats_its_note() {
    let world = world();
    let anchor = of_key(&world.parent);
    let scope = name("child.test");
    let read = |anchor: Anchor<'_>, clock| {
        with_clock(WWW, &[anchor], &Policy::standard(), clock, &world.octets, |verdict| {
            let secure = verdict.secure().unwrap();
            let scope = secure.anchor_scope().map(|scope| scope.to_string());
            (secure.valid_from(), secure.valid_until(), secure.anchor_note().to_owned(), scope)
        })
    };
    let plain = read(anchor, now());
    assert_eq!(plain, (time(NOW - DAY), time(NOW + 3600), String::new(), None), "the TTL ends first");
    let short = anchor.valid(time(NOW - 5), time(NOW + 7)).within(scope.as_name()).noted("for the test");
    let expected = (time(NOW - 5), time(NOW + 7), "for the test".to_owned(), Some("child.test.".to_owned()));
    assert_eq!(read(short, now()), expected);
    let (from, until, ..) = read(short, Clock::not_before(time(NOW - 2 * DAY)));
    assert_eq!((from, until), (time(NOW - 5), time(NOW + 7)));
}

#[test]
fn a_lower_bound_refuses_what_has_ended_and_says_when_the_rest_holds() {
    let world = world();
    let anchor = [of_key(&world.parent)];
    let ask = |bound: u32| judge(WWW, &anchor, Clock::not_before(time(bound)), &world.octets);
    for bound in [0, NOW - 10 * DAY, NOW, NOW + DAY] {
        assert_eq!(ask(bound), SECURE, "{bound}");
    }
    assert_eq!(ask(NOW + DAY + 1), ("bogus", Some(SignatureExpired)));
    for (bound, from) in [(NOW - 10 * DAY, NOW - DAY), (NOW, NOW)] {
        let clock = Clock::not_before(time(bound));
        with_clock(WWW, &anchor, &Policy::standard(), clock, &world.octets, |verdict| {
            let secure = verdict.secure().unwrap();
            assert_eq!((secure.valid_from(), secure.valid_until()), (time(from), time(NOW + DAY)));
            assert_eq!(secure.ttl(), 3600);
        });
    }
    let outdated = [of_key(&world.parent).valid(Time(0), time(NOW))];
    assert_eq!(judge(WWW, &outdated, Clock::not_before(time(NOW)), &world.octets), SECURE);
    let said = judge(WWW, &outdated, Clock::not_before(time(NOW + 1)), &world.octets);
    assert_eq!(said, indeterminate(AnchorOutdated));
}

/// Each signature alone holds at some time from the bound on, but never all together.
#[test]
fn signatures_that_never_hold_together_prove_nothing() {
    let mut world = world();
    let address = records("www.child.test. 3600 IN A 192.0.2.1");
    let mut ask = |inception, expiration, bound| {
        let rrsig =
            world.child.sign_as(&address, |draft| (draft.inception, draft.expiration) = (inception, expiration));
        let answer = [address.clone(), vec![rrsig]].concat();
        world.octets[3] = message(name(WWW.0), Type::A, 0, &answer, &[]);
        judge(WWW, &[of_key(&world.parent)], Clock::not_before(time(bound)), &world.octets)
    };
    assert_eq!(ask(NOW + DAY, NOW + 2 * DAY, NOW), SECURE, "for one second");
    assert_eq!(ask(NOW + DAY + 1, NOW + 2 * DAY, NOW), ("bogus", Some(TimeContradictory)));
    assert_eq!(ask(NOW - 3 * DAY, NOW - DAY, NOW - 9 * DAY), SECURE);
    assert_eq!(ask(NOW - 3 * DAY, NOW - DAY - 1, NOW - 9 * DAY), ("bogus", Some(TimeContradictory)));
}

/// Nor do they prove that there is nothing to be proved.
#[test]
fn what_never_held_together_shows_no_insecurity_either() {
    let parent = Zone::new("test");
    let ask = |inception, expiration| {
        let nsec = records("child.test. 3600 IN NSEC z.test. NS RRSIG NSEC");
        let rrsig = parent.sign_as(&nsec, |draft| (draft.inception, draft.expiration) = (inception, expiration));
        let octets = vec![
            parent.keys(),
            message(name("child.test"), Type::DS, 0, &[], &[nsec, vec![rrsig]].concat()),
            message(name(WWW.0), Type::A, 0, &records("www.child.test. 3600 IN A 192.0.2.1"), &[]),
        ];
        judge(WWW, &[of_key(&parent)], Clock::not_before(time(NOW - 9 * DAY)), &octets)
    };
    assert_eq!(ask(NOW - 3 * DAY, NOW - DAY), ("insecure", Some(ReasonCode::NoDs)));
    assert_eq!(ask(NOW - 3 * DAY, NOW - DAY - 1), ("bogus", Some(TimeContradictory)));
}

#[test]
fn between_two_times_everything_has_to_hold_all_the_time() {
    let world = world();
    let anchor = of_key(&world.parent);
    let ask = |one: u32, other: u32| judge(WWW, &[anchor], Clock::between(time(one), time(other)), &world.octets);
    assert_eq!(ask(NOW - DAY, NOW + DAY), SECURE);
    assert_eq!(ask(NOW + DAY, NOW - DAY), SECURE, "in either order");
    assert_eq!(ask(NOW - DAY - 1, NOW), indeterminate(TimeUncertain));
    assert_eq!(ask(NOW, NOW + DAY + 1), indeterminate(TimeUncertain));
    assert_eq!(ask(NOW - 9 * DAY, NOW + 9 * DAY), indeterminate(TimeUncertain));
    assert_eq!(ask(NOW - 9 * DAY, NOW - DAY - 1), ("bogus", Some(SignatureNotYetValid)));
    assert_eq!(ask(NOW + DAY + 1, NOW + 9 * DAY), ("bogus", Some(SignatureExpired)));
    assert_eq!(ask(0, u32::MAX), indeterminate(TimeUncertain));
    let windowed = |from, until| {
        let clock = Clock::between(time(NOW - 1), time(NOW + 1));
        judge(WWW, &[anchor.valid(time(from), time(until))], clock, &world.octets)
    };
    assert_eq!(windowed(NOW - 1, NOW + 1), SECURE);
    assert_eq!(windowed(NOW, NOW + 1), indeterminate(AnchorOutdated));
    assert_eq!(windowed(NOW - 1, NOW), indeterminate(AnchorOutdated));
}

/// Two calls at once, with sets of their own: nothing is shared but the octets.
#[test]
fn calls_side_by_side_do_not_touch_one_another() {
    let world = world();
    let stranger = Zone::new("stranger");
    let wrong = Anchor::from_dnskey(world.parent.apex.as_name(), &stranger.key.rdata).unwrap();
    let sets: [(&[Anchor<'_>], Said); 4] = [
        (&[of_key(&world.parent)], SECURE),
        (&[wrong], ("bogus", Some(ReasonCode::AnchorMismatch))),
        (&[], indeterminate(NoAnchor)),
        (&[of_key(&world.parent), Anchor::negative(world.child.apex.as_name())], ("insecure", Some(NegativeAnchor))),
    ];
    let barrier = std::sync::Barrier::new(sets.len());
    std::thread::scope(|scope| {
        for (anchors, said) in &sets {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..50 {
                    assert_eq!(judge(WWW, anchors, now(), &world.octets), *said);
                }
            });
        }
    });
}

/// A signature that begins with the latest second that it can be may hold already.
#[test]
fn a_signature_may_begin_at_the_last_second() {
    let zone = Zone::new("test");
    let said = |inception: u32| {
        let answer = records("www.test. 3600 IN A 192.0.2.1");
        let seal = zone.sign_as(&answer, |draft| draft.inception = inception);
        let answer = message(name("www.test"), Type::A, 0, &[answer, vec![seal]].concat(), &[]);
        judge(WWW_IN_TEST, &[of_key(&zone)], Clock::between(time(NOW - 10), time(NOW)), &[zone.keys(), answer])
    };
    assert_eq!(said(NOW - 10), SECURE);
    assert_eq!(said(NOW - 9), indeterminate(TimeUncertain));
    assert_eq!(said(NOW), indeterminate(TimeUncertain));
    assert_eq!(said(NOW + 1), ("bogus", Some(SignatureNotYetValid)));
}
