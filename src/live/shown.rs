//! How the ranges turned out that were shown to those who called: what the newest frame said when
//! somebody joined, against how long they waited.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::card::{Foretold, Score, Sums};
use crate::domain::event::Millis;
use crate::domain::period::local_day;
use crate::forecast::minutes::{BEYOND_MINS, MinutesRange};
use crate::store::forecasts::{SHOWN, ScoreKey};

/// Sums are handed on this often.
const HAND_ON_MS: i64 = 60 * 1_000;

/// What a frame told of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// When.
    pub at_ms: Millis,
    /// The range as it was shown.
    pub range: MinutesRange,
    /// The estimate behind it, seconds.
    pub expected_secs: f64,
}

/// What somebody was told, and how long the wait was.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Id of the line.
    pub line: String,
    /// What was told.
    pub told: Told,
    /// The wait, seconds.
    pub wait_secs: f64,
    /// It ended with a person.
    pub answered: bool,
}

/// Sums by day and line.
#[derive(Clone, Debug, Default)]
pub struct ShownScores {
    sums: BTreeMap<(Date, String), Sums>,
    changed: BTreeSet<(Date, String)>,
    handed_on_ms: Option<Millis>,
}

impl Outcome {
    /// Adds it. Whoever hung up within the range, or before it, could have been answered within
    /// it: that tells nothing. Whoever hung up beyond it waited too long.
    pub fn record(&self, sums: &mut Sums) {
        let told = self.foretold();
        if self.answered || self.wait_secs > told.high {
            sums.record(1.0, self.wait_secs, told, None);
        }
    }

    fn foretold(&self) -> Foretold {
        let range = self.told.range;
        // "More than 60" holds whatever is longer.
        let high = range
            .high_mins
            .map_or_else(|| secs_of(BEYOND_MINS).max(self.wait_secs), secs_of);
        Foretold {
            expected: self.told.expected_secs,
            low: secs_of(range.low_mins),
            high,
        }
    }
}

impl ShownScores {
    /// Goes on from what is kept: rows are replaced, never added to.
    #[must_use]
    pub fn resume(kept: impl IntoIterator<Item = (ScoreKey, Score)>) -> Self {
        let shown = kept.into_iter().filter(|(key, _)| key.lead == SHOWN);
        Self {
            sums: shown
                .map(|(key, score)| ((key.day, key.line), score.waits))
                .collect(),
            ..Self::default()
        }
    }

    /// Adds outcomes to the local days on which they were told.
    pub fn add(&mut self, outcomes: impl IntoIterator<Item = Outcome>, zone: &TimeZone) {
        for outcome in outcomes {
            let key = (local_day(outcome.told.at_ms, zone), outcome.line.clone());
            let sums = self.sums.entry(key.clone()).or_default();
            let before = sums.n;
            outcome.record(sums);
            if sums.n > before {
                self.changed.insert(key);
            }
        }
    }

    /// The sums that changed since they were last handed on, at most once a minute.
    #[must_use]
    pub fn due(&self, now_ms: Millis) -> Vec<(ScoreKey, Score)> {
        let is_early = |at_ms: Millis| (0..HAND_ON_MS).contains(&(now_ms - at_ms));
        if self.handed_on_ms.is_some_and(is_early) {
            return Vec::new();
        }
        let score = |key: &(Date, String)| {
            let (day, line) = key.clone();
            let score = Score {
                waits: self.sums.get(key).copied().unwrap_or_default(),
                ..Score::default()
            };
            let lead = SHOWN;
            (ScoreKey { day, line, lead }, score)
        };
        self.changed.iter().map(score).collect()
    }

    /// What was due is on its way.
    pub fn handed_on(&mut self, now_ms: Millis) {
        self.changed.clear();
        self.handed_on_ms = Some(now_ms);
    }
}

#[expect(clippy::cast_precision_loss, reason = "steps are at most 90")]
fn secs_of(mins: i64) -> f64 {
    mins as f64 * 60.0
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Monday 4 January 2021, 23:30 UTC.
    const LATE_MS: i64 = 1_609_803_000_000;

    fn outcome(high_mins: Option<i64>, wait_secs: f64, answered: bool) -> Outcome {
        Outcome {
            line: "billing".to_owned(),
            told: Told {
                at_ms: LATE_MS,
                range: MinutesRange {
                    low_mins: 2,
                    high_mins,
                },
                expected_secs: 200.0,
            },
            wait_secs,
            answered,
        }
    }

    fn sums_of(outcomes: impl IntoIterator<Item = Outcome>) -> (f64, f64) {
        let mut sums = Sums::default();
        for outcome in outcomes {
            outcome.record(&mut sums);
        }
        assert!(sums.pinball.is_finite());
        (sums.n, sums.within)
    }

    #[test]
    fn those_answered_count_and_the_ends_of_the_range_belong_to_it() {
        let waits = [119.0, 120.0, 300.0, 301.0];
        let told = waits.map(|wait_secs| outcome(Some(5), wait_secs, true));
        assert_eq!(sums_of(told), (4.0, 2.0));
    }

    #[test]
    fn who_hung_up_within_the_range_says_nothing_and_beyond_it_is_a_miss() {
        let waits = [10.0, 200.0, 300.0, 301.0];
        let told = waits.map(|wait_secs| outcome(Some(5), wait_secs, false));
        assert_eq!(sums_of(told), (1.0, 0.0));
    }

    #[test]
    fn more_than_an_hour_holds_every_longer_wait() {
        let told = [3_000.0, 20_000.0].map(|wait_secs| outcome(None, wait_secs, true));
        assert_eq!(sums_of(told), (2.0, 2.0));
        assert_eq!(sums_of([outcome(None, 20_000.0, false)]), (0.0, 0.0));
    }

    #[test]
    fn sums_go_on_from_what_was_kept_and_leave_once_a_minute() {
        let key = ScoreKey {
            day: date(2021, 1, 5),
            line: "billing".to_owned(),
            lead: SHOWN,
        };
        let mut kept = Score::default();
        outcome(Some(5), 200.0, true).record(&mut kept.waits);
        let other = ScoreKey {
            lead: 0,
            ..key.clone()
        };
        let mut scores = ShownScores::resume([(key.clone(), kept), (other, kept)]);
        assert!(scores.due(LATE_MS).is_empty(), "nothing new");
        // Half past eleven in UTC is the next day in Paris.
        let zone = TimeZone::get("Europe/Paris").unwrap();
        scores.add([outcome(Some(5), 500.0, true)], &zone);
        let due = scores.due(LATE_MS);
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].0, key);
        assert_eq!((due[0].1.waits.n, due[0].1.waits.within), (2.0, 1.0));
        scores.handed_on(LATE_MS);
        scores.add([outcome(Some(5), 130.0, true)], &zone);
        assert!(scores.due(LATE_MS + 59_000).is_empty());
        assert_eq!(
            scores.due(LATE_MS + 60_000)[0].1.waits.n.to_bits(),
            3.0_f64.to_bits()
        );
        scores.add([outcome(Some(5), 10.0, false)], &zone);
        scores.handed_on(LATE_MS);
        scores.add([outcome(Some(5), 10.0, false)], &zone);
        assert!(
            scores.due(LATE_MS + 90_000).is_empty(),
            "says nothing, changes nothing"
        );
    }
}
