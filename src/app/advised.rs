//! How a day's advice turned out: what the verdict would have told callers, beside what a plain rule
//! would have told them. How it is scored: `forecast::advice::trial`.
//!
//! A verdict knows what it is like now and what was forecast for later. So now is what callers of the
//! same half hour did wait, four in five of them; later is the forecast as it was issued.

use crate::domain::card::{Advised, Issued, IssuedSlot};
use crate::forecast::advice::Horizon;
use crate::forecast::advice::trial::{Outcome, score_one};
use crate::forecast::minutes::MinutesRange;
use crate::forecast::wait::{HalfWaits, WaitDay};
use crate::live::verdict::{HORIZON_HOURS, Situation, UpcomingSlot, judge};

/// Days in which the verdict's horizon ends, but for lines that are seldom open.
const DAYS_AHEAD: usize = 3;

/// A half hour that is over, and what was told of it.
struct Told {
    outcome: Outcome,
    slot: UpcomingSlot,
    /// The range of the waits that came; `None` if nobody called.
    came: Option<MinutesRange>,
}

/// The score of what was told on the day at `at` of `waits`, consecutive days: by the forecast, and
/// by the rule. `good_mins` is the line's good wait.
#[must_use]
pub fn score_advice(
    issued: &Issued,
    waits: &[WaitDay],
    at: usize,
    good_mins: i64,
) -> (Advised, Advised) {
    let days = waits.iter().skip(at).take(DAYS_AHEAD);
    let told = days.flat_map(|day| {
        Outcome::of_day(day).map(|outcome| Told {
            outcome,
            slot: of_slot(issued, &outcome),
            came: day.half(outcome.index).map(range_of),
        })
    });
    let told: Vec<Told> = told.collect();
    let asked = waits.get(at).map_or(0, |day| Outcome::of_day(day).count());
    let outcomes: Vec<Outcome> = told.iter().map(|told| told.outcome).collect();
    let is_quiet = |told: &Told| issued.quiet_halves.contains(&told.outcome.index);
    let (mut forecast, mut rule) = (Advised::default(), Advised::default());
    for now in 0..asked {
        let horizon = Horizon::OpeningHours(HORIZON_HOURS);
        let advised = advise(&told[now..], good_mins, |_| true);
        score_one(&mut forecast, &outcomes[now..], horizon, &advised);
        let advised = advise(&told[now..], good_mins, is_quiet);
        score_one(&mut rule, &outcomes[now..], horizon, &advised);
    }
    (forecast, rule)
}

fn range_of(waits: &HalfWaits) -> MinutesRange {
    let seen = waits.seen();
    MinutesRange::around(seen.quantile_secs(0.1), seen.quantile_secs(0.9))
}

fn of_slot(issued: &Issued, outcome: &Outcome) -> UpcomingSlot {
    let slots = &issued.slots;
    let found = slots.binary_search_by_key(&outcome.span.start_ms, |slot| slot.start_ms);
    let slot: Option<&IssuedSlot> = found.ok().map(|at| &slots[at]);
    let wait = slot.and_then(|slot| slot.wait_secs);
    UpcomingSlot {
        span: outcome.span,
        typical: wait.map(|wait| MinutesRange::around(wait.low, wait.high)),
        expected_contacts: None,
    }
}

/// The quiet slots that are told to callers of the first half hour, counted from the one after it,
/// with the share of callers to whom each is named first; none if they are not told to call later.
/// Only slots that are `possible` are named.
fn advise(told: &[Told], good_mins: i64, possible: impl Fn(&Told) -> bool) -> Vec<(usize, f64)> {
    let Some((now, later)) = told.split_first() else {
        return Vec::new();
    };
    let named = later.iter().filter(|told| possible(told));
    let upcoming: Vec<UpcomingSlot> = named.map(|told| told.slot).collect();
    let ruling = judge(Situation::Open(now.came), good_mins, &upcoming, None);
    let quiet = ruling.quiet.iter().filter(|_| ruling.saves_mins.is_some());
    let place = |(slot, share): &(UpcomingSlot, f64)| {
        let start_ms = slot.span.start_ms;
        let at = later
            .iter()
            .position(|told| told.slot.span.start_ms == start_ms)?;
        Some((at, *share))
    };
    quiet.filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::card::Foretold;
    use crate::domain::testing;
    use crate::forecast::demand::calendar::Calendar;

    const MONDAY: Date = date(2026, 11, 2);
    /// The first half hour of the afternoon.
    const NOON: usize = 24;

    /// Three days with ten callers a half hour: 20 min each until noon, 1 min after it.
    fn waits(quiet_from: usize) -> Vec<WaitDay> {
        let line = testing::line("billing");
        let calendar = Calendar {
            lines: vec![&line],
            zone: &TimeZone::UTC,
            events: &[],
        };
        let of_half = |index: usize| {
            let secs = if index < quiet_from { 1_200 } else { 60 };
            let mut half = HalfWaits::default();
            for _ in 0..10 {
                half.answered.record(secs * 1_000);
                half.wait_ms_sum += secs * 1_000;
            }
            Some(half)
        };
        let plans = calendar.plans(MONDAY, 3).into_iter();
        let day = plans.map(|plan| WaitDay {
            halves: plan.halves.iter().map(|half| of_half(half.index)).collect(),
            plan,
        });
        day.collect()
    }

    /// A forecast that says so of the half hours from `quiet_from` on, and a rule.
    fn issued(waits: &[WaitDay], quiet_from: usize, quiet_halves: Vec<usize>) -> Issued {
        let open = waits.iter().flat_map(|day| &day.plan.halves);
        let slots = open.filter(|half| half.is_open).map(|half| {
            let is_busy = half.index < quiet_from;
            let wait = if is_busy {
                (1_200.0, 900.0, 1_500.0)
            } else {
                (60.0, 30.0, 90.0)
            };
            IssuedSlot {
                start_ms: half.span.start_ms,
                contacts: None,
                wait_secs: Some(Foretold::from(wait)),
            }
        });
        Issued {
            line: "billing".to_owned(),
            day: MONDAY,
            issued_ms: 0,
            model: "m-1".to_owned(),
            weeks: 8,
            is_guess: false,
            is_simpler: false,
            quiet_halves,
            pace: None,
            slots: slots.collect(),
        }
    }

    #[test]
    fn who_is_told_the_quiet_afternoon_saves_all_that_is_possible() {
        let waits = waits(NOON);
        let issued = issued(&waits, NOON, vec![NOON, NOON + 1]);
        let (forecast, rule) = score_advice(&issued, &waits, 0, 5);
        assert!(forecast.advised > 0.0 && forecast.advised < forecast.callers);
        assert_eq!(forecast.captured(), Some(1.0));
        assert_eq!(forecast.mean_saving_secs(), Some(1_140.0));
        assert_eq!(forecast.worse_share(), Some(0.0));
        assert_eq!(rule, forecast, "the rule names the same");
    }

    #[test]
    fn advice_that_was_wrong_is_scored_as_such() {
        // It is quiet only from 15:00 on, and was told to be from noon on.
        let waits = waits(NOON + 6);
        let issued = issued(&waits, NOON, vec![NOON + 6, NOON + 7]);
        let (forecast, rule) = score_advice(&issued, &waits, 0, 5);
        assert!(forecast.captured().unwrap() < 0.5, "{forecast:?}");
        assert!(rule.captured() > forecast.captured(), "{rule:?}");
    }

    #[test]
    fn nothing_foretold_is_no_advice() {
        let waits = waits(NOON);
        let mut issued = issued(&waits, NOON, Vec::new());
        issued.slots.clear();
        let (forecast, rule) = score_advice(&issued, &waits, 0, 5);
        assert_eq!(
            (forecast.mean_saving_secs(), rule.mean_saving_secs()),
            (None, None)
        );
        assert!(forecast.callers > 0.0, "they were asked, and told nothing");
        assert_eq!(score_advice(&issued, &waits, 9, 5).0, Advised::default());
    }
}
