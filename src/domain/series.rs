//! A measure over time as it is published: raw cells, coverage and disclosure put together.
//!
//! Weeks and months are sums of day tallies, never averages. Only intervals that are over are
//! shown: today is the sum of them so far, and what has not begun is left out.

#[cfg(test)]
mod auditor;
pub mod beside;
mod channels;
mod common;
mod cut;
mod days;
mod kept;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod record_tests;
mod request;
mod sites;
#[cfg(test)]
mod sites_tests;
mod sum;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod together_tests;
mod within;

pub use common::Common;
pub use kept::Periods;
pub use request::{Needs, SeriesRequest, needs, widen};
pub use sites::Answers;
pub use within::Parts;

use std::cell::Cell as StdCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::centre::{Centre, Line};
use super::coverage::{Coverage, Covered, Reliability};
use super::disclosure::short::Hidden;
use super::disclosure::{self, Cell, Columns};
use super::event::{Millis, Place};
use super::facts::{Group, LineFact};
use super::measures::{Judged, Kind, Thresholds, breaks_of};
use super::period::{self, Grain, IntervalStart, Span};
use super::published::{Mark, Point, Series, Shown};
use super::record::{DayRecord, Purpose};
use super::tally::{Count, Tally};
use super::volume::FinestGrains;
use kept::Sums;
use sum::Sum;

/// The whole centre, where a line could stand.
pub const WHOLE_CENTRE: &str = "*";

/// A day is provisional until this hour of the next local day.
const CLOSE_HOUR: i8 = 4;

/// A day on which a change begins, with its start.
type Break = (Date, Millis);

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
    /// The first day that the public record does not hold yet, where there is one: it counts as
    /// open, however late it is.
    pub first_unrecorded: Option<Date>,
    /// What was worked out of weeks and months before.
    pub periods: &'a Periods,
    /// What the series of this answer have in common.
    pub common: &'a Common,
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
    let points = if request.site.is_some() {
        sites::points(&frame)
    } else if request.grain.is_within_day() {
        within::points(&frame)
    } else {
        days::points(&frame)
    };
    let breaks = frame.breaks.iter().map(|(day, _)| *day).collect();
    Series {
        breaks,
        points,
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
    let has_channel = request.channel.is_none_or(|channel| {
        let mut lines = centre.lines.iter();
        let is_there = lines.any(|line| line.channels.contains(&channel));
        let is_by_day = request.grain >= Grain::Day && request.cause.is_none();
        is_whole && is_by_day && measure.is_by_channel() && is_there
    });
    is_known
        && has_cause
        && has_channel
        && sites::are_told(request, centre)
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
    /// What followed contacts, where the measure is made of that in part at least.
    groups: Vec<Group>,
    is_of_facts: bool,
    covered: Rc<Covered>,
    today: Date,
    /// The first day that is not closed yet.
    first_open: Date,
    /// Start of the running interval: everything before is over.
    until_ms: Millis,
    /// The line, or any line where the whole centre is asked for, is fed by counts, which do not
    /// tell this measure or not at this grain.
    is_untold: bool,
    /// What is withheld is decided for all of these measures together.
    decided_as: &'static str,
    /// Whether what a line promises is in the formula.
    is_judged: bool,
    /// The records that were asked for last.
    found: Found<'a>,
}

/// Days and their records.
type Found<'a> = StdCell<Option<(Date, Date, &'a [Arc<DayRecord>])>>;

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
        let groups = request.measure.groups();
        let is_of_facts = !groups.is_empty();
        let close = today.to_datetime(Time::constant(CLOSE_HOUR, 0, 0, 0));
        let is_yesterday_closed = raw.now_ms >= period::instant_ms(close, zone);
        let first_open = if is_yesterday_closed {
            today
        } else {
            today.saturating_sub(1.day())
        };
        Self {
            shape: disclosure::cells::Shape {
                lines: lines.len() + 1,
                columns: columns.len(),
                identities: columns.identities().to_vec(),
                withhold_below: disclosure::limit(request.measure, centre.withhold_below),
                given: columns.given(),
            },
            columns,
            place: lines.iter().position(|(id, _)| id == asked),
            lines,
            groups,
            former,
            guard: None,
            breaks: breaks
                .map(|day| (day, period::day_start_ms(day, zone)))
                .collect(),
            is_of_facts,
            covered: raw.common.covered(request.measure, raw),
            today,
            first_open: raw
                .first_unrecorded
                .map_or(first_open, |day| day.min(first_open)),
            // What follows contacts is told of days that are over: it does not move with quarters
            // of an hour, and must not move with every answer.
            until_ms: if is_of_facts || request.site.is_some() {
                period::day_start_ms(today, zone)
            } else {
                IntervalStart::containing(raw.now_ms).ms()
            },
            is_untold: raw.finest.iter().any(|(line, finest)| {
                let is_asked_for = request.line == WHOLE_CENTRE || request.line == *line;
                let is_told = matches!(request.measure.kind, Kind::Count(Count::Attempts));
                is_asked_for && !(is_told && request.grain >= *finest)
            }),
            is_judged: !request.measure.thresholds().is_empty(),
            found: StdCell::new(None),
            decided_as: if is_flow { "flow" } else { request.measure.id },
            request,
            raw,
            centre,
        }
    }

    /// The records of some days, without those in the future.
    fn records(&self, days: &Range<Date>) -> &'a [Arc<DayRecord>] {
        // A point asks several times for the same.
        if let Some((start, end, known)) = self.found.get()
            && (start, end) == (days.start, days.end)
        {
            return known;
        }
        let records = self.raw.records;
        let end = days.end.min(self.today.saturating_add(1.day()));
        let from = place_of(records, days.start);
        let found = &records[from..place_of(records, end).max(from)];
        self.found.set(Some((days.start, days.end, found)));
        found
    }

    /// Days that are not over are told until this instant.
    fn until_of(&self, days: &Range<Date>) -> Option<Millis> {
        (days.end > self.today).then_some(self.until_ms)
    }

    /// For what something is worked out of some days.
    fn purpose(&self, days: &Range<Date>) -> Purpose {
        Purpose {
            measure: self.decided_as,
            is_by_cause: self.request.cause.is_some(),
            until_ms: self.until_of(days),
        }
    }

    /// What was counted on a day, if anything was.
    fn record(&self, day: Date) -> Option<&'a DayRecord> {
        let record = self.raw.records.get(place_of(self.raw.records, day))?;
        (record.day == day).then_some(&**record)
    }

    /// Where a line stands, and its thresholds on a day.
    fn line(&self, id: &str, day: Date) -> (usize, Thresholds) {
        if let Ok(line) = self.lines.binary_search_by_key(&id, |(id, _)| id) {
            return (line, self.lines[line].1.on(day));
        }
        let former = self.former.get(id);
        let held = former.map_or_else(Thresholds::default, |former| former.on(day));
        (self.lines.len(), held)
    }

    fn wants(&self, place: &Place) -> bool {
        let request = self.request;
        let is_asked = request.line == WHOLE_CENTRE || place.line == request.line;
        is_asked
            && request
                .channel
                .is_none_or(|channel| channel == place.channel)
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

    /// What followed contacts and belongs to the measure.
    fn own_facts<'r>(&self, facts: &'r [LineFact]) -> impl Iterator<Item = &'r LineFact> {
        let groups = &self.groups;
        let facts = facts.iter();
        facts.filter(move |counted| groups.iter().any(|group| group.holds(&counted.fact)))
    }

    /// What followed contacts, by line or cause.
    fn by_part<'r>(&self, facts: &'r [LineFact]) -> BTreeMap<usize, Vec<&'r LineFact>> {
        let mut parts: BTreeMap<usize, Vec<&LineFact>> = BTreeMap::new();
        if self.is_of_facts {
            for counted in facts {
                parts.entry(self.part(counted)).or_default().push(counted);
            }
        }
        parts
    }

    /// Whether any of the counts the measure needs was counted.
    fn counts_anything(&self, tally: &Tally) -> bool {
        let mut needs = self.request.measure.needs.iter();
        needs.any(|count| tally.count(*count) != 0)
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
        let (line, common) = (&self.request.line, self.raw.common);
        let opening = period::days(days.start, days.end).flat_map(|day| {
            let spans = common.opening(line, day, self.raw, self.centre);
            spans.to_vec()
        });
        let is_any = sum.is_anything_counted;
        let reliability = self.covered.judge(over, is_any, opening);
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
        if self.is_revised(days) {
            Some(Mark::Revised)
        } else {
            is_provisional.then_some(Mark::Provisional)
        }
    }

    /// Whether what the measure is made of changed when it was no longer expected to.
    fn is_revised(&self, days: &Range<Date>) -> bool {
        let records = self.records(days);
        if self.request.site.is_some() && sites::is_any_revised(records) {
            return true;
        }
        match records {
            [] => return false,
            [record] if self.is_of_facts => {
                let mut facts = self.own_facts(&record.facts);
                return facts.any(|counted| counted.is_revised);
            }
            [record] => return record.is_revised,
            _ => {}
        }
        let sums = self.sums(days);
        if !self.is_of_facts {
            return sums.is_revised;
        }
        let mut revised = sums.revised.iter();
        revised.any(|fact| self.groups.iter().any(|group| group.holds(fact)))
    }

    /// What was counted in some days together.
    fn sums(&self, days: &Range<Date>) -> Arc<Sums> {
        let records = self.records(days);
        let key = kept::Days::of(self, days);
        let work = || Sums::of(self, records);
        self.raw.periods.sums.of(key, records, work)
    }
}

/// Where the record of a day stands, or would stand. Few days are without a record, so it mostly is
/// where as many days have gone by: the others need not be looked at.
fn place_of(records: &[Arc<DayRecord>], day: Date) -> usize {
    let Some(first) = records.first() else {
        return 0;
    };
    let days = day.duration_since(first.day).as_hours() / 24;
    let place = usize::try_from(days).unwrap_or(0).min(records.len());
    let is_before = |record: &Arc<DayRecord>| record.day < day;
    let is_behind_earlier = place == 0 || is_before(&records[place - 1]);
    if is_behind_earlier && !records.get(place).is_some_and(is_before) {
        return place;
    }
    records.partition_point(is_before)
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
