//! The shapes of the answers.

use serde_json::{Value, json};

/// All of them, by name.
#[must_use]
pub fn all() -> Value {
    let mut all = own();
    for more in [super::now::schemas(), super::answers::schemas()] {
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
    }
    all
}

fn own() -> Value {
    json!({
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "parameter": {"type": "string"},
                "known": {"type": "array", "items": {"type": "string"}},
            },
        },
        "IngestProblem": super::ingest::problem(),
        "Point": point(),
        "Columns": columns(),
        "Series": series("points", &json!({"type": "array", "items": {"$ref": "#/components/schemas/Point"}})),
        "SeriesInColumns": series("columns", &json!({"$ref": "#/components/schemas/Columns"})),
        "Compare": compare(),
        "Overlays": overlays(),
        "Summary": summary(),
        "WaitRange": {
            "type": "object",
            "required": ["low_mins", "high_mins"],
            "properties": {
                "low_mins": {"type": "integer"},
                "high_mins": {"type": ["integer", "null"], "description": "null: more than 60"},
            },
        },
        "ContactWait": contact_wait(),
        "DataFile": super::data::file(),
        "Event": super::desk::schema(),
        "Definition": {
            "type": "object",
            "properties": {
                "id": {"type": "string"}, "name": {"type": "string"}, "meaning": {"type": "string"},
                "formula": {"type": "string"}, "unit": {"type": "string"}, "version": {"type": "integer"},
                "since": {"type": "string", "format": "date"}, "is_count": {"type": "boolean"},
                "within_day": {"type": "boolean"}, "finest": {"type": "string"},
                "whole_centre_only": {"type": "boolean"},
            },
        },
        "PastDefinition": past_definition(),
        "Promise": promise(),
    })
}

fn past_definition() -> Value {
    json!({
        "type": "object",
        "required": ["id", "version", "formula", "since", "until", "withdrawn", "reason"],
        "properties": {
            "id": {"type": "string"}, "version": {"type": "integer"}, "formula": {"type": "string"},
            "since": {"type": "string", "format": "date"}, "until": {"type": "string", "format": "date"},
            "withdrawn": {"type": "boolean", "description": "No later version took its place"},
            "reason": {"type": "string"},
        },
    })
}

fn promise() -> Value {
    let day = json!({"type": ["string", "null"], "format": "date"});
    json!({
        "type": "object",
        "required": ["line", "since", "until", "threshold_secs", "promise_secs"],
        "description": "A contact is judged by what held on its local day, from since until before until",
        "properties": {
            "line": {"type": "string"}, "since": day, "until": day,
            "target_percent": {"type": "number"}, "threshold_secs": {"type": "integer"},
            "short_abandon_secs": {"type": "integer"}, "promise_percent": {"type": "number"},
            "promise_secs": {"type": "integer"}, "reason": {"type": "string"},
        },
    })
}

fn beside() -> Value {
    let point = json!({"$ref": "#/components/schemas/Point"});
    let week = json!({"type": "object", "properties": {"as_judged": point, "as_before": point}});
    json!({
        "type": "array",
        "description": "Changes of thresholds near the range: 13 weeks after each, read both ways",
        "items": {"type": "object", "properties": {
            "since": {"type": "string", "format": "date"},
            "weeks": {"type": "array", "items": week},
        }},
    })
}

fn contact_wait() -> Value {
    let range = json!({"$ref": "#/components/schemas/WaitRange"});
    let none = json!({"type": "null"});
    let quiet = json!({
        "type": "object",
        "required": ["from", "until", "wait"],
        "description": "The next quiet window; wait holds the ranges of all its half hours",
        "properties": {"from": instant(), "until": instant(), "wait": range},
    });
    let line = json!({
        "type": "object",
        "required": ["id", "name", "state", "verdict", "wait", "quiet", "opens_at"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string", "description": "In the centre's first language"},
            "state": {"enum": ["open", "closed", "delayed", "no_data"]},
            "verdict": {"enum": ["good", "busy", "as_good_as_it_gets", "closed", "delayed", "no_data"]},
            "wait": {"oneOf": [range, none], "description": "80 % of those who join now wait so long"},
            "quiet": {"oneOf": [quiet, none]},
            "opens_at": {"type": ["string", "null"], "format": "date-time"},
        },
    });
    json!({
        "type": "object",
        "required": ["centre", "zone", "sample_data", "as_of", "stale_after", "lines"],
        "properties": {
            "centre": {"type": "string"},
            "zone": {"type": "string", "description": "IANA name; all instants are UTC"},
            "sample_data": {"type": "boolean", "description": "Simulated or replayed contacts"},
            "as_of": instant(),
            "stale_after": instant(),
            "lines": {"type": "array", "items": line},
        },
    })
}

fn number_or_null() -> Value {
    json!({"type": ["number", "null"]})
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn numbers() -> Value {
    json!({"type": "array", "items": number_or_null()})
}

fn point() -> Value {
    json!({
        "type": "object",
        "required": ["start", "value", "n", "mark"],
        "properties": {
            "start": instant(),
            "value": number_or_null(),
            "n": {"type": ["integer", "null"], "description": "The denominator, or the contacts behind the value"},
            "mark": {"enum": ["p", "r", "b", "u", "c", "x", "closed", null]},
            "under": {"type": "number", "description": "Small numbers: the value is under this"},
            "at_least": {"type": "number", "description": "Small numbers: the value is at least this"},
        },
    })
}

fn columns() -> Value {
    let bounds = json!({"type": "object", "additionalProperties": {"type": "number"}, "description": "By index"});
    json!({
        "type": "object",
        "properties": {
            "start": {"type": "array", "items": {"type": ["integer", "null"]}, "description": "Seconds since 1970"},
            "end": {"type": "array", "items": {"type": ["integer", "null"]}},
            "value": numbers(),
            "n": {"type": "array", "items": {"type": ["integer", "null"]}},
            "mark": {"type": "array", "items": {"type": "string"}},
            "under": bounds,
            "at_least": bounds,
        },
    })
}

fn series(points: &str, schema: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["line", "measure", "grain", "zone", "unit", "definition", points],
        "properties": {
            "line": {"type": "string"},
            "measure": {"type": "string"},
            "grain": {"type": "string"},
            "cause": {"type": "string", "description": "Only complaints of this cause, if asked for"},
            "channel": {"type": "string", "description": "Only contacts of this channel, if asked for"},
            "site": {"type": "string", "description": "Only those whom this site answered, if asked for"},
            "zone": {"type": "string", "description": "IANA name of the centre's zone"},
            "unit": {"type": "string"},
            "definition": {"type": "object", "properties": {
                "id": {"type": "string"}, "version": {"type": "integer"},
                "breaks": {"type": "array", "items": {"type": "string", "format": "date"},
                    "description": "Days from which it is read by other thresholds than before"},
            }},
            "beside": beside(),
            points: schema,
            "shut": {"type": "array", "items": {"type": "integer"},
                "description": "In columns: indices of points outside of the opening hours"},
            "flags": {"type": "array", "items": {"type": "object", "properties": {
                "start": instant(), "kind": {"type": "string"}, "text": {"type": "string"},
            }}},
            "compare": {"$ref": "#/components/schemas/Compare"},
            "overlays": {"$ref": "#/components/schemas/Overlays"},
            "summary": {"$ref": "#/components/schemas/Summary"},
        },
    })
}

fn compare() -> Value {
    json!({
        "type": "object",
        "properties": {
            "kind": {"enum": ["before", "last_year", "line", "target"]},
            "line": {"type": ["string", "null"]},
            "label": {"type": "string"},
            "points": {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/Point"}, {"type": "null"}]},
                "description": "As long as the series: the companion of each point"},
            "columns": {"$ref": "#/components/schemas/Columns"},
            "change": {"type": "array", "items": {"enum": ["up", "down", "none", null]},
                "description": "up or down only where the 95 % interval of the difference excludes zero"},
            "target": number_or_null(),
        },
    })
}

fn overlays() -> Value {
    json!({
        "type": "object",
        "properties": {
            "mean7": numbers(),
            "band": {"type": "object", "properties": {
                "low": numbers(), "high": numbers(), "weeks": {"type": "integer"},
            }},
            "xmr": {"type": ["object", "null"], "properties": {
                "centre": {"type": "number"}, "lower": {"type": "number"}, "upper": {"type": "number"},
                "signals": {"type": "array", "items": {"type": "object", "properties": {
                    "index": {"type": "integer"},
                    "rule": {"enum": ["outside", "one_side", "trend", "two_of_three"]},
                }}},
            }},
        },
    })
}

fn summary() -> Value {
    let place = json!({"type": ["object", "null"], "properties": {
        "index": {"type": "integer"}, "start": instant(), "value": {"type": "number"},
    }});
    json!({
        "type": "object",
        "properties": {
            "total": number_or_null(), "busiest": place, "quietest": place, "median": number_or_null(),
            "withheld": {"type": "integer"}, "missing": {"type": "integer"}, "text": {"type": "string"},
        },
    })
}
