//! Chatwoot's webhooks: `conversation_created`, `message_created`, `message_updated`,
//! `conversation_status_changed` and `conversation_updated`.
//!
//! A conversation is offered when it is created, answered by the first public reply of a person
//! (a bot is none), ended when it is resolved. Its labels tell the purpose, the answer to the
//! survey the satisfaction. What was written, and who wrote it, is not looked at. Conversations
//! are named by the number that the account gives them, so an account is a source.

use serde_json::Value;

use super::json::{at, instant, name, text};
use super::{Said, Teller};
use crate::domain::centre::Feed;
use crate::domain::event::{EventKind, Millis, Purpose};
use crate::ingest::wire::{WireData, WireEvent};

/// Ignored: an event that says nothing of waiting or of its end.
pub const OTHER: &str = "says nothing of waiting, replies or the end";
/// Ignored: an inbox that centre.toml does not name.
pub const OTHER_INBOX: &str = "an inbox that centre.toml does not name";

/// Reads messages of a source.
#[derive(Clone, Debug)]
pub struct Chatwoot {
    feed: Feed,
    teller: Teller,
}

impl Chatwoot {
    /// A reader for the messages of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
        }
    }

    /// Reads a message that was sent at this instant (which its signature vouches for).
    #[must_use]
    pub fn read(&self, message: &Value, sent_ms: Millis) -> Said {
        let Some(event) = text(message, &["event"]) else {
            return Said::Refused("missing_field: event is missing".to_owned());
        };
        let told = match event {
            "conversation_created" => self.conversation(message, message, sent_ms, Told::Created),
            "conversation_updated" | "conversation_status_changed" => {
                self.conversation(message, message, sent_ms, Told::Changed)
            }
            "message_created" | "message_updated" => {
                let Some(conversation) = at(message, &["conversation"]) else {
                    return Said::Refused("missing_field: conversation is missing".to_owned());
                };
                self.conversation(conversation, message, sent_ms, Told::Message)
            }
            _ => return Said::Ignored(OTHER),
        };
        told.unwrap_or_else(|said| said)
    }

    fn conversation(
        &self,
        conversation: &Value,
        message: &Value,
        sent_ms: Millis,
        told: Told,
    ) -> Result<Said, Said> {
        let Some(id) = name(conversation, &["id"]) else {
            return Err(Said::Refused(
                "missing_field: the conversation has no id".to_owned(),
            ));
        };
        let inbox = name(conversation, &["inbox_id"]).or_else(|| name(message, &["inbox", "id"]));
        let Some(line) = self.feed.line(inbox.as_deref().unwrap_or_default()) else {
            return Err(Said::Ignored(OTHER_INBOX));
        };
        let about = About {
            teller: &self.teller,
            subject: id,
        };
        let mut events = Vec::new();
        // Any of its messages tells when it began: one that was missed is made up for.
        if let Some(created_ms) = epoch_ms(conversation, &["created_at"]) {
            let place = WireData {
                line: Some(line.to_owned().into()),
                channel: channel(conversation).map(Into::into),
                ..WireData::default()
            };
            events.push(about.tell(EventKind::Offered, created_ms, place));
        }
        match told {
            Told::Created => {}
            Told::Changed => self.change(&about, conversation, sent_ms, &mut events),
            Told::Message => about.message(message, sent_ms, &mut events),
        }
        if events.is_empty() {
            return Ok(Said::Ignored(OTHER));
        }
        Ok(Said::Events(events))
    }

    fn change(
        &self,
        about: &About<'_>,
        conversation: &Value,
        sent_ms: Millis,
        events: &mut Vec<WireEvent<'static>>,
    ) {
        if text(conversation, &["status"]) == Some("resolved") {
            events.push(about.tell(EventKind::Ended, sent_ms, WireData::default()));
        }
        let labels = at(conversation, &["labels"]).and_then(Value::as_array);
        let labels = labels.into_iter().flatten().filter_map(Value::as_str);
        let purpose = labels.filter_map(|label| self.feed.labels.get(label)).min();
        if let Some(purpose) = purpose {
            let data = WireData {
                purpose: Some(word(*purpose).into()),
                ..WireData::default()
            };
            // The last word counts: labels change.
            events.push(about.tell(EventKind::Classified, sent_ms, data));
        }
    }
}

/// What a message is about.
#[derive(Clone, Copy)]
enum Told {
    Created,
    Changed,
    Message,
}

struct About<'t> {
    teller: &'t Teller,
    subject: String,
}

impl About<'_> {
    fn tell(&self, kind: EventKind, at_ms: Millis, data: WireData<'static>) -> WireEvent<'static> {
        // All replies have one name: the first of them is the answer. Of all other facts, the
        // instant decides.
        let id = format!("{}/{}", self.subject, kind.name());
        self.teller.tell(kind, id, at_ms, &self.subject, data)
    }

    /// A reply of a person, or the answer to a survey.
    fn message(&self, message: &Value, sent_ms: Millis, events: &mut Vec<WireEvent<'static>>) {
        let survey = [
            "content_attributes",
            "submitted_values",
            "csat_survey_response",
            "rating",
        ];
        if let Some(rating) = at(message, &survey).and_then(Value::as_i64) {
            let data = WireData {
                scale: Some("csat".into()),
                score: Some(rating),
                ..WireData::default()
            };
            events.push(self.tell(EventKind::Scored, sent_ms, data));
        }
        if is_reply(message) {
            let written = instant(message, &["created_at"]).ok().flatten();
            let at_ms = written.unwrap_or(sent_ms);
            events.push(self.tell(EventKind::Answered, at_ms, WireData::default()));
        }
    }
}

/// Outgoing, public, and written by a person who works there.
fn is_reply(message: &Value) -> bool {
    let outgoing = match at(message, &["message_type"]) {
        Some(Value::String(word)) => word == "outgoing",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    };
    let private = at(message, &["private"]).and_then(Value::as_bool);
    let sender = text(message, &["sender", "type"]).or_else(|| text(message, &["sender_type"]));
    outgoing
        && private != Some(true)
        && sender.is_some_and(|sender| sender.eq_ignore_ascii_case("user"))
}

/// Seconds since 1970, or a text.
fn epoch_ms(value: &Value, path: &[&str]) -> Option<Millis> {
    match at(value, path)? {
        Value::Number(number) => number.as_i64()?.checked_mul(1_000),
        Value::String(_) => instant(value, path).ok().flatten(),
        _ => None,
    }
}

fn channel(conversation: &Value) -> Option<&'static str> {
    Some(match text(conversation, &["channel"])? {
        "Channel::WebWidget" => "chat",
        "Channel::Email" => "email",
        "Channel::Api" => return None,
        _ => "message",
    })
}

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Information => "information",
        Purpose::Transaction => "transaction",
        Purpose::Problem => "problem",
        Purpose::Complaint => "complaint",
        Purpose::Idea => "idea",
        Purpose::Compliment => "compliment",
    }
}

#[cfg(test)]
mod tests;
