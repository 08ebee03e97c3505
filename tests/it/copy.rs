//! All data moved from one kind of database to the other: the figures are the same.

use std::process::{Command, Output};

use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::store::{Location, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, centre, fresh_db, run};

const DAY_MS: i64 = 86_400_000;

/// What anybody may read, and must not change by moving.
const PUBLIC: [&str; 6] = [
    "/api/v1/series?line=*&measure=offered&grain=day&from=2026-11-01&to=2026-11-04",
    "/api/v1/series?line=billing&measure=wait_mean&grain=interval&from=2026-11-02&to=2026-11-03",
    "/api/v1/performance",
    "/api/v1/log",
    "/api/v1/events",
    "/api/v1/actions",
];

fn place(db: &TestDb) -> String {
    match &db.location {
        Location::Folder(folder) => folder.display().to_string(),
        Location::Postgres(url) => url.clone(),
    }
}

fn copy(from: &TestDb, to: &TestDb) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["copy", "--from", &place(from), "--to", &place(to)])
        .output()
        .unwrap()
}

/// Lines with the number of rows of each table.
fn rows(done: &Output) -> Vec<String> {
    assert!(done.status.success(), "{done:?}");
    let said = String::from_utf8_lossy(&done.stdout);
    let rows = said.lines().filter(|line| line.starts_with(' '));
    rows.map(str::to_owned).collect()
}

fn refused(done: &Output, says: &str) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && said.contains(says), "{said}");
}

async fn serve(db: TestDb, keys: &std::path::Path) -> Spawned {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        keys: Some(keys.to_owned()),
        ..Settings::default()
    };
    let clock = Clock::fixed(MONDAY_NINE + DAY_MS);
    Spawned::start_centre(centre(), db, clock, (listener, settings)).await
}

async fn answers(db: TestDb, keys: &std::path::Path) -> (TestDb, Vec<Value>) {
    let app = serve(db, keys).await;
    let mut answers = Vec::new();
    for path in PUBLIC {
        answers.push(app.json(path).await);
    }
    (app.stop().await, answers)
}

fn events() -> String {
    let calls = (0..200_i64).flat_map(|call| {
        let at_ms = MONDAY_NINE + call * 20_000;
        let time = |after_ms: i64| {
            let at = chrono::DateTime::from_timestamp_millis(at_ms + after_ms);
            at.unwrap().to_rfc3339()
        };
        let event = |kind: &str, after_ms: i64, data: Value| {
            json!({
                "specversion": "1.0", "id": format!("{call}-{kind}"), "source": "urn:small:pbx",
                "type": format!("org.quietline.contact.{kind}.v1"), "subject": format!("c{call}"),
                "time": time(after_ms), "data": data,
            })
        };
        [
            event("offered", 0, json!({"line": "billing"})),
            event("answered", 7_000 + call * 100, json!({"site": "town"})),
            event("ended", 90_000, json!({"handle_ms": 60_000})),
        ]
    });
    Value::Array(calls.collect()).to_string()
}

async fn filled(db: TestDb) -> TestDb {
    let keys = db.key_folder().to_owned();
    let app = serve(db, &keys).await;
    let answer = app
        .post("application/cloudevents-batch+json", events())
        .await;
    assert!(answer.status().is_success());
    let db = app.stop().await;
    // What the other database could mangle.
    let odd = "INSERT INTO meta VALUES ('\u{e9}\u{4e2d} ''\n', ''); \
               INSERT INTO documents VALUES ('none', x'00ff0a'), ('empty', x'')";
    run(&db, odd).await.unwrap();
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_the_same_after_a_move_to_postgres_and_back() {
    let (Some(first), Some(second), Some(third)) = (
        fresh_db(Kind::Sqlite).await,
        fresh_db(Kind::Postgres).await,
        fresh_db(Kind::Sqlite).await,
    ) else {
        return;
    };
    let first = filled(first).await;
    let keys = first.key_folder().to_owned();
    let (first, before) = answers(first, &keys).await;
    assert_eq!(before[0]["points"][1]["value"], json!(200), "{}", before[0]);
    assert!(
        before[3].to_string().len() > 100,
        "there is a log: {}",
        before[3]
    );

    let there = rows(&copy(&first, &second));
    assert!(
        there.iter().any(|line| line.trim() == "200 contacts"),
        "{there:?}"
    );
    assert!(
        there
            .iter()
            .any(|line| line.ends_with(" leaves") && line.trim() != "0 leaves")
    );
    assert_eq!(rows(&copy(&second, &third)), there);
    let (second, after) = answers(second, &keys).await;
    assert_eq!(before, after);
    let (third, back) = answers(third, &keys).await;
    assert_eq!(before, back);
    for db in [&second, &third] {
        let altered = run(db, "UPDATE settings SET valid_from = 'x'").await;
        assert!(altered.unwrap_err().contains("never altered"));
        // Rows that number themselves go on after those that were copied.
        let sql = "INSERT INTO settings (seen_ms, subject, valid_from, setting) \
                   VALUES (1, 'a', 'b', 'c')";
        run(db, sql).await.unwrap();
    }
}

async fn copies_into_an_empty_database_only(kind: Kind) {
    let (Some(from), Some(to)) = (fresh_db(Kind::Sqlite).await, fresh_db(kind).await) else {
        return;
    };
    let from = filled(from).await;
    let store = Store::open(&to.location).await.unwrap();
    store
        .meta_or("zone", || "Asia/Tokyo".to_owned())
        .await
        .unwrap();
    store.close().await;
    refused(&copy(&from, &to), "is not empty (its table meta has rows)");
    refused(&copy(&from, &from), "are the same database");
    run(&to, "DELETE FROM meta").await.unwrap();

    run(&from, "CREATE TABLE later (id TEXT)").await.unwrap();
    refused(&copy(&from, &to), "a table later");
    run(&from, "DROP TABLE later").await.unwrap();
    let store = Store::open(&from.location).await.unwrap();
    let writer = store.writer(MONDAY_NINE).await.unwrap();
    refused(&copy(&from, &to), "another process writes");
    drop(writer);
    store.close().await;
    assert!(
        !rows(&copy(&from, &to)).is_empty(),
        "nothing was left there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_into_an_empty_sqlite_database_only() {
    copies_into_an_empty_database_only(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_into_an_empty_postgres_database_only() {
    copies_into_an_empty_database_only(Kind::Postgres).await;
}
