//! Bad input of the daily record through the writer: told twice, too late, in the wrong order.

use std::collections::BTreeMap;

use jiff::civil::date;
use quietline::clock::Clock;
use quietline::domain::batch::Applied;
use quietline::domain::event::{Event, Fact, Purpose, Score};
use quietline::domain::tally::{Count, Tally};
use quietline::ingest::rebuild;
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, Writing, event, fresh_db, on};

const DAY_MS: i64 = 86_400_000;

/// Everything that is counted: tallies by day and line, and what followed.
async fn counted(writing: &Writing) -> (BTreeMap<String, Tally>, BTreeMap<String, i64>) {
    let (from, to) = (date(1990, 1, 1), date(2100, 1, 1));
    let days = writing.store.day_cells(from, to).await.unwrap();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (day, place, tally) in days {
        let name = format!("{day} {}", place.line);
        *tallies.entry(name).or_default() += &tally;
    }
    let facts = writing.store.day_facts(from, to).await.unwrap();
    let facts = facts.into_iter().filter(|counted| counted.value != 0);
    let facts = facts.map(|counted| (format!("{} {}", counted.day, counted.fact), counted.value));
    (tallies, facts.collect())
}

async fn agrees(writing: &Writing) {
    let findings = rebuild::check(&writing.store, &writing.centre).await;
    assert_eq!(findings.unwrap().wrong, Vec::new());
}

/// A day of ten calls with all that can follow them.
fn a_day() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 1..=10 {
        let at_ms = MONDAY_NINE + i64::try_from(n).unwrap() * 60_000;
        events.push(event(n, at_ms, Fact::Offered(on("billing"))));
        events.push(event(n, at_ms + 9_000, Fact::Answered));
        events.push(event(n, at_ms + 60_000, Fact::Classified(Purpose::Problem)));
        events.push(event(n, at_ms + 70_000, Fact::Surveyed));
        events.push(event(n, at_ms + 80_000, Fact::Scored(Score::Nps(9))));
        let cause = "pricing".to_owned();
        events.push(event(n, at_ms + 90_000, Fact::ComplaintOpened(cause)));
        events.push(event(n, at_ms + 95_000, Fact::ComplaintClosed));
    }
    events
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn everything_of_a_day_may_arrive_twice_and_backwards(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    let mut events = a_day();
    writing.send(events.clone()).await.unwrap();
    let once = counted(&writing).await;
    assert_eq!(once.1["2026-11-02 complaints_opened:pricing"], 10);
    assert_eq!(once.1["2026-11-02 nps:9"], 10);
    events.reverse();
    let again = writing.send(events).await.unwrap();
    assert_eq!(again.outcomes, vec![Applied::Duplicate; 70]);
    assert_eq!(counted(&writing).await, once);
    agrees(&writing).await;
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_classification_three_weeks_late_moves_its_count_and_nothing_else(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + 22 * DAY_MS)).await;
    writing.send(a_day()).await.unwrap();
    let before = counted(&writing).await;
    let late = event(
        4,
        MONDAY_NINE + 21 * DAY_MS,
        Fact::Classified(Purpose::Idea),
    );
    writing.send(vec![late]).await.unwrap();
    let after = counted(&writing).await;
    assert_eq!(after.1, before.1);
    let mut tally = before.0["2026-11-02 billing"];
    tally.set(Count::PurposeProblem, 9);
    tally.set(Count::PurposeIdea, 1);
    assert_eq!(
        after.0,
        BTreeMap::from([("2026-11-02 billing".to_owned(), tally)])
    );
    agrees(&writing).await;
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_survey_answered_twice_and_complaints_in_the_wrong_order_count_once(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + 3 * DAY_MS)).await;
    let call = |n| {
        vec![
            event(n, MONDAY_NINE, Fact::Offered(on("billing"))),
            event(n, MONDAY_NINE + 1_000, Fact::Answered),
        ]
    };
    writing
        .send([call(1), call(2), call(3)].concat())
        .await
        .unwrap();
    let told = vec![
        event(1, MONDAY_NINE + DAY_MS, Fact::Scored(Score::Nps(2))),
        event(1, MONDAY_NINE + 2 * DAY_MS, Fact::Scored(Score::Nps(8))),
        // Closed, and opened later; closed and never opened.
        event(2, MONDAY_NINE + DAY_MS, Fact::ComplaintClosed),
        event(
            2,
            MONDAY_NINE + 2 * DAY_MS,
            Fact::ComplaintOpened("other".to_owned()),
        ),
        event(3, MONDAY_NINE + DAY_MS, Fact::ComplaintClosed),
    ];
    writing.send(told).await.unwrap();
    let (_, facts) = counted(&writing).await;
    let names: Vec<&str> = facts.keys().map(String::as_str).collect();
    assert!(facts.values().all(|value| *value == 1), "{facts:?}");
    assert!(names.contains(&"2026-11-02 nps:8"), "{names:?}");
    assert!(!names.contains(&"2026-11-02 nps:2"), "{names:?}");
    assert!(
        names.contains(&"2026-11-04 complaints_opened:other"),
        "{names:?}"
    );
    assert!(
        names.iter().all(|name| !name.contains("in_time")),
        "{names:?}"
    );
    agrees(&writing).await;
    writing.stop().await;
}
