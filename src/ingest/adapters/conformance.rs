//! The same contacts in every format give the same tallies.
//!
//! One set of contacts is written down once; a generator for each format tells what happened as
//! that system would, and what its adapter says of it is summed up. What a format cannot tell (no
//! chat is "abandoned") is left out of the set for it, and of the sums it is compared with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use rstest::rstest;
use serde_json::{Value, json};

use super::asterisk::QueueLog;
use super::chatwoot::Chatwoot;
use super::connect::Connect;
use super::testing::feed;
use super::{Said, Teller};
use crate::domain::centre::FeedKind;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactKey, Event, EventKind, Millis};
use crate::domain::period::timestamp;
use crate::domain::tally::{Count, Tally, contribution};
use crate::ingest::testing::{NOW_MS, small_door};
use crate::ingest::wire::{WireData, WireEvent};

/// How a contact went; seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// Answered after this wait, and talked so long.
    Answered(i64, i64),
    /// Hung up after this wait.
    Abandoned(i64),
    /// Put out of the queue after this wait.
    Deflected(i64),
    /// Answered after the first wait, moved on after talking, answered again.
    MovedOn(i64, i64, i64, i64),
}

/// A contact: when it came, and how it went.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Its instant, whole seconds since 1970.
    pub at: i64,
    /// How it went.
    pub went: Went,
}

/// Everything that can happen, at every edge of a bin and many times over.
fn recorded() -> Vec<Recorded> {
    let first = NOW_MS / 1_000 - 80_000;
    let waits = [0, 4, 5, 6, 19, 20, 21, 60, 119, 600, 1_801];
    let mut set = Vec::new();
    for (index, wait) in (0_i64..).zip(waits.into_iter().cycle().take(200)) {
        let went = match index % 8 {
            0 => Went::Abandoned(wait),
            1 => Went::Deflected(wait),
            2 => Went::MovedOn(wait, 30 + index, 45, 60),
            _ => Went::Answered(wait, 60 + index),
        };
        let at = first + index * 300;
        set.push(Recorded { at, went });
    }
    set
}

/// The sum over what was said, through the door and the join.
fn tally(said: impl IntoIterator<Item = Said>) -> Tally {
    let door = small_door();
    let threshold = door.open_to("pbx", NOW_MS).unwrap();
    let mut contacts: BTreeMap<ContactKey, Contact> = BTreeMap::new();
    for said in said {
        let events = match said {
            Said::Events(events) => events,
            Said::Ignored(_) => continue,
            Said::Refused(reason) => panic!("{reason}"),
        };
        for wire in events {
            let Event::Contact(event) = threshold.admit(&wire).unwrap() else {
                panic!("{wire:?} is about no contact");
            };
            contacts.entry(event.contact).or_default().merge(event);
        }
    }
    let contacts = contacts.values();
    contacts
        .filter_map(|contact| contribution(contact, &TimeZone::UTC))
        .map(|(_, tally)| tally)
        .sum()
}

/// As a source would tell it that speaks our own language.
fn plain(set: &[Recorded]) -> Vec<Said> {
    let teller = Teller::new("/pbx/");
    let place = || WireData {
        line: Some("billing".into()),
        ..WireData::default()
    };
    let mut said = Vec::new();
    for (n, call) in set.iter().enumerate() {
        let mut number = 0;
        let mut tell = |kind: EventKind, at: i64, data: WireData<'static>| -> WireEvent<'static> {
            number += 1;
            teller.tell(
                kind,
                format!("{n}/{number}"),
                at * 1_000,
                &n.to_string(),
                data,
            )
        };
        let handled = |secs: i64| WireData {
            handle_ms: Some(secs * 1_000),
            ..WireData::default()
        };
        let none = WireData::default;
        let mut events = vec![tell(EventKind::Offered, call.at, place())];
        match call.went {
            Went::Answered(wait, talk) => {
                events.push(tell(EventKind::Answered, call.at + wait, none()));
                events.push(tell(EventKind::Ended, call.at + wait + talk, handled(talk)));
            }
            Went::Abandoned(wait) => {
                events.push(tell(EventKind::Abandoned, call.at + wait, none()));
            }
            Went::Deflected(wait) => {
                events.push(tell(EventKind::Deflected, call.at + wait, none()));
            }
            Went::MovedOn(wait, talk, again, more) => {
                let moved = call.at + wait + talk;
                events.push(tell(EventKind::Answered, call.at + wait, none()));
                events.push(tell(EventKind::Ended, moved, handled(talk)));
                events.push(tell(EventKind::Transferred, moved + 1, place()));
                events.push(tell(EventKind::Answered, moved + 1 + again, none()));
                events.push(tell(
                    EventKind::Ended,
                    moved + 1 + again + more,
                    handled(more),
                ));
            }
        }
        said.push(Said::Events(events));
    }
    said
}

/// As Asterisk would write it.
#[must_use]
pub fn queue_log(set: &[Recorded]) -> String {
    let mut lines: Vec<(i64, usize, String)> = Vec::new();
    for (n, call) in set.iter().enumerate() {
        let id = format!("{}.{n}", call.at);
        let mut line = |at: i64, event: String| {
            let number = lines.len();
            lines.push((at, number, format!("{at}|{id}|400|{event}")));
        };
        line(call.at, "NONE|ENTERQUEUE||0791234567|1".to_owned());
        match call.went {
            Went::Answered(wait, talk) => {
                line(call.at + wait, format!("Ana|CONNECT|{wait}|{id}|1"));
                line(
                    call.at + wait + talk,
                    format!("Ana|COMPLETECALLER|{wait}|{talk}|1"),
                );
            }
            Went::Abandoned(wait) => line(call.at + wait, format!("NONE|ABANDON|1|1|{wait}")),
            Went::Deflected(wait) => {
                line(call.at + wait, format!("NONE|EXITWITHTIMEOUT|1|1|{wait}"));
            }
            Went::MovedOn(wait, talk, again, more) => {
                let moved = call.at + wait + talk;
                line(call.at + wait, format!("Ana|CONNECT|{wait}|{id}|1"));
                line(
                    moved,
                    format!("Ana|BLINDTRANSFER|400|internal|{wait}|{talk}|1"),
                );
                line(moved + 1, "NONE|ENTERQUEUE||0791234567|1".to_owned());
                line(moved + 1 + again, format!("Ben|CONNECT|{again}|{id}|1"));
                let end = moved + 1 + again + more;
                line(end, format!("Ben|COMPLETEAGENT|{again}|{more}|1"));
            }
        }
    }
    // The log is written in the order of time.
    lines.sort_by_key(|(at, number, _)| (*at, *number));
    let mut log = String::new();
    for (_, _, line) in lines {
        writeln!(log, "{line}").unwrap();
    }
    log
}

/// What the reader of the log says.
#[must_use]
pub fn said_of_log(log: &str) -> Vec<Said> {
    let mut reader = QueueLog::new(feed(FeedKind::QueueLog, &[("*", "billing")]), "/pbx/");
    let lines = log.lines().enumerate();
    lines
        .map(|(n, line)| reader.read(line.as_bytes(), &format!("f:{n}")).said)
        .collect()
}

fn log_says(set: &[Recorded]) -> Vec<Said> {
    said_of_log(&queue_log(set))
}

fn records_say(set: &[Recorded]) -> Vec<Said> {
    said_of_records(&contact_records(set))
}

fn time(at: i64) -> String {
    let at_ms: Millis = at * 1_000;
    timestamp(at_ms).to_string()
}

/// A leg of a journey as a contact record.
fn record(n: usize, leg: usize, at: i64, end: (i64, &str), agent: Option<(i64, i64)>) -> Value {
    let first = format!("contact-{n}-0");
    let mut record = json!({
        "ContactId": format!("contact-{n}-{leg}"),
        "Channel": "VOICE",
        "InitiationMethod": if leg == 0 { "INBOUND" } else { "TRANSFER" },
        "InitialContactId": if leg == 0 { Value::Null } else { json!(first) },
        "NextContactId": null,
        "DisconnectReason": end.1,
        "DisconnectTimestamp": time(end.0),
        "LastUpdateTimestamp": time(end.0 + 60),
        "Queue": {"ARN": "arn:aws:connect:x:1:instance/i/queue/q", "EnqueueTimestamp": time(at)},
    });
    if let Some((answered, talk)) = agent {
        record["Agent"] = json!({
            "ConnectedToAgentTimestamp": time(answered),
            "AgentInteractionDuration": talk,
            "CustomerHoldDuration": 0,
            "AfterContactWorkDuration": 0,
        });
    }
    record
}

/// As Amazon Connect would record it.
#[must_use]
pub fn contact_records(set: &[Recorded]) -> Vec<Value> {
    const CUSTOMER: &str = "CUSTOMER_DISCONNECT";
    let mut records = Vec::new();
    for (n, call) in set.iter().enumerate() {
        match call.went {
            Went::Answered(wait, talk) => {
                let answered = call.at + wait;
                let agent = Some((answered, talk));
                records.push(record(n, 0, call.at, (answered + talk, CUSTOMER), agent));
            }
            Went::Abandoned(wait) => {
                records.push(record(n, 0, call.at, (call.at + wait, CUSTOMER), None));
            }
            Went::Deflected(wait) => {
                let end = (call.at + wait, "CONTACT_FLOW_DISCONNECT");
                records.push(record(n, 0, call.at, end, None));
            }
            Went::MovedOn(wait, talk, again, more) => {
                let answered = call.at + wait;
                let moved = answered + talk;
                let mut first = record(n, 0, call.at, (moved, CUSTOMER), Some((answered, talk)));
                first["NextContactId"] = json!(format!("contact-{n}-1"));
                records.push(first);
                let agent = Some((moved + 1 + again, more));
                let end = (moved + 1 + again + more, CUSTOMER);
                records.push(record(n, 1, moved + 1, end, agent));
            }
        }
    }
    records
}

/// What the reader of records says.
#[must_use]
pub fn said_of_records(records: &[Value]) -> Vec<Said> {
    let reader = Connect::new(feed(FeedKind::AmazonConnect, &[("*", "billing")]), "/pbx/");
    records.iter().map(|record| reader.read(record)).collect()
}

/// As Chatwoot would send it: replies, and nobody is put out or hangs up.
fn webhooks(set: &[Recorded]) -> Vec<Said> {
    let reader = Chatwoot::new(feed(FeedKind::Chatwoot, &[("3", "billing")]), "/pbx/");
    let mut said = Vec::new();
    for (n, call) in set.iter().enumerate() {
        let Went::Answered(wait, talk) = call.went else {
            panic!("{call:?} cannot be told");
        };
        let conversation = json!({"id": n, "inbox_id": 3, "created_at": call.at});
        let mut created = conversation.clone();
        created["event"] = json!("conversation_created");
        said.push(reader.read(&created, call.at * 1_000));
        let answered = call.at + wait;
        let reply = json!({
            "event": "message_created", "id": n, "message_type": "outgoing", "private": false,
            "created_at": time(answered), "sender": {"type": "user"}, "conversation": conversation,
        });
        said.push(reader.read(&reply, answered * 1_000));
        let mut resolved = conversation;
        resolved["event"] = json!("conversation_status_changed");
        resolved["status"] = json!("resolved");
        said.push(reader.read(&resolved, (answered + talk) * 1_000));
    }
    said
}

#[rstest]
#[case::queue_log(log_says)]
#[case::contact_records(records_say)]
#[case::detail_events(genesys::events_say)]
fn calls_give_the_same_tallies_in_every_format(#[case] said: fn(&[Recorded]) -> Vec<Said>) {
    let set = recorded();
    assert_eq!(tally(said(&set)), tally(plain(&set)));
}

#[test]
fn messages_give_the_same_tallies_too() {
    let mut set = recorded();
    set.retain(|call| matches!(call.went, Went::Answered(..)));
    let mut wanted = tally(plain(&set));
    // Webhooks do not tell how long an agent was busy.
    for count in [Count::Handled, Count::HandleMsSum] {
        wanted.set(count, 0);
    }
    assert_eq!(tally(webhooks(&set)), wanted);
}

#[test]
fn order_and_doubling_of_messages_change_nothing() {
    let set = recorded();
    let mut records = contact_records(&set);
    records.extend(records.clone());
    records.reverse();
    assert_eq!(tally(said_of_records(&records)), tally(plain(&set)));
}

mod bank;
mod freeswitch;
mod genesys;
mod twilio;
