//! Events of Twilio TaskRouter: JSON of Event Streams, and forms of event callbacks.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use quietline::domain::centre::FeedKind;
use quietline::ingest::adapters::twilio::Twilio;

fuzz_target!(|message: &[u8]| {
    let reader = Twilio::new(common::feed(FeedKind::TwilioTaskRouter), "/flex");
    common::is_accounted_for(&reader.read_form(message));
    if let Ok(message) = serde_json::from_slice(message) {
        common::is_accounted_for(&reader.read(&message));
    }
});
