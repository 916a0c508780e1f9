//! The type bitmap of NSEC, NSEC3 and CSYNC (RFC 4034 section 4.1.2).

use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
use crate::read::Reader;

/// A set of types, checked: windows in increasing order, each of 1 to 32 octets of which the
/// last is not zero. So every set has exactly one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeBitmap<'a> {
    octets: &'a [u8],
}

impl<'a> TypeBitmap<'a> {
    /// Reads all that is left.
    pub(crate) fn read(reader: &mut Reader<'a>, item: &'static str) -> Result<Self, ParseError> {
        let octets = reader.rest();
        let mut last = None;
        while !reader.is_empty() {
            let bad = reader.error(ParseErrorKind::BadTypeBitmap, item);
            let window = reader.u8(item)?;
            let length = reader.u8(item)?;
            let bits = reader.take(usize::from(length), item)?;
            //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
            //# Blocks with no types present MUST NOT be included.
            //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
            //# Trailing zero octets in the bitmap MUST be omitted.
            //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
            //# Blocks with no types present MUST NOT be included.
            //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
            //# Trailing zero octets in the bitmap MUST be omitted.
            //= https://www.rfc-editor.org/rfc/rfc6840#section-6.4
            //# Blocks with no types present MUST NOT be included.
            if last >= Some(window) || length > 32 || bits.last().is_none_or(|octet| *octet == 0) {
                return Err(bad);
            }
            last = Some(window);
        }
        Ok(Self { octets })
    }

    /// Whether the type is in the set.
    #[must_use]
    pub fn contains(&self, rtype: Type) -> bool {
        let [window, low] = rtype.0.to_be_bytes();
        let octet =
            //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
            //# Trailing zero octets not specified MUST be interpreted as zero octets.
            //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
            //# Trailing octets not specified MUST be interpreted as zero octets.
            self.windows().find(|(number, _)| *number == window).and_then(|(_, bits)| bits.get(usize::from(low >> 3)));
        octet.is_some_and(|octet| octet & (0x80 >> (low & 7)) != 0)
    }

    /// The types in the set, in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = Type> + use<'a> {
        self.windows().flat_map(|(window, bits)| {
            let octets = (0_u8..=u8::MAX).zip(bits);
            octets.flat_map(move |(index, octet)| {
                let set = (0_u8..8).filter(move |bit| octet & (0x80 >> bit) != 0);
                set.map(move |bit| Type(u16::from_be_bytes([window, index << 3 | bit])))
            })
        })
    }

    fn windows(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let mut rest = self.octets;
        core::iter::from_fn(move || {
            let (window, after) = rest.split_first()?;
            let (length, after) = after.split_first()?;
            let (bits, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            Some((*window, bits))
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn read(octets: &[u8]) -> Result<TypeBitmap<'_>, ParseError> {
        TypeBitmap::read(&mut Reader::new(octets), "NSEC")
    }

    //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
    //= type=test
    //# Trailing zero octets not specified MUST be interpreted as zero octets.
    //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
    //= type=test
    //# Trailing octets not specified MUST be interpreted as zero octets.
    #[test]
    fn the_example_of_rfc_4034_section_4_3() {
        let mut octets = std::vec![0x00, 0x06, 0x40, 0x01, 0x00, 0x00, 0x00, 0x03, 0x04, 0x1b];
        octets.extend([0; 26]);
        octets.push(0x20);
        let bitmap = read(&octets).unwrap();
        let types: Vec<Type> = bitmap.iter().collect();
        assert_eq!(types, [Type::A, Type::MX, Type::RRSIG, Type::NSEC, Type(1234)]);
        assert!(types.iter().all(|rtype| bitmap.contains(*rtype)));
        assert!(!bitmap.contains(Type::NS) && !bitmap.contains(Type(1235)) && !bitmap.contains(Type(0x0200)));
    }

    //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
    //= type=test
    //# Blocks with no types present MUST NOT be included.
    //= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.2
    //= type=test
    //# Trailing zero octets in the bitmap MUST be omitted.
    //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
    //= type=test
    //# Blocks with no types present MUST NOT be included.
    //= https://www.rfc-editor.org/rfc/rfc5155#section-3.2.1
    //= type=test
    //# Trailing zero octets in the bitmap MUST be omitted.
    //= https://www.rfc-editor.org/rfc/rfc6840#section-6.4
    //= type=test
    //# Blocks with no types present MUST NOT be included.
    #[test]
    fn every_set_has_one_form() {
        assert!(read(&[]).is_ok());
        for (octets, kind) in [
            (&[0, 0][..], ParseErrorKind::BadTypeBitmap),
            (&[0, 1, 0], ParseErrorKind::BadTypeBitmap),
            (&[0, 2, 0x40, 0], ParseErrorKind::BadTypeBitmap),
            (&[1, 1, 1, 0, 1, 1], ParseErrorKind::BadTypeBitmap),
            (&[0, 1, 1, 0, 1, 1], ParseErrorKind::BadTypeBitmap),
            (&[0], ParseErrorKind::Truncated),
            (&[0, 2, 1], ParseErrorKind::Truncated),
        ] {
            assert_eq!(read(octets).unwrap_err().kind, kind, "{octets:?}");
        }
        let long: Vec<u8> = [0, 33].into_iter().chain([1; 33]).collect();
        assert_eq!(read(&long).unwrap_err().kind, ParseErrorKind::BadTypeBitmap);
    }
}
