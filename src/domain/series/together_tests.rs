//! Series put together at once are what each is alone, and channels give nothing away.

use jiff::civil::date;
use proptest::prelude::*;

use super::property_tests::some_history;
use super::tests::{Fixture, MONDAY, marks, request, values};
use super::*;
use crate::domain::centre::{Channel, ServiceChange, ServiceLevel};
use crate::domain::event::Fact;
use crate::domain::facts::{DayFact, Scale};
use crate::domain::testing;

const END: Date = date(2026, 6, 8);

fn place(line: &str, channel: Channel) -> Place {
    Place {
        line: line.to_owned(),
        channel,
    }
}

/// Everything that may be asked of the weeks round Monday, by day, week and month.
fn all_requests(centre: &Fixture) -> Vec<SeriesRequest> {
    let mut requests = Vec::new();
    let lines = centre.centre.lines.iter().map(|line| line.id.as_str());
    for line in lines.chain([WHOLE_CENTRE]) {
        for measure in super::super::measures::MEASURES {
            for grain in [Grain::Day, Grain::Week, Grain::Month] {
                let from = MONDAY.saturating_sub(1.week());
                requests.push(request(line, measure.id, grain, from, END));
            }
        }
    }
    let causes = centre.centre.causes.iter();
    requests.extend(causes.map(|cause| SeriesRequest {
        cause: Some(cause.id.clone()),
        ..request("*", "complaints_opened", Grain::Week, MONDAY, END)
    }));
    requests.push(SeriesRequest {
        channel: Some(Channel::Voice),
        ..request("*", "attempts", Grain::Week, MONDAY, END)
    });
    requests
}

fn with_facts(mut centre: Fixture) -> Fixture {
    let opened = |cause: &str| DayFact::Opened(cause.to_owned());
    for (line, fact, value) in [
        ("billing", opened("product"), 14),
        ("moving", opened("pricing"), 3),
        ("billing", DayFact::Scored(Scale::Csat, 5), 31),
        ("moving", DayFact::Scored(Scale::Csat, 2), 12),
    ] {
        for day in [MONDAY, MONDAY.saturating_add(1.day())] {
            centre.facts.entry(day).or_default().push(LineFact {
                line: line.to_owned(),
                fact: fact.clone(),
                value,
                is_revised: false,
            });
        }
    }
    centre
}

/// Calls of the first line are to be answered within 30 s instead of 20 s from a day on, counted
/// from Monday.
fn changing(mut centre: Fixture, since: i64) -> Fixture {
    let line = &mut centre.centre.lines[0];
    line.changes = vec![ServiceChange {
        valid_from: MONDAY.saturating_add(since.days()),
        service: ServiceLevel {
            threshold_secs: 30,
            ..line.service.clone()
        },
        reason: testing::text("Fewer people"),
    }];
    centre
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn together_is_the_same_as_alone(
        history in some_history(),
        hour in 6_i8..20,
        since in -5_i64..3,
    ) {
        let mut centre = changing(with_facts(history), since);
        // Some of the days are over, one is running.
        centre.now_ms = centre.ms(MONDAY.saturating_add(2.days()), hour, 20);
        let today = MONDAY.saturating_add(2.days());
        let needs = Needs {
            days: date(2026, 5, 1)..date(2026, 7, 1),
            intervals: today..today.saturating_add(1.day()),
        };
        let records = centre.records(&needs);
        let (requests, periods) = (all_requests(&centre), Periods::default());
        // The second time everything is known.
        for _ in 0..2 {
            let together = centre.several(&requests, &records, &periods);
            for (request, together) in requests.iter().zip(together) {
                prop_assert_eq!(together, centre.series(request), "{:?}", request);
            }
        }
    }
}

#[test]
fn the_days_of_a_week_and_month_are_judged_by_what_held_on_each() {
    let mut centre = Fixture::new("UTC", &["billing", "moving"]);
    for (day, slow, quick) in [(0, 10, 30), (1, 20, 20), (2, 30, 10)] {
        let at_ms = centre.ms(MONDAY.saturating_add(day.days()), 10, 0);
        for line in ["billing", "moving"] {
            for _ in 0..slow {
                centre.call(at_ms, line, 25_000, Fact::Answered);
            }
            centre.answered(quick, at_ms, line);
        }
    }
    let centre = changing(centre, 1);
    let of = |line, grain| values(&centre.points(line, "service_level", grain, MONDAY, END))[0];
    for grain in [Grain::Week, Grain::Month] {
        assert_eq!(of("billing", grain), Some(100.0 * 110.0 / 120.0));
        assert_eq!(of("moving", grain), Some(50.0));
        assert_eq!(of("*", grain), Some(100.0 * 170.0 / 240.0));
    }
}

#[test]
fn what_is_kept_of_a_week_is_not_believed_when_one_of_its_days_changed() {
    let mut centre = Fixture::new("UTC", &["billing", "moving"]);
    centre.answered(40, centre.ms(MONDAY, 10, 0), "billing");
    centre.answered(30, centre.ms(MONDAY, 10, 0), "moving");
    let asked = [
        request("*", "attempts", Grain::Week, MONDAY, END),
        request("billing", "attempts", Grain::Week, MONDAY, END),
    ];
    let (needs, periods) = (
        needs(&asked[0], &centre.centre, centre.now_ms),
        Periods::default(),
    );
    let told = |centre: &Fixture| {
        let series = centre.several(&asked, &centre.records(&needs), &periods);
        let told: Vec<_> = series.iter().map(|one| values(&one.points)[0]).collect();
        told
    };
    assert_eq!(told(&centre), [Some(70.0), Some(40.0)]);
    // Three calls of a second line make the first one's number a companion.
    let tuesday = centre.ms(MONDAY.saturating_add(1.day()), 10, 0);
    centre.answered(20, tuesday, "billing");
    centre.call(tuesday, "moving", 10_000, Fact::Answered);
    assert_eq!(told(&centre), [Some(91.0), None]);
}

/// Two lines on the telephone, one of them in writing too.
fn of_channels(days: &[[i64; 3]]) -> Fixture {
    let mut centre = Fixture::new("UTC", &["billing", "moving"]);
    centre.centre.lines[1].channels = vec![Channel::Voice, Channel::Email];
    let places = [
        place("billing", Channel::Voice),
        place("moving", Channel::Voice),
        place("moving", Channel::Email),
    ];
    for (day, counts) in (0_i64..).zip(days) {
        for (place, count) in places.iter().zip(counts) {
            let key = (MONDAY.saturating_add(day.days()), place.clone());
            let tally = centre.days.entry(key).or_default();
            for what in [Count::Attempts, Count::Offered, Count::Answered] {
                tally.set(what, *count);
            }
        }
    }
    centre
}

fn told(centre: &Fixture, channel: Channel, grain: Grain) -> (Vec<Option<f64>>, Vec<&'static str>) {
    let asked = SeriesRequest {
        channel: Some(channel),
        ..request("*", "attempts", grain, MONDAY, END)
    };
    let points = centre.series(&asked).points;
    (values(&points), marks(&points))
}

#[test]
fn channels_add_up_to_the_whole() {
    let centre = of_channels(&[[40, 30, 20]; 7]);
    assert_eq!(told(&centre, Channel::Voice, Grain::Day).0[0], Some(70.0));
    assert_eq!(told(&centre, Channel::Email, Grain::Week).0, [Some(140.0)]);
    assert!(
        told(&centre, Channel::Chat, Grain::Day).0.is_empty(),
        "no line has it"
    );
}

#[test]
fn few_letters_of_a_day_withhold_all_channels_of_it_and_a_week_with_only_that_day() {
    let plenty = [40, 30, 20];
    let one = of_channels(&[plenty, [40, 30, 2], plenty, plenty, plenty, plenty, plenty]);
    let (voice, marks) = told(&one, Channel::Voice, Grain::Day);
    assert_eq!((voice[1], marks[1]), (None, "c"), "the whole is exact");
    assert_eq!(voice[2], Some(70.0));
    let (week, _) = told(&one, Channel::Email, Grain::Week);
    assert_eq!(week, [None], "less the other days it would be 2");
    let two = of_channels(&[
        plenty,
        [40, 30, 2],
        [40, 30, 3],
        plenty,
        plenty,
        plenty,
        plenty,
    ]);
    assert_eq!(told(&two, Channel::Email, Grain::Week).0, [Some(105.0)]);
}

#[test]
fn a_line_that_is_withheld_withholds_the_channels() {
    let centre = of_channels(&[[3, 30, 20]]);
    assert_eq!(told(&centre, Channel::Email, Grain::Day).0[0], None);
}

#[test]
fn channels_are_told_of_contacts_of_the_whole_centre_by_day_only() {
    let centre = of_channels(&[[40, 30, 20]]);
    for (line, measure, grain) in [
        ("moving", "attempts", Grain::Day),
        ("*", "answered", Grain::Day),
        ("*", "attempts", Grain::Hour),
    ] {
        let asked = SeriesRequest {
            channel: Some(Channel::Email),
            ..request(line, measure, grain, MONDAY, END)
        };
        assert!(centre.series(&asked).points.is_empty(), "{line} {measure}");
    }
}
