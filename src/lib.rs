//! The map of the house (to be completed).

pub mod demo;
pub mod domain;
pub mod live;
