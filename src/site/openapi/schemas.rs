//! The shapes of the answers.

use serde_json::{Value, json};

/// All of them, by name.
#[must_use]
pub fn all() -> Value {
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
        "Point": point(),
        "Columns": columns(),
        "Series": series("points", &json!({"type": "array", "items": {"$ref": "#/components/schemas/Point"}})),
        "SeriesInColumns": series("columns", &json!({"$ref": "#/components/schemas/Columns"})),
        "Compare": compare(),
        "Overlays": overlays(),
        "Summary": summary(),
        "Definition": {
            "type": "object",
            "properties": {
                "id": {"type": "string"}, "name": {"type": "string"}, "meaning": {"type": "string"},
                "formula": {"type": "string"}, "unit": {"type": "string"}, "version": {"type": "integer"},
                "since": {"type": "string", "format": "date"}, "is_count": {"type": "boolean"},
                "within_day": {"type": "boolean"},
            },
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
            "zone": {"type": "string", "description": "IANA name of the centre's zone"},
            "unit": {"type": "string"},
            "definition": {"type": "object", "properties": {"id": {"type": "string"}, "version": {"type": "integer"}}},
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
