//! The simulated source's words: `CloudEvents` as a real telephone system would send them.
//!
//! Subjects are `sim-<day>-<number>`, ids `<subject>-<n>` with n from 1 in order of time, so the
//! same stretch told twice is a duplicate.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::{SETTLED_AFTER_DAYS, SOURCE, Sim, SimContact, roster, simulate_day};
use crate::domain::event::{EventKind, Fact, Millis, Place, Purpose, Score};
use crate::domain::period::{days, local_day, timestamp};

/// A sign of life is sent this often.
const HEARTBEAT_MS: Millis = 15_000;
/// Who is on duty is told this often.
const CAPACITY_MS: Millis = 300_000;

/// One event in the structured JSON form of `CloudEvents` 1.0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WireEvent {
    /// Always "1.0".
    pub specversion: &'static str,
    /// Names the event within its source.
    pub id: String,
    /// The source.
    pub source: String,
    /// `org.quietline.….v1`
    #[serde(rename = "type")]
    pub kind: String,
    /// The contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// RFC 3339.
    pub time: String,
    /// What the event needs beyond that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<WireData>,
    /// The instant of `time`.
    #[serde(skip)]
    pub at_ms: Millis,
}

/// `data`, with only what an event needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the wire format")]
pub struct WireData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staffed: Option<usize>,
}

/// Everything the simulated source says in `[from_ms, to_ms)`, in order of time. For one stretch;
/// who goes on from there keeps a [`Timeline`].
#[must_use]
pub fn events_between(sim: &Sim, from_ms: Millis, to_ms: Millis) -> Vec<WireEvent> {
    let mut timeline = Timeline::default();
    let mut events = timeline.contact_events(sim, from_ms, to_ms);
    events.extend(signals_between(sim, from_ms, to_ms));
    events.sort_by_key(|event| event.at_ms);
    events
}

/// Simulated days that are kept while time passes over them.
#[derive(Debug, Default)]
pub struct Timeline {
    days: BTreeMap<Date, DayFacts>,
    /// Contacts of earlier days are not told: whoever asks has them already.
    first_day: Option<Date>,
}

#[derive(Debug)]
struct DayFacts {
    contacts: Vec<SimContact>,
    /// Instant, contact, fact; in order of time.
    order: Vec<(Millis, usize, usize)>,
}

impl Timeline {
    /// A timeline that tells only of contacts of `first_day` and later ones.
    #[must_use]
    pub fn starting(first_day: Date) -> Self {
        Self {
            days: BTreeMap::new(),
            first_day: Some(first_day),
        }
    }

    /// What is said about contacts in `[from_ms, to_ms)`, in order of time. Stretches may only
    /// move forward: days that are long over are forgotten.
    pub fn contact_events(&mut self, sim: &Sim, from_ms: Millis, to_ms: Millis) -> Vec<WireEvent> {
        let zone = &sim.centre.zone;
        let oldest = local_day(from_ms, zone).saturating_sub(SETTLED_AFTER_DAYS.days());
        let oldest = self.first_day.map_or(oldest, |first| first.max(oldest));
        // A caller who joins just after midnight rang before it: tomorrow is needed as well.
        let end = local_day(to_ms, zone).saturating_add(2.days());
        self.days = self.days.split_off(&oldest);
        let mut found = Vec::new();
        for day in days(oldest, end) {
            let facts = self.days.entry(day);
            let facts = facts.or_insert_with(|| DayFacts::of(simulate_day(sim, day)));
            found.extend(facts.between(from_ms, to_ms).map(|told| (told, day)));
        }
        found.sort_unstable();
        let prefix = source_prefix(sim);
        let events = found.into_iter().map(|((at_ms, contact, fact), day)| {
            let contact = &self.days[&day].contacts[contact];
            tell(&prefix, contact, fact, at_ms)
        });
        events.collect()
    }
}

impl DayFacts {
    fn of(contacts: Vec<SimContact>) -> Self {
        let mut order: Vec<_> = contacts
            .iter()
            .enumerate()
            .flat_map(|(c, contact)| {
                let facts = contact.facts.iter().enumerate();
                facts.map(move |(f, (at_ms, _))| (*at_ms, c, f))
            })
            .collect();
        order.sort_unstable();
        Self { contacts, order }
    }

    fn between(
        &self,
        from_ms: Millis,
        to_ms: Millis,
    ) -> impl Iterator<Item = (Millis, usize, usize)> {
        let start = self.order.partition_point(|(at_ms, ..)| *at_ms < from_ms);
        let rest = self.order[start..].iter().copied();
        rest.take_while(move |(at_ms, ..)| *at_ms < to_ms)
    }
}

/// Heartbeats and capacity reports in `[from_ms, to_ms)`, in order of time.
#[must_use]
pub fn signals_between(sim: &Sim, from_ms: Millis, to_ms: Millis) -> Vec<WireEvent> {
    let prefix = source_prefix(sim);
    let mut events: Vec<WireEvent> = multiples(HEARTBEAT_MS, from_ms, to_ms)
        .map(|at_ms| signal(&prefix, EventKind::Heartbeat, "hb", at_ms, None))
        .collect();
    for at_ms in multiples(CAPACITY_MS, from_ms, to_ms) {
        for line in &sim.centre.lines {
            let data = WireData {
                line: Some(line.id.clone()),
                staffed: Some(roster::staffed_at(sim, &line.id, at_ms)),
                ..WireData::default()
            };
            let name = format!("cap-{}", line.id);
            let report = signal(&prefix, EventKind::Capacity, &name, at_ms, Some(data));
            events.push(report);
        }
    }
    events.sort_by_key(|event| event.at_ms);
    events
}

fn multiples(step_ms: Millis, from_ms: Millis, to_ms: Millis) -> impl Iterator<Item = Millis> {
    let first = (from_ms + step_ms - 1).div_euclid(step_ms) * step_ms;
    std::iter::successors(Some(first), move |at_ms| Some(at_ms + step_ms))
        .take_while(move |at_ms| *at_ms < to_ms)
}

fn source_prefix(sim: &Sim) -> String {
    let source = sim.centre.source(SOURCE);
    source.map_or_else(|| SOURCE.to_owned(), |source| source.prefix.clone())
}

fn signal(
    prefix: &str,
    kind: EventKind,
    name: &str,
    at_ms: Millis,
    data: Option<WireData>,
) -> WireEvent {
    WireEvent {
        specversion: "1.0",
        id: format!("{name}-{at_ms}"),
        source: prefix.to_owned(),
        kind: wire_type(kind),
        subject: None,
        time: timestamp(at_ms).to_string(),
        data,
        at_ms,
    }
}

fn wire_type(kind: EventKind) -> String {
    format!("org.quietline.{}.v1", kind.name())
}

fn tell(prefix: &str, contact: &SimContact, fact: usize, at_ms: Millis) -> WireEvent {
    let subject = contact.subject();
    let (kind, data) = word(&contact.facts[fact].1);
    WireEvent {
        specversion: "1.0",
        id: format!("{subject}-{}", fact + 1),
        source: prefix.to_owned(),
        kind: wire_type(kind),
        subject: Some(subject),
        time: timestamp(at_ms).to_string(),
        data: (data != WireData::default()).then_some(data),
        at_ms,
    }
}

fn at_place(place: &Place) -> WireData {
    WireData {
        line: Some(place.line.clone()),
        channel: Some(place.channel.name()),
        ..WireData::default()
    }
}

fn scored(scale: &'static str, score: u8) -> WireData {
    WireData {
        scale: Some(scale),
        score: Some(score),
        ..WireData::default()
    }
}

fn word(fact: &Fact) -> (EventKind, WireData) {
    let mut data = WireData::default();
    let kind = match fact {
        Fact::Attempted(place) => return (EventKind::Attempted, at_place(place)),
        Fact::Refused(place) => return (EventKind::Refused, at_place(place)),
        Fact::Offered(place) => return (EventKind::Offered, at_place(place)),
        Fact::Transferred(place) => return (EventKind::Transferred, at_place(place)),
        Fact::Scored(Score::Csat(score)) => return (EventKind::Scored, scored("csat", *score)),
        Fact::Scored(Score::Nps(score)) => return (EventKind::Scored, scored("nps", *score)),
        Fact::Scored(Score::Ces(score)) => return (EventKind::Scored, scored("ces", *score)),
        Fact::Ended { handle_ms } => {
            data.handle_ms = *handle_ms;
            EventKind::Ended
        }
        Fact::Classified(purpose) => {
            data.purpose = Some(*purpose);
            EventKind::Classified
        }
        Fact::Resolved(resolved) => {
            data.resolved = Some(*resolved);
            EventKind::Resolved
        }
        Fact::ComplaintOpened(cause) => {
            data.cause = Some(cause.clone());
            EventKind::ComplaintOpened
        }
        Fact::LeftMenu => EventKind::LeftMenu,
        Fact::SelfServed => EventKind::SelfServed,
        Fact::Answered => EventKind::Answered,
        Fact::AnsweredAt(site) => {
            data.site = Some(site.clone());
            EventKind::Answered
        }
        Fact::Abandoned => EventKind::Abandoned,
        Fact::Deflected => EventKind::Deflected,
        Fact::CallbackRequested => EventKind::CallbackRequested,
        Fact::CallbackKept => EventKind::CallbackKept,
        Fact::CallbackFailed => EventKind::CallbackFailed,
        Fact::Surveyed => EventKind::Surveyed,
        Fact::ComplaintClosed => EventKind::ComplaintClosed,
        Fact::Withdrawn => EventKind::Withdrawn,
        Fact::Lost => EventKind::Lost,
    };
    (kind, data)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::domain::period::Span;
    use jiff::civil::date;
    use std::collections::BTreeSet;

    fn monday(sim: &Sim) -> Span {
        Span::of_day(date(2026, 5, 18), &sim.centre.zone)
    }

    #[test]
    fn stretches_told_one_after_the_other_are_the_whole() {
        let sim = sample::sim();
        let span = monday(&sim);
        let whole = events_between(&sim, span.start_ms, span.end_ms);
        assert!(whole.is_sorted_by_key(|event| event.at_ms));
        let middle_ms = span.start_ms + 11 * 3_600_000 + 17;
        let mut parts = events_between(&sim, span.start_ms, middle_ms);
        parts.extend(events_between(&sim, middle_ms, span.end_ms));
        assert_eq!(whole, parts);
        let ids: BTreeSet<&str> = whole.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), whole.len());
    }

    #[test]
    fn a_timeline_that_moves_on_tells_the_same_as_one_that_is_new() {
        let sim = sample::sim();
        let span = monday(&sim);
        let noon_ms = span.start_ms + 12 * 3_600_000;
        let mut timeline = Timeline::default();
        let _ = timeline.contact_events(&sim, span.start_ms, noon_ms);
        let later = timeline.contact_events(&sim, noon_ms, noon_ms + 60_000);
        let anew = Timeline::default().contact_events(&sim, noon_ms, noon_ms + 60_000);
        assert_eq!(later, anew);
        assert!(!later.is_empty());
    }

    #[test]
    fn heartbeats_come_every_15_seconds_and_capacity_every_5_minutes() {
        let sim = sample::sim();
        let from_ms = monday(&sim).start_ms;
        let signals = signals_between(&sim, from_ms, from_ms + 600_000);
        let of = |kind: EventKind| {
            let wanted = wire_type(kind);
            signals.iter().filter(move |s| s.kind == wanted).count()
        };
        assert_eq!(of(EventKind::Heartbeat), 40);
        assert_eq!(of(EventKind::Capacity), 2 * sim.centre.lines.len());
    }

    #[test]
    fn nothing_is_told_about_contacts_before_the_first_day() {
        let sim = sample::sim();
        let span = monday(&sim);
        let all = Timeline::default().contact_events(&sim, span.start_ms, span.end_ms);
        let first = date(2026, 5, 18);
        let some = Timeline::starting(first).contact_events(&sim, span.start_ms, span.end_ms);
        let before = |event: &&WireEvent| {
            let subject = event.subject.as_deref().unwrap_or_default();
            !subject.starts_with("sim-2026-05-18") && !subject.starts_with("sim-2026-05-19")
        };
        assert!(all.iter().filter(before).count() > 50);
        assert_eq!(some.iter().filter(before).count(), 0);
    }

    #[test]
    fn an_event_is_a_cloud_event() {
        let sim = sample::sim();
        let from_ms = monday(&sim).start_ms + 10 * 3_600_000;
        let events = Timeline::default().contact_events(&sim, from_ms, from_ms + 60_000);
        let offered = events.iter().find(|e| e.kind.contains("offered")).unwrap();
        let json = serde_json::to_value(offered).unwrap();
        assert_eq!(json["specversion"], "1.0");
        assert_eq!(json["type"], "org.quietline.contact.offered.v1");
        let subject = json["subject"].as_str().unwrap();
        assert!(json["id"].as_str().unwrap().starts_with(subject));
        assert!(json["data"]["line"].is_string() && json["data"]["channel"].is_string());
        assert!(json["data"].get("handle_ms").is_none());
    }
}
