//! Series of what follows contacts: complaints by line and cause, satisfaction.

use jiff::civil::date;

use super::tests::{Fixture, MONDAY, marks, request, values};
use super::*;
use crate::domain::event::{EventKind, Fact};
use crate::domain::facts::{DayFact, Scale};

const LINES: [&str; 3] = ["billing", "letters", "moving"];

/// A centre of three lines whose source tells of everything.
fn centre() -> Fixture {
    let mut fixture = Fixture::new("UTC", &LINES);
    let all = EventKind::ALL.iter().map(|(kind, _)| *kind);
    fixture.centre.sources[0].tells = all.collect();
    fixture
}

fn count(fixture: &mut Fixture, day: Date, line: &str, fact: DayFact, value: i64) {
    fixture.facts.entry(day).or_default().push(LineFact {
        line: line.to_owned(),
        fact,
        value,
        is_revised: false,
    });
}

fn opened(fixture: &mut Fixture, day: Date, line: &str, cause: &str, value: i64) {
    count(fixture, day, line, DayFact::Opened(cause.to_owned()), value);
}

fn tuesday() -> Date {
    MONDAY.saturating_add(1.day())
}

fn next_monday() -> Date {
    MONDAY.saturating_add(7.days())
}

#[test]
fn complaints_are_exact_of_the_whole_and_withheld_below_ten_of_a_line() {
    let mut centre = centre();
    for (line, value) in LINES.into_iter().zip([40, 12, 3]) {
        opened(&mut centre, MONDAY, line, "pricing", value);
    }
    let of =
        |line| values(&centre.points(line, "complaints_opened", Grain::Day, MONDAY, tuesday()));
    assert_eq!(of("*"), [Some(55.0)]);
    assert_eq!(of("billing"), [Some(40.0)]);
    assert_eq!(of("moving"), [None], "3 is small");
    assert_eq!(of("letters"), [None], "55 − 40 − 12 would be 3");
}

#[test]
fn a_cause_is_withheld_below_ten_and_takes_the_next_smallest_along() {
    let mut centre = centre();
    for (cause, value) in [("product", 30), ("pricing", 20), ("service", 4)] {
        opened(&mut centre, MONDAY, "billing", cause, value);
    }
    let of = |cause: &str| {
        let asked = SeriesRequest {
            cause: Some(cause.to_owned()),
            ..request("*", "complaints_opened", Grain::Day, MONDAY, tuesday())
        };
        let points = centre.series(&asked).points;
        (values(&points), marks(&points))
    };
    assert_eq!(of("product"), (vec![Some(30.0)], vec![""]));
    assert_eq!(of("service"), (vec![None], vec!["c"]));
    assert_eq!(of("pricing"), (vec![None], vec!["c"]));
    assert_eq!(
        of("other"),
        (vec![Some(0.0)], vec![""]),
        "zero is no secret"
    );
    assert!(of("weather").0.is_empty(), "the centre has no such cause");
}

#[test]
fn a_cause_is_told_of_the_whole_centre_and_of_complaints_only() {
    let mut centre = centre();
    opened(&mut centre, MONDAY, "billing", "product", 30);
    for (line, measure) in [("billing", "complaints_opened"), ("*", "complaints_quick")] {
        let asked = SeriesRequest {
            cause: Some("product".to_owned()),
            ..request(line, measure, Grain::Day, MONDAY, tuesday())
        };
        assert!(centre.series(&asked).points.is_empty(), "{line} {measure}");
    }
}

#[test]
fn the_share_in_time_of_a_line_is_a_bound_where_few_are_late() {
    let mut centre = centre();
    for (line, opened_there, in_time) in [("billing", 60, 40), ("moving", 50, 47)] {
        opened(&mut centre, MONDAY, line, "pricing", opened_there);
        count(&mut centre, MONDAY, line, DayFact::ClosedInTime, in_time);
    }
    let of = |line| {
        let points = centre.points(line, "complaints_in_time", Grain::Day, MONDAY, tuesday());
        (points[0].value, points[0].n)
    };
    assert_eq!(of("*"), (Shown::Value(8_700.0 / 110.0), Some(110)));
    assert_eq!(
        of("moving"),
        (Shown::AtLeast(82.0), Some(50)),
        "41 of 50 at least"
    );
    assert_eq!(of("billing"), (Shown::None, Some(60)), "23 − 20 would be 3");
}

#[test]
fn a_day_that_the_public_record_does_not_hold_is_not_shown_as_closed() {
    let mut centre = Fixture::new("Europe/Paris", &["billing"]);
    centre.answered(12, centre.ms(MONDAY, 9, 0), "billing");
    centre.now_ms = centre.ms(tuesday(), 12, 0);
    let mark = |centre: &Fixture, grain| {
        marks(&centre.points("*", "attempts", grain, MONDAY, tuesday()))[0]
    };
    assert_eq!(mark(&centre, Grain::Day), "");
    for (first_unrecorded, expected) in [(MONDAY, "p"), (tuesday(), ""), (date(2026, 6, 9), "")] {
        centre.first_unrecorded = Some(first_unrecorded);
        assert_eq!(mark(&centre, Grain::Day), expected, "{first_unrecorded}");
    }
    centre.first_unrecorded = Some(MONDAY);
    assert_eq!(mark(&centre, Grain::Hour), "p");
}

#[test]
fn the_share_in_time_is_provisional_for_eight_weeks() {
    let mut centre = centre();
    opened(&mut centre, MONDAY, "billing", "pricing", 20);
    let mark = |centre: &Fixture, measure| {
        marks(&centre.points("*", measure, Grain::Day, MONDAY, tuesday()))[0]
    };
    centre.now_ms = centre.ms(MONDAY.saturating_add(56.days()), 12, 0);
    assert_eq!(mark(&centre, "complaints_in_time"), "p");
    assert_eq!(mark(&centre, "complaints_quick"), "");
    assert_eq!(mark(&centre, "complaints_opened"), "");
    centre.now_ms = centre.ms(MONDAY.saturating_add(57.days()), 12, 0);
    assert_eq!(mark(&centre, "complaints_in_time"), "");
}

#[test]
fn a_day_is_told_when_it_is_over() {
    let mut centre = centre();
    opened(&mut centre, MONDAY, "billing", "pricing", 20);
    opened(&mut centre, tuesday(), "billing", "pricing", 7);
    centre.now_ms = centre.ms(tuesday(), 12, 0);
    let of = |grain| values(&centre.points("*", "complaints_opened", grain, MONDAY, next_monday()));
    assert_eq!(of(Grain::Day), [Some(20.0)]);
    assert_eq!(of(Grain::Week), [Some(20.0)]);
}

#[test]
fn a_revised_cause_is_marked_and_other_measures_are_not() {
    let mut centre = centre();
    opened(&mut centre, MONDAY, "billing", "pricing", 20);
    count(&mut centre, MONDAY, "billing", DayFact::ClosedUnopened, 20);
    centre.facts.get_mut(&MONDAY).unwrap()[0].is_revised = true;
    let of = |measure| marks(&centre.points("*", measure, Grain::Day, MONDAY, tuesday()))[0];
    assert_eq!(of("complaints_opened"), "r");
    assert_eq!(of("complaints_closed_unopened"), "");
}

#[test]
fn nobody_who_tells_of_complaints_is_no_data_and_no_complaint_is_zero() {
    let mut centre = centre();
    centre.call(centre.ms(MONDAY, 10, 0), "billing", 1_000, Fact::Answered);
    let points = centre.points("*", "complaints_opened", Grain::Day, MONDAY, tuesday());
    assert_eq!(
        (values(&points), marks(&points)),
        (vec![Some(0.0)], vec![""])
    );
    centre.centre.sources[0].tells.clear();
    let points = centre.points("*", "complaints_opened", Grain::Day, MONDAY, tuesday());
    assert_eq!((values(&points), marks(&points)), (vec![None], vec!["x"]));
}

#[test]
fn complaints_for_a_thousand_contacts_and_shares_of_purposes_are_of_the_whole_centre() {
    let mut centre = centre();
    for _ in 0..200 {
        let at_ms = centre.ms(MONDAY, 10, 0);
        centre.call(at_ms, "billing", 1_000, Fact::Answered);
    }
    opened(&mut centre, MONDAY, "billing", "pricing", 3);
    let of = |line, measure| values(&centre.points(line, measure, Grain::Day, MONDAY, tuesday()));
    assert_eq!(of("*", "complaints_per_thousand"), [Some(15.0)]);
    assert_eq!(of("*", "share_unclassified"), [Some(100.0)]);
    assert!(of("billing", "complaints_per_thousand").is_empty());
    assert!(of("billing", "share_unclassified").is_empty());
}

fn answers(fixture: &mut Fixture, line: &str, scores: &[(u8, i64)]) {
    for (score, value) in scores {
        count(
            fixture,
            MONDAY,
            line,
            DayFact::Scored(Scale::Csat, *score),
            *value,
        );
    }
}

fn csat(fixture: &Fixture, line: &str) -> (Shown, Option<i64>) {
    let points = fixture.points(line, "csat", Grain::Week, MONDAY, next_monday());
    (points[0].value, points[0].n)
}

#[test]
fn satisfaction_is_hidden_below_thirty_answers_and_with_it_another_line() {
    let mut centre = centre();
    answers(&mut centre, "billing", &[(1, 20), (5, 60)]);
    answers(&mut centre, "letters", &[(1, 10), (5, 30)]);
    answers(&mut centre, "moving", &[(1, 11), (5, 18)]);
    assert_eq!(
        csat(&centre, "*"),
        (Shown::Value(10_800.0 / 149.0), Some(149))
    );
    assert_eq!(csat(&centre, "billing"), (Shown::Value(75.0), Some(80)));
    assert_eq!(csat(&centre, "moving"), (Shown::None, None), "29 answers");
    assert_eq!(
        csat(&centre, "letters"),
        (Shown::None, None),
        "149 − 80 − 40 would be 29"
    );
}

#[test]
fn satisfaction_of_the_whole_is_hidden_too_and_a_bound_where_few_are_dissatisfied() {
    let mut centre = centre();
    answers(&mut centre, "billing", &[(1, 3), (5, 26)]);
    assert_eq!(csat(&centre, "*"), (Shown::None, None));
    answers(&mut centre, "moving", &[(5, 11)]);
    assert_eq!(
        csat(&centre, "*"),
        (Shown::AtLeast(77.5), Some(40)),
        "31 of 40 at least"
    );
}

#[test]
fn satisfaction_is_published_by_week_and_month_only() {
    let mut centre = centre();
    answers(&mut centre, "billing", &[(1, 20), (5, 60)]);
    let of = |grain| {
        centre
            .points("*", "csat", grain, MONDAY, date(2026, 7, 1))
            .len()
    };
    assert_eq!(
        (of(Grain::Day), of(Grain::Week), of(Grain::Month)),
        (0, 5, 1)
    );
}

#[test]
fn surveys_of_a_line_take_the_next_smallest_along() {
    let mut centre = centre();
    for (line, sent) in LINES.into_iter().zip([90, 40, 6]) {
        count(&mut centre, MONDAY, line, DayFact::SurveySent, sent);
    }
    let of =
        |line| values(&centre.points(line, "surveys_sent", Grain::Week, MONDAY, next_monday()));
    assert_eq!(of("*"), [Some(136.0)]);
    assert_eq!(
        (of("billing"), of("letters")),
        (vec![Some(90.0)], vec![None])
    );
    assert_eq!(of("moving"), [None]);
}
