//! The headers of an event: of all there are, those that are looked at.

use std::collections::BTreeMap;

use crate::domain::event::Millis;
use crate::ingest::adapters::Said;

/// All of them; what is not here is not even decoded.
const LOOKED_AT: [&str; 16] = [
    "Event-Name",
    "Event-Subclass",
    "Event-Date-Timestamp",
    "Core-UUID",
    "Answer-State",
    "CC-Action",
    "CC-Queue",
    "CC-Cause",
    "CC-Cancel-Reason",
    "CC-Member-UUID",
    "CC-Member-Session-UUID",
    "CC-Member-Joined-Time",
    "CC-Member-Leaving-Time",
    "CC-Agent-Answered-Time",
    "CC-Agent-Bridged",
    "CC-Bridge-Terminated-Time",
];
/// No time is later than the year 9999.
const MOST_SECONDS: i64 = 253_402_300_799;

/// Those headers that are looked at.
pub(super) struct Words(BTreeMap<&'static str, String>);

impl Words {
    /// Reads the headers of an event.
    pub(super) fn of(event: &[u8]) -> Result<Self, String> {
        let mut words = BTreeMap::new();
        for line in event.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            // What follows is a body.
            if line.is_empty() {
                break;
            }
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            let known = LOOKED_AT.iter().find(|known| known.as_bytes() == name);
            let Some(name) = known else { continue };
            let value = String::from_utf8(decode(value))
                .map_err(|_| format!("wrong_encoding: {name} is not UTF-8"))?;
            if !value.is_empty() {
                words.entry(*name).or_insert(value);
            }
        }
        Ok(Self(words))
    }

    /// A header, if it is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A header without which the event says nothing.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Said> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// Whole seconds since 1970. Zero is said of what has not happened.
    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        let seconds = self.get(name)?.parse().ok()?;
        (1..=MOST_SECONDS).contains(&seconds).then_some(seconds)
    }

    /// When the event was made, which is told in microseconds.
    pub(super) fn stamp_ms(&self) -> Result<Option<Millis>, String> {
        let Some(written) = self.get("Event-Date-Timestamp") else {
            return Ok(None);
        };
        let micros: Option<i64> = written.parse().ok();
        let millis = micros.map(|micros| micros / 1_000);
        millis
            .filter(|millis| (1..=MOST_SECONDS * 1_000).contains(millis))
            .map(Some)
            .ok_or_else(|| "invalid_time: Event-Date-Timestamp is no instant".to_owned())
    }
}

/// Undoes `%3A`. A `%` that no two digits follow stands for itself.
pub(super) fn decode(value: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let mut byte = [0];
        let digits = after.get(..2).filter(|_| *first == b'%');
        if digits.is_some_and(|digits| hex::decode_to_slice(digits, &mut byte).is_ok()) {
            decoded.push(byte[0]);
            rest = &after[2..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

/// Why an event without a header is refused.
pub(super) fn missing(name: &str) -> Said {
    Said::Refused(format!("missing_field: the event has no {name}"))
}
