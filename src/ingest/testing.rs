//! For tests of this side: a small centre, and the other end of the writer's queue, which folds
//! events into contacts in memory exactly as the rules of counting say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::door::Door;
use super::keys::KeyMaker;
use super::writer::{SubmitError, WriterHandle};
use crate::domain::batch::{Applied, Batch, Receipt};
use crate::domain::centre::{Cause, Centre, Channel, Line, SiteKind};
use crate::domain::contact::Contact;
use crate::domain::event::{ContactKey, Event, EventId, EventKind, Millis, Signal};
use crate::domain::period::Span;
use crate::domain::tally::{Tally, contribution};
use crate::domain::testing;
use crate::domain::volume::{Register, RegisterKey};

/// 2026-08-07T09:30:00Z, the instant at which all tests of this side take place.
pub const NOW_MS: Millis = 1_786_095_000_000;

/// Two lines and two sources: `pbx` may send everything, `crm` may only classify.
pub fn small_centre() -> Centre {
    let all = EventKind::ALL.iter().map(|(kind, _)| *kind).collect();
    let line = |id: &str, channels: &[Channel]| Line {
        channels: channels.to_vec(),
        ..testing::line(id)
    };
    Centre {
        zone_name: "Europe/Zurich".to_owned(),
        zone: TimeZone::get("Europe/Zurich").unwrap(),
        lines: vec![
            line("billing", &[Channel::Voice, Channel::Chat]),
            line("moving", &[Channel::Email]),
        ],
        causes: causes_with_a_retired_one(),
        sites: vec![
            testing::site("town", SiteKind::InHouse),
            testing::site("dial", SiteKind::Partner),
        ],
        sources: vec![
            testing::sender("pbx", all),
            testing::sender("crm", vec![EventKind::Classified]),
        ],
        ..testing::centre(&[])
    }
}

/// The usual ones of tests, and "fax", which is retired from the day of all tests on.
fn causes_with_a_retired_one() -> Vec<Cause> {
    let retired = Cause {
        retired: Some(date(2026, 8, 7)),
        ..testing::cause("fax")
    };
    let usual = testing::centre(&[]).causes;
    usual.into_iter().chain([retired]).collect()
}

pub fn keys() -> KeyMaker {
    KeyMaker::new(&[7; 32])
}

pub fn small_door() -> Door {
    Door::new(&small_centre(), keys())
}

/// Everything that was taken in.
#[derive(Debug, Default)]
pub struct Folded {
    pub contacts: BTreeMap<ContactKey, Contact>,
    pub signals: BTreeMap<EventId, (Millis, Signal)>,
    pub registers: BTreeMap<RegisterKey, Register>,
    pub covers: Vec<Span>,
    pub batches: usize,
    pub rejected: i64,
}

impl Folded {
    fn apply(&mut self, event: Event) -> Applied {
        match event {
            Event::Contact(event) => {
                let contact = self.contacts.entry(event.contact).or_default();
                match (contact.merge(event), contact.has_start()) {
                    (false, _) => Applied::Duplicate,
                    (true, true) => Applied::Counted,
                    (true, false) => Applied::Orphan,
                }
            }
            Event::Volume(key, register) => {
                let standing = self.registers.get(&key);
                if standing.is_some_and(|standing| !register.wins_over(standing)) {
                    return Applied::Duplicate;
                }
                self.registers.insert(key, register);
                Applied::Counted
            }
            Event::Signal {
                event,
                at_ms,
                signal,
                ..
            } => match self.signals.insert(event, (at_ms, signal)) {
                None => Applied::Counted,
                Some(_) => Applied::Duplicate,
            },
        }
    }

    fn take(&mut self, batch: Batch) -> Receipt {
        self.batches += 1;
        self.rejected += batch.rejected;
        self.covers.extend(batch.covers);
        let outcomes = batch.events.into_iter().map(|event| self.apply(event));
        Receipt {
            outcomes: outcomes.collect(),
        }
    }

    /// The sum over all contacts.
    pub fn tally(&self, zone: &TimeZone) -> Tally {
        let contacts = self.contacts.values();
        contacts
            .filter_map(|contact| contribution(contact, zone))
            .map(|(_, tally)| tally)
            .sum()
    }
}

/// A writer that folds in memory. Ends when the last handle is dropped.
pub fn folding_writer() -> (WriterHandle, Arc<Mutex<Folded>>) {
    let (handle, mut queue) = WriterHandle::channel();
    let folded = Arc::new(Mutex::new(Folded::default()));
    let shared = Arc::clone(&folded);
    tokio::spawn(async move {
        while let Some((batch, answer)) = queue.recv().await {
            let receipt = shared.lock().unwrap().take(batch);
            let _ = answer.send(Ok(receipt));
        }
    });
    (handle, folded)
}

/// A writer that always answers the same.
pub fn answering_writer(answer: Result<Applied, SubmitError>) -> WriterHandle {
    let (handle, mut queue) = WriterHandle::channel();
    tokio::spawn(async move {
        while let Some((batch, reply)) = queue.recv().await {
            let outcomes = |applied| vec![applied; batch.events.len()];
            let _ = reply.send(answer.clone().map(|applied| Receipt {
                outcomes: outcomes(applied),
            }));
        }
    });
    handle
}
