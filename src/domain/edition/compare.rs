//! Facts put together from published series, and from nothing else: whoever has the open data gets
//! the same bytes.

use jiff::ToSpan;
use jiff::civil::Date;

use super::IsoWeek;
use super::facts::{Break, Cell, Completeness, Conserved, FORMAT, Facts, Figure, decimal};
use super::findings::{Against, Weighed, difference, heaviest, signal};
use crate::domain::analysis::{change, known};
use crate::domain::event::Millis;
use crate::domain::measures::{Kind, MEASURES, Measure};
use crate::domain::published::{Mark, Point};

/// Weeks before the edition's own that its trend chart looks back on.
pub const TREND_WEEKS: i64 = 26;

/// Weeks of the usual mean.
const MEAN_WEEKS: usize = 4;

/// Days back to the same weekdays of last year.
const YEAR_DAYS: i64 = 364;

/// What was read of one figure.
#[derive(Clone, Debug)]
pub struct Read {
    /// What is measured.
    pub measure: &'static Measure,
    /// Id of the line, `*` for all.
    pub line: String,
    /// Complaints of this cause only.
    pub cause: Option<String>,
    /// Weeks, the edition's own last.
    pub weeks: Vec<Point>,
    /// The week of last year.
    pub last_year: Option<Point>,
    /// Its seven days; empty where it is not told by day.
    pub days: Vec<Point>,
    /// The target.
    pub target: Option<f64>,
    /// Days from which it is read by other thresholds than before.
    pub breaks: Vec<Date>,
}

impl Read {
    /// Whether the thresholds changed between a Monday and the end of a week: then what lies before
    /// and after cannot be compared.
    fn is_divided(&self, then: Date, week: IsoWeek) -> bool {
        let end = week.days().end;
        self.breaks.iter().any(|day| then < *day && *day < end)
    }

    /// The week so many before the edition's own, if it can be compared with it.
    fn back(&self, weeks: usize, week: IsoWeek) -> Option<&Point> {
        let back = i64::try_from(weeks).ok()?;
        let is_divided = self.is_divided(week.monday().saturating_sub(back.weeks()), week);
        let place = self.weeks.len().checked_sub(1 + weeks)?;
        self.weeks.get(place).filter(|_| !is_divided)
    }

    /// The week of last year, the same.
    fn year_back(&self, week: IsoWeek) -> Option<&Point> {
        let last_year = self.last_year.as_ref();
        last_year.filter(|_| !self.is_divided(last_year_of(week), week))
    }

    /// The weeks that can be compared with the edition's own, which is the last.
    fn comparable(&self, week: IsoWeek) -> &[Point] {
        let many = (1..=self.weeks.len()).rev();
        let mut many = many.filter(|many| self.back(many - 1, week).is_some());
        let first = self.weeks.len() - many.next().unwrap_or(0);
        &self.weeks[first..]
    }
}

/// Sums of counts that must be another one: the whole, its parts.
pub const IDENTITIES: [(&str, &[&str]); 3] = [
    (
        "attempts",
        &["refused", "left_in_menu", "self_served", "offered"],
    ),
    (
        "offered",
        &[
            "answered",
            "abandoned",
            "deflected",
            "callbacks_requested",
            "lost",
            "waiting",
        ],
    ),
    (
        "callbacks_requested",
        &["callbacks_kept", "callbacks_pending", "callbacks_failed"],
    ),
];

/// The Monday of last year's week.
#[must_use]
pub fn last_year_of(week: IsoWeek) -> Date {
    week.monday().saturating_sub(YEAR_DAYS.days())
}

/// Puts the facts of a week together. Findings have no words yet, forecasts and actions are the
/// caller's to add.
#[must_use]
pub fn facts(week: IsoWeek, zone: &str, read: &[Read], now_ms: Millis) -> Facts {
    let days = week.days();
    let of = |wanted: fn(&Read) -> bool| -> Vec<Figure> {
        let own = read.iter().filter(|own| wanted(own));
        own.map(|own| figure(own, week, now_ms)).collect()
    };
    let figures = of(|own| own.line == "*" && own.cause.is_none());
    let lines = of(|own| own.line != "*");
    let causes = of(|own| own.cause.is_some());
    let cells = |figures: &[Figure]| -> usize {
        let all = figures
            .iter()
            .flat_map(|own| own.days.iter().chain([&own.value]));
        all.filter(|cell| cell.has_mark(Mark::Revised)).count()
    };
    Facts {
        format: FORMAT,
        week,
        from: days.start,
        to: days.end.saturating_sub(1.day()),
        zone: zone.to_owned(),
        last_year_from: last_year_of(week),
        completeness: completeness(&figures),
        conservation: conservation(&figures),
        revised_cells: cells(&figures) + cells(&lines) + cells(&causes),
        breaks: breaks(week, read),
        findings: heaviest(found(read, week, now_ms)),
        actions: None,
        forecasts: Vec::new(),
        figures,
        lines,
        causes,
    }
}

fn figure(read: &Read, week: IsoWeek, now_ms: Millis) -> Figure {
    let measure = read.measure;
    let now = read.weeks.last();
    let before = read.weeks.iter().rev().nth(1);
    let changed = |then: Option<&Point>| {
        let changed = change(&measure.kind, now?, then?, now_ms)?;
        Some(changed.name().to_owned())
    };
    let cell = |point: Option<&Point>| point.map_or_else(Cell::default, Cell::of);
    let last_year = read.last_year.as_ref();
    Figure {
        measure: measure.id.to_owned(),
        unit: measure.unit.to_owned(),
        version: measure.version,
        line: read.line.clone(),
        cause: read.cause.clone(),
        value: cell(now),
        days: read.days.iter().map(Cell::of).collect(),
        before: cell(before),
        last_year: cell(last_year),
        four_weeks: four_weeks(measure, read.comparable(week)),
        target: read.target.and_then(decimal),
        change: changed(read.back(1, week)),
        change_last_year: changed(read.year_back(week)),
    }
}

/// The four weeks before the last one: the mean of counts, the share of all together.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn four_weeks(measure: &Measure, weeks: &[Point]) -> Option<String> {
    let end = weeks.len().checked_sub(1)?;
    let four = &weeks[end.checked_sub(MEAN_WEEKS)?..end];
    let values: Option<Vec<f64>> = four.iter().map(known).collect();
    let values = values?;
    match measure.kind {
        Kind::Count(_) | Kind::Facts(_) => decimal(values.iter().sum::<f64>() / 4.0),
        Kind::Share { .. } | Kind::Rating { .. } | Kind::PerThousand { .. } => {
            let of: Option<Vec<f64>> = four.iter().map(|own| Some(own.n? as f64)).collect();
            let of = of?;
            let all: f64 = of.iter().sum();
            let sum: f64 = values.iter().zip(&of).map(|(value, n)| value * n).sum();
            (all > 0.0).then(|| decimal(sum / all)).flatten()
        }
        _ => None,
    }
}

fn completeness(figures: &[Figure]) -> Completeness {
    let mut known = Completeness::default();
    let attempts = figures.iter().find(|own| own.measure == "attempts");
    for cell in attempts.map_or(&[][..], |own| &own.days) {
        if cell.has_mark(Mark::Closed) {
            known.closed += 1;
        } else if cell.has_mark(Mark::NoData) {
            known.missing += 1;
        } else {
            known.told += 1;
            known.unreliable += usize::from(cell.has_mark(Mark::Unreliable));
        }
    }
    known
}

fn conservation(figures: &[Figure]) -> Vec<Conserved> {
    let cell = |id: &str| {
        let own = figures.iter().find(|own| own.measure == id);
        own.map(|own| &own.value)
    };
    let count = |id: &str| cell(id)?.value.as_ref()?.parse::<i64>().ok();
    let check = |(total, parts): &(&str, &[&str])| {
        let all = parts.iter().chain([total]);
        let mut cells = all.filter_map(|id| cell(id));
        let is_withheld = cells.any(|cell| cell.has_mark(Mark::Withheld));
        let left = count(total).map(|whole| {
            let sum: i64 = parts.iter().filter_map(|id| count(id)).sum();
            whole - sum
        });
        let state = match left {
            _ if is_withheld => "withheld",
            None => "not_known",
            Some(0) => "adds_up",
            Some(_) => "does_not_add_up",
        };
        Conserved {
            total: (*total).to_owned(),
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            state: state.to_owned(),
            difference: left.filter(|left| *left != 0 && !is_withheld),
        }
    };
    IDENTITIES.iter().map(check).collect()
}

/// Definitions that are newer than the week a year ago with which they are compared, and thresholds
/// of all lines. A first version changed nothing.
fn breaks(week: IsoWeek, read: &[Read]) -> Vec<Break> {
    let (from, to) = (last_year_of(week), week.days().end);
    let whole = read.iter().filter(|own| own.line == "*");
    let thresholds = whole.flat_map(|own| {
        let since = own.breaks.iter().filter(|day| from < **day && **day < to);
        since.map(|day| Break {
            measure: own.measure.id.to_owned(),
            version: None,
            since: *day,
        })
    });
    let changed = MEASURES
        .iter()
        .filter(|own| own.version > 1 && from < own.since && own.since < to);
    changed
        .map(|own| Break {
            measure: own.id.to_owned(),
            version: Some(own.version),
            since: own.since,
        })
        .chain(thresholds)
        .collect()
}

/// What stands out in the figures of all lines.
fn found(read: &[Read], week: IsoWeek, now_ms: Millis) -> Vec<Weighed> {
    let whole = read
        .iter()
        .filter(|own| own.line == "*" && own.cause.is_none());
    let of = |own: &Read| {
        let now = own.weeks.last();
        let judged =
            |against, then: Option<&Point>| difference(own.measure, against, (now?, then?), now_ms);
        let found = [
            judged(Against::Before, own.back(1, week)),
            judged(Against::LastYear, own.year_back(week)),
            signal(own.measure, own.comparable(week)),
        ];
        found.into_iter().flatten().collect::<Vec<_>>()
    };
    whole.flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::published::Shown;

    fn point(value: Option<f64>, n: Option<i64>, mark: Option<Mark>) -> Point {
        Point {
            start_ms: 0,
            end_ms: 1,
            value: value.map_or(Shown::None, Shown::Value),
            n,
            mark,
        }
    }

    fn read(id: &str, weeks: &[(f64, i64)]) -> Read {
        let weeks = weeks
            .iter()
            .map(|(value, n)| point(Some(*value), Some(*n), None));
        Read {
            measure: Measure::from_id(id).expect("a measure"),
            line: "*".to_owned(),
            cause: None,
            weeks: weeks.collect(),
            last_year: None,
            days: Vec::new(),
            target: Some(80.0),
            breaks: Vec::new(),
        }
    }

    fn week() -> IsoWeek {
        "2026-W53".parse().expect("a week")
    }

    #[test]
    fn counts_have_a_mean_shares_are_pooled_and_percentiles_have_neither() {
        let weeks = [(100.0, 1), (200.0, 1), (300.0, 1), (400.0, 1), (999.0, 1)];
        let all = [
            read("attempts", &weeks),
            read(
                "service_level",
                &[(50.0, 300), (90.0, 100), (90.0, 100), (90.0, 100), (1.0, 1)],
            ),
            read("wait_median", &weeks),
        ];
        let facts = facts(week(), "UTC", &all, 10);
        let means = facts.figures.iter().map(|own| own.four_weeks.as_deref());
        assert_eq!(means.collect::<Vec<_>>(), [Some("250"), Some("70"), None]);
        assert_eq!(facts.figures[1].target.as_deref(), Some("80"));
    }

    #[test]
    fn a_first_week_compares_with_nothing_and_says_so() {
        let facts = facts(week(), "UTC", &[read("attempts", &[(100.0, 1)])], 10);
        let own = &facts.figures[0];
        assert_eq!((own.before.number(), own.last_year.number()), (None, None));
        assert_eq!((&own.change, &own.four_weeks), (&None, &None));
        assert!(facts.findings.is_empty() && facts.has_data());
        assert_eq!(facts.last_year_from.to_string(), "2025-12-29");
    }

    #[test]
    fn what_lies_before_a_change_of_thresholds_is_told_and_not_compared() {
        let weeks = [
            (50.0, 300),
            (90.0, 900),
            (90.0, 900),
            (90.0, 900),
            (70.0, 900),
        ];
        let same = read("service_level", &weeks);
        let facts_of = |own: Read| facts(week(), "UTC", &[own], 10);
        let thresholds = |facts: &Facts| -> Vec<Date> {
            let changed = facts.breaks.iter().filter(|own| own.version.is_none());
            changed.map(|own| own.since).collect()
        };
        let compared = facts_of(same.clone());
        let own = &compared.figures[0];
        assert!(own.change.is_some() && own.four_weeks.is_some());
        assert!(!compared.findings.is_empty() && thresholds(&compared).is_empty());

        for day in [week().monday(), week().days().end.saturating_sub(1.day())] {
            let changed = facts_of(Read {
                breaks: vec![day],
                ..same.clone()
            });
            let own = &changed.figures[0];
            assert_eq!((&own.change, &own.four_weeks), (&None, &None), "{day}");
            assert_eq!(own.before.number(), Some(90.0));
            assert!(changed.findings.is_empty());
            assert_eq!(thresholds(&changed), [day]);
        }
        let earlier = facts_of(Read {
            breaks: vec![week().monday().saturating_sub(7.days())],
            ..same
        });
        let own = &earlier.figures[0];
        assert!(own.change.is_some() && own.four_weeks.is_none());
    }

    #[test]
    fn a_week_without_data_is_a_week_without_data() {
        let silent = Read {
            weeks: vec![point(None, None, Some(Mark::NoData))],
            days: vec![point(None, None, Some(Mark::NoData)); 7],
            ..read("attempts", &[])
        };
        let facts = facts(week(), "UTC", &[silent], 10);
        assert!(!facts.has_data());
        assert_eq!(facts.completeness.missing, 7);
        assert_eq!(facts.conservation[0].state, "not_known");
    }

    #[test]
    fn what_does_not_add_up_is_told_with_its_size() {
        let all = [
            read("attempts", &[(100.0, 1)]),
            read("offered", &[(90.0, 1)]),
            read("refused", &[(7.0, 1)]),
        ];
        let facts = facts(week(), "UTC", &all, 10);
        let first = &facts.conservation[0];
        assert_eq!(
            (first.state.as_str(), first.difference),
            ("does_not_add_up", Some(3))
        );
    }
}
