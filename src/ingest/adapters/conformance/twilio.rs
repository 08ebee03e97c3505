//! The same contacts as Twilio's Event Streams and event callbacks would tell them.

use serde_json::{Value, json};

use super::super::Said;
use super::super::testing::feed;
use super::super::twilio::Twilio;
use super::{Recorded, Went, plain, recorded, tally, time};
use crate::domain::centre::FeedKind;
use crate::domain::tally::{Count, Tally};

/// Name of the event, its instant, and words of its own.
type Happened = (&'static str, i64, &'static [(&'static str, &'static str)]);

/// What is told of a call.
fn happened(call: &Recorded) -> Vec<Happened> {
    let mut all: Vec<Happened> = vec![
        ("task.created", call.at, &[]),
        ("task-queue.entered", call.at, &[("task_queue_sid", "WQ1")]),
    ];
    match call.went {
        Went::Answered(wait, talk) => {
            let answered = call.at + wait;
            all.push(("reservation.created", answered, &[]));
            all.push((
                "reservation.accepted",
                answered,
                &[("reservation_sid", "WR1")],
            ));
            all.push(("task.completed", answered + talk, &[]));
        }
        Went::Abandoned(wait) => {
            let reason = &[("task_canceled_reason", "hangup")];
            all.push(("task.canceled", call.at + wait, reason));
        }
        Went::Deflected(wait) => {
            let reason = &[("task_canceled_reason", "Task canceled on Workflow timeout")];
            all.push(("task.canceled", call.at + wait, reason));
        }
        Went::MovedOn(wait, talk, again, more) => {
            let answered = call.at + wait;
            let moved = answered + talk + 1;
            let first = &[("reservation_sid", "WR1")];
            all.push(("reservation.accepted", answered, first));
            let to = &[
                ("transfer_mode", "COLD"),
                ("transfer_to", "WQ1"),
                ("sid", "EV1"),
            ];
            all.push(("task.transfer-initiated", moved, to));
            all.push(("task-queue.entered", moved, &[("task_queue_sid", "WQ1")]));
            let second = &[("reservation_sid", "WR2")];
            all.push(("reservation.accepted", moved + again, second));
            all.push(("task.completed", moved + again + more, &[]));
        }
    }
    all
}

fn reader() -> Twilio {
    let feed = feed(FeedKind::TwilioTaskRouter, &[("WQ1", "billing")]);
    Twilio::new(feed, "/pbx/")
}

fn messages(set: &[Recorded]) -> Vec<Value> {
    let mut messages = Vec::new();
    for (n, call) in set.iter().enumerate() {
        for (event, at, words) in happened(call) {
            let mut payload = json!({"task_sid": format!("WT{n}"), "timestamp": time(at)});
            for (name, value) in words {
                payload[*name] = json!(value);
            }
            let kind = format!("com.twilio.taskrouter.{event}");
            messages.push(json!({"type": kind, "data": {"payload": payload}}));
        }
    }
    messages
}

fn said_of(messages: &[Value]) -> Vec<Said> {
    let reader = reader();
    messages
        .iter()
        .map(|message| reader.read(message))
        .collect()
}

/// What the reader says of Event Streams.
pub fn stream(set: &[Recorded]) -> Vec<Said> {
    said_of(&messages(set))
}

/// What the reader says of event callbacks.
pub fn callbacks(set: &[Recorded]) -> Vec<Said> {
    let reader = reader();
    let mut said = Vec::new();
    for (n, call) in set.iter().enumerate() {
        for (event, at, words) in happened(call) {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("EventType", event);
            form.append_pair("TaskSid", &format!("WT{n}"));
            form.append_pair("TimestampMs", &(at * 1_000).to_string());
            for (name, value) in words {
                form.append_pair(&pascal(name), value);
            }
            said.push(reader.read_form(form.finish().as_bytes()));
        }
    }
    said
}

/// `task_queue_sid` as forms write it.
fn pascal(name: &str) -> String {
    let parts = name.split('_');
    parts
        .map(|part| part[..1].to_uppercase() + &part[1..])
        .collect()
}

/// Nothing tells how long somebody was busy.
fn wanted(set: &[Recorded]) -> Tally {
    let mut wanted = tally(plain(set));
    for count in [Count::Handled, Count::HandleMsSum] {
        wanted.set(count, 0);
    }
    wanted
}

#[test]
fn both_doors_give_the_same_tallies_as_every_format() {
    let set = recorded();
    assert_eq!(tally(stream(&set)), wanted(&set));
    assert_eq!(tally(callbacks(&set)), wanted(&set));
}

#[test]
fn order_doubling_and_both_doors_at_once_change_nothing() {
    let set = recorded();
    let mut messages = messages(&set);
    messages.extend(messages.clone());
    messages.reverse();
    let mut said = said_of(&messages);
    said.extend(callbacks(&set));
    assert_eq!(tally(said), wanted(&set));
}
