//! Swaps: the proof that a withheld number could be another one.
//!
//! A contact has one time, one line and one end. Let an abandoned call of one line have been
//! answered, and in return an answered call of another line abandoned: the whole centre is the
//! same, both lines have as many calls, and only four numbers differ by one. If all four are
//! withheld, both days agree with everything that is published, and no calculation with it can
//! tell them apart. Such a change is a swap. Contacts can swap lines, ends and times, any of them or all
//! at once. Every sum with a changed cell has at least two of them, so that what a swap withholds
//! needs no further companions.
//!
//! There always is one. On a day of at least two lines a contact can have come on another line. In
//! a week or month the swap of one of its days will do, because whatever the day withholds may be
//! withheld there. Within a day a contact can have come in another interval. Only what is exact
//! anyway has none; [`super::cells`] says what that is.

use super::table::Table;

/// Contacts change places. Where some go, others come; it can be read both ways round.
#[derive(Clone, Copy, Debug)]
struct Swap {
    /// A line, and the one it swaps contacts with; the whole centre where it is not another line
    /// that makes up for the change but another time.
    places: [usize; 2],
    /// The shortest time in which they came, and the other one.
    times: (usize, Option<usize>),
    /// The end that they had, and the other one.
    ends: (usize, Option<usize>),
    /// The time in which everything cancels out; without one, the longest time changes too.
    above: Option<usize>,
}

/// All swaps of a table.
pub struct Swaps {
    /// Columns that are no sums: the ends that a contact can have.
    ends: Vec<usize>,
    /// For every column, itself and the sums it is part of.
    chains: Vec<Vec<usize>>,
    /// For every time, the shortest times in it.
    shortest: Vec<Vec<usize>>,
}

impl Swaps {
    /// Prepares the search.
    pub fn of(table: &Table) -> Self {
        let identities = || table.shape.identities.iter();
        let total_of = |column: &usize| {
            let mut whose = identities().filter(|sum| sum.parts.contains(column));
            whose.next().map(|sum| sum.total)
        };
        let chain = |column| std::iter::successors(Some(column), total_of).collect();
        let is_end = |column: &usize| identities().all(|sum| sum.total != *column);
        let mut shortest = vec![Vec::new(); table.times()];
        for time in (0..table.times()).rev() {
            let children = table.children(time).iter();
            shortest[time] = children
                .flat_map(|child| shortest[*child].clone())
                .collect();
            if shortest[time].is_empty() {
                shortest[time].push(time);
            }
        }
        Self {
            ends: (0..table.shape.columns).filter(is_end).collect(),
            chains: (0..table.shape.columns).map(chain).collect(),
            shortest,
        }
    }

    /// The cells that change, and must be withheld, so that a cell could be one more or one less.
    /// As little as can be that is still published, and of that the shortest times; the earliest
    /// of equals.
    pub fn cheapest(&self, cell: usize, table: &Table) -> Option<Vec<usize>> {
        let mut search = Search::new(self, table);
        let (time, _, _) = table.position(cell);
        search.look(cell, None, true);
        if time == 0 && table.times() > 1 {
            search.look_crosswise(cell);
        }
        for only_withheld in [true, false] {
            let mut above = table.parent(time);
            while let Some(longer) = above {
                search.look(cell, Some(longer), only_withheld);
                above = table.parent(longer);
            }
            if !search.found.is_empty() {
                break;
            }
        }
        (!search.found.is_empty()).then(|| search.cells())
    }

    /// The columns that change if one end becomes another: not the sums that both are part of.
    fn changes(&self, (end, other): (usize, Option<usize>), columns: &mut Vec<usize>) {
        let own = &self.chains[end][..];
        let others = other.map_or(&[][..], |other| &self.chains[other]);
        columns.clear();
        columns.extend(own.iter().filter(|column| !others.contains(column)));
        columns.extend(others.iter().filter(|column| !own.contains(column)));
    }

    /// Pairs of ends whose exchange changes a column; nothing may stand for the other one. What
    /// nobody in the whole table ended with is left out.
    fn pairs(&self, column: usize, table: &Table) -> Vec<(usize, Option<usize>)> {
        let has = |end: &&usize| self.chains[**end].contains(&column);
        let whole = table.shape.lines;
        let happened = |end: &&usize| table.cells.values[table.at(0, whole, **end)] > 0;
        let mut pairs = Vec::new();
        for end in self.ends.iter().filter(has) {
            let others = self.ends.iter().filter(|other| !has(other));
            pairs.extend(others.filter(happened).map(|other| (*end, Some(*other))));
            pairs.push((*end, None));
        }
        pairs
    }
}

/// The search for the cheapest swap.
struct Search<'a, 'b> {
    table: &'b Table<'a>,
    swaps: &'b Swaps,
    /// The best so far: one swap, or two halves of one.
    found: Vec<Swap>,
    cost: usize,
    /// The columns that change in what is looked at.
    columns: Vec<usize>,
    /// The times that can be swapped with.
    others: Vec<usize>,
}

impl<'a, 'b> Search<'a, 'b> {
    fn new(swaps: &'b Swaps, table: &'b Table<'a>) -> Self {
        Self {
            table,
            swaps,
            found: Vec::new(),
            cost: usize::MAX,
            columns: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Looks at the swaps that change a cell and cancel out in `above`. Times in which the cell's
    /// own column is published are rarely cheap: they can be left out.
    fn look(&mut self, cell: usize, above: Option<usize>, only_withheld: bool) {
        let (table, swaps) = (self.table, self.swaps);
        let (time, place, column) = table.position(cell);
        // One or two cells more: it is hardly worth looking for less.
        if self.cost <= 2 {
            return;
        }
        self.others.clear();
        for child in above.map_or(&[][..], |above| table.children(above)) {
            if table.path(time, above).all(|own| own != *child) {
                self.others.extend(&swaps.shortest[*child]);
            }
        }
        if only_withheld {
            let is_withheld = |other: &usize| table.cells.withheld[table.at(*other, place, column)];
            self.others.retain(is_withheld);
        }
        if above.is_some() && self.others.is_empty() {
            return;
        }
        let whole = table.shape.lines;
        let (lines, partners) = if place == whole {
            (0..table.lines, 0..0)
        } else {
            (place..place + 1, 0..table.lines)
        };
        for ends in swaps.pairs(column, table) {
            swaps.changes(ends, &mut self.columns);
            for line in lines.clone() {
                let partners = partners.clone().filter(|partner| *partner != line);
                for partner in partners.chain([whole]) {
                    for own in &swaps.shortest[time] {
                        self.offer(Swap {
                            places: [line, partner],
                            times: (*own, None),
                            ends,
                            above,
                        });
                    }
                }
            }
        }
    }

    /// Takes a swap if it is possible and cheaper; if it has to cancel out, with the best of the
    /// other times.
    fn offer(&mut self, mut swap: Swap) {
        let own = swap.times.0;
        let possible = self.can_move(&swap, own, (true, true));
        let cost = if possible == (false, false) {
            usize::MAX
        } else {
            self.cost_at(&swap, own, 0)
        };
        if cost >= self.cost {
            return;
        }
        if swap.above.is_none() {
            (self.cost, self.found) = (cost, vec![swap]);
            return;
        }
        for other in 0..self.others.len() {
            let other = self.others[other];
            if self.can_move(&swap, other, (possible.1, possible.0)) == (false, false) {
                continue;
            }
            let cost = self.cost_at(&swap, other, cost);
            if cost < self.cost {
                swap.times.1 = Some(other);
                (self.cost, self.found) = (cost, vec![swap]);
            }
        }
    }

    /// Two lines of a day swap ends, but in different intervals: then the whole centre changes in
    /// both, and only the day stays the same.
    fn look_crosswise(&mut self, cell: usize) {
        let (_, line, column) = self.table.position(cell);
        let swaps = self.swaps;
        for (end, other) in swaps.pairs(column, self.table) {
            let Some(other) = other else { continue };
            swaps.changes((end, Some(other)), &mut self.columns);
            for partner in (0..self.table.lines).filter(|partner| *partner != line) {
                let of_day = Swap {
                    places: [line, partner],
                    times: (0, None),
                    ends: (end, Some(other)),
                    above: None,
                };
                let is_withheld = self.cost_at(&of_day, 0, 0) == 0;
                for (gone, come) in [(end, other), (other, end)] {
                    if !is_withheld {
                        continue;
                    }
                    let here = self.cheapest_half(line, (gone, come));
                    let there = self.cheapest_half(partner, (come, gone));
                    let (Some((cost, here)), Some((more, there))) = (here, there) else {
                        continue;
                    };
                    if cost + more < self.cost {
                        (self.cost, self.found) = (cost + more, vec![here, there]);
                    }
                }
            }
        }
    }

    /// The cheapest interval in which a contact of a line can have had another end.
    fn cheapest_half(&self, line: usize, (gone, come): (usize, usize)) -> Option<(usize, Swap)> {
        let table = self.table;
        let times = self.swaps.shortest[0].iter();
        let had = times.filter(|time| table.cells.values[table.at(**time, line, gone)] > 0);
        let halves = had.map(|time| {
            let half = Swap {
                places: [line, table.shape.lines],
                times: (*time, None),
                ends: (gone, Some(come)),
                above: Some(0),
            };
            (self.cost_at(&half, *time, 0), half)
        });
        let possible = halves.filter(|(cost, _)| *cost < usize::MAX);
        possible.min_by_key(|(cost, _)| *cost)
    }

    /// Whether the swap can be made at a time, and whether the other way round: where a contact
    /// goes there must be one.
    fn can_move(&self, swap: &Swap, time: usize, possible: (bool, bool)) -> (bool, bool) {
        let table = self.table;
        let there_is = |place, end| table.cells.values[table.at(time, place, end)] > 0;
        let (mut one_way, mut other_way) = possible;
        let [line, partner] = swap.places;
        let (end, other) = swap.ends;
        one_way &= there_is(line, end);
        other_way &= other.is_none_or(|other| there_is(line, other));
        if partner != table.shape.lines {
            one_way &= other.is_none_or(|other| there_is(partner, other));
            other_way &= there_is(partner, end);
        }
        (one_way, other_way)
    }

    /// What it costs to withhold what changes at a time and in the longer ones around it. Longer
    /// times and the whole centre say more: they are dearer. As good as infinite where it may not
    /// be withheld or is no better than what was found.
    fn cost_at(&self, swap: &Swap, time: usize, mut cost: usize) -> usize {
        let table = self.table;
        for (height, time) in table.path(time, swap.above).enumerate() {
            for place in swap.places {
                let weight = if place == table.shape.lines { 2 } else { 1 };
                for column in &self.columns {
                    let cell = table.at(time, place, *column);
                    if table.cells.withheld[cell] {
                        continue;
                    }
                    cost += weight * (height + 1);
                    if cost >= self.cost || !table.may_withhold(cell) {
                        return usize::MAX;
                    }
                }
            }
        }
        cost
    }

    /// The cells that change in what was found.
    fn cells(mut self) -> Vec<usize> {
        let table = self.table;
        let mut cells = Vec::new();
        for swap in &self.found {
            self.swaps.changes(swap.ends, &mut self.columns);
            for time in [Some(swap.times.0), swap.times.1].into_iter().flatten() {
                for time in table.path(time, swap.above) {
                    for place in swap.places {
                        let columns = self.columns.iter();
                        cells.extend(columns.map(|column| table.at(time, place, *column)));
                    }
                }
            }
        }
        cells.sort_unstable();
        // Where both halves change the whole centre, one takes what the other gives.
        let changed = cells.chunk_by(|cell, next| cell == next);
        let changed = changed.filter(|same| same.len() == 1);
        changed.map(|cell| cell[0]).collect()
    }
}
