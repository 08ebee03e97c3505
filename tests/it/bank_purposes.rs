//! The bank's August by purpose: imported by the program, read over its API, and counted once more
//! straight from the file.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use jiff::civil::date;
use quietline::app::{App, Settings};
use quietline::clock::Clock;
use quietline::domain::tally::Count;
use quietline::ingest::rebuild;
use quietline::store::{Location, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::bank::{calls, centre_file};

/// Purpose and share of what the bank's types of call mean; the rest is not classified.
pub const PURPOSES: [(&str, Count, &[&str]); 3] = [
    (
        "share_transaction",
        Count::PurposeTransaction,
        &["PS", "PE", "NE"],
    ),
    ("share_information", Count::PurposeInformation, &["NW"]),
    ("share_problem", Count::PurposeProblem, &["IN"]),
];

/// Calls that were put on a line, by type: those whom an agent took, and those who hung up in the
/// queue.
pub fn offered_by_type(file: &Path) -> BTreeMap<String, i64> {
    let packed = std::fs::File::open(file).unwrap();
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(packed));
    let head = rows.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let (kind, outcome, queued) = (at("type"), at("outcome"), at("queue_start_local"));
    let mut offered = BTreeMap::new();
    for row in rows.records() {
        let row = row.unwrap();
        let is_offered = match &row[outcome] {
            "AGENT" => true,
            "HANG" => !row[queued].is_empty(),
            _ => false,
        };
        *offered.entry(row[kind].to_owned()).or_default() += i64::from(is_offered);
    }
    offered
}

/// The bank as it is described, and its source also tells purposes.
pub fn centre_with_purposes() -> String {
    let text = std::fs::read_to_string(centre_file()).unwrap();
    let purposes = PURPOSES.map(|(_, count, _)| format!("\"{}\", ", count.name()));
    text.replace(
        "\"attempts\",",
        &format!("{}\"attempts\",", purposes.concat()),
    )
}

pub fn import(folder: &Path, file: &Path) -> Value {
    let map = centre_file().with_file_name("map_purposes.toml");
    let done = Command::new(env!("CARGO_BIN_EXE_quietline"))
        .args(["import", "--json", "--config"])
        .arg(folder.join("centre.toml"))
        .arg("--data-dir")
        .arg(folder)
        .arg("--map")
        .arg(map)
        .arg(file)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn august_by_purpose_is_what_the_file_says() {
    let Some([_, august]) = calls() else { return };
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("centre.toml"), centre_with_purposes()).unwrap();
    assert_eq!(import(folder.path(), &august)["imported"], 41_768);

    let by_type = offered_by_type(&august);
    let offered: i64 = by_type.values().sum();
    assert_eq!(offered, 38_711, "the known sum");
    let of_types =
        |types: &[&str]| -> i64 { types.iter().filter_map(|name| by_type.get(*name)).sum() };
    let classified: i64 = PURPOSES.iter().map(|(.., types)| of_types(types)).sum();

    let location = Location::Folder(folder.path().to_owned());
    let store = Store::open(&location).await.unwrap();
    let cells = store.day_cells(date(1999, 8, 1), date(1999, 9, 1)).await;
    let cells = cells.unwrap();
    for (_, count, types) in PURPOSES {
        let counted: i64 = cells.iter().map(|(.., tally)| tally.count(count)).sum();
        assert_eq!(counted, of_types(types), "{}", count.name());
    }

    let centre = quietline::config::read_centre(&folder.path().join("centre.toml"));
    let centre = Arc::new(centre.unwrap());
    let checked = rebuild::check(&store, &centre).await.unwrap();
    assert_eq!(checked.wrong, Vec::new());
    let shares = shares(centre, store).await;
    for (id, _, types) in PURPOSES {
        let published = format!("{:.6}", shares[id]);
        assert_eq!(published, percent(of_types(types), offered), "{id}");
    }
    let published = format!("{:.6}", shares["share_unclassified"]);
    assert_eq!(published, percent(offered - classified, offered));
    assert!((shares.values().sum::<f64>() - 100.0).abs() < 3e-6);
}

/// A share in percent with the six digits of the API.
#[expect(clippy::cast_precision_loss, reason = "a month has few calls")]
fn percent(top: i64, of: i64) -> String {
    format!("{:.6}", (100 * top) as f64 / of as f64)
}

/// The shares of August that the program publishes.
async fn shares(
    centre: Arc<quietline::domain::centre::Centre>,
    store: Store,
) -> BTreeMap<&'static str, f64> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::start_with(centre, store, Clock::System, listener, Settings::default());
    let app = app.await.unwrap();
    let ids = PURPOSES.map(|(id, ..)| id).into_iter();
    let mut shares = BTreeMap::new();
    for id in ids.chain(["share_unclassified"]) {
        let url = format!(
            "http://{}/api/v1/series?measure={id}&grain=month&from=1999-08-01&to=1999-09-01",
            app.address
        );
        let answer: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        assert_eq!(answer["points"][0]["n"], 38_711, "{answer}");
        shares.insert(id, answer["points"][0]["value"].as_f64().unwrap());
    }
    app.stop().await.unwrap();
    shares
}
