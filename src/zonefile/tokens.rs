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

/// Splits the whole text. An error says at which octet.
pub(super) fn entries(text: &str) -> Result<Vec<Entry<'_>>, (usize, ErrorKind)> {
    let mut entries = Vec::new();
    let mut rest = text;
    let offset = |rest: &str| text.len().saturating_sub(rest.len());
    while !rest.is_empty() {
        let leading_blank = rest.starts_with([' ', '\t']);
        let mut tokens = Vec::new();
        let mut open = None;
        let end = loop {
            rest = skip(rest);
            let at = offset(rest);
            match rest.bytes().next() {
                None => break at,
                Some(b'\n') => {
                    rest = rest.strip_prefix('\n').unwrap_or_default();
                    if open.is_none() {
                        break at;
                    }
                }
                Some(b'(') if open.is_none() => {
                    open = Some(at);
                    rest = rest.strip_prefix('(').unwrap_or_default();
                }
                Some(b')') if open.is_some() => {
                    open = None;
                    rest = rest.strip_prefix(')').unwrap_or_default();
                }
                Some(mark @ (b'(' | b')')) => return Err((at, ErrorKind::Unclosed(char::from(mark)))),
                Some(first) => {
                    let quoted = first == b'"';
                    let failed = if quoted { ErrorKind::Unclosed('"') } else { ErrorKind::Expected("a word") };
                    let word: IResult<&str, &str> = if quoted { quoted_word(rest) } else { plain_word(rest) };
                    let (after, text) = word.map_err(|_| (at, failed))?;
                    rest = after;
                    tokens.push(Token { text, quoted, offset: at });
                }
            }
        };
        if let Some(at) = open {
            return Err((at, ErrorKind::Unclosed('(')));
        }
        if !tokens.is_empty() {
            entries.push(Entry { tokens, leading_blank, end });
        }
    }
    Ok(entries)
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
