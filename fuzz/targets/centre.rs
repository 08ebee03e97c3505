//! Descriptions of a centre and of files to import.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quietline::config::{parse_centre, parse_map};

fuzz_target!(|text: &str| {
    if let Err(mistakes) = parse_centre(text) {
        assert!(!mistakes.is_empty());
    }
    if let Err(mistakes) = parse_map(text) {
        assert!(!mistakes.is_empty());
    }
});
