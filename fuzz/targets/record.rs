//! Files of a public record: canonical JSON, leaves, heads, the release calendar.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quietline::publish::verify::{Known, read_calendar, verify};
use quietline::publish::{canonical, head, leaf};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = canonical::of_bytes(bytes) {
        assert_eq!(canonical::to_bytes(&value).expect("canonical"), bytes);
        let _ = head::of_json(&value);
    }
    let _ = leaf::read(bytes);
    let _ = read_calendar(bytes);
    // A record of nothing else is no record.
    let files = ["log/leaves/0.json", "log/heads.json", "log/head.json"];
    let files = files.map(|path| (path.to_owned(), bytes.to_vec()));
    assert!(!verify(&files.into(), &Known::default()).is_sound());
});
