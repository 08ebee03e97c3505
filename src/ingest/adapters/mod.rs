//! Formats of telephone systems: bytes in, events as a live source would send them out.
//!
//! Pure: no file, no clock, no network. What comes out passes the same door as everything else.
//! Names, numbers and texts of people have no place in what comes out, so they end here.

pub mod asterisk;
pub mod chatwoot;
#[cfg(test)]
mod conformance;
pub mod connect;
pub mod freeswitch;
pub mod genesys;
mod json;
mod recent;
#[cfg(test)]
mod testing;
pub mod twilio;

use super::wire::{Object, WireData, WireEvent};
use crate::domain::event::{EventKind, Millis};
use crate::domain::period::timestamp;

/// What became of one line or message of a format.
#[derive(Clone, Debug)]
pub enum Said {
    /// It says this of contacts. The lines of a switch that restarts say something of each.
    Events(Vec<WireEvent<'static>>),
    /// It says nothing of contacts that count; why not, in a few words.
    Ignored(&'static str),
    /// It cannot be understood: a word, a colon, a sentence.
    Refused(String),
}

/// Makes events in the name of a source.
#[derive(Clone, Debug)]
pub struct Teller {
    source: String,
}

impl Teller {
    /// In the name of the source whose CloudEvents `source` begins with this.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self {
            source: prefix.to_owned(),
        }
    }

    /// An event with its id, its instant, its contact, and what else it needs.
    #[must_use]
    pub fn tell(
        &self,
        kind: EventKind,
        id: String,
        at_ms: Millis,
        subject: &str,
        data: WireData<'static>,
    ) -> WireEvent<'static> {
        let filled = data != WireData::default();
        WireEvent {
            specversion: Some("1.0".into()),
            id: Some(id.into()),
            source: Some(self.source.clone().into()),
            kind: Some(format!("org.quietline.{}.v1", kind.name()).into()),
            time: Some(timestamp(at_ms).to_string().into()),
            subject: (!subject.is_empty()).then(|| subject.to_owned().into()),
            data: filled.then_some(Object(data)),
            data_base64: None,
        }
    }
}
