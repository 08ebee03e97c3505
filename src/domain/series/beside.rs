//! A change of a threshold, read both ways: for 13 weeks after it every week is computed as it is
//! judged and as it would have been, so that everyone sees what the change alone did.
//!
//! Only whole weeks are read both ways. By lines the difference of the two is a number of
//! contacts like any other: where that of one line is small, no line's is told.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{each_tally, hidden_short, states_of};
use super::{Frame, RawData, SeriesRequest, States, Sum, WHOLE_CENTRE, guard_request, widen};
use crate::domain::centre::Centre;
use crate::domain::measures::{Basis, Measure, Threshold};
use crate::domain::period::{self, Grain, Span};
use crate::domain::published::{Mark, Point, Shown};

/// For so long both readings are told.
pub const WEEKS: i64 = 13;

/// A week, read both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// By the thresholds that held.
    pub now: Point,
    /// As if nothing had changed.
    pub before: Point,
}

/// The local days that are read both ways after a change: whole weeks.
#[must_use]
pub fn days_beside(since: Date) -> Range<Date> {
    widen(Grain::Week, since, since.saturating_add(WEEKS.weeks()))
}

/// The request for them.
#[must_use]
pub fn request_beside(line: &str, measure: &'static Measure, since: Date) -> SeriesRequest {
    let days = days_beside(since);
    SeriesRequest {
        line: line.to_owned(),
        measure,
        cause: None,
        channel: None,
        site: None,
        grain: Grain::Week,
        from: days.start,
        to: days.end,
        within: None,
    }
}

/// The weeks after a change that have begun, the earliest first. The raw data holds all of
/// [`days_beside`].
#[must_use]
pub fn beside(
    line: &str,
    measure: &'static Measure,
    since: Date,
    raw: &RawData,
    centre: &Centre,
) -> Vec<Beside> {
    let request = request_beside(line, measure, since);
    if !super::is_published(&request, centre) {
        return Vec::new();
    }
    let guard = guard_request(&request);
    let frame = || Frame::guarded(&request, guard.as_ref(), raw, centre);
    let (now, before) = (frame(), as_before(frame(), since));
    let points = super::days::points(&now).into_iter();
    let weeks = points.map(|point| {
        let first = period::local_day(point.start_ms, &centre.zone);
        let week = first..Grain::Week.next_first_day(first);
        let both = Both::of_week(&now, &before, &week);
        let mut other = if both.gives_away(&now) {
            withheld(&point)
        } else {
            let columns = states_of(&now, &week);
            let states = States {
                columns: columns.as_deref(),
                hidden_short: hidden_short(&now, &week, columns.as_deref()),
            };
            let span = Span {
                start_ms: point.start_ms,
                end_ms: point.end_ms,
            };
            before.point(span, &week, &both.sum_of(&before), states)
        };
        // What is silent or withheld as it is judged is so either way.
        if matches!(point.mark, Some(Mark::NoData | Mark::Closed)) {
            other = point.clone();
        }
        Beside {
            now: point,
            before: other,
        }
    });
    weeks.collect()
}

fn withheld(point: &Point) -> Point {
    Point {
        value: Shown::None,
        n: None,
        mark: Some(Mark::Withheld),
        ..point.clone()
    }
}

/// As if nothing had changed on a day or after it.
fn as_before(frame: Frame<'_>, since: Date) -> Frame<'_> {
    let lines = frame.lines.into_iter();
    let former = frame.former.into_iter();
    Frame {
        lines: lines
            .map(|(id, judged)| (id, judged.as_before(since)))
            .collect(),
        former: former
            .map(|(id, judged)| (id, judged.as_before(since)))
            .collect(),
        breaks: frame
            .breaks
            .into_iter()
            .filter(|(day, _)| *day < since)
            .collect(),
        ..frame
    }
}

/// What every line counted in a week, read both ways.
struct Both {
    now: Vec<Basis>,
    before: Vec<Basis>,
    is_anything_counted: bool,
}

impl Both {
    fn of_week(now: &Frame, before: &Frame, week: &Range<Date>) -> Self {
        let mut both = Self {
            now: vec![Basis::default(); now.shape.lines],
            before: vec![Basis::default(); now.shape.lines],
            is_anything_counted: false,
        };
        for record in now.records(week) {
            each_tally(now, record, |place, tally| {
                let (line, held) = now.line(&place.line, record.day);
                let (_, earlier) = before.line(&place.line, record.day);
                let sum = Sum::of(now, tally, held);
                both.now[line] += &sum.basis;
                both.before[line] += &Sum::of(before, tally, earlier).basis;
                both.is_anything_counted |= now.wants(place) && sum.is_anything_counted;
            });
        }
        both
    }

    /// What the requested line, or the whole centre, would have counted.
    fn sum_of(&self, frame: &Frame) -> Sum {
        let mut sum = Sum {
            is_anything_counted: self.is_anything_counted,
            ..Sum::default()
        };
        let lines = self.before.iter().enumerate();
        for (_, basis) in lines.filter(|(line, _)| frame.place.is_none_or(|own| own == *line)) {
            sum.basis += basis;
        }
        sum
    }

    /// Whether the difference of the two readings would give a small number of a line away.
    fn gives_away(&self, frame: &Frame) -> bool {
        let readings = self.now.iter().zip(&self.before);
        let apart: Vec<(i64, i64)> = readings
            .map(|(now, before)| {
                let (top, bottom) = (now.top - before.top, now.bottom - before.bottom);
                (top.abs(), bottom.abs())
            })
            .collect();
        let is_small = |(top, bottom): &(i64, i64)| {
            frame.shape.is_small(*top) || frame.shape.is_small(*bottom)
        };
        let is_apart = |line: &&(i64, i64)| **line != (0, 0);
        let is_one_of_several =
            frame.centre.lines.len() > 1 && apart.iter().filter(is_apart).count() == 1;
        // Short hang-ups are told by one threshold only: by two they would tell a third number.
        let only_short = |threshold: &Threshold| *threshold == Threshold::ShortAbandon;
        let is_of_short = frame.request.measure.thresholds().iter().all(only_short);
        let is_by_short = frame.guard.is_some()
            && frame.request.line != WHOLE_CENTRE
            && apart
                .iter()
                .any(|(top, bottom)| *bottom != 0 || is_of_short && *top != 0);
        // Where it is one line alone, the whole centre tells its difference too.
        let is_told = frame.request.line != WHOLE_CENTRE || is_one_of_several;
        let is_any_small = apart.iter().any(is_small);
        is_by_short || is_told && frame.centre.lines.len() > 1 && is_any_small
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Fixture, MONDAY, marks, values};
    use super::*;
    use crate::domain::centre::{ServiceChange, ServiceLevel};
    use crate::domain::event::Fact;
    use crate::domain::series::needs;
    use crate::domain::testing;

    /// T of the first line is 30 s instead of 20 s from a day on. In each of three weeks, `slow`
    /// calls of 40 waited 25 s on each line.
    fn changed(since: Date, slow: usize) -> Fixture {
        let mut centre = Fixture::new("Europe/Paris", &["billing", "moving"]);
        let line = &mut centre.centre.lines[0];
        line.changes = vec![ServiceChange {
            valid_from: since,
            service: ServiceLevel {
                threshold_secs: 30,
                ..line.service.clone()
            },
            reason: testing::text("Fewer people"),
        }];
        for week in -1..2 {
            let day = MONDAY.saturating_add((7 * week).days());
            let at_ms = centre.ms(day, 9, 0);
            for line in ["billing", "moving"] {
                for number in 0..40 {
                    let wait_ms = if number < slow { 25_000 } else { 10_000 };
                    centre.call(at_ms, line, wait_ms, Fact::Answered);
                }
            }
        }
        centre.now_ms = centre.ms(MONDAY.saturating_add(13.days()), 12, 0);
        centre
    }

    fn read(centre: &Fixture, line: &str, since: Date) -> Vec<Beside> {
        let measure = Measure::from_id("service_level").unwrap();
        let request = request_beside(line, measure, since);
        let needs = needs(&request, &centre.centre, centre.now_ms);
        centre.with_raw(&needs, |raw| {
            beside(line, measure, since, raw, &centre.centre)
        })
    }

    fn both(weeks: Vec<Beside>) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
        let (now, before): (Vec<_>, Vec<_>) = weeks
            .into_iter()
            .map(|week| (week.now, week.before))
            .unzip();
        (values(&now), values(&before))
    }

    #[test]
    fn a_change_leaves_the_days_before_it_and_is_marked_on_its_own() {
        let centre = changed(MONDAY, 10);
        let first = MONDAY.saturating_sub(7.days());
        let end = MONDAY.saturating_add(14.days());
        let of = |line, grain| centre.points(line, "service_level", grain, first, end);
        let weeks = of("billing", Grain::Week);
        assert_eq!(values(&weeks), [Some(75.0), Some(100.0), Some(100.0)]);
        assert_eq!(marks(&weeks), ["", "b", "p"]);
        assert_eq!(marks(&of("billing", Grain::Day))[6..9], ["", "b", ""]);
        // The whole centre breaks with its line; the other line does not.
        assert_eq!(marks(&of("*", Grain::Week)), ["", "b", "p"]);
        assert_eq!(marks(&of("moving", Grain::Week)), ["", "", "p"]);
        let hours = centre.points("billing", "service_level", Grain::Hour, MONDAY, end);
        assert_eq!(marks(&hours).iter().filter(|mark| **mark == "b").count(), 1);
        let untouched = centre.points("billing", "abandonment", Grain::Week, first, end);
        assert_eq!(marks(&untouched), ["", "", "p"]);
    }

    #[test]
    fn both_readings_stand_side_by_side_after_a_change() {
        let centre = changed(MONDAY, 10);
        let all = Some(100.0);
        assert_eq!(
            both(read(&centre, "billing", MONDAY)),
            (vec![all, all], vec![Some(75.0), Some(75.0)])
        );
        assert_eq!(
            both(read(&centre, "*", MONDAY)),
            (vec![Some(87.5), Some(87.5)], vec![Some(75.0), Some(75.0)])
        );
    }

    #[test]
    fn a_change_in_the_middle_of_a_week_divides_the_week() {
        let tuesday = MONDAY.saturating_add(1.day());
        let centre = changed(tuesday, 10);
        let (now, before) = both(read(&centre, "billing", tuesday));
        // The calls of the first week came on its Monday.
        assert_eq!(now, [Some(75.0), Some(100.0)]);
        assert_eq!(before, [Some(75.0), Some(75.0)]);
    }

    #[test]
    fn a_difference_of_few_contacts_is_not_told() {
        let centre = changed(MONDAY, 3);
        for line in ["billing", "moving", "*"] {
            let weeks = read(&centre, line, MONDAY);
            assert!(
                weeks
                    .iter()
                    .all(|week| week.before.mark == Some(Mark::Withheld)),
                "{line}"
            );
        }
    }

    #[test]
    fn the_weeks_end_after_a_quarter_of_a_year() {
        let days = days_beside(MONDAY);
        assert_eq!(days, MONDAY..MONDAY.saturating_add(13.weeks()));
        let tuesday = MONDAY.saturating_add(1.day());
        assert_eq!(days_beside(tuesday).end, MONDAY.saturating_add(14.weeks()));
    }
}
