//! Sites told as stories, and that they give no small number away.

use jiff::civil::date;
use proptest::prelude::*;

use super::tests::{Fixture, MONDAY, marks, request, values};
use super::*;
use crate::domain::centre::{FORMER_SITES, SiteKind, UNTOLD_SITE};
use crate::domain::facts::DayFact;
use crate::domain::facts::site::AtSite;
use crate::domain::tally::Waits;
use crate::domain::testing;

const END: Date = date(2026, 6, 8);
const LINES: [&str; 2] = ["billing", "moving"];
/// What stands for a site on a page.
const PARTS: [&str; 4] = ["dial", "town", FORMER_SITES, UNTOLD_SITE];

/// What one site counted on one line: answered, soon, known, resolved.
type Told = (&'static str, &'static str, [i64; 4]);

/// A centre with two sites; of each day from Monday on, what was told, with what was not told of
/// each line added by the words for it.
fn of_days(days: &[Vec<Told>]) -> Fixture {
    let mut centre = Fixture::new("UTC", &LINES);
    centre.centre.sites = vec![
        testing::site("town", SiteKind::InHouse),
        testing::site("dial", SiteKind::Partner),
    ];
    for (after, told) in (0_i64..).zip(days) {
        let day = MONDAY.saturating_add(after.days());
        for (line, site, counts) in told {
            let tally = centre.days.entry((day, testing::place(line)));
            add_to(tally.or_default(), counts);
            if *site == UNTOLD_SITE {
                continue;
            }
            let facts = centre.facts.entry(day).or_default();
            for (what, value) in AtSite::ALL.into_iter().zip(counts) {
                facts.push(LineFact {
                    line: (*line).to_owned(),
                    fact: DayFact::At(what, (*site).to_owned()),
                    value: *value,
                    is_revised: false,
                });
            }
        }
    }
    centre
}

fn add_to(tally: &mut Tally, [answered, soon, known, resolved]: &[i64; 4]) {
    for (count, more) in [
        (Count::Attempts, answered),
        (Count::Offered, answered),
        (Count::Answered, answered),
        (Count::ResolutionKnown, known),
        (Count::Resolved, resolved),
    ] {
        tally.set(count, tally.count(count) + more);
    }
    for number in 0..*answered {
        let wait_ms = if number < *soon { 10_000 } else { 400_000 };
        tally.waits_mut(Waits::Answered).record(wait_ms);
    }
}

fn points(centre: &Fixture, site: &str, measure: &str, grain: Grain) -> Vec<Point> {
    let asked = SeriesRequest {
        site: Some(site.to_owned()),
        ..request("*", measure, grain, MONDAY, END)
    };
    centre.series(&asked).points
}

fn told(centre: &Fixture, site: &str, measure: &str, grain: Grain) -> Vec<Option<f64>> {
    values(&points(centre, site, measure, grain))
}

/// A day with plenty of everything, everywhere.
fn plenty() -> Vec<Told> {
    vec![
        ("billing", "town", [60, 40, 40, 30]),
        ("billing", "dial", [40, 30, 20, 10]),
        ("moving", "town", [30, 20, 20, 14]),
        ("billing", UNTOLD_SITE, [20, 10, 10, 5]),
    ]
}

fn week_with(day: Vec<Told>, at: usize) -> Fixture {
    let mut days = vec![plenty(); 7];
    days[at] = day;
    of_days(&days)
}

#[test]
fn sites_and_those_not_told_add_up_to_the_answered() {
    let centre = of_days(&vec![plenty(); 7]);
    for grain in [Grain::Day, Grain::Week] {
        let all = values(&centre.points("*", "answered", grain, MONDAY, END));
        let parts = PARTS.map(|part| told(&centre, part, "answered", grain)[0]);
        assert_eq!(parts.into_iter().sum::<Option<f64>>(), all[0], "{grain:?}");
    }
    assert_eq!(told(&centre, "town", "answered", Grain::Day)[0], Some(90.0));
    let soon = points(&centre, "dial", "answered_soon", Grain::Week);
    assert_eq!((values(&soon)[0], soon[0].n), (Some(75.0), Some(280)));
    let solved = points(&centre, "town", "resolution", Grain::Day);
    assert_eq!(values(&solved)[0], Some(100.0 * 44.0 / 60.0));
    assert_eq!(solved[0].n, Some(60));
}

#[test]
fn few_contacts_of_a_site_on_a_line_withhold_all_sites_of_the_day_and_of_a_week_with_only_that_day()
{
    let mut few = plenty();
    few.push(("moving", "dial", [4, 0, 0, 0]));
    let centre = week_with(few.clone(), 1);
    for part in PARTS {
        let day = points(&centre, part, "answered", Grain::Day);
        assert_eq!((values(&day)[1], marks(&day)[1]), (None, "c"), "{part}");
        assert!(values(&day)[2].is_some(), "{part}");
        assert_eq!(
            told(&centre, part, "answered", Grain::Week),
            [None],
            "{part}"
        );
    }
    let mut days = vec![plenty(); 7];
    days[1].clone_from(&few);
    days[4] = few;
    let centre = of_days(&days);
    assert_eq!(
        told(&centre, "dial", "answered", Grain::Week),
        [Some(288.0)],
        "of two days nobody knows which"
    );
}

#[test]
fn few_who_told_no_site_withhold_all_sites() {
    let mut few = plenty();
    few[3].2 = [3, 0, 0, 0];
    let centre = week_with(few, 0);
    assert_eq!(told(&centre, "town", "answered", Grain::Day)[0], None);
}

#[test]
fn few_in_a_share_or_beside_it_withhold_the_share_and_not_the_count() {
    for (counts, measure) in [
        ([40, 38, 20, 10], "answered_soon"),
        ([40, 3, 20, 10], "answered_soon"),
        ([40, 30, 20, 19], "resolution"),
        ([40, 30, 20, 2], "resolution"),
    ] {
        let mut day = plenty();
        day[1].2 = counts;
        let centre = week_with(day, 0);
        for grain in [Grain::Day, Grain::Week] {
            assert_eq!(told(&centre, "town", measure, grain)[0], None, "{counts:?}");
            assert!(told(&centre, "town", "answered", grain)[0].is_some());
        }
    }
}

/// A day of these, on which few of the second line gave up, so that its answered would tell how many.
fn with_few_abandoned(told: Vec<Told>) -> Fixture {
    let mut centre = of_days(&[told]);
    let tally = centre.days.get_mut(&(MONDAY, testing::place("moving")));
    let tally = tally.unwrap();
    let answered = tally.count(Count::Answered);
    for count in [Count::Attempts, Count::Offered] {
        tally.set(count, answered + 3);
    }
    tally.set(Count::Abandoned, 3);
    let line = centre.points("moving", "answered", Grain::Day, MONDAY, END);
    assert_eq!(marks(&line)[0], "c", "the control");
    centre
}

#[test]
fn a_line_whose_answered_are_withheld_is_not_told_by_a_site_of_its_own() {
    let apart = vec![
        ("billing", "dial", [40, 30, 20, 10]),
        ("moving", "town", [30, 20, 20, 14]),
    ];
    let own = with_few_abandoned(apart.clone());
    for grain in [Grain::Day, Grain::Week, Grain::Month] {
        assert_eq!(told(&own, "town", "answered", grain)[0], None, "{grain:?}");
    }
    // Where nothing of the lines is withheld, it may be told.
    let open = of_days(&[apart]);
    assert_eq!(told(&open, "town", "answered", Grain::Day)[0], Some(30.0));
}

#[test]
fn lines_that_share_a_site_are_not_told_by_it() {
    let shared = with_few_abandoned(plenty());
    assert_eq!(told(&shared, "town", "answered", Grain::Day)[0], Some(90.0));
    assert_eq!(
        told(&shared, "dial", "answered", Grain::Week)[0],
        Some(40.0)
    );
}

#[test]
fn a_site_of_which_nobody_tells_has_no_data_and_not_none() {
    let untold: Vec<Told> = vec![("billing", UNTOLD_SITE, [50, 30, 20, 10])];
    let centre = of_days(&[untold, plenty()]);
    let town = points(&centre, "town", "answered", Grain::Day);
    assert_eq!((values(&town)[0], marks(&town)[0]), (None, "x"));
    assert_eq!(values(&town)[1], Some(90.0));
    assert_eq!(
        told(&centre, UNTOLD_SITE, "answered", Grain::Day)[0],
        Some(50.0)
    );
}

#[test]
fn a_site_that_is_no_more_keeps_its_past() {
    let mut centre = of_days(&[plenty()]);
    let removed = centre.centre.sites.pop().unwrap();
    assert_eq!(removed.id, "dial");
    let of = |part| told(&centre, part, "answered", Grain::Day);
    assert_eq!(of(FORMER_SITES)[0], Some(40.0));
    assert_eq!(of("town")[0], Some(90.0));
    assert_eq!(of("dial"), [], "it is not known by itself");
}

#[test]
fn what_changed_when_it_should_not_any_more_is_marked_as_revised() {
    let mut centre = of_days(&[plenty()]);
    let facts = centre.facts.get_mut(&MONDAY).unwrap();
    facts[0].is_revised = true;
    assert_eq!(
        marks(&points(&centre, "dial", "answered", Grain::Day))[0],
        "r"
    );
}

#[test]
fn days_that_are_not_over_are_not_among_them() {
    let mut centre = of_days(&vec![plenty(); 3]);
    centre.now_ms = centre.ms(MONDAY.saturating_add(2.days()), 15, 0);
    assert_eq!(
        told(&centre, "town", "answered", Grain::Day),
        [Some(90.0); 2]
    );
    assert_eq!(
        told(&centre, "town", "answered", Grain::Week),
        [Some(180.0)]
    );
}

#[test]
fn sites_are_told_of_some_measures_of_the_whole_centre_by_day_only() {
    let centre = of_days(&[plenty()]);
    let is_told = |line: &str, measure: &str, site: &str, grain: Grain| {
        let asked = SeriesRequest {
            site: Some(site.to_owned()),
            ..request(line, measure, grain, MONDAY, END)
        };
        !centre.series(&asked).points.is_empty()
    };
    assert!(is_told("*", "answered", "town", Grain::Day));
    assert!(!is_told("billing", "answered", "town", Grain::Day));
    assert!(!is_told("*", "attempts", "town", Grain::Day));
    assert!(!is_told("*", "answered", "town", Grain::Hour));
    assert!(!is_told("*", "answered", "mars", Grain::Day));
    assert!(!is_told("*", "resolution", UNTOLD_SITE, Grain::Day));
    let mut none = Fixture::new("UTC", &LINES);
    none.answered(20, none.ms(MONDAY, 9, 0), "billing");
    for part in PARTS {
        assert_eq!(told(&none, part, "answered", Grain::Day), [], "{part}");
    }
}

/// Everything that is published of the sites in the week.
fn published(centre: &Fixture, grains: &[Grain]) -> Vec<Vec<Point>> {
    let mut published = Vec::new();
    for part in PARTS {
        for measure in ["answered", "answered_soon", "resolution"] {
            for grain in grains {
                published.push(points(centre, part, measure, *grain));
            }
        }
    }
    published
}

/// Counts of a site on a line: none, few, or plenty.
fn some_counts() -> impl Strategy<Value = [i64; 4]> {
    let answered = prop_oneof![2 => Just(0_i64), 2 => 1..5_i64, 6 => 5..60_i64];
    (answered, 0..=4_i64, 0..=4_i64, 0..=4_i64).prop_map(|(answered, soon, known, resolved)| {
        let known = answered * known / 4;
        [answered, answered * soon / 4, known, known * resolved / 4]
    })
}

fn some_week() -> impl Strategy<Value = Vec<Vec<Told>>> {
    let day = prop::collection::vec(some_counts(), 8).prop_map(|counts| {
        let places = LINES
            .iter()
            .flat_map(|line| ["town", "dial", "gone", UNTOLD_SITE].map(|site| (*line, site)));
        let told = places.zip(counts);
        told.map(|((line, site), counts)| (line, site, counts))
            .collect()
    });
    prop::collection::vec(day, 7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Contacts of a line move from one site to the other, so that few of a site are other few.
    /// The lines and the whole centre stay as they are, and so does everything told of the day;
    /// where they move back on another day, so does everything told of the week and month.
    #[test]
    fn small_numbers_of_a_site_are_all_told_alike(
        week in some_week(),
        (one, other) in (0_usize..7, 1_usize..7).prop_map(|(one, after)| (one, (one + after) % 7)),
        (few, more) in (1_i64..5, 1_i64..5),
    ) {
        let with = |days: &[(usize, i64)]| {
            let mut week = week.clone();
            for (day, few) in days {
                week[*day][0].2 = [60 - few, 30, 20, 10];
                week[*day][1].2 = [*few, 0, 0, 0];
            }
            of_days(&week)
        };
        let by_day = |few| published(&with(&[(one, few)]), &[Grain::Day]);
        prop_assert_eq!(by_day(few), by_day(more));
        let all = |first, second| {
            let centre = with(&[(one, first), (other, second)]);
            published(&centre, &[Grain::Day, Grain::Week, Grain::Month])
        };
        prop_assert_eq!(all(few, more), all(more, few));
    }

    /// Whatever is told of a day is a sum of numbers of lines that are nought or not small, and
    /// from a week and its days no day that is not told can be had.
    #[test]
    fn told_days_have_no_few_and_weeks_tell_no_day(week in some_week()) {
        let centre = of_days(&week);
        let days = told(&centre, "town", "answered", Grain::Day);
        for (day, value) in week.iter().zip(&days) {
            let has_few = day.iter().any(|(_, _, counts)| (1..5).contains(&counts[0]));
            prop_assert!(!has_few || value.is_none());
        }
        for measure in ["answered", "answered_soon", "resolution"] {
            let days = points(&centre, "town", measure, Grain::Day);
            let hidden = days.iter().filter(|point| point.mark == Some(Mark::Withheld));
            let weeks = points(&centre, "town", measure, Grain::Week);
            if hidden.count() == 1 {
                prop_assert_eq!(weeks[0].mark, Some(Mark::Withheld), "{}", measure);
            }
        }
    }
}
