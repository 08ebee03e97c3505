//! Series by day, week and month.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Frame, Sum, widen};
use crate::domain::disclosure::cells::{Cells, close_day, close_period};
use crate::domain::event::Place;
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::Point;
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

    /// Whole days, without those in the future.
    fn pieces(&self, range: &Range<Date>) -> Vec<&Cells> {
        let days = period::days(range.start, range.end);
        days.filter_map(|day| self.cells(day)).collect()
    }

    fn week(&self, first: Date, frame: &Frame) -> Cells {
        let week = first..Grain::Week.next_first_day(first);
        close_period(&self.pieces(&week), &frame.shape)
    }

    /// A month is made of the whole weeks in it and the days that are left.
    fn month(&self, first: Date, frame: &Frame) -> Cells {
        let end = Grain::Month.next_first_day(first);
        let mut weeks = Vec::new();
        let mut edges = Vec::new();
        let mut day = first;
        while day < end {
            let next = Grain::Week.next_first_day(day);
            if Grain::Week.first_day(day) == day && next <= end {
                weeks.push(self.week(day, frame));
                day = next;
            } else {
                edges.extend(self.cells(day));
                day = day.saturating_add(1.day());
            }
        }
        let pieces: Vec<&Cells> = weeks.iter().chain(edges).collect();
        close_period(&pieces, &frame.shape)
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
                Grain::Week => days.week(first, frame),
                Grain::Month => days.month(first, frame),
                _ => days.cells(first)?.clone(),
            };
            let start = place * frame.shape.columns;
            let states = cells.withheld.get(start..start + frame.shape.columns);
            states.map(<[bool]>::to_vec)
        });
        let sum = days.sum(&bucket);
        points.push(frame.point(span, &bucket, &sum, withheld.as_deref()));
        first = bucket.end;
    }
    points
}
