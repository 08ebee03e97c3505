//! From a database to frames: what was there before the start, and what comes after.

use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::domain::centre::Channel;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, EventId, EventKind, Fact, Place};
use crate::domain::period::Span;
use crate::domain::tally::contribution;
use crate::domain::testing;
use crate::live::frame::{LineState, StripTime};
use crate::live::hub::Limits;
use crate::store::Location;
use crate::store::contacts::ContactRow;
use crate::store::coverage::CoverageKind;
use crate::store::forecasts::SHOWN;
use jiff::tz::TimeZone;

/// Monday 4 January 2021, 10:31 UTC.
const NOW_MS: i64 = 1_609_756_260_000;
const MINUTE_MS: i64 = 60_000;
const WEEK_MS: i64 = 7 * 24 * 60 * MINUTE_MS;

fn centre() -> Centre {
    Centre {
        sources: vec![testing::sender("pbx", vec![EventKind::Offered])],
        ..testing::centre(&["billing"])
    }
}

/// A call offered at an instant and, perhaps, answered after so many minutes.
fn call(number: u8, offered_ms: Millis, minutes: Option<i64>) -> (ContactKey, Contact) {
    let key = ContactKey([number; 16]);
    let mut contact = Contact::default();
    let place = Place {
        line: "billing".into(),
        channel: Channel::Voice,
    };
    let answered = minutes.map(|minutes| (offered_ms + minutes * MINUTE_MS, Fact::Answered));
    let facts = [Some((offered_ms, Fact::Offered(place))), answered];
    for (index, (at_ms, fact)) in facts.into_iter().flatten().enumerate() {
        let event = EventId {
            id: index.to_string(),
            source: "pbx".into(),
        };
        let revision = 0;
        contact.merge(ContactEvent {
            contact: key,
            event,
            at_ms,
            revision,
            fact,
        });
    }
    (key, contact)
}

/// A database with these calls counted and these spans covered.
async fn fill_database(
    folder: &std::path::Path,
    calls: &[(ContactKey, Contact)],
    covered: &[Span],
) -> Store {
    let location = Location::Folder(folder.to_owned());
    let store = Store::open(&location).await.expect("a database");
    let mut writer = store.writer(NOW_MS).await.expect("the lease");
    let mut write = writer.begin().await.expect("a transaction");
    let mut sums = BTreeMap::new();
    let mut rows = Vec::new();
    for (key, contact) in calls {
        let (cell, tally) = contribution(contact, &TimeZone::UTC).expect("it counts");
        rows.push(ContactRow {
            key: *key,
            day: Some(cell.day),
            start_ms: contact.start().expect("a start").0,
            settled: contact.is_settled(),
            touched_ms: NOW_MS,
            facts: serde_json::to_string(contact).expect("plain JSON"),
            is_in_place: false,
        });
        *sums.entry(cell).or_default() += &tally;
    }
    write.save_contacts(rows).await.expect("saved");
    write.add_to_cells(&sums, NOW_MS).await.expect("added");
    for span in covered {
        let covering = write.cover("pbx", CoverageKind::Live, *span);
        covering.await.expect("covered");
    }
    write.commit().await.expect("durable");
    store
}

#[tokio::test]
async fn the_first_frame_knows_what_the_database_knows_and_the_next_what_was_committed() {
    let eight_ms = NOW_MS - 151 * MINUTE_MS;
    let half_past_ms = NOW_MS - MINUTE_MS;
    let mut calls: Vec<_> = (0..12)
        .map(|number| call(number, half_past_ms - WEEK_MS, Some(20)))
        .collect();
    calls.extend((20..30).map(|number| call(number, eight_ms, Some(2))));
    calls.extend((40..46).map(|number| call(number, NOW_MS - 10 * MINUTE_MS, None)));
    let covered = [
        Span {
            start_ms: NOW_MS - WEEK_MS - 60 * MINUTE_MS,
            end_ms: NOW_MS - WEEK_MS + 60 * MINUTE_MS,
        },
        Span {
            start_ms: eight_ms,
            end_ms: NOW_MS - 5_000,
        },
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let store = fill_database(folder.path(), &calls, &covered).await;
    let clock = Clock::fixed(NOW_MS);
    let hub = Hub::new(clock.clone(), Limits::default());
    let say: Say = Box::new(|_, now| format!("{:?}", now.verdict.code));
    let starting = Live::start(store, Arc::new(centre()), hub.clone(), say);
    let mut task = starting.await.expect("a start");

    let first = hub.newest().expect("a frame");
    let line = &first.now.lines[0];
    assert_eq!((line.state, line.waiting), (LineState::Open, Some(6)));
    assert_eq!(line.longest_wait_secs, Some(600));
    assert_eq!(line.today.attempts, Some(16));
    assert_eq!(line.today.answered, Some(10));
    assert_eq!(line.today.until.as_deref(), Some("2021-01-04T10:30:00Z"));
    let typical = line.typical.expect("twelve calls last week");
    assert_eq!((typical.low_mins, typical.high_mins), (15, Some(20)));
    let told = (line.strip[0].when, line.strip[0].wait_mins);
    // The waits of 120 s lie in the bin from 90 to 120 s: the median is its middle.
    assert_eq!(told, (StripTime::Past, Some(1.8)));
    assert_eq!(line.strip[1].mark.as_deref(), Some("c"));

    let (key, contact) = call(50, NOW_MS, None);
    task.apply(&Committed {
        contacts: vec![(key, Arc::new(contact))],
        seen: vec![("pbx".into(), NOW_MS)],
        ..Committed::default()
    });
    clock.set(NOW_MS + 1_000);
    task.tick(NOW_MS + 1_000).await;
    let second = hub.newest().expect("a frame");
    assert_eq!((second.seq, second.now.lines[0].waiting), (2, Some(7)));
}

#[tokio::test]
async fn who_was_staffed_before_the_start_is_still_known() {
    let covered = Span {
        start_ms: NOW_MS - 60 * MINUTE_MS,
        end_ms: NOW_MS - 5_000,
    };
    let waiting = [call(1, NOW_MS - MINUTE_MS, None)];
    let folder = tempfile::tempdir().expect("a folder");
    let store = fill_database(folder.path(), &waiting, &[covered]).await;
    let mut writer = store.writer(NOW_MS).await.expect("the lease");
    let mut write = writer.begin().await.expect("a transaction");
    // The newest report of each source counts, and none that is older than a quarter of an hour.
    for (source, minutes_ago, staffed) in [
        ("pbx", 14, 30),
        ("pbx", 3, 12),
        ("crm", 16, 40),
        ("chat", 14, 5),
    ] {
        let at_ms = NOW_MS - minutes_ago * MINUTE_MS;
        let reported = write.report_capacity(source, "billing", at_ms, staffed);
        reported.await.expect("reported");
    }
    write.commit().await.expect("durable");
    let clock = Clock::fixed(NOW_MS);
    let hub = Hub::new(clock.clone(), Limits::default());
    let say: Say = Box::new(|_, _| String::new());
    let starting = Live::start(store, Arc::new(centre()), hub.clone(), say);
    let mut task = starting.await.expect("a start");
    let staffed = || hub.newest().expect("a frame").now.lines[0].staffed_at_least;
    assert_eq!(staffed(), Some(15), "12 and 5, in bands of five");

    // The report of 14 minutes ago is too old two minutes later.
    let later_ms = NOW_MS + 2 * MINUTE_MS;
    task.apply(&Committed {
        seen: vec![("pbx".into(), later_ms)],
        ..Committed::default()
    });
    clock.set(later_ms);
    task.tick(later_ms).await;
    assert_eq!(staffed(), Some(10), "12, in bands of five");
}

/// A task over these calls that was started at [`NOW_MS`], with its pages and its clock.
async fn start(
    folder: &std::path::Path,
    calls: &[(ContactKey, Contact)],
) -> (Live, Store, Hub, Clock) {
    let covered = Span {
        start_ms: NOW_MS - WEEK_MS,
        end_ms: NOW_MS,
    };
    let store = fill_database(folder, calls, &[covered]).await;
    let clock = Clock::fixed(NOW_MS);
    let hub = Hub::new(clock.clone(), Limits::default());
    let say: Say = Box::new(|_, _| String::new());
    let starting = Live::start(store.clone(), Arc::new(centre()), hub.clone(), say);
    (starting.await.expect("a start"), store, hub, clock)
}

#[tokio::test]
async fn the_first_frame_is_not_held_up_by_the_learner_and_later_ones_know_it() {
    // A fortnight ago, where only the learner looks.
    let calls: Vec<_> = (0..210)
        .map(|number: u8| {
            let at_ms = NOW_MS - 2 * WEEK_MS + i64::from(number) * 2 * MINUTE_MS;
            call(number, at_ms, Some(12))
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let (mut task, _store, hub, _clock) = start(folder.path(), &calls).await;
    let wait = || hub.newest().and_then(|frame| frame.now.lines[0].wait);
    assert!(!task.state.follows_learner());
    let first = wait().expect("a range");
    assert_eq!((first.low_mins, first.high_mins), (0, Some(1)));
    let mut seconds = 0;
    while !task.state.follows_learner() {
        tokio::task::yield_now().await;
        task.look_for_learner();
    }
    while wait() == Some(first) && seconds < 2 {
        seconds += 1;
        task.tick(NOW_MS + seconds * 1_000).await;
    }
    let learned = wait().expect("a range");
    assert_eq!((learned.low_mins, learned.high_mins), (10, Some(15)));
}

/// How many callers were scored, and how many waited as they were told.
fn counted(score: &Score) -> [i64; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    [score.waits.n, score.waits.within].map(|sum| sum.round() as i64)
}

#[tokio::test]
async fn what_was_shown_is_judged_by_those_who_called_and_handed_on_once_a_minute() {
    let folder = tempfile::tempdir().expect("a folder");
    let (task, store, _hub, clock) = start(folder.path(), &[]).await;
    let (sender, mut kept) = mpsc::channel(1);
    let mut task = task.with_shown(sender);
    let at_ms = NOW_MS + 1_000;
    clock.set(at_ms);
    for minutes in [None, Some(0)] {
        let (key, contact) = call(1, at_ms, minutes);
        task.apply(&Committed {
            contacts: vec![(key, Arc::new(contact))],
            ..Committed::default()
        });
    }
    task.tick(at_ms).await;
    let scores = kept.try_recv().expect("scores");
    let (key, kept_score) = &scores[0];
    assert_eq!((key.line.as_str(), key.lead), ("billing", SHOWN));
    assert_eq!(counted(kept_score), [1, 1]);

    // Within the minute nothing more is handed on; after it, everything of the day.
    let (late, contact) = call(2, at_ms + 1_000, Some(2));
    task.apply(&Committed {
        contacts: vec![(late, Arc::new(contact))],
        ..Committed::default()
    });
    clock.set(at_ms + 2_000);
    task.tick(at_ms + 2_000).await;
    assert!(kept.try_recv().is_err());
    clock.set(at_ms + 60_000);
    task.tick(at_ms + 60_000).await;
    let scores = kept.try_recv().expect("scores");
    assert_eq!(counted(&scores[0].1), [2, 1]);

    // The next start goes on from there.
    let mut writer = store.writer(NOW_MS).await.expect("the lease");
    let mut write = writer.begin().await.expect("a transaction");
    let (key, kept_score) = &scores[0];
    write.put_score(key, kept_score).await.expect("written");
    write.commit().await.expect("durable");
    let again_ms = NOW_MS + 50_000;
    clock.set(again_ms);
    let say: Say = Box::new(|_, _| String::new());
    let hub = Hub::new(clock, Limits::default());
    let starting = Live::start(store, Arc::new(centre()), hub, say);
    let (sender, mut kept) = mpsc::channel(1);
    let mut task = starting.await.expect("a start").with_shown(sender);
    let (key, contact) = call(3, again_ms + 1_000, Some(0));
    task.apply(&Committed {
        contacts: vec![(key, Arc::new(contact))],
        ..Committed::default()
    });
    task.tick(again_ms + 1_000).await;
    let scores = kept.try_recv().expect("scores");
    assert_eq!(counted(&scores[0].1), [3, 2]);
}

#[tokio::test]
async fn the_task_ends_with_the_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fill_database(folder.path(), &[], &[]).await;
    let hub = Hub::new(Clock::fixed(NOW_MS), Limits::default());
    let say: Say = Box::new(|_, _| String::new());
    let starting = Live::start(store, Arc::new(centre()), hub.clone(), say);
    let task = starting.await.expect("a start");
    let line = hub.newest().expect("a frame").now.lines[0].clone();
    assert_eq!((line.state, line.today.attempts), (LineState::NoData, None));
    let (sender, committed) = tokio::sync::mpsc::unbounded_channel();
    drop(sender);
    task.run(committed).await;
}

#[test]
fn ticks_come_a_fifth_of_a_second_after_each_full_one() {
    let wait = |now_ms| until_next_tick(now_ms).as_millis();
    assert_eq!(
        [wait(200), wait(150), wait(201), wait(1_000)],
        [0, 50, 999, 200]
    );
}
