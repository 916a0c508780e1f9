//! The files that the arguments name.

use std::format;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;

use data_encoding::HEXLOWER_PERMISSIVE;

use super::arguments::Common;
use super::warn;
use crate::anchor::{self, Anchors, IANA};
use crate::chain::{ReasonCode, Verdict};
use crate::lookup::Registry;
use crate::policy::Policy;
use crate::report;
use crate::time::{Clock, Time};
use crate::wire::Message;
use crate::zonefile::{is_dig, parse_dig};

/// Octets that a file may have: whoever names a device by mistake is told, before there is no memory left.
pub(super) const MOST: usize = 16 << 20;
/// Octets that a file of many messages or many domains may have.
pub(super) const MOST_OF_MANY: usize = 64 << 20;

/// What the arguments and the files say, read.
pub(super) struct Given {
    pub(super) anchors: Anchors,
    pub(super) clock: Clock,
    pub(super) policy: Policy,
    pub(super) registry: Option<Registry>,
    answers: Vec<Answer>,
}

/// One message of an evidence file, and where it stands.
pub(super) struct Answer {
    place: String,
    octets: Vec<u8>,
}

impl Answer {
    pub(super) fn message(&self) -> Result<Message<'_>, String> {
        Message::parse(&self.octets).map_err(|error| format!("{}: {error}", self.place))
    }
}

impl Given {
    /// Reads what is common to many commands, and sees that no `other` file is the standard input too.
    pub(super) fn read(common: &Common, other: Option<&Path>) -> Result<Self, String> {
        let registry = common.registry.as_ref().map(|(_, file)| file);
        let texts = common.anchors.iter().chain(registry).map(Path::new);
        read_once(texts.chain(common.answers.iter().map(PathBuf::as_path)).chain(other))?;
        let mut anchors = anchors_of_all(&common.anchors, common.strict_anchors)?;
        for zone in &common.negative {
            anchors.add_negative(*zone);
        }
        let registry = match &common.registry {
            Some((zone, source)) => Some(Registry::new(*zone, anchors_of(source, common.strict_anchors)?)),
            None => None,
        };
        let answers = answers(&common.answers)?;
        let clock = common.now.map_or_else(|| clock().map(Clock::exact), Ok)?;
        let policy = common.rules.policy()?;
        Ok(Self { anchors, clock, policy, registry, answers })
    }

    /// Messages from the network.
    pub(super) fn take(&mut self, messages: Vec<Vec<u8>>) {
        let place = || "from the network".to_string();
        self.answers.extend(messages.into_iter().map(|octets| Answer { place: place(), octets }));
    }

    pub(super) fn messages(&self) -> Result<Vec<Message<'_>>, String> {
        self.answers.iter().map(Answer::message).collect()
    }
}

/// The messages of all the files.
pub(super) fn answers(files: &[PathBuf]) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    for file in files {
        read_answers(file, &mut answers)?;
    }
    Ok(answers)
}

/// Whether more evidence could still change the verdict.
pub(super) fn is_missing(verdict: &Verdict<'_>) -> bool {
    let missing = [ReasonCode::EvidenceMissing, ReasonCode::ResponseFailed, ReasonCode::Truncated];
    matches!(verdict, Verdict::Indeterminate(reason) if missing.contains(&reason.code()))
}

/// What the machine thinks that the time is.
pub(super) fn clock() -> Result<Time, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map(|since| Time(since.as_secs())).map_err(|_| "the clock is before 1970".to_string())
}

/// The anchors of a file, or those of the name `iana`.
pub(super) fn anchors_of(source: &str, strict: bool) -> Result<Anchors, String> {
    match is(source, "iana") {
        true => anchors_in(IANA, "iana", strict),
        false => anchors_in(&text(Path::new(source), MOST)?, source, strict),
    }
}

/// The anchors of `--anchors`, where `none` adds nothing.
pub(super) fn anchors_of_all(sources: &[String], strict: bool) -> Result<Anchors, String> {
    let mut all = Anchors::default();
    for source in sources.iter().filter(|source| !is(source, "none")) {
        all.extend(&anchors_of(source, strict)?);
    }
    Ok(all)
}

/// Whether a source is this word, and not a file: in upper or lower case, as everybody writes names.
pub(super) fn is(source: &str, word: &str) -> bool {
    source.eq_ignore_ascii_case(word)
}

/// The anchors that hold now; the others are told.
pub(super) fn holding(anchors: &Anchors, now: Time) -> Anchors {
    for entry in anchors.entries() {
        let (anchor, (from, until)) = (entry.anchor(), entry.anchor().window());
        let (zone, tag) = (anchor.zone(), anchor.key_tag().unwrap_or_default());
        if now < from || until < now {
            let end = if until < Time(u64::MAX) { format!(" until {}", report::time(until)) } else { String::new() };
            warn(&format!("left out: {zone} key {tag} holds from {}{end}", report::time(from)));
        } else if until < Time(u64::MAX) {
            warn(&format!("{zone} key {tag} holds until {}: the form has no place for that", report::time(until)));
        }
    }
    anchors.at(now)
}

/// The anchors in a text. What is broken in it is told, and is an error if it leaves none or if
/// the caller is strict.
pub(super) fn anchors_in(text: &str, name: &str, strict: bool) -> Result<Anchors, String> {
    let reading = anchor::read(text, name);
    if strict || reading.anchors.is_empty() {
        return reading.strict().map_err(|broken| match broken.source.line {
            0 => format!("{name}: {broken}"),
            _ => broken.to_string(),
        });
    }
    for broken in &reading.broken {
        warn(&format!("{broken}: left out"));
    }
    Ok(reading.anchors)
}

/// Refuses files of which more than one is the standard input.
pub(super) fn read_once<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<(), String> {
    match files.into_iter().filter(|file| *file == Path::new("-")).count() {
        0 | 1 => Ok(()),
        _ => Err("- stands for more than one file, and the standard input can be read but once".to_string()),
    }
}

/// A document, up to one octet more than it may have; that of the standard input where a `-` stands for it.
pub(super) fn document(file: &Path, octets: usize) -> Result<Vec<u8>, String> {
    if file.as_os_str().is_empty() {
        return Err("the name of a file is empty".to_string());
    }
    let most = u64::try_from(octets).unwrap_or(u64::MAX).saturating_add(1);
    let mut read = Vec::new();
    let done = match file == Path::new("-") {
        true => stdin().take(most).read_to_end(&mut read),
        false => File::open(file).and_then(|file| file.take(most).read_to_end(&mut read)),
    };
    done.map(|_| read).map_err(|error| format!("{}: {error}", file.display()))
}

/// The octets of a file that has no more than it may have.
pub(super) fn octets(file: &Path, most: usize) -> Result<Vec<u8>, String> {
    let octets = document(file, most)?;
    match octets.len() > most {
        true => Err(format!("{}: it has more than {} MiB", file.display(), most >> 20)),
        false => Ok(octets),
    }
}

/// The text of a file.
pub(super) fn text(file: &Path, most: usize) -> Result<String, String> {
    let text = String::from_utf8(octets(file, most)?);
    let text = text.map_err(|_| format!("{}: it is no text in UTF-8", file.display()))?;
    // Some editors put a byte order mark before the text.
    Ok(text.strip_prefix('\u{FEFF}').map(String::from).unwrap_or(text))
}

/// What `dig` prints; or one message a line in hexadecimal, where `#` starts a comment and blank
/// lines are skipped.
fn read_answers(file: &Path, answers: &mut Vec<Answer>) -> Result<(), String> {
    let text = text(file, MOST_OF_MANY)?;
    let before = answers.len();
    if is_dig(&text) {
        let messages = parse_dig(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let place = |index: usize| format!("{}, response {}", file.display(), index.saturating_add(1));
        answers.extend(messages.into_iter().enumerate().map(|(index, octets)| Answer { place: place(index), octets }));
        return Ok(());
    }
    for (index, line) in text.lines().enumerate() {
        let digits = line.split('#').next().unwrap_or_default();
        if digits.trim().is_empty() {
            continue;
        }
        let place = format!("{}:{}", file.display(), index.saturating_add(1));
        let octets = hex(digits).map_err(|error| format!("{place}: expected a message in hexadecimal, but {error}"))?;
        answers.push(Answer { place, octets });
    }
    if answers.len() == before {
        warn(&format!("{}: there is no message in it", file.display()));
    }
    Ok(())
}

/// The octets, or what is wrong with the digits. Blanks do not matter.
pub(super) fn hex(text: &str) -> Result<Vec<u8>, String> {
    let stranger = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit() && !c.is_whitespace());
    if let Some((index, stranger)) = stranger {
        return Err(format!("{stranger:?} in column {} is no digit", index.saturating_add(1)));
    }
    let digits: String = text.split_whitespace().collect();
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).map_err(|_| format!("the number of digits, {}, is odd", digits.len()))
}
