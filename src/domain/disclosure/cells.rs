//! Which cells of a table are withheld: the small ones, and the companions without which they
//! could be recomputed by one subtraction.
//!
//! A table is published in three dimensions, each of which is a sum: lines add to the whole
//! centre, the parts of a count add to it (`A = R + M + V + O`), and times add to longer times.
//! In every published sum either nothing is unknown or at least two cells are.
//!
//! By day, week and month the whole centre is exact. A day is decided by its own cells alone, so
//! that what was published of it when it closed never changes because of a later day. A week or
//! month must not give a day away, so it is itself withheld where exactly one of its pieces is.
//! Within a day the decision runs downwards: from the day to hours, half hours and intervals.

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
    /// Whatever may not be withheld is passed over. False if the sum gives nothing away.
    fn balance(
        &mut self,
        may: impl Fn(usize) -> bool,
        total: Option<usize>,
        parts: impl Iterator<Item = usize>,
    ) -> bool {
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
            return false;
        }
        let total = total.filter(|total| !self.withheld[*total] && may(*total));
        let companion = smallest.map(|(_, _, part)| part).or(total);
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
                    changed |= self.balance(&may, Some(at(identity.total)), parts);
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

/// A week (its pieces are days) or a month (its pieces are whole weeks and the days that are
/// left): withheld where it is small or exactly one of its pieces is withheld.
///
/// Only what has a withheld piece can be withheld: everything else anyone could add up.
/// A companion always exists, because the withheld piece has companions of its own.
#[must_use]
pub fn close_period(pieces: &[&Cells], shape: &Shape) -> Cells {
    let mut values = vec![0; shape.cells()];
    let mut unknown = vec![0_usize; shape.cells()];
    for piece in pieces {
        for cell in 0..shape.cells() {
            values[cell] += piece.values[cell];
            unknown[cell] += usize::from(piece.withheld[cell]);
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
    let columns = shape.columns;
    let places = shape.lines + 1;
    let first = places * columns;
    for cell in first..cells.values.len() {
        cells.withheld[cell] = shape.is_small(cells.values[cell]);
    }
    if !cells.withheld.contains(&true) {
        return;
    }
    // The day is the sum of its parts: a line that counted nothing in it has none.
    let lines = shape.existing_lines(&cells.values[..shape.cells()]);
    let may = |cell: usize| {
        let place = cell / columns % places;
        cell >= first && (place < lines || place == shape.lines)
    };
    let at = |time: usize, place: usize, column: usize| (time * places + place) * columns + column;
    loop {
        let mut changed = false;
        for (parent, children) in tree.children.iter().enumerate() {
            for offset in 0..first {
                changed |= close_time(cells, may, parent * first + offset, || {
                    children.iter().map(|child| child * first + offset)
                });
            }
        }
        for time in 0..tree.children.len() {
            for column in 0..columns {
                let parts = (0..lines).map(|line| at(time, line, column));
                let total = Some(at(time, shape.lines, column));
                changed |= cells.balance(may, total, parts);
            }
            for place in 0..places {
                for identity in &shape.identities {
                    let parts = identity.parts.iter().map(|part| at(time, place, *part));
                    let total = Some(at(time, place, identity.total));
                    changed |= cells.balance(may, total, parts);
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// A withheld time takes all its parts with it, or they would add up to it; zeros among them may
/// be seen, unless it is zero itself. A published time must not give a single part away.
fn close_time<I: Iterator<Item = usize>>(
    cells: &mut Cells,
    may: impl Fn(usize) -> bool,
    parent: usize,
    children: impl Fn() -> I,
) -> bool {
    if !cells.withheld[parent] {
        return cells.balance(may, Some(parent), children());
    }
    let mut changed = false;
    for child in children() {
        let goes = cells.values[child] != 0 || cells.values[parent] == 0;
        changed |= goes && !cells.withheld[child];
        cells.withheld[child] |= goes;
    }
    changed
}
