//! The trade: what a contact is, how it is counted, what may be shown. Pure; no I/O, no clock.

pub mod batch;
pub mod centre;
pub mod contact;
pub mod event;
pub mod hours;
pub mod period;
pub mod published;
pub mod tally;
