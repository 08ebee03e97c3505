//! Advice on trial: what it would have saved in the past, against plain rules.
//!
//! # How advice is scored
//!
//! Asked are all callers of each half hour `i` that is judged; what they waited is the mean wait
//! of that half hour, `now`. They could have called in any later open half hour `j` within the
//! horizon; what they would have waited there is the mean wait of those who did call in `j`. A
//! half hour in which nobody called cannot be judged. Advice is made from forecasts issued before
//! the day of `i` began, and from nothing else.
//!
//! - *possible*: `max(0, now − min over j)`, the saving to the best half hour in hindsight;
//! - *saved*: `now − wait at the advised j` of those who were advised, negative where it was longer;
//! - *captured*: Σ saved ÷ Σ possible, over all who were asked, advised or not;
//! - *worse*: the share of those advised who would have waited more than 15 s longer.
//!
//! The best half hour in hindsight was often a matter of luck, so captured cannot reach 1.

use super::quiet::QuietHours;
use super::{Adviser, Horizon, Limits, Slot, advise, reach};
use crate::domain::card::Advised;
use crate::domain::period::Span;
use crate::forecast::demand::calendar::{Calendar, DayPlan};
use crate::forecast::wait::{WaitDay, WaitModel};

/// Who waited longer by more than this was advised badly, seconds.
pub const WORSE_BY_SECS: f64 = 15.0;

/// A rule must be better by this part of what was possible, on at least so many days.
const CLEARLY_BETTER: f64 = 0.02;
const ENOUGH_DAYS: usize = 7;

/// A half hour that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// When.
    pub span: Span,
    /// Its place on the local clock, 0–47.
    pub index: usize,
    /// Callers whose wait is known.
    pub callers: f64,
    /// Their mean wait, seconds; meaningless if nobody called.
    pub mean_secs: f64,
}

/// Scores the callers of one half hour: `outcomes` from it on, `expected_secs` as forecast for each
/// of them before its day began, and the slots they are advised to, counted from it, with the share of
/// callers to whom each is named; none if they are not advised. Slots in which nobody called cannot be
/// judged and are left out.
pub fn score_one(
    score: &mut Advised,
    outcomes: &[Outcome],
    horizon: Horizon,
    advised: &[(usize, f64)],
) {
    let Some((now, later)) = outcomes.split_first() else {
        return;
    };
    let slots: Vec<Slot> = later.iter().map(Slot::of).collect();
    let later = &later[..reach(&slots, horizon)];
    let called = later.iter().filter(|outcome| outcome.callers > 0.0);
    let best = called
        .map(|outcome| outcome.mean_secs)
        .min_by(f64::total_cmp);
    let (Some(best), true) = (best, now.callers > 0.0) else {
        return;
    };
    let named = advised.iter().filter_map(|(at, share)| {
        let target = later.get(*at).filter(|target| target.callers > 0.0)?;
        Some((target, *share))
    });
    let all: f64 = named.clone().map(|(_, share)| share).sum();
    if !advised.is_empty() && all <= 0.0 {
        return;
    }
    score.callers += now.callers;
    score.possible_secs += now.callers * (now.mean_secs - best).max(0.0);
    for (target, share) in named {
        let callers = now.callers * share / all;
        score.advised += callers;
        score.saved_secs += callers * (now.mean_secs - target.mean_secs);
        if target.mean_secs > now.mean_secs + WORSE_BY_SECS {
            score.worse += callers;
        }
    }
}

impl Slot {
    fn of(outcome: &Outcome) -> Self {
        Self {
            span: outcome.span,
            index: outcome.index,
            expected_secs: None,
            contacts: None,
        }
    }
}

/// One day of the past on which advice could have been given.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The open half hours from the first of the day on, as far ahead as is looked.
    pub outcomes: Vec<Outcome>,
    /// How many of them belong to the day: their callers are asked.
    pub asked: usize,
    /// The mean wait, seconds, that was expected for each before the day began.
    pub expected_secs: Vec<Option<f64>>,
    /// Plain rules as they were known before the day began.
    pub rules: Vec<QuietHours>,
}

/// How callers of a trial are advised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The slot with the shortest expected wait, if it is worth it.
    Shortest,
    /// One of the rules, if it is worth it.
    Rule(usize),
    /// One of the rules, whatever is expected.
    RuleAlways(usize),
}

/// Days that a trial looks ahead, its own included: more than 48 hours.
const DAYS_AHEAD: usize = 3;

/// The quiet hours that a rule may name.
pub const RULES: [usize; 2] = [1, 2];

/// The plain rules that the past suggests: the quietest hour of the clock, and the two quietest.
#[must_use]
pub fn rules_of(past: &[WaitDay]) -> Vec<QuietHours> {
    let outcomes: Vec<Outcome> = past.iter().flat_map(Outcome::of_day).collect();
    RULES.map(|hours| QuietHours::of(&outcomes, hours)).into()
}

impl Outcome {
    /// The open half hours of a day.
    pub fn of_day(day: &WaitDay) -> impl Iterator<Item = Self> {
        let halves = day.plan.halves.iter().zip(&day.halves);
        halves
            .filter(|(half, _)| half.is_open)
            .map(|(half, waits)| {
                let waits = waits.unwrap_or_default();
                Self {
                    span: half.span,
                    index: half.index,
                    callers: callers(waits.callers()),
                    mean_secs: waits.mean_secs().unwrap_or(0.0),
                }
            })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn callers(count: i64) -> f64 {
    count as f64
}

impl Trial {
    /// The trial of a day, with a forecast made from the days before it. `days` are consecutive;
    /// `at` is the day. What is not known of the days after it is looked at as if nobody called.
    #[must_use]
    pub fn of(calendar: &Calendar<'_>, days: &[WaitDay], at: usize) -> Self {
        let model = WaitModel::learn(&days[..at]);
        let ahead = days.iter().skip(at).take(DAYS_AHEAD);
        let plan_of = |day: &WaitDay| -> DayPlan { calendar.plan(day.plan.day) };
        let slots = ahead.clone().flat_map(|day| model.forecast(&plan_of(day)));
        let expected_secs = slots.map(|slot| Some(slot.waiting?.mean_secs));
        Self {
            expected_secs: expected_secs.collect(),
            asked: days.get(at).map_or(0, |day| Outcome::of_day(day).count()),
            outcomes: ahead.flat_map(Outcome::of_day).collect(),
            rules: rules_of(&days[..at]),
        }
    }

    /// The score of one way to advise.
    #[must_use]
    pub fn score(&self, tried: Tried, horizon: Horizon) -> Advised {
        let mut score = Advised::default();
        for now in 0..self.asked {
            let outcomes = &self.outcomes[now..];
            score_one(
                &mut score,
                outcomes,
                horizon,
                self.advised(tried, now, horizon).as_slice(),
            );
        }
        score
    }

    /// The half hour, counted from the one after `now`, to which its callers are advised.
    fn advised(&self, tried: Tried, now: usize, horizon: Horizon) -> Option<(usize, f64)> {
        let later = self.outcomes.iter().zip(&self.expected_secs).skip(now + 1);
        let slots = later.map(|(outcome, expected_secs)| Slot {
            expected_secs: *expected_secs,
            ..Slot::of(outcome)
        });
        let slots: Vec<Slot> = slots.collect();
        let adviser = match tried {
            Tried::Shortest => Adviser::Shortest,
            Tried::Rule(rule) => Adviser::Rule(self.rules.get(rule)?.clone()),
            Tried::RuleAlways(rule) => {
                let quiet = self.rules.get(rule)?;
                let within = &slots[..reach(&slots, horizon)];
                let first = within.iter().position(|slot| quiet.hold(slot.index));
                return first.map(|at| (at, 1.0));
            }
        };
        let now_secs = (*self.expected_secs.get(now)?)?;
        advise(&adviser, now_secs, &slots, horizon, &Limits::default())
            .map(|advice| (advice.slot, 1.0))
    }
}

/// The better way to advise by the trials of the last weeks: the shortest expected wait, or a rule
/// that captured clearly more. `rules` are the rules as they are known now.
#[must_use]
pub fn choose(trials: &[Trial], rules: &[QuietHours], horizon: Horizon) -> Adviser {
    let captured = |tried: Tried| {
        let mut sum = Advised::default();
        for trial in trials {
            sum += &trial.score(tried, horizon);
        }
        sum.captured()
    };
    let ours = captured(Tried::Shortest).unwrap_or(0.0);
    let mut best = (ours + CLEARLY_BETTER, Adviser::Shortest);
    for (at, rule) in rules
        .iter()
        .enumerate()
        .filter(|_| trials.len() >= ENOUGH_DAYS)
    {
        let theirs = captured(Tried::Rule(at)).unwrap_or(0.0);
        if theirs > best.0 {
            best = (theirs, Adviser::Rule(rule.clone()));
        }
    }
    best.1
}
