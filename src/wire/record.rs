//! One record and its RDATA.

use core::fmt;

use super::rdata::View;
use super::{Field, layout_of};
use crate::codes::{Class, Type};
use crate::error::{ParseError, ParseErrorKind};
use crate::name::{Compression, Name, Shape};
use crate::read::Reader;

/// A resource record (RFC 1035 section 4.1.3).
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The name that it belongs to.
    pub owner: Name<'a>,
    /// The type.
    pub rtype: Type,
    /// The class.
    pub class: Class,
    /// Seconds for which it may be kept. A value above 2^31 - 1 reads as 0 (RFC 2181
    /// section 8), and the OPT record keeps its flags here.
    pub ttl: u32,
    /// What it says.
    pub rdata: Rdata<'a>,
}

impl<'a> Record<'a> {
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        Self::read_behind(reader, &mut Owners::default())
    }

    /// [`read`](Self::read), where names that were read before are known.
    pub(super) fn read_behind(reader: &mut Reader<'a>, owners: &mut Owners) -> Result<Self, ParseError> {
        let owner = owners.read(reader)?;
        // Short messages end here or there; which field is cut off is told by the field.
        let [t0, t1, c0, c1, ttl @ .., l0, l1] = match reader.array::<10>("record") {
            Ok(fixed) => fixed,
            Err(error) => {
                for _ in 0..5 {
                    reader.u16("record")?;
                }
                return Err(error);
            }
        };
        let (rtype, class) = (Type(u16::from_be_bytes([t0, t1])), Class(u16::from_be_bytes([c0, c1])));
        let ttl = u32::from_be_bytes(ttl);
        let rdata = Rdata { reader: reader.sub(usize::from(u16::from_be_bytes([l0, l1])), "RDATA")? };
        let ttl = if ttl > i32::MAX.unsigned_abs() && rtype != Type::OPT { 0 } else { ttl };
        Ok(Self { owner, rtype, class, ttl, rdata })
    }

    /// # Errors
    /// If a name in the RDATA is compressed. What else may be wrong with them is not looked at.
    pub(super) fn forbids_compression(&self) -> Result<(), ParseError> {
        let mut reader = self.rdata.reader;
        for field in layout_of(self.rtype) {
            let read = match field {
                Field::Octets(count) => reader.take(*count, "RDATA").map(|_| ()),
                Field::Text => {
                    reader.u8("RDATA").and_then(|length| reader.take(usize::from(length), "RDATA")).map(|_| ())
                }
                Field::Name(_) => Name::read(&mut reader, Compression::Forbidden).map(|_| ()),
                // The name of an A6 record is never compressed, and behind the rest there is nothing.
                Field::A6Prefix | Field::Rest => break,
            };
            match read {
                Err(error) if error.kind == ParseErrorKind::Compressed => return Err(error),
                Err(_) => break,
                Ok(()) => {}
            }
        }
        Ok(())
    }

    /// The RDATA, read as `V`.
    ///
    /// # Errors
    /// If the record is of another type, or if its RDATA is malformed.
    pub fn view<V: View<'a>>(&self) -> Result<V, ParseError> {
        if V::TYPES.contains(&self.rtype) {
            V::from_rdata(self.rdata)
        } else {
            Err(self.rdata.reader.error(ParseErrorKind::WrongType, V::ITEM))
        }
    }
}

/// Names that the owners of records point to: most point to the name of the question, or to where the one before did. Each
/// is where it begins and how long it is, so that this is small.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Owners {
    question: Option<Shape>,
    last: Option<([u8; 2], u32, Shape)>,
    /// Labels of all of them.
    labels: u32,
}

impl Owners {
    /// Behind the one question, if there is one: its name lies behind the header.
    pub(super) const fn behind(question: Option<Shape>) -> Self {
        Self { question, last: None, labels: 0 }
    }

    /// What these cost beside the records themselves, since pointers may spell out long names: sixteen labels take as long as
    /// the rest of a record.
    pub(super) fn weight(&self) -> u16 {
        u16::try_from(self.labels >> 4).unwrap_or(u16::MAX)
    }

    fn read<'a>(&mut self, reader: &mut Reader<'a>) -> Result<Name<'a>, ParseError> {
        /// Octets of the header, and a pointer to what lies behind it.
        const HEADER: u32 = 12;
        const TO_QUESTION: [u8; 2] = [0xC0, 12];
        let pointer = match reader.rest() {
            [first @ 0xC0..=0xFF, second, ..] => [*first, *second],
            _ => {
                let name = Name::read(reader, Compression::Allowed)?;
                self.labels = self.labels.saturating_add(name.label_count().into());
                return Ok(name);
            }
        };
        // A name that was read before lies before this pointer, and is as well-formed as it was.
        let known = match self.last {
            _ if pointer == TO_QUESTION => self.question.map(|shape| (HEADER, shape)),
            Some((last, start, shape)) if last == pointer => Some((start, shape)),
            _ => None,
        };
        if let Some((start, shape)) = known {
            reader.take(pointer.len(), "name")?;
            self.labels = self.labels.saturating_add(shape.labels.into());
            return Ok(Name::of_shape(reader.input(), start, shape));
        }
        let start = u32::try_from(reader.position()).ok();
        let name = Name::read(reader, Compression::Allowed)?;
        self.last = start.map(|start| (pointer, start, name.shape()));
        self.labels = self.labels.saturating_add(name.label_count().into());
        Ok(name)
    }
}

/// The RDATA of a record. It knows the message around it, because names inside may be
/// compressed.
#[derive(Clone, Copy)]
pub struct Rdata<'a> {
    reader: Reader<'a>,
}

impl<'a> Rdata<'a> {
    /// RDATA that lies alone, with no message around it and so with no compressed names: from
    /// a master file, or from a trust anchor.
    #[must_use]
    pub const fn from_octets(octets: &'a [u8]) -> Self {
        Self { reader: Reader::new(octets) }
    }

    /// The octets as they lie in the message, names perhaps compressed.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.reader.rest()
    }

    pub(crate) const fn reader(&self) -> Reader<'a> {
        self.reader
    }
}

impl fmt::Debug for Rdata<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.octets() {
            write!(f, "{octet:02x}")?;
        }
        Ok(())
    }
}
