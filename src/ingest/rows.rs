//! Rows of a file: CSV or NDJSON, plain or gzip, each with its line in the raw file.
//!
//! Reads bytes and splits them; what a row means is said by the map. A row that cannot be read
//! is lost alone: a quote that is never closed costs its own line and not the rest of the file.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, ensure};
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::config::map::{Format, ImportMap};

/// A longer line is not a row of anything.
const MOST_LINE_BYTES: usize = 1024 * 1024;
/// A quoted field may span lines, but a record of more lines, or of more bytes than a line may
/// have, has a quote that was never closed.
const MOST_RECORD_LINES: usize = 100;

/// The fields of one row that the map names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'n> {
    names: &'n [String],
    values: Vec<Option<String>>,
}

impl Row<'_> {
    /// The value of a field; nothing if the row does not have it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let place = self.names.binary_search_by(|n| n.as_str().cmp(name)).ok()?;
        self.values[place].as_deref()
    }
}

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'n> {
    /// A row.
    Row(u64, Row<'n>),
    /// Something that is no row, and why.
    Refused(u64, String),
    /// The file broke off in this line; nothing comes after it.
    Broken(u64, String),
    /// The end.
    End,
}

/// Reads a file row by row.
pub struct RowReader {
    input: Box<dyn BufRead + Send>,
    /// The fields the map names, sorted.
    names: Vec<String>,
    shape: Shape,
    /// Lines that were read ahead for a quote that was never closed.
    read_ahead: VecDeque<Line>,
    /// Once the file broke off it stays broken, whatever the decoder would say next.
    broken: Option<String>,
    line: u64,
}

impl fmt::Debug for RowReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowReader at line {}", self.line)
    }
}

enum Shape {
    Csv {
        delimiter: u8,
        /// Column of each name.
        columns: Vec<usize>,
        width: usize,
    },
    Ndjson,
}

enum Line {
    Bytes(Vec<u8>),
    TooLong,
}

impl RowReader {
    /// Opens a file; gzip is recognised by its first bytes. `progress` moves with the bytes read.
    ///
    /// # Errors
    /// If it cannot be opened, or is a CSV without the columns the map names.
    pub fn open(path: &Path, map: &ImportMap, progress: &ProgressBar) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        Self::new(progress.wrap_read(file), map)
            .with_context(|| format!("reading the head of {}", path.display()))
    }

    /// Reads from anything.
    ///
    /// # Errors
    /// As [`RowReader::open`].
    pub fn new(input: impl Read + Send + 'static, map: &ImportMap) -> anyhow::Result<Self> {
        let mut input = BufReader::with_capacity(64 * 1024, input);
        let gzip = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let input: Box<dyn BufRead + Send> = if gzip {
            Box::new(BufReader::with_capacity(
                64 * 1024,
                MultiGzDecoder::new(input),
            ))
        } else {
            Box::new(input)
        };
        let mut reader = Self {
            input,
            names: map.fields().into_iter().map(str::to_owned).collect(),
            shape: Shape::Ndjson,
            read_ahead: VecDeque::new(),
            broken: None,
            line: 0,
        };
        if let Format::Csv { delimiter } = map.format {
            reader.shape = reader.read_header(delimiter)?;
        }
        Ok(reader)
    }

    fn read_header(&mut self, delimiter: u8) -> anyhow::Result<Shape> {
        let header = loop {
            match self.next_line()? {
                None => anyhow::bail!("it is empty: a CSV begins with its header"),
                Some(Line::Bytes(bytes)) if is_blank(&bytes) => {}
                Some(Line::Bytes(bytes)) => break bytes,
                Some(Line::TooLong) => anyhow::bail!("its first line is not the header of a CSV"),
            }
        };
        let header = String::from_utf8(header).context("its header is not UTF-8")?;
        let header = split(&header, delimiter).context("a quote in its header is not closed")?;
        let place = |name: &String| header.iter().position(|column| column.trim() == name);
        let missing: Vec<&str> = self
            .names
            .iter()
            .filter(|name| place(name).is_none())
            .map(String::as_str)
            .collect();
        ensure!(
            missing.is_empty(),
            "its header lacks columns that the map names: {}",
            missing.join(", ")
        );
        Ok(Shape::Csv {
            delimiter,
            columns: self.names.iter().filter_map(place).collect(),
            width: header.len(),
        })
    }

    /// The next row. Blank lines are none.
    pub fn next_row(&mut self) -> Next<'_> {
        loop {
            let line = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => return Next::End,
                Err(error) => return Next::Broken(self.line + 1, error.to_string()),
            };
            let at = self.line;
            match line {
                Line::TooLong => {
                    let reason = format!("too_long: a line of more than {MOST_LINE_BYTES} bytes");
                    return Next::Refused(at, reason);
                }
                Line::Bytes(bytes) if is_blank(&bytes) => {}
                Line::Bytes(bytes) => {
                    return match self.read_record(bytes) {
                        Ok(values) => Next::Row(
                            at,
                            Row {
                                names: &self.names,
                                values,
                            },
                        ),
                        Err(reason) => Next::Refused(at, reason),
                    };
                }
            }
        }
    }

    fn read_record(&mut self, bytes: Vec<u8>) -> Result<Vec<Option<String>>, String> {
        match self.shape {
            Shape::Ndjson => read_object(&bytes, &self.names),
            Shape::Csv { delimiter, .. } => {
                let fields = self.read_fields(bytes, delimiter)?;
                self.choose(fields)
            }
        }
    }

    fn choose(&self, mut fields: Vec<String>) -> Result<Vec<Option<String>>, String> {
        let Shape::Csv { columns, width, .. } = &self.shape else {
            return Ok(Vec::new());
        };
        if fields.len() != *width {
            return Err(format!(
                "wrong_field_count: {} fields; the header has {width}",
                fields.len()
            ));
        }
        let chosen = columns
            .iter()
            .map(|at| Some(std::mem::take(&mut fields[*at])));
        Ok(chosen.collect())
    }

    /// Splits a record, reading on while a quote is open. Each line is looked at once until the
    /// end of the record is found; only a record that has one is judged as a whole.
    fn read_fields(&mut self, first: Vec<u8>, delimiter: u8) -> Result<Vec<String>, String> {
        let mut more: Vec<Line> = Vec::new();
        let mut is_open = leaves_open(&first, delimiter, false);
        let mut record = first;
        while is_open {
            let next = match self.next_line() {
                Ok(Some(Line::Bytes(bytes)))
                    if more.len() < MOST_RECORD_LINES
                        && record.len() + bytes.len() <= MOST_LINE_BYTES =>
                {
                    bytes
                }
                Ok(Some(line)) => return Err(self.give_back(more, Some(line))),
                // A broken file says so again when the next row is asked for.
                Ok(None) | Err(_) => return Err(self.give_back(more, None)),
            };
            is_open = leaves_open(&next, delimiter, true);
            record.extend_from_slice(&next);
            more.push(Line::Bytes(next));
        }
        let text = std::str::from_utf8(&record)
            .map_err(|error| format!("invalid_utf8: byte {} of the row", error.valid_up_to()))?;
        split(text, delimiter).ok_or_else(|| self.give_back(more, None))
    }

    /// A quote was never closed: the lines after the first are read again, as rows of their own.
    fn give_back(&mut self, more: Vec<Line>, last: Option<Line>) -> String {
        for line in more.into_iter().chain(last).rev() {
            self.read_ahead.push_front(line);
            self.line -= 1;
        }
        "quote_not_closed: a quoted field has no end".to_owned()
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.read_ahead.pop_front() {
            self.line += 1;
            return Ok(Some(line));
        }
        if let Some(cause) = &self.broken {
            return Err(io::Error::other(cause.clone()));
        }
        let line = self.read_line();
        if let Err(error) = &line {
            self.broken = Some(error.to_string());
        }
        line
    }

    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let most = u64::try_from(MOST_LINE_BYTES).unwrap_or(u64::MAX);
        (&mut self.input).take(most).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let too_long = bytes.len() == MOST_LINE_BYTES && bytes.last() != Some(&b'\n');
        if too_long {
            self.skip_line()?;
        }
        self.line += 1;
        if self.line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(if too_long {
            Line::TooLong
        } else {
            Line::Bytes(bytes)
        }))
    }

    /// Passes over the rest of a line without keeping it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let chunk = self.input.fill_buf()?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let length = chunk.len();
            self.input.consume(end.map_or(length, |at| at + 1));
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Whether a quote is open at the end of a line, which began inside of one or at a new field. The
/// same rules as [`split`].
fn leaves_open(line: &[u8], delimiter: u8, is_open: bool) -> bool {
    let mut quoted = is_open;
    let mut at_start = !is_open;
    let mut bytes = line.iter().peekable();
    while let Some(byte) = bytes.next() {
        if quoted {
            quoted = *byte != b'"' || bytes.next_if_eq(&&b'"').is_some();
        } else {
            quoted = *byte == b'"' && at_start;
            at_start = *byte == delimiter;
        }
    }
    quoted
}

/// Splits a record by RFC 4180; `None` if a quote is open at its end. A quote that does not open
/// a field stands for itself.
fn split(record: &str, delimiter: u8) -> Option<Vec<String>> {
    let record = record.strip_suffix('\n').unwrap_or(record);
    let record = record.strip_suffix('\r').unwrap_or(record);
    let delimiter = char::from(delimiter);
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut at_start = true;
    let mut characters = record.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut()?;
        if quoted {
            if character != '"' {
                field.push(character);
            } else if characters.next_if_eq(&'"').is_some() {
                field.push('"');
            } else {
                quoted = false;
            }
        } else if character == delimiter {
            fields.push(String::new());
            at_start = true;
            continue;
        } else if character == '"' && at_start {
            quoted = true;
        } else {
            field.push(character);
        }
        at_start = false;
    }
    (!quoted).then_some(fields)
}

fn read_object(bytes: &[u8], names: &[String]) -> Result<Vec<Option<String>>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("invalid_utf8: byte {} of the row", error.valid_up_to()))?;
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not_json: {error}"))?;
    if !value.is_object() {
        return Err("not_an_object: a row is a JSON object".to_owned());
    }
    Ok(names.iter().map(|name| member(&value, name)).collect())
}

/// A member by its name, or by its dotted path where no member has that very name.
fn member(object: &Value, name: &str) -> Option<String> {
    let found = object.get(name).or_else(|| {
        let mut steps = name.split('.');
        steps.try_fold(object, |parent, step| parent.get(step))
    })?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests;
