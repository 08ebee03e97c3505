//! How a day's contacts are spread over its half hours: shares by weekday and clock, the recent
//! past weighing more, each weekday leaning on the others as far as it has little of its own.

use super::calendar::HALVES;
use super::history::Day;

/// Contacts of one half hour above this many standard deviations of what was expected are taken
/// down to it: one flood must not stand in the shape for months.
const FLOOD: f64 = 5.0;

/// How a shape remembers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Days until an observation counts half.
    pub half_life_days: f64,
    /// How many days' worth the other weekdays count.
    pub pooled_days: f64,
    /// Whether the pooled shape is smoothed over neighbouring half hours.
    pub is_smooth: bool,
}

/// Sums for the shares of one weekday.
#[derive(Clone, Copy, Debug)]
struct Sums {
    contacts: [f64; HALVES],
    totals: [f64; HALVES],
}

/// A shape that learns day by day.
#[derive(Clone, Debug)]
pub struct Shape {
    memory: Memory,
    fade: f64,
    days: [Sums; 7],
    /// Shares by weekday, up to date.
    shares: [[f64; HALVES]; 7],
    /// Total of a day, roughly, to weigh the pool.
    usual_total: f64,
}

impl Shape {
    /// A shape that knows nothing: all half hours are alike.
    #[must_use]
    pub fn new(memory: Memory) -> Self {
        let none = Sums {
            contacts: [0.0; HALVES],
            totals: [0.0; HALVES],
        };
        Self {
            memory,
            fade: 0.5_f64.powf(1.0 / memory.half_life_days),
            days: [none; 7],
            shares: [[0.0; HALVES]; 7],
            usual_total: 0.0,
        }
    }

    /// The share of a weekday's ordinary total that falls into a half hour of the clock.
    #[must_use]
    pub fn share(&self, weekday: usize, index: usize) -> f64 {
        self.shares[weekday][index]
    }

    /// The sum of the shares of a day's open half hours, of the known ones if asked.
    #[must_use]
    pub fn sum(&self, day: &Day, only_known: bool) -> f64 {
        let open = day
            .open()
            .filter(|(_, count)| !only_known || count.is_some());
        open.map(|(index, _)| self.share(day.weekday, index)).sum()
    }

    /// Which share of a day's total its known half hours hold. The first time a weekday is seen
    /// its total is what its own opening time brings, whatever other weekdays are like.
    #[must_use]
    pub fn known_share(&self, day: &Day) -> f64 {
        let known = self.sum(day, true);
        if self.days[day.weekday]
            .totals
            .iter()
            .any(|total| *total > 0.0)
        {
            return known;
        }
        let all = self.sum(day, false);
        if known > 0.0 {
            known / all
        } else {
            let open = day.open().count();
            float(day.known()) / float(open.max(1))
        }
    }

    /// One day goes by.
    pub fn pass(&mut self) {
        for sums in &mut self.days {
            for value in sums.contacts.iter_mut().chain(&mut sums.totals) {
                *value *= self.fade;
            }
        }
    }

    /// Learns a day with its total; `weight` is less for a day far off.
    pub fn learn(&mut self, day: &Day, total: f64, weight: f64) {
        let first = self.usual_total <= 0.0;
        self.usual_total = if first {
            total
        } else {
            0.95 * self.usual_total + 0.05 * total
        };
        let shares = &self.shares[day.weekday];
        let sums = &mut self.days[day.weekday];
        for (index, count) in day.open() {
            let Some(count) = count else { continue };
            let expected = shares[index] * total;
            let is_settled = sums.totals[index] > total && expected > 0.0;
            let most = expected + FLOOD * (expected + 0.1 * expected * expected + 1.0).sqrt();
            let count = if is_settled { count.min(most) } else { count };
            sums.contacts[index] += weight * count;
            sums.totals[index] += weight * total;
        }
        self.refresh();
    }

    fn refresh(&mut self) {
        let pool = self.pool();
        let lean = self.memory.pooled_days * self.usual_total;
        for (shares, sums) in self.shares.iter_mut().zip(&self.days) {
            let contacts: f64 = sums.contacts.iter().sum();
            let pooled: f64 = sums.totals.iter().zip(&pool).map(|(t, p)| t * p).sum();
            // A short day holds its whole total in fewer half hours.
            let scale = if pooled > 0.0 { contacts / pooled } else { 1.0 };
            for index in 0..HALVES {
                let total = sums.totals[index] + lean;
                shares[index] = if total > 0.0 {
                    (sums.contacts[index] + lean * scale * pool[index]) / total
                } else {
                    0.0
                };
            }
            normalise(shares, &sums.totals);
        }
    }

    /// Shares over all weekdays.
    fn pool(&self) -> [f64; HALVES] {
        let mut pool = [0.0; HALVES];
        for (index, share) in pool.iter_mut().enumerate() {
            let contacts: f64 = self.days.iter().map(|sums| sums.contacts[index]).sum();
            let totals: f64 = self.days.iter().map(|sums| sums.totals[index]).sum();
            *share = if totals > 0.0 { contacts / totals } else { 0.0 };
        }
        if !self.memory.is_smooth {
            return pool;
        }
        let rough = pool;
        for index in 1..HALVES - 1 {
            let beside = [rough[index - 1], rough[index + 1]];
            if rough[index] > 0.0 && beside.iter().all(|share| *share > 0.0) {
                pool[index] = 0.5 * rough[index] + 0.25 * (beside[0] + beside[1]);
            }
        }
        pool
    }
}

/// Makes the shares of the ordinary opening time of a weekday sum to one.
fn normalise(shares: &mut [f64; HALVES], totals: &[f64; HALVES]) {
    let most = totals.iter().copied().fold(0.0, f64::max);
    let ordinary = shares.iter().zip(totals);
    let sum: f64 = ordinary
        .filter(|(_, total)| **total >= 0.5 * most)
        .map(|(share, _)| share)
        .sum();
    if most > 0.0 && sum > 0.0 {
        for share in shares {
            *share /= sum;
        }
    }
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
