//! Which cells of a table are withheld: the small ones, and the companions without which they
//! could be recomputed by one subtraction.
//!
//! A table is published in three dimensions, each of which is a sum: lines add to the whole
//! centre, the parts of a count add to it (`A = R + M + V + O`), and times add to longer times.
//!
//! # What must not be found out, and by whom
//!
//! The attacker knows everything that is published, that all of it adds up, and that no count is
//! negative. Of a withheld number she does not know whether it is small or only a companion. Not
//! looked at here is what she makes, together with the sums, of a share that is published as
//! "under 5 of 40", of the choice of companions, and of figures that she wrote down while the day
//! was still running. Two things hold against her:
//!
//! 1. In every published sum either nothing is unknown or at least two cells are.
//! 2. However often she carries bounds from sum to sum (`audit`), no withheld number from 1 up to
//!    the limit comes out exactly, nor by adding and subtracting all sums as one system (`solve`).
//!    By day this is proved outright: of every such number another value would have been published
//!    in the same way (`swap`). Of a week, a month or the parts of a day, what would come out is
//!    given such a proof, or more is withheld.
//!
//! More than one possible value is all that is promised: where the exact whole centre says 1,
//! nothing wider than "0 or 1" is left of any line. Three things are exact already, so that their
//! being withheld elsewhere protects nothing: a line that is the only one is the whole; a week of
//! which only such days count anything is their sum; and where only one part of a day has begun,
//! or only in one did anybody call, its whole centre is that of the day.
//! Zero is no secret, so that a companion which is zero may come out as zero. Within a day that is
//! foreseen where it follows from shares: if nobody hung up at once in some time, and nobody later
//! in some other, then nobody hung up where the two meet ([`super::short::nobody`]).
//!
//! # What may depend on what
//!
//! By day, week and month the whole centre is exact. A day is decided by its own cells alone, so
//! that what was published of it when it closed never changes because of a later day. A week must
//! not give a day away, so it is itself withheld where exactly one of its days is; a month, where
//! exactly one of its weeks is. A week that reaches into another month counts in each as if what
//! lies in it were published, and is itself published only where both parts could be: so no sum
//! ties one month to another. Within a day the decision runs downwards: from the day to hours,
//! half hours and intervals. A week and the parts of its days are each safe alone but are not
//! looked at together.

use super::audit;
use super::table::Table;

/// A count that is the sum of others in every cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Column of the sum.
    pub total: usize,
    /// Columns of its parts.
    pub parts: Vec<usize>,
}

/// What all tables of one measure have in common.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Lines of the centre, and one more for what is left of former lines.
    pub lines: usize,
    /// Columns of counts.
    pub columns: usize,
    /// How columns add.
    pub identities: Vec<Identity>,
    /// Counts from 1 up to, not including, this are small.
    pub withhold_below: i64,
    /// A column that is decided elsewhere. Here it counts as published: nothing may lean on its
    /// being withheld.
    pub given: Option<usize>,
}

impl Shape {
    /// Cells of one time without the whole centre.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.lines * self.columns
    }

    /// Whether a count is small enough to be withheld.
    pub fn is_small(&self, value: i64) -> bool {
        0 < value && value < self.withhold_below
    }

    /// Whether a cell may be withheld here at all.
    fn is_decided_here(&self, cell: usize) -> bool {
        self.given != Some(cell % self.columns)
    }

    /// Lines that can stand in for another. What is left of former lines can not if it counted
    /// nothing at all in the day, week or month: then there is no such line.
    pub fn existing_lines(&self, values: &[i64]) -> usize {
        let former = values.iter().skip((self.lines - 1) * self.columns);
        self.lines - usize::from(former.take(self.columns).all(|value| *value == 0))
    }
}

/// Values and what is withheld of them, line by line, for one time or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// The raw values.
    pub values: Vec<i64>,
    /// Which of them are withheld.
    pub withheld: Vec<bool>,
}

impl Cells {
    /// The cell to withhold too where exactly one of `total = sum of parts` is unknown: the
    /// smallest part that is not zero, then a zero one, then the total. The earlier of equals.
    /// Whatever may not be withheld is passed over. None if the sum gives nothing away.
    pub fn companion(
        &self,
        may: impl Fn(usize) -> bool,
        total: Option<usize>,
        parts: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        let mut unknown = usize::from(total.is_some_and(|total| self.withheld[total]));
        let mut smallest: Option<(bool, i64, usize)> = None;
        for part in parts {
            if self.withheld[part] {
                unknown += 1;
            } else {
                let value = self.values[part];
                let rank = (value == 0, value, part);
                if smallest.is_none_or(|smallest| rank < smallest) && may(part) {
                    smallest = Some(rank);
                }
            }
        }
        if unknown != 1 {
            return None;
        }
        let total = total.filter(|total| !self.withheld[*total] && may(*total));
        smallest.map(|(_, _, part)| part).or(total)
    }

    /// Withholds a companion where one is needed. Returns whether it was.
    fn balance(
        &mut self,
        may: impl Fn(usize) -> bool,
        total: Option<usize>,
        parts: impl Iterator<Item = usize>,
    ) -> bool {
        let companion = self.companion(may, total, parts);
        if let Some(companion) = companion {
            self.withheld[companion] = true;
        }
        companion.is_some()
    }

    /// Balances lines against the exact whole centre, and parts against totals, until nothing
    /// changes. It only ever adds, so it ends.
    fn close(&mut self, shape: &Shape, may: impl Fn(usize) -> bool) {
        let (lines, columns) = (shape.existing_lines(&self.values), shape.columns);
        // The only line of a centre is the whole and as exact.
        if !self.withheld.contains(&true) || lines <= 1 {
            self.withheld.fill(false);
            return;
        }
        loop {
            let mut changed = false;
            for column in 0..columns {
                let parts = (0..lines).map(|line| line * columns + column);
                changed |= self.balance(&may, None, parts);
            }
            for line in 0..lines {
                for identity in &shape.identities {
                    let at = |column: usize| line * columns + column;
                    let parts = identity.parts.iter().map(|part| at(*part));
                    let total = Some(at(identity.total));
                    changed |= self.balance(&may, total, parts);
                }
            }
            if !changed {
                return;
            }
        }
    }
}

/// A day: small cells, their companions among lines and parts of the same day, and what else is
/// needed so that every small one could be another.
#[must_use]
pub fn close_day(values: Vec<i64>, shape: &Shape) -> Cells {
    let may = |cell: usize| shape.is_decided_here(cell);
    let numbered = values.iter().enumerate();
    let withheld = numbered.map(|(cell, value)| shape.is_small(*value) && may(cell));
    let mut cells = Cells {
        withheld: withheld.collect(),
        values,
    };
    cells.close(shape, may);
    let tree = DayTree {
        children: vec![Vec::new()],
    };
    audit_tree(&mut cells, (&tree, &[]), shape, &may, audit::prove);
    cells
}

/// A week, or what of it lies in one month: withheld where it is small or exactly one of its days
/// is withheld, and where it would give a day or itself away.
///
/// Only what has a withheld day can be withheld: everything else anyone could add up.
/// A companion always exists, because the withheld day has companions of its own.
#[must_use]
pub fn close_period(days: &[&Cells], shape: &Shape) -> Cells {
    let (mut cells, unknown) = close_parts(days, shape);
    let tree = DayTree {
        children: [(1..=days.len()).collect()]
            .into_iter()
            .chain(days.iter().map(|_| Vec::new()))
            .collect(),
    };
    let may = |cell: usize| unknown[cell] > 0;
    let audit = audit::protect_period;
    audit_tree(&mut cells, (&tree, days), shape, &may, audit);
    cells
}

/// A week of a month, or what of it lies in the month.
#[derive(Clone, Debug)]
pub struct Week<'c> {
    /// As it was closed.
    pub cells: &'c Cells,
    /// Its days.
    pub days: Vec<&'c Cells>,
}

/// A month, of which the weeks are published too, and those that reach into another month by what
/// lies in each of the two: the same as of a week and its days. No sum that is published reaches
/// from one month into another without being the sum of two that are no secret.
#[must_use]
pub fn close_month(weeks: &[Week], shape: &Shape) -> Cells {
    let mut times: Vec<&Cells> = weeks.iter().map(|week| week.cells).collect();
    let (mut cells, unknown) = close_parts(&times, shape);
    let mut tree = DayTree {
        children: vec![(1..=weeks.len()).collect()],
    };
    tree.children.resize(1 + weeks.len(), Vec::new());
    for (number, week) in weeks.iter().enumerate() {
        // A single day stands for itself.
        if week.days.len() > 1 {
            let first = 1 + times.len();
            tree.children[1 + number] = (first..first + week.days.len()).collect();
            times.extend(&week.days);
        }
    }
    tree.children.resize(1 + times.len(), Vec::new());
    let may = |cell: usize| unknown[cell] > 0;
    let audit = audit::protect_period;
    audit_tree(&mut cells, (&tree, &times), shape, &may, audit);
    cells
}

/// A week that reaches into another month: only where both of its parts are no secret. Otherwise
/// what is known of one month would tell something of the other.
#[must_use]
pub fn join_parts(parts: &[&Cells], shape: &Shape) -> Cells {
    let mut joined = Cells {
        values: vec![0; shape.cells()],
        withheld: vec![false; shape.cells()],
    };
    for part in parts {
        for cell in 0..shape.cells() {
            joined.values[cell] += part.values[cell];
            joined.withheld[cell] |= part.withheld[cell];
        }
    }
    joined
}

/// Closes the sum of some parts, and says how many of the parts of each cell are withheld.
fn close_parts(parts: &[&Cells], shape: &Shape) -> (Cells, Vec<usize>) {
    let mut values = vec![0; shape.cells()];
    let mut unknown = vec![0_usize; shape.cells()];
    for part in parts {
        for cell in 0..shape.cells() {
            values[cell] += part.values[cell];
            unknown[cell] += usize::from(part.withheld[cell]);
        }
    }
    let withheld = values.iter().zip(&unknown);
    let withheld = withheld.map(|(value, unknown)| match unknown {
        0 => false,
        1 => true,
        _ => shape.is_small(*value),
    });
    let mut cells = Cells {
        withheld: withheld.collect(),
        values,
    };
    cells.close(shape, |cell| unknown[cell] > 0);
    (cells, unknown)
}

/// Audits a tree of times, of which `cells` is the longest and `times` are the others, and
/// withholds more of it where `may` allows it.
fn audit_tree(
    cells: &mut Cells,
    (tree, times): (&DayTree, &[&Cells]),
    shape: &Shape,
    may: &dyn Fn(usize) -> bool,
    audit: fn(&mut Table),
) {
    let lines = shape.existing_lines(&cells.values);
    let is_open = |cells: &Cells| !cells.withheld.contains(&true);
    if lines <= 1 || (is_open(cells) && times.iter().all(|time| is_open(time))) {
        return;
    }
    let mut all = Cells::default();
    for time in [&*cells].into_iter().chain(times.iter().copied()) {
        all.values.extend(&time.values);
        all.withheld.extend(&time.withheld);
        for column in 0..shape.columns {
            let lines = time.values.iter().skip(column).step_by(shape.columns);
            all.values.push(lines.sum());
            all.withheld.push(false);
        }
    }
    let existing = lines * shape.columns;
    let may = (0..all.values.len()).map(|cell| cell < existing && may(cell));
    let mut table = Table::new(all, tree, shape, may.collect());
    audit(&mut table);
    let closed = &table.cells.withheld[..shape.cells()];
    cells.withheld.copy_from_slice(closed);
}

/// The times of one day as a tree. Time 0 is the day; a parent stands before its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayTree {
    /// The children of every time; none for intervals.
    pub children: Vec<Vec<usize>>,
}

/// The parts of a day. `cells` holds every time of the tree with its lines and, after them, the
/// whole centre; the state of the day itself is given and stays. `void` are cells of which other
/// figures say that they are zero: being withheld they would protect nothing.
pub fn close_within_day(cells: &mut Cells, tree: &DayTree, shape: &Shape, void: &[usize]) {
    let first = (shape.lines + 1) * shape.columns;
    // The day is the sum of its parts: a line that counted nothing in it has none.
    let lines = shape.existing_lines(&cells.values[..shape.cells()]);
    let decided = (0..cells.values.len()).map(|cell| shape.is_decided_here(cell));
    let mut may: Vec<bool> = decided.collect();
    may[..first].fill(false);
    for time in may.chunks_mut(first) {
        time[lines * shape.columns..shape.cells()].fill(false);
    }
    for cell in void {
        may[*cell] = false;
    }
    for cell in first..cells.values.len() {
        cells.withheld[cell] = shape.is_small(cells.values[cell]) && shape.is_decided_here(cell);
    }
    let mut table = Table::new(std::mem::take(cells), tree, shape, may);
    table.balance();
    audit::protect(&mut table);
    *cells = table.cells;
}
