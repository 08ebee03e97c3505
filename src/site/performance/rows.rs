//! Figures as rows of tables, in words.

use std::ops::Range;

use jiff::civil::Date;

use super::figure::{Figure, Versus, data_address, last_of};
use super::range::Asked;
use super::record::{PURPOSES, Record, UNCLASSIFIED};
use crate::domain::analysis::{Change, interval, known};
use crate::domain::measures::Kind;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Series};
use crate::site::Site;
use crate::site::history::{Scale, days_words, mark_sign, measure_name, value_words};
use crate::site::instant_ms;
use crate::site::line::channel_word;
use crate::words::{Lang, Words};

/// One figure in a table.
pub struct Row {
    /// Id of the measure: the anchor of its definition.
    pub id: &'static str,
    /// Its public name.
    pub name: String,
    /// Its value with the mark.
    pub value: String,
    /// Of how many, where that may be said.
    pub n: String,
    /// What is to be known of it: an interval, parts that are missing.
    pub note: String,
    /// Against the days before and last year.
    pub changes: [String; 2],
    /// Where its series is told.
    pub data: String,
}

/// Rows under one heading.
pub struct Section {
    /// The anchor.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Sentences above the table.
    pub notes: Vec<String>,
    /// The days compared with.
    pub against: [String; 2],
    /// The figures.
    pub rows: Vec<Row>,
}

/// A section of the figures of a list.
#[must_use]
pub fn section(
    (id, title): (&'static str, &'static str),
    record: &Record,
    ids: &[&str],
    words: &'static Words,
) -> Section {
    let figures: Vec<&Figure> = record.figures(ids).collect();
    let mut notes = Vec::new();
    if let Some(other) = figures.iter().find(|one| one.days != record.asked.days) {
        notes.push(other_days(&other.days, words));
    }
    let has_percentiles = figures
        .iter()
        .any(|one| one.now.cells > 1 && matches!(one.measure.kind, Kind::Percentile { .. }));
    if has_percentiles {
        notes.push(words.performance.percentiles_note.to_owned());
    }
    Section {
        id,
        title,
        notes,
        against: against(figures.first().copied(), words),
        rows: figures
            .into_iter()
            .map(|one| row(&record.asked, one, words))
            .collect(),
    }
}

/// "These figures … are of November 2026."
#[must_use]
pub fn other_days(days: &Range<Date>, words: &Words) -> String {
    format!(
        "{} {}.",
        words.performance.other_days,
        range_words(days, words)
    )
}

/// Days in words; a whole month by its name.
#[must_use]
pub fn range_words(days: &Range<Date>, words: &Words) -> String {
    let month = Grain::Month;
    if month.first_day(days.start) == days.start && month.next_first_day(days.start) == days.end {
        words.month_year(days.start)
    } else {
        days_words(days.start, last_of(days), words)
    }
}

/// The days that figures are compared with.
#[must_use]
pub fn against(figure: Option<&Figure>, words: &Words) -> [String; 2] {
    figure.map_or_else(Default::default, |figure| {
        [0, 1].map(|index| range_words(&figure.earlier[index].days, words))
    })
}

/// One figure.
#[must_use]
pub fn row(asked: &Asked, figure: &Figure, words: &'static Words) -> Row {
    let point = &figure.now.point;
    Row {
        id: figure.measure.id,
        name: measure_name(figure.measure.id, words),
        value: value(figure, point, words),
        n: of_how_many(figure, words),
        note: note(figure, words),
        changes: [0, 1].map(|index| change(figure, &figure.earlier[index], words)),
        data: data_address(asked, figure),
    }
}

/// Who tried, by channel.
#[must_use]
pub fn channels(record: &Record, words: &'static Words) -> Vec<Row> {
    let named = |figure: &Figure| {
        let channel = figure.channel?;
        Some(Row {
            name: channel_word(channel, words).to_owned(),
            ..row(&record.asked, figure, words)
        })
    };
    record.channels.iter().filter_map(named).collect()
}

/// A value with its mark.
#[must_use]
pub fn value(figure: &Figure, point: &Point, words: &Words) -> String {
    let mark = mark_sign(point.mark);
    let value = value_words(point, &scale(figure, point, words), words);
    if mark.is_empty() {
        value
    } else {
        format!("{value}\u{a0}{mark}")
    }
}

fn scale(figure: &Figure, point: &Point, words: &Words) -> Scale {
    let measure = figure.measure;
    let series = Series {
        line: String::new(),
        measure: measure.id,
        grain: Grain::Day,
        zone: String::new(),
        unit: measure.unit,
        version: measure.version,
        breaks: Vec::new(),
        points: vec![point.clone()],
    };
    Scale::of(&series, measure.is_count(), false, words)
}

/// Counts are of nobody but themselves.
fn of_how_many(figure: &Figure, words: &Words) -> String {
    match figure.now.point.n {
        Some(n) if !figure.measure.is_count() => words.count(n),
        _ => String::new(),
    }
}

fn note(figure: &Figure, words: &Words) -> String {
    let p = &words.performance;
    let now = &figure.now;
    let mut notes = Vec::new();
    if let Some((low, high)) = interval(&figure.measure.kind, &now.point)
        && matches!(figure.measure.kind, Kind::Rating { .. })
    {
        let low = words.number(low, 1);
        let high = words.with_unit(&words.number(high, 1), words.unit_percent);
        notes.push(format!("{} {low}–{high}", p.interval));
    }
    let is_rating = matches!(
        figure.measure.kind,
        Kind::Rating { .. } | Kind::MeanScore(_)
    );
    if is_rating && now.point.mark == Some(Mark::Withheld) && known(&now.point).is_none() {
        notes.push(p.hidden_few.to_owned());
    }
    if now.cells > 1 {
        let counted = [
            (now.withheld, p.withheld_cells),
            (now.missing, p.missing_cells),
        ];
        for (count, what) in counted {
            if count > 0 {
                notes.push(format!("{count}/{} {what}", now.cells));
            }
        }
    }
    if now.left_out_days > 0 {
        notes.push(format!("{} {}", now.left_out_days, p.left_out_days));
    }
    notes.join("; ")
}

/// "higher (then 64.1%)".
#[must_use]
pub fn change(figure: &Figure, versus: &Versus, words: &Words) -> String {
    let p = &words.performance;
    let said = match versus.change {
        Some(Change::Up) => p.higher,
        Some(Change::Down) => p.lower,
        Some(Change::Unclear) => p.unclear,
        None => p.unjudged,
    };
    let then = value(figure, &versus.then.point, words);
    format!("{said} ({} {then})", p.then)
}

/// A purpose: its share and its count.
pub struct PurposeRow {
    /// The share; none of a line.
    pub share: Option<Row>,
    /// The count; none of those without a purpose.
    pub count: Option<Row>,
}

/// All purposes, and those without one.
#[must_use]
pub fn purposes(record: &Record, words: &'static Words) -> Vec<PurposeRow> {
    let one = |id: &str, name: String| {
        let figure = record.figure(id)?;
        Some(Row {
            name,
            ..row(&record.asked, figure, words)
        })
    };
    let known = PURPOSES.iter().map(|(share, count)| PurposeRow {
        share: one(share, measure_name(count, words)),
        count: one(count, measure_name(count, words)),
    });
    let unclassified = PurposeRow {
        share: one(UNCLASSIFIED, words.performance.unclassified.to_owned()),
        count: None,
    };
    known
        .chain([unclassified])
        .filter(|row| row.share.is_some() || row.count.is_some())
        .collect()
}

/// A cause of complaints.
pub struct CauseRow {
    /// Its public name.
    pub name: String,
    /// Opened and closed.
    pub opened: Row,
    /// Closed, with its mark.
    pub closed: String,
    /// Its share of all opened and that of all up to it, percent; none while any is withheld.
    pub percents: [Option<f64>; 2],
    /// The same in words.
    pub texts: [String; 2],
}

/// Causes, the most frequent first; those that are not told last.
#[must_use]
pub fn causes(site: &Site, record: &Record, words: &'static Words) -> Vec<CauseRow> {
    let opened = |both: &[Figure; 2]| known(&both[0].now.point);
    let mut order: Vec<_> = record.causes.iter().collect();
    order.sort_by(|a, b| {
        let (a, b) = (opened(&a.1).unwrap_or(-1.0), opened(&b.1).unwrap_or(-1.0));
        b.total_cmp(&a)
    });
    let all = order.iter().map(|(_, both)| opened(both));
    let total: Option<f64> = all.sum();
    let total = total.filter(|total| *total > 0.0);
    let mut so_far = 0.0;
    let rows = order.into_iter().map(|(cause, both)| {
        let percent = total.and_then(|total| Some(100.0 * opened(both)? / total));
        so_far += opened(both).unwrap_or(0.0);
        let cumulative = total.map(|total| 100.0 * so_far / total);
        let text = |percent: Option<f64>| match percent {
            Some(percent) => words.with_unit(&words.number(percent, 1), words.unit_percent),
            None => words.no_value.to_owned(),
        };
        CauseRow {
            name: cause_name(site, cause, words.lang),
            opened: row(&record.asked, &both[0], words),
            closed: value(&both[1], &both[1].now.point, words),
            texts: [text(percent), text(cumulative)],
            percents: [percent, cumulative],
        }
    });
    rows.collect()
}

/// The public name of a cause.
#[must_use]
pub fn cause_name(site: &Site, id: &str, lang: Lang) -> String {
    let cause = site.centre().cause(id);
    cause.map_or_else(
        || id.to_owned(),
        |cause| cause.name.in_language(lang.code()).to_owned(),
    )
}

/// What waits in a written channel.
pub struct Backlog {
    /// Id of the line.
    pub line: String,
    /// How many wait, where that may be said.
    pub waiting: Option<i64>,
    /// Fewer than this wait, where the number is withheld.
    pub waiting_below: Option<i64>,
    /// The day of the oldest message that waits.
    pub oldest: Option<Date>,
}

/// The written channels of the lines asked for, now.
#[must_use]
pub fn backlogs(site: &Site, asked: &Asked) -> Vec<Backlog> {
    let now = site.figures().now();
    let lines = site.centre().lines.iter();
    let written = lines.filter(|line| {
        let is_asked = asked.is_whole_centre() || asked.line == line.id;
        is_asked && line.channels.iter().any(|channel| channel.is_written())
    });
    let backlog = |line: &crate::domain::centre::Line| {
        let state = now.as_ref();
        let state = state.and_then(|now| now.lines.iter().find(|own| own.id == line.id));
        let as_of = now.as_ref().and_then(|now| instant_ms(&now.as_of));
        let longest = state.and_then(|state| state.longest_wait_secs);
        Backlog {
            line: line.id.clone(),
            waiting: state.and_then(|state| state.waiting),
            waiting_below: state.and_then(|state| state.waiting_below),
            oldest: as_of.zip(longest).map(|(as_of, longest)| {
                period::local_day(as_of - longest * 1_000, &site.centre().zone)
            }),
        }
    };
    written.map(backlog).collect()
}
