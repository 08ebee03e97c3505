//! The report card: what forecasts said when they were issued, and how they turned out.
//!
//! Scores are sums, so that any stretch of days and any set of lines adds up; what is shown is
//! derived when read. What is scored against what is `forecast::scoring`'s matter.

mod carry;

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::event::Millis;
pub use carry::Carry;

/// A forecast as it was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issued {
    /// Id of the line.
    pub line: String,
    /// The first local day it is about, which is that of its issue.
    pub day: Date,
    /// When it was made. Later than its day if it was made up for afterwards, from nothing but
    /// what came before that day.
    pub issued_ms: Millis,
    /// Names and versions of what made it.
    pub model: String,
    /// Whole weeks of history behind it.
    pub weeks: usize,
    /// There were too few of them for more than a guess.
    pub is_guess: bool,
    /// Contacts are forecast by a rule without a model, which was better in the past.
    pub is_simpler: bool,
    /// What a plain rule would say without a forecast: the quietest hours of the clock of the last
    /// four weeks, as places of half hours, 0–47.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet_halves: Vec<usize>,
    /// How the contacts of a day follow from its first half hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// How a wait that was not foreseen carries into the half hours after it.
    #[serde(default)]
    pub carry: Carry,
    /// Half hours of opening time, earliest first.
    pub slots: Vec<IssuedSlot>,
}

/// How the rest of a day follows from its beginning; learned by `forecast::demand::today`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Half hours until what came counts half.
    pub half_life: f64,
    /// What is left of the deviation a half hour farther ahead; 0 where nothing can be learned.
    pub fade: f64,
    /// Variance of a half hour's mean relative to its square.
    pub spread: f64,
    /// The part of it that a whole day has in common.
    pub day_spread: f64,
}

/// A half hour.
const SLOT_MS: Millis = 30 * 60 * 1_000;

/// What is expected of a line, and how right that was lately.
#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// The forecast.
    pub issued: Issued,
    /// How forecasts issued on the day itself turned out in the last four weeks.
    pub record: Score,
    /// How forecasts issued six days before did.
    pub ahead: Score,
    /// How the ranges that were shown to those who called did.
    pub shown: Score,
}

/// A rule was better than the forecast if it would have captured more by this part of what was
/// possible.
const CLEARLY_BETTER: f64 = 0.02;

/// So many callers who were advised tell something.
const ENOUGH_ADVISED: f64 = 200.0;

/// Foresight by line.
pub type Foresights = BTreeMap<String, Arc<Foresight>>;

impl Foresight {
    /// What was said of the half hour that holds an instant.
    #[must_use]
    pub fn at(&self, at_ms: Millis) -> Option<&IssuedSlot> {
        let slots = &self.issued.slots;
        let next = slots.partition_point(|slot| slot.start_ms <= at_ms);
        let slot = slots.get(next.checked_sub(1)?)?;
        (at_ms < slot.start_ms + SLOT_MS).then_some(slot)
    }

    /// Whether the quiet hours of the clock would have saved callers more in the last four weeks than
    /// what they were told. It is said; the verdict stays, since everybody sent to the same two hours
    /// would fill them (`tests/it/herding.rs`).
    #[must_use]
    pub fn is_rule_better(&self) -> bool {
        let Score { advice, rule, .. } = &self.record;
        rule.advised >= ENOUGH_ADVISED
            && rule.saved_secs > advice.saved_secs + CLEARLY_BETTER * advice.possible_secs
    }
}

/// What a forecast said of a half hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssuedSlot {
    /// Its start.
    #[serde(rename = "at")]
    pub start_ms: Millis,
    /// Contacts.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Foretold>,
    /// Wait of single callers, seconds; what is expected is the median.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub wait_secs: Option<Foretold>,
}

/// What is expected, and an 80 % range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64, f64)", into = "(f64, f64, f64)")]
pub struct Foretold {
    /// What is expected.
    pub expected: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl From<(f64, f64, f64)> for Foretold {
    fn from((expected, low, high): (f64, f64, f64)) -> Self {
        Self {
            expected,
            low,
            high,
        }
    }
}

impl From<Foretold> for (f64, f64, f64) {
    /// Tenths are enough, and keep what is stored short.
    fn from(told: Foretold) -> Self {
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        (tenths(told.expected), tenths(told.low), tenths(told.high))
    }
}

/// How a day's forecasts of a line turned out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Contacts, by half hours.
    #[serde(default)]
    pub contacts: Sums,
    /// Waits, by single calls, seconds.
    #[serde(default)]
    pub waits: Sums,
    /// The verdict's advice to call later.
    #[serde(default)]
    pub advice: Advised,
    /// The same by the quiet hours of the clock.
    #[serde(default)]
    pub rule: Advised,
}

/// How advice to call later would have turned out. What is asked of whom: `forecast::advice::trial`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Advised {
    /// Callers who were asked.
    pub callers: f64,
    /// Σ possible saving, seconds.
    pub possible_secs: f64,
    /// Σ saving, seconds.
    pub saved_secs: f64,
    /// Callers who were advised to call later.
    pub advised: f64,
    /// Of them, those who would have waited more than 15 s longer.
    pub worse: f64,
}

impl Advised {
    /// Share of the possible saving; `None` if none was possible.
    #[must_use]
    pub fn captured(&self) -> Option<f64> {
        (self.possible_secs > 0.0).then(|| self.saved_secs / self.possible_secs)
    }

    /// What each of those advised would have saved, seconds; `None` if nobody was advised.
    #[must_use]
    pub fn mean_saving_secs(&self) -> Option<f64> {
        self.of_advised(self.saved_secs)
    }

    /// Share of those advised who would have waited longer; `None` if nobody was advised.
    #[must_use]
    pub fn worse_share(&self) -> Option<f64> {
        self.of_advised(self.worse)
    }

    /// Share of callers who were advised; `None` if nobody called.
    #[must_use]
    pub fn advised_share(&self) -> Option<f64> {
        (self.callers > 0.0).then(|| self.advised / self.callers)
    }

    fn of_advised(&self, sum: f64) -> Option<f64> {
        (self.advised > 0.0).then(|| sum / self.advised)
    }
}

impl AddAssign<&Self> for Advised {
    fn add_assign(&mut self, other: &Self) {
        self.callers += other.callers;
        self.possible_secs += other.possible_secs;
        self.saved_secs += other.saved_secs;
        self.advised += other.advised;
        self.worse += other.worse;
    }
}

/// Sums over half hours, or over calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// How many were scored.
    pub n: f64,
    /// How many fell into their range, its ends included.
    pub within: f64,
    /// Sum of what came.
    pub came: f64,
    /// Sum of |what came − what was expected|.
    pub missed: f64,
    /// Sum of the mean pinball losses of both ends of the range.
    pub pinball: f64,
    /// Of those of which the opponents said something too: our sum of misses …
    pub missed_with_opponents: f64,
    /// … that of "as in the same half hour of the last week" …
    pub missed_last_week: f64,
    /// … and that of "as in the mean (of waits: the median) of the last four".
    pub missed_last_four: f64,
    /// How many missed by at most so much: see [`MISS_BOUNDS`]; the last is without bound.
    pub misses: [f64; MISSES],
}

/// Upper bounds of the classes of misses: contacts, or seconds.
pub const MISS_BOUNDS: [f64; MISSES - 1] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1_200.0,
    3_600.0,
];
const MISSES: usize = 17;

/// The share that a range shall hold.
pub const RANGE_SHARE: f64 = 0.8;

impl AddAssign<&Self> for Score {
    fn add_assign(&mut self, other: &Self) {
        self.contacts += &other.contacts;
        self.waits += &other.waits;
        self.advice += &other.advice;
        self.rule += &other.rule;
    }
}

impl AddAssign<&Self> for Sums {
    fn add_assign(&mut self, other: &Self) {
        let parts = [
            (&mut self.n, other.n),
            (&mut self.within, other.within),
            (&mut self.came, other.came),
            (&mut self.missed, other.missed),
            (&mut self.pinball, other.pinball),
            (&mut self.missed_with_opponents, other.missed_with_opponents),
            (&mut self.missed_last_week, other.missed_last_week),
            (&mut self.missed_last_four, other.missed_last_four),
        ];
        for (mine, theirs) in parts {
            *mine += theirs;
        }
        for (mine, theirs) in self.misses.iter_mut().zip(other.misses) {
            *mine += theirs;
        }
    }
}

impl Sums {
    /// Takes in `weight` equal cases. Opponents are (last week, last four).
    pub fn record(&mut self, weight: f64, came: f64, told: Foretold, others: Option<(f64, f64)>) {
        let miss = (came - told.expected).abs();
        self.n += weight;
        self.came += weight * came;
        self.missed += weight * miss;
        if told.low <= came && came <= told.high {
            self.within += weight;
        }
        let tail = (1.0 - RANGE_SHARE) / 2.0;
        let ends = pinball(tail, told.low, came) + pinball(1.0 - tail, told.high, came);
        self.pinball += weight * ends / 2.0;
        if let Some((last_week, last_four)) = others {
            self.missed_with_opponents += weight * miss;
            self.missed_last_week += weight * (came - last_week).abs();
            self.missed_last_four += weight * (came - last_four).abs();
        }
        self.misses[MISS_BOUNDS.partition_point(|bound| miss > *bound)] += weight;
    }

    /// The share that fell into its range.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        self.of_each(self.within)
    }

    /// Mean pinball loss of the ends of the ranges (Koenker and Bassett 1978).
    #[must_use]
    pub fn mean_pinball(&self) -> Option<f64> {
        self.of_each(self.pinball)
    }

    /// Mean of |what came − what was expected|.
    #[must_use]
    pub fn mean_miss(&self) -> Option<f64> {
        self.of_each(self.missed)
    }

    /// Weighted absolute percentage error, as a share: `Σ |came − expected| / Σ came`.
    #[must_use]
    pub fn percentage_error(&self) -> Option<f64> {
        (self.came > 0.0).then(|| self.missed / self.came)
    }

    /// The median of |what came − what was expected|, linear inside its class; `None` in the last.
    #[must_use]
    pub fn median_miss(&self) -> Option<f64> {
        let rank = self.n / 2.0;
        let mut below = 0.0;
        for (class, count) in self.misses.iter().enumerate() {
            if *count > 0.0 && below + count >= rank {
                let upper = MISS_BOUNDS.get(class)?;
                let lower = class.checked_sub(1).map_or(0.0, |at| MISS_BOUNDS[at]);
                return Some(lower + (upper - lower) * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
        }
        None
    }

    /// `1 − our misses / those of "the last week"`: 0 is as good, less is worse.
    #[must_use]
    pub fn skill_against_last_week(&self) -> Option<f64> {
        skill(self.missed_with_opponents, self.missed_last_week)
    }

    /// The same against "the last four weeks".
    #[must_use]
    pub fn skill_against_last_four(&self) -> Option<f64> {
        skill(self.missed_with_opponents, self.missed_last_four)
    }

    fn of_each(&self, sum: f64) -> Option<f64> {
        (self.n > 0.0).then(|| sum / self.n)
    }
}

fn skill(ours: f64, theirs: f64) -> Option<f64> {
    (theirs > 0.0).then(|| 1.0 - ours / theirs)
}

/// Pinball loss of a quantile at `share`.
fn pinball(share: f64, quantile: f64, came: f64) -> f64 {
    let over = came - quantile;
    (share * over).max((share - 1.0) * over)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn told(expected: f64) -> Foretold {
        Foretold {
            expected,
            low: expected - 2.0,
            high: expected + 2.0,
        }
    }

    fn scored() -> Sums {
        let mut sums = Sums::default();
        sums.record(1.0, 10.0, told(12.0), Some((8.0, 11.0)));
        sums.record(2.0, 30.0, told(25.0), Some((30.0, 40.0)));
        sums.record(1.0, 5.0, told(5.0), None);
        sums
    }

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let sums = scored();
        assert_eq!(sums.coverage(), Some(0.5));
        assert_eq!(sums.mean_miss(), Some(3.0));
        assert_eq!(sums.percentage_error(), Some(12.0 / 75.0));
        // 2 + 10 of ours against 2 + 0 and 1 + 20.
        assert_eq!(sums.skill_against_last_week(), Some(1.0 - 12.0 / 2.0));
        assert_eq!(sums.skill_against_last_four(), Some(1.0 - 12.0 / 21.0));
        // Misses 0, 2, 5, 5: the second of four ends the class "1 to 2".
        assert_eq!(sums.median_miss(), Some(2.0));
        // Ends 10 14 at 10; 23 27 at 30, twice; 3 7 at 5.
        let losses = 0.5 * 0.4 + 2.0 * 0.5 * (0.7 + 2.7) + 0.5 * 0.4;
        let found = sums.mean_pinball().unwrap();
        assert!((found - losses / 4.0).abs() < 1e-12, "{found}");
    }

    #[test]
    fn nothing_has_no_score_and_sums_add() {
        let nothing = Sums::default();
        assert_eq!((nothing.coverage(), nothing.median_miss()), (None, None));
        assert_eq!(
            (nothing.percentage_error(), nothing.mean_pinball()),
            (None, None)
        );
        assert_eq!(nothing.skill_against_last_week(), None);
        let mut twice = scored();
        twice += &scored();
        assert_eq!(twice.coverage(), Some(0.5));
        assert_eq!(twice.n.to_bits(), 8.0_f64.to_bits());
        assert_eq!(twice.median_miss(), Some(2.0));
    }

    #[test]
    fn what_was_issued_reads_back_in_tenths() {
        let issued = Issued {
            line: "billing".to_owned(),
            day: date(2026, 11, 2),
            issued_ms: 1,
            model: "m-1".to_owned(),
            weeks: 8,
            is_guess: false,
            is_simpler: false,
            quiet_halves: vec![15, 16],
            pace: None,
            carry: Carry::default(),
            slots: vec![IssuedSlot {
                start_ms: 7,
                contacts: Some(Foretold::from((1.04, 0.0, 2.5))),
                wait_secs: None,
            }],
        };
        let text = serde_json::to_string(&issued).unwrap();
        assert!(text.contains(r#"{"at":7,"n":[1.0,0.0,2.5]}"#), "{text}");
        let read: Issued = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read.slots[0].contacts,
            Some(Foretold::from((1.0, 0.0, 2.5)))
        );
    }
}
