//! What telephone systems send, over HTTP: who may, and what becomes of it.

use std::sync::Mutex;

use axum::body::to_bytes;
use axum::http::{Request, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::super::http::Patience;
use super::super::testing::{Folded, NOW_MS, folding_writer, keys, small_centre};
use super::super::tokens::{TokenBook, Tokens, hash_token};
use super::*;
use crate::clock::Clock;
use crate::domain::centre::Feed;
use crate::domain::event::Signal;
use crate::domain::tally::Count;
use crate::ingest::door::Door;

const SECRET: &str = "a secret of the account";

struct Server {
    router: Router,
    folded: Arc<Mutex<Folded>>,
    centre: Centre,
    clock: Clock,
    _home: TempDir,
}

fn server(kind: FeedKind) -> Server {
    let home = TempDir::new().unwrap();
    let file = home.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let mut centre = small_centre();
    centre.sources[0].feed = Some(Feed {
        kind,
        queues: [("*".to_owned(), "billing".to_owned())].into(),
        labels: std::collections::BTreeMap::new(),
        path: None,
        address: None,
        secret_file: Some(file),
    });
    let (writer, folded) = folding_writer();
    let book = TokenBook {
        by_hash: HashMap::from([(hash_token("token"), "pbx".to_owned())]),
    };
    let clock = Clock::fixed(NOW_MS);
    let state = IngestState {
        door: Arc::new(Door::new(&centre, keys())),
        tokens: Tokens::new(book),
        writer,
        clock: clock.clone(),
        patience: Patience::default(),
    };
    Server {
        router: router(Webhooks::new(state, &centre).unwrap()),
        folded,
        centre,
        clock,
        _home: home,
    }
}

impl Server {
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn chatwoot(&self, at: &str, signature: &str, body: &str) -> StatusCode {
        let headers = [
            ("x-chatwoot-timestamp", at),
            ("x-chatwoot-signature", signature),
        ];
        self.post("/ingest/v1/chatwoot/pbx", &headers, body).await.0
    }

    fn count(&self, count: Count) -> i64 {
        self.folded
            .lock()
            .unwrap()
            .tally(&self.centre.zone)
            .count(count)
    }
}

fn sign(at: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_signed_message_counts_and_a_replayed_one_changes_nothing() {
    let server = server(FeedKind::Chatwoot);
    let at = (NOW_MS / 1_000).to_string();
    let created = NOW_MS / 1_000 - 60;
    let body = json!({"event": "conversation_created", "id": 1, "created_at": created}).to_string();
    assert_eq!(
        server.chatwoot(&at, &sign(&at, &body), &body).await,
        StatusCode::OK
    );
    assert_eq!(
        server.chatwoot(&at, &sign(&at, &body), &body).await,
        StatusCode::OK
    );
    assert_eq!(server.count(Count::Offered), 1);
}

#[tokio::test]
async fn a_changed_byte_an_old_instant_and_a_missing_signature_are_refused() {
    let server = server(FeedKind::Chatwoot);
    let at = (NOW_MS / 1_000).to_string();
    let old = (NOW_MS / 1_000 - 301).to_string();
    let body = r#"{"event":"conversation_created","id":1,"created_at":1786090000}"#;
    let changed = body.replace("0000", "0001");
    for (at, signature, body) in [
        (&at, sign(&at, body), changed.as_str()),
        (&old, sign(&old, body), body),
        (&at, sign(&old, body), body),
        (&at, String::new(), body),
        (&at, "sha256=00".to_owned(), body),
    ] {
        assert_eq!(
            server.chatwoot(at, &signature, body).await,
            StatusCode::UNAUTHORIZED
        );
    }
    let (status, _) = server.post("/ingest/v1/chatwoot/pbx", &[], body).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = server.post("/ingest/v1/chatwoot/crm", &[], body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(server.folded.lock().unwrap().batches, 0);
}

#[tokio::test]
async fn messages_of_amazon_connect_come_with_a_token() {
    let server = server(FeedKind::AmazonConnect);
    let path = "/ingest/v1/amazon-connect";
    let body = include_str!("../../../tests/fixtures/connect/messages.jsonl");
    assert_eq!(
        server.post(path, &[], body).await.0,
        StatusCode::UNAUTHORIZED
    );
    let token = [("authorization", "Bearer token")];
    let (status, done) = server.post(path, &token, body).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    assert_eq!(done["ignored"], 3, "{done}");
    assert_eq!(done["refused"], json!([]));
    assert_eq!(server.count(Count::Answered), 1);
    assert_eq!(server.count(Count::Abandoned), 1);
    assert_eq!(server.count(Count::CallbacksKept), 1);
    let (status, _) = server.post(path, &token, "{\"a\":").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // An address for others than this source.
    let (status, _) = server.post("/ingest/v1/chatwoot/pbx", &token, body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn events_of_genesys_cloud_come_with_a_token() {
    let server = server(FeedKind::GenesysCloud);
    let path = "/ingest/v1/genesys-cloud";
    let body = include_str!("../../../tests/fixtures/genesys/messages.jsonl");
    assert_eq!(
        server.post(path, &[], body).await.0,
        StatusCode::UNAUTHORIZED
    );
    let token = [("authorization", "Bearer token")];
    // What stands in the file in disorder is told again when it comes again.
    for _ in 0..2 {
        let (status, done) = server.post(path, &token, body).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        // Two are broken, and one has a channel that the line has not.
        assert_eq!(done["refused"].as_array().unwrap().len(), 3, "{done}");
    }
    assert_eq!(server.count(Count::Answered), 1);
    assert_eq!(server.count(Count::Abandoned), 2);
    assert_eq!(server.count(Count::Transferred), 2);
    assert_eq!(server.count(Count::HandleMsSum), 440_000);
    let elsewhere = "/ingest/v1/amazon-connect";
    let (status, problem) = server.post(elsewhere, &token, body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem.to_string().contains("amazon_connect"), "{problem}");
}

/// A sign that agents are still there, as a pipe wraps it.
fn signs_of(agents: std::ops::Range<u8>, at_ms: Millis) -> String {
    let time = crate::domain::period::timestamp(at_ms).to_string();
    let sign = |agent| {
        json!({"detail": {
            "AgentARN": format!("arn:aws:connect:x:1:instance/i/agent/ana-{agent}"),
            "EventType": "HEART_BEAT",
            "EventTimestamp": time,
            "CurrentAgentSnapshot": {
                "AgentStatus": {"Name": "Available", "Type": "ROUTABLE"},
                "Configuration": {
                    "FirstName": "Ana",
                    "RoutingProfile": {"InboundQueues": [{"ARN": "x/queue/q", "Name": "Q"}]},
                },
                "Contacts": [],
            },
        }})
    };
    agents.map(sign).collect::<Value>().to_string()
}

#[tokio::test]
async fn agent_events_become_a_count_of_staff_and_nothing_else() {
    let server = server(FeedKind::AmazonConnect);
    let token = [("authorization", "Bearer token")];
    for minute in 0..7 {
        let at_ms = NOW_MS + minute * 60_000;
        server.clock.set(at_ms);
        let agents = if minute < 5 { 0..7 } else { 0..9 };
        let body = signs_of(agents, at_ms);
        for _ in 0..2 {
            let path = "/ingest/v1/amazon-connect";
            let (status, done) = server.post(path, &token, &body).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(done["refused"], json!([]));
        }
    }
    let folded = server.folded.lock().unwrap();
    let told = folded.signals.values().map(|(at_ms, signal)| {
        let Signal::Capacity { line, staffed } = signal else {
            panic!("{signal:?}");
        };
        ((at_ms - NOW_MS) / 60_000, line.as_str(), *staffed)
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [(3, "billing", 7), (5, "billing", 9)]);
    assert!(folded.contacts.is_empty());
    let kept = format!("{:?}", folded.signals).to_lowercase();
    assert!(!kept.contains("ana") && !kept.contains("arn:"), "{kept}");
}

/// As Twilio signs: the address, and the parameters of a form.
fn twilio_signature(path: &str, parameters: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("https://calls.example.org{path}{parameters}").as_bytes());
    data_encoding::BASE64.encode(&mac.finalize().into_bytes())
}

impl Server {
    async fn twilio(&self, kind: &str, path: &str, signature: &str, body: &str) -> StatusCode {
        let headers = [
            ("host", "calls.example.org"),
            ("content-type", kind),
            ("x-twilio-signature", signature),
        ];
        self.post(path, &headers, body).await.0
    }
}

const TWILIO: &str = "/ingest/v1/twilio/pbx";
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// An address that vouches for a body.
fn hashed(body: &str) -> String {
    use sha2::Digest as _;
    let hash = hex::encode(Sha256::digest(body.as_bytes()));
    format!("{TWILIO}?bodySHA256={hash}")
}

fn entered(event: &str) -> String {
    let at = crate::domain::period::timestamp(NOW_MS - 60_000).to_string();
    let payload = json!({"task_sid": "WT1", "task_queue_sid": "WQ1", "timestamp": at});
    json!([{"type": format!("com.twilio.taskrouter.{event}"), "data": {"payload": payload}}])
        .to_string()
}

#[tokio::test]
async fn event_streams_and_callbacks_of_twilio_count_once_however_often_they_come() {
    let server = server(FeedKind::TwilioTaskRouter);
    let body = entered("task-queue.entered");
    let path = hashed(&body);
    let signature = twilio_signature(&path, "");
    for _ in 0..2 {
        let status = server.twilio("application/json", &path, &signature, &body);
        assert_eq!(status.await, StatusCode::OK);
    }
    let at = NOW_MS - 30_000;
    let body = format!("TaskSid=WT1&EventType=task.canceled&TimestampMs={at}&Reason=hang%75p");
    let parameters = format!("EventTypetask.canceledReasonhangupTaskSidWT1TimestampMs{at}");
    let signature = twilio_signature(TWILIO, &parameters);
    for _ in 0..2 {
        let status = server.twilio(FORM, TWILIO, &signature, &body);
        assert_eq!(status.await, StatusCode::NO_CONTENT);
    }
    assert_eq!(server.count(Count::Offered), 1);
    assert_eq!(server.count(Count::Abandoned), 1);
}

#[tokio::test]
async fn what_twilio_did_not_sign_is_refused() {
    let server = server(FeedKind::TwilioTaskRouter);
    let json = "application/json";
    let body = entered("task-queue.entered");
    let path = hashed(&body);
    let signature = twilio_signature(&path, "");
    let changed = body.replace("WT1", "WT2");
    let form = "EventType=task.completed&TaskSid=WT1&TimestampMs=1786090000000";
    let cut = form.trim_end_matches('0');
    let parameters = "EventTypetask.completedTaskSidWT1TimestampMs1786090000000";
    let signed_form = twilio_signature(TWILIO, parameters);
    for (kind, path, signature, body) in [
        (json, path.as_str(), signature.as_str(), changed.as_str()),
        (json, &hashed(&changed), &signature, &changed),
        (json, TWILIO, &twilio_signature(TWILIO, ""), &body),
        (json, &path, "", &body),
        (json, &path, "no base64", &body),
        (FORM, TWILIO, &signed_form, cut),
        (json, TWILIO, &signed_form, form),
        (FORM, &path, &signed_form, form),
    ] {
        let status = server.twilio(kind, path, signature, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{kind} {path} {body}");
    }
    let (status, _) = server.post(TWILIO, &[], form).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let elsewhere = "/ingest/v1/twilio/crm";
    let signature = twilio_signature(elsewhere, parameters);
    let status = server.twilio(FORM, elsewhere, &signature, form).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(server.folded.lock().unwrap().batches, 0);
}

#[test]
fn a_secret_that_is_none_stops_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(read_secret(file.path()).is_err());
    std::fs::write(file.path(), "short").unwrap();
    assert!(
        read_secret(file.path())
            .unwrap_err()
            .to_string()
            .contains("fewer than")
    );
    assert!(read_secret(Path::new("/nowhere/at/all")).is_err());
}
