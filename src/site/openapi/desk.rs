//! What the staff's programs send: events that explain demand, which everybody reads, and actions.

use serde_json::{Value, json};

use super::{answer, lang, parameter, reference, with_problems};
use crate::domain::action::{
    self, Comparison, LONGEST_DESCRIPTION, LONGEST_OWNER, LONGEST_REASON, State, Turn,
};
use crate::domain::impact::Direction;
use crate::domain::measures::MEASURES;
use crate::domain::occasion::{Kind, LONGEST_TITLE, Origin};
use crate::domain::period::Grain;
use crate::domain::series::WHOLE_CENTRE;
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

/// `POST /api/v1/staff/actions`.
pub(super) fn register_action(site: &Site) -> Value {
    let body = json!({"application/json": {"schema": sent_action(site)}});
    json!({
        "summary": "Register an action before it starts; from then on it never changes",
        "description": "Sent again with the same id and content it changes nothing.",
        "security": [{"staff": []}],
        "requestBody": {"required": true, "content": body},
        "responses": {
            "200": registered("It was there already"),
            "201": registered("It is registered, and everybody can read it"),
            "400": refused("The body or the id cannot be read"),
            "401": refused("No token, or one that is not in force"),
            "403": refused("The account of the token is not an officer's"),
            "409": refused("Another action has this id"),
            "422": refused("Fields that cannot be used: `faults` names each with what would be right"),
        },
    })
}

/// `POST /api/v1/staff/actions/{id}/steps`.
pub(super) fn step_action(site: &Site) -> Value {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["turn"],
        "properties": {
            "turn": {"enum": Turn::ALL.map(Turn::name)},
            "reason": texts(site, LONGEST_REASON, "Why it is given up; only where it is withdrawn"),
        },
    });
    json!({
        "summary": "Tell that an action started, is done, or is given up",
        "security": [{"staff": []}],
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "200": registered("It is kept, and everybody can read it"),
            "400": refused("The body cannot be read"),
            "401": refused("No token, or one that is not in force"),
            "403": refused("The account of the token is not an officer's"),
            "404": refused("There is no action of this id"),
            "409": refused("This cannot be told of it now"),
            "422": refused("The reason cannot be used: `faults` says what would be right"),
        },
    })
}

fn registered(text: &str) -> Value {
    let schema = json!({"type": "object", "properties": {
        "id": {"type": "string"},
        "registered_at": {"type": "string", "format": "date-time"},
        "state": {"enum": State::ALL.map(State::name)},
    }});
    json!({"description": text, "content": {"application/json": {"schema": schema}}})
}

/// A text in each language of the centre.
fn texts(site: &Site, longest: usize, description: &str) -> Value {
    let languages = &site.centre().languages;
    let text = json!({"type": "string", "maxLength": longest});
    let properties = languages.iter().map(|code| (code.clone(), text.clone()));
    let properties: serde_json::Map<String, Value> = properties.collect();
    json!({
        "type": "object",
        "required": languages,
        "properties": properties,
        "description": description,
    })
}

fn sent_action(site: &Site) -> Value {
    let centre = site.centre();
    let lines = centre.lines.iter().map(|line| line.id.as_str());
    let segments: Vec<&str> = std::iter::once(WHOLE_CENTRE).chain(lines.clone()).collect();
    let others = std::iter::once(Comparison::YEAR_BEFORE).chain(lines);
    let others: Vec<&str> = others.collect();
    let causes: Vec<&str> = centre.causes.iter().map(|own| own.id.as_str()).collect();
    let measures = MEASURES.iter().filter(|own| own.finest <= Grain::Day);
    let measures: Vec<&str> = measures.map(|own| own.id).collect();
    let day = |text: &str| json!({"type": "string", "format": "date", "description": text});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": [
            "owner", "title", "description", "measure", "line", "direction", "size", "start", "due",
            "verdict", "comparison",
        ],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$", "description": "A name of the sender's own"},
            "owner": {"type": "string", "maxLength": LONGEST_OWNER, "description": "Who answers for it; public"},
            "title": texts(site, action::LONGEST_TITLE, "Its public title"),
            "description": texts(site, LONGEST_DESCRIPTION, "What is done"),
            "cause": {"enum": causes, "description": "The cause of complaints that it answers"},
            "measure": {"enum": measures, "description": "The figure it should move"},
            "line": {"enum": segments, "description": "Where; * is the whole centre"},
            "direction": {"enum": [Direction::Up.name(), Direction::Down.name()]},
            "size": {"type": "number", "exclusiveMinimum": 0, "description": "By how much, in the unit of the figure"},
            "start": day("The first day of its effect: after today"),
            "due": day("The last day on which it is to be done"),
            "verdict": day("The day from which there is a verdict"),
            "comparison": {"enum": others, "description": "A line that it does not touch, or the year before"},
            "idea": day("It answers an idea of customers: when the first came in"),
        },
    })
}

fn refused(text: &str) -> Value {
    let schema = reference("Problem");
    json!({"description": text, "content": {"application/problem+json": {"schema": schema}}})
}

fn sent(site: &Site) -> Value {
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
            "title": texts(site, LONGEST_TITLE, "Its public title"),
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
