//! Which fields the RDATA of each type has, as text shows them.

use crate::codes::Type;

/// A field of RDATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A decimal number of 8 bits.
    U8,
    /// A DNSSEC algorithm: a number of 8 bits, or its mnemonic.
    Algorithm,
    /// A decimal number of 16 bits.
    U16,
    /// A decimal number of 32 bits.
    U32,
    /// A TTL or an interval: 32 bits; reading also takes `1h30m`.
    Interval,
    /// An RR type by its mnemonic.
    Type,
    /// A time as RRSIG writes it.
    Time,
    /// A domain name.
    Name,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// One character string.
    Text,
    /// One or more character strings, to the end.
    Texts,
    /// All octets to the end, as one quoted string without a length.
    Quoted,
    /// A word behind a length octet: the tag of a CAA record.
    Tag,
    /// All octets to the end, in hexadecimal.
    Hex,
    /// All octets to the end, in base64.
    Base64,
    /// Octets behind a length octet, in hexadecimal; `-` for none.
    Salt,
    /// Octets behind a length octet, in base32hex.
    Hash,
    /// A type bitmap, to the end.
    Bitmap,
    /// Service parameters, to the end.
    Params,
}

/// The fields of a type; `None` for types that only have the generic form of RFC 3597
/// section 5.
pub(super) const fn fields_of(rtype: Type) -> Option<&'static [Field]> {
    use Field::{
        Algorithm, Base64, Bitmap, Hash, Hex, Interval, Ipv4, Ipv6, Name, Params, Quoted, Salt, Tag, Text, Texts, Time,
        U8, U16, U32,
    };
    Some(match rtype {
        Type::A => &[Ipv4],
        Type::AAAA => &[Ipv6],
        Type::NS | Type::MD | Type::MF | Type::CNAME | Type::MB | Type::MG | Type::MR | Type::PTR | Type::DNAME => {
            &[Name]
        }
        Type::SOA => &[Name, Name, U32, Interval, Interval, Interval, Interval],
        Type::MINFO | Type::RP => &[Name, Name],
        Type::MX | Type::AFSDB | Type::RT | Type::KX => &[U16, Name],
        Type::PX => &[U16, Name, Name],
        Type::HINFO => &[Text, Text],
        Type::TXT | Type::SPF => &[Texts],
        Type::SRV => &[U16, U16, U16, Name],
        Type::NAPTR => &[U16, U16, Text, Text, Text, Name],
        Type::CERT => &[U16, U16, U8, Base64],
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
        //# The Key Tag field MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
        //# The Algorithm field MUST be represented either as an unsigned decimal integer or as an algorithm mnemonic
        //# specified in Appendix A.1.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
        //# The Digest Type field MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-5.3
        //# The Digest MUST be represented as a sequence of case-insensitive hexadecimal digits.
        Type::DS | Type::CDS | Type::DLV => &[U16, Algorithm, U8, Hex],
        Type::SSHFP => &[U8, U8, Hex],
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Algorithm field value MUST be represented either as an unsigned decimal integer or as an algorithm
        //# mnemonic, as specified in Appendix A.1.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Labels field value MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Original TTL field value MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Signature Expiration Time and Inception Time field values MUST be represented either as an unsigned
        //# decimal integer indicating seconds since 1 January 1970 00:00:00 UTC, or in the form YYYYMMDDHHmmSS in UTC,
        //# where:
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Key Tag field MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.2
        //# The Signer's Name field value MUST be represented as a domain name.
        Type::RRSIG => &[Field::Type, Algorithm, U8, U32, Time, Time, U16, Name, Base64],
        Type::NSEC => &[Name, Bitmap],
        //= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
        //# The Flag field MUST be represented as an unsigned decimal integer.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
        //# The Protocol Field MUST be represented as an unsigned decimal integer with a value of 3.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
        //# The Algorithm field MUST be represented either as an unsigned decimal integer or as an algorithm mnemonic as
        //# specified in Appendix A.1.
        //= https://www.rfc-editor.org/rfc/rfc4034#section-2.2
        //# The Public Key field MUST be represented as a Base64 encoding of the Public Key.
        Type::DNSKEY | Type::CDNSKEY => &[U16, U8, Algorithm, Base64],
        Type::DHCID | Type::OPENPGPKEY => &[Base64],
        Type::NSEC3 => &[U8, U8, U16, Salt, Hash, Bitmap],
        Type::NSEC3PARAM => &[U8, U8, U16, Salt],
        //= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
        //# The certificate usage field MUST be represented as an 8-bit unsigned integer.
        //= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
        //# The selector field MUST be represented as an 8-bit unsigned integer.
        //= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
        //# The matching type field MUST be represented as an 8-bit unsigned integer.
        //= https://www.rfc-editor.org/rfc/rfc6698#section-2.2
        //# The certificate association data field MUST be represented as a string of hexadecimal characters.
        Type::TLSA | Type::SMIMEA => &[U8, U8, U8, Hex],
        Type::CSYNC => &[U32, U16, Bitmap],
        Type::ZONEMD => &[U32, U8, U8, Hex],
        Type::SVCB | Type::HTTPS => &[U16, Name, Params],
        Type::URI => &[U16, U16, Quoted],
        Type::CAA => &[U8, Tag, Quoted],
        _ => return None,
    })
}
