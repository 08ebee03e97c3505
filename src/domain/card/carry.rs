//! What a surprise now says about the hours after it.

use serde::{Deserialize, Serialize};

use super::Foretold;

/// How far a wait that was not foreseen carries into the half hours after it; learned by
/// `forecast::wait::carry`. The default carries nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Carry {
    /// What of the surprise would be left if nothing faded.
    pub share: f64,
    /// What is left of that a half hour later.
    pub fade: f64,
}

/// Waits are compared as if each were this much longer, seconds: from none to a few seconds is no
/// surprise.
const NOT_WORTH_TELLING_SECS: f64 = 60.0;

/// Nothing is more surprising than this: a wait seven times as long.
const MOST_SURPRISING: f64 = 2.0;

impl Carry {
    /// How surprising a wait is, seconds: the logarithm of how many times as long as foreseen.
    #[must_use]
    pub fn surprise(foreseen_secs: f64, came_secs: f64) -> f64 {
        let ratio = (came_secs + NOT_WORTH_TELLING_SECS) / (foreseen_secs + NOT_WORTH_TELLING_SECS);
        ratio.ln().clamp(-MOST_SURPRISING, MOST_SURPRISING)
    }

    /// How many times as long it will be than was foreseen, so many half hours after a surprise.
    #[must_use]
    pub fn factor(&self, surprise: f64, halves: i32) -> f64 {
        (surprise * self.share * self.fade.powi(halves)).exp()
    }

    /// What is to be expected after a surprise, seconds.
    #[must_use]
    pub fn after(&self, told: Foretold, surprise: f64, halves: i32) -> Foretold {
        let factor = self.factor(surprise, halves);
        let carried = |secs: f64| {
            let secs = (secs + NOT_WORTH_TELLING_SECS) * factor - NOT_WORTH_TELLING_SECS;
            secs.max(0.0)
        };
        Foretold {
            expected: carried(told.expected),
            low: carried(told.low),
            high: carried(told.high),
        }
    }
}
