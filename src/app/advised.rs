//! How a day's advice turned out: what the verdict would have told callers, beside what a plain rule
//! would have told them. How it is scored: `forecast::advice::trial`.
//!
//! A verdict knows what it is like now and what was forecast for later. So now is what callers of the
//! same half hour did wait, four in five of them; later is the forecast as it was issued, after what
//! was so now ([`crate::forecast::wait::carry`]).

use jiff::civil::Date;

use crate::domain::card::{Advised, Carry, Foretold, Issued};
use crate::forecast::advice::Horizon;
use crate::forecast::advice::trial::{Outcome, score_one};
use crate::forecast::minutes::MinutesRange;
use crate::forecast::wait::carry::surprise;
use crate::forecast::wait::{HalfWaits, WaitDay};
use crate::live::verdict::{HORIZON_HOURS, Situation, UpcomingSlot, judge};

/// Days in which the verdict's horizon ends, but for lines that are seldom open.
const DAYS_AHEAD: usize = 3;

const HALF_HOUR_MS: i64 = 30 * 60 * 1_000;

/// A half hour that is over, and what was told of it.
struct Told {
    outcome: Outcome,
    day: Date,
    foretold: Option<Foretold>,
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
    let told = all_told(issued, waits, at);
    let asked = waits.get(at).map_or(0, |day| Outcome::of_day(day).count());
    let outcomes: Vec<Outcome> = told.iter().map(|told| told.outcome).collect();
    let is_quiet = |told: &Told| issued.quiet_halves.contains(&told.outcome.index);
    let (mut forecast, mut rule) = (Advised::default(), Advised::default());
    for now in 0..asked {
        let horizon = Horizon::OpeningHours(HORIZON_HOURS);
        let carry = &issued.carry;
        let advised = advise(&told[now..], carry, good_mins, |_| true);
        score_one(&mut forecast, &outcomes[now..], horizon, &advised);
        let advised = advise(&told[now..], carry, good_mins, is_quiet);
        score_one(&mut rule, &outcomes[now..], horizon, &advised);
    }
    (forecast, rule)
}

fn all_told(issued: &Issued, waits: &[WaitDay], at: usize) -> Vec<Told> {
    let days = waits.iter().skip(at).take(DAYS_AHEAD);
    let told = days.flat_map(|day| {
        Outcome::of_day(day).map(|outcome| Told {
            outcome,
            day: day.plan.day,
            foretold: foretold(issued, &outcome),
            came: day.half(outcome.index).map(range_of),
        })
    });
    told.collect()
}

fn range_of(waits: &HalfWaits) -> MinutesRange {
    let seen = waits.seen();
    MinutesRange::around(seen.quantile_secs(0.1), seen.quantile_secs(0.9))
}

fn foretold(issued: &Issued, outcome: &Outcome) -> Option<Foretold> {
    let slots = &issued.slots;
    let found = slots.binary_search_by_key(&outcome.span.start_ms, |slot| slot.start_ms);
    slots[found.ok()?].wait_secs
}

fn shown(told: Foretold) -> MinutesRange {
    MinutesRange::around(told.low, told.high)
}

/// What was expected of a later half hour, after what was so in the first.
fn expected_after(now: &Told, later: &Told, carry: &Carry) -> UpcomingSlot {
    let mut then = later.foretold;
    if let (Some(foreseen), Some(came), true) = (now.foretold, now.came, now.day == later.day) {
        let apart_ms = later.outcome.span.start_ms - now.outcome.span.start_ms;
        let halves = i32::try_from(apart_ms / HALF_HOUR_MS).unwrap_or(i32::MAX);
        let surprise = surprise(shown(foreseen), came);
        then = then.map(|then| carry.after(then, surprise, halves));
    }
    UpcomingSlot {
        span: later.outcome.span,
        typical: then.map(shown),
        expected_contacts: None,
    }
}

/// The quiet slots that are told to callers of the first half hour, counted from the one after it,
/// with the share of callers to whom each is named first; none if they are not told to call later.
/// Only slots that are `possible` are named.
fn advise(
    told: &[Told],
    carry: &Carry,
    good_mins: i64,
    possible: impl Fn(&Told) -> bool,
) -> Vec<(usize, f64)> {
    let Some((now, later)) = told.split_first() else {
        return Vec::new();
    };
    let named = later.iter().filter(|told| possible(told));
    let upcoming: Vec<UpcomingSlot> = named
        .map(|later| expected_after(now, later, carry))
        .collect();
    let ruling = judge(Situation::Open(now.came), good_mins, &upcoming, None);
    let quiet = ruling.quiet.iter().filter(|_| ruling.saves_mins.is_some());
    let place = |(slot, share): &(UpcomingSlot, f64)| {
        let start_ms = slot.span.start_ms;
        let at = later
            .iter()
            .position(|told| told.outcome.span.start_ms == start_ms)?;
        Some((at, *share))
    };
    quiet.filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::card::IssuedSlot;
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
            carry: crate::domain::card::Carry::default(),
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
    fn what_was_not_foreseen_is_expected_to_last() {
        // Nobody foresaw that it would be busy until 15:00; it was foretold to be quiet all day.
        let waits = waits(NOON + 6);
        let mut issued = issued(&waits, 0, Vec::new());
        issued.carry = Carry {
            share: 1.0,
            fade: 0.9,
        };
        let (carried, _) = score_advice(&issued, &waits, 0, 5);
        issued.carry = Carry::default();
        let (plain, _) = score_advice(&issued, &waits, 0, 5);
        assert!(
            carried.saved_secs > plain.saved_secs,
            "{carried:?} {plain:?}"
        );
        // Tomorrow is told as if today had been as foreseen.
        let told = all_told(&issued, &waits, 0);
        let carry = Carry {
            share: 1.0,
            fade: 1.0,
        };
        let later: Vec<UpcomingSlot> = told[1..]
            .iter()
            .map(|later| expected_after(&told[0], later, &carry))
            .collect();
        let upper = |slot: &UpcomingSlot| slot.typical.map(MinutesRange::upper_mins);
        assert!(upper(&later[0]) > Some(5), "{:?}", later[0]);
        assert_eq!(upper(later.last().unwrap()), Some(2));
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
