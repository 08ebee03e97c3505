//! `quietline backtest` on nine real months of counts: the program says what it would have said,
//! and the bars of accuracy hold. The scores are worked out here anew from the file it writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};
use quietline::store::{Location, Store};
use tempfile::TempDir;

use crate::bank_volume::{file, fixture, rows};

/// Contacts by local half hour.
type Counts = BTreeMap<DateTime, f64>;

/// A forecast as it was written: expected, lower and upper end.
type Forecasts = BTreeMap<DateTime, [f64; 3]>;

fn quietline(data: &Path, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quietline"))
        .current_dir(folder)
        .args(arguments)
        .arg("--config")
        .arg(fixture("centre.toml"))
        .arg("--data-dir")
        .arg(data)
        .output()
        .unwrap()
}

/// The real counts in a database of their own.
fn imported() -> TempDir {
    let data = TempDir::new().unwrap();
    let map = fixture("map.toml");
    let file = file();
    let arguments = [
        "import",
        "--map",
        map.to_str().unwrap(),
        file.to_str().unwrap(),
    ];
    let done = quietline(data.path(), data.path(), &arguments);
    assert!(done.status.success(), "{}", said(&done));
    data
}

fn said(done: &Output) -> String {
    let texts = [&done.stdout, &done.stderr];
    texts
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .concat()
}

fn half_hours() -> Option<Counts> {
    let mut counts = Counts::new();
    for (start, calls) in rows()? {
        let half = start
            .with()
            .minute(start.minute() / 30 * 30)
            .build()
            .unwrap();
        *counts.entry(half).or_default() += f64::from(i32::try_from(calls).unwrap());
    }
    Some(counts)
}

fn read(path: PathBuf) -> Forecasts {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("slot_start_local,expected,lo80,hi80"));
    let row = |line: &str| {
        let (start, numbers) = line.split_once(',').unwrap();
        // The hour that came twice is written with its offset.
        let start: DateTime = start[..16].parse().unwrap();
        let mut numbers = numbers.split(',').map(|number| number.parse().unwrap());
        (start, [(); 3].map(|()| numbers.next().unwrap()))
    };
    lines.map(row).collect()
}

/// Sums of absolute errors, and of what came.
#[derive(Default)]
struct Sums {
    ours: f64,
    last_week: f64,
    last_four: f64,
    came: f64,
    within: f64,
    slots: f64,
}

fn score(forecasts: &Forecasts, counts: &Counts) -> BTreeMap<i8, Sums> {
    let mut months: BTreeMap<i8, Sums> = BTreeMap::new();
    for (start, [expected, low, high]) in forecasts {
        let came = counts[start];
        if came == 0.0 {
            continue;
        }
        let back = |weeks: i64| counts[&start.checked_sub(weeks.weeks()).unwrap()];
        let four = (1..=4).map(back).sum::<f64>() / 4.0;
        let sums = months.entry(start.month()).or_default();
        sums.ours += (came - expected).abs();
        sums.last_week += (came - back(1)).abs();
        sums.last_four += (came - four).abs();
        sums.came += came;
        sums.within += f64::from(u8::from(*low <= came && came <= *high));
        sums.slots += 1.0;
    }
    months
}

#[tokio::test]
async fn nine_real_months_are_forecast_better_than_by_the_last_four_weeks() {
    let Some(counts) = half_hours() else { return };
    let data = imported();
    // Somebody else writes meanwhile: the lease is held.
    let store = Store::open(&Location::Folder(data.path().to_owned())).await;
    let store = store.unwrap();
    let writer = store.writer(0).await.unwrap();
    let folder = TempDir::new().unwrap();
    let arguments = [
        "backtest",
        "--what",
        "volume",
        "--from",
        "1999-06-01",
        "--to",
        "1999-10-01",
    ];
    let done = quietline(data.path(), folder.path(), &arguments);
    drop(writer);
    store.close().await;
    assert!(done.status.success(), "{}", said(&done));
    assert!(
        said(&done).contains("backtest-volume-calls.csv"),
        "{}",
        said(&done)
    );

    let forecasts = read(folder.path().join("backtest-volume-calls.csv"));
    let first: Date = forecasts.first_key_value().unwrap().0.date();
    assert_eq!(first, jiff::civil::date(1999, 6, 1));
    assert!(
        forecasts
            .keys()
            .all(|start| start.weekday() != Weekday::Friday || start.hour() < 14)
    );
    let months = score(&forecasts, &counts);
    let sum = |part: fn(&Sums) -> f64| months.values().map(part).sum::<f64>();
    let ratio = sum(|s| s.ours) / sum(|s| s.last_four);
    assert!(ratio <= 0.85, "{ratio} of the error of the last four weeks");
    for (month, sums) in &months {
        assert!(sums.ours < sums.last_week, "month {month}");
    }
    let within = sum(|s| s.within) / sum(|s| s.slots);
    assert!(
        (0.78..=0.82).contains(&within),
        "{within} fell into the range"
    );
    let share = sum(|s| s.ours) / sum(|s| s.came);
    assert!(
        said(&done).contains(&format!("{:.1} %", 100.0 * share)),
        "{}",
        said(&done)
    );

    what_cannot_be_scored_is_said(data.path(), folder.path());
}

fn what_cannot_be_scored_is_said(data: &Path, folder: &Path) {
    for (from, to, line, says) in [
        ("1999-06-01", "1999-06-08", "nobody", "there are: calls"),
        ("1999-06-01", "1999-06-01", "calls", "is not before"),
        ("2009-06-01", "2009-07-01", "calls", "the last 1999-09-30"),
        ("1999-01-01", "1999-02-01", "calls", "no history before"),
    ] {
        let arguments = [
            "backtest", "--what", "volume", "--from", from, "--to", to, "--line", line,
        ];
        let done = quietline(data, folder, &arguments);
        let told = said(&done);
        assert!(!done.status.success() && told.contains(says), "{told}");
    }
}
