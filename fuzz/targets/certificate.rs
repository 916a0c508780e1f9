//! Any octets as a proof: nothing makes it panic, and no key but that of the zone is ever certified.
#![no_main]

use dnsproof::binding::{Authorities, Rules, Wanted, certificates, certify};
use dnsproof::name::NameBuf;
use dnsproof::time::{Clock, Time};
use libfuzzer_sys::fuzz_target;

const ROOT: &[u8] = include_bytes!("../../vectors/dna/ca/root.pem");
const GOOD: &[u8] = include_bytes!("../../vectors/dna/p256/certs/good.pem");

fuzz_target!(|octets: &[u8]| {
    let rules = Rules::standard();
    if let Ok(found) = certificates(octets, &rules) {
        assert!((1..=rules.certificates).contains(&found.len()));
    }
    let source: NameBuf = "example.com".parse().unwrap();
    let wanted = Wanted { source: source.as_name(), service: Some(b"_xmpp-server") };
    let authorities = Authorities::parse(ROOT).unwrap();
    let clock = Clock::exact(Time(1_795_435_200));
    if let Ok(certified) = certify(octets, &wanted, &authorities, clock, &rules) {
        let good = certify(GOOD, &wanted, &authorities, clock, &rules).unwrap();
        assert_eq!(certified.key(), good.key());
    }
    let _any = Authorities::parse(octets);
});
