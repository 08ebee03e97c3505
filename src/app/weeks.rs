//! The usual week as a table: of now, from what the live loop keeps, and of any stretch of the
//! past, from the book of days.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use crate::domain::centre::{Centre, Line};
use crate::domain::coverage::{Coverage, Knowledge};
use crate::domain::event::Millis;
use crate::domain::hours::{open_half_hours, open_intervals};
use crate::domain::period::{
    Grain, INTERVAL_SECS, IntervalStart, Span, day_start_ms, days, local_day,
};
use crate::domain::record::DayRecord;
use crate::domain::series::WHOLE_CENTRE;
use crate::domain::tally::Count;
use crate::domain::volume::FinestGrains;
use crate::forecast::profile::{
    History, MOST_WEEKS, Past, RECENT_WEEKS, WeekProfile, build_profile, slot_index,
};
use crate::live::frame::WaitRange;
use crate::site::figures::{WeekCell, WeekRow, WeekTable};

/// The whole weeks before the end of a range that its usual week is made of: as many as it has,
/// but not so few that a single week could be read from them, nor more than half a year.
#[must_use]
pub fn weeks_before(range: &Range<Date>, today: Date) -> Range<Date> {
    let end = range.end.min(today);
    let hours = end.duration_since(range.start.min(end)).as_hours();
    let weeks = (hours / 24 / 7).clamp(RECENT_WEEKS, MOST_WEEKS);
    end.saturating_sub(weeks.weeks())..end
}

/// What was recorded in some weeks.
pub struct Recorded<'a> {
    /// Their days.
    pub records: &'a [Arc<DayRecord>],
    /// What is known of which time.
    pub coverage: &'a Coverage,
    /// How finely it is known.
    pub finest: &'a FinestGrains,
}

/// The usual week of a line, or of all lines together, in some whole weeks.
#[must_use]
pub fn week_of_past(
    centre: &Centre,
    line: &str,
    range: &Range<Date>,
    recorded: &Recorded<'_>,
) -> WeekTable {
    let lines = lines_of(centre, line);
    let is_whole = line == WHOLE_CENTRE;
    // Counts of whole hours or days do not tell in which half hour it is busy.
    let is_coarse = |line: &&Line| recorded.finest.get(&line.id) > Some(&Grain::HalfHour);
    let is_coarse = lines.iter().any(is_coarse);
    let mut past = Past::default();
    for packed in recorded
        .records
        .iter()
        .filter_map(|day| day.intervals.as_ref())
    {
        for (interval, place, tally) in packed.tallies(|place| is_whole || place.line == line) {
            past.add(line, place.channel, interval, &tally);
        }
    }
    let of_lines = |day| lines.iter().map(move |line| (*line, day));
    let all = || days(range.start, range.end).flat_map(of_lines);
    let open: HashSet<IntervalStart> = all()
        .flat_map(|(line, day)| open_intervals(line, day, &centre.zone))
        .collect();
    let halves: BTreeSet<Span> = all()
        .flat_map(|(line, day)| open_half_hours(line, day, &centre.zone))
        .collect();
    let halves: Vec<Span> = halves.into_iter().collect();
    let covered = recorded.coverage.of(&[Count::Attempts]);
    let is_known = |start: IntervalStart| {
        let span = Span {
            start_ms: start.ms(),
            end_ms: start.ms() + INTERVAL_SECS * 1_000,
        };
        !is_coarse && (covered.knowledge(span) == Knowledge::Covered || !open.contains(&start))
    };
    let weeks = range.end.duration_since(range.start).as_hours() / 24 / 7;
    let history = History {
        past: &past,
        open: &halves,
        covered: &is_known,
        until_ms: day_start_ms(range.end, &centre.zone),
        recent_weeks: weeks,
    };
    let profile = build_profile(line, &centre.zone, &history);
    let monday_ms = day_start_ms(range.end, &centre.zone);
    WeekTable {
        weeks: u32::try_from(weeks).unwrap_or_default(),
        ..week_table(centre, line, &profile, monday_ms)
    }
}

fn lines_of<'c>(centre: &'c Centre, line: &str) -> Vec<&'c Line> {
    let lines = centre.lines.iter();
    lines
        .filter(|known| line == WHOLE_CENTRE || known.id == line)
        .collect()
}

/// The usual week as a table: a row for each half hour that is open on some weekday. The opening
/// hours are those of an ordinary week: a holiday next Monday does not close every Monday.
#[must_use]
pub fn week_table(centre: &Centre, line: &str, profile: &WeekProfile, now_ms: Millis) -> WeekTable {
    let today = local_day(now_ms, &centre.zone);
    let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let mut open = [[false; 48]; 7];
    for line in lines_of(centre, line) {
        let ordinary = Line {
            holidays: Vec::new(),
            ..line.clone()
        };
        for day in 0..7 {
            let day = monday.saturating_add(day.days());
            for half in open_half_hours(&ordinary, day, &centre.zone) {
                let (weekday, half) = slot_index(half.start_ms, &centre.zone);
                open[weekday][half] = true;
            }
        }
    }
    let mut rows = Vec::new();
    for half in 0..48_usize {
        if !open.iter().any(|day| day[half]) {
            continue;
        }
        let mut cells = [WeekCell::Closed; 7];
        for weekday in (0..7).filter(|weekday| open[*weekday][half]) {
            cells[weekday] = week_cell(profile, weekday, half);
        }
        rows.push(WeekRow {
            start: half_hour(half),
            cells,
        });
    }
    let facts = profile.facts();
    WeekTable {
        line: line.to_owned(),
        weeks: u32::try_from(RECENT_WEEKS).unwrap_or_default(),
        rows,
        busiest: facts.busiest_day.into_iter().collect(),
        quietest: facts
            .quietest
            .map(|quiet| (quiet.weekday, half_hour(quiet.from_half))),
    }
}

fn half_hour(half: usize) -> Time {
    let half = i8::try_from(half % 48).unwrap_or_default();
    Time::constant(half / 2, half % 2 * 30, 0, 0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index from 0 to 100"
)]
fn week_cell(profile: &WeekProfile, weekday: usize, half: usize) -> WeekCell {
    let slot = &profile.slots[weekday][half];
    let wait = slot.typical.map(|typical| WaitRange {
        low_mins: typical.low_mins,
        high_mins: typical.high_mins,
    });
    match profile.busy_index(weekday, half) {
        Some(index) if wait.is_some() || !profile.has_waits() => WeekCell::Usual {
            wait,
            busy_index: index.clamp(0.0, 100.0).round() as u8,
        },
        _ if slot.expected_contacts.is_some() => WeekCell::FewCalls,
        _ => WeekCell::NoData,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_range_has_the_weeks_before_its_end_eight_at_least_and_half_a_year_at_most() {
        let today = date(2026, 11, 22);
        let weeks = |from, to| weeks_before(&(from..to), today);
        let month = weeks(date(2026, 8, 1), date(2026, 9, 1));
        assert_eq!(month, date(2026, 7, 7)..date(2026, 9, 1));
        let quarter = weeks(date(2026, 1, 1), date(2026, 4, 1));
        assert_eq!(
            quarter,
            date(2026, 1, 7)..date(2026, 4, 1),
            "twelve whole weeks"
        );
        let years = weeks(date(2020, 1, 1), date(2026, 12, 1));
        assert_eq!(years, today.saturating_sub(26.weeks())..today);
        let future = weeks(date(2027, 1, 1), date(2027, 2, 1));
        assert_eq!(future.end, today);
    }
}
