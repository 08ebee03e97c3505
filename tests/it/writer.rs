//! Events through the one writer into contacts and cells, on both databases.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use quietline::clock::Clock;
use quietline::domain::batch::Applied;
use quietline::domain::event::EventId;
use quietline::domain::event::{Event, Fact, Signal};
use quietline::domain::period::Span;
use quietline::domain::tally::{Count, Tally};
use quietline::ingest::rebuild;
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, Writing, event, fresh_db, key, on};

const DAY_MS: i64 = 86_400_000;

async fn day_total(writing: &Writing, line: &str) -> Tally {
    let (from, to) = (date(1990, 1, 1), date(2100, 1, 1));
    let cells = writing.store.day_cells(from, to).await.unwrap();
    cells
        .into_iter()
        .filter(|(_, place, _)| place.line == line)
        .map(|(_, _, tally)| tally)
        .sum()
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_call_counts_once_however_often_it_is_told(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + 600_000)).await;
    let call = vec![
        event(1, MONDAY_NINE + 30_000, Fact::Answered),
        event(1, MONDAY_NINE, Fact::Offered(on("billing"))),
        event(
            1,
            MONDAY_NINE + 90_000,
            Fact::Ended {
                handle_ms: Some(60_000),
            },
        ),
    ];
    let first = writing.send(call.clone()).await.unwrap();
    assert_eq!(
        first.outcomes,
        vec![Applied::Orphan, Applied::Counted, Applied::Counted]
    );
    let again = writing.send(call).await.unwrap();
    assert_eq!(again.outcomes, vec![Applied::Duplicate; 3]);

    let tally = day_total(&writing, "billing").await;
    assert_eq!(tally.count(Count::Attempts), 1);
    assert_eq!(tally.count(Count::Answered), 1);
    assert_eq!(tally.count(Count::WaitAnsweredMsSum), 30_000);
    assert_eq!(tally.count(Count::HandleMsSum), 60_000);
    let counts = writing.store.ingest_counts().await.unwrap();
    assert_eq!(counts.len(), 1);
    let (source, count) = &counts[0];
    assert_eq!((source.as_str(), count.received), ("pbx", 6));
    assert_eq!((count.counted, count.orphaned, count.duplicate), (2, 1, 3));
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_correction_moves_the_counts_and_nothing_stays_behind(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + 600_000)).await;
    writing
        .send(vec![event(1, MONDAY_NINE, Fact::Offered(on("billing")))])
        .await
        .unwrap();
    let mut moved = event(1, MONDAY_NINE + DAY_MS - 1, Fact::Offered(on("moving")));
    if let Event::Contact(moved) = &mut moved {
        moved.revision = 1;
    }
    writing.send(vec![moved]).await.unwrap();
    assert!(day_total(&writing, "billing").await.is_zero());
    assert_eq!(day_total(&writing, "moving").await.count(Count::Waiting), 1);
    writing
        .send(vec![event(1, MONDAY_NINE + 5, Fact::Withdrawn)])
        .await
        .unwrap();
    assert!(day_total(&writing, "moving").await.is_zero());
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_restart_finds_everything_as_it_was(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE + 600_000);
    let offered = event(1, MONDAY_NINE, Fact::Offered(on("billing")));
    let writing = Writing::start(&db, clock.clone()).await;
    writing.send(vec![offered.clone()]).await.unwrap();
    writing.stop().await;

    let writing = Writing::start(&db, clock).await;
    let again = writing.send(vec![offered]).await.unwrap();
    assert_eq!(again.outcomes, vec![Applied::Duplicate]);
    let open = writing.store.contacts_since(MONDAY_NINE + 1).await.unwrap();
    assert_eq!(
        open.len(),
        1,
        "still waiting, so it belongs to the live state"
    );
    assert_eq!(open[0].0, key(1));
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_day_past_retention_is_sealed_and_takes_no_new_contact(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE);
    let writing = Writing::start(&db, clock.clone()).await;
    let call = |n| {
        vec![
            event(n, MONDAY_NINE, Fact::Offered(on("billing"))),
            event(n, MONDAY_NINE + 1_000, Fact::Answered),
        ]
    };
    writing.send(call(1)).await.unwrap();
    writing.stop().await;

    // The writer looks after retention when it starts.
    clock.set(MONDAY_NINE + 31 * DAY_MS);
    let writing = Writing::start(&db, clock.clone()).await;
    let late = writing.send(call(2)).await.unwrap();
    assert_eq!(late.outcomes, vec![Applied::Sealed, Applied::Orphan]);
    assert_eq!(writing.store.orphans().await.unwrap(), 1);
    let kept = writing.store.contacts_since(0).await.unwrap();
    assert_eq!(
        kept.len(),
        1,
        "the sealed day's contact is gone, the orphan waits for its start"
    );
    assert_eq!(writing.store.sealed_days().await.unwrap().len(), 1);
    assert_eq!(
        day_total(&writing, "billing").await.count(Count::Answered),
        1
    );

    let findings = rebuild::check(&writing.store, &writing.centre)
        .await
        .unwrap();
    assert_eq!((findings.days_sealed, findings.wrong.len()), (1, 0));
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_contact_without_an_end_becomes_lost_and_can_still_be_found(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE);
    let writing = Writing::start(&db, clock.clone()).await;
    writing
        .send(vec![event(1, MONDAY_NINE, Fact::Offered(on("billing")))])
        .await
        .unwrap();
    writing.stop().await;

    clock.set(MONDAY_NINE + 4 * 3_600_000);
    let mut writing = Writing::start(&db, clock).await;
    let lost = writing.committed.recv().await.unwrap();
    assert!(lost.contacts[0].1.lost.is_some());
    assert!(
        lost.seen.is_empty(),
        "the writer's own word is no sign of life"
    );
    assert_eq!(day_total(&writing, "billing").await.count(Count::Lost), 1);
    writing
        .send(vec![event(1, MONDAY_NINE + 9_000, Fact::Answered)])
        .await
        .unwrap();
    let tally = day_total(&writing, "billing").await;
    assert_eq!(
        (tally.count(Count::Lost), tally.count(Count::Answered)),
        (0, 1)
    );
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn signs_of_life_cover_time_until_a_silence_of_five_minutes(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE);
    let writing = Writing::start(&db, clock.clone()).await;
    for minutes in [0, 1, 6, 12, 13] {
        let at_ms = MONDAY_NINE + minutes * 60_000;
        clock.set(at_ms);
        let event = EventId {
            id: minutes.to_string(),
            source: "pbx".to_owned(),
        };
        let heartbeat = Event::Signal {
            event,
            at_ms,
            revision: 0,
            signal: Signal::Heartbeat,
        };
        writing.send(vec![heartbeat]).await.unwrap();
    }
    let minute = |from: i64, to: i64| Span {
        start_ms: MONDAY_NINE + from * 60_000,
        end_ms: MONDAY_NINE + to * 60_000,
    };
    let spans = writing.store.coverage(0, i64::MAX).await.unwrap();
    let spans: Vec<Span> = spans.into_iter().map(|(_, span)| span).collect();
    assert_eq!(spans, vec![minute(0, 6), minute(12, 13)]);
    writing.stop().await;
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::Attempted(on("billing"))),
        Just(Fact::Offered(on("billing"))),
        Just(Fact::Offered(on("moving"))),
        Just(Fact::Answered),
        Just(Fact::Abandoned),
        Just(Fact::Transferred(on("moving"))),
        Just(Fact::Ended {
            handle_ms: Some(60_000)
        }),
        Just(Fact::CallbackRequested),
        Just(Fact::CallbackKept),
        Just(Fact::Withdrawn),
    ]
}

fn any_events() -> impl Strategy<Value = Vec<(u64, i64, Fact, i64)>> {
    let one = (0..6u64, 0..200_000_000i64, any_fact(), 0..2i64);
    proptest::collection::vec(one, 1..40)
}

/// Whatever is sent, in whatever batches, the cells are the sum over the contacts.
#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn cells_are_always_the_sum_over_contacts(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE)).await;
    let mut runner = TestRunner::new(Config {
        cases: 40,
        ..Config::default()
    });
    let sent = std::sync::atomic::AtomicU64::new(0);
    let outcome = runner.run(&(any_events(), 1..10usize), |(events, batch_size)| {
        let sent = sent.fetch_add(10, std::sync::atomic::Ordering::Relaxed);
        let events: Vec<Event> = events
            .into_iter()
            .map(|(n, after_ms, fact, revision)| {
                let mut event = event(n + sent, MONDAY_NINE - 300_000_000 + after_ms, fact);
                if let Event::Contact(event) = &mut event {
                    event.revision = revision;
                }
                event
            })
            .collect();
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for chunk in events.chunks(batch_size) {
                    writing.send(chunk.to_vec()).await.unwrap();
                }
                let findings = rebuild::check(&writing.store, &writing.centre)
                    .await
                    .unwrap();
                prop_assert_eq!(&findings.wrong, &Vec::new());
                Ok(())
            })
        })
    });
    outcome.unwrap();
    let findings = rebuild::check(&writing.store, &writing.centre)
        .await
        .unwrap();
    assert!(
        findings.contacts > 20,
        "the check saw contacts: {findings:?}"
    );
    spoil_and_find(&writing).await;
}

/// The control: a cell that was tampered with is found.
async fn spoil_and_find(writing: &Writing) {
    let store = &writing.store;
    let (first, last) = store.day_bounds().await.unwrap().unwrap();
    let cells = store.day_cells(first, last).await.unwrap();
    let (day, place, _) = cells.into_iter().next().unwrap();
    let mut spoil = store.snapshot().await.unwrap();
    let at_ms = quietline::domain::period::day_start_ms(day, &writing.centre.zone);
    let cell = quietline::domain::tally::CellKey {
        interval: quietline::domain::period::IntervalStart::containing(at_ms),
        day,
        place,
    };
    let mut one = Tally::default();
    one.set(Count::Attempts, 1);
    spoil
        .add_to_cells(&BTreeMap::from([(cell, one)]), 0)
        .await
        .unwrap();
    spoil.commit().await.unwrap();
    let findings = rebuild::check(store, &writing.centre).await.unwrap();
    assert_eq!(findings.wrong.len(), 1);
    assert_eq!(findings.wrong[0].0, day);
}
