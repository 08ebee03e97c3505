//! Messages of Amazon Connect: contact events and records.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::connect::Connect;

fuzz_target!(|message: &[u8]| {
    if let Ok(message) = serde_json::from_slice(message) {
        let reader = Connect::new(common::feed(FeedKind::AmazonConnect), "/connect");
        common::is_accounted_for(&reader.read(&message));
    }
});
