//! Asterisk's log, read as it grows and imported, on both databases.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use quietline::app;
use quietline::clock::Clock;
use quietline::domain::batch::Mark;
use quietline::domain::centre::Centre;
use quietline::domain::event::Millis;
use quietline::domain::tally::{Count, Tally};
use quietline::ingest::door::Door;
use quietline::ingest::tail::Tail;
use quietline::ingest::writer::{Writer, WriterHandle};
use quietline::store::backup::copy_database;
use quietline::store::{Location, Store};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::{Kind, MONDAY_NINE, TestDb, fresh_db};

fn description(log: &Path) -> String {
    format!(
        "name = \"C\"\nzone = \"UTC\"\nhours = {{ mon-sun = \"0:00-24:00\" }}\n\
         [[lines]]\nid = \"billing\"\nname = \"Billing\"\n\
         [[sources]]\nid = \"pbx\"\nkind = \"asterisk_queue_log\"\npath = \"{}\"\n\
         queues = {{ \"400\" = \"billing\" }}\n",
        log.display()
    )
}

fn call(n: i64) -> String {
    let at = MONDAY_NINE / 1_000 - 3_600 + n;
    format!(
        "{at}|{at}.{n}|400|NONE|ENTERQUEUE||0791234567|1\n\
         {}|{at}.{n}|400|Ana|CONNECT|10|x|1\n{}|{at}.{n}|400|Ana|COMPLETECALLER|10|60|1\n",
        at + 10,
        at + 70
    )
}

fn append(path: &Path, text: &str) {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

/// A process that reads the log.
struct Reading {
    store: Store,
    tail: Tail,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Reading {
    async fn start(db: &TestDb, centre: &Arc<Centre>, now_ms: Millis) -> Self {
        let clock = Clock::fixed(now_ms);
        let store = Store::open(&db.location).await.unwrap();
        let (sender, _) = mpsc::unbounded_channel();
        let writer = Writer::open(&store, Arc::clone(centre), clock.clone(), sender).await;
        let (handle, waiting) = WriterHandle::channel();
        let task = tokio::spawn(writer.unwrap().run(waiting));
        let door = Arc::new(Door::new(centre, app::key_maker(&store).await.unwrap()));
        let source = &centre.sources[0];
        let mark = store.mark(&source.id).await.unwrap();
        let tail = Tail::of(source, mark, door, handle, clock).unwrap();
        Self { store, tail, task }
    }

    async fn look(&mut self) {
        self.tail.look().await.unwrap().unwrap();
    }

    async fn stop(self) {
        drop(self.tail);
        self.task.await.unwrap().unwrap();
        self.store.close().await;
    }
}

async fn total(store: &Store) -> Tally {
    let from = jiff::civil::date(2026, 1, 1);
    let cells = store
        .day_cells(from, jiff::civil::date(2027, 1, 1))
        .await
        .unwrap();
    cells.into_iter().map(|(_, _, tally)| tally).sum()
}

async fn a_log_counts_once_through_restarts(kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("queue_log");
    let centre = quietline::config::parse_centre(&description(&log)).unwrap();
    let centre = Arc::new(centre);
    append(&log, &call(0));
    let mut first = Reading::start(&db, &centre, MONDAY_NINE).await;
    first.look().await;
    first.stop().await;
    append(&log, &call(1));
    std::fs::rename(&log, folder.path().join("queue_log.1")).unwrap();
    append(&log, &call(2));
    let mut second = Reading::start(&db, &centre, MONDAY_NINE + 600_000).await;
    second.look().await;
    second.look().await;
    let tally = total(&second.store).await;
    assert_eq!(tally.count(Count::Answered), 3);
    assert_eq!(tally.count(Count::HandleMsSum), 180_000);
    let mark: Mark = second.store.mark("pbx").await.unwrap().unwrap();
    assert_eq!(mark.offset, i64::try_from(call(2).len()).unwrap());
    assert_eq!(mark.read_ms, MONDAY_NINE + 600_000);
    // Ten minutes without anybody reading, and yet everything of them is known.
    let spans = second.store.coverage(0, i64::MAX).await.unwrap();
    let covered: Vec<(Millis, Millis)> = spans
        .iter()
        .map(|(_, span)| (span.start_ms, span.end_ms))
        .collect();
    assert!(
        covered.contains(&(MONDAY_NINE - 3_600_000, MONDAY_NINE)),
        "{covered:?}"
    );
    assert!(
        covered.contains(&(MONDAY_NINE, MONDAY_NINE + 600_000)),
        "{covered:?}"
    );
    second.stop().await;
}

#[tokio::test]
async fn a_log_counts_once_through_restarts_on_sqlite() {
    a_log_counts_once_through_restarts(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_log_counts_once_through_restarts_on_postgres() {
    a_log_counts_once_through_restarts(Kind::Postgres).await;
}

/// A backup knows less far than the log was read: what lies between is read again from the files.
#[tokio::test]
async fn a_restored_backup_reads_again_what_it_does_not_know() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let Location::Folder(data) = &db.location else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("queue_log");
    let centre = quietline::config::parse_centre(&description(&log)).unwrap();
    let centre = Arc::new(centre);
    append(&log, &call(0));
    let mut reading = Reading::start(&db, &centre, MONDAY_NINE).await;
    reading.look().await;
    let backup = folder.path().join("backup.db");
    copy_database(data, &backup).await.unwrap();
    append(&log, &call(1));
    reading.look().await;
    std::fs::rename(&log, folder.path().join("queue_log.1")).unwrap();
    append(&log, &call(2));
    reading.look().await;
    reading.look().await;
    assert_eq!(total(&reading.store).await.count(Count::Answered), 3);
    reading.stop().await;
    let restored = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["restore", "--replace", "--data-dir"])
        .args([data, &backup])
        .output()
        .unwrap();
    assert!(restored.status.success(), "{restored:?}");

    let mut again = Reading::start(&db, &centre, MONDAY_NINE + 600_000).await;
    let known = total(&again.store).await.count(Count::Answered);
    assert_eq!(
        known, 1,
        "the control: the backup alone does not know the others"
    );
    again.look().await;
    again.look().await;
    let tally = total(&again.store).await;
    assert_eq!(
        tally.count(Count::Answered),
        3,
        "nothing lost, nothing twice"
    );
    assert_eq!(tally.count(Count::HandleMsSum), 180_000);
    again.stop().await;
}

fn import(folder: &Path, files: &[PathBuf]) -> serde_json::Value {
    let done = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args([
            "import",
            "--json",
            "--format",
            "asterisk-queue-log",
            "--config",
        ])
        .arg(folder.join("centre.toml"))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .args(files)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn old_logs_are_imported_and_a_copy_of_them_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("queue_log");
    std::fs::write(folder.path().join("centre.toml"), description(&log)).unwrap();
    let mut text = String::from("1793600000|NONE|NONE|NONE|QUEUESTART|\n");
    for n in 0..3 {
        text.push_str(&call(n));
    }
    writeln!(
        text,
        "1793600001|1.1|999|NONE|ENTERQUEUE||x|1\n0|1.1|400|NONE|CONNECT|1\nnonsense"
    )
    .unwrap();
    // Written before now, whenever that is.
    let text = text
        .replace("17936", "16936")
        .replace("17935", "16935")
        .replace("17934", "16934");
    append(&log, &text);
    let account = import(folder.path(), std::slice::from_ref(&log));
    assert_eq!(account["rows"], 13, "{account}");
    assert_eq!(account["imported"], 9, "{account}");
    assert_eq!(account["not_a_contact"], 2);
    assert_eq!(
        account["ignored"]["a queue that centre.toml does not name"],
        1
    );
    let lines: Vec<&serde_json::Value> = account["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["line"])
        .collect();
    assert_eq!(lines, [12, 13]);
    let copy = folder.path().join("queue_log.gz");
    let file = std::fs::File::create(&copy).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let again = import(folder.path(), &[copy]);
    assert_eq!(
        (&again["imported"], &again["duplicate"]),
        (&0.into(), &9.into()),
        "{again}"
    );
    let location = Location::Folder(folder.path().join("data"));
    let store = Store::open(&location).await.unwrap();
    let from = jiff::civil::date(2023, 1, 1);
    let cells = store
        .day_cells(from, jiff::civil::date(2024, 1, 1))
        .await
        .unwrap();
    let tally: Tally = cells.into_iter().map(|(_, _, tally)| tally).sum();
    assert_eq!(tally.count(Count::Answered), 3);
    store.close().await;
}
