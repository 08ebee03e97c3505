//! What may be shown, and above all what may not.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::batch::Committed;
use crate::domain::centre::Channel;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, EventId, Fact, Place, Signal};
use crate::domain::tally::Waits;
use crate::domain::testing;
use crate::forecast::profile::{HALVES, Slot};
use crate::live::frame::VerdictCode;

/// Monday 4 January 2021, 10:10 UTC.
const NOW_MS: i64 = 1_609_755_000_000;
const DAY_MS: i64 = 1_609_718_400_000;
const HALF_HOUR_MS: i64 = 1_800_000;

fn centre() -> Centre {
    let answering = vec![EventKind::Offered, EventKind::Answered];
    Centre {
        sample_data: false,
        sources: vec![
            testing::sender("pbx", answering),
            testing::sender("crm", vec![EventKind::Classified]),
        ],
        ..testing::centre(&["billing", "moving"])
    }
}

/// Open from 8:00 to 18:00 today and tomorrow; usually 10–20 minutes, 1–3 from 16:00 on.
fn outlook() -> Outlook {
    let mut profile = WeekProfile::unknown();
    for day in &mut profile.slots {
        for (half, slot) in day.iter_mut().enumerate().take(36).skip(16) {
            let (low_mins, high) = if half < 32 { (10, 20) } else { (1, 3) };
            *slot = Slot {
                expected_contacts: Some(40.0),
                typical: Some(MinutesRange {
                    low_mins,
                    high_mins: Some(high),
                }),
                median_mins: Some(2.0),
                basis_n: 100,
                ..Slot::default()
            };
        }
    }
    assert_eq!(profile.slots[0].len(), HALVES);
    let days = [DAY_MS, DAY_MS + 24 * 3_600_000];
    let hours = days.map(|start_ms| Span {
        start_ms: start_ms + 16 * HALF_HOUR_MS,
        end_ms: start_ms + 36 * HALF_HOUR_MS,
    });
    let halves = hours.iter().flat_map(|day| {
        (0..20).map(|index| Span {
            start_ms: day.start_ms + index * HALF_HOUR_MS,
            end_ms: day.start_ms + (index + 1) * HALF_HOUR_MS,
        })
    });
    Outlook {
        profile,
        foresight: None,
        hours: hours.to_vec(),
        halves: halves.collect(),
    }
}

/// Contacts that joined so many seconds ago and, perhaps, were answered so many seconds ago.
fn state(contacts: &[(i64, Option<i64>)], life_ms: Option<Millis>) -> State {
    let mut state = State::default();
    let committed = contacts
        .iter()
        .enumerate()
        .map(|(number, (joined, answered))| {
            let key = ContactKey([u8::try_from(number).expect("few contacts"); 16]);
            let mut contact = Contact::default();
            let place = Place {
                line: "billing".into(),
                channel: Channel::Voice,
            };
            let facts = [
                (Some(*joined), Fact::Offered(place)),
                (*answered, Fact::Answered),
            ];
            for (ago, fact) in facts {
                let Some(ago) = ago else { continue };
                contact.merge(ContactEvent {
                    contact: key,
                    event: EventId {
                        id: format!("{number}-{ago}"),
                        source: "pbx".into(),
                    },
                    at_ms: NOW_MS - ago * 1_000,
                    revision: 0,
                    fact,
                });
            }
            (key, Arc::new(contact))
        });
    state.apply(&Committed {
        contacts: committed.collect(),
        seen: life_ms
            .map(|at_ms| ("pbx".to_owned(), at_ms))
            .into_iter()
            .collect(),
        ..Committed::default()
    });
    state
}

fn describe_at(state: &State, day: &DaySoFar, now_ms: Millis) -> LineNow {
    let outlooks = [("billing".to_owned(), outlook())].into();
    let scene = Scene {
        centre: &centre(),
        state,
        outlooks: &outlooks,
        day,
        say: &|line, now| format!("{}: {:?}", line.id, now.verdict.code),
    };
    describe(&scene, now_ms).lines.remove(0)
}

fn describe_now(contacts: &[(i64, Option<i64>)]) -> LineNow {
    describe_at(
        &state(contacts, Some(NOW_MS - 5_000)),
        &DaySoFar::default(),
        NOW_MS,
    )
}

/// The line without what follows the coarse estimate: the one stated exception.
fn without_estimate(mut line: LineNow) -> String {
    line.wait = None;
    line.next_quiet.clear();
    line.verdict = Verdict {
        code: VerdictCode::Good,
        better_at: None,
        better_wait: None,
        saves_mins: None,
        text: String::new(),
    };
    serde_json::to_string(&line).expect("plain JSON")
}

proptest! {
    #[test]
    fn with_up_to_four_waiting_nothing_tells_how_many_or_how_long(
        waiting in prop::collection::vec(1_i64..3_000, 0..5),
        answered in prop::collection::vec((600_i64..900, 1_i64..600), 0..5),
        silent_secs in 0_i64..30,
    ) {
        let mut contacts: Vec<_> = waiting.iter().map(|ago| (*ago, None)).collect();
        contacts.extend(answered.iter().map(|(joined, ago)| (*joined, Some(*ago))));
        // 10:10:00 to 10:10:30: one minute, in which the source may have spoken at any time.
        let now_ms = NOW_MS + 30_000;
        let spoken = state(&contacts, Some(now_ms - silent_secs * 1_000));
        let silent = state(&[], Some(now_ms));
        let day = DaySoFar::default();
        prop_assert_eq!(
            without_estimate(describe_at(&spoken, &day, now_ms)),
            without_estimate(describe_at(&silent, &day, now_ms))
        );
    }

    #[test]
    fn the_sentence_and_the_frame_hold_only_ranges_of_minutes(waits in prop::collection::vec(1_i64..6_000, 0..30)) {
        let contacts: Vec<_> = waits.iter().map(|ago| (*ago, None)).collect();
        let line = describe_now(&contacts);
        let wait = line.wait.expect("an estimate");
        prop_assert!(crate::forecast::minutes::STEPS.contains(&wait.low_mins));
        prop_assert!(wait.high_mins.is_none_or(|high| high > wait.low_mins));
        prop_assert_eq!(line.waiting.is_none(), line.waiting_below == Some(5));
        prop_assert_eq!(line.waiting.is_some(), waits.len() >= 5);
        prop_assert_eq!(line.longest_wait_secs, waits.iter().max().copied().filter(|_| waits.len() >= 5));
    }
}

#[test]
fn five_waiting_are_shown_with_the_longest_wait() {
    let five = describe_now(&[(600, None), (50, None), (40, None), (30, None), (20, None)]);
    assert_eq!((five.waiting, five.waiting_below), (Some(5), None));
    assert_eq!(five.longest_wait_secs, Some(600));
    assert_eq!(five.verdict.text, "billing: Busy");
}

#[test]
fn staffing_comes_in_bands_of_five() {
    let mut busy = state(&[], Some(NOW_MS));
    for (staffed, shown) in [(4, 0), (5, 5), (13, 10)] {
        let event = EventId {
            id: format!("{staffed}"),
            source: "pbx".into(),
        };
        let line = "billing".into();
        busy.apply(&Committed {
            signals: vec![(
                event,
                NOW_MS - 1_000 + staffed,
                Signal::Capacity { line, staffed },
            )],
            ..Committed::default()
        });
        let line = describe_at(&busy, &DaySoFar::default(), NOW_MS);
        assert_eq!(line.staffed_at_least, Some(shown));
    }
}

#[test]
fn open_closed_delayed_and_no_data_are_four_states() {
    let day = DaySoFar::default();
    let at = |silent_secs: Option<i64>, now_ms: Millis| {
        let state = state(&[], silent_secs.map(|secs| now_ms - secs * 1_000));
        let line = describe_at(&state, &day, now_ms);
        (
            line.state,
            line.verdict.code,
            line.waiting_below,
            line.typical.is_some(),
        )
    };
    let (open, delayed, no_data) = (LineState::Open, LineState::Delayed, LineState::NoData);
    assert_eq!(
        at(Some(59), NOW_MS),
        (open, VerdictCode::Good, Some(5), true)
    );
    assert_eq!(
        at(Some(60), NOW_MS),
        (delayed, VerdictCode::Delayed, None, true)
    );
    assert_eq!(
        at(Some(299), NOW_MS),
        (delayed, VerdictCode::Delayed, None, true)
    );
    assert_eq!(
        at(Some(300), NOW_MS),
        (no_data, VerdictCode::NoData, None, true)
    );
    assert_eq!(at(None, NOW_MS), (no_data, VerdictCode::NoData, None, true));
    let night_ms = DAY_MS + 20 * 3_600_000;
    assert_eq!(
        at(Some(1), night_ms),
        (LineState::Closed, VerdictCode::Closed, None, true)
    );
}

#[test]
fn a_closed_line_says_when_it_opens_and_an_open_one_when_it_closes() {
    let quiet = state(&[], Some(NOW_MS));
    let night = describe_at(&quiet, &DaySoFar::default(), DAY_MS + 20 * 3_600_000);
    assert_eq!(night.opens_at.as_deref(), Some("2021-01-05T08:00:00Z"));
    assert_eq!(
        night.verdict.better_at.as_deref(),
        Some("2021-01-05T16:00:00Z")
    );
    let open = describe_at(&quiet, &DaySoFar::default(), NOW_MS);
    assert_eq!(
        (open.opens_at, open.closes_at.as_deref()),
        (None, Some("2021-01-04T18:00:00Z"))
    );
}

#[test]
fn a_long_wait_now_names_the_better_time_of_today() {
    let waiting: Vec<_> = (0..12).map(|index| (1_500 - index, None)).collect();
    let line = describe_now(&waiting);
    assert_eq!(line.verdict.code, VerdictCode::Busy);
    assert_eq!(
        line.verdict.better_at.as_deref(),
        Some("2021-01-04T16:00:00Z")
    );
    assert_eq!(line.next_quiet[0].start, "2021-01-04T16:00:00Z");
    let sum: f64 = line.next_quiet.iter().map(|slot| slot.weight).sum();
    assert!((sum - 1.0).abs() < 0.01, "{sum}");
}

/// The intervals from 8:00 to 10:00 with these numbers of answered calls, all known.
fn day_so_far(answered: &[i64]) -> DaySoFar {
    let open = Span {
        start_ms: DAY_MS + 16 * HALF_HOUR_MS,
        end_ms: DAY_MS + 20 * HALF_HOUR_MS,
    };
    let cells = open.intervals().zip(answered).map(|(start, number)| {
        let mut tally = Tally::default();
        tally.set(Count::Attempts, *number);
        tally.set(Count::Answered, *number);
        for _ in 0..*number {
            tally.waits_mut(Waits::Answered).record(100_000);
        }
        (("billing".to_owned(), start), tally)
    });
    DaySoFar {
        start_ms: DAY_MS,
        until_ms: open.end_ms,
        cells: cells.collect(),
        covered: [("billing".to_owned(), open.intervals().collect())].into(),
    }
}

#[test]
fn today_counts_closed_intervals_and_withholds_one_to_four() {
    let quiet = state(&[], Some(NOW_MS));
    let today = |answered: &[i64]| describe_at(&quiet, &day_so_far(answered), NOW_MS).today;
    let few = today(&[2, 2]);
    assert_eq!((few.attempts, few.answered), (None, None));
    let many = today(&[20, 4, 0, 7]);
    assert_eq!((many.attempts, many.answered), (Some(31), Some(31)));
    assert_eq!(many.until.as_deref(), Some("2021-01-04T10:00:00Z"));
    let unknown = describe_at(&quiet, &DaySoFar::default(), NOW_MS).today;
    assert_eq!(unknown, Today::default());
}

#[test]
fn the_strip_is_measured_behind_us_and_expected_before_us() {
    let quiet = state(&[], Some(NOW_MS));
    let mut day = day_so_far(&[9, 9, 3, 3, 10, 0, 50, 50]);
    let lost = IntervalStart::containing(DAY_MS + 19 * HALF_HOUR_MS);
    day.covered
        .entry("billing".into())
        .or_default()
        .remove(&lost);
    let strip = describe_at(&quiet, &day, NOW_MS).strip;
    let told: Vec<_> = strip
        .iter()
        .take(6)
        .map(|slot| (slot.when, slot.mark.as_deref()))
        .collect();
    let (past, now, later) = (StripTime::Past, StripTime::Now, StripTime::Expected);
    let expected = [
        (past, None),
        (past, Some("c")),
        (past, None),
        (past, Some("x")),
        (now, None),
        (later, None),
    ];
    assert_eq!(told, expected);
    assert_eq!(strip.len(), 20);
    // 18 waits of 100 s lie in the bin from 90 to 120 s: the median is its middle.
    assert_eq!(strip[0].wait_mins, Some(1.8));
    assert_eq!(strip[5].wait_mins, Some(2.0));
}

#[test]
fn the_most_silent_of_the_sources_that_feed_a_line_decides() {
    let mut state = state(&[(30, None)], Some(NOW_MS - 90_000));
    state.note_life("crm", NOW_MS);
    let line = describe_at(&state, &DaySoFar::default(), NOW_MS);
    assert_eq!(line.state, LineState::Delayed);
    assert_eq!(line.last_seen_at.as_deref(), Some("2021-01-04T10:08:00Z"));
}

#[test]
fn after_midnight_the_strip_is_of_the_new_day_alone() {
    let next_ms = NOW_MS + 24 * 3_600_000;
    let quiet = state(&[], Some(next_ms));
    let strip = describe_at(&quiet, &DaySoFar::default(), next_ms).strip;
    assert_eq!(strip.len(), 20);
    let mut starts = strip.iter().map(|slot| slot.start.as_str());
    assert!(starts.all(|start| start.starts_with("2021-01-05")));
}
