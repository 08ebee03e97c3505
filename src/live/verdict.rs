//! Whether to call now, and if not, when. MEASURES.md, "Verdict".
//!
//! Pure: knows no clock, no opening hours and no words; the slots to come are handed in.

use super::frame::VerdictCode;
use crate::domain::event::Millis;
use crate::domain::period::Span;
use crate::forecast::minutes::{MinutesRange, step_after};

/// Better times are looked for within so many hours of opening time.
pub const HORIZON_HOURS: i64 = 12;
const HORIZON_MS: i64 = HORIZON_HOURS * 3_600 * 1_000;

/// A better time saves at least this many minutes …
const LEAST_SAVING_MINS: i64 = 3;

/// … and at least this part of the wait now.
const SAVING_PART: i64 = 3;

/// No more quiet slots than this are named …
const MOST_QUIET: usize = 8;

/// … the next ones, and the others from all over the horizon: where everybody is sent to the next
/// few, they stop being quiet (`tests/it/herding.rs`). The others follow the clock, so that over
/// the hours each quiet slot has its turn.
const NEXT_QUIET: usize = 3;

/// The least spare capacity of a slot, so that each has a chance of being named.
const LEAST_SPARE: f64 = 0.05;

/// A half hour of opening time to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpcomingSlot {
    /// When.
    pub span: Span,
    /// The usual range then; `None` if unknown.
    pub typical: Option<MinutesRange>,
    /// Contacts expected then.
    pub expected_contacts: Option<f64>,
}

/// What the verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Open; the range of somebody who joins now (the usual one where no live one is known).
    Open(Option<MinutesRange>),
    /// Closed until then.
    Closed,
    /// Live data is late.
    Delayed,
    /// No live data.
    NoData,
}

/// A time to come with its expected range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BetterTime {
    /// When its half hour begins.
    pub at_ms: Millis,
    /// The usual range then.
    pub wait: MinutesRange,
}

/// The verdict in facts, without words.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The word.
    pub code: VerdictCode,
    /// When busy: the better time. When closed: the time to call, which is the opening itself if
    /// that is as good.
    pub better: Option<BetterTime>,
    /// Difference of the upper ends, minutes; only when busy.
    pub saves_mins: Option<i64>,
    /// Nearly equal quiet slots, earliest first, with the chance of each (sum 1). The better time
    /// is the first of them.
    pub quiet: Vec<(UpcomingSlot, f64)>,
}

/// A slot whose usual range is known.
type Known = (UpcomingSlot, MinutesRange);

/// The verdict on a line whose good wait is `good_mins`. `upcoming` begins after the current half
/// hour, earliest first; `peak_contacts` is the largest half hour of the week.
#[must_use]
pub fn judge(
    situation: Situation,
    good_mins: i64,
    upcoming: &[UpcomingSlot],
    peak_contacts: Option<f64>,
) -> Ruling {
    let known = within_horizon(upcoming);
    let lowest = known.iter().map(|(_, wait)| wait.upper_mins()).min();
    let acceptable = lowest.map_or(good_mins, |lowest| good_mins.max(step_after(lowest)));
    let (code, now_mins) = match situation {
        Situation::Delayed => (VerdictCode::Delayed, None),
        Situation::NoData => (VerdictCode::NoData, None),
        Situation::Closed => {
            let opening = known.first().map(|(_, wait)| wait.upper_mins());
            (VerdictCode::Closed, opening)
        }
        Situation::Open(None) => (VerdictCode::AsGoodAsItGets, None),
        Situation::Open(Some(wait)) if wait.upper_mins() <= good_mins => (VerdictCode::Good, None),
        Situation::Open(Some(wait)) => (VerdictCode::Busy, Some(wait.upper_mins())),
    };
    let limit = now_mins.map(|now_mins| worthwhile(now_mins).min(acceptable));
    let better = limit.and_then(|limit| earliest(&known, limit));
    let (code, better) = match code {
        VerdictCode::Busy if better.is_none() => (VerdictCode::AsGoodAsItGets, None),
        // Once it is open there may be nothing better than the opening itself.
        VerdictCode::Closed if better.is_none() || now_mins.is_some_and(|now| now <= good_mins) => {
            (VerdictCode::Closed, known.first())
        }
        code => (code, better),
    };
    let quiet_limit = match code {
        VerdictCode::Busy => limit,
        _ => lowest.map(step_after),
    };
    Ruling {
        code,
        better: better.map(|(slot, wait)| BetterTime {
            at_ms: slot.span.start_ms,
            wait: *wait,
        }),
        saves_mins: (code == VerdictCode::Busy)
            .then(|| Some(now_mins? - better?.1.upper_mins()))
            .flatten(),
        quiet: quiet_slots(&known, quiet_limit, peak_contacts),
    }
}

/// The highest upper end that is worth waiting for when it takes `now_mins` now. Thirds are
/// compared exactly: `upper ≤ now − now/3` is `upper ≤ ⌊2 now / 3⌋` in whole minutes.
fn worthwhile(now_mins: i64) -> i64 {
    let by_part = now_mins * (SAVING_PART - 1) / SAVING_PART;
    by_part.min(now_mins - LEAST_SAVING_MINS)
}

fn earliest(known: &[Known], limit_mins: i64) -> Option<&Known> {
    known
        .iter()
        .find(|(_, wait)| wait.upper_mins() <= limit_mins)
}

/// The slots of the next 12 opening hours whose range is known.
fn within_horizon(upcoming: &[UpcomingSlot]) -> Vec<Known> {
    let mut used_ms = 0;
    upcoming
        .iter()
        .take_while(|slot| {
            used_ms += slot.span.end_ms - slot.span.start_ms;
            used_ms <= HORIZON_MS
        })
        .filter_map(|slot| Some((*slot, slot.typical?)))
        .collect()
}

/// Slots within the limit, with chances by spare capacity: 1 − expected ÷ peak.
fn quiet_slots(
    known: &[Known],
    limit_mins: Option<i64>,
    peak_contacts: Option<f64>,
) -> Vec<(UpcomingSlot, f64)> {
    let within = |wait: &MinutesRange| limit_mins.is_some_and(|limit| wait.upper_mins() <= limit);
    let quiet: Vec<&UpcomingSlot> = known
        .iter()
        .filter(|(_, wait)| within(wait))
        .map(|(slot, _)| slot)
        .collect();
    let slots: Vec<(UpcomingSlot, f64)> = spread(quiet.len())
        .map(|at| (*quiet[at], spare(quiet[at], peak_contacts)))
        .collect();
    let sum: f64 = slots.iter().map(|(_, spare)| spare).sum();
    slots
        .into_iter()
        .map(|(slot, spare)| (slot, spare / sum))
        .collect()
}

/// Which of so many quiet slots are named: the next ones, then at equal distances up to the last.
fn spread(number: usize) -> impl Iterator<Item = usize> {
    let others = MOST_QUIET - NEXT_QUIET;
    let rest = number.saturating_sub(NEXT_QUIET);
    let named = others.min(rest);
    let next = 0..NEXT_QUIET.min(number);
    next.chain((1..=named).map(move |at| NEXT_QUIET - 1 + at * rest / named))
}

fn spare(slot: &UpcomingSlot, peak_contacts: Option<f64>) -> f64 {
    let used = slot.expected_contacts.zip(peak_contacts);
    used.map_or(0.5, |(expected, peak)| 1.0 - expected / peak)
        .max(LEAST_SPARE)
}

/// Which slot is named first at a tick. The same tick always draws the same one, on every
/// machine; over many ticks each is drawn as often as its weight says. 0 if there is nothing to
/// draw from.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
pub fn draw(weights: &[f64], tick: u64) -> usize {
    let sum: f64 = weights.iter().sum();
    let chance = (mix(tick) >> 11) as f64 / (1_u64 << 53) as f64;
    let mut rest = chance * sum;
    for (index, weight) in weights.iter().enumerate() {
        rest -= weight;
        if rest < 0.0 {
            return index;
        }
    }
    weights.len().saturating_sub(1)
}

/// The finaliser of splitmix64: neighbouring ticks become unrelated numbers.
fn mix(tick: u64) -> u64 {
    let mut z = tick.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_HOUR_MS: i64 = 1_800_000;

    fn range(high_mins: i64) -> MinutesRange {
        MinutesRange {
            low_mins: 0,
            high_mins: (high_mins <= 60).then_some(high_mins),
        }
    }

    /// Consecutive half hours with these upper ends.
    fn slots(uppers: &[i64]) -> Vec<UpcomingSlot> {
        (0..)
            .zip(uppers)
            .map(|(index, upper)| UpcomingSlot {
                span: Span {
                    start_ms: index * HALF_HOUR_MS,
                    end_ms: (index + 1) * HALF_HOUR_MS,
                },
                typical: Some(range(*upper)),
                expected_contacts: Some(20.0),
            })
            .collect()
    }

    fn judge_now(upper: i64, uppers: &[i64]) -> Ruling {
        judge(
            Situation::Open(Some(range(upper))),
            5,
            &slots(uppers),
            Some(40.0),
        )
    }

    fn better_slot(ruling: &Ruling) -> Option<i64> {
        ruling.better.map(|better| better.at_ms / HALF_HOUR_MS)
    }

    #[test]
    fn a_wait_within_the_good_one_is_a_good_time() {
        let ruling = judge_now(5, &[1, 1]);
        assert_eq!((ruling.code, ruling.better), (VerdictCode::Good, None));
    }

    #[test]
    fn busy_names_the_earliest_slot_that_is_good_not_the_best_of_all() {
        let ruling = judge_now(20, &[15, 10, 5, 1]);
        assert_eq!(ruling.code, VerdictCode::Busy);
        assert_eq!(better_slot(&ruling), Some(2));
        assert_eq!(ruling.saves_mins, Some(15));
    }

    #[test]
    fn one_step_above_the_lowest_will_do_where_nothing_is_good() {
        // The lowest is 15, one step more 20; 30 would save enough but is not acceptable.
        let ruling = judge_now(60, &[30, 20, 15]);
        assert_eq!(better_slot(&ruling), Some(1));
        assert_eq!(ruling.saves_mins, Some(40));
    }

    #[test]
    fn a_better_time_saves_three_minutes_and_a_third() {
        assert_eq!(judge_now(10, &[10, 10]).code, VerdictCode::AsGoodAsItGets);
        assert_eq!(judge_now(45, &[30]).code, VerdictCode::Busy);
        assert_eq!(judge_now(20, &[15]).code, VerdictCode::AsGoodAsItGets);
        let impatient = judge(Situation::Open(Some(range(3))), 1, &slots(&[1]), None);
        assert_eq!(impatient.code, VerdictCode::AsGoodAsItGets);
    }

    #[test]
    fn more_than_an_hour_counts_as_ninety() {
        let ruling = judge_now(90, &[60]);
        assert_eq!(
            (ruling.code, ruling.saves_mins),
            (VerdictCode::Busy, Some(30))
        );
    }

    #[test]
    fn only_the_next_twelve_opening_hours_count() {
        let mut uppers = vec![30; 24];
        uppers.push(1);
        assert_eq!(judge_now(30, &uppers).code, VerdictCode::AsGoodAsItGets);
        uppers[23] = 1;
        assert_eq!(better_slot(&judge_now(30, &uppers)), Some(23));
    }

    #[test]
    fn closed_says_whether_to_call_at_the_opening() {
        let judge_closed = |uppers: &[i64]| judge(Situation::Closed, 5, &slots(uppers), None);
        assert_eq!(better_slot(&judge_closed(&[5, 1, 1])), Some(0));
        assert_eq!(better_slot(&judge_closed(&[30, 20, 5])), Some(2));
        assert_eq!(better_slot(&judge_closed(&[10, 10, 10])), Some(0));
        let ruling = judge_closed(&[30, 5]);
        assert_eq!(
            (ruling.code, ruling.saves_mins),
            (VerdictCode::Closed, None)
        );
    }

    #[test]
    fn without_live_data_nothing_is_promised() {
        for (situation, code) in [
            (Situation::Delayed, VerdictCode::Delayed),
            (Situation::NoData, VerdictCode::NoData),
        ] {
            let ruling = judge(situation, 5, &slots(&[1]), None);
            assert_eq!((ruling.code, ruling.better), (code, None));
        }
        let blind = judge(Situation::Open(None), 5, &[], None);
        assert_eq!(
            (blind.code, blind.quiet.len()),
            (VerdictCode::AsGoodAsItGets, 0)
        );
    }

    #[test]
    fn unknown_slots_are_passed_over() {
        let mut upcoming = slots(&[1, 2]);
        upcoming[0].typical = None;
        let ruling = judge(Situation::Open(Some(range(30))), 5, &upcoming, None);
        assert_eq!(better_slot(&ruling), Some(1));
    }

    #[test]
    fn nearly_equal_slots_share_the_callers_by_spare_capacity() {
        let mut upcoming = slots(&[30, 5, 2, 5, 3]);
        upcoming[1].expected_contacts = Some(30.0);
        upcoming[2].expected_contacts = Some(10.0);
        upcoming[3].expected_contacts = Some(40.0);
        upcoming[4].expected_contacts = Some(36.0);
        let ruling = judge(Situation::Open(Some(range(30))), 5, &upcoming, Some(40.0));
        assert_eq!(
            ruling.quiet[0].0, upcoming[1],
            "the better time comes first"
        );
        let weights: Vec<f64> = ruling.quiet.iter().map(|(_, weight)| *weight).collect();
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((weights[1] / weights[0] - 3.0).abs() < 1e-9, "{weights:?}");
        assert!(weights[2] > 0.0);
    }

    #[test]
    fn of_many_quiet_slots_the_next_are_named_and_others_up_to_the_last() {
        let ruling = judge_now(30, &[5; 24]);
        let at = |(slot, _): &(UpcomingSlot, f64)| slot.span.start_ms / HALF_HOUR_MS;
        let named: Vec<i64> = ruling.quiet.iter().map(at).collect();
        assert_eq!(named, [0, 1, 2, 6, 10, 14, 18, 23]);
        for number in 0..30 {
            let named: Vec<usize> = spread(number).collect();
            assert_eq!(named.len(), number.min(MOST_QUIET));
            assert!(named.is_sorted_by(|a, b| a < b), "{named:?}");
            assert_eq!(named.last().copied(), number.checked_sub(1));
        }
    }

    #[test]
    fn good_times_still_list_the_quiet_slots() {
        let ruling = judge_now(1, &[10, 2, 3, 5]);
        assert_eq!(ruling.quiet.len(), 2);
    }

    #[test]
    fn draws_are_the_same_for_a_tick_and_follow_the_weights_over_many() {
        let weights = [0.5, 0.3, 0.2];
        let mut drawn = [0_u32; 3];
        for tick in 0..10_000 {
            assert_eq!(draw(&weights, tick), draw(&weights, tick));
            drawn[draw(&weights, tick)] += 1;
        }
        for (number, weight) in drawn.into_iter().zip(weights) {
            let share = f64::from(number) / 10_000.0;
            assert!((share - weight).abs() < 0.02, "{drawn:?}");
        }
        assert_eq!(draw(&[], 7), 0);
        assert_eq!(draw(&[0.0, 0.0], 7), 1);
    }
}
