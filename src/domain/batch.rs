//! What passes between the door, the writer and the live state.

use std::sync::Arc;

use super::contact::Contact;
use super::event::{ContactKey, Event, EventId, Millis, Signal};
use super::period::Span;

/// Events of one source that are committed together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Id of the source in centre.toml.
    pub source: String,
    /// When they came in.
    pub received_ms: Millis,
    /// The events, in the order in which they are answered.
    pub events: Vec<Event>,
    /// Spans that an import covers.
    pub covers: Vec<Span>,
    /// Events of the same request that were refused at the door; they are counted, not kept.
    pub rejected: i64,
    /// How far its file is read with this batch, if it comes from one.
    pub mark: Option<Mark>,
}

/// How far a growing file is read: kept with what was read, so that nothing is lost or told twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What tells the file from others, whatever it is called: a hash of its first line.
    pub file: String,
    /// Bytes read, whole lines only.
    pub offset: i64,
    /// Time of its last line that told one; 0 if none did.
    pub line_ms: Millis,
    /// When it was read.
    pub read_ms: Millis,
    /// Something may be missing before this: what is known begins anew.
    pub after_gap: bool,
}

/// What became of each event of a batch, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// One for each event.
    pub outcomes: Vec<Applied>,
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It changed its contact, or its signal was recorded.
    Counted,
    /// It changed nothing.
    Duplicate,
    /// Kept, but the start of its contact is not known yet.
    Orphan,
    /// Refused: it would start a contact in a sealed day.
    Sealed,
}

/// What one commit changed; sent to the live state after the commit.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// When it was committed.
    pub at_ms: Millis,
    /// The contacts it touched, as they are now.
    pub contacts: Vec<(ContactKey, Arc<Contact>)>,
    /// Signals.
    pub signals: Vec<(EventId, Millis, Signal)>,
    /// Signs of life: source and instant.
    pub seen: Vec<(String, Millis)>,
}
