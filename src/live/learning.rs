//! The learner of live waits beside the state: fed by every move, and rebuilt after a start from
//! the contacts of the last weeks while frames are already sent.

use std::collections::VecDeque;

use crate::domain::event::{ContactKey, Millis};
use crate::forecast::live_wait::{Callers, Forecast, LiveWaits, Method, Stay, replay, stay};
use crate::store::Store;

/// Name and version of the method, printed on `/method`.
pub use crate::forecast::live_wait::learner::METHOD;

/// Contacts of so long before a start are replayed.
const REPLAY_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// They are read in pages of this length, newest first.
const PAGE_MS: i64 = 6 * 3_600 * 1_000;

/// More contacts than this are not replayed: the learner remembers fewer.
const MOST_STAYS: usize = 40_000;

/// With fewer samples than this the simple estimate is shown; `/method` says the number.
const FEWEST_SAMPLES: usize = 200;

/// So many callers are compared with what was foretold between two frames; the others teach, but
/// do not judge. One takes about a tenth of a millisecond, and a thousand judge well.
const MOST_JUDGED: usize = 20;

/// More moves than this are not kept while the learner is being rebuilt.
const MOST_MISSED: usize = 200_000;

/// Somebody joined a line or left one.
#[derive(Clone, Debug)]
pub enum Move {
    /// Joined. Whoever came over from another line teaches, but judges nobody.
    Join {
        /// Id of the line.
        line: String,
        /// Who.
        key: ContactKey,
        /// When.
        at_ms: Millis,
        /// Whether it came from another line.
        is_transfer: bool,
    },
    /// Left the queue.
    Leave {
        /// Who.
        key: ContactKey,
        /// When.
        at_ms: Millis,
        /// To a person.
        answered: bool,
    },
    /// Is not to be counted, or not there.
    Withdraw {
        /// Who.
        key: ContactKey,
    },
}

/// The learner, or what it will have to be told.
#[derive(Clone, Debug)]
pub enum Learning {
    /// Nothing is learned from what is told now: it is replayed later.
    Off,
    /// The learner is being rebuilt; these moves it does not know.
    Waiting(VecDeque<Move>),
    /// It follows. The number is of those judged since the last frame.
    Following(Box<LiveWaits>, usize),
}

impl Default for Learning {
    fn default() -> Self {
        Self::Following(Box::new(empty_learner()), 0)
    }
}

impl Learning {
    /// Takes in a move.
    pub fn take(&mut self, moved: Move) {
        match self {
            Self::Off => {}
            Self::Waiting(missed) => {
                if missed.len() == MOST_MISSED {
                    missed.pop_front();
                }
                missed.push_back(moved);
            }
            Self::Following(learner, judged) => learn(learner, judged, moved),
        }
    }

    /// A frame was made.
    pub fn begin_second(&mut self) {
        if let Self::Following(_, judged) = self {
            *judged = 0;
        }
    }

    /// From now on this learner is followed; it is told what it missed.
    pub fn follow(&mut self, mut learner: LiveWaits) {
        let mut judged = 0;
        if let Self::Waiting(missed) = std::mem::replace(self, Self::Off) {
            for moved in missed {
                learn(&mut learner, &mut judged, moved);
            }
        }
        *self = Self::Following(Box::new(learner), judged);
    }

    /// Whether it follows yet.
    #[must_use]
    pub fn is_following(&self) -> bool {
        matches!(self, Self::Following(..))
    }

    /// What somebody who joins a line now has to expect. `None` as long as too little is learned,
    /// and where the simple estimate was better lately: then that is shown.
    #[must_use]
    pub fn forecast(&self, line: &str, at_ms: Millis) -> Option<Forecast> {
        let Self::Following(learner, _) = self else {
            return None;
        };
        let is_enough = learner.samples() >= FEWEST_SAMPLES;
        let forecast = is_enough.then(|| learner.forecast(line, at_ms, None));
        forecast
            .flatten()
            .filter(|forecast| forecast.method != Method::MedianOfThree)
    }
}

fn learn(learner: &mut LiveWaits, judged: &mut usize, moved: Move) {
    match moved {
        Move::Join {
            line,
            key,
            at_ms,
            is_transfer,
        } => {
            if is_transfer || *judged >= MOST_JUDGED {
                learner.join_unjudged(&line, key, at_ms);
            } else {
                *judged += 1;
                learner.join(&line, key, at_ms, None);
            }
        }
        Move::Leave {
            key,
            at_ms,
            answered,
        } => learner.leave(key, at_ms, answered),
        Move::Withdraw { key } => learner.withdraw(key),
    }
}

/// A learner that knows nothing yet. It learns the waits of everybody who joins, because that is
/// who a visitor will be.
#[must_use]
pub fn empty_learner() -> LiveWaits {
    LiveWaits::of(Callers::All)
}

/// A learner that knows the contacts of the last weeks who joined before an instant. Whoever left
/// at or after it still waits: the moves since are told by those who followed them.
///
/// # Errors
/// If the database fails.
pub async fn read_learner(store: &Store, before_ms: Millis) -> anyhow::Result<LiveWaits> {
    let mut stays: Vec<Stay> = Vec::new();
    let mut end_ms = before_ms;
    while end_ms > before_ms - REPLAY_MS && stays.len() < MOST_STAYS {
        let page = store.contacts_between(end_ms - PAGE_MS, end_ms).await?;
        stays.extend(page.iter().filter_map(|(key, contact)| stay(*key, contact)));
        end_ms -= PAGE_MS;
    }
    stays.retain(|stay| stay.joined_ms < before_ms);
    for stay in &mut stays {
        stay.left = stay.left.filter(|(left_ms, _)| *left_ms < before_ms);
    }
    let work = move || replay(Callers::All, &stays, |_, _| None);
    Ok(tokio::task::spawn_blocking(work).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> ContactKey {
        ContactKey([number; 16])
    }

    fn join(number: u8, at_ms: Millis) -> Move {
        Move::Join {
            line: "billing".to_owned(),
            key: key(number),
            at_ms,
            is_transfer: false,
        }
    }

    fn leave(number: u8, at_ms: Millis) -> Move {
        Move::Leave {
            key: key(number),
            at_ms,
            answered: true,
        }
    }

    fn samples(learning: &Learning) -> Option<usize> {
        match learning {
            Learning::Following(learner, _) => Some(learner.samples()),
            _ => None,
        }
    }

    #[test]
    fn what_happened_while_the_learner_was_rebuilt_is_not_lost_and_not_counted_twice() {
        let waits = |number, left| Stay {
            key: key(number),
            line: "billing".to_owned(),
            joined_ms: 1_000,
            left,
        };
        let stays = [waits(1, None), waits(2, Some((2_000, true)))];
        let mut learning = Learning::Waiting(VecDeque::new());
        // The second of them was read with its end; the third came after the start.
        for moved in [
            leave(1, 9_000),
            leave(2, 2_000),
            join(3, 5_000),
            leave(3, 6_000),
        ] {
            learning.take(moved);
        }
        assert_eq!((learning.is_following(), samples(&learning)), (false, None));
        learning.follow(replay(Callers::All, &stays, |_, _| None));
        assert_eq!(samples(&learning), Some(3));
        learning.take(leave(1, 9_000));
        assert_eq!(samples(&learning), Some(3));
    }

    #[test]
    fn in_a_flood_some_judge_and_all_teach() {
        let mut learning = Learning::default();
        for number in 0..100 {
            learning.take(join(number, 1_000));
            learning.take(leave(number, 2_000));
        }
        assert!(matches!(learning, Learning::Following(_, MOST_JUDGED)));
        assert_eq!(samples(&learning), Some(100));
        learning.begin_second();
        assert!(matches!(learning, Learning::Following(_, 0)));
    }

    #[test]
    fn nothing_is_foretold_before_enough_is_learned() {
        let mut learning = Learning::default();
        for number in 0..u8::try_from(FEWEST_SAMPLES).unwrap_or(u8::MAX) {
            assert_eq!(learning.forecast("billing", 0), None);
            let at_ms = i64::from(number) * 60_000;
            learning.take(join(number, at_ms));
            learning.take(leave(number, at_ms + 30_000));
        }
        let told = learning.forecast("billing", 12_000_000).unwrap();
        assert!((told.expected_secs - 30.0).abs() < 1e-9, "{told:?}");
    }
}
