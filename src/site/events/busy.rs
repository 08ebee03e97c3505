//! Busy days to come: those on which the forecast expects clearly more contacts than usual.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::compare::{ALL_LINES, read, usual};
use crate::domain::period::local_day;
use crate::domain::published::Point;
use crate::site::Site;
use crate::site::error::Error;

/// A day is busy from this share above the usual on.
const CLEARLY_MORE: f64 = 0.2;

/// A day to come on which more is expected than usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BusyDay {
    /// The local day.
    pub day: Date,
    /// By which share more is expected: 0.3 is 30 %.
    pub more: f64,
}

/// The busy days of the whole centre from tomorrow on, as far as the forecast reaches. None while
/// a line has no forecast.
///
/// # Errors
/// When the figures cannot be had.
pub async fn busy_days(site: &Site) -> Result<Vec<BusyDay>, Error> {
    let today = local_day(site.figures().at_ms(), &site.centre().zone);
    let Some(expected) = expected(site, today) else {
        return Ok(Vec::new());
    };
    let yesterday = today.saturating_sub(1.day());
    let before = read(site, ALL_LINES, (today, yesterday)).await?;
    Ok(busy(&expected, &before))
}

/// Contacts that the forecasts of all lines expect on each day after today.
fn expected(site: &Site, today: Date) -> Option<BTreeMap<Date, f64>> {
    let mut sums: BTreeMap<Date, f64> = BTreeMap::new();
    for line in &site.centre().lines {
        let foresight = site.figures().foresight(&line.id)?;
        for slot in &foresight.issued.slots {
            let day = local_day(slot.start_ms, &site.centre().zone);
            if day > today {
                *sums.entry(day).or_default() += slot.contacts?.expected;
            }
        }
    }
    Some(sums)
}

/// The days that are expected to be clearly above the mean of their weekday in the last four weeks.
fn busy(expected: &BTreeMap<Date, f64>, before: &[(Date, Point)]) -> Vec<BusyDay> {
    let more = |(day, expected): (&Date, &f64)| {
        let usual = usual(before, (*day, *day)).filter(|usual| *usual > 0.0)?;
        let more = expected / usual - 1.0;
        (more >= CLEARLY_MORE).then_some(BusyDay { day: *day, more })
    };
    expected.iter().filter_map(more).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::published::Shown;

    #[test]
    fn a_day_is_busy_that_is_expected_a_fifth_above_its_weekday() {
        let point = |value| Point {
            start_ms: 0,
            end_ms: 0,
            value: Shown::Value(value),
            n: None,
            mark: None,
        };
        let first = date(2026, 11, 2);
        let mondays = (0_i64..4).map(|week| (first.saturating_add(week.weeks()), point(100.0)));
        let tuesday = (date(2026, 11, 3), point(100.0));
        let before: Vec<(Date, Point)> = mondays.chain([tuesday]).collect();
        let expected = |monday| {
            let days = [(date(2026, 11, 30), monday), (date(2026, 12, 1), 900.0)];
            busy(&days.into(), &before)
        };
        assert!(expected(119.0).is_empty(), "one Tuesday says nothing");
        let found = expected(150.0);
        assert_eq!(
            found,
            [BusyDay {
                day: date(2026, 11, 30),
                more: 0.5
            }]
        );
    }
}
