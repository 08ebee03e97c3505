//! What must hold of every comparison and overlay.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::testing::{days, parts};
use super::*;
use crate::domain::measures::Measure;
use crate::domain::period::{self, Grain};

fn some_day() -> impl Strategy<Value = Date> {
    (0..4_000_i64).prop_map(|days| date(2020, 1, 1).saturating_add(days.days()))
}

fn zone() -> impl Strategy<Value = TimeZone> {
    const NAMES: [&str; 5] = [
        "Europe/Paris",
        "America/New_York",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "UTC",
    ];
    proptest::sample::select(&NAMES[..]).prop_map(|name| TimeZone::get(name).expect("known"))
}

proptest! {
    #[test]
    fn companions_stand_at_the_same_wall_time_and_in_order(
        day in some_day(), zone in zone(), back in 1..10_i64,
    ) {
        let next = day.saturating_add(2.days());
        let points = parts(day, next, &zone, |_| 1.0);
        let shift = Shift::Days(back);
        let others = parts(shift.back(day), shift.back(next), &zone, |_| 1.0);
        let matched = align(&points, &others, (shift, Grain::Hour), &zone);
        prop_assert_eq!(matched.len(), points.len());
        for (point, place) in points.iter().zip(&matched) {
            if let Some(place) = place {
                let now = period::civil(point.start_ms, &zone);
                let then = period::civil(others[*place].start_ms, &zone);
                prop_assert_eq!(now.time(), then.time());
            }
        }
        let found: Vec<usize> = matched.iter().flatten().copied().collect();
        prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(found.len() + 2 >= points.len().min(others.len()), "at most an hour a day is left");
    }

    #[test]
    fn a_mean_lies_between_the_least_and_the_most(
        values in proptest::collection::vec(proptest::option::of(0.0..1e6_f64), 0..40),
    ) {
        let points = days(date(2026, 1, 1), &TimeZone::UTC, &values);
        for id in ["attempts", "service_level", "wait_median"] {
            let kind = &Measure::from_id(id).expect("a measure").kind;
            let means = mean7(&points, kind, i64::MAX);
            prop_assert_eq!(means.len(), points.len());
            for (index, mean) in means.iter().enumerate() {
                let seven: Vec<f64> = values[(index + 1).saturating_sub(7)..=index].iter().flatten().copied().collect();
                prop_assert_eq!(mean.is_some(), seven.len() >= 4);
                let (least, most) = seven.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
                prop_assert!(mean.is_none_or(|mean| least - 1e-6 <= mean && mean <= most + 1e-6));
            }
        }
    }

    #[test]
    fn a_change_turned_round_is_its_opposite(a in 0.0..5_000_f64, b in 0.0..5_000_f64, n in 1..5_000_i64) {
        let mut points = days(date(2026, 1, 1), &TimeZone::UTC, &[Some(a.round()), Some(b.round())]);
        points[0].n = Some(n);
        let count = &Measure::from_id("attempts").expect("a measure").kind;
        let there = change(count, &points[0], &points[1], i64::MAX);
        let back = change(count, &points[1], &points[0], i64::MAX);
        let opposite = |change| match change {
            Some(Change::Up) => Some(Change::Down),
            Some(Change::Down) => Some(Change::Up),
            other => other,
        };
        prop_assert_eq!(opposite(there), back);
    }

    #[test]
    fn a_summary_names_points_that_have_values(
        values in proptest::collection::vec(proptest::option::of(0.0..1e6_f64), 0..40),
    ) {
        let points = days(date(2026, 1, 1), &TimeZone::UTC, &values);
        let summary = summarise(&points, true, i64::MAX);
        let value = |index: Option<usize>| index.map(|index| known(&points[index]).expect("a value"));
        let (high, low) = (value(summary.busiest), value(summary.quietest));
        prop_assert_eq!(high.is_some(), values.iter().any(Option::is_some));
        prop_assert!(low <= summary.median && summary.median <= high);
        let sum: f64 = values.iter().flatten().sum();
        prop_assert!((summary.total.unwrap_or(0.0) - sum).abs() < 1e-3);
    }
}
