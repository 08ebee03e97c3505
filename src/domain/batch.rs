//! What travels to the writer and back: batches in, receipts and committed states out.
//!
//! Plain data; knows neither the queue it travels in nor the database.

use super::contact::Contact;
use super::event::{ContactKey, Event, EventId, Millis, Signal};
use super::period::Span;

/// Events of one source that are to be committed together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Id of the source in centre.toml.
    pub source: String,
    /// When it arrived.
    pub received_ms: Millis,
    /// The events, in the order in which they were sent.
    pub events: Vec<Event>,
    /// Spans that an import covers completely.
    pub covers: Vec<Span>,
}

/// What became of each event of a batch, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// One for each event.
    pub outcomes: Vec<Applied>,
}

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It changed something.
    Counted,
    /// It changed nothing.
    Duplicate,
    /// Kept until the start of its contact arrives.
    Orphan,
    /// Its day is sealed; it was rejected.
    Sealed,
}

/// Why a batch was not committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitError {
    /// The queue is full; try again later (503).
    Busy,
    /// The disk is full (507).
    Full,
    /// The writer has stopped.
    Stopped,
    /// The database refused, with its reason.
    Failed(String),
}

/// What one commit changed; sent after it is durable.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// When it was committed.
    pub at_ms: Millis,
    /// The state of each changed contact after the commit.
    pub contacts: Vec<(ContactKey, Contact)>,
    /// What sources said about themselves.
    pub signals: Vec<(EventId, Millis, Signal)>,
    /// Signs of life: source and instant.
    pub seen: Vec<(String, Millis)>,
}
