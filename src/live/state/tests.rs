//! How the state follows committed contacts, in any order.

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

mod learned;
