//! Messages written for this, messages of a real instance, and damaged ones.

use proptest::prelude::*;
use serde_json::json;

use super::super::testing::{damaged, feed, native, told};
use super::*;
use crate::domain::centre::FeedKind;

const MESSAGES: &str = include_str!("../../../../tests/fixtures/connect/messages.jsonl");
const EVENTS: &str = include_str!("../../../../tests/fixtures/connect/events.txt");

fn reader(queues: &[(&str, &str)]) -> Connect {
    Connect::new(feed(FeedKind::AmazonConnect, queues), "/pbx/")
}

fn read_all(reader: &Connect, text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate();
    lines
        .map(|(index, line)| {
            let message: Value = serde_json::from_str(line).unwrap();
            told(index + 1, &reader.read(&message))
        })
        .collect()
}

#[test]
fn messages_say_what_is_written_beside_them_and_name_nobody() {
    let said = read_all(
        &reader(&[("q-bill", "billing"), ("Moving", "moving")]),
        MESSAGES,
    );
    assert_eq!(said, EVENTS);
    for secret in ["+4179", "Ana", "ana@"] {
        assert!(!said.contains(secret));
    }
}

#[test]
fn real_records_are_read_and_the_last_word_counts() {
    let Some(bytes) = native("amazon_connect_ctr.jsonl") else {
        return;
    };
    let said = read_all(
        &reader(&[("*", "billing")]),
        str::from_utf8(&bytes).unwrap(),
    );
    let offered: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("contact.offered"))
        .collect();
    assert_eq!(offered.len(), 4);
    let revision =
        |line: &str| -> i64 { line.rsplit_once("revision=").unwrap().1.parse().unwrap() };
    assert!(revision(offered[0]) < revision(offered[1]));
    assert!(revision(offered[1]) < revision(offered[2]));
    assert!(said.contains("handle_ms=465000"), "{said}");
    assert!(said.contains("handle_ms=65000"), "{said}");
    assert!(!said.contains("refused"), "{said}");
}

#[test]
fn real_contact_events_are_read_in_both_spellings() {
    let Some(bytes) = native("amazon_connect_contact_events.jsonl") else {
        return;
    };
    let said = read_all(
        &reader(&[("*", "billing")]),
        str::from_utf8(&bytes).unwrap(),
    );
    let wanted = "1 2021-08-04T17:29:04Z 11111111-1111-1111-1111-111111111111 contact.offered \
                  channel=voice line=billing\n\
                  1 2021-08-04T17:29:09Z 11111111-1111-1111-1111-111111111111 contact.answered\n\
                  2 ignored: not begun by a customer\n";
    assert_eq!(said, wanted);
}

#[test]
fn what_is_no_message_of_a_contact_is_told_apart() {
    let reader = reader(&[("*", "billing")]);
    assert!(matches!(
        reader.read(&json!({"detail": {"eventType": "X"}})),
        Said::Ignored(OTHER)
    ));
    assert!(matches!(reader.read(&json!(17)), Said::Refused(_)));
    let wrong = json!({"contactId": "c", "initiationMethod": "INBOUND",
        "queueInfo": {"queueArn": "q", "enqueueTimestamp": "yesterday"}});
    assert!(matches!(reader.read(&wrong), Said::Refused(_)));
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(MESSAGES.as_bytes())) {
        let reader = reader(&[("*", "billing")]);
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(message) = serde_json::from_slice::<Value>(line) {
                let _ = reader.read(&message);
            }
        }
    }
}
