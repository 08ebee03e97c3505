//! When a line is open: opening hours of the local clock as spans of instants.
//!
//! A period is one unbroken span from the first instant at which the local clock shows its start
//! (or, where that time is skipped, has passed it) to the first instant at which it shows its end.
//! So a period that holds a repeated hour is an hour longer, one that holds a skipped hour is an
//! hour shorter, one that lies inside a skipped hour is not there at all, and two periods that
//! touch on an ordinary day touch on every day. Pure; knows no clock: every function is told the
//! instant.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::centre::{Holiday, Line, Period, WeekHours};
use super::event::Millis;
use super::period::{self, Grain, IntervalStart, Span};

/// How far ahead the next opening is looked for: longer than a year, so that a line that opens
/// once a year (an annual enrolment) is still found.
const OPENING_HORIZON_DAYS: i64 = 400;

/// How far ahead the closing is looked for. A week has every weekday, so a line that is open for
/// longer than this is taken to be always open.
const CLOSING_HORIZON_DAYS: i64 = 8;

impl WeekHours {
    /// The periods of a weekday.
    #[must_use]
    pub fn on(&self, weekday: Weekday) -> &[Period] {
        &self.0[weekday_index(weekday)]
    }

    /// Sets the periods of a weekday.
    pub fn set(&mut self, weekday: Weekday, periods: Vec<Period>) {
        self.0[weekday_index(weekday)] = periods;
    }
}

/// The place of a weekday in `WeekHours`: Monday first.
fn weekday_index(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)
}

/// The holiday of a line on a local day, if it is one.
#[must_use]
pub fn holiday_on(line: &Line, day: Date) -> Option<&Holiday> {
    line.holidays.iter().find(|holiday| holiday.date == day)
}

/// The periods of a line on a local day: its holiday's, else its weekday's.
#[must_use]
pub fn periods_on(line: &Line, day: Date) -> &[Period] {
    holiday_on(line, day).map_or_else(
        || line.hours.on(day.weekday()),
        |holiday| holiday.hours.as_slice(),
    )
}

/// The spans in which a line is open on a local day, in order; empty if it is closed all day.
#[must_use]
pub fn opening_spans(line: &Line, day: Date, zone: &TimeZone) -> Vec<Span> {
    periods_on(line, day)
        .iter()
        .map(|opening| Span {
            start_ms: first_instant(day, opening.from, zone),
            end_ms: opening.to.map_or_else(
                || period::day_start_ms(day.saturating_add(1.day()), zone),
                |to| first_instant(day, to, zone),
            ),
        })
        .filter(|span| span.start_ms < span.end_ms)
        .collect()
}

/// Whether a line is open at an instant.
#[must_use]
pub fn is_open(line: &Line, zone: &TimeZone, at_ms: Millis) -> bool {
    opening_at(line, zone, at_ms).is_some()
}

/// The instant at which a line that is open at `at_ms` closes next; hours that go on over midnight
/// are one opening. Nothing if it is closed, or does not close within the next eight days.
#[must_use]
pub fn closes_at(line: &Line, zone: &TimeZone, at_ms: Millis) -> Option<Millis> {
    let mut end_ms = opening_at(line, zone, at_ms)?.end_ms;
    for span in spans_around(line, zone, at_ms, CLOSING_HORIZON_DAYS) {
        if span.start_ms > end_ms {
            return Some(end_ms);
        }
        end_ms = end_ms.max(span.end_ms);
    }
    let horizon = period::local_day(at_ms, zone).saturating_add(CLOSING_HORIZON_DAYS.days());
    (end_ms < period::day_start_ms(horizon, zone)).then_some(end_ms)
}

/// The first instant after `at_ms` at which a line opens that was closed just before. For a closed
/// line that is when it opens; for an open one, when it opens again. Looks 400 days ahead.
#[must_use]
pub fn next_opening(line: &Line, zone: &TimeZone, at_ms: Millis) -> Option<Millis> {
    let mut open_until = Millis::MIN;
    for span in spans_around(line, zone, at_ms, OPENING_HORIZON_DAYS) {
        if span.start_ms > at_ms && span.start_ms > open_until {
            return Some(span.start_ms);
        }
        open_until = open_until.max(span.end_ms);
    }
    None
}

/// The intervals of opening time on a local day, in order. Periods lie on quarters of an hour, so
/// an interval is either wholly open or wholly closed.
#[must_use]
pub fn open_intervals(line: &Line, day: Date, zone: &TimeZone) -> Vec<IntervalStart> {
    let mut intervals: Vec<IntervalStart> = opening_spans(line, day, zone)
        .into_iter()
        .flat_map(Span::intervals)
        .collect();
    intervals.sort_unstable();
    intervals.dedup();
    intervals
}

/// The half hours of a local day in which a line is open for at least an interval. They are the
/// whole half hours of the series, not cut to the opening, so that a bar and the series agree.
#[must_use]
pub fn open_half_hours(line: &Line, day: Date, zone: &TimeZone) -> Vec<Span> {
    let open = opening_spans(line, day, zone);
    let overlaps = |half: &Span| {
        open.iter()
            .any(|span| span.start_ms < half.end_ms && half.start_ms < span.end_ms)
    };
    period::day_groups(day, zone, Grain::HalfHour)
        .into_iter()
        .filter(overlaps)
        .collect()
}

/// The opening that contains an instant.
fn opening_at(line: &Line, zone: &TimeZone, at_ms: Millis) -> Option<Span> {
    spans_around(line, zone, at_ms, 2).find(|span| span.contains(at_ms))
}

/// The openings of `days` local days in order, and of the day before the one of `at_ms`: where the
/// clock is set back over midnight, an opening of yesterday may still hold.
fn spans_around<'a>(
    line: &'a Line,
    zone: &'a TimeZone,
    at_ms: Millis,
    days: i64,
) -> impl Iterator<Item = Span> + 'a {
    let today = period::local_day(at_ms, zone);
    period::days(
        today.saturating_sub(1.day()),
        today.saturating_add(days.days()),
    )
    .flat_map(move |day| opening_spans(line, day, zone))
}

/// The first instant of a local day at which the clock shows `time` or has passed it.
fn first_instant(day: Date, time: Time, zone: &TimeZone) -> Millis {
    let civil: DateTime = day.to_datetime(time);
    let ambiguous = zone.to_ambiguous_timestamp(civil);
    if let AmbiguousOffset::Gap { after, .. } = ambiguous.offset() {
        // The offset after the gap puts a skipped time before it; the gap is the next transition.
        let before_gap = after.to_timestamp(civil).unwrap_or(Timestamp::MIN);
        if let Some(gap) = zone.following(before_gap).next() {
            return gap.timestamp().as_millisecond();
        }
    }
    period::instant_ms(civil, zone)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::centre::{Channel, ServiceLevel, Text};
    use super::*;

    const QUARTER_MS: Millis = 900_000;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn time(text: &str) -> Option<Time> {
        (text != "24:00").then(|| text.parse().unwrap())
    }

    fn periods(text: &str) -> Vec<Period> {
        text.split_whitespace()
            .map(|period| {
                let (from, to) = period.split_once('-').unwrap();
                Period {
                    from: time(from).unwrap(),
                    to: time(to),
                }
            })
            .collect()
    }

    /// A line with the same hours every day.
    fn daily(hours: &str) -> Line {
        Line {
            id: "billing".into(),
            name: Text::default(),
            phone: None,
            channels: vec![Channel::Voice],
            hours: WeekHours(std::array::from_fn(|_| periods(hours))),
            holidays: vec![],
            service: ServiceLevel {
                target_percent: 80.0,
                threshold_secs: 20,
                short_abandon_secs: 5,
                promise_secs: 120,
                promise_percent: 80.0,
            },
            good_wait_mins: 5,
            changes: vec![],
            alternatives: vec![],
        }
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// Spans as "05:00Z-07:30Z", to be read beside the local hours.
    fn told(spans: &[Span]) -> String {
        let clock = |ms| {
            period::civil(ms, &TimeZone::UTC)
                .strftime("%d %H:%M")
                .to_string()
        };
        spans
            .iter()
            .map(|span| format!("{}-{}", clock(span.start_ms), clock(span.end_ms)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn a_day_may_have_several_periods() {
        let line = daily("08:00-12:00 13:15-17:30");
        let spans = opening_spans(&line, date(2026, 1, 14), &zone("Europe/Paris"));
        assert_eq!(told(&spans), "14 07:00-14 11:00, 14 12:15-14 16:30");
        let open = |text| is_open(&line, &zone("Europe/Paris"), at(text));
        assert!(!open("2026-01-14T06:59:59Z"));
        assert!(open("2026-01-14T07:00:00Z"));
        assert!(open("2026-01-14T10:59:59Z"));
        assert!(!open("2026-01-14T11:00:00Z"));
        assert!(open("2026-01-14T12:15:00Z"));
    }

    #[test]
    fn all_day_is_as_long_as_the_day() {
        let line = daily("00:00-24:00");
        let london = zone("Europe/London");
        let count = |day| open_intervals(&line, day, &london).len();
        assert_eq!(count(date(2026, 3, 28)), 96);
        assert_eq!(count(date(2026, 3, 29)), 92);
        assert_eq!(count(date(2026, 10, 25)), 100);
        assert_eq!(
            open_half_hours(&line, date(2026, 10, 25), &london).len(),
            50
        );
        let lord_howe = zone("Australia/Lord_Howe");
        assert_eq!(
            open_intervals(&line, date(2026, 10, 4), &lord_howe).len(),
            94
        );
        assert_eq!(
            open_intervals(&line, date(2026, 4, 5), &lord_howe).len(),
            98
        );
    }

    #[test]
    fn a_period_with_a_skipped_hour_is_shorter_and_with_a_repeated_one_longer() {
        let london = zone("Europe/London");
        let night = daily("00:00-06:00");
        let spring = opening_spans(&night, date(2026, 3, 29), &london);
        assert_eq!(told(&spring), "29 00:00-29 05:00");
        let autumn = opening_spans(&night, date(2026, 10, 25), &london);
        assert_eq!(told(&autumn), "24 23:00-25 06:00");
    }

    #[test]
    fn bounds_in_a_skipped_hour_move_to_its_end() {
        // In London the clock goes from 01:00 to 02:00 at 01:00 UTC.
        let london = zone("Europe/London");
        let day = date(2026, 3, 29);
        let told_of = |hours| told(&opening_spans(&daily(hours), day, &london));
        assert_eq!(told_of("01:30-05:00"), "29 01:00-29 04:00");
        assert_eq!(told_of("00:00-01:30"), "29 00:00-29 01:00");
        assert_eq!(told_of("01:15-01:45"), "");
        // On Lord Howe Island it goes from 02:00 to 02:30.
        let spans = opening_spans(
            &daily("02:15-05:00"),
            date(2026, 10, 4),
            &zone("Australia/Lord_Howe"),
        );
        assert_eq!(told(&spans), "03 15:30-03 18:00");
    }

    #[test]
    fn bounds_in_a_repeated_hour_are_the_earlier_so_that_touching_periods_touch() {
        let london = zone("Europe/London");
        let line = daily("00:00-01:30 01:30-05:00");
        let spans = opening_spans(&line, date(2026, 10, 25), &london);
        assert_eq!(told(&spans), "24 23:00-25 00:30, 25 00:30-25 05:00");
    }

    #[test]
    fn a_clock_set_back_over_midnight_keeps_the_opening_of_the_evening() {
        // In São Paulo the clock went from 24:00 back to 23:00 on 17 February 2018.
        let zone = zone("America/Sao_Paulo");
        let line = daily("20:00-24:00");
        let spans = opening_spans(&line, date(2018, 2, 17), &zone);
        assert_eq!(told(&spans), "17 22:00-18 03:00");
        assert!(is_open(&line, &zone, at("2018-02-18T02:30:00Z")));
        // It skipped the first hour of 4 November 2018.
        let spans = opening_spans(&daily("00:00-02:00"), date(2018, 11, 4), &zone);
        assert_eq!(told(&spans), "04 03:00-04 04:00");
    }

    #[test]
    fn a_holiday_takes_the_place_of_the_weekday() {
        let utc = TimeZone::UTC;
        let mut line = daily("08:00-18:00");
        let holiday = |day, hours| Holiday {
            date: day,
            name: Text::default(),
            hours: periods(hours),
        };
        line.holidays = vec![
            holiday(date(2026, 12, 24), "10:00-12:00"),
            holiday(date(2026, 12, 25), ""),
        ];
        assert_eq!(
            told(&opening_spans(&line, date(2026, 12, 24), &utc)),
            "24 10:00-24 12:00"
        );
        assert_eq!(opening_spans(&line, date(2026, 12, 25), &utc), vec![]);
        assert_eq!(
            next_opening(&line, &utc, at("2026-12-24T12:00:00Z")),
            Some(at("2026-12-26T08:00:00Z"))
        );
        assert!(holiday_on(&line, date(2026, 12, 25)).is_some());
        assert!(holiday_on(&line, date(2026, 12, 26)).is_none());
    }

    #[test]
    fn the_next_opening_of_a_weekday_line_is_monday_morning_local_time() {
        let mut line = daily("08:00-18:00");
        line.hours.set(Weekday::Saturday, vec![]);
        line.hours.set(Weekday::Sunday, vec![]);
        let london = zone("Europe/London");
        // Friday 27 March 2026 18:00 is winter time, Monday 8:00 is summer time.
        let friday_evening = at("2026-03-27T18:00:00Z");
        let monday = Some(at("2026-03-30T07:00:00Z"));
        assert_eq!(next_opening(&line, &london, friday_evening), monday);
        assert_eq!(next_opening(&line, &london, friday_evening - 1), monday);
        assert_eq!(
            closes_at(&line, &london, friday_evening - 1),
            Some(friday_evening)
        );
        assert_eq!(closes_at(&line, &london, friday_evening), None);
    }

    #[test]
    fn hours_over_midnight_are_one_opening() {
        let line = daily("00:00-02:00 20:00-24:00");
        let utc = TimeZone::UTC;
        let evening = at("2026-06-01T21:00:00Z");
        assert_eq!(
            closes_at(&line, &utc, evening),
            Some(at("2026-06-02T02:00:00Z"))
        );
        assert_eq!(
            next_opening(&line, &utc, evening),
            Some(at("2026-06-02T20:00:00Z"))
        );
        assert!(is_open(&line, &utc, at("2026-06-02T00:00:00Z")));
    }

    #[test]
    fn a_line_that_never_closes_has_neither_closing_nor_opening() {
        let line = daily("00:00-24:00");
        let utc = TimeZone::UTC;
        let now = at("2026-06-01T21:00:00Z");
        assert!(is_open(&line, &utc, now));
        assert_eq!(closes_at(&line, &utc, now), None);
        assert_eq!(next_opening(&line, &utc, now), None);
    }

    #[test]
    fn a_line_closed_for_ever_never_opens() {
        let line = daily("");
        let now = at("2026-06-01T21:00:00Z");
        assert!(!is_open(&line, &TimeZone::UTC, now));
        assert_eq!(next_opening(&line, &TimeZone::UTC, now), None);
        assert_eq!(
            open_half_hours(&line, date(2026, 6, 1), &TimeZone::UTC),
            vec![]
        );
    }

    #[test]
    fn an_opening_once_a_year_is_found() {
        let mut line = daily("");
        line.holidays = vec![Holiday {
            date: date(2027, 6, 1),
            name: Text::default(),
            hours: periods("09:00-12:00"),
        }];
        let after_last = at("2026-06-01T12:00:00Z");
        assert_eq!(
            next_opening(&line, &TimeZone::UTC, after_last),
            Some(at("2027-06-01T09:00:00Z"))
        );
    }

    #[test]
    fn half_hours_are_whole_and_follow_the_local_clock() {
        // Kathmandu is 5 hours 45 minutes ahead: its half hours begin at 15 and 45 minutes UTC.
        let line = daily("08:15-09:30");
        let halves = open_half_hours(&line, date(2026, 6, 1), &zone("Asia/Kathmandu"));
        assert_eq!(
            told(&halves),
            "01 02:15-01 02:45, 01 02:45-01 03:15, 01 03:15-01 03:45"
        );
    }

    #[test]
    fn is_open_agrees_with_the_intervals_around_every_change_of_the_clock() {
        let line = daily("00:00-01:30 02:15-12:00 12:45-24:00");
        for name in ["Europe/London", "Australia/Lord_Howe", "America/Havana"] {
            let zone = zone(name);
            let spring = period::days(date(2026, 3, 1), date(2026, 4, 10));
            let autumn = period::days(date(2026, 10, 1), date(2026, 11, 5));
            for day in spring.chain(autumn) {
                let open = open_intervals(&line, day, &zone);
                for interval in Span::of_day(day, &zone).intervals() {
                    let listed = open.binary_search(&interval).is_ok();
                    let last_ms = interval.ms() + QUARTER_MS - 1;
                    assert_eq!(is_open(&line, &zone, interval.ms()), listed, "{name} {day}");
                    assert_eq!(is_open(&line, &zone, last_ms), listed, "{name} {day}");
                }
            }
        }
    }
}
