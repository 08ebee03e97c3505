//! Series told as stories, on a small centre.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{date, datetime};
use jiff::tz::TimeZone;

use super::*;
use crate::domain::contact::Contact;
use crate::domain::event::{ContactEvent, ContactKey, EventId, Fact, Place};
use crate::domain::measures::Measure;
use crate::domain::packed::Packed;
use crate::domain::period::IntervalStart;
use crate::domain::tally::{Tally, contribution};
use crate::domain::testing;

/// Raw tables as the store keeps them, of contacts that are each one call.
#[derive(Debug)]
pub struct Fixture {
    pub centre: Centre,
    pub days: BTreeMap<(Date, Place), Tally>,
    intervals: BTreeMap<(IntervalStart, Place), Tally>,
    spans: Vec<(String, Span)>,
    pub facts: BTreeMap<Date, Vec<LineFact>>,
    revised: BTreeSet<Date>,
    finest: FinestGrains,
    pub now_ms: Millis,
    pub first_unrecorded: Option<Date>,
}

impl Fixture {
    /// A centre that covered everything and whose history ended long ago.
    pub fn new(zone: &str, lines: &[&str]) -> Self {
        let mut centre = testing::centre(lines);
        centre.zone = TimeZone::get(zone).unwrap();
        zone.clone_into(&mut centre.zone_name);
        Self {
            centre,
            days: BTreeMap::new(),
            intervals: BTreeMap::new(),
            spans: vec![(
                "pbx".to_owned(),
                Span {
                    start_ms: 0,
                    end_ms: i64::MAX,
                },
            )],
            facts: BTreeMap::new(),
            revised: BTreeSet::new(),
            finest: FinestGrains::new(),
            now_ms: 4_000_000_000_000,
            first_unrecorded: None,
        }
    }

    pub fn ms(&self, day: Date, hour: i8, minute: i8) -> Millis {
        let civil = datetime(day.year(), day.month(), day.day(), hour, minute, 0, 0);
        period::instant_ms(civil, &self.centre.zone)
    }

    pub fn call(&mut self, at_ms: Millis, line: &str, after_ms: i64, end: Fact) {
        let mut contact = Contact::default();
        let place = testing::place(line);
        for (at_ms, fact) in [(at_ms, Fact::Offered(place)), (at_ms + after_ms, end)] {
            contact.merge(ContactEvent {
                contact: ContactKey([0; 16]),
                event: EventId {
                    id: format!("{at_ms}"),
                    source: "pbx".to_owned(),
                },
                at_ms,
                revision: 0,
                fact,
            });
        }
        let (cell, tally) = contribution(&contact, &self.centre.zone).unwrap();
        *self.days.entry((cell.day, cell.place.clone())).or_default() += &tally;
        *self
            .intervals
            .entry((cell.interval, cell.place))
            .or_default() += &tally;
    }

    pub fn answered(&mut self, times: i64, at_ms: Millis, line: &str) {
        for _ in 0..times {
            self.call(at_ms, line, 10_000, Fact::Answered);
        }
    }

    /// Loads what the request needs, and nothing else.
    pub fn series(&self, request: &SeriesRequest) -> Series {
        let needs = needs(request, &self.centre, self.now_ms);
        self.with_raw(&needs, |raw| series(request, raw, &self.centre))
    }

    /// Loads what is needed, with nothing worked out before.
    pub fn with_raw<T>(&self, needs: &Needs, then: impl FnOnce(&RawData) -> T) -> T {
        self.with_records(&self.records(needs), &Periods::default(), then)
    }

    /// The records of the days that are needed.
    pub fn records(&self, needs: &Needs) -> Vec<Arc<DayRecord>> {
        let record = |day: Date| {
            let span = Span::of_day(day, &self.centre.zone);
            let cells = self.days.iter().filter(|((of, _), _)| *of == day);
            let cells = cells.map(|((_, place), tally)| {
                (
                    IntervalStart::containing(span.start_ms),
                    place.clone(),
                    *tally,
                )
            });
            let parts = self.intervals.iter();
            let parts = parts.filter(|((start, _), _)| span.contains(start.ms()));
            let parts = parts.map(|((start, place), tally)| (*start, place.clone(), *tally));
            let with_parts = needs.intervals.contains(&day);
            let parts = with_parts.then(|| Packed::of(parts.collect()));
            let is_revised = self.revised.contains(&day);
            let record = DayRecord::new(day, Packed::of(cells.collect()), parts, is_revised);
            let facts = self.facts.get(&day).cloned();
            Arc::new(record.with_facts(facts.unwrap_or_default()))
        };
        let days = self.days.keys().map(|(day, _)| *day);
        let counted: BTreeSet<Date> = days.chain(self.facts.keys().copied()).collect();
        let counted = counted.into_iter().filter(|day| needs.days.contains(day));
        counted.map(record).collect()
    }

    /// Several series of the same records, with what was worked out of them before.
    pub fn several(
        &self,
        requests: &[SeriesRequest],
        records: &[Arc<DayRecord>],
        periods: &Periods,
    ) -> Vec<Series> {
        self.with_records(records, periods, |raw| {
            let requests = requests.iter();
            requests
                .map(|request| series(request, raw, &self.centre))
                .collect()
        })
    }

    fn with_records<T>(
        &self,
        records: &[Arc<DayRecord>],
        periods: &Periods,
        then: impl FnOnce(&RawData) -> T,
    ) -> T {
        let until = BTreeMap::new();
        let coverage = Coverage::new(&self.centre, &self.spans, &until, self.now_ms);
        let raw = RawData {
            records,
            coverage: &coverage,
            hours: &|line, day| testing::opening(line, day, &self.centre.zone),
            finest: &self.finest,
            now_ms: self.now_ms,
            first_unrecorded: self.first_unrecorded,
            periods,
            common: &Common::default(),
        };
        then(&raw)
    }

    pub fn points(
        &self,
        line: &str,
        measure: &str,
        grain: Grain,
        from: Date,
        to: Date,
    ) -> Vec<Point> {
        self.series(&request(line, measure, grain, from, to)).points
    }
}

pub fn request(line: &str, measure: &str, grain: Grain, from: Date, to: Date) -> SeriesRequest {
    SeriesRequest {
        line: line.to_owned(),
        measure: Measure::from_id(measure).unwrap(),
        cause: None,
        channel: None,
        site: None,
        grain,
        from,
        to,
        within: None,
    }
}

pub fn values(points: &[Point]) -> Vec<Option<f64>> {
    let shown = points.iter().map(|point| match point.value {
        Shown::Value(value) => Some(value),
        _ => None,
    });
    shown.collect()
}

pub fn marks(points: &[Point]) -> Vec<&'static str> {
    let letters = points
        .iter()
        .map(|point| point.mark.map_or("", Mark::letter));
    letters.collect()
}

/// A Monday.
pub const MONDAY: Date = date(2026, 6, 1);

#[test]
fn days_weeks_and_months_are_sums_of_contacts() {
    let mut centre = Fixture::new("Europe/Paris", &["billing", "moving"]);
    for day in 0..30 {
        let at_ms = centre.ms(MONDAY.saturating_add(day.days()), 10, 0);
        centre.answered(20 + i64::from(day), at_ms, "billing");
        centre.answered(10, at_ms, "moving");
    }
    let july = date(2026, 7, 1);
    let of = |line, grain| values(&centre.points(line, "attempts", grain, MONDAY, july));
    assert_eq!(
        of("*", Grain::Day)[..3],
        [Some(30.0), Some(31.0), Some(32.0)]
    );
    assert_eq!(of("billing", Grain::Week)[0], Some(161.0));
    assert_eq!(of("billing", Grain::Month), [Some(1_035.0)]);
    assert_eq!(of("*", Grain::Month), [Some(1_335.0)]);
    assert_eq!(of("billing", Grain::Hour)[10], Some(20.0));
    assert_eq!(of("billing", Grain::Week).len(), 5);
}

#[test]
fn a_request_in_the_middle_of_a_week_shows_the_whole_week() {
    let mut centre = Fixture::new("UTC", &["billing"]);
    centre.answered(12, centre.ms(MONDAY, 9, 0), "billing");
    let wednesday = MONDAY.saturating_add(2.days());
    let week = centre.points(
        "*",
        "attempts",
        Grain::Week,
        wednesday,
        wednesday.tomorrow().unwrap(),
    );
    assert_eq!(values(&week), [Some(12.0)]);
    assert_eq!(week[0].start_ms, centre.ms(MONDAY, 0, 0));
}

#[test]
fn days_that_no_import_covers_are_no_data_and_not_zero() {
    let mut centre = Fixture::new("Asia/Jerusalem", &["regular"]);
    let day = |day| date(1999, 1, day);
    // 11 and 12 January 1999, a Monday and a Tuesday, are absent from the file.
    let zone = centre.centre.zone.clone();
    let covers = |from, to| Span {
        start_ms: period::day_start_ms(day(from), &zone),
        end_ms: period::day_start_ms(day(to), &zone),
    };
    centre.spans = vec![
        ("pbx".to_owned(), covers(4, 11)),
        ("pbx".to_owned(), covers(13, 15)),
    ];
    for at in [8, 13] {
        centre.answered(40, centre.ms(day(at), 9, 0), "regular");
    }
    let points = centre.points("*", "attempts", Grain::Day, day(8), day(17));
    let [n, zero] = [Some(40.0), Some(0.0)];
    assert_eq!(
        values(&points),
        [n, zero, zero, None, None, n, zero, None, None]
    );
    // The 15th is a Friday in opening time, the 16th a Saturday: closed is no gap.
    assert_eq!(
        marks(&points),
        ["", "", "", "x", "x", "", "", "x", "closed"]
    );
    let month = centre.points("*", "attempts", Grain::Month, day(1), day(31));
    assert_eq!(
        (values(&month), marks(&month)),
        (vec![Some(80.0)], vec!["u"])
    );
}

#[test]
fn a_count_that_nobody_reports_is_no_data() {
    let mut centre = Fixture::new("UTC", &["billing"]);
    centre.centre.sources = vec![testing::source(
        "pbx",
        &[crate::domain::tally::Count::Attempts],
    )];
    centre.answered(12, centre.ms(MONDAY, 9, 0), "billing");
    let tuesday = MONDAY.tomorrow().unwrap();
    let refused = centre.points("*", "refused", Grain::Day, MONDAY, tuesday);
    assert_eq!(
        (refused[0].value, refused[0].mark),
        (Shown::None, Some(Mark::NoData))
    );
    let attempts = centre.points("*", "attempts", Grain::Day, MONDAY, tuesday);
    assert_eq!(
        (values(&attempts), marks(&attempts)),
        (vec![Some(12.0)], vec![""])
    );
}

#[test]
fn today_moves_with_the_intervals_that_are_over() {
    let mut centre = Fixture::new("Europe/Paris", &["billing"]);
    centre.now_ms = centre.ms(MONDAY, 10, 40);
    centre.answered(12, centre.ms(MONDAY, 10, 10), "billing");
    centre.answered(8, centre.ms(MONDAY, 10, 20), "billing");
    centre.answered(30, centre.ms(MONDAY, 10, 35), "billing");
    let next_week = MONDAY.saturating_add(1.week());
    for grain in [Grain::Day, Grain::Week, Grain::Month] {
        let points = centre.points("*", "attempts", grain, MONDAY, next_week);
        assert_eq!(values(&points), [Some(20.0)], "{grain:?}");
        assert_eq!(marks(&points), ["p"], "{grain:?}");
    }
    let hours = centre.points("*", "attempts", Grain::Hour, MONDAY, next_week);
    assert_eq!((hours.len(), values(&hours)[10]), (11, Some(20.0)));
    let intervals = centre.points("*", "attempts", Grain::Interval, MONDAY, next_week);
    assert_eq!(intervals.len(), 42);
    assert_eq!(values(&intervals)[40..], [Some(12.0), Some(8.0)]);
}

#[test]
fn a_day_is_provisional_until_four_oclock_of_the_next() {
    let mut centre = Fixture::new("Europe/Paris", &["billing"]);
    centre.answered(12, centre.ms(MONDAY, 9, 0), "billing");
    let tuesday = MONDAY.tomorrow().unwrap();
    let monday = |centre: &Fixture| {
        let points = centre.points("*", "attempts", Grain::Day, MONDAY, tuesday);
        (values(&points), marks(&points))
    };
    centre.now_ms = centre.ms(tuesday, 3, 59);
    assert_eq!(monday(&centre), (vec![Some(12.0)], vec!["p"]));
    centre.now_ms = centre.ms(tuesday, 4, 0);
    assert_eq!(monday(&centre), (vec![Some(12.0)], vec![""]));
    centre.revised.insert(MONDAY);
    assert_eq!(monday(&centre), (vec![Some(12.0)], vec!["r"]));
}

#[test]
fn a_day_has_as_many_hours_as_its_clocks_say() {
    let centre = Fixture::new("Europe/Paris", &["billing"]);
    for (day, hours) in [
        (date(2026, 3, 29), 23),
        (MONDAY, 24),
        (date(2026, 10, 25), 25),
    ] {
        let points = centre.points("*", "attempts", Grain::Hour, day, day.tomorrow().unwrap());
        assert_eq!(points.len(), hours, "{day}");
    }
}

#[test]
fn an_hour_may_be_asked_for_by_instants() {
    let mut centre = Fixture::new("Europe/Paris", &["billing"]);
    centre.answered(9, centre.ms(MONDAY, 9, 45), "billing");
    let span = Span {
        start_ms: centre.ms(MONDAY, 9, 40),
        end_ms: centre.ms(MONDAY, 10, 0),
    };
    let measure = Measure::from_id("attempts").unwrap();
    let request = SeriesRequest::of_span("*", measure, Grain::HalfHour, span, &centre.centre);
    let points = centre.series(&request).points;
    assert_eq!(values(&points), [Some(9.0)]);
    assert_eq!(points[0].start_ms, centre.ms(MONDAY, 9, 30));
}

#[test]
fn the_whole_centre_judges_every_line_by_its_own_threshold() {
    let mut centre = Fixture::new("UTC", &["patient", "strict"]);
    centre.centre.lines[0].service.threshold_secs = 30;
    let at_ms = centre.ms(MONDAY, 9, 0);
    for line in ["patient", "strict"] {
        for _ in 0..10 {
            centre.call(at_ms, line, 25_000, Fact::Answered);
        }
    }
    let tuesday = MONDAY.tomorrow().unwrap();
    let level = |line| values(&centre.points(line, "service_level", Grain::Day, MONDAY, tuesday));
    assert_eq!(level("patient"), [Some(100.0)]);
    assert_eq!(level("strict"), [Some(0.0)]);
    assert_eq!(level("*"), [Some(50.0)]);
}

#[test]
fn what_is_left_of_a_former_line_stays_in_the_whole() {
    let mut centre = Fixture::new("UTC", &["billing", "moving"]);
    let at_ms = centre.ms(MONDAY, 9, 0);
    centre.answered(20, at_ms, "billing");
    centre.answered(30, at_ms, "closed_in_2024");
    let tuesday = MONDAY.tomorrow().unwrap();
    let of = |line| centre.points(line, "attempts", Grain::Day, MONDAY, tuesday);
    assert_eq!(values(&of("*")), [Some(50.0)]);
    assert_eq!(values(&of("billing")), [Some(20.0)]);
    assert!(of("closed_in_2024").is_empty());
}

#[test]
fn small_numbers_of_a_line_are_withheld_and_bounds_take_their_place() {
    let mut centre = Fixture::new("UTC", &["billing", "moving", "other"]);
    let at_ms = centre.ms(MONDAY, 9, 0);
    centre.answered(40, at_ms, "billing");
    centre.answered(3, at_ms, "moving");
    centre.answered(12, at_ms, "other");
    for _ in 0..40 {
        centre.call(at_ms, "billing", 400_000, Fact::Answered);
    }
    let tuesday = MONDAY.tomorrow().unwrap();
    let of = |line, measure| {
        let points = centre.points(line, measure, Grain::Day, MONDAY, tuesday);
        (points[0].value, points[0].mark)
    };
    let withheld = (Shown::None, Some(Mark::Withheld));
    assert_eq!(of("moving", "attempts"), withheld);
    // The next smallest goes with it, or the whole would give it away.
    assert_eq!(of("other", "attempts"), withheld);
    assert_eq!(of("billing", "attempts"), (Shown::Value(80.0), None));
    assert_eq!(of("*", "attempts"), (Shown::Value(95.0), None));
    assert_eq!(of("billing", "long_wait"), (Shown::Value(0.0), None));
    assert_eq!(of("moving", "wait_median"), withheld);
}

#[test]
fn counts_of_long_spans_are_no_data_at_finer_grains() {
    let mut centre = Fixture::new("Europe/Paris", &["counted", "answered"]);
    centre.finest = FinestGrains::from([("counted".to_owned(), Grain::HalfHour)]);
    for line in ["counted", "answered"] {
        centre.answered(20, centre.ms(MONDAY, 10, 30), line);
        centre.answered(12, centre.ms(MONDAY, 17, 0), line);
    }
    let tuesday = MONDAY.tomorrow().unwrap();
    let of = |line, grain| centre.points(line, "attempts", grain, MONDAY, tuesday);
    for line in ["counted", "*"] {
        let intervals = of(line, Grain::Interval);
        assert_eq!(intervals.len(), 96);
        let is_no_data = |point: &Point| {
            (point.value, point.n, point.mark) == (Shown::None, None, Some(Mark::NoData))
        };
        assert!(intervals.iter().all(is_no_data), "{line}");
    }
    assert_eq!(values(&of("answered", Grain::Interval))[42], Some(20.0));
    let halves = of("counted", Grain::HalfHour);
    assert_eq!(values(&halves)[20..22], [Some(0.0), Some(20.0)]);
    assert_eq!(values(&of("*", Grain::Day)), [Some(64.0)]);

    // Nobody says who was answered, or that nobody is lost; the whole lacks it too.
    for measure in ["answered", "lost", "reach_rate"] {
        for (line, mark) in [("counted", "x"), ("*", "x"), ("answered", "")] {
            let points = centre.points(line, measure, Grain::Day, MONDAY, tuesday);
            assert_eq!(marks(&points), [mark], "{measure} of {line}");
        }
    }
    centre.finest.insert("counted".to_owned(), Grain::Day);
    let hours = centre.points("counted", "attempts", Grain::Hour, MONDAY, tuesday);
    assert!(marks(&hours).iter().all(|mark| *mark == "x"));
    let days = centre.points("counted", "attempts", Grain::Day, MONDAY, tuesday);
    assert_eq!(values(&days), [Some(32.0)]);
}

#[test]
fn a_measure_of_whole_days_has_no_points_within_them() {
    let centre = Fixture::new("UTC", &["billing"]);
    let tuesday = MONDAY.tomorrow().unwrap();
    let hours = centre.points("*", "resolution", Grain::Hour, MONDAY, tuesday);
    assert!(hours.is_empty());
}

#[test]
fn needs_are_whole_weeks_and_months_and_todays_intervals() {
    let centre = testing::centre(&["billing"]);
    let (from, to) = (date(2026, 6, 3), date(2026, 6, 10));
    let now_ms = period::day_start_ms(date(2026, 6, 12), &centre.zone) + 3_600_000;
    let of = |grain| needs(&request("*", "attempts", grain, from, to), &centre, now_ms);
    assert_eq!(of(Grain::Day).days, from..to);
    assert!(of(Grain::Day).intervals.is_empty());
    assert_eq!(of(Grain::Month).days, date(2026, 6, 1)..date(2026, 7, 1));
    let week = of(Grain::Week);
    assert_eq!(week.days, date(2026, 6, 1)..date(2026, 6, 15));
    assert_eq!(week.intervals, date(2026, 6, 12)..date(2026, 6, 13));
    assert_eq!(of(Grain::Hour).intervals, from..to);
    assert_eq!(widen(Grain::Week, to, from), to..to);
}
