//! What the operator writes: centre.toml and map.toml, with every mistake found at once.
//!
//! Reads text into types of the domain; knows nothing of the store, of events or of pages.

mod cause;
mod centre;
mod change;
mod check;
mod feed;
mod hours;
mod line;
pub mod map;
mod map_events;
mod map_toml;
mod mistake;
mod open_data;
mod purpose;
mod reader;
mod releases;
mod site;
mod source;
mod words;

pub use centre::{LANGUAGES, parse_centre};
pub use check::{CheckReport, check_file, read_centre, read_map};
pub use map::ImportMap;
pub use map_toml::parse_map;
pub use mistake::Mistake;
