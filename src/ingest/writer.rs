//! The one writer: groups what waits into one transaction, commits with fsync, then answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::civil::Date;
use tokio::sync::{Notify, mpsc, oneshot};

use super::apply::Memory;
use super::retention;
use crate::clock::Clock;
use crate::domain::batch::{Batch, Committed, Receipt};
use crate::domain::card::{Issued, Score};
use crate::domain::centre::Centre;
use crate::domain::event::Millis;
use crate::domain::facts::DayFacts;
use crate::domain::tally::{CellKey, Tally};
use crate::meter;
use crate::store::forecasts::ScoreKey;
use crate::store::seal::DayCells;
use crate::store::{LeaseError, Store, StoreWriter, is_disk_full};

/// Events committed together at most: beyond this a commit's cost no longer shows.
const EVENTS_A_COMMIT: usize = 4_096;

/// Batches that may wait; with more, senders are told to come again (503).
const BATCHES_WAITING: usize = 256;

/// How often contacts without an end, and days past retention, are looked for.
const UPKEEP_EVERY: Duration = Duration::from_mins(1);

/// Why a batch was not taken. Nothing of it was kept; it may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too much is waiting: come again in a moment.
    #[error("too many batches are waiting")]
    Busy,
    /// The disk is full.
    #[error("the disk of the database is full")]
    Full,
    /// The writer has stopped.
    #[error("the writer has stopped")]
    Stopped,
    /// The database failed.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// A day of a past that is known as cells only, to be written and sealed.
#[derive(Clone, Debug)]
pub struct PastDay {
    /// The local day.
    pub day: Date,
    /// All its cells.
    pub cells: BTreeMap<CellKey, Tally>,
    /// What its contacts were followed by, on whatever day.
    pub facts: DayFacts,
}

/// Forecasts to be kept and scores to be written.
#[derive(Clone, Debug, Default)]
pub struct Foretelling {
    /// What was issued.
    pub issued: Vec<Issued>,
    /// What is known of how earlier ones turned out.
    pub scores: Vec<(ScoreKey, Score)>,
    /// What was issued before this day is scored and may go.
    pub forget_before: Option<Date>,
}

/// Days of the past written in one transaction.
const PAST_DAYS_A_COMMIT: usize = 30;

type Answer = oneshot::Sender<Result<Receipt, SubmitError>>;

/// The end of the queue at which batches come out.
pub type Waiting = mpsc::Receiver<(Batch, Answer)>;

/// Hands batches to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WriterHandle {
    queue: mpsc::Sender<(Batch, Answer)>,
}

impl WriterHandle {
    /// A handle and the end at which its batches come out; the writer's own, and tests'.
    #[must_use]
    pub fn channel() -> (Self, Waiting) {
        let (queue, waiting) = mpsc::channel(BATCHES_WAITING);
        (Self { queue }, waiting)
    }

    /// How many batches wait, and how many may.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (BATCHES_WAITING - self.queue.capacity(), BATCHES_WAITING)
    }

    /// Returns after the events are durable.
    ///
    /// # Errors
    /// See `SubmitError`; nothing of the batch was kept.
    pub async fn submit(&self, batch: Batch) -> Result<Receipt, SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send((batch, answer))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
                mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
            })?;
        answered.await.unwrap_or(Err(SubmitError::Stopped))
    }

    /// Like `submit`, but waits for a place in the queue: for imports, which are in no hurry.
    ///
    /// # Errors
    /// See `SubmitError`; nothing of the batch was kept.
    pub async fn submit_patiently(&self, batch: Batch) -> Result<Receipt, SubmitError> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .send((batch, answer))
            .await
            .map_err(|_| SubmitError::Stopped)?;
        answered.await.unwrap_or(Err(SubmitError::Stopped))
    }
}

/// The writing task; it owns the lease.
#[derive(Debug)]
pub struct Writer {
    centre: Arc<Centre>,
    clock: Clock,
    store: StoreWriter,
    memory: Memory,
    past: mpsc::Receiver<PastDay>,
    foretelling: mpsc::Receiver<Foretelling>,
    committed: mpsc::UnboundedSender<Committed>,
}

impl Writer {
    /// Takes the lease and reads what must be known before the first batch.
    ///
    /// # Errors
    /// If another process writes (it is named), or the database fails.
    pub async fn open(
        store: &Store,
        centre: Arc<Centre>,
        clock: Clock,
        committed: mpsc::UnboundedSender<Committed>,
    ) -> anyhow::Result<Self> {
        let writing = store.writer(clock.now_ms()).await?;
        let zone = store.meta_or("zone", || centre.zone_name.clone()).await?;
        anyhow::ensure!(
            zone == centre.zone_name,
            "the days of this database were cut in the zone {zone}, the centre's zone is {}; \
             set it back, or import the history into a new database",
            centre.zone_name
        );
        let sealed = store
            .sealed_days()
            .await
            .context("reading the sealed days")?;
        let spans = store
            .last_live_spans()
            .await
            .context("reading the coverage")?;
        let memory = Memory::new(Arc::clone(&centre), sealed.into_keys().collect(), spans);
        // Nobody holds the other ends: nothing comes.
        let ((_, past), (_, foretelling)) = (mpsc::channel(1), mpsc::channel(1));
        Ok(Self {
            centre,
            clock,
            store: writing,
            memory,
            past,
            foretelling,
            committed,
        })
    }

    /// Also writes these days of the past, whenever nothing else is to be done.
    #[must_use]
    pub fn with_past(mut self, past: mpsc::Receiver<PastDay>) -> Self {
        self.past = past;
        self
    }

    /// Also keeps forecasts and scores, whenever nothing else is to be done.
    #[must_use]
    pub fn with_foretelling(mut self, foretelling: mpsc::Receiver<Foretelling>) -> Self {
        self.foretelling = foretelling;
        self
    }

    /// Writes until every handle is gone.
    ///
    /// # Errors
    /// If another process took the lease over while a server was away.
    pub async fn run(self, waiting: Waiting) -> anyhow::Result<()> {
        let relieved_by_nobody = Arc::new(Notify::new());
        self.run_until_relieved(waiting, relieved_by_nobody)
            .await
            .map(|_| ())
    }

    /// Writes until every handle is gone, or another writer is to take over: what waits then is
    /// given back for it. The lease is given back too.
    ///
    /// # Errors
    /// As `run`.
    pub async fn run_until_relieved(
        mut self,
        mut waiting: Waiting,
        relief: Arc<Notify>,
    ) -> anyhow::Result<Waiting> {
        self.look_after().await?;
        let mut upkeep =
            tokio::time::interval_at(tokio::time::Instant::now() + UPKEEP_EVERY, UPKEEP_EVERY);
        upkeep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = relief.notified() => {
                    if let Err(error) = self.store.give_back().await {
                        tracing::warn!("the lease ends with its connection: {error}");
                    }
                    return Ok(waiting);
                }
                _ = upkeep.tick() => self.look_after().await?,
                next = waiting.recv() => {
                    let Some(first) = next else { return Ok(waiting) };
                    let (batches, answers) = collect(first, &mut waiting);
                    self.write(batches, answers).await?;
                }
                Some(told) = self.foretelling.recv() => self.write_foretelling(&told).await?,
                Some(day) = self.past.recv() => self.write_past(day).await?,
            }
        }
    }

    async fn write_past(&mut self, first: PastDay) -> anyhow::Result<()> {
        let mut days = vec![first];
        while days.len() < PAST_DAYS_A_COMMIT
            && let Ok(next) = self.past.try_recv()
        {
            days.push(next);
        }
        let now_ms = self.clock.now_ms();
        write_sealed(&mut self.store, &days, now_ms).await?;
        self.memory
            .sealed
            .extend(days.into_iter().map(|day| day.day));
        Ok(())
    }

    async fn write_foretelling(&mut self, told: &Foretelling) -> anyhow::Result<()> {
        let Err(error) = self.keep(told).await else {
            return Ok(());
        };
        // They can be made again from what is counted: the next night does.
        tracing::error!("keeping forecasts: {error}");
        self.mend().await
    }

    async fn keep(&mut self, told: &Foretelling) -> sqlx::Result<()> {
        let mut tx = self.store.begin().await?;
        for issued in &told.issued {
            tx.keep_forecast(issued).await?;
        }
        for (key, score) in &told.scores {
            tx.put_score(key, score).await?;
        }
        if let Some(day) = told.forget_before {
            tx.forget_forecasts(day).await?;
        }
        tx.commit().await
    }

    async fn look_after(&mut self) -> anyhow::Result<()> {
        if let Err(error) = self.upkeep().await {
            tracing::error!("looking for lost contacts and days to seal: {error:#}");
            self.memory.forget_contacts();
            self.mend().await?;
        }
        Ok(())
    }

    async fn write(&mut self, batches: Vec<Batch>, answers: Vec<Answer>) -> anyhow::Result<()> {
        let number = batches.len();
        let began = Instant::now();
        let result = self.commit(batches).await;
        meter::COMMITS.observe(began.elapsed());
        let error = match result {
            Ok(receipts) => {
                for (answer, receipt) in answers.into_iter().zip(receipts) {
                    // A sender that went away will ask again and be told "duplicate".
                    let _ = answer.send(Ok(receipt));
                }
                return Ok(());
            }
            Err(error) => error,
        };
        tracing::error!("writing {number} batches: {error}");
        self.memory.forget_contacts();
        let told = if is_disk_full(&error) {
            SubmitError::Full
        } else {
            SubmitError::Failed(error.to_string())
        };
        for answer in answers {
            let _ = answer.send(Err(told.clone()));
        }
        self.mend().await
    }

    /// Brings the connection in order after a failure; the next batch tries again.
    async fn mend(&mut self) -> anyhow::Result<()> {
        match self.store.reconnect(self.clock.now_ms()).await {
            Err(error @ LeaseError::Held { .. }) => Err(error.into()),
            Err(error) => {
                tracing::warn!("the database is not back yet: {error}");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn commit(&mut self, batches: Vec<Batch>) -> sqlx::Result<Vec<Receipt>> {
        let now_ms = self.clock.now_ms();
        let mut tx = self.store.begin().await?;
        let mut outcome = self.memory.apply(&mut tx, batches, now_ms).await?;
        tx.commit().await?;
        self.memory.remember(&outcome);
        let receipts = std::mem::take(&mut outcome.receipts);
        // Nobody listens during an import.
        let _ = self.committed.send(outcome.committed);
        Ok(receipts)
    }

    /// Records contacts without an end as lost and seals days past retention.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn upkeep(&mut self) -> anyhow::Result<()> {
        let now_ms = self.clock.now_ms();
        let lost = {
            let mut tx = self.store.begin().await?;
            retention::lost_contacts(&mut tx, &self.centre, now_ms).await?
        };
        if let Some(batch) = lost {
            self.commit(vec![batch])
                .await
                .context("recording lost contacts")?;
        }
        let mut tx = self.store.begin().await?;
        let sealed = retention::seal_days(&mut tx, &self.centre, now_ms).await?;
        tx.commit().await.context("sealing days")?;
        if !sealed.is_empty() {
            self.memory.sealed.extend(sealed);
            self.memory.forget_contacts();
        }
        Ok(())
    }
}

/// Writes days that are known as cells only, and seals them.
///
/// # Errors
/// If the database fails; then none of them was written.
pub async fn write_sealed(
    store: &mut StoreWriter,
    days: &[PastDay],
    now_ms: Millis,
) -> anyhow::Result<()> {
    let mut tx = store.begin().await.context("writing past days")?;
    for past in days {
        tx.put_cells(&past.cells, now_ms)
            .await
            .context("writing past days")?;
        tx.add_facts(&past.facts, now_ms)
            .await
            .context("writing past days")?;
        tx.freeze_facts(&past.facts, now_ms)
            .await
            .context("writing past days")?;
        let hash = DayCells::from_cells(&past.cells).hash();
        tx.seal_day(past.day, &hash, now_ms)
            .await
            .context("sealing past days")?;
    }
    tx.commit().await.context("writing past days")
}

/// Everything that waits, up to the size of one commit.
fn collect(first: (Batch, Answer), waiting: &mut Waiting) -> (Vec<Batch>, Vec<Answer>) {
    let mut events = first.0.events.len();
    let mut group = vec![first];
    while events < EVENTS_A_COMMIT
        && let Ok(next) = waiting.try_recv()
    {
        events += next.0.events.len();
        group.push(next);
    }
    group.into_iter().unzip()
}
