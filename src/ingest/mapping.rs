//! From a row to events: what the map says, applied.
//!
//! Pure. The events are such as a live source would send, so that the same door judges both.

mod counts;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use self::counts::Counted;
use super::rows::Row;
use super::wire::{Object, Text, WireData, WireEvent};
use crate::config::map::{EventRule, ImportMap, Moment, TimeFormat, Unit, Word};
use crate::domain::centre::Centre;
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::{local_day, timestamp};

/// More than this is not added to any time, nor is it a handle time: ten years.
const MOST_ADDED_MS: f64 = 315_576_000_000.0;
/// No instant is later than the year 9999.
const MOST_EPOCH_MS: f64 = 253_402_300_800_000.0;

/// What a row says.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Its events, in the order of the map; none if it is not a contact.
    pub events: Vec<(Millis, WireEvent<'static>)>,
}

/// Applies a map to the rows of a file and counts the wall-clock times that were not plain.
#[derive(Debug)]
pub struct Mapper<'m> {
    map: &'m ImportMap,
    zone: TimeZone,
    day_zone: TimeZone,
    source: String,
    /// What was counted of which span so far.
    counted: Counted,
    /// Times that occurred twice, read as the earlier.
    pub ambiguous_times: u64,
    /// Times that never occurred, moved forward by the gap.
    pub skipped_times: u64,
}

/// The times of a row that were read already: rules share fields, which are counted once.
type Known<'r> = Vec<(&'r str, Millis)>;

impl<'m> Mapper<'m> {
    /// A mapper for files of one source of a centre.
    ///
    /// # Errors
    /// If the centre does not have the source.
    pub fn new(map: &'m ImportMap, centre: &Centre) -> anyhow::Result<Self> {
        let source = centre.source(&map.source).ok_or_else(|| {
            anyhow::anyhow!("the map's source {:?} is not in centre.toml", map.source)
        })?;
        Ok(Self {
            map,
            zone: map.zone.clone().unwrap_or_else(|| centre.zone.clone()),
            day_zone: centre.zone.clone(),
            source: source.prefix.clone(),
            counted: Counted::default(),
            ambiguous_times: 0,
            skipped_times: 0,
        })
    }

    /// The local day of a row, where any of its times can be read, and what the row says or why
    /// it is refused: a word, a colon and a sentence.
    pub fn map_row(&mut self, row: &Row<'_>) -> (Option<Date>, Result<Mapped, String>) {
        let map = self.map;
        let mut known = Known::new();
        if let Some(rule) = &map.volume {
            return self.map_count(rule, row);
        }
        let day = map.events.iter().find_map(|rule| {
            let at_ms = self.moment(&rule.time, row, &mut known).ok()?;
            Some(local_day(at_ms, &self.day_zone))
        });
        if map.skips(|name| row.field(name)) {
            return (day, Ok(Mapped::default()));
        }
        let events = self.events(row, &mut known);
        (day, events.map(|events| Mapped { events }))
    }

    fn events<'r>(
        &mut self,
        row: &'r Row<'_>,
        known: &mut Known<'r>,
    ) -> Result<Vec<(Millis, WireEvent<'static>)>, String>
    where
        'm: 'r,
    {
        let map = self.map;
        let subject = subject(&map.subject, row)?;
        let revision = self.revision(row)?;
        let mut events = Vec::new();
        for (place, rule) in map.events.iter().enumerate() {
            if !rule.holds(|name| row.field(name)) {
                continue;
            }
            let at_ms = self.moment(&rule.time, row, known)?;
            let data = WireData {
                revision,
                ..self.data(rule, row)?
            };
            // The name of an event follows from its row, so that a file read twice says nothing
            // new; several rules of one kind are told apart by their place.
            let earlier = map.events[..place].iter();
            let same = earlier.filter(|other| other.kind == rule.kind).count();
            let suffix = if same == 0 {
                String::new()
            } else {
                format!("/{same}")
            };
            let id = format!("{subject}/{}{suffix}", rule.kind.name());
            events.push((at_ms, self.event(rule.kind, id, &subject, at_ms, data)));
        }
        if events.is_empty() {
            return Err("no_event: no rule of the map holds for this row".to_owned());
        }
        Ok(events)
    }

    fn revision(&self, row: &Row<'_>) -> Result<Option<i64>, String> {
        let field = self.map.revision.as_deref();
        let value = field.and_then(|name| filled(row, name));
        value
            .map(|(name, text)| whole_number(name, text))
            .transpose()
    }

    fn event(
        &self,
        kind: EventKind,
        id: String,
        subject: &str,
        at_ms: Millis,
        data: WireData<'static>,
    ) -> WireEvent<'static> {
        let filled = data != WireData::default();
        WireEvent {
            specversion: Some("1.0".into()),
            id: Some(id.into()),
            source: Some(self.source.clone().into()),
            kind: Some(format!("org.quietline.{}.v1", kind.name()).into()),
            time: Some(timestamp(at_ms).to_string().into()),
            subject: Some(subject.to_owned().into()),
            data: filled.then_some(Object(data)),
            data_base64: None,
        }
    }

    fn data(&self, rule: &EventRule, row: &Row<'_>) -> Result<WireData<'static>, String> {
        let mut data = WireData::default();
        let needs_place = matches!(
            rule.kind,
            EventKind::Attempted | EventKind::Refused | EventKind::Offered | EventKind::Transferred
        );
        if needs_place {
            let line = rule.line.as_ref().or(self.map.line.as_ref());
            data.line = chosen("unknown_line", line, row)?;
            data.channel = chosen("unknown_channel", self.map.channel.as_ref(), row)?;
        }
        data.purpose = chosen("unknown_purpose", rule.purpose.as_ref(), row)?;
        data.cause = chosen("unknown_cause", rule.cause.as_ref(), row)?;
        data.site = told_site(rule.site.as_ref(), row)?;
        if let Some(word) = chosen("wrong_type", rule.resolved.as_ref(), row)? {
            let truth = word
                .parse()
                .map_err(|_| format!("wrong_type: resolved is {:?}, not true or false", &*word))?;
            data.resolved = Some(truth);
        }
        if let Some((scale, field)) = &rule.score {
            let (name, text) =
                filled(row, field).ok_or_else(|| format!("missing_field: {field} has no score"))?;
            data.scale = Some(scale.clone().into());
            data.score = Some(whole_number(name, text)?);
        }
        data.handle_ms = handle_ms(rule, row)?;
        Ok(data)
    }

    fn moment<'r>(
        &mut self,
        moment: &'r Moment,
        row: &'r Row<'_>,
        known: &mut Known<'r>,
    ) -> Result<Millis, String> {
        let first = moment.fields.iter().find_map(|name| filled(row, name));
        let Some((name, text)) = first else {
            let names = moment.fields.join(", ");
            return Err(format!("missing_field: no time in {names}"));
        };
        let read_before = known.iter().find(|(read, _)| *read == name);
        let at_ms = if let Some((_, at_ms)) = read_before {
            *at_ms
        } else {
            let at_ms = self.read_time(name, text)?;
            known.push((name, at_ms));
            at_ms
        };
        let mut plus_ms = 0;
        for name in &moment.plus_seconds {
            if let Some((name, text)) = filled(row, name) {
                plus_ms += millis(name, text, 1_000.0)?;
            }
        }
        Ok(at_ms + plus_ms)
    }

    fn read_time(&mut self, name: &str, text: &str) -> Result<Millis, String> {
        let wrong = || format!("invalid_time: {name} is {:?}", cut(text));
        let instant = |at: Timestamp| at.as_millisecond();
        match &self.map.time_format {
            TimeFormat::EpochMillis => text
                .parse()
                .ok()
                .filter(|at_ms: &Millis| timestamp(*at_ms).as_millisecond() == *at_ms)
                .ok_or_else(wrong),
            TimeFormat::EpochSeconds => scaled(text, 1_000.0, MOST_EPOCH_MS).ok_or_else(wrong),
            TimeFormat::Pattern(pattern) => {
                let parsed = strtime::parse(pattern, text).map_err(|_| wrong())?;
                match parsed.to_timestamp() {
                    Ok(at) => Ok(instant(at)),
                    Err(_) => parsed
                        .to_datetime()
                        .map(|local| self.resolve(local))
                        .map_err(|_| wrong()),
                }
            }
            TimeFormat::Local if has_offset(text) => text.parse().map(instant).map_err(|_| wrong()),
            TimeFormat::Local => text
                .parse()
                .map(|local| self.resolve(local))
                .map_err(|_| wrong()),
        }
    }

    /// The instant of a wall-clock time by the rule of `period::instant_ms`, counted if it is
    /// not plain.
    fn resolve(&mut self, local: DateTime) -> Millis {
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Fold { .. } => self.ambiguous_times += 1,
            AmbiguousOffset::Gap { .. } => self.skipped_times += 1,
        }
        crate::domain::period::instant_ms(local, &self.zone)
    }
}

/// Whether a time ends with `Z` or an offset: after the date there is a sign only if it does.
fn has_offset(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    time.ends_with(['Z', 'z']) || time.contains(['+', '-'])
}

fn filled<'r>(row: &'r Row<'_>, name: &'r str) -> Option<(&'r str, &'r str)> {
    let value = row.field(name)?.trim();
    (!value.is_empty()).then_some((name, value))
}

/// The name of a contact. Values of several fields are joined so that no two lists of values
/// give the same name; the value of a single one stays as live events of the source have it.
fn subject(names: &[String], row: &Row<'_>) -> Result<String, String> {
    let values: Vec<&str> = names
        .iter()
        .map(|name| filled(row, name).map_or("", |(_, value)| value))
        .collect();
    match values.as_slice() {
        values if values.iter().all(|value| value.is_empty()) => Err(format!(
            "missing_field: {} are empty, so the contact has no name",
            names.join(", ")
        )),
        [value] => Ok((*value).to_owned()),
        values => {
            let escaped = values
                .iter()
                .map(|v| v.replace('\\', "\\\\").replace('|', "\\|"));
            Ok(escaped.collect::<Vec<_>>().join("|"))
        }
    }
}

fn chosen(
    reason: &str,
    word: Option<&Word>,
    row: &Row<'_>,
) -> Result<Option<Text<'static>>, String> {
    let Some(word) = word else {
        return Ok(None);
    };
    if let Some(choice) = word.choose(|name| row.field(name)) {
        return Ok(Some(choice.to_owned().into()));
    }
    let Word::Field { field, .. } = word else {
        return Ok(None);
    };
    let value = cut(row.field(field).unwrap_or_default());
    Err(format!(
        "{reason}: the map has no word for {field} {value:?}"
    ))
}

/// A row whose field is empty does not tell where it was answered, unless the map has a word for it.
fn told_site(word: Option<&Word>, row: &Row<'_>) -> Result<Option<Text<'static>>, String> {
    let field = word.and_then(Word::field);
    let is_empty = field.is_some_and(|field| filled(row, field).is_none());
    match chosen("unknown_site", word, row) {
        Err(_) if is_empty => Ok(None),
        told => told,
    }
}

fn handle_ms(rule: &EventRule, row: &Row<'_>) -> Result<Option<i64>, String> {
    let Some((fields, unit)) = &rule.handle else {
        return Ok(None);
    };
    let factor = match unit {
        Unit::Seconds => 1_000.0,
        Unit::Millis => 1.0,
    };
    let parts = fields.iter().filter_map(|name| filled(row, name));
    let mut sum = None;
    for (name, text) in parts {
        *sum.get_or_insert(0) += millis(name, text, factor)?;
    }
    Ok(sum)
}

fn millis(name: &str, text: &str, factor: f64) -> Result<i64, String> {
    scaled(text, factor, MOST_ADDED_MS)
        .ok_or_else(|| format!("invalid_number: {name} is {:?}", cut(text)))
}

/// A number with a fraction in other units, rounded; nothing if it is none or beyond `most`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked before, and the fraction is meant to go"
)]
fn scaled(text: &str, factor: f64, most: f64) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    let scaled = (number * factor).round();
    (scaled.abs() <= most).then_some(scaled as i64)
}

fn whole_number(name: &str, text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("invalid_number: {name} is {:?}", cut(text)))
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
