//! Sums of cells.

use super::Frame;
use crate::domain::disclosure::short::Hidden;
use crate::domain::facts::LineFact;
use crate::domain::measures::{Basis, Thresholds};
use crate::domain::tally::Tally;

/// What the requested line, or the whole centre, counted in one cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// What the measure needs of it.
    pub(super) basis: Basis,
    /// Any of the counts that the measure needs was counted.
    pub(super) is_anything_counted: bool,
}

impl Sum {
    pub(super) fn of(frame: &Frame, tally: &Tally, thresholds: Thresholds) -> Self {
        Self {
            basis: frame.request.measure.basis(tally, thresholds),
            is_anything_counted: frame.counts_anything(tally),
        }
    }

    /// Of facts that belong to the measure.
    pub(super) fn of_facts(frame: &Frame, facts: &[&LineFact]) -> Self {
        Self {
            basis: frame.request.measure.basis_of_facts(facts),
            is_anything_counted: facts.iter().any(|fact| fact.value != 0),
        }
    }

    /// Of what decides about short hang-ups.
    pub(super) fn hidden_short(&self) -> Hidden {
        Hidden {
            short: self.basis.top,
            abandoned: self.basis.bottom,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.basis += &other.basis;
        self.is_anything_counted |= other.is_anything_counted;
    }
}
