//! Which time is compared with which: points are matched by the clock on the wall, so that days of
//! 23 and 25 hours compare hour by hour.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::period::{self, Grain};
use crate::domain::published::Point;

/// 52 weeks: the same weekdays of the year before.
const YEAR_DAYS: i64 = 364;

/// An earlier time to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The period just before.
    Before,
    /// The same weeks of the year before.
    LastYear,
}

/// How far back something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Local days.
    Days(i64),
    /// Calendar months, for points that are months.
    Months(i64),
}

impl Shift {
    /// No shift: two lines at the same time.
    pub const NONE: Self = Self::Days(0);

    /// How far back the comparison of the days `[from, to)` lies. From a week on it is whole
    /// weeks, rounded up, so that Mondays are compared with Mondays.
    #[must_use]
    pub fn of(against: Against, from: Date, to: Date, grain: Grain) -> Self {
        let days = (to.duration_since(from).as_hours() / 24).max(1);
        match (against, grain) {
            (Against::LastYear, Grain::Month) => Self::Months(12),
            (Against::LastYear, _) => Self::Days(YEAR_DAYS),
            (Against::Before, Grain::Month) => Self::Months(months(from, to)),
            (Against::Before, Grain::Week) => Self::Days(whole_weeks(days)),
            (Against::Before, _) if days >= 7 => Self::Days(whole_weeks(days)),
            (Against::Before, _) => Self::Days(days),
        }
    }

    /// A day, moved back.
    #[must_use]
    pub fn back(self, day: Date) -> Date {
        match self {
            Self::Days(days) => day.saturating_sub(days.days()),
            Self::Months(months) => day.first_of_month().saturating_sub(months.months()),
        }
    }

    /// Whether the weekdays stay what they are.
    #[must_use]
    pub fn keeps_weekdays(self) -> bool {
        matches!(self, Self::Days(days) if days % 7 == 0)
    }
}

fn whole_weeks(days: i64) -> i64 {
    (days + 6) / 7 * 7
}

/// Calendar months that `[from, to)` touches.
fn months(from: Date, to: Date) -> i64 {
    let last = to.saturating_sub(1.day());
    let number = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
    (number(last) - number(from) + 1).max(1)
}

/// For each point, the index of the one among `others` that lies `shift` before it on the wall
/// clock. The second of two equal hours has no companion on a day that has only one.
#[must_use]
pub fn align(
    points: &[Point],
    others: &[Point],
    (shift, grain): (Shift, Grain),
    zone: &TimeZone,
) -> Vec<Option<usize>> {
    let label = |point: &Point| {
        let start = period::civil(point.start_ms, zone);
        if grain.is_within_day() {
            start
        } else {
            // A day may begin at one o'clock where clocks change at midnight.
            start.date().to_datetime(jiff::civil::Time::midnight())
        }
    };
    let mut places: HashMap<(DateTime, usize), usize> = HashMap::with_capacity(others.len());
    let mut before: Option<(DateTime, usize)> = None;
    let mut numbered = |at: DateTime| {
        let count = before.map_or(0, |(last, count)| if last == at { count + 1 } else { 0 });
        before = Some((at, count));
        (at, count)
    };
    for (index, other) in others.iter().enumerate() {
        places.insert(numbered(label(other)), index);
    }
    let place = |point: &Point| {
        let (at, count) = numbered(label(point));
        let then = shift.back(at.date()).to_datetime(at.time());
        places.get(&(then, count)).copied()
    };
    points.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{days, parts};
    use super::*;
    use jiff::civil::date;

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").expect("the zone is known")
    }

    #[test]
    fn mondays_are_compared_with_mondays() {
        let (from, to) = (date(2026, 10, 23), date(2026, 11, 23));
        assert_eq!(
            Shift::of(Against::Before, from, to, Grain::Day),
            Shift::Days(35)
        );
        assert_eq!(
            Shift::of(Against::LastYear, from, to, Grain::Day),
            Shift::Days(364)
        );
        let one = (date(2026, 11, 20), date(2026, 11, 21));
        assert_eq!(
            Shift::of(Against::Before, one.0, one.1, Grain::Hour),
            Shift::Days(1)
        );
        assert_eq!(
            Shift::of(Against::Before, one.0, one.1, Grain::Week),
            Shift::Days(7)
        );
        assert_eq!(
            Shift::of(Against::Before, from, to, Grain::Month),
            Shift::Months(2)
        );
        let day = date(2026, 11, 20);
        let last_year = Shift::Days(364).back(day);
        assert_eq!(
            (last_year, last_year.weekday()),
            (date(2025, 11, 21), day.weekday())
        );
        assert_eq!(Shift::Months(2).back(day), date(2026, 9, 1));
    }

    #[test]
    fn days_are_matched_by_their_dates() {
        let zone = paris();
        let now = days(date(2026, 11, 16), &zone, &[Some(1.0); 7]);
        let then = days(date(2026, 11, 10), &zone, &[Some(2.0); 6]);
        let shift = Shift::of(
            Against::Before,
            date(2026, 11, 16),
            date(2026, 11, 23),
            Grain::Day,
        );
        let matched = align(&now, &then, (shift, Grain::Day), &zone);
        let expected = [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)];
        assert_eq!(matched, expected);
    }

    #[test]
    fn hours_are_matched_by_the_clock_on_days_of_23_and_25_hours() {
        let zone = paris();
        let hour = |day: Date| parts(day, day.saturating_add(1.day()), &zone, |_| 1.0);
        let (spring, autumn) = (date(2026, 3, 29), date(2026, 10, 25));
        let plain = hour(date(2026, 3, 28));
        let short = hour(spring);
        assert_eq!((plain.len(), short.len()), (24, 23));
        let matched = align(&short, &plain, (Shift::Days(1), Grain::Hour), &zone);
        assert_eq!(
            &matched[..4],
            [Some(0), Some(1), Some(3), Some(4)],
            "there is no two o'clock"
        );
        let long = hour(autumn);
        assert_eq!(long.len(), 25);
        let matched = align(
            &long,
            &hour(date(2026, 10, 24)),
            (Shift::Days(1), Grain::Hour),
            &zone,
        );
        assert_eq!(&matched[..5], [Some(0), Some(1), Some(2), None, Some(3)]);
        let after = hour(date(2026, 10, 26));
        let matched = align(&after, &long, (Shift::Days(1), Grain::Hour), &zone);
        assert_eq!(&matched[..4], [Some(0), Some(1), Some(2), Some(4)]);
    }
}
