//! Master files, read in pieces on all cores.
//!
//! A file is cut where a line begins with an owner or a directive. Pieces are read side by side, each as if it began
//! outside of parentheses and with the state (origin, TTL, owner) in which the pieces before its neighbours ended.
//! Whether that was so is seen when the pieces before it have been read; if not, it is read again.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use std::io::Read;

use rayon::prelude::*;

use super::store::Piece;
use crate::error::ParseErrorKind;
use crate::name::NameBuf;
use crate::zonefile::{Error, ErrorKind, Found, Reader, State, has_fields};

/// Octets of text in a piece, about.
const PIECE: usize = 64 << 10;
/// Files inside of files.
const MAX_DEPTH: usize = 10;
/// Files in all.
const MAX_FILES: usize = 1000;
/// Octets without a place to cut: the records of one name, when only the first line has it.
const MAX_PIECE: usize = 64 << 20;

/// Opens the file that `$INCLUDE` names in another one: both names are as the file and the caller have them.
pub type Open<'f> = dyn Fn(&str, &str) -> std::io::Result<(String, Box<dyn Read + Send>)> + Sync + 'f;

/// How a master file is read.
#[derive(Clone, Copy, Default)]
pub struct Reading<'f> {
    /// What relative names are completed with until `$ORIGIN` says something else.
    pub origin: Option<NameBuf>,
    /// Opens what `$INCLUDE` names; without it the directive is an error of the file.
    pub include: Option<&'f Open<'f>>,
    /// Is told of so many more octets.
    pub progress: Option<&'f (dyn Fn(usize) + Sync)>,
}

/// A piece of text, and what became of it.
struct Work {
    text: Vec<u8>,
    done: Option<Done>,
}

struct Done {
    piece: Piece,
    /// The state that it was read from.
    given: State,
    end: State,
    lines: usize,
    /// Where the last entry begins, if what follows could belong to it.
    unclosed: Option<usize>,
    include: Option<Include>,
}

/// A file that is to be read behind a piece.
struct Include {
    name: String,
    origin: Option<NameBuf>,
    line: usize,
    /// Where the text goes on.
    behind: usize,
}

/// Pieces that were read, and the names of their files.
pub(super) struct Files {
    /// Octets of text in a piece, about.
    piece: usize,
    pub(super) pieces: Vec<Piece>,
    pub(super) names: Vec<String>,
    pub(super) octets: usize,
}

impl Default for Files {
    fn default() -> Self {
        Self { piece: PIECE, pieces: Vec::new(), names: Vec::new(), octets: 0 }
    }
}

impl Files {
    /// Reads a file, and those that it includes.
    pub(super) fn read(
        &mut self,
        input: &mut (dyn Read + Send),
        name: String,
        reading: &Reading<'_>,
    ) -> std::io::Result<()> {
        let state = State::new(reading.origin.as_ref().map(NameBuf::as_name).as_ref());
        self.file(input, name, state, reading, 0)
    }

    fn file(
        &mut self,
        input: &mut (dyn Read + Send),
        name: String,
        state: State,
        reading: &Reading<'_>,
        depth: usize,
    ) -> std::io::Result<()> {
        let file = self.names.len();
        self.names.push(name);
        let mut source =
            Texts { input, piece: self.piece, rest: Vec::new(), begun: false, ended: false, spare: Vec::new() };
        let (mut actual, mut line, mut side_by_side) = (state, 1_usize, true);
        let mut wave = source.wave(rayon::current_num_threads().saturating_mul(4))?;
        while !wave.is_empty() {
            let width = if side_by_side { rayon::current_num_threads().saturating_mul(4) } else { 1 };
            let (next, ()) = rayon::join(
                || source.wave(width),
                || wave.par_iter_mut().for_each(|work| work.done = Some(read_text(&work.text, &actual))),
            );
            let mut next = next?;
            side_by_side = true;
            while let Some(Work { mut text, done }) = wave.pop_front() {
                let sound = done.filter(|done| done.end.holds(&done.given, &actual));
                side_by_side &= sound.is_some();
                let Done { piece, end, lines, unclosed, include, .. } =
                    sound.unwrap_or_else(|| read_text(&text, &actual));
                // What follows belongs to its last entry, which is read with it.
                if let Some(begins) = unclosed
                    && include.is_none()
                    && let Some(following) = wave.front_mut().or_else(|| next.front_mut())
                {
                    let mut entry = text.split_off(begins.min(text.len()));
                    entry.append(&mut following.text);
                    *following = Work { text: entry, done: None };
                    if !text.is_empty() {
                        wave.push_front(Work { text, done: None });
                    }
                    continue;
                }
                actual = end.after(&actual);
                self.keep(piece, file, line);
                let octets = include.as_ref().map_or(text.len(), |include| include.behind);
                self.octets = self.octets.saturating_add(octets);
                if let Some(progress) = reading.progress {
                    progress(octets);
                }
                if let Some(Include { name, origin, line: at, behind }) = include {
                    let at = line.saturating_add(at).saturating_sub(1);
                    self.included(name, (file, at), actual.included(origin), reading, depth)?;
                    text.drain(..behind.min(text.len()));
                    if !text.is_empty() {
                        wave.push_front(Work { text, done: None });
                    }
                } else {
                    source.spare.push(text);
                }
                line = line.saturating_add(lines);
            }
            wave = next;
        }
        Ok(())
    }

    fn included(
        &mut self,
        name: String,
        (file, line): (usize, usize),
        state: State,
        reading: &Reading<'_>,
        depth: usize,
    ) -> std::io::Result<()> {
        let from = self.names.get(file).cloned().unwrap_or_default();
        let refused = match reading.include {
            None => ErrorKind::Include,
            Some(_) if depth >= MAX_DEPTH => ErrorKind::TooDeep,
            Some(_) if self.names.len() >= MAX_FILES => ErrorKind::TooMany,
            Some(open) => match open(&name, &from) {
                Err(_) => ErrorKind::Unreadable,
                Ok((name, mut input)) => {
                    return self.file(&mut input, name, state, reading, depth.saturating_add(1));
                }
            },
        };
        let mut piece = Piece::default();
        piece.refuse(Error { line: 1, column: 1, kind: refused });
        self.keep(piece, file, line);
        Ok(())
    }

    fn keep(&mut self, mut piece: Piece, file: usize, first_line: usize) {
        (piece.file, piece.first_line) = (file, first_line.saturating_sub(1));
        if piece.len() > 0 || !piece.errors.is_empty() {
            self.pieces.push(piece);
        }
    }
}

/// Reads all of a text, up to a directive that includes a file.
fn read_text(text: &[u8], given: &State) -> Done {
    let mut piece = Piece::for_text(text.len());
    let mut reader = Reader::new(text, 1, given.after(given));
    let mut include = None;
    // Whether the last record that was kept has the owner that the next line may leave out.
    let mut owner_is_last = false;
    loop {
        let at = piece.octets().len();
        let error = match reader.next(piece.octets()) {
            None => break,
            Some(Err(error)) => error,
            Some(Ok(Found::Include { file, origin, line, .. })) => {
                let (behind, _) = reader.position();
                include = Some(Include {
                    name: String::from_utf8_lossy(file).into_owned(),
                    origin: origin.map(|origin| *origin),
                    line,
                    behind,
                });
                break;
            }
            Some(Ok(Found::Record(record))) => {
                let malformed =
                    record.is_generic && !has_fields(record.rtype, piece.octets().get(at..).unwrap_or_default());
                let owner = (record.names_owner || !owner_is_last).then(|| reader.state.owner());
                let about = (record.rtype, record.class, record.ttl, record.line);
                let taken = match malformed {
                    true => Err(ErrorKind::Rdata(ParseErrorKind::BadValue)),
                    false => piece.take(at, owner.as_ref(), about),
                };
                match taken {
                    Ok(()) => {
                        owner_is_last = true;
                        continue;
                    }
                    Err(kind) => {
                        piece.octets().truncate(at);
                        Error { line: record.line, column: 1, kind }
                    }
                }
            }
        };
        owner_is_last = false;
        piece.refuse(error);
    }
    piece.finish();
    let (_, line) = reader.position();
    let (lines, unclosed) = (line.saturating_sub(1), reader.unclosed());
    Done { piece, given: given.clone(), end: reader.state, lines, unclosed, include }
}

/// A file as texts that end where an entry does, by the look of it.
struct Texts<'r> {
    input: &'r mut (dyn Read + Send),
    piece: usize,
    /// What was read behind the last cut.
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
    /// Memory that is used again: what the processor has at hand already is the fastest to write to.
    spare: Vec<Vec<u8>>,
}

impl Texts<'_> {
    fn wave(&mut self, width: usize) -> std::io::Result<VecDeque<Work>> {
        let mut wave = VecDeque::new();
        while wave.len() < width {
            let Some(text) = self.next()? else { break };
            wave.push_back(Work { text, done: None });
        }
        Ok(wave)
    }

    /// The next text; `None` at the end of the file.
    fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut text = core::mem::take(&mut self.rest);
        let mut searched = 0_usize;
        let begins = !core::mem::replace(&mut self.begun, true);
        loop {
            if !self.ended {
                let wanted = self.piece.saturating_sub(text.len().min(self.piece / 2));
                text.reserve(wanted.saturating_add(self.piece / 8));
                let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
                let read = (&mut *self.input).take(limit).read_to_end(&mut text)?;
                self.ended = read < wanted;
            }
            // Some editors put a byte order mark before the text.
            if begins && text.starts_with(b"\xEF\xBB\xBF") {
                text.drain(..3);
            }
            if self.ended {
                return Ok((!text.is_empty()).then_some(text));
            }
            if let Some(cut) = cut_of(&text, searched) {
                let mut rest = self.spare.pop().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(text.get(cut..).unwrap_or_default());
                self.rest = rest;
                text.truncate(cut);
                return Ok(Some(text));
            }
            searched = text.len().saturating_sub(1);
            if searched > MAX_PIECE {
                let why = "more than 64 MiB in which no line begins with a name or a directive";
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
            }
        }
    }
}

/// The last place, from `searched` on, where a line begins with an owner or a directive.
fn cut_of(text: &[u8], searched: usize) -> Option<usize> {
    let from = text.get(searched..)?;
    let begins = |pair: &[u8]| matches!(pair, [b'\n', first] if *first > b' ' && !b";()\"".contains(first));
    let at = from.windows(2).rposition(begins)?;
    searched.checked_add(at)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::key;
    use crate::zone::store::{Place, at};
    use crate::zonefile::parse_each;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Records as `line owner type ttl rdata`, and errors as `line column kind`, of a text that is read in pieces.
    fn in_pieces(text: &str, piece: usize) -> (Vec<String>, Vec<String>) {
        let mut files = Files { piece, ..Files::default() };
        let origin = "origin.test".parse().ok();
        let reading = Reading { origin, ..Reading::default() };
        files.read(&mut text.as_bytes(), "text".to_string(), &reading).unwrap();
        assert_eq!(files.octets, text.len());
        let (mut records, mut errors) = (Vec::new(), Vec::new());
        for (number, piece) in (0_u32..).zip(&files.pieces) {
            for entry in (0_u32..).take(piece.len()) {
                let record = at(&files.pieces, Place { piece: number, entry });
                let owner = key::to_name(record.key);
                records.push(format!("{} {owner} {} {} {:?}", record.line, record.rtype, record.ttl, record.rdata));
            }
            errors.extend(
                piece
                    .errors
                    .iter()
                    .map(|error| format!("{} {} {}", error.line + piece.first_line, error.column, error.kind)),
            );
        }
        (records, errors)
    }

    fn at_once(text: &str) -> (Vec<String>, Vec<String>) {
        let origin: NameBuf = "origin.test".parse().unwrap();
        let (mut records, mut errors) = (Vec::new(), Vec::new());
        for read in parse_each(text, Some(&origin.as_name())) {
            match read {
                Ok((line, record)) => {
                    let mut rdata = record.rdata;
                    crate::canon::lower_names(record.rtype, &mut rdata).unwrap();
                    let owner = record.owner.to_string().to_lowercase();
                    records.push(format!("{line} {owner} {} {} {rdata:?}", record.rtype, record.ttl));
                }
                Err(error) => errors.push(format!("{} {} {}", error.line, error.column, error.kind)),
            }
        }
        (records, errors)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn pieces_say_what_the_whole_says(lines in vec(select(LINES.to_vec()), 0..60), piece in 16_usize..200, ending in any::<bool>()) {
            let mut text = lines.join("\n");
            if ending {
                text.push('\n');
            }
            prop_assert_eq!(in_pieces(&text, piece), at_once(&text));
        }
    }

    const LINES: &[&str] = &[
        "a 300 IN A 192.0.2.1",
        "B.example. 60 A 192.0.2.2",
        "c A 192.0.2.3",
        "d IN NS Ns.example.",
        "\t\tTXT \"blank owner\"",
        "  77 TXT x",
        "$TTL 5",
        "$ORIGIN x.test.",
        "$ORIGIN y",
        "e SOA a b ( 1",
        "2 3 ; in parentheses, from the first column",
        "4 5 )",
        "f TXT (",
        "g TXT \"",
        "h TXT a)",
        ") A 192.0.2.4",
        "; a comment",
        "",
        "bad..name A 192.0.2.5",
        "i A 192.0.2",
        "j 1h TYPE65280 \\# 2 0102",
        "@ MX 1 Mail",
        "k 9 IN MX 10 (  ; x",
        "mail )",
    ];

    #[test]
    fn files_inside_of_files() {
        let folder = |file: &str, from: &str| -> std::io::Result<(String, Box<dyn Read + Send>)> {
            let text: &'static str = match file {
                "one" => "$ORIGIN one.test.\nx 5 A 192.0.2.1\n$INCLUDE two sub\ny A 192.0.2.2\n",
                "two" => "z A 192.0.2.3",
                "self" => "$INCLUDE self\n",
                _ => return Err(std::io::Error::other("there is none")),
            };
            Ok((format!("{from}/{file}"), Box::new(text.as_bytes())))
        };
        let text = "$ORIGIN test.\na 60 A 192.0.2.4\n$INCLUDE one\nb A 192.0.2.5\n$INCLUDE none\n$INCLUDE self\nc A 192.0.2.6\n";
        let mut files = Files::default();
        let reading = Reading { include: Some(&folder), ..Reading::default() };
        files.read(&mut text.as_bytes(), "main".to_string(), &reading).unwrap();
        let mut records = Vec::new();
        for (number, piece) in (0_u32..).zip(&files.pieces) {
            for entry in (0_u32..).take(piece.len()) {
                let record = at(&files.pieces, Place { piece: number, entry });
                records.push(format!(
                    "{}:{} {} {}",
                    files.names[record.file],
                    record.line,
                    key::to_name(record.key),
                    record.ttl
                ));
            }
        }
        // The origin is that of the file again behind the directive, the TTL that of the record before.
        assert_eq!(
            records,
            [
                "main:2 a.test. 60",
                "main/one:2 x.one.test. 5",
                "main/one/two:1 z.sub.one.test. 5",
                "main/one:4 y.one.test. 5",
                "main:4 b.test. 60",
                "main:7 c.test. 60",
            ]
        );
        let errors: Vec<String> = files
            .pieces
            .iter()
            .flat_map(|piece| {
                piece.errors.iter().map(|error| {
                    format!("{}:{} {}", files.names[piece.file], error.line + piece.first_line, error.kind)
                })
            })
            .collect();
        assert_eq!(errors.len(), 2);
        assert_eq!(errors[0], "main:5 $INCLUDE: the file cannot be opened");
        assert!(errors[1].ends_with(":1 $INCLUDE: files include one another too deeply"), "{errors:?}");
    }
}
