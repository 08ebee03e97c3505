use jiff::ToSpan;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;

use super::model::{SlotWait, WaitModel};
use super::past::{HalfWaits, Stayed, WaitDay};
use crate::domain::centre::{Line, Period};
use crate::domain::testing;
use crate::forecast::demand::calendar::Calendar;

const MONDAY: Date = date(2026, 3, 2);

fn calendar<'a>(line: &'a Line, zone: &'a TimeZone) -> Calendar<'a> {
    Calendar {
        lines: vec![line],
        zone,
        events: &[],
    }
}

/// Waits of these seconds, all answered.
fn answered(waits_secs: &[i64]) -> HalfWaits {
    let mut waits = HalfWaits::default();
    for secs in waits_secs {
        waits.answered.record(secs * 1_000);
        waits.wait_ms_sum += secs * 1_000;
    }
    waits
}

/// So many days from a Monday on, the waits of each half hour told by day and place on the clock.
fn past(
    calendar: &Calendar<'_>,
    from: Date,
    days: i64,
    waits: impl Fn(i64, usize) -> Option<HalfWaits>,
) -> Vec<WaitDay> {
    let day = |number: i64| {
        let plan = calendar.plan(from.saturating_add(number.days()));
        let halves = plan.halves.iter().map(|half| waits(number, half.index));
        WaitDay {
            halves: halves.collect(),
            plan,
        }
    };
    (0..days).map(day).collect()
}

/// Mornings are slow, afternoons quick.
#[expect(
    clippy::unnecessary_wraps,
    reason = "other pasts have half hours of which nothing is known"
)]
fn usual(_day: i64, index: usize) -> Option<HalfWaits> {
    let secs = if index < 24 { 200 } else { 20 };
    Some(answered(&[0, secs / 2, secs, secs, secs * 2]))
}

fn forecast(calendar: &Calendar<'_>, past: &[WaitDay], day: Date) -> Vec<SlotWait> {
    WaitModel::learn(past).forecast(&calendar.plan(day))
}

fn mean(slot: &SlotWait) -> f64 {
    slot.waiting.unwrap().mean_secs
}

#[test]
fn quiet_half_hours_are_told_from_busy_ones() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let past = past(&calendar, MONDAY, 28, usual);
    let model = WaitModel::learn(&past);
    assert!(!model.basis().is_enough(), "20 working days are not 28");
    let slots = model.forecast(&calendar.plan(date(2026, 3, 30)));
    assert_eq!(slots.len(), 20);
    assert!((150.0..260.0).contains(&mean(&slots[2])), "{:?}", slots[2]);
    assert!((15.0..40.0).contains(&mean(&slots[15])), "{:?}", slots[15]);
    for slot in slots {
        let waiting = slot.waiting.unwrap();
        assert!(waiting.low_secs <= waiting.median_secs);
        assert!(waiting.median_secs <= waiting.high_secs);
    }
}

#[test]
fn three_days_say_something_and_that_it_is_little() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let model = WaitModel::learn(&past(&calendar, MONDAY, 3, usual));
    assert_eq!((model.basis().days, model.basis().is_enough()), (3, false));
    let slots = model.forecast(&calendar.plan(date(2026, 3, 5)));
    assert!(mean(&slots[2]) > mean(&slots[15]));
}

#[test]
fn a_line_that_never_had_a_call_has_slots_without_waits() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let empty = past(&calendar, MONDAY, 28, |_, _| Some(HalfWaits::default()));
    for past in [empty.as_slice(), &[]] {
        let slots = forecast(&calendar, past, date(2026, 3, 30));
        assert_eq!(slots.len(), 20);
        assert!(slots.iter().all(|slot| slot.waiting.is_none()));
    }
}

#[test]
fn where_nobody_waits_nobody_is_expected_to() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let past = past(&calendar, MONDAY, 28, |_, _| Some(answered(&[0; 10])));
    for slot in forecast(&calendar, &past, date(2026, 3, 30)) {
        let waiting = slot.waiting.unwrap();
        assert!(waiting.mean_secs.abs() < 1e-9 && waiting.low_secs.abs() < 1e-9);
        assert!(waiting.high_secs <= 5.0, "{waiting:?}");
    }
}

#[test]
fn one_huge_outlier_moves_little() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let broken = |day, index| match (day, index) {
        (9, 20) => Some(answered(&[7_000; 500])),
        _ => usual(day, index),
    };
    let with = forecast(
        &calendar,
        &past(&calendar, MONDAY, 28, broken),
        date(2026, 3, 30),
    );
    let without = forecast(
        &calendar,
        &past(&calendar, MONDAY, 28, usual),
        date(2026, 3, 30),
    );
    for (at, (with, without)) in with.iter().zip(&without).enumerate() {
        let (with, without) = (with.waiting.unwrap(), without.waiting.unwrap());
        assert!(with.median_secs < without.median_secs * 1.5 + 20.0, "{at}");
        if at != 4 {
            assert!(
                with.high_secs < without.high_secs * 1.5 + 60.0,
                "{at}: {with:?}"
            );
        }
    }
}

#[test]
fn a_years_gap_is_no_change_and_no_zero() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let gap = |day, index| (day < 21).then(|| usual(day, index)).flatten();
    let with_gap = past(&calendar, MONDAY, 380, gap);
    let before = forecast(&calendar, &with_gap[..21], date(2026, 3, 23));
    let after = forecast(&calendar, &with_gap, date(2027, 3, 22));
    for (before, after) in before.iter().zip(&after) {
        let close = (mean(before) - mean(after)).abs() < 0.2 * mean(before) + 5.0;
        assert!(close, "{before:?} {after:?}");
    }
}

#[test]
fn half_hours_that_are_newly_open_borrow_from_the_others() {
    let (old, zone) = (testing::line("billing"), TimeZone::UTC);
    let past = past(&calendar(&old, &zone), MONDAY, 28, usual);
    let mut new = old.clone();
    for periods in &mut new.hours.0[..5] {
        *periods = vec![Period {
            from: time(8, 0, 0, 0),
            to: Some(time(20, 0, 0, 0)),
        }];
    }
    let slots = forecast(&calendar(&new, &zone), &past, date(2026, 3, 30));
    assert_eq!(slots.len(), 24);
    assert!(mean(&slots[2]) > 100.0);
    assert!(slots[23].waiting.unwrap().high_secs > 0.0);
}

#[test]
fn a_line_that_is_closed_for_ever_has_no_slots() {
    let (open, zone) = (testing::line("billing"), TimeZone::UTC);
    let past = past(&calendar(&open, &zone), MONDAY, 28, usual);
    let mut closed = open.clone();
    closed.hours.0.iter_mut().for_each(Vec::clear);
    assert!(forecast(&calendar(&closed, &zone), &past, date(2026, 3, 30)).is_empty());
}

#[test]
fn when_waits_grow_the_forecast_follows_within_days() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let grown = |day, index| {
        let secs = if index < 24 { 600 } else { 60 };
        let slower = answered(&[0, secs / 2, secs, secs, secs * 2]);
        if day < 24 {
            usual(day, index)
        } else {
            Some(slower)
        }
    };
    let usual = forecast(
        &calendar,
        &past(&calendar, MONDAY, 26, usual),
        date(2026, 3, 30),
    );
    let grown = forecast(
        &calendar,
        &past(&calendar, MONDAY, 26, grown),
        date(2026, 3, 30),
    );
    assert!(mean(&grown[2]) > 1.8 * mean(&usual[2]), "{:?}", grown[2]);
    let high = |slots: &[SlotWait]| slots[2].waiting.unwrap().high_secs;
    assert!(high(&grown) > 1.3 * high(&usual));
}

#[test]
fn those_who_gave_up_would_have_waited_longer() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let patient = past(&calendar, MONDAY, 28, usual);
    let impatient = past(&calendar, MONDAY, 28, |day, index| {
        let mut waits = usual(day, index)?;
        for _ in 0..2 {
            waits.abandoned.record(15_000);
            waits.wait_ms_sum += 15_000;
        }
        Some(waits)
    });
    let high = |past: &[WaitDay]| {
        let slots = forecast(&calendar, past, date(2026, 3, 30));
        slots[2].waiting.unwrap().high_secs
    };
    let ratio = high(&impatient) / high(&patient);
    assert!(
        (0.85..1.4).contains(&ratio),
        "hang-ups do not shorten it: {ratio}"
    );
}

#[test]
fn a_repeated_hour_has_slots_twice_and_a_skipped_one_none() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let mut line = testing::line("billing");
    let all_day = Period {
        from: time(0, 0, 0, 0),
        to: None,
    };
    line.hours.0 = std::array::from_fn(|_| vec![all_day]);
    let calendar = calendar(&line, &zone);
    let past = past(&calendar, date(2026, 9, 28), 27, usual);
    let slots = |day| forecast(&calendar, &past, day);
    assert_eq!(slots(date(2026, 10, 25)).len(), 50);
    assert_eq!(slots(date(2027, 3, 28)).len(), 46);
}

#[test]
fn where_the_last_four_weeks_tell_more_they_are_used_and_named() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    // Each weekday has a shape of its own, the opposite from half hour to half hour.
    let jagged = |day: i64, index: usize| {
        let is_slow = (usize::try_from(day % 7).unwrap_or(0) + index).is_multiple_of(2);
        Some(answered(&[if is_slow { 650 } else { 18 }; 12]))
    };
    let jagged = WaitModel::learn(&past(&calendar, MONDAY, 56, jagged));
    assert!(jagged.basis().is_simpler);
    assert_eq!(jagged.basis().method(), "last-four-weeks");
    let slots = jagged.forecast(&calendar.plan(date(2026, 4, 27)));
    let ends = slots.iter().map(|slot| slot.waiting.unwrap().median_secs);
    assert!(ends.clone().fold(0.0, f64::max) > 500.0);
    assert!(ends.fold(f64::MAX, f64::min) < 30.0);
    let even = WaitModel::learn(&past(&calendar, MONDAY, 56, usual));
    assert!(!even.basis().is_simpler, "{:?}", even.basis());
    assert!(even.basis().method().starts_with("pooled"));
}

#[test]
fn answered_calls_stand_for_those_who_had_hung_up_by_then() {
    let (line, zone) = (testing::line("billing"), TimeZone::UTC);
    let calendar = calendar(&line, &zone);
    let mut half = answered(&[8, 100, 100]);
    for secs in [40, 40, 700] {
        half.abandoned.record(secs * 1_000);
    }
    let day = &past(&calendar, MONDAY, 1, |_, _| Some(half))[0];
    let came = Stayed::of(day).weigh(&half);
    let weight = |secs: i64| {
        let bin = crate::domain::tally::BOUNDS_SECS.partition_point(|bound| secs > *bound);
        came.0[bin]
    };
    assert!((weight(8) - 1.0).abs() < 1e-9, "nobody had hung up before");
    // Of five who were there after 40 s two had hung up: three stand for five.
    assert!((weight(100) - 2.0 * 5.0 / 3.0).abs() < 1e-9);
    assert!(
        (weight(700) - 5.0 / 3.0).abs() < 1e-9,
        "waited longest of all"
    );
    assert!(weight(40).abs() < 1e-9);
    assert!((came.total() - 6.0).abs() < 1e-9, "all of them");
}
