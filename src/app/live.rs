//! Keeps the live state: what was committed goes in, once a second a frame comes out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use jiff::ToSpan;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::batch::Committed;
use crate::domain::centre::{Centre, Line};
use crate::domain::event::{EventId, Millis, Signal};
use crate::domain::hours::{open_half_hours, opening_spans};
use crate::domain::period::{IntervalStart, Span, day_start_ms, days, local_day};
use crate::domain::tally::Tally;
use crate::forecast::profile::{History, WeekProfile, build_profile};
use crate::live::frame::LineNow;
use crate::live::hub::Hub;
use crate::live::publish::{DaySoFar, Outlook, Scene, describe};
use crate::live::state::State;
use crate::store::Store;

/// A frame a second at most.
const FRAME_EVERY: Duration = Duration::from_secs(1);

/// How often today's closed intervals are read again: late events correct them.
const TODAY_EVERY_MS: i64 = 10_000;

/// How often the usual week is made anew.
const PROFILES_EVERY_MS: i64 = 15 * 60 * 1_000;

/// The usual week is made of this many weeks at most.
const PROFILE_WEEKS: i64 = 26;

/// Contacts of this many days calibrate the ranges after a start.
const CALIBRATION_DAYS: i64 = 14;

/// Opening hours are looked up for this many days ahead: a verdict sees the next 12 opening hours.
const DAYS_AHEAD: i64 = 10;

/// How far back a capacity report may lie and still count.
const CAPACITY_MS: i64 = 15 * 60 * 1_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Makes the sentence of a verdict in the centre's first language.
pub type Say = dyn Fn(&Line, &LineNow) -> String + Send + Sync;

/// Usual weeks by line, shared with the pages.
pub type Profiles = Arc<RwLock<Arc<BTreeMap<String, Outlook>>>>;

/// What the loop works with.
pub struct LiveLoop {
    /// The description.
    pub centre: Arc<Centre>,
    /// For today's cells and the usual week.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Where frames go.
    pub hub: Hub,
    /// Usual weeks, for the pages too.
    pub profiles: Profiles,
    /// Sentences.
    pub say: Box<Say>,
}

impl LiveLoop {
    /// The live state of the database as it stands, and the first frame.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn start(self) -> anyhow::Result<Running> {
        let now_ms = self.clock.now_ms();
        let since_ms = now_ms - CALIBRATION_DAYS * DAY_MS;
        let contacts = self.store.contacts_since(since_ms).await.context("reading contacts")?;
        let mut state = State::rebuild(contacts.into_iter(), now_ms);
        for (source, span) in self.store.last_live_spans().await? {
            state.note_life(&source, span.end_ms);
        }
        state.apply(&capacity(&self.store, now_ms).await?);
        let mut running = Running {
            state,
            day: DaySoFar::default(),
            outlooks: Arc::default(),
            profiled_ms: now_ms,
            read_ms: now_ms,
            live: self,
        };
        running.read_profiles(now_ms).await?;
        running.read_today(now_ms).await?;
        running.publish(now_ms);
        Ok(running)
    }
}

async fn capacity(store: &Store, now_ms: Millis) -> anyhow::Result<Committed> {
    let reports = store.capacity_since(now_ms - CAPACITY_MS).await.context("reading capacity")?;
    let signal = |(source, line, at_ms, staffed)| {
        let event = EventId { id: String::new(), source };
        (event, at_ms, Signal::Capacity { line, staffed })
    };
    Ok(Committed {
        at_ms: now_ms,
        signals: reports.into_iter().map(signal).collect(),
        ..Committed::default()
    })
}

/// The loop with its state.
pub struct Running {
    live: LiveLoop,
    state: State,
    day: DaySoFar,
    outlooks: Arc<BTreeMap<String, Outlook>>,
    profiled_ms: Millis,
    read_ms: Millis,
}

impl Running {
    /// Runs until the writer is gone.
    pub async fn run(mut self, mut committed: mpsc::UnboundedReceiver<Committed>) {
        let mut ticks = tokio::time::interval(FRAME_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = ticks.tick() => self.tick().await,
                next = committed.recv() => match next {
                    Some(next) => self.state.apply(&next),
                    None => return,
                },
            }
        }
    }

    async fn tick(&mut self) {
        let now_ms = self.live.clock.now_ms();
        self.state.forget(now_ms);
        if now_ms - self.profiled_ms >= PROFILES_EVERY_MS {
            self.profiled_ms = now_ms;
            if let Err(error) = self.read_profiles(now_ms).await {
                tracing::error!("making the usual week anew: {error:#}");
            }
        }
        if now_ms - self.read_ms >= TODAY_EVERY_MS {
            self.read_ms = now_ms;
            if let Err(error) = self.read_today(now_ms).await {
                tracing::error!("reading today's intervals: {error:#}");
            }
        }
        self.publish(now_ms);
    }

    fn publish(&self, now_ms: Millis) {
        let scene = Scene {
            centre: &self.live.centre,
            state: &self.state,
            outlooks: &self.outlooks,
            day: &self.day,
            say: &*self.live.say,
        };
        if let Err(error) = self.live.hub.publish(describe(&scene, now_ms), now_ms) {
            tracing::error!("writing a frame: {error}");
        }
    }

    async fn read_today(&mut self, now_ms: Millis) -> anyhow::Result<()> {
        let zone = &self.live.centre.zone;
        let start_ms = day_start_ms(local_day(now_ms, zone), zone);
        let until = IntervalStart::containing(now_ms);
        let from = IntervalStart::containing(start_ms);
        let cells = self.live.store.interval_cells(from, until).await?;
        let mut by_line: BTreeMap<(String, IntervalStart), Tally> = BTreeMap::new();
        for (start, place, tally) in cells {
            *by_line.entry((place.line, start)).or_default() += &tally;
        }
        let span = Span { start_ms, end_ms: until.ms() };
        let covered = covered(&self.live.store, span).await?;
        let lines = self.live.centre.lines.iter();
        self.day = DaySoFar {
            start_ms,
            until_ms: until.ms(),
            cells: by_line,
            covered: lines.map(|line| (line.id.clone(), covered.clone())).collect(),
        };
        Ok(())
    }

    async fn read_profiles(&mut self, now_ms: Millis) -> anyhow::Result<()> {
        let centre = Arc::clone(&self.live.centre);
        let start_ms = now_ms - PROFILE_WEEKS * 7 * DAY_MS;
        let span = Span { start_ms, end_ms: now_ms };
        let from = IntervalStart::containing(start_ms);
        let cells = self.live.store.interval_cells(from, IntervalStart::containing(now_ms)).await?;
        let covered = covered(&self.live.store, span).await?;
        // Adding up half a year takes tens of milliseconds: not on the runtime's threads.
        let outlooks = tokio::task::spawn_blocking(move || {
            let lines = centre.lines.iter();
            let outlook = |line: &Line| {
                let open: Vec<Span> = days(local_day(start_ms, &centre.zone), local_day(now_ms, &centre.zone).saturating_add(1.day()))
                    .flat_map(|day| open_half_hours(line, day, &centre.zone))
                    .collect();
                let history = History {
                    cells: &cells,
                    open: &open,
                    covered: &|interval| covered.contains(&interval),
                    until_ms: now_ms,
                };
                let profile = build_profile(&line.id, &centre.zone, &history);
                (line.id.clone(), outlook(&centre, line, profile, now_ms))
            };
            lines.map(outlook).collect::<BTreeMap<_, _>>()
        })
        .await
        .context("making the usual week")?;
        self.outlooks = Arc::new(outlooks);
        if let Ok(mut shared) = self.live.profiles.write() {
            *shared = Arc::clone(&self.outlooks);
        }
        Ok(())
    }
}

fn outlook(centre: &Centre, line: &Line, profile: WeekProfile, now_ms: Millis) -> Outlook {
    let today = local_day(now_ms, &centre.zone);
    let ahead = || days(today, today.saturating_add(DAYS_AHEAD.days()));
    Outlook {
        profile,
        hours: ahead().flat_map(|day| opening_spans(line, day, &centre.zone)).collect(),
        halves: ahead().flat_map(|day| open_half_hours(line, day, &centre.zone)).collect(),
    }
}

/// The intervals of a span that some source covers whole.
async fn covered(store: &Store, span: Span) -> anyhow::Result<BTreeSet<IntervalStart>> {
    let spans = store.coverage(span.start_ms, span.end_ms).await.context("reading the coverage")?;
    let inside = spans.iter().flat_map(|(_, covered)| {
        let within = Span {
            start_ms: covered.start_ms.max(span.start_ms),
            end_ms: covered.end_ms.min(span.end_ms),
        };
        within.intervals().filter(move |interval| interval.next().ms() <= within.end_ms)
    });
    Ok(inside.collect())
}

/// Last sign of life of every source, for the pages.
pub type LastSeen = HashMap<String, Millis>;
