//! Bodies of events, in each framing, at the door of the sample centre.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quietline::config::parse_centre;
use quietline::demo;
use quietline::ingest::body::{Framing, read_body};
use quietline::ingest::door::Door;
use quietline::ingest::keys::KeyMaker;

static DOOR: LazyLock<Door> = LazyLock::new(|| {
    let centre = parse_centre(demo::centre_toml()).expect("the sample centre");
    Door::new(&centre, KeyMaker::new(&[7; 32]))
});

fuzz_target!(|body: &[u8]| {
    let threshold = DOOR
        .open_to(demo::SOURCE, 1_793_610_000_000)
        .expect("the source of the sample");
    for framing in [Framing::Single, Framing::Batch, Framing::Lines] {
        let Ok(reading) = read_body(framing, body, threshold) else {
            continue;
        };
        assert_eq!(reading.admitted.len(), reading.places.len());
        for rejection in &reading.rejected {
            assert!(!rejection.reason.word().is_empty());
            assert!(!rejection.detail.is_empty());
            let id = rejection.id.as_deref().unwrap_or_default();
            assert!(
                rejection.detail.len() + id.len() < 4_096,
                "an answer that grows"
            );
        }
        assert_eq!(read_body(framing, body, threshold), Ok(reading));
    }
});
