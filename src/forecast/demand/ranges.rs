//! Ranges from past misses: how far forecasts like this one were off, eight times out of ten.
//!
//! A miss is measured in standard deviations of a count whose mean itself varies,
//! `√(expected + spread × expected²)` (the negative binomial's), so that misses of busy and of quiet
//! half hours can be pooled; the ends of a range are the 10th and the 90th percentile of the misses
//! of the same class: week ahead, holiday or not, and size of the expected number.

use super::rolling::{Method, Miss};

/// The share that shall fall into a range.
pub const SHARE: f64 = 0.8;

/// Weeks until a miss counts half.
const HALF_LIFE_WEEKS: f64 = 10.0;

/// A class with fewer misses than this leans on all of them.
const FEWEST: usize = 120;

/// Classes of size: so many equal parts of the misses.
const SIZES: usize = 4;

/// With fewer misses than this nothing can be read from them: the range is that of the assumed
/// spread.
const FEWEST_AT_ALL: usize = 60;

/// Spread assumed without misses: the mean varies by half of itself.
const ASSUMED_SPREAD: f64 = 0.25;

/// The 90th percentile of the normal distribution.
const NORMAL_90: f64 = 1.2816;

/// How far forecasts miss.
#[derive(Clone, Debug)]
pub struct Ranges {
    spread: f64,
    /// Bounds between classes of size.
    bounds: Vec<f64>,
    /// Ends in standard deviations by week and size, then of holidays.
    ends: Vec<(f64, f64)>,
}

struct Scaled {
    off: f64,
    weight: f64,
    week: usize,
    size: usize,
    is_special: bool,
}

impl Ranges {
    /// From the misses of a method that are at least `from_age` weeks old, for ranges of `share`.
    #[must_use]
    pub fn of(method: Method, misses: &[Miss], from_age: usize, share: f64) -> Self {
        let used: Vec<(&Miss, f64)> = misses
            .iter()
            // The second week of an origin is over a week after the first.
            .filter(|miss| miss.age >= from_age + miss.week)
            .filter_map(|miss| Some((miss, miss.expected[method.place()]?)))
            .collect();
        if used.len() < FEWEST_AT_ALL {
            return Self {
                spread: ASSUMED_SPREAD,
                bounds: Vec::new(),
                ends: vec![(-NORMAL_90, NORMAL_90)],
            };
        }
        let spread = spread_of(&used);
        let bounds = bounds_of(used.iter().map(|(_, expected)| *expected).collect());
        let scaled: Vec<Scaled> = used
            .iter()
            .map(|(miss, expected)| Scaled {
                off: (miss.actual - expected) / deviation(*expected, spread),
                weight: weight_of(miss.age - from_age),
                week: miss.week,
                size: bounds.partition_point(|bound| bound <= expected),
                is_special: miss.is_special,
            })
            .collect();
        let all = ends_of(scaled.iter(), share).unwrap_or((-NORMAL_90, NORMAL_90));
        let mut ends = Vec::new();
        for week in 0..2 {
            for size in 0..=bounds.len() {
                let class = scaled
                    .iter()
                    .filter(|miss| miss.week == week && miss.size == size);
                ends.push(ends_of(class, share).unwrap_or(all));
            }
        }
        let special = scaled.iter().filter(|miss| miss.is_special);
        let wider = ends_of(special, share).unwrap_or(all);
        ends.push((wider.0.min(all.0), wider.1.max(all.1)));
        Self {
            spread,
            bounds,
            ends,
        }
    }

    /// The range of an expected number, so many weeks ahead (0 or 1).
    #[must_use]
    pub fn range(&self, expected: f64, week: usize, is_special: bool) -> (f64, f64) {
        let deviation = deviation(expected, self.spread);
        let sizes = self.bounds.len() + 1;
        let size = self.bounds.partition_point(|bound| *bound <= expected);
        let class = if self.ends.len() == 1 {
            0
        } else if is_special {
            2 * sizes
        } else {
            week.min(1) * sizes + size
        };
        let (low, high) = self.ends[class];
        let low = (expected + low * deviation).max(0.0);
        (low, (expected + high * deviation).max(low))
    }

    /// The variance of the mean, relative to its square.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.spread
    }
}

/// Standard deviation of a count whose mean varies.
fn deviation(expected: f64, spread: f64) -> f64 {
    // A quarter: even where nothing is expected a contact may come.
    (expected + spread * expected * expected + 0.25).sqrt()
}

/// By moments, the recent past weighing more.
fn spread_of(used: &[(&Miss, f64)]) -> f64 {
    let (over, square) = used.iter().fold((0.0, 0.0), |sum, (miss, expected)| {
        let off = miss.actual - expected;
        let weight = weight_of(miss.age) / (expected + 1.0);
        (
            sum.0 + weight * (off * off - expected),
            sum.1 + weight * expected * expected,
        )
    });
    if square > 0.0 {
        (over / square).clamp(0.0, 1.0)
    } else {
        ASSUMED_SPREAD
    }
}

fn weight_of(weeks: usize) -> f64 {
    let weeks = u32::try_from(weeks).unwrap_or(u32::MAX);
    0.5_f64.powf(f64::from(weeks) / HALF_LIFE_WEEKS)
}

fn bounds_of(mut expected: Vec<f64>) -> Vec<f64> {
    expected.sort_by(f64::total_cmp);
    let mut bounds: Vec<f64> = (1..SIZES)
        .filter_map(|part| expected.get(part * expected.len() / SIZES).copied())
        .collect();
    bounds.dedup();
    bounds
}

/// The outer percentiles of a class, if it is large enough.
fn ends_of<'s>(class: impl Iterator<Item = &'s Scaled>, share: f64) -> Option<(f64, f64)> {
    let mut offs: Vec<(f64, f64)> = class.map(|miss| (miss.off, miss.weight)).collect();
    if offs.len() < FEWEST {
        return None;
    }
    offs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tail = f64::midpoint(1.0, -share);
    Some((percentile(&offs, tail), percentile(&offs, 1.0 - tail)))
}

/// The first value at which the weights reach a share of their sum.
fn percentile(sorted: &[(f64, f64)], share: f64) -> f64 {
    let wanted = share * sorted.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut sum = 0.0;
    for (value, weight) in sorted {
        sum += weight;
        if sum >= wanted {
            return *value;
        }
    }
    sorted.last().map_or(0.0, |(value, _)| *value)
}
