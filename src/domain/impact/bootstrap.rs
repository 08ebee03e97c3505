//! The interval of an effect: whole weeks are drawn again and again from each window, both segments
//! together, so that what links neighbouring days, and the two segments, stays in.

use super::{Pair, Sums, WEEK, WINDOW, Window, matched};

/// Draws. The interval of 95 % is cut off where 1 in 40 lies beyond.
const DRAWS: usize = 4_000;
const BEYOND_ONE_IN: usize = 40;

/// Blocks in a window.
const BLOCKS: usize = WINDOW / WEEK;

/// The same for every action, so that nobody can choose a lucky one.
const SEED: u64 = 0x51_75_69_65_74;

/// Half the width of a 95 % interval of a normal distribution, in standard errors.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The 95 % interval round an effect, by a circular block bootstrap (Politis and Romano 1992).
///
/// Four blocks a window spread less than what they are drawn from, and say little of how much that
/// is. So the distances from the effect are stretched as Hesterberg (2015) does it: by the root of
/// `b / (b − 1)` and by Student's quantile against the normal one.
pub fn interval(before: &Window, after: &Window, effect: f64, weeks: [usize; 2]) -> (f64, f64) {
    let (before, after) = (Blocks::of(before), Blocks::of(after));
    let mut chance = Chance(SEED);
    let mut drawn: Vec<f64> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let sums = [before.draw(&mut chance), after.draw(&mut chance)];
        // Where gaps leave no weekday in common, the draw says nothing.
        if let Some([treated, comparison]) = matched(&sums[0], &sums[1]) {
            drawn.push(treated.change() - comparison.change());
        }
    }
    drawn.sort_by(f64::total_cmp);
    let cut = drawn.len() / BEYOND_ONE_IN;
    let (Some(low), Some(high)) = (drawn.get(cut), drawn.iter().rev().nth(cut)) else {
        return (f64::NEG_INFINITY, f64::INFINITY);
    };
    let stretch = stretch(weeks);
    (
        effect - stretch * (effect - low),
        effect + stretch * (high - effect),
    )
}

/// By what the spread of so many weeks before and after is too narrow.
fn stretch(weeks: [usize; 2]) -> f64 {
    let fewest = weeks[0].min(weeks[1]).clamp(2, BLOCKS);
    #[expect(clippy::cast_precision_loss, reason = "at most four")]
    let fewest = fewest as f64;
    // Student's 97.5 % quantile for the weeks of both windows less two.
    let student = match weeks[0] + weeks[1] {
        ..=6 => 2.776_445,
        7 => 2.570_582,
        _ => 2.446_912,
    };
    (fewest / (fewest - 1.0)).sqrt() * student / NORMAL
}

/// Sums of the seven days from each day of a window on; after the last day comes the first.
struct Blocks([Sums; WINDOW]);

impl Blocks {
    fn of(window: &Window) -> Self {
        Self(std::array::from_fn(|start| {
            let mut sums = Sums::default();
            for day in start..start + WEEK {
                let pair = window.0[day % WINDOW];
                sums[day % WEEK] = pair.unwrap_or_default();
            }
            sums
        }))
    }

    /// Four weeks by chance. Each has every weekday once.
    fn draw(&self, chance: &mut Chance) -> Sums {
        let mut sums = [Pair::default(); WEEK];
        for _ in 0..BLOCKS {
            let block = &self.0[chance.below(WINDOW)];
            for (sum, pair) in sums.iter_mut().zip(block) {
                sum.add(*pair);
            }
        }
        sums
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same on every machine for ever.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is small.
    fn below(&mut self, end: usize) -> usize {
        let share = u128::from(self.next()) * end as u128;
        // Below `end`, so it fits.
        usize::try_from(share >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_same_for_ever_and_even() {
        // The first numbers of the published generator for the seed 0.
        let mut zero = Chance(0);
        assert_eq!(zero.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(zero.next(), 0x6e78_9e6a_a1b9_65f4);
        let mut counts = [0; 4];
        let mut chance = Chance(SEED);
        for _ in 0..40_000 {
            counts[chance.below(4)] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_700..10_300).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn fewer_weeks_stretch_further() {
        let all = [[4, 4], [3, 4], [3, 3]].map(stretch);
        assert!((all[0] - 1.441_6).abs() < 1e-3, "{all:?}");
        assert!(all[0] < all[1] && all[1] < all[2], "{all:?}");
    }
}
