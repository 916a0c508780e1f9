//! Lines for people: the steps as they happen, the verdict last.

use anstyle::{AnsiColor, Style as Ansi};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::Validated;
use crate::chain::{Content, Secure, Verdict};
use crate::time::Time;

/// Whether the last word has a colour. Whoever prints takes it away where it does not belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With terminal escapes.
    Colour,
    /// Without.
    Plain,
}

impl Style {
    pub(super) fn word(self, word: &str, good: bool) -> String {
        let colour = if good { AnsiColor::Green } else { AnsiColor::Red };
        let style = Ansi::new().bold().fg_color(Some(colour.into()));
        match self {
            Self::Colour => format!("{style}{word}{style:#}"),
            Self::Plain => word.to_string(),
        }
    }
}

/// A time as RFC 3339 writes it, in UTC. Beyond the year 9999 it is the number of seconds.
#[must_use]
pub fn time(time: Time) -> String {
    let seconds = i64::try_from(time.0).ok();
    seconds
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(|| time.0.to_string(), |time| time.to_string())
}

/// What else is to be said of the anchor: its note, and where it counts if not in all its zone.
fn of_anchor(secure: &Secure<'_>) -> String {
    let note = if secure.anchor_note().is_empty() { String::new() } else { format!(", {}", secure.anchor_note()) };
    let scope = secure.anchor_scope().filter(|scope| *scope != secure.anchor_zone());
    scope.map_or_else(|| note.clone(), |scope| format!("{note}, for {scope}"))
}

/// `. (anchor 20326) > com. > example.com.`
pub(super) fn way(secure: &Secure<'_>) -> String {
    let zones: Vec<String> = secure.links().map(|link| link.zone.to_string()).collect();
    let anchored = format!(" (anchor {}{})", secure.anchor_tag(), of_anchor(secure));
    let weak = if secure.is_weak() { format!(", weak: {}", secure.weakest_algorithm()) } else { String::new() };
    match zones.split_first() {
        Some((first, [])) => format!("{first}{anchored}{weak}"),
        Some((first, rest)) => format!("{first}{anchored} > {}{weak}", rest.join(" > ")),
        None => String::new(),
    }
}

/// The verdict on a question: the zones passed, the records, the verdict.
#[must_use]
pub fn validate_text(asked: &Validated<'_>, verdict: &Verdict<'_>, style: Style) -> String {
    let mut lines: Vec<String> = asked.steps.iter().flat_map(|steps| steps.lines()).collect();
    match verdict {
        Verdict::Secure(secure) => {
            for (index, link) in secure.links().enumerate() {
                let (by, more) = match index {
                    0 => ("the trust anchor names", of_anchor(secure)),
                    _ => ("its DS names", String::new()),
                };
                lines.push(format!("zone    {}: {by} key {}, {}{more}", link.zone, link.key_tag, link.algorithm));
            }
            lines.extend(secure.aliases().map(|alias| format!("alias   {alias}")));
            match secure.content() {
                Content::Records(answer) => {
                    lines.extend(answer.records().map(|record| format!("answer  {record}")));
                }
                Content::NoData => lines.push("answer  none: the name has no records of this type".to_string()),
                Content::NameError => lines.push("answer  none: the name does not exist".to_string()),
            }
            if secure.is_weak() {
                lines.push(format!("weak    it rests on {}", secure.weakest_algorithm()));
            }
            // Where nobody knows the second, the begin matters too.
            let from = match asked.clock.is_exact() {
                true => String::new(),
                false => format!("from {} ", time(secure.valid_from())),
            };
            let until = time(secure.valid_until());
            lines.push(format!("{}  {}, {from}until {until}", style.word("SECURE", true), asked.question));
        }
        Verdict::Insecure(reason) | Verdict::Bogus(reason) | Verdict::Indeterminate(reason) => {
            let word = style.word(&verdict.as_str().to_uppercase(), false);
            lines.push(format!(
                "{word}  {}: {reason} ({}, RFC {})",
                asked.question,
                reason.code(),
                reason.code().rfc().replace('#', " section ")
            ));
        }
    }
    lines.join("\n")
}
