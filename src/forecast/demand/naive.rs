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

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::super::calendar::Calendar;
    use super::*;
    use crate::domain::testing;

    #[test]
    fn opponents_look_back_whole_weeks_and_leave_out_what_is_not_known() {
        let line = testing::line("billing");
        let calendar = Calendar {
            lines: vec![&line],
            zone: &TimeZone::UTC,
            events: &[],
        };
        let first = date(2026, 6, 1);
        // Five weeks; the count is the number of the day, the day a week ago is not known.
        let counts: Vec<DayCounts> = (0..35_i32)
            .map(|number| DayCounts {
                day: first.saturating_add(number.days()),
                halves: vec![(number != 28).then(|| f64::from(number)); 48],
            })
            .collect();
        let plans = calendar.plans(first, 49);
        let next = naive(&counts, &plans, &plans[35], 1)[20];
        assert_eq!(next.last_week, None);
        assert_eq!(next.last_four, Some((21.0 + 14.0 + 7.0) / 3.0));
        // A week later the last known day of the same weekday is still two weeks back.
        let later = naive(&counts, &plans, &plans[43], 9)[20];
        assert_eq!(later.last_week, Some(29.0));
        assert_eq!(later.last_four, Some((29.0 + 22.0 + 15.0 + 8.0) / 4.0));
        let nothing = naive(&[], &plans, &plans[0], 1)[20];
        assert_eq!(nothing, Naive::default());
    }
}
