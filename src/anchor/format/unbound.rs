//! `unbound.conf`, and sets of anchors as states of RFC 5011.

use core::fmt::Write;

use super::{Cause, Found, Written, one_record};
use crate::anchor::trust_point::TrustPoint;
use crate::anchor::{Anchors, Entry};
use crate::name::NameBuf;
use crate::zonefile::ErrorKind;

const ANCHOR: &str = "trust-anchor";
const INSECURE: &str = "domain-insecure";
/// Attributes that name files with anchors.
const FILES: [&str; 3] = ["trust-anchor-file", "auto-trust-anchor-file", "trusted-keys-file"];

/// The attributes of a text, with their lines.
fn attributes(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    (1_usize..).zip(text.lines()).filter_map(|(number, line)| {
        let (name, value) = line.trim().split_once(':')?;
        let known = name == ANCHOR || name == INSECURE || name == "server" || FILES.contains(&name);
        known.then_some((number, name, value.trim()))
    })
}

pub(super) fn is_unbound(text: &str) -> bool {
    attributes(text).next().is_some()
}

pub(super) fn read(text: &str, found: &mut Found) {
    for (line, name, value) in attributes(text) {
        match (name, unquoted(value)) {
            ("server", _) => {}
            (_, None) => found.broken(line, Cause::Record(ErrorKind::Unclosed('"'))),
            (ANCHOR, Some(record)) => found.entry(line, one_record(record)),
            (INSECURE, Some(name)) => {
                let read = name.parse::<NameBuf>().map(Entry::negative);
                found.entry(line, read.map_err(|error| Cause::Record(ErrorKind::Name(error.kind))));
            }
            (_, Some(file)) => found.broken(line, Cause::OtherFile(file.into())),
        }
    }
}

/// The value without its quotation marks and without a comment behind it; `None` if a mark has
/// no partner.
fn unquoted(value: &str) -> Option<&str> {
    for mark in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(mark) {
            return rest.split_once(mark).map(|(inner, _)| inner);
        }
    }
    Some(value.split('#').next().unwrap_or_default().trim_end())
}

pub(super) fn write(anchors: &Anchors, out: &mut Written) {
    out.text.push_str("server:\n");
    for entry in anchors.entries() {
        let zone = entry.anchor().zone();
        if entry.rtype().is_none() {
            let _infallible = writeln!(out.text, "    domain-insecure: \"{zone}\"");
        } else if let Some((rtype, rdata)) = out.rdata_of(entry) {
            let _infallible = writeln!(out.text, "    trust-anchor: \"{zone} IN {rtype} {rdata}\"");
        }
    }
}

/// One trust point, as it begins. A state file has one zone.
pub(super) fn write_state(anchors: &Anchors, out: &mut Written) {
    let Some(zone) = anchors.iter().find(|anchor| !anchor.is_negative()).map(|anchor| anchor.zone()) else {
        anchors.entries().iter().for_each(|entry| out.leave_out(entry, "all of it: the form has keys only"));
        return;
    };
    for entry in anchors.entries() {
        if entry.anchor().zone() != zone {
            out.leave_out(entry, "all of it: the form has one zone");
        } else if entry.rtype().is_none() {
            out.leave_out(entry, "all of it: the form has keys only");
        }
    }
    let _infallible = write!(out.text, "{}", TrustPoint::new(&zone, anchors));
}
