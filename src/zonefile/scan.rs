//! A master file as entries of words: blanks, comments, quotes and parentheses are gone.

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::none_of;
use nom::combinator::recognize;
use nom::multi::{many0_count, many1_count};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::error::ErrorKind;

/// One word, with its escapes, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t [u8],
    pub(super) quoted: bool,
    pub(super) offset: usize,
}

/// The words of one line, or of several that parentheses join.
#[derive(Clone, Copy)]
pub(super) struct Entry<'w, 't> {
    pub(super) tokens: &'w [Token<'t>],
    /// The line begins with a blank: its owner is the one before.
    pub(super) leading_blank: bool,
    /// The line of the first word.
    pub(super) line: usize,
    /// Where its last line ends.
    pub(super) end: usize,
}

/// What is wrong, and at which octet.
pub(super) type Failed = (usize, ErrorKind);

/// The entries of a text, one after the other. After an error it goes on with the line behind the
/// one in which the entry began.
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    tokens: Vec<Token<'t>>,
    /// The line of `at`, from 1.
    line: usize,
    /// Where the entry begins whose parenthesis was still open when the text ended.
    unclosed: Option<usize>,
}

/// What an octet can be a part of.
const PLAIN: u8 = 1;
const QUOTABLE: u8 = 2;
const BLANK: u8 = 4;
const COMMENT: u8 = 8;

/// The kinds of an octet, looked up rather than worked out: half of all time goes by here.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut octet = 0_u8;
    let mut rest: &mut [u8] = &mut kinds;
    while let [kind, after @ ..] = rest {
        *kind = kinds_of(octet);
        octet = octet.wrapping_add(1);
        rest = after;
    }
    kinds
};

const fn kinds_of(octet: u8) -> u8 {
    match octet {
        b'\n' => 0,
        b' ' | b'\t' | b'\r' => QUOTABLE | BLANK | COMMENT,
        0x0B | 0x0C | b';' | b'(' | b')' => QUOTABLE | COMMENT,
        b'"' | b'\\' => COMMENT,
        _ => PLAIN | QUOTABLE | COMMENT,
    }
}

/// The octets of a kind at the front of a text, and what is behind them.
fn run(text: &[u8], kind: u8) -> (&[u8], &[u8]) {
    let is_other = |octet: &u8| KINDS.get(usize::from(*octet)).is_none_or(|kinds| kinds & kind == 0);
    let end = text.iter().position(is_other).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

/// A [`run`] of at least one octet.
fn some(kind: u8) -> impl Fn(&[u8]) -> IResult<&[u8], &[u8]> {
    move |text| match run(text, kind) {
        ([], _) => Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::TakeWhile1))),
        (run, rest) => Ok((rest, run)),
    }
}

/// A backslash takes the next octet with it.
fn escape(text: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize(preceded(tag(&b"\\"[..]), none_of(&b"\n"[..]))).parse(text)
}

/// A word without quotes.
fn plain_word(text: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize(many1_count(alt((some(PLAIN), escape)))).parse(text)
}

/// What is between two quotation marks on one line.
fn quoted_word(text: &[u8]) -> IResult<&[u8], &[u8]> {
    let mark = || tag(&b"\""[..]);
    delimited(mark(), recognize(many0_count(alt((some(QUOTABLE), escape)))), mark()).parse(text)
}

/// Octets in the longest entry in parentheses: RDATA of 65535 octets, each written as `\\255`, with room for comments.
const MAX_ENTRY: usize = 1 << 20;

impl<'t> Scanner<'t> {
    pub(super) const fn new(text: &'t [u8], line: usize) -> Self {
        Self { text, at: 0, tokens: Vec::new(), line, unclosed: None }
    }

    pub(super) const fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Where the next entry is looked for.
    #[cfg(feature = "zone")]
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// The line that the text ended in.
    #[cfg(feature = "zone")]
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// Where the entry begins that the text ended in, inside of parentheses: what follows could belong to it.
    #[cfg(feature = "zone")]
    pub(super) const fn unclosed(&self) -> Option<usize> {
        self.unclosed
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next entry that has a word. `None` at the end.
    pub(super) fn next_entry(&mut self) -> Option<Result<Entry<'_, 't>, Failed>> {
        loop {
            let (start, line) = (self.at, self.line);
            if start >= self.text.len() {
                return None;
            }
            self.tokens.clear();
            match self.entry() {
                Ok((line, end)) => {
                    if self.tokens.is_empty() {
                        continue;
                    }
                    let leading_blank = matches!(self.text.get(start), Some(b' ' | b'\t'));
                    return Some(Ok(Entry { tokens: &self.tokens, leading_blank, line, end }));
                }
                Err(failed) => {
                    let behind = self.text.get(start..).and_then(|rest| rest.iter().position(|octet| *octet == b'\n'));
                    self.at = behind.map_or(self.text.len(), |behind| start.saturating_add(behind).saturating_add(1));
                    self.line = line.saturating_add(usize::from(behind.is_some()));
                    return Some(Err(failed));
                }
            }
        }
    }

    /// Reads to the end of an entry: the line of its first word, and where it ended.
    fn entry(&mut self) -> Result<(usize, usize), Failed> {
        let mut open = None;
        let (start, mut line) = (self.at, self.line);
        loop {
            // So that a text with a parenthesis that nobody closes is not read to its end again and again.
            if let Some(at) = open.filter(|_| self.at.saturating_sub(start) > MAX_ENTRY) {
                return Err((at, ErrorKind::Unclosed('(')));
            }
            self.at = self.at.saturating_add(run(self.rest(), BLANK).0.len());
            let at = self.at;
            let Some(first) = self.text.get(at) else { break };
            match first {
                b';' => self.at = at.saturating_add(run(self.rest(), COMMENT).0.len()),
                b'\n' => {
                    self.at = at.saturating_add(1);
                    self.line = self.line.saturating_add(1);
                    if open.is_none() {
                        return Ok((line, at));
                    }
                }
                b'(' if open.is_none() => {
                    open = Some(at);
                    self.at = at.saturating_add(1);
                }
                b')' if open.is_some() => {
                    open = None;
                    self.at = at.saturating_add(1);
                }
                mark @ (b'(' | b')') => return Err((at, ErrorKind::Unclosed(char::from(*mark)))),
                first => {
                    if self.tokens.is_empty() {
                        line = self.line;
                    }
                    let quoted = *first == b'"';
                    let (text, behind) = match run(self.rest(), PLAIN) {
                        // Nearly every word is one run.
                        (text @ [_, ..], rest) if rest.first() != Some(&b'\\') => (text, rest),
                        _ if quoted => word_of(quoted_word(self.rest())).ok_or((at, ErrorKind::Unclosed('"')))?,
                        _ => word_of(plain_word(self.rest())).ok_or((at, ErrorKind::Expected("a word")))?,
                    };
                    self.at = self.text.len().saturating_sub(behind.len());
                    self.tokens.push(Token { text, quoted, offset: at });
                }
            }
        }
        match open {
            Some(at) => {
                self.unclosed = self.unclosed.or(Some(start));
                Err((at, ErrorKind::Unclosed('(')))
            }
            None => Ok((line, self.at)),
        }
    }
}

/// The word that was read, and what is behind it.
fn word_of<'t>(read: IResult<&'t [u8], &'t [u8]>) -> Option<(&'t [u8], &'t [u8])> {
    read.ok().map(|(rest, word)| (word, rest))
}
