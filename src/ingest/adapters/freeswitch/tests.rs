//! Events written for this, those of the module's own page, and what hostile ones do.

use proptest::prelude::*;

use super::super::testing::{damaged, feed, native, told};
use super::words::decode;
use super::*;
use crate::domain::centre::FeedKind;
use crate::ingest::testing::{NOW_MS, small_door};

const PLAIN: &str = include_str!("../../../../tests/fixtures/freeswitch/events.plain");
const EVENTS: &str = include_str!("../../../../tests/fixtures/freeswitch/events.txt");

fn reader(queues: &[(&str, &str)]) -> CallCenter {
    CallCenter::new(feed(FeedKind::FreeSwitch, queues), "/pbx/")
}

fn both_queues() -> CallCenter {
    reader(&[("support@default", "billing"), ("moving@default", "moving")])
}

/// Everything that is said, event by event; an empty line stands between two.
fn read_all(reader: &mut CallCenter, text: &str) -> String {
    let events = text.split("\n\n").enumerate();
    events
        .map(|(index, event)| told(index + 1, &reader.read(event.as_bytes())))
        .collect()
}

/// An event of a call in the queue `q`.
fn event(action: &str, at: i64, call: &str, more: &str) -> String {
    format!(
        "Event-Name: CUSTOM\nEvent-Subclass: callcenter%3A%3Ainfo\nCC-Queue: q\n\
         CC-Action: {action}\nEvent-Date-Timestamp: {at}000000\nCC-Member-UUID: m-{call}\n\
         CC-Member-Session-UUID: {call}\n{more}\n"
    )
}

#[test]
fn events_say_what_is_written_beside_them() {
    assert_eq!(read_all(&mut both_queues(), PLAIN), EVENTS);
}

#[test]
fn what_they_say_passes_the_door_and_names_nobody() {
    let door = small_door();
    let threshold = door.open_to("pbx", NOW_MS).unwrap();
    let mut reader = both_queues();
    for event in PLAIN.split("\n\n") {
        let Said::Events(events) = reader.read(event.as_bytes()) else {
            continue;
        };
        for event in events {
            let json = serde_json::to_string(&event).unwrap();
            for secret in ["1001", "example.org", "079123", "ller", "dddddddd"] {
                assert!(!json.contains(secret), "{json}");
            }
            threshold.admit(&event).unwrap();
        }
    }
}

#[test]
fn the_events_of_the_modules_own_page_are_read_and_accounted_for() {
    let Some(bytes) = native("freeswitch_mod_callcenter_events.txt") else {
        return;
    };
    let text = String::from_utf8(bytes).unwrap();
    let said = read_all(&mut both_queues(), &text);
    let call = "c6360976-231c-43c6-bda7-7ac4c7d1c125";
    let other = "e260ffd0-a731-11df-9341-e7d9456f8886";
    let wanted = [
        // It tells no instant.
        "1 refused: missing_field".to_owned(),
        format!("2 ignored: {AGENTS}"),
        format!("3 1970-01-01T02:30:00.999Z {call} contact.offered line=billing"),
        format!("3 1970-01-01T02:46:49Z {call} contact.answered"),
        format!("4 1970-01-01T02:55:00Z {call} contact.ended handle_ms=491000"),
        format!("5 ignored: {TOLD}"),
        format!("6 1970-01-01T02:30:00.999Z {other} contact.offered line=billing"),
        format!("6 1970-01-01T02:47:30Z {other} contact.deflected"),
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn an_exact_beginning_stays_after_its_end_was_heard_by_another() {
    let began = event("member-queue-start", 1_786_080_010, "c", "");
    let began = began.replace("000000\n", "250000\n");
    let more = "CC-Member-Joined-Time: 1786080010\nCC-Agent-Answered-Time: 1786080020\n\
                CC-Bridge-Terminated-Time: 1786080030";
    let ended = event("bridge-agent-end", 1_786_080_030, "c", more);
    let queues = [("q", "billing")];
    let first = told(1, &reader(&queues).read(began.as_bytes()));
    let then = told(2, &reader(&queues).read(ended.as_bytes()));
    assert_eq!(
        first + &then,
        "1 2026-08-07T05:20:10.25Z c contact.offered line=billing\n\
         2 2026-08-07T05:20:10.999Z c contact.offered line=billing\n\
         2 2026-08-07T05:20:20.999Z c contact.answered\n\
         2 2026-08-07T05:20:30Z c contact.ended handle_ms=10000\n"
    );
}

#[test]
fn a_restart_loses_those_who_waited_and_nobody_else() {
    let mut reader = reader(&[("*", "billing")]);
    let core = |core: &str| format!("Core-UUID: {core}");
    for call in ["a", "b", "c"] {
        let event = event("member-queue-start", 1_786_080_010, call, &core("one"));
        reader.read(event.as_bytes());
    }
    let answered = event("bridge-agent-start", 1_786_080_020, "b", &core("one"));
    reader.read(answered.as_bytes());
    let heartbeat = "Event-Name: HEARTBEAT\nEvent-Date-Timestamp: 1786080100000000\n\
                     Core-UUID: two\n";
    let lost = told(1, &reader.read(heartbeat.as_bytes()));
    assert_eq!(
        lost,
        "1 2026-08-07T05:21:40Z a contact.lost\n1 2026-08-07T05:21:40Z c contact.lost\n"
    );
    let again = reader.read(heartbeat.as_bytes());
    assert!(matches!(again, Said::Ignored(ALIVE)));
}

#[test]
fn who_waited_and_is_not_in_the_queue_any_more_is_lost_until_more_is_said() {
    let mut reader = reader(&[("*", "billing")]);
    for call in ["a", "b", "c"] {
        reader.read(event("member-queue-start", 1_786_080_010, call, "").as_bytes());
    }
    reader.read(event("bridge-agent-start", 1_786_080_020, "b", "").as_bytes());
    assert_eq!(reader.waited_in(), ["q".to_owned()].into());
    let there = ["a".to_owned()].into();
    let now_ms = 1_786_080_100_000;
    assert!(reader.forget_others("another", &there, now_ms).is_empty());
    let gone = Said::Events(reader.forget_others("q", &there, now_ms));
    assert_eq!(told(1, &gone), "1 2026-08-07T05:21:40Z c contact.lost\n");
    assert!(
        reader.forget_others("q", &there, now_ms).is_empty(),
        "said once"
    );
    let left = "CC-Cause: Cancel\nCC-Cancel-Reason: NONE\n";
    let left = event("member-queue-end", 1_786_080_030, "c", left);
    let said = told(1, &reader.read(left.as_bytes()));
    assert_eq!(said, "1 2026-08-07T05:20:30Z c contact.abandoned\n");
}

#[test]
fn wrong_encodings_and_instants_are_refused_by_name_only() {
    let mut reader = reader(&[("*", "billing")]);
    let good = event("member-queue-start", 1_786_080_010, "c", "");
    let wrong = good.replace("CC-Queue: q", "CC-Queue: %FF%FE");
    let said = told(1, &reader.read(wrong.as_bytes()));
    assert_eq!(said, "1 refused: wrong_encoding\n");
    for instant in ["x", "-5", "0", "99999999999999999999", "1e9"] {
        let wrong = good.replace("1786080010000000", instant);
        let said = told(1, &reader.read(wrong.as_bytes()));
        assert_eq!(said, "1 refused: invalid_time\n", "{instant}");
    }
    assert_eq!(decode(b"%2b%2x%%41%4"), b"+%2x%A%4");
}

#[test]
fn a_talk_time_beyond_all_measure_is_none() {
    for ended in ["1786080000", "1787000000", "253402300800", "x"] {
        let more =
            format!("CC-Agent-Answered-Time: 1786080010\nCC-Bridge-Terminated-Time: {ended}");
        let ended = event("bridge-agent-end", 1_786_080_040, "c", &more);
        let said = told(1, &reader(&[("q", "billing")]).read(ended.as_bytes()));
        assert!(said.ends_with(" c contact.ended\n"), "{said}");
    }
}

#[test]
fn a_call_that_goes_round_in_queues_has_an_end() {
    let mut reader = reader(&[("q", "billing")]);
    let mut refused = 0;
    for number in 0..100 {
        let event = event("member-queue-start", 1_786_080_010, "c", "");
        let event = event.replace("m-c", &format!("m-{number}"));
        refused += usize::from(matches!(reader.read(event.as_bytes()), Said::Refused(_)));
    }
    assert_eq!(refused, 100 - MOST_LEGS);
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(bytes in damaged(PLAIN.as_bytes())) {
        let mut reader = both_queues();
        let mut rest = &bytes[..];
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
            if let Said::Refused(reason) = reader.read(&rest[..end]) {
                prop_assert!(reason.contains(": "), "{}", reason);
            }
            rest = &rest[end + 2..];
        }
    }

    #[test]
    fn nothing_makes_it_panic(event in proptest::collection::vec(any::<u8>(), 0..300)) {
        reader(&[("*", "billing")]).read(&event);
    }
}
