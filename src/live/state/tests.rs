//! How the state follows committed contacts, in any order, and how good its ranges are on real calls.

use std::sync::Arc;

use super::*;
use crate::domain::centre::Channel;
use crate::domain::contact::Repeated;
use crate::domain::event::{ContactEvent, Fact, Place};

const NOON_MS: i64 = 1_700_000_000_000;
const MINUTE_MS: i64 = 60_000;

fn key(number: u64) -> ContactKey {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    ContactKey(bytes)
}

fn place(line: &str) -> Place {
    Place {
        line: line.into(),
        channel: Channel::Voice,
    }
}

/// A contact of these facts, in minutes after noon.
fn contact(number: u64, facts: &[(i64, Fact)]) -> (ContactKey, Contact) {
    let mut contact = Contact::default();
    for (index, (minute, fact)) in facts.iter().enumerate() {
        contact.merge(ContactEvent {
            contact: key(number),
            event: EventId {
                id: format!("{number}-{index}"),
                source: "pbx".into(),
            },
            at_ms: NOON_MS + minute * MINUTE_MS,
            revision: 0,
            fact: fact.clone(),
        });
    }
    (key(number), contact)
}

fn offered(number: u64, minute: i64) -> (ContactKey, Contact) {
    contact(number, &[(minute, Fact::Offered(place("billing")))])
}

fn ended(number: u64, from: i64, to: i64, fact: Fact) -> (ContactKey, Contact) {
    contact(
        number,
        &[(from, Fact::Offered(place("billing"))), (to, fact)],
    )
}

fn take(state: &mut State, contacts: Vec<(ContactKey, Contact)>) {
    let contacts = contacts.into_iter();
    state.apply(&Committed {
        contacts: contacts
            .map(|(key, contact)| (key, Arc::new(contact)))
            .collect(),
        ..Committed::default()
    });
}

fn billing_at(state: &State, minute: i64) -> LineFigures {
    state.figures("billing", NOON_MS + minute * MINUTE_MS)
}

#[test]
fn those_who_are_offered_wait_until_they_are_answered_or_hang_up() {
    let mut state = State::default();
    take(
        &mut state,
        vec![offered(1, 0), offered(2, 1), offered(3, 2)],
    );
    let now = billing_at(&state, 5);
    assert_eq!((now.waiting, now.longest_wait_ms), (3, Some(5 * MINUTE_MS)));
    take(&mut state, vec![ended(1, 0, 6, Fact::Answered)]);
    take(&mut state, vec![ended(2, 1, 7, Fact::Abandoned)]);
    let now = billing_at(&state, 8);
    assert_eq!((now.waiting, now.answered_last_half_hour), (1, Some(1)));
    assert_eq!(now.longest_wait_ms, Some(6 * MINUTE_MS));
}

#[test]
fn a_batch_taken_in_twice_changes_nothing() {
    let batch = vec![
        offered(1, 0),
        ended(2, 0, 3, Fact::Answered),
        ended(3, 1, 4, Fact::Abandoned),
    ];
    let mut once = State::default();
    take(&mut once, batch.clone());
    let mut twice = once.clone();
    take(&mut twice, batch);
    assert_eq!(billing_at(&once, 5), billing_at(&twice, 5));
    let pairs = |state: &State| state.queues["billing"].calibration.pairs();
    assert_eq!((pairs(&once), pairs(&twice)), (2, 2));
}

#[test]
fn batches_in_another_order_end_in_the_same_figures() {
    let batches = [
        vec![offered(1, 0)],
        vec![ended(2, 1, 3, Fact::Answered)],
        vec![ended(4, 0, 2, Fact::Abandoned)],
    ];
    let mut forward = State::default();
    let mut backward = State::default();
    for batch in &batches {
        take(&mut forward, batch.clone());
    }
    for batch in batches.iter().rev() {
        take(&mut backward, batch.clone());
    }
    let (one, other) = (billing_at(&forward, 5), billing_at(&backward, 5));
    assert_eq!(
        (one.waiting, one.longest_wait_ms),
        (other.waiting, other.longest_wait_ms)
    );
    assert_eq!(one.estimate_secs, other.estimate_secs);
}

#[test]
fn a_contact_that_moves_to_another_line_waits_there_from_its_first_offer() {
    let mut state = State::default();
    take(&mut state, vec![offered(1, 0)]);
    let facts = [
        (0, Fact::Offered(place("billing"))),
        (2, Fact::Transferred(place("orders"))),
    ];
    take(&mut state, vec![contact(1, &facts)]);
    assert_eq!(billing_at(&state, 5).waiting, 0);
    let orders = state.figures("orders", NOON_MS + 5 * MINUTE_MS);
    assert_eq!(
        (orders.waiting, orders.longest_wait_ms),
        (1, Some(5 * MINUTE_MS))
    );
}

#[test]
fn withdrawn_and_lost_contacts_disappear() {
    let mut state = State::default();
    take(
        &mut state,
        vec![offered(1, 0), offered(2, 0), ended(3, 0, 1, Fact::Answered)],
    );
    take(
        &mut state,
        vec![ended(1, 0, 1, Fact::Withdrawn), ended(2, 0, 1, Fact::Lost)],
    );
    let facts = [
        (0, Fact::Offered(place("billing"))),
        (1, Fact::Answered),
        (2, Fact::Withdrawn),
    ];
    take(&mut state, vec![contact(3, &facts)]);
    let now = billing_at(&state, 3);
    assert_eq!(
        (now.waiting, now.answered_last_half_hour, state.kept()),
        (0, Some(0), 0)
    );
}

#[test]
fn memory_holds_those_who_wait_and_half_an_hour_of_those_who_left() {
    let mut state = State::default();
    take(
        &mut state,
        (0..50).map(|n| ended(n, 0, 1, Fact::Answered)).collect(),
    );
    take(&mut state, vec![offered(99, 0)]);
    state.forget(NOON_MS + 31 * MINUTE_MS);
    assert_eq!(state.kept(), 1);
    take(&mut state, vec![ended(7, 0, 1, Fact::Answered)]);
    assert_eq!(
        state.kept(),
        1,
        "what is sent again after it was forgotten stays forgotten"
    );
    assert_eq!(state.queues["billing"].calibration.pairs(), 50);
}

#[test]
fn a_report_of_staffing_is_believed_for_a_quarter_of_an_hour_and_the_latest_counts() {
    let mut state = State::default();
    let report = |source: &str, minute: i64, staffed| {
        let event = EventId {
            id: format!("c{minute}"),
            source: source.into(),
        };
        let line = "billing".into();
        let signal = Signal::Capacity { line, staffed };
        Committed {
            signals: vec![(event, NOON_MS + minute * MINUTE_MS, signal)],
            ..Committed::default()
        }
    };
    state.apply(&report("pbx", 5, 12));
    state.apply(&report("pbx", 0, 40));
    state.apply(&report("site-b", 4, 3));
    assert_eq!(billing_at(&state, 6).staffed, Some(15));
    assert_eq!(billing_at(&state, 19).staffed, Some(12));
    assert_eq!(billing_at(&state, 20).staffed, None);
    assert_eq!(state.last_seen("pbx"), Some(NOON_MS + 5 * MINUTE_MS));
}

#[test]
fn an_unstaffed_empty_line_has_no_estimate() {
    let mut state = State::default();
    assert_eq!(billing_at(&state, 0).estimate_secs, Some(0.0));
    let event = EventId {
        id: "c".into(),
        source: "pbx".into(),
    };
    let signal = Signal::Capacity {
        line: "billing".into(),
        staffed: 0,
    };
    state.apply(&Committed {
        signals: vec![(event, NOON_MS, signal)],
        ..Committed::default()
    });
    assert_eq!(billing_at(&state, 1).estimate_secs, None);
}

#[test]
fn rebuilding_gives_what_following_gave() {
    let all = || {
        let left = (0..40).map(|n| {
            let at = i64::try_from(n).unwrap_or(0);
            ended(n, at, at + 3, Fact::Answered)
        });
        left.chain([offered(90, 39), offered(91, 41)])
    };
    let mut followed = State::default();
    for minute in 0..44 {
        let joining = all().filter(|(_, c)| {
            c.start()
                .is_some_and(|(at, _)| at == NOON_MS + minute * MINUTE_MS)
        });
        let joined: Vec<_> = joining
            .map(|(key, contact)| {
                (
                    key,
                    Contact {
                        answered: Repeated::default(),
                        ..contact
                    },
                )
            })
            .collect();
        take(&mut followed, joined);
        let left =
            all().filter(|(_, c)| c.answered.first_at() == Some(NOON_MS + minute * MINUTE_MS));
        take(&mut followed, left.collect());
        followed.forget(NOON_MS + minute * MINUTE_MS);
    }
    let rebuilt = State::rebuild(all(), NOON_MS + 43 * MINUTE_MS);
    assert_eq!(billing_at(&rebuilt, 43), billing_at(&followed, 43));
    assert_eq!(rebuilt.queues["billing"].calibration.pairs(), 40);
    assert_eq!(rebuilt.feeders("billing").collect::<Vec<_>>(), ["pbx"]);
}

/// What the ranges were worth to the callers of the last ten days of August 1999.
#[derive(Default)]
struct Score {
    callers: usize,
    error_secs: f64,
    below: usize,
    above: usize,
    width_secs: f64,
    rounded_inside: usize,
}

#[test]
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds and callers of one month"
)]
fn ranges_learned_from_real_calls_hold_about_eight_of_ten_waits() {
    let path = std::path::Path::new("../shared/data/bank_calls_1999-08.csv.gz");
    let Ok(file) = std::fs::File::open(path) else {
        println!("skipped: {} is not here", path.display());
        return;
    };
    let mut score = Score::default();
    let mut state = State::default();
    let mut given: HashMap<ContactKey, (f64, (f64, f64))> = HashMap::new();
    for (day, key, contact) in real_moves(file) {
        let Some(standing) = standing(&contact) else {
            continue;
        };
        let at_ms = standing.left.map_or(standing.since_ms, |left| left.at_ms);
        state.forget(at_ms);
        if standing.left.is_none() && day >= 22 {
            let now = state.figures(&standing.line, at_ms);
            given.extend(
                now.estimate_secs
                    .zip(now.range_secs)
                    .map(|found| (key, found)),
            );
        }
        if let Some(left) = standing.left.filter(|left| left.answered)
            && let Some((estimate, range)) = given.remove(&key)
        {
            score.add(estimate, range, wait_secs(&standing, left));
        }
        take(&mut state, vec![(key, contact)]);
    }
    let share = |part: usize| part as f64 / score.callers as f64;
    let covered = 1.0 - share(score.below) - share(score.above);
    println!(
        "days 22-31, answered {}: MAE {:.0} s, covered {:.1} % (below {:.1} %, above {:.1} %), mean width {:.0} s, rounded range covers {:.1} %",
        score.callers,
        score.error_secs / score.callers as f64,
        covered * 100.0,
        share(score.below) * 100.0,
        share(score.above) * 100.0,
        score.width_secs / score.callers as f64,
        share(score.rounded_inside) * 100.0,
    );
    assert!(score.callers > 5_000, "{}", score.callers);
    assert!((0.7..=0.9).contains(&covered), "{covered}");
}

impl Score {
    #[expect(clippy::cast_precision_loss, reason = "steps are at most 60")]
    fn add(&mut self, estimate_secs: f64, (low, high): (f64, f64), wait_secs: f64) {
        self.callers += 1;
        self.error_secs += (estimate_secs - wait_secs).abs();
        self.below += usize::from(wait_secs < low);
        self.above += usize::from(wait_secs > high);
        self.width_secs += high - low;
        let rounded = crate::forecast::minutes::MinutesRange::around(low, high);
        let low_secs = rounded.low_mins as f64 * 60.0;
        let high_secs = rounded
            .high_mins
            .map_or(f64::INFINITY, |mins| mins as f64 * 60.0);
        self.rounded_inside += usize::from(low_secs <= wait_secs && wait_secs <= high_secs);
    }
}

/// Day of the month, key and state after each offer, answer and hang-up of real calls, in time.
fn real_moves(file: std::fs::File) -> Vec<(i8, ContactKey, Contact)> {
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let mut moves = Vec::new();
    for (number, row) in rows.records().enumerate() {
        let row = row.expect("a row");
        let instant = |field: &str| {
            let civil: jiff::civil::DateTime = field.parse().expect("a civil time");
            let zoned = civil
                .to_zoned(jiff::tz::TimeZone::UTC)
                .expect("UTC has all times");
            zoned.timestamp().as_millisecond()
        };
        let start = if row[6].is_empty() { &row[10] } else { &row[6] };
        if start.is_empty() || &row[9] == "PHANTOM" {
            continue;
        }
        let offered_ms = instant(start);
        let wait_ms = row[8].parse().unwrap_or(0_i64) * 1_000;
        let end = if &row[9] == "AGENT" {
            Fact::Answered
        } else {
            Fact::Abandoned
        };
        let number = u64::try_from(number).expect("few rows");
        let mut state = Contact::default();
        let facts = [
            (offered_ms, Fact::Offered(place(&row[4]))),
            (offered_ms + wait_ms, end),
        ];
        for (index, (at_ms, fact)) in facts.into_iter().enumerate() {
            let event = EventId {
                id: index.to_string(),
                source: "pbx".into(),
            };
            let revision = 0;
            state.merge(ContactEvent {
                contact: key(number),
                event,
                at_ms,
                revision,
                fact,
            });
            let day = start[8..10].parse().expect("a day");
            moves.push((at_ms, number, day, state.clone()));
        }
    }
    moves.sort_by_key(|(at_ms, number, ..)| (*at_ms, *number));
    moves
        .into_iter()
        .map(|(_, number, day, state)| (day, key(number), state))
        .collect()
}
