//! What NSEC and NSEC3 records that are known to be a zone's own say about a name.

use super::name::{Name, Pointers};
use super::wire::{CNAME, DNAME, DS, NS, NSEC, NXNAME, RRSIG, Rrset, SOA};

/// What follows for a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    NoData,
    NameError,
    /// A name error that the bitmap says itself, by NXNAME (RFC 9824).
    SaidByType,
    /// Opt-Out (RFC 5155 section 9.2), or too many iterations (RFC 9276 section 3.2).
    Unknown,
}

/// Type bitmaps, RFC 4034 section 4.1.2.
#[derive(Clone, Debug)]
pub struct Bitmap(Vec<u16>);

impl Bitmap {
    /// `None` if it breaks a rule: windows in order, 1 to 32 octets in each, the last not zero.
    fn read(mut octets: &[u8]) -> Option<Self> {
        let (mut types, mut before) = (Vec::new(), None);
        while let [window, count, rest @ ..] = octets {
            let count = usize::from(*count);
            let map = rest.get(..count)?;
            if !(1..=32).contains(&count) || before >= Some(*window) || map.last() == Some(&0) {
                return None;
            }
            for number in 0..=255_u8 {
                let octet = map.get(usize::from(number / 8)).copied().unwrap_or(0);
                if octet & (0x80 >> (number % 8)) != 0 {
                    types.push(u16::from(*window) << 8 | u16::from(number));
                }
            }
            before = Some(*window);
            octets = &rest[count..];
        }
        octets.is_empty().then_some(Self(types))
    }

    pub fn has(&self, rtype: u16) -> bool {
        self.0.contains(&rtype)
    }

    /// RFC 6840 section 4.1: from the parent's side of a cut.
    fn is_delegation(&self) -> bool {
        self.has(NS) && !self.has(SOA)
    }

    /// RFC 6840 section 4.1, RFC 5155 section 8.3: it says nothing of names below its own.
    fn ends_here(&self) -> bool {
        self.is_delegation() || self.has(DNAME)
    }

    /// The name is there, and has no records of the type (RFC 4035 section 5.4, RFC 5155 sections 8.5 and
    /// 8.6): neither these nor CNAME (RFC 6840 section 4.3), from the right side of a cut (RFC 6840 section 4.4).
    fn lacks(&self, rtype: u16) -> bool {
        let right_side = if rtype == DS { !self.has(SOA) } else { !self.is_delegation() };
        !self.has(rtype) && !self.has(CNAME) && right_side
    }

    /// What it says of its own name, which lacks the type. RFC 9824: with NXNAME beside RRSIG and NSEC there is no such
    /// name; beside other types, of which it says nothing, one may believe either.
    fn of_the_name(&self) -> Vec<Denied> {
        let others = self.0.iter().any(|rtype| ![NXNAME, RRSIG, NSEC].contains(rtype));
        match self.has(NXNAME) {
            true if others => vec![Denied::NoData, Denied::SaidByType],
            true => vec![Denied::SaidByType],
            false => vec![Denied::NoData],
        }
    }

    /// A delegation without DS (RFC 6840 section 4.4, RFC 5155 section 8.9).
    fn is_unsigned_delegation(&self) -> bool {
        self.is_delegation() && !self.has(DS) && !self.has(CNAME)
    }
}

#[derive(Clone, Debug)]
struct Nsec {
    owner: Name,
    next: Name,
    types: Bitmap,
}

impl Nsec {
    fn read(owner: &Name, rdata: &[u8]) -> Option<Self> {
        let (next, end) = Name::read(rdata, 0, Pointers::Refused)?;
        Some(Self { owner: owner.clone(), next, types: Bitmap::read(&rdata[end..])? })
    }

    /// RFC 4035 section 5.4: the name lies between owner and next, in canonical order. The last one's next name
    /// is the apex (RFC 4034 section 4.1.1).
    fn spans(&self, name: &Name, zone: &Name) -> bool {
        // RFC 4034 section 4.1.1: the next name is one of the zone, after this one or the apex.
        let in_order = self.next.is_at_or_below(zone) && self.owner < self.next || self.next == *zone;
        let below_next = *name < self.next || self.next == *zone;
        // RFC 6840 section 4.1.
        let speaks = !(name.is_below(&self.owner) && self.types.ends_here());
        in_order && self.owner < *name && below_next && name.is_at_or_below(zone) && speaks
    }

    /// The name does not exist, not even as an empty non-terminal.
    fn covers(&self, name: &Name, zone: &Name) -> bool {
        self.spans(name, zone) && !self.next.is_at_or_below(name)
    }

    /// The name exists by what is below it (RFC 4592 section 2.2.2).
    fn is_above_next(&self, name: &Name, zone: &Name) -> bool {
        self.spans(name, zone) && self.next.is_below(name)
    }
}

#[derive(Clone, Debug)]
struct Nsec3 {
    hash: Vec<u8>,
    next: Vec<u8>,
    opt_out: bool,
    iterations: u16,
    salt: Vec<u8>,
    types: Bitmap,
}

impl Nsec3 {
    fn read(owner: &Name, zone: &Name, rdata: &[u8]) -> Option<Self> {
        // RFC 5155 section 3: one label below the apex.
        if owner.parent().as_ref() != Some(zone) {
            return None;
        }
        let [algorithm, flags, high, low, rest @ ..] = rdata else { return None };
        let (salt, rest) = counted(rest)?;
        let (next, rest) = counted(rest)?;
        let hash = base32hex(owner.0.first()?)?;
        // RFC 5155 sections 8.1 and 8.2: others are ignored. SHA-1 has 20 octets.
        let known = *algorithm == 1 && *flags <= 1 && hash.len() == 20 && next.len() == 20;
        known.then_some(())?;
        Some(Self {
            hash,
            next: next.to_vec(),
            opt_out: *flags == 1,
            iterations: u16::from_be_bytes([*high, *low]),
            salt: salt.to_vec(),
            types: Bitmap::read(rest)?,
        })
    }

    /// RFC 5155 section 8.3: the hash lies between; the last one's next is the first.
    fn covers(&self, hash: &[u8]) -> bool {
        let (after, before) = (self.hash.as_slice() < hash, hash < self.next.as_slice());
        if self.hash < self.next { after && before } else { (after || before) && self.hash != hash }
    }
}

fn counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = octets.split_first()?;
    rest.split_at_checked(usize::from(*count))
}

/// RFC 4648 section 7, without padding (RFC 5155 section 3.3).
fn base32hex(label: &[u8]) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for octet in label {
        let value = match octet {
            b'0'..=b'9' => octet - b'0',
            b'a'..=b'v' => octet - b'a' + 10,
            _ => return None,
        };
        bits.extend((0..5).rev().map(|bit| value >> bit & 1));
    }
    let (whole, rest) = bits.split_at(bits.len() / 8 * 8);
    if rest.len() >= 5 || rest.contains(&1) {
        return None;
    }
    Some(whole.chunks(8).map(|octet| octet.iter().fold(0, |sum, bit| sum << 1 | bit)).collect())
}

/// Of a name on the wire, with salt and iterations (RFC 5155 section 5).
pub type Hash<'h> = dyn Fn(&[u8], &[u8], u16) -> Option<[u8; 20]> + 'h;

/// The authenticated NSEC and NSEC3 records of one zone from one answer.
pub struct Proof<'h> {
    zone: Name,
    nsecs: Vec<Nsec>,
    /// Of one salt and number of iterations each (RFC 5155 section 8.2).
    chains: Vec<Vec<Nsec3>>,
    hash: &'h Hash<'h>,
    /// RFC 9276 section 3.2: iterations too many to count, though not too many to believe.
    costly: bool,
}

impl<'h> Proof<'h> {
    pub fn new(
        zone: &Name,
        nsec: &[Rrset],
        nsec3: &[Rrset],
        (counted, refused): (u16, u16),
        hash: &'h Hash<'h>,
    ) -> Self {
        let each = |sets: &[Rrset]| -> Vec<(Name, Vec<u8>)> {
            sets.iter().flat_map(|set| set.records.iter().map(|rdata| (set.owner.clone(), rdata.clone()))).collect()
        };
        let nsecs = each(nsec).iter().filter_map(|(owner, rdata)| Nsec::read(owner, rdata)).collect();
        let nsec3s: Vec<Nsec3> =
            each(nsec3).iter().filter_map(|(owner, rdata)| Nsec3::read(owner, zone, rdata)).collect();
        let costly = nsec3s.iter().any(|nsec3| counted < nsec3.iterations && nsec3.iterations <= refused);
        let mut chains: Vec<Vec<Nsec3>> = Vec::new();
        for nsec3 in nsec3s.into_iter().filter(|nsec3| nsec3.iterations <= counted) {
            let same = |chain: &&mut Vec<Nsec3>| chain[0].salt == nsec3.salt && chain[0].iterations == nsec3.iterations;
            match chains.iter_mut().find(same) {
                Some(chain) => chain.push(nsec3),
                None => chains.push(vec![nsec3]),
            }
        }
        Self { zone: zone.clone(), nsecs, chains, hash, costly }
    }

    /// All that can be shown about records of this name and type.
    pub fn denies(&self, name: &Name, rtype: u16) -> Vec<Denied> {
        let mut out = Vec::new();
        if self.costly {
            out.push(Denied::Unknown);
        }
        self.by_nsec(name, rtype, &mut out);
        for chain in &self.chains {
            self.by_nsec3(chain, name, rtype, &mut out);
        }
        out.sort();
        out.dedup();
        out
    }

    fn by_nsec(&self, name: &Name, rtype: u16, out: &mut Vec<Denied>) {
        for nsec in &self.nsecs {
            if nsec.owner == *name && nsec.types.lacks(rtype) {
                out.extend(nsec.types.of_the_name());
            }
            if nsec.is_above_next(name, &self.zone) {
                out.push(Denied::NoData);
            }
            if !nsec.covers(name, &self.zone) {
                continue;
            }
            // RFC 4035 section 5.4: the wildcard that could have matched is that of the closest encloser, which is the
            // longest name above that owner or next name show to exist.
            let (one, other) = (name.common(&nsec.owner), name.common(&nsec.next));
            let encloser = if one.len() > other.len() { one } else { other };
            let wildcard = encloser.wildcard_below();
            for second in &self.nsecs {
                if second.owner == wildcard
                    && second.types.lacks(rtype)
                    && second.types.of_the_name().contains(&Denied::NoData)
                    || second.is_above_next(&wildcard, &self.zone)
                {
                    out.push(Denied::NoData);
                }
                if second.covers(&wildcard, &self.zone) {
                    out.push(Denied::NameError);
                }
            }
        }
    }

    fn hash(&self, chain: &[Nsec3], name: &Name) -> Option<[u8; 20]> {
        let Nsec3 { salt, iterations, .. } = chain.first()?;
        (self.hash)(&name.wire(), salt, *iterations)
    }

    fn matching<'c>(&self, chain: &'c [Nsec3], name: &Name) -> Vec<&'c Nsec3> {
        let hash = self.hash(chain, name);
        chain.iter().filter(|nsec3| hash.is_some_and(|hash| nsec3.hash == hash)).collect()
    }

    fn covering<'c>(&self, chain: &'c [Nsec3], name: &Name) -> Vec<&'c Nsec3> {
        let hash = self.hash(chain, name);
        chain.iter().filter(|nsec3| hash.is_some_and(|hash| nsec3.covers(&hash))).collect()
    }

    /// RFC 5155 section 8.3: every closest encloser that can be shown, and whether Opt-Out is set over the next
    /// closer name.
    fn enclosers(&self, chain: &[Nsec3], name: &Name) -> Vec<(Name, bool)> {
        let mut out = Vec::new();
        for labels in self.zone.len()..name.len() {
            let (encloser, next_closer) = (name.last(labels), name.last(labels + 1));
            if self.matching(chain, &encloser).iter().any(|nsec3| !nsec3.types.ends_here()) {
                let over = self.covering(chain, &next_closer);
                out.extend(over.iter().map(|nsec3| (encloser.clone(), nsec3.opt_out)));
            }
        }
        out
    }

    fn by_nsec3(&self, chain: &[Nsec3], name: &Name, rtype: u16, out: &mut Vec<Denied>) {
        for nsec3 in self.matching(chain, name) {
            // RFC 5155 sections 8.5 and 8.6.
            if nsec3.types.lacks(rtype) {
                out.extend(nsec3.types.of_the_name());
                // The kernel does not know NXNAME in NSEC3 records; then the bit is one of a pseudo type (RFC 5155 section 3.2.1).
                out.push(Denied::NoData);
            }
        }
        for (encloser, opt_out) in self.enclosers(chain, name) {
            let wildcard = encloser.wildcard_below();
            // RFC 5155 section 9.2: under Opt-Out there may be an unsigned delegation. Section 8.6 wants no more for DS;
            // for the others, erratum 3441: an empty non-terminal above one need not have a record.
            if opt_out {
                out.push(Denied::Unknown);
                continue;
            }
            // RFC 5155 section 8.7.
            if self.matching(chain, &wildcard).iter().any(|nsec3| nsec3.types.lacks(rtype)) {
                out.push(Denied::NoData);
            }
            // RFC 5155 section 8.4.
            if !self.covering(chain, &wildcard).is_empty() {
                out.push(Denied::NameError);
            }
        }
    }

    /// Whether a wildcard `labels` above was rightly expanded to `name`: no closer name is there
    /// (RFC 4035 section 5.3.4, RFC 5155 section 8.8).
    pub fn expands(&self, name: &Name, labels: usize) -> Vec<Denied> {
        let next_closer = name.last(labels + 1);
        let mut out = Vec::new();
        if self.nsecs.iter().any(|nsec| nsec.covers(&next_closer, &self.zone)) {
            out.push(Denied::NameError);
        }
        for chain in &self.chains {
            for nsec3 in self.covering(chain, &next_closer) {
                out.push(if nsec3.opt_out { Denied::Unknown } else { Denied::NameError });
            }
        }
        if self.costly {
            out.push(Denied::Unknown);
        }
        out
    }

    /// Whether there is a delegation without DS at this name.
    pub fn unsigned_delegation(&self, name: &Name) -> bool {
        self.nsecs.iter().any(|nsec| nsec.owner == *name && nsec.types.is_unsigned_delegation())
            || self
                .chains
                .iter()
                .any(|chain| self.matching(chain, name).iter().any(|nsec3| nsec3.types.is_unsigned_delegation()))
    }

    /// Whether an unsigned delegation at or above this name may hide: by Opt-Out (RFC 5155 sections 8.6 and 8.9), or because
    /// the iterations are too many to look.
    pub fn may_hide_delegation(&self, name: &Name) -> bool {
        let opt_out = |chain: &Vec<Nsec3>| self.enclosers(chain, name).iter().any(|(_, opt_out)| *opt_out);
        self.costly || self.chains.iter().any(opt_out)
    }
}
