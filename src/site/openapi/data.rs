//! Open data, and what other sites show of this one.

use serde_json::{Value, json};

use super::{answer, described, lang, parameter, reference, with_problems};
use crate::site::Site;
use crate::site::data::names;

/// All of its addresses.
pub(super) fn paths(site: &Site) -> Value {
    let object = json!({"type": "object"});
    let file = |text: &str, kind: &str| none_yet(answer(text, kind, &json!({"type": "string"})));
    json!({
        "/data/{year}/{file}": {"get": of_line(site)},
        "/data/all.csv.gz": {"get": file("All lines of all years: the CSV of each, one after the other", "application/gzip")},
        "/data/all.csv-metadata.json": {"get": answer("What its columns mean (CSV on the Web)", "application/csvm+json", &object)},
        "/data/SHA256SUMS": {"get": file("The checksums of all files as they are now", "text/plain")},
        "/data/SHA256SUMS.sig": {"get": file("The signature over them (Ed25519), 64 bytes", "application/octet-stream")},
        "/data/key.pem": {"get": file("The public key that signs them", "application/x-pem-file")},
        "/data/changes.json": {"get": none_yet(answer("The version of the data, and what changed", "application/json", &changes()))},
        "/data/catalog.jsonld": {"get": none_yet(answer("A catalogue of the files (DCAT 3)", "application/ld+json", &object))},
        "/data/dataset.jsonld": {"get": none_yet(answer("The data set for search engines (schema.org)", "application/ld+json", &object))},
        "/asyncapi.json": {"get": answer("The live feed (AsyncAPI 3.0)", "application/json", &object)},
        "/schema/contact-wait.json": {"get": answer("JSON Schema of /.well-known/contact-wait.json", "application/schema+json", &object)},
        "/oembed": {"get": oembed()},
        "/badge.svg": {"get": badge(site)},
    })
}

/// Before the first day is closed there is nothing.
fn none_yet(mut operation: Value) -> Value {
    operation["responses"]["404"] = json!({
        "description": "There is no such file, or none yet",
        "content": {"application/problem+json": {"schema": reference("Problem")}},
    });
    operation
}

fn of_line(site: &Site) -> Value {
    let text = "Every daily measure of a line in a year, of closed days";
    let mut operation = none_yet(answer(text, "application/json", &reference("DataFile")));
    let endings = ["csv", "json", "csv-metadata.json"];
    let files = names(site).into_iter();
    let files = files.flat_map(|name| endings.map(|ending| format!("{name}.{ending}")));
    let path = |name: &str, schema: Value| json!({"name": name, "in": "path", "required": true, "schema": schema});
    operation["parameters"] = json!([
        path("year", json!({"type": "string", "pattern": "^[0-9]{4}$"})),
        path("file", json!({"enum": files.collect::<Vec<_>>()})),
    ]);
    let content = &mut operation["responses"]["200"]["content"];
    content["text/csv"] = json!({"schema": {"type": "string"}});
    content["application/csvm+json"] = json!({"schema": {"type": "object"}});
    operation
}

/// The JSON of a line in a year.
pub(super) fn file() -> Value {
    let values = json!({"type": "array", "items": {"type": ["number", "null"]}});
    let bounds = json!({"type": "object", "additionalProperties": {"type": "number"}, "description": "By index"});
    let measure = json!({
        "type": "object",
        "required": ["unit", "version", "value", "n", "mark", "under", "at_least"],
        "properties": {
            "unit": {"type": "string"},
            "version": {"type": "integer"},
            "value": values,
            "n": {"type": "array", "items": {"type": ["integer", "null"]}},
            "mark": {"type": "array", "items": {"enum": ["p", "r", "b", "u", "c", "x", "closed", null]}},
            "under": bounds,
            "at_least": bounds,
        },
    });
    json!({
        "type": "object",
        "required": ["line", "zone", "licence", "days", "measures"],
        "properties": {
            "line": {"type": "string", "description": "* is the whole centre"},
            "zone": {"type": "string"},
            "licence": {"type": "string"},
            "days": {"type": "array", "items": {"type": "string", "format": "date"}},
            "measures": {"type": "object", "additionalProperties": measure, "description": "Lists as long as days"},
        },
    })
}

fn changes() -> Value {
    let change = json!({
        "type": "object",
        "required": ["on", "kind"],
        "properties": {
            "on": {"type": "string", "format": "date"},
            "kind": {"enum": ["revised", "withdrawn", "defined_anew"]},
            "days": {"type": "array", "items": {"type": "string", "format": "date"}},
            "measure": {"type": "string"},
            "definition": {"type": "integer"},
            "reason": {"type": "string"},
        },
    });
    json!({
        "type": "object",
        "required": ["version", "changes"],
        "properties": {
            "version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]{8}$"},
            "changes": {"type": "array", "items": change, "description": "The latest first"},
        },
    })
}

fn oembed() -> Value {
    let size = json!({"type": "integer"});
    let schema = json!({
        "type": "object",
        "required": ["version", "type", "html", "width", "height"],
        "properties": {
            "version": {"const": "1.0"}, "type": {"const": "rich"}, "title": {"type": "string"},
            "provider_name": {"type": "string"}, "provider_url": {"type": "string"},
            "cache_age": size, "html": {"type": "string"}, "width": size, "height": size,
        },
    });
    let mut operation = none_yet(answer(
        "A frame with the verdict, for a link to this site (oEmbed 1.0)",
        "application/json",
        &schema,
    ));
    let most = json!({"type": "integer", "minimum": 1});
    let mut url = described(
        "url",
        "The link: /, /line/{id} or /embed/now",
        &json!({"type": "string"}),
    );
    url["required"] = json!(true);
    operation["parameters"] = json!([
        url,
        described("format", "JSON only", &json!({"enum": ["json"]})),
        described("maxwidth", "Room for the frame, pixels", &most),
        described("maxheight", "Room for the frame, pixels", &most),
        lang(),
    ]);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

fn badge(site: &Site) -> Value {
    let text = "The wait of a line as a small picture";
    let mut operation = answer(text, "image/svg+xml", &json!({"type": "string"}));
    let mut line = parameter(site, "line");
    line["schema"] = json!({"enum": site.line_ids()});
    operation["parameters"] = json!([line, lang()]);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}
