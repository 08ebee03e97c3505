//! How long the server takes for the series of a chart: five years of days, a year of hours, on
//! seven lines. On SQLite, and on PostgreSQL where `QUIETLINE_TEST_POSTGRES` names a server.

#[path = "support/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use quietline::app::book::Book;
use quietline::app::figures::LiveFigures;
use quietline::clock::Clock;
use quietline::config::parse_centre;
use quietline::domain::centre::Centre;
use quietline::domain::event::Place;
use quietline::domain::impact::{Course, Portion, VERDICT_AFTER_DAYS, Windows, impact};
use quietline::domain::measures::Measure;
use quietline::domain::period::{Grain, IntervalStart, Span, day_start_ms, days, local_day};
use quietline::domain::published::Series;
use quietline::domain::tally::{CellKey, Count, Tally, Waits};
use quietline::live::hub::{Hub, Limits};
use quietline::site::figures::{Figures, SeriesAsk};
use quietline::store::coverage::CoverageKind;
use quietline::store::{Location, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const FIRST: Date = date(2021, 1, 1);
/// From here on there are intervals, not only days.
const LAST_YEAR: Date = date(2025, 1, 1);
const END: Date = date(2026, 1, 1);

/// Some calls of a quarter of an hour, as a line of a middling centre has them.
fn tally(seed: i64) -> Tally {
    let mut tally = Tally::default();
    let answered = 6 + seed % 23;
    let abandoned = seed % 7;
    let counts = [
        (Count::Attempts, answered + abandoned),
        (Count::Offered, answered + abandoned),
        (Count::Answered, answered),
        (Count::Abandoned, abandoned),
        (Count::WaitAnsweredMsSum, answered * 40_000),
        (Count::HandleMsSum, answered * 240_000),
        (Count::Handled, answered),
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

async fn fill(store: &Store, centre: &Centre) -> anyhow::Result<()> {
    let mut writer = store.writer(0).await?;
    let mut seed = 0;
    let mut from = FIRST;
    while from < END {
        let to = Grain::Month.next_first_day(from);
        let mut cells = BTreeMap::new();
        for day in days(from, to) {
            let start_ms = day_start_ms(day, &centre.zone);
            // Open from 8 to 20, or everything in one interval of the years that are kept by day.
            let quarters = if day < LAST_YEAR { 32..33 } else { 32..80 };
            for quarter in quarters {
                let interval = IntervalStart::containing(start_ms + quarter * 900_000);
                for line in &centre.lines {
                    let place = Place {
                        line: line.id.clone(),
                        channel: line.channels[0],
                    };
                    seed += 1;
                    let key = CellKey {
                        interval,
                        day,
                        place,
                    };
                    cells.insert(key, tally(seed));
                }
            }
        }
        let mut tx = writer.begin().await?;
        tx.put_cells(&cells, 0).await?;
        tx.commit().await?;
        from = to;
    }
    let mut tx = writer.begin().await?;
    let all = Span {
        start_ms: day_start_ms(FIRST, &centre.zone),
        end_ms: day_start_ms(END, &centre.zone),
    };
    tx.cover(&centre.sources[0].id, CoverageKind::Import, all)
        .await?;
    tx.commit().await?;
    Ok(())
}

fn ask(centre: &Centre, line: &str, measure: &'static str, grain: Grain, from: Date) -> SeriesAsk {
    SeriesAsk {
        cause: None,
        channel: None,
        line: line.to_owned(),
        measure,
        grain,
        from_ms: day_start_ms(from, &centre.zone),
        to_ms: day_start_ms(END, &centre.zone),
    }
}

fn figures_of(store: &Store, centre: &Arc<Centre>) -> LiveFigures {
    let clock = Clock::fixed(day_start_ms(END, &centre.zone) + 40 * 86_400_000);
    let hub = Hub::new(clock.clone(), Limits::default());
    // Nobody holds the other end: no usual week is asked for.
    let (_, outlooks) = tokio::sync::watch::channel(Arc::default());
    let book = Arc::new(Book::new(store.clone(), Arc::clone(centre)));
    LiveFigures::new(
        Arc::clone(centre),
        store.clone(),
        clock,
        hub,
        outlooks,
        book,
    )
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    runtime: &Runtime,
    store: &Store,
    centre: &Arc<Centre>,
) {
    let figures = figures_of(store, centre);
    let line = centre.lines[0].id.as_str();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    group.bench_function(
        "yardstick: a year of day cells of all lines from the database",
        |b| {
            b.to_async(runtime)
                .iter(async || store.day_cells(LAST_YEAR, END).await);
        },
    );
    let asks = [
        (
            "a year by day, one line",
            ask(centre, line, "attempts", Grain::Day, LAST_YEAR),
        ),
        (
            "five years by day, one line",
            ask(centre, line, "attempts", Grain::Day, FIRST),
        ),
        (
            "five years by day, P90, whole centre",
            ask(centre, "*", "wait_p90", Grain::Day, FIRST),
        ),
        (
            "a year by hour, one line",
            ask(centre, line, "attempts", Grain::Hour, LAST_YEAR),
        ),
        (
            "a year by hour, service level",
            ask(centre, line, "service_level", Grain::Hour, LAST_YEAR),
        ),
        (
            "a year by interval, one line",
            ask(centre, line, "attempts", Grain::Interval, LAST_YEAR),
        ),
    ];
    for (what, ask) in asks {
        let start = std::time::Instant::now();
        let points = runtime.block_on(figures.series(ask.clone()));
        let points = points.map_or(0, |series| series.points.len());
        println!(
            "{name}/{what}: {points} points, the first time {:?}",
            start.elapsed()
        );
        group.bench_function(what, |b| {
            b.to_async(runtime)
                .iter(async || figures.series(ask.clone()).await);
        });
    }
    group.finish();
}

/// What the verdict on an action takes: two months of two lines, and the interval.
fn verdict(
    criterion: &mut Criterion,
    name: &str,
    runtime: &Runtime,
    store: &Store,
    centre: &Arc<Centre>,
) {
    let figures = figures_of(store, centre);
    let Some(measure) = Measure::from_id("service_level") else {
        return;
    };
    let start = END.saturating_sub(VERDICT_AFTER_DAYS.days());
    let first = Windows::around(start).before.start;
    let lines = centre.lines.iter().take(2);
    let asks: Vec<SeriesAsk> = lines
        .map(|line| ask(centre, &line.id, measure.id, Grain::Day, first))
        .collect();
    let course = |series: &Series| -> Course {
        let days = series.points.iter().filter_map(|point| {
            let day = local_day(point.start_ms, &centre.zone);
            Some((day, Portion::of(&measure.kind, point)?))
        });
        days.collect()
    };
    criterion.bench_function(&format!("{name}/the verdict on an action"), |b| {
        b.to_async(runtime).iter(async || {
            let both = figures.several(asks.clone()).await?;
            let found = impact(&course(&both[0]), &course(&both[1]), start);
            anyhow::Ok(found.is_ok())
        });
    });
}

fn history(criterion: &mut Criterion) {
    let text = include_str!("../tests/fixtures/bank/centre.toml");
    let (Ok(runtime), Ok(folder)) = (Runtime::new(), TempDir::new()) else {
        return;
    };
    let Ok(centre) = parse_centre(text) else {
        eprintln!("the fixture's centre cannot be read");
        return;
    };
    let centre = Arc::new(centre);
    let on = |criterion: &mut Criterion, name, location| {
        let filled = runtime.block_on(async {
            let store = Store::open(&location).await?;
            fill(&store, &centre).await?;
            anyhow::Ok(store)
        });
        match filled {
            Ok(store) => {
                measure(criterion, name, &runtime, &store, &centre);
                verdict(criterion, name, &runtime, &store, &centre);
            }
            Err(error) => eprintln!("{name} could not be filled: {error:#}"),
        }
    };
    on(
        criterion,
        "SQLite",
        Location::Folder(folder.path().to_owned()),
    );
    let Ok(server) = std::env::var("QUIETLINE_TEST_POSTGRES") else {
        println!("PostgreSQL: SKIPPED, QUIETLINE_TEST_POSTGRES is not set");
        return;
    };
    match runtime.block_on(postgres::create(&server)) {
        Ok(url) => {
            on(criterion, "PostgreSQL", Location::Postgres(url.clone()));
            if let Err(error) = runtime.block_on(postgres::remove(&server, &url)) {
                eprintln!("{url} stays: {error:#}");
            }
        }
        Err(error) => eprintln!("PostgreSQL: no database: {error:#}"),
    }
}

criterion_group!(benches, history);
criterion_main!(benches);
