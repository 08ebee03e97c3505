//! What map.toml says: how the rows of a file (CSV or NDJSON) become events of contacts, or counts.
//!
//! Types and their meaning only; `map_toml` reads them from text. The importer works by them;
//! this module opens no file and knows nothing of the store.
//!
//! A *field* is a column of a CSV, by its header, or a member of an NDJSON object, by its name or
//! dotted path (`queue.name`). A field is *empty* if it is absent, JSON `null`, or blank after
//! trimming; every value is trimmed before it is compared or read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::event::EventKind;

/// How one kind of file is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportMap {
    /// The `id` of the source in centre.toml in whose name the file speaks.
    pub source: String,
    /// The file's format.
    pub format: Format,
    /// The zone of its local times; `None` is the centre's.
    pub zone: Option<TimeZone>,
    /// How its times are written.
    pub time_format: TimeFormat,
    /// The fields that name a contact; their values, joined by `|` (one inside a value is written
    /// `\|`, a backslash `\\`), are its subject, and the value of a single field is it as it
    /// stands. A row in which all of them are empty is refused. Numbers of calls often repeat after a day or a
    /// restart of the exchange, so the time of arrival belongs here too. Counts have none.
    pub subject: Vec<String>,
    /// A row for which any of these holds is not a contact (a test, a phantom of the switch), or
    /// not a count.
    pub skip: Vec<Condition>,
    /// The line of `attempted`, `refused`, `offered` and `transferred`, or of the counts.
    pub line: Option<Word>,
    /// The channel; `None` is the first channel of the line.
    pub channel: Option<Word>,
    /// The field with the revision of the row; `None`, or an empty field, is 0.
    pub revision: Option<String>,
    /// Which time the file covers.
    pub covers: Covers,
    /// What a row says, in this order. A row for which no rule holds is refused. Empty if rows are
    /// counts.
    pub events: Vec<EventRule>,
    /// A row is not a contact but a count of them in a span of time.
    pub volume: Option<VolumeRule>,
}

/// The format of a file; gzip is recognised by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header row and quoted fields where needed.
    Csv {
        /// The byte between the fields, a comma by default.
        delimiter: u8,
    },
    /// One JSON object a line.
    Ndjson,
}

/// How times are written.
///
/// A local time that occurs twice is the earlier of the two; one that never occurs is moved
/// forward by the length of the gap (`period::instant_ms`). The importer counts both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// `2026-03-01T08:00:00` or with a space, local, fractions allowed; if it ends with `Z` or an
    /// offset, that holds.
    Local,
    /// Seconds since 1970 UTC, fractions allowed.
    EpochSeconds,
    /// Milliseconds since 1970 UTC.
    EpochMillis,
    /// A `strptime` pattern such as `%d/%m/%Y %H:%M:%S`, local unless it has `%z`.
    Pattern(String),
}

/// A word that is fixed, or looked up from a field of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The same in every row.
    Fixed(String),
    /// Depends on the row.
    Field {
        /// Where to look.
        field: String,
        /// What each value means; with no entry at all, the value itself is the word.
        values: BTreeMap<String, String>,
        /// For values that are not listed, also for an empty field.
        other: Option<String>,
    },
}

/// One test of a row, or several that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The field has one of these values.
    pub is: Option<(String, Vec<String>)>,
    /// The field has none of these values (an empty field has none).
    pub is_not: Option<(String, Vec<String>)>,
    /// All these fields have a value.
    pub filled: Vec<String>,
    /// None of these fields has a value.
    pub empty: Vec<String>,
}

/// An instant of a row: the first filled of `fields`, plus seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The first of these that is not empty counts; if all are empty the row is refused.
    pub fields: Vec<String>,
    /// Fields with a number of seconds (fractions allowed, empty is 0) that are added to it.
    pub plus_seconds: Vec<String>,
}

/// The unit in which a file writes handle times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, fractions allowed.
    Seconds,
    /// Milliseconds.
    Millis,
}

/// One event that a row may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRule {
    /// Which; never `lost`, `heartbeat`, `capacity` or `volume`, which are not about a row.
    pub kind: EventKind,
    /// When it happened.
    pub time: Moment,
    /// The row says it if any of these holds; no conditions: every row does.
    pub when: Vec<Condition>,
    /// Another line than the row's, as for `transferred`.
    pub line: Option<Word>,
    /// `ended` only: fields whose sum is talk + hold + wrap-up; unknown if all are empty.
    pub handle: Option<(Vec<String>, Unit)>,
    /// `classified` only: a word of `Purpose`.
    pub purpose: Option<Word>,
    /// `resolved` only: `true` or `false`.
    pub resolved: Option<Word>,
    /// `complaint.opened` only: the cause.
    pub cause: Option<Word>,
    /// `answered` only: the site that answered; unknown if the field is empty.
    pub site: Option<Word>,
    /// `scored` only: the scale (`csat`, `nps`, `ces`) and the field with the answer.
    pub score: Option<(String, String)>,
}

/// How a row counts attempts in a span of time, for files that know no contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeRule {
    /// The start of the span.
    pub start: Moment,
    /// The length of every span, 1 second to a day.
    pub seconds: i64,
    /// The field with the number of attempts in it.
    pub attempts: String,
}

/// Which time a file covers: covered and empty is 0, not covered is no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covers {
    /// Every local day in which the file has a row, also one that is not a contact.
    Rows,
    /// These local days, each `[from, to)`; none at all covers nothing.
    Days(Vec<(Date, Date)>),
}

impl Word {
    /// The word for a row, or nothing if the row has a value that is not listed.
    pub fn choose<'a>(&'a self, field: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
        match self {
            Self::Fixed(word) => Some(word),
            Self::Field {
                field: name,
                values,
                other,
            } => {
                let value = filled(field(name));
                let listed = if values.is_empty() {
                    value
                } else {
                    value.and_then(|value| values.get(value).map(String::as_str))
                };
                listed.or(other.as_deref())
            }
        }
    }

    /// Every word it can choose, as far as that is known beforehand.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let (fixed, listed, other) = match self {
            Self::Fixed(word) => (Some(word), None, None),
            Self::Field { values, other, .. } => (None, Some(values.values()), other.as_ref()),
        };
        let listed = listed.into_iter().flatten();
        fixed
            .into_iter()
            .chain(listed)
            .chain(other)
            .map(String::as_str)
    }

    /// The field it is chosen by, if it is not the same for all rows.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Field { field, .. } => Some(field),
        }
    }
}

impl Condition {
    /// Whether all its tests hold for a row.
    pub fn holds<'a>(&self, field: impl Fn(&str) -> Option<&'a str>) -> bool {
        let among = |name: &str, values: &[String]| {
            filled(field(name)).is_some_and(|value| values.iter().any(|v| v == value))
        };
        self.is
            .as_ref()
            .is_none_or(|(name, values)| among(name, values))
            && self
                .is_not
                .as_ref()
                .is_none_or(|(name, values)| !among(name, values))
            && self.filled.iter().all(|name| filled(field(name)).is_some())
            && self.empty.iter().all(|name| filled(field(name)).is_none())
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        let tested = [&self.is, &self.is_not]
            .into_iter()
            .flatten()
            .map(|(name, _)| name);
        tested
            .chain(&self.filled)
            .chain(&self.empty)
            .map(String::as_str)
    }
}

impl Moment {
    fn all_fields(&self) -> impl Iterator<Item = &String> {
        self.fields.iter().chain(&self.plus_seconds)
    }
}

impl EventRule {
    /// Whether a row says this.
    pub fn holds<'a>(&self, field: impl Fn(&str) -> Option<&'a str> + Copy) -> bool {
        self.when.is_empty() || self.when.iter().any(|condition| condition.holds(field))
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        let words = [
            &self.line,
            &self.purpose,
            &self.resolved,
            &self.cause,
            &self.site,
        ];
        let times = self.time.all_fields();
        let handle = self.handle.iter().flat_map(|(fields, _)| fields);
        let score = self.score.iter().map(|(_, field)| field);
        times
            .chain(handle)
            .chain(score)
            .map(String::as_str)
            .chain(self.when.iter().flat_map(Condition::fields))
            .chain(words.into_iter().flatten().filter_map(Word::field))
    }
}

impl ImportMap {
    /// Whether a row is not a contact.
    pub fn skips<'a>(&self, field: impl Fn(&str) -> Option<&'a str> + Copy) -> bool {
        self.skip.iter().any(|condition| condition.holds(field))
    }

    /// Every field it reads. A CSV whose header lacks one of them is not the file it describes.
    #[must_use]
    pub fn fields(&self) -> BTreeSet<&str> {
        let words = [&self.line, &self.channel];
        let volume = self.volume.iter();
        let volume = volume.flat_map(|rule| rule.start.all_fields().chain([&rule.attempts]));
        self.subject
            .iter()
            .chain(&self.revision)
            .chain(volume)
            .map(String::as_str)
            .chain(words.into_iter().flatten().filter_map(Word::field))
            .chain(self.skip.iter().flat_map(Condition::fields))
            .chain(self.events.iter().flat_map(EventRule::fields))
            .collect()
    }
}

/// The value of a field, trimmed; nothing if it is blank.
fn filled(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}
