//! A running Quietline, seen from outside: events in, answers, pages and frames out.

use quietline::clock::Clock;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

const BATCH: &str = "application/cloudevents-batch+json";

fn wire(subject: &str, kind: &str, at: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("{subject}-{kind}"),
        "source": "urn:small:pbx",
        "type": format!("org.quietline.{kind}.v1"),
        "subject": subject,
        "time": at,
        "data": data,
    })
}

/// Calls that were all answered after half a minute, one a second from 08:00 UTC on.
fn calls(count: usize) -> Vec<Value> {
    (0..count)
        .flat_map(|n| {
            let (minute, second) = (n / 60, n % 60);
            let subject = format!("call-{n}");
            let at = |later: usize| format!("2026-11-02T08:{:02}:{second:02}Z", minute + later);
            [
                wire(
                    &subject,
                    "contact.offered",
                    &at(0),
                    &json!({"line": "billing"}),
                ),
                wire(&subject, "contact.answered", &at(1), &json!({})),
                wire(
                    &subject,
                    "contact.ended",
                    &at(4),
                    &json!({"handle_ms": 180_000}),
                ),
            ]
        })
        .collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn calls_that_are_posted_are_answered_after_they_count(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let answer = app.post(BATCH, json!(calls(20)).to_string()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["accepted"], 60, "{answer}");
    assert_eq!(answer["duplicates"], 0);
    assert_eq!(answer["rejected"], json!([]));

    let again: Value = app
        .post(BATCH, json!(calls(20)).to_string())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&again["accepted"], &again["duplicates"]),
        (&json!(0), &json!(60))
    );

    let series = app
        .json("/api/v1/series?line=*&measure=answered&grain=day&from=2026-11-02&to=2026-11-03")
        .await;
    assert_eq!(series["points"][0]["value"], 20, "{series}");
    assert_eq!(series["line"], "*");
    assert_eq!(series["zone"], "Europe/Paris");
    let median = app.json("/api/v1/series?line=billing&measure=wait_median&grain=day&from=2026-11-02&to=2026-11-03").await;
    let median = median["points"][0]["value"].as_f64().unwrap();
    assert!(
        (45.0..=60.0).contains(&median),
        "linear inside the bin of 60 s: {median}"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_bad_event_is_refused_by_name_and_the_good_ones_are_kept() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let mut events = calls(2);
    events[1]["data"] = json!({"line": "bilings"});
    events[1]["type"] = json!("org.quietline.contact.offered.v1");
    events[4]["time"] = json!("2026-11-02T10:00:00Z");
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    let body = format!("{}\n{{\"half\": \n", lines.join("\n"));
    let answer: Value = app
        .post("application/x-ndjson", body)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["accepted"], 4, "{answer}");
    let rejected = answer["rejected"].as_array().unwrap();
    let named: Vec<(u64, &str)> = rejected
        .iter()
        .map(|row| {
            (
                row["index"].as_u64().unwrap(),
                row["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(named.len(), 3, "{named:?}");
    assert_eq!(named[0], (1, "unknown_line"));
    assert_eq!(named[1], (4, "future"));
    assert_eq!(named[2].0, 6);
    app.stop().await;
}

#[tokio::test]
async fn a_stranger_is_turned_away() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let url = app.url("/ingest/v1/events");
    for token in [None, Some("wrong"), Some("")] {
        let mut request = app.client.post(&url).header(CONTENT_TYPE, BATCH).body("[]");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    }
    app.stop().await;
}

#[tokio::test]
async fn whoever_reads_where_events_are_sent_gets_a_problem_document() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for (path, status, allow) in [
        ("/ingest/v1/events", 405, Some("POST")),
        ("/ingest/v1/event", 404, None),
        ("/ingest", 404, None),
    ] {
        let answer = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let allowed = answer.headers().get("allow");
        assert_eq!(allowed.map(|allow| allow.to_str().unwrap()), allow);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["status"], status, "{problem}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_and_honest_gzip_is_not() {
    use std::io::Write as _;
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let squeeze = |text: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    };
    let post = |body: Vec<u8>| {
        let request = app
            .client
            .post(app.url("/ingest/v1/events"))
            .bearer_auth(&app.token);
        request
            .header(CONTENT_TYPE, BATCH)
            .header(CONTENT_ENCODING, "gzip")
            .body(body)
            .send()
    };
    let bomb = post(squeeze(&vec![b' '; 64 * 1_024 * 1_024]))
        .await
        .unwrap();
    assert_eq!(bomb.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let honest = post(squeeze(json!(calls(3)).to_string().as_bytes()))
        .await
        .unwrap();
    assert_eq!(honest.status(), StatusCode::OK);
    let mut half = squeeze(json!(calls(3)).to_string().as_bytes());
    half.truncate(half.len() / 2);
    assert_eq!(post(half).await.unwrap().status(), StatusCode::BAD_REQUEST);
    app.stop().await;
}

#[tokio::test]
async fn every_page_answers_in_words_with_its_security_headers() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for (path, status) in [
        ("/", 200),
        ("/?lang=fr", 200),
        ("/line/billing", 200),
        ("/line/nothing", 404),
        ("/history", 200),
        ("/history?measure=nonsense", 400),
        ("/history?end=9999-99-99", 400),
        ("/method", 200),
        ("/nowhere", 404),
    ] {
        let answer = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("<h1"), "{path} has no heading");
    }
    app.stop().await;
}

#[tokio::test]
async fn bad_questions_to_the_api_are_answered_with_a_remedy() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for query in [
        "line=nothing",
        "measure=nonsense",
        "grain=fortnight",
        "from=2026-11-02&to=2026-11-01",
        "from=soon",
        "grains=day",
        "grain=day&grain=week",
        "grain=interval&from=0001-01-01&to=9999-01-01",
        "line=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ] {
        let answer = app
            .client
            .get(app.url(&format!("/api/v1/series?{query}")))
            .send()
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(
            answer.headers()[CONTENT_TYPE],
            "application/problem+json",
            "{query}"
        );
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_waiting_and_four_waiting_look_the_same() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let waiting = |n: usize| {
        let subject = format!("waiting-{n}");
        wire(
            &subject,
            "contact.offered",
            "2026-11-02T08:59:50Z",
            &json!({"line": "billing"}),
        )
    };
    let frame = app.json("/api/v1/now").await;
    assert_eq!(frame["lines"][0]["waiting"], Value::Null);
    for (upto, shown) in [(4, Value::Null), (5, json!(5))] {
        let body: Vec<Value> = (0..upto).map(waiting).collect();
        app.post(BATCH, json!(body).to_string()).await;
        let frame = app.next_frame().await;
        assert_eq!(frame["lines"][0]["state"], "open", "{frame}");
        assert_eq!(frame["lines"][0]["waiting"], shown, "{frame}");
        if shown.is_null() {
            assert_eq!(frame["lines"][0]["waiting_below"], 5);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_full_queue_asks_to_come_again() {
    let (handle, kept) = quietline::ingest::writer::WriterHandle::channel();
    let mut last = None;
    // Nobody takes the batches out, so the bounded queue must fill.
    for _ in 0..10_000 {
        let handle = handle.clone();
        let batch = crate::support::batch(0, Vec::new());
        let answer = tokio::time::timeout(std::time::Duration::ZERO, handle.submit(batch)).await;
        if let Ok(answer) = answer {
            last = Some(answer);
            break;
        }
    }
    assert_eq!(
        last,
        Some(Err(quietline::ingest::writer::SubmitError::Busy))
    );
    drop(kept);
}
