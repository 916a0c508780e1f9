//! Messages that are written: queries, and responses of which a part is kept.

use alloc::vec::Vec;

use super::{Field, Question, Record, layout_of};
use crate::codes::Type;
use crate::name::Name;

/// A query for one question, with EDNS (RFC 6891): signatures are welcome (RFC 3225), and the server is to judge
/// nothing by itself (CD, RFC 4035 section 3.2.2).
///
/// ```
/// use dnsproof::codes::Type;
/// use dnsproof::name::NameBuf;
/// use dnsproof::wire::{Message, Query, Question};
///
/// let name: NameBuf = "example.com".parse()?;
/// let octets = Query::new(0x1234).write(&Question::new(name.as_name(), Type::SRV));
/// let query = Message::parse(&octets)?;
/// assert!(query.header().checking_disabled() && query.opt().unwrap().dnssec_ok);
/// assert_eq!((query.header().id, query.question().unwrap().to_string().as_str()), (0x1234, "example.com. SRV"));
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The number by which the response is found.
    pub id: u16,
    /// Octets that a response over UDP may have.
    pub udp_payload_size: u16,
    /// The length of the query is made a multiple of this, so that it says less over an encrypted transport
    /// (RFC 7830; RFC 8467 section 4.1 has 128); 0 for as short as it can be.
    pub block: u16,
}

impl Query {
    /// Octets over UDP that pass nearly every path in one piece.
    pub const UDP_PAYLOAD_SIZE: u16 = 1232;

    /// With this number, [1232](Self::UDP_PAYLOAD_SIZE) octets, and without padding.
    #[must_use]
    pub const fn new(id: u16) -> Self {
        Self { id, udp_payload_size: Self::UDP_PAYLOAD_SIZE, block: 0 }
    }

    /// The message.
    #[must_use]
    pub fn write(&self, question: &Question<'_>) -> Vec<u8> {
        /// RD and CD.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-4.6
        //# A security-aware resolver MUST clear the AD bit when composing query messages to protect against buggy name
        //# servers that blindly copy header bits that they do not understand from the query message to the response
        //# message.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.2
        //# A validating security-aware stub resolver SHOULD set the CD bit
        //= https://www.rfc-editor.org/rfc/rfc6840#section-5.9
        //# This document further specifies that validating resolvers SHOULD set the CD bit on every upstream query.
        const FLAGS: u16 = 0x0110;
        const PADDING: u16 = 12;
        let mut out = header(self.id, FLAGS, [1, 0, 0, 1]);
        write_question(&mut out, question);
        // The OPT record: the root, the type, the payload size, no extended code, version 0, DO.
        out.push(0);
        //= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
        //# A security-aware resolver MUST include an EDNS ([RFC2671]) OPT pseudo-RR with the DO ([RFC3225]) bit set
        //# when sending queries.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
        //# A security-aware resolver MUST support a message size of at least 1220 octets, SHOULD support a message size
        //# of 4000 octets, and MUST use the "sender's UDP payload size" field in the EDNS OPT pseudo-RR to advertise
        //# the message size that it is willing to accept.
        //= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.1
        //# A validating security-aware stub resolver MUST set the DO bit, because otherwise it will not receive the
        //# DNSSEC RRs it needs to perform signature validation.
        for word in [Type::OPT.0, self.udp_payload_size, 0, 0x8000] {
            out.extend(word.to_be_bytes());
        }
        let padded = usize::from(self.block).checked_sub(1).and_then(|_| {
            let len = out.len().checked_add(6)?;
            let short = len.checked_next_multiple_of(self.block.into())?.checked_sub(len)?;
            u16::try_from(short).ok()
        });
        match padded {
            None => out.extend([0, 0]),
            Some(octets) => {
                for word in [octets.saturating_add(4), PADDING, octets] {
                    out.extend(word.to_be_bytes());
                }
                out.resize(out.len().saturating_add(octets.into()), 0);
            }
        }
        out
    }
}

/// A header, with these counts.
pub(crate) fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
    [id, flags].iter().chain(&counts).flat_map(|word| word.to_be_bytes()).collect()
}

pub(crate) fn write_question(out: &mut Vec<u8>, question: &Question<'_>) {
    out.extend(question.name.to_buf().as_wire());
    out.extend(question.rtype.0.to_be_bytes());
    out.extend(question.class.0.to_be_bytes());
}

/// RDATA with its names in full; `None` if it does not fit its type.
pub(crate) fn rdata_in_full(record: &Record<'_>) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    let layout = layout_of(record.rtype);
    let mut reader = record.rdata.reader();
    for field in layout {
        match field {
            Field::Octets(count) => out.extend(reader.take(*count, "RDATA").ok()?),
            Field::Name(compression) => {
                out.extend(Name::read(&mut reader, *compression).ok()?.to_buf().as_wire());
            }
            Field::Text => {
                let length = reader.u8("RDATA").ok()?;
                out.push(length);
                out.extend(reader.take(usize::from(length), "RDATA").ok()?);
            }
            // The name of an A6 record is never compressed.
            Field::A6Prefix | Field::Rest => {
                out.extend(reader.take_rest());
                break;
            }
        }
    }
    if layout.is_empty() {
        out.extend(record.rdata.octets());
    } else {
        reader.finish("RDATA").ok()?;
    }
    Some(out)
}

//= https://www.rfc-editor.org/rfc/rfc9102#section-3
//# If DNS response messages contain any domain names utilizing name compression [RFC1035], then they MUST be
//# uncompressed prior to inclusion in the chain.
/// The record with its names in full. See [`rdata_in_full`].
pub(crate) fn record_in_full(record: &Record<'_>) -> Option<Vec<u8>> {
    let rdata = rdata_in_full(record)?;
    let mut out = record.owner.to_buf().as_wire().to_vec();
    out.extend(record.rtype.0.to_be_bytes());
    out.extend(record.class.0.to_be_bytes());
    out.extend(record.ttl.to_be_bytes());
    out.extend(u16::try_from(rdata.len()).ok()?.to_be_bytes());
    out.extend(rdata);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameBuf;
    use crate::wire::Message;

    #[test]
    fn padding_fills_blocks() {
        for name in [".", "a.example.", "a-rather-long-label-of-a-name.that-goes-on-and-on.and-on.example."] {
            let name: NameBuf = name.parse().unwrap();
            for block in [0, 1, 2, 128, 468] {
                let octets = Query { block, ..Query::new(7) }.write(&Question::new(name.as_name(), Type::TLSA));
                let query = Message::parse(&octets).unwrap();
                assert!(query.header().recursion_desired() && query.opt().is_some());
                assert!(block == 0 || octets.len().is_multiple_of(block.into()), "{} {block}", octets.len());
            }
        }
    }
}
