//! What is said about a series that is already published: its summary, its comparison with another,
//! what changed, and the lines drawn over it. Knows published points only, so it can give nothing
//! away that they do not.

mod change;
mod compare;
mod overlay;
#[cfg(test)]
mod property_tests;
mod summary;
#[cfg(test)]
mod testing;

pub use change::{Change, change, interval};
pub use compare::{Against, Shift, align};
pub use overlay::{BAND_WEEKS, Band, MEAN_DAYS, band, mean7};
pub use summary::{Summary, summarise};

use super::event::Millis;
use super::published::{Mark, Point, Shown};

/// The value of a point where one is published; bounds are not values.
#[must_use]
pub fn known(point: &Point) -> Option<f64> {
    match point.value {
        Shown::Value(value) if value.is_finite() => Some(value),
        _ => None,
    }
}

/// Whether a point tells all of its time: until that is over its count is only "so far", and a
/// week of which a part is not covered is only that part.
#[must_use]
pub fn is_complete(point: &Point, now_ms: Millis) -> bool {
    point.end_ms <= now_ms && point.mark != Some(Mark::Unreliable)
}

/// The value of sorted numbers below which a share (0–1) of them lies, linear between neighbours.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand values")]
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * place.fract())
}
