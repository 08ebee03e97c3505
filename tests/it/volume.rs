//! Counts of sources that know no contacts, through the one writer into registers and cells.

use jiff::civil::{Date, date};
use quietline::clock::Clock;
use quietline::domain::batch::Applied;
use quietline::domain::event::{Event, Fact, Millis};
use quietline::domain::period::Span;
use quietline::domain::tally::Count;
use quietline::domain::volume::{Register, RegisterKey};
use quietline::ingest::rebuild;
use quietline::live::outlook::read_outlooks;
use quietline::store::coverage::CoverageKind;
use rstest::rstest;

use crate::support::{Kind, MONDAY_NINE, Writing, event, fresh_db, on};

const MONDAY: Date = date(2026, 11, 2);
const TUESDAY: Date = date(2026, 11, 3);
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// `attempts` on a line in the span of so many seconds that starts then.
fn count(line: &str, start_ms: Millis, seconds: i64, attempts: i64) -> Event {
    corrected(0, count_of("pbx", line, start_ms, seconds, attempts))
}

fn count_of(source: &str, line: &str, start_ms: Millis, seconds: i64, attempts: i64) -> Event {
    let key = RegisterKey {
        start_ms,
        place: on(line),
        source: source.to_owned(),
    };
    let register = Register {
        revision: 0,
        at_ms: start_ms + seconds * 1_000,
        event: format!("{line}/{start_ms}"),
        attempts,
        seconds,
    };
    Event::Volume(key, register)
}

fn corrected(revision: i64, event: Event) -> Event {
    match event {
        Event::Volume(key, register) => Event::Volume(
            key,
            Register {
                revision,
                ..register
            },
        ),
        other => other,
    }
}

/// Attempts of each interval of Monday as minutes after nine, and of its day cells in all.
async fn monday(writing: &Writing) -> (Vec<(i64, i64)>, i64) {
    let zone = &writing.centre.zone;
    let span = Span::of_day(MONDAY, zone);
    let starts = |ms| quietline::domain::period::IntervalStart::containing(ms);
    let intervals = writing
        .store
        .interval_cells(starts(span.start_ms), starts(span.end_ms))
        .await
        .unwrap();
    let intervals = intervals.into_iter().map(|(start, _, tally)| {
        let minutes = (start.ms() - MONDAY_NINE) / MINUTE_MS;
        (minutes, tally.count(Count::Attempts))
    });
    let days = writing.store.day_cells(MONDAY, TUESDAY).await.unwrap();
    let day = days.iter().map(|(.., tally)| tally.count(Count::Attempts));
    (
        intervals.filter(|(_, attempts)| *attempts != 0).collect(),
        day.sum(),
    )
}

async fn agrees(writing: &Writing) -> rebuild::Findings {
    let findings = rebuild::check(&writing.store, &writing.centre)
        .await
        .unwrap();
    assert_eq!(findings.wrong, []);
    findings
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn counts_stand_in_the_first_interval_of_the_time_they_divide(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    let at = |minute| MONDAY_NINE + minute * MINUTE_MS;
    let events = vec![
        count("billing", at(30), 360, 3),
        count("billing", at(48), 360, 4),
        count("billing", at(54), 360, 0),
        count("moving", at(45), 900, 5),
        count("moving", at(60), 3_600, 7),
        // Five hours from 10:00 local time.
        count("moving", at(0), 18_000, 11),
    ];
    let first = writing.send(events.clone()).await.unwrap();
    assert_eq!(first.outcomes, vec![Applied::Counted; 6]);
    // 9:00 UTC is 10:00 in Paris; the day began at -600 minutes.
    let expected = (vec![(-600, 11), (30, 7), (45, 5), (60, 7)], 30);
    assert_eq!(monday(&writing).await, expected);

    let again = writing.send(events).await.unwrap();
    assert_eq!(again.outcomes, vec![Applied::Duplicate; 6]);
    assert_eq!(monday(&writing).await, expected);
    assert_eq!(agrees(&writing).await.counts, 6);
    let spans = writing.store.counted_spans().await.unwrap();
    let spans: Vec<(&str, i64)> = spans.iter().map(|(line, secs)| (&**line, *secs)).collect();
    assert_eq!(
        spans,
        [
            ("billing", 360),
            ("moving", 900),
            ("moving", 3_600),
            ("moving", 18_000)
        ]
    );
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_correction_moves_a_count_and_two_sources_add_up(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    let at_ms = MONDAY_NINE + 48 * MINUTE_MS;
    let word = |revision, seconds, attempts| {
        corrected(revision, count("billing", at_ms, seconds, attempts))
    };
    // In one batch and over several the same word holds, whatever the order.
    let sent = writing
        .send(vec![word(0, 360, 9), word(1, 360, 4), word(0, 360, 12)])
        .await
        .unwrap();
    assert_eq!(
        sent.outcomes,
        [Applied::Counted, Applied::Counted, Applied::Duplicate]
    );
    assert_eq!(monday(&writing).await, (vec![(30, 4)], 4));
    let sent = writing.send(vec![word(2, 180, 6)]).await.unwrap();
    assert_eq!(sent.outcomes, [Applied::Counted]);
    assert_eq!(monday(&writing).await, (vec![(45, 6)], 6));
    let other = count_of("branch", "billing", at_ms, 180, 5);
    let call = event(1, at_ms, Fact::Offered(on("moving")));
    writing.send(vec![other, call]).await.unwrap();
    assert_eq!(monday(&writing).await.1, 12);
    let findings = agrees(&writing).await;
    assert_eq!((findings.contacts, findings.counts), (1, 2));
    let spans = writing.store.counted_spans().await.unwrap();
    assert_eq!(spans, [("billing".to_owned(), 180)]);
    writing.stop().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_rebuild_restores_counts_and_a_check_misses_nothing(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    writing
        .send(vec![count("billing", MONDAY_NINE, 360, 8)])
        .await
        .unwrap();
    let centre = writing.centre.clone();
    writing.stop().await;
    let store = quietline::store::Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let span = Span::of_day(MONDAY, &centre.zone);
    let mut tx = writer.begin().await.unwrap();
    let starts = |ms| quietline::domain::period::IntervalStart::containing(ms);
    tx.clear_cells(MONDAY, starts(span.start_ms), starts(span.end_ms))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // No cell is left: the day is known by its counts.
    let found = rebuild::check(&store, &centre).await.unwrap();
    assert_eq!(found.wrong.len(), 1);
    let sealed = store.sealed_days().await.unwrap();
    let rebuilt = rebuild::rebuild(&mut writer, &sealed, &centre, MONDAY_NINE).await;
    assert_eq!(rebuilt.unwrap(), 1);
    let found = rebuild::check(&store, &centre).await.unwrap();
    assert_eq!((found.wrong.len(), found.counts), (0, 1));
    drop(writer);
    store.close().await;
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_sealed_day_keeps_its_counts_and_takes_no_others(#[case] kind: Kind) {
    let Some(db) = fresh_db(kind).await else {
        return;
    };
    let clock = Clock::fixed(MONDAY_NINE + DAY_MS);
    let writing = Writing::start(&db, clock.clone()).await;
    let counted = count("billing", MONDAY_NINE, 360, 8);
    let call = vec![
        event(1, MONDAY_NINE, Fact::Offered(on("moving"))),
        event(1, MONDAY_NINE + 5_000, Fact::Abandoned),
        counted.clone(),
    ];
    writing.send(call).await.unwrap();
    writing.stop().await;

    // A writer that starts after retention seals first.
    clock.set(MONDAY_NINE + 40 * DAY_MS);
    let writing = Writing::start(&db, clock.clone()).await;
    let changes = vec![
        counted,
        corrected(1, count("billing", MONDAY_NINE, 360, 9)),
        count("billing", MONDAY_NINE + 6 * MINUTE_MS, 360, 1),
        count("billing", MONDAY_NINE + DAY_MS, 360, 2),
    ];
    let sent = writing.send(changes).await.unwrap();
    assert_eq!(
        sent.outcomes,
        [
            Applied::Duplicate,
            Applied::Sealed,
            Applied::Sealed,
            Applied::Counted
        ]
    );
    assert_eq!(monday(&writing).await.1, 9);
    let findings = agrees(&writing).await;
    assert_eq!((findings.days_sealed, findings.days_recomputed), (1, 1));
    writing.stop().await;
}

#[tokio::test]
async fn the_usual_week_does_not_guess_the_half_hours_of_counted_hours() {
    let db = fresh_db(Kind::Sqlite).await.unwrap();
    let writing = Writing::start(&db, Clock::fixed(MONDAY_NINE + DAY_MS)).await;
    let counts = vec![
        count("billing", MONDAY_NINE, 1_800, 8),
        count("moving", MONDAY_NINE, 3_600, 8),
    ];
    writing.send(counts).await.unwrap();
    let centre = writing.centre.clone();
    writing.stop().await;
    let store = quietline::store::Store::open(&db.location).await.unwrap();
    let mut writer = store.writer(MONDAY_NINE).await.unwrap();
    let mut tx = writer.begin().await.unwrap();
    let span = Span::of_day(MONDAY, &centre.zone);
    tx.cover("pbx", CoverageKind::Import, span).await.unwrap();
    tx.commit().await.unwrap();
    let outlooks = read_outlooks(&store, &centre, MONDAY_NINE + DAY_MS, 8).await;
    let outlooks = outlooks.unwrap();
    // From ten o'clock in Paris.
    let at_ten = |line: &str| outlooks[line].profile.slots[0][20].expected_contacts;
    assert_eq!((at_ten("billing"), at_ten("moving")), (Some(8.0), None));
    store.close().await;
}
