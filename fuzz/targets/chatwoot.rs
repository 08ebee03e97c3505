//! Messages of Chatwoot.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::chatwoot::Chatwoot;

fuzz_target!(|message: &[u8]| {
    if let Ok(message) = serde_json::from_slice(message) {
        let reader = Chatwoot::new(common::feed(FeedKind::Chatwoot), "/chat");
        common::is_accounted_for(&reader.read(&message, 1_793_610_000_000));
    }
});
