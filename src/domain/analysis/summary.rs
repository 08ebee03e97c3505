//! A range in four figures: total, busiest, quietest, median.

use super::{is_complete, known, quantile};
use crate::domain::event::Millis;
use crate::domain::published::{Mark, Point};

/// What a range amounts to. Points are named by their index.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// The sum of the published values; counts only.
    pub total: Option<f64>,
    /// Where the value is highest; the earliest of equals.
    pub busiest: Option<usize>,
    /// Where it is lowest among the points that are over; the earliest of equals.
    pub quietest: Option<usize>,
    /// The middle of the values of points that are over.
    pub median: Option<f64>,
    /// How many points are withheld, also where a bound is told.
    pub withheld: usize,
    /// How many have no data.
    pub missing: usize,
}

/// Sums up a range. A point that is not over takes no part in what is low or in the middle: a
/// count "so far" would always be the lowest.
#[must_use]
pub fn summarise(points: &[Point], is_count: bool, now_ms: Millis) -> Summary {
    let mut summary = Summary::default();
    let mut over: Vec<f64> = Vec::with_capacity(points.len());
    let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut total = None;
    for (index, point) in points.iter().enumerate() {
        match point.mark {
            Some(Mark::Withheld) => summary.withheld += 1,
            Some(Mark::NoData) => summary.missing += 1,
            _ => {}
        }
        let Some(value) = known(point) else { continue };
        total = Some(total.unwrap_or(0.0) + value);
        if value > highest {
            highest = value;
            summary.busiest = Some(index);
        }
        if is_count && !is_complete(point, now_ms) {
            continue;
        }
        if value < lowest {
            lowest = value;
            summary.quietest = Some(index);
        }
        over.push(value);
    }
    over.sort_by(f64::total_cmp);
    summary.median = quantile(&over, 0.5);
    summary.total = total.filter(|_| is_count);
    summary
}

#[cfg(test)]
mod tests {
    use super::super::testing::hours;
    use super::*;
    use crate::domain::published::Shown;

    #[test]
    fn a_range_is_summed_up_without_what_is_not_known() {
        let mut points = hours(&[Some(4.0), None, Some(9.0), Some(1.0), Some(9.0), Some(2.0)]);
        points[1].mark = Some(Mark::NoData);
        points[4].value = Shown::Under(5.0);
        points[4].mark = Some(Mark::Withheld);
        let summary = summarise(&points, true, points[5].start_ms);
        assert_eq!(
            summary.total,
            Some(16.0),
            "the hour that runs counts so far"
        );
        assert_eq!((summary.busiest, summary.quietest), (Some(2), Some(3)));
        assert_eq!(summary.median, Some(4.0), "of 1, 4 and 9");
        assert_eq!((summary.withheld, summary.missing), (1, 1));
    }

    #[test]
    fn a_week_that_is_covered_in_part_is_not_the_lowest() {
        let mut points = hours(&[Some(1.0), Some(9.0), Some(5.0)]);
        points[0].mark = Some(Mark::Unreliable);
        let summary = summarise(&points, true, i64::MAX);
        assert_eq!((summary.total, summary.quietest), (Some(15.0), Some(2)));
    }

    #[test]
    fn shares_have_no_total_and_nothing_has_no_summary() {
        let points = hours(&[Some(80.0), Some(60.0)]);
        let summary = summarise(&points, false, i64::MAX);
        assert_eq!((summary.total, summary.median), (None, Some(70.0)));
        assert_eq!(summarise(&[], true, 0), Summary::default());
        assert_eq!(summarise(&hours(&[None]), true, 0).total, None);
    }
}
