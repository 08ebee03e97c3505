//! Genesys Cloud: detail events of conversations, as its integration with `EventBridge` sends them.
//!
//! A conversation is a contact. It stands in a queue from `acd.start` to `acd.end`, which also tells
//! how that went: answered, abandoned, or moved out by a flow. `user.end` and `acw` tell how long an
//! agent was busy. (`user.start` comes when it rings and is no answer.)
//!
//! A conversation that enters a second queue was moved there, but nothing in the event says that it
//! is the second. So which queues a conversation has entered is kept for a while; what was heard is
//! told again under the same names with each further one, so that order and doubling change nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::json::{at, text};
use super::{Said, Teller};
use crate::domain::centre::{Channel, Feed};
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::timestamp;
use crate::ingest::wire::{WireData, WireEvent};

/// Ignored: the centre began it.
pub const NOT_INBOUND: &str = "not begun by a customer";
/// Ignored: a queue that centre.toml does not name.
pub const OTHER_QUEUE: &str = "a queue that centre.toml does not name";
/// Ignored: call-backs, shared screens and the like.
pub const OTHER_CHANNEL: &str = "a channel on which nobody waits for a person";
/// Ignored: it rang at an agent's, who did not take it.
pub const NOT_TAKEN: &str = "an agent who was rung and not reached";
/// Ignored: an event that says nothing of waiting or of its end.
pub const OTHER: &str = "says nothing of waiting, answers or the end";

/// What stands before the conversation and the name of the event in a topic.
const TOPIC: &str = "v2.detail.events.conversation.";
/// Of more conversations than this the older half is forgotten.
const MOST_KEPT: usize = 100_000;
/// More queues than this are not kept of a conversation.
const MOST_QUEUES: usize = 16;
/// Conversations and sessions have UUIDs.
const MOST_ID_BYTES: usize = 100;

/// Queues that a conversation has entered: instant and session, line and channel.
type Entered = BTreeMap<(Millis, String), WireData<'static>>;

/// Reads events of a source.
pub struct Genesys {
    feed: Feed,
    teller: Teller,
    entered: HashMap<String, Entered>,
}

/// What every event has.
struct Happened<'v> {
    conversation: &'v str,
    session: &'v str,
    channel: Channel,
    at_ms: Millis,
    body: &'v Value,
}

impl Genesys {
    /// A reader for the events of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
            entered: HashMap::new(),
        }
    }

    /// Reads an event, in its `EventBridge` envelope or bare.
    #[must_use]
    pub fn read(&mut self, message: &Value) -> Said {
        if !message.is_object() {
            return Said::Refused("wrong_type: the message is no JSON object".to_owned());
        }
        let event = at(message, &["detail"]).unwrap_or(message);
        let Some(topic) = text(event, &["topicName"]) else {
            return Said::Refused("missing_field: topicName is missing".to_owned());
        };
        let named = topic.strip_prefix(TOPIC);
        let Some((_, name)) = named.and_then(|rest| rest.split_once('.')) else {
            return Said::Ignored(OTHER);
        };
        if !["acd.start", "acd.end", "user.end", "acw"].contains(&name) {
            return Said::Ignored(OTHER);
        }
        let read = read_happened(event).and_then(|happened| match name {
            "acd.start" => self.queued(&happened),
            "acd.end" => self.left(&happened),
            "user.end" => self.ended(&happened),
            _ => self.wrapped_up(&happened),
        });
        read.map_or_else(|said| said, Said::Events)
    }

    /// Entered a queue: the first one is where the contact is offered, any other one where it was
    /// moved to.
    fn queued(&mut self, happened: &Happened) -> Result<Vec<WireEvent<'static>>, Said> {
        let place = WireData {
            line: Some(self.line(happened)?.into()),
            channel: Some(happened.channel.name().into()),
            ..WireData::default()
        };
        if self.entered.len() >= MOST_KEPT && !self.entered.contains_key(happened.conversation) {
            self.forget();
        }
        let entered = self.entered.entry(happened.conversation.to_owned());
        let entered = entered.or_default();
        entered.insert((happened.at_ms, happened.session.to_owned()), place);
        if entered.len() > MOST_QUEUES {
            entered.pop_last();
        }
        let mut kind = EventKind::Offered;
        let mut events = Vec::new();
        for ((at_ms, session), place) in &self.entered[happened.conversation] {
            let id = format!("{}/{}/{session}", happened.conversation, kind.name());
            let subject = happened.conversation;
            events.push(self.teller.tell(kind, id, *at_ms, subject, place.clone()));
            kind = EventKind::Transferred;
        }
        Ok(events)
    }

    /// Left a queue.
    fn left(&self, happened: &Happened) -> Result<Vec<WireEvent<'static>>, Said> {
        self.line(happened)?;
        let mut data = WireData::default();
        let kind = match text(happened.body, &["acdOutcome"]) {
            Some("ANSWERED") => EventKind::Answered,
            Some("ABANDON") => EventKind::Abandoned,
            Some("FLOW_OUT") => {
                // Whoever is moved out of one queue may be moved out of the next: the last counts.
                data.revision = Some(happened.at_ms);
                EventKind::Deflected
            }
            _ => return Err(Said::Ignored(OTHER)),
        };
        Ok(vec![self.tell(kind, happened, "", data)])
    }

    /// An agent is no longer with the customer.
    fn ended(&self, happened: &Happened) -> Result<Vec<WireEvent<'static>>, Said> {
        self.line(happened)?;
        let busy_ms = |name| at(happened.body, &[name]).and_then(Value::as_i64);
        let talk_ms = busy_ms("interactingDurationMs").filter(|ms| *ms > 0);
        let talk_ms = talk_ms.ok_or(Said::Ignored(NOT_TAKEN))?;
        let hold_ms = busy_ms("heldDurationMs").unwrap_or(0);
        let data = WireData {
            handle_ms: talk_ms.checked_add(hold_ms),
            ..WireData::default()
        };
        Ok(vec![self.tell(EventKind::Ended, happened, "", data)])
    }

    /// An agent has written down what it was about; added to the time of the conversation.
    fn wrapped_up(&self, happened: &Happened) -> Result<Vec<WireEvent<'static>>, Said> {
        self.line(happened)?;
        let wrap_up_ms = at(happened.body, &["wrapupDurationMs"]).and_then(Value::as_i64);
        let data = WireData {
            handle_ms: Some(wrap_up_ms.ok_or(Said::Ignored(OTHER))?),
            ..WireData::default()
        };
        Ok(vec![self.tell(EventKind::Ended, happened, "/acw", data)])
    }

    fn tell(
        &self,
        kind: EventKind,
        happened: &Happened,
        part: &str,
        data: WireData<'static>,
    ) -> WireEvent<'static> {
        let Happened {
            conversation,
            session,
            at_ms,
            ..
        } = happened;
        let id = format!("{conversation}/{}/{session}{part}", kind.name());
        self.teller.tell(kind, id, *at_ms, conversation, data)
    }

    fn line(&self, happened: &Happened) -> Result<String, Said> {
        let line = text(happened.body, &["queueId"]).and_then(|queue| self.feed.line(queue));
        line.map(str::to_owned).ok_or(Said::Ignored(OTHER_QUEUE))
    }

    /// Forgets the older half.
    fn forget(&mut self) {
        let newest = |entered: &Entered| entered.last_key_value().map(|((at_ms, _), _)| *at_ms);
        let mut instants: Vec<Option<Millis>> = self.entered.values().map(newest).collect();
        let middle = instants.len() / 2;
        let (_, middle_ms, _) = instants.select_nth_unstable(middle);
        let middle_ms = *middle_ms;
        self.entered
            .retain(|_, entered| newest(entered) > middle_ms);
    }
}

/// What is kept of conversations is not printed.
impl fmt::Debug for Genesys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Genesys")
    }
}

/// Whose contact it is, and when; nothing else of a customer is looked at.
fn read_happened(event: &Value) -> Result<Happened<'_>, Said> {
    let missing = |field: &str| Said::Refused(format!("missing_field: {field} is missing"));
    let body = at(event, &["eventBody"]).ok_or_else(|| missing("eventBody"))?;
    let conversation = text(body, &["conversationId"]).ok_or_else(|| missing("conversationId"))?;
    let session = text(body, &["sessionId"]).ok_or_else(|| missing("sessionId"))?;
    if conversation.len().max(session.len()) > MOST_ID_BYTES {
        let reason = format!("too_long: an id has more than {MOST_ID_BYTES} bytes");
        return Err(Said::Refused(reason));
    }
    let time = at(body, &["eventTime"]).ok_or_else(|| missing("eventTime"))?;
    let at_ms = time.as_i64();
    let at_ms = at_ms.filter(|at_ms| timestamp(*at_ms).as_millisecond() == *at_ms);
    let at_ms = at_ms.ok_or_else(|| {
        let reason = "invalid_time: eventTime is no number of milliseconds since 1970";
        Said::Refused(reason.to_owned())
    })?;
    if text(body, &["direction"]) == Some("OUTBOUND") {
        return Err(Said::Ignored(NOT_INBOUND));
    }
    let channel = match text(body, &["mediaType"]).unwrap_or_default() {
        "VOICE" => Channel::Voice,
        "CHAT" => Channel::Chat,
        "EMAIL" => Channel::Email,
        "MESSAGE" => Channel::Message,
        _ => return Err(Said::Ignored(OTHER_CHANNEL)),
    };
    Ok(Happened {
        conversation,
        session,
        channel,
        at_ms,
        body,
    })
}

#[cfg(test)]
mod tests;
