//! The task that keeps the live state and sends a frame every second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::ahead::Outlook;
use super::frame::LineNow;
use super::hub::Hub;
use super::learning::{empty_learner, read_learner};
use super::outlook::{read_day, read_outlooks};
use super::publish::{DaySoFar, Scene, describe};
use super::shown::{ShownScores, Told};
use super::state::{CAPACITY_MS, State};
use crate::domain::batch::Committed;
use crate::domain::card::{Foresights, Score};
use crate::domain::centre::{Centre, Line};
use crate::domain::event::Millis;
use crate::domain::period::{IntervalStart, local_day};
use crate::forecast::live_wait::LiveWaits;
use crate::forecast::minutes::MinutesRange;
use crate::forecast::profile::{MOST_WEEKS, RECENT_WEEKS};
use crate::store::Store;
use crate::store::forecasts::ScoreKey;

/// Contacts of this long before the start are replayed: on a Monday there is a Friday in it.
const REPLAY_MS: i64 = 4 * 24 * 3_600 * 1_000;

/// An interval is read this long after its end, when the sign of life that covers its last
/// seconds has come.
const READ_AFTER_MS: i64 = 60 * 1_000;

/// How long after a full second its frame is made.
const TICK_AFTER_MS: i64 = 200;

/// Usual weeks and opening hours by line.
pub type Outlooks = BTreeMap<String, Outlook>;

/// Late events and corrections change intervals that are over: they are read again this often.
const READ_AGAIN_MS: i64 = 10 * 1_000;

/// Makes the sentence of a verdict in the centre's first language.
pub type Say = Box<dyn Fn(&Line, &LineNow) -> String + Send + Sync>;

/// Scores of what was shown, to be kept: each in place of the one of its key before.
pub type ShownSender = mpsc::Sender<Vec<(ScoreKey, Score)>>;

/// Everything that frames are made from, kept up to date.
pub struct Live {
    store: Store,
    centre: Arc<Centre>,
    hub: Hub,
    say: Say,
    state: State,
    outlooks: watch::Sender<Arc<Outlooks>>,
    foresights: watch::Receiver<Arc<Foresights>>,
    day: DaySoFar,
    /// When the day was last read.
    read_ms: Millis,
    /// The usual weeks that are being read, if they are.
    reading: Option<oneshot::Receiver<Outlooks>>,
    /// The learner of live waits that is being rebuilt, if it is.
    learning: Option<oneshot::Receiver<LiveWaits>>,
    shown: ShownScores,
    keep_shown: Option<ShownSender>,
}

impl Live {
    /// Rebuilds the state from the database and sends the first frame. The usual weeks are those
    /// of the last 8 weeks at first; the longer past is read while frames are already sent.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn start(
        store: Store,
        centre: Arc<Centre>,
        hub: Hub,
        say: Say,
    ) -> sqlx::Result<Self> {
        let now_ms = hub.clock().now_ms();
        let contacts = store.contacts_since(now_ms - REPLAY_MS).await?;
        let mut state = State::rebuild(contacts.into_iter(), now_ms);
        for (source, span) in store.last_live_spans().await? {
            state.note_life(&source, span.end_ms);
        }
        for (source, line, at_ms, staffed) in store.capacity_since(now_ms - CAPACITY_MS).await? {
            state.note_capacity(&source, &line, at_ms, staffed);
        }
        let outlooks = read_outlooks(&store, &centre, now_ms, RECENT_WEEKS).await?;
        let today = local_day(now_ms, &centre.zone);
        let kept = store.scores(today, today.saturating_add(1.day())).await?;
        let mut live = Self {
            store,
            centre,
            hub,
            say,
            state,
            outlooks: watch::Sender::new(Arc::new(outlooks)),
            // Nobody holds the other end: nothing is forecast.
            foresights: watch::channel(Arc::default()).1,
            day: DaySoFar::default(),
            read_ms: now_ms,
            reading: None,
            learning: None,
            shown: ShownScores::resume(kept),
            keep_shown: None,
        };
        live.tick(now_ms).await;
        live.read_longer_past(now_ms);
        live.rebuild_learner(now_ms);
        Ok(live)
    }

    /// Also says what is forecast for the next days.
    #[must_use]
    pub fn with_foresights(mut self, foresights: watch::Receiver<Arc<Foresights>>) -> Self {
        self.foresights = foresights;
        self.foresights.mark_changed();
        self
    }

    /// Also hands on how the ranges turned out that were shown.
    #[must_use]
    pub fn with_shown(mut self, keep: ShownSender) -> Self {
        self.keep_shown = Some(keep);
        self
    }

    /// The usual weeks as they are known now and will be known later; for the pages.
    #[must_use]
    pub fn outlooks(&self) -> watch::Receiver<Arc<Outlooks>> {
        self.outlooks.subscribe()
    }

    /// Follows what is committed until the writer is gone.
    pub async fn run(mut self, mut committed: UnboundedReceiver<Committed>) {
        let mut seconds = tokio::time::interval_at(
            Instant::now() + until_next_tick(self.hub.clock().now_ms()),
            Duration::from_secs(1),
        );
        seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                // A flood of commits must not hold back the frame that tells of it.
                biased;
                _ = seconds.tick() => {
                    let now_ms = self.hub.clock().now_ms();
                    self.tick(now_ms).await;
                }
                batch = committed.recv() => match batch {
                    Some(batch) => self.state.apply(&batch),
                    None => return,
                },
            }
        }
    }

    /// Takes in one commit; for those who drive the ticks themselves.
    pub fn apply(&mut self, committed: &Committed) {
        self.state.apply(committed);
    }

    /// Brings everything up to `now_ms` and sends a frame.
    pub async fn tick(&mut self, now_ms: Millis) {
        self.state.forget(now_ms);
        if let Err(error) = self.read_what_is_over(now_ms).await {
            // The frame goes out with what is known; the next second tries again.
            tracing::warn!(%error, "cannot read today's intervals");
        }
        let outlooks = Arc::clone(&self.outlooks.borrow());
        let scene = Scene {
            centre: &self.centre,
            state: &self.state,
            outlooks: &outlooks,
            day: &self.day,
            say: &*self.say,
        };
        if let Err(error) = self.hub.publish(describe(&scene, now_ms), now_ms) {
            tracing::error!(%error, "cannot write the frame");
        }
        self.judge_shown(now_ms);
    }

    /// Remembers what the frame tells to those who join now, and hands on how earlier ones did.
    fn judge_shown(&mut self, now_ms: Millis) {
        self.shown
            .add(self.state.take_outcomes(), &self.centre.zone);
        if let Some(frame) = self.hub.newest() {
            let told = frame.now.lines.iter().filter_map(|line| {
                let told = Told {
                    at_ms: frame.at_ms,
                    range: MinutesRange::from(line.wait?),
                    expected_secs: self.state.figures(&line.id, frame.at_ms).estimate_secs?,
                };
                Some((line.id.clone(), told))
            });
            let told: Vec<(String, Told)> = told.collect();
            self.state.note_told(told);
        }
        let Some(keep) = &self.keep_shown else { return };
        let due = self.shown.due(now_ms);
        // Where the writer is behind, the next second tries again.
        if !due.is_empty() && keep.try_send(due).is_ok() {
            self.shown.handed_on(now_ms);
        }
    }

    async fn read_what_is_over(&mut self, now_ms: Millis) -> sqlx::Result<()> {
        if let Some(read) = &mut self.reading
            && let Ok(outlooks) = read.try_recv()
        {
            self.outlooks.send_replace(Arc::new(outlooks));
            self.reading = None;
            self.foresights.mark_changed();
        }
        self.look_for_learner();
        self.look_ahead();
        let zone = &self.centre.zone;
        let today = local_day(now_ms, zone);
        let is_new_day = local_day(self.day.start_ms, zone) != today;
        let until = IntervalStart::containing(now_ms - READ_AFTER_MS);
        let is_old = now_ms - self.read_ms >= READ_AGAIN_MS;
        if is_new_day || is_old || until.ms() > self.day.until_ms {
            self.read_ms = now_ms;
            let was_known = self.day.until_ms > 0;
            self.day = read_day(&self.store, &self.centre, today, until).await?;
            if is_new_day && was_known {
                self.read_longer_past(now_ms);
            }
        }
        Ok(())
    }

    /// Puts new forecasts beside the usual weeks.
    fn look_ahead(&mut self) {
        // An error means that nobody forecasts any more: what was said last stays.
        if !self.foresights.has_changed().unwrap_or(false) {
            return;
        }
        let foresights = Arc::clone(&self.foresights.borrow_and_update());
        self.outlooks.send_modify(|outlooks| {
            for (line, outlook) in Arc::make_mut(outlooks) {
                outlook.foresight = foresights.get(line).cloned();
            }
        });
    }

    /// Follows the learner once it is there.
    fn look_for_learner(&mut self) {
        let Some(rebuilt) = &mut self.learning else {
            return;
        };
        let learner = match rebuilt.try_recv() {
            Ok(learner) => learner,
            Err(TryRecvError::Empty) => return,
            // It could not be rebuilt: it learns from now on.
            Err(TryRecvError::Closed) => empty_learner(),
        };
        self.learning = None;
        self.state.follow_learner(learner);
    }

    /// Rebuilds the learner in the background; a month of contacts takes too long for a second.
    fn rebuild_learner(&mut self, now_ms: Millis) {
        let (done, rebuilt) = oneshot::channel();
        self.learning = Some(rebuilt);
        let store = self.store.clone();
        tokio::spawn(async move {
            match read_learner(&store, now_ms).await {
                // Nobody waits for it any more when the server has stopped.
                Ok(learner) => drop(done.send(learner)),
                Err(error) => tracing::warn!("cannot learn from the last weeks: {error:#}"),
            }
        });
    }

    /// Reads the usual weeks in the background; half a year takes too long for a second.
    fn read_longer_past(&mut self, now_ms: Millis) {
        let (done, reading) = oneshot::channel();
        self.reading = Some(reading);
        let (store, centre) = (self.store.clone(), Arc::clone(&self.centre));
        tokio::spawn(async move {
            match read_outlooks(&store, &centre, now_ms, MOST_WEEKS).await {
                // Nobody waits for it any more when the server has stopped.
                Ok(outlooks) => drop(done.send(outlooks)),
                Err(error) => tracing::warn!(%error, "cannot read the usual weeks"),
            }
        });
    }
}

/// Ticks come a little after each full second: on the boundary, jitter would put two ticks into one
/// second, of which one is not sent, and none into the next.
fn until_next_tick(now_ms: Millis) -> Duration {
    let wait_ms = (TICK_AFTER_MS - now_ms).rem_euclid(1_000);
    Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
}

#[cfg(test)]
mod tests;
