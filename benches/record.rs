//! How long the server takes for `/performance` and its JSON: four lines with three years of days,
//! the ranges that people ask for and two years. Nothing of an answer is kept; the book of days is
//! at hand, as in a running server. Also the draft of a weekly edition from the same figures. On
//! SQLite.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use quietline::app::book::Book;
use quietline::app::editions::WeekDrafter;
use quietline::app::figures::LiveFigures;
use quietline::clock::Clock;
use quietline::config::parse_centre;
use quietline::domain::centre::Centre;
use quietline::domain::edition::IsoWeek;
use quietline::domain::event::Place;
use quietline::domain::facts::{DayFact, DayFacts, FactKey, Scale};
use quietline::domain::period::{Grain, IntervalStart, Span, day_start_ms, days};
use quietline::domain::tally::{CellKey, Count, Tally, Waits};
use quietline::live::hub::{Hub, Limits};
use quietline::publish::press::{Drafter, frozen};
use quietline::site::figures::Figures;
use quietline::site::{Site, router};
use quietline::store::coverage::CoverageKind;
use quietline::store::{Location, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FIRST: Date = date(2023, 10, 1);
const TODAY: Date = date(2026, 11, 20);
const TWO_YEARS: Date = date(2024, 11, 20);

/// Contacts of a quarter of an hour, as a line of a middling centre has them.
fn tally(seed: i64) -> Tally {
    let mut tally = Tally::default();
    let (answered, abandoned) = (6 + seed % 23, seed % 7);
    let counts = [
        (Count::Attempts, answered + abandoned),
        (Count::Offered, answered + abandoned),
        (Count::Answered, answered),
        (Count::Abandoned, abandoned),
        (Count::WaitAnsweredMsSum, answered * 40_000),
        (Count::HandleMsSum, answered * 240_000),
        (Count::Handled, answered),
        (Count::PurposeInformation, answered / 2),
        (Count::PurposeProblem, answered / 3),
        (Count::ResolutionKnown, answered),
        (Count::Resolved, answered * 2 / 3),
    ];
    for (count, value) in counts {
        tally.set(count, value);
    }
    for call in 0..answered {
        let wait_ms = (seed * 7 + call * 13) % 400 * 1_000;
        tally.waits_mut(Waits::Answered).record(wait_ms);
        tally.waits_mut(Waits::Customer).record(wait_ms + 20_000);
    }
    for call in 0..abandoned {
        let wait_ms = (seed * 11 + call * 17) % 300 * 1_000;
        tally.waits_mut(Waits::Abandoned).record(wait_ms);
    }
    tally
}

/// What followed the contacts of a day at a place.
fn facts_of(day: Date, place: &Place, seed: i64, centre: &Centre) -> DayFacts {
    let mut facts = DayFacts::new();
    let mut add = |fact, value| {
        let place = place.clone();
        facts.insert(FactKey { day, place, fact }, value);
    };
    add(DayFact::SurveySent, 60);
    add(DayFact::SurveyAnswered, 24);
    for score in 1..=5 {
        add(
            DayFact::Scored(Scale::Csat, score),
            3 + seed % 4 + i64::from(score),
        );
    }
    for score in 0..=10 {
        add(DayFact::Scored(Scale::Nps, score), 1 + seed % 3);
    }
    for cause in &centre.causes {
        add(DayFact::Opened(cause.id.clone()), 1 + seed % 5);
        add(DayFact::Closed(cause.id.clone()), 1 + seed % 4);
    }
    add(DayFact::ClosedQuickly, 4);
    add(DayFact::ClosedInTime, 6);
    facts
}

async fn fill(store: &Store, centre: &Centre) -> anyhow::Result<()> {
    let mut writer = store.writer(0).await?;
    let mut seed = 0;
    let mut from = FIRST;
    let end = TODAY.tomorrow()?;
    while from < end {
        let to = Grain::Month.next_first_day(from).min(end);
        let (mut cells, mut facts) = (BTreeMap::new(), DayFacts::new());
        for day in days(from, to) {
            let start_ms = day_start_ms(day, &centre.zone);
            // Quarters matter of today alone.
            let quarters = if day == TODAY { 32..48 } else { 32..33 };
            for line in &centre.lines {
                for channel in &line.channels {
                    let place = Place {
                        line: line.id.clone(),
                        channel: *channel,
                    };
                    seed += 1;
                    facts.extend(facts_of(day, &place, seed, centre));
                    for quarter in quarters.clone() {
                        let interval = IntervalStart::containing(start_ms + quarter * 900_000);
                        let place = place.clone();
                        let key = CellKey {
                            interval,
                            day,
                            place,
                        };
                        cells.insert(key, tally(seed + quarter));
                    }
                }
            }
        }
        let mut tx = writer.begin().await?;
        tx.put_cells(&cells, 0).await?;
        tx.add_facts(&facts, 0).await?;
        tx.commit().await?;
        from = to;
    }
    let mut tx = writer.begin().await?;
    let all = Span {
        start_ms: day_start_ms(FIRST, &centre.zone),
        end_ms: now_ms(centre),
    };
    tx.cover(&centre.sources[0].id, CoverageKind::Import, all)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Noon of the last day.
fn now_ms(centre: &Centre) -> i64 {
    day_start_ms(TODAY, &centre.zone) + 12 * 3_600_000
}

fn figures_of(store: &Store, centre: &Arc<Centre>) -> Arc<LiveFigures> {
    let clock = Clock::fixed(now_ms(centre));
    let hub = Hub::new(clock.clone(), Limits::default());
    // Nobody holds the other end: no usual week is asked for.
    let (_, outlooks) = tokio::sync::watch::channel(Arc::default());
    let book = Arc::new(Book::new(store.clone(), Arc::clone(centre)));
    let centre = Arc::clone(centre);
    Arc::new(LiveFigures::new(
        centre,
        store.clone(),
        clock,
        hub,
        outlooks,
        book,
    ))
}

/// The bytes of the draft of the week before.
async fn draft(drafter: &WeekDrafter) -> anyhow::Result<usize> {
    let week = IsoWeek::containing(TODAY).back(1);
    let (bytes, _) = frozen(&drafter.facts(week).await?)?;
    Ok(bytes.len())
}

/// The bytes of an answer.
async fn ask(site: &Router, address: &str) -> anyhow::Result<usize> {
    let request = Request::get(address).body(Body::empty())?;
    let answer = site.clone().oneshot(request).await?;
    anyhow::ensure!(answer.status().is_success(), "{address}: {answer:?}");
    Ok(to_bytes(answer.into_body(), usize::MAX).await?.len())
}

fn measure(criterion: &mut Criterion, runtime: &Runtime, store: &Store, centre: &Arc<Centre>) {
    let figures = figures_of(store, centre);
    let drafter = WeekDrafter::new(
        Arc::clone(centre),
        Arc::clone(&figures) as Arc<dyn Figures>,
        store.clone(),
    );
    let site = router(Site::new(Arc::clone(centre), figures));
    let mut group = criterion.benchmark_group("record");
    group.sample_size(20);
    group.bench_function("yardstick: two years of day cells from the database", |b| {
        b.to_async(runtime)
            .iter(async || store.day_cells(TWO_YEARS, TODAY).await);
    });
    group.bench_function("draft of a week", |b| {
        b.to_async(runtime).iter(async || draft(&drafter).await);
    });
    let two_years = format!("from={TWO_YEARS}&to={TODAY}");
    let two_weeks = "from=2026-11-03&to=2026-11-16";
    let addresses = [
        ("yesterday", "/performance".to_owned()),
        ("this week", "/performance?period=week".to_owned()),
        ("this month", "/performance?period=month".to_owned()),
        ("two weeks", format!("/performance?{two_weeks}")),
        ("two years", format!("/performance?{two_years}")),
        (
            "a line, this month",
            "/performance?period=month&line=billing".to_owned(),
        ),
        (
            "a line, two years",
            format!("/performance?{two_years}&line=billing"),
        ),
        (
            "two years as JSON",
            format!("/api/v1/performance?{two_years}"),
        ),
    ];
    for (what, address) in addresses {
        let start = std::time::Instant::now();
        match runtime.block_on(ask(&site, &address)) {
            Ok(bytes) => println!("{what}: {bytes} bytes, first time {:?}", start.elapsed()),
            Err(error) => eprintln!("{what}: {error:#}"),
        }
        group.bench_function(what, |b| {
            b.to_async(runtime)
                .iter(async || ask(&site, &address).await);
        });
    }
    group.finish();
}

fn record(criterion: &mut Criterion) {
    let (Ok(runtime), Ok(folder)) = (Runtime::new(), TempDir::new()) else {
        return;
    };
    let Ok(centre) = parse_centre(quietline::demo::centre_toml()) else {
        eprintln!("the simulated centre cannot be read");
        return;
    };
    let centre = Arc::new(centre);
    let filled = runtime.block_on(async {
        let store = Store::open(&Location::Folder(folder.path().to_owned())).await?;
        fill(&store, &centre).await?;
        anyhow::Ok(store)
    });
    match filled {
        Ok(store) => measure(criterion, &runtime, &store, &centre),
        Err(error) => eprintln!("the database could not be filled: {error:#}"),
    }
}

criterion_group!(benches, record);
criterion_main!(benches);
