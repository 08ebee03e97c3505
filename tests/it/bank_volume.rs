//! Nine real months that are known as counts only: imported by the program, read over its API.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, date};
use quietline::app::{App, Settings};
use quietline::clock::Clock;
use quietline::domain::centre::Centre;
use quietline::domain::measures::MEASURES;
use quietline::domain::period::Grain;
use quietline::domain::tally::Count;
use quietline::ingest::rebuild;
use quietline::store::{Location, Store};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Kind, TestDb, fresh_db};

/// Local starts of the rows, in the file's own words, and their calls.
pub type Rows = Vec<(DateTime, i64)>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures/bank_volume").join(name)
}

pub fn file() -> PathBuf {
    root().join("../shared/data/bank_volume_6min_1999-01_to_09.csv.gz")
}

/// The rows, or nothing, said aloud, where the file is not at hand.
pub fn rows() -> Option<Rows> {
    let Ok(packed) = std::fs::File::open(file()) else {
        eprintln!("SKIPPED: the recorded counts are not at ../shared/data");
        return None;
    };
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(packed);
    unpacked.read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let (start, calls) = line.split_once(',').unwrap();
        (start.parse().unwrap(), calls.parse().unwrap())
    };
    Some(text.lines().skip(1).map(row).collect())
}

fn sums<K: Ord>(rows: &Rows, key: impl Fn(DateTime) -> K) -> BTreeMap<K, i64> {
    let mut sums = BTreeMap::new();
    for (start, calls) in rows {
        *sums.entry(key(*start)).or_default() += calls;
    }
    sums
}

fn import(db: &TestDb) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command.args(["import", "--json", "--config"]);
    command.arg(fixture("centre.toml"));
    match &db.location {
        Location::Folder(folder) => command.arg("--data-dir").arg(folder),
        Location::Postgres(url) => command.arg("--database-url").arg(url),
    };
    command.arg("--map").arg(fixture("map.toml")).arg(file());
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).unwrap()
}

fn centre() -> Arc<Centre> {
    let text = std::fs::read_to_string(fixture("centre.toml")).unwrap();
    Arc::new(quietline::config::parse_centre(&text).unwrap())
}

/// A site on the imported counts.
struct Site {
    app: App,
    client: reqwest::Client,
}

impl Site {
    async fn start(db: &TestDb) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = Store::open(&db.location).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings::default();
        let app = App::start_with(centre(), store, Clock::System, listener, settings);
        Self {
            app: app.await.unwrap(),
            client: reqwest::Client::new(),
        }
    }

    /// Values and marks of the points of a series.
    async fn points(
        &self,
        measure: &str,
        grain: &str,
        from: Date,
        to: Date,
    ) -> Vec<(Value, Value)> {
        let query = format!("line=calls&measure={measure}&grain={grain}&from={from}&to={to}");
        let url = format!("http://{}/api/v1/series?{query}", self.app.address);
        let answer = self.client.get(&url).send().await.unwrap();
        assert!(answer.status().is_success(), "{query}: {}", answer.status());
        let series: Value = answer.json().await.unwrap();
        let points = series["points"].as_array().unwrap().iter();
        points
            .map(|point| (point["value"].clone(), point["mark"].clone()))
            .collect()
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn nine_real_months_of_counts_are_what_the_file_says(#[case] kind: Kind) {
    let Some(rows) = rows() else { return };
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    assert_eq!(rows.len(), 65_520);
    let account = import(&db);
    // The hour that was skipped on 2 April is in the file, with no call in it; the one that
    // occurred twice on 3 September is in it once.
    let expected = |imported, duplicate| {
        json!({
            "rows": 65_520, "imported": imported, "duplicate": duplicate, "not_a_contact": 0,
            "refused": [], "ambiguous_times": 10, "skipped_times": 10,
        })
    };
    assert_eq!(account, expected(65_510, 10));
    assert_eq!(import(&db), expected(0, 65_520));

    let store = Store::open(&db.location).await.unwrap();
    let cells = store.day_cells(date(1999, 1, 1), date(2000, 1, 1)).await;
    let mut by_month: BTreeMap<i8, i64> = BTreeMap::new();
    for (day, _, tally) in cells.unwrap() {
        *by_month.entry(day.month()).or_default() += tally.count(Count::Attempts);
    }
    assert_eq!(by_month, sums(&rows, DateTime::month));
    let findings = rebuild::check(&store, &centre()).await.unwrap();
    assert_eq!((findings.wrong.len(), findings.counts), (0, 65_510));
    store.close().await;
    let site = Site::start(&db).await;
    the_site_says_the_same(&site, &rows).await;
    site.app.stop().await.unwrap();
}

async fn the_site_says_the_same(site: &Site, rows: &Rows) {
    let (from, to) = (date(1999, 1, 1), date(1999, 10, 1));
    for (grain, start) in [
        (
            "month",
            (|at: DateTime| at.date().first_of_month()) as fn(DateTime) -> Date,
        ),
        ("day", |at: DateTime| at.date()),
    ] {
        let points = site.points("attempts", grain, from, to).await;
        let expected: Vec<Value> = sums(rows, start).into_values().map(Value::from).collect();
        let values: Vec<Value> = points.iter().map(|(value, _)| whole(value)).collect();
        assert_eq!(values, expected, "{grain}");
        assert!(points.iter().all(|(_, mark)| mark.is_null()), "{grain}");
    }
    assert_no_data(
        &site
            .points("attempts", "interval", from, date(1999, 1, 8))
            .await,
        7 * 96,
    );
    let of_lines_by_day = MEASURES
        .iter()
        .filter(|measure| measure.finest <= Grain::Day && !measure.whole_centre_only);
    for measure in of_lines_by_day.filter(|measure| measure.id != "attempts") {
        assert_no_data(&site.points(measure.id, "day", from, to).await, 273);
    }
    half_hours_are_known(site, rows).await;
}

/// A value without its fraction: the API writes 120.0 as it likes.
#[expect(clippy::cast_possible_truncation, reason = "counts are whole numbers")]
fn whole(value: &Value) -> Value {
    value
        .as_f64()
        .map_or(Value::Null, |value| json!(value as i64))
}

fn assert_no_data(points: &[(Value, Value)], number: usize) {
    assert_eq!(points.len(), number);
    assert!(
        points
            .iter()
            .all(|point| *point == (Value::Null, json!("x")))
    );
}

/// Days of 23, 24 and 25 hours have 46, 48 and 50 half hours. Whatever is not withheld is the sum
/// of five rows; zero and five or more of the middle of the day are not.
async fn half_hours_are_known(site: &Site, rows: &Rows) {
    let halves = sums(rows, |at| (at.date(), at.hour() * 2 + at.minute() / 30));
    for (day, number) in [
        (date(1999, 4, 2), 46),
        (date(1999, 4, 4), 48),
        (date(1999, 9, 3), 50),
    ] {
        let points = site
            .points("attempts", "half_hour", day, Grain::Day.next_first_day(day))
            .await;
        assert_eq!(points.len(), number, "{day}");
        let mut shown = 0;
        for (at, (value, mark)) in points.iter().enumerate().skip(10) {
            // After five hours the clocks are set: half hours are counted from the end.
            let half = i8::try_from(at + 48 - number).unwrap();
            if *mark == json!("c") {
                assert!(value.is_null(), "{day} {half}: {value}");
            } else {
                assert_eq!(whole(value), json!(halves[&(day, half)]), "{day} {half}");
                shown += 1;
            }
        }
        assert!(shown >= 20, "{day}: {shown} half hours are shown");
    }
}
