//! Reads a growing file of lines to its end, over and over, through rotations and restarts.
//!
//! A file is told from others by a hash of its first line, not by its name or place on the disk:
//! so it stays itself when it is renamed or copied, and is another one after it was emptied. Whole
//! lines only are read. Knows nothing of what the lines mean but their time.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::domain::event::Millis;

/// Bytes read at once: some thousand lines, one commit.
const PIECE_BYTES: usize = 256 * 1024;
/// So much of a first line tells the file from others.
pub(super) const PRINT_BYTES: usize = 4_096;

/// Tells the time of a line.
pub type TimeOf = fn(&[u8]) -> Option<Millis>;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Whole lines, each with its end.
    Lines(Piece),
    /// A line without an end in sight: dropped, up to here.
    TooLong,
    /// Everything is read for now, and the file is there.
    End,
    /// The file is not there, or says nothing yet.
    Nothing,
    /// The file was emptied under us, or what we had read of it is gone: lines may be missing.
    Gap,
}

/// Some lines and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What tells the file from others.
    pub file: String,
    /// Where the lines begin in it.
    pub offset: u64,
    /// The lines.
    pub bytes: Vec<u8>,
}

/// How far which file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What tells the file from others.
    pub file: String,
    /// Bytes read.
    pub offset: u64,
}

/// A file that is being read.
#[derive(Debug)]
struct Open {
    file: File,
    print: String,
    offset: u64,
    /// In the middle of a line that is dropped.
    dropping: bool,
}

/// Follows the file of a path.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    time_of: TimeOf,
    open: Option<Open>,
    /// Files that are read whole before that of the path: rotated while nobody looked.
    older: VecDeque<Open>,
    /// Files that were read to their end since the start.
    done: Vec<String>,
    /// The time of the last line that was read.
    pub line_ms: Millis,
}

impl Follower {
    /// Goes on where an earlier follower stopped, and says whether something may be missing since:
    /// what it read is nowhere to be found.
    ///
    /// # Errors
    /// If the folder or a file in it cannot be read.
    pub fn start(
        path: &Path,
        time_of: TimeOf,
        from: Option<(Position, Millis)>,
    ) -> io::Result<(Self, bool)> {
        let mut follower = Self {
            path: path.to_owned(),
            time_of,
            open: None,
            older: VecDeque::new(),
            done: Vec::new(),
            line_ms: 0,
        };
        let mut is_missing = false;
        if let Some((position, line_ms)) = from {
            follower.line_ms = line_ms;
            is_missing = !follower.seek(&position)?;
        }
        Ok((follower, is_missing))
    }

    /// Where reading stands.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.open.as_ref().map(|open| Position {
            file: open.print.clone(),
            offset: open.offset,
        })
    }

    /// The lines before a position, at most so many bytes of them: what came just before.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn just_before(&self, most_bytes: u64) -> io::Result<Vec<u8>> {
        let Some(open) = &self.open else {
            return Ok(Vec::new());
        };
        let from = open.offset.saturating_sub(most_bytes);
        let mut bytes = Vec::new();
        let mut file = &open.file;
        file.seek(SeekFrom::Start(from))?;
        file.take(open.offset - from).read_to_end(&mut bytes)?;
        let cut = match from {
            0 => 0,
            _ => bytes
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(bytes.len(), |end| end + 1),
        };
        Ok(bytes.split_off(cut))
    }

    /// What comes next. After `End` and `Nothing`, ask again later.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read_on(&mut self) -> io::Result<Next> {
        loop {
            if self.open.is_none() && !self.open_next()? {
                return Ok(Next::Nothing);
            }
            let Some(open) = &mut self.open else {
                return Ok(Next::Nothing);
            };
            let before = open.offset;
            if let Some(next) = open.read_lines()? {
                // Emptied and grown beyond what was read: these are not the lines that follow.
                if !open.was_emptied()? {
                    self.note_time(&next);
                    return Ok(next);
                }
                open.offset = before;
            }
            match self.turn()? {
                Turn::Stay => return Ok(Next::End),
                Turn::Gone => return Ok(Next::Nothing),
                Turn::Emptied => return Ok(Next::Gap),
                Turn::Over(rest) => {
                    if let Some(rest) = rest {
                        let next = Next::Lines(rest);
                        self.note_time(&next);
                        return Ok(next);
                    }
                }
            }
        }
    }

    fn note_time(&mut self, next: &Next) {
        if let Next::Lines(piece) = next {
            let mut lines = piece.bytes.split(|byte| *byte == b'\n').rev();
            self.line_ms = lines.find_map(self.time_of).unwrap_or(self.line_ms);
        }
    }

    /// At the end of what is open: is there another file to go on with?
    fn turn(&mut self) -> io::Result<Turn> {
        let Some(open) = &mut self.open else {
            return Ok(Turn::Gone);
        };
        if open.was_emptied()? {
            let position = Position {
                file: open.print.clone(),
                offset: open.offset,
            };
            self.open = None;
            // A copy that was made before still has what we had not read.
            self.seek(&position)?;
            return Ok(Turn::Emptied);
        }
        if !self.older.is_empty() {
            return self.leave();
        }
        let print = open.print.clone();
        let (now, otherwise) = match Open::new(&self.path) {
            // Somebody made the new file and has not written to it: the old one may still grow.
            Ok(now) => (now, Turn::Stay),
            Err(error) if error.kind() == ErrorKind::NotFound => (None, Turn::Gone),
            Err(error) => return Err(error),
        };
        if now.as_ref().is_some_and(|now| now.print == print) {
            return Ok(Turn::Stay);
        }
        let newest = now.as_ref().map_or("", |now| now.print.as_str());
        let mut newer = self.rotated_since(&print, newest)?;
        newer.extend(now);
        if newer.is_empty() {
            return Ok(otherwise);
        }
        // The writer has gone on to a newer file, so the old one is complete: once more.
        if let Some(open) = &mut self.open
            && let Some(Next::Lines(piece)) = open.read_lines()?
        {
            return Ok(Turn::Over(Some(piece)));
        }
        self.older = newer;
        self.leave()
    }

    /// Goes on to the next of the older files.
    fn leave(&mut self) -> io::Result<Turn> {
        let mut rest = None;
        if let Some(open) = &mut self.open {
            rest = open.rest()?;
            self.done.push(open.print.clone());
        }
        self.open = self.older.pop_front();
        Ok(Turn::Over(rest))
    }

    fn open_next(&mut self) -> io::Result<bool> {
        if let Some(next) = self.older.pop_front() {
            self.open = Some(next);
            return Ok(true);
        }
        match Open::new(&self.path) {
            Ok(open) => self.open = open,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(self.open.is_some())
    }

    /// Goes to a position, wherever its file is now; false if it is nowhere.
    fn seek(&mut self, position: &Position) -> io::Result<bool> {
        let current = match Open::new(&self.path) {
            Ok(current) => current,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let is_it = |open: &Open| {
            let length = open.file.metadata().map_or(0, |data| data.len());
            open.print == position.file && length >= position.offset
        };
        if let Some(mut open) = current {
            if is_it(&open) {
                open.offset = position.offset;
                self.open = Some(open);
                return Ok(true);
            }
            self.older = self.rotated_since(&position.file, &open.print)?;
            self.older.push_back(open);
        } else {
            self.older = self.rotated_since(&position.file, "")?;
        }
        let siblings = self.siblings()?;
        for sibling in siblings {
            // One that may not be read is as good as gone.
            if let Ok(Some(mut open)) = Open::new(&sibling)
                && is_it(&open)
            {
                open.offset = position.offset;
                self.open = Some(open);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Files of the same name and an ending, such as `queue_log.1`.
    fn siblings(&self) -> io::Result<Vec<PathBuf>> {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Ok(Vec::new());
        };
        let name = name.to_string_lossy().into_owned();
        let mut siblings = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let other = entry.file_name().to_string_lossy().into_owned();
            if other.len() > name.len() && other.starts_with(&name) && entry.path().is_file() {
                siblings.push(entry.path());
            }
        }
        siblings.sort();
        Ok(siblings)
    }

    /// Files that were begun and put away since the last line, earliest first.
    fn rotated_since(&self, read: &str, current: &str) -> io::Result<VecDeque<Open>> {
        let mut since: Vec<(Millis, Open)> = Vec::new();
        for sibling in self.siblings()? {
            let Ok(Some(mut open)) = Open::new(&sibling) else {
                continue;
            };
            let known = since.iter().any(|(_, other)| other.print == open.print);
            let begins = (self.time_of)(&open.head()?);
            if let Some(begins) = begins
                && begins >= self.line_ms
                && !known
                && open.print != read
                && open.print != current
                && !self.done.contains(&open.print)
            {
                since.push((begins, open));
            }
        }
        since.sort_by_key(|(begins, _)| *begins);
        Ok(since.into_iter().map(|(_, open)| open).collect())
    }
}

/// What to do at the end of a file.
enum Turn {
    /// It may grow.
    Stay,
    /// The path leads to no file.
    Gone,
    /// It was emptied.
    Emptied,
    /// The next file is open; a last line without an end stood in this one.
    Over(Option<Piece>),
}

impl Open {
    /// Opens a file; nothing if it has no whole first line yet.
    fn new(path: &Path) -> io::Result<Option<Self>> {
        let mut open = Self {
            file: File::open(path)?,
            print: String::new(),
            offset: 0,
            dropping: false,
        };
        let Some(print) = print_of(&open.head()?) else {
            return Ok(None);
        };
        open.print = print;
        Ok(Some(open))
    }

    /// The first line and its end, or the first bytes of a long one.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(PRINT_BYTES);
        self.file.seek(SeekFrom::Start(0))?;
        let most = u64::try_from(PRINT_BYTES).unwrap_or(u64::MAX);
        (&self.file).take(most).read_to_end(&mut head)?;
        if let Some(end) = head.iter().position(|byte| *byte == b'\n') {
            head.truncate(end + 1);
        }
        Ok(head)
    }

    fn was_emptied(&mut self) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        Ok(length < self.offset || print_of(&self.head()?).as_ref() != Some(&self.print))
    }

    /// Whole lines from here on; nothing if there is none yet.
    fn read_lines(&mut self) -> io::Result<Option<Next>> {
        let mut bytes = self.read(PIECE_BYTES)?;
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            if bytes.len() < PIECE_BYTES {
                return Ok(None);
            }
            self.offset += length(&bytes);
            self.dropping = true;
            return Ok(Some(Next::TooLong));
        };
        bytes.truncate(end + 1);
        let offset = self.offset;
        self.offset += length(&bytes);
        if !std::mem::take(&mut self.dropping) {
            return Ok(Some(self.piece(offset, bytes)));
        }
        let from = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(end) + 1;
        let lines = bytes.split_off(from);
        Ok(Some(self.piece(offset + length(&bytes), lines)))
    }

    /// A last line that never got its end, with one.
    fn rest(&mut self) -> io::Result<Option<Piece>> {
        let mut bytes = self.read(PIECE_BYTES)?;
        if bytes.is_empty() || self.dropping {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += length(&bytes);
        bytes.push(b'\n');
        Ok(Some(Piece {
            file: self.print.clone(),
            offset,
            bytes,
        }))
    }

    fn read(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.offset))?;
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        (&self.file).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn piece(&self, offset: u64, bytes: Vec<u8>) -> Next {
        Next::Lines(Piece {
            file: self.print.clone(),
            offset,
            bytes,
        })
    }
}

/// The hash of a first line; nothing if it has no end yet.
#[must_use]
pub fn print_of(head: &[u8]) -> Option<String> {
    let is_whole = head.last() == Some(&b'\n') || head.len() >= PRINT_BYTES;
    is_whole.then(|| hex::encode(&Sha256::digest(head)[..8]))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
