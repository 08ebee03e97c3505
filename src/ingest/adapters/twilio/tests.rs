//! Events written for this, in both spellings, and damaged ones.

use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{damaged, feed, told};
use super::*;
use crate::domain::centre::FeedKind;

const MESSAGES: &str = include_str!("../../../../tests/fixtures/twilio/messages.jsonl");
const EVENTS: &str = include_str!("../../../../tests/fixtures/twilio/events.txt");
const FORMS: &str = include_str!("../../../../tests/fixtures/twilio/callbacks.txt");
const CALLED: &str = include_str!("../../../../tests/fixtures/twilio/callbacks-events.txt");

fn reader() -> Twilio {
    let queues = [("WQ01", "billing"), ("Moving", "moving")];
    Twilio::new(feed(FeedKind::TwilioTaskRouter, &queues), "/pbx/")
}

fn names_nobody(said: &str) {
    for secret in ["+4179", "Ana", "ana@", "Ben"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn messages_say_what_is_written_beside_them_and_name_nobody() {
    let reader = reader();
    let lines = MESSAGES.lines().enumerate();
    let said: String = lines
        .map(|(index, line)| {
            let message: Value = serde_json::from_str(line).unwrap();
            told(index + 1, &reader.read(&message))
        })
        .collect();
    assert_eq!(said, EVENTS);
    names_nobody(&said);
}

#[test]
fn callbacks_say_what_is_written_beside_them_and_name_nobody() {
    let reader = reader();
    let lines = FORMS.lines().enumerate();
    let said: String = lines
        .map(|(index, line)| told(index + 1, &reader.read_form(line.as_bytes())))
        .collect();
    assert_eq!(said, CALLED);
    names_nobody(&said);
}

#[test]
fn what_is_no_event_of_a_task_is_told_apart() {
    let reader = reader();
    let test = json!({"type": "com.twilio.eventstreams.test-event", "data": {"test_id": "x"}});
    assert!(matches!(reader.read(&test), Said::Ignored(OTHER)));
    for wrong in [
        json!(17),
        json!({}),
        json!({"type": "com.twilio.taskrouter.task.completed"}),
        json!({"type": "com.twilio.taskrouter.task.completed", "data": {"payload": "text"}}),
        json!({"type": "com.twilio.taskrouter.task.completed", "data": {"payload": {}}}),
        json!({"type": "com.twilio.taskrouter.task.completed",
            "data": {"payload": {"task_sid": "WT1"}}}),
        json!({"type": "com.twilio.taskrouter.task.completed",
            "data": {"payload": {"task_sid": "WT1", "timestamp": "yesterday"}}}),
    ] {
        assert!(matches!(reader.read(&wrong), Said::Refused(_)), "{wrong}");
    }
    for wrong in [
        "",
        "TaskSid=WT1",
        "EventType=task.completed&TaskSid=WT1",
        "EventType=task.completed&TimestampMs=1786090000000",
        "EventType=task.completed&TaskSid=WT1&TimestampMs=soon",
        "EventType=task.completed&TaskSid=WT1&TimestampMs=9223372036854775807",
        "EventType=task.completed&TaskSid=WT1&TimestampMs=99999999999999999999",
    ] {
        let said = reader.read_form(wrong.as_bytes());
        assert!(matches!(said, Said::Refused(_)), "{wrong}");
    }
}

#[test]
fn another_encoding_is_no_reason_to_stumble() {
    let latin = b"EventType=task.completed&TaskSid=WT1&TimestampMs=1786090000000&WorkerName=Zo\xEB";
    assert!(matches!(reader().read_form(latin), Said::Events(_)));
    let wide: Vec<u8> = "EventType=task.completed"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(reader().read_form(&wide), Said::Refused(_)));
}

#[test]
fn both_spellings_of_an_event_are_one_event() {
    let message = json!({"type": "com.twilio.taskrouter.reservation.accepted", "data": {"payload":
        {"task_sid": "WT1", "reservation_sid": "WR1", "timestamp": "2026-08-07T08:06:40.250Z"}}});
    let form = b"EventType=reservation.accepted&TaskSid=WT1&ReservationSid=WR1\
        &TimestampMs=1786090000250&Timestamp=1786090000";
    let reader = reader();
    let (streamed, called) = (reader.read(&message), reader.read_form(form));
    assert!(matches!(streamed, Said::Events(_)));
    assert_eq!(format!("{streamed:?}"), format!("{called:?}"));
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(
        bytes in damaged(MESSAGES.as_bytes()),
        forms in damaged(FORMS.as_bytes()),
    ) {
        let reader = reader();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(message) = serde_json::from_slice::<Value>(line) {
                let _ = reader.read(&message);
            }
        }
        for line in forms.split(|byte| *byte == b'\n') {
            let _ = reader.read_form(line);
        }
    }
}
