//! Asterisk's `queue_log`: `time|call|queue|member|event|argument|…`, one line an event.
//!
//! Read are the lines of queues that count. Members and callers' numbers are never looked at.
//! What the arguments mean has changed over the years; here only those are read that all
//! versions agree on: the talk time at its place, counted from the left or from the right.
//!
//! A call that enters a queue again is moved on: `transferred`. Its lines within one second are
//! told apart by a millisecond, so that leaving one queue comes before entering the next. When
//! Asterisk starts, nobody waits in it: calls that still did are lost.

use super::recent::Recent;
use super::{Said, Teller};
use crate::domain::centre::Feed;
use crate::domain::event::{EventKind, Millis};
use crate::ingest::wire::WireData;

/// No time is later than the year 9999.
const MOST_SECONDS: i64 = 253_402_300_799;
/// A talk time beyond a week is no talk time.
const MOST_TALK_SECS: i64 = 7 * 86_400;

/// Ignored: not one of Asterisk's own events.
pub const CUSTOM: &str = "an event of the operator's own";
/// Ignored: about members, rings and announcements.
pub const MEMBERS: &str = "about members or rings, not about the call";
/// Ignored: a restart while nobody waited.
pub const SYSTEM: &str = "about Asterisk itself";
/// Ignored: a queue that centre.toml does not name.
pub const OTHER_QUEUE: &str = "a queue that centre.toml does not name";

/// A line and what became of it.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its time, if it has one.
    pub at_ms: Option<Millis>,
    /// What it says.
    pub said: Said,
}

/// Reads the lines of one log in their order.
#[derive(Clone, Debug)]
pub struct QueueLog {
    feed: Feed,
    teller: Teller,
    calls: Recent<Call>,
}

/// What is remembered of a call.
#[derive(Clone, Copy, Debug)]
struct Call {
    /// How often it entered a queue.
    entries: i64,
    /// The instant of its last event.
    at_ms: Millis,
    waits: bool,
}

/// The fields of a line that are looked at.
struct Line<'l> {
    at_ms: Millis,
    call: &'l [u8],
    queue: &'l [u8],
    event: &'l [u8],
    arguments: &'l [u8],
}

/// What an event of the log means.
enum Meaning {
    Enters,
    Tells(EventKind),
    /// Talked to a member; the place of the talk time among the arguments.
    Talked(Place),
    Starts,
    Ignored(&'static str),
}

/// The place of an argument.
#[derive(Clone, Copy)]
enum Place {
    FromLeft(usize),
    /// 1 is the last but one; the event has at least this many arguments.
    LastButOne(usize),
}

impl QueueLog {
    /// A reader for the log of a source.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        Self {
            feed,
            teller: Teller::new(prefix),
            calls: Recent::new(),
        }
    }

    /// Reads a line without its end. `name` names its events: where it stands in which file,
    /// because equal lines are two events.
    pub fn read(&mut self, line: &[u8], name: &str) -> Read {
        let line = match split(line) {
            Ok(line) => line,
            Err(reason) => {
                return Read {
                    at_ms: None,
                    said: Said::Refused(reason),
                };
            }
        };
        Read {
            at_ms: Some(line.at_ms),
            said: self.say(&line, name),
        }
    }

    fn say(&mut self, line: &Line<'_>, name: &str) -> Said {
        let meaning = meaning(line.event);
        match meaning {
            Meaning::Ignored(reason) => return Said::Ignored(reason),
            Meaning::Starts => return self.restart(line.at_ms, name),
            _ => {}
        }
        let (Ok(queue), Ok(call)) = (str::from_utf8(line.queue), str::from_utf8(line.call)) else {
            return Said::Refused("wrong_encoding: the call or the queue is not UTF-8".to_owned());
        };
        let Some(place) = self.feed.line(queue) else {
            return Said::Ignored(OTHER_QUEUE);
        };
        if matches!(call, "" | "NONE" | "MANAGER" | "REALTIME") {
            return Said::Refused("missing_field: the line names no call".to_owned());
        }
        let place = WireData {
            line: Some(place.to_owned().into()),
            ..WireData::default()
        };
        let known = self.calls.recall(call).copied();
        let event = match meaning {
            Meaning::Enters => self.enter(call, known, line.at_ms, (name, place)),
            Meaning::Tells(kind) => self.leave(call, known, line.at_ms, (kind, name)),
            Meaning::Talked(place) => {
                let handle_ms = talk_ms(line.arguments, place);
                let at_ms = line.at_ms.max(known.map_or(Millis::MIN, |call| call.at_ms));
                self.remember(call, known, at_ms, false);
                let data = WireData {
                    handle_ms,
                    ..WireData::default()
                };
                self.teller
                    .tell(EventKind::Ended, name.to_owned(), at_ms, call, data)
            }
            Meaning::Starts | Meaning::Ignored(_) => return Said::Ignored(SYSTEM),
        };
        Said::Events(vec![event])
    }

    /// The first entry is the offer, each further one moves the call on.
    fn enter(
        &mut self,
        subject: &str,
        known: Option<Call>,
        at_ms: Millis,
        (name, place): (&str, WireData<'static>),
    ) -> super::WireEvent<'static> {
        let (kind, at_ms, entries) = match known {
            None => (EventKind::Offered, at_ms, 1),
            // After its last event, be it by a millisecond.
            Some(call) => {
                let after = at_ms.max(call.at_ms.saturating_add(1));
                (
                    EventKind::Transferred,
                    after,
                    call.entries.saturating_add(1),
                )
            }
        };
        let call = Call {
            entries,
            at_ms,
            waits: true,
        };
        self.calls.keep(subject, call);
        self.teller
            .tell(kind, name.to_owned(), at_ms, subject, place)
    }

    /// Answered, or out of the queue. A call that is put out of a second queue has been put out
    /// of the first before: the later word counts.
    fn leave(
        &mut self,
        subject: &str,
        known: Option<Call>,
        at_ms: Millis,
        (kind, name): (EventKind, &str),
    ) -> super::WireEvent<'static> {
        let at_ms = at_ms.max(known.map_or(Millis::MIN, |call| call.at_ms));
        self.remember(subject, known, at_ms, false);
        let entries = known.map_or(1, |call| call.entries);
        let is_later_word = kind == EventKind::Deflected && entries > 1;
        let data = WireData {
            revision: is_later_word.then_some(entries - 1),
            ..WireData::default()
        };
        self.teller
            .tell(kind, name.to_owned(), at_ms, subject, data)
    }

    fn restart(&mut self, at_ms: Millis, name: &str) -> Said {
        let mut waiting: Vec<String> = self
            .calls
            .iter()
            .filter(|(_, call)| call.waits)
            .map(|(subject, _)| subject.clone())
            .collect();
        waiting.sort_unstable();
        self.calls.clear();
        if waiting.is_empty() {
            return Said::Ignored(SYSTEM);
        }
        let tell = |subject: String| {
            let id = format!("{name}/{subject}");
            self.teller
                .tell(EventKind::Lost, id, at_ms, &subject, WireData::default())
        };
        Said::Events(waiting.into_iter().map(tell).collect())
    }

    fn remember(&mut self, subject: &str, known: Option<Call>, at_ms: Millis, waits: bool) {
        // A call whose entry is not known may still enter: that would be its offer.
        if let Some(call) = known {
            let call = Call {
                at_ms,
                waits,
                ..call
            };
            self.calls.keep(subject, call);
        }
    }
}

/// The time of a line, if it is one.
#[must_use]
pub fn time_of(line: &[u8]) -> Option<Millis> {
    split(line).ok().map(|line| line.at_ms)
}

/// The parts of a line, or why it is none: a word, a colon, a sentence.
fn split(line: &[u8]) -> Result<Line<'_>, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut fields = line.splitn(6, |byte| *byte == b'|');
    let mut next = || fields.next();
    let (Some(time), Some(call), Some(queue), Some(_member), Some(event)) =
        (next(), next(), next(), next(), next())
    else {
        return Err("wrong_type: not a line of a queue log, which has five fields".to_owned());
    };
    let at_ms = read_time(time)
        .ok_or_else(|| "invalid_time: it does not begin with seconds since 1970".to_owned())?;
    Ok(Line {
        at_ms,
        call,
        queue,
        event,
        arguments: fields.next().unwrap_or_default(),
    })
}

/// Seconds since 1970, with a fraction or without.
fn read_time(text: &[u8]) -> Option<Millis> {
    let text = str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds: i64 = whole
        .parse()
        .ok()
        .filter(|seconds| *seconds <= MOST_SECONDS)?;
    let millis = fraction.bytes().chain(*b"000").take(3);
    let millis = millis.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(seconds * 1_000 + millis)
}

fn meaning(event: &[u8]) -> Meaning {
    match event {
        b"ENTERQUEUE" => Meaning::Enters,
        b"CONNECT" => Meaning::Tells(EventKind::Answered),
        b"ABANDON" => Meaning::Tells(EventKind::Abandoned),
        // Also a call that no member's telephone could take.
        b"EXITWITHTIMEOUT" | b"EXITEMPTY" | b"EXITWITHKEY" | b"WITHDRAW" | b"SYSCOMPAT" => {
            Meaning::Tells(EventKind::Deflected)
        }
        // holdtime|calltime|position
        b"COMPLETECALLER" | b"COMPLETEAGENT" => Meaning::Talked(Place::FromLeft(1)),
        // extension|context|holdtime|calltime|position, the last three not always
        b"BLINDTRANSFER" | b"TRANSFER" => Meaning::Talked(Place::FromLeft(3)),
        // One or two channels, bridges or applications before holdtime|calltime|position
        b"ATTENDEDTRANSFER" => Meaning::Talked(Place::LastButOne(5)),
        b"QUEUESTART" => Meaning::Starts,
        b"CONFIGRELOAD" | b"ROTATE" => Meaning::Ignored(SYSTEM),
        // A member who hangs up during the announcement: the call goes on waiting.
        b"AGENTDUMP"
        | b"RINGNOANSWER"
        | b"RINGCANCELED"
        | b"ADDMEMBER"
        | b"REMOVEMEMBER"
        | b"PAUSE"
        | b"UNPAUSE"
        | b"PAUSEALL"
        | b"UNPAUSEALL"
        | b"PAUSEREASON"
        | b"PENALTY"
        | b"AGENTLOGIN"
        | b"AGENTLOGOFF"
        | b"AGENTCALLBACKLOGIN"
        | b"AGENTCALLBACKLOGOFF" => Meaning::Ignored(MEMBERS),
        _ => Meaning::Ignored(CUSTOM),
    }
}

/// The talk time, if the line has one.
fn talk_ms(arguments: &[u8], place: Place) -> Option<i64> {
    let arguments: Vec<&[u8]> = arguments.split(|byte| *byte == b'|').collect();
    let index = match place {
        Place::FromLeft(index) => index,
        Place::LastButOne(least) if arguments.len() >= least => arguments.len() - 2,
        Place::LastButOne(_) => return None,
    };
    let seconds: i64 = str::from_utf8(arguments.get(index)?)
        .ok()?
        .trim()
        .parse()
        .ok()?;
    (0..=MOST_TALK_SECS)
        .contains(&seconds)
        .then(|| seconds * 1_000)
}

#[cfg(test)]
mod tests;
