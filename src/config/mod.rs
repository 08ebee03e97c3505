//! What the operator writes: centre.toml and map.toml, with every mistake found at once.
//!
//! Reads text into types of the domain; knows nothing of the store, of events or of pages.

pub mod map;

pub use map::ImportMap;
