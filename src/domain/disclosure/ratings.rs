//! What of satisfaction may be shown: figures of answers to surveys, by week and month.
//!
//! Each week and month is decided by itself, since nothing is published by day. A line is shown
//! whole or not at all; of the whole centre a share may be a bound.

use super::{Cell, Disclosed, LEAST_OF_FACTS};
use crate::domain::measures::{Basis, Kind, Measure};
use crate::domain::published::Shown;

/// Ratings of fewer answers than this are withheld, also of the whole centre.
pub const LEAST_FOR_A_RATING: i64 = 30;

/// A figure of the answers to a question. Few answers are withheld of the whole centre too. Where
/// nearly all or hardly any are of one kind, a share is a bound.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn disclose(measure: &Measure, cell: &Cell) -> Disclosed {
    let (top, answers) = (cell.basis.top, cell.basis.bottom);
    let is_few = 0 < answers && answers < LEAST_FOR_A_RATING;
    if is_few || cell.withheld.is_some_and(|states| states.contains(&true)) {
        return Disclosed::WITHHELD;
    }
    let bound = |value| Disclosed {
        value,
        n: Some(answers),
        is_withheld: true,
    };
    let percent = |top: i64| 100.0 * top as f64 / answers as f64;
    let is_small = |value: i64| 0 < value && value < LEAST_OF_FACTS;
    match small_part(measure, cell.basis) {
        Some(_) if is_small(top) => bound(Shown::Under(percent(LEAST_OF_FACTS))),
        Some(_) => bound(Shown::AtLeast(percent(answers - LEAST_OF_FACTS + 1))),
        None => Disclosed::open(measure.value(cell.basis, cell.length_ms), answers),
    }
}

/// The small part of the answers that a share would give away. A difference of two shares or a
/// mean gives none away.
fn small_part(measure: &Measure, basis: &Basis) -> Option<i64> {
    let Kind::Rating { numerator, .. } = measure.kind else {
        return None;
    };
    let is_small = |value: &i64| 0 < *value && *value < LEAST_OF_FACTS;
    let parts = [basis.top, basis.bottom - basis.top].into_iter();
    parts.filter(|_| numerator.minus.is_empty()).find(is_small)
}

/// Which lines' ratings are withheld: those of few answers or with a small part, and, where that
/// is a single one, the line with the fewest answers of the others.
#[must_use]
pub fn withhold(measure: &Measure, lines: &[Basis]) -> Vec<bool> {
    let answers = |line: usize| lines[line].bottom;
    let is_small = |basis: &Basis| {
        let is_few = 0 < basis.bottom && basis.bottom < LEAST_FOR_A_RATING;
        is_few || small_part(measure, basis).is_some()
    };
    let mut withheld: Vec<bool> = lines.iter().map(is_small).collect();
    if withheld.iter().filter(|withheld| **withheld).count() == 1 {
        let open = (0..lines.len()).filter(|line| !withheld[*line] && answers(*line) > 0);
        if let Some(companion) = open.min_by_key(|line| answers(*line)) {
            withheld[companion] = true;
        }
    }
    withheld
}
