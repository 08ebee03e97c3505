//! Bodies of requests: bytes in, admitted events and precise rejections out.
//!
//! Pure. One bad event never costs a good one; only a body that is no list of events at all is
//! refused as a whole.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::door::{Reason, Refusal, Rejection, Threshold};
use super::wire::{NUMBER_FIELDS, Object, TEXT_ATTRIBUTES, TEXT_FIELDS, WireEvent};
use crate::domain::event::Event;

/// Most events in one request. At 250 bytes each they are 2.5 MB; a sender with more sends again.
pub const MOST_EVENTS: usize = 10_000;
/// Of an `id` that is too long, so much is given back.
const SHOWN_CHARACTERS: usize = 256;

/// How events are put into a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One event: `application/cloudevents+json`.
    Single,
    /// A JSON array: `application/cloudevents-batch+json`.
    Batch,
    /// One event a line: `application/x-ndjson`.
    Lines,
}

/// What a body holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Admitted events.
    pub admitted: Vec<Event>,
    /// For each admitted event its place (see [`Rejection::index`]) and its `id` as it was sent.
    pub places: Vec<(usize, String)>,
    /// The others.
    pub rejected: Vec<Rejection>,
}

/// Why a body was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not a JSON array of events.
    #[error("the body is not a JSON array: {0}")]
    NotAnArray(String),
    /// Not text.
    #[error("the body is not UTF-8 (byte {0})")]
    NotUtf8(usize),
    /// Too many at once.
    #[error("more than {MOST_EVENTS} events in one request; send them in several")]
    TooMany,
}

/// Reads a body.
///
/// # Errors
/// Only if the body as a whole is no list of events; see [`BodyError`].
pub fn read_body(
    framing: Framing,
    body: &[u8],
    threshold: Threshold<'_>,
) -> Result<Reading, BodyError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reading = Reading::default();
    match framing {
        Framing::Single => reading.take_bytes(0, body, threshold),
        Framing::Batch => read_batch(body, threshold, &mut reading)?,
        Framing::Lines => read_lines(body, threshold, &mut reading)?,
    }
    Ok(reading)
}

fn read_batch(
    body: &[u8],
    threshold: Threshold<'_>,
    reading: &mut Reading,
) -> Result<(), BodyError> {
    let text =
        std::str::from_utf8(body).map_err(|error| BodyError::NotUtf8(error.valid_up_to()))?;
    // Each element is kept as text first, so that one of a wrong shape is lost alone.
    let Elements(elements) = serde_json::from_str(text)
        .map_err(|error| BodyError::NotAnArray(shortened(&error.to_string())))?;
    if elements.len() > MOST_EVENTS {
        return Err(BodyError::TooMany);
    }
    reading.reserve(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        reading.take_text(index, element.get(), threshold);
    }
    Ok(())
}

/// The elements of an array; of more than [`MOST_EVENTS`] the rest is passed over.
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Elements<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while elements.len() <= MOST_EVENTS {
                    let Some(element) = seq.next_element()? else {
                        return Ok(Elements(elements));
                    };
                    elements.push(element);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Reads)
    }
}

fn read_lines(
    body: &[u8],
    threshold: Threshold<'_>,
    reading: &mut Reading,
) -> Result<(), BodyError> {
    let lines = body.split(|byte| *byte == b'\n').enumerate();
    let filled = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    for (count, (index, line)) in filled.enumerate() {
        if count == MOST_EVENTS {
            return Err(BodyError::TooMany);
        }
        reading.take_bytes(index, line, threshold);
    }
    Ok(())
}

impl Reading {
    fn reserve(&mut self, events: usize) {
        self.admitted.reserve(events);
        self.places.reserve(events);
    }

    fn take_bytes(&mut self, index: usize, bytes: &[u8], threshold: Threshold<'_>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.take_text(index, text, threshold),
            Err(error) => {
                let detail = format!("byte {} of the event is not UTF-8", error.valid_up_to());
                self.reject(index, None, Refusal::new(Reason::InvalidUtf8, detail));
            }
        }
    }

    fn take_text(&mut self, index: usize, text: &str, threshold: Threshold<'_>) {
        match serde_json::from_str::<Object<WireEvent<'_>>>(text) {
            Ok(Object(wire)) => match threshold.admit(&wire) {
                Ok(event) => {
                    self.admitted.push(event);
                    let id = wire.id.as_deref().unwrap_or_default();
                    self.places.push((index, id.to_owned()));
                }
                Err(refusal) => self.reject(index, wire.id.as_deref(), refusal),
            },
            Err(error) => {
                let (id, refusal) = explain(text, &error);
                self.reject(index, id.as_deref(), refusal);
            }
        }
    }

    fn reject(&mut self, index: usize, id: Option<&str>, refusal: Refusal) {
        self.rejected.push(Rejection {
            index,
            id: id.map(|id| id.chars().take(SHOWN_CHARACTERS).collect()),
            reason: refusal.reason,
            detail: refusal.detail,
        });
    }
}

/// Reads what could not be read once more, without expectations, to say what is wrong with it.
/// Only bad events pay for this.
fn explain(text: &str, error: &serde_json::Error) -> (Option<String>, Refusal) {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let detail = shortened(&error.to_string());
            return (None, Refusal::new(Reason::NotJson, detail));
        }
    };
    let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
    let refusal = if !value.is_object() {
        Refusal::new(Reason::NotAnObject, "an event is a JSON object")
    } else if let Some(detail) = wrong_type(&value) {
        Refusal::new(Reason::WrongType, detail)
    } else if error.to_string().starts_with("duplicate field") {
        Refusal::new(Reason::DuplicateField, shortened(&error.to_string()))
    } else {
        Refusal::new(Reason::WrongType, shortened(&error.to_string()))
    };
    (id, refusal)
}

fn wrong_type(event: &Value) -> Option<String> {
    let wrong = |parent: &Value, names: &[&str], fits: fn(&Value) -> bool| {
        let mut names = names.iter();
        let name = names.find(|name| parent.get(name).is_some_and(|v| !v.is_null() && !fits(v)));
        name.copied().map(str::to_owned)
    };
    if let Some(name) = wrong(event, &TEXT_ATTRIBUTES, Value::is_string) {
        return Some(format!("{name} must be a text"));
    }
    let data = event.get("data")?;
    if !data.is_object() {
        return Some("data must be a JSON object".to_owned());
    }
    if let Some(name) = wrong(data, &TEXT_FIELDS, Value::is_string) {
        return Some(format!("data.{name} must be a text"));
    }
    if let Some(name) = wrong(data, &NUMBER_FIELDS, Value::is_i64) {
        return Some(format!("data.{name} must be a whole number"));
    }
    wrong(data, &["resolved"], Value::is_boolean)
        .map(|name| format!("data.{name} must be true or false"))
}

/// A parser's message, cut: it may repeat what was sent.
fn shortened(message: &str) -> String {
    message.chars().take(160).collect()
}

#[cfg(test)]
mod tests;
