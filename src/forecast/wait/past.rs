//! What is known of the waits of past days, by local half hour.

use super::mix::Mix;
use crate::domain::tally::{BINS, Histogram};
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

    /// The waits of an open half hour of the clock, if there are any.
    #[must_use]
    pub fn half(&self, index: usize) -> Option<&HalfWaits> {
        self.open()
            .find(|(at, _)| *at == index)
            .map(|(_, waits)| waits)
    }

    /// Whether any wait of the day is known.
    #[must_use]
    pub fn has_waits(&self) -> bool {
        self.open().next().is_some()
    }
}

/// No call stands for more than so many that might have been answered as late.
const MOST_WEIGHT: f64 = 10.0;

/// What forecasts of a day are judged by: its calls, each standing for those who hung up before and
/// would have waited as long. Judged by the answered alone, a forecast would be best that promised
/// too little. The weight of a wait is the inverse of the share who had not hung up by then, from
/// the product-limit estimator of the day (inverse probability of censoring: Robins and Rotnitzky
/// 1992). Who hung up after the longest answered wait of the day waited at least that long.
#[derive(Clone, Copy, Debug)]
pub struct Stayed {
    weights: [f64; BINS],
    /// The last bin with an answered call.
    last: usize,
}

impl Stayed {
    /// As long as callers of this day stayed.
    #[must_use]
    pub fn of(day: &WaitDay) -> Self {
        let (mut answered, mut abandoned) = (Mix::default(), Mix::default());
        for (_, waits) in day.open() {
            answered.add(&Mix::of(&waits.answered), 1.0);
            abandoned.add(&Mix::of(&waits.abandoned), 1.0);
        }
        let last = answered.0.iter().rposition(|calls| *calls > 0.0);
        let last = last.unwrap_or(0);
        let mut at_risk = answered.total() + abandoned.total();
        let mut staying = 1.0;
        let mut weights = [1.0; BINS];
        for (bin, weight) in weights.iter_mut().enumerate() {
            *weight = 1.0 / f64::max(staying, 1.0 / MOST_WEIGHT);
            // Who is answered in a bin is no longer there to hang up in it.
            let could = at_risk - answered.0[bin];
            if could > 0.0 && bin <= last {
                staying *= 1.0 - (abandoned.0[bin] / could).clamp(0.0, 1.0);
            }
            at_risk -= answered.0[bin] + abandoned.0[bin];
        }
        Self { weights, last }
    }

    /// The waits of a half hour of the day, with their weights.
    #[must_use]
    pub fn weigh(&self, waits: &HalfWaits) -> Mix {
        let mut came = Mix::of(&waits.answered);
        let late = Mix::of(&waits.abandoned);
        for (bin, calls) in came.0.iter_mut().enumerate() {
            if bin > self.last {
                *calls += late.0[bin];
            }
            *calls *= self.weights[bin];
        }
        came
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
