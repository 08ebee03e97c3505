//! Amazon Connect: contact events (from `EventBridge`, in any order, some of them missing) and
//! contact records (the last word about a contact, sent again whenever it changes). Agent events
//! are read in [`staff`].
//!
//! Both tell everything known so far, so each message says all of it again under the same names;
//! what was missed is made up for. A record is a correction of the events: its revision is the
//! instant of its last update. Legs of a journey speak of its first contact, and only journeys
//! that a customer began start a contact. Where several legs have records, answers, transfers and
//! handle times of all of them stand side by side, under one revision.

pub mod staff;

use serde_json::Value;

use super::json::{at, instant, name, seconds, text};
use super::{Said, Teller};
use crate::domain::centre::{Channel, Feed};
use crate::domain::event::{EventKind, Millis};
use crate::ingest::wire::{WireData, WireEvent};

/// Ignored: the centre began it, or it is no conversation.
pub const NOT_INBOUND: &str = "not begun by a customer";
/// Ignored: it did not come to a queue.
pub const NEVER_QUEUED: &str = "never stood in a queue";
/// Ignored: a queue that centre.toml does not name.
pub const OTHER_QUEUE: &str = "a queue that centre.toml does not name";
/// Ignored: tasks and the like.
pub const OTHER_CHANNEL: &str = "a channel on which nobody waits for a person";
/// Ignored: about something else than a contact.
pub const OTHER: &str = "not about a contact";

/// Reads messages of a source.
#[derive(Clone, Debug)]
pub struct Connect {
    feed: Feed,
    teller: Teller,
}

/// How a contact came about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    ByCustomer,
    /// A further leg of a journey.
    Moved,
    /// The call-back that a customer asked for.
    Callback,
}

/// What a message tells of a leg.
struct Leg {
    contact: String,
    /// The first contact of the journey.
    root: String,
    begun: Begun,
    channel: Channel,
    line: String,
    initiated_ms: Option<Millis>,
    enqueued_ms: Option<Millis>,
    /// The customer's side of a call-back answered.
    connected_ms: Option<Millis>,
    answered_ms: Option<Millis>,
    ended_ms: Option<Millis>,
    disconnected_ms: Option<Millis>,
    by_customer: bool,
    handle_ms: Option<i64>,
    /// Of facts that a contact has once, and of those that every leg may have.
    revisions: (i64, i64),
}

impl Connect {
    /// A reader for the messages of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
        }
    }

    /// Reads a message: an event in its `EventBridge` envelope or bare, or a record.
    #[must_use]
    pub fn read(&self, message: &Value) -> Said {
        let body = at(message, &["detail"]).unwrap_or(message);
        match self.leg(body) {
            Err(said) => said,
            Ok(leg) => {
                let events = self.events(&leg);
                if events.is_empty() {
                    Said::Ignored(NEVER_QUEUED)
                } else {
                    Said::Events(events)
                }
            }
        }
    }

    fn leg(&self, body: &Value) -> Result<Leg, Said> {
        let Some(contact) = text(body, &["contactId"]) else {
            return Err(if body.is_object() {
                Said::Ignored(OTHER)
            } else {
                Said::Refused("wrong_type: the message is no JSON object".to_owned())
            });
        };
        let channel = match text(body, &["channel"]).unwrap_or("VOICE") {
            word if word.eq_ignore_ascii_case("voice") => Channel::Voice,
            word if word.eq_ignore_ascii_case("chat") => Channel::Chat,
            word if word.eq_ignore_ascii_case("email") => Channel::Email,
            _ => return Err(Said::Ignored(OTHER_CHANNEL)),
        };
        let begun = match text(body, &["initiationMethod"]).unwrap_or_default() {
            "INBOUND" | "WEBRTC_API" => Begun::ByCustomer,
            // Chats begin by a call of the website's to the API.
            "API" if channel == Channel::Chat => Begun::ByCustomer,
            "TRANSFER" | "QUEUE_TRANSFER" => Begun::Moved,
            "CALLBACK" => Begun::Callback,
            _ => return Err(Said::Ignored(NOT_INBOUND)),
        };
        let line = self.line(body)?;
        let root = text(body, &["initialContactId"]).unwrap_or(contact);
        let leg = read_leg(body, (contact, root), (begun, channel, line));
        leg.map_err(Said::Refused)
    }

    /// The line of its queue, which events and records write differently.
    fn line(&self, body: &Value) -> Result<String, Said> {
        let arn = text(body, &["queueInfo", "queueArn"]).or_else(|| text(body, &["Queue", "ARN"]));
        let called = text(body, &["Queue", "Name"]);
        let Some(arn) = arn.or(called) else {
            return Err(Said::Ignored(NEVER_QUEUED));
        };
        let line = line_of(&self.feed, Some(arn), called);
        line.cloned().ok_or(Said::Ignored(OTHER_QUEUE))
    }

    fn events(&self, leg: &Leg) -> Vec<WireEvent<'static>> {
        let mut events = Vec::new();
        let (once, each) = leg.revisions;
        let place = |revision| WireData {
            line: Some(leg.line.clone().into()),
            channel: Some(leg.channel.name().into()),
            ..revised(revision)
        };
        let mut tell = |kind: EventKind, at_ms: Option<Millis>, data: WireData<'static>| {
            if let Some(at_ms) = at_ms {
                let id = format!("{}/{}", leg.contact, kind.name());
                events.push(self.teller.tell(kind, id, at_ms, &leg.root, data));
            }
        };
        match leg.begun {
            Begun::ByCustomer => tell(EventKind::Offered, leg.enqueued_ms, place(once)),
            Begun::Moved => tell(EventKind::Transferred, leg.enqueued_ms, place(each)),
            Begun::Callback => {
                tell(EventKind::Offered, leg.initiated_ms, place(0));
                tell(
                    EventKind::CallbackRequested,
                    leg.initiated_ms,
                    revised(once),
                );
                let reached_ms = leg.answered_ms.and(leg.connected_ms);
                tell(EventKind::CallbackKept, reached_ms, revised(once));
            }
        }
        if leg.answered_ms.is_some() {
            if leg.begun != Begun::Callback {
                tell(EventKind::Answered, leg.answered_ms, revised(each));
            }
            let data = WireData {
                handle_ms: leg.handle_ms,
                ..revised(each)
            };
            tell(EventKind::Ended, leg.ended_ms, data);
        } else if leg.enqueued_ms.is_some() && leg.begun != Begun::Callback {
            let kind = if leg.by_customer {
                EventKind::Abandoned
            } else {
                EventKind::Deflected
            };
            tell(kind, leg.disconnected_ms, revised(once));
        }
        events
    }
}

/// The line of a queue that is told by its ARN, of which the last part is its id, or by its name.
fn line_of<'f>(feed: &'f Feed, arn: Option<&str>, called: Option<&str>) -> Option<&'f String> {
    let id = arn.and_then(|arn| arn.rsplit('/').next());
    let mut names = [arn, id, called].into_iter().flatten();
    names
        .find_map(|name| feed.queues.get(name))
        .or_else(|| feed.queues.get("*"))
}

/// The instants of a leg.
fn read_leg(
    body: &Value,
    (contact, root): (&str, &str),
    (begun, channel, line): (Begun, Channel, String),
) -> Result<Leg, String> {
    let either = |one: &[&str], other: &[&str]| {
        Ok::<_, String>(match instant(body, one)? {
            Some(found) => Some(found),
            None => instant(body, other)?,
        })
    };
    let reason = text(body, &["disconnectReason"]);
    let updated_ms = instant(body, &["LastUpdateTimestamp"])?;
    let is_alone = contact == root && name(body, &["NextContactId"]).is_none();
    let revisions = match updated_ms {
        None => (0, 0),
        Some(at_ms) if is_alone => (at_ms.max(1), at_ms.max(1)),
        Some(at_ms) => (at_ms.max(1), 1),
    };
    let disconnected_ms = instant(body, &["disconnectTimestamp"])?;
    let wrapped_up_ms = either(
        &["Agent", "AfterContactWorkEndTimestamp"],
        &["agentInfo", "afterContactWorkEndTimestamp"],
    )?;
    Ok(Leg {
        contact: contact.to_owned(),
        root: root.to_owned(),
        begun,
        channel,
        line,
        initiated_ms: instant(body, &["initiationTimestamp"])?,
        enqueued_ms: either(
            &["queueInfo", "enqueueTimestamp"],
            &["Queue", "EnqueueTimestamp"],
        )?,
        connected_ms: instant(body, &["connectedToSystemTimestamp"])?,
        answered_ms: either(
            &["agentInfo", "connectedToAgentTimestamp"],
            &["Agent", "ConnectedToAgentTimestamp"],
        )?,
        ended_ms: wrapped_up_ms.or(disconnected_ms),
        disconnected_ms,
        by_customer: matches!(
            reason,
            None | Some("CUSTOMER_DISCONNECT" | "TELECOM_PROBLEM")
        ),
        handle_ms: handle_ms(body),
        revisions,
    })
}

fn revised(revision: i64) -> WireData<'static> {
    WireData {
        revision: (revision > 0).then_some(revision),
        ..WireData::default()
    }
}

/// Talk, hold and wrap-up of the agent, as records tell them.
fn handle_ms(body: &Value) -> Option<i64> {
    let talk = seconds(body, &["Agent", "AgentInteractionDuration"])?;
    let hold = seconds(body, &["Agent", "CustomerHoldDuration"]).unwrap_or(0);
    let wrap_up = seconds(body, &["Agent", "AfterContactWorkDuration"]).unwrap_or(0);
    let sum = talk.checked_add(hold)?.checked_add(wrap_up)?;
    sum.checked_mul(1_000)
}

#[cfg(test)]
mod tests;
