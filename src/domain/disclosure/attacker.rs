//! Somebody who adds up all that is published, and knows that no count is negative.
//!
//! She shares no code with the rule she is set upon: plain lists of sums, gone through from the
//! first to the last until nothing moves any more.

use proptest::prelude::*;

use super::cells::{Cells, DayTree, Identity, Shape, close_day, close_period, close_within_day};
use super::{Columns, FLOW, FLOW_IDENTITIES, limit};
use crate::domain::measures::Measure;

const COLUMNS: usize = FLOW.len();
/// More than anything counted here.
const MANY: i64 = 1_000_000;
const NOTHING: [usize; 0] = [];

/// Everything published about some cells: their values, and which of them are sums of others.
struct Publication {
    shape: Shape,
    values: Vec<i64>,
    withheld: Vec<bool>,
    /// Totals and their parts.
    sums: Vec<(usize, Vec<usize>)>,
}

impl Publication {
    fn of(shape: Shape) -> Self {
        Self {
            shape,
            values: Vec::new(),
            withheld: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Adds one time: its lines and, if it is not among them, the exact whole centre. Returns the
    /// cells it got.
    fn add_time(&mut self, cells: &Cells) -> Vec<usize> {
        let first = self.values.len();
        let (lines, columns) = (self.shape.lines, self.shape.columns);
        self.values.extend(&cells.values);
        self.withheld.extend(&cells.withheld);
        for column in (0..columns).filter(|_| cells.values.len() == lines * columns) {
            let parts = (0..lines).map(|line| cells.values[line * columns + column]);
            self.values.push(parts.sum());
            self.withheld.push(false);
        }
        for column in 0..columns {
            let parts = (0..lines).map(|line| first + line * columns + column);
            self.sums
                .push((first + lines * columns + column, parts.collect()));
        }
        for place in 0..=lines {
            for identity in &self.shape.identities {
                let row = first + place * columns;
                let parts = identity.parts.iter().map(|part| row + part).collect();
                self.sums.push((row + identity.total, parts));
            }
        }
        (first..self.values.len()).collect()
    }

    fn add_longer_time(&mut self, longer: &[usize], parts: &[&Vec<usize>]) {
        for (at, total) in longer.iter().enumerate() {
            let parts = parts.iter().map(|part| part[at]).collect();
            self.sums.push((*total, parts));
        }
    }

    /// The least and the most that every cell can be.
    fn bounds(&self) -> Vec<(i64, i64)> {
        let cells = self.values.iter().zip(&self.withheld);
        let mut bounds: Vec<(i64, i64)> = cells
            .map(|(value, withheld)| {
                if *withheld {
                    (0, MANY)
                } else {
                    (*value, *value)
                }
            })
            .collect();
        loop {
            let before = bounds.clone();
            for (total, parts) in &self.sums {
                let least: i64 = parts.iter().map(|part| bounds[*part].0).sum();
                let most: i64 = parts.iter().map(|part| bounds[*part].1).sum();
                let (low, high) = bounds[*total];
                bounds[*total] = (low.max(least), high.min(most));
                for part in parts {
                    let (low, high) = bounds[*part];
                    let others = (least - low, most - high);
                    let room = (bounds[*total].0 - others.1, bounds[*total].1 - others.0);
                    bounds[*part] = (low.max(room.0), high.min(room.1));
                }
                // A part that moved changes what it leaves to the others: next time round.
            }
            if bounds == before {
                return bounds;
            }
        }
    }

    /// The withheld cells of small value that are known exactly.
    fn revealed(&self) -> Vec<usize> {
        let bounds = self.bounds();
        let cells = 0..self.values.len();
        let known = cells.filter(|cell| bounds[*cell].0 == bounds[*cell].1);
        let secret = known.filter(|cell| self.withheld[*cell]);
        secret
            .filter(|cell| self.shape.is_small(self.values[*cell]))
            .collect()
    }

    /// The withheld cells of small value that some combination of sums, each times any factor,
    /// gives away: the equations are solved as far as they can be, in arithmetic modulo a prime.
    fn solved(&self) -> Vec<usize> {
        const PRIME: i64 = 1_000_003;
        let unknown: Vec<usize> = (0..self.values.len())
            .filter(|c| self.withheld[*c])
            .collect();
        let place = |cell: &usize| unknown.binary_search(cell).ok();
        let mut rows: Vec<Vec<i64>> = Vec::new();
        for (total, parts) in &self.sums {
            let mut row = vec![0; unknown.len()];
            for at in parts.iter().filter_map(place) {
                row[at] = 1;
            }
            if let Some(at) = place(total) {
                row[at] = PRIME - 1;
            }
            rows.push(row);
        }
        let mut solved = 0;
        for column in 0..unknown.len() {
            let Some(found) = (solved..rows.len()).find(|row| rows[*row][column] != 0) else {
                continue;
            };
            rows.swap(solved, found);
            let inverse = power(rows[solved][column], PRIME - 2, PRIME);
            rows[solved]
                .iter_mut()
                .for_each(|x| *x = *x * inverse % PRIME);
            let pivot = rows[solved].clone();
            for (number, row) in rows.iter_mut().enumerate() {
                let factor = row[column];
                if number != solved && factor != 0 {
                    let pairs = row.iter_mut().zip(&pivot);
                    pairs.for_each(|(x, y)| *x = (*x + (PRIME - factor) * y) % PRIME);
                }
            }
            solved += 1;
        }
        let alone = rows[..solved].iter().filter_map(|row| {
            let mut places = (0..row.len()).filter(|at| row[*at] != 0);
            let first = places.next()?;
            places.next().is_none().then(|| unknown[first])
        });
        alone
            .filter(|cell| (1..5).contains(&self.values[*cell]))
            .collect()
    }
}

fn power(base: i64, exponent: i64, modulus: i64) -> i64 {
    match exponent {
        0 => 1,
        odd if odd % 2 == 1 => base * power(base, exponent - 1, modulus) % modulus,
        _ => power(base * base % modulus, exponent / 2, modulus),
    }
}

fn shape(lines: usize) -> Shape {
    let identities = FLOW_IDENTITIES.map(|(total, parts)| Identity {
        total,
        parts: parts.to_vec(),
    });
    Shape {
        lines,
        columns: COLUMNS,
        identities: identities.to_vec(),
        withhold_below: 5,
        given: None,
    }
}

/// Values of one line: `(end, how many)` of everyone who tried.
fn flow(ends: &[(usize, i64)]) -> Vec<i64> {
    let mut values = vec![0; COLUMNS];
    for (end, count) in ends {
        values[*end] += count;
    }
    for (total, parts) in FLOW_IDENTITIES.into_iter().rev() {
        values[total] = parts.iter().map(|part| values[*part]).sum();
    }
    values
}

/// A line of few ends, as lines are: most are answered, some are not.
fn a_line() -> impl Strategy<Value = Vec<i64>> {
    let few = || prop_oneof![5 => Just(0), 4 => 1_i64..5, 1 => 5_i64..12];
    let many = prop_oneof![2 => Just(0), 1 => 1_i64..9, 2 => 9_i64..40];
    let ends = (many, few(), few(), few(), few(), few(), few());
    ends.prop_map(
        |(answered, abandoned, deflected, lost, kept, failed, left)| {
            flow(&[
                (5, answered),
                (6, abandoned),
                (7, deflected),
                (12, lost),
                (9, kept),
                (11, failed),
                (2, left),
            ])
        },
    )
}

/// Some times of a centre of two to five lines. The last line is what is left of former ones.
fn some_times(times: usize) -> impl Strategy<Value = (usize, Vec<Vec<i64>>)> {
    (2_usize..=5, any::<bool>()).prop_flat_map(move |(lines, former)| {
        let line = prop_oneof![1 => Just(vec![0; COLUMNS]), 3 => a_line()];
        let time = prop::collection::vec(line, lines).prop_map(move |mut time| {
            if !former {
                time.push(vec![0; COLUMNS]);
            }
            time.concat()
        });
        let lines = lines + usize::from(!former);
        (Just(lines), prop::collection::vec(time, times))
    })
}

fn added(times: &[&Vec<i64>]) -> Vec<i64> {
    let cells = 0..times[0].len();
    cells
        .map(|cell| times.iter().map(|time| time[cell]).sum())
        .collect()
}

/// What a period and its days reveal. A line that was the only one on a day is exact on that day:
/// a week of which only such days count anything is no secret.
fn revealed_of_period(days: &[Cells], shape: &Shape) -> Vec<usize> {
    let period = close_period(&Vec::from_iter(days), shape);
    let mut publication = Publication::of(shape.clone());
    let longer = publication.add_time(&period);
    let times = days.iter().map(|day| publication.add_time(day));
    let times: Vec<Vec<usize>> = times.collect();
    publication.add_longer_time(&longer, &Vec::from_iter(&times));
    let is_public = |cell: usize| {
        let withheld = days.iter().filter(|day| day.withheld[cell]);
        withheld.map(|day| day.values[cell]).sum::<i64>() == 0
    };
    let mut revealed = publication.revealed();
    revealed.retain(|cell| *cell >= period.values.len() || !is_public(*cell));
    revealed
}

/// Two hours and a half of a day: hours, half hours and nine intervals, from the longest time to
/// the shortest, each with its parts.
fn hours() -> Vec<Vec<usize>> {
    let mut times = vec![vec![1, 2, 3], vec![4, 5], vec![6, 7], vec![8]];
    times.extend([
        vec![9, 10],
        vec![11, 12],
        vec![13, 14],
        vec![15, 16],
        vec![17],
    ]);
    times.extend(vec![Vec::new(); 9]);
    times
}

fn day_and_parts(intervals: &[Vec<i64>], lines: usize) -> Publication {
    let tree = DayTree { children: hours() };
    let mut values = vec![Vec::new(); 9];
    values.extend(intervals.iter().cloned());
    for time in (0..9).rev() {
        let parts: Vec<_> = tree.children[time]
            .iter()
            .map(|part| &values[*part])
            .collect();
        values[time] = added(&parts);
    }
    let mut cells = Cells::default();
    for time in &values {
        let whole = (0..COLUMNS).map(|at| time.iter().skip(at).step_by(COLUMNS).sum::<i64>());
        cells.values.extend(time.iter().copied().chain(whole));
    }
    let day = close_day(values[0].clone(), &shape(lines));
    cells.withheld = vec![false; cells.values.len()];
    cells.withheld[..day.withheld.len()].copy_from_slice(&day.withheld);
    close_within_day(&mut cells, &tree, &shape(lines), &[]);
    let width = (lines + 1) * COLUMNS;
    let mut publication = Publication::of(shape(lines));
    let times = cells.values.chunks(width).zip(cells.withheld.chunks(width));
    let times: Vec<Vec<usize>> = times
        .map(|(values, withheld)| {
            let (values, withheld) = (values.to_vec(), withheld.to_vec());
            publication.add_time(&Cells { values, withheld })
        })
        .collect();
    for (time, parts) in tree.children.iter().enumerate() {
        if !parts.is_empty() {
            let parts: Vec<_> = parts.iter().map(|part| &times[*part]).collect();
            publication.add_longer_time(&times[time], &parts);
        }
    }
    publication
}

/// The shape of the tables of a measure of what follows contacts.
fn shape_of_facts(measure: &str, lines: usize) -> Shape {
    let measure = Measure::from_id(measure).unwrap();
    let columns = Columns::of(measure);
    Shape {
        lines,
        columns: columns.len(),
        identities: columns.identities().to_vec(),
        withhold_below: limit(measure, 5),
        given: None,
    }
}

/// Times of a centre of two to five lines, each with complaints of which some were closed quickly,
/// some in time, and the rest later or not at all.
fn some_cohorts(times: usize) -> impl Strategy<Value = (usize, Vec<Vec<i64>>)> {
    let some = || prop_oneof![2 => Just(0), 3 => 1_i64..10, 2 => 10_i64..40];
    let line = (some(), some(), some()).prop_map(|(quick, later, rest)| {
        let in_time = quick + later;
        vec![in_time + rest, in_time, rest, quick, later]
    });
    (2_usize..=5).prop_flat_map(move |lines| {
        let time = prop::collection::vec(line.clone(), lines).prop_map(|time| time.concat());
        (Just(lines), prop::collection::vec(time, times))
    })
}

proptest! {
    #[test]
    fn complaints_of_lines_do_not_reveal_a_small_number((lines, days) in some_cohorts(7)) {
        let shape = shape_of_facts("complaints_in_time", lines);
        let days: Vec<_> = days.into_iter().map(|day| close_day(day, &shape)).collect();
        let mut publication = Publication::of(shape.clone());
        publication.add_time(&days[0]);
        prop_assert_eq!(publication.revealed(), NOTHING);
        prop_assert_eq!(publication.solved(), NOTHING);
        prop_assert_eq!(revealed_of_period(&days, &shape), NOTHING);
    }

    #[test]
    fn causes_do_not_reveal_a_small_number((causes, days) in some_cohorts(7)) {
        // The causes stand where lines stand otherwise, with one column.
        let opened = |day: &Vec<i64>| day.iter().step_by(5).copied().collect::<Vec<_>>();
        let shape = shape_of_facts("complaints_closed", causes);
        let days = days.iter().map(|day| close_day(opened(day), &shape));
        let days: Vec<_> = days.collect();
        prop_assert_eq!(revealed_of_period(&days, &shape), NOTHING);
    }
}

proptest! {
    #[test]
    fn a_day_does_not_reveal_a_small_number((lines, day) in some_times(1)) {
        let mut publication = Publication::of(shape(lines));
        publication.add_time(&close_day(day[0].clone(), &shape(lines)));
        prop_assert_eq!(publication.revealed(), NOTHING);
        prop_assert_eq!(publication.solved(), NOTHING);
    }

    #[test]
    fn weeks_and_their_days_do_not_reveal_a_small_number((lines, days) in some_times(7)) {
        let days: Vec<_> = days.into_iter().map(|day| close_day(day, &shape(lines))).collect();
        prop_assert_eq!(revealed_of_period(&days, &shape(lines)), NOTHING);
        prop_assert_eq!(revealed_of_period(&days[..2], &shape(lines)), NOTHING);
    }

    #[test]
    fn parts_of_a_day_do_not_reveal_a_small_number((lines, intervals) in some_times(9)) {
        let publication = day_and_parts(&intervals, lines);
        prop_assert_eq!(publication.revealed(), NOTHING);
        prop_assert_eq!(publication.solved(), NOTHING);
    }

    #[test]
    fn parts_of_a_quiet_day_do_not_reveal_a_small_number(
        (lines, mut intervals) in some_times(9),
        quiet in prop::collection::vec(0_usize..9, 0..12),
    ) {
        for interval in quiet {
            intervals[interval].fill(0);
        }
        let publication = day_and_parts(&intervals, lines);
        prop_assert_eq!(publication.revealed(), NOTHING);
        prop_assert_eq!(publication.solved(), NOTHING);
    }
}

/// Two lines. The first had 47 calls: 40 answered, 2 abandoned, 2 deflected, 3 lost. The second
/// answered all of its 60.
fn a_known_day() -> Vec<i64> {
    let first = flow(&[(5, 40), (6, 2), (7, 2), (12, 3)]);
    [first, flow(&[(5, 60)]), flow(&[])].concat()
}

/// The control: in no single sum fewer than two cells are unknown, and yet everything is known.
/// Three numbers of the first line are withheld, and, as companions, the same three of the second.
/// The first line offered 47 and answered 40: the three make up 7. The whole centre abandoned 2,
/// deflected 2 and lost 3, also 7 and the most that the first line can have of each. So it has all.
#[test]
fn two_unknown_cells_in_every_sum_are_not_enough() {
    let withheld = |cell| cell / COLUMNS < 2 && [6, 7, 12].contains(&(cell % COLUMNS));
    let subtraction_only = Cells {
        withheld: (0..3 * COLUMNS).map(withheld).collect(),
        values: a_known_day(),
    };
    let mut publication = Publication::of(shape(3));
    publication.add_time(&subtraction_only);
    for (total, parts) in &publication.sums {
        let cells = parts.iter().chain([total]);
        let unknown = cells.filter(|cell| publication.withheld[**cell]).count();
        assert_ne!(unknown, 1);
    }
    assert_eq!(publication.revealed(), [6, 7, 12]);
    assert_eq!(publication.bounds()[12], (3, 3));
}

/// Of the same day answered calls are withheld too, on both lines: one more of the first line can
/// have been answered and one of the second abandoned.
#[test]
fn a_swap_makes_a_known_number_unknown() {
    let day = close_day(a_known_day(), &shape(3));
    for line in day.withheld.chunks(COLUMNS).take(2) {
        let columns: Vec<usize> = (0..COLUMNS).filter(|column| line[*column]).collect();
        assert_eq!(columns, [5, 6, 7, 12]);
    }
    let mut publication = Publication::of(shape(3));
    publication.add_time(&day);
    assert_eq!(publication.revealed(), NOTHING);
    assert_eq!(publication.bounds()[6], (0, 2));
}
