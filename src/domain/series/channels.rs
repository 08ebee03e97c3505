//! Contacts by channel, of the whole centre: what of them is withheld.
//!
//! Lines and channels divide the same contacts, so one division could give the other away. The
//! channels of a day, week or month are therefore told all together or not at all: only where the
//! contacts of every line are told and no line has few contacts of any channel. Whatever is added
//! and subtracted then is made of numbers that are no secret. A week or month with exactly one day
//! that is not told is not told either: the rest of it would tell that day.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Frame;
use super::days::{cells_of_bucket, cells_on};
use crate::domain::disclosure::cells::Cells;
use crate::domain::period::{self, Grain};
use crate::domain::tally::{Count, Tally};

/// Whether the channels of a day, week or month are withheld. A single channel is the whole.
pub fn are_withheld(frame: &Frame, days: &Range<Date>) -> bool {
    let mut channels = frame.centre.lines.iter().flat_map(|line| &line.channels);
    let first = channels.next();
    if channels.all(|channel| Some(channel) == first) {
        return false;
    }
    if gives_away(frame, &cells_of_bucket(frame, days), days) {
        return true;
    }
    if frame.request.grain == Grain::Day {
        return false;
    }
    let end = days.end.min(frame.today.saturating_add(1.day()));
    let untold = period::days(days.start, end).filter(|day| {
        let range = *day..day.saturating_add(1.day());
        gives_away(frame, &cells_on(frame, *day), &range)
    });
    untold.take(2).count() == 1
}

/// Whether the contacts of some line are withheld, or few of a channel.
fn gives_away(frame: &Frame, cells: &Cells, days: &Range<Date>) -> bool {
    let Some(attempts) = frame.columns.own_column(frame.request.measure) else {
        return true;
    };
    let lines = cells.withheld.iter().skip(attempts);
    if lines.step_by(frame.shape.columns).any(|withheld| *withheld) {
        return true;
    }
    let is_small = |tally: &Tally| frame.shape.is_small(tally.count(Count::Attempts));
    match frame.records(days) {
        [] => false,
        [record] if record.day < frame.today => {
            let mut tallies = record.tallies().iter();
            tallies.any(|(_, tally)| is_small(tally))
        }
        _ => {
            let sums = frame.sums(days);
            let mut tallies = sums.tallies.iter();
            tallies.any(|(_, tally)| is_small(tally))
        }
    }
}
