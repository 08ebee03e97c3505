//! How much time a view shows, and in which steps.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::period::Grain;
use crate::domain::published::{Mark, Series};

/// The finest grain is offered at which this share of the points is not withheld (TRUST.md).
const LEAST_SHOWN_PERCENT: usize = 80;

/// A length of time that ends with a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// One local day.
    Day,
    /// Seven days.
    Week,
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    HalfYear,
    /// Since the first of January.
    YearToDate,
    /// A year.
    Year,
    /// Everything since the first data.
    Max,
}

impl Range {
    /// All of them, shortest first.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::HalfYear,
        Self::YearToDate,
        Self::Year,
        Self::Max,
    ];

    /// The word in URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "1d",
            Self::Week => "1w",
            Self::Month => "1m",
            Self::Quarter => "3m",
            Self::HalfYear => "6m",
            Self::YearToDate => "ytd",
            Self::Year => "1y",
            Self::Max => "max",
        }
    }

    /// The first day of the range that ends with `last`.
    #[must_use]
    pub fn first(self, last: Date, first_data: Option<Date>) -> Date {
        let months = |months: i32| last.saturating_sub(months.months()).saturating_add(1.day());
        match self {
            Self::Day => last,
            Self::Week => last.saturating_sub(6.days()),
            Self::Month => months(1),
            Self::Quarter => months(3),
            Self::HalfYear => months(6),
            Self::YearToDate => last.first_of_year(),
            Self::Year => months(12),
            Self::Max => first_data.map_or(last, |first| first.min(last)),
        }
    }

    /// The last day of the range that follows one that ends with `last`.
    #[must_use]
    pub fn next_last(self, last: Date) -> Option<Date> {
        let months = |months: i32| last.saturating_add(months.months());
        match self {
            Self::Day => Some(last.saturating_add(1.day())),
            Self::Week => Some(last.saturating_add(7.days())),
            Self::Month => Some(months(1)),
            Self::Quarter => Some(months(3)),
            Self::HalfYear => Some(months(6)),
            Self::YearToDate => Some(
                last.first_of_year()
                    .saturating_add(2.years())
                    .saturating_sub(1.day()),
            ),
            Self::Year => Some(months(12)),
            Self::Max => None,
        }
    }
}

/// The grains in which so many days may be shown, the one that suits them first, then coarser ones.
#[must_use]
pub fn grains_for(days: i64, finest: Grain) -> Vec<Grain> {
    let suits = match days {
        ..=2 => Grain::Interval,
        3..=14 => Grain::Hour,
        15..=184 => Grain::Day,
        185..=1_100 => Grain::Week,
        _ => Grain::Month,
    };
    let may = |grain: &Grain| *grain >= suits.max(finest);
    let grains = Grain::ALL.into_iter().filter(may);
    // A month in one column says nothing about its course.
    let fits = |grain: &Grain| *grain == suits || days >= 2 * least_days(*grain);
    let mut grains: Vec<Grain> = grains.filter(fits).collect();
    if grains.is_empty() {
        grains.push(finest.max(Grain::Day));
    }
    grains
}

fn least_days(grain: Grain) -> i64 {
    match grain {
        Grain::Interval | Grain::HalfHour | Grain::Hour | Grain::Day => 0,
        Grain::Week => 7,
        Grain::Month => 28,
    }
}

/// Whether a grain shows enough: four fifths of the points that could have a value are not
/// withheld, and there is something at all.
#[must_use]
pub fn shows_enough(series: &Series) -> bool {
    let has = |mark: Mark| move |point: &&crate::domain::published::Point| point.mark == Some(mark);
    let points = || series.points.iter();
    let silent = points()
        .filter(|point| matches!(point.mark, Some(Mark::Closed | Mark::NoData)))
        .count();
    let told = series.points.len() - silent;
    if told == 0 {
        // Perhaps a coarser grain knows more: some sources count by half hours only.
        return !points().any(|point| point.mark == Some(Mark::NoData));
    }
    let withheld = points().filter(has(Mark::Withheld)).count();
    (told - withheld) * 100 >= told * LEAST_SHOWN_PERCENT
}

/// The places that are left when some are shut. If all are, they stay, to be shown as closed.
#[must_use]
pub fn open_places(count: usize, shut: &[usize]) -> Vec<usize> {
    let is_open = |index: &usize| shut.binary_search(index).is_err();
    let open: Vec<usize> = (0..count).filter(is_open).collect();
    if open.is_empty() {
        (0..count).collect()
    } else {
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::published::{Point, Shown};
    use jiff::civil::date;
    use rstest::rstest;

    #[rstest]
    #[case(Range::Day, date(2026, 11, 22))]
    #[case(Range::Week, date(2026, 11, 16))]
    #[case(Range::Month, date(2026, 10, 23))]
    #[case(Range::Quarter, date(2026, 8, 23))]
    #[case(Range::YearToDate, date(2026, 1, 1))]
    #[case(Range::Year, date(2025, 11, 23))]
    #[case(Range::Max, date(2024, 11, 1))]
    fn a_range_ends_with_its_day(#[case] range: Range, #[case] first: Date) {
        let last = date(2026, 11, 22);
        assert_eq!(range.first(last, Some(date(2024, 11, 1))), first);
    }

    #[test]
    fn the_grain_follows_the_range() {
        let finest = |days| grains_for(days, Grain::Interval)[0];
        assert_eq!(finest(1), Grain::Interval);
        assert_eq!(finest(7), Grain::Hour);
        assert_eq!(finest(31), Grain::Day);
        assert_eq!(finest(365), Grain::Week);
        assert_eq!(finest(3_000), Grain::Month);
        assert_eq!(grains_for(1, Grain::Day), [Grain::Day]);
        assert_eq!(grains_for(1, Grain::Week), [Grain::Week]);
        assert_eq!(grains_for(31, Grain::Week), [Grain::Week]);
        let coarser = [Grain::Interval, Grain::HalfHour, Grain::Hour, Grain::Day];
        assert_eq!(grains_for(1, Grain::Interval), coarser);
        assert_eq!(grains_for(31, Grain::Interval), [Grain::Day, Grain::Week]);
    }

    fn marked(marks: &[Option<Mark>]) -> Series {
        let point = |mark: &Option<Mark>| Point {
            start_ms: 0,
            end_ms: 1,
            value: Shown::None,
            n: None,
            mark: *mark,
        };
        Series {
            line: "*".into(),
            measure: "attempts",
            grain: Grain::Hour,
            zone: "UTC".into(),
            unit: "contacts",
            version: 1,
            breaks: Vec::new(),
            points: marks.iter().map(point).collect(),
        }
    }

    #[test]
    fn a_grain_that_withholds_more_than_a_fifth_shows_too_little() {
        let series = |withheld: usize| {
            let marks = (0..10).map(|at| (at < withheld).then_some(Mark::Withheld));
            marked(&marks.collect::<Vec<_>>())
        };
        assert!(shows_enough(&series(2)));
        assert!(!shows_enough(&series(3)));
        assert!(
            !shows_enough(&marked(&[Some(Mark::NoData); 4])),
            "a coarser one may know"
        );
        assert!(shows_enough(&marked(&[Some(Mark::Closed); 4])));
    }

    #[test]
    fn nights_can_be_left_out_but_a_closed_day_is_shown_as_closed() {
        assert_eq!(open_places(5, &[0, 2, 4]), [1, 3]);
        assert_eq!(open_places(2, &[0, 1]), [0, 1]);
    }
}
