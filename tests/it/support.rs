//! What the tests share: databases of their own, a small centre, events made in one line.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use quietline::app::{App, Settings};
use quietline::clock::Clock;
use quietline::domain::batch::{Batch, Committed, Receipt};
use quietline::domain::centre::{Centre, Channel};
use quietline::domain::event::{ContactEvent, ContactKey, Event, EventId, Fact, Millis, Place};
use quietline::ingest::writer::{SubmitError, Writer, WriterHandle};
use quietline::store::{Location, Store};
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Monday 2 November 2026, 09:00 UTC.
pub const MONDAY_NINE: Millis = 1_793_610_000_000;

/// What is done in the background is waited for so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// The two databases on which every store test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database of one test; gone with it.
pub struct TestDb {
    pub location: Location,
    keys: TempDir,
    _folder: Option<TempDir>,
}

/// A statement of somebody who has got hold of the database's connection.
pub async fn run(db: &TestDb, sql: &'static str) -> Result<(), String> {
    let done = match &db.location {
        Location::Folder(folder) => {
            let url = format!("sqlite://{}", folder.join("quietline.db").display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let done = connection.execute(sqlx::AssertSqlSafe(sql)).await;
            connection.close().await.unwrap();
            done.map(|_| ())
        }
        Location::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection
                .execute(sqlx::AssertSqlSafe(sql))
                .await
                .map(|_| ())
        }
    };
    done.map_err(|error| error.to_string())
}

impl TestDb {
    /// Where the keys of the public log lie; gone with the database.
    pub fn key_folder(&self) -> &Path {
        self.keys.path()
    }
}

/// A fresh database, or `None`, said aloud, where no server is at hand (`make test` brings one).
pub async fn fresh_db(kind: Kind) -> Option<TestDb> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let keys = TempDir::new().unwrap();
    if kind == Kind::Sqlite {
        let folder = TempDir::new().unwrap();
        let location = Location::Folder(folder.path().to_owned());
        return Some(TestDb {
            location,
            keys,
            _folder: Some(folder),
        });
    }
    let Ok(server) = std::env::var("QUIETLINE_TEST_POSTGRES") else {
        eprintln!("SKIPPED on PostgreSQL: QUIETLINE_TEST_POSTGRES is not set; `make test` sets it");
        return None;
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("quietline_test_{}_{number}", std::process::id());
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    admin.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let root = base.rsplit_once('/').map_or(base, |(root, _)| root);
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    let location = Location::Postgres(format!("{root}/{name}{query}"));
    Some(TestDb {
        location,
        keys,
        _folder: None,
    })
}

/// A centre with two lines and one source that may say everything.
pub fn centre() -> Arc<Centre> {
    let text = include_str!("../fixtures/small.toml");
    Arc::new(quietline::config::parse_centre(text).unwrap())
}

/// A key for the n-th contact.
pub fn key(n: u64) -> ContactKey {
    let mut key = [0; 16];
    key[8..].copy_from_slice(&n.to_be_bytes());
    ContactKey(key)
}

/// A place on one of the lines.
pub fn on(line: &str) -> Place {
    Place {
        line: line.to_owned(),
        channel: Channel::Voice,
    }
}

/// An event about the n-th contact; its id is made of number and instant.
pub fn event(n: u64, at_ms: Millis, fact: Fact) -> Event {
    let id = format!("{n}-{at_ms}-{:?}", std::mem::discriminant(&fact));
    Event::Contact(ContactEvent {
        contact: key(n),
        event: EventId {
            id,
            source: "pbx".to_owned(),
        },
        at_ms,
        revision: 0,
        fact,
    })
}

/// A batch of the source `pbx`, received now.
pub fn batch(received_ms: Millis, events: Vec<Event>) -> Batch {
    Batch {
        source: "pbx".to_owned(),
        received_ms,
        events,
        covers: Vec::new(),
        rejected: 0,
        mark: None,
    }
}

/// A writer at work on a database.
pub struct Writing {
    pub store: Store,
    pub centre: Arc<Centre>,
    pub clock: Clock,
    pub committed: mpsc::UnboundedReceiver<Committed>,
    handle: Option<WriterHandle>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Writing {
    /// Opens the database and starts the writer.
    pub async fn start(db: &TestDb, clock: Clock) -> Self {
        let store = Store::open(&db.location).await.unwrap();
        let centre = centre();
        let (sender, committed) = mpsc::unbounded_channel();
        let writer = Writer::open(&store, Arc::clone(&centre), clock.clone(), sender)
            .await
            .unwrap();
        let (handle, waiting) = WriterHandle::channel();
        let task = tokio::spawn(writer.run(waiting));
        Self {
            store,
            centre,
            clock,
            committed,
            handle: Some(handle),
            task,
        }
    }

    /// Submits events received now.
    pub async fn send(&self, events: Vec<Event>) -> Result<Receipt, SubmitError> {
        let batch = batch(self.clock.now_ms(), events);
        self.handle.as_ref().unwrap().submit(batch).await
    }

    /// Stops the writer, gives the lease back, and leaves the database to the next one.
    pub async fn stop(mut self) {
        self.handle = None;
        self.task.await.unwrap().unwrap();
        self.store.close().await;
    }
}

/// A whole Quietline on a port of its own.
pub struct Spawned {
    pub client: reqwest::Client,
    pub token: String,
    pub clock: Clock,
    app: App,
    db: TestDb,
}

impl Spawned {
    /// Starts it on an empty database, with a token for the source `pbx`.
    pub async fn start(db: TestDb, clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_with(db, clock, listener, Settings::default()).await
    }

    /// The same at an address and with settings of the test's choice.
    pub async fn start_with(
        db: TestDb,
        clock: Clock,
        listener: TcpListener,
        settings: Settings,
    ) -> Self {
        Self::start_centre(centre(), db, clock, (listener, settings)).await
    }

    /// The same of a centre of the test's own.
    pub async fn start_centre(
        centre: Arc<Centre>,
        db: TestDb,
        clock: Clock,
        (listener, settings): (TcpListener, Settings),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = Store::open(&db.location).await.unwrap();
        // Each start has a token of its own: one that was started before may have left its.
        let token = format!("{:032x}", rand::random::<u128>());
        let hash = hex::encode(quietline::ingest::tokens::hash_token(&token));
        store.add_token(&hash, "pbx", clock.now_ms()).await.unwrap();
        let app = App::start_with(centre, store, clock.clone(), listener, settings)
            .await
            .unwrap();
        let client = reqwest::Client::new();
        Self {
            client,
            token,
            clock,
            app,
            db,
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.app.address)
    }

    /// Posts events with the token.
    pub async fn post(&self, content_type: &str, body: String) -> reqwest::Response {
        let request = self
            .client
            .post(self.url("/ingest/v1/events"))
            .bearer_auth(&self.token);
        request
            .header("content-type", content_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// A JSON answer.
    pub async fn json(&self, path: &str) -> serde_json::Value {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Asks for an address until there is something at it: what becomes public does so soon.
    pub async fn answers(&self, path: &str) -> reqwest::Response {
        let asking = async {
            loop {
                let answer = self.client.get(self.url(path)).send().await.unwrap();
                if answer.status().is_success() {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        };
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        answer.unwrap_or_else(|_| panic!("there is nothing at {path}"))
    }

    /// Lets a second pass on the fixed clock and waits for its frame.
    pub async fn next_frame(&self) -> serde_json::Value {
        let mut frames = self.app.hub.follow();
        self.clock.set(self.clock.now_ms() + 1_000);
        let after_ms = self.clock.now_ms();
        let frame = frames
            .wait_for(|frame| frame.as_ref().is_some_and(|frame| frame.at_ms >= after_ms))
            .await
            .unwrap()
            .clone()
            .unwrap();
        serde_json::to_value(&*frame.now).unwrap()
    }

    /// Stops it in order and leaves its database.
    pub async fn stop(self) -> TestDb {
        self.app.stop().await.unwrap();
        self.db
    }
}
