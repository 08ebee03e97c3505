//! The door: what of a sender's event may come in, and why the rest may not.
//!
//! Pure: it is given the instant, and knows neither HTTP nor files. After it a subject is a key,
//! a line is one of the centre, and nothing that could carry a name or a number is left.

mod listed;

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::instant::read_instant;
use super::keys::{KeyMaker, without_subject};
pub use super::refusal::{Reason, Refusal, Rejection};
use super::wire::{Text, WireData, WireEvent};
use crate::domain::centre::{Centre, Channel};
use crate::domain::event::{
    ContactEvent, ContactKey, Event, EventId, EventKind, Fact, Millis, Place, Purpose, Score,
    Signal,
};
use crate::domain::volume::{Register, RegisterKey, is_in_step};

/// Longest `id`, `source` and `subject`, in characters: room for two UUIDs and a path.
pub const MOST_CHARACTERS: usize = 256;
/// Clocks differ; an event further ahead than this would count in a time that has not come.
pub const MOST_AHEAD_MS: i64 = 5 * 60 * 1_000;
/// 1980-01-01T00:00:00Z. Earlier instants are clocks that were never set.
pub const EARLIEST_MS: Millis = 315_532_800_000;
/// A leg with a person that is said to be longer than seven days is a mistake in its unit.
const MOST_HANDLE_MS: i64 = 7 * 86_400_000;
/// The largest whole number that every JSON reader keeps exactly.
const MOST_REVISION: i64 = (1 << 53) - 1;
/// No line is staffed by more people than this.
const MOST_STAFFED: i64 = 100_000;
/// Counted spans are at most a day.
const MOST_SECONDS: i64 = 86_400;
/// More attempts than this in one span are a mistake.
const MOST_ATTEMPTS: i64 = 10_000_000;
/// What the door knows of a line.
#[derive(Debug)]
struct KnownLine {
    channels: Vec<Channel>,
}

/// What the door knows of a source.
#[derive(Debug)]
struct KnownSource {
    id: String,
    prefix: String,
    namespace: String,
    may: Vec<EventKind>,
}

/// The rules of a centre about what may come in.
#[derive(Debug)]
pub struct Door {
    lines: HashMap<String, KnownLine>,
    line_ids: String,
    causes: Vec<(String, Option<Date>)>,
    sites: Vec<String>,
    sources: HashMap<String, KnownSource>,
    zone: TimeZone,
    keys: KeyMaker,
}

/// The door as one source meets it at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Threshold<'d> {
    door: &'d Door,
    source: &'d KnownSource,
    now_ms: Millis,
}

impl Door {
    /// The rules of a centre.
    #[must_use]
    pub fn new(centre: &Centre, keys: KeyMaker) -> Self {
        let lines = centre.lines.iter().map(|line| {
            let channels = line.channels.clone();
            (line.id.clone(), KnownLine { channels })
        });
        let sources = centre.sources.iter().map(|source| {
            let known = KnownSource {
                id: source.id.clone(),
                prefix: source.prefix.clone(),
                namespace: source.namespace.clone(),
                may: source.may.clone(),
            };
            (source.id.clone(), known)
        });
        let causes = centre.causes.iter();
        let causes = causes.map(|cause| (cause.id.clone(), cause.retired));
        let ids: Vec<&str> = centre.lines.iter().map(|line| line.id.as_str()).collect();
        Self {
            lines: lines.collect(),
            line_ids: ids.join(", "),
            causes: causes.collect(),
            sites: centre.sites.iter().map(|site| site.id.clone()).collect(),
            sources: sources.collect(),
            zone: centre.zone.clone(),
            keys,
        }
    }

    /// The zone of the centre.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The door for a source of the centre, by its id; `None` if the centre has no such source.
    #[must_use]
    pub fn open_to(&self, source: &str, now_ms: Millis) -> Option<Threshold<'_>> {
        let source = self.sources.get(source)?;
        Some(Threshold {
            door: self,
            source,
            now_ms,
        })
    }
}

impl Threshold<'_> {
    /// Takes one event in, or says why not.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn admit(&self, wire: &WireEvent<'_>) -> Result<Event, Refusal> {
        if needed("specversion", wire.specversion.as_ref())? != "1.0" {
            return Err(Refusal::new(
                Reason::WrongSpecversion,
                "specversion must be \"1.0\"",
            ));
        }
        let id = name("id", wire.id.as_ref())?;
        let kind = self.admit_kind(wire)?;
        self.admit_source(wire)?;
        let time = needed("time", wire.time.as_ref())?;
        let at_ms = self.admit_instant("time", time)?;
        if wire.data_base64.is_some() {
            return Err(Refusal::new(
                Reason::EncodedData,
                "data_base64 is not read; send data as a JSON object",
            ));
        }
        let nothing = WireData::default();
        let data = wire.data.as_ref().map_or(&nothing, |data| &data.0);
        let revision = ranged(
            "data.revision",
            data.revision.unwrap_or(0),
            0,
            MOST_REVISION,
        )?;
        if kind == EventKind::Volume {
            return self.volume((id, at_ms, revision), data);
        }
        let source = self.source.id.clone();
        if let Some(signal) = self.signal(kind, data)? {
            let id = id.to_owned();
            return Ok(Event::Signal {
                event: EventId { id, source },
                at_ms,
                revision,
                signal,
            });
        }
        let subject = name("subject", wire.subject.as_ref())?;
        let fact = self.fact(kind, at_ms, data)?;
        Ok(Event::Contact(ContactEvent {
            contact: self.key(subject),
            event: EventId {
                id: without_subject(id, subject),
                source,
            },
            at_ms,
            revision,
            fact,
        }))
    }

    fn key(&self, subject: &str) -> ContactKey {
        self.door.keys.key(&self.source.namespace, subject)
    }

    fn admit_kind(&self, wire: &WireEvent<'_>) -> Result<EventKind, Refusal> {
        let kind_name = needed("type", wire.kind.as_ref())?;
        let Some(kind) = EventKind::from_wire(kind_name) else {
            return Err(Refusal::new(
                Reason::UnknownType,
                format!(
                    "type {} is not one of org.quietline.….v1",
                    quoted(kind_name)
                ),
            ));
        };
        // A sign of life says nothing about anybody, so every source may give one.
        if kind != EventKind::Heartbeat && !self.source.may.contains(&kind) {
            return Err(Refusal::new(
                Reason::TypeNotAllowed,
                format!(
                    "source {} may not send {}; see `may` of this source in centre.toml",
                    quoted(&self.source.id),
                    kind.name()
                ),
            ));
        }
        Ok(kind)
    }

    fn admit_source(&self, wire: &WireEvent<'_>) -> Result<(), Refusal> {
        let source = name("source", wire.source.as_ref())?;
        if source.starts_with(&self.source.prefix) {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::WrongSource,
            format!(
                "source {} does not start with {}, which this token stands for",
                quoted(source),
                quoted(&self.source.prefix)
            ),
        ))
    }

    fn admit_instant(&self, field: &str, text: &str) -> Result<Millis, Refusal> {
        let at_ms = read_instant(field, text)?;
        if at_ms > self.now_ms + MOST_AHEAD_MS {
            let ahead = (at_ms - self.now_ms) / 1_000;
            return Err(Refusal::new(
                Reason::Future,
                format!("{field} {text} is {ahead} s ahead of the server's clock; at most 300 s"),
            ));
        }
        if at_ms < EARLIEST_MS {
            return Err(Refusal::new(
                Reason::TooOld,
                format!("{field} {text} is before 1980: a clock that was never set"),
            ));
        }
        Ok(at_ms)
    }

    fn line<'w>(&self, data: &'w WireData<'_>) -> Result<(&'w str, &KnownLine), Refusal> {
        let line = needed("data.line", data.line.as_ref())?;
        match self.door.lines.get(line) {
            Some(known) => Ok((line, known)),
            None => Err(Refusal::new(
                Reason::UnknownLine,
                format!(
                    "line {} is not in the centre's description; it has: {}",
                    quoted(line),
                    self.door.line_ids
                ),
            )),
        }
    }

    fn place(&self, data: &WireData<'_>) -> Result<Place, Refusal> {
        let (line, known) = self.line(data)?;
        let channel = match data.channel.as_deref() {
            None => known.channels.first().copied(),
            Some(word) => Channel::from_name(word).filter(|c| known.channels.contains(c)),
        };
        let Some(channel) = channel else {
            let words: Vec<&str> = known.channels.iter().map(|c| c.name()).collect();
            let word = data.channel.as_deref().unwrap_or_default();
            return Err(Refusal::new(
                Reason::UnknownChannel,
                format!(
                    "channel {} is not one of line {}; it has: {}",
                    quoted(word),
                    quoted(line),
                    words.join(", ")
                ),
            ));
        };
        Ok(Place {
            line: line.to_owned(),
            channel,
        })
    }

    /// What is not about a contact; `None` for kinds that are.
    fn signal(&self, kind: EventKind, data: &WireData<'_>) -> Result<Option<Signal>, Refusal> {
        let signal = match kind {
            EventKind::Heartbeat => Signal::Heartbeat,
            EventKind::Capacity => Signal::Capacity {
                line: self.line(data)?.0.to_owned(),
                staffed: number("data.staffed", data.staffed, 0, MOST_STAFFED)?,
            },
            _ => return Ok(None),
        };
        Ok(Some(signal))
    }

    fn volume(
        &self,
        (id, at_ms, revision): (&str, Millis, i64),
        data: &WireData<'_>,
    ) -> Result<Event, Refusal> {
        let place = self.place(data)?;
        let start = needed("data.start", data.start.as_ref())?;
        let start_ms = self.admit_instant("data.start", start)?;
        let seconds = number("data.seconds", data.seconds, 1, MOST_SECONDS)?;
        let attempts = number("data.attempts", data.attempts, 0, MOST_ATTEMPTS)?;
        if !is_in_step(start_ms, seconds, &self.door.zone) {
            return Err(Refusal::new(
                Reason::OutOfStep,
                format!(
                    "{seconds} s from {start} lie across two times of the local clock; a span \
                     that divides an hour starts at a multiple of itself, any other ends on the \
                     day it starts"
                ),
            ));
        }
        let key = RegisterKey {
            start_ms,
            place,
            source: self.source.id.clone(),
        };
        let register = Register {
            revision,
            at_ms,
            event: id.to_owned(),
            attempts,
            seconds,
        };
        Ok(Event::Volume(key, register))
    }

    fn fact(&self, kind: EventKind, at_ms: Millis, data: &WireData<'_>) -> Result<Fact, Refusal> {
        Ok(match kind {
            EventKind::Attempted => Fact::Attempted(self.place(data)?),
            EventKind::Refused => Fact::Refused(self.place(data)?),
            EventKind::Offered => Fact::Offered(self.place(data)?),
            EventKind::Transferred => Fact::Transferred(self.place(data)?),
            EventKind::LeftMenu => Fact::LeftMenu,
            EventKind::SelfServed => Fact::SelfServed,
            EventKind::Answered => match &data.site {
                Some(site) => Fact::AnsweredAt(self.site(site)?),
                None => Fact::Answered,
            },
            EventKind::Abandoned => Fact::Abandoned,
            EventKind::Deflected => Fact::Deflected,
            EventKind::Surveyed => Fact::Surveyed,
            EventKind::Withdrawn => Fact::Withdrawn,
            EventKind::Lost => Fact::Lost,
            EventKind::CallbackRequested => Fact::CallbackRequested,
            EventKind::CallbackKept => Fact::CallbackKept,
            EventKind::CallbackFailed => Fact::CallbackFailed,
            EventKind::ComplaintClosed => Fact::ComplaintClosed,
            EventKind::ComplaintOpened => Fact::ComplaintOpened(self.cause(at_ms, data)?),
            EventKind::Classified => Fact::Classified(purpose(data)?),
            EventKind::Scored => Fact::Scored(score(data)?),
            EventKind::Resolved => {
                Fact::Resolved(data.resolved.ok_or_else(|| missing("data.resolved"))?)
            }
            EventKind::Ended => Fact::Ended {
                handle_ms: data
                    .handle_ms
                    .map(|ms| ranged("data.handle_ms", ms, 0, MOST_HANDLE_MS))
                    .transpose()?,
            },
            EventKind::Heartbeat | EventKind::Capacity | EventKind::Volume => {
                return Err(Refusal::new(
                    Reason::UnknownType,
                    "this type is not about a contact",
                ));
            }
        })
    }
}

fn purpose(data: &WireData<'_>) -> Result<Purpose, Refusal> {
    Ok(match needed("data.purpose", data.purpose.as_ref())? {
        "information" => Purpose::Information,
        "transaction" => Purpose::Transaction,
        "problem" => Purpose::Problem,
        "complaint" => Purpose::Complaint,
        "idea" => Purpose::Idea,
        "compliment" => Purpose::Compliment,
        other => {
            let detail = format!(
                "purpose {} is not one of: information, transaction, problem, complaint, idea, \
                 compliment",
                quoted(other)
            );
            return Err(Refusal::new(Reason::UnknownPurpose, detail));
        }
    })
}

fn score(data: &WireData<'_>) -> Result<Score, Refusal> {
    let (make, least, most): (fn(u8) -> Score, _, _) =
        match needed("data.scale", data.scale.as_ref())? {
            "csat" => (Score::Csat, 1, 5),
            "nps" => (Score::Nps, 0, 10),
            "ces" => (Score::Ces, 1, 7),
            other => {
                let detail = format!("scale {} is not one of: csat, nps, ces", quoted(other));
                return Err(Refusal::new(Reason::UnknownScale, detail));
            }
        };
    let score = number("data.score", data.score, least, most)?;
    Ok(make(u8::try_from(score).unwrap_or_default()))
}

fn missing(field: &str) -> Refusal {
    Refusal::new(Reason::MissingField, format!("{field} is missing"))
}

/// A text that must be there.
fn needed<'w>(field: &str, text: Option<&'w Text<'_>>) -> Result<&'w str, Refusal> {
    match text {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(missing(field)),
    }
}

/// A text that names something: there, not too long, without control characters.
fn name<'w>(field: &str, text: Option<&'w Text<'_>>) -> Result<&'w str, Refusal> {
    let text = needed(field, text)?;
    // A text of few bytes has few characters; only long ones need to be counted.
    if text.len() > MOST_CHARACTERS {
        let characters = text.chars().count();
        if characters > MOST_CHARACTERS {
            return Err(Refusal::new(
                Reason::TooLong,
                format!("{field} has {characters} characters; at most {MOST_CHARACTERS}"),
            ));
        }
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::new(
            Reason::ControlCharacter,
            format!("{field} contains a control character"),
        ));
    }
    Ok(text)
}

fn number(field: &str, value: Option<i64>, least: i64, most: i64) -> Result<i64, Refusal> {
    ranged(field, value.ok_or_else(|| missing(field))?, least, most)
}

fn ranged(field: &str, value: i64, least: i64, most: i64) -> Result<i64, Refusal> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Refusal::new(
        Reason::OutOfRange,
        format!("{field} is {value}; it must be {least} to {most}"),
    ))
}

/// A sender's word in a sentence: cut, so that an answer cannot grow with what was sent.
fn quoted(word: &str) -> String {
    let shown: String = word.chars().take(40).collect();
    let more = if shown.len() < word.len() { "…" } else { "" };
    format!("{:?}", format!("{shown}{more}"))
}
