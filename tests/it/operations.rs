//! What an operator does to a running program: asks it to stop, to read its description again, and
//! how it is.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use quietline::app::Settings;
use quietline::clock::Clock;
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::crash::{
    CALLS_A_BATCH, PATIENCE, Server, command, counted, fixture, make_token, send, send_until,
};
use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, fresh_db};

/// What the program tells on standard error.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<VecDeque<String>>>);

impl Told {
    /// Takes the lines as they come, so that the program never waits for us.
    fn of(server: &mut Server) -> Self {
        let told = Self::default();
        let (lines, own) = (server.child.stderr.take().unwrap(), told.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines().map_while(Result::ok) {
                own.0.lock().unwrap().push_back(line);
            }
        });
        told
    }

    /// The next line that says this.
    async fn wait_for(&self, words: &str) -> String {
        let found = async {
            loop {
                if let Some(line) = self.0.lock().unwrap().pop_front()
                    && line.contains(words)
                {
                    return line;
                }
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("nothing says {words:?}"))
    }
}

fn signal(server: &Server, name: &str) {
    let mut kill = std::process::Command::new("kill");
    let sent = kill.args([name, &server.child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn site(server: &Server, path: &str) -> String {
    server.url.replace("/ingest/v1/events", path)
}

async fn text(url: &str) -> String {
    let answer = reqwest::get(url).await.unwrap();
    answer.text().await.unwrap()
}

/// A server whose description may be changed.
fn start_with_description(db: &TestDb, folder: &Path) -> (Server, PathBuf) {
    let file = folder.join("centre.toml");
    std::fs::copy(fixture("small.toml"), &file).unwrap();
    let mut command = command(db);
    command.env("QUIETLINE_CONFIG", &file);
    command.env("QUIETLINE_LOG", "info");
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    (Server::from(command), file)
}

fn rewrite(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from));
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_description_is_read_without_dropping_anybody(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let folder = TempDir::new().unwrap();
    let (mut server, file) = start_with_description(&db, folder.path());
    let told = Told::of(&mut server);
    let live = reqwest::get(site(&server, "/api/v1/live")).await.unwrap();
    let mut live = live.bytes_stream();
    let epoch = loop {
        let piece = live.next().await.unwrap().unwrap();
        let piece = String::from_utf8_lossy(&piece).into_owned();
        if let Some((_, frame)) = piece.split_once("id: ") {
            break frame.split_once(':').unwrap().0.to_owned();
        }
    };

    rewrite(&file, "en = \"Billing\"", "en = \"Accounts\"");
    // Everybody goes on sending while it changes.
    let next = Arc::new(AtomicUsize::new(0));
    let sending = send_until_told(&server.url, &token, &next);
    signal(&server, "-HUP");
    told.wait_for("the new description holds").await;
    let after = next.load(Ordering::Relaxed) + 20;
    let some_more = async {
        while next.load(Ordering::Relaxed) < after {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, some_more).await.unwrap();
    let acknowledged = sending.finish().await;
    assert_eq!(
        acknowledged,
        next.load(Ordering::Relaxed),
        "nobody was turned away"
    );

    // The same connection, the same run of the feed, and the new name.
    let renamed = async {
        loop {
            let piece = live.next().await.expect("the feed goes on").unwrap();
            let piece = String::from_utf8_lossy(&piece).into_owned();
            assert!(!piece.contains("id: ") || piece.contains(&epoch));
            if text(&site(&server, "/")).await.contains("Accounts") {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, renamed).await.unwrap();
    let calls = i64::try_from(acknowledged * CALLS_A_BATCH).unwrap();
    assert_eq!(counted(&db).await, calls);
}

/// Senders at work until they are told to finish.
struct Sending {
    stop: Arc<std::sync::atomic::AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<usize>>,
}

fn send_until_told(url: &str, token: &str, next: &Arc<AtomicUsize>) -> Sending {
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let tasks = (0..2).map(|_| {
        let (url, token) = (url.to_owned(), token.to_owned());
        let (next, stop) = (Arc::clone(next), Arc::clone(&stop));
        tokio::spawn(async move {
            let client = reqwest::Client::new();
            let mut acknowledged = 0;
            while !stop.load(Ordering::Relaxed) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                acknowledged += usize::from(send(&client, &url, &token, number).await);
            }
            acknowledged
        })
    });
    Sending {
        tasks: tasks.collect(),
        stop,
    }
}

impl Sending {
    /// How many batches were acknowledged.
    async fn finish(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = 0;
        for task in self.tasks {
            all += task.await.unwrap();
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_with_mistakes_is_refused_and_the_old_one_stays() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new().unwrap();
    let (mut server, file) = start_with_description(&db, folder.path());
    let told = Told::of(&mut server);
    let sound = std::fs::read_to_string(&file).unwrap();
    for (from, to, says) in [
        ("id = \"moving\"", "id = \"billing\"", "centre.toml:"),
        (
            "Europe/Paris",
            "Asia/Tokyo",
            "the days were cut in Europe/Paris",
        ),
        (
            "8:00-18:00\" }",
            "8:00-18:00\" }\nsla = { threshold_secs = 90 }",
            "valid_from",
        ),
        (
            "[[sites]]\nid = \"town\"",
            "[[sources]]\nid = \"chat\"\nkind = \"chatwoot\"\nqueues = { \"3\" = \"billing\" }\n\
             secret_file = \"/nowhere/secret\"\n[[sites]]\nid = \"town\"",
            "reading the secret of source chat",
        ),
    ] {
        rewrite(&file, from, to);
        signal(&server, "-HUP");
        let line = told.wait_for("the old description stays").await;
        assert!(line.contains(says), "{line}");
        std::fs::write(&file, &sound).unwrap();
        let page = text(&site(&server, "/")).await;
        assert!(page.contains("Billing") && page.contains("Moving home"));
    }
    signal(&server, "-HUP");
    told.wait_for("the new description holds").await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_gentle_stop_loses_nothing_that_was_acknowledged(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let next = Arc::new(AtomicUsize::new(0));
    let mut acknowledged = 0;
    for enough in [3, 9] {
        let mut server = Server::start(&db);
        let stop = |server: &mut Server| {
            signal(server, "-TERM");
            assert!(server.child.wait().unwrap().success(), "it ends by itself");
        };
        let sent = send_until(&mut server, &token, (&next, enough), stop).await;
        acknowledged += sent.len();
        // Unlike a kill, a stop leaves no batch written whose sender was not told.
        let calls = i64::try_from(acknowledged * CALLS_A_BATCH).unwrap();
        assert_eq!(counted(&db).await, calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_on_a_port_of_their_own() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let mut command = command(&db);
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--ops-listen",
        "127.0.0.1:0",
    ]);
    command.args(["--log-format", "json"]);
    command.env("QUIETLINE_LOG", "info");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut server, more) = Server::and_next_line(command);
    let told = Told::of(&mut server);
    let line = told.wait_for("has started").await;
    let record: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["level"], "INFO");
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));

    assert!(send(&reqwest::Client::new(), &server.url, &token, 0).await);
    let metrics = more.split_whitespace().last().unwrap();
    let metrics = text(metrics).await;
    for line in [
        "quietline_events_total{source=\"pbx\",outcome=\"counted\"} 120",
        "quietline_requests_total{class=\"ingest\",status=\"2xx\"} 1",
        "quietline_commit_seconds_count 1",
        "quietline_batches_waiting 0",
        "quietline_listeners 0",
        "quietline_record_state{state=\"broken\"} 0",
    ] {
        assert!(
            metrics.lines().any(|own| own == line),
            "{line} in {metrics}"
        );
    }
    for name in ["quietline_database_bytes", "process_resident_memory_bytes"] {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap();
        let value: f64 = line.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(value > 10_000.0, "{line}");
    }
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let family = name.split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| {
                family
                    .strip_suffix(end)
                    .filter(|_| name.contains("seconds"))
            })
            .unwrap_or(family);
        assert!(metrics.contains(&format!("# TYPE {family} ")), "{line}");
    }
    let public = reqwest::get(site(&server, "/metrics")).await.unwrap();
    assert_eq!(public.status(), 404, "strangers are told nothing");
}

#[tokio::test]
async fn the_named_address_of_the_site_is_used_wherever_one_is_needed() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        public_url: Some("https://calls.example.org".parse().unwrap()),
        ..Settings::default()
    };
    let app = Spawned::start_with(db, Clock::fixed(MONDAY_NINE), listener, settings).await;
    let feed = text(&app.url("/editions.atom")).await;
    assert!(
        feed.contains("https://calls.example.org/editions"),
        "{feed}"
    );
    assert!(!feed.contains("127.0.0.1"), "{feed}");
    app.stop().await;
}

#[tokio::test]
async fn a_record_that_waits_is_told_by_readiness_and_turns_nobody_away() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let log = app.url("/api/v1/log");
    let has_log = async { while reqwest::get(&log).await.unwrap().status() != 200 {} };
    tokio::time::timeout(PATIENCE, has_log).await.unwrap();
    let db = app.stop().await;
    let year_ms = 365 * 86_400_000;
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE + year_ms)).await;
    let url = app.url("/readyz");
    let told = async {
        loop {
            let answer = reqwest::get(&url).await.unwrap();
            assert_eq!(answer.status(), 200);
            let text = answer.text().await.unwrap();
            if text.contains("nothing is published") {
                return text;
            }
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert!(
        told.contains("365 days") && told.contains("--after-pause"),
        "{told}"
    );
    app.stop().await;
}
