//! Whoever is slow is cut: connections that say nothing, bodies that trickle in, and a stop that
//! would wait for either.

use std::time::Duration;

use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::ingest::http::Patience;
use quietline::server::Deadlines;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

/// A deadline that is to pass.
const SHORT: Duration = Duration::from_millis(200);
/// A deadline that is not to pass.
const LONG: Duration = Duration::from_hours(1);
/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_mins(1);

fn settings(deadlines: [Duration; 2], patience: [Duration; 2]) -> Settings {
    let [head, stop] = deadlines;
    let [next_part, whole_body] = patience;
    Settings {
        deadlines: Deadlines { head, stop },
        patience: Patience {
            next_part,
            whole_body,
        },
        ..Settings::default()
    }
}

async fn start(settings: Settings) -> Spawned {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Spawned::start_with(db, Clock::fixed(MONDAY_NINE), listener, settings).await
}

/// A connection that has sent this much, and is held open.
async fn connect(app: &Spawned, sent: &str) -> TcpStream {
    let address = app.url("").replace("http://", "");
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(sent.as_bytes()).await.unwrap();
    connection
}

/// The head of a request with a body of a thousand bytes, and its beginning.
fn half_a_request(app: &Spawned) -> String {
    format!(
        "POST /ingest/v1/events HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n{{\"specversion\":",
        app.token
    )
}

/// Everything that the server still says until it closes the connection.
async fn until_closed(connection: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut answer)).await;
    let closed = closed.expect("the server closes the connection");
    // A reset is an end as well.
    drop(closed);
    String::from_utf8(answer).unwrap()
}

#[rstest]
#[case::nothing("")]
#[case::half_a_line("GET / HT")]
#[case::half_a_head("GET / HTTP/1.1\r\nhost: te")]
#[tokio::test]
async fn a_connection_that_sends_no_whole_head_is_cut(#[case] sent: &str) {
    let app = start(settings([SHORT, LONG], [LONG, LONG])).await;
    let mut connection = connect(&app, sent).await;
    let said = until_closed(&mut connection).await;
    assert!(!said.contains("200 OK"), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_kept_and_says_nothing_more_is_cut() {
    let app = start(settings([SHORT, LONG], [LONG, LONG])).await;
    let mut connection = connect(&app, "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let said = until_closed(&mut connection).await;
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    app.stop().await;
}

#[rstest]
#[case::silent(SHORT, LONG)]
#[case::trickling(LONG, SHORT)]
#[tokio::test]
async fn a_body_that_does_not_come_is_cut_with_a_problem(
    #[case] next_part: Duration,
    #[case] whole_body: Duration,
) {
    let app = start(settings([LONG, LONG], [next_part, whole_body])).await;
    let mut connection = connect(&app, &half_a_request(&app)).await;
    let said = until_closed(&mut connection).await;
    assert!(
        said.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
        "{said}"
    );
    assert!(
        said.contains("content-type: application/problem+json"),
        "{said}"
    );
    assert!(said.contains("send it again"), "{said}");
    app.stop().await;
}

#[rstest]
#[case::nothing_said(false)]
#[case::half_a_request_sent(true)]
#[tokio::test]
async fn a_stop_does_not_wait_for_ever_for_who_is_slow(#[case] has_asked: bool) {
    let app = start(settings([LONG, SHORT], [LONG, LONG])).await;
    let sent = if has_asked {
        half_a_request(&app)
    } else {
        String::new()
    };
    let mut connection = connect(&app, &sent).await;
    // A second one is answered: the first is with the server by now.
    app.json("/api/v1/now").await;
    let stopped = tokio::time::timeout(PATIENCE, app.stop()).await;
    assert!(stopped.is_ok(), "the server stops");
    let said = until_closed(&mut connection).await;
    assert_eq!(said, "");
}

#[tokio::test]
async fn a_stop_lets_a_request_under_way_finish() {
    let app = start(settings([LONG, LONG], [LONG, LONG])).await;
    let half = half_a_request(&app);
    let body = half.rsplit("\r\n\r\n").next().unwrap().len();
    let mut connection = connect(&app, &half).await;
    app.json("/api/v1/now").await;
    let finishing = async {
        let rest = " ".repeat(1_000 - body);
        connection.write_all(rest.as_bytes()).await.unwrap();
        until_closed(&mut connection).await
    };
    let both = async { tokio::join!(app.stop(), finishing).1 };
    let said = tokio::time::timeout(PATIENCE, both).await;
    let said = said.expect("both come to their end");
    // What was sent is no event, and that is said.
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.contains("\"reason\":\"not_json\""), "{said}");
}
