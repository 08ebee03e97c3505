//! The comment of an officer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quietline::domain::edition::comment::read;

fuzz_target!(|text: &str| {
    match read(text) {
        Ok(blocks) => assert_eq!(read(text), Ok(blocks)),
        Err(faults) => assert!(!faults.is_empty()),
    }
});
