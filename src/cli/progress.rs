//! How far it is, for a person.

use core::sync::atomic::{AtomicU64, Ordering};
use std::io::IsTerminal;
use std::string::{String, ToString};

use indicatif::{ProgressBar, ProgressStyle};

/// Progress on a terminal; nothing elsewhere.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    done: AtomicU64,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
        Self { bar, done: AtomicU64::new(0) }
    }

    pub(super) fn begin(&self, what: &str, template: &str, length: u64) {
        let Some(bar) = &self.bar else { return };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        self.done.store(0, Ordering::Relaxed);
        bar.reset();
        bar.set_message(what.to_string());
        bar.set_length(length);
    }

    pub(super) fn advance(&self, by: u64) {
        let Some(bar) = &self.bar else { return };
        let done = self.done.fetch_add(by, Ordering::Relaxed).saturating_add(by);
        bar.set_position(done);
    }

    pub(super) fn say(&self, what: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(what);
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
