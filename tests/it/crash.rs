//! The program itself, killed while it takes events in. The oracle knows every event: what was
//! acknowledged is counted exactly once, whatever happened.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quietline::domain::tally::Count;
use quietline::store::{Location, Store};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Kind, TestDb, fresh_db};

pub(crate) const CALLS_A_BATCH: usize = 40;
const SENDERS: usize = 4;

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub(crate) fn command(db: &TestDb) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command
        .env("QUIETLINE_CONFIG", fixture("small.toml"))
        .env("QUIETLINE_LOG", "error")
        .env("QUIETLINE_KEYS", db.key_folder());
    match &db.location {
        Location::Folder(folder) => command.env("QUIETLINE_DATA_DIR", folder),
        Location::Postgres(url) => command.env("QUIETLINE_DATABASE_URL", url),
    };
    command
}

/// A server of its own; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(db: &TestDb) -> Self {
        let mut command = command(db);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        Self::from(command)
    }

    pub(crate) fn from(command: Command) -> Self {
        Self::with_lines(command, 1).0
    }

    /// A server, and the line that follows the one about where it listens.
    pub(crate) fn and_next_line(command: Command) -> (Self, String) {
        let (server, mut lines) = Self::with_lines(command, 2);
        (server, lines.remove(1))
    }

    fn with_lines(mut command: Command, count: usize) -> (Self, Vec<String>) {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines: Vec<String> = lines.take(count).map(Result::unwrap).collect();
        let line = lines.first().expect("the server says where it listens");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .unwrap();
        let url = format!("{url}/ingest/v1/events");
        (Self { child, url }, lines)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn pause(&self) {
        let stopped = Command::new("kill")
            .args(["-STOP", &self.child.id().to_string()])
            .status();
        assert!(stopped.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn make_token(db: &TestDb) -> String {
    let made = command(db)
        .args(["token", "create", "pbx"])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn batch(number: usize) -> String {
    let calls = (0..CALLS_A_BATCH).flat_map(|call| {
        let subject = format!("{number}-{call}");
        let minute = number % 60;
        let event = |kind: &str, second: usize, data: Value| {
            json!({
                "specversion": "1.0", "id": format!("{subject}-{kind}"), "source": "urn:small:pbx",
                "type": format!("org.quietline.contact.{kind}.v1"), "subject": subject,
                "time": format!("2024-05-13T10:{minute:02}:{second:02}Z"), "data": data,
            })
        };
        [
            event("offered", 0, json!({"line": "billing"})),
            event("answered", 20, json!({})),
            event("ended", 50, json!({"handle_ms": 30_000})),
        ]
    });
    Value::Array(calls.collect()).to_string()
}

pub(crate) async fn send(client: &reqwest::Client, url: &str, token: &str, number: usize) -> bool {
    let request = client.post(url).bearer_auth(token).body(batch(number));
    let request = request.header("content-type", "application/cloudevents-batch+json");
    let Ok(answer) = request.send().await else {
        return false;
    };
    if !answer.status().is_success() {
        return false;
    }
    let answer: Result<Value, _> = answer.json().await;
    answer.is_ok_and(|answer| answer["rejected"] == json!([]))
}

async fn send_until_killed(
    server: &mut Server,
    token: &str,
    next: &Arc<AtomicUsize>,
    enough: usize,
) -> Vec<usize> {
    send_until(server, token, (next, enough), Server::kill).await
}

/// Sends batches from `next` on, of which so many are acknowledged when the server is brought to an
/// end; returns all that were.
pub(crate) async fn send_until(
    server: &mut Server,
    token: &str,
    (next, enough): (&Arc<AtomicUsize>, usize),
    end: impl Fn(&mut Server),
) -> Vec<usize> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (url, token) = (server.url.clone(), token.to_owned());
            let (next, acknowledged) = (Arc::clone(next), Arc::clone(&acknowledged));
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut own = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if !send(&client, &url, &token, number).await {
                        return own;
                    }
                    own.push(number);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let enough_acknowledged = async {
        while acknowledged.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, enough_acknowledged).await;
    assert!(in_time.is_ok(), "the server takes events in");
    end(server);
    let mut all = Vec::new();
    for sender in senders {
        all.extend(sender.await.unwrap());
    }
    all
}

pub(crate) async fn counted(db: &TestDb) -> i64 {
    let store = Store::open(&db.location).await.unwrap();
    let (from, to) = (jiff::civil::date(2024, 5, 1), jiff::civil::date(2024, 6, 1));
    let cells = store.day_cells(from, to).await.unwrap();
    store.close().await;
    cells
        .iter()
        .map(|(_, _, tally)| tally.count(Count::Answered))
        .sum()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_and_counts_once(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let next = Arc::new(AtomicUsize::new(0));
    let mut acknowledged = Vec::new();
    let rounds = std::env::var("QUIETLINE_KILLS").ok();
    let rounds = rounds.and_then(|text| text.parse().ok()).unwrap_or(5);
    for enough in [1, 7, 3, 12, 5].into_iter().cycle().take(rounds) {
        let mut server = Server::start(&db);
        acknowledged.extend(send_until_killed(&mut server, &token, &next, enough).await);
        let calls = |batches: usize| i64::try_from(batches * CALLS_A_BATCH).unwrap();
        let counted = counted(&db).await;
        assert!(
            counted >= calls(acknowledged.len()),
            "acknowledged, but not counted"
        );
        assert!(
            counted <= calls(next.load(Ordering::Relaxed)),
            "counted, but never sent"
        );
        assert_eq!(
            counted % calls(1),
            0,
            "a batch is there whole or not at all"
        );
    }

    // Whoever got no answer sends again: now everything is counted, and nothing twice.
    let server = Server::start(&db);
    let client = reqwest::Client::new();
    let sent = next.load(Ordering::Relaxed);
    for number in 0..sent {
        assert!(send(&client, &server.url, &token, number).await);
    }
    assert_eq!(
        counted(&db).await,
        i64::try_from(sent * CALLS_A_BATCH).unwrap()
    );
    drop(server);
    let check = command(&db).args(["rebuild", "--check"]).status().unwrap();
    assert!(check.success(), "tallies are the sum over contacts");
}

/// The control: an oracle that took *sent* for *acknowledged* would see events missing.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_but_not_acknowledged_may_be_missing() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let token = make_token(&db);
    let mut server = Server::start(&db);
    let client = reqwest::Client::new();
    assert!(send(&client, &server.url, &token, 0).await);
    server.pause();
    let (url, token) = (server.url.clone(), token.clone());
    let sending = tokio::spawn(async move { send(&client, &url, &token, 1).await });
    // The kernel has taken the request when it lies in the paused server's receive buffer.
    let arrived = async {
        while !sending.is_finished() && !has_unread_request(&server) {
            tokio::task::yield_now().await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, arrived).await;
    server.kill();
    assert!(!sending.await.unwrap());
    let one = i64::try_from(CALLS_A_BATCH).unwrap();
    assert_eq!(
        counted(&db).await,
        one,
        "the second batch was sent, and is not there"
    );
}

/// Whether some connection of this machine to the server holds bytes that it has not read.
fn has_unread_request(server: &Server) -> bool {
    let port: u16 = server
        .url
        .split(['/', ':'])
        .nth(4)
        .unwrap()
        .parse()
        .unwrap();
    let wanted = format!("0100007F:{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let unread = fields[4].rsplit(':').next().unwrap();
        fields[1] == wanted && fields[3] == "01" && unread != "00000000"
    })
}

#[test]
fn a_second_server_on_the_same_data_says_who_holds_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = runtime.block_on(fresh_db(Kind::Sqlite)).unwrap();
    let server = Server::start(&db);
    let second = command(&db)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        said.contains(&format!("process {}", server.child.id())),
        "{said}"
    );
}

/// A small disk of its own, by a mount that only the server's namespace sees.
fn start_on_a_small_disk(db: &TestDb, kib: u32) -> Option<Server> {
    let Location::Folder(folder) = &db.location else {
        return None;
    };
    let may = Command::new("unshare").args(["-rm", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no disk can be mounted here (unshare -rm is not allowed)");
        return None;
    }
    let script = format!(
        "mount -t tmpfs -o size={kib}k tmpfs {0} && exec {1} serve --listen 127.0.0.1:0",
        folder.display(),
        env!("CARGO_BIN_EXE_quietline")
    );
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-c", &script])
        .stdout(Stdio::piped());
    command
        .env("QUIETLINE_CONFIG", fixture("small.toml"))
        .env("QUIETLINE_LOG", "off");
    command.env("QUIETLINE_DATA_DIR", folder);
    Some(Server::from(command))
}

/// A token made by the program where the server is: only there is its disk to be seen.
fn make_token_inside(server: &Server, folder: &Path) -> String {
    let made = Command::new("nsenter")
        .args(["-U", "-m", "-t", &server.child.id().to_string()])
        .arg(env!("CARGO_BIN_EXE_quietline"))
        .args(["token", "create", "pbx", "--config"])
        .arg(fixture("small.toml"))
        .arg("--data-dir")
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// A file that takes what is left of a disk.
fn fill_up(filler: &Path) {
    let mut file = std::fs::File::create(filler).unwrap();
    let block = [0_u8; 4_096];
    while std::io::Write::write_all(&mut file, &block).is_ok() {}
}

#[tokio::test]
async fn a_full_disk_is_said_reading_goes_on_and_writing_resumes_by_itself() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let Location::Folder(folder) = db.location.clone() else {
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Some(server) = start_on_a_small_disk(&db, 20_000) else {
        return;
    };
    // The disk is the server's alone; the way to it leads through its process.
    let inside = format!("/proc/{}/root{}", server.child.id(), folder.display());
    let inside = Path::new(&inside);
    let filler = inside.join("filler");
    let client = reqwest::Client::new();
    let token = make_token_inside(&server, &folder);
    let mut sent = 0;
    // The server reads its tokens every few seconds.
    let arrived = async { while !send(&client, &server.url, &token, sent).await {} };
    assert!(
        tokio::time::timeout(PATIENCE, arrived).await.is_ok(),
        "the token is known"
    );
    sent += 1;

    fill_up(&filler);
    let status = |number: usize| {
        let request = client
            .post(&server.url)
            .bearer_auth(&token)
            .body(batch(number));
        request
            .header("content-type", "application/cloudevents-batch+json")
            .send()
    };
    let mut full = 0;
    while full < 3 {
        let answer = status(sent).await.unwrap().status().as_u16();
        match answer {
            507 => full += 1,
            200 => sent += 1,
            other => panic!("a full disk is 507, every time, not {other}"),
        }
    }
    let page = server.url.replace("/ingest/v1/events", "/api/v1/now");
    assert!(
        client.get(page).send().await.unwrap().status().is_success(),
        "reading goes on"
    );

    std::fs::remove_file(&filler).unwrap();
    let mut tries = 0;
    while !send(&client, &server.url, &token, sent).await {
        tries += 1;
        assert!(
            tries < 5,
            "there is room again: who comes again is taken in"
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named_with_what_to_do() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let serve = |folder: &Path| {
        let mut serve = command(&db);
        serve.env("QUIETLINE_DATA_DIR", folder);
        let said = serve.args(["serve", "--listen", "127.0.0.1:0"]).output();
        let said = said.unwrap();
        assert_eq!(said.status.code(), Some(1));
        String::from_utf8(said.stderr).unwrap()
    };
    let taken = tempfile::NamedTempFile::new().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    // Where the database should be stands something that is none.
    std::fs::create_dir(elsewhere.path().join("quietline.db")).unwrap();
    for folder in [taken.path(), elsewhere.path()] {
        let said = serve(folder);
        let named = folder.display().to_string();
        assert!(
            said.contains(&named) && said.contains("--data-dir"),
            "{said}"
        );
    }
}
