//! Pools of past waits: which days teach how much about a half hour of another day.

use jiff::civil::Date;

use super::mix::Mix;
use super::past::{WaitDay, open_mask};
use crate::forecast::demand::calendar::{DayPlan, HALVES};

/// How the days of the past are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// A day this many days old counts half.
    pub half_life_days: f64,
    /// What a day of another weekday with the same hours counts, 0–1.
    pub other_weekday: f64,
}

/// The settings that are tried, the standard one first. Which of them is used is chosen by how
/// each forecast the last weeks of the history it is given.
pub const SETTINGS: [Settings; 4] = [
    settings(14.0, 1.0),
    settings(14.0, 0.3),
    settings(42.0, 1.0),
    settings(42.0, 0.3),
];

/// Waits within one half hour are alike, since they come from one queue: `n` of them tell as much
/// as `n / (1 + (n − 1) ρ)` independent ones (Kish's design effect) with ρ of about a tenth, so
/// no single half hour counts more than ten.
const MOST_OF_A_HALF_HOUR: f64 = 10.0;

/// Days whose opening hours differ count less: the share of half hours they have in common, to
/// this power. Of two days with 10 and 10½ hours that is two thirds; of 17 and 7 hours, nothing.
const ALIKE_POWER: i32 = 8;

/// What a holiday teaches about a day that is none, and the other way round.
const OTHER_KIND: f64 = 0.1;

/// What the half hours beside it, the same time on any day, and all times of such days lend to a
/// half hour, in independent waits.
const LENT_BY_NEIGHBOURS: f64 = 2.0;
const LENT_BY_OTHER_DAYS: f64 = 0.7;
const LENT_BY_ALL: f64 = 0.3;

/// The waits of each half hour of one day, as far as the past tells.
#[derive(Clone, Debug)]
pub struct DayPools {
    halves: Vec<Mix>,
    /// Independent waits behind each, before anything was lent.
    own: Vec<f64>,
}

impl DayPools {
    /// Pools `past` for a day planned to come after it.
    #[must_use]
    pub fn of(past: &[WaitDay], plan: &DayPlan, settings: &Settings) -> Self {
        let mut alike = vec![Mix::default(); HALVES];
        let mut any = vec![Mix::default(); HALVES];
        let mask = open_mask(plan);
        // Counted back from the newest day that is known, so that a long gap is no forgetting.
        let newest = past.last().map_or(plan.day, |day| day.plan.day);
        for day in past {
            let age = days_between(day.plan.day, newest);
            let recent = 0.5_f64.powf(age / settings.half_life_days);
            let same = recent * likeness(day, plan, &mask, settings);
            for (index, waits) in day.open() {
                let seen = waits.seen();
                let effect = MOST_OF_A_HALF_HOUR / (seen.total() - 1.0 + MOST_OF_A_HALF_HOUR);
                alike[index].add(&seen, same * effect);
                any[index].add(&seen, recent * effect);
            }
        }
        let mut all = Mix::default();
        let mut whole = Mix::default();
        for (alike, any) in alike.iter().zip(&any) {
            all.add(alike, 1.0);
            whole.add(any, 1.0);
        }
        if all.total() < MOST_OF_A_HALF_HOUR {
            all.lend(&whole, MOST_OF_A_HALF_HOUR - all.total());
        }
        let own: Vec<f64> = alike.iter().map(Mix::total).collect();
        let halves = (0..HALVES).map(|at| lend(at, &alike, &any, &all)).collect();
        Self { halves, own }
    }

    /// The waits of a half hour of the clock, and how many independent ones of its own are behind.
    #[must_use]
    pub fn half(&self, index: usize) -> (&Mix, f64) {
        (&self.halves[index], self.own[index])
    }
}

fn lend(at: usize, alike: &[Mix], any: &[Mix], all: &Mix) -> Mix {
    let mut mix = alike[at];
    let mut beside = Mix::default();
    for next in [at.checked_sub(1), Some(at + 1)].into_iter().flatten() {
        if let Some(next) = alike.get(next) {
            beside.add(next, 1.0);
        }
    }
    mix.lend(&beside, LENT_BY_NEIGHBOURS);
    mix.lend(&any[at], LENT_BY_OTHER_DAYS);
    mix.lend(all, LENT_BY_ALL);
    mix
}

fn likeness(day: &WaitDay, plan: &DayPlan, mask: &[bool; HALVES], settings: &Settings) -> f64 {
    let theirs = open_mask(&day.plan);
    let pairs = || mask.iter().zip(&theirs);
    let both = pairs().filter(|(mine, theirs)| **mine && **theirs).count();
    let either = pairs().filter(|(mine, theirs)| **mine || **theirs).count();
    if either == 0 {
        return 0.0;
    }
    let alike = (number(both) / number(either)).powi(ALIKE_POWER);
    let weekday = if day.plan.day.weekday() == plan.day.weekday() {
        1.0
    } else {
        settings.other_weekday
    };
    let kind = if day.plan.is_holiday == plan.is_holiday {
        1.0
    } else {
        OTHER_KIND
    };
    alike * weekday * kind
}

/// Days from one day to a later one, at least 0.
fn days_between(day: Date, later: Date) -> f64 {
    let hours = later.duration_since(day).as_hours();
    number(usize::try_from(hours / 24).unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of days and half hours")]
fn number(count: usize) -> f64 {
    count as f64
}

const fn settings(half_life_days: f64, other_weekday: f64) -> Settings {
    Settings {
        half_life_days,
        other_weekday,
    }
}
