//! Lines over a series: the mean of seven days and the band of what is usual.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{is_complete, known, quantile};
use crate::domain::event::Millis;
use crate::domain::measures::Kind;
use crate::domain::period;
use crate::domain::published::Point;

/// Days of the moving mean.
pub const MEAN_DAYS: usize = 7;
/// A mean of fewer days would stand for days that are not known.
const LEAST_DAYS: usize = 4;
/// Weeks before a point that say what is usual.
pub const BAND_WEEKS: i64 = 8;
/// A band of fewer values would be no band.
const LEAST_FOR_A_BAND: usize = 4;

/// What is usual at each point: `None` where too little is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    /// 20th percentile.
    pub low: Vec<Option<f64>>,
    /// 80th percentile.
    pub high: Vec<Option<f64>>,
}

/// For consecutive days, the mean of each with the six before it. Gaps are left out, not counted
/// as zero; with fewer than four days known there is no mean.
///
/// Shares and means are weighted by what is behind them, which is the share of all seven days
/// together. Percentiles cannot be averaged: theirs is the middle of the seven.
#[must_use]
pub fn mean7(points: &[Point], kind: &Kind, now_ms: Millis) -> Vec<Option<f64>> {
    let one = |end: usize| {
        let first = (end + 1).saturating_sub(MEAN_DAYS);
        let days = points[first..=end].iter();
        let days: Vec<(f64, f64)> = days
            .filter(|day| {
                !matches!(kind, Kind::Count(_) | Kind::Facts(_)) || is_complete(day, now_ms)
            })
            .filter_map(|day| Some((known(day)?, weight(day, kind)?)))
            .collect();
        if days.len() < LEAST_DAYS {
            return None;
        }
        if matches!(kind, Kind::Percentile { .. }) {
            let mut values: Vec<f64> = days.iter().map(|(value, _)| *value).collect();
            values.sort_by(f64::total_cmp);
            return quantile(&values, 0.5);
        }
        let weights: f64 = days.iter().map(|(_, weight)| weight).sum();
        let sum: f64 = days.iter().map(|(value, weight)| value * weight).sum();
        (weights > 0.0).then(|| sum / weights)
    };
    (0..points.len()).map(one).collect()
}

/// How much a day weighs in the mean; none if it is not known.
fn weight(day: &Point, kind: &Kind) -> Option<f64> {
    match kind {
        Kind::Share { .. }
        | Kind::Mean { .. }
        | Kind::Rating { .. }
        | Kind::MeanScore(_)
        | Kind::PerThousand { .. } =>
        {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
            day.n.map(|n| n as f64)
        }
        Kind::Count(_) | Kind::Facts(_) | Kind::Percentile { .. } | Kind::Backlog => Some(1.0),
    }
}

/// For each point from `first` on, the 20th and 80th percentile of the points at the same weekday
/// and time of the eight weeks before it.
#[must_use]
pub fn band(points: &[Point], first: usize, zone: &TimeZone) -> Band {
    let label = |point: &Point| period::civil(point.start_ms, zone);
    let mut values: HashMap<DateTime, f64> = HashMap::with_capacity(points.len());
    for point in points {
        if let Some(value) = known(point) {
            // Of an hour that came twice, the first.
            values.entry(label(point)).or_insert(value);
        }
    }
    let mut band = Band::default();
    for point in points.iter().skip(first) {
        let at = label(point);
        let weeks = (1..=BAND_WEEKS).filter_map(|week| {
            let then = at.checked_sub((7 * week).days()).ok()?;
            values.get(&then).copied()
        });
        let mut usual: Vec<f64> = weeks.collect();
        usual.sort_by(f64::total_cmp);
        let share = |share| quantile(&usual, share).filter(|_| usual.len() >= LEAST_FOR_A_BAND);
        band.low.push(share(0.2));
        band.high.push(share(0.8));
    }
    band
}

#[cfg(test)]
mod tests {
    use super::super::testing::{days, parts};
    use super::*;
    use crate::domain::measures::Measure;
    use jiff::civil::date;

    fn kind(id: &str) -> &'static Kind {
        &Measure::from_id(id).expect("a measure").kind
    }

    #[test]
    fn gaps_in_a_mean_are_not_zero() {
        let zone = TimeZone::UTC;
        let (a, b) = (Some(10.0), Some(20.0));
        let points = days(
            date(2026, 1, 1),
            &zone,
            &[a, None, a, b, None, b, None, None, None, None],
        );
        let means = mean7(&points, kind("attempts"), i64::MAX);
        assert_eq!(means[4], None, "three days are known");
        assert_eq!(means[5], Some(15.0));
        assert_eq!(means[6], Some(15.0));
        assert_eq!(means[7], None, "the first day has left the seven");
        let running = points[5].start_ms;
        assert_eq!(
            mean7(&points, kind("attempts"), running)[5],
            None,
            "today so far is not a day"
        );
    }

    #[test]
    fn a_mean_of_shares_is_the_share_of_all_days_together() {
        let values = [Some(90.0), Some(90.0), Some(90.0), Some(50.0)];
        let mut points = days(date(2026, 1, 1), &TimeZone::UTC, &values);
        points[3].n = Some(700);
        let means = mean7(&points, kind("service_level"), i64::MAX);
        assert_eq!(means[3], Some(62.0));
        points[3].n = None;
        assert_eq!(mean7(&points, kind("service_level"), i64::MAX)[3], None);
        let middle = mean7(&points, kind("wait_median"), i64::MAX)[3];
        assert_eq!(middle, Some(90.0), "percentiles are not averaged");
    }

    #[test]
    fn what_is_usual_comes_from_the_same_hour_of_the_weeks_before() {
        let zone = TimeZone::get("Europe/Paris").expect("the zone is known");
        let (first, to) = (date(2026, 3, 2), date(2026, 5, 4));
        // The value is the number of the week: the band of week 8 holds weeks 0 to 7.
        let mut points = parts(first, to, &zone, |_| 0.0);
        for point in &mut points {
            let day = period::local_day(point.start_ms, &zone);
            #[expect(clippy::cast_precision_loss, reason = "nine weeks")]
            let week = (day.duration_since(first).as_hours() / 24 / 7) as f64;
            point.value = crate::domain::published::Shown::Value(week);
        }
        let start = points.len() - 24;
        let band = band(&points, start, &zone);
        assert_eq!(band.low.len(), 24);
        let near = |value: Option<f64>, wanted: f64| {
            assert!((value.expect("a value") - wanted).abs() < 1e-9, "{value:?}");
        };
        near(band.low[12], 1.4);
        near(band.high[12], 5.6);
        // One of the eight Sundays had no two o'clock.
        near(band.low[2], 1.2);
        let early = super::band(&points, 0, &zone);
        assert_eq!(early.low[24 * 21], None, "three weeks are too few");
    }
}
