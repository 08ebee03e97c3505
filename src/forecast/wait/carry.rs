//! What is so now is often still so in half an hour: how far a wait that was not foreseen carries
//! into the half hours after it.
//!
//! The surprise of a half hour is the logarithm of how many times as long as foreseen the upper end
//! of its waits was. That of a later half hour of the same day is expected to be `share × fade^n`
//! of it, `n` half hours on: least squares over the line's own last days, by callers.

use super::past::HalfWaits;
pub use crate::domain::card::Carry;
use crate::forecast::minutes::MinutesRange;

/// The shares of waits that stay below the ends of a range.
const LOWER: f64 = 0.1;
const UPPER: f64 = 0.9;

/// So many half hours on are looked at: 12 hours.
const AHEAD: usize = 24;

/// How much of it is left half an hour later, as far as tried.
const FADES: [f64; 12] = [
    0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98,
];

/// As if so many callers had met with a surprise of 1 that did not last at all.
const ASSUMED_CALLERS: f64 = 50.0;

/// How surprising a range is that was foreseen otherwise, both as the public sees them: what follows
/// from it tells nothing that they do not.
#[must_use]
pub fn surprise(foreseen: MinutesRange, came: MinutesRange) -> f64 {
    let upper_secs =
        |range: MinutesRange| f64::from(i32::try_from(range.upper_mins() * 60).unwrap_or(i32::MAX));
    Carry::surprise(upper_secs(foreseen), upper_secs(came))
}

/// Sums over pairs of half hours of one day, by how far they lie apart.
#[derive(Clone, Debug)]
pub(super) struct Surprises {
    /// Σ callers × surprise².
    squares: [f64; AHEAD],
    /// Σ callers × surprise × the later one.
    products: [f64; AHEAD],
}

impl Default for Surprises {
    fn default() -> Self {
        Self {
            squares: [0.0; AHEAD],
            products: [0.0; AHEAD],
        }
    }
}

/// A half hour that is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surprise {
    index: usize,
    callers: f64,
    /// As the public sees ranges, on their steps: later half hours are told from it.
    told: f64,
    /// To the second.
    came: f64,
}

impl Surprise {
    /// That of the waits at this place of the clock; what was foreseen is a range, seconds.
    pub(super) fn of(index: usize, waits: &HalfWaits, foreseen: (f64, f64)) -> Self {
        let seen = waits.seen();
        let came = (seen.quantile_secs(LOWER), seen.quantile_secs(UPPER));
        let shown = |(low, high): (f64, f64)| MinutesRange::around(low, high);
        Self {
            index,
            callers: seen.total(),
            told: surprise(shown(foreseen), shown(came)),
            came: Carry::surprise(foreseen.1, came.1),
        }
    }
}

impl Surprises {
    /// Takes in a day, in order of time.
    pub(super) fn record(&mut self, day: &[Surprise]) {
        for (at, now) in day.iter().enumerate() {
            for later in &day[at + 1..] {
                // Where the clock is set back two half hours have one place on it.
                let Some(ahead) = later.index.checked_sub(now.index + 1) else {
                    continue;
                };
                if ahead < AHEAD {
                    self.squares[ahead] += now.callers * now.told * now.told;
                    self.products[ahead] += now.callers * now.told * later.came;
                }
            }
        }
    }

    /// What fits them best.
    pub(super) fn carry(&self) -> Carry {
        let mut best = (0.0, Carry::default());
        for fade in FADES {
            let (mut power, mut squares, mut products) = (1.0, ASSUMED_CALLERS, 0.0);
            for ahead in 0..AHEAD {
                power *= fade;
                squares += power * power * self.squares[ahead];
                products += power * self.products[ahead];
            }
            // The largest of these is no share of 1 after the half hour itself.
            let share = (products / squares).clamp(0.0, 1.0);
            let explained = 2.0 * share * products - share * share * squares;
            if explained > best.0 {
                best = (explained, Carry { share, fade });
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(sizes: &[f64]) -> Vec<Surprise> {
        let of = |(index, size): (usize, &f64)| Surprise {
            index,
            callers: 10.0,
            told: *size,
            came: *size,
        };
        sizes.iter().enumerate().map(of).collect()
    }

    #[test]
    fn what_lasts_is_found_with_how_fast_it_fades() {
        let mut surprises = Surprises::default();
        for sign in [1.0, -1.0] {
            for _ in 0..200 {
                surprises.record(&day(
                    &[1.0, 0.8, 0.64, 0.512, 0.4096].map(|size| sign * size)
                ));
            }
        }
        let carry = surprises.carry();
        assert!((carry.fade - 0.8).abs() < 1e-9, "{carry:?}");
        assert!((carry.share - 1.0).abs() < 0.02, "{carry:?}");
    }

    #[test]
    fn what_does_not_last_carries_nothing() {
        let mut surprises = Surprises::default();
        for sizes in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            surprises.record(&day(&sizes));
        }
        assert_eq!(surprises.carry(), Carry::default());
        assert_eq!(Surprises::default().carry(), Carry::default());
        assert_eq!(Carry::default().factor(2.0, 1).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn one_day_is_not_believed_as_much_as_many() {
        let mut few = Surprises::default();
        few.record(&day(&[1.0, 0.8]));
        let mut many = Surprises::default();
        for _ in 0..100 {
            many.record(&day(&[1.0, 0.8]));
        }
        let next = |surprises: &Surprises| surprises.carry().factor(1.0, 1);
        assert!(next(&few) > 1.0 && next(&few) < next(&many));
    }
}
