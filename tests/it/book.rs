//! The book of days: what is at hand is what the database says now.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use quietline::app::book::Book;
use quietline::domain::event::Millis;
use quietline::domain::facts::{DayFact, FactKey};
use quietline::domain::period::IntervalStart;
use quietline::domain::record::DayRecord;
use quietline::domain::series::Needs;
use quietline::domain::tally::{CellKey, Count, Tally};
use quietline::store::{Store, StoreWriter};
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, centre, fresh_db, on};

const MONDAY: Date = date(2026, 11, 2);
const TUESDAY: Date = date(2026, 11, 3);
const HOUR_MS: i64 = 3_600_000;

async fn add(writer: &mut StoreWriter, attempts: i64, at_ms: i64, now_ms: i64) {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, attempts);
    let key = CellKey {
        interval: IntervalStart::containing(at_ms),
        day: MONDAY,
        place: on("billing"),
    };
    let mut tx = writer.begin().await.unwrap();
    tx.add_to_cells(&BTreeMap::from([(key, tally)]), now_ms)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn attempts(records: &[Arc<DayRecord>]) -> Vec<(i64, Option<i64>)> {
    let sum = |packed: &quietline::domain::packed::Packed| {
        let tallies = packed.tallies(|_| true);
        tallies
            .map(|(.., tally)| tally.count(Count::Attempts))
            .sum()
    };
    let days = records.iter();
    days.map(|record| (sum(&record.cells), record.intervals.as_ref().map(sum)))
        .collect()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_day_at_hand_is_read_again_when_it_changes_and_only_then(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let book = Book::new(store.clone(), centre());
    let by_day = Needs {
        days: MONDAY..TUESDAY,
        intervals: MONDAY..MONDAY,
    };
    let with_parts = Needs {
        intervals: MONDAY..TUESDAY,
        ..by_day.clone()
    };
    add(&mut writer, 7, MONDAY_NINE, MONDAY_NINE).await;
    let close_ms = MONDAY_NINE + 24 * HOUR_MS;
    let first = book.records(&by_day, close_ms).await.unwrap();
    assert_eq!(attempts(&first), [(7, None)]);
    assert!(!first[0].is_revised);

    let again = book.records(&by_day, close_ms + 1).await.unwrap();
    assert!(Arc::ptr_eq(&first[0], &again[0]), "nothing was read again");
    let parts = book.records(&with_parts, close_ms + 2).await.unwrap();
    assert_eq!(attempts(&parts), [(7, Some(7))]);
    let less = book.records(&by_day, close_ms + 3).await.unwrap();
    assert!(Arc::ptr_eq(&parts[0], &less[0]), "what is known suffices");

    add(&mut writer, 5, MONDAY_NINE + HOUR_MS, close_ms + 4).await;
    let revised = book.records(&with_parts, close_ms + 5).await.unwrap();
    assert_eq!(attempts(&revised), [(12, Some(12))]);
    assert!(revised[0].is_revised, "it changed after its close");

    // A change that bears an earlier time, because the clock was set back, is seen as well.
    let set_back_ms = close_ms - 12 * HOUR_MS;
    add(&mut writer, 1, MONDAY_NINE, set_back_ms).await;
    let seen = book.records(&with_parts, set_back_ms).await.unwrap();
    assert_eq!(attempts(&seen), [(13, Some(13))]);
}

#[tokio::test]
async fn days_without_anything_and_days_to_come_have_no_cells() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let store = Store::open(&db.location).await.unwrap();
    let book = Book::new(store, centre());
    let needs = Needs {
        days: date(2026, 10, 1)..date(2027, 1, 1),
        intervals: date(2026, 10, 1)..date(2027, 1, 1),
    };
    let records = book.records(&needs, MONDAY_NINE).await.unwrap();
    assert!(attempts(&records).iter().all(|day| *day == (0, Some(0))));
    assert_eq!(records.first().unwrap().day, date(2026, 10, 1));
    assert!(records.last().unwrap().day < date(2026, 11, 5));
}

/// A complaint of a day, counted when it is said.
async fn complain(writer: &mut StoreWriter, fact: DayFact, now_ms: Millis) {
    let key = FactKey {
        day: MONDAY,
        place: on("billing"),
        fact,
    };
    let mut tx = writer.begin().await.unwrap();
    let facts = BTreeMap::from([(key, 1)]);
    tx.add_facts(&facts, now_ms).await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn what_follows_contacts_is_read_again_and_revised_only_when_it_should_have_settled(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let book = Book::new(store.clone(), centre());
    let needs = Needs {
        days: MONDAY..TUESDAY,
        intervals: MONDAY..MONDAY,
    };
    add(&mut writer, 7, MONDAY_NINE, MONDAY_NINE).await;
    let opened = DayFact::Opened("other".to_owned());
    complain(&mut writer, opened.clone(), MONDAY_NINE).await;
    let first = book.records(&needs, MONDAY_NINE + HOUR_MS).await.unwrap();
    let of = |record: &DayRecord, fact: &DayFact| {
        let mut facts = record.facts.iter();
        let found = facts.find(|counted| counted.fact == *fact);
        found.map(|counted| (counted.value, counted.is_revised))
    };
    assert_eq!(of(&first[0], &opened), Some((1, false)));

    // A week later: that it was closed in time is expected to be known late, its cause is not.
    let later_ms = MONDAY_NINE + 7 * 24 * HOUR_MS;
    complain(&mut writer, DayFact::ClosedInTime, later_ms).await;
    complain(&mut writer, opened.clone(), later_ms).await;
    let again = book.records(&needs, later_ms + 1).await.unwrap();
    assert_eq!(of(&again[0], &opened), Some((2, true)));
    assert_eq!(of(&again[0], &DayFact::ClosedInTime), Some((1, false)));
    assert!(!again[0].is_revised, "its cells are as they were");
}
