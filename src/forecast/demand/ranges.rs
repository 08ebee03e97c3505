//! Ranges from past misses: how far forecasts like this one were off, eight times out of ten.
//!
//! A miss is measured in standard deviations of a count whose mean itself varies,
//! `√(expected + spread × expected²)` (the negative binomial's), so that misses of busy and of quiet
//! half hours can be pooled; the ends of a range are percentiles of the misses of the same class:
//! week ahead and size of the expected number, or holiday.

use super::rolling::{Method, Miss};

/// The share that shall fall into a range.
pub const SHARE: f64 = 0.8;

/// Weeks until a miss counts half.
const HALF_LIFE_WEEKS: f64 = 10.0;

/// Weeks of the past that are looked at: older misses would count less than a sixth.
const MEMORY_WEEKS: usize = 26;

/// A class with fewer misses than this leans on all of them.
const FEWEST: usize = 120;

/// Classes of size: so many equal parts of the misses.
const SIZES: usize = 4;

/// Classes: sizes of each week ahead, and holidays.
const CLASSES: usize = 2 * SIZES + 1;

/// With fewer misses than this nothing can be read from them: the range is that of the assumed
/// spread.
const FEWEST_AT_ALL: usize = 60;

/// Spread assumed without misses: the mean varies by half of itself.
const ASSUMED_SPREAD: f64 = 0.25;

/// The 90th percentile of the normal distribution.
const NORMAL_90: f64 = 1.2816;

/// More than so many times what was expected counts only up to it.
const FLOOD: f64 = 3.0;

/// How much of last week's shortfall is added to the share that is asked for.
const GAIN: f64 = 0.4;

/// How far forecasts miss.
#[derive(Clone, Debug)]
pub struct Ranges {
    units: Units,
    /// Lower and upper end by class, in standard deviations.
    ends: [(f64, f64); CLASSES],
}

/// How misses are measured and sorted into classes.
#[derive(Clone, Debug)]
struct Units {
    spread: f64,
    bounds: Vec<f64>,
}

/// A miss as ranges see it.
#[derive(Clone, Copy, Debug)]
struct Scaled {
    off: f64,
    class: usize,
    week: usize,
    age: usize,
}

impl Ranges {
    /// Ranges that hold [`SHARE`] of what comes. Because a centre changes, the share that is asked
    /// of past misses is adapted week by week: more where fewer fell into the ranges of the week
    /// before, less where more did (adaptive conformal inference, Gibbs and Candès 2021).
    #[must_use]
    pub fn of(method: Method, misses: &[Miss]) -> Self {
        let used: Vec<(&Miss, f64)> = misses
            .iter()
            .filter(|miss| miss.age <= 2 * MEMORY_WEEKS)
            .filter_map(|miss| Some((miss, miss.expected[method.place()]?)))
            .collect();
        if used.len() < FEWEST_AT_ALL {
            return Self::assumed();
        }
        let units = Units::of(&used);
        let mut scaled: Vec<Scaled> = used
            .iter()
            .map(|(miss, expected)| Scaled {
                off: (miss.actual - expected) / units.deviation(*expected),
                class: units.class(*expected, miss.week, miss.is_special),
                week: miss.week,
                age: miss.age,
            })
            .collect();
        scaled.sort_by(|a, b| a.off.total_cmp(&b.off));
        let mut share = SHARE;
        for age in (1..=MEMORY_WEEKS).rev() {
            if let Some(ends) = ends_at(&scaled, age + 1, share)
                && let Some(within) = share_within(&scaled, age, &ends)
            {
                share = (share + GAIN * (SHARE - within)).clamp(0.5, 0.98);
            }
        }
        match ends_at(&scaled, 1, share) {
            Some(ends) => Self { units, ends },
            None => Self::assumed(),
        }
    }

    fn assumed() -> Self {
        Self {
            units: Units {
                spread: ASSUMED_SPREAD,
                bounds: Vec::new(),
            },
            ends: [(-NORMAL_90, NORMAL_90); CLASSES],
        }
    }

    /// The range of an expected number, so many weeks ahead (0 or 1).
    #[must_use]
    pub fn range(&self, expected: f64, week: usize, is_special: bool) -> (f64, f64) {
        let deviation = self.units.deviation(expected);
        let (low, high) = self.ends[self.units.class(expected, week, is_special)];
        // What is expected is always in the range, also where misses were one-sided.
        let low = (expected + low * deviation).clamp(0.0, expected);
        (low, (expected + high * deviation).max(expected))
    }

    /// The variance of the mean, relative to its square.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.units.spread
    }
}

impl Units {
    /// By moments, the recent past weighing more; sizes in equal parts.
    fn of(used: &[(&Miss, f64)]) -> Self {
        let (over, square) = used.iter().fold((0.0, 0.0), |sum, (miss, expected)| {
            // A flood of calls shall not make every half hour seem uncertain.
            let off = (miss.actual - expected).min(FLOOD * (expected + 1.0));
            let weight = weight_of(miss.age) / (expected + 1.0);
            (
                sum.0 + weight * (off * off - expected),
                sum.1 + weight * expected * expected,
            )
        });
        let spread = if square > 0.0 { over / square } else { 0.0 };
        let mut sizes: Vec<f64> = used.iter().map(|(_, expected)| *expected).collect();
        sizes.sort_by(f64::total_cmp);
        let bounds = (1..SIZES).filter_map(|part| sizes.get(part * sizes.len() / SIZES));
        Self {
            spread: spread.clamp(0.0, 1.0),
            bounds: bounds.copied().collect(),
        }
    }

    fn deviation(&self, expected: f64) -> f64 {
        deviation(expected, self.spread)
    }

    fn class(&self, expected: f64, week: usize, is_special: bool) -> usize {
        let size = self.bounds.partition_point(|bound| *bound <= expected);
        if is_special {
            CLASSES - 1
        } else {
            week.min(1) * SIZES + size.min(SIZES - 1)
        }
    }
}

/// Standard deviation of a count whose mean varies by `spread` of its square.
#[must_use]
pub fn deviation(expected: f64, spread: f64) -> f64 {
    // A quarter: even where nothing is expected a contact may come.
    (expected + spread * expected * expected + 0.25).sqrt()
}

fn weight_of(weeks: usize) -> f64 {
    let weeks = u32::try_from(weeks).unwrap_or(u32::MAX);
    0.5_f64.powf(f64::from(weeks) / HALF_LIFE_WEEKS)
}

/// The ends of each class as they were known `now` weeks ago plus one: from misses of which the
/// whole week was over. `None` if there were too few.
fn ends_at(sorted: &[Scaled], now: usize, share: f64) -> Option<[(f64, f64); CLASSES]> {
    // The second week ahead of an origin is over a week after the first.
    let is_over = |miss: &&Scaled| {
        let since = now + miss.week;
        (since..since + MEMORY_WEEKS).contains(&miss.age)
    };
    let weights: Vec<f64> = (0..=MEMORY_WEEKS).map(weight_of).collect();
    let weight = |miss: &Scaled| weights[miss.age - now - miss.week];
    // The last is of all classes together.
    let mut sums = [(0_usize, 0.0); CLASSES + 1];
    for miss in sorted.iter().filter(is_over) {
        for class in [miss.class, CLASSES] {
            sums[class].0 += 1;
            sums[class].1 += weight(miss);
        }
    }
    if sums[CLASSES].0 < FEWEST_AT_ALL {
        return None;
    }
    let tail = f64::midpoint(1.0, -share);
    let mut run = [0.0; CLASSES + 1];
    let mut found = [(None, None); CLASSES + 1];
    for miss in sorted.iter().filter(is_over) {
        for class in [miss.class, CLASSES] {
            run[class] += weight(miss);
            let whole = sums[class].1;
            let (low, high) = &mut found[class];
            if low.is_none() && run[class] >= tail * whole {
                *low = Some(miss.off);
            }
            if high.is_none() && run[class] >= (1.0 - tail) * whole {
                *high = Some(miss.off);
            }
        }
    }
    let ends = |class: usize| Some((found[class].0?, found[class].1?));
    let all = ends(CLASSES)?;
    Some(std::array::from_fn(|class| {
        let own = ends(class).filter(|_| sums[class].0 >= FEWEST);
        match own {
            // Holidays are rarely more certain than other days.
            Some(own) if class == CLASSES - 1 => (own.0.min(all.0), own.1.max(all.1)),
            Some(own) => own,
            None => all,
        }
    }))
}

/// The share of the first week ahead of one origin that fell within the ends.
fn share_within(scaled: &[Scaled], age: usize, ends: &[(f64, f64); CLASSES]) -> Option<f64> {
    let week = scaled
        .iter()
        .filter(|miss| miss.age == age && miss.week == 0);
    let (within, all) = week.fold((0_u32, 0_u32), |(within, all), miss| {
        let (low, high) = ends[miss.class];
        let is_within = low <= miss.off && miss.off <= high;
        (within + u32::from(is_within), all + 1)
    });
    (all > 0).then(|| f64::from(within) / f64::from(all))
}
