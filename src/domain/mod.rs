//! The trade: what a contact is, how it is counted, what may be shown. Pure; no I/O, no clock.

pub mod action;
pub mod analysis;
pub mod batch;
pub mod card;
pub mod centre;
pub mod contact;
#[cfg(test)]
mod contact_tests;
pub mod coverage;
pub mod disclosure;
pub mod edition;
pub mod event;
pub mod facts;
pub mod hours;
pub mod impact;
pub mod log;
pub mod measures;
pub mod occasion;
pub mod packed;
pub mod period;
#[cfg(test)]
mod period_tests;
pub mod published;
pub mod record;
pub mod satisfaction;
pub mod series;
pub mod settings;
pub mod spelling;
pub mod staff;
pub mod tally;
#[cfg(test)]
pub(crate) mod testing;
pub mod volume;
pub mod xmr;
