//! The zone of RFC 5155 appendix A and the responses of its appendix B.

mod common;

use common::build::window;
use common::example::{appendix_a, appendix_b};
use dnsproof::chain::ReasonCode;
use dnsproof::codes::Type;
use dnsproof::crypto::{Ring, RustCrypto};

/// Both keys of RFC 5155 appendix A have 512 bits.
#[test]
fn rfc5155_appendix_a_and_b_4() {
    let (from, _) = window("rfc/rfc5155-a.zone");
    let zone = appendix_a("rfc5155-a.zone");
    let soa = zone.asked("example.".parse().unwrap(), Type::SOA);
    for world in [zone, soa, appendix_b("rfc5155-a.zone", "rfc5155-b-4.dig")] {
        for said in [world.judge(&Ring, from), world.judge(&RustCrypto, from)] {
            assert!(said.is_bogus(ReasonCode::KeyUnusable, "example. DNSKEY"), "{}: {said:?}", world.question());
        }
    }
}
