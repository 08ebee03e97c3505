//! A mix of waits: weights in the bins of the histograms, read as a distribution.

use crate::domain::tally::{BINS, BOUNDS_SECS, Histogram};

/// Weights of waits by bin; bins as in [`Histogram`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mix(pub [f64; BINS]);

impl Default for Mix {
    fn default() -> Self {
        Self([0.0; BINS])
    }
}

impl Mix {
    /// The waits of a histogram, each of weight 1.
    #[must_use]
    pub fn of(waits: &Histogram) -> Self {
        Self(waits.0.map(|count| weight(count.max(0))))
    }

    /// Adds another mix, each of its weights times a factor.
    pub fn add(&mut self, other: &Self, factor: f64) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += factor * theirs;
        }
    }

    /// Adds another mix so that all of it weighs `weight`; nothing if it is empty.
    pub fn lend(&mut self, other: &Self, weight: f64) {
        let total = other.total();
        if total > 0.0 {
            self.add(other, weight / total);
        }
    }

    /// The sum of the weights.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    /// The share of waits in the bins before one and including it; 0 of an empty mix.
    #[must_use]
    pub fn share_until(&self, bin: usize) -> f64 {
        let total = self.total();
        if total <= 0.0 {
            return 0.0;
        }
        self.0.iter().take(bin + 1).sum::<f64>() / total
    }

    /// The wait, seconds, that `share` (0–1) do not exceed, linear inside its bin; in the last bin
    /// its lower bound. 0 of an empty mix.
    #[must_use]
    pub fn quantile_secs(&self, share: f64) -> f64 {
        let rank = share * self.total();
        let mut below = 0.0;
        let mut last = 0.0;
        for (bin, count) in self.0.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let (lower, upper) = bounds_secs(bin);
            if below + count >= rank {
                let inside = ((rank - below) / count).clamp(0.0, 1.0);
                return lower + inside * (upper - lower);
            }
            below += count;
            last = upper;
        }
        last
    }

    /// The mean wait, seconds, each bin by its middle, the first as 0 where a wait in it is none.
    /// `None` of an empty mix.
    #[must_use]
    pub fn mean_secs(&self) -> Option<f64> {
        let total = self.total();
        let sum: f64 = self
            .0
            .iter()
            .enumerate()
            .map(|(bin, n)| n * middle_secs(bin))
            .sum();
        (total > 0.0).then(|| sum / total)
    }
}

/// Lower and upper bound of a bin, seconds; the last is taken to end where it begins.
#[must_use]
pub fn bounds_secs(bin: usize) -> (f64, f64) {
    let bound = |at: usize| secs(BOUNDS_SECS[at.min(BOUNDS_SECS.len() - 1)]);
    let lower = bin.checked_sub(1).map_or(0.0, bound);
    (lower, bound(bin).max(lower))
}

/// What a wait in a bin counts as, seconds. The first bin ends at 5 s and holds mostly those who
/// did not wait at all.
#[must_use]
pub fn middle_secs(bin: usize) -> f64 {
    let (lower, upper) = bounds_secs(bin);
    if bin == 0 {
        0.0
    } else {
        f64::midpoint(lower, upper)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn weight(count: i64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "bounds are at most 864,000")]
fn secs(bound: i64) -> f64 {
    bound as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mix(waits_secs: &[i64]) -> Mix {
        let mut waits = Histogram::default();
        for secs in waits_secs {
            waits.record(secs * 1_000);
        }
        Mix::of(&waits)
    }

    #[test]
    fn quantiles_are_those_of_the_histogram() {
        let waits = mix(&[1, 12, 18, 40, 40, 100]);
        assert!((waits.quantile_secs(0.5) - 20.0).abs() < 1e-9);
        assert!((waits.quantile_secs(1.0) - 120.0).abs() < 1e-9);
        assert!((waits.share_until(3) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn an_empty_mix_has_no_mean_and_lends_nothing() {
        let mut waits = Mix::default();
        assert_eq!(waits.mean_secs(), None);
        assert!(waits.quantile_secs(0.9).abs() < 1e-9);
        waits.lend(&Mix::default(), 5.0);
        assert!(waits.total().abs() < 1e-9);
        waits.lend(&mix(&[12, 100]), 5.0);
        assert!((waits.total() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn waits_beyond_ten_days_count_as_ten_days() {
        let endless = mix(&[1_000_000]);
        assert_eq!(endless.mean_secs(), Some(864_000.0));
        assert!((endless.quantile_secs(0.5) - 864_000.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn a_larger_share_never_waits_less(
            waits in prop::collection::vec(0..200_000_i64, 1..50),
            shares in (0.0..1.0_f64, 0.0..1.0_f64),
        ) {
            let waits = mix(&waits);
            let (low, high) = (shares.0.min(shares.1), shares.0.max(shares.1));
            prop_assert!(waits.quantile_secs(low) <= waits.quantile_secs(high));
        }
    }
}
