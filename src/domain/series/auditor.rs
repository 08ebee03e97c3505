//! Somebody who has read everything that is published of two weeks and the months they lie in, of a
//! day and its parts, or of two days with their parts, their week and their month, and solves it as
//! one system of equations: counts and shares of all lines and of the whole centre, by all these
//! times. She shares no code with the rule she is set upon.
//!
//! What is unknown are calls by line, day or quarter, and end. A share with its number of cases is
//! two equations; a sum that is zero says that all its parts are.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::tests::Fixture;
use crate::domain::event::Fact;
use crate::domain::period::Grain;
use crate::domain::published::{Point, Shown};

const LINES: [&str; 3] = ["billing", "moving", "other"];
/// A Monday; the Friday after it begins a month.
const FIRST: Date = date(2026, 4, 27);
const DAYS: usize = 14;
/// Of two hours.
const QUARTERS: usize = 8;
/// The quarters of each of two days.
const QUARTERS_OF_TWO: usize = 4;

/// How a call ends, after how long: answered in time and late, hung up at once and later, moved out
/// of the queue.
const ENDS: [(Fact, i64); 5] = [
    (Fact::Answered, 10_000),
    (Fact::Answered, 25_000),
    (Fact::Abandoned, 3_000),
    (Fact::Abandoned, 40_000),
    (Fact::Deflected, 30_000),
];
const OFFERED: &[usize] = &[0, 1, 2, 3, 4];
const WITHOUT_SHORT: &[usize] = &[0, 1, 3, 4];
/// What the published counts are made of.
const COUNTS: [(&str, &[usize]); 5] = [
    ("attempts", OFFERED),
    ("offered", OFFERED),
    ("answered", &[0, 1]),
    ("abandoned", &[2, 3]),
    ("deflected", &[4]),
];
/// Numerator and denominator of the published shares.
const SHARES: [(&str, &[usize], &[usize]); 4] = [
    ("service_level", &[0], WITHOUT_SHORT),
    ("abandonment", &[3], WITHOUT_SHORT),
    ("short_abandonment", &[2], OFFERED),
    ("reach_rate", &[0, 1], OFFERED),
];
/// Parts that are never to be told while they are small, published or not.
const PARTS: [&[usize]; 2] = [&[2], &[3]];

/// Calls by day or quarter of an hour, line and end.
type Calls = Vec<i64>;

fn unknown(unit: usize, line: usize, end: usize) -> usize {
    (unit * LINES.len() + line) * ENDS.len() + end
}

/// A published sum: which unknowns, and what they add up to.
#[derive(Clone, Debug)]
struct Sum {
    of: Vec<usize>,
    value: i64,
}

/// What is published, and what of it is withheld.
struct Publication {
    unknowns: usize,
    sums: Vec<Sum>,
    /// Small numbers that are withheld, with a name for whoever reads a failure.
    secrets: Vec<(String, Vec<usize>)>,
}

const PRIME: i64 = 1_000_003;

/// Equations in a triangle: for each leading unknown, what it adds up to with later ones.
#[derive(Default)]
struct System(BTreeMap<usize, Vec<i64>>);

impl System {
    /// What is left of a row once everything known is taken from it.
    fn reduce(&self, mut row: Vec<i64>) -> Vec<i64> {
        for at in 0..row.len() - 1 {
            if let Some(known) = self.0.get(&at).filter(|_| row[at] != 0) {
                let factor = row[at];
                for (mine, theirs) in row.iter_mut().zip(known) {
                    *mine = (*mine + (PRIME - factor) * theirs) % PRIME;
                }
            }
        }
        row
    }

    fn add(&mut self, of: &[usize], value: i64, unknowns: usize) {
        let mut row = self.reduce(row(of, value, unknowns));
        let Some(lead) = row[..unknowns].iter().position(|factor| *factor != 0) else {
            return;
        };
        let inverse = power(row[lead], PRIME - 2);
        for x in &mut row {
            *x = *x * inverse % PRIME;
        }
        self.0.insert(lead, row);
    }

    /// Whether a sum is known whatever the rest is.
    fn tells(&self, of: &[usize], unknowns: usize) -> bool {
        let left = self.reduce(row(of, 0, unknowns));
        left[..unknowns].iter().all(|factor| *factor == 0)
    }
}

fn row(of: &[usize], value: i64, unknowns: usize) -> Vec<i64> {
    let mut row = vec![0; unknowns + 1];
    for at in of {
        row[*at] = 1;
    }
    row[unknowns] = value % PRIME;
    row
}

fn power(base: i64, exponent: i64) -> i64 {
    match exponent {
        0 => 1,
        odd if odd % 2 == 1 => base * power(base, exponent - 1) % PRIME,
        _ => power(base * base % PRIME, exponent / 2),
    }
}

impl Publication {
    fn new(calls: &Calls) -> Self {
        Self {
            unknowns: calls.len(),
            sums: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// The small withheld numbers that come out.
    fn recovered(&self) -> Vec<&str> {
        let unknowns = self.unknowns;
        let mut is_zero = vec![false; unknowns];
        for sum in self.sums.iter().filter(|sum| sum.value == 0) {
            sum.of.iter().for_each(|at| is_zero[*at] = true);
        }
        let left = |of: &[usize]| -> Vec<usize> {
            of.iter().copied().filter(|at| !is_zero[*at]).collect()
        };
        let mut system = System::default();
        for sum in &self.sums {
            system.add(&left(&sum.of), sum.value, unknowns);
        }
        let told = self
            .secrets
            .iter()
            .filter(|(_, of)| system.tells(&left(of), unknowns));
        told.map(|(name, _)| name.as_str()).collect()
    }
}

/// When the calls of a unit begin: of so many quarters of each day, from nine on.
fn start_of(centre: &Fixture, unit: usize, quarters: usize) -> i64 {
    let day = FIRST.saturating_add(days(unit / quarters));
    centre.ms(day, 9, 0) + i64::try_from(unit % quarters).unwrap() * 900_000
}

/// The calls of so many quarters of each day.
fn centre_of(calls: &Calls, quarters: usize) -> Fixture {
    let mut centre = Fixture::new("Europe/Paris", &LINES);
    for unit in 0..calls.len() / (LINES.len() * ENDS.len()) {
        let at_ms = start_of(&centre, unit, quarters);
        for (line, id) in LINES.iter().enumerate() {
            for (end, (fact, after_ms)) in ENDS.iter().enumerate() {
                for _ in 0..calls[unknown(unit, line, end)] {
                    centre.call(at_ms, id, *after_ms, fact.clone());
                }
            }
        }
    }
    centre
}

fn days(count: usize) -> jiff::Span {
    i64::try_from(count).unwrap().days()
}

/// Reads all that is published of some calls by day, week and month.
fn publish(calls: &Calls) -> Publication {
    read_all(calls, 1, &[Grain::Day, Grain::Week, Grain::Month])
}

/// Reads all that is published of the quarters of one day.
fn publish_day(calls: &Calls) -> Publication {
    read_all(
        calls,
        QUARTERS,
        &[Grain::Interval, Grain::HalfHour, Grain::Hour, Grain::Day],
    )
}

/// Reads all that is published of the quarters of two days, by every grain.
fn publish_two_days(calls: &Calls) -> Publication {
    read_all(
        calls,
        QUARTERS_OF_TWO,
        &[
            Grain::Interval,
            Grain::HalfHour,
            Grain::Hour,
            Grain::Day,
            Grain::Week,
            Grain::Month,
        ],
    )
}

fn read_all(calls: &Calls, quarters: usize, grains: &[Grain]) -> Publication {
    let centre = centre_of(calls, quarters);
    let units = calls.len() / (LINES.len() * ENDS.len());
    let start_of = |unit| start_of(&centre, unit, quarters);
    let starts: Vec<i64> = (0..units).map(start_of).collect();
    let end = FIRST.saturating_add(days(units.div_ceil(quarters)));
    let mut published = Publication::new(calls);
    for (place, line) in LINES.into_iter().chain(["*"]).enumerate() {
        for grain in grains {
            let points = |id| centre.points(line, id, *grain, FIRST, end);
            let all: BTreeMap<&str, Vec<Point>> = COUNTS
                .iter()
                .map(|(id, _)| *id)
                .chain(SHARES.iter().map(|(id, ..)| *id))
                .map(|id| (id, points(id)))
                .collect();
            for (number, point) in all["attempts"].iter().enumerate() {
                let is_inside = |start: i64| point.start_ms <= start && start < point.end_ms;
                let inside: Vec<usize> =
                    (0..units).filter(|unit| is_inside(starts[*unit])).collect();
                let spot = Spot {
                    name: format!("{line} {grain:?} {}", point.start_ms),
                    is_whole_exact: *grain >= Grain::Day,
                    only_hour: only_hour(&inside, quarters),
                    units: inside,
                    places: if line == "*" {
                        0..LINES.len()
                    } else {
                        place..place + 1
                    },
                };
                let of = |id: &str| &all[id][number];
                spot.read(calls, &of, &mut published);
            }
        }
    }
    published
}

/// The units of the day that these are part of, if they all lie in one hour; else none.
fn only_hour(units: &[usize], quarters: usize) -> std::ops::Range<usize> {
    let first = units.first().filter(|_| (2..=4).contains(&quarters));
    first.map_or(0..0, |at| at - at % quarters..at - at % quarters + quarters)
}

/// A line, or the whole centre, in some time.
struct Spot {
    name: String,
    units: Vec<usize>,
    places: std::ops::Range<usize>,
    /// By day, week and month nothing of the whole centre is withheld.
    is_whole_exact: bool,
    /// The units of its day, if all calls of that day come within one hour. The exact day tells the
    /// whole centre of such an hour, and what of it lies in one part where the others show zeros.
    only_hour: std::ops::Range<usize>,
}

impl Spot {
    fn unknowns(&self, ends: &[usize]) -> Vec<usize> {
        let mut all = Vec::new();
        for unit in &self.units {
            for line in self.places.clone() {
                all.extend(ends.iter().map(|end| unknown(*unit, line, *end)));
            }
        }
        all
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "numbers of calls"
    )]
    fn read<'p>(
        &self,
        calls: &Calls,
        point: &dyn Fn(&str) -> &'p Point,
        published: &mut Publication,
    ) {
        let true_sum =
            |ends: &[usize]| self.unknowns(ends).iter().map(|at| calls[*at]).sum::<i64>();
        let is_all_of_its_day = |ends: &[usize]| {
            let all = self.only_hour.clone().flat_map(|unit| {
                let lines = 0..LINES.len();
                lines.flat_map(move |line| ends.iter().map(move |end| unknown(unit, line, *end)))
            });
            !self.only_hour.is_empty() && all.map(|at| calls[at]).sum::<i64>() == true_sum(ends)
        };
        let is_told = |ends: &[usize]| {
            self.places.len() > 1 && (self.is_whole_exact || is_all_of_its_day(ends))
        };
        let is_secret = |ends: &[usize]| !is_told(ends) && (1..5).contains(&true_sum(ends));
        let mut add = |ends: &[usize], value: i64| {
            assert_eq!(value, true_sum(ends), "{}", self.name);
            let of = self.unknowns(ends);
            published.sums.push(Sum { of, value });
        };
        for (id, ends) in COUNTS {
            if let Shown::Value(value) = point(id).value {
                add(ends, value as i64);
            }
        }
        for (id, top, bottom) in SHARES {
            let point = point(id);
            match (point.value, point.n) {
                (Shown::Value(percent), Some(n)) => {
                    add(bottom, n);
                    add(top, (percent * n as f64 / 100.0).round() as i64);
                }
                // A plain "under 5 of n" names its denominator.
                (Shown::Under(percent), Some(n))
                    if (percent * n as f64 / 100.0).round() as i64 == 5 =>
                {
                    add(bottom, n);
                }
                _ => {}
            }
        }
        let withheld = COUNTS
            .iter()
            .filter(|(id, _)| !matches!(point(id).value, Shown::Value(_)));
        // On a day on which nobody else hung up, or nobody did at once, the exact whole centre says
        // it of the line too.
        let on = |unit: usize, places: std::ops::Range<usize>, ends: &[usize]| -> i64 {
            let all = places.flat_map(|line| ends.iter().map(move |end| (line, *end)));
            all.map(|(line, end)| calls[unknown(unit, line, end)]).sum()
        };
        let is_public = |ends: &[usize]| {
            let (own, all) = (|| self.places.clone(), || 0..LINES.len());
            self.units.iter().all(|unit| {
                let hung_up = on(*unit, own(), &[2, 3]);
                let is_alone = hung_up == 0 || hung_up == on(*unit, all(), &[2, 3]);
                is_alone || on(*unit, all(), ends) == 0
            })
        };
        let parts = PARTS.into_iter().filter(|part| !is_public(part));
        let ends = withheld.map(|(_, ends)| *ends).chain(parts);
        for ends in ends.filter(|ends| is_secret(ends)) {
            let name = format!("{} {ends:?}", self.name);
            published.secrets.push((name, self.unknowns(ends)));
        }
    }
}

/// Days or quarters in which most calls are answered and some are not.
fn some_calls(units: usize) -> impl Strategy<Value = Calls> {
    let few = || prop_oneof![6 => Just(0), 3 => 1_i64..5, 2 => 5_i64..12];
    let many = prop_oneof![1 => Just(0), 1 => 1_i64..9, 4 => 9_i64..40];
    let line = (many, few(), few(), few(), few());
    let line = line.prop_map(|(soon, late, short, left, moved)| [soon, late, short, left, moved]);
    prop::collection::vec(line, units * LINES.len()).prop_map(|lines| lines.concat())
}

const NOTHING: [&str; 0] = [];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn everything_published_together_gives_no_small_number_away(calls in some_calls(DAYS)) {
        let published = publish(&calls);
        prop_assert_eq!(published.recovered(), NOTHING);
    }

    #[test]
    fn the_parts_of_a_day_give_no_small_number_away(calls in some_calls(QUARTERS)) {
        let published = publish_day(&calls);
        prop_assert_eq!(published.recovered(), NOTHING);
    }
}

proptest! {
    // Unoptimised, each takes over a second.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn two_days_with_their_parts_and_their_week_give_no_small_number_away(
        calls in some_calls(2 * QUARTERS_OF_TWO),
    ) {
        let published = publish_two_days(&calls);
        prop_assert_eq!(published.recovered(), NOTHING);
    }
}

/// Every day 30 calls of each line answered in time, and others as they are given.
fn quiet_but(others: &[(usize, usize, usize, i64)]) -> Calls {
    let mut calls = vec![0; DAYS * LINES.len() * ENDS.len()];
    for place in 0..DAYS * LINES.len() {
        calls[place * ENDS.len()] = 30;
    }
    for (day, line, end, count) in others {
        calls[unknown(*day, *line, *end)] = *count;
    }
    calls
}

/// The control: whoever withholds the small numbers only, and nothing with them, tells them.
#[test]
fn small_numbers_without_companions_would_come_out() {
    let calls = quiet_but(&[(0, 0, 4, 3), (0, 1, 4, 9), (2, 1, 4, 2)]);
    let mut published = publish(&calls);
    assert_eq!(published.recovered(), NOTHING);
    assert!(!published.secrets.is_empty());
    for line in 0..LINES.len() {
        for day in 0..DAYS {
            let at = unknown(day, line, 4);
            if !(1..5).contains(&calls[at]) {
                published.sums.push(Sum {
                    of: vec![at],
                    value: calls[at],
                });
            }
        }
    }
    assert!(!published.recovered().is_empty());
}

/// The control: were the denominator of the service level told, it would tell who hung up at once.
#[test]
fn a_denominator_without_short_hang_ups_would_give_them_away() {
    let calls = quiet_but(&[(0, 0, 2, 3), (0, 0, 3, 9), (0, 1, 2, 6), (0, 1, 3, 9)]);
    let mut published = publish(&calls);
    assert_eq!(published.recovered(), NOTHING);
    let of: Vec<usize> = WITHOUT_SHORT
        .iter()
        .map(|end| unknown(0, 0, *end))
        .collect();
    published.sums.push(Sum { of, value: 39 });
    assert!(!published.recovered().is_empty());
}

/// The control: two days of one week and one of another are unknown, all of one month. The first
/// week is published and the second is not; the month would tell the single day.
#[test]
fn a_month_beside_its_weeks_would_give_a_single_day_away() {
    // The second week lies within May; a third, which is quiet, would not help.
    let calls = quiet_but(&[
        (5, 0, 4, 2),
        (5, 1, 4, 9),
        (8, 0, 4, 2),
        (8, 1, 4, 9),
        (10, 0, 4, 3),
        (10, 1, 4, 9),
    ]);
    let mut published = publish(&calls);
    assert_eq!(published.recovered(), NOTHING);
    let may: Vec<usize> = (4..DAYS).map(|day| unknown(day, 0, 4)).collect();
    assert!(
        !published.sums.iter().any(|sum| sum.of == may),
        "it is withheld"
    );
    published.sums.push(Sum { of: may, value: 7 });
    assert!(!published.recovered().is_empty());
}

/// The control: a quarter of which little is known would come out of the half hour it lies in.
#[test]
fn a_half_hour_beside_its_quarters_would_give_one_of_them_away() {
    let units = QUARTERS * LINES.len();
    let mut calls = vec![0; units * ENDS.len()];
    for place in 0..units {
        calls[place * ENDS.len()] = 30;
    }
    calls[unknown(2, 0, 4)] = 3;
    calls[unknown(3, 0, 4)] = 9;
    calls[unknown(2, 1, 4)] = 9;
    let mut published = publish_day(&calls);
    assert_eq!(published.recovered(), NOTHING);
    assert!(!published.secrets.is_empty());
    for of in [
        vec![unknown(3, 0, 4)],
        vec![unknown(2, 0, 4), unknown(3, 0, 4)],
    ] {
        let value = of.iter().map(|at| calls[*at]).sum();
        published.sums.push(Sum { of, value });
    }
    assert!(!published.recovered().is_empty());
}
