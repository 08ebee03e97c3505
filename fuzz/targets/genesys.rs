//! Detail events of Genesys Cloud; several in an array are told to one reader.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::genesys::Genesys;
use serde_json::Value;

fuzz_target!(|message: &[u8]| {
    let Ok(message) = serde_json::from_slice(message) else {
        return;
    };
    let mut reader = Genesys::new(common::feed(FeedKind::GenesysCloud), "/genesys");
    let messages = match message {
        Value::Array(several) => several,
        one => vec![one],
    };
    for message in &messages {
        common::is_accounted_for(&reader.read(message));
    }
});
