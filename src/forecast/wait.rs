//! How long callers of each half hour to come will wait: mean, median and the range of four in
//! five single waits.
//!
//! The waits of past days are pooled by local half hour: days with the same opening hours count
//! most, recent ones more than old ones, and where few are known wider pools lend some
//! ([`pools`]). How the pooled waits have to be read in these days, longer or shorter, is learned
//! every night from where the calls of the last days fell in what was forecast for them
//! ([`calibration`]). How many are expected to call is not used: it is a bad guide to waits.

pub mod calibration;
pub mod carry;
pub mod mix;
pub mod model;
pub mod past;
pub mod pools;

pub use model::{Basis, SlotWait, WaitModel, Waiting};
pub use past::{HalfWaits, WaitDay};

#[cfg(test)]
mod tests;
