//! What the same disk, driver and parser can do without any of our work: parse, insert, commit.

use std::path::Path;
use std::time::Instant;

use quietline::ingest::wire::{Object, WireEvent};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

const ROWS_A_COMMIT: usize = 1_000;
const ROWS_A_STATEMENT: usize = 125;

const TABLE: &str = "CREATE TABLE events (key TEXT PRIMARY KEY, day TEXT NOT NULL, \
    start_ms BIGINT NOT NULL, settled BIGINT NOT NULL, touched_ms BIGINT NOT NULL, \
    facts TEXT NOT NULL)";
const REPLACE: &str = "ON CONFLICT (key) DO UPDATE SET day = excluded.day, \
    start_ms = excluded.start_ms, settled = excluded.settled, \
    touched_ms = excluded.touched_ms, facts = excluded.facts";

struct Row {
    id: String,
    day: String,
    facts: String,
}

fn parse(event: &str) -> anyhow::Result<Row> {
    let Object(wire) = serde_json::from_str::<Object<WireEvent<'_>>>(event)?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(Row {
        id: text(wire.id.as_deref()),
        day: text(wire.time.as_deref().and_then(|time| time.get(..10))),
        facts: text(wire.kind.as_deref()) + wire.subject.as_deref().unwrap_or_default(),
    })
}

fn rate(events: &[String], began: Instant) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(events.len())?) / began.elapsed().as_secs_f64())
}

/// Bulk inserts into one table, one row an event, a durable commit each 1,000.
pub async fn sqlite(folder: &Path, events: &[String]) -> anyhow::Result<f64> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("yardstick.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.execute(TABLE).await?;
    let insert = |rows: usize| {
        let places = vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", ");
        format!("INSERT INTO events VALUES {places} {REPLACE}")
    };
    let began = Instant::now();
    for commit in events.chunks(ROWS_A_COMMIT) {
        let mut tx = connection.begin().await?;
        for rows in commit.chunks(ROWS_A_STATEMENT) {
            let mut query = sqlx::query(AssertSqlSafe(insert(rows.len())));
            for event in rows {
                let row = parse(event)?;
                query = query
                    .bind(row.id)
                    .bind(row.day)
                    .bind(0_i64)
                    .bind(1_i64)
                    .bind(2_i64)
                    .bind(row.facts);
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    let rate = rate(events, began);
    connection.close().await?;
    rate
}

/// One `unnest` upsert each 1,000 events, each a durable commit.
pub async fn postgres(url: &str, events: &[String]) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute(TABLE).await?;
    let upsert = format!(
        "INSERT INTO events SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], \
         $4::bigint[], $5::bigint[], $6::text[]) {REPLACE}"
    );
    let began = Instant::now();
    for rows in events.chunks(ROWS_A_COMMIT) {
        let rows = rows
            .iter()
            .map(|event| parse(event))
            .collect::<anyhow::Result<Vec<Row>>>()?;
        let numbers = vec![1_i64; rows.len()];
        let (mut ids, mut days, mut facts) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            ids.push(row.id);
            days.push(row.day);
            facts.push(row.facts);
        }
        sqlx::query(AssertSqlSafe(upsert.clone()))
            .bind(ids)
            .bind(days)
            .bind(&numbers)
            .bind(&numbers)
            .bind(&numbers)
            .bind(facts)
            .execute(&mut connection)
            .await?;
    }
    let rate = rate(events, began);
    connection.close().await?;
    rate
}
