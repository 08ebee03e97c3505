//! Events that explain demand: read by everybody, entered by the staff's programs.

use serde_json::{Value, json};

use super::{answer, lang, parameter, reference, with_problems};
use crate::domain::occasion::{Kind, LONGEST_TITLE, Origin};
use crate::site::Site;

/// `GET /api/v1/events`.
pub(super) fn events(site: &Site) -> Value {
    let list = json!({"type": "array", "items": reference("Event")});
    let schema =
        json!({"type": "object", "properties": {"zone": {"type": "string"}, "events": list}});
    let mut operation = answer(
        "Events that explain demand, the earliest first, cancelled ones too",
        "application/json",
        &schema,
    );
    operation["parameters"] = json!([parameter(site, "line")]);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

/// `GET /events.ics`.
pub(super) fn events_feed() -> Value {
    let mut operation = answer(
        "The events that run and come, and the days expected to be busy, to subscribe to",
        "text/calendar",
        &json!({"type": "string"}),
    );
    operation["parameters"] = json!([lang()]);
    operation
}

/// `POST /api/v1/staff/events`.
pub(super) fn enter_event(site: &Site) -> Value {
    json!({
        "summary": "Enter an event that explains demand",
        "description": "Sent again with the same id and content it changes nothing.",
        "security": [{"staff": []}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": sent(site)}}},
        "responses": {
            "200": kept("It was there already"),
            "201": kept("It is kept, and everybody can read it"),
            "400": refused("The body or the id cannot be read"),
            "401": refused("No token, or one that is not in force"),
            "403": refused("The account of the token reads and does not enter"),
            "409": refused("Another event has this id"),
            "422": refused("Fields that cannot be used: `faults` names each with what would be right"),
        },
    })
}

/// `POST /api/v1/staff/events/{id}/cancel`.
pub(super) fn cancel_event() -> Value {
    json!({
        "summary": "Cancel an event; it stays on the list, marked",
        "security": [{"staff": []}],
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {
            "200": kept("It is cancelled"),
            "401": refused("No token, or one that is not in force"),
            "403": refused("The account of the token reads and does not enter"),
            "404": refused("There is no event of this id that could be cancelled"),
        },
    })
}

fn kept(text: &str) -> Value {
    let schema = json!({"type": "object", "properties": {
        "id": {"type": "string"},
        "entered_at": {"type": "string", "format": "date-time"},
        "cancelled_at": {"type": ["string", "null"], "format": "date-time"},
        "entered_afterwards": {"type": "boolean"},
    }});
    json!({"description": text, "content": {"application/json": {"schema": schema}}})
}

fn refused(text: &str) -> Value {
    let schema = reference("Problem");
    json!({"description": text, "content": {"application/problem+json": {"schema": schema}}})
}

fn sent(site: &Site) -> Value {
    let languages = &site.centre().languages;
    let title = languages.iter().map(|code| {
        let text = json!({"type": "string", "maxLength": LONGEST_TITLE});
        (code.clone(), text)
    });
    let title: serde_json::Map<String, Value> = title.collect();
    let time = json!({
        "type": "string",
        "description": "RFC 3339, or local time of the centre: 2026-03-31T09:00",
    });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["kind", "origin", "title", "start", "end"],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$", "description": "A name of the sender's own"},
            "kind": {"enum": Kind::ALL.map(Kind::name)},
            "origin": {"enum": Origin::ALL.map(Origin::name)},
            "title": {"type": "object", "required": languages, "properties": title},
            "lines": {"type": "array", "items": {"enum": site.line_ids()}, "description": "None are all"},
            "start": time,
            "end": time,
        },
    })
}

/// An event as everybody may read it.
pub(super) fn schema() -> Value {
    let instant = json!({"type": "string", "format": "date-time"});
    let maybe = json!({"type": ["string", "null"], "format": "date-time"});
    let number = json!({"type": ["number", "null"]});
    let compared = json!({
        "type": "object",
        "description": "Contact attempts on the days of a past event",
        "properties": {
            "line": {"type": "string"},
            "expected": number,
            "came": number,
            "basis": {"enum": ["forecast", "four_weeks"]},
            "forecast_issued": {"type": ["string", "null"], "format": "date"},
        },
    });
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "kind": {"enum": Kind::ALL.map(Kind::name)},
            "origin": {"enum": Origin::ALL.map(Origin::name)},
            "state": {"enum": ["coming", "running", "past", "cancelled"]},
            "title": {"type": "object", "additionalProperties": {"type": "string"}},
            "lines": {"type": "array", "items": {"type": "string"}, "description": "* is the whole centre"},
            "start": instant, "end": instant, "entered_at": instant,
            "entered_by": {"enum": ["officer", "editor", "analyst"]},
            "entered_afterwards": {"type": "boolean"},
            "changed_at": maybe, "cancelled_at": maybe,
            "compared": {"type": "array", "items": compared},
        },
    })
}
