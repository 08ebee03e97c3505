//! The attacker's algebra: all published sums together, added to and subtracted from each other.
//!
//! Every sum with unknown parts is an equation, and an unknown number comes out if some
//! combination of equations holds nothing but it. They are brought into a triangle in arithmetic
//! modulo a large prime, the shortest times first: an interval is tied to little else, so that the
//! equations stay short and a day with all its parts is solved in the time it takes to draw it.
//!
//! What comes out is then what no change of the unknown numbers can move while every sum stays as
//! it is. One such change stands for all of them: those unknowns that may be anything change by
//! numbers that have nothing to do with each other, and the triangle says what follows of the
//! others. What does not change in it is known. That a number which could change does not change
//! in this one has odds of one in a thousand million, and only withholds more.

use super::table::Table;

/// Below 2³¹, so that products fit.
const PRIME: u64 = 2_147_483_647;
/// Its powers go through all numbers below the prime, in no order.
const GENERATOR: u64 = 48_271;

/// The factors of an equation that are not zero, by unknown, in order.
type Equation = Vec<(u32, u64)>;

/// The cells that come out, of those that are unknown.
pub fn solved(table: &Table, is_unknown: impl Fn(usize) -> bool) -> Vec<usize> {
    // A table begins with its longest time.
    let cells: Vec<usize> = (0..table.cells.values.len())
        .rev()
        .filter(|cell| is_unknown(*cell))
        .collect();
    let triangle = triangle(equations(table, &cells), cells.len());
    let change = change(&triangle);
    let moved = cells.iter().zip(change);
    let known = moved.filter(|(_, change)| *change == 0);
    known.map(|(cell, _)| *cell).collect()
}

/// Equations that begin with different unknowns, each with a factor of one; by the unknown that they
/// begin with.
fn triangle(equations: Vec<Equation>, unknowns: usize) -> Vec<Equation> {
    let mut triangle: Vec<Equation> = vec![Equation::new(); unknowns];
    for mut equation in equations {
        while let Some((first, factor)) = equation.first().copied() {
            let known = &mut triangle[place(first)];
            if known.is_empty() {
                let scale = inverse(factor);
                let scaled = equation.iter();
                *known = scaled
                    .map(|(at, factor)| (*at, factor * scale % PRIME))
                    .collect();
                break;
            }
            equation = less(&equation, known, factor);
        }
    }
    triangle
}

/// An equation less some times another one.
fn less(equation: &[(u32, u64)], other: &[(u32, u64)], times: u64) -> Equation {
    let mut left = Equation::with_capacity(equation.len() + other.len());
    let taken = |(at, factor): &(u32, u64)| (*at, (PRIME - times) * factor % PRIME);
    let mut own = equation.iter().copied().peekable();
    let mut theirs = other.iter().map(taken).peekable();
    while let Some(at) = own
        .peek()
        .into_iter()
        .chain(theirs.peek())
        .map(|(at, _)| *at)
        .min()
    {
        let factors = [
            own.next_if(|(own, _)| *own == at),
            theirs.next_if(|(their, _)| *their == at),
        ];
        let sum = factors.into_iter().flatten().map(|(_, factor)| factor);
        let factor = sum.sum::<u64>() % PRIME;
        if factor != 0 {
            left.push((at, factor));
        }
    }
    left
}

/// How the unknowns can change together so that every sum stays as it is.
fn change(triangle: &[Equation]) -> Vec<u64> {
    let mut change = vec![0; triangle.len()];
    let mut free = 1;
    for (unknown, equation) in triangle.iter().enumerate().rev() {
        change[unknown] = match equation.split_first() {
            None => {
                free = free * GENERATOR % PRIME;
                free
            }
            Some((_, others)) => {
                let others = others.iter();
                let sum = others.fold(0, |sum, (at, factor)| {
                    (sum + factor * change[place(*at)]) % PRIME
                });
                (PRIME - sum) % PRIME
            }
        };
    }
    change
}

/// What a number times is one.
fn inverse(number: u64) -> u64 {
    let (mut power, mut base, mut left) = (1, number, PRIME - 2);
    while left > 0 {
        if left % 2 == 1 {
            power = power * base % PRIME;
        }
        base = base * base % PRIME;
        left /= 2;
    }
    power
}

fn place(unknown: u32) -> usize {
    unknown as usize
}

/// The sums with unknown parts: parts less the total. `cells` stand from the last to the first.
fn equations(table: &Table, cells: &[usize]) -> Vec<Equation> {
    let mut sums: Vec<usize> = Vec::new();
    for cell in cells {
        table.each_sum_of(*cell, |sum| sums.push(sum));
    }
    sums.sort_unstable();
    sums.dedup();
    let mut parts = Vec::new();
    let equations = sums.into_iter().map(|sum| {
        let total = table.read(sum, &mut parts);
        let factors = parts.iter().map(|part| (*part, 1));
        let factors = factors.chain([(total, PRIME - 1)]);
        let mut equation: Equation = factors
            .filter_map(|(cell, factor)| {
                let place = cells.binary_search_by(|own| cell.cmp(own)).ok()?;
                Some((u32::try_from(place).ok()?, factor))
            })
            .collect();
        equation.sort_unstable();
        equation
    });
    equations.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brings equations that are written out into a triangle, and says which unknowns are known.
    fn known(equations: &[&[i64]]) -> Vec<bool> {
        let short = |factors: &&[i64]| -> Equation {
            let all = (0..).zip(factors.iter());
            let there = all.filter(|(_, factor)| **factor != 0);
            let modulo = |factor: &i64| factor.rem_euclid(i64::try_from(PRIME).unwrap());
            there
                .map(|(at, factor)| (at, modulo(factor).try_into().unwrap()))
                .collect()
        };
        let unknowns = equations[0].len();
        let triangle = triangle(equations.iter().map(short).collect(), unknowns);
        let change = change(&triangle);
        change.into_iter().map(|change| change == 0).collect()
    }

    #[test]
    fn what_some_combination_holds_alone_is_known() {
        // x + y + z, y + z: the first is known and the others are not.
        assert_eq!(known(&[&[1, 1, 1], &[0, 1, 1]]), [true, false, false]);
        // All of x + y, y + z, z + x: two times each.
        assert_eq!(known(&[&[1, 1, 0], &[0, 1, 1], &[1, 0, 1]]), [true; 3]);
        // Of four in a ring, none.
        let ring: [&[i64]; 4] = [&[1, 1, 0, 0], &[0, 1, 1, 0], &[0, 0, 1, 1], &[1, 0, 0, 1]];
        assert_eq!(known(&ring), [false; 4]);
        // Thrice an unknown is the unknown.
        assert_eq!(known(&[&[3, 0], &[0, 0]]), [true, false]);
        assert_eq!(known(&[&[1, -1], &[1, 2]]), [true; 2]);
    }

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for number in [1, 2, 3, 48_271, PRIME - 1] {
            assert_eq!(number * inverse(number) % PRIME, 1);
        }
    }
}
