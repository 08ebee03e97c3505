//! The plain weekly profile: what is usual at each half hour of the week.
//!
//! Pools past weeks of interval cells by weekday and local half hour. Knows neither the database
//! nor opening hours: the open half hours of the past and what is covered are handed in. What is
//! not covered is left out, because missing is not zero.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::minutes::MinutesRange;
use crate::domain::centre::Channel;
use crate::domain::event::{Millis, Place};
use crate::domain::period::{IntervalStart, Span, civil};
use crate::domain::tally::{Count, Histogram, Tally, Waits};

/// Half hours of a day.
pub const HALVES: usize = 48;

/// Typical values need this many single waits, so that nobody's wait is shown.
pub const FEWEST_WAITS: i64 = 10;

/// The weeks that are pooled first: recent enough to be like the next one.
pub const RECENT_WEEKS: i64 = 8;

/// The weeks that are pooled where the recent ones hold too few waits.
pub const MOST_WEEKS: i64 = 26;

const WEEK_MS: i64 = 7 * 24 * 3_600 * 1_000;

/// A quiet stretch is at least this many half hours long.
const STRETCH: usize = 4;

/// A weekday is called the busiest only if it exceeds the mean of the others by this factor.
const CLEARLY_BUSIER: f64 = 1.05;

/// How far the pool had to be widened to hold enough waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Basis {
    /// The same half hour of the last 8 weeks.
    #[default]
    RecentWeeks,
    /// The same half hour of the last 26 weeks.
    MostWeeks,
    /// Also the half hours beside it.
    Neighbours,
    /// Also the same time on the other days of the week.
    OtherDays,
}

/// What is usual in one half hour of the week. All `None` where the line is closed.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Slot {
    /// Mean number of contacts over the half hours with data; `None` without any.
    pub expected_contacts: Option<f64>,
    /// P10 to P90 of single waits; `None` if fewer than 10 are known.
    pub typical: Option<MinutesRange>,
    /// Median of the same waits, minutes.
    pub median_mins: Option<f64>,
    /// How many single waits are behind `typical`.
    pub basis_n: i64,
    /// From where they were pooled.
    pub basis: Basis,
    /// Contacts behind `expected_contacts`.
    pub contacts_n: i64,
}

/// The usual week of a line: `slots[weekday][half hour]`, Monday first, local time.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekProfile {
    /// The slots, seven days.
    pub slots: Vec<[Slot; HALVES]>,
}

/// Contacts and waits of the past by line and interval, channels together. Cells are taken in
/// piece by piece, since half a year of whole tallies is a lot of memory.
#[derive(Default)]
pub struct Past(HashMap<String, HashMap<IntervalStart, Pool>>);

impl Past {
    /// Takes cells in, of any lines and in any order, each once.
    pub fn take(&mut self, cells: &[(IntervalStart, Place, Tally)]) {
        for (interval, place, tally) in cells {
            self.add(&place.line, place.channel, *interval, tally);
        }
    }

    /// Adds one cell under the name of a line, or under that of all lines together. The hours
    /// until a letter is answered say nothing about the wait of somebody who calls.
    pub fn add(&mut self, line: &str, channel: Channel, interval: IntervalStart, tally: &Tally) {
        if !self.0.contains_key(line) {
            self.0.insert(line.to_owned(), HashMap::new());
        }
        let Some(line) = self.0.get_mut(line) else {
            return;
        };
        let sum = line.entry(interval).or_default();
        sum.contacts += tally.count(Count::Attempts);
        if !channel.is_written() {
            add_waits(&mut sum.waits, &single_waits(tally));
        }
    }
}

/// What the profile is made from.
pub struct History<'a> {
    /// What was counted.
    pub past: &'a Past,
    /// Half hours in which the line was open.
    pub open: &'a [Span],
    /// Whether what happened in an interval is known, or nothing could happen: it was closed.
    pub covered: &'a dyn Fn(IntervalStart) -> bool,
    /// Only what ended before this instant is used; weeks are counted back from it.
    pub until_ms: Millis,
    /// The weeks that are pooled first, usually [`RECENT_WEEKS`].
    pub recent_weeks: i64,
}

/// A stretch of a day that is quieter than the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietStretch {
    /// Monday is 0.
    pub weekday: usize,
    /// First half hour.
    pub from_half: usize,
    /// The half hour after the last one.
    pub to_half: usize,
    /// Whether it lasts until the line closes: "after 16:00".
    pub until_close: bool,
}

/// What a sentence about the week needs: "Mondays are busiest; Thursday after 16:00 is quietest".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct WeekFacts {
    /// The weekday (Monday is 0) with clearly the most contacts per open half hour.
    pub busiest_day: Option<usize>,
    /// The two hours or more with the shortest waits.
    pub quietest: Option<QuietStretch>,
}

/// What was pooled for one half hour of the week.
#[derive(Clone, Copy, Default)]
struct Pool {
    halves: i64,
    contacts: i64,
    waits: Histogram,
}

impl Pool {
    fn add(&mut self, other: &Self) {
        self.halves += other.halves;
        self.contacts += other.contacts;
        add_waits(&mut self.waits, &other.waits);
    }
}

type Pools = Vec<[Pool; HALVES]>;

/// The weekday (Monday is 0) and half hour of an instant on the local clock.
#[must_use]
pub fn slot_index(at_ms: Millis, zone: &TimeZone) -> (usize, usize) {
    let local = civil(at_ms, zone);
    let weekday = local.weekday().to_monday_zero_offset();
    let half = local.hour() * 2 + local.minute() / 30;
    (
        usize::try_from(weekday).unwrap_or(0),
        usize::try_from(half).unwrap_or(0),
    )
}

/// The usual week of `line`.
#[must_use]
pub fn build_profile(line: &str, zone: &TimeZone, history: &History<'_>) -> WeekProfile {
    let nothing = HashMap::new();
    let by_interval = history.past.0.get(line).unwrap_or(&nothing);
    let mut recent: Pools = vec![[Pool::default(); HALVES]; 7];
    let mut most = recent.clone();
    for half in history.open {
        let age_ms = history.until_ms - half.start_ms;
        let over = half.end_ms <= history.until_ms;
        if !over || age_ms > MOST_WEEKS * WEEK_MS || !half.intervals().all(history.covered) {
            continue;
        }
        let mut pool = Pool {
            halves: 1,
            ..Pool::default()
        };
        for found in half.intervals().filter_map(|i| by_interval.get(&i)) {
            pool.add(found);
        }
        let (weekday, index) = slot_index(half.start_ms, zone);
        most[weekday][index].add(&pool);
        if age_ms <= history.recent_weeks * WEEK_MS {
            recent[weekday][index].add(&pool);
        }
    }
    let mut slots = vec![[Slot::default(); HALVES]; 7];
    for (weekday, day) in slots.iter_mut().enumerate() {
        for (half, slot) in day.iter_mut().enumerate() {
            *slot = describe_slot(&recent, &most, weekday, half);
        }
    }
    WeekProfile { slots }
}

/// The waits of the answered and of those who hung up, together: everyone waited.
#[must_use]
pub fn single_waits(tally: &Tally) -> Histogram {
    let mut waits = *tally.waits(Waits::Answered);
    add_waits(&mut waits, tally.waits(Waits::Abandoned));
    waits
}

fn add_waits(sum: &mut Histogram, more: &Histogram) {
    for (mine, theirs) in sum.0.iter_mut().zip(more.0) {
        *mine += theirs;
    }
}

fn describe_slot(recent: &Pools, most: &Pools, weekday: usize, half: usize) -> Slot {
    let all = &most[weekday][half];
    if all.halves == 0 {
        return Slot::default();
    }
    let near = &recent[weekday][half];
    let demand = if near.halves > 0 { near } else { all };
    let (waits, basis) = pool_waits(recent, most, weekday, half);
    let basis_n = waits.total();
    let enough = basis_n >= FEWEST_WAITS;
    let percentile = |share| waits.percentile_secs(share).filter(|_| enough);
    Slot {
        expected_contacts: Some(ratio(demand.contacts, demand.halves)),
        typical: percentile(0.1)
            .zip(percentile(0.9))
            .map(|(low, high)| MinutesRange::around(low, high)),
        median_mins: percentile(0.5).map(|secs| secs / 60.0),
        basis_n,
        basis,
        contacts_n: demand.contacts,
    }
}

/// Widens the pool step by step until it holds enough waits, or nothing is left to add.
fn pool_waits(recent: &Pools, most: &Pools, weekday: usize, half: usize) -> (Histogram, Basis) {
    let near = recent[weekday][half].waits;
    if near.total() >= FEWEST_WAITS {
        return (near, Basis::RecentWeeks);
    }
    let mut waits = most[weekday][half].waits;
    if waits.total() >= FEWEST_WAITS {
        return (waits, Basis::MostWeeks);
    }
    let before = half.checked_sub(1);
    let after = Some(half + 1).filter(|next| *next < HALVES);
    for beside in [before, after].into_iter().flatten() {
        add_waits(&mut waits, &most[weekday][beside].waits);
    }
    if waits.total() >= FEWEST_WAITS {
        return (waits, Basis::Neighbours);
    }
    for (_, day) in most.iter().enumerate().filter(|(day, _)| *day != weekday) {
        add_waits(&mut waits, &day[half].waits);
    }
    (waits, Basis::OtherDays)
}

impl WeekProfile {
    /// A profile that knows nothing.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            slots: vec![[Slot::default(); HALVES]; 7],
        }
    }

    /// The slot of an instant.
    #[must_use]
    pub fn slot_at(&self, at_ms: Millis, zone: &TimeZone) -> &Slot {
        let (weekday, half) = slot_index(at_ms, zone);
        &self.slots[weekday][half]
    }

    /// Whether any wait is known: a source that only counts tells none.
    #[must_use]
    pub fn has_waits(&self) -> bool {
        self.slots.iter().flatten().any(|slot| slot.basis_n > 0)
    }

    /// The largest expected number of contacts in a half hour of the week.
    #[must_use]
    pub fn peak_contacts(&self) -> Option<f64> {
        let expected = self
            .slots
            .iter()
            .flatten()
            .filter_map(|slot| slot.expected_contacts);
        expected.max_by(f64::total_cmp).filter(|peak| *peak > 0.0)
    }

    /// 100 × expected contacts ÷ the largest of the week; `None` where the mean has fewer than
    /// 10 contacts behind it.
    #[must_use]
    pub fn busy_index(&self, weekday: usize, half: usize) -> Option<f64> {
        let slot = self.slots.get(weekday)?.get(half)?;
        let expected = slot
            .expected_contacts
            .filter(|_| slot.contacts_n >= FEWEST_WAITS)?;
        Some(100.0 * expected / self.peak_contacts()?)
    }

    /// The facts for the sentence about the week.
    #[must_use]
    pub fn facts(&self) -> WeekFacts {
        WeekFacts {
            busiest_day: self.busiest_day(),
            quietest: self.quietest(),
        }
    }

    fn busiest_day(&self) -> Option<usize> {
        let mut loads: Vec<(usize, f64)> = self.slots.iter().map(day_load).enumerate().fold(
            Vec::new(),
            |mut loads, (weekday, load)| {
                loads.extend(load.map(|load| (weekday, load)));
                loads
            },
        );
        loads.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let ((weekday, load), others) = loads.split_first()?;
        let sum: f64 = others.iter().map(|(_, load)| load).sum();
        let clear = !others.is_empty() && *load * count(others.len()) > CLEARLY_BUSIER * sum;
        clear.then_some(*weekday)
    }

    fn quietest(&self) -> Option<QuietStretch> {
        let windows = self.slots.iter().enumerate().flat_map(|(weekday, day)| {
            let starts = 0..=HALVES - STRETCH;
            starts.filter_map(move |from| {
                Some((slowness(&day[from..from + STRETCH])?, weekday, from))
            })
        });
        let ((_, worst, _), weekday, from_half) =
            windows.min_by(|a, b| compare_slowness(&a.0, &b.0))?;
        let day = &self.slots[weekday];
        // The stretch goes on as long as it does not get worse than its own worst half hour.
        let mut to_half = from_half + STRETCH;
        while to_half < HALVES && upper(&day[to_half]).is_some_and(|upper| upper <= worst) {
            to_half += 1;
        }
        let until_close = day[to_half..]
            .iter()
            .all(|slot| slot.expected_contacts.is_none());
        Some(QuietStretch {
            weekday,
            from_half,
            to_half,
            until_close,
        })
    }
}

/// Mean expected contacts per open half hour.
fn day_load(day: &[Slot; HALVES]) -> Option<f64> {
    let open: Vec<f64> = day.iter().filter_map(|s| s.expected_contacts).collect();
    (!open.is_empty()).then(|| open.iter().sum::<f64>() / count(open.len()))
}

/// Sum of the upper ends, the worst of them, and sum of the medians, of an open stretch.
fn slowness(stretch: &[Slot]) -> Option<(i64, i64, f64)> {
    let uppers: Option<Vec<i64>> = stretch.iter().map(upper).collect();
    let uppers = uppers?;
    let medians = stretch.iter().filter_map(|slot| slot.median_mins).sum();
    Some((uppers.iter().sum(), uppers.iter().copied().max()?, medians))
}

fn compare_slowness(a: &(i64, i64, f64), b: &(i64, i64, f64)) -> std::cmp::Ordering {
    a.0.cmp(&b.0).then(a.2.total_cmp(&b.2))
}

fn upper(slot: &Slot) -> Option<i64> {
    slot.typical.map(MinutesRange::upper_mins)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(sum: i64, parts: i64) -> f64 {
    sum as f64 / parts as f64
}

#[expect(clippy::cast_precision_loss, reason = "at most 48")]
fn count(parts: usize) -> f64 {
    parts as f64
}

#[cfg(test)]
mod tests;
