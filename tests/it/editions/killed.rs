//! The program itself, killed while it brings editions out: each is whole or not there at all, and
//! none is there twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jiff::ToSpan;
use quietline::domain::edition::IsoWeek;
use quietline::domain::log::Leaf;
use quietline::publish::leaf;
use quietline::store::{Location, Store};
use rstest::rstest;
use sha2::{Digest, Sha256};

use crate::support::{Kind, TestDb, fresh_db};

/// Weeks that a start has to catch up with, at least.
const WEEKS: usize = 120;

/// As many for each round: some are still to come out in the last one.
const WEEKS_A_ROUND: usize = 4;

/// Rounds of killing; `QUIETLINE_KILLS` asks for more.
const ROUNDS: usize = 6;

/// A test that waits longer than this has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(4);

struct Server(Child);

impl Server {
    fn start(db: &TestDb, config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
        command
            .env("QUIETLINE_CONFIG", config)
            .env("QUIETLINE_LOG", "error")
            .env("QUIETLINE_KEYS", db.key_folder());
        match &db.location {
            Location::Folder(folder) => command.env("QUIETLINE_DATA_DIR", folder),
            Location::Postgres(url) => command.env("QUIETLINE_DATABASE_URL", url),
        };
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines
            .next()
            .expect("the server says where it listens")
            .unwrap();
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is wrong with the editions in a database: every slot from the first on has one first
/// version, its leaf is on the list, and its facts are kept as they were hashed.
async fn wrongs(store: &Store) -> Vec<String> {
    let leaves = store.edition_leaves(0).await.unwrap();
    let mut wrong = Vec::new();
    let mut weeks: BTreeMap<IsoWeek, Vec<&Leaf>> = BTreeMap::new();
    let mut missed = BTreeSet::new();
    for own in &leaves {
        let week: IsoWeek = own.subject.parse().unwrap();
        if own.kind == "missed_slot" {
            missed.insert(week);
        } else {
            weeks.entry(week).or_default().push(own);
        }
    }
    let mut listed = 0;
    for (week, versions) in &weeks {
        if versions.len() != 1 {
            wrong.push(format!("{week} has {} versions", versions.len()));
        }
        let told = leaf::read(&versions[0].bytes).unwrap();
        let hash = &told.documents["facts"];
        match store.document(hash).await.unwrap() {
            Some(bytes) if hex::encode(Sha256::digest(&bytes)) == *hash => {}
            _ => wrong.push(format!("the facts of {week} are not whole")),
        }
        let mut tx = store.begin_desk().await.unwrap();
        listed += tx.version_count(*week).await.unwrap();
    }
    if usize::try_from(listed).unwrap() != weeks.len() {
        wrong.push(format!(
            "{listed} versions are on the list of {}",
            weeks.len()
        ));
    }
    for (week, next) in weeks.keys().zip(weeks.keys().skip(1)) {
        if week.next() != *next {
            wrong.push(format!("after {week} comes {next}"));
        }
    }
    for week in missed.iter().filter(|week| !weeks.contains_key(*week)) {
        wrong.push(format!("{week} was missed and is not out"));
    }
    wrong
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn an_edition_survives_kill_9_whole_or_is_not_there(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("centre.toml");
    let now_ms = quietline::clock::Clock::System.now_ms();
    let today = quietline::domain::period::local_day(now_ms, &jiff::tz::TimeZone::UTC);
    let rounds = std::env::var("QUIETLINE_KILLS").ok();
    let rounds = rounds.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let weeks = WEEKS.max(WEEKS_A_ROUND * rounds);
    let since = today.saturating_sub(i64::try_from(weeks).unwrap().weeks());
    let releases =
        format!("\n[releases]\nweekday = \"thursday\"\ntime = \"10:00\"\nsince = {since}\n");
    let text = include_str!("../../fixtures/small.toml").to_owned() + &releases;
    std::fs::write(&config, text).unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let mut out = 0;
    for _ in 0..rounds {
        let server = Server::start(&db, &config);
        let enough = out + 1 + rand::random_range(0..weeks / rounds);
        let waited = tokio::time::timeout(PATIENCE, async {
            while out < enough {
                out = store.edition_leaves(0).await.unwrap().len() / 2;
            }
        });
        waited.await.expect("editions come out");
        drop(server);
        assert_eq!(wrongs(&store).await, Vec::<String>::new());
    }
    // Once all of them are out there would be nothing left to be killed in.
    assert!(out < weeks, "{out} of {weeks}");
    store.close().await;
}

#[tokio::test]
async fn half_an_edition_would_be_seen() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let (week, due_ms) = super::first_week();
    let room = super::Room::open(&db, due_ms).await;
    room.turn_at(due_ms).await;
    assert_eq!(wrongs(&room.store).await, Vec::<String>::new());
    // Without the one transaction a process that is killed would leave this.
    let mut body = serde_json::Map::new();
    let hash = "0".repeat(64);
    body.insert("documents".to_owned(), serde_json::json!({"facts": hash}));
    let next = week.next().to_string();
    let half = leaf::compose(
        quietline::domain::log::Kind::Edition,
        (&next, 1),
        due_ms,
        body,
    );
    room.store.append_leaf(&half.unwrap()).await.unwrap();
    assert_eq!(
        wrongs(&room.store).await.len(),
        2,
        "no facts, and not on the list"
    );
}
