//! Series by day, week and month.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Frame, Sum, widen};
use crate::domain::disclosure::cells::{Cells, close_day, close_period};
use crate::domain::event::Place;
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::{Mark, Point, Shown};
use crate::domain::tally::Tally;

/// Consecutive days, none in the future: what was counted, and what of it is withheld.
pub struct Days {
    first: Date,
    sums: Vec<Sum>,
    /// Empty where the whole centre is asked for: it is exact.
    cells: Vec<Cells>,
}

impl Days {
    /// Reads the raw cells of `range`; for a line, decides what is withheld of each day.
    pub fn read(frame: &Frame, range: &Range<Date>, with_cells: bool) -> Self {
        let end = range.end.min(frame.today.saturating_add(1.day()));
        let length = days_between(range.start, end);
        let mut days = Self {
            first: range.start,
            sums: vec![Sum::default(); length],
            cells: Vec::new(),
        };
        let width = if with_cells { frame.shape.cells() } else { 0 };
        let mut values = vec![0; length * width];
        let mut add = |date: Date, place: &Place, tally: &Tally| {
            if date < range.start || date >= end {
                return;
            }
            let at = days_between(range.start, date);
            let (line, thresholds) = frame.line(&place.line);
            if !with_cells && !frame.is_wanted(line) {
                return;
            }
            let basis = frame.request.measure.basis(tally, thresholds);
            if with_cells {
                let start = at * width + line * frame.shape.columns;
                let columns = &mut values[start..start + frame.shape.columns];
                frame.columns.add_to(columns, tally, &basis);
            }
            if frame.is_wanted(line) {
                days.sums[at].add(&Sum {
                    basis,
                    is_anything_counted: frame.counts_anything(tally),
                });
            }
        };
        for (date, place, tally) in frame.raw.days {
            if *date != frame.today {
                add(*date, place, tally);
            }
        }
        // Today so far moves with the intervals that are over, not with every contact.
        let today = Span::of_day(frame.today, &frame.centre.zone);
        for (interval, place, tally) in frame.raw.intervals {
            if today.contains(interval.ms()) && is_over(*interval, frame) {
                add(frame.today, place, tally);
            }
        }
        if with_cells {
            let rows = values.chunks(width);
            days.cells = rows
                .map(|row| close_day(row.to_vec(), &frame.shape))
                .collect();
        }
        days
    }

    /// The state of one day; `None` if it lies outside of what was read.
    pub fn cells(&self, day: Date) -> Option<&Cells> {
        (day >= self.first)
            .then(|| self.cells.get(days_between(self.first, day)))
            .flatten()
    }

    fn sum(&self, range: &Range<Date>) -> Sum {
        let (from, to) = (
            days_between(self.first, range.start).min(self.sums.len()),
            days_between(self.first, range.end).min(self.sums.len()),
        );
        let mut sum = Sum::default();
        for day in &self.sums[from..to] {
            sum.add(day);
        }
        sum
    }

    /// The sum of the published days of a week or month whose count is withheld: anyone could add
    /// them up, so that much of it may be said.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn published_part(&self, range: &Range<Date>, frame: &Frame) -> Option<Shown> {
        let column = frame.columns.own_column(frame.request.measure)?;
        let cell = frame.place? * frame.shape.columns + column;
        let days = self.pieces(range).into_iter();
        let published = days
            .filter(|day| !day.withheld[cell])
            .map(|day| day.values[cell]);
        let sum: i64 = published.sum();
        (sum > 0).then_some(Shown::AtLeast(sum as f64))
    }

    /// Whole days, without those in the future.
    fn pieces(&self, range: &Range<Date>) -> Vec<&Cells> {
        let days = period::days(range.start, range.end);
        days.filter_map(|day| self.cells(day)).collect()
    }
}

/// Whether an interval is over.
pub fn is_over(interval: IntervalStart, frame: &Frame) -> bool {
    interval.ms() < frame.until_ms
}

fn days_between(from: Date, to: Date) -> usize {
    let hours = to.duration_since(from).as_hours();
    usize::try_from(hours / 24).unwrap_or(0)
}

/// The points of a series by day, week or month.
pub fn points(frame: &Frame) -> Vec<Point> {
    let grain = frame.request.grain;
    let range = widen(grain, frame.request.from, frame.request.to);
    // The whole centre is exact at these grains: nothing needs to be decided.
    let days = Days::read(frame, &range, frame.place.is_some());
    let mut points = Vec::new();
    let mut first = range.start;
    while first < range.end {
        let bucket = first..grain.next_first_day(first);
        let span = Span {
            start_ms: period::day_start_ms(bucket.start, &frame.centre.zone),
            end_ms: period::day_start_ms(bucket.end, &frame.centre.zone),
        };
        if span.start_ms >= frame.until_ms || bucket.end <= bucket.start {
            break;
        }
        let withheld = frame.place.and_then(|place| {
            let cells = match grain {
                Grain::Day => days.cells(first)?.clone(),
                _ => close_period(&days.pieces(&bucket), &frame.shape),
            };
            let start = place * frame.shape.columns;
            let states = cells.withheld.get(start..start + frame.shape.columns);
            states.map(<[bool]>::to_vec)
        });
        let sum = days.sum(&bucket);
        let mut point = frame.point(span, &bucket, &sum, withheld.as_deref());
        if grain != Grain::Day && point.mark == Some(Mark::Withheld) {
            point.value = days.published_part(&bucket, frame).unwrap_or(point.value);
        }
        points.push(point);
        first = bucket.end;
    }
    points
}
