//! Anyone can recompute an edition: the facts of the bank's weeks follow from what the open data
//! says over its API, by arithmetic of the test's own.

use std::sync::Arc;

use jiff::civil::{Date, Weekday, date, time};
use quietline::app::{App, Settings};
use quietline::clock::Clock;
use quietline::config::read_centre;
use quietline::domain::centre::{Centre, ReleaseSchedule};
use quietline::domain::edition::IsoWeek;
use quietline::domain::period::instant_ms;
use quietline::store::{Location, Store};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::bank::{calls, centre_file, import};

/// A test that waits longer than this has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(3);

const MEASURES: [&str; 8] = [
    "attempts",
    "offered",
    "answered",
    "abandoned",
    "service_level",
    "service_level_customer",
    "abandonment",
    "wait_median",
];

async fn get(app: &App, path: &str) -> Value {
    let url = format!("http://{}{path}", app.address);
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// Whether a number of the facts, with four decimals, is what the open data tells, with six.
fn is_same(fact: &Value, told: &Value) -> bool {
    let fact = fact.as_str().map(|fact| fact.parse::<f64>().unwrap());
    match (fact, told.as_f64()) {
        (Some(fact), Some(told)) => (fact - told).abs() <= 0.000_051,
        (fact, told) => fact == told,
    }
}

async fn points(app: &App, measure: &str, grain: &str, (from, to): (Date, Date)) -> Vec<Value> {
    let path = format!("/api/v1/series?line=*&measure={measure}&grain={grain}&from={from}&to={to}");
    get(app, &path).await["points"].as_array().unwrap().clone()
}

fn figure<'f>(edition: &'f Value, measure: &str) -> &'f Value {
    let mut figures = edition["facts"]["figures"].as_array().unwrap().iter();
    figures.find(|own| own["measure"] == measure).unwrap()
}

/// The bank with releases on Thursday at 10:00.
fn releasing(since: Date) -> Centre {
    let mut centre = read_centre(&centre_file()).unwrap();
    centre.releases = Some(ReleaseSchedule {
        weekday: Weekday::Thursday,
        time: time(10, 0, 0, 0),
        grace_hours: 24,
        since: Some(since),
        from: None,
        officers: std::collections::BTreeMap::new(),
    });
    centre
}

async fn once_out(app: &App, week: IsoWeek) -> Value {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let edition = reqwest::get(format!("http://{}/editions/{week}.json", app.address));
            let edition = edition.await.unwrap();
            if edition.status().is_success() {
                return edition.json::<Value>().await.unwrap();
            }
        }
    });
    waited
        .await
        .unwrap_or_else(|_| panic!("{week} does not come out"))
}

async fn follows(app: &App, edition: &Value, week: IsoWeek) {
    let days = week.days();
    for measure in MEASURES {
        let own = figure(edition, measure);
        let before = week.back(1).monday();
        let told = points(app, measure, "week", (before, days.end)).await;
        for (cell, point) in [("before", &told[0]), ("value", &told[1])] {
            assert!(
                is_same(&own[cell]["value"], &point["value"]),
                "{week} {measure} {cell}: {own} {point}"
            );
            assert_eq!(own[cell]["n"], point["n"], "{week} {measure} {cell}");
        }
        let told = points(app, measure, "day", (days.start, days.end)).await;
        assert_eq!(told.len(), 7);
        for (cell, point) in own["days"].as_array().unwrap().iter().zip(&told) {
            assert!(
                is_same(&cell["value"], &point["value"]),
                "{week} {measure}: {cell} {point}"
            );
        }
    }
}

/// One month of the bank, its weeks published on their Thursdays in their order.
async fn a_month(month: usize, since: Date, thursdays: [(&str, Date); 3]) {
    let Some(files) = calls() else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new().unwrap();
    import(folder.path(), &files[month..=month]);
    let centre = releasing(since);
    let zone = centre.zone.clone();
    let at = |day: Date| instant_ms(day.to_datetime(time(10, 0, 0, 0)), &zone);
    let clock = Clock::fixed(at(thursdays[0].1));
    let location = Location::Folder(folder.path().to_owned());
    let store = Store::open(&location);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = store.await.unwrap();
    let app = App::start_with(
        Arc::new(centre),
        store,
        clock.clone(),
        listener,
        Settings::default(),
    );
    let app = app.await.unwrap();
    for (name, thursday) in thursdays {
        let week: IsoWeek = name.parse().unwrap();
        clock.set(at(thursday));
        let edition = once_out(&app, week).await;
        assert_eq!(edition["state"], "unsigned", "{week} is on time");
        assert!(
            figure(&edition, "attempts")["value"]["value"].is_string(),
            "{week}: {edition}"
        );
        follows(&app, &edition, week).await;
        assert_eq!(edition["facts"]["conservation"][0]["state"], "adds_up");
    }
    let editions = get(&app, "/api/v1/editions").await;
    let slots = editions["slots"].as_array().unwrap();
    let leaves = slots
        .iter()
        .flat_map(|slot| slot["versions"].as_array().unwrap());
    let numbers: Vec<i64> = leaves
        .map(|own| own["leaf"]["number"].as_i64().unwrap())
        .collect();
    assert!(numbers.is_sorted() && numbers.len() == 3, "{numbers:?}");
    app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_facts_of_january_follow_from_the_open_data() {
    let thursdays = [
        ("1999-W01", date(1999, 1, 14)),
        ("1999-W02", date(1999, 1, 21)),
        ("1999-W03", date(1999, 1, 28)),
    ];
    a_month(0, date(1999, 1, 4), thursdays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_facts_of_august_follow_from_the_open_data() {
    let thursdays = [
        ("1999-W31", date(1999, 8, 12)),
        ("1999-W32", date(1999, 8, 19)),
        ("1999-W33", date(1999, 8, 26)),
    ];
    a_month(1, date(1999, 8, 2), thursdays).await;
}
