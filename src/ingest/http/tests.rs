//! Requests as senders send them, against the router and a writer that folds in memory.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;

use axum::body::to_bytes;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::super::testing::{Folded, NOW_MS, answering_writer, folding_writer, small_door};
use super::super::tokens::{TokenBook, hash_token};
use super::*;

fn state(writer: WriterHandle) -> IngestState {
    let sources = [
        ("pbx-token", "pbx"),
        ("crm-token", "crm"),
        ("old-token", "gone"),
    ];
    let by_hash = sources.map(|(token, source)| (hash_token(token), source.to_owned()));
    IngestState {
        door: Arc::new(small_door()),
        tokens: Tokens::new(TokenBook {
            by_hash: HashMap::from(by_hash),
        }),
        writer,
        clock: Clock::fixed(NOW_MS),
        patience: Patience::default(),
    }
}

struct Server {
    state: IngestState,
    folded: Arc<Mutex<Folded>>,
}

impl Server {
    fn start() -> Self {
        let (writer, folded) = folding_writer();
        Self {
            state: state(writer),
            folded,
        }
    }

    async fn post(&self, kind: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = request(kind).body(body.into()).unwrap();
        read(send(&self.state, request).await).await
    }
}

fn request(kind: &str) -> axum::http::request::Builder {
    Request::post("/ingest/v1/events")
        .header("authorization", "Bearer pbx-token")
        .header("content-type", kind)
}

async fn send(state: &IngestState, request: Request<Body>) -> Response {
    router(state.clone()).oneshot(request).await.unwrap()
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let problem = response.headers()["content-type"] == "application/problem+json";
    assert_eq!(problem, !status.is_success());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    if problem {
        assert_eq!(body["status"], status.as_u16());
        for member in ["type", "title", "detail"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()));
        }
    }
    (status, body)
}

fn event(id: &str, name: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/pbx/1",
        "type": format!("org.quietline.contact.{name}.v1"),
        "time": "2026-08-07T09:29:00Z", "subject": "call-1", "data": {"line": "billing"},
    })
}

fn lines(events: &[Value]) -> String {
    let lines = events.iter().map(|event| format!("{event}\n"));
    lines.collect::<Vec<_>>().concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const SINGLE: &str = "application/cloudevents+json; charset=utf-8";
const BATCH: &str = "application/cloudevents-batch+json";
const NDJSON: &str = "application/x-ndjson";

#[tokio::test]
async fn events_are_taken_in_once_however_they_are_framed() {
    let server = Server::start();
    let (status, answer) = server
        .post(SINGLE, event("e1", "offered").to_string())
        .await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({"accepted": 1, "duplicates": 0, "orphans": 0, "rejected": []});
    assert_eq!(answer, expected);
    let again = [event("e1", "offered"), event("e2", "answered")];
    let (_, answer) = server.post(BATCH, json!(again).to_string()).await;
    assert_eq!(
        (&answer["accepted"], &answer["duplicates"]),
        (&json!(1), &json!(1))
    );
    let (_, answer) = server.post(NDJSON, lines(&again)).await;
    assert_eq!(answer["duplicates"], 2);
    let (_, answer) = server
        .post("application/json", json!(again).to_string())
        .await;
    assert_eq!(answer["duplicates"], 2);
    let (_, answer) = server.post("application/json", again[0].to_string()).await;
    assert_eq!(answer["duplicates"], 1);
    assert_eq!(server.folded.lock().unwrap().contacts.len(), 1);
}

#[tokio::test]
async fn an_event_before_the_start_of_its_contact_is_an_orphan_and_accepted() {
    let server = Server::start();
    let (_, answer) = server.post(NDJSON, lines(&[event("e2", "answered")])).await;
    assert_eq!(
        (&answer["accepted"], &answer["orphans"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn refused_events_are_named_and_the_others_kept() {
    let server = Server::start();
    let mut wrong = event("e4", "offered");
    wrong["data"]["line"] = json!("bilings");
    let body = json!([event("e1", "offered"), 3, event("e2", "ended"), wrong]);
    let (status, answer) = server.post(BATCH, body.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["accepted"], 2);
    assert_eq!(answer["rejected"][0]["reason"], "not_an_object");
    assert_eq!(
        answer["rejected"][1],
        json!({
            "index": 3, "id": "e4", "reason": "unknown_line",
            "detail": "line \"bilings\" is not in the centre's description; it has: billing, moving",
        })
    );
    assert_eq!(server.folded.lock().unwrap().rejected, 2);
}

#[tokio::test]
async fn a_single_refused_event_is_an_error_of_the_request() {
    let server = Server::start();
    let (status, problem) = server.post(SINGLE, event("e1", "rung").to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["rejected"][0]["reason"], "unknown_type");
    let (status, problem) = server.post(SINGLE, "{\"id\":").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["rejected"][0]["reason"], "not_json");
    let (status, _) = server.post(SINGLE, "[]").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_sealed_day_refuses_what_would_start_in_it() {
    let state = state(answering_writer(Ok(Applied::Sealed)));
    let body = Body::from(lines(&[event("e1", "offered")]));
    let (status, answer) = read(send(&state, request(NDJSON).body(body).unwrap()).await).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["rejected"][0]["reason"], "sealed");
    assert_eq!(answer["rejected"][0]["id"], "e1");
    let body = Body::from(event("e1", "offered").to_string());
    let response = send(&state, request(SINGLE).body(body).unwrap()).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[rstest]
#[case(None)]
#[case(Some("Basic cGJ4LXRva2Vu"))]
#[case(Some("Bearer"))]
#[case(Some("Bearer wrong"))]
#[case(Some("Bearer pbx-token pbx-token"))]
#[case(Some("Bearer old-token"))]
#[tokio::test]
async fn nobody_gets_in_without_a_token_in_force(#[case] authorization: Option<&str>) {
    let server = Server::start();
    let mut builder = Request::post("/ingest/v1/events").header("content-type", NDJSON);
    if let Some(value) = authorization {
        builder = builder.header("authorization", value);
    }
    let body = Body::from(lines(&[event("e1", "offered")]));
    let response = send(&server.state, builder.body(body).unwrap()).await;
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer"));
    assert_eq!(read(response).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.folded.lock().unwrap().batches, 0);
}

#[tokio::test]
async fn a_token_speaks_only_for_its_own_source() {
    let server = Server::start();
    let body = Body::from(lines(&[event("e1", "classified")]));
    let request = Request::post("/ingest/v1/events")
        .header("authorization", "bearer crm-token")
        .header("content-type", NDJSON);
    let (_, answer) = read(send(&server.state, request.body(body).unwrap()).await).await;
    assert_eq!(answer["rejected"][0]["reason"], "wrong_source");
}

#[rstest]
#[case(SubmitError::Busy, 503, Some("1"))]
#[case(SubmitError::Stopped, 503, Some("5"))]
#[case(SubmitError::Full, 507, Some("30"))]
#[case(SubmitError::Failed("/var/lib/secret.db is broken".to_owned()), 503, Some("5"))]
#[tokio::test]
async fn what_the_writer_cannot_take_is_told_with_a_time_to_come_again(
    #[case] error: SubmitError,
    #[case] status: u16,
    #[case] retry_after: Option<&str>,
) {
    let state = state(answering_writer(Err(error)));
    let body = Body::from(lines(&[event("e1", "offered")]));
    let response = send(&state, request(NDJSON).body(body).unwrap()).await;
    let told = response.headers().get("retry-after").cloned();
    assert_eq!(told.as_ref().map(|v| v.to_str().unwrap()), retry_after);
    let (seen, problem) = read(response).await;
    assert_eq!(seen.as_u16(), status);
    assert!(!problem.to_string().contains("secret"));
}

#[rstest]
#[case("", "415")]
#[case("text/plain", "415")]
#[case("application/xml", "415")]
#[tokio::test]
async fn other_content_types_are_refused(#[case] kind: &str, #[case] status: &str) {
    let (seen, _) = Server::start().post(kind, "{}").await;
    assert_eq!(seen.as_str(), status);
}

#[tokio::test]
async fn binary_mode_and_other_encodings_are_refused() {
    let server = Server::start();
    for (name, value) in [("ce-specversion", "1.0"), ("content-encoding", "br")] {
        let request = request("application/json").header(name, value);
        let response = send(&server.state, request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(
            response.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{name}"
        );
    }
}

#[tokio::test]
async fn gzip_is_read_and_a_broken_one_refused() {
    let server = Server::start();
    let packed = gzip(lines(&[event("e1", "offered")]).as_bytes());
    for (body, status) in [
        (packed.clone(), StatusCode::OK),
        (packed[..packed.len() - 6].to_vec(), StatusCode::BAD_REQUEST),
        (b"not gzip".to_vec(), StatusCode::BAD_REQUEST),
    ] {
        let request = request(NDJSON).header("content-encoding", "gzip");
        let response = send(&server.state, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(read(response).await.0, status);
    }
    assert_eq!(server.folded.lock().unwrap().contacts.len(), 1);
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_limit() {
    let server = Server::start();
    let bomb = gzip(&vec![b'\n'; 20 * MOST_BYTES]);
    assert!(
        bomb.len() < MOST_BYTES / 20,
        "small before it is inflated: {}",
        bomb.len()
    );
    let request = request(NDJSON).header("content-encoding", "gzip");
    let response = send(&server.state, request.body(Body::from(bomb)).unwrap()).await;
    assert_eq!(read(response).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let honest = inflate(&gzip(&vec![b'\n'; MOST_BYTES]));
    assert_eq!(honest.map(|body| body.len()), Ok(MOST_BYTES));
}

#[tokio::test]
async fn too_many_bytes_or_events_are_refused_as_a_whole() {
    let server = Server::start();
    let (status, _) = server.post(NDJSON, vec![b' '; MOST_BYTES + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) = server.post(NDJSON, "7\n".repeat(10_001)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) = server.post(BATCH, "{}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(server.folded.lock().unwrap().batches, 0);
}

#[tokio::test]
async fn a_large_body_is_read_like_a_small_one() {
    let server = Server::start();
    let events: Vec<Value> = (0..3_000)
        .map(|n| event(&format!("e{n}"), "offered"))
        .collect();
    let body = lines(&events);
    assert!(body.len() > INLINE_BYTES);
    let (status, answer) = server.post(NDJSON, body).await;
    assert_eq!(status, StatusCode::OK);
    let sum = answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap();
    assert_eq!(sum, 3_000);
}

#[tokio::test]
async fn an_import_names_the_days_it_covers_and_asks_for_its_duplicates() {
    let server = Server::start();
    let uri = "/ingest/v1/events?list=duplicates&covers=2026-08-05/2026-08-07";
    let send = async |uri: &str| {
        let body = Body::from(lines(&[event("e1", "offered")]));
        let request = Request::post(uri)
            .header("authorization", "Bearer pbx-token")
            .header("content-type", NDJSON);
        read(send(&server.state, request.body(body).unwrap()).await).await
    };
    assert_eq!(send(uri).await.1["duplicate_indexes"], json!([]));
    assert_eq!(send(uri).await.1["duplicate_indexes"], json!([0]));
    let covers = server.folded.lock().unwrap().covers[0];
    // Midnight in Zurich is 22:00 UTC in summer; it is now 09:30 UTC on the 7th.
    assert_eq!(covers.end_ms, NOW_MS - (11 * 60 + 30) * 60_000);
    assert_eq!(covers.end_ms - covers.start_ms, 2 * 86_400_000);
    for wrong in [
        "?list=all",
        "?covers=yesterday",
        "?covres=2026-08-05/2026-08-07",
    ] {
        let (status, _) = send(&format!("/ingest/v1/events{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[rstest]
#[case("list=duplicates&list=duplicates", "the parameter list is given twice")]
#[case("lists=duplicates", "Did you mean list?")]
#[case("foo=1", "there is no parameter foo here. These exist: list, covers.")]
#[tokio::test]
async fn parameters_that_do_not_exist_or_stand_there_twice_are_named(
    #[case] query: &str,
    #[case] says: &str,
) {
    let server = Server::start();
    let request = Request::post(format!("/ingest/v1/events?{query}"))
        .header("authorization", "Bearer pbx-token")
        .header("content-type", NDJSON)
        .body(Body::empty())
        .unwrap();
    let (status, problem) = read(send(&server.state, request).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(says), "{detail}");
}

#[rstest]
#[case("GET")]
#[case("PUT")]
#[case("DELETE")]
#[case("OPTIONS")]
#[tokio::test]
async fn only_post_sends_events(#[case] method: &str) {
    let server = Server::start();
    let request = Request::builder()
        .method(method)
        .uri("/ingest/v1/events")
        .body(Body::empty())
        .unwrap();
    let response = send(&server.state, request).await;
    assert_eq!(response.headers()["allow"], "POST");
    let (status, _) = read(response).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[rstest]
#[case("/ingest")]
#[case("/ingest/")]
#[case("/ingest/v1")]
#[case("/ingest/v1/event")]
#[case("/ingest/v1/events/")]
#[case("/ingest/v2/events")]
#[tokio::test]
async fn other_addresses_name_the_right_one(#[case] path: &str) {
    let server = Server::start();
    for method in ["GET", "POST"] {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        let (status, problem) = read(send(&server.state, request).await).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("/ingest/v1/events"), "{detail}");
    }
}
