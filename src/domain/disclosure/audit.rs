//! The attacker's own arithmetic, done before her: what do all published sums together say about
//! a withheld number?
//!
//! No count is negative, so a sum says more than a subtraction does. If the whole centre abandoned
//! 2 calls, deflected 2 and lost 3, and a line has 7 more offered than answered, then that line
//! has all of them, although in every sum two numbers are unknown. She keeps a lower and an upper
//! bound for every withheld number and tightens them, sum by sum, until nothing moves any more.
//! This does the same; whatever small number it knows at the end is given a
//! [swap](super::swap), which makes it unknowable.
//!
//! A swap is a proof, so one round is enough: withholding more can only hide more.

use std::collections::VecDeque;

use super::solve;
use super::swap::Swaps;
use super::table::Table;

/// An upper bound that says nothing.
const UNBOUNDED: i32 = i32::MAX;

/// Gives every small cell that is withheld its swap, whether it needs one or not.
///
/// For a day of lines alone: with such a day, weeks, months and parts of the day can be protected
/// later without touching it again.
pub fn prove(table: &mut Table) {
    let cells = 0..table.cells.values.len();
    let small = cells.filter(|cell| table.cells.withheld[*cell] && table.is_small(*cell));
    hide(small.collect(), table);
}

/// Gives every small cell that is withheld, and known all the same, its swap: be it by bounds or by
/// what comes out of several sums together.
pub fn protect(table: &mut Table) {
    hide(known(table), table);
}

/// The same for a week or a month.
///
/// What its parts withhold is decided already, so there may be no swap for what a month tells with
/// them. Then the month withholds that count of every line, or, if that is not enough, all it may.
pub fn protect_period(table: &mut Table) {
    let told = known(table);
    if told.is_empty() {
        return;
    }
    hide(told, table);
    let mut silent = table.clone();
    silent.withhold_all(|_| true);
    let anyway = known(&silent);
    let told = |table: &Table| -> Vec<usize> {
        let mut told = known(table);
        told.retain(|cell| !anyway.contains(cell));
        told
    };
    let columns = told(table)
        .into_iter()
        .map(|cell| table.position(cell).2)
        .collect::<Vec<_>>();
    if columns.is_empty() {
        return;
    }
    table.withhold_all(|column| columns.contains(&column));
    if !told(table).is_empty() {
        *table = silent;
    }
}

/// The small cells that are withheld, and known all the same.
fn known(table: &Table) -> Vec<usize> {
    let mut bounds = Bounds::of(table);
    bounds.tighten_all(table);
    let cells = 0..table.cells.values.len();
    let mut known: Vec<usize> = cells.filter(|cell| bounds.reveal(*cell, table)).collect();
    let is_unknown = |cell| table.cells.withheld[cell] && !bounds.is_known(cell);
    let solved = solve::solved(table, is_unknown);
    known.extend(solved.into_iter().filter(|cell| table.is_small(*cell)));
    known
}

/// Finds swaps for all of these cells. There is none where a published number gives the cell away
/// by itself: the whole centre in the first interval of a day is the exact whole centre of that
/// day.
fn hide(cells: Vec<usize>, table: &mut Table) {
    if cells.is_empty() {
        return;
    }
    let swaps = Swaps::of(table);
    let mut is_hidden = vec![false; table.cells.values.len()];
    for cell in cells {
        if is_hidden[cell] {
            continue;
        }
        for changed in swaps.cheapest(cell, table).unwrap_or_default() {
            table.withhold(changed);
            is_hidden[changed] = true;
        }
    }
}

/// What is known of every cell.
struct Bounds {
    /// The least and the most it can be.
    of_cells: Vec<(i32, i32)>,
    /// Sums with a cell whose bounds have moved.
    queue: VecDeque<usize>,
    is_queued: Vec<bool>,
}

impl Bounds {
    fn of(table: &Table) -> Self {
        let cells = table.cells.values.iter().zip(&table.cells.withheld);
        let at_first = |(value, withheld): (&i64, &bool)| {
            let value = saturate(*value);
            if *withheld {
                (value.min(0), UNBOUNDED)
            } else {
                (value, value)
            }
        };
        Self {
            of_cells: cells.map(at_first).collect(),
            queue: VecDeque::new(),
            is_queued: vec![false; table.sums()],
        }
    }

    fn enqueue(&mut self, sum: usize) {
        if !self.is_queued[sum] {
            self.is_queued[sum] = true;
            self.queue.push_back(sum);
        }
    }

    /// Only sums of withheld cells say anything new.
    fn tighten_all(&mut self, table: &Table) {
        for (cell, withheld) in table.cells.withheld.iter().enumerate() {
            if *withheld {
                table.each_sum_of(cell, |sum| self.enqueue(sum));
            }
        }
        let mut parts = Vec::new();
        while let Some(sum) = self.queue.pop_front() {
            self.is_queued[sum] = false;
            self.tighten(sum, table, &mut parts);
        }
    }

    /// The total is at least all lower bounds and at most all upper ones; a part is at most what
    /// the least of the others leaves of the total, and at least what the most of them leaves.
    fn tighten(&mut self, sum: usize, table: &Table, parts: &mut Vec<usize>) {
        let total = table.read(sum, parts);
        let (mut lower, mut upper) = (0, 0);
        for part in parts.iter() {
            lower += i64::from(self.of_cells[*part].0);
            upper += i64::from(self.of_cells[*part].1);
        }
        self.narrow(total, (lower, upper), sum, table);
        let up = i64::from(self.of_cells[total].1) - lower;
        let down = upper - i64::from(self.of_cells[total].0);
        for part in parts.iter() {
            let (least, most) = self.of_cells[*part];
            let (least, most) = (i64::from(least), i64::from(most));
            self.narrow(*part, (most - down, least + up), sum, table);
        }
    }

    fn narrow(&mut self, cell: usize, (lower, upper): (i64, i64), by: usize, table: &Table) {
        let bound = &mut self.of_cells[cell];
        if lower <= i64::from(bound.0) && upper >= i64::from(bound.1) {
            return;
        }
        // Never past the truth: should a table not add up, this still ends.
        let value = table.cells.values[cell];
        let least = bound.0.max(saturate(lower.min(value)));
        let most = bound.1.min(saturate(upper.max(value)));
        if (least, most) != *bound {
            *bound = (least, most);
            table.each_sum_of(cell, |sum| {
                if sum != by {
                    self.enqueue(sum);
                }
            });
        }
    }

    /// Whether a small number is withheld and known.
    fn reveal(&self, cell: usize, table: &Table) -> bool {
        table.cells.withheld[cell] && table.is_small(cell) && self.is_known(cell)
    }

    fn is_known(&self, cell: usize) -> bool {
        let (lower, upper) = self.of_cells[cell];
        lower == upper
    }
}

fn saturate(value: i64) -> i32 {
    let limit = if value < 0 { i32::MIN } else { i32::MAX };
    i32::try_from(value).unwrap_or(limit)
}
