//! Hang-ups at once, which are a part of all who hung up and are left out of two denominators.
//!
//! The number of those who hung up is published, and so is the number offered: whoever also knew
//! the denominator `O − B_s`, or a share of it, would know how many hung up at once and how many
//! later. So these two are cells of their own, withheld with companions as all others are, and
//! where they are, the shares are bounds made of nothing but what is published anyway. All who
//! hung up are decided about elsewhere: here they count as published, and where they are not, no
//! part of them is told either.

use super::cells::DayTree;
use super::{Cell, Column, Columns, Disclosed, identities_of};
use crate::domain::measures::{Measure, SHORT_OF_ABANDONED, Threshold};
use crate::domain::published::Shown;
use crate::domain::tally::Count;

/// Those who hung up, where it must not be told how many of them did at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Those who did.
    pub short: i64,
    /// All who hung up.
    pub abandoned: i64,
}

/// What decides whether the short hang-ups in a measure may be told; none if there are none in it.
#[must_use]
pub fn guard_of(measure: &Measure) -> Option<&'static Measure> {
    let holds_short = measure.thresholds().contains(&Threshold::ShortAbandon);
    (holds_short && measure.id != SHORT_OF_ABANDONED.id).then_some(&SHORT_OF_ABANDONED)
}

impl Columns {
    /// All who hung up, those who did at once, and those who did later.
    pub(super) fn of_short() -> Self {
        Self {
            columns: vec![Column::Bottom, Column::Top, Column::Rest],
            identities: identities_of(&[(0, &[1, 2])]),
        }
    }

    /// Where those who hung up stand among the counts of the flow, if they do.
    #[must_use]
    pub fn abandoned(&self) -> Option<usize> {
        let all = Column::Count(Count::Abandoned);
        self.columns.iter().position(|column| *column == all)
    }

    /// The column that others decide about: those who hung up, where they are divided.
    #[must_use]
    pub fn given(&self) -> Option<usize> {
        let is_of_short = self.columns.first() == Some(&Column::Bottom);
        is_of_short.then_some(0)
    }
}

/// Those who hung up at once, and those who did later.
pub type HangUps = (i64, i64);

/// Whether nobody hung up, as follows from other times and places: for every time of a tree and
/// every place, the last of which is the whole of the others. Wherever people hung up and nobody at
/// once, a share says so, and so it does where nobody hung up later.
#[must_use]
pub fn nobody(hang_ups: &[HangUps], places: usize, tree: &DayTree) -> Vec<bool> {
    let mut told = vec![(false, false); hang_ups.len()];
    for time in 0..tree.children.len() {
        for place in (0..places).rev() {
            let at = time * places + place;
            let whole = told[time * places + places - 1];
            let (short, later) = hang_ups[at];
            let is_told = short + later > 0;
            told[at].0 |= whole.0 || is_told && short == 0;
            told[at].1 |= whole.1 || is_told && later == 0;
            for child in &tree.children[time] {
                told[child * places + place] = told[at];
            }
        }
    }
    let all = hang_ups.iter().zip(told);
    all.map(|(hang_ups, told)| *hang_ups == (0, 0) && told == (true, true))
        .collect()
}

/// Whether a measure must not tell how many hung up at once, by the states of its own columns and
/// of these. Where the number of all who hung up is withheld, a part of them could tell it.
#[must_use]
pub fn hides(measure: &Measure, own: &[bool], states: &[bool]) -> bool {
    let [_, at_once, later] = states else {
        return false;
    };
    let all = Column::Count(Count::Abandoned);
    *at_once || *later && measure.id == "abandonment" || Columns::of(measure).withholds(own, all)
}

/// A share of which the short hang-ups are hidden. Everything here is the same whatever their
/// number is.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn disclose(
    measure: &Measure,
    columns: &Columns,
    (cell, states, hidden): (&Cell, &[bool], Hidden),
    withhold_below: i64,
) -> Disclosed {
    let withholds = |count| columns.withholds(states, Column::Count(count));
    let leaves_out_short = measure.id != "short_abandonment";
    let left_out = if leaves_out_short { hidden.short } else { 0 };
    let offered = cell.basis.bottom + left_out;
    let is_small = |value: i64| 0 < value && value < withhold_below;
    if is_small(offered) || withholds(Count::Offered) {
        return Disclosed::WITHHELD;
    }
    // Nobody was offered, as everyone knows.
    if offered == 0 {
        return Disclosed::open(None, 0);
    }
    let percent = |top: i64| 100.0 * top as f64 / offered as f64;
    let value = match measure.id {
        // (B − B_s) / (O − B_s) is at most B / O.
        "abandonment" if !withholds(Count::Abandoned) => {
            Shown::Under(percent(hidden.abandoned + 1))
        }
        // N_T / (O − B_s) is at least N_T / O.
        "service_level" if is_small(offered - cell.basis.top) => {
            Shown::AtLeast(percent(offered - withhold_below + 1))
        }
        "service_level" if !is_small(cell.basis.top) => Shown::AtLeast(percent(cell.basis.top)),
        _ => Shown::None,
    };
    Disclosed {
        value,
        n: Some(offered),
        is_withheld: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::disclose;
    use super::*;
    use crate::domain::measures::Basis;

    fn shown(id: &str, (top, bottom): (i64, i64), short: i64) -> Disclosed {
        let measure = Measure::from_id(id).unwrap();
        let columns = Columns::of(measure);
        let states = vec![false; columns.len()];
        let basis = Basis {
            top,
            bottom,
            ..Basis::default()
        };
        let cell = Cell {
            basis: &basis,
            withheld: Some(&states),
            hidden_short: Some(Hidden {
                short,
                abandoned: 12,
            }),
            length_ms: 900_000,
        };
        disclose(measure, &columns, &cell, 5)
    }

    #[test]
    fn hidden_hang_ups_leave_no_trace_in_any_share() {
        // 100 offered, 12 hung up, 80 answered in time; `short` of the 12 at once.
        let level = |short| shown("service_level", (80, 100 - short), short);
        let left = |short| shown("abandonment", (12 - short, 100 - short), short);
        let at_once = |short| shown("short_abandonment", (short, 100), short);
        for short in 0..=4 {
            assert_eq!(level(short), level(1));
            assert_eq!(left(short), left(1));
            assert_eq!(at_once(short), at_once(1));
        }
        assert_eq!(level(1).value, Shown::AtLeast(80.0));
        assert_eq!(left(1).value, Shown::Under(13.0));
        assert_eq!((at_once(1).value, at_once(1).n), (Shown::None, Some(100)));
    }

    #[test]
    fn that_nobody_hung_up_follows_from_two_times_or_places() {
        // A day and its two parts; two lines and the whole centre.
        let tree = DayTree {
            children: vec![vec![1, 2], Vec::new(), Vec::new()],
        };
        // In the first part the other line has all, and nobody of the centre hung up at once. On
        // the whole day nobody of the first line did later.
        let of_day = [(2, 0), (0, 3), (2, 3)];
        let of_first = [(0, 0), (0, 3), (0, 3)];
        let of_second = [(2, 0), (0, 0), (2, 0)];
        let all = [of_day, of_first, of_second].concat();
        let found = nobody(&all, 3, &tree);
        let wanted = [[false; 3], [true, false, false], [false, true, false]].concat();
        assert_eq!(found, wanted);
        // Somebody did later: only that nobody did at once is told.
        let of_day = [(2, 1), (0, 3), (2, 4)];
        let of_second = [(2, 1), (0, 0), (2, 1)];
        let all = [of_day, of_first, of_second].concat();
        assert_eq!(nobody(&all, 3, &tree), vec![false; 9]);
    }

    #[test]
    fn only_measures_with_short_hang_ups_in_them_are_guarded() {
        let guarded = |id| guard_of(Measure::from_id(id).unwrap()).is_some();
        assert!(["service_level", "abandonment", "short_abandonment"].map(guarded) == [true; 3]);
        assert!(!guarded("service_level_customer") && !guarded("abandoned"));
    }
}
