//! The store, on both databases.

use std::collections::BTreeMap;

use jiff::civil::date;
use quietline::domain::card::{Foretold, Issued, IssuedSlot, Score};
use quietline::domain::period::{IntervalStart, Span};
use quietline::domain::tally::{CellKey, Count, Tally, Waits};
use quietline::store::coverage::CoverageKind;
use quietline::store::forecasts::ScoreKey;
use quietline::store::{LeaseError, Store};
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, TestDb, fresh_db, on};

async fn open(db: &TestDb) -> Store {
    Store::open(&db.location).await.unwrap()
}

fn cell(at_ms: i64, line: &str) -> CellKey {
    CellKey {
        interval: IntervalStart::containing(at_ms),
        day: date(2026, 11, 2),
        place: on(line),
    }
}

fn tally(attempts: i64, wait_ms: i64) -> Tally {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, attempts);
    tally.waits_mut(Waits::Answered).record(wait_ms);
    tally
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn tallies_that_are_added_read_back_as_their_sum_at_both_grains(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let cells = BTreeMap::from([
        (cell(MONDAY_NINE, "billing"), tally(3, 20_000)),
        (cell(MONDAY_NINE + 900_000, "billing"), tally(4, 0)),
        (cell(MONDAY_NINE, "moving"), tally(5, i64::MAX)),
    ]);
    for _ in 0..2 {
        let mut tx = writer.begin().await.unwrap();
        tx.add_to_cells(&cells, MONDAY_NINE).await.unwrap();
        tx.commit().await.unwrap();
    }

    let days = store
        .day_cells(date(2026, 11, 2), date(2026, 11, 3))
        .await
        .unwrap();
    let billing = tally(3, 20_000) + tally(4, 0) + tally(3, 20_000) + tally(4, 0);
    let moving = tally(5, i64::MAX) + tally(5, i64::MAX);
    let day = date(2026, 11, 2);
    assert_eq!(
        days,
        vec![(day, on("billing"), billing), (day, on("moving"), moving)]
    );

    let from = IntervalStart::containing(MONDAY_NINE);
    let intervals = store.interval_cells(from, from.next()).await.unwrap();
    let first = tally(3, 20_000) + tally(3, 20_000);
    assert_eq!(
        intervals,
        vec![(from, on("billing"), first), (from, on("moving"), moving)]
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_write_that_is_not_committed_leaves_nothing(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let cells = BTreeMap::from([(cell(MONDAY_NINE, "billing"), tally(3, 0))]);
    for commit in [false, true] {
        let before = store.day_bounds().await.unwrap();
        assert_eq!(before, None);
        let mut tx = writer.begin().await.unwrap();
        tx.add_to_cells(&cells, MONDAY_NINE).await.unwrap();
        if commit {
            tx.commit().await.unwrap();
        }
    }
    assert!(
        store.day_bounds().await.unwrap().is_some(),
        "the control: committed, it is there"
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_second_writer_is_told_who_holds_the_lease(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let (first, second) = (open(&db).await, open(&db).await);
    let held = first.writer(MONDAY_NINE).await.unwrap();
    let refused = second.writer(MONDAY_NINE).await.unwrap_err();
    let LeaseError::Held { holder } = refused else {
        panic!("{refused}")
    };
    assert!(
        holder.contains(&format!("process {}", std::process::id())),
        "{holder}"
    );
    assert!(holder.contains("2026-11-02"), "{holder}");

    drop(held);
    // PostgreSQL gives the lock back when it notices that the session is gone.
    let taken_over = async { while second.writer(MONDAY_NINE).await.is_err() {} };
    let in_time = tokio::time::timeout(std::time::Duration::from_mins(1), taken_over).await;
    assert!(in_time.is_ok());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn coverage_moves_its_end_forward_and_never_back(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    for end_ms in [2_000, 9_000, 5_000] {
        let mut tx = writer.begin().await.unwrap();
        let span = Span {
            start_ms: 1_000,
            end_ms,
        };
        tx.cover("pbx", CoverageKind::Live, span).await.unwrap();
        tx.commit().await.unwrap();
    }
    let expected = (
        "pbx".to_owned(),
        Span {
            start_ms: 1_000,
            end_ms: 9_000,
        },
    );
    assert_eq!(
        store.coverage(0, 100_000).await.unwrap(),
        vec![expected.clone()]
    );
    assert_eq!(store.last_live_spans().await.unwrap(), vec![expected]);
    assert!(store.coverage(9_000, 100_000).await.unwrap().is_empty());
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_fact_of_the_installation_is_made_once(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    assert_eq!(
        store
            .meta_or("secret", || "first".to_owned())
            .await
            .unwrap(),
        "first"
    );
    assert_eq!(
        store
            .meta_or("secret", || "second".to_owned())
            .await
            .unwrap(),
        "first"
    );
    store.add_token("ab", "pbx", 1).await.unwrap();
    store.add_token("cd", "crm", 1).await.unwrap();
    assert_eq!(store.revoke_tokens("pbx", 2).await.unwrap(), 1);
    assert_eq!(
        store.tokens().await.unwrap(),
        vec![("cd".to_owned(), "crm".to_owned())]
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_was_foretold_is_never_altered_and_scores_are(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = open(&db).await;
    let issued = |day, model: &str| Issued {
        line: "billing".to_owned(),
        day,
        issued_ms: MONDAY_NINE,
        model: model.to_owned(),
        weeks: 8,
        is_guess: false,
        is_simpler: false,
        quiet_halves: Vec::new(),
        pace: None,
        carry: quietline::domain::card::Carry::default(),
        slots: vec![IssuedSlot {
            start_ms: MONDAY_NINE,
            contacts: Some(Foretold::from((7.5, 3.0, 12.0))),
            wait_secs: None,
        }],
    };
    let (monday, tuesday) = (date(2026, 11, 2), date(2026, 11, 3));
    let key = ScoreKey {
        day: monday,
        line: "billing".to_owned(),
        lead: 0,
    };
    let mut score = Score::default();
    score
        .contacts
        .record(1.0, 9.0, Foretold::from((7.5, 3.0, 12.0)), None);
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let mut tx = writer.begin().await.unwrap();
    assert!(tx.keep_forecast(&issued(monday, "first")).await.unwrap());
    assert!(!tx.keep_forecast(&issued(monday, "second")).await.unwrap());
    assert!(tx.keep_forecast(&issued(tuesday, "first")).await.unwrap());
    tx.put_score(&key, &Score::default()).await.unwrap();
    tx.put_score(&key, &score).await.unwrap();
    tx.commit().await.unwrap();

    let read = store.forecasts(monday, date(2026, 11, 9)).await.unwrap();
    assert_eq!(read, [issued(monday, "first"), issued(tuesday, "first")]);
    assert_eq!(store.scores(monday, tuesday).await.unwrap(), [(key, score)]);
    let mut tx = writer.begin().await.unwrap();
    tx.forget_forecasts(tuesday).await.unwrap();
    tx.commit().await.unwrap();
    let read = store.forecasts(monday, date(2026, 11, 9)).await.unwrap();
    assert_eq!(read, [issued(tuesday, "first")]);
    store.close().await;
}
