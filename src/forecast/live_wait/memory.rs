//! What past callers found and how long they waited: nearest neighbours over a bounded memory.

use super::queue::{FEATURES, Features};
use crate::domain::event::Millis;

/// Samples that are kept; the oldest are overwritten.
pub const MOST_SAMPLES: usize = 10_000;

/// With fewer samples than this nothing is said.
const FEWEST_SAMPLES: usize = 60;

/// Neighbours that are asked: a fortieth of the samples, within these bounds.
const NEIGHBOURS: (usize, usize) = (40, 400);
const SAMPLES_A_NEIGHBOUR: usize = 40;

/// A sample this much older than the newest counts half.
const HALF_LIFE_MS: f64 = 7.0 * 86_400_000.0;

/// What another line adds to the square of a distance that is 1 for one standard deviation.
const OTHER_LINE: f32 = 4.0;

/// The scale of the features is worked out anew after so many samples.
const RESCALE_AFTER: usize = 500;

/// One caller who had to wait.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When the wait was over.
    pub at_ms: Millis,
    /// The line, as a number given by the owner of the memory.
    pub line: u32,
    /// What was found on joining.
    pub found: Features,
    /// How long the wait was, seconds, until an answer or until the caller gave up.
    pub wait_secs: f64,
}

/// The samples.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    samples: Vec<Sample>,
    next: usize,
    added: usize,
    newest_ms: Millis,
    /// 1 / standard deviation of each feature.
    scale: Features,
}

/// The waits of the samples most like a state, with their weights, shortest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours(Vec<(f64, f64)>);

impl Memory {
    /// Adds a sample.
    pub fn add(&mut self, sample: Sample) {
        if self.samples.len() < MOST_SAMPLES {
            self.samples.push(sample);
        } else {
            self.samples[self.next] = sample;
            self.next = (self.next + 1) % MOST_SAMPLES;
        }
        self.newest_ms = self.newest_ms.max(sample.at_ms);
        self.added += 1;
        if self.added.is_multiple_of(RESCALE_AFTER) || self.samples.len() == FEWEST_SAMPLES {
            self.rescale();
        }
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The samples most like what is found now; `None` as long as there are too few.
    #[must_use]
    pub fn neighbours(&self, line: u32, found: &Features) -> Option<Neighbours> {
        if self.samples.len() < FEWEST_SAMPLES {
            return None;
        }
        let apart: Vec<f32> = self
            .samples
            .iter()
            .map(|s| self.distance(s, line, found))
            .collect();
        let number = (self.samples.len() / SAMPLES_A_NEIGHBOUR).clamp(NEIGHBOURS.0, NEIGHBOURS.1);
        let mut order = apart.clone();
        let (_, reach, _) = order.select_nth_unstable_by(number, f32::total_cmp);
        let reach = reach.max(f32::MIN_POSITIVE);
        let weigh = |(sample, apart): (&Sample, &f32)| {
            // The nearer the heavier; none counts nothing.
            let near = f64::from(1.0 - apart / reach).max(0.01);
            (
                sample.wait_secs,
                near * recency(self.newest_ms - sample.at_ms),
            )
        };
        let near = self
            .samples
            .iter()
            .zip(&apart)
            .filter(|(_, apart)| **apart <= reach);
        let near = near.take(number).map(weigh);
        let mut waits: Vec<(f64, f64)> = near.collect();
        waits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = waits.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut waits {
            *weight /= total;
        }
        Some(Neighbours(waits))
    }

    fn distance(&self, sample: &Sample, line: u32, found: &Features) -> f32 {
        let mut sum = if sample.line == line { 0.0 } else { OTHER_LINE };
        // The one loop that counts: a plain one, so that tests without optimisation are quick too.
        let mut feature = 0;
        while feature < FEATURES {
            let apart = (sample.found[feature] - found[feature]) * self.scale[feature];
            sum += apart * apart;
            feature += 1;
        }
        sum
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 20,000 samples")]
    fn rescale(&mut self) {
        let n = self.samples.len().max(1) as f32;
        for feature in 0..FEATURES {
            let values = || self.samples.iter().map(|sample| sample.found[feature]);
            let mean = values().sum::<f32>() / n;
            let variance = values().map(|value| (value - mean).powi(2)).sum::<f32>() / n;
            // What never changes tells nothing.
            self.scale[feature] = if variance > 1e-6 {
                variance.sqrt().recip()
            } else {
                0.0
            };
        }
    }
}

impl Neighbours {
    /// The wait that `share` of them, by weight, do not exceed, seconds.
    #[must_use]
    pub fn quantile_secs(&self, share: f64) -> f64 {
        let mut below = 0.0;
        for (wait_secs, weight) in &self.0 {
            below += weight;
            if below >= share - 1e-9 {
                return *wait_secs;
            }
        }
        self.0.last().map_or(0.0, |(wait_secs, _)| *wait_secs)
    }

    /// The share of them, by weight, that waited less than this; of equal waits, half.
    #[must_use]
    pub fn share_below(&self, wait_secs: f64) -> f64 {
        let part = |(theirs, weight): &(f64, f64)| {
            let counts = match theirs.total_cmp(&wait_secs) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
            weight * counts
        };
        self.0.iter().map(part).sum()
    }
}

#[expect(clippy::cast_precision_loss, reason = "ages are far below 2^52 ms")]
fn recency(age_ms: i64) -> f64 {
    0.5_f64.powf(age_ms.max(0) as f64 / HALF_LIFE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: u32, found: f32, wait_secs: f64) -> Sample {
        Sample {
            at_ms: i64::from(at) * 1_000,
            line: 0,
            found: [found; FEATURES],
            wait_secs,
        }
    }

    #[test]
    fn those_who_found_the_same_are_asked() {
        let mut memory = Memory::default();
        for at in 0..400 {
            let busy = at % 2 == 0;
            let (found, wait_secs) = if busy { (3.0, 300.0) } else { (0.0, 10.0) };
            memory.add(sample(at, found, wait_secs + f64::from(at % 7)));
        }
        let quantile = |found: f32, share: f64| {
            let near = memory.neighbours(0, &[found; FEATURES]).unwrap();
            near.quantile_secs(share)
        };
        assert!(quantile(3.0, 0.1) >= 300.0 && quantile(3.0, 0.9) <= 306.0);
        assert!(quantile(0.0, 0.1) >= 10.0 && quantile(0.0, 0.9) <= 16.0);
    }

    #[test]
    fn too_few_samples_say_nothing_and_too_many_push_out_the_oldest() {
        let mut memory = Memory::default();
        memory.add(sample(0, 0.0, 5.0));
        assert_eq!(memory.neighbours(0, &[0.0; FEATURES]), None);
        for at in 0..u32::try_from(MOST_SAMPLES + 100).unwrap() {
            memory.add(sample(at, 0.0, f64::from(at)));
        }
        assert_eq!(memory.len(), MOST_SAMPLES);
        let near = memory.neighbours(0, &[0.0; FEATURES]).unwrap();
        assert!(near.quantile_secs(0.0) >= 100.0);
    }

    #[test]
    fn shares_are_those_of_the_weights() {
        let near = Neighbours(vec![(10.0, 0.25), (20.0, 0.5), (30.0, 0.25)]);
        assert!((near.share_below(20.0) - 0.5).abs() < 1e-9);
        assert!((near.share_below(5.0)).abs() < 1e-9);
        assert!((near.quantile_secs(0.25) - 10.0).abs() < 1e-9);
        assert!((near.quantile_secs(0.9) - 30.0).abs() < 1e-9);
    }
}
