//! The rest of today from its beginning: if more came so far than was expected, more will come.
//!
//! The ratio of what came to what was expected, recent half hours weighing more, shrunk towards 1
//! by how much was seen (the empirical Bayes estimate of a factor that varies from day to day), and
//! fading towards 1 for half hours farther ahead. How fast both go is what would have been best on
//! the centre's own past days; where nothing helped, today changes nothing.

use super::SlotForecast;
use super::ranges::deviation;
use super::rolling::DayMiss;
pub use crate::domain::card::Pace;

/// Half hours until what came counts half, as far as tried.
const HALF_LIVES: [f64; 4] = [2.0, 4.0, 8.0, 48.0];

/// What is left of the deviation a half hour farther ahead, as far as tried; 0 is no update at all.
const FADES: [f64; 5] = [0.0, 0.8, 0.9, 0.96, 1.0];

/// How many half hours ahead updates are judged.
const AHEAD: [usize; 4] = [1, 2, 4, 8];

/// More than so many times what was expected counts only up to it.
const FLOOD: f64 = 3.0;

/// What came so far, weighted.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    expected: f64,
    actual: f64,
    squares: f64,
}

impl Seen {
    fn add(&mut self, expected: f64, actual: f64, keep: f64) {
        self.expected = keep * self.expected + expected;
        self.actual = keep * self.actual + actual;
        self.squares = keep * keep * self.squares + expected * expected;
    }

    /// How much is believed of the deviation, 0–1, and the deviation itself.
    fn deviation(&self, pace: &Pace) -> (f64, f64) {
        if self.expected <= 0.0 {
            return (0.0, 0.0);
        }
        let signal = pace.day_spread * self.expected * self.expected;
        let own = (pace.spread - pace.day_spread).max(0.0);
        let noise = self.expected + own * self.squares;
        let believed = signal / (signal + noise);
        (believed, self.actual / self.expected - 1.0)
    }
}

impl Pace {
    /// The pace that would have been best on these days of the past.
    #[must_use]
    pub fn of(days: &[DayMiss], spread: f64) -> Self {
        let day_spread = day_spread(days).min(spread);
        let none = Self {
            half_life: HALF_LIVES[0],
            fade: 0.0,
            spread,
            day_spread,
        };
        let paces = FADES.into_iter().flat_map(|fade| {
            let of_life = move |half_life| Self {
                half_life,
                fade,
                ..none
            };
            HALF_LIVES.into_iter().map(of_life)
        });
        let judged = paces.map(|pace| (pace, pace.error(days)));
        let best = judged.min_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or(none, |(pace, _)| pace)
    }

    fn keep(&self) -> f64 {
        0.5_f64.powf(1.0 / self.half_life)
    }

    /// Sum of absolute errors of the half hours some way ahead, each told when its turn had come.
    fn error(&self, days: &[DayMiss]) -> f64 {
        let keep = self.keep();
        let ahead = AHEAD.map(|ahead| (ahead, self.left(ahead)));
        let mut error = 0.0;
        for day in days {
            let mut seen = Seen::default();
            for (at, (expected, actual)) in day.halves.iter().enumerate() {
                seen.add(*expected, *actual, keep);
                let (believed, off) = seen.deviation(self);
                for (ahead, left) in ahead {
                    if let Some((expected, actual)) = day.halves.get(at + ahead) {
                        let factor = 1.0 + left * believed * off;
                        let miss = actual - expected * factor.max(0.0);
                        error += miss.abs().min(FLOOD * (expected + 1.0));
                    }
                }
            }
        }
        error
    }

    fn left(&self, ahead: usize) -> f64 {
        self.fade.powi(i32::try_from(ahead).unwrap_or(i32::MAX))
    }
}

/// The rest of today, `rest` in order, after what was expected and came in the half hours of today
/// that are over and known, `so_far` in order. Counts of a half hour that is still running must not
/// be in it.
#[must_use]
pub fn update_today(
    rest: &[SlotForecast],
    so_far: &[(f64, f64)],
    pace: &Pace,
) -> Vec<SlotForecast> {
    let mut seen = Seen::default();
    for (expected, actual) in so_far {
        seen.add(*expected, *actual, pace.keep());
    }
    let (believed, off) = seen.deviation(pace);
    let update = |(ahead, slot): (usize, &SlotForecast)| {
        let left = pace.left(ahead + 1);
        let expected = slot.expected * (1.0 + left * believed * off).max(0.0);
        // What is known of the day no longer makes its half hours uncertain.
        let spread = (pace.spread - pace.day_spread * believed * left * left).max(0.0);
        let scale = deviation(expected, spread) / deviation(slot.expected, pace.spread);
        let low = (expected - (slot.expected - slot.low) * scale).max(0.0);
        SlotForecast {
            span: slot.span,
            expected,
            low,
            high: (expected + (slot.high - slot.expected) * scale).max(low),
        }
    };
    rest.iter().enumerate().map(update).collect()
}

/// Robust variance of whole days relative to the square of what was expected: days that nobody
/// could foresee shall not make every day seem uncertain.
fn day_spread(days: &[DayMiss]) -> f64 {
    let mut offs: Vec<f64> = days
        .iter()
        .map(|day| {
            let (expected, actual) = day.sums();
            ((actual - expected) / expected).abs()
        })
        .collect();
    offs.sort_by(f64::total_cmp);
    // The median of |x| of a normal distribution is 0.6745 standard deviations.
    let median = offs.get(offs.len() / 2).copied().unwrap_or(0.0);
    (median / 0.6745).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Span;

    fn pace(fade: f64) -> Pace {
        Pace {
            half_life: 8.0,
            fade,
            spread: 0.05,
            day_spread: 0.04,
        }
    }

    fn slots(expected: f64, number: usize) -> Vec<SlotForecast> {
        let slot = SlotForecast {
            span: Span {
                start_ms: 0,
                end_ms: 1_800_000,
            },
            expected,
            low: 0.7 * expected,
            high: 1.3 * expected,
        };
        vec![slot; number]
    }

    #[test]
    fn a_busy_morning_raises_the_next_half_hours_most_and_narrows_them() {
        let rest = slots(100.0, 10);
        let told = update_today(&rest, &[(100.0, 150.0); 6], &pace(0.9));
        assert!(told[0].expected > 125.0 && told[0].expected < 150.0);
        assert!(told.windows(2).all(|two| two[0].expected > two[1].expected));
        assert!(told[9].expected > 105.0);
        let width = |slot: &SlotForecast| (slot.high - slot.low) / slot.expected;
        assert!(width(&told[0]) < width(&rest[0]));
        assert!(
            told.iter()
                .all(|slot| slot.low <= slot.expected && slot.expected <= slot.high)
        );
    }

    #[test]
    fn little_seen_changes_little() {
        let told = update_today(&slots(1.0, 1), &[(0.5, 2.0)], &pace(1.0));
        assert!(told[0].expected < 1.1, "{told:?}");
        let none = update_today(&slots(1.0, 3), &[], &pace(1.0));
        assert_eq!(none, slots(1.0, 3));
    }

    #[test]
    fn days_as_a_whole_up_or_down_are_followed_and_half_hours_by_chance_are_not() {
        // Each day a fifth more or less than expected, all day long.
        let follow = |day: u32| if day.is_multiple_of(2) { 1.2 } else { 0.8 };
        let days = (0..60).map(|day| DayMiss {
            halves: vec![(100.0, 100.0 * follow(day)); 20],
        });
        let pace = Pace::of(&days.collect::<Vec<_>>(), 0.05);
        assert!(pace.fade > 0.9, "{pace:?}");
        // Every half hour for itself.
        let chance = |at: u32| if at.is_multiple_of(2) { 120.0 } else { 80.0 };
        let days = (0..60).map(|_| DayMiss {
            halves: (0..20).map(|at| (100.0, chance(at))).collect(),
        });
        let pace = Pace::of(&days.collect::<Vec<_>>(), 0.05);
        let told = update_today(&slots(100.0, 1), &[(100.0, 120.0)], &pace);
        assert!((told[0].expected - 100.0).abs() < 1.0, "{pace:?}");
    }
}
