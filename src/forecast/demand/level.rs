//! The total of a day: a dynamic regression on the logarithm, filtered day by day.
//!
//! `log(total + ½) = level + weekday + holiday + month + … + fluctuation + noise`: the coefficients
//! move slowly (random walks), the fluctuation dies away by itself (first-order autoregression). A
//! Kalman filter with all variances relative to the noise, whose own variance is learned on the way
//! (West and Harrison 1997, chapter 4). A day that is far off moves nothing further than one at the
//! edge of the usual would: outages do not drag the level.

use super::features::Kind;

/// Days farther off than this many standard deviations count only up to it (Huber's usual choice
/// is between 1.5 and 3).
pub const FAR: f64 = 2.5;

/// So many days far off in a row, to the same side: the level has changed.
const BREAK_DAYS: i32 = 4;

/// The noise assumed at the start, variance of the logarithm: days differ by about a fifth.
const FIRST_NOISE: f64 = 0.04;

/// Days' worth of belief in it.
const FIRST_WEIGHT: f64 = 5.0;

/// Days over which the noise is remembered.
const NOISE_MEMORY: f64 = 200.0;

/// How fast things may change, relative to the noise of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Variance a day of the random walk of the level.
    pub level: f64,
    /// Standing variance of the fluctuation.
    pub fluctuation: f64,
    /// How much of the fluctuation is left a day later.
    pub memory: f64,
    /// How far the time of the month may matter, variance.
    pub month: f64,
}

/// The state of the filter.
#[derive(Clone, Debug)]
pub struct Filter {
    pace: Pace,
    walk: Vec<f64>,
    mean: Vec<f64>,
    /// Covariance relative to the noise, row by row.
    spread: Vec<f64>,
    noise: f64,
    weight: f64,
    run: i32,
    has_begun: bool,
}

impl Filter {
    /// A filter that knows nothing yet. `mean` has a place for each kind and one for the
    /// fluctuation, the last.
    #[must_use]
    pub fn new(kinds: &[Kind], pace: Pace) -> Self {
        let size = kinds.len() + 1;
        let mut spread = vec![0.0; size * size];
        let mut walk = vec![0.0; size];
        for (at, kind) in kinds.iter().enumerate() {
            spread[at * size + at] = match kind {
                Kind::Level => 400.0,
                Kind::Weekday => 10.0,
                Kind::Special => 4.0,
                Kind::Month => pace.month,
                Kind::Year => 2.0,
            };
            walk[at] = match kind {
                Kind::Level => pace.level,
                Kind::Weekday => 0.05 * pace.level,
                _ => 0.0,
            };
        }
        spread[size * size - 1] = pace.fluctuation;
        Self {
            pace,
            walk,
            mean: vec![0.0; size],
            spread,
            noise: FIRST_NOISE,
            weight: FIRST_WEIGHT,
            run: 0,
            has_begun: false,
        }
    }

    /// One day goes by.
    pub fn pass(&mut self) {
        let size = self.mean.len();
        let last = size - 1;
        let memory = self.pace.memory;
        for at in 0..last {
            self.spread[at * size + at] += self.walk[at];
            self.spread[at * size + last] *= memory;
            self.spread[last * size + at] *= memory;
        }
        self.mean[last] *= memory;
        let own = &mut self.spread[last * size + last];
        *own = memory * memory * *own + (1.0 - memory * memory) * self.pace.fluctuation;
    }

    /// The expected logarithm of a day with these numbers, so many days from now.
    #[must_use]
    pub fn expect(&self, row: &[f64], ahead: usize) -> f64 {
        let (fluctuation, fixed) = self.mean.split_last().unwrap_or((&0.0, &[]));
        let fade = self
            .pace
            .memory
            .powi(i32::try_from(ahead).unwrap_or(i32::MAX));
        let known: f64 = fixed.iter().zip(row).map(|(mean, own)| mean * own).sum();
        known + fade * fluctuation
    }

    /// Learns what a day's logarithm was. `own` is the variance that chance alone gives it: about
    /// one over its contacts. Tells how far off it was, in standard deviations.
    pub fn learn(&mut self, row: &[f64], log: f64, own: f64) -> f64 {
        let size = self.mean.len();
        let last = size - 1;
        if !self.has_begun {
            self.mean[0] = log;
            self.has_begun = true;
        }
        let at = |place: usize| if place == last { 1.0 } else { row[place] };
        let used: Vec<usize> = (0..size).filter(|place| at(*place) != 0.0).collect();
        let mut gain: Vec<f64> = vec![0.0; size];
        for (i, gain) in gain.iter_mut().enumerate() {
            let line = &self.spread[i * size..(i + 1) * size];
            *gain = used.iter().map(|j| line[*j] * at(*j)).sum();
        }
        let told: f64 = used.iter().map(|j| self.mean[*j] * at(*j)).sum();
        let error = log - told;
        let mut noise = 1.0 + own / self.noise;
        let along: f64 = used.iter().map(|j| gain[*j] * at(*j)).sum();
        let off = error / (self.noise * (along + noise)).sqrt();
        self.notice_break(off);
        if off.abs() > FAR {
            noise = (along + noise) * off.abs() / FAR - along;
        }
        let whole = along + noise;
        for (mean, gain) in self.mean.iter_mut().zip(&gain) {
            *mean += gain * error / whole;
        }
        for i in 0..size {
            let scale = gain[i] / whole;
            if scale == 0.0 {
                continue;
            }
            let line = &mut self.spread[i * size..(i + 1) * size];
            for (spread, gain) in line.iter_mut().zip(&gain) {
                *spread -= scale * gain;
            }
        }
        let square = off.clamp(-FAR, FAR).powi(2);
        self.noise *= (self.weight + square) / (self.weight + 1.0);
        self.noise = self.noise.max(1e-6);
        self.weight = (self.weight + 1.0).min(NOISE_MEMORY);
        off
    }

    /// After days on end that were all far off to one side the level may be anywhere.
    fn notice_break(&mut self, off: f64) {
        if off.abs() <= FAR {
            self.run = 0;
            return;
        }
        let side = if off > 0.0 { 1 } else { -1 };
        self.run = if self.run.signum() == side {
            self.run + side
        } else {
            side
        };
        if self.run.abs() >= BREAK_DAYS {
            self.spread[0] += off * off;
            self.run = 0;
        }
    }
}
