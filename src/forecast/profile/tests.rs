//! The usual week, from weeks made by hand.

use super::*;
use crate::domain::centre::Channel;

/// Monday 4 January 2021, 00:00 UTC.
const MONDAY_MS: i64 = 1_609_718_400_000;
const HOUR_MS: i64 = 3_600_000;

fn half(week: i64, weekday: i64, half: i64) -> Span {
    let start_ms = MONDAY_MS + week * WEEK_MS + weekday * 24 * HOUR_MS + half * HOUR_MS / 2;
    Span {
        start_ms,
        end_ms: start_ms + HOUR_MS / 2,
    }
}

fn cell(span: Span, contacts: i64, wait_secs: i64) -> (IntervalStart, Place, Tally) {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, contacts);
    for _ in 0..contacts {
        tally.waits_mut(Waits::Answered).record(wait_secs * 1_000);
    }
    let place = Place {
        line: "billing".into(),
        channel: Channel::Voice,
    };
    (IntervalStart::containing(span.start_ms), place, tally)
}

fn profile(
    cells: &[(IntervalStart, Place, Tally)],
    open: &[Span],
    covered: &dyn Fn(IntervalStart) -> bool,
    weeks: i64,
) -> WeekProfile {
    let mut past = Past::default();
    past.take(cells);
    let history = History {
        past: &past,
        open,
        covered,
        until_ms: MONDAY_MS + weeks * WEEK_MS,
        recent_weeks: RECENT_WEEKS,
    };
    build_profile("billing", &TimeZone::UTC, &history)
}

#[test]
fn an_uncovered_half_hour_is_left_out_and_an_empty_covered_one_is_zero() {
    let open: Vec<Span> = (0..4).map(|week| half(week, 0, 18)).collect();
    let cells = [cell(open[0], 12, 50), cell(open[1], 6, 50)];
    let lost = open[3];
    let covered = |interval: IntervalStart| !lost.contains(interval.ms());
    let slot = profile(&cells, &open, &covered, 4).slots[0][18];
    assert_eq!(slot.expected_contacts, Some(6.0));
    assert_eq!(slot.basis_n, 18);
    assert_eq!(slot.basis, Basis::RecentWeeks);
}

#[test]
fn demand_is_the_mean_of_the_last_eight_weeks_only() {
    let open: Vec<Span> = (0..10).map(|week| half(week, 2, 20)).collect();
    let cells: Vec<_> = (0..10)
        .map(|week| cell(open[week], if week < 2 { 100 } else { 5 }, 90))
        .collect();
    let slot = profile(&cells, &open, &|_| true, 10).slots[2][20];
    assert_eq!(slot.expected_contacts, Some(5.0));
    assert_eq!(slot.basis_n, 40);
}

#[test]
fn pools_widen_until_ten_waits_are_known_and_say_so() {
    let few: Vec<Span> = (0..12).map(|week| half(week, 0, 18)).collect();
    let cells: Vec<_> = few.iter().map(|span| cell(*span, 1, 70)).collect();
    let slot = profile(&cells, &few, &|_| true, 12).slots[0][18];
    assert_eq!((slot.basis, slot.basis_n), (Basis::MostWeeks, 12));

    let open = [
        half(0, 0, 18),
        half(0, 0, 19),
        half(0, 1, 18),
        half(0, 1, 20),
    ];
    let cells = [
        cell(open[0], 4, 70),
        cell(open[1], 6, 70),
        cell(open[2], 7, 70),
    ];
    let week = profile(&cells, &open, &|_| true, 1);
    assert_eq!(week.slots[0][18].basis, Basis::Neighbours);
    assert_eq!(week.slots[1][18].basis, Basis::OtherDays);
    assert_eq!(week.slots[1][18].basis_n, 11);
    let alone = week.slots[1][20];
    assert_eq!((alone.typical, alone.expected_contacts), (None, Some(0.0)));
}

#[test]
fn the_typical_range_holds_eight_of_ten_waits() {
    let open: Vec<Span> = (0..3).map(|week| half(week, 4, 30)).collect();
    let cells = [
        cell(open[0], 10, 30),
        cell(open[1], 80, 400),
        cell(open[2], 10, 1_700),
    ];
    let slot = profile(&cells, &open, &|_| true, 3).slots[4][30];
    let typical = slot.typical.expect("100 waits");
    assert_eq!((typical.low_mins, typical.high_mins), (0, Some(10)));
    let median = slot.median_mins.expect("100 waits");
    assert!((5.0..7.0).contains(&median), "{median}");
}

#[test]
fn a_closed_half_hour_is_unknown_and_other_lines_do_not_count() {
    let open = [half(0, 0, 18)];
    let mut cells = vec![cell(open[0], 20, 30)];
    cells[0].1.line = "other".into();
    let week = profile(&cells, &open, &|_| true, 1);
    assert_eq!(week.slots[0][18].expected_contacts, Some(0.0));
    assert_eq!(week.slots[0][40], Slot::default());
    assert_eq!(week.busy_index(0, 18), None);
}

#[test]
fn local_clocks_decide_the_slot() {
    let zone = TimeZone::get("America/New_York").expect("zone data");
    assert_eq!(slot_index(MONDAY_MS, &zone), (6, 38));
}

#[test]
fn facts_name_the_busiest_day_and_the_quiet_end_of_another() {
    let mut open = Vec::new();
    let mut cells = Vec::new();
    for (weekday, contacts) in [(0, 60), (1, 30), (3, 30)] {
        for index in 16..36 {
            let span = half(0, weekday, index);
            let wait = if weekday == 3 && index >= 30 { 40 } else { 500 };
            open.push(span);
            cells.push(cell(span, contacts, wait));
        }
    }
    let week = profile(&cells, &open, &|_| true, 1);
    let facts = week.facts();
    assert_eq!(facts.busiest_day, Some(0));
    let expected = QuietStretch {
        weekday: 3,
        from_half: 30,
        to_half: 36,
        until_close: true,
    };
    assert_eq!(facts.quietest, Some(expected));
    assert_eq!(week.busy_index(1, 20), Some(50.0));
}

#[test]
fn equal_days_have_no_busiest_one() {
    let open = [half(0, 0, 18), half(0, 1, 18)];
    let cells = [cell(open[0], 20, 30), cell(open[1], 20, 30)];
    assert_eq!(
        profile(&cells, &open, &|_| true, 1).facts().busiest_day,
        None
    );
}
