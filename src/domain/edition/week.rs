//! ISO weeks, Monday to Sunday, as editions are named: `2026-W46`.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use serde::{Deserialize, Serialize};

/// A week of the ISO calendar, which has 52 or 53 of them in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IsoWeek {
    year: i16,
    week: i8,
}

/// A text that names no week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no week; write year and week such as 2026-W46")]
pub struct NoWeek;

impl IsoWeek {
    /// The week in which a day lies.
    #[must_use]
    pub fn containing(day: Date) -> Self {
        let named = day.iso_week_date();
        Self {
            year: named.year(),
            week: named.week(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn monday(self) -> Date {
        // Only weeks that exist are made; the calendar's last one would begin on a day it has not.
        ISOWeekDate::new(self.year, self.week, Weekday::Monday).map_or(Date::MAX, ISOWeekDate::date)
    }

    /// Its days: Monday up to, not including, the Monday after.
    #[must_use]
    pub fn days(self) -> Range<Date> {
        let monday = self.monday();
        monday..monday.saturating_add(1.week())
    }

    /// The week after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self::containing(self.days().end)
    }

    /// A number of weeks before it.
    #[must_use]
    pub fn back(self, weeks: i64) -> Self {
        Self::containing(self.monday().saturating_sub(weeks.weeks()))
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl FromStr for IsoWeek {
    type Err = NoWeek;

    fn from_str(text: &str) -> Result<Self, NoWeek> {
        let (year, week) = text.split_once("-W").ok_or(NoWeek)?;
        let is_plain = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_plain(year, 4) || !is_plain(week, 2) {
            return Err(NoWeek);
        }
        let (year, week) = (
            year.parse().map_err(|_| NoWeek)?,
            week.parse().map_err(|_| NoWeek)?,
        );
        let there = ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| NoWeek)?;
        Ok(Self {
            year: there.year(),
            week: there.week(),
        })
    }
}

impl TryFrom<String> for IsoWeek {
    type Error = NoWeek;

    fn try_from(text: String) -> Result<Self, NoWeek> {
        text.parse()
    }
}

impl From<IsoWeek> for String {
    fn from(week: IsoWeek) -> Self {
        week.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn weeks_go_on_over_the_end_of_a_year_also_of_one_with_53() {
        let last: IsoWeek = "2026-W53".parse().expect("2026 has 53 weeks");
        assert_eq!(last.days(), date(2026, 12, 28)..date(2027, 1, 4));
        assert_eq!(last.next().to_string(), "2027-W01");
        assert_eq!(last.next().back(1), last);
        assert_eq!(IsoWeek::containing(date(2027, 1, 3)), last);
        assert_eq!(
            IsoWeek::containing(date(2024, 12, 30)).to_string(),
            "2025-W01"
        );
    }

    #[test]
    fn what_names_no_week_is_refused() {
        for wrong in [
            "",
            "2025-W53",
            "2026-W00",
            "2026-46",
            "2026-W6",
            "26-W46",
            "2026-W+6",
            "2026-W046",
        ] {
            assert_eq!(wrong.parse::<IsoWeek>(), Err(NoWeek), "{wrong}");
        }
    }
}
