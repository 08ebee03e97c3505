//! Open data: files of closed days that say what the pages say, with checksums somebody signed.

use std::collections::BTreeMap;
use std::io::Read as _;

use quietline::clock::Clock;
use quietline::publish::keys::PublicKey;
use reqwest::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, LINK, ORIGIN,
};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Kind, MONDAY_NINE, Spawned, fresh_db};

const BATCH: &str = "application/cloudevents-batch+json";
const DAY_MS: i64 = 86_400_000;
const MONDAY: &str = "2026-11-02";

fn wire(subject: usize, kind: &str, at: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": format!("{subject}-{kind}"),
        "source": "urn:small:pbx",
        "type": format!("org.quietline.{kind}.v1"),
        "subject": format!("call-{subject}"),
        "time": at,
        "data": data,
    })
}

/// Calls of the Monday from 8:00 UTC on, all answered within half a minute.
pub async fn post_calls(app: &Spawned, numbers: std::ops::Range<usize>) {
    let events: Vec<Value> = numbers
        .flat_map(|n| {
            let minute = n % 60;
            let place = json!({"line": if n % 4 == 0 { "moving" } else { "billing" }});
            let (at, then) = (
                format!("{MONDAY}T08:{minute:02}:01Z"),
                format!("{MONDAY}T08:{minute:02}:30Z"),
            );
            [
                wire(n, "contact.offered", &at, &place),
                wire(n, "contact.answered", &then, &json!({})),
            ]
        })
        .collect();
    let answer = app.post(BATCH, json!(events).to_string()).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["rejected"], json!([]), "{answer}");
}

/// A centre on Tuesday morning, when its Monday of 40 calls is on record.
pub async fn on_tuesday(kind: Kind) -> Option<Spawned> {
    let app = Spawned::start(fresh_db(kind).await?, Clock::fixed(MONDAY_NINE)).await;
    post_calls(&app, 0..40).await;
    app.clock.set(MONDAY_NINE + DAY_MS);
    app.answers("/data/2026/centre.csv").await;
    Some(app)
}

async fn text(app: &Spawned, path: &str) -> String {
    app.answers(path).await.text().await.unwrap()
}

/// The rows of a CSV, by measure.
fn rows(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| row.unwrap())
        .map(|row| (row["measure"].clone(), row))
        .collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_file_says_of_each_day_what_the_series_says(#[case] kind: Kind) {
    let Some(app) = on_tuesday(kind).await else {
        return;
    };
    for (name, line) in [
        ("centre", "*"),
        ("billing", "billing"),
        ("moving", "moving"),
    ] {
        let rows = rows(&text(&app, &format!("/data/2026/{name}.csv")).await);
        let json = app.json(&format!("/data/2026/{name}.json")).await;
        assert_eq!(json["days"], json!([MONDAY]));
        assert_eq!(rows.len(), json["measures"].as_object().unwrap().len());
        assert!(rows.len() > 40, "{rows:?}");
        for (measure, row) in &rows {
            let days = "grain=day&from=2026-11-02&to=2026-11-03";
            let series = format!("/api/v1/series?line={line}&measure={measure}&{days}");
            let point = app.json(&series).await["points"][0].clone();
            let listed = &json["measures"][measure];
            for member in ["value", "n", "mark"] {
                let told = point[member].as_str().map(str::to_owned);
                let told = told.unwrap_or_else(|| match &point[member] {
                    Value::Null => String::new(),
                    other => other.to_string(),
                });
                assert_eq!(row[member], told, "{name} {measure} {member}");
                assert_eq!(
                    listed[member][0], point[member],
                    "{name} {measure} {member}"
                );
            }
            assert_eq!(row["under"].is_empty(), point["under"].is_null());
            assert_eq!((&*row["date"], &*row["line"]), (MONDAY, line));
        }
    }
    let total = &rows(&text(&app, "/data/2026/centre.csv").await)["answered"];
    assert_eq!(total["value"], "40");
    app.stop().await;
}

#[tokio::test]
async fn checksums_are_of_what_is_sent_and_signed_with_the_key_of_the_log() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let sums = text(&app, "/data/SHA256SUMS").await;
    assert_eq!(sums.lines().count(), 1 + 3 * 2, "{sums}");
    for line in sums.lines() {
        let (hash, file) = line.split_once("  ").unwrap();
        let bytes = app.answers(&format!("/data/{file}")).await;
        let bytes = bytes.bytes().await.unwrap();
        assert_eq!(hash, hex::encode(Sha256::digest(&bytes)), "{file}");
    }
    let keys = app.json("/.well-known/quietline-keys.json").await;
    let keys = keys.to_string();
    let signature = app.answers("/data/SHA256SUMS.sig").await;
    let signature: [u8; 64] = signature.bytes().await.unwrap()[..].try_into().unwrap();
    let pem = text(&app, "/data/key.pem").await;
    let der = data_encoding::BASE64.decode(pem.lines().nth(1).unwrap().as_bytes());
    let key = hex::encode(&der.unwrap()[12..]);
    assert!(keys.contains(&key), "{keys}");
    let key = PublicKey::of_hex(&key).unwrap();
    assert!(key.signed(&sums, &signature));
    assert!(!key.signed(&sums.replace("2026", "2025"), &signature));
    app.stop().await;
}

#[tokio::test]
async fn a_file_is_sent_once_compressed_or_plain_and_everything_is_one_gzip_file() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let ask = |path: &str, name, value: &str| {
        let request = app.client.get(app.url(path)).header(name, value);
        async { request.send().await.unwrap() }
    };
    let plain = app.answers("/data/2026/billing.csv").await;
    let tag = plain.headers()[ETAG].to_str().unwrap().to_owned();
    let links = plain.headers().get_all(LINK).iter();
    let links: Vec<&str> = links.map(|link| link.to_str().unwrap()).collect();
    assert!(links[0].contains("rel=\"license\""), "{links:?}");
    assert!(links[1].starts_with("</data/2026/billing.csv-metadata.json>"));
    let plain = plain.text().await.unwrap();
    let zipped = ask("/data/2026/billing.csv", ACCEPT_ENCODING, "br, gzip").await;
    assert_eq!(zipped.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(zipped.headers()[ETAG], tag.as_str());
    let unzip = |bytes: &[u8]| {
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(bytes);
        decoder.read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(unzip(&zipped.bytes().await.unwrap()), plain);
    let again = ask("/data/2026/billing.csv", IF_NONE_MATCH, &tag).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let all = app.answers("/data/all.csv.gz").await;
    let all = unzip(&all.bytes().await.unwrap());
    assert!(all.contains(plain.split_once('\n').unwrap().1));
    assert_eq!(all.matches("date,line").count(), 1);
    let described = app.json("/data/2026/billing.csv-metadata.json").await;
    let columns = described["tableSchema"]["columns"].as_array().unwrap();
    let columns: Vec<&str> = columns
        .iter()
        .map(|own| own["name"].as_str().unwrap())
        .collect();
    assert!(
        plain.starts_with(&(columns.join(",") + "\n")),
        "{columns:?}"
    );
    app.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_revision_is_in_the_file_at_once_in_the_list_of_changes_and_in_the_version(
    #[case] kind: Kind,
) {
    let Some(app) = on_tuesday(kind).await else {
        return;
    };
    let before: Value = app
        .answers("/data/changes.json")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(before, json!({"version": "1.0.20261102", "changes": []}));
    post_calls(&app, 40..45).await;
    let row = &rows(&text(&app, "/data/2026/centre.csv").await)["answered"];
    assert_eq!(row["value"], "45");
    let after = app.json("/data/changes.json").await;
    assert_eq!(after["version"], "1.20261103.20261102");
    let changes = json!([{"on": "2026-11-03", "kind": "revised", "days": [MONDAY]}]);
    assert_eq!(after["changes"], changes);
    let page = text(&app, "/data?lang=en").await;
    assert!(page.contains("1.20261103.20261102") && page.contains("Revised: 2026-11-02"));
    app.stop().await;
}

#[tokio::test]
async fn what_there_is_not_is_told_with_what_there_is() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let ask = |path: &'static str| {
        let request = app.client.get(app.url(path));
        async {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        }
    };
    let (status, problem) = ask("/data/2026/centre.csv").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("first day is not closed"), "{problem}");
    app.stop().await;
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    for (path, known) in [
        ("/data/2025/centre.csv", "2026"),
        ("/data/02026/centre.csv", "2026"),
        ("/data/2026/nothing.csv", "billing.csv"),
        ("/data/2026/billing.xlsx", "billing.json"),
    ] {
        let answer = app.client.get(app.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        let problem: Value = answer.json().await.unwrap();
        let listed = problem["known"].as_array().unwrap();
        assert!(listed.contains(&json!(known)), "{path}: {problem}");
    }
    app.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_may_read_what_is_public_and_nothing_else() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let ask = |method: Method, path: &str| {
        let request = app.client.request(method, app.url(path));
        let request = request.header(ORIGIN, "https://elsewhere.example");
        let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "GET");
        async { request.send().await.unwrap() }
    };
    for path in [
        "/api/v1/now",
        "/api/v1/series",
        "/api/v1/log",
        "/data/2026/centre.csv",
        "/data/all.csv.gz",
        "/data/SHA256SUMS",
        "/openapi.json",
        "/badge.svg",
        "/.well-known/contact-wait.json",
    ] {
        let before = ask(Method::OPTIONS, path).await;
        assert_eq!(before.status(), StatusCode::NO_CONTENT, "{path}");
        assert_eq!(before.headers()[ACCESS_CONTROL_ALLOW_METHODS], "GET, HEAD");
        let then = ask(Method::GET, path).await;
        assert_eq!(then.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
    }
    for path in [
        "/ingest/v1/events",
        "/desk",
        "/desk/login",
        "/api/v1/staff/events",
    ] {
        for method in [Method::OPTIONS, Method::GET] {
            let answer = ask(method, path).await;
            let allowed = answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allowed, None, "{path}");
            assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_link_becomes_a_frame_and_a_line_a_picture() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    for url in ["/line/billing", "/embed/now?line=billing"] {
        let asked = format!(
            "/oembed?url={}&format=json&maxwidth=200",
            app.url(url).replace('?', "%3F")
        );
        let told = app.json(&asked).await;
        assert_eq!(
            (&told["type"], &told["width"]),
            (&json!("rich"), &json!(200))
        );
        let html = told["html"].as_str().unwrap();
        let frame = format!("src=\"{}\"", app.url("/embed/now?line=billing"));
        assert!(html.contains(&frame), "{html}");
    }
    for (query, status) in [
        ("url=https://elsewhere.example/line/billing", 404),
        ("url=/line/nothing", 404),
        ("url=/&format=xml", 400),
        ("", 404),
    ] {
        let answer = app
            .client
            .get(app.url(&format!("/oembed?{query}")))
            .send()
            .await;
        assert_eq!(answer.unwrap().status().as_u16(), status, "{query}");
    }
    let badge = text(&app, "/badge.svg?line=billing").await;
    assert!(
        badge.starts_with("<svg") && badge.contains("Billing"),
        "{badge}"
    );
    app.stop().await;
}
