//! A database of the first version, brought up to date: its figures are those it had.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::civil::date;
use quietline::domain::tally::{Count, Tally, Waits};
use quietline::ingest::rebuild;
use quietline::store::{Location, Store};
use rstest::rstest;
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;
use sqlx::migrate::Migrator;

use crate::support::{Kind, centre, fresh_db, run};

/// Wednesday 13 May 2026, 10:00 in Paris.
const TEN_MS: i64 = 1_778_659_200_000;

/// As many calls as the first version counted, one a minute.
const CALLS: i64 = 30;

/// Wednesday 1 April 2026, 10:00 in Paris: a day whose contacts are deleted.
const SEALED_SECS: i64 = 1_775_030_400;

/// Tables as they were at first, and the mark that they are.
async fn first_version(location: &Location) {
    let first = |all: Migrator| Migrator {
        migrations: Cow::Owned(all.migrations.iter().take(1).cloned().collect()),
        ..all
    };
    match location {
        Location::Folder(folder) => {
            let url = format!(
                "sqlite://{}?mode=rwc",
                folder.join("quietline.db").display()
            );
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let migrator = first(sqlx::migrate!("migrations/sqlite"));
            migrator.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let migrator = first(sqlx::migrate!("migrations/postgres"));
            migrator.run(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// A call as the first version kept it: offered, answered after 10 s or abandoned, ended.
fn contact(call: i64) -> String {
    let at_ms = TEN_MS + call * 60_000;
    let event = |kind: &str| format!("{{\"i\":\"{call}-{kind}\",\"s\":\"pbx\"}}");
    let register = |kind: &str, after_ms: i64, value: &str| {
        let at_ms = at_ms + after_ms;
        format!("{{\"t\":{at_ms},\"e\":{},\"v\":{value}}}", event(kind))
    };
    let place = "{\"l\":\"billing\",\"c\":\"voice\"}";
    let offered = register("offered", 0, place);
    if call % 5 == 4 {
        let abandoned = register("abandoned", 40_000, "null");
        return format!("{{\"offered\":{offered},\"abandoned\":{abandoned}}}");
    }
    let set = |kind: &str, after_ms: i64, value: &str| {
        let at_ms = at_ms + after_ms;
        format!("{{\"m\":[[{},[{at_ms},{value}]]]}}", event(kind))
    };
    format!(
        "{{\"offered\":{offered},\"answered\":{},\"ended\":{},\"handled\":{}}}",
        set("answered", 10_000, "null"),
        register("ended", 70_000, "null"),
        set("ended", 70_000, "60000"),
    )
}

/// Rows of both grains, of contacts, of a sealed day, and of what the sources said of themselves.
fn rows() -> String {
    let mut sql = "INSERT INTO meta VALUES ('zone', 'Europe/Paris');\n\
         INSERT INTO meta VALUES ('contact_key_secret', \
         '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');\n\
         INSERT INTO tokens VALUES ('aa', 'pbx', 1, NULL);\n"
        .to_owned();
    for call in 0..CALLS {
        let (at_ms, facts) = (TEN_MS + call * 60_000, contact(call));
        writeln!(
            sql,
            "INSERT INTO contacts VALUES ('{call:032x}', '2026-05-13', {at_ms}, 1, {at_ms}, '{facts}');"
        )
        .unwrap();
    }
    let start = TEN_MS / 1_000;
    for (table, key, start, calls) in [
        ("interval_cells", "start_secs", start.to_string(), 15),
        (
            "interval_cells",
            "start_secs",
            (start + 900).to_string(),
            15,
        ),
        ("day_cells", "day", "'2026-05-13'".to_owned(), 30),
        ("interval_cells", "start_secs", SEALED_SECS.to_string(), 50),
        ("day_cells", "day", "'2026-04-01'".to_owned(), 50),
    ] {
        sql.push_str(&cell(table, key, &start, calls));
    }
    let hash = hash_of_sealed(50);
    writeln!(
        sql,
        "INSERT INTO sealed_days VALUES ('2026-04-01', {TEN_MS}, '{hash}');"
    )
    .unwrap();
    sql
}

/// A row of cells for so many calls, of which every fifth was abandoned.
fn cell(table: &str, key: &str, start: &str, calls: i64) -> String {
    let (abandoned, answered) = (calls / 5, calls / 5 * 4);
    let (answered_ms, abandoned_ms) = (answered * 10_000, abandoned * 40_000);
    let handle_ms = answered * 60_000;
    format!(
        "INSERT INTO {table} ({key}, line, channel, attempts, offered, answered, abandoned, \
             wait_answered_ms_sum, wait_abandoned_ms_sum, handle_ms_sum, handled, \
             waits_answered, waits_abandoned, waits_customer, first_ms, changed_ms) \
         VALUES ({start}, 'billing', 'voice', {calls}, {calls}, {answered}, {abandoned}, {answered_ms}, \
             {abandoned_ms}, {handle_ms}, {answered}, '0,{answered}', '0,0,0,0,0,{abandoned}', \
             '0,{answered}', {TEN_MS}, {TEN_MS});\n"
    )
}

/// The hash of a sealed day as the first version wrote it down: 28 counts and 3 histograms of 28
/// bins a cell, the day's first.
fn hash_of_sealed(calls: i64) -> String {
    let (abandoned, answered) = (calls / 5, calls / 5 * 4);
    let mut counts = [0; 28];
    for (place, count) in [
        (0, calls),
        (4, calls),
        (5, answered),
        (6, abandoned),
        (15, answered * 10_000),
        (16, abandoned * 40_000),
        (18, answered * 60_000),
        (19, answered),
    ] {
        counts[place] = count;
    }
    let counts = counts.map(|count| count.to_string()).join(" ");
    let bins = |answered: i64, abandoned: i64| {
        let mut bins = [0; 28];
        (bins[1], bins[5]) = (answered, abandoned);
        bins.map(|bin| bin.to_string()).join(",")
    };
    let (first, second) = (bins(answered, 0), bins(0, abandoned));
    let cell = |start: &str| format!("{start} billing voice {counts} {first} {second} {first}\n");
    let text = cell("day") + &cell(&SEALED_SECS.to_string());
    hex::encode(Sha256::digest(text))
}

async fn figures(store: &Store) -> Vec<(String, i64, i64, i64)> {
    let cells = store.day_cells(date(2026, 1, 1), date(2027, 1, 1)).await;
    let told = |(day, _, tally): (jiff::civil::Date, _, Tally)| {
        let count = |count| tally.count(count);
        let (offered, answered) = (count(Count::Offered), count(Count::Answered));
        let within = tally.waits(Waits::Answered).within(20).unwrap();
        (day.to_string(), offered, answered, within)
    };
    cells.unwrap().into_iter().map(told).collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_database_of_the_first_version_keeps_its_figures(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    first_version(&db.location).await;
    run(&db, rows().leak()).await.unwrap();
    // Brought up to date, and opened once more as any later start does.
    Store::open(&db.location).await.unwrap().close().await;
    let store = Store::open(&db.location).await.unwrap();
    let expected = [
        ("2026-04-01".to_owned(), 50, 40, 40),
        ("2026-05-13".to_owned(), CALLS, 24, 24),
    ];
    assert_eq!(figures(&store).await, expected);
    let findings = rebuild::check(&store, &centre()).await.unwrap();
    assert_eq!(findings.wrong, []);
    assert_eq!((findings.contacts, findings.days_sealed), (30, 1));
    let tokens = store.tokens().await.unwrap();
    assert_eq!(tokens, [("aa".to_owned(), "pbx".to_owned())]);
    store.close().await;
}

/// The control: a first version that had counted otherwise would be seen.
#[tokio::test]
async fn a_wrong_figure_of_the_first_version_is_seen() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    first_version(&db.location).await;
    run(&db, rows().leak()).await.unwrap();
    run(&db, "UPDATE day_cells SET answered = answered + 1")
        .await
        .unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let findings = rebuild::check(&store, &centre()).await.unwrap();
    assert_eq!(findings.wrong.len(), 2, "{:?}", findings.wrong);
    store.close().await;
}
