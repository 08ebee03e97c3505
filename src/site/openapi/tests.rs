//! The document says what the router and its readers do.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use crate::site::fixture::{self, MadeUp};
use crate::site::page::encoded;
use crate::site::{Site, router};

async fn get(path: &str) -> (StatusCode, String) {
    let site = Site::new(Arc::new(fixture::centre()), Arc::new(MadeUp::default()));
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router(site).oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 10_000_000)
        .await
        .expect("a body");
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

async fn document() -> Value {
    serde_json::from_str(&get("/openapi.json").await.1).expect("JSON")
}

/// Every `route("…")` in the sources that is for programs.
fn routes() -> Vec<String> {
    let source = |file: &str| {
        let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the sources are here")
    };
    let files = [
        "site/mod.rs",
        "live/feed.rs",
        "ingest/http.rs",
        "desk/mod.rs",
        "publish/http.rs",
    ]
    .map(source);
    let text = files.concat();
    let named = text
        .split(".route(")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1));
    let is_for_programs = |path: &&str| {
        [
            "/api/",
            "/asyncapi",
            "/badge.",
            "/chart.",
            "/data/",
            "/events.ics",
            "/ingest/",
            "/now.txt",
            "/oembed",
            "/openapi",
            "/quiet.ics",
            "/schema/",
            "/.well-known/",
        ]
            .iter()
            .any(|own| path.starts_with(own))
            // Whatever else there is under an address is answered "not found".
            && (!path.ends_with(['/', '}']) || *path == "/data/{year}/{file}")
    };
    named.filter(is_for_programs).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_route_for_programs_is_in_the_document_and_the_other_way_round() {
    let document = document().await;
    let paths = document["paths"].as_object().expect("paths");
    let mut written: Vec<String> = paths.keys().cloned().collect();
    let mut routed = routes();
    written.sort();
    routed.sort();
    assert_eq!(written, routed);
}

#[tokio::test]
async fn every_value_the_document_lists_is_read_and_another_one_is_refused_by_name() {
    let document = document().await;
    for path in [
        "/api/v1/series",
        "/api/v1/week",
        "/api/v1/events",
        "/api/v1/performance",
        "/api/v1/actions",
        "/chart.svg",
        "/quiet.ics",
        "/api/v1/series.csv-metadata.json",
    ] {
        let parameters = document["paths"][path]["get"]["parameters"]
            .as_array()
            .expect("parameters");
        for parameter in parameters {
            let name = parameter["name"].as_str().expect("a name");
            let schema = &parameter["schema"];
            let values = schema["enum"]
                .as_array()
                .or(schema["items"]["enum"].as_array());
            let Some(values) = values else { continue };
            for value in values {
                let value = value.as_str().expect("a word");
                // A whole month at the finest grain, and a line compared with another one.
                let is_line = name == "line";
                let with = if value == "line:*" || (path == "/quiet.ics" && !is_line) {
                    "&line=billing"
                } else if name == "cause" {
                    "&measure=complaints_opened"
                } else if name == "site" {
                    "&measure=answered&grain=day"
                } else if name == "channel" {
                    "&measure=attempts&grain=day"
                } else {
                    ""
                };
                let asked = format!("{path}?{name}={}{with}", encoded(value));
                let (status, body) = get(&asked).await;
                assert_eq!(status, StatusCode::OK, "{asked}: {body}");
            }
            if name == "lang" {
                continue;
            }
            let (status, body) = get(&format!("{path}?{name}=nonsense")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}?{name}");
            assert!(body.contains(name), "{path}?{name}: {body}");
        }
    }
}

#[tokio::test]
async fn references_lead_somewhere_and_every_operation_has_answers() {
    let document = document().await;
    let paths = document["paths"].as_object().expect("paths");
    for operation in paths.values().filter_map(Value::as_object).flatten() {
        assert!(operation.1["responses"].is_object(), "{operation:?}");
        let parameters = operation.1.get("parameters").and_then(Value::as_array);
        for parameter in parameters.into_iter().flatten() {
            let is_schema = jsonschema::meta::is_valid(&parameter["schema"]);
            assert!(is_schema, "{parameter}");
        }
    }
    let text = document.to_string();
    for rest in text.split("#/components/schemas/").skip(1) {
        let name = rest.split('"').next().expect("a name");
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn an_answer_has_the_members_the_document_says() {
    let document = document().await;
    let query = "line=billing&measure=attempts&grain=day&from=2026-10-01&to=2026-11-01&compare=before&overlay=mean7,band,xmr";
    for (format, schema) in [("json", "Series"), ("columns", "SeriesInColumns")] {
        let (status, body) = get(&format!("/api/v1/series?{query}&format={format}")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        let schemas = &document["components"]["schemas"];
        let known = schemas[schema]["properties"]
            .as_object()
            .expect("properties");
        let own: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        assert!(own.iter().all(|key| known.contains_key(*key)), "{own:?}");
        let needed = schemas[schema]["required"].as_array().expect("required");
        assert!(
            needed
                .iter()
                .all(|key| !answer[key.as_str().unwrap_or_default()].is_null())
        );
        for part in ["Compare", "Overlays", "Summary"] {
            let known = schemas[part]["properties"].as_object().expect("properties");
            let own = answer[part.to_lowercase()].as_object().expect("an object");
            assert!(
                own.keys().all(|key| known.contains_key(key)),
                "{part}: {own:?}"
            );
        }
    }
}
