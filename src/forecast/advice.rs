//! Whether to call now or later, and when: the advice, and how much it saved.
//!
//! How advice is scored, and that a plain rule is used where it is better: [`trial`].

pub mod quiet;
pub mod trial;

use std::ops::Range;

use jiff::civil::Time;

use crate::domain::period::Span;
use quiet::QuietHours;

/// Advised is only what saves at least this much …
const LEAST_SAVING_SECS: f64 = 10.0;

/// … and at least this part of the wait now (MEASURES.md, Verdict).
const LEAST_SAVING_PART: f64 = 1.0 / 3.0;

/// Slots that are worse than the best by no more than this part of the saving are nearly equal.
const NEARLY: f64 = 0.2;

/// So many nearly equal slots are named at most, and at least, if that many are worth it.
const NAMED: Range<usize> = 3..6;

/// The least spare capacity of a slot, so that each has a chance of being named.
const LEAST_SPARE: f64 = 0.05;

/// How far ahead a better time is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// Within so many hours of opening time.
    OpeningHours(i64),
    /// Within so many hours.
    Hours(i64),
}

/// An open half hour to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// When.
    pub span: Span,
    /// Its place on the local clock, 0–47.
    pub index: usize,
    /// Mean wait that is expected, seconds; `None` if nothing is known.
    pub expected_secs: Option<f64>,
    /// Contacts that are expected.
    pub contacts: Option<f64>,
}

/// When the caller can call, local time: "not before", "not after".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// No slot that begins before this time of day.
    pub not_before: Option<Time>,
    /// No slot that begins after this time of day.
    pub not_after: Option<Time>,
}

impl Limits {
    /// Whether a slot at this place on the clock is possible.
    #[must_use]
    pub fn allow(&self, index: usize) -> bool {
        let start = i32::try_from(index).unwrap_or(0) * 30;
        let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
        let late_enough = self.not_before.is_none_or(|time| start >= minutes(time));
        let early_enough = self.not_after.is_none_or(|time| start <= minutes(time));
        match (self.not_before, self.not_after) {
            // "Not before 22:00 and not after 02:00" is the night.
            (Some(before), Some(after)) if before > after => late_enough || early_enough,
            _ => late_enough && early_enough,
        }
    }
}

/// How the slot is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Adviser {
    /// The slot with the shortest expected wait.
    #[default]
    Shortest,
    /// A plain rule: the first slot in these hours, whatever the day.
    Rule(QuietHours),
}

/// Advice to call later.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Which of the slots.
    pub slot: usize,
    /// How much shorter the wait is expected to be, seconds.
    pub saves_secs: f64,
    /// Slots nearly as good, in order of time, with the chance of each to be named first; they sum
    /// to 1 and the advised one is among them.
    pub equal: Vec<(usize, f64)>,
}

/// Whether to call later than now, and when. `slots` are the open half hours after the present
/// one, in order of time; `now_secs` is the wait to be expected now.
#[must_use]
pub fn advise(
    adviser: &Adviser,
    now_secs: f64,
    slots: &[Slot],
    horizon: Horizon,
    limits: &Limits,
) -> Option<Advice> {
    let within = &slots[..reach(slots, horizon)];
    let known = within.iter().enumerate().filter_map(|(at, slot)| {
        let expected_secs = slot.expected_secs.filter(|_| limits.allow(slot.index))?;
        Some((at, slot, expected_secs))
    });
    let known: Vec<(usize, &Slot, f64)> = known.collect();
    let chosen = match adviser {
        // Of equal ones the earliest.
        Adviser::Shortest => known.iter().min_by(|a, b| a.2.total_cmp(&b.2)),
        Adviser::Rule(quiet) => known.iter().find(|(_, slot, _)| quiet.hold(slot.index)),
    };
    let (at, _, expected_secs) = *chosen?;
    let saves_secs = now_secs - expected_secs;
    if !is_worth_it(now_secs, expected_secs) {
        return None;
    }
    Some(Advice {
        slot: at,
        saves_secs,
        equal: nearly_equal(&known, at, now_secs, saves_secs),
    })
}

/// Whether a wait is so much shorter than now's that it is worth calling later.
#[must_use]
pub fn is_worth_it(now_secs: f64, then_secs: f64) -> bool {
    let saves_secs = now_secs - then_secs;
    saves_secs >= LEAST_SAVING_SECS && saves_secs >= LEAST_SAVING_PART * now_secs
}

/// How many of the slots lie within the horizon; hours are counted from the first slot's start.
fn reach(slots: &[Slot], horizon: Horizon) -> usize {
    let Some(first) = slots.first() else { return 0 };
    let mut open_ms = 0;
    let is_within = |slot: &&Slot| match horizon {
        Horizon::OpeningHours(hours) => {
            open_ms += slot.span.end_ms - slot.span.start_ms;
            open_ms <= hours * 3_600_000
        }
        Horizon::Hours(hours) => slot.span.start_ms - first.span.start_ms < hours * 3_600_000,
    };
    slots.iter().take_while(is_within).count()
}

/// The slots that save nearly as much as the chosen one; at least three where so many are worth
/// it, with chances by spare capacity: 1 − expected contacts ÷ the most of any slot.
fn nearly_equal(
    known: &[(usize, &Slot, f64)],
    chosen: usize,
    now_secs: f64,
    saves_secs: f64,
) -> Vec<(usize, f64)> {
    let mut others: Vec<&(usize, &Slot, f64)> = known
        .iter()
        .filter(|(at, _, expected_secs)| *at != chosen && is_worth_it(now_secs, *expected_secs))
        .collect();
    others.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
    let limit_secs = now_secs - saves_secs * (1.0 - NEARLY);
    let near = others
        .iter()
        .filter(|(_, _, secs)| *secs <= limit_secs)
        .count();
    let others = others
        .iter()
        .take(near.clamp(NAMED.start - 1, NAMED.end - 1));
    let most = known.iter().filter_map(|(_, slot, _)| slot.contacts);
    let most = most.fold(0.0, f64::max);
    let mut equal: Vec<(usize, f64)> = others
        .map(|(at, slot, _)| (*at, spare(slot, most)))
        .chain(
            known
                .iter()
                .filter(|(at, ..)| *at == chosen)
                .map(|(at, slot, _)| (*at, spare(slot, most))),
        )
        .collect();
    equal.sort_by_key(|(at, _)| *at);
    let sum: f64 = equal.iter().map(|(_, spare)| spare).sum();
    for (_, chance) in &mut equal {
        *chance /= sum;
    }
    equal
}

fn spare(slot: &Slot, most: f64) -> f64 {
    let used = slot.contacts.filter(|_| most > 0.0);
    used.map_or(0.5, |contacts| 1.0 - contacts / most)
        .max(LEAST_SPARE)
}

#[cfg(test)]
mod tests;
