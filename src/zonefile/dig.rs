//! Responses as `dig` and `kdig` print them.

use alloc::vec::Vec;

use super::error::{Error, ErrorKind};
use super::parse::parse;
use crate::codes::{Class, Opcode, Rcode, Type};
use crate::name::NameBuf;

/// What a line of a printed response belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    Question,
    Records(usize),
}

/// A response that is being read.
#[derive(Default)]
struct Response {
    line: usize,
    id: u16,
    flags: u16,
    question: Option<(NameBuf, Type, Class)>,
    /// Answer, authority, additional: octets and number of the records.
    sections: [(Vec<u8>, u16); 3],
}

/// The header's flags and their bits (RFC 1035 section 4.1.1, RFC 4035 section 3).
const FLAGS: [(&str, u16); 7] =
    [("qr", 1 << 15), ("aa", 1 << 10), ("tc", 1 << 9), ("rd", 1 << 8), ("ra", 1 << 7), ("ad", 1 << 5), ("cd", 1 << 4)];

/// Whether this is such a text.
#[must_use]
pub fn is_dig(text: &str) -> bool {
    text.lines().any(|line| line.starts_with(";; ->>HEADER<<-"))
}

/// Reads the responses that `dig +dnssec` or `kdig +dnssec` has printed, one or many, and gives
/// each as octets. Names are not compressed, and the OPT record is left out.
///
/// ```
/// use dnsproof::wire::{Message, Section};
/// use dnsproof::zonefile::parse_dig;
///
/// let text = "\
/// ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 17
/// ;; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0
/// ;; QUESTION SECTION:
/// ;example.com. IN MX
/// ;; ANSWER SECTION:
/// example.com. 300 IN MX 10 mail.example.com.
/// ";
/// let octets = parse_dig(text)?.swap_remove(0);
/// let message = Message::parse(&octets).unwrap();
/// assert_eq!(message.question().unwrap().to_string(), "example.com. MX");
/// assert_eq!(message.records(Section::Answer).count(), 1);
/// # Ok::<(), dnsproof::zonefile::Error>(())
/// ```
///
/// # Errors
/// If a line cannot be read as what its section holds, or if a response has no question. The
/// error says where.
pub fn parse_dig(text: &str) -> Result<Vec<Vec<u8>>, Error> {
    let mut out = Vec::new();
    let mut response: Option<Response> = None;
    let mut part = Part::Nothing;
    let mut lines = text.lines().enumerate().map(|(index, line)| (index.saturating_add(1), line)).peekable();
    while let Some((number, line)) = lines.next() {
        let error = |kind| Error { line: number, column: 1, kind };
        if let Some(header) = line.strip_prefix(";; ->>HEADER<<-") {
            out.extend(response.take().map(Response::encode).transpose()?);
            response = Some(Response::new(number, header).ok_or(error(ErrorKind::Expected("opcode, status and id")))?);
            part = Part::Nothing;
            continue;
        }
        let Some(response) = &mut response else { continue };
        if let Some(flags) = line.strip_prefix(";; flags:").or_else(|| line.strip_prefix(";; Flags:")) {
            let words = flags.split(';').next().unwrap_or_default().split_whitespace();
            response.flags |= words.filter_map(flag).fold(0, |all, flag| all | flag);
        } else if let Some(title) = line.strip_prefix(";; ").and_then(|title| title.strip_suffix("SECTION:")) {
            part = match title.trim_end() {
                "QUESTION" => Part::Question,
                "ANSWER" => Part::Records(0),
                "AUTHORITY" => Part::Records(1),
                "ADDITIONAL" => Part::Records(2),
                _ => Part::Nothing,
            };
        } else if line.trim().is_empty() {
            part = Part::Nothing;
        } else if part == Part::Question {
            let question = question(line.trim_start_matches(';').trim());
            response.question = Some(question.ok_or(error(ErrorKind::Expected("a name, a class and a type")))?);
            part = Part::Nothing;
        } else if let Part::Records(section) = part
            && !line.starts_with(';')
        {
            // A record may go on over several lines, in parentheses.
            let mut block = alloc::string::String::from(line);
            while let Some((_, more)) = lines.next_if(|(_, more)| !more.trim().is_empty() && !more.starts_with(";;")) {
                block.push('\n');
                block.push_str(more);
            }
            let records = parse(&block, None)
                .map_err(|error| Error { line: error.line.saturating_add(number).saturating_sub(1), ..error })?;
            for record in records {
                if let Some((octets, count)) = response.sections.get_mut(section) {
                    octets.extend_from_slice(record.owner.as_wire());
                    octets.extend_from_slice(&record.rtype.0.to_be_bytes());
                    octets.extend_from_slice(&record.class.0.to_be_bytes());
                    octets.extend_from_slice(&record.ttl.to_be_bytes());
                    let length = u16::try_from(record.rdata.len()).map_err(|_| error(ErrorKind::TooLong))?;
                    octets.extend_from_slice(&length.to_be_bytes());
                    octets.extend_from_slice(&record.rdata);
                    *count = count.checked_add(1).ok_or(error(ErrorKind::TooLong))?;
                }
            }
        }
    }
    out.extend(response.map(Response::encode).transpose()?);
    Ok(out)
}

impl Response {
    /// From the rest of the header's line: `dig` writes commas, `kdig` semicolons.
    fn new(line: usize, header: &str) -> Option<Self> {
        let (mut opcode, mut status, mut id) = (None, None, None);
        for (key, value) in header.split([',', ';']).filter_map(|field| field.split_once(':')) {
            let value = value.trim();
            match key.trim() {
                "opcode" => opcode = Opcode::from_mnemonic(value),
                "status" => status = Rcode::from_mnemonic(value),
                "id" => id = value.parse().ok(),
                _ => {}
            }
        }
        // Codes above 15 need the OPT record, which is left out; a server failure stands for them.
        let rcode = status.map(|status| if status.0 > 15 { Rcode::SERVFAIL } else { status })?;
        let flags = u16::from(opcode?.0 & 0b1111) << 11 | rcode.0;
        Some(Self { line, id: id?, flags, ..Self::default() })
    }

    fn encode(self) -> Result<Vec<u8>, Error> {
        let missing = Error { line: self.line, column: 1, kind: ErrorKind::Expected("a response with its question") };
        let (name, rtype, class) = self.question.ok_or(missing)?;
        let mut octets = Vec::new();
        let [answer, authority, additional] = &self.sections;
        for word in [self.id, self.flags, 1, answer.1, authority.1, additional.1] {
            octets.extend_from_slice(&word.to_be_bytes());
        }
        octets.extend_from_slice(name.as_wire());
        octets.extend_from_slice(&rtype.0.to_be_bytes());
        octets.extend_from_slice(&class.0.to_be_bytes());
        self.sections.iter().for_each(|(records, _)| octets.extend_from_slice(records));
        Ok(octets)
    }
}

fn flag(word: &str) -> Option<u16> {
    FLAGS.iter().find(|(name, _)| *name == word).map(|(_, bit)| *bit)
}

/// `example.com. IN MX`
fn question(text: &str) -> Option<(NameBuf, Type, Class)> {
    let mut words = text.split_whitespace();
    let (name, class, rtype) = (words.next()?, words.next()?, words.next()?);
    Some((name.parse().ok()?, Type::from_mnemonic(rtype)?, Class::from_mnemonic(class)?))
}
