//! How long the store takes for a year by day, with seven lines in it.

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::{Date, date};
use quietline::domain::centre::Channel;
use quietline::domain::event::Place;
use quietline::domain::period::{IntervalStart, day_start_ms, days};
use quietline::domain::tally::{BINS, CellKey, Count, Histogram, Tally, Waits};
use quietline::store::{Location, Store};
use std::collections::BTreeMap;
use tempfile::TempDir;

const FROM: Date = date(2025, 1, 1);
const TO: Date = date(2026, 1, 1);
const LINES: [&str; 7] = [
    "regular",
    "english",
    "prospects",
    "stocks",
    "web",
    "callback",
    "other",
];

/// A day of a busy line: every count and every bin is filled.
fn tally(seed: i64) -> Tally {
    let mut tally = Tally::default();
    for (place, count) in (1..).zip(Count::ALL) {
        tally.set(count, seed % 97 + place * 13);
    }
    for waits in Waits::ALL {
        let mut bins = [0; BINS];
        for (bin, place) in bins.iter_mut().zip(1..) {
            *bin = (seed * place) % 400;
        }
        *tally.waits_mut(waits) = Histogram(bins);
    }
    tally
}

async fn filled(folder: &TempDir) -> anyhow::Result<Store> {
    let store = Store::open(&Location::Folder(folder.path().to_owned())).await?;
    let mut writer = store.writer(0).await?;
    let mut cells = BTreeMap::new();
    for (day, seed) in days(FROM, TO).zip(0..) {
        for (line, more) in LINES.into_iter().zip(0..) {
            let key = CellKey {
                interval: IntervalStart::containing(day_start_ms(day, &jiff::tz::TimeZone::UTC)),
                day,
                place: Place {
                    line: line.to_owned(),
                    channel: Channel::Voice,
                },
            };
            cells.insert(key, tally(seed * 7 + more));
        }
    }
    let mut tx = writer.begin().await?;
    tx.put_cells(&cells, 0).await?;
    tx.commit().await?;
    Ok(store)
}

fn store(criterion: &mut Criterion) {
    let Ok(runtime) = tokio::runtime::Runtime::new() else {
        return;
    };
    let Ok(folder) = TempDir::new() else { return };
    let store = match runtime.block_on(filled(&folder)) {
        Ok(store) => store,
        Err(error) => {
            eprintln!("the store could not be filled: {error:#}");
            return;
        }
    };
    let mut group = criterion.benchmark_group("store");
    group.bench_function("a year by day, all seven lines", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(async || store.day_cells(FROM, TO).await);
    });
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
