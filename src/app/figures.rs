//! What the pages know, from the store, the live feed and the definitions.

use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::Context as _;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use tokio::sync::watch;

use super::book::Book;
use super::known::Known;
use super::merged::Merged;
use super::putting::Putting;
use super::rest_of_today::{ask_so_far, rest_of_today};
use super::weeks::{Recorded, week_of_past, week_table, weeks_before};
use crate::clock::Clock;
use crate::desk::{Actions, Occasions};
use crate::domain::card::{Foresight, Foretold};
use crate::domain::centre::Centre;
use crate::domain::edition::Shelf;
use crate::domain::event::Millis;
use crate::domain::facts::Scale;
use crate::domain::hours::opening_spans;
use crate::domain::measures::{MEASURES, Measure};
use crate::domain::period::{Grain, Span, local_day};
use crate::domain::published::Series;
use crate::domain::satisfaction::{ScoreShare, spread};
use crate::domain::series::beside::{Beside, beside, request_beside};
use crate::domain::series::{Common, Needs, Periods, RawData, SeriesRequest, WHOLE_CENTRE, needs};
use crate::forecast::minutes::MinutesRange;
use crate::forecast::profile::WeekProfile;
use crate::live::ahead::expect_halves;
use crate::live::frame::Now;
use crate::live::hub::Hub;
use crate::live::narrow::Ahead;
use crate::live::runner::Outlooks;
use crate::publish::ledger::Ledger;
use crate::publish::press::Press;
use crate::publish::standing::Standing;
use crate::site::figures::{
    Changes, Definition, Figures, Received, SeriesAsk, SourceState, WeekTable,
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
    book: Arc<Book>,
    periods: Arc<Periods>,
    known: Mutex<Option<(Millis, Arc<Known>)>>,
    occasions: Option<watch::Receiver<Occasions>>,
    actions: Option<watch::Receiver<Actions>>,
    press: OnceLock<Press>,
    standing: Option<Standing>,
    log: Option<watch::Receiver<Ledger>>,
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
        book: Arc<Book>,
    ) -> Self {
        let definitions = MEASURES.iter().map(definition).collect();
        Self {
            book,
            periods: Arc::default(),
            centre,
            store,
            clock,
            hub,
            outlooks,
            definitions,
            known: Mutex::new(None),
            occasions: None,
            actions: None,
            press: OnceLock::new(),
            standing: None,
            log: None,
        }
    }

    /// The same, told of the occasions.
    #[must_use]
    pub fn with_occasions(mut self, occasions: watch::Receiver<Occasions>) -> Self {
        self.occasions = Some(occasions);
        self
    }

    /// The same, told of the actions.
    #[must_use]
    pub fn with_actions(mut self, actions: watch::Receiver<Actions>) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Told of the editions, which are made of these figures; the first press stays.
    pub fn set_press(&self, press: Press) {
        // A second one is not put in its place: there is one in a process.
        let _ = self.press.set(press);
    }

    /// The same, told how the public record stands.
    #[must_use]
    pub fn with_standing(mut self, standing: Option<Standing>) -> Self {
        self.standing = standing;
        self
    }

    /// The same, showing no day as closed before its record is in the public log.
    #[must_use]
    pub fn with_log(mut self, log: watch::Receiver<Ledger>) -> Self {
        self.log = Some(log);
        self
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
        let known = Known::read(&self.store, &self.centre, now_ms).await?;
        let known = Arc::new(known);
        let mut kept = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now_ms, Arc::clone(&known)));
        Ok(known)
    }

    fn request(&self, ask: SeriesAsk) -> anyhow::Result<SeriesRequest> {
        let measure = Measure::from_id(ask.measure).context("a measure that is not defined")?;
        let span = Span {
            start_ms: ask.from_ms,
            end_ms: ask.to_ms,
        };
        Ok(SeriesRequest {
            cause: ask.cause,
            channel: ask.channel,
            site: ask.site,
            ..SeriesRequest::of_span(&ask.line, measure, ask.grain, span, &self.centre)
        })
    }

    /// Days that several series are made of are read once.
    async fn read_several(&self, asks: Vec<SeriesAsk>) -> anyhow::Result<Vec<Series>> {
        let now_ms = self.clock.now_ms();
        let mut all_needs: Vec<Needs> = Vec::new();
        let mut merged = Merged::of(asks);
        let mut requests = Vec::with_capacity(merged.asks.len());
        for ask in std::mem::take(&mut merged.asks) {
            let request = self.request(ask)?;
            let needed = needs(&request, &self.centre, now_ms);
            let place = all_needs.iter().position(|known| *known == needed);
            let place = place.unwrap_or_else(|| {
                all_needs.push(needed);
                all_needs.len() - 1
            });
            requests.push((request, place));
        }
        let read = self.book.several(&all_needs, now_ms).await;
        let read = read.context("reading cells")?;
        let known = self.known().await?;
        let putting = Putting {
            centre: Arc::clone(&self.centre),
            periods: Arc::clone(&self.periods),
            first_unrecorded: self.first_unrecorded(),
            read,
            known,
            now_ms,
        };
        Ok(merged.divide(&putting.all(requests).await?))
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
        is_count: measure.is_count(),
        within_day: measure.finest.is_within_day(),
        finest: measure.finest,
        whole_centre_only: measure.whole_centre_only,
    }
}

impl Figures for LiveFigures {
    fn at_ms(&self) -> Millis {
        self.clock.now_ms()
    }

    fn now(&self) -> Option<Arc<Now>> {
        self.hub.newest().map(|frame| Arc::clone(&frame.now))
    }

    fn ahead(&self, line: &str) -> Ahead {
        let outlooks = Arc::clone(&self.outlooks.borrow());
        let Some(outlook) = outlooks.get(line) else {
            return Ahead::default();
        };
        let zone = &self.centre.zone;
        let now = self.now();
        let now = now
            .as_deref()
            .and_then(|now| now.lines.iter().find(|known| known.id == line));
        let wait = now.and_then(|now| now.wait).map(MinutesRange::from);
        let surprise = outlook.surprise(wait, self.at_ms(), zone);
        Ahead {
            slots: expect_halves(outlook, surprise, zone).collect(),
            peak_contacts: outlook.profile.peak_contacts(),
        }
    }

    fn week(&self, line: &str) -> BoxFuture<'_, anyhow::Result<Arc<WeekTable>>> {
        let table = self.centre.line(line).map(|line| {
            let outlooks = Arc::clone(&self.outlooks.borrow());
            let unknown = WeekProfile::unknown();
            let profile = outlooks
                .get(&line.id)
                .map_or(&unknown, |outlook| &outlook.profile);
            week_table(&self.centre, &line.id, profile, self.clock.now_ms())
        });
        async move {
            Ok(Arc::new(
                table.context("a line that the centre does not have")?,
            ))
        }
        .boxed()
    }

    fn week_of(
        &self,
        line: &str,
        range: Range<Date>,
    ) -> BoxFuture<'_, anyhow::Result<Arc<WeekTable>>> {
        let today = local_day(self.clock.now_ms(), &self.centre.zone);
        let weeks = weeks_before(&range, today);
        let is_of_now = weeks == weeks_before(&(today..today), today);
        if is_of_now && line != WHOLE_CENTRE {
            return self.week(line);
        }
        let line = line.to_owned();
        let work = async move {
            let needs = Needs {
                days: weeks.clone(),
                intervals: weeks.clone(),
            };
            let records = self.book.records(&needs, self.clock.now_ms()).await;
            let records = records.context("reading cells")?;
            let known = self.known().await?;
            let centre = Arc::clone(&self.centre);
            let work = move || {
                let recorded = Recorded {
                    records: &records,
                    coverage: &known.coverage,
                    finest: &known.finest,
                };
                week_of_past(&centre, &line, &weeks, &recorded)
            };
            let table = tokio::task::spawn_blocking(work).await;
            Ok(Arc::new(table.context("putting a week together")?))
        };
        work.boxed()
    }

    fn foresight(&self, line: &str) -> Option<Arc<Foresight>> {
        let outlooks = self.outlooks.borrow();
        outlooks.get(line)?.foresight.clone()
    }

    fn rest_of_today(&self, line: &str) -> BoxFuture<'_, anyhow::Result<Vec<(Millis, Foretold)>>> {
        let foresight = self.foresight(line);
        async move {
            let Some(foresight) = foresight else {
                return Ok(Vec::new());
            };
            let ask = ask_so_far(&foresight.issued, self.clock.now_ms(), &self.centre.zone);
            let until_ms = ask.to_ms;
            let told = self.series(ask).await?;
            Ok(rest_of_today(
                &foresight.issued,
                &told.points,
                until_ms,
                &self.centre.zone,
            ))
        }
        .boxed()
    }

    fn series(&self, ask: SeriesAsk) -> BoxFuture<'_, anyhow::Result<Series>> {
        let work = async move {
            let read = self.read_several(vec![ask]).await?.pop();
            read.context("putting a series together")
        };
        work.boxed()
    }

    fn several(&self, asks: Vec<SeriesAsk>) -> BoxFuture<'_, anyhow::Result<Vec<Series>>> {
        self.read_several(asks).boxed()
    }

    fn beside(
        &self,
        line: &str,
        measure: &'static Measure,
        since: Date,
    ) -> BoxFuture<'_, anyhow::Result<Vec<Beside>>> {
        let line = line.to_owned();
        let work = async move {
            let now_ms = self.clock.now_ms();
            let needed = needs(&request_beside(&line, measure, since), &self.centre, now_ms);
            let records = self.book.records(&needed, now_ms).await;
            let records = records.context("reading cells")?;
            let known = self.known().await?;
            let raw = RawData {
                records: &records,
                coverage: &known.coverage,
                hours: &|line, day| opening_spans(line, day, &self.centre.zone),
                finest: &known.finest,
                now_ms,
                first_unrecorded: self.first_unrecorded(),
                periods: &self.periods,
                common: &Common::default(),
            };
            Ok(beside(&line, measure, since, &raw, &self.centre))
        };
        work.boxed()
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

    fn received(&self) -> BoxFuture<'_, anyhow::Result<Received>> {
        let work = async move {
            let today = local_day(self.clock.now_ms(), &TimeZone::UTC).to_string();
            let count = self.store.ingest_count_before(&today).await;
            let count = count.context("reading the account of what came in")?;
            Ok(Received {
                received: count.received,
                counted: count.counted,
                duplicate: count.duplicate,
                orphaned: count.orphaned,
                rejected: count.rejected,
            })
        };
        work.boxed()
    }

    fn scores(
        &self,
        scale: Scale,
        grain: Grain,
        first: Date,
    ) -> BoxFuture<'_, anyhow::Result<Option<Vec<ScoreShare>>>> {
        let work = async move {
            let now_ms = self.clock.now_ms();
            let today = local_day(now_ms, &self.centre.zone);
            let end = grain.next_first_day(first).min(today).max(first);
            let needs = Needs {
                days: first..end,
                intervals: first..first,
            };
            let records = self.book.records(&needs, now_ms).await;
            Ok(spread(
                scale,
                (grain, first),
                &records.context("reading cells")?,
            ))
        };
        work.boxed()
    }

    fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    fn occasions(&self) -> Occasions {
        let occasions = self.occasions.as_ref();
        occasions.map_or_else(Occasions::default, |told| Arc::clone(&told.borrow()))
    }

    fn actions(&self) -> Actions {
        let actions = self.actions.as_ref();
        actions.map_or_else(Actions::default, |told| Arc::clone(&told.borrow()))
    }

    fn editions(&self) -> Arc<Shelf> {
        let press = self.press.get();
        press.map_or_else(Arc::default, |press| Arc::clone(&press.shelf().borrow()))
    }

    fn document(&self, hash: &str) -> BoxFuture<'_, anyhow::Result<Option<Vec<u8>>>> {
        let hash = hash.to_owned();
        let work = async move {
            let bytes = self.store.document(&hash).await;
            bytes.context("reading the facts of an edition")
        };
        work.boxed()
    }

    fn first_unrecorded(&self) -> Option<Date> {
        let log = self.log.as_ref()?.borrow();
        log.first_unrecorded(&self.centre.zone)
    }

    fn broken_record(&self) -> Option<String> {
        self.standing.as_ref()?.broken()
    }

    fn unpublished(&self) -> Option<String> {
        self.standing.as_ref()?.waits_for()
    }

    fn changes(&self, days: Range<Date>) -> BoxFuture<'_, anyhow::Result<Changes>> {
        let work = async move {
            let changes = self.book.changes(&days).await;
            changes.context("reading when days changed")
        };
        work.boxed()
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
