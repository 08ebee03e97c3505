//! Two histories that differ only in small numbers are published alike, to the last byte: on pages,
//! in the API, as CSV, in pictures and in frames.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use quietline::app::Settings;
use quietline::clock::Clock;
use quietline::domain::centre::Centre;
use quietline::domain::measures::MEASURES;
use quietline::domain::period::Grain;
use quietline::store::Store;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::action_store::action;
use crate::support::{Kind, MONDAY_NINE, Spawned, centre, fresh_db};

const DAY_MS: i64 = 86_400_000;
const LINES: [&str; 2] = ["billing", "moving"];
/// How many pairs of histories are tried.
const PAIRS: usize = 3;
/// So often it is asked whether forecasts are made.
const MOST_TRIES: usize = 5_000;
/// What pages and pictures are made of, besides what the API tells of every measure.
const PICTURED: [&str; 8] = [
    "attempts",
    "abandoned",
    "service_level",
    "abandonment",
    "short_abandonment",
    "wait_median",
    "handle_time",
    "average_backlog",
];
/// Routes without any figures, and the feeds of what is compared as "frame".
const WITHOUT_FIGURES: [&str; 3] = ["/assets/{*path}", "/api/v1/live", "/api/v1/live/ws"];
/// The record repeats what series and editions tell (`editions::anyone`), with hashes and
/// signatures that are never alike: its keys and salts are drawn.
const OF_THE_RECORD: [&str; 7] = [
    "/api/v1/log",
    "/.well-known/quietline-keys.json",
    "/log/",
    "/editions/{name}",
    "/editions/{week}/{name}",
    "/data/SHA256SUMS.sig",
    "/data/key.pem",
];
/// Routes for those who sign in or hold a token, and of the port that only the operator reaches.
const NOT_PUBLIC: [&str; 4] = ["/desk", "/api/v1/staff/", "/ingest", "/metrics"];

/// One call of the Monday: quarter of an hour after 8:00, line, end, seconds until it.
type Call = (u32, usize, usize, u32);

/// What followed the first three calls, all of which must stay hidden.
struct After {
    causes: [&'static str; 3],
    score: i64,
    handle_ms: i64,
}

/// Three calls of the first line that something followed; three alike, of which the second line has
/// one; up to three more. Next door the second line has two of the three. Zero is no secret, so
/// that no number is zero in one history only.
fn some_calls() -> impl Strategy<Value = Vec<Call>> {
    let alike = (0_u32..36, 0_usize..4, 1_u32..90);
    let more = |line, most| prop::collection::vec(a_call(line), 0..=most);
    (alike, more(0, 2), more(1, 1)).prop_map(|((quarter, end, secs), mine, theirs)| {
        let mut calls = vec![(2, 0, 0, 10); 3];
        calls.extend([0, 0, 1].map(|line| (quarter, line, end, secs)));
        [calls, mine, theirs].concat()
    })
}

fn a_call(line: usize) -> impl Strategy<Value = Call> {
    (0_u32..36, Just(line), 0_usize..4, 1_u32..90)
}

fn wire(subject: usize, kind: &str, secs: u32, data: &Value) -> Value {
    let (hour, minute, second) = (7 + secs / 3_600, secs / 60 % 60, secs % 60);
    json!({
        "specversion": "1.0",
        "id": format!("{subject}-{kind}"),
        "source": "urn:small:pbx",
        "type": format!("org.quietline.{kind}.v1"),
        "subject": format!("call-{subject}"),
        "time": format!("2026-11-02T{hour:02}:{minute:02}:{second:02}Z"),
        "data": data,
    })
}

fn events(calls: &[Call], after: &After) -> Vec<Value> {
    let mut events = Vec::new();
    for (number, (quarter, line, end, secs)) in calls.iter().enumerate() {
        let start = quarter * 900 + 5;
        let place = json!({"line": LINES[*line]});
        let none = json!({});
        let kind = match end {
            0 => "contact.answered",
            1 => "contact.abandoned",
            2 => "contact.deflected",
            _ => {
                events.push(wire(number, "contact.refused", start, &place));
                continue;
            }
        };
        events.push(wire(number, "contact.offered", start, &place));
        events.push(wire(number, kind, start + secs, &none));
    }
    let first = 2 * 900;
    let handled = json!({"handle_ms": after.handle_ms});
    events.push(wire(0, "contact.ended", first + 120, &handled));
    events.push(wire(0, "contact.surveyed", first + 200, &json!({})));
    let scored = json!({"scale": "csat", "score": after.score});
    events.push(wire(0, "contact.scored", first + 300, &scored));
    for (number, cause) in after.causes.into_iter().enumerate() {
        let opened = json!({"cause": cause});
        events.push(wire(number, "complaint.opened", first + 400, &opened));
    }
    events
}

/// What is told of the past: every measure and grain of both lines and the whole centre, the pages
/// and pictures made of them.
fn of_the_record() -> Vec<String> {
    let days = "from=2026-11-01&to=2026-11-04";
    let mut all = Vec::new();
    for line in ["billing", "moving", "*"] {
        for measure in MEASURES {
            let is_told = line == "*" || !measure.whole_centre_only;
            let grains = Grain::ALL.into_iter();
            for grain in grains.filter(|grain| is_told && *grain >= measure.finest) {
                let (id, grain) = (measure.id, grain.name());
                let series = format!("/api/v1/series?line={line}&measure={id}&grain={grain}");
                all.push(format!("{series}&{days}&format=csv"));
            }
        }
        for measure in PICTURED {
            let series = format!("/api/v1/series?line={line}&measure={measure}&grain=day");
            all.push(format!("{series}&{days}&format=columns"));
            let view = format!("line={line}&measure={measure}&from=2026-11-01&until=2026-11-03");
            all.push(format!("/history?{view}"));
            all.push(format!("/chart.svg?{view}"));
        }
        for period in ["yesterday", "week", "month"] {
            all.push(format!("/performance?line={line}&period={period}"));
            all.push(format!("/api/v1/performance?line={line}&period={period}"));
        }
    }
    for cause in ["pricing", "delivery"] {
        let asked = format!("line=*&measure=complaints_opened&cause={cause}");
        all.push(format!(
            "/api/v1/series?{asked}&grain=week&{days}&format=csv"
        ));
    }
    all
}

/// Everything else that is public.
fn of_now_and_later() -> Vec<String> {
    let asked = "line=billing&measure=attempts&from=2026-11-01&until=2026-11-03";
    let days = "from=2026-11-01&to=2026-11-04";
    let mut all = vec![
        format!("/chart.png?{asked}"),
        format!("/api/v1/series.csv-metadata.json?line=billing&measure=attempts&grain=day&{days}"),
    ];
    for name in ["billing", "moving", "centre"] {
        let endings = ["csv", "json", "csv-metadata.json"];
        all.extend(endings.map(|ending| format!("/data/2026/{name}.{ending}")));
    }
    let plain = [
        "/",
        "/actions",
        "/actions/a-1",
        "/api/v1/actions",
        "/api/v1/definitions",
        "/api/v1/editions",
        "/api/v1/events",
        "/api/v1/now",
        "/api/v1/week?line=billing",
        "/api/v1/week?line=moving",
        "/asyncapi.json",
        "/badge.svg?line=billing",
        "/badge.svg?line=moving",
        "/data",
        "/data/SHA256SUMS",
        "/data/all.csv-metadata.json",
        "/data/all.csv.gz",
        "/data/catalog.jsonld",
        "/data/changes.json",
        "/data/dataset.jsonld",
        "/editions",
        "/editions.atom",
        "/editions.ics",
        "/embed/now",
        "/events",
        "/events.ics",
        "/favicon.svg",
        "/fragment/now",
        "/healthz",
        "/line/billing",
        "/line/moving",
        "/method",
        "/now.txt",
        "/oembed?url=/line/billing",
        "/openapi.json",
        "/quiet.ics?line=billing",
        "/readyz",
        "/remind.ics?line=billing&at=2026-11-04T09:00:00Z",
        "/robots.txt",
        "/schema/contact-wait.json",
        "/verify",
        "/.well-known/contact-wait.json",
    ];
    all.extend(plain.map(str::to_owned));
    all
}

/// What is foretold, once it is made.
fn of_forecasts() -> Vec<String> {
    let lines = LINES.iter().flat_map(|line| {
        ["/api/v1/forecast", "/api/v1/forecast/score"].map(|path| format!("{path}?line={line}"))
    });
    lines.collect()
}

/// Waits until forecasts are made: they are soon after a start.
async fn forecasts_are_made(app: &Spawned) {
    for _ in 0..MOST_TRIES {
        let answer = app.client.get(app.url(&of_forecasts()[0])).send().await;
        if answer.unwrap().status() == StatusCode::OK {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("no forecast is made");
}

/// Asks for all addresses. Some are named in full in answers: each server has its own port.
async fn ask(app: &Spawned, addresses: &[String], when: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for address in addresses {
        let answer = app.client.get(app.url(address)).send().await.unwrap();
        let status = answer.status();
        let bytes = answer.bytes().await.unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(status.is_success(), "{address}: {status} {text}");
        let bytes = match String::from_utf8(bytes.to_vec()) {
            Ok(text) => {
                let here = app.url("");
                let host = here.trim_start_matches("http://");
                text.replace(&here, "").replace(host, "").into_bytes()
            }
            Err(picture) => picture.into_bytes(),
        };
        all.push((format!("{when} {address}"), bytes));
    }
    all
}

/// What is published while the day runs, and when it is over.
async fn published(centre: Arc<Centre>, calls: &[Call], after: &After) -> Vec<(String, Vec<u8>)> {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let mut tx = store.begin_desk().await.unwrap();
    tx.add_action(&action("a-1")).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let noon_ms = MONDAY_NINE + 3 * 3_600_000;
    let clock = Clock::fixed(noon_ms);
    let app = Spawned::start_centre(
        Arc::clone(&centre),
        db,
        clock.clone(),
        (listener, Settings::default()),
    )
    .await;
    let events = events(calls, after);
    let (early, late): (Vec<&Value>, Vec<&Value>) = events
        .iter()
        .partition(|event| event["time"].as_str().unwrap() < "2026-11-02T12");
    post(&app, &early).await;
    app.next_frame().await;
    let mut all = ask(&app, &of_the_record(), "at noon").await;
    app.clock.set(MONDAY_NINE + DAY_MS);
    post(&app, &late).await;
    // Once the day is on record, it is in open data and closed everywhere.
    app.answers("/data/2026/centre.csv").await;
    // The frame that follows is the first of a tick, so that none before it is shown in its place.
    app.clock.set(MONDAY_NINE + DAY_MS + 9_000);
    let frame = app.next_frame().await.to_string();
    all.push(("frame".to_owned(), frame.into_bytes()));
    let every = [of_the_record(), of_now_and_later()].concat();
    all.extend(ask(&app, &every, "next day").await);
    let db = app.stop().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = Spawned::start_centre(centre, db, clock, (listener, Settings::default())).await;
    forecasts_are_made(&app).await;
    all.extend(ask(&app, &of_forecasts(), "next day").await);
    app.stop().await;
    all
}

async fn post(app: &Spawned, events: &[&Value]) {
    let body = json!(events).to_string();
    let answer = app.post("application/cloudevents-batch+json", body).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["rejected"], json!([]), "{answer}");
}

const HERE: After = After {
    causes: ["pricing", "pricing", "delivery"],
    score: 5,
    handle_ms: 60_000,
};
const NEXT_DOOR: After = After {
    causes: ["pricing", "delivery", "delivery"],
    score: 2,
    handle_ms: 95_000,
};
/// The call that is the other line's next door.
const MOVED: usize = 3;

fn moved(calls: &[Call]) -> Vec<Call> {
    let mut next_door = calls.to_vec();
    next_door[MOVED].1 = 1;
    next_door
}

#[tokio::test]
async fn histories_that_differ_in_small_numbers_are_published_alike() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..PAIRS {
        let calls = some_calls().new_tree(&mut runner).unwrap().current();
        let one = published(centre(), &calls, &HERE).await;
        let other = published(centre(), &moved(&calls), &NEXT_DOOR).await;
        let pairs = one.iter().zip(&other).filter(|(one, other)| one != other);
        let apart: Vec<String> = pairs
            .map(|((address, one), (_, other))| {
                let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
                let mut lines = one.lines().zip(other.lines());
                format!("{address}: {:?}", lines.find(|(one, other)| one != other))
            })
            .collect();
        assert!(apart.is_empty(), "{apart:#?}: {calls:?}");
    }
}

/// The control: with nothing withheld, the same pair differs on every kind of answer.
#[tokio::test]
async fn with_nothing_withheld_neighbours_are_told_apart() {
    let open = || {
        Arc::new(Centre {
            withhold_below: 0,
            ..Centre::clone(&centre())
        })
    };
    let alike = [0, 0, 1].map(|line| (9, line, 1, 40));
    let calls = [vec![(2, 0, 0, 10); 3], alike.to_vec()].concat();
    let one = published(open(), &calls, &HERE).await;
    let other = published(open(), &moved(&calls), &HERE).await;
    for kind in [
        "at noon /api/v1/series",
        "next day /api/v1/series",
        "next day /api/v1/performance",
        "next day /performance",
        "next day /history",
        "next day /chart.svg",
        "next day /chart.png",
        "next day /data/2026/billing.csv",
        "next day /data/2026/billing.json",
        "next day /data/all.csv.gz",
        "next day /data/SHA256SUMS",
    ] {
        let mut pairs = one.iter().zip(&other);
        let differs = pairs.any(|(one, other)| one.0.starts_with(kind) && one != other);
        assert!(differs, "{kind}");
    }
}

/// The control: what the whole centre counts is published, and differs.
#[tokio::test]
async fn a_history_with_one_call_more_is_published_otherwise() {
    let calls = vec![(2, 0, 0, 10), (2, 0, 0, 10), (2, 0, 0, 10), (12, 1, 0, 10)];
    let more = [calls.clone(), vec![(20, 1, 0, 10)]].concat();
    let one = published(centre(), &calls, &HERE).await;
    assert_ne!(one, published(centre(), &more, &HERE).await);
}

/// The addresses of all routes in the sources.
fn routes(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            routes(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("tests.rs")
        {
            let source = std::fs::read_to_string(&path).unwrap();
            let named = source.split(".route(").skip(1);
            let named = named.filter_map(|rest| rest.trim_start().strip_prefix('"'));
            found.extend(named.filter_map(|rest| Some(rest.split('"').next()?.to_owned())));
        }
    }
}

#[test]
fn no_public_route_is_forgotten() {
    let mut all = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    routes(&sources, &mut all);
    assert!(all.len() > 40, "{all:?}");
    let asked = [of_the_record(), of_now_and_later(), of_forecasts()].concat();
    let is_asked = |route: &str| {
        asked.iter().any(|address| {
            let path = address.split('?').next().unwrap_or_default();
            let parts = path.split('/').zip(route.split('/'));
            let mut alike = parts.map(|(own, part)| own == part || part.starts_with('{'));
            path.split('/').count() == route.split('/').count() && alike.all(|alike| alike)
        })
    };
    let left_out = [&NOT_PUBLIC[..], &OF_THE_RECORD[..]].concat();
    all.retain(|route| !left_out.iter().any(|own| route.starts_with(own)));
    all.retain(|route| !WITHOUT_FIGURES.contains(&route.as_str()) && !is_asked(route));
    assert!(all.is_empty(), "{all:?} are not asked for");
}
