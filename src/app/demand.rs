//! What the demand forecast is made from: the counts of a line by local half hour, out of the book.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::known::Known;
use crate::domain::centre::{Centre, Line};
use crate::domain::coverage::Knowledge;
use crate::domain::hours::open_intervals;
use crate::domain::period::{Grain, INTERVAL_SECS, IntervalStart, Span, day_groups};
use crate::domain::record::DayRecord;
use crate::domain::series::WHOLE_CENTRE;
use crate::domain::tally::Count;
use crate::forecast::demand::calendar::{Calendar, DayCounts};

/// The lines of an id: one, or all of them for the whole centre.
#[must_use]
pub fn lines_of<'c>(centre: &'c Centre, line: &str) -> Vec<&'c Line> {
    let lines = centre.lines.iter();
    lines
        .filter(|known| line == WHOLE_CENTRE || known.id == line)
        .collect()
}

/// The calendar of a line, or of the whole centre.
#[must_use]
pub fn calendar<'c>(centre: &'c Centre, line: &str) -> Calendar<'c> {
    Calendar {
        lines: lines_of(centre, line),
        zone: &centre.zone,
        // Events are not stored yet.
        events: &[],
    }
}

/// Whether the counts of a line are fine enough to tell half hours apart.
#[must_use]
pub fn is_fine_enough(centre: &Centre, line: &str, known: &Known) -> bool {
    let lines = lines_of(centre, line);
    let mut lines = lines.iter();
    lines.all(|line| known.finest.get(&line.id) <= Some(&Grain::HalfHour))
}

/// The contacts of a line, or of the whole centre, on each of the recorded days by half hour. What
/// is open and not covered is not known; what happened in closed time that nobody covers neither.
#[must_use]
pub fn day_counts(
    centre: &Centre,
    line: &str,
    records: &[Arc<DayRecord>],
    known: &Known,
) -> Vec<DayCounts> {
    let lines = lines_of(centre, line);
    let is_whole = line == WHOLE_CENTRE;
    let is_known = is_fine_enough(centre, line, known);
    let covered = known.coverage.of(&[Count::Attempts]);
    let knowledge = |span| covered.knowledge(span) == Knowledge::Covered;
    let of_record = |record: &Arc<DayRecord>| {
        let Some(packed) = record.intervals.as_ref().filter(|_| is_known) else {
            return nothing_known(record.day);
        };
        let mut counts: HashMap<IntervalStart, i64> = HashMap::new();
        for (interval, _, tally) in packed.tallies(|place| is_whole || place.line == line) {
            *counts.entry(interval).or_default() += tally.count(Count::Attempts);
        }
        let halves = day_groups(record.day, &centre.zone, Grain::HalfHour).into_iter();
        let is_half_known = |half: Span| {
            knowledge(half) || is_known_while_open(&lines, record.day, centre, half, knowledge)
        };
        DayCounts {
            day: record.day,
            halves: halves
                .map(|half| {
                    let found = half.intervals().filter_map(|start| counts.get(&start));
                    is_half_known(half).then(|| float(found.sum()))
                })
                .collect(),
        }
    };
    records.iter().map(of_record).collect()
}

/// Whether a half hour that is not wholly covered is covered as far as it is open.
fn is_known_while_open(
    lines: &[&Line],
    day: Date,
    centre: &Centre,
    half: Span,
    knowledge: impl Fn(Span) -> bool,
) -> bool {
    let open = lines
        .iter()
        .flat_map(|line| open_intervals(line, day, &centre.zone));
    let mut open = open
        .filter(|start| half.contains(start.ms()))
        .map(|start| Span {
            start_ms: start.ms(),
            end_ms: start.ms() + INTERVAL_SECS * 1_000,
        })
        .peekable();
    open.peek().is_some() && open.all(knowledge)
}

fn nothing_known(day: Date) -> DayCounts {
    DayCounts {
        day,
        halves: Vec::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn float(count: i64) -> f64 {
    count as f64
}
