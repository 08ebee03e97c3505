//! The learner of live waits beside the state: fed by every move, and rebuilt after a start from
//! the contacts of the last weeks while frames are already sent.

use std::collections::VecDeque;

use crate::domain::event::{ContactKey, Millis};
use crate::forecast::live_wait::{Callers, Forecast, LiveWaits, Method, Stay, replay, stay};
use crate::store::Store;

/// Contacts of so long before a start are replayed.
const REPLAY_MS: i64 = 30 * 24 * 3_600 * 1_000;

/// They are read in pages of this length, newest first.
const PAGE_MS: i64 = 6 * 3_600 * 1_000;

/// More contacts than this are not replayed: the learner remembers fewer.
const MOST_STAYS: usize = 40_000;

/// With fewer samples than this the simple estimate is shown.
const FEWEST_SAMPLES: usize = 200;

/// So many callers are compared with what was foretold between two frames; the others teach, but
/// do not judge. One takes about a tenth of a millisecond.
const MOST_JUDGED: usize = 200;

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
