//! Messages written for this, and damaged ones.

use proptest::prelude::*;

use super::super::testing::{damaged, feed, told};
use super::*;
use crate::domain::centre::FeedKind;

const MESSAGES: &str = include_str!("../../../../tests/fixtures/chatwoot/messages.jsonl");
const EVENTS: &str = include_str!("../../../../tests/fixtures/chatwoot/events.txt");
/// 2026-08-07T08:20:00Z.
const SENT_MS: Millis = 1_786_090_800_000;

fn reader() -> Chatwoot {
    let mut feed = feed(FeedKind::Chatwoot, &[("3", "billing")]);
    feed.labels.insert("broken".to_owned(), Purpose::Problem);
    Chatwoot::new(feed, "/pbx/")
}

#[test]
fn messages_say_what_is_written_beside_them_and_name_nobody() {
    let reader = reader();
    let said: String = MESSAGES
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let message: Value = serde_json::from_str(line).unwrap();
            told(index + 1, &reader.read(&message, SENT_MS))
        })
        .collect();
    assert_eq!(said, EVENTS);
    for secret in ["Ana", "ana@", "079", "Ben", "great"] {
        assert!(!said.contains(secret));
    }
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(MESSAGES.as_bytes())) {
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(message) = serde_json::from_slice::<Value>(line) {
                let _ = reader().read(&message, SENT_MS);
            }
        }
    }
}
