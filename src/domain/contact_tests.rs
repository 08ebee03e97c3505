//! Property tests of the heart: however the facts about contacts arrive, what is known and what
//! is counted is the same.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::Index;

use super::contact::{Contact, Outcome};
use super::event::{ContactEvent, ContactKey, EventId, Fact, Place, Purpose, Score};
use super::facts::site::AtSite;
use super::facts::{self, DayFact, DayFacts};
use super::tally::{CellKey, Count, Tally, Waits, contribution};
use super::testing::{centre, place};

fn a_fact() -> impl Strategy<Value = Fact> {
    let line = prop_oneof![Just(place("billing")), Just(place("moving"))];
    let placed = (line, 0..4).prop_map(|(place, which)| match which {
        0 => Fact::Attempted(place),
        1 => Fact::Refused(place),
        2 => Fact::Offered(place),
        _ => Fact::Transferred(place),
    });
    let plain = prop::sample::select(vec![
        Fact::LeftMenu,
        Fact::SelfServed,
        Fact::Answered,
        Fact::Abandoned,
        Fact::Deflected,
        Fact::CallbackRequested,
        Fact::CallbackKept,
        Fact::CallbackFailed,
        Fact::Surveyed,
        Fact::ComplaintClosed,
        Fact::Lost,
    ]);
    let handled = prop_oneof![Just(None), (0_i64..3_000).prop_map(Some)];
    let scored = (1_u8..=5, 0..3).prop_map(|(score, which)| match which {
        0 => Score::Csat(score),
        1 => Score::Nps(score),
        _ => Score::Ces(score),
    });
    prop_oneof![
        6 => placed,
        8 => plain,
        2 => handled.prop_map(|handle_ms| Fact::Ended { handle_ms }),
        1 => prop::sample::select(Purpose::ALL.to_vec()).prop_map(Fact::Classified),
        1 => any::<bool>().prop_map(Fact::Resolved),
        1 => scored.prop_map(Fact::Scored),
        2 => "[a-c]".prop_map(Fact::ComplaintOpened),
        4 => "[xy]".prop_map(Fact::AnsweredAt),
        1 => Just(Fact::Withdrawn),
    ]
}

/// Few ids, times and revisions, so that ties of each happen often.
fn an_event() -> impl Strategy<Value = ContactEvent> {
    let days = prop_oneof![4 => Just(0_i64), 1 => Just(3), 1 => Just(60)];
    let at_ms = (0_i64..8, days).prop_map(|(at, days)| at * 400_000 + days * 86_400_000);
    (0_u8..3, 0..12, 0..3, at_ms, -1_i64..3, a_fact()).prop_map(
        |(contact, id, source, at_ms, revision, fact)| ContactEvent {
            contact: ContactKey([contact; 16]),
            event: EventId {
                id: format!("e{id}"),
                source: format!("s{source}"),
            },
            at_ms,
            revision,
            fact,
        },
    )
}

/// What was said, and the same said again in another order, some of it several times.
fn said_twice() -> impl Strategy<Value = (Vec<ContactEvent>, Vec<ContactEvent>)> {
    let events = prop::collection::vec(an_event(), 1..40);
    let again = prop::collection::vec(any::<Index>(), 0..20);
    (events, again).prop_flat_map(|(events, again)| {
        let repeats = again.iter().map(|index| index.get(&events).clone());
        let more: Vec<_> = events.iter().cloned().chain(repeats).collect();
        (Just(events), Just(more).prop_shuffle())
    })
}

type Contacts = BTreeMap<ContactKey, Contact>;

fn join(events: &[ContactEvent]) -> Contacts {
    let mut contacts = Contacts::new();
    for event in events {
        contacts
            .entry(event.contact)
            .or_default()
            .merge(event.clone());
    }
    contacts
}

type Cells = BTreeMap<CellKey, Tally>;

fn add(cells: &mut Cells, contact: &Contact, sign: i64) {
    if let Some((key, tally)) = contribution(contact, &TimeZone::UTC) {
        let cell = cells.entry(key).or_default();
        if sign > 0 {
            *cell += &tally;
        } else {
            *cell -= &tally;
        }
    }
}

fn cells_of(contacts: &Contacts) -> Cells {
    let mut cells = Cells::new();
    for contact in contacts.values() {
        add(&mut cells, contact, 1);
    }
    cells
}

fn facts_of(contacts: &Contacts) -> DayFacts {
    let centre = centre(&["billing", "moving"]);
    let mut counted = DayFacts::new();
    for contact in contacts.values() {
        facts::add(&mut counted, facts::contribution(contact, &centre), 1);
    }
    counted
}

/// As the writer does it: batch by batch, what a contact adds after less what it added before.
fn count_in_batches(events: &[ContactEvent], batch: usize) -> (Contacts, Cells, DayFacts) {
    let centre = centre(&["billing", "moving"]);
    let mut contacts = Contacts::new();
    let mut cells = Cells::new();
    let mut counted = DayFacts::new();
    for batch in events.chunks(batch) {
        let mut touched = Contacts::new();
        for event in batch {
            let known = || contacts.get(&event.contact).cloned().unwrap_or_default();
            touched
                .entry(event.contact)
                .or_insert_with(known)
                .merge(event.clone());
        }
        for (key, after) in touched {
            if let Some(before) = contacts.get(&key) {
                add(&mut cells, before, -1);
                facts::add(&mut counted, facts::contribution(before, &centre), -1);
            }
            add(&mut cells, &after, 1);
            facts::add(&mut counted, facts::contribution(&after, &centre), 1);
            contacts.insert(key, after);
        }
    }
    cells.retain(|_, tally| !tally.is_zero());
    counted.retain(|_, value| *value != 0);
    (contacts, cells, counted)
}

fn bytes(contacts: &Contacts) -> Vec<String> {
    let contacts = contacts.values();
    contacts
        .map(|contact| serde_json::to_string(contact).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn any_order_and_repetition_is_the_same_contact((once, again) in said_twice()) {
        let (first, second) = (join(&once), join(&again));
        prop_assert_eq!(bytes(&first), bytes(&second));
        prop_assert_eq!(cells_of(&first), cells_of(&second));
        prop_assert_eq!(facts_of(&first), facts_of(&second));
        prop_assert_eq!(first, second);
    }

    #[test]
    fn what_is_kept_batch_by_batch_is_the_sum_over_contacts(
        (once, again) in said_twice(),
        batch in 1_usize..10,
    ) {
        let whole = join(&once);
        let (contacts, cells, counted) = count_in_batches(&again, batch);
        prop_assert_eq!(bytes(&contacts), bytes(&whole));
        prop_assert_eq!(cells, cells_of(&whole));
        prop_assert_eq!(counted, facts_of(&whole));
    }

    #[test]
    fn every_survey_and_complaint_is_counted_once(
        events in prop::collection::vec(an_event(), 1..40),
    ) {
        let contacts = join(&events);
        let counts = |is: fn(&Contact) -> bool| {
            let counted = contacts.values().filter(|c| c.has_start() && c.withdrawn.is_none());
            i64::try_from(counted.filter(|contact| is(contact)).count()).unwrap()
        };
        let facts = facts_of(&contacts);
        prop_assert!(facts.values().all(|value| *value > 0));
        let sum = |is: fn(&DayFact) -> bool| {
            let facts = facts.iter().filter(|(key, _)| is(&key.fact));
            facts.map(|(_, value)| value).sum::<i64>()
        };
        let opened = counts(|c| c.complaint().is_some());
        prop_assert_eq!(sum(|fact| matches!(fact, DayFact::Opened(_))), opened);
        let closed = counts(|c| c.complaint_closed.is_some());
        let is_closed = |fact: &DayFact| {
            matches!(fact, DayFact::Closed(_) | DayFact::ClosedUnopened)
        };
        prop_assert_eq!(sum(is_closed), closed);
        let sent = counts(|c| c.surveyed.is_some() || c.is_scored());
        prop_assert_eq!(sum(|fact| *fact == DayFact::SurveySent), sent);
        let answers = [counts(|c| c.csat.is_some()), counts(|c| c.nps.is_some()),
            counts(|c| c.ces.is_some())];
        let answered = sum(|fact| matches!(fact, DayFact::Scored(..)));
        prop_assert_eq!(answered, answers.iter().sum::<i64>());
        for (key, opened) in cohorts(&facts) {
            let of = |fact| {
                let (day, place) = key.clone();
                facts.get(&facts::FactKey { day, place, fact }).copied().unwrap_or(0)
            };
            prop_assert!(of(DayFact::ClosedQuickly) <= of(DayFact::ClosedInTime));
            prop_assert!(of(DayFact::ClosedInTime) <= opened);
        }
    }

    #[test]
    fn the_answered_of_all_sites_are_among_the_answered(
        events in prop::collection::vec(an_event(), 1..40),
    ) {
        let contacts = join(&events);
        let facts = facts_of(&contacts);
        let sum = |day: Date, place: &Place, what: AtSite| {
            let own = facts.iter().filter(|(key, _)| key.day == day && key.place == *place);
            let own = own.filter(|(key, _)| matches!(&key.fact, DayFact::At(of, _) if *of == what));
            own.map(|(_, value)| value).sum::<i64>()
        };
        let mut days: BTreeMap<(Date, Place), Tally> = BTreeMap::new();
        for (key, tally) in cells_of(&contacts) {
            *days.entry((key.day, key.place)).or_default() += &tally;
        }
        for ((day, place), tally) in days {
            let of = |what| sum(day, &place, what);
            let soon = tally.waits(Waits::Answered).within(120).unwrap();
            prop_assert!(of(AtSite::Answered) <= tally.count(Count::Answered));
            prop_assert!(of(AtSite::Soon) <= of(AtSite::Answered).min(soon));
            prop_assert!(of(AtSite::ResolutionKnown) <= of(AtSite::Answered));
            prop_assert!(of(AtSite::Resolved) <= of(AtSite::ResolutionKnown));
        }
    }

    #[test]
    fn a_duplicate_changes_nothing(events in prop::collection::vec(an_event(), 1..30)) {
        let mut contacts = join(&events);
        let before = bytes(&contacts);
        for event in events {
            let id = event.event.clone();
            let changed = contacts.entry(event.contact).or_default().merge(event);
            prop_assert!(!changed, "{:?} was taken in twice", id);
        }
        prop_assert_eq!(bytes(&contacts), before);
    }

    #[test]
    fn merging_says_whether_anything_changed(events in prop::collection::vec(an_event(), 1..30)) {
        let mut contact = Contact::default();
        for event in events {
            let before = contact.clone();
            let changed = contact.merge(event);
            prop_assert_eq!(changed, contact != before);
        }
    }

    #[test]
    fn a_stored_contact_is_read_back_as_it_was(events in prop::collection::vec(an_event(), 0..30)) {
        for contact in join(&events).into_values() {
            let stored = serde_json::to_string(&contact).unwrap();
            let read: Contact = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), stored);
            prop_assert_eq!(read, contact);
        }
    }

    #[test]
    fn everyone_is_accounted_for_in_every_cell(events in prop::collection::vec(an_event(), 1..40)) {
        for tally in cells_of(&join(&events)).values() {
            let sum = |counts: &[Count]| counts.iter().map(|c| tally.count(*c)).sum::<i64>();
            prop_assert!(Count::ALL.iter().all(|count| tally.count(*count) >= 0));
            prop_assert_eq!(
                tally.count(Count::Attempts),
                sum(&[Count::Refused, Count::LeftInMenu, Count::SelfServed, Count::Offered])
            );
            prop_assert_eq!(
                tally.count(Count::Offered),
                sum(&[Count::Answered, Count::Abandoned, Count::Deflected])
                    + sum(&[Count::CallbacksRequested, Count::Lost, Count::Waiting])
            );
            prop_assert_eq!(
                tally.count(Count::CallbacksRequested),
                sum(&[Count::CallbacksKept, Count::CallbacksPending, Count::CallbacksFailed])
            );
            let waits = |waits| tally.waits(waits).total();
            prop_assert_eq!(waits(Waits::Answered), tally.count(Count::Answered));
            prop_assert_eq!(waits(Waits::Abandoned), tally.count(Count::Abandoned));
            let reached = sum(&[Count::Answered, Count::CallbacksKept]);
            prop_assert_eq!(waits(Waits::Customer), reached);
        }
    }

    #[test]
    fn a_contact_counts_once_or_not_at_all(events in prop::collection::vec(an_event(), 1..30)) {
        for contact in join(&events).into_values() {
            let counted = contribution(&contact, &TimeZone::UTC);
            let counts = contact.has_start() && contact.withdrawn.is_none();
            prop_assert_eq!(counted.is_some(), counts);
            if let Some((key, tally)) = counted {
                prop_assert_eq!(tally.count(Count::Attempts), 1);
                let (start_ms, place) = contact.start().unwrap();
                prop_assert_eq!(&key.place, place);
                prop_assert!(key.interval.ms() <= start_ms && start_ms < key.interval.next().ms());
            }
        }
    }

    #[test]
    fn tallies_add_in_any_order_and_take_away_again(a in a_tally(), b in a_tally(), c in a_tally()) {
        prop_assert_eq!(a + b, b + a);
        prop_assert_eq!((a + b) + c, a + (b + c));
        prop_assert_eq!(a + b - b, a);
        prop_assert_eq!(a + Tally::default(), a);
        prop_assert_eq!([a, b, c].into_iter().sum::<Tally>(), c + b + a);
    }
}

/// How many complaints were opened by day and place, whatever their cause.
fn cohorts(facts: &DayFacts) -> BTreeMap<(Date, Place), i64> {
    let mut cohorts = BTreeMap::new();
    for (key, value) in facts {
        let cohort = cohorts.entry((key.day, key.place.clone())).or_insert(0);
        if matches!(key.fact, DayFact::Opened(_)) {
            *cohort += value;
        }
    }
    cohorts
}

fn a_tally() -> impl Strategy<Value = Tally> {
    let counts = prop::collection::vec(0_i64..1_000_000, Count::LEN);
    let waits = prop::collection::vec((0_usize..3, 0_i64..1_000_000_000), 0..20);
    (counts, waits).prop_map(|(counts, waits)| {
        let mut tally = Tally::default();
        for (count, value) in Count::ALL.into_iter().zip(counts) {
            tally.set(count, value);
        }
        for (which, wait_ms) in waits {
            tally.waits_mut(Waits::ALL[which]).record(wait_ms);
        }
        tally
    })
}

fn event(id: i64, at_ms: i64, revision: i64, fact: Fact) -> ContactEvent {
    ContactEvent {
        contact: ContactKey([1; 16]),
        event: EventId {
            id: format!("{id:03}"),
            source: "pbx".to_owned(),
        },
        at_ms,
        revision,
        fact,
    }
}

#[test]
fn a_correction_wins_over_an_earlier_instant_and_a_later_word() {
    let mut contact = Contact::default();
    contact.merge(event(1, 1_000, 0, Fact::Offered(place("billing"))));
    contact.merge(event(2, 5_000, 1, Fact::Offered(place("moving"))));
    assert!(!contact.merge(event(3, 500, 0, Fact::Offered(place("billing")))));
    assert_eq!(contact.start(), Some((5_000, &place("moving"))));
    contact.merge(event(4, 9_000, 1, Fact::Classified(Purpose::Idea)));
    assert!(!contact.merge(event(5, 99_000, 0, Fact::Classified(Purpose::Problem))));
    assert_eq!(contact.purpose.unwrap().value, Purpose::Idea);
}

#[test]
fn a_correction_replaces_all_answers_and_not_only_one() {
    let mut contact = Contact::default();
    contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
    contact.merge(event(2, 10_000, 0, Fact::Answered));
    contact.merge(event(3, 20_000, 0, Fact::Answered));
    contact.merge(event(4, 30_000, 1, Fact::Answered));
    assert_eq!(contact.answered.first_at(), Some(30_000));
    assert!(!contact.merge(event(2, 10_000, 0, Fact::Answered)));
}

#[test]
fn a_flood_of_legs_is_cut_the_same_way_in_any_order() {
    let legs: Vec<_> = (0..200)
        .map(|id| event(id, 1_000 * id, 0, Fact::Transferred(place("moving"))))
        .collect();
    let mut forward = Contact::default();
    let mut backward = Contact::default();
    for leg in &legs {
        forward.merge(leg.clone());
    }
    for leg in legs.iter().rev() {
        backward.merge(leg.clone());
    }
    assert_eq!(forward, backward);
    assert_eq!(forward.transferred.entries.len(), 64);
}

#[test]
fn facts_without_a_start_count_nothing_until_the_start_arrives() {
    let mut contact = Contact::default();
    contact.merge(event(2, 30_000, 0, Fact::Answered));
    assert_eq!(contribution(&contact, &TimeZone::UTC), None);
    contact.merge(event(1, 10_000, 0, Fact::Offered(place("billing"))));
    let (_, tally) = contribution(&contact, &TimeZone::UTC).unwrap();
    assert_eq!(tally.count(Count::WaitAnsweredMsSum), 20_000);
    assert_eq!(contact.outcome(), Outcome::Answered);
}

#[test]
fn a_transfer_does_not_reset_the_clock_nor_move_the_contact() {
    let mut contact = Contact::default();
    contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
    contact.merge(event(2, 60_000, 0, Fact::Transferred(place("moving"))));
    assert_eq!(contact.waits_at(), Some(&place("moving")));
    contact.merge(event(3, 90_000, 0, Fact::Answered));
    let (key, tally) = contribution(&contact, &TimeZone::UTC).unwrap();
    assert_eq!(key.place, place("billing"));
    assert_eq!(tally.count(Count::WaitAnsweredMsSum), 90_000);
    assert_eq!(tally.count(Count::Transferred), 1);
    assert_eq!(tally.count(Count::Deflected), 0);
    contact.merge(event(4, 200_000, 0, Fact::Transferred(place("billing"))));
    contact.merge(event(5, 230_000, 0, Fact::Answered));
    assert_eq!(contact.rewait_ms(), 30_000);
}

#[test]
fn of_transfers_at_one_instant_the_larger_event_id_decides() {
    // By name the places would decide the other way round.
    let one = event(2, 60_000, 0, Fact::Transferred(place("moving")));
    let other = event(3, 60_000, 0, Fact::Transferred(place("chat")));
    for order in [[&one, &other], [&other, &one]] {
        let mut contact = Contact::default();
        contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
        for leg in order {
            contact.merge(leg.clone());
        }
        assert_eq!(contact.waits_at(), Some(&place("chat")));
        assert_eq!(contact.moved_to(59_999), None);
    }
}

#[test]
fn who_is_put_out_of_one_queue_and_enters_another_waits_there() {
    let mut contact = Contact::default();
    contact.merge(event(1, 0, 0, Fact::Offered(place("billing"))));
    contact.merge(event(2, 60_000, 0, Fact::Deflected));
    assert_eq!(contact.outcome(), Outcome::Deflected);
    contact.merge(event(3, 60_001, 0, Fact::Transferred(place("moving"))));
    assert_eq!(contact.waits_at(), Some(&place("moving")));
    let mut gave_up = contact.clone();
    gave_up.merge(event(4, 90_000, 0, Fact::Abandoned));
    let (_, tally) = contribution(&gave_up, &TimeZone::UTC).unwrap();
    assert_eq!(tally.count(Count::Deflected), 0);
    assert_eq!(tally.count(Count::WaitAbandonedMsSum), 90_000);
    // Put out of the second one too: the later word has the higher revision.
    contact.merge(event(5, 90_000, 1, Fact::Deflected));
    assert_eq!(contact.outcome(), Outcome::Deflected);
}
