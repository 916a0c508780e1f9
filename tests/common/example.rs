//! Examples of the RFCs: a zone in an appendix A, responses from it in an appendix B.

use super::build::{dig, records, responses};
use super::world::{World, anchors, dnskey, file, of_type};
use dnsproof::codes::Type;
use dnsproof::policy::Policy;

/// The zone of an appendix A, under its keys with flags 257.
pub fn appendix_a(zone: &str) -> World {
    let records = records(&file(zone));
    let keys = of_type(&records, Type::DNSKEY);
    let anchors = anchors(keys.iter().filter(|key| dnskey(key).is_secure_entry_point()));
    assert!(anchors.iter().count() == 1 && keys.len() == 2, "{zone}: one key of two is the anchor");
    World {
        name: keys[0].owner,
        rtype: Type::DNSKEY,
        responses: responses(&records),
        anchors,
        policy: Policy::legacy(),
    }
}

/// A response of an appendix B, with the keys from appendix A.
pub fn appendix_b(zone: &str, response: &str) -> World {
    let response = dig(&file(response));
    let mut world = appendix_a(zone);
    let keys = world.responses.into_iter().find(|response| response.rtype == Type::DNSKEY).unwrap();
    (world.name, world.rtype, world.responses) = (response.name, response.rtype, vec![response, keys]);
    world
}
