//! The same contacts as Genesys Cloud would tell them.

use serde_json::{Value, json};

use super::super::Said;
use super::super::genesys::Genesys;
use super::super::testing::feed;
use super::{Recorded, Went, plain, recorded, tally};
use crate::domain::centre::FeedKind;

/// Name of the event, its instant, its session, and what it has of its own.
type Happened = (&'static str, i64, &'static str, Value);

/// An agent is busy so long; of it, a second each is held and wrapped up.
fn busy(end: i64, secs: i64, session: &'static str) -> [Happened; 2] {
    let talk_ms = (secs - 2) * 1_000;
    let talk = json!({"interactingDurationMs": talk_ms, "heldDurationMs": 1_000});
    let wrap_up = json!({"wrapupDurationMs": 1_000});
    [
        ("user.end", end, session, talk),
        ("acw", end, session, wrap_up),
    ]
}

/// What is told of a call.
fn happened(call: &Recorded) -> Vec<Happened> {
    let outcome = |word: &str| json!({"acdOutcome": word});
    let mut all: Vec<Happened> = vec![
        ("customer.start", call.at, "customer", json!({})),
        ("acd.start", call.at, "queue-1", json!({})),
    ];
    match call.went {
        Went::Answered(wait, talk) => {
            let answered = call.at + wait;
            all.push(("user.start", answered, "agent-1", json!({})));
            all.push(("acd.end", answered, "queue-1", outcome("ANSWERED")));
            all.extend(busy(answered + talk, talk, "agent-1"));
        }
        Went::Abandoned(wait) => {
            all.push(("acd.end", call.at + wait, "queue-1", outcome("ABANDON")));
        }
        Went::Deflected(wait) => {
            all.push(("acd.end", call.at + wait, "queue-1", outcome("FLOW_OUT")));
        }
        Went::MovedOn(wait, talk, again, more) => {
            let answered = call.at + wait;
            all.push(("acd.end", answered, "queue-1", outcome("ANSWERED")));
            all.extend(busy(answered + talk, talk, "agent-1"));
            let moved = answered + talk + 1;
            all.push(("acd.start", moved, "queue-2", json!({})));
            all.push(("acd.end", moved + again, "queue-2", outcome("ANSWERED")));
            all.extend(busy(moved + again + more, more, "agent-2"));
        }
    }
    all
}

fn messages(set: &[Recorded]) -> Vec<Value> {
    let mut messages = Vec::new();
    for (n, call) in set.iter().enumerate() {
        for (name, at, session, own) in happened(call) {
            let mut body = json!({
                "eventTime": at * 1_000, "conversationId": format!("c-{n}"),
                "sessionId": format!("{n}-{session}"), "mediaType": "VOICE",
                "direction": "INBOUND", "queueId": "q",
            });
            for (key, value) in own.as_object().unwrap() {
                body[key] = value.clone();
            }
            let topic = format!("v2.detail.events.conversation.c-{n}.{name}");
            messages.push(json!({"detail": {"topicName": topic, "eventBody": body}}));
        }
    }
    messages
}

fn said_of(messages: &[Value]) -> Vec<Said> {
    let feed = feed(FeedKind::GenesysCloud, &[("q", "billing")]);
    let mut reader = Genesys::new(feed, "/pbx/");
    let said = messages.iter().map(|message| reader.read(message));
    said.collect()
}

/// What the reader says.
pub fn events_say(set: &[Recorded]) -> Vec<Said> {
    said_of(&messages(set))
}

#[test]
fn order_and_doubling_of_events_change_nothing() {
    let set = recorded();
    let mut messages = messages(&set);
    messages.extend(messages.clone());
    messages.reverse();
    assert_eq!(tally(said_of(&messages)), tally(plain(&set)));
}

#[test]
fn who_is_moved_out_of_one_queue_and_gives_up_in_the_next_has_abandoned() {
    use crate::domain::tally::Count;
    let outcome = |word: &str| json!({"acdOutcome": word});
    let at = recorded()[0].at;
    let mut sent = Vec::new();
    for (name, after, session, own) in [
        ("acd.start", 0, "queue-1", json!({})),
        ("acd.end", 30, "queue-1", outcome("FLOW_OUT")),
        ("acd.start", 31, "queue-2", json!({})),
        ("acd.end", 60, "queue-2", outcome("ABANDON")),
    ] {
        let mut body = json!({
            "eventTime": (at + after) * 1_000, "conversationId": "c", "sessionId": session,
            "mediaType": "VOICE", "queueId": "q",
        });
        body["acdOutcome"] = own["acdOutcome"].clone();
        let topic = format!("v2.detail.events.conversation.c.{name}");
        sent.push(json!({"topicName": topic, "eventBody": body}));
    }
    let told = tally(said_of(&sent));
    assert_eq!(
        (told.count(Count::Abandoned), told.count(Count::Deflected)),
        (1, 0)
    );
    assert_eq!(told.count(Count::Transferred), 1);
    sent.reverse();
    assert_eq!(tally(said_of(&sent)), told);
}
