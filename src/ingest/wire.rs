//! Events (`CloudEvents` 1.0) as senders write them, before anything about them is believed.
//!
//! Only what the trade needs has a field: whatever else a sender writes is dropped here. Texts
//! borrow from the request, so that a batch is read without a copy of each attribute.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One event on the wire.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WireEvent<'a> {
    /// Must be "1.0".
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub specversion: Option<Text<'a>>,
    /// Names the event within its source.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'a>>,
    /// Who says it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text<'a>>,
    /// `org.quietline.<name>.v1`.
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text<'a>>,
    /// When it happened, RFC 3339 with an offset.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub time: Option<Text<'a>>,
    /// What the source calls the contact.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text<'a>>,
    /// What the event needs beyond its name and time.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub data: Option<Object<WireData<'a>>>,
    /// Set if the sender encoded its data; refused.
    #[serde(skip_serializing)]
    pub data_base64: Option<IgnoredAny>,
}

/// The fields of `data`; each kind of event reads its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WireData<'a> {
    /// Id of a line of the centre.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub line: Option<Text<'a>>,
    /// voice, chat, email or message; by default the line's first.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Text<'a>>,
    /// A correction has a higher one; 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// Talk + hold + wrap-up of one leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle_ms: Option<i64>,
    /// Why the customer contacted us.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text<'a>>,
    /// Whether the first contact solved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    /// csat, nps or ces.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Text<'a>>,
    /// The answer on that scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// What a complaint is about.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Text<'a>>,
    /// Id of the site whose people answered.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub site: Option<Text<'a>>,
    /// People logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staffed: Option<i64>,
    /// Start of a counted span, RFC 3339.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub start: Option<Text<'a>>,
    /// Length of a counted span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Attempts in a counted span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i64>,
}

/// The attributes and fields that are texts, and those of `data` that are whole numbers; for
/// saying exactly which one of them is something else.
pub const TEXT_ATTRIBUTES: [&str; 6] = ["specversion", "id", "source", "type", "time", "subject"];
/// Fields of `data` that are texts.
pub const TEXT_FIELDS: [&str; 7] = [
    "line", "channel", "purpose", "scale", "cause", "site", "start",
];
/// Fields of `data` that are whole numbers.
pub const NUMBER_FIELDS: [&str; 6] = [
    "revision",
    "handle_ms",
    "score",
    "staffed",
    "seconds",
    "attempts",
];

/// A text that borrows from the input where it can. (serde borrows a bare `Cow<str>`, but makes a
/// copy inside an `Option`.)
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reads)
    }
}

/// A JSON object and nothing else. (A derived struct also accepts an array, field by field.)
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reads<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Object<T>, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Reads(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_borrow_from_the_input_unless_they_are_escaped() {
        let json = r#"{"id":"e1","source":"/p\u0062x","data":{"line":"billing","caller":"079"}}"#;
        let Object(event): Object<WireEvent<'_>> = serde_json::from_str(json).unwrap();
        assert!(matches!(event.id, Some(Text(Cow::Borrowed("e1")))));
        assert_eq!(event.source.as_deref(), Some("/pbx"));
        let data = event.data.unwrap().0;
        assert!(matches!(data.line, Some(Text(Cow::Borrowed("billing")))));
    }

    #[test]
    fn an_array_is_not_an_object() {
        assert!(serde_json::from_str::<Object<WireEvent<'_>>>(r#"["1.0","e1"]"#).is_err());
        let nested = r#"{"data":["billing"]}"#;
        assert!(serde_json::from_str::<Object<WireEvent<'_>>>(nested).is_err());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let event = WireEvent {
            id: Some("e1".into()),
            data: Some(Object(WireData {
                handle_ms: Some(5),
                ..WireData::default()
            })),
            ..WireEvent::default()
        };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(json, r#"{"id":"e1","data":{"handle_ms":5}}"#);
        let Object(read): Object<WireEvent<'_>> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.data, event.data);
    }
}
