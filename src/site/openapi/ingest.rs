//! What sources send.

use serde_json::{Value, json};

use super::answers::whole;
use super::reference;

/// `POST /ingest/v1/events`.
pub(super) fn events() -> Value {
    let problem = |text: &str| {
        json!({
            "description": text,
            "content": {"application/problem+json": {"schema": reference("IngestProblem")}},
        })
    };
    json!({
        "summary": "Events of contacts, as CloudEvents 1.0",
        "description": "Events of a batch or of lines are taken in or refused one by one; a request with one event is refused as a whole.",
        "security": [{"source": []}],
        "parameters": [
            {"name": "list", "in": "query", "required": false, "description": "Also the places of those known already", "schema": {"enum": ["duplicates"]}},
            {"name": "covers", "in": "query", "required": false, "description": "Local days of which these are all events: 2026-01-01/2026-02-01,…, ends exclusive", "schema": {"type": "string"}},
        ],
        "requestBody": {"required": true, "content": {
            "application/cloudevents+json": {"schema": {"type": "object"}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        }},
        "responses": {
            "200": {"description": "What became of them, after that is durable", "content": {
                "application/json": {"schema": answer()},
            }},
            "400": problem("The body or a parameter cannot be read"),
            "401": problem("No token, or one that is not in force"),
            "408": problem("The body came too slowly; nothing of it was kept"),
            "413": problem("Too many bytes or events for one request"),
            "415": problem("Not a content type or an encoding that is read"),
            "422": problem("The one event was refused: `rejected` says why"),
            "503": problem("Not now; send it again after `Retry-After` seconds"),
            "507": problem("The disk is full; nothing of it was kept"),
        },
    })
}

fn rejected() -> Value {
    let own = whole(json!({
        "index": {"type": "integer", "description": "Its place, from 0"},
        "id": {"type": ["string", "null"]},
        "reason": {"type": "string", "description": "A word that does not change"},
        "detail": {"type": "string"},
    }));
    json!({"type": "array", "items": own})
}

fn answer() -> Value {
    let number = json!({"type": "integer", "minimum": 0});
    json!({
        "type": "object",
        "required": ["accepted", "duplicates", "orphans", "rejected"],
        "properties": {
            "accepted": number,
            "duplicates": number,
            "orphans": {"type": "integer", "minimum": 0, "description": "Of the accepted: the start of their contact is not known yet"},
            "rejected": rejected(),
            "duplicate_indexes": {"type": "array", "items": number},
        },
    })
}

/// The problem document of a refused request.
pub(super) fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "rejected": rejected(),
        },
    })
}
