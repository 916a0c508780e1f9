//! IANA's `root-anchors.xml` (RFC 7958 section 2.1, RFC 9718 section 2.2).

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use jiff::Timestamp;
use rxml::error::EndOrError;
use rxml::parser::CommentMode;
use rxml::{Event, Options, Parse, Parser, WithOptions};

use super::{Cause, Found, Written, ds_rdata, is_data, one_record};
use crate::anchor::{Anchors, Entry};
use crate::codes::DigestType;
use crate::crypto::Backend;
use crate::name::NameBuf;
use crate::time::Time;
use crate::zonefile::ErrorKind;

/// One `KeyDigest` element: its attributes and what is in its elements, by name.
#[derive(Default)]
struct KeyDigest {
    line: usize,
    texts: BTreeMap<String, String>,
}

pub(super) fn read(text: &str, found: &mut Found) {
    let mut parser = Parser::with_options(Options { comments: CommentMode::Discard, ..Options::default() });
    let mut rest = text.as_bytes();
    let mut line = 1_usize;
    let (mut path, mut zone) = (alloc::vec::Vec::<String>::new(), None);
    let mut digest: Option<KeyDigest> = None;
    loop {
        let before = rest;
        let event = match parser.parse(&mut rest, true) {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) => {
                let error = match error {
                    EndOrError::Error(error) => error.to_string(),
                    EndOrError::NeedMoreData => "it ends too soon".to_owned(),
                };
                found.broken(line.saturating_add(lines(before, rest)), Cause::Xml(error));
                return;
            }
        };
        let begin = line;
        line = line.saturating_add(lines(before, rest));
        match event {
            Event::StartElement(_, (_, name), attributes) => {
                path.push(name.to_string());
                if matches!(path.as_slice(), [_, name] if name == "KeyDigest") {
                    let texts = attributes.iter().map(|((_, name), value)| (name.to_string(), value.clone()));
                    digest = Some(KeyDigest { line: begin, texts: texts.collect() });
                }
            }
            Event::Text(_, text) => match (path.as_slice(), &mut digest) {
                ([_, _, name], Some(digest)) => digest.texts.entry(name.clone()).or_default().push_str(&text),
                ([_, name], None) if name == "Zone" => {
                    zone.get_or_insert_with(|| (begin, String::new())).1.push_str(&text);
                }
                _ => {}
            },
            Event::EndElement(_) => {
                if path.len() == 2
                    && let Some(digest) = digest.take()
                {
                    key_digest(zone.as_ref(), &digest, found);
                }
                path.pop();
            }
            Event::XmlDeclaration(..) => {}
        }
    }
}

fn lines(before: &[u8], rest: &[u8]) -> usize {
    let read = before.get(..before.len().saturating_sub(rest.len())).unwrap_or_default();
    read.iter().filter(|octet| **octet == b'\n').count()
}

fn key_digest(zone: Option<&(usize, String)>, digest: &KeyDigest, found: &mut Found) {
    let read = || -> Result<(NameBuf, (Time, Time)), Cause> {
        let (_, zone) = zone.ok_or(Cause::Expected("a Zone element before the first KeyDigest"))?;
        let zone = zone.trim().parse::<NameBuf>().map_err(|error| Cause::Record(ErrorKind::Name(error.kind)))?;
        let from = digest.time("validFrom")?.ok_or(Cause::Expected("validFrom"))?;
        let until = digest.time("validUntil")?.unwrap_or(Time(u64::MAX));
        Ok((zone, (from, until)))
    };
    let (zone, (from, until)) = match read() {
        Ok(read) => read,
        Err(cause) => return found.broken(digest.line, cause),
    };
    let entry = |rtype: &str, numbers: [&str; 3], data: &'static str| -> Result<Entry, Cause> {
        let missing = || Cause::Expected("KeyTag, Algorithm, DigestType and Digest; PublicKey and Flags together");
        let [one, two, three] = numbers.map(|name| digest.number(name).ok_or_else(missing));
        let data = digest.texts.get(data).filter(|data| is_data(data)).ok_or_else(missing)?;
        let data: String = data.split_whitespace().collect();
        one_record(&format!("{zone} IN {rtype} {} {} {} {data}", one?, two?, three?))
    };
    let ds = entry("DS", ["KeyTag", "Algorithm", "DigestType"], "Digest");
    let tag = ds.as_ref().ok().and_then(|entry| entry.anchor().key_tag());
    found.entry(digest.line, ds.map(|entry| entry.valid(from, until)));
    if digest.texts.contains_key("PublicKey") || digest.texts.contains_key("Flags") {
        let key = entry("DNSKEY", ["Flags", "", "Algorithm"], "PublicKey");
        let key = key.and_then(|entry| match entry.anchor().key_tag() == tag || tag.is_none() {
            true => Ok(entry),
            false => Err(Cause::Expected("a PublicKey with the tag that KeyTag says")),
        });
        found.entry(digest.line, key.map(|entry| entry.valid(from, until)));
    }
}

impl KeyDigest {
    /// The digits in an element. The protocol, which has no element, is 3 (RFC 4034 section 2.1.2).
    fn number(&self, name: &str) -> Option<&str> {
        if name.is_empty() {
            return Some("3");
        }
        let text = self.texts.get(name)?.trim();
        (!text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())).then_some(text)
    }

    /// A time with its offset, or without one in UTC (RFC 7958 section 2.1.1).
    fn time(&self, name: &str) -> Result<Option<Time>, Cause> {
        let Some(text) = self.texts.get(name).map(|text| text.trim()) else { return Ok(None) };
        let parsed = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse::<Timestamp>());
        let seconds = parsed.ok().and_then(|time| u64::try_from(time.as_second()).ok());
        let expected = "a time such as 2024-07-18T00:00:00+00:00 in validFrom and validUntil";
        seconds.map(|seconds| Some(Time(seconds))).ok_or(Cause::Expected(expected))
    }
}

pub(super) fn write<B: Backend>(anchors: &Anchors, backend: &B, out: &mut Written) {
    let Some(zone) = anchors.iter().find(|anchor| !anchor.is_negative()).map(|anchor| anchor.zone()) else {
        anchors.entries().iter().for_each(|entry| out.leave_out(entry, "all of it: the form has keys only"));
        return;
    };
    let mut elements = String::new();
    for (number, entry) in (1_usize..).zip(anchors.entries()) {
        let anchor = entry.anchor();
        if anchor.zone() != zone {
            out.leave_out(entry, "all of it: the form has one zone");
            continue;
        }
        let of_ds = |other: &&Entry| other.anchor().ds().is_some() && other.anchor().zone() == zone;
        // A key stands with its digest, if that is in the set.
        let (rdata, key) = match (anchor.ds(), anchor.key()) {
            (Some(ds), _) => {
                let is_its_key = |other: &&Entry| {
                    let key = other.anchor().key().filter(|_| other.anchor().zone() == zone);
                    let made = key.and_then(|key| ds_rdata(other, &key, ds.digest_type, backend));
                    made.as_deref() == Some(entry.rdata())
                };
                (entry.rdata().to_vec(), anchors.entries().iter().find(is_its_key))
            }
            (None, Some(key)) => {
                let Some(rdata) = ds_rdata(entry, &key, DigestType::SHA256, backend) else {
                    out.leave_out(entry, "all of it: the backend makes no SHA-256 digests");
                    continue;
                };
                let is_its_digest = |other: &Entry| {
                    let made = other.anchor().ds().and_then(|ds| ds_rdata(entry, &key, ds.digest_type, backend));
                    made.as_deref() == Some(other.rdata())
                };
                if anchors.entries().iter().filter(of_ds).any(is_its_digest) {
                    continue;
                }
                (rdata, Some(entry))
            }
            (None, None) => {
                out.leave_out(entry, "all of it: the form has keys only");
                continue;
            }
        };
        let _infallible = element(&mut elements, number, anchor.window(), &rdata, key);
    }
    let _infallible = write!(
        out.text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustAnchor id=\"dnsproof\" source=\"dnsproof\">\n    <Zone>{zone}</Zone>\n{elements}</TrustAnchor>\n"
    );
}

fn element(
    out: &mut String,
    number: usize,
    (from, until): (Time, Time),
    ds: &[u8],
    key: Option<&Entry>,
) -> core::fmt::Result {
    let [high, low, algorithm, digest_type, digest @ ..] = ds else { return Ok(()) };
    write!(out, "    <KeyDigest id=\"K{number}\" validFrom=\"{}\"", moment(from))?;
    if until != Time(u64::MAX) {
        write!(out, " validUntil=\"{}\"", moment(until))?;
    }
    out.push_str(">\n");
    let (tag, digest) = (u16::from_be_bytes([*high, *low]), data_encoding::HEXUPPER.encode(digest));
    for (name, text) in [
        ("KeyTag", tag.to_string()),
        ("Algorithm", algorithm.to_string()),
        ("DigestType", digest_type.to_string()),
        ("Digest", digest),
    ] {
        writeln!(out, "        <{name}>{text}</{name}>")?;
    }
    if let Some(key) = key.and_then(|entry| entry.anchor().key()) {
        let public_key = data_encoding::BASE64.encode(key.public_key);
        writeln!(out, "        <PublicKey>{public_key}</PublicKey>\n        <Flags>{}</Flags>", key.flags)?;
    }
    out.push_str("    </KeyDigest>\n");
    Ok(())
}

/// As IANA writes times. What lies beyond the year 9999 is written as its end.
fn moment(time: Time) -> String {
    let seconds = i64::try_from(time.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let text = seconds.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S+00:00");
    text.to_string()
}
