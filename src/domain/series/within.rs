//! Series by hour, half hour and interval.

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{Days, is_over};
use super::{Frame, Sum, widen};
use crate::domain::disclosure::cells::{Cells, DayTree, close_within_day};
use crate::domain::event::Place;
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::Point;
use crate::domain::tally::Tally;

type IntervalCell = (IntervalStart, Place, Tally);

/// The times of one day that have begun, in the order of the tree: the day, hours, half hours,
/// intervals.
struct Times {
    spans: Vec<(Grain, Span)>,
    tree: DayTree,
}

impl Times {
    fn of_day(day: Date, frame: &Frame) -> Self {
        let zone = &frame.centre.zone;
        let mut spans = vec![(Grain::Day, Span::of_day(day, zone))];
        let mut starts = vec![0];
        for grain in [Grain::Hour, Grain::HalfHour, Grain::Interval] {
            starts.push(spans.len());
            let groups = period::day_groups(day, zone, grain).into_iter();
            let begun = groups.filter(|span| span.start_ms < frame.until_ms);
            spans.extend(begun.map(|span| (grain, span)));
        }
        starts.push(spans.len());
        let mut children = vec![Vec::new(); spans.len()];
        for level in 1..4 {
            let mut parent = starts[level - 1];
            for child in starts[level]..starts[level + 1] {
                while spans[parent].1.end_ms <= spans[child].1.start_ms {
                    parent += 1;
                }
                children[parent].push(child);
            }
        }
        Self {
            spans,
            tree: DayTree { children },
        }
    }

    /// The times that an interval belongs to: one of each grain.
    fn containing(&self, interval: IntervalStart) -> impl Iterator<Item = usize> {
        let mut time = 0;
        let own = std::iter::from_fn(move || {
            let children = self.tree.children[time].iter();
            let mut holding =
                children.filter(|child| self.spans[**child].1.contains(interval.ms()));
            time = *holding.next()?;
            Some(time)
        });
        std::iter::once(0).chain(own)
    }
}

/// The points of a series by parts of a day.
pub fn points(frame: &Frame) -> Vec<Point> {
    let request = frame.request;
    let range = widen(Grain::Day, request.from, request.to);
    let days = Days::read(frame, &range, true);
    let zone = &frame.centre.zone;
    let mut cells: Vec<&IntervalCell> = frame.raw.intervals.iter().collect();
    cells.sort_by_key(|(interval, _, _)| *interval);
    let mut points = Vec::new();
    for day in period::days(range.start, range.end) {
        let span = Span::of_day(day, zone);
        let Some(state) = days.cells(day).filter(|_| span.start_ms < frame.until_ms) else {
            break;
        };
        let from = cells.partition_point(|(interval, _, _)| interval.ms() < span.start_ms);
        let to = cells.partition_point(|(interval, _, _)| interval.ms() < span.end_ms);
        points.extend(points_of_day(frame, day, state, &cells[from..to]));
    }
    points
}

fn points_of_day(frame: &Frame, day: Date, state: &Cells, raw: &[&IntervalCell]) -> Vec<Point> {
    let times = Times::of_day(day, frame);
    let (columns, places) = (frame.shape.columns, frame.shape.lines + 1);
    let mut sums = vec![Sum::default(); times.spans.len()];
    let mut cells = Cells {
        values: vec![0; times.spans.len() * places * columns],
        withheld: vec![false; times.spans.len() * places * columns],
    };
    for (interval, place, tally) in raw {
        if !is_over(*interval, frame) {
            continue;
        }
        let (line, thresholds) = frame.line(&place.line);
        let sum = Sum {
            basis: frame.request.measure.basis(tally, thresholds),
            is_anything_counted: frame.counts_anything(tally),
        };
        for time in times.containing(*interval) {
            for place in [line, frame.shape.lines] {
                let start = (time * places + place) * columns;
                let values = &mut cells.values[start..start + columns];
                frame.columns.add_to(values, tally, &sum.basis);
            }
            if frame.is_wanted(line) {
                sums[time].add(&sum);
            }
        }
    }
    cells.withheld[..state.withheld.len()].copy_from_slice(&state.withheld);
    close_within_day(&mut cells, &times.tree, &frame.shape);
    let place = frame.place.unwrap_or(frame.shape.lines);
    let days = day..day.saturating_add(1.day());
    let wanted = times.spans.iter().enumerate().filter(|(_, (grain, span))| {
        let overlaps =
            |within: Span| within.start_ms < span.end_ms && span.start_ms < within.end_ms;
        *grain == frame.request.grain && frame.request.within.is_none_or(overlaps)
    });
    let point = |(time, (_, span)): (usize, &(Grain, Span))| {
        let start = (time * places + place) * columns;
        let withheld = &cells.withheld[start..start + columns];
        frame.point(*span, &days, &sums[time], Some(withheld))
    };
    wanted.map(point).collect()
}
