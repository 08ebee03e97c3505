//! Counts from sources that know no contacts (`volume.counted`): registers, and where they count.
//!
//! A register holds the newest word of a source about one span of a line. It counts whole in the
//! smallest time that its span divides: an interval, a half hour, an hour, else the local day.
//! Within that time nobody knows more, so it stands in the first interval of it, and finer grains
//! of the line are "no data". A source is trusted not to count a time twice, in spans of
//! different lengths. Registers are about nobody: they are kept when their day is sealed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::event::{Millis, Place};
use super::period::{self, Grain, IntervalStart};
use super::tally::{CellKey, Count, Tally};

/// A whole day, seconds.
const DAY_SECS: i64 = 86_400;

/// Lines that are fed by counts, with the finest grain at which anything is known of them.
pub type FinestGrains = BTreeMap<String, Grain>;

/// What a register is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterKey {
    /// Start of the span.
    pub start_ms: Millis,
    /// Line and channel.
    pub place: Place,
    /// Id of the source that counts.
    pub source: String,
}

/// What a source said about a span last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// The higher one wins.
    pub revision: i64,
    /// Time of the event.
    pub at_ms: Millis,
    /// Id of the event.
    pub event: String,
    /// Attempts in the span.
    pub attempts: i64,
    /// Length of the span.
    pub seconds: i64,
}

impl Register {
    /// Whether this one holds against another about the same span: by the higher revision, the
    /// later event, the larger id, the larger count.
    #[must_use]
    pub fn wins_over(&self, other: &Self) -> bool {
        let rank = |register: &Self| (register.revision, register.at_ms);
        let word = |register: &Self| (register.attempts, register.seconds);
        (rank(self), &self.event, word(self)) > (rank(other), &other.event, word(other))
    }
}

/// The smallest time that spans of this length divide without a rest.
#[must_use]
pub fn nesting_grain(seconds: i64) -> Grain {
    [
        (Grain::Interval, 900),
        (Grain::HalfHour, 1_800),
        (Grain::Hour, 3_600),
    ]
    .into_iter()
    .find(|(_, width)| width % seconds.max(1) == 0)
    .map_or(Grain::Day, |(grain, _)| grain)
}

/// Whether a span lies inside one of the times in which it counts: on the local clock a span that
/// divides an hour starts at a multiple of itself, and any other ends on the day it starts. A
/// whole day may be told as 24 hours, however long it is.
#[must_use]
pub fn is_in_step(start_ms: Millis, seconds: i64, zone: &TimeZone) -> bool {
    if nesting_grain(seconds) < Grain::Day {
        let local = period::civil(start_ms, zone);
        let secs = i64::from(local.minute()) * 60 + i64::from(local.second());
        return start_ms.rem_euclid(1_000) == 0 && secs % seconds == 0;
    }
    let day = period::local_day(start_ms, zone);
    let last_ms = start_ms.saturating_add(seconds.saturating_mul(1_000) - 1);
    let is_whole_day = seconds == DAY_SECS && period::day_start_ms(day, zone) == start_ms;
    is_whole_day || period::local_day(last_ms, zone) == day
}

/// What one register adds, and where.
#[must_use]
pub fn contribution(key: &RegisterKey, register: &Register, zone: &TimeZone) -> (CellKey, Tally) {
    let grain = nesting_grain(register.seconds);
    let day = period::local_day(key.start_ms, zone);
    let interval = match grain {
        Grain::Day => IntervalStart::containing(period::day_start_ms(day, zone)),
        _ => period::group_start(key.start_ms, zone, grain),
    };
    let mut tally = Tally::default();
    tally.set(Count::Attempts, register.attempts);
    let place = key.place.clone();
    let cell = CellKey {
        interval,
        day,
        place,
    };
    (cell, tally)
}

/// The finest grain of each line, from the lengths of the spans that were counted of it.
#[must_use]
pub fn finest_grains(spans: impl IntoIterator<Item = (String, i64)>) -> FinestGrains {
    let mut finest = FinestGrains::new();
    for (line, seconds) in spans {
        let grain = finest.entry(line).or_insert(Grain::Interval);
        *grain = nesting_grain(seconds).max(*grain);
    }
    finest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::place;
    use jiff::civil::{date, datetime};

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn register(seconds: i64, attempts: i64) -> Register {
        Register {
            revision: 0,
            at_ms: 0,
            event: "e".to_owned(),
            attempts,
            seconds,
        }
    }

    #[test]
    fn a_span_counts_in_the_smallest_time_that_it_divides() {
        for (seconds, grain) in [
            (1, Grain::Interval),
            (300, Grain::Interval),
            (900, Grain::Interval),
            (360, Grain::HalfHour),
            (1_800, Grain::HalfHour),
            (720, Grain::Hour),
            (1_200, Grain::Hour),
            (3_600, Grain::Hour),
            (420, Grain::Day),
            (2_700, Grain::Day),
            (5_400, Grain::Day),
            (86_400, Grain::Day),
        ] {
            assert_eq!(nesting_grain(seconds), grain, "{seconds}");
        }
    }

    #[test]
    fn a_register_stands_in_the_first_interval_of_its_time() {
        let zone = zone("Asia/Kolkata");
        let at = |hour, minute| period::instant_ms(datetime(2026, 6, 1, hour, minute, 0, 0), &zone);
        for (seconds, expected) in [
            (300, at(10, 45)),
            (360, at(10, 30)),
            (720, at(10, 0)),
            (5_400, at(0, 0)),
        ] {
            let key = RegisterKey {
                start_ms: at(10, 48),
                place: place("billing"),
                source: "pbx".to_owned(),
            };
            let (cell, tally) = contribution(&key, &register(seconds, 7), &zone);
            assert_eq!(cell.interval.ms(), expected, "{seconds}");
            assert_eq!(cell.day, date(2026, 6, 1));
            assert_eq!(tally.count(Count::Attempts), 7);
        }
    }

    #[test]
    fn a_span_out_of_step_with_the_clock_is_seen() {
        let paris = zone("Europe/Paris");
        let at = |day, hour, minute, second| {
            period::instant_ms(datetime(2026, 3, day, hour, minute, second, 0), &paris)
        };
        assert!(is_in_step(at(2, 10, 6, 0), 360, &paris));
        assert!(!is_in_step(at(2, 10, 5, 0), 360, &paris));
        assert!(!is_in_step(at(2, 10, 6, 0) + 1, 360, &paris));
        assert!(!is_in_step(at(2, 10, 30, 0), 3_600, &paris));
        assert!(is_in_step(at(2, 22, 0, 0), 7_200, &paris));
        assert!(!is_in_step(at(2, 23, 0, 0), 7_200, &paris));
        // The 29th has 23 hours; "a day" is 24 hours long for most who count.
        assert!(is_in_step(at(29, 0, 0, 0), 86_400, &paris));
        assert!(!is_in_step(at(28, 12, 0, 0), 86_400, &paris));
        // Hours are those of the local clock: India's begin at half past.
        assert!(is_in_step(at(2, 10, 30, 0), 3_600, &zone("Asia/Kolkata")));
    }

    #[test]
    fn the_better_word_about_a_span_does_not_depend_on_the_order() {
        let old = register(360, 7);
        let corrected = Register {
            revision: 1,
            ..register(360, 3)
        };
        assert!(corrected.wins_over(&old) && !old.wins_over(&corrected));
        let later = Register {
            at_ms: 5,
            ..register(360, 2)
        };
        assert!(later.wins_over(&old) && corrected.wins_over(&later));
        assert!(register(360, 8).wins_over(&old), "the larger of equals");
        assert!(!old.wins_over(&old.clone()));
    }

    #[test]
    fn a_line_is_as_fine_as_its_coarsest_span() {
        let spans = [("a", 360), ("a", 300), ("b", 3_600), ("b", 60), ("c", 60)];
        let spans = spans.map(|(line, seconds)| (line.to_owned(), seconds));
        let finest = finest_grains(spans);
        let grains: Vec<Grain> = finest.into_values().collect();
        assert_eq!(grains, [Grain::HalfHour, Grain::Hour, Grain::Interval]);
    }
}
