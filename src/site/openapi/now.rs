//! The state of the lines now, as `/api/v1/now` and the live feed tell it.

use serde_json::{Value, json};

use super::answers::whole;
use super::reference;

/// By name: the body of `/api/v1/now`, and a frame of the feed.
#[must_use]
pub fn schemas() -> Value {
    let body = members();
    let mut frame = body.clone();
    frame["epoch"] = json!({"type": "string", "description": "Drawn at each start of the server"});
    frame["seq"] = json!({
        "type": "integer",
        "minimum": 1,
        "description": "Grows with each frame of an epoch; none is sent twice, some may be left out",
    });
    json!({
        "Now": whole(body),
        "Frame": whole(frame),
        "LineNow": line(),
        "Verdict": verdict(),
        "QuietSlot": slot(),
        "Today": today(),
    })
}

fn or_null(schema: &Value) -> Value {
    json!({"oneOf": [schema, {"type": "null"}]})
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn maybe_instant() -> Value {
    json!({"type": ["string", "null"], "format": "date-time"})
}

fn maybe_count(text: &str) -> Value {
    json!({"type": ["integer", "null"], "minimum": 0, "description": text})
}

fn members() -> Value {
    json!({
        "centre": {"type": "string"},
        "zone": {"type": "string", "description": "IANA name; all instants are UTC"},
        "sample_data": {"type": "boolean", "description": "Simulated or replayed contacts"},
        "as_of": instant(),
        "stale_after": {"type": "string", "format": "date-time", "description": "Not to be believed after it"},
        "lines": {"type": "array", "items": reference("LineNow")},
    })
}

fn line() -> Value {
    whole(json!({
        "id": {"type": "string"},
        "name": {"type": "string", "description": "In the centre's first language"},
        "phone": {"type": ["string", "null"]},
        "state": {"enum": ["open", "closed", "delayed", "no_data"]},
        "opens_at": maybe_instant(),
        "closes_at": maybe_instant(),
        "last_seen_at": maybe_instant(),
        "waiting": maybe_count("null: fewer than waiting_below, or not known"),
        "waiting_below": maybe_count("Set where waiting is withheld"),
        "longest_wait_secs": maybe_count("Withheld while fewer than 5 wait"),
        "answered_last_half_hour": maybe_count("Withheld below 5"),
        "staffed_at_least": maybe_count("In bands of five"),
        "wait": or_null(&reference("WaitRange")),
        "typical": or_null(&reference("WaitRange")),
        "verdict": reference("Verdict"),
        "next_quiet": {"type": "array", "items": reference("QuietSlot")},
        "ranges_right": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "today": reference("Today"),
    }))
}

fn verdict() -> Value {
    whole(json!({
        "code": {"enum": ["good", "busy", "as_good_as_it_gets", "closed", "delayed", "no_data"]},
        "better_at": maybe_instant(),
        "better_wait": or_null(&reference("WaitRange")),
        "saves_mins": maybe_count("Difference of the upper ends, minutes"),
        "text": {"type": "string", "description": "In the centre's first language"},
    }))
}

fn slot() -> Value {
    whole(json!({
        "start": instant(),
        "end": instant(),
        "wait": reference("WaitRange"),
        "weight": {"type": "number", "minimum": 0, "maximum": 1, "description": "The chance of being named first"},
    }))
}

fn today() -> Value {
    whole(json!({
        "until": maybe_instant(),
        "attempts": maybe_count("null: withheld or not known"),
        "answered": maybe_count("null: withheld or not known"),
        "abandoned": maybe_count("null: withheld or not known"),
    }))
}
