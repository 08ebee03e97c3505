//! What is known of the waits of past days, by local half hour.

use super::mix::Mix;
use crate::domain::tally::Histogram;
use crate::forecast::demand::calendar::{DayPlan, HALVES};

/// The waits of the contacts offered in one half hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfWaits {
    /// Of the answered.
    pub answered: Histogram,
    /// Of those who hung up: they would have waited longer.
    pub abandoned: Histogram,
    /// The sum of all of them, milliseconds.
    pub wait_ms_sum: i64,
}

impl HalfWaits {
    /// How many there are.
    #[must_use]
    pub fn callers(&self) -> i64 {
        self.answered.total() + self.abandoned.total()
    }

    /// Their mean, seconds; `None` if there are none.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "sums of waits are far below 2^52 ms"
    )]
    pub fn mean_secs(&self) -> Option<f64> {
        let callers = self.callers();
        (callers > 0).then(|| self.wait_ms_sum.max(0) as f64 / 1_000.0 / callers as f64)
    }

    /// What was seen: the answered and those who hung up alike.
    #[must_use]
    pub fn seen(&self) -> Mix {
        let mut mix = Mix::of(&self.answered);
        mix.add(&Mix::of(&self.abandoned), 1.0);
        mix
    }
}

/// A past day: its plan, and the waits of each of its half hours; `None` where they are not known.
/// An empty half hour that is known and one that is not teach the same: nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitDay {
    /// The half hours and opening hours of the day.
    pub plan: DayPlan,
    /// One for each half hour of the plan.
    pub halves: Vec<Option<HalfWaits>>,
}

impl WaitDay {
    /// Open half hours with waits: the place on the clock and the waits.
    pub fn open(&self) -> impl Iterator<Item = (usize, &HalfWaits)> {
        let halves = self.plan.halves.iter().zip(&self.halves);
        halves.filter_map(|(half, waits)| {
            let waits = waits.as_ref().filter(|_| half.is_open)?;
            (waits.callers() > 0).then_some((half.index, waits))
        })
    }

    /// Whether any wait of the day is known.
    #[must_use]
    pub fn has_waits(&self) -> bool {
        self.open().next().is_some()
    }
}

/// The half hours of the clock in which a day is open.
#[must_use]
pub fn open_mask(plan: &DayPlan) -> [bool; HALVES] {
    let mut mask = [false; HALVES];
    for half in plan.halves.iter().filter(|half| half.is_open) {
        mask[half.index] = true;
    }
    mask
}
