//! The kernel's verdict beside the reference's judgement.

use dnsproof::chain::{Content, Secure, Verdict};
use dnsproof::codes::Type;
use dnsproof::zonefile;

use super::validator::name::Name;
use super::validator::{Judgement, Kind, Proved, canonical};

/// The anchors of a master file, as the reference takes them.
#[allow(dead_code)]
pub fn anchors(text: &str) -> Vec<(Vec<u8>, u16, Vec<u8>)> {
    let records = zonefile::parse(text, None).unwrap();
    let anchors = records.into_iter().filter(|record| matches!(record.rtype, Type::DS | Type::DNSKEY));
    anchors.map(|record| (record.owner.as_wire().to_vec(), record.rtype.0, record.rdata)).collect()
}

/// What the kernel says, in the reference's form. Of a name without records it does not say which name it is.
fn said(secure: &Secure<'_>) -> Proved {
    let wire = |name: dnsproof::name::Name<'_>| Name::from_wire(name.to_buf().as_wire()).unwrap();
    let kind = match secure.content() {
        Content::Records(_) => Kind::Records,
        Content::NoData => Kind::NoData,
        Content::NameError => Kind::NameError,
    };
    let (mut name, mut records) = (Name::ROOT, Vec::new());
    for record in secure.answer().into_iter().flat_map(|answer| answer.records()) {
        name = wire(record.owner);
        for printed in zonefile::parse(&record.to_string(), None).unwrap() {
            records.push(canonical::rdata(printed.rtype.0, &printed.rdata, 0, printed.rdata.len()).unwrap());
        }
    }
    records.sort();
    records.dedup();
    Proved { kind, name, records, aliases: secure.aliases().map(wire).collect() }
}

/// How the two stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The kernel proves what the reference proves too, or neither proves anything.
    Same { proved: bool },
    /// The kernel proves what the reference does not.
    Unsupported(String),
    /// The reference proves something where the kernel proves nothing.
    Missed(String),
}

pub fn compare(verdict: &Verdict<'_>, judgement: &Judgement) -> Comparison {
    match verdict {
        Verdict::Secure(secure) => {
            let said = said(secure);
            let same = |proved: &&Proved| {
                let name_is_known = proved.kind == Kind::Records;
                proved.kind == said.kind
                    && proved.records == said.records
                    && proved.aliases == said.aliases
                    && (!name_is_known || proved.name == said.name)
            };
            match judgement.secure.iter().find(same) {
                Some(_) => Comparison::Same { proved: true },
                None => Comparison::Unsupported(format!("Secure with {said:?}, and not {judgement:?}")),
            }
        }
        Verdict::Insecure(_) if judgement.insecure => Comparison::Same { proved: true },
        Verdict::Insecure(reason) => Comparison::Unsupported(format!("Insecure by {reason}, and not {judgement:?}")),
        Verdict::Bogus(reason) | Verdict::Indeterminate(reason) => match judgement.is_empty() {
            true => Comparison::Same { proved: false },
            false => Comparison::Missed(format!(
                "{} by {} ({reason}), and not {judgement:?}",
                verdict.as_str(),
                reason.code().as_str()
            )),
        },
    }
}
