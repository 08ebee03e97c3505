//! What is said on FreeSWITCH's event socket: cut into messages, and read as events.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::freeswitch::CallCenter;
use quietline::ingest::event_socket::frames::{Frames, MOST_BODY_BYTES};

fuzz_target!(|spoken: &[u8]| {
    let mut reader = CallCenter::new(common::feed(FeedKind::FreeSwitch), "/pbx");
    // Also without a message around it, or it would be read only by luck.
    common::is_accounted_for(&reader.read(spoken));
    let mut frames = Frames::default();
    let mut whole = Frames::default();
    whole.push(spoken);
    let mut taken = 0;
    for piece in spoken.chunks(7) {
        frames.push(piece);
        while let Ok(Some(frame)) = frames.take() {
            assert!(frame.body.len() <= MOST_BODY_BYTES);
            assert_eq!(
                whole.take().ok().flatten().as_ref(),
                Some(&frame),
                "cuts change nothing"
            );
            common::is_accounted_for(&reader.read(&frame.body));
            taken += 1;
        }
    }
    assert!(taken <= spoken.len());
});
