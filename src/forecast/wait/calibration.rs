//! How pooled waits have to be read in these days: where recent calls fell in what was forecast
//! for them.
//!
//! For each past call the share of the forecast waits that did not exceed its own is noted. If the
//! forecasts were right these shares are spread evenly; if everything goes faster these days they
//! crowd below. Their distribution turns the nominal share of a quantile into the share that holds
//! it in these days: a level learned for every part of the distribution at once (Kuleshov, Fenner
//! and Ermon 2018). A call that was given up is only known to have waited longer than that:
//! shares follow from the product-limit estimator (Kaplan and Meier 1958).

use super::mix::Mix;
use super::past::HalfWaits;
use crate::domain::tally::BINS;

/// Cells in which shares are counted.
const CELLS: usize = 100;

/// Calls that are assumed to have fallen evenly, before anything is known.
pub const ASSUMED_CALLS: f64 = 30.0;

/// The weights of calls by the share at which they fell.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    answered: [f64; CELLS],
    given_up: [f64; CELLS],
    /// `reached[i]`: the nominal share that the first `i + 1` cells hold in these days.
    reached: [f64; CELLS],
}

impl Default for Calibration {
    fn default() -> Self {
        let mut even = Self {
            answered: [0.0; CELLS],
            given_up: [0.0; CELLS],
            reached: [0.0; CELLS],
        };
        even.settle();
        even
    }
}

impl Calibration {
    /// Takes in a half hour that is over and what was forecast for it.
    pub fn record(&mut self, forecast: &Mix, came: &HalfWaits) {
        let mut from = 0.0;
        for bin in 0..BINS {
            let to = forecast.share_until(bin);
            let answered = Mix::of(&came.answered).0[bin];
            let given_up = Mix::of(&came.abandoned).0[bin];
            spread(&mut self.answered, from, to, answered);
            spread(&mut self.given_up, from, to, given_up);
            from = to;
        }
    }

    /// What was taken in so far counts this much of what it did.
    pub fn fade(&mut self, factor: f64) {
        for cell in self.answered.iter_mut().chain(&mut self.given_up) {
            *cell *= factor;
        }
    }

    /// Works out the shares; to be called after the last record.
    pub fn settle(&mut self) {
        let assumed = ASSUMED_CALLS / number(CELLS);
        let calls = self.answered.iter().chain(&self.given_up);
        let mut at_risk = calls.sum::<f64>() + ASSUMED_CALLS;
        let mut waiting = 1.0;
        for (cell, reached) in self.reached.iter_mut().enumerate() {
            let answered = self.answered[cell] + assumed;
            waiting *= 1.0 - (answered / at_risk).clamp(0.0, 1.0);
            at_risk -= answered + self.given_up[cell];
            *reached = 1.0 - waiting;
        }
    }

    /// The share of a forecast that holds `share` of the waits in these days.
    #[must_use]
    pub fn share(&self, share: f64) -> f64 {
        let cell = self.reached.partition_point(|reached| *reached < share);
        if cell >= CELLS {
            return 1.0;
        }
        let before = cell
            .checked_sub(1)
            .map_or(0.0, |before| self.reached[before]);
        let width = self.reached[cell] - before;
        let inside = if width > 0.0 {
            (share - before) / width
        } else {
            1.0
        };
        (number(cell) + inside.clamp(0.0, 1.0)) / number(CELLS)
    }
}

/// Spreads a weight evenly over the shares from one to another.
fn spread(cells: &mut [f64; CELLS], from: f64, to: f64, weight: f64) {
    if weight <= 0.0 {
        return;
    }
    let (from, to) = (from * number(CELLS), to * number(CELLS));
    let width = to - from;
    for (at, cell) in cells.iter_mut().enumerate() {
        let (lower, upper) = (number(at), number(at + 1));
        // A wait such as nobody had before falls on one point.
        let part = if width > 1e-9 {
            (to.min(upper) - from.max(lower)).max(0.0) / width
        } else if (lower < to && to <= upper) || (at == 0 && to <= 0.0) {
            1.0
        } else {
            0.0
        };
        *cell += weight * part;
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most 100")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(secs: &[i64]) -> HalfWaits {
        let mut waits = HalfWaits::default();
        for secs in secs {
            waits.answered.record(secs * 1_000);
        }
        waits
    }

    #[test]
    fn before_anything_is_known_shares_are_what_they_say() {
        let even = Calibration::default();
        for share in [0.1, 0.5, 0.8, 0.9] {
            assert!((even.share(share) - share).abs() < 1e-9);
        }
        assert!((even.share(1.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn quicker_days_pull_the_shares_down_and_fading_lets_them_go() {
        let forecast = Mix::of(&waits(&[10, 40, 100, 200, 400]).answered);
        let mut lately = Calibration::default();
        for _ in 0..100 {
            lately.record(&forecast, &waits(&[7, 8, 9, 40]));
        }
        lately.settle();
        assert!(lately.share(0.9) < 0.5, "{}", lately.share(0.9));
        for _ in 0..20 {
            lately.fade(0.5);
        }
        lately.settle();
        assert!((lately.share(0.9) - 0.9).abs() < 0.02);
    }

    #[test]
    fn who_gave_up_early_is_no_short_wait() {
        let forecast = Mix::of(&waits(&[10, 40, 100, 200, 400]).answered);
        let mut came = waits(&[10, 40, 100, 200, 400]);
        let mut plain = Calibration::default();
        plain.record(&forecast, &came);
        plain.settle();
        came.abandoned.record(8_000);
        came.abandoned.record(8_000);
        let mut censored = Calibration::default();
        censored.record(&forecast, &came);
        censored.settle();
        assert!((censored.share(0.8) - plain.share(0.8)).abs() < 0.02);
    }
}
