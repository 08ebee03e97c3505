//! A table with all the sums that are published of it.

use super::cells::{Cells, DayTree, Shape};

/// A day with its parts, or a week or month with its days.
#[derive(Clone)]
pub struct Table<'a> {
    /// Every time, the longest first; in each the lines and after them the whole centre; of each
    /// the columns.
    pub cells: Cells,
    /// How times add.
    tree: &'a DayTree,
    /// How lines and columns add.
    pub shape: &'a Shape,
    /// Whether a cell may be withheld besides those that are.
    may: Vec<bool>,
    /// Lines that exist. Others counted nothing, and everyone knows it.
    pub lines: usize,
    parents: Vec<usize>,
    /// The identities of every column.
    identities_of: Vec<Vec<usize>>,
    /// Cells of one time.
    width: usize,
    /// How many cells of every sum are withheld.
    unknown: Vec<u32>,
}

impl<'a> Table<'a> {
    /// Puts a table together. `may` says which cells may be withheld besides those that are.
    pub fn new(cells: Cells, tree: &'a DayTree, shape: &'a Shape, may: Vec<bool>) -> Self {
        let mut parents = vec![0; tree.children.len()];
        for (parent, children) in tree.children.iter().enumerate() {
            for child in children {
                parents[*child] = parent;
            }
        }
        let holds = |column: usize| {
            let identities = shape.identities.iter().enumerate();
            let holding = identities
                .filter(|(_, sum)| sum.total == column || sum.parts.contains(&column))
                .map(|(number, _)| number);
            holding.collect()
        };
        let mut table = Self {
            lines: shape.existing_lines(&cells.values[..shape.cells()]),
            identities_of: (0..shape.columns).map(holds).collect(),
            width: (shape.lines + 1) * shape.columns,
            unknown: Vec::new(),
            parents,
            cells,
            tree,
            shape,
            may,
        };
        table.unknown = vec![0; table.sums()];
        for cell in 0..table.cells.withheld.len() {
            if table.cells.withheld[cell] {
                table.count_unknown(cell);
            }
        }
        table
    }

    /// Where a line or the whole centre has a column at a time.
    pub fn at(&self, time: usize, place: usize, column: usize) -> usize {
        time * self.width + place * self.shape.columns + column
    }

    /// Time, place and column of a cell.
    pub fn position(&self, cell: usize) -> (usize, usize, usize) {
        let within = cell % self.width;
        let columns = self.shape.columns;
        (cell / self.width, within / columns, within % columns)
    }

    /// Whether a count must not be known exactly.
    pub fn is_small(&self, cell: usize) -> bool {
        self.shape.is_small(self.cells.values[cell])
    }

    /// Whether a cell is published but may be withheld.
    pub fn may_withhold(&self, cell: usize) -> bool {
        self.may[cell] && !self.cells.withheld[cell]
    }

    /// Withholds a cell.
    pub fn withhold(&mut self, cell: usize) {
        if !self.cells.withheld[cell] {
            self.cells.withheld[cell] = true;
            self.count_unknown(cell);
        }
    }

    /// Withholds all that may be of some columns.
    pub fn withhold_all(&mut self, is_wanted: impl Fn(usize) -> bool) {
        for cell in 0..self.cells.values.len() {
            if self.may_withhold(cell) && is_wanted(self.position(cell).2) {
                self.withhold(cell);
            }
        }
    }

    fn count_unknown(&mut self, cell: usize) {
        let mut unknown = std::mem::take(&mut self.unknown);
        self.each_sum_of(cell, |sum| unknown[sum] += 1);
        self.unknown = unknown;
    }

    /// How many times there are.
    pub fn times(&self) -> usize {
        self.tree.children.len()
    }

    /// The times that add to a time.
    pub fn children(&self, time: usize) -> &[usize] {
        &self.tree.children[time]
    }

    /// The time that a time is part of.
    pub fn parent(&self, time: usize) -> Option<usize> {
        (time > 0).then(|| self.parents[time])
    }

    /// A time and the longer ones around it, up to but not including `above`.
    pub fn path(&self, time: usize, above: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let path = std::iter::successors(Some(time), |time| self.parent(*time));
        path.take_while(move |time| Some(*time) != above)
    }

    /// How many sums there are: over times, over lines, over the parts of a count. They are
    /// numbered in this order, a sum over times as its total.
    pub fn sums(&self) -> usize {
        let rows = self.times() * (self.shape.lines + 1);
        self.first_over_parts() + rows * self.shape.identities.len()
    }

    fn first_over_lines(&self) -> usize {
        self.cells.values.len()
    }

    fn first_over_parts(&self) -> usize {
        self.cells.values.len() + self.times() * self.shape.columns
    }

    /// Visits the sums that a cell is a part or the total of.
    #[inline]
    pub fn each_sum_of(&self, cell: usize, mut visit: impl FnMut(usize)) {
        let (time, place, column) = self.position(cell);
        if !self.tree.children[time].is_empty() {
            visit(cell);
        }
        if time > 0 {
            visit(self.parents[time] * self.width + cell % self.width);
        }
        visit(self.first_over_lines() + time * self.shape.columns + column);
        let row = time * (self.shape.lines + 1) + place;
        let first = self.first_over_parts() + row * self.shape.identities.len();
        for identity in &self.identities_of[column] {
            visit(first + identity);
        }
    }

    /// Reads a sum: fills in its parts and returns its total.
    pub fn read(&self, sum: usize, parts: &mut Vec<usize>) -> usize {
        parts.clear();
        let columns = self.shape.columns;
        if let Some(sum) = sum.checked_sub(self.first_over_parts()) {
            let row = sum / self.shape.identities.len();
            let identity = &self.shape.identities[sum % self.shape.identities.len()];
            parts.extend(identity.parts.iter().map(|part| row * columns + part));
            row * columns + identity.total
        } else if let Some(sum) = sum.checked_sub(self.first_over_lines()) {
            let first = self.at(sum / columns, 0, sum % columns);
            parts.extend((0..self.lines).map(|line| first + line * columns));
            first + self.shape.lines * columns
        } else {
            let children = self.tree.children[sum / self.width].iter();
            parts.extend(children.map(|child| child * self.width + sum % self.width));
            sum
        }
    }

    /// Withholds companions until in no sum exactly one cell is withheld.
    ///
    /// A sum can only begin to give something away when one of its cells is withheld: only the
    /// sums of such cells are looked at. Longer times come first, so that the order is fixed.
    pub fn balance(&mut self) {
        let mut queue = Queue::new(self.cells.values.len());
        for cell in 0..self.cells.withheld.len() {
            if self.cells.withheld[cell] {
                queue.insert(cell);
            }
        }
        let (mut sums, mut parts) = (Vec::new(), Vec::new());
        while let Some(cell) = queue.pop_first() {
            if self.cells.withheld[cell] && !self.children(cell / self.width).is_empty() {
                self.withhold_parts(cell, &mut parts, &mut queue);
            }
            sums.clear();
            self.each_sum_of(cell, |sum| sums.push(sum));
            for sum in &sums {
                if self.unknown[*sum] == 1 {
                    self.balance_sum(*sum, &mut parts, &mut queue);
                }
            }
        }
    }

    /// A withheld time takes all its parts with it, or they would add up to it; zeros among them
    /// may be seen, unless it is zero itself.
    fn withhold_parts(&mut self, longer: usize, parts: &mut Vec<usize>, queue: &mut Queue) {
        let is_zero = self.cells.values[longer] == 0;
        self.read(longer, parts);
        for part in parts.iter() {
            let is_wanted = self.cells.values[*part] != 0 || is_zero && self.may[*part];
            if is_wanted && !self.cells.withheld[*part] {
                self.withhold(*part);
                queue.insert(*part);
            }
        }
    }

    fn balance_sum(&mut self, sum: usize, parts: &mut Vec<usize>, queue: &mut Queue) {
        let total = self.read(sum, parts);
        let may = |cell: usize| self.may[cell];
        let companion = self
            .cells
            .companion(may, Some(total), parts.iter().copied());
        if let Some(companion) = companion {
            self.withhold(companion);
            queue.insert(companion);
        }
    }
}

/// Cells to look at, the first of them first.
struct Queue {
    words: Vec<u64>,
    /// The words before this one are empty.
    from: usize,
}

impl Queue {
    fn new(cells: usize) -> Self {
        Self {
            words: vec![0; cells.div_ceil(64)],
            from: 0,
        }
    }

    fn insert(&mut self, cell: usize) {
        self.words[cell / 64] |= 1 << (cell % 64);
        self.from = self.from.min(cell / 64);
    }

    fn pop_first(&mut self) -> Option<usize> {
        while let Some(word) = self.words.get_mut(self.from) {
            if *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(self.from * 64 + bit);
            }
            self.from += 1;
        }
        None
    }
}
