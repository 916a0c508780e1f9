//! The steps of a validation, kept to be told.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::text::time;
use crate::chain::{Event, Observer};
use crate::time::Time;

/// What an observed validation did, as text.
#[derive(Clone, Debug)]
pub struct Steps {
    now: Time,
    pub(super) taken: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) text: String,
    pub(super) until: Option<Time>,
    signed_until: Option<Time>,
}

impl Steps {
    /// None yet. Times that are left count from `now`.
    #[must_use]
    pub const fn new(now: Time) -> Self {
        Self { now, taken: Vec::new() }
    }

    /// What is signed until `time` at most: the steps and their ends, each once.
    pub fn ending(&self, time: Time) -> Vec<(String, Time)> {
        let mut found: Vec<(String, Time)> = Vec::new();
        for step in &self.taken {
            if let Some(until) = step.signed_until.filter(|until| *until <= time)
                && found.iter().all(|(text, _)| *text != step.text)
            {
                found.push((step.text.clone(), until));
            }
        }
        found
    }

    /// One line for each step, with how long it holds.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.taken.iter().map(|step| match step.until {
            Some(until) => {
                let left = until.0.saturating_sub(self.now.0);
                format!("        {}, until {} ({} left)", step.text, time(until), span(left))
            }
            None => format!("        {}", step.text),
        })
    }
}

impl Observer for Steps {
    fn observe(&mut self, event: Event<'_>) {
        self.taken.push(Step {
            what: event.as_str(),
            text: event.to_string(),
            until: event.until(),
            signed_until: event.signed_until(),
        });
    }
}

/// `3 d 4 h`: the two largest units.
fn span(seconds: u64) -> String {
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let from = parts.iter().position(|(count, _)| *count > 0).unwrap_or(parts.len().saturating_sub(1));
    let told: Vec<String> = parts
        .iter()
        .skip(from)
        .take(2)
        .filter(|(count, _)| *count > 0 || seconds == 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3661, "1 h 1 min"),
            (86_400, "1 d"),
            (90_000, "1 d 1 h"),
            (86_460, "1 d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
