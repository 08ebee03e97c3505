//! What is published is the same whoever asks, and gives no small number away.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::{Fixture, MONDAY, values};
use super::*;
use crate::domain::event::Fact;
use crate::domain::tally::Count;

const LINES: [&str; 3] = ["billing", "moving", "other"];
const COUNTS: [&str; 6] = [
    "attempts",
    "offered",
    "answered",
    "abandoned",
    "refused",
    "deflected",
];

/// Up to 9 calls in one interval of one of ten days, many times.
pub fn some_history() -> impl Strategy<Value = Fixture> {
    let burst = (
        0_i64..10,
        32_i64..38,
        0_usize..3,
        1_i64..9,
        0_usize..3,
        0_i64..40,
    );
    prop::collection::vec(burst, 1..60).prop_map(|bursts| {
        let mut centre = Fixture::new("Europe/Paris", &LINES);
        for (day, quarter, line, times, end, wait_secs) in bursts {
            let day = MONDAY.saturating_sub(4.days()).saturating_add(day.days());
            let at_ms = centre.ms(day, 0, 0) + quarter * 900_000;
            for _ in 0..times {
                let ends = [Fact::Answered, Fact::Abandoned, Fact::Deflected];
                let end = ends[end].clone();
                centre.call(at_ms, LINES[line], wait_secs * 1_000, end);
            }
        }
        centre
    })
}

/// `None` is withheld.
type Published = BTreeMap<(Grain, Millis, String, &'static str), Option<f64>>;

/// Two weeks by day and week, and the Monday between them by its parts.
fn publish(centre: &Fixture) -> Published {
    let weeks = MONDAY.saturating_sub(1.week())..MONDAY.saturating_add(1.week());
    let mut published = Published::new();
    for line in LINES.into_iter().chain(["*"]) {
        for measure in COUNTS {
            for grain in Grain::ALL {
                let days = match grain {
                    Grain::Month => continue,
                    Grain::Day | Grain::Week => weeks.clone(),
                    _ => MONDAY..MONDAY.saturating_add(1.day()),
                };
                let points = centre.points(line, measure, grain, days.start, days.end);
                for (point, value) in points.iter().zip(values(&points)) {
                    let key = (grain, point.start_ms, line.to_owned(), measure);
                    published.insert(key, value);
                }
            }
        }
    }
    published
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_cell_is_the_same_whatever_range_is_asked_for(
        centre in some_history(),
        line in prop::sample::select(vec!["billing", "moving", "*"]),
        measure in prop::sample::select(vec![
            "attempts", "answered", "service_level", "reach_rate", "wait_median", "average_backlog",
        ]),
        (start, length) in (0_i64..12, 1_i64..6),
    ) {
        let first = MONDAY.saturating_sub(6.days());
        let all = first..first.saturating_add(20.days());
        let from = first.saturating_add(start.days());
        let to = from.saturating_add(length.days());
        for grain in Grain::ALL {
            let whole = centre.points(line, measure, grain, all.start, all.end);
            let part = centre.points(line, measure, grain, from, to);
            prop_assert!(!part.is_empty());
            for point in part {
                prop_assert!(whole.contains(&point), "{grain:?} {point:?} is not in {whole:?}");
            }
        }
    }

    #[test]
    fn the_whole_centre_by_day_is_what_was_counted(centre in some_history()) {
        let first = MONDAY.saturating_sub(6.days());
        let points = centre.points("*", "attempts", Grain::Day, first, first.saturating_add(20.days()));
        for point in points {
            let day = period::local_day(point.start_ms, &centre.centre.zone);
            let cells = centre.days.iter().filter(|((date, _), _)| *date == day);
            let counted: i64 = cells
                .map(|(_, tally)| tally.count(Count::Attempts))
                .sum();
            prop_assert_eq!(point.n, Some(counted));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn what_is_published_gives_no_small_number_away(centre in some_history()) {
        let published = publish(&centre);
        let unknown = |key: &(Grain, Millis, String, &'static str)| published[key].is_none();
        for (grain, start_ms, line, measure) in published.keys() {
            let whole = unknown(&(*grain, *start_ms, "*".to_owned(), measure));
            let lines = LINES.map(|line| unknown(&(*grain, *start_ms, line.to_owned(), measure)));
            let hidden = lines.into_iter().filter(|hidden| *hidden).count();
            prop_assert_ne!(hidden + usize::from(whole), 1, "{:?} {} {}", grain, start_ms, measure);
            let end_ms = match grain {
                Grain::Day | Grain::Week | Grain::Month => {
                    let day = period::local_day(*start_ms, &centre.centre.zone);
                    period::day_start_ms(grain.next_first_day(day), &centre.centre.zone)
                }
                Grain::Hour => start_ms + 3_600_000,
                Grain::HalfHour => start_ms + 1_800_000,
                Grain::Interval => start_ms + 900_000,
            };
            let own = unknown(&(*grain, *start_ms, line.clone(), measure));
            for finer in Grain::ALL.into_iter().filter(|finer| finer < grain) {
                let parts = published.range(
                    (finer, *start_ms, String::new(), "")..(finer, end_ms, String::new(), ""),
                );
                let parts = parts.filter(|((_, _, of, what), _)| of == line && what == measure);
                let hidden: Vec<bool> = parts.map(|(_, value)| value.is_none()).collect();
                let away = hidden.iter().filter(|hidden| **hidden).count() + usize::from(own);
                // Parts of a day are published of the Monday only.
                prop_assert!(hidden.is_empty() || finer < Grain::Day && *grain == Grain::Week || away != 1,
                    "{grain:?} {finer:?} {line} {measure}");
            }
        }
    }
}
