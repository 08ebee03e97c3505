//! `/openapi.json`: what programs may ask, written from the same tables that read their questions.

mod schemas;
#[cfg(test)]
mod tests;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::Site;
use super::analysed::Overlays;
use super::api::{self, FORMATS, MOST_POINTS};
use super::history::{self, Range};
use crate::domain::period::Grain;
use crate::words::Lang;

/// The document.
pub async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    let body = document(&site).to_string();
    api::tagged(body, "application/json", api::AN_HOUR, &headers)
}

/// OpenAPI 3.1.
fn document(site: &Site) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: contact figures", site.centre().name.in_language("en")),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the pages show, for programs. Missing is never zero: where a value \
                is null, `mark` says why. Small numbers are withheld; see /method.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/api/v1/series": {"get": series(site)},
            "/api/v1/series.csv-metadata.json": {"get": csv_metadata(site)},
            "/api/v1/week": {"get": week(site)},
            "/api/v1/definitions": {"get": definitions()},
            "/api/v1/now": {"get": answer("The state of every line now", "application/json", json!({"type": "object"}))},
            "/api/v1/live": {"get": answer("The same as server-sent events, one frame a second at most", "text/event-stream", json!({"type": "string"}))},
            "/api/v1/live/ws": {"get": {
                "summary": "The same over a WebSocket",
                "responses": {"101": {"description": "The connection becomes a WebSocket"}},
            }},
            "/chart.svg": {"get": picture(site, "image/svg+xml")},
            "/chart.png": {"get": picture(site, "image/png")},
            "/now.txt": {"get": answer("The verdict in a sentence", "text/plain", json!({"type": "string"}))},
            "/ingest/v1/events": {"post": ingest()},
            "/openapi.json": {"get": answer("This document", "application/json", json!({"type": "object"}))},
        },
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {"source": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn problems() -> Value {
    let content = |text: &str| {
        json!({
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    json!({
        "400": content("A parameter cannot be used; the document names it and the remedy"),
        "503": content("The first figures are being prepared"),
    })
}

fn answer(summary: &str, kind: &str, schema: Value) -> Value {
    json!({
        "summary": summary,
        "responses": {"200": {"description": summary, "content": {kind: {"schema": schema}}}},
    })
}

fn with_problems(mut responses: Value) -> Value {
    if let (Some(all), Value::Object(problems)) = (responses.as_object_mut(), problems()) {
        all.extend(problems);
    }
    responses
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn series(site: &Site) -> Value {
    let json_schema = json!({"oneOf": [reference("Series"), reference("SeriesInColumns")]});
    json!({
        "summary": "A measure of a line over time",
        "description": format!("At most {MOST_POINTS} points. `from` is inclusive, `to` exclusive; without them the last four weeks. Closed periods may be cached for a day."),
        "parameters": api::SERIES_PARAMETERS.map(|name| parameter(site, name)),
        "responses": with_problems(json!({"200": {
            "description": "The series",
            "headers": {
                "ETag": {"schema": {"type": "string"}},
                "Link": {"description": "Of CSV: what its columns mean", "schema": {"type": "string"}},
            },
            "content": {
                "application/json": {"schema": json_schema},
                "text/csv": {"schema": {"type": "string"}},
            },
        }})),
    })
}

fn csv_metadata(site: &Site) -> Value {
    let mut operation = answer(
        "What the columns of the CSV mean (CSV on the Web)",
        "application/csvm+json",
        json!({"type": "object"}),
    );
    operation["parameters"] = json!(api::METADATA_PARAMETERS.map(|name| parameter(site, name)));
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

fn week(site: &Site) -> Value {
    let mut operation = answer(
        "The usual week of a line",
        "application/json",
        json!({"type": "object"}),
    );
    let mut line = parameter(site, "line");
    line["schema"] = json!({"enum": site.line_ids()});
    operation["parameters"] = json!([line]);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

fn definitions() -> Value {
    let list = json!({"type": "array", "items": reference("Definition")});
    let schema = json!({"type": "object", "properties": {"definitions": list}});
    let mut operation = answer(
        "Every measure with its formula and version",
        "application/json",
        schema,
    );
    operation["parameters"] = json!([lang()]);
    operation
}

fn picture(site: &Site, kind: &str) -> Value {
    let mut operation = answer(
        "The picture of a view of the history",
        kind,
        json!({"type": "string"}),
    );
    let own = history::PARAMETERS.map(|name| parameter(site, name));
    operation["parameters"] = json!(own.into_iter().chain([lang()]).collect::<Vec<_>>());
    // Pictures are looked at by people: their errors are pages.
    operation["responses"]["400"] =
        json!({"description": "A page that names the parameter and the remedy"});
    operation
}

fn ingest() -> Value {
    json!({
        "summary": "Events of contacts, as CloudEvents 1.0",
        "security": [{"source": []}],
        "requestBody": {"required": true, "content": {
            "application/cloudevents+json": {"schema": {"type": "object"}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        }},
        "responses": {"200": {"description": "What was accepted, after it is durable", "content": {
            "application/json": {"schema": {"type": "object"}},
        }}},
    })
}

fn lang() -> Value {
    let codes = Lang::ALL.map(Lang::code);
    described(
        "lang",
        "Language of words in the answer",
        json!({"enum": codes}),
    )
}

fn described(name: &str, text: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": text, "schema": schema})
}

/// A parameter with the values that its reader knows.
fn parameter(site: &Site, name: &str) -> Value {
    let lines = || std::iter::once("*".to_owned()).chain(site.line_ids());
    let definitions = || site.figures().definitions().iter();
    let date = json!({"type": "string", "format": "date"});
    let of = |text: &str, schema: Value| described(name, text, schema);
    match name {
        "line" => of(
            "A line; * is the whole centre",
            json!({"enum": lines().collect::<Vec<_>>(), "default": "*"}),
        ),
        "measure" => of(
            "A measure",
            json!({"enum": definitions().map(|one| one.id).collect::<Vec<_>>()}),
        ),
        "volume" => {
            let counts = definitions().filter(|one| one.is_count).map(|one| one.id);
            let values: Vec<_> = std::iter::once("none").chain(counts).collect();
            of("The lower pane", json!({"enum": values}))
        }
        "grain" => of(
            "Width of the points",
            json!({"enum": Grain::ALL.map(Grain::name)}),
        ),
        "range" => of(
            "A length of time that ends with `end`; not read with own dates",
            json!({"enum": Range::ALL.map(Range::name), "default": "1m"}),
        ),
        "end" => of("The last local day of the range", date),
        "until" => of("The last local day, inclusive", date),
        "from" => of(
            "The first local day, or for series an instant in RFC 3339",
            json!({"type": "string"}),
        ),
        "to" => of(
            "The first local day, or instant in RFC 3339, that is not shown",
            json!({"type": "string"}),
        ),
        "kind" => of(
            "How it is drawn; boxes are for waits",
            json!({"enum": ["line", "bars", "box"]}),
        ),
        "compare" => {
            let lines = lines().map(|line| format!("line:{line}"));
            let plain = ["none", "before", "last_year", "target"].map(str::to_owned);
            let values: Vec<_> = plain.into_iter().chain(lines).collect();
            of(
                "What it is compared with; a line not with itself",
                json!({"enum": values}),
            )
        }
        "as" => of(
            "Values, or percent of the comparison or the first value",
            json!({"enum": ["absolute", "percent"]}),
        ),
        "overlay" => {
            let items = json!({"type": "array", "items": {"enum": Overlays::NAMES}});
            let mut overlay = of("Lines over the series, with commas", items);
            overlay["style"] = json!("form");
            overlay["explode"] = json!(false);
            overlay
        }
        "hours" => of(
            "Whether closed hours are left out",
            json!({"enum": ["open", "all"]}),
        ),
        "zone" => of(
            "Whose clock; only the page's script reads it",
            json!({"enum": ["centre", "visitor"]}),
        ),
        "format" => of(
            "JSON point by point, in columns, or CSV",
            json!({"enum": FORMATS, "default": "json"}),
        ),
        _ => lang(),
    }
}
