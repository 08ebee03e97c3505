//! The map of the house (to be completed).

pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod forecast;
pub mod ingest;
pub mod live;
pub mod server;
pub mod store;
