//! What the forecast of waits is made from: the waits of a line by local half hour, out of the book.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::centre::Centre;
use crate::domain::coverage::Knowledge;
use crate::domain::event::Place;
use crate::domain::period::{IntervalStart, Span};
use crate::domain::record::DayRecord;
use crate::domain::series::WHOLE_CENTRE;
use crate::domain::tally::{Count, Tally, Waits};
use crate::forecast::wait::{HalfWaits, WaitDay};

use super::demand::calendar;
use super::known::Known;

/// The waits of a line, or of the whole centre, on each of the recorded days by half hour. What is
/// not covered is not known, but what was counted there is: gaps are not zeros, and a wait that
/// was measured was waited.
#[must_use]
pub fn wait_days(
    centre: &Centre,
    line: &str,
    records: &[Arc<DayRecord>],
    known: &Known,
) -> Vec<WaitDay> {
    let calendar = calendar(centre, line, &[]);
    let is_whole = line == WHOLE_CENTRE;
    let covered = known.coverage.of(&[Count::Offered]);
    // The hours until a letter is answered say nothing about the wait of somebody who calls.
    let is_called = |place: &Place| (is_whole || place.line == line) && !place.channel.is_written();
    let of_record = |record: &Arc<DayRecord>| {
        let plan = calendar.plan(record.day);
        let mut sums: HashMap<IntervalStart, Tally> = HashMap::new();
        let intervals = record.intervals.iter();
        for (interval, _, tally) in
            intervals.flat_map(|packed| packed.tallies(|place| is_called(place)))
        {
            *sums.entry(interval).or_default() += &tally;
        }
        let of_half = |span: Span| {
            let found = span
                .intervals()
                .filter_map(|start| sums.get(&start).copied());
            let waits = half_waits(&found.sum::<Tally>());
            let is_known = waits.callers() > 0 || covered.knowledge(span) == Knowledge::Covered;
            is_known.then_some(waits)
        };
        let halves = plan.halves.iter().map(|half| of_half(half.span)).collect();
        WaitDay { plan, halves }
    };
    records.iter().map(of_record).collect()
}

fn half_waits(tally: &Tally) -> HalfWaits {
    HalfWaits {
        answered: *tally.waits(Waits::Answered),
        abandoned: *tally.waits(Waits::Abandoned),
        wait_ms_sum: tally.count(Count::WaitAnsweredMsSum) + tally.count(Count::WaitAbandonedMsSum),
    }
}
