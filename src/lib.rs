//! The map of the house (to be completed).

pub mod charts;
pub mod domain;
pub mod live;
pub mod site;
pub mod words;
