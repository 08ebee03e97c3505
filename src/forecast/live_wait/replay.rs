//! The learner rebuilt from contacts of the last weeks, in the order of time.

use super::learner::Callers;
use super::learner::LiveWaits;
pub use super::learner::Told;
use crate::domain::contact::{Contact, Outcome};
use crate::domain::event::{ContactKey, Millis};

/// The last callers of a replay judge the methods; to look for the neighbours of all would take
/// long.
const JUDGING: usize = 4_000;

/// One contact's time in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Its key.
    pub key: ContactKey,
    /// The line it waited on last.
    pub line: String,
    /// When it was offered.
    pub joined_ms: Millis,
    /// When it left, and whether it was answered; `None` while it waits.
    pub left: Option<(Millis, bool)>,
}

/// The time of a contact in a queue; `None` if it was never offered, is withdrawn or lost.
#[must_use]
pub fn stay(key: ContactKey, contact: &Contact) -> Option<Stay> {
    let offered = contact
        .offered
        .as_ref()
        .filter(|_| contact.withdrawn.is_none())?;
    let left = match contact.outcome() {
        Outcome::Waiting => None,
        Outcome::Answered => Some((contact.answered.first_at()?, true)),
        Outcome::Abandoned => Some((contact.abandoned.as_ref()?.at_ms, false)),
        Outcome::Deflected => Some((contact.deflected.as_ref()?.at_ms, false)),
        Outcome::CallbackKept | Outcome::CallbackPending | Outcome::CallbackFailed => {
            Some((contact.callback_requested.as_ref()?.at_ms, false))
        }
        Outcome::SelfServed | Outcome::Refused | Outcome::LeftInMenu | Outcome::Lost => {
            return None;
        }
    };
    let until_ms = left.map_or(Millis::MAX, |(at_ms, _)| at_ms);
    let line = contact
        .moved_to(until_ms)
        .unwrap_or(&offered.value)
        .line
        .clone();
    Some(Stay {
        key,
        line,
        joined_ms: offered.at_ms,
        left,
    })
}

/// A learner of the waits of these callers that has seen these stays, of any order. `usual_secs` tells the usual median wait of
/// the half hour of an instant on a line, if it is known.
#[must_use]
pub fn replay(
    callers: Callers,
    stays: &[Stay],
    usual_secs: impl Fn(&str, Millis) -> Option<f64>,
) -> LiveWaits {
    let mut joined: Vec<Millis> = stays.iter().map(|stay| stay.joined_ms).collect();
    joined.sort_unstable();
    let judged_from = joined.len().saturating_sub(JUDGING);
    let from_ms = joined.get(judged_from).copied().unwrap_or(Millis::MAX);
    replay_judging(callers, stays, from_ms, usual_secs, |_, _| {})
}

/// As [`replay`], with callers judging the methods from an instant on, and each of those forecasts
/// told, made from what was known when the caller joined.
#[must_use]
pub fn replay_judging(
    callers: Callers,
    stays: &[Stay],
    from_ms: Millis,
    usual_secs: impl Fn(&str, Millis) -> Option<f64>,
    mut tell: impl FnMut(&Stay, &Told),
) -> LiveWaits {
    // Within one instant everybody joins before anybody leaves, as in the live state.
    let joins = stays.iter().map(|stay| (stay.joined_ms, false, stay));
    let leaves = stays
        .iter()
        .filter_map(|stay| Some((stay.left?.0, true, stay)));
    let mut moves: Vec<(Millis, bool, &Stay)> = joins.chain(leaves).collect();
    moves.sort_by_key(|(at_ms, leaves, stay)| (*at_ms, *leaves, stay.key));
    let mut learner = LiveWaits::of(callers);
    for (at_ms, leaves, stay) in moves {
        match stay.left.filter(|_| leaves) {
            Some((left_ms, answered)) => learner.leave(stay.key, left_ms, answered),
            None if at_ms < from_ms => learner.join_unjudged(&stay.line, stay.key, at_ms),
            None => {
                let usual_secs = usual_secs(&stay.line, at_ms);
                tell(stay, &learner.join(&stay.line, stay.key, at_ms, usual_secs));
            }
        }
    }
    learner
}
