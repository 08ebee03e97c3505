//! The map of the house (to be completed).

pub mod domain;
pub mod live;
pub mod words;
