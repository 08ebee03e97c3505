//! What the documents of the interface say, the running server does: every path is asked, every
//! answer and every frame of the feed is held against its schema.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::open_data::on_tuesday;
use crate::support::{Kind, Spawned};

/// Answers that do not end.
const ENDLESS: [&str; 2] = ["/api/v1/live", "/api/v1/live/ws"];

/// The same, but nothing may be said that no schema names: so nothing is left undescribed.
fn strict(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_open = members.contains_key("additionalProperties");
            if members.get("properties").is_some_and(Value::is_object) && !is_open {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(strict);
        }
        Value::Array(all) => all.iter_mut().for_each(strict),
        _ => {}
    }
}

/// A schema of a document, with what it refers to.
fn validator(document: &Value, schema: &Value) -> Validator {
    let mut whole = json!({"allOf": [schema], "components": document["components"]});
    strict(&mut whole);
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&whole).unwrap()
}

fn complaints(validator: &Validator, answer: &Value) -> Vec<String> {
    let errors = validator.iter_errors(answer);
    let told = errors.map(|error| format!("{}: {error}", error.instance_path()));
    told.map(|told| told.chars().take(400).collect()).collect()
}

/// The address of a path with what it cannot do without.
fn filled(path: &str) -> Vec<String> {
    match path {
        "/data/{year}/{file}" => ["centre.csv", "billing.json", "moving.csv-metadata.json"]
            .map(|file| format!("/data/2026/{file}"))
            .into(),
        "/oembed" => vec!["/oembed?url=/".to_owned()],
        "/quiet.ics" => vec!["/quiet.ics?line=billing".to_owned()],
        "/api/v1/series" => {
            let with = "grain=hour&compare=before&overlay=mean7,band,xmr";
            ["json", "columns", "csv"]
                .map(|format| format!("{path}?line=billing&{with}&format={format}"))
                .into()
        }
        _ => vec![path.to_owned()],
    }
}

/// Asks for a path and says what in the answer is not as the document says.
async fn wrong_in(app: &Spawned, document: &Value, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for address in filled(path) {
        let answer = app.answers(&address).await;
        let kind = answer.headers()["content-type"].to_str().unwrap();
        let kind = kind.split(';').next().unwrap_or_default().to_owned();
        let responses = &document["paths"][path]["get"]["responses"];
        let content = &responses["200"]["content"][&kind];
        if content.is_null() {
            wrong.push(format!("{address}: {kind} is not in the document"));
        } else if kind.ends_with("json") {
            let schema = validator(document, &content["schema"]);
            let answer: Value = answer.json().await.unwrap();
            let told = complaints(&schema, &answer).into_iter();
            wrong.extend(told.map(|told| format!("{address}: {told}")));
        }
    }
    wrong
}

#[tokio::test]
async fn every_answer_is_what_the_document_says() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    // Forecasts are made soon after a start.
    let clock = app.clock.clone();
    let app = Spawned::start(app.stop().await, clock).await;
    let document = app.json("/openapi.json").await;
    let mut wrong = Vec::new();
    let paths = document["paths"].as_object().unwrap().iter();
    let paths =
        paths.filter(|(path, own)| own.get("get").is_some() && !ENDLESS.contains(&&***path));
    let mut asked = 0;
    for (path, _) in paths {
        wrong.extend(wrong_in(&app, &document, path).await);
        asked += 1;
    }
    assert!(asked > 30, "{asked}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.stop().await;
}

/// The control: an answer with a member too many, or of another kind, is found.
#[tokio::test]
async fn what_no_schema_names_is_found() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let document = app.json("/openapi.json").await;
    let schema = validator(&document, &json!({"$ref": "#/components/schemas/Now"}));
    let now = app.json("/api/v1/now").await;
    assert_eq!(complaints(&schema, &now), Vec::<String>::new());
    let mut more = now.clone();
    more["lines"][0]["caller"] = json!("+33");
    assert_eq!(complaints(&schema, &more).len(), 1);
    let mut other = now;
    other["lines"][0]["waiting"] = json!("many");
    assert_eq!(complaints(&schema, &other).len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn every_frame_is_what_the_document_of_the_feed_says() {
    use futures_util::StreamExt as _;
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let document = app.json("/asyncapi.json").await;
    let message = &document["components"]["messages"]["frame"]["payload"];
    let schema = validator(&document, message);
    let channels = document["channels"].as_object().unwrap();
    let addresses = channels
        .values()
        .map(|own| own["address"].as_str().unwrap());
    let mut addresses: Vec<&str> = addresses.collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ENDLESS);
    let host = &document["servers"]["websocket"]["host"];
    assert_eq!(format!("http://{}", host.as_str().unwrap()), app.url(""));

    let url = app.url("/api/v1/live/ws").replacen("http", "ws", 1);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let frame = socket.next().await.unwrap().unwrap().into_text().unwrap();
    let frame: Value = serde_json::from_str(&frame).unwrap();
    assert_eq!(complaints(&schema, &frame), Vec::<String>::new(), "{frame}");

    let events = app
        .client
        .get(app.url("/api/v1/live"))
        .send()
        .await
        .unwrap();
    let mut events = events.bytes_stream();
    let mut told = String::new();
    while !told.contains("\ndata: ") || !told.ends_with("\n\n") {
        told += std::str::from_utf8(&events.next().await.unwrap().unwrap()).unwrap();
    }
    let data = told.lines().find_map(|line| line.strip_prefix("data: "));
    let frame: Value = serde_json::from_str(data.unwrap()).unwrap();
    assert_eq!(complaints(&schema, &frame), Vec::<String>::new(), "{frame}");
    drop(events);
    app.stop().await;
}

#[tokio::test]
async fn the_small_document_is_what_its_own_schema_says() {
    let app = on_tuesday(Kind::Sqlite).await.unwrap();
    let mut schema = app.json("/schema/contact-wait.json").await;
    strict(&mut schema);
    let validator = jsonschema::options().should_validate_formats(true);
    let validator = validator.build(&schema).unwrap();
    let told = app.json("/.well-known/contact-wait.json").await;
    assert_eq!(complaints(&validator, &told), Vec::<String>::new());
    app.stop().await;
}
