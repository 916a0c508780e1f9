//! Records, and bare names.

use core::fmt::Write;

use super::{Cause, Found, Written, of_record};
use crate::anchor::{Anchors, Entry};
use crate::name::{Name, NameBuf};
use crate::zonefile;

pub(super) fn read(text: &str, found: &mut Found) {
    for record in zonefile::parse_each(text, Some(&Name::root())) {
        match record {
            Ok((line, record)) => found.entry(line, of_record(record)),
            Err(error) => found.broken(error.line, Cause::Record(error.kind)),
        }
    }
}

pub(super) fn write(anchors: &Anchors, out: &mut Written) {
    for entry in anchors.entries() {
        let Some((rtype, rdata)) = out.rdata_of(entry) else { continue };
        let anchor = entry.anchor();
        // A text that begins so would be taken for XML.
        if out.text.is_empty() && anchor.zone().labels().next().is_some_and(|label| label.starts_with(b"<")) {
            out.text.push('\\');
        }
        let _infallible = write!(out.text, "{} IN {rtype} {rdata}", anchor.zone());
        if let Some(key) = anchor.key() {
            let _infallible = write!(out.text, " ; key tag {}", key.key_tag());
        }
        out.text.push('\n');
    }
}

/// The lines that are neither empty nor comments, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1_usize..).zip(text.lines().map(str::trim));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with([';', '#']))
}

/// The words of a line without a comment behind them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().take_while(|word| !word.starts_with(';'))
}

/// Whether each line is one word, and there is one.
pub(super) fn is_names(text: &str) -> bool {
    lines(text).next().is_some() && lines(text).all(|(_, line)| words(line).count() == 1)
}

pub(super) fn read_names(text: &str, found: &mut Found) {
    for (line, name) in lines(text) {
        let read = words(name).next().unwrap_or_default().parse::<NameBuf>().map(Entry::negative);
        found.entry(line, read.map_err(|error| Cause::Record(zonefile::ErrorKind::Name(error.kind))));
    }
}

pub(super) fn write_names(anchors: &Anchors, out: &mut Written) {
    for entry in anchors.entries() {
        if entry.rtype().is_some() {
            out.leave_out(entry, "all of it: the form has negative anchors only");
        } else {
            let _infallible = writeln!(out.text, "{}", entry.anchor().zone());
        }
    }
}
