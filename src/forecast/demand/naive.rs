//! The opponents: what anyone could say without a model.

use super::calendar::{DayCounts, DayPlan};

/// Weeks of the longer opponent.
const WEEKS: usize = 4;

/// What the opponents say about one half hour; `None` where they know nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Naive {
    /// The same half hour a week earlier.
    pub last_week: Option<f64>,
    /// The mean of the same half hour in the last four weeks, of those that are known.
    pub last_four: Option<f64>,
}

/// The opponents for every half hour of `plan`, which is `ahead` days after the last one of
/// `history` (1 is the next day); consecutive days, in order.
///
/// The same half hour is that of the clock: days on which clocks change have their own length.
#[must_use]
pub fn naive(history: &[DayCounts], plans: &[DayPlan], plan: &DayPlan, ahead: usize) -> Vec<Naive> {
    // The last known day of the same weekday: a second week ahead looks back two weeks.
    let back = |week: usize| (history.len() + ahead).checked_sub(1 + 7 * week);
    let nearest = ahead.div_ceil(7).max(1);
    let at = |week: usize, index: usize| {
        let at = back(week)?;
        let (counts, past) = (history.get(at)?, plans.get(at)?);
        let place = past.halves.iter().position(|half| half.index == index)?;
        counts.halves.get(place).copied().flatten()
    };
    let naive_at = |index: usize| {
        let weeks = nearest..nearest + WEEKS;
        let known: Vec<f64> = weeks.filter_map(|week| at(week, index)).collect();
        let number = u32::try_from(known.len()).unwrap_or(u32::MAX);
        Naive {
            last_week: at(nearest, index),
            last_four: (number > 0).then(|| known.iter().sum::<f64>() / f64::from(number)),
        }
    };
    plan.halves
        .iter()
        .map(|half| naive_at(half.index))
        .collect()
}
