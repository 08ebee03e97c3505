//! `mod_callcenter` of FreeSWITCH: its events `callcenter::info`, as the event socket writes them
//! in the format `plain`: a header a line, values with `%` before what would not stand there.
//!
//! A contact is a call, by the UUID of the caller's channel. Each time it enters a queue it is a
//! new member there: the first time it is offered, each further time transferred. A caller who
//! hangs up and takes the old place again (`member-queue-resume`) comes with a new call. What began
//! before anybody listened is learnt from its end, which repeats when it began.
//!
//! An agent is reported to have answered before the two are connected. If that comes to nothing,
//! the contact is taken back and told anew, as waiting still.
//!
//! Agents and callers' numbers are never looked at.

mod words;

use std::collections::BTreeSet;

use self::words::{Words, missing};
use super::recent::Recent;
use super::{Said, Teller, WireEvent};
use crate::domain::centre::Feed;
use crate::domain::event::{EventKind, Millis};
use crate::ingest::wire::WireData;

/// Ignored: FreeSWITCH says that it is there.
pub const ALIVE: &str = "a sign of life";
/// Ignored: not an event of the module.
pub const OTHER: &str = "not an event of mod_callcenter";
/// Ignored: about agents, rings and how many wait.
pub const AGENTS: &str = "about agents or counts, not about a call";
/// Ignored: an action that is not known here.
pub const UNKNOWN: &str = "an action that says nothing that counts";
/// Ignored: the end of the talk was told by the agent's side.
pub const TOLD: &str = "the end of a talk, which the agent's side has told";
/// Ignored: a queue that centre.toml does not name.
pub const OTHER_QUEUE: &str = "a queue that centre.toml does not name";
/// Ignored: it was taken back before.
pub const TAKEN_BACK: &str = "an answer that came to nothing, and was taken back";

/// Queues that one call enters, at most: more is the work of a loop, and the first are kept.
const MOST_LEGS: usize = 32;
/// A talk time beyond a week is no talk time.
const MOST_TALK_SECS: i64 = 7 * 86_400;

/// Reads the events of one FreeSWITCH in their order.
#[derive(Clone, Debug)]
pub struct CallCenter {
    feed: Feed,
    teller: Teller,
    /// The run of FreeSWITCH that was heard last.
    core: Option<String>,
    calls: Recent<Call>,
}

/// What is remembered of a call.
#[derive(Clone, Debug, Default)]
struct Call {
    /// How often it was taken back.
    takes: usize,
    legs: Vec<Leg>,
}

/// A call in a queue.
#[derive(Clone, Debug)]
struct Leg {
    member: String,
    queue: String,
    line: String,
    entered_ms: Millis,
    /// The instant of the last event of it.
    last_ms: Millis,
    is_answered: bool,
    left: Option<(EventKind, Millis)>,
}

/// An event of a call in a queue.
struct Heard<'w> {
    words: &'w Words,
    action: Action,
    session: &'w str,
    member: &'w str,
    queue: &'w str,
    line: &'w str,
    at_ms: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Enters,
    Answered,
    Ended,
    Leaves(EventKind),
}

impl CallCenter {
    /// A reader for the events of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
            core: None,
            calls: Recent::new(),
        }
    }

    /// Reads the headers of an event.
    pub fn read(&mut self, event: &[u8]) -> Said {
        let words = match Words::of(event) {
            Ok(words) => words,
            Err(reason) => return Said::Refused(reason),
        };
        let lost = match self.lost_by_a_restart(&words) {
            Ok(lost) => lost,
            Err(reason) => return Said::Refused(reason),
        };
        let said = self.say(&words).unwrap_or_else(|said| said);
        if lost.is_empty() {
            return said;
        }
        let told = match said {
            Said::Events(events) => events,
            Said::Ignored(_) | Said::Refused(_) => Vec::new(),
        };
        Said::Events(lost.into_iter().chain(told).collect())
    }

    /// The queues in which calls wait, as far as is known.
    #[must_use]
    pub fn waited_in(&self) -> BTreeSet<String> {
        let waiting = self.calls.iter().filter_map(|(_, call)| call.waits_in());
        waiting.map(|leg| leg.queue.clone()).collect()
    }

    /// Calls that waited in a queue and are not among the sessions that stand there: they are lost,
    /// since nobody heard how they left it.
    pub fn forget_others(
        &mut self,
        queue: &str,
        there: &BTreeSet<String>,
        now_ms: Millis,
    ) -> Vec<WireEvent<'static>> {
        let is_gone = |session: &String, call: &Call| {
            !there.contains(session) && call.waits_in().is_some_and(|leg| leg.queue == queue)
        };
        let calls = self.calls.iter();
        let gone = calls.filter(|(session, call)| is_gone(session, call));
        let mut gone: Vec<(String, Call)> = gone
            .map(|(session, call)| (session.clone(), call.clone()))
            .collect();
        gone.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut events = Vec::new();
        for (session, mut call) in gone {
            let subject = subject(&session, &call);
            if let Some(leg) = call.legs.last_mut() {
                let at_ms = now_ms.max(leg.last_ms);
                leg.left = Some((EventKind::Lost, at_ms));
                let id = format!("{subject}/{}/gone", leg.member);
                let none = WireData::default();
                events.push(self.teller.tell(EventKind::Lost, id, at_ms, &subject, none));
            }
            self.calls.keep(&session, call);
        }
        events
    }

    fn say(&mut self, words: &Words) -> Result<Said, Said> {
        match words.get("Event-Name") {
            Some("HEARTBEAT") => return Err(Said::Ignored(ALIVE)),
            Some("CUSTOM") => {}
            Some(_) => return Err(Said::Ignored(OTHER)),
            None => return Err(missing("Event-Name")),
        }
        if words.get("Event-Subclass") != Some("callcenter::info") {
            return Err(Said::Ignored(OTHER));
        }
        let action = action(words)?;
        let queue = words.needed("CC-Queue")?;
        let line = self.feed.line(queue).ok_or(Said::Ignored(OTHER_QUEUE))?;
        let line = line.to_owned();
        let heard = Heard {
            words,
            action,
            session: words.needed("CC-Member-Session-UUID")?,
            member: words.needed("CC-Member-UUID")?,
            queue,
            line: &line,
            at_ms: at_ms(words, action)?,
        };
        self.tell(&heard)
    }

    fn tell(&mut self, heard: &Heard<'_>) -> Result<Said, Said> {
        let mut call = self
            .calls
            .recall(heard.session)
            .cloned()
            .unwrap_or_default();
        let call = &mut call;
        let known = call.legs.len();
        let mut events = Vec::new();
        let index = self.stand(call, heard, &mut events)?;
        let Some(leg) = call.legs.get_mut(index) else {
            return Err(Said::Ignored(UNKNOWN));
        };
        let at_ms = heard.at_ms.max(leg.entered_ms);
        leg.last_ms = leg.last_ms.max(at_ms);
        match heard.action {
            // Also if it was told before: twice is once.
            Action::Enters => events = vec![self.entry(heard.session, call, index)],
            Action::Answered => {
                leg.is_answered = true;
                events.push(self.answer(heard, call, at_ms));
            }
            Action::Ended if heard.words.get("CC-Agent-Bridged") == Some("false") => {
                // The answer to a member who is new here was told to somebody before.
                if !std::mem::take(&mut leg.is_answered) && index < known {
                    return Err(Said::Ignored(TAKEN_BACK));
                }
                events = self.take_back(heard, call);
            }
            Action::Ended => {
                if !std::mem::replace(&mut leg.is_answered, true)
                    && let Some(answered_ms) = within(heard, "CC-Agent-Answered-Time")
                {
                    let answered_ms = answered_ms.max(leg.entered_ms);
                    events.push(self.answer(heard, call, answered_ms));
                }
                events.push(self.end(heard, call, at_ms));
            }
            Action::Leaves(kind) => {
                leg.left = Some((kind, at_ms));
                events.push(self.leave(heard.session, call, index, (kind, at_ms)));
            }
        }
        self.calls.keep(heard.session, std::mem::take(call));
        Ok(Said::Events(events))
    }

    /// Finds the call in its queue. One whose entry was not heard entered when its event says so.
    fn stand(
        &self,
        call: &mut Call,
        heard: &Heard<'_>,
        events: &mut Vec<WireEvent<'static>>,
    ) -> Result<usize, Said> {
        let mut legs = call.legs.iter_mut();
        if let Some(index) = legs.position(|leg| leg.member == heard.member) {
            let leg = &mut call.legs[index];
            // What its end told before to the second.
            if heard.action == Action::Enters && index == 0 {
                leg.entered_ms = leg.entered_ms.min(heard.at_ms);
            }
            return Ok(index);
        }
        if call.legs.len() >= MOST_LEGS {
            return Err(Said::Refused(
                "out_of_range: the call has entered too many queues".to_owned(),
            ));
        }
        let joined_ms = match heard.action {
            Action::Enters => heard.at_ms,
            _ => within(heard, "CC-Member-Joined-Time").unwrap_or(heard.at_ms),
        };
        // After all that was told of it, be it by a millisecond.
        let last = call.legs.last();
        let entered_ms = last.map_or(joined_ms, |leg| joined_ms.max(leg.last_ms + 1));
        call.legs.push(Leg {
            member: heard.member.to_owned(),
            queue: heard.queue.to_owned(),
            line: heard.line.to_owned(),
            entered_ms,
            last_ms: entered_ms,
            is_answered: false,
            left: None,
        });
        let index = call.legs.len() - 1;
        if heard.action != Action::Enters {
            events.push(self.entry(heard.session, call, index));
        }
        Ok(index)
    }

    /// The first entry is the offer, each further one moves the call on.
    fn entry(&self, session: &str, call: &Call, index: usize) -> WireEvent<'static> {
        let leg = &call.legs[index];
        let kind = match index {
            0 => EventKind::Offered,
            _ => EventKind::Transferred,
        };
        let data = WireData {
            line: Some(leg.line.clone().into()),
            ..WireData::default()
        };
        let subject = subject(session, call);
        let id = format!("{subject}/{}/entered", leg.member);
        self.teller.tell(kind, id, leg.entered_ms, &subject, data)
    }

    fn answer(&self, heard: &Heard<'_>, call: &Call, at_ms: Millis) -> WireEvent<'static> {
        let id = id_of_talk(heard, call, "answered");
        let none = WireData::default();
        let subject = subject(heard.session, call);
        self.teller
            .tell(EventKind::Answered, id, at_ms, &subject, none)
    }

    fn end(&self, heard: &Heard<'_>, call: &Call, at_ms: Millis) -> WireEvent<'static> {
        let instant = |name| heard.words.seconds(name);
        let talk = instant("CC-Bridge-Terminated-Time").zip(instant("CC-Agent-Answered-Time"));
        let talk = talk.map(|(end, start)| end - start);
        let talk = talk.filter(|secs| (0..=MOST_TALK_SECS).contains(secs));
        let data = WireData {
            handle_ms: talk.map(|secs| secs * 1_000),
            ..WireData::default()
        };
        let id = id_of_talk(heard, call, "ended");
        let subject = subject(heard.session, call);
        self.teller
            .tell(EventKind::Ended, id, at_ms, &subject, data)
    }

    /// A call that is put out of a second queue has been put out of the first before: the later
    /// word counts.
    fn leave(
        &self,
        session: &str,
        call: &Call,
        index: usize,
        (kind, at_ms): (EventKind, Millis),
    ) -> WireEvent<'static> {
        let is_later_word = kind == EventKind::Deflected && index > 0;
        let data = WireData {
            revision: is_later_word.then(|| i64::try_from(index).unwrap_or(i64::MAX)),
            ..WireData::default()
        };
        let subject = subject(session, call);
        let id = format!("{subject}/{}/left", call.legs[index].member);
        self.teller.tell(kind, id, at_ms, &subject, data)
    }

    /// The agent and the caller were not connected. If nobody else has answered either, the
    /// contact is told anew without that answer.
    fn take_back(&self, heard: &Heard<'_>, call: &mut Call) -> Vec<WireEvent<'static>> {
        if call.legs.iter().any(|leg| leg.is_answered) {
            return Vec::new();
        }
        let before = subject(heard.session, call);
        let id = format!("{before}/withdrawn");
        let none = WireData::default();
        let mut events =
            vec![
                self.teller
                    .tell(EventKind::Withdrawn, id, heard.at_ms, &before, none),
            ];
        call.takes += 1;
        for (index, leg) in call.legs.iter().enumerate() {
            events.push(self.entry(heard.session, call, index));
            events.extend(
                leg.left
                    .map(|left| self.leave(heard.session, call, index, left)),
            );
        }
        events
    }

    /// When FreeSWITCH starts, nobody waits in it: calls that still did are lost.
    fn lost_by_a_restart(&mut self, words: &Words) -> Result<Vec<WireEvent<'static>>, String> {
        let Some(core) = words.get("Core-UUID") else {
            return Ok(Vec::new());
        };
        if self.core.as_deref() == Some(core) {
            return Ok(Vec::new());
        }
        let at_ms = words.stamp_ms()?;
        if self.core.replace(core.to_owned()).is_none() {
            return Ok(Vec::new());
        }
        let waiting = self
            .calls
            .iter()
            .filter(|(_, call)| call.waits_in().is_some());
        let mut waiting: Vec<(String, Millis)> = waiting
            .map(|(session, call)| (subject(session, call), call.last_ms()))
            .collect();
        waiting.sort_unstable();
        self.calls.clear();
        let tell = |(subject, last_ms): (String, Millis)| {
            let at_ms = at_ms.map_or(last_ms, |at_ms| at_ms.max(last_ms));
            let none = WireData::default();
            let id = format!("{subject}/lost");
            self.teller.tell(EventKind::Lost, id, at_ms, &subject, none)
        };
        Ok(waiting.into_iter().map(tell).collect())
    }
}

impl Call {
    /// The queue in which it waits.
    fn waits_in(&self) -> Option<&Leg> {
        let last = self.legs.last();
        last.filter(|leg| !leg.is_answered && leg.left.is_none())
    }

    fn last_ms(&self) -> Millis {
        self.legs.last().map_or(0, |leg| leg.last_ms)
    }
}

/// What a call is told as: after it was taken back, as another contact.
fn subject(session: &str, call: &Call) -> String {
    match call.takes {
        0 => session.to_owned(),
        takes => format!("{session}~{takes}"),
    }
}

/// Of several talks of a member, each has its own.
fn id_of_talk(heard: &Heard<'_>, call: &Call, what: &str) -> String {
    let subject = subject(heard.session, call);
    let talk = heard.words.seconds("CC-Agent-Answered-Time");
    let talk = talk.unwrap_or(heard.at_ms);
    format!("{subject}/{}/{what}/{talk}", heard.member)
}

/// What an action means, or why it means nothing here.
fn action(words: &Words) -> Result<Action, Said> {
    Ok(match words.needed("CC-Action")? {
        "member-queue-start" | "member-queue-resume" => Action::Enters,
        "bridge-agent-start" => Action::Answered,
        "bridge-agent-end" => Action::Ended,
        "member-queue-end" => match words.needed("CC-Cause")? {
            "Cancel" => Action::Leaves(canceled(words)),
            "Terminated" => return Err(Said::Ignored(TOLD)),
            _ => {
                return Err(Said::Refused(
                    "wrong_type: CC-Cause is neither Cancel nor Terminated".to_owned(),
                ));
            }
        },
        "agent-offering"
        | "agent-state-change"
        | "agent-status-change"
        | "agent-max-no-answer"
        | "bridge-agent-fail"
        | "members-count" => return Err(Said::Ignored(AGENTS)),
        _ => return Err(Said::Ignored(UNKNOWN)),
    })
}

/// `BREAK_OUT` is said of a caller who hung up, and of a call that a program took out of the queue
/// and that goes on. Whatever else is not known to be the queue's own doing ended a wait that
/// nobody answered.
fn canceled(words: &Words) -> EventKind {
    let goes_on = words.get("Answer-State") == Some("answered");
    match words.get("CC-Cancel-Reason") {
        Some("TIMEOUT" | "NO_AGENT_TIMEOUT" | "EXIT_WITH_KEY") => EventKind::Deflected,
        Some("BREAK_OUT") if goes_on => EventKind::Deflected,
        _ => EventKind::Abandoned,
    }
}

/// The instant of an event; where it has none of its own, that of what it tells.
fn at_ms(words: &Words, action: Action) -> Result<Millis, Said> {
    if let Some(at_ms) = words.stamp_ms().map_err(Said::Refused)? {
        return Ok(at_ms);
    }
    let name = match action {
        Action::Enters => "CC-Member-Joined-Time",
        Action::Answered => "CC-Agent-Answered-Time",
        Action::Ended => "CC-Bridge-Terminated-Time",
        Action::Leaves(_) => "CC-Member-Leaving-Time",
    };
    let seconds = words.seconds(name);
    seconds
        .map(|seconds| seconds * 1_000)
        .ok_or_else(|| missing("Event-Date-Timestamp"))
}

/// An instant that is known by its second only, before the event that repeats it: the end of that
/// second, so that what was told exactly before stays as it is.
fn within(heard: &Heard<'_>, name: &str) -> Option<Millis> {
    let seconds = heard.words.seconds(name)?;
    Some(heard.at_ms.min(seconds * 1_000 + 999))
}

#[cfg(test)]
mod tests;
