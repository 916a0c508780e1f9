//! Files of trust anchors, in the forms that programs give them.

mod bind;
mod records;
mod unbound;
#[cfg(feature = "xml")]
mod xml;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::trust_point::TrustPoint;
use super::{Anchors, Entry, Flaw, Source};
use crate::codes::{DigestType, Type};
use crate::crypto::Backend;
use crate::time::Time;
use crate::zonefile::{self, ErrorKind};

/// The root zone's trust anchors as IANA publishes them (RFC 9718): keys 20326 and 38696, as
/// text for [`Anchors::parse`]. Nothing uses them unless you do. Good as of [`IANA_DATE`].
pub const IANA: &str = include_str!("../../../vectors/anchors/root-anchors.ds");

/// When [`IANA`] was last compared with what the root zone publishes: 2026-11-23. IANA announces
/// changes of these keys years ahead, but a program that is much older than this should not rely
/// on it.
pub const IANA_DATE: Time = Time(1_795_392_000);

/// The form of a file of trust anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// DS and DNSKEY records as a master file has them (RFC 1035 section 5): also the key files
    /// of signers (`K*.key`), Knot Resolver's `root.keys`, systemd's `.positive` files, and lists
    /// for many zones as the interim registry published them.
    Records,
    /// `trust-anchors`, `managed-keys` and `trusted-keys` of BIND's `named.conf`.
    Bind,
    /// `trust-anchor:` and `domain-insecure:` lines of `unbound.conf`.
    Unbound,
    /// The state of RFC 5011 as Unbound keeps it: see [`TrustPoint`].
    Autotrust,
    /// Names without keys, a line each, below which nothing is to be validated: systemd's
    /// `.negative` files.
    Negative,
    /// IANA's `root-anchors.xml` (RFC 9718, RFC 7958). Feature `xml`.
    Xml,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Records, Self::Bind, Self::Unbound, Self::Autotrust, Self::Negative, Self::Xml];

    /// A word for programs and people: `records`, `bind`, `unbound`, `autotrust`, `negative` or
    /// `xml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Bind => "bind",
            Self::Unbound => "unbound",
            Self::Autotrust => "autotrust",
            Self::Negative => "negative",
            Self::Xml => "xml",
        }
    }

    /// Whether every name can be written, with escapes where it takes them.
    const fn has_all_names(self) -> bool {
        matches!(self, Self::Records | Self::Autotrust)
    }

    /// The form of a text, by what is in it.
    #[must_use]
    pub fn recognise(text: &str) -> Self {
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        if text.starts_with('<') {
            Self::Xml
        } else if TrustPoint::is_state(text) {
            Self::Autotrust
        } else if bind::is_bind(text) {
            Self::Bind
        } else if unbound::is_unbound(text) {
            Self::Unbound
        } else if records::is_names(text) {
            Self::Negative
        } else {
            Self::Records
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|format| format.as_str() == text);
        named.ok_or("expected records, bind, unbound, autotrust, negative or xml")
    }
}

/// What a file of trust anchors says.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Its form.
    pub format: Format,
    /// Every anchor that can be read.
    pub anchors: Anchors,
    /// Everything else that should be one.
    pub broken: Vec<Broken>,
}

/// An entry that is no trust anchor: where it is, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Where it stands.
    pub source: Source,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong with an entry of a file of trust anchors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// It cannot be read as a record.
    Record(ErrorKind),
    /// It is a record that can be no anchor.
    Flaw(Flaw),
    /// Something else was expected.
    Expected(&'static str),
    /// It names another file, which is not opened.
    OtherFile(String),
    /// The XML is not well-formed.
    Xml(String),
    /// There is no entry at all.
    Empty,
}

impl From<Flaw> for Cause {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.line > 0 || !self.source.file.is_empty() {
            write!(f, "{}: ", self.source)?;
        }
        match &self.cause {
            Cause::Record(kind) => kind.fmt(f),
            Cause::Flaw(flaw) => flaw.fmt(f),
            Cause::Expected(what) => write!(f, "expected {what}"),
            Cause::OtherFile(file) => write!(f, "the anchors are in another file: read {file} itself"),
            Cause::Xml(error) => write!(f, "the XML is not well-formed: {error}"),
            Cause::Empty => f.write_str("there is no trust anchor"),
        }
    }
}

impl core::error::Error for Broken {}

/// Reads a file of trust anchors, whatever its form; `file` is what reports shall call it. An
/// entry that is broken takes none of the others with it.
///
/// ```
/// use dnsproof::anchor::{self, Format};
///
/// let conf = r#"
/// trust-anchors {
///     example. static-ds 1 13 2 "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
///     broken.  static-ds 1 13 2 "0011";
/// };"#;
/// let reading = anchor::read(conf, "named.conf");
/// assert_eq!((reading.format, reading.anchors.iter().count()), (Format::Bind, 1));
/// let broken = "named.conf:4: the SHA-256 digest has 2 octets: expected 32";
/// assert_eq!(reading.broken[0].to_string(), broken);
/// assert!(reading.strict().is_err());
/// ```
#[must_use]
pub fn read(text: &str, file: &str) -> Reading {
    let text = text.trim_start_matches('\u{FEFF}');
    let format = Format::recognise(text);
    let mut found = Found { file: file.into(), entries: Vec::new(), broken: Vec::new() };
    match format {
        Format::Records => records::read(text, &mut found),
        Format::Negative => records::read_names(text, &mut found),
        Format::Bind => bind::read(text, &mut found),
        Format::Unbound => unbound::read(text, &mut found),
        Format::Autotrust => read_state(text, &mut found),
        #[cfg(feature = "xml")]
        Format::Xml => xml::read(text, &mut found),
        #[cfg(not(feature = "xml"))]
        Format::Xml => found.broken(0, Cause::Expected("anything but XML: this build is without the feature `xml`")),
    }
    let Found { entries, broken, .. } = found;
    Reading { format, anchors: entries.into_iter().collect(), broken }
}

fn read_state(text: &str, found: &mut Found) {
    let (point, broken) = TrustPoint::read_each(text);
    for (line, cause) in broken {
        found.broken(line, cause);
    }
    for (line, entry) in point.iter().flat_map(TrustPoint::lines) {
        found.entry(line, Ok(entry));
    }
}

impl Reading {
    /// The anchors, if every entry is one, and there is one.
    ///
    /// # Errors
    /// The first entry that is broken.
    pub fn strict(self) -> Result<Anchors, Broken> {
        match self.broken.into_iter().next() {
            Some(broken) => Err(broken),
            None if self.anchors.is_empty() => Err(Broken { source: Source::default(), cause: Cause::Empty }),
            None => Ok(self.anchors),
        }
    }
}

impl Anchors {
    /// Reads a file of trust anchors of any [`Format`], all of whose entries have to be good:
    /// DS and DNSKEY records, for instance, where TTL and class may be missing and names without
    /// a dot at the end count from the root. [`read`] takes what is good in a file.
    ///
    /// # Errors
    /// If an entry is no trust anchor, or there is none at all.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        read(text, "").strict()
    }

    /// The set as a text of that form.
    ///
    /// An anchor that the form has no place for is left out and listed: a negative one where
    /// there are only keys; one with a scope, which would count for more names; and, but for XML,
    /// one that holds for a time only, which would hold for ever: [`at`](Self::at) takes what
    /// holds now. The digests that IANA's XML needs are made by `backend`.
    pub fn write<B: Backend>(&self, format: Format, backend: &B) -> Written {
        let mut out = Written { text: String::new(), left_out: Vec::new() };
        let mut fitting = Vec::new();
        for entry in self.entries() {
            if entry.anchor().scope().is_some() {
                out.leave_out(entry, "all of it: the form has no place for its scope");
            } else if format != Format::Xml && entry.anchor().window() != (Time(0), Time(u64::MAX)) {
                out.leave_out(entry, "all of it: the form has no place for the time in which it holds");
            } else if !format.has_all_names() && !is_plain(&entry.anchor().zone()) {
                out.leave_out(entry, "all of it: the form has no place for such a name");
            } else {
                fitting.push(entry.clone());
            }
        }
        let fitting: Self = fitting.into_iter().collect();
        match format {
            Format::Records => records::write(&fitting, &mut out),
            Format::Negative => records::write_names(&fitting, &mut out),
            Format::Bind => bind::write(&fitting, &mut out),
            Format::Unbound => unbound::write(&fitting, &mut out),
            Format::Autotrust => unbound::write_state(&fitting, &mut out),
            #[cfg(feature = "xml")]
            Format::Xml => xml::write(&fitting, backend, &mut out),
            #[cfg(not(feature = "xml"))]
            Format::Xml => {
                let _not_needed = backend;
                fitting.entries().iter().for_each(|entry| out.leave_out(entry, "this build writes no XML"));
            }
        }
        out
    }

    /// The same set with digests in the place of keys.
    ///
    /// # Errors
    /// The digest type, if `backend` cannot make it.
    pub fn digested<B: Backend>(&self, digest: DigestType, backend: &B) -> Result<Self, DigestType> {
        let digested = |entry: &Entry| match entry.anchor().key() {
            Some(key) => {
                let rdata = ds_rdata(entry, &key, digest, backend).ok_or(digest)?;
                Ok(entry.clone().with_rdata(Type::DS, rdata))
            }
            None => Ok(entry.clone()),
        };
        self.entries().iter().map(digested).collect()
    }
}

fn ds_rdata<B: Backend>(
    entry: &Entry,
    key: &crate::wire::rdata::Dnskey<'_>,
    digest: DigestType,
    backend: &B,
) -> Option<Vec<u8>> {
    let made = crate::canon::ds_digest(backend, digest, &entry.anchor().zone(), key)?;
    Some([&key.key_tag().to_be_bytes()[..], &[key.algorithm.0, digest.0], made.as_slice()].concat())
}

/// A set as text.
#[derive(Clone, Debug)]
pub struct Written {
    /// The text.
    pub text: String,
    /// What is not in it.
    pub left_out: Vec<LeftOut>,
}

/// Something of a set that a form has no place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The anchor.
    pub entry: Entry,
    /// What of it is left out.
    pub what: &'static str,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let anchor = self.entry.anchor();
        match anchor.key_tag() {
            Some(key_tag) => write!(f, "left out of {} key {key_tag}: {}", anchor.zone(), self.what),
            None => write!(f, "left out of the negative anchor {}: {}", anchor.zone(), self.what),
        }
    }
}

impl Written {
    fn leave_out(&mut self, entry: &Entry, what: &'static str) {
        self.left_out.push(LeftOut { entry: entry.clone(), what });
    }

    /// The DS or DNSKEY RDATA as text; `None`, and a word about it, for a negative anchor.
    fn rdata_of<'e>(&mut self, entry: &'e Entry) -> Option<(Type, zonefile::Shown<'e>)> {
        let Some(rtype) = entry.rtype() else {
            self.leave_out(entry, "all of it: the form has keys only");
            return None;
        };
        Some((rtype, zonefile::Shown::new(rtype, entry.rdata())))
    }
}

/// What has been found so far.
struct Found {
    file: Arc<str>,
    entries: Vec<Entry>,
    broken: Vec<Broken>,
}

impl Found {
    fn broken(&mut self, line: usize, cause: Cause) {
        let source = Source { file: Arc::clone(&self.file), line };
        self.broken.push(Broken { source, cause });
    }

    fn entry(&mut self, line: usize, entry: Result<Entry, Cause>) {
        match entry {
            Ok(entry) => self.entries.push(entry.from(Source { file: Arc::clone(&self.file), line })),
            Err(cause) => self.broken(line, cause),
        }
    }
}

/// The one record that a text holds, as an anchor.
fn one_record(text: &str) -> Result<Entry, Cause> {
    let mut records = zonefile::parse_each(text, Some(&crate::name::Name::root()));
    match (records.next(), records.next()) {
        (Some(Ok((_, record))), None) => of_record(record),
        (Some(Err(error)), _) | (_, Some(Err(error))) => Err(Cause::Record(error.kind)),
        _ => Err(Cause::Expected("one DS or DNSKEY record")),
    }
}

fn of_record(record: zonefile::OwnedRecord) -> Result<Entry, Cause> {
    if record.class != crate::codes::Class::IN {
        return Err(Cause::Expected("class IN"));
    }
    Entry::new(record.owner, record.rtype, record.rdata).map_err(Cause::Flaw)
}

/// Whether a name needs neither escapes nor quotation marks.
fn is_plain(name: &crate::name::Name<'_>) -> bool {
    alloc::format!("{name}").bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.*/".contains(&octet))
}

/// Whether the text of a digest or a key is nothing but its digits and blanks.
fn is_data(text: &str) -> bool {
    let digit = |octet: u8| octet.is_ascii_alphanumeric() || b"+/=".contains(&octet) || octet.is_ascii_whitespace();
    text.bytes().all(digit)
}
