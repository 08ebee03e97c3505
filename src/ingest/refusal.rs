//! Why something may not come in: a stable word for programs and a sentence for people.

use serde::Serialize;

/// Why an event may not come in. The words are stable; programs may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not JSON at all.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// An attribute or field is of another JSON type.
    WrongType,
    /// An attribute or field is there twice.
    DuplicateField,
    /// `specversion` is not "1.0".
    WrongSpecversion,
    /// A needed attribute or field is missing or empty.
    MissingField,
    /// Longer than may be.
    TooLong,
    /// A control character in a name.
    ControlCharacter,
    /// `data_base64` is not read.
    EncodedData,
    /// Not one of the types.
    UnknownType,
    /// A type that this source may not send.
    TypeNotAllowed,
    /// `source` is not that of the token.
    WrongSource,
    /// Not an RFC 3339 time.
    InvalidTime,
    /// A time without an offset could mean anything.
    TimeWithoutOffset,
    /// More than five minutes ahead.
    Future,
    /// Before 1980.
    TooOld,
    /// Not a line of the centre.
    UnknownLine,
    /// Not a channel of that line.
    UnknownChannel,
    /// Not one of the purposes.
    UnknownPurpose,
    /// Not one of the causes.
    UnknownCause,
    /// Not one of the sites.
    UnknownSite,
    /// Not one of the scales.
    UnknownScale,
    /// A number beyond its range.
    OutOfRange,
    /// A counted span that lies across the times in which it would count.
    OutOfStep,
    /// Its day is sealed; said by the writer.
    Sealed,
}

impl Reason {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> String {
        let word = serde_json::to_value(self).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }
}

/// Why one event was refused, in a word and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The word.
    pub reason: Reason,
    /// The sentence.
    pub detail: String,
}

impl Refusal {
    /// A word with its sentence.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { reason, detail }
    }
}

/// One refused event of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// Place in the batch, or line of NDJSON, from 0.
    pub index: usize,
    /// Its `id` as it was sent, if it could be read.
    pub id: Option<String>,
    /// Why, as a word.
    pub reason: Reason,
    /// Why, as a sentence.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_reason_is_the_one_on_the_wire() {
        let rejection = Rejection {
            index: 3,
            id: None,
            reason: Reason::TimeWithoutOffset,
            detail: "…".to_owned(),
        };
        let json = serde_json::to_value(&rejection).unwrap();
        assert_eq!(json["reason"], "time_without_offset");
        assert_eq!(rejection.reason.word(), "time_without_offset");
    }
}
