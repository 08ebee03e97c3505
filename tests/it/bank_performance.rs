//! The bank's August on `/performance`: imported by the program, and counted once more straight
//! from the file, by nothing of ours. Both agree to the last digit.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::DateTime;
use quietline::app::{App, Settings};
use quietline::clock::Clock;
use quietline::store::{Location, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::bank::calls;
use crate::bank_purposes::{PURPOSES, centre_with_purposes, import, offered_by_type};

/// T, s and T' of the bank's description, seconds.
const THRESHOLD_SECS: i64 = 20;
const SHORT_SECS: i64 = 5;
const PROMISE_SECS: i64 = 120;

/// What the file says of a month.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    attempts: i64,
    left_in_menu: i64,
    answered: i64,
    abandoned: i64,
    within_threshold: i64,
    short: i64,
    within_promise: i64,
    soon: i64,
    late: i64,
    waited_secs: i64,
    talked_secs: i64,
    /// Waits on the line and from the first ring, of the answered.
    waits: [Vec<i64>; 2],
}

fn secs(text: &str) -> i64 {
    if text.is_empty() {
        0
    } else {
        text.parse().unwrap()
    }
}

/// Seconds from one local time to another; the month has no change of the clock.
fn between(from: &str, to: &str) -> i64 {
    let at = |text: &str| text.parse::<DateTime>().unwrap();
    at(to).duration_since(at(from)).as_secs()
}

fn count(file: &Path) -> Counted {
    let packed = std::fs::File::open(file).unwrap();
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(packed));
    let head = rows.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let (outcome, arrival) = (at("outcome"), at("arrival_local"));
    let (queued, served) = (at("queue_start_local"), at("service_start_local"));
    let (wait, talk) = (at("wait_s"), at("talk_s"));
    let mut counted = Counted::default();
    for row in rows.records() {
        let row = row.unwrap();
        let waited = secs(&row[wait]);
        counted.attempts += i64::from(&row[outcome] != "PHANTOM");
        match &row[outcome] {
            "AGENT" => {
                let joined = if row[queued].is_empty() {
                    &row[served]
                } else {
                    &row[queued]
                };
                let since_ring = (between(&row[arrival], joined) + waited).max(0);
                counted.answered += 1;
                counted.within_threshold += i64::from(waited <= THRESHOLD_SECS);
                counted.within_promise += i64::from(since_ring <= PROMISE_SECS);
                counted.soon += i64::from(waited <= 120);
                counted.late += i64::from(waited > 600);
                counted.waited_secs += waited;
                counted.talked_secs += secs(&row[talk]);
                counted.waits[0].push(waited);
                counted.waits[1].push(since_ring);
            }
            "HANG" if row[queued].is_empty() => counted.left_in_menu += 1,
            "HANG" => {
                counted.abandoned += 1;
                counted.short += i64::from(waited <= SHORT_SECS);
            }
            _ => {}
        }
    }
    counted
}

async fn published(folder: &Path) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let location = Location::Folder(folder.to_owned());
    let store = Store::open(&location).await.unwrap();
    let centre = quietline::config::read_centre(&folder.join("centre.toml"));
    let centre = Arc::new(centre.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::start_with(centre, store, Clock::System, listener, Settings::default());
    let app = app.await.unwrap();
    let query = "from=1999-08-01&to=1999-08-31";
    let url = format!("http://{}/api/v1/performance?{query}", app.address);
    let answer = reqwest::get(url).await.unwrap().json().await.unwrap();
    app.stop().await.unwrap();
    answer
}

/// A figure of a part of the answer.
fn figure<'a>(answer: &'a Value, part: &str, id: &str) -> &'a Value {
    let mut figures = answer[part].as_array().unwrap().iter();
    figures.find(|figure| figure["measure"] == id).unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "a month has few calls")]
fn percent(top: i64, of: i64) -> f64 {
    (100 * top) as f64 / of as f64
}

fn shares_are(answer: &Value, counted: &Counted) {
    let offered = counted.answered + counted.abandoned;
    let not_short = offered - counted.short;
    let shares = [
        (
            "service_levels",
            "service_level",
            counted.within_threshold,
            not_short,
        ),
        (
            "service_levels",
            "service_level_customer",
            counted.within_promise,
            counted.attempts,
        ),
        ("waits", "answered_soon", counted.soon, counted.answered),
        ("waits", "answered_late", counted.late, counted.answered),
        (
            "waits",
            "abandonment",
            counted.abandoned - counted.short,
            not_short,
        ),
    ];
    for (part, id, top, of) in shares {
        let published = figure(answer, part, id);
        assert_eq!(published["n"], of, "{id}");
        // A reader of JSON may be off in the last bit.
        let value = published["value"].as_f64().unwrap();
        assert_eq!(
            format!("{value:.12}"),
            format!("{:.12}", percent(top, of)),
            "{id}"
        );
    }
}

/// The ends of the bins in which waits are counted, as COUNTING.md names them, as far as August
/// needs them.
const BIN_ENDS_SECS: [i64; 18] = [
    5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1_200, 1_800, 2_700,
];

/// The wait that a share did not exceed: linear inside its bin `(lower, upper]`, the first from 0.
#[expect(clippy::cast_precision_loss, reason = "a month has few calls")]
fn percentile(waits: &[i64], share: f64) -> f64 {
    let rank = share * waits.len() as f64;
    let up_to = |end: i64| waits.iter().filter(|wait| **wait <= end).count() as f64;
    let end = BIN_ENDS_SECS.into_iter().find(|end| up_to(*end) >= rank);
    let end = end.expect("nobody waited longer");
    let start = BIN_ENDS_SECS.into_iter().rfind(|start| *start < end);
    let start = start.unwrap_or(0);
    let below = if start == 0 { 0.0 } else { up_to(start) };
    start as f64 + (rank - below) / (up_to(end) - below) * (end - start) as f64
}

/// Percentiles, means and the rates that no threshold of a line decides.
#[expect(clippy::cast_precision_loss, reason = "a month has few calls")]
fn waits_are(answer: &Value, counted: &Counted) {
    let mean = |secs: i64| secs as f64 / counted.answered as f64;
    let expected = [
        ("wait_median", percentile(&counted.waits[0], 0.5)),
        ("wait_p90", percentile(&counted.waits[0], 0.9)),
        ("wait_customer_median", percentile(&counted.waits[1], 0.5)),
        ("wait_mean", mean(counted.waited_secs)),
        ("handle_time", mean(counted.talked_secs)),
        ("reach_rate", percent(counted.answered, counted.attempts)),
    ];
    for (id, expected) in expected {
        let value = figure(answer, "waits", id)["value"].as_f64().unwrap();
        assert_eq!(format!("{value:.9}"), format!("{expected:.9}"), "{id}");
    }
}

fn purposes_are(answer: &Value, by_type: &BTreeMap<String, i64>) {
    let offered: i64 = by_type.values().sum();
    for (share, count, types) in PURPOSES {
        let of_types = types.iter().filter_map(|name| by_type.get(*name));
        let of_types: i64 = of_types.sum();
        let told = &figure(answer, "purposes", share)["value"];
        let told = told.as_f64().unwrap();
        let expected = percent(of_types, offered);
        assert_eq!(format!("{told:.12}"), format!("{expected:.12}"), "{share}");
        let told = &figure(answer, "purposes", count.name())["value"];
        assert_eq!(told.as_f64(), Some(percent(of_types, 100)), "{share}");
    }
}

/// Every way of the ten callers, and figures by the largest remainders.
fn ten_are(answer: &Value, counted: &Counted) {
    let later = counted.answered - counted.soon - counted.late;
    let ways = [
        ("answered_soon", counted.soon),
        ("answered_later", later),
        ("answered_late", counted.late),
        ("gave_up", counted.left_in_menu + counted.abandoned),
    ];
    let ten = &answer["ten_callers"];
    assert_eq!(ten["of"], counted.attempts);
    let told = ten["ways"].as_array().unwrap();
    let mut figures = 0;
    for (name, callers) in ways {
        let way = told.iter().find(|way| way["way"] == name).unwrap();
        assert_eq!(way["callers"], callers, "{name}");
        let of_ten = way["of_ten"].as_i64().unwrap();
        let least = 10 * callers / counted.attempts;
        assert!([least, least + 1].contains(&of_ten), "{name}: {of_ten}");
        figures += of_ten;
    }
    assert_eq!(figures, 10);
}

#[tokio::test]
async fn the_record_of_august_is_what_the_file_says() {
    let Some([_, august]) = calls() else { return };
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("centre.toml"), centre_with_purposes()).unwrap();
    import(folder.path(), &august);
    let counted = count(&august);
    let offered = counted.answered + counted.abandoned;
    let answer = published(folder.path()).await;

    assert_eq!(
        (&answer["from"], &answer["to"]),
        (&"1999-08-01".into(), &"1999-08-31".into())
    );
    let counts = [
        ("attempts", counted.attempts),
        ("left_in_menu", counted.left_in_menu),
        ("offered", offered),
        ("answered", counted.answered),
        ("abandoned", counted.abandoned),
    ];
    for (id, expected) in counts {
        let value = &figure(&answer, "contacts", id)["value"];
        assert_eq!(value.as_f64(), Some(percent(expected, 100)), "{id}");
    }
    shares_are(&answer, &counted);
    let refused = figure(&answer, "contacts", "refused");
    assert_eq!(
        (&refused["value"], &refused["mark"]),
        (&Value::Null, &"x".into())
    );
    assert_eq!(answer["conservation"][0]["state"], "adds_up");
    waits_are(&answer, &counted);
    purposes_are(&answer, &offered_by_type(&august));
    ten_are(&answer, &counted);
}
