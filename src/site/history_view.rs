//! How a view of the history looks: its words, picture options, table, and links to the views beside it.

use askama::Template;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;

use super::Site;
use super::error::Error;
use super::history::{Range, View};
use super::page::{Page, Visitor, encoded, html};
use crate::charts::{self, Options};
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::words::{Clock, Words};

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    page: Page,
    /// id, name, chosen.
    measures: Vec<(&'static str, String, bool)>,
    lines: Vec<(String, String, bool)>,
    ranges: Vec<(&'static str, &'static str, bool)>,
    date: String,
    /// What is looked at.
    measure_name: String,
    line_name: String,
    meaning: &'static str,
    period: String,
    coarser: Option<String>,
    /// The oldest, the one before, the one after, and the present, where each leads further.
    oldest: Option<String>,
    earlier: Option<String>,
    later: Option<String>,
    latest: Option<String>,
    is_empty: bool,
    narrow: String,
    wide: String,
    /// class, text.
    legend: Vec<(&'static str, &'static str)>,
    facts: Vec<Fact>,
    rows: Vec<(String, String, String, &'static str)>,
    /// text, address.
    downloads: Vec<(&'static str, String)>,
}

/// A figure of the whole range.
struct Fact {
    label: &'static str,
    value: String,
    /// When it was, or how much is not in it.
    note: String,
}

/// The page of a view.
///
/// # Errors
/// When it cannot be drawn, which is our fault.
pub fn page(
    site: &Site,
    visitor: &Visitor,
    view: &View<'_>,
    series: &Series,
    first_day: Option<Date>,
) -> Result<Response, Error> {
    let words = visitor.words();
    let clock = site.clock(words);
    let page = Page::new(site, visitor, words.history_title);
    let scale = Scale::of(view, series, words);
    let draw = |options: Options| {
        charts::svg(series, &options).map_err(|error| Error::Failed(error.into()))
    };
    let beside = |day: Date| page.link(&address("/history", view, day));
    let is_reachable = |day: Date| first_day.is_some_and(|first| view.range.days(day).1 > first);
    let earlier = view.from.saturating_sub(1.day());
    html(&History {
        measures: measures(site, view, words),
        lines: lines(site, view, visitor),
        ranges: Range::ALL
            .map(|range| (range.name(), range_word(range, words), range == view.range))
            .into(),
        date: view.day.to_string(),
        measure_name: measure_name(view.definition.id, words),
        line_name: line_name(site, view, visitor),
        meaning: words
            .measures
            .of(view.definition.id)
            .map_or(view.definition.meaning, |named| named.meaning),
        period: period_words(view, words),
        coarser: view.is_coarser.then(|| coarser(series.grain, words)),
        oldest: first_day
            .filter(|first| view.range.days(earlier).0 > *first)
            .map(beside),
        earlier: is_reachable(earlier).then(|| beside(earlier)),
        later: (view.to <= view.today).then(|| beside(view.to)),
        latest: (view.range.days(view.to).1 <= view.today).then(|| beside(view.today)),
        is_empty: series
            .points
            .iter()
            .all(|point| point.value == Shown::None && point.mark != Some(Mark::Withheld)),
        narrow: draw(options(site, visitor, view, series, (336, 260), "narrow"))?,
        wide: draw(options(site, visitor, view, series, (880, 360), "wide"))?,
        legend: legend(series, words),
        facts: facts(view, series, clock, &scale),
        rows: rows(series, clock, &scale),
        downloads: downloads(view, series, &page, site),
        page,
    })
}

/// The picture's options for a view.
#[must_use]
pub fn options(
    site: &Site,
    visitor: &Visitor,
    view: &View<'_>,
    series: &Series,
    (width, height): (u32, u32),
    id: &str,
) -> Options {
    let words = visitor.words();
    let clock = site.clock(words);
    let scale = Scale::of(view, series, words);
    let title = format!(
        "{} – {}, {}",
        measure_name(view.definition.id, words),
        line_name(site, view, visitor),
        period_words(view, words)
    );
    let summary: Vec<_> = facts(view, series, clock, &scale)
        .into_iter()
        .map(|fact| {
            format!("{}: {} {}", fact.label, fact.value, fact.note)
                .trim_end()
                .to_owned()
        })
        .collect();
    Options {
        width,
        height,
        id: id.to_owned(),
        description: format!(
            "{}. {}",
            grain_word(series.grain, words),
            summary.join("; ")
        ),
        title,
        divisor: scale.divisor,
        unit: axis_unit(series, &scale, words),
        number_marks: (words.decimal_mark, words.thousands_mark),
        labels: labels(series, clock),
        is_count: view.definition.is_count,
        top: (series.unit == "percent").then_some(100.0),
        stands_alone: false,
    }
}

/// How values are shown: seconds become minutes when they are many.
struct Scale {
    divisor: f64,
    decimals: usize,
    /// The unit beside a value.
    unit: &'static str,
    /// The unit above the scale.
    axis: &'static str,
}

impl Scale {
    fn of(view: &View<'_>, series: &Series, words: &Words) -> Self {
        let highest = series
            .points
            .iter()
            .filter_map(shown_height)
            .fold(0.0, f64::max);
        let (divisor, decimals, unit, axis) = match series.unit {
            "seconds" if highest >= 300.0 => (60.0, 1, words.unit_minutes, words.axis_minutes),
            "seconds" => (1.0, 0, words.unit_seconds, words.axis_seconds),
            "percent" => (1.0, 1, words.unit_percent, words.unit_percent),
            "minutes" => (1.0, 1, words.unit_minutes, words.axis_minutes),
            "contacts" => (
                1.0,
                usize::from(!view.definition.is_count),
                words.unit_contacts,
                words.unit_contacts,
            ),
            _ => (
                1.0,
                usize::from(!view.definition.is_count),
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

    fn write(&self, value: f64, words: &Words) -> String {
        let number = words.number(value / self.divisor, self.decimals);
        words.with_unit(&number, self.unit)
    }
}

fn shown_height(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) | Shown::Under(value) | Shown::AtLeast(value) if value.is_finite() => {
            Some(value)
        }
        _ => None,
    }
}

fn measure_name(id: &str, words: &Words) -> String {
    words
        .measures
        .of(id)
        .map_or_else(|| id.to_owned(), |named| named.name.to_owned())
}

fn measures(site: &Site, view: &View<'_>, words: &Words) -> Vec<(&'static str, String, bool)> {
    let definitions = site.figures().definitions().iter();
    definitions
        .map(|definition| {
            let chosen = definition.id == view.definition.id;
            (definition.id, measure_name(definition.id, words), chosen)
        })
        .collect()
}

fn lines(site: &Site, view: &View<'_>, visitor: &Visitor) -> Vec<(String, String, bool)> {
    let whole = (
        "*".to_owned(),
        visitor.words().whole_centre.to_owned(),
        view.line == "*",
    );
    let lines = site.centre().lines.iter().map(|line| {
        let name = line.name.in_language(visitor.lang.code()).to_owned();
        (line.id.clone(), name, line.id == view.line)
    });
    std::iter::once(whole).chain(lines).collect()
}

fn line_name(site: &Site, view: &View<'_>, visitor: &Visitor) -> String {
    site.line_name(&view.line, visitor.lang)
        .unwrap_or(visitor.words().whole_centre)
        .to_owned()
}

/// What the vertical axis counts; where points are parts of a day, also whose clock it is.
fn axis_unit(series: &Series, scale: &Scale, words: &Words) -> String {
    let unit = format!("{}, {}", scale.axis, grain_word(series.grain, words));
    if series.grain.is_within_day() {
        format!("{unit} ({})", series.zone.replace('_', " "))
    } else {
        unit
    }
}

fn range_word(range: Range, words: &Words) -> &'static str {
    match range {
        Range::Day => words.range_day,
        Range::Week => words.range_week,
        Range::Month => words.range_month,
        Range::Year => words.range_year,
    }
}

fn grain_word(grain: Grain, words: &Words) -> &'static str {
    match grain {
        Grain::Interval => words.grain_interval,
        Grain::HalfHour => words.grain_half_hour,
        Grain::Hour => words.grain_hour,
        Grain::Day => words.grain_day,
        Grain::Week => words.grain_week,
        Grain::Month => words.grain_month,
    }
}

fn coarser(grain: Grain, words: &Words) -> String {
    format!("{} {}.", words.shown_coarser, grain_word(grain, words))
}

fn period_words(view: &View<'_>, words: &Words) -> String {
    let last = view.to.saturating_sub(1.day());
    match view.range {
        Range::Day => words.long_date(view.from),
        Range::Week => format!(
            "{} – {} {}",
            words.day_month(view.from),
            words.day_month(last),
            last.year()
        ),
        Range::Month => words.month_year(view.from),
        Range::Year => view.from.year().to_string(),
    }
}

fn address(path: &str, view: &View<'_>, day: Date) -> String {
    let (line, measure, range) = (encoded(&view.line), view.definition.id, view.range.name());
    format!("{path}?measure={measure}&line={line}&range={range}&date={day}")
}

fn downloads(
    view: &View<'_>,
    series: &Series,
    page: &Page,
    site: &Site,
) -> Vec<(&'static str, String)> {
    let data = |format: &str| {
        let zone = &site.centre().zone;
        let first = series
            .points
            .first()
            .map_or(view.from, |point| period::local_day(point.start_ms, zone));
        let from = first.min(view.from);
        format!(
            "/api/v1/series?line={}&measure={}&grain={}&from={from}&to={}&format={format}",
            encoded(&view.line),
            view.definition.id,
            series.grain.name(),
            view.to,
        )
    };
    vec![
        (page.w.as_csv, data("csv")),
        (page.w.as_json, data("json")),
        (
            page.w.as_svg,
            page.link(&address("/chart.svg", view, view.day)),
        ),
        (
            page.w.as_png,
            page.link(&address("/chart.png", view, view.day)),
        ),
    ]
}

fn labels(series: &Series, clock: Clock<'_>) -> Vec<(usize, String)> {
    let words = clock.words;
    let within_a_day = series.points.len() <= 50;
    let mut last_month = None;
    let label = |(index, point): (usize, &Point)| {
        let local = period::civil(point.start_ms, clock.zone);
        let text = match series.grain {
            Grain::Interval | Grain::HalfHour | Grain::Hour if within_a_day => {
                (local.minute() == 0 && local.hour() % 3 == 0)
                    .then(|| words.short_time(local.time()))
            }
            Grain::Interval | Grain::HalfHour | Grain::Hour => (local.hour() == 0
                && local.minute() == 0)
                .then(|| format!("{} {}", words.weekday_short(local.date()), local.day())),
            Grain::Day => (local.day() % 7 == 1 && local.day() < 29)
                .then(|| words.day_month_short(local.date())),
            Grain::Week | Grain::Month => {
                let month = Some((local.year(), local.month()));
                let is_new =
                    month != last_month && (series.grain == Grain::Month || local.day() <= 7);
                last_month = month;
                is_new.then(|| words.month_short(local.date()).to_owned())
            }
        };
        Some((index, text?))
    };
    series.points.iter().enumerate().filter_map(label).collect()
}

fn legend(series: &Series, words: &Words) -> Vec<(&'static str, &'static str)> {
    let has = |holds: &dyn Fn(&Point) -> bool| series.points.iter().any(holds);
    let marked = |mark: Mark| has(&|point| point.mark == Some(mark));
    let measured = has(&|point| shown_height(point).is_some());
    let bounded = |point: &Point| matches!(point.value, Shown::Under(_) | Shown::AtLeast(_));
    let entries = [
        (measured, "value", words.legend_value),
        (marked(Mark::Provisional), "soft", words.legend_provisional),
        (marked(Mark::Unreliable), "soft", words.legend_unreliable),
        (
            has(&|point| point.mark == Some(Mark::Withheld) && point.value == Shown::None),
            "few",
            words.legend_withheld,
        ),
        (has(&bounded), "bound", words.legend_bound),
        (marked(Mark::NoData), "missing", words.legend_no_data),
        (marked(Mark::Closed), "shut", words.legend_closed),
        (
            has(&|point| point.mark.is_none() && point.value == Shown::None),
            "none",
            words.legend_no_basis,
        ),
    ];
    entries
        .into_iter()
        .filter(|(shown, _, _)| *shown)
        .map(|(_, class, text)| (class, text))
        .collect()
}

fn facts(view: &View<'_>, series: &Series, clock: Clock<'_>, scale: &Scale) -> Vec<Fact> {
    let words = clock.words;
    let mut values: Vec<(f64, &Point)> = series
        .points
        .iter()
        .filter_map(|point| match point.value {
            Shown::Value(value) if value.is_finite() => Some((value, point)),
            _ => None,
        })
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(lowest), Some(highest)) = (values.first(), values.last()) else {
        return Vec::new();
    };
    let fact = |label, value, note| Fact {
        label,
        value: scale.write(value, words),
        note,
    };
    let when = |point: &Point| start_words(point, series.grain, clock);
    let mut facts = Vec::new();
    if view.definition.is_count {
        let total: f64 = values.iter().map(|(value, _)| value).sum();
        let is_withheld = |point: &&Point| point.mark == Some(Mark::Withheld);
        let withheld = series.points.iter().filter(is_withheld).count();
        let note = match withheld {
            0 => String::new(),
            withheld => format!("+ {withheld} {}", words.withheld_cells),
        };
        facts.push(fact(words.total, total, note));
    }
    facts.push(fact(words.highest, highest.0, when(highest.1)));
    facts.push(fact(words.lowest, lowest.0, when(lowest.1)));
    facts.push(fact(words.middle, middle(&values), String::new()));
    facts
}

/// The median of sorted values: of an even number, the mean of the two in the middle.
fn middle(values: &[(f64, &Point)]) -> f64 {
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[half].0,
        _ => f64::midpoint(values[half - 1].0, values[half].0),
    }
}

fn start_words(point: &Point, grain: Grain, clock: Clock<'_>) -> String {
    let words = clock.words;
    let local = period::civil(point.start_ms, clock.zone);
    match grain {
        Grain::Interval | Grain::HalfHour | Grain::Hour => {
            format!(
                "{} {} {}",
                words.weekday_short(local.date()),
                local.day(),
                clock.time(point.start_ms)
            )
        }
        Grain::Day => format!(
            "{} {}",
            words.weekday_short(local.date()),
            words.day_month_short(local.date())
        ),
        Grain::Week => words.day_month_short(local.date()),
        Grain::Month => words.month_year(local.date()),
    }
}

fn rows(
    series: &Series,
    clock: Clock<'_>,
    scale: &Scale,
) -> Vec<(String, String, String, &'static str)> {
    let words = clock.words;
    let row = |point: &Point| {
        let value = match point.value {
            Shown::Value(value) => scale.write(value, words),
            Shown::Under(bound) => format!("{} {}", words.under, scale.write(bound, words)),
            Shown::AtLeast(bound) => format!("{} {}", words.at_least, scale.write(bound, words)),
            Shown::None if point.mark == Some(Mark::Closed) => words.closed.to_owned(),
            Shown::None => words.no_value.to_owned(),
        };
        let mark = match point.mark {
            None | Some(Mark::Closed) => "",
            Some(Mark::Provisional) => "[p]",
            Some(Mark::Revised) => "[r]",
            Some(Mark::Break) => "[b]",
            Some(Mark::Unreliable) => "[u]",
            Some(Mark::Withheld) => "[c]",
            Some(Mark::NoData) => "[x]",
        };
        let n = point
            .n
            .map_or_else(|| words.no_value.to_owned(), |n| words.count(n));
        (start_words(point, series.grain, clock), value, n, mark)
    };
    series.points.iter().map(row).collect()
}
