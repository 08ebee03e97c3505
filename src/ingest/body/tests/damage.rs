//! Whatever bytes come, nothing panics.

use proptest::prelude::*;
use serde_json::json;

use super::{event, offered, read, with};
use crate::domain::event::EventKind;
use crate::ingest::body::Framing;

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for framing in [Framing::Single, Framing::Batch, Framing::Lines] {
            let _ = read(framing, &bytes);
        }
    }

    #[test]
    fn no_damage_to_a_good_event_makes_it_panic(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = json!([offered(), offered()]).to_string().into_bytes();
        let at = place.index(body.len());
        body[at] = byte;
        let _ = read(Framing::Batch, &body);
        let _ = read(Framing::Lines, &body[1..body.len() - 1]);
        body.truncate(cut.index(body.len()));
        let _ = read(Framing::Single, &body);
    }

    #[test]
    fn no_attribute_makes_it_panic(text in "\\PC{0,40}", number in any::<i64>()) {
        for name in ["id", "source", "type", "time", "subject", "data"] {
            let _ = read(Framing::Single, with(name, json!(text)).to_string().as_bytes());
            let _ = read(Framing::Single, with(name, json!(number)).to_string().as_bytes());
        }
        let data = json!({
            "line": "billing", "revision": number, "handle_ms": number, "score": number,
            "scale": "nps", "staffed": number, "seconds": number, "attempts": number,
            "start": text, "cause": text,
        });
        for (_, name) in EventKind::ALL {
            let _ = read(Framing::Single, event(name, data.clone()).to_string().as_bytes());
        }
    }
}
