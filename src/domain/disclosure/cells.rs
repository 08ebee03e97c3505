//! Which cells of a table are withheld: the small ones, and the companions without which they
//! could be recomputed by one subtraction.
//!
//! A table is published in three dimensions, each of which is a sum: lines add to the whole
//! centre, the parts of a count add to it (`A = R + M + V + O`), and times add to longer times.
//! In every published sum either nothing is unknown or at least two cells are.
//!
//! By day, week and month the whole centre is exact. A day is decided by its own cells alone, so
//! that what was published of it when it closed never changes because of a later day. A week or
//! month must not give a day away, so it is itself withheld where exactly one of its days is.
//! Within a day the decision runs downwards: from the day to hours, half hours and intervals.

use std::collections::BTreeSet;

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
}

impl Shape {
    /// Cells of one time without the whole centre.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.lines * self.columns
    }

    fn is_small(&self, value: i64) -> bool {
        0 < value && value < self.withhold_below
    }

    /// Lines that can stand in for another. What is left of former lines can not if it counted
    /// nothing at all in the day, week or month: then there is no such line.
    fn existing_lines(&self, values: &[i64]) -> usize {
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
    /// Withholds one more cell where exactly one of `total = sum of parts` is unknown: the
    /// smallest part that is not zero, then a zero one, then the total. The earlier of equals.
    /// Whatever may not be withheld is passed over. Returns the cell that
    /// was withheld; none if the sum gives nothing away.
    fn balance(
        &mut self,
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
        let companion = smallest.map(|(_, _, part)| part).or(total)?;
        self.withheld[companion] = true;
        Some(companion)
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
                changed |= self.balance(&may, None, parts).is_some();
            }
            for line in 0..lines {
                for identity in &shape.identities {
                    let at = |column: usize| line * columns + column;
                    let parts = identity.parts.iter().map(|part| at(*part));
                    let total = Some(at(identity.total));
                    changed |= self.balance(&may, total, parts).is_some();
                }
            }
            if !changed {
                return;
            }
        }
    }
}

/// A day: small cells and their companions among lines and parts of the same day.
#[must_use]
pub fn close_day(values: Vec<i64>, shape: &Shape) -> Cells {
    let withheld = values.iter().map(|value| shape.is_small(*value)).collect();
    let mut cells = Cells { values, withheld };
    cells.close(shape, |_| true);
    cells
}

/// A week or a month: withheld where it is small or exactly one of its days is withheld.
///
/// Only what has a withheld day can be withheld: everything else anyone could add up.
/// A companion always exists, because the withheld day has companions of its own.
#[must_use]
pub fn close_period(days: &[&Cells], shape: &Shape) -> Cells {
    let mut values = vec![0; shape.cells()];
    let mut unknown = vec![0_usize; shape.cells()];
    for day in days {
        for cell in 0..shape.cells() {
            values[cell] += day.values[cell];
            unknown[cell] += usize::from(day.withheld[cell]);
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
    cells
}

/// The times of one day as a tree. Time 0 is the day; a parent stands before its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayTree {
    /// The children of every time; none for intervals.
    pub children: Vec<Vec<usize>>,
}

/// The parts of a day. `cells` holds every time of the tree with its lines and, after them, the
/// whole centre; the state of the day itself is given and stays.
pub fn close_within_day(cells: &mut Cells, tree: &DayTree, shape: &Shape) {
    let mut day = Day::new(cells, tree, shape);
    for cell in day.first..day.cells.values.len() {
        day.cells.withheld[cell] = shape.is_small(day.cells.values[cell]);
    }
    // A sum can only begin to give something away when one of its cells is withheld: only the
    // sums of such cells are looked at. Longer times come first, so that the order is fixed.
    let withheld = day.cells.withheld.iter().enumerate();
    let mut queue: BTreeSet<usize> = withheld
        .filter_map(|(cell, withheld)| withheld.then_some(cell))
        .collect();
    while let Some(cell) = queue.pop_first() {
        day.balance_sums_of(cell, &mut queue);
    }
}

/// A day while its parts are decided.
struct Day<'a> {
    cells: &'a mut Cells,
    tree: &'a DayTree,
    shape: &'a Shape,
    parents: Vec<usize>,
    /// Lines that exist.
    lines: usize,
    /// Lines and the whole centre.
    places: usize,
    /// Cells of one time; the cells before it are the day's.
    first: usize,
}

impl<'a> Day<'a> {
    fn new(cells: &'a mut Cells, tree: &'a DayTree, shape: &'a Shape) -> Self {
        let mut parents = vec![0; tree.children.len()];
        for (parent, children) in tree.children.iter().enumerate() {
            for child in children {
                parents[*child] = parent;
            }
        }
        let places = shape.lines + 1;
        Self {
            // The day is the sum of its parts: a line that counted nothing in it has none.
            lines: shape.existing_lines(&cells.values[..shape.cells()]),
            first: places * shape.columns,
            places,
            parents,
            cells,
            tree,
            shape,
        }
    }

    fn balance(
        &mut self,
        total: usize,
        parts: impl Iterator<Item = usize>,
        queue: &mut BTreeSet<usize>,
    ) {
        let (columns, places, whole) = (self.shape.columns, self.places, self.shape.lines);
        let (first, lines) = (self.first, self.lines);
        let may = |cell: usize| {
            let place = cell / columns % places;
            cell >= first && (place < lines || place == whole)
        };
        queue.extend(self.cells.balance(may, Some(total), parts));
    }

    fn balance_sums_of(&mut self, cell: usize, queue: &mut BTreeSet<usize>) {
        let (columns, places) = (self.shape.columns, self.places);
        let (time, place, column) = (cell / self.first, cell / columns % places, cell % columns);
        let at = |place: usize, column: usize| (time * places + place) * columns + column;
        self.balance_time(cell, queue);
        if time > 0 {
            self.balance_time(self.parents[time] * self.first + cell % self.first, queue);
        }
        let lines = (0..self.lines).map(|line| at(line, column));
        self.balance(at(self.shape.lines, column), lines, queue);
        for identity in &self.shape.identities {
            if identity.total == column || identity.parts.contains(&column) {
                let parts = identity.parts.iter().map(|part| at(place, *part));
                self.balance(at(place, identity.total), parts, queue);
            }
        }
    }

    /// A withheld time takes all its parts with it, or they would add up to it; zeros among them
    /// may be seen, unless it is zero itself. A published time gives no single part away.
    fn balance_time(&mut self, parent: usize, queue: &mut BTreeSet<usize>) {
        let (tree, first) = (self.tree, self.first);
        let children = tree.children[parent / first].iter();
        let mut children = children.map(|child| child * first + parent % first);
        if !self.cells.withheld[parent] {
            if tree.children[parent / first].is_empty() {
                return;
            }
            return self.balance(parent, children, queue);
        }
        let is_zero = self.cells.values[parent] == 0;
        for child in children.by_ref() {
            if (self.cells.values[child] != 0 || is_zero) && !self.cells.withheld[child] {
                self.cells.withheld[child] = true;
                queue.insert(child);
            }
        }
    }
}
