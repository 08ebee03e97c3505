//! What was learned of a line besides the samples: how each method turned out on the last callers.

use std::collections::VecDeque;

use super::learner::{Callers, Forecast, Method};
use super::memory::Neighbours;

/// What a score counts after the next one: the last few hundred callers decide.
const FADE: f64 = 0.998;

/// Waits, shares and ratios of so many callers are kept.
const MOST_RECENT: usize = 1_000;

/// They are sorted anew after so many.
const SORT_AFTER: usize = 25;

/// Values assumed to have been as they should, before anything is known.
const ASSUMED: usize = 20;

/// Added to both sides of a ratio of wait to estimate, so that an estimate of 0 has ratios too.
const OFFSET_SECS: f64 = 30.0;

/// Waits of 0.4 to 1.8 times the estimate are assumed before anything is known.
const ASSUMED_RATIOS: (f64, f64) = (0.4, 1.8);

/// What was learned of one line, or of all together, besides the samples.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// The number of the line in the memory.
    pub(super) number: u32,
    /// Faded sums of losses and of callers, by method.
    pub(super) losses: [(f64, f64); Method::ALL.len()],
    pub(super) waits: Recent,
    /// Where waits fell among those of their neighbours.
    pub(super) shares: Recent,
    /// Wait / estimate of the other methods, both with the offset.
    pub(super) ratios: [Recent; Method::ALL.len()],
}

/// The last values of something, to be asked for quantiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent {
    values: VecDeque<f64>,
    sorted: Vec<f64>,
    added: usize,
}

impl Book {
    /// Takes in how long somebody waited. `tie` says where among equal waits of the neighbours
    /// this one is put, from 0 to 1.
    pub(super) fn record(
        &mut self,
        callers: Callers,
        neighbours: Option<&Neighbours>,
        told: &[Option<Forecast>; Method::ALL.len()],
        wait_secs: f64,
        tie: f64,
    ) {
        self.waits.push(wait_secs);
        if let Some(near) = neighbours {
            self.shares.push(near.share_below(wait_secs, tie));
        }
        for forecast in told.iter().flatten() {
            let method = forecast.method as usize;
            let (sum, n) = &mut self.losses[method];
            *sum = *sum * FADE + callers.loss(forecast, wait_secs);
            *n = *n * FADE + 1.0;
            let ratio = (wait_secs + OFFSET_SECS) / (forecast.expected_secs + OFFSET_SECS);
            self.ratios[method].push(ratio);
        }
    }
}

impl Callers {
    /// What a forecast is charged, seconds: the error of what is expected; where everybody counts,
    /// most waits may be none at all, and the ends of the range count as well (pinball loss).
    fn loss(self, told: &Forecast, wait_secs: f64) -> f64 {
        let error = (wait_secs - told.expected_secs).abs();
        let pinball = |share: f64, end_secs: f64| {
            let over = wait_secs - end_secs;
            (share * over).max((share - 1.0) * over)
        };
        match self {
            Self::Waited => error,
            Self::All => error / 2.0 + pinball(0.1, told.low_secs) + pinball(0.9, told.high_secs),
        }
    }
}

impl Recent {
    fn push(&mut self, value: f64) {
        if self.values.len() == MOST_RECENT {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.added += 1;
        if self.added.is_multiple_of(SORT_AFTER) || self.added <= SORT_AFTER {
            self.sorted = self.values.iter().copied().collect();
            self.sorted.sort_by(f64::total_cmp);
        }
    }

    /// These values and some that lie evenly between 0 and 1.
    pub(super) fn with_even(&self) -> Self {
        let even = (0..ASSUMED).map(|at| (number(at) + 0.5) / number(ASSUMED));
        let mut sorted: Vec<f64> = self.sorted.iter().copied().chain(even).collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            sorted,
            ..Self::default()
        }
    }

    /// The value that `share` of them do not exceed; 0 if there is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into at most 1,000 values"
    )]
    pub(super) fn at(&self, share: f64) -> f64 {
        let rank = (share * number(self.sorted.len())).ceil() as usize;
        let at = rank.saturating_sub(1);
        self.sorted.get(at).copied().unwrap_or(0.0)
    }

    /// How many values can be asked for.
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Their first and last tenth as ratios, drawn towards assumed ones while there are few, and
    /// the range that follows for an estimate, seconds.
    pub(super) fn range_secs(&self, expected_secs: f64) -> (f64, f64) {
        let (low, high) = self.ends(ASSUMED_RATIOS);
        let base = expected_secs + OFFSET_SECS;
        (base * low - OFFSET_SECS, base * high - OFFSET_SECS)
    }

    fn ends(&self, assumed: (f64, f64)) -> (f64, f64) {
        let known = number(self.sorted.len());
        let share = known / (known + number(ASSUMED));
        let mix = |known: f64, assumed: f64| known * share + assumed * (1.0 - share);
        (mix(self.at(0.1), assumed.0), mix(self.at(0.9), assumed.1))
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn number(count: usize) -> f64 {
    count as f64
}
