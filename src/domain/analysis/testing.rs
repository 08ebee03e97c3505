//! Points for tests.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::period::{self, Grain, Span};
use crate::domain::published::{Point, Shown};

/// One hour of the first of January 1970 and the hours after it.
pub fn hours(values: &[Option<f64>]) -> Vec<Point> {
    let spans = (0..).map(|hour| Span {
        start_ms: hour * 3_600_000,
        end_ms: (hour + 1) * 3_600_000,
    });
    points(spans.zip(values.iter().copied()))
}

/// Days from `first` on.
pub fn days(first: Date, zone: &TimeZone, values: &[Option<f64>]) -> Vec<Point> {
    let days = period::days(first, Date::MAX).map(|day| Span::of_day(day, zone));
    points(days.zip(values.iter().copied()))
}

/// The parts of some days, the value being made of the index.
pub fn parts(first: Date, to: Date, zone: &TimeZone, value: impl Fn(usize) -> f64) -> Vec<Point> {
    let spans = period::days(first, to).flat_map(|day| period::day_groups(day, zone, Grain::Hour));
    points(
        spans
            .enumerate()
            .map(|(index, span)| (span, Some(value(index)))),
    )
}

fn points(values: impl Iterator<Item = (Span, Option<f64>)>) -> Vec<Point> {
    let point = |(span, value): (Span, Option<f64>)| Point {
        start_ms: span.start_ms,
        end_ms: span.end_ms,
        value: value.map_or(Shown::None, Shown::Value),
        n: Some(100),
        mark: None,
    };
    values.map(point).collect()
}
