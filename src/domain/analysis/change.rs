//! Whether a figure went up or down: said only where the 95 % interval of the difference excludes zero.

use super::{is_complete, known};
use crate::domain::event::Millis;
use crate::domain::measures::Kind;
use crate::domain::published::Point;

/// Half the width of a 95 % interval, in standard errors.
const Z: f64 = 1.959_963_984_540_054;

/// What a comparison of two points says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Clearly higher.
    Up,
    /// Clearly lower.
    Down,
    /// No clear change.
    Unclear,
}

impl Change {
    /// The word in JSON and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Unclear => "none",
        }
    }

    /// By the interval `[low, high]` of the difference.
    fn of((low, high): (f64, f64)) -> Self {
        if low > 0.0 {
            Self::Up
        } else if high < 0.0 {
            Self::Down
        } else {
            Self::Unclear
        }
    }
}

/// The change from `then` to `now`; none where one of them is missing, where a count is not
/// complete yet, and for means and percentiles, of which the spread is not published.
#[must_use]
pub fn change(kind: &Kind, now: &Point, then: &Point, now_ms: Millis) -> Option<Change> {
    let (after, before) = (known(now)?, known(then)?);
    match kind {
        Kind::Count(_) | Kind::Facts(_) => {
            let both = is_complete(now, now_ms) && is_complete(then, now_ms);
            both.then(|| Change::of(difference_of_counts(after, before)))
        }
        _ => {
            let whole = whole_of(kind).filter(|whole| after.max(before) <= *whole)?;
            let (now_n, then_n) = (now.n.filter(|n| *n > 0)?, then.n.filter(|n| *n > 0)?);
            let interval = difference_of_shares((after / whole, now_n), (before / whole, then_n));
            Some(Change::of(interval))
        }
    }
}

/// The 95 % interval of a published share by Wilson (1927), in the unit of its measure. `None` where
/// the value is no share, or is not published with its number of cases.
#[must_use]
pub fn interval(kind: &Kind, point: &Point) -> Option<(f64, f64)> {
    let (value, n) = (known(point)?, point.n.filter(|n| *n > 0)?);
    let whole = whole_of(kind).filter(|whole| value <= *whole)?;
    let (low, high) = wilson((value / whole, n));
    Some((whole * low.max(0.0), whole * high.min(1.0)))
}

/// What the value would be if it were true of everyone; none if it is no share. A difference of
/// two shares is none: its spread needs both.
fn whole_of(kind: &Kind) -> Option<f64> {
    match kind {
        Kind::Share { .. } => Some(100.0),
        Kind::Rating { numerator, .. } => numerator.minus.is_empty().then_some(100.0),
        Kind::PerThousand { .. } => Some(1_000.0),
        _ => None,
    }
}

/// The 95 % interval of the difference of two counts, each with the spread of a Poisson count.
fn difference_of_counts(after: f64, before: f64) -> (f64, f64) {
    let (difference, error) = (after - before, (after + before).max(0.0).sqrt());
    (difference - Z * error, difference + Z * error)
}

/// The 95 % interval of the difference of two shares by Newcombe's hybrid score method (1998,
/// method 10): the Wilson limits of both, put together.
fn difference_of_shares(after: (f64, i64), before: (f64, i64)) -> (f64, f64) {
    let (low_after, high_after) = wilson(after);
    let (low_before, high_before) = wilson(before);
    let difference = after.0 - before.0;
    let below = (after.0 - low_after).hypot(high_before - before.0);
    let above = (high_after - after.0).hypot(before.0 - low_before);
    (difference - below, difference + above)
}

/// Wilson's 95 % interval of a share of `n`.
fn wilson((share, n): (f64, i64)) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let n = n as f64;
    let z2 = Z * Z;
    let middle = share + z2 / (2.0 * n);
    let half = Z
        * (share * (1.0 - share) / n + z2 / (4.0 * n * n))
            .max(0.0)
            .sqrt();
    let scale = 1.0 + z2 / n;
    ((middle - half) / scale, (middle + half) / scale)
}

#[cfg(test)]
mod tests {
    use super::super::testing::hours;
    use super::*;
    use crate::domain::measures::Measure;
    use crate::domain::published::Shown;

    fn kind(id: &str) -> &'static Kind {
        &Measure::from_id(id).expect("a measure").kind
    }

    #[test]
    fn newcombes_own_examples_come_out() {
        let near = |(low, high): (f64, f64), (a, b): (f64, f64)| {
            assert!(
                (low - a).abs() < 5e-5 && (high - b).abs() < 5e-5,
                "{low} {high}"
            );
        };
        near(
            difference_of_shares((56.0 / 70.0, 70), (48.0 / 80.0, 80)),
            (0.0524, 0.3339),
        );
        near(
            difference_of_shares((9.0 / 10.0, 10), (3.0 / 10.0, 10)),
            (0.1705, 0.8090),
        );
        near(
            difference_of_shares((10.0 / 10.0, 10), (0.0, 20)),
            (0.6791, 1.0),
        );
    }

    #[test]
    fn up_and_down_are_said_only_when_they_are_sure() {
        let points = hours(&[Some(100.0), Some(140.0), Some(105.0), None]);
        let say = |now: usize, then: usize| {
            change(kind("attempts"), &points[now], &points[then], i64::MAX)
        };
        assert_eq!(say(1, 0), Some(Change::Up));
        assert_eq!(say(0, 1), Some(Change::Down));
        assert_eq!(say(2, 0), Some(Change::Unclear));
        assert_eq!(say(3, 0), None);
        let share = |now: usize, then: usize| {
            let mut points = hours(&[Some(80.0), Some(60.0), Some(79.0)]);
            points[now].n = Some(70);
            change(kind("service_level"), &points[now], &points[then], i64::MAX)
        };
        assert_eq!(share(0, 1), Some(Change::Up));
        assert_eq!(share(0, 2), Some(Change::Unclear));
    }

    #[test]
    fn nothing_is_said_of_what_cannot_be_judged() {
        let mut points = hours(&[Some(10.0), Some(100.0)]);
        assert_eq!(
            change(kind("wait_median"), &points[1], &points[0], i64::MAX),
            None
        );
        let running = points[1].start_ms;
        assert_eq!(
            change(kind("attempts"), &points[1], &points[0], running),
            None,
            "so far"
        );
        points[0].n = None;
        assert_eq!(
            change(kind("service_level"), &points[1], &points[0], i64::MAX),
            None
        );
        points[1].value = Shown::Under(5.0);
        assert_eq!(
            change(kind("attempts"), &points[1], &points[0], i64::MAX),
            None
        );
    }

    #[test]
    fn a_share_has_wilsons_interval_and_a_mean_has_none() {
        let mut point = hours(&[Some(75.0)])[0].clone();
        point.n = Some(40);
        let (low, high) = interval(kind("csat"), &point).expect("a share of 40");
        // By hand: p = 0.75, z² = 3.8415; middle 0.79802, half 0.14252, scale 1.09604.
        assert!(
            (low - 59.81).abs() < 0.005 && (high - 85.81).abs() < 0.005,
            "{low} {high}"
        );
        assert_eq!(
            interval(kind("nps"), &point),
            None,
            "a difference of two shares"
        );
        assert_eq!(interval(kind("ces_mean"), &point), None);
        point.value = Shown::AtLeast(75.0);
        assert_eq!(interval(kind("csat"), &point), None, "a bound is no value");
    }

    #[test]
    fn complaints_and_satisfaction_change_clearly_or_not() {
        let at = |value, n| {
            let mut point = hours(&[Some(value)])[0].clone();
            point.n = Some(n);
            point
        };
        let said = |id: &str, now: &Point, then: &Point| change(kind(id), now, then, Millis::MAX);
        // 48/80 and 56/70: Newcombe's interval is 0.0524 to 0.3339.
        let (earlier, later) = (at(60.0, 80), at(80.0, 70));
        assert_eq!(said("csat", &later, &earlier), Some(Change::Up));
        assert_eq!(
            said("complaints_in_time", &earlier, &later),
            Some(Change::Down)
        );
        assert_eq!(said("csat", &at(62.5, 80), &earlier), Some(Change::Unclear));
        assert_eq!(said("nps", &later, &earlier), None);
        assert_eq!(
            said("complaints_opened", &at(60.0, 60), &at(30.0, 30)),
            Some(Change::Up)
        );
        let (few, more) = (at(2.0, 8_000), at(2.5, 8_000));
        assert_eq!(
            said("complaints_per_thousand", &more, &few),
            Some(Change::Unclear)
        );
    }
}
