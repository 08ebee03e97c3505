//! Amazon Connect: how many are staffed on each line, from agent events (logins, changes of status,
//! and every two minutes a sign that an agent is still there).
//!
//! An agent is staffed on every line of which a queue is in the routing profile: while contacts may
//! be routed to the agent, and in any other status but "offline" as long as a contact is in hand or
//! being wrapped up. Who said what is known here for a few minutes and nowhere else: the name of an
//! agent becomes a number under a key of this process, and nothing but counts leaves.
//!
//! People are counted at whole minutes, once events are some seconds past them: what comes unordered
//! or twice changes nothing, and whoever hears the same events counts the same. A count is told when
//! it is another than a minute before, and every five minutes. After a start or a silence nothing is
//! told until everybody had the time to be heard: who was not heard yet may well be there.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use serde_json::Value;

use super::super::json::{at, instant, text};
use super::super::{Said, Teller};
use super::line_of;
use crate::domain::centre::Feed;
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::timestamp;
use crate::ingest::door::MOST_AHEAD_MS;
use crate::ingest::wire::{WireData, WireEvent};

/// Ignored: taken into the next count.
pub const NOTED: &str = "noted for the next count of staff";
/// Ignored: whoever was staffed then says nothing of now.
pub const TOO_OLD: &str = "an agent event older than fifteen minutes";
/// Ignored: neither a login, a logout, a change nor a sign of life.
pub const OTHER_EVENT: &str = "an agent event of another kind";

/// People are counted this often.
const STEP_MS: Millis = 60_000;
/// Events of an instant are all there so long after it.
const SETTLED_MS: Millis = 15_000;
/// A count that stays the same is told again this often: a report is believed for 15 minutes.
const RETOLD_MS: Millis = 5 * 60_000;
/// Every agent is heard within this, being heard every 120 s. When nobody was, something was missed.
const QUIET_MS: Millis = 180_000;
/// An agent who is not heard for so long is gone: longer than a silence that is still borne, and the
/// 120 s between two signs before it and after it.
const GONE_MS: Millis = 480_000;
/// Older events are of no use: a count is believed for 15 minutes.
const OLDEST_MS: Millis = 15 * 60_000;
/// More agents than this are not kept.
const MOST_AGENTS: usize = 50_000;
/// Of one agent, more events than this between two counts are not kept.
const MOST_MOMENTS: usize = 32;
/// The channels of a queue on which a customer waits for a person.
const CHANNELS: [&str; 3] = ["VOICE", "CHAT", "EMAIL"];

/// Lines by their places in [`Staff::lines`], in order and each once.
type Places = Box<[usize]>;

/// Counts the staff of a source.
pub struct Staff {
    feed: Feed,
    teller: Teller,
    lines: Vec<String>,
    /// Makes numbers of the names of agents; never leaves.
    keys: RandomState,
    /// What was heard of each agent: the lines on which the agent is staffed from an instant on.
    agents: HashMap<u64, BTreeMap<Millis, Places>>,
    /// From when on each line is known to be in a routing profile.
    served_ms: Vec<Millis>,
    /// How many there were at the last count, if it could be told.
    counts: Vec<Option<i64>>,
    counted_ms: Millis,
    /// The newest event, and when one last came.
    newest_ms: Millis,
    arrived_ms: Millis,
    /// Since when everything is heard: by the events, and by when they came.
    since_ms: (Millis, Millis),
}

/// What an event tells.
struct Heard {
    agent: u64,
    at_ms: Millis,
    profile: Places,
    is_staffed: bool,
}

impl Staff {
    /// Nobody is heard yet.
    #[must_use]
    pub fn new(feed: Feed, prefix: &str) -> Self {
        let mut lines: Vec<String> = feed.queues.values().cloned().collect();
        lines.sort();
        lines.dedup();
        Self {
            feed,
            teller: Teller::new(prefix),
            keys: RandomState::new(),
            agents: HashMap::new(),
            served_ms: vec![Millis::MAX; lines.len()],
            counts: vec![None; lines.len()],
            counted_ms: Millis::MIN,
            newest_ms: Millis::MIN,
            arrived_ms: Millis::MIN,
            since_ms: (Millis::MIN, Millis::MIN),
            lines,
        }
    }

    /// Whether a message is an agent event.
    #[must_use]
    pub fn hears(message: &Value) -> bool {
        let body = body_of(message);
        at(body, &["AgentARN"]).is_some() && at(body, &["contactId"]).is_none()
    }

    /// Reads an agent event, in an envelope or bare, that came at an instant.
    #[must_use]
    pub fn read(&mut self, message: &Value, now_ms: Millis) -> Said {
        match self.hear(body_of(message), now_ms) {
            Ok(heard) => self.take_in(heard, now_ms),
            Err(said) => said,
        }
    }

    fn take_in(&mut self, heard: Heard, now_ms: Millis) -> Said {
        let is_silent =
            heard.at_ms > self.newest_ms + QUIET_MS || now_ms > self.arrived_ms + QUIET_MS;
        let is_full = self.agents.len() >= MOST_AGENTS && !self.agents.contains_key(&heard.agent);
        if is_silent || is_full {
            self.begin(heard.at_ms, now_ms);
        }
        self.newest_ms = self.newest_ms.max(heard.at_ms);
        self.arrived_ms = self.arrived_ms.max(now_ms);
        self.note(heard);
        let events = self.count_on(now_ms);
        if events.is_empty() {
            Said::Ignored(NOTED)
        } else {
            Said::Events(events)
        }
    }

    /// What was told did not become durable: the next count is told whether or not it changed.
    pub fn tell_again(&mut self) {
        self.counts.fill(None);
    }

    fn hear(&self, body: &Value, now_ms: Millis) -> Result<Heard, Said> {
        let Some(agent) = text(body, &["AgentARN"]) else {
            return Err(missing("AgentARN"));
        };
        let at_ms = instant(body, &["EventTimestamp"]).map_err(Said::Refused)?;
        let at_ms = at_ms.ok_or_else(|| missing("EventTimestamp"))?;
        if at_ms > now_ms + MOST_AHEAD_MS {
            let reason = "future: EventTimestamp is more than 300 s ahead of the server's clock";
            return Err(Said::Refused(reason.to_owned()));
        }
        if at_ms < now_ms - OLDEST_MS {
            return Err(Said::Ignored(TOO_OLD));
        }
        let kind = text(body, &["EventType"]).unwrap_or_default();
        let is_out = match kind {
            "LOGOUT" => true,
            "LOGIN" | "STATE_CHANGE" | "HEART_BEAT" => false,
            _ => return Err(Said::Ignored(OTHER_EVENT)),
        };
        let profile = at(
            body,
            &["CurrentAgentSnapshot", "Configuration", "RoutingProfile"],
        );
        if profile.is_none() && !is_out {
            return Err(missing("CurrentAgentSnapshot.Configuration.RoutingProfile"));
        }
        Ok(Heard {
            agent: self.keys.hash_one(agent),
            at_ms,
            profile: profile.map_or_else(Places::default, |profile| self.places(profile)),
            is_staffed: !is_out && is_staffed(body)?,
        })
    }

    /// The lines that a routing profile serves.
    fn places(&self, profile: &Value) -> Places {
        let queues = at(profile, &["InboundQueues"]).and_then(Value::as_array);
        let queues = queues.into_iter().flatten();
        let lines = queues.filter(|queue| is_for_customers(queue));
        let lines = lines
            .filter_map(|queue| line_of(&self.feed, text(queue, &["ARN"]), text(queue, &["Name"])));
        let mut places: Vec<usize> = lines
            .filter_map(|line| self.lines.binary_search(line).ok())
            .collect();
        places.sort_unstable();
        places.dedup();
        places.into()
    }

    /// Forgets what was heard: some of it may have been missed.
    fn begin(&mut self, at_ms: Millis, now_ms: Millis) {
        self.agents.clear();
        self.served_ms.fill(Millis::MAX);
        self.counts.fill(None);
        self.counted_ms = at_ms - at_ms.rem_euclid(STEP_MS);
        self.newest_ms = at_ms;
        self.arrived_ms = now_ms;
        self.since_ms = (at_ms, now_ms);
    }

    fn note(&mut self, heard: Heard) {
        for place in &heard.profile {
            if let Some(served_ms) = self.served_ms.get_mut(*place) {
                *served_ms = heard.at_ms.min(*served_ms);
            }
        }
        let staffed = if heard.is_staffed {
            heard.profile
        } else {
            Places::default()
        };
        let moments = self.agents.entry(heard.agent).or_default();
        // Of two events of one millisecond nobody knows the order.
        let moment = moments.entry(heard.at_ms).or_default();
        if *moment < staffed {
            *moment = staffed;
        }
        if moments.len() > MOST_MOMENTS {
            moments.pop_first();
        }
    }

    /// Counts at every whole minute of which everything is there, and tells what is to be told.
    fn count_on(&mut self, now_ms: Millis) -> Vec<WireEvent<'static>> {
        let mut events = Vec::new();
        while self.counted_ms + STEP_MS + SETTLED_MS <= self.newest_ms {
            let at_ms = self.counted_ms + STEP_MS;
            self.counted_ms = at_ms;
            self.forget(at_ms);
            let (heard_ms, came_ms) = self.since_ms;
            if at_ms < heard_ms + QUIET_MS || now_ms < came_ms + QUIET_MS {
                self.counts.fill(None);
                continue;
            }
            let counts = self.count(at_ms);
            for (place, count) in counts.iter().enumerate() {
                let is_due = self.counts[place] != *count || at_ms.rem_euclid(RETOLD_MS) == 0;
                if let Some(staffed) = count.filter(|_| is_due) {
                    events.push(self.tell(&self.lines[place], at_ms, staffed));
                }
            }
            self.counts = counts;
        }
        events
    }

    /// Forgets agents who are gone, and of the others what they said before they last spoke.
    fn forget(&mut self, at_ms: Millis) {
        self.agents.retain(|_, moments| {
            let last = moments.range(..=at_ms).next_back();
            if let Some(last_ms) = last.map(|(last_ms, _)| *last_ms) {
                *moments = moments.split_off(&last_ms);
            }
            let newest = moments.last_key_value();
            newest.is_some_and(|(newest_ms, _)| *newest_ms > at_ms - GONE_MS)
        });
    }

    /// How many were staffed on each line; nothing where no profile with it was heard of.
    fn count(&self, at_ms: Millis) -> Vec<Option<i64>> {
        let served = self.served_ms.iter().map(|served_ms| *served_ms <= at_ms);
        let mut counts: Vec<Option<i64>> = served.map(|served| served.then_some(0)).collect();
        for moments in self.agents.values() {
            let last = moments.range(at_ms - GONE_MS + 1..=at_ms).next_back();
            for place in last.into_iter().flat_map(|(_, staffed)| staffed.iter()) {
                if let Some(Some(count)) = counts.get_mut(*place) {
                    *count += 1;
                }
            }
        }
        counts
    }

    fn tell(&self, line: &str, at_ms: Millis, staffed: i64) -> WireEvent<'static> {
        let id = format!("staffed/{line}/{}", timestamp(at_ms));
        let data = WireData {
            line: Some(line.to_owned().into()),
            staffed: Some(staffed),
            ..WireData::default()
        };
        self.teller.tell(EventKind::Capacity, id, at_ms, "", data)
    }
}

/// Nothing of agents is printed.
impl fmt::Debug for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staff")
    }
}

fn body_of(message: &Value) -> &Value {
    at(message, &["detail"]).unwrap_or(message)
}

fn missing(field: &str) -> Said {
    Said::Refused(format!(
        "missing_field: {field} is missing from an agent event; send it whole"
    ))
}

/// Not the agent's own queue, and not one of tasks alone.
fn is_for_customers(queue: &Value) -> bool {
    if text(queue, &["ARN"]).is_some_and(|arn| arn.contains("/queue/agent/")) {
        return false;
    }
    let Some(channels) = at(queue, &["Channels"]).and_then(Value::as_array) else {
        return true;
    };
    let mut words = channels.iter().filter_map(Value::as_str);
    channels.is_empty() || words.any(|word| CHANNELS.contains(&word))
}

/// Whether contacts may be routed to the agent, or one is in hand. Older streams tell the name of
/// the status alone, of which two are the system's and all others the centre's own.
fn is_staffed(body: &Value) -> Result<bool, Said> {
    let kind = text(body, &["CurrentAgentSnapshot", "AgentStatus", "Type"]);
    let named = || match text(body, &["CurrentAgentSnapshot", "AgentStatus", "Name"])? {
        "Available" => Some("ROUTABLE"),
        "Offline" => Some("OFFLINE"),
        _ => Some("CUSTOM"),
    };
    match kind.or_else(named) {
        None => Err(missing("CurrentAgentSnapshot.AgentStatus.Type")),
        Some("ROUTABLE") => Ok(true),
        Some("OFFLINE") => Ok(false),
        Some(_) => {
            let contacts = at(body, &["CurrentAgentSnapshot", "Contacts"]);
            let mut contacts = contacts.and_then(Value::as_array).into_iter().flatten();
            Ok(contacts.any(is_in_hand))
        }
    }
}

/// A customer's contact that the agent talks on, holds or wraps up.
fn is_in_hand(contact: &Value) -> bool {
    let state = text(contact, &["State"]).unwrap_or_default();
    let begun = text(contact, &["InitiationMethod"]).unwrap_or_default();
    matches!(state, "CONNECTED" | "CONNECTED_ONHOLD" | "ENDED")
        && !matches!(begun, "OUTBOUND" | "MONITOR")
}

#[cfg(test)]
mod tests;
