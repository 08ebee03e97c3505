//! How good forecasts were: scores of pairs of what was expected and what came.
//!
//! Plain sums over whatever is handed in. A score of nothing is `None`, never 0.

/// A forecast and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// What came.
    pub actual: f64,
    /// What was expected, in the same unit.
    pub expected: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
}

impl Scored {
    /// Whether it came within the range, its ends included.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.low <= self.actual && self.actual <= self.high
    }

    fn miss(&self) -> f64 {
        (self.actual - self.expected).abs()
    }
}

/// Weighted absolute percentage error: `Σ |actual − expected| / Σ |actual|`, as a share.
/// `None` if nothing came.
pub fn weighted_percentage_error<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    let sums = all.into_iter().fold((0.0, 0.0), |(missed, came), one| {
        (missed + one.miss(), came + one.actual.abs())
    });
    (sums.1 > 0.0).then(|| sums.0 / sums.1)
}

/// Mean absolute error: `Σ |actual − expected| / n`.
pub fn mean_absolute_error<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    mean(all.into_iter().map(Scored::miss))
}

/// Median of `|actual − expected|`; of an even number, the mean of the two in the middle.
pub fn median_absolute_error<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    let mut misses: Vec<f64> = all.into_iter().map(Scored::miss).collect();
    misses.sort_by(f64::total_cmp);
    let middle = misses.len() / 2;
    let upper = misses.get(middle)?;
    let lower = misses.get(misses.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// Mean error, positive if more came than was expected: `Σ (actual − expected) / n`.
pub fn bias<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    mean(all.into_iter().map(|one| one.actual - one.expected))
}

/// The share of ranges into which it fell, ends included.
pub fn coverage<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    mean(
        all.into_iter()
            .map(|one| if one.is_within() { 1.0 } else { 0.0 }),
    )
}

/// Mean width of the ranges.
pub fn mean_width<'s>(all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    mean(all.into_iter().map(|one| one.high - one.low))
}

/// Pinball loss of one quantile at `share` (0–1): `share × (actual − quantile)` where more came,
/// `(1 − share) × (quantile − actual)` where less did. Its mean is smallest for the true quantile
/// (Koenker and Bassett 1978).
#[must_use]
pub fn pinball(share: f64, quantile: f64, actual: f64) -> f64 {
    let over = actual - quantile;
    (share * over).max((share - 1.0) * over)
}

/// Mean pinball loss of the two ends of ranges that shall hold `share` of what comes: the lower
/// end is judged as the quantile at `(1 − share) / 2`, the upper as that at `(1 + share) / 2`.
pub fn range_pinball<'s>(share: f64, all: impl IntoIterator<Item = &'s Scored>) -> Option<f64> {
    let tail = (1.0 - share) / 2.0;
    mean(all.into_iter().map(|one| {
        let low = pinball(tail, one.low, one.actual);
        let high = pinball(1.0 - tail, one.high, one.actual);
        f64::midpoint(low, high)
    }))
}

/// Skill against an opponent: `1 − ours / theirs` of a score of which less is better. 0 is as good,
/// 1 is perfect, less than 0 is worse. `None` if the opponent made no error or one is missing.
#[must_use]
pub fn skill(ours: Option<f64>, theirs: Option<f64>) -> Option<f64> {
    let (ours, theirs) = (ours?, theirs?);
    (theirs > 0.0).then(|| 1.0 - ours / theirs)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(actual: f64, expected: f64) -> Scored {
        Scored {
            actual,
            expected,
            low: expected - 2.0,
            high: expected + 2.0,
        }
    }

    fn is(found: Option<f64>, wanted: f64) {
        assert!(
            found.is_some_and(|found| (found - wanted).abs() < 1e-12),
            "{found:?} is not {wanted}"
        );
    }

    #[test]
    fn the_scores_of_four_slots_are_those_worked_out_by_hand() {
        let all = [
            scored(10.0, 12.0),
            scored(0.0, 1.0),
            scored(30.0, 25.0),
            scored(20.0, 20.0),
        ];
        is(weighted_percentage_error(&all), 8.0 / 60.0);
        is(mean_absolute_error(&all), 2.0);
        is(median_absolute_error(&all), 1.5);
        is(median_absolute_error(&all[..3]), 2.0);
        is(bias(&all), 0.5);
        is(coverage(&all), 0.75);
        is(mean_width(&all), 4.0);
        // Ends 10 14, −1 3, 23 27, 18 22 against 10, 0, 30, 20.
        let low = 0.1 * (0.0 + 1.0 + 7.0 + 2.0);
        let high = 0.1 * (4.0 + 3.0 + 2.0) + 0.9 * 3.0;
        is(range_pinball(0.8, &all), (low + high) / 8.0);
    }

    #[test]
    fn nothing_has_no_score() {
        let none: [Scored; 0] = [];
        assert_eq!(weighted_percentage_error(&none), None);
        assert_eq!(mean_absolute_error(&none), None);
        assert_eq!(median_absolute_error(&none), None);
        assert_eq!(coverage(&none), None);
        assert_eq!(range_pinball(0.8, &none), None);
        let nobody_came = [scored(0.0, 1.0)];
        assert_eq!(weighted_percentage_error(&nobody_came), None);
    }

    #[test]
    fn skill_is_what_is_saved_of_the_opponents_error() {
        is(skill(Some(3.0), Some(4.0)), 0.25);
        is(skill(Some(5.0), Some(4.0)), -0.25);
        assert_eq!(skill(Some(0.0), Some(0.0)), None);
        assert_eq!(skill(None, Some(4.0)), None);
    }

    proptest! {
        #[test]
        fn pinball_is_least_at_the_quantile(
            mut values in prop::collection::vec(0.0..100.0_f64, 1..40),
            share in 0.05..0.95_f64,
            other in 0.0..100.0_f64,
        ) {
            values.sort_by(f64::total_cmp);
            let rank = (1..values.len())
                .find(|rank| f64::from(u32::try_from(*rank).unwrap()) >= share * f64::from(u32::try_from(values.len()).unwrap()))
                .unwrap_or(values.len());
            let loss = |quantile: f64| values.iter().map(|v| pinball(share, quantile, *v)).sum::<f64>();
            prop_assert!(loss(values[rank - 1]) <= loss(other) + 1e-9);
        }
    }
}
