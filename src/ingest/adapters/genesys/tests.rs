//! Events written for this, unordered and damaged ones.

use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{damaged, feed, told};
use super::*;
use crate::domain::centre::FeedKind;
use crate::ingest::testing::NOW_MS;

const MESSAGES: &str = include_str!("../../../../tests/fixtures/genesys/messages.jsonl");
const EVENTS: &str = include_str!("../../../../tests/fixtures/genesys/events.txt");

fn reader() -> Genesys {
    let queues = [("queue-billing", "billing"), ("queue-moving", "moving")];
    Genesys::new(feed(FeedKind::GenesysCloud, &queues), "/pbx/")
}

/// A conversation enters a queue.
fn queued(conversation: &str, session: &str, at_ms: Millis) -> Value {
    json!({
        "topicName": format!("v2.detail.events.conversation.{conversation}.acd.start"),
        "eventBody": {
            "eventTime": at_ms, "conversationId": conversation, "sessionId": session,
            "mediaType": "VOICE", "direction": "INBOUND", "queueId": "queue-billing",
        },
    })
}

#[test]
fn messages_say_what_is_written_beside_them_and_name_nobody() {
    let mut reader = reader();
    let lines = MESSAGES.lines().enumerate();
    let said: String = lines
        .map(|(index, line)| {
            let message: Value = serde_json::from_str(line).unwrap();
            told(index + 1, &reader.read(&message))
        })
        .collect();
    assert_eq!(said, EVENTS);
    for secret in ["+41", "Ana", "agent-", "wrapup"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn what_is_no_event_of_a_conversation_is_told_apart() {
    let mut reader = reader();
    for wrong in [json!(17), json!({}), json!({"detail": {"topicName": 1}})] {
        assert!(matches!(reader.read(&wrong), Said::Refused(_)), "{wrong}");
    }
    for other in [
        "v2.detail.events.conversation.c-1",
        "v2.audit.events.acd.start",
    ] {
        let said = reader.read(&json!({"topicName": other}));
        assert!(matches!(said, Said::Ignored(OTHER)), "{other}");
    }
    let mut bodiless = queued("c", "s", NOW_MS);
    bodiless["eventBody"] = json!(null);
    for wrong in [
        queued(&"c".repeat(MOST_ID_BYTES + 1), "s", NOW_MS),
        queued("c", &"s".repeat(MOST_ID_BYTES + 1), NOW_MS),
        queued("c", "s", Millis::MAX),
        bodiless,
    ] {
        assert!(matches!(reader.read(&wrong), Said::Refused(_)), "{wrong}");
    }
    assert!(reader.entered.is_empty());
}

#[test]
fn what_is_kept_of_conversations_is_bounded_and_the_newest_stay() {
    let mut reader = reader();
    for number in 0..MOST_KEPT {
        let at_ms = NOW_MS + i64::try_from(number).unwrap();
        let entered = Entered::from([((at_ms, "s".to_owned()), WireData::default())]);
        reader.entered.insert(format!("c-{number}"), entered);
    }
    let said = reader.read(&queued("c-new", "s", NOW_MS));
    assert!(matches!(said, Said::Events(events) if events.len() == 1));
    assert!(reader.entered.len() <= MOST_KEPT / 2 + 1);
    let newest = format!("c-{}", MOST_KEPT - 1);
    assert!(reader.entered.contains_key(&newest));
    for number in 0..100 {
        let _ = reader.read(&queued("c", &format!("s-{number}"), NOW_MS + number));
    }
    assert_eq!(reader.entered["c"].len(), MOST_QUEUES);
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(MESSAGES.as_bytes())) {
        let mut reader = reader();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(message) = serde_json::from_slice::<Value>(line) {
                let _ = reader.read(&message);
            }
        }
    }
}
