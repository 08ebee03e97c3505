//! Surveys and complaints, counted by hand.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::*;
use crate::domain::centre::Holiday;
use crate::domain::event::{ContactEvent, ContactKey, EventId, Fact, Score};
use crate::domain::testing::{centre, place, text};

/// Monday 2 November 2026, 10:00 in UTC, and so many days later.
fn at(days: i64) -> Millis {
    1_793_613_600_000 + days * DAY_MS
}

fn said(facts: &[(i64, Fact)]) -> Contact {
    let mut contact = Contact::default();
    for (number, (days, fact)) in facts.iter().enumerate() {
        contact.merge(event(number, at(*days), fact.clone()));
    }
    contact
}

fn event(number: usize, at_ms: Millis, fact: Fact) -> ContactEvent {
    ContactEvent {
        contact: ContactKey([1; 16]),
        event: EventId {
            id: format!("{number:03}"),
            source: "crm".to_owned(),
        },
        at_ms,
        revision: 0,
        fact,
    }
}

fn offered() -> Fact {
    Fact::Offered(place("billing"))
}

fn opened(cause: &str) -> Fact {
    Fact::ComplaintOpened(cause.to_owned())
}

/// What is counted, as "2026-11-02 csat:4".
fn counted(contact: &Contact) -> Vec<String> {
    counted_in(contact, &centre(&["billing"]))
}

fn counted_in(contact: &Contact, centre: &Centre) -> Vec<String> {
    let mut keys = contribution(contact, centre);
    keys.sort();
    assert!(keys.iter().all(|key| key.place == place("billing")));
    let names = keys.iter().map(|key| format!("{} {}", key.day, key.fact));
    names.collect()
}

#[test]
fn a_survey_and_its_answers_count_on_the_day_of_the_contact() {
    let contact = said(&[
        (0, offered()),
        (1, Fact::Surveyed),
        (4, Fact::Scored(Score::Csat(4))),
        (4, Fact::Scored(Score::Nps(10))),
    ]);
    let expected = ["surveys_sent", "surveys_answered", "csat:4", "nps:10"];
    assert_eq!(
        counted(&contact),
        expected.map(|name| format!("2026-11-02 {name}"))
    );
}

#[test]
fn a_score_implies_a_survey_and_the_last_answer_counts() {
    let contact = said(&[
        (0, offered()),
        (1, Fact::Scored(Score::Ces(2))),
        (2, Fact::Scored(Score::Ces(7))),
    ]);
    let expected = ["surveys_sent", "surveys_answered", "ces:7"];
    assert_eq!(
        counted(&contact),
        expected.map(|name| format!("2026-11-02 {name}"))
    );
}

#[test]
fn a_complaint_counts_on_the_days_it_was_opened_and_closed() {
    let contact = said(&[
        (0, offered()),
        (1, opened("pricing")),
        (9, Fact::ComplaintClosed),
    ]);
    let expected = [
        "2026-11-03 complaints_opened:pricing",
        "2026-11-03 complaints_closed_in_time",
        "2026-11-11 complaints_closed:pricing",
    ];
    assert_eq!(counted(&contact), expected);
}

#[test]
fn a_cause_that_is_corrected_moves_the_counts_and_not_the_day() {
    let contact = said(&[
        (0, offered()),
        (0, opened("pricing")),
        (20, opened("service")),
        (1, Fact::ComplaintClosed),
    ]);
    let expected = [
        "2026-11-02 complaints_opened:service",
        "2026-11-02 complaints_closed_quickly",
        "2026-11-02 complaints_closed_in_time",
        "2026-11-03 complaints_closed:service",
    ];
    assert_eq!(counted(&contact), expected);
}

#[test]
fn closed_before_it_was_opened_is_closed_but_not_in_time() {
    let contact = said(&[
        (0, offered()),
        (3, opened("other")),
        (2, Fact::ComplaintClosed),
    ]);
    let expected = [
        "2026-11-05 complaints_opened:other",
        "2026-11-05 complaints_closed:other",
    ];
    assert_eq!(counted(&contact), expected);
}

#[test]
fn closed_but_never_opened_counts_as_that_until_it_is_opened() {
    let contact = said(&[(0, offered()), (2, Fact::ComplaintClosed)]);
    assert_eq!(counted(&contact), ["2026-11-04 complaints_closed_unopened"]);
    let contact = said(&[
        (0, offered()),
        (2, Fact::ComplaintClosed),
        (2, opened("other")),
    ]);
    assert_eq!(counted(&contact).len(), 4);
}

#[test]
fn an_orphan_and_a_withdrawn_contact_count_nothing() {
    let contact = said(&[(0, Fact::Surveyed), (0, opened("other"))]);
    assert!(counted(&contact).is_empty());
    let contact = said(&[(0, offered()), (0, opened("other")), (0, Fact::Withdrawn)]);
    assert!(counted(&contact).is_empty());
}

fn quick_until(opened: Date, holidays: &[Date]) -> Date {
    let mut centre = centre(&["billing"]);
    centre.lines[0].holidays = holidays
        .iter()
        .map(|date| Holiday {
            date: *date,
            name: text("Closed"),
            hours: Vec::new(),
        })
        .collect();
    last_quick_day(centre.line("billing"), opened)
}

#[test]
fn three_working_days_end_with_the_third_open_day_after_the_opening() {
    // Open from Monday to Friday; 2 November 2026 is a Monday.
    assert_eq!(quick_until(date(2026, 11, 2), &[]), date(2026, 11, 5));
    assert_eq!(quick_until(date(2026, 11, 4), &[]), date(2026, 11, 9));
    assert_eq!(quick_until(date(2026, 11, 7), &[]), date(2026, 11, 11));
    let friday = date(2026, 11, 6);
    assert_eq!(
        quick_until(date(2026, 11, 4), &[friday]),
        date(2026, 11, 10)
    );
}

#[test]
fn a_line_without_hours_or_without_a_description_works_from_monday_to_friday() {
    let mut centre = centre(&["billing"]);
    centre.lines[0].hours = crate::domain::centre::WeekHours::default();
    let wednesday = date(2026, 11, 4);
    assert_eq!(
        last_quick_day(centre.line("billing"), wednesday),
        date(2026, 11, 9)
    );
    assert_eq!(last_quick_day(None, wednesday), date(2026, 11, 9));
}

#[test]
fn the_last_moment_in_time_is_the_end_of_the_last_local_day() {
    let names = |closed_days, closed_ms| {
        let mut contact = said(&[(0, offered()), (0, opened("other"))]);
        let closed_ms = at(closed_days) + closed_ms;
        contact.merge(event(9, closed_ms, Fact::ComplaintClosed));
        counted(&contact).len()
    };
    // Opened and closed count always; "in time" and "quickly" come on top.
    let (before_midnight, midnight) = (14 * 3_600_000 - 1, 14 * 3_600_000);
    assert_eq!(names(3, before_midnight), 4);
    assert_eq!(names(3, midnight), 3);
    assert_eq!(names(56, before_midnight), 3);
    assert_eq!(names(56, midnight), 2);
}

#[test]
fn days_are_those_of_the_centre() {
    let mut centre = centre(&["billing"]);
    centre.zone = TimeZone::get("Pacific/Auckland").unwrap();
    // 10:00 in UTC is 23:00 in Auckland; three hours later it is the next day there.
    let mut contact = said(&[(0, offered())]);
    contact.merge(event(1, at(0) + 3 * 3_600_000, opened("other")));
    assert_eq!(
        counted_in(&contact, &centre),
        ["2026-11-03 complaints_opened:other"]
    );
}

#[test]
fn names_read_back_as_what_they_name() {
    let mut all = vec![
        DayFact::SurveySent,
        DayFact::SurveyAnswered,
        DayFact::Opened("billing".to_owned()),
        DayFact::Closed("a-b_c".to_owned()),
        DayFact::ClosedQuickly,
        DayFact::ClosedInTime,
        DayFact::ClosedUnopened,
    ];
    for scale in Scale::ALL {
        let (least, most) = scale.scores();
        all.extend((least..=most).map(|score| DayFact::Scored(scale, score)));
    }
    for fact in all {
        assert_eq!(DayFact::from_name(&fact.to_string()), Some(fact));
    }
    for wrong in ["csat:6", "csat:x", "nps:-1", "what", "what:1", ""] {
        assert_eq!(DayFact::from_name(wrong), None, "{wrong}");
    }
}

#[test]
fn a_complaint_is_kept_for_a_month_after_closing_and_a_hundred_days_open() {
    let open = said(&[(0, offered()), (0, Fact::Surveyed), (0, opened("other"))]);
    let kept = complaint_to_keep(&open, at(99)).unwrap();
    assert!(kept.surveyed.is_none() && kept.complaint() == open.complaint());
    assert_eq!(complaint_to_keep(&open, at(100)), None);
    let closed = said(&[
        (0, offered()),
        (0, opened("other")),
        (50, Fact::ComplaintClosed),
    ]);
    assert!(complaint_to_keep(&closed, at(79)).is_some());
    assert_eq!(complaint_to_keep(&closed, at(80)), None);
    let unopened = said(&[(0, offered()), (0, Fact::ComplaintClosed)]);
    assert_eq!(complaint_to_keep(&unopened, at(0)), None);
}

fn answered_at(site: &str) -> Fact {
    Fact::AnsweredAt(site.to_owned())
}

#[test]
fn who_was_answered_counts_for_the_site_on_the_day_of_the_contact() {
    let start_ms = at(0);
    let answered = |wait_ms: Millis, then: &[Fact]| {
        let mut contact = said(&[(0, offered())]);
        contact.merge(event(1, start_ms + wait_ms, answered_at("town")));
        for (number, fact) in then.iter().enumerate() {
            contact.merge(event(2 + number, at(3), fact.clone()));
        }
        counted(&contact)
    };
    let soon = ["answered_at:town", "answered_soon_at:town"];
    let of = |names: &[&str]| {
        let names = names.iter().map(|name| format!("2026-11-02 {name}"));
        names.collect::<Vec<_>>()
    };
    assert_eq!(answered(120_000, &[]), of(&soon));
    assert_eq!(answered(120_001, &[]), of(&soon[..1]));
    let known = "resolution_known_at:town";
    let solved = [soon[0], soon[1], known, "resolved_at:town"];
    assert_eq!(answered(0, &[Fact::Resolved(true)]), of(&solved));
    assert_eq!(answered(0, &[Fact::Resolved(false)]), of(&solved[..3]));
    assert_eq!(answered(0, &[Fact::Withdrawn]), of(&[]));
}

#[test]
fn a_call_back_and_a_hang_up_count_for_no_site() {
    let called_back = said(&[
        (0, offered()),
        (0, Fact::CallbackRequested),
        (1, answered_at("town")),
    ]);
    assert_eq!(counted(&called_back), [""; 0]);
    let orphan = said(&[(0, answered_at("town"))]);
    assert_eq!(counted(&orphan), [""; 0]);
}

#[test]
fn the_name_of_what_a_site_counts_is_read_back() {
    for what in site::AtSite::ALL {
        let fact = DayFact::At(what, "town".to_owned());
        assert_eq!(DayFact::from_name(&fact.to_string()), Some(fact));
    }
}
