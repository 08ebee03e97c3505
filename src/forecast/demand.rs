//! How many contacts are to be expected in each half hour of the next days, with a range.

pub mod calendar;
pub mod features;
pub mod history;
pub mod level;
pub mod model;
pub mod naive;
pub mod shape;
