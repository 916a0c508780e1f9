//! Messages from records as text: the RFCs print zones and `dig` output, the kernel reads
//! messages.

use dnsproof::codes::Type;
use dnsproof::name::NameBuf;
use dnsproof::wire::rdata::Rrsig;
use dnsproof::zonefile::{self, OwnedRecord};

/// The records of a master file below `vectors/`.
pub fn records(path: &str) -> Vec<OwnedRecord> {
    let records = zonefile::parse(&super::read(path), None).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(!records.is_empty(), "{path} has records");
    records
}

/// The record on the wire, no name compressed.
pub fn encode(record: &OwnedRecord) -> Vec<u8> {
    let mut out = record.owner.as_wire().to_vec();
    out.extend(record.rtype.0.to_be_bytes());
    out.extend(record.class.0.to_be_bytes());
    out.extend(record.ttl.to_be_bytes());
    out.extend(u16::try_from(record.rdata.len()).unwrap().to_be_bytes());
    out.extend(&record.rdata);
    out
}

/// A response before it is octets: answer, authority and additional section.
#[derive(Clone, Debug)]
pub struct Response {
    pub name: NameBuf,
    pub rtype: Type,
    pub rcode: u16,
    pub authoritative: bool,
    pub sections: [Vec<OwnedRecord>; 3],
}

impl Response {
    pub fn new(name: NameBuf, rtype: Type) -> Self {
        Self { name, rtype, rcode: 0, authoritative: true, sections: Default::default() }
    }

    /// With QR, and with an OPT record that has DO, as an answer to a validator has it.
    pub fn encode(&self) -> Vec<u8> {
        let count = |section: usize| u16::try_from(self.sections[section].len()).unwrap();
        let flags = 0x8000 | u16::from(self.authoritative) << 10;
        let words = [0, flags | self.rcode, 1, count(0), count(1), count(2) + 1];
        let mut out: Vec<u8> = words.into_iter().flat_map(u16::to_be_bytes).collect();
        out.extend(self.name.as_wire());
        out.extend(self.rtype.0.to_be_bytes());
        out.extend([0, 1]);
        out.extend(self.sections.iter().flatten().flat_map(encode));
        out.extend([0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0]);
        out
    }
}

/// One response for each RRset, with the signatures that cover it.
pub fn responses(records: &[OwnedRecord]) -> Vec<Response> {
    let mut out: Vec<Response> = Vec::new();
    for record in records.iter().filter(|record| record.rtype != Type::RRSIG) {
        match out.iter_mut().find(|response| response.name == record.owner && response.rtype == record.rtype) {
            Some(response) => response.sections[0].push(record.clone()),
            None => {
                let mut response = Response::new(record.owner, record.rtype);
                response.sections[0].push(record.clone());
                out.push(response);
            }
        }
    }
    for signature in records.iter().filter(|record| record.rtype == Type::RRSIG) {
        let covered = rrsig(signature).type_covered;
        let over = |response: &&mut Response| response.name == signature.owner && response.rtype == covered;
        if let Some(response) = out.iter_mut().find(over) {
            response.sections[0].push(signature.clone());
        }
    }
    out
}

pub fn rrsig(record: &OwnedRecord) -> Rrsig<'_> {
    record.as_record().view().unwrap()
}

/// The response in a `.dig` file; `vectors/rfc/README.md` has the format.
pub fn dig(path: &str) -> Response {
    let text = super::read(path);
    let value = |key: &str| text.split_once(key).unwrap_or_else(|| panic!("{path}: {key}")).1;
    let question: Vec<&str> = value(";; QUESTION SECTION:\n;").lines().next().unwrap().split(' ').collect();
    let [name, "IN", rtype] = question[..] else { panic!("{path}: {question:?}") };
    let mut response = Response::new(name.parse().unwrap(), Type::from_mnemonic(rtype).unwrap());
    response.rcode = match value("status: ").split(',').next() {
        Some("NOERROR") => 0,
        Some("NXDOMAIN") => 3,
        other => panic!("{path}: {other:?}"),
    };
    response.authoritative = value("flags: ").split(';').next().unwrap().split(' ').any(|flag| flag == "aa");
    for (index, section) in ["ANSWER", "AUTHORITY", "ADDITIONAL"].into_iter().enumerate() {
        let stated: usize = value(&format!(" {section}: ")).split([',', '\n']).next().unwrap().parse().unwrap();
        if let Some((_, rest)) = text.split_once(&format!(";; {section} SECTION:\n")) {
            let lines = rest.split("\n\n").next().unwrap();
            response.sections[index] = zonefile::parse(lines, None).unwrap();
        }
        let opt = usize::from(section == "ADDITIONAL");
        assert_eq!(response.sections[index].len() + opt, stated, "{path}: records in {section}");
    }
    response
}

/// The value of a `; key: value` comment of a file below `vectors/`.
pub fn comment(path: &str, key: &str) -> String {
    let start = format!("; {key}: ");
    let text = super::read(path);
    let line = text.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{path} has a comment {key}")).to_owned()
}

/// When all signatures of a file hold: the first and the last second.
pub fn window(path: &str) -> (u64, u64) {
    let valid = comment(path, "valid");
    let words: Vec<&str> = valid.split(' ').collect();
    (words[0].parse().unwrap(), words[2].parse().unwrap())
}
