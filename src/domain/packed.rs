//! Tallies of one day in little memory: years of days are kept at hand for charts.
//!
//! Most counts of an interval are zero, so a tally is written as pairs of how far to go on and
//! what stands there: some 30 bytes instead of 900.

use super::event::Place;
use super::period::IntervalStart;
use super::tally::{BINS, Count, Tally, Waits};

/// The tallies of one day, by place and interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// In order; each with the range of its cells.
    places: Vec<(Place, usize, usize)>,
    /// Start of each tally's interval, and where its bytes begin; by place, then by time.
    cells: Vec<(IntervalStart, u32)>,
    bytes: Vec<u8>,
}

impl Packed {
    /// From cells in any order.
    #[must_use]
    pub fn of(mut cells: Vec<(IntervalStart, Place, Tally)>) -> Self {
        cells.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
        let mut packed = Self::default();
        for (start, place, tally) in cells {
            let at = packed.cells.len();
            match packed.places.last_mut() {
                Some((last, _, end)) if *last == place => *end = at + 1,
                _ => packed.places.push((place, at, at + 1)),
            }
            // A day has far less than 4 GiB of tallies.
            let begins = u32::try_from(packed.bytes.len()).unwrap_or(u32::MAX);
            packed.cells.push((start, begins));
            write(&mut packed.bytes, &tally);
        }
        packed.places.shrink_to_fit();
        packed.cells.shrink_to_fit();
        packed.bytes.shrink_to_fit();
        packed
    }

    /// The tallies of the places that are wanted: by place, then by time.
    pub fn tallies<'p>(
        &'p self,
        mut wants: impl FnMut(&Place) -> bool + 'p,
    ) -> impl Iterator<Item = (IntervalStart, &'p Place, Tally)> + 'p {
        let wanted = self.places.iter().filter(move |(place, ..)| wants(place));
        wanted.flat_map(move |(place, from, to)| {
            let cells = self.cells[*from..*to].iter();
            cells.map(move |(start, begins)| (*start, place, read(&self.bytes, *begins)))
        })
    }

    /// How many places there are.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let places = self.places.iter().map(|(place, ..)| place.line.len() + 56);
        self.bytes.len()
            + self.cells.len() * size_of::<(IntervalStart, u32)>()
            + places.sum::<usize>()
    }
}

const SLOTS: usize = Count::LEN + Waits::ALL.len() * BINS;

fn slots(tally: &Tally) -> impl Iterator<Item = i64> {
    let counts = Count::ALL.into_iter().map(|count| tally.count(count));
    let waits = Waits::ALL
        .into_iter()
        .flat_map(|waits| tally.waits(waits).0);
    counts.chain(waits)
}

fn set(tally: &mut Tally, slot: usize, value: i64) {
    match slot.checked_sub(Count::LEN) {
        None => tally.set(Count::ALL[slot], value),
        Some(bin) => tally.waits_mut(Waits::ALL[bin / BINS]).0[bin % BINS] = value,
    }
}

/// How many pairs, then each pair: slots passed over, and the value.
fn write(bytes: &mut Vec<u8>, tally: &Tally) {
    let used = slots(tally).filter(|value| *value != 0).count();
    write_number(bytes, used as u64);
    let mut next = 0;
    for (slot, value) in slots(tally).enumerate() {
        if value != 0 {
            write_number(bytes, (slot - next) as u64);
            write_number(bytes, signed_to_bits(value));
            next = slot + 1;
        }
    }
}

fn read(bytes: &[u8], begins: u32) -> Tally {
    let mut tally = Tally::default();
    let mut at = begins as usize;
    let used = read_number(bytes, &mut at);
    let mut slot = 0;
    for _ in 0..used {
        slot += usize::try_from(read_number(bytes, &mut at)).unwrap_or(SLOTS);
        let value = bits_to_signed(read_number(bytes, &mut at));
        if slot >= SLOTS {
            break;
        }
        set(&mut tally, slot, value);
        slot += 1;
    }
    tally
}

/// Small numbers of either sign become small numbers: 0, −1, 1, −2 → 0, 1, 2, 3.
fn signed_to_bits(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn bits_to_signed(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -((bits & 1).cast_signed())
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn read_number(bytes: &[u8], at: &mut usize) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.get(*at).copied().unwrap_or(0);
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::testing;

    fn some_tally() -> impl Strategy<Value = Tally> {
        let number = prop_oneof![Just(0), Just(i64::MIN), Just(i64::MAX), -3..200_i64];
        prop::collection::vec((0..SLOTS, number), 0..40).prop_map(|slots| {
            let mut tally = Tally::default();
            for (slot, value) in slots {
                set(&mut tally, slot, value);
            }
            tally
        })
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out_again(
            cells in prop::collection::btree_map((0..96_i64, 0..3_usize), some_tally(), 0..30),
            wanted in 0..3_usize,
        ) {
            let place = |line: usize| testing::place(["billing", "moving", "other"][line]);
            let cell = |(start, line): (i64, usize), tally| {
                (IntervalStart::containing(start * 900_000), place(line), tally)
            };
            let cells: Vec<_> = cells.into_iter().map(|(key, tally)| cell(key, tally)).collect();
            let packed = Packed::of(cells.clone());
            let mut expected: Vec<_> = cells.into_iter().filter(|cell| cell.1 == place(wanted)).collect();
            expected.sort_by_key(|cell| cell.0);
            let out = packed.tallies(|which| *which == place(wanted));
            let out: Vec<_> = out.map(|(start, place, tally)| (start, place.clone(), tally)).collect();
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn a_quiet_interval_is_small() {
        let mut tally = Tally::default();
        for count in [Count::Attempts, Count::Offered, Count::Answered] {
            tally.set(count, 7);
        }
        let empty = Packed::of(Vec::new()).size();
        let cells = vec![(
            IntervalStart::containing(0),
            testing::place("billing"),
            tally,
        )];
        assert!(Packed::of(cells).size() - empty < 110, "place included");
    }
}
