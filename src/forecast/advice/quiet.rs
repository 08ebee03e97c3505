//! The quiet hours of the clock: what a plain rule would say.

use std::ops::Range;

use super::trial::Outcome;
use crate::forecast::demand::calendar::HALVES;

/// An hour, in half hours.
const HOUR: usize = 2;

/// Two quiet hours of one rule are at least this many half hours apart.
const APART: usize = 12;

/// A half hour of the clock with fewer callers than this is no quiet hour, it is a rare one.
const FEWEST_CALLERS: f64 = 20.0;

/// Quiet hours of the clock: "7 to 8, or 19:30 to 20:30".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuietHours {
    halves: Vec<Range<usize>>,
}

impl QuietHours {
    /// So many hours of the clock with the shortest mean wait in the past, well apart.
    #[must_use]
    pub fn of(past: &[Outcome], number: usize) -> Self {
        let mut sums = [(0.0, 0.0); HALVES];
        for outcome in past {
            let (waited, callers) = &mut sums[outcome.index];
            *waited += outcome.mean_secs * outcome.callers;
            *callers += outcome.callers;
        }
        let hour = |from: usize| {
            let halves = &sums[from..from + HOUR];
            let waited: f64 = halves.iter().map(|(waited, _)| waited).sum();
            let callers: f64 = halves.iter().map(|(_, callers)| callers).sum();
            let is_whole = halves.iter().all(|(_, callers)| *callers >= FEWEST_CALLERS);
            is_whole.then(|| (waited / callers, from))
        };
        let mut hours: Vec<(f64, usize)> = (0..=HALVES - HOUR).filter_map(hour).collect();
        hours.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut halves: Vec<Range<usize>> = Vec::new();
        for (_, from) in hours {
            if halves.len() < number
                && halves
                    .iter()
                    .all(|other| other.start.abs_diff(from) >= APART)
            {
                halves.push(from..from + HOUR);
            }
        }
        halves.sort_by_key(|hour| hour.start);
        Self { halves }
    }

    /// Whether a half hour of the clock lies in them.
    #[must_use]
    pub fn hold(&self, index: usize) -> bool {
        self.halves.iter().any(|hour| hour.contains(&index))
    }

    /// The hours as places on the clock, 0–47, each from its first half hour to the one after it.
    #[must_use]
    pub fn halves(&self) -> &[Range<usize>] {
        &self.halves
    }
}
