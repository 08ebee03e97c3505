//! Who answered, of the whole centre: the answered by site, and what of that is withheld.
//!
//! Lines and sites divide the same contacts, so one division could give the other away. The sites
//! of a day, week or month are therefore told all together or not at all: only where no line has
//! few contacts of a site, of former sites, or of those who told none. A share is told where that is
//! also true of those in it and of the rest. So the number of the answered may be told where a share
//! of them is not. A week or month with exactly one day that is not told is not told either: the
//! rest of it would tell that day.
//!
//! Where the answered of a line are withheld, the sites must not give them away. They do not as long
//! as every line shares a site with some other, and so on, until all of them hang together: then
//! nothing but the whole follows from the sites, and that is told anyway. A line answered by a site
//! of its own would be told by that site; such a day is not told, nor any week or month it lies in.
//!
//! Days are told when they are over, as everything that is counted by the day alone.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::Date;

use super::days::{buckets, cells_on};
use super::{Frame, SeriesRequest, States, Sum, WHOLE_CENTRE};
use crate::domain::centre::{Centre, FORMER_SITES, UNTOLD_SITE};
use crate::domain::facts::DayFact;
use crate::domain::facts::site::AtSite;
use crate::domain::measures::{Basis, Measure, SOON_SECS};
use crate::domain::period::{self, Grain};
use crate::domain::published::{Mark, Point, Shown};
use crate::domain::record::{DayRecord, Purpose};
use crate::domain::tally::{Count, Tally, Waits};

/// Counts in the order of [`AtSite::ALL`].
type Counts = [i64; AtSite::ALL.len()];

/// Whether what is asked for is told by site, if it is asked by site at all.
pub fn are_told(request: &SeriesRequest, centre: &Centre) -> bool {
    let Some(site) = &request.site else {
        return true;
    };
    let Some((_, of)) = request.measure.by_site() else {
        return false;
    };
    let is_there = match site.as_str() {
        FORMER_SITES => !centre.sites.is_empty(),
        // Whether it was solved is also known of call-backs, which no site answered.
        UNTOLD_SITE => !centre.sites.is_empty() && of == AtSite::Answered,
        id => centre.site(id).is_some(),
    };
    let is_alone = request.cause.is_none() && request.channel.is_none();
    is_there && is_alone && request.line == WHOLE_CENTRE && request.grain >= Grain::Day
}

/// Whether anything of the answers changed when it was no longer expected to.
pub fn is_any_revised(records: &[Arc<DayRecord>]) -> bool {
    let mut counted = records.iter().flat_map(|record| &record.sites);
    counted.any(|counted| counted.is_revised)
}

/// Who answered in a day, week or month.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Of each line, one after another: the sites of the centre, former ones, those not told.
    cells: Vec<Counts>,
    parts: usize,
    /// Whether the answered are withheld, and whether the rest of the counts is: an entry for
    /// each of [`AtSite::ALL`].
    withheld: [bool; AtSite::ALL.len()],
    /// Whether the sites of a day would tell of lines what is withheld.
    is_telling: bool,
}

impl Answers {
    fn of(frame: &Frame, days: &Range<Date>) -> Rc<Self> {
        let common = frame.raw.common;
        common.answers(days, || {
            let Some(answered) = Measure::from_id("answered") else {
                return Self {
                    withheld: [true; AtSite::ALL.len()],
                    ..Self::nothing(frame)
                };
            };
            let request = SeriesRequest {
                measure: answered,
                ..frame.request.clone()
            };
            Self::of_flow(&Frame::new(&request, frame.raw, frame.centre), days)
        })
    }

    /// Nobody was answered.
    fn nothing(frame: &Frame) -> Self {
        let parts = frame.centre.sites.len() + 2;
        Self {
            cells: vec![Counts::default(); frame.shape.lines * parts],
            parts,
            withheld: [false; AtSite::ALL.len()],
            is_telling: false,
        }
    }

    /// `flow` is the frame of all who were answered.
    fn of_flow(flow: &Frame, days: &Range<Date>) -> Self {
        if flow.request.grain == Grain::Day {
            return Self::of_day(flow, days.start)
                .map_or_else(|| Self::nothing(flow), |own| Self::clone(&own));
        }
        let mut sum = Self::nothing(flow);
        let mut untold_days = [0_usize; AtSite::ALL.len()];
        for own in period::days(days.start, days.end).filter_map(|day| Self::of_day(flow, day)) {
            for (sum, own) in sum.cells.iter_mut().zip(&own.cells) {
                add(sum, own);
            }
            for (untold, is_withheld) in untold_days.iter_mut().zip(own.withheld) {
                *untold += usize::from(is_withheld);
            }
            sum.is_telling |= own.is_telling;
        }
        sum.withheld = sum.giving_away(flow);
        for (withheld, untold) in sum.withheld.iter_mut().zip(untold_days) {
            *withheld |= untold == 1;
        }
        sum
    }

    /// Who answered on a day that is over, if anything was counted. It is worked out once.
    fn of_day(flow: &Frame, day: Date) -> Option<Arc<Self>> {
        let record = flow.record(day).filter(|record| record.day < flow.today)?;
        let purpose = Purpose {
            measure: "answered by site",
            is_by_cause: false,
            until_ms: None,
        };
        let work = || {
            let mut own = Self::nothing(flow);
            own.count(flow, record);
            own.is_telling = !own.hang_together(flow) && is_any_line_withheld(flow, day);
            own.withheld = own.giving_away(flow);
            own
        };
        Some(record.answers.of(purpose, work))
    }

    fn count(&mut self, frame: &Frame, record: &DayRecord) {
        let (former, untold) = (self.parts - 2, self.parts - 1);
        for (place, tally) in record.tallies() {
            let line = frame.line(&place.line, record.day).0;
            add(&mut self.cells[line * self.parts + untold], &of_all(tally));
        }
        for counted in &record.sites {
            let DayFact::At(what, site) = &counted.fact else {
                continue;
            };
            let line = frame.line(&counted.line, record.day).0;
            let mut sites = frame.centre.sites.iter();
            let part = sites.position(|own| own.id == *site).unwrap_or(former);
            let first = line * self.parts;
            self.cells[first + part][*what as usize] += counted.value;
            self.cells[first + untold][*what as usize] -= counted.value;
        }
    }

    /// Whether all lines on which anybody was answered hang together by the sites they share. Few
    /// contacts hold nothing together: they are known to be few.
    fn hang_together(&self, flow: &Frame) -> bool {
        let answered = |cell: &Counts| cell[AtSite::Answered as usize];
        let lines = self.cells.chunks(self.parts);
        let mut apart: Vec<&[Counts]> = lines
            .filter(|line| line.iter().any(|cell| answered(cell) != 0))
            .collect();
        let Some(first) = apart.pop() else {
            return true;
        };
        let is_held = |cell: &Counts| answered(cell) >= flow.shape.withhold_below.max(1);
        let mut sites: Vec<bool> = first.iter().map(is_held).collect();
        while let Some(next) = apart.iter().position(|line| {
            let mut shared = line.iter().zip(&sites);
            shared.any(|(cell, is_reached)| *is_reached && is_held(cell))
        }) {
            let line = apart.swap_remove(next);
            for (is_reached, cell) in sites.iter_mut().zip(line) {
                *is_reached |= is_held(cell);
            }
        }
        apart.is_empty()
    }

    /// What may not be told.
    fn giving_away(&self, flow: &Frame) -> [bool; AtSite::ALL.len()] {
        let is_few = |count: &dyn Fn(&Counts) -> i64| {
            let mut cells = self.cells.iter();
            cells.any(|cell| flow.shape.is_small(count(cell)))
        };
        let few = |what: AtSite| is_few(&|cell| cell[what as usize]);
        let few_beyond = |whole: AtSite, part: AtSite| {
            few(part) || is_few(&|cell| cell[whole as usize] - cell[part as usize])
        };
        let answered = self.is_telling || few(AtSite::Answered);
        let soon = answered || few_beyond(AtSite::Answered, AtSite::Soon);
        let resolved = answered
            || few(AtSite::ResolutionKnown)
            || few_beyond(AtSite::ResolutionKnown, AtSite::Resolved);
        [answered, soon, resolved, resolved]
    }

    /// What a site, or what stands for one, counted.
    fn of_part(&self, part: usize) -> Counts {
        let mut sum = Counts::default();
        for cell in self.cells.iter().skip(part).step_by(self.parts) {
            add(&mut sum, cell);
        }
        sum
    }

    /// Where every answered contact is one of nobody told where, the sites have no data: not 0.
    fn is_silent(&self) -> bool {
        let answered = |part: usize| self.of_part(part)[AtSite::Answered as usize];
        answered(self.parts - 1) != 0 && (0..self.parts - 1).all(|part| answered(part) == 0)
    }

    fn is_anything_answered(&self) -> bool {
        let mut cells = self.cells.iter();
        cells.any(|cell| cell[AtSite::Answered as usize] != 0)
    }
}

/// Whether the answered of some line are withheld on a day.
fn is_any_line_withheld(flow: &Frame, day: Date) -> bool {
    let Some(column) = flow.columns.own_column(flow.request.measure) else {
        return true;
    };
    let cells = cells_on(flow, day);
    let mut states = cells
        .withheld
        .iter()
        .skip(column)
        .step_by(flow.shape.columns);
    states.any(|withheld| *withheld)
}

fn add(sum: &mut Counts, counts: &Counts) {
    for (sum, count) in sum.iter_mut().zip(counts) {
        *sum += count;
    }
}

/// The same counts of everyone, whoever answered.
fn of_all(tally: &Tally) -> Counts {
    let soon = tally.waits(Waits::Answered).within(SOON_SECS);
    [
        tally.count(Count::Answered),
        soon.unwrap_or_default(),
        tally.count(Count::ResolutionKnown),
        tally.count(Count::Resolved),
    ]
}

/// The points of a series of one site.
pub fn points(frame: &Frame) -> Vec<Point> {
    let sites = &frame.centre.sites;
    let (former, untold) = (sites.len(), sites.len() + 1);
    let part = match frame.request.site.as_deref() {
        Some(FORMER_SITES) => former,
        Some(id) => sites
            .iter()
            .position(|site| site.id == id)
            .unwrap_or(untold),
        None => untold,
    };
    let Some((top, bottom)) = frame.request.measure.by_site() else {
        return Vec::new();
    };
    let point = |(days, span)| {
        let answers = Answers::of(frame, &days);
        let counts = answers.of_part(part);
        let sum = Sum {
            basis: Basis {
                top: counts[top as usize],
                bottom: counts[bottom as usize],
                ..Basis::default()
            },
            is_anything_counted: answers.is_anything_answered(),
        };
        let withheld = answers.withheld[top as usize];
        let columns = withheld.then(|| vec![true; frame.shape.columns]);
        let states = States {
            columns: columns.as_deref(),
            hidden_short: None,
        };
        let point = frame.point(span, &days, &sum, states);
        if part != untold && answers.is_silent() {
            return Point {
                value: Shown::None,
                n: None,
                mark: Some(Mark::NoData),
                ..point
            };
        }
        point
    };
    buckets(frame).into_iter().map(point).collect()
}
