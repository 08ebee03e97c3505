//! Two histories that differ only in small numbers are published alike, to the last byte: on pages,
//! in the API, as CSV, in pictures and in frames.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use quietline::clock::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

const DAY_MS: i64 = 86_400_000;
const LINES: [&str; 2] = ["billing", "moving"];
/// How many pairs of histories are tried.
const PAIRS: usize = 4;

/// One call of the Monday: quarter of an hour after 8:00, line, end, seconds until it.
type Call = (u32, usize, usize, u32);

/// Up to four calls of either line, and which of the first line's is the other's next door.
fn some_calls() -> impl Strategy<Value = (Vec<Call>, usize)> {
    let call = |line| (0_u32..36, Just(line), 0_usize..4, 1_u32..90);
    let calls = (
        prop::collection::vec(call(0), 2..=4),
        prop::collection::vec(call(1), 1..=3),
    );
    let calls = calls.prop_map(|(mine, theirs)| [mine, theirs].concat());
    (calls, 0_usize..2)
}

fn wire(subject: usize, kind: &str, secs: u32, data: &Value) -> Value {
    let (hour, minute, second) = (7 + secs / 3_600, secs / 60 % 60, secs % 60);
    json!({
        "specversion": "1.0",
        "id": format!("{subject}-{kind}"),
        "source": "urn:small:pbx",
        "type": format!("org.quietline.contact.{kind}.v1"),
        "subject": format!("call-{subject}"),
        "time": format!("2026-11-02T{hour:02}:{minute:02}:{second:02}Z"),
        "data": data,
    })
}

fn events(calls: &[Call]) -> Vec<Value> {
    let mut events = Vec::new();
    for (number, (quarter, line, end, after)) in calls.iter().enumerate() {
        let start = quarter * 900 + 5;
        let place = json!({"line": LINES[*line]});
        let none = json!({});
        let (kind, data) = match end {
            0 => ("answered", &none),
            1 => ("abandoned", &none),
            2 => ("deflected", &none),
            _ => {
                events.push(wire(number, "refused", start, &place));
                continue;
            }
        };
        events.push(wire(number, "offered", start, &place));
        events.push(wire(number, kind, start + after, data));
    }
    events
}

/// Every kind of public answer, of both lines and the whole centre, at every grain.
fn addresses() -> Vec<String> {
    let mut all: Vec<String> = [
        "/",
        "/method",
        "/performance",
        "/performance?line=billing",
        "/events",
        "/line/billing",
        "/line/moving",
        "/api/v1/now",
        "/api/v1/week?line=billing",
        "/api/v1/definitions",
        "/api/v1/performance",
        "/api/v1/performance?line=billing",
        "/now.txt",
        "/.well-known/contact-wait.json",
    ]
    .map(str::to_owned)
    .into();
    let days = "from=2026-11-01&to=2026-11-04";
    for line in ["billing", "moving", "*"] {
        for measure in [
            "attempts",
            "offered",
            "answered",
            "abandoned",
            "deflected",
            "refused",
            "service_level",
            "service_level_customer",
            "abandonment",
            "short_abandonment",
            "reach_rate",
            "long_wait",
            "wait_mean",
            "wait_median",
            "average_backlog",
        ] {
            for grain in ["day", "week", "month", "hour", "half_hour", "interval"] {
                let series = format!("/api/v1/series?line={line}&measure={measure}&grain={grain}");
                all.push(format!("{series}&{days}&format=csv"));
                all.push(format!("{series}&{days}&format=columns"));
            }
            let view = format!("line={line}&measure={measure}&from=2026-11-01&until=2026-11-03");
            all.push(format!("/history?{view}"));
            all.push(format!("/chart.svg?{view}"));
        }
    }
    all
}

async fn published(calls: &[Call]) -> Vec<(String, String)> {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    let body = json!(events(calls)).to_string();
    let answer = app.post("application/cloudevents-batch+json", body).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["rejected"], json!([]), "{answer}");
    let frame = app.next_frame().await.to_string();
    let mut all = vec![("frame".to_owned(), frame)];
    for address in addresses() {
        let answer = app.client.get(app.url(&address)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        let text = answer.text().await.unwrap();
        // Pictures are named in full on pages: each server has its own port.
        all.push((address, text.replace(&app.url(""), "")));
    }
    app.stop().await;
    all
}

#[tokio::test]
async fn histories_that_differ_in_small_numbers_are_published_alike() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..PAIRS {
        let (calls, moved) = some_calls().new_tree(&mut runner).unwrap().current();
        let mut next_door = calls.clone();
        next_door[moved].1 = 1;
        let (one, other) = (published(&calls).await, published(&next_door).await);
        for ((address, one), (_, other)) in one.iter().zip(&other) {
            assert_eq!(one, other, "{address}: {calls:?}, {moved} moved");
        }
    }
}

/// The control: what the whole centre counts is published, and differs.
#[tokio::test]
async fn a_history_with_one_call_more_is_published_otherwise() {
    let calls = vec![(4, 0, 0, 10), (9, 0, 1, 10), (12, 1, 0, 10)];
    let more = [calls.clone(), vec![(20, 1, 0, 10)]].concat();
    assert_ne!(published(&calls).await, published(&more).await);
}
