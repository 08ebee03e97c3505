//! Messages of Amazon Connect: contact events and records, and agent events, of which several in an
//! array are told to one reader.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::connect::Connect;
use quietline::ingest::adapters::connect::staff::Staff;
use serde_json::Value;

/// 2026-08-07T09:30:00Z, the time around which the messages of the tests were sent.
const NOW_MS: i64 = 1_786_095_000_000;

fuzz_target!(|message: &[u8]| {
    let Ok(message) = serde_json::from_slice(message) else {
        return;
    };
    let reader = Connect::new(common::feed(FeedKind::AmazonConnect), "/connect");
    let mut staff = Staff::new(common::feed(FeedKind::AmazonConnect), "/connect");
    let messages = match message {
        Value::Array(several) => several,
        one => vec![one],
    };
    for (number, message) in (0_i64..).zip(&messages) {
        common::is_accounted_for(&reader.read(message));
        // One comes every minute, so that people are counted.
        common::is_accounted_for(&staff.read(message, NOW_MS + number * 60_000));
    }
});
