//! Series by hour, half hour and interval.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{cells_on, is_over};
use super::{Frame, States, Sum, widen};
use crate::domain::disclosure::cells::{Cells, DayTree, close_within_day};
use crate::domain::disclosure::short;
use crate::domain::event::Place;
use crate::domain::measures::SHORT_OF_ABANDONED;
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::Point;
use crate::domain::record::DayRecord;
use crate::domain::tally::Tally;

/// The times of one day that have begun, in the order of the tree: the day, hours, half hours,
/// intervals.
#[derive(Debug)]
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

/// The parts of one day: their times, and what of them is withheld.
#[derive(Debug)]
pub struct Parts {
    times: Times,
    /// Of every time, lines and then the whole centre, column by column: one bit.
    withheld: Vec<u64>,
}

impl Parts {
    fn of_day(frame: &Frame, day: Date, state: &Cells, record: Option<&DayRecord>) -> Self {
        let times = Times::of_day(day, frame);
        let (columns, places) = (frame.shape.columns, frame.shape.lines + 1);
        let mut cells = Cells {
            values: vec![0; times.spans.len() * places * columns],
            withheld: vec![false; times.spans.len() * places * columns],
        };
        let mut hang_ups = vec![short::HangUps::default(); times.spans.len() * places];
        for (interval, place, tally) in tallies(frame, record, |_| true) {
            let (line, thresholds) = frame.line(&place.line, day);
            let basis = frame.request.measure.basis(&tally, thresholds);
            let at_once = SHORT_OF_ABANDONED.basis(&tally, thresholds);
            for time in times.containing(interval) {
                for place in [line, frame.shape.lines] {
                    let start = (time * places + place) * columns;
                    let values = &mut cells.values[start..start + columns];
                    frame.columns.add_to(values, &tally, &basis);
                    let hung_up = &mut hang_ups[time * places + place];
                    hung_up.0 += at_once.top;
                    hung_up.1 += at_once.bottom - at_once.top;
                }
            }
        }
        cells.withheld[..state.withheld.len()].copy_from_slice(&state.withheld);
        let void = frame.columns.abandoned().map_or_else(Vec::new, |column| {
            let nobody = short::nobody(&hang_ups, places, &times.tree);
            let nobody = nobody.iter().enumerate().filter(|(_, nobody)| **nobody);
            nobody.map(|(at, _)| at * columns + column).collect()
        });
        close_within_day(&mut cells, &times.tree, &frame.shape, &void);
        let bits = cells.withheld.chunks(64).map(|chunk| {
            let bits = chunk.iter().enumerate();
            bits.fold(0, |bits, (at, withheld)| bits | u64::from(*withheld) << at)
        });
        Self {
            withheld: bits.collect(),
            times,
        }
    }

    /// The states of the columns of a place at a time.
    fn states(&self, frame: &Frame, time: usize, states: &mut [bool]) {
        let place = frame.place.unwrap_or(frame.shape.lines);
        let start = (time * (frame.shape.lines + 1) + place) * frame.shape.columns;
        for (at, state) in (start..).zip(states) {
            *state = self.withheld[at / 64] >> (at % 64) & 1 == 1;
        }
    }
}

/// The points of a series by parts of a day.
pub fn points(frame: &Frame) -> Vec<Point> {
    let request = frame.request;
    let range = widen(Grain::Day, request.from, request.to);
    let guard = frame.guard.as_deref();
    let mut points = Vec::new();
    for day in period::days(range.start, range.end) {
        if day > frame.today {
            break;
        }
        let parts = parts_of(frame, day);
        let guard = guard.map(|guard| (guard, parts_of(guard, day)));
        points_of_day(frame, day, (&parts, guard), &mut points);
    }
    points
}

/// The parts of a day, worked out once.
fn parts_of(frame: &Frame, day: Date) -> Arc<Parts> {
    let record = frame.record(day);
    let work = || Parts::of_day(frame, day, &cells_on(frame, day), record);
    match record {
        Some(record) => {
            let purpose = frame.purpose(&(day..day.saturating_add(1.day())));
            record.parts.of(purpose, work)
        }
        None => Arc::new(work()),
    }
}

/// The tallies of the intervals of a day that are over.
fn tallies<'r>(
    frame: &'r Frame,
    record: Option<&'r DayRecord>,
    wants: impl FnMut(&Place) -> bool + 'r,
) -> impl Iterator<Item = (IntervalStart, &'r Place, Tally)> + 'r {
    let intervals = record.and_then(|record| record.intervals.as_ref());
    let tallies = intervals
        .map(|cells| cells.tallies(wants))
        .into_iter()
        .flatten();
    tallies.filter(|(interval, ..)| is_over(*interval, frame))
}

/// What was counted in each of some spans of a day.
fn sums_of(frame: &Frame, day: Date, spans: &[(Grain, Span)]) -> Vec<Sum> {
    let mut sums = vec![Sum::default(); spans.len()];
    let record = frame.record(day);
    for (interval, place, tally) in tallies(frame, record, |place| frame.wants(place)) {
        let after = spans.partition_point(|(_, span)| span.start_ms <= interval.ms());
        if let Some(at) = after.checked_sub(1) {
            let thresholds = frame.line(&place.line, day).1;
            sums[at].add(&Sum::of(frame, &tally, thresholds));
        }
    }
    sums
}

fn points_of_day(
    frame: &Frame,
    day: Date,
    (parts, guard): (&Parts, Option<(&Frame, Arc<Parts>)>),
    points: &mut Vec<Point>,
) {
    let spans = &parts.times.spans;
    let first = spans.partition_point(|(grain, _)| *grain > frame.request.grain);
    let last = spans.partition_point(|(grain, _)| *grain >= frame.request.grain);
    let spans = &spans[first..last];
    let sums = sums_of(frame, day, spans);
    let hang_ups = guard.as_ref().map(|(guard, _)| sums_of(guard, day, spans));
    let days = day..day.saturating_add(1.day());
    let mut states = vec![false; frame.shape.columns];
    for (at, (_, span)) in spans.iter().enumerate() {
        let overlaps =
            |within: Span| within.start_ms < span.end_ms && span.start_ms < within.end_ms;
        if frame.request.within.is_none_or(overlaps) {
            parts.states(frame, first + at, &mut states);
            let guard = guard.as_ref().zip(hang_ups.as_ref());
            let hidden = guard.and_then(|((guard, parts), sums)| {
                let mut hang_ups = vec![false; guard.shape.columns];
                parts.states(guard, first + at, &mut hang_ups);
                let is_hidden = short::hides(frame.request.measure, &states, &hang_ups);
                is_hidden.then(|| sums[at].hidden_short())
            });
            let states = States {
                columns: Some(&states),
                hidden_short: hidden,
            };
            points.push(frame.point(*span, &days, &sums[at], states));
        }
    }
}
