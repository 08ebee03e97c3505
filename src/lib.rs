//! The map of the house (to be completed).

pub mod clock;
pub mod config;
pub mod domain;
pub mod ingest;
pub mod live;
pub mod store;
