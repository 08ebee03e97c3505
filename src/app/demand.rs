//! What the demand forecast is made from: the counts of a line by local half hour, out of the book.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::known::Known;
use crate::domain::centre::{Centre, Line};
use crate::domain::coverage::Knowledge;
use crate::domain::event::Millis;
use crate::domain::hours::open_intervals;
use crate::domain::occasion::Occasion;
use crate::domain::period::{Grain, INTERVAL_SECS, IntervalStart, Span, day_groups};
use crate::domain::record::DayRecord;
use crate::domain::series::WHOLE_CENTRE;
use crate::domain::tally::Count;
use crate::forecast::demand::calendar::{Calendar, DayCounts, DemandEvent, Effect};

/// The lines of an id: one, or all of them for the whole centre.
#[must_use]
pub fn lines_of<'c>(centre: &'c Centre, line: &str) -> Vec<&'c Line> {
    let lines = centre.lines.iter();
    lines
        .filter(|known| line == WHOLE_CENTRE || known.id == line)
        .collect()
}

/// The calendar of a line, or of the whole centre, with what is known to explain its demand.
#[must_use]
pub fn calendar<'c>(centre: &'c Centre, line: &str, events: &'c [DemandEvent]) -> Calendar<'c> {
    Calendar {
        lines: lines_of(centre, line),
        zone: &centre.zone,
        events,
    }
}

/// What was known at an instant to explain the demand of a line. What is entered afterwards is
/// learned from afterwards; what is cancelled is not.
#[must_use]
pub fn demand_events(occasions: &[Occasion], line: &str, known_ms: Millis) -> Vec<DemandEvent> {
    let own = occasions.iter().filter(|own| {
        own.cancelled_ms.is_none() && own.concerns(line) && own.known_ms() <= known_ms
    });
    own.map(|own| DemandEvent {
        kind: own.facts.kind.name().to_owned(),
        span: own.span(),
        effect: if own.facts.kind.recurs() {
            Effect::Recurs
        } else {
            Effect::Excluded
        },
    })
    .collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::occasion::{Facts, Kind, Origin, titled};
    use crate::domain::staff::{Person, Role};

    fn occasion(kind: Kind, lines: &[&str]) -> Occasion {
        Occasion {
            id: "e-1".to_owned(),
            facts: Facts {
                kind,
                origin: Origin::Planned,
                title: titled(&[("en", "Autumn bills")]),
                lines: lines.iter().map(|line| (*line).to_owned()).collect(),
                start_ms: 1_000,
                end_ms: 2_000,
            },
            by: Person {
                account: "ada".to_owned(),
                role: Role::Editor,
            },
            entered_ms: 500,
            changed_ms: None,
            cancelled_ms: None,
            expected: None,
        }
    }

    #[test]
    fn a_forecast_knows_what_was_entered_before_it_of_its_own_line() {
        let bills = occasion(Kind::BillRun, &["billing"]);
        let outage = occasion(Kind::Outage, &[]);
        let cancelled = Occasion {
            cancelled_ms: Some(600),
            ..bills.clone()
        };
        let later = Occasion {
            changed_ms: Some(900),
            ..bills.clone()
        };
        let all = [bills, outage, cancelled, later];
        let kinds = |line, known_ms| {
            let known = demand_events(&all, line, known_ms);
            let pairs = known.into_iter().map(|event| (event.kind, event.effect));
            pairs.collect::<Vec<_>>()
        };
        let bill_run = ("bill_run".to_owned(), Effect::Recurs);
        let outage = ("outage".to_owned(), Effect::Excluded);
        assert_eq!(kinds("billing", 500), [bill_run.clone(), outage.clone()]);
        let both = [bill_run.clone(), outage.clone(), bill_run];
        assert_eq!(kinds("*", 900), both);
        assert_eq!(kinds("moving", 500), [outage]);
        assert!(kinds("*", 499).is_empty(), "nobody knew");
    }
}
