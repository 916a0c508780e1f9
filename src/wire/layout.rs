//! Which types have names inside their RDATA, and where.

use crate::codes::Type;
use crate::name::Compression;

/// A part of RDATA.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    /// So many octets.
    Octets(usize),
    /// A name that the canonical form writes in lower case.
    Name(Compression),
    /// A character string: a length octet, and so many octets (RFC 1035 section 3.3).
    Text,
    /// The prefix length and address suffix of an A6 record (RFC 2874 section 3.1). No name
    /// follows if the prefix length is 0.
    A6Prefix,
    /// All that is left.
    Rest,
}

/// The parts of RDATA whose names the canonical form decompresses and writes in lower case;
/// an empty list means that the octets stand for themselves.
///
/// The types are those of RFC 4034 section 6.2 as corrected by RFC 6840 section 5.1: NSEC is
/// out, and the signer's name of RRSIG counts but is handled where RRSIGs are (they are never
/// signed themselves). HINFO is on the list and has no names. RFC 3597 section 7 keeps every
/// other type as it is.
///
/// Compression is followed in the types of RFC 1035 and in those where RFC 3597 section 4 asks
/// receivers to do so; elsewhere it is an error.
pub(crate) const fn layout_of(rtype: Type) -> &'static [Field] {
    use Field::{A6Prefix, Octets, Rest, Text};
    const OLD: Field = Field::Name(Compression::Allowed);
    const NEW: Field = Field::Name(Compression::Forbidden);
    match rtype {
        Type::NS | Type::MD | Type::MF | Type::CNAME | Type::MB | Type::MG | Type::MR | Type::PTR => &[OLD],
        Type::DNAME => &[NEW],
        Type::SOA => &[OLD, OLD, Octets(20)],
        Type::MINFO | Type::RP => &[OLD, OLD],
        Type::MX | Type::AFSDB | Type::RT => &[Octets(2), OLD],
        Type::KX => &[Octets(2), NEW],
        Type::PX => &[Octets(2), OLD, OLD],
        Type::SRV => &[Octets(6), OLD],
        Type::NAPTR => &[Octets(4), Text, Text, Text, OLD],
        Type::SIG => &[Octets(18), OLD, Rest],
        Type::NXT => &[OLD, Rest],
        Type::A6 => &[A6Prefix, NEW],
        _ => &[],
    }
}
