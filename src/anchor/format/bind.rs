//! `named.conf`: blocks of trust anchors, and whatever else is between them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;

use super::{Cause, Found, Written, is_data, one_record};
use crate::anchor::{Anchors, Entry};
use crate::codes::Type;
use crate::name::NameBuf;
use crate::zonefile::ErrorKind;

/// The statements that hold anchors.
const BLOCKS: [&str; 3] = ["trust-anchors", "managed-keys", "trusted-keys"];
/// The one that holds negative anchors.
const EXCEPT: &str = "validate-except";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    /// `{`, `}` or `;`.
    Mark(char),
    /// A quotation mark or a comment without its end.
    Unclosed(char),
}

/// The words and marks of a text, with their lines. `//`, `#` and `/* */` are comments.
struct Tokens<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, Token<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let blank = self.rest.len().saturating_sub(self.rest.trim_start().len());
            self.take(blank);
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else {
                    let line = self.line;
                    self.take(self.rest.len());
                    return Some((line, Token::Unclosed('*')));
                };
                self.take(end.saturating_add(4));
            } else {
                break;
            }
        }
        let line = self.line;
        let first = self.rest.chars().next()?;
        let token = match first {
            '{' | '}' | ';' => {
                self.take(1);
                Token::Mark(first)
            }
            '"' => {
                self.take(1);
                // Keys go over several lines; one in which a statement ends has lost its mark.
                let whole = |inner: &str| !inner.lines().rev().skip(1).any(|line| line.trim_end().ends_with(';'));
                match self.rest.find('"').filter(|end| self.rest.get(..*end).is_some_and(whole)) {
                    Some(end) => {
                        let word = self.take(end);
                        self.take(1);
                        Token::Word(word)
                    }
                    // What follows may be whole: it is read on behind this line.
                    None => {
                        self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
                        Token::Unclosed('"')
                    }
                }
            }
            _ => {
                let end = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | ';' | '"');
                Token::Word(self.take(self.rest.find(end).unwrap_or(self.rest.len())))
            }
        };
        Some((line, token))
    }
}

impl<'t> Tokens<'t> {
    const fn new(text: &'t str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn take(&mut self, octets: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(octets).unwrap_or((self.rest, ""));
        self.line = self.line.saturating_add(taken.matches('\n').count());
        self.rest = rest;
        taken
    }
}

/// Whether there is a block of anchors.
pub(super) fn is_bind(text: &str) -> bool {
    let mut before = None;
    Tokens::new(text).any(|(_, token)| {
        let found = token == Token::Mark('{') && before.is_some_and(|word| BLOCKS.contains(&word) || word == EXCEPT);
        before = if let Token::Word(word) = token { Some(word) } else { None };
        found
    })
}

pub(super) fn read(text: &str, found: &mut Found) {
    let mut tokens = Tokens::new(text);
    let mut before = "";
    while let Some((line, token)) = tokens.next() {
        match token {
            Token::Mark('{') if BLOCKS.contains(&before) || before == EXCEPT => block(before, line, &mut tokens, found),
            Token::Word(word) => before = word,
            Token::Mark(_) => before = "",
            Token::Unclosed(mark) => found.broken(line, Cause::Record(ErrorKind::Unclosed(mark))),
        }
    }
}

/// The entries between `{` and `}`.
fn block(kind: &str, begin: usize, tokens: &mut Tokens<'_>, found: &mut Found) {
    let (mut words, mut first, mut unclosed) = (Vec::new(), 0, None);
    for (line, token) in tokens.by_ref() {
        match token {
            Token::Word(word) => {
                first = if words.is_empty() { line } else { first };
                words.push(word);
            }
            Token::Unclosed(mark) => {
                first = if words.is_empty() { line } else { first };
                unclosed = Some(mark);
            }
            Token::Mark(mark) => {
                if let Some(mark) = unclosed.take() {
                    found.broken(first, Cause::Record(ErrorKind::Unclosed(mark)));
                } else if mark == '{' {
                    found.broken(line, Cause::Expected("an entry that ends with ; and has no { in it"));
                } else if !words.is_empty() {
                    let read = if mark == ';' { entry(kind, &words) } else { Err(Cause::Expected("; before }")) };
                    found.entry(first, read);
                }
                words.clear();
                if mark == '}' {
                    return;
                }
            }
        }
    }
    found.broken(begin, Cause::Record(ErrorKind::Unclosed('{')));
}

fn entry(kind: &str, words: &[&str]) -> Result<Entry, Cause> {
    let (zone, words) = words.split_first().ok_or(Cause::Expected("a name"))?;
    let name = zone.parse::<NameBuf>().map_err(|error| Cause::Record(ErrorKind::Name(error.kind)))?;
    if kind == EXCEPT {
        return if words.is_empty() { Ok(Entry::negative(name)) } else { Err(Cause::Expected("a name alone")) };
    }
    let (method, words) = match words.split_first() {
        Some((word, rest)) if kind != "trusted-keys" => (*word, rest),
        _ => ("static-key", words),
    };
    let (rtype, managed) = match method {
        "static-key" => (Type::DNSKEY, false),
        "initial-key" => (Type::DNSKEY, true),
        "static-ds" if kind == "trust-anchors" => (Type::DS, false),
        "initial-ds" if kind == "trust-anchors" => (Type::DS, true),
        _ if kind == "managed-keys" => return Err(Cause::Expected("initial-key or static-key after the name")),
        _ => return Err(Cause::Expected("static-key, initial-key, static-ds or initial-ds after the name")),
    };
    let [one, two, three, data @ ..] = words else {
        return Err(Cause::Expected("three numbers and a key or a digest"));
    };
    let numbers = [one, two, three].iter().all(|word| word.bytes().all(|octet| octet.is_ascii_digit()));
    if !numbers || data.is_empty() || !data.iter().all(|word| is_data(word)) {
        return Err(Cause::Expected("three numbers and a key or a digest"));
    }
    let data: String = data.iter().flat_map(|word| word.split_whitespace()).collect();
    one_record(&format!("{name} IN {rtype} {one} {two} {three} {data}")).map(|entry| entry.managed(managed))
}

pub(super) fn write(anchors: &Anchors, out: &mut Written) {
    let (negative, keys): (Vec<&Entry>, Vec<&Entry>) =
        anchors.entries().iter().partition(|entry| entry.rtype().is_none());
    if !keys.is_empty() {
        out.text.push_str("trust-anchors {\n");
        for entry in keys {
            let Some((rtype, rdata)) = out.rdata_of(entry) else { continue };
            let method = match (rtype, entry.is_managed()) {
                (Type::DS, false) => "static-ds",
                (Type::DS, true) => "initial-ds",
                (_, false) => "static-key",
                (_, true) => "initial-key",
            };
            let rdata = rdata.to_string();
            let mut words = rdata.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default();
            let (one, two, three, data) = (word(), word(), word(), word());
            let zone = entry.anchor().zone();
            let _infallible = writeln!(out.text, "    \"{zone}\" {method} {one} {two} {three} \"{data}\";");
        }
        out.text.push_str("};\n");
    }
    if !negative.is_empty() {
        out.text.push_str("options {\n    validate-except {");
        for entry in negative {
            let _infallible = write!(out.text, " \"{}\";", entry.anchor().zone());
        }
        out.text.push_str(" };\n};\n");
    }
}
