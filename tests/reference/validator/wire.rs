//! Messages from octets (RFC 1035 section 4). Only what DNSSEC needs is kept.

use super::canonical;
use super::name::{Name, Pointers};

pub const CNAME: u16 = 5;
pub const NS: u16 = 2;
pub const SOA: u16 = 6;
pub const DNAME: u16 = 39;
pub const OPT: u16 = 41;
pub const DS: u16 = 43;
pub const RRSIG: u16 = 46;
pub const NSEC: u16 = 47;
pub const DNSKEY: u16 = 48;
pub const NSEC3: u16 = 50;
pub const NXNAME: u16 = 128;
pub const IN: u16 = 1;

#[derive(Clone, Debug)]
pub struct Record {
    pub owner: Name,
    pub rtype: u16,
    pub class: u16,
    pub ttl: u32,
    /// In canonical form; `None` if it is not what its type wants.
    pub rdata: Option<Vec<u8>>,
}

/// A response to one question.
#[derive(Clone, Debug)]
pub struct Response {
    pub name: Name,
    pub rtype: u16,
    pub rcode: u16,
    pub answer: Vec<Record>,
    pub authority: Vec<Record>,
}

pub const NOERROR: u16 = 0;
pub const NXDOMAIN: u16 = 3;

fn u16_at(message: &[u8], at: usize) -> Option<u16> {
    let octets = message.get(at..at + 2)?;
    Some(u16::from_be_bytes(octets.try_into().ok()?))
}

fn u32_at(message: &[u8], at: usize) -> Option<u32> {
    let octets = message.get(at..at + 4)?;
    Some(u32::from_be_bytes(octets.try_into().ok()?))
}

/// The message, if it can be read and answers a question of class IN.
pub fn read(message: &[u8]) -> Option<Response> {
    let flags = u16_at(message, 2)?;
    let counts: Vec<u16> = (0..4).map(|index| u16_at(message, 4 + 2 * index)).collect::<Option<_>>()?;
    // RFC 1035 section 4.1.1: a response (QR) to a query (opcode 0). RFC 2181 section 9: what is cut
    // short (TC) is ignored.
    let is_response = flags & 0x8000 != 0 && flags & 0x7800 == 0 && flags & 0x0200 == 0;
    if !is_response || counts[0] != 1 {
        return None;
    }
    let (name, mut at) = Name::read(message, 12, Pointers::Followed)?;
    let (rtype, class) = (u16_at(message, at)?, u16_at(message, at + 2)?);
    at += 4;
    let mut sections = Vec::new();
    for count in &counts[1..] {
        let mut records = Vec::new();
        for _ in 0..*count {
            let (record, end) = read_record(message, at)?;
            records.push(record);
            at = end;
        }
        sections.push(records);
    }
    if at != message.len() || class != IN {
        return None;
    }
    let [answer, authority, additional]: [Vec<Record>; 3] = sections.try_into().ok()?;
    // RFC 6891 section 6.1.3: the upper eight bits of the RCODE.
    let upper = additional.iter().find(|record| record.rtype == OPT).map_or(0, |opt| opt.ttl >> 24);
    let rcode = (flags & 15) | (u16::try_from(upper).ok()? << 4);
    // Any other RCODE is an error, and no answer.
    if rcode != NOERROR && rcode != NXDOMAIN {
        return None;
    }
    // A referral answers nothing (RFC 1034 section 4.3.2): without authority and an answer, it
    // names other servers. The project's rule: with SOA it is an answer all the same.
    let has = |rtype: u16| authority.iter().any(|record| record.rtype == rtype);
    if flags & 0x0400 == 0 && answer.is_empty() && has(NS) && !has(SOA) {
        return None;
    }
    Some(Response { name, rtype, rcode, answer, authority })
}

fn read_record(message: &[u8], at: usize) -> Option<(Record, usize)> {
    let (owner, at) = Name::read(message, at, Pointers::Followed)?;
    let (rtype, class, ttl) = (u16_at(message, at)?, u16_at(message, at + 2)?, u32_at(message, at + 4)?);
    let (start, length) = (at + 10, usize::from(u16_at(message, at + 8)?));
    message.get(start..start + length)?;
    let rdata = canonical::rdata(rtype, message, start, length);
    Some((Record { owner, rtype, class, ttl, rdata }, start + length))
}

/// All records of one owner and type in one section (RFC 2181 section 5), none of them twice, and
/// the signatures beside them.
#[derive(Clone, Debug)]
pub struct Rrset {
    pub owner: Name,
    pub rtype: u16,
    /// In canonical order (RFC 4034 section 6.3).
    pub records: Vec<Vec<u8>>,
    pub signatures: Vec<Rrsig>,
}

impl Rrset {
    /// `None` if there is none, or if one of its records cannot be read.
    pub fn find(section: &[Record], owner: &Name, rtype: u16) -> Option<Self> {
        let here = || section.iter().filter(|record| record.owner == *owner && record.class == IN);
        let mut records: Vec<Vec<u8>> =
            here().filter(|record| record.rtype == rtype).map(|record| record.rdata.clone()).collect::<Option<_>>()?;
        records.sort();
        // RFC 4034 section 6.3: of duplicates all but one are removed.
        records.dedup();
        let signatures = here()
            .filter(|record| record.rtype == RRSIG)
            .filter_map(|record| Rrsig::read(record.rdata.as_ref()?))
            .filter(|signature| signature.covered == rtype)
            .collect();
        (!records.is_empty()).then(|| Self { owner: owner.clone(), rtype, records, signatures })
    }

    /// All of one type in a section.
    pub fn all(section: &[Record], rtype: u16) -> Vec<Self> {
        let mut owners: Vec<&Name> =
            section.iter().filter(|record| record.rtype == rtype).map(|record| &record.owner).collect();
        owners.sort();
        owners.dedup();
        owners.into_iter().filter_map(|owner| Self::find(section, owner, rtype)).collect()
    }
}

/// RFC 4034 section 3.1.
#[derive(Clone, Debug)]
pub struct Rrsig {
    pub covered: u16,
    pub algorithm: u8,
    pub labels: u8,
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub key_tag: u16,
    pub signer: Name,
    pub signature: Vec<u8>,
}

impl Rrsig {
    fn read(rdata: &[u8]) -> Option<Self> {
        let (signer, end) = Name::read(rdata, 18, Pointers::Refused)?;
        Some(Self {
            covered: u16_at(rdata, 0)?,
            algorithm: *rdata.get(2)?,
            labels: *rdata.get(3)?,
            original_ttl: u32_at(rdata, 4)?,
            expiration: u32_at(rdata, 8)?,
            inception: u32_at(rdata, 12)?,
            key_tag: u16_at(rdata, 16)?,
            signer,
            signature: rdata.get(end..)?.to_vec(),
        })
    }
}

/// RFC 4034 section 2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dnskey {
    pub flags: u16,
    pub protocol: u8,
    pub algorithm: u8,
    pub public_key: Vec<u8>,
    pub rdata: Vec<u8>,
}

impl Dnskey {
    pub fn read(rdata: &[u8]) -> Option<Self> {
        Some(Self {
            flags: u16_at(rdata, 0)?,
            protocol: *rdata.get(2)?,
            algorithm: *rdata.get(3)?,
            public_key: rdata.get(4..)?.to_vec(),
            rdata: rdata.to_vec(),
        })
    }

    /// RFC 4034 sections 2.1.1 and 2.1.2: the zone flag and protocol 3. RFC 5011 section 2.1: not
    /// revoked.
    pub fn may_sign(&self) -> bool {
        self.flags & 0x0100 != 0 && self.protocol == 3 && self.flags & 0x0080 == 0
    }

    /// RFC 4034 appendix B; algorithm 1 (appendix B.1) is never accepted here.
    pub fn tag(&self) -> u16 {
        let mut sum: u32 = 0;
        for (index, octet) in self.rdata.iter().enumerate() {
            sum += if index % 2 == 0 { u32::from(*octet) << 8 } else { u32::from(*octet) };
        }
        sum += sum >> 16;
        u16::try_from(sum & 0xFFFF).expect("16 bits")
    }
}

/// RFC 4034 section 5.1.
#[derive(Clone, Debug)]
pub struct Ds {
    pub key_tag: u16,
    pub algorithm: u8,
    pub digest_type: u8,
    pub digest: Vec<u8>,
}

impl Ds {
    pub fn read(rdata: &[u8]) -> Option<Self> {
        Some(Self {
            key_tag: u16_at(rdata, 0)?,
            algorithm: *rdata.get(2)?,
            digest_type: *rdata.get(3)?,
            digest: rdata.get(4..)?.to_vec(),
        })
    }
}
