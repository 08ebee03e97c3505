//! Draws of chance for the simulation. Knows nothing of contacts.

use jiff::civil::Date;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::domain::event::Millis;

/// A stream of chance for one seed, day and purpose.
pub struct Chance(StdRng);

impl Chance {
    /// The stream of `topic` on `day`; it depends on nothing else than the three.
    #[must_use]
    pub fn new(seed: u64, day: Date, topic: &str) -> Self {
        let ordinal = i64::from(day.year()) * 1_000 + i64::from(day.day_of_year());
        let mut state = scramble(seed ^ scramble(ordinal.unsigned_abs()));
        for byte in topic.bytes() {
            state = scramble(state ^ u64::from(byte));
        }
        Self(StdRng::seed_from_u64(state))
    }

    /// A number in (0, 1].
    pub fn unit(&mut self) -> f64 {
        1.0 - self.0.random::<f64>()
    }

    /// A number in (low, high].
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this chance.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.unit() <= chance
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Weibull with a mean of about `scale` for shapes near 1.
    pub fn weibull(&mut self, scale: f64, shape: f64) -> f64 {
        scale * self.exponential().powf(shape.recip())
    }

    /// Lognormal with this mean; `spread` is the deviation of its logarithm.
    pub fn lognormal(&mut self, mean: f64, spread: f64) -> f64 {
        // Box and Muller: two uniform numbers make a normal one.
        let radius = (2.0 * self.exponential()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        mean * (spread * normal - spread * spread / 2.0).exp()
    }

    /// Gamma with mean 1 and variance 1 / `shape`, as the mean of `shape` exponentials.
    pub fn gamma(&mut self, shape: u16) -> f64 {
        let sum: f64 = (0..shape).map(|_| self.exponential()).sum();
        sum / f64::from(shape.max(1))
    }

    /// An index, with chances in proportion to the weights.
    pub fn pick(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        let found = weights.iter().position(|weight| {
            left -= weight;
            left <= 0.0
        });
        found.unwrap_or(0)
    }
}

/// The finaliser of `SplitMix64`: neighbouring numbers become unrelated ones.
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Seconds as whole milliseconds.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds of a simulated contact are far below 2^52"
)]
pub fn millis(secs: f64) -> Millis {
    (secs * 1_000.0) as i64
}

/// The nearest whole number of people, at least 0.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is clamped to what fits before"
)]
pub fn people(number: f64) -> usize {
    number.round().clamp(0.0, 10_000.0) as usize
}

/// A count as a number to calculate with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn mean(count: usize, mut draw: impl FnMut() -> f64) -> f64 {
        (0..count).map(|_| draw()).sum::<f64>() / float(count)
    }

    #[test]
    fn the_same_seed_day_and_topic_draw_the_same() {
        let draw = |seed, day, topic| Chance::new(seed, day, topic).unit();
        let day = date(2026, 3, 2);
        assert!((draw(1, day, "a") - draw(1, day, "a")).abs() < f64::EPSILON);
        assert!((draw(1, day, "a") - draw(2, day, "a")).abs() > 1e-9);
        assert!((draw(1, day, "a") - draw(1, date(2026, 3, 3), "a")).abs() > 1e-9);
        assert!((draw(1, day, "a") - draw(1, day, "b")).abs() > 1e-9);
    }

    #[test]
    fn draws_have_the_means_they_promise() {
        let mut chance = Chance::new(7, date(2026, 3, 2), "means");
        assert!((mean(50_000, || chance.exponential()) - 1.0).abs() < 0.02);
        assert!((mean(50_000, || chance.lognormal(300.0, 0.6)) - 300.0).abs() < 5.0);
        assert!((mean(2_000, || chance.gamma(100)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_pick_follows_its_weights() {
        let mut chance = Chance::new(7, date(2026, 3, 2), "pick");
        let thirds = mean(30_000, || f64::from(chance.pick(&[2.0, 1.0]) == 1));
        assert!((thirds - 1.0 / 3.0).abs() < 0.02);
    }
}
