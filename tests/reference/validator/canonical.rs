//! The canonical form of records and what a signature is over (RFC 4034 sections 3.1.8.1 and 6).

use super::name::{Name, Pointers};
use super::wire::{Rrset, Rrsig};

/// What RDATA is made of, as far as it has names.
#[derive(Clone, Copy)]
enum Part {
    Octets(usize),
    /// A name that may be compressed (RFC 1035 section 3.3, RFC 3597 section 4).
    Name,
    /// A name in lower case that may not be (RFC 3597 section 4 does not list its type).
    Plain,
    /// A character string.
    Text,
    /// RFC 2874 section 3.1.
    Address,
    Rest,
}

use Part::{Address, Name as Any, Octets, Plain, Rest, Text};

/// The types of RFC 4034 section 6.2 (3), as corrected by RFC 6840 section 5.1 (without NSEC) and,
/// as HINFO has no names, without HINFO.
fn parts(rtype: u16) -> &'static [Part] {
    match rtype {
        2 | 3 | 4 | 5 | 7 | 8 | 9 | 12 => &[Any],
        6 => &[Any, Any, Octets(20)],
        14 | 17 => &[Any, Any],
        15 | 18 | 21 => &[Octets(2), Any],
        24 => &[Octets(18), Any, Rest],
        26 => &[Octets(2), Any, Any],
        30 => &[Any, Rest],
        33 => &[Octets(6), Any],
        35 => &[Octets(4), Text, Text, Text, Any],
        36 => &[Octets(2), Plain],
        38 => &[Address],
        39 => &[Plain],
        46 => &[Octets(18), Plain, Rest],
        _ => &[Rest],
    }
}

/// The RDATA of `length` octets at `start` of `message`, with its names written out and in lower
/// case; `None` if it does not have the form of its type.
pub fn rdata(rtype: u16, message: &[u8], start: usize, length: usize) -> Option<Vec<u8>> {
    let end = start + length;
    let (mut at, mut out) = (start, Vec::new());
    let name = |at: &mut usize, pointers| {
        // Where a pointer leads to, a name may go on anywhere in the message.
        let (name, next) = Name::read(message, *at, pointers)?;
        *at = next;
        (next <= end).then(|| name.wire())
    };
    for part in parts(rtype) {
        match part {
            Any => out.extend(name(&mut at, Pointers::Followed)?),
            Plain => out.extend(name(&mut at, Pointers::Refused)?),
            Octets(count) => {
                out.extend(message[..end].get(at..at + count)?);
                at += count;
            }
            Text => {
                let count = 1 + usize::from(*message[..end].get(at)?);
                out.extend(message[..end].get(at..at + count)?);
                at += count;
            }
            Address => {
                let prefix = usize::from(*message[..end].get(at)?);
                let suffix = 1 + 128_usize.checked_sub(prefix)?.div_ceil(8);
                out.extend(message[..end].get(at..at + suffix)?);
                at += suffix;
                if prefix > 0 {
                    out.extend(name(&mut at, Pointers::Refused)?);
                }
            }
            Rest => {
                out.extend(&message[at..end]);
                at = end;
            }
        }
    }
    (at == end).then_some(out)
}

/// RFC 4034 section 3.1.8.1 and RFC 4035 section 5.3.2: the RRSIG's RDATA without the signature, then the
/// records in canonical form and order.
pub fn signed_data(rrset: &Rrset, signature: &Rrsig) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(signature.covered.to_be_bytes());
    out.push(signature.algorithm);
    out.push(signature.labels);
    out.extend(signature.original_ttl.to_be_bytes());
    out.extend(signature.expiration.to_be_bytes());
    out.extend(signature.inception.to_be_bytes());
    out.extend(signature.key_tag.to_be_bytes());
    out.extend(signature.signer.wire());
    // RFC 4035 section 5.3.2: with fewer labels than the owner has, the wildcard was signed.
    let labels = usize::from(signature.labels);
    let owner = match labels < rrset.owner.signed_labels() {
        true => rrset.owner.last(labels).wildcard_below(),
        false => rrset.owner.clone(),
    };
    for rdata in &rrset.records {
        out.extend(owner.wire());
        out.extend(rrset.rtype.to_be_bytes());
        out.extend(super::wire::IN.to_be_bytes());
        out.extend(signature.original_ttl.to_be_bytes());
        out.extend(u16::try_from(rdata.len()).expect("RDATA has 16 bits of length").to_be_bytes());
        out.extend(rdata);
    }
    out
}
