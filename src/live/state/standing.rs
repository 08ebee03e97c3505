//! Where a contact stands, as far as the live view cares.

use crate::domain::contact::{Contact, Outcome};
use crate::domain::event::Millis;

/// Where a contact stands, as far as the live view cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) line: String,
    pub(super) since_ms: Millis,
    pub(super) left: Option<Left>,
}

/// How a contact left the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) at_ms: Millis,
    pub(super) answered: bool,
}

/// Where a contact stands; `None` if it is not, and was not, in a queue for a person.
pub(super) fn standing(contact: &Contact) -> Option<Standing> {
    if contact.withdrawn.is_some() {
        return None;
    }
    let (since_ms, start) = contact.start()?;
    let (left_ms, answered) = match contact.outcome() {
        Outcome::Waiting => {
            let line = contact.waits_at()?.line.clone();
            return Some(Standing {
                line,
                since_ms,
                left: None,
            });
        }
        Outcome::Answered => (contact.answered.first_at()?, true),
        Outcome::Abandoned => (contact.abandoned.as_ref()?.at_ms, false),
        Outcome::Deflected => (contact.deflected.as_ref()?.at_ms, false),
        // Asking for a call-back leaves the queue, whatever becomes of it.
        Outcome::CallbackPending | Outcome::CallbackKept | Outcome::CallbackFailed => {
            (contact.callback_requested.as_ref()?.at_ms, false)
        }
        Outcome::SelfServed | Outcome::Refused | Outcome::LeftInMenu | Outcome::Lost => {
            return None;
        }
    };
    Some(Standing {
        line: contact.moved_to(left_ms).unwrap_or(start).line.clone(),
        since_ms,
        left: Some(Left {
            at_ms: left_ms,
            answered,
        }),
    })
}

/// The source that brought a contact in.
pub(super) fn source_of(contact: &Contact) -> String {
    [&contact.offered, &contact.attempted, &contact.refused]
        .into_iter()
        .flatten()
        .map(|register| register.event.source.clone())
        .next()
        .unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
pub(super) fn wait_secs(standing: &Standing, left: Left) -> f64 {
    (left.at_ms - standing.since_ms).max(0) as f64 / 1_000.0
}
