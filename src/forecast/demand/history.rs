//! The past of a line as the model reads it: open half hours with known counts, nothing else.

use super::calendar::{Calendar, DayCounts, DayPlan, Effect, HALVES};

/// A day, planned or past.
#[derive(Clone, Debug)]
pub struct Day {
    /// Its plan.
    pub plan: DayPlan,
    /// Monday is 0.
    pub weekday: usize,
    /// Contacts of each of its half hours; `None` where closed, not known or not to be learned from.
    pub counts: Vec<Option<f64>>,
}

impl Day {
    /// Joins what was planned with what was counted.
    #[must_use]
    pub fn of(calendar: &Calendar<'_>, plan: DayPlan, counts: Option<&DayCounts>) -> Self {
        let halves = plan.halves.iter().enumerate();
        let known = |at: usize| counts.and_then(|counts| counts.halves.get(at).copied().flatten());
        let counts = halves.map(|(at, half)| {
            let excluded = calendar.events.iter().any(|event| {
                event.effect == Effect::Excluded
                    && event.span.start_ms < half.span.end_ms
                    && half.span.start_ms < event.span.end_ms
            });
            known(at).filter(|_| half.is_open && !excluded)
        });
        let counts = counts.collect();
        let weekday = usize::from(plan.day.weekday().to_monday_zero_offset().unsigned_abs());
        Self {
            plan,
            weekday,
            counts,
        }
    }

    /// A day of which nothing is known but its plan.
    #[must_use]
    pub fn planned(calendar: &Calendar<'_>, plan: DayPlan) -> Self {
        Self::of(calendar, plan, None)
    }

    /// Open half hours: place on the clock, and contacts if they are known.
    pub fn open(&self) -> impl Iterator<Item = (usize, Option<f64>)> {
        let halves = self.plan.halves.iter().zip(&self.counts);
        halves
            .filter(|(half, _)| half.is_open)
            .map(|(half, count)| (half.index, *count))
    }

    /// Whether it has any opening time.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.plan.halves.iter().any(|half| half.is_open)
    }

    /// Contacts of the known open half hours.
    #[must_use]
    pub fn contacts(&self) -> f64 {
        self.counts.iter().flatten().sum()
    }

    /// Makes a half hour of the clock one of which nothing is known.
    fn forget(&mut self, index: usize) {
        for (half, count) in self.plan.halves.iter().zip(&mut self.counts) {
            if half.index == index {
                *count = None;
            }
        }
    }

    /// Known open half hours.
    #[must_use]
    pub fn known(&self) -> usize {
        self.counts.iter().flatten().count()
    }
}

/// So many contacts at least would have come in the time that is taken to be closed, had it been
/// open: by chance alone none comes once in 20,000 cases.
const SURELY_CLOSED: f64 = 10.0;

/// Leaves out half hours of the clock before they were ever used on their weekday: today's opening
/// hours need not be those of the past, and a half hour in which nobody could call is not one in
/// which nobody wanted to. Only where chance cannot explain that nobody called.
pub fn forget_unopened(days: &mut [Day]) {
    for weekday in 0..7 {
        for index in 0..HALVES {
            let known: Vec<(usize, f64)> = days
                .iter()
                .enumerate()
                .filter(|(_, day)| day.weekday == weekday)
                .flat_map(|(at, day)| {
                    let halves = day.plan.halves.iter().zip(&day.counts);
                    let halves = halves.filter(|(half, _)| half.index == index);
                    halves.filter_map(move |(_, count)| Some((at, (*count)?)))
                })
                .collect();
            let Some(first) = known.iter().position(|(_, count)| *count > 0.0) else {
                continue;
            };
            let (before, after) = known.split_at(first);
            let usual = after.iter().map(|(_, count)| count).sum::<f64>() / float(after.len());
            if usual * float(before.len()) < SURELY_CLOSED {
                continue;
            }
            for (at, _) in before {
                days[*at].forget(index);
            }
        }
    }
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
