//! The trade: what a contact is, how it is counted, what may be shown. Pure; no I/O, no clock.

pub mod batch;
pub mod centre;
pub mod contact;
pub mod coverage;
pub mod disclosure;
pub mod event;
pub mod hours;
pub mod measures;
pub mod period;
pub mod published;
pub mod series;
pub mod tally;
#[cfg(test)]
mod testing;
