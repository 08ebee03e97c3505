//! The check values of MEASURES.md, to the digit.

use super::*;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, EventId, Fact, Place};
use crate::domain::tally::{BOUNDS_SECS, contribution};

const THRESHOLDS: Thresholds = Thresholds {
    service_level_secs: 20,
    short_abandon_secs: 5,
    promise_secs: 20,
};

fn measure(id: &str) -> &'static Measure {
    Measure::from_id(id).unwrap()
}

/// The centre of the check values: 1000 answered, 860 of them within 20 s; 60 abandoned, 20 of
/// them within 20 s, 10 within 5 s; nothing else.
fn checked() -> Tally {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, 1_060);
    tally.set(Count::Offered, 1_060);
    tally.set(Count::Answered, 1_000);
    tally.set(Count::Abandoned, 60);
    let waits = [(Waits::Answered, 20, 860), (Waits::Answered, 90, 140)];
    let hang_ups = [
        (Waits::Abandoned, 5, 10),
        (Waits::Abandoned, 15, 10),
        (Waits::Abandoned, 300, 40),
    ];
    for (which, secs, times) in waits.into_iter().chain(hang_ups) {
        for _ in 0..times {
            tally.waits_mut(which).record(secs * 1_000);
        }
    }
    tally.waits_mut(Waits::Customer).0 = tally.waits(Waits::Answered).0;
    tally
}

fn percent(id: &str, tally: &Tally) -> String {
    let value = measure(id).value_of(tally, THRESHOLDS, 900_000).unwrap();
    format!("{value:.2}")
}

#[test]
fn the_check_values_come_out_to_the_digit() {
    let tally = checked();
    assert_eq!(percent("service_level", &tally), "81.90");
    assert_eq!(percent("service_level_customer", &tally), "81.13");
    assert_eq!(percent("abandonment", &tally), "4.76");
    assert_eq!(percent("short_abandonment", &tally), "0.94");
    assert_eq!(percent("reach_rate", &tally), "94.34");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn the_other_forms_are_other_numbers() {
    let tally = checked();
    let within = |waits| tally.waits(waits).within(20).unwrap() as f64;
    let (n, b) = (1_000.0, 60.0);
    assert_eq!(
        format!("{:.2}", 100.0 * within(Waits::Answered) / n),
        "86.00"
    );
    let credited = within(Waits::Answered) + within(Waits::Abandoned);
    assert_eq!(format!("{:.2}", 100.0 * credited / (n + b)), "83.02");
}

#[test]
fn the_refused_count_on_the_customers_side_and_not_on_the_companys() {
    let mut tally = checked();
    tally.set(Count::Refused, 200);
    tally.set(Count::Attempts, 1_260);
    assert_eq!(percent("service_level", &tally), "81.90");
    assert_eq!(percent("service_level_customer", &tally), "68.25");
    assert_eq!(percent("refused_rate", &tally), "15.87");
}

#[test]
fn nothing_offered_is_no_value() {
    let empty = Tally::default();
    for measure in MEASURES {
        let value = measure.value_of(&empty, THRESHOLDS, 900_000);
        match measure.kind {
            Kind::Count(_) | Kind::Facts(_) | Kind::Backlog => {
                assert_eq!(value, Some(0.0), "{}", measure.id);
            }
            _ => assert_eq!(value, None, "{}", measure.id),
        }
    }
}

#[test]
fn all_short_is_no_value() {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, 3);
    tally.set(Count::Offered, 3);
    tally.set(Count::Abandoned, 3);
    for _ in 0..3 {
        tally.waits_mut(Waits::Abandoned).record(5_000);
    }
    let value = |id: &str| measure(id).value_of(&tally, THRESHOLDS, 900_000);
    assert_eq!(value("service_level"), None);
    assert_eq!(value("abandonment"), None);
    assert_eq!(value("service_level_customer"), Some(0.0));
    assert_eq!(value("short_abandonment"), Some(100.0));
}

fn counted(fact: DayFact, value: i64) -> LineFact {
    LineFact {
        line: "billing".to_owned(),
        fact,
        value,
        is_revised: false,
    }
}

/// 40 answers on each scale, from 100 surveys, and 16 complaints of 8,000 contacts.
fn followed() -> Vec<LineFact> {
    let scored = |scale, score, value| counted(DayFact::Scored(scale, score), value);
    vec![
        counted(DayFact::SurveySent, 100),
        counted(DayFact::SurveyAnswered, 50),
        scored(Scale::Csat, 1, 4),
        scored(Scale::Csat, 3, 6),
        scored(Scale::Csat, 4, 10),
        scored(Scale::Csat, 5, 20),
        scored(Scale::Nps, 0, 3),
        scored(Scale::Nps, 6, 7),
        scored(Scale::Nps, 8, 18),
        scored(Scale::Nps, 9, 4),
        scored(Scale::Nps, 10, 8),
        scored(Scale::Ces, 2, 10),
        scored(Scale::Ces, 5, 10),
        scored(Scale::Ces, 7, 20),
        counted(DayFact::Opened("pricing".to_owned()), 12),
        counted(DayFact::Opened("other".to_owned()), 4),
        counted(DayFact::Closed("pricing".to_owned()), 9),
        counted(DayFact::ClosedQuickly, 6),
        counted(DayFact::ClosedInTime, 14),
        counted(DayFact::ClosedUnopened, 2),
    ]
}

#[test]
fn what_follows_contacts_is_worked_out_by_hand() {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, 8_000);
    let followed = followed();
    let value = |id: &str| {
        let mut basis = measure(id).basis(&tally, THRESHOLDS);
        basis += &measure(id).basis_of_facts(&followed.iter().collect::<Vec<_>>());
        measure(id).value(&basis, 86_400_000).unwrap()
    };
    let expected = [
        ("surveys_sent", 100.0),
        ("response_rate", 50.0),
        // (10 + 20) / 40.
        ("csat", 75.0),
        // (4 + 8 − 3 − 7) / 40.
        ("nps", 5.0),
        // (2 × 10 + 5 × 10 + 7 × 20) / 40.
        ("ces_mean", 5.25),
        ("ces_easy", 75.0),
        ("complaints_opened", 16.0),
        ("complaints_closed", 9.0),
        ("complaints_closed_unopened", 2.0),
        // 6 and 14 of 16.
        ("complaints_quick", 37.5),
        ("complaints_in_time", 87.5),
        // 16 of 8,000.
        ("complaints_per_thousand", 2.0),
    ];
    for (id, expected) in expected {
        assert!((value(id) - expected).abs() < 1e-9, "{id}: {}", value(id));
    }
}

#[test]
fn an_nps_may_be_negative() {
    let six = counted(DayFact::Scored(Scale::Nps, 6), 30);
    let nps = measure("nps");
    assert_eq!(nps.value(&nps.basis_of_facts(&[&six]), 0), Some(-100.0));
}

#[test]
fn the_shares_of_purposes_and_the_unclassified_make_a_hundred() {
    let mut tally = Tally::default();
    tally.set(Count::Offered, 80);
    tally.set(Count::PurposeInformation, 30);
    tally.set(Count::PurposeIdea, 10);
    let share = |id: &str| measure(id).value_of(&tally, THRESHOLDS, 0).unwrap();
    assert!((share("share_information") - 37.5).abs() < 1e-9);
    assert!((share("share_unclassified") - 50.0).abs() < 1e-9);
    let shares = MEASURES
        .iter()
        .filter(|measure| measure.id.starts_with("share_"));
    let sum: f64 = shares.map(|measure| share(measure.id)).sum();
    assert!((sum - 100.0).abs() < 1e-9);
}

fn event(at_mins: i64, fact: Fact) -> ContactEvent {
    ContactEvent {
        contact: ContactKey([7; 16]),
        event: EventId {
            id: format!("{at_mins}"),
            source: "pbx".to_owned(),
        },
        at_ms: at_mins * 60_000,
        revision: 0,
        fact,
    }
}

#[test]
fn a_call_back_after_111_minutes_waited_111_minutes() {
    let place = Place {
        line: "billing".to_owned(),
        channel: crate::domain::centre::Channel::Voice,
    };
    let mut contact = Contact::default();
    contact.merge(event(0, Fact::Attempted(place.clone())));
    contact.merge(event(1, Fact::Offered(place)));
    contact.merge(event(5, Fact::CallbackRequested));
    contact.merge(event(111, Fact::CallbackKept));
    let (_, tally) = contribution(&contact, &jiff::tz::TimeZone::UTC).unwrap();
    let two_hours = Thresholds {
        promise_secs: 7_200,
        ..THRESHOLDS
    };
    let an_hour = Thresholds {
        promise_secs: 3_600,
        ..THRESHOLDS
    };
    let customer = measure("service_level_customer");
    assert_eq!(customer.value_of(&tally, an_hour, 900_000), Some(0.0));
    assert_eq!(customer.value_of(&tally, two_hours, 900_000), Some(100.0));
    assert_eq!(
        measure("long_wait").value_of(&tally, an_hour, 900_000),
        Some(100.0)
    );
    // 111 minutes are in the bin of one to two hours; the only wait there is its upper end.
    let median = measure("wait_customer_median").value_of(&tally, an_hour, 900_000);
    assert_eq!(median, Some(3_600.0 + 0.5 * 3_600.0));
    assert_eq!(
        measure("wait_median").value_of(&tally, an_hour, 900_000),
        None
    );
}

#[test]
fn bases_add_over_lines_each_with_its_own_threshold() {
    let measure = measure("service_level");
    let mut quick = Tally::default();
    quick.set(Count::Offered, 10);
    for _ in 0..10 {
        quick.waits_mut(Waits::Answered).record(30_000);
    }
    let strict = measure.basis(&quick, THRESHOLDS);
    let lenient = measure.basis(
        &quick,
        Thresholds {
            service_level_secs: 30,
            ..THRESHOLDS
        },
    );
    let mut both = strict;
    both += &lenient;
    assert_eq!(measure.value(&strict, 0), Some(0.0));
    assert_eq!(measure.value(&lenient, 0), Some(100.0));
    assert_eq!(measure.value(&both, 0), Some(50.0));
}

#[test]
fn a_threshold_that_is_no_bound_gives_no_value_instead_of_a_wrong_one() {
    let odd = Thresholds {
        service_level_secs: 17,
        ..THRESHOLDS
    };
    let value = measure("service_level").value_of(&checked(), odd, 900_000);
    assert_eq!(value, None);
}

#[test]
fn means_and_the_backlog_divide_sums() {
    let mut tally = checked();
    tally.set(Count::WaitAnsweredMsSum, 25_000_000);
    tally.set(Count::WaitAbandonedMsSum, 2_000_000);
    tally.set(Count::HandleMsSum, 1_800_000);
    tally.set(Count::Handled, 10);
    let value = |id: &str| measure(id).value_of(&tally, THRESHOLDS, 900_000);
    assert_eq!(value("wait_mean"), Some(25.0));
    assert_eq!(value("handle_time"), Some(180.0));
    // 27,000 seconds of waiting in 900 seconds: thirty people at a time.
    assert_eq!(value("average_backlog"), Some(30.0));
}

#[test]
fn percentiles_are_linear_in_their_bin() {
    let tally = checked();
    let value = |id: &str| measure(id).value_of(&tally, THRESHOLDS, 900_000);
    // The 500th of 860 in (15, 20] and the 40th of 140 in (60, 90].
    assert_eq!(value("wait_median"), Some(15.0 + 5.0 * 500.0 / 860.0));
    assert_eq!(value("wait_p90"), Some(60.0 + 30.0 * 40.0 / 140.0));
}

#[test]
fn every_definition_is_complete_and_its_name_is_its_own() {
    let ids: std::collections::BTreeSet<_> = MEASURES.iter().map(|measure| measure.id).collect();
    assert_eq!(ids.len(), MEASURES.len());
    for measure in MEASURES {
        assert!(measure.all_needs().next().is_some(), "{}", measure.id);
        assert!(!measure.formula.is_empty() && measure.words.ends_with('.'));
        assert!(measure.version >= 1);
        assert_eq!(Measure::from_id(measure.id), Some(measure));
        if let Kind::Count(count) = measure.kind {
            assert_eq!(measure.id, count.name());
            // A count is covered by its own reports, except those that follow from others.
            let needs = match count {
                Count::Lost | Count::Waiting => Count::Attempts,
                Count::CallbacksPending => Count::CallbacksRequested,
                _ => count,
            };
            assert_eq!(measure.needs, [needs]);
        }
    }
    assert!(BOUNDS_SECS.contains(&LONG_WAIT_SECS));
}
