//! The weekly edition: which week, when it appears, what it says, what its officer adds. Pure.
//!
//! An edition is *facts*, made by the machine of published values and frozen, and at most one
//! comment with one signature. Its slot in the calendar is there before it, and stays whatever
//! becomes of it.

pub mod actions;
pub mod bind;
pub mod comment;
pub mod compare;
pub mod facts;
pub mod findings;
pub mod release;
pub mod sceptic;
pub mod version;
pub mod week;

pub use facts::Facts;
pub use release::{Calendar, Rule, Slot, State};
pub use version::{Shelf, Version};
pub use week::IsoWeek;
