//! Lines of Asterisk's `queue_log`.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::asterisk::{QueueLog, time_of};

fuzz_target!(|log: &[u8]| {
    let mut reader = QueueLog::new(common::feed(FeedKind::QueueLog), "/pbx");
    for (number, line) in log.split(|byte| *byte == b'\n').enumerate() {
        let read = reader.read(line, &number.to_string());
        common::is_accounted_for(&read.said);
        if read.at_ms.is_some() {
            assert!(time_of(line).is_some(), "one reading of a line's time");
        }
    }
});
