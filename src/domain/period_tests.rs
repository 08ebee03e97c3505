//! Days of 23, 24 and 25 hours, and of Lord Howe, which moves its clocks by half an hour.

use jiff::civil::{Date, date, datetime};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::period::{
    Grain, INTERVAL_SECS, IntervalStart, Span, day_groups, day_start_ms, days, group_start,
    instant_ms, local_day,
};

const HOUR_MS: i64 = 3_600_000;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

#[test]
fn a_local_day_has_92_96_or_100_intervals_and_on_lord_howe_94_or_98() {
    let lengths = [
        ("Europe/Paris", date(2026, 3, 29), 92),
        ("Europe/Paris", date(2026, 3, 30), 96),
        ("Europe/Paris", date(2026, 10, 25), 100),
        ("Australia/Lord_Howe", date(2026, 4, 5), 98),
        ("Australia/Lord_Howe", date(2026, 10, 4), 94),
        ("Asia/Jerusalem", date(1999, 4, 2), 92),
        // Beirut's clocks go forward at midnight: the day begins at one o'clock.
        ("Asia/Beirut", date(2026, 3, 29), 92),
        ("Asia/Kathmandu", date(2026, 3, 29), 96),
    ];
    for (name, day, intervals) in lengths {
        let span = Span::of_day(day, &zone(name));
        assert_eq!(span.intervals().count(), intervals, "{name} {day}");
        let length_ms = span.end_ms - span.start_ms;
        let expected_ms = i64::try_from(intervals).unwrap() * INTERVAL_SECS * 1_000;
        assert_eq!(length_ms, expected_ms, "{name} {day}");
    }
}

#[test]
fn a_repeated_hour_stands_twice_and_a_skipped_one_not_at_all() {
    let paris = zone("Europe/Paris");
    for (day, hours) in [
        (date(2026, 3, 29), 23),
        (date(2026, 6, 1), 24),
        (date(2026, 10, 25), 25),
    ] {
        let groups = day_groups(day, &paris, Grain::Hour);
        assert_eq!(groups.len(), hours, "{day}");
        let is_an_hour = |span: &Span| span.end_ms - span.start_ms == HOUR_MS;
        assert!(groups.iter().all(is_an_hour), "{day}");
    }
}

#[test]
fn lord_howes_half_hour_is_an_hour_of_its_own() {
    let lord_howe = zone("Australia/Lord_Howe");
    // From 2:00 to 2:30 does not exist: 23 hours, of which one has 30 minutes.
    let spring = day_groups(date(2026, 10, 4), &lord_howe, Grain::Hour);
    let short = spring
        .iter()
        .filter(|span| span.end_ms - span.start_ms < HOUR_MS);
    assert_eq!((spring.len(), short.count()), (24, 1));
    // From 1:30 to 2:00 exists twice: 24 hours and a half.
    let autumn = day_groups(date(2026, 4, 5), &lord_howe, Grain::Hour);
    let short = autumn
        .iter()
        .filter(|span| span.end_ms - span.start_ms < HOUR_MS);
    assert_eq!((autumn.len(), short.count()), (25, 1));
}

#[test]
fn a_civil_time_that_occurs_twice_is_the_earlier_and_one_that_never_does_moves_forward() {
    let paris = zone("Europe/Paris");
    let twice = instant_ms(datetime(2026, 10, 25, 2, 30, 0, 0), &paris);
    let before = instant_ms(datetime(2026, 10, 25, 1, 30, 0, 0), &paris);
    assert_eq!(twice - before, HOUR_MS);
    let never = instant_ms(datetime(2026, 3, 29, 2, 30, 0, 0), &paris);
    let after = instant_ms(datetime(2026, 3, 29, 3, 30, 0, 0), &paris);
    assert_eq!(never, after);
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let sunday = date(2026, 11, 1);
    assert_eq!(Grain::Week.first_day(sunday), date(2026, 10, 26));
    assert_eq!(Grain::Week.next_first_day(sunday), date(2026, 11, 2));
    assert_eq!(Grain::Month.first_day(sunday), sunday);
    assert_eq!(
        Grain::Month.next_first_day(date(2026, 12, 31)),
        date(2027, 1, 1)
    );
    // The first days of 2027 belong to the last week of 2026.
    assert_eq!(Grain::Week.first_day(date(2027, 1, 3)), date(2026, 12, 28));
}

fn a_zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Paris",
        "America/New_York",
        "Asia/Jerusalem",
        "Asia/Kathmandu",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/St_Johns",
    ])
    .prop_map(zone)
}

fn a_day() -> impl Strategy<Value = Date> {
    (1_995_i16..2_035, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

#[test]
fn a_clock_set_one_minute_into_an_interval_does_not_split_it() {
    // Newfoundland set its clocks at 0:01.
    let zone = TimeZone::get("America/St_Johns").unwrap();
    let first = day_groups(date(1998, 4, 5), &zone, Grain::Hour)[0];
    let start = group_start(first.start_ms + 60_000, &zone, Grain::Hour);
    assert_eq!(start.ms(), first.start_ms);
}

proptest! {
    #[test]
    fn days_follow_each_other_without_gap_or_overlap(zone in a_zone(), from in a_day()) {
        let to = Grain::Month.next_first_day(Grain::Month.next_first_day(from));
        let mut end_ms = day_start_ms(from, &zone);
        for day in days(from, to) {
            let span = Span::of_day(day, &zone);
            prop_assert_eq!(span.start_ms, end_ms);
            end_ms = span.end_ms;
            prop_assert_eq!(local_day(span.start_ms, &zone), day);
            prop_assert_eq!(local_day(span.end_ms - 1, &zone), day);
        }
    }

    #[test]
    fn each_grain_divides_the_day(zone in a_zone(), day in a_day()) {
        let span = Span::of_day(day, &zone);
        for grain in [Grain::Interval, Grain::HalfHour, Grain::Hour] {
            let groups = day_groups(day, &zone, grain);
            prop_assert_eq!(groups[0].start_ms, span.start_ms);
            prop_assert_eq!(groups[groups.len() - 1].end_ms, span.end_ms);
            prop_assert!(groups.windows(2).all(|two| two[0].end_ms == two[1].start_ms));
            for group in groups {
                for interval in group.intervals() {
                    let start = group_start(interval.ms() + 60_000, &zone, grain);
                    prop_assert_eq!(start.ms(), group.start_ms);
                }
            }
        }
    }

    #[test]
    fn every_instant_lies_in_one_interval_and_that_in_one_day(
        zone in a_zone(),
        at_ms in 0_i64..4_000_000_000_000,
    ) {
        let interval = IntervalStart::containing(at_ms);
        prop_assert!(interval.ms() <= at_ms && at_ms < interval.next().ms());
        let day = Span::of_day(local_day(at_ms, &zone), &zone);
        prop_assert!(day.contains(at_ms) && day.contains(interval.ms()));
    }
}
