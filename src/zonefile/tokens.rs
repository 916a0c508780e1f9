//! A master file as entries of words: blanks, comments, quotes and parentheses are gone.

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::character::complete::{char, none_of};
use nom::combinator::{recognize, success};
use nom::multi::{many0_count, many1_count};
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::error::ErrorKind;

/// One word, with its escapes, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) quoted: bool,
    pub(super) offset: usize,
}

/// The words of one line, or of several that parentheses join.
pub(super) struct Entry<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    /// The line begins with a blank: its owner is the one before.
    pub(super) leading_blank: bool,
    /// Where its last line ends.
    pub(super) end: usize,
}

/// What is wrong, and at which octet.
pub(super) type Failed = (usize, ErrorKind);

/// The entries of a text, one after the other. After an error it goes on with the line behind the
/// one in which the entry began.
pub(super) struct Entries<'t> {
    text: &'t str,
    rest: &'t str,
}

impl<'t> Entries<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, rest: text }
    }

    fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    fn entry(&mut self) -> Result<Entry<'t>, Failed> {
        let leading_blank = self.rest.starts_with([' ', '\t']);
        let mut tokens = Vec::new();
        let mut open = None;
        let end = loop {
            self.rest = skip(self.rest);
            let at = self.offset();
            match self.rest.bytes().next() {
                None => break at,
                Some(b'\n') => {
                    self.rest = self.rest.strip_prefix('\n').unwrap_or_default();
                    if open.is_none() {
                        break at;
                    }
                }
                Some(b'(') if open.is_none() => {
                    open = Some(at);
                    self.rest = self.rest.strip_prefix('(').unwrap_or_default();
                }
                Some(b')') if open.is_some() => {
                    open = None;
                    self.rest = self.rest.strip_prefix(')').unwrap_or_default();
                }
                Some(mark @ (b'(' | b')')) => return Err((at, ErrorKind::Unclosed(char::from(mark)))),
                Some(first) => {
                    let quoted = first == b'"';
                    let failed = if quoted { ErrorKind::Unclosed('"') } else { ErrorKind::Expected("a word") };
                    let word: IResult<&str, &str> = if quoted { quoted_word(self.rest) } else { plain_word(self.rest) };
                    let (after, text) = word.map_err(|_| (at, failed))?;
                    self.rest = after;
                    tokens.push(Token { text, quoted, offset: at });
                }
            }
        };
        match open {
            Some(at) => Err((at, ErrorKind::Unclosed('('))),
            None => Ok(Entry { tokens, leading_blank, end }),
        }
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = Result<Entry<'t>, Failed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.rest;
            if start.is_empty() {
                return None;
            }
            match self.entry() {
                Ok(entry) if entry.tokens.is_empty() => {}
                Ok(entry) => return Some(Ok(entry)),
                Err(failed) => {
                    self.rest = start.split_once('\n').map_or("", |(_, after)| after);
                    return Some(Err(failed));
                }
            }
        }
    }
}

/// Blanks, and a comment up to the end of its line.
fn skip(text: &str) -> &str {
    let blank = |c| matches!(c, ' ' | '\t' | '\r');
    let comment = recognize(pair(char(';'), take_till(|c| c == '\n')));
    let both: IResult<&str, _> = pair(take_while(blank), alt((comment, success("")))).parse(text);
    both.map_or(text, |(rest, _)| rest)
}

/// A word without quotes; a backslash takes the next character with it.
fn plain_word(text: &str) -> IResult<&str, &str> {
    let plain = take_while1(|c: char| !c.is_ascii_whitespace() && !matches!(c, ';' | '(' | ')' | '"' | '\\'));
    recognize(many1_count(alt((plain, escape)))).parse(text)
}

/// What is between two quotation marks on one line.
fn quoted_word(text: &str) -> IResult<&str, &str> {
    let plain = take_while1(|c: char| !matches!(c, '"' | '\\' | '\n'));
    delimited(char('"'), recognize(many0_count(alt((plain, escape)))), char('"')).parse(text)
}

fn escape(text: &str) -> IResult<&str, &str> {
    recognize(preceded(tag("\\"), none_of("\n"))).parse(text)
}
