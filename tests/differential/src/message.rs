//! Messages of resolvers, read by plain means: names in them are often compressed.

use crate::world::rtype;
use crate::world::server::{Record, Response};

/// The name at a place, in wire form, and where it ends.
fn name(octets: &[u8], mut at: usize) -> Option<(Vec<u8>, usize)> {
    let (mut found, mut end) = (Vec::new(), None);
    for _ in 0..256 {
        let len = usize::from(*octets.get(at)?);
        match len {
            0 => {
                found.push(0);
                return Some((found, end.unwrap_or(at + 1)));
            }
            192.. => {
                end = end.or(Some(at + 2));
                at = (len & 63) << 8 | usize::from(*octets.get(at + 1)?);
            }
            _ => {
                found.extend(octets.get(at..=at + len)?);
                at += len + 1;
            }
        }
    }
    None
}

fn number(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(octets.get(at..at + 2)?.try_into().ok()?))
}

/// RDATA with the names in it uncompressed.
fn rdata(octets: &[u8], kind: u16, at: usize, len: usize) -> Option<Vec<u8>> {
    let (fixed, names) = match kind {
        rtype::NS | rtype::CNAME | rtype::DNAME => (0, 1),
        rtype::MX => (2, 1),
        rtype::SRV => (6, 1),
        rtype::SOA => (0, 2),
        _ => return Some(octets.get(at..at + len)?.to_vec()),
    };
    let mut found = octets.get(at..at + fixed)?.to_vec();
    let mut next = at + fixed;
    for _ in 0..names {
        let (name, end) = name(octets, next)?;
        found.extend(name.to_ascii_lowercase());
        next = end;
    }
    found.extend(octets.get(next..at + len)?);
    Some(found)
}

pub struct Header {
    pub id: u16,
    pub is_authentic: bool,
    pub is_truncated: bool,
}

pub fn parse(octets: &[u8]) -> Option<(Header, Response)> {
    let flags = number(octets, 2)?;
    let header = Header { id: number(octets, 0)?, is_authentic: flags & 0x20 != 0, is_truncated: flags & 0x200 != 0 };
    let (asked, mut at) = name(octets, 12)?;
    let mut response = Response {
        name: asked,
        rtype: number(octets, at)?,
        rcode: flags.to_be_bytes()[1] & 15,
        sections: Default::default(),
    };
    at += 4;
    for section in 0..2 {
        for _ in 0..number(octets, 6 + 2 * section)? {
            let (owner, end) = name(octets, at)?;
            let (kind, len) = (number(octets, end)?, usize::from(number(octets, end + 8)?));
            let rdata = rdata(octets, kind, end + 10, len)?;
            response.sections[section].push(Record { owner, rtype: kind, ttl: 0, rdata });
            at = end + 10 + len;
        }
    }
    Some((header, response))
}

/// What is asked in a query: the name in wire form and the type, and where they end.
pub fn question(octets: &[u8]) -> Option<(Vec<u8>, u16, usize)> {
    let (name, end) = name(octets, 12)?;
    Some((name.to_ascii_lowercase(), number(octets, end)?, end + 4))
}

/// A query with DO.
pub fn query(id: u16, name: &[u8], rtype: u16) -> Vec<u8> {
    let mut octets = [&id.to_be_bytes()[..], &[1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1], name].concat();
    octets.extend(rtype.to_be_bytes());
    octets.extend([0, 1]);
    octets.extend(OPT);
    octets
}

/// With DO, and room for 4096 octets.
pub const OPT: [u8; 11] = [0, 0, 41, 16, 0, 0, 0, 0x80, 0, 0, 0];
