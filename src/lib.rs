//! The map of the house (to be completed).

pub mod app;
pub mod charts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod forecast;
pub mod ingest;
pub mod live;
pub mod server;
pub mod site;
pub mod store;
pub mod words;
