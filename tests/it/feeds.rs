//! `quietline replay` and `quietline watch` against a running server: a feed in, the feed out.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::config::parse_map;
use quietline::ingest::post::Poster;
use quietline::ingest::replay::{Replay, replay};
use quietline::live::watch::watch;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::support::{Kind, MONDAY_NINE, Spawned, centre, fresh_db};

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Calls of the replayed file: enough that the number waiting is shown.
const CALLS: usize = 7;

/// Each call of the file waits for ten hours, which at this speed is a minute.
const SPEED: f64 = 600.0;

const MAP: &str = r#"
source = "pbx"
format = "csv"
subject = ["call"]
channel = "voice"
line = { column = "line" }

[[events]]
type = "contact.offered"
time = "offered_at"

[[events]]
type = "contact.answered"
time = "answered_at"
"#;

/// Calls that came a minute apart one morning and were answered that evening.
fn file_of_calls() -> String {
    let mut text = "call,line,offered_at,answered_at\n".to_owned();
    for n in 0..CALLS {
        writeln!(
            text,
            "c{n},billing,1999-08-02T09:0{n}:00,1999-08-02T19:0{n}:00"
        )
        .unwrap();
    }
    text
}

/// Whoever waits is told of everything that is written.
struct Told(mpsc::UnboundedSender<String>);

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        // Nobody reads on once a test has seen enough.
        let _ = self.0.send(text);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Seconds pass until a frame is as wanted.
async fn frame_with(app: &Spawned, wanted: impl Fn(&Value) -> bool) -> Value {
    let seconds = async {
        loop {
            let frame = app.next_frame().await;
            if wanted(&frame["lines"][0]) {
                return frame;
            }
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, seconds).await;
    in_time.expect("the feed shows what was replayed")
}

#[tokio::test]
async fn a_replayed_file_moves_the_feed_and_is_counted() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.csv");
    std::fs::write(&file, file_of_calls()).unwrap();
    let (map, centre) = (parse_map(MAP).unwrap(), centre());
    let what = Replay {
        map: &map,
        centre: &centre,
        file: &file,
        from: None,
        speed: SPEED,
        poster: Poster::new(&app.url("/"), &app.token).unwrap(),
        clock: app.clock.clone(),
    };
    let mut said = Vec::new();
    let replaying = replay(what, &mut said, std::future::pending());
    let looking = async {
        frame_with(&app, |line| line["waiting"] == CALLS).await;
        let page = app.client.get(app.url("/line/billing")).send().await;
        let page = page.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("<dd>{CALLS}</dd>")), "{page}");
        // The evening of the file.
        app.clock.set(MONDAY_NINE + 62_000);
        let frame = frame_with(&app, |line| line["answered_last_half_hour"] == CALLS).await;
        assert_eq!(frame["lines"][0]["waiting"], Value::Null, "{frame}");
        assert_eq!(frame["lines"][0]["state"], "open", "{frame}");
    };
    let both = async { tokio::join!(replaying, looking).0 };
    let replayed = tokio::time::timeout(PATIENCE, both).await;
    replayed.expect("the file comes to its end").unwrap();
    let said = String::from_utf8(said).unwrap();
    // An event for the offer of each call, one for its answer, and signs of life.
    let sent = said.lines().last().unwrap();
    let number: usize = sent.split(' ').next().unwrap().parse().unwrap();
    assert!(number > 2 * CALLS, "{said}");
    assert!(sent.ends_with("events sent, 0 refused"), "{said}");

    // Today's figures move with intervals that are over.
    app.clock.set(MONDAY_NINE + 16 * 60_000);
    let day = "grain=day&from=2026-11-02&to=2026-11-03";
    for (measure, expected) in [("offered", CALLS), ("answered", CALLS)] {
        let path = format!("/api/v1/series?line=*&measure={measure}&{day}");
        let series = app.json(&path).await;
        assert_eq!(series["points"][0]["value"], json!(expected), "{series}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_replay_that_is_stopped_says_how_far_it_came() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.csv");
    std::fs::write(&file, file_of_calls()).unwrap();
    let (map, centre) = (parse_map(MAP).unwrap(), centre());
    let what = Replay {
        map: &map,
        centre: &centre,
        file: &file,
        from: Some(jiff::civil::date(1999, 8, 2).at(9, 1, 0, 0)),
        speed: SPEED,
        poster: Poster::new(&app.url("/"), &app.token).unwrap(),
        clock: app.clock.clone(),
    };
    let mut said = Vec::new();
    // The first call is left out.
    let the_others_wait = async {
        frame_with(&app, |line| line["waiting"] == CALLS - 1).await;
    };
    let replaying = replay(what, &mut said, the_others_wait);
    let in_time = tokio::time::timeout(PATIENCE, replaying).await;
    in_time.expect("it stops").unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.ends_with("events sent, 0 refused\n"), "{said}");
    let number: usize = said.split(' ').next().unwrap().parse().unwrap();
    assert!((CALLS - 1..2 * (CALLS - 1)).contains(&number), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn watch_shows_frames_waits_for_a_server_that_stopped_and_ends_when_asked() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    // A second handle on the socket: whoever connects between two servers is kept for the next.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let again = listener.try_clone().unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let app =
        Spawned::start_with(db, Clock::fixed(MONDAY_NINE), listener, Settings::default()).await;

    let (sender, mut told) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let url = app.url("/");
    let watching = tokio::spawn(async move {
        let stop = async { drop(stopped.await) };
        watch(&url, &mut Told(sender), false, stop).await
    });
    let mut next = async || {
        let next = tokio::time::timeout(PATIENCE, told.recv()).await;
        next.expect("something is written in time").unwrap()
    };
    let frame = next().await;
    let lines: Vec<&str> = frame.lines().collect();
    assert_eq!(lines[0], "2026-11-02T09:00:00Z  Small centre");
    assert!(lines[1].trim_start().starts_with("Billing"), "{frame}");
    assert!(lines[2].trim_start().starts_with("Moving home"), "{frame}");

    let db = app.stop().await;
    let notice = next().await;
    let closed = "-- the server closed the feed; again in ";
    assert!(notice.starts_with(closed), "{notice}");

    let listener = TcpListener::from_std(again).unwrap();
    let app = Spawned::start_with(
        db,
        Clock::fixed(MONDAY_NINE + 60_000),
        listener,
        Settings::default(),
    )
    .await;
    let mut anew = next().await;
    // A connection that came while the last server was stopping broke off: one more try.
    while anew.contains("; again in ") {
        anew = next().await;
    }
    let expected = "-- the server started anew\n2026-11-02T09:01:00Z  Small centre\n";
    assert!(anew.starts_with(expected), "{anew}");

    drop(stop);
    let ended = tokio::time::timeout(PATIENCE, watching).await;
    ended.expect("it ends").unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn watch_does_not_wait_for_a_server_that_has_no_feed_there() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let url = app.url("/api/v1/series");
    let mut out = Vec::new();
    let watching = watch(&url, &mut out, false, std::future::pending());
    let ended = tokio::time::timeout(PATIENCE, watching).await;
    let error = ended.expect("it ends by itself").unwrap_err().to_string();
    assert!(error.contains("is not a live feed"), "{error}");
    app.stop().await;
}
