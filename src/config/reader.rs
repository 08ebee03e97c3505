//! Walks a TOML tree by its positions and gathers every mistake instead of stopping at the first.
//!
//! Knows TOML and how to complain; knows nothing of what the settings mean. A table remembers
//! which keys were asked for, so that those nobody asked for are mistakes, too.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, nearest};

const QUOTES: &str = "texts stand in \"…\", a table begins with [name], an entry with [[name]]";
const TWICE: &str = "write it once";
const DATE: &str = "write year-month-day, such as 2026-12-25";
const UNCLOSED: &str = "close the { or [ that a line before this one opens";

/// Gathers the mistakes of one file.
pub(super) struct Report {
    file: &'static str,
    text: String,
    /// Lines with broken syntax: what the tree says there is not to be trusted.
    broken: BTreeSet<usize>,
    found: RefCell<Vec<Mistake>>,
}

impl Report {
    /// Parses a text as well as it can be parsed; broken syntax is already reported.
    pub(super) fn parse<'a>(file: &'static str, text: &'a str) -> (Self, Spanned<DeTable<'a>>) {
        let (tree, errors) = DeTable::parse_recoverable(text);
        let mut report = Self {
            file,
            text: text.to_owned(),
            broken: BTreeSet::new(),
            found: RefCell::default(),
        };
        // A brace that is not closed makes every line after it look broken; the first one is where
        // to search.
        let unclosed = errors.iter().any(|error| {
            let message = error.message();
            message.starts_with("unclosed array,") || message.starts_with("unclosed inline table,")
        });
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            let line = report.line_of(at);
            // One slip often breaks the rest of its line; the first complaint is the useful one.
            if !report.broken.insert(line) {
                continue;
            }
            let swallows = unclosed && error.message().starts_with("missing");
            let remedy = match error.message() {
                _ if swallows => UNCLOSED,
                message if message.starts_with("duplicate key") => TWICE,
                message if message.starts_with("invalid date") => DATE,
                _ => QUOTES,
            };
            report.syntax(at, error.message(), remedy);
            if swallows {
                report.broken.extend(line..=text.lines().count() + 1);
                break;
            }
            report.distrust_table(line);
        }
        (report, tree)
    }

    /// Under a broken header, everything up to the next one stands in the wrong table.
    fn distrust_table(&mut self, line: usize) {
        let is_header = |text: &str| text.trim_start().starts_with('[');
        let mut lines = self.text.lines().enumerate().skip(line - 1);
        if lines.next().is_some_and(|(_, text)| is_header(text)) {
            let inside = lines.take_while(|(_, text)| !is_header(text));
            self.broken.extend(inside.map(|(index, _)| index + 1));
        }
    }

    fn syntax(&mut self, at: usize, message: &str, remedy: &str) {
        let mistake = Mistake {
            file: self.file.to_owned(),
            line: self.line_of(at),
            column: Some(self.column_of(at)),
            message: format!("not TOML: {}", message.replace('\n', ", ")),
            remedy: remedy.to_owned(),
        };
        self.found.get_mut().push(mistake);
    }

    /// All mistakes in the order of their lines.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|mistake| (mistake.line, mistake.column));
        found.dedup();
        found
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or(&self.text)
    }

    fn line_of(&self, at: usize) -> usize {
        1 + self.before(at).matches('\n').count()
    }

    fn column_of(&self, at: usize) -> usize {
        let before = self.before(at);
        let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
        1 + line.chars().count()
    }

    fn push(&self, at: usize, message: String, remedy: String) {
        let line = self.line_of(at);
        if !self.broken.contains(&line) {
            self.found.borrow_mut().push(Mistake {
                file: self.file.to_owned(),
                line,
                column: None,
                message,
                remedy,
            });
        }
    }
}

/// A table being read.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    path: String,
    at: usize,
    report: &'a Report,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn top(tree: &'a Spanned<DeTable<'a>>, report: &'a Report) -> Self {
        Self {
            entries: tree.get_ref(),
            path: String::new(),
            at: 0,
            report,
            asked: RefCell::default(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn optional(&self, key: &'static str) -> Option<Item<'a>> {
        self.asked.borrow_mut().insert(key);
        let value = self.entries.get(key)?;
        Some(self.item(key, value))
    }

    /// The value of a key that must be there; `example` is what could be written.
    pub(super) fn needed(&self, key: &'static str, example: &str) -> Option<Item<'a>> {
        let item = self.optional(key);
        if item.is_none() {
            let message = format!("{} is missing", self.path_of(key));
            self.missing(message, format!("write {key} = {example}"));
        }
        item
    }

    /// Every key with its value, for tables whose keys are words of the operator.
    pub(super) fn all(&self) -> Vec<(&'a str, Item<'a>)> {
        let mut all: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| {
                let mut item = self.item(key.get_ref(), value);
                item.at = key.span().start;
                (key.get_ref().as_ref(), item)
            })
            .collect();
        all.sort_by_key(|(_, item)| item.at);
        all
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if asked.contains(name) {
                continue;
            }
            let remedy = nearest(name, asked.iter().copied()).map_or_else(
                || {
                    let known: Vec<&str> = asked.iter().copied().collect();
                    format!("remove it; known here are: {}", known.join(", "))
                },
                |near| format!("did you mean \"{near}\"?"),
            );
            let message = format!("{} is not a setting", self.path_of(name));
            self.report.push(key.span().start, message, remedy);
        }
    }

    /// Reports something about the table as a whole.
    pub(super) fn wrong(&self, message: impl Into<String>, remedy: impl Into<String>) {
        self.report.push(self.at, message.into(), remedy.into());
    }

    /// Reports that something is not there; kept back where broken syntax may have swallowed it.
    pub(super) fn missing(&self, message: impl Into<String>, remedy: impl Into<String>) {
        if self.report.broken.is_empty() {
            self.wrong(message, remedy);
        }
    }

    /// Calls the table by its id from here on: `lines.billing` tells more than `lines[2]`.
    pub(super) fn rename(&mut self, path: String) {
        self.path = path;
    }

    /// The name of a key with its tables before it.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn item(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
        Item {
            value: value.get_ref(),
            path: self.path_of(key),
            at: value.span().start,
            report: self.report,
        }
    }
}

/// A value being read.
pub(super) struct Item<'a> {
    value: &'a DeValue<'a>,
    path: String,
    at: usize,
    report: &'a Report,
}

impl<'a> Item<'a> {
    /// Reports that this value is wrong: `says` goes on after its name ("must be …").
    pub(super) fn wrong(&self, says: impl Display, remedy: impl Into<String>) {
        let message = format!("{} {says}", self.path);
        self.report.push(self.at, message, remedy.into());
    }

    /// As `wrong`, for what refers to something that broken syntax may have swallowed.
    pub(super) fn dangling(&self, says: impl Display, remedy: impl Into<String>) {
        if self.report.broken.is_empty() {
            self.wrong(says, remedy);
        }
    }

    /// A text, trimmed; an empty one is a mistake.
    pub(super) fn word(&self) -> Option<&'a str> {
        let DeValue::String(text) = self.value else {
            return self.mistype("a text", "write it in \"…\"");
        };
        let text = text.trim();
        if text.is_empty() {
            self.wrong("is empty", "write a text");
            return None;
        }
        Some(text)
    }

    /// A text as it is, also a blank one.
    pub(super) fn raw_text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => self.mistype("a text", "write it in \"…\""),
        }
    }

    /// A whole number.
    pub(super) fn integer(&self) -> Option<i64> {
        let parsed = match self.value {
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        parsed.or_else(|| self.mistype("a whole number", "write it in digits, without \"…\""))
    }

    /// A whole number in a range.
    pub(super) fn integer_in(&self, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let number = self.integer()?;
        if range.contains(&number) {
            return Some(number);
        }
        let (low, high) = range.into_inner();
        let nearest = number.clamp(low, high);
        self.wrong(
            format_args!("is {number}; it must be from {low} to {high}"),
            format!("write {nearest} or so"),
        );
        None
    }

    /// A share in percent.
    pub(super) fn percent(&self) -> Option<f64> {
        let number = match self.value {
            DeValue::Integer(digits) => digits.as_str().parse().ok(),
            DeValue::Float(digits) => digits.as_str().parse().ok(),
            _ => None,
        };
        let Some(number): Option<f64> = number else {
            return self.mistype("a number", "write a percentage such as 80");
        };
        if (0.0..=100.0).contains(&number) {
            return Some(number);
        }
        self.wrong(
            format_args!("is {number}; it must be a percentage from 0 to 100"),
            "write a percentage such as 80",
        );
        None
    }

    /// True or false.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.mistype("true or false", "write true or false, without \"…\""),
        }
    }

    /// A date or time, written bare (as TOML has it) or as a text; its text.
    pub(super) fn date_or_time(&self) -> Option<String> {
        match self.value {
            DeValue::Datetime(written) => Some(written.to_string()),
            DeValue::String(text) => Some(text.trim().to_owned()),
            _ => self.mistype("a date or time", "write 2026-12-25 or \"10:00\""),
        }
    }

    /// A table.
    pub(super) fn table(&self, example: &str) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.value else {
            return self.mistype("a table", &format!("write {example}"));
        };
        Some(Table {
            entries,
            path: self.path.clone(),
            at: self.at,
            report: self.report,
            asked: RefCell::default(),
        })
    }

    /// Whether it is a table; some settings may be a text or a table.
    pub(super) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// Whether it is a text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// The entries of a list; a single value stands for a list of one. Named from 1.
    pub(super) fn one_or_more(&self) -> Vec<Item<'a>> {
        let DeValue::Array(entries) = self.value else {
            return vec![Item {
                value: self.value,
                path: self.path.clone(),
                at: self.at,
                report: self.report,
            }];
        };
        let number = |(index, entry): (usize, &'a Spanned<DeValue<'a>>)| Item {
            value: entry.get_ref(),
            path: format!("{}[{}]", self.path, index + 1),
            at: entry.span().start,
            report: self.report,
        };
        entries.iter().enumerate().map(number).collect()
    }

    /// The words of a list, or a single one.
    pub(super) fn words(&self) -> Vec<(Item<'a>, &'a str)> {
        self.one_or_more()
            .into_iter()
            .filter_map(|item| item.word().map(|word| (item, word)))
            .collect()
    }

    fn mistype<T>(&self, wanted: &str, remedy: &str) -> Option<T> {
        let is = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format_args!("is {is}; it must be {wanted}"), remedy);
        None
    }
}
