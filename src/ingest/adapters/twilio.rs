//! `TaskRouter` of Twilio: its events as Event Streams send them (JSON, in their `CloudEvents`
//! envelope) and as the event callbacks of a workspace send them (forms, one event each).
//!
//! Both tell the same in other spellings (`task_queue_sid` here, `TaskQueueSid` there), so both are
//! read into the same words first. A task is a contact: offered when it enters its first queue that
//! counts, answered by the first reservation that is accepted, abandoned or deflected when it is
//! canceled, ended when it is completed or deleted. A cold transfer puts the same task back into a
//! queue, so it belongs to the first contact by itself. Attributes of a task are looked at for
//! their direction and for nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{at, text};
use super::{Said, Teller};
use crate::domain::centre::{Channel, Feed};
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::timestamp;
use crate::ingest::instant::read_instant;
use crate::ingest::wire::WireData;

/// Ignored: the centre began it.
pub const NOT_INBOUND: &str = "not begun by a customer";
/// Ignored: a task that is in no queue yet.
pub const NEVER_QUEUED: &str = "not in a queue yet";
/// Ignored: a queue that centre.toml does not name.
pub const OTHER_QUEUE: &str = "a queue that centre.toml does not name";
/// Ignored: a transfer during which the caller goes on talking.
pub const WARM: &str = "a warm transfer, during which nobody waits";
/// Ignored: an event that says nothing of waiting or of its end.
pub const OTHER: &str = "says nothing of waiting, answers or the end";

/// What stands before the name of an event in Event Streams.
const STREAM: &str = "com.twilio.taskrouter.";
/// Reasons of a cancellation that was not the caller's and of no program. Whatever else stands there,
/// "hangup" or what a program wrote, ends a wait that nobody answered.
const OWN_REASONS: [&str; 3] = [
    "Task TTL Exceeded",
    "Task TTL Exceeded or Max assignment count exceeded",
    "Task canceled on Workflow timeout",
];

/// Reads events of a source.
#[derive(Clone, Debug)]
pub struct Twilio {
    feed: Feed,
    teller: Teller,
}

impl Twilio {
    /// A reader for the events of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
        }
    }

    /// Reads an event of Event Streams.
    #[must_use]
    pub fn read(&self, message: &Value) -> Said {
        if !message.is_object() {
            return Said::Refused("wrong_type: the message is no JSON object".to_owned());
        }
        let Some(kind) = text(message, &["type"]) else {
            return Said::Refused("missing_field: type is missing".to_owned());
        };
        let Some(event) = kind.strip_prefix(STREAM) else {
            return Said::Ignored(OTHER);
        };
        let Some(Value::Object(payload)) = at(message, &["data", "payload"]) else {
            return Said::Refused("missing_field: data.payload is missing".to_owned());
        };
        let words = payload.iter().filter_map(|(name, value)| {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some((name.as_str(), value))
        });
        self.said(event, &Words::new(words))
    }

    /// Reads an event callback: the body of a form.
    #[must_use]
    pub fn read_form(&self, body: &[u8]) -> Said {
        let pairs: Vec<_> = form_urlencoded::parse(body).collect();
        let pairs = pairs.iter();
        let words = Words::new(pairs.map(|(name, value)| (&**name, value.clone().into_owned())));
        match words.get("eventtype") {
            None => Said::Refused("missing_field: EventType is missing".to_owned()),
            Some(event) => self.said(event, &words),
        }
    }

    fn said(&self, event: &str, words: &Words) -> Said {
        let told = match event {
            "task.created" | "task-queue.entered" => self.offered(words),
            "reservation.accepted" => Ok(Told::each(EventKind::Answered, "reservationsid")),
            "task.canceled" => Ok(Told::once(canceled(words))),
            "task.completed" | "task.deleted" => Ok(Told::once(EventKind::Ended)),
            "task.transfer-initiated" => self.transferred(words),
            _ => return Said::Ignored(OTHER),
        };
        told.and_then(|told| self.tell(told, words))
            .unwrap_or_else(|said| said)
    }

    fn tell(&self, told: Told, words: &Words) -> Result<Said, Said> {
        if words.is_outbound() {
            return Err(Said::Ignored(NOT_INBOUND));
        }
        let Some(task) = words.get("tasksid") else {
            return Err(Said::Refused(
                "missing_field: the event names no task".to_owned(),
            ));
        };
        let at_ms = words.at_ms().map_err(Said::Refused)?;
        let mut id = format!("{task}/{}", told.kind.name());
        if let Some(each) = told.each {
            // Without its name, an instant tells it from others as well.
            let which = words.get(each).map_or(at_ms.to_string(), str::to_owned);
            id = format!("{id}/{which}");
        }
        let event = self.teller.tell(told.kind, id, at_ms, task, told.data);
        Ok(Said::Events(vec![event]))
    }

    /// In the first queue that counts: of several, the earliest is kept.
    fn offered(&self, words: &Words) -> Result<Told, Said> {
        let names = ["taskqueuesid", "taskqueuename"];
        let data = self.place(names.map(|name| words.get(name)), words)?;
        Ok(Told {
            data,
            ..Told::once(EventKind::Offered)
        })
    }

    /// To the queue that the transfer names, else where the task stands.
    fn transferred(&self, words: &Words) -> Result<Told, Said> {
        let mode = words.get("transfermode").unwrap_or_default();
        if !mode.eq_ignore_ascii_case("cold") {
            return Err(Said::Ignored(WARM));
        }
        let names = ["transferto", "taskqueuesid", "taskqueuename"];
        let data = self.place(names.map(|name| words.get(name)), words)?;
        Ok(Told {
            data,
            ..Told::each(EventKind::Transferred, "sid")
        })
    }

    fn place<const N: usize>(
        &self,
        names: [Option<&str>; N],
        words: &Words,
    ) -> Result<WireData<'static>, Said> {
        if names.iter().all(Option::is_none) {
            return Err(Said::Ignored(NEVER_QUEUED));
        }
        let mut known = names.into_iter().flatten();
        let line = known
            .find_map(|name| self.feed.queues.get(name))
            .or_else(|| self.feed.queues.get("*"));
        let line = line.ok_or(Said::Ignored(OTHER_QUEUE))?;
        Ok(WireData {
            line: Some(line.clone().into()),
            channel: words.channel().map(|channel| channel.name().into()),
            ..WireData::default()
        })
    }
}

/// What an event tells.
struct Told {
    kind: EventKind,
    /// The word that tells one of several from the others, of what happens several times.
    each: Option<&'static str>,
    data: WireData<'static>,
}

impl Told {
    fn once(kind: EventKind) -> Self {
        Self {
            kind,
            each: None,
            data: WireData::default(),
        }
    }

    fn each(kind: EventKind, word: &'static str) -> Self {
        Self {
            each: Some(word),
            ..Self::once(kind)
        }
    }
}

fn canceled(words: &Words) -> EventKind {
    let reason = words
        .get("taskcanceledreason")
        .or_else(|| words.get("reason"));
    if reason.is_some_and(|reason| OWN_REASONS.contains(&reason)) {
        EventKind::Deflected
    } else {
        EventKind::Abandoned
    }
}

/// The words of an event by their names, in small letters and without `_`.
struct Words(BTreeMap<String, String>);

impl Words {
    fn new<'n>(words: impl Iterator<Item = (&'n str, String)>) -> Self {
        let mut by_name = BTreeMap::new();
        for (name, value) in words.filter(|(_, value)| !value.is_empty()) {
            let name = name.replace('_', "").to_ascii_lowercase();
            by_name.entry(name).or_insert(value);
        }
        Self(by_name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Forms tell milliseconds since 1970, the payload of Event Streams a text.
    fn at_ms(&self) -> Result<Millis, String> {
        if let Some(written) = self.get("timestampms") {
            let read = written.parse().ok();
            return read
                .filter(|at_ms: &Millis| timestamp(*at_ms).as_millisecond() == *at_ms)
                .ok_or_else(|| "invalid_time: TimestampMs is no instant".to_owned());
        }
        let Some(written) = self.get("timestamp") else {
            return Err("missing_field: the event has no time".to_owned());
        };
        read_instant("timestamp", written)
            .map_err(|refusal| format!("{}: {}", refusal.reason.word(), refusal.detail))
    }

    fn is_outbound(&self) -> bool {
        let attributes = self.get("taskattributes").unwrap_or_default();
        let attributes: Value = serde_json::from_str(attributes).unwrap_or_default();
        text(&attributes, &["direction"]).is_some_and(|way| way.starts_with("outbound"))
    }

    /// Nothing for the default channel and for channels of one's own: the line knows.
    fn channel(&self) -> Option<Channel> {
        match self.get("taskchanneluniquename")? {
            "voice" => Some(Channel::Voice),
            "chat" => Some(Channel::Chat),
            "email" => Some(Channel::Email),
            "sms" => Some(Channel::Message),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
