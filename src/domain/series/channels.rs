//! Contacts by channel, of the whole centre: what of them is withheld.
//!
//! Lines and channels divide the same contacts, so one division could give the other away. The
//! channels of a day, week or month are therefore told all together or not at all: only where the
//! contacts of every line are told and no line has few contacts of any channel. Whatever is added
//! and subtracted then is made of numbers that are no secret. A week with exactly one day that is not
//! told is not told either: the rest of it would tell that day. So it is with a month and its weeks.

use std::ops::Range;

use jiff::civil::Date;

use super::Frame;
use super::cut::{Parts, parts_of};
use super::days::cells_of_bucket;
use crate::domain::disclosure::cells::Cells;
use crate::domain::tally::{Count, Tally};

/// Whether the channels of a day, week or month are withheld. A single channel is the whole.
pub fn are_withheld(frame: &Frame, days: &Range<Date>) -> bool {
    let mut channels = frame.centre.lines.iter().flat_map(|line| &line.channels);
    let first = channels.next();
    let is_single = channels.all(|channel| Some(channel) == first);
    !is_single && are_untold(frame, days)
}

fn are_untold(frame: &Frame, days: &Range<Date>) -> bool {
    let common = frame.raw.common;
    common.are_channels_untold(days, || decide(frame, days))
}

fn decide(frame: &Frame, days: &Range<Date>) -> bool {
    if gives_away(frame, &cells_of_bucket(frame, days), days) {
        return true;
    }
    let begun = |part: &&Range<Date>| part.start <= frame.today;
    let untold = |part: &&Range<Date>| are_untold(frame, part);
    match parts_of(days) {
        Parts::None => false,
        Parts::OfMonths(parts) => parts.iter().filter(begun).any(|part| untold(&part)),
        Parts::Days(parts) | Parts::Weeks(parts) => {
            let untold = parts.iter().filter(begun).filter(untold);
            untold.take(2).count() == 1
        }
    }
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
