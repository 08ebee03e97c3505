//! Where the events of a file go: to the writer of this process, or to a running server.

use super::covers::{DayRange, spans, write_ranges};
use super::post::{Poster, Sent};
use super::wire::WireEvent;
use super::writer::WriterHandle;
use crate::clock::Clock;
use crate::domain::batch::{Applied, Batch};
use crate::domain::event::Event;
use jiff::tz::TimeZone;

/// Events of some rows that are sent together.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// As the door admitted them.
    pub events: Vec<Event>,
    /// The same events, in the same order, as a live source would send them.
    pub wires: Vec<WireEvent<'static>>,
    /// Local days that are covered now.
    pub covers: Vec<DayRange>,
    /// Events of rows that the door refused.
    pub rejected: i64,
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed something.
    TakenIn,
    /// It changed nothing.
    Duplicate,
    /// It was refused; why.
    Refused(String),
}

/// Takes batches in and answers when they are durable.
pub trait SubmitBatches {
    /// One outcome for each event, in order.
    ///
    /// # Errors
    /// If the batch could not be taken in at all. It may be sent again.
    fn submit(
        &mut self,
        outgoing: Outgoing,
    ) -> impl Future<Output = anyhow::Result<Vec<Outcome>>> + Send;
}

/// The writer of this process.
#[derive(Debug)]
pub struct WriterSink {
    /// Its queue.
    pub writer: WriterHandle,
    /// Id of the source.
    pub source: String,
    /// The zone in which days are covered.
    pub zone: TimeZone,
    /// Tells when a batch came in.
    pub clock: Clock,
}

impl SubmitBatches for WriterSink {
    async fn submit(&mut self, outgoing: Outgoing) -> anyhow::Result<Vec<Outcome>> {
        let batch = Batch {
            source: self.source.clone(),
            received_ms: self.clock.now_ms(),
            events: outgoing.events,
            covers: spans(&outgoing.covers, &self.zone),
            rejected: outgoing.rejected,
            mark: None,
        };
        let receipt = self.writer.submit_patiently(batch).await?;
        let outcome = |applied: Applied| match applied {
            Applied::Counted | Applied::Orphan => Outcome::TakenIn,
            Applied::Duplicate => Outcome::Duplicate,
            Applied::Sealed => Outcome::Refused(
                "sealed: its day is sealed, contacts can no longer start in it".to_owned(),
            ),
        };
        Ok(receipt.outcomes.into_iter().map(outcome).collect())
    }
}

/// A running server.
#[derive(Debug)]
pub struct HttpSink {
    /// Its ingest address and token.
    pub poster: Poster,
}

impl SubmitBatches for HttpSink {
    async fn submit(&mut self, outgoing: Outgoing) -> anyhow::Result<Vec<Outcome>> {
        let covers = write_ranges(&outgoing.covers);
        let mut query = vec![("list", "duplicates")];
        if !covers.is_empty() {
            query.push(("covers", covers.as_str()));
        }
        let sent = self.poster.post(&outgoing.wires, &query).await?;
        Ok(outcomes(outgoing.wires.len(), sent))
    }
}

fn outcomes(events: usize, sent: Sent) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::TakenIn; events];
    for index in sent.duplicate_indexes {
        if let Some(outcome) = outcomes.get_mut(index) {
            *outcome = Outcome::Duplicate;
        }
    }
    for refused in sent.rejected {
        if let Some(outcome) = outcomes.get_mut(refused.index) {
            *outcome = Outcome::Refused(format!("{}: {}", refused.reason, refused.detail));
        }
    }
    outcomes
}
