//! What the pages know, from the store, the live feed and the definitions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::ToSpan;
use jiff::civil::{Date, Time};

use tokio::sync::watch;

use super::book::Book;
use crate::clock::Clock;
use crate::domain::centre::{Centre, Line};
use crate::domain::coverage::Coverage;
use crate::domain::event::Millis;
use crate::domain::hours::{open_half_hours, opening_spans};
use crate::domain::measures::{Kind, MEASURES, Measure};
use crate::domain::period::{Span, local_day};
use crate::domain::published::Series;
use crate::domain::series::{RawData, SeriesRequest, needs, series};
use crate::domain::volume::{FinestGrains, finest_grains};
use crate::forecast::profile::{WeekProfile, slot_index};
use crate::live::frame::{Now, WaitRange};
use crate::live::hub::Hub;
use crate::live::runner::Outlooks;
use crate::site::figures::{
    Definition, Figures, SeriesAsk, SourceState, WeekCell, WeekRow, WeekTable,
};
use crate::store::Store;

/// What was read of the coverage is believed this long.
const COVERAGE_FOR_MS: i64 = 5_000;

/// The figures of a running centre.
pub struct LiveFigures {
    centre: Arc<Centre>,
    store: Store,
    clock: Clock,
    hub: Hub,
    outlooks: watch::Receiver<Arc<Outlooks>>,
    definitions: Vec<Definition>,
    book: Book,
    known: Mutex<Option<(Millis, Arc<Known>)>>,
}

/// What is known of which time, and how finely.
struct Known {
    coverage: Coverage,
    finest: FinestGrains,
}

impl LiveFigures {
    /// Figures of a centre from its store and feed.
    #[must_use]
    pub fn new(
        centre: Arc<Centre>,
        store: Store,
        clock: Clock,
        hub: Hub,
        outlooks: watch::Receiver<Arc<Outlooks>>,
    ) -> Self {
        let definitions = MEASURES.iter().map(definition).collect();
        Self {
            book: Book::new(store.clone(), Arc::clone(&centre)),
            centre,
            store,
            clock,
            hub,
            outlooks,
            definitions,
            known: Mutex::new(None),
        }
    }

    async fn known(&self) -> anyhow::Result<Arc<Known>> {
        let now_ms = self.clock.now_ms();
        let kept = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((read_ms, known)) = kept
            && (now_ms - read_ms).abs() < COVERAGE_FOR_MS
        {
            return Ok(known);
        }
        let spans = self.store.coverage(Millis::MIN, Millis::MAX).await;
        let spans = spans.context("reading the coverage")?;
        let extents = self
            .store
            .coverage_extents()
            .await
            .context("reading the coverage")?;
        let live = extents.into_iter().filter(|extent| extent.live);
        let until: BTreeMap<String, Millis> = live.map(|extent| (extent.source, now_ms)).collect();
        let counted = self.store.counted_spans().await;
        let known = Arc::new(Known {
            coverage: Coverage::new(&self.centre, &spans, &until, now_ms),
            finest: finest_grains(counted.context("reading the spans that are counted")?),
        });
        let mut kept = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now_ms, Arc::clone(&known)));
        Ok(known)
    }

    async fn read_series(&self, ask: SeriesAsk) -> anyhow::Result<Series> {
        let now_ms = self.clock.now_ms();
        let measure = Measure::from_id(ask.measure).context("a measure that is not defined")?;
        let span = Span {
            start_ms: ask.from_ms,
            end_ms: ask.to_ms,
        };
        let request = SeriesRequest::of_span(&ask.line, measure, ask.grain, span, &self.centre);
        let needed = needs(&request, &self.centre, now_ms);
        let records = self.book.records(&needed, now_ms).await;
        let records = records.context("reading cells")?;
        let known = self.known().await?;
        let centre = Arc::clone(&self.centre);
        // Deciding what is withheld of a year of hours keeps a processor busy for a while.
        let work = move || {
            let hours = |line: &Line, day: Date| opening_spans(line, day, &centre.zone);
            let raw = RawData {
                records: &records,
                coverage: &known.coverage,
                hours: &hours,
                finest: &known.finest,
                now_ms,
            };
            series(&request, &raw, &centre)
        };
        tokio::task::spawn_blocking(work)
            .await
            .context("putting a series together")
    }
}

fn definition(measure: &'static Measure) -> Definition {
    Definition {
        id: measure.id,
        unit: measure.unit,
        formula: measure.formula,
        meaning: measure.words,
        version: measure.version,
        since: measure.since.to_string(),
        is_count: matches!(measure.kind, Kind::Count(_)),
        within_day: measure.finer_than_day,
    }
}

impl Figures for LiveFigures {
    fn at_ms(&self) -> Millis {
        self.clock.now_ms()
    }

    fn now(&self) -> Option<Arc<Now>> {
        self.hub.newest().map(|frame| Arc::clone(&frame.now))
    }

    fn week(&self, line: &str) -> BoxFuture<'_, anyhow::Result<Arc<WeekTable>>> {
        let table = self.centre.line(line).map(|line| {
            let outlooks = Arc::clone(&self.outlooks.borrow());
            let unknown = WeekProfile::unknown();
            let profile = outlooks
                .get(&line.id)
                .map_or(&unknown, |outlook| &outlook.profile);
            week_table(&self.centre, line, profile, self.clock.now_ms())
        });
        async move {
            Ok(Arc::new(
                table.context("a line that the centre does not have")?,
            ))
        }
        .boxed()
    }

    fn series(&self, ask: SeriesAsk) -> BoxFuture<'_, anyhow::Result<Series>> {
        self.read_series(ask).boxed()
    }

    fn sources(&self) -> BoxFuture<'_, anyhow::Result<Vec<SourceState>>> {
        async move {
            let extents = self
                .store
                .coverage_extents()
                .await
                .context("reading the coverage")?;
            let seen = |id: &str| {
                let own = extents.iter().filter(|extent| extent.source == id);
                own.map(|extent| extent.span.end_ms).max()
            };
            let sources = self.centre.sources.iter();
            Ok(sources
                .map(|source| SourceState {
                    id: source.id.clone(),
                    last_seen_ms: seen(&source.id),
                })
                .collect())
        }
        .boxed()
    }

    fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    fn first_day(&self) -> BoxFuture<'_, anyhow::Result<Option<Date>>> {
        async move {
            let bounds = self
                .store
                .day_bounds()
                .await
                .context("reading the first day")?;
            Ok(bounds.map(|(first, _)| first))
        }
        .boxed()
    }

    fn last_day(&self) -> BoxFuture<'_, anyhow::Result<Option<Date>>> {
        async move {
            let bounds = self.store.day_bounds().await;
            let bounds = bounds.context("reading the last day")?;
            Ok(bounds.map(|(_, last)| last))
        }
        .boxed()
    }
}

/// The usual week as a table: a row for each half hour that is open on some weekday. The opening
/// hours are those of an ordinary week: a holiday next Monday does not close every Monday.
fn week_table(centre: &Centre, line: &Line, profile: &WeekProfile, now_ms: Millis) -> WeekTable {
    let ordinary = Line {
        holidays: Vec::new(),
        ..line.clone()
    };
    let today = local_day(now_ms, &centre.zone);
    let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let mut open = [[false; 48]; 7];
    for day in 0..7 {
        let day = monday.saturating_add(day.days());
        for half in open_half_hours(&ordinary, day, &centre.zone) {
            let (weekday, half) = slot_index(half.start_ms, &centre.zone);
            open[weekday][half] = true;
        }
    }
    let mut rows = Vec::new();
    for half in 0..48_usize {
        if !open.iter().any(|day| day[half]) {
            continue;
        }
        let mut cells = [WeekCell::Closed; 7];
        for weekday in (0..7).filter(|weekday| open[*weekday][half]) {
            cells[weekday] = week_cell(profile, weekday, half);
        }
        rows.push(WeekRow {
            start: half_hour(half),
            cells,
        });
    }
    let facts = profile.facts();
    WeekTable {
        line: line.id.clone(),
        weeks: 8,
        rows,
        busiest: facts.busiest_day.into_iter().collect(),
        quietest: facts
            .quietest
            .map(|quiet| (quiet.weekday, half_hour(quiet.from_half))),
    }
}

fn half_hour(half: usize) -> Time {
    let half = i8::try_from(half % 48).unwrap_or_default();
    Time::constant(half / 2, half % 2 * 30, 0, 0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index from 0 to 100"
)]
fn week_cell(profile: &WeekProfile, weekday: usize, half: usize) -> WeekCell {
    let slot = &profile.slots[weekday][half];
    match (slot.typical, profile.busy_index(weekday, half)) {
        (Some(typical), Some(index)) => WeekCell::Usual {
            wait: WaitRange {
                low_mins: typical.low_mins,
                high_mins: typical.high_mins,
            },
            busy_index: index.clamp(0.0, 100.0).round() as u8,
        },
        _ if slot.expected_contacts.is_some() => WeekCell::FewCalls,
        _ => WeekCell::NoData,
    }
}
