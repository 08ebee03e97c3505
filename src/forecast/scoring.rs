//! How a day's forecasts turned out: what was issued against what came, beside two opponents that
//! need no model, "as last week" and "as in the last four weeks".

use std::collections::HashMap;

use super::demand::calendar::{DayCounts, DayPlan};
use super::demand::naive::naive;
use super::wait::WaitDay;
use super::wait::mix::{Mix, bounds_secs};
use super::wait::past::Stayed;
use crate::domain::card::{Foretold, IssuedSlot, Score, Sums};
use crate::domain::event::Millis;

/// Weeks of the longer opponent.
const WEEKS: usize = 4;

/// A bin of waits is scored as so many equal parts, spread evenly over it.
const PARTS: usize = 4;

/// What came on consecutive days of one line.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// The plans of the days.
    pub plans: &'a [DayPlan],
    /// Their contacts by half hour; of the same days.
    pub counts: &'a [DayCounts],
    /// Their waits by half hour; of the same days.
    pub waits: &'a [WaitDay],
}

/// Scores what was issued `lead` days before the day at `at` of `came`. Half hours of which nothing
/// is known are not scored.
#[must_use]
pub fn score_day(slots: &[IssuedSlot], came: Came<'_>, at: usize, lead: usize) -> Score {
    let mut score = Score::default();
    let (Some(plan), Some(counts), Some(waits)) =
        (came.plans.get(at), came.counts.get(at), came.waits.get(at))
    else {
        return score;
    };
    let slots: HashMap<Millis, &IssuedSlot> =
        slots.iter().map(|slot| (slot.start_ms, slot)).collect();
    let stayed = Stayed::of(waits);
    // What was known when it was issued.
    let before = at.saturating_sub(lead);
    let opponents = naive(&came.counts[..before], came.plans, plan, lead + 1);
    for (place, half) in plan
        .halves
        .iter()
        .enumerate()
        .filter(|(_, half)| half.is_open)
    {
        let Some(slot) = slots.get(&half.span.start_ms) else {
            continue;
        };
        let contacts = counts.halves.get(place).copied().flatten();
        if let (Some(told), Some(contacts)) = (slot.contacts, contacts) {
            let others = opponents.get(place);
            let others = others.and_then(|others| others.last_week.zip(others.last_four));
            score.contacts.record(1.0, contacts, told, others);
        }
        let known = waits.halves.get(place).copied().flatten();
        if let (Some(told), Some(known)) = (slot.wait_secs, known) {
            let others = medians(came.waits, at, lead, half.index);
            record_waits(&mut score.waits, &stayed.weigh(&known), told, others);
        }
    }
    score
}

/// Calls count as often as they stand for others ([`Stayed`]).
fn record_waits(sums: &mut Sums, came: &Mix, told: Foretold, others: Option<(f64, f64)>) {
    for (bin, calls) in came.0.iter().enumerate() {
        for (weight, wait) in points(bin, *calls) {
            sums.record(weight, wait, told, others);
        }
    }
}

/// Where the calls of a bin are taken to lie. The first bin holds mostly those who did not wait.
fn points(bin: usize, calls: f64) -> impl Iterator<Item = (f64, f64)> {
    let parts = if bin == 0 { 1 } else { PARTS };
    let (lower, upper) = bounds_secs(bin);
    let weight = calls / float(parts);
    let place = move |part: usize| (float(part) + 0.5) / float(parts);
    (0..parts).filter(move |_| weight > 0.0).map(move |part| {
        let wait = if bin == 0 {
            0.0
        } else {
            lower + place(part) * (upper - lower)
        };
        (weight, wait)
    })
}

/// Medians of the same half hour of the clock in the last week and the last four, that were over
/// when the forecast was issued.
fn medians(days: &[WaitDay], at: usize, lead: usize, index: usize) -> Option<(f64, f64)> {
    let nearest = (lead + 1).div_ceil(7).max(1);
    let of_week = |week: usize| {
        let day = days.get(at.checked_sub(7 * week)?)?;
        let place = day
            .plan
            .halves
            .iter()
            .position(|half| half.index == index)?;
        let waits = day.halves.get(place).copied().flatten()?;
        let mix = Mix::of(&waits.answered);
        (mix.total() > 0.0).then_some(mix)
    };
    let last_week = of_week(nearest)?;
    let mut all = Mix::default();
    for mix in (nearest..nearest + WEEKS).filter_map(of_week) {
        all.add(&mix, 1.0);
    }
    Some((last_week.quantile_secs(0.5), all.quantile_secs(0.5)))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;

    use super::super::demand::calendar::Calendar;
    use super::*;
    use crate::domain::centre::Line;
    use crate::domain::testing;
    use crate::forecast::wait::HalfWaits;

    const MONDAY: Date = date(2026, 11, 2);

    struct Past {
        plans: Vec<DayPlan>,
        counts: Vec<DayCounts>,
        waits: Vec<WaitDay>,
    }

    /// So many days from a Monday on; on each, ten contacts an open half hour, of whom nine waited
    /// between 30 and 45 s and one hung up after 5 to 10 minutes.
    fn past(line: &Line, days: usize) -> Past {
        let calendar = Calendar {
            lines: vec![line],
            zone: &TimeZone::UTC,
            events: &[],
        };
        let plans = calendar.plans(MONDAY, days);
        let mut half = HalfWaits::default();
        for _ in 0..9 {
            half.answered.record(40_000);
        }
        half.abandoned.record(400_000);
        let counts = plans.iter().map(|plan| DayCounts {
            day: plan.day,
            halves: vec![Some(10.0); plan.halves.len()],
        });
        let waits = plans.iter().map(|plan| WaitDay {
            plan: plan.clone(),
            halves: vec![Some(half); plan.halves.len()],
        });
        Past {
            counts: counts.collect(),
            waits: waits.collect(),
            plans: plans.clone(),
        }
    }

    fn slots(plan: &DayPlan, wait: (f64, f64, f64)) -> Vec<IssuedSlot> {
        let open = plan.halves.iter().filter(|half| half.is_open);
        open.map(|half| IssuedSlot {
            start_ms: half.span.start_ms,
            contacts: Some(Foretold::from((12.0, 8.0, 14.0))),
            wait_secs: Some(Foretold::from(wait)),
        })
        .collect()
    }

    #[test]
    fn contacts_are_scored_by_half_hour_and_waits_by_call() {
        let line = testing::line("billing");
        let past = past(&line, 30);
        let came = Came {
            plans: &past.plans,
            counts: &past.counts,
            waits: &past.waits,
        };
        let plan = &past.plans[29];
        let open = plan.halves.iter().filter(|half| half.is_open).count();
        let score = score_day(&slots(plan, (37.5, 20.0, 60.0)), came, 29, 0);
        assert!((score.contacts.n - float(open)).abs() < 1e-9);
        assert_eq!(score.contacts.coverage(), Some(1.0));
        assert_eq!(score.contacts.mean_miss(), Some(2.0));
        assert_eq!(
            score.contacts.skill_against_last_week(),
            None,
            "it made no error"
        );
        assert!((score.waits.n - float(open * 10)).abs() < 1e-9);
        assert!(
            (score.waits.coverage().unwrap() - 0.9).abs() < 1e-9,
            "one in ten hung up later"
        );
    }

    #[test]
    fn who_hung_up_within_the_range_tells_nothing() {
        let line = testing::line("billing");
        let past = past(&line, 9);
        let came = Came {
            plans: &past.plans,
            counts: &past.counts,
            waits: &past.waits,
        };
        let plan = &past.plans[8];
        let score = score_day(&slots(plan, (37.5, 20.0, 900.0)), came, 8, 0);
        assert_eq!(score.waits.coverage(), Some(1.0));
    }

    #[test]
    fn what_is_not_known_or_was_not_foretold_is_not_scored() {
        let line = testing::line("billing");
        let mut past = past(&line, 8);
        past.counts[7].halves.clear();
        past.waits[7].halves = vec![None; past.plans[7].halves.len()];
        let came = Came {
            plans: &past.plans,
            counts: &past.counts,
            waits: &past.waits,
        };
        let told = slots(&past.plans[7], (1.0, 0.0, 2.0));
        assert_eq!(score_day(&told, came, 7, 0), Score::default());
        assert_eq!(score_day(&[], came, 6, 0), Score::default());
        assert_eq!(score_day(&told, came, 40, 0), Score::default());
    }
}
