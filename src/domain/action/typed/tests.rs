use jiff::civil::date;

use super::*;
use crate::domain::occasion::titled;
use crate::domain::period::day_start_ms;
use crate::domain::testing;

const TODAY: Date = date(2026, 5, 25);

fn centre() -> Centre {
    let mut centre = testing::centre(&["billing", "moving"]);
    centre.causes[3].retired = Some(date(2026, 1, 1));
    centre
}

fn typed() -> Typed {
    Typed {
        owner: " Head of\nbilling ".to_owned(),
        title: titled(&[("en", "<b>Clearer</b> bills")]),
        description: titled(&[("en", "One page\r\n instead of three.")]),
        cause: "pricing".to_owned(),
        measure: "wait_median".to_owned(),
        line: "billing".to_owned(),
        direction: "down".to_owned(),
        size: "30,5".to_owned(),
        start: "2026-06-01".to_owned(),
        due: "2026-06-10".to_owned(),
        verdict: "2026-07-06".to_owned(),
        comparison: "moving".to_owned(),
        idea: "2026-03-01".to_owned(),
    }
}

fn faults(change: impl FnOnce(&mut Typed)) -> Vec<(String, Wrong)> {
    let centre = centre();
    let mut own = typed();
    change(&mut own);
    let now_ms = day_start_ms(TODAY, &centre.zone) + 1;
    let faults = own.read(&centre, now_ms).err().unwrap_or_default();
    let pairs = faults.into_iter().map(|own| (own.field, own.wrong));
    pairs.collect()
}

type Change = fn(&mut Typed);

fn only(field: &str, wrong: Wrong) -> Vec<(String, Wrong)> {
    vec![(field.to_owned(), wrong)]
}

#[test]
fn what_can_be_used_is_kept_as_it_was_meant() {
    let centre = centre();
    let now_ms = day_start_ms(TODAY, &centre.zone);
    let facts = typed().read(&centre, now_ms).unwrap();
    assert_eq!(facts.owner, "Head of billing");
    assert_eq!(facts.title.in_language("en"), "<b>Clearer</b> bills");
    assert_eq!(
        facts.description.in_language("en"),
        "One page instead of three."
    );
    assert!((facts.size - 30.5).abs() < 1e-9);
    assert_eq!(facts.measure_version, 1);
    assert_eq!(facts.comparison, Comparison::Line("moving".to_owned()));
    assert_eq!(facts.idea, Some(date(2026, 3, 1)));
}

#[test]
fn a_start_that_is_not_ahead_is_refused_with_the_first_day_that_is_not() {
    let centre = centre();
    let own = Typed {
        start: TODAY.to_string(),
        ..typed()
    };
    let now_ms = day_start_ms(TODAY, &centre.zone);
    let faults = own.read(&centre, now_ms).unwrap_err();
    assert_eq!(faults[0].wrong, Wrong::LateStart);
    assert_eq!(faults[0].known, ["2026-05-26"]);
}

#[test]
fn a_verdict_waits_for_the_windows_and_until_the_figure_has_settled() {
    let early = |text: &str| faults(|own| text.clone_into(&mut own.verdict));
    assert_eq!(early("2026-07-05"), only("verdict", Wrong::EarlyVerdict));
    assert_eq!(early("2026-07-06"), []);
    let settling = faults(|own| own.measure = "resolution".to_owned());
    assert_eq!(settling, only("verdict", Wrong::EarlyVerdict));
    let measure = Measure::from_id("resolution").unwrap();
    let earliest = earliest_verdict(measure, date(2026, 6, 1));
    assert_eq!(earliest, date(2026, 7, 13));
    assert_eq!(early("2027-07-06"), only("verdict", Wrong::TooFar));
}

#[test]
fn a_comparison_is_another_segment_or_another_year() {
    let compared = |line: &str, comparison: &str| {
        faults(|own| {
            line.clone_into(&mut own.line);
            comparison.clone_into(&mut own.comparison);
        })
    };
    let touched = only("comparison", Wrong::TouchedComparison);
    assert_eq!(compared("billing", "billing"), touched);
    assert_eq!(compared("billing", "*"), touched);
    assert_eq!(
        compared("*", "moving"),
        only("comparison", Wrong::NoOtherLine)
    );
    assert_eq!(
        compared("billing", "meters"),
        only("comparison", Wrong::UnknownLine)
    );
    assert_eq!(compared("*", Comparison::YEAR_BEFORE), []);
    assert_eq!(compared("billing", Comparison::YEAR_BEFORE), []);
}

#[test]
fn every_field_that_cannot_be_used_is_named() {
    let bad: [(&str, Wrong, Change); 13] = [
        ("owner", Wrong::Missing, |own| own.owner.clear()),
        ("title.en", Wrong::Missing, |own| own.title.0.clear()),
        ("description.en", Wrong::BadText, |own| {
            own.description = titled(&[("en", &"x".repeat(1_001))]);
        }),
        ("cause", Wrong::UnknownCause, |own| {
            own.cause = "other".to_owned();
        }),
        ("measure", Wrong::UnknownMeasure, |own| {
            own.measure = "score".to_owned();
        }),
        ("measure", Wrong::NotByDay, |own| {
            own.measure = "csat".to_owned();
            own.verdict = "2026-09-01".to_owned();
        }),
        ("line", Wrong::UnknownLine, |own| {
            own.line = "meters".to_owned();
        }),
        ("line", Wrong::WholeCentreOnly, |own| {
            own.measure = "share_idea".to_owned();
        }),
        ("direction", Wrong::UnknownWord, |own| {
            own.direction = "better".to_owned();
        }),
        ("size", Wrong::BadSize, |own| own.size = "-3".to_owned()),
        ("start", Wrong::BadDay, |own| {
            own.start = "1 June".to_owned();
        }),
        ("due", Wrong::BadDue, |own| {
            own.due = "2026-05-31".to_owned();
        }),
        ("idea", Wrong::FutureIdea, |own| {
            own.idea = "2026-05-26".to_owned();
        }),
    ];
    for (field, wrong, change) in bad {
        assert_eq!(faults(change), only(field, wrong));
    }
}

#[test]
fn a_reason_is_given_in_every_language() {
    let centre = centre();
    let given = titled(&[("en", "No money ")]);
    let read = read_reason(&given, &centre).unwrap();
    assert_eq!(read.in_language("en"), "No money");
    let faults = read_reason(&Text::default(), &centre).unwrap_err();
    assert_eq!(faults[0].field, "reason.en");
}
