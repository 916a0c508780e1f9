//! Messages that are made up, and signed by nobody.

use dnsproof::codes::Type;
use dnsproof::name::NameBuf;
use dnsproof::time::Time;

pub const NOW: Time = Time(1_795_435_200);

/// A response under construction: it takes records until it is full.
pub struct Response {
    octets: Vec<u8>,
    counts: [u16; 3],
}

impl Response {
    pub fn new(name: &str, rtype: Type, rcode: u8) -> Self {
        let name: NameBuf = name.parse().unwrap();
        let mut octets = vec![0, 0, 0x84, rcode, 0, 1, 0, 0, 0, 0, 0, 0];
        octets.extend(name.as_wire());
        octets.extend(rtype.0.to_be_bytes());
        octets.extend([0, 1]);
        Self { octets, counts: [0; 3] }
    }

    /// Whether it had room. Sections have to come in order.
    pub fn add(&mut self, section: usize, owner: &[u8], rtype: Type, rdata: &[u8]) -> bool {
        if self.octets.len() + owner.len() + 10 + rdata.len() > 65_535 {
            return false;
        }
        self.octets.extend(owner);
        self.octets.extend(rtype.0.to_be_bytes());
        self.octets.extend([0, 1, 0, 0, 14, 16]);
        self.octets.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        self.octets.extend(rdata);
        self.counts[section] += 1;
        true
    }

    pub fn sign(
        &mut self,
        section: usize,
        owner: &[u8],
        covered: Type,
        labels: u8,
        tag: u16,
        signature: &[u8],
    ) -> bool {
        let mut rdata = covered.0.to_be_bytes().to_vec();
        rdata.extend([13, labels, 0, 0, 14, 16]);
        rdata.extend(u32::try_from(NOW.0 + 1000).unwrap().to_be_bytes());
        rdata.extend(u32::try_from(NOW.0 - 1000).unwrap().to_be_bytes());
        rdata.extend(tag.to_be_bytes());
        rdata.push(0);
        rdata.extend(signature);
        self.add(section, owner, Type::RRSIG, &rdata)
    }

    pub fn done(mut self) -> Vec<u8> {
        for (index, count) in self.counts.iter().enumerate() {
            self.octets[6 + index * 2..8 + index * 2].copy_from_slice(&count.to_be_bytes());
        }
        self.octets
    }
}

/// The key that the anchor names: tag and RDATA.
pub fn key(filler: u16) -> Vec<u8> {
    [&[1, 0, 3, 13][..], &filler.to_be_bytes()].concat()
}

pub fn tag(rdata: &[u8]) -> u16 {
    let sum: u32 = rdata.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    u16::try_from((sum + (sum >> 16)) & 0xFFFF).unwrap()
}

/// The keys of the root: the one of the anchor, and as many more as there is room for.
pub fn keys(more: u16) -> Vec<u8> {
    let mut response = Response::new(".", Type::DNSKEY, 0);
    response.add(0, b"\0", Type::DNSKEY, &key(7));
    response.sign(0, b"\0", Type::DNSKEY, 0, tag(&key(7)), b"ok");
    for filler in 0..more {
        if !response.add(0, b"\0", Type::DNSKEY, &key(filler + 100)) {
            break;
        }
    }
    response.done()
}
