//! A message: header, questions and three sections of records.

use core::fmt;
use core::num::NonZero;

use super::rdata::Opt;
use super::record::{Owners, Record};
use crate::codes::{Class, Opcode, Rcode, Type};
use crate::error::{ParseError, ParseErrorKind};
use crate::name::{Compression, Name, Shape};
use crate::read::Reader;

/// Octets in the longest message: the length over TCP has 16 bits (RFC 1035 section 4.2.2).
const MAX_MESSAGE: usize = 65_535;
const HEADER: usize = 12;
/// Where the question begins: behind the header.
const QUESTION: u32 = 12;

/// The header of a message without its counts (RFC 1035 section 4.1.1, RFC 6895 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number by which a response finds its query.
    pub id: u16,
    flags: u16,
}

impl Header {
    const fn has(self, bit: u16) -> bool {
        self.flags & bit != 0
    }

    /// QR: this is a response.
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.has(0x8000)
    }

    /// The kind of query.
    #[must_use]
    pub fn opcode(self) -> Opcode {
        let [high, _] = self.flags.to_be_bytes();
        Opcode(high >> 3 & 0b1111)
    }

    /// AA: the server speaks for the zone.
    #[must_use]
    pub const fn is_authoritative(self) -> bool {
        self.has(0x0400)
    }

    /// TC: there was more than fits.
    #[must_use]
    pub const fn is_truncated(self) -> bool {
        self.has(0x0200)
    }

    /// RD: recursion was desired.
    #[must_use]
    pub const fn recursion_desired(self) -> bool {
        self.has(0x0100)
    }

    /// RA: the server recurses.
    #[must_use]
    pub const fn recursion_available(self) -> bool {
        self.has(0x0080)
    }

    /// AD: the sender claims to have validated (RFC 4035 section 3.2.3). This crate never
    /// believes it.
    #[must_use]
    pub const fn authentic_data(self) -> bool {
        self.has(0x0020)
    }

    /// CD: validation was not wanted (RFC 4035 section 3.2.2).
    #[must_use]
    pub const fn checking_disabled(self) -> bool {
        self.has(0x0010)
    }

    /// The lower four bits of the response code; [`Message::rcode`] has all twelve.
    #[must_use]
    pub fn rcode(self) -> Rcode {
        Rcode(self.flags & 0b1111)
    }
}

/// One of the three sections that hold records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Name servers, and proofs that something does not exist.
    Authority,
    /// Addresses, and the OPT record.
    Additional,
}

/// What is asked, or was: a name, a type and a class.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question<'a> {
    /// The name.
    pub name: Name<'a>,
    /// The type.
    pub rtype: Type,
    /// The class.
    pub class: Class,
}

impl<'a> Question<'a> {
    /// A question in class IN.
    #[must_use]
    pub const fn new(name: Name<'a>, rtype: Type) -> Self {
        Self { name, rtype, class: Class::IN }
    }
}

/// `www.example.com. A`, and the class where it is not IN.
impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.class {
            Class::IN => write!(f, "{} {}", self.name, self.rtype),
            class => write!(f, "{} {class} {}", self.name, self.rtype),
        }
    }
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A message that has been walked once from end to end.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    octets: &'a [u8],
    plan: Plan,
}

/// Where the parts of a message lie. It holds no octets, so that an owner of messages can keep
/// it beside them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    header: Header,
    questions: u16,
    /// The question, if there is exactly one.
    question: Option<(Shape, Type, Class)>,
    /// The response code, with the upper bits of the OPT record.
    rcode: Rcode,
    /// Where the records of each section begin, and how many there are. Positions are below 65536.
    sections: [(u16, u16); 3],
    /// Where the OPT record lies: behind the header at least.
    opt: Option<NonZero<u16>>,
    /// What it costs to look through the records: 1 for each, and more where pointers spell out long names.
    weight: u16,
    /// No message, but records.
    loose: bool,
}

impl<'a> Message<'a> {
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
    //# A security-aware resolver MUST support a message size of at least 1220 octets, SHOULD support a message size of
    //# 4000 octets, and MUST use the "sender's UDP payload size" field in the EDNS OPT pseudo-RR to advertise the
    //# message size that it is willing to accept.
    //= https://www.rfc-editor.org/rfc/rfc4035#section-4.9
    //# A security-aware stub resolver MUST support the DNSSEC RR types, at least to the extent of not mishandling
    //# responses just because they contain DNSSEC RRs.
    /// Walks the message: header, counts, every name and the length of every RDATA.
    ///
    /// # Errors
    /// If it is shorter than its counts say or longer than its records, if a name is
    /// malformed, if it exceeds 65535 octets, or if there are two OPT records, or one that is
    /// malformed or not in the additional section (RFC 6891 section 6.1.1).
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(octets);
        if octets.len() > MAX_MESSAGE {
            return Err(ParseError::new(ParseErrorKind::TrailingOctets, "message", MAX_MESSAGE));
        }
        let [id, flags, questions, answers, authorities, additional] = {
            let mut words = [0; 6];
            for word in &mut words {
                *word = reader.u16("header")?;
            }
            words
        };
        let mut question = None;
        for _ in 0..questions {
            let Question { name, rtype, class } = read_question(&mut reader)?;
            question = Some((name.shape(), rtype, class)).filter(|_| questions == 1);
        }
        let header = Header { id, flags };
        let (rcode, sections) = (header.rcode(), [(0, 0); 3]);
        let mut plan = Plan { header, questions, question, rcode, sections, opt: None, weight: 0, loose: false };
        let mut owners = Owners::behind(question.map(|(shape, ..)| shape));
        let sections =
            [(Section::Answer, answers), (Section::Authority, authorities), (Section::Additional, additional)];
        for (place, (section, count)) in plan.sections.iter_mut().zip(sections) {
            *place = (position(&reader)?, count);
            for _ in 0..count {
                let at = position(&reader)?;
                let record = Record::read_behind(&mut reader, &mut owners)?;
                if record.rtype != Type::OPT {
                    continue;
                }
                if plan.opt.is_some() || section != Section::Additional {
                    return Err(ParseError::new(ParseErrorKind::Contradiction, "OPT", at.into()));
                }
                let upper = u16::from(Opt::from_record(&record)?.extended_rcode);
                (plan.opt, plan.rcode) = (NonZero::new(at), Rcode(upper << 4 | header.rcode().0));
            }
        }
        reader.finish("message")?;
        let records = answers.saturating_add(authorities).saturating_add(additional);
        plan.weight = records.saturating_add(owners.weight());
        Ok(Self { octets, plan })
    }

    /// Records one after another with no message around them and no compressed names, as a response that answers
    /// whatever they answer. Each of them lies in the answer and in the authority section.
    ///
    /// # Errors
    /// If there is none, if one is malformed or cut short, if a name is compressed, or if they exceed 65535 octets.
    pub(crate) fn of_records(octets: &'a [u8]) -> Result<Self, ParseError> {
        const QR: u16 = 0x8000;
        let mut reader = Reader::new(octets);
        if octets.len() > MAX_MESSAGE {
            return Err(ParseError::new(ParseErrorKind::TrailingOctets, "records", MAX_MESSAGE));
        }
        let mut count = 0_u16;
        loop {
            Name::read(&mut reader.clone(), Compression::Forbidden)?;
            Record::read(&mut reader)?.forbids_compression()?;
            count = count.saturating_add(1);
            if reader.is_empty() {
                break;
            }
        }
        let header = Header { id: 0, flags: QR };
        let (rcode, sections) = (Rcode::NOERROR, [(0, count), (0, count), (0, 0)]);
        Ok(Self {
            octets,
            plan: Plan { header, questions: 0, question: None, rcode, sections, opt: None, weight: count, loose: true },
        })
    }

    /// Whether this is no message, but [records](Self::of_records).
    pub(crate) const fn is_loose(&self) -> bool {
        self.plan.loose
    }

    /// What it costs to look through the records once.
    pub(crate) const fn weight(&self) -> u16 {
        self.plan.weight
    }

    /// The same message again, from octets that [`parse`](Self::parse) has made this plan for.
    #[cfg(feature = "alloc")]
    pub(crate) const fn with_plan(octets: &'a [u8], plan: Plan) -> Self {
        Self { octets, plan }
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn plan(&self) -> Plan {
        self.plan
    }

    /// The octets that it was parsed from.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The header without its counts.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.plan.header
    }

    /// The response code, with the upper eight bits of the OPT record (RFC 6891 section 6.1.3).
    #[must_use]
    pub const fn rcode(&self) -> Rcode {
        self.plan.rcode
    }

    /// The questions. A response repeats the one question of its query.
    pub fn questions(&self) -> impl Iterator<Item = Question<'a>> + use<'a> {
        let mut reader = Reader::window(self.octets, HEADER, self.octets.len());
        (0..self.plan.questions).map_while(move |_| read_question(&mut reader).ok())
    }

    /// The question, if there is exactly one.
    #[must_use]
    pub fn question(&self) -> Option<Question<'a>> {
        let (shape, rtype, class) = self.plan.question?;
        Some(Question { name: Name::of_shape(self.octets, QUESTION, shape), rtype, class })
    }

    /// The records of a section, in the order in which they lie.
    #[must_use]
    pub fn records(&self, section: Section) -> Records<'a> {
        let [answer, authority, additional] = self.plan.sections;
        let (start, left) = match section {
            Section::Answer => answer,
            Section::Authority => authority,
            Section::Additional => additional,
        };
        let owners = Owners::behind(self.plan.question.map(|(shape, ..)| shape));
        Records { reader: Reader::window(self.octets, usize::from(start), self.octets.len()), left, owners }
    }

    /// The EDNS record with its options, if there is one (RFC 6891).
    #[must_use]
    pub fn opt(&self) -> Option<Opt<'a>> {
        let mut reader = Reader::window(self.octets, usize::from(self.plan.opt?.get()), self.octets.len());
        Opt::from_record(&Record::read(&mut reader).ok()?).ok()
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [answer, authority, additional] = self.plan.sections;
        f.debug_struct("Message")
            .field("question", &self.question())
            .field("rcode", &self.rcode())
            .field("records", &(answer.1, authority.1, additional.1))
            .finish()
    }
}

/// Where a reader of a message stands.
fn position(reader: &Reader<'_>) -> Result<u16, ParseError> {
    u16::try_from(reader.position()).map_err(|_| reader.error(ParseErrorKind::TrailingOctets, "message"))
}

fn read_question<'a>(reader: &mut Reader<'a>) -> Result<Question<'a>, ParseError> {
    let name = Name::read(reader, Compression::Allowed)?;
    Ok(Question { name, rtype: Type(reader.u16("question")?), class: Class(reader.u16("question")?) })
}

/// The records of one section.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    reader: Reader<'a>,
    left: u16,
    owners: Owners,
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        self.left = self.left.checked_sub(1)?;
        // `Message::parse` has read every record before.
        Record::read_behind(&mut self.reader, &mut self.owners).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for Records<'_> {}
