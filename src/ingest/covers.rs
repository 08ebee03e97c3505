//! Which local days an import covers, as ranges of dates with an exclusive end.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::period::{Span, day_start_ms};

/// Days `[from, to)`.
pub type DayRange = (Date, Date);

/// More ranges than this in one request are not an import: a year of single days has 183.
const MOST_RANGES: usize = 400;

/// Single days as the fewest ranges.
#[must_use]
pub fn ranges(days: &BTreeSet<Date>) -> Vec<DayRange> {
    let mut ranges: Vec<DayRange> = Vec::new();
    for day in days {
        let next = day.saturating_add(1.day());
        match ranges.last_mut() {
            Some((_, to)) if *to == *day => *to = next,
            _ => ranges.push((*day, next)),
        }
    }
    ranges
}

/// The instants of ranges of days in a zone.
#[must_use]
pub fn spans(ranges: &[DayRange], zone: &TimeZone) -> Vec<Span> {
    let span = |(from, to): &DayRange| Span {
        start_ms: day_start_ms(*from, zone),
        end_ms: day_start_ms(*to, zone),
    };
    ranges.iter().map(span).collect()
}

/// Ranges as they stand in a query: `1999-01-01/1999-01-11,1999-01-13/1999-02-01`.
#[must_use]
pub fn write_ranges(ranges: &[DayRange]) -> String {
    let words: Vec<String> = ranges
        .iter()
        .map(|(from, to)| format!("{from}/{to}"))
        .collect();
    words.join(",")
}

/// Whether ranges lie where events can lie: not before 1980, not after today.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn within_reach(ranges: &[DayRange], today: Date) -> Result<(), String> {
    let beyond = |(from, to): &DayRange| from.year() < 1980 || *to > today.saturating_add(1.day());
    match ranges.iter().find(|range| beyond(range)) {
        Some((from, to)) => Err(format!(
            "covers names {from}/{to}; it can only name days from 1980-01-01 to today"
        )),
        None => Ok(()),
    }
}

/// Reads what [`write_ranges`] writes.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse_ranges(text: &str) -> Result<Vec<DayRange>, String> {
    let words: Vec<&str> = text.split(',').filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_RANGES {
        return Err(format!("covers has more than {MOST_RANGES} ranges"));
    }
    let wrong = "covers must be ranges of dates such as 1999-01-01/1999-02-01, ends exclusive";
    let date = |word: &str| match word.len() {
        10 => word.parse::<Date>().map_err(|_| wrong.to_owned()),
        _ => Err(wrong.to_owned()),
    };
    let range = |word: &&str| {
        let (from, to) = word.split_once('/').ok_or(wrong)?;
        let (from, to) = (date(from)?, date(to)?);
        if from < to {
            Ok((from, to))
        } else {
            Err(wrong.to_owned())
        }
    };
    words.iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn nothing_before_1980_or_after_today_can_be_covered() {
        let today = date(2026, 11, 2);
        assert!(within_reach(&[(date(1980, 1, 1), date(2026, 11, 3))], today).is_ok());
        assert!(within_reach(&[(date(1979, 12, 31), date(1980, 1, 2))], today).is_err());
        assert!(within_reach(&[(date(2026, 11, 2), date(2026, 11, 4))], today).is_err());
    }

    #[test]
    fn neighbouring_days_become_one_range() {
        let days = BTreeSet::from([10, 9, 13, 31].map(|day| date(1999, 1, day)));
        let ranges = ranges(&days);
        let words = "1999-01-09/1999-01-11,1999-01-13/1999-01-14,1999-01-31/1999-02-01";
        assert_eq!(write_ranges(&ranges), words);
        assert_eq!(parse_ranges(words), Ok(ranges));
    }

    #[test]
    fn a_covered_day_of_23_hours_has_23_hours() {
        let zone = TimeZone::get("Europe/Zurich").unwrap();
        let days = [(date(2026, 3, 29), date(2026, 3, 30))];
        let span = spans(&days, &zone)[0];
        assert_eq!(span.end_ms - span.start_ms, 23 * 3_600_000);
    }

    #[test]
    fn ranges_that_are_none_are_refused() {
        for text in [
            "1999-01-01",
            "1999-01-02/1999-01-01",
            "a/b",
            "1999-01-01/",
            "1/2",
        ] {
            assert!(parse_ranges(text).is_err(), "{text}");
        }
        assert_eq!(parse_ranges(""), Ok(Vec::new()));
        let many = "1999-01-01/1999-01-02,".repeat(MOST_RANGES + 1);
        assert!(parse_ranges(&many).is_err());
    }
}
