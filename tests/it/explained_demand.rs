//! Occasions explain demand: the forecast knows them, and afterwards what was expected without
//! them stands beside what came.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use quietline::app::book::Book;
use quietline::app::forecaster::Forecaster;
use quietline::clock::Clock;
use quietline::domain::card::{Foretold, Issued, IssuedSlot};
use quietline::domain::occasion::{Facts, Kind as What, Occasion, Origin, titled};
use quietline::domain::period::{IntervalStart, Span, day_start_ms, days, local_day};
use quietline::domain::staff::{Person, Role};
use quietline::domain::tally::{CellKey, Count, Tally, Waits};
use quietline::store::coverage::CoverageKind;
use quietline::store::{Store, StoreWriter};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{Kind, MONDAY_NINE, Spawned, TestDb, centre, fresh_db, on};

const HOUR_MS: i64 = 3_600_000;
/// Calls in each open half hour of an ordinary day.
const CALLS: i64 = 20;
/// Wednesdays on which bills went out, and the one to come.
const BILLS: [Date; 4] = [
    date(2026, 8, 26),
    date(2026, 9, 23),
    date(2026, 10, 21),
    date(2026, 11, 4),
];

/// Calls in every half hour from 8 to 18 on each weekday, twice as many where bills went out.
async fn write_days(writer: &mut StoreWriter, from: Date, to: Date) {
    let zone = &centre().zone;
    let start = |day: Date| day_start_ms(day, zone);
    let mut cells = BTreeMap::new();
    let weekdays = days(from, to).filter(|day| day.weekday().to_monday_zero_offset() < 5);
    for day in weekdays {
        let number = if BILLS.contains(&day) {
            2 * CALLS
        } else {
            CALLS
        };
        for half in 16..36 {
            let mut tally = Tally::default();
            for count in [Count::Attempts, Count::Offered, Count::Answered] {
                tally.set(count, number);
            }
            for _ in 0..number {
                tally.waits_mut(Waits::Answered).record(30_000);
            }
            let key = CellKey {
                interval: IntervalStart::containing(start(day) + half * HOUR_MS / 2),
                day,
                place: on("billing"),
            };
            cells.insert(key, tally);
        }
    }
    let span = Span {
        start_ms: start(from),
        end_ms: start(to),
    };
    let mut tx = writer.begin().await.unwrap();
    tx.add_to_cells(&cells, MONDAY_NINE).await.unwrap();
    tx.cover("pbx", CoverageKind::Import, span).await.unwrap();
    tx.commit().await.unwrap();
}

fn bill_run(day: Date) -> Occasion {
    let zone = &centre().zone;
    let start_ms = day_start_ms(day, zone);
    Occasion {
        id: format!("bills-{day}"),
        facts: Facts {
            kind: What::BillRun,
            origin: Origin::Planned,
            title: titled(&[("en", "Bills"), ("fr", "Factures")]),
            lines: vec!["billing".to_owned()],
            start_ms,
            end_ms: day_start_ms(day.saturating_add(1.day()), zone),
        },
        by: Person {
            account: "ada".to_owned(),
            role: Role::Editor,
        },
        entered_ms: start_ms - 168 * HOUR_MS,
        changed_ms: None,
        cancelled_ms: None,
        expected: None,
    }
}

/// Contacts that the forecaster expects on the Wednesday to come.
async fn expected_on_wednesday(store: &Store) -> f64 {
    let centre = centre();
    let clock = Clock::fixed(MONDAY_NINE);
    let book = Arc::new(Book::new(store.clone(), Arc::clone(&centre)));
    let (keep, _kept) = mpsc::channel(100);
    let mut forecaster = Forecaster::new(&centre, store, &clock, &book, keep);
    let told = forecaster.foresights();
    forecaster.look().await.unwrap();
    let told = Arc::clone(&told.borrow());
    let slots = told["billing"].issued.slots.iter();
    let own = slots.filter(|slot| local_day(slot.start_ms, &centre.zone) == BILLS[3]);
    own.map(|slot| slot.contacts.unwrap().expected).sum()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn the_forecast_of_a_bill_run_is_learned_from_the_ones_before(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    write_days(&mut writer, date(2026, 8, 3), date(2026, 11, 2)).await;
    let without = expected_on_wednesday(&store).await;
    let mut tx = store.begin_desk().await.unwrap();
    for day in BILLS {
        tx.put_occasion(&bill_run(day)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let with = expected_on_wednesday(&store).await;
    assert!(
        (350.0..500.0).contains(&without),
        "an ordinary day: {without}"
    );
    assert!(
        (680.0..900.0).contains(&with),
        "twice as many: {with}, not {without}"
    );
    drop(writer);
    store.close().await;
}

/// A forecast that was issued on Monday and expects 450 calls on Wednesday.
fn issued() -> Issued {
    let zone = &centre().zone;
    let wednesday_ms = day_start_ms(BILLS[3], zone);
    let slot = |at_ms| IssuedSlot {
        start_ms: at_ms,
        contacts: Some(Foretold::from((150.0, 100.0, 200.0))),
        wait_secs: None,
    };
    Issued {
        line: "billing".to_owned(),
        day: date(2026, 11, 2),
        issued_ms: MONDAY_NINE - HOUR_MS,
        model: "made-up".to_owned(),
        weeks: 8,
        is_guess: false,
        is_simpler: false,
        quiet_halves: Vec::new(),
        pace: None,
        carry: quietline::domain::card::Carry::default(),
        slots: [8, 9, 10]
            .map(|hour| slot(wednesday_ms + hour * HOUR_MS))
            .into(),
    }
}

async fn prepare(db: &TestDb) {
    let store = Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    write_days(&mut writer, date(2026, 9, 28), date(2026, 11, 6)).await;
    let mut tx = writer.begin().await.unwrap();
    assert!(tx.keep_forecast(&issued()).await.unwrap());
    tx.commit().await.unwrap();
    drop(writer);
    let mut tx = store.begin_desk().await.unwrap();
    let account = quietline::store::users::Account {
        name: "ada".to_owned(),
        role: Role::Editor,
        password: String::new(),
        totp_secret: None,
        created_ms: 0,
        disabled_ms: None,
    };
    tx.add_account(&account).await.unwrap();
    let hash = quietline::desk::token::hash("qls_secret");
    tx.add_staff_token(&hash, "ada", 0).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn afterwards_what_was_expected_stands_beside_what_came() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    prepare(&db).await;
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let enter = async |id: &str, start: &str, end: &str| {
        let body = json!({
            "id": id, "kind": "bill_run", "origin": "planned", "lines": ["billing"],
            "title": {"en": "Bills", "fr": "Factures"}, "start": start, "end": end,
        });
        let request = app.client.post(app.url("/api/v1/staff/events"));
        let answer = request.bearer_auth("qls_secret").json(&body).send().await;
        assert_eq!(answer.unwrap().status().as_u16(), 201);
    };
    enter("foreseen", "2026-11-04T08:00", "2026-11-04T18:00").await;
    enter("past", "2026-10-28T00:00", "2026-10-29T00:00").await;
    let of = |events: &Value, id: &str| {
        let all = events["events"].as_array().unwrap().iter();
        let mut own = all.filter(|event| event["id"] == id);
        own.next().unwrap()["compared"].clone()
    };
    let before = app.json("/api/v1/events").await;
    assert_eq!(of(&before, "foreseen"), json!([]), "it has not been yet");
    app.clock.set(MONDAY_NINE + 4 * 24 * HOUR_MS);
    let after = app.json("/api/v1/events").await;
    let foreseen = &of(&after, "foreseen")[0];
    assert_eq!(foreseen["basis"], "forecast", "{foreseen}");
    assert_eq!(foreseen["forecast_issued"], "2026-11-02");
    assert_eq!(
        (&foreseen["expected"], &foreseen["came"]),
        (&json!(450.0), &json!(800.0))
    );
    let past = &of(&after, "past")[0];
    assert_eq!(
        past["basis"], "four_weeks",
        "no forecast reached it: {past}"
    );
    // Wednesdays of 400, 400, 800 (bills) and 400 calls.
    assert_eq!(
        (&past["expected"], &past["came"]),
        (&json!(500.0), &json!(400.0))
    );
    let page = app
        .client
        .get(app.url("/events?lang=en"))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    for words in [
        "<td>450</td><td>800</td><td>+78%</td>",
        "Monday 2 November 2026",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_day_that_the_forecast_expects_to_be_busy_is_in_the_calendar() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    write_days(&mut writer, date(2026, 8, 3), date(2026, 11, 2)).await;
    drop(writer);
    let mut tx = store.begin_desk().await.unwrap();
    for day in BILLS {
        tx.put_occasion(&bill_run(day)).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    let app = Spawned::start(db, Clock::fixed(MONDAY_NINE)).await;
    let told = async {
        loop {
            app.next_frame().await;
            let answer = app.client.get(app.url("/events.ics?lang=en")).send();
            let text = answer.await.unwrap().text().await.unwrap();
            if text.contains("Busy day expected") {
                return text.replace("\r\n ", "");
            }
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_mins(1), told).await;
    let text = in_time.expect("the forecast is made and told");
    // Wednesday, in Paris. Those before had 400, 400, 800 (bills) and 400 calls.
    assert!(text.contains("DTSTART:20261103T230000Z"), "{text}");
    assert_eq!(text.matches("Busy day expected").count(), 1, "{text}");
    app.stop().await;
}
