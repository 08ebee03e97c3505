//! `/openapi.json`: what programs may ask, written from the same tables that read their questions.

mod answers;
mod data;
mod desk;
mod ingest;
mod now;
mod record;
pub mod schemas;
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
use super::performance;
use crate::domain::period::Grain;
use crate::words::Lang;

/// The document.
pub async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    let body = document(&site).to_string();
    api::tagged(body, "application/json", api::AN_HOUR, &headers)
}

/// The document itself.
fn document(site: &Site) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: contact figures", site.centre().name.in_language("en")),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the pages show, for programs. Missing is never zero: where a value \
                is null, `mark` says why. Small numbers are withheld; see /method. A parameter \
                without a value is as if it were not there.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths(site),
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "source": {"type": "http", "scheme": "bearer"},
                "staff": {"type": "http", "scheme": "bearer", "description": "Made by `quietline user token`"},
            },
        },
    })
}

/// The addresses of figures, feeds, pictures and staff.
fn own_paths(site: &Site) -> Value {
    json!({
        "/api/v1/series": {"get": series(site)},
        "/api/v1/series.csv-metadata.json": {"get": csv_metadata(site)},
        "/api/v1/week": {"get": of_line(site, "The usual week of a line", "Week")},
        "/api/v1/forecast": {"get": of_line(site, "Expected contacts and waits of the next 14 days by half hour, each with an 80 % range", "Forecast")},
        "/api/v1/forecast/score": {"get": of_line(site, "How good forecasts of the last four weeks were", "Score")},
        "/api/v1/definitions": {"get": definitions()},
        "/api/v1/events": {"get": desk::events(site)},
        "/api/v1/performance": {"get": record::performance(site)},
        "/api/v1/actions": {"get": record::actions(site)},
        "/api/v1/editions": {"get": record::editions()},
        "/api/v1/log": {"get": record::log()},
        "/.well-known/quietline-keys.json": {"get": record::log_keys()},
        "/events.ics": {"get": desk::events_feed()},
        "/api/v1/staff/events": {"post": desk::enter_event(site)},
        "/api/v1/staff/events/{id}/cancel": {"post": desk::cancel_event()},
        "/api/v1/staff/actions": {"post": desk::register_action(site)},
        "/api/v1/staff/actions/{id}/steps": {"post": desk::step_action(site)},
        "/api/v1/now": {"get": answer("The state of every line now", "application/json", &reference("Now"))},
        "/api/v1/live": {"get": answer("The same as server-sent events, one frame a second at most", "text/event-stream", &json!({"type": "string"}))},
        "/api/v1/live/ws": {"get": {
            "summary": "The same over a WebSocket",
            "responses": {
                "101": {"description": "The connection becomes a WebSocket"},
                "426": {"description": "Not the handshake of a WebSocket, version 13"},
                "503": {"description": "No room for another listener now"},
            },
        }},
        "/chart.svg": {"get": picture(site, "image/svg+xml")},
        "/chart.png": {"get": picture(site, "image/png")},
        "/now.txt": {"get": answer("The verdict in a sentence", "text/plain", &json!({"type": "string"}))},
        "/.well-known/contact-wait.json": {"get": contact_wait()},
        "/quiet.ics": {"get": quiet_feed(site)},
        "/ingest/v1/events": {"post": ingest::events()},
        "/openapi.json": {"get": answer("This document", "application/json", &json!({"type": "object"}))},
    })
}

/// All addresses.
fn paths(site: &Site) -> Value {
    let mut paths = own_paths(site);
    if let (Some(all), Value::Object(data)) = (paths.as_object_mut(), data::paths(site)) {
        all.extend(data);
    }
    for (_, own) in paths.as_object_mut().into_iter().flatten() {
        let parameters = own.pointer_mut("/get/parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(allow_empty);
    }
    paths
}

/// Forms send fields that nobody filled in: without a value a parameter is as if it were not there.
fn allow_empty(parameter: &mut Value) {
    if parameter["required"] == true {
        return;
    }
    let schema = &mut parameter["schema"];
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(json!(""));
    } else if schema["type"] != "array" && *schema != json!({"type": "string"}) {
        *schema = json!({"anyOf": [schema.take(), {"const": ""}]});
    }
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

fn answer(summary: &str, kind: &str, schema: &Value) -> Value {
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
        &json!({"type": "object"}),
    );
    operation["parameters"] = json!(api::METADATA_PARAMETERS.map(|name| parameter(site, name)));
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

fn of_line(site: &Site, summary: &str, schema: &str) -> Value {
    let mut operation = answer(summary, "application/json", &reference(schema));
    let mut line = parameter(site, "line");
    line["schema"] = json!({"enum": site.line_ids()});
    operation["parameters"] = json!([line]);
    operation["responses"] = with_problems(operation["responses"].take());
    operation
}

fn definitions() -> Value {
    let list = json!({"type": "array", "items": reference("Definition")});
    let mark = answers::whole(json!({"mark": {"type": "string"}, "meaning": {"type": "string"}}));
    let schema = json!({"type": "object", "properties": {
        "definitions": list,
        "past": {"type": "array", "items": reference("PastDefinition")},
        "thresholds": {"type": "array", "items": reference("Promise")},
        "marks": {"type": "array", "items": mark},
    }});
    let mut operation = answer(
        "Every measure with its formula and version, those that hold no more, and what lines promised since when",
        "application/json",
        &schema,
    );
    operation["parameters"] = json!([lang()]);
    operation
}

fn contact_wait() -> Value {
    let mut operation = answer(
        "The wait of every line, small and stable",
        "application/json",
        &reference("ContactWait"),
    );
    operation["description"] = json!(
        "Cacheable for a tick of 5 seconds, readable from any site. Members are added, never changed."
    );
    operation["responses"]["503"] = json!({"description": "The first figures are being prepared"});
    operation
}

fn quiet_feed(site: &Site) -> Value {
    let mut operation = answer(
        "The quiet times of a line in the next two weeks, to subscribe to",
        "text/calendar",
        &json!({"type": "string"}),
    );
    let mut line = parameter(site, "line");
    line["schema"] = json!({"enum": site.line_ids()});
    line["required"] = json!(true);
    operation["parameters"] = json!([line, lang()]);
    // Calendars are subscribed to by people: the error is a page.
    operation["responses"]["400"] =
        json!({"description": "A page that names the parameter and the remedy"});
    operation
}

fn picture(site: &Site, kind: &str) -> Value {
    let mut operation = answer(
        "The picture of a view of the history",
        kind,
        &json!({"type": "string"}),
    );
    let own = history::PARAMETERS.map(|name| match name {
        "from" => described(name, "The first local day", &day()),
        _ => parameter(site, name),
    });
    operation["parameters"] = json!(own.into_iter().chain([lang()]).collect::<Vec<_>>());
    // Pictures are looked at by people: their errors are pages.
    operation["responses"]["400"] =
        json!({"description": "A page that names the parameter and the remedy"});
    operation
}

fn lang() -> Value {
    let codes = Lang::ALL.map(Lang::code);
    described(
        "lang",
        "Language of words in the answer; one that is not spoken here is as if none were asked for",
        &json!({"type": "string", "examples": codes}),
    )
}

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn described(name: &str, text: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": text, "schema": schema})
}

/// A parameter with the values that its reader knows.
fn parameter(site: &Site, name: &str) -> Value {
    let is_list = name == "overlay";
    let text = match name {
        "line" => "A line; * is the whole centre",
        "measure" => "A measure",
        "cause" => "Of complaints opened or closed in the whole centre: only those of this cause",
        "channel" => {
            "Of contacts of the whole centre, by day, week or month: only those of this channel"
        }
        "site" => {
            "Of the answered of the whole centre, by day, week or month: only those whom this site \
             answered first; former stands for sites that are no more, untold for contacts of which \
             no site was told"
        }
        "period" => "Which days; own ones with from and to",
        "volume" => "The lower pane",
        "grain" => "Width of the points",
        "range" => "A length of time that ends with `end`; not read with own dates",
        "end" => "The last local day of the range",
        "until" => "The last local day, inclusive",
        "from" => "The first local day, or an instant in RFC 3339",
        "to" => "The first local day, or instant in RFC 3339, that is not shown",
        "kind" => "How it is drawn; boxes are for waits",
        "compare" => "What it is compared with; a line not with itself",
        "as" => "Values, or percent of the comparison or the first value",
        "overlay" => "Lines over the series, with commas",
        "hours" => "Whether closed hours are left out",
        "zone" => "Whose clock; only the page's script reads it",
        "format" => "JSON point by point, in columns, or CSV",
        _ => return lang(),
    };
    let schema = match values(site, name) {
        Some(values) if is_list => json!({"type": "array", "items": {"enum": values}}),
        Some(values) => json!({"enum": values}),
        None if ["end", "until"].contains(&name) => day(),
        None if ["from", "to"].contains(&name) => {
            json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]})
        }
        None => json!({"type": "string"}),
    };
    let mut parameter = described(name, text, &schema);
    if is_list {
        parameter["style"] = json!("form");
        parameter["explode"] = json!(false);
    }
    parameter
}

/// The values of a parameter, where they can be listed.
fn values(site: &Site, name: &str) -> Option<Vec<String>> {
    let lines = std::iter::once("*".to_owned()).chain(site.line_ids());
    let definitions = site.figures().definitions().iter();
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Some(match name {
        "line" => lines.collect(),
        "measure" => definitions.map(|one| one.id.to_owned()).collect(),
        "cause" => site
            .centre()
            .causes
            .iter()
            .map(|cause| cause.id.clone())
            .collect(),
        "channel" => {
            let channels = site.channels().into_iter();
            channels.map(|channel| channel.name().to_owned()).collect()
        }
        "site" => api::site_ids(site),
        "volume" => {
            let counts = definitions.filter(|one| one.is_count && one.within_day);
            let counts = counts.map(|one| one.id.to_owned());
            std::iter::once("none".to_owned()).chain(counts).collect()
        }
        "grain" => owned(&Grain::ALL.map(Grain::name)),
        "range" => owned(&Range::ALL.map(Range::name)),
        "period" => owned(&performance::Choice::ALL.map(performance::Choice::name)),
        "kind" => owned(&["line", "bars", "box"]),
        "compare" => {
            let plain = ["none", "before", "last_year", "target"].map(str::to_owned);
            let lines = lines.map(|line| format!("line:{line}"));
            plain.into_iter().chain(lines).collect()
        }
        "as" => owned(&["absolute", "percent"]),
        "overlay" => owned(&Overlays::NAMES),
        "hours" => owned(&["open", "all"]),
        "zone" => owned(&["centre", "visitor"]),
        "format" => owned(&FORMATS),
        _ => return None,
    })
}
