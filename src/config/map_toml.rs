//! map.toml read into an `ImportMap`, with every mistake at once; its events in `map_events`.

use std::cell::Cell;

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

use crate::domain::centre::{Centre, Channel};
use crate::domain::event::EventKind;

use super::centre::read_zone;
use super::map::{Condition, Covers, Format, ImportMap, TimeFormat, Word};
use super::map_events::{read_events, read_volume};
use super::mistake::{Mistake, suggest};
use super::reader::{Item, Report, Table};
use super::words;

/// Reads the description of a file to import.
///
/// # Errors
/// All mistakes of the text, each with its line and remedy.
pub fn parse_map(text: &str) -> Result<ImportMap, Vec<Mistake>> {
    let (report, tree) = Report::parse("map.toml", text);
    let top = Table::top(&tree, &report);
    let map = read_map(&top);
    top.finish();
    let mistakes = report.into_mistakes();
    match map {
        Some(map) if mistakes.is_empty() => Ok(map),
        _ => Err(mistakes),
    }
}

fn read_map(top: &Table) -> Option<ImportMap> {
    let source = top
        .needed("source", "\"bank\", the id of a source in centre.toml")
        .and_then(|item| read_source_id(&item));
    let format = read_format(top);
    let zone = top
        .optional("zone")
        .and_then(|item| read_zone(&item))
        .map(|(_, zone): (String, TimeZone)| zone);
    let time_format = top
        .optional("time_format")
        .map_or(Some(TimeFormat::Local), |item| read_time_format(&item));
    let volume = top.optional("volume");
    let subject = match &volume {
        None => top.needed("subject", "[\"arrival\", \"call_id\"]"),
        Some(_) => top.optional("subject"),
    };
    let subject = subject.map(|item| {
        if volume.is_some() {
            item.wrong("names a contact, and a count is of none", "remove it");
        }
        read_fields(&item)
    });
    let skip = top
        .optional("skip")
        .map(|item| read_conditions(&item))
        .unwrap_or_default();
    let line = top.optional("line").and_then(|item| read_word(&item, None));
    let channels = Channel::ALL.map(Channel::name);
    let channel = top
        .optional("channel")
        .and_then(|item| read_word(&item, Some(&channels)));
    let revision = top
        .optional("revision")
        .and_then(|item| item.word().map(str::to_owned));
    let covers = top
        .optional("covers")
        .map_or(Some(Covers::Rows), |item| read_covers(&item));
    let (events, volume) = match &volume {
        None => (read_events(top, line.is_some()), None),
        Some(item) => (Vec::new(), Some(read_volume(top, item, line.is_some()))),
    };
    Some(ImportMap {
        source: source?,
        format: format?,
        zone,
        time_format: time_format?,
        subject: subject.unwrap_or_default(),
        skip,
        line,
        channel,
        revision,
        covers: covers?,
        events,
        volume: match volume {
            None => None,
            Some(rule) => Some(rule?),
        },
    })
}

fn read_source_id(item: &Item) -> Option<String> {
    let id = item.word()?;
    if !words::is_id(id) {
        item.wrong(
            format_args!("is \"{id}\", which is no id"),
            "write the id of a source in centre.toml",
        );
        return None;
    }
    Some(id.to_owned())
}

fn read_format(top: &Table) -> Option<Format> {
    let delimiter = top
        .optional("delimiter")
        .map(|item| read_delimiter(&item).map(|byte| (item, byte)));
    let item = top.needed("format", "\"csv\" or \"ndjson\"")?;
    match (item.word()?, delimiter) {
        ("csv", None) => Some(Format::Csv { delimiter: b',' }),
        ("csv", Some(delimiter)) => delimiter.map(|(_, delimiter)| Format::Csv { delimiter }),
        ("ndjson", None) => Some(Format::Ndjson),
        ("ndjson", Some(delimiter)) => {
            if let Some((item, _)) = delimiter {
                item.wrong("stands beside ndjson, which has none", "remove it");
            }
            None
        }
        (other, _) => {
            item.wrong(
                format_args!("is \"{other}\", which is no format"),
                suggest(other, &["csv", "ndjson"]),
            );
            None
        }
    }
}

fn read_delimiter(item: &Item) -> Option<u8> {
    match item.raw_text()?.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"' => Some(*byte),
        _ => {
            item.wrong("is not a single sign", "write \",\" or \";\" or \"\\t\"");
            None
        }
    }
}

fn read_time_format(item: &Item) -> Option<TimeFormat> {
    match item.word()? {
        "local" => Some(TimeFormat::Local),
        "epoch_seconds" => Some(TimeFormat::EpochSeconds),
        "epoch_ms" => Some(TimeFormat::EpochMillis),
        pattern if is_pattern(pattern) => Some(TimeFormat::Pattern(pattern.to_owned())),
        other => {
            item.wrong(
                format_args!("is \"{other}\", from which no instant can be read"),
                "write local, epoch_seconds, epoch_ms, or a pattern such as \"%d/%m/%Y %H:%M:%S\"",
            );
            None
        }
    }
}

/// Whether a pattern holds a whole date and a time: what it writes must be read back the same.
fn is_pattern(pattern: &str) -> bool {
    let sample = date(2019, 11, 23).at(14, 35, 0, 0).to_zoned(TimeZone::UTC);
    let Ok(sample) = sample else {
        return false;
    };
    let written = jiff::fmt::strtime::format(pattern, &sample);
    written.is_ok_and(|written| {
        DateTime::strptime(pattern, written).is_ok_and(|read| read == sample.datetime())
    })
}

/// Names of fields, one or several.
pub(super) fn read_fields(item: &Item) -> Vec<String> {
    let fields: Vec<String> = item
        .words()
        .into_iter()
        .map(|(_, word)| word.to_owned())
        .collect();
    if item.one_or_more().is_empty() {
        item.wrong("is empty", "write the name of a field, or several");
    }
    fields
}

/// A fixed word, or `{ column = "…", values = { A = "…" }, other = "…" }`. The words must be among
/// `known`, if that is said.
pub(super) fn read_word(item: &Item, known: Option<&[&str]>) -> Option<Word> {
    let known_word = |item: &Item| {
        let word = item.word()?;
        if let Some(known) = known.filter(|known| !known.contains(&word)) {
            item.wrong(format_args!("is \"{word}\""), suggest(word, known));
            return None;
        }
        Some(word.to_owned())
    };
    if !item.is_table() {
        return known_word(item).map(Word::Fixed);
    }
    let table = item.table("a table")?;
    let field = table.needed("column", "\"the name of a field\"");
    let values = table.optional("values").and_then(|item| {
        let table = item.table("values = { A = \"…\" }")?;
        let entries = table.all().into_iter();
        let pair = |(value, word): (&str, Item)| Some((value.to_owned(), known_word(&word)?));
        Some(entries.filter_map(pair).collect())
    });
    let other = table.optional("other").and_then(|item| known_word(&item));
    table.finish();
    Some(Word::Field {
        field: field?.word()?.to_owned(),
        values: values.unwrap_or_default(),
        other,
    })
}

/// One condition, or a list of which any may hold.
pub(super) fn read_conditions(item: &Item) -> Vec<Condition> {
    let conditions = item.one_or_more();
    conditions.iter().filter_map(read_condition).collect()
}

fn read_condition(item: &Item) -> Option<Condition> {
    let table = item.table("{ column = \"outcome\", is = [\"AGENT\"] }")?;
    let column = table.optional("column");
    let field = column.as_ref().and_then(Item::word).map(str::to_owned);
    // A test that lacks its column is already a mistake; it needs no second one.
    let untested = Cell::new(false);
    let values = |key| {
        let item = table.optional(key)?;
        if column.is_none() {
            item.wrong("has no column", "write column = \"…\" beside it");
            untested.set(true);
        }
        Some((field.clone()?, read_fields(&item)))
    };
    let fields = |key| {
        let item = table.optional(key);
        item.map(|item| read_fields(&item)).unwrap_or_default()
    };
    let condition = Condition {
        is: values("is"),
        is_not: values("is_not"),
        filled: fields("filled"),
        empty: fields("empty"),
    };
    if condition.is.is_none() && condition.is_not.is_none() {
        if let Some(column) = &column {
            column.wrong("is tested for nothing", "write is or is_not beside it");
        } else if condition == Condition::default() && !untested.get() {
            table.wrong(
                "a condition tests nothing",
                "write column with is or is_not, or filled, or empty",
            );
        }
    }
    table.finish();
    Some(condition)
}

/// `"rows"`, or days and spans of days: `["1999-01-13", "1999-01-13..1999-02-01"]`.
fn read_covers(item: &Item) -> Option<Covers> {
    if item.is_text() && item.word() == Some("rows") {
        return Some(Covers::Rows);
    }
    let mut days = Vec::new();
    let mut sound = true;
    for (entry, word) in item.words() {
        let (from, to) = match word.split_once("..") {
            Some((from, to)) => (words::date(from.trim()), words::date(to.trim())),
            None => (
                words::date(word),
                words::date(word).and_then(words::day_after),
            ),
        };
        match (from, to) {
            (Ok(from), Ok(to)) if from < to => days.push((from, to)),
            (Ok(_), Ok(_)) => {
                entry.wrong(
                    format_args!("is \"{word}\", which ends before it begins"),
                    "write from..to with the day after the last one as to",
                );
                sound = false;
            }
            (Err(wrong), _) | (_, Err(wrong)) => {
                entry.wrong(
                    format_args!("is wrong: {}", wrong.message),
                    "write \"rows\", or days and spans: [\"1999-01-13\", \"1999-01-13..1999-02-01\"]",
                );
                sound = false;
            }
        }
    }
    sound.then_some(Covers::Days(days))
}

impl ImportMap {
    /// What of the map does not fit the centre: its source, its lines, what the source may say.
    /// One sentence each; none at all is a map that fits.
    #[must_use]
    pub fn misfits(&self, centre: &Centre) -> Vec<String> {
        let mut misfits = Vec::new();
        let sources: Vec<&str> = centre.sources.iter().map(|s| s.id.as_str()).collect();
        let Some(source) = centre.source(&self.source) else {
            let remedy = suggest(&self.source, &sources);
            return vec![format!(
                "source \"{}\" is not in centre.toml; {remedy}",
                self.source
            )];
        };
        let lines: Vec<&str> = centre.lines.iter().map(|line| line.id.as_str()).collect();
        let rules = self.events.iter().filter_map(|rule| rule.line.as_ref());
        for line in self.line.iter().chain(rules).flat_map(Word::words) {
            if !lines.contains(&line) {
                let remedy = suggest(line, &lines);
                misfits.push(format!("line \"{line}\" is not in centre.toml; {remedy}"));
            }
        }
        let counts = self.volume.iter().map(|_| EventKind::Volume);
        let kinds = self.events.iter().map(|rule| rule.kind).chain(counts);
        for kind in kinds.filter(|kind| !source.may.contains(kind)) {
            let (id, kind) = (&source.id, kind.name());
            misfits.push(format!(
                "source \"{id}\" may not send {kind}; add it to `may` in centre.toml"
            ));
        }
        misfits
    }
}

#[cfg(test)]
mod tests;
