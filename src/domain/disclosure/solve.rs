//! The attacker's algebra: all published sums together, added to and subtracted from each other.
//!
//! Every sum with unknown parts is an equation, and an unknown number comes out if some
//! combination of equations holds nothing but it. They are solved in arithmetic modulo three, with
//! two bits for every unknown, so that a year of weeks takes no longer than drawing it. Whatever
//! comes out without dividing by three is found; the tests look with a large prime.

use super::table::Table;

/// The factors of 64 unknowns in an equation: where they are one, and where they are two.
type Factors = [u64; 2];

/// The cells that come out, of those that are unknown.
pub fn solved(table: &Table, is_unknown: impl Fn(usize) -> bool) -> Vec<usize> {
    let cells: Vec<usize> = (0..table.cells.values.len())
        .filter(|cell| is_unknown(*cell))
        .collect();
    let mut rows = equations(table, &cells);
    let mut first = 0;
    for place in 0..cells.len() {
        let Some(found) = (first..rows.len()).find(|row| factor(&rows[*row], place) != 0) else {
            continue;
        };
        rows.swap(first, found);
        let (before, rest) = rows.split_at_mut(first);
        let Some((pivot, after)) = rest.split_first_mut() else {
            break;
        };
        let own = factor(pivot, place);
        for row in before.iter_mut().chain(after) {
            match factor(row, place) {
                0 => {}
                // Two and one, or one and two, are none.
                theirs => add(row, pivot, theirs == own),
            }
        }
        first += 1;
    }
    let alone = rows[..first].iter().filter(|row| {
        let factors = row.iter().map(|[one, two]| (one | two).count_ones());
        factors.sum::<u32>() == 1
    });
    alone
        .filter_map(|row| {
            let word = row.iter().position(|[one, two]| one | two != 0)?;
            let bit = (row[word][0] | row[word][1]).trailing_zeros();
            Some(cells[word * 64 + usize::try_from(bit).ok()?])
        })
        .collect()
}

fn factor(row: &[Factors], place: usize) -> u64 {
    let [one, two] = row[place / 64];
    (one >> (place % 64) & 1) + 2 * (two >> (place % 64) & 1)
}

/// Adds an equation to another one, or takes it away.
fn add(row: &mut [Factors], other: &[Factors], takes: bool) {
    for (mine, theirs) in row.iter_mut().zip(other) {
        let [a1, a2] = *mine;
        let (b1, b2) = if takes {
            (theirs[1], theirs[0])
        } else {
            (theirs[0], theirs[1])
        };
        let (is_mine, is_theirs) = (a1 | a2, b1 | b2);
        mine[0] = a1 & !is_theirs | b1 & !is_mine | a2 & b2;
        mine[1] = a2 & !is_theirs | b2 & !is_mine | a1 & b1;
    }
}

/// The sums with unknown parts: parts less the total.
fn equations(table: &Table, cells: &[usize]) -> Vec<Vec<Factors>> {
    let mut sums: Vec<usize> = Vec::new();
    for cell in cells {
        table.each_sum_of(*cell, |sum| sums.push(sum));
    }
    sums.sort_unstable();
    sums.dedup();
    let mut parts = Vec::new();
    let rows = sums.into_iter().map(|sum| {
        let total = table.read(sum, &mut parts);
        let mut row = vec![[0, 0]; cells.len().div_ceil(64)];
        let factors = parts.iter().map(|part| (part, 0)).chain([(&total, 1)]);
        for (cell, which) in factors {
            if let Ok(place) = cells.binary_search(cell) {
                row[place / 64][which] |= 1 << (place % 64);
            }
        }
        row
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_added_and_taken_away_modulo_three() {
        let of = |factor: u64| [[u64::from(factor == 1), u64::from(factor == 2)]];
        for mine in 0..3 {
            for theirs in 0..3 {
                let mut sum = of(mine);
                add(&mut sum, &of(theirs), false);
                assert_eq!(factor(&sum, 0), (mine + theirs) % 3);
                let mut rest = of(mine);
                add(&mut rest, &of(theirs), true);
                assert_eq!(factor(&rest, 0), (mine + 3 - theirs) % 3);
            }
        }
    }
}
