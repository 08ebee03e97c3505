//! The forecast of waits: learned from the past of a line, asked for days to come.

use super::calibration::{ASSUMED_CALLS, Calibration};
use super::mix::{Mix, bounds_secs};
use super::past::WaitDay;
use super::pools::{DayPools, SETTINGS, Settings};
use crate::domain::period::Span;
use crate::forecast::demand::calendar::DayPlan;

/// Name and version of the method, printed on `/method`.
pub const METHOD: &str = "pooled-half-hours/1";

/// Days older than this teach nothing about waits.
const MOST_DAYS: i64 = 182;

/// The last days of the past by which settings are chosen and forecasts are calibrated.
const JUDGED_DAYS: usize = 28;

/// A forecast needs this many days with waits before it.
const FEWEST_DAYS: usize = 2;

/// Of how recent calls fell, a day this old counts half.
const CALIBRATION_HALF_LIFE_DAYS: f64 = 1.5;

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
}

impl Basis {
    /// Whether there are four weeks of days with waits; if not, it should be said.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.days >= ENOUGH_DAYS
    }
}

/// What was learned from the past of one line, or of the whole centre.
#[derive(Clone, Debug)]
pub struct WaitModel {
    past: Vec<WaitDay>,
    lately: Lately,
    basis: Basis,
}

impl WaitModel {
    /// Learns from past days, in order of time; every night anew.
    #[must_use]
    pub fn learn(past: &[WaitDay]) -> Self {
        let past = recent(past);
        let (settings, lately) = choose(&past);
        let days = past.len();
        Self {
            past,
            lately,
            basis: Basis { days, settings },
        }
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
            let (mix, basis) = pools.half(half.index);
            SlotWait {
                span: half.span,
                waiting: (mix.total() > 0.0).then(|| self.lately.describe(mix, basis)),
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

/// The settings that forecast the last days best, night after night, and how their calls fell in
/// those forecasts. Judged by the absolute error of the mean wait, by caller.
fn choose(past: &[WaitDay]) -> (Settings, Lately) {
    let mut best: Option<(f64, Settings, Lately)> = None;
    for settings in SETTINGS {
        let (error, lately) = replay(past, &settings);
        let limit = best
            .as_ref()
            .map_or(f64::INFINITY, |(best, ..)| best * CLEARLY_BETTER);
        if best.is_none() || error < limit {
            best = Some((error, settings, lately));
        }
    }
    best.map_or_else(
        || (SETTINGS[0], Lately::default()),
        |(_, settings, lately)| (settings, lately),
    )
}

/// Forecasts the last days one by one from what came before each.
fn replay(past: &[WaitDay], settings: &Settings) -> (f64, Lately) {
    let mut lately = Lately::default();
    let mut error = 0.0;
    let first = past.len().saturating_sub(JUDGED_DAYS).max(FEWEST_DAYS);
    for at in first..past.len() {
        let day = &past[at];
        let pools = DayPools::of(&past[..at], &day.plan, settings);
        let since = day
            .plan
            .day
            .duration_since(past[at - 1].plan.day)
            .as_hours();
        lately.fade(half_life(since));
        for (index, waits) in day.open() {
            let (mix, _) = pools.half(index);
            let seen = waits.seen();
            if let Some((expected, came)) = mix.mean_secs().zip(waits.mean_secs()) {
                error += (came - expected).abs() * seen.total();
                lately.calibration.record(mix, waits);
                lately.expected_secs += expected * seen.total();
                lately.came_secs += came * seen.total();
                lately.calls += seen.total();
            }
        }
    }
    lately.calibration.settle();
    (error, lately)
}

#[expect(clippy::cast_precision_loss, reason = "hours of half a year")]
fn half_life(hours: i64) -> f64 {
    0.5_f64.powf(hours as f64 / 24.0 / CALIBRATION_HALF_LIFE_DAYS)
}

/// How waits lately were against what was forecast for them.
#[derive(Clone, Debug, Default)]
struct Lately {
    calibration: Calibration,
    expected_secs: f64,
    came_secs: f64,
    calls: f64,
}

impl Lately {
    fn fade(&mut self, factor: f64) {
        self.calibration.fade(factor);
        self.expected_secs *= factor;
        self.came_secs *= factor;
        self.calls *= factor;
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
