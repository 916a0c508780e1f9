//! Keys of the root by letters, sets of them, and what a trust point makes of such a set.
#![allow(dead_code)]

#[path = "sign.rs"]
pub mod sign;

use std::fmt::Write;

use dnsproof::anchor::{Anchors, TrustPoint};
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::Scratch;
use dnsproof::chain::Terms;
use dnsproof::codes::{DigestType, Type};
use dnsproof::crypto::Ring;
use dnsproof::name::Name;
use dnsproof::policy::Policy;
use dnsproof::rollover::{self, Timers, Update};
use dnsproof::time::{Clock, Time};
use dnsproof::wire::Message;
use dnsproof::zonefile::OwnedRecord;
use sign::{Zone, message};

pub const DAY: u32 = 86_400;
/// 2020-01-01.
pub const START: u32 = 1_577_836_800;

/// The key that a letter stands for, in the root zone. `Z` is no secure entry point; the small
/// letter is the key with its REVOKE bit.
pub fn key(letter: char) -> Zone {
    let seed = letter.to_ascii_uppercase().to_string();
    let flags = if letter == 'Z' { 0x0100 } else { 0x0101 };
    let mut zone = Zone::with_flags(&seed, flags);
    zone.apex = Name::root().to_buf();
    zone.key.owner = zone.apex;
    if letter.is_ascii_lowercase() {
        zone.key.rdata[1] |= 0x80;
    }
    zone
}

/// The DNSKEY set with these keys, signed by these on that day, for twenty days.
pub fn set(keys: &str, signers: &str, signed: u32) -> Vec<u8> {
    set_with_ttl(keys, signers, signed, 172_800, 172_800)
}

/// The same with another original TTL, and as much left of it.
pub fn set_with_ttl(keys: &str, signers: &str, signed: u32, original_ttl: u32, ttl: u32) -> Vec<u8> {
    let signed_set = |ttl: u32| keys.chars().map(move |letter| OwnedRecord { ttl, ..key(letter).key });
    let rrset: Vec<OwnedRecord> = signed_set(original_ttl).collect();
    let sign = |letter| {
        let rrsig = key(letter).sign_as(&rrset, |draft| {
            (draft.inception, draft.expiration) = (signed, signed + 20 * DAY);
            draft.original_ttl = original_ttl;
        });
        OwnedRecord { ttl, ..rrsig }
    };
    let answer: Vec<OwnedRecord> = signed_set(ttl).chain(signers.chars().map(sign)).collect();
    message(Name::root().to_buf(), Type::DNSKEY, 0, &answer, &[])
}

pub fn update_at(point: &mut TrustPoint, response: &[u8], clock: Clock) -> Update {
    rollover::update(
        point,
        &Message::parse(response).unwrap(),
        &Timers::default(),
        &mut Terms {
            clock,
            policy: &Policy::standard(),
            backend: &Ring,
            budget: &mut Budget::new(Limits::default()),
            scratch: &mut Scratch::new(),
        },
    )
}

pub fn update(point: &mut TrustPoint, response: &[u8], now: u32) -> Update {
    update_at(point, response, Time(now.into()).into())
}

/// `A=valid B=add-pend`, by letter.
pub fn states(point: &TrustPoint) -> String {
    let letter = |rdata: &[u8]| {
        let is = |letter: &char| {
            let record = key(*letter).key;
            [record.rdata, key(*letter).ds().rdata, key(*letter).ds_of(DigestType::SHA384).rdata]
                .iter()
                .any(|known| known == rdata)
        };
        ('A'..='Z').chain('a'..='z').find(is).unwrap()
    };
    let mut all: Vec<String> = point
        .keys()
        .iter()
        .map(|tracked| format!("{}={}", letter(tracked.rdata()), tracked.state().as_str()))
        .collect();
    all.sort_by_key(|text| text.to_ascii_uppercase());
    all.join(" ")
}

pub fn begin(keys: &str) -> TrustPoint {
    let text: String = keys.chars().fold(String::new(), |mut text, letter| {
        writeln!(text, "{}", key(letter).key.as_record()).unwrap();
        text
    });
    TrustPoint::new(&Name::root(), &Anchors::parse(&text).unwrap())
}
