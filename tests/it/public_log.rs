//! The public log on both databases: nothing is altered, one leaf for one name, what was altered
//! behind its back is noticed, days are promised before they are shown.

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use quietline::clock::Clock;
use quietline::domain::log::{Kind as What, NewLeaf};
use quietline::publish::declared::Declared;
use quietline::publish::key_files::KeyFolder;
use quietline::publish::ledger::Ledger;
use quietline::publish::notary::{Days, Notary, Records};
use quietline::publish::standing::State;
use quietline::publish::verify::{Known, verify};
use quietline::publish::{export, integrity, leaf};
use quietline::store::Store;
use rstest::rstest;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db, run};

const DAY_MS: i64 = 86_400_000;

fn missed(week: &str) -> NewLeaf {
    leaf::compose(What::MissedSlot, (week, 1), MONDAY_NINE, Map::new()).unwrap()
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
    // Put right, it is believed again when everything is next looked at.
    run(&db, "UPDATE leaves SET at_ms = at_ms - 1 WHERE number = 1")
        .await
        .unwrap();
    keeper.step().await.unwrap();
    assert!(!keeper.standing().is_sound(), "not within the day");
    clock.set(MONDAY_NINE + 3 * DAY_MS);
    keeper.step().await.unwrap();
    assert!(keeper.standing().is_sound());
    assert!(store.log_size().await.unwrap() > size);
    store.close().await;
}

#[tokio::test]
async fn a_clock_that_jumps_far_ahead_publishes_nothing_until_somebody_says_it_is_right() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let mut keeper = notary(&store, &clock, db.key_folder());
    keeper.step().await.unwrap();
    clock.set(MONDAY_NINE + 365 * DAY_MS);
    keeper.step().await.unwrap();
    let standing = keeper.standing();
    assert!(!standing.is_sound() && standing.broken().is_none());
    assert!(matches!(standing.state(), State::LongPause(what) if what.contains("365 days")));
    assert_eq!(store.log_size().await.unwrap(), 1, "nothing was added");
    // The clock comes right by itself.
    clock.set(MONDAY_NINE + DAY_MS);
    keeper.step().await.unwrap();
    assert!(keeper.standing().is_sound());
    assert_eq!(store.log_size().await.unwrap(), 3);
    // Set back, it commits to no day that it did not see closing, nor to any twice.
    clock.set(MONDAY_NINE - 40 * DAY_MS);
    keeper.step().await.unwrap();
    assert_eq!(store.log_size().await.unwrap(), 3);
    drop(keeper);

    // The control: a server that was down as long, whose operator says so.
    clock.set(MONDAY_NINE + 30 * DAY_MS);
    let mut late = notary(&store, &clock, db.key_folder()).after_pause(true);
    late.step().await.unwrap();
    assert!(late.standing().is_sound());
    assert_eq!(store.log_size().await.unwrap(), 1 + 2 * 30);
    clock.set(MONDAY_NINE + 60 * DAY_MS);
    late.step().await.unwrap();
    assert!(!late.standing().is_sound(), "it was said of one pause");
    store.close().await;
}

/// Definitions as a centre would declare them.
fn definition(says: &str) -> Declared {
    let body = json!({"formula": says});
    Declared {
        kind: What::Definition,
        subject: "measure/attempts".to_owned(),
        body: body.as_object().cloned().unwrap(),
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn definitions_stand_in_the_log_once_and_again_when_they_change(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let clock = Clock::fixed(MONDAY_NINE);
    let mut told = Vec::new();
    for declared in [
        vec![definition("A")],
        vec![definition("A")],
        vec![definition("A + B")],
        Vec::new(),
    ] {
        let keeper = notary(&store, &clock, db.key_folder());
        let mut keeper = keeper.with_declared(declared);
        keeper.step().await.unwrap();
        keeper.step().await.unwrap();
        told.push(store.log_size().await.unwrap());
    }
    assert_eq!(told, [2, 2, 3, 4]);
    let leaves = store.leaves(1, 9).await.unwrap();
    let names: Vec<(&str, i64)> = leaves
        .iter()
        .map(|leaf| (leaf.kind.as_str(), leaf.version))
        .collect();
    let expected = [("definition", 1), ("definition", 2), ("withdrawal", 1)];
    assert_eq!(names, expected);
    let files = export::files(&store).await.unwrap();
    assert_eq!(verify(&files, &Known::default()).faults, []);
    store.close().await;
}

#[test]
fn a_day_is_recorded_when_it_was_opened_not_when_it_closed() {
    let zone = TimeZone::UTC;
    let mut ledger = Ledger::default();
    assert_eq!(ledger.first_unrecorded(&zone), None, "there is no log yet");
    ledger.first_ms = Some(MONDAY_NINE);
    let monday = date(2026, 11, 2);
    assert_eq!(ledger.first_unrecorded(&zone), Some(monday));
    ledger.committed = Some(monday);
    ledger.unopened.insert(monday);
    assert_eq!(
        ledger.first_unrecorded(&zone),
        Some(monday),
        "promised only"
    );
    ledger.unopened.remove(&monday);
    assert_eq!(ledger.first_unrecorded(&zone), Some(date(2026, 11, 3)));
}

/// The number of the leaf that opens a day, once there is one.
async fn wait_for_a_day(site: &Spawned) -> u64 {
    loop {
        tokio::task::yield_now().await;
        let asked = site.client.get(site.url("/api/v1/log"));
        let answer = asked.send().await.unwrap();
        if !answer.status().is_success() {
            continue;
        }
        // The log is there: a day may pass.
        site.clock.set(MONDAY_NINE + DAY_MS);
        let head: Value = answer.json().await.unwrap();
        let last = head["size"].as_u64().unwrap() - 1;
        let leaf = site.json(&format!("/log/leaves/{last}.json")).await;
        if leaf["kind"] == "day_opening" {
            return last;
        }
    }
}

#[tokio::test]
async fn a_running_server_shows_its_record_and_says_when_it_was_altered() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let site = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let opened = wait_for_a_day(&site).await;
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
    let record = site.json(&format!("/log/leaves/{opened}.json")).await;
    let hash = record["documents"]["record"].as_str().unwrap();
    let day = site.json(&format!("/log/documents/{hash}.json")).await;
    assert_eq!(day["day"], "2026-11-02");
    let page = site.client.get(site.url("/verify")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("quietline-head.json"));
    let first = site.json("/log/leaves/1.json").await;
    assert_eq!(first["kind"], "definition", "{first}");
    let next = format!("/log/leaves/{}.json", opened + 1);
    for missing in [&next, "/log/leaves/00.json", "/log/documents/x.json"] {
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
