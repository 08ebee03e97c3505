//! What the database knows that a frame needs beside the live state: the usual week of each line
//! and today so far. Reads; never writes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::ahead::Outlook;
use super::publish::{DaySoFar, may_offer};
use crate::domain::centre::{Centre, Line};
use crate::domain::event::Millis;
use crate::domain::hours::{open_half_hours, open_intervals, opening_spans};
use crate::domain::period::{Grain, IntervalStart, Span, day_start_ms, days, local_day};
use crate::domain::tally::Tally;
use crate::domain::volume::finest_grains;
use crate::forecast::profile::{History, Past, RECENT_WEEKS, build_profile};
use crate::store::Store;

/// Opening hours are looked up this many days ahead: more than two weeks of holidays.
const DAYS_AHEAD: i64 = 17;

/// The usual weeks of all lines, from so many past weeks, with their hours from today on.
///
/// # Errors
/// If the database fails.
pub async fn read_outlooks(
    store: &Store,
    centre: &Centre,
    now_ms: Millis,
    weeks: i64,
) -> sqlx::Result<BTreeMap<String, Outlook>> {
    let today = local_day(now_ms, &centre.zone);
    let first = today.saturating_sub((weeks * 7).days());
    let mut past = Past::default();
    let mut week = first;
    while week < today {
        let next = week.saturating_add(1.week()).min(today);
        past.take(
            &store
                .interval_cells(starts_at(week, centre), starts_at(next, centre))
                .await?,
        );
        week = next;
    }
    let span = Span {
        start_ms: day_start_ms(first, &centre.zone),
        end_ms: day_start_ms(today, &centre.zone),
    };
    let covered = read_covered(store, centre, span).await?;
    let finest = finest_grains(store.counted_spans().await?);
    let of_line = |line: &Line| {
        // Counts of whole hours or days do not tell in which half hour it is busy.
        let is_coarse = finest
            .get(&line.id)
            .is_some_and(|grain| *grain > Grain::HalfHour);
        let open: HashSet<IntervalStart> = days(first, today)
            .flat_map(|day| open_intervals(line, day, &centre.zone))
            .collect();
        let history = History {
            past: &past,
            open: &collect_days(first, today, |day| open_half_hours(line, day, &centre.zone)),
            covered: &|start| !is_coarse && (covered.contains(&start) || !open.contains(&start)),
            until_ms: span.end_ms,
            recent_weeks: RECENT_WEEKS,
        };
        let profile = build_profile(&line.id, &centre.zone, &history);
        (line.id.clone(), look_ahead(centre, line, today, profile))
    };
    Ok(centre.lines.iter().map(of_line).collect())
}

fn look_ahead(
    centre: &Centre,
    line: &Line,
    today: Date,
    profile: crate::forecast::profile::WeekProfile,
) -> Outlook {
    let last = today.saturating_add(DAYS_AHEAD.days());
    Outlook {
        profile,
        foresight: None,
        hours: collect_days(today, last, |day| opening_spans(line, day, &centre.zone)),
        halves: collect_days(today, last, |day| open_half_hours(line, day, &centre.zone)),
    }
}

fn collect_days(from: Date, to: Date, spans: impl Fn(Date) -> Vec<Span>) -> Vec<Span> {
    days(from, to).flat_map(spans).collect()
}

fn starts_at(day: Date, centre: &Centre) -> IntervalStart {
    IntervalStart::containing(day_start_ms(day, &centre.zone))
}

/// The intervals of today that are over at `until`.
///
/// # Errors
/// If the database fails.
pub async fn read_day(
    store: &Store,
    centre: &Centre,
    day: Date,
    until: IntervalStart,
) -> sqlx::Result<DaySoFar> {
    let start = starts_at(day, centre);
    let span = Span {
        start_ms: start.ms(),
        end_ms: until.ms(),
    };
    let mut cells: BTreeMap<(String, IntervalStart), Tally> = BTreeMap::new();
    for (interval, place, tally) in store.interval_cells(start, until).await? {
        *cells.entry((place.line, interval)).or_default() += &tally;
    }
    let known = read_covered(store, centre, span).await?;
    let mut covered: BTreeMap<String, BTreeSet<IntervalStart>> = BTreeMap::new();
    for line in &centre.lines {
        let open: HashSet<_> = open_intervals(line, day, &centre.zone)
            .into_iter()
            .collect();
        // A line of whose opening time nothing is known has no figures today.
        if open.iter().any(|interval| known.contains(interval)) {
            let sure = |start: &IntervalStart| known.contains(start) || !open.contains(start);
            covered.insert(line.id.clone(), span.intervals().filter(sure).collect());
        }
    }
    Ok(DaySoFar {
        start_ms: span.start_ms,
        until_ms: span.end_ms,
        cells,
        covered,
    })
}

/// The intervals that a source which brings contacts in covers from start to end.
async fn read_covered(
    store: &Store,
    centre: &Centre,
    span: Span,
) -> sqlx::Result<HashSet<IntervalStart>> {
    let mut by_source: HashMap<String, Vec<Span>> = HashMap::new();
    for (source, found) in store.coverage(span.start_ms, span.end_ms).await? {
        if centre.source(&source).is_some_and(may_offer) {
            // What lies outside could be centuries.
            by_source.entry(source).or_default().push(Span {
                start_ms: found.start_ms.max(span.start_ms),
                end_ms: found.end_ms.min(span.end_ms),
            });
        }
    }
    let joined = by_source.into_values().flat_map(join_spans);
    let whole = joined.flat_map(|span| {
        let inside = move |start: &IntervalStart| start.next().ms() <= span.end_ms;
        span.intervals().take_while(inside).collect::<Vec<_>>()
    });
    Ok(whole.collect())
}

/// Spans that touch or overlap become one.
fn join_spans(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start_ms <= last.end_ms => {
                last.end_ms = last.end_ms.max(span.end_ms);
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_or_overlap_are_one() {
        let span = |start_ms, end_ms| Span { start_ms, end_ms };
        let joined = join_spans(vec![
            span(10, 20),
            span(0, 5),
            span(5, 8),
            span(12, 15),
            span(30, 31),
        ]);
        assert_eq!(joined, [span(0, 8), span(10, 20), span(30, 31)]);
    }
}
