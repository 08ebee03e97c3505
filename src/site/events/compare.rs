//! Expected against actual contacts on the days of a past occasion, from what is published.
//!
//! Expected is what the forecast said that was issued before the occasion was known
//! (`desk::expected` kept it), else the mean of the same weekdays of the four weeks before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::event::Millis;
use crate::domain::occasion::{Expected, Occasion, State};
use crate::domain::period::{Grain, day_start_ms, days, local_day};
use crate::domain::published::{Mark, Point, Series, Shown};
use crate::site::Site;
use crate::site::error::Error;
use crate::site::figures::SeriesAsk;

/// Days before the occasion among which its weekdays are looked up.
const DAYS_BEFORE: i64 = 28;

/// A mean of fewer same weekdays says nothing.
const FEWEST_WEEKDAYS: usize = 2;

/// What was compared is believed this long: late events alter the days of the past.
const KEPT_MS: Millis = 5 * 60_000;

/// The whole centre.
pub const ALL_LINES: &str = "*";

/// What a line expected and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Id of the line, or `*`.
    pub line: String,
    /// Where the expectation is from.
    pub basis: Basis,
    /// Contact attempts.
    pub expected: Option<f64>,
    /// The same; `None` while a day is withheld or has no data.
    pub came: Option<f64>,
}

/// Where an expectation is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The forecast that was issued on this day.
    Forecast(Date),
    /// The mean of the same weekdays of four weeks.
    FourWeeks,
}

impl Basis {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forecast(_) => "forecast",
            Self::FourWeeks => "four_weeks",
        }
    }
}

impl Compared {
    /// By which share more came than was expected; less is below zero.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let (expected, came) = (self.expected?, self.came?);
        (expected > 0.0).then(|| came / expected - 1.0)
    }
}

/// What was compared lately: each comparison reads a month of days.
#[derive(Default)]
pub struct Memo(Mutex<HashMap<String, Kept>>);

struct Kept {
    /// Of the occasion as it was known since then.
    known_ms: Millis,
    at_ms: Millis,
    rows: Arc<Vec<Compared>>,
}

impl Memo {
    fn find(&self, own: &Occasion, now_ms: Millis) -> Option<Arc<Vec<Compared>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&own.id).filter(|kept| {
            kept.known_ms == own.known_ms() && (now_ms - kept.at_ms).abs() < KEPT_MS
        });
        found.map(|kept| Arc::clone(&kept.rows))
    }

    fn keep(&self, own: &Occasion, at_ms: Millis, rows: &Arc<Vec<Compared>>) {
        let kept = Kept {
            known_ms: own.known_ms(),
            at_ms,
            rows: Arc::clone(rows),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(own.id.clone(), kept);
    }
}

/// For each occasion one row for each line concerned, or one for the whole centre; none before its
/// last day is over. All are read together. They may be as old as five minutes.
///
/// # Errors
/// When the figures cannot be had.
pub async fn compare(
    site: &Site,
    occasions: &[&Occasion],
) -> Result<Vec<Arc<Vec<Compared>>>, Error> {
    let now_ms = site.figures().at_ms();
    let kept: Vec<_> = occasions
        .iter()
        .map(|own| site.compared().find(own, now_ms))
        .collect();
    let lines = occasions.iter().zip(&kept).map(|(own, kept)| match kept {
        Some(_) => Vec::new(),
        None => lines_of(site, own, now_ms),
    });
    let lines: Vec<Vec<String>> = lines.collect();
    let asks = occasions.iter().zip(&lines).flat_map(|(own, lines)| {
        let days = days_of(site, own);
        lines.iter().map(move |line| ask(site, line, days))
    });
    let series = site.figures().several(asks.collect()).await?;
    let mut series = series.into_iter();
    let rows = occasions.iter().zip(kept).zip(lines);
    let rows = rows.map(|((own, kept), lines)| {
        kept.unwrap_or_else(|| {
            let rows = lines.into_iter().zip(series.by_ref());
            let rows = rows.map(|(line, series)| row(site, own, line, series));
            let rows = Arc::new(rows.collect::<Vec<_>>());
            if !rows.is_empty() {
                site.compared().keep(own, now_ms, &rows);
            }
            rows
        })
    });
    Ok(rows.collect())
}

/// The first and the last local day.
fn days_of(site: &Site, own: &Occasion) -> (Date, Date) {
    let day = |at_ms: Millis| local_day(at_ms, &site.centre().zone);
    (day(own.facts.start_ms), day(own.facts.end_ms - 1))
}

/// The lines that are compared; none before the last day is over.
pub fn lines_of(site: &Site, own: &Occasion, now_ms: Millis) -> Vec<String> {
    let (_, last) = days_of(site, own);
    if own.state(now_ms) != State::Past || last >= local_day(now_ms, &site.centre().zone) {
        return Vec::new();
    }
    if own.facts.lines.is_empty() {
        return vec![ALL_LINES.to_owned()];
    }
    // The centre may have given up a line since.
    let lines = own.facts.lines.iter();
    let known = lines.filter(|line| site.centre().line(line).is_some());
    known.cloned().collect()
}

fn row(site: &Site, own: &Occasion, line: String, series: Series) -> Compared {
    let (first, last) = days_of(site, own);
    let points = by_day(site, series);
    let (before, during): (Vec<_>, Vec<_>) = points.into_iter().partition(|(day, _)| *day < first);
    let told = own.expected.as_ref();
    let told = told.and_then(|told| Some((told.issued, of_line(told, &line)?)));
    let (basis, expected) = match told {
        Some((issued, sum)) => (Basis::Forecast(issued), Some(sum)),
        None => (Basis::FourWeeks, usual(&before, (first, last))),
    };
    Compared {
        came: sum(&during),
        line,
        basis,
        expected,
    }
}

/// Contact attempts by local day, from four weeks before the first day to the last one.
///
/// # Errors
/// When the figures cannot be had.
pub async fn read(
    site: &Site,
    line: &str,
    days: (Date, Date),
) -> Result<Vec<(Date, Point)>, Error> {
    let series = site.figures().series(ask(site, line, days)).await?;
    Ok(by_day(site, series))
}

fn ask(site: &Site, line: &str, (first, last): (Date, Date)) -> SeriesAsk {
    let zone = &site.centre().zone;
    SeriesAsk {
        line: line.to_owned(),
        measure: "attempts",
        cause: None,
        channel: None,
        grain: Grain::Day,
        from_ms: day_start_ms(first.saturating_sub(DAYS_BEFORE.days()), zone),
        to_ms: day_start_ms(last.saturating_add(1.day()), zone),
    }
}

fn by_day(site: &Site, series: Series) -> Vec<(Date, Point)> {
    let zone = &site.centre().zone;
    let points = series.points.into_iter();
    points
        .map(|point| (local_day(point.start_ms, zone), point))
        .collect()
}

fn of_line(told: &Expected, line: &str) -> Option<f64> {
    if line == ALL_LINES {
        let all = told.lines.values().flat_map(|days| days.values());
        return Some(all.sum());
    }
    Some(told.lines.get(line)?.values().sum())
}

/// What came; a closed day adds nothing, a day that is not published makes it unknown.
fn sum(points: &[(Date, Point)]) -> Option<f64> {
    let value = |(_, point): &(Date, Point)| match point.value {
        Shown::Value(value) => Some(value),
        Shown::None if point.mark == Some(Mark::Closed) => Some(0.0),
        _ => None,
    };
    if points.is_empty() {
        return None;
    }
    points.iter().map(value).sum()
}

/// The sum over the days of the mean of their weekday before. Closed days and those not published
/// have no part in a mean; a weekday that was always closed adds nothing.
#[must_use]
pub fn usual(before: &[(Date, Point)], (first, last): (Date, Date)) -> Option<f64> {
    let of_day = |day: Date| {
        let same = before
            .iter()
            .filter(|(own, _)| own.weekday() == day.weekday());
        let same: Vec<&Point> = same.map(|(_, point)| point).collect();
        let known = same.iter().filter_map(|point| match point.value {
            Shown::Value(value) => Some(value),
            _ => None,
        });
        let known: Vec<f64> = known.collect();
        let is_closed = |point: &&Point| point.mark == Some(Mark::Closed);
        if !same.is_empty() && same.iter().all(is_closed) {
            return Some(0.0);
        }
        (known.len() >= FEWEST_WEEKDAYS).then(|| mean(&known))
    };
    days(first, last.saturating_add(1.day())).map(of_day).sum()
}

#[expect(clippy::cast_precision_loss, reason = "four at most")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn point(value: Shown, mark: Option<Mark>) -> Point {
        Point {
            start_ms: 0,
            end_ms: 0,
            value,
            n: None,
            mark,
        }
    }

    fn known(value: f64) -> Point {
        point(Shown::Value(value), None)
    }

    /// Mondays of four weeks before Monday 30 November 2026, and closed Sundays.
    fn before(mondays: [Point; 4]) -> Vec<(Date, Point)> {
        let closed = point(Shown::None, Some(Mark::Closed));
        let first = date(2026, 11, 2);
        let weeks = mondays.into_iter().zip(0_i64..);
        weeks
            .flat_map(|(monday, week)| {
                let day = first.saturating_add(week.weeks());
                [
                    (day, monday),
                    (day.saturating_add(6.days()), closed.clone()),
                ]
            })
            .collect()
    }

    #[test]
    fn the_usual_is_the_mean_of_the_same_weekdays_that_are_known() {
        let missing = point(Shown::None, Some(Mark::NoData));
        let monday = date(2026, 11, 30);
        let sunday = date(2026, 12, 6);
        let all = before([known(10.0), known(20.0), known(30.0), known(40.0)]);
        assert_eq!(usual(&all, (monday, monday)), Some(25.0));
        assert_eq!(usual(&all, (sunday, sunday)), Some(0.0), "always closed");
        assert_eq!(
            usual(&all, (monday, sunday)),
            None,
            "Tuesdays are not known"
        );
        let two = before([missing.clone(), known(20.0), missing.clone(), known(40.0)]);
        assert_eq!(usual(&two, (monday, monday)), Some(30.0));
        let one = before([missing.clone(), known(20.0), missing.clone(), missing]);
        assert_eq!(usual(&one, (monday, monday)), None);
    }

    #[test]
    fn a_day_that_is_not_published_makes_the_sum_unknown_and_a_closed_one_does_not() {
        let day = date(2026, 11, 30);
        let closed = point(Shown::None, Some(Mark::Closed));
        let withheld = point(Shown::None, Some(Mark::Withheld));
        assert_eq!(sum(&[(day, known(7.0)), (day, closed)]), Some(7.0));
        assert_eq!(sum(&[(day, known(7.0)), (day, withheld)]), None);
        assert_eq!(sum(&[]), None, "missing is not zero");
    }

    #[test]
    fn the_difference_is_a_share_of_what_was_expected() {
        let row = |expected, came| Compared {
            line: "*".to_owned(),
            basis: Basis::FourWeeks,
            expected,
            came,
        };
        assert_eq!(row(Some(100.0), Some(125.0)).share(), Some(0.25));
        assert_eq!(row(Some(0.0), Some(125.0)).share(), None);
        assert_eq!(row(Some(100.0), None).share(), None);
    }
}
