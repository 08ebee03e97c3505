//! The same contacts as `FreeSWITCH`'s `mod_callcenter` would tell them.

use std::fmt::Write as _;

use super::super::Said;
use super::super::freeswitch::CallCenter;
use super::super::testing::feed;
use super::{Recorded, Went, plain, recorded, tally};
use crate::domain::centre::FeedKind;
use crate::domain::tally::Count;

/// What happened to a member: when, what, and headers of its own.
type Happened = (i64, usize, String);

/// The events of one stay in the queue.
struct Stay<'s> {
    call: usize,
    leg: usize,
    joined: i64,
    all: &'s mut Vec<Happened>,
}

impl Stay<'_> {
    fn tell(&mut self, at: i64, action: &str, more: &[(&str, String)]) {
        let Self { call, leg, .. } = self;
        let mut event = format!(
            "Event-Subclass: callcenter%3A%3Ainfo\nEvent-Name: CUSTOM\nCore-UUID: core\n\
             Event-Date-Timestamp: {at}000000\nCC-Queue: support%40default\n\
             CC-Action: {action}\nCC-Member-UUID: m{call}-{leg}\n\
             CC-Member-Session-UUID: s{call}\nCC-Member-CID-Number: 0791234567\n"
        );
        if action != "member-queue-start" {
            writeln!(event, "CC-Member-Joined-Time: {}", self.joined).unwrap();
        }
        for (name, value) in more {
            writeln!(event, "{name}: {value}").unwrap();
        }
        let number = self.all.len();
        self.all.push((at, number, event));
    }

    fn enter(&mut self) {
        self.tell(self.joined, "member-queue-start", &[]);
        self.tell(self.joined, "members-count", &[]);
    }

    fn cancel(&mut self, at: i64, reason: &str, state: &str) {
        let more = [
            ("CC-Cause", "Cancel".to_owned()),
            ("CC-Cancel-Reason", reason.to_owned()),
            ("Answer-State", state.to_owned()),
        ];
        self.tell(at, "member-queue-end", &more);
    }

    fn talk(&mut self, answered: i64, talk: i64) {
        let started = ("CC-Agent-Answered-Time", answered.to_string());
        self.tell(
            answered,
            "bridge-agent-start",
            std::slice::from_ref(&started),
        );
        let end = answered + talk;
        let ended = ("CC-Bridge-Terminated-Time", end.to_string());
        let bridged = ("CC-Agent-Bridged", "true".to_owned());
        let more = [started.clone(), ended, bridged];
        self.tell(end, "bridge-agent-end", &more);
        let cause = ("CC-Cause", "Terminated".to_owned());
        self.tell(end, "member-queue-end", &[started, cause]);
    }
}

/// As `FreeSWITCH` would tell it, in the order of time.
fn events(set: &[Recorded]) -> Vec<String> {
    let mut all = Vec::new();
    for (call, recorded) in set.iter().enumerate() {
        let mut stay = Stay {
            call,
            leg: 0,
            joined: recorded.at,
            all: &mut all,
        };
        stay.enter();
        match recorded.went {
            Went::Answered(wait, talk) => stay.talk(recorded.at + wait, talk),
            Went::Abandoned(wait) => stay.cancel(recorded.at + wait, "BREAK_OUT", "hangup"),
            Went::Deflected(wait) => stay.cancel(recorded.at + wait, "TIMEOUT", "answered"),
            Went::MovedOn(wait, talk, again, more) => {
                stay.talk(recorded.at + wait, talk);
                stay.leg = 1;
                stay.joined = recorded.at + wait + talk + 1;
                stay.enter();
                stay.talk(stay.joined + again, more);
            }
        }
    }
    all.sort_by_key(|(at, number, _)| (*at, *number));
    all.into_iter().map(|(_, _, event)| event).collect()
}

fn said_of(events: &[String]) -> Vec<Said> {
    let feed = feed(FeedKind::FreeSwitch, &[("support@default", "billing")]);
    let mut reader = CallCenter::new(feed, "/pbx/");
    let events = events.iter();
    events.map(|event| reader.read(event.as_bytes())).collect()
}

/// What the reader says of the event socket.
pub fn socket(set: &[Recorded]) -> Vec<Said> {
    said_of(&events(set))
}

#[test]
fn the_event_socket_gives_the_same_tallies_as_every_format() {
    let set = recorded();
    assert_eq!(tally(socket(&set)), tally(plain(&set)));
}

#[test]
fn events_that_come_twice_count_once() {
    let set = recorded();
    let mut twice = events(&set);
    twice.extend(twice.clone());
    assert_eq!(tally(said_of(&twice)), tally(plain(&set)));
}

/// Nobody listened while calls of one stay began and were answered: their ends tell it.
#[test]
fn ends_alone_give_the_same_calls() {
    let mut set = recorded();
    set.retain(|call| !matches!(call.went, Went::MovedOn(..)));
    let mut ends = events(&set);
    ends.retain(|event| !event.contains("-start\n"));
    let (told, wanted) = (tally(said_of(&ends)), tally(plain(&set)));
    for count in [
        Count::Offered,
        Count::Answered,
        Count::Abandoned,
        Count::Deflected,
        Count::Handled,
        Count::HandleMsSum,
    ] {
        assert_eq!(told.count(count), wanted.count(count), "{}", count.name());
    }
}
