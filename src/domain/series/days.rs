//! Series by day, week and month.

use std::ops::Range;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::cut::{Parts, parts_of};
use super::{Frame, States, Sum, channels, kept, widen};
use crate::domain::disclosure;
use crate::domain::disclosure::cells::{
    Cells, Week, close_day, close_month, close_period, join_parts,
};
use crate::domain::disclosure::short::{self, Hidden};
use crate::domain::event::Place;
use crate::domain::facts::LineFact;
use crate::domain::measures::{Basis, Kind, Thresholds};
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::{Mark, Point, Shown};
use crate::domain::record::DayRecord;
use crate::domain::tally::Tally;

/// What is withheld of a day that is not in the future.
pub fn cells_on(frame: &Frame, day: Date) -> Arc<Cells> {
    match frame.record(day) {
        Some(record) => cells_of(frame, record),
        None => Arc::new(close_day(vec![0; frame.shape.cells()], &frame.shape)),
    }
}

/// What is withheld of a day. It is worked out once.
fn cells_of(frame: &Frame, record: &DayRecord) -> Arc<Cells> {
    let close = || {
        let mut values = vec![0; frame.shape.cells()];
        if record.day < frame.today {
            for (part, facts) in frame.by_part(&record.facts) {
                let start = part * frame.shape.columns;
                let columns = &mut values[start..start + frame.shape.columns];
                frame.columns.add_facts_to(columns, &facts);
            }
        }
        if frame.is_of_facts {
            return close_day(values, &frame.shape);
        }
        each_tally(frame, record, |place, tally| {
            let (line, thresholds) = frame.line(&place.line, record.day);
            let basis = frame.request.measure.basis(tally, thresholds);
            let start = line * frame.shape.columns;
            let columns = &mut values[start..start + frame.shape.columns];
            frame.columns.add_to(columns, tally, &basis);
        });
        close_day(values, &frame.shape)
    };
    let next = record.day.saturating_add(1.day());
    record.states.of(frame.purpose(&(record.day..next)), close)
}

/// Goes through the tallies of a day, each with its place. Today so far moves with the intervals
/// that are over, not with every contact.
pub fn each_tally(frame: &Frame, record: &DayRecord, mut work: impl FnMut(&Place, &Tally)) {
    if record.day < frame.today {
        for (place, tally) in record.tallies() {
            work(place, tally);
        }
        return;
    }
    let intervals = record.intervals.iter();
    for (interval, place, tally) in intervals.flat_map(|cells| cells.tallies(|_| true)) {
        if is_over(interval, frame) {
            work(place, &tally);
        }
    }
}

/// What the requested line or cause, or the whole centre, counted in some days: those before a
/// change of a threshold by what held before it.
fn sum_of(frame: &Frame, days: &Range<Date>) -> Sum {
    let mut sum = Sum::default();
    let breaks = frame.breaks.iter().map(|(day, _)| *day);
    let ends = breaks.filter(|day| days.start < *day && *day < days.end);
    let mut first = days.start;
    for end in ends.chain([days.end]) {
        sum.add(&sum_of_alike(frame, &(first..end)));
        first = end;
    }
    sum
}

/// The same of days that are all judged by the same thresholds.
fn sum_of_alike(frame: &Frame, days: &Range<Date>) -> Sum {
    match frame.records(days) {
        [] => Sum::default(),
        // Sums of a single day would only be copies of it.
        [record] if record.day < frame.today => {
            add_up(frame, days.start, record.tallies(), &record.facts)
        }
        _ => {
            let sums = frame.sums(days);
            add_up(frame, days.start, &sums.tallies, &sums.facts)
        }
    }
}

/// Adds up what was counted from `first` on.
fn add_up(frame: &Frame, first: Date, tallies: &[(Place, Tally)], facts: &[LineFact]) -> Sum {
    let mut sum = Sum::default();
    if frame.is_of_facts {
        let is_asked = |counted: &&LineFact| match frame.place {
            Some(place) => place == frame.part(counted),
            None => true,
        };
        let facts: Vec<&LineFact> = frame.own_facts(facts).filter(is_asked).collect();
        sum.add(&Sum::of_facts(frame, &facts));
        if frame.request.measure.needs.is_empty() {
            return sum;
        }
    }
    for (place, tally) in tallies.iter().filter(|(place, _)| frame.wants(place)) {
        let thresholds = if frame.is_judged {
            frame.line(&place.line, first).1
        } else {
            Thresholds::default()
        };
        sum.add(&Sum::of(frame, tally, thresholds));
    }
    sum
}

/// The sum of the published days of a week or month whose count is withheld: anyone could add
/// them up, so that much of it may be said.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn published_part(frame: &Frame, days: &Range<Date>) -> Option<Shown> {
    let column = frame.columns.own_column(frame.request.measure)?;
    let cell = frame.place? * frame.shape.columns + column;
    let days = pieces(frame, days);
    let published = days.iter().filter(|day| !day.withheld[cell]);
    let sum: i64 = published.map(|day| day.values[cell]).sum();
    (sum > 0).then_some(Shown::AtLeast(sum as f64))
}

/// Whole days, without those in the future.
fn pieces(frame: &Frame, days: &Range<Date>) -> Vec<Arc<Cells>> {
    let end = days.end.min(frame.today.saturating_add(1.day()));
    let days = period::days(days.start, end);
    days.map(|day| cells_on(frame, day)).collect()
}

/// What is withheld of the lines in a day, week or month.
pub fn cells_of_bucket(frame: &Frame, days: &Range<Date>) -> Arc<Cells> {
    if frame.request.measure.finest > Grain::Day {
        return kept_of(frame, days, || cells_of_period(frame, days));
    }
    let shape = &frame.shape;
    match parts_of(days) {
        Parts::None => cells_on(frame, days.start),
        Parts::Days(days_of) => kept_of(frame, days, || {
            let parts = cells_of_begun(frame, &days_of);
            close_period(&all(&parts), shape)
        }),
        Parts::OfMonths(parts) => kept_of(frame, days, || {
            let parts = cells_of_begun(frame, &parts);
            join_parts(&all(&parts), shape)
        }),
        Parts::Weeks(weeks) => kept_of(frame, days, || {
            let days = weeks.iter().map(|week| pieces(frame, week));
            let days: Vec<_> = days.filter(|days| !days.is_empty()).collect();
            let weeks = cells_of_begun(frame, &weeks);
            let weeks = weeks.iter().zip(&days).map(|(cells, days)| Week {
                cells,
                days: all(days),
            });
            close_month(&weeks.collect::<Vec<_>>(), shape)
        }),
    }
}

/// What is withheld of days or weeks, without those in the future.
fn cells_of_begun(frame: &Frame, ranges: &[Range<Date>]) -> Vec<Arc<Cells>> {
    let begun = ranges.iter().filter(|range| range.start <= frame.today);
    begun.map(|range| cells_of_bucket(frame, range)).collect()
}

fn all(cells: &[Arc<Cells>]) -> Vec<&Cells> {
    cells.iter().map(|cells| &**cells).collect()
}

/// What is withheld of a week or month, worked out until one of its days changes.
fn kept_of(frame: &Frame, days: &Range<Date>, work: impl FnOnce() -> Cells) -> Arc<Cells> {
    let key = (frame.purpose(days), kept::Days::of(frame, days));
    let states = &frame.raw.periods.states;
    states.of(key, frame.records(days), work)
}

/// What is withheld of a week or month of a measure that is not published by day: each is decided
/// by itself.
fn cells_of_period(frame: &Frame, range: &Range<Date>) -> Cells {
    let measure = frame.request.measure;
    let mut values = vec![0; frame.shape.cells()];
    let mut bases = vec![Basis::default(); frame.shape.lines];
    let sums = frame.sums(range);
    for (part, facts) in frame.by_part(&sums.facts) {
        let start = part * frame.shape.columns;
        let columns = &mut values[start..start + frame.shape.columns];
        frame.columns.add_facts_to(columns, &facts);
        bases[part] += &measure.basis_of_facts(&facts);
    }
    if matches!(measure.kind, Kind::Rating { .. } | Kind::MeanScore(_)) {
        let withheld = disclosure::ratings::withhold(measure, &bases);
        return Cells { values, withheld };
    }
    close_day(values, &frame.shape)
}

/// Whether an interval is over.
pub fn is_over(interval: IntervalStart, frame: &Frame) -> bool {
    interval.ms() < frame.until_ms
}

/// The states of the columns of what is asked for. The whole centre is exact at these grains:
/// nothing needs to be decided.
pub fn states_of(frame: &Frame, days: &Range<Date>) -> Option<Vec<bool>> {
    if frame.request.channel.is_some() {
        return Some(vec![
            channels::are_withheld(frame, days);
            frame.shape.columns
        ]);
    }
    let start = frame.place? * frame.shape.columns;
    let cells = cells_of_bucket(frame, days);
    let states = cells.withheld.get(start..start + frame.shape.columns);
    states.map(<[bool]>::to_vec)
}

/// Those who hung up in a day, week or month, where it must not be told how many did at once.
/// `own` is the state of the measure's columns.
pub fn hidden_short(frame: &Frame, days: &Range<Date>, own: Option<&[bool]>) -> Option<Hidden> {
    let guard = frame.guard.as_deref()?;
    let states = states_of(guard, days)?;
    let is_hidden = short::hides(frame.request.measure, own?, &states);
    is_hidden.then(|| sum_of(guard, days).hidden_short())
}

/// The days, weeks or months of a series that have begun, with their time.
pub fn buckets(frame: &Frame) -> Vec<(Range<Date>, Span)> {
    let grain = frame.request.grain;
    let range = widen(grain, frame.request.from, frame.request.to);
    let mut buckets = Vec::new();
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
        first = bucket.end;
        buckets.push((bucket, span));
    }
    buckets
}

/// The points of a series by day, week or month.
pub fn points(frame: &Frame) -> Vec<Point> {
    let point = |(bucket, span): (Range<Date>, Span)| {
        let columns = states_of(frame, &bucket);
        let states = States {
            columns: columns.as_deref(),
            hidden_short: hidden_short(frame, &bucket, columns.as_deref()),
        };
        let mut point = frame.point(span, &bucket, &sum_of(frame, &bucket), states);
        if frame.request.grain != Grain::Day && point.mark == Some(Mark::Withheld) {
            point.value = published_part(frame, &bucket).unwrap_or(point.value);
        }
        point
    };
    buckets(frame).into_iter().map(point).collect()
}
