//! Series by day, week and month.

use std::ops::Range;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Frame, States, Sum, widen};
use crate::domain::disclosure;
use crate::domain::disclosure::cells::{Cells, close_day, close_month, close_period};
use crate::domain::disclosure::short::{self, Hidden};
use crate::domain::event::Place;
use crate::domain::measures::{Basis, Kind, Measure};
use crate::domain::period::{self, Grain, IntervalStart, Span};
use crate::domain::published::{Mark, Point, Shown};
use crate::domain::record::DayRecord;
use crate::domain::tally::Tally;

/// Consecutive days, none in the future: what was counted, and what of it is withheld.
pub struct Days {
    first: Date,
    sums: Vec<Sum>,
    /// Empty where the whole centre is asked for: it is exact.
    cells: Vec<Arc<Cells>>,
}

impl Days {
    /// Reads the records of `range`; for a line, decides what is withheld of each day.
    pub fn read(frame: &Frame, range: &Range<Date>, with_cells: bool) -> Self {
        let end = range.end.min(frame.today.saturating_add(1.day()));
        let mut days = Self {
            first: range.start,
            sums: Vec::new(),
            cells: Vec::new(),
        };
        let nothing = Arc::new(close_day(vec![0; frame.shape.cells()], &frame.shape));
        for day in period::days(range.start, end) {
            let record = frame.record(day);
            days.sums
                .push(record.map_or_else(Sum::default, |record| sum_of(frame, record)));
            if with_cells {
                let cells = record.map(|record| cells_of(frame, record));
                days.cells
                    .push(cells.unwrap_or_else(|| Arc::clone(&nothing)));
            }
        }
        days
    }

    /// The state of a day; none if it lies outside.
    pub fn cells(&self, day: Date) -> Option<&Cells> {
        (day >= self.first)
            .then(|| self.cells.get(days_between(self.first, day)))
            .flatten()
            .map(|cells| &**cells)
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

/// The tallies of a day. Today so far moves with the intervals that are over, not with every
/// contact.
pub fn tallies<'r>(
    frame: &'r Frame,
    record: &'r DayRecord,
    wants: impl FnMut(&Place) -> bool + 'r,
) -> impl Iterator<Item = (&'r Place, Tally)> + 'r {
    let is_today = record.day == frame.today;
    let cells = if is_today {
        record.intervals.as_ref()
    } else {
        Some(&record.cells)
    };
    let tallies = cells
        .map(|cells| cells.tallies(wants))
        .into_iter()
        .flatten();
    let over = tallies.filter(move |(interval, ..)| !is_today || is_over(*interval, frame));
    over.map(|(_, place, tally)| (place, tally))
}

/// What the requested line or cause, or the whole centre, counted in a day.
fn sum_of(frame: &Frame, record: &DayRecord) -> Sum {
    let mut sum = Sum::default();
    let facts = frame.facts(record).into_iter();
    for (_, facts) in facts.filter(|(part, _)| frame.place.is_none_or(|place| place == *part)) {
        sum.add(&Sum::of_facts(frame, &facts));
    }
    if frame.is_of_facts && frame.request.measure.needs.is_empty() {
        return sum;
    }
    for (place, tally) in tallies(frame, record, |place| frame.wants(place)) {
        let thresholds = frame.line(&place.line, record.day).1;
        sum.add(&Sum::of(frame, &tally, thresholds));
    }
    sum
}

/// What of a day is withheld. Of a day that is over, it is worked out once.
fn cells_of(frame: &Frame, record: &DayRecord) -> Arc<Cells> {
    let close = || {
        let mut values = vec![0; frame.shape.cells()];
        for (part, facts) in frame.facts(record) {
            let start = part * frame.shape.columns;
            let columns = &mut values[start..start + frame.shape.columns];
            frame.columns.add_facts_to(columns, &facts);
        }
        if frame.is_of_facts {
            return close_day(values, &frame.shape);
        }
        for (place, tally) in tallies(frame, record, |_| true) {
            let (line, thresholds) = frame.line(&place.line, record.day);
            let basis = frame.request.measure.basis(&tally, thresholds);
            let start = line * frame.shape.columns;
            let columns = &mut values[start..start + frame.shape.columns];
            frame.columns.add_to(columns, &tally, &basis);
        }
        close_day(values, &frame.shape)
    };
    let is_remembered = record.day < frame.today && frame.request.cause.is_none();
    if is_remembered {
        record.states.of(frame.memo_name, close)
    } else {
        Arc::new(close())
    }
}

/// What is withheld of a week or month of a measure that is not published by day: each is decided
/// by itself.
fn cells_of_period(frame: &Frame, range: &Range<Date>) -> Cells {
    let measure = frame.request.measure;
    let mut values = vec![0; frame.shape.cells()];
    let mut bases = vec![Basis::default(); frame.shape.lines];
    let records = period::days(range.start, range.end).filter_map(|day| frame.record(day));
    for (part, facts) in records.flat_map(|record| frame.facts(record)) {
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

fn days_between(from: Date, to: Date) -> usize {
    let hours = to.duration_since(from).as_hours();
    usize::try_from(hours / 24).unwrap_or(0)
}

/// The weeks that lie within a month, as places of its days; the running one so far.
fn whole_weeks(month: &Range<Date>, begun: usize) -> Vec<Range<usize>> {
    let first = Grain::Week.next_first_day(month.start.saturating_sub(1.day()));
    let mondays = std::iter::successors(Some(first), |day| Some(Grain::Week.next_first_day(*day)));
    let weeks = mondays.map(|monday| monday..Grain::Week.next_first_day(monday));
    let inside = weeks.take_while(|week| week.end <= month.end);
    let places = inside.map(|week| {
        let end = days_between(month.start, week.end).min(begun);
        days_between(month.start, week.start).min(end)..end
    });
    places.filter(|week| !week.is_empty()).collect()
}

/// What is withheld of the requested line in a day, week or month; nothing is of the whole centre.
pub fn withheld_of(frame: &Frame, days: &Days, bucket: &Range<Date>) -> Option<Vec<bool>> {
    let place = frame.place?;
    let cells = match frame.request.grain {
        _ if frame.request.measure.finest > Grain::Day => cells_of_period(frame, bucket),
        Grain::Day => days.cells(bucket.start)?.clone(),
        Grain::Month => {
            let pieces = days.pieces(bucket);
            close_month(&pieces, &whole_weeks(bucket, pieces.len()), &frame.shape)
        }
        _ => close_period(&days.pieces(bucket), &frame.shape),
    };
    let start = place * frame.shape.columns;
    let states = cells.withheld.get(start..start + frame.shape.columns);
    states.map(<[bool]>::to_vec)
}

/// What decides about the short hang-ups of a line in days, weeks and months.
pub struct Guard<'f, 'a> {
    of: &'static Measure,
    frame: &'f Frame<'a>,
    days: Days,
}

impl<'f, 'a> Guard<'f, 'a> {
    /// None where they are not in the measure, or nothing is withheld of the whole centre.
    pub fn read(frame: &'f Frame<'a>, range: &Range<Date>) -> Option<Self> {
        let of = frame.request.measure;
        let frame = frame
            .guard
            .as_deref()
            .filter(|guard| guard.place.is_some())?;
        let days = Days::read(frame, range, true);
        Some(Self { of, frame, days })
    }

    /// Those who hung up, where it must not be told how many did at once.
    pub fn hidden_short(&self, bucket: &Range<Date>) -> Option<Hidden> {
        let states = withheld_of(self.frame, &self.days, bucket)?;
        let sum = self.days.sum(bucket);
        short::hides(self.of, &states).then(|| sum.hidden_short())
    }
}

/// The points of a series by day, week or month.
pub fn points(frame: &Frame) -> Vec<Point> {
    let grain = frame.request.grain;
    let range = widen(grain, frame.request.from, frame.request.to);
    // The whole centre is exact at these grains: nothing needs to be decided.
    let is_by_day = frame.request.measure.finest <= Grain::Day;
    let days = Days::read(frame, &range, frame.place.is_some() && is_by_day);
    let guard = Guard::read(frame, &range);
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
        let withheld = withheld_of(frame, &days, &bucket);
        let hidden = guard.as_ref().and_then(|guard| guard.hidden_short(&bucket));
        let sum = days.sum(&bucket);
        let states = States {
            columns: withheld.as_deref(),
            hidden_short: hidden,
        };
        let mut point = frame.point(span, &bucket, &sum, states);
        if grain != Grain::Day && point.mark == Some(Mark::Withheld) {
            point.value = days.published_part(&bucket, frame).unwrap_or(point.value);
        }
        points.push(point);
        first = bucket.end;
    }
    points
}
