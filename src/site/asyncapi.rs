//! `/asyncapi.json`: the live feed, over a WebSocket and as server-sent events, and
//! `/schema/contact-wait.json`: the schema of the small document, at an address of its own.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::Site;
use super::api::{AN_HOUR, tagged};
use super::openapi::schemas;
use super::page::absolute;

/// Schemas that a frame is made of.
const OF_A_FRAME: [&str; 6] = [
    "Frame",
    "LineNow",
    "Verdict",
    "QuietSlot",
    "Today",
    "WaitRange",
];

/// The document.
pub async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    let body = document(&site, &headers).to_string();
    tagged(body, "application/json", AN_HOUR, &headers)
}

fn document(site: &Site, headers: &HeaderMap) -> Value {
    let message = |channel: &str| json!({"$ref": format!("#/channels/{channel}/messages/frame")});
    let sends = |channel: &str, text: &str| {
        json!({
            "action": "send",
            "channel": {"$ref": format!("#/channels/{channel}")},
            "messages": [message(channel)],
            "summary": text,
        })
    };
    let channel = |address: &str, servers: Value, bindings: Value| {
        json!({
            "address": address,
            "servers": servers,
            "messages": {"frame": {"$ref": "#/components/messages/frame"}},
            "bindings": bindings,
        })
    };
    let get = json!({"method": "GET"});
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": format!("{}: live feed", site.centre().name.in_language("en")),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "At most one frame a second: the state of every line, whole. Whoever \
                missed frames has missed nothing but the past. Nothing is sent to the server.",
        },
        "defaultContentType": "application/json",
        "servers": servers(headers),
        "channels": {
            "websocket": channel(
                "/api/v1/live/ws",
                json!([{"$ref": "#/servers/websocket"}]),
                json!({"ws": get}),
            ),
            "events": channel(
                "/api/v1/live",
                json!([{"$ref": "#/servers/events"}]),
                json!({"http": {}}),
            ),
        },
        "operations": {
            "sendFrame": sends("websocket", "A frame as a text message"),
            "sendEvent": sends("events", "The same as data of a server-sent event; its id is epoch:seq"),
        },
        "components": {
            "messages": {"frame": {
                "name": "frame",
                "title": "The state of every line now",
                "contentType": "application/json",
                "payload": {"$ref": "#/components/schemas/Frame"},
            }},
            "schemas": only(&OF_A_FRAME),
        },
    })
}

/// Where this server is, as the visitor names it.
fn servers(headers: &HeaderMap) -> Value {
    let address = absolute(headers, "");
    let (scheme, host) = address.split_once("://").unwrap_or(("http", "localhost"));
    let websocket = if scheme == "https" { "wss" } else { "ws" };
    json!({
        "websocket": {"host": host, "protocol": websocket},
        "events": {"host": host, "protocol": scheme},
    })
}

fn only(names: &[&str]) -> Value {
    let all = schemas::all();
    let own = names.iter();
    own.map(|name| ((*name).to_owned(), all[*name].clone()))
        .collect()
}

/// `/schema/contact-wait.json`: JSON Schema of `/.well-known/contact-wait.json`.
pub async fn contact_wait(headers: HeaderMap) -> Response {
    let mut schema = schemas::all()["ContactWait"].take();
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$id"] = json!(absolute(&headers, "/schema/contact-wait.json"));
    schema["title"] = json!("The wait of every line of a contact centre");
    schema["$defs"] = only(&["WaitRange"]);
    let body = schema.to_string();
    let body = body.replace("#/components/schemas/", "#/$defs/");
    tagged(body, "application/schema+json", AN_HOUR, &headers)
}
