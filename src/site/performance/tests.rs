//! The record over made-up figures, and its arithmetic by hand.

use std::sync::Arc;

use jiff::civil::date;

use super::figure::{Pooled, change, pool};
use super::page::backlog_words;
use super::range::{Asked, Choice, cells, days_for, earlier};
use crate::domain::analysis::Change;
use crate::domain::centre::Channel;
use crate::domain::measures::Measure;
use crate::domain::period::Grain;
use crate::domain::published::{Mark, Point, Shown};
use crate::site::Site;
use crate::site::fixture::{MadeUp, centre, now};
use crate::words::{EN, FR};

fn point(value: Shown, n: Option<i64>, mark: Option<Mark>) -> Point {
    Point {
        start_ms: 0,
        end_ms: 1,
        value,
        n,
        mark,
    }
}

#[test]
fn days_are_made_of_whole_months_and_weeks() {
    // Wednesday 28 January to Tuesday 10 March 2026.
    let days = date(2026, 1, 28)..date(2026, 3, 11);
    let made = cells(&days, Grain::Day);
    assert_eq!(
        made,
        [
            (Grain::Day, date(2026, 1, 28)..date(2026, 2, 1)),
            (Grain::Month, date(2026, 2, 1)..date(2026, 3, 1)),
            (Grain::Day, date(2026, 3, 1)..date(2026, 3, 2)),
            (Grain::Week, date(2026, 3, 2)..date(2026, 3, 9)),
            (Grain::Day, date(2026, 3, 9)..date(2026, 3, 11)),
        ]
    );
    let by_week = cells(&days, Grain::Week);
    assert_eq!(by_week.len(), 2, "days at the ends are left out");
}

#[test]
fn what_is_not_told_by_day_is_told_of_the_month() {
    let day = date(2026, 11, 21)..date(2026, 11, 22);
    assert_eq!(days_for(&day, Grain::Day), day);
    let month = date(2026, 11, 1)..date(2026, 12, 1);
    assert_eq!(days_for(&day, Grain::Week), month);
}

#[test]
fn months_are_compared_with_months_and_days_with_their_weekdays() {
    let month = date(2026, 11, 1)..date(2026, 12, 1);
    let [before, last_year] = earlier(&month);
    assert_eq!(before, date(2026, 10, 1)..date(2026, 11, 1));
    assert_eq!(last_year, date(2025, 11, 1)..date(2025, 12, 1));
    let saturday = date(2026, 11, 21)..date(2026, 11, 22);
    let [before, last_year] = earlier(&saturday);
    assert_eq!(before.start, date(2026, 10, 24));
    assert_eq!(last_year.start, date(2025, 11, 22));
    assert_eq!(before.start.weekday(), saturday.start.weekday());
}

#[test]
fn shares_are_pooled_by_those_they_are_of() {
    let share = &Measure::from_id("service_level").expect("a measure").kind;
    let parts = [
        point(Shown::Value(100.0 * 2.0 / 3.0), Some(3), None),
        point(Shown::Value(0.0), Some(4), None),
        point(Shown::None, None, Some(Mark::Closed)),
    ];
    let pooled = pool(share, &parts, (0, 2));
    assert_eq!(pooled.point.value, Shown::Value(100.0 * 2.0 / 7.0));
    assert_eq!((pooled.point.n, pooled.point.mark), (Some(7), None));
}

#[test]
fn a_sum_with_a_withheld_part_is_a_bound_and_missing_is_never_zero() {
    let count = &Measure::from_id("attempts").expect("a measure").kind;
    let parts = [
        point(Shown::Value(40.0), Some(40), None),
        point(Shown::None, None, Some(Mark::Withheld)),
    ];
    let pooled = pool(count, &parts, (0, 2));
    assert_eq!(pooled.point.value, Shown::AtLeast(40.0));
    assert_eq!((pooled.point.n, pooled.withheld), (None, 1));
    let silent = [
        point(Shown::None, None, Some(Mark::NoData)),
        point(Shown::None, None, Some(Mark::Closed)),
    ];
    let pooled = pool(count, &silent, (0, 2));
    assert_eq!(pooled.point.value, Shown::None);
    assert_eq!(pooled.point.mark, Some(Mark::NoData));
}

#[test]
fn percentiles_do_not_add_up() {
    let median = &Measure::from_id("wait_median").expect("a measure").kind;
    let parts = [
        point(Shown::Value(30.0), Some(50), None),
        point(Shown::Value(60.0), Some(50), None),
    ];
    let one = pool(median, &parts[..1], (0, 2));
    assert_eq!(one.point.value, Shown::Value(30.0));
    assert_eq!(pool(median, &parts, (0, 2)).point.value, Shown::None);
}

#[test]
fn counts_are_compared_only_where_as_many_days_are_left_out() {
    let attempts = Measure::from_id("attempts").expect("a measure");
    let of = |value: f64, left_out_days| Pooled {
        left_out_days,
        ..pool(
            &attempts.kind,
            &[point(Shown::Value(value), Some(1), None)],
            (0, 1),
        )
    };
    let said = |now, then| change(attempts, &now, &then, i64::MAX);
    assert_eq!(said(of(900.0, 2), of(600.0, 2)), Some(Change::Up));
    assert_eq!(said(of(900.0, 2), of(600.0, 3)), None, "not the same days");
    assert_eq!(said(of(610.0, 0), of(600.0, 0)), Some(Change::Unclear));
}

#[test]
fn the_backlog_of_a_written_channel_is_a_date() {
    let asked = Asked {
        choice: Choice::Yesterday,
        days: date(2026, 11, 19)..date(2026, 11, 20),
        line: "chat".to_owned(),
        today: date(2026, 11, 20),
    };
    let said = |waiting: Option<i64>, below: Option<i64>, longest: Option<i64>, words| {
        let mut centre = centre();
        centre.lines[3].channels = vec![Channel::Email];
        let mut now = now();
        now.lines[3].waiting = waiting;
        now.lines[3].waiting_below = below;
        now.lines[3].longest_wait_secs = longest;
        let figures = MadeUp {
            now: Some(Arc::new(now)),
            ..MadeUp::default()
        };
        let site = Site::new(Arc::new(centre), Arc::new(figures));
        let mut told = backlog_words(&site, &asked, words);
        told.pop().map(|(_, text)| text)
    };
    // Friday 20 November, less two days and an hour.
    let longest = Some(49 * 3_600);
    let text = said(Some(14), None, longest, &EN).expect("a written line");
    assert!(text.contains("Wednesday"), "{text}");
    assert!(
        text.contains("18 November") && text.contains("14"),
        "{text}"
    );
    let text = said(Some(14), None, longest, &FR).expect("a written line");
    assert!(text.contains("mercredi 18 novembre"), "{text}");
    assert_eq!(
        said(None, Some(5), None, &EN).as_deref(),
        Some(EN.performance.backlog_few)
    );
    assert_eq!(
        said(None, None, None, &EN).as_deref(),
        Some(EN.performance.backlog_unknown),
        "missing is never zero"
    );
}
