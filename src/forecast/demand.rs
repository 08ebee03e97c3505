//! How many contacts are to be expected in each half hour of the next days, with a range.

pub mod calendar;
pub mod naive;
