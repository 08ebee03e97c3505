use proptest::prelude::*;

use super::cells::{Cells, DayTree, Shape, close_day, close_period, close_within_day};
use super::*;

const LINES: usize = 4;
const COLUMNS: usize = FLOW.len();
/// The parts that are not sums themselves; everything else follows from them.
const LEAVES: [usize; 11] = [1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13];

fn shape() -> Shape {
    let attempts = Measure::from_id("attempts").unwrap();
    Shape {
        lines: LINES,
        columns: COLUMNS,
        identities: Columns::of(attempts).identities().to_vec(),
        withhold_below: 5,
        given: None,
    }
}

/// A few contacts, often none.
fn some_contacts() -> impl Strategy<Value = i64> {
    prop_oneof![6 => Just(0), 3 => 1_i64..9, 1 => 10_i64..60]
}

/// The flow of contacts through one line in one time: consistent, as tallies are.
fn a_flow() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(some_contacts(), LEAVES.len()).prop_map(|counts| {
        let mut values = vec![0; COLUMNS];
        for (leaf, count) in LEAVES.into_iter().zip(counts) {
            values[leaf] = count;
        }
        for (total, parts) in FLOW_IDENTITIES.into_iter().rev() {
            values[total] = parts.iter().map(|part| values[*part]).sum();
        }
        values
    })
}

/// All lines in one time; the former line is often empty.
fn a_time() -> impl Strategy<Value = Vec<i64>> {
    (prop::collection::vec(a_flow(), LINES), any::<bool>()).prop_map(|(mut lines, former)| {
        if !former {
            lines[LINES - 1].fill(0);
        }
        lines.concat()
    })
}

fn add(times: &[&[i64]]) -> Vec<i64> {
    let mut sum = vec![0; times[0].len()];
    for time in times {
        for (total, value) in sum.iter_mut().zip(*time) {
            *total += value;
        }
    }
    sum
}

/// What somebody can work out from `total = sum of parts`: whether exactly one is unknown.
fn gives_away(total_withheld: bool, parts: impl Iterator<Item = bool>) -> bool {
    usize::from(total_withheld) + parts.filter(|withheld| *withheld).count() == 1
}

fn lines_and_parts_are_safe(withheld: &[bool], whole_centre: impl Fn(usize) -> bool) -> bool {
    let at = |line: usize, column: usize| withheld[line * COLUMNS + column];
    let lines_are_safe = (0..COLUMNS).all(|column| {
        !gives_away(
            whole_centre(column),
            (0..LINES).map(|line| at(line, column)),
        )
    });
    let is_line_safe = |line: usize| {
        FLOW_IDENTITIES
            .iter()
            .all(|(total, parts)| !gives_away(at(line, *total), parts.iter().map(|p| at(line, *p))))
    };
    lines_are_safe && (0..LINES).all(is_line_safe)
}

proptest! {
    #[test]
    fn a_day_gives_nothing_away_by_one_subtraction(values in a_time()) {
        let day = close_day(values.clone(), &shape());
        prop_assert!(lines_and_parts_are_safe(&day.withheld, |_| false));
        let small = values.iter().map(|value| (1..5).contains(value));
        prop_assert!(small.clone().zip(&day.withheld).all(|(small, withheld)| *withheld || !small));
        if !small.into_iter().any(|small| small) {
            prop_assert!(!day.withheld.contains(&true), "withheld without a cause");
        }
    }

    #[test]
    fn weeks_and_months_give_no_day_away(times in prop::collection::vec(a_time(), 30)) {
        let shape = shape();
        let days: Vec<Cells> = times.into_iter().map(|day| close_day(day, &shape)).collect();
        let weeks: Vec<Cells> = (0..4)
            .map(|week| close_period(&Vec::from_iter(&days[7 * week..7 * week + 7]), &shape))
            .collect();
        let month = close_period(&Vec::from_iter(&days), &shape);
        for period in weeks.iter().chain([&month]) {
            prop_assert!(lines_and_parts_are_safe(&period.withheld, |_| false));
        }
        for cell in 0..shape.cells() {
            for (number, week) in weeks.iter().enumerate() {
                let parts = days[7 * number..7 * number + 7].iter();
                prop_assert!(!gives_away(week.withheld[cell], parts.map(|day| day.withheld[cell])));
            }
            let all = days.iter().map(|day| day.withheld[cell]);
            prop_assert!(!gives_away(month.withheld[cell], all));
            let small = |cells: &Cells| (1..5).contains(&cells.values[cell]);
            prop_assert!(weeks.iter().all(|week| week.withheld[cell] || !small(week)));
            prop_assert!(month.withheld[cell] || !small(&month));
        }
    }

    #[test]
    fn parts_of_a_day_give_nothing_away(intervals in prop::collection::vec(a_time(), 9)) {
        let (cells, tree) = closed_day(&intervals);
        let places = LINES + 1;
        let at = |time: usize, place: usize, column: usize| {
            cells.withheld[(time * places + place) * COLUMNS + column]
        };
        for time in 0..tree.children.len() {
            let start = time * places * COLUMNS;
            let lines = &cells.withheld[start..start + LINES * COLUMNS];
            prop_assert!(lines_and_parts_are_safe(lines, |column| at(time, LINES, column)));
            for (total, parts) in FLOW_IDENTITIES {
                let parts = parts.iter().map(|part| at(time, LINES, *part));
                prop_assert!(!gives_away(at(time, LINES, total), parts));
            }
        }
        for place in 0..places {
            for column in 0..COLUMNS {
                for (parent, descendants) in sums_of(&tree) {
                    let parts = descendants.iter().map(|time| at(*time, place, column));
                    prop_assert!(
                        !gives_away(at(parent, place, column), parts),
                        "time {parent} gives one of {descendants:?} away"
                    );
                }
            }
        }
        for column in 0..COLUMNS {
            prop_assert!(!at(0, LINES, column), "the whole centre is exact by day");
        }
        for (cell, value) in cells.values.iter().enumerate().skip(places * COLUMNS) {
            prop_assert!(cells.withheld[cell] || !(1..5).contains(value));
        }
    }
}

/// A day of two hours and a half: nine intervals in five half hours, the last one cut short, as
/// they are while the day goes on.
fn closed_day(intervals: &[Vec<i64>]) -> (Cells, DayTree) {
    let shape = shape();
    let mut children = vec![vec![1, 2, 3], vec![4, 5], vec![6, 7], vec![8]];
    children.extend((0..5).map(|half| {
        let first = 9 + 2 * half;
        (first..(first + 2).min(18)).collect::<Vec<usize>>()
    }));
    children.extend(vec![Vec::new(); 9]);
    let tree = DayTree { children };
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); 9];
    times.extend(intervals.iter().cloned());
    for time in (0..9).rev() {
        let parts: Vec<&[i64]> = tree.children[time]
            .iter()
            .map(|t| times[*t].as_slice())
            .collect();
        times[time] = add(&parts);
    }
    let day = close_day(times[0].clone(), &shape);
    let mut cells = Cells::default();
    for time in times {
        let lines: Vec<&[i64]> = time.chunks(COLUMNS).collect();
        let whole_centre = add(&lines);
        cells.values.extend(time);
        cells.values.extend(whole_centre);
    }
    cells.withheld = vec![false; cells.values.len()];
    cells.withheld[..day.withheld.len()].copy_from_slice(&day.withheld);
    close_within_day(&mut cells, &tree, &shape, &[]);
    (cells, tree)
}

/// Every time with its parts at each finer grain: a day is a sum of intervals too.
fn sums_of(tree: &DayTree) -> Vec<(usize, Vec<usize>)> {
    let mut sums = Vec::new();
    for (parent, children) in tree.children.iter().enumerate() {
        let mut level = children.clone();
        while !level.is_empty() {
            sums.push((parent, level.clone()));
            level = level
                .iter()
                .flat_map(|time| tree.children[*time].clone())
                .collect();
        }
    }
    sums
}

fn one_column(values: &[i64]) -> Cells {
    let shape = Shape {
        lines: values.len(),
        columns: 1,
        identities: Vec::new(),
        withhold_below: 5,
        given: None,
    };
    close_day(values.to_vec(), &shape)
}

#[test]
fn a_line_alone_takes_the_next_smallest_with_it() {
    assert_eq!(
        one_column(&[40, 3, 12, 0, 0]).withheld,
        [false, true, true, false, false]
    );
    assert_eq!(
        one_column(&[40, 3, 1, 0, 0]).withheld,
        [false, true, true, false, false]
    );
    // Among equals the first; only if there is nobody else a zero.
    assert_eq!(
        one_column(&[9, 3, 9, 0]).withheld,
        [true, true, false, false]
    );
    assert_eq!(
        one_column(&[0, 3, 0, 0]).withheld,
        [true, true, false, false]
    );
}

#[test]
fn zero_and_five_are_published() {
    assert!(!one_column(&[0, 5, 0, 300, 0]).withheld.contains(&true));
}

#[test]
fn the_only_line_of_a_centre_is_as_exact_as_the_whole() {
    assert_eq!(one_column(&[3, 0]).withheld, [false, false]);
    // What is left of a former line makes it a part again.
    assert_eq!(one_column(&[3, 7]).withheld, [true, true]);
}

#[test]
fn a_week_with_one_withheld_day_is_withheld_and_with_two_it_is_not() {
    let shape = Shape {
        lines: 3,
        columns: 1,
        identities: Vec::new(),
        withhold_below: 5,
        given: None,
    };
    let quiet = close_day(vec![3, 20, 0], &shape);
    let busy = close_day(vec![30, 60, 0], &shape);
    let one = close_period(&[&busy, &quiet, &busy], &shape);
    assert_eq!(one.values, [63, 140, 0]);
    assert_eq!(one.withheld, [true, true, false]);
    let two = close_period(&[&quiet, &quiet, &busy], &shape);
    assert_eq!(two.withheld, [false, false, false]);
}

fn share(id: &str, top: i64, bottom: i64, withheld: &[Column]) -> Disclosed {
    let measure = Measure::from_id(id).unwrap();
    let columns = Columns::of(measure);
    let states: Vec<bool> = columns
        .columns
        .iter()
        .map(|c| withheld.contains(c))
        .collect();
    let basis = Basis {
        top,
        bottom,
        ..Basis::default()
    };
    let cell = Cell {
        basis: &basis,
        withheld: Some(&states),
        hidden_short: None,
        length_ms: 900_000,
    };
    disclose(measure, &columns, &cell, 5)
}

#[test]
fn a_small_numerator_is_under_five_of_forty() {
    let shown = share("service_level", 3, 40, &[]);
    assert_eq!(shown.value, Shown::Under(12.5));
    assert_eq!((shown.n, bound_of(shown.value, 40)), (Some(40), Some(5)));
    assert!(shown.is_withheld);
}

#[test]
fn a_small_rest_is_at_least_thirty_six_of_forty() {
    let shown = share("service_level", 38, 40, &[]);
    assert_eq!(shown.value, Shown::AtLeast(90.0));
    assert_eq!(bound_of(shown.value, 40), Some(36));
}

#[test]
fn none_and_all_are_no_small_numbers() {
    assert_eq!(share("service_level", 0, 40, &[]).value, Shown::Value(0.0));
    assert_eq!(
        share("service_level", 40, 40, &[]).value,
        Shown::Value(100.0)
    );
    assert_eq!(share("service_level", 5, 40, &[]).value, Shown::Value(12.5));
}

#[test]
fn a_share_does_not_give_a_withheld_count_away() {
    let answered = Column::Count(Count::Answered);
    let shown = share("reach_rate", 20, 40, &[answered]);
    assert_eq!((shown.value, shown.n), (Shown::None, Some(40)));
    assert!(shown.is_withheld);
    let attempts = Column::Count(Count::Attempts);
    assert_eq!(
        share("reach_rate", 20, 40, &[attempts]),
        Disclosed::WITHHELD
    );
    assert_eq!(share("service_level", 2, 4, &[]), Disclosed::WITHHELD);
    let shown = share("resolution", 20, 40, &[Column::Top, Column::Rest]);
    assert_eq!(shown.value, Shown::None);
}

#[test]
fn nobody_is_no_value_and_no_secret() {
    let shown = share("service_level", 0, 0, &[]);
    assert_eq!(
        (shown.value, shown.n, shown.is_withheld),
        (Shown::None, Some(0), false)
    );
}

#[test]
fn means_and_percentiles_need_ten_contacts_even_of_the_whole_centre() {
    for id in ["wait_mean", "wait_median", "wait_p90", "average_backlog"] {
        let measure = Measure::from_id(id).unwrap();
        for (contacts, is_withheld) in [(9, true), (10, false)] {
            let mut tally = Tally::default();
            tally.set(Count::Answered, contacts);
            tally.set(Count::WaitAnsweredMsSum, contacts * 8_000);
            for _ in 0..contacts {
                tally.waits_mut(Waits::Answered).record(8_000);
            }
            let shown = disclose_exact(measure, &tally, Thresholds::default(), 80_000);
            assert_eq!(shown.is_withheld, is_withheld, "{id} of {contacts}");
            assert_eq!(
                shown.value == Shown::None,
                is_withheld,
                "{id} of {contacts}"
            );
        }
    }
}

#[test]
fn the_whole_centre_is_exact_however_small() {
    let mut tally = Tally::default();
    tally.set(Count::Attempts, 3);
    tally.set(Count::Answered, 1);
    let of = |id| {
        let measure = Measure::from_id(id).unwrap();
        disclose_exact(measure, &tally, Thresholds::default(), 900_000)
    };
    assert_eq!(of("attempts").value, Shown::Value(3.0));
    assert_eq!(of("reach_rate").value, Shown::Value(100.0 / 3.0));
    assert_eq!(of("reach_rate").n, Some(3));
}

#[test]
fn ten_figures_of_a_line_hide_as_long_as_a_group_is_small() {
    let mut tally = Tally::default();
    tally.set(Count::Refused, 30);
    tally.set(Count::Abandoned, 4);
    assert_eq!(disclose_ten_callers(&tally, false, 5), None);
    assert!(disclose_ten_callers(&tally, true, 5).is_some());
    tally.set(Count::Abandoned, 5);
    assert!(disclose_ten_callers(&tally, false, 5).is_some());
}

#[test]
fn a_range_is_the_sum_of_what_is_published_and_says_what_is_not() {
    let point = |value, mark| Point {
        start_ms: 0,
        end_ms: 1,
        value,
        n: None,
        mark,
    };
    let total = range_total(&[
        point(Shown::Value(12.0), None),
        point(Shown::None, Some(Mark::Withheld)),
        point(Shown::Value(30.0), Some(Mark::Provisional)),
        point(Shown::None, Some(Mark::NoData)),
        point(Shown::None, Some(Mark::Closed)),
    ]);
    assert_eq!(total.sum.to_bits(), 42.0_f64.to_bits());
    assert_eq!((total.withheld_cells, total.missing_cells), (1, 1));
}
