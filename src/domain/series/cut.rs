//! How days, weeks and months are made of each other.
//!
//! A month is made of weeks, and of what lies in it of weeks that reach into another month; these
//! are made of days. So every sum that is published is made of shorter ones, and no day stands in
//! two sums of which neither holds the other.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::period::{self, Grain};

/// What some days in a row are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// It is a day.
    None,
    /// A week, or what of it lies in one month.
    Days(Vec<Range<Date>>),
    /// A week that reaches from one month into the next.
    OfMonths([Range<Date>; 2]),
    /// A month.
    Weeks(Vec<Range<Date>>),
}

/// The parts of a day, a week, a month, or of what a week and a month have in common.
pub fn parts_of(range: &Range<Date>) -> Parts {
    let last = range.end.saturating_sub(1.day());
    if range.start >= last {
        return Parts::None;
    }
    let is_in_one = |grain: Grain| grain.first_day(range.start) == grain.first_day(last);
    match (is_in_one(Grain::Week), is_in_one(Grain::Month)) {
        (true, true) => {
            let days = period::days(range.start, range.end);
            Parts::Days(days.map(|day| day..day.saturating_add(1.day())).collect())
        }
        (true, false) => {
            let first = Grain::Month.first_day(last);
            Parts::OfMonths([range.start..first, first..range.end])
        }
        (false, _) => {
            let mut weeks = Vec::new();
            let mut first = range.start;
            while first < range.end {
                let end = Grain::Week.next_first_day(first).min(range.end);
                weeks.push(first..end);
                first = end;
            }
            Parts::Weeks(weeks)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_is_made_of_weeks_and_of_parts_of_weeks_at_its_ends() {
        let october = date(2026, 10, 1)..date(2026, 11, 1);
        let Parts::Weeks(weeks) = parts_of(&october) else {
            panic!("it is a month");
        };
        assert_eq!(weeks.len(), 5);
        assert_eq!(weeks[0], date(2026, 10, 1)..date(2026, 10, 5));
        assert_eq!(weeks[1], date(2026, 10, 5)..date(2026, 10, 12));
        assert_eq!(weeks[4], date(2026, 10, 26)..date(2026, 11, 1));
        let february = date(2027, 2, 1)..date(2027, 3, 1);
        assert!(matches!(parts_of(&february), Parts::Weeks(weeks) if weeks.len() == 4));
    }

    #[test]
    fn a_week_is_made_of_days_unless_it_reaches_into_another_month() {
        let week = date(2026, 10, 5)..date(2026, 10, 12);
        assert!(matches!(parts_of(&week), Parts::Days(days) if days.len() == 7));
        let between = date(2026, 9, 28)..date(2026, 10, 5);
        let first = date(2026, 10, 1);
        let parts = [between.start..first, first..between.end];
        assert_eq!(parts_of(&between), Parts::OfMonths(parts.clone()));
        assert!(matches!(parts_of(&parts[1]), Parts::Days(days) if days.len() == 4));
        assert_eq!(parts_of(&(first..date(2026, 10, 2))), Parts::None);
    }
}
