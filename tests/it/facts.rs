//! Surveys and complaints through the writer: by day, past the sealing of their contact's day, on
//! both databases.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quietline::clock::Clock;
use quietline::domain::batch::Applied;
use quietline::domain::event::{Event, Fact, Score};
use quietline::domain::facts::{DayFact, FactKey};
use quietline::ingest::rebuild;
use quietline::ingest::writer::{PastDay, write_sealed};
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, Writing, event, fresh_db, on};

const DAY_MS: i64 = 86_400_000;
const MONDAY: Date = date(2026, 11, 2);

/// What is counted of the line "billing", as "2026-11-02 csat:4" by how often.
async fn counted(writing: &Writing) -> BTreeMap<String, i64> {
    let (from, to) = (date(1990, 1, 1), date(2100, 1, 1));
    let facts = writing.store.day_facts(from, to).await.unwrap();
    let facts = facts.into_iter().filter(|counted| counted.value != 0);
    facts
        .map(|counted| (format!("{} {}", counted.day, counted.fact), counted.value))
        .collect()
}

fn expected(facts: &[(&str, i64)]) -> BTreeMap<String, i64> {
    let facts = facts.iter();
    facts
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect()
}

async fn agrees(writing: &Writing) {
    let findings = rebuild::check(&writing.store, &writing.centre).await;
    assert_eq!(findings.unwrap().wrong, Vec::new());
}

fn answered_call(n: u64) -> Vec<Event> {
    vec![
        event(n, MONDAY_NINE, Fact::Offered(on("billing"))),
        event(n, MONDAY_NINE + 1_000, Fact::Answered),
    ]
}

fn opened(n: u64, at_ms: i64, cause: &str) -> Event {
    event(n, at_ms, Fact::ComplaintOpened(cause.to_owned()))
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn surveys_and_complaints_count_once_and_corrections_move_them(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + 3 * DAY_MS)).await;
    for n in [1, 2] {
        writing.send(answered_call(n)).await.unwrap();
        let after = vec![
            event(n, MONDAY_NINE + DAY_MS, Fact::Surveyed),
            event(n, MONDAY_NINE + DAY_MS, Fact::Scored(Score::Csat(2))),
            opened(n, MONDAY_NINE + DAY_MS, "pricing"),
        ];
        writing.send(after.clone()).await.unwrap();
        let again = writing.send(after).await.unwrap();
        assert_eq!(again.outcomes, vec![Applied::Duplicate; 3]);
    }
    let corrected = vec![
        event(2, MONDAY_NINE + 2 * DAY_MS, Fact::Scored(Score::Csat(5))),
        opened(2, MONDAY_NINE + 2 * DAY_MS, "service"),
    ];
    writing.send(corrected).await.unwrap();
    let all = expected(&[
        ("2026-11-02 surveys_sent", 2),
        ("2026-11-02 surveys_answered", 2),
        ("2026-11-02 csat:2", 1),
        ("2026-11-02 csat:5", 1),
        ("2026-11-03 complaints_opened:pricing", 1),
        ("2026-11-03 complaints_opened:service", 1),
    ]);
    assert_eq!(counted(&writing).await, all);
    agrees(&writing).await;
    let withdrawn = vec![event(2, MONDAY_NINE, Fact::Withdrawn)];
    writing.send(withdrawn).await.unwrap();
    assert_eq!(counted(&writing).await.values().sum::<i64>(), 4);
    agrees(&writing).await;
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_complaint_closed_after_its_day_was_sealed_still_counts(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE);
    let writing = Writing::start(&db, clock.clone()).await;
    for n in [1, 2] {
        writing.send(answered_call(n)).await.unwrap();
        let after = vec![
            event(n, MONDAY_NINE, Fact::Surveyed),
            opened(n, MONDAY_NINE, "other"),
        ];
        writing.send(after).await.unwrap();
    }
    writing.stop().await;

    // The writer looks after retention when it starts.
    clock.set(MONDAY_NINE + 40 * DAY_MS);
    let writing = Writing::start(&db, clock.clone()).await;
    let closing_ms = MONDAY_NINE + 39 * DAY_MS;
    let late = vec![
        event(1, closing_ms, Fact::ComplaintClosed),
        event(1, closing_ms, Fact::Scored(Score::Nps(9))),
        opened(2, closing_ms, "pricing"),
    ];
    let receipt = writing.send(late.clone()).await.unwrap();
    let outcomes = vec![Applied::Counted, Applied::Sealed, Applied::Counted];
    assert_eq!(receipt.outcomes, outcomes);
    assert_eq!(writing.store.sealed_days().await.unwrap().len(), 1);
    let again = writing.send(late).await.unwrap();
    let outcomes = vec![Applied::Duplicate, Applied::Sealed, Applied::Duplicate];
    assert_eq!(again.outcomes, outcomes);
    let all = expected(&[
        ("2026-11-02 surveys_sent", 2),
        ("2026-11-02 complaints_opened:other", 1),
        ("2026-11-02 complaints_opened:pricing", 1),
        ("2026-11-02 complaints_closed_in_time", 1),
        ("2026-12-11 complaints_closed:other", 1),
    ]);
    assert_eq!(counted(&writing).await, all);
    agrees(&writing).await;
    writing.stop().await;

    // One is closed for a month, the other open for a hundred days: their rows go, they stay.
    clock.set(MONDAY_NINE + 101 * DAY_MS);
    let writing = Writing::start(&db, clock).await;
    let too_late = vec![event(2, MONDAY_NINE + 100 * DAY_MS, Fact::ComplaintClosed)];
    let receipt = writing.send(too_late).await.unwrap();
    assert_eq!(receipt.outcomes, vec![Applied::Orphan]);
    let mut snapshot = writing.store.snapshot().await.unwrap();
    assert_eq!(snapshot.complaints().await.unwrap(), Vec::new());
    drop(snapshot);
    assert_eq!(counted(&writing).await, all);
    agrees(&writing).await;
    writing.stop().await;
}

fn answered_at(n: u64, at_ms: i64, site: &str) -> Event {
    event(n, at_ms, Fact::AnsweredAt(site.to_owned()))
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn sites_count_once_and_stay_when_their_day_is_sealed_and_they_are_no_more(
    #[case] kind: Kind,
) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE + 3 * DAY_MS);
    let writing = Writing::start(&db, clock.clone()).await;
    for (n, site) in [(1, "town"), (2, "town"), (3, "dial"), (4, "gone")] {
        let call = vec![
            event(n, MONDAY_NINE, Fact::Offered(on("billing"))),
            answered_at(n, MONDAY_NINE + 1_000, site),
            event(n, MONDAY_NINE + 60_000, Fact::Resolved(n != 3)),
        ];
        writing.send(call.clone()).await.unwrap();
        let again = writing.send(call).await.unwrap();
        assert_eq!(again.outcomes, vec![Applied::Duplicate; 3]);
    }
    // It was answered at the other site, and late, says a correction of Thursday.
    let Event::Contact(mut corrected) = answered_at(2, MONDAY_NINE + 200_000, "dial") else {
        unreachable!("it is about a contact");
    };
    corrected.revision = 1;
    writing.send(vec![Event::Contact(corrected)]).await.unwrap();
    let withdrawn = vec![event(1, MONDAY_NINE, Fact::Withdrawn)];
    writing.send(withdrawn).await.unwrap();
    let all = expected(&[
        ("2026-11-02 answered_at:dial", 2),
        ("2026-11-02 answered_soon_at:dial", 1),
        ("2026-11-02 resolution_known_at:dial", 2),
        ("2026-11-02 resolved_at:dial", 1),
        ("2026-11-02 answered_at:gone", 1),
        ("2026-11-02 answered_soon_at:gone", 1),
        ("2026-11-02 resolution_known_at:gone", 1),
        ("2026-11-02 resolved_at:gone", 1),
    ]);
    assert_eq!(counted(&writing).await, all);
    agrees(&writing).await;
    writing.stop().await;

    clock.set(MONDAY_NINE + 40 * DAY_MS);
    let writing = Writing::start(&db, clock).await;
    let late = vec![answered_at(3, MONDAY_NINE, "town")];
    let receipt = writing.send(late).await.unwrap();
    assert_ne!(receipt.outcomes, vec![Applied::Counted]);
    assert_eq!(writing.store.sealed_days().await.unwrap().len(), 1);
    assert_eq!(counted(&writing).await, all);
    agrees(&writing).await;
    writing.stop().await;
}

/// Whatever was said, in whatever batches, sealed or not: the counts are the sum over what is
/// kept and what is frozen; spoiled, they are found and can be restored.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn counts_of_surveys_and_complaints_are_always_the_sum(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE + 20 * DAY_MS);
    let mut runner = TestRunner::new(Config {
        cases: 8,
        ..Config::default()
    });
    let run = std::sync::atomic::AtomicU64::new(0);
    let outcome = runner.run(&(any_events(), 1..10usize), |(events, size)| {
        let run = run.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let events: Vec<Event> = events
            .into_iter()
            .map(|(n, after_ms, fact)| event(10 * run + n, MONDAY_NINE + after_ms, fact))
            .collect();
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let writing = Writing::start(&db, clock.clone()).await;
                for chunk in events.chunks(size) {
                    writing.send(chunk.to_vec()).await.unwrap();
                }
                agrees(&writing).await;
                writing.stop().await;
                // What is no longer touched is sealed, and complaints go on or end.
                let now_ms = clock.now_ms() + 17 * DAY_MS;
                clock.set(now_ms);
                let writing = Writing::start(&db, clock.clone()).await;
                agrees(&writing).await;
                writing.stop().await;
            });
        });
        Ok(())
    });
    outcome.unwrap();
    let writing = Writing::start(&db, clock.clone()).await;
    let sealed = writing.store.sealed_days().await.unwrap();
    assert!(!sealed.is_empty(), "the control: days were sealed");
    writing.stop().await;
    spoil_and_find(&db, &clock).await;
}

fn any_events() -> impl Strategy<Value = Vec<(u64, i64, Fact)>> {
    let fact = prop_oneof![
        3 => Just(Fact::Offered(on("billing"))),
        2 => Just(Fact::Answered),
        2 => prop_oneof!["town", "dial"].prop_map(Fact::AnsweredAt),
        1 => Just(Fact::Surveyed),
        1 => (1..=5u8).prop_map(|score| Fact::Scored(Score::Csat(score))),
        2 => prop_oneof!["other", "service"].prop_map(Fact::ComplaintOpened),
        2 => Just(Fact::ComplaintClosed),
        1 => Just(Fact::Withdrawn),
    ];
    proptest::collection::vec((0..5u64, 0..20 * DAY_MS, fact), 1..40)
}

/// The control: a count that was tampered with is found, and a rebuild restores it.
async fn spoil_and_find(db: &crate::support::TestDb, clock: &Clock) {
    let store = quietline::store::Store::open(&db.location).await.unwrap();
    let centre = crate::support::centre();
    let mut writer = store.writer(clock.now_ms()).await.unwrap();
    let key = FactKey {
        day: MONDAY,
        place: on("billing"),
        fact: DayFact::ClosedQuickly,
    };
    let mut tx = writer.begin().await.unwrap();
    let spoil = BTreeMap::from([(key, 1)]);
    tx.add_facts(&spoil, clock.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    let wrong = rebuild::check(&store, &centre).await.unwrap().wrong;
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].1.contains("complaints_closed_quickly"),
        "{wrong:?}"
    );
    let sealed = store.sealed_days().await.unwrap();
    rebuild::rebuild(&mut writer, &sealed, &centre, clock.now_ms())
        .await
        .unwrap();
    let findings = rebuild::check(&store, &centre).await.unwrap();
    assert_eq!(findings.wrong, Vec::new());
    assert!(findings.facts > 5, "the check saw counts: {findings:?}");
}

/// A past that is known as counts only: all of it is frozen, and what is changed of it is found.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_past_that_is_known_as_counts_only_is_frozen(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let store = quietline::store::Store::open(&db.location).await.unwrap();
    let centre = crate::support::centre();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let key = |fact| FactKey {
        day: MONDAY,
        place: on("billing"),
        fact,
    };
    let answered = key(DayFact::SurveyAnswered);
    let past = PastDay {
        day: MONDAY,
        cells: BTreeMap::new(),
        facts: BTreeMap::from([(key(DayFact::SurveySent), 9), (answered.clone(), 4)]),
    };
    write_sealed(&mut writer, &[past], MONDAY_NINE)
        .await
        .unwrap();
    let findings = rebuild::check(&store, &centre).await.unwrap();
    assert_eq!((findings.facts, findings.wrong), (2, Vec::new()));

    // The control: a count to which nothing kept and nothing frozen belongs.
    let mut tx = writer.begin().await.unwrap();
    let more = BTreeMap::from([(answered, 1)]);
    tx.add_facts(&more, MONDAY_NINE).await.unwrap();
    tx.commit().await.unwrap();
    let wrong = rebuild::check(&store, &centre).await.unwrap().wrong;
    assert!(wrong[0].1.contains("surveys_answered"), "{wrong:?}");
}
