//! A measure over time as it is published: raw cells, coverage and disclosure put together.
//!
//! Weeks and months are sums of day tallies, never averages. Only intervals that are over are
//! shown: today is the sum of them so far, and what has not begun is left out.

#[cfg(test)]
mod auditor;
pub mod beside;
mod days;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod record_tests;
mod sum;
#[cfg(test)]
mod tests;
mod within;

pub use within::Parts;

use sum::Sum;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::centre::{Centre, Line};
use super::coverage::{Coverage, Covered, Reliability};
use super::disclosure::short::Hidden;
use super::disclosure::{self, Cell, Columns};
use super::event::{Millis, Place};
use super::facts::LineFact;
use super::measures::{Judged, Kind, Measure, Thresholds, breaks_of};
use super::period::{self, Grain, IntervalStart, Span};
use super::published::{Mark, Point, Series, Shown};
use super::record::DayRecord;
use super::tally::{Count, Tally};
use super::volume::FinestGrains;

/// The whole centre, where a line could stand.
pub const WHOLE_CENTRE: &str = "*";

/// A day is provisional until this hour of the next local day.
const CLOSE_HOUR: i8 = 4;

/// What somebody wants to see.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRequest {
    /// Id of a line, or `*`.
    pub line: String,
    /// The measure.
    pub measure: &'static Measure,
    /// Only complaints of this cause, of the whole centre.
    pub cause: Option<String>,
    /// Width of the points.
    pub grain: Grain,
    /// First local day.
    pub from: Date,
    /// The local day after the last one. Weeks and months that overlap the days are whole.
    pub to: Date,
    /// For parts of a day: only points that overlap this.
    pub within: Option<Span>,
}

/// A day on which a change begins, with its start.
type Break = (Date, Millis);

impl SeriesRequest {
    /// The points that overlap a stretch of time given by instants.
    #[must_use]
    pub fn of_span(
        line: &str,
        measure: &'static Measure,
        grain: Grain,
        span: Span,
        centre: &Centre,
    ) -> Self {
        let last_ms = span.start_ms.max(span.end_ms.saturating_sub(1));
        let last = period::local_day(last_ms, &centre.zone);
        Self {
            line: line.to_owned(),
            measure,
            cause: None,
            grain,
            from: period::local_day(span.start_ms, &centre.zone),
            to: last.saturating_add(1.day()),
            within: Some(span),
        }
    }
}

/// What must be known of which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Local days.
    pub days: Range<Date>,
    /// Those of them whose intervals must be known too.
    pub intervals: Range<Date>,
}

/// The days a series is made of: whole weeks, whole months. What may be shown of a cell depends
/// on nothing outside of them.
#[must_use]
pub fn widen(grain: Grain, from: Date, to: Date) -> Range<Date> {
    if from >= to {
        return from..from;
    }
    grain.first_day(from)..grain.next_first_day(to.saturating_sub(1.day()))
}

/// What must be loaded for a request. Today is always made of its intervals.
#[must_use]
pub fn needs(request: &SeriesRequest, centre: &Centre, now_ms: Millis) -> Needs {
    let days = widen(request.grain, request.from, request.to);
    let today = period::local_day(now_ms, &centre.zone);
    let intervals = if request.grain.is_within_day() {
        days.clone()
    } else if days.contains(&today) {
        today..today.saturating_add(1.day())
    } else {
        days.start..days.start
    };
    Needs { days, intervals }
}

/// Everything a series is made of; more than [`needs`] asks for does no harm.
pub struct RawData<'a> {
    /// Days in order. Nothing was counted on a day without a record.
    pub records: &'a [Arc<DayRecord>],
    /// What the sources covered, of all time.
    pub coverage: &'a Coverage,
    /// The opening time of a line on a local day.
    pub hours: &'a dyn Fn(&Line, Date) -> Vec<Span>,
    /// Lines that are fed by counts: only attempts are known of them, and not at a finer grain.
    pub finest: &'a FinestGrains,
    /// Now.
    pub now_ms: Millis,
}

/// Puts a series together.
#[must_use]
pub fn series(request: &SeriesRequest, raw: &RawData, centre: &Centre) -> Series {
    let empty = Series {
        line: request.line.clone(),
        measure: request.measure.id,
        grain: request.grain,
        zone: centre.zone_name.clone(),
        unit: request.measure.unit,
        version: request.measure.version,
        breaks: Vec::new(),
        points: Vec::new(),
    };
    if !is_published(request, centre) {
        return empty;
    }
    let guard = guard_request(request);
    let frame = Frame::guarded(request, guard.as_ref(), raw, centre);
    let points = if request.grain.is_within_day() {
        within::points(&frame)
    } else {
        days::points(&frame)
    };
    let breaks = frame.breaks.iter().map(|(day, _)| *day).collect();
    Series {
        points,
        breaks,
        ..empty
    }
}

/// Whether there is such a series at all.
fn is_published(request: &SeriesRequest, centre: &Centre) -> bool {
    let measure = request.measure;
    let is_whole = request.line == WHOLE_CENTRE;
    let is_known = is_whole || centre.line(&request.line).is_some();
    let of_cause = request.cause.as_ref();
    let has_cause = of_cause
        .is_none_or(|cause| is_whole && measure.is_by_cause() && centre.cause(cause).is_some());
    is_known
        && has_cause
        && (is_whole || !measure.whole_centre_only)
        && request.grain >= measure.finest
}

/// What decides about the short hang-ups in a measure, asked for in the same way.
fn guard_request(request: &SeriesRequest) -> Option<SeriesRequest> {
    disclosure::short::guard_of(request.measure).map(|measure| SeriesRequest {
        measure,
        ..request.clone()
    })
}

/// What of a cell is withheld.
#[derive(Clone, Copy, Default)]
struct States<'s> {
    /// The state of each column; none where every count is exact.
    columns: Option<&'s [bool]>,
    /// Those who hung up, where it must not be told how many did at once.
    hidden_short: Option<Hidden>,
}

/// What every step of one series needs.
struct Frame<'a> {
    request: &'a SeriesRequest,
    raw: &'a RawData<'a>,
    centre: &'a Centre,
    columns: Columns,
    shape: disclosure::cells::Shape,
    /// Lines of the centre by id, with their thresholds; what is left of other lines follows.
    /// Where a cause is asked for, the causes stand in their place.
    lines: Vec<(&'a str, Judged)>,
    /// The thresholds of lines that are no more.
    former: BTreeMap<&'a str, Judged>,
    /// Days from which the measure is read by other thresholds, of the lines that are asked for.
    breaks: Vec<Break>,
    /// The same for what decides about short hang-ups, if they are in the measure.
    guard: Option<Box<Self>>,
    /// The place of the requested line, or cause, among them; `None` is the whole centre.
    place: Option<usize>,
    /// The measure is made of what followed contacts, in part at least.
    is_of_facts: bool,
    covered: Covered,
    today: Date,
    /// The first day that is not closed yet.
    first_open: Date,
    /// Start of the running interval: everything before is over.
    until_ms: Millis,
    /// The line, or any line where the whole centre is asked for, is fed by counts, which do not
    /// tell this measure or not at this grain.
    is_untold: bool,
    /// What is worked out of a day is kept under this name.
    memo_name: &'static str,
    /// The opening time of the day that was asked for last.
    opening: RefCell<Option<(Date, Arc<[Span]>)>>,
}

impl<'a> Frame<'a> {
    fn guarded(
        request: &'a SeriesRequest,
        guard: Option<&'a SeriesRequest>,
        raw: &'a RawData<'a>,
        centre: &'a Centre,
    ) -> Self {
        let guard = guard.map(|guard| Box::new(Self::new(guard, raw, centre)));
        Self {
            guard,
            ..Self::new(request, raw, centre)
        }
    }

    fn new(request: &'a SeriesRequest, raw: &'a RawData<'a>, centre: &'a Centre) -> Self {
        let lines = parts_of(request, centre);
        let asked = request.cause.as_ref().unwrap_or(&request.line);
        let columns = match request.cause {
            Some(_) => Columns::by_cause(request.measure),
            None => Columns::of(request.measure),
        };
        let is_flow = columns.is_flow();
        let former = Judged::of_former_lines(centre);
        let breaks = breaks_of(&request.line, request.measure, centre).into_iter();
        let zone = &centre.zone;
        let today = period::local_day(raw.now_ms, zone);
        let is_of_facts = !request.measure.groups().is_empty();
        let close = today.to_datetime(Time::constant(CLOSE_HOUR, 0, 0, 0));
        let is_yesterday_closed = raw.now_ms >= period::instant_ms(close, zone);
        Self {
            shape: disclosure::cells::Shape {
                lines: lines.len() + 1,
                columns: columns.len(),
                identities: columns.identities().to_vec(),
                withhold_below: disclosure::limit(request.measure, centre.withhold_below),
            },
            columns,
            place: lines.iter().position(|(id, _)| id == asked),
            lines,
            former,
            guard: None,
            breaks: breaks
                .map(|day| (day, period::day_start_ms(day, zone)))
                .collect(),
            is_of_facts,
            covered: raw.coverage.of_needs(request.measure.all_needs()),
            today,
            first_open: if is_yesterday_closed {
                today
            } else {
                today.saturating_sub(1.day())
            },
            // What follows contacts is told of days that are over: it does not move with quarters
            // of an hour, and must not move with every answer.
            until_ms: if is_of_facts {
                period::day_start_ms(today, zone)
            } else {
                IntervalStart::containing(raw.now_ms).ms()
            },
            is_untold: raw.finest.iter().any(|(line, finest)| {
                let is_asked_for = request.line == WHOLE_CENTRE || request.line == *line;
                let is_told = matches!(request.measure.kind, Kind::Count(Count::Attempts));
                is_asked_for && !(is_told && request.grain >= *finest)
            }),
            memo_name: if is_flow { "flow" } else { request.measure.id },
            opening: RefCell::new(None),
            request,
            raw,
            centre,
        }
    }

    /// What was counted on a day, if anything was.
    fn record(&self, day: Date) -> Option<&'a DayRecord> {
        let records = self.raw.records;
        let at = records.binary_search_by_key(&day, |record| record.day);
        at.ok().map(|at| &*records[at])
    }

    /// Where a line stands, and its thresholds on a day.
    fn line(&self, id: &str, day: Date) -> (usize, Thresholds) {
        match self.lines.binary_search_by_key(&id, |(id, _)| id) {
            Ok(line) => (line, self.lines[line].1.on(day)),
            Err(_) => {
                let former = self.former.get(id);
                let held = former.map_or_else(Thresholds::default, |former| former.on(day));
                (self.lines.len(), held)
            }
        }
    }

    fn wants(&self, place: &Place) -> bool {
        self.request.line == WHOLE_CENTRE || place.line == self.request.line
    }

    /// Where a fact is counted: with its line, or with its cause where that is asked for.
    fn part(&self, counted: &LineFact) -> usize {
        let part = match (&self.request.cause, counted.fact.cause()) {
            (Some(_), cause) => cause.unwrap_or_default(),
            (None, _) => &counted.line,
        };
        let part = self.lines.binary_search_by_key(&part, |(id, _)| id);
        part.unwrap_or(self.lines.len())
    }

    /// What followed the contacts of a day that is over, by line or cause.
    fn facts<'r>(&self, record: &'r DayRecord) -> BTreeMap<usize, Vec<&'r LineFact>> {
        let mut parts: BTreeMap<usize, Vec<&LineFact>> = BTreeMap::new();
        if self.is_of_facts && record.day < self.today {
            for counted in &record.facts {
                let part = parts.entry(self.part(counted)).or_default();
                part.push(counted);
            }
        }
        parts
    }

    /// Whether any of the counts the measure needs was counted.
    fn counts_anything(&self, tally: &Tally) -> bool {
        let mut needs = self.request.measure.needs.iter();
        needs.any(|count| tally.count(*count) != 0)
    }

    fn opening(&self, day: Date) -> Arc<[Span]> {
        let mut known = self.opening.borrow_mut();
        if let Some((_, spans)) = known.as_ref().filter(|(of, _)| *of == day) {
            return Arc::clone(spans);
        }
        let lines = self.centre.lines.iter();
        let is_whole = self.request.line == WHOLE_CENTRE;
        let wanted = lines.filter(|line| is_whole || line.id == self.request.line);
        let spans: Arc<[Span]> = wanted
            .flat_map(|line| (self.raw.hours)(line, day))
            .collect();
        *known = Some((day, Arc::clone(&spans)));
        spans
    }

    /// One point: `days` are the local days it lies in.
    fn point(&self, span: Span, days: &Range<Date>, sum: &Sum, states: States) -> Point {
        if self.is_untold {
            return Point {
                start_ms: span.start_ms,
                end_ms: span.end_ms,
                value: Shown::None,
                n: None,
                mark: Some(Mark::NoData),
            };
        }
        let over = Span {
            start_ms: span.start_ms,
            end_ms: span.end_ms.min(self.until_ms),
        };
        let cell = Cell {
            basis: &sum.basis,
            withheld: states.columns,
            hidden_short: states.hidden_short,
            length_ms: over.end_ms - over.start_ms,
        };
        let measure = self.request.measure;
        let limit = self.shape.withhold_below;
        let shown = disclosure::disclose(measure, &self.columns, &cell, limit);
        let reliability = self.covered.judge(over, sum.is_anything_counted, || {
            let days = period::days(days.start, days.end);
            let opening = days.map(|day| self.opening(day));
            opening.flat_map(|spans| spans.to_vec()).collect()
        });
        let is_silent = matches!(reliability, Reliability::NoData | Reliability::Closed);
        // A zero may be withheld as a companion of another cell; it must not show as "no data".
        let is_silent = is_silent && !(shown.is_withheld && self.covered.is_reported());
        Point {
            start_ms: span.start_ms,
            end_ms: span.end_ms,
            value: if is_silent { Shown::None } else { shown.value },
            n: if is_silent { None } else { shown.n },
            mark: if is_silent {
                Some(match reliability {
                    Reliability::Closed => Mark::Closed,
                    _ => Mark::NoData,
                })
            } else if shown.is_withheld {
                Some(Mark::Withheld)
            } else if self.breaks.iter().any(|(_, at_ms)| span.contains(*at_ms)) {
                Some(Mark::Break)
            } else if reliability == Reliability::Low {
                Some(Mark::Unreliable)
            } else {
                self.mark_of(days)
            },
        }
    }

    fn mark_of(&self, days: &Range<Date>) -> Option<Mark> {
        let settles_days = self.request.measure.settles_days();
        let first_unsettled = self.first_open.saturating_sub(settles_days.days());
        let is_provisional = days.end > first_unsettled;
        if is_provisional && settles_days > 0 {
            return Some(Mark::Provisional);
        }
        let from = self
            .raw
            .records
            .partition_point(|record| record.day < days.start);
        let records = self.raw.records[from..].iter();
        let mut records = records.take_while(|record| record.day < days.end);
        if records.any(|record| self.is_revised(record)) {
            Some(Mark::Revised)
        } else {
            is_provisional.then_some(Mark::Provisional)
        }
    }

    /// Whether what the measure is made of changed when it was no longer expected to.
    fn is_revised(&self, record: &DayRecord) -> bool {
        if !self.is_of_facts {
            return record.is_revised;
        }
        let groups = self.request.measure.groups();
        let mut facts = record.facts.iter().filter(|counted| counted.is_revised);
        facts.any(|counted| groups.iter().any(|group| group.holds(&counted.fact)))
    }
}

/// What the whole is divided into: the lines of the centre or, where one is asked for, the causes;
/// in the order of their ids.
fn parts_of<'c>(request: &SeriesRequest, centre: &'c Centre) -> Vec<(&'c str, Judged)> {
    if request.cause.is_none() {
        return Judged::of_lines(centre).into_iter().collect();
    }
    let causes = centre.causes.iter();
    let mut causes: Vec<_> = causes
        .map(|cause| (cause.id.as_str(), Judged::default()))
        .collect();
    causes.sort_unstable_by_key(|(id, _)| *id);
    causes
}
