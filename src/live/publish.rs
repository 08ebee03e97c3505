//! From the state to what may be shown: the body of `/api/v1/now`.
//!
//! The only door between live figures and the public (TRUST.md, Privacy 4): fewer than five
//! waiting is one value, small counts are withheld, staffing comes in bands of five, instants of
//! sources are cut to the minute. Knows no words; sentences are made by a function handed in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::ahead::{Outlook, Surprise, expect_halves};
use super::frame::{
    LineNow, LineState, Now, QuietSlot, StripSlot, StripTime, Today, Verdict, WaitRange,
};
use super::state::{LineFigures, State};
use super::verdict::{Ruling, Situation, UpcomingSlot, judge};
use crate::domain::centre::{Centre, Line, Source};
use crate::domain::disclosure::flow::FlowOfDay;
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::{IntervalStart, Span, local_day, timestamp};
use crate::domain::tally::{Count, Histogram, Tally};
use crate::forecast::minutes::MinutesRange;
use crate::forecast::profile::{FEWEST_WAITS, Slot, WeekProfile, single_waits};

/// Fewer than this are one value, zero among them.
const FEWEST: i64 = 5;

/// A source silent for this long makes its lines "delayed".
const DELAYED_MS: i64 = 60 * 1_000;

/// A source silent for this long makes its lines "no data".
const NO_DATA_MS: i64 = 5 * 60 * 1_000;

/// A frame older than this should not be believed.
const STALE_MS: i64 = 60 * 1_000;

/// A half hour that is over is taken for the present one until it was read, for at most so long.
const READ_MS: i64 = 3 * 60 * 1_000;

/// So many calls tell how often ranges were right.
const ENOUGH_CALLS: f64 = 200.0;

const MINUTE_MS: i64 = 60 * 1_000;

/// The closed intervals of today, all lines.
#[derive(Clone, Debug, Default)]
pub struct DaySoFar {
    /// Where the local day began.
    pub start_ms: Millis,
    /// Every interval before this one is closed and was read.
    pub until_ms: Millis,
    /// What was counted, all channels of a line together.
    pub cells: BTreeMap<(String, IntervalStart), Tally>,
    /// The intervals of each line of which it is known what happened; closed ones among them.
    pub covered: BTreeMap<String, BTreeSet<IntervalStart>>,
}

/// Everything a frame is made from.
pub struct Scene<'a> {
    /// The description.
    pub centre: &'a Centre,
    /// The live state.
    pub state: &'a State,
    /// Usual weeks and open half hours by line.
    pub outlooks: &'a BTreeMap<String, Outlook>,
    /// Today so far.
    pub day: &'a DaySoFar,
    /// The sentence of a verdict in the centre's first language. Called with the finished line;
    /// only `verdict.text` is still empty.
    pub say: &'a (dyn Fn(&Line, &LineNow) -> String + Send + Sync),
}

/// What may be shown of the centre at an instant.
#[must_use]
pub fn describe(scene: &Scene<'_>, now_ms: Millis) -> Now {
    let centre = scene.centre;
    let day = scene.day;
    let over = day
        .cells
        .iter()
        .filter(|((_, start), _)| start.ms() < day.until_ms);
    let tallies = over.map(|((line, _), tally)| (line.as_str(), tally));
    let flow = FlowOfDay::of(centre, tallies);
    Now {
        centre: centre.name.in_language(first_language(centre)).to_owned(),
        zone: centre.zone_name.clone(),
        sample_data: centre.sample_data,
        as_of: rfc3339(now_ms),
        stale_after: rfc3339(now_ms + STALE_MS),
        lines: centre
            .lines
            .iter()
            .map(|line| describe_line(scene, &flow, line, now_ms))
            .collect(),
    }
}

fn describe_line(scene: &Scene<'_>, flow: &FlowOfDay, line: &Line, now_ms: Millis) -> LineNow {
    let unknown = Outlook {
        profile: WeekProfile::unknown(),
        foresight: None,
        hours: Vec::new(),
        halves: Vec::new(),
    };
    let outlook = scene.outlooks.get(&line.id).unwrap_or(&unknown);
    let zone = &scene.centre.zone;
    let doors = Doors::at(&outlook.hours, now_ms);
    let last_seen_ms = last_seen(scene, line);
    let state = line_state(doors.open, last_seen_ms, now_ms);
    let figures = (state == LineState::Open).then(|| scene.state.figures(&line.id, now_ms));
    let usual_at = if doors.open {
        Some(now_ms)
    } else {
        doors.opens_ms
    };
    let typical = usual_at.and_then(|at_ms| outlook.expected(at_ms, zone).typical);
    let wait = figures
        .and_then(|figures| figures.range_secs)
        .map(|(low, high)| MinutesRange::around(low, high));
    let situation = match state {
        LineState::Open => Situation::Open(wait.or(typical)),
        LineState::Closed => Situation::Closed,
        LineState::Delayed => Situation::Delayed,
        LineState::NoData => Situation::NoData,
    };
    let surprise = outlook.surprise(wait, now_ms, zone);
    let upcoming = upcoming(outlook, surprise, zone, now_ms);
    let peak = outlook.profile.peak_contacts();
    let ruling = judge(situation, line.good_wait_mins, &upcoming, peak);
    let shown = figures.map_or_else(Withheld::default, |figures| withhold(&figures));
    let name = line.name.in_language(first_language(scene.centre));
    let mut now = LineNow {
        id: line.id.clone(),
        name: name.to_owned(),
        phone: line.phone.clone(),
        state,
        opens_at: doors.opens_ms.filter(|_| !doors.open).map(rfc3339),
        closes_at: doors.closes_ms.map(rfc3339),
        last_seen_at: last_seen_ms.map(|at_ms| rfc3339(at_ms - at_ms.rem_euclid(MINUTE_MS))),
        waiting: shown.waiting,
        waiting_below: shown.waiting_below,
        longest_wait_secs: shown.longest_wait_secs,
        answered_last_half_hour: shown.answered_last_half_hour,
        staffed_at_least: shown.staffed_at_least,
        wait: wait.map(WaitRange::from),
        typical: typical.map(WaitRange::from),
        verdict: verdict_of(&ruling),
        next_quiet: ruling.quiet.iter().filter_map(quiet_slot).collect(),
        ranges_right: ranges_right(outlook),
        today: count_today(scene.centre, scene.day, flow, line),
        strip: draw_strip(scene, line, (outlook, surprise), now_ms),
    };
    now.verdict.text = (scene.say)(line, &now);
    now
}

/// How often the ranges were right: those that were shown to callers, and until there are enough
/// of them, those that were forecast.
fn ranges_right(outlook: &Outlook) -> Option<f64> {
    let foresight = outlook.foresight.as_deref()?;
    let sums = [&foresight.shown.waits, &foresight.record.waits];
    let enough = sums.into_iter().find(|sums| sums.n >= ENOUGH_CALLS)?;
    enough
        .coverage()
        .map(|share| (share * 100.0).round() / 100.0)
}

/// What is left of live figures when small numbers are taken out.
#[derive(Default)]
struct Withheld {
    waiting: Option<i64>,
    waiting_below: Option<i64>,
    longest_wait_secs: Option<i64>,
    answered_last_half_hour: Option<i64>,
    staffed_at_least: Option<i64>,
}

fn withhold(live: &LineFigures) -> Withheld {
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let enough = |number: &i64| *number >= FEWEST;
    let waiting = Some(whole(live.waiting)).filter(enough);
    Withheld {
        waiting,
        waiting_below: waiting.is_none().then_some(FEWEST),
        longest_wait_secs: waiting.and(live.longest_wait_ms).map(|ms| ms / 1_000),
        answered_last_half_hour: live.answered_last_half_hour.map(whole).filter(enough),
        staffed_at_least: live
            .staffed
            .map(|staffed| staffed - staffed.rem_euclid(FEWEST)),
    }
}

/// Open or not, and when that changes.
struct Doors {
    open: bool,
    opens_ms: Option<Millis>,
    closes_ms: Option<Millis>,
}

impl Doors {
    fn at(open: &[Span], now_ms: Millis) -> Self {
        let rest = &open[open.partition_point(|span| span.end_ms <= now_ms)..];
        let is_open = rest.first().is_some_and(|span| span.contains(now_ms));
        let closed = Self {
            open: false,
            opens_ms: rest.first().map(|span| span.start_ms),
            closes_ms: None,
        };
        if !is_open {
            return closed;
        }
        let touching = rest
            .windows(2)
            .position(|pair| pair[0].end_ms < pair[1].start_ms);
        Self {
            open: true,
            opens_ms: None,
            // A line that is open as far as is known does not close.
            closes_ms: touching.map(|last| rest[last].end_ms),
        }
    }
}

fn line_state(open: bool, last_seen_ms: Option<Millis>, now_ms: Millis) -> LineState {
    let silent_ms = last_seen_ms.map_or(i64::MAX, |at_ms| now_ms - at_ms);
    if !open {
        LineState::Closed
    } else if silent_ms >= NO_DATA_MS {
        LineState::NoData
    } else if silent_ms >= DELAYED_MS {
        LineState::Delayed
    } else {
        LineState::Open
    }
}

/// The last sign of life behind a line. Of several sources that feed it the most silent decides,
/// since without it the figures are not whole. Before any of them has spoken of the line, the
/// liveliest source that may put contacts on lines stands in.
fn last_seen(scene: &Scene<'_>, line: &Line) -> Option<Millis> {
    let known = |id: &&str| scene.centre.source(id).is_some();
    let feeders: Vec<&str> = scene.state.feeders(&line.id).filter(known).collect();
    if feeders.is_empty() {
        let offering = scene
            .centre
            .sources
            .iter()
            .filter(|source| may_offer(source));
        return offering
            .filter_map(|source| scene.state.last_seen(&source.id))
            .max();
    }
    let lives: Option<Vec<Millis>> = feeders
        .into_iter()
        .map(|source| scene.state.last_seen(source))
        .collect();
    lives?.into_iter().min()
}

/// Whether a source brings contacts in; others only speak about them.
#[must_use]
pub fn may_offer(source: &Source) -> bool {
    source.may.contains(&EventKind::Offered)
}

fn upcoming(
    outlook: &Outlook,
    now: Option<Surprise>,
    zone: &TimeZone,
    now_ms: Millis,
) -> Vec<UpcomingSlot> {
    let slots = expect_halves(outlook, now, zone);
    slots
        .skip_while(|slot| slot.span.start_ms <= now_ms)
        .take(UPCOMING)
        .collect()
}

/// More than 12 hours of half hours, even if some are quarters.
const UPCOMING: usize = 48;

/// The verdict as it is shown; the sentence is still to be made.
pub(super) fn verdict_of(ruling: &Ruling) -> Verdict {
    Verdict {
        code: ruling.code,
        better_at: ruling.better.map(|better| rfc3339(better.at_ms)),
        better_wait: ruling.better.map(|better| better.wait.into()),
        saves_mins: ruling.saves_mins,
        text: String::new(),
    }
}

/// A quiet slot as it is shown.
pub(super) fn quiet_slot((slot, weight): &(UpcomingSlot, f64)) -> Option<QuietSlot> {
    Some(QuietSlot {
        start: rfc3339(slot.span.start_ms),
        end: rfc3339(slot.span.end_ms),
        wait: slot.typical?.into(),
        weight: (weight * 1_000.0).round() / 1_000.0,
    })
}

fn count_today(centre: &Centre, day: &DaySoFar, flow: &FlowOfDay, line: &Line) -> Today {
    if day.until_ms <= day.start_ms || !day.covered.contains_key(&line.id) {
        return Today::default();
    }
    // What no source tells is unknown, not zero.
    let is_told = |count| {
        let mut sources = centre.sources.iter();
        sources.any(|source| source.reports.contains(&count))
    };
    let shown = |count| {
        is_told(count)
            .then(|| flow.count(&line.id, count))
            .flatten()
    };
    Today {
        until: Some(rfc3339(day.until_ms)),
        attempts: shown(Count::Attempts),
        answered: shown(Count::Answered),
        abandoned: shown(Count::Abandoned),
    }
}

fn draw_strip(
    scene: &Scene<'_>,
    line: &Line,
    (outlook, surprise): (&Outlook, Option<Surprise>),
    now_ms: Millis,
) -> Vec<StripSlot> {
    let zone = &scene.centre.zone;
    let day = scene.day;
    // An outlook that was made before midnight begins with the day before.
    let all_day = Span::of_day(local_day(now_ms, zone), zone);
    let halves = outlook.halves.iter();
    let today = halves.filter(|span| all_day.contains(span.start_ms));
    today
        .map(|span| {
            let usual = outlook.expected_after(surprise, span.start_ms, zone);
            let over = span.end_ms <= now_ms;
            let read = span.end_ms <= day.until_ms || span.end_ms + READ_MS <= now_ms;
            let (when, (wait_mins, mark)) = if over && read {
                (StripTime::Past, measure(day, line, *span))
            } else if over || span.contains(now_ms) {
                (StripTime::Now, expect(&usual))
            } else {
                (StripTime::Expected, expect(&usual))
            };
            StripSlot {
                start: rfc3339(span.start_ms),
                when,
                wait_mins: wait_mins.map(|mins| (mins * 10.0).round() / 10.0),
                expected: usual.typical.map(WaitRange::from),
                mark: mark.map(str::to_owned),
            }
        })
        .collect()
}

/// The median of a half hour that is over, or why there is none.
fn measure(day: &DaySoFar, line: &Line, span: Span) -> (Option<f64>, Option<&'static str>) {
    let covered = day.covered.get(&line.id);
    let is_covered = |start: IntervalStart| covered.is_some_and(|set| set.contains(&start));
    if span.end_ms > day.until_ms || !span.intervals().all(is_covered) {
        return (None, Some("x"));
    }
    let mut waits = Histogram::default();
    for start in span.intervals() {
        if let Some(tally) = day.cells.get(&(line.id.clone(), start)) {
            let more = single_waits(tally);
            waits
                .0
                .iter_mut()
                .zip(more.0)
                .for_each(|(sum, n)| *sum += n);
        }
    }
    if waits.total() < FEWEST_WAITS {
        return (None, Some("c"));
    }
    (waits.percentile_secs(0.5).map(|secs| secs / 60.0), None)
}

fn expect(usual: &Slot) -> (Option<f64>, Option<&'static str>) {
    let missing = if usual.expected_contacts.is_some() {
        "c"
    } else {
        "x"
    };
    let mark = usual.median_mins.is_none().then_some(missing);
    (usual.median_mins, mark)
}

impl From<MinutesRange> for WaitRange {
    fn from(range: MinutesRange) -> Self {
        Self {
            low_mins: range.low_mins,
            high_mins: range.high_mins,
        }
    }
}

impl From<WaitRange> for MinutesRange {
    fn from(range: WaitRange) -> Self {
        Self {
            low_mins: range.low_mins,
            high_mins: range.high_mins,
        }
    }
}

fn first_language(centre: &Centre) -> &str {
    centre.languages.first().map_or("", String::as_str)
}

/// An instant in UTC, to the second.
#[must_use]
pub fn rfc3339(at_ms: Millis) -> String {
    timestamp(at_ms - at_ms.rem_euclid(1_000)).to_string()
}

#[cfg(test)]
mod tests;
