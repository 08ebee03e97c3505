//! What anyone may rely on, on made-up centres.

use jiff::ToSpan;
use jiff::civil::{Date, date, time};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::calendar::{Calendar, DayCounts, DemandEvent, Effect};
use super::rolling::Method;
use super::*;
use crate::domain::centre::{Holiday, Line, Period, Text};
use crate::domain::period::{civil, days};
use crate::domain::testing;

/// A Monday.
const FIRST: Date = date(2025, 1, 6);

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

fn calendar<'a>(line: &'a Line, zone: &'a TimeZone) -> Calendar<'a> {
    Calendar {
        lines: vec![line],
        zone,
        events: &[],
    }
}

/// From −1 to 1, the same each time.
fn chance(seed: u64) -> f64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let share = f64::from(u32::try_from((x ^ (x >> 31)) >> 32).unwrap()) / f64::from(u32::MAX);
    2.0 * share - 1.0
}

/// Twice as many on Mondays, a peak at eleven, a tenth of chance.
fn usual(day: Date, index: usize) -> f64 {
    let hour = f64::from(u32::try_from(index).unwrap()) / 2.0;
    let monday = if day.weekday().to_monday_zero_offset() == 0 {
        2.0
    } else {
        1.0
    };
    let number = day.duration_since(FIRST).as_hours().unsigned_abs() / 24;
    let luck = 1.0 + 0.1 * chance(number * 48 + u64::try_from(index).unwrap());
    (monday * luck * (10.0 + 30.0 * (-(hour - 11.0).powi(2) / 8.0).exp())).round()
}

/// So many days from `FIRST`, counted while the line is open as `count` says.
fn history(
    calendar: &Calendar<'_>,
    number: i64,
    count: impl Fn(Date, usize) -> Option<f64>,
) -> Vec<DayCounts> {
    days(FIRST, FIRST.saturating_add(number.days()))
        .map(|day| {
            let halves = calendar.plan(day).halves.into_iter();
            let counted = halves.map(|half| {
                if half.is_open {
                    count(day, half.index)
                } else {
                    Some(0.0)
                }
            });
            DayCounts {
                day,
                halves: counted.collect(),
            }
        })
        .collect()
}

fn after(history: &[DayCounts]) -> Date {
    history[history.len() - 1].day.saturating_add(1.day())
}

/// Contacts expected on a day.
fn total(told: &DemandForecast, day: Date, zone: &TimeZone) -> f64 {
    let slots = told.slots.iter();
    slots
        .filter(|slot| civil(slot.span.start_ms, zone).date() == day)
        .map(|slot| slot.expected)
        .sum()
}

fn usual_total(day: Date) -> f64 {
    (16..36).map(|index| usual(day, index)).sum()
}

fn is_near(found: f64, wanted: f64, share: f64) {
    assert!(
        (found - wanted).abs() <= share * wanted,
        "{found} is not within {share} of {wanted}"
    );
}

#[test]
fn a_regular_centre_is_forecast_day_by_day_and_half_hour_by_half_hour() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let past = history(&calendar, 70, |day, index| Some(usual(day, index)));
    let told = forecast(&calendar, &past, after(&past));
    assert_eq!((told.basis.weeks, told.basis.lack), (10, None));
    assert_eq!(told.basis.method, Method::Model);
    assert_eq!(told.slots.len(), 10 * 20, "ten working days of ten hours");
    for slot in &told.slots {
        let local = civil(slot.span.start_ms, &zone);
        let index = usize::try_from(local.hour() * 2 + local.minute() / 30).unwrap();
        is_near(slot.expected, usual(local.date(), index), 0.25);
        assert!(slot.low <= slot.expected && slot.expected <= slot.high);
        assert!(slot.high - slot.low < slot.expected, "{slot:?}");
    }
}

#[test]
fn nothing_known_is_said_to_be_nothing() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    for past in [Vec::new(), history(&calendar, 60, |_, _| None)] {
        let told = forecast(&calendar, &past, date(2025, 3, 10));
        assert_eq!(told.slots, vec![]);
        assert_eq!(told.basis.lack, Some(Lack::Nothing));
    }
}

#[test]
fn three_days_give_a_wide_guess_that_says_so() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let past = history(&calendar, 3, |day, index| Some(usual(day, index)));
    let told = forecast(&calendar, &past, after(&past));
    assert_eq!(told.basis.lack, Some(Lack::TooLittle { weeks: 0 }));
    let thursday = date(2025, 1, 9);
    is_near(total(&told, thursday, &zone), usual_total(thursday), 0.5);
    let peak = told.slots[6];
    assert!(peak.high - peak.low > 0.8 * peak.expected, "{peak:?}");
}

#[test]
fn four_weeks_are_enough() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    for (number, lack) in [(27, Some(Lack::TooLittle { weeks: 3 })), (28, None)] {
        let past = history(&calendar, number, |day, index| Some(usual(day, index)));
        let told = forecast(&calendar, &past, after(&past));
        assert_eq!(told.basis.lack, lack, "{number} days");
    }
}

#[test]
fn a_line_that_nobody_calls_is_expected_to_stay_silent() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let past = history(&calendar, 60, |_, _| Some(0.0));
    let told = forecast(&calendar, &past, after(&past));
    assert_eq!(told.slots.len(), 200);
    assert!(
        told.slots
            .iter()
            .all(|slot| slot.expected < 0.01 && slot.high < 1.0)
    );
}

#[test]
fn a_line_closed_for_ever_has_no_half_hours() {
    let zone = london();
    let mut line = testing::line("billing");
    line.hours = crate::domain::centre::WeekHours::default();
    let calendar = calendar(&line, &zone);
    let past = history(&calendar, 60, |_, _| Some(3.0));
    assert_eq!(forecast(&calendar, &past, after(&past)).slots, vec![]);
}

#[test]
fn one_huge_outlier_changes_little() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let flood = date(2025, 3, 12);
    let past = history(&calendar, 70, |day, index| {
        let is_flood = day == flood && index == 20;
        Some(if is_flood {
            1_000_000.0
        } else {
            usual(day, index)
        })
    });
    let told = forecast(&calendar, &past, after(&past));
    for ahead in 0..4 {
        let day = after(&past).saturating_add(ahead.days());
        is_near(total(&told, day, &zone), usual_total(day), 0.15);
    }
    assert!(told.slots.iter().all(|slot| slot.high < 200.0));
}

#[test]
fn an_outage_of_two_days_does_not_drag_the_level() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let outage = [date(2025, 3, 12), date(2025, 3, 13)];
    let past = history(&calendar, 70, |day, index| {
        let share = if outage.contains(&day) { 0.05 } else { 1.0 };
        Some((share * usual(day, index)).round())
    });
    let told = forecast(&calendar, &past, after(&past));
    for ahead in 0..4 {
        let day = after(&past).saturating_add(ahead.days());
        is_near(total(&told, day, &zone), usual_total(day), 0.2);
    }
}

#[test]
fn a_new_level_is_believed_within_two_weeks() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    let from = date(2025, 4, 28);
    let past = history(&calendar, 126, |day, index| {
        Some(if day >= from { 3.0 } else { 1.0 } * usual(day, index))
    });
    let told = forecast(&calendar, &past, after(&past));
    let day = after(&past).saturating_add(1.day());
    is_near(total(&told, day, &zone), 3.0 * usual_total(day), 0.25);
}

#[test]
fn gaps_are_not_zeros() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    // A year is missing, then every morning of the last two weeks.
    let gap = date(2025, 3, 3)..date(2026, 3, 2);
    let mornings = date(2026, 4, 13);
    let past = history(&calendar, 476, |day, index| {
        let is_missing = gap.contains(&day) || (day >= mornings && index < 22);
        (!is_missing).then(|| usual(day, index))
    });
    let told = forecast(&calendar, &past, after(&past));
    for ahead in 0..4 {
        let day = after(&past).saturating_add(ahead.days());
        is_near(total(&told, day, &zone), usual_total(day), 0.15);
    }
}

#[test]
fn longer_hours_are_not_taken_for_hours_without_calls() {
    let zone = london();
    let mut line = testing::line("billing");
    for periods in &mut line.hours.0[..5] {
        periods[0].to = Some(time(20, 0, 0, 0));
    }
    let calendar = calendar(&line, &zone);
    // Until 21 April it closed at six: the evening was covered, and silent.
    let from = date(2025, 4, 21);
    let past = history(&calendar, 126, |day, index| {
        Some(if index >= 36 && day < from {
            0.0
        } else {
            usual(day, index)
        })
    });
    let told = forecast(&calendar, &past, after(&past));
    let evening = told
        .slots
        .iter()
        .filter(|slot| civil(slot.span.start_ms, &zone).hour() >= 18);
    for slot in evening {
        let local = civil(slot.span.start_ms, &zone);
        let index = usize::try_from(local.hour() * 2 + local.minute() / 30).unwrap();
        is_near(slot.expected, usual(local.date(), index), 0.35);
    }
}

#[test]
fn holidays_close_or_shorten_a_day_and_the_day_after_is_known_to_be_busy() {
    let zone = london();
    let mut line = testing::line("billing");
    let holiday = |day: Date| Holiday {
        date: day,
        name: Text::default(),
        hours: Vec::new(),
    };
    // Every third Wednesday; the last one is to come, the one before it short.
    let closed: Vec<Date> = (0..7)
        .map(|number| date(2025, 1, 15).saturating_add((21 * number).days()))
        .collect();
    line.holidays = closed.iter().copied().map(holiday).collect();
    let short = date(2025, 5, 22);
    line.holidays.push(Holiday {
        hours: vec![Period {
            from: time(8, 0, 0, 0),
            to: Some(time(12, 0, 0, 0)),
        }],
        ..holiday(short)
    });
    let calendar = calendar(&line, &zone);
    let past = history(&calendar, 126, |day, index| {
        let is_after = closed.contains(&day.saturating_sub(1.day()));
        Some((if is_after { 1.5 } else { 1.0 } * usual(day, index)).round())
    });
    let told = forecast(&calendar, &past, after(&past));
    assert_eq!(after(&past), date(2025, 5, 12));
    let next = date(2025, 5, 21);
    assert!(closed.contains(&next));
    assert!(total(&told, next, &zone) < 1e-9);
    let halves = told
        .slots
        .iter()
        .filter(|slot| civil(slot.span.start_ms, &zone).date() == short);
    assert_eq!(halves.count(), 8);
    let friday = date(2025, 5, 23);
    is_near(total(&told, friday, &zone), 1.5 * usual_total(friday), 0.2);
}

#[test]
fn what_an_event_of_the_same_kind_did_is_expected_of_the_next() {
    let (line, zone) = (testing::line("billing"), london());
    let bills: Vec<Date> = (0..7)
        .map(|number| date(2025, 1, 7).saturating_add((21 * number).days()))
        .collect();
    let events: Vec<DemandEvent> = bills
        .iter()
        .map(|day| DemandEvent {
            kind: "bill run".to_owned(),
            span: Span::of_day(*day, &zone),
            effect: Effect::Recurs,
        })
        .collect();
    let calendar = Calendar {
        events: &events,
        ..calendar(&line, &zone)
    };
    let past = history(&calendar, 126, |day, index| {
        Some((if bills.contains(&day) { 1.8 } else { 1.0 } * usual(day, index)).round())
    });
    let told = forecast(&calendar, &past, after(&past));
    let next = date(2025, 5, 13);
    assert!(bills.contains(&next));
    is_near(total(&told, next, &zone), 1.8 * usual_total(next), 0.2);
    let other = date(2025, 5, 14);
    is_near(total(&told, other, &zone), usual_total(other), 0.12);
}

#[test]
fn what_is_excluded_teaches_nothing() {
    let (line, zone) = (testing::line("billing"), london());
    let outage = Span {
        start_ms: Span::of_day(date(2025, 2, 24), &zone).start_ms,
        end_ms: Span::of_day(date(2025, 3, 16), &zone).end_ms,
    };
    let events = [DemandEvent {
        kind: "outage".to_owned(),
        span: outage,
        effect: Effect::Excluded,
    }];
    let calendar = Calendar {
        events: &events,
        ..calendar(&line, &zone)
    };
    let past = history(&calendar, 70, |day, index| {
        let is_out = outage.contains(Span::of_day(day, &zone).start_ms);
        Some(if is_out { 1.0 } else { usual(day, index) })
    });
    let told = forecast(&calendar, &past, after(&past));
    let day = after(&past);
    is_near(total(&told, day, &zone), usual_total(day), 0.15);
}

#[test]
fn days_on_which_clocks_change_have_their_own_half_hours() {
    let zone = london();
    let mut line = testing::line("leaks");
    let all_day = Period {
        from: time(0, 0, 0, 0),
        to: None,
    };
    line.hours.0 = std::array::from_fn(|_| vec![all_day]);
    let calendar = calendar(&line, &zone);
    // Both changes of 2025 lie behind; that of March 2026 is to come.
    let past = history(&calendar, 441, |day, index| Some(usual(day, index)));
    let told = forecast(&calendar, &past, after(&past));
    let change = date(2026, 3, 29);
    let of_day = |told: &DemandForecast, day| {
        let slots = told.slots.iter();
        let slots = slots.filter(|slot| civil(slot.span.start_ms, &zone).date() == day);
        slots.count()
    };
    assert_eq!(of_day(&told, change), 46);
    assert_eq!(of_day(&told, date(2026, 3, 28)), 48);
    let before = forecast(&calendar, &past[..290], past[290].day);
    assert_eq!(of_day(&before, date(2025, 10, 26)), 50);
    let starts: Vec<_> = before.slots.iter().map(|slot| slot.span.start_ms).collect();
    assert!(starts.is_sorted() && starts.windows(2).all(|two| two[0] < two[1]));
}

#[test]
fn where_a_plain_mean_was_better_it_is_used_and_named() {
    let (line, zone) = (testing::line("billing"), london());
    let calendar = calendar(&line, &zone);
    // Every weekday goes its own way for weeks on end, and no two half hours alike.
    let past = history(&calendar, 140, |day, index| {
        let week = day.duration_since(FIRST).as_hours() / 24 / 7;
        let block = u64::try_from(week / 9).unwrap() * 1_000;
        let weekday = u64::try_from(day.weekday().to_monday_zero_offset()).unwrap();
        let seed = block + weekday * 50 + u64::try_from(index).unwrap();
        Some((30.0 + 29.0 * chance(seed)).round())
    });
    let told = forecast(&calendar, &past, after(&past));
    let errors = told.basis.past_errors.map(Option::unwrap);
    let least = errors.into_iter().fold(f64::INFINITY, f64::min);
    assert!(errors[told.basis.method.place()] <= least);
    assert_ne!(told.basis.method, Method::Model, "{errors:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_was_counted_the_forecast_is_finite_and_in_its_range(
        number in 1..90_i64,
        seed in any::<u64>(),
        scale in prop_oneof![Just(0.2), Just(5.0), Just(2_000.0), Just(1e9)],
        missing in 0.0..1.0_f64,
    ) {
        let (line, zone) = (testing::line("billing"), london());
        let calendar = calendar(&line, &zone);
        let past = history(&calendar, number, |day, index| {
            let at = seed ^ (u64::try_from(day.day_of_year()).unwrap() * 48 + u64::try_from(index).unwrap());
            let is_known = chance(at.wrapping_add(7)) > 2.0 * missing - 1.0;
            is_known.then(|| (scale * (1.0 + chance(at))).floor())
        });
        let told = forecast(&calendar, &past, after(&past));
        for slot in &told.slots {
            prop_assert!(slot.expected.is_finite() && slot.high.is_finite());
            prop_assert!(0.0 <= slot.low && slot.low <= slot.expected && slot.expected <= slot.high);
        }
        let same = forecast(&calendar, &past, after(&past));
        prop_assert_eq!(told, same);
    }
}
