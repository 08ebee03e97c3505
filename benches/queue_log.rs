//! How many lines a second of Asterisk's log are read, and how many become durable, beside what
//! the same disk does with the bare lines.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use quietline::app;
use quietline::clock::Clock;
use quietline::config::parse_centre;
use quietline::domain::centre::Centre;
use quietline::ingest::adapters::Said;
use quietline::ingest::adapters::asterisk::QueueLog;
use quietline::ingest::door::Door;
use quietline::ingest::tail::Tail;
use quietline::ingest::writer::{Writer, WriterHandle};
use quietline::store::{Location, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tokio::sync::mpsc;

const CALLS: i64 = 40_000;
const FIRST: i64 = 1_786_000_000;
const NOW_MS: i64 = (FIRST + 100_000) * 1_000;
const TURNS: usize = 3;
const ROWS_A_COMMIT: usize = 1_000;
const ROWS_A_STATEMENT: usize = 125;

/// Three lines a call, calls among each other as on a busy morning.
fn log() -> anyhow::Result<String> {
    let mut lines: Vec<(i64, String)> = Vec::new();
    for call in 0..CALLS {
        let at = FIRST + call;
        let id = format!("{at}.{call}");
        lines.push((at, format!("{at}|{id}|400|NONE|ENTERQUEUE||0791234567|1")));
        let answered = at + 20;
        lines.push((
            answered,
            format!("{answered}|{id}|400|PJSIP/7001|CONNECT|20|{id}|4"),
        ));
        let ended = answered + 180;
        lines.push((
            ended,
            format!("{ended}|{id}|400|PJSIP/7001|COMPLETECALLER|20|180|1"),
        ));
    }
    lines.sort_by_key(|(at, _)| *at);
    let mut log = String::new();
    for (_, line) in lines {
        writeln!(log, "{line}")?;
    }
    Ok(log)
}

fn describe(path: &Path) -> anyhow::Result<Arc<Centre>> {
    let text = format!(
        "name = \"C\"\nzone = \"UTC\"\nhours = {{ mon-sun = \"0:00-24:00\" }}\n\
         [[lines]]\nid = \"billing\"\nname = \"Billing\"\n\
         [[sources]]\nid = \"pbx\"\nkind = \"asterisk_queue_log\"\npath = \"{}\"\n\
         queues = {{ \"400\" = \"billing\" }}\n",
        path.display()
    );
    let centre = parse_centre(&text);
    centre
        .map(Arc::new)
        .map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))
}

fn rate(lines: usize, began: Instant) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(lines)?) / began.elapsed().as_secs_f64())
}

/// Lines to events that have passed the door.
fn parse(log: &str, centre: &Centre) -> anyhow::Result<f64> {
    let source = &centre.sources[0];
    let feed = source.feed.clone().context("the source has no kind")?;
    let door = Door::new(centre, quietline::ingest::keys::KeyMaker::new(&[7; 32]));
    let threshold = door.open_to(&source.id, NOW_MS).context("no such source")?;
    let mut reader = QueueLog::new(feed, &source.prefix);
    let (mut lines, mut admitted) = (0, 0);
    let began = Instant::now();
    for line in log.lines() {
        lines += 1;
        if let Said::Events(events) = reader.read(line.as_bytes(), &format!("f:{lines}")).said {
            let passed = events.iter().filter(|event| threshold.admit(event).is_ok());
            admitted += passed.count();
        }
    }
    let rate = rate(lines, began);
    anyhow::ensure!(admitted == lines, "all of them pass");
    rate
}

/// The same lines split by the csv crate.
fn split(log: &str) -> anyhow::Result<f64> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(b'|').has_headers(false).flexible(true);
    let mut reader = builder.from_reader(log.as_bytes());
    let began = Instant::now();
    let mut lines = 0;
    for record in reader.records() {
        std::hint::black_box(record?);
        lines += 1;
    }
    rate(lines, began)
}

/// From the file into the database, each piece durable before the next.
async fn tail(folder: &Path, centre: &Arc<Centre>, lines: usize) -> anyhow::Result<f64> {
    let clock = Clock::fixed(NOW_MS);
    let store = Store::open(&Location::Folder(folder.to_owned())).await?;
    let (sender, _) = mpsc::unbounded_channel();
    let writer = Writer::open(&store, Arc::clone(centre), clock.clone(), sender).await?;
    let (handle, waiting) = WriterHandle::channel();
    let task = tokio::spawn(writer.run(waiting));
    let door = Arc::new(Door::new(centre, app::key_maker(&store).await?));
    let tail = Tail::of(&centre.sources[0], None, door, handle, clock);
    let mut tail = tail.context("the source is no log")?;
    let began = Instant::now();
    tail.look()
        .await
        .map_err(|_| anyhow::anyhow!("the writer stopped"))??;
    let rate = rate(lines, began);
    let told = tail.account().told;
    anyhow::ensure!(told == u64::try_from(lines)?, "all of them count");
    drop(tail);
    task.await??;
    store.close().await;
    rate
}

/// The bare lines into one table, a durable commit each 1,000.
async fn insert(folder: &Path, log: &str) -> anyhow::Result<f64> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("yardstick.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection
        .execute("CREATE TABLE lines (at BIGINT, call TEXT, queue TEXT, event TEXT)")
        .await?;
    let lines: Vec<&str> = log.lines().collect();
    let began = Instant::now();
    for commit in lines.chunks(ROWS_A_COMMIT) {
        let mut tx = connection.begin().await?;
        for rows in commit.chunks(ROWS_A_STATEMENT) {
            let places = vec!["(?, ?, ?, ?)"; rows.len()].join(", ");
            let statement = AssertSqlSafe(format!("INSERT INTO lines VALUES {places}"));
            let mut query = sqlx::query(statement);
            for line in rows {
                let fields: Vec<&str> = line.split('|').collect();
                query = query
                    .bind(fields[0].parse::<i64>()?)
                    .bind(fields[1])
                    .bind(fields[2])
                    .bind(fields[4]);
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
    let rate = rate(lines.len(), began);
    connection.close().await?;
    rate
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let log = log()?;
    let lines = log.lines().count();
    for _ in 0..TURNS {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("queue_log");
        std::fs::write(&path, &log)?;
        let centre = describe(&path)?;
        let (parsed, split) = (parse(&log, &centre)?, split(&log)?);
        println!(
            "parsed  {parsed:9.0}/s, csv crate   {split:9.0}/s: {:.3}",
            parsed / split
        );
        let durable = tail(folder.path(), &centre, lines).await?;
        let bare = insert(folder.path(), &log).await?;
        println!(
            "durable {durable:9.0}/s, bare insert {bare:9.0}/s: {:.3}",
            durable / bare
        );
    }
    Ok(())
}
