//! How figures and times of the history are written.

use jiff::ToSpan;
use jiff::civil::Date;

use super::view::View;
use crate::domain::analysis::{Change, Summary, known};
use crate::domain::event::Millis;
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::analysed::{Analysed, Compare, Compared};
use crate::words::{Clock, Lang, Said, Words, summary_text};

/// How values are shown: seconds become minutes when they are many.
pub struct Scale {
    /// Values are divided by this.
    pub divisor: f64,
    decimals: usize,
    /// The unit beside a value.
    unit: &'static str,
    /// The unit above the scale.
    pub axis: &'static str,
}

impl Scale {
    /// The scale of a series; `in_percent` of something else.
    #[must_use]
    pub fn of(series: &Series, is_count: bool, in_percent: bool, words: &Words) -> Self {
        let heights = series.points.iter().filter_map(height);
        let highest = heights.fold(0.0, f64::max);
        let (divisor, decimals, unit, axis) = match series.unit {
            _ if in_percent => (1.0, 1, words.unit_percent, words.history.percent_axis),
            "seconds" if highest >= 300.0 => (60.0, 1, words.unit_minutes, words.axis_minutes),
            "seconds" => (1.0, 0, words.unit_seconds, words.axis_seconds),
            "percent" => (1.0, 1, words.unit_percent, words.unit_percent),
            "minutes" => (1.0, 1, words.unit_minutes, words.axis_minutes),
            "contacts" if is_count => (1.0, 0, words.unit_contacts, words.unit_contacts),
            "complaints" => (1.0, 0, words.unit_complaints, words.unit_complaints),
            "surveys" => (1.0, 0, words.unit_surveys, words.unit_surveys),
            "points" => (1.0, 1, words.unit_points, words.unit_points),
            "per_thousand" => (1.0, 2, words.unit_per_thousand, words.unit_per_thousand),
            _ => (
                1.0,
                usize::from(!is_count),
                words.unit_persons,
                words.unit_persons,
            ),
        };
        Self {
            divisor,
            decimals,
            unit,
            axis,
        }
    }

    /// A value with its unit.
    #[must_use]
    pub fn write(&self, value: f64, words: &Words) -> String {
        if value.is_infinite() {
            return words.over_ten_days().to_owned();
        }
        let number = words.number(value / self.divisor, self.decimals);
        words.with_unit(&number, self.unit)
    }
}

fn height(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) | Shown::Under(value) | Shown::AtLeast(value) if value.is_finite() => {
            Some(value)
        }
        _ => None,
    }
}

/// The public name of a measure.
#[must_use]
pub fn measure_name(id: &str, words: &Words) -> String {
    let named = words.measures.of(id);
    named.map_or_else(|| id.to_owned(), |named| named.name.to_owned())
}

/// The public name of a line or of the whole centre.
#[must_use]
pub fn line_name(site: &Site, line: &str, lang: Lang) -> String {
    let name = site.line_name(line, lang);
    name.unwrap_or(lang.words().whole_centre).to_owned()
}

/// "by day".
#[must_use]
pub fn grain_word(grain: Grain, words: &Words) -> &'static str {
    match grain {
        Grain::Interval => words.grain_interval,
        Grain::HalfHour => words.grain_half_hour,
        Grain::Hour => words.grain_hour,
        Grain::Day => words.grain_day,
        Grain::Week => words.grain_week,
        Grain::Month => words.grain_month,
    }
}

/// "23 October – 22 November 2026".
#[must_use]
pub fn days_words(first: Date, last: Date, words: &Words) -> String {
    if first == last {
        return words.long_date(first);
    }
    let year = |day: Date| format!("{} {}", words.day_month(day), day.year());
    if first.year() == last.year() {
        format!("{} – {}", words.day_month(first), year(last))
    } else {
        format!("{} – {}", year(first), year(last))
    }
}

/// What a comparison is called in a sentence.
#[must_use]
pub fn compare_label(site: &Site, compared: &Compared, lang: Lang) -> String {
    let words = lang.words();
    let h = &words.history;
    let name = match &compared.with {
        Compare::Before if compared.keeps_weekdays => h.same_weekdays_before.to_owned(),
        Compare::Before => h.same_day_before.to_owned(),
        Compare::LastYear => h.compare_last_year.to_owned(),
        Compare::Line(line) => line_name(site, line, lang),
        Compare::Target if compared.target.is_none() => h.no_target.to_owned(),
        Compare::Target => h.compare_target.to_owned(),
    };
    match compared.days {
        Some((from, to)) => {
            let days = days_words(from, to.saturating_sub(1.day()), words);
            format!("{name} ({days})")
        }
        None => name,
    }
}

/// The summary in words.
#[must_use]
pub fn summary_words(site: &Site, analysed: &Analysed, days: (Date, Date), lang: Lang) -> String {
    let words = lang.words();
    let clock = site.clock(words);
    let (series, summary) = (&analysed.series, &analysed.summary);
    let scale = Scale::of(series, analysed.is_count, false, words);
    let at = |index: Option<usize>| {
        let point = series.points.get(index?)?;
        let value = scale.write(known(point)?, words);
        Some((start_words(point.start_ms, series.grain, clock), value))
    };
    let said = Said {
        what: format!(
            "{}, {}, {}, {}",
            measure_name(series.measure, words),
            line_name(site, &series.line, lang),
            days_words(days.0, days.1, words),
            grain_word(series.grain, words),
        ),
        total: summary.total.map(|total| words.number(total, 0)),
        busiest: at(summary.busiest),
        quietest: at(summary.quietest),
        median: summary.median.map(|median| scale.write(median, words)),
        withheld: summary.withheld,
        missing: summary.missing,
        compared: analysed
            .compare
            .as_ref()
            .filter(|compared| compared.is_known())
            .and_then(|compared| {
                let count = |change| {
                    compared
                        .change
                        .iter()
                        .filter(|one| **one == Some(change))
                        .count()
                };
                let judged = compared.change.iter().flatten().count();
                let label = compare_label(site, compared, lang);
                let is_other = compared.with != Compare::Target;
                is_other.then(|| (label, count(Change::Up), count(Change::Down), judged))
            }),
        target: analysed
            .compare
            .as_ref()
            .and_then(|compared| compared.target)
            .map(|target| scale.write(target, words)),
        signals: analysed.found.xmr.as_ref().map(|xmr| xmr.signals.len()),
    };
    summary_text(words, &said)
}

/// Label, value and note of each figure of the range.
#[must_use]
pub fn facts(
    series: &Series,
    summary: &Summary,
    scale: &Scale,
    clock: Clock<'_>,
) -> Vec<(&'static str, String, String)> {
    let words = clock.words;
    let h = &words.history;
    let mut facts = Vec::new();
    if let Some(total) = summary.total {
        let note = match summary.withheld {
            0 => String::new(),
            withheld => format!("+ {withheld} {}", words.withheld_cells),
        };
        facts.push((h.total, scale.write(total, words), note));
    }
    for (label, index) in [(h.busiest, summary.busiest), (h.quietest, summary.quietest)] {
        let point = index.and_then(|index| series.points.get(index));
        if let Some((point, value)) = point.and_then(|point| Some((point, known(point)?))) {
            let when = start_words(point.start_ms, series.grain, clock);
            facts.push((label, scale.write(value, words), when));
        }
    }
    if let Some(median) = summary.median {
        facts.push((h.median, scale.write(median, words), String::new()));
    }
    facts
}

/// When a point begins: no longer than its grain needs.
#[must_use]
pub fn start_words(at_ms: Millis, grain: Grain, clock: Clock<'_>) -> String {
    let words = clock.words;
    let local = period::civil(at_ms, clock.zone);
    let weekday = words.weekday_short(local.date());
    let day = words.day_month_short(local.date());
    match grain {
        Grain::Interval | Grain::HalfHour | Grain::Hour => {
            format!("{weekday} {day} {}", clock.time(at_ms))
        }
        Grain::Day => format!("{weekday} {day} {}", local.year()),
        Grain::Week => format!("{day} {}", local.year()),
        Grain::Month => words.month_year(local.date()),
    }
}

/// A value as the table writes it.
#[must_use]
pub fn value_words(point: &Point, scale: &Scale, words: &Words) -> String {
    match point.value {
        Shown::Value(value) => scale.write(value, words),
        Shown::Under(bound) => format!("{} {}", words.under, scale.write(bound, words)),
        Shown::AtLeast(bound) => format!("{} {}", words.at_least, scale.write(bound, words)),
        Shown::None if point.mark == Some(Mark::Closed) => words.closed.to_owned(),
        Shown::None => words.no_value.to_owned(),
    }
}

/// A mark in its brackets; closed is said in words.
#[must_use]
pub fn mark_sign(mark: Option<Mark>) -> &'static str {
    match mark {
        None | Some(Mark::Closed) => "",
        Some(Mark::Provisional) => "[p]",
        Some(Mark::Revised) => "[r]",
        Some(Mark::Break) => "[b]",
        Some(Mark::Unreliable) => "[u]",
        Some(Mark::Withheld) => "[c]",
        Some(Mark::NoData) => "[x]",
    }
}

/// Labels below the picture: hours within a day, days within weeks, months and years.
#[must_use]
pub fn labels(series: &Series, view: &View<'_>, clock: Clock<'_>) -> Vec<(usize, String)> {
    let words = clock.words;
    let locals = series
        .points
        .iter()
        .map(|point| period::civil(point.start_ms, clock.zone));
    let mut before: Option<jiff::civil::DateTime> = None;
    let mut labels = Vec::new();
    for (index, local) in locals.enumerate() {
        let date = local.date();
        let last = before.replace(local).map(jiff::civil::DateTime::date);
        let is_new_day = last != Some(date);
        let is_new_month =
            last.is_none_or(|last| (last.year(), last.month()) != (date.year(), date.month()));
        let is_new_year = last.is_none_or(|last| last.year() != date.year());
        let text = match series.grain {
            Grain::Interval | Grain::HalfHour | Grain::Hour if view.days() <= 2 => {
                let is_round = local.minute() == 0 && local.hour() % 2 == 0;
                is_round.then(|| words.short_time(local.time()))
            }
            Grain::Interval | Grain::HalfHour | Grain::Hour | Grain::Day if view.days() <= 62 => {
                let text = || {
                    format!(
                        "{} {}",
                        words.weekday_short(date),
                        words.day_month_short(date)
                    )
                };
                is_new_day.then(text)
            }
            Grain::Month | Grain::Week if view.days() > 1_100 => {
                is_new_year.then(|| date.year().to_string())
            }
            _ if is_new_year && last.is_some() => Some(date.year().to_string()),
            _ => (is_new_month && (last.is_some() || date.day() < 20))
                .then(|| words.month_short(date).to_owned()),
        };
        labels.extend(text.map(|text| (index, text)));
    }
    labels
}
