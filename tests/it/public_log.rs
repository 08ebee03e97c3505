//! The public log on both databases: nothing is altered, one leaf for one name, what was altered
//! behind its back is noticed, days are promised before they are shown.

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use quietline::clock::Clock;
use quietline::domain::log::{Kind as What, NewLeaf};
use quietline::publish::key_files::KeyFolder;
use quietline::publish::notary::{Days, Notary, Records};
use quietline::publish::verify::{Known, verify};
use quietline::publish::{export, integrity, leaf};
use quietline::store::{Location, Store};
use rstest::rstest;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, fresh_db};

const DAY_MS: i64 = 86_400_000;

fn missed(week: &str) -> NewLeaf {
    leaf::compose(What::MissedSlot, (week, 1), MONDAY_NINE, Map::new()).unwrap()
}

/// A statement of somebody who has got hold of the database's connection.
async fn run(db: &TestDb, sql: &'static str) -> Result<(), String> {
    let done = match &db.location {
        Location::Folder(folder) => {
            let url = format!("sqlite://{}", folder.join("quietline.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            connection.execute(AssertSqlSafe(sql)).await.map(|_| ())
        }
        Location::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection.execute(AssertSqlSafe(sql)).await.map(|_| ())
        }
    };
    done.map_err(|error| error.to_string())
}

struct MadeUp;

impl Records for MadeUp {
    fn record(&self, day: Date) -> BoxFuture<'_, anyhow::Result<Value>> {
        async move { Ok(json!({"day": day.to_string(), "values": []})) }.boxed()
    }
}

fn notary(store: &Store, clock: &Clock, folder: &Path) -> Notary {
    let days = Days {
        zone: TimeZone::UTC,
        records: Arc::new(MadeUp),
    };
    Notary::new(store.clone(), clock.clone(), KeyFolder::new(folder), days)
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn no_row_of_the_log_can_be_altered(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let keys = TempDir::new().unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let mut keeper = notary(&store, &clock, keys.path());
    keeper.step().await.unwrap();
    clock.set(MONDAY_NINE + DAY_MS);
    keeper.step().await.unwrap();
    assert_eq!(store.log_size().await.unwrap(), 3, "a key and a day");
    let mut forbidden = vec![
        "UPDATE leaves SET at_ms = 0 WHERE number = 0",
        "DELETE FROM leaves",
        "UPDATE heads SET at_ms = 0",
        "DELETE FROM heads",
        "UPDATE documents SET hash = 'x'",
        "DELETE FROM documents",
        "UPDATE day_salts SET salt = 'x'",
        "DELETE FROM day_salts",
    ];
    match kind {
        Kind::Sqlite => forbidden.push("INSERT OR REPLACE INTO leaves SELECT * FROM leaves"),
        Kind::Postgres => forbidden.extend(["TRUNCATE leaves CASCADE", "TRUNCATE heads CASCADE"]),
    }
    for sql in forbidden {
        let refused = run(&db, sql).await.unwrap_err();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
    assert!(integrity::examine(&store).await.unwrap().is_ok());
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn one_name_is_one_leaf_and_a_write_that_is_dropped_leaves_none(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let one = Store::open(&db.location).await.unwrap();
    let other = Store::open(&db.location).await.unwrap();
    let mut dropped = one.begin_desk().await.unwrap();
    assert!(
        dropped
            .append_leaf(&missed("2026-W46"))
            .await
            .unwrap()
            .is_new
    );
    drop(dropped);
    for (added, week) in (0..).zip(["2026-W46", "2026-W47", "2026-W48"]) {
        let leaf = missed(week);
        let (a, b) = tokio::join!(one.append_leaf(&leaf), other.append_leaf(&leaf));
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.number, b.number, "both are told where it stands");
        assert_ne!(a.is_new, b.is_new, "one of them added it");
        assert_eq!(a.number, added);
    }
    assert_eq!(one.log_size().await.unwrap(), 3);
    one.close().await;
    other.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn days_are_promised_then_opened_also_after_a_stop(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let keys = TempDir::new().unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let mut first = notary(&store, &clock, keys.path());
    for _ in 0..3 {
        first.step().await.unwrap();
    }
    assert!(first.standing().is_sound());
    assert_eq!(store.log_size().await.unwrap(), 1, "no day has closed yet");
    clock.set(MONDAY_NINE + 18 * 3_600_000);
    first.step().await.unwrap();
    assert_eq!(store.log_size().await.unwrap(), 1, "at 03:00 neither");
    drop(first);

    clock.set(MONDAY_NINE + 4 * DAY_MS);
    store.append_leaf(&missed("2026-W44")).await.unwrap();
    let mut second = notary(&store, &clock, keys.path());
    second.step().await.unwrap();
    assert_eq!(
        store.log_size().await.unwrap(),
        1 + 1 + 2 * 4,
        "four days later"
    );
    let files = export::files(&store).await.unwrap();
    let report = verify(&files, &Known::default());
    assert_eq!(report.faults, []);
    assert!(
        report.checked.contains(&(4, "days")),
        "{:?}",
        report.checked
    );

    let folder = TempDir::new().unwrap();
    export::write(&files, folder.path()).unwrap();
    assert_eq!(export::read(folder.path()).unwrap(), files);
    let elsewhere = TempDir::new().unwrap();
    std::fs::write(elsewhere.path().join("diary"), "x").unwrap();
    assert!(export::write(&files, elsewhere.path()).is_err());

    std::fs::rename(keys.path(), keys.path().with_extension("gone")).unwrap();
    store.append_leaf(&missed("2026-W45")).await.unwrap();
    second.step().await.unwrap();
    assert!(!second.standing().is_sound(), "the key is missing");
    assert!(
        second.standing().broken().is_none(),
        "but nothing was altered"
    );
    std::fs::rename(keys.path().with_extension("gone"), keys.path()).unwrap();
    second.step().await.unwrap();
    assert!(second.standing().is_sound());
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite, "DROP TRIGGER leaves_are_not_updated")]
#[case::postgres(Kind::Postgres, "DROP TRIGGER leaves_are_not_altered ON leaves")]
#[tokio::test]
async fn what_was_altered_is_noticed_within_a_day(
    #[case] kind: Kind,
    #[case] drop_it: &'static str,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let keys = TempDir::new().unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let mut keeper = notary(&store, &clock, keys.path());
    keeper.step().await.unwrap();
    clock.set(MONDAY_NINE + DAY_MS);
    keeper.step().await.unwrap();
    run(&db, drop_it).await.unwrap();
    run(&db, "UPDATE leaves SET at_ms = at_ms + 1 WHERE number = 1")
        .await
        .unwrap();
    clock.set(MONDAY_NINE + 2 * DAY_MS);
    keeper.step().await.unwrap();
    let what = keeper.standing().broken().unwrap();
    assert!(what.contains("leaf 1"), "{what}");
    assert!(!keeper.standing().is_sound());
    let size = store.log_size().await.unwrap();
    keeper.step().await.unwrap();
    assert_eq!(
        store.log_size().await.unwrap(),
        size,
        "nothing is published"
    );
    assert!(export::files(&store).await.is_err());
    store.close().await;
}

/// The key, and a day that was promised and opened.
async fn wait_for_three_leaves(site: &Spawned) {
    let mut leaves = 0;
    while leaves < 3 {
        tokio::task::yield_now().await;
        let asked = site.client.get(site.url("/api/v1/log"));
        let answer = asked.send().await.unwrap();
        if answer.status().is_success() {
            let head: Value = answer.json().await.unwrap();
            leaves = head["size"].as_u64().unwrap();
            site.clock.set(MONDAY_NINE + DAY_MS);
        }
    }
}

#[tokio::test]
async fn a_running_server_shows_its_record_and_says_when_it_was_altered() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let site = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    wait_for_three_leaves(&site).await;
    let target = site.url("");
    let done = tokio::process::Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["verify", &target])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains("Nothing was changed."), "{said}");
    let record = site.json("/log/leaves/2.json").await;
    let hash = record["documents"]["record"].as_str().unwrap();
    let day = site.json(&format!("/log/documents/{hash}.json")).await;
    assert_eq!(day["day"], "2026-11-02");
    let page = site.client.get(site.url("/verify")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("quietline-head.json"));
    for missing in [
        "/log/leaves/3.json",
        "/log/leaves/00.json",
        "/log/documents/x.json",
    ] {
        let answer = site.client.get(site.url(missing)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{missing}");
    }
    let db = site.stop().await;

    run(&db, "DROP TRIGGER leaves_are_not_updated")
        .await
        .unwrap();
    run(&db, "UPDATE leaves SET at_ms = 0 WHERE number = 0")
        .await
        .unwrap();
    let site = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    loop {
        tokio::task::yield_now().await;
        let answer = site.client.get(site.url("/readyz")).send().await.unwrap();
        if answer.text().await.unwrap().contains("altered") {
            break;
        }
    }
    let page = site.client.get(site.url("/method")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("class=\"broken\""));
    site.stop().await;
}

#[test]
fn the_third_opinion_agrees_on_the_fixture_and_on_a_changed_copy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let opinion = |folder: &Path| {
        let asked = std::process::Command::new("python3")
            .args(["-B", "tests/record/verify.py"])
            .arg(folder)
            .current_dir(root)
            .output();
        asked.ok().map(|done| done.status.success())
    };
    let fixture = root.join("tests/fixtures/record");
    let Some(agrees) = opinion(&fixture) else {
        eprintln!("SKIPPED: there is no python3 here");
        return;
    };
    assert!(agrees);
    let mut files = export::read(&fixture).unwrap();
    assert_eq!(verify(&files, &Known::default()).faults, []);
    let copy = TempDir::new().unwrap();
    files.get_mut("log/leaves/6.json").unwrap()[40] ^= 1;
    export::write(&files, copy.path()).unwrap();
    assert!(!verify(&files, &Known::default()).is_sound());
    assert_eq!(opinion(copy.path()), Some(false));
}
