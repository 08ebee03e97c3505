//! The trend chart: individual values and moving ranges (`XmR`), and what counts as a signal.

/// Limits lie this many mean moving ranges from the centre.
const LIMIT: f64 = 2.66;
/// Moving ranges above this many means are dropped once.
const RANGE_LIMIT: f64 = 3.267;
/// This many in a row, on one side or in one direction, are a signal.
const RUN: usize = 7;
/// Fewer values have no limits.
pub const LEAST_VALUES: usize = 7;

/// Why a point is a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Outside of the limits.
    Outside,
    /// The last of seven on one side of the centre.
    OneSide,
    /// The last of seven that each rose, or each fell.
    Trend,
    /// The last of two in three that lie beyond two thirds of the way to one limit.
    TwoOfThree,
}

impl Rule {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::OneSide => "one_side",
            Self::Trend => "trend",
            Self::TwoOfThree => "two_of_three",
        }
    }
}

/// Centre, limits and signals of a series of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Xmr {
    /// The mean.
    pub centre: f64,
    /// The lower limit; it may lie below anything possible.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
    /// Index of the point and the first rule it breaks, in the order of [`Rule`].
    pub signals: Vec<(usize, Rule)>,
}

/// The chart of values at even distances, missing ones `None`. A gap ends every run. None if
/// fewer than seven values are known.
#[must_use]
pub fn xmr(values: &[Option<f64>]) -> Option<Xmr> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    if known.len() < LEAST_VALUES {
        return None;
    }
    let centre = mean(&known)?;
    let ranges: Vec<f64> = values
        .windows(2)
        .filter_map(|pair| Some((pair[1]? - pair[0]?).abs()))
        .collect();
    let first = mean(&ranges)?;
    let kept: Vec<f64> = ranges
        .into_iter()
        .filter(|range| *range <= RANGE_LIMIT * first)
        .collect();
    let reach = LIMIT * mean(&kept)?;
    let chart = Xmr {
        centre,
        lower: centre - reach,
        upper: centre + reach,
        signals: Vec::new(),
    };
    let signals = (0..values.len()).filter_map(|index| Some((index, chart.rule(values, index)?)));
    let signals = signals.collect();
    Some(Xmr { signals, ..chart })
}

impl Xmr {
    fn rule(&self, values: &[Option<f64>], index: usize) -> Option<Rule> {
        let value = values[index]?;
        if value < self.lower || value > self.upper {
            return Some(Rule::Outside);
        }
        let last = |count: usize| -> Option<Vec<f64>> {
            let first = (index + 1).checked_sub(count)?;
            values[first..=index].iter().copied().collect()
        };
        if let Some(run) = last(RUN) {
            let (above, below) = (|v: &f64| *v > self.centre, |v: &f64| *v < self.centre);
            if run.iter().all(above) || run.iter().all(below) {
                return Some(Rule::OneSide);
            }
            let rises = |pair: &[f64]| pair[1] > pair[0];
            let falls = |pair: &[f64]| pair[1] < pair[0];
            if run.windows(2).all(rises) || run.windows(2).all(falls) {
                return Some(Rule::Trend);
            }
        }
        let far = (self.upper - self.centre) * 2.0 / 3.0;
        let side = |sign: f64| {
            let is_far = |value: &f64| (value - self.centre) * sign > far;
            let three = last(3).map_or(0, |three| three.iter().filter(|v| is_far(v)).count());
            is_far(&value) && three >= 2
        };
        (side(1.0) || side(-1.0)).then_some(Rule::TwoOfThree)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred weeks")]
    let n = values.len() as f64;
    (n > 0.0).then(|| values.iter().sum::<f64>() / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    /// Worked by hand: the mean is 99 / 7. Moving ranges 2, 1, 2, 1, 1, 19 have the mean 26 / 6;
    /// 19 is more than 3.267 × that and is dropped; the others have the mean 7 / 5, so that the
    /// limits are 99 / 7 ± 2.66 × 1.4 = 10.419 and 17.867. 10 and 30 lie outside; 10, 12, 11 has
    /// two below 99 / 7 − ⅔ × 3.724 = 11.660.
    #[test]
    fn the_worked_check_comes_out() {
        let chart = xmr(&all(&[10.0, 12.0, 11.0, 13.0, 12.0, 11.0, 30.0])).expect("a chart");
        assert!((chart.centre - 99.0 / 7.0).abs() < 1e-12);
        assert!((chart.lower - (99.0 / 7.0 - 3.724)).abs() < 1e-12);
        assert!((chart.upper - (99.0 / 7.0 + 3.724)).abs() < 1e-12);
        let expected = [
            (0, Rule::Outside),
            (2, Rule::TwoOfThree),
            (6, Rule::Outside),
        ];
        assert_eq!(chart.signals, expected);
    }

    #[test]
    fn seven_on_one_side_and_seven_rising_are_signals() {
        let mut values = vec![8.0, 12.0, 8.0, 12.0, 8.0, 12.0, 8.0];
        values.extend([10.5; 7]);
        let chart = xmr(&all(&values)).expect("a chart");
        assert_eq!(chart.signals, [(13, Rule::OneSide)]);
        let rising = xmr(&all(&[
            20.0, 1.0, 20.0, 1.0, 20.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0,
        ]));
        let signals = rising.expect("a chart").signals;
        assert_eq!(signals, [(11, Rule::Trend)]);
    }

    #[test]
    fn a_gap_ends_a_run_and_a_few_values_have_no_limits() {
        let mut values = all(&[8.0, 12.0, 8.0, 12.0, 8.0, 12.0, 8.0, 10.5, 10.5, 10.5, 10.5]);
        values.push(None);
        values.extend(all(&[10.5, 10.5, 10.5, 10.5]));
        assert_eq!(xmr(&values).expect("a chart").signals, []);
        assert_eq!(xmr(&all(&[1.0; 6])), None);
        assert_eq!(xmr(&[None; 20]), None);
    }

    proptest! {
        #[test]
        fn the_centre_lies_between_the_limits_and_moves_with_the_values(
            values in proptest::collection::vec(-1e6..1e6_f64, 7..60),
            by in -1e6..1e6_f64,
        ) {
            let chart = xmr(&all(&values)).expect("a chart");
            prop_assert!(chart.lower <= chart.centre && chart.centre <= chart.upper);
            let moved: Vec<f64> = values.iter().map(|value| value + by).collect();
            let moved = xmr(&all(&moved)).expect("a chart");
            prop_assert!((moved.centre - chart.centre - by).abs() < 1e-3);
            prop_assert!(chart.signals.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
