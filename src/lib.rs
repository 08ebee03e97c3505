//! The map of the house (to be completed).

pub mod config;
pub mod domain;
pub mod live;
