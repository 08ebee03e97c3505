//! The forecast of waits: learned from the past of a line, asked for days to come.

use jiff::ToSpan;
use jiff::civil::Date;

use super::calibration::{ASSUMED_CALLS, Calibration};
use super::carry::{Carry, Surprise, Surprises};
use super::mix::{Mix, bounds_secs, middle_secs};
use super::past::{HalfWaits, Stayed, WaitDay};
use super::pools::{DayPools, SETTINGS, Settings};
use crate::domain::period::Span;
use crate::forecast::demand::calendar::DayPlan;

/// Name and version of the method, printed on `/method`.
const METHOD: &str = "pooled-half-hours/2";

/// Days older than this teach nothing about waits.
const MOST_DAYS: i64 = 182;

/// Said instead where it would have told the last days better: the same half hour of the clock on
/// the same weekday of the last four weeks.
const SIMPLER: &str = "last-four-weeks";

/// Its weeks.
const WEEKS: i64 = 4;

/// The last days of the past by which settings are chosen and forecasts are calibrated.
const JUDGED_DAYS: usize = 28;

/// A forecast needs this many days with waits before it.
const FEWEST_DAYS: usize = 2;

/// Of how recent calls fell, a day this old counts half, as far as tried, the standard one first;
/// 0 is the plain pool. Which is used is chosen by how each would have told the last days: where
/// waits drift, yesterday says most; where nothing changes, following yesterday follows chance.
const HALF_LIVES_DAYS: [f64; 4] = [1.5, 7.0, 28.0, 0.0];

/// The shares by which forecasts are judged.
const JUDGED_SHARES: [f64; 3] = [0.1, 0.5, 0.9];

/// Other settings than the standard ones must be better by this part.
const CLEARLY_BETTER: f64 = 0.98;

/// With fewer days with waits than this a forecast says that it has too few.
const ENOUGH_DAYS: usize = 28;

/// What callers of one half hour are expected to wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// Mean, seconds.
    pub mean_secs: f64,
    /// Median, seconds.
    pub median_secs: f64,
    /// Lower end of the range of four in five single waits, seconds: a tenth wait less. 0 if more
    /// than a tenth hardly wait at all.
    pub low_secs: f64,
    /// Upper end, seconds: a tenth wait longer; a fifth, if nobody waits less than the lower end.
    pub high_secs: f64,
    /// How many independent waits of such half hours are behind it.
    pub basis: f64,
}

/// An open half hour to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotWait {
    /// When.
    pub span: Span,
    /// What is expected; `None` if no wait was ever known.
    pub waiting: Option<Waiting>,
}

/// From how much a forecast was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Basis {
    /// Days with waits.
    pub days: usize,
    /// The settings that were chosen.
    pub settings: Settings,
    /// The last four weeks told the last days better than what was learned: they are used.
    pub is_simpler: bool,
}

impl Basis {
    /// Whether there are four weeks of days with waits; if not, it should be said.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.days >= ENOUGH_DAYS
    }

    /// The name of the method that is used.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.is_simpler { SIMPLER } else { METHOD }
    }
}

/// What was learned from the past of one line, or of the whole centre.
#[derive(Clone, Debug)]
pub struct WaitModel {
    past: Vec<WaitDay>,
    lately: Lately,
    basis: Basis,
    carry: Carry,
}

impl WaitModel {
    /// Learns from past days, in order of time; every night anew.
    #[must_use]
    pub fn learn(past: &[WaitDay]) -> Self {
        let past = recent(past);
        let (settings, chosen, is_simpler) = choose(&past);
        let days = past.len();
        Self {
            past,
            lately: chosen.lately,
            basis: Basis {
                days,
                settings,
                is_simpler,
            },
            carry: chosen.surprises.carry(),
        }
    }

    /// How a wait that was not foreseen carries into the half hours after it.
    #[must_use]
    pub fn carry(&self) -> Carry {
        self.carry
    }

    /// From how much it was learned.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// What is expected of the open half hours of a day to come, in order of time.
    #[must_use]
    pub fn forecast(&self, plan: &DayPlan) -> Vec<SlotWait> {
        let pools = DayPools::of(&self.past, plan, &self.basis.settings);
        let open = plan.halves.iter().filter(|half| half.is_open);
        open.map(|half| {
            let simpler = self.basis.is_simpler;
            let simpler = simpler.then(|| last_four(&self.past, plan.day, half.index));
            let waiting = if let Some(mix) = simpler.flatten() {
                Some(Lately::default().describe(&mix, mix.total()))
            } else {
                let (mix, basis) = pools.half(half.index);
                (mix.total() > 0.0).then(|| self.lately.describe(mix, basis))
            };
            SlotWait {
                span: half.span,
                waiting,
            }
        })
        .collect()
    }
}

/// The days with waits that are not too long before the last of them.
fn recent(past: &[WaitDay]) -> Vec<WaitDay> {
    let known = past.iter().filter(|day| day.has_waits());
    let Some(last) = known.clone().map(|day| day.plan.day).max() else {
        return Vec::new();
    };
    let is_recent = |day: &&WaitDay| last.duration_since(day.plan.day).as_hours() <= MOST_DAYS * 24;
    known.filter(is_recent).cloned().collect()
}

/// The waits of a half hour of the clock on the same weekday of the last four weeks that are over.
fn last_four(past: &[WaitDay], day: Date, index: usize) -> Option<Mix> {
    let last = past.last()?.plan.day;
    let nearest = (day.duration_since(last).as_hours() / 24 - 1).max(0) / 7 + 1;
    let mut all = Mix::default();
    for week in nearest..nearest + WEEKS {
        let that_day = day.saturating_sub((7 * week).days());
        let found = past.binary_search_by_key(&that_day, |known| known.plan.day);
        let waits = found.ok().and_then(|at| past[at].half(index));
        if let Some(waits) = waits {
            all.add(&Mix::of(&waits.answered), 1.0);
        }
    }
    (all.total() > 0.0).then_some(all)
}

/// The settings that forecast the last days best, night after night, judged by the absolute error
/// of the mean wait, by caller; how their calls fell in those forecasts; and whether the last four
/// weeks would have told them better.
fn choose(past: &[WaitDay]) -> (Settings, Tried, bool) {
    let mut best = (SETTINGS[0], Replay::of(past, &SETTINGS[0]));
    for settings in &SETTINGS[1..] {
        let replay = Replay::of(past, settings);
        if replay.error < best.1.error * CLEARLY_BETTER {
            best = (*settings, replay);
        }
    }
    let (settings, replay) = best;
    let simpler = replay.simpler;
    let mut tried = replay.tried.into_iter();
    let Some(mut best) = tried.next() else {
        return (settings, Tried::default(), false);
    };
    for other in tried {
        if other.loss.all < best.loss.all * CLEARLY_BETTER {
            best = other;
        }
    }
    let is_simpler = simpler < best.loss.beside_simpler * CLEARLY_BETTER;
    (settings, best, is_simpler)
}

/// How the last days went by one choice of settings.
struct Replay {
    /// Sum of absolute errors of the mean wait, by caller, seconds.
    error: f64,
    /// One for each half-life.
    tried: Vec<Tried>,
    /// The loss of the last four weeks, where they say something.
    simpler: f64,
}

/// How the last days went by one half-life.
#[derive(Clone, Debug, Default)]
struct Tried {
    lately: Lately,
    loss: Loss,
    surprises: Surprises,
}

/// Sums of pinball losses, seconds (Koenker and Bassett 1978).
#[derive(Clone, Copy, Debug, Default)]
struct Loss {
    /// Of all half hours.
    all: f64,
    /// Of those of which the last four weeks say something.
    beside_simpler: f64,
}

/// A half hour that is over: what was forecast for it, in both ways, and what came.
struct Judged<'a> {
    index: usize,
    mix: Mix,
    simpler: Option<Mix>,
    waits: &'a HalfWaits,
    /// What it is judged by.
    came: Mix,
}

impl Replay {
    /// Forecasts the last days one by one from what came before each.
    fn of(past: &[WaitDay], settings: &Settings) -> Self {
        let tried = HALF_LIVES_DAYS.map(|days| Tried {
            lately: Lately::of(days),
            ..Tried::default()
        });
        let mut replay = Self {
            error: 0.0,
            tried: tried.into(),
            simpler: 0.0,
        };
        let first = past.len().saturating_sub(JUDGED_DAYS).max(FEWEST_DAYS);
        for at in first..past.len() {
            let (before, day) = (&past[..at], &past[at]);
            let pools = DayPools::of(before, &day.plan, settings);
            let stayed = Stayed::of(day);
            let judged = day.open().map(|(index, waits)| Judged {
                index,
                mix: *pools.half(index).0,
                simpler: last_four(before, day.plan.day, index),
                waits,
                came: stayed.weigh(waits),
            });
            let judged: Vec<Judged<'_>> = judged.collect();
            let since = day.plan.day.duration_since(past[at - 1].plan.day);
            replay.judge(&judged, since.as_hours());
        }
        replay
    }

    fn judge(&mut self, judged: &[Judged<'_>], hours: i64) {
        for half in judged {
            if let Some((expected, came)) = half.mix.mean_secs().zip(half.waits.mean_secs()) {
                self.error += (came - expected).abs() * half.waits.seen().total();
            }
            let simpler = half.simpler.as_ref();
            self.simpler += simpler.map_or(0.0, |mix| Lately::default().loss(mix, &half.came));
        }
        for tried in &mut self.tried {
            tried.judge(judged, hours);
        }
    }
}

impl Tried {
    fn judge(&mut self, judged: &[Judged<'_>], hours: i64) {
        self.lately.fade(hours);
        for half in judged {
            let lost = self.lately.loss(&half.mix, &half.came);
            self.loss.all += lost;
            if half.simpler.is_some() {
                self.loss.beside_simpler += lost;
            }
        }
        let surprise = |half: &Judged<'_>| {
            let said = self.lately.describe(&half.mix, 0.0);
            Surprise::of(half.index, half.waits, (said.low_secs, said.high_secs))
        };
        let surprises: Vec<Surprise> = judged.iter().map(surprise).collect();
        self.surprises.record(&surprises);
        for half in judged {
            self.lately.record(&half.mix, half.waits);
        }
        self.lately.calibration.settle();
    }
}

/// How waits lately were against what was forecast for them.
#[derive(Clone, Debug, Default)]
struct Lately {
    half_life_days: f64,
    calibration: Calibration,
    expected_secs: f64,
    came_secs: f64,
    calls: f64,
}

impl Lately {
    fn of(half_life_days: f64) -> Self {
        Self {
            half_life_days,
            ..Self::default()
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "hours of half a year")]
    fn fade(&mut self, hours: i64) {
        if self.half_life_days <= 0.0 {
            return;
        }
        let factor = 0.5_f64.powf(hours as f64 / 24.0 / self.half_life_days);
        self.calibration.fade(factor);
        self.calibration.settle();
        self.expected_secs *= factor;
        self.came_secs *= factor;
        self.calls *= factor;
    }

    /// Takes in a half hour that is over and what was forecast for it.
    fn record(&mut self, mix: &Mix, waits: &HalfWaits) {
        let means = mix.mean_secs().zip(waits.mean_secs());
        let Some((expected, came)) = means.filter(|_| self.half_life_days > 0.0) else {
            return;
        };
        let calls = waits.seen().total();
        self.calibration.record(mix, waits);
        self.expected_secs += expected * calls;
        self.came_secs += came * calls;
        self.calls += calls;
    }

    /// The pinball losses of what would have been said of these waits.
    fn loss(&self, mix: &Mix, came: &Mix) -> f64 {
        let of_share = |share: f64| {
            let said = mix.quantile_secs(self.calibration.share(share));
            let of_bin = |(bin, calls): (usize, &f64)| {
                let over = middle_secs(bin) - said;
                calls * (share * over).max((share - 1.0) * over)
            };
            came.0.iter().enumerate().map(of_bin).sum::<f64>()
        };
        JUDGED_SHARES.into_iter().map(of_share).sum()
    }

    /// How many times as long as forecast the waits of the last days were, drawn towards 1 as if
    /// some calls had been as forecast.
    fn level(&self) -> f64 {
        if self.expected_secs <= 0.0 {
            return 1.0;
        }
        let assumed = ASSUMED_CALLS * self.expected_secs / self.calls;
        (self.came_secs + assumed) / (self.expected_secs + assumed)
    }

    fn describe(&self, mix: &Mix, basis: f64) -> Waiting {
        let at = |share: f64| mix.quantile_secs(self.calibration.share(share));
        let low_secs = at(0.1);
        // Those who hardly wait all stand in the first bin: nobody waits less than it begins.
        let (low_secs, high_secs) = if low_secs <= bounds_secs(0).1 {
            (0.0, at(0.8))
        } else {
            (low_secs, at(0.9))
        };
        Waiting {
            mean_secs: mix.mean_secs().unwrap_or(0.0) * self.level(),
            median_secs: at(0.5),
            low_secs,
            high_secs,
            basis,
        }
    }
}
