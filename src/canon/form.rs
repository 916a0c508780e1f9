//! The canonical form of an RRset, and the octets that a signature covers.

use super::scratch::{Memory, Scratch, Span};
use super::{FormError, Rrset};
use crate::budget::{Budget, Exhausted, Resource};
use crate::codes::Type;
use crate::error::{ParseError, ParseErrorKind};
#[cfg(feature = "zone")]
use crate::name::Compression;
use crate::name::{MAX_NAME, Name};
use crate::read::Reader;
use crate::wire::rdata::Rrsig;
use crate::wire::{Field, Rdata, layout_of};

/// An RRset whose RDATA lie in the scratch memory in canonical form and order, without
/// duplicates. It says only how much lies there, so it counts until the scratch memory is
/// used for another RRset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    octets: usize,
    records: usize,
}

impl Form {
    /// Lays out the RDATA of every record and sorts them: as octet strings, of which the
    /// shorter comes first only where it is the beginning of the longer (RFC 4034
    /// section 6.3).
    pub(crate) fn prepare(rrset: &Rrset<'_>, scratch: &mut Scratch<'_>, budget: &Budget) -> Result<Self, FormError> {
        let limit = usize::try_from(budget.limits().records_per_set).unwrap_or(usize::MAX);
        let mut out = Writer { memory: &mut scratch.octets, len: 0 };
        let mut count = 0_usize;
        for record in rrset.records() {
            let start = out.len;
            write_rdata(&mut out, record.rtype, record.rdata)?;
            count = count.saturating_add(1);
            if count > limit {
                return Err(Exhausted(Resource::RecordsPerSet).into());
            }
            let spans = scratch.spans.room(count)?;
            if let Some(span) = spans.last_mut() {
                *span = Span { start, len: out.len.saturating_sub(start) };
            }
        }
        let octets = out.len;
        let laid_out = scratch.octets.as_slice();
        let spans = scratch.spans.room(count)?;
        //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
        //# The RRset MUST be sorted in canonical order.
        spans.sort_unstable_by_key(|span| span.of(laid_out));
        // Records that are the same are one record (RFC 4034 section 6.3, RFC 2181 section 5).
        let mut kept = 0_usize;
        for index in 0..count {
            let span = spans.get(index).copied().unwrap_or_default();
            let last = kept.checked_sub(1).and_then(|last| spans.get(last));
            //= https://www.rfc-editor.org/rfc/rfc4034#section-6.3
            //# Therefore, if an implementation detects duplicate RRs when putting the RRset in canonical form, it MUST
            //# treat this as a protocol error.
            //= https://www.rfc-editor.org/rfc/rfc4034#section-6.3
            //# If the implementation chooses to handle this protocol error in the spirit of the robustness principle
            //# (being liberal in what it accepts), it MUST remove all but one of the duplicate RR(s) for the purposes
            //# of calculating the canonical form of the RRset.
            if last.is_some_and(|last| last.of(laid_out) == span.of(laid_out)) {
                continue;
            }
            if let Some(place) = spans.get_mut(kept) {
                *place = span;
            }
            kept = kept.saturating_add(1);
        }
        Ok(Self { octets, records: kept })
    }

    /// What `rrsig` signs (RFC 4034 section 3.1.8.1): its own RDATA without the signature, and
    /// the records with the TTL that it states, under the owner that its labels field states.
    pub(crate) fn signed_data<'s>(
        &self,
        rrset: &Rrset<'_>,
        rrsig: &Rrsig<'_>,
        scratch: &'s mut Scratch<'_>,
    ) -> Result<&'s [u8], Exhausted> {
        let mut head = [0; MAX_NAME];
        let owner = signed_owner(rrset.owner(), rrsig.labels, &mut head).ok_or(Exhausted(Resource::Scratch))?;
        let mut out = Writer { memory: &mut scratch.octets, len: self.octets };
        out.put(rrsig.head())?;
        // RFC 6840 section 5.1: the signer's name is in lower case here too.
        out.put_name(&rrsig.signer)?;
        for span in scratch.spans.room(self.records)? {
            out.put(owner)?;
            out.put(&rrset.rtype().0.to_be_bytes())?;
            out.put(&rrset.class().0.to_be_bytes())?;
            //= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
            //# Each RR in the RRset MUST have the TTL listed in the RRSIG Original TTL Field;
            out.put(&rrsig.original_ttl.to_be_bytes())?;
            // RDATA of more than 65535 octets, uncompressed, cannot have been signed.
            let length = u16::try_from(span.len).map_err(|_| Exhausted(Resource::Scratch))?;
            out.put(&length.to_be_bytes())?;
            out.put_again(*span)?;
        }
        let end = out.len;
        Ok(scratch.octets.as_slice().get(self.octets..end).unwrap_or_default())
    }
}

impl Span {
    fn of(self, octets: &[u8]) -> &[u8] {
        octets.get(self.start..self.start.saturating_add(self.len)).unwrap_or_default()
    }
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.3
//# The value of the Labels field MUST NOT count either the null (root) label that terminates the owner name or the
//# wildcard label (if present).
/// Labels of an owner as the labels field counts them: a leading `*` does not count (RFC 4034
/// section 3.1.3).
pub(crate) fn signed_labels(owner: &Name<'_>) -> u8 {
    owner.label_count().saturating_sub(u8::from(owner.is_wildcard()))
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.2
//# A security-aware resolver's support for signature verification MUST include support for verification of wildcard
//# owner names.
/// The owner that was signed: of an answer that a wildcard made, the wildcard (RFC 4035
/// section 5.3.2). In canonical form, in `room`.
fn signed_owner<'r>(owner: Name<'_>, labels: u8, room: &'r mut [u8; MAX_NAME]) -> Option<&'r [u8]> {
    let written = if labels < signed_labels(&owner) {
        let (asterisk, rest) = room.split_first_chunk_mut::<2>()?;
        *asterisk = *b"\x01*";
        owner.ancestor(labels)?.write_canonical(rest)?.checked_add(asterisk.len())?
    } else {
        owner.write_canonical(room)?
    };
    room.get(..written)
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.8.1
//# Any DNS names in the RDATA field of each RR MUST be in canonical form; and
/// Writes RDATA with its names uncompressed and in lower case, where the type asks for it.
fn write_rdata(out: &mut Writer<'_, '_>, rtype: Type, rdata: Rdata<'_>) -> Result<(), FormError> {
    let layout = layout_of(rtype);
    if layout.is_empty() {
        return Ok(out.put(rdata.octets())?);
    }
    let mut reader = rdata.reader();
    let item = rtype.mnemonic().unwrap_or("RDATA");
    for field in layout {
        match field {
            Field::Octets(count) => out.put(reader.take(*count, item)?)?,
            Field::Text => {
                let length = reader.u8(item)?;
                out.put(&[length])?;
                out.put(reader.take(usize::from(length), item)?)?;
            }
            Field::Name(compression) => out.put_name(&Name::read(&mut reader, *compression)?)?,
            Field::Rest => out.put(reader.take_rest())?,
            Field::A6Prefix => {
                if !write_a6_prefix(out, &mut reader, item)? {
                    break;
                }
            }
        }
    }
    Ok(reader.finish(item)?)
}

/// Lays RDATA that lie alone out in canonical form, in place: without compression only letters change.
#[cfg(feature = "zone")]
pub(crate) fn lower_names(rtype: Type, rdata: &mut [u8]) -> Result<(), ParseError> {
    let layout = match rtype {
        // RFC 6840 section 5.1: the signer's name, but not the next name of an NSEC record.
        Type::RRSIG => &[Field::Octets(18), Field::Name(Compression::Forbidden), Field::Rest],
        rtype => layout_of(rtype),
    };
    if layout.is_empty() {
        return Ok(());
    }
    let item = rtype.mnemonic().unwrap_or("RDATA");
    let mut at = 0_usize;
    for field in layout {
        let mut reader = Reader::window(rdata, at, rdata.len());
        let mut name = None;
        match field {
            Field::Octets(count) => {
                reader.take(*count, item)?;
            }
            Field::Text => {
                let length = reader.u8(item)?;
                reader.take(usize::from(length), item)?;
            }
            Field::Name(_) => {
                Name::read(&mut reader, Compression::Forbidden)?;
                name = Some(reader.position());
            }
            Field::Rest => {
                reader.take_rest();
            }
            Field::A6Prefix => {
                let prefix = reader.u8(item)?;
                let suffix_bits =
                    128_u8.checked_sub(prefix).ok_or(ParseError::new(ParseErrorKind::BadValue, item, at))?;
                reader.take(usize::from(suffix_bits.div_ceil(8)), item)?;
                if prefix == 0 {
                    return reader.finish(item);
                }
            }
        }
        let start = core::mem::replace(&mut at, reader.position());
        if let Some(name) = name.and_then(|end| rdata.get_mut(start..end)) {
            // The lengths of labels are no letters: they are below 64.
            name.make_ascii_lowercase();
        }
    }
    Reader::window(rdata, at, rdata.len()).finish(item)
}

/// Writes the prefix length and address suffix of an A6 record; whether a name follows.
fn write_a6_prefix(out: &mut Writer<'_, '_>, reader: &mut Reader<'_>, item: &'static str) -> Result<bool, FormError> {
    let at = reader.position();
    let prefix = reader.u8(item)?;
    let suffix_bits = 128_u8.checked_sub(prefix).ok_or(ParseError::new(ParseErrorKind::BadValue, item, at))?;
    out.put(&[prefix])?;
    out.put(reader.take(usize::from(suffix_bits.div_ceil(8)), item)?)?;
    Ok(prefix != 0)
}

struct Writer<'w, 's> {
    memory: &'w mut Memory<'s, u8>,
    len: usize,
}

impl Writer<'_, '_> {
    /// Room for `count` more octets.
    fn next(&mut self, count: usize) -> Result<&mut [u8], Exhausted> {
        let start = self.len;
        self.len = start.checked_add(count).ok_or(Exhausted(Resource::Scratch))?;
        Ok(self.memory.room(self.len)?.get_mut(start..).unwrap_or_default())
    }

    fn put(&mut self, octets: &[u8]) -> Result<(), Exhausted> {
        self.next(octets.len())?.copy_from_slice(octets);
        Ok(())
    }

    fn put_name(&mut self, name: &Name<'_>) -> Result<(), Exhausted> {
        name.write_canonical(self.next(name.wire_len())?).map(|_| ()).ok_or(Exhausted(Resource::Scratch))
    }

    /// Writes once more what lies earlier in the same memory.
    fn put_again(&mut self, span: Span) -> Result<(), Exhausted> {
        let start = self.len;
        self.next(span.len)?;
        let source_end = span.start.saturating_add(span.len);
        let (earlier, place) =
            self.memory.room(self.len)?.split_at_mut_checked(start).ok_or(Exhausted(Resource::Scratch))?;
        if let Some(source) = earlier.get(span.start..source_end) {
            place.copy_from_slice(source);
        }
        Ok(())
    }
}
